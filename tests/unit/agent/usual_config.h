/* The configuration that the tests of the whole agent begin with: one cabinet with the small table,
 * all files in a scratch folder, no broker. */
#ifndef AGENT_USUAL_CONFIG_H
#define AGENT_USUAL_CONFIG_H

#include "agent_test.h"

#include <fcntl.h>

#include "agent/agent_config.h"

static inline void put_table(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, TABLE_TEXT, sizeof TABLE_TEXT - 1), (int)sizeof TABLE_TEXT - 1);
    (void)close(fd);
}

/* period_ms: of every class of points. The point table is written. */
static inline agent_config usual_config(const char *folder, int64_t period_ms)
{
    agent_config config = {.group = "SH001",
                           .broker_host = "127.0.0.1",
                           .broker_port = 1,
                           .fast_ms = period_ms,
                           .normal_ms = period_ms,
                           .slow_ms = period_ms,
                           .cells_ms = period_ms,
                           .params_ms = period_ms,
                           .snapshot_ms = 60000,
                           .outbox_max_reports = 4096,
                           .outbox_segment_bytes = 65536,
                           .receipt_ms = 1000,
                           .batch_bytes = 16384,
                           .backlog_window = 64,
                           .live_window = 64,
                           .device_count = 1};
    agent_device_config *device = &config.devices[0];
    (void)snprintf(config.state_dir, sizeof config.state_dir, "%s/state", folder);
    (void)snprintf(device->unit, sizeof device->unit, "CAB01");
    (void)snprintf(device->host, sizeof device->host, "127.0.0.1");
    (void)snprintf(device->points, sizeof device->points, "%s/p.csv", folder);
    device->unit_id = 1;
    device->timeout_ms = 100;
    put_table(device->points);
    return config;
}

#endif

/* Whatever arrives: the hub takes it or refuses it, and goes on. The input is a topic, a line
 * break, and a payload. The database is in a folder of its own, removed at the end of the run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/core_run.h"
#include "port/log.h"

static char folder[] = "/tmp/ess-hub-fuzz-XXXXXX";
static hub_core *core;
static hub_now now = {1000, INT64_C(1700000000000)};

static hub_now read_clock(void *context)
{
    (void)context;
    return now;
}

static ess_err publish(void *context, const char *topic, ess_slice payload, bool retain)
{
    (void)context;
    (void)retain;
    return topic[0] != '\0' && payload.len > 0 ? ESS_OK : ESS_E_INTERNAL;
}

static void clean_up(void)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.lock"};
    char path[128];
    hub_core_close(core);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static void open_core(void)
{
    char why[HUB_WHY_MAX] = "";
    hub_core_options options = {.data_dir = folder,
                                .application = "ess",
                                .commit_ms = 20,
                                .commit_reports = 100,
                                .max_mib = 64,
                                .publish = publish,
                                .clock = read_clock};
    port_log_open("fuzz", PORT_ERROR + 1);
    if (mkdtemp(folder) == NULL || hub_core_open(&options, &core, why) != ESS_OK) {
        (void)fprintf(stderr, "%s\n", why);
        abort();
    }
    hub_core_on_line(core, true);
    (void)atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
    if (core == NULL)
        open_core();
    if (line == NULL)
        return 0;
    size_t topic = (size_t)(line - text);
    hub_core_on_message(core, (ess_slice){text, topic}, (ess_slice){line + 1, size - topic - 1});
    now.mono_ms += 5;
    now.utc_ms += 5;
    hub_core_tick(core);
    return 0;
}

/* When which registers are read: classes fall due, what is due becomes one scan of blocks.
 *
 * One scan at a time, one block at a time; the caller begins the next scan only after everything
 * of this one is durable. Pure: time is an argument.
 */
#ifndef ESS_AGENT_POLL_H
#define ESS_AGENT_POLL_H

#include "agent/limits.h"
#include "south/bus.h"
#include "south/point_table.h"

typedef struct poll_periods {
    int64_t fast_ms, normal_ms, slow_ms, cells_ms, params_ms;
} poll_periods;

#define POLL_GROUPS 5

typedef struct poll_group {
    const char *classes;
    bool may_slow; /* thinned out when the cloud asks for it [DLV-04] */
    int64_t every_ms, due_mono_ms;
} poll_group;

typedef struct agent_poll {
    const south_table *table;
    poll_group groups[POLL_GROUPS];
    south_block blocks[AGENT_BLOCKS_MAX];
    size_t count, next; /* blocks of the running scan; next to be read */
    bool running, has_params;
} agent_poll;

/* table is borrowed for the poll's life. Everything is due at now. ESS_E_TOO_LARGE when a scan of
 * all classes would need more than AGENT_BLOCKS_MAX reads. */
ess_err poll_init(agent_poll *poll, const south_table *table, const poll_periods *periods,
                  int64_t now_mono_ms);
/* Everything falls due at once. */
void poll_all_due(agent_poll *poll, int64_t now_mono_ms);
/* Begins a scan of all that is due; false when nothing is. slow: k of the cloud's receipts. */
bool poll_begin(agent_poll *poll, int64_t now_mono_ms, uint8_t slow);
/* The next read of the running scan; false when the scan has none left. */
bool poll_job(const agent_poll *poll, south_job *job);
/* That read has been answered. */
void poll_answered(agent_poll *poll);
/* Nothing more of this scan; also after its last block. */
void poll_end(agent_poll *poll);
/* When poll_begin may begin something. */
int64_t poll_wake(const agent_poll *poll);

#endif

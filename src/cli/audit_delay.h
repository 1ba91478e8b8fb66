/* From sample to store: how long live reports took. Pure.
 *
 * The history does not say whether a report went live or as backfill. But live goes first: a
 * report that was stored after a younger one of its cabinet waited in the outbox, and is left
 * out.
 */
#ifndef ESS_CLI_AUDIT_DELAY_H
#define ESS_CLI_AUDIT_DELAY_H

#include "ess/base.h"
#include "ess/limits.h"

typedef struct audit_delay {
    uint64_t sid, n;
    int64_t ts_utc_ms, stored_utc_ms;
} audit_delay;

typedef struct audit_group {
    char name[ESS_LEVEL_EMIT_MAX + 1];
    size_t cells; /* cell voltages stored */
    audit_delay *items;
    size_t count, room;
} audit_group;

typedef struct audit_delays {
    audit_group *groups;
    size_t count;
    int64_t *sorted_ms; /* after audit_delays_finish */
    size_t sorted_count;
} audit_delays;

/* Notes one row. A sid that is not one is passed over. False when memory is out. */
bool audit_delays_add(audit_delays *all, const char *group, const char *sid, uint64_t n,
                      audit_delay times);
/* Adds stored cell voltages to a group; 0 just makes the group known. */
bool audit_delays_cells(audit_delays *all, const char *group, size_t cells);
/* Sorts what was noted: each report once, live ones only. */
void audit_delays_finish(audit_delays *all);
/* percent 0..100; 0 when nothing went live. */
int64_t audit_delays_percentile(const audit_delays *all, unsigned percent);
void audit_delays_free(audit_delays *all);

#endif

/* A power set-point is a lease [CMD-10]: without renewal it falls back by itself, whatever
 * became of the cloud, the line or this program. Pure: time is an argument. */
#ifndef ESS_AGENT_LEASE_H
#define ESS_AGENT_LEASE_H

#include "ess/base.h"
#include "ess/limits.h"

#define LEASE_MOST_MS 86400000 /* the model's greatest rvt */

typedef struct agent_lease {
    bool in_force;
    char code[ESS_CODE_MAX + 1]; /* of the command that granted it */
    int64_t lasts_ms;            /* as granted; persisted, as until is */
    int64_t until_utc_ms;
    int64_t due_mono_ms; /* what is obeyed: a set clock neither prolongs nor ends it */
} agent_lease;

typedef struct lease_now {
    int64_t utc_ms, mono_ms;
    bool clock_set; /* utc_ms is believable */
} lease_now;

void lease_grant(agent_lease *lease, const char *code, int64_t lasts_ms, lease_now now);
/* After a restart; code, lasts and until of the lease are as they were persisted. Due at once when
 * until has passed, or when no clock tells whether it has; and never later than had it been
 * granted now, wherever the clock has been set to meanwhile. */
void lease_restore(agent_lease *lease, lease_now now);
/* It ends now instead of later. */
void lease_cut(agent_lease *lease, lease_now now);
void lease_end(agent_lease *lease);
/* True when the set-point has to be taken back now. */
bool lease_is_due(const agent_lease *lease, int64_t now_mono_ms);
/* The set-point could not be taken back; to be tried again after AGENT_LEASE_RETRY_MS. */
void lease_retry(agent_lease *lease, int64_t now_mono_ms);

#endif

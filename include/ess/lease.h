/* A power set-point is a lease [CMD-10]: without renewal it falls back by itself, whatever became
 * of the cloud, the line or this program. Time is an argument; what is to outlive a power cut
 * (code, lasts, until) is the caller's to write down.
 */
#ifndef ESS_LEASE_H
#define ESS_LEASE_H

#include "ess/base.h"
#include "ess/limits.h"

ESS_BEGIN_C

#define ESS_LEASE_MOST_MS  86400000 /* the model's greatest rvt */
#define ESS_LEASE_RETRY_MS 1000     /* after a set-point that could not be taken back */

typedef struct ess_lease {
    bool in_force;
    char code[ESS_CODE_MAX + 1]; /* of the command that granted it */
    int64_t lasts_ms;            /* as granted */
    int64_t until_utc_ms;
    int64_t due_mono_ms; /* what is obeyed: a set clock neither prolongs nor ends it */
} ess_lease;

/* A set-point was written. code: NUL-terminated, at most ESS_CODE_MAX bytes. lasts_ms: 0 to
 * ESS_LEASE_MOST_MS; what lies outside is taken for the nearer end. Replaces what was in force. */
void ess_lease_grant(ess_lease *lease, const char *code, int64_t lasts_ms, ess_now now);

/* After a restart; code, lasts_ms and until_utc_ms of the lease are as they were written down. Due
 * at once when until has passed, or when no clock tells whether it has; and never later than had it
 * been granted now, wherever the clock has been set to meanwhile. */
void ess_lease_restore(ess_lease *lease, ess_now now);

/* It ends now instead of later: a stop takes the set-point back. */
void ess_lease_cut(ess_lease *lease, ess_now now);

/* The set-point has been taken back, and read back as 0. */
void ess_lease_end(ess_lease *lease);

/* True when the set-point has to be taken back now. */
bool ess_lease_is_due(const ess_lease *lease, int64_t now_mono_ms);

/* It could not be taken back: due again after ESS_LEASE_RETRY_MS. */
void ess_lease_retry(ess_lease *lease, int64_t now_mono_ms);

ESS_END_C

#endif

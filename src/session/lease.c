/* One deadline, kept twice: in UTC for the journal, monotonic for the running program. */
#include "ess/lease.h"

static int64_t clamp(int64_t lasts_ms)
{
    if (lasts_ms < 0)
        return 0;
    return lasts_ms > ESS_LEASE_MOST_MS ? ESS_LEASE_MOST_MS : lasts_ms;
}

void ess_lease_grant(ess_lease *lease, const char *code, int64_t lasts_ms, ess_now now)
{
    *lease = (ess_lease){.in_force = true,
                         .lasts_ms = clamp(lasts_ms),
                         .until_utc_ms = now.utc_ms + clamp(lasts_ms),
                         .due_mono_ms = now.mono_ms + clamp(lasts_ms)};
    /* A code has at most ESS_CODE_MAX bytes: the envelope's check [ENV-05]. */
    (void)ess_slice_copy(ess_slice_from(code), lease->code, sizeof lease->code);
}

void ess_lease_restore(ess_lease *lease, ess_now now)
{
    int64_t left_ms = now.clock_set ? clamp(lease->until_utc_ms - now.utc_ms) : 0;

    lease->in_force = true;
    lease->lasts_ms = clamp(lease->lasts_ms);
    lease->due_mono_ms = now.mono_ms + (left_ms < lease->lasts_ms ? left_ms : lease->lasts_ms);
}

void ess_lease_cut(ess_lease *lease, ess_now now)
{
    lease->lasts_ms = 0;
    lease->until_utc_ms = now.utc_ms;
    lease->due_mono_ms = now.mono_ms;
}

void ess_lease_end(ess_lease *lease)
{
    *lease = (ess_lease){0};
}

bool ess_lease_is_due(const ess_lease *lease, int64_t now_mono_ms)
{
    return lease->in_force && now_mono_ms >= lease->due_mono_ms;
}

void ess_lease_retry(ess_lease *lease, int64_t now_mono_ms)
{
    lease->due_mono_ms = now_mono_ms + ESS_LEASE_RETRY_MS;
}

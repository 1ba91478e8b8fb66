/* The cloud's credit; see ess/credit.h. */
#include "ess/credit.h"

enum { PERCENT = 100, BUSY_PERCENT = 80, CALM_PERCENT = 40 };

void ess_credit_init(ess_credit *credit, int64_t now_mono_ms)
{
    *credit = (ess_credit){.since_mono_ms = now_mono_ms};
}

void ess_credit_note(ess_credit *credit, int64_t busy_ms, int64_t now_mono_ms)
{
    int64_t window_ms = now_mono_ms - credit->since_mono_ms;
    unsigned slow = credit->slow;

    credit->busy_ms += busy_ms;
    if (window_ms >= 0 && window_ms < ESS_CREDIT_WINDOW_MS)
        return;
    /* Halves and doubles: a plant of ten thousand must calm down within seconds. */
    if (window_ms > 0 && credit->busy_ms > window_ms / PERCENT * BUSY_PERCENT)
        slow = slow >= ESS_CREDIT_SLOW_MAX / 2 ? ESS_CREDIT_SLOW_MAX : 2 * slow + 1;
    else if (window_ms > 0 && credit->busy_ms < window_ms / PERCENT * CALM_PERCENT)
        slow /= 2;
    *credit = (ess_credit){.since_mono_ms = now_mono_ms, .slow = (uint8_t)slow};
}

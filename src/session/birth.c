#include "ess/birth.h"

void ess_birth_line(ess_birth *birth, bool up)
{
    birth->line_up = up;
    birth->is_said = false;
}

void ess_birth_again(ess_birth *birth)
{
    birth->is_said = false;
}

bool ess_birth_is_due(const ess_birth *birth, ess_now now)
{
    return birth->line_up && (!birth->is_said || birth->said_synced != now.clock_set ||
                              now.mono_ms - birth->spoke_mono_ms >= ESS_BEAT_MS);
}

void ess_birth_said(ess_birth *birth, ess_now now)
{
    birth->is_said = true;
    birth->said_synced = now.clock_set;
    birth->spoke_mono_ms = now.mono_ms;
}

void ess_birth_spoke(ess_birth *birth, int64_t now_mono_ms)
{
    birth->spoke_mono_ms = now_mono_ms;
}

int64_t ess_birth_wake(const ess_birth *birth)
{
    return birth->line_up ? birth->spoke_mono_ms + ESS_BEAT_MS : INT64_MAX;
}

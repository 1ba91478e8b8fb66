#include "ess/clock.h"

#include <string.h>

bool ess_clock_is_set(int64_t utc_ms)
{
    return utc_ms >= ESS_CLOCK_SET_UTC_MS;
}

void ess_clock_add(ess_clock *clock, ess_clock_life life)
{
    if (clock->count == ESS_CLOCK_LIVES_MAX) {
        clock->count--;
        memmove(&clock->life[0], &clock->life[1], clock->count * sizeof clock->life[0]);
    }
    clock->life[clock->count++] = life;
}

ess_clock_life ess_clock_begin(uint64_t sid, ess_now now)
{
    return (ess_clock_life){sid, now.utc_ms - now.mono_ms};
}

int64_t ess_clock_stamp(const ess_clock *clock, uint64_t sid, int64_t ts_utc_ms, ess_now now)
{
    if (ess_clock_is_set(ts_utc_ms) || !now.clock_set)
        return ts_utc_ms;
    for (size_t i = 0; i < clock->count; i++) {
        if (clock->life[i].sid == sid)
            return ts_utc_ms - clock->life[i].base_ms + now.utc_ms - now.mono_ms;
    }
    return ts_utc_ms;
}

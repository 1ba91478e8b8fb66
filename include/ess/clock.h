/* What a device's stamps are worth while its clock is not set, and what they become once it is
 * [CLK-03 to CLK-07].
 *
 * A cabinet's clock begins at 1970 and is set later, or only after the program has been started
 * anew. Monotonic time runs on meanwhile, as long as the machine does. So each life that begins
 * with an unset clock leaves a line that the caller keeps: its sid, and UTC less monotonic time as
 * they were. From a stamp of that life it gives back the monotonic time of the sample, and that,
 * once the clock is set, the true time. Another start of the machine makes all lines worthless: the
 * caller forgets them then. Rejected: monotonic time kept with each report; eight bytes for each,
 * to say one number.
 */
#ifndef ESS_CLOCK_H
#define ESS_CLOCK_H

#include "ess/base.h"
#include "ess/limits.h"

ESS_BEGIN_C

#define ESS_CLOCK_LIVES_MAX 32

typedef struct ess_clock_life {
    uint64_t sid;
    int64_t base_ms; /* UTC less monotonic time while its clock was not set */
} ess_clock_life;

/* Empty is {0}. May be read. */
typedef struct ess_clock {
    ess_clock_life life[ESS_CLOCK_LIVES_MAX]; /* oldest first */
    size_t count;
} ess_clock;

/* False of a time that only a clock that is not set can give [CLK-03]. */
bool ess_clock_is_set(int64_t utc_ms);

/* A life of this start of the machine, with an unset clock: an earlier one, as it was kept, or this
 * one, to be durable before its first sample. The oldest gives way when there are too many. */
void ess_clock_add(ess_clock *clock, ess_clock_life life);

/* This life's line, when it begins at `now` with a clock that is not set. */
ess_clock_life ess_clock_begin(uint64_t sid, ess_now now);

/* When a report of that sid with that stamp was sampled, as well as it is known now. A stamp of a
 * set clock stays, and so does one of a life of which nothing is known: no time is made up.
 * Cost: linear in the lives. Spec: CLK-05, CLK-06, CLK-07. */
int64_t ess_clock_stamp(const ess_clock *clock, uint64_t sid, int64_t ts_utc_ms, ess_now now);

ESS_END_C

#endif

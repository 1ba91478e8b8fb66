/* What stamps of a clock that was not set become; see test_line.c for the published sequences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/clock.h"

static const ess_now now = {INT64_C(1763827200000), 5000, true};

static void a_time_is_one_from_2020_on(void **state)
{
    (void)state;
    assert_false(ess_clock_is_set(0));
    assert_false(ess_clock_is_set(ESS_CLOCK_SET_UTC_MS - 1));
    assert_true(ess_clock_is_set(ESS_CLOCK_SET_UTC_MS));
}

static void a_stamp_finds_its_time_by_its_life(void **state)
{
    ess_clock clock = {.count = 0};
    (void)state;
    ess_clock_add(&clock, ess_clock_begin(7, (ess_now){100, 1100, false})); /* it ran behind */
    assert_int_equal(clock.life[0].base_ms, -1000);
    assert_int_equal(ess_clock_stamp(&clock, 7, 3000, now), now.utc_ms - 1000); /* mono 4000 */
    assert_int_equal(ess_clock_stamp(&clock, 8, 3000, now),
                     3000); /* of that life is nothing known */
    assert_int_equal(ess_clock_stamp(&clock, 7, 3000, (ess_now){6000, 7000, false}), 3000);
    assert_int_equal(ess_clock_stamp(&clock, 7, ESS_CLOCK_SET_UTC_MS, now), ESS_CLOCK_SET_UTC_MS);
}

static void the_oldest_life_gives_way(void **state)
{
    ess_clock clock = {.count = 0};
    (void)state;
    for (uint64_t sid = 1; sid <= ESS_CLOCK_LIVES_MAX + 1; sid++)
        ess_clock_add(&clock, (ess_clock_life){sid, 0});
    assert_int_equal(clock.count, ESS_CLOCK_LIVES_MAX);
    assert_int_equal(clock.life[0].sid, 2);
    assert_int_equal(ess_clock_stamp(&clock, 1, 3000, now), 3000);
    assert_int_equal(ess_clock_stamp(&clock, ESS_CLOCK_LIVES_MAX + 1, 3000, now),
                     now.utc_ms - 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_one_from_2020_on),
        cmocka_unit_test(a_stamp_finds_its_time_by_its_life),
        cmocka_unit_test(the_oldest_life_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

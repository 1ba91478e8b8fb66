/* The cloud's credit: asks for less when busy, gives back when calm, and does not swing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/credit.h"

/* A window of work in pieces of 100 ms, of which so many are busy. */
static void pass_window(ess_credit *credit, int64_t *now_mono_ms, int64_t busy_each_ms)
{
    for (int i = 0; i < ESS_CREDIT_WINDOW_MS / 100; i++) {
        *now_mono_ms += 100;
        ess_credit_note(credit, busy_each_ms, *now_mono_ms);
    }
}

static void slow_follows_the_load(void **state)
{
    static const struct {
        int64_t busy_each_ms;
        uint8_t slow;
    } windows[] = {
        {10, 0}, {79, 0}, {80, 0}, {81, 1}, {95, 3}, {100, 7}, {100, 15}, {100, 15},
        {60, 15}, {40, 15}, {39, 7}, {60, 7}, {0, 3}, {0, 1}, {0, 0}, {0, 0},
    };
    ess_credit credit;
    int64_t now_mono_ms = 5000;

    (void)state;
    ess_credit_init(&credit, now_mono_ms);
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        pass_window(&credit, &now_mono_ms, windows[i].busy_each_ms);
        if (credit.slow != windows[i].slow)
            fail_msg("window %zu: slow is %u", i, credit.slow);
    }
}

static void a_moment_of_load_asks_for_nothing(void **state)
{
    ess_credit credit;

    (void)state;
    ess_credit_init(&credit, 0);
    ess_credit_note(&credit, 900, 1000);
    assert_int_equal(credit.slow, 0);
    ess_credit_note(&credit, 0, 3000);
    assert_int_equal(credit.slow, 0);
}

static void one_long_work_counts_over_all_of_it(void **state)
{
    ess_credit credit;

    (void)state;
    ess_credit_init(&credit, 0);
    ess_credit_note(&credit, 30000, 30000);
    assert_int_equal(credit.slow, 1);
}

static void a_clock_that_runs_backwards_begins_anew(void **state)
{
    ess_credit credit;
    int64_t now_mono_ms = 100;

    (void)state;
    ess_credit_init(&credit, 9000);
    ess_credit_note(&credit, 8000, now_mono_ms);
    assert_int_equal(credit.slow, 0);
    pass_window(&credit, &now_mono_ms, 100);
    assert_int_equal(credit.slow, 1);
    ess_credit_note(&credit, 0, now_mono_ms); /* no time has passed */
    assert_int_equal(credit.slow, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_follows_the_load),
        cmocka_unit_test(a_moment_of_load_asks_for_nothing),
        cmocka_unit_test(one_long_work_counts_over_all_of_it),
        cmocka_unit_test(a_clock_that_runs_backwards_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When a device says its birth; see test_line.c for the published sequences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/birth.h"

static ess_now at(int64_t mono_ms, bool clock_set)
{
    return (ess_now){INT64_C(1763827200000) + mono_ms, mono_ms, clock_set};
}

static void it_is_due_once_a_connection(void **state)
{
    ess_birth birth = {0};
    (void)state;
    assert_false(ess_birth_is_due(&birth, at(0, true)));
    assert_int_equal(ess_birth_wake(&birth), INT64_MAX);
    ess_birth_line(&birth, true);
    assert_true(ess_birth_is_due(&birth, at(5, true)));
    ess_birth_said(&birth, at(5, true));
    assert_false(ess_birth_is_due(&birth, at(5, true)));
    assert_int_equal(ess_birth_wake(&birth), 5 + ESS_BEAT_MS);
    ess_birth_line(&birth, false);
    assert_false(ess_birth_is_due(&birth, at(1000000, false))); /* nobody would hear it */
    ess_birth_line(&birth, true);
    assert_true(ess_birth_is_due(&birth, at(1000000, true)));
}

static void it_is_due_again_when_asked_for_or_the_clock_changed_or_long_silent(void **state)
{
    ess_birth birth = {0};
    (void)state;
    ess_birth_line(&birth, true);
    ess_birth_said(&birth, at(0, false));
    assert_true(ess_birth_is_due(&birth, at(1, true)));
    ess_birth_said(&birth, at(1, true));
    ess_birth_again(&birth);
    assert_true(ess_birth_is_due(&birth, at(2, true)));
    ess_birth_said(&birth, at(2, true));
    ess_birth_spoke(&birth, 1000);
    assert_int_equal(ess_birth_wake(&birth), 1000 + ESS_BEAT_MS);
    assert_false(ess_birth_is_due(&birth, at(1000 + ESS_BEAT_MS - 1, true)));
    assert_true(ess_birth_is_due(&birth, at(1000 + ESS_BEAT_MS, true)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_due_once_a_connection),
        cmocka_unit_test(it_is_due_again_when_asked_for_or_the_clock_changed_or_long_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

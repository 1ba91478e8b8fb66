/* When a set-point has to be taken back [CMD-10]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/lease.h"

static void lease_ends_when_it_was_granted_for(void **state)
{
    ess_lease lease = {0};
    (void)state;
    assert_false(ess_lease_is_due(&lease, INT64_MAX));
    ess_lease_grant(&lease, "c1", 5000, (ess_now){1000000, 100, true});
    assert_int_equal(lease.until_utc_ms, 1005000);
    assert_false(ess_lease_is_due(&lease, 5099));
    assert_true(ess_lease_is_due(&lease, 5100));
    ess_lease_retry(&lease, 5100);
    assert_false(ess_lease_is_due(&lease, 5101));
    assert_true(ess_lease_is_due(&lease, 5100 + ESS_LEASE_RETRY_MS));
    ess_lease_end(&lease);
    assert_false(ess_lease_is_due(&lease, INT64_MAX));
}

static void lease_continues_after_a_restart(void **state)
{
    static const struct {
        int64_t until;
        ess_now now;
        int64_t due_mono;
    } rows[] = {
        {1005000, {1002000, 7000, true}, 7000 + 3000},          /* goes on */
        {1005000, {1005000, 7000, true}, 7000},                 /* ran out just now */
        {1005000, {9000000, 7000, true}, 7000},                 /* ran out meanwhile: at once */
        {1005000, {0, 7000, false}, 7000},                      /* no clock tells: at once */
        {INT64_C(1700000000000), {0, 7000, true}, 7000 + 5000}, /* it was set back: bounded */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ess_lease lease = {.code = "c1", .lasts_ms = 5000, .until_utc_ms = rows[i].until};
        ess_lease_restore(&lease, rows[i].now);
        assert_true(lease.in_force);
        assert_int_equal(lease.due_mono_ms, rows[i].due_mono);
        assert_int_equal(lease.until_utc_ms, rows[i].until);
    }
}

static void a_stop_ends_it_at_once(void **state)
{
    ess_lease lease = {0};
    (void)state;
    ess_lease_grant(&lease, "c1", 5000, (ess_now){1000000, 100, true});
    ess_lease_cut(&lease, (ess_now){1000700, 800, true});
    assert_true(ess_lease_is_due(&lease, 800));
    assert_int_equal(lease.until_utc_ms, 1000700);
    ess_lease_restore(&lease, (ess_now){1000000, 0, true}); /* nor does a restart revive it */
    assert_true(ess_lease_is_due(&lease, 0));
}

static void it_lasts_no_longer_than_the_model_allows(void **state)
{
    ess_lease lease = {0};
    (void)state;
    ess_lease_grant(&lease, "c1", INT64_MAX, (ess_now){0, 0, true});
    assert_int_equal(lease.due_mono_ms, ESS_LEASE_MOST_MS);
    ess_lease_grant(&lease, "c2", -1, (ess_now){0, 7, true});
    assert_true(ess_lease_is_due(&lease, 7));
    lease.lasts_ms = INT64_MAX; /* as a damaged record might say */
    ess_lease_restore(&lease, (ess_now){0, 0, true});
    assert_true(ess_lease_is_due(&lease, ESS_LEASE_MOST_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lease_ends_when_it_was_granted_for),
        cmocka_unit_test(lease_continues_after_a_restart),
        cmocka_unit_test(a_stop_ends_it_at_once),
        cmocka_unit_test(it_lasts_no_longer_than_the_model_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The cloud's patience with a command, and the legal order of its stages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ess/dispatch.h"

#define EXP 100000

static void stages_have_one_name_and_finals_have_no_successor(void **state)
{
    (void)state;
    for (int i = 0; i < ESS_STAGE_COUNT; i++) {
        ess_stage back;
        const char *name = ess_stage_name((ess_stage)i);
        assert_int_equal(ess_stage_parse(ess_slice_from(name), &back), ESS_OK);
        assert_int_equal(back, i);
        for (int to = 0; to < ESS_STAGE_COUNT; to++) {
            if (ess_stage_is_final((ess_stage)i))
                assert_false(ess_stage_may_follow((ess_stage)i, (ess_stage)to));
            assert_false(ess_stage_may_follow((ess_stage)to, ESS_STAGE_CREATED));
        }
    }
    ess_stage none;
    assert_int_equal(ess_stage_parse(ess_slice_from("don"), &none), ESS_E_DATA);
    assert_false(ess_stage_may_follow(ESS_STAGE_ACCEPTED, ESS_STAGE_REJECTED));
    assert_false(ess_stage_may_follow(ESS_STAGE_EXECUTING, ESS_STAGE_ACCEPTED));
}

static void a_command_is_repeated_until_final(void **state)
{
    (void)state;
    ess_dispatch d;
    int64_t wake;
    bool changed;
    ess_dispatch_init(&d, ESS_STAGE_CREATED, EXP, 0);
    assert_int_equal(ess_dispatch_due(&d, 0, 0, true, &wake), ESS_DISPATCH_SEND);
    ess_dispatch_sent(&d, 0);
    assert_int_equal(d.stage, ESS_STAGE_SENT);
    assert_int_equal(ess_dispatch_due(&d, 999, 999, true, &wake), ESS_DISPATCH_REST);
    assert_true(wake == 1000);
    assert_int_equal(ess_dispatch_due(&d, 1000, 1000, true, &wake), ESS_DISPATCH_SEND);
    ess_dispatch_sent(&d, 1000);
    assert_int_equal(ess_dispatch_due(&d, 2999, 2999, true, &wake), ESS_DISPATCH_REST);
    assert_int_equal(ess_dispatch_ack(&d, ESS_STAGE_EXECUTING, &changed), ESS_OK);
    assert_true(changed);
    assert_int_equal(ess_dispatch_ack(&d, ESS_STAGE_ACCEPTED, &changed), ESS_OK); /* late */
    assert_false(changed);
    ess_dispatch_reborn(&d, 2999);
    assert_int_equal(ess_dispatch_due(&d, 2999, 2999, true, &wake), ESS_DISPATCH_SEND);
    assert_int_equal(ess_dispatch_ack(&d, ESS_STAGE_DONE, &changed), ESS_OK);
    assert_int_equal(ess_dispatch_due(&d, 3000, 3000, true, &wake), ESS_DISPATCH_END);
    assert_int_equal(ess_dispatch_ack(&d, ESS_STAGE_FAILED, &changed), ESS_E_STATE);
    assert_int_equal(d.stage, ESS_STAGE_DONE);
}

static void an_offline_device_is_not_written_to_and_the_command_times_out(void **state)
{
    (void)state;
    ess_dispatch d;
    int64_t wake;
    ess_dispatch_init(&d, ESS_STAGE_CREATED, EXP, 0);
    assert_int_equal(ess_dispatch_due(&d, 0, 0, false, &wake), ESS_DISPATCH_REST);
    assert_true(wake == EXP + ESS_DISPATCH_GRACE_MS + 1);
    assert_int_equal(ess_dispatch_due(&d, wake, wake, false, &wake), ESS_DISPATCH_TIMEOUT);
    assert_int_equal(ess_dispatch_due(&d, wake, EXP * 2, true, &wake), ESS_DISPATCH_END);
}

static void an_expired_command_that_never_left_is_not_sent(void **state)
{
    (void)state;
    ess_dispatch d;
    int64_t wake;
    ess_dispatch_init(&d, ESS_STAGE_CREATED, EXP, 0);
    assert_int_equal(ess_dispatch_due(&d, EXP + 1, EXP + 1, true, &wake), ESS_DISPATCH_REST);
}

static void a_sent_command_is_asked_for_after_timeout_and_late_evidence_counts(void **state)
{
    (void)state;
    ess_dispatch d;
    int64_t wake, late = EXP + ESS_DISPATCH_GRACE_MS + 1;
    bool changed;
    ess_dispatch_init(&d, ESS_STAGE_CREATED, EXP, 0);
    ess_dispatch_sent(&d, 0);
    assert_int_equal(ess_dispatch_due(&d, late, late, true, &wake), ESS_DISPATCH_TIMEOUT);
    assert_int_equal(ess_dispatch_due(&d, late, late, true, &wake), ESS_DISPATCH_SEND);
    assert_int_equal(ess_dispatch_ack(&d, ESS_STAGE_DONE, &changed), ESS_OK);
    assert_true(changed && d.stage == ESS_STAGE_DONE);
    ess_dispatch_init(&d, ESS_STAGE_SENT, EXP, 0);
    late = EXP + ESS_DISPATCH_KEEP_MS + 1;
    assert_int_equal(ess_dispatch_due(&d, late, late, true, &wake), ESS_DISPATCH_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_have_one_name_and_finals_have_no_successor),
        cmocka_unit_test(a_command_is_repeated_until_final),
        cmocka_unit_test(an_offline_device_is_not_written_to_and_the_command_times_out),
        cmocka_unit_test(an_expired_command_that_never_left_is_not_sent),
        cmocka_unit_test(a_sent_command_is_asked_for_after_timeout_and_late_evidence_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

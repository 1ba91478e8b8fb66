/* The device's verdict on a command: every reason to refuse, and the first one counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ess/judge.h"

static const ess_judge_facts good = {
    .path = "CAB01/PCS", .target_known = true, .now_utc_ms = 5000, .clock_set = true};

static ess_verdict judge(const char *op, const char *args, const ess_judge_facts *facts)
{
    ess_command command = {.code = ESS_SLICE_LITERAL("c"),
                           .op = ess_slice_from(op),
                           .args = ess_slice_from(args),
                           .t_utc_ms = 1000,
                           .exp_utc_ms = 6000};
    ess_verdict verdict;
    ess_command_judge(&command, facts, &verdict, NULL);
    return verdict;
}

static void arguments_are_held_against_the_model(void **state)
{
    (void)state;
    static const struct {
        const char *op, *args;
        int result;
        const char *why;
    } cases[] = {
        {"power.set", "{\"p\":60,\"rvt\":900}", ESS_MODEL_OK, ""},
        {"power.set", "{\"rvt\":900,\"p\":-125}", ESS_MODEL_OK, ""},
        {"power.set", "{\"p\":125.1,\"rvt\":900}", ESS_MODEL_OUT_OF_LIMITS,
         "p is outside -125 to 125 kW"},
        {"power.set", "{\"p\":60}", ESS_MODEL_BAD_VALUE, "rvt is required"},
        {"power.set", "{\"p\":\"60\",\"rvt\":900}", ESS_MODEL_BAD_VALUE, "p must be a number"},
        {"power.set", "{\"p\":60,\"rvt\":900,\"P\":1}", ESS_MODEL_BAD_VALUE, "unknown argument P"},
        {"power.set", "{\"p\":60,\"p\":61,\"rvt\":900}", ESS_MODEL_BAD_SYNTAX, "p is given twice"},
        {"power.set", "[]", ESS_MODEL_BAD_SYNTAX, "arguments must be one object"},
        {"power.set", "{\"p\":", ESS_MODEL_BAD_SYNTAX, ""},
        {"power.set", "{\"p\":60,\"rvt\":0}", ESS_MODEL_OUT_OF_LIMITS, "rvt is outside"},
        {"power.sit", "{}", ESS_MODEL_UNKNOWN_COMMAND, "no such operation"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_verdict verdict = judge(cases[i].op, cases[i].args, &good);
        if (verdict.result != cases[i].result || strstr(verdict.why, cases[i].why) == NULL)
            fail_msg("%s %s: %d %s", cases[i].op, cases[i].args, verdict.result, verdict.why);
        assert_int_equal(verdict.stage,
                         cases[i].result == ESS_MODEL_OK ? ESS_STAGE_ACCEPTED : ESS_STAGE_REJECTED);
    }
}

static void a_late_retained_or_misdirected_command_is_not_tried(void **state)
{
    (void)state;
    const char *args = "{\"p\":60,\"rvt\":900}";
    ess_judge_facts facts = good;
    facts.now_utc_ms = 6000;
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_ACCEPTED);
    facts.now_utc_ms = 6001; /* [CMD-03] */
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_EXPIRED);
    facts.clock_set = false; /* [CMD-08] its own life has not passed since it came */
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_ACCEPTED);
    ess_command late = {.code = ESS_SLICE_LITERAL("c"), /* sent again after its exp */
                        .op = ESS_SLICE_LITERAL("start"),
                        .args = ESS_SLICE_LITERAL("{}"),
                        .t_utc_ms = 6000,
                        .exp_utc_ms = 6000};
    ess_verdict verdict;
    facts = good; /* a clock that is behind does not make it good */
    ess_command_judge(&late, &facts, &verdict, NULL);
    assert_int_equal(verdict.stage, ESS_STAGE_EXPIRED);
    facts.retained = true; /* [CMD-04] */
    assert_int_equal(judge("power.set", args, &facts).result, ESS_MODEL_NOT_PERMITTED);
    facts = good;
    facts.target_known = false;
    assert_int_equal(judge("power.set", args, &facts).result, ESS_MODEL_UNKNOWN_TARGET);
    facts = good;
    facts.path = "CAB01/BMS";
    assert_int_equal(judge("power.set", args, &facts).result, ESS_MODEL_UNKNOWN_TARGET);
}

static void without_a_clock_no_command_that_needs_a_signature_is_tried(void **state)
{
    const char *args = "{\"p\":60,\"rvt\":900}";
    ess_judge_facts facts = good;
    (void)state;
    facts.signed_classes = "ABC";
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_ACCEPTED);
    facts.clock_set = false; /* [SIG-17] */
    assert_int_equal(judge("power.set", args, &facts).result, ESS_MODEL_CLOCK_UNSYNCED);
    facts.signed_classes = "BC"; /* power.set is of class A */
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_ACCEPTED);
    facts.signed_classes = "";
    assert_int_equal(judge("power.set", args, &facts).stage, ESS_STAGE_ACCEPTED);
}

static void an_argument_is_found_by_name_only_at_its_own_level(void **state)
{
    ess_decimal value;
    ess_slice args = ESS_SLICE_LITERAL("{\"set\":{\"p\":1},\"p\":-2.50}");
    (void)state;
    assert_int_equal(ess_command_arg(args, "p", &value), ESS_OK);
    assert_true(value.mantissa == -25 && value.scale == 1);
    assert_int_equal(ess_command_arg(args, "q", &value), ESS_E_NOT_FOUND);
    assert_int_equal(ess_command_arg(args, "set", &value), ESS_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_held_against_the_model),
        cmocka_unit_test(a_late_retained_or_misdirected_command_is_not_tried),
        cmocka_unit_test(without_a_clock_no_command_that_needs_a_signature_is_tried),
        cmocka_unit_test(an_argument_is_found_by_name_only_at_its_own_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

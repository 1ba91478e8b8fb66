/* Planning and carrying out one order: edges that the published sequences (test_station.c) do not
 * reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ess/execute.h"

enum { MANY = ESS_EXECUTE_POINTS_MAX + 1 };

/* ---- equipment: a few points by name, and as many parameters as wanted */

static ess_model_point models[] = {
    {.name = "pSet", .min = {.mantissa = -125}, .max = {.mantissa = 125}},
    {.name = "qSet", .min = {.mantissa = -125}, .max = {.mantissa = 125}},
    {.name = "pSetEcho"},
    {.name = "qSetEcho"},
    {.name = "runCmd", .max = {.mantissa = 1}},
    {.name = "runState"},
    {.name = "flag", .is_param = true, .max = {.mantissa = 1}},
    {.name = "list", .is_param = true, .max = {.mantissa = 1}},
    {.name = "fixed", .is_param = true, .max = {.mantissa = 1}},
    {.name = "p", .is_param = true, .max = {.mantissa = 1}}, /* p0, p1, ... */
};
enum { P_SET, Q_SET, P_ECHO, Q_ECHO, RUN_CMD, RUN_STATE, FLAG, LIST, FIXED, MANY_P, POINTS };

static unsigned lacks, locked, arrays; /* points, a bit each */

static bool find(const void *context, const char *name, ess_execute_point *out)
{
    (void)context;
    for (uint16_t i = 0; i < POINTS; i++) {
        bool is_many = i == MANY_P && name[0] == 'p' && name[1] >= '0' && name[1] <= '9';
        if ((!is_many && strcmp(name, models[i].name) != 0) || (lacks & (1u << i)) != 0)
            continue;
        *out = (ess_execute_point){.number = i,
                                   .writable = (locked & (1u << i)) == 0,
                                   .is_array = (arrays & (1u << i)) != 0,
                                   .model = &models[i]};
        if (is_many) {
            out->number = (uint16_t)(100 + name[1] - '0');
            for (const char *digit = name + 2; *digit != '\0'; digit++)
                out->number = (uint16_t)(out->number * 10 + *digit - '0');
        }
        return true;
    }
    return false;
}

static bool holds(const void *context, uint16_t number, ess_decimal value)
{
    int64_t tenths;
    (void)context;
    (void)number;
    return ess_decimal_to_integer(value, 1, &tenths) == ESS_OK;
}

static const ess_equipment equipment = {NULL, find, holds};
static ess_execute execute;
static const char *why;

static int set_up(void **state)
{
    (void)state;
    lacks = 0;
    locked = 1u << FIXED | 1u << P_ECHO | 1u << Q_ECHO | 1u << RUN_STATE;
    arrays = 1u << LIST;
    memset(&execute, 0x5A, sizeof execute);
    return 0;
}

static int plan(const char *op, const char *args)
{
    const ess_model_command *command = ess_model_command_of(ess_slice_from(op));
    int result = ess_execute_plan(&execute, &equipment, command, ess_slice_from(args), &why);
    assert_int_equal(why[0] == '\0', result == ESS_MODEL_OK);
    return result;
}

static void what_cannot_be_planned_is_refused(void **state)
{
    static const struct {
        const char *op, *args;
        int result;
        unsigned lacks, locked, arrays; /* besides */
    } rows[] = {
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_OK, 0, 0, 0},
        {"power.set", "{\"p\":60,\"q\":5,\"rvt\":9}", ESS_MODEL_OK, 0, 0, 0},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_NOT_SUPPORTED, 1u << P_SET, 0, 0},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_NOT_SUPPORTED, 1u << P_ECHO, 0, 0},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_OK, 1u << Q_SET | 1u << Q_ECHO, 0, 0},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_NOT_PERMITTED, 0, 1u << P_SET, 0},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_NOT_PERMITTED, 0, 0, 1u << P_SET},
        {"power.set", "{\"p\":60,\"rvt\":9}", ESS_MODEL_NOT_SUPPORTED, 0, 0, 1u << P_ECHO},
        {"power.set", "{\"p\":60.55,\"rvt\":9}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"power.set", "{\"p\":126,\"rvt\":9}", ESS_MODEL_OUT_OF_LIMITS, 0, 0, 0},
        {"power.set", "{\"p\":-126,\"rvt\":9}", ESS_MODEL_OUT_OF_LIMITS, 0, 0, 0},
        {"power.set", "{\"p\":\"60\",\"rvt\":9}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"power.set", "{\"rvt\":9}", ESS_MODEL_BAD_VALUE, 0, 0, 0}, /* nothing to set */
        {"standby", "{}", ESS_MODEL_NOT_SUPPORTED, 0, 0, 0},        /* writes no point */
        {"start", "{}", ESS_MODEL_OK, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":1}}", ESS_MODEL_OK, 0, 0, 0},
        {"param.set", "{\"if_rev\":1,\"set\":{\"flag\":true}}", ESS_MODEL_OK, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":false}}", ESS_MODEL_OK, 0, 0, 0},
        {"param.set", "{\"set\":{}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":1}", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"if_rev\":1}", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"if_rev\":[1,\"set\":{}}", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"if_rev\"", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":1,", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\"", ESS_MODEL_BAD_SYNTAX, 0, 0, 0},
        {"param.set", "{\"set\":{\"nix\":1}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":{\"pSet\":1}}", ESS_MODEL_BAD_VALUE, 0, 0, 0}, /* no parameter */
        {"param.set", "{\"set\":{\"flag\":\"1\"}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":[1]}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":1e99}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":2}}", ESS_MODEL_OUT_OF_LIMITS, 0, 0, 0},
        {"param.set", "{\"set\":{\"flag\":1,\"flag\":0}}", ESS_MODEL_BAD_VALUE, 0, 0, 0},
        {"param.set", "{\"set\":{\"list\":1}}", ESS_MODEL_NOT_PERMITTED, 0, 0, 0},
        {"param.set", "{\"set\":{\"fixed\":1}}", ESS_MODEL_NOT_PERMITTED, 0, 0, 0},
        {"param.set",
         "{\"set\":{\"12345678901234567890123456789012345678901234567890123456789012345\":1}}",
         ESS_MODEL_BAD_VALUE, 0, 0, 0}, /* 65 bytes */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)set_up(state);
        lacks = rows[i].lacks;
        locked |= rows[i].locked;
        arrays |= rows[i].arrays;
        int result = plan(rows[i].op, rows[i].args);
        if (result != rows[i].result)
            fail_msg("%s %s: %d, %s", rows[i].op, rows[i].args, result, why);
    }
}

static void more_values_than_one_order_holds_are_refused(void **state)
{
    char args[1024];
    size_t len = (size_t)snprintf(args, sizeof args, "{\"set\":{");
    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        len += (size_t)snprintf(args + len, sizeof args - len, "%s\"p%u\":1", i == 0 ? "" : ",",
                                10 + i);
    (void)snprintf(args + len, sizeof args - len, "}}");
    assert_int_equal(plan("param.set", args), ESS_MODEL_BAD_VALUE);
    assert_int_equal(execute.write_count, ESS_EXECUTE_POINTS_MAX);
}

static void a_set_point_falls_back_as_far_as_it_can_be_written(void **state)
{
    static const struct {
        unsigned lacks, locked;
        int result;
        size_t writes, confirms;
    } rows[] = {
        {0, 0, ESS_MODEL_OK, 2, 2},
        {1u << Q_SET, 0, ESS_MODEL_OK, 1, 1},
        {0, 1u << Q_SET, ESS_MODEL_OK, 1, 1}, /* its echo is not ours to bring to 0 */
        {1u << Q_ECHO, 0, ESS_MODEL_OK, 2, 1},
        {1u << P_SET | 1u << Q_SET, 0, ESS_MODEL_BAD_VALUE, 0, 0},
        {1u << P_ECHO | 1u << Q_ECHO, 0, ESS_MODEL_BAD_VALUE, 2, 0},
    };
    const ess_model_command *command = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)set_up(state);
        lacks = rows[i].lacks;
        locked |= rows[i].locked;
        assert_int_equal(ess_execute_plan_revert(&execute, &equipment, command, &why),
                         rows[i].result);
        assert_int_equal(execute.write_count, rows[i].writes);
        assert_int_equal(execute.confirm_count, rows[i].confirms);
    }
}

static void it_wakes_when_there_is_something_to_do(void **state)
{
    ess_execute_job job;
    ess_json_writer out;
    char text[64];
    (void)state;
    assert_int_equal(plan("start", "{}"), ESS_MODEL_OK);
    assert_int_equal(ess_execute_wake(&execute), INT64_MAX);
    assert_false(ess_execute_next(&execute, 0, &job));
    ess_execute_begin(&execute, false, 1000);
    assert_int_equal(ess_execute_wake(&execute), INT64_MIN);
    assert_true(ess_execute_next(&execute, 1000, &job));
    assert_true(job.is_write);
    assert_false(ess_execute_is_waiting(&execute));
    ess_execute_answered(&execute, &(ess_execute_answer){.err = ESS_OK}, 1010);
    assert_int_equal(ess_execute_wake(&execute), 1010);
    assert_false(ess_execute_is_waiting(&execute)); /* written, and not read back yet */
    ess_json_writer_init(&out, text, sizeof text);
    assert_false(ess_execute_print_read_back(&execute, &out));
    assert_int_equal(out.len, 0);
    ess_execute_answered(&execute, &(ess_execute_answer){.value = {.mantissa = 1}}, 1020);
    assert_true(ess_execute_is_waiting(&execute));
    assert_int_equal(ess_execute_wake(&execute), 1020 + ESS_EXECUTE_ROUND_MS);
    assert_false(ess_execute_next(&execute, 1020 + ESS_EXECUTE_ROUND_MS - 1, &job));
    ess_execute_answered(&execute, &(ess_execute_answer){.value = {.mantissa = 2}}, 1050);
    assert_int_equal(execute.state, ESS_EXECUTE_ENDED);
    assert_int_equal(execute.result.stage, ESS_STAGE_DONE);
    assert_true(ess_execute_print_read_back(&execute, &out));
    assert_memory_equal(text, "{\"runState\":2}", out.len);
    assert_int_equal(ess_execute_wake(&execute), INT64_MAX);
    ess_execute_answered(&execute, &(ess_execute_answer){.err = ESS_OK}, 1060); /* nobody's */
    assert_int_equal(execute.result.stage, ESS_STAGE_DONE);
}

/* Its caller can keep no reading. */
static void it_ends_in_time_though_nothing_can_be_read(void **state)
{
    (void)state;
    for (int read_only = 0; read_only < 2; read_only++) {
        int64_t end = read_only ? ESS_EXECUTE_PROBE_MS : 10 + 10000;
        assert_int_equal(plan("start", "{}"), ESS_MODEL_OK);
        execute.confirm_ms = 10000;
        ess_execute_begin(&execute, read_only, 0);
        ess_execute_expire(&execute, INT64_MAX - 1); /* not while it writes */
        if (!read_only) {
            assert_int_equal(execute.state, ESS_EXECUTE_WRITING);
            ess_execute_answered(&execute, &(ess_execute_answer){.err = ESS_OK}, 10);
            ess_execute_expire(&execute, end - 1);
            assert_int_equal(execute.state, ESS_EXECUTE_READING);
            ess_execute_expire(&execute, end);
        }
        assert_int_equal(execute.state, ESS_EXECUTE_ENDED);
        assert_int_equal(execute.result.stage, read_only ? ESS_STAGE_UNKNOWN : ESS_STAGE_FAILED);
        assert_int_equal(execute.result.result, ESS_MODEL_STORAGE_FULL);
    }
}

static void why_it_failed_is_told_by_what_was_last_seen(void **state)
{
    static const struct {
        ess_execute_answer write, read;
        int result;
        bool touched;
    } rows[] = {
        {{.err = ESS_E_OFFLINE}, {.err = ESS_E_OFFLINE}, ESS_MODEL_DEVICE_OFFLINE, false},
        {{.err = ESS_OK}, {.err = ESS_E_OFFLINE}, ESS_MODEL_DEVICE_OFFLINE, true},
        {{.err = ESS_OK}, {.err = ESS_E_TIMEOUT}, ESS_MODEL_SOUTH_TIMEOUT, true},
        {{.err = ESS_OK}, {.err = ESS_E_NUMBER}, ESS_MODEL_SOUTH_TIMEOUT, true},
        {{.err = ESS_OK}, {.err = ESS_OK}, ESS_MODEL_READ_BACK_MISMATCH, true},
        {{.err = ESS_E_TIMEOUT}, {.err = ESS_OK}, ESS_MODEL_SOUTH_TIMEOUT, true},
        {{.err = ESS_E_DATA, .refused = 8}, {.err = ESS_OK}, 8, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now_ms = 0;
        ess_execute_job job;
        assert_int_equal(plan("power.set", "{\"p\":60,\"rvt\":9}"), ESS_MODEL_OK);
        ess_execute_begin(&execute, false, now_ms);
        for (int turn = 0; execute.state != ESS_EXECUTE_ENDED; turn++) {
            assert_in_range(turn, 0, 1000);
            now_ms += 100;
            if (ess_execute_next(&execute, now_ms, &job))
                ess_execute_answered(&execute, job.is_write ? &rows[i].write : &rows[i].read,
                                     now_ms);
        }
        assert_int_equal(execute.result.stage, ESS_STAGE_FAILED);
        assert_int_equal(execute.result.result, rows[i].result);
        assert_int_equal(execute.result.touched, rows[i].touched);
    }
}

/* Two points: the second is refused when the first was written. */
static void half_an_order_is_told_as_touched(void **state)
{
    ess_execute_job job;
    (void)state;
    assert_int_equal(plan("power.set", "{\"p\":60,\"q\":5,\"rvt\":9}"), ESS_MODEL_OK);
    ess_execute_begin(&execute, false, 0);
    ess_execute_answered(&execute, &(ess_execute_answer){.err = ESS_OK}, 0);
    assert_true(ess_execute_next(&execute, 0, &job) && job.is_write);
    ess_execute_answered(&execute, &(ess_execute_answer){.err = ESS_E_OFFLINE}, 0);
    assert_int_equal(execute.state, ESS_EXECUTE_READING); /* what is in force has to be seen */
    ess_execute_answered(&execute, &(ess_execute_answer){.value = {.mantissa = 60}}, 0);
    ess_execute_answered(&execute, &(ess_execute_answer){.value = {.mantissa = 0}}, 0);
    assert_int_equal(execute.result.stage, ESS_STAGE_FAILED);
    assert_int_equal(execute.result.result, ESS_MODEL_DEVICE_OFFLINE);
    assert_true(execute.result.touched);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_cannot_be_planned_is_refused),
        TEST(more_values_than_one_order_holds_are_refused),
        TEST(a_set_point_falls_back_as_far_as_it_can_be_written),
        TEST(it_wakes_when_there_is_something_to_do),
        TEST(it_ends_in_time_though_nothing_can_be_read),
        TEST(why_it_failed_is_told_by_what_was_last_seen),
        TEST(half_an_order_is_told_as_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Edges of the machine of orders that the published sequences (test_station.c) do not reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ess/orders.h"

#define UTC INT64_C(1763827200000)

static ess_orders orders;
static ess_order_object object[2];
static ess_order admitted;

static int set_up(void **state)
{
    (void)state;
    memset(&orders, 0x5A, sizeof orders);
    memset(object, 0x5A, sizeof object);
    ess_orders_init(&orders, object, 2);
    return 0;
}

static ess_now at(int64_t ms)
{
    return (ess_now){UTC + ms, ms, true};
}

typedef struct wish {
    const char *code, *op, *args;
    uint16_t object;
    ess_control control;
} wish;

static ess_orders_request request(const wish *w, ess_command *command, int64_t now_ms)
{
    *command = (ess_command){.code = ess_slice_from(w->code),
                             .op = ess_slice_from(w->op),
                             .args = ess_slice_from(w->args == NULL ? "{}" : w->args),
                             .t_utc_ms = UTC + now_ms,
                             .exp_utc_ms = UTC + now_ms + 30000};
    return (ess_orders_request){command, ess_model_command_of(command->op), w->object,
                                w->control == ESS_CONTROL_UNKNOWN ? ESS_CONTROL_REMOTE : w->control,
                                at(now_ms)};
}

static int admit(const wish *w, int64_t now_ms)
{
    ess_command command;
    ess_orders_request asked = request(w, &command, now_ms);
    ess_verdict verdict;
    ess_orders_admit(&orders, &asked, &admitted, &verdict);
    assert_int_equal(verdict.stage == ESS_STAGE_ACCEPTED, verdict.result == ESS_MODEL_OK);
    assert_int_equal(verdict.why[0] == '\0', verdict.result == ESS_MODEL_OK);
    return verdict.result;
}

static size_t put(const wish *w, int64_t now_ms)
{
    assert_int_equal(admit(w, now_ms), ESS_MODEL_OK);
    return ess_orders_put(&orders, &admitted);
}

static ess_orders_step next(int64_t now_ms)
{
    ess_orders_facts facts = {.now = at(now_ms), .control = ESS_CONTROL_REMOTE};
    ess_orders_step step, again;
    ess_orders_next(&orders, &facts, &step);
    ess_orders_next(&orders, &facts, &again);
    assert_int_equal(step.what, again.what); /* asked again it says the same */
    return step;
}

static void begin(int64_t now_ms, size_t place)
{
    ess_orders_step step = next(now_ms);
    assert_int_equal(step.what, ESS_ORDERS_BEGIN);
    assert_int_equal(step.place, place);
    ess_orders_begun(&orders, &step);
}

static void end(int64_t now_ms, ess_stage stage)
{
    ess_order_result result = {.stage = stage, .why = "", .touched = true};
    ess_orders_step step;
    ess_orders_result(&orders, &result, at(now_ms));
    step = next(now_ms);
    assert_int_equal(step.what, ESS_ORDERS_END);
    ess_orders_ended(&orders, step.place, true, now_ms);
}

static void nothing_to_do_is_rest_for_ever(void **state)
{
    ess_orders_step step = next(0);
    (void)state;
    assert_int_equal(step.what, ESS_ORDERS_REST);
    assert_int_equal(step.wake_mono_ms, INT64_MAX);
    assert_true(ess_orders_idle(&orders));
    assert_null(ess_orders_running(&orders));
}

static void results_and_stages_of_nobody_change_nothing(void **state)
{
    ess_order_result result = {.stage = ESS_STAGE_DONE, .why = ""};
    size_t place;
    (void)state;
    ess_orders_result(&orders, &result, at(0));
    assert_false(ess_orders_executing(&orders, &place));
    assert_true(ess_orders_idle(&orders));
}

static void executing_is_said_once_and_not_of_a_probe(void **state)
{
    ess_command command;
    wish w = {"c2", "start", NULL, 0, 0};
    ess_orders_request asked;
    size_t place = 9;
    (void)state;
    begin(0, put(&(wish){"c1", "start", NULL, 0, 0}, 0));
    assert_non_null(ess_orders_running(&orders));
    assert_true(ess_orders_executing(&orders, &place));
    assert_int_equal(place, 0);
    assert_false(ess_orders_executing(&orders, &place));
    end(10, ESS_STAGE_DONE);
    asked = request(&w, &command, 0);
    begin(20, ess_orders_recover(&orders, &asked));
    assert_false(ess_orders_executing(&orders, &place));
}

static void a_lease_is_its_objects_own(void **state)
{
    ess_orders_step step;
    (void)state;
    begin(0, put(&(wish){"c1", "power.set", "{\"p\":1,\"rvt\":5}", 1, 0}, 0));
    end(100, ESS_STAGE_DONE);
    assert_false(object[0].lease.in_force);
    assert_true(object[1].lease.in_force);
    assert_string_equal(object[1].lease.code, "c1");
    step = next(5099);
    assert_int_equal(step.what, ESS_ORDERS_REST);
    assert_int_equal(step.wake_mono_ms, 5100);
    step = next(5100);
    assert_int_equal(step.what, ESS_ORDERS_REVERT);
    assert_int_equal(step.object, 1);
    ess_orders_not_reverted(&orders, step.object, 5100);
    assert_true(object[1].lease_stuck);
    assert_int_equal(next(5100).wake_mono_ms, 5100 + ESS_LEASE_RETRY_MS);
}

static void set_points_of_other_objects_are_left_alone(void **state)
{
    (void)state;
    begin(0, put(&(wish){"c1", "start", NULL, 0, 0}, 0));
    (void)put(&(wish){"c2", "power.set", "{\"p\":1,\"rvt\":5}", 1, 0}, 0);
    (void)put(&(wish){"c3", "stop", NULL, 0, 0}, 0);
    assert_int_equal(orders.order[1].state, ESS_ORDER_WAITING);
    (void)put(&(wish){"c4", "stop", NULL, 1, 0}, 0);
    assert_int_equal(orders.order[1].state, ESS_ORDER_ENDING);
    assert_int_equal(orders.order[1].end.stage, ESS_STAGE_SUPERSEDED);
}

static void an_end_that_is_not_durable_is_offered_again_and_nothing_begins(void **state)
{
    ess_order_result done = {.stage = ESS_STAGE_DONE, .why = "", .touched = true};
    ess_orders_step step;
    (void)state;
    begin(0, put(&(wish){"c1", "start", NULL, 0, 0}, 0));
    (void)put(&(wish){"c2", "pcs.connect", NULL, 0, 0}, 0);
    ess_orders_result(&orders, &done, at(10));
    step = next(10);
    assert_int_equal(step.what, ESS_ORDERS_END);
    ess_orders_ended(&orders, step.place, false, 10);
    step = next(11);
    assert_int_equal(step.what, ESS_ORDERS_REST);
    assert_int_equal(step.wake_mono_ms, 10 + ESS_ORDERS_RETRY_MS);
    step = next(10 + ESS_ORDERS_RETRY_MS);
    assert_int_equal(step.what, ESS_ORDERS_END);
    ess_orders_ended(&orders, step.place, true, 600);
    assert_int_equal(next(600).what, ESS_ORDERS_BEGIN);
}

/* The disk is full for as long as it likes: the table is, too, and says so. */
static void a_table_full_of_ends_refuses_also_a_stop(void **state)
{
    char code[16];
    (void)state;
    begin(0, put(&(wish){"c0", "start", NULL, 0, 0}, 0));
    for (int i = 1; i < ESS_ORDERS_MAX; i++) { /* each takes the place of the one before */
        (void)snprintf(code, sizeof code, "c%d", i);
        (void)put(&(wish){code, "power.set", "{\"p\":1,\"rvt\":5}", 0, 0}, 0);
    }
    assert_int_equal(admit(&(wish){"c99", "stop", NULL, 0, 0}, 0), ESS_MODEL_BUSY);
}

static void more_than_the_table_holds_is_not_recovered(void **state)
{
    ess_command command;
    wish w = {"c1", "start", NULL, 0, 0};
    ess_orders_request asked = request(&w, &command, 0);
    (void)state;
    for (size_t i = 0; i < ESS_ORDERS_MAX; i++)
        assert_int_equal(ess_orders_recover(&orders, &asked), i);
    assert_int_equal(ess_orders_recover(&orders, &asked), ESS_ORDERS_MAX);
    assert_int_equal(admit(&w, 0), ESS_MODEL_BUSY);
}

/* Its line serves a scan: ends are made durable, nothing begins or comes to its turn. */
static void nothing_begins_while_the_line_is_busy(void **state)
{
    ess_orders_facts facts = {.now = at(99000), .control = ESS_CONTROL_REMOTE, .busy = true};
    ess_orders_step step;
    (void)state;
    (void)put(&(wish){"c1", "start", NULL, 0, 0}, 0);
    ess_orders_next(&orders, &facts, &step);
    assert_int_equal(step.what, ESS_ORDERS_REST);
    assert_int_equal(orders.order[0].state, ESS_ORDER_WAITING);
    (void)put(&(wish){"c2", "stop", NULL, 0, 0}, 98000);
    ess_orders_next(&orders, &facts, &step);
    assert_int_equal(step.what, ESS_ORDERS_END);
    assert_int_equal(step.place, 0);
}

static void numbers_may_wrap(void **state)
{
    (void)state;
    orders.next_number = UINT32_MAX;
    begin(0, put(&(wish){"c1", "start", NULL, 0, 0}, 0));
    (void)put(&(wish){"c2", "start", NULL, 0, 0}, 0);
    end(10, ESS_STAGE_DONE);
    (void)put(&(wish){"c3", "start", NULL, 0, 0}, 0); /* takes the first place */
    assert_string_equal(orders.order[0].code, "c3");
    begin(20, 1);
}

static void a_refusal_holds_its_place_an_hour_and_a_day_at_most(void **state)
{
    static const struct {
        int64_t t, exp, now;
        bool clock_set;
        int64_t expected;
    } rows[] = {
        {UTC, UTC + 30000, UTC + 10, true, UTC + 30000},
        {UTC, UTC + 90000000, UTC + 10, true, UTC + 10 + ESS_ORDERS_AHEAD_MS},
        {UTC, UTC + 30000, 5, false, UTC + 30000}, /* whatever an unset clock says */
        {UTC, UTC + 90000000, 5, false, UTC + ESS_ORDERS_AHEAD_MS},
        {UTC, 0, 5, false, UTC}, /* an exp that could not be read */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ess_command command = {.t_utc_ms = rows[i].t, .exp_utc_ms = rows[i].exp};
        ess_now now = {rows[i].now, 0, rows[i].clock_set};
        assert_int_equal(ess_orders_refusal_exp(&command, now), rows[i].expected);
    }
}

static void arguments_finer_than_they_can_be_are_refused(void **state)
{
    (void)state;
    assert_int_equal(admit(&(wish){"c1", "power.set", "{\"p\":1,\"rvt\":5.0005}", 0, 0}, 0),
                     ESS_MODEL_BAD_VALUE);
    object[0].revision.number = 1;
    assert_int_equal(admit(&(wish){"c1", "param.set", "{\"set\":{},\"if_rev\":1.5}", 0, 0}, 0),
                     ESS_MODEL_REV_CONFLICT);
    object[0].revision.number = 0; /* none was ever read, so none is meant */
    assert_int_equal(admit(&(wish){"c1", "param.set", "{\"set\":{},\"if_rev\":0}", 0, 0}, 0),
                     ESS_MODEL_REV_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_do_is_rest_for_ever),
        TEST(results_and_stages_of_nobody_change_nothing),
        TEST(executing_is_said_once_and_not_of_a_probe),
        TEST(a_lease_is_its_objects_own),
        TEST(set_points_of_other_objects_are_left_alone),
        TEST(an_end_that_is_not_durable_is_offered_again_and_nothing_begins),
        TEST(a_table_full_of_ends_refuses_also_a_stop),
        TEST(more_than_the_table_holds_is_not_recovered),
        TEST(nothing_begins_while_the_line_is_busy),
        TEST(numbers_may_wrap),
        TEST(a_refusal_holds_its_place_an_hour_and_a_day_at_most),
        TEST(arguments_finer_than_they_can_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

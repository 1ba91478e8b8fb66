/* Commands to the agent, from the message to the register and back. */
#include "cabinet_site.h"

static void command_is_done_once_however_often_it_comes(void **state)
{
    ess_ack ack;
    (void)state;
    for (int repeat = 0; repeat < 3; repeat++) {
        order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
        run_until(settled, "c1");
    }
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    ack = outcome("c1");
    assert_true(ess_slice_is(ack.read_back, "{\"pSetEcho\":60}"));
    assert_int_equal(site.write_count, 1);
    assert_true(cabinet()->minded[0].lease.in_force || cabinet()->minded[1].lease.in_force);
    close_agent();
    open_agent();
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 1);
}

static void command_is_refused_with_a_reason(void **state)
{
    static const struct {
        command_wish wish;
        ess_stage stage;
        int result;
    } rows[] = {
        {{.code = "a", .op = "nix", .args = "{}"}, ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_COMMAND},
        {{.code = "b", .op = "start", .args = "{}", .object = "CAB02/PCS"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_UNKNOWN_TARGET},
        {{.code = "c", .op = "start", .args = "{}", .ttl_ms = -1},
         ESS_STAGE_EXPIRED,
         ESS_MODEL_EXPIRED},
        {{.code = "d", .op = "start", .args = "{}", .ttl_ms = ESS_ORDERS_AHEAD_MS + 60000},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "e", .op = "start", .args = "{}", .is_retained = true},
         ESS_STAGE_REJECTED,
         ESS_MODEL_NOT_PERMITTED},
        {{.code = "f", .op = "power.set", .args = "{\"p\":126,\"rvt\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_OUT_OF_LIMITS},
        {{.code = "F", .op = "power.set", .args = "{\"p\":1,\"rvt\":1.0005}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "g", .op = "power.set", .args = "{\"p\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "h", .op = "param.set", .args = "{\"set\":{\"pChMax\":1},\"if_rev\":9}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_REV_CONFLICT},
        {{.code = "i", .op = "param.set", .args = "{\"set\":{\"pChMax\":999},\"if_rev\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_OUT_OF_LIMITS},
    };
    (void)state;
    run_until(scanned, cabinet());
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        send(&rows[i].wish);
        assert_outcome(rows[i].wish.code, rows[i].stage, rows[i].result);
    }
    close_agent();
    open_agent();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) /* a repeat gets the same answer */
        assert_outcome(rows[i].wish.code, rows[i].stage, rows[i].result);
    assert_int_equal(site.write_count, 0);
}

static void command_is_refused_while_the_device_is_in_local_hands(void **state)
{
    static const uint16_t modes[] = {0, 3};
    static const char *const codes[] = {"m0", "m3"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        site.holding[CTRL_MODE] = modes[i];
        poll_all_due(&cabinet()->poll, port_mono_ms());
        device_step(cabinet());
        run_until(scanned, cabinet());
        order(codes[i], "start", "{}");
        assert_outcome(codes[i], ESS_STAGE_REJECTED, ESS_MODEL_WRONG_MODE);
    }
    assert_int_equal(site.write_count, 0);
}

static void command_waits_until_the_mode_is_known(void **state)
{
    (void)state;
    site.holding[CTRL_MODE] = 0;
    order("c1", "start", "{}"); /* before the first scan */
    assert_outcome("c1", ESS_STAGE_ACCEPTED, ESS_MODEL_OK);
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_FAILED, ESS_MODEL_WRONG_MODE);
    assert_int_equal(site.write_count, 0);
}

static void refusal_is_kept_also_when_the_disk_takes_none(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    fill_disk(true);
    order("c1", "start", "{}");
    assert_outcome("c1", ESS_STAGE_REJECTED, ESS_MODEL_STORAGE_FULL);
    fill_disk(false);
    order("c1", "start", "{}"); /* was said to be rejected, so it is not run now */
    assert_outcome("c1", ESS_STAGE_REJECTED, ESS_MODEL_STORAGE_FULL);
    run_until(scanned, cabinet());
    assert_int_equal(site.write_count, 0);
}

static void malformed_messages_are_survived(void **state)
{
    static const char *const payloads[] = {"",
                                           "{",
                                           "[]",
                                           "{\"t\":1}",
                                           "\xff\xfe",
                                           "{\"t\":1,\"code\":\"x\",\"s\":\"CMD\",\"te\":\"REQ\","
                                           "\"d\":{\"op\":\"start\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        uplink_arrived(site.agent,
                       &(link_event){.topic = ESS_SLICE_LITERAL("v1/CMD/ess/SH001/CAB01/PCS"),
                                     .payload = ess_slice_from(payloads[i])});
    assert_outcome("x", ESS_STAGE_REJECTED,
                   ESS_MODEL_BAD_SYNTAX); /* no exp, but a code to answer */
    assert_int_equal(site.write_count, 0);
}

static void stop_goes_first_and_later_set_points_replace_earlier(void **state)
{
    /* The stop takes the set-point with it, so that the start finds none. */
    static const uint16_t expected[][2] = {
        {P_SET, 100}, {RUN_CMD, 0}, {P_SET, 0}, {Q_SET, 0}, {RUN_CMD, 1}};
    (void)state;
    run_until(scanned, cabinet());
    order("a", "power.set", "{\"p\":10,\"rvt\":900}"); /* begins at once */
    order("b", "power.set", "{\"p\":20,\"rvt\":900}");
    order("c", "power.set", "{\"p\":30,\"rvt\":900}");
    assert_outcome("b", ESS_STAGE_SUPERSEDED, ESS_MODEL_SUPERSEDED);
    order("d", "stop", "{}");
    assert_outcome("c", ESS_STAGE_SUPERSEDED, ESS_MODEL_SUPERSEDED);
    order("e", "start", "{}");
    run_until(settled, "e");
    assert_outcome("a", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("d", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("e", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 5);
    assert_memory_equal(site.written, expected, sizeof expected);
    for (size_t i = 0; i < cabinet()->object_count; i++)
        assert_false(cabinet()->minded[i].lease.in_force); /* the stop ended it */
}

static void queue_is_bounded(void **state)
{
    char code[] = "q0";
    (void)state;
    run_until(scanned, cabinet());
    for (; code[1] <= '8'; code[1]++) /* one runs, eight wait */
        order(code, "start", "{}");
    assert_outcome("q8", ESS_STAGE_ACCEPTED, ESS_MODEL_OK);
    order("q9", "start", "{}");
    assert_outcome("q9", ESS_STAGE_REJECTED, ESS_MODEL_BUSY);
    run_until(settled, "q8");
}

static void command_that_expires_while_it_waits_is_not_tried(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("a", "power.set", "{\"p\":10,\"rvt\":900}");
    order("b", "start", "{}");
    cabinet()->orders.order[1].exp_mono_ms = 0;
    run_until(settled, "b");
    assert_outcome("b", ESS_STAGE_EXPIRED, ESS_MODEL_EXPIRED);
    assert_int_equal(site.write_count, 1);
}

/* [CMD-24] Its exp passes between its two writes: the second goes out all the same. */
static void command_that_was_begun_in_time_is_finished(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_late = true;
    order("c1", "power.set", "{\"p\":60,\"q\":-5,\"rvt\":900}");
    assert_int_equal(cabinet()->orders.order[0].state, ESS_ORDER_RUNNING);
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 2);
    assert_int_equal(site.written[1][0], Q_SET);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pSetEcho\":60,\"qSetEcho\":-5}"));
}

static void command_cut_off_by_a_restart_is_unknown_and_not_repeated(void **state)
{
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    order("c2", "start", "{}");
    close_agent(); /* before the equipment has seen anything */
    site.write_count = 0;
    site.holding[101] = 600; /* as if the write had got through */
    open_agent();
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    run_until(settled, "c2");
    assert_outcome("c1", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pSetEcho\":60}"));
    assert_outcome("c2", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    assert_int_equal(site.write_count, 0);
    assert_non_null(lease_in_force()); /* what is in force is a lease, whoever wrote it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(command_is_done_once_however_often_it_comes),
        TEST(command_is_refused_with_a_reason),
        TEST(command_is_refused_while_the_device_is_in_local_hands),
        TEST(command_waits_until_the_mode_is_known),
        TEST(refusal_is_kept_also_when_the_disk_takes_none),
        TEST(malformed_messages_are_survived),
        TEST(stop_goes_first_and_later_set_points_replace_earlier),
        TEST(queue_is_bounded),
        TEST(command_that_expires_while_it_waits_is_not_tried),
        TEST(command_that_was_begun_in_time_is_finished),
        TEST(command_cut_off_by_a_restart_is_unknown_and_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

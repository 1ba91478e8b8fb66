/* What the agent reports: values, parameters, contact with its equipment. */
#include "cabinet_site.h"

static void agent_reports_each_object_once_and_then_what_moves(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"chForbid\":false"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\":[0,0,"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "{\"pChMax\":125,\"pDisMax\":125}"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "pChMax"), 0);
    size_t before = outbox_sender(site.agent->outbox)->count;
    cabinet()->poll.groups[0].due_mono_ms = 0; /* a scan of what has not moved: nothing new */
    device_step(cabinet());
    run_until(scanned, cabinet());
    assert_int_equal(outbox_sender(site.agent->outbox)->count, before);
    site.holding[100] = 605;
    poll_all_due(&cabinet()->poll, port_mono_ms());
    device_step(cabinet());
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "{\"p\":60.5}"), 1);
}

/* [CLK-11] What has a time when the clock is set has none when it is not. */
static void nothing_says_a_time_while_the_clock_is_not_set(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "\"ts\":"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "\"ts\":"), 1);
    close_agent();
    remove_scratch(site.scratch, 3);
    assert_int_equal(mkdir(site.scratch, 0700), 0);
    is_clock_lost = true;
    open_agent();
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1);
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "\"ts\":"), 0);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "\"ts\":"), 0);
}

static bool many_reports(const void *count)
{
    return outbox_sender(site.agent->outbox)->count >= *(const size_t *)count;
}

static void agent_never_reads_again_what_is_not_durable(void **state)
{
    static const size_t enough = 30;
    (void)state;
    site.is_moving = true;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(many_reports, &enough); /* on_modbus asserts it at every read */
    run_until(settled, "c1");
}

static uint64_t revision_of(const char *path)
{
    uint64_t rev;
    (void)params_kept(site.agent->params, path, &rev);
    return rev;
}

static void parameter_set_is_reported_with_the_next_revision(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("c1", "param.set", "{\"set\":{\"pChMax\":100.5,\"pDisMax\":90},\"if_rev\":1}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pChMax\":100.5,\"pDisMax\":90}"));
    run_until(scanned, cabinet());
    assert_int_equal(revision_of("CAB01/PCS"), 2);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "{\"pChMax\":100.5,\"pDisMax\":90}"), 1);
    order("c2", "param.set", "{\"set\":{\"pChMax\":1},\"if_rev\":1}");
    assert_outcome("c2", ESS_STAGE_REJECTED, ESS_MODEL_REV_CONFLICT);
}

static bool is_offline(const void *context)
{
    (void)context;
    return cabinet()->contact == CONTACT_OFFLINE && outbox_is_durable(site.agent->outbox);
}

/* [PAR-14] Both were meant for revision 1; the first made it 2 while the second waited. */
static void parameter_set_that_waited_is_held_against_the_revision_again(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("c1", "param.set", "{\"set\":{\"pChMax\":100.5},\"if_rev\":1}");
    order("c2", "param.set", "{\"set\":{\"pChMax\":90},\"if_rev\":1}");
    run_until(settled, "c2");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("c2", ESS_STAGE_FAILED, ESS_MODEL_REV_CONFLICT);
    assert_int_equal(site.holding[120], 1005);
    assert_int_equal(site.write_count, 1);
}

static size_t wanted_reports;

static bool enough_reports(const void *context)
{
    (void)context;
    return outbox_is_durable(site.agent->outbox) &&
           count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"") >= wanted_reports;
}

/* [DAT-09] Nothing has moved; only the asking brings it. */
static void snapshot_is_reported_on_request(void **state)
{
    static const char *const objects[] = {"CAB01", "CAB01/PCS"};
    static const char *const codes[] = {"s1", "s2"};
    (void)state;
    run_until(scanned, cabinet());
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"");
    for (size_t i = 0; i < 2; i++) {
        wanted_reports++;
        send(&(command_wish){
            .code = codes[i], .op = "snapshot.request", .args = "{}", .object = objects[i]});
        assert_outcome(codes[i], ESS_STAGE_DONE, ESS_MODEL_OK);
        run_until(enough_reports, NULL);
    }
    send(&(command_wish){
        .code = "s1", .op = "snapshot.request", .args = "{}", .object = "CAB01"}); /* a repeat */
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\""), wanted_reports);
    send(&(command_wish){.code = "s3", .op = "snapshot.request", .args = "{}", .object = "CAB02"});
    assert_outcome("s3", ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_TARGET);
    send(&(command_wish){
        .code = "s4", .op = "snapshot.request", .args = "{\"x\":1}", .object = "CAB01"});
    assert_outcome("s4", ESS_STAGE_REJECTED, ESS_MODEL_BAD_VALUE);
}

/* [TEL-13] Nothing moves and nobody asks: the agent's own timer brings everything, and not sooner.
 */
static void all_values_are_reported_every_so_often(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.agent->config.snapshot_ms = 250; /* a few minutes, for people who have less time */
    cabinet()->snapshot_due_mono_ms = port_mono_ms() + site.agent->config.snapshot_ms;
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"");
    for (size_t round = 2; round <= 3; round++) {
        int64_t due_mono_ms = cabinet()->snapshot_due_mono_ms;
        wanted_reports++;
        run_until(enough_reports, NULL);
        assert_true(port_mono_ms() >= due_mono_ms);
        run_until(scanned, cabinet());
        assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"runState\""), round);
        assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), round);
        assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\""), round);
    }
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1); /* [TEL-16] */
}

static bool params_are_there_twice(const void *context)
{
    (void)context;
    return outbox_is_durable(site.agent->outbox) &&
           count_reports(ESS_PARAM, "CAB01/PCS", "pChMax") == 2;
}

static void resync_tells_birth_values_and_parameters_again(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"") + 1;
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1);
    site.agent->birth.is_said = true;
    send(&(command_wish){.code = "r1", .op = "resync", .args = "{}", .object = "CAB01"});
    assert_outcome("r1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_false(site.agent->birth.is_said);
    run_until(enough_reports, NULL);
    run_until(params_are_there_twice, NULL);
    assert_int_equal(revision_of("CAB01/PCS"), 1); /* nothing changed */
}

static void pull_out(void)
{
    south_server_free(site.server);
    site.server = NULL;
    poll_all_due(&cabinet()->poll, port_mono_ms());
    device_step(cabinet());
    run_until(is_offline, NULL);
}

/* [TEL-12, ALM-03] Nothing has moved while it was away: all of it is told again all the same. */
static void device_that_is_back_reports_everything(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    pull_out();
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), 1);
    plug_in();
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"runState\""), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\""), 2);
}

static void device_that_is_away_is_told_and_orders_fail(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    pull_out();
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-offline"), 1);
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE);
    for (size_t i = 0; i < cabinet()->object_count; i++)
        assert_false(cabinet()->minded[i].lease.in_force);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(agent_reports_each_object_once_and_then_what_moves),
        TEST(nothing_says_a_time_while_the_clock_is_not_set),
        TEST(agent_never_reads_again_what_is_not_durable),
        TEST(snapshot_is_reported_on_request),
        TEST(all_values_are_reported_every_so_often),
        TEST(resync_tells_birth_values_and_parameters_again),
        TEST(parameter_set_is_reported_with_the_next_revision),
        TEST(parameter_set_that_waited_is_held_against_the_revision_again),
        TEST(device_that_is_away_is_told_and_orders_fail),
        TEST(device_that_is_back_reports_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

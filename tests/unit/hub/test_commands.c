/* A command's life at the cloud: durable before sent, asked again until there is evidence, and
 * whatever a restart does to it. */
#include "core_fixture.h"

#include <sqlite3.h>

static char code[37];

static const char *arguments = "{\"p\":60,\"rvt\":900}";

static ess_err order_at(fixture *f, const char *group, const char *ns, uint32_t ttl_s)
{
    hub_command_request request = {.group = ess_slice_from(group),
                                   .ns = ess_slice_from(ns),
                                   .op = ess_slice_from("power.set"),
                                   .args = ess_slice_from(arguments),
                                   .by = ess_slice_from("op7"),
                                   .ttl_s = ttl_s};
    return hub_command_create(f->core, &request, code);
}

static void order(fixture *f, uint32_t ttl_s)
{
    assert_int_equal(order_at(f, "SH001", "CAB01/PCS", ttl_s), ESS_OK);
}

static void reply(fixture *f, const char *group, const char *d)
{
    char topic[64], payload[512];
    (void)snprintf(topic, sizeof topic, "v1/ACK/ess/%s/CAB01/PCS", group);
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"code\":\"%s\",\"s\":\"CMD\",\"te\":\"RES\",\"d\":%s}", code, d);
    fixture_say(f, topic, payload);
}

static void command(fixture *f)
{
    FIXTURE_JSON(f, hub_write_command(f->core, ess_slice_from(code), &out));
}

static void is_stored_then_sent_then_followed_to_done(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    order(f, 30);
    assert_int_equal(code[14], '7');
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].topic, "v1/CMD/ess/SH001/CAB01/PCS");
    assert_false(f->sent[0].retain);
    assert_holds(f->sent[0].payload, code);
    assert_holds(f->sent[0].payload, "\"op\":\"power.set\",\"a\":{\"p\":60,\"rvt\":900}");
    assert_holds(f->sent[0].payload, "\"x\":{\"exp\":1700000030000,\"by\":\"op7\"}");
    assert_string_equal(f->told[0].event, "command");
    assert_holds(f->told[0].data, "\"state\":\"created\",\"result\":null");
    assert_holds(f->told[1].data, "\"state\":\"sent\"");
    reply(f, "SH001", "{\"stage\":\"accepted\",\"r\":0}");
    reply(f, "SH001", "{\"stage\":\"executing\",\"r\":0}");
    assert_int_equal(f->told_count, 2); /* not before the commit */
    fixture_pass(f, 20);
    reply(f, "SH001",
          "{\"stage\":\"done\",\"r\":0,\"v\":{\"pSetEcho\":60},\"why\":\"a \\\"b\\\"\"}");
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0,\"v\":{\"pSetEcho\":60}}"); /* said twice */
    fixture_pass(f, 20);
    assert_int_equal(f->told_count, 5);
    for (int restarted = 0; restarted < 2; restarted++) {
        command(f);
        assert_holds(f->json, "\"state\":\"done\",\"result\":0,\"result_id\":\"ok\","
                              "\"read_back\":{\"pSetEcho\":60}");
        assert_holds(f->json, "\"detail\":\"a \\\"b\\\"\"");
        assert_int_equal(fixture_count(f->json, "\"stage\":"), 5);
        fixture_restart(f);
    }
    fixture_birth(f, SID_A);
    fixture_forget(f);
    fixture_pass(f, 60000);
    assert_int_equal(f->sent_count, 0); /* over: not asked again */
}

static void waits_for_an_offline_device_and_goes_out_at_its_birth(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}"); /* known, never born */
    fixture_pass(f, 20);
    fixture_forget(f);
    order(f, 30);
    fixture_pass(f, 5000);
    assert_int_equal(f->sent_count, 0);
    fixture_birth(f, SID_A);
    assert_true(hub_core_wake(f->core) <= f->now.mono_ms);
    fixture_pass(f, 0);
    assert_int_equal(f->sent_count, 1);
}

static void is_repeated_with_the_same_code_until_there_is_word(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    order(f, 30);
    fixture_pass(f, 999);
    assert_int_equal(f->sent_count, 1);
    fixture_pass(f, 1);
    assert_int_equal(f->sent_count, 2);
    assert_holds(f->sent[1].payload, code);
    assert_holds(f->sent[1].payload, "\"exp\":1700000030000");
    reply(f, "SH001", "{\"stage\":\"rejected\",\"r\":5,\"why\":\"p is 60, 0..50 allowed\"}");
    fixture_pass(f, 20);
    fixture_forget(f);
    fixture_pass(f, 10000);
    assert_int_equal(f->sent_count, 0);
    command(f);
    assert_holds(f->json, "\"state\":\"rejected\",\"result\":5,\"result_id\":\"out-of-limits\"");
}

static void without_word_it_times_out_and_late_evidence_replaces_that(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 5);
    fixture_pass(f, 5000 + ESS_DISPATCH_GRACE_MS + 1);
    command(f);
    assert_holds(f->json, "\"state\":\"timeout\"");
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0,\"v\":{\"pSetEcho\":60}}");
    fixture_pass(f, 20);
    command(f);
    assert_holds(f->json, "\"state\":\"done\"");
}

static void one_that_never_left_times_out_unsent(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    hub_core_on_line(f->core, false);
    order(f, 5);
    fixture_forget(f);
    fixture_pass(f, 5000 + ESS_DISPATCH_GRACE_MS + 1);
    hub_core_on_line(f->core, true);
    fixture_birth(f, SID_A);
    fixture_forget(f);
    fixture_pass(f, 100);
    assert_int_equal(f->sent_count, 0);
    command(f);
    assert_holds(f->json, "\"state\":\"timeout\"");
}

static void an_open_one_is_asked_again_after_a_restart(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 30);
    fixture_restart(f);
    fixture_forget(f);
    fixture_pass(f, 100);
    assert_int_equal(f->sent_count, 0); /* nobody known to be there yet */
    fixture_birth(f, SID_A);
    fixture_pass(f, 0);
    assert_int_equal(f->sent_count, 1);
    assert_holds(f->sent[0].payload, code);
}

static void a_busy_line_is_tried_again(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    f->line = ESS_E_NO_ROOM;
    order(f, 30);
    command(f);
    assert_holds(f->json, "\"state\":\"sent\""); /* it may have left, as far as a restart knows */
    f->line = ESS_OK;
    fixture_pass(f, 500);
    assert_int_equal(f->sent_count, 1);
    command(f);
    assert_holds(f->json, "\"state\":\"sent\"");
}

/* What another program sees of the command at the moment it is published. */
static char stage_when_published[16];

static ess_err publish_and_look(void *context, const char *topic, ess_slice payload, bool retain)
{
    fixture *f = context;
    char path[128];
    sqlite3 *other = NULL;
    sqlite3_stmt *row = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    if (strncmp(topic, "v1/CMD/", 7) == 0) {
        assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(other, "SELECT stage FROM command", -1, &row, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        (void)snprintf(stage_when_published, sizeof stage_when_published, "%s",
                       (const char *)sqlite3_column_text(row, 0));
        assert_int_equal(sqlite3_finalize(row), SQLITE_OK);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
    }
    return fixture_publish(context, topic, payload, retain);
}

static void one_that_may_have_left_is_asked_for_after_its_time_by_the_next_life(void **state)
{
    fixture *f = *state;
    hub_core_close(f->core);
    f->options.publish = publish_and_look;
    fixture_open(f);
    hub_core_on_line(f->core, true);
    fixture_birth(f, SID_A);
    order(f, 5);
    /* A kill right behind the publishing finds it noted. */
    assert_string_equal(stage_when_published, "sent");
    hub_core_close(f->core);
    f->now.utc_ms += 3600000 / 2; /* away until long after its exp */
    f->now.mono_ms += 3600000 / 2;
    fixture_open(f);
    hub_core_on_line(f->core, true);
    fixture_pass(f, 100);
    command(f);
    assert_holds(f->json, "\"state\":\"timeout\"");
    fixture_forget(f);
    fixture_birth(f, SID_A);
    fixture_pass(f, 100);
    assert_int_equal(f->sent_count, 1);
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0}");
    fixture_pass(f, 20);
    command(f);
    assert_holds(f->json, "\"state\":\"done\"");
}

static void a_part_named_like_its_unit_is_written_so_that_it_is_read_as_that(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    assert_int_equal(order_at(f, "SH001", "CAB01/BMS/CAB01", 30), ESS_OK);
    assert_string_equal(f->sent[0].topic, "v1/CMD/ess/SH001/CAB01/BMS");
    assert_holds(f->sent[0].payload, "\"ns\":\"CAB01/BMS/CAB01\"");
}

static void a_device_speaks_for_its_own_commands_only(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 30);
    reply(f, "SH002", "{\"stage\":\"done\",\"r\":0}");
    fixture_pass(f, 20);
    command(f);
    assert_holds(f->json, "\"state\":\"sent\"");
    (void)snprintf(code, sizeof code, "nobody-knows-me");
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0}");
    fixture_pass(f, 20);
    fixture_stats(f);
    assert_holds(f->json, "{\"rule\":\"CMD-05\",\"reason\":\"a reply to no command\",\"count\":2}");
}

static void a_final_word_stands_against_a_later_one(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 30);
    reply(f, "SH001", "{\"stage\":\"failed\",\"r\":15}");
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0}");
    reply(f, "SH001", "{\"stage\":\"accepted\",\"r\":0}");
    fixture_pass(f, 20);
    command(f);
    assert_holds(f->json, "\"state\":\"failed\",\"result\":15");
    assert_int_equal(fixture_count(f->json, "\"stage\":"), 3);
}

static void a_part_travels_in_ns(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    assert_int_equal(order_at(f, "SH001", "CAB01/BMS/C1", 30), ESS_OK);
    assert_string_equal(f->sent[0].topic, "v1/CMD/ess/SH001/CAB01/BMS");
    assert_holds(f->sent[0].payload, "\"ns\":\"C1\"");
    assert_holds(f->sent[0].payload, "\"x\":{\"exp\":");
}

static void impossible_ones_are_refused_before_they_exist(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    assert_int_equal(order_at(f, "SH999", "CAB01/PCS", 30), ESS_E_NOT_FOUND);
    assert_int_equal(order_at(f, "SH001", "CAB 01/PCS", 30), ESS_E_TOPIC);
    assert_int_equal(f->sent_count, 0);
    FIXTURE_JSON(f, hub_write_commands(f->core, ess_slice_from("SH001"), 10, &out));
    assert_string_equal(f->json, "{\"commands\":[]}");
    ess_json_writer writer;
    ess_json_writer_init(&writer, f->json, sizeof f->json);
    assert_int_equal(hub_write_command(f->core, ess_slice_from("x"), &writer), ESS_E_NOT_FOUND);
}

static void the_list_is_newest_first_without_stages(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 30);
    fixture_pass(f, 10);
    order(f, 30);
    FIXTURE_JSON(f, hub_write_commands(f->core, ess_slice_from("SH001"), 10, &out));
    assert_int_equal(fixture_count(f->json, "\"code\":"), 2);
    assert_lacks(f->json, "\"stages\"");
    assert_ptr_equal(strstr(f->json, "\"code\":"), strstr(f->json, code) - 8);
    FIXTURE_JSON(f, hub_write_commands(f->core, ess_slice_from("SH001"), 1, &out));
    assert_int_equal(fixture_count(f->json, "\"code\":"), 1);
}

static void each_announcement_shows_the_stage_it_announces(void **state)
{
    static const struct {
        const char *state, *result, *read_back;
        size_t stages;
    } told[] = {
        {"created", "null", "null", 1},        {"sent", "null", "null", 2},
        {"accepted", "0", "null", 3},          {"executing", "0", "null", 4},
        {"done", "0", "{\"pSetEcho\":60}", 5},
    };
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    order(f, 30);
    reply(f, "SH001", "{\"stage\":\"accepted\",\"r\":0}");
    reply(f, "SH001", "{\"stage\":\"executing\",\"r\":0}");
    reply(f, "SH001", "{\"stage\":\"done\",\"r\":0,\"v\":{\"pSetEcho\":60}}");
    fixture_pass(f, 20); /* one commit for the three */
    assert_int_equal(f->told_count, sizeof told / sizeof told[0]);
    for (size_t i = 0; i < f->told_count; i++) {
        char part[128];
        (void)snprintf(part, sizeof part, "\"state\":\"%s\",\"result\":%s,", told[i].state,
                       told[i].result);
        assert_holds(f->told[i].data, part);
        (void)snprintf(part, sizeof part, "\"read_back\":%s,", told[i].read_back);
        assert_holds(f->told[i].data, part);
        assert_int_equal(fixture_count(f->told[i].data, "\"stage\":"), told[i].stages);
    }
}

static void what_is_announced_is_one_line_however_it_was_ordered(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_forget(f);
    arguments = "{\r\n\t\"p\": 60,\n\n\"rvt\":900}";
    order(f, 30);
    arguments = "{\"p\":60,\"rvt\":900}";
    assert_null(strpbrk(f->told[0].data, "\r\n"));
    assert_holds(f->told[0].data, "\"p\": 60,  \"rvt\":900}");
}

static void a_timeout_has_no_result_of_an_earlier_stage(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    order(f, 5);
    reply(f, "SH001", "{\"stage\":\"accepted\",\"r\":0}");
    fixture_pass(f, 20);
    fixture_pass(f, 5000 + ESS_DISPATCH_GRACE_MS + 1);
    command(f);
    assert_holds(f->json, "\"state\":\"timeout\",\"result\":null,\"result_id\":null");
}

static void a_timeout_that_cannot_be_noted_is_noted_later(void **state)
{
    fixture *f = *state;
    char path[128];
    sqlite3 *other = NULL;
    fixture_birth(f, SID_A);
    order(f, 5);
    fixture_pass(f, 20);
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    fixture_pass(f, 5000 + ESS_DISPATCH_GRACE_MS + 1);
    command(f);
    assert_holds(f->json, "\"state\":\"sent\"");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_true(hub_core_wake(f->core) <= f->now.mono_ms + 500);
    fixture_pass(f, 500);
    command(f);
    assert_holds(f->json, "\"state\":\"timeout\"");
}

/* Commands put there by one statement: a thousand commits would take seconds. */
static void fill(const fixture *f, const char *stage, int count)
{
    char path[128], sql[512];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT %d)"
                   " INSERT INTO command(code, grp, ns, op, args, by, created, exp, stage)"
                   " SELECT '%s' || n, 1, 'CAB01/PCS', 'stop', '{}', 'op7', 1700000000000,"
                   " 1700000030000, '%s' FROM i",
                   count, stage, stage);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void too_many_open_ones_are_refused(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}"); /* offline: all stay open */
    fixture_pass(f, 20);
    fill(f, "created", 1024);
    fixture_restart(f);
    assert_int_equal(order_at(f, "SH001", "CAB01/PCS", 30), ESS_E_NO_ROOM);
}

static void commands_that_never_left_do_not_fill_the_table_after_a_restart(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    fill(f, "timeout", 1024);
    fill(f, "created", 1023);
    fixture_restart(f);
    order(f, 30);
}

static void a_birth_does_not_send_all_that_waited_in_one_go(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    fill(f, "created", 40);
    fixture_restart(f);
    fixture_birth(f, SID_A);
    fixture_forget(f);
    fixture_pass(f, 0);
    assert_int_equal(f->sent_count, 16);
    assert_true(hub_core_wake(f->core) <= f->now.mono_ms); /* and on at once */
    fixture_pass(f, 0);
    fixture_pass(f, 0);
    assert_int_equal(f->sent_count, 40);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(is_stored_then_sent_then_followed_to_done),
        CASE(waits_for_an_offline_device_and_goes_out_at_its_birth),
        CASE(is_repeated_with_the_same_code_until_there_is_word),
        CASE(without_word_it_times_out_and_late_evidence_replaces_that),
        CASE(one_that_never_left_times_out_unsent),
        CASE(an_open_one_is_asked_again_after_a_restart),
        CASE(a_busy_line_is_tried_again),
        CASE(one_that_may_have_left_is_asked_for_after_its_time_by_the_next_life),
        CASE(a_part_named_like_its_unit_is_written_so_that_it_is_read_as_that),
        CASE(a_device_speaks_for_its_own_commands_only),
        CASE(a_final_word_stands_against_a_later_one),
        CASE(a_part_travels_in_ns),
        CASE(impossible_ones_are_refused_before_they_exist),
        CASE(the_list_is_newest_first_without_stages),
        CASE(each_announcement_shows_the_stage_it_announces),
        CASE(what_is_announced_is_one_line_however_it_was_ordered),
        CASE(a_timeout_has_no_result_of_an_earlier_stage),
        CASE(a_timeout_that_cannot_be_noted_is_noted_later),
        CASE(too_many_open_ones_are_refused),
        CASE(commands_that_never_left_do_not_fill_the_table_after_a_restart),
        CASE(a_birth_does_not_send_all_that_waited_in_one_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

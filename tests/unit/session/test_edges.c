/* Borders of single checks, and parts that nobody checked before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/alarm.h"
#include "ess/dispatch.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/sender.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SID          "0000000c5f3a9c01"

static const ess_judge_facts good = {
    .path = "CAB01/BMS", .target_known = true, .now_utc_ms = 5000, .clock_set = true};

static ess_verdict judge_at(const char *op, const char *args, const char *path,
                            const ess_model_command **known)
{
    ess_command command = {.op = ess_slice_from(op),
                           .args = ess_slice_from(args),
                           .t_utc_ms = 1000,
                           .exp_utc_ms = 6000};
    ess_judge_facts facts = good;
    ess_verdict verdict;
    facts.path = path;
    ess_command_judge(&command, &facts, &verdict, known);
    return verdict;
}

static void every_type_of_argument_is_held_against_the_model(void **state)
{
    static const struct {
        const char *op, *path, *args;
        int result;
        const char *why;
    } cases[] = {
        {"strategy.enable", "EMS", "{\"strategy\":1,\"on\":true}", ESS_MODEL_OK, ""},
        {"strategy.enable", "EMS", "{\"on\":false,\"strategy\":1}", ESS_MODEL_OK, ""},
        {"strategy.enable", "EMS", "{\"on\":1}", ESS_MODEL_BAD_VALUE, "on has the wrong type"},
        {"alarm.ack", "EMS", "{\"id\":\"a\\\"b\"}", ESS_MODEL_OK, ""},
        {"alarm.ack", "EMS", "{\"id\":7}", ESS_MODEL_BAD_VALUE, "id has the wrong type"},
        {"alarm.ack", "EMS", "{\"id\":null}", ESS_MODEL_BAD_VALUE, "id has the wrong type"},
        {"param.set", "EMS", "{\"set\":{\"a\":[1,{\"b\":2}]},\"if_rev\":1}", ESS_MODEL_OK, ""},
        {"param.set", "EMS", "{\"set\":[1]}", ESS_MODEL_BAD_VALUE, "set has the wrong type"},
        {"param.set", "EMS", "{\"set\":{\"a\":", ESS_MODEL_BAD_SYNTAX, "not well-formed"},
        {"param.set", "EMS", "{\"set\"", ESS_MODEL_BAD_SYNTAX, "not well-formed"},
        {"param.set", "EMS", "{\"set\":", ESS_MODEL_BAD_SYNTAX, "not well-formed"},
        {"param.set", "EMS", "{\"set\":{}", ESS_MODEL_BAD_SYNTAX, "not well-formed"},
        {"param.set", "EMS", "{", ESS_MODEL_BAD_SYNTAX, "not well-formed"},
        {"param.set", "EMS", "", ESS_MODEL_BAD_SYNTAX, "one object"},
        {"power.set", "CAB01/PCS", "{\"p\":1e99,\"rvt\":900}", ESS_MODEL_BAD_VALUE,
         "p must be a number"},
        {"power.set", "CAB01/NONE", "{\"p\":1,\"rvt\":900}", ESS_MODEL_UNKNOWN_TARGET, "another"},
        {"power.set", "CAB01/BMS", "{\"p\":1,\"rvt\":900}", ESS_MODEL_UNKNOWN_TARGET, "another"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const ess_model_command *known = NULL;
        ess_verdict verdict = judge_at(cases[i].op, cases[i].args, cases[i].path, &known);
        if (verdict.result != cases[i].result || strstr(verdict.why, cases[i].why) == NULL)
            fail_msg("%s %s: %d %s", cases[i].op, cases[i].args, verdict.result, verdict.why);
        assert_non_null(known);
        assert_string_equal(known->op, cases[i].op);
    }
}

static void a_reason_too_long_for_its_room_is_cut(void **state)
{
    const ess_model_command *command = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));
    char why[16];
    (void)state;
    for (size_t size = 1; size < sizeof why; size++) {
        memset(why, 'x', sizeof why);
        assert_int_equal(
            ess_command_check_args(command, ESS_SLICE_LITERAL("{\"p\":1e9,\"rvt\":1}"), why, size),
            ESS_MODEL_OUT_OF_LIMITS);
        assert_true(strlen(why) == size - 1 && why[size] == 'x');
        memset(why, 'x', sizeof why);
        assert_int_equal(ess_command_check_args(
                             command, ESS_SLICE_LITERAL("{\"aLongUnknownName\":1}"), why, size),
                         ESS_MODEL_BAD_VALUE);
        assert_true(strlen(why) == size - 1 && why[size] == 'x');
    }
}

static void an_argument_is_not_read_from_what_is_no_object(void **state)
{
    static const struct {
        const char *args;
        ess_err err;
    } cases[] = {
        {"{\"a\":[1],\"p\":2}", ESS_OK},
        {"{\"p\":\"2\"}", ESS_E_DATA},
        {"{\"p\":1e99}", ESS_E_NUMBER},
        {"{}", ESS_E_NOT_FOUND},
        {"[]", ESS_E_DATA},
        {"7", ESS_E_DATA},
        {"", ESS_E_JSON_SYNTAX},
        {"{", ESS_E_JSON_SYNTAX},
        {"{\"a\"", ESS_E_JSON_SYNTAX},
        {"{\"a\":", ESS_E_JSON_SYNTAX},
        {"{\"a\":[", ESS_E_JSON_SYNTAX},
        {"{\"a\":1", ESS_E_JSON_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_decimal value = {42, 7};
        if (ess_command_arg(ess_slice_from(cases[i].args), "p", &value) != cases[i].err)
            fail_msg("%s", cases[i].args);
        assert_true(cases[i].err == ESS_OK ? value.mantissa == 2 : value.mantissa == 42);
    }
}

static void names_are_found_in_lists_only(void **state)
{
    static const char *const nothing[] = {"", "[", "x", "[1,\"a\"]", "[\"b\",{", "\"a\"", "[\"b\""};
    (void)state;
    for (size_t i = 0; i < COUNT(nothing); i++)
        assert_false(ess_names_have(ess_slice_from(nothing[i]), "a"));
    assert_true(ess_names_have(ESS_SLICE_LITERAL("[\"b\",\"\\u0061\"]"), "a"));
}

static ess_err read_receipt(const char *d)
{
    ess_receipt receipt = {.no_count = 42};
    ess_fault fault = {0};
    ess_err err = ess_receipt_parse(ess_slice_from(d), &receipt, &fault);
    assert_true(err == ESS_OK || (receipt.no_count == 42 && strncmp(fault.rule, "DLV-", 4) == 0));
    return err;
}

static void a_receipt_of_another_form_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\"op\":7,\"ok\":[]",
        "\"op\":\"nak\",\"ok\":[]",
        "\"op\":[[6,\"ENV-03\"]]",
        "\"op\":{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[[1,5]]}",
        "\"op\":\"ack\",\"no\":[[0,\"X\"]]",
        "\"op\":\"ack\",\"no\":[[\"x\",\"X\"]]",
        "\"op\":\"ack\",\"no\":[[1,2]]",
        "\"op\":\"ack\",\"no\":[[1,\"\\u0041\"]]",
        "\"op\":\"ack\",\"no\":[[1,\"X\",2,3]]",
        "\"op\":\"ack\",\"no\":[[1,\"aRuleOfSixteenCh\"]]",
        "\"op\":\"ack\",\"ok\":[[1]]",
        "\"op\":\"ack\",\"ok\":[[2,1]]",
        "\"op\":\"ack\",\"ok\":[[0,1]]",
        "\"op\":\"ack\",\"ok\":[[1,2,3]]",
        "\"op\":\"ack\",\"ok\":[1,2]",
        "\"op\":\"ack\",\"ok\":{}",
        "\"op\":\"ack\",\"ok\":[],\"slow\":256",
    };
    char text[160];
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        (void)snprintf(text, sizeof text, "{\"sid\":\"" SID "\",%s}", wrong[i]);
        if (read_receipt(text) == ESS_OK)
            fail_msg("taken: %s", text);
    }
    assert_int_equal(
        read_receipt("{\"sid\":\"" SID "\",\"op\":\"ack\",\"no\":[[1,\"aRuleOfFifteenC\"]]}"),
        ESS_OK);
}

static void a_sid_is_16_lower_case_hex_digits(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char text[] = SID;
        uint64_t sid = 42;
        bool legal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        text[7] = (char)c;
        assert_int_equal(ess_sid_parse((ess_slice){text, ESS_SID_LEN}, &sid),
                         legal ? ESS_OK : ESS_E_DATA);
        assert_true((sid == 42) == !legal);
    }
    uint64_t sid = 42;
    assert_int_equal(ess_sid_parse((ess_slice){SID, ESS_SID_LEN - 1}, &sid), ESS_E_DATA);
}

static void a_presence_or_receipt_with_a_bad_sid_changes_nothing(void **state)
{
    static const ess_sender_options options = {
        .receipt_ms = 1000, .batch_bytes = 1000, .backlog_window = 8, .live_window = 4};
    ess_presence presence = {0};
    ess_presence_word word = {.on = true, .sid = "0000000C5F3A9C01"};
    ess_receipt receipt = {.sid = "x", .slow = 3};
    ess_entry ring[4];
    ess_sender sender;
    size_t done = 42;
    (void)state;
    assert_false(ess_presence_apply(&presence, &word, 1));
    assert_false(presence.known);
    ess_sender_init(&sender, &options, ring, COUNT(ring), 1);
    ess_sender_line(&sender, true);
    ess_sender_line(&sender, true);
    ess_sender_cloud(&sender, &word);
    assert_false(sender.cloud_known);
    ess_sender_receipt(&sender, &receipt, &done);
    assert_true(done == 0 && sender.slow == 0);
}

static ess_report_code code_of(uint64_t sid, uint64_t n)
{
    ess_report_code code = {.n = n};
    ess_sid_print(sid, code.sid);
    return code;
}

static void receipts_that_are_full_take_no_more(void **state)
{
    static ess_receipts all;
    char long_group[128];
    const ess_receipt_to a = {.group = "A", .major = 1}, b = {.group = "B", .major = 1};
    const ess_receipt_to too_long = {.group = long_group, .major = 1};
    ess_report_code code = code_of(1, 1);
    (void)state;
    memset(long_group, 'g', sizeof long_group - 1);
    long_group[sizeof long_group - 1] = '\0';
    assert_int_equal(ess_receipts_ok(&all, &too_long, &code), ESS_E_NO_ROOM);
    assert_int_equal(ess_receipts_no(&all, &too_long, &(ess_arrival){.code = code}, "ENV-01"),
                     ESS_E_NO_ROOM);
    assert_int_equal(all.count, 0);
    for (uint64_t n = 1; n <= ESS_REFUSED_MAX; n++) {
        code = code_of(1, n);
        assert_int_equal(ess_receipts_no(&all, &a, &(ess_arrival){.code = code}, "ENV-01"), ESS_OK);
    }
    assert_int_equal(ess_receipts_no(&all, &a, &(ess_arrival){.code = code}, "ENV-01"),
                     ESS_E_NO_ROOM);
    assert_int_equal(ess_receipts_no(&all, &b, &(ess_arrival){.code = code}, "aRuleOfSixteenCh"),
                     ESS_E_NO_ROOM);
    for (uint64_t i = 0; all.count < ESS_RECEIPTS_MAX; i++) {
        code = code_of(100 + i, 1);
        assert_int_equal(ess_receipts_ok(&all, &a, &code), ESS_OK);
    }
    code = code_of(7777, 1);
    assert_int_equal(ess_receipts_ok(&all, &a, &code), ESS_E_NO_ROOM);
    assert_int_equal(ess_receipts_no(&all, &a, &(ess_arrival){.code = code}, "ENV-01"),
                     ESS_E_NO_ROOM);
    code = code_of(100, 2); /* of one that has its place already */
    assert_int_equal(ess_receipts_ok(&all, &a, &code), ESS_OK);
}

static ess_err intake(const char *topic, const char *payload, uint32_t row_room, bool *has_code)
{
    ess_readings read = *lent_readings();
    ess_arrival arrival;
    ess_fault fault = {0};
    read.row_room = row_room;
    ess_err err =
        ess_intake_check(ess_slice_from(topic), ess_slice_from(payload), &read, &arrival, &fault);
    assert_int_equal(fault.err, err);
    *has_code = arrival.has_code;
    return err;
}

#define HEAD  "{\"t\":1,\"code\":\"" SID "-5\",\"s\":\"METRIC\",\"d\":"
#define EVENT "v1/EVENT/ess/SH001/CAB01"

static void rows_of_events_are_read_as_far_as_there_is_room(void **state)
{
    bool has_code = false;
    (void)state;
    assert_int_equal(
        intake(EVENT, HEAD "{\"rows\":[{\"n\":5,\"v\":{}},{\"n\":6,\"v\":{}}]}}", 2, &has_code),
        ESS_OK);
    assert_int_equal(
        intake(EVENT, HEAD "{\"rows\":[{\"n\":5,\"v\":{}},{\"n\":6,\"v\":{}}]}}", 1, &has_code),
        ESS_E_NO_ROOM);
    assert_true(has_code);
    assert_int_equal(intake(EVENT, HEAD "{\"rows\":[{\"v\":1}]}}", 9, &has_code), ESS_E_DATA);
    assert_int_equal(intake(EVENT, HEAD "{\"rows\":{}}}", 9, &has_code), ESS_E_DATA);
    assert_true(has_code);
}

/* The code is told where the payload can be read up to it; nothing else is. */
static void the_code_of_a_refused_payload_is_glimpsed_or_not(void **state)
{
    static const struct {
        const char *payload;
        bool has_code;
    } cases[] = {
        {"{\"code\":\"" SID "-5\",", true},
        {"{\"a\":[1],\"code\":\"" SID "-5\"", true},
        {"{\"code\":7}", false},
        {"{\"code\":\"x\"}", false},
        {"{\"code\":", false},
        {"{\"code\"", false},
        {"{\"a\":[", false},
        {"{\"a\":1", false},
        {"{", false},
        {"[]", false},
        {"{}", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool has_code = false;
        assert_int_not_equal(intake("v1/DATA/ess/SH001", cases[i].payload, 9, &has_code), ESS_OK);
        if (has_code != cases[i].has_code)
            fail_msg("%s", cases[i].payload);
    }
}

static void a_dispatch_waits_longer_each_time_up_to_its_most(void **state)
{
    ess_dispatch dispatch;
    int64_t wake = 0;
    int64_t now = 0;
    int64_t before = 0;
    (void)state;
    ess_dispatch_init(&dispatch, ESS_STAGE_CREATED, INT64_MAX / 4, 0);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(ess_dispatch_due(&dispatch, 1, now, true, &wake), ESS_DISPATCH_SEND);
        ess_dispatch_sent(&dispatch, now);
        assert_int_equal(ess_dispatch_due(&dispatch, 1, now, true, &wake), ESS_DISPATCH_REST);
        assert_true(wake - now >= before && wake - now <= ESS_DISPATCH_MOST_MS);
        before = wake - now;
        now = wake;
    }
    assert_true(before == ESS_DISPATCH_MOST_MS);
}

static void a_command_that_timed_out_unsent_is_ended(void **state)
{
    ess_dispatch dispatch;
    int64_t wake = 0;
    bool changed = true;
    (void)state;
    ess_dispatch_init(&dispatch, ESS_STAGE_TIMEOUT, 1000, 0);
    assert_int_equal(ess_dispatch_due(&dispatch, 1001, 0, true, &wake), ESS_DISPATCH_END);
    /* A word that is known already changes nothing; a second ending contradicts the first. */
    ess_dispatch_init(&dispatch, ESS_STAGE_DONE, 1000, 0);
    assert_int_equal(ess_dispatch_ack(&dispatch, ESS_STAGE_DONE, &changed), ESS_OK);
    assert_false(changed);
    assert_int_equal(ess_dispatch_ack(&dispatch, ESS_STAGE_FAILED, &changed), ESS_E_STATE);
    assert_int_equal(ess_dispatch_ack(&dispatch, ESS_STAGE_ACCEPTED, &changed), ESS_OK);
    assert_false(changed);
    /* Due before it times out: the nearer one wakes. */
    ess_dispatch_init(&dispatch, ESS_STAGE_SENT, 1000, 0);
    dispatch.next_mono_ms = INT64_MAX - 1;
    assert_int_equal(ess_dispatch_due(&dispatch, 500, 0, true, &wake), ESS_DISPATCH_REST);
    assert_true(wake < INT64_MAX - 1);
}

/* [DLV-01] No reader would take its code. */
static void a_report_without_a_number_is_not_written(void **state)
{
    ess_report report = {.code = {.sid = SID}, .values = ESS_SLICE_LITERAL("{}")};
    char room[256];
    size_t len = 42;
    (void)state;
    assert_int_equal(ess_report_print(&report, 1, room, sizeof room, &len), ESS_E_ENVELOPE);
    assert_int_equal(ess_batch_print(&report, 1, 1, room, sizeof room, &len), ESS_E_ENVELOPE);
    assert_int_equal(len, 42);
}

/* [ALM-06, ALM-09] Every byte in the middle of a code's part, and of an id. */
static void an_alarms_code_and_id_are_of_plain_characters(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char code[] = "BMS.xyz.2", id[] = "abc", room[128];
        ess_alarm alarm = {.id = {id, 3},
                           .code = {code, 9},
                           .level = 2,
                           .first_utc_ms = -1,
                           .last_utc_ms = -1,
                           .n = 1};
        size_t len = 0;
        bool letter = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        code[5] = (char)c;
        assert_int_equal(ess_alarm_print(&alarm, room, sizeof room, &len),
                         letter || c == '/' ? ESS_OK : ESS_E_DATA);
        code[5] = 'y';
        id[1] = (char)c;
        assert_int_equal(ess_alarm_print(&alarm, room, sizeof room, &len),
                         c > 0x20 && c < 0x7F && c != '"' && c != '\\' ? ESS_OK : ESS_E_DATA);
    }
    static const char *const wrong[] = {"",       "B.x.",   ".B.x.2",  "B..x.2", "B.x.y.2",
                                        "B.xyz2", "B.x.22", "BMSx.y2", "B.xy.0", "B.xy.4",
                                        "B.x.y",  "Bxyz.2", "B.xyz.",  "B..2"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char room[128];
        ess_alarm alarm = {.id = ESS_SLICE_LITERAL("a"),
                           .code = ess_slice_from(wrong[i]),
                           .level = 2,
                           .first_utc_ms = -1,
                           .last_utc_ms = -1,
                           .n = 1};
        size_t len = 42;
        if (ess_alarm_print(&alarm, room, sizeof room, &len) != ESS_E_DATA || len != 42)
            fail_msg("%s", wrong[i]);
    }
}

static void an_alarm_beyond_its_ranges_is_not_written(void **state)
{
    const int64_t beyond = INT64_C(1) << 53;
    const struct {
        int64_t first, last, n;
        uint8_t level;
        ess_err err;
    } cases[] = {
        {-1, -1, 1, 2, ESS_OK},        {5, 5, 1, 2, ESS_OK},
        {5, 4, 1, 2, ESS_E_DATA},      {5, -1, 1, 2, ESS_OK},
        {-1, 4, 1, 2, ESS_OK},         {beyond, -1, 1, 2, ESS_E_DATA},
        {1, beyond, 1, 2, ESS_E_DATA}, {-1, -1, beyond, 2, ESS_E_DATA},
        {-1, -1, 0, 2, ESS_E_DATA},    {-1, -1, 1, 1, ESS_E_DATA},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[160];
        size_t len = 0;
        ess_alarm alarm = {.id = ESS_SLICE_LITERAL("a"),
                           .code = ESS_SLICE_LITERAL("B.x.2"),
                           .level = cases[i].level,
                           .first_utc_ms = cases[i].first,
                           .last_utc_ms = cases[i].last,
                           .n = cases[i].n};
        if (ess_alarm_print(&alarm, room, sizeof room, &len) != cases[i].err)
            fail_msg("case %zu", i);
    }
}

static void an_event_is_an_alarm_by_its_member(void **state)
{
    static const char *const others[] = {
        "",        "[\"alarm\"]", "{\"a\":1}", "{\"a\":{\"alarm\":1}}", "{", "{\"a\"",
        "{\"a\":", "{\"a\":[",    "{}",        "{\"a\":\"alarm\""};
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(ess_event_is_alarm(ess_slice_from(others[i])));
    assert_true(ess_event_is_alarm(ESS_SLICE_LITERAL("{\"a\":[1],\"\\u0061larm\":2}")));
}

/* [ENV-04, ENV-23] Each receiver would refuse the whole batch. */
static void a_batch_with_a_bad_ns_is_not_written(void **state)
{
    static const char *const names[] = {"a//b", "a\"b", "a\\b", "a/b/c/d", "$a"};
    char room[512];
    size_t len = 77;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ess_report reports[2] = {{.code = {.sid = "0000002a9f3c01d7", .n = 1}},
                                 {.code = {.sid = "0000002a9f3c01d7", .n = 2}}};
        reports[0].values = reports[1].values = ESS_SLICE_LITERAL("{}");
        reports[1].ns = ess_slice_from(names[i]);
        assert_int_equal(ess_batch_print(reports, 2, 1, room, sizeof room, &len), ESS_E_ENVELOPE);
        assert_int_equal(len, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_argument_is_held_against_the_model),
        cmocka_unit_test(a_reason_too_long_for_its_room_is_cut),
        cmocka_unit_test(an_argument_is_not_read_from_what_is_no_object),
        cmocka_unit_test(names_are_found_in_lists_only),
        cmocka_unit_test(a_receipt_of_another_form_is_refused),
        cmocka_unit_test(a_sid_is_16_lower_case_hex_digits),
        cmocka_unit_test(a_presence_or_receipt_with_a_bad_sid_changes_nothing),
        cmocka_unit_test(receipts_that_are_full_take_no_more),
        cmocka_unit_test(rows_of_events_are_read_as_far_as_there_is_room),
        cmocka_unit_test(the_code_of_a_refused_payload_is_glimpsed_or_not),
        cmocka_unit_test(a_dispatch_waits_longer_each_time_up_to_its_most),
        cmocka_unit_test(a_command_that_timed_out_unsent_is_ended),
        cmocka_unit_test(a_report_without_a_number_is_not_written),
        cmocka_unit_test(an_alarms_code_and_id_are_of_plain_characters),
        cmocka_unit_test(an_alarm_beyond_its_ranges_is_not_written),
        cmocka_unit_test(an_event_is_an_alarm_by_its_member),
        cmocka_unit_test(a_batch_with_a_bad_ns_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

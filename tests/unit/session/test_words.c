/* What is written is read back the same; what breaks a rule is refused with the rule's id; a room
 * one byte too small is refused and not overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/signature.h"
#include "ess/words.h"

#define SID "0000000c5f3a9c01"

static ess_topic topic_of(ess_message_type type)
{
    return (ess_topic){.version = 1,
                       .type = type,
                       .application = ESS_SLICE_LITERAL("ess"),
                       .group = ESS_SLICE_LITERAL("SH001")};
}

static ess_envelope open_payload(ess_message_type type, const char *room, size_t len)
{
    ess_topic topic = topic_of(type);
    ess_envelope envelope;
    ess_fault fault = {0};
    ess_err err =
        ess_envelope_parse((ess_slice){room, len}, &topic, lent_scratch(), &envelope, &fault);
    if (err != ESS_OK)
        fail_msg("%s %s in %.*s", fault.rule, fault.what, (int)len, room);
    return envelope;
}

static void presence_comes_back_as_written(void **state)
{
    ess_presence_word word = {.on = true,
                              .sid = SID,
                              .minor = 1,
                              .kids = ESS_SLICE_LITERAL("[\"k7\"]"),
                              .model = ESS_SLICE_LITERAL("ess-ci"),
                              .fw = ESS_SLICE_LITERAL("0.1.0"),
                              .clock = ESS_SLICE_LITERAL("synced"),
                              .units = ESS_SLICE_LITERAL("[\"CAB01\",\"GRID\"]"),
                              .enc = ESS_SLICE_LITERAL("[\"json\",\"gzip\"]"),
                              .ext = ESS_SLICE_LITERAL("[\"acme-x1 1.0.0 789bfe49a78a4541\"]"),
                              .sign = ESS_SLICE_LITERAL("ABC")};
    ess_presence_word back;
    ess_fault fault;
    char room[512];
    size_t len;
    (void)state;
    assert_int_equal(ess_presence_print(&word, 1700000000000, room, sizeof room, &len), ESS_OK);
    ess_envelope envelope = open_payload(ESS_STATE, room, len);
    assert_int_equal(ess_presence_parse(envelope.d, &back, &fault), ESS_OK);
    assert_true(back.on);
    assert_string_equal(back.sid, SID);
    assert_true(ess_slice_equal(back.units, word.units));
    assert_true(ess_slice_equal(back.enc, word.enc));
    assert_true(ess_slice_equal(back.ext, word.ext));
    assert_true(ess_slice_equal(back.sign, word.sign));
    assert_true(ess_slice_equal(back.model, word.model));
    assert_int_equal(back.model_hash.len, 0);
    assert_int_equal(back.minor, 1);
    assert_true(ess_slice_equal(back.kids, word.kids));
}

static ess_err parse_presence(const char *d, ess_presence_word *out)
{
    ess_fault fault = {0};
    ess_err err = ess_presence_parse(ess_slice_from(d), out, &fault);
    if (err != ESS_OK)
        assert_string_equal(fault.rule, "PRE-08");
    return err;
}

static void a_presence_that_says_no_minor_is_of_minor_0(void **state)
{
    ess_presence_word word = {.minor = 7};
    char room[256];
    size_t len;
    (void)state;
    assert_int_equal(parse_presence("{\"on\":1,\"sid\":\"" SID "\"}", &word), ESS_OK);
    assert_int_equal(word.minor, 0);
    assert_int_equal(word.enc.len + word.kids.len, 0);
    assert_int_equal(ess_presence_print(&word, 1, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_null(strstr(room, "minor"));
}

static void a_presence_of_a_later_minor_is_read_as_far_as_it_is_known(void **state)
{
    ess_presence_word word;
    (void)state;
    assert_int_equal(parse_presence("{\"on\":1,\"sid\":\"" SID
                                    "\",\"minor\":999,\"later\":{\"a\":[1]},"
                                    "\"enc\":[\"json\",\"brotli\"]}",
                                    &word),
                     ESS_OK);
    assert_int_equal(word.minor, 999);
    assert_true(ess_names_have(word.enc, "json") && ess_names_have(word.enc, "brotli"));
    assert_false(ess_names_have(word.enc, "zstd") || ess_names_have(word.enc, ""));
    assert_false(ess_names_have(word.kids, "json")); /* not said: has nothing */
}

static void a_presence_with_wrong_lists_or_minor_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\"minor\":-1",         "\"minor\":1000",
        "\"minor\":null",       "\"minor\":1.5",
        "\"enc\":\"json\"",     "\"enc\":[1]",
        "\"enc\":[[\"json\"]]", "\"enc\":null",
        "\"ext\":[{}]",         "\"ext\":[\"1\",\"2\",\"3\",\"4\",\"5\"]",
        "\"kids\":{}",          "\"kids\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"};
    ess_presence_word word = {.minor = 7};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"on\":1,\"sid\":\"" SID "\",%s}", wrong[i]);
        if (parse_presence(text, &word) == ESS_OK)
            fail_msg("taken: %s", text);
        assert_int_equal(word.minor, 7); /* untouched */
    }
}

static void a_receipt_comes_back_as_written(void **state)
{
    ess_receipt receipt = {.sid = SID,
                           .no = {{6, "ENV-03", 0}, {8, "DAT-07", 1763827200000}},
                           .no_count = 2,
                           .slow = 3};
    ess_receipt back;
    ess_fault fault;
    char room[512];
    size_t len;
    (void)state;
    assert_int_equal(ess_ranges_add(&receipt.ok, 1, 5), ESS_OK);
    assert_int_equal(ess_ranges_add(&receipt.ok, 7, UINT64_C(9007199254740993)), ESS_OK);
    assert_int_equal(ess_receipt_print(&receipt, 1, room, sizeof room, &len), ESS_OK);
    assert_non_null(strstr(room, "\"ok\":[[1,5],[7,\"9007199254740993\"]]")); /* [ENV-07] */
    assert_int_equal(ess_receipt_parse(open_payload(ESS_RSP, room, len).d, &back, &fault), ESS_OK);
    assert_memory_equal(&back.ok, &receipt.ok, sizeof back.ok);
    assert_non_null(strstr(room, "\"no\":[[6,\"ENV-03\"],[8,\"DAT-07\",1763827200000]]"));
    assert_string_equal(back.no[0].rule, "ENV-03");
    assert_int_equal(back.no[0].t_utc_ms, 0); /* as a cloud of minor 0 says it */
    assert_int_equal(back.no[1].t_utc_ms, 1763827200000);
    assert_int_equal(back.slow, 3);
}

static void a_command_and_its_ack_come_back_as_written(void **state)
{
    ess_command command = {.code = ESS_SLICE_LITERAL("0190-c"),
                           .op = ESS_SLICE_LITERAL("power.set"),
                           .args = ESS_SLICE_LITERAL("{\"p\":60,\"rvt\":900}"),
                           .t_utc_ms = 1000,
                           .exp_utc_ms = 31000,
                           .by = ESS_SLICE_LITERAL("op\"7")};
    ess_command back;
    ess_fault fault;
    char room[512];
    size_t len;
    (void)state;
    assert_int_equal(ess_command_print(&command, room, sizeof room, &len), ESS_OK);
    ess_envelope envelope = open_payload(ESS_CMD, room, len);
    assert_int_equal(ess_command_parse(&envelope, &back, &fault), ESS_E_DATA); /* by escaped */
    command.by = ESS_SLICE_LITERAL("op7");
    assert_int_equal(ess_command_print(&command, room, sizeof room, &len), ESS_OK);
    envelope = open_payload(ESS_CMD, room, len);
    assert_int_equal(ess_command_parse(&envelope, &back, &fault), ESS_OK);
    assert_true(ess_slice_equal(back.args, command.args) && back.exp_utc_ms == 31000);
    assert_int_equal(back.kid.len, 0);

    command.kid = ESS_SLICE_LITERAL("00112233445566ff");
    assert_int_equal(ess_command_print(&command, room, sizeof room, &len), ESS_OK);
    envelope = open_payload(ESS_CMD, room, len);
    assert_int_equal(ess_command_parse(&envelope, &back, &fault), ESS_OK);
    assert_true(ess_slice_equal(back.kid, command.kid));
    ess_slice part; /* ready to be signed */
    assert_int_equal(ess_signature_open((ess_slice){room, len}, &part), ESS_OK);

    ess_ack ack = {.code = command.code,
                   .stage = ESS_STAGE_DONE,
                   .read_back = ESS_SLICE_LITERAL("{\"pSetEcho\":60}"),
                   .why = ESS_SLICE_LITERAL("ok")};
    ess_ack ack_back;
    assert_int_equal(ess_ack_print(&ack, 2000, room, sizeof room, &len), ESS_OK);
    envelope = open_payload(ESS_ACK, room, len);
    assert_int_equal(ess_ack_parse(&envelope, &ack_back, &fault), ESS_OK);
    assert_int_equal(ack_back.stage, ESS_STAGE_DONE);
    assert_true(ess_slice_equal(ack_back.read_back, ack.read_back));
    assert_true(ess_slice_equal(ack_back.code, ack.code));
}

/* Each would be refused by whoever gets it: ENV-20, ENV-23, ENV-04, ENV-05, CMD-02 and CMD-05. */
static void nothing_is_written_that_breaks_a_rule_of_the_envelope(void **state)
{
    static const ess_command commands[] = {
        {.t_utc_ms = -1, .code = {"c", 1}},
        {.t_utc_ms = INT64_C(1) << 53, .code = {"c", 1}},
        {.ns = {"a\"b", 3}, .code = {"c", 1}},
        {.ns = {"a/b/c/d", 7}, .code = {"c", 1}},
        {.code = {"c d", 3}},
        {.code = {"c\"d", 3}},
        {.code = {NULL, 0}},
    };
    const ess_presence_word presence = {.sid = SID};
    const ess_receipt receipt = {.sid = SID};
    char room[512];
    size_t len = 7;
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        ess_command command = commands[i];
        const ess_ack ack = {.code = command.code, .stage = ESS_STAGE_DONE};
        command.op = ESS_SLICE_LITERAL("power.set");
        command.args = ESS_SLICE_LITERAL("{}");
        assert_int_equal(ess_command_print(&command, room, sizeof room, &len), ESS_E_ENVELOPE);
        if (command.ns.len == 0)
            assert_int_equal(ess_ack_print(&ack, command.t_utc_ms, room, sizeof room, &len),
                             ESS_E_ENVELOPE);
    }
    assert_int_equal(ess_presence_print(&presence, -1, room, sizeof room, &len), ESS_E_ENVELOPE);
    assert_int_equal(ess_receipt_print(&receipt, -1, room, sizeof room, &len), ESS_E_ENVELOPE);
    assert_int_equal(len, 7);
}

static void a_gap_comes_back_as_written(void **state)
{
    ess_gap gap = {.sid = SID, .ts_utc_ms = 1700000000000}, back;
    char room[256];
    size_t len = 7;
    (void)state;
    assert_int_equal(ess_ranges_add(&gap.lost, 1, 5), ESS_OK);
    assert_int_equal(ess_ranges_add(&gap.lost, 9, 9), ESS_OK);
    assert_int_equal(ess_gap_print(&gap, room, 8, &len), ESS_E_NO_ROOM);
    assert_int_equal(len, 7);
    assert_int_equal(ess_gap_print(&gap, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_string_equal(room, "{\"event\":\"gap\",\"ts\":1700000000000,\"sid\":\"" SID "\","
                              "\"lost\":[[1,5],[9,9]]}");
    assert_int_equal(ess_gap_parse((ess_slice){room, len}, &back), ESS_OK);
    assert_memory_equal(&back.lost, &gap.lost, sizeof back.lost);
    assert_string_equal(back.sid, SID);
    assert_int_equal(back.ts_utc_ms, gap.ts_utc_ms);
    gap.ts_utc_ms = -1; /* without a clock */
    assert_int_equal(ess_gap_print(&gap, room, sizeof room, &len), ESS_OK);
    assert_int_equal(ess_gap_parse((ess_slice){room, len}, &back), ESS_OK);
    assert_int_equal(back.ts_utc_ms, -1);
}

static void other_events_are_no_gap_and_a_broken_gap_is_refused(void **state)
{
    static const struct {
        const char *d;
        ess_err err;
    } cases[] = {
        {"{\"event\":\"device-online\",\"unit\":\"CAB01\"}", ESS_E_NOT_FOUND},
        {"{\"event\":\"x\",\"sid\":{\"a\":[]},\"lost\":7}", ESS_E_NOT_FOUND},
        {"{\"event\":{\"gap\":1}}", ESS_E_NOT_FOUND},
        {"{}", ESS_E_NOT_FOUND},
        {"[", ESS_E_NOT_FOUND},
        {"{\"event\":\"gap\",\"lost\":[[1,2]]}", ESS_E_DATA},
        {"{\"event\":\"gap\",\"sid\":\"short\",\"lost\":[[1,2]]}", ESS_E_DATA},
        {"{\"event\":\"gap\",\"sid\":\"" SID "\"}", ESS_E_DATA},
        {"{\"event\":\"gap\",\"sid\":\"" SID "\",\"lost\":[]}", ESS_E_DATA},
        {"{\"event\":\"gap\",\"sid\":\"" SID "\",\"lost\":[[2,1]]}", ESS_E_DATA},
        {"{\"event\":\"gap\",\"sid\":\"" SID "\",\"lost\":[[0,1]]}", ESS_E_NUMBER},
        {"{\"event\":\"gap\",\"sid\":\"" SID "\",\"lost\":{}}", ESS_E_DATA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_gap gap = {.ts_utc_ms = 7};
        ess_err err = ess_gap_parse(ess_slice_from(cases[i].d), &gap);
        if (err != cases[i].err)
            fail_msg("%s: %d", cases[i].d, (int)err);
        assert_int_equal(gap.ts_utc_ms, 7); /* untouched */
    }
}

static void reports_carry_their_sampling_time(void **state)
{
    ess_report report = {.code = {.sid = SID, .n = 17},
                         .ts_utc_ms = 1000,
                         .ns = ESS_SLICE_LITERAL("C1"),
                         .values = ESS_SLICE_LITERAL("{\"soc\":56.3}"),
                         .x = ESS_SLICE_LITERAL("{\"rev\":3}")};
    char room[512];
    size_t len;
    (void)state;
    assert_int_equal(ess_report_print(&report, 1000, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_string_equal(room, "{\"t\":1000,\"ns\":\"C1\",\"code\":\"" SID "-17\",\"s\":\"METRIC\","
                              "\"te\":\"REQ\",\"d\":{\"soc\":56.3},\"x\":{\"rev\":3}}");
    assert_int_equal(ess_report_print(&report, 1007, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_non_null(strstr(room, "\"d\":{\"rows\":[{\"n\":17,\"ts\":1000,\"v\":{\"soc\":56.3}}]}"));
    ess_report two[2] = {report, report};
    two[1].code.n = 18;
    two[1].ns = ESS_SLICE_LITERAL("CAB01/BMS/C1");
    assert_int_equal(ess_batch_print(two, 2, 1007, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_non_null(strstr(room, "{\"n\":18,\"ts\":1000,\"ns\":\"CAB01/BMS/C1\",\"v\":"));
    assert_non_null(strstr(room, "\"code\":\"" SID "-17\""));
}

static void a_room_too_small_is_refused_and_not_overrun(void **state)
{
    ess_receipt receipt = {.sid = SID};
    char room[256];
    size_t whole, len;
    (void)state;
    assert_int_equal(ess_receipt_print(&receipt, 1, room, sizeof room, &whole), ESS_OK);
    for (size_t size = 0; size < whole; size++) {
        memset(room, '#', sizeof room);
        assert_int_equal(ess_receipt_print(&receipt, 1, room, size, &len), ESS_E_NO_ROOM);
        assert_int_equal(room[size], '#');
    }
}

typedef ess_err (*reader)(ess_slice text, ess_fault *fault);

static ess_err read_presence(ess_slice d, ess_fault *fault)
{
    ess_presence_word word;
    return ess_presence_parse(d, &word, fault);
}

static ess_err read_receipt(ess_slice d, ess_fault *fault)
{
    ess_receipt receipt;
    return ess_receipt_parse(d, &receipt, fault);
}

static ess_err read_ack(ess_slice d, ess_fault *fault)
{
    ess_envelope envelope = {.code = ESS_SLICE_LITERAL("c"), .d = d};
    ess_ack ack;
    return ess_ack_parse(&envelope, &ack, fault);
}

static ess_err read_command(ess_slice d, ess_fault *fault)
{
    ess_envelope envelope = {
        .code = ESS_SLICE_LITERAL("c"), .d = d, .x = ESS_SLICE_LITERAL("{\"exp\":5}")};
    ess_command command;
    return ess_command_parse(&envelope, &command, fault);
}

static ess_err read_order(ess_slice x, ess_fault *fault)
{
    ess_envelope envelope = {
        .code = ESS_SLICE_LITERAL("c"), .d = ESS_SLICE_LITERAL("{\"op\":\"stop\"}"), .x = x};
    ess_command command;
    return ess_command_parse(&envelope, &command, fault);
}

static void words_that_break_a_rule_are_refused_with_it(void **state)
{
    (void)state;
    static const struct {
        reader read;
        const char *text;
        const char *rule; /* NULL: accepted */
    } cases[] = {
        {read_presence, "{\"on\":1,\"sid\":\"" SID "\",\"later\":[{}]}", NULL},
        {read_presence, "{\"on\":2,\"sid\":\"" SID "\"}", "PRE-06"},
        {read_presence, "{\"on\":1}", "PRE-07"},
        {read_presence, "{\"sid\":\"" SID "\"}", "PRE-06"},
        {read_presence, "{\"on\":1,\"sid\":\"0000000C5F3A9C01\"}", "PRE-07"},
        {read_presence, "{\"on\":1,\"sid\":\"0000000c5f3a9c0\"}", "PRE-07"},
        {read_presence, "{\"on\":1,\"sid\":\"" SID "\",\"units\":[1]}", "PRE-09"},
        {read_presence, "{\"on\":1,\"sid\":\"" SID "\",\"enc\":[1]}", "PRE-08"},
        {read_presence, "{\"on\":1,\"sid\":\"" SID "\",\"enc\":\"gzip\"}", "PRE-08"},
        {read_presence, "{\"on\":1,\"sid\":\"" SID "\",\"sign\":[]}", "PRE-08"},
        {read_presence, "[]", "PRE-08"},
        {read_presence, "{\"on\":1,", "PRE-08"},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[]}", NULL},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[[2,1]]}", "DLV-20"},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[[0,1]]}", "DLV-20"},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[[1,2,3]]}", "DLV-20"},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"ok\":[[1.5,2]]}", "DLV-20"},
        {read_receipt, "{\"op\":\"nak\",\"sid\":\"" SID "\",\"ok\":[[1,2]]}", "DLV-19"},
        {read_receipt, "{\"op\":\"ack\",\"ok\":[[1,2]]}", "DLV-19"},
        {read_receipt, "{\"op\":\"ack\",\"sid\":\"" SID "\",\"slow\":256}", "DLV-26"},
        {read_ack, "{\"stage\":\"done\",\"r\":0}", NULL},
        {read_ack, "{\"stage\":\"sent\",\"r\":0}", "CMD-25"},
        {read_ack, "{\"stage\":\"timeout\",\"r\":0}", "CMD-25"},
        {read_ack, "{\"stage\":\"done\"}", "CMD-26"},
        {read_ack, "{\"r\":0}", "CMD-25"},
        {read_ack, "{\"stage\":\"done\",\"r\":-1}", "CMD-26"},
        {read_ack, "{\"stage\":\"done\",\"r\":0,\"v\":7}", "CMD-27"},
        {read_command, "{\"op\":\"stop\"}", NULL},
        {read_command, "{\"a\":{}}", "CMD-01"},
        {read_command, "{\"op\":\"stop\",\"a\":[]}", "CMD-14"},
        {read_command, "{\"op\":7}", "CMD-13"},
        {read_order, "{\"exp\":5}", NULL},
        {read_order, "{\"by\":\"x\"}", "CMD-16"},
        {read_order, "{\"exp\":\"soon\"}", "CMD-16"},
        {read_order, "", "CMD-16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_fault fault = {.rule = ""};
        assert_int_equal(cases[i].read(ess_slice_from(cases[i].text), NULL) == ESS_OK,
                         cases[i].rule == NULL); /* nobody need ask why */
        ess_err err = cases[i].read(ess_slice_from(cases[i].text), &fault);
        if (cases[i].rule == NULL && err != ESS_OK)
            fail_msg("refused (%s): %s", fault.rule, cases[i].text);
        if (cases[i].rule != NULL && (err == ESS_OK || strcmp(fault.rule, cases[i].rule) != 0))
            fail_msg("got %d %s for %s", err, fault.rule, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence_comes_back_as_written),
        cmocka_unit_test(a_presence_that_says_no_minor_is_of_minor_0),
        cmocka_unit_test(a_presence_of_a_later_minor_is_read_as_far_as_it_is_known),
        cmocka_unit_test(a_presence_with_wrong_lists_or_minor_is_refused),
        cmocka_unit_test(a_receipt_comes_back_as_written),
        cmocka_unit_test(a_command_and_its_ack_come_back_as_written),
        cmocka_unit_test(nothing_is_written_that_breaks_a_rule_of_the_envelope),
        cmocka_unit_test(a_gap_comes_back_as_written),
        cmocka_unit_test(other_events_are_no_gap_and_a_broken_gap_is_refused),
        cmocka_unit_test(reports_carry_their_sampling_time),
        cmocka_unit_test(a_room_too_small_is_refused_and_not_overrun),
        cmocka_unit_test(words_that_break_a_rule_are_refused_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

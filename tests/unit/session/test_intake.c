/* What the cloud takes in, what it refuses and by which rule, presence, and receipts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/intake.h"

#define SID  "0000000c5f3a9c01"
#define HEAD "{\"t\":1700000000000,\"code\":\"" SID "-5\",\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":"

static void messages_are_taken_whole_or_refused_by_rule(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload, *rule; /* rule NULL: taken */
        bool code_known;
    } cases[] = {
        {"v1/DATA/ess/SH001/CAB01/BMS", HEAD "{\"soc\":56.3,\"cellV\":[1,2,3]}}", NULL, true},
        {"v1/HIST/ess/SH001", HEAD "{\"rows\":[{\"n\":5,\"ts\":1,\"ns\":\"CAB01/BMS\",\"v\":{}}]}}",
         NULL, true},
        {"v1/HIST/ess/SH001", HEAD "{\"rows\":[{\"ts\":1,\"v\":{}}]}}", "DLV-08", true},
        {"v1/DATA/ess/SH001/CAB01", HEAD "{\"a\":[[1]]}}", "DAT", true},
        {"v1/DATA/ess/SH001/CAB01", "{\"t\":1,\"d\":{}}", "DLV-01", false},
        {"v1/DATA/ess/SH001/CAB01", "{\"t\":1,\"code\":\"x-1\",\"d\":{}}", "ENV-26", false},
        {"v1/ACK/ess/SH001/CAB01", "{\"t\":1,\"code\":\"x\",\"d\":{\"stage\":\"done\",\"r\":0}}",
         NULL, false},
        {"v1/STATE/ess/SH001", "{\"t\":1,\"d\":{\"on\":0,\"sid\":\"" SID "\"}}", NULL, false},
        {"v1/CMD/ess/SH001/CAB01", "{\"t\":1,\"code\":\"x\",\"d\":{}}", "TOP-04", false},
        {"v1/X-me/ess/SH001", "{\"t\":1,\"d\":{}}", "TOP-12", false},
        {"v1/DATA/ess", HEAD "{}}", "TOP", false},
        {"v1/DATA/ess/SH001", "not json", "ENV", false},
        {"v1/DATA/ess/SH001", "{\"t\":1,\"code\":\"" SID "-5\",\"d\":[]}", "ENV", true},
        {"v1/DATA/ess/SH001", "{\"t\":1,\"code\":\"" SID "-5\",\"d\":{\"a\":", "ENV", true},
        {"v1/DATA/ess/SH001", "{\"t\":1,\"d\":{\"a\":NaN},\"code\":\"" SID "-5\"}", "ENV", false},
        {"v1/ACK/ess/SH001", "{\"t\":1,\"code\":\"" SID "-5\",\"d\":[]}", "ENV", false},
        {"v1/DATA/ess/SH001", "", "ENV", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_arrival arrival;
        ess_fault fault = {.rule = ""};
        ess_err err =
            ess_intake_check(ess_slice_from(cases[i].topic), ess_slice_from(cases[i].payload),
                             lent_readings(), &arrival, &fault);
        if ((err == ESS_OK) != (cases[i].rule == NULL))
            fail_msg("%d %s %s for %s %s", err, fault.rule, fault.what, cases[i].topic,
                     cases[i].payload);
        if (err != ESS_OK && strncmp(fault.rule, cases[i].rule, strlen(cases[i].rule)) != 0)
            fail_msg("%s, not %s, for %s", fault.rule, cases[i].rule, cases[i].payload);
        assert_int_equal(arrival.has_code, cases[i].code_known);
        if (arrival.has_code)
            assert_int_equal(arrival.code.n, 5);
    }
}

static void what_was_read_is_at_hand(void **state)
{
    ess_arrival arrival;
    ess_fault fault;
    (void)state;
    assert_int_equal(
        ess_intake_check(ESS_SLICE_LITERAL("v1/DATA/ess/SH001/CAB01/BMS"),
                         ESS_SLICE_LITERAL(HEAD
                                           "{\"rows\":[{\"n\":5,\"v\":{\"soc\":1,\"cellV\":[1,2,"
                                           "3]}},{\"n\":6,\"v\":{\"soc\":null}}]}}"),
                         lent_readings(), &arrival, &fault),
        ESS_OK);
    const ess_readings *read = lent_readings();
    assert_int_equal(read->rows, 2);
    assert_int_equal(read->readings, 3);
    assert_int_equal(read->reading[1].mantissa, 3);
    assert_int_equal(read->reading[2].row, 1);
}

static void a_message_over_the_hard_cap_is_refused(void **state)
{
    static char big[ESS_MESSAGE_MAX + 2];
    ess_arrival arrival;
    ess_fault fault;
    (void)state;
    memset(big, ' ', sizeof big);
    assert_int_equal(ess_intake_check(ESS_SLICE_LITERAL("v1/DATA/ess/SH001"),
                                      (ess_slice){big, ESS_MESSAGE_MAX + 1}, lent_readings(),
                                      &arrival, &fault),
                     ESS_E_TOO_LARGE);
    assert_string_equal(fault.rule, "DLV-09");
}

static void the_death_of_an_earlier_life_is_ignored(void **state)
{
    static const struct {
        bool on;
        const char *sid;
        bool changed, after;
    } steps[] = {
        {true, "0000000200000001", true, true},   {true, "0000000200000001", false, true},
        {false, "0000000100000009", false, true}, {true, "0000000300000001", true, true},
        {false, "0000000200000001", false, true}, {false, "0000000300000001", true, false},
        {true, "0000000300000001", true, true},
    };
    ess_presence presence = {0};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        ess_presence_word word = {.on = steps[i].on};
        memcpy(word.sid, steps[i].sid, sizeof word.sid);
        assert_int_equal(ess_presence_apply(&presence, &word, (int64_t)i), steps[i].changed);
        assert_int_equal(presence.on, steps[i].after);
    }
}

static void receipts_gather_by_group_series_and_major(void **state)
{
    static ess_receipts all;
    const ess_receipt_to first = {"SH001", 1, false}, second = {"SH002", 1, false},
                         other_major = {"SH001", 2, false};
    ess_report_code code = {.sid = SID, .n = 1};
    (void)state;
    assert_int_equal(ess_receipts_ok(&all, &first, &code), ESS_OK);
    code.n = 2;
    assert_int_equal(ess_receipts_ok(&all, &first, &code), ESS_OK);
    assert_int_equal(ess_receipts_ok(&all, &second, &code), ESS_OK);
    code.n = 3;
    assert_int_equal(ess_receipts_no(&all, &first, &(ess_arrival){.code = code}, "DAT-03"), ESS_OK);
    assert_int_equal(ess_receipts_ok(&all, &other_major, &code), ESS_OK);
    assert_int_equal(all.count, 3);
    assert_true(all.slot[0].major == 1 && all.slot[2].major == 2);
    assert_true(all.slot[0].receipt.ok.count == 1 && all.slot[0].receipt.ok.at[0].last == 2);
    assert_int_equal(all.slot[0].receipt.no[0].n, 3);
    for (code.n = 10; code.n < 10 + 2 * (ESS_RANGES_MAX - 1); code.n += 2)
        assert_int_equal(ess_receipts_ok(&all, &first, &code), ESS_OK);
    assert_int_equal(ess_receipts_ok(&all, &first, &code), ESS_E_NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_taken_whole_or_refused_by_rule),
        cmocka_unit_test(what_was_read_is_at_hand),
        cmocka_unit_test(a_message_over_the_hard_cap_is_refused),
        cmocka_unit_test(the_death_of_an_earlier_life_is_ignored),
        cmocka_unit_test(receipts_gather_by_group_series_and_major),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

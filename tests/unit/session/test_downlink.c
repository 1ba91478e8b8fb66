/* What may come down to a device is taken; everything else is refused by the rule it breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/downlink.h"

#define CMD   "{\"t\":1,\"code\":\"c\",\"s\":\"CMD\",\"te\":\"REQ\",\"d\":{\"op\":\"stop\"}}"
#define PLAIN "{\"t\":1,\"d\":{}}"

static void each_message_is_taken_or_refused_by_rule(void **state)
{
    static const struct {
        const char *topic, *payload, *rule; /* NULL: taken */
    } cases[] = {
        {"v1/CMD/ess/SH001/CAB01/PCS", CMD, NULL},
        {"v1/RSP/ess/SH001", PLAIN, NULL},
        {"v1/STATE/ess/_cloud", PLAIN, NULL},
        {"v2/CMD/ess/SH001/CAB01/PCS", CMD, "TOP-11"}, /* another major than this device's */
        {"v2/\x01", "", "TOP-11"},
        {"v1/CMD/pv/SH001/CAB01/PCS", CMD, "TOP-14"},
        {"v1/CMD/ess", CMD, "TOP-01"},
        {"v1/CMD/ess/SH002/CAB01/PCS", CMD, "TOP-21"},
        {"v1/RSP/ess/SH002", PLAIN, "TOP-21"},
        {"v1/STATE/ess/SH002", PLAIN, "TOP-21"},
        {"v1/STATE/ess/SH001", PLAIN, "TOP-21"},
        {"v1/DATA/ess/SH001", PLAIN, "TOP-04"},
        {"v1/HIST/ess/SH001", PLAIN, "TOP-04"},
        {"v1/PARAM/ess/SH001", PLAIN, "TOP-04"},
        {"v1/EVENT/ess/SH001", PLAIN, "TOP-04"},
        {"v1/ACK/ess/SH001", PLAIN, "TOP-04"},
        {"v1/X-own/ess/SH001", PLAIN, "TOP-12"},
        {"v1/CMD/ess/SH001/CAB01/PCS", "{\"t\":1}", "ENV-10"},
        {"v1/CMD/ess/SH001", "{\"t\":1,\"s\":\"METRIC\",\"d\":{}}", "ENV-30"},
        {"v1/RSP/ess/SH001", "{", "ENV-01"},
    };
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_downlink down = {0};
        ess_fault fault = {.rule = "", .what = ""};
        ess_err err =
            ess_downlink_check(ess_slice_from(cases[i].topic), ess_slice_from(cases[i].payload),
                               &receiver, &down, &fault);
        if ((err == ESS_OK) != (cases[i].rule == NULL))
            fail_msg("%s: %d %s %s", cases[i].topic, (int)err, fault.rule, fault.what);
        if (err != ESS_OK)
            assert_string_equal(fault.rule, cases[i].rule);
    }
}

static void a_device_of_another_major_reads_its_own(void **state)
{
    ess_receiver receiver = {.major = 2,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_downlink down = {0};
    ess_fault fault;
    (void)state;
    assert_int_equal(ess_downlink_check(ESS_SLICE_LITERAL("v2/RSP/ess/SH001"),
                                        ESS_SLICE_LITERAL(PLAIN), &receiver, &down, &fault),
                     ESS_OK);
    assert_int_equal(down.topic.version, 2);
    assert_int_equal(ess_downlink_check(ESS_SLICE_LITERAL("v1/RSP/ess/SH001"),
                                        ESS_SLICE_LITERAL(PLAIN), &receiver, &down, &fault),
                     ESS_E_TOPIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_taken_or_refused_by_rule),
        cmocka_unit_test(a_device_of_another_major_reads_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

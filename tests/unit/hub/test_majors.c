/* A hub that serves two majors at once: each device is answered on its own. The second is a test
 * major with the form of the first: what is tested is that nothing takes the first for granted. */
#include "core_fixture.h"

#define BIRTH(sid, more) "{\"t\":1700000000000,\"d\":{\"on\":1,\"sid\":\"" sid "\"" more "}}"
#define REPORT(n)                                                                                  \
    "{\"t\":1700000000000,\"code\":\"" SID_A "-" n "\",\"s\":\"METRIC\",\"te\":\"REQ\","           \
    "\"d\":{\"soc\":56}}"

/* How many of the messages that were sent have this topic. */
static size_t sent_on(const fixture *f, const char *topic)
{
    size_t count = 0;
    for (size_t i = 0; i < f->sent_count; i++)
        count += strcmp(f->sent[i].topic, topic) == 0;
    return count;
}

static void serve(fixture *f, ess_majors majors)
{
    f->options.majors = majors;
    hub_core_close(f->core);
    fixture_open(f);
    hub_core_on_line(f->core, true);
}

static void a_hub_is_born_on_each_major_it_serves(void **state)
{
    fixture *f = *state;
    char topic[ESS_TOPIC_MAX + 1], payload[256];
    size_t len = 0;
    serve(f, (ess_majors){{1, 2}, 2});
    assert_int_equal(sent_on(f, "v1/STATE/ess/_cloud"), 1);
    assert_int_equal(sent_on(f, "v2/STATE/ess/_cloud"), 1);
    assert_true(f->sent[0].retain && f->sent[1].retain);
    assert_holds(f->sent[1].payload, "\"on\":1");
    assert_int_equal(hub_core_will(f->core, topic, payload, sizeof payload, &len), ESS_OK);
    assert_string_equal(topic, "v1/STATE/ess/_cloud");
    fixture_forget(f);
    fixture_say(f, "v2/STATE/ess/_cloud", BIRTH(SID_A, "")); /* its own word comes back */
    fixture_stats(f);
    assert_holds(f->json, "\"messages\":0");
}

static void each_device_is_answered_on_its_own_major(void **state)
{
    fixture *f = *state;
    serve(f, (ess_majors){{1, 2}, 2});
    fixture_forget(f);
    fixture_say(f, "v1/DATA/ess/OLD01/CAB01/BMS", REPORT("1"));
    fixture_say(f, "v2/DATA/ess/NEW01/CAB01/BMS", REPORT("1"));
    fixture_say(f, "v2/DATA/ess/NEW01/CAB01/BMS",
                "{\"t\":1,\"code\":\"" SID_A "-2\",\"d\":{\"a\":[\"x\"]}}"); /* refused */
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(sent_on(f, "v1/RSP/ess/OLD01"), 1);
    assert_int_equal(sent_on(f, "v2/RSP/ess/NEW01"), 1);
    for (size_t i = 0; i < 2; i++)
        assert_holds(f->sent[i].payload, "\"ok\":[[1,1]]");
}

static void the_same_report_by_two_majors_counts_once(void **state)
{
    fixture *f = *state;
    serve(f, (ess_majors){{1, 2}, 2});
    fixture_forget(f);
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", REPORT("1"));
    fixture_say(f, "v2/DATA/ess/SH001/CAB01/BMS", REPORT("1"));
    fixture_pass(f, 20);
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":1,\"duplicates\":1");
    assert_int_equal(sent_on(f, "v1/RSP/ess/SH001"), 1);
    assert_int_equal(sent_on(f, "v2/RSP/ess/SH001"), 1);
}

static void a_command_goes_out_on_the_major_of_the_birth(void **state)
{
    fixture *f = *state;
    char code[37];
    hub_command_request request = {.group = ESS_SLICE_LITERAL("SH001"),
                                   .ns = ESS_SLICE_LITERAL("CAB01/PCS"),
                                   .op = ESS_SLICE_LITERAL("stop"),
                                   .args = ESS_SLICE_LITERAL("{}"),
                                   .by = ESS_SLICE_LITERAL("op7"),
                                   .ttl_s = 30};
    serve(f, (ess_majors){{1, 2}, 2});
    fixture_say(f, "v1/STATE/ess/SH001", BIRTH(SID_A, ""));
    fixture_forget(f);
    assert_int_equal(hub_command_create(f->core, &request, code), ESS_OK);
    assert_int_equal(sent_on(f, "v1/CMD/ess/SH001/CAB01/PCS"), 1);
    /* Updated, it begins a new life on the other major and is asked there at once; the will of the
     * life before, on the old major, takes nothing back [VER-10]. */
    fixture_forget(f);
    fixture_say(f, "v2/STATE/ess/SH001", BIRTH(SID_B, ",\"minor\":3"));
    fixture_say(f, "v1/STATE/ess/SH001", "{\"t\":1,\"d\":{\"on\":0,\"sid\":\"" SID_A "\"}}");
    fixture_pass(f, 0);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(sent_on(f, "v2/CMD/ess/SH001/CAB01/PCS"), 1);
    fixture_say(f, "v2/ACK/ess/SH001/CAB01/PCS", "{\"t\":1,\"code\":\"none\",\"d\":{}}");
}

static void a_major_that_is_not_served_is_refused_and_counted(void **state)
{
    fixture *f = *state;
    serve(f, (ess_majors){{1}, 1});
    assert_int_equal(f->sent_count, 1);
    fixture_forget(f);
    fixture_say(f, "v2/DATA/ess/NEW01/CAB01/BMS", REPORT("1"));
    fixture_say(f, "v2/STATE/ess/NEW01", "not even JSON");
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0); /* nobody there would understand an answer */
    fixture_stats(f);
    assert_holds(f->json, "\"rule\":\"TOP-11\",\"reason\":\"this major of the protocol is not "
                          "served\",\"count\":2");
    assert_holds(f->json, "\"reports_stored\":0");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_hub_is_born_on_each_major_it_serves),
        CASE(each_device_is_answered_on_its_own_major),
        CASE(the_same_report_by_two_majors_counts_once),
        CASE(a_command_goes_out_on_the_major_of_the_birth),
        CASE(a_major_that_is_not_served_is_refused_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

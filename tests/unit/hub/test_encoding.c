/* Encoded messages at the hub: taken as what they say, refused by rule without an answer, counted
 * as they came. */
#include "core_fixture.h"

#include "ess-pack/pack.h"

#define TOPIC "v1/DATA/ess/SH001/CAB01"

static void say_packed(fixture *f, const char *topic, const char *json, const ess_pack_peer *peer)
{
    ess_pack *p = ess_pack_new();
    ess_slice wire;
    assert_non_null(p);
    assert_int_not_equal(ess_pack_encode(p, peer, ess_slice_from(json), &wire), ESS_PACK_JSON);
    hub_core_on_message(f->core, ess_slice_from(topic), wire);
    ess_pack_free(p);
}

static const char *report(unsigned n, const char *d)
{
    static char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"t\":1700000000000,\"ns\":\"BMS\",\"code\":\"" SID_A "-%u\",\"s\":\"METRIC\","
                   "\"te\":\"REQ\",\"d\":%s}",
                   n, d);
    return text;
}

static void packed_reports_are_taken_like_plain_ones(void **state)
{
    fixture *f = *state;
    ess_pack *p = ess_pack_new();
    const ess_pack_peer all = ess_pack_peer_of(ess_pack_announced(p));
    const ess_pack_peer peers[] = {{.gzip = true}, {.zstd = true}, all};
    ess_pack_free(p);
    for (unsigned i = 0; i < 3; i++)
        say_packed(f, TOPIC, report(i + 1, "{\"soc\":56.3,\"text\":\"aaaaaaaaaaaaaaaaaaaaaaaa\"}"),
                   &peers[i]);
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,3]]");
    fixture_values(f);
    assert_holds(f->json, "\"name\":\"soc\",\"v\":56.3,\"q\":0");
    fixture_stats(f);
    assert_holds(f->json, "\"refused\":[]");
}

static void columns_are_counted_row_by_row(void **state)
{
    fixture *f = *state;
    fixture_say(f, "v1/HIST/ess/SH001",
                "{\"t\":1700000000000,\"code\":\"" SID_A "-5\",\"d\":{\"cols\":[{\"ns\":\"CAB01/BMS\","
                "\"n\":[5,2],\"ts\":[1699999990000,1000],\"v\":{\"soc\":{\"s\":1,\"d\":[563,-1]}}},"
                "{\"ns\":\"CAB01/PCS\",\"n\":[6],\"ts\":[1699999990001],\"v\":{\"p\":{\"d\":[60]}}}]}}");
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[5,7]]");
    fixture_history(f, "soc");
    assert_holds(f->json, "[1699999990000,56.3,0,\"" SID_A "\",5,");
    assert_holds(f->json, "[1699999991000,56.2,0,\"" SID_A "\",7,");
}

static void columns_elsewhere_are_refused(void **state)
{
    static const char *const topics[] = {"v1/PARAM/ess/SH001/CAB01", "v1/EVENT/ess/SH001/CAB01"};
    fixture *f = *state;
    for (size_t i = 0; i < 2; i++)
        fixture_say(f, topics[i],
                    report(1, "{\"cols\":[{\"n\":[1],\"ts\":[1700000000000],\"v\":{}}]}"));
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0);
    fixture_stats(f);
    assert_holds(f->json, "\"rule\":\"ENC-13\"");
    assert_holds(f->json, "\"count\":2");
}

/* Nobody knows whose report it was. */
static void what_cannot_be_undone_is_counted_and_not_answered(void **state)
{
    fixture *f = *state;
    hub_core_on_message(f->core, ess_slice_from(TOPIC), ESS_SLICE_LITERAL("\x1F\x8B\x08xx"));
    hub_core_on_message(f->core, ess_slice_from(TOPIC),
                        ESS_SLICE_LITERAL("\x28\xB5\x2F\xFD\x23\x40\x9C\x00\x00\x01\x09\x00\x00{"));
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0);
    fixture_stats(f);
    assert_holds(f->json, "\"rule\":\"ENC-06\"");
    assert_holds(f->json, "\"rule\":\"ENC-08\"");
    assert_holds(f->json, "\"bytes\":0,\"json_bytes\":0");
}

/* [DLV-04] Once it is JSON, its number is known and the refusal can be told. */
static void what_was_undone_and_breaks_a_rule_is_answered(void **state)
{
    fixture *f = *state;
    say_packed(f, TOPIC, report(9, "{\"soc\":1e99,\"text\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"),
               &(ess_pack_peer){.gzip = true});
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"no\":[[9,\"DAT-04\"]]");
}

static void bytes_are_counted_as_they_came_and_as_json(void **state)
{
    fixture *f = *state;
    const char *json = report(1, "{\"text\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}");
    char part[64];
    say_packed(f, TOPIC, json, &(ess_pack_peer){.zstd = true});
    fixture_stats(f);
    (void)snprintf(part, sizeof part, "\"json_bytes\":%zu", strlen(json));
    assert_holds(f->json, part);
    assert_lacks(f->json, "\"bytes\":0");
}

/* [ENC-02] */
static void the_hub_says_what_it_reads(void **state)
{
    fixture *f = *state;
    char part[128];
    ess_pack *p = ess_pack_new();
    hub_core_on_line(f->core, false);
    f->sent_count = 0;
    hub_core_on_line(f->core, true);
    (void)snprintf(part, sizeof part, "\"enc\":%s", ess_pack_announced(p).ptr);
    assert_holds(f->sent[0].payload, part);
    ess_pack_free(p);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(packed_reports_are_taken_like_plain_ones),
        CASE(columns_are_counted_row_by_row),
        CASE(columns_elsewhere_are_refused),
        CASE(what_cannot_be_undone_is_counted_and_not_answered),
        CASE(what_was_undone_and_breaks_a_rule_is_answered),
        CASE(bytes_are_counted_as_they_came_and_as_json),
        CASE(the_hub_says_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

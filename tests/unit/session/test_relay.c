/* A message that is handed on keeps what the relay does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/relay.h"

static const ess_topic topic = {
    .version = 1, .type = ESS_DATA, .application = {"ess", 3}, .group = {"SH001", 5}};

static ess_envelope parse(ess_slice payload)
{
    ess_envelope envelope;
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    return envelope;
}

static void unknown_members_are_kept_byte_for_byte(void **state)
{
    static const struct {
        const char *payload, *relayed;
    } cases[] = {
        {"{\"t\":1,\"d\":{}}", "{\"t\":1,\"d\":{}}"},
        {"{\"zz\":[1, 2.50],\"t\":1,\"d\":{\"a\":1.0},\"y\":null}",
         "{\"t\":1,\"d\":{\"a\":1.0},\"zz\":[1, 2.50],\"y\":null}"},
        {"{ \"a\" : {\"t\":9} , \"t\":1, \"x\":{\"v\":{\"w\":1e2}}, \"d\":{} }",
         "{\"t\":1,\"d\":{},\"x\":{\"v\":{\"w\":1e2}},\"a\" : {\"t\":9}}"},
        {"{\"t\":1,\"d\":{},\"\\u0061\\\"\":\"\\u00e9\\n\"}",
         "{\"t\":1,\"d\":{},\"\\u0061\\\"\":\"\\u00e9\\n\"}"},
        {"{\"\\u0074\":1,\"d\":{},\"b\":true}", "{\"t\":1,\"d\":{},\"b\":true}"},
    };
    char room[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_slice payload = ess_slice_from(cases[i].payload);
        size_t want = strlen(cases[i].relayed), len = 99;
        ess_envelope envelope = parse(payload);
        for (size_t size = 0; size < want; size++) {
            memset(room, 0x5A, sizeof room);
            assert_int_equal(ess_envelope_relay(payload, &envelope, room, size, &len),
                             ESS_E_NO_ROOM);
            assert_int_equal(len, 99);
            assert_int_equal(room[size], 0x5A);
        }
        assert_int_equal(ess_envelope_relay(payload, &envelope, room, want, &len), ESS_OK);
        assert_int_equal(len, want);
        assert_memory_equal(room, cases[i].relayed, want);
        envelope = parse((ess_slice){room, len}); /* and is a message again */
    }
}

static void the_relay_changes_the_envelope_alone(void **state)
{
    ess_slice payload =
        ESS_SLICE_LITERAL("{\"t\":1,\"ns\":\"BMS\",\"code\":\"c\",\"d\":{\"a\":1},\"z\":0}");
    ess_envelope envelope = parse(payload);
    char room[128];
    size_t len = 0;
    (void)state;
    envelope.t_utc_ms = 2;
    envelope.ns = ESS_SLICE_LITERAL("CAB01/BMS");
    assert_int_equal(ess_envelope_relay(payload, &envelope, room, sizeof room, &len), ESS_OK);
    ess_slice relayed = {room, len};
    assert_true(ess_slice_is(
        relayed, "{\"t\":2,\"ns\":\"CAB01/BMS\",\"code\":\"c\",\"d\":{\"a\":1},\"z\":0}"));
    envelope.t_utc_ms = -1;
    assert_int_equal(ess_envelope_relay(payload, &envelope, room, sizeof room, &len),
                     ESS_E_ENVELOPE);
    assert_int_equal(
        ess_envelope_relay(ESS_SLICE_LITERAL("[]"), &envelope, room, sizeof room, &len),
        ESS_E_JSON_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_members_are_kept_byte_for_byte),
        cmocka_unit_test(the_relay_changes_the_envelope_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

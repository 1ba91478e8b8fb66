/* Messages as people read them, and refusals that point at the place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/decode.h"
#include "ess-pack/pack.h"

static const store_keyring no_keys;

#define TOPIC "v1/DATA/ess/SH001/CAB01"

typedef struct sample {
    const char *name, *topic, *text;
    bool chinese, json;
    int code;
    const char *says[4];
} sample;

static const sample samples[] = {
    {"values with units and labels", TOPIC,
     "{\"t\":1763827200000,\"ns\":\"BMS\",\"s\":\"METRIC\",\"d\":{\"soc\":56.3}}", false, false, 0,
     {"SH001", "2025-11-22T16:00:00.000Z", "CAB01/BMS", "56.3 %"}},
    {"labels in Chinese", TOPIC, "{\"t\":1,\"ns\":\"BMS\",\"d\":{\"soc\":56.3}}", true, false, 0,
     {"荷电状态", "设备到云"}},
    {"an enum by its name", TOPIC, "{\"t\":1,\"ns\":\"PCS\",\"d\":{\"runState\":4}}", false, false,
     0, {"4 discharging"}},
    {"an array by size, least and most", TOPIC,
     "{\"t\":1,\"ns\":\"BMS/C1\",\"d\":{\"cellV\":[3287,3285,3290]}}", false, false, 0,
     {"[3] 3285..3290 mV"}},
    {"invalid and of poor quality", TOPIC,
     "{\"t\":1,\"ns\":\"BMS\",\"d\":{\"soc\":null,\"soh\":{\"v\":99,\"q\":2}}}", false, false, 0,
     {"soc", "-", "(not good)"}},
    {"rows keep their own time and number", TOPIC,
     "{\"t\":9,\"d\":{\"rows\":[{\"n\":7,\"ts\":1000,\"ns\":\"BMS\",\"v\":{\"soc\":1}}]}}", false,
     false, 0, {"CAB01/BMS  1970-01-01T00:00:01.000Z  n 7"}},
    {"a command is guessed from s and te", "",
     "{\"t\":1,\"code\":\"c\",\"s\":\"CMD\",\"te\":\"REQ\",\"d\":{\"op\":\"start\"}}", false, false,
     0, {"op  \"start\""}},
    {"one line of JSON", "", "{\n \"t\":1,\n \"d\":{}\n}", false, true, 0,
     {"{\"type\":\"DATA\",\"payload\":{  \"t\":1,  \"d\":{} }}\n"}},
    {"a topic of any characters in JSON", "v1/DATA/ess/a\"b\\c", "{\"t\":1,\"d\":{}}", false, true, 0,
     {"\"group\":\"a\\\"b\\\\c\",\"unit\":\"\"", ",\"payload\":{\"t\":1,\"d\":{}}}\n"}},
    {"the caret stands under the fault", TOPIC, "{\"t\":\"x\",\"d\":{}}", false, false, 65,
     {"ENV-19", "byte 5", "  {\"t\":\"x\",\"d\":{}}\n       ^\n"}},
    {"wide characters move the caret by two", TOPIC, "{\"名\":1,\"t\":\"x\",\"d\":{}}", false, false,
     65, {"  {\"名\":1,\"t\":\"x\",\"d\":{}}\n              ^\n"}},
    {"a fault inside a row counts from the payload's first byte", TOPIC,
     "{\"t\":1,\"d\":{\"rows\":[{\"ns\":\"BMS\",\"v\":{\"soc\":1e99}}]}}", false, false, 65,
     {"DAT-04", "byte 43"}},
    {"the topic itself is refused", "v1/FOO/ess/SH001", "{}", false, false, 65,
     {"TOP-03", "topic byte 3"}},
    {"refusals in Chinese", TOPIC, "{\"t\":1}", true, false, 65, {"被拒绝", "ENV-10"}},
    {"refusals in JSON", TOPIC, "{\"t\":1}", false, true, 65,
     {"\"refused\":\"payload\"", "\"id\":\"envelope\"", "\"rule\":\"ENV-10\""}},
    {"not JSON at all", "", "hello", false, false, 65, {"byte 0", "hello\n  ^"}},
    {"nothing at all", "", "", false, false, 65, {"byte 0"}},
    {"lines of topic and payload", "",
     "v1/DATA/ess/SH001 {\"t\":1,\"ns\":\"CAB01/BMS\",\"d\":{\"soc\":1}}\n\n"
     "v1/STATE/ess/SH002 {\"t\":2,\"d\":{\"on\":0}}\n",
     false, false, 0, {"SH001", "1 %", "SH002", "on  0"}},
    {"a batch as columns, as its rows", "v1/HIST/ess/SH001",
     "{\"t\":9,\"d\":{\"cols\":[{\"ns\":\"CAB01/BMS\",\"n\":[7,1],\"ts\":[1000,500],\"v\":{\"soc\":"
     "{\"s\":1,\"d\":[563,1]}}}]}}",
     false, false, 0,
     {"cols, ", "CAB01/BMS  1970-01-01T00:00:01.000Z  n 7", "56.4 %"}},
    {"columns that break their rule, and where", "v1/HIST/ess/SH001",
     "{\"t\":9,\"d\":{\"cols\":[5]}}", false, false, 65, {"ENC-13", "byte 20"}},
    {"gzip that is cut", "", "\x1F\x8B\b", false, false, 65, {"ENC-06"}},
    {"a line of a capture with its circumstances, in hexadecimal", "",
     "1763827200.5 0 1 v1/DATA/ess/SH001/CAB01/BMS 7b2274223a312c2264223a7b22736f63223a317d7d\n",
     false, false, 0, {"SH001", "1 %"}},
    {"one bad line among good ones", "", "v1/DATA/ess/SH001 {}\nv1/DATA/ess/S2 {\"t\":1,\"d\":{}}",
     false, false, 65, {"ENV-", "S2"}},
};

static void messages_are_told_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const sample *s = &samples[i];
        char *text = NULL;
        size_t len;
        FILE *both = open_memstream(&text, &len);
        cli c = {.chinese = s->chinese, .out = both, .err = both};
        c.in.topic = s->topic;
        c.in.json = s->json;
        int code = decode_text(&c, &no_keys, ess_slice_from(s->text));
        assert_int_equal(fclose(both), 0);
        for (size_t j = 0; j < 4 && s->says[j] != NULL; j++) {
            if (code != s->code || strstr(text, s->says[j]) == NULL) {
                print_error("%s: %d, wanted %s in:\n%s\n", s->name, code, s->says[j], text);
                fail();
            }
        }
        free(text);
    }
}

static void a_compressed_payload_is_told_as_what_it_says(void **state)
{
    ess_pack *p = ess_pack_new();
    ess_pack_peer peer = ess_pack_peer_of(ess_pack_announced(p));
    ess_slice wire;
    char *text = NULL;
    size_t len;
    FILE *both = open_memstream(&text, &len);
    cli c = {.out = both, .err = both};
    (void)state;
    c.in.topic = TOPIC;
    assert_int_equal(
        ess_pack_encode(p, &peer,
                    ess_slice_from("{\"t\":1763827200000,\"ns\":\"BMS\",\"s\":\"METRIC\","
                                   "\"d\":{\"soc\":56.3,\"cellVMax\":3287,\"cellVMin\":3280}}"),
                    &wire),
        ESS_PACK_ZSTD_DICTIONARY);
    assert_int_equal(decode_text(&c, &no_keys, wire), CLI_OK);
    assert_int_equal(fclose(both), 0);
    if (strstr(text, "zstd:") == NULL || strstr(text, "56.3 %") == NULL)
        fail_msg("%s", text);
    free(text);
    ess_pack_free(p);
}

static void every_cut_message_is_refused_cleanly(void **state)
{
    (void)state;
    static const char whole[] = "{\"t\":1,\"ns\":\"BMS\",\"d\":{\"soc\":56.3,\"cellV\":[1,2]}}";
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char *text = NULL;
        size_t size;
        FILE *both = open_memstream(&text, &size);
        cli c = {.out = both, .err = both};
        char *copy = malloc(len + 1); /* of the exact size, so that reading past it is seen */
        memcpy(copy, whole, len);
        c.in.topic = TOPIC;
        assert_int_equal(decode_text(&c, &no_keys, (ess_slice){copy, len}), CLI_REFUSED);
        assert_int_equal(fclose(both), 0);
        free(copy);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_as_they_are),
        cmocka_unit_test(a_compressed_payload_is_told_as_what_it_says),
        cmocka_unit_test(every_cut_message_is_refused_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

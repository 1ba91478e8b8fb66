/* Where a signature lies and where it does not [SIG-01..09]. Whether it is right is tested in the
 * room that has the cryptography. */
#include "codec_test.h"

#include "../../lib/lent.h"
#include "ess/signature.h"

#define KID      "00112233445566ff"
#define DIGITS16 "0123456789abcdef"
#define DIGITS64 DIGITS16 DIGITS16 DIGITS16 DIGITS16
#define HEAD     "{\"t\":1,\"code\":\"c\",\"d\":{\"op\":\"stop\"},\"x\":{\"exp\":2"
#define KID_PART ",\"kid\":\"" KID "\""
#define TAIL     ",\"sig\":\"" DIGITS64 DIGITS64 "\"}}"
#define TOPIC    "v1/CMD/ess/SH001/CAB01/PCS"

static ess_err find(const char *text, ess_signature *out, const char **rule)
{
    ess_topic topic;
    ess_envelope envelope;
    ess_fault fault = {.rule = ""};

    assert_int_equal(ess_topic_parse(ESS_SLICE_LITERAL(TOPIC), &topic, NULL), ESS_OK);
    ess_slice payload = exact_copy(text, strlen(text));
    if (ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault) != ESS_OK)
        fail_msg("%s: %s %s", text, fault.rule, fault.what);
    ess_err err = ess_signature_find(payload, &envelope, out, &fault);
    assert_int_equal(err, ess_signature_find(payload, &envelope, out, NULL));
    *rule = fault.rule;
    if (err == ESS_OK) {
        assert_int_equal(out->signed_part.len, payload.len - 139);
        assert_ptr_equal(out->signed_part.ptr, payload.ptr);
        assert_memory_equal(out->kid.ptr, KID, ESS_KID_LEN);
        assert_int_equal(out->kid.len, ESS_KID_LEN);
    }
    free((void *)(uintptr_t)payload.ptr);
    return err;
}

static void a_signature_is_found_in_its_place(void **state)
{
    static const uint8_t bytes[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    ess_signature signature;
    const char *rule;

    (void)state;
    assert_int_equal(find(HEAD KID_PART TAIL, &signature, &rule), ESS_OK);
    for (size_t i = 0; i < ESS_SIGNATURE_BYTES; i++)
        assert_int_equal(signature.bytes[i], bytes[i % 8]);
    /* white space and other members before it do not matter: they are signed as they stand */
    assert_int_equal(
        find("{ \"t\":1,\n\"y\":{},\"d\":{ },\"x\":{\"exp\":2 ,\"z\":[1]" KID_PART TAIL, &signature,
             &rule),
        ESS_OK);
}

static void a_signature_elsewhere_is_none(void **state)
{
    static const struct {
        const char *text, *rule;
    } cases[] = {
        {"{\"t\":1,\"d\":{}}", "SIG-02"},
        {HEAD "}}", "SIG-02"},
        {HEAD KID_PART "}}", "SIG-02"},
        {HEAD TAIL, "SIG-02"},               /* no kid */
        {HEAD KID_PART TAIL "\n", "SIG-01"}, /* something behind it */
        {HEAD KID_PART TAIL " ", "SIG-01"},
        {HEAD KID_PART ",\"z\":1" TAIL, "SIG-02"}, /* something between */
        {HEAD KID_PART ", \"sig\":\"" DIGITS64 DIGITS64 "\"}}", "SIG-02"},
        {HEAD KID_PART ",\"sig\": \"" DIGITS64 DIGITS64 "\"}}", "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS64 "\" }}", "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS64 "\"} }", "SIG-01"},
        {HEAD KID_PART ",\"s\\u0069g\":\"" DIGITS64 DIGITS64 "\"}}", "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS64 "0\"}}", "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS16 DIGITS16 DIGITS16 "0123456789abcde\"}}",
         "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS16 DIGITS16 DIGITS16 "0123456789ABCDEF\"}}",
         "SIG-02"},
        {HEAD KID_PART ",\"sig\":\"" DIGITS64 DIGITS16 DIGITS16 DIGITS16 "0123456789abcdeg\"}}",
         "SIG-02"},
        {HEAD KID_PART ",\"sig\":null}}", "SIG-02"},
        {HEAD ",\"sig\":\"" DIGITS64 DIGITS64 "\",\"kid\":\"" KID "\"}}", "SIG-02"},
        {HEAD ",\"kid\":\"00112233445566FF\"" TAIL, "SIG-02"},
        {HEAD ",\"kid\":\"00112233445566f\"" TAIL, "SIG-02"},
        {HEAD ",\"kid\": \"" KID "\"" TAIL, "SIG-02"},
        {HEAD ",\"k\\u0069d\":\"" KID "\"" TAIL, "SIG-02"},
        /* in another object that ends the payload */
        {"{\"t\":1,\"x\":{\"exp\":2},\"d\":{\"op\":\"stop\"" KID_PART TAIL, "SIG-01"},
        {"{\"t\":1,\"d\":{\"op\":\"stop\"" KID_PART TAIL, "SIG-01"},
        {"{\"t\":1,\"x\":{\"exp\":2},\"d\":{},\"y\":{\"exp\":2" KID_PART TAIL, "SIG-01"},
        {HEAD ",\"a\":{\"b\":1" KID_PART TAIL "}", "SIG-02"}, /* deeper in x */
        {"{\"t\":1,\"d\":{},\"x\":{\"exp\":2" KID_PART ",\"sig\":\"" DIGITS64 DIGITS64
         "\"},\"y\":1}",
         "SIG-01"},
        /* in a string that only looks like it */
        {HEAD ",\"by\":\"op7,\\\"kid\\\":\\\"" KID "\\\",\\\"sig\\\":\\\"" DIGITS64 DIGITS64 "\"}}",
         "SIG-02"},
    };
    const char *rule;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_signature signature = {.kid = {NULL, 7}};
        if (find(cases[i].text, &signature, &rule) != ESS_E_NOT_FOUND)
            fail_msg("found in %s", cases[i].text);
        if (strcmp(rule, cases[i].rule) != 0)
            fail_msg("%s, not %s: %s", rule, cases[i].rule, cases[i].text);
        assert_int_equal(signature.kid.len, 7); /* untouched */
    }
}

static void no_byte_of_the_tail_may_differ(void **state)
{
    static const char whole[] = HEAD KID_PART TAIL;
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    char text[sizeof whole];

    (void)state;
    assert_int_equal(ess_topic_parse(ESS_SLICE_LITERAL(TOPIC), &topic, NULL), ESS_OK);
    for (size_t at = sizeof HEAD - 1; at < sizeof whole - 1; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            memcpy(text, whole, sizeof whole);
            text[at] = (char)byte;
            ess_slice payload = {text, sizeof whole - 1};
            bool is_digit = strchr("0123456789abcdef", (int)byte) != NULL && byte != 0;
            if (whole[at] == (char)byte ||
                ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL) != ESS_OK)
                continue;
            ess_err err = ess_signature_find(payload, &envelope, &signature, NULL);
            if (err == ESS_OK && !is_digit)
                fail_msg("byte %zu as %u is taken", at, byte);
        }
    }
}

static void a_signature_is_put_where_it_is_found(void **state)
{
    static const char open[] = HEAD KID_PART "}}";
    uint8_t bytes[ESS_SIGNATURE_BYTES];
    char room[512];
    size_t len = sizeof open - 1;
    ess_slice part;
    ess_signature signature;
    const char *rule;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    memcpy(room, open, len);
    assert_int_equal(ess_signature_open((ess_slice){room, len}, &part), ESS_OK);
    assert_int_equal(part.len, len - 2);
    for (size_t size = 0; size < len + 137; size++) {
        memset(room + len, GUARD, sizeof room - len);
        assert_int_equal(ess_signature_append(room, size, &len, bytes), ESS_E_NO_ROOM);
        assert_int_equal(room[len], GUARD);
        assert_memory_equal(room, open, len);
    }
    assert_int_equal(ess_signature_append(room, len + 137, &len, bytes), ESS_OK);
    assert_int_equal(len, sizeof open - 1 + 137);
    assert_int_equal(room[len], GUARD);
    room[len] = '\0';
    assert_int_equal(find(room, &signature, &rule), ESS_OK);
    assert_memory_equal(signature.bytes, bytes, sizeof bytes);
    /* once only */
    assert_int_equal(ess_signature_append(room, sizeof room, &len, bytes), ESS_E_STATE);
}

static void only_a_payload_with_a_kid_can_be_signed(void **state)
{
    static const char *const cases[] = {"",
                                        "}}",
                                        HEAD "}}",
                                        HEAD KID_PART,
                                        HEAD KID_PART "}",
                                        HEAD KID_PART "}]",
                                        HEAD KID_PART "} }",
                                        HEAD KID_PART ",\"z\":1}}",
                                        KID_PART "}}",
                                        HEAD ",\"kid\":\"00112233445566FF\"}}"};
    uint8_t bytes[ESS_SIGNATURE_BYTES] = {0};
    char room[512];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i]);
        ess_slice part, text = exact_copy(cases[i], len);
        assert_int_equal(ess_signature_open(text, &part), ESS_E_STATE);
        memcpy(room, cases[i], len);
        assert_int_equal(ess_signature_append(room, sizeof room, &len, bytes), ESS_E_STATE);
        assert_int_equal(len, strlen(cases[i]));
        free((void *)(uintptr_t)text.ptr);
    }
}

static void topic_and_payload_are_kept_apart(void **state)
{
    char room[16];
    size_t len = 0;

    (void)state;
    assert_int_equal(ess_signature_message(ESS_SLICE_LITERAL("ab"), ESS_SLICE_LITERAL("cde"), room,
                                           sizeof room, &len),
                     ESS_OK);
    assert_int_equal(len, 6);
    assert_memory_equal(room, "ab\0cde", 6);
    for (size_t size = 0; size < 6; size++) {
        memset(room, GUARD, sizeof room);
        assert_int_equal(ess_signature_message(ESS_SLICE_LITERAL("ab"), ESS_SLICE_LITERAL("cde"),
                                               room, size, &len),
                         ESS_E_NO_ROOM);
        assert_int_equal(room[0], GUARD);
    }
}

static void keys_have_one_text(void **state)
{
    static const char *const bad[] = {"",
                                      "ess-public:",
                                      DIGITS64,
                                      "ess-secret:" DIGITS64,
                                      "ess-public:" DIGITS64 "0",
                                      "ess-public:" DIGITS64 "\n",
                                      " ess-public:" DIGITS64,
                                      "ess-public:" DIGITS16 DIGITS16 DIGITS16 "0123456789abcdeF"};
    uint8_t key[ESS_KEY_BYTES];
    char text[ESS_KEY_TEXT_LEN + 1], kid[ESS_KID_LEN + 1];

    (void)state;
    assert_int_equal(ess_public_key_parse(ESS_SLICE_LITERAL("ess-public:" DIGITS64), key), ESS_OK);
    assert_int_equal(key[0], 0x01);
    assert_int_equal(key[31], 0xef);
    ess_public_key_print(key, text);
    assert_string_equal(text, "ess-public:" DIGITS64);
    ess_kid_print(key, kid);
    assert_string_equal(kid, DIGITS16);
    for (size_t i = 0; i < COUNT(bad); i++) {
        ess_slice copy = exact_copy(bad[i], strlen(bad[i]));
        assert_int_equal(ess_public_key_parse(copy, key), ESS_E_DATA);
        free((void *)(uintptr_t)copy.ptr);
    }
    assert_int_equal(key[0], 0x01); /* untouched */
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("0123"), key, 1), ESS_E_DATA);
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("0"), key, 1), ESS_E_DATA);
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("/:"), key, 1), ESS_E_DATA);
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("`g"), key, 1), ESS_E_DATA);
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("af"), key, 1), ESS_OK);
    assert_int_equal(key[0], 0xaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_found_in_its_place),
        cmocka_unit_test(a_signature_elsewhere_is_none),
        cmocka_unit_test(no_byte_of_the_tail_may_differ),
        cmocka_unit_test(a_signature_is_put_where_it_is_found),
        cmocka_unit_test(only_a_payload_with_a_kid_can_be_signed),
        cmocka_unit_test(topic_and_payload_are_kept_apart),
        cmocka_unit_test(keys_have_one_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The published signatures (spec/vectors/signed/signature.json): found, checked, refused by the
 * rule named. They were made by another implementation of Ed25519. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/json.h"
#include "store/sign.h"

enum { FILE_MAX = 200000, TEXT_MAX = 1024 };

typedef struct vector {
    char id[TEXT_MAX], topic[TEXT_MAX], payload[TEXT_MAX], key[TEXT_MAX], fault_rule[TEXT_MAX];
    size_t payload_len;
    bool accept;
} vector;

static char file_text[FILE_MAX], work[ESS_SIGNED_MAX];

static ess_json_token next(ess_json_reader *reader)
{
    ess_json_token token;
    assert_int_equal(ess_json_next(reader, &token), ESS_OK);
    return token;
}

static void take_member(ess_json_reader *reader, const ess_json_token *key, vector *v)
{
    const struct {
        const char *name;
        char *room;
    } texts[] = {{"id", v->id},
                 {"topic", v->topic},
                 {"payload", v->payload},
                 {"key", v->key},
                 {"fault_rule", v->fault_rule}};
    ess_json_token token = next(reader);
    size_t len = 0;
    if (ess_json_text_is(key, "accept"))
        v->accept = token.type == ESS_JSON_TRUE;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!ess_json_text_is(key, texts[i].name))
            continue;
        assert_int_equal(ess_json_unescape(&token, texts[i].room, TEXT_MAX - 1, &len), ESS_OK);
        texts[i].room[len] = '\0';
        if (texts[i].room == v->payload)
            v->payload_len = len;
    }
    assert_int_equal(ess_json_skip(reader, &token, NULL), ESS_OK);
}

/* NULL: the signature is right; else the rule it breaks. */
static const char *check(const vector *v, ess_slice payload)
{
    static ess_fault fault;
    uint8_t key[ESS_KEY_BYTES];
    char kid[ESS_KID_LEN + 1];
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    ess_slice topic_text = ess_slice_from(v->topic);
    if (ess_topic_parse(topic_text, &topic, &fault) != ESS_OK ||
        ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault) != ESS_OK)
        return fault.rule;
    if (store_public_key_parse(ess_slice_from(v->key), key) != ESS_OK)
        return "SIG-08";
    if (ess_signature_find(payload, &envelope, &signature, &fault) != ESS_OK)
        return fault.rule;
    ess_kid_print(key, kid);
    if (!ess_slice_is(signature.kid, kid) || !store_verify(key, topic_text, &signature, work))
        return "SIG-12";
    return NULL;
}

static void check_vector(const vector *v)
{
    char *copy = malloc(v->payload_len);
    assert_non_null(copy);
    memcpy(copy, v->payload, v->payload_len);
    const char *rule = check(v, (ess_slice){copy, v->payload_len});
    if (v->accept && rule != NULL)
        fail_msg("%s: refused by %s", v->id, rule);
    if (!v->accept && (rule == NULL || strcmp(rule, v->fault_rule) != 0))
        fail_msg("%s: %s, not %s", v->id, rule == NULL ? "taken" : rule, v->fault_rule);
    free(copy);
}

static void signature_vectors_are_taken_or_refused(void **state)
{
    static vector v;
    ess_json_reader reader;
    size_t count = 0;
    (void)state;
    FILE *file = fopen(ESS_SOURCE_DIR "/spec/vectors/signed/signature.json", "rb");
    assert_non_null(file);
    size_t len = fread(file_text, 1, sizeof file_text, file);
    (void)fclose(file);
    ess_json_reader_init(&reader, (ess_slice){file_text, len});
    assert_int_equal(next(&reader).type, ESS_JSON_ARRAY_BEGIN);
    while (next(&reader).type == ESS_JSON_OBJECT_BEGIN) {
        memset(&v, 0, sizeof v);
        for (ess_json_token key = next(&reader); key.type == ESS_JSON_KEY; key = next(&reader))
            take_member(&reader, &key, &v);
        check_vector(&v);
        count++;
    }
    assert_true(count >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signature_vectors_are_taken_or_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

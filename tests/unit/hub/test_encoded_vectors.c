/* The published encodings (spec/vectors/encoded/encoding.json): undone as the vector says and then
 * judged like any message, or refused by the rule named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "codec/try.h"
#include "ess/intake.h"
#include "ess-pack/pack.h"

enum { FILE_MAX = 200000, TEXT_MAX = 2048 };

typedef struct vector {
    char id[TEXT_MAX], topic[TEXT_MAX], fault_rule[TEXT_MAX], as[TEXT_MAX];
    char payload[ESS_MESSAGE_MAX];
    size_t as_len, payload_len;
    bool accept, has_as;
} vector;

static char file_text[FILE_MAX];

static ess_json_token next(ess_json_reader *reader)
{
    ess_json_token token;
    assert_int_equal(ess_json_next(reader, &token), ESS_OK);
    return token;
}

static size_t take_text(const ess_json_token *token, char *room)
{
    size_t len = 0;
    assert_int_equal(ess_json_unescape(token, room, TEXT_MAX - 1, &len), ESS_OK);
    room[len] = '\0';
    return len;
}

static size_t take_hex(const ess_json_token *token, char *room)
{
    assert_true(token->text.len / 2 <= ESS_MESSAGE_MAX);
    for (size_t i = 0; i < token->text.len / 2; i++) {
        const char digits[3] = {token->text.ptr[2 * i], token->text.ptr[2 * i + 1], '\0'};
        room[i] = (char)strtoul(digits, NULL, 16);
    }
    return token->text.len / 2;
}

/* [["text", times], ...] behind its bracket. */
static size_t take_parts(ess_json_reader *reader, char *room)
{
    char text[TEXT_MAX];
    size_t len = 0;
    while (next(reader).type == ESS_JSON_ARRAY_BEGIN) {
        ess_json_token token = next(reader);
        size_t one = take_text(&token, text);
        int64_t times = 0;
        token = next(reader);
        assert_int_equal(ess_json_integer(&token, &times), ESS_OK);
        for (int64_t i = 0; i < times; i++, len += one) {
            assert_true(len + one <= ESS_MESSAGE_MAX);
            memcpy(room + len, text, one);
        }
        assert_int_equal(next(reader).type, ESS_JSON_ARRAY_END);
    }
    return len;
}

static void take_member(ess_json_reader *reader, const ess_json_token *key, vector *v)
{
    ess_json_token token = next(reader);
    if (ess_json_text_is(key, "id"))
        (void)take_text(&token, v->id);
    else if (ess_json_text_is(key, "topic"))
        (void)take_text(&token, v->topic);
    else if (ess_json_text_is(key, "fault_rule"))
        (void)take_text(&token, v->fault_rule);
    else if (ess_json_text_is(key, "payload"))
        v->payload_len = take_text(&token, v->payload);
    else if (ess_json_text_is(key, "payload_hex"))
        v->payload_len = take_hex(&token, v->payload);
    else if (ess_json_text_is(key, "payload_parts"))
        v->payload_len = take_parts(reader, v->payload);
    else if (ess_json_text_is(key, "accept"))
        v->accept = token.type == ESS_JSON_TRUE;
    else if (ess_json_text_is(key, "as"))
        v->as_len = take_text(&token, v->as);
    else
        assert_int_equal(ess_json_skip(reader, &token, NULL), ESS_OK);
    v->has_as = v->has_as || ess_json_text_is(key, "as");
}

static bool take_vector(ess_json_reader *reader, vector *v)
{
    memset(v, 0, sizeof *v);
    if (next(reader).type != ESS_JSON_OBJECT_BEGIN)
        return false;
    for (ess_json_token key = next(reader); key.type == ESS_JSON_KEY; key = next(reader))
        take_member(reader, &key, v);
    return true;
}

static ess_err arrive(ess_pack *p, const vector *v, ess_slice payload, ess_fault *fault)
{
    ess_arrival arrival;
    ess_presence_word word;
    ess_slice json;
    TRY(ess_pack_decode(p, payload, &json, NULL, fault));
    if (v->has_as && !ess_slice_equal(json, (ess_slice){v->as, v->as_len}))
        fail_msg("%s: came out as %.*s", v->id, (int)json.len, json.ptr);
    TRY(ess_intake_check(ess_slice_from(v->topic), json, lent_readings(), &arrival, fault));
    if (arrival.topic.type == ESS_STATE)
        return ess_presence_parse(arrival.envelope.d, &word, fault);
    return ESS_OK;
}

static void check_vector(ess_pack *p, const vector *v)
{
    ess_fault fault = {.rule = "", .what = ""};
    char *exact = malloc(v->payload_len); /* so that a byte read too far is noticed */
    assert_non_null(exact);
    memcpy(exact, v->payload, v->payload_len);
    ess_err err = arrive(p, v, (ess_slice){exact, v->payload_len}, &fault);
    free(exact);
    if (v->accept && err != ESS_OK)
        fail_msg("%s: refused by %s, %s", v->id, fault.rule, fault.what);
    if (!v->accept && err == ESS_OK)
        fail_msg("%s: taken", v->id);
    if (!v->accept && strcmp(fault.rule, v->fault_rule) != 0)
        fail_msg("%s: refused by %s (%s), not by %s", v->id, fault.rule, fault.what,
                 v->fault_rule);
}

static void encoding_vectors_are_taken_or_refused(void **state)
{
    static vector v;
    ess_json_reader reader;
    size_t count = 0;
    ess_pack *p = ess_pack_new();
    FILE *file = fopen(ESS_SOURCE_DIR "/spec/vectors/encoded/encoding.json", "rb");
    (void)state;
    assert_non_null(file);
    assert_non_null(p);
    size_t len = fread(file_text, 1, sizeof file_text, file);
    (void)fclose(file);
    assert_true(len > 0 && len < sizeof file_text);
    ess_json_reader_init(&reader, (ess_slice){file_text, len});
    assert_int_equal(next(&reader).type, ESS_JSON_ARRAY_BEGIN);
    for (; take_vector(&reader, &v); count++)
        check_vector(p, &v);
    assert_int_equal(next(&reader).type, ESS_JSON_END);
    assert_true(count > 80);
    ess_pack_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_vectors_are_taken_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The published examples (spec/vectors/) against the code: each is taken or refused as it says,
 * by the rule it names, and what is taken is read as it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "../../lib/vector.h"

#define TEXT_MAX 1024

typedef struct vector {
    char id[TEXT_MAX], rule[TEXT_MAX], to[TEXT_MAX], fault_rule[TEXT_MAX];
    char topic[TEXT_MAX], object[TEXT_MAX], n[TEXT_MAX];
    size_t topic_len, payload_len;
    char payload[ESS_MESSAGE_MAX + TEXT_MAX];
    bool has_payload, accept, sender, has_object;
    int64_t ts_utc_ms, quality; /* -1: not said */
} vector;

/* ---- reading a file of vectors */

static ess_json_token next(ess_json_reader *reader)
{
    ess_json_token token;
    if (ess_json_next(reader, &token) != ESS_OK)
        fail_msg("at byte %u: %s", reader->fault.offset, reader->fault.what);
    return token;
}

static size_t take_text(const ess_json_token *token, char *room, size_t room_size)
{
    size_t len;
    assert_int_equal(token->type, ESS_JSON_STRING);
    assert_int_equal(ess_json_unescape(token, room, room_size - 1, &len), ESS_OK);
    room[len] = '\0';
    return len;
}

static size_t take_hex(const ess_json_token *token, char *room, size_t room_size)
{
    assert_true(token->type == ESS_JSON_STRING && token->text.len / 2 < room_size);
    for (size_t i = 0; i < token->text.len / 2; i++) {
        unsigned byte = 0;
        for (size_t k = 2 * i; k < 2 * i + 2; k++) {
            const char *digits = "0123456789abcdef";
            const char *at = memchr(digits, token->text.ptr[k], 16);
            assert_non_null(at);
            byte = byte << 4 | (unsigned)(at - digits);
        }
        room[i] = (char)byte;
    }
    return token->text.len / 2;
}

/* [["text", how often], ...] behind its bracket. */
static void take_parts(ess_json_reader *reader, vector *v)
{
    char text[TEXT_MAX];
    while (next(reader).type == ESS_JSON_ARRAY_BEGIN) {
        int64_t times;
        ess_json_token token = next(reader);
        size_t len = take_text(&token, text, sizeof text);
        token = next(reader);
        assert_int_equal(ess_json_integer(&token, &times), ESS_OK);
        assert_true(v->payload_len + len * (size_t)times <= sizeof v->payload);
        for (int64_t i = 0; i < times; i++) {
            memcpy(v->payload + v->payload_len, text, len);
            v->payload_len += len;
        }
        assert_int_equal(next(reader).type, ESS_JSON_ARRAY_END);
    }
}

static void take_payload(ess_json_reader *reader, const ess_json_token *key, vector *v)
{
    ess_json_token token = next(reader);
    v->has_payload = true;
    if (ess_json_text_is(key, "payload_parts"))
        take_parts(reader, v);
    else if (ess_json_text_is(key, "payload_hex"))
        v->payload_len = take_hex(&token, v->payload, sizeof v->payload);
    else
        v->payload_len = take_text(&token, v->payload, sizeof v->payload);
}

/* True when the member is one of the texts. */
static bool take_named_text(ess_json_reader *reader, const ess_json_token *key, vector *v)
{
    const struct {
        const char *name;
        char *room;
    } texts[] = {{"id", v->id},       {"rule", v->rule},     {"to", v->to},
                 {"topic", v->topic}, {"object", v->object}, {"fault_rule", v->fault_rule},
                 {"n", v->n}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!ess_json_text_is(key, texts[i].name))
            continue;
        ess_json_token token = next(reader);
        size_t len = take_text(&token, texts[i].room, TEXT_MAX);
        if (texts[i].room == v->topic)
            v->topic_len = len;
        v->has_object = v->has_object || texts[i].room == v->object;
        return true;
    }
    return false;
}

static void take_member(ess_json_reader *reader, const ess_json_token *key, vector *v)
{
    if (take_named_text(reader, key, v))
        return;
    if (ess_json_text_is(key, "payload") || ess_json_text_is(key, "payload_hex") ||
        ess_json_text_is(key, "payload_parts")) {
        take_payload(reader, key, v);
        return;
    }
    ess_json_token token = next(reader);
    if (ess_json_text_is(key, "topic_hex"))
        v->topic_len = take_hex(&token, v->topic, sizeof v->topic);
    else if (ess_json_text_is(key, "accept"))
        v->accept = token.type == ESS_JSON_TRUE;
    else if (ess_json_text_is(key, "sender"))
        v->sender = token.type == ESS_JSON_TRUE;
    else if (ess_json_text_is(key, "ts"))
        assert_int_equal(ess_json_integer(&token, &v->ts_utc_ms), ESS_OK);
    else if (ess_json_text_is(key, "q"))
        assert_int_equal(ess_json_integer(&token, &v->quality), ESS_OK);
    else if (ess_json_text_is(key, "why"))
        assert_int_equal(ess_json_skip(reader, &token, NULL), ESS_OK);
    else
        fail_msg("%s: unknown member %.*s", v->id, (int)key->text.len, key->text.ptr);
}

/* False: no further vector. */
static bool take_vector(ess_json_reader *reader, vector *v)
{
    memset(v, 0, sizeof *v);
    v->ts_utc_ms = -1;
    v->quality = -1;
    if (next(reader).type != ESS_JSON_OBJECT_BEGIN)
        return false;
    for (;;) {
        ess_json_token token = next(reader);
        if (token.type == ESS_JSON_OBJECT_END)
            return true;
        take_member(reader, &token, v);
    }
}

/* ---- a vector against the code */

/* A copy of exactly the text's size, so that a byte read too far is noticed. */
static ess_slice exact(const char *text, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return (ess_slice){copy, len};
}

static void let_go(ess_slice copy)
{
    free((void *)(uintptr_t)copy.ptr);
}

static void check_vector(const vector *v)
{
    vector_case one = {.topic = exact(v->topic, v->topic_len),
                       .payload = exact(v->payload, v->payload_len),
                       .has_payload = v->has_payload,
                       .to_device = strcmp(v->to, "device") == 0,
                       .accept = v->accept,
                       .is_sender = v->sender,
                       .fault_rule = v->fault_rule,
                       .object = v->has_object ? v->object : NULL,
                       .n = v->n[0] != '\0' ? v->n : NULL,
                       .ts_utc_ms = v->ts_utc_ms,
                       .quality = v->quality};
    vector_run run = {.read = lent_readings()};
    const char *differs = vector_judge(&one, &run);
    if (differs[0] != '\0')
        fail_msg("%s: %s; rule %s, %s", v->id, differs, run.fault.rule, run.fault.what);
    let_go(one.topic);
    let_go(one.payload);
}

/* ---- files */

static char *read_file(const char *name, size_t *len)
{
    char path[1024];
    long size;
    (void)snprintf(path, sizeof path, "%s/spec/vectors/%s.json", ESS_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = malloc((size_t)size);
    assert_non_null(text);
    *len = fread(text, 1, (size_t)size, file);
    (void)fclose(file);
    assert_int_equal(*len, size);
    return text;
}

static void check_file(void **state)
{
    static vector v;
    ess_json_reader reader;
    size_t len, count = 0;
    char *text = read_file(*state, &len);
    ess_json_reader_init(&reader, (ess_slice){text, len});
    assert_int_equal(next(&reader).type, ESS_JSON_ARRAY_BEGIN);
    while (take_vector(&reader, &v)) {
        check_vector(&v);
        count++;
    }
    assert_int_equal(next(&reader).type, ESS_JSON_END);
    assert_true(count > 0);
    free(text);
}

int main(void)
{
    static char topic[] = "topic", envelope[] = "envelope", data[] = "data";
    static char delivery[] = "delivery", presence[] = "presence", command[] = "command";
    static char model[] = "model", alarm[] = "alarm";
    const struct CMUnitTest tests[] = {
        {"topic_vectors_are_taken_or_refused", check_file, NULL, NULL, topic},
        {"envelope_vectors_are_taken_or_refused", check_file, NULL, NULL, envelope},
        {"data_vectors_are_taken_or_refused", check_file, NULL, NULL, data},
        {"delivery_vectors_are_taken_or_refused", check_file, NULL, NULL, delivery},
        {"presence_vectors_are_taken_or_refused", check_file, NULL, NULL, presence},
        {"command_vectors_are_taken_or_refused", check_file, NULL, NULL, command},
        {"model_vectors_are_taken_or_refused", check_file, NULL, NULL, model},
        {"alarm_vectors_are_taken_or_refused", check_file, NULL, NULL, alarm},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

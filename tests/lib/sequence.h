/* The published sequences (spec/vectors/sequences/): files of steps, cut into raw JSON texts that
 * the runners read member by member. A test that runs them fails with the sequence and the step. */
#ifndef ESS_TESTS_SEQUENCE_H
#define ESS_TESTS_SEQUENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ess/json.h"

typedef struct sequence {
    char id[64];
    ess_slice given, steps; /* raw JSON; given may be empty */
} sequence;

typedef struct sequence_step {
    const char *id; /* of the sequence */
    int number;     /* from 1 */
    int64_t at_ms;  /* since the sequence began */
    char verb[16];
    ess_slice value; /* raw JSON */
} sequence_step;

/* ---- raw JSON */

static inline ess_json_token sequence_token(ess_json_reader *reader)
{
    ess_json_token token;
    if (ess_json_next(reader, &token) != ESS_OK)
        fail_msg("at byte %u: %s", reader->fault.offset, reader->fault.what);
    return token;
}

static inline void sequence_open(ess_json_reader *reader, ess_slice raw, ess_json_type type)
{
    ess_json_reader_init(reader, raw);
    assert_int_equal(sequence_token(reader).type, type);
}

/* The next member of the object, or the next element of the array, that the reader stands in; key
 * is ignored where NULL. False at the end. */
static inline bool sequence_next(ess_json_reader *reader, ess_json_token *key, ess_slice *raw)
{
    ess_json_token token = sequence_token(reader);
    if (token.type == ESS_JSON_OBJECT_END || token.type == ESS_JSON_ARRAY_END)
        return false;
    if (token.type == ESS_JSON_KEY) {
        *key = token;
        token = sequence_token(reader);
    }
    assert_int_equal(ess_json_skip(reader, &token, raw), ESS_OK);
    return true;
}

/* False: the object has no such member, and *raw is as it was. */
static inline bool sequence_has(ess_slice object, const char *name, ess_slice *raw)
{
    ess_json_reader reader;
    ess_json_token key;
    ess_slice value;
    if (object.len == 0)
        return false;
    sequence_open(&reader, object, ESS_JSON_OBJECT_BEGIN);
    while (sequence_next(&reader, &key, &value)) {
        if (!ess_json_text_is(&key, name))
            continue;
        *raw = value;
        return true;
    }
    return false;
}

static inline int64_t sequence_int(ess_slice raw)
{
    ess_json_reader reader;
    int64_t value = 0;
    ess_json_reader_init(&reader, raw);
    ess_json_token token = sequence_token(&reader);
    assert_int_equal(ess_json_integer(&token, &value), ESS_OK);
    return value;
}

static inline int64_t sequence_int_of(ess_slice object, const char *name, int64_t absent)
{
    ess_slice raw;
    return sequence_has(object, name, &raw) ? sequence_int(raw) : absent;
}

static inline bool sequence_is_true(ess_slice raw)
{
    return raw.len == 4 && memcmp(raw.ptr, "true", 4) == 0;
}

static inline size_t sequence_text(ess_slice raw, char *room, size_t room_size)
{
    ess_json_reader reader;
    size_t len = 0;
    ess_json_reader_init(&reader, raw);
    ess_json_token token = sequence_token(&reader);
    assert_int_equal(token.type, ESS_JSON_STRING);
    assert_int_equal(ess_json_unescape(&token, room, room_size - 1, &len), ESS_OK);
    room[len] = '\0';
    return len;
}

/* "" where it is not there. */
static inline size_t sequence_text_of(ess_slice object, const char *name, char *room,
                                      size_t room_size)
{
    ess_slice raw;
    room[0] = '\0';
    return sequence_has(object, name, &raw) ? sequence_text(raw, room, room_size) : 0;
}

/* ---- steps */

#define SEQUENCE_FAIL(step, ...)                                                                   \
    do {                                                                                           \
        char said_[512];                                                                           \
        (void)snprintf(said_, sizeof said_, __VA_ARGS__);                                          \
        fail_msg("%s, step %d: %s", (step)->id, (step)->number, said_);                            \
    } while (0)

/* One verb a step, and at. */
static inline void sequence_read_step(ess_slice raw, sequence_step *step)
{
    ess_json_reader reader;
    ess_json_token key;
    ess_slice value;
    step->verb[0] = '\0';
    sequence_open(&reader, raw, ESS_JSON_OBJECT_BEGIN);
    while (sequence_next(&reader, &key, &value)) {
        if (ess_json_text_is(&key, "at")) {
            int64_t at_ms = sequence_int(value);
            if (at_ms < step->at_ms)
                SEQUENCE_FAIL(step, "time goes back");
            step->at_ms = at_ms;
            continue;
        }
        if (step->verb[0] != '\0')
            SEQUENCE_FAIL(step, "two verbs");
        assert_int_equal(ess_slice_copy(key.text, step->verb, sizeof step->verb), ESS_OK);
        step->value = value;
    }
}

/* Calls act for each step. */
static inline void sequence_run(const sequence *of, void (*act)(void *context, sequence_step *step),
                                void *context)
{
    ess_json_reader reader;
    ess_slice raw;
    sequence_step step = {.id = of->id};
    sequence_open(&reader, of->steps, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        step.number++;
        sequence_read_step(raw, &step);
        act(context, &step);
    }
    if (step.number == 0)
        fail_msg("%s: no steps", of->id);
}

/* ---- files */

static inline char *sequence_read_file(const char *name, size_t *len)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/spec/vectors/sequences/%s.json", ESS_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = malloc((size_t)size);
    assert_non_null(text);
    *len = fread(text, 1, (size_t)size, file);
    (void)fclose(file);
    assert_int_equal(*len, size);
    return text;
}

static inline void sequence_each(const char *file, void (*run)(const sequence *of))
{
    ess_json_reader reader;
    ess_slice raw;
    size_t len, count = 0;
    char *text = sequence_read_file(file, &len);
    sequence_open(&reader, (ess_slice){text, len}, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        sequence of = {.given = {NULL, 0}};
        (void)sequence_text_of(raw, "id", of.id, sizeof of.id);
        if (!sequence_has(raw, "given", &of.given))
            of.given = (ess_slice){NULL, 0};
        if (!sequence_has(raw, "steps", &of.steps))
            fail_msg("%s: no steps", of.id);
        run(&of);
        count++;
    }
    assert_true(count > 0);
    free(text);
}

#endif

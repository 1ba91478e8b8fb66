/* Any bytes through the JSON reader. What is accepted must be read the same when skipped over,
 * written again and read again. */
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "ess/json.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char room[1 << 20];
static char text[1 << 20];

static void write_string(ess_json_writer *writer, const ess_json_token *token)
{
    size_t len = 0;

    EXPECT(ess_json_unescape(token, text, sizeof text, &len) == ESS_OK);
    EXPECT(len <= token->text.len);
    if (token->type == ESS_JSON_KEY)
        ess_json_key_text(writer, (ess_slice){text, len});
    else
        ess_json_text(writer, (ess_slice){text, len});
}

static void write_number(ess_json_writer *writer, const ess_json_token *token)
{
    char digits[ESS_DECIMAL_PRINT_MAX];
    ess_decimal value;
    ess_decimal back;
    int64_t whole;
    ess_err err = ess_decimal_parse(token->text, &value);

    if (err != ESS_OK) {
        EXPECT(err == ESS_E_NUMBER);
        ess_json_raw(writer, token->text);
        return;
    }
    size_t len = ess_decimal_print(value, digits);
    EXPECT(ess_decimal_parse((ess_slice){digits, len}, &back) == ESS_OK);
    EXPECT(back.mantissa == value.mantissa && back.scale == value.scale);
    EXPECT((ess_json_integer(token, &whole) == ESS_OK) == (value.scale == 0));
    ess_json_decimal(writer, value);
}

static void write_token(ess_json_writer *writer, const ess_json_token *token)
{
    switch (token->type) {
    case ESS_JSON_OBJECT_BEGIN:
        ess_json_object_begin(writer);
        break;
    case ESS_JSON_OBJECT_END:
        ess_json_object_end(writer);
        break;
    case ESS_JSON_ARRAY_BEGIN:
        ess_json_array_begin(writer);
        break;
    case ESS_JSON_ARRAY_END:
        ess_json_array_end(writer);
        break;
    case ESS_JSON_KEY:
    case ESS_JSON_STRING:
        write_string(writer, token);
        break;
    case ESS_JSON_NUMBER:
        write_number(writer, token);
        break;
    case ESS_JSON_NULL:
        ess_json_null(writer);
        break;
    case ESS_JSON_TRUE:
    case ESS_JSON_FALSE:
        ess_json_bool(writer, token->type == ESS_JSON_TRUE);
        break;
    case ESS_JSON_END:
        break;
    }
}

/* Reads input and writes it to room. Returns the error, the length in *len. */
static ess_err rewrite(ess_slice input, size_t *len)
{
    ess_json_reader reader;
    ess_json_writer writer;
    ess_json_token token = {.type = ESS_JSON_NULL};

    ess_json_reader_init(&reader, input);
    ess_json_writer_init(&writer, room, sizeof room);
    while (token.type != ESS_JSON_END) {
        ess_err err = ess_json_next(&reader, &token);
        if (err != ESS_OK) {
            EXPECT(reader.fault.err == err && reader.fault.offset <= input.len);
            EXPECT(ess_json_next(&reader, &token) == err);
            return err;
        }
        EXPECT(token.offset <= input.len);
        EXPECT(token.text.ptr >= input.ptr || token.text.len == 0);
        write_token(&writer, &token);
    }
    EXPECT(ess_json_finish(&writer, len) == ESS_OK);
    return ESS_OK;
}

/* Skipping must come to the same judgement as reading token by token. */
static ess_err skip_all(ess_slice input)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_slice raw;

    ess_json_reader_init(&reader, input);
    TRY(ess_json_next(&reader, &token));
    TRY(ess_json_skip(&reader, &token, &raw));
    EXPECT(raw.ptr >= input.ptr && raw.len <= input.len);
    return ess_json_next(&reader, &token);
}

/* With levels lent for any depth the judgement is the same, but for depth itself. */
static void judge_deep(ess_slice input, ess_err err)
{
    static uint64_t levels[sizeof room / 64];
    ess_json_reader reader;
    ess_json_token token = {.type = ESS_JSON_NULL};
    ess_err deep = ESS_OK;

    ess_json_reader_init_deep(&reader, input, levels, (uint32_t)(input.len / 64));
    while (deep == ESS_OK && token.type != ESS_JSON_END)
        deep = ess_json_next(&reader, &token);
    EXPECT(deep != ESS_E_JSON_DEPTH && (deep == err || err == ESS_E_JSON_DEPTH));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char copy[sizeof room];
    ess_slice input = {(const char *)data, size};
    size_t len = 0;
    size_t again = 0;

    if (size > sizeof room / 8)
        return 0;
    ess_err err = rewrite(input, &len);
    EXPECT(skip_all(input) == err);
    judge_deep(input, err);
    if (err != ESS_OK)
        return 0;
    memcpy(copy, room, len);
    EXPECT(rewrite((ess_slice){copy, len}, &again) == ESS_OK);
    EXPECT(again == len && memcmp(room, copy, len) == 0);
    return 0;
}

/* JSON writer into the caller's room. Two bits of state do the punctuation: whether this level
 * has had a value, and whether a name is waiting for its own.
 */
#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"
#include "ess/double.h"
#include "ess/json.h"

static void put(ess_json_writer *writer, const char *text, size_t len)
{
    if (writer->err != ESS_OK)
        return;
    if (len > writer->size - writer->len) {
        writer->err = ESS_E_NO_ROOM;
        return;
    }
    if (len > 0)
        memcpy(writer->room + writer->len, text, len);
    writer->len += len;
}

static void fail(ess_json_writer *writer, ess_err err)
{
    if (writer->err == ESS_OK)
        writer->err = err;
}

/* The comma that a value or a name needs before it. */
static void put_comma(ess_json_writer *writer)
{
    uint64_t bit = UINT64_C(1) << writer->depth;

    if ((writer->comma & bit) != 0) {
        if (writer->depth == 0)
            fail(writer, ESS_E_STATE); /* a text is one value */
        put(writer, ",", 1);
    }
    writer->comma |= bit;
}

static void put_value(ess_json_writer *writer, const char *text, size_t len)
{
    if (!writer->after_key)
        put_comma(writer);
    writer->after_key = false;
    put(writer, text, len);
}

void ess_json_writer_init(ess_json_writer *writer, char *room, size_t room_size)
{
    *writer = (ess_json_writer){.room = room, .size = room_size};
}

static void open_container(ess_json_writer *writer, const char *bracket)
{
    put_value(writer, bracket, 1);
    if (writer->depth == ESS_JSON_DEPTH_MAX) {
        fail(writer, ESS_E_JSON_DEPTH);
        return;
    }
    writer->depth++;
    writer->comma &= ~(UINT64_C(1) << writer->depth);
}

static void close_container(ess_json_writer *writer, const char *bracket)
{
    if (writer->depth == 0 || writer->after_key) {
        fail(writer, ESS_E_STATE);
        return;
    }
    writer->depth--;
    put(writer, bracket, 1);
}

void ess_json_object_begin(ess_json_writer *writer)
{
    open_container(writer, "{");
}

void ess_json_object_end(ess_json_writer *writer)
{
    close_container(writer, "}");
}

void ess_json_array_begin(ess_json_writer *writer)
{
    open_container(writer, "[");
}

void ess_json_array_end(ess_json_writer *writer)
{
    close_container(writer, "]");
}

/* Length of the run at text that needs no escape; 0 and *bad for what is not UTF-8. */
static size_t plain_run(const char *text, const char *end, bool *bad)
{
    const char *at = text;

    while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') {
        size_t step = (unsigned char)*at < 0x80 ? 1 : ess_utf8_step(at, end);
        *bad = step == 0;
        if (*bad)
            return 0;
        at += step;
    }
    return (size_t)(at - text);
}

static void put_escape(ess_json_writer *writer, char c)
{
    static const char meanings[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    static const char hex[] = "0123456789abcdef";
    int found = ess_index_of(meanings, c);
    char text[6] = {'\\', 'u', '0', '0', 0, 0};

    if (found >= 0) {
        text[1] = names[found];
        put(writer, text, 2);
        return;
    }
    text[4] = hex[(unsigned char)c >> 4];
    text[5] = hex[(unsigned char)c & 0xFU];
    put(writer, text, sizeof text);
}

static void put_string(ess_json_writer *writer, ess_slice text)
{
    const char *at = text.ptr;
    const char *end = text.len == 0 ? at : at + text.len;
    bool bad = false;

    put(writer, "\"", 1);
    while (at != end && writer->err == ESS_OK) {
        size_t run = plain_run(at, end, &bad);
        if (bad)
            fail(writer, ESS_E_UTF8);
        put(writer, at, run);
        at += run;
        if (at < end && !bad)
            put_escape(writer, *at++);
    }
    put(writer, "\"", 1);
}

static void begin_key(ess_json_writer *writer)
{
    if (writer->depth == 0 || writer->after_key)
        fail(writer, ESS_E_STATE);
    put_comma(writer);
    writer->after_key = true;
}

static void put_plain(ess_json_writer *writer, const char *name, size_t len)
{
    put(writer, "\"", 1);
    put(writer, name, len);
    put(writer, "\":", 2);
}

void ess_json_key(ess_json_writer *writer, const char *name)
{
    size_t len = strlen(name);
    uint64_t bit = UINT64_C(1) << writer->depth;

    if (writer->err != ESS_OK || writer->depth == 0 || writer->after_key ||
        writer->size - writer->len < len + 4) {
        begin_key(writer);
        put_plain(writer, name, len);
        return;
    }
    /* All of it fits: comma, name and colon in one go. */
    char *at = writer->room + writer->len;
    *at = ',';
    at += (writer->comma & bit) != 0;
    at[0] = '"';
    memcpy(at + 1, name, len);
    at[len + 1] = '"';
    at[len + 2] = ':';
    writer->len = (size_t)(at - writer->room) + len + 3;
    writer->comma |= bit;
    writer->after_key = true;
}

void ess_json_key_text(ess_json_writer *writer, ess_slice name)
{
    begin_key(writer);
    put_string(writer, name);
    put(writer, ":", 1);
}

void ess_json_text(ess_json_writer *writer, ess_slice text)
{
    put_value(writer, "", 0);
    put_string(writer, text);
}

void ess_json_decimal(ess_json_writer *writer, ess_decimal value)
{
    char text[ESS_DECIMAL_PRINT_MAX];

    if (!writer->after_key)
        put_comma(writer);
    writer->after_key = false;
    /* Printed in place where it cannot fail to fit. */
    if (writer->err == ESS_OK && writer->size - writer->len >= ESS_DECIMAL_PRINT_MAX)
        writer->len += ess_decimal_print(value, writer->room + writer->len);
    else
        put(writer, text, ess_decimal_print(value, text));
}

/* [ENV-07] Beyond 2^53 as a text: many readers keep numbers as doubles. */
static void put_whole(ess_json_writer *writer, uint64_t magnitude, bool negative)
{
    bool quoted = magnitude > UINT64_C(1) << 53;
    char text[23] = "\"-";
    char *digits = text + 1 + negative;
    size_t len = ess_digits_print(magnitude, digits) + negative;

    text[len + 1] = '"';
    put_value(writer, quoted ? text : text + 1, quoted ? len + 2 : len);
}

void ess_json_int(ess_json_writer *writer, int64_t value)
{
    put_whole(writer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void ess_json_uint(ess_json_writer *writer, uint64_t value)
{
    put_whole(writer, value, false);
}

void ess_json_double(ess_json_writer *writer, double value)
{
    char text[ESS_DOUBLE_PRINT_MAX];
    size_t len = ess_double_print(value, text);

    if (len == 0)
        fail(writer, ESS_E_NUMBER);
    put_value(writer, text, len);
}

void ess_json_bool(ess_json_writer *writer, bool value)
{
    put_value(writer, value ? "true" : "false", value ? 4 : 5);
}

void ess_json_null(ess_json_writer *writer)
{
    put_value(writer, "null", 4);
}

void ess_json_raw(ess_json_writer *writer, ess_slice value)
{
    put_value(writer, value.ptr, value.len);
}

ess_err ess_json_finish(const ess_json_writer *writer, size_t *len)
{
    TRY(writer->err);
    if (writer->depth != 0 || writer->after_key || (writer->comma & 1U) == 0)
        return ESS_E_STATE; /* the value is not whole */
    *len = writer->len;
    return ESS_OK;
}

/* JSON writer into the caller's room. Two bits of state do the punctuation: whether this level
 * has had a value, and whether a name is waiting for its own.
 */
#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"
#include "ess/double.h"
#include "ess/json.h"
#include "ess/shape.h"

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
    if ((writer->comma & 1U) != 0) {
        if (writer->depth == 0)
            fail(writer, ESS_E_STATE); /* a text is one value */
        put(writer, ",", 1);
    }
    writer->comma |= 1;
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
    writer->comma <<= 1;
}

static void close_container(ess_json_writer *writer, const char *bracket)
{
    if (writer->depth == 0 || writer->after_key) {
        fail(writer, ESS_E_STATE);
        return;
    }
    writer->depth--;
    writer->comma >>= 1;
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
    const char *at = ess_plain_end(text, end);

    while (at < end && (unsigned char)*at >= 0x80) {
        size_t step = ess_utf8_step(at, end);
        *bad = step == 0;
        if (*bad)
            return 0;
        at = ess_plain_end(at + step, end);
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

void ess_json_key(ess_json_writer *writer, const char *name)
{
    begin_key(writer);
    put(writer, "\"", 1);
    put(writer, name, strlen(name));
    put(writer, "\":", 2);
}

void ess_shape_key_write(const ess_shape *shape, uint16_t index, ess_json_writer *writer)
{
    const ess_shape_key *key = &shape->keys[index];

    if (writer->err != ESS_OK || writer->depth == 0 || writer->after_key ||
        writer->size - writer->len <= sizeof key->text) {
        begin_key(writer);
        put(writer, key->text, key->text_len);
        return;
    }
    /* Sure to fit, comma included. */
    char *at = writer->room + writer->len;
    *at = ',';
    at += writer->comma & 1U;
    writer->comma |= 1;
    writer->after_key = true;
    memcpy(at, key->text, sizeof key->text); /* a size that is known costs less */
    writer->len = (size_t)(at - writer->room) + key->text_len;
}

void ess_json_key_text(ess_json_writer *writer, ess_slice name)
{
    begin_key(writer);
    put_string(writer, name);
    put(writer, ":", 1);
}

void ess_json_head(ess_json_writer *writer, const ess_slice *pieces, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += pieces[i].len;
    if (len > writer->size - writer->len)
        fail(writer, ESS_E_NO_ROOM);
    if (writer->err != ESS_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > 0)
            memcpy(writer->room + writer->len, pieces[i].ptr, pieces[i].len);
        writer->len += pieces[i].len;
    }
    writer->comma |= 1;
    writer->after_key = true;
}

void ess_json_text(ess_json_writer *writer, ess_slice text)
{
    put_value(writer, "", 0);
    put_string(writer, text);
}

void ess_json_decimal(ess_json_writer *writer, ess_decimal value)
{
    char text[ESS_DECIMAL_PRINT_MAX];

    /* Printed in place where it cannot fail to fit. */
    if (writer->after_key && writer->err == ESS_OK &&
        writer->size - writer->len >= ESS_DECIMAL_PRINT_MAX) {
        writer->after_key = false;
        writer->len += ess_decimal_print(value, writer->room + writer->len);
    } else {
        put_value(writer, text, ess_decimal_print(value, text));
    }
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

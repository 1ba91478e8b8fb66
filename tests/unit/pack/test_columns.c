/* Rows that were made columns come back as the same rows: the same numbers, digit for digit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ess-pack/pack.h"
#include "ess/json.h"

#define HEAD "{\"t\":1763827200000,\"code\":\"0000002a9f3c01d7-1\",\"d\":"
enum { ROWS_MAX = 64, NAMES = 30, OBJECTS = 4, ROUNDS = 400 };

static ess_pack_row rows[ROWS_MAX];
static char values[ROWS_MAX][2048];
static char message[ESS_MESSAGE_MAX];
static uint64_t chance;

static uint32_t draw(uint32_t below)
{
    chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(chance >> 33) % below;
}

/* Of every size and sign, the outermost ones included. */
static ess_decimal draw_number(void)
{
    static const int64_t corners[] = {0, 1, -1, 9, -10, 4611686018427387904, -4611686018427387904};
    int64_t mantissa;
    if (draw(40) == 0)
        return ess_decimal_make(corners[draw(7)], 0);
    mantissa = (int64_t)draw(2000) * (draw(3) == 0 ? (int64_t)draw(1000000) : 1);
    return ess_decimal_make(draw(2) == 0 ? mantissa : -mantissa, (uint8_t)draw(5));
}

static void put_array(ess_json_writer *out)
{
    uint32_t count = draw(4) == 0 ? draw(6) : 5;
    ess_json_array_begin(out);
    for (uint32_t i = 0; i < count; i++) {
        if (draw(8) == 0)
            ess_json_null(out);
        else
            ess_json_decimal(out, ess_decimal_make((int64_t)draw(4000) - 2000, (uint8_t)draw(2)));
    }
    ess_json_array_end(out);
}

static void put_value(ess_json_writer *out, uint32_t name)
{
    uint32_t kind = name % 5 == 0 ? 20 : draw(20);
    if (kind == 0)
        ess_json_null(out);
    else if (kind == 1)
        ess_json_bool(out, draw(2) == 0);
    else if (kind == 2)
        ess_json_text(out, ESS_SLICE_LITERAL("\xE7\x94\xB5\xE6\xB1\xA0 \"x\""));
    else if (kind == 3)
        ess_json_raw(out, ESS_SLICE_LITERAL("{\"v\":1.5,\"q\":2,\"ts\":1763827200000}"));
    else if (kind == 20)
        put_array(out);
    else
        ess_json_decimal(out, draw_number());
}

static void make_row(size_t at)
{
    static const char *const paths[OBJECTS] = {"", "CAB01", "CAB01/BMS", "CAB01/BMS/C1"};
    ess_json_writer out;
    size_t len;
    uint32_t density = 1 + draw(10);
    ess_json_writer_init(&out, values[at], sizeof values[at]);
    ess_json_object_begin(&out);
    for (uint32_t i = 0; i < NAMES; i++) {
        char name[8];
        if (draw(density) != 0)
            continue;
        (void)snprintf(name, sizeof name, "p%u", (unsigned)(draw(20) == 0 ? NAMES + i : i));
        ess_json_key(&out, name);
        put_value(&out, i);
    }
    ess_json_object_end(&out);
    assert_int_equal(ess_json_finish(&out, &len), ESS_OK);
    rows[at] = (ess_pack_row){.n = 1 + at * 4 + draw(4) + (at == 3 ? 9007199254740993 : 0),
                              .ts_utc_ms = 1763827200000 + (int64_t)draw(1000) - 500,
                              .ns = ess_slice_from(paths[draw(OBJECTS)]),
                              .values = {values[at], len}};
}

/* ---- comparing: member by member, in any order */

static ess_slice member_of(ess_slice object, ess_slice name)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_slice raw;
    ess_json_reader_init(&reader, object);
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        ess_slice key = token.text;
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_skip(&reader, &token, &raw), ESS_OK);
        if (ess_slice_equal(key, name))
            return raw;
    }
    return (ess_slice){0};
}

static size_t same_members(ess_slice one, ess_slice other)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_slice raw;
    size_t count = 0;
    ess_json_reader_init(&reader, one);
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    for (;; count++) {
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        if (token.type != ESS_JSON_KEY)
            return count;
        ess_slice key = token.text;
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_skip(&reader, &token, &raw), ESS_OK);
        ess_slice there = member_of(other, key);
        if (!ess_slice_equal(raw, there))
            fail_msg("%.*s is %.*s, not %.*s", (int)key.len, key.ptr, (int)there.len, there.ptr,
                     (int)raw.len, raw.ptr);
    }
}

static void same_row(const ess_pack_row *row, ess_slice back)
{
    char text[64];
    ess_slice v = member_of(back, ESS_SLICE_LITERAL("v"));
    ess_slice ns = member_of(back, ESS_SLICE_LITERAL("ns"));
    ess_json_writer out;
    size_t len;
    ess_json_writer_init(&out, text, sizeof text);
    ess_json_int(&out, row->ts_utc_ms);
    assert_int_equal(ess_json_finish(&out, &len), ESS_OK);
    assert_true(ess_slice_equal(member_of(back, ESS_SLICE_LITERAL("ts")), (ess_slice){text, len}));
    assert_int_equal(ns.len, row->ns.len == 0 ? 0 : row->ns.len + 2);
    assert_int_equal(same_members(row->values, v), same_members(v, row->values));
}

static uint64_t n_of(ess_slice row)
{
    ess_json_reader reader;
    ess_json_token token;
    int64_t n;
    ess_json_reader_init(&reader, member_of(row, ESS_SLICE_LITERAL("n")));
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    assert_int_equal(ess_json_integer(&token, &n), ESS_OK);
    return (uint64_t)n;
}

static void same_rows(ess_slice json, size_t count)
{
    ess_slice d = member_of(json, ESS_SLICE_LITERAL("d")), raw;
    ess_json_reader reader;
    ess_json_token token;
    bool seen[ROWS_MAX] = {false};
    ess_json_reader_init(&reader, member_of(d, ESS_SLICE_LITERAL("rows")));
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_skip(&reader, &token, &raw), ESS_OK);
        while (k < count && (seen[k] || rows[k].n != n_of(raw)))
            k++;
        assert_true(k < count);
        assert_true(i > 0 || k == 0); /* the first stays the first */
        seen[k] = true;
        same_row(&rows[k], raw);
    }
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    assert_int_equal(token.type, ESS_JSON_ARRAY_END);
}

static ess_slice message_of(ess_slice d)
{
    int len = snprintf(message, sizeof message, HEAD "%.*s}", (int)d.len, d.ptr);
    assert_true(len > 0 && (size_t)len < sizeof message);
    return (ess_slice){message, (size_t)len};
}

static void rows_come_back_from_columns(void **state)
{
    ess_pack *p = ess_pack_new(), *other = ess_pack_new();
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        ess_slice d, json;
        ess_fault fault = {0};
        ess_pack_how how;
        chance = round;
        size_t count = 1 + draw(ROWS_MAX);
        for (size_t i = 0; i < count; i++)
            make_row(i);
        ess_err err = ess_pack_columns(p, rows, count, &d);
        if (err == ESS_E_NUMBER) /* two ends of the numbers in one column */
            continue;
        assert_int_equal(err, ESS_OK);
        if (ess_pack_decode(other, message_of(d), &json, &how, &fault) != ESS_OK)
            fail_msg("%s %s at %u of %s", fault.rule, fault.what, fault.offset, message);
        assert_true(how.columns);
        same_rows(json, count);
    }
    ess_pack_free(p);
    ess_pack_free(other);
}

/* What is cut anywhere is either not columns any more, or refused; never read past. */
static void every_truncation_is_harmless(void **state)
{
    ess_pack *p = ess_pack_new(), *other = ess_pack_new();
    ess_slice d, json;
    (void)state;
    chance = 5;
    for (size_t i = 0; i < 8; i++)
        make_row(i);
    assert_int_equal(ess_pack_columns(p, rows, 8, &d), ESS_OK);
    ess_slice whole = message_of(d);
    for (size_t len = 0; len < whole.len; len++) {
        char *exact = malloc(len == 0 ? 1 : len);
        ess_fault fault;
        ess_pack_how how = {0};
        assert_non_null(exact);
        memcpy(exact, whole.ptr, len);
        if (ess_pack_decode(other, (ess_slice){exact, len}, &json, &how, &fault) == ESS_OK)
            assert_false(how.columns);
        free(exact);
    }
    ess_pack_free(p);
    ess_pack_free(other);
}

static void what_does_not_fit_columns_is_left_to_rows(void **state)
{
    static ess_pack_row many[ESS_ROWS_MAX + 1];
    ess_pack *p = ess_pack_new();
    ess_slice d = {NULL, 77};
    (void)state;
    for (size_t i = 0; i <= ESS_ROWS_MAX; i++)
        many[i] =
            (ess_pack_row){.n = i + 1, .ts_utc_ms = 1, .values = ESS_SLICE_LITERAL("{\"a\":1}")};
    assert_int_equal(ess_pack_columns(p, many, 0, &d), ESS_E_TOO_LARGE);
    assert_int_equal(ess_pack_columns(p, many, ESS_ROWS_MAX + 1, &d), ESS_E_TOO_LARGE);
    assert_int_equal(ess_pack_columns(p, many, ESS_ROWS_MAX, &d), ESS_OK);
    d = (ess_slice){NULL, 77};
    /* As rows they would not fit a message, however short they are as columns. */
    for (size_t i = 0; i < ESS_ROWS_MAX; i++)
        many[i].ns =
            ESS_SLICE_LITERAL("0123456789012345678901234567890123456789012345678901234567");
    assert_int_equal(ess_pack_columns(p, many, ESS_ROWS_MAX, &d), ESS_E_TOO_LARGE);
    many[0] = (ess_pack_row){.n = 1, .values = ESS_SLICE_LITERAL("{\"a\":-9223372036854775808}")};
    many[1] = (ess_pack_row){.n = 2, .values = ESS_SLICE_LITERAL("{\"a\":1}")};
    assert_int_equal(ess_pack_columns(p, many, 2, &d), ESS_E_NUMBER);
    many[1].values = ESS_SLICE_LITERAL("{\"a\":1e-19}");
    assert_int_equal(ess_pack_columns(p, many, 2, &d), ESS_E_NUMBER);
    many[1].values = ESS_SLICE_LITERAL("{\"a\\u0062\":1}");
    assert_int_equal(ess_pack_columns(p, many, 2, &d), ESS_E_DATA);
    assert_int_equal(d.len, 77);
    ess_pack_free(p);
}

/* Names and objects that look like columns and are none. */
static void other_messages_pass_untouched(void **state)
{
    static const char *const texts[] = {
        "{\"t\":1,\"d\":{\"soc\":1}}",
        "{\"t\":1,\"x\":{\"cols\":[]},\"d\":{\"soc\":1}}",
        "{\"t\":1,\"d\":{\"soc\":\"cols\"}}",
        "{\"t\":1,\"d\":{\"a\":{\"cols\":[]}}}",
        "{\"t\":1,\"cols\":[{}]}",
        "{\"t\":1,\"d\":[\"cols\"]}",
        "[\"cols\"]",
        "\"cols\"",
        "{\"d\":{\"cols\":[}}",
        "{\"d\":{\"cols\":[]}",
        "{\"d\":{\"cols\":[]}}x",
        "",
    };
    ess_pack *p = ess_pack_new();
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ess_slice json, text = ess_slice_from(texts[i]);
        ess_pack_how how;
        assert_int_equal(ess_pack_decode(p, text, &json, &how, NULL), ESS_OK);
        assert_true(!how.columns && json.ptr == text.ptr && json.len == text.len);
    }
    ess_pack_free(p);
}

static void a_fault_says_where(void **state)
{
    static const char text[] =
        HEAD "{\"cols\":[{\"n\":[1],\"ts\":[1],\"v\":{\"p\":{\"d\":[0.5]}}}]}}";
    ess_pack *p = ess_pack_new();
    ess_slice json;
    ess_fault fault;
    (void)state;
    assert_int_equal(ess_pack_decode(p, ess_slice_from(text), &json, NULL, &fault), ESS_E_DATA);
    assert_string_equal(fault.rule, "ENC-15");
    assert_memory_equal(text + fault.offset, "0.5", 3);
    ess_pack_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_from_columns),
        cmocka_unit_test(every_truncation_is_harmless),
        cmocka_unit_test(what_does_not_fit_columns_is_left_to_rows),
        cmocka_unit_test(other_messages_pass_untouched),
        cmocka_unit_test(a_fault_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

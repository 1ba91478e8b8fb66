#include "codec_test.h"
#include "ess/json.h"

#include <math.h>

/* Writes one of everything. */
static void write_sample(ess_json_writer *writer)
{
    ess_json_object_begin(writer);
    ess_json_key(writer, "soc");
    ess_json_decimal(writer, (ess_decimal){.mantissa = 563, .scale = 1});
    ess_json_key(writer, "big");
    ess_json_int(writer, INT64_MAX);
    ess_json_key_text(writer, ESS_SLICE_LITERAL("a\"b"));
    ess_json_text(writer, ESS_SLICE_LITERAL("\x01\t\\\xE7\x94\xB5"));
    ess_json_key(writer, "cellV");
    ess_json_array_begin(writer);
    ess_json_int(writer, -1);
    ess_json_null(writer);
    ess_json_bool(writer, true);
    ess_json_bool(writer, false);
    ess_json_array_begin(writer);
    ess_json_array_end(writer);
    ess_json_object_begin(writer);
    ess_json_object_end(writer);
    ess_json_array_end(writer);
    ess_json_key(writer, "d");
    ess_json_raw(writer, ESS_SLICE_LITERAL("{\"x\":1}"));
    ess_json_object_end(writer);
}

static const char sample[] =
    "{\"soc\":56.3,\"big\":\"9223372036854775807\",\"a\\\"b\":\"\\u0001\\t\\\\\xE7\x94\xB5\","
    "\"cellV\":[-1,null,true,false,[],{}],\"d\":{\"x\":1}}";

static void writer_punctuates_and_escapes(void **state)
{
    char room[256];
    ess_json_writer writer;
    size_t len = 0;

    (void)state;
    ess_json_writer_init(&writer, room, sizeof room);
    write_sample(&writer);
    assert_int_equal(ess_json_finish(&writer, &len), ESS_OK);
    ASSERT_SLICE(((ess_slice){room, len}), sample);
}

static void writer_never_writes_past_its_room(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof sample; size++) {
        char room[sizeof sample + 8];
        ess_json_writer writer;
        size_t len = 99;
        ess_err wanted = size < sizeof sample - 1 ? ESS_E_NO_ROOM : ESS_OK;
        guard_fill(room, sizeof room);
        ess_json_writer_init(&writer, room, size);
        write_sample(&writer);
        assert_int_equal(ess_json_finish(&writer, &len), wanted);
        assert_int_equal(len, wanted == ESS_OK ? sizeof sample - 1 : 99);
        guard_check(room, size, sizeof room);
    }
}

static void writer_quotes_integers_beyond_2_53(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {INT64_C(9007199254740992), "9007199254740992"},
        {INT64_C(-9007199254740992), "-9007199254740992"},
        {INT64_C(9007199254740993), "\"9007199254740993\""},
        {INT64_C(-9007199254740993), "\"-9007199254740993\""},
        {INT64_MIN, "\"-9223372036854775808\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[32];
        ess_json_writer writer;
        size_t len = 0;
        ess_json_writer_init(&writer, room, sizeof room);
        ess_json_int(&writer, cases[i].value);
        assert_int_equal(ess_json_finish(&writer, &len), ESS_OK);
        ASSERT_SLICE(((ess_slice){room, len}), cases[i].text);
    }
}

static void writer_refuses_text_that_is_not_utf8(void **state)
{
    char room[32];
    ess_json_writer writer;
    size_t len = 0;

    (void)state;
    ess_json_writer_init(&writer, room, sizeof room);
    ess_json_text(&writer, ESS_SLICE_LITERAL("ab\xFF"));
    assert_int_equal(ess_json_finish(&writer, &len), ESS_E_UTF8);
}

static void writer_refuses_to_nest_too_deep(void **state)
{
    char room[64];
    ess_json_writer writer;
    size_t len = 0;

    (void)state;
    ess_json_writer_init(&writer, room, sizeof room);
    for (int i = 0; i < ESS_JSON_DEPTH_MAX; i++)
        ess_json_array_begin(&writer);
    assert_int_equal(writer.err, ESS_OK);
    ess_json_array_begin(&writer);
    assert_int_equal(ess_json_finish(&writer, &len), ESS_E_JSON_DEPTH);
}

static void nothing(ess_json_writer *writer)
{
    (void)writer;
}

static void left_open(ess_json_writer *writer)
{
    ess_json_object_begin(writer);
}

static void two_values(ess_json_writer *writer)
{
    ess_json_null(writer);
    ess_json_null(writer);
}

static void closed_too_often(ess_json_writer *writer)
{
    ess_json_array_begin(writer);
    ess_json_array_end(writer);
    ess_json_array_end(writer);
}

static void name_without_value(ess_json_writer *writer)
{
    ess_json_object_begin(writer);
    ess_json_key(writer, "a");
    ess_json_object_end(writer);
}

static void name_after_name(ess_json_writer *writer)
{
    ess_json_object_begin(writer);
    ess_json_key(writer, "a");
    ess_json_key(writer, "b");
}

static void name_outside(ess_json_writer *writer)
{
    ess_json_key(writer, "a");
}

static void writer_refuses_what_is_not_one_whole_value(void **state)
{
    static void (*const cases[])(ess_json_writer *) = {
        nothing,         left_open,    two_values, closed_too_often, name_without_value,
        name_after_name, name_outside,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[64];
        ess_json_writer writer;
        size_t len = 0;
        ess_json_writer_init(&writer, room, sizeof room);
        cases[i](&writer);
        if (ess_json_finish(&writer, &len) != ESS_E_STATE)
            fail_msg("case %zu", i);
    }
}

/* Text with every kind of character, from a seed. */
static size_t random_text(uint64_t *seed, char room[static 64])
{
    static const char *const pieces[] = {"a",    "\"",   "\\",       "\x01",
                                         "\x1F", "\x7F", "\xC3\xA9", "\xE7\x94\xB5",
                                         "\n",   "/",    "\b",       "\xF0\x9F\x98\x80"};
    size_t len = 0;

    for (uint64_t count = seeded_next(seed) % 16; count > 0; count--) {
        const char *piece = pieces[seeded_next(seed) % COUNT(pieces)];
        memcpy(room + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void reader_gives_back_what_writer_wrote(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        char text[64];
        char room[512];
        char back[64];
        ess_json_writer writer;
        ess_json_reader reader;
        ess_json_token token;
        size_t text_len = random_text(&seed, text);
        size_t len = 0;
        ess_json_writer_init(&writer, room, sizeof room);
        ess_json_text(&writer, (ess_slice){text, text_len});
        assert_int_equal(ess_json_finish(&writer, &len), ESS_OK);
        ess_json_reader_init(&reader, (ess_slice){room, len});
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_unescape(&token, back, sizeof back, &len), ESS_OK);
        assert_int_equal(len, text_len);
        assert_memory_equal(back, text, len);
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(token.type, ESS_JSON_END);
    }
}

static void writer_writes_unsigned_and_double(void **state)
{
    char room[128];
    ess_json_writer writer;
    size_t len = 0;

    (void)state;
    ess_json_writer_init(&writer, room, sizeof room);
    ess_json_array_begin(&writer);
    ess_json_uint(&writer, 0);
    ess_json_uint(&writer, UINT64_C(9007199254740992));
    ess_json_uint(&writer, UINT64_C(9007199254740993));
    ess_json_uint(&writer, UINT64_MAX);
    ess_json_double(&writer, 0.1);
    ess_json_double(&writer, -1e-7);
    ess_json_array_end(&writer);
    assert_int_equal(ess_json_finish(&writer, &len), ESS_OK);
    ASSERT_SLICE(((ess_slice){room, len}), "[0,9007199254740992,\"9007199254740993\","
                                           "\"18446744073709551615\",0.1,-1e-7]");
}

static void writer_refuses_infinity_and_nan(void **state)
{
    const double values[] = {HUGE_VAL, -HUGE_VAL, NAN};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char room[32];
        ess_json_writer writer;
        size_t len = 99;
        ess_json_writer_init(&writer, room, sizeof room);
        ess_json_double(&writer, values[i]);
        assert_int_equal(ess_json_finish(&writer, &len), ESS_E_NUMBER);
        assert_int_equal(len, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_punctuates_and_escapes),
        cmocka_unit_test(writer_never_writes_past_its_room),
        cmocka_unit_test(writer_quotes_integers_beyond_2_53),
        cmocka_unit_test(writer_refuses_text_that_is_not_utf8),
        cmocka_unit_test(writer_refuses_to_nest_too_deep),
        cmocka_unit_test(writer_refuses_what_is_not_one_whole_value),
        cmocka_unit_test(reader_gives_back_what_writer_wrote),
        cmocka_unit_test(writer_writes_unsigned_and_double),
        cmocka_unit_test(writer_refuses_infinity_and_nan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "codec_test.h"
#include "ess/json.h"

/* Reads to the end or the first error. */
static ess_err read_all(ess_slice text, size_t *tokens)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_err err;

    *tokens = 0;
    ess_json_reader_init(&reader, text);
    do {
        err = ess_json_next(&reader, &token);
        (*tokens)++;
    } while (err == ESS_OK && token.type != ESS_JSON_END);
    if (err != ESS_OK) {
        assert_int_equal(reader.fault.err, err);
        assert_true(reader.fault.offset <= text.len);
        assert_true(reader.fault.rule[0] != '\0' && reader.fault.what[0] != '\0');
    }
    assert_int_equal(ess_json_next(&reader, &token), err); /* sticks */
    return err;
}

static const char *const good[] = {
    "0",
    "-0",
    "1",
    "-1.5e+10",
    "1E5",
    "1e-5",
    "0.5",
    "12345678901234567890123",
    "\"\"",
    "\"a\"",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    " [ ] ",
    "\t\r\n{ }\n",
    "[1]",
    "[1,2,3]",
    "[[],[[]],{}]",
    "{\"a\":1}",
    "{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"}}",
    "{\"\":0}",
    " { \"a\" : 1 , \"b\" : [ 1 , 2 ] } ",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uD83D\\uDE00x\"",
    "\"\xE7\x94\xB5\"",
    "\"\x7F\"",
    "\"\xF4\x8F\xBF\xBF\"",
    "\"\\uffff\"",
    "{\"a\":1,\"a\":2}",
    "[0e0,0.0,0e+1]",
    "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    "{\"\xE7\x94\xB5\":\"\\u7535\"}",
};

static const struct {
    const char *text;
    ess_err err;
} bad[] = {
    {"", ESS_E_JSON_SYNTAX},
    {" ", ESS_E_JSON_SYNTAX},
    {"\xEF\xBB\xBF{}", ESS_E_JSON_SYNTAX}, /* byte order mark */
    {"\xC2\xA0{}", ESS_E_JSON_SYNTAX},
    {"\f1", ESS_E_JSON_SYNTAX},
    {"[", ESS_E_JSON_SYNTAX},
    {"]", ESS_E_JSON_SYNTAX},
    {"}", ESS_E_JSON_SYNTAX},
    {"[}", ESS_E_JSON_SYNTAX},
    {"{]", ESS_E_JSON_SYNTAX},
    {"[1}", ESS_E_JSON_SYNTAX},
    {"{\"a\":1]", ESS_E_JSON_SYNTAX},
    {"[1", ESS_E_JSON_SYNTAX},
    {"[1,", ESS_E_JSON_SYNTAX},
    {"[1,]", ESS_E_JSON_SYNTAX},
    {"[,1]", ESS_E_JSON_SYNTAX},
    {"[1,,2]", ESS_E_JSON_SYNTAX},
    {"[1 2]", ESS_E_JSON_SYNTAX},
    {"[1:2]", ESS_E_JSON_SYNTAX},
    {"[]]", ESS_E_JSON_SYNTAX},
    {"[] 1", ESS_E_JSON_SYNTAX},
    {"1 2", ESS_E_JSON_SYNTAX},
    {"1,", ESS_E_JSON_SYNTAX},
    {"{} {}", ESS_E_JSON_SYNTAX},
    {"{\"a\"}", ESS_E_JSON_SYNTAX},
    {"{\"a\":}", ESS_E_JSON_SYNTAX},
    {"{\"a\",1}", ESS_E_JSON_SYNTAX},
    {"{\"a\":1,}", ESS_E_JSON_SYNTAX},
    {"{,\"a\":1}", ESS_E_JSON_SYNTAX},
    {"{\"a\":1 \"b\":2}", ESS_E_JSON_SYNTAX},
    {"{\"a\":1:2}", ESS_E_JSON_SYNTAX},
    {"{\"a\"::1}", ESS_E_JSON_SYNTAX},
    {"{a:1}", ESS_E_JSON_SYNTAX},
    {"{'a':1}", ESS_E_JSON_SYNTAX},
    {"{1:1}", ESS_E_JSON_SYNTAX},
    {"{[]:1}", ESS_E_JSON_SYNTAX},
    {"{\"a\":1", ESS_E_JSON_SYNTAX},
    {"{\"a\" 1}", ESS_E_JSON_SYNTAX},
    {"{\"a\"", ESS_E_JSON_SYNTAX},
    {"{\"a\":", ESS_E_JSON_SYNTAX},
    {"\"", ESS_E_JSON_SYNTAX},
    {"\"a", ESS_E_JSON_SYNTAX},
    {"\"a\\", ESS_E_JSON_SYNTAX},
    {"\"a\\\"", ESS_E_JSON_SYNTAX},
    {"\"\\x\"", ESS_E_JSON_SYNTAX},
    {"\"\\'\"", ESS_E_JSON_SYNTAX},
    {"\"\\u12\"", ESS_E_JSON_SYNTAX},
    {"\"\\u12g4\"", ESS_E_JSON_SYNTAX},
    {"\"\\U0041\"", ESS_E_JSON_SYNTAX},
    {"\"\t\"", ESS_E_JSON_SYNTAX},
    {"\"\n\"", ESS_E_JSON_SYNTAX},
    {"\"\x1F\"", ESS_E_JSON_SYNTAX},
    {"\"\\ud83d\\u\"", ESS_E_JSON_SYNTAX},
    {"\"\\ud83d\"", ESS_E_UTF8},
    {"\"\\ud83dx\"", ESS_E_UTF8},
    {"\"\\ud83d\\n\"", ESS_E_UTF8},
    {"\"\\ud83d\\ud83d\"", ESS_E_UTF8},
    {"\"\\ude00\"", ESS_E_UTF8},
    {"\"\\ude00\\ud83d\"", ESS_E_UTF8},
    {"\"\xFF\"", ESS_E_UTF8},
    {"\"\xC0\x80\"", ESS_E_UTF8},
    {"\"\xE7\x94\"", ESS_E_UTF8},
    {"\"\xED\xA0\x80\"", ESS_E_UTF8},
    {"{\"\x80\":1}", ESS_E_UTF8},
    {"\xFF", ESS_E_JSON_SYNTAX},
    {"01", ESS_E_JSON_SYNTAX},
    {"-01", ESS_E_JSON_SYNTAX},
    {"-", ESS_E_JSON_SYNTAX},
    {"+1", ESS_E_JSON_SYNTAX},
    {".5", ESS_E_JSON_SYNTAX},
    {"1.", ESS_E_JSON_SYNTAX},
    {"[1.]", ESS_E_JSON_SYNTAX},
    {"1.e1", ESS_E_JSON_SYNTAX},
    {"1e", ESS_E_JSON_SYNTAX},
    {"1e+", ESS_E_JSON_SYNTAX},
    {"1e5.", ESS_E_JSON_SYNTAX},
    {"1.5.5", ESS_E_JSON_SYNTAX},
    {"0x1", ESS_E_JSON_SYNTAX},
    {"1a", ESS_E_JSON_SYNTAX},
    {"NaN", ESS_E_JSON_SYNTAX},
    {"Infinity", ESS_E_JSON_SYNTAX},
    {"-Infinity", ESS_E_JSON_SYNTAX},
    {"tru", ESS_E_JSON_SYNTAX},
    {"True", ESS_E_JSON_SYNTAX},
    {"truex", ESS_E_JSON_SYNTAX},
    {"nul", ESS_E_JSON_SYNTAX},
    {"nulll", ESS_E_JSON_SYNTAX},
    {"[truefalse]", ESS_E_JSON_SYNTAX},
    {"// x\n1", ESS_E_JSON_SYNTAX},
    {"/**/1", ESS_E_JSON_SYNTAX},
    {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", ESS_E_JSON_DEPTH},
    {"[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]", ESS_E_JSON_DEPTH},
};

static void reader_accepts_every_well_formed_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        ess_slice text = exact_copy(good[i], strlen(good[i]));
        size_t tokens = 0;
        if (read_all(text, &tokens) != ESS_OK)
            fail_msg("%s", good[i]);
        exact_free(text);
    }
}

static void reader_refuses_every_ill_formed_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        ess_slice text = exact_copy(bad[i].text, strlen(bad[i].text));
        size_t tokens = 0;
        if (read_all(text, &tokens) != bad[i].err)
            fail_msg("%s", bad[i].text);
        exact_free(text);
    }
}

static void reader_refuses_a_nul_byte_anywhere(void **state)
{
    static const char texts[][8] = {"\0{}", "{\0}", "{}\0", "\"\0\""};
    static const size_t lens[] = {3, 3, 3, 3};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        ess_slice text = exact_copy(texts[i], lens[i]);
        size_t tokens = 0;
        assert_int_equal(read_all(text, &tokens), ESS_E_JSON_SYNTAX);
        exact_free(text);
    }
}

/* Containers only: a number may well end earlier and still be one. */
static void reader_refuses_every_truncation(void **state)
{
    static const char whole[] = "{\"a\\u00e9\\ud83d\\ude00\":[1,-2.5e+3,true,false,null,\"\xE7\x94"
                                "\xB5\\n\"],\"b\":{\"c\":{},\"d\":[]}}";

    (void)state;
    for (size_t len = 0; len + 1 < sizeof whole; len++) {
        ess_slice text = exact_copy(whole, len);
        size_t tokens = 0;
        if (read_all(text, &tokens) == ESS_OK)
            fail_msg("cut at %zu", len);
        exact_free(text);
    }
}

static void tokens_tell_type_text_and_offset(void **state)
{
    static const char text[] = " {\"a\" : [1.50, \"x\\n\", true],\"b\":null}";
    static const struct {
        ess_json_type type;
        const char *text;
        uint32_t offset;
        bool escaped;
    } wanted[] = {
        {ESS_JSON_OBJECT_BEGIN, "{", 1, false}, {ESS_JSON_KEY, "a", 2, false},
        {ESS_JSON_ARRAY_BEGIN, "[", 8, false},  {ESS_JSON_NUMBER, "1.50", 9, false},
        {ESS_JSON_STRING, "x\\n", 15, true},    {ESS_JSON_TRUE, "true", 22, false},
        {ESS_JSON_ARRAY_END, "]", 26, false},   {ESS_JSON_KEY, "b", 28, false},
        {ESS_JSON_NULL, "null", 32, false},     {ESS_JSON_OBJECT_END, "}", 36, false},
        {ESS_JSON_END, "", 37, false},          {ESS_JSON_END, "", 37, false},
    };
    ess_json_reader reader;
    ess_json_token token;

    (void)state;
    ess_json_reader_init(&reader, ess_slice_from(text));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(token.type, wanted[i].type);
        ASSERT_SLICE(token.text, wanted[i].text);
        assert_int_equal(token.offset, wanted[i].offset);
        assert_int_equal(token.escaped, wanted[i].escaped);
    }
}

static void fault_points_at_the_byte(void **state)
{
    static const struct {
        const char *text;
        uint32_t offset;
    } cases[] = {{"{\"a\":01}", 5}, {"[1,2 3]", 5}, {"[\"\xFF\"]", 2}, {"[1,2", 4}, {"[tru]", 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_reader reader;
        ess_json_token token;
        ess_json_reader_init(&reader, ess_slice_from(cases[i].text));
        while (ess_json_next(&reader, &token) == ESS_OK)
            assert_int_not_equal(token.type, ESS_JSON_END);
        assert_int_equal(reader.fault.offset, cases[i].offset);
    }
}

static void skip_gives_the_whole_value(void **state)
{
    static const char *const values[] = {
        "1", "\"a\\\"b\"", "true", "null", "[1,[2,{\"a\":[]}],3]", "{\"a\":{\"b\":[1]},\"c\":2}"};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char text[64];
        ess_json_reader reader;
        ess_json_token token;
        ess_slice raw = {0};
        (void)snprintf(text, sizeof text, "[%s , 7]", values[i]);
        ess_json_reader_init(&reader, ess_slice_from(text));
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        assert_int_equal(ess_json_skip(&reader, &token, &raw), ESS_OK);
        ASSERT_SLICE(raw, values[i]);
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        ASSERT_SLICE(token.text, "7");
    }
}

static void skip_reports_an_error_inside(void **state)
{
    ess_json_reader reader;
    ess_json_token token;

    (void)state;
    ess_json_reader_init(&reader, ess_slice_from("[[1,]]"));
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    assert_int_equal(ess_json_skip(&reader, &token, NULL), ESS_E_JSON_SYNTAX);
}

/* The one string of text as a token. */
static ess_json_token string_token(const char *text)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, ess_slice_from(text));
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    return token;
}

static void unescape_resolves_and_keeps_to_its_room(void **state)
{
    static const struct {
        const char *text, *plain;
        size_t len;
    } cases[] = {
        {"\"\"", "", 0},
        {"\"soc\"", "soc", 3},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"a\\u0041\\u00e9\\u7535\"", "aA\xC3\xA9\xE7\x94\xB5", 7},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", 4},
        {"\"a\\u0000b\"", "a\0b", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_token token = string_token(cases[i].text);
        char room[32];
        size_t len = 99;
        guard_fill(room, sizeof room);
        if (cases[i].len > 0) {
            assert_int_equal(ess_json_unescape(&token, room, cases[i].len - 1, &len),
                             ESS_E_NO_ROOM);
            guard_check(room, 0, sizeof room);
            assert_int_equal(len, 99);
        }
        assert_int_equal(ess_json_unescape(&token, room, cases[i].len, &len), ESS_OK);
        assert_int_equal(len, cases[i].len);
        assert_memory_equal(room, cases[i].plain, len);
        guard_check(room, len, sizeof room);
    }
}

static void text_is_resolves_escapes(void **state)
{
    static const struct {
        const char *text, *ascii;
        bool same;
    } cases[] = {
        {"\"soc\"", "soc", true},
        {"\"soc\"", "so", false},
        {"\"so\"", "soc", false},
        {"\"s\\u006fc\"", "soc", true},
        {"\"s\\u006f\"", "soc", false},
        {"\"s\\u006fc\"", "so", false},
        {"\"\\u00e9\"", "\xC3\xA9", false},
        {"\"\\u0000\"", "", false},
        {"\"\"", "", true},
        {"\"\\u0073\\u006f\\u0063\"", "soc", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_token token = string_token(cases[i].text);
        if (ess_json_text_is(&token, cases[i].ascii) != cases[i].same)
            fail_msg("case %zu", i);
    }
}

static void integer_takes_numbers_and_strings_of_digits(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
        int64_t value;
    } cases[] = {
        {"0", ESS_OK, 0},
        {"1e3", ESS_OK, 1000},
        {"-5.0", ESS_OK, -5},
        {"1.5", ESS_E_NUMBER, 0},
        {"9223372036854775807", ESS_OK, INT64_MAX},
        {"9223372036854775808", ESS_E_NUMBER, 0},
        {"\"9223372036854775807\"", ESS_OK, INT64_MAX},
        {"\"-9223372036854775808\"", ESS_OK, INT64_MIN},
        {"\"-9223372036854775809\"", ESS_E_NUMBER, 0},
        {"\"12\"", ESS_OK, 12},
        {"\"\"", ESS_E_NUMBER, 0},
        {"\"-\"", ESS_E_NUMBER, 0},
        {"\"007\"", ESS_E_NUMBER, 0},
        {"\"1e3\"", ESS_E_NUMBER, 0},
        {"\"1.0\"", ESS_E_NUMBER, 0},
        {"\" 1\"", ESS_E_NUMBER, 0},
        {"\"\\u0031\"", ESS_E_NUMBER, 0},
        {"true", ESS_E_NUMBER, 0},
        {"null", ESS_E_NUMBER, 0},
        {"[]", ESS_E_NUMBER, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_token token = string_token(cases[i].text);
        int64_t value = 42;
        if (ess_json_integer(&token, &value) != cases[i].err ||
            value != (cases[i].err == ESS_OK ? cases[i].value : 42))
            fail_msg("%s", cases[i].text);
    }
}

static void unsigned_takes_0_to_2_64_in_number_and_text(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
        uint64_t value;
    } cases[] = {
        {"0", ESS_OK, 0},
        {"-0", ESS_OK, 0},
        {"\"0\"", ESS_OK, 0},
        {"18446744073709551615", ESS_OK, UINT64_MAX},
        {"\"18446744073709551615\"", ESS_OK, UINT64_MAX},
        {"18446744073709551615.000", ESS_OK, UINT64_MAX},
        {"1844674407370955161.5e1", ESS_OK, UINT64_MAX},
        {"1e19", ESS_OK, UINT64_C(10000000000000000000)},
        {"18446744073709551616", ESS_E_NUMBER, 42},
        {"\"18446744073709551616\"", ESS_E_NUMBER, 42},
        {"2e19", ESS_E_NUMBER, 42},
        {"1e20", ESS_E_NUMBER, 42},
        {"1e21", ESS_E_NUMBER, 42},
        {"-1", ESS_E_NUMBER, 42},
        {"\"-1\"", ESS_E_NUMBER, 42},
        {"0.5", ESS_E_NUMBER, 42},
        {"\"1.0\"", ESS_E_NUMBER, 42},
        {"\"\"", ESS_E_NUMBER, 42},
        {"true", ESS_E_NUMBER, 42},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_reader reader;
        ess_json_token token;
        uint64_t value = 42;
        ess_json_reader_init(&reader, ess_slice_from(cases[i].text));
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        if (ess_json_unsigned(&token, &value) != cases[i].err || value != cases[i].value)
            fail_msg("%s", cases[i].text);
    }
}

static void to_double_takes_numbers_only(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
        double value;
    } cases[] = {
        {"56.3", ESS_OK, 56.3},
        {"-1e-400", ESS_OK, 0},
        {"18446744073709551616", ESS_OK, 18446744073709551616.0},
        {"1e309", ESS_E_NUMBER, 42},
        {"\"1\"", ESS_E_NUMBER, 42},
        {"null", ESS_E_NUMBER, 42},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_json_reader reader;
        ess_json_token token;
        double value = 42;
        ess_json_reader_init(&reader, ess_slice_from(cases[i].text));
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        if (ess_json_to_double(&token, &value) != cases[i].err || !(value == cases[i].value))
            fail_msg("%s", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_accepts_every_well_formed_text),
        cmocka_unit_test(reader_refuses_every_ill_formed_text),
        cmocka_unit_test(reader_refuses_a_nul_byte_anywhere),
        cmocka_unit_test(reader_refuses_every_truncation),
        cmocka_unit_test(tokens_tell_type_text_and_offset),
        cmocka_unit_test(fault_points_at_the_byte),
        cmocka_unit_test(skip_gives_the_whole_value),
        cmocka_unit_test(skip_reports_an_error_inside),
        cmocka_unit_test(unescape_resolves_and_keeps_to_its_room),
        cmocka_unit_test(text_is_resolves_escapes),
        cmocka_unit_test(integer_takes_numbers_and_strings_of_digits),
        cmocka_unit_test(unsigned_takes_0_to_2_64_in_number_and_text),
        cmocka_unit_test(to_double_takes_numbers_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

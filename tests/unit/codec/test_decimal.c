#include "codec_test.h"
#include "ess/decimal.h"

#include <math.h>

static ess_decimal dec(int64_t mantissa, uint8_t scale)
{
    return (ess_decimal){.mantissa = mantissa, .scale = scale};
}

static void parse_gives_one_form_for_equal_values(void **state)
{
    static const struct {
        const char *text;
        int64_t mantissa;
        uint8_t scale;
    } cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"0.000", 0, 0},
        {"-0.0e5", 0, 0},
        {"0e999999999999999999999", 0, 0},
        {"56.3", 563, 1},
        {"1.50", 15, 1},
        {"1.5", 15, 1},
        {"15e-1", 15, 1},
        {"150E-2", 15, 1},
        {"0.15e+1", 15, 1},
        {"100", 100, 0},
        {"1e2", 100, 0},
        {"-12.5", -125, 1},
        {"0.000000000000000001", 1, 18},
        {"1e-18", 1, 18},
        {"100e-20", 1, 18},
        {"1e18", INT64_C(1000000000000000000), 0},
        {"123456789012345678", INT64_C(123456789012345678), 0},
        {"9223372036854775807", INT64_MAX, 0},
        {"-9223372036854775808", INT64_MIN, 0},
        {"-9.223372036854775808", INT64_MIN, 18},
        {"922337203685477580.70e1", INT64_MAX, 0},
        {"1.0000000000000000000000000000000000", 1, 0},
        {"10000000000000000000000000000000000e-34", 1, 0},
        {"0.30000000000000004", INT64_C(30000000000000004), 17},
        {"1000000.0000001", INT64_C(10000000000001), 7},
        {"1001e-3", 1001, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i].text, strlen(cases[i].text));
        ess_decimal value = dec(-1, 9);
        if (ess_decimal_parse(text, &value) != ESS_OK || value.mantissa != cases[i].mantissa ||
            value.scale != cases[i].scale)
            fail_msg("%s", cases[i].text);
        exact_free(text);
    }
}

static void parse_refuses_what_is_not_exact_or_no_number(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
    } cases[] = {
        {"", ESS_E_JSON_SYNTAX},
        {"-", ESS_E_JSON_SYNTAX},
        {"+1", ESS_E_JSON_SYNTAX},
        {"01", ESS_E_JSON_SYNTAX},
        {"-01", ESS_E_JSON_SYNTAX},
        {"00", ESS_E_JSON_SYNTAX},
        {"1.", ESS_E_JSON_SYNTAX},
        {".5", ESS_E_JSON_SYNTAX},
        {"-.5", ESS_E_JSON_SYNTAX},
        {"1.e5", ESS_E_JSON_SYNTAX},
        {"1..5", ESS_E_JSON_SYNTAX},
        {"1.5.5", ESS_E_JSON_SYNTAX},
        {"1e", ESS_E_JSON_SYNTAX},
        {"1e+", ESS_E_JSON_SYNTAX},
        {"1e5.5", ESS_E_JSON_SYNTAX},
        {"1 ", ESS_E_JSON_SYNTAX},
        {" 1", ESS_E_JSON_SYNTAX},
        {"1x", ESS_E_JSON_SYNTAX},
        {"0x10", ESS_E_JSON_SYNTAX},
        {"NaN", ESS_E_JSON_SYNTAX},
        {"Infinity", ESS_E_JSON_SYNTAX},
        {"--1", ESS_E_JSON_SYNTAX},
        {"9223372036854775808", ESS_E_NUMBER},
        {"-9223372036854775809", ESS_E_NUMBER},
        {"18446744073709551616", ESS_E_NUMBER},
        {"10000000000000000001", ESS_E_NUMBER},
        {"1e19", ESS_E_NUMBER},
        {"1e-19", ESS_E_NUMBER},
        {"0.0000000000000000001", ESS_E_NUMBER},
        {"1e300", ESS_E_NUMBER},
        {"9999999999999999999e5", ESS_E_NUMBER},
        {"1e99999999999999999999999999", ESS_E_NUMBER},
        {"1e-99999999999999999999999999", ESS_E_NUMBER},
        {"123456789.12345678901234567890123", ESS_E_NUMBER},
        {"100000000000000000000000000000000000000001", ESS_E_NUMBER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i].text, strlen(cases[i].text));
        ess_decimal value = dec(-1, 9);
        if (ess_decimal_parse(text, &value) != cases[i].err || value.mantissa != -1 ||
            value.scale != 9)
            fail_msg("%s", cases[i].text);
        exact_free(text);
    }
}

static void make_keeps_to_one_form_and_the_largest_scale(void **state)
{
    ess_decimal value = ess_decimal_make(1500, 3);

    (void)state;
    assert_true(value.mantissa == 15 && value.scale == 1);
    value = ess_decimal_make(7, ESS_DECIMAL_SCALE_MAX + 1);
    assert_true(value.mantissa == 7 && value.scale == ESS_DECIMAL_SCALE_MAX);
}

static void print_writes_the_shortest_plain_form(void **state)
{
    static const struct {
        int64_t mantissa;
        uint8_t scale;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {0, 7, "0"},
        {563, 1, "56.3"},
        {-5, 1, "-0.5"},
        {150, 2, "1.5"},
        {1, 18, "0.000000000000000001"},
        {-1, 18, "-0.000000000000000001"},
        {100, 2, "1"},
        {INT64_MAX, 0, "9223372036854775807"},
        {INT64_MIN, 0, "-9223372036854775808"},
        {INT64_MIN, 18, "-9.223372036854775808"},
        {12345, 5, "0.12345"},
        {12345, 4, "1.2345"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[ESS_DECIMAL_PRINT_MAX];
        size_t len = ess_decimal_print(dec(cases[i].mantissa, cases[i].scale), room);
        ASSERT_SLICE(((ess_slice){room, len}), cases[i].text);
    }
}

static ess_decimal random_decimal(uint64_t *seed)
{
    uint64_t bits = seeded_next(seed) >> seeded_next(seed) % 64;
    int64_t mantissa = (int64_t)(bits >> 1);

    return ess_decimal_make(seeded_next(seed) % 2 == 0 ? mantissa : -mantissa,
                            (uint8_t)(seeded_next(seed) % (ESS_DECIMAL_SCALE_MAX + 1)));
}

static void parse_gives_back_what_print_wrote(void **state)
{
    uint64_t seed = 20;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        ess_decimal value = random_decimal(&seed);
        ess_decimal back = dec(-1, 9);
        char room[ESS_DECIMAL_PRINT_MAX];
        size_t len = ess_decimal_print(value, room);
        assert_int_equal(ess_decimal_parse((ess_slice){room, len}, &back), ESS_OK);
        assert_true(back.mantissa == value.mantissa && back.scale == value.scale);
        assert_int_equal(ess_decimal_compare(value, back), 0);
    }
}

/* Beside the C library, over the whole range of the short way and its edges. */
static void print_agrees_with_printf(void **state)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    uint64_t seed = 33;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint8_t scale = (uint8_t)(seeded_next(&seed) % COUNT(powers));
        uint64_t magnitude = seeded_next(&seed) % (powers[seeded_next(&seed) % 9] + 2);
        bool negative = seeded_next(&seed) % 3 == 0 && magnitude > 0;
        char wanted[64];
        char room[ESS_DECIMAL_PRINT_MAX];
        int wanted_len = snprintf(wanted, sizeof wanted, "%s%llu.%0*llu", negative ? "-" : "",
                                  (unsigned long long)(magnitude / powers[scale]), scale,
                                  (unsigned long long)(magnitude % powers[scale]));
        while (wanted[wanted_len - 1] == '0')
            wanted_len--;
        wanted_len -= wanted[wanted_len - 1] == '.';
        int64_t mantissa = negative ? -(int64_t)magnitude : (int64_t)magnitude;
        size_t len = ess_decimal_print(dec(mantissa, scale), room);
        if (len != (size_t)wanted_len || memcmp(room, wanted, len) != 0)
            fail_msg("%.*s is not %.*s", (int)len, room, wanted_len, wanted);
    }
}

static void compare_is_exact_across_scales(void **state)
{
    static const struct {
        ess_decimal a, b;
        int order;
    } cases[] = {
        {{1, 0}, {10, 1}, 0},
        {{INT64_MAX, 0}, {INT64_MAX, 18}, 1},
        {{INT64_MIN, 0}, {INT64_MIN, 18}, -1},
        {{INT64_MIN, 18}, {INT64_MIN + 1, 18}, -1},
        {{-15, 1}, {-1, 0}, -1},
        {{-15, 1}, {-2, 0}, 1},
        {{1, 18}, {0, 0}, 1},
        {{-1, 18}, {0, 0}, -1},
        {{INT64_C(9007199254740993), 0}, {INT64_C(9007199254740992), 0}, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int order = ess_decimal_compare(cases[i].a, cases[i].b);
        assert_int_equal((order > 0) - (order < 0), cases[i].order);
        order = ess_decimal_compare(cases[i].b, cases[i].a);
        assert_int_equal((order > 0) - (order < 0), -cases[i].order);
    }
}

static void moved_tells_whether_the_dead_band_is_reached(void **state)
{
    static const struct {
        ess_decimal a, b, band;
        bool moved;
    } cases[] = {
        {{563, 1}, {563, 1}, {0, 0}, false},
        {{563, 1}, {5630, 2}, {0, 0}, false},
        {{563, 1}, {564, 1}, {0, 0}, true},
        {{563, 1}, {564, 1}, {1, 1}, true},
        {{563, 1}, {564, 1}, {2, 1}, false},
        {{-5, 1}, {5, 1}, {1, 0}, true},
        {{-5, 1}, {5, 1}, {100000001, 8}, false},
        {{19, 1}, {31, 1}, {12, 1}, true},
        {{19, 1}, {31, 1}, {13, 1}, false},
        {{INT64_MIN, 0}, {INT64_MAX, 0}, {INT64_MAX, 0}, true},
        {{INT64_MIN, 18}, {INT64_MAX, 18}, {INT64_MAX, 0}, false},
        {{1, 18}, {0, 0}, {1, 18}, true},
        {{1, 18}, {0, 0}, {2, 18}, false},
        {{1, 0}, {2, 0}, {-1, 0}, true},
        {{1, 0}, {1, 0}, {-1, 0}, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool there = ess_decimal_moved(cases[i].a, cases[i].b, cases[i].band);
        bool back = ess_decimal_moved(cases[i].b, cases[i].a, cases[i].band);
        if (there != cases[i].moved || back != cases[i].moved)
            fail_msg("case %zu", i);
    }
}

static void to_double_is_the_nearest(void **state)
{
    uint64_t seed = 7;

    (void)state;
    assert_true(ess_decimal_to_double(dec(563, 1)) == 56.3);
    assert_true(ess_decimal_to_double(dec(-563, 1)) == -56.3);
    assert_true(ess_decimal_to_double(dec(INT64_MIN, 0)) == -9223372036854775808.0);
    assert_true(ess_decimal_to_double(dec(1, 18)) == 1e-18);
    for (int i = 0; i < 20000; i++) {
        ess_decimal value = random_decimal(&seed);
        char room[ESS_DECIMAL_PRINT_MAX + 1] = {0};
        (void)ess_decimal_print(value, room);
        char *end = NULL;
        double nearest = strtod(room, &end); /* the C library's is right, and here as the judge */
        if (!(ess_decimal_to_double(value) == nearest))
            fail_msg("%s", room);
    }
}

static void to_integer_refuses_what_is_not_whole(void **state)
{
    static const struct {
        ess_decimal value;
        uint8_t digits;
        ess_err err;
        int64_t whole;
    } cases[] = {
        {{563, 1}, 1, ESS_OK, 563},
        {{563, 1}, 3, ESS_OK, 56300},
        {{563, 1}, 0, ESS_E_NUMBER, 0},
        {{5630, 2}, 1, ESS_OK, 563},
        {{-5, 1}, 1, ESS_OK, -5},
        {{0, 0}, 255, ESS_OK, 0},
        {{1, 0}, 18, ESS_OK, INT64_C(1000000000000000000)},
        {{1, 0}, 19, ESS_E_NUMBER, 0},
        {{10, 0}, 18, ESS_E_NUMBER, 0},
        {{INT64_MIN, 0}, 0, ESS_OK, INT64_MIN},
        {{INT64_MIN, 0}, 1, ESS_E_NUMBER, 0},
        {{INT64_MIN, 18}, 18, ESS_OK, INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t whole = 42;
        if (ess_decimal_to_integer(cases[i].value, cases[i].digits, &whole) != cases[i].err ||
            whole != (cases[i].err == ESS_OK ? cases[i].whole : 42))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_gives_one_form_for_equal_values),
        cmocka_unit_test(parse_refuses_what_is_not_exact_or_no_number),
        cmocka_unit_test(make_keeps_to_one_form_and_the_largest_scale),
        cmocka_unit_test(print_writes_the_shortest_plain_form),
        cmocka_unit_test(parse_gives_back_what_print_wrote),
        cmocka_unit_test(print_agrees_with_printf),
        cmocka_unit_test(compare_is_exact_across_scales),
        cmocka_unit_test(moved_tells_whether_the_dead_band_is_reached),
        cmocka_unit_test(to_double_is_the_nearest),
        cmocka_unit_test(to_integer_refuses_what_is_not_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

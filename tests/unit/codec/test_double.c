#include "codec_test.h"
#include "ess/double.h"

#include <math.h>

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value = 0;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Reads text into *bits. */
static ess_err parse_bits(const char *text, size_t len, uint64_t *bits)
{
    ess_slice copy = exact_copy(text, len);
    double value = double_of(*bits);
    ess_err err = ess_double_parse(copy, &value);

    *bits = bits_of(value);
    exact_free(copy);
    return err;
}

static void parse_gives_the_nearest_double(void **state)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        {"0", 0},
        {"-0", UINT64_C(0x8000000000000000)},
        {"-0.000e5", UINT64_C(0x8000000000000000)},
        {"0e999999999999999999999999", 0},
        {"1", UINT64_C(0x3FF0000000000000)},
        {"-1", UINT64_C(0xBFF0000000000000)},
        {"10e-1", UINT64_C(0x3FF0000000000000)},
        {"0.1", UINT64_C(0x3FB999999999999A)},
        {"56.3", UINT64_C(0x404C266666666666)},
        {"0.30000000000000004", UINT64_C(0x3FD3333333333334)},
        {"123456789012345678901234567890", UINT64_C(0x45F8EE90FF6C373E)},
        {"1e23", UINT64_C(0x44B52D02C7E14AF6)},
        {"1e308", UINT64_C(0x7FE1CCF385EBC8A0)},
        /* the largest, and the last texts that round to it */
        {"1.7976931348623157e308", UINT64_C(0x7FEFFFFFFFFFFFFF)},
        {"1.7976931348623158e308", UINT64_C(0x7FEFFFFFFFFFFFFF)},
        {"1.797693134862315807e+308", UINT64_C(0x7FEFFFFFFFFFFFFF)},
        /* the least normal, the largest subnormal, the least */
        {"2.2250738585072014e-308", UINT64_C(0x0010000000000000)},
        {"2.2250738585072011e-308", UINT64_C(0x000FFFFFFFFFFFFF)},
        {"2.225073858507201136057409796709131975934e-308", UINT64_C(0x000FFFFFFFFFFFFF)},
        {"2.225073858507201136057409796709131975935e-308", UINT64_C(0x0010000000000000)},
        {"4.9406564584124654e-324", 1},
        {"2.4703282292062328e-324", 1},
        {"2.4703282292062327e-324", 0},
        {"-2.4703282292062327e-324", UINT64_C(0x8000000000000000)},
        {"7.4109846876186981e-324", 1},
        {"7.4109846876186982e-324", 2},
        {"1e-400", 0},
        {"1e-99999999999999999999999", 0},
        {"9.9e-325", 0},
        {"0.00000000000000000000000000000000000000000000000001e50", UINT64_C(0x3FF0000000000000)},
        {"100000000000000000000000000000000000000000000000000e-50", UINT64_C(0x3FF0000000000000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t bits = 42;
        if (parse_bits(cases[i].text, strlen(cases[i].text), &bits) != ESS_OK ||
            bits != cases[i].bits)
            fail_msg("%s gave %016llx", cases[i].text, (unsigned long long)bits);
    }
}

static void parse_breaks_ties_to_even(void **state)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        {"9007199254740992", UINT64_C(0x4340000000000000)},
        {"9007199254740993", UINT64_C(0x4340000000000000)},
        {"9007199254740993.0000000000000000000000000000", UINT64_C(0x4340000000000000)},
        {"9007199254740993.0000000000000000000000000001", UINT64_C(0x4340000000000001)},
        {"9007199254740992.9999999999999999999999999999", UINT64_C(0x4340000000000000)},
        {"9007199254740995", UINT64_C(0x4340000000000002)},
        {"90071992547409930e-1", UINT64_C(0x4340000000000000)},
        {"18014398509481986", UINT64_C(0x4350000000000000)},
        {"9223372036854776832", UINT64_C(0x43E0000000000000)},
        {"9223372036854776833", UINT64_C(0x43E0000000000001)},
        {"0.500000000000000055511151231257827021181583404541015625", UINT64_C(0x3FE0000000000000)},
        {"0.50000000000000005551115123125782702118158340454101562500000000000000000000000001",
         UINT64_C(0x3FE0000000000001)},
        {"0.500000000000000055511151231257827021181583404541015624", UINT64_C(0x3FE0000000000000)},
        {"0.500000000000000166533453693773481063544750213623046875", UINT64_C(0x3FE0000000000002)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t bits = 42;
        if (parse_bits(cases[i].text, strlen(cases[i].text), &bits) != ESS_OK ||
            bits != cases[i].bits)
            fail_msg("%s gave %016llx", cases[i].text, (unsigned long long)bits);
    }
}

static void parse_refuses_what_is_too_large_or_no_number(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
    } cases[] = {
        {"1.797693134862315808e308", ESS_E_NUMBER},
        {"-1.7976931348623159e308", ESS_E_NUMBER},
        {"1e309", ESS_E_NUMBER},
        {"0.1e310", ESS_E_NUMBER},
        {"1e99999999999999999999999", ESS_E_NUMBER},
        {"", ESS_E_JSON_SYNTAX},
        {"-", ESS_E_JSON_SYNTAX},
        {"+1", ESS_E_JSON_SYNTAX},
        {"01", ESS_E_JSON_SYNTAX},
        {"1.", ESS_E_JSON_SYNTAX},
        {".5", ESS_E_JSON_SYNTAX},
        {"1e", ESS_E_JSON_SYNTAX},
        {"1e-", ESS_E_JSON_SYNTAX},
        {"1 ", ESS_E_JSON_SYNTAX},
        {"0x1p3", ESS_E_JSON_SYNTAX},
        {"inf", ESS_E_JSON_SYNTAX},
        {"NaN", ESS_E_JSON_SYNTAX},
        {"1,5", ESS_E_JSON_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t bits = 42;
        if (parse_bits(cases[i].text, strlen(cases[i].text), &bits) != cases[i].err || bits != 42)
            fail_msg("%s", cases[i].text);
    }
    double value = 42;
    assert_int_equal(ess_double_parse((ess_slice){NULL, 0}, &value), ESS_E_JSON_SYNTAX);
    /* Nothing of a text over 64 MiB is looked at. */
    assert_int_equal(ess_double_parse((ess_slice){"1", (1U << 26) + 1}, &value), ESS_E_NUMBER);
    assert_true(value == 42);
}

/* 2^-1074 has 751 digits; so many zeros before, or behind, change nothing. */
static void parse_takes_any_length_of_digits(void **state)
{
    static char text[4096];
    static const char *const expected[] = {"exact", "above", "below"};

    (void)state;
    /* The middle between the least subnormal and the next: 1.5 x 2^-1074, exact. */
    for (int kind = 0; kind < 3; kind++) {
        int len = snprintf(text, sizeof text, "%.1200Lf", 1.5L * 0x1p-1074L);
        assert_true(len > 1200);
        if (kind == 1) {
            memset(text + len, '0', 1000);
            len += 1000;
            text[len++] = '1';
        } else if (kind == 2) {
            while (text[len - 1] == '0')
                len--;
            text[len - 1]--;
        }
        uint64_t bits = 42;
        assert_int_equal(parse_bits(text, (size_t)len, &bits), ESS_OK);
        if (bits != (kind == 2 ? 1U : 2U))
            fail_msg("%s: %llx", expected[kind], (unsigned long long)bits);
    }
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + sizeof text - 6, "e-4089", 6);
    uint64_t bits = 42;
    assert_int_equal(parse_bits(text, sizeof text, &bits), ESS_OK);
    assert_true(bits == bits_of(1));
}

static void print_writes_the_fewest_digits(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {56.3, "56.3"},
        {0.1, "0.1"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100000, "100000"},
        {123456.789, "123456.789"},
        {1e16, "10000000000000000"},
        {12345678901234567.0, "12345678901234568"},
        {1e17, "1e17"},
        {1.25e17, "1.25e17"},
        {0.0001, "0.0001"},
        {0.00012345678901234567, "0.00012345678901234567"},
        {0.00001, "1e-5"},
        {1.5e-7, "1.5e-7"},
        {1e23, "1e23"},
        {9.999999999999997e22, "9.999999999999997e22"},
        {5e-324, "5e-324"},
        {-1.7976931348623157e308, "-1.7976931348623157e308"},
        {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
        {2.2250738585072009e-308, "2.225073858507201e-308"},
        {0x1p-44, "5.684341886080802e-14"},
        {9007199254740992.0, "9007199254740992"},
        {0x1p70, "1.1805916207174113e21"},
        {0.5, "0.5"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[ESS_DOUBLE_PRINT_MAX + 8];
        guard_fill(room, sizeof room);
        size_t len = ess_double_print(cases[i].value, room);
        ASSERT_SLICE(((ess_slice){room, len}), cases[i].text);
        guard_check(room, ESS_DOUBLE_PRINT_MAX, sizeof room);
    }
}

static void print_writes_nothing_for_what_json_has_not(void **state)
{
    const double values[] = {HUGE_VAL, -HUGE_VAL, NAN, -NAN};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char room[ESS_DOUBLE_PRINT_MAX];
        guard_fill(room, sizeof room);
        assert_int_equal(ess_double_print(values[i], room), 0);
        guard_check(room, 0, sizeof room);
    }
}

/* Every exponent there is, at a power of two and on both sides of it. */
static void parse_gives_back_what_print_wrote(void **state)
{
    (void)state;
    for (uint64_t code = 0; code < 2047; code++) {
        for (uint64_t off = 0; off < 3; off++) {
            uint64_t bits = (code << 52) + off - (code > 0);
            uint64_t back = 42;
            char room[ESS_DOUBLE_PRINT_MAX];
            size_t len = ess_double_print(double_of(bits), room);
            assert_int_equal(parse_bits(room, len, &back), ESS_OK);
            assert_true(back == bits);
        }
    }
}

/* Each power of ten on its own goes through each row of the table of powers. */
static void parse_agrees_with_strtod_on_powers_of_ten(void **state)
{
    (void)state;
    for (int exponent = -330; exponent <= 308; exponent++) {
        char text[16];
        int len = snprintf(text, sizeof text, "1e%d", exponent);
        uint64_t bits = 42;
        assert_int_equal(parse_bits(text, (size_t)len, &bits), ESS_OK);
        assert_true(bits == bits_of(strtod(text, NULL)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_gives_the_nearest_double),
        cmocka_unit_test(parse_breaks_ties_to_even),
        cmocka_unit_test(parse_refuses_what_is_too_large_or_no_number),
        cmocka_unit_test(parse_takes_any_length_of_digits),
        cmocka_unit_test(print_writes_the_fewest_digits),
        cmocka_unit_test(print_writes_nothing_for_what_json_has_not),
        cmocka_unit_test(parse_gives_back_what_print_wrote),
        cmocka_unit_test(parse_agrees_with_strtod_on_powers_of_ten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

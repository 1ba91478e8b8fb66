/* Registers to decimals and back; the read plan. */
#include "south/point_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct value_case {
    south_type type;
    south_order order;
    ess_decimal scale;
    uint16_t registers[4];
    const char *value;
} value_case;

static const value_case value_cases[] = {
    {SOUTH_U16, SOUTH_ABCD, {1, 1}, {563}, "56.3"},
    {SOUTH_U16, SOUTH_DCBA, {1, 0}, {0x1234}, "4660"}, /* one register has no order */
    {SOUTH_U16, SOUTH_ABCD, {1, 0}, {65535}, "65535"},
    {SOUTH_I16, SOUTH_ABCD, {1, 1}, {0xFFFF}, "-0.1"},
    {SOUTH_I16, SOUTH_ABCD, {1, 1}, {0x8000}, "-3276.8"},
    {SOUTH_I16, SOUTH_ABCD, {10, 0}, {7}, "70"},
    {SOUTH_U16, SOUTH_ABCD, {25, 2}, {3}, "0.75"},
    {SOUTH_U32, SOUTH_ABCD, {1, 0}, {0x1122, 0x3344}, "287454020"},
    {SOUTH_U32, SOUTH_CDAB, {1, 0}, {0x3344, 0x1122}, "287454020"},
    {SOUTH_U32, SOUTH_BADC, {1, 0}, {0x2211, 0x4433}, "287454020"},
    {SOUTH_U32, SOUTH_DCBA, {1, 0}, {0x4433, 0x2211}, "287454020"},
    {SOUTH_U32, SOUTH_ABCD, {1, 0}, {0xFFFF, 0xFFFF}, "4294967295"},
    {SOUTH_I32, SOUTH_ABCD, {1, 0}, {0xFFFF, 0xFFFF}, "-1"},
    {SOUTH_I32, SOUTH_CDAB, {1, 0}, {0x0000, 0x8000}, "-2147483648"},
    {SOUTH_U64, SOUTH_ABCD, {1, 3}, {0, 0, 0, 1500}, "1.5"},
    {SOUTH_U64, SOUTH_CDAB, {1, 0}, {4, 3, 2, 1}, "281483566841860"},
    {SOUTH_U64, SOUTH_ABCD, {1, 0}, {0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}, "9223372036854775807"},
    {SOUTH_BOOL, SOUTH_ABCD, {1, 0}, {1}, "1"},
    {SOUTH_BOOL, SOUTH_ABCD, {1, 0}, {0}, "0"},
};

static void values_go_both_ways_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(value_cases) / sizeof(value_cases[0]); i++) {
        const value_case *c = &value_cases[i];
        south_point point = {.type = c->type, .order = c->order, .scale = c->scale, .count = 1};
        char text[ESS_DECIMAL_PRINT_MAX + 1] = {0};
        uint16_t back[4] = {0};
        ess_decimal value;

        assert_int_equal(south_decode(&point, c->registers, 0, &value), ESS_OK);
        (void)ess_decimal_print(value, text);
        assert_string_equal(text, c->value);
        assert_int_equal(south_encode(&point, value, back), ESS_OK);
        assert_memory_equal(back, c->registers, 2 * south_point_width(&point));
    }
}

static void array_elements_are_found_by_index(void **state)
{
    south_point point = {
        .type = SOUTH_U32, .scale = {1, 0}, .count = 3, .is_array = true, .order = SOUTH_CDAB};
    const uint16_t registers[] = {1, 0, 2, 0, 3, 1};
    ess_decimal value;

    (void)state;
    assert_int_equal(south_point_registers(&point), 6);
    assert_int_equal(south_decode(&point, registers, 2, &value), ESS_OK);
    assert_int_equal(value.mantissa, 65539);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        south_type type;
        ess_decimal scale;
        const char *value;
    } cases[] = {
        {SOUTH_U16, {1, 1}, "56.35"}, {SOUTH_U16, {1, 0}, "-1"},     {SOUTH_U16, {1, 0}, "65536"},
        {SOUTH_I16, {1, 1}, "3276.8"}, {SOUTH_U16, {10, 0}, "75"},   {SOUTH_U16, {25, 2}, "0.5001"},
        {SOUTH_BOOL, {1, 0}, "2"},     {SOUTH_I32, {1, 3}, "2147483.648"},
        {SOUTH_U32, {1, 0}, "4294967296"},
    };
    const uint16_t beyond[] = {0x8000, 0, 0, 0}, large[] = {0x7FFF, 0, 0, 0};
    south_point point = {.type = SOUTH_U64, .scale = {1, 0}, .count = 1};
    ess_decimal value = {77, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        south_point p = {.type = cases[i].type, .scale = cases[i].scale, .count = 1};
        uint16_t registers[4] = {9, 9, 9, 9};
        assert_int_equal(ess_decimal_parse(ess_slice_from(cases[i].value), &value), ESS_OK);
        assert_int_equal(south_encode(&p, value, registers), ESS_E_NUMBER);
        assert_int_equal(registers[0], 9);
    }
    assert_int_equal(south_decode(&point, beyond, 0, &value), ESS_E_NUMBER);
    point.scale.mantissa = 3;
    assert_int_equal(south_decode(&point, large, 0, &value), ESS_E_NUMBER);
}

/* --- plan */

static south_point at(uint16_t address, south_type type, uint16_t count, char report_class)
{
    return (south_point){.address = address,
                         .type = type,
                         .count = count,
                         .is_array = count > 1,
                         .scale = {1, 0},
                         .report_class = report_class};
}

static void plan_joins_over_small_gaps_only(void **state)
{
    south_point points[] = {at(10, SOUTH_U16, 1, 'F'), at(11, SOUTH_U32, 1, 'N'),
                            at(15, SOUTH_U16, 1, 'F'), at(40, SOUTH_U16, 1, 'F'),
                            at(40, SOUTH_U16, 1, 'F')};
    south_table table = {points, 5};
    south_block blocks[4];
    size_t count = 0;

    (void)state;
    points[4].area = SOUTH_INPUT;
    assert_int_equal(south_plan(&table, "F", 4, blocks, 4, &count), ESS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(blocks[0].address, 10);
    assert_int_equal(blocks[0].count, 6);
    assert_int_equal(blocks[0].first_point, 0);
    assert_int_equal(blocks[0].end_point, 3); /* the N point between comes along */
    assert_int_equal(blocks[1].address, 40);
    assert_int_equal(blocks[1].count, 1);
    assert_int_equal(blocks[2].area, SOUTH_INPUT);
    assert_int_equal(south_plan(&table, "F", 3, blocks, 4, &count), ESS_OK);
    assert_int_equal(count, 4);
    assert_int_equal(south_plan(&table, "F", 3, blocks, 3, &count), ESS_E_NO_ROOM);
    assert_int_equal(south_plan(&table, "D", 3, blocks, 0, &count), ESS_OK);
    assert_int_equal(count, 0);
}

static void plan_cuts_long_arrays_between_elements(void **state)
{
    south_point points[] = {at(100, SOUTH_U16, 1, 'C'), at(101, SOUTH_U32, 130, 'C'),
                            at(361, SOUTH_U64, 1, 'C')};
    south_table table = {points, 3};
    south_block blocks[8];
    size_t count = 0;

    (void)state;
    assert_int_equal(south_plan(&table, "C", 0, blocks, 8, &count), ESS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(blocks[0].count, 125); /* 1 + 62 elements */
    assert_int_equal(blocks[1].address, 225);
    assert_int_equal(blocks[1].count, 124);
    assert_int_equal(blocks[1].first_point, 1);
    assert_int_equal(blocks[1].end_point, 2);
    assert_int_equal(blocks[2].address, 349);
    assert_int_equal(blocks[2].count, 16);
    assert_int_equal(blocks[2].end_point, 3);
}

static void plan_never_cuts_a_scalar(void **state)
{
    south_point points[] = {at(0, SOUTH_U16, 123, 'F'), at(123, SOUTH_U64, 1, 'F')};
    south_table table = {points, 2};
    south_block blocks[2];
    size_t count = 0;

    (void)state;
    assert_int_equal(south_plan(&table, "F", 9, blocks, 2, &count), ESS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(blocks[0].count, 123);
    assert_int_equal(blocks[1].address, 123);
    assert_int_equal(blocks[1].count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_both_ways_exactly),
        cmocka_unit_test(array_elements_are_found_by_index),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(plan_joins_over_small_gaps_only),
        cmocka_unit_test(plan_cuts_long_arrays_between_elements),
        cmocka_unit_test(plan_never_cuts_a_scalar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

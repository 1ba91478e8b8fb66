/* Ranges of receipts: merging, bounds, and the same set as a plain bitmap over random input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ess/ranges.h"

static void expect_text(const ess_ranges *set, const char *wanted)
{
    char text[512] = "";
    size_t len = 0;
    for (uint8_t i = 0; i < set->count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%llu-%llu", i ? " " : "",
                                (unsigned long long)set->at[i].first,
                                (unsigned long long)set->at[i].last);
    assert_string_equal(text, wanted);
}

static void ranges_merge_what_touches(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, last;
        const char *after;
    } steps[] = {
        {5, 5, "5-5"},
        {7, 9, "5-5 7-9"},
        {6, 6, "5-9"},
        {1, 2, "1-2 5-9"},
        {4, 4, "1-2 4-9"},
        {20, 30, "1-2 4-9 20-30"},
        {3, 25, "1-30"},
        {40, 41, "1-30 40-41"},
        {31, 39, "1-41"},
        {10, 12, "1-41"},
        {UINT64_MAX, UINT64_MAX, "1-41 18446744073709551615-18446744073709551615"},
        {42, UINT64_MAX - 1, "1-18446744073709551615"},
    };
    ess_ranges set = {0};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(ess_ranges_add(&set, steps[i].first, steps[i].last), ESS_OK);
        expect_text(&set, steps[i].after);
    }
}

static void ranges_refuse_what_does_not_fit_and_keep_the_set(void **state)
{
    (void)state;
    ess_ranges set = {0};
    for (uint64_t i = 0; i < ESS_RANGES_MAX; i++)
        assert_int_equal(ess_ranges_add(&set, i * 10, i * 10), ESS_OK);
    ess_ranges before = set;
    assert_int_equal(ess_ranges_add(&set, 5, 5), ESS_E_NO_ROOM);
    assert_int_equal(ess_ranges_add(&set, 9, 8), ESS_E_DATA);
    assert_memory_equal(&set, &before, sizeof set);
    assert_int_equal(ess_ranges_add(&set, 1, 1), ESS_OK); /* touches: needs no room */
}

static void ranges_hold_what_a_bitmap_holds(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        bool bitmap[64] = {0};
        ess_ranges set = {0};
        for (int i = 0; i < 40; i++) {
            seed = seed * 1103515245u + 12345u;
            uint64_t first = (seed >> 16) % 60, last = first + (seed >> 8) % 4;
            if (ess_ranges_add(&set, first, last) != ESS_OK)
                continue;
            for (uint64_t n = first; n <= last; n++)
                bitmap[n] = true;
        }
        for (uint64_t n = 0; n < 64; n++)
            assert_int_equal(ess_ranges_has(&set, n), bitmap[n]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_merge_what_touches),
        cmocka_unit_test(ranges_refuse_what_does_not_fit_and_keep_the_set),
        cmocka_unit_test(ranges_hold_what_a_bitmap_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

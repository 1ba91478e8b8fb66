/* Reports given up and not yet told of: see ess/gaps.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ess/gaps.h"

static const ess_now now = {INT64_C(1763827200000), 5, true};

static void assert_run(const ess_gaps *gaps, size_t place, uint64_t sid, ess_range lost)
{
    assert_true(place < gaps->count);
    assert_int_equal(gaps->run[place].sid, sid);
    assert_int_equal(gaps->run[place].lost.first, lost.first);
    assert_int_equal(gaps->run[place].lost.last, lost.last);
}

static void runs_that_touch_become_one(void **state)
{
    static const struct {
        ess_range noted[3];
        size_t count;
        ess_range first;
    } rows[] = {
        {{{1, 2}, {3, 3}, {4, 9}}, 1, {1, 9}},   {{{4, 9}, {1, 2}, {3, 3}}, 1, {1, 9}},
        {{{1, 2}, {4, 5}, {2, 4}}, 1, {1, 5}},   {{{1, 9}, {3, 4}, {5, 5}}, 1, {1, 9}},
        {{{1, 1}, {3, 3}, {5, 5}}, 3, {1, 1}},   {{{7, 7}, {7, 7}, {9, 9}}, 2, {7, 7}},
        {{{1, 1}, {9, 9}, {10, 10}}, 2, {1, 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ess_gaps gaps = {.count = 0};
        for (size_t j = 0; j < 3; j++)
            assert_true(ess_gaps_note(&gaps, 7, rows[i].noted[j]));
        assert_int_equal(gaps.count, rows[i].count);
        assert_run(&gaps, 0, 7, rows[i].first);
    }
}

static void runs_of_two_sids_are_two(void **state)
{
    ess_gaps gaps = {.count = 0};
    (void)state;
    assert_true(ess_gaps_note(&gaps, 1, (ess_range){1, 2}));
    assert_true(ess_gaps_note(&gaps, 2, (ess_range){3, 4}));
    assert_int_equal(gaps.count, 2);
}

static void without_room_the_nearest_of_that_sid_is_stretched(void **state)
{
    ess_gaps gaps = {.count = 0};
    (void)state;
    for (uint64_t i = 0; i < ESS_GAPS_MAX; i++)
        assert_true(ess_gaps_note(&gaps, 7, (ess_range){100 * i + 1, 100 * i + 1}));
    assert_true(ess_gaps_note(&gaps, 7, (ess_range){210, 211}));
    assert_int_equal(gaps.count, ESS_GAPS_MAX);
    assert_run(&gaps, ESS_GAPS_MAX - 1, 7, (ess_range){201, 211});
}

static void without_any_of_that_sid_the_oldest_goes_and_that_is_said(void **state)
{
    ess_gaps gaps = {.count = 0};
    (void)state;
    for (uint64_t i = 0; i < ESS_GAPS_MAX; i++)
        assert_true(ess_gaps_note(&gaps, i + 1, (ess_range){1, 1}));
    assert_false(ess_gaps_note(&gaps, 99, (ess_range){5, 6}));
    assert_int_equal(gaps.count, ESS_GAPS_MAX);
    assert_run(&gaps, 0, 2, (ess_range){1, 1});
    assert_run(&gaps, ESS_GAPS_MAX - 1, 99, (ess_range){5, 6});
}

static void the_oldest_is_told_first_and_once(void **state)
{
    ess_gaps gaps = {.count = 0};
    ess_gap word = {.lost = {.count = 9}};
    (void)state;
    assert_false(ess_gaps_next(&gaps, now, &word));
    assert_int_equal(word.lost.count, 9); /* untouched */
    assert_true(ess_gaps_note(&gaps, 0x2a, (ess_range){1, 2}));
    assert_true(ess_gaps_note(&gaps, 0x2b, (ess_range){5, 5}));
    assert_true(ess_gaps_next(&gaps, now, &word));
    assert_string_equal(word.sid, "000000000000002a");
    assert_int_equal(word.lost.count, 1);
    assert_int_equal(word.ts_utc_ms, now.utc_ms);
    ess_gaps_told(&gaps);
    assert_true(ess_gaps_next(&gaps, (ess_now){5, 5, false}, &word));
    assert_string_equal(word.sid, "000000000000002b");
    assert_int_equal(word.ts_utc_ms, -1); /* [CLK-11] */
    ess_gaps_told(&gaps);
    ess_gaps_told(&gaps);
    assert_int_equal(gaps.count, 0);
}

static void what_a_word_told_is_told_again(void **state)
{
    static const char *const others[] = {
        "{}",
        "[]",
        "",
        "{\"event\":\"device-online\",\"unit\":\"CAB01\"}",
        "{\"event\":\"gap\",\"sid\":\"000000000000000X\",\"lost\":[[1,2]]}",
        "{\"event\":\"gap\",\"sid\":\"0000000000000007\",\"lost\":[[2,1]]}"};
    ess_gaps gaps = {.count = 0};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(ess_gaps_carry(&gaps, ess_slice_from(others[i])));
        assert_int_equal(gaps.count, 0);
    }
    assert_true(ess_gaps_carry(
        &gaps, ESS_SLICE_LITERAL(
                   "{\"event\":\"gap\",\"sid\":\"0000000000000007\",\"lost\":[[1,2],[9,9]]}")));
    assert_int_equal(gaps.count, 2);
    assert_run(&gaps, 0, 7, (ess_range){1, 2});
    assert_run(&gaps, 1, 7, (ess_range){9, 9});
}

/* Whatever is noted is in some run of its sid, as long as nobody said otherwise. */
static void nothing_is_passed_over(void **state)
{
    uint64_t seed = 88172645463325252u;
    (void)state;
    for (int turn = 0; turn < 300; turn++) {
        ess_gaps gaps = {.count = 0};
        bool lost[3][400] = {{false}};
        bool all = true;
        for (int i = 0; i < 60; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            uint64_t sid = seed % 2 + 1, first = (seed >> 8) % 380 + 1, len = (seed >> 40) % 5;
            all = ess_gaps_note(&gaps, sid, (ess_range){first, first + len}) && all;
            for (uint64_t n = first; n <= first + len; n++)
                lost[sid][n] = true;
        }
        assert_true(all);
        for (uint64_t sid = 1; sid <= 2; sid++) {
            for (uint64_t n = 1; n < 400; n++) {
                bool is_told = false;
                for (size_t i = 0; i < gaps.count; i++)
                    is_told = is_told || (gaps.run[i].sid == sid && gaps.run[i].lost.first <= n &&
                                          n <= gaps.run[i].lost.last);
                assert_true(is_told || !lost[sid][n]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_that_touch_become_one),
        cmocka_unit_test(runs_of_two_sids_are_two),
        cmocka_unit_test(without_room_the_nearest_of_that_sid_is_stretched),
        cmocka_unit_test(without_any_of_that_sid_the_oldest_goes_and_that_is_said),
        cmocka_unit_test(the_oldest_is_told_first_and_once),
        cmocka_unit_test(what_a_word_told_is_told_again),
        cmocka_unit_test(nothing_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

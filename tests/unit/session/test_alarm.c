/* Alarms: what is written is read back; what a reader would refuse is not written. The forms that
 * are refused stand in spec/vectors/alarm.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ess/alarm.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const ess_alarm whole = {.id = {"a-17", 4},
                                .code = {"BMS.cellVHigh.2", 15},
                                .level = 2,
                                .first_utc_ms = 1763827100000,
                                .last_utc_ms = 1763827200000,
                                .n = 3,
                                .has_value = true,
                                .has_limit = true,
                                .value = {36525, 1},
                                .limit = {3650, 0}};

static const char text[] = "{\"alarm\":\"BMS.cellVHigh.2\",\"id\":\"a-17\",\"level\":2,"
                           "\"act\":\"raise\",\"first\":1763827100000,\"last\":1763827200000,"
                           "\"n\":3,\"v\":3652.5,\"limit\":3650}";

static void an_alarm_comes_back_as_written(void **state)
{
    char room[256];
    size_t len;
    ess_alarm back;
    (void)state;
    assert_int_equal(ess_alarm_print(&whole, room, sizeof room, &len), ESS_OK);
    assert_int_equal(len, sizeof text - 1);
    assert_memory_equal(room, text, len);
    assert_true(ess_event_is_alarm((ess_slice){room, len}));
    assert_int_equal(ess_alarm_parse((ess_slice){room, len}, &back, NULL), ESS_OK);
    assert_true(ess_slice_equal(back.id, whole.id) && ess_slice_equal(back.code, whole.code));
    assert_true(back.level == 2 && !back.clear && back.n == 3);
    assert_true(back.first_utc_ms == whole.first_utc_ms && back.last_utc_ms == whole.last_utc_ms);
    assert_true(back.has_value && ess_decimal_compare(back.value, whole.value) == 0);
    assert_true(back.has_limit && ess_decimal_compare(back.limit, whole.limit) == 0);
}

/* [ALM-08] [ALM-11] What is not said has its meaning. */
static void the_least_alarm_says_four_things(void **state)
{
    static const char least[] =
        "{\"act\":\"clear\",\"level\":1,\"id\":\"i\",\"alarm\":\"PCS.gridLost.1\"}";
    ess_alarm back;
    (void)state;
    assert_int_equal(ess_alarm_parse(ess_slice_from(least), &back, NULL), ESS_OK);
    assert_true(back.clear && back.n == 1 && !back.has_value && !back.has_limit);
    assert_true(back.first_utc_ms == -1 && back.last_utc_ms == -1);
}

static void what_a_reader_would_refuse_is_not_written(void **state)
{
    char room[256] = "x";
    size_t len = 42;
    ess_alarm wrong[9];
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        wrong[i] = whole;
    wrong[0].level = 3;
    wrong[1].code = (ess_slice){"BMS.cellVHigh", 13};
    wrong[2].code = (ess_slice){"BMS.cell Hi.2", 13};
    wrong[3].id.len = 0;
    wrong[4].id = (ess_slice){"a\"b", 3};
    wrong[5].last_utc_ms = 1;
    wrong[6].n = 0;
    wrong[7].first_utc_ms = wrong[7].last_utc_ms = INT64_C(1) << 53;
    wrong[8].n = INT64_C(1) << 53;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(ess_alarm_print(&wrong[i], room, sizeof room, &len), ESS_E_DATA);
    assert_true(len == 42 && room[0] == 'x');
}

static void every_room_too_small_is_refused_and_not_overrun(void **state)
{
    char room[sizeof text];
    size_t len = 42;
    (void)state;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        memset(room, '#', sizeof room);
        assert_int_equal(ess_alarm_print(&whole, room, size, &len), ESS_E_NO_ROOM);
        assert_true(len == 42 && room[size] == '#');
    }
}

static void every_truncation_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        ess_alarm out = {.n = 42};
        ess_fault fault = {.rule = ""};
        assert_int_not_equal(ess_alarm_parse((ess_slice){text, len}, &out, &fault), ESS_OK);
        assert_true(out.n == 42 && strncmp(fault.rule, "ALM-", 4) == 0);
    }
}

static void other_events_are_no_alarms(void **state)
{
    static const char *const others[] = {
        "{}", "{\"event\":\"gap\",\"lost\":[[1,2]]}", "{\"x\":{\"alarm\":1}}", "[]", "", "{\"a\""};
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(ess_event_is_alarm(ess_slice_from(others[i])));
    assert_true(ess_event_is_alarm(ESS_SLICE_LITERAL("{\"x\":{},\"al\\u0061rm\":1}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_comes_back_as_written),
        cmocka_unit_test(the_least_alarm_says_four_things),
        cmocka_unit_test(what_a_reader_would_refuse_is_not_written),
        cmocka_unit_test(every_room_too_small_is_refused_and_not_overrun),
        cmocka_unit_test(every_truncation_is_refused_and_changes_nothing),
        cmocka_unit_test(other_events_are_no_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

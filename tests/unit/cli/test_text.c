/* The small tools: formatting, tables, event streams, query strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/format.h"
#include "cli/http.h"
#include "cli/sse.h"
#include "cli/table.h"

static void values_are_shown_with_unit_or_name(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *raw, *en, *zh;
    } cases[] = {
        {"CAB01/BMS", "soc", "56.30", "56.30 %", "56.30 %"},
        {"CAB01/PCS", "runState", "3", "3 charging", "3 充电"},
        {"CAB01/PCS", "runState", "77", "77 ?", "77 ?"},
        {"CAB01/BMS", "soc", "null", "-", "-"},
        {"CAB01/XYZ", "foo", "\"text\"", "text", "text"},
        {"CAB01/XYZ", "foo", "true", "true", "true"},
        {"CAB01/BMS/C1", "cellV", "[3,null,-1]", "[3] -1..3 mV", "[3] -1..3 mV"},
        {"CAB01/BMS/C1", "cellV", "[]", "[0] .. mV", "[0] .. mV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[FORMAT_VALUE_SIZE];
        const ess_model_point *point =
            format_point(ess_slice_from(cases[i].path), ess_slice_from(cases[i].name));
        format_value(point, ess_slice_from(cases[i].raw), false, room);
        assert_string_equal(room, cases[i].en);
        format_value(point, ess_slice_from(cases[i].raw), true, room);
        assert_string_equal(room, cases[i].zh);
    }
    assert_string_equal(format_label(NULL, true), "");
}

static void times_are_utc_to_the_millisecond(void **state)
{
    (void)state;
    char room[FORMAT_TIME_SIZE];
    static const struct {
        int64_t ms;
        const char *en, *zh;
    } ages[] = {
        {0, "0 s", "0 秒"},         {-2500, "0 s", "0 秒"},         {59999, "59 s", "59 秒"},
        {60000, "1 min", "1 分钟"}, {3599999, "59 min", "59 分钟"}, {3600000, "1 h", "1 小时"},
        {172800000, "2 d", "2 天"}};
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        format_age(ages[i].ms, false, room);
        assert_string_equal(room, ages[i].en);
        format_age(ages[i].ms, true, room);
        assert_string_equal(room, ages[i].zh);
    }
    format_time(0, room);
    assert_string_equal(room, "1970-01-01T00:00:00.000Z");
    format_time(INT64_C(1709164800007), room);
    assert_string_equal(room, "2024-02-29T00:00:00.007Z");
    format_time(-5, room);
    assert_string_equal(room, "-5 ms");
    format_time(INT64_MAX, room);
    assert_string_equal(room, "9223372036854775807 ms");
}

static void columns_align_with_wide_characters(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    cli_table *table = cli_table_new(2);
    cli_table_addf(table, "荷电");
    cli_table_addf(table, "x");
    cli_table_addf(table, "a\tb");
    cli_table_addf(table, "%d", 7);
    cli_table_print(table, out);
    cli_table_free(table);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "荷电  x\na.b   7\n");
    free(text);
    assert_int_equal(cli_display_width(ess_slice_from("a荷é")), 4);
}

static void events_come_out_whole_however_the_bytes_come_in(void **state)
{
    (void)state;
    static const char bytes[] = ": ping\n\nid: 1\nevent: values\ndata: {\"a\":1}\n\n"
                                "event: nothing\n\ndata: one\r\ndata: two\r\n\r\ndata:x\n\n"
                                "event: cut\ndata: never";
    for (size_t step = 1; step < sizeof bytes; step++) {
        sse_reader reader = {0};
        sse_event event;
        char seen[128] = "";
        for (size_t at = 0; at < sizeof bytes - 1; at += step) {
            size_t size = sizeof bytes - 1 - at < step ? sizeof bytes - 1 - at : step;
            assert_int_equal(sse_feed(&reader, bytes + at, size), ESS_OK);
            while (sse_next(&reader, &event)) {
                size_t len = strlen(seen);
                (void)snprintf(seen + len, sizeof seen - len, "%s=%.*s;", event.name,
                               (int)event.data.len, event.data.ptr);
            }
        }
        assert_string_equal(seen, "values={\"a\":1};message=one\ntwo;message=x;");
        sse_free(&reader);
    }
}

static void an_event_without_end_is_refused(void **state)
{
    (void)state;
    static char block[65536];
    sse_reader reader = {0};
    ess_err err = ESS_OK;
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < 100 && err == ESS_OK; i++)
        err = sse_feed(&reader, block, sizeof block);
    assert_int_equal(err, ESS_E_TOO_LARGE);
    sse_free(&reader);
}

static void queries_are_percent_encoded(void **state)
{
    (void)state;
    char path[64] = "/api";
    assert_int_equal(http_query(path, sizeof path, "ns", ess_slice_from("CAB01/BMS 荷&=")), ESS_OK);
    assert_string_equal(path, "/api?ns=CAB01%2FBMS%20%E8%8D%B7%26%3D");
    assert_int_equal(http_query(path, sizeof path, "n", ess_slice_from("a-b_c.d~9")), ESS_E_NO_ROOM);
    assert_string_equal(path, "/api?ns=CAB01%2FBMS%20%E8%8D%B7%26%3D");
    assert_int_equal(http_query(path, sizeof path, "n", ess_slice_from("~9")), ESS_OK);
    assert_string_equal(path, "/api?ns=CAB01%2FBMS%20%E8%8D%B7%26%3D&n=~9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_shown_with_unit_or_name),
        cmocka_unit_test(times_are_utc_to_the_millisecond),
        cmocka_unit_test(columns_align_with_wide_characters),
        cmocka_unit_test(events_come_out_whole_however_the_bytes_come_in),
        cmocka_unit_test(an_event_without_end_is_refused),
        cmocka_unit_test(queries_are_percent_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

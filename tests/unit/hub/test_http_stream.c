#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/stream.h"

#define FIRST 1000

static char room[4096];

static const char *read_all(const stream *ring, stream_cursor *cursor)
{
    size_t len = 0;
    assert_int_equal(stream_read(ring, cursor, room, sizeof room - 1, &len), ESS_OK);
    room[len] = '\0';
    return room;
}

static void publish(stream *ring, const char *group, const char *data)
{
    assert_int_equal(stream_publish(ring, "values", ess_slice_from(group), ess_slice_from(data)),
                     ESS_OK);
}

static stream_cursor begin(const stream *ring, const char *group, uint64_t last_id)
{
    stream_cursor cursor;
    assert_int_equal(stream_begin(ring, ess_slice_from(group), last_id, &cursor), ESS_OK);
    return cursor;
}

static void viewers_get_what_comes_after_they_came(void **state)
{
    stream *ring = stream_new(1024, 16, FIRST);
    (void)state;
    publish(ring, "A", "{\"n\":1}");
    stream_cursor cursor = begin(ring, "", 0);
    assert_false(stream_has(ring, &cursor));
    assert_string_equal(read_all(ring, &cursor), "");
    publish(ring, "A", "{\"n\":2}");
    stream_ping(ring);
    assert_true(stream_has(ring, &cursor));
    assert_string_equal(read_all(ring, &cursor),
                        "id: 1001\nevent: values\ndata: {\"n\":2}\n\n: ping\n\n");
    assert_string_equal(read_all(ring, &cursor), "");
    stream_free(ring);
}

static void a_viewer_of_one_group_gets_its_events_and_pings(void **state)
{
    stream *ring = stream_new(1024, 16, FIRST);
    (void)state;
    stream_cursor cursor = begin(ring, "B", 0);
    publish(ring, "A", "1");
    assert_false(stream_has(ring, &cursor));
    publish(ring, "B", "2");
    publish(ring, "", "3");
    stream_ping(ring);
    assert_string_equal(read_all(ring, &cursor), "id: 1001\nevent: values\ndata: 2\n\n"
                                                 "id: 1002\nevent: values\ndata: 3\n\n: ping\n\n");
    stream_free(ring);
}

static void a_viewer_continues_behind_its_last_event_if_it_is_still_there(void **state)
{
    static const struct {
        uint64_t last_id;
        const char *first_line;
    } cases[] = {
        {1000, "id: 1001\n"}, /* the one after the oldest kept */
        {1002, "id: 1003\n"},
        {1003, ""},           /* had them all */
        {1004, ""},           /* not given out yet */
        {998, ""},            /* gone */
        {0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stream *ring = stream_new(1024, 3, FIRST);
        for (int n = 0; n < 4; n++)
            publish(ring, "A", "1");
        stream_cursor cursor = begin(ring, "", cases[i].last_id);
        const char *text = read_all(ring, &cursor);
        assert_memory_equal(text, cases[i].first_line, strlen(cases[i].first_line));
        assert_int_equal(text[0] == '\0', cases[i].first_line[0] == '\0');
        stream_free(ring);
    }
}

static void an_event_goes_out_in_pieces_of_any_size(void **state)
{
    static const char wanted[] = "id: 1000\nevent: values\ndata: {\"long\":true}\n\n"
                                 "id: 1001\nevent: values\ndata: 2\n\n";
    (void)state;
    for (size_t piece = 1; piece < sizeof wanted; piece++) {
        stream *ring = stream_new(1024, 16, FIRST);
        stream_cursor cursor = begin(ring, "", 0);
        char got[sizeof wanted] = "";
        size_t total = 0, len = 1;
        publish(ring, "A", "{\"long\":true}");
        publish(ring, "A", "2");
        while (len > 0) {
            assert_int_equal(stream_read(ring, &cursor, room, piece, &len), ESS_OK);
            assert_true(len <= piece && total + len < sizeof wanted);
            memcpy(got + total, room, len);
            total += len;
        }
        assert_string_equal(got, wanted);
        stream_free(ring);
    }
}

/* Over many rounds of a small ring: a viewer that keeps up gets every event whole, in order. */
static void the_ring_goes_round_without_tearing(void **state)
{
    stream *ring = stream_new(100, 8, FIRST);
    stream_cursor cursor = begin(ring, "", 0);
    char data[32], wanted[128];
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        (void)snprintf(data, sizeof data, "%.*s", (int)(i % 29), "abcdefghijklmnopqrstuvwxyz012");
        (void)snprintf(wanted, sizeof wanted, "id: %u\nevent: values\ndata: %s\n\n", FIRST + i,
                       data);
        publish(ring, "A", data);
        assert_string_equal(read_all(ring, &cursor), wanted);
    }
    stream_free(ring);
}

static void a_viewer_that_falls_off_is_sent_away(void **state)
{
    size_t len = 0;
    (void)state;
    for (int by_rows = 0; by_rows < 2; by_rows++) {
        stream *ring = by_rows ? stream_new(4096, 2, FIRST) : stream_new(100, 64, FIRST);
        stream_cursor whole = begin(ring, "", 0), torn = whole, other = begin(ring, "B", 0);
        publish(ring, "A", "0123456789");
        assert_int_equal(stream_read(ring, &torn, room, 5, &len), ESS_OK);
        for (int i = 0; i < 3; i++)
            publish(ring, "A", "0123456789");
        assert_true(stream_has(ring, &whole));
        assert_int_equal(stream_read(ring, &whole, room, sizeof room, &len), ESS_E_NOT_FOUND);
        assert_int_equal(stream_read(ring, &torn, room, sizeof room, &len), ESS_E_NOT_FOUND);
        assert_int_equal(stream_read(ring, &other, room, sizeof room, &len), ESS_E_NOT_FOUND);
        stream_free(ring);
    }
}

static void what_cannot_fit_is_refused(void **state)
{
    stream *ring = stream_new(64, 4, FIRST);
    stream_cursor cursor;
    char large[65], group[STREAM_GROUP_MAX + 2] = "";
    (void)state;
    memset(large, 'x', sizeof large);
    memset(group, 'g', sizeof group - 1);
    assert_int_equal(stream_publish(ring, "values", ESS_SLICE_LITERAL("A"),
                                    (ess_slice){large, sizeof large}), ESS_E_TOO_LARGE);
    assert_int_equal(stream_publish(ring, "values", ess_slice_from(group),
                                    ESS_SLICE_LITERAL("1")), ESS_E_TOO_LARGE);
    assert_int_equal(stream_begin(ring, ess_slice_from(group), 0, &cursor), ESS_E_TOO_LARGE);
    stream_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(viewers_get_what_comes_after_they_came),
        cmocka_unit_test(a_viewer_of_one_group_gets_its_events_and_pings),
        cmocka_unit_test(a_viewer_continues_behind_its_last_event_if_it_is_still_there),
        cmocka_unit_test(an_event_goes_out_in_pieces_of_any_size),
        cmocka_unit_test(the_ring_goes_round_without_tearing),
        cmocka_unit_test(a_viewer_that_falls_off_is_sent_away),
        cmocka_unit_test(what_cannot_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

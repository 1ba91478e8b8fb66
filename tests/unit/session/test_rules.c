/* Rules that no single message shows: that what our own writers write keeps them, and how they
 * hold over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/dispatch.h"
#include "ess/intake.h"
#include "ess/sender.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SID          "0000002a9f3c01d7"
#define T            INT64_C(1763827200000)

/* ---- what is written is what a receiver takes */

static void take(const char *topic, const char *payload, size_t len, ess_arrival *out)
{
    ess_fault fault = {.rule = "", .what = ""};
    if (ess_intake_check(ess_slice_from(topic), (ess_slice){payload, len}, lent_readings(), out,
                         &fault) != ESS_OK)
        fail_msg("%s %s in %.*s", fault.rule, fault.what, (int)len, payload);
}

/* [TOP-08] A reply bears RES and its own type; [ENV-06] [ENV-09] each writer says s and te as its
 * type wants them. */
static void writers_keep_the_rules_that_readers_check(void **state)
{
    char room[1024];
    size_t len;
    ess_arrival arrival;
    ess_report report = {.code = {.sid = SID, .n = 1815},
                         .ts_utc_ms = T - 1000,
                         .ns = ESS_SLICE_LITERAL("CAB01/BMS"),
                         .values = ESS_SLICE_LITERAL("{\"soc\":56.3}")};
    ess_presence_word word = {.on = true, .sid = SID, .clock = ESS_SLICE_LITERAL("synced")};
    ess_ack ack = {.code = ESS_SLICE_LITERAL("c"), .stage = ESS_STAGE_DONE};
    (void)state;
    assert_int_equal(ess_batch_print(&report, 1, T, room, sizeof room, &len), ESS_OK);
    take("v1/HIST/ess/SH001", room, len, &arrival); /* [DLV-08] with its n */
    assert_int_equal(arrival.envelope.te, ESS_TE_REQ);
    assert_int_equal(ess_report_print(&report, T, room, sizeof room, &len), ESS_OK);
    take("v1/DATA/ess/SH001", room, len, &arrival); /* [DLV-01] with its code */
    assert_int_equal(arrival.code.n, 1815);
    assert_int_equal(ess_presence_print(&word, T, room, sizeof room, &len), ESS_OK);
    take("v1/STATE/ess/SH001", room, len, &arrival);
    assert_int_equal(ess_ack_print(&ack, T, room, sizeof room, &len), ESS_OK);
    take("v1/ACK/ess/SH001/CAB01/PCS", room, len, &arrival);
    assert_int_equal(arrival.envelope.s, ESS_S_CMD);
    assert_int_equal(arrival.envelope.te, ESS_TE_RES);
}

/* [PRE-02] The word of a will: no more than on and sid. */
static void a_farewell_is_short(void **state)
{
    ess_presence_word word = {.on = false, .sid = SID};
    char room[256];
    size_t len;
    (void)state;
    assert_int_equal(ess_presence_print(&word, T, room, sizeof room, &len), ESS_OK);
    room[len] = '\0';
    assert_string_equal(room, "{\"t\":1763827200000,\"s\":\"METRIC\","
                              "\"d\":{\"on\":0,\"sid\":\"" SID "\"}}");
}

/* ---- objects */

static const char *skip_levels(const char *path, size_t levels)
{
    for (; levels > 0 && path != NULL; levels--) {
        path = strchr(path, '/');
        path = path == NULL ? NULL : path + 1;
    }
    return path == NULL ? "" : path;
}

static size_t count_levels(const char *path)
{
    size_t count = 1;
    for (; *path != '\0'; path++)
        count += *path == '/';
    return count;
}

/* The topic of the path's first levels. */
static void topic_of(const char *path, size_t levels, char room[static 64])
{
    const char *rest = skip_levels(path, levels);
    size_t len = *rest == '\0' ? strlen(path) : (size_t)(rest - path - 1);
    (void)snprintf(room, 64, "v1/DATA/ess/SH001%s%.*s", levels == 0 ? "" : "/",
                   levels == 0 ? 0 : (int)len, path);
}

static bool begins_with_unit(const char *ns, const char *path)
{
    size_t unit = strcspn(path, "/");
    return strncmp(ns, path, unit) == 0 && (ns[unit] == '/' || ns[unit] == '\0');
}

/* [ENV-13] The place that is chosen for an object is read as that object and no other. */
static void the_place_of_an_object_is_read_as_that_object(void **state)
{
    static const char *const paths[] = {"",      "A",     "A/A",   "A/B",   "A/B/C",
                                        "A/A/A", "A/A/B", "A/B/A", "A/B/B", "A/B/AA"};
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        ess_topic topic = {.version = 1, .type = ESS_DATA};
        ess_slice ns = ESS_SLICE_LITERAL("?");
        char room[ESS_NS_MAX + 1];
        assert_int_equal(ess_object_place(ess_slice_from(paths[i]), &topic, &ns), ESS_OK);
        assert_int_equal(ess_object_path(&topic, ns, room, sizeof room), ESS_OK);
        assert_string_equal(room, paths[i]);
    }
}

static void what_is_no_object_has_no_place(void **state)
{
    static const char *const paths[] = {"/", "A/", "/A", "A//B", "A/B/C/D", "A/B/C/"};
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        ess_topic topic = {.unit = ESS_SLICE_LITERAL("?")};
        ess_slice ns = ESS_SLICE_LITERAL("?");
        assert_int_equal(ess_object_place(ess_slice_from(paths[i]), &topic, &ns), ESS_E_ENVELOPE);
        assert_true(ess_slice_is(topic.unit, "?") && ess_slice_is(ns, "?"));
    }
}

/* [ENV-13] Whatever the names, an object written by the rule is read as that object, from a topic
 * of any depth. */
static void each_object_has_a_form_that_is_read_in_one_way(void **state)
{
    static const char *const paths[] = {"A",     "A/A",   "A/B",   "A/A/A", "A/A/B",
                                        "A/B/A", "A/B/B", "A/B/C", "AA/A",  "A/AA/A"};
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        for (size_t levels = 0; levels <= 2 && levels <= count_levels(paths[i]); levels++) {
            char text[64], read[ESS_NS_MAX + 1];
            ess_topic topic;
            const char *ns = skip_levels(paths[i], levels);
            if (levels > 0 && begins_with_unit(ns, paths[i]))
                ns = paths[i];
            topic_of(paths[i], levels, text);
            assert_int_equal(ess_topic_parse(ess_slice_from(text), &topic, NULL), ESS_OK);
            assert_int_equal(ess_object_path(&topic, ess_slice_from(ns), read, sizeof read),
                             ESS_OK);
            if (strcmp(read, paths[i]) != 0)
                fail_msg("%s with ns \"%s\" is read as %s, not %s", text, ns, read, paths[i]);
        }
    }
}

/* ---- over time */

static const ess_sender_options options = {
    .receipt_ms = 1000, .batch_bytes = 1000, .backlog_window = 8, .live_window = 4};

/* [DLV-01] DATA, PARAM and EVENT draw from one series; [DLV-05] time alone removes nothing;
 * [DLV-10] and the patience doubles, to a minute. */
static void what_is_not_receipted_goes_again_ever_later(void **state)
{
    static const int64_t waits_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    static const ess_message_type types[] = {ESS_EVENT, ESS_DATA, ESS_PARAM};
    ess_entry ring[8];
    ess_sender sender;
    ess_send send;
    int64_t now_ms = 0;
    (void)state;
    ess_sender_init(&sender, &options, ring, COUNT(ring), UINT64_C(0x0000002a9f3c01d7));
    for (size_t i = 0; i < COUNT(types); i++) {
        assert_int_equal(ess_sender_next_n(&sender), i + 1);
        assert_int_equal(ess_sender_stored(&sender, types[i], i, 100), ESS_OK);
    }
    assert_int_equal(ess_sender_drop_oldest(&sender, &ring[7]), ESS_OK);
    assert_int_equal(ess_sender_drop_oldest(&sender, &ring[7]), ESS_OK);
    ess_sender_line(&sender, true);
    ess_sender_next(&sender, now_ms, &send);
    assert_int_equal(ring[send.entry[0]].n, 3);
    ess_sender_sent(&sender, &send, now_ms);
    for (size_t i = ring[send.entry[0]].tries - 1U; i < COUNT(waits_ms); i++) {
        ess_sender_next(&sender, now_ms + waits_ms[i] - 1, &send);
        assert_int_equal(send.how, ESS_SEND_NOTHING);
        now_ms += waits_ms[i];
        ess_sender_next(&sender, now_ms, &send);
        assert_int_equal(send.how, ESS_SEND_AGAIN);
        assert_int_equal(ring[send.entry[0]].n, 3);
        ess_sender_sent(&sender, &send, now_ms);
    }
    assert_int_equal(ess_sender_waiting(&sender), 1);
}

/* [CMD-11] No evidence by exp and 10 s: to the millisecond. */
static void timeout_is_said_ten_seconds_after_exp(void **state)
{
    ess_dispatch dispatch;
    int64_t wake_ms;
    (void)state;
    ess_dispatch_init(&dispatch, ESS_STAGE_SENT, T, 0);
    ess_dispatch_sent(&dispatch, 0);
    assert_int_equal(ess_dispatch_due(&dispatch, T + 10000, 1, false, &wake_ms), ESS_DISPATCH_REST);
    assert_int_equal(ess_dispatch_due(&dispatch, T + 10001, 2, false, &wake_ms),
                     ESS_DISPATCH_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_keep_the_rules_that_readers_check),
        cmocka_unit_test(a_farewell_is_short),
        cmocka_unit_test(the_place_of_an_object_is_read_as_that_object),
        cmocka_unit_test(what_is_no_object_has_no_place),
        cmocka_unit_test(each_object_has_a_form_that_is_read_in_one_way),
        cmocka_unit_test(what_is_not_receipted_goes_again_ever_later),
        cmocka_unit_test(timeout_is_said_ten_seconds_after_exp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The sender: nothing leaves without a receipt, live goes first, what was not receipted goes
 * again. The last test lets chance cut the line and lose messages, and checks that all arrives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ess/sender.h"

#define RING 64
static const uint64_t sid = UINT64_C(0x0000000200000abc);
static const uint64_t old_sid = UINT64_C(0x0000000100000def);

static const ess_sender_options options = {
    .receipt_ms = 1000, .batch_bytes = 1000, .backlog_window = 8, .live_window = 4};

typedef struct bench {
    ess_entry ring[RING];
    ess_sender sender;
    uint64_t where;
} bench;

static void bench_begin(bench *b)
{
    memset(b, 0, sizeof *b);
    ess_sender_init(&b->sender, &options, b->ring, RING, sid);
}

static void store(bench *b, ess_message_type type)
{
    assert_int_equal(ess_sender_stored(&b->sender, type, ++b->where, 100), ESS_OK);
}

static void cloud(bench *b, bool on, const char *cloud_sid)
{
    ess_presence_word word = {.on = on};
    memcpy(word.sid, cloud_sid, sizeof word.sid);
    ess_sender_cloud(&b->sender, &word);
}

/* Takes what is to be sent at that time and says it was sent. */
static ess_send send_at(bench *b, int64_t now)
{
    ess_send send;
    ess_sender_next(&b->sender, now, &send);
    if (send.how != ESS_SEND_NOTHING)
        ess_sender_sent(&b->sender, &send, now);
    return send;
}

static size_t receipt(bench *b, uint64_t of_sid, uint64_t first, uint64_t last)
{
    ess_receipt r = {0};
    size_t done;
    ess_sid_print(of_sid, r.sid);
    assert_int_equal(ess_ranges_add(&r.ok, first, last), ESS_OK);
    ess_sender_receipt(&b->sender, &r, &done);
    return done;
}

static void nothing_is_sent_while_the_line_is_down(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_NOTHING);
    assert_true(ess_sender_wake(&b.sender) == INT64_MAX);
}

static void a_report_stays_until_its_receipt(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_LIVE);
    assert_int_equal(send_at(&b, 999).how, ESS_SEND_NOTHING);
    assert_true(ess_sender_wake(&b.sender) == 1000);
    assert_int_equal(send_at(&b, 1000).how, ESS_SEND_BATCH);   /* no receipt: again, as backfill */
    assert_int_equal(send_at(&b, 2999).how, ESS_SEND_NOTHING); /* patience has doubled */
    assert_int_equal(send_at(&b, 3000).how, ESS_SEND_BATCH);
    assert_int_equal(ess_sender_first_kept(&b.sender, 99), 1);
    assert_int_equal(receipt(&b, old_sid, 1, 9), 0); /* another session's */
    assert_int_equal(receipt(&b, sid, 1, 1), 1);
    assert_int_equal(receipt(&b, sid, 1, 1), 0);
    assert_int_equal(ess_sender_first_kept(&b.sender, 99), 99);
    assert_int_equal(ess_sender_waiting(&b.sender), 0);
}

static void live_goes_before_backfill_and_backfill_oldest_first(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    assert_int_equal(ess_sender_restore(&b.sender, old_sid, 7, ESS_DATA, ++b.where, 100), ESS_OK);
    assert_int_equal(ess_sender_restore(&b.sender, old_sid, 8, ESS_DATA, ++b.where, 100), ESS_OK);
    store(&b, ESS_DATA); /* the line is down: backlog of this session */
    ess_sender_line(&b.sender, true);
    store(&b, ESS_DATA);
    ess_send send = send_at(&b, 0);
    assert_int_equal(send.how, ESS_SEND_LIVE);
    assert_int_equal(b.ring[send.entry[0]].n, 2);
    send = send_at(&b, 0);
    assert_int_equal(send.how, ESS_SEND_BATCH); /* one sid a batch */
    assert_true(send.sid == old_sid && send.count == 2);
    send = send_at(&b, 0);
    assert_true(send.how == ESS_SEND_BATCH && send.sid == sid && send.count == 1);
}

static void parameters_and_events_go_again_on_their_own_flow(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    store(&b, ESS_PARAM);
    store(&b, ESS_DATA);
    ess_sender_line(&b.sender, true);
    ess_send send = send_at(&b, 0);
    assert_true(send.how == ESS_SEND_AGAIN && send.type == ESS_PARAM && send.count == 1);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_BATCH);
}

static void batches_keep_to_their_size_and_window(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    for (int i = 0; i < 30; i++)
        store(&b, ESS_DATA);
    ess_sender_line(&b.sender, true);
    assert_int_equal(send_at(&b, 0).count, 8); /* backlog_window; 10 would fit the bytes */
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_NOTHING);
    assert_int_equal(receipt(&b, sid, 1, 8), 8);
    assert_int_equal(send_at(&b, 1).count, 8);
}

static void live_reports_beyond_the_window_wait_as_backlog(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    for (int i = 0; i < 6; i++) {
        store(&b, ESS_DATA);
        if (i < 4)
            assert_int_equal(send_at(&b, 0).how, ESS_SEND_LIVE);
    }
    ess_send send = send_at(&b, 0);
    assert_true(send.how == ESS_SEND_BATCH && send.count == 2);
}

static void a_cloud_that_is_away_gets_nothing_and_one_reborn_gets_all_again(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    cloud(&b, true, "0000000500000001");
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_LIVE);
    cloud(&b, false, "0000000400000001"); /* the death of an earlier life */
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_LIVE);
    cloud(&b, false, "0000000500000001");
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 10).how, ESS_SEND_NOTHING);
    cloud(&b, true, "0000000600000001");
    ess_send send = send_at(&b, 20); /* at once, without waiting for the receipt's time */
    assert_true(send.how == ESS_SEND_BATCH && send.count == 3);
}

/* Agent and hub come back to a restarted broker in any order: what the agent sent before the hub
 * had subscribed reached nobody, and the hub's word is the first sign that it listens. */
static void what_was_sent_before_the_cloud_was_heard_goes_again_at_its_word(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    cloud(&b, true, "0000000500000001");
    ess_sender_line(&b.sender, false);
    ess_sender_line(&b.sender, true);
    store(&b, ESS_DATA);
    assert_int_equal(send_at(&b, 0).how, ESS_SEND_LIVE);
    store(&b, ESS_DATA);
    cloud(&b, true, "0000000500000001");                  /* the same life as before */
    assert_int_equal(send_at(&b, 10).how, ESS_SEND_LIVE); /* what was not sent yet stays live */
    assert_int_equal(send_at(&b, 10).how, ESS_SEND_BATCH);
    cloud(&b, true, "0000000500000001"); /* it subscribed again without our line having broken */
    assert_int_equal(send_at(&b, 20).how, ESS_SEND_BATCH);
}

static void a_refused_report_is_not_sent_again(void **state)
{
    bench b;
    ess_receipt r = {.no = {{.n = 1, .rule = "DAT-03"}}, .no_count = 1, .slow = 2};
    size_t done;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    store(&b, ESS_DATA);
    (void)send_at(&b, 0);
    ess_sid_print(sid, r.sid);
    ess_sender_receipt(&b.sender, &r, &done);
    assert_int_equal(done, 1);
    assert_int_equal(b.sender.slow, 2);
    assert_int_equal(send_at(&b, 100000).how, ESS_SEND_NOTHING);
}

static void what_is_refused_in_a_batch_goes_alone_before_it_is_given_up(void **state)
{
    bench b;
    ess_receipt r = {.no = {{.n = 1, .rule = "DAT-03"}}, .no_count = 1};
    size_t done;
    (void)state;
    bench_begin(&b);
    for (int i = 0; i < 3; i++)
        store(&b, ESS_DATA);
    ess_sender_line(&b.sender, true);
    assert_int_equal(send_at(&b, 0).count, 3);
    ess_sid_print(sid, r.sid);
    ess_sender_receipt(&b.sender, &r, &done);
    assert_int_equal(done, 0); /* which of the three was bad is not known */
    for (uint64_t n = 1; n <= 3; n++) {
        ess_send send = send_at(&b, 1);
        assert_int_equal(send.how, ESS_SEND_BATCH);
        assert_int_equal(send.count, 1);
        assert_int_equal(b.ring[send.entry[0]].n, n);
    }
    r.no[0].n = 2;
    ess_sender_receipt(&b.sender, &r, &done);
    assert_int_equal(done, 1);
    assert_false(ess_sender_has(&b.sender, sid, 2));
    assert_true(ess_sender_has(&b.sender, sid, 1) && ess_sender_has(&b.sender, sid, 3));
    (void)receipt(&b, sid, 1, 3);
    assert_int_equal(b.sender.backlog_sent, 0);
}

/* [DLV-60] The batch was sent twice and refused twice; the second refusal comes when its first
 * report has gone alone. Taken for that one's, it would give up a good report. */
static void a_refusal_of_an_earlier_message_gives_nothing_up(void **state)
{
    bench b;
    ess_receipt r = {.no = {{.n = 1, .rule = "DAT-07"}}, .no_count = 1};
    size_t done;
    (void)state;
    bench_begin(&b);
    for (int i = 0; i < 2; i++)
        store(&b, ESS_DATA);
    ess_sender_line(&b.sender, true);
    ess_sid_print(sid, r.sid);
    for (int64_t t = 1001; t <= 1002; t++) {
        ess_send send;
        ess_sender_next(&b.sender, t, &send);
        send.t_utc_ms = t; /* 1001: both; 1002: the first alone */
        ess_sender_sent(&b.sender, &send, t);
        r.no[0].t_utc_ms = 1001;
        ess_sender_receipt(&b.sender, &r, &done);
        assert_int_equal(done, 0);
        assert_true(ess_sender_has(&b.sender, sid, 1) && ess_sender_has(&b.sender, sid, 2));
    }
    r.no[0].t_utc_ms = 1002;
    ess_sender_receipt(&b.sender, &r, &done);
    assert_int_equal(done, 1);
    assert_false(ess_sender_has(&b.sender, sid, 1));
    assert_true(ess_sender_has(&b.sender, sid, 2));
}

static void a_receipt_for_another_session_ends_nothing(void **state)
{
    bench b;
    (void)state;
    bench_begin(&b);
    ess_sender_line(&b.sender, true);
    store(&b, ESS_DATA);
    (void)send_at(&b, 0);
    assert_int_equal(receipt(&b, sid + 1, 1, 9), 0);
    assert_int_equal(receipt(&b, old_sid, 1, 9), 0);
    assert_int_equal(ess_sender_waiting(&b.sender), 1);
    assert_int_equal(b.sender.live_sent, 1);
}

static void a_full_ring_refuses_and_gives_up_only_the_oldest(void **state)
{
    bench b;
    ess_entry lost;
    (void)state;
    bench_begin(&b);
    assert_int_equal(ess_sender_drop_oldest(&b.sender, &lost), ESS_E_NOT_FOUND);
    for (int i = 0; i < RING; i++)
        store(&b, ESS_DATA);
    assert_int_equal(ess_sender_stored(&b.sender, ESS_DATA, 99, 1), ESS_E_NO_ROOM);
    assert_int_equal(ess_sender_next_n(&b.sender), RING + 1); /* the number is not used up */
    assert_int_equal(ess_sender_drop_oldest(&b.sender, &lost), ESS_OK);
    assert_true(lost.n == 1 && lost.sid == sid);
    store(&b, ESS_DATA);
}

/* Every 37th report is one that the cloud refuses, and with it the message it is in. */
static bool is_poison(uint64_t n)
{
    return n % 37 == 0;
}

/* What a cloud says to a message: all committed, or the whole refused by its first number. */
static ess_receipt answer_to(const bench *b, const ess_send *send, bool *committed)
{
    ess_receipt r = {0};
    ess_sid_print(send->sid, r.sid);
    for (size_t i = 0; i < send->count; i++)
        r.no_count = r.no_count || is_poison(b->ring[send->entry[i]].n);
    if (r.no_count) {
        r.no[0].n = b->ring[send->entry[0]].n;
        return r;
    }
    for (size_t i = 0; i < send->count; i++) {
        uint64_t n = b->ring[send->entry[i]].n;
        committed[n] = true;
        assert_int_equal(ess_ranges_add(&r.ok, n, n), ESS_OK);
    }
    return r;
}

/* A cloud that commits what reaches it; messages and receipts are lost by chance. */
static void all_arrives_once_numbered_however_the_line_breaks(void **state)
{
    bench b;
    bool committed[400] = {0};
    uint32_t chance = 42;
    uint64_t produced = 0;
    (void)state;
    bench_begin(&b);
    for (int64_t now = 0; now < 2000000 && (produced < 300 || ess_sender_waiting(&b.sender));
         now += 50) {
        chance = chance * 1664525u + 1013904223u;
        uint32_t dice = chance >> 16;
        if (produced < 300 && b.sender.count < RING) {
            store(&b, dice % 11 ? ESS_DATA : ESS_EVENT);
            produced++;
        }
        if (dice % 17 == 0)
            ess_sender_line(&b.sender, !b.sender.line_up);
        ess_send send = send_at(&b, now);
        if (send.how == ESS_SEND_NOTHING || dice % 3 == 0) /* lost on the way up */
            continue;
        ess_receipt r = answer_to(&b, &send, committed);
        size_t done;
        if (dice % 5) /* else lost on the way down */
            ess_sender_receipt(&b.sender, &r, &done);
    }
    assert_int_equal(ess_sender_waiting(&b.sender), 0);
    assert_int_equal(b.sender.live_sent, 0);
    assert_int_equal(b.sender.backlog_sent, 0);
    assert_int_equal(b.sender.live_waiting, 0);
    for (uint64_t n = 1; n <= 300; n++)
        assert_true(committed[n] != is_poison(n));
}

static void sids_order_by_age_as_text_and_as_numbers(void **state)
{
    char text[ESS_SID_LEN + 1];
    uint64_t back;
    (void)state;
    ess_sid_print(ess_sid_make(10, 0xdeadbeef), text);
    assert_string_equal(text, "0000000adeadbeef");
    assert_int_equal(ess_sid_parse(ess_slice_from(text), &back), ESS_OK);
    assert_true(back == ess_sid_make(10, 0xdeadbeef) && back > ess_sid_make(9, 0xffffffff));
    assert_int_equal(ess_sid_parse(ess_slice_from("0000000aDEADBEEF"), &back), ESS_E_DATA);
    assert_int_equal(ess_sid_parse(ess_slice_from("0"), &back), ESS_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sent_while_the_line_is_down),
        cmocka_unit_test(a_report_stays_until_its_receipt),
        cmocka_unit_test(live_goes_before_backfill_and_backfill_oldest_first),
        cmocka_unit_test(parameters_and_events_go_again_on_their_own_flow),
        cmocka_unit_test(batches_keep_to_their_size_and_window),
        cmocka_unit_test(live_reports_beyond_the_window_wait_as_backlog),
        cmocka_unit_test(a_cloud_that_is_away_gets_nothing_and_one_reborn_gets_all_again),
        cmocka_unit_test(what_was_sent_before_the_cloud_was_heard_goes_again_at_its_word),
        cmocka_unit_test(a_refused_report_is_not_sent_again),
        cmocka_unit_test(what_is_refused_in_a_batch_goes_alone_before_it_is_given_up),
        cmocka_unit_test(a_refusal_of_an_earlier_message_gives_nothing_up),
        cmocka_unit_test(a_receipt_for_another_session_ends_nothing),
        cmocka_unit_test(a_full_ring_refuses_and_gives_up_only_the_oldest),
        cmocka_unit_test(all_arrives_once_numbered_however_the_line_breaks),
        cmocka_unit_test(sids_order_by_age_as_text_and_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

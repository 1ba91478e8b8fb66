/* The published sequences of a device's line (spec/vectors/sequences/device-line.json): births,
 * what becomes of stamps while the clock is not set, what is told of reports given up. */
#include "../../lib/lent.h"
#include "../../lib/sequence.h"
#include "ess/birth.h"
#include "ess/clock.h"
#include "ess/downlink.h"
#include "ess/gaps.h"
#include "ess/sender.h"

enum { RING_ROOM = 64, RECORDS = 256 };
#define UTC          INT64_C(1763827200000) /* where the sequence begins */
#define REPORT_BYTES 100                    /* what each stored report counts for a batch */

typedef struct record {
    ess_message_type type;
    int64_t stamp_utc_ms;
    ess_gap gap; /* of an EVENT that tells of one; lost.count 0: of none */
} record;

typedef struct device {
    /* kept over restarts of the program */
    record record[RECORDS]; /* by where */
    uint64_t stored;
    uint32_t boot;
    ess_clock clock;
    /* this life's */
    ess_sender sender;
    ess_entry ring[RING_ROOM];
    ess_birth birth;
    ess_gaps gaps;
    uint64_t sid;
    /* the world */
    const sequence *of;
    bool clock_set;
    int64_t now_ms,
        machine_ms; /* since the sequence began: now, and when the machine was started */
} device;

static ess_now now_of(const device *d)
{
    int64_t mono_ms = d->now_ms - d->machine_ms;
    return (ess_now){d->clock_set ? UTC + d->now_ms : mono_ms, mono_ms, d->clock_set};
}

static ess_message_type type_of(const sequence_step *step, const char *name)
{
    for (unsigned i = 0; i < ESS_CUSTOM; i++) {
        if (strcmp(name, ess_message_type_name((ess_message_type)i)) == 0)
            return (ess_message_type)i;
    }
    SEQUENCE_FAIL(step, "no type %s", name);
    return ESS_CUSTOM;
}

/* ---- lives */

static void begin_life(device *d)
{
    size_t room = (size_t)sequence_int_of(d->of->given, "room", RING_ROOM);
    ess_sender_options options = {.receipt_ms = 1000,
                                  .batch_bytes = 64 * REPORT_BYTES,
                                  .backlog_window = 8,
                                  .live_window = 8};
    ess_entry before[RING_ROOM];
    size_t kept = d->sender.count, head = d->sender.head, capacity = d->sender.capacity;

    for (size_t i = 0; i < kept; i++)
        before[i] = d->ring[(head + i) % capacity];
    d->sid = ess_sid_make(++d->boot, 0);
    ess_sender_init(&d->sender, &options, d->ring, room, d->sid);
    for (size_t i = 0; i < kept; i++)
        assert_int_equal(ess_sender_restore(&d->sender, before[i].sid, before[i].n,
                                            (ess_message_type)before[i].type, before[i].where,
                                            REPORT_BYTES),
                         ESS_OK);
    d->birth = (ess_birth){0};
    d->gaps = (ess_gaps){0};
    if (!d->clock_set)
        ess_clock_add(&d->clock, ess_clock_begin(d->sid, now_of(d)));
}

static void do_restart(device *d, const sequence_step *step)
{
    ess_slice machine;
    if (sequence_has(step->value, "machine", &machine) && sequence_is_true(machine)) {
        d->machine_ms = d->now_ms;
        d->clock = (ess_clock){0};
    }
    begin_life(d);
}

/* ---- storing, and giving up */

static void put(device *d, const record *one)
{
    assert_true(d->stored + 1 < RECORDS);
    d->record[++d->stored] = *one;
    assert_int_equal(ess_sender_stored(&d->sender, one->type, d->stored, REPORT_BYTES), ESS_OK);
}

static void give_up(device *d, const ess_entry *lost)
{
    const record *one = &d->record[lost->where];
    char text[256];
    ess_slice word = {.ptr = text};
    if (one->gap.lost.count > 0) {
        assert_int_equal(ess_gap_print(&one->gap, text, sizeof text, &word.len), ESS_OK);
        assert_true(ess_gaps_carry(&d->gaps, word));
    }
    assert_true(ess_gaps_note(&d->gaps, lost->sid, (ess_range){lost->n, lost->n}));
}

static void tell_gaps(device *d)
{
    record word = {.type = ESS_EVENT, .stamp_utc_ms = now_of(d).utc_ms};
    while (ess_gaps_next(&d->gaps, now_of(d), &word.gap)) {
        put(d, &word);
        ess_gaps_told(&d->gaps);
    }
}

static void do_store(device *d, const sequence_step *step)
{
    char name[16];
    record one = {.stamp_utc_ms = now_of(d).utc_ms};
    ess_entry lost;
    (void)sequence_text(step->value, name, sizeof name);
    one.type = type_of(step, name);
    /* For itself, and for the words of what is lost. */
    while (d->sender.count + 1 + (d->gaps.count > 0 ? d->gaps.count : 1) > d->sender.capacity) {
        assert_int_equal(ess_sender_drop_oldest(&d->sender, &lost), ESS_OK);
        give_up(d, &lost);
    }
    put(d, &one);
    tell_gaps(d);
}

/* The stored bytes of that n can no longer be read. */
static void do_spoil(device *d, const sequence_step *step)
{
    ess_receipt gone = {.ok = {.count = 1}};
    uint64_t n = (uint64_t)sequence_int(step->value);
    size_t done;
    ess_sid_print(d->sid, gone.sid);
    gone.ok.at[0] = (ess_range){n, n};
    ess_sender_receipt(&d->sender, &gone, &done);
    assert_int_equal(done, 1);
    assert_true(ess_gaps_note(&d->gaps, d->sid, gone.ok.at[0]));
    tell_gaps(d);
}

/* ---- what comes in */

static void do_in(device *d, const sequence_step *step)
{
    char topic[256], payload[1024];
    size_t topic_len = sequence_text_of(step->value, "topic", topic, sizeof topic), done;
    size_t payload_len = sequence_text_of(step->value, "payload", payload, sizeof payload);
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_fault fault = {.rule = "", .what = ""};
    ess_downlink down;
    ess_receipt receipt;
    if (ess_downlink_check((ess_slice){topic, topic_len}, (ess_slice){payload, payload_len},
                           &receiver, &down, &fault) != ESS_OK ||
        ess_receipt_parse(down.envelope.d, &receipt, &fault) != ESS_OK)
        SEQUENCE_FAIL(step, "refused by %s, %s", fault.rule, fault.what);
    ess_sender_receipt(&d->sender, &receipt, &done);
}

static void do_line(device *d, const sequence_step *step)
{
    ess_birth_line(&d->birth, sequence_is_true(step->value));
    ess_sender_line(&d->sender, sequence_is_true(step->value));
}

static void do_clock(device *d, const sequence_step *step)
{
    d->clock_set = sequence_is_true(step->value);
}

/* ---- what goes out */

static void see_birth(device *d, const sequence_step *step)
{
    char clock[16], sid[ESS_SID_LEN + 1], wanted[ESS_SID_LEN + 1];
    if (!ess_birth_is_due(&d->birth, now_of(d)))
        SEQUENCE_FAIL(step, "no birth goes out");
    if (sequence_text_of(step->value, "clock", clock, sizeof clock) > 0 &&
        strcmp(clock, d->clock_set ? "synced" : "unsynced") != 0)
        SEQUENCE_FAIL(step, "its clock is not %s", clock);
    ess_sid_print(d->sid, sid);
    if (sequence_text_of(step->value, "sid", wanted, sizeof wanted) > 0 && strcmp(sid, wanted) != 0)
        SEQUENCE_FAIL(step, "its sid is %s", sid);
    ess_birth_said(&d->birth, now_of(d));
}

/* The place-th number of the list. */
static int64_t number_at(ess_slice list, size_t place, bool *is_there)
{
    ess_json_reader reader;
    ess_slice raw;
    sequence_open(&reader, list, ESS_JSON_ARRAY_BEGIN);
    for (size_t i = 0; sequence_next(&reader, NULL, &raw); i++) {
        *is_there = i == place;
        if (*is_there)
            return sequence_int(raw);
    }
    return 0;
}

/* "lost": [[a,b]], of one run; "of": its sid. "ts": false where the word says no time. */
static void see_gap(const record *one, const sequence_step *step)
{
    ess_json_reader reader;
    ess_slice lost, run, ts;
    char of[ESS_SID_LEN + 1];
    bool first = false, last = false;
    if (!sequence_has(step->value, "lost", &lost))
        return;
    sequence_open(&reader, lost, ESS_JSON_ARRAY_BEGIN);
    assert_true(sequence_next(&reader, NULL, &run));
    if (one->gap.lost.count != 1 ||
        (uint64_t)number_at(run, 0, &first) != one->gap.lost.at[0].first ||
        (uint64_t)number_at(run, 1, &last) != one->gap.lost.at[0].last || !first || !last)
        SEQUENCE_FAIL(step, "lost are %llu to %llu", (unsigned long long)one->gap.lost.at[0].first,
                      (unsigned long long)one->gap.lost.at[0].last);
    if (sequence_text_of(step->value, "of", of, sizeof of) > 0 && strcmp(of, one->gap.sid) != 0)
        SEQUENCE_FAIL(step, "lost of %s", one->gap.sid);
    if (sequence_has(step->value, "ts", &ts) && one->gap.ts_utc_ms >= 0)
        SEQUENCE_FAIL(step, "it says a time");
}

static void see_report(const device *d, const sequence_step *step, const ess_entry *entry,
                       size_t place)
{
    const record *one = &d->record[entry->where];
    int64_t ts = ess_clock_stamp(&d->clock, entry->sid, one->stamp_utc_ms, now_of(d));
    ess_slice n, stamps;
    bool is_there = false;
    assert_true(sequence_has(step->value, "n", &n));
    if ((uint64_t)number_at(n, place, &is_there) != entry->n || !is_there)
        SEQUENCE_FAIL(step, "place %zu is n %llu", place, (unsigned long long)entry->n);
    if (one->type == ESS_EVENT) {
        see_gap(one, step);
        return;
    }
    if (sequence_has(step->value, "ts", &stamps) &&
        (number_at(stamps, place, &is_there) != ts || !is_there))
        SEQUENCE_FAIL(step, "place %zu has ts %lld", place, (long long)ts);
}

static void see_out(device *d, const sequence_step *step)
{
    char on[16];
    ess_send send;
    ess_message_type wanted;
    ess_slice n;
    bool more = false;
    (void)sequence_text_of(step->value, "on", on, sizeof on);
    wanted = type_of(step, on);
    if (wanted == ESS_STATE) {
        see_birth(d, step);
        return;
    }
    if (ess_birth_is_due(&d->birth, now_of(d)))
        SEQUENCE_FAIL(step, "the birth goes before"); /* [PRE-01] */
    ess_sender_next(&d->sender, now_of(d).mono_ms, &send);
    if (send.how == ESS_SEND_NOTHING ||
        (send.how == ESS_SEND_BATCH ? ESS_HIST : send.type) != wanted)
        SEQUENCE_FAIL(step, "%s goes out, of n %llu",
                      send.how == ESS_SEND_NOTHING ? "nothing" : ess_message_type_name(send.type),
                      send.count == 0 ? 0 : (unsigned long long)d->ring[send.entry[0]].n);
    for (size_t i = 0; i < send.count; i++)
        see_report(d, step, &d->ring[send.entry[i]], i);
    if (sequence_has(step->value, "n", &n) && (number_at(n, send.count, &more), more))
        SEQUENCE_FAIL(step, "%zu reports go out", send.count);
    ess_sender_sent(&d->sender, &send, now_of(d).mono_ms);
    ess_birth_spoke(&d->birth, now_of(d).mono_ms);
}

static void see_quiet(device *d, const sequence_step *step)
{
    ess_send send;
    if (ess_birth_is_due(&d->birth, now_of(d)))
        SEQUENCE_FAIL(step, "the birth goes out");
    ess_sender_next(&d->sender, now_of(d).mono_ms, &send);
    if (send.how != ESS_SEND_NOTHING)
        SEQUENCE_FAIL(step, "something goes out");
}

/* ---- */

static void act(void *context, sequence_step *step)
{
    static const struct {
        const char *name;
        void (*act)(device *d, const sequence_step *step);
    } verbs[] = {{"line", do_line},   {"clock", do_clock},     {"store", do_store},
                 {"spoil", do_spoil}, {"restart", do_restart}, {"in", do_in},
                 {"out", see_out},    {"quiet", see_quiet}};
    device *d = context;
    d->now_ms = step->at_ms;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(d, step);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run(const sequence *of)
{
    static device d;
    ess_slice clock;
    memset(&d, 0, sizeof d);
    d.of = of;
    d.clock_set = !sequence_has(of->given, "clock", &clock) || sequence_is_true(clock);
    begin_life(&d);
    sequence_run(of, act, &d);
}

static void a_device_speaks_on_its_line_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-line", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_speaks_on_its_line_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A device of the plant: the sender over a disk that forgets what was not synced, and a station
 * that carries commands out. It is what ess-agent is, as short as can be. */
#ifndef ESS_TEST_PLANT_DEVICE_H
#define ESS_TEST_PLANT_DEVICE_H

#include "../../lib/station.h"
#include "ess/birth.h"
#include "ess/gaps.h"
#include "ess/sender.h"
#include "plant_ledger.h"

#define KEPT_MAX    96 /* beyond it the oldest are given up */
#define RECORD_MAX  640
#define RECORD_SIZE 40 /* as the sender is told; so that batches are of many */

typedef struct record {
    uint64_t sid, n;
    uint32_t id; /* in the ledger */
    ess_message_type type;
    char d[RECORD_MAX];
} record;

typedef struct disk {
    record log[REPORTS_MAX];
    size_t count, synced, first; /* first: older ones were let go */
    uint32_t boots;
} disk;

typedef struct device {
    world *w;
    ledger *book;
    disk disk;
    bool alive;
    int64_t boot_ms;      /* dead: when it starts again */
    int64_t clock_set_ms; /* before it, its clock says 1970 */
    ess_sender sender;
    ess_entry ring[REPORTS_MAX];
    ess_birth birth;
    station station; /* its disk is synced at once: what is not is lost with the power */
    station_rig rig;
} device;

static inline bool has_clock(const device *d)
{
    return d->w->now_ms >= d->clock_set_ms;
}

static inline int64_t device_utc_ms(const device *d)
{
    return has_clock(d) ? utc_of(d->w) : d->w->now_ms;
}

static inline void device_sync(device *d)
{
    for (size_t i = d->disk.synced; i < d->disk.count; i++)
        d->book->reports[d->disk.log[i].id].durable = true;
    d->disk.synced = d->disk.count;
}

/* The station's clock, as its device's is now. */
static inline void device_time(device *d)
{
    d->station.now_ms = d->w->now_ms;
    d->station.clock_set = has_clock(d);
}

/* ---- life */

static inline void device_state(const device *d, bool on, char room[static 256], size_t *len)
{
    ess_presence_word word = {.on = on, .minor = on ? 1 : 0};
    if (on)
        word.clock = ess_slice_from(has_clock(d) ? "synced" : "unsynced");
    ess_sid_print(d->sender.sid, word.sid);
    assert_int_equal(ess_presence_print(&word, device_utc_ms(d), room, 256, len), ESS_OK);
}

static inline void device_boot(device *d)
{
    static const ess_sender_options options = {.receipt_ms = 1000,
                                               .batch_bytes = 2048,
                                               .backlog_window = 48,
                                               .live_window = 16,
                                               .minor = 1};
    char will[256];
    size_t len;
    d->disk.boots++; /* durable before it is used [PRE-04] */
    ess_sender_init(&d->sender, &options, d->ring, REPORTS_MAX,
                    ess_sid_make(d->disk.boots, chance(d->w, 1u << 31)));
    for (size_t i = d->disk.first; i < d->disk.count; i++) {
        const record *r = &d->disk.log[i];
        assert_int_equal(ess_sender_restore(&d->sender, r->sid, r->n, r->type, i, RECORD_SIZE),
                         ESS_OK);
    }
    device_time(d);
    if (d->disk.boots == 1)
        station_make(&d->station, STATION_CODES);
    else
        station_start(&d->station);
    d->birth = (ess_birth){0};
    device_sync(d);
    d->alive = true;
    device_state(d, false, will, &len);
    world_set_will(d->w, DEVICE, (ess_slice){will, len});
}

/* A power cut: of what was not synced, some of the oldest may have reached the disk. */
static inline void device_die(device *d)
{
    size_t at_risk = d->disk.count - d->disk.synced;
    d->disk.count = d->disk.synced + (at_risk > 0 ? chance(d->w, (uint32_t)at_risk + 1) : 0);
    d->alive = false;
    d->boot_ms = d->w->now_ms + 200 + chance(d->w, 8000);
    d->book->device_deaths++;
    world_cut(d->w, DEVICE, 0);
}

/* ---- reports */

static inline record *new_record(device *d, ess_message_type type, size_t ahead)
{
    record *r = &d->disk.log[d->disk.count++];
    assert_true(d->disk.count < REPORTS_MAX && d->book->report_count < REPORTS_MAX);
    *r = (record){.sid = d->sender.sid,
                  .n = ess_sender_next_n(&d->sender) + ahead,
                  .id = (uint32_t)d->book->report_count++,
                  .type = type};
    return r;
}

/* Those written last: synced, then told to the sender. */
static inline void keep_records(device *d, size_t count)
{
    if (mishap(d->w, 4)) { /* between writing and syncing */
        device_die(d);
        return;
    }
    device_sync(d);
    for (size_t i = d->disk.count - count; i < d->disk.count; i++)
        assert_int_equal(ess_sender_stored(&d->sender, d->disk.log[i].type, i, RECORD_SIZE),
                         ESS_OK);
}

static inline void give_up_oldest(device *d, ess_gaps *gaps)
{
    ess_entry lost;
    assert_int_equal(ess_sender_drop_oldest(&d->sender, &lost), ESS_OK);
    const record *r = &d->disk.log[lost.where];
    assert_true(ess_gaps_carry(gaps, ess_slice_from(r->d)));
    assert_true(ess_gaps_note(gaps, lost.sid, (ess_range){lost.n, lost.n}));
}

/* Losses are told in one sync with their cause. */
static inline void make_room(device *d)
{
    ess_gaps gaps = {.count = 0};
    ess_now now = {device_utc_ms(d), d->w->now_ms, has_clock(d)};
    ess_gap word;
    size_t len, told = 0;
    if (d->sender.count + 1 < KEPT_MAX)
        return;
    for (int i = 0; i < 16 && d->sender.count > 0; i++)
        give_up_oldest(d, &gaps);
    for (; ess_gaps_next(&gaps, now, &word); told++) {
        record *r = new_record(d, ESS_EVENT, told);
        assert_int_equal(ess_gap_print(&word, r->d, sizeof r->d - 16, &len), ESS_OK);
        (void)snprintf(r->d + len - 1, 16, ",\"id\":%u}", (unsigned)r->id);
        ess_gaps_told(&gaps);
    }
    d->book->gaps += (unsigned)told;
    keep_records(d, told);
}

static inline void device_measure(device *d)
{
    make_room(d);
    if (!d->alive)
        return;
    record *r = new_record(d, ESS_DATA, 0);
    d->book->reports[r->id].broken = chance(d->w, 60) == 0;
    (void)snprintf(r->d, sizeof r->d, "{\"id\":%u%s}", (unsigned)r->id,
                   d->book->reports[r->id].broken ? ",\"a\":[\"no number\"]" : "");
    keep_records(d, 1);
}

static inline ess_report report_of(const device *d, size_t place)
{
    const record *r = &d->disk.log[d->ring[place].where];
    ess_report report = {.ts_utc_ms = device_utc_ms(d) - 7,
                         .ns = ESS_SLICE_LITERAL("CAB01/BMS"),
                         .values = ess_slice_from(r->d)};
    ess_sid_print(r->sid, report.code.sid);
    report.code.n = r->n;
    if (r->n != d->ring[place].n || r->sid != d->ring[place].sid)
        plant_fail(d->w, "the ring points at another record");
    return report;
}

static inline ess_err send_one(device *d, const ess_send *send)
{
    static char payload[PAYLOAD_MAX];
    ess_report rows[ESS_BATCH_MAX];
    char topic[64];
    size_t len = 0;
    for (size_t i = 0; i < send->count; i++) {
        rows[i] = report_of(d, send->entry[i]);
        if (!d->book->reports[d->disk.log[d->ring[send->entry[i]].where].id].durable)
            plant_fail(d->w, "sent before it was durable");
    }
    bool batch = send->how == ESS_SEND_BATCH;
    if (!batch && send->type != ESS_DATA) { /* its d is no row */
        rows[0].ts_utc_ms = device_utc_ms(d);
        assert_int_equal(ess_report_print(rows, rows[0].ts_utc_ms, payload, sizeof payload, &len),
                         ESS_OK);
    } else if (batch) {
        assert_int_equal(
            ess_batch_print(rows, send->count, device_utc_ms(d), payload, sizeof payload, &len),
            ESS_OK);
    } else {
        assert_int_equal(ess_report_print(rows, device_utc_ms(d), payload, sizeof payload, &len),
                         ESS_OK);
    }
    d->book->batches += batch && send->count > 1;
    (void)snprintf(topic, sizeof topic, "v1/%s/ess/SH001",
                   batch ? "HIST" : ess_message_type_name(send->type));
    return world_publish(d->w, DEVICE, topic, (ess_slice){payload, len});
}

static inline void device_send(device *d)
{
    for (int i = 0; i < 32; i++) {
        ess_send send;
        ess_sender_next(&d->sender, d->w->now_ms, &send);
        send.t_utc_ms = device_utc_ms(d);
        if (send.how == ESS_SEND_NOTHING || send_one(d, &send) != ESS_OK)
            return;
        ess_sender_sent(&d->sender, &send, d->w->now_ms);
    }
}

/* ---- commands */

static inline size_t command_number(ess_slice code)
{
    assert_int_equal(code.len, 4);
    return (size_t)(code.ptr[2] - '0') * 10 + (size_t)(code.ptr[3] - '0');
}

/* Replies go out, or are lost and asked for again; events are another test's. */
static inline void device_say(device *d)
{
    char payload[512];
    size_t len;
    for (size_t i = 0; i < d->station.said_count; i++) {
        const station_word *word = &d->station.said[i];
        ess_ack ack = {.code = ess_slice_from(word->code),
                       .stage = word->stage,
                       .result = word->result,
                       .read_back = ess_slice_from(word->v)};
        if (word->kind != WORD_ACK)
            continue;
        d->book->unknowns += word->stage == ESS_STAGE_UNKNOWN;
        assert_int_equal(ess_ack_print(&ack, device_utc_ms(d), payload, sizeof payload, &len),
                         ESS_OK);
        (void)world_publish(d->w, DEVICE, "v1/ACK/ess/SH001/CAB01/PCS", (ess_slice){payload, len});
    }
    d->station.said_count = 0;
}

static inline void device_command(device *d, const packet *p, const ess_downlink *down)
{
    ess_slice code = down->envelope.code;
    device_time(d);
    if (ess_journal_find(&d->station.journal, code) == NULL)
        d->book->commands[command_number(code)].by_own_clock = has_clock(d);
    (void)station_in(&d->station, ess_slice_from(p->topic), (ess_slice){p->payload, p->len}, false);
    device_say(d);
}

/* A job is done when it is asked for; its answer may be lost with the power. */
static inline void device_carry_out(device *d)
{
    const ess_execute_job *job = &d->station.job;
    const ess_order *order = ess_orders_running(&d->station.orders);
    if (job->is_write) {
        station_rig_take(&d->rig, job->point.number, job->value);
        if (order != NULL) {
            ledger_command *real = &d->book->commands[command_number(ess_slice_from(order->code))];
            real->writes++;
            real->written_utc_ms = utc_of(d->w);
        }
    }
    if (mishap(d->w, 60)) {
        device_die(d);
        return;
    }
    station_answered(&d->station, &(ess_execute_answer){.value = d->rig.value[job->point.number]});
}

static inline void device_work(device *d)
{
    bool is_lost = mishap(d->w, 20); /* what would be kept now dies with the power */
    if (mishap(d->w, 700))
        return; /* the bus is busy: it waits */
    device_time(d);
    d->station.disk.is_full = is_lost;
    station_run(&d->station);
    d->station.disk.is_full = false;
    if (d->station.job_out)
        device_carry_out(d);
    if (is_lost && d->alive)
        device_die(d);
    if (d->alive)
        device_say(d);
}

/* ---- what comes */

static inline void device_receipt(device *d, const ess_downlink *down)
{
    ess_receipt receipt;
    ess_fault fault;
    size_t done;
    assert_int_equal(ess_receipt_parse(down->envelope.d, &receipt, &fault), ESS_OK);
    ess_sender_receipt(&d->sender, &receipt, &done);
    if (!mishap(d->w, 300)) /* else trimmed another time */
        d->disk.first = (size_t)ess_sender_first_kept(&d->sender, d->disk.count);
}

static inline void device_hear(device *d, const packet *p)
{
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_presence_word word;
    ess_downlink down;
    ess_fault fault;
    if (ess_downlink_check(ess_slice_from(p->topic), (ess_slice){p->payload, p->len}, &receiver,
                           &down, &fault) != ESS_OK)
        plant_fail(d->w, "the device refuses %s by %s: %s", p->topic, fault.rule, fault.what);
    if (down.topic.type == ESS_CMD) {
        device_command(d, p, &down);
    } else if (down.topic.type == ESS_RSP) {
        device_receipt(d, &down);
    } else {
        assert_int_equal(ess_presence_parse(down.envelope.d, &word, &fault), ESS_OK);
        ess_sender_cloud(&d->sender, &word);
    }
}

/* ---- a step */

static inline void device_line(device *d)
{
    line *own = &d->w->lines[DEVICE];
    ess_now now = {device_utc_ms(d), d->w->now_ms, has_clock(d)};
    char payload[256];
    size_t len;
    if (own->up && mishap(d->w, 4)) {
        world_cut(d->w, DEVICE, chance(d->w, 6000));
        d->book->cuts++;
    }
    if (!own->up && d->w->now_ms >= own->change_ms) {
        world_connect(d->w, DEVICE);
        ess_birth_line(&d->birth, true);
    }
    d->birth.line_up = own->up;
    if (ess_birth_is_due(&d->birth, now)) { /* again until the line takes it */
        device_state(d, true, payload, &len);
        if (world_publish(d->w, DEVICE, STATE_OF_DEVICE, (ess_slice){payload, len}) == ESS_OK)
            ess_birth_said(&d->birth, now);
    }
    ess_sender_line(&d->sender, own->up && d->birth.is_said);
}

static inline void device_step(device *d)
{
    if (!d->alive && d->w->now_ms >= d->boot_ms)
        device_boot(d);
    if (!d->alive)
        return;
    if (mishap(d->w, 2)) {
        device_die(d);
        return;
    }
    device_line(d);
    if (d->w->faults && chance(d->w, 4) == 0)
        device_measure(d);
    if (d->alive)
        device_work(d);
    if (d->alive)
        device_send(d);
}

#endif

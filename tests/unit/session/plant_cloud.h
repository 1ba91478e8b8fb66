/* A cloud of the plant: intake, one commit for a batch, receipts behind it, commands as rows. It
 * dies before and after its commits, and between publishing and noting. */
#ifndef ESS_TEST_PLANT_CLOUD_H
#define ESS_TEST_PLANT_CLOUD_H

#include "ess/dispatch.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/sender.h"
#include "plant_ledger.h"

#define BATCH_MAX 512
#define BOOTS_MAX 64

typedef struct cloud_report {
    ess_report_code code;
    uint32_t id;
    ess_gap gap; /* told by it, if any */
} cloud_report;

typedef struct cloud_ack {
    size_t number;
    ess_stage stage;
} cloud_ack;

typedef struct cloud_row { /* of a command, durable */
    int64_t exp_utc_ms;
    ess_stage stage;
    bool may_be_out; /* noted before it is published for the first time */
    unsigned finals;
} cloud_row;

typedef struct cloud {
    world *w;
    ledger *book;
    /* durable */
    uint32_t boots;
    uint64_t sid_of_boot[BOOTS_MAX];
    uint32_t history[BOOTS_MAX][REPORTS_MAX]; /* by boot and n: the report's id and 1 */
    bool told_lost[BOOTS_MAX][REPORTS_MAX];
    cloud_row rows[COMMANDS_MAX];
    size_t row_count;
    /* not durable */
    bool alive, is_born;
    int64_t boot_ms;
    uint64_t sid;
    cloud_report batch[BATCH_MAX];
    size_t batch_count;
    cloud_ack acks[BATCH_MAX];
    size_t ack_count;
    ess_receipts receipts;
    ess_presence presence;
    ess_dispatch dispatch[COMMANDS_MAX];
    bool over[COMMANDS_MAX];
} cloud;

static inline void cloud_state(const cloud *c, bool on, char room[static 256], size_t *len)
{
    ess_presence_word word = {.on = on, .minor = on ? 1 : 0};
    ess_sid_print(c->sid, word.sid);
    assert_int_equal(ess_presence_print(&word, utc_of(c->w), room, 256, len), ESS_OK);
}

static inline void cloud_load(cloud *c, size_t number)
{
    const cloud_row *row = &c->rows[number];
    ess_dispatch_init(&c->dispatch[number], row->stage, row->exp_utc_ms, c->w->now_ms);
    c->dispatch[number].tries = row->may_be_out;
    c->over[number] = ess_stage_is_final(row->stage);
}

static inline void cloud_boot(cloud *c)
{
    char will[256];
    size_t len;
    c->boots++;
    c->sid = ess_sid_make(c->boots, chance(c->w, 1u << 31));
    c->alive = true;
    c->batch_count = 0;
    c->ack_count = 0;
    c->receipts.count = 0;
    c->presence = (ess_presence){0};
    for (size_t i = 0; i < c->row_count; i++)
        cloud_load(c, i);
    cloud_state(c, false, will, &len);
    world_set_will(c->w, CLOUD, (ess_slice){will, len});
}

static inline void cloud_die(cloud *c)
{
    c->alive = false;
    c->boot_ms = c->w->now_ms + 200 + chance(c->w, 8000);
    c->book->cloud_deaths++;
    world_cut(c->w, CLOUD, 0);
}

/* ---- what comes */

static const ess_receipt_to to_device = {"SH001", 1, true};

static inline cloud_report *new_report(cloud *c, const ess_report_code *code)
{
    cloud_report *report = &c->batch[c->batch_count++];
    assert_true(c->batch_count <= BATCH_MAX);
    *report = (cloud_report){.code = *code};
    return report;
}

static inline void take_values(cloud *c, const ess_arrival *arrival)
{
    const ess_readings *read = lent_readings();
    for (uint32_t i = 0; i < read->readings; i++) {
        const ess_reading *value = &read->reading[i];
        cloud_report *report = new_report(c, &arrival->code);
        if (read->row[value->row].has_n)
            report->code.n = read->row[value->row].n;
        report->id = (uint32_t)value->mantissa;
    }
}

static inline uint32_t number_of(ess_slice object, const char *name)
{
    ess_decimal value = {0};
    assert_int_equal(ess_command_arg(object, name, &value), ESS_OK);
    return (uint32_t)value.mantissa;
}

static inline void take_event(cloud *c, const ess_arrival *arrival)
{
    cloud_report *report = new_report(c, &arrival->code);
    assert_int_equal(ess_gap_parse(arrival->envelope.d, &report->gap), ESS_OK);
    report->id = number_of(arrival->envelope.d, "id");
}

static inline void take_ack(cloud *c, const ess_arrival *arrival)
{
    ess_ack ack;
    ess_fault fault;
    assert_int_equal(ess_ack_parse(&arrival->envelope, &ack, &fault), ESS_OK);
    assert_true(c->ack_count < BATCH_MAX);
    c->acks[c->ack_count++] = (cloud_ack){
        (size_t)(ack.code.ptr[2] - '0') * 10 + (size_t)(ack.code.ptr[3] - '0'), ack.stage};
}

static inline void take_state(cloud *c, const ess_arrival *arrival)
{
    ess_presence_word word;
    ess_fault fault;
    uint64_t sid;
    assert_int_equal(ess_presence_parse(arrival->envelope.d, &word, &fault), ESS_OK);
    (void)ess_presence_apply(&c->presence, &word, utc_of(c->w));
    assert_int_equal(ess_sid_parse(ess_slice_from(word.sid), &sid), ESS_OK);
    for (size_t i = 0; word.on && sid == c->presence.sid && i < c->row_count; i++)
        ess_dispatch_reborn(&c->dispatch[i], c->w->now_ms);
}

static inline void cloud_hear(cloud *c, const packet *p)
{
    ess_arrival arrival;
    ess_fault fault;
    ess_err err = ess_intake_check(ess_slice_from(p->topic), (ess_slice){p->payload, p->len},
                                   lent_readings(), &arrival, &fault);
    if (err != ESS_OK && strncmp(fault.rule, "DAT-", 4) != 0)
        plant_fail(c->w, "the cloud refuses %s by %s: %s", p->topic, fault.rule, fault.what);
    if (err != ESS_OK) {
        c->book->refusals++;
        (void)ess_receipts_no(&c->receipts, &to_device, &arrival, fault.rule);
    } else if (arrival.topic.type == ESS_STATE) {
        take_state(c, &arrival);
    } else if (arrival.topic.type == ESS_ACK) {
        take_ack(c, &arrival);
    } else if (arrival.topic.type == ESS_EVENT) {
        take_event(c, &arrival);
    } else {
        take_values(c, &arrival);
    }
}

/* ---- the commit */

static inline void store_report(cloud *c, const cloud_report *report)
{
    uint64_t sid;
    assert_int_equal(ess_sid_parse(ess_slice_from(report->code.sid), &sid), ESS_OK);
    size_t boot = (size_t)(sid >> 32);
    assert_true(boot < BOOTS_MAX && report->code.n < REPORTS_MAX);
    uint32_t *place = &c->history[boot][report->code.n];
    if (*place != 0 && *place != report->id + 1)
        plant_fail(c->w, "two reports of one number");
    if (*place != 0)
        return; /* [DLV-02] */
    *place = report->id + 1;
    c->book->reports[report->id].stored++;
    if (report->gap.lost.count > 0)
        assert_int_equal(ess_sid_parse(ess_slice_from(report->gap.sid), &sid), ESS_OK);
    for (size_t n = 1; report->gap.lost.count > 0 && n < REPORTS_MAX; n++) {
        if (ess_ranges_has(&report->gap.lost, n))
            c->told_lost[sid >> 32][n] = true;
    }
}

static inline void store_ack(cloud *c, const cloud_ack *ack)
{
    cloud_row *row = &c->rows[ack->number];
    ess_dispatch dispatch = {.stage = row->stage};
    bool fresh;
    if (ess_dispatch_ack(&dispatch, ack->stage, &fresh) != ESS_OK)
        plant_fail(c->w, "c-%02u: %s and %s, both final", (unsigned)ack->number,
                   ess_stage_name(row->stage), ess_stage_name(ack->stage));
    row->finals += fresh && ess_stage_is_final(ack->stage);
    row->stage = dispatch.stage;
    c->dispatch[ack->number].stage = dispatch.stage;
}

static inline void send_receipts(cloud *c)
{
    static char payload[PAYLOAD_MAX];
    size_t len;
    for (size_t i = 0; i < c->receipts.count; i++) {
        assert_int_equal(ess_receipt_print(&c->receipts.slot[i].receipt, utc_of(c->w), payload,
                                           sizeof payload, &len),
                         ESS_OK);
        (void)world_publish(c->w, CLOUD, "v1/RSP/ess/SH001", (ess_slice){payload, len});
    }
    c->receipts.count = 0; /* those that did not get out are asked for by sending again */
}

static inline void cloud_commit(cloud *c)
{
    if (mishap(c->w, 20)) { /* before it: nothing of the batch is */
        cloud_die(c);
        return;
    }
    for (size_t i = 0; i < c->batch_count; i++)
        store_report(c, &c->batch[i]);
    for (size_t i = 0; i < c->ack_count; i++)
        store_ack(c, &c->acks[i]);
    if (mishap(c->w, 20)) { /* behind it: nobody was told */
        cloud_die(c);
        return;
    }
    for (size_t i = 0; i < c->batch_count; i++) {
        if (ess_receipts_ok(&c->receipts, &to_device, &c->batch[i].code) != ESS_OK) {
            send_receipts(c);
            (void)ess_receipts_ok(&c->receipts, &to_device, &c->batch[i].code);
        }
    }
    send_receipts(c);
    c->batch_count = 0;
    c->ack_count = 0;
}

/* ---- commands */

static inline void cloud_order(cloud *c)
{
    size_t number = c->row_count;
    if (number == COMMANDS_MAX)
        return;
    c->rows[number] = (cloud_row){.stage = ESS_STAGE_CREATED,
                                  .exp_utc_ms = utc_of(c->w) + 500 + chance(c->w, 12000)};
    c->book->commands[number].exp_utc_ms = c->rows[number].exp_utc_ms;
    c->book->command_count++;
    c->row_count++;
    cloud_load(c, number);
}

/* False: it died on the way. */
static inline bool send_command(cloud *c, size_t number)
{
    char code[8], payload[512];
    size_t len;
    (void)snprintf(code, sizeof code, "c-%02u", (unsigned)number);
    ess_command command = {.code = ess_slice_from(code),
                           .op = ESS_SLICE_LITERAL("power.set"),
                           .args = ESS_SLICE_LITERAL("{\"p\":60,\"rvt\":20}"),
                           .by = ESS_SLICE_LITERAL("op7"),
                           .t_utc_ms = utc_of(c->w),
                           .exp_utc_ms = c->rows[number].exp_utc_ms};
    assert_int_equal(ess_command_print(&command, payload, sizeof payload, &len), ESS_OK);
    c->rows[number].may_be_out = true;
    if (c->rows[number].stage == ESS_STAGE_CREATED)
        c->rows[number].stage = ESS_STAGE_SENT;
    if (mishap(c->w, 20)) {
        cloud_die(c);
        return false;
    }
    if (world_publish(c->w, CLOUD, "v1/CMD/ess/SH001/CAB01/PCS", (ess_slice){payload, len}) ==
        ESS_OK)
        ess_dispatch_sent(&c->dispatch[number], c->w->now_ms);
    return true;
}

static inline void cloud_dispatch(cloud *c)
{
    for (size_t i = 0; i < c->row_count; i++) {
        int64_t wake;
        if (c->over[i])
            continue;
        ess_dispatch_step step = ess_dispatch_due(&c->dispatch[i], utc_of(c->w), c->w->now_ms,
                                                  c->w->lines[CLOUD].up && c->presence.on, &wake);
        c->over[i] = step == ESS_DISPATCH_END;
        if (step == ESS_DISPATCH_TIMEOUT)
            c->rows[i].stage = ESS_STAGE_TIMEOUT;
        if (step == ESS_DISPATCH_SEND && !send_command(c, i))
            return;
    }
}

/* ---- a step */

static inline void cloud_line(cloud *c)
{
    line *own = &c->w->lines[CLOUD];
    char payload[256];
    size_t len;
    if (own->up && mishap(c->w, 3)) {
        world_cut(c->w, CLOUD, chance(c->w, 4000));
        c->book->cuts++;
    }
    if (!own->up)
        c->presence.on = false; /* births come again with the next subscription */
    if (!own->up && c->w->now_ms >= own->change_ms) {
        c->presence.known = false;
        world_connect(c->w, CLOUD);
        c->is_born = false;
    }
    if (own->up && !c->is_born) { /* [PRE-05] */
        cloud_state(c, true, payload, &len);
        c->is_born =
            world_publish(c->w, CLOUD, STATE_OF_CLOUD, (ess_slice){payload, len}) == ESS_OK;
    }
}

static inline void cloud_step(cloud *c)
{
    if (!c->alive && c->w->now_ms >= c->boot_ms)
        cloud_boot(c);
    if (!c->alive)
        return;
    cloud_line(c);
    if (c->w->now_ms % 200 == 0)
        cloud_commit(c);
    if (c->alive && c->w->faults && chance(c->w, 60) == 0)
        cloud_order(c);
    if (c->alive)
        cloud_dispatch(c);
}

#endif

/* A station at the mercy of chance: commands, copies of them, parameters, equipment that loses,
 * refuses and sticks, a storage that is full, clocks that are not set, and restarts. Beside it a
 * ledger says what must hold whatever comes:
 *
 * - of one code, writing begins once, not after its exp, and not once its end was said;
 * - an end is durable before it is said, and no code has two;
 * - no set-point outlives its lease by more than the line and the equipment hold it up;
 * - revisions never go back.
 *
 * Chance is bytes, of a seed or of a fuzzer. */
#ifndef ESS_TESTS_STATION_WALK_H
#define ESS_TESTS_STATION_WALK_H

#include "station.h"

#define WALK_CODES 100
#define WALK_RVT_S 20 /* the longest lease that is granted */

typedef struct walk_code {
    bool sent, begun, ended, durable;
    int64_t exp_ms, t_ms;
    int64_t latest_ms; /* until then it may begin; without a clock its life counts from arrival */
    char op[16], args[64];
    station_word end;
} walk_code;

typedef struct walk {
    station device;
    walk_code code[WALK_CODES];
    unsigned codes;
    size_t heard;
    /* the equipment */
    station_rig rig;
    int sticks; /* so many jobs it does not move */
    uint64_t rev;
    /* chance */
    const uint8_t *data; /* NULL: by seed */
    size_t size;
    uint64_t seed;
    /* what happened, for a test that wants to have seen it */
    unsigned done, unknown, reverted, superseded, again;
} walk;

static inline unsigned walk_chance(walk *w, unsigned below)
{
    if (w->data == NULL) {
        w->seed ^= w->seed << 13;
        w->seed ^= w->seed >> 7;
        w->seed ^= w->seed << 17;
        return (unsigned)(w->seed >> 33) % below;
    }
    if (w->size == 0)
        return 0;
    w->size--;
    return *w->data++ % below;
}

/* ---- the ledger */

static inline walk_code *walk_code_of(walk *w, const char *code)
{
    unsigned i = 0;
    STATION_EXPECT(code[0] == 'c');
    for (const char *digit = code + 1; *digit != '\0'; digit++)
        i = 10 * i + (unsigned)(*digit - '0');
    STATION_EXPECT(i < w->codes);
    return &w->code[i];
}

static inline bool walk_is_durable(const walk *w, const station_word *word)
{
    for (uint64_t i = w->device.disk.count; i > 0; i--) {
        const station_record *record = &w->device.disk.record[i];
        if (!record->is_intent && strcmp(record->code, word->code) == 0)
            return record->stage == word->stage && record->result == word->result &&
                   strcmp(record->read_back, word->v) == 0;
    }
    return false;
}

static inline void walk_hear_end(walk *w, walk_code *of, const station_word *word)
{
    bool is_durable = walk_is_durable(w, word);
    /* A refusal may be kept in memory alone; whatever was tried may not. */
    STATION_EXPECT(is_durable || (!of->begun && (word->stage == ESS_STAGE_REJECTED ||
                                                 word->stage == ESS_STAGE_EXPIRED)));
    if (of->ended && of->durable)
        STATION_EXPECT(of->end.stage == word->stage && of->end.result == word->result &&
                       strcmp(of->end.v, word->v) == 0);
    w->again += of->ended;
    w->done += word->stage == ESS_STAGE_DONE && !of->ended;
    w->unknown += word->stage == ESS_STAGE_UNKNOWN && !of->ended;
    w->superseded += word->stage == ESS_STAGE_SUPERSEDED && !of->ended;
    of->ended = true;
    of->durable = is_durable;
    of->end = *word;
}

static inline void walk_hear(walk *w)
{
    for (; w->heard < w->device.said_count; w->heard++) {
        const station_word *word = &w->device.said[w->heard];
        if (word->kind == WORD_PARAM) {
            STATION_EXPECT(word->rev >= w->rev);
            w->rev = word->rev;
        } else if (word->kind == WORD_EVENT) {
            (void)walk_code_of(w, word->code);
            w->reverted++;
        } else if (ess_stage_is_final(word->stage)) {
            walk_hear_end(w, walk_code_of(w, word->code), word);
        } else {
            STATION_EXPECT(!walk_code_of(w, word->code)->ended);
        }
    }
    w->heard = w->device.said_count = 0;
}

static inline void walk_see_begun(walk *w)
{
    const ess_order *order = w->device.begun;
    walk_code *of;
    if (order == NULL)
        return;
    of = walk_code_of(w, order->code);
    STATION_EXPECT(!of->ended);
    if (order->is_probe)
        return;
    STATION_EXPECT(!of->begun && w->device.now_ms <= of->latest_ms);
    of->begun = true;
}

static inline void walk_run(walk *w)
{
    station_run(&w->device);
    walk_see_begun(w);
    walk_hear(w);
}

/* ---- what happens */

static inline void walk_arrive(walk *w, unsigned number)
{
    walk_code *of = &w->code[number];
    char payload[512];
    int len = snprintf(payload, sizeof payload,
                       "{\"t\":%lld,\"code\":\"c%u\",\"s\":\"CMD\",\"te\":\"REQ\",\"d\":{\"op\":"
                       "\"%s\",\"a\":%s},\"x\":{\"exp\":%lld}}",
                       (long long)(STATION_UTC + of->t_ms), number, of->op, of->args,
                       (long long)(STATION_UTC + of->exp_ms));
    int64_t latest_ms = w->device.clock_set ? of->exp_ms : w->device.now_ms + of->exp_ms - of->t_ms;
    of->latest_ms = latest_ms > of->latest_ms ? latest_ms : of->latest_ms;
    const char *rule = station_in(&w->device, ESS_SLICE_LITERAL("v1/CMD/ess/SH001/" STATION_PATH),
                                  (ess_slice){payload, (size_t)len}, walk_chance(w, 50) == 0);
    STATION_EXPECT(rule[0] == '\0');
    walk_run(w);
}

static inline void walk_send(walk *w)
{
    static const char *const ops[] = {"power.set", "power.set", "power.set",  "start",
                                      "stop",      "param.set", "pcs.connect"};
    walk_code *of = &w->code[w->codes];
    unsigned op = walk_chance(w, sizeof ops / sizeof ops[0]);

    if (w->codes == WALK_CODES)
        return;
    *of = (walk_code){.sent = true,
                      .t_ms = w->device.now_ms,
                      .exp_ms = w->device.now_ms + 1 + walk_chance(w, 200) * 20};
    (void)snprintf(of->op, sizeof of->op, "%s", ops[op]);
    (void)snprintf(of->args, sizeof of->args, "{}");
    if (strcmp(ops[op], "power.set") == 0)
        (void)snprintf(of->args, sizeof of->args, "{\"p\":%u,\"rvt\":%u}", 1 + walk_chance(w, 120),
                       1 + walk_chance(w, WALK_RVT_S));
    if (strcmp(ops[op], "param.set") == 0)
        (void)snprintf(of->args, sizeof of->args, "{\"set\":{\"pChMax\":%u},\"if_rev\":%u}",
                       walk_chance(w, 100), (unsigned)w->rev + walk_chance(w, 2));
    w->codes++;
    walk_arrive(w, w->codes - 1);
}

/* A copy, soon or late. */
static inline void walk_copy(walk *w)
{
    if (w->codes > 0)
        walk_arrive(w, walk_chance(w, w->codes));
}

static inline void walk_restart(walk *w)
{
    station_start(&w->device);
    /* A refusal that no disk took is forgotten: what was said of it was honest, and no more. */
    for (unsigned i = 0; i < w->codes; i++) {
        if (w->code[i].ended && !w->code[i].durable)
            w->code[i].ended = false;
    }
    walk_run(w);
}

static inline void walk_params(walk *w)
{
    char text[64];
    int len = snprintf(text, sizeof text, "{\"pChMax\":%u}", walk_chance(w, 3));
    station_params(&w->device, (ess_slice){text, (size_t)len});
    walk_hear(w);
}

/* faults: none towards the end. */
static inline void walk_answer(walk *w, bool faults)
{
    enum { TAKEN, LOST_BUT_TAKEN, LOST, AWAY, REFUSED };
    const ess_execute_job *job = &w->device.job;
    unsigned what = faults && walk_chance(w, 4) == 0 ? 1 + walk_chance(w, 4) : TAKEN;
    ess_execute_answer answer = {.err = ESS_OK};

    if (!w->device.job_out)
        return;
    if (what == LOST_BUT_TAKEN || what == LOST)
        answer.err = ESS_E_TIMEOUT;
    else if (what == AWAY)
        answer.err = ESS_E_OFFLINE;
    else if (what == REFUSED)
        answer = (ess_execute_answer){.err = ESS_E_DATA, .refused = ESS_MODEL_INTERLOCK};
    if (faults && w->sticks == 0 && walk_chance(w, 16) == 0)
        w->sticks = (int)walk_chance(w, 8);
    if (job->is_write && (what == TAKEN || what == LOST_BUT_TAKEN) && w->sticks == 0)
        station_rig_take(&w->rig, job->point.number, job->value);
    w->sticks -= w->sticks > 0;
    answer.value = w->rig.value[job->point.number];
    station_answered(&w->device, &answer);
    walk_run(w);
}

static inline void walk_world(walk *w)
{
    static const ess_control controls[] = {ESS_CONTROL_REMOTE, ESS_CONTROL_REMOTE,
                                           ESS_CONTROL_UNKNOWN, ESS_CONTROL_LOCAL};
    switch (walk_chance(w, 4)) {
    case 0:
        w->device.disk.is_full = walk_chance(w, 2) == 0;
        break;
    case 1:
        w->device.control = controls[walk_chance(w, 4)];
        break;
    case 2:
        w->device.is_away = walk_chance(w, 2) == 0;
        break;
    default:
        w->device.clock_set = walk_chance(w, 3) != 0;
    }
    walk_run(w);
}

static inline void walk_step(walk *w)
{
    unsigned what = walk_chance(w, 64);

    w->device.now_ms += walk_chance(w, 8) == 0 ? 1 + walk_chance(w, 250) * 8 : walk_chance(w, 20);
    walk_run(w);
    if (what < 8)
        walk_send(w);
    else if (what < 12)
        walk_copy(w);
    else if (what < 15)
        walk_params(w);
    else if (what < 18)
        walk_world(w);
    else if (what == 18)
        walk_restart(w);
    else
        walk_answer(w, true);
}

static inline void walk_make(walk *w, size_t journal)
{
    memset(w, 0, sizeof *w);
    station_make(&w->device, journal);
    w->rig.value[station_point_by_name("runState")] = ess_decimal_make(1, 0);
}

/* Faults are over: everything that was accepted ends, and no set-point is left in force. */
static inline void walk_end(walk *w)
{
    int64_t until_ms = w->device.now_ms + (WALK_RVT_S + 90) * 1000;

    w->device.disk.is_full = w->device.is_away = false;
    w->device.control = ESS_CONTROL_REMOTE;
    w->device.clock_set = true;
    w->sticks = 0;
    while (w->device.now_ms < until_ms) {
        w->device.now_ms += w->device.job_out ? 10 : 100;
        walk_run(w);
        walk_answer(w, false);
    }
    STATION_EXPECT(ess_orders_idle(&w->device.orders));
    STATION_EXPECT(ess_journal_next_open(&w->device.journal, 0) == NULL);
    STATION_EXPECT(!w->device.object[OBJECT_PCS].lease.in_force && !w->device.disk.lease.in_force);
    STATION_EXPECT(ess_decimal_compare(w->rig.value[station_point_by_name("pSet")],
                                       ess_decimal_make(0, 0)) == 0);
}

#endif

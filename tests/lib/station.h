/* A device made of the session's machines alone: one PCS behind a line that a script or chance
 * plays. What it must keep over a restart stands in `disk`; what it says, in `said`; what it asks
 * of the equipment, in `job`. It is also the shortest answer to how the machines fit together. */
#ifndef ESS_TESTS_STATION_H
#define ESS_TESTS_STATION_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess/downlink.h"
#include "ess/execute.h"
#include "ess/journal.h"
#include "ess/orders.h"
#include "lent.h"

#define STATION_UTC      INT64_C(1763827200000) /* when mono is 0 */
#define STATION_PATH     "CAB01/PCS"
#define STATION_RECORDS  4096
#define STATION_CODES    256
#define STATION_SPARE    4
#define STATION_SAID     64
#define STATION_TEXT     512
#define STATION_REVERTED "power.set"

enum { OBJECT_PCS, STATION_OBJECTS };

/* Fuzzing has no test to fail. */
#define STATION_EXPECT(condition)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- what outlives a restart */

typedef struct station_record {
    bool is_intent;
    int64_t received_utc_ms, exp_utc_ms;
    char code[ESS_CODE_MAX + 1], op[32], args[STATION_TEXT];
    ess_stage stage;
    int result;
    char read_back[STATION_TEXT];
} station_record;

typedef struct station_disk {
    bool is_full;
    station_record record[STATION_RECORDS + 1]; /* by number, from 1 */
    uint64_t count;
    ess_lease lease; /* in force, lasts, until and code alone */
    uint64_t rev;
    char values[STATION_TEXT];
} station_disk;

/* ---- what is said */

typedef struct station_word {
    enum { WORD_ACK, WORD_EVENT, WORD_PARAM } kind;
    char code[ESS_CODE_MAX + 1]; /* of the event: that granted the lease */
    ess_stage stage;
    int result;
    uint64_t rev;
    char v[STATION_TEXT]; /* read back, or the parameters; "": none */
} station_word;

typedef struct station {
    station_disk disk;
    /* this life's */
    ess_journal journal;
    ess_journal_entry entries[STATION_CODES + STATION_SPARE];
    ess_orders orders;
    ess_order_object object[STATION_OBJECTS];
    ess_execute plans[ESS_ORDERS_MAX], revert_plan;
    ess_execute *running;
    bool job_out; /* asked of the equipment, not answered yet */
    ess_execute_job job;
    station_word said[STATION_SAID];
    size_t said_count;
    const ess_order *begun; /* by the last station_run; NULL: none */
    /* the world, set by who plays it */
    int64_t now_ms;
    size_t capacity; /* of the journal */
    ess_control control;
    bool clock_set, is_away;
    uint32_t lacks; /* points that it does not have, a bit each */
} station;

/* ---- the equipment's points */

typedef struct station_point {
    const char *name;
    bool writable;
} station_point;

static const station_point station_points[] = {
    {"pSet", true},      {"qSet", true},       {"runCmd", true},    {"pSetEcho", false},
    {"qSetEcho", false}, {"runState", false},  {"pChMax", true},    {"pDisMax", true},
    {"gridCmd", true},   {"gridState", false}, {"resetCmd", false}, {"faultWord", false}};
#define STATION_POINTS (sizeof station_points / sizeof station_points[0])

static inline size_t station_point_by_name(const char *name)
{
    size_t i = 0;
    while (i < STATION_POINTS && strcmp(station_points[i].name, name) != 0)
        i++;
    return i;
}

/* What stands at them. The echo follows what was set; the state, what was ordered. */
typedef struct station_rig {
    ess_decimal value[STATION_POINTS];
} station_rig;

static inline void station_rig_take(station_rig *rig, uint16_t point, ess_decimal value)
{
    static const char *const follows[][2] = {
        {"pSet", "pSetEcho"}, {"qSet", "qSetEcho"}, {"gridCmd", "gridState"}};
    rig->value[point] = value;
    for (size_t i = 0; i < sizeof follows / sizeof follows[0]; i++) {
        if (point == station_point_by_name(follows[i][0]))
            rig->value[station_point_by_name(follows[i][1])] = value;
    }
    if (point == station_point_by_name("runCmd"))
        rig->value[station_point_by_name("runState")] =
            ess_decimal_make(ess_decimal_compare(value, ess_decimal_make(0, 0)) == 0 ? 1 : 2, 0);
}

static inline bool station_find(const void *context, const char *name, ess_execute_point *out)
{
    const station *s = context;
    size_t i = station_point_by_name(name);
    if (i == STATION_POINTS || (s->lacks & (1u << i)) != 0)
        return false;
    *out = (ess_execute_point){
        .number = (uint16_t)i,
        .writable = station_points[i].writable,
        .model = ess_model_point_of(ess_model_object_of(ESS_SLICE_LITERAL(STATION_PATH)),
                                    ess_slice_from(name))};
    STATION_EXPECT(out->model != NULL);
    return true;
}

/* Registers of a tenth, as most have. */
static inline bool station_holds(const void *context, uint16_t number, ess_decimal value)
{
    int64_t tenths;
    (void)context;
    (void)number;
    return ess_decimal_to_integer(value, 1, &tenths) == ESS_OK;
}

static inline ess_equipment station_equipment(const station *s)
{
    return (ess_equipment){.context = s, .find = station_find, .holds = station_holds};
}

/* ---- saying and keeping */

static inline ess_now station_now(const station *s)
{
    return (ess_now){s->clock_set ? STATION_UTC + s->now_ms : s->now_ms, s->now_ms, s->clock_set};
}

static inline station_word *station_say(station *s)
{
    STATION_EXPECT(s->said_count < STATION_SAID);
    s->said[s->said_count] = (station_word){.kind = WORD_ACK};
    return &s->said[s->said_count++];
}

static inline void station_copy(ess_slice text, char *room, size_t size)
{
    STATION_EXPECT(ess_slice_copy(text, room, size) == ESS_OK);
}

static inline void station_say_ack(station *s, const char *code, ess_stage stage, int result,
                                   const char *v)
{
    station_word *word = station_say(s);
    station_copy(ess_slice_from(code), word->code, sizeof word->code);
    station_copy(ess_slice_from(v), word->v, sizeof word->v);
    word->stage = stage;
    word->result = result;
}

/* Durable, and known to the journal; false: neither. */
static inline bool station_keep(station *s, const station_record *record)
{
    ess_journal_record known = {.code = ess_slice_from(record->code),
                                .stage = record->is_intent ? ESS_STAGE_ACCEPTED : record->stage,
                                .received_utc_ms = record->received_utc_ms,
                                .exp_utc_ms = record->exp_utc_ms,
                                .where = s->disk.count + 1};
    if (s->disk.is_full || !ess_journal_takes(&s->journal, known.code))
        return false;
    STATION_EXPECT(s->disk.count < STATION_RECORDS);
    s->disk.record[++s->disk.count] = *record;
    STATION_EXPECT(ess_journal_put(&s->journal, &known) == ESS_OK);
    return true;
}

/* ---- a command has come */

static inline void station_say_again(station *s, const ess_journal_entry *entry)
{
    const station_record *record = &s->disk.record[entry->last];
    bool is_kept = ess_stage_is_final(entry->stage) && entry->last != 0;
    station_say_ack(s, entry->code, entry->stage, is_kept ? record->result : entry->result,
                    is_kept ? record->read_back : "");
}

/* Refused, or of unknown effect: recorded at once. */
static inline void station_answer(station *s, const ess_command *command, int64_t received_utc_ms,
                                  const ess_verdict *verdict)
{
    station_record outcome = {.received_utc_ms = received_utc_ms,
                              .exp_utc_ms = ess_orders_refusal_exp(command, station_now(s)),
                              .stage = verdict->stage,
                              .result = verdict->result};
    station_copy(command->code, outcome.code, sizeof outcome.code);
    ess_journal_record refusal = {.code = command->code,
                                  .stage = outcome.stage,
                                  .result = outcome.result,
                                  .received_utc_ms = outcome.received_utc_ms,
                                  .exp_utc_ms = outcome.exp_utc_ms};
    (void)ess_journal_has_room(&s->journal, station_now(s).utc_ms);
    if (station_keep(s, &outcome) || ess_journal_refuse(&s->journal, &refusal) == ESS_OK)
        station_say_ack(s, outcome.code, outcome.stage, outcome.result, "");
}

static inline bool station_plan(station *s, const ess_command *command,
                                const ess_model_command *known, ess_execute *plan,
                                ess_verdict *verdict)
{
    ess_equipment equipment = station_equipment(s);
    const char *why;
    int result = ess_execute_plan(plan, &equipment, known, command->args, &why);
    if (result == ESS_MODEL_OK)
        return true;
    *verdict = (ess_verdict){.stage = ESS_STAGE_REJECTED, .result = result};
    return false;
}

/* What needs no equipment. */
static inline bool station_carries_out_alone(station *s, const ess_command *command)
{
    if (ess_slice_is(command->op, "resync"))
        ess_revision_tell_again(&s->object[OBJECT_PCS].revision);
    return ess_slice_is(command->op, "resync") || ess_slice_is(command->op, "snapshot.request");
}

static inline void station_judge(station *s, const ess_command *command, const char *path,
                                 bool is_retained)
{
    static ess_execute plan;
    const ess_model_command *known;
    ess_now now = station_now(s);
    ess_judge_facts facts = {.path = path,
                             .retained = is_retained,
                             .target_known =
                                 strcmp(path, STATION_PATH) == 0 || strcmp(path, "CAB01") == 0,
                             .now_utc_ms = now.utc_ms,
                             .clock_set = now.clock_set};
    ess_verdict verdict;
    ess_order order;
    station_record intent = {
        .is_intent = true, .received_utc_ms = now.utc_ms, .exp_utc_ms = command->exp_utc_ms};

    station_copy(command->code, intent.code, sizeof intent.code);
    station_copy(command->op, intent.op, sizeof intent.op);
    station_copy(command->args, intent.args, sizeof intent.args);
    ess_command_judge(command, &facts, &verdict, &known);
    if (verdict.stage == ESS_STAGE_ACCEPTED && station_carries_out_alone(s, command))
        verdict.stage = ESS_STAGE_DONE;
    ess_orders_request asked = {command, known, OBJECT_PCS, s->control, now};
    if (verdict.stage == ESS_STAGE_ACCEPTED)
        ess_orders_admit(&s->orders, &asked, &order, &verdict);
    if (verdict.stage == ESS_STAGE_ACCEPTED && !ess_journal_has_room(&s->journal, now.utc_ms))
        verdict = (ess_verdict){.stage = ESS_STAGE_REJECTED, .result = ESS_MODEL_STORAGE_FULL};
    if (verdict.stage == ESS_STAGE_ACCEPTED && station_plan(s, command, known, &plan, &verdict) &&
        !station_keep(s, &intent))
        verdict = (ess_verdict){.stage = ESS_STAGE_REJECTED, .result = ESS_MODEL_STORAGE_FULL};
    if (verdict.stage != ESS_STAGE_ACCEPTED) {
        station_answer(s, command, now.utc_ms, &verdict);
        return;
    }
    station_say_ack(s, intent.code, ESS_STAGE_ACCEPTED, 0, "");
    s->plans[ess_orders_put(&s->orders, &order)] = plan;
}

/* A message that is well-formed and for us. Returns the rule that it breaks; "" else. */
static inline const char *station_in(station *s, ess_slice topic, ess_slice payload,
                                     bool is_retained)
{
    ess_downlink down;
    ess_command command;
    ess_fault fault = {.rule = ""};
    char path[ESS_NS_MAX + 1];
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};

    if (ess_downlink_check(topic, payload, &receiver, &down, &fault) != ESS_OK ||
        down.topic.type != ESS_CMD)
        return fault.rule;
    STATION_EXPECT(ess_object_path(&down.topic, down.envelope.ns, path, sizeof path) == ESS_OK);
    const ess_journal_entry *entry = ess_journal_find(&s->journal, down.envelope.code);
    if (entry != NULL) {
        station_say_again(s, entry);
        return "";
    }
    if (ess_command_parse(&down.envelope, &command, &fault) == ESS_OK) {
        station_judge(s, &command, path, is_retained);
        return "";
    }
    if (down.envelope.code.len > 0) {
        ess_verdict verdict = {.stage = ESS_STAGE_REJECTED, .result = ESS_MODEL_BAD_SYNTAX};
        command = (ess_command){.code = down.envelope.code, .t_utc_ms = down.envelope.t_utc_ms};
        station_answer(s, &command, station_now(s).utc_ms, &verdict);
    }
    return fault.rule;
}

/* ---- what the machine of orders asks for */

static inline void station_do_begin(station *s, const ess_orders_step *step)
{
    s->begun = &s->orders.order[step->place];
    s->running = &s->plans[step->place];
    ess_execute_begin(s->running, s->orders.order[step->place].is_probe, s->now_ms);
    ess_orders_begun(&s->orders, step);
}

static inline void station_do_revert(station *s, const ess_orders_step *step)
{
    ess_equipment equipment = station_equipment(s);
    const char *why;
    int result =
        ess_execute_plan_revert(&s->revert_plan, &equipment,
                                ess_model_command_of(ESS_SLICE_LITERAL(STATION_REVERTED)), &why);
    if (result != ESS_MODEL_OK) {
        ess_orders_not_reverted(&s->orders, step->object, s->now_ms);
        return;
    }
    s->running = &s->revert_plan;
    ess_execute_begin(s->running, false, s->now_ms);
    ess_orders_begun(&s->orders, step);
}

static inline void station_do_release(station *s, const ess_orders_step *step)
{
    ess_order_object *object = &s->object[step->object];
    if (!object->lease_told) {
        station_word *word = station_say(s);
        word->kind = WORD_EVENT;
        memcpy(word->code, object->lease.code, sizeof word->code);
        object->lease_told = true;
    }
    if (!s->disk.is_full)
        s->disk.lease = (ess_lease){0};
    ess_orders_released(&s->orders, step->object, !s->disk.is_full, s->now_ms);
}

static inline void station_do_end(station *s, const ess_orders_step *step)
{
    const ess_order *order = &s->orders.order[step->place];
    station_record outcome = {.received_utc_ms = order->received_utc_ms,
                              .exp_utc_ms = order->exp_utc_ms,
                              .stage = order->end.stage,
                              .result = order->end.result};
    ess_json_writer out;
    size_t len;
    bool durable;

    memcpy(outcome.code, order->code, sizeof outcome.code);
    ess_json_writer_init(&out, outcome.read_back, sizeof outcome.read_back - 1);
    if (ess_execute_print_read_back(&s->plans[step->place], &out)) {
        STATION_EXPECT(ess_json_finish(&out, &len) == ESS_OK);
        outcome.read_back[len] = '\0';
    }
    durable = station_keep(s, &outcome);
    if (durable && order->lease_changed)
        s->disk.lease = s->object[order->object].lease;
    if (durable)
        station_say_ack(s, outcome.code, outcome.stage, outcome.result, outcome.read_back);
    ess_orders_ended(&s->orders, step->place, durable, s->now_ms);
}

/* Until there is nothing to do, or the equipment is asked. */
static inline void station_run(station *s)
{
    static void (*const by_what[])(station *, const ess_orders_step *) = {
        [ESS_ORDERS_BEGIN] = station_do_begin,
        [ESS_ORDERS_REVERT] = station_do_revert,
        [ESS_ORDERS_RELEASE] = station_do_release,
        [ESS_ORDERS_END] = station_do_end,
    };
    ess_orders_step step = {.what = ESS_ORDERS_END};
    int turns = 0;

    s->begun = NULL;
    if (s->running != NULL && s->running->state == ESS_EXECUTE_ENDED) {
        ess_order_result result = s->running->result;
        s->running = NULL;
        ess_orders_result(&s->orders, &result, station_now(s));
    }
    for (; step.what != ESS_ORDERS_REST; turns++) {
        ess_orders_facts facts = {
            .now = station_now(s), .control = s->control, .offline = s->is_away};
        STATION_EXPECT(turns < 100);
        ess_orders_next(&s->orders, &facts, &step);
        if (step.what != ESS_ORDERS_REST)
            by_what[step.what](s, &step);
    }
    if (!s->job_out && s->running != NULL)
        s->job_out = ess_execute_next(s->running, s->now_ms, &s->job);
}

/* The equipment's answer to the job. */
static inline void station_answered(station *s, const ess_execute_answer *answer)
{
    size_t place;
    STATION_EXPECT(s->job_out);
    s->job_out = false;
    ess_execute_answered(s->running, answer, s->now_ms);
    if (ess_execute_is_waiting(s->running) && ess_orders_executing(&s->orders, &place)) {
        const char *code = s->orders.order[place].code;
        ess_journal_executing(&s->journal, ess_slice_from(code));
        station_say_ack(s, code, ESS_STAGE_EXECUTING, 0, "");
    }
}

/* All parameters were read, as this raw JSON object. */
static inline void station_params(station *s, ess_slice values)
{
    ess_revision *revision = &s->object[OBJECT_PCS].revision;
    uint64_t rev;
    ess_revision_step step =
        ess_revision_read(revision, ess_slice_from(s->disk.values), values, &rev);
    station_word *word;

    if (step == ESS_REVISION_REST || (step == ESS_REVISION_KEEP && s->disk.is_full))
        return;
    if (step == ESS_REVISION_KEEP) {
        s->disk.rev = rev;
        station_copy(values, s->disk.values, sizeof s->disk.values);
        ess_revision_kept(revision, rev);
    }
    word = station_say(s);
    word->kind = WORD_PARAM;
    word->rev = rev;
    station_copy(values, word->v, sizeof word->v);
    ess_revision_told(revision);
}

/* ---- lives */

static inline void station_recover(station *s, const ess_journal_entry *entry)
{
    static ess_execute plan;
    const station_record *intent = &s->disk.record[entry->first];
    ess_command command = {.code = ess_slice_from(intent->code),
                           .op = ess_slice_from(intent->op),
                           .args = ess_slice_from(intent->args),
                           .exp_utc_ms = intent->exp_utc_ms};
    ess_now then = station_now(s);
    ess_verdict verdict = {.stage = ESS_STAGE_UNKNOWN};
    ess_orders_request asked = {&command, ess_model_command_of(command.op), OBJECT_PCS,
                                ESS_CONTROL_UNKNOWN, then};
    size_t place = ESS_ORDERS_MAX;

    asked.now.utc_ms = intent->received_utc_ms;
    if (station_plan(s, &command, asked.known, &plan, &verdict))
        place = ess_orders_recover(&s->orders, &asked);
    if (place < ESS_ORDERS_MAX) {
        s->plans[place] = plan;
        return;
    }
    verdict.stage = ESS_STAGE_UNKNOWN;
    station_answer(s, &command, intent->received_utc_ms, &verdict);
}

/* A life begins: all but disk and world is gone. */
static inline void station_start(station *s)
{
    const ess_journal_entry *entry;
    uint64_t after = 0;

    ess_journal_init(&s->journal, s->entries, s->capacity, STATION_SPARE);
    ess_orders_init(&s->orders, s->object, STATION_OBJECTS);
    ess_revision_restore(&s->object[OBJECT_PCS].revision, s->disk.rev);
    s->running = NULL;
    s->job_out = false;
    for (uint64_t i = 1; i <= s->disk.count; i++) {
        const station_record *record = &s->disk.record[i];
        ess_journal_record known = {.code = ess_slice_from(record->code),
                                    .stage = record->is_intent ? ESS_STAGE_ACCEPTED : record->stage,
                                    .received_utc_ms = record->received_utc_ms,
                                    .exp_utc_ms = record->exp_utc_ms,
                                    .where = i};
        STATION_EXPECT(ess_journal_restore(&s->journal, &known) == ESS_OK);
    }
    if (s->disk.lease.in_force) {
        s->object[OBJECT_PCS].lease = s->disk.lease;
        ess_lease_restore(&s->object[OBJECT_PCS].lease, station_now(s));
    }
    while ((entry = ess_journal_next_open(&s->journal, after)) != NULL) {
        after = entry->first;
        station_recover(s, entry);
    }
}

/* A new device; the world: set, in remote mode, with equipment that answers. */
static inline void station_make(station *s, size_t capacity)
{
    memset(s, 0, sizeof *s);
    s->capacity = capacity;
    s->control = ESS_CONTROL_REMOTE;
    s->clock_set = true;
    station_start(s);
}

#endif

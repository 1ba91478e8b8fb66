/* A CMD comes in. The journal is asked first: what it knows is answered and never tried again
 * [CMD-06]. Of what it does not know the signature is checked [SIG-14], then it is judged; only an
 * intent that is on disk is accepted. */
#include "agent/agent.h"
#include "codec/try.h"
#include "ess/judge.h"
#include "port/clock.h"
#include "port/log.h"

#include <stdio.h>
#include <string.h>

/* One arrival on its way through the checks. */
typedef struct command_arrival {
    ess_command command;
    char path[ESS_NS_MAX + 1];
    agent_device *device; /* NULL: no such object here */
    const ess_model_command *known;
    agent_order order; /* planned, when accepted */
    int64_t now_utc_ms, now_mono_ms;
    bool clock_set;
} command_arrival;

static void say_again(ess_agent *agent, ess_slice path, const journal_entry *entry)
{
    ess_ack ack;
    ess_err err = journal_ack(agent->journal, entry, agent->scratch, &ack);

    if (err == ESS_OK)
        uplink_ack(agent, path, &ack);
    else
        port_log(PORT_ERROR, "journal: the outcome of %s cannot be read back: %d", entry->code,
                 (int)err);
}

/* ---- what the model cannot tell: this device, now */

static void refuse(ess_verdict *verdict, int result, const char *why)
{
    verdict->stage = ESS_STAGE_REJECTED;
    verdict->result = result;
    (void)snprintf(verdict->why, sizeof verdict->why, "%s", why);
}

/* How long the command may still wait. */
static int64_t life_ms(const command_arrival *arrival)
{
    int64_t from = arrival->clock_set ? arrival->now_utc_ms : arrival->command.t_utc_ms;

    return arrival->command.exp_utc_ms - from;
}

static ess_err find_member(ess_slice args, const char *name, ess_slice *raw)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, args);
    TRY(ess_json_next(&reader, &token));
    for (;;) {
        TRY(ess_json_next(&reader, &token));
        if (token.type != ESS_JSON_KEY)
            return ESS_E_NOT_FOUND;
        bool is_wanted = ess_json_text_is(&token, name);
        TRY(ess_json_next(&reader, &token));
        TRY(ess_json_skip(&reader, &token, raw));
        if (is_wanted)
            return ESS_OK;
    }
}

/* A number as a whole one of 10^-digits; absent when there is none. The model has checked type and
 * range; ESS_E_NUMBER: it is finer than that. */
static ess_err whole_arg(const command_arrival *arrival, const char *name, uint8_t digits,
                         int64_t absent, int64_t *out)
{
    ess_decimal value;

    *out = absent;
    if (ess_command_arg(arrival->command.args, name, &value) != ESS_OK)
        return ESS_OK;
    return ess_decimal_to_integer(value, digits, out);
}

static void plan_params(const command_arrival *arrival, const execute_place *place,
                        agent_order *order, ess_verdict *verdict)
{
    const ess_agent *agent = arrival->device->agent;
    uint64_t rev = params_rev(agent->params, arrival->path);
    const char *why = "set is missing";
    ess_slice set = {0};
    int64_t if_rev;
    int result = ESS_MODEL_BAD_SYNTAX;

    (void)whole_arg(arrival, "if_rev", 0, -1, &if_rev); /* -1, also when it is not whole: none */
    order->if_rev = (uint64_t)if_rev;
    if (find_member(arrival->command.args, "set", &set) == ESS_OK)
        result = execute_plan_params(&order->execute, place, arrival->known, set, &why);
    if (result == ESS_MODEL_OK && order->if_rev != rev) { /* [PAR-03] compare and set */
        result = ESS_MODEL_REV_CONFLICT;
        why = "if_rev is not the revision in force";
    }
    if (result != ESS_MODEL_OK)
        refuse(verdict, result, why);
}

static void plan(const command_arrival *arrival, agent_order *order, ess_verdict *verdict)
{
    execute_place place = {&arrival->device->table,
                           arrival->device->objects[order->object].below_unit};
    const char *why;
    int result;

    if (strcmp(arrival->known->op, "param.set") == 0) {
        plan_params(arrival, &place, order, verdict);
        return;
    }
    result = execute_plan(&order->execute, &place, arrival->known, arrival->command.args, &why);
    if (result != ESS_MODEL_OK)
        refuse(verdict, result, why);
    else if (whole_arg(arrival, "rvt", 3, 0, &order->lasts_ms) != ESS_OK)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "rvt is finer than a millisecond");
}

static void judge_here(ess_agent *agent, command_arrival *arrival, ess_verdict *verdict)
{
    bool is_known; /* if not, the order waits for it: see begin_next */
    const char *mode = order_mode_forbids(arrival->device, &is_known);
    size_t object = arrival->order.object;

    if (life_ms(arrival) > AGENT_AHEAD_MS)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "exp lies more than an hour ahead");
    else if (arrival->command.args.len > AGENT_ARGS_MAX)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "the arguments are too long");
    else if (mode != NULL)
        refuse(verdict, ESS_MODEL_WRONG_MODE, mode);
    else if (!journal_has_room(agent->journal, arrival->now_utc_ms))
        refuse(verdict, ESS_MODEL_STORAGE_FULL, "the journal is full of commands to be remembered");
    if (verdict->stage != ESS_STAGE_ACCEPTED)
        return;
    arrival->order = (agent_order){.object = object,
                                   .command = arrival->known,
                                   .received_utc_ms = arrival->now_utc_ms,
                                   .exp_utc_ms = arrival->command.exp_utc_ms,
                                   .exp_mono_ms = arrival->now_mono_ms + life_ms(arrival)};
    if (ess_slice_copy(arrival->command.code, arrival->order.code, sizeof arrival->order.code) !=
        ESS_OK)
        refuse(verdict, ESS_MODEL_BAD_SYNTAX, "the code is too long");
    else
        plan(arrival, &arrival->order, verdict);
}

/* ---- the agent's own operations: no register, nothing to wait for */

static void snapshot(agent_device *device)
{
    policy_force_all(&device->policy);
    poll_all_due(&device->poll, port_mono_ms());
}

static void resync(agent_device *device)
{
    snapshot(device);
    for (size_t i = 0; i < device->object_count; i++)
        device->objects[i].params_forced = true;
    device->agent->is_born = false; /* and the birth is said again */
}

typedef struct own_operation {
    const char *op;
    void (*carry_out)(agent_device *device);
} own_operation;

static const own_operation own_operations[] = {{"snapshot.request", snapshot}, {"resync", resync}};

static const own_operation *own_operation_of(ess_slice op)
{
    for (size_t i = 0; i < sizeof own_operations / sizeof own_operations[0]; i++) {
        if (ess_slice_is(op, own_operations[i].op))
            return &own_operations[i];
    }
    return NULL;
}

/* Of a unit, of one of its objects, or of the whole group: then of all units. */
static bool is_meant(const agent_device *device, const char *path)
{
    size_t unit = strlen(device->config->unit);

    return path[0] == '\0' || (strncmp(path, device->config->unit, unit) == 0 &&
                               (path[unit] == '\0' || path[unit] == '/'));
}

/* Asked for once more after a crash it may be done once more: it only tells. */
static void carry_out_own(ess_agent *agent, const command_arrival *arrival)
{
    const own_operation *own = own_operation_of(arrival->command.op);

    for (size_t i = 0; i < agent->device_count; i++) {
        agent_device *device = &agent->devices[i];
        if (!is_meant(device, arrival->path))
            continue;
        own->carry_out(device);
        device_step(device);
    }
}

static bool is_own_target(const ess_agent *agent, const command_arrival *arrival)
{
    for (size_t i = 0; i < agent->device_count; i++) {
        if (is_meant(&agent->devices[i], arrival->path) &&
            (arrival->device != NULL || arrival->path[0] == '\0' ||
             strcmp(arrival->path, agent->devices[i].config->unit) == 0))
            return true;
    }
    return false;
}

/* ---- the queue */

/* True when the newcomer takes the place of what waits: a later set-point of an earlier one, a
 * stop of whatever would set the object in motion. */
static bool supersedes(const agent_order *newcomer, const agent_order *waiting)
{
    bool is_power = strcmp(waiting->command->op, "power.set") == 0;

    if (waiting->is_probe || waiting->object != newcomer->object)
        return false;
    if (strcmp(newcomer->command->op, "power.set") == 0)
        return is_power;
    return strcmp(newcomer->command->op, "stop") == 0 &&
           (is_power || strcmp(waiting->command->op, "start") == 0);
}

static void supersede_waiting(agent_device *device, const agent_order *newcomer)
{
    for (size_t i = device->queue_count; i > 0; i--) {
        if (!supersedes(newcomer, &device->queue[i - 1]))
            continue;
        if (order_end_waiting(device, i - 1, ESS_STAGE_SUPERSEDED, ESS_MODEL_SUPERSEDED,
                              "a later command took its place") != ESS_OK)
            return; /* it stays, and runs before the newcomer */
    }
}

/* Stops go before others, behind what is read back after a restart and other stops. */
static void enqueue(agent_device *device, const agent_order *order)
{
    size_t place = device->queue_count;

    if (strcmp(order->command->op, "stop") == 0) {
        for (place = 0; place < device->queue_count; place++) {
            const agent_order *waiting = &device->queue[place];
            if (!waiting->is_probe && strcmp(waiting->command->op, "stop") != 0)
                break;
        }
    }
    memmove(&device->queue[place + 1], &device->queue[place],
            (device->queue_count - place) * sizeof device->queue[0]);
    device->queue[place] = *order;
    device->queue_count++;
}

/* ---- accepted, or not */

static void answer_at_once(ess_agent *agent, const command_arrival *arrival,
                           const ess_verdict *verdict)
{
    journal_outcome outcome = {.ack = {.code = arrival->command.code,
                                       .stage = verdict->stage,
                                       .result = verdict->result,
                                       .why = ess_slice_from(verdict->why)},
                               .received_utc_ms = arrival->now_utc_ms,
                               .exp_utc_ms = arrival->command.exp_utc_ms};

    /* A repeat is to get the same answer. An exp in the far future must not hold a place for as
     * long; beyond AGENT_AHEAD_MS a repeat is refused anyhow. */
    if (outcome.exp_utc_ms > arrival->now_utc_ms + AGENT_AHEAD_MS)
        outcome.exp_utc_ms = arrival->now_utc_ms + AGENT_AHEAD_MS;
    (void)journal_has_room(agent->journal, arrival->now_utc_ms); /* forgets what is old */
    if (journal_conclude(agent->journal, &outcome) != ESS_OK &&
        journal_refuse(agent->journal, &outcome) != ESS_OK) {
        /* Said and forgotten, a repeat might be carried out. The cloud asks again. */
        port_log(PORT_WARN, "journal: the answer to %.*s cannot be kept, so it is not said",
                 (int)arrival->command.code.len, arrival->command.code.ptr);
        return;
    }
    port_log(PORT_INFO, "command %.*s %.*s: %s, result %d, %s", (int)arrival->command.code.len,
             arrival->command.code.ptr, (int)arrival->command.op.len, arrival->command.op.ptr,
             ess_stage_name(verdict->stage), verdict->result, verdict->why);
    uplink_ack(agent, ess_slice_from(arrival->path), &outcome.ack);
}

static void answer_yes(ess_agent *agent, const command_arrival *arrival, ess_verdict *verdict)
{
    const ess_command *command = &arrival->command;
    journal_intent intent = {.code = command->code,
                             .path = ess_slice_from(arrival->path),
                             .op = command->op,
                             .args = command->args,
                             .received_utc_ms = arrival->now_utc_ms,
                             .exp_utc_ms = command->exp_utc_ms};
    ess_ack ack = {.code = command->code, .stage = ESS_STAGE_ACCEPTED};

    supersede_waiting(arrival->device, &arrival->order);
    if (arrival->device->queue_count >= AGENT_QUEUE_MAX) {
        refuse(verdict, ESS_MODEL_BUSY, "too many commands are waiting");
    } else if (journal_intend(agent->journal, &intent) != ESS_OK) {
        refuse(verdict, ESS_MODEL_STORAGE_FULL, "the intent could not be made durable");
    } else {
        port_log(PORT_INFO, "command %s %s: accepted", arrival->order.code, arrival->known->op);
        uplink_ack(agent, ess_slice_from(arrival->path), &ack);
        enqueue(arrival->device, &arrival->order);
        device_step(arrival->device);
        return;
    }
    answer_at_once(agent, arrival, verdict);
}

static void judge(ess_agent *agent, command_arrival *arrival, bool is_retained)
{
    const own_operation *own = own_operation_of(arrival->command.op);
    ess_judge_facts facts = {.path = arrival->path,
                             .retained = is_retained,
                             .target_known = own != NULL ? is_own_target(agent, arrival)
                                                         : arrival->device != NULL,
                             .now_utc_ms = arrival->now_utc_ms,
                             .clock_set = arrival->clock_set,
                             .signed_classes = agent->trust.needed};
    ess_verdict verdict = {.stage = ESS_STAGE_REJECTED};

    ess_command_judge(&arrival->command, &facts, &verdict, &arrival->known);
    if (verdict.stage == ESS_STAGE_ACCEPTED && own != NULL) {
        carry_out_own(agent, arrival);
        verdict.stage = ESS_STAGE_DONE;
    } else if (verdict.stage == ESS_STAGE_ACCEPTED) {
        judge_here(agent, arrival, &verdict);
    }
    if (verdict.stage == ESS_STAGE_ACCEPTED)
        answer_yes(agent, arrival, &verdict);
    else
        answer_at_once(agent, arrival, &verdict);
}

/* [SIG-12, SIG-14] What is refused here is not remembered: who cannot sign can neither fill the
 * journal nor use up the code of a true command. */
static bool is_trusted(ess_agent *agent, const command_arrival *arrival, const link_event *message,
                       const ess_envelope *envelope)
{
    const ess_model_command *known = ess_model_command_of(arrival->command.op);
    trust_question question = {.topic = message->topic,
                               .payload = message->payload,
                               .envelope = envelope,
                               .safety_class = known == NULL ? 'A' : known->safety_class,
                               .now_mono_ms = arrival->now_mono_ms,
                               .work = agent->signed_text};
    ess_ack ack = {
        .code = envelope->code, .stage = ESS_STAGE_REJECTED, .result = ESS_MODEL_BAD_SIGNATURE};
    const char *why = "";
    trust_answer answer = trust_ask(&agent->trust, &question, &why);

    ack.why = ess_slice_from(why);
    if (answer == TRUST_NO)
        uplink_ack(agent, ess_slice_from(arrival->path), &ack);
    return answer == TRUST_YES;
}

void command_arrived(ess_agent *agent, const link_event *message, const ess_downlink *down)
{
    static command_arrival arrival; /* large; used at once */
    const ess_envelope *envelope = &down->envelope;
    ess_fault fault = {0};
    const journal_entry *entry;
    ess_err err;

    arrival = (command_arrival){.now_utc_ms = port_utc_ms(),
                                .now_mono_ms = port_mono_ms(),
                                .clock_set = port_clock_is_set()};
    /* The path was looked at with the envelope. */
    if (ess_object_path(&down->topic, envelope->ns, arrival.path, sizeof arrival.path) != ESS_OK ||
        envelope->code.len == 0) {
        port_log(PORT_WARN, "a command without code is refused by rule CMD-02");
        return; /* there is nobody to answer */
    }
    entry = journal_find(agent->journal, envelope->code);
    if (entry != NULL) {
        say_again(agent, ess_slice_from(arrival.path), entry);
        return;
    }
    if (agent->stopping)
        return; /* the cloud asks again; the next life answers */
    arrival.device = agent_find(agent, ess_slice_from(arrival.path), &arrival.order.object);
    arrival.command = (ess_command){.code = envelope->code, .t_utc_ms = envelope->t_utc_ms};
    err = ess_command_parse(envelope, &arrival.command, &fault);
    if (!is_trusted(agent, &arrival, message, envelope))
        return;
    if (err == ESS_OK) {
        judge(agent, &arrival, message->retained);
    } else {
        ess_verdict verdict;
        refuse(&verdict, ESS_MODEL_BAD_SYNTAX, fault.what);
        answer_at_once(agent, &arrival, &verdict);
    }
}

/* ---- after a restart */

static void restore_lease(ess_lease *lease, const journal_lease *kept)
{
    *lease = (ess_lease){.lasts_ms = kept->lasts_ms, .until_utc_ms = kept->until_utc_ms};
    memcpy(lease->code, kept->code, sizeof lease->code);
    ess_lease_restore(lease, order_now());
}

static void recover_leases(ess_agent *agent)
{
    size_t count;
    const journal_lease *leases = journal_leases(agent->journal, &count);

    for (size_t i = 0; i < count; i++) {
        size_t object;
        agent_device *device = agent_find(agent, ess_slice_from(leases[i].path), &object);
        if (device == NULL)
            port_log(PORT_WARN, "a lease of %s is in force, but no device has it", leases[i].path);
        else
            restore_lease(&device->objects[object].lease, &leases[i]);
    }
}

/* [CMD-07] Never written again: only read back, and said to be of unknown effect. */
static void recover_order(ess_agent *agent, const journal_intent *intent)
{
    static command_arrival lost; /* large; used at once */
    ess_verdict verdict = {.stage = ESS_STAGE_ACCEPTED};

    lost = (command_arrival){.command = {.code = intent->code,
                                         .op = intent->op,
                                         .args = intent->args,
                                         .exp_utc_ms = intent->exp_utc_ms},
                             .known = ess_model_command_of(intent->op),
                             .now_utc_ms = intent->received_utc_ms,
                             .now_mono_ms = port_mono_ms()};
    (void)ess_slice_copy(intent->path, lost.path, sizeof lost.path);
    (void)ess_slice_copy(intent->code, lost.order.code, sizeof lost.order.code);
    lost.device = agent_find(agent, intent->path, &lost.order.object);
    lost.order.command = lost.known;
    lost.order.received_utc_ms = intent->received_utc_ms;
    lost.order.exp_utc_ms = intent->exp_utc_ms;
    lost.order.is_probe = true;
    if (lost.device == NULL || lost.known == NULL)
        refuse(&verdict, ESS_MODEL_UNKNOWN_TARGET,
               "restarted meanwhile; the target is no longer here");
    else
        plan(&lost, &lost.order, &verdict);
    if ((verdict.stage == ESS_STAGE_ACCEPTED || verdict.result == ESS_MODEL_REV_CONFLICT) &&
        lost.device->queue_count <= AGENT_QUEUE_MAX) {
        enqueue(lost.device, &lost.order);
        return;
    }
    verdict.stage = ESS_STAGE_UNKNOWN; /* an intent was there: rejected it cannot be */
    answer_at_once(agent, &lost, &verdict);
}

void command_recover(ess_agent *agent)
{
    journal_intent intent;
    size_t place = 0;
    ess_err err;

    recover_leases(agent);
    while ((err = journal_next_open(agent->journal, &place, agent->record_room, &intent)) == ESS_OK)
        recover_order(agent, &intent);
    if (err != ESS_E_NOT_FOUND)
        port_log(PORT_ERROR, "journal: an unfinished command cannot be read back: %d", (int)err);
}

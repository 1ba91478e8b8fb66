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
    size_t object;
    const ess_model_command *known;
    ess_order order;    /* when admitted */
    ess_execute plan;   /* what it writes and reads back */
    ess_now now;
} command_arrival;

static void say_again(ess_agent *agent, ess_slice path, const ess_journal_entry *entry)
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

static void plan(command_arrival *arrival, ess_verdict *verdict)
{
    equipment_place place = {&arrival->device->table,
                             arrival->device->objects[arrival->object].below_unit};
    ess_equipment equipment = equipment_of(&place);
    const char *why;
    int result =
        ess_execute_plan(&arrival->plan, &equipment, arrival->known, arrival->command.args, &why);

    if (result != ESS_MODEL_OK)
        refuse(verdict, result, why);
}

static ess_orders_request request_of(const command_arrival *arrival, ess_control control)
{
    return (ess_orders_request){.command = &arrival->command,
                                .known = arrival->known,
                                .object = (uint16_t)arrival->object,
                                .control = control,
                                .now = arrival->now};
}

static void judge_here(ess_agent *agent, command_arrival *arrival, ess_verdict *verdict)
{
    ess_orders_request asked = request_of(arrival, order_control(arrival->device));

    ess_orders_admit(&arrival->device->orders, &asked, &arrival->order, verdict);
    if (verdict->stage != ESS_STAGE_ACCEPTED)
        return;
    if (arrival->command.args.len > AGENT_ARGS_MAX)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "the arguments are too long");
    else if (!journal_has_room(agent->journal, arrival->now.utc_ms))
        refuse(verdict, ESS_MODEL_STORAGE_FULL, "the journal is full of commands to be remembered");
    else
        plan(arrival, verdict);
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
        ess_revision_tell_again(&device->minded[i].revision);
    ess_birth_again(&device->agent->birth);
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

/* ---- accepted, or not */

static void answer_at_once(ess_agent *agent, const command_arrival *arrival,
                           const ess_verdict *verdict)
{
    journal_outcome outcome = {.ack = {.code = arrival->command.code,
                                       .stage = verdict->stage,
                                       .result = verdict->result,
                                       .why = ess_slice_from(verdict->why)},
                               .received_utc_ms = arrival->now.utc_ms,
                               .exp_utc_ms =
                                   ess_orders_refusal_exp(&arrival->command, arrival->now)};

    (void)journal_has_room(agent->journal, arrival->now.utc_ms); /* forgets what is old */
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

/* The machine has it, with its plan at the same place. */
static void keep_plan(command_arrival *arrival, size_t place)
{
    arrival->device->plans[place] = arrival->plan;
}

static void answer_yes(ess_agent *agent, command_arrival *arrival, ess_verdict *verdict)
{
    const ess_command *command = &arrival->command;
    journal_intent intent = {.code = command->code,
                             .path = ess_slice_from(arrival->path),
                             .op = command->op,
                             .args = command->args,
                             .received_utc_ms = arrival->now.utc_ms,
                             .exp_utc_ms = command->exp_utc_ms};
    ess_ack ack = {.code = command->code, .stage = ESS_STAGE_ACCEPTED};

    if (journal_intend(agent->journal, &intent) != ESS_OK) {
        refuse(verdict, ESS_MODEL_STORAGE_FULL, "the intent could not be made durable");
        answer_at_once(agent, arrival, verdict);
        return;
    }
    port_log(PORT_INFO, "command %s %s: accepted", arrival->order.code, arrival->known->op);
    uplink_ack(agent, ess_slice_from(arrival->path), &ack);
    keep_plan(arrival, ess_orders_put(&arrival->device->orders, &arrival->order));
    device_step(arrival->device);
}

static void judge(ess_agent *agent, command_arrival *arrival, bool is_retained)
{
    const own_operation *own = own_operation_of(arrival->command.op);
    ess_judge_facts facts = {.path = arrival->path,
                             .retained = is_retained,
                             .target_known = own != NULL ? is_own_target(agent, arrival)
                                                         : arrival->device != NULL,
                             .now_utc_ms = arrival->now.utc_ms,
                             .clock_set = arrival->now.clock_set,
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
                               .now_mono_ms = arrival->now.mono_ms,
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
    const ess_journal_entry *entry;
    ess_err err;

    arrival = (command_arrival){.now = order_now()};
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
    arrival.device = agent_find(agent, ess_slice_from(arrival.path), &arrival.object);
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
            restore_lease(&device->minded[object].lease, &leases[i]);
    }
}

/* [CMD-07] Never written again: only read back, and said to be of unknown effect. True when that is
 * possible; else *verdict tells why not. */
static bool may_be_read_back(command_arrival *lost, ess_verdict *verdict)
{
    ess_orders_request asked = request_of(lost, ESS_CONTROL_UNKNOWN);
    size_t place;

    verdict->stage = ESS_STAGE_ACCEPTED;
    if (lost->device == NULL || lost->known == NULL)
        refuse(verdict, ESS_MODEL_UNKNOWN_TARGET,
               "restarted meanwhile; the target is no longer here");
    else
        plan(lost, verdict);
    if (verdict->stage != ESS_STAGE_ACCEPTED)
        return false;
    place = ess_orders_recover(&lost->device->orders, &asked);
    if (place < ESS_ORDERS_MAX) {
        keep_plan(lost, place);
        return true;
    }
    refuse(verdict, ESS_MODEL_BUSY, "too many commands are waiting");
    return false;
}

static void recover_order(ess_agent *agent, const journal_intent *intent)
{
    static command_arrival lost; /* large; used at once */
    ess_verdict verdict;

    lost = (command_arrival){.command = {.code = intent->code,
                                         .op = intent->op,
                                         .args = intent->args,
                                         .exp_utc_ms = intent->exp_utc_ms},
                             .known = ess_model_command_of(intent->op),
                             .now = order_now()};
    lost.now.utc_ms = intent->received_utc_ms;
    (void)ess_slice_copy(intent->path, lost.path, sizeof lost.path);
    lost.device = agent_find(agent, intent->path, &lost.object);
    if (may_be_read_back(&lost, &verdict))
        return;
    verdict.stage = ESS_STAGE_UNKNOWN; /* an intent was there: rejected it cannot be */
    answer_at_once(agent, &lost, &verdict);
}

void command_recover(ess_agent *agent)
{
    journal_intent intent;
    uint64_t after = 0;
    ess_err err;

    recover_leases(agent);
    while ((err = journal_next_open(agent->journal, &after, agent->record_room, &intent)) == ESS_OK)
        recover_order(agent, &intent);
    if (err != ESS_E_NOT_FOUND)
        port_log(PORT_ERROR, "journal: an unfinished command cannot be read back: %d", (int)err);
}

/* Accepted commands, one at a time a device, and the leases they grant.
 *
 * What comes next: what has to be read back after a restart, stops, a lease that ran out, then
 * the others in the order in which they came.
 */
#include "agent/agent.h"
#include "codec/try.h"
#include "port/clock.h"
#include "port/log.h"

#include <string.h>

enum { MODE_LOCAL_MANUAL = 0, MODE_MAINTENANCE = 3 };

const char *order_mode_forbids(const agent_device *device, bool *is_known)
{
    *is_known = true;
    for (size_t i = 0; i < device->table.count; i++) {
        const south_point *point = &device->table.points[i];
        ess_decimal mode;
        if (strcmp(point->name, "ctrlMode") != 0)
            continue;
        if (policy_scalar(&device->policy, point, &mode) != ESS_OK) {
            *is_known = false;
            continue;
        }
        if (ess_decimal_compare(mode, ess_decimal_make(MODE_LOCAL_MANUAL, 0)) == 0)
            return "the device is in local manual mode";
        if (ess_decimal_compare(mode, ess_decimal_make(MODE_MAINTENANCE, 0)) == 0)
            return "the device is in maintenance mode";
    }
    return NULL;
}

ess_lease_now order_now(void)
{
    return (ess_lease_now){port_utc_ms(), port_mono_ms(), port_clock_is_set()};
}

static bool is_own(const agent_order *order)
{
    return order->code[0] == '\0';
}

/* ---- ending */

typedef struct order_ending {
    ess_stage stage;
    int result;
    const char *why;
    ess_slice read_back;
    const journal_lease *lease; /* NULL: unchanged */
} order_ending;

/* Durable first, said then. */
static ess_err conclude(agent_device *device, const agent_order *order, const order_ending *ending)
{
    ess_agent *agent = device->agent;
    journal_outcome outcome = {.ack = {.code = ess_slice_from(order->code),
                                       .stage = ending->stage,
                                       .result = ending->result,
                                       .read_back = ending->read_back,
                                       .why = ess_slice_from(ending->why)},
                               .received_utc_ms = order->received_utc_ms,
                               .exp_utc_ms = order->exp_utc_ms,
                               .lease = ending->lease};

    TRY(journal_conclude(agent->journal, &outcome));
    port_log(PORT_INFO, "command %s %s: %s, result %d", order->code, order->command->op,
             ess_stage_name(ending->stage), ending->result);
    uplink_ack(agent, ess_slice_from(device->objects[order->object].path), &outcome.ack);
    return ESS_OK;
}

ess_err order_end_waiting(agent_device *device, size_t place, ess_stage stage, int result,
                          const char *why)
{
    order_ending untried = {.stage = stage, .result = result, .why = why};

    TRY(conclude(device, &device->queue[place], &untried));
    device->queue_count--;
    memmove(&device->queue[place], &device->queue[place + 1],
            (device->queue_count - place) * sizeof device->queue[0]);
    return ESS_OK;
}

/* After a restart: what may have been written ends when it would have ended. What was in force
 * before does not last longer for a write that is not proved. */
static bool lease_of_probe(const agent_order *order, const ess_lease *before, ess_lease_now now,
                           ess_lease *lease)
{
    ess_lease_grant(lease, order->code, order->lasts_ms, now);
    lease->until_utc_ms = order->received_utc_ms + order->lasts_ms;
    ess_lease_restore(lease, now);
    return order->execute.is_matching || !before->in_force ||
           lease->due_mono_ms < before->due_mono_ms;
}

/* True when the order changes the object's lease; *lease is what it becomes. A set-point that may
 * be in force must not stay for ever: a write whose fate is unknown grants a lease as well, and
 * what is not read back may be half of it, or on its way. */
static bool next_lease(const agent_device *device, const agent_order *order, ess_lease *lease)
{
    const ess_lease *before = &device->objects[order->object].lease;
    ess_lease_now now = order_now();

    if (order->lasts_ms > 0 && order->is_probe)
        return lease_of_probe(order, before, now, lease);
    if (order->lasts_ms > 0 && order->execute.touched) {
        ess_lease_grant(lease, order->code, order->lasts_ms, now);
        return true;
    }
    if (strcmp(order->command->op, "stop") != 0 || order->execute.stage != ESS_STAGE_DONE ||
        !before->in_force)
        return false;
    /* A later start must not begin with a forgotten power: the stop takes it back now. */
    *lease = *before;
    ess_lease_cut(lease, now);
    return true;
}

static void lease_for_journal(const agent_object *object, journal_lease *out)
{
    const ess_lease *lease = &object->lease;

    *out = (journal_lease){.in_force = lease->in_force,
                           .lasts_ms = lease->lasts_ms,
                           .until_utc_ms = lease->until_utc_ms};
    memcpy(out->path, object->path, sizeof out->path);
    memcpy(out->code, lease->code, sizeof out->code);
}

/* The lease counts from here, whatever the disk says: a set-point in force must not outlast it. */
static void leave_running(agent_device *device)
{
    agent_order *order = &device->running;
    agent_object *object = &device->objects[order->object];
    ess_lease lease;

    order->lease_changed = next_lease(device, order, &lease);
    if (order->lease_changed) {
        object->lease = lease;
        object->lease_told = object->lease_stuck = false;
    }
    device->ended = *order;
    device->is_ending = true;
}

/* False when it could not be made durable: tried again. */
static bool end_order(agent_device *device)
{
    const agent_order *order = &device->ended;
    ess_agent *agent = device->agent;
    ess_json_writer read_back;
    journal_lease kept;
    order_ending ending = {
        .stage = order->execute.stage, .result = order->execute.result, .why = order->execute.why};

    ess_json_writer_init(&read_back, agent->scratch, sizeof agent->scratch / 2);
    if (execute_has_read_back(&order->execute))
        execute_write_read_back(&order->execute, &read_back);
    ending.read_back = (ess_slice){agent->scratch, read_back.len};
    if (order->lease_changed) {
        lease_for_journal(&device->objects[order->object], &kept);
        ending.lease = &kept;
    }
    if (conclude(device, order, &ending) != ESS_OK)
        return false;
    if (strcmp(order->command->op, "param.set") == 0) {
        report_params(device);
        device->must_commit = true;
    }
    return true;
}

/* Tried again, for as long as it takes; said once. */
static void not_taken_back(agent_object *object, const char *why, int64_t now_mono_ms)
{
    if (!object->lease_stuck)
        port_log(PORT_ERROR, "%s: the set-point could not be taken back (%s); tried again",
                 object->path, why);
    object->lease_stuck = true;
    ess_lease_retry(&object->lease, now_mono_ms);
}

/* The agent's own order: a lease has run out. */
static void end_revert(agent_device *device, int64_t now_mono_ms)
{
    agent_object *object = &device->objects[device->running.object];
    journal_lease kept;

    if (device->running.execute.stage != ESS_STAGE_DONE) {
        not_taken_back(object, device->running.execute.why, now_mono_ms);
        return;
    }
    if (!object->lease_told)
        report_event(device->agent, &(report_event_words){.event = "lease-ended",
                                                          .unit = device->config->unit,
                                                          .path = object->path,
                                                          .code = object->lease.code});
    object->lease_told = true;
    device->must_commit = true;
    lease_for_journal(object, &kept);
    kept.in_force = false;
    /* The event first: after a crash in between it is told twice rather than never. */
    if (outbox_commit(device->agent->outbox) != ESS_OK ||
        journal_lease_put(device->agent->journal, &kept) != ESS_OK) {
        ess_lease_retry(&object->lease, now_mono_ms);
        return;
    }
    port_log(PORT_INFO, "%s: lease of %s has ended, set-point taken back", object->path,
             object->lease.code);
    ess_lease_end(&object->lease);
    object->lease_stuck = false;
}

/* ---- beginning */

static void begin(agent_device *device, const agent_order *order, int64_t now_mono_ms)
{
    device->running = *order;
    device->is_running = true;
    execute_begin(&device->running.execute, order->is_probe, now_mono_ms);
}

static bool begin_revert(agent_device *device, int64_t now_mono_ms)
{
    static agent_order revert; /* large, used at once */
    const ess_model_command *command = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));

    for (size_t i = 0; i < device->object_count; i++) {
        agent_object *object = &device->objects[i];
        execute_place place = {&device->table, object->below_unit};
        const char *why;

        if (!ess_lease_is_due(&object->lease, now_mono_ms))
            continue;
        revert = (agent_order){.object = i, .command = command};
        if (execute_plan_revert(&revert.execute, &place, command, &why) == ESS_MODEL_OK) {
            begin(device, &revert, now_mono_ms);
            return true;
        }
        not_taken_back(object, why, now_mono_ms);
    }
    return false;
}

/* Looked at once more just before the write: much may have changed while it waited. */
static order_ending refuse_late(const agent_device *device, const agent_order *order,
                                int64_t now_mono_ms)
{
    bool is_known;
    const char *mode = order_mode_forbids(device, &is_known);

    if (order->is_probe)
        return (order_ending){.stage = ESS_STAGE_ACCEPTED};
    if (now_mono_ms > order->exp_mono_ms) /* [CMD-03] */
        return (order_ending){
            ESS_STAGE_EXPIRED, ESS_MODEL_EXPIRED, "expired while it waited", {0}, NULL};
    if (mode != NULL)
        return (order_ending){ESS_STAGE_FAILED, ESS_MODEL_WRONG_MODE, mode, {0}, NULL};
    if (!is_known && device->contact == CONTACT_OFFLINE)
        return (order_ending){
            ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE, "the device cannot be reached", {0}, NULL};
    if (strcmp(order->command->op, "param.set") == 0 &&
        params_rev(device->agent->params, device->objects[order->object].path) != order->if_rev)
        return (order_ending){
            ESS_STAGE_FAILED, ESS_MODEL_REV_CONFLICT, "changed while it waited", {0}, NULL};
    return (order_ending){.stage = ESS_STAGE_ACCEPTED};
}

/* The first scan tells the mode; until then nothing is written. */
static bool waits_for_mode(const agent_device *device)
{
    bool is_known;

    (void)order_mode_forbids(device, &is_known);
    return !is_known && !device->queue[0].is_probe;
}

static bool is_urgent(const agent_order *order)
{
    return order->is_probe || strcmp(order->command->op, "stop") == 0;
}

static void begin_next(agent_device *device, int64_t now_mono_ms)
{
    bool is_urgent_first = device->queue_count > 0 && !device->is_ending &&
                           is_urgent(&device->queue[0]) && !waits_for_mode(device);

    if (!is_urgent_first && begin_revert(device, now_mono_ms))
        return;
    if (device->is_ending) /* one after the other, so that none is said before it is durable */
        return;
    while (device->queue_count > 0) {
        order_ending late = refuse_late(device, &device->queue[0], now_mono_ms);
        if (late.stage == ESS_STAGE_ACCEPTED)
            break;
        if (order_end_waiting(device, 0, late.stage, late.result, late.why) != ESS_OK)
            return;
    }
    if (device->queue_count == 0 || waits_for_mode(device))
        return;
    begin(device, &device->queue[0], now_mono_ms);
    device->queue_count--;
    memmove(&device->queue[0], &device->queue[1], device->queue_count * sizeof device->queue[0]);
}

void order_step(agent_device *device, int64_t now_mono_ms)
{
    if (device->is_running && device->running.execute.state == EXECUTE_ENDED) {
        device->is_running = false;
        if (is_own(&device->running))
            end_revert(device, now_mono_ms);
        else
            leave_running(device);
    }
    device->is_ending = device->is_ending && !end_order(device);
    if (!device->is_running)
        begin_next(device, now_mono_ms);
}

void order_answer(agent_device *device, const south_answer *answer, int64_t now_mono_ms)
{
    agent_order *order = &device->running;
    journal_entry *entry;
    ess_ack ack = {.code = ess_slice_from(order->code), .stage = ESS_STAGE_EXECUTING};

    execute_answer(&order->execute, answer, now_mono_ms);
    /* Said only when the first round of reading back did not already end it. */
    if (order->execute.state != EXECUTE_READING || answer->action == SOUTH_WRITE ||
        order->execute.next != 0 || order->executing_said || is_own(order) || order->is_probe)
        return;
    order->executing_said = true;
    entry = journal_find(device->agent->journal, ack.code);
    if (entry != NULL)
        entry->stage = ESS_STAGE_EXECUTING;
    uplink_ack(device->agent, ess_slice_from(device->objects[order->object].path), &ack);
}

int64_t order_wake(const agent_device *device)
{
    int64_t wake = INT64_MAX;

    if (device->is_running)
        return execute_wake(&device->running.execute);
    if (device->queue_count > 0 || device->is_ending) /* the disk refused an end */
        wake = port_mono_ms() + AGENT_RETRY_MS;
    for (size_t i = 0; i < device->object_count; i++) {
        const ess_lease *lease = &device->objects[i].lease;
        if (lease->in_force && lease->due_mono_ms < wake)
            wake = lease->due_mono_ms;
    }
    return wake;
}

/* What the machine of orders (ess/orders.h) asks for, done: journal, equipment, event, line. */
#include "agent/agent.h"
#include "port/clock.h"
#include "port/log.h"

#include <string.h>

enum { MODE_LOCAL_MANUAL = 0, MODE_MAINTENANCE = 3 };

static ess_control control_of(ess_decimal mode)
{
    if (ess_decimal_compare(mode, ess_decimal_make(MODE_LOCAL_MANUAL, 0)) == 0)
        return ESS_CONTROL_LOCAL;
    if (ess_decimal_compare(mode, ess_decimal_make(MODE_MAINTENANCE, 0)) == 0)
        return ESS_CONTROL_MAINTENANCE;
    return ESS_CONTROL_REMOTE;
}

ess_control order_control(const agent_device *device)
{
    ess_control control = ESS_CONTROL_REMOTE;

    for (size_t i = 0; i < device->table.count; i++) {
        const south_point *point = &device->table.points[i];
        ess_decimal mode;
        ess_control said;
        if (strcmp(point->name, "ctrlMode") != 0)
            continue;
        if (policy_scalar(&device->policy, point, &mode) != ESS_OK) {
            control = ESS_CONTROL_UNKNOWN;
            continue;
        }
        said = control_of(mode);
        if (said != ESS_CONTROL_REMOTE)
            return said;
    }
    return control;
}

ess_now order_now(void)
{
    return (ess_now){port_utc_ms(), port_mono_ms(), port_clock_is_set()};
}

void order_init(agent_device *device)
{
    ess_orders_init(&device->orders, device->minded, device->object_count);
    device->orders_wake_mono_ms = INT64_MAX;
    for (size_t i = 0; i < device->object_count; i++) {
        uint64_t rev;
        (void)params_kept(device->agent->params, device->objects[i].path, &rev);
        ess_revision_restore(&device->minded[i].revision, rev);
    }
}

/* ---- ending */

static journal_lease lease_for_journal(const agent_device *device, size_t object)
{
    const ess_lease *lease = &device->minded[object].lease;
    journal_lease out = {.in_force = lease->in_force,
                         .lasts_ms = lease->lasts_ms,
                         .until_utc_ms = lease->until_utc_ms};

    memcpy(out.path, device->objects[object].path, sizeof out.path);
    memcpy(out.code, lease->code, sizeof out.code);
    return out;
}

static ess_slice print_read_back(const agent_device *device, const ess_execute *plan)
{
    ess_agent *agent = device->agent;
    ess_json_writer out;

    ess_json_writer_init(&out, agent->scratch, sizeof agent->scratch / 2);
    (void)ess_execute_print_read_back(plan, &out); /* nothing read is nothing said */
    return (ess_slice){agent->scratch, out.len};
}

/* Durable first, said then. */
static void do_end(agent_device *device, const ess_orders_step *step)
{
    ess_agent *agent = device->agent;
    ess_order order = device->orders.order[step->place];
    journal_lease lease = lease_for_journal(device, order.object);
    journal_outcome outcome = {
        .ack = {.code = ess_slice_from(order.code),
                .stage = order.end.stage,
                .result = order.end.result,
                .read_back = print_read_back(device, &device->plans[step->place]),
                .why = ess_slice_from(order.end.why)},
        .received_utc_ms = order.received_utc_ms,
        .exp_utc_ms = order.exp_utc_ms,
        .lease = order.lease_changed ? &lease : NULL};
    bool durable = journal_conclude(agent->journal, &outcome) == ESS_OK;

    ess_orders_ended(&device->orders, step->place, durable, port_mono_ms());
    if (!durable)
        return;
    port_log(PORT_INFO, "command %s %s: %s, result %d", order.code, order.command->op,
             ess_stage_name(order.end.stage), order.end.result);
    uplink_ack(agent, ess_slice_from(device->objects[order.object].path), &outcome.ack);
    if (order.command->executor == ESS_MODEL_BY_PARAMS) {
        report_params(device);
        device->must_commit = true;
    }
}

/* ---- the end of a lease */

/* Said once; tried again for as long as it takes. */
static void tell_stuck(const agent_device *device, size_t object, const char *why)
{
    if (!device->minded[object].lease_stuck)
        port_log(PORT_ERROR, "%s: the set-point could not be taken back (%s); tried again",
                 device->objects[object].path, why);
}

static void do_release(agent_device *device, const ess_orders_step *step)
{
    const agent_object *object = &device->objects[step->object];
    ess_order_object *minded = &device->minded[step->object];
    journal_lease kept = lease_for_journal(device, step->object);
    bool durable;

    if (!minded->lease_told)
        report_event(device->agent, &(report_event_words){.event = "lease-ended",
                                                          .unit = device->config->unit,
                                                          .path = object->path,
                                                          .code = minded->lease.code});
    minded->lease_told = true;
    device->must_commit = true;
    kept.in_force = false;
    durable = outbox_commit(device->agent->outbox) == ESS_OK &&
              journal_lease_put(device->agent->journal, &kept) == ESS_OK;
    if (durable)
        port_log(PORT_INFO, "%s: lease of %s has ended, set-point taken back", object->path,
                 minded->lease.code);
    ess_orders_released(&device->orders, step->object, durable, port_mono_ms());
}

/* ---- beginning */

static void run(agent_device *device, ess_execute *plan, const ess_orders_step *step,
                bool read_only)
{
    device->running = plan;
    ess_execute_begin(plan, read_only, port_mono_ms());
    ess_orders_begun(&device->orders, step);
}

static void do_begin(agent_device *device, const ess_orders_step *step)
{
    run(device, &device->plans[step->place], step, device->orders.order[step->place].is_probe);
}

static void do_revert(agent_device *device, const ess_orders_step *step)
{
    const ess_model_command *command = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));
    equipment_place place = {&device->table, device->objects[step->object].below_unit};
    ess_equipment equipment = equipment_of(&place);
    const char *why;

    if (ess_execute_plan_revert(&device->revert_plan, &equipment, command, &why) == ESS_MODEL_OK) {
        run(device, &device->revert_plan, step, false);
        return;
    }
    tell_stuck(device, step->object, why);
    ess_orders_not_reverted(&device->orders, step->object, port_mono_ms());
}

/* ---- steps */

static void hand_over_result(agent_device *device)
{
    const ess_execute *ended = device->running;

    device->running = NULL;
    if (ended == &device->revert_plan && ended->result.stage != ESS_STAGE_DONE)
        tell_stuck(device, device->orders.revert.object, ended->result.why);
    ess_orders_result(&device->orders, &ended->result, order_now());
}

void order_step(agent_device *device)
{
    static void (*const by_what[])(agent_device *, const ess_orders_step *) = {
        [ESS_ORDERS_BEGIN] = do_begin,
        [ESS_ORDERS_REVERT] = do_revert,
        [ESS_ORDERS_RELEASE] = do_release,
        [ESS_ORDERS_END] = do_end,
    };

    if (device->running != NULL && device->running->state == ESS_EXECUTE_ENDED)
        hand_over_result(device);
    for (;;) { /* each step leaves less to do, or puts it off */
        ess_orders_facts facts = {.now = order_now(),
                                  .control = order_control(device),
                                  .offline = device->contact == CONTACT_OFFLINE,
                                  .busy = device->job_out};
        ess_orders_step step;
        ess_orders_next(&device->orders, &facts, &step);
        device->orders_wake_mono_ms = step.wake_mono_ms;
        if (step.what == ESS_ORDERS_REST)
            return;
        by_what[step.what](device, &step);
    }
}

void order_answer(agent_device *device, const south_answer *answer, int64_t now_mono_ms)
{
    ess_execute_job job;
    ess_execute_answer said;
    const ess_order *order;
    size_t place;
    ess_ack ack = {.stage = ESS_STAGE_EXECUTING};

    (void)ess_execute_next(device->running, now_mono_ms, &job); /* it is the one that was put */
    said = equipment_answer(&device->table, &job, answer);
    ess_execute_answered(device->running, &said, now_mono_ms);
    if (!ess_execute_is_waiting(device->running) || !ess_orders_executing(&device->orders, &place))
        return;
    order = &device->orders.order[place];
    ack.code = ess_slice_from(order->code);
    journal_executing(device->agent->journal, ack.code);
    uplink_ack(device->agent, ess_slice_from(device->objects[order->object].path), &ack);
}

int64_t order_wake(const agent_device *device)
{
    int64_t wake = device->orders_wake_mono_ms;

    if (device->running != NULL && ess_execute_wake(device->running) < wake)
        wake = ess_execute_wake(device->running);
    return wake;
}

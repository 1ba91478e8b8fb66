/* One device: its bus is shared by scans and orders, one job at a time.
 *
 * [TEL-05] A reading is durable before the same point is read again. So the next scan begins, and
 * an order reads back, only when nothing that was read is still merely in memory. An order's jobs
 * go between two reads of a scan.
 */
#include "agent/agent.h"
#include "codec/try.h"
#include "port/clock.h"
#include "port/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILURES_MOST = 2 }; /* answers missing in a row before a device is called offline */

/* ---- preparing */

static ess_err object_for(agent_device *device, const char *below_unit, size_t *index)
{
    agent_object *object = &device->objects[device->object_count];
    const char *unit = device->config->unit;
    int len;

    for (*index = 0; *index < device->object_count; (*index)++) {
        if (strcmp(device->objects[*index].below_unit, below_unit) == 0)
            return ESS_OK;
    }
    if (device->object_count == AGENT_OBJECTS_MAX)
        return ESS_E_NO_ROOM;
    len = snprintf(object->path, sizeof object->path, "%s%s%s", unit,
                   below_unit[0] == '\0' ? "" : "/", below_unit);
    if (len < 0 || (size_t)len >= sizeof object->path)
        return ESS_E_TOO_LARGE;
    object->below_unit = object->path + len - strlen(below_unit);
    device->object_count++;
    return ESS_OK;
}

static ess_err name_objects(agent_device *device)
{
    device->object_of = calloc(device->table.count + 1, sizeof *device->object_of);
    if (device->object_of == NULL)
        return ESS_E_NO_ROOM;
    for (size_t i = 0; i < device->table.count; i++) {
        size_t index;
        TRY(object_for(device, device->table.points[i].object, &index));
        device->object_of[i] = (uint8_t)index;
        if (device->table.points[i].model->is_param)
            device->objects[index].has_params = true;
    }
    return ESS_OK;
}

ess_err device_init(agent_device *device, const agent_config *config, size_t index, bool chinese,
                    char *problem, size_t problem_size)
{
    poll_periods periods = {.fast_ms = config->fast_ms,
                            .normal_ms = config->normal_ms,
                            .slow_ms = config->slow_ms,
                            .cells_ms = config->cells_ms,
                            .params_ms = config->params_ms};
    ess_err err;

    device->config = &config->devices[index];
    TRY(south_table_load(device->config->points, chinese, &device->table, problem, problem_size));
    err = name_objects(device);
    if (err == ESS_OK)
        err = policy_init(&device->policy, &device->table);
    if (err == ESS_OK)
        err = poll_init(&device->poll, &device->table, &periods, 0);
    if (err != ESS_OK) {
        const ess_model_error *error = ess_model_error_by_id(ESS_SLICE_LITERAL("agent-points"));
        (void)snprintf(problem, problem_size, "%s: %s [agent-points]\n", device->config->points,
                       error == NULL ? "" : ess_model_say(error->what, chinese));
    }
    return err;
}

void device_free(agent_device *device)
{
    south_bus_free(device->bus);
    device->bus = NULL;
    if (device->policy.points != NULL)
        policy_free(&device->policy);
    free(device->object_of);
    device->object_of = NULL;
    south_table_free(&device->table);
}

/* ---- answers */

static void tell_contact(agent_device *device, const char *event)
{
    report_event(device->agent,
                 &(report_event_words){.event = event, .unit = device->config->unit});
    port_log(PORT_INFO, "%s %s", event, device->config->unit);
    device->must_commit = true;
}

static void found_online(agent_device *device, int64_t now_mono_ms)
{
    device->failures = 0;
    if (device->contact == CONTACT_ONLINE)
        return;
    device->contact = CONTACT_ONLINE;
    /* What was known is out of date: a full snapshot. */
    policy_forget(&device->policy);
    poll_all_due(&device->poll, now_mono_ms);
    tell_contact(device, "device-online");
}

static void found_silent(agent_device *device, ess_err err, int64_t now_mono_ms)
{
    device->failures++;
    device->rest_until_mono_ms = now_mono_ms + device->agent->config.fast_ms;
    poll_all_due(&device->poll, now_mono_ms);
    if (device->contact == CONTACT_OFFLINE ||
        (err != ESS_E_OFFLINE && device->failures < FAILURES_MOST))
        return;
    device->contact = CONTACT_OFFLINE;
    tell_contact(device, "device-offline");
}

static void end_scan(agent_device *device, bool is_whole)
{
    if (is_whole && device->poll.has_params)
        report_params(device);
    if (!is_whole)
        policy_drop_parts(&device->policy);
    poll_end(&device->poll);
    device->must_commit = true;
}

static void scan_answer(agent_device *device, const south_answer *answer)
{
    if (answer->err != ESS_OK && answer->err != ESS_E_DATA) {
        end_scan(device, false);
        return;
    }
    if (answer->err == ESS_E_DATA)
        port_log(PORT_WARN, "%s refuses to read %u registers from %u: exception %u",
                 device->config->unit, (unsigned)answer->count, (unsigned)answer->address,
                 (unsigned)answer->exception);
    poll_answered(&device->poll);
    if (device->poll.next == device->poll.count)
        end_scan(device, true);
}

static void take_answer(agent_device *device, const south_answer *answer)
{
    int64_t now_mono_ms = port_mono_ms();
    bool is_order = device->job_is_order;

    device->job_out = false;
    if (answer->err == ESS_OK || answer->err == ESS_E_DATA)
        found_online(device, now_mono_ms);
    else
        found_silent(device, answer->err, now_mono_ms);
    if (answer->err == ESS_OK && answer->action == SOUTH_READ) {
        device->read_utc_ms = answer->answered_utc_ms;
        report_values(device, answer);
    }
    if (is_order) {
        device->must_commit = device->must_commit || answer->action == SOUTH_READ;
        order_answer(device, answer, now_mono_ms);
    } else {
        scan_answer(device, answer);
    }
}

static void on_bus(void *context, int fd, unsigned ready)
{
    agent_device *device = context;
    south_answer answer;

    (void)fd;
    (void)ready;
    while (south_bus_take(device->bus, &answer) == ESS_OK)
        take_answer(device, &answer);
    device_step(device);
    uplink_pump(device->agent);
}

/* ---- what is next */

static bool make_durable(agent_device *device)
{
    ess_err err = outbox_commit(device->agent->outbox);

    if (err == ESS_OK) {
        device->must_commit = false;
        return true;
    }
    port_log(PORT_ERROR, "outbox: readings cannot be made durable (%d); %s waits", (int)err,
             device->config->unit);
    port_loop_arm(device->agent->loop, device->timer, port_mono_ms() + AGENT_RETRY_MS);
    return false;
}

static bool begin_scan(agent_device *device, int64_t now_mono_ms)
{
    ess_agent *agent = device->agent;

    if (agent->stopping || now_mono_ms < device->rest_until_mono_ms)
        return false;
    if (now_mono_ms >= device->snapshot_due_mono_ms) { /* [TEL-13] */
        policy_force_all(&device->policy);
        device->snapshot_due_mono_ms = now_mono_ms + agent->config.snapshot_ms;
    }
    return poll_begin(&device->poll, now_mono_ms, outbox_sender(agent->outbox)->slow);
}

static void arm(agent_device *device)
{
    int64_t wake = poll_wake(&device->poll), order = order_wake(device);

    if (wake < device->rest_until_mono_ms)
        wake = device->rest_until_mono_ms;
    if (device->agent->stopping)
        wake = INT64_MAX;
    if (order < wake)
        wake = order;
    if (wake == INT64_MAX)
        port_loop_disarm(device->agent->loop, device->timer);
    else
        port_loop_arm(device->agent->loop, device->timer, wake);
}

typedef enum next_job { NEXT_NONE, NEXT_BLOCKED, NEXT_ORDER, NEXT_SCAN } next_job;

/* An order goes first. A write needs no durable readings, so a set-point can be taken back even
 * with a full disk. */
static next_job choose_job(agent_device *device, int64_t now_mono_ms, south_job *job)
{
    ess_execute_job wanted;
    bool is_order =
        device->running != NULL && ess_execute_next(device->running, now_mono_ms, &wanted);
    const ess_order *order = ess_orders_running(&device->orders); /* NULL: the end of a lease */

    if (is_order)
        equipment_job(&device->table, &wanted, job);
    if (is_order && wanted.is_write) {
        /* [CMD-24] What was begun in time is finished: half an order is worse than a late one. */
        if (order != NULL && !device->running->result.touched)
            job->not_after_mono_ms = order->exp_mono_ms;
        return NEXT_ORDER;
    }
    if ((is_order || device->must_commit || !outbox_has_room(device->agent->outbox)) &&
        !make_durable(device)) {
        if (is_order)
            ess_execute_expire(device->running, now_mono_ms);
        return NEXT_BLOCKED;
    }
    if (is_order)
        return NEXT_ORDER;
    if (!device->poll.running && !begin_scan(device, now_mono_ms))
        return NEXT_NONE;
    return poll_job(&device->poll, job) ? NEXT_SCAN : NEXT_NONE;
}

void device_step(agent_device *device)
{
    int64_t now_mono_ms = port_mono_ms();
    south_job job;
    next_job next;

    order_step(device);
    if (device->job_out)
        return;
    next = choose_job(device, now_mono_ms, &job);
    if (next == NEXT_NONE)
        arm(device);
    if (next == NEXT_NONE || next == NEXT_BLOCKED)
        return;
    device->job_is_order = next == NEXT_ORDER;
    device->job_out = south_bus_put(device->bus, &job) == ESS_OK;
    if (!device->job_out) /* cannot be: one job at a time, sizes by the point table */
        port_log(PORT_ERROR, "%s: the bus takes no job", device->config->unit);
}

bool device_is_idle(const agent_device *device)
{
    return !device->job_out && !device->poll.running && ess_orders_idle(&device->orders);
}

static void on_timer(void *context)
{
    agent_device *device = context;

    device_step(device);
    uplink_pump(device->agent);
}

ess_err device_start(agent_device *device)
{
    ess_agent *agent = device->agent;
    south_bus_options options = {.host = device->config->host,
                                 .port = (uint16_t)device->config->port,
                                 .unit_id = (uint8_t)device->config->unit_id,
                                 .timeout_ms = (uint32_t)device->config->timeout_ms};
    int64_t now_mono_ms = port_mono_ms();

    TRY(port_loop_timer(agent->loop, on_timer, device, &device->timer));
    device->bus = south_bus_new(&options);
    if (device->bus == NULL)
        return ESS_E_NO_ROOM;
    TRY(port_loop_watch(agent->loop, south_bus_fd(device->bus), PORT_READABLE, on_bus, device));
    poll_all_due(&device->poll, now_mono_ms);
    device->snapshot_due_mono_ms = now_mono_ms + agent->config.snapshot_ms;
    port_loop_arm(agent->loop, device->timer, now_mono_ms);
    return ESS_OK;
}

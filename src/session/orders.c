/* A table of places with the order's state in each, and a number that tells who came first. What
 * comes next is searched for: the table is small, and a queue that is kept in order besides would
 * be a second truth. */
#include "ess/orders.h"
#include "codec/try.h"

#include <string.h>

static bool has_op(const ess_order *order, const char *op)
{
    return strcmp(order->command->op, op) == 0;
}

void ess_orders_init(ess_orders *orders, ess_order_object *object, size_t object_count)
{
    memset(orders, 0, sizeof *orders);
    memset(object, 0, object_count * sizeof *object);
    orders->object = object;
    orders->object_count = object_count;
    orders->retry_mono_ms = INT64_MIN;
}

/* ---- a command has come */

static void refuse(ess_verdict *verdict, int result, const char *why)
{
    verdict->stage = ESS_STAGE_REJECTED;
    verdict->result = result;
    (void)ess_slice_copy(ess_slice_from(why), verdict->why, sizeof verdict->why);
}

/* [CMD-08] How long the command may still wait. */
static int64_t life_ms(const ess_orders_request *asked)
{
    int64_t from = asked->now.clock_set ? asked->now.utc_ms : asked->command->t_utc_ms;

    return asked->command->exp_utc_ms - from;
}

int64_t ess_orders_refusal_exp(const ess_command *command, ess_now now)
{
    int64_t from = now.clock_set ? now.utc_ms : command->t_utc_ms;
    int64_t exp = command->exp_utc_ms > command->t_utc_ms ? command->exp_utc_ms : command->t_utc_ms;

    return exp > from + ESS_ORDERS_AHEAD_MS ? from + ESS_ORDERS_AHEAD_MS : exp;
}

/* An argument as a whole number of 10^-digits; absent when it is not said. The model has checked
 * type and range; ESS_E_NUMBER: it is finer than that. */
static ess_err whole_arg(const ess_command *command, const char *name, uint8_t digits,
                         int64_t absent, int64_t *out)
{
    ess_decimal value;

    *out = absent;
    if (ess_command_arg(command->args, name, &value) != ESS_OK)
        return ESS_OK;
    return ess_decimal_to_integer(value, digits, out);
}

enum { REV_NONE = -1, REV_OF_NOBODY = 0 }; /* revisions count from 1 */

static void make(const ess_orders_request *asked, ess_order *order)
{
    const ess_command *command = asked->command;

    *order = (ess_order){.state = ESS_ORDER_WAITING,
                         .command = asked->known,
                         .object = asked->object,
                         .received_utc_ms = asked->now.utc_ms,
                         .exp_utc_ms = command->exp_utc_ms,
                         .exp_mono_ms = asked->now.mono_ms + life_ms(asked),
                         .end = {.why = ""}};
    /* A code has at most ESS_CODE_MAX bytes: the envelope's check [ENV-05]. */
    (void)ess_slice_copy(command->code, order->code, sizeof order->code);
    if (whole_arg(command, "if_rev", 0, REV_NONE, &order->if_rev) != ESS_OK)
        order->if_rev = REV_OF_NOBODY;
}

/* [PAR-03] Compare and set. */
static bool is_outdated(const ess_orders *orders, const ess_order *order)
{
    uint64_t number = orders->object[order->object].revision.number;

    return order->if_rev != REV_NONE &&
           (order->if_rev <= REV_OF_NOBODY || (uint64_t)order->if_rev != number);
}

static const char *why_not(ess_control control)
{
    if (control == ESS_CONTROL_LOCAL)
        return "the device is in local manual mode";
    return control == ESS_CONTROL_MAINTENANCE ? "the device is in maintenance mode" : NULL;
}

/* True when the newcomer takes the place of what waits: a later set-point of an earlier one, a
 * stop of whatever would set the object in motion. */
static bool supersedes(const ess_order *newcomer, const ess_order *waiting)
{
    if (waiting->state != ESS_ORDER_WAITING || waiting->is_probe ||
        waiting->object != newcomer->object)
        return false;
    if (has_op(newcomer, "power.set"))
        return has_op(waiting, "power.set");
    return has_op(newcomer, "stop") && (has_op(waiting, "power.set") || has_op(waiting, "start"));
}

static bool has_place(const ess_orders *orders, const ess_order *newcomer)
{
    size_t taken = 0, waiting = 0;

    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        const ess_order *order = &orders->order[i];
        taken += order->state != ESS_ORDER_NONE;
        waiting += order->state == ESS_ORDER_WAITING && !supersedes(newcomer, order);
    }
    return taken < ESS_ORDERS_MAX && waiting < ESS_ORDERS_WAITING_MAX;
}

void ess_orders_admit(const ess_orders *orders, const ess_orders_request *asked, ess_order *order,
                      ess_verdict *verdict)
{
    ess_order made;
    const char *mode = why_not(asked->control);

    make(asked, &made);
    *verdict = (ess_verdict){.stage = ESS_STAGE_ACCEPTED, .result = ESS_MODEL_OK};
    if (life_ms(asked) > ESS_ORDERS_AHEAD_MS)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "exp lies more than an hour ahead");
    else if (whole_arg(asked->command, "rvt", 3, 0, &made.lasts_ms) != ESS_OK)
        refuse(verdict, ESS_MODEL_BAD_VALUE, "rvt is finer than a millisecond");
    else if (mode != NULL)
        refuse(verdict, ESS_MODEL_WRONG_MODE, mode);
    else if (is_outdated(orders, &made))
        refuse(verdict, ESS_MODEL_REV_CONFLICT, "if_rev is not the revision in force");
    else if (!has_place(orders, &made))
        refuse(verdict, ESS_MODEL_BUSY, "too many commands are waiting");
    else
        *order = made;
}

static void begin_to_end(ess_order *order, const ess_order_result *end)
{
    order->end = *end;
    order->state = ESS_ORDER_ENDING;
}

/* ESS_ORDERS_MAX: there is no place. */
static size_t put(ess_orders *orders, const ess_order *order)
{
    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        if (orders->order[i].state != ESS_ORDER_NONE)
            continue;
        orders->order[i] = *order;
        orders->order[i].number = orders->next_number++;
        return i;
    }
    return ESS_ORDERS_MAX;
}

size_t ess_orders_put(ess_orders *orders, const ess_order *order)
{
    static const ess_order_result superseded = {.stage = ESS_STAGE_SUPERSEDED,
                                                .result = ESS_MODEL_SUPERSEDED,
                                                .why = "a later command took its place"};

    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        if (supersedes(order, &orders->order[i]))
            begin_to_end(&orders->order[i], &superseded);
    }
    return put(orders, order);
}

size_t ess_orders_recover(ess_orders *orders, const ess_orders_request *asked)
{
    ess_order order;

    make(asked, &order);
    (void)whole_arg(asked->command, "rvt", 3, 0, &order.lasts_ms); /* it was admitted with it */
    order.is_probe = true;
    return put(orders, &order);
}

/* ---- what to do */

/* Lower goes first. */
enum { RANK_PROBES, RANK_STOPS, RANK_OTHERS };

static int rank(const ess_order *order)
{
    if (order->is_probe)
        return RANK_PROBES;
    return has_op(order, "stop") ? RANK_STOPS : RANK_OTHERS;
}

static ess_order *first_in(ess_orders *orders, ess_order_state state)
{
    ess_order *first = NULL;

    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        ess_order *order = &orders->order[i];
        bool is_before;
        if (order->state != state)
            continue;
        is_before = first == NULL || rank(order) < rank(first) ||
                    (rank(order) == rank(first) && order->number - first->number > INT32_MAX);
        first = is_before ? order : first;
    }
    return first;
}

static size_t place_of(const ess_orders *orders, const ess_order *order)
{
    return (size_t)(order - orders->order);
}

/* Looked at once more just before the write: much may have changed while it waited. True when it
 * must not be carried out, and *end tells why. */
static bool is_late(const ess_orders *orders, const ess_order *order, const ess_orders_facts *facts,
                    ess_order_result *end)
{
    const char *mode = why_not(facts->control);

    *end = (ess_order_result){.stage = ESS_STAGE_FAILED};
    if (order->is_probe)
        return false;
    if (facts->now.mono_ms > order->exp_mono_ms) { /* [CMD-21] */
        *end = (ess_order_result){.stage = ESS_STAGE_EXPIRED,
                                  .result = ESS_MODEL_EXPIRED,
                                  .why = "expired while it waited"};
    } else if (mode != NULL) {
        end->result = ESS_MODEL_WRONG_MODE;
        end->why = mode;
    } else if (facts->control == ESS_CONTROL_UNKNOWN && facts->offline) {
        end->result = ESS_MODEL_DEVICE_OFFLINE;
        end->why = "the device cannot be reached";
    } else if (is_outdated(orders, order)) { /* [PAR-14] */
        end->result = ESS_MODEL_REV_CONFLICT;
        end->why = "changed while it waited";
    } else {
        return false;
    }
    return true;
}

/* What is at the head and must not be tried any more begins to end. */
static void end_what_is_late(ess_orders *orders, const ess_orders_facts *facts)
{
    ess_order_result end;
    ess_order *order = first_in(orders, ESS_ORDER_WAITING);

    while (order != NULL && is_late(orders, order, facts, &end)) {
        begin_to_end(order, &end);
        order = first_in(orders, ESS_ORDER_WAITING);
    }
}

/* [CMD-66] A read-back needs no mode. */
static bool may_begin(const ess_order *order, const ess_orders_facts *facts)
{
    return order != NULL && (order->is_probe || facts->control != ESS_CONTROL_UNKNOWN);
}

static bool find_due_lease(const ess_orders *orders, int64_t now_mono_ms, uint16_t *object)
{
    for (size_t i = 0; i < orders->object_count; i++) {
        if (!ess_lease_is_due(&orders->object[i].lease, now_mono_ms))
            continue;
        *object = (uint16_t)i;
        return true;
    }
    return false;
}

static int64_t next_wake(ess_orders *orders)
{
    int64_t wake = INT64_MAX;
    const ess_order *waiting = first_in(orders, ESS_ORDER_WAITING);

    if (first_in(orders, ESS_ORDER_ENDING) != NULL)
        wake = orders->retry_mono_ms;
    else if (waiting != NULL) /* for its mode, and no longer than this */
        wake = waiting->exp_mono_ms + 1;
    for (size_t i = 0; i < orders->object_count; i++) {
        const ess_lease *lease = &orders->object[i].lease;
        if (lease->in_force && lease->due_mono_ms < wake)
            wake = lease->due_mono_ms;
    }
    return wake;
}

static ess_orders_step do_order(const ess_orders *orders, ess_orders_do what,
                                const ess_order *order)
{
    return (ess_orders_step){
        .what = what, .place = place_of(orders, order), .object = order->object};
}

/* Nothing runs, and no end can be made durable now. */
static ess_orders_step begin_next(ess_orders *orders, const ess_orders_facts *facts, bool is_ending)
{
    const ess_order *first = first_in(orders, ESS_ORDER_WAITING);
    bool may = !is_ending && may_begin(first, facts);
    ess_orders_step step = {.what = ESS_ORDERS_REVERT};

    if (may && rank(first) < RANK_OTHERS)
        return do_order(orders, ESS_ORDERS_BEGIN, first);
    if (find_due_lease(orders, facts->now.mono_ms, &step.object))
        return step;
    if (may)
        return do_order(orders, ESS_ORDERS_BEGIN, first);
    return (ess_orders_step){.what = ESS_ORDERS_REST, .wake_mono_ms = next_wake(orders)};
}

void ess_orders_next(ess_orders *orders, const ess_orders_facts *facts, ess_orders_step *step)
{
    bool is_busy = facts->busy || orders->revert.state == ESS_ORDER_RUNNING ||
                   ess_orders_running(orders) != NULL;
    const ess_order *ending = first_in(orders, ESS_ORDER_ENDING);

    if (!is_busy && ending == NULL) {
        end_what_is_late(orders, facts);
        ending = first_in(orders, ESS_ORDER_ENDING);
    }
    if (orders->revert.state == ESS_ORDER_ENDING)
        *step = (ess_orders_step){.what = ESS_ORDERS_RELEASE, .object = orders->revert.object};
    else if (ending != NULL && facts->now.mono_ms >= orders->retry_mono_ms)
        *step = do_order(orders, ESS_ORDERS_END, ending);
    else if (is_busy)
        *step =
            (ess_orders_step){.what = ESS_ORDERS_REST,
                              .wake_mono_ms = ending != NULL ? orders->retry_mono_ms : INT64_MAX};
    else
        *step = begin_next(orders, facts, ending != NULL);
}

/* ---- what was done */

void ess_orders_begun(ess_orders *orders, const ess_orders_step *step)
{
    if (step->what == ESS_ORDERS_BEGIN)
        orders->order[step->place].state = ESS_ORDER_RUNNING;
    else if (step->what == ESS_ORDERS_REVERT)
        orders->revert = (ess_order){.state = ESS_ORDER_RUNNING, .object = step->object};
}

/* [CMD-39] After a restart: what may have been written ends when it would have ended. What was in
 * force before does not last longer for a write that is not proved. */
static bool lease_of_probe(const ess_order *order, const ess_lease *before, ess_now now,
                           ess_lease *lease)
{
    ess_lease_grant(lease, order->code, order->lasts_ms, now);
    lease->until_utc_ms = order->received_utc_ms + order->lasts_ms;
    ess_lease_restore(lease, now);
    return order->end.matches || !before->in_force || lease->due_mono_ms < before->due_mono_ms;
}

/* True when the order changes the object's lease; *lease is what it becomes. A set-point that may
 * be in force must not stay for ever: a write whose fate is unknown grants a lease as well, and
 * what is not read back may be half of it, or on its way. */
static bool next_lease(const ess_order *order, const ess_lease *before, ess_now now,
                       ess_lease *lease)
{
    if (order->lasts_ms > 0 && order->is_probe)
        return lease_of_probe(order, before, now, lease);
    if (order->lasts_ms > 0 && order->end.touched) {
        ess_lease_grant(lease, order->code, order->lasts_ms, now);
        return true;
    }
    if (!has_op(order, "stop") || order->end.stage != ESS_STAGE_DONE || !before->in_force)
        return false;
    /* A later start must not begin with a forgotten power: the stop takes it back now. */
    *lease = *before;
    ess_lease_cut(lease, now);
    return true;
}

static void end_revert(ess_orders *orders, const ess_order_result *result, int64_t now_mono_ms)
{
    if (result->stage == ESS_STAGE_DONE)
        orders->revert.state = ESS_ORDER_ENDING;
    else
        ess_orders_not_reverted(orders, orders->revert.object, now_mono_ms);
}

void ess_orders_result(ess_orders *orders, const ess_order_result *result, ess_now now)
{
    ess_order *order = first_in(orders, ESS_ORDER_RUNNING);
    ess_order_object *object;
    ess_lease lease;

    if (orders->revert.state == ESS_ORDER_RUNNING) {
        end_revert(orders, result, now.mono_ms);
        return;
    }
    if (order == NULL)
        return;
    begin_to_end(order, result);
    object = &orders->object[order->object];
    order->lease_changed = next_lease(order, &object->lease, now, &lease);
    if (!order->lease_changed)
        return;
    object->lease = lease;
    object->lease_told = object->lease_stuck = false;
}

bool ess_orders_executing(ess_orders *orders, size_t *place)
{
    ess_order *order = first_in(orders, ESS_ORDER_RUNNING);

    if (order == NULL || order->executing_said || order->is_probe)
        return false;
    order->executing_said = true;
    *place = place_of(orders, order);
    return true;
}

void ess_orders_not_reverted(ess_orders *orders, uint16_t object, int64_t now_mono_ms)
{
    orders->revert.state = ESS_ORDER_NONE;
    orders->object[object].lease_stuck = true;
    ess_lease_retry(&orders->object[object].lease, now_mono_ms);
}

void ess_orders_released(ess_orders *orders, uint16_t object, bool durable, int64_t now_mono_ms)
{
    ess_order_object *of = &orders->object[object];

    orders->revert.state = ESS_ORDER_NONE;
    if (!durable) {
        ess_lease_retry(&of->lease, now_mono_ms);
        return;
    }
    ess_lease_end(&of->lease);
    of->lease_told = of->lease_stuck = false;
}

void ess_orders_ended(ess_orders *orders, size_t place, bool durable, int64_t now_mono_ms)
{
    if (durable)
        orders->order[place].state = ESS_ORDER_NONE;
    orders->retry_mono_ms = durable ? INT64_MIN : now_mono_ms + ESS_ORDERS_RETRY_MS;
}

/* ---- looking */

bool ess_orders_idle(const ess_orders *orders)
{
    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        if (orders->order[i].state != ESS_ORDER_NONE)
            return false;
    }
    return orders->revert.state == ESS_ORDER_NONE;
}

const ess_order *ess_orders_running(const ess_orders *orders)
{
    for (size_t i = 0; i < ESS_ORDERS_MAX; i++) {
        if (orders->order[i].state == ESS_ORDER_RUNNING)
            return &orders->order[i];
    }
    return NULL;
}

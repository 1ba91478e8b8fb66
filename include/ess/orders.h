/* The device's end of commands, for one piece of equipment: what waits, what is carried out, how
 * each ends, and the leases of its set-points [CMD-07, CMD-10, CMD-32, CMD-53].
 *
 *   order:   (admitted, intent durable) ----> WAITING --its turn--> RUNNING --its result--.
 *                                               |                                         v
 *                                               `--- superseded, expired, refused ----> ENDING
 *                                                                                         |
 *                                     (gone, and only now its end is said) <--end durable-'
 *
 * What comes next: what has to be read back after a restart, stops, a lease that ran out, then the
 * others in the order in which they came; nothing is begun while an end is not durable, but a lease
 * is ended whatever the disk says.
 *
 * Commands and results in, "do this" out: the caller writes records (ess/journal.h says which are
 * needed), carries out and reads back. The way of a command that came:
 *
 *   ess_journal_find           known? say its last stage again, and no more
 *   ess_command_parse, _judge  may it be tried at all?        else: record the refusal, say it
 *   ess_orders_admit           by this equipment, now?        likewise
 *   ess_journal_has_room       the caller plans what is to be written and read back, and writes the
 *                              intent                         likewise
 *   ess_orders_put             say accepted; then ess_orders_next until it rests
 */
#ifndef ESS_ORDERS_H
#define ESS_ORDERS_H

#include "ess/judge.h"
#include "ess/lease.h"
#include "ess/revision.h"

ESS_BEGIN_C

#define ESS_ORDERS_WAITING_MAX 8       /* [CMD-57] */
#define ESS_ORDERS_MAX         16      /* waiting, running and ending, and found at start */
#define ESS_ORDERS_AHEAD_MS    3600000 /* [CMD-49] furthest ahead that exp may lie */
#define ESS_ORDERS_RETRY_MS    500     /* after an end that could not be made durable */

typedef enum ess_order_state {
    ESS_ORDER_NONE,    /* a free place. Next: WAITING */
    ESS_ORDER_WAITING, /* its intent is durable, nothing is written. Next: RUNNING, ENDING */
    ESS_ORDER_RUNNING, /* handed to the caller; one at a time. Next: ENDING, NONE (own) */
    ESS_ORDER_ENDING   /* its end is known and not yet durable. Next: NONE */
} ess_order_state;

/* What became of an order. */
typedef struct ess_order_result {
    ess_stage stage; /* final */
    int result;      /* ess_model_result_code */
    const char *why; /* static, "" when done */
    bool touched;    /* something was written, or may have been */
    bool matches;    /* what was read back last shows the effect */
} ess_order_result;

/* May be read; written by the machine alone, once it is put. */
typedef struct ess_order {
    ess_order_state state;
    char code[ESS_CODE_MAX + 1]; /* NUL-terminated; "": the device's own, at the end of a lease */
    const ess_model_command *command;
    uint16_t object; /* place in the table of objects */
    bool is_probe;   /* found unfinished at start: only to be read back [CMD-34] */
    bool executing_said, lease_changed;
    uint32_t number; /* in the order in which they came */
    int64_t received_utc_ms, exp_utc_ms;
    int64_t exp_mono_ms; /* what is obeyed: a clock set meanwhile changes nothing */
    int64_t lasts_ms;    /* of the lease it grants; 0: none */
    int64_t if_rev;      /* revision it is for [PAR-10]; -1: none said */
    ess_order_result end;
} ess_order;

/* One object of the equipment: what of it this machine minds. */
typedef struct ess_order_object {
    ess_lease lease;
    ess_revision revision;
    bool lease_told;  /* the caller's: the event of its end is stored [CMD-40] */
    bool lease_stuck; /* taking the set-point back failed, and is tried again [CMD-41] */
} ess_order_object;

/* order and object may be read; all else is private. */
typedef struct ess_orders {
    ess_order order[ESS_ORDERS_MAX]; /* a place stays an order's own until it is gone */
    ess_order revert;                /* the device's own; ENDING: to be released */
    ess_order_object *object;
    size_t object_count;
    uint32_t next_number;
    int64_t retry_mono_ms; /* no end is offered before */
} ess_orders;

/* Nothing waits, no lease is in force. object: the caller's table of object_count entries (at most
 * 65,535), for the machine's life; cleared here. */
void ess_orders_init(ess_orders *orders, ess_order_object *object, size_t object_count);

/* ---- a command has come */

/* What the equipment said last of who controls it [CMD-51]. */
typedef enum ess_control {
    ESS_CONTROL_UNKNOWN,    /* not read since it was last found: commands wait [CMD-66] */
    ESS_CONTROL_REMOTE,     /* it takes commands, or has no such mode */
    ESS_CONTROL_LOCAL,      /* local manual mode */
    ESS_CONTROL_MAINTENANCE /* maintenance mode */
} ess_control;

/* A command that ess_command_judge accepted; known: the model's of its op. */
typedef struct ess_orders_request {
    const ess_command *command;
    const ess_model_command *known;
    uint16_t object;
    ess_control control;
    ess_now now;
} ess_orders_request;

/* May this equipment take it now? *verdict: ACCEPTED, and *order is it, which borrows from the
 * model alone; or REJECTED, with result and why. Nothing is changed. Cost: linear in what waits.
 * Spec: CMD-08, CMD-49, CMD-51, CMD-57, PAR-03, PAR-10. */
void ess_orders_admit(const ess_orders *orders, const ess_orders_request *asked, ess_order *order,
                      ess_verdict *verdict);

/* The exp that a refusal of the command is to be recorded with. One in the far future must not hold
 * a place in the journal for as long: beyond ESS_ORDERS_AHEAD_MS a repeat is refused anyhow. And
 * where no clock told when it came, it must not look old once one does. exp_utc_ms of the command
 * may be 0, for one that could not be read. Spec: CMD-06. */
int64_t ess_orders_refusal_exp(const ess_command *command, ess_now now);

/* The order was admitted, and its intent is durable; no other call in between. Those whose place it
 * takes begin to end [CMD-55, CMD-56]. Returns its place in the table. */
size_t ess_orders_put(ess_orders *orders, const ess_order *order);

/* At start: an intent without an outcome, as it was recorded; asked->now.utc_ms is when it was
 * received then, control and of the command ns, t, by and kid are not looked at. It is only to be
 * read back.
 * Returns its place; ESS_ORDERS_MAX when there is none: then `unknown` is to be recorded and said
 * without a read-back. Spec: CMD-07, CMD-34. */
size_t ess_orders_recover(ess_orders *orders, const ess_orders_request *asked);

/* ---- what to do */

typedef struct ess_orders_facts {
    ess_now now;
    ess_control control;
    bool offline; /* the equipment cannot be reached */
    bool busy;    /* its line is, with something else: nothing may begin */
} ess_orders_facts;

typedef enum ess_orders_do {
    ESS_ORDERS_REST, /* nothing before wake_mono_ms, a result, or other facts */
    /* Carry out order[place]: write and read back, or only read back where is_probe. Then tell
     * ess_orders_result. */
    ESS_ORDERS_BEGIN,
    /* A lease of `object` has ended: set what it set to 0 and read it back, then tell
     * ess_orders_result, or ess_orders_not_reverted where that is not possible now. */
    ESS_ORDERS_REVERT,
    /* The set-point of `object` was taken back: make the event lease-ended, and then the end of its
     * lease, durable (event first: told twice rather than never), and tell ess_orders_released. */
    ESS_ORDERS_RELEASE,
    /* Make the outcome of order[place] durable, with its object's lease where lease_changed (lease
     * first: one too many is the safe side), then tell ess_orders_ended, then say it. */
    ESS_ORDERS_END
} ess_orders_do;

typedef struct ess_orders_step {
    ess_orders_do what;
    size_t place;         /* BEGIN, END */
    uint16_t object;      /* all but REST */
    int64_t wake_mono_ms; /* REST; INT64_MAX: no need to ask again */
} ess_orders_step;

/* What to do now. Asked again without an answer it says the same. Cost: linear in orders and
 * objects. Spec: CMD-03, CMD-21, CMD-41, CMD-54, CMD-66, PAR-14. */
void ess_orders_next(ess_orders *orders, const ess_orders_facts *facts, ess_orders_step *step);

/* ---- what was done */

/* BEGIN or REVERT was handed over by the last ess_orders_next: it runs from now on. */
void ess_orders_begun(ess_orders *orders, const ess_orders_step *step);

/* The running order, or revert, has ended. result: copied, but why is kept. A set-point that is, or
 * may be, in force is a lease from now on, whatever the disk says. Spec: CMD-10, CMD-38, CMD-39. */
void ess_orders_result(ess_orders *orders, const ess_order_result *result, ess_now now);

/* The running order was written and does not show its effect yet. True when EXECUTING is to be said
 * of order[*place]: once, and not of what is only read back or is the device's own [CMD-52]. */
bool ess_orders_executing(ess_orders *orders, size_t *place);

/* No revert of that object can be begun now: tried again after ESS_LEASE_RETRY_MS. */
void ess_orders_not_reverted(ess_orders *orders, uint16_t object, int64_t now_mono_ms);

/* RELEASE: durable, or not (then the set-point is taken back once more, later). */
void ess_orders_released(ess_orders *orders, uint16_t object, bool durable, int64_t now_mono_ms);

/* END: durable, and order[place] is gone; or not: offered again after ESS_ORDERS_RETRY_MS. */
void ess_orders_ended(ess_orders *orders, size_t place, bool durable, int64_t now_mono_ms);

/* ---- looking */

/* True when nothing waits, runs or ends. */
bool ess_orders_idle(const ess_orders *orders);

/* The running order; NULL: none, or the device's own. */
const ess_order *ess_orders_running(const ess_orders *orders);

ESS_END_C

#endif

/* One order to the equipment: points are written, then read back until they tell the effect
 * [CMD-09].
 *
 *   IDLE --begin--> WRITING --all out, or one failed--> READING --shown, or time over--> ENDED
 *                      `---not reached, nothing written-------------------------------------^
 *
 * A point is written once. When the answer to a write is lost nothing is known, so reading back
 * decides, never a second write [CMD-59]. Done means read back, not written. Plans, jobs out and
 * answers in: the caller has the line to the equipment.
 */
#ifndef ESS_EXECUTE_H
#define ESS_EXECUTE_H

#include "ess/json.h"
#include "ess/model.h"
#include "ess/orders.h"

ESS_BEGIN_C

#define ESS_EXECUTE_POINTS_MAX 32    /* points that one command writes, or reads back */
#define ESS_EXECUTE_ROUND_MS   20    /* between two rounds of reading back */
#define ESS_EXECUTE_RETRY_MS   500   /* ... after one that was not answered */
#define ESS_EXECUTE_PROBE_MS   60000 /* how long a read-back after a restart is tried */

/* ---- the equipment, as the caller knows it */

typedef struct ess_execute_point {
    uint16_t number;              /* the caller's */
    bool writable, is_array;      /* an array is neither written nor read back here */
    const ess_model_point *model; /* not NULL */
} ess_execute_point;

/* One object of it. Asked while an order is planned; nothing is read or written for it. */
typedef struct ess_equipment {
    const void *context;
    /* The object's point of that name: true, and *out. name: NUL-terminated. */
    bool (*find)(const void *context, const char *name, ess_execute_point *out);
    /* True where that point, which is writable, can hold exactly that value. */
    bool (*holds)(const void *context, uint16_t number, ess_decimal value);
} ess_equipment;

/* ---- an order */

typedef enum ess_execute_state {
    ESS_EXECUTE_IDLE,    /* nothing planned or begun. Next: WRITING, READING (read-only) */
    ESS_EXECUTE_WRITING, /* writes are going out. Next: READING (all out, or one failed), ENDED */
    ESS_EXECUTE_READING, /* rounds of reading back. Next: ENDED (shown, or time is over) */
    ESS_EXECUTE_ENDED    /* result holds the outcome. Next: IDLE (planned anew) */
} ess_execute_state;

typedef struct ess_execute_write {
    ess_execute_point point;
    ess_decimal value;
} ess_execute_write;

typedef struct ess_execute_confirm {
    ess_execute_point point;
    ess_decimal wanted;      /* where accepted is NULL */
    const int32_t *accepted; /* else one of these */
    uint8_t accepted_count;
    bool is_read; /* got holds what was last read */
    ess_decimal got;
} ess_execute_confirm;

/* state, result and the counts may be read; confirm_ms may be shortened before ess_execute_begin;
 * all else is private. */
typedef struct ess_execute {
    ess_execute_state state;
    ess_order_result result; /* ENDED; touched is true from the first write that may have counted */
    ess_execute_write writes[ESS_EXECUTE_POINTS_MAX];
    ess_execute_confirm confirms[ESS_EXECUTE_POINTS_MAX];
    size_t write_count, confirm_count, next;
    uint32_t confirm_ms; /* how long the equipment may take to show the effect */
    bool read_only, unanswered, is_waiting;
    ess_err read_err; /* of the last round */
    int refused;      /* result code of a write that the equipment refused; 0: none */
    int64_t deadline_mono_ms, next_round_mono_ms;
} ess_execute;

/* Plans, as the command's executor says: its registers, or each parameter that it names; all is
 * checked before any is written. What execute held before is gone. Returns ESS_MODEL_OK or why the
 * order is not possible here: ESS_MODEL_NOT_SUPPORTED (no executor here, or the equipment lacks a
 * point), ESS_MODEL_NOT_PERMITTED (not writable), ESS_MODEL_BAD_VALUE (no multiple of what the
 * point can hold, or too many), ESS_MODEL_OUT_OF_LIMITS, ESS_MODEL_BAD_SYNTAX (parameters that are
 * no object). *why: static English text, "" when it is possible. args: raw JSON object that
 * ess_command_judge accepted. Cost: linear in it, times the points of the command. Stack: about 200
 * bytes. Spec: CMD-65, PAR-11. */
int ess_execute_plan(ess_execute *execute, const ess_equipment *equipment,
                     const ess_model_command *command, ess_slice args, const char **why);
/* All that the command can set here from arguments falls back to 0: the end of a lease [CMD-10]. */
int ess_execute_plan_revert(ess_execute *execute, const ess_equipment *equipment,
                            const ess_model_command *command, const char **why);

/* Begins what was planned. read_only: reads back until one round is answered, at most
 * ESS_EXECUTE_PROBE_MS, and ends with UNKNOWN [CMD-34]. */
void ess_execute_begin(ess_execute *execute, bool read_only, int64_t now_mono_ms);

typedef struct ess_execute_job {
    bool is_write; /* else a read */
    ess_execute_point point;
    ess_decimal value; /* of a write */
} ess_execute_job;

/* The next job, until it is answered; false while there is none (see ess_execute_wake). */
bool ess_execute_next(const ess_execute *execute, int64_t now_mono_ms, ess_execute_job *job);

typedef struct ess_execute_answer {
    /* ESS_OK; ESS_E_OFFLINE: it was not sent; ESS_E_TIMEOUT: sent, no (sound) answer, a write may
     * have counted; any other: the equipment refused, or gave what cannot be read. */
    ess_err err;
    int refused;       /* of a write that the equipment refused: ess_model_result_code */
    ess_decimal value; /* of a read that is ESS_OK */
} ess_execute_answer;

/* The answer to that job. Spec: CMD-35, CMD-36, CMD-58, CMD-59. */
void ess_execute_answered(ess_execute *execute, const ess_execute_answer *answer,
                          int64_t now_mono_ms);

/* True when a round of reading back did not end it: `executing` may be said (ess_orders_executing).
 */
bool ess_execute_is_waiting(const ess_execute *execute);

/* Nothing can be read back, for the caller can keep no reading: ends it when its time is over. */
void ess_execute_expire(ess_execute *execute, int64_t now_mono_ms);

/* When ess_execute_next may give the next job; INT64_MAX when idle or ended; INT64_MIN: now. */
int64_t ess_execute_wake(const ess_execute *execute);

/* What was read back last, as {"pSetEcho":60,...} [CMD-27, PAR-13]; nothing is written, and false
 * returned, when nothing was. */
bool ess_execute_print_read_back(const ess_execute *execute, ess_json_writer *out);

ESS_END_C

#endif

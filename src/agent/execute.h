/* One order to the equipment: write registers, read back until they tell the effect [CMD-09].
 *
 *   IDLE -> WRITING -> READING -> ENDED -> IDLE
 *
 * A register is written once. When the answer to a write is lost nothing is known, so reading
 * back decides, never a second write. Done means read back, not written. Pure: the caller carries
 * the jobs to the bus and brings the answers; time is an argument.
 */
#ifndef ESS_AGENT_EXECUTE_H
#define ESS_AGENT_EXECUTE_H

#include "agent/limits.h"
#include "ess/json.h"
#include "ess/stage.h"
#include "south/bus.h"

typedef enum execute_state {
    EXECUTE_IDLE,    /* nothing planned or begun. Next: WRITING, READING (read-only) */
    EXECUTE_WRITING, /* writes are going out. Next: READING (all out, or one failed), ENDED */
    EXECUTE_READING, /* rounds of reading back. Next: ENDED (confirmed, or time is over) */
    EXECUTE_ENDED    /* stage, result, why hold the outcome. Next: IDLE (planned anew) */
} execute_state;

typedef struct execute_write {
    const south_point *point;
    ess_decimal value;
} execute_write;

typedef struct execute_confirm {
    const south_point *point;
    ess_decimal wanted;      /* where accepted is NULL */
    const int32_t *accepted; /* else one of these */
    uint8_t accepted_count;
    bool is_read; /* got holds what was last read */
    ess_decimal got;
} execute_confirm;

typedef struct agent_execute {
    execute_state state;
    execute_write writes[AGENT_COMMAND_POINTS];
    execute_confirm confirms[AGENT_COMMAND_POINTS];
    size_t write_count, confirm_count, next;
    uint32_t confirm_ms;
    bool read_only;   /* only reads once: the evidence after a restart */
    bool touched;     /* a write was answered, or its answer was lost */
    bool unanswered;  /* ... was lost */
    bool is_matching; /* the last whole round showed the effect */
    ess_err read_err; /* of the last round */
    int refused;      /* result code of a write that the equipment refused; 0: none */
    int64_t deadline_mono_ms, next_round_mono_ms;
    ess_stage stage;
    int result;
    const char *why; /* static; "" when done */
} agent_execute;

typedef struct execute_place {
    const south_table *table;
    const char *object; /* path below the unit */
} execute_place;

/* Plans. Each returns ESS_MODEL_OK or why the order is not possible here: ESS_MODEL_NOT_SUPPORTED
 * (the table lacks the point), ESS_MODEL_NOT_PERMITTED (not writable), ESS_MODEL_BAD_VALUE (no
 * multiple of the register's scale), ESS_MODEL_OUT_OF_LIMITS. *why: static text. */
int execute_plan(agent_execute *execute, const execute_place *place,
                 const ess_model_command *command, ess_slice args, const char **why);
/* All that the command can set here from arguments falls back to 0: the end of a lease. */
int execute_plan_revert(agent_execute *execute, const execute_place *place,
                        const ess_model_command *command, const char **why);
/* param.set: set is a raw object of new values by name. */
int execute_plan_params(agent_execute *execute, const execute_place *place,
                        const ess_model_command *command, ess_slice set, const char **why);

/* Begins what was planned. read_only: reads back until one round is answered, at most
 * AGENT_PROBE_MS, and ends with UNKNOWN. */
void execute_begin(agent_execute *execute, bool read_only, int64_t now_mono_ms);
/* The next job; false while there is none (see execute_wake) or an answer is awaited. */
bool execute_job(const agent_execute *execute, int64_t now_mono_ms, south_job *job);
/* The job's answer. */
void execute_answer(agent_execute *execute, const south_answer *answer, int64_t now_mono_ms);
/* The answers can be kept nowhere, so none is asked for: ends it when its time is over. */
void execute_expire(agent_execute *execute, int64_t now_mono_ms);
/* When execute_job may give the next job; INT64_MAX when idle or ended. */
int64_t execute_wake(const agent_execute *execute);
/* Writes {"pSetEcho":60,...}: what was read back last. */
void execute_write_read_back(const agent_execute *execute, ess_json_writer *out);
bool execute_has_read_back(const agent_execute *execute);

#endif

/* The machine that carries one order out; its planning is in execute_plan.c. */
#include "agent/execute.h"

#include <assert.h>

static void end(agent_execute *execute, ess_stage stage, int result, const char *why)
{
    assert(execute->state == EXECUTE_WRITING || execute->state == EXECUTE_READING);
    execute->state = EXECUTE_ENDED;
    execute->stage = stage;
    execute->result = result;
    execute->why = why;
}

static void begin_reading(agent_execute *execute, int64_t now_mono_ms)
{
    execute->state = EXECUTE_READING;
    execute->next = 0;
    execute->read_err = ESS_OK;
    execute->next_round_mono_ms = now_mono_ms;
    execute->deadline_mono_ms =
        now_mono_ms + (execute->read_only ? AGENT_PROBE_MS : (int64_t)execute->confirm_ms);
}

void execute_begin(agent_execute *execute, bool read_only, int64_t now_mono_ms)
{
    assert(execute->state == EXECUTE_IDLE);
    execute->read_only = read_only;
    execute->state = EXECUTE_WRITING;
    execute->next = 0;
    if (read_only || execute->write_count == 0)
        begin_reading(execute, now_mono_ms);
}

static void write_job(const agent_execute *execute, south_job *job)
{
    const execute_write *write = &execute->writes[execute->next];
    ess_err err;

    *job = (south_job){.action = SOUTH_WRITE,
                       .area = SOUTH_HOLDING,
                       .address = write->point->address,
                       .count = (uint16_t)south_point_registers(write->point)};
    err = south_encode(write->point, write->value, job->registers);
    assert(err == ESS_OK); /* proved when it was planned */
    (void)err;
}

bool execute_job(const agent_execute *execute, int64_t now_mono_ms, south_job *job)
{
    const south_point *point;

    if (execute->state == EXECUTE_WRITING) {
        write_job(execute, job);
        return true;
    }
    if (execute->state != EXECUTE_READING ||
        (execute->next == 0 && now_mono_ms < execute->next_round_mono_ms))
        return false;
    point = execute->confirms[execute->next].point;
    *job = (south_job){.action = SOUTH_READ,
                       .area = point->area,
                       .address = point->address,
                       .count = (uint16_t)south_point_registers(point)};
    return true;
}

/* What a Modbus exception to a write means to the one who gave the order. */
static int result_of_exception(uint8_t exception)
{
    static const struct {
        uint8_t exception;
        int result;
    } rows[] = {{1, ESS_MODEL_NOT_SUPPORTED},
                {2, ESS_MODEL_NOT_SUPPORTED},
                {3, ESS_MODEL_OUT_OF_LIMITS},
                {4, ESS_MODEL_INTERLOCK},
                {6, ESS_MODEL_BUSY}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].exception == exception)
            return rows[i].result;
    }
    return ESS_MODEL_INTERNAL;
}

enum { GATEWAY_NO_ANSWER = 11 }; /* Modbus: the write may have taken effect */

static void write_answered(agent_execute *execute, const south_answer *answer, int64_t now_mono_ms)
{
    bool is_lost = answer->err == ESS_E_TIMEOUT ||
                   (answer->err == ESS_E_DATA && answer->exception == GATEWAY_NO_ANSWER);

    if (answer->err == ESS_OK || is_lost)
        execute->touched = true;
    if (answer->err == ESS_OK) {
        execute->next++;
        if (execute->next == execute->write_count)
            begin_reading(execute, now_mono_ms);
        return;
    }
    if (is_lost)
        execute->unanswered = true;
    else if (answer->err == ESS_E_DATA)
        execute->refused = result_of_exception(answer->exception);
    else
        execute->refused = ESS_MODEL_DEVICE_OFFLINE;
    if (execute->refused == ESS_MODEL_DEVICE_OFFLINE && !execute->touched)
        end(execute, ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE, "the device cannot be reached");
    else
        begin_reading(execute, now_mono_ms);
}

static bool is_accepted(const execute_confirm *confirm)
{
    if (!confirm->is_read)
        return false;
    if (confirm->accepted == NULL)
        return ess_decimal_compare(confirm->got, confirm->wanted) == 0;
    for (uint8_t i = 0; i < confirm->accepted_count; i++) {
        if (ess_decimal_compare(confirm->got, ess_decimal_make(confirm->accepted[i], 0)) == 0)
            return true;
    }
    return false;
}

static bool all_accepted(const agent_execute *execute)
{
    for (size_t i = 0; i < execute->confirm_count; i++) {
        if (!is_accepted(&execute->confirms[i]))
            return false;
    }
    return true;
}

/* Time is over without the effect: why, by what was last seen. */
static void end_unconfirmed(agent_execute *execute)
{
    if (execute->read_err == ESS_E_OFFLINE)
        end(execute, ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE,
            "written, but the device can no longer be reached to read back");
    else if (execute->unanswered || execute->read_err != ESS_OK)
        end(execute, ESS_STAGE_FAILED, ESS_MODEL_SOUTH_TIMEOUT, "the device did not answer");
    else
        end(execute, ESS_STAGE_FAILED, ESS_MODEL_READ_BACK_MISMATCH,
            "the values read back do not show the effect");
}

static void round_ended(agent_execute *execute, int64_t now_mono_ms)
{
    execute->is_matching = execute->read_err == ESS_OK && all_accepted(execute);
    execute->next = 0;
    if (execute->read_only) {
        if (execute->read_err == ESS_OK || now_mono_ms >= execute->deadline_mono_ms)
            end(execute, ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL,
                "restarted while it was carried out; see what was read back");
    } else if (execute->refused != ESS_MODEL_OK) {
        end(execute, ESS_STAGE_FAILED, execute->refused, "the equipment refused a write");
    } else if (execute->is_matching) {
        end(execute, ESS_STAGE_DONE, ESS_MODEL_OK, "");
    } else if (now_mono_ms >= execute->deadline_mono_ms) {
        end_unconfirmed(execute);
    }
    execute->next_round_mono_ms =
        now_mono_ms + (execute->read_err == ESS_OK ? AGENT_ROUND_MS : AGENT_RETRY_MS);
}

static void read_answered(agent_execute *execute, const south_answer *answer, int64_t now_mono_ms)
{
    execute_confirm *confirm = &execute->confirms[execute->next];

    if (execute->next == 0)
        execute->read_err = ESS_OK;
    if (answer->err == ESS_OK)
        execute->read_err = south_decode(confirm->point, answer->registers, 0, &confirm->got);
    else
        execute->read_err = answer->err;
    confirm->is_read = confirm->is_read || execute->read_err == ESS_OK;
    execute->next++;
    if (execute->read_err != ESS_OK || execute->next == execute->confirm_count)
        round_ended(execute, now_mono_ms);
}

void execute_answer(agent_execute *execute, const south_answer *answer, int64_t now_mono_ms)
{
    if (execute->state == EXECUTE_WRITING)
        write_answered(execute, answer, now_mono_ms);
    else if (execute->state == EXECUTE_READING)
        read_answered(execute, answer, now_mono_ms);
}

void execute_expire(agent_execute *execute, int64_t now_mono_ms)
{
    if (execute->state == EXECUTE_READING && now_mono_ms >= execute->deadline_mono_ms)
        end(execute, execute->read_only ? ESS_STAGE_UNKNOWN : ESS_STAGE_FAILED,
            ESS_MODEL_STORAGE_FULL, "the storage is full, so nothing can be read back");
}

int64_t execute_wake(const agent_execute *execute)
{
    if (execute->state == EXECUTE_IDLE || execute->state == EXECUTE_ENDED)
        return INT64_MAX;
    return execute->state == EXECUTE_WRITING ? INT64_MIN : execute->next_round_mono_ms;
}

bool execute_has_read_back(const agent_execute *execute)
{
    for (size_t i = 0; i < execute->confirm_count; i++) {
        if (execute->confirms[i].is_read)
            return true;
    }
    return false;
}

void execute_write_read_back(const agent_execute *execute, ess_json_writer *out)
{
    ess_json_object_begin(out);
    for (size_t i = 0; i < execute->confirm_count; i++) {
        if (!execute->confirms[i].is_read)
            continue;
        ess_json_key(out, execute->confirms[i].point->name);
        ess_json_decimal(out, execute->confirms[i].got);
    }
    ess_json_object_end(out);
}

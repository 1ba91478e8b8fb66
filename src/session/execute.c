/* The machine that carries one order out; its planning is in execute_plan.c. */
#include "ess/execute.h"

static void end(ess_execute *execute, ess_stage stage, int result, const char *why)
{
    execute->state = ESS_EXECUTE_ENDED;
    execute->result.stage = stage;
    execute->result.result = result;
    execute->result.why = why;
}

static void begin_reading(ess_execute *execute, int64_t now_mono_ms)
{
    execute->state = ESS_EXECUTE_READING;
    execute->is_waiting = false;
    execute->next = 0;
    execute->read_err = ESS_OK;
    execute->next_round_mono_ms = now_mono_ms;
    execute->deadline_mono_ms =
        now_mono_ms + (execute->read_only ? ESS_EXECUTE_PROBE_MS : (int64_t)execute->confirm_ms);
}

void ess_execute_begin(ess_execute *execute, bool read_only, int64_t now_mono_ms)
{
    execute->read_only = read_only;
    execute->state = ESS_EXECUTE_WRITING;
    execute->next = 0;
    if (read_only || execute->write_count == 0)
        begin_reading(execute, now_mono_ms);
}

bool ess_execute_next(const ess_execute *execute, int64_t now_mono_ms, ess_execute_job *job)
{
    const ess_execute_write *write = &execute->writes[execute->next];

    if (execute->state == ESS_EXECUTE_WRITING) {
        *job = (ess_execute_job){.is_write = true, .point = write->point, .value = write->value};
        return true;
    }
    if (execute->state != ESS_EXECUTE_READING ||
        (execute->next == 0 && now_mono_ms < execute->next_round_mono_ms))
        return false;
    *job = (ess_execute_job){.point = execute->confirms[execute->next].point};
    return true;
}

static void write_answered(ess_execute *execute, const ess_execute_answer *answer,
                           int64_t now_mono_ms)
{
    bool is_lost = answer->err == ESS_E_TIMEOUT;

    if (answer->err == ESS_OK || is_lost)
        execute->result.touched = true;
    if (answer->err == ESS_OK) {
        execute->next++;
        if (execute->next == execute->write_count)
            begin_reading(execute, now_mono_ms);
        return;
    }
    if (is_lost)
        execute->unanswered = true;
    else
        execute->refused =
            answer->err == ESS_E_OFFLINE ? ESS_MODEL_DEVICE_OFFLINE : answer->refused;
    if (execute->refused == ESS_MODEL_DEVICE_OFFLINE && !execute->result.touched)
        end(execute, ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE, "the device cannot be reached");
    else
        begin_reading(execute, now_mono_ms);
}

static bool is_accepted(const ess_execute_confirm *confirm)
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

static bool all_accepted(const ess_execute *execute)
{
    for (size_t i = 0; i < execute->confirm_count; i++) {
        if (!is_accepted(&execute->confirms[i]))
            return false;
    }
    return true;
}

/* Time is over without the effect: why, by what was last seen. */
static void end_unconfirmed(ess_execute *execute)
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

static void round_ended(ess_execute *execute, int64_t now_mono_ms)
{
    execute->result.matches = execute->read_err == ESS_OK && all_accepted(execute);
    execute->next = 0;
    execute->is_waiting = true;
    if (execute->read_only) {
        if (execute->read_err == ESS_OK || now_mono_ms >= execute->deadline_mono_ms)
            end(execute, ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL,
                "restarted while it was carried out; see what was read back");
    } else if (execute->refused != ESS_MODEL_OK) {
        end(execute, ESS_STAGE_FAILED, execute->refused, "the equipment refused a write");
    } else if (execute->result.matches) {
        end(execute, ESS_STAGE_DONE, ESS_MODEL_OK, "");
    } else if (now_mono_ms >= execute->deadline_mono_ms) {
        end_unconfirmed(execute);
    }
    execute->next_round_mono_ms =
        now_mono_ms + (execute->read_err == ESS_OK ? ESS_EXECUTE_ROUND_MS : ESS_EXECUTE_RETRY_MS);
}

static void read_answered(ess_execute *execute, const ess_execute_answer *answer,
                          int64_t now_mono_ms)
{
    ess_execute_confirm *confirm = &execute->confirms[execute->next];

    if (execute->next == 0)
        execute->read_err = ESS_OK;
    execute->read_err = answer->err;
    if (answer->err == ESS_OK)
        confirm->got = answer->value;
    confirm->is_read = confirm->is_read || execute->read_err == ESS_OK;
    execute->next++;
    if (execute->read_err != ESS_OK || execute->next == execute->confirm_count)
        round_ended(execute, now_mono_ms);
}

void ess_execute_answered(ess_execute *execute, const ess_execute_answer *answer,
                          int64_t now_mono_ms)
{
    if (execute->state == ESS_EXECUTE_WRITING)
        write_answered(execute, answer, now_mono_ms);
    else if (execute->state == ESS_EXECUTE_READING)
        read_answered(execute, answer, now_mono_ms);
}

void ess_execute_expire(ess_execute *execute, int64_t now_mono_ms)
{
    if (execute->state == ESS_EXECUTE_READING && now_mono_ms >= execute->deadline_mono_ms)
        end(execute, execute->read_only ? ESS_STAGE_UNKNOWN : ESS_STAGE_FAILED,
            ESS_MODEL_STORAGE_FULL, "the storage is full, so nothing can be read back");
}

int64_t ess_execute_wake(const ess_execute *execute)
{
    if (execute->state == ESS_EXECUTE_IDLE || execute->state == ESS_EXECUTE_ENDED)
        return INT64_MAX;
    return execute->state == ESS_EXECUTE_WRITING ? INT64_MIN : execute->next_round_mono_ms;
}

bool ess_execute_is_waiting(const ess_execute *execute)
{
    return execute->state == ESS_EXECUTE_READING && execute->is_waiting;
}

bool ess_execute_print_read_back(const ess_execute *execute, ess_json_writer *out)
{
    bool is_begun = false;

    for (size_t i = 0; i < execute->confirm_count; i++) {
        if (!execute->confirms[i].is_read)
            continue;
        if (!is_begun)
            ess_json_object_begin(out);
        is_begun = true;
        ess_json_key(out, execute->confirms[i].point.model->name);
        ess_json_decimal(out, execute->confirms[i].got);
    }
    if (is_begun)
        ess_json_object_end(out);
    return is_begun;
}

/* From a command of the model to points: all is proved here, before anything is promised. */
#include "codec/try.h"
#include "ess/execute.h"
#include "ess/judge.h"

#include <string.h>

static int refuse(const char **why, int result, const char *text)
{
    *why = text;
    return result;
}

static int add_write(ess_execute *execute, const ess_equipment *equipment,
                     const ess_execute_write *write, const char **why)
{
    const ess_execute_point *point = &write->point;

    if (!point->writable || point->is_array)
        return refuse(why, ESS_MODEL_NOT_PERMITTED, "a point of this command is not writable");
    if (execute->write_count == ESS_EXECUTE_POINTS_MAX)
        return refuse(why, ESS_MODEL_BAD_VALUE, "too many values in one command");
    if (ess_decimal_compare(write->value, point->model->min) < 0 ||
        ess_decimal_compare(write->value, point->model->max) > 0)
        return refuse(why, ESS_MODEL_OUT_OF_LIMITS, "a value is outside the model's limits");
    if (!equipment->holds(equipment->context, point->number, write->value))
        return refuse(why, ESS_MODEL_BAD_VALUE, "a value is finer or larger than its register");
    execute->writes[execute->write_count++] = *write;
    return ESS_MODEL_OK;
}

static int add_confirm(ess_execute *execute, const ess_execute_confirm *confirm, const char **why)
{
    if (confirm->point.is_array)
        return refuse(why, ESS_MODEL_NOT_SUPPORTED, "the point table lacks a point to read back");
    if (execute->confirm_count == ESS_EXECUTE_POINTS_MAX)
        return refuse(why, ESS_MODEL_BAD_VALUE, "too many values in one command");
    execute->confirms[execute->confirm_count++] = *confirm;
    return ESS_MODEL_OK;
}

static bool find(const ess_equipment *equipment, const char *name, ess_execute_point *out)
{
    return equipment->find(equipment->context, name, out);
}

static void reset(ess_execute *execute, const ess_model_command *command)
{
    memset(execute, 0, sizeof *execute);
    execute->confirm_ms = command->confirm_ms;
    execute->result.why = "";
}

/* An argument that was left out leaves its register alone. Given ESS_MODEL_OK and *given false:
 * nothing to do. */
static int value_of(const char *from_arg, ess_slice args, bool *given, ess_decimal *value,
                    const char **why)
{
    ess_err err = ess_command_arg(args, from_arg, value);

    *given = err == ESS_OK;
    if (err == ESS_OK || err == ESS_E_NOT_FOUND)
        return ESS_MODEL_OK;
    return refuse(why, ESS_MODEL_BAD_VALUE, "an argument is no number");
}

static int plan_writes(ess_execute *execute, const ess_equipment *equipment,
                       const ess_model_command *command, ess_slice args, const char **why)
{
    for (uint8_t i = 0; i < command->write_count; i++) {
        const ess_model_write *model = &command->writes[i];
        ess_execute_write write = {.value = model->fixed};
        bool given = true;
        int result = ESS_MODEL_OK;

        if (model->from_arg != NULL)
            result = value_of(model->from_arg, args, &given, &write.value, why);
        if (result == ESS_MODEL_OK && !given)
            continue;
        if (result == ESS_MODEL_OK && !find(equipment, model->point, &write.point))
            result = refuse(why, ESS_MODEL_NOT_SUPPORTED,
                            "the point table lacks a point of this command");
        if (result == ESS_MODEL_OK)
            result = add_write(execute, equipment, &write, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
    return ESS_MODEL_OK;
}

static int plan_confirms(ess_execute *execute, const ess_equipment *equipment,
                         const ess_model_command *command, ess_slice args, const char **why)
{
    for (uint8_t i = 0; i < command->confirm_count; i++) {
        const ess_model_confirm *model = &command->confirms[i];
        ess_execute_confirm confirm = {.accepted = model->from_arg == NULL ? model->accepted : NULL,
                                       .accepted_count = model->accepted_count};
        bool given = true;
        int result = ESS_MODEL_OK;

        if (model->from_arg != NULL)
            result = value_of(model->from_arg, args, &given, &confirm.wanted, why);
        if (result == ESS_MODEL_OK && !given)
            continue;
        if (result == ESS_MODEL_OK && !find(equipment, model->point, &confirm.point))
            result =
                refuse(why, ESS_MODEL_NOT_SUPPORTED, "the point table lacks a point to read back");
        if (result == ESS_MODEL_OK)
            result = add_confirm(execute, &confirm, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
    return ESS_MODEL_OK;
}

static int check_not_empty(const ess_execute *execute, const char **why)
{
    if (execute->write_count == 0 || execute->confirm_count == 0)
        return refuse(why, ESS_MODEL_BAD_VALUE, "nothing to set");
    return ESS_MODEL_OK;
}

/* True when the argument can have set a point here, and *out is it. */
static bool is_settable(const ess_equipment *equipment, const ess_model_command *command,
                        const char *from_arg, ess_execute_point *out)
{
    for (uint8_t i = 0; from_arg != NULL && i < command->write_count; i++) {
        const ess_model_write *write = &command->writes[i];
        if (write->from_arg != NULL && strcmp(write->from_arg, from_arg) == 0 &&
            find(equipment, write->point, out) && out->writable)
            return true;
    }
    return false;
}

int ess_execute_plan_revert(ess_execute *execute, const ess_equipment *equipment,
                            const ess_model_command *command, const char **why)
{
    int result = ESS_MODEL_OK;

    reset(execute, command);
    *why = "";
    for (uint8_t i = 0; result == ESS_MODEL_OK && i < command->write_count; i++) {
        ess_execute_write write = {.value = {0}};
        if (is_settable(equipment, command, command->writes[i].from_arg, &write.point))
            result = add_write(execute, equipment, &write, why);
    }
    for (uint8_t i = 0; result == ESS_MODEL_OK && i < command->confirm_count; i++) {
        const ess_model_confirm *model = &command->confirms[i];
        ess_execute_confirm confirm = {.accepted = NULL};
        if (is_settable(equipment, command, model->from_arg, &confirm.point) &&
            find(equipment, model->point, &confirm.point))
            result = add_confirm(execute, &confirm, why);
    }
    return result == ESS_MODEL_OK ? check_not_empty(execute, why) : result;
}

/* ---- parameters */

static ess_err value_of_param(const ess_json_token *token, ess_decimal *out)
{
    if (token->type == ESS_JSON_TRUE || token->type == ESS_JSON_FALSE) {
        *out = ess_decimal_make(token->type == ESS_JSON_TRUE, 0);
        return ESS_OK;
    }
    return token->type == ESS_JSON_NUMBER ? ess_decimal_parse(token->text, out) : ESS_E_DATA;
}

static bool is_planned(const ess_execute *execute, const ess_execute_point *point)
{
    for (size_t i = 0; i < execute->write_count; i++) {
        if (execute->writes[i].point.number == point->number)
            return true;
    }
    return false;
}

static int plan_param(ess_execute *execute, const ess_equipment *equipment,
                      const ess_json_token *key, const ess_json_token *value, const char **why)
{
    char name[ESS_NAME_MAX + 1];
    ess_execute_write write;
    ess_execute_confirm confirm = {.accepted = NULL};
    size_t len;
    int result;

    if (ess_json_unescape(key, name, sizeof name - 1, &len) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter's name is too long");
    name[len] = '\0';
    if (!find(equipment, name, &write.point) || !write.point.model->is_param)
        return refuse(why, ESS_MODEL_BAD_VALUE, "no such parameter of this object");
    if (value_of_param(value, &write.value) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter's value is no number");
    if (is_planned(execute, &write.point))
        return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter is given twice");
    result = add_write(execute, equipment, &write, why);
    if (result != ESS_MODEL_OK)
        return result;
    confirm.point = write.point;
    confirm.wanted = write.value;
    return add_confirm(execute, &confirm, why);
}

/* The reader stands behind the brace of the object `set`. */
static int plan_each(ess_execute *execute, const ess_equipment *equipment, ess_json_reader *set,
                     const char **why)
{
    ess_json_token key, value;

    for (;;) {
        int result;
        if (ess_json_next(set, &key) != ESS_OK)
            return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not well-formed");
        if (key.type == ESS_JSON_OBJECT_END)
            return check_not_empty(execute, why);
        if (ess_json_next(set, &value) != ESS_OK)
            return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not well-formed");
        result = plan_param(execute, equipment, &key, &value, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
}

/* Leaves the reader at the value of `set`. */
static ess_err find_set(ess_slice args, ess_json_reader *reader, ess_json_token *token)
{
    ess_json_reader_init(reader, args);
    TRY(ess_json_next(reader, token));
    for (;;) {
        bool is_set;
        TRY(ess_json_next(reader, token));
        if (token->type != ESS_JSON_KEY)
            return ESS_E_NOT_FOUND;
        is_set = ess_json_text_is(token, "set");
        TRY(ess_json_next(reader, token));
        if (is_set)
            return ESS_OK;
        TRY(ess_json_skip(reader, token, NULL));
    }
}

static int plan_params(ess_execute *execute, const ess_equipment *equipment, ess_slice args,
                       const char **why)
{
    ess_json_reader reader;
    ess_json_token token;

    if (find_set(args, &reader, &token) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is missing");
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not an object");
    return plan_each(execute, equipment, &reader, why);
}

/* ---- any command */

static int plan_registers(ess_execute *execute, const ess_equipment *equipment,
                          const ess_model_command *command, ess_slice args, const char **why)
{
    int result = plan_writes(execute, equipment, command, args, why);

    if (result == ESS_MODEL_OK)
        result = plan_confirms(execute, equipment, command, args, why);
    return result == ESS_MODEL_OK ? check_not_empty(execute, why) : result;
}

int ess_execute_plan(ess_execute *execute, const ess_equipment *equipment,
                     const ess_model_command *command, ess_slice args, const char **why)
{
    reset(execute, command);
    *why = "";
    if (command->executor == ESS_MODEL_BY_REGISTERS)
        return plan_registers(execute, equipment, command, args, why);
    if (command->executor == ESS_MODEL_BY_PARAMS)
        return plan_params(execute, equipment, args, why);
    return refuse(why, ESS_MODEL_NOT_SUPPORTED, "this device does not carry out this operation");
}

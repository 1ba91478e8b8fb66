/* From a command of the model to registers: all is proved here, before anything is promised. */
#include "agent/execute.h"

#include "ess/judge.h"

#include <string.h>

static int refuse(const char **why, int result, const char *text)
{
    *why = text;
    return result;
}

static int add_write(agent_execute *execute, const south_point *point, ess_decimal value,
                     const char **why)
{
    uint16_t registers[SOUTH_READ_MAX];

    if (point == NULL)
        return refuse(why, ESS_MODEL_NOT_SUPPORTED,
                      "the point table lacks a point of this command");
    if (!point->writable || point->is_array)
        return refuse(why, ESS_MODEL_NOT_PERMITTED, "a point of this command is not writable");
    if (execute->write_count == AGENT_COMMAND_POINTS)
        return refuse(why, ESS_MODEL_BAD_VALUE, "too many values in one command");
    if (ess_decimal_compare(value, point->model->min) < 0 ||
        ess_decimal_compare(value, point->model->max) > 0)
        return refuse(why, ESS_MODEL_OUT_OF_LIMITS, "a value is outside the model's limits");
    if (south_encode(point, value, registers) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_VALUE, "a value is finer or larger than its register");
    execute->writes[execute->write_count++] = (execute_write){point, value};
    return ESS_MODEL_OK;
}

static int add_confirm(agent_execute *execute, execute_confirm confirm, const char **why)
{
    if (confirm.point == NULL || confirm.point->is_array)
        return refuse(why, ESS_MODEL_NOT_SUPPORTED, "the point table lacks a point to read back");
    if (execute->confirm_count == AGENT_COMMAND_POINTS)
        return refuse(why, ESS_MODEL_BAD_VALUE, "too many values in one command");
    execute->confirms[execute->confirm_count++] = confirm;
    return ESS_MODEL_OK;
}

static void reset(agent_execute *execute, const ess_model_command *command)
{
    *execute = (agent_execute){.confirm_ms = command->confirm_ms, .why = ""};
}

/* An argument that was left out leaves its register alone. Given ESS_MODEL_OK and *given false:
 * nothing to do. */
static int value_of(const char *from_arg, ess_slice args, bool *given, ess_decimal *value)
{
    ess_err err = ess_command_arg(args, from_arg, value);

    *given = err == ESS_OK;
    return err == ESS_OK || err == ESS_E_NOT_FOUND ? ESS_MODEL_OK : ESS_MODEL_BAD_VALUE;
}

static int plan_writes(agent_execute *execute, const execute_place *place,
                       const ess_model_command *command, ess_slice args, const char **why)
{
    for (uint8_t i = 0; i < command->write_count; i++) {
        const ess_model_write *write = &command->writes[i];
        ess_decimal value = write->fixed;
        bool given = true;
        int result = ESS_MODEL_OK;

        if (write->from_arg != NULL)
            result = value_of(write->from_arg, args, &given, &value);
        if (result == ESS_MODEL_OK && given)
            result = add_write(execute, south_table_find(place->table, place->object, write->point),
                               value, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
    return ESS_MODEL_OK;
}

static int plan_confirms(agent_execute *execute, const execute_place *place,
                         const ess_model_command *command, ess_slice args, const char **why)
{
    for (uint8_t i = 0; i < command->confirm_count; i++) {
        const ess_model_confirm *model = &command->confirms[i];
        execute_confirm confirm = {.point =
                                       south_table_find(place->table, place->object, model->point),
                                   .accepted = model->from_arg == NULL ? model->accepted : NULL,
                                   .accepted_count = model->accepted_count};
        bool given = true;
        int result = ESS_MODEL_OK;

        if (model->from_arg != NULL)
            result = value_of(model->from_arg, args, &given, &confirm.wanted);
        if (result == ESS_MODEL_OK && given)
            result = add_confirm(execute, confirm, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
    return ESS_MODEL_OK;
}

static int check_not_empty(const agent_execute *execute, const char **why)
{
    if (execute->write_count == 0 || execute->confirm_count == 0)
        return refuse(why, ESS_MODEL_BAD_VALUE, "nothing to set");
    return ESS_MODEL_OK;
}

int execute_plan(agent_execute *execute, const execute_place *place,
                 const ess_model_command *command, ess_slice args, const char **why)
{
    int result;

    reset(execute, command);
    *why = "";
    if (command->write_count == 0)
        return refuse(why, ESS_MODEL_NOT_SUPPORTED,
                      "this device does not carry out this operation");
    result = plan_writes(execute, place, command, args, why);
    if (result == ESS_MODEL_OK)
        result = plan_confirms(execute, place, command, args, why);
    return result == ESS_MODEL_OK ? check_not_empty(execute, why) : result;
}

/* The point that the argument can have set here; NULL: none. */
static const south_point *settable(const execute_place *place, const ess_model_command *command,
                                   const char *from_arg)
{
    for (uint8_t i = 0; from_arg != NULL && i < command->write_count; i++) {
        const ess_model_write *write = &command->writes[i];
        const south_point *point = south_table_find(place->table, place->object, write->point);
        if (write->from_arg != NULL && strcmp(write->from_arg, from_arg) == 0 && point != NULL &&
            point->writable)
            return point;
    }
    return NULL;
}

int execute_plan_revert(agent_execute *execute, const execute_place *place,
                        const ess_model_command *command, const char **why)
{
    int result = ESS_MODEL_OK;

    reset(execute, command);
    *why = "";
    for (uint8_t i = 0; result == ESS_MODEL_OK && i < command->write_count; i++) {
        const south_point *point = settable(place, command, command->writes[i].from_arg);
        if (point != NULL)
            result = add_write(execute, point, (ess_decimal){0}, why);
    }
    for (uint8_t i = 0; result == ESS_MODEL_OK && i < command->confirm_count; i++) {
        const ess_model_confirm *confirm = &command->confirms[i];
        const south_point *point = south_table_find(place->table, place->object, confirm->point);
        if (point != NULL && settable(place, command, confirm->from_arg) != NULL)
            result = add_confirm(execute, (execute_confirm){.point = point}, why);
    }
    return result == ESS_MODEL_OK ? check_not_empty(execute, why) : result;
}

static int plan_param(agent_execute *execute, const execute_place *place, const ess_json_token *key,
                      const ess_json_token *value, const char **why)
{
    char name[ESS_NAME_MAX + 1];
    const south_point *point;
    ess_decimal number;
    size_t len;
    int result;

    if (ess_json_unescape(key, name, sizeof name - 1, &len) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter's name is too long");
    name[len] = '\0';
    point = south_table_find(place->table, place->object, name);
    if (point == NULL || !point->model->is_param)
        return refuse(why, ESS_MODEL_BAD_VALUE, "no such parameter of this object");
    if (value->type == ESS_JSON_TRUE || value->type == ESS_JSON_FALSE)
        number = ess_decimal_make(value->type == ESS_JSON_TRUE, 0);
    else if (value->type != ESS_JSON_NUMBER || ess_decimal_parse(value->text, &number) != ESS_OK)
        return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter's value is no number");
    for (size_t i = 0; i < execute->write_count; i++) {
        if (execute->writes[i].point == point)
            return refuse(why, ESS_MODEL_BAD_VALUE, "a parameter is given twice");
    }
    result = add_write(execute, point, number, why);
    if (result != ESS_MODEL_OK)
        return result;
    return add_confirm(execute, (execute_confirm){.point = point, .wanted = number}, why);
}

int execute_plan_params(agent_execute *execute, const execute_place *place,
                        const ess_model_command *command, ess_slice set, const char **why)
{
    ess_json_reader reader;
    ess_json_token key, value;

    reset(execute, command);
    *why = "";
    ess_json_reader_init(&reader, set);
    if (ess_json_next(&reader, &key) != ESS_OK || key.type != ESS_JSON_OBJECT_BEGIN)
        return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not an object");
    for (;;) {
        int result;
        if (ess_json_next(&reader, &key) != ESS_OK)
            return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not well-formed");
        if (key.type == ESS_JSON_OBJECT_END)
            return check_not_empty(execute, why);
        if (ess_json_next(&reader, &value) != ESS_OK)
            return refuse(why, ESS_MODEL_BAD_SYNTAX, "set is not well-formed");
        result = plan_param(execute, place, &key, &value, why);
        if (result != ESS_MODEL_OK)
            return result;
    }
}

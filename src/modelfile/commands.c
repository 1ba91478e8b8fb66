/* Commands: their arguments, what they write, and what must be read back. */
#include <string.h>

#include "modelfile/read.h"

#define ARGS_MAX     32 /* session/judge.c keeps a bit for each */
#define ACCEPTED_MAX 255

static const char *const arg_types[] = {"number", "enum", "bool", "text", "array", "object", NULL};
static const char *const classes[] = {"A", "B", "C", NULL};
static const char *const executors[] = {"registers", "params", "device", NULL};

enum {
    ARG_NAME,
    ARG_TYPE,
    ARG_UNIT,
    ARG_REQUIRED,
    ARG_DECIMALS,
    ARG_MIN,
    ARG_MAX,
    ARG_VALUES,
    ARG_EN,
    ARG_ZH,
    ARG_FIELDS
};
static const model_field arg_fields[ARG_FIELDS] = {
    {"name", ESS_JSON_STRING, true},      {"type", ESS_JSON_STRING, true},
    {"unit", ESS_JSON_STRING, false},     {"required", ESS_JSON_TRUE, true},
    {"decimals", ESS_JSON_NUMBER, false}, {"min", ESS_JSON_STRING, false},
    {"max", ESS_JSON_STRING, false},      {"values", ESS_JSON_ARRAY_BEGIN, false},
    {"en", ESS_JSON_STRING, true},        {"zh", ESS_JSON_STRING, true},
};

/* The judge of a command keeps min and max alone: so the values fill them without a hole. */
static void check_values(model_reader *r, const tree_node *node, const ess_model_arg *arg)
{
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    for (size_t i = 0; i < arg->value_count; i++) {
        low = arg->values[i].value < low ? arg->values[i].value : low;
        high = arg->values[i].value > high ? arg->values[i].value : high;
    }
    if (arg->value_count == 0)
        return;
    if (ess_decimal_compare(arg->min, (ess_decimal){low, 0}) != 0 ||
        ess_decimal_compare(arg->max, (ess_decimal){high, 0}) != 0 ||
        high - low + 1 != arg->value_count)
        model_tell(r, node, MODEL_ENUM_GAP, "%s", arg->name);
}

static bool read_arg(model_reader *r, const tree_node *node, ess_model_arg *out)
{
    const tree_node *got[ARG_FIELDS];
    if (!model_take(r, node, arg_fields, ARG_FIELDS, got))
        return false;
    int type = model_word(r, got[ARG_TYPE], arg_types);
    if (type < 0)
        return false;
    if (type == ESS_MODEL_ARRAY)
        model_tell(r, got[ARG_TYPE], MODEL_UNKNOWN_WORD, "type array");
    ess_model_arg arg = {.name = got[ARG_NAME]->text,
                         .type = (ess_model_type)type,
                         .unit = model_text_of(got[ARG_UNIT], ""),
                         .required = model_true(got[ARG_REQUIRED]),
                         .decimals =
                             (uint8_t)model_whole(r, got[ARG_DECIMALS], 0, ESS_DECIMAL_SCALE_MAX),
                         .label = {got[ARG_EN]->text, got[ARG_ZH]->text}};
    model_check_name(r, got[ARG_NAME], MODEL_ARG_NAME);
    bool wants = arg.type == ESS_MODEL_NUMBER || arg.type == ESS_MODEL_ENUM;
    if (wants && (got[ARG_MIN] == NULL || got[ARG_MAX] == NULL))
        model_tell(r, node, MODEL_NO_LIMITS, "%s", arg.name);
    model_bounds(r, got[ARG_MIN], got[ARG_MAX], &arg.min, &arg.max);
    model_read_values(r, node, got[ARG_VALUES], &arg.values, &arg.value_count);
    check_values(r, node, &arg);
    *out = arg;
    return true;
}

enum { OP, CLASS, KIND, EXECUTOR, ARGS, WRITES, CONFIRMS, CONFIRM_MS, EN, ZH, COMMAND_FIELDS };
static const model_field command_fields[COMMAND_FIELDS] = {
    {"op", ESS_JSON_STRING, true},
    {"class", ESS_JSON_STRING, true},
    {"kind", ESS_JSON_STRING, true},
    {"executor", ESS_JSON_STRING, true},
    {"args", ESS_JSON_ARRAY_BEGIN, true},
    {"writes", ESS_JSON_ARRAY_BEGIN, true},
    {"confirms", ESS_JSON_ARRAY_BEGIN, true},
    {"confirmMs", ESS_JSON_NUMBER, true},
    {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};

enum { STEP_POINT, STEP_ARG, STEP_OTHER, STEP_FIELDS };
static const model_field write_fields[STEP_FIELDS] = {
    {"point", ESS_JSON_STRING, true},
    {"arg", ESS_JSON_STRING, false},
    {"value", ESS_JSON_STRING, false},
};
static const model_field confirm_fields[STEP_FIELDS] = {
    {"point", ESS_JSON_STRING, true},
    {"arg", ESS_JSON_STRING, false},
    {"accepted", ESS_JSON_ARRAY_BEGIN, false},
};

static bool has_arg(const ess_model_command *command, const char *name)
{
    for (size_t i = 0; i < command->arg_count; i++) {
        if (strcmp(command->args[i].name, name) == 0)
            return true;
    }
    return false;
}

/* A write or a confirm: of a point that the kind has, from an argument or from something fixed. */
static bool take_step(model_reader *r, const tree_node *node, const ess_model_command *command,
                      const model_field *fields, const tree_node **got)
{
    if (!model_take(r, node, fields, STEP_FIELDS, got))
        return false;
    if ((got[STEP_ARG] == NULL) == (got[STEP_OTHER] == NULL))
        model_tell(r, node, MODEL_EITHER, "arg, %s", fields[STEP_OTHER].name);
    if (got[STEP_ARG] != NULL && !has_arg(command, got[STEP_ARG]->text))
        model_tell(r, got[STEP_ARG], MODEL_NO_ARG, "%s", got[STEP_ARG]->text);
    if (!model_has_point(&r->set, r->base, command->kind, got[STEP_POINT]->text))
        model_tell(r, got[STEP_POINT], MODEL_NO_POINT, "%s/%s", command->kind,
                   got[STEP_POINT]->text);
    return true;
}

static void read_writes(model_reader *r, const tree_node *list, ess_model_command *command)
{
    const tree_node *got[STEP_FIELDS];
    ess_model_write *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *w = list->child; rows != NULL && w != NULL; w = w->next) {
        if (command->write_count == UINT8_MAX || !take_step(r, w, command, write_fields, got))
            continue;
        /* [MOD-19] Power, contactors and the like are reached by the base's commands alone. */
        if (r->extends && !model_has_point(&r->set, NULL, command->kind, got[STEP_POINT]->text))
            model_tell(r, w, MODEL_NOT_OWN_WRITE, "%s", got[STEP_POINT]->text);
        rows[command->write_count++] =
            (ess_model_write){got[STEP_POINT]->text, model_text_of(got[STEP_ARG], NULL),
                              model_decimal(r, got[STEP_OTHER], (ess_decimal){0, 0})};
    }
    command->writes = rows;
}

static const int32_t *read_accepted(model_reader *r, const tree_node *list, uint8_t *count)
{
    *count = 0;
    if (list == NULL)
        return NULL;
    if (list->count == 0 || list->count > ACCEPTED_MAX)
        model_tell(r, list, MODEL_OUT_OF_RANGE, "accepted");
    int32_t *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *v = list->child; rows != NULL && v != NULL && *count < ACCEPTED_MAX;
         v = v->next)
        rows[(*count)++] = (int32_t)model_whole(r, v, -INT32_MAX, INT32_MAX);
    return rows;
}

static void read_confirms(model_reader *r, const tree_node *list, ess_model_command *command)
{
    const tree_node *got[STEP_FIELDS];
    ess_model_confirm *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *v = list->child; rows != NULL && v != NULL; v = v->next) {
        if (command->confirm_count == UINT8_MAX || !take_step(r, v, command, confirm_fields, got))
            continue;
        ess_model_confirm *row = &rows[command->confirm_count++];
        row->point = got[STEP_POINT]->text;
        row->from_arg = model_text_of(got[STEP_ARG], NULL);
        row->accepted = read_accepted(r, got[STEP_OTHER], &row->accepted_count);
    }
    command->confirms = rows;
}

static void read_args(model_reader *r, const tree_node *list, ess_model_command *command)
{
    ess_model_arg *rows = model_rows(r, list->count, sizeof *rows);
    uint8_t used = 0;
    if (list->count > ARGS_MAX)
        model_tell(r, list, MODEL_TOO_MANY, "args > %d", ARGS_MAX);
    for (const tree_node *a = list->child; rows != NULL && a != NULL && used < ARGS_MAX;
         a = a->next)
        used = (uint8_t)(used + (read_arg(r, a, &rows[used]) ? 1 : 0));
    command->args = rows;
    command->arg_count = used;
    model_check_unique(r, list, "name");
}

/* [MOD-16] Only what is written and read back can be carried out from tables, and never a command
 * of class C. */
static void check_executor(model_reader *r, const tree_node *node, const ess_model_command *command)
{
    bool from_tables = command->executor == ESS_MODEL_BY_REGISTERS;
    if ((command->write_count > 0) != from_tables || (command->confirm_count > 0) != from_tables)
        model_tell(r, node, MODEL_EXECUTOR, "%s", command->op);
    if (command->safety_class == 'C' && command->executor != ESS_MODEL_BY_DEVICE)
        model_tell(r, node, MODEL_CLASS_C, "%s", command->op);
}

static void check_names(model_reader *r, const tree_node **got, const ess_model_command *command)
{
    model_check_name(r, got[OP], MODEL_OP);
    model_check_own(r, got[OP], command->op, "vendor.x-%s-");
    if (!r->extends && strncmp(command->op, "vendor.", 7) == 0)
        model_tell(r, got[OP], MODEL_OWN_FORM, "%s", command->op);
    if (command->kind[0] != '\0' && model_object_of(&r->set, command->kind) == NULL &&
        model_object_of(r->base, command->kind) == NULL)
        model_tell(r, got[KIND], MODEL_NO_KIND, "%s", command->kind);
}

static bool read_command(model_reader *r, const tree_node *node, ess_model_command *out)
{
    const tree_node *got[COMMAND_FIELDS];
    if (!model_take(r, node, command_fields, COMMAND_FIELDS, got))
        return false;
    int safety = model_word(r, got[CLASS], classes);
    int executor = model_word(r, got[EXECUTOR], executors);
    if (safety < 0 || executor < 0)
        return false;
    ess_model_command command = {.op = got[OP]->text,
                                 .safety_class = classes[safety][0],
                                 .kind = got[KIND]->text,
                                 .executor = (ess_model_executor)executor,
                                 .label = {got[EN]->text, got[ZH]->text},
                                 .confirm_ms =
                                     (uint32_t)model_whole(r, got[CONFIRM_MS], 0, INT32_MAX)};
    check_names(r, got, &command);
    read_args(r, got[ARGS], &command);
    read_writes(r, got[WRITES], &command);
    read_confirms(r, got[CONFIRMS], &command);
    check_executor(r, node, &command);
    *out = command;
    return true;
}

void model_read_commands(model_reader *r, const tree_node *list)
{
    ess_model_command *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *c = list->child; rows != NULL && c != NULL; c = c->next)
        r->set.command_count += read_command(r, c, &rows[r->set.command_count]) ? 1 : 0;
    r->set.commands = rows;
    model_check_unique(r, list, "op");
}

/* A command is looked at from the outside in: form, target, operation, arguments, time. */
#include "ess/judge.h"
#include "codec/try.h"

#include <string.h>

/* ---- text pieces; the library has no printf */

typedef struct note {
    char *room;
    size_t size, len;
} note;

static void add(note *n, ess_slice text)
{
    for (size_t i = 0; i < text.len && n->len + 1 < n->size; i++)
        n->room[n->len++] = text.ptr[i];
    n->room[n->len] = '\0';
}

/* Writes form with the next part for each "{}". Each form stands whole in the source, for it has
 * its Chinese where programs say it to people. */
static void add_form(note *n, const char *form, const ess_slice *parts)
{
    while (*form != '\0') {
        if (form[0] == '{') {
            add(n, *parts++);
            form += 2;
        } else {
            add(n, (ess_slice){form++, 1});
        }
    }
}

static void add_named(note *n, const char *form, const char *name)
{
    ess_slice part = ess_slice_from(name);
    add_form(n, form, &part);
}

/* ---- arguments */

static const ess_model_arg *find_arg(const ess_model_command *command, const ess_json_token *key,
                                     size_t *index)
{
    for (size_t i = 0; i < command->arg_count; i++) {
        if (ess_json_text_is(key, command->args[i].name)) {
            *index = i;
            return &command->args[i];
        }
    }
    return NULL;
}

static int check_number(const ess_model_arg *arg, const ess_json_token *value, note *why)
{
    ess_decimal number;
    bool is_number =
        value->type == ESS_JSON_NUMBER && ess_decimal_parse(value->text, &number) == ESS_OK;
    if (is_number && ess_decimal_compare(number, arg->min) >= 0 &&
        ess_decimal_compare(number, arg->max) <= 0)
        return ESS_MODEL_OK;
    char least[ESS_DECIMAL_PRINT_MAX];
    char most[ESS_DECIMAL_PRINT_MAX];
    ess_slice parts[] = {ess_slice_from(arg->name),
                         {least, ess_decimal_print(arg->min, least)},
                         {most, ess_decimal_print(arg->max, most)},
                         ess_slice_from(arg->unit)};
    add_form(why, is_number ? "{} is outside {} to {} {}" : "{} must be a number, {} to {} {}",
             parts);
    return is_number ? ESS_MODEL_OUT_OF_LIMITS : ESS_MODEL_BAD_VALUE;
}

static int check_value(const ess_model_arg *arg, const ess_json_token *value, note *why)
{
    switch (arg->type) {
    case ESS_MODEL_NUMBER:
    case ESS_MODEL_ENUM:
        return check_number(arg, value, why);
    case ESS_MODEL_BOOL:
        if (value->type == ESS_JSON_TRUE || value->type == ESS_JSON_FALSE)
            return ESS_MODEL_OK;
        break;
    case ESS_MODEL_TEXT:
        if (value->type == ESS_JSON_STRING)
            return ESS_MODEL_OK;
        break;
    case ESS_MODEL_OBJECT: /* its executor checks it key by key */
        if (value->type == ESS_JSON_OBJECT_BEGIN)
            return ESS_MODEL_OK;
        break;
    case ESS_MODEL_ARRAY: /* no command takes one */
        break;
    }
    add_named(why, "{} has the wrong type", arg->name);
    return ESS_MODEL_BAD_VALUE;
}

static int ill_formed(note *why)
{
    add_form(why, "arguments are not well-formed JSON", NULL);
    return ESS_MODEL_BAD_SYNTAX;
}

static int check_member(const ess_model_command *command, ess_json_reader *reader,
                        const ess_json_token *key, uint32_t *seen, note *why)
{
    size_t index;
    ess_json_token value;
    const ess_model_arg *arg = find_arg(command, key, &index);
    if (arg == NULL) {
        add_form(why, "unknown argument {}", &key->text);
        return ESS_MODEL_BAD_VALUE;
    }
    if (*seen & (1u << index)) {
        add_named(why, "{} is given twice", arg->name);
        return ESS_MODEL_BAD_SYNTAX;
    }
    *seen |= 1u << index;
    if (ess_json_next(reader, &value) != ESS_OK)
        return ill_formed(why);
    int result = check_value(arg, &value, why);
    if (result == ESS_MODEL_OK && ess_json_skip(reader, &value, NULL) != ESS_OK)
        return ill_formed(why);
    return result;
}

static int check_required(const ess_model_command *command, uint32_t seen, note *why)
{
    for (size_t i = 0; i < command->arg_count; i++) {
        if (command->args[i].required && !(seen & (1u << i))) {
            add_named(why, "{} is required", command->args[i].name);
            return ESS_MODEL_BAD_VALUE;
        }
    }
    return ESS_MODEL_OK;
}

int ess_command_check_args(const ess_model_command *command, ess_slice args, char *why,
                           size_t why_size)
{
    note n = {why, why_size, 0};
    ess_json_reader reader;
    ess_json_token token;
    uint32_t seen = 0;
    why[0] = '\0';
    ess_json_reader_init(&reader, args);
    if (ess_json_next(&reader, &token) != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN) {
        add_form(&n, "arguments must be one object", NULL);
        return ESS_MODEL_BAD_SYNTAX;
    }
    for (;;) {
        if (ess_json_next(&reader, &token) != ESS_OK)
            return ill_formed(&n);
        if (token.type == ESS_JSON_OBJECT_END)
            return check_required(command, seen, &n);
        int result = check_member(command, &reader, &token, &seen, &n);
        if (result != ESS_MODEL_OK)
            return result;
    }
}

ess_err ess_command_arg(ess_slice args, const char *name, ess_decimal *out)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, args);
    TRY(ess_json_next(&reader, &token));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return ESS_E_DATA;
    for (;;) {
        TRY(ess_json_next(&reader, &token));
        if (token.type == ESS_JSON_OBJECT_END)
            return ESS_E_NOT_FOUND;
        bool wanted = ess_json_text_is(&token, name);
        TRY(ess_json_next(&reader, &token));
        if (wanted)
            return token.type == ESS_JSON_NUMBER ? ess_decimal_parse(token.text, out) : ESS_E_DATA;
        TRY(ess_json_skip(&reader, &token, NULL));
    }
}

/* ---- the verdict */

static void say(ess_verdict *verdict, ess_stage stage, int result, const char *why)
{
    note n = {verdict->why, sizeof verdict->why, 0};
    verdict->stage = stage;
    verdict->result = result;
    add(&n, ess_slice_from(why));
}

/* [CMD-08] Without a believable clock the command's own life counts, from the moment it came. One
 * sent after its exp is late by the sender's own clock, whatever this one says. */
static bool is_expired(const ess_command *command, const ess_judge_facts *facts)
{
    return command->exp_utc_ms <= command->t_utc_ms ||
           (facts->clock_set && facts->now_utc_ms > command->exp_utc_ms);
}

/* [SIG-17] Without a clock nothing tells an order of now from one recorded long ago. */
static bool needs_clock(const ess_model_command *model, const ess_judge_facts *facts)
{
    const char *class = facts->signed_classes != NULL ? facts->signed_classes : "";
    while (*class != '\0' && *class != model->safety_class)
        class ++;
    return !facts->clock_set && *class != '\0';
}

void ess_command_judge(const ess_command *command, const ess_judge_facts *facts,
                       ess_verdict *verdict, const ess_model_command **known)
{
    const ess_model_command *model = ess_model_command_of(command->op);
    if (known != NULL)
        *known = model;
    verdict->why[0] = '\0';
    if (facts->retained) { /* [CMD-04] */
        say(verdict, ESS_STAGE_REJECTED, ESS_MODEL_NOT_PERMITTED,
            "a retained command is not tried");
    } else if (is_expired(command, facts)) { /* [CMD-03] */
        say(verdict, ESS_STAGE_EXPIRED, ESS_MODEL_EXPIRED, "came after its exp");
    } else if (!facts->target_known) {
        say(verdict, ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_TARGET, "no such object here");
    } else if (model == NULL) {
        say(verdict, ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_COMMAND, "no such operation");
    } else if (needs_clock(model, facts)) {
        say(verdict, ESS_STAGE_REJECTED, ESS_MODEL_CLOCK_UNSYNCED,
            "a command that needs a signature needs a clock that is set");
    } else if (model->kind[0] != '\0' &&
               !ess_model_path_is(ess_slice_from(facts->path), model->kind)) {
        say(verdict, ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_TARGET,
            "this operation is for another kind of object");
    } else {
        char why[sizeof verdict->why];
        int result = ess_command_check_args(model, command->args, why, sizeof why);
        say(verdict, result == ESS_MODEL_OK ? ESS_STAGE_ACCEPTED : ESS_STAGE_REJECTED, result, why);
    }
}

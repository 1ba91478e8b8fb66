/* POST /commands: checked against the model before anything is stored, so that a wrong order is
 * refused here with what is allowed, and not by a cabinet with a number. The cabinet checks all
 * the same [CMD-02]. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ess/judge.h"
#include "ess/limits.h"
#include "ess/model.h"
#include "hub/http_body.h"
#include "hub/rest.h"

#define CODE_SIZE   37
#define TTL_MAX_S   3600
#define TTL_USUAL_S 30
#define REMEDY_MAX  512
#define OP_MAX      64
#define ARGS_MAX    32 /* of one command */

typedef struct order {
    hub_command_request request;
    const ess_model_command *command;
    char group[ESS_LEVEL_EMIT_MAX + 1], ns[ESS_NS_MAX + 1], op[OP_MAX + 1];
    char why[BODY_WHY_MAX];
    char remedy[REMEDY_MAX];
} order;

/* ---- what is allowed, in words */

static void add(char room[static REMEDY_MAX], const char *text)
{
    size_t len = strlen(room);
    (void)snprintf(room + len, REMEDY_MAX - len, "%s", text); /* cut is fine */
}

static void add_decimal(char room[static REMEDY_MAX], ess_decimal value)
{
    char digits[ESS_DECIMAL_PRINT_MAX + 1];
    digits[ess_decimal_print(value, digits)] = '\0';
    add(room, digits);
}

static void add_operations(char room[static REMEDY_MAX])
{
    for (size_t i = 0; i < ess_model_command_count; i++) {
        add(room, i > 0 ? ", " : "");
        add(room, ess_model_commands[i].op);
    }
}

/* "p: -125..125 kW, required; q: ..." */
static void add_arguments(char room[static REMEDY_MAX], const ess_model_command *command,
                          bool chinese)
{
    for (size_t i = 0; i < command->arg_count; i++) {
        const ess_model_arg *arg = &command->args[i];
        add(room, i > 0 ? "; " : "");
        add(room, arg->name);
        if (arg->type == ESS_MODEL_NUMBER) {
            add(room, ": ");
            add_decimal(room, arg->min);
            add(room, "..");
            add_decimal(room, arg->max);
            add(room, arg->unit[0] != '\0' ? " " : "");
            add(room, arg->unit);
        }
        if (arg->required)
            add(room, chinese ? "（必填）" : " (required)");
    }
    if (command->arg_count == 0)
        add(room, "a: {}");
}

/* ---- checks; each gives NULL or the id of what is wrong */

/* A command goes out as a topic: only what may stand in one is let in [TOP-05]. */
static bool is_level(ess_slice level)
{
    static const char others[] = "_~-";
    if (level.len == 0 || level.len > ESS_LEVEL_EMIT_MAX)
        return false;
    for (size_t i = 0; i < level.len; i++) {
        char c = level.ptr[i];
        bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    memchr(others, c, sizeof others - 1) != NULL;
        if (!good)
            return false;
    }
    return true;
}

/* unit[/component[/part]] */
static bool is_path(ess_slice path)
{
    for (int levels = 0; levels < 3; levels++) {
        const char *slash = path.len > 0 ? memchr(path.ptr, '/', path.len) : NULL;
        ess_slice level = {path.ptr, slash != NULL ? (size_t)(slash - path.ptr) : path.len};
        if (!is_level(level))
            return false;
        if (slash == NULL)
            return true;
        path = (ess_slice){slash + 1, path.len - level.len - 1};
    }
    return false;
}

static const char *check_target(order *o)
{
    const ess_model_object *object = NULL;
    if (is_level(o->request.group) && is_path(o->request.ns))
        object = ess_model_object_of(o->request.ns);
    bool fits = object != NULL &&
                (o->command->kind[0] == '\0' || strcmp(o->command->kind, object->kind) == 0);
    if (fits)
        return NULL;
    (void)snprintf(o->why, sizeof o->why, "%s: %s", o->command->op,
                   o->command->kind[0] != '\0' ? o->command->kind : "unit/component");
    return "hub-target";
}

/* Classes: A operators, B admins (engineers), C two persons, for which there is no way yet. */
static const char *check_right(const order *o, hub_role role)
{
    hub_role needed = o->command->safety_class == 'A' ? HUB_OPERATOR : HUB_ADMIN;
    if (o->command->safety_class == 'C')
        return "hub-two-persons";
    return role < needed ? "hub-role" : NULL;
}

/* Against the model, by the body's reader, whose words are in the user's language; the judge that
 * the cabinet asks too has the last word. */
static bool arguments_fit(order *o, bool chinese)
{
    static const body_kind kinds[] = {
        [ESS_MODEL_NUMBER] = BODY_NUMBER, [ESS_MODEL_ENUM] = BODY_NUMBER,
        [ESS_MODEL_BOOL] = BODY_BOOL,     [ESS_MODEL_TEXT] = BODY_TEXT,
        [ESS_MODEL_OBJECT] = BODY_OBJECT,
    };
    body_member members[ARGS_MAX] = {0};
    char judged[BODY_WHY_MAX];
    body_form form = {members, o->command->arg_count, chinese};
    assert(form.count <= ARGS_MAX);
    for (size_t i = 0; i < form.count; i++) {
        const ess_model_arg *arg = &o->command->args[i];
        members[i] = (body_member){.name = arg->name,
                                   .kind = kinds[arg->type],
                                   .required = arg->required,
                                   .least = arg->min,
                                   .most = arg->max,
                                   .unit = arg->unit};
    }
    return http_body_read(o->request.args, &form, o->why) == ESS_OK &&
           ess_command_check_args(o->command, o->request.args, judged, sizeof judged) ==
               ESS_MODEL_OK;
}

static const char *check_order(order *o, const http_request *request)
{
    o->command = ess_model_command_of(o->request.op);
    if (o->command == NULL) {
        add_operations(o->remedy);
        return "hub-operation";
    }
    const char *wrong = check_right(o, request->user.role);
    if (wrong == NULL)
        wrong = check_target(o);
    if (wrong != NULL)
        return wrong;
    if (!arguments_fit(o, request->chinese)) {
        add_arguments(o->remedy, o->command, request->chinese);
        return "hub-argument";
    }
    return NULL;
}

static const char *read_order(order *o, const http_request *request)
{
    body_member members[] = {
        {.name = "group", .required = true, .room = o->group, .room_size = sizeof o->group},
        {.name = "ns", .required = true, .room = o->ns, .room_size = sizeof o->ns},
        {.name = "op", .required = true, .room = o->op, .room_size = sizeof o->op},
        {.name = "a", .kind = BODY_OBJECT},
        {.name = "ttl_s",
         .kind = BODY_INTEGER,
         .least = {1, 0},
         .most = {TTL_MAX_S, 0},
         .unit = "s"},
    };
    body_form form = {members, sizeof members / sizeof members[0], request->chinese};
    if (http_body_read(request->body, &form, o->why) != ESS_OK)
        return "hub-body";
    o->request = (hub_command_request){
        .group = members[0].text,
        .ns = members[1].text,
        .op = members[2].text,
        .args = members[3].given ? members[3].text : ESS_SLICE_LITERAL("{}"),
        .by = ess_slice_from(request->user.name),
        .ttl_s = members[4].given ? (uint32_t)members[4].number : TTL_USUAL_S,
    };
    return check_order(o, request);
}

/* ---- */

static ess_err write_created(const void *context, ess_json_writer *out)
{
    ess_json_object_begin(out);
    ess_json_key(out, "code");
    ess_json_text(out, ess_slice_from(context));
    ess_json_key(out, "state");
    ess_json_text(out, ess_slice_from(ess_stage_name(ESS_STAGE_CREATED)));
    ess_json_object_end(out);
    return ESS_OK;
}

void rest_order(const http_api *api, http_request *request, http_reply *reply)
{
    order o = {0};
    char code[CODE_SIZE] = "";
    const char *wrong = read_order(&o, request);
    if (wrong != NULL) {
        bool forbidden = strcmp(wrong, "hub-role") == 0 || strcmp(wrong, "hub-two-persons") == 0;
        http_reply_problem(
            request, reply,
            &(http_problem){
                .status = forbidden ? 403 : 400, .id = wrong, .detail = o.why, .remedy = o.remedy});
        return;
    }
    ess_err err = hub_command_create(api->core, &o.request, code);
    if (err == ESS_OK)
        err = http_reply_json(reply, 202, write_created, code);
    if (err != ESS_OK)
        http_reply_failure(request, reply, err);
}

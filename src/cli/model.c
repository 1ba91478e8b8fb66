/* `ess model ...`: what the point model holds, whether a file is one, and what changed. */
#include <inttypes.h>
#include <string.h>

#include "cli/explain.h"
#include "cli/table.h"
#include "config/refusal.h"
#include "ess/json.h"
#include "modelfile/diff.h"

typedef struct model_verb {
    const char *name;
    size_t least_words, most_words; /* behind the verb */
    int (*run)(const cli *c, const char *const *words, size_t count, arena *memory);
} model_verb;

static void put_member(ess_json_writer *w, const char *name, const char *text)
{
    ess_json_key(w, name);
    ess_json_text(w, ess_slice_from(text));
}

/* ---- reading one */

typedef struct listening {
    const cli *c;
    size_t problems;
} listening;

static void print_problem_json(const cli *c, const model_problem *problem, const char *detail)
{
    char room[2048];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    put_member(&w, "file", problem->file);
    ess_json_key(&w, "line");
    ess_json_int(&w, problem->line);
    put_member(&w, "problem", problem->name);
    put_member(&w, "rule", problem->rule);
    put_member(&w, "detail", detail);
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) == ESS_OK)
        (void)fprintf(c->out, "%.*s\n", (int)len, room);
}

/* For people on err, with --json as one object a line on out. */
static void print_problem(void *context, const model_problem *problem)
{
    listening *l = context;
    const cli *c = l->c;
    const char *detail =
        problem->in_words ? config_refusal_words_of(problem->detail, c->chinese) : problem->detail;
    l->problems++;
    if (c->in.json)
        print_problem_json(c, problem, detail);
    else
        (void)fprintf(c->err,
                      cli_say(c, "%s:%" PRIu32 ": %s: %s (%s)\n", "%s:%" PRIu32 "：%s：%s（%s）\n"),
                      problem->file, problem->line, ess_model_say(problem->what, c->chinese),
                      detail, problem->rule);
}

static int load(const cli *c, const char *path, const model_set *base, arena *memory,
                model_set *out)
{
    listening l = {.c = c};
    ess_err err = model_load(path, base, &(model_listener){print_problem, &l}, memory, out);
    if (err == ESS_E_NO_ROOM)
        return cli_fail(c, CLI_AGAIN, "no-room", "%s", path);
    if (err != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "cli-model-refused", "%s: %zu", path, l.problems);
    return CLI_OK;
}

/* The model that a word names, or the built-in one for NULL and "-". */
static int model_named(const cli *c, const char *word, arena *memory, model_set *out)
{
    model_set builtin;
    model_builtin(&builtin);
    if (word != NULL && strcmp(word, "-") != 0)
        return load(c, word, &builtin, memory, out);
    *out = builtin;
    return CLI_OK;
}

/* ---- hash */

static int run_hash(const cli *c, const char *const *words, size_t count, arena *memory)
{
    model_set set;
    int code = model_named(c, count > 0 ? words[0] : NULL, memory, &set);
    if (code != CLI_OK)
        return code;
    (void)fprintf(
        c->out, c->in.json ? "{\"id\":\"%s\",\"version\":\"%s\",\"hash\":\"%s\"}\n" : "%s %s %s\n",
        set.id, set.version, set.hash);
    return CLI_OK;
}

static int run_check(const cli *c, const char *const *words, size_t count, arena *memory)
{
    (void)count;
    return run_hash(c, words, 1, memory); /* a wrong file is told while it is read */
}

/* ---- list */

typedef struct listed {
    const cli *c;
    cli_table *table; /* NULL with --json */
} listed;

static void list_row(const listed *l, const char *what, const char *name, const char *more,
                     ess_model_text label)
{
    char room[2048];
    size_t len;
    ess_json_writer w;
    if (l->table != NULL) {
        cli_table_addf(l->table, "%s", name);
        cli_table_addf(l->table, "%s", more);
        cli_table_addf(l->table, "%s", ess_model_say(label, l->c->chinese));
        return;
    }
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    put_member(&w, "what", what);
    put_member(&w, "name", name);
    put_member(&w, "more", more);
    put_member(&w, "en", label.en);
    put_member(&w, "zh", label.zh);
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) == ESS_OK)
        (void)fprintf(l->c->out, "%.*s\n", (int)len, room);
}

static void list_points(const listed *l, const ess_model_object *object)
{
    char more[96];
    for (size_t i = 0; i < object->point_count; i++) {
        const ess_model_point *point = &object->points[i];
        (void)snprintf(more, sizeof more, "%c%s %s", point->report_class,
                       point->is_param ? " PARAM" : "", point->unit);
        list_row(l, "point", point->name, more, point->label);
    }
}

static void list_commands(const listed *l, const model_set *set)
{
    char more[96];
    for (size_t i = 0; i < set->command_count; i++) {
        const ess_model_command *command = &set->commands[i];
        (void)snprintf(more, sizeof more, "%c %s", command->safety_class, command->kind);
        list_row(l, "command", command->op, more, command->label);
    }
}

static void list_alarms(const listed *l, const model_set *set)
{
    char more[16];
    for (size_t i = 0; i < set->alarm_count; i++) {
        (void)snprintf(more, sizeof more, "%u", (unsigned)set->alarms[i].level);
        list_row(l, "alarm", set->alarms[i].code, more, set->alarms[i].label);
    }
}

static void list_results(const listed *l, const model_set *set)
{
    char code[16];
    for (size_t i = 0; i < set->result_count; i++) {
        (void)snprintf(code, sizeof code, "%d", set->results[i].code);
        list_row(l, "result", code, set->results[i].id, set->results[i].label);
    }
}

static void list_objects(const listed *l, const model_set *set)
{
    char more[96];
    for (size_t i = 0; i < set->object_count; i++) {
        size_t params = 0;
        for (size_t k = 0; k < set->objects[i].point_count; k++)
            params += set->objects[i].points[k].is_param ? 1 : 0;
        (void)snprintf(
            more, sizeof more,
            cli_say(l->c, "%u points, of them %zu parameters", "%u 个测点，其中参数 %zu 个"),
            (unsigned)set->objects[i].point_count, params);
        list_row(l, "kind", set->objects[i].kind, more, set->objects[i].label);
    }
}

static bool list_part(const listed *l, const model_set *set, const char *part)
{
    const ess_model_object *object = model_object_of(set, part);
    if (strcmp(part, "commands") == 0)
        list_commands(l, set);
    else if (strcmp(part, "alarms") == 0)
        list_alarms(l, set);
    else if (strcmp(part, "results") == 0)
        list_results(l, set);
    else if (strcmp(part, "kinds") == 0)
        list_objects(l, set);
    else if (object != NULL)
        list_points(l, object);
    else
        return false;
    return true;
}

static int run_list(const cli *c, const char *const *words, size_t count, arena *memory)
{
    model_set set;
    const char *part = count > 0 ? words[0] : "kinds";
    int code = model_named(c, c->in.model, memory, &set);
    if (code != CLI_OK)
        return code;
    listed l = {c, c->in.json ? NULL : cli_table_new(3)};
    bool known = list_part(&l, &set, part);
    if (l.table != NULL)
        cli_table_print(l.table, c->out);
    cli_table_free(l.table);
    if (!known)
        return cli_fail(c, CLI_NO, "cli-not-explained", "%s", part);
    if (count == 0 && !c->in.json)
        (void)fprintf(c->out,
                      cli_say(c, "%s %s (%s); %zu commands, %zu alarms, %zu result codes\n",
                              "%s %s（%s）；命令 %zu 条，告警 %zu 条，结果码 %zu 个\n"),
                      set.id, set.version, set.hash, set.command_count, set.alarm_count,
                      set.result_count);
    return CLI_OK;
}

/* ---- show */

static bool show_point(const cli *c, const model_set *set, const char *name)
{
    bool known = false;
    const char *slash = strrchr(name, '/');
    const char *bare = slash != NULL ? slash + 1 : name;
    for (size_t i = 0; i < set->object_count; i++) {
        const ess_model_object *object = &set->objects[i];
        const ess_model_point *point = ess_model_point_of(object, ess_slice_from(bare));
        size_t len = slash != NULL ? (size_t)(slash - name) : 0;
        bool meant =
            slash == NULL || (strncmp(object->kind, name, len) == 0 && object->kind[len] == '\0');
        if (point == NULL || !meant)
            continue;
        explain_point(c, object, point);
        known = true;
    }
    return known;
}

static int run_show(const cli *c, const char *const *words, size_t count, arena *memory)
{
    model_set set;
    (void)count;
    int code = model_named(c, c->in.model, memory, &set);
    if (code != CLI_OK)
        return code;
    bool known = show_point(c, &set, words[0]);
    for (size_t i = 0; i < set.command_count; i++) {
        if (strcmp(set.commands[i].op, words[0]) != 0)
            continue;
        explain_command(c, &set.commands[i]);
        known = true;
    }
    for (size_t i = 0; i < set.alarm_count; i++) {
        if (strcmp(set.alarms[i].code, words[0]) != 0)
            continue;
        explain_alarm(c, &set.alarms[i]);
        known = true;
    }
    return known ? CLI_OK : cli_fail(c, CLI_NO, "cli-not-explained", "%s", words[0]);
}

/* ---- diff */

static void print_change(const cli *c, const model_change *change)
{
    static const ess_model_text effects[MODEL_EFFECT_COUNT] = {
        {"editorial", "文字修改"}, {"compatible", "兼容"}, {"breaking", "不兼容"}};
    bool pair = change->from[0] != '\0' || change->to[0] != '\0';
    (void)fprintf(c->out, "%s  %s: %s%s%s%s%s%s\n  %s (%s)\n",
                  ess_model_say(effects[change->effect], c->chinese), change->path,
                  ess_model_say(change->what, c->chinese), pair ? " (" : "", change->from,
                  pair && change->to[0] != '\0' ? " -> " : "", change->to, pair ? ")" : "",
                  ess_model_say(change->why, c->chinese), change->rule);
}

static void print_change_json(const cli *c, const model_change *change)
{
    char room[4096];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    put_member(&w, "effect", model_effect_name(change->effect));
    put_member(&w, "change", change->name);
    put_member(&w, "path", change->path);
    put_member(&w, "from", change->from);
    put_member(&w, "to", change->to);
    put_member(&w, "rule", change->rule);
    put_member(&w, "what", ess_model_say(change->what, c->chinese));
    put_member(&w, "why", ess_model_say(change->why, c->chinese));
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) == ESS_OK)
        (void)fprintf(c->out, "%.*s\n", (int)len, room);
}

static void print_sum(const cli *c, const model_set *from, const model_set *to,
                      const model_changes *changes)
{
    const size_t *counts = changes->counts;
    const char *effect = model_effect_name(model_changes_effect(changes));
    bool fits = model_version_fits(from, to, changes);
    if (c->in.json) {
        (void)fprintf(c->out,
                      "{\"sum\":\"%s\",\"breaking\":%zu,\"compatible\":%zu,\"editorial\":%zu,"
                      "\"from\":\"%s\",\"to\":\"%s\",\"version_fits\":%s}\n",
                      effect, counts[MODEL_BREAKING], counts[MODEL_COMPATIBLE],
                      counts[MODEL_EDITORIAL], from->version, to->version, fits ? "true" : "false");
        return;
    }
    (void)fprintf(c->out,
                  cli_say(c, "%s %s -> %s: %zu breaking, %zu compatible, %zu editorial\n",
                          "%s %s -> %s：不兼容 %zu 处，兼容 %zu 处，文字修改 %zu 处\n"),
                  to->id, from->version, to->version, counts[MODEL_BREAKING],
                  counts[MODEL_COMPATIBLE], counts[MODEL_EDITORIAL]);
    if (!fits)
        (void)fprintf(
            c->out, "%s\n",
            cli_say(
                c,
                "The version must rise: the first number for a breaking change, the "
                "second for a compatible one, the third for words (MOD-13..15).",
                "版本号必须递增：不兼容变更递增主版本号，兼容变更递增次版本号，文字修改递增修订号"
                "（MOD-13..15）。"));
}

static int run_diff(const cli *c, const char *const *words, size_t count, arena *memory)
{
    model_set from;
    model_set to;
    model_changes changes;
    int code = model_named(c, words[0], memory, &from);
    if (code == CLI_OK)
        code = model_named(c, count > 1 ? words[1] : NULL, memory, &to);
    if (code != CLI_OK)
        return code;
    model_diff(&from, &to, &changes);
    for (int effect = MODEL_BREAKING; effect >= MODEL_EDITORIAL; effect--) {
        for (size_t i = 0; i < changes.count; i++) {
            if ((int)changes.list[i].effect != effect)
                continue;
            if (c->in.json)
                print_change_json(c, &changes.list[i]);
            else
                print_change(c, &changes.list[i]);
        }
    }
    print_sum(c, &from, &to, &changes);
    code = model_changes_effect(&changes) == MODEL_BREAKING ? CLI_NO : CLI_OK;
    model_changes_free(&changes);
    return code;
}

static const model_verb verbs[] = {
    {"list", 0, 1, run_list},   {"show", 1, 1, run_show}, {"hash", 0, 1, run_hash},
    {"check", 1, 1, run_check}, {"diff", 1, 2, run_diff},
};

int cli_model(const cli *c)
{
    const char *const *words = c->in.words.items;
    size_t count = c->in.words.count - 1;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const model_verb *verb = &verbs[i];
        if (strcmp(words[0], verb->name) != 0)
            continue;
        if (count < verb->least_words || count > verb->most_words)
            break;
        arena memory = {0};
        int code = verb->run(c, words + 1, count, &memory);
        arena_free(&memory);
        return code;
    }
    return cli_fail(c, CLI_USAGE, "cli-usage",
                    "ess model list [KIND|kinds|commands|alarms|results] | show NAME | "
                    "hash [PATH] | check PATH | diff OLD [NEW]");
}

/* `ess explain ID`: everything the model knows under a name. */
#include <string.h>

#include "check/rules.h"
#include "cli/explain.h"
#include "ess/json.h"

static void print_decimal(FILE *out, const char *name, ess_decimal value)
{
    char text[ESS_DECIMAL_PRINT_MAX];
    size_t len = ess_decimal_print(value, text);
    (void)fprintf(out, "  %s %.*s", name, (int)len, text);
}

static void explain_error(const cli *c, const ess_model_error *entry)
{
    (void)fprintf(c->out, "%s: %s\n  %s\n  %s\n", entry->id, ess_model_say(entry->what, c->chinese),
                  ess_model_say(entry->why, c->chinese), ess_model_say(entry->mend, c->chinese));
}

static bool explain_errors(const cli *c, const char *id)
{
    const ess_model_error *entry = ess_model_error_by_id(ess_slice_from(id));
    if (entry != NULL)
        explain_error(c, entry);
    return entry != NULL;
}

static bool explain_rules(const cli *c, const char *id)
{
    for (size_t i = 0; i < check_rule_count; i++) {
        const check_rule *rule = &check_rules[i];
        if (strcmp(rule->id, id) != 0)
            continue;
        (void)fprintf(c->out, "%s %s (%s): %s\n", cli_say(c, "rule", "规则"), rule->id, rule->class,
                      ess_model_say(rule->text, c->chinese));
        if (rule->clause[0] != '\0')
            (void)fprintf(c->out, "  %s %s\n", cli_say(c, "answers the standard's", "对应标准条款"),
                          rule->clause);
        return true;
    }
    return false;
}

static bool explain_results(const cli *c, const char *id)
{
    int64_t number = -1;
    bool known = false;
    (void)cli_parse_integer(id, &number); /* not a number: compared by name */
    for (size_t i = 0; i < ess_model_result_count; i++) {
        const ess_model_result *result = &ess_model_results[i];
        if (strcmp(result->id, id) != 0 && result->code != number)
            continue;
        (void)fprintf(c->out, "%s %d %s: %s\n", cli_say(c, "result", "结果码"), result->code,
                      result->id, ess_model_say(result->label, c->chinese));
        known = true;
    }
    return known;
}

void explain_command(const cli *c, const ess_model_command *command)
{
    (void)fprintf(c->out, "%s %s: %s (%s %s, %s %c)\n", cli_say(c, "command", "命令"), command->op,
                  ess_model_say(command->label, c->chinese), cli_say(c, "for", "对象"),
                  command->kind[0] ? command->kind : "*", cli_say(c, "class", "等级"),
                  command->safety_class);
    for (size_t i = 0; i < command->arg_count; i++) {
        const ess_model_arg *arg = &command->args[i];
        (void)fprintf(c->out, "  %s%s  %s", arg->name, arg->required ? "" : "?",
                      ess_model_say(arg->label, c->chinese));
        if (arg->type == ESS_MODEL_NUMBER) {
            print_decimal(c->out, "", arg->min);
            print_decimal(c->out, "..", arg->max);
        }
        (void)fprintf(c->out, " %s\n", arg->unit);
    }
}

static bool explain_commands(const cli *c, const char *id)
{
    const ess_model_command *command = ess_model_command_of(ess_slice_from(id));
    if (command != NULL)
        explain_command(c, command);
    return command != NULL;
}

void explain_point(const cli *c, const ess_model_object *object, const ess_model_point *point)
{
    (void)fprintf(c->out, "%s %s %s: %s (%s)%s%s\n", cli_say(c, "point", "测点"), object->kind,
                  point->name, ess_model_say(point->label, c->chinese),
                  ess_model_say(object->label, c->chinese), point->unit[0] ? "  " : "",
                  point->unit);
    (void)fprintf(c->out, "  %s %c%s", cli_say(c, "class", "类别"), point->report_class,
                  point->is_param ? cli_say(c, ", a parameter", "，参数") : "");
    print_decimal(c->out, cli_say(c, " dead band", " 死区"), point->dead_band);
    if (point->type == ESS_MODEL_NUMBER || point->type == ESS_MODEL_ARRAY) {
        print_decimal(c->out, cli_say(c, " plausible", " 合理范围"), point->min);
        print_decimal(c->out, "..", point->max);
    }
    (void)fprintf(c->out, "\n");
    for (size_t i = 0; i < point->value_count; i++)
        (void)fprintf(c->out, "  %d %s\n", point->values[i].value,
                      ess_model_say(point->values[i].label, c->chinese));
}

/* "CAB01/BMS/soc": as it stands in a point table or a query. */
static bool explain_path(const cli *c, const char *path, const char *slash)
{
    const ess_model_object *object =
        ess_model_object_of((ess_slice){path, (size_t)(slash - path)});
    const ess_model_point *point = ess_model_point_of(object, ess_slice_from(slash + 1));
    if (point != NULL)
        explain_point(c, object, point);
    return point != NULL;
}

static bool explain_points(const cli *c, const char *id)
{
    bool known = false;
    const char *slash = strrchr(id, '/');
    if (slash != NULL)
        return explain_path(c, id, slash);
    for (size_t i = 0; i < ess_model_object_count; i++) {
        const ess_model_point *point =
            ess_model_point_of(&ess_model_objects[i], ess_slice_from(id));
        if (point != NULL)
            explain_point(c, &ess_model_objects[i], point);
        known = known || point != NULL;
    }
    return known;
}

void explain_alarm(const cli *c, const ess_model_alarm *alarm)
{
    (void)fprintf(c->out, "%s %s: %s (%s %u)\n  %s\n", cli_say(c, "alarm", "告警"), alarm->code,
                  ess_model_say(alarm->label, c->chinese), cli_say(c, "level", "级别"),
                  (unsigned)alarm->level, ess_model_say(alarm->advice, c->chinese));
    for (size_t i = 0; i < alarm->point_count; i++)
        (void)fprintf(c->out, "  %s %s\n", cli_say(c, "look at", "查看"), alarm->points[i]);
}

static bool explain_alarms(const cli *c, const char *id)
{
    const ess_model_alarm *alarm = ess_model_alarm_of(ess_slice_from(id));
    if (alarm != NULL)
        explain_alarm(c, alarm);
    return alarm != NULL;
}

/* With --json: the same lines as one JSON object {"id","text"}. */
static int print_as_json(const cli *c, const char *id, const char *text)
{
    char room[16384];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    ess_json_key(&w, "id");
    ess_json_text(&w, ess_slice_from(id));
    ess_json_key(&w, "text");
    ess_json_text(&w, ess_slice_from(text));
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "too-large", "%s", id);
    (void)fprintf(c->out, "%.*s\n", (int)len, room);
    return CLI_OK;
}

static bool explain_all(const cli *c, const char *id)
{
    bool known = explain_errors(c, id);
    known = explain_rules(c, id) || known;
    known = explain_results(c, id) || known;
    known = explain_commands(c, id) || known;
    known = explain_alarms(c, id) || known;
    return explain_points(c, id) || known;
}

int cli_explain(const cli *c)
{
    const char *id = c->in.words.items[0];
    char text[8192] = "";
    cli into = *c;
    if (c->in.json) {
        into.out = fmemopen(text, sizeof text, "w");
        if (into.out == NULL)
            return cli_fail(c, CLI_AGAIN, "no-room", "%s", id);
    }
    bool known = explain_all(&into, id);
    if (c->in.json)
        (void)fclose(into.out);
    if (!known)
        return cli_fail(c, CLI_NO, "cli-not-explained", "%s", id);
    return c->in.json ? print_as_json(c, id, text) : CLI_OK;
}

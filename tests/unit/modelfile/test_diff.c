/* What a change of the model means: one small model, changed in one place at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modelfile/diff.h"

/* The small model: tables that each case copies and changes. */
typedef struct small {
    ess_model_enum_value state_values[3], arg_values[2];
    ess_model_point points[3];
    ess_model_object objects[2];
    ess_model_arg args[3];
    ess_model_write writes[1];
    ess_model_confirm confirms[1];
    int32_t accepted[2];
    ess_model_command commands[2];
    const char *looked_at[1];
    ess_model_alarm alarms[2];
    ess_model_result results[2];
    model_set set;
} small;

#define DEC(m, s)    ((ess_decimal){(m), (s)})
#define TEXT(en, zh) ((ess_model_text){(en), (zh)})

static void small_points(small *m)
{
    m->state_values[0] = (ess_model_enum_value){0, TEXT("open", "断开")};
    m->state_values[1] = (ess_model_enum_value){1, TEXT("closed", "闭合")};
    m->state_values[2] = (ess_model_enum_value){2, TEXT("half", "半开")};
    m->points[0] = (ess_model_point){.name = "p", .label = TEXT("power, + discharge", "功率"),
                                     .unit = "kW", .type = ESS_MODEL_NUMBER, .report_class = 'N',
                                     .decimals = 1, .dead_band = DEC(5, 1), .min = DEC(-100, 0),
                                     .max = DEC(100, 0)};
    m->points[1] = (ess_model_point){.name = "socMin", .label = TEXT("least SOC", "SOC 下限"),
                                     .unit = "%", .type = ESS_MODEL_NUMBER, .report_class = 'D',
                                     .is_param = true, .max = DEC(100, 0)};
    m->points[2] = (ess_model_point){.name = "state", .label = TEXT("state", "状态"), .unit = "",
                                     .type = ESS_MODEL_ENUM, .report_class = 'E',
                                     .max = DEC(2, 0), .values = m->state_values,
                                     .value_count = 2};
    m->objects[0] = (ess_model_object){"PCS", TEXT("converter", "变流器"), m->points, 3};
    m->objects[1] = (ess_model_object){"BMS", TEXT("battery", "电池"), NULL, 0};
}

static void small_commands(small *m)
{
    m->arg_values[0] = (ess_model_enum_value){0, TEXT("off", "关")};
    m->arg_values[1] = (ess_model_enum_value){1, TEXT("on", "开")};
    m->args[0] = (ess_model_arg){"p", ESS_MODEL_NUMBER, "kW", true, 1, DEC(-100, 0), DEC(100, 0),
                                 TEXT("power, + discharge", "功率"), NULL, 0};
    m->args[1] = (ess_model_arg){"mode", ESS_MODEL_ENUM, "", false, 0, DEC(0, 0), DEC(1, 0),
                                 TEXT("mode", "模式"), m->arg_values, 2};
    m->args[2] = (ess_model_arg){"why", ESS_MODEL_TEXT, "", true, 0, DEC(0, 0), DEC(0, 0),
                                 TEXT("why", "原因"), NULL, 0};
    m->writes[0] = (ess_model_write){"p", "p", DEC(0, 0)};
    m->accepted[0] = 1;
    m->accepted[1] = 2;
    m->confirms[0] = (ess_model_confirm){"state", NULL, m->accepted, 1};
    m->commands[0] = (ess_model_command){"power.set", 'B', "PCS", ESS_MODEL_BY_REGISTERS,
                                         TEXT("set power", "设定功率"), m->args, m->writes,
                                         m->confirms, 2, 1, 1, 5000};
    m->commands[1] = (ess_model_command){"stop", 'A', "PCS", ESS_MODEL_BY_DEVICE,
                                         TEXT("stop", "停机"), NULL, NULL, NULL, 0, 0, 0, 0};
}

static void small_model(small *m)
{
    *m = (small){0};
    small_points(m);
    small_commands(m);
    m->looked_at[0] = "PCS/p";
    m->alarms[0] = (ess_model_alarm){"PCS.hot.1", 1, 1, m->looked_at, TEXT("hot", "过温"),
                                     TEXT("cool it", "冷却")};
    m->alarms[1] = (ess_model_alarm){"PCS.hot.2", 2, 0, NULL, TEXT("hotter", "过温二级"),
                                     TEXT("stop it", "停机")};
    m->results[0] = (ess_model_result){0, "ok", TEXT("ok", "成功")};
    m->results[1] = (ess_model_result){9, "busy", TEXT("busy", "忙")};
    m->set = (model_set){.id = "small", .version = "1.2.3", .hash = "0000000000000000",
                         .objects = m->objects, .object_count = 1, .commands = m->commands,
                         .command_count = 1, .alarms = m->alarms, .alarm_count = 1,
                         .results = m->results, .result_count = 1};
}

static void unit(small *m) { m->points[0].unit = "W"; }
static void sign(small *m) { m->points[0].label.en = "power, + charge"; }
static void type(small *m) { m->points[0].type = ESS_MODEL_TEXT; }
static void param(small *m) { m->points[1].is_param = false; }
static void slower(small *m) { m->points[0].report_class = 'S'; }
static void faster(small *m) { m->points[0].report_class = 'F'; }
static void coarser(small *m) { m->points[0].dead_band = DEC(1, 0); }
static void finer(small *m) { m->points[0].dead_band = DEC(1, 1); }
static void fewer(small *m) { m->points[0].decimals = 0; }
static void more(small *m) { m->points[0].decimals = 2; }
static void min_up(small *m) { m->points[0].min = DEC(-90, 0); }
static void min_down(small *m) { m->points[0].min = DEC(-110, 0); }
static void max_down(small *m) { m->points[0].max = DEC(999, 1); }
static void max_up(small *m) { m->points[0].max = DEC(1001, 1); }
static void label(small *m) { m->points[1].label.zh = "最低 SOC"; }
static void point_gone(small *m) { m->objects[0].point_count = 2; }
static void renamed(small *m) { m->points[2].name = "status"; }
static void kind_gone(small *m) { m->set.object_count = 0; }
static void kind_new(small *m) { m->set.object_count = 2; }
static void kind_label(small *m) { m->objects[0].label.en = "PCS"; }
static void value_gone(small *m) { m->points[2].value_count = 1; }
static void value_new(small *m) { m->points[2].value_count = 3; }
static void value_means(small *m) { m->state_values[1].label = TEXT("tripped", "跳闸"); }
static void value_moved(small *m) { m->state_values[1].label.en = "open"; }
static void value_said(small *m) { m->state_values[1].label.zh = "合闸"; }
static void class_down(small *m) { m->commands[0].safety_class = 'A'; }
static void class_up(small *m) { m->commands[0].safety_class = 'C'; }
static void target(small *m) { m->commands[0].kind = "BMS"; }
static void written(small *m) { m->writes[0].point = "q"; }
static void fixed(small *m) { m->writes[0].fixed = DEC(1, 0); }
static void confirmed(small *m) { m->accepted[0] = 5; }
static void accepted_more(small *m) { m->confirms[0].accepted_count = 2; }
static void executor(small *m) { m->commands[0].executor = ESS_MODEL_BY_DEVICE; }
static void confirm_ms(small *m) { m->commands[0].confirm_ms = 9000; }
static void arg_gone(small *m) { m->commands[0].arg_count = 1; }
static void arg_required(small *m) { m->commands[0].arg_count = 3; }
static void arg_optional(small *m)
{
    m->commands[0].arg_count = 3;
    m->args[2].required = false;
}
static void now_required(small *m) { m->args[1].required = true; }
static void now_optional(small *m) { m->args[0].required = false; }
static void arg_narrow(small *m) { m->args[0].max = DEC(50, 0); }
static void arg_wide(small *m) { m->args[0].max = DEC(500, 0); }
static void arg_unit(small *m) { m->args[0].unit = "W"; }
static void arg_sign(small *m) { m->args[0].label.en = "power, + charge"; }
static void arg_means(small *m) { m->arg_values[1].label = TEXT("auto", "自动"); }
static void command_gone(small *m) { m->set.command_count = 0; }
static void command_new(small *m) { m->set.command_count = 2; }
static void alarm_gone(small *m) { m->set.alarm_count = 0; }
static void alarm_new(small *m) { m->set.alarm_count = 2; }
static void alarm_looks(small *m) { m->looked_at[0] = "PCS/state"; }
static void alarm_advice(small *m) { m->alarms[0].advice.en = "cool it well"; }
static void result_gone(small *m) { m->set.result_count = 0; }
static void result_new(small *m) { m->set.result_count = 2; }
static void result_id(small *m) { m->results[0].id = "done"; }
static void id(small *m) { m->set.id = "other"; }
static void hash(small *m) { m->set.hash[0] = 'f'; }
static void nothing(small *m) { (void)m; }

static const struct {
    void (*change)(small *m);
    const char *name; /* of the change that must be told; NULL: none */
    const char *path;
    model_effect effect;
} cases[] = {
    {nothing, NULL, NULL, MODEL_EDITORIAL},
    {unit, "unit-changed", "PCS/p", MODEL_BREAKING},
    {sign, "sign-changed", "PCS/p", MODEL_BREAKING},
    {type, "type-changed", "PCS/p", MODEL_BREAKING},
    {param, "param-changed", "PCS/socMin", MODEL_BREAKING},
    {slower, "slower", "PCS/p", MODEL_BREAKING},
    {faster, "faster", "PCS/p", MODEL_COMPATIBLE},
    {coarser, "coarser", "PCS/p", MODEL_BREAKING},
    {finer, "finer", "PCS/p", MODEL_COMPATIBLE},
    {fewer, "decimals-fewer", "PCS/p", MODEL_BREAKING},
    {more, "decimals-more", "PCS/p", MODEL_COMPATIBLE},
    {min_up, "limits-narrower", "PCS/p", MODEL_BREAKING},
    {min_down, "limits-wider", "PCS/p", MODEL_COMPATIBLE},
    {max_down, "limits-narrower", "PCS/p", MODEL_BREAKING},
    {max_up, "limits-wider", "PCS/p", MODEL_COMPATIBLE},
    {label, "label-changed", "PCS/socMin", MODEL_EDITORIAL},
    {point_gone, "point-removed", "PCS/state", MODEL_BREAKING},
    {renamed, "point-renamed", "PCS/state", MODEL_BREAKING},
    {kind_gone, "kind-removed", "PCS", MODEL_BREAKING},
    {kind_new, "kind-added", "BMS", MODEL_COMPATIBLE},
    {kind_label, "label-changed", "PCS", MODEL_EDITORIAL},
    {value_gone, "value-removed", "PCS/state=1", MODEL_BREAKING},
    {value_new, "value-added", "PCS/state=2", MODEL_COMPATIBLE},
    {value_means, "value-meaning", "PCS/state=1", MODEL_BREAKING},
    {value_moved, "value-meaning", "PCS/state=1", MODEL_BREAKING},
    {value_said, "label-changed", "PCS/state=1", MODEL_EDITORIAL},
    {class_down, "class-lowered", "power.set", MODEL_BREAKING},
    {class_up, "class-raised", "power.set", MODEL_BREAKING},
    {target, "target-changed", "power.set", MODEL_BREAKING},
    {written, "steps-changed", "power.set", MODEL_BREAKING},
    {fixed, "steps-changed", "power.set", MODEL_BREAKING},
    {confirmed, "steps-changed", "power.set", MODEL_BREAKING},
    {accepted_more, "steps-changed", "power.set", MODEL_BREAKING},
    {executor, "executor-changed", "power.set", MODEL_COMPATIBLE},
    {confirm_ms, "confirm-changed", "power.set", MODEL_COMPATIBLE},
    {arg_gone, "arg-removed", "power.set mode", MODEL_BREAKING},
    {arg_required, "arg-required-added", "power.set why", MODEL_BREAKING},
    {arg_optional, "arg-added", "power.set why", MODEL_COMPATIBLE},
    {now_required, "arg-now-required", "power.set mode", MODEL_BREAKING},
    {now_optional, "arg-now-optional", "power.set p", MODEL_COMPATIBLE},
    {arg_narrow, "limits-narrower", "power.set p", MODEL_BREAKING},
    {arg_wide, "limits-wider", "power.set p", MODEL_COMPATIBLE},
    {arg_unit, "unit-changed", "power.set p", MODEL_BREAKING},
    {arg_sign, "sign-changed", "power.set p", MODEL_BREAKING},
    {arg_means, "value-meaning", "power.set mode=1", MODEL_BREAKING},
    {command_gone, "command-removed", "power.set", MODEL_BREAKING},
    {command_new, "command-added", "stop", MODEL_COMPATIBLE},
    {alarm_gone, "alarm-removed", "PCS.hot.1", MODEL_BREAKING},
    {alarm_new, "alarm-added", "PCS.hot.2", MODEL_COMPATIBLE},
    {alarm_looks, "alarm-points", "PCS.hot.1", MODEL_EDITORIAL},
    {alarm_advice, "label-changed", "PCS.hot.1", MODEL_EDITORIAL},
    {result_gone, "result-removed", "0", MODEL_BREAKING},
    {result_new, "result-added", "9", MODEL_COMPATIBLE},
    {result_id, "result-id", "0", MODEL_BREAKING},
    {id, "id-changed", "id", MODEL_BREAKING},
    {hash, "other-text", "hash", MODEL_EDITORIAL},
};

static bool told(const model_changes *changes, const char *name, const char *path)
{
    for (size_t i = 0; i < changes->count; i++) {
        const model_change *change = &changes->list[i];
        if (strcmp(change->name, name) == 0 && strcmp(change->path, path) == 0)
            return change->rule[0] != '\0' && change->what.zh[0] != '\0' &&
                   change->why.en[0] != '\0' && change->why.zh[0] != '\0';
    }
    return false;
}

static void each_change_is_told_with_what_it_means(void **state)
{
    small before;
    (void)state;
    small_model(&before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        small after;
        model_changes changes;
        const char *name = cases[i].name != NULL ? cases[i].name : "nothing";
        small_model(&after);
        cases[i].change(&after);
        model_diff(&before.set, &after.set, &changes);
        if (model_changes_effect(&changes) != cases[i].effect ||
            (cases[i].name == NULL ? changes.count != 0 : !told(&changes, name, cases[i].path)))
            fail_msg("case %zu: %s", i, name);
        model_changes_free(&changes);
    }
}

static void the_version_must_rise_with_what_changed(void **state)
{
    static const struct {
        void (*change)(small *m);
        const char *version;
        bool fits;
    } steps[] = {
        {nothing, "1.2.3", true},  {nothing, "1.2.4", true},  {nothing, "1.2.2", false},
        {label, "1.2.3", false},   {label, "1.2.4", true},    {label, "1.3.0", true},
        {faster, "1.2.4", false},  {faster, "1.3.0", true},   {faster, "2.0.0", true},
        {unit, "1.3.0", false},    {unit, "2.0.0", true},     {unit, "1.2.10", false},
        {faster, "1.10.0", true},  {unit, "0.9.9", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        small before;
        small after;
        model_changes changes;
        small_model(&before);
        small_model(&after);
        steps[i].change(&after);
        after.set.version = steps[i].version;
        model_diff(&before.set, &after.set, &changes);
        if (model_version_fits(&before.set, &after.set, &changes) != steps[i].fits)
            fail_msg("step %zu to %s", i, steps[i].version);
        model_changes_free(&changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_with_what_it_means),
        cmocka_unit_test(the_version_must_rise_with_what_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "modelfile/diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum change_kind {
    ID_CHANGED,
    BASE_CHANGED,
    KIND_REMOVED,
    KIND_ADDED,
    POINT_REMOVED,
    POINT_RENAMED,
    POINT_ADDED,
    TYPE_CHANGED,
    UNIT_CHANGED,
    SIGN_CHANGED,
    PARAM_CHANGED,
    SLOWER,
    FASTER,
    COARSER,
    FINER,
    DECIMALS_FEWER,
    DECIMALS_MORE,
    LIMITS_NARROWER,
    LIMITS_WIDER,
    VALUE_REMOVED,
    VALUE_ADDED,
    VALUE_MEANING,
    COMMAND_REMOVED,
    COMMAND_ADDED,
    CLASS_LOWERED,
    CLASS_RAISED,
    TARGET_CHANGED,
    STEPS_CHANGED,
    EXECUTOR_CHANGED,
    CONFIRM_CHANGED,
    ARG_REMOVED,
    ARG_REQUIRED_ADDED,
    ARG_ADDED,
    ARG_NOW_REQUIRED,
    ARG_NOW_OPTIONAL,
    ALARM_REMOVED,
    ALARM_ADDED,
    ALARM_POINTS,
    RESULT_REMOVED,
    RESULT_ADDED,
    RESULT_ID,
    LABEL_CHANGED,
    OTHER_TEXT,
    CHANGE_KIND_COUNT
} change_kind;

typedef struct change_row {
    const char *name;
    model_effect effect;
    const char *rule;
    ess_model_text what, why;
} change_row;

static const ess_model_text nobody_minds = {"who knows the old model goes on as before",
                                            "按旧版工作的一方不受影响"};
static const ess_model_text words_only = {"words for people alone", "仅为面向人员的文字"};

/* clang-format off */
static const change_row rows[CHANGE_KIND_COUNT] = {
    [ID_CHANGED] = {"id-changed", MODEL_BREAKING, "MOD-01",
        {"another model", "不是同一模型"},
        {"the two have nothing to do with each other", "两者互不相干"}},
    [BASE_CHANGED] = {"base-changed", MODEL_COMPATIBLE, "MOD-17",
        {"extends another content", "所扩展的模型内容不同"},
        {"look at what changed in the base, too", "请同时比较所扩展的模型"}},
    [KIND_REMOVED] = {"kind-removed", MODEL_BREAKING, "MOD-13",
        {"kind of object removed", "删除对象类型"},
        {"its points are known to nobody any more", "其测点不再可识别"}},
    [KIND_ADDED] = {"kind-added", MODEL_COMPATIBLE, "MOD-14",
        {"kind of object added", "新增对象类型"}, {0}},
    [POINT_REMOVED] = {"point-removed", MODEL_BREAKING, "MOD-13",
        {"point removed", "删除测点"},
        {"who reads it finds nothing", "读取该测点的一方将得不到数据"}},
    [POINT_RENAMED] = {"point-renamed", MODEL_BREAKING, "MOD-13",
        {"point renamed", "测点改名"},
        {"who reads it by its old name finds nothing", "按旧名称读取将得不到数据"}},
    [POINT_ADDED] = {"point-added", MODEL_COMPATIBLE, "MOD-14",
        {"point added", "新增测点"}, {0}},
    [TYPE_CHANGED] = {"type-changed", MODEL_BREAKING, "MOD-13",
        {"type changed", "类型改变"},
        {"the value has another form", "取值形式不同"}},
    [UNIT_CHANGED] = {"unit-changed", MODEL_BREAKING, "MOD-09",
        {"unit changed", "单位改变"},
        {"the same number means another quantity", "同一数字代表不同的量"}},
    [SIGN_CHANGED] = {"sign-changed", MODEL_BREAKING, "MOD-09",
        {"meaning of the sign changed", "正负含义改变"},
        {"charging would be taken for discharging", "充放电方向将被误解"}},
    [PARAM_CHANGED] = {"param-changed", MODEL_BREAKING, "MOD-13",
        {"parameter or measured value changed", "参数与测量值互换"},
        {"it is reported and set in another way", "上报和设置方式不同"}},
    [SLOWER] = {"slower", MODEL_BREAKING, "MOD-13",
        {"reported more slowly", "上报变慢"},
        {"it comes later than a receiver may count on", "数据晚于接收方的预期"}},
    [FASTER] = {"faster", MODEL_COMPATIBLE, "MOD-14",
        {"reported more quickly", "上报变快"}, {0}},
    [COARSER] = {"coarser", MODEL_BREAKING, "MOD-13",
        {"dead band wider", "死区增大"},
        {"moves that were reported are no longer", "原先上报的变化不再上报"}},
    [FINER] = {"finer", MODEL_COMPATIBLE, "MOD-14",
        {"dead band narrower", "死区减小"}, {0}},
    [DECIMALS_FEWER] = {"decimals-fewer", MODEL_BREAKING, "MOD-13",
        {"fewer decimals", "小数位减少"},
        {"what was told or taken exactly is no longer", "原有精度不再保证"}},
    [DECIMALS_MORE] = {"decimals-more", MODEL_COMPATIBLE, "MOD-14",
        {"more decimals", "小数位增加"}, {0}},
    [LIMITS_NARROWER] = {"limits-narrower", MODEL_BREAKING, "MOD-11",
        {"limits narrower", "限值收窄"},
        {"values once allowed are refused or look wrong", "原先允许的值将被拒绝或视为异常"}},
    [LIMITS_WIDER] = {"limits-wider", MODEL_COMPATIBLE, "MOD-14",
        {"limits wider", "限值放宽"}, {0}},
    [VALUE_REMOVED] = {"value-removed", MODEL_BREAKING, "MOD-10",
        {"value of an enum removed", "删除枚举值"},
        {"who sends or expects it is not understood", "发送或期待该值的一方不被理解"}},
    [VALUE_ADDED] = {"value-added", MODEL_COMPATIBLE, "MOD-14",
        {"value of an enum added", "新增枚举值"},
        {"a receiver shows a value that it does not know as its number", "不识别该值的接收方按数字显示"}},
    [VALUE_MEANING] = {"value-meaning", MODEL_BREAKING, "MOD-10",
        {"value of an enum means something else", "枚举值含义改变"},
        {"the same number tells another state", "同一数字代表不同的状态"}},
    [COMMAND_REMOVED] = {"command-removed", MODEL_BREAKING, "MOD-13",
        {"command removed", "删除命令"},
        {"who sends it is refused", "发送该命令将被拒绝"}},
    [COMMAND_ADDED] = {"command-added", MODEL_COMPATIBLE, "MOD-14",
        {"command added", "新增命令"}, {0}},
    [CLASS_LOWERED] = {"class-lowered", MODEL_BREAKING, "MOD-16",
        {"safety class lowered", "安全等级降低"},
        {"people may do what they were kept from", "原先受限的人员将可以执行"}},
    [CLASS_RAISED] = {"class-raised", MODEL_BREAKING, "MOD-16",
        {"safety class raised", "安全等级提高"},
        {"people who could do it are refused", "原先可执行的人员将被拒绝"}},
    [TARGET_CHANGED] = {"target-changed", MODEL_BREAKING, "MOD-13",
        {"speaks to another kind of object", "作用对象改变"},
        {"who sends it as before is refused", "按原方式发送将被拒绝"}},
    [STEPS_CHANGED] = {"steps-changed", MODEL_BREAKING, "MOD-16",
        {"writes or confirms something else", "写入或确认内容改变"},
        {"done no longer means what it meant", "“完成”的含义改变"}},
    [EXECUTOR_CHANGED] = {"executor-changed", MODEL_COMPATIBLE, "MOD-14",
        {"carried out in another way", "执行方式改变"}, {0}},
    [CONFIRM_CHANGED] = {"confirm-changed", MODEL_COMPATIBLE, "MOD-14",
        {"time to confirm changed", "确认时限改变"}, {0}},
    [ARG_REMOVED] = {"arg-removed", MODEL_BREAKING, "MOD-13",
        {"argument removed", "删除参数"},
        {"who gives it is refused", "给出该参数将被拒绝"}},
    [ARG_REQUIRED_ADDED] = {"arg-required-added", MODEL_BREAKING, "MOD-13",
        {"required argument added", "新增必填参数"},
        {"who does not give it is refused", "未给出该参数将被拒绝"}},
    [ARG_ADDED] = {"arg-added", MODEL_COMPATIBLE, "MOD-14",
        {"optional argument added", "新增可选参数"}, {0}},
    [ARG_NOW_REQUIRED] = {"arg-now-required", MODEL_BREAKING, "MOD-13",
        {"argument is now required", "参数变为必填"},
        {"who does not give it is refused", "未给出该参数将被拒绝"}},
    [ARG_NOW_OPTIONAL] = {"arg-now-optional", MODEL_COMPATIBLE, "MOD-14",
        {"argument may be left out now", "参数变为可选"}, {0}},
    [ALARM_REMOVED] = {"alarm-removed", MODEL_BREAKING, "MOD-13",
        {"alarm removed", "删除告警"},
        {"nobody can tell what it was", "该告警不再可识别"}},
    [ALARM_ADDED] = {"alarm-added", MODEL_COMPATIBLE, "MOD-14",
        {"alarm added", "新增告警"}, {0}},
    [ALARM_POINTS] = {"alarm-points", MODEL_EDITORIAL, "MOD-15",
        {"points to look at changed", "查看的测点改变"}, {0}},
    [RESULT_REMOVED] = {"result-removed", MODEL_BREAKING, "MOD-13",
        {"result code removed", "删除结果码"},
        {"an answer is no longer understood", "应答不再可识别"}},
    [RESULT_ADDED] = {"result-added", MODEL_COMPATIBLE, "MOD-14",
        {"result code added", "新增结果码"}, {0}},
    [RESULT_ID] = {"result-id", MODEL_BREAKING, "MOD-13",
        {"result code means something else", "结果码含义改变"},
        {"the same answer tells another outcome", "同一应答代表不同的结果"}},
    [LABEL_CHANGED] = {"label-changed", MODEL_EDITORIAL, "MOD-15",
        {"wording changed", "文字修改"}, {0}},
    [OTHER_TEXT] = {"other-text", MODEL_EDITORIAL, "MOD-15",
        {"sources or order changed", "来源或顺序改变"},
        {"the hashes differ, the tables do not", "校验值不同，但表内容相同"}},
};
/* clang-format on */

const char *model_effect_name(model_effect effect)
{
    static const char *const names[MODEL_EFFECT_COUNT] = {"editorial", "compatible", "breaking"};
    return names[effect];
}

static void note(model_changes *all, change_kind kind, const char *path, const char *from,
                 const char *to)
{
    const change_row *row = &rows[kind];
    if (all->count == all->room) {
        size_t room = all->room == 0 ? 64 : all->room * 2;
        model_change *list = realloc(all->list, room * sizeof *list);
        all->lost = all->lost || list == NULL;
        if (list == NULL)
            return;
        all->list = list;
        all->room = room;
    }
    model_change *change = &all->list[all->count++];
    *change = (model_change){row->name, row->effect, row->rule, row->what, row->why, "", "", ""};
    if (row->why.en == NULL)
        change->why = row->effect == MODEL_EDITORIAL ? words_only : nobody_minds;
    (void)snprintf(change->path, sizeof change->path, "%s", path); /* these may be cut */
    (void)snprintf(change->from, sizeof change->from, "%s", from);
    (void)snprintf(change->to, sizeof change->to, "%s", to);
    all->counts[row->effect]++;
}

static void note_text(model_changes *all, change_kind kind, const char *path, const char *from,
                      const char *to)
{
    if (strcmp(from, to) != 0)
        note(all, kind, path, from, to);
}

static void note_number(model_changes *all, change_kind less, change_kind more, const char *path,
                        int64_t from, int64_t to)
{
    char old[24];
    char new[24];
    (void)snprintf(old, sizeof old, "%" PRId64, from);
    (void)snprintf(new, sizeof new, "%" PRId64, to);
    if (from != to)
        note(all, to < from ? less : more, path, old, new);
}

static void print_decimal(ess_decimal value, char room[static ESS_DECIMAL_PRINT_MAX + 1])
{
    room[ess_decimal_print(value, room)] = '\0';
}

static void note_decimal(model_changes *all, change_kind less, change_kind more, const char *path,
                         const ess_decimal *pair)
{
    char from[ESS_DECIMAL_PRINT_MAX + 1];
    char to[ESS_DECIMAL_PRINT_MAX + 1];
    int order = ess_decimal_compare(pair[1], pair[0]);
    print_decimal(pair[0], from);
    print_decimal(pair[1], to);
    if (order != 0)
        note(all, order < 0 ? less : more, path, from, to);
}

static void diff_label(model_changes *all, const char *path, ess_model_text from, ess_model_text to)
{
    if (strcmp(from.en, to.en) != 0)
        note(all, LABEL_CHANGED, path, from.en, to.en);
    else if (strcmp(from.zh, to.zh) != 0)
        note(all, LABEL_CHANGED, path, from.zh, to.zh);
}

/* ", + discharge" of "power, + discharge"; "" where the label says nothing of the sign. */
static const char *sign_of(const char *label)
{
    const char *plus = strstr(label, "+ ");
    return plus != NULL ? plus : "";
}

static void diff_sign(model_changes *all, const char *path, ess_model_text from, ess_model_text to)
{
    const char *old = sign_of(from.en);
    const char *new = sign_of(to.en);
    if (old[0] != '\0' && new[0] != '\0')
        note_text(all, SIGN_CHANGED, path, old, new);
}

/* ---- enums */

typedef struct named_values {
    const ess_model_enum_value *at;
    size_t count;
} named_values;

static const ess_model_enum_value *value_of(named_values all, int32_t value)
{
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].value == value)
            return &all.at[i];
    }
    return NULL;
}

/* A number whose name changed in both languages at once, or became another number's, is taken to
 * mean something else; in one language alone, it was only said better. */
static bool means_another(named_values old, const ess_model_enum_value *from,
                          const ess_model_enum_value *to)
{
    if (strcmp(from->label.en, to->label.en) != 0 && strcmp(from->label.zh, to->label.zh) != 0)
        return true;
    for (size_t i = 0; i < old.count; i++) {
        if (old.at[i].value != from->value && strcmp(old.at[i].label.en, to->label.en) == 0)
            return true;
    }
    return false;
}

static void diff_values(model_changes *all, const char *path, named_values old, named_values new)
{
    char place[192];
    for (size_t i = 0; i < old.count; i++) {
        const ess_model_enum_value *to = value_of(new, old.at[i].value);
        (void)snprintf(place, sizeof place, "%s=%" PRId32, path, old.at[i].value);
        if (to == NULL)
            note(all, VALUE_REMOVED, place, old.at[i].label.en, "");
        else if (means_another(old, &old.at[i], to))
            note(all, VALUE_MEANING, place, old.at[i].label.en, to->label.en);
        else
            diff_label(all, place, old.at[i].label, to->label);
    }
    for (size_t i = 0; i < new.count; i++) {
        (void)snprintf(place, sizeof place, "%s=%" PRId32, path, new.at[i].value);
        if (value_of(old, new.at[i].value) == NULL)
            note(all, VALUE_ADDED, place, "", new.at[i].label.en);
    }
}

/* ---- points */

static const char *type_name(ess_model_type type)
{
    static const char *const names[] = {"number", "enum", "bool", "text", "array", "object"};
    return names[type];
}

/* Classes from the quickest to the slowest. */
static int64_t pace_of(char report_class)
{
    static const char order[] = "EFNSCD";
    return strchr(order, report_class) - order;
}

static void diff_point(model_changes *all, const char *path, const ess_model_point *from,
                       const ess_model_point *to)
{
    const char old_class[] = {from->report_class, '\0'};
    const char new_class[] = {to->report_class, '\0'};
    bool limits = from->type == to->type && from->type != ESS_MODEL_ENUM;
    note_text(all, TYPE_CHANGED, path, type_name(from->type), type_name(to->type));
    note_text(all, UNIT_CHANGED, path, from->unit, to->unit);
    diff_sign(all, path, from->label, to->label);
    if (from->is_param != to->is_param)
        note(all, PARAM_CHANGED, path, from->is_param ? "PARAM" : "DATA",
             to->is_param ? "PARAM" : "DATA");
    if (from->report_class != to->report_class)
        note(all, pace_of(to->report_class) > pace_of(from->report_class) ? SLOWER : FASTER, path,
             old_class, new_class);
    note_decimal(all, FINER, COARSER, path, (ess_decimal[]){from->dead_band, to->dead_band});
    note_number(all, DECIMALS_FEWER, DECIMALS_MORE, path, from->decimals, to->decimals);
    if (limits) {
        note_decimal(all, LIMITS_WIDER, LIMITS_NARROWER, path, (ess_decimal[]){from->min, to->min});
        note_decimal(all, LIMITS_NARROWER, LIMITS_WIDER, path, (ess_decimal[]){from->max, to->max});
    }
    diff_values(all, path, (named_values){from->values, from->value_count},
                (named_values){to->values, to->value_count});
    diff_label(all, path, from->label, to->label);
}

/* A point of the new object that is new and bears the label of the one that is gone. */
static const ess_model_point *renamed(const ess_model_point *gone, const ess_model_object *from,
                                      const ess_model_object *to)
{
    for (size_t i = 0; i < to->point_count; i++) {
        const ess_model_point *point = &to->points[i];
        if (strcmp(point->label.en, gone->label.en) == 0 &&
            ess_model_point_of(from, ess_slice_from(point->name)) == NULL)
            return point;
    }
    return NULL;
}

static void diff_object(model_changes *all, const ess_model_object *from,
                        const ess_model_object *to)
{
    char path[160];
    for (size_t i = 0; i < from->point_count; i++) {
        const ess_model_point *old = &from->points[i];
        const ess_model_point *new = ess_model_point_of(to, ess_slice_from(old->name));
        (void)snprintf(path, sizeof path, "%s/%s", from->kind, old->name);
        const ess_model_point *other = new == NULL ? renamed(old, from, to) : NULL;
        if (new != NULL)
            diff_point(all, path, old, new);
        else
            note(all, other != NULL ? POINT_RENAMED : POINT_REMOVED, path, old->name,
                 other != NULL ? other->name : "");
    }
    for (size_t i = 0; i < to->point_count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", to->kind, to->points[i].name);
        if (ess_model_point_of(from, ess_slice_from(to->points[i].name)) == NULL)
            note(all, POINT_ADDED, path, "", to->points[i].name);
    }
    diff_label(all, from->kind, from->label, to->label);
}

static void diff_objects(model_changes *all, const model_set *from, const model_set *to)
{
    for (size_t i = 0; i < from->object_count; i++) {
        const ess_model_object *new = model_object_of(to, from->objects[i].kind);
        if (new != NULL)
            diff_object(all, &from->objects[i], new);
        else
            note(all, KIND_REMOVED, from->objects[i].kind, from->objects[i].label.en, "");
    }
    for (size_t i = 0; i < to->object_count; i++) {
        if (model_object_of(from, to->objects[i].kind) == NULL)
            note(all, KIND_ADDED, to->objects[i].kind, "", to->objects[i].label.en);
    }
}

/* ---- commands */

static const ess_model_arg *arg_of(const ess_model_command *command, const char *name)
{
    for (size_t i = 0; i < command->arg_count; i++) {
        if (strcmp(command->args[i].name, name) == 0)
            return &command->args[i];
    }
    return NULL;
}

static void diff_arg(model_changes *all, const char *path, const ess_model_arg *from,
                     const ess_model_arg *to)
{
    note_text(all, TYPE_CHANGED, path, type_name(from->type), type_name(to->type));
    note_text(all, UNIT_CHANGED, path, from->unit, to->unit);
    diff_sign(all, path, from->label, to->label);
    if (from->required != to->required)
        note(all, to->required ? ARG_NOW_REQUIRED : ARG_NOW_OPTIONAL, path, "", "");
    note_number(all, DECIMALS_FEWER, DECIMALS_MORE, path, from->decimals, to->decimals);
    if (from->type == to->type && from->type == ESS_MODEL_NUMBER) {
        note_decimal(all, LIMITS_WIDER, LIMITS_NARROWER, path, (ess_decimal[]){from->min, to->min});
        note_decimal(all, LIMITS_NARROWER, LIMITS_WIDER, path, (ess_decimal[]){from->max, to->max});
    }
    diff_values(all, path, (named_values){from->values, from->value_count},
                (named_values){to->values, to->value_count});
    diff_label(all, path, from->label, to->label);
}

static void diff_args(model_changes *all, const ess_model_command *from,
                      const ess_model_command *to)
{
    char path[160];
    for (size_t i = 0; i < from->arg_count; i++) {
        const ess_model_arg *new = arg_of(to, from->args[i].name);
        (void)snprintf(path, sizeof path, "%s %s", from->op, from->args[i].name);
        if (new != NULL)
            diff_arg(all, path, &from->args[i], new);
        else
            note(all, ARG_REMOVED, path, from->args[i].label.en, "");
    }
    for (size_t i = 0; i < to->arg_count; i++) {
        (void)snprintf(path, sizeof path, "%s %s", to->op, to->args[i].name);
        if (arg_of(from, to->args[i].name) == NULL)
            note(all, to->args[i].required ? ARG_REQUIRED_ADDED : ARG_ADDED, path, "",
                 to->args[i].label.en);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_steps(const ess_model_command *a, const ess_model_command *b)
{
    if (a->write_count != b->write_count || a->confirm_count != b->confirm_count)
        return false;
    for (size_t i = 0; i < a->write_count; i++) {
        if (!same_text(a->writes[i].point, b->writes[i].point) ||
            !same_text(a->writes[i].from_arg, b->writes[i].from_arg) ||
            ess_decimal_compare(a->writes[i].fixed, b->writes[i].fixed) != 0)
            return false;
    }
    for (size_t i = 0; i < a->confirm_count; i++) {
        const ess_model_confirm *one = &a->confirms[i];
        const ess_model_confirm *other = &b->confirms[i];
        if (!same_text(one->point, other->point) || !same_text(one->from_arg, other->from_arg) ||
            one->accepted_count != other->accepted_count)
            return false;
        for (size_t k = 0; k < one->accepted_count; k++) {
            if (one->accepted[k] != other->accepted[k])
                return false;
        }
    }
    return true;
}

static void diff_command(model_changes *all, const ess_model_command *from,
                         const ess_model_command *to)
{
    static const char *const executors[] = {"registers", "params", "device"};
    const char old_class[] = {from->safety_class, '\0'};
    const char new_class[] = {to->safety_class, '\0'};
    if (from->safety_class != to->safety_class)
        note(all, to->safety_class < from->safety_class ? CLASS_LOWERED : CLASS_RAISED, from->op,
             old_class, new_class);
    note_text(all, TARGET_CHANGED, from->op, from->kind, to->kind);
    if (from->executor != to->executor)
        note(all, EXECUTOR_CHANGED, from->op, executors[from->executor], executors[to->executor]);
    else if (!same_steps(from, to))
        note(all, STEPS_CHANGED, from->op, "", "");
    note_number(all, CONFIRM_CHANGED, CONFIRM_CHANGED, from->op, from->confirm_ms, to->confirm_ms);
    diff_args(all, from, to);
    diff_label(all, from->op, from->label, to->label);
}

static const ess_model_command *command_of(const model_set *set, const char *op)
{
    for (size_t i = 0; i < set->command_count; i++) {
        if (strcmp(set->commands[i].op, op) == 0)
            return &set->commands[i];
    }
    return NULL;
}

static void diff_commands(model_changes *all, const model_set *from, const model_set *to)
{
    for (size_t i = 0; i < from->command_count; i++) {
        const ess_model_command *new = command_of(to, from->commands[i].op);
        if (new != NULL)
            diff_command(all, &from->commands[i], new);
        else
            note(all, COMMAND_REMOVED, from->commands[i].op, from->commands[i].label.en, "");
    }
    for (size_t i = 0; i < to->command_count; i++) {
        if (command_of(from, to->commands[i].op) == NULL)
            note(all, COMMAND_ADDED, to->commands[i].op, "", to->commands[i].label.en);
    }
}

/* ---- alarms and result codes */

static const ess_model_alarm *alarm_of(const model_set *set, const char *code)
{
    for (size_t i = 0; i < set->alarm_count; i++) {
        if (strcmp(set->alarms[i].code, code) == 0)
            return &set->alarms[i];
    }
    return NULL;
}

static void diff_alarm(model_changes *all, const ess_model_alarm *from, const ess_model_alarm *to)
{
    bool same = from->point_count == to->point_count;
    for (size_t i = 0; same && i < from->point_count; i++)
        same = strcmp(from->points[i], to->points[i]) == 0;
    if (!same)
        note(all, ALARM_POINTS, from->code, "", "");
    diff_label(all, from->code, from->label, to->label);
    diff_label(all, from->code, from->advice, to->advice);
}

static void diff_alarms(model_changes *all, const model_set *from, const model_set *to)
{
    for (size_t i = 0; i < from->alarm_count; i++) {
        const ess_model_alarm *new = alarm_of(to, from->alarms[i].code);
        if (new != NULL)
            diff_alarm(all, &from->alarms[i], new);
        else
            note(all, ALARM_REMOVED, from->alarms[i].code, from->alarms[i].label.en, "");
    }
    for (size_t i = 0; i < to->alarm_count; i++) {
        if (alarm_of(from, to->alarms[i].code) == NULL)
            note(all, ALARM_ADDED, to->alarms[i].code, "", to->alarms[i].label.en);
    }
}

static const ess_model_result *result_of(const model_set *set, int code)
{
    for (size_t i = 0; i < set->result_count; i++) {
        if (set->results[i].code == code)
            return &set->results[i];
    }
    return NULL;
}

static void diff_results(model_changes *all, const model_set *from, const model_set *to)
{
    char path[24];
    for (size_t i = 0; i < from->result_count; i++) {
        const ess_model_result *old = &from->results[i];
        const ess_model_result *new = result_of(to, old->code);
        (void)snprintf(path, sizeof path, "%d", old->code);
        if (new == NULL) {
            note(all, RESULT_REMOVED, path, old->id, "");
            continue;
        }
        note_text(all, RESULT_ID, path, old->id, new->id);
        diff_label(all, path, old->label, new->label);
    }
    for (size_t i = 0; i < to->result_count; i++) {
        (void)snprintf(path, sizeof path, "%d", to->results[i].code);
        if (result_of(from, to->results[i].code) == NULL)
            note(all, RESULT_ADDED, path, "", to->results[i].id);
    }
}

void model_diff(const model_set *from, const model_set *to, model_changes *out)
{
    *out = (model_changes){0};
    note_text(out, ID_CHANGED, "id", from->id, to->id);
    if (from->base_id != NULL && to->base_id != NULL)
        note_text(out, BASE_CHANGED, "extends", from->base_hash, to->base_hash);
    diff_objects(out, from, to);
    diff_commands(out, from, to);
    diff_alarms(out, from, to);
    diff_results(out, from, to);
    bool same_version = strcmp(from->version, to->version) == 0;
    if (out->count == 0 && !out->lost && same_version && strcmp(from->hash, to->hash) != 0)
        note(out, OTHER_TEXT, "hash", from->hash, to->hash);
}

void model_changes_free(model_changes *changes)
{
    free(changes->list);
    *changes = (model_changes){0};
}

model_effect model_changes_effect(const model_changes *changes)
{
    if (changes->counts[MODEL_BREAKING] > 0 || changes->lost)
        return MODEL_BREAKING;
    return changes->counts[MODEL_COMPATIBLE] > 0 ? MODEL_COMPATIBLE : MODEL_EDITORIAL;
}

/* "1.20.3" -> {1, 20, 3}; the form has been checked where it was read. */
static void version_parts(const char *text, int64_t parts[static 3])
{
    for (size_t i = 0; i < 3; i++) {
        parts[i] = 0;
        for (; *text >= '0' && *text <= '9'; text++)
            parts[i] = parts[i] * 10 + (*text - '0');
        text += *text == '.';
    }
}

bool model_version_fits(const model_set *from, const model_set *to, const model_changes *changes)
{
    int64_t old[3];
    int64_t new[3];
    size_t step = 0; /* the first part that differs */
    size_t wanted = MODEL_BREAKING - model_changes_effect(changes);
    version_parts(from->version, old);
    version_parts(to->version, new);
    while (step < 3 && old[step] == new[step])
        step++;
    if (step == 3)
        return changes->count == 0;
    return new[step] > old[step] && step <= wanted;
}

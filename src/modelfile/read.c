#include "modelfile/read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct problem_row {
    const char *name; /* for programs; stays */
    const char *rule;
    ess_model_text text;
} problem_row;

static const problem_row problems[MODEL_WRONG_COUNT] = {
    [MODEL_NO_FILE] = {"no-file", "MOD-02", {"cannot be read", "无法读取"}},
    [MODEL_NOT_JSON] = {"not-json", "MOD-02", {"is not well-formed JSON", "不是合法的 JSON"}},
    [MODEL_UNKNOWN_KEY] = {"unknown-key", "MOD-02", {"unknown member", "未知成员"}},
    [MODEL_MISSING] = {"missing", "MOD-02", {"a member is missing", "缺少成员"}},
    [MODEL_WRONG_TYPE] = {"wrong-type", "MOD-02", {"has the wrong type", "类型错误"}},
    [MODEL_EMPTY] = {"empty", "MOD-02", {"is empty", "内容为空"}},
    [MODEL_BAD_NAME] = {"bad-name", "MOD-07", {"has not the form of its names", "名称格式不符"}},
    [MODEL_TWICE] = {"twice", "MOD-07", {"is given twice", "重复给出"}},
    [MODEL_UNKNOWN_WORD] = {"unknown-word",
                            "MOD-02",
                            {"is not one of the words allowed", "不是允许的取值"}},
    [MODEL_NOT_DECIMAL] = {"not-decimal",
                           "MOD-02",
                           {"is not a decimal in quotes such as \"0.1\"",
                            "不是带引号的十进制数，例如 \"0.1\""}},
    [MODEL_OUT_OF_RANGE] = {"out-of-range", "MOD-02", {"is out of range", "超出范围"}},
    [MODEL_MIN_ABOVE_MAX] = {"min-above-max", "MOD-11", {"min is above max", "min 大于 max"}},
    [MODEL_NO_LIMITS] = {"no-limits", "MOD-11", {"needs min and max", "需要 min 和 max"}},
    [MODEL_NOT_ENUM] = {"not-enum",
                        "MOD-10",
                        {"values belong to an enum, and an enum has values",
                         "values 仅用于枚举，且枚举必须有 values"}},
    [MODEL_PARAM_CLASS] = {"param-class",
                           "MOD-02",
                           {"a parameter has the class D", "参数的类别为 D"}},
    [MODEL_SOURCE] = {"source", "MOD-02", {"the source has no known form", "来源的格式不可识别"}},
    [MODEL_NO_KIND] = {"no-kind", "MOD-08", {"no such kind of object", "没有该类对象"}},
    [MODEL_NO_POINT] = {"no-point", "MOD-02", {"no such point", "没有该测点"}},
    [MODEL_NO_ARG] = {"no-arg", "MOD-02", {"no such argument", "没有该参数"}},
    [MODEL_EITHER] = {"either",
                      "MOD-02",
                      {"needs one of the two, not both", "两者须且只能给出一个"}},
    [MODEL_EXECUTOR] = {"executor",
                        "MOD-16",
                        {"the executor registers needs writes and confirms, others have neither",
                         "registers 执行方式需要 writes 和 confirms，其他方式不得有"}},
    [MODEL_CLASS_C] = {"class-c",
                       "MOD-16",
                       {"a command of class C is never carried out from tables",
                        "C 级命令不得按表执行"}},
    [MODEL_TOO_MANY] = {"too-many", "MOD-02", {"too many", "数量过多"}},
    [MODEL_ENUM_GAP] = {"enum-gap",
                        "MOD-11",
                        {"the values of an argument fill min to max without a gap",
                         "参数的枚举值须从 min 到 max 连续"}},
    [MODEL_LEVEL] = {"level",
                     "MOD-12",
                     {"the code does not end in the level", "告警代码末尾与级别不符"}},
    [MODEL_OTHER_BASE] = {"other-base",
                          "MOD-17",
                          {"extends another model than the one at hand",
                           "所扩展的不是当前点表模型"}},
    [MODEL_NOT_OWN] = {"not-own",
                       "MOD-18",
                       {"an extension's own names begin with", "扩展自有名称的开头应为"}},
    [MODEL_OWN_FORM] = {"own-form",
                        "MOD-18",
                        {"such names are for makers' extensions", "此类名称留给厂家扩展使用"}},
    [MODEL_NOT_OWN_WRITE] = {"not-own-write",
                             "MOD-19",
                             {"an extension's command writes own points only",
                              "扩展命令只能写自有测点"}},
};

static const char *const patterns[MODEL_PATTERN_COUNT] = {
    [MODEL_POINT_NAME] = "^[a-z][A-Za-z0-9]{0,63}$",
    [MODEL_ARG_NAME] = "^[a-z][A-Za-z0-9_]{0,63}$",
    [MODEL_KIND] = "^[A-Z]+(/[A-Z]+)?$",
    [MODEL_OP] = "^[a-z][a-z0-9]*(\\.[a-z][a-z0-9-]*)*$",
    [MODEL_ALARM_CODE] = "^[A-Z]+\\.[a-z][A-Za-z0-9]*\\.[1-3]$",
    [MODEL_SOURCE_FORM] = "^(SunSpec [1-9][0-9]{0,4} [A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?"
                          "|GB/T 34131( annex [A-Z])?"
                          "|IEC 61850-7-4(20)? [A-Z]{4}(\\.[A-Za-z0-9_]+){1,2}"
                          "|OpenEMS [A-Za-z0-9_]+|OCPP 1\\.6 [A-Za-z0-9_]+)$",
    [MODEL_ID] = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    [MODEL_VERSION] = "^(0|[1-9][0-9]{0,8})(\\.(0|[1-9][0-9]{0,8})){2}$",
    [MODEL_DECIMAL] = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$",
};

bool model_reader_init(model_reader *r)
{
    for (size_t i = 0; i < MODEL_PATTERN_COUNT; i++) {
        if (regcomp(&r->patterns[i], patterns[i], REG_EXTENDED | REG_NOSUB) == 0)
            continue;
        while (i > 0)
            regfree(&r->patterns[--i]);
        return false;
    }
    return true;
}

void model_reader_free(model_reader *r)
{
    for (size_t i = 0; i < MODEL_PATTERN_COUNT; i++)
        regfree(&r->patterns[i]);
}

static uint32_t line_of(ess_slice text, uint32_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < text.len && i < offset; i++)
        line += text.ptr[i] == '\n';
    return line;
}

static void tell(model_reader *r, uint32_t offset, model_wrong wrong, const char *detail)
{
    const problem_row *row = &problems[wrong];
    r->problems++;
    r->listener->tell(r->listener->context, &(model_problem){.file = r->file,
                                                             .line = line_of(r->text, offset),
                                                             .name = row->name,
                                                             .rule = row->rule,
                                                             .what = row->text,
                                                             .detail = detail,
                                                             .in_words = wrong == MODEL_NOT_JSON});
}

void model_tell(model_reader *r, const tree_node *node, model_wrong wrong, const char *format, ...)
{
    char detail[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args); /* may be cut */
    va_end(args);
    tell(r, node != NULL ? node->offset : 0, wrong, detail);
}

void model_tell_fault(model_reader *r, const ess_fault *fault)
{
    tell(r, fault->offset, MODEL_NOT_JSON, fault->what);
}

static bool has_type(const tree_node *node, ess_json_type type)
{
    if (type == ESS_JSON_TRUE)
        return node->type == ESS_JSON_TRUE || node->type == ESS_JSON_FALSE;
    return node->type == type;
}

/* The field that a member fills; NULL: unknown. */
static const model_field *field_of(const char *key, const model_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, key) == 0)
            return &fields[i];
    }
    return NULL;
}

static bool is_label(const char *name)
{
    return strcmp(name, "en") == 0 || strcmp(name, "zh") == 0;
}

static bool take_members(model_reader *r, const tree_node *node, const model_field *fields,
                         size_t count, const tree_node **got)
{
    bool good = true;
    for (const tree_node *m = node->child; m != NULL; m = m->next) {
        const model_field *field = field_of(m->key, fields, count);
        if (field == NULL) {
            model_tell(r, m, MODEL_UNKNOWN_KEY, "%s", m->key);
        } else if (!has_type(m, field->type)) {
            model_tell(r, m, MODEL_WRONG_TYPE, "%s", m->key);
            good = false;
        } else {
            got[field - fields] = m;
            if (is_label(m->key) && strspn(m->text, " ") == strlen(m->text))
                model_tell(r, m, MODEL_EMPTY, "%s", m->key);
        }
    }
    return good;
}

bool model_take(model_reader *r, const tree_node *node, const model_field *fields, size_t count,
                const tree_node **got)
{
    for (size_t i = 0; i < count; i++)
        got[i] = NULL;
    if (node->type != ESS_JSON_OBJECT_BEGIN) {
        model_tell(r, node, MODEL_WRONG_TYPE, "{}");
        return false;
    }
    bool good = take_members(r, node, fields, count, got);
    for (size_t i = 0; good && i < count; i++) {
        if (!fields[i].required || got[i] != NULL)
            continue;
        model_tell(r, node, MODEL_MISSING, "%s", fields[i].name);
        return false;
    }
    return good;
}

bool model_matches(const model_reader *r, model_pattern pattern, const char *text)
{
    return regexec(&r->patterns[pattern], text, 0, NULL, 0) == 0;
}

void model_check_name(model_reader *r, const tree_node *node, model_pattern pattern)
{
    if (!model_matches(r, pattern, node->text))
        model_tell(r, node, MODEL_BAD_NAME, "%s", node->text);
}

int model_word(model_reader *r, const tree_node *node, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], node->text) == 0)
            return i;
    }
    model_tell(r, node, MODEL_UNKNOWN_WORD, "%s %s", node->key, node->text);
    return -1;
}

const char *model_text_of(const tree_node *node, const char *otherwise)
{
    return node != NULL ? node->text : otherwise;
}

/* Digits alone, with a sign at most. */
static bool read_whole(const char *text, int64_t *out)
{
    ess_decimal value;
    return strspn(text, "-0123456789") == strlen(text) &&
           ess_decimal_parse(ess_slice_from(text), &value) == ESS_OK &&
           ess_decimal_to_integer(value, 0, out) == ESS_OK;
}

int64_t model_whole(model_reader *r, const tree_node *node, int64_t low, int64_t high)
{
    int64_t value;
    if (node == NULL)
        return low > 0 ? low : 0;
    if (read_whole(node->text, &value) && value >= low && value <= high)
        return value;
    model_tell(r, node, MODEL_OUT_OF_RANGE, "%s %s (%" PRId64 "..%" PRId64 ")", node->key,
               node->text, low, high);
    return low;
}

bool model_true(const tree_node *node)
{
    return node != NULL && node->type == ESS_JSON_TRUE;
}

ess_decimal model_decimal(model_reader *r, const tree_node *node, ess_decimal otherwise)
{
    ess_decimal value;
    if (node == NULL)
        return otherwise;
    if (node->type == ESS_JSON_STRING && model_matches(r, MODEL_DECIMAL, node->text) &&
        ess_decimal_parse(ess_slice_from(node->text), &value) == ESS_OK)
        return value;
    model_tell(r, node, MODEL_NOT_DECIMAL, "%s %s", node->key, node->text);
    return otherwise;
}

void model_bounds(model_reader *r, const tree_node *low, const tree_node *high, ess_decimal *min,
                  ess_decimal *max)
{
    *min = model_decimal(r, low, (ess_decimal){-INT64_MAX, 0});
    *max = model_decimal(r, high, (ess_decimal){INT64_MAX, 0});
    if (ess_decimal_compare(*min, *max) > 0)
        model_tell(r, low, MODEL_MIN_ABOVE_MAX, "%s > %s", model_text_of(low, ""),
                   model_text_of(high, ""));
}

void model_check_sources(model_reader *r, const tree_node *list)
{
    for (const tree_node *s = list != NULL ? list->child : NULL; s != NULL; s = s->next) {
        if (s->type != ESS_JSON_STRING || !model_matches(r, MODEL_SOURCE_FORM, s->text))
            model_tell(r, s, MODEL_SOURCE, "%s", s->text);
    }
}

void *model_rows(model_reader *r, size_t count, size_t row_size)
{
    void *rows = arena_take(r->memory, (count > 0 ? count : 1) * row_size);
    if (rows == NULL)
        model_tell(r, NULL, MODEL_TOO_MANY, "memory");
    return rows;
}

void model_check_unique(model_reader *r, const tree_node *list, const char *key)
{
    for (const tree_node *a = list->child; a != NULL; a = a->next) {
        const tree_node *name = tree_member(a, key);
        for (const tree_node *b = list->child; name != NULL && b != a; b = b->next) {
            const tree_node *other = tree_member(b, key);
            if (other != NULL && strcmp(other->text, name->text) == 0)
                model_tell(r, name, MODEL_TWICE, "%s", name->text);
        }
    }
}

/* form has one %s, where the maker's name goes: "acme" behind vendor.x-, "Acme" behind an x, "ACME"
 * behind an X. */
void model_check_own(model_reader *r, const tree_node *node, const char *name, const char *form)
{
    char wanted[64];
    const char *gap = strchr(form, '%');
    size_t at = (size_t)(gap - form);
    if (!r->extends)
        return;
    (void)snprintf(wanted, sizeof wanted, "%.*s%s%s", (int)at, form, r->vendor, gap + 2);
    for (size_t i = at; form[0] != 'v' && i < at + strlen(r->vendor); i++) {
        if (form[0] == 'X' || i == at)
            wanted[i] = (char)(wanted[i] - 'a' + 'A');
    }
    if (strncmp(name, wanted, strlen(wanted)) != 0 || strlen(name) == strlen(wanted))
        model_tell(r, node, MODEL_NOT_OWN, "%s: %s", wanted, name);
}

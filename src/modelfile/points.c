/* Objects with their points, and the alarms that look at them. */
#include <stdlib.h>
#include <string.h>

#include "modelfile/read.h"

static const char *const types[] = {"number", "enum", "bool", "text", "array", NULL};
static const char *const classes[] = {"F", "N", "S", "C", "E", "D", NULL};

enum { VALUE, VALUE_EN, VALUE_ZH, VALUE_FIELDS };
static const model_field value_fields[VALUE_FIELDS] = {
    {"value", ESS_JSON_NUMBER, true},
    {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};

void model_read_values(model_reader *r, const tree_node *point, const tree_node *list,
                       const ess_model_enum_value **values, uint16_t *count)
{
    const tree_node *type = tree_member(point, "type");
    bool is_enum = type != NULL && strcmp(type->text, "enum") == 0;
    const tree_node *got[VALUE_FIELDS];
    uint16_t used = 0;
    *values = NULL;
    *count = 0;
    if (is_enum != (list != NULL) || (list != NULL && list->count == 0))
        model_tell(r, point, MODEL_NOT_ENUM, "%s", model_text_of(type, ""));
    if (list == NULL)
        return;
    if (list->count > UINT16_MAX) {
        model_tell(r, list, MODEL_TOO_MANY, "%s", list->key);
        return;
    }
    ess_model_enum_value *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *v = list->child; rows != NULL && v != NULL; v = v->next) {
        if (!model_take(r, v, value_fields, VALUE_FIELDS, got))
            continue;
        rows[used++] =
            (ess_model_enum_value){(int32_t)model_whole(r, got[VALUE], -INT32_MAX, INT32_MAX),
                                   {got[VALUE_EN]->text, got[VALUE_ZH]->text}};
    }
    model_check_unique(r, list, "value");
    *values = rows;
    *count = used;
}

enum {
    POINT_NAME,
    POINT_TYPE,
    POINT_UNIT,
    POINT_DECIMALS,
    POINT_CLASS,
    POINT_BAND,
    POINT_MIN,
    POINT_MAX,
    POINT_VALUES,
    POINT_PARAM,
    POINT_SOURCE,
    POINT_EN,
    POINT_ZH,
    POINT_FIELDS
};
static const model_field point_fields[POINT_FIELDS] = {
    {"name", ESS_JSON_STRING, true},         {"type", ESS_JSON_STRING, true},
    {"unit", ESS_JSON_STRING, false},        {"decimals", ESS_JSON_NUMBER, false},
    {"class", ESS_JSON_STRING, true},        {"deadBand", ESS_JSON_STRING, false},
    {"min", ESS_JSON_STRING, false},         {"max", ESS_JSON_STRING, false},
    {"values", ESS_JSON_ARRAY_BEGIN, false}, {"param", ESS_JSON_TRUE, false},
    {"source", ESS_JSON_ARRAY_BEGIN, false}, {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};

static void point_limits(model_reader *r, const tree_node **got, ess_model_point *point)
{
    model_bounds(r, got[POINT_MIN], got[POINT_MAX], &point->min, &point->max);
    bool wants = point->type == ESS_MODEL_NUMBER || point->type == ESS_MODEL_ARRAY;
    if (wants && (got[POINT_MIN] == NULL || got[POINT_MAX] == NULL))
        model_tell(r, got[POINT_NAME], MODEL_NO_LIMITS, "%s", point->name);
    if (point->type == ESS_MODEL_BOOL) {
        point->min = (ess_decimal){0, 0};
        point->max = (ess_decimal){1, 0};
    }
    for (size_t i = 0; i < point->value_count; i++) {
        ess_decimal value = {point->values[i].value, 0};
        if (i == 0 || ess_decimal_compare(value, point->min) < 0)
            point->min = value;
        if (i == 0 || ess_decimal_compare(value, point->max) > 0)
            point->max = value;
    }
}

/* [MOD-18] A maker's names begin with x and a capital, and nobody else's. */
static void check_point_name(model_reader *r, const tree_node *node)
{
    const char *name = node->text;
    model_check_name(r, node, MODEL_POINT_NAME);
    model_check_own(r, node, name, "x%s");
    if (!r->extends && name[0] == 'x' && name[1] >= 'A' && name[1] <= 'Z')
        model_tell(r, node, MODEL_OWN_FORM, "%s", name);
}

static bool read_point(model_reader *r, const tree_node *node, ess_model_point *out)
{
    const tree_node *got[POINT_FIELDS];
    if (!model_take(r, node, point_fields, POINT_FIELDS, got))
        return false;
    int type = model_word(r, got[POINT_TYPE], types);
    int report_class = model_word(r, got[POINT_CLASS], classes);
    if (type < 0 || report_class < 0)
        return false;
    ess_model_point point = {
        .name = got[POINT_NAME]->text,
        .label = {got[POINT_EN]->text, got[POINT_ZH]->text},
        .unit = model_text_of(got[POINT_UNIT], ""),
        .type = (ess_model_type)type,
        .report_class = classes[report_class][0],
        .is_param = model_true(got[POINT_PARAM]),
        .decimals = (uint8_t)model_whole(r, got[POINT_DECIMALS], 0, ESS_DECIMAL_SCALE_MAX),
        .dead_band = model_decimal(r, got[POINT_BAND], (ess_decimal){0, 0})};
    check_point_name(r, got[POINT_NAME]);
    model_check_sources(r, got[POINT_SOURCE]);
    if (point.is_param && point.report_class != 'D')
        model_tell(r, node, MODEL_PARAM_CLASS, "%s", point.name);
    if (point.dead_band.mantissa < 0)
        model_tell(r, got[POINT_BAND], MODEL_OUT_OF_RANGE, "deadBand %s", got[POINT_BAND]->text);
    model_read_values(r, node, got[POINT_VALUES], &point.values, &point.value_count);
    point_limits(r, got, &point);
    *out = point;
    return true;
}

static int order_of_points(const void *a, const void *b)
{
    return strcmp(((const ess_model_point *)a)->name, ((const ess_model_point *)b)->name);
}

enum { OBJECT_KIND, OBJECT_POINTS, OBJECT_EN, OBJECT_ZH, OBJECT_FIELDS };
static const model_field object_fields[OBJECT_FIELDS] = {
    {"kind", ESS_JSON_STRING, true},
    {"points", ESS_JSON_ARRAY_BEGIN, true},
    {"en", ESS_JSON_STRING, false},
    {"zh", ESS_JSON_STRING, false},
};

/* The kind that an extension adds to; NULL: the kind is its own, or a whole model is read. */
static const ess_model_object *extended(const model_reader *r, const char *kind)
{
    return r->extends ? model_object_of(r->base, kind) : NULL;
}

static void check_kind(model_reader *r, const tree_node *node, const tree_node **got)
{
    const tree_node *kind = got[OBJECT_KIND];
    const char *slash = strrchr(kind->text, '/');
    const ess_model_object *base = extended(r, kind->text);
    model_check_name(r, kind, MODEL_KIND);
    if (base == NULL)
        model_check_own(r, kind, slash != NULL ? slash + 1 : kind->text, "X%s");
    for (int i = OBJECT_EN; i <= OBJECT_ZH; i++) {
        if (base == NULL && got[i] == NULL)
            model_tell(r, node, MODEL_MISSING, "%s", object_fields[i].name);
        if (base != NULL && got[i] != NULL)
            model_tell(r, got[i], MODEL_UNKNOWN_KEY, "%s", object_fields[i].name);
    }
}

static bool read_object(model_reader *r, const tree_node *node, ess_model_object *out)
{
    const tree_node *got[OBJECT_FIELDS];
    if (!model_take(r, node, object_fields, OBJECT_FIELDS, got))
        return false;
    check_kind(r, node, got);
    const ess_model_object *base = extended(r, got[OBJECT_KIND]->text);
    const tree_node *list = got[OBJECT_POINTS];
    uint16_t used = 0;
    if (list->count > UINT16_MAX) {
        model_tell(r, list, MODEL_TOO_MANY, "points");
        return false;
    }
    ess_model_point *points = model_rows(r, list->count, sizeof *points);
    for (const tree_node *p = list->child; points != NULL && p != NULL; p = p->next)
        used = (uint16_t)(used + (read_point(r, p, &points[used]) ? 1 : 0));
    if (points == NULL)
        return false;
    model_check_unique(r, list, "name");
    qsort(points, used, sizeof *points, order_of_points);
    *out = (ess_model_object){
        .kind = got[OBJECT_KIND]->text,
        .label = {model_text_of(got[OBJECT_EN], ""), model_text_of(got[OBJECT_ZH], "")},
        .points = points,
        .point_count = used};
    if (base != NULL)
        out->label = base->label;
    return true;
}

void model_read_objects(model_reader *r, const tree_node *list)
{
    ess_model_object *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *o = list->child; rows != NULL && o != NULL; o = o->next)
        r->set.object_count += read_object(r, o, &rows[r->set.object_count]) ? 1 : 0;
    r->set.objects = rows;
    model_check_unique(r, list, "kind");
}

/* ---- alarms */

enum {
    ALARM_CODE,
    ALARM_LEVEL,
    ALARM_ADVICE,
    ALARM_POINTS,
    ALARM_SOURCE,
    ALARM_EN,
    ALARM_ZH,
    ALARM_FIELDS
};
static const model_field alarm_fields[ALARM_FIELDS] = {
    {"code", ESS_JSON_STRING, true},         {"level", ESS_JSON_NUMBER, true},
    {"advice", ESS_JSON_OBJECT_BEGIN, true}, {"points", ESS_JSON_ARRAY_BEGIN, true},
    {"source", ESS_JSON_ARRAY_BEGIN, false}, {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};
static const model_field text_fields[] = {
    {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};

/* "BMS/C/cellV" -> kind "BMS/C", point "cellV". */
static bool point_known(const model_reader *r, const char *path)
{
    char kind[128];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) >= sizeof kind)
        return false;
    memcpy(kind, path, (size_t)(slash - path));
    kind[slash - path] = '\0';
    return model_has_point(&r->set, r->base, kind, slash + 1);
}

static void check_code(model_reader *r, const tree_node *code, int64_t level)
{
    char kind[128];
    size_t len = strcspn(code->text, ".");
    size_t whole = strlen(code->text);
    if (!model_matches(r, MODEL_ALARM_CODE, code->text) || len >= sizeof kind) {
        model_tell(r, code, MODEL_BAD_NAME, "%s", code->text);
        return;
    }
    memcpy(kind, code->text, len);
    kind[len] = '\0';
    if (model_object_of(&r->set, kind) == NULL && model_object_of(r->base, kind) == NULL)
        model_tell(r, code, MODEL_NO_KIND, "%s", kind);
    if (code->text[whole - 1] != '0' + level)
        model_tell(r, code, MODEL_LEVEL, "%s", code->text);
    model_check_own(r, code, code->text + len + 1, "x%s");
    if (!r->extends && code->text[len + 1] == 'x' && code->text[len + 2] >= 'A' &&
        code->text[len + 2] <= 'Z')
        model_tell(r, code, MODEL_OWN_FORM, "%s", code->text);
}

static bool read_alarm(model_reader *r, const tree_node *node, ess_model_alarm *out)
{
    const tree_node *got[ALARM_FIELDS];
    const tree_node *advice[2];
    if (!model_take(r, node, alarm_fields, ALARM_FIELDS, got) ||
        !model_take(r, got[ALARM_ADVICE], text_fields, 2, advice))
        return false;
    const tree_node *list = got[ALARM_POINTS];
    const char **points = model_rows(r, list->count, sizeof *points);
    uint8_t used = 0;
    int64_t level = model_whole(r, got[ALARM_LEVEL], 1, 3);
    check_code(r, got[ALARM_CODE], level);
    model_check_sources(r, got[ALARM_SOURCE]);
    if (list->count > UINT8_MAX)
        model_tell(r, list, MODEL_TOO_MANY, "points");
    for (const tree_node *p = list->child; points != NULL && p != NULL && used < UINT8_MAX;
         p = p->next) {
        if (p->type != ESS_JSON_STRING || !point_known(r, p->text))
            model_tell(r, p, MODEL_NO_POINT, "%s", p->text);
        points[used++] = p->text;
    }
    *out = (ess_model_alarm){.code = got[ALARM_CODE]->text,
                             .level = (uint8_t)level,
                             .point_count = used,
                             .points = points,
                             .label = {got[ALARM_EN]->text, got[ALARM_ZH]->text},
                             .advice = {advice[0]->text, advice[1]->text}};
    return true;
}

void model_read_alarms(model_reader *r, const tree_node *list)
{
    ess_model_alarm *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *a = list->child; rows != NULL && a != NULL; a = a->next)
        r->set.alarm_count += read_alarm(r, a, &rows[r->set.alarm_count]) ? 1 : 0;
    r->set.alarms = rows;
    model_check_unique(r, list, "code");
}

/* ---- result codes */

enum { RESULT_CODE, RESULT_ID, RESULT_EN, RESULT_ZH, RESULT_FIELDS };
static const model_field result_fields[RESULT_FIELDS] = {
    {"code", ESS_JSON_NUMBER, true},
    {"id", ESS_JSON_STRING, true},
    {"en", ESS_JSON_STRING, true},
    {"zh", ESS_JSON_STRING, true},
};

void model_read_results(model_reader *r, const tree_node *list)
{
    const tree_node *got[RESULT_FIELDS];
    ess_model_result *rows = model_rows(r, list->count, sizeof *rows);
    for (const tree_node *node = list->child; rows != NULL && node != NULL; node = node->next) {
        if (!model_take(r, node, result_fields, RESULT_FIELDS, got))
            continue;
        model_check_name(r, got[RESULT_ID], MODEL_ID);
        rows[r->set.result_count++] =
            (ess_model_result){(int)model_whole(r, got[RESULT_CODE], 0, 999),
                               got[RESULT_ID]->text,
                               {got[RESULT_EN]->text, got[RESULT_ZH]->text}};
    }
    r->set.results = rows;
    model_check_unique(r, list, "code");
    model_check_unique(r, list, "id");
}

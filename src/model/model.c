/* Lookups in the tables of the point model.
 *
 * The tables come from spec/model through scripts/make_model.py, points sorted by name, alarms and
 * results by code, errors by id; so names are found by halving. Objects and commands are few and
 * keep the order in which the data give them.
 */
#include "ess/model.h"

#include <string.h>

static int slice_order(ess_slice a, const char *text)
{
    size_t len = strlen(text);
    size_t common = a.len < len ? a.len : len;
    int order = common == 0 ? 0 : memcmp(a.ptr, text, common);
    if (order != 0)
        return order;
    return (a.len > len) - (a.len < len);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts the first segment off *rest, without its trailing digits. */
static ess_slice take_segment(ess_slice *rest)
{
    const char *slash = rest->len == 0 ? NULL : memchr(rest->ptr, '/', rest->len);
    ess_slice segment = *rest;
    if (slash == NULL) {
        rest->len = 0;
    } else {
        segment.len = (size_t)(slash - rest->ptr);
        rest->ptr += segment.len + 1;
        rest->len -= segment.len + 1;
    }
    while (segment.len > 0 && is_digit(segment.ptr[segment.len - 1]))
        segment.len--;
    return segment;
}

/* The two segments of a kind that a path names; second is empty where there is one. False: none. */
static bool cut_kind(ess_slice path, ess_slice *first, ess_slice *second)
{
    ess_slice rest = path;
    *first = take_segment(&rest);
    *second = (ess_slice){0};
    if (rest.len > 0) {
        *first = take_segment(&rest);
        if (rest.len > 0) {
            *second = take_segment(&rest);
            if (second->len == 0)
                return false;
        }
    }
    return rest.len == 0 && first->len > 0;
}

/* True when the segments spell the kind: "BMS" and "C" for "BMS/C". */
static bool kind_is(const char *kind, ess_slice first, ess_slice second)
{
    size_t len = strlen(kind);
    size_t wanted = second.len == 0 ? first.len : first.len + 1 + second.len;
    if (len != wanted || memcmp(kind, first.ptr, first.len) != 0)
        return false;
    return second.len == 0 || (kind[first.len] == '/' &&
                               memcmp(kind + first.len + 1, second.ptr, second.len) == 0);
}

bool ess_model_path_is(ess_slice path, const char *kind)
{
    ess_slice first, second;
    return cut_kind(path, &first, &second) && kind_is(kind, first, second);
}

const ess_model_object *ess_model_object_of(ess_slice path)
{
    ess_slice first, second;
    bool is_kind = cut_kind(path, &first, &second);
    for (size_t i = 0; is_kind && i < ess_model_object_count; i++) {
        if (kind_is(ess_model_objects[i].kind, first, second))
            return &ess_model_objects[i];
    }
    return NULL;
}

/* Row of a table that is sorted by its rows' first member, a name. NULL: none. */
static const void *find_row(const void *table, size_t count, size_t row_size, ess_slice name)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *row = (const char *)table + middle * row_size;
        const char *row_name;
        memcpy(&row_name, row, sizeof row_name);
        int order = slice_order(name, row_name);
        if (order == 0)
            return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

_Static_assert(offsetof(ess_model_point, name) == 0 && offsetof(ess_model_alarm, code) == 0 &&
                   offsetof(ess_model_error, id) == 0,
               "find_row reads a name at the beginning of a row");

const ess_model_point *ess_model_point_of(const ess_model_object *object, ess_slice name)
{
    if (object == NULL)
        return NULL;
    return find_row(object->points, object->point_count, sizeof *object->points, name);
}

const ess_model_command *ess_model_command_of(ess_slice op)
{
    for (size_t i = 0; i < ess_model_command_count; i++) {
        if (slice_order(op, ess_model_commands[i].op) == 0)
            return &ess_model_commands[i];
    }
    return NULL;
}

const ess_model_alarm *ess_model_alarm_of(ess_slice code)
{
    return find_row(ess_model_alarms, ess_model_alarm_count, sizeof ess_model_alarms[0], code);
}

const ess_model_result *ess_model_result_of(int code)
{
    for (size_t i = 0; i < ess_model_result_count; i++) {
        if (ess_model_results[i].code == code)
            return &ess_model_results[i];
    }
    return NULL;
}

const ess_model_error *ess_model_error_by_id(ess_slice id)
{
    return find_row(ess_model_errors, ess_model_error_count, sizeof ess_model_errors[0], id);
}

/* Several texts may explain one error (all of config-... explain ESS_E_CONFIG); the general one
 * has the shortest id, because make_model.py demands one named after the error itself. */
const ess_model_error *ess_model_error_of(ess_err err)
{
    const ess_model_error *found = NULL;
    for (size_t i = 0; i < ess_model_error_count && err != ESS_OK; i++) {
        const ess_model_error *entry = &ess_model_errors[i];
        if (entry->err == err && (found == NULL || strlen(entry->id) < strlen(found->id)))
            found = entry;
    }
    return found;
}

const char *ess_model_say(ess_model_text text, bool chinese)
{
    return chinese && text.zh != NULL && text.zh[0] != '\0' ? text.zh : text.en;
}

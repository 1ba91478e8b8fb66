#include "cli/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/try.h"
#include "json/walk.h"

/* One file being read. */
typedef struct reading_file {
    ledger *l;
    char group[ESS_LEVEL_EMIT_MAX + 1];
    char unit[ESS_LEVEL_EMIT_MAX + 1];
    size_t hint; /* the point of the next key, if the keys come as in the line before */
    ess_model_text what;
} reading_file;

/* The line's members, raw. */
typedef struct ledger_line {
    char kind[8];
    int64_t at_utc_ms, connection;
    size_t connection_index; /* of a read */
    ess_slice values, group, unit;
} ledger_line;

static ess_err bad(reading_file *file, const char *en, const char *zh)
{
    file->what = (ess_model_text){en, zh};
    return ESS_E_DATA;
}

static ess_err parse_line(reading_file *file, ess_slice text, ledger_line *line)
{
    walk w;
    ess_slice key;
    ess_slice raw;
    ess_json_token token;
    *line = (ledger_line){.at_utc_ms = -1, .connection = -1};
    walk_begin(&w, text);
    while (w.object && walk_next(&w, &key, &raw)) {
        if (!walk_token(raw, &token))
            return bad(file, "not JSON", "不是 JSON");
        if (ess_slice_is(key, "k"))
            walk_plain(raw, line->kind, sizeof line->kind);
        else if (ess_slice_is(key, "at"))
            (void)ess_json_integer(&token, &line->at_utc_ms); /* stays -1: refused below */
        else if (ess_slice_is(key, "conn"))
            (void)ess_json_integer(&token, &line->connection);
        else if (ess_slice_is(key, "v"))
            line->values = raw;
        else if (ess_slice_is(key, "group"))
            line->group = token.text;
        else if (ess_slice_is(key, "unit"))
            line->unit = token.text;
    }
    /* walk_next ends at the object's end or at a fault; what is left tells which. */
    if (!w.object || w.reader.fault.err != ESS_OK || text.ptr[text.len - 1] != '}')
        return bad(file, "not one whole JSON object", "不是一个完整的 JSON 对象");
    if (line->kind[0] == '\0' || line->at_utc_ms < 0)
        return bad(file, "k or at is missing", "缺少 k 或 at");
    return ESS_OK;
}

static bool is_point(const reading_file *file, const audit_point *point, ess_slice key)
{
    size_t unit = strlen(file->unit);
    size_t name = strlen(point->name);
    size_t object = strlen(point->ns) - unit; /* with its slash, or nothing */
    ess_slice end = {key.ptr + key.len - name, name};
    if (strncmp(point->ns, file->unit, unit) != 0 || strcmp(point->group, file->group) != 0)
        return false;
    if (object > 0 && point->ns[unit] != '/')
        return false;
    if (key.len < name || !ess_slice_is(end, point->name))
        return false;
    if (object == 0)
        return key.len == name + 1 && key.ptr[0] == '/';
    return key.len == object + name && key.ptr[object - 1] == '/' &&
           memcmp(key.ptr, point->ns + unit + 1, object - 1) == 0;
}

/* A point to fill in, counted once it is; NULL when memory is out. */
static audit_point *next_point(ledger *l)
{
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 128 : l->room * 2;
        audit_point *more = realloc(l->points, room * sizeof *more);
        if (more == NULL)
            return NULL;
        l->points = more;
        l->room = room;
    }
    l->points[l->count] = (audit_point){0};
    return &l->points[l->count];
}

/* Splits "BMS/C1/cellV" into object and name and makes the point. */
static ess_err new_point(reading_file *file, ess_slice key, audit_point **out)
{
    ledger *l = file->l;
    size_t cut = key.len;
    while (cut > 0 && key.ptr[cut - 1] != '/')
        cut--;
    if (cut == 0 || cut == key.len)
        return bad(file, "a point is not OBJECT/NAME", "测点不是 对象/名称 的形式");
    audit_point *point = next_point(l);
    if (point == NULL)
        return ESS_E_NO_ROOM;
    ess_slice name = {key.ptr + cut, key.len - cut};
    int len = snprintf(point->ns, sizeof point->ns, "%s%s%.*s", file->unit, cut > 1 ? "/" : "",
                       (int)cut - 1, key.ptr);
    if (len < 0 || (size_t)len >= sizeof point->ns ||
        ess_slice_copy(name, point->name, sizeof point->name) != ESS_OK)
        return bad(file, "a point's path is too long", "测点路径过长");
    (void)snprintf(point->group, sizeof point->group, "%s", file->group);
    point->model = ess_model_point_of(ess_model_object_of(ess_slice_from(point->ns)), name);
    l->count++;
    *out = point;
    return ESS_OK;
}

static ess_err find_point(reading_file *file, ess_slice key, audit_point **out)
{
    ledger *l = file->l;
    for (size_t i = 0; i < l->count; i++) {
        size_t at = (file->hint + i) % l->count;
        if (is_point(file, &l->points[at], key)) {
            file->hint = at + 1;
            *out = &l->points[at];
            return ESS_OK;
        }
    }
    return new_point(file, key, out);
}

static ess_err add_value(reading_file *file, audit_point *point, ess_slice raw)
{
    ess_decimal value = {0, AUDIT_NULL_SCALE};
    if (!ess_slice_is(raw, "null") && ess_decimal_parse(raw, &value) != ESS_OK)
        return bad(file, "a value is not a number", "值不是数字");
    return audit_add_value(&point->values, value) ? ESS_OK : ESS_E_NO_ROOM;
}

static ess_err add_elements(reading_file *file, audit_point *point, ess_slice list)
{
    walk w;
    ess_slice raw;
    walk_begin(&w, list);
    while (walk_next(&w, NULL, &raw))
        TRY(add_value(file, point, raw));
    return ESS_OK;
}

/* Makes the line's connection known. The youngest is the likeliest. */
static ess_err find_connection(ledger *l, uint64_t number, size_t *index)
{
    for (size_t i = l->connection_count; i > 0; i--) {
        const audit_connection *c = &l->connections[i - 1];
        if (c->run != l->runs)
            break;
        if (c->number == number) {
            *index = i - 1;
            return ESS_OK;
        }
    }
    if (l->connection_count == l->connection_room) {
        size_t room = l->connection_room == 0 ? 16 : l->connection_room * 2;
        audit_connection *more = realloc(l->connections, room * sizeof *more);
        if (more == NULL)
            return ESS_E_NO_ROOM;
        l->connections = more;
        l->connection_room = room;
    }
    *index = l->connection_count++;
    l->connections[*index] = (audit_connection){.run = l->runs, .number = number};
    return ESS_OK;
}

/* [TEL-05] The point is being read again, so its reading before was durable. Further parts of one
 * array are no reading again. */
static void confirm_before(const audit_point *point, audit_connection *connection, size_t index,
                           size_t from)
{
    const audit_reading *before = audit_reading_before(point, index);
    if (before != NULL && from <= before->from && before->order > connection->confirmed)
        connection->confirmed = before->order;
}

/* raw: 56.3, [1,2,3], or {"from":125,"part":[1,2,3]}. */
static ess_err add_reading(reading_file *file, const ledger_line *line, audit_point *point,
                           ess_slice raw)
{
    ledger *l = file->l;
    int64_t from = 0;
    ess_slice list = raw;
    bool is_part = raw.ptr[0] == '{';
    if (is_part && (!walk_integer(raw, "from", &from) || from < 0 || from > ESS_ARRAY_MAX ||
                    !walk_member(raw, "part", &list)))
        return bad(file, "a part of an array needs from and part", "数组的一段需要 from 和 part");
    if (point->model != NULL && point->model->is_param)
        return ESS_OK;
    confirm_before(point, &l->connections[line->connection_index], line->connection_index,
                   (size_t)from);
    audit_reading *reading = audit_add_reading(point);
    if (reading == NULL)
        return ESS_E_NO_ROOM;
    ess_err err = list.ptr[0] == '[' ? add_elements(file, point, list)
                                     : add_value(file, point, list);
    reading->at_utc_ms = line->at_utc_ms;
    reading->order = l->answers;
    reading->connection = line->connection_index;
    reading->from = (size_t)from;
    reading->whole = !is_part;
    reading->count = point->values.count - reading->first;
    if (err == ESS_OK && reading->count == 0)
        err = bad(file, "an array without elements", "数组没有元素");
    if (err != ESS_OK)
        point->count--; /* the line may be the torn one, which is passed over */
    return err;
}

static ess_err take_read(reading_file *file, ledger_line *line)
{
    walk w;
    ess_slice key;
    ess_slice raw;
    audit_point *point = NULL;
    if (file->group[0] == '\0')
        return bad(file, "a reading before any begin", "读数出现在 begin 之前");
    if (line->values.len == 0 || line->connection < 0)
        return bad(file, "conn or v is missing", "缺少 conn 或 v");
    TRY(find_connection(file->l, (uint64_t)line->connection, &line->connection_index));
    file->l->answers++;
    walk_begin(&w, line->values);
    while (w.object && walk_next(&w, &key, &raw)) {
        TRY(find_point(file, key, &point));
        TRY(add_reading(file, line, point, raw));
    }
    return ESS_OK;
}

static ess_err take_line(reading_file *file, ess_slice text)
{
    ledger_line line;
    TRY(parse_line(file, text, &line));
    if (strcmp(line.kind, "read") == 0)
        return take_read(file, &line);
    if (strcmp(line.kind, "begin") != 0)
        return ESS_OK; /* open, close, write and end say nothing that the readings do not */
    file->l->runs++;
    if (line.group.len == 0 || line.unit.len == 0 ||
        ess_slice_copy(line.group, file->group, sizeof file->group) != ESS_OK ||
        ess_slice_copy(line.unit, file->unit, sizeof file->unit) != ESS_OK)
        return bad(file, "begin needs group and unit", "begin 需要 group 和 unit");
    return ESS_OK;
}

/* Was the simulator killed after this point of the text? */
static bool ends_here(ess_slice rest)
{
    static const char begin[] = "{\"k\":\"begin\"";
    return rest.len == 0 || (rest.len >= sizeof begin - 1 &&
                             memcmp(rest.ptr, begin, sizeof begin - 1) == 0);
}

ess_err ledger_read_text(ledger *l, ess_slice text, ledger_problem *problem)
{
    reading_file file = {.l = l};
    ess_slice rest = text;
    for (size_t line = 1; rest.len > 0; line++) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        ess_slice one = {rest.ptr, end != NULL ? (size_t)(end - rest.ptr) : rest.len};
        size_t step = end != NULL ? one.len + 1 : one.len;
        rest = (ess_slice){rest.ptr + step, rest.len - step};
        ess_err err = one.len > 0 ? take_line(&file, one) : ESS_OK;
        if (err == ESS_OK || (err == ESS_E_DATA && ends_here(rest)))
            continue;
        *problem = (ledger_problem){line, file.what};
        if (err == ESS_E_NO_ROOM)
            problem->what = (ess_model_text){"out of memory", "内存不足"};
        return err;
    }
    return ESS_OK;
}

ess_err ledger_read(ledger *l, const char *path, ledger_problem *problem)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *problem = (ledger_problem){0};
    if (fd < 0)
        return ESS_E_IO;
    ess_err err = fstat(fd, &info) == 0 ? ESS_OK : ESS_E_IO;
    size_t size = err == ESS_OK ? (size_t)info.st_size : 0;
    void *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (bytes != MAP_FAILED) {
        err = ledger_read_text(l, (ess_slice){bytes, size}, problem);
        (void)munmap(bytes, size);
    } else if (size > 0) {
        err = ESS_E_IO;
    }
    (void)close(fd);
    return err;
}

ess_err ledger_add_stored(ledger *l, const char *group, const char *ns, const char *name)
{
    size_t unit = strcspn(ns, "/");
    bool unit_known = false;
    for (size_t i = 0; i < l->count; i++) {
        const audit_point *known = &l->points[i];
        if (strcmp(known->group, group) != 0)
            continue;
        if (strcmp(known->ns, ns) == 0 && strcmp(known->name, name) == 0)
            return ESS_OK;
        unit_known = unit_known ||
                     (strcspn(known->ns, "/") == unit && memcmp(known->ns, ns, unit) == 0);
    }
    if (!unit_known)
        return ESS_OK;
    audit_point *point = next_point(l);
    if (point == NULL)
        return ESS_E_NO_ROOM;
    (void)snprintf(point->group, sizeof point->group, "%s", group);
    (void)snprintf(point->ns, sizeof point->ns, "%s", ns);
    (void)snprintf(point->name, sizeof point->name, "%s", name);
    point->model =
        ess_model_point_of(ess_model_object_of(ess_slice_from(ns)), ess_slice_from(name));
    l->count++;
    return ESS_OK;
}

void ledger_free(ledger *l)
{
    for (size_t i = 0; i < l->count; i++)
        audit_point_free(&l->points[i]);
    free(l->points);
    free(l->connections);
    *l = (ledger){0};
}

/* The point table's file: CSV without quoting, read in one pass, all problems collected.
 *
 * A line's problems are found column by column from one table; what only shows between lines
 * (the same point twice, registers shared) is found after sorting. Texts of the problems are in
 * spec/model/errors.json, ids points-*.
 */
#include "south/point_table.h"

#include "port/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MIN 6
#define COLUMNS_MAX 8
#define SHOWN_MAX   48 /* bytes of an offending text that are shown */

typedef struct table_row {
    south_point point;
    uint32_t line;
} table_row;

typedef struct table_loader {
    const south_source *source;
    table_row *rows;
    size_t count;
    uint32_t line;
    bool header_seen, too_many, failed;
    char *problem;
    size_t problem_size, problem_len;
} table_loader;

/* Reads one column into the point; false: not allowed. */
typedef bool (*column_reader)(ess_slice text, south_point *point);

typedef struct column {
    const char *name;
    const char *error_id;
    column_reader read;
} column;

/* --- problems */

static void complain(table_loader *loader, const char *what, ess_slice shown, const char *id)
{
    const ess_model_error *entry = ess_model_error_by_id(ess_slice_from(id));
    bool chinese = loader->source->chinese;
    char *room = loader->problem + loader->problem_len;
    size_t left = loader->problem_size - loader->problem_len;
    char text[SHOWN_MAX + 1];
    size_t len = shown.len < SHOWN_MAX ? shown.len : SHOWN_MAX;
    int written;

    loader->failed = true;
    for (size_t i = 0; i < len; i++)
        text[i] = shown.ptr[i] >= ' ' && shown.ptr[i] <= '~' ? shown.ptr[i] : '.';
    text[len] = '\0';
    written =
        snprintf(room, left, "%s:%u: %s \"%s\": %s %s [%s]\n", loader->source->name, loader->line,
                 what, text, entry != NULL ? ess_model_say(entry->what, chinese) : "",
                 entry != NULL ? ess_model_say(entry->mend, chinese) : "", id);
    if (written > 0 && (size_t)written < left)
        loader->problem_len += (size_t)written;
    else
        room[0] = '\0'; /* only whole lines are shown */
}

/* --- columns */

static bool read_whole(ess_slice text, uint32_t most, uint32_t *out)
{
    uint32_t value = 0;

    if (text.len == 0 || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    if (value > most)
        return false;
    *out = value;
    return true;
}

/* Index of text among names (NULL-terminated); -1: none. */
static int choose(ess_slice text, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (ess_slice_is(text, names[i]))
            return i;
    }
    return -1;
}

static bool read_point(ess_slice text, south_point *point)
{
    static const char unit[] = "U/"; /* the model speaks of whole paths; any unit will do */
    char path[sizeof(unit) + ESS_NS_MAX];
    const ess_model_object *object;
    size_t slash = text.len;

    while (slash > 0 && text.ptr[slash - 1] != '/')
        slash--;
    if (slash < 2 ||
        ess_slice_copy((ess_slice){text.ptr, slash - 1}, point->object, sizeof(point->object)) ||
        ess_slice_copy((ess_slice){text.ptr + slash, text.len - slash}, point->name,
                       sizeof(point->name)))
        return false;
    (void)snprintf(path, sizeof(path), "%s%s", unit, point->object);
    object = ess_model_object_of(ess_slice_from(path));
    point->model = object == NULL ? NULL : ess_model_point_of(object, ess_slice_from(point->name));
    return point->model != NULL && point->model->type != ESS_MODEL_TEXT;
}

static bool read_address(ess_slice text, south_point *point)
{
    uint32_t value;

    if (!read_whole(text, UINT16_MAX, &value))
        return false;
    point->address = (uint16_t)value;
    return true;
}

static bool read_type(ess_slice text, south_point *point)
{
    static const char *const names[] = {"u16", "i16", "u32", "i32", "u64", "bool", NULL};
    const char *bracket = text.len == 0 ? NULL : memchr(text.ptr, '[', text.len);
    size_t name_len = bracket == NULL ? text.len : (size_t)(bracket - text.ptr);
    uint32_t count = 1;
    int type = choose((ess_slice){text.ptr, name_len}, names);

    if (type < 0)
        return false;
    if (bracket != NULL) {
        ess_slice inside = {bracket + 1, text.len - name_len - 1};
        if (inside.len < 2 || inside.ptr[inside.len - 1] != ']')
            return false;
        inside.len--;
        if (!read_whole(inside, ESS_ARRAY_MAX, &count) || count == 0)
            return false;
    }
    point->type = (south_type)type;
    point->is_array = bracket != NULL;
    point->count = (uint16_t)count;
    return true;
}

static bool read_scale(ess_slice text, south_point *point)
{
    return ess_decimal_parse(text, &point->scale) == ESS_OK && point->scale.mantissa > 0;
}

static bool read_order(ess_slice text, south_point *point)
{
    static const char *const names[] = {"ABCD", "CDAB", "BADC", "DCBA", NULL};
    int order = text.len == 0 ? SOUTH_ABCD : choose(text, names);

    point->order = (south_order)order;
    return order >= 0;
}

static bool read_class(ess_slice text, south_point *point)
{
    if (text.len == 0)
        return true; /* the model's, see finish_row */
    point->report_class = text.ptr[0];
    return text.len == 1 && memchr("FNSCED", text.ptr[0], 6) != NULL;
}

static bool read_area(ess_slice text, south_point *point)
{
    static const char *const names[] = {"holding", "input", NULL};
    int area = text.len == 0 ? SOUTH_HOLDING : choose(text, names);

    point->area = (south_area)area;
    return area >= 0;
}

static bool read_access(ess_slice text, south_point *point)
{
    static const char *const names[] = {"ro", "rw", NULL};
    int access = text.len == 0 ? 0 : choose(text, names);

    point->writable = access == 1;
    return access == 0 || (access == 1 && point->area == SOUTH_HOLDING);
}

static const column columns[COLUMNS_MAX] = {
    {"point", "points-unknown", read_point},    {"address", "points-address", read_address},
    {"type", "points-type", read_type},         {"scale", "points-scale", read_scale},
    {"order", "points-order", read_order},      {"class", "points-class", read_class},
    {"area", "points-area", read_area},         {"access", "points-access", read_access},
};

/* --- lines */

static ess_slice trim(ess_slice text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && memchr(" \t\r", text.ptr[text.len - 1], 3) != NULL)
        text.len--;
    return text;
}

/* Cuts text at the first separator: what stands before it is returned, text is what follows. */
static ess_slice cut(ess_slice *text, char separator)
{
    const char *at = text->len == 0 ? NULL : memchr(text->ptr, separator, text->len);
    size_t len = at == NULL ? text->len : (size_t)(at - text->ptr);
    size_t used = at == NULL ? len : len + 1;
    ess_slice head = {text->ptr, len};

    if (used > 0)
        text->ptr += used;
    text->len -= used;
    return head;
}

/* Fields of a line; COLUMNS_MAX + 1 when there are more than that. */
static size_t split(ess_slice line, ess_slice *fields)
{
    size_t count = 0;
    bool more = true;

    while (more && count <= COLUMNS_MAX) {
        more = line.len > 0 && memchr(line.ptr, ',', line.len) != NULL;
        fields[count++] = trim(cut(&line, ','));
    }
    return count;
}

static bool is_header(const ess_slice *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!ess_slice_is(fields[i], columns[i].name))
            return false;
    }
    return true;
}

/* What concerns several columns of one line. */
static void finish_row(table_loader *loader, table_row *row, const ess_slice *fields)
{
    south_point *point = &row->point;

    if (point->report_class == '\0')
        point->report_class = point->model->report_class;
    if (point->is_array != (point->model->type == ESS_MODEL_ARRAY))
        complain(loader, "type", fields[2], "points-array");
    else if (point->is_array && point->scale.scale != 0)
        complain(loader, "scale", fields[3], "points-scale-array");
    if (point->address + south_point_registers(point) > UINT16_MAX + (size_t)1)
        complain(loader, "address", fields[1], "points-address");
}

static void read_row(table_loader *loader, const ess_slice *fields, size_t count)
{
    table_row *row = &loader->rows[loader->count];
    bool good = true;

    memset(row, 0, sizeof(*row));
    row->line = loader->line;
    for (size_t i = 0; i < count; i++) {
        if (!columns[i].read(fields[i], &row->point)) {
            complain(loader, columns[i].name, fields[i], columns[i].error_id);
            good = false;
        }
    }
    if (!good)
        return;
    finish_row(loader, row, fields);
    loader->count++;
}

static void read_line(table_loader *loader, ess_slice line)
{
    ess_slice fields[COLUMNS_MAX + 1];
    size_t count;

    line = trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return;
    count = split(line, fields);
    if (count < COLUMNS_MIN || count > COLUMNS_MAX ||
        (!loader->header_seen && !is_header(fields, count))) {
        complain(loader, "line", line, loader->header_seen ? "points-columns" : "points-header");
        loader->header_seen = true; /* said once */
        return;
    }
    if (!loader->header_seen)
        loader->header_seen = true;
    else if (loader->count < SOUTH_POINTS_MAX)
        read_row(loader, fields, count);
    else
        loader->too_many = true;
}

/* --- between lines */

static int by_address(const void *left, const void *right)
{
    const south_point *a = &((const table_row *)left)->point;
    const south_point *b = &((const table_row *)right)->point;

    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static int by_name(const void *left, const void *right)
{
    const table_row *a = left, *b = right;
    int order = strcmp(a->point.object, b->point.object);

    if (order == 0)
        order = strcmp(a->point.name, b->point.name);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void complain_of_row(table_loader *loader, const table_row *row, const char *id)
{
    char path[ESS_NS_MAX + ESS_NAME_MAX + 2];

    (void)snprintf(path, sizeof(path), "%s/%s", row->point.object, row->point.name);
    loader->line = row->line;
    complain(loader, "point", ess_slice_from(path), id);
}

static void check_between(table_loader *loader)
{
    table_row *rows = loader->rows;

    qsort(rows, loader->count, sizeof(*rows), by_name);
    for (size_t i = 1; i < loader->count; i++) {
        if (strcmp(rows[i - 1].point.object, rows[i].point.object) == 0 &&
            strcmp(rows[i - 1].point.name, rows[i].point.name) == 0)
            complain_of_row(loader, &rows[i], "points-duplicate");
    }
    qsort(rows, loader->count, sizeof(*rows), by_address);
    for (size_t i = 1, reach = 0; i < loader->count; i++) {
        const south_point *last = &rows[i - 1].point, *point = &rows[i].point;
        size_t end = last->address + south_point_registers(last);

        reach = last->area != point->area ? 0 : end > reach ? end : reach;
        if (point->address < reach)
            complain_of_row(loader, &rows[i], "points-overlap");
    }
}

static ess_err hand_out(const table_loader *loader, south_table *out)
{
    south_point *points = calloc(loader->count, sizeof(*points));

    if (points == NULL)
        return ESS_E_NO_ROOM;
    for (size_t i = 0; i < loader->count; i++)
        points[i] = loader->rows[i].point;
    *out = (south_table){points, loader->count};
    return ESS_OK;
}

static ess_err parse_all(table_loader *loader, south_table *out)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    ess_slice rest = loader->source->text;

    if (rest.len >= 3 && memcmp(rest.ptr, byte_order_mark, 3) == 0)
        rest = (ess_slice){rest.ptr + 3, rest.len - 3};
    while (rest.len > 0) {
        loader->line++;
        read_line(loader, cut(&rest, '\n'));
    }
    check_between(loader);
    if (loader->too_many)
        complain(loader, "file", (ess_slice){0}, "points-too-many");
    if (loader->count == 0 && !loader->failed)
        complain(loader, "file", (ess_slice){0}, "points-empty");
    return loader->failed ? ESS_E_CONFIG : hand_out(loader, out);
}

ess_err south_table_parse(const south_source *source, south_table *out, char *problem,
                          size_t problem_size)
{
    table_loader loader = {.source = source, .problem = problem, .problem_size = problem_size};
    ess_err err = ESS_E_NO_ROOM;

    problem[0] = '\0';
    loader.rows = calloc(SOUTH_POINTS_MAX, sizeof(*loader.rows));
    if (loader.rows != NULL)
        err = parse_all(&loader, out);
    free(loader.rows);
    return err;
}

ess_err south_table_load(const char *file, bool chinese, south_table *out, char *problem,
                         size_t problem_size)
{
    south_source source = {.name = file, .chinese = chinese};
    char *room = malloc(SOUTH_FILE_MAX);
    ess_err err = ESS_E_NO_ROOM;
    size_t len = 0;

    problem[0] = '\0';
    if (room != NULL)
        err = port_read_text(file, room, SOUTH_FILE_MAX, &len);
    if (err == ESS_OK) {
        source.text = (ess_slice){room, len};
        err = south_table_parse(&source, out, problem, problem_size);
    } else {
        table_loader loader = {.source = &source, .problem = problem, .problem_size = problem_size};
        complain(&loader, "file", ess_slice_from(file),
                 err == ESS_E_TOO_LARGE ? "points-too-many" : "points-file");
    }
    free(room);
    return err;
}

void south_table_free(south_table *table)
{
    free(table->points);
    *table = (south_table){0};
}

const south_point *south_table_find(const south_table *table, const char *object,
                                    const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        const south_point *point = &table->points[i];
        if (strcmp(point->object, object) == 0 && strcmp(point->name, name) == 0)
            return point;
    }
    return NULL;
}

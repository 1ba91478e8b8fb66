/* Rows -> columns: each value goes to the column of its name, each column is printed as what
 * changes from row to row.
 *
 * A column that is new is put behind the one that stands before it in its row, so that rows come
 * back with their values in the order they had, and a reader that expects that order is not
 * surprised.
 */
#include "codec/try.h"
#include "pack/internal.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_MAX (ESS_MESSAGE_MAX / 6) /* "a":1, is the least that a value takes */
#define NONE      UINT32_MAX

typedef struct cell {
    ess_slice raw;
    uint32_t row; /* of its object */
    uint32_t next;
} cell;

typedef struct column {
    ess_slice name;
    uint32_t first, last; /* cells */
    uint32_t count;
    uint32_t next; /* column */
} column;

struct ess_pack_grid {
    column columns[ESS_PACK_COLUMNS_MAX];
    cell cells[CELLS_MAX];
    uint32_t column_count, cell_count, first; /* first: column */
    const ess_pack_row *rows;
    size_t count;
    bool taken[ESS_ROWS_MAX];
    ess_json_writer out;
};

ess_pack_grid *ess_pack_grid_new(void)
{
    return calloc(1, sizeof(ess_pack_grid));
}

void ess_pack_grid_free(ess_pack_grid *grid)
{
    free(grid);
}

/* ---- values to columns */

static ess_err add_column(ess_pack_grid *g, uint32_t behind, ess_slice name, uint32_t *out)
{
    uint32_t *link = behind == NONE ? &g->first : &g->columns[behind].next;

    if (g->column_count == ESS_PACK_COLUMNS_MAX)
        return ESS_E_TOO_LARGE;
    g->columns[g->column_count] =
        (column){.name = name, .first = NONE, .last = NONE, .next = *link};
    *link = *out = g->column_count++;
    return ESS_OK;
}

/* Most rows name the points that the row before named, in the same order. */
static ess_err find_column(ess_pack_grid *g, uint32_t behind, ess_slice name, uint32_t *out)
{
    uint32_t expected = behind == NONE ? g->first : g->columns[behind].next;

    if (expected != NONE && ess_slice_equal(g->columns[expected].name, name)) {
        *out = expected;
        return ESS_OK;
    }
    for (uint32_t i = 0; i < g->column_count; i++) {
        if (ess_slice_equal(g->columns[i].name, name)) {
            *out = i;
            return ESS_OK;
        }
    }
    return add_column(g, behind, name, out);
}

static ess_err add_cell(ess_pack_grid *g, column *c, uint32_t row, ess_slice raw)
{
    uint32_t place = g->cell_count;

    if (place == CELLS_MAX)
        return ESS_E_NO_ROOM;
    g->cells[place] = (cell){.raw = raw, .row = row, .next = NONE};
    if (c->last == NONE)
        c->first = place;
    else
        g->cells[c->last].next = place;
    c->last = place;
    c->count++;
    g->cell_count++;
    return ESS_OK;
}

static ess_err take_row(ess_pack_grid *g, uint32_t row, ess_slice values)
{
    ess_json_reader reader;
    ess_json_token token;
    uint32_t place = NONE;

    ess_json_reader_init(&reader, values);
    TRY(ess_json_next(&reader, &token));
    for (;;) {
        ess_slice name, raw;
        TRY(ess_json_next(&reader, &token));
        if (token.type != ESS_JSON_KEY)
            return ESS_OK;
        name = token.text;
        if (token.escaped)
            return ESS_E_DATA;
        TRY(ess_json_next(&reader, &token));
        TRY(ess_json_skip(&reader, &token, &raw));
        TRY(find_column(g, place, name, &place));
        TRY(add_cell(g, &g->columns[place], row, raw));
    }
}

/* ---- columns to text */

static bool is_number(ess_slice raw)
{
    return raw.ptr[0] == '-' || (raw.ptr[0] >= '0' && raw.ptr[0] <= '9');
}

static ess_err widen(ess_slice raw, uint8_t *scale)
{
    ess_decimal value;

    TRY(ess_decimal_parse(raw, &value));
    if (value.scale > *scale)
        *scale = value.scale;
    return ESS_OK;
}

static ess_err widen_by_array(ess_slice raw, uint8_t *scale)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, raw);
    TRY(ess_json_next(&reader, &token));
    for (;;) {
        TRY(ess_json_next(&reader, &token));
        if (token.type == ESS_JSON_ARRAY_END)
            return ESS_OK;
        if (token.type == ESS_JSON_NUMBER)
            TRY(widen(token.text, scale));
    }
}

/* The finest decimal of the column. */
static ess_err scale_of(const ess_pack_grid *g, const column *c, uint8_t *scale)
{
    *scale = 0;
    for (uint32_t i = c->first; i != NONE; i = g->cells[i].next) {
        ess_slice raw = g->cells[i].raw;
        if (is_number(raw))
            TRY(widen(raw, scale));
        else if (raw.ptr[0] == '[')
            TRY(widen_by_array(raw, scale));
    }
    return ESS_OK;
}

static bool subtract(int64_t a, int64_t b, int64_t *out)
{
    if (b > 0 ? a < INT64_MIN + b : a > INT64_MAX + b)
        return false;
    *out = a - b;
    return true;
}

static ess_err whole_of(ess_slice raw, uint8_t scale, int64_t *out)
{
    ess_decimal value;

    TRY(ess_decimal_parse(raw, &value));
    return ess_decimal_to_integer(value, scale, out);
}

/* Differences are numbers also where ENV-07 would have a text of them. */
static ess_err put_difference(ess_pack_grid *g, int64_t value, int64_t *last)
{
    int64_t difference;

    if (!subtract(value, *last, &difference))
        return ESS_E_NUMBER;
    ess_json_decimal(&g->out, (ess_decimal){difference, 0});
    *last = value;
    return ESS_OK;
}

static size_t count_elements(ess_slice array)
{
    ess_json_reader reader;
    ess_json_token token = {.type = ESS_JSON_END};
    size_t count = 0;

    ess_json_reader_init(&reader, array);
    while (ess_json_next(&reader, &token) == ESS_OK && token.type != ESS_JSON_ARRAY_END)
        count += token.type != ESS_JSON_ARRAY_BEGIN;
    return count;
}

/* [ENC-17] */
static ess_err put_array(ess_pack_grid *g, ess_slice raw, ess_slice last_raw, uint8_t scale)
{
    ess_json_reader reader, last_reader;
    ess_json_token token, last;
    bool has_last = last_raw.len > 0 && count_elements(raw) == count_elements(last_raw);
    int64_t before = 0;

    ess_json_reader_init(&reader, raw);
    TRY(ess_json_next(&reader, &token));
    ess_json_reader_init(&last_reader, has_last ? last_raw : raw);
    TRY(ess_json_next(&last_reader, &last));
    ess_json_array_begin(&g->out);
    for (;;) {
        int64_t value, base = before;
        TRY(ess_json_next(&reader, &token));
        TRY(ess_json_next(&last_reader, &last));
        if (token.type == ESS_JSON_ARRAY_END)
            break;
        if (token.type == ESS_JSON_NULL) {
            ess_json_null(&g->out);
            continue;
        }
        TRY(whole_of(token.text, scale, &value));
        if (has_last && last.type == ESS_JSON_NUMBER)
            TRY(whole_of(last.text, scale, &base));
        TRY(put_difference(g, value, &base));
        before = value;
    }
    ess_json_array_end(&g->out);
    return ESS_OK;
}

static ess_err put_values(ess_pack_grid *g, const column *c, uint8_t scale)
{
    int64_t last = 0;
    ess_slice last_array = {0};

    ess_json_key(&g->out, "d");
    ess_json_array_begin(&g->out);
    for (uint32_t i = c->first; i != NONE; i = g->cells[i].next) {
        ess_slice raw = g->cells[i].raw;
        int64_t value;
        if (is_number(raw)) {
            TRY(whole_of(raw, scale, &value));
            TRY(put_difference(g, value, &last));
        } else if (raw.ptr[0] == '[') {
            TRY(put_array(g, raw, last_array, scale));
            last_array = raw;
        } else {
            ess_json_raw(&g->out, raw);
        }
    }
    ess_json_array_end(&g->out);
    return ESS_OK;
}

static void put_places(ess_pack_grid *g, const column *c)
{
    uint32_t last = 0;

    ess_json_key(&g->out, "at");
    ess_json_array_begin(&g->out);
    for (uint32_t i = c->first; i != NONE; i = g->cells[i].next) {
        ess_json_int(&g->out, g->cells[i].row - last);
        last = g->cells[i].row;
    }
    ess_json_array_end(&g->out);
}

static ess_err put_columns(ess_pack_grid *g, uint32_t rows)
{
    ess_json_key(&g->out, "v");
    ess_json_object_begin(&g->out);
    for (uint32_t i = g->first; i != NONE; i = g->columns[i].next) {
        const column *c = &g->columns[i];
        uint8_t scale;
        ess_json_key_text(&g->out, c->name);
        ess_json_object_begin(&g->out);
        if (c->count < rows)
            put_places(g, c);
        TRY(scale_of(g, c, &scale));
        if (scale > 0) {
            ess_json_key(&g->out, "s");
            ess_json_int(&g->out, scale);
        }
        TRY(put_values(g, c, scale));
        ess_json_object_end(&g->out);
    }
    ess_json_object_end(&g->out);
    return ESS_OK;
}

/* ---- rows of one object */

static ess_err put_heads(ess_pack_grid *g, size_t first)
{
    ess_slice ns = g->rows[first].ns;
    int64_t n = 0, ts_utc_ms = 0;

    if (ns.len > 0) {
        ess_json_key(&g->out, "ns");
        ess_json_text(&g->out, ns);
    }
    ess_json_key(&g->out, "n");
    ess_json_array_begin(&g->out);
    for (size_t i = first; i < g->count; i++) {
        if (ess_slice_equal(g->rows[i].ns, ns))
            TRY(put_difference(g, (int64_t)g->rows[i].n, &n));
    }
    ess_json_array_end(&g->out);
    ess_json_key(&g->out, "ts");
    ess_json_array_begin(&g->out);
    for (size_t i = first; i < g->count; i++) {
        if (ess_slice_equal(g->rows[i].ns, ns))
            TRY(put_difference(g, g->rows[i].ts_utc_ms, &ts_utc_ms));
    }
    ess_json_array_end(&g->out);
    return ESS_OK;
}

static ess_err put_object(ess_pack_grid *g, size_t first)
{
    uint32_t rows = 0;

    g->column_count = g->cell_count = 0;
    g->first = NONE;
    for (size_t i = first; i < g->count; i++) {
        if (g->taken[i] || !ess_slice_equal(g->rows[i].ns, g->rows[first].ns))
            continue;
        g->taken[i] = true;
        TRY(take_row(g, rows++, g->rows[i].values));
    }
    if ((size_t)rows * g->column_count > ESS_PACK_GRID_MAX)
        return ESS_E_TOO_LARGE;
    ess_json_object_begin(&g->out);
    TRY(put_heads(g, first));
    TRY(put_columns(g, rows));
    ess_json_object_end(&g->out);
    return g->out.err;
}

/* What the same rows would take as rows: a receiver makes them again, and has 128 KiB for it. */
static bool fits_as_rows(const ess_pack_row *rows, size_t count)
{
    size_t bytes = 256; /* around d */

    for (size_t i = 0; i < count; i++)
        bytes += rows[i].values.len + rows[i].ns.len + 64;
    return bytes <= ESS_MESSAGE_MAX;
}

ess_err ess_pack_grid_print(ess_pack_grid *g, const ess_pack_row *rows, size_t count, char *room,
                            size_t *len)
{
    size_t blocks = 0;

    if (count == 0 || count > ESS_ROWS_MAX || !fits_as_rows(rows, count))
        return ESS_E_TOO_LARGE;
    g->rows = rows;
    g->count = count;
    memset(g->taken, 0, count * sizeof g->taken[0]);
    ess_json_writer_init(&g->out, room, ESS_MESSAGE_MAX);
    ess_json_object_begin(&g->out);
    ess_json_key(&g->out, "cols");
    ess_json_array_begin(&g->out);
    for (size_t i = 0; i < count; i++) {
        if (g->taken[i])
            continue;
        if (blocks++ == ESS_PACK_BLOCKS_MAX)
            return ESS_E_TOO_LARGE;
        TRY(put_object(g, i));
    }
    ess_json_array_end(&g->out);
    ess_json_object_end(&g->out);
    return ess_json_finish(&g->out, len);
}

/* A batch as columns -> the same batch as rows.
 *
 * Columns are walked in parallel, one cursor each, so nothing of them is stored but where each
 * stands; an array's last values are read back from the rows already written. What comes out is
 * judged by the strict reader like any other message, so only what is particular to columns is
 * checked here.
 *
 * {"cols":[{"ns":"CAB01/BMS","n":[1815,2],"ts":[1763827199000,1000],
 *           "v":{"soc":{"s":1,"d":[563,-1]},"runState":{"at":[1],"d":[3]}}}]}
 */
#include "codec/try.h"
#include "pack/internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct column {
    ess_slice name;
    ess_json_reader values, places; /* d; at */
    ess_slice d, at;                /* raw; at.len 0: a value for each row */
    uint8_t scale;
    bool seen[3]; /* members, by the order of column_members */
    bool places_over;
    uint32_t next_row; /* by at */
    int64_t last;
    ess_slice last_array; /* as written into the rows */
} column;

typedef struct block {
    ess_slice ns, n, ts, v; /* raw; ns.len 0: none */
    ess_json_reader n_reader, ts_reader;
    int64_t n_last, ts_last;
    uint32_t rows, columns;
} block;

struct ess_pack_table {
    column columns[ESS_PACK_COLUMNS_MAX];
    block block;
    ess_json_writer out;
    uint32_t rows; /* of all blocks */
    ess_slice text;
    ess_fault *fault;
};

ess_pack_table *ess_pack_table_new(void)
{
    return calloc(1, sizeof(ess_pack_table));
}

void ess_pack_table_free(ess_pack_table *table)
{
    free(table);
}

static ess_err refuse(ess_pack_table *t, const char *at, const char *rule, const char *what)
{
    bool inside = at >= t->text.ptr && at <= t->text.ptr + t->text.len;

    *t->fault = (ess_fault){ESS_E_DATA, inside ? (uint32_t)(at - t->text.ptr) : 0, rule, what};
    return ESS_E_DATA;
}

/* The text is known to be well-formed where a cursor runs; so an error is a value of a kind that
 * does not belong there. */
static ess_json_token next(ess_json_reader *reader)
{
    ess_json_token token = {.type = ESS_JSON_END};

    if (ess_json_next(reader, &token) != ESS_OK)
        token.type = ESS_JSON_END;
    return token;
}

static void open_array(ess_json_reader *reader, ess_slice raw)
{
    ess_json_reader_init(reader, raw);
    (void)next(reader); /* its bracket */
}

static bool add(int64_t *sum, int64_t difference)
{
    if (difference > 0 ? *sum > INT64_MAX - difference : *sum < INT64_MIN - difference)
        return false;
    *sum += difference;
    return true;
}

/* ---- rows */

/* The next element of n or ts. */
static ess_err take_difference(ess_pack_table *t, ess_json_reader *reader, int64_t *sum)
{
    int64_t difference;
    ess_json_token token = next(reader);

    if ((token.type != ESS_JSON_NUMBER && token.type != ESS_JSON_STRING) ||
        ess_json_integer(&token, &difference) != ESS_OK || !add(sum, difference))
        return refuse(t, reader->cur, "ENC-14",
                      "n and ts want as many whole numbers as there are rows");
    return ESS_OK;
}

static ess_err put_number(ess_pack_table *t, column *c, const ess_json_token *token, int64_t *sum)
{
    int64_t difference;

    if (ess_json_integer(token, &difference) != ESS_OK || !add(sum, difference))
        return refuse(t, token->text.ptr, "ENC-15", "a difference is a whole number of 64 bits");
    ess_json_decimal(&t->out, ess_decimal_make(*sum, c->scale));
    return ESS_OK;
}

static size_t count_elements(ess_slice array)
{
    ess_json_reader reader;
    size_t count = 0;

    open_array(&reader, array);
    for (ess_json_token token = next(&reader);
         token.type == ESS_JSON_NUMBER || token.type == ESS_JSON_NULL; token = next(&reader))
        count++;
    return count;
}

/* What an element of the last array was, as a whole number at the column's scale. */
static bool last_element(const column *c, ess_json_reader *reader, int64_t *out)
{
    ess_json_token token = next(reader);
    ess_decimal value;

    return token.type == ESS_JSON_NUMBER && ess_decimal_parse(token.text, &value) == ESS_OK &&
           ess_decimal_to_integer(value, c->scale, out) == ESS_OK;
}

/* [ENC-17] An element counts from the same one of the last array, else from the one before it. */
static ess_err put_array(ess_pack_table *t, column *c, ess_slice raw)
{
    ess_json_reader reader, last;
    bool has_last = c->last_array.len > 0 && count_elements(raw) == count_elements(c->last_array);
    size_t begin = t->out.len;
    int64_t before = 0;

    open_array(&reader, raw);
    if (has_last)
        open_array(&last, c->last_array);
    ess_json_array_begin(&t->out);
    for (;;) {
        ess_json_token token = next(&reader);
        int64_t value = before;
        if (token.type == ESS_JSON_ARRAY_END)
            break;
        if (has_last && !last_element(c, &last, &value))
            value = before;
        if (token.type == ESS_JSON_NULL) {
            ess_json_null(&t->out);
            continue;
        }
        if (token.type != ESS_JSON_NUMBER)
            return refuse(t, token.text.ptr, "ENC-17", "an element is a whole number or null");
        TRY(put_number(t, c, &token, &value));
        before = value;
    }
    ess_json_array_end(&t->out);
    if (t->out.err != ESS_OK)
        return ESS_OK; /* said at the end of the row */
    begin += t->out.room[begin] == ',' || t->out.room[begin] == ':';
    c->last_array = (ess_slice){t->out.room + begin, t->out.len - begin};
    return ESS_OK;
}

static ess_err put_value(ess_pack_table *t, column *c)
{
    ess_slice raw;
    ess_json_token token = next(&c->values);

    ess_json_key_text(&t->out, c->name);
    if (token.type == ESS_JSON_NUMBER)
        return put_number(t, c, &token, &c->last);
    if (token.type == ESS_JSON_ARRAY_END || token.type == ESS_JSON_END)
        return refuse(t, c->d.ptr, "ENC-16", "d has fewer values than rows, or than places in at");
    if (ess_json_skip(&c->values, &token, &raw) != ESS_OK)
        return refuse(t, c->d.ptr, "ENC-15", "d is no array of values");
    if (token.type == ESS_JSON_ARRAY_BEGIN)
        return put_array(t, c, raw);
    ess_json_raw(&t->out, raw);
    return ESS_OK;
}

/* [ENC-16] Places count from the row before: the first from the first row, the others by 1 or
 * more. */
static ess_err take_place(ess_pack_table *t, column *c, bool is_first)
{
    int64_t step;
    ess_json_token token = next(&c->places);

    if (token.type == ESS_JSON_ARRAY_END && !is_first) {
        c->places_over = true;
        return ESS_OK;
    }
    if (token.type != ESS_JSON_NUMBER || ess_json_integer(&token, &step) != ESS_OK ||
        step < (is_first ? 0 : 1) || step > ESS_ROWS_MAX)
        return refuse(t, c->at.ptr, "ENC-16", "at counts rows: from 0, then each 1 or more");
    c->next_row += (uint32_t)step; /* at most ESS_ROWS_MAX rows are walked */
    return ESS_OK;
}

static ess_err put_values(ess_pack_table *t, uint32_t row)
{
    for (uint32_t i = 0; i < t->block.columns; i++) {
        column *c = &t->columns[i];
        if (c->at.len > 0 && (c->places_over || c->next_row != row))
            continue;
        TRY(put_value(t, c));
        if (c->at.len > 0)
            TRY(take_place(t, c, false));
    }
    return ESS_OK;
}

static ess_err put_row(ess_pack_table *t, uint32_t row)
{
    block *b = &t->block;

    if (++t->rows > ESS_ROWS_MAX || (row + 1) * b->columns > ESS_PACK_GRID_MAX)
        return refuse(t, b->n.ptr, "ENC-18", "more than 1024 rows, or 65536 places of one object");
    TRY(take_difference(t, &b->n_reader, &b->n_last));
    TRY(take_difference(t, &b->ts_reader, &b->ts_last));
    ess_json_object_begin(&t->out);
    ess_json_key(&t->out, "n");
    ess_json_int(&t->out, b->n_last);
    ess_json_key(&t->out, "ts");
    ess_json_int(&t->out, b->ts_last);
    if (b->ns.len > 0) {
        ess_json_key(&t->out, "ns");
        ess_json_raw(&t->out, b->ns);
    }
    ess_json_key(&t->out, "v");
    ess_json_object_begin(&t->out);
    TRY(put_values(t, row));
    ess_json_object_end(&t->out);
    ess_json_object_end(&t->out);
    if (t->out.err == ESS_OK)
        return ESS_OK;
    (void)refuse(t, b->n.ptr, "ENC-18", "more than 128 KiB as rows");
    return t->fault->err = ESS_E_TOO_LARGE;
}

/* True when all of it has been taken. */
static bool is_at_end(ess_json_reader reader)
{
    return next(&reader).type == ESS_JSON_ARRAY_END;
}

static ess_err put_rows(ess_pack_table *t)
{
    block *b = &t->block;

    open_array(&b->n_reader, b->n);
    open_array(&b->ts_reader, b->ts);
    b->n_last = b->ts_last = 0;
    for (uint32_t row = 0; row == 0 || !is_at_end(b->n_reader); row++)
        TRY(put_row(t, row));
    if (!is_at_end(b->ts_reader))
        return refuse(t, b->ts.ptr, "ENC-14",
                      "n and ts want as many whole numbers as there are rows");
    for (uint32_t i = 0; i < b->columns; i++) {
        column *c = &t->columns[i];
        if (!is_at_end(c->values) || (c->at.len > 0 && !c->places_over))
            return refuse(t, c->d.ptr, "ENC-16", "d or at goes on behind the last row");
    }
    return ESS_OK;
}

/* ---- members: what an object of a known form may hold, each once */

typedef struct member {
    const char *name;
    size_t place; /* offset of the ess_slice in the object */
    ess_json_type type;
} member;

static const member block_members[] = {
    {"ns", offsetof(block, ns), ESS_JSON_STRING},
    {"n", offsetof(block, n), ESS_JSON_ARRAY_BEGIN},
    {"ts", offsetof(block, ts), ESS_JSON_ARRAY_BEGIN},
    {"v", offsetof(block, v), ESS_JSON_OBJECT_BEGIN},
};

typedef struct column_form {
    ess_slice at, s, d;
} column_form;
static const member column_members[] = {
    {"at", offsetof(column_form, at), ESS_JSON_ARRAY_BEGIN},
    {"s", offsetof(column_form, s), ESS_JSON_NUMBER},
    {"d", offsetof(column_form, d), ESS_JSON_ARRAY_BEGIN},
};

typedef struct form {
    const member *members;
    size_t count;
    const char *rule, *what;
} form;
static const form block_form = {block_members, sizeof block_members / sizeof block_members[0],
                                "ENC-13", "an object of cols has ns, n, ts, v, each once"};
static const form column_form_of = {column_members,
                                    sizeof column_members / sizeof column_members[0], "ENC-15",
                                    "a column has at, s, d, each once"};

static const member *member_of(const form *f, const ess_json_token *key)
{
    for (size_t i = 0; i < f->count; i++) {
        if (!key->escaped && ess_slice_is(key->text, f->members[i].name))
            return &f->members[i];
    }
    return NULL;
}

/* Reads an object whose brace has been read; what it has goes to out's slices, raw. */
static ess_err take_object(ess_pack_table *t, ess_json_reader *reader, const form *f, void *out)
{
    for (;;) {
        ess_json_token key = next(reader), value;
        const member *known;
        ess_slice *place;
        if (key.type == ESS_JSON_OBJECT_END)
            return ESS_OK;
        known = key.type == ESS_JSON_KEY ? member_of(f, &key) : NULL;
        if (known == NULL)
            return refuse(t, reader->cur, f->rule, f->what);
        place = (ess_slice *)(void *)((char *)out + known->place);
        value = next(reader);
        if (place->len > 0 || value.type != known->type ||
            ess_json_skip(reader, &value, place) != ESS_OK)
            return refuse(t, reader->cur, f->rule, f->what);
    }
}

static ess_err take_column(ess_pack_table *t, ess_json_reader *reader, const ess_json_token *key)
{
    column *c = &t->columns[t->block.columns];
    column_form has = {0};
    ess_decimal scale = {0};
    int64_t whole = 0;

    if (key->escaped || t->block.columns == ESS_PACK_COLUMNS_MAX ||
        next(reader).type != ESS_JSON_OBJECT_BEGIN)
        return refuse(t, key->text.ptr, "ENC-15", "v holds up to 1024 columns by name");
    TRY(take_object(t, reader, &column_form_of, &has));
    if (has.d.len == 0 || (has.s.len > 0 && (ess_decimal_parse(has.s, &scale) != ESS_OK ||
                                             ess_decimal_to_integer(scale, 0, &whole) != ESS_OK)))
        return refuse(t, key->text.ptr, column_form_of.rule, column_form_of.what);
    if (whole < 0 || whole > ESS_DECIMAL_SCALE_MAX)
        return refuse(t, has.s.ptr, "ENC-15", "s is 0 to 18");
    *c = (column){.name = key->text, .d = has.d, .at = has.at, .scale = (uint8_t)whole};
    open_array(&c->values, has.d);
    t->block.columns++;
    if (has.at.len == 0)
        return ESS_OK;
    open_array(&c->places, has.at);
    return take_place(t, c, true);
}

static ess_err take_columns(ess_pack_table *t)
{
    ess_json_reader reader;

    ess_json_reader_init(&reader, t->block.v);
    (void)next(&reader); /* its brace */
    for (ess_json_token key = next(&reader); key.type == ESS_JSON_KEY; key = next(&reader))
        TRY(take_column(t, &reader, &key));
    return ESS_OK;
}

/* An object of cols whose brace has been read. */
static ess_err take_block(ess_pack_table *t, ess_json_reader *reader)
{
    t->block = (block){0};
    TRY(take_object(t, reader, &block_form, &t->block));
    if (t->block.n.len == 0 || t->block.ts.len == 0 || t->block.v.len == 0)
        return refuse(t, reader->cur, block_form.rule, block_form.what);
    TRY(take_columns(t));
    return put_rows(t);
}

static ess_err take_blocks(ess_pack_table *t, ess_slice cols)
{
    ess_json_reader reader;

    ess_json_reader_init(&reader, cols);
    if (next(&reader).type != ESS_JSON_ARRAY_BEGIN)
        return refuse(t, cols.ptr, "ENC-13", "cols is an array of 1 to 256 objects");
    for (size_t count = 0;; count++) {
        ess_json_token token = next(&reader);
        if (token.type == ESS_JSON_ARRAY_END && count > 0)
            return ESS_OK;
        if (token.type != ESS_JSON_OBJECT_BEGIN || count == ESS_PACK_BLOCKS_MAX)
            return refuse(t, token.text.ptr, "ENC-13", "cols is an array of 1 to 256 objects");
        TRY(take_block(t, &reader));
    }
}

/* ---- the message */

typedef struct found {
    ess_slice d, cols; /* cols.len 0: none */
    size_t members;    /* of d */
} found;

/* What d holds. False when the text is not well-formed: that is for the strict reader to say. */
static bool look_into(ess_json_reader *reader, const ess_json_token *brace, found *out)
{
    out->d.ptr = brace->text.ptr;
    for (;;) {
        ess_json_token key, value;
        ess_slice raw;
        if (ess_json_next(reader, &key) != ESS_OK)
            return false;
        if (key.type == ESS_JSON_OBJECT_END)
            break;
        if (ess_json_next(reader, &value) != ESS_OK ||
            ess_json_skip(reader, &value, &raw) != ESS_OK)
            return false;
        out->members++;
        if (!key.escaped && ess_slice_is(key.text, "cols"))
            out->cols = raw;
    }
    out->d.len = (size_t)(reader->cur - out->d.ptr);
    return true;
}

/* Finds the first d.cols of a whole, well-formed text. */
static bool find_columns(ess_slice text, found *out)
{
    ess_json_reader reader;
    ess_json_token token, value;

    ess_json_reader_init(&reader, text);
    if (ess_json_next(&reader, &token) != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN)
        return false;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        if (ess_json_next(&reader, &value) != ESS_OK)
            return false;
        if (value.type == ESS_JSON_OBJECT_BEGIN && !token.escaped && out->d.len == 0 &&
            ess_slice_is(token.text, "d")) {
            if (!look_into(&reader, &value, out))
                return false;
        } else if (ess_json_skip(&reader, &value, NULL) != ESS_OK) {
            return false;
        }
    }
    return token.type == ESS_JSON_OBJECT_END && ess_json_next(&reader, &token) == ESS_OK &&
           out->cols.len > 0;
}

/* text with rows in place of d. */
static ess_err print_rows(ess_pack_table *t, const found *has, char *room, ess_slice *json)
{
    size_t before = (size_t)(has->d.ptr - t->text.ptr);
    const char *behind = has->d.ptr + has->d.len;
    size_t after = t->text.len - before - has->d.len, rows = 0;

    if (has->members > 1)
        return refuse(t, has->cols.ptr, "ENC-13", "a d with cols has no other member");
    memcpy(room, t->text.ptr, before);
    ess_json_writer_init(&t->out, room + before, ESS_MESSAGE_MAX - before - after);
    ess_json_object_begin(&t->out);
    ess_json_key(&t->out, "rows");
    ess_json_array_begin(&t->out);
    TRY(take_blocks(t, has->cols));
    ess_json_array_end(&t->out);
    ess_json_object_end(&t->out);
    if (ess_json_finish(&t->out, &rows) != ESS_OK) {
        (void)refuse(t, has->cols.ptr, "ENC-18", "more than 128 KiB as rows");
        return t->fault->err = ESS_E_TOO_LARGE;
    }
    memcpy(room + before + rows, behind, after);
    *json = (ess_slice){room, before + rows + after};
    return ESS_OK;
}

ess_err ess_pack_table_read(ess_pack_table *t, ess_slice text, char *room, ess_slice *json,
                            bool *is_found, ess_fault *fault)
{
    found has = {0};

    *is_found = false;
    /* Nearly every message has none, and this is much quicker than reading it. */
    if (text.len < 6 || text.len > ESS_MESSAGE_MAX ||
        memmem(text.ptr, text.len, "\"cols\"", 6) == NULL || !find_columns(text, &has))
        return ESS_OK;
    t->text = text;
    t->fault = fault;
    t->rows = 0;
    TRY(print_rows(t, &has, room, json));
    *is_found = true;
    return ESS_OK;
}

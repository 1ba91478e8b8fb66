/* decode(encode(x)) = x for what the codec writes and reads, and its refusals; see property.h. */
#include "../../lib/lent.h"
#include "../../lib/property.h"
#include "ess/double.h"
#include "ess/message.h"
#include "ess/shape.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool same(ess_slice a, ess_slice b)
{
    return ess_slice_equal(a, b);
}

static const ess_topic data_topic = {
    .version = 1, .type = ESS_DATA, .application = {"ess", 3}, .group = {"SH001", 5}};

/* --- topic */

static ess_topic topic;
static char levels[5][ESS_LEVEL_EMIT_MAX];

static ess_slice make_level(uint64_t *seed, int which)
{
    return chance_of(seed, CHANCE_LEVEL, levels[which], 1 + chance_below(seed, ESS_LEVEL_EMIT_MAX));
}

static void make_topic(uint64_t *seed)
{
    topic = (ess_topic){
        .version = (uint16_t)(1 + chance_below(seed, UINT16_MAX)),
        .type = (ess_message_type)chance_below(seed, ESS_MESSAGE_TYPE_COUNT),
        .application = make_level(seed, 0),
        .group = make_level(seed, 1),
    };
    if (!chance_one_in(seed, 3))
        topic.unit = make_level(seed, 2);
    if (topic.unit.len > 0 && chance_one_in(seed, 2))
        topic.component = make_level(seed, 3);
    topic.type_text = ess_slice_from(ess_message_type_name(topic.type));
    if (topic.type == ESS_CUSTOM) {
        topic.type_text = make_level(seed, 4);
        topic.type_text.len = topic.type_text.len < 3 ? 3 : topic.type_text.len;
        memcpy(levels[4], "X-a", 3);
    }
}

static ess_err print_topic(char *room, size_t size, size_t *len)
{
    return ess_topic_print(&topic, room, size, len);
}

static void compare_topic(ess_slice text)
{
    ess_topic back;

    assert_int_equal(ess_topic_parse(text, &back, NULL), ESS_OK);
    assert_true(back.version == topic.version && back.type == topic.type);
    assert_true(same(back.type_text, topic.type_text));
    assert_true(same(back.application, topic.application) && same(back.group, topic.group));
    assert_true(same(back.unit, topic.unit) && same(back.component, topic.component));
}

/* A topic cut short may be a topic of fewer or shorter levels. */
static ess_err parse_topic(ess_slice text)
{
    ess_topic out;
    ess_err err;

    PROPERTY_PARSE(err, out, ess_topic_parse(text, &out, NULL));
    assert_true(err == ESS_OK || err == ESS_E_TOPIC);
    if (err == ESS_OK)
        assert_true(out.group.ptr + out.group.len <= text.ptr + text.len && out.group.len > 0);
    return err;
}

/* --- code of a report */

static ess_report_code code;

static void make_code(uint64_t *seed)
{
    code.n = (uint64_t)chance_count(seed, 1);
    (void)chance_of(seed, CHANCE_HEX, code.sid, ESS_SID_LEN);
    code.sid[ESS_SID_LEN] = '\0';
}

static ess_err print_code(char *room, size_t size, size_t *len)
{
    ess_err err = ess_report_code_print(&code, room, size);

    if (err == ESS_OK)
        *len = strlen(room);
    return err;
}

static void compare_code(ess_slice text)
{
    ess_report_code back;

    assert_int_equal(ess_report_code_parse(text, &back), ESS_OK);
    assert_true(back.n == code.n);
    assert_string_equal(back.sid, code.sid);
}

static ess_err parse_code(ess_slice text)
{
    ess_report_code out;
    ess_err err;

    PROPERTY_PARSE(err, out, ess_report_code_parse(text, &out));
    assert_true(err == ESS_E_ENVELOPE || (err == ESS_OK && out.n <= code.n));
    return err;
}

/* --- scalars: an array of them */

enum { SCALARS = 24 };

static struct scalar {
    enum { INTEGER, UNSIGNED, DOUBLE, DECIMAL, TEXT, KINDS } kind;
    int64_t integer;
    uint64_t whole;
    double real;
    ess_decimal decimal;
    ess_slice text;
    char room[48];
} scalars[SCALARS];

static void make_scalars(uint64_t *seed)
{
    for (size_t i = 0; i < SCALARS; i++) {
        struct scalar *s = &scalars[i];
        uint64_t bits = chance_next(seed);
        s->kind = chance_below(seed, KINDS);
        s->integer = chance_one_in(seed, 8)   ? INT64_MIN
                     : chance_one_in(seed, 2) ? -chance_count(seed, 0)
                                              : chance_count(seed, 0);
        s->whole = chance_next(seed) >> chance_below(seed, 64);
        bits = (bits >> 52 & 0x7FF) == 0x7FF ? bits & ~(UINT64_C(1) << 62) : bits;
        memcpy(&s->real, &bits, sizeof s->real);
        s->decimal = chance_decimal(seed);
        s->text = chance_text(seed, false, s->room, sizeof s->room);
    }
}

static ess_err print_scalars(char *room, size_t size, size_t *len)
{
    ess_json_writer w;

    ess_json_writer_init(&w, room, size);
    ess_json_array_begin(&w);
    for (size_t i = 0; i < SCALARS; i++) {
        const struct scalar *s = &scalars[i];
        if (s->kind == INTEGER)
            ess_json_int(&w, s->integer);
        else if (s->kind == UNSIGNED)
            ess_json_uint(&w, s->whole);
        else if (s->kind == DOUBLE)
            ess_json_double(&w, s->real);
        else if (s->kind == DECIMAL)
            ess_json_decimal(&w, s->decimal);
        else
            ess_json_text(&w, s->text);
    }
    ess_json_array_end(&w);
    return ess_json_finish(&w, len);
}

static void compare_scalar(const struct scalar *s, const ess_json_token *token)
{
    struct scalar back = {0};
    size_t len = 0;

    if (s->kind == INTEGER) {
        assert_int_equal(ess_json_integer(token, &back.integer), ESS_OK);
        assert_true(back.integer == s->integer);
    } else if (s->kind == UNSIGNED) {
        assert_int_equal(ess_json_unsigned(token, &back.whole), ESS_OK);
        assert_true(back.whole == s->whole);
    } else if (s->kind == DOUBLE) {
        assert_int_equal(ess_json_to_double(token, &back.real), ESS_OK);
        assert_memory_equal(&back.real, &s->real, sizeof s->real);
    } else if (s->kind == DECIMAL) {
        assert_int_equal(ess_decimal_parse(token->text, &back.decimal), ESS_OK);
        assert_true(back.decimal.mantissa == s->decimal.mantissa);
        assert_true(back.decimal.scale == s->decimal.scale);
    } else {
        assert_int_equal(ess_json_unescape(token, back.room, s->text.len, &len), ESS_OK);
        assert_true(same((ess_slice){back.room, len}, s->text));
        memset(back.room, PROPERTY_GUARD, sizeof back.room);
        if (s->text.len > 0)
            assert_int_equal(ess_json_unescape(token, back.room, s->text.len - 1, &len),
                             ESS_E_NO_ROOM);
        property_untouched(back.room, sizeof back.room);
    }
}

static void compare_scalars(ess_slice text)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, text);
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    for (size_t i = 0; i < SCALARS; i++) {
        assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
        compare_scalar(&scalars[i], &token);
    }
    assert_int_equal(ess_json_next(&reader, &token), ESS_OK);
    assert_int_equal(token.type, ESS_JSON_ARRAY_END);
}

static ess_err parse_json(ess_slice text)
{
    ess_json_reader reader;
    ess_json_token token = {.type = ESS_JSON_NULL};
    ess_err err = ESS_OK;

    ess_json_reader_init(&reader, text);
    while (err == ESS_OK && token.type != ESS_JSON_END)
        err = ess_json_next(&reader, &token);
    assert_true(err == ESS_OK || reader.fault.offset <= text.len);
    return err;
}

/* --- any JSON value: read token by token and written again */

static char value_room[PROPERTY_ROOM];
static ess_slice value;

static void make_value(uint64_t *seed)
{
    ess_json_writer w;
    size_t len = 0;

    ess_json_writer_init(&w, value_room, sizeof value_room);
    ess_json_array_begin(&w);
    chance_json(seed, &w, 5);
    ess_json_array_end(&w);
    assert_int_equal(ess_json_finish(&w, &len), ESS_OK);
    value = (ess_slice){value_room, len};
}

static void copy_text(ess_json_writer *w, const ess_json_token *token)
{
    char room[64];
    size_t len = 0;

    assert_int_equal(ess_json_unescape(token, room, sizeof room, &len), ESS_OK);
    if (token->type == ESS_JSON_KEY)
        ess_json_key_text(w, (ess_slice){room, len});
    else
        ess_json_text(w, (ess_slice){room, len});
}

static ess_err print_value(char *room, size_t size, size_t *len)
{
    static void (*const brackets[])(ess_json_writer *) = {
        [ESS_JSON_OBJECT_BEGIN] = ess_json_object_begin,
        [ESS_JSON_OBJECT_END] = ess_json_object_end,
        [ESS_JSON_ARRAY_BEGIN] = ess_json_array_begin,
        [ESS_JSON_ARRAY_END] = ess_json_array_end,
    };
    ess_json_reader reader;
    ess_json_token token;
    ess_json_writer w;

    ess_json_reader_init(&reader, value);
    ess_json_writer_init(&w, room, size);
    while (ess_json_next(&reader, &token) == ESS_OK && token.type != ESS_JSON_END) {
        if (token.type <= ESS_JSON_ARRAY_END)
            brackets[token.type](&w);
        else if (token.type <= ESS_JSON_STRING)
            copy_text(&w, &token);
        else
            ess_json_raw(&w, token.text);
    }
    return ess_json_finish(&w, len);
}

static void compare_value(ess_slice text)
{
    assert_true(same(text, value));
}

/* --- envelope */

static ess_envelope envelope;
static char ns_room[ESS_NS_MAX], envelope_code[ESS_CODE_MAX], d_room[4096], x_room[4096];

static ess_slice make_ns(uint64_t *seed, char room[static 32])
{
    size_t len = 0;

    for (uint64_t segments = chance_below(seed, 4); segments > 0; segments--) {
        len += chance_of(seed, CHANCE_LEVEL, room + len, 1 + chance_below(seed, 8)).len;
        if (segments > 1)
            room[len++] = '/';
    }
    return (ess_slice){room, len};
}

static void make_envelope(uint64_t *seed)
{
    envelope = (ess_envelope){
        .t_utc_ms = chance_time(seed),
        .ns = make_ns(seed, ns_room),
        .code =
            chance_of(seed, "abc!~{}[],:'09", envelope_code, chance_below(seed, ESS_CODE_MAX + 1)),
        .s = chance_one_in(seed, 2) ? ESS_S_METRIC : ESS_S_NONE,
        .te = chance_one_in(seed, 2) ? ESS_TE_REQ : ESS_TE_NONE,
        .d = chance_object(seed, d_room, sizeof d_room),
    };
    if (chance_one_in(seed, 2))
        envelope.x = chance_object(seed, x_room, sizeof x_room);
}

static ess_err print_envelope(char *room, size_t size, size_t *len)
{
    return ess_envelope_print(&envelope, room, size, len);
}

static void compare_envelope_with(const ess_envelope *back)
{
    assert_true(back->t_utc_ms == envelope.t_utc_ms);
    assert_true(same(back->ns, envelope.ns) && same(back->code, envelope.code));
    assert_true(back->s == envelope.s && back->te == envelope.te);
    assert_true(same(back->d, envelope.d) && same(back->x, envelope.x));
}

static void compare_envelope(ess_slice text)
{
    ess_envelope back;
    ess_fault fault = {0};

    if (ess_envelope_parse(text, &data_topic, lent_scratch(), &back, &fault) != ESS_OK)
        fail_msg("%s %s: %.*s", fault.rule, fault.what, (int)text.len, text.ptr);
    compare_envelope_with(&back);
}

static ess_err parse_envelope(ess_slice text)
{
    ess_envelope out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_envelope_parse(text, &data_topic, lent_scratch(), &out, &fault));
    assert_true(err == fault.err && fault.offset <= text.len);
    return err;
}

/* --- reports: every form of d */

enum { ROWS = 4, VALUES = 8, ELEMENTS = 12 };

typedef struct made_value {
    char name[ESS_NAME_MAX], text[24];
    ess_slice name_text, text_text;
    ess_value_kind kind;
    bool truth, is_object, has_q, has_ts;
    uint8_t quality;
    int64_t ts;
    ess_decimal number;
    size_t count;
    bool holes[ELEMENTS]; /* null in the array */
    ess_decimal elements[ELEMENTS];
} made_value;

typedef struct made_row {
    bool has_n, has_ts;
    uint64_t n;
    int64_t ts;
    ess_slice ns;
    char ns_room[32];
    size_t count;
    made_value values[VALUES];
} made_row;

static struct made_report {
    bool is_batch;
    size_t count, turn;
    made_row rows[ROWS];
} report;

static void make_report_value(uint64_t *seed, made_value *v, size_t index)
{
    size_t tail = chance_below(seed, ESS_NAME_MAX - 1);

    v->name[0] = (char)('a' + index); /* no name twice; "rows" is none */
    ess_slice rest = chance_text(seed, true, v->name + 1, chance_one_in(seed, 4) ? tail : tail % 8);
    v->name_text = (ess_slice){v->name, rest.len + 1};
    v->kind = (ess_value_kind)chance_below(seed, ESS_VALUE_ARRAY + 1);
    v->truth = v->kind == ESS_VALUE_BOOL && chance_one_in(seed, 2);
    v->is_object = chance_one_in(seed, 3);
    v->has_q = v->is_object && chance_one_in(seed, 2);
    v->has_ts = v->is_object && chance_one_in(seed, 2);
    v->quality = v->has_q ? (uint8_t)chance_next(seed) : 0;
    v->ts = chance_time(seed);
    v->number = chance_decimal(seed);
    v->text_text = chance_text(seed, false, v->text, sizeof v->text);
    v->count = chance_below(seed, ELEMENTS + 1);
    for (size_t i = 0; i < v->count; i++) {
        v->holes[i] = chance_one_in(seed, 5);
        v->elements[i] = chance_decimal(seed);
    }
}

static void make_report(uint64_t *seed)
{
    report = (struct made_report){.is_batch = chance_one_in(seed, 2), .count = 1};
    if (report.is_batch)
        report.count = chance_below(seed, ROWS + 1);
    report.turn = chance_next(seed) >> 40;
    make_envelope(seed);
    for (size_t i = 0; i < report.count; i++) {
        made_row *row = &report.rows[i];
        row->has_n = report.is_batch && !chance_one_in(seed, 4);
        row->n = row->has_n ? (uint64_t)chance_count(seed, 1) : 0;
        row->has_ts = report.is_batch && chance_one_in(seed, 2);
        row->ts = chance_time(seed);
        if (report.is_batch)
            row->ns = make_ns(seed, row->ns_room);
        row->count = chance_below(seed, VALUES + 1);
        for (size_t k = 0; k < row->count; k++)
            make_report_value(seed, &row->values[k], k);
    }
}

static void write_plain(ess_json_writer *w, const made_value *v)
{
    if (v->kind == ESS_VALUE_NULL)
        ess_json_null(w);
    else if (v->kind == ESS_VALUE_BOOL)
        ess_json_bool(w, v->truth);
    else if (v->kind == ESS_VALUE_NUMBER)
        ess_json_decimal(w, v->number);
    else if (v->kind == ESS_VALUE_TEXT)
        ess_json_text(w, v->text_text);
    else
        ess_json_array_begin(w);
    if (v->kind != ESS_VALUE_ARRAY)
        return;
    for (size_t i = 0; i < v->count; i++) {
        if (v->holes[i])
            ess_json_null(w);
        else
            ess_json_decimal(w, v->elements[i]);
    }
    ess_json_array_end(w);
}

/* Members in any order. */
static void write_value(ess_json_writer *w, const made_value *v, size_t turn)
{
    ess_json_key_text(w, v->name_text);
    if (!v->is_object) {
        write_plain(w, v);
        return;
    }
    ess_json_object_begin(w);
    for (size_t i = 0; i < 3; i++) {
        size_t member = (i + turn) % 3;
        if (member == 0) {
            ess_json_key(w, "v");
            write_plain(w, v);
        } else if (member == 1 && v->has_q) {
            ess_json_key(w, "q");
            ess_json_int(w, v->quality);
        } else if (member == 2 && v->has_ts) {
            ess_json_key(w, "ts");
            ess_json_int(w, v->ts);
        }
    }
    ess_json_object_end(w);
}

static void write_values(ess_json_writer *w, const made_row *row)
{
    ess_json_object_begin(w);
    for (size_t i = 0; i < row->count; i++)
        write_value(w, &row->values[i], report.turn + i);
    ess_json_object_end(w);
}

static void write_row(ess_json_writer *w, const made_row *row)
{
    ess_json_object_begin(w);
    for (size_t i = 0; i < 4; i++) {
        size_t member = (i + report.turn) % 4;
        if (member == 0 && row->has_n) {
            ess_json_key(w, "n");
            ess_json_int(w, (int64_t)row->n);
        } else if (member == 1 && row->has_ts) {
            ess_json_key(w, "ts");
            ess_json_int(w, row->ts);
        } else if (member == 2 && row->ns.len > 0) {
            ess_json_key(w, "ns");
            ess_json_text(w, row->ns);
        } else if (member == 3) {
            ess_json_key(w, "v");
            write_values(w, row);
        }
    }
    ess_json_object_end(w);
}

static ess_err print_report(char *room, size_t size, size_t *len)
{
    static char d[PROPERTY_ROOM];
    ess_json_writer w;
    size_t d_len = 0;

    ess_json_writer_init(&w, d, sizeof d);
    if (report.is_batch) {
        ess_json_object_begin(&w);
        ess_json_key(&w, "rows");
        ess_json_array_begin(&w);
        for (size_t i = 0; i < report.count; i++)
            write_row(&w, &report.rows[i]);
        ess_json_array_end(&w);
        ess_json_object_end(&w);
    } else {
        write_values(&w, &report.rows[0]);
    }
    assert_int_equal(ess_json_finish(&w, &d_len), ESS_OK);
    envelope.d = (ess_slice){d, d_len};
    return ess_envelope_print(&envelope, room, size, len);
}

static void compare_array(const made_value *v, ess_slice raw)
{
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number = {0};
    bool found = false;

    assert_int_equal(ess_array_begin(&it, raw), ESS_OK);
    for (size_t i = 0; i < v->count; i++) {
        assert_int_equal(ess_array_next(&it, &kind, &number, &found), ESS_OK);
        assert_true(found && kind == (v->holes[i] ? ESS_VALUE_NULL : ESS_VALUE_NUMBER));
        if (!v->holes[i])
            assert_true(number.mantissa == v->elements[i].mantissa &&
                        number.scale == v->elements[i].scale);
    }
    assert_int_equal(ess_array_next(&it, &kind, &number, &found), ESS_OK);
    assert_false(found);
}

/* Text and array, which both ways of reading hand on as they stand in the payload. */
static void compare_raw(const made_value *v, ess_slice raw)
{
    char room[sizeof v->text];
    size_t len = 0;
    ess_json_token token = {.type = ESS_JSON_STRING, .text = raw};

    if (v->kind == ESS_VALUE_ARRAY)
        compare_array(v, raw);
    if (v->kind != ESS_VALUE_TEXT)
        return;
    token.escaped = raw.len > 0 && memchr(raw.ptr, '\\', raw.len) != NULL;
    assert_int_equal(ess_json_unescape(&token, room, sizeof room, &len), ESS_OK);
    assert_true(same((ess_slice){room, len}, v->text_text));
}

static int64_t row_time(const made_row *row)
{
    return row->has_ts ? row->ts : envelope.t_utc_ms;
}

static void compare_row(const made_row *row, const ess_row *back)
{
    assert_true(back->has_n == row->has_n && back->n == row->n);
    assert_true(back->ts_utc_ms == row_time(row));
    assert_true(same(back->ns, row->ns.len > 0 ? row->ns : envelope.ns));
}

static void compare_values(const made_row *row, const ess_row *back)
{
    ess_value_iterator it;
    ess_value got;
    ess_fault fault = {0};
    bool found = false;

    assert_int_equal(ess_values_begin(&it, back, &fault), ESS_OK);
    for (size_t i = 0; i < row->count; i++) {
        const made_value *v = &row->values[i];
        assert_int_equal(ess_values_next(&it, &got, &found, &fault), ESS_OK);
        assert_true(found && same(got.name, v->name_text) && got.kind == v->kind);
        assert_true(got.quality == v->quality && got.truth == v->truth);
        assert_true(got.ts_utc_ms == (v->has_ts ? v->ts : row_time(row)));
        if (v->kind == ESS_VALUE_NUMBER)
            assert_true(got.number.mantissa == v->number.mantissa &&
                        got.number.scale == v->number.scale);
        compare_raw(v, got.raw);
    }
    for (int again = 0; again < 2; again++) {
        assert_int_equal(ess_values_next(&it, &got, &found, &fault), ESS_OK);
        assert_false(found);
    }
}

/* The strict way: row by row, value by value. */
static void compare_strictly(ess_slice text)
{
    ess_row_iterator it;
    ess_row row;
    ess_envelope back;
    ess_fault fault = {0};
    bool found = false;

    assert_int_equal(ess_envelope_parse(text, &data_topic, lent_scratch(), &back, &fault), ESS_OK);
    compare_envelope_with(&back);
    assert_int_equal(ess_rows_begin(&it, &back, &fault), ESS_OK);
    for (size_t i = 0; i < report.count; i++) {
        assert_int_equal(ess_rows_next(&it, &row, &found, &fault), ESS_OK);
        assert_true(found);
        compare_row(&report.rows[i], &row);
        compare_values(&report.rows[i], &row);
    }
    assert_int_equal(ess_rows_next(&it, &row, &found, &fault), ESS_OK);
    assert_false(found);
}

static int64_t reading_mantissa(const made_value *v)
{
    return v->kind == ESS_VALUE_NUMBER  ? v->number.mantissa
           : v->kind == ESS_VALUE_ARRAY ? (int64_t)v->count
                                        : v->truth;
}

/* In one walk, by shape. */
static void compare_report(ess_slice text)
{
    ess_readings *read = lent_readings();
    ess_envelope back;
    ess_fault fault = {0};
    size_t at = 0;

    compare_strictly(text);
    if (ess_report_read(text, &data_topic, read, &back, &fault) != ESS_OK)
        fail_msg("%s %s: %.*s", fault.rule, fault.what, (int)text.len, text.ptr);
    compare_envelope_with(&back);
    assert_true(read->rows == report.count);
    for (size_t i = 0; i < report.count; i++) {
        const made_row *row = &report.rows[i];
        compare_row(row, &read->row[i]);
        for (size_t k = 0; k < row->count; k++, at++) {
            const made_value *v = &row->values[k];
            const ess_reading *got = &read->reading[at];
            assert_true(got->row == i && got->kind == v->kind && got->quality == v->quality);
            assert_true(same((ess_slice){text.ptr + got->name_at, got->name_len}, v->name_text));
            assert_true(got->ts_utc_ms == (v->has_ts ? v->ts : row_time(row)));
            assert_true(got->mantissa == reading_mantissa(v));
            assert_true(got->scale == (v->kind == ESS_VALUE_NUMBER ? v->number.scale : 0));
            compare_raw(v, (ess_slice){text.ptr + got->raw_at, got->raw_len});
        }
    }
    assert_true(read->readings == at);
}

static ess_err parse_report(ess_slice text)
{
    ess_readings *read = lent_readings();
    ess_fault fault = {0};
    ess_envelope out;
    ess_err err;

    read->rows = read->readings = 4242;
    PROPERTY_PARSE(err, out, ess_report_read(text, &data_topic, read, &out, &fault));
    assert_true(err == fault.err && fault.offset <= text.len);
    assert_true(err == ESS_OK || (read->rows == 4242 && read->readings == 4242));
    assert_int_equal(parse_envelope(text), err);
    return err;
}

/* --- all of them */

static void topics_come_back(void **state)
{
    static const property p = {.name = "topic",
                               .make = make_topic,
                               .print = print_topic,
                               .compare = compare_topic,
                               .parse = parse_topic,
                               .ends_in_nul = true,
                               .leaves_room = true};
    (void)state;
    property_check(&p, 3000, 40);
}

static void codes_of_reports_come_back(void **state)
{
    static const property p = {.name = "code",
                               .make = make_code,
                               .print = print_code,
                               .compare = compare_code,
                               .parse = parse_code,
                               .ends_in_nul = true,
                               .leaves_room = true};
    (void)state;
    property_check(&p, 3000, 100);
}

static void scalars_come_back(void **state)
{
    static const property p = {.name = "scalars",
                               .make = make_scalars,
                               .print = print_scalars,
                               .compare = compare_scalars,
                               .parse = parse_json,
                               .cut = ESS_E_JSON_SYNTAX};
    (void)state;
    property_check(&p, 1000, 20);
}

static void json_comes_back(void **state)
{
    static const property p = {.name = "json",
                               .make = make_value,
                               .print = print_value,
                               .compare = compare_value,
                               .parse = parse_json,
                               .cut = ESS_E_JSON_SYNTAX};
    (void)state;
    property_check(&p, 1000, 20);
}

static void envelopes_come_back(void **state)
{
    static const property p = {.name = "envelope",
                               .make = make_envelope,
                               .print = print_envelope,
                               .compare = compare_envelope,
                               .parse = parse_envelope,
                               .cut = ESS_E_JSON_SYNTAX};
    (void)state;
    property_check(&p, 1000, 20);
}

static void reports_of_every_form_come_back(void **state)
{
    static const property p = {.name = "report",
                               .make = make_report,
                               .print = print_report,
                               .compare = compare_report,
                               .parse = parse_report,
                               .cut = ESS_E_JSON_SYNTAX};
    (void)state;
    property_check(&p, 1000, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_come_back),    cmocka_unit_test(codes_of_reports_come_back),
        cmocka_unit_test(scalars_come_back),   cmocka_unit_test(json_comes_back),
        cmocka_unit_test(envelopes_come_back), cmocka_unit_test(reports_of_every_form_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

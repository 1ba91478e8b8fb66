/* d of reports: rows, values, arrays; and the code "<sid>-<n>". Everything is walked in place. */
#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/try.h"
#include "ess/message.h"

/* --- code */

static bool sid_is_legal(const char sid[static ESS_SID_LEN])
{
    for (size_t i = 0; i < ESS_SID_LEN; i++) {
        bool hex = (sid[i] >= '0' && sid[i] <= '9') || (sid[i] >= 'a' && sid[i] <= 'f');
        if (!hex)
            return false;
    }
    return true;
}

bool ess_count_parse(ess_slice text, uint64_t *out)
{
    uint64_t value = 0;

    if (text.len == 0 || text.ptr[0] == '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (digit > 9 || value > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

ess_err ess_report_code_parse(ess_slice code, ess_report_code *out)
{
    uint64_t n = 0;
    size_t head = ESS_SID_LEN + 1;

    if (code.len <= head || !sid_is_legal(code.ptr) || code.ptr[ESS_SID_LEN] != '-' ||
        !ess_count_parse((ess_slice){code.ptr + head, code.len - head}, &n))
        return ESS_E_ENVELOPE;
    memcpy(out->sid, code.ptr, ESS_SID_LEN);
    out->sid[ESS_SID_LEN] = '\0';
    out->n = n;
    return ESS_OK;
}

ess_err ess_report_code_print(const ess_report_code *code, char *room, size_t room_size)
{
    char digits[20];
    size_t len = ess_digits_print(code->n, digits);

    if (code->n == 0 || code->n > INT64_MAX || !sid_is_legal(code->sid))
        return ESS_E_ENVELOPE;
    if (room_size < ESS_SID_LEN + 1 + len + 1)
        return ESS_E_NO_ROOM;
    memcpy(room, code->sid, ESS_SID_LEN);
    room[ESS_SID_LEN] = '-';
    memcpy(room + ESS_SID_LEN + 1, digits, len);
    room[ESS_SID_LEN + 1 + len] = '\0';
    return ESS_OK;
}

/* --- what rows and values share */

static ess_err refuse(ess_fault *fault, uint32_t offset, const char *rule, const char *what)
{
    return ess_refuse(fault, (ess_fault){ESS_E_DATA, offset, rule, what});
}

static ess_err too_large(ess_fault *fault, uint32_t offset, const char *rule, const char *what)
{
    return ess_refuse(fault, (ess_fault){ESS_E_TOO_LARGE, offset, rule, what});
}

static ess_err next_token(ess_json_reader *reader, ess_json_token *token, ess_fault *fault)
{
    ess_err err = ess_json_next(reader, token);

    return err == ESS_OK ? err : ess_refuse(fault, reader->fault);
}

static ess_err skip_value(ess_json_reader *reader, ess_slice *raw, ess_fault *fault)
{
    ess_json_token first;

    TRY(next_token(reader, &first, fault));
    ess_err err = ess_json_skip(reader, &first, raw);
    return err == ESS_OK ? err : ess_refuse(fault, reader->fault);
}

/* Starts reading the object text. */
static ess_err open_object(ess_json_reader *reader, ess_slice text, ess_fault *fault)
{
    ess_json_token token;

    ess_json_reader_init(reader, text);
    TRY(next_token(reader, &token, fault));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return refuse(fault, token.offset, "ENV-34", "not an object");
    return ESS_OK;
}

static ess_err read_ts(ess_json_reader *reader, int64_t *ts_utc_ms, ess_fault *fault)
{
    ess_json_token token;
    int64_t ts = 0;

    TRY(next_token(reader, &token, fault));
    if (token.type != ESS_JSON_NUMBER || ess_json_integer(&token, &ts) != ESS_OK || ts < 0 ||
        ts > ESS_TIME_MAX)
        return refuse(fault, token.offset, "DAT-06", "ts is not a whole number in 0 .. 2^53-1");
    *ts_utc_ms = ts;
    return ESS_OK;
}

/* --- rows */

ess_err ess_rows_begin(ess_row_iterator *it, const ess_envelope *envelope, ess_fault *fault)
{
    ess_row_iterator begun = {
        .t_utc_ms = envelope->t_utc_ms, .ns = envelope->ns, .whole = envelope->d};
    ess_json_token token;

    TRY(open_object(&begun.reader, envelope->d, fault));
    while (!envelope->no_rows) {
        TRY(next_token(&begun.reader, &token, fault));
        if (token.type != ESS_JSON_KEY)
            break;
        if (ess_json_text_is(&token, "rows")) {
            TRY(next_token(&begun.reader, &token, fault));
            if (token.type != ESS_JSON_ARRAY_BEGIN)
                return refuse(fault, token.offset, "DAT-02", "rows is not an array");
            begun.is_batch = true;
            break;
        }
        TRY(skip_value(&begun.reader, NULL, fault));
    }
    *it = begun;
    return ESS_OK;
}

static ess_err row_n(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    ess_json_token token;

    TRY(next_token(&it->reader, &token, fault));
    bool digits = (token.type == ESS_JSON_NUMBER || token.type == ESS_JSON_STRING) &&
                  ess_count_parse(token.text, &row->n);
    if (!digits)
        return refuse(fault, token.offset, "DAT-03", "n is not a whole number from 1");
    row->has_n = true;
    return ESS_OK;
}

static ess_err row_ts(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    it->odd |= row->values.len > 0; /* what has its time by now would have got another */
    return read_ts(&it->reader, &row->ts_utc_ms, fault);
}

static ess_err row_ns(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    ess_json_token token;

    TRY(next_token(&it->reader, &token, fault));
    return ess_ns_read(&token, ESS_E_DATA, &row->ns, fault);
}

static ess_err row_v(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    uint32_t offset = (uint32_t)(it->reader.cur - it->reader.begin);

    if (it->values != NULL) {
        const char *behind = it->values(it->values_of, row, it->reader.cur);
        if (behind == NULL)
            return ESS_E_DATA;
        ess_json_pass(&it->reader, behind);
        return ESS_OK;
    }
    TRY(skip_value(&it->reader, &row->values, fault));
    if (row->values.ptr[0] != '{')
        return refuse(fault, offset, "DAT-17", "v of a row is not an object");
    return ESS_OK;
}

static ess_err row_other(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    (void)row;
    it->odd = true;
    return skip_value(&it->reader, NULL, fault);
}

static const struct row_member {
    const char *name;
    ess_err (*read)(ess_row_iterator *it, ess_row *row, ess_fault *fault);
} row_members[] = {{"n", row_n}, {"ts", row_ts}, {"ns", row_ns}, {"v", row_v}, {NULL, row_other}};

/* The members of one row, up to its closing brace. */
static ess_err read_row(ess_row_iterator *it, ess_row *row, ess_fault *fault)
{
    ess_json_token token;
    unsigned seen = 0;

    for (;;) {
        unsigned member = 0;
        TRY(next_token(&it->reader, &token, fault));
        if (token.type != ESS_JSON_KEY)
            break;
        while (row_members[member].name != NULL &&
               !ess_json_text_is(&token, row_members[member].name))
            member++;
        TRY(row_members[member].read(it, row, fault));
        it->odd |= (seen & 1U << member) != 0;
        seen |= 1U << member;
    }
    if (row->values.len == 0)
        return refuse(fault, token.offset, "DAT-17", "a row has no v");
    return ESS_OK;
}

ess_err ess_rows_next(ess_row_iterator *it, ess_row *row, bool *found, ess_fault *fault)
{
    ess_row next = {.ts_utc_ms = it->t_utc_ms, .ns = it->ns};
    ess_json_token token;

    *found = false;
    if (it->done)
        return ESS_OK;
    if (!it->is_batch) {
        it->done = true;
        next.values = it->whole;
    } else {
        TRY(next_token(&it->reader, &token, fault));
        if (token.type == ESS_JSON_ARRAY_END) {
            it->done = true;
            return ESS_OK;
        }
        if (token.type != ESS_JSON_OBJECT_BEGIN)
            return refuse(fault, token.offset, "DAT-02", "a row is not an object");
        if (it->count == ESS_ROWS_MAX)
            return too_large(fault, token.offset, "DAT-16", "more than 1024 rows");
        it->count++;
        TRY(read_row(it, &next, fault));
    }
    *row = next;
    *found = true;
    return ESS_OK;
}

/* --- values */

ess_err ess_values_begin(ess_value_iterator *it, const ess_row *row, ess_fault *fault)
{
    ess_value_iterator begun = {.ts_utc_ms = row->ts_utc_ms};

    TRY(open_object(&begun.reader, row->values, fault));
    *it = begun;
    return ESS_OK;
}

static ess_err read_decimal(const ess_json_token *token, ess_decimal *number, ess_fault *fault)
{
    if (ess_decimal_parse(token->text, number) != ESS_OK)
        return ess_refuse(fault, (ess_fault){ESS_E_NUMBER, token->offset, "DAT-04",
                                             "a number that 64 bits cannot hold exactly"});
    return ESS_OK;
}

/* The array whose bracket was just read: numbers or null only. */
static ess_err check_array(ess_json_reader *reader, uint16_t *count, ess_fault *fault)
{
    ess_json_token token;
    ess_decimal number;

    for (*count = 0;; (*count)++) {
        *count = (uint16_t)(*count + ess_json_small_numbers(reader, ESS_ARRAY_MAX - *count));
        TRY(next_token(reader, &token, fault));
        if (token.type == ESS_JSON_ARRAY_END)
            return ESS_OK;
        if (*count == ESS_ARRAY_MAX)
            return too_large(fault, token.offset, "DAT-07", "more than 1024 elements");
        if (token.type == ESS_JSON_NULL)
            continue;
        if (token.type != ESS_JSON_NUMBER)
            return refuse(fault, token.offset, "DAT-33", "an element is no number and not null");
        TRY(read_decimal(&token, &number, fault));
    }
}

/* A value of forms 1 and 4, or the v of form 2; token is its first. */
static ess_err read_plain(ess_json_reader *reader, ess_value *value, const ess_json_token *token,
                          ess_fault *fault)
{
    static const uint8_t kinds[] = {
        [ESS_JSON_STRING] = ESS_VALUE_TEXT,       [ESS_JSON_NUMBER] = ESS_VALUE_NUMBER,
        [ESS_JSON_TRUE] = ESS_VALUE_BOOL,         [ESS_JSON_FALSE] = ESS_VALUE_BOOL,
        [ESS_JSON_ARRAY_BEGIN] = ESS_VALUE_ARRAY, [ESS_JSON_NULL] = ESS_VALUE_NULL};

    if (token->type == ESS_JSON_OBJECT_BEGIN)
        return refuse(fault, token->offset, "DAT-27", "v is an object");
    value->kind = (ess_value_kind)kinds[token->type];
    value->truth = token->type == ESS_JSON_TRUE;
    value->raw = token->text;
    if (token->type == ESS_JSON_NUMBER)
        return read_decimal(token, &value->number, fault);
    if (token->type == ESS_JSON_ARRAY_BEGIN) {
        TRY(check_array(reader, &value->count, fault));
        value->raw.len = (size_t)(reader->cur - token->text.ptr);
    }
    return ESS_OK;
}

enum { PART_V, PART_Q, PART_TS, PARTS };

static ess_err read_quality(ess_json_reader *reader, ess_value *value, ess_fault *fault)
{
    ess_json_token token;
    int64_t quality = 0;

    TRY(next_token(reader, &token, fault));
    if (token.type != ESS_JSON_NUMBER || ess_json_integer(&token, &quality) != ESS_OK ||
        quality < 0 || quality > UINT8_MAX)
        return refuse(fault, token.offset, "DAT-28", "q is not a whole number in 0 .. 255");
    value->quality = (uint8_t)quality;
    return ESS_OK;
}

/* One member of form 2, its name read. */
static ess_err read_part(ess_json_reader *reader, unsigned part, ess_value *value, ess_fault *fault)
{
    ess_json_token token;

    if (part == PART_Q)
        return read_quality(reader, value, fault);
    if (part == PART_TS)
        return read_ts(reader, &value->ts_utc_ms, fault);
    if (part == PARTS)
        return skip_value(reader, NULL, fault);
    TRY(next_token(reader, &token, fault));
    return read_plain(reader, value, &token, fault);
}

/* Form 2, behind its brace: {"v":...,"q":...,"ts":...} in any order. */
static ess_err read_qualified(ess_json_reader *reader, ess_value *value, bool *odd,
                              ess_fault *fault)
{
    static const char *const names[PARTS] = {"v", "q", "ts"};
    ess_json_token token;
    unsigned seen = 0;

    for (;;) {
        unsigned part = 0;
        TRY(next_token(reader, &token, fault));
        if (token.type != ESS_JSON_KEY)
            break;
        while (part < PARTS && !ess_json_text_is(&token, names[part]))
            part++;
        TRY(read_part(reader, part, value, fault));
        *odd |= part == PARTS || (seen & 1U << part) != 0;
        seen |= 1U << part;
    }
    if ((seen & 1U << PART_V) == 0)
        return refuse(fault, token.offset, "DAT-05", "a value object has no v");
    return ESS_OK;
}

ess_err ess_value_read(ess_json_reader *reader, ess_value *value, bool *odd, ess_fault *fault)
{
    ess_json_token token;

    TRY(next_token(reader, &token, fault));
    if (token.type == ESS_JSON_OBJECT_BEGIN)
        return read_qualified(reader, value, odd, fault);
    return read_plain(reader, value, &token, fault);
}

ess_err ess_values_next(ess_value_iterator *it, ess_value *value, bool *found, ess_fault *fault)
{
    ess_value next = {.ts_utc_ms = it->ts_utc_ms};
    ess_json_token key;
    bool odd = false;

    *found = false;
    if (it->done)
        return ESS_OK;
    TRY(next_token(&it->reader, &key, fault));
    if (key.type != ESS_JSON_KEY) {
        it->done = true;
        return ESS_OK;
    }
    if (key.escaped || key.text.len == 0 || key.text.len > ESS_NAME_MAX)
        return refuse(fault, key.offset, key.escaped ? "DAT-13" : "DAT-12", "not a point name");
    next.name = key.text;
    TRY(ess_value_read(&it->reader, &next, &odd, fault));
    *value = next;
    *found = true;
    return ESS_OK;
}

/* --- arrays */

ess_err ess_array_begin(ess_array_iterator *it, ess_slice raw)
{
    ess_array_iterator begun;
    ess_json_token token;

    ess_json_reader_init(&begun.reader, raw);
    TRY(ess_json_next(&begun.reader, &token));
    if (token.type != ESS_JSON_ARRAY_BEGIN)
        return ESS_E_DATA;
    *it = begun;
    return ESS_OK;
}

ess_err ess_array_next(ess_array_iterator *it, ess_value_kind *kind, ess_decimal *number,
                       bool *found)
{
    ess_json_token token;

    *found = false;
    TRY(ess_json_next(&it->reader, &token));
    if (token.type == ESS_JSON_ARRAY_END || token.type == ESS_JSON_END)
        return ESS_OK;
    if (token.type == ESS_JSON_NUMBER) {
        TRY(ess_decimal_parse(token.text, number));
        *kind = ESS_VALUE_NUMBER;
    } else if (token.type == ESS_JSON_NULL) {
        *kind = ESS_VALUE_NULL;
    } else {
        return ESS_E_DATA;
    }
    *found = true;
    return ESS_OK;
}

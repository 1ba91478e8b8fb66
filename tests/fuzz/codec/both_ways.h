/* Reads a report in both ways there are, the quick and the strict, and tells where they differ. */
#ifndef ESS_TESTS_BOTH_WAYS_H
#define ESS_TESTS_BOTH_WAYS_H

#include <string.h>

#include "../../lib/lent.h"
#include "ess/limits.h"
#include "ess/shape.h"

enum { BOTH_VALUES = 32768 };

/* What the quick way read last. */
typedef struct both_ways {
    ess_err err;
    ess_fault fault;
    ess_scratch *scratch; /* set by the caller, or NULL: room for any message */
    ess_readings read;
    ess_envelope envelope;
    ess_row row[ESS_ROWS_MAX];
    ess_reading reading[BOTH_VALUES];
} both_ways;

static inline bool both_same_slice(ess_slice a, ess_slice b)
{
    return a.len == b.len && (a.len == 0 || a.ptr == b.ptr);
}

static inline bool both_same_envelope(const ess_envelope *a, const ess_envelope *b)
{
    return a->t_utc_ms == b->t_utc_ms && both_same_slice(a->ns, b->ns) &&
           both_same_slice(a->code, b->code) && a->s == b->s && a->te == b->te &&
           both_same_slice(a->d, b->d) && both_same_slice(a->x, b->x) && a->no_rows == b->no_rows;
}

static inline bool both_same_row(const ess_row *a, const ess_row *b)
{
    return a->has_n == b->has_n && a->n == b->n && a->ts_utc_ms == b->ts_utc_ms &&
           both_same_slice(a->ns, b->ns) && both_same_slice(a->values, b->values);
}

static inline int64_t both_mantissa(const ess_value *value)
{
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number;
    int64_t count = 0;
    bool found = value->kind == ESS_VALUE_ARRAY && ess_array_begin(&it, value->raw) == ESS_OK;

    while (found && ess_array_next(&it, &kind, &number, &found) == ESS_OK && found)
        count++;
    return value->kind == ESS_VALUE_NUMBER  ? value->number.mantissa
           : value->kind == ESS_VALUE_ARRAY ? count
                                            : value->kind == ESS_VALUE_BOOL && value->truth;
}

static inline bool both_same_value(ess_slice payload, const ess_shape *shape, const ess_value *a,
                                   const ess_reading *b)
{
    bool has_raw = a->kind == ESS_VALUE_TEXT || a->kind == ESS_VALUE_ARRAY;
    ess_slice raw = {payload.ptr + b->raw_at, b->raw_len};
    ess_slice name = {payload.ptr + b->name_at, b->name_len};

    return both_same_slice(a->name, name) && a->kind == (ess_value_kind)b->kind &&
           a->quality == b->quality && a->ts_utc_ms == b->ts_utc_ms &&
           b->mantissa == both_mantissa(a) &&
           b->scale == (a->kind == ESS_VALUE_NUMBER ? a->number.scale : 0) &&
           (has_raw ? both_same_slice(a->raw, raw) : b->raw_len == 0) &&
           (b->key == ESS_SHAPE_NONE ||
            (b->key < shape->count && ess_slice_equal(ess_shape_name(shape, b->key), name)));
}

/* The strict way, beside what the quick one read. */
static inline const char *both_compare(ess_slice payload, const ess_topic *topic,
                                       const ess_shape *shape, const both_ways *quick,
                                       ess_fault *fault, ess_err *err)
{
    const ess_readings *read = &quick->read;
    ess_envelope envelope = {0};
    ess_row_iterator rows;
    ess_row row = {0};
    ess_value_iterator values;
    ess_value value;
    bool found = true;
    uint32_t row_count = 0;
    uint32_t count = 0;

    *err = ess_envelope_parse(payload, topic, read->scratch, &envelope, fault);
    if (*err != ESS_OK)
        return NULL;
    ess_slice part = envelope.d;
    *err = ess_rows_begin(&rows, &envelope, fault);
    while (*err == ESS_OK) {
        part = envelope.d;
        *err = ess_rows_next(&rows, &row, &found, fault);
        if (*err != ESS_OK || !found)
            break;
        if (quick->err == ESS_OK &&
            (row_count >= read->rows || !both_same_row(&row, &read->row[row_count])))
            return "another row";
        row_count++;
        part = row.values;
        *err = ess_values_begin(&values, &row, fault);
        while (*err == ESS_OK) {
            *err = ess_values_next(&values, &value, &found, fault);
            if (*err != ESS_OK || !found)
                break;
            if (quick->err == ESS_OK &&
                (count >= read->readings || read->reading[count].row != row_count - 1 ||
                 !both_same_value(payload, shape, &value, &read->reading[count])))
                return "another value";
            count++;
        }
    }
    if (*err != ESS_OK)
        fault->offset += (uint32_t)(part.ptr - payload.ptr);
    else if (quick->err == ESS_OK && !both_same_envelope(&envelope, &quick->envelope))
        return "another envelope";
    else if (quick->err == ESS_OK && (read->rows != row_count || read->readings != count))
        return "another number of rows or values";
    return NULL;
}

/* NULL: both ways agree on payload; else in what they do not. */
static inline const char *both_ways_read(ess_slice payload, const ess_topic *topic,
                                         ess_shape *shape, both_ways *quick)
{
    ess_fault fault = {0};
    ess_err err;

    quick->read =
        (ess_readings){.shape = shape,
                       .row = quick->row,
                       .reading = quick->reading,
                       .scratch = quick->scratch != NULL ? quick->scratch : lent_scratch(),
                       .row_room = ESS_ROWS_MAX,
                       .reading_room = BOTH_VALUES};
    quick->fault = (ess_fault){0};
    quick->err = ess_report_read(payload, topic, &quick->read, &quick->envelope, &quick->fault);
    const char *differ = both_compare(payload, topic, shape, quick, &fault, &err);
    if (differ != NULL)
        return differ;
    if (err != quick->err)
        return "another error";
    if (err != ESS_OK && (fault.err != quick->fault.err || fault.offset != quick->fault.offset ||
                          fault.rule != quick->fault.rule || fault.what != quick->fault.what))
        return "another fault";
    return NULL;
}

#endif

/* Reading a whole report: the lane where it can, else row by row and value by value through the
 * strict reader, which also teaches the shape its names. */
#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/try.h"

static ess_err no_room(ess_fault *fault, const char *what)
{
    return ess_refuse(fault, (ess_fault){ESS_E_NO_ROOM, 0, "", what});
}

/* A fault's offset, counted from part, as counted from the payload. */
static ess_err moved(ess_err err, ess_slice part, ess_slice payload, ess_fault *fault)
{
    if (err != ESS_OK && fault != NULL)
        fault->offset += (uint32_t)(part.ptr - payload.ptr);
    return err;
}

static uint32_t count_elements(ess_slice array)
{
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number;
    bool found = ess_array_begin(&it, array) == ESS_OK;
    uint32_t count = 0;

    /* Its elements have been checked: there is no error to come. */
    while (found && ess_array_next(&it, &kind, &number, &found) == ESS_OK && found)
        count++;
    return count;
}

static ess_reading reading_of(ess_shape *shape, ess_slice payload, const ess_value *value)
{
    ess_reading reading = {
        .ts_utc_ms = value->ts_utc_ms,
        .name_at = (uint32_t)(value->name.ptr - payload.ptr),
        .key = ess_shape_find(shape, value->name),
        .kind = (uint8_t)value->kind,
        .quality = value->quality,
        .name_len = (uint8_t)value->name.len,
    };

    if (reading.key == ESS_SHAPE_NONE)
        reading.key = ess_shape_add(shape, value->name);
    if (reading.key != ESS_SHAPE_NONE)
        reading.id = shape->keys[reading.key].id;
    if (value->kind == ESS_VALUE_NUMBER) {
        reading.mantissa = value->number.mantissa;
        reading.scale = value->number.scale;
    } else if (value->kind == ESS_VALUE_BOOL) {
        reading.mantissa = value->truth;
    } else if (value->kind == ESS_VALUE_ARRAY) {
        reading.mantissa = count_elements(value->raw);
    }
    if (value->kind == ESS_VALUE_TEXT || value->kind == ESS_VALUE_ARRAY) {
        reading.raw_at = (uint32_t)(value->raw.ptr - payload.ptr);
        reading.raw_len = (uint32_t)value->raw.len;
    }
    return reading;
}

static ess_err read_row(ess_lane *lane, const ess_row *row, ess_fault *fault)
{
    ess_readings *out = lane->out;
    ess_value_iterator it;
    ess_value value;
    bool found = true;

    TRY(moved(ess_values_begin(&it, row, fault), row->values, lane->payload, fault));
    for (;;) {
        TRY(moved(ess_values_next(&it, &value, &found, fault), row->values, lane->payload, fault));
        if (!found)
            return ESS_OK;
        if (lane->readings == out->reading_room)
            return no_room(fault, "more values than there is room for");
        ess_reading *reading = &out->reading[lane->readings++];
        *reading = reading_of(lane->shape, lane->payload, &value);
        reading->row = (uint16_t)(lane->rows - 1);
    }
}

static ess_err read_rows(ess_lane *lane, const ess_envelope *envelope, ess_fault *fault)
{
    ess_readings *out = lane->out;
    ess_row_iterator it;
    bool found = true;

    lane->rows = 0;
    lane->readings = 0;
    TRY(moved(ess_rows_begin(&it, envelope, fault), envelope->d, lane->payload, fault));
    for (;;) {
        ess_row row;
        TRY(moved(ess_rows_next(&it, &row, &found, fault), envelope->d, lane->payload, fault));
        if (!found)
            return ESS_OK;
        if (lane->rows == out->row_room)
            return no_room(fault, "more rows than there is room for");
        out->row[lane->rows++] = row;
        TRY(read_row(lane, &row, fault));
    }
}

ess_err ess_report_read(ess_slice payload, const ess_topic *topic, ess_readings *out,
                        ess_envelope *envelope, ess_fault *fault)
{
    ess_envelope read;
    ess_lane lane;
    ess_walk_of of = {payload, topic, out->scratch, &lane};

    lane.read = ess_lane_read;
    lane.payload = payload;
    lane.shape = out->shape;
    lane.out = out;
    lane.taken = false;
    TRY(ess_envelope_walk(&of, &read, fault));
    if (!lane.taken)
        TRY(read_rows(&lane, &read, fault));
    for (uint32_t i = 0; lane.taken && i < lane.rows; i++) {
        if (out->row[i].ns.len == 0)
            out->row[i].ns = read.ns;
    }
    *envelope = read;
    out->rows = lane.rows;
    out->readings = lane.readings;
    return ESS_OK;
}

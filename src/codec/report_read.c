/* Reading a whole report: the lane where it can, else row by row and value by value through the
 * strict reader, which also teaches the shape its names. */
#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/try.h"

/* What more there is than room for. */
static ess_err no_room(ess_lane *lane, ess_fault *fault, const char *what)
{
    lane->at = lane->payload.ptr;
    return ess_refuse(fault, (ess_fault){ESS_E_NO_ROOM, 0, "", what});
}

void ess_reading_set(ess_reading *reading, ess_slice payload, const ess_value *value)
{
    reading->ts_utc_ms = value->ts_utc_ms;
    reading->kind = (uint8_t)value->kind;
    reading->quality = value->quality;
    reading->mantissa = value->number.mantissa; /* 0 where it is none */
    reading->scale = value->number.scale;
    if (value->kind == ESS_VALUE_BOOL)
        reading->mantissa = value->truth;
    if (value->kind == ESS_VALUE_ARRAY)
        reading->mantissa = value->count;
    if (value->kind == ESS_VALUE_TEXT || value->kind == ESS_VALUE_ARRAY) {
        reading->raw_at = (uint32_t)(value->raw.ptr - payload.ptr);
        reading->raw_len = (uint32_t)value->raw.len;
    }
}

/* A reading of the row that is being read. */
static void add_reading(ess_lane *lane, const ess_value *value)
{
    ess_reading *reading = &lane->out->reading[lane->readings++];
    ess_shape *shape = lane->shape;

    memset(reading, 0, sizeof *reading);
    reading->name_at = (uint32_t)(value->name.ptr - lane->payload.ptr);
    reading->name_len = (uint8_t)value->name.len;
    reading->row = (uint16_t)(lane->rows - 1);
    reading->key = ess_shape_find(shape, value->name);
    if (reading->key == ESS_SHAPE_NONE)
        reading->key = ess_shape_learn(shape, value->name);
    if (reading->key != ESS_SHAPE_NONE)
        reading->id = shape->keys[reading->key].id;
    ess_reading_set(reading, lane->payload, value);
}

static ess_err read_row(ess_lane *lane, const ess_row *row, ess_fault *fault)
{
    ess_value_iterator it;
    ess_value value;
    bool found = true;

    TRY(ess_values_begin(&it, row, fault));
    for (;;) {
        TRY(ess_values_next(&it, &value, &found, fault));
        if (!found)
            return ESS_OK;
        if (lane->readings == lane->out->reading_room)
            return no_room(lane, fault, "more values than there is room for");
        add_reading(lane, &value);
    }
}

/* Out of line, so that its iterators take no stack while the envelope is read. On failure lane->at
 * is what the fault's offset counts from. */
static __attribute__((noinline)) ess_err read_rows(ess_lane *lane, const ess_envelope *envelope,
                                                   ess_fault *fault)
{
    ess_row_iterator it;
    ess_row row;
    bool found = true;

    lane->rows = 0;
    lane->readings = 0;
    lane->at = envelope->d.ptr;
    TRY(ess_rows_begin(&it, envelope, fault));
    for (;;) {
        lane->at = envelope->d.ptr;
        TRY(ess_rows_next(&it, &row, &found, fault));
        if (!found)
            return ESS_OK;
        if (lane->rows == lane->out->row_room)
            return no_room(lane, fault, "more rows than there is room for");
        lane->out->row[lane->rows++] = row;
        lane->at = row.values.ptr;
        TRY(read_row(lane, &row, fault));
    }
}

/* Both envelope and d as the shape predicts them. False: nothing has been said. */
static bool read_predicted(const ess_walk_of *of, ess_envelope *envelope)
{
    ess_lane *lane = of->lane;
    const ess_shape_head *head = &lane->shape->head;
    const char *end = of->payload.ptr + of->payload.len;

    if (!ess_head_read(head, of->payload, of->topic, envelope) || of->scratch->room < head->names)
        return false;
    lane->names_room = (uint32_t)of->scratch->room - head->names;
    const char *behind = ess_lane_read(lane, envelope->d.ptr, envelope->t_utc_ms);
    if (behind == NULL)
        lane->read = NULL;
    if (behind == NULL || behind + 1 != end || *behind != '}')
        return false;
    envelope->d.len = (size_t)(behind - envelope->d.ptr);
    envelope->no_rows = !lane->is_batch;
    lane->taken = true;
    return true;
}

static ess_err read_whole(const ess_walk_of *of, ess_envelope *envelope, ess_fault *fault)
{
    if (read_predicted(of, envelope))
        return ESS_OK;
    TRY(ess_envelope_walk(of, envelope, fault));
    ess_err err = of->lane->taken ? ESS_OK : read_rows(of->lane, envelope, fault);
    if (err != ESS_OK && fault != NULL)
        fault->offset += (uint32_t)(of->lane->at - of->payload.ptr);
    TRY(err);
    ess_head_learn(&of->lane->shape->head, of, envelope);
    return ESS_OK;
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
    lane.t_text = (ess_slice){0};
    TRY(read_whole(&of, &read, fault));
    for (uint32_t i = 0; lane.taken && i < lane.rows; i++) {
        if (out->row[i].ns.len == 0)
            out->row[i].ns = read.ns;
    }
    *envelope = read;
    out->rows = lane.rows;
    out->readings = lane.readings;
    return ESS_OK;
}

/* This project: envelope with every check of the profile, exact decimals. */
#include "bench.h"
#include "ess/shape.h"

static ess_shape shapes[BENCH_STREAMS];
static ess_shape_key keys[BENCH_STREAMS][BENCH_NAMES];
static ess_row rows[ESS_ROWS_MAX];
static ess_reading readings[BENCH_NAMES];
static ess_scratch scratch;
static ess_scratch_name scratch_names[ESS_MEMBERS_MAX];

/* Ids of the names that were new, once for shape and readings. 0 stands for "new". */
static void resolve(ess_shape *shape, const bench_message *message, ess_readings *read)
{
    for (uint32_t i = 0; i < read->readings; i++) {
        ess_reading *reading = &read->reading[i];
        if (reading->id != 0)
            continue;
        reading->id = 1 + bench_id_of(message->text + reading->name_at, reading->name_len);
        shape->keys[reading->key].id = reading->id;
    }
}

static bench_point point_at(size_t index)
{
    const ess_reading *reading = &readings[index];

    return (bench_point){
        .id = reading->id - 1, .scale = reading->scale, .as = {.mantissa = reading->mantissa}};
}

static bool decode(const bench_message *message, bench_result *out)
{
    static const ess_topic topic = {
        .version = 1, .type = ESS_DATA, .application = {"ess", 3}, .group = {"SH001", 5}};
    ess_shape *shape = &shapes[message->stream];
    ess_envelope envelope;
    ess_readings read = {.shape = shape,
                         .row = rows,
                         .reading = readings,
                         .scratch = &scratch,
                         .row_room = ESS_ROWS_MAX,
                         .reading_room = BENCH_NAMES};

    if (scratch.name == NULL)
        ess_scratch_init(&scratch, scratch_names, ESS_MEMBERS_MAX);
    if (shape->room == 0)
        ess_shape_init(shape, keys[message->stream], BENCH_NAMES);
    uint16_t known = shape->count;
    if (ess_report_read((ess_slice){message->text, message->len}, &topic, &read, &envelope, NULL) !=
        ESS_OK)
        return false;
    if (shape->count != known)
        resolve(shape, message, &read);
    out->t = envelope.t_utc_ms;
    out->code_len = envelope.code.len;
    out->count = read.readings;
    out->is_decimal = true;
    out->point_at = point_at;
    return true;
}

static size_t encode(const bench_message *message, char *room)
{
    ess_json_writer writer;
    ess_envelope envelope = {.t_utc_ms = message->t,
                             .ns = ess_slice_from(message->ns),
                             .code = ess_slice_from(message->code),
                             .s = ESS_S_METRIC,
                             .te = ESS_TE_REQ};
    static ess_shape shape;
    static ess_shape_key shape_keys[BENCH_NAMES];
    size_t len = 0;

    if (shape.room == 0) {
        ess_shape_init(&shape, shape_keys, BENCH_NAMES);
        for (size_t i = 0; i < BENCH_NAMES; i++) /* so that an index is an id */
            (void)ess_shape_add(&shape, ess_slice_from(bench_names[i].text));
    }
    ess_json_writer_init(&writer, room, BENCH_ROOM);
    if (ess_envelope_begin(&writer, &envelope) != ESS_OK)
        return 0;
    ess_json_object_begin(&writer);
    for (uint32_t i = 0; i < message->count; i++) {
        const bench_value *value = &message->value[i];
        ess_shape_key_write(&shape, (uint16_t)value->id, &writer);
        ess_json_decimal(&writer, (ess_decimal){value->mantissa, value->scale});
    }
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &envelope);
    return ess_json_finish(&writer, &len) == ESS_OK ? len : 0;
}

const bench_peer bench_esslink = {"esslink", decode, encode};

/* The published examples on the board: each is taken or refused as it says, by the rule it names,
 * and what is taken is read as it says. As tests/unit/session/test_vectors.c, but without a heap,
 * without files, and with the stack measured. */
#include "vectors.h"

#include <string.h>

#include "board.h"
#include "codec/try.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/peer.h"

/* What a device would keep static. */
static char payload_room[ESS_MESSAGE_MAX + 1024];
static ess_scratch_name names[ESS_MEMBERS_MAX];
static ess_scratch scratch;
static ess_arrival arrival;
static ess_topic topic;
static ess_downlink down;
static ess_presence_word presence;
static ess_receipt receipt;
static ess_command command;
static ess_ack ack;
static ess_shape_key keys[ESS_MEMBERS_MAX];
static ess_shape shape;
static ess_row row_room[ESS_ROWS_MAX];
static ess_reading reading_room[ESS_ROWS_MAX];
static ess_readings read = {.shape = &shape,
                            .scratch = &scratch,
                            .row = row_room,
                            .reading = reading_room,
                            .row_room = ESS_ROWS_MAX,
                            .reading_room = ESS_ROWS_MAX};
static ess_value_iterator values;
static ess_value value;
static ess_fault fault;
static char path[ESS_NS_MAX + 1];
static char topic_room[ESS_TOPIC_MAX + 1];

static ess_slice build_payload(const vector *v)
{
    size_t len = 0;
    for (size_t i = 0; i < v->part_count; i++) {
        const vector_part *part = &v->parts[i];
        for (uint32_t k = 0; k < part->times && len + part->len <= sizeof payload_room; k++) {
            memcpy(payload_room + len, part->text, part->len);
            len += part->len;
        }
    }
    return (ess_slice){payload_room, len};
}

static bool first_row_is_right(const vector *v, const ess_row *row)
{
    ess_decimal n = {0};
    bool found;
    if (v->object != NULL && strcmp(path, v->object) != 0)
        return false;
    if (v->n != NULL && (ess_decimal_parse(ess_slice_from(v->n), &n) != ESS_OK || !row->has_n ||
                         row->n != (uint64_t)n.mantissa))
        return false;
    if (!v->accept || (v->ts_utc_ms < 0 && v->quality < 0))
        return true;
    return ess_values_begin(&values, row, NULL) == ESS_OK &&
           ess_values_next(&values, &value, &found, NULL) == ESS_OK && found &&
           (v->ts_utc_ms < 0 || value.ts_utc_ms == v->ts_utc_ms) &&
           (v->quality < 0 || value.quality == v->quality);
}

static ess_err walk_rows(const vector *v, bool *right)
{
    for (uint32_t i = 0; i < read.rows; i++) {
        fault.rule = ess_object_rule(&arrival.topic, read.row[i].ns);
        TRY(ess_object_path(&arrival.topic, read.row[i].ns, path, sizeof path));
        if (i == 0)
            *right = first_row_is_right(v, &read.row[i]);
    }
    return ESS_OK;
}

/* What a receiver of this major refuses by TOP-02. */
static const ess_majors served = {{ESS_MAJOR}, 1};

static ess_err arrive_at_cloud(const vector *v, ess_slice payload, bool *right)
{
    ess_slice text = {v->topic, v->topic_len};
    TRY(ess_majors_check(&served, text, &fault));
    TRY(ess_intake_check(text, payload, &read, &arrival, &fault));
    if (arrival.topic.type == ESS_STATE)
        return ess_presence_parse(arrival.envelope.d, &presence, &fault);
    if (arrival.topic.type == ESS_ACK)
        return ess_ack_parse(&arrival.envelope, &ack, &fault);
    return walk_rows(v, right);
}

static ess_err arrive_at_device(const vector *v, ess_slice payload, bool *right)
{
    const ess_receiver receiver = {.major = ESS_MAJOR,
                                   .application = ESS_SLICE_LITERAL("ess"),
                                   .group = ESS_SLICE_LITERAL("SH001"),
                                   .scratch = &scratch};
    *right = true;
    TRY(ess_downlink_check((ess_slice){v->topic, v->topic_len}, payload, &receiver, &down, &fault));
    if (down.topic.type == ESS_CMD)
        return ess_command_parse(&down.envelope, &command, &fault);
    if (down.topic.type == ESS_RSP)
        return ess_receipt_parse(down.envelope.d, &receipt, &fault);
    return ess_presence_parse(down.envelope.d, &presence, &fault);
}

static ess_err look_at_topic(const vector *v, ess_slice payload, bool *right)
{
    size_t len;
    (void)payload;
    (void)right;
    TRY(ess_topic_parse((ess_slice){v->topic, v->topic_len}, &topic, &fault));
    if (!v->is_sender)
        return ESS_OK;
    fault.rule = "TOP-05";
    return ess_topic_print(&topic, topic_room, sizeof topic_room, &len);
}

/* True when it went as the vector says. *stack: what it took. */
static bool run(const vector *v, uint32_t *stack)
{
    ess_err (*arrive)(const vector *, ess_slice, bool *) = !v->has_payload ? look_at_topic
                                                           : v->to_device  ? arrive_at_device
                                                                           : arrive_at_cloud;
    ess_slice payload = build_payload(v);
    bool right = true;
    fault = (ess_fault){.rule = "", .what = ""};
    board_stack_paint(board_stack_pointer());
    ess_err err = arrive(v, payload, &right);
    if (err == ESS_OK) /* once more, as its names are known now */
        err = arrive(v, payload, &right);
    *stack = board_stack_used();
    if (v->accept)
        return err == ESS_OK && right;
    return err != ESS_OK && v->fault_rule != NULL && strcmp(fault.rule, v->fault_rule) == 0;
}

static void say_difference(const vector *v)
{
    board_say(v->id);
    board_say(v->accept ? ": was to be taken; rule " : ": was to be refused; rule ");
    board_say(fault.rule);
    board_say(", ");
    board_say(fault.what);
    board_say("\n");
}

size_t vectors_run(uint32_t *stack, const char **deepest)
{
    size_t wrong = 0;
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    for (size_t i = 0; i < vector_count; i++) {
        uint32_t used = 0;
        if (!run(&vectors[i], &used)) {
            say_difference(&vectors[i]);
            wrong++;
        }
        if (used > *stack) {
            *stack = used;
            *deepest = vectors[i].id;
        }
    }
    return wrong;
}

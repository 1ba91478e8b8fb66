/* The published examples on the board: from a table instead of files, and with the stack measured.
 */
#include "vectors.h"

#include "../lib/vector.h"
#include "board.h"

/* What a device would keep static. */
static char payload_room[ESS_MESSAGE_MAX + 1024];
static ess_scratch_name names[ESS_MEMBERS_MAX];
static ess_scratch scratch;
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
static vector_run run = {.read = &read};

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

/* "": as the vector says. *stack: what it took. */
static const char *judge(const vector *v, uint32_t *stack)
{
    static vector_case one;
    const char *differs;
    one = (vector_case){.topic = {v->topic, v->topic_len},
                        .payload = build_payload(v),
                        .has_payload = v->has_payload,
                        .to_device = v->to_device,
                        .accept = v->accept,
                        .is_sender = v->is_sender,
                        .fault_rule = v->fault_rule,
                        .object = v->object,
                        .n = v->n,
                        .ts_utc_ms = v->ts_utc_ms,
                        .quality = v->quality};
    board_stack_paint(board_stack_pointer());
    differs = vector_judge(&one, &run);
    *stack = board_stack_used();
    return differs;
}

static void say_difference(const vector *v, const char *differs)
{
    board_say(v->id);
    board_say(": ");
    board_say(differs);
    board_say("; rule ");
    board_say(run.fault.rule);
    board_say(", ");
    board_say(run.fault.what);
    board_say("\n");
}

size_t vectors_run(uint32_t *stack, const char **deepest)
{
    size_t wrong = 0;
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    for (size_t i = 0; i < vector_count; i++) {
        uint32_t used = 0;
        const char *differs = judge(&vectors[i], &used);
        if (differs[0] != '\0') {
            say_difference(&vectors[i], differs);
            wrong++;
        }
        if (used > *stack) {
            *stack = used;
            *deepest = vectors[i].id;
        }
    }
    return wrong;
}

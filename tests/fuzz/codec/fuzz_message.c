/* A topic, a line feed and a payload: through the envelope, its rows, values and arrays. What is
 * accepted is printed and must then be read as the same envelope. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/lent.h"
#include "codec/try.h"
#include "ess/limits.h"
#include "ess/message.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(ess_slice part, ess_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void walk_array(ess_slice raw)
{
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number;
    bool found = true;
    size_t count = 0;

    EXPECT(ess_array_begin(&it, raw) == ESS_OK);
    while (found) {
        EXPECT(ess_array_next(&it, &kind, &number, &found) == ESS_OK);
        count += found;
    }
    EXPECT(count <= ESS_ARRAY_MAX);
}

static ess_err walk_values(const ess_row *row)
{
    ess_value_iterator it;
    ess_value value;
    ess_fault fault = {0};
    bool found = true;

    TRY(ess_values_begin(&it, row, &fault));
    while (found) {
        ess_err err = ess_values_next(&it, &value, &found, &fault);
        if (err != ESS_OK) {
            EXPECT(fault.err == err && fault.offset <= row->values.len);
            return err;
        }
        if (!found)
            break;
        EXPECT(lies_in(value.name, row->values) && lies_in(value.raw, row->values));
        EXPECT(value.name.len > 0 && value.ts_utc_ms >= 0);
        if (value.kind == ESS_VALUE_ARRAY)
            walk_array(value.raw);
    }
    return ESS_OK;
}

static ess_err walk_rows(const ess_envelope *envelope, const ess_topic *topic)
{
    ess_row_iterator it;
    ess_row row;
    ess_fault fault = {0};
    bool found = true;

    ess_envelope unseen = *envelope;
    unseen.no_rows = false; /* looking again must find the same */
    TRY(ess_rows_begin(&it, &unseen, &fault));
    EXPECT(it.is_batch == !envelope->no_rows);
    EXPECT(ess_rows_begin(&it, envelope, &fault) == ESS_OK);
    for (size_t count = 0; found; count++) {
        char path[ESS_NS_MAX + 1];
        EXPECT(count <= ESS_ROWS_MAX);
        TRY(ess_rows_next(&it, &row, &found, &fault));
        if (!found)
            break;
        EXPECT(lies_in(row.values, envelope->d) && row.values.ptr[0] == '{');
        EXPECT(ess_object_path(topic, row.ns, path, sizeof path) != ESS_E_NO_ROOM);
        TRY(walk_values(&row));
    }
    return ESS_OK;
}

static bool same(const ess_envelope *a, const ess_envelope *b)
{
    return a->t_utc_ms == b->t_utc_ms && ess_slice_equal(a->ns, b->ns) &&
           ess_slice_equal(a->code, b->code) && a->s == b->s && a->te == b->te &&
           ess_slice_equal(a->d, b->d) && ess_slice_equal(a->x, b->x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[2 * ESS_MESSAGE_MAX];
    const uint8_t *line_end = size == 0 ? NULL : memchr(data, '\n', size);
    ess_topic topic;
    ess_envelope envelope;
    ess_envelope back;
    ess_fault fault = {0};
    ess_report_code code;
    size_t len = 0;

    if (line_end == NULL)
        return 0;
    size_t topic_len = (size_t)(line_end - data);
    ess_slice payload = {(const char *)line_end + 1, size - topic_len - 1};
    if (ess_topic_parse((ess_slice){(const char *)data, topic_len}, &topic, NULL) != ESS_OK)
        return 0;
    ess_err err = ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault);
    if (err != ESS_OK) {
        EXPECT(fault.err == err && fault.offset <= payload.len && fault.rule[0] != '\0');
        return 0;
    }
    EXPECT(lies_in(envelope.d, payload) && lies_in(envelope.x, payload));
    if (ess_report_code_parse(envelope.code, &code) == ESS_OK) {
        EXPECT(ess_report_code_print(&code, room, ESS_CODE_MAX + 1) == ESS_OK);
        EXPECT(ess_slice_is(envelope.code, room));
    }
    (void)walk_rows(&envelope, &topic);
    EXPECT(ess_envelope_print(&envelope, room, sizeof room, &len) == ESS_OK);
    EXPECT(len <= payload.len + 16); /* t may have been 1e15 */
    EXPECT(ess_envelope_parse((ess_slice){room, len}, &topic, lent_scratch(), &back, NULL) ==
           ESS_OK);
    EXPECT(same(&envelope, &back));
    return 0;
}

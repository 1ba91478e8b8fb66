/* Is this message one that the profile allows here? Looked at whole, before any of it is taken. */
#include "ess/intake.h"

#include "codec/try.h"
#include "ess/sender.h"

#include <string.h>

static ess_err refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    *fault = (ess_fault){err, 0, rule, what};
    return err;
}

/* Types whose messages are numbered and receipted [DLV-01]. */
static bool is_numbered(ess_message_type type)
{
    return type == ESS_DATA || type == ESS_HIST || type == ESS_PARAM || type == ESS_EVENT;
}

/* Types whose d is measured or set values by name. */
static bool holds_values(ess_message_type type)
{
    return type == ESS_DATA || type == ESS_HIST || type == ESS_PARAM;
}

static ess_err count_array(const ess_value *value, uint32_t *elements)
{
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number;
    bool found;
    TRY(ess_array_begin(&it, value->raw));
    for (;;) {
        TRY(ess_array_next(&it, &kind, &number, &found));
        if (!found)
            return ESS_OK;
        (*elements)++;
    }
}

static ess_err check_row(const ess_row *row, uint32_t *values, ess_fault *fault)
{
    ess_value_iterator it;
    ess_value value;
    bool found;
    TRY(ess_values_begin(&it, row, fault));
    for (;;) {
        TRY(ess_values_next(&it, &value, &found, fault));
        if (!found)
            return ESS_OK;
        if (value.kind != ESS_VALUE_ARRAY)
            (*values)++;
        else if (count_array(&value, values) != ESS_OK)
            return refuse(fault, ESS_E_DATA, "DAT-07", "an array holds more than numbers");
    }
}

static ess_err check_rows(ess_arrival *arrival, ess_fault *fault)
{
    ess_row_iterator it;
    ess_row row;
    bool found;
    TRY(ess_rows_begin(&it, &arrival->envelope, fault));
    for (;;) {
        TRY(ess_rows_next(&it, &row, &found, fault));
        if (!found)
            return ESS_OK;
        /* [DLV-08] A backfilled row keeps the number it was first given. */
        if (arrival->topic.type == ESS_HIST && !row.has_n)
            return refuse(fault, ESS_E_DATA, "DLV-08", "a row of HIST wants its n");
        arrival->rows++;
        TRY(check_row(&row, &arrival->values, fault));
    }
}

static ess_err check_code(ess_arrival *arrival, ess_fault *fault)
{
    if (!is_numbered(arrival->topic.type))
        return ESS_OK;
    if (ess_report_code_parse(arrival->envelope.code, &arrival->code) != ESS_OK)
        return refuse(fault, ESS_E_ENVELOPE, "DLV-01", "a report wants a code <sid>-<n>");
    arrival->has_code = true;
    return ESS_OK;
}

static ess_err check_topic(const ess_topic *topic, ess_fault *fault)
{
    if (topic->version != 1)
        return refuse(fault, ESS_E_TOPIC, "TOP-02", "this version of the protocol is not served");
    if (topic->type == ESS_CUSTOM)
        return refuse(fault, ESS_E_DIRECTION, "TOP-04", "custom types are not taken in here");
    if (!ess_message_type_is_up(topic->type))
        return refuse(fault, ESS_E_DIRECTION, "TOP-04",
                      "this type goes to the device, not from it");
    return ESS_OK;
}

/* The code of a payload that is refused, if one can be read before the fault: the sender must be
 * told, or it would send the same again for ever. */
static bool glimpse_code(ess_slice payload, ess_report_code *code)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, payload);
    if (ess_json_next(&reader, &token) != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN)
        return false;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        bool wanted = ess_json_text_is(&token, "code");
        if (ess_json_next(&reader, &token) != ESS_OK)
            return false;
        if (wanted)
            return token.type == ESS_JSON_STRING &&
                   ess_report_code_parse(token.text, code) == ESS_OK;
        if (ess_json_skip(&reader, &token, NULL) != ESS_OK)
            return false;
    }
    return false;
}

ess_err ess_intake_check(ess_slice topic, ess_slice payload, ess_scratch *scratch, ess_arrival *out,
                         ess_fault *fault)
{
    ess_arrival arrival = {0};
    out->has_code = false;
    TRY(ess_topic_parse(topic, &arrival.topic, fault));
    TRY(check_topic(&arrival.topic, fault));
    if (payload.len > ESS_MESSAGE_MAX)
        return refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    ess_err err = ess_envelope_parse(payload, &arrival.topic, scratch, &arrival.envelope, fault);
    if (err != ESS_OK) {
        out->has_code = is_numbered(arrival.topic.type) && glimpse_code(payload, &out->code);
        return err;
    }
    TRY(check_code(&arrival, fault));
    out->has_code = arrival.has_code;
    out->code = arrival.code;
    if (holds_values(arrival.topic.type))
        TRY(check_rows(&arrival, fault));
    *out = arrival;
    return ESS_OK;
}

bool ess_presence_apply(ess_presence *presence, const ess_presence_word *word, int64_t now_utc_ms)
{
    uint64_t sid;
    if (ess_sid_parse(ess_slice_from(word->sid), &sid) != ESS_OK)
        return false;
    if (presence->known && sid < presence->sid)
        return false; /* [PRE-03] a death of an earlier life */
    if (presence->known && sid == presence->sid && word->on == presence->on)
        return false;
    *presence = (ess_presence){true, word->on, sid, now_utc_ms};
    return true;
}

static ess_receipt_slot *slot_for(ess_receipts *all, const char *group, const ess_report_code *code)
{
    for (size_t i = 0; i < all->count; i++) {
        ess_receipt_slot *slot = &all->slot[i];
        if (strcmp(slot->receipt.sid, code->sid) == 0 && strcmp(slot->group, group) == 0)
            return slot;
    }
    if (all->count == ESS_RECEIPTS_MAX)
        return NULL;
    ess_receipt_slot *slot = &all->slot[all->count];
    *slot = (ess_receipt_slot){0};
    if (ess_slice_copy(ess_slice_from(group), slot->group, sizeof slot->group) != ESS_OK)
        return NULL;
    memcpy(slot->receipt.sid, code->sid, sizeof slot->receipt.sid);
    all->count++;
    return slot;
}

ess_err ess_receipts_ok(ess_receipts *all, const char *group, const ess_report_code *code)
{
    ess_receipt_slot *slot = slot_for(all, group, code);
    if (slot == NULL)
        return ESS_E_NO_ROOM;
    return ess_ranges_add(&slot->receipt.ok, code->n, code->n);
}

ess_err ess_receipts_no(ess_receipts *all, const char *group, const ess_report_code *code,
                        const char *rule)
{
    ess_receipt_slot *slot = slot_for(all, group, code);
    if (slot == NULL || slot->receipt.no_count == ESS_REFUSED_MAX)
        return ESS_E_NO_ROOM;
    ess_refused *refused = &slot->receipt.no[slot->receipt.no_count];
    *refused = (ess_refused){.n = code->n};
    TRY(ess_slice_copy(ess_slice_from(rule), refused->rule, sizeof refused->rule));
    slot->receipt.no_count++;
    return ESS_OK;
}

/* Is this message one that the profile allows here? Looked at whole, before any of it is taken. */
#include "ess/intake.h"

#include "codec/try.h"
#include "ess/alarm.h"
#include "ess/sender.h"

#include <string.h>

#define TIME_MAX ((INT64_C(1) << 53) - 1) /* [ENV-03] */

static ess_err refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    if (fault != NULL)
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

/* The rows alone; what they hold is not values by name. */
/* Out of line, as is glimpse: neither needs its stack while the payload is read. */
static __attribute__((noinline)) ess_err read_rows(const ess_envelope *envelope, ess_readings *read,
                                                   ess_fault *fault)
{
    ess_row_iterator it;
    bool found;
    TRY(ess_rows_begin(&it, envelope, fault));
    for (read->rows = 0;; read->rows++) {
        ess_row row;
        TRY(ess_rows_next(&it, &row, &found, fault));
        if (!found)
            return ESS_OK;
        if (read->rows == read->row_room)
            return refuse(fault, ESS_E_NO_ROOM, "", "more rows than there is room for");
        read->row[read->rows] = row;
    }
}

static ess_err read_payload(ess_slice payload, ess_readings *read, ess_arrival *arrival,
                            ess_fault *fault)
{
    read->rows = 0;
    read->readings = 0;
    if (holds_values(arrival->topic.type))
        return ess_report_read(payload, &arrival->topic, read, &arrival->envelope, fault);
    TRY(ess_envelope_parse(payload, &arrival->topic, read->scratch, &arrival->envelope, fault));
    return arrival->topic.type == ESS_EVENT ? read_rows(&arrival->envelope, read, fault) : ESS_OK;
}

/* The rule that a text breaks which is no report's code. */
static const char *code_rule(ess_slice code)
{
    char probe[ESS_SID_LEN + 2];
    ess_report_code sid;
    if (code.len == 0)
        return "DLV-01";
    if (code.len <= ESS_SID_LEN || code.ptr[ESS_SID_LEN] != '-')
        return "ENV-26";
    memcpy(probe, code.ptr, ESS_SID_LEN + 1);
    probe[ESS_SID_LEN + 1] = '1';
    return ess_report_code_parse((ess_slice){probe, sizeof probe}, &sid) != ESS_OK ? "ENV-27"
                                                                                   : "ENV-28";
}

static ess_err check_code(ess_arrival *arrival, ess_fault *fault)
{
    if (!is_numbered(arrival->topic.type))
        return ESS_OK;
    if (ess_report_code_parse(arrival->envelope.code, &arrival->code) != ESS_OK)
        return refuse(fault, ESS_E_ENVELOPE, code_rule(arrival->envelope.code),
                      "a report wants a code <sid>-<n>");
    arrival->has_code = true;
    return ESS_OK;
}

static ess_err check_topic(const ess_topic *topic, ess_fault *fault)
{
    if (topic->type == ESS_CUSTOM)
        return refuse(fault, ESS_E_DIRECTION, "TOP-12", "custom types are not taken in here");
    if (!ess_message_type_is_up(topic->type))
        return refuse(fault, ESS_E_DIRECTION, "TOP-04",
                      "this type goes to the device, not from it");
    return ESS_OK;
}

/* The code and t of a payload that is refused, if they can be read before the fault: the sender
 * must be told, or it would send the same again for ever. */
static __attribute__((noinline)) void glimpse(ess_slice payload, ess_arrival *out)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, payload);
    if (ess_json_next(&reader, &token) != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN)
        return;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        bool is_code = ess_json_text_is(&token, "code"), is_t = ess_json_text_is(&token, "t");
        int64_t t_utc_ms;
        if (ess_json_next(&reader, &token) != ESS_OK)
            return;
        if (is_code)
            out->has_code = token.type == ESS_JSON_STRING &&
                            ess_report_code_parse(token.text, &out->code) == ESS_OK;
        if (is_t && token.type == ESS_JSON_NUMBER &&
            ess_json_integer(&token, &t_utc_ms) == ESS_OK && t_utc_ms > 0 && t_utc_ms <= TIME_MAX)
            out->t_utc_ms = t_utc_ms;
        if ((out->has_code && out->t_utc_ms != 0) || ess_json_skip(&reader, &token, NULL) != ESS_OK)
            return;
    }
}

/* [DLV-08] A backfilled row keeps the number it was first given. [DAT-23] [DAT-24] Rows of DATA
 * without a number, one behind the other, are one report; other flows have one such row at most. */
static ess_err check_numbers(const ess_arrival *arrival, const ess_readings *read, ess_fault *fault)
{
    bool seen = false, open = false; /* rows without number: any yet; the one before */
    if (is_numbered(arrival->topic.type) && read->rows == 0)
        return refuse(fault, ESS_E_DATA, "DAT-16", "a batch without rows");
    for (uint32_t i = 0; i < read->rows; i++) {
        bool bare = !read->row[i].has_n;
        if (bare && arrival->topic.type == ESS_HIST)
            return refuse(fault, ESS_E_DATA, "DLV-08", "a row of HIST wants its n");
        if (bare && seen && (!open || arrival->topic.type != ESS_DATA))
            return refuse(fault, ESS_E_DATA, "DAT-24", "each of several rows wants its n");
        open = bare;
        seen = seen || bare;
    }
    return ESS_OK;
}

/* [ALM-06] An alarm is looked at like values are: taken whole or not at all. */
static ess_err check_alarms(const ess_arrival *arrival, const ess_readings *read, ess_fault *fault)
{
    ess_alarm alarm;
    for (uint32_t i = 0; arrival->topic.type == ESS_EVENT && i < read->rows; i++) {
        if (ess_event_is_alarm(read->row[i].values))
            TRY(ess_alarm_parse(read->row[i].values, &alarm, fault));
    }
    return ESS_OK;
}

ess_err ess_intake_check(ess_slice topic, ess_slice payload, ess_readings *read, ess_arrival *out,
                         ess_fault *fault)
{
    ess_arrival arrival = {0};
    out->has_code = false;
    out->t_utc_ms = 0;
    TRY(ess_topic_parse(topic, &arrival.topic, fault));
    TRY(check_topic(&arrival.topic, fault));
    if (payload.len > ESS_MESSAGE_MAX)
        return refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    ess_err err = read_payload(payload, read, &arrival, fault);
    if (err != ESS_OK) {
        if (is_numbered(arrival.topic.type))
            glimpse(payload, out);
        return err;
    }
    TRY(check_code(&arrival, fault));
    arrival.t_utc_ms = arrival.envelope.t_utc_ms;
    out->has_code = arrival.has_code;
    out->code = arrival.code;
    out->t_utc_ms = arrival.t_utc_ms;
    TRY(check_numbers(&arrival, read, fault));
    TRY(check_alarms(&arrival, read, fault));
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

static ess_receipt_slot *slot_for(ess_receipts *all, const ess_receipt_to *to,
                                  const ess_report_code *code)
{
    for (size_t i = 0; i < all->count; i++) {
        ess_receipt_slot *slot = &all->slot[i];
        if (strcmp(slot->receipt.sid, code->sid) == 0 && strcmp(slot->group, to->group) == 0 &&
            slot->major == to->major)
            return slot;
    }
    if (all->count == ESS_RECEIPTS_MAX)
        return NULL;
    ess_receipt_slot *slot = &all->slot[all->count];
    *slot = (ess_receipt_slot){.major = to->major};
    if (ess_slice_copy(ess_slice_from(to->group), slot->group, sizeof slot->group) != ESS_OK)
        return NULL;
    memcpy(slot->receipt.sid, code->sid, sizeof slot->receipt.sid);
    all->count++;
    return slot;
}

ess_err ess_receipts_ok(ess_receipts *all, const ess_receipt_to *to, const ess_report_code *code)
{
    ess_receipt_slot *slot = slot_for(all, to, code);
    if (slot == NULL)
        return ESS_E_NO_ROOM;
    return ess_ranges_add(&slot->receipt.ok, code->n, code->n);
}

ess_err ess_receipts_no(ess_receipts *all, const ess_receipt_to *to, const ess_arrival *refused,
                        const char *rule)
{
    ess_receipt_slot *slot = slot_for(all, to, &refused->code);
    if (slot == NULL || slot->receipt.no_count == ESS_REFUSED_MAX)
        return ESS_E_NO_ROOM;
    ess_refused *no = &slot->receipt.no[slot->receipt.no_count];
    *no = (ess_refused){.n = refused->code.n, .t_utc_ms = to->reads_t ? refused->t_utc_ms : 0};
    TRY(ess_slice_copy(ess_slice_from(rule), no->rule, sizeof no->rule));
    slot->receipt.no_count++;
    return ESS_OK;
}

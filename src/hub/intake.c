/* A message becomes rows of the batch, whole or not at all.
 *
 * The bytes are copied first and checked in the copy, so every slice stands until the commit.
 */
#include <string.h>

#include "codec/try.h"
#include "hub/core_internal.h"

#define QUALITY_UNCERTAIN 1                        /* DAT-05 */
#define TS_MAX ((INT64_C(1) << 53) - 1) /* as t [ENV-03] */

typedef struct taking {
    hub_core *core;
    const ess_arrival *arrival;
    ess_slice payload; /* its copy in the arena */
    uint32_t group;
    uint32_t next; /* reading that has not been taken yet */
    int64_t now_utc_ms;
    ess_fault *fault;
    batch_report *whole; /* of the row before, where that has no n: it goes by the message's code */
} taking;

static ess_err refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    *fault = (ess_fault){err, 0, rule, what};
    return err;
}

/* ---- values */

/* Where a value is no number: its JSON. A text's is within quotes, which stand around it. */
static ess_slice json_of(const taking *take, const ess_reading *reading)
{
    const char *raw = take->payload.ptr + reading->raw_at;
    if (reading->kind == ESS_VALUE_TEXT)
        return (ess_slice){raw - 1, (size_t)reading->raw_len + 2};
    if (reading->kind == ESS_VALUE_ARRAY)
        return (ess_slice){raw, reading->raw_len};
    if (reading->kind == ESS_VALUE_NULL)
        return ESS_SLICE_LITERAL("null");
    return reading->mantissa != 0 ? ESS_SLICE_LITERAL("true") : ESS_SLICE_LITERAL("false");
}

/* A name's series is most often the one that it was last time: the shape remembers it, as id. */
static ess_err find_series(taking *take, ess_slice ns, const ess_reading *reading, uint32_t *series)
{
    hub_catalogue *all = &take->core->all;
    ess_shape *shape = take->core->read.shape;
    ess_slice name = {take->payload.ptr + reading->name_at, reading->name_len};
    *series = reading->id - 1;
    if (reading->id != 0 && catalogue_is_series(all, *series, take->group, ns, name))
        return ESS_OK;
    ess_err err = catalogue_series(all, take->group, ns, name, series);
    if (err == ESS_E_TOO_LARGE)
        return refuse(take->fault, err, "DLV-44", "more points than a group may have");
    if (err != ESS_OK)
        return refuse(take->fault, err, "DLV-45", "more points than this hub has room for");
    if (reading->key != ESS_SHAPE_NONE)
        shape->keys[reading->key].id = *series + 1;
    return ESS_OK;
}

/* [CLK-08] Of a device whose clock is not set, what comes live was sampled just now; of backfill
 * nobody knows when it was, and its stamp says so. */
static bool is_to_be_stamped(const taking *take, int64_t ts_utc_ms)
{
    return ts_utc_ms < ESS_CLOCK_SET_UTC_MS && take->arrival->topic.type != ESS_HIST;
}

static ess_err take_value(taking *take, ess_slice ns, const ess_reading *reading)
{
    batch_value taken = {.value = {.ts_utc_ms = reading->ts_utc_ms,
                                   .quality = reading->quality,
                                   .is_number = reading->kind == ESS_VALUE_NUMBER}};
    if (is_to_be_stamped(take, reading->ts_utc_ms)) {
        taken.value.ts_utc_ms = take->now_utc_ms;
        taken.value.quality = reading->quality == 0 ? QUALITY_UNCERTAIN : reading->quality;
    }
    if (taken.value.is_number)
        taken.value.number = (ess_decimal){reading->mantissa, reading->scale};
    else
        taken.value.raw = json_of(take, reading);
    TRY(find_series(take, ns, reading, &taken.series));
    if (!catalogue_has_room(&take->core->all, taken.series, &taken.value))
        return refuse(take->fault, ESS_E_TOO_LARGE, "DLV-44", "more text than a group may have");
    batch_value *added = batch_add_value(&take->core->batch);
    if (added == NULL)
        return refuse(take->fault, ESS_E_TOO_LARGE, "DLV-41", "more values than a batch holds");
    *added = taken;
    return ESS_OK;
}

/* The readings of one row, which come next. */
static ess_err take_values(taking *take, batch_report *report, uint32_t row, ess_slice ns)
{
    const ess_readings *read = &take->core->read;
    for (; take->next < read->readings && read->reading[take->next].row == row; take->next++) {
        TRY(take_value(take, ns, &read->reading[take->next]));
        report->count++;
    }
    return ESS_OK;
}

/* ---- rows */

/* A whole-number member of an object that is not ours to refuse. False: it is not there, or it is
 * something else. */
static bool whole_member(ess_slice object, const char *name, int64_t *out)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, object);
    if (object.len == 0 || ess_json_next(&reader, &token) != ESS_OK)
        return false;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        bool wanted = ess_json_text_is(&token, name);
        if (ess_json_next(&reader, &token) != ESS_OK)
            return false;
        if (wanted)
            return token.type == ESS_JSON_NUMBER && ess_json_integer(&token, out) == ESS_OK;
        if (ess_json_skip(&reader, &token, NULL) != ESS_OK)
            return false;
    }
    return false;
}

/* [PAR-01, TEL-04] PARAM says revision and time of reading in x, an event its time in its own d;
 * where the time is none, that of the row or of publishing stands. */
static void read_own_words(const ess_envelope *envelope, const ess_row *row, batch_report *report)
{
    int64_t ts_utc_ms = 0;
    bool is_param = report->type == ESS_PARAM;
    report->d = row->values;
    report->has_rev = is_param && whole_member(envelope->x, "rev", &report->rev);
    if (whole_member(is_param ? envelope->x : row->values, "ts", &ts_utc_ms) && ts_utc_ms >= 0 &&
        ts_utc_ms <= TS_MAX)
        report->ts_utc_ms = ts_utc_ms;
}

/* [DAT-23] A row is a report of its own by its n. Rows without n are one report, that of the
 * message's code; they stand one behind the other, as ess_intake_check has seen to [DAT-24]. */
static ess_err open_report(taking *take, const ess_row *row, batch_report **out)
{
    if (!row->has_n && take->whole != NULL) {
        *out = take->whole;
        return ESS_OK;
    }
    batch_report *report = batch_add_report(&take->core->batch);
    if (report == NULL)
        return refuse(take->fault, ESS_E_TOO_LARGE, "DLV-41", "more rows than a batch holds");
    report->type = take->arrival->topic.type;
    report->group = take->group;
    report->major = take->arrival->topic.version;
    report->code = take->arrival->code;
    if (row->has_n)
        report->code.n = row->n;
    report->ts_utc_ms = is_to_be_stamped(take, row->ts_utc_ms) ? take->now_utc_ms : row->ts_utc_ms;
    take->whole = row->has_n ? NULL : report;
    *out = report;
    return ESS_OK;
}

static ess_err take_row(taking *take, uint32_t index)
{
    const ess_row *row = &take->core->read.row[index];
    char path[ESS_NS_MAX + 1];
    batch_report *report = NULL;
    if (ess_object_path(&take->arrival->topic, row->ns, path, sizeof path) != ESS_OK)
        return refuse(take->fault, ESS_E_DATA, ess_object_rule(&take->arrival->topic, row->ns),
                      "a row's ns disagrees with the topic");
    TRY(open_report(take, row, &report));
    ess_slice ns = ess_slice_from(path);
    ns.ptr = batch_copy(&take->core->batch, ns);
    if (report->count == 0)
        report->ns = ns;
    if (report->type == ESS_DATA || report->type == ESS_HIST)
        return take_values(take, report, index, ns);
    read_own_words(&take->arrival->envelope, row, report);
    if (is_to_be_stamped(take, report->ts_utc_ms))
        report->ts_utc_ms = take->now_utc_ms;
    return ESS_OK;
}

static ess_err take_reports(taking *take)
{
    for (uint32_t i = 0; i < take->core->read.rows; i++)
        TRY(take_row(take, i));
    return ESS_OK;
}

/* ---- the other flows */

static ess_err take_state(taking *take)
{
    return core_take_state(take->core, take->group, take->arrival, take->fault);
}

static ess_err take_ack(taking *take)
{
    ess_ack ack;
    TRY(ess_ack_parse(&take->arrival->envelope, &ack, take->fault));
    batch_ack *added = batch_add_ack(&take->core->batch);
    if (added == NULL)
        return refuse(take->fault, ESS_E_TOO_LARGE, "DLV-41", "more replies than a batch holds");
    /* The detail as a JSON text again, quotes included. */
    if (ack.why.len > 0)
        ack.why = (ess_slice){ack.why.ptr - 1, ack.why.len + 2};
    *added = (batch_ack){.group = take->group, .ack = ack, .at_utc_ms = take->now_utc_ms};
    return ESS_OK;
}

static ess_err (*const take_by_type[ESS_MESSAGE_TYPE_COUNT])(taking *take) = {
    [ESS_STATE] = take_state,   [ESS_DATA] = take_reports,  [ESS_HIST] = take_reports,
    [ESS_PARAM] = take_reports, [ESS_EVENT] = take_reports, [ESS_ACK] = take_ack,
};

/* ---- a message */

static ess_err check_sizes(ess_slice topic, ess_slice payload, ess_fault *fault)
{
    if (topic.len > ESS_TOPIC_MAX)
        return refuse(fault, ESS_E_TOO_LARGE, "TOP-07", "the topic is longer than 512 bytes");
    if (payload.len > ESS_MESSAGE_MAX)
        return refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    return ESS_OK;
}

static ess_err find_sender(hub_core *core, const ess_arrival *arrival, uint32_t *group,
                           ess_fault *fault)
{
    if (!ess_slice_is(arrival->topic.application, core->application))
        return refuse(fault, ESS_E_TOPIC, "TOP-14", "not this hub's application");
    if (ess_slice_is(arrival->topic.group, ESS_CLOUD_GROUP))
        return refuse(fault, ESS_E_DIRECTION, "TOP-13", "_cloud is no device");
    ess_err err = catalogue_group(&core->all, arrival->topic.group, group);
    if (err == ESS_E_TOO_LARGE)
        return refuse(fault, err, "TOP-15", "a group's name is longer than 64 bytes");
    if (err != ESS_OK)
        return refuse(fault, err, "DLV-45", "more groups than this hub has room for");
    return ESS_OK;
}

/* Takes the message whose copy stands in the arena. */
static ess_err take_message(hub_core *core, ess_slice topic, ess_slice payload,
                            ess_arrival *arrival, ess_fault *fault)
{
    uint32_t group = 0;
    int64_t now_utc_ms = core_now(core).utc_ms;
    core->read.shape = shapes_for(&core->shapes, topic);
    TRY(ess_intake_check(topic, payload, &core->read, arrival, fault));
    core_make_one_line(core->batch.arena + (payload.ptr - core->batch.arena), payload.len);
    TRY(find_sender(core, arrival, &group, fault));
    core_touch(core, group, now_utc_ms);
    taking take = {.core = core,
                   .arrival = arrival,
                   .payload = payload,
                   .group = group,
                   .now_utc_ms = now_utc_ms,
                   .fault = fault};
    return take_by_type[arrival->topic.type](&take);
}

/* [VER-04] */
static bool reads_t(const hub_core *core, ess_slice group)
{
    uint32_t number;
    return catalogue_find_group(&core->all, group, &number) == ESS_OK &&
           ess_peer_may(&core->all.group[number].peer, ESS_FEATURE_REFUSED_T);
}

/* [DLV-04] A report that can never be taken is said so, or its device would send it for ever. Not
 * so where only this hub has no room: whoever gives it more will want the report. */
static void answer_refusal(hub_core *core, ess_slice topic_text, const ess_arrival *arrival,
                           const ess_fault *fault)
{
    ess_topic topic;
    char group[sizeof core->receipts.slot[0].group];
    if (!arrival->has_code || fault->err == ESS_E_NO_ROOM ||
        ess_topic_parse(topic_text, &topic, NULL) != ESS_OK ||
        ess_slice_copy(topic.group, group, sizeof group) != ESS_OK)
        return;
    ess_receipt_to to = {group, topic.version, reads_t(core, topic.group)};
    if (ess_receipts_no(&core->receipts, &to, arrival, fault->rule) != ESS_OK) {
        core_send_receipts(core);
        (void)ess_receipts_no(&core->receipts, &to, arrival, fault->rule); /* has room */
    }
    core_arm(core);
}

/* [ENC-10] Everything behind this sees plain JSON, and rows. */
static ess_err undo_encoding(hub_core *core, ess_slice topic, ess_slice payload, ess_slice *json,
                             ess_fault *fault)
{
    ess_topic parsed;
    ess_pack_how how;
    TRY(ess_pack_decode(core->pack, payload, json, &how, fault));
    if (how.columns && ess_topic_parse(topic, &parsed, NULL) == ESS_OK &&
        parsed.type != ESS_DATA && parsed.type != ESS_HIST)
        return refuse(fault, ESS_E_DATA, "ENC-13", "columns are for DATA and HIST alone");
    return ESS_OK;
}

static bool is_own_presence(const hub_core *core, ess_slice topic)
{
    ess_topic parsed;
    return ess_topic_parse(topic, &parsed, NULL) == ESS_OK && parsed.type == ESS_STATE &&
           ess_slice_is(parsed.group, ESS_CLOUD_GROUP) &&
           ess_slice_is(parsed.application, core->application);
}

void hub_core_on_message(hub_core *core, ess_slice topic, ess_slice payload)
{
    ess_fault fault = {0};
    ess_arrival arrival = {0};
    ess_slice json;
    if (is_own_presence(core, topic))
        return;
    core->stats.messages++;
    if (check_sizes(topic, payload, &fault) != ESS_OK ||
        ess_majors_check(&core->options.majors, topic, &fault) != ESS_OK ||
        undo_encoding(core, topic, payload, &json, &fault) != ESS_OK) {
        core_refused(core, topic, &fault);
        return;
    }
    if (!batch_has_room(&core->batch))
        core_commit(core);
    batch_mark mark = batch_now(&core->batch);
    uint32_t series = core->all.series_count;
    ess_slice kept_topic = {batch_copy(&core->batch, topic), topic.len};
    ess_slice kept = {batch_copy(&core->batch, json), json.len};
    ess_err err = take_message(core, kept_topic, kept, &arrival, &fault);
    if (err != ESS_OK) {
        batch_back(&core->batch, mark);
        catalogue_forget_series(&core->all, series);
        core_refused(core, topic, &fault);
        answer_refusal(core, topic, &arrival, &fault);
        return;
    }
    core->stats.bytes += payload.len;
    core->stats.json_bytes += json.len;
    if (core->batch.reports == mark.reports && core->batch.acks == mark.acks) {
        batch_back(&core->batch, mark); /* STATE has taken effect: nothing of it is needed */
        return;
    }
    core_arm(core);
    if (core->batch.reports >= core->options.commit_reports)
        core_commit(core);
}

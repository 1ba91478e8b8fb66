/* One transaction for a batch; what rests on it follows: receipts, last values, announcements.
 *
 * [DLV-04] Nothing is receipted that is not durable. A batch that cannot be committed is dropped
 * whole: whoever sent it still has it, and sends it again. Keeping it here for another try was
 * rejected: a full disk would then fill the memory too.
 */
#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "ess/sender.h"
#include "hub/core_internal.h"
#include "port/log.h"

/* ---- into the database */

static ess_err store_value(hub_core *core, const batch_report *report, batch_value *sample)
{
    const hub_value *value = &sample->value;
    db_cell content = value->is_number ? db_int(value->number.mantissa) : db_text(value->raw);
    db_cell scale = value->is_number ? db_int(value->number.scale) : db_null();
    TRY(db_run(core->db, SQL_SAMPLE_ADD,
               DB_CELLS(db_int(sample->series + 1), db_int(value->ts_utc_ms), db_int(report->id),
                        content, scale, db_int(value->quality))));
    sample->stored = db_changes(core->db) == 1;
    sample->is_last = sample->stored && catalogue_sample(&core->all, sample->series, value,
                                                         report->id, report->type == ESS_DATA);
    return ESS_OK;
}

static ess_err store_values(hub_core *core, const batch_report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        TRY(store_value(core, report, &core->batch.value[report->first + i]));
    return ESS_OK;
}

static ess_err store_event(hub_core *core, const batch_report *report)
{
    return db_run(core->db, SQL_EVENT_ADD,
                  DB_CELLS(db_int(report->id), db_int(report->group + 1), db_text(report->ns),
                           db_int(report->ts_utc_ms), db_text(report->d)));
}

/* The newest full snapshot of an object stands; an older one, late on its way, tells nothing. */
static ess_err store_param(hub_core *core, batch_report *report, uint64_t sid)
{
    db_cell group = db_int(report->group + 1);
    bool found = false, older = false;
    TRY(db_query(core->db, SQL_PARAM_GET, DB_CELLS(group, db_text(report->ns))));
    TRY(db_next(core->db, SQL_PARAM_GET, &found));
    if (found) {
        uint64_t known_sid = (uint64_t)db_get_int(core->db, SQL_PARAM_GET, 0);
        uint64_t known_n = (uint64_t)db_get_int(core->db, SQL_PARAM_GET, 1);
        older = sid < known_sid || (sid == known_sid && report->code.n < known_n);
        db_done(core->db, SQL_PARAM_GET);
    }
    report->fresh = !older;
    if (older)
        return ESS_OK;
    return db_run(core->db, SQL_PARAM_PUT,
                  DB_CELLS(group, db_text(report->ns), db_int((int64_t)sid),
                           db_int((int64_t)report->code.n),
                           report->has_rev ? db_int(report->rev) : db_null(),
                           db_int(report->ts_utc_ms), db_text(report->d)));
}

static ess_err store_report(hub_core *core, batch_report *report, int64_t now_utc_ms)
{
    uint64_t sid = 0;
    TRY(ess_sid_parse(ess_slice_from(report->code.sid), &sid));
    /* [DLV-02] A report counts once, whichever way and however often it comes. */
    TRY(db_run(core->db, SQL_REPORT_ADD,
               DB_CELLS(db_int(report->group + 1), db_int((int64_t)sid),
                        db_int((int64_t)report->code.n), db_int((int64_t)report->type),
                        db_text(report->ns), db_int(report->ts_utc_ms), db_int(now_utc_ms))));
    report->fresh = db_changes(core->db) == 1;
    if (!report->fresh)
        return ESS_OK;
    report->id = db_last_id(core->db);
    if (report->type == ESS_PARAM)
        return store_param(core, report, sid);
    if (report->type == ESS_EVENT)
        return store_event(core, report);
    return store_values(core, report);
}

static ess_err store_all(hub_core *core)
{
    hub_batch *batch = &core->batch;
    int64_t now_utc_ms = core_now(core).utc_ms;
    TRY(catalogue_store(&core->all, core->db));
    for (uint32_t i = 0; i < batch->reports; i++)
        TRY(store_report(core, &batch->report[i], now_utc_ms));
    for (uint32_t i = 0; i < batch->acks; i++)
        TRY(core_store_ack(core, &batch->ack[i]));
    return catalogue_store_samples(&core->all, core->db);
}

static ess_err store_batch(hub_core *core, ess_err (*begin)(hub_db *db), char *why, size_t why_size)
{
    ess_err err = begin(core->db);
    if (err == ESS_OK)
        err = store_all(core);
    if (err == ESS_OK)
        err = db_commit(core->db);
    if (err == ESS_OK)
        return ESS_OK;
    (void)snprintf(why, why_size, "%s", db_why(core->db));
    db_rollback(core->db);
    catalogue_failed(&core->all);
    return err;
}

/* ---- receipts */

static ess_err send_receipt(hub_core *core, ess_receipt_slot *slot, int64_t now_utc_ms)
{
    char topic[HUB_TOPIC_ROOM];
    size_t len = 0;
    (void)snprintf(topic, sizeof topic, "v%u/RSP/%s/%s", (unsigned)slot->major, core->application,
                   slot->group);
    slot->receipt.slow = core->credit.slow;
    TRY(ess_receipt_print(&slot->receipt, now_utc_ms, core->scratch, HUB_SCRATCH_BYTES, &len));
    return core_publish(core, topic, (ess_slice){core->scratch, len}, false);
}

void core_send_receipts(hub_core *core)
{
    ess_receipts *all = &core->receipts;
    int64_t now_utc_ms = core_now(core).utc_ms;
    size_t done = 0;
    while (done < all->count) {
        ess_err err = send_receipt(core, &all->slot[done], now_utc_ms);
        if (err == ESS_E_NO_ROOM)
            break; /* the line is busy: the rest goes with the next tick */
        core->stats.receipts_unsent += err != ESS_OK ? 1 : 0;
        done++;
    }
    memmove(all->slot, all->slot + done, (all->count - done) * sizeof all->slot[0]);
    all->count -= done;
    if (all->count > 0)
        core_arm(core);
}

static void receipt(hub_core *core, const batch_report *report)
{
    ess_receipt_to to = {.group = core->all.group[report->group].name, .major = report->major};
    if (ess_receipts_ok(&core->receipts, &to, &report->code) == ESS_OK)
        return;
    core_send_receipts(core);
    if (ess_receipts_ok(&core->receipts, &to, &report->code) != ESS_OK)
        core->stats.receipts_unsent++; /* the device sends again and is then told */
}

/* ---- announcements */

static void begin_object(hub_core *core, ess_json_writer *writer, uint32_t group, ess_slice ns)
{
    *writer = core_announce_begin(core);
    ess_json_key(writer, "group");
    ess_json_text(writer, ess_slice_from(core->all.group[group].name));
    ess_json_key(writer, "ns");
    ess_json_text(writer, ns);
}

/* One announcement for each run of values of one object and time; only of those that are now the
 * last values [DLV-06]: backfill does not turn the picture back. */
static void announce_values(hub_core *core, const batch_report *report)
{
    ess_json_writer writer = {0};
    const batch_value *open = NULL;
    for (uint32_t i = 0; i < report->count; i++) {
        const batch_value *sample = &core->batch.value[report->first + i];
        if (!sample->is_last)
            continue;
        const hub_series *series = &core->all.series[sample->series];
        bool joins = open != NULL && open->value.ts_utc_ms == sample->value.ts_utc_ms &&
                     ess_slice_equal(core->all.series[open->series].ns, series->ns);
        if (open != NULL && !joins) {
            ess_json_object_end(&writer);
            core_announce_end(core, &writer, "values", report->group);
        }
        if (!joins) {
            begin_object(core, &writer, report->group, series->ns);
            ess_json_key(&writer, "ts");
            ess_json_int(&writer, sample->value.ts_utc_ms);
            ess_json_key(&writer, "v");
            ess_json_object_begin(&writer);
            open = sample;
        }
        ess_json_key_text(&writer, series->name);
        hub_value_write(&sample->value, &writer);
    }
    if (open != NULL) {
        ess_json_object_end(&writer);
        core_announce_end(core, &writer, "values", report->group);
    }
}

static void announce_param(hub_core *core, const batch_report *report)
{
    ess_json_writer writer;
    begin_object(core, &writer, report->group, report->ns);
    ess_json_key(&writer, "rev");
    if (report->has_rev)
        ess_json_int(&writer, report->rev);
    else
        ess_json_null(&writer);
    ess_json_key(&writer, "ts");
    ess_json_int(&writer, report->ts_utc_ms);
    ess_json_key(&writer, "values");
    ess_json_raw(&writer, report->d);
    core_announce_end(core, &writer, "params", report->group);
}

static void announce_event(hub_core *core, const batch_report *report)
{
    ess_json_writer writer;
    begin_object(core, &writer, report->group, report->ns);
    ess_json_key(&writer, "ts");
    ess_json_int(&writer, report->ts_utc_ms);
    ess_json_key(&writer, "d");
    ess_json_raw(&writer, report->d);
    core_announce_end(core, &writer, "event", report->group);
}

/* Single values: an array counts its elements, which are numbers or null. */
static uint64_t count_values(const hub_core *core, const batch_report *report)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < report->count; i++) {
        const hub_value *value = &core->batch.value[report->first + i].value;
        if (!core->batch.value[report->first + i].stored)
            continue;
        count++;
        if (value->is_number || value->raw.ptr[0] != '[')
            continue;
        for (size_t at = 0; at < value->raw.len; at++)
            count += value->raw.ptr[at] == ',' ? 1 : 0;
    }
    return count;
}

static void take_effect(hub_core *core, const batch_report *report)
{
    core->stats.duplicates += report->id == 0 ? 1 : 0;
    core->stats.reports_stored += report->id != 0 ? 1 : 0;
    if (!report->fresh)
        return;
    core->stats.values += count_values(core, report);
    if (report->type == ESS_PARAM)
        announce_param(core, report);
    else if (report->type == ESS_EVENT)
        announce_event(core, report);
    else
        announce_values(core, report);
}

/* ---- the commit */

static void commit_failed(hub_core *core, ess_err err, const char *why)
{
    core->stats.commits_failed++;
    core->stats.dropped += core->batch.reports;
    if (core_is_round(core->stats.commits_failed))
        port_log(PORT_ERROR,
                 "a commit failed count=%llu err=%d reports=%u %s: nothing of it was "
                 "receipted, the devices send it again",
                 (unsigned long long)core->stats.commits_failed, (int)err, core->batch.reports,
                 why);
    core->batch.reports = 0;
}

static void commit_done(hub_core *core)
{
    hub_batch *batch = &core->batch;
    core->stats.commits++;
    catalogue_stored(&core->all);
    /* Receipts first: the device's outbox waits for them. */
    for (uint32_t i = 0; i < batch->reports; i++)
        receipt(core, &batch->report[i]);
    core_send_receipts(core);
    for (uint32_t i = 0; i < batch->reports; i++)
        take_effect(core, &batch->report[i]);
    for (uint32_t i = 0; i < batch->acks; i++)
        core_ack_stored(core, &batch->ack[i]);
}

/* Where the history is full there is still room for what the devices say of commands. */
static ess_err commit_batch(hub_core *core)
{
    char why[256] = "";
    ess_err err = store_batch(core, db_begin_bounded, why, sizeof why);
    if (err == ESS_OK)
        return ESS_OK;
    commit_failed(core, err, why);
    if (err == ESS_E_STORAGE_FULL && core->batch.acks > 0)
        err = store_batch(core, db_begin, why, sizeof why);
    return err;
}

void core_commit(hub_core *core)
{
    int64_t begun_mono_ms = core_now(core).mono_ms;
    core->due_mono_ms = INT64_MAX;
    if (!batch_is_empty(&core->batch) || core->all.dirty) {
        if (commit_batch(core) == ESS_OK)
            commit_done(core);
        batch_clear(&core->batch);
    }
    core_send_receipts(core);
    int64_t now_mono_ms = core_now(core).mono_ms;
    ess_credit_note(&core->credit, now_mono_ms - begun_mono_ms, now_mono_ms); /* [DLV-63] */
}

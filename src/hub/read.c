/* What the hub knows, as JSON: from memory where it is there (devices, values, series), else from
 * the database. The forms are those of spec/openapi.yaml. */
#include <inttypes.h>
#include <stdio.h>

#include "codec/try.h"
#include "ess/sender.h"
#include "hub/core_internal.h"

#define PAGE_BYTES (16u * 1024u * 1024u) /* a page of history ends early beyond this */

static void write_text(ess_json_writer *out, const char *key, ess_slice text)
{
    ess_json_key(out, key);
    ess_json_text(out, text);
}

static void write_int(ess_json_writer *out, const char *key, int64_t value)
{
    ess_json_key(out, key);
    ess_json_int(out, value);
}

static void write_raw(ess_json_writer *out, const char *key, ess_slice json)
{
    ess_json_key(out, key);
    ess_json_raw(out, json);
}

/* n uses all 64 bits; beyond 2^53 it is written as a string [ENV-07]. */
static void write_n(ess_json_writer *out, uint64_t n)
{
    char text[24];
    if (n <= INT64_MAX) {
        ess_json_int(out, (int64_t)n);
        return;
    }
    int len = snprintf(text, sizeof text, "%" PRIu64, n);
    ess_json_text(out, (ess_slice){text, (size_t)len});
}

static void write_sid(ess_json_writer *out, uint64_t sid)
{
    char text[ESS_SID_LEN + 1];
    ess_sid_print(sid, text);
    ess_json_text(out, ess_slice_from(text));
}

/* ---- from memory */

/* Without a word for so long; devices speak once a minute at least. */
#define HUB_STALE_MS 180000

/* [PRE-31] By what was last said, and since when nothing was. */
static void write_liveness(const hub_group *group, int64_t now_utc_ms, ess_json_writer *out)
{
    ess_json_key(out, "online");
    ess_json_bool(out, group->presence.on);
    ess_json_key(out, "stale");
    ess_json_bool(out, group->presence.on && now_utc_ms - group->last_utc_ms > HUB_STALE_MS);
}

static void write_device(const hub_group *group, int64_t now_utc_ms, ess_json_writer *out)
{
    ess_slice units = hub_text_get(&group->units);
    ess_json_object_begin(out);
    write_text(out, "group", ess_slice_from(group->name));
    write_liveness(group, now_utc_ms, out);
    ess_json_key(out, "sid");
    if (group->presence.known)
        write_sid(out, group->presence.sid);
    else
        ess_json_null(out);
    write_int(out, "since_utc_ms", group->presence.since_utc_ms);
    write_int(out, "last_utc_ms", group->last_utc_ms);
    write_text(out, "fw", hub_text_get(&group->fw));
    write_text(out, "model", hub_text_get(&group->model));
    write_text(out, "clock", hub_text_get(&group->clock));
    write_raw(out, "units", units.len > 0 ? units : ESS_SLICE_LITERAL("[]"));
    ess_json_object_end(out);
}

ess_err hub_write_devices(hub_core *core, ess_json_writer *out)
{
    ess_json_object_begin(out);
    ess_json_key(out, "devices");
    ess_json_array_begin(out);
    for (uint32_t i = 0; i < core->all.groups; i++)
        write_device(&core->all.group[i], core_now(core).utc_ms, out);
    ess_json_array_end(out);
    ess_json_object_end(out);
    return out->err;
}

/* Begins {"group":...,"<list>":[ . */
static void begin_list(ess_json_writer *out, ess_slice group, const char *list)
{
    ess_json_object_begin(out);
    if (group.len > 0)
        write_text(out, "group", group);
    ess_json_key(out, list);
    ess_json_array_begin(out);
}

static ess_err end_list(ess_json_writer *out)
{
    ess_json_array_end(out);
    ess_json_object_end(out);
    return out->err;
}

static void write_value(const hub_series *series, ess_json_writer *out)
{
    ess_json_object_begin(out);
    write_text(out, "ns", series->ns);
    write_text(out, "name", series->name);
    ess_json_key(out, "v");
    hub_value_write(&series->last, out);
    write_int(out, "q", series->last.quality);
    write_int(out, "ts", series->last.ts_utc_ms);
    ess_json_object_end(out);
}

ess_err hub_write_values(hub_core *core, ess_slice group, ess_slice ns, ess_json_writer *out)
{
    uint32_t number;
    TRY(catalogue_find_group(&core->all, group, &number));
    const hub_group *found = &core->all.group[number];
    int64_t now_utc_ms = core_now(core).utc_ms;
    ess_json_object_begin(out);
    write_text(out, "group", group);
    write_liveness(found, now_utc_ms, out);
    write_int(out, "last_utc_ms", found->last_utc_ms);
    write_int(out, "now_utc_ms", now_utc_ms);
    ess_json_key(out, "values");
    ess_json_array_begin(out);
    uint32_t next = found->first_series;
    while (next != HUB_NONE) {
        const hub_series *series = &core->all.series[next];
        if (series->extent.samples > 0 && (ns.len == 0 || ess_slice_equal(ns, series->ns)))
            write_value(series, out);
        next = series->next;
    }
    return end_list(out);
}

ess_err hub_write_series(hub_core *core, ess_slice group, ess_json_writer *out)
{
    uint32_t number;
    TRY(catalogue_find_group(&core->all, group, &number));
    begin_list(out, (ess_slice){NULL, 0}, "series");
    uint32_t next = core->all.group[number].first_series;
    while (next != HUB_NONE) {
        const hub_series *series = &core->all.series[next];
        next = series->next;
        if (series->extent.samples == 0)
            continue;
        ess_json_object_begin(out);
        write_text(out, "ns", series->ns);
        write_text(out, "name", series->name);
        write_int(out, "samples", (int64_t)series->extent.samples);
        write_int(out, "first_utc_ms", series->extent.first_utc_ms);
        write_int(out, "last_utc_ms", series->extent.last_utc_ms);
        ess_json_object_end(out);
    }
    return end_list(out);
}

/* ---- history */

typedef struct history_place {
    int64_t ts_utc_ms, report; /* the next row is behind this one */
} history_place;

static ess_err read_whole(ess_slice digits, int64_t *out)
{
    ess_decimal number;
    TRY(ess_decimal_parse(digits, &number));
    return ess_decimal_to_integer(number, 0, out);
}

/* A cursor is "<ts>.<report>" of the last row given. */
static ess_err read_cursor(ess_slice cursor, history_place *out)
{
    size_t dot = 0;
    history_place place;
    while (dot < cursor.len && cursor.ptr[dot] != '.')
        dot++;
    if (dot == cursor.len)
        return ESS_E_DATA;
    ess_slice report = {cursor.ptr + dot + 1, cursor.len - dot - 1};
    if (read_whole((ess_slice){cursor.ptr, dot}, &place.ts_utc_ms) != ESS_OK ||
        read_whole(report, &place.report) != ESS_OK)
        return ESS_E_DATA;
    *out = place;
    return ESS_OK;
}

static void write_sample(hub_db *db, ess_json_writer *out)
{
    hub_value value = {.is_number = db_get_kind(db, SQL_HISTORY, 1) == DB_INTEGER};
    if (value.is_number)
        value.number =
            (ess_decimal){db_get_int(db, SQL_HISTORY, 1), (uint8_t)db_get_int(db, SQL_HISTORY, 2)};
    else
        value.raw = db_get_text(db, SQL_HISTORY, 1);
    ess_json_array_begin(out);
    ess_json_int(out, db_get_int(db, SQL_HISTORY, 0));
    hub_value_write(&value, out);
    ess_json_int(out, db_get_int(db, SQL_HISTORY, 3));
    write_sid(out, (uint64_t)db_get_int(db, SQL_HISTORY, 4));
    write_n(out, (uint64_t)db_get_int(db, SQL_HISTORY, 5));
    ess_json_int(out, db_get_int(db, SQL_HISTORY, 6));
    ess_json_array_end(out);
}

/* Rows until the page is full; *more then tells that there are further ones. */
static ess_err write_rows(hub_db *db, uint32_t limit, ess_json_writer *out, history_place *place,
                          bool *more)
{
    size_t begin = out->len;
    for (uint32_t count = 0;; count++) {
        TRY(db_next(db, SQL_HISTORY, more));
        if (!*more)
            return ESS_OK;
        if (count == limit || out->len - begin > PAGE_BYTES || out->err != ESS_OK)
            break;
        write_sample(db, out);
        *place = (history_place){db_get_int(db, SQL_HISTORY, 0), db_get_int(db, SQL_HISTORY, 7)};
    }
    db_done(db, SQL_HISTORY);
    return ESS_OK;
}

static void write_columns(ess_json_writer *out)
{
    static const char *const columns[] = {"ts", "v", "q", "sid", "n", "stored"};
    ess_json_key(out, "columns");
    ess_json_array_begin(out);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        ess_json_text(out, ess_slice_from(columns[i]));
    ess_json_array_end(out);
}

static void write_next(ess_json_writer *out, const history_place *place, bool more)
{
    char cursor[48];
    ess_json_key(out, "next");
    if (!more) {
        ess_json_null(out);
        return;
    }
    int len =
        snprintf(cursor, sizeof cursor, "%" PRId64 ".%" PRId64, place->ts_utc_ms, place->report);
    ess_json_text(out, (ess_slice){cursor, (size_t)len});
}

ess_err hub_write_history(hub_core *core, const hub_history_query *query, ess_json_writer *out)
{
    uint32_t group, series;
    bool more = false;
    history_place place = {query->from_utc_ms, -1};
    TRY(catalogue_find_group(&core->all, query->group, &group));
    TRY(catalogue_find_series(&core->all, group, query->ns, query->name, &series));
    if (query->after.len > 0)
        TRY(read_cursor(query->after, &place));
    TRY(db_query(core->db, SQL_HISTORY,
                 DB_CELLS(db_int(series + 1), db_int(place.ts_utc_ms), db_int(place.report),
                          db_int(query->to_utc_ms), db_int((int64_t)query->limit + 1))));
    ess_json_object_begin(out);
    write_columns(out);
    ess_json_key(out, "rows");
    ess_json_array_begin(out);
    TRY(write_rows(core->db, query->limit, out, &place, &more));
    ess_json_array_end(out);
    write_next(out, &place, more);
    ess_json_object_end(out);
    return out->err;
}

/* ---- parameters, events */

ess_err hub_write_params(hub_core *core, ess_slice group, ess_json_writer *out)
{
    uint32_t number;
    bool found = true;
    TRY(catalogue_find_group(&core->all, group, &number));
    TRY(db_query(core->db, SQL_PARAM_LIST, DB_CELLS(db_int(number + 1))));
    begin_list(out, (ess_slice){NULL, 0}, "params");
    for (;;) {
        TRY(db_next(core->db, SQL_PARAM_LIST, &found));
        if (!found)
            return end_list(out);
        ess_json_object_begin(out);
        write_text(out, "ns", db_get_text(core->db, SQL_PARAM_LIST, 0));
        ess_json_key(out, "rev");
        if (db_get_kind(core->db, SQL_PARAM_LIST, 1) == DB_INTEGER)
            ess_json_int(out, db_get_int(core->db, SQL_PARAM_LIST, 1));
        else
            ess_json_null(out);
        write_int(out, "ts", db_get_int(core->db, SQL_PARAM_LIST, 2));
        write_raw(out, "values", db_get_text(core->db, SQL_PARAM_LIST, 3));
        ess_json_object_end(out);
    }
}

ess_err hub_write_events(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out)
{
    uint32_t number;
    bool found = true;
    TRY(catalogue_find_group(&core->all, group, &number));
    TRY(db_query(core->db, SQL_EVENT_LIST, DB_CELLS(db_int(number + 1), db_int(limit))));
    begin_list(out, (ess_slice){NULL, 0}, "events");
    for (;;) {
        TRY(db_next(core->db, SQL_EVENT_LIST, &found));
        if (!found)
            return end_list(out);
        ess_json_object_begin(out);
        write_text(out, "ns", db_get_text(core->db, SQL_EVENT_LIST, 0));
        write_int(out, "ts", db_get_int(core->db, SQL_EVENT_LIST, 1));
        ess_json_key(out, "sid");
        write_sid(out, (uint64_t)db_get_int(core->db, SQL_EVENT_LIST, 2));
        ess_json_key(out, "n");
        write_n(out, (uint64_t)db_get_int(core->db, SQL_EVENT_LIST, 3));
        write_raw(out, "d", db_get_text(core->db, SQL_EVENT_LIST, 4));
        ess_json_object_end(out);
    }
}

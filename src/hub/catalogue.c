#include "hub/catalogue.h"
#include "codec/try.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_KEY_MAX = sizeof(uint32_t) + ESS_NS_MAX + 1 + ESS_NAME_MAX };

/* ---- texts and values */

ess_err hub_text_set(hub_text *text, ess_slice value)
{
    if (value.len > text->room) {
        char *room = realloc(text->ptr, value.len);
        if (room == NULL)
            return ESS_E_NO_ROOM;
        text->ptr = room;
        text->room = value.len;
    }
    if (value.len > 0)
        memcpy(text->ptr, value.ptr, value.len);
    text->len = value.len;
    return ESS_OK;
}

ess_slice hub_text_get(const hub_text *text)
{
    return (ess_slice){text->ptr, text->len};
}

void hub_value_write(const hub_value *value, ess_json_writer *out)
{
    if (value->is_number)
        ess_json_decimal(out, value->number);
    else
        ess_json_raw(out, value->raw);
}

/* ---- life */

ess_err catalogue_init(hub_catalogue *all, uint64_t seed)
{
    *all = (hub_catalogue){.first_touched = HUB_NONE};
    TRY(names_init(&all->group_names, HUB_GROUPS_MAX, seed));
    return names_init(&all->series_names, HUB_SERIES_MAX, ~seed);
}

void catalogue_free(hub_catalogue *all)
{
    for (uint32_t i = 0; i < all->groups; i++) {
        free(all->group[i].fw.ptr);
        free(all->group[i].model.ptr);
        free(all->group[i].clock.ptr);
        free(all->group[i].units.ptr);
        free(all->group[i].kids.ptr);
    }
    for (uint32_t i = 0; i < all->series_count; i++)
        free(all->series[i].text.ptr);
    free(all->group);
    free(all->series);
    names_free(&all->group_names);
    names_free(&all->series_names);
}

/* Room for one more element of a growing table. */
static ess_err make_room(void **table, uint32_t count, uint32_t *room, size_t element)
{
    if (count < *room)
        return ESS_OK;
    uint32_t more = *room == 0 ? 64 : *room * 2;
    void *grown = realloc(*table, more * element);
    if (grown == NULL)
        return ESS_E_NO_ROOM;
    *table = grown;
    *room = more;
    return ESS_OK;
}

/* ---- groups */

ess_err catalogue_find_group(const hub_catalogue *all, ess_slice name, uint32_t *number)
{
    return names_find(&all->group_names, name, number);
}

ess_err catalogue_group(hub_catalogue *all, ess_slice name, uint32_t *number)
{
    if (catalogue_find_group(all, name, number) == ESS_OK)
        return ESS_OK;
    hub_group group = {.first_series = HUB_NONE, .last_series = HUB_NONE};
    if (ess_slice_copy(name, group.name, sizeof group.name) != ESS_OK)
        return ESS_E_TOO_LARGE;
    void *table = all->group;
    TRY(make_room(&table, all->groups, &all->group_room, sizeof group));
    all->group = table;
    TRY(names_add(&all->group_names, name, number));
    all->group[all->groups++] = group;
    return ESS_OK;
}

/* ---- series */

static size_t series_key(uint32_t group, ess_slice ns, ess_slice name,
                         char room[static SERIES_KEY_MAX])
{
    size_t len = sizeof group;
    memcpy(room, &group, sizeof group);
    if (ns.len > 0)
        memcpy(room + len, ns.ptr, ns.len);
    len += ns.len;
    room[len++] = '\0'; /* neither holds a NUL, so the key is unambiguous */
    memcpy(room + len, name.ptr, name.len);
    return len + name.len;
}

ess_err catalogue_find_series(const hub_catalogue *all, uint32_t group, ess_slice ns,
                              ess_slice name, uint32_t *number)
{
    char key[SERIES_KEY_MAX];
    if (ns.len > ESS_NS_MAX || name.len == 0 || name.len > ESS_NAME_MAX)
        return ESS_E_NOT_FOUND;
    return names_find(&all->series_names, (ess_slice){key, series_key(group, ns, name, key)},
                      number);
}

bool catalogue_is_series(const hub_catalogue *all, uint32_t number, uint32_t group, ess_slice ns,
                         ess_slice name)
{
    if (number >= all->series_count)
        return false;
    const hub_series *series = &all->series[number];
    return series->group == group && ess_slice_equal(series->ns, ns) &&
           ess_slice_equal(series->name, name);
}

static void link_series(hub_catalogue *all, uint32_t number)
{
    hub_series *series = &all->series[number];
    hub_group *group = &all->group[series->group];
    series->previous = group->last_series;
    if (group->last_series == HUB_NONE)
        group->first_series = number;
    else
        all->series[group->last_series].next = number;
    group->last_series = number;
    group->series_count++;
}

ess_err catalogue_series(hub_catalogue *all, uint32_t group, ess_slice ns, ess_slice name,
                         uint32_t *number)
{
    char key[SERIES_KEY_MAX];
    if (catalogue_find_series(all, group, ns, name, number) == ESS_OK)
        return ESS_OK;
    if (ns.len > ESS_NS_MAX || name.len == 0 || name.len > ESS_NAME_MAX)
        return ESS_E_TOO_LARGE;
    if (all->group[group].series_count == HUB_GROUP_SERIES_MAX)
        return ESS_E_TOO_LARGE;
    void *table = all->series;
    TRY(make_room(&table, all->series_count, &all->series_room, sizeof(hub_series)));
    all->series = table;
    size_t len = series_key(group, ns, name, key);
    TRY(names_add(&all->series_names, (ess_slice){key, len}, number));
    const char *kept = all->series_names.key[*number].ptr + sizeof group;
    all->series[all->series_count++] = (hub_series){.group = group,
                                                    .next = HUB_NONE,
                                                    .ns = {kept, ns.len},
                                                    .name = {kept + ns.len + 1, name.len}};
    link_series(all, *number);
    return ESS_OK;
}

void catalogue_forget_series(hub_catalogue *all, uint32_t count)
{
    assert(count >= all->series_stored);
    while (all->series_count > count) {
        hub_series *series = &all->series[--all->series_count];
        hub_group *group = &all->group[series->group];
        group->last_series = series->previous;
        if (series->previous == HUB_NONE)
            group->first_series = HUB_NONE;
        else
            all->series[series->previous].next = HUB_NONE;
        group->series_count--;
        free(series->text.ptr);
        names_pop(&all->series_names);
    }
}

bool catalogue_has_room(const hub_catalogue *all, uint32_t number, const hub_value *value)
{
    const hub_series *series = &all->series[number];
    return value->is_number || value->raw.len <= series->text.room ||
           all->group[series->group].text_bytes + value->raw.len <= HUB_GROUP_TEXT_MAX;
}

static void set_last(hub_catalogue *all, uint32_t number, const hub_value *value)
{
    /* Out of memory: better an invalid value than an old one that looks new. */
    static const ess_slice invalid = {"null", 4};
    hub_series *series = &all->series[number];
    size_t room = series->text.room;
    bool kept = value->is_number || hub_text_set(&series->text, value->raw) == ESS_OK;
    all->group[series->group].text_bytes += series->text.room - room;
    series->last = *value;
    series->last.raw = kept ? hub_text_get(&series->text) : invalid;
}

bool catalogue_sample(hub_catalogue *all, uint32_t number, const hub_value *value, int64_t report,
                      bool live)
{
    hub_series *series = &all->series[number];
    hub_extent *then = &series->extent_then;
    if (!series->touched) {
        series->touched = true;
        series->next_touched = all->first_touched;
        all->first_touched = number;
        series->last_then = NULL;
        *then = series->extent;
    }
    bool first = then->samples++ == 0;
    if (first || value->ts_utc_ms < then->first_utc_ms)
        then->first_utc_ms = value->ts_utc_ms;
    bool last = first || live || value->ts_utc_ms >= then->last_utc_ms;
    if (last) {
        then->last_utc_ms = value->ts_utc_ms;
        then->last_report = report;
        series->last_then = value;
    }
    return last;
}

/* ---- the database's side */

static ess_err load_groups(hub_catalogue *all, hub_db *db)
{
    bool found = true;
    uint32_t number;
    TRY(db_query(db, SQL_GROUP_LIST, DB_NO_CELLS));
    for (;;) {
        TRY(db_next(db, SQL_GROUP_LIST, &found));
        if (!found)
            break;
        TRY(catalogue_group(all, db_get_text(db, SQL_GROUP_LIST, 1), &number));
        if (number + 1 != db_get_int(db, SQL_GROUP_LIST, 0))
            return ESS_E_CORRUPT;
        hub_group *group = &all->group[number];
        group->presence.known = db_get_kind(db, SQL_GROUP_LIST, 2) == DB_INTEGER;
        group->presence.sid = (uint64_t)db_get_int(db, SQL_GROUP_LIST, 2);
        group->presence.since_utc_ms = db_get_int(db, SQL_GROUP_LIST, 4);
        group->last_utc_ms = db_get_int(db, SQL_GROUP_LIST, 5);
        group->saved_last_utc_ms = group->last_utc_ms;
        TRY(hub_text_set(&group->fw, db_get_text(db, SQL_GROUP_LIST, 6)));
        TRY(hub_text_set(&group->model, db_get_text(db, SQL_GROUP_LIST, 7)));
        TRY(hub_text_set(&group->clock, db_get_text(db, SQL_GROUP_LIST, 8)));
        TRY(hub_text_set(&group->units, db_get_text(db, SQL_GROUP_LIST, 9)));
    }
    all->groups_stored = all->groups;
    return ESS_OK;
}

/* What the row of SQL_SERIES_LIST says of the series' samples. */
static ess_err load_samples(hub_catalogue *all, uint32_t number, hub_db *db)
{
    bool found = false;
    hub_extent extent = {(uint64_t)db_get_int(db, SQL_SERIES_LIST, 4),
                         db_get_int(db, SQL_SERIES_LIST, 5), db_get_int(db, SQL_SERIES_LIST, 6),
                         db_get_int(db, SQL_SERIES_LIST, 7)};
    if (extent.samples == 0)
        return ESS_OK;
    TRY(db_query(
        db, SQL_SERIES_LAST,
        DB_CELLS(db_int(number + 1), db_int(extent.last_utc_ms), db_int(extent.last_report))));
    TRY(db_next(db, SQL_SERIES_LAST, &found));
    if (!found)
        return ESS_OK; /* none is left: as if there had been none */
    all->series[number].extent = extent;
    hub_value value = {.ts_utc_ms = db_get_int(db, SQL_SERIES_LAST, 0),
                       .is_number = db_get_kind(db, SQL_SERIES_LAST, 1) == DB_INTEGER,
                       .quality = (uint8_t)db_get_int(db, SQL_SERIES_LAST, 3)};
    if (value.is_number)
        value.number = (ess_decimal){db_get_int(db, SQL_SERIES_LAST, 1),
                                     (uint8_t)db_get_int(db, SQL_SERIES_LAST, 2)};
    else
        value.raw = db_get_text(db, SQL_SERIES_LAST, 1);
    set_last(all, number, &value);
    db_done(db, SQL_SERIES_LAST);
    return ESS_OK;
}

static ess_err load_series(hub_catalogue *all, hub_db *db)
{
    bool found = true;
    uint32_t number;
    TRY(db_query(db, SQL_SERIES_LIST, DB_NO_CELLS));
    for (;;) {
        TRY(db_next(db, SQL_SERIES_LIST, &found));
        if (!found)
            break;
        int64_t group = db_get_int(db, SQL_SERIES_LIST, 1);
        if (group < 1 || group > all->groups)
            return ESS_E_CORRUPT;
        TRY(catalogue_series(all, (uint32_t)(group - 1), db_get_text(db, SQL_SERIES_LIST, 2),
                             db_get_text(db, SQL_SERIES_LIST, 3), &number));
        if (number + 1 != db_get_int(db, SQL_SERIES_LIST, 0))
            return ESS_E_CORRUPT;
        TRY(load_samples(all, number, db));
    }
    all->series_stored = all->series_count;
    return ESS_OK;
}

ess_err catalogue_load(hub_catalogue *all, hub_db *db)
{
    TRY(load_groups(all, db));
    return load_series(all, db);
}

static ess_err save_group(const hub_group *group, uint32_t number, hub_db *db)
{
    const ess_presence *presence = &group->presence;
    db_cell sid = presence->known ? db_int((int64_t)presence->sid) : db_null();
    return db_run(db, SQL_GROUP_SAVE,
                  DB_CELLS(db_int(number + 1), sid, db_int(presence->on),
                           db_int(presence->since_utc_ms), db_int(group->last_utc_ms),
                           db_text_or_null(hub_text_get(&group->fw)),
                           db_text_or_null(hub_text_get(&group->model)),
                           db_text_or_null(hub_text_get(&group->clock)),
                           db_text_or_null(hub_text_get(&group->units))));
}

ess_err catalogue_store_samples(const hub_catalogue *all, hub_db *db)
{
    for (uint32_t i = all->first_touched; i != HUB_NONE; i = all->series[i].next_touched) {
        const hub_extent *then = &all->series[i].extent_then;
        TRY(db_run(db, SQL_SERIES_SAVE,
                   DB_CELLS(db_int(i + 1), db_int((int64_t)then->samples),
                            db_int(then->first_utc_ms), db_int(then->last_utc_ms),
                            db_int(then->last_report))));
    }
    return ESS_OK;
}

ess_err catalogue_store(const hub_catalogue *all, hub_db *db)
{
    for (uint32_t i = all->groups_stored; i < all->groups; i++)
        TRY(db_run(db, SQL_GROUP_ADD,
                   DB_CELLS(db_int(i + 1), db_text(ess_slice_from(all->group[i].name)))));
    for (uint32_t i = 0; all->dirty && i < all->groups; i++) {
        if (all->group[i].dirty)
            TRY(save_group(&all->group[i], i, db));
    }
    for (uint32_t i = all->series_stored; i < all->series_count; i++) {
        const hub_series *series = &all->series[i];
        TRY(db_run(db, SQL_SERIES_ADD,
                   DB_CELLS(db_int(i + 1), db_int(series->group + 1), db_text(series->ns),
                            db_text(series->name))));
    }
    return ESS_OK;
}

/* Ends the transaction for the series. */
static void settle(hub_catalogue *all, bool committed)
{
    uint32_t next = all->first_touched;
    while (next != HUB_NONE) {
        hub_series *series = &all->series[next];
        series->touched = false;
        if (committed)
            series->extent = series->extent_then;
        if (committed && series->last_then != NULL)
            set_last(all, next, series->last_then);
        next = series->next_touched;
    }
    all->first_touched = HUB_NONE;
}

void catalogue_stored(hub_catalogue *all)
{
    all->groups_stored = all->groups;
    all->series_stored = all->series_count;
    for (uint32_t i = 0; all->dirty && i < all->groups; i++) {
        hub_group *group = &all->group[i];
        if (group->dirty)
            group->saved_last_utc_ms = group->last_utc_ms;
        group->dirty = false;
    }
    all->dirty = false;
    settle(all, true);
}

void catalogue_failed(hub_catalogue *all)
{
    settle(all, false);
}

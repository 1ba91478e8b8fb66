/* Groups and series the hub knows, with what is newest of each, in memory. The database has the
 * same rows; those from *_stored on are not in it yet (their first batch is not committed). */
#ifndef ESS_HUB_CATALOGUE_H
#define ESS_HUB_CATALOGUE_H

#include "ess/intake.h"
#include "ess/json.h"
#include "ess/peer.h"
#include "hub/db.h"
#include "hub/names.h"

/* What devices can make the hub keep in memory [DLV-12]. */
#define HUB_GROUPS_MAX       16384    /* groups a hub takes in */
#define HUB_SERIES_MAX       1048576  /* series of all groups */
#define HUB_GROUP_SERIES_MAX 8192     /* series of one group */
#define HUB_GROUP_TEXT_MAX   4194304u /* bytes of one group's last values that are no numbers */
#define HUB_NONE             UINT32_MAX

/* A text that is replaced often: its room is kept and grows. */
typedef struct hub_text {
    char *ptr;
    size_t len, room;
} hub_text;

/* Replaces the text. ESS_E_NO_ROOM when memory is out; the old text then stands. */
ess_err hub_text_set(hub_text *text, ess_slice value);
ess_slice hub_text_get(const hub_text *text);

typedef struct hub_group {
    char name[65];
    ess_presence presence;
    uint16_t major; /* on which its last birth came; 0: none since the start [VER-07] */
    ess_peer peer;  /* what may be said to it */
    int64_t last_utc_ms, saved_last_utc_ms; /* last message; as the database has it */
    hub_text fw, model, clock, units;       /* units: raw JSON array */
    hub_text kids;                          /* keys it trusts; not stored: its birth tells again */
    bool dirty;                             /* presence differs from the database */
    uint32_t first_series, last_series, series_count;
    size_t text_bytes; /* of its series' texts */
} hub_group;

/* One value, as measured. */
typedef struct hub_value {
    int64_t ts_utc_ms;
    ess_decimal number;
    bool is_number;
    uint8_t quality;
    ess_slice raw; /* the JSON text where it is not a number */
} hub_value;

/* What there is of a series. */
typedef struct hub_extent {
    uint64_t samples;
    int64_t first_utc_ms, last_utc_ms, last_report; /* meaningless while samples is 0 */
} hub_extent;

typedef struct hub_series {
    uint32_t group;
    uint32_t next, previous; /* series of the same group, by age */
    ess_slice ns, name;
    hub_extent extent;
    hub_value last; /* raw is borrowed from text; meaningless while there is no sample */
    hub_text text;
    /* within a transaction: what it becomes with its commit */
    bool touched;
    uint32_t next_touched;
    hub_extent extent_then;
    const hub_value *last_then; /* NULL: as before */
} hub_series;

/* The number of a group or series is its place, and its id in the database less one. */
typedef struct hub_catalogue {
    hub_group *group;
    hub_series *series;
    uint32_t groups, group_room, groups_stored;
    uint32_t series_count, series_room, series_stored;
    hub_names group_names, series_names;
    bool dirty;             /* some group is */
    uint32_t first_touched; /* series with samples in this transaction; HUB_NONE: none */
} hub_catalogue;

ess_err catalogue_init(hub_catalogue *all, uint64_t seed);
void catalogue_free(hub_catalogue *all);
/* Reads everything back at start. */
ess_err catalogue_load(hub_catalogue *all, hub_db *db);

/* Finds or adds. ESS_E_NO_ROOM: the hub has no room for more (a bound of its own, or memory);
 * ESS_E_TOO_LARGE: a group name over 64 bytes, or more series than one group may have. */
ess_err catalogue_group(hub_catalogue *all, ess_slice name, uint32_t *number);
ess_err catalogue_series(hub_catalogue *all, uint32_t group, ess_slice ns, ess_slice name,
                         uint32_t *number);
/* True when this number is that of the series; any number may be asked of. */
bool catalogue_is_series(const hub_catalogue *all, uint32_t number, uint32_t group, ess_slice ns,
                         ess_slice name);
/* True when the group may have this as the series' last value. */
bool catalogue_has_room(const hub_catalogue *all, uint32_t series, const hub_value *value);
/* Forgets the series added since there were count; none of them is stored. */
void catalogue_forget_series(hub_catalogue *all, uint32_t count);
/* ESS_E_NOT_FOUND; nothing is added. */
ess_err catalogue_find_group(const hub_catalogue *all, ess_slice name, uint32_t *number);
ess_err catalogue_find_series(const hub_catalogue *all, uint32_t group, ess_slice ns,
                              ess_slice name, uint32_t *number);

/* Within a transaction: writes the groups and series that are not in the database yet, and changed
 * presence. */
ess_err catalogue_store(const hub_catalogue *all, hub_db *db);
/* The transaction was committed: what it wrote stands; or it was not: nothing of it does. */
void catalogue_stored(hub_catalogue *all);
void catalogue_failed(hub_catalogue *all);

/* Within a transaction: a sample of this report has been added. *value stands until
 * catalogue_stored or _failed. True when it becomes the series' last value [DLV-06]: what comes
 * live always does, whatever a device's clock says, which may have been set back; backfill only
 * when it is not older. */
bool catalogue_sample(hub_catalogue *all, uint32_t series, const hub_value *value, int64_t report,
                      bool live);
/* Then, before the commit: writes what the series have become. */
ess_err catalogue_store_samples(const hub_catalogue *all, hub_db *db);

/* Writes a value as JSON, exactly. */
void hub_value_write(const hub_value *value, ess_json_writer *out);

#endif

/* Schema and statements.
 *
 * A report is one row of report, unique by (grp, sid, n) [DLV-02]: that index is the whole of
 * duplicate removal. A sample hangs on its report, ordered by series and time, so history is one
 * range of one B-tree. Numbers are kept exact as mantissa and scale; anything else as its JSON text
 * with scale NULL. sid and n are the 64 bits of an unsigned number in a signed column.
 */
#include "hub/sql.h"

static const char schema_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('boot', 0);"
    "CREATE TABLE grp(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " sid INTEGER, is_on INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 0,"
    " last INTEGER NOT NULL DEFAULT 0, fw TEXT, model TEXT, clock TEXT, units TEXT);"
    "CREATE TABLE series(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL REFERENCES grp(id),"
    " ns TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(grp, ns, name));"
    "CREATE TABLE report(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL REFERENCES grp(id),"
    " sid INTEGER NOT NULL, n INTEGER NOT NULL, type INTEGER NOT NULL, ns TEXT NOT NULL,"
    " ts INTEGER NOT NULL, stored INTEGER NOT NULL, UNIQUE(grp, sid, n));"
    "CREATE TABLE sample(series INTEGER NOT NULL, ts INTEGER NOT NULL, report INTEGER NOT NULL,"
    " value NOT NULL, scale INTEGER, quality INTEGER NOT NULL,"
    " PRIMARY KEY(series, ts, report)) WITHOUT ROWID;"
    "CREATE TABLE param_set(grp INTEGER NOT NULL REFERENCES grp(id), ns TEXT NOT NULL,"
    " sid INTEGER NOT NULL, n INTEGER NOT NULL, rev INTEGER, ts INTEGER NOT NULL,"
    " d TEXT NOT NULL, PRIMARY KEY(grp, ns)) WITHOUT ROWID;"
    "CREATE TABLE event(report INTEGER PRIMARY KEY REFERENCES report(id),"
    " grp INTEGER NOT NULL, ns TEXT NOT NULL, ts INTEGER NOT NULL, d TEXT NOT NULL);"
    "CREATE INDEX event_by_group ON event(grp, report);"
    "CREATE TABLE command(code TEXT PRIMARY KEY, grp INTEGER NOT NULL REFERENCES grp(id),"
    " ns TEXT NOT NULL, op TEXT NOT NULL, args TEXT NOT NULL, by TEXT NOT NULL,"
    " created INTEGER NOT NULL, exp INTEGER NOT NULL, stage TEXT NOT NULL,"
    " result INTEGER, read_back TEXT) WITHOUT ROWID;"
    "CREATE INDEX command_by_group ON command(grp, code);"
    "CREATE INDEX command_by_exp ON command(exp);"
    "CREATE TABLE command_stage(code TEXT NOT NULL REFERENCES command(code),"
    " seq INTEGER NOT NULL, stage TEXT NOT NULL, at INTEGER NOT NULL, result INTEGER,"
    " detail TEXT, PRIMARY KEY(code, seq)) WITHOUT ROWID;"
    "CREATE TABLE user(name TEXT PRIMARY KEY, role INTEGER NOT NULL, hash TEXT NOT NULL)"
    " WITHOUT ROWID;";

/* token is the token's hash, hash the user's password's at the log-in. */
static const char schema_2[] =
    "CREATE TABLE session(token TEXT PRIMARY KEY, user TEXT NOT NULL, hash TEXT NOT NULL,"
    " ends INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX session_by_end ON session(ends);";

/* How many samples a series has, since when, and which is its last value: what would else take a
 * walk over all samples at each start. */
static const char schema_3[] =
    "ALTER TABLE series ADD COLUMN samples INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE series ADD COLUMN first_ts INTEGER;"
    "ALTER TABLE series ADD COLUMN last_ts INTEGER;"
    "ALTER TABLE series ADD COLUMN last_report INTEGER;"
    "UPDATE series SET samples = (SELECT count(*) FROM sample WHERE series = id),"
    " first_ts = (SELECT min(ts) FROM sample WHERE series = id),"
    " last_ts = (SELECT max(ts) FROM sample WHERE series = id);"
    "UPDATE series SET last_report ="
    " (SELECT max(report) FROM sample WHERE series = id AND ts = last_ts);";

const char *const sql_schema[] = {schema_1, schema_2, schema_3};
const size_t sql_schema_version = sizeof sql_schema / sizeof sql_schema[0];

#define COMMAND_COLUMNS  "SELECT c.code, g.name, c.ns, c.op, c.args, c.by, c.created, c.exp, "
#define COMMAND_OF_GROUP " FROM command c JOIN grp g ON g.id = c.grp "
#define COMMAND_NOW      COMMAND_COLUMNS "c.stage, c.result, c.read_back" COMMAND_OF_GROUP

const char *const sql_text[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_BOOT_COUNT] = "UPDATE meta SET value = value + 1 WHERE key = 'boot'",
    [SQL_BOOT_GET] = "SELECT value FROM meta WHERE key = 'boot'",
    [SQL_GROUP_ADD] = "INSERT INTO grp(id, name) VALUES(?1, ?2)",
    [SQL_GROUP_SAVE] = "UPDATE grp SET sid = ?2, is_on = ?3, since = ?4, last = ?5, fw = ?6,"
                       " model = ?7, clock = ?8, units = ?9 WHERE id = ?1",
    [SQL_GROUP_LIST] = "SELECT id, name, sid, is_on, since, last, fw, model, clock, units FROM grp"
                       " ORDER BY id",
    [SQL_SERIES_ADD] = "INSERT INTO series(id, grp, ns, name) VALUES(?1, ?2, ?3, ?4)",
    [SQL_SERIES_LIST] = "SELECT id, grp, ns, name, samples, first_ts, last_ts, last_report"
                        " FROM series ORDER BY id",
    [SQL_SERIES_SAVE] = "UPDATE series SET samples = ?2, first_ts = ?3, last_ts = ?4,"
                        " last_report = ?5 WHERE id = ?1",
    /* Should that very row have been removed, the one before stands. */
    [SQL_SERIES_LAST] = "SELECT ts, value, scale, quality FROM sample"
                        " WHERE series = ?1 AND (ts, report) <= (?2, ?3)"
                        " ORDER BY ts DESC, report DESC LIMIT 1",
    [SQL_REPORT_ADD] = "INSERT INTO report(grp, sid, n, type, ns, ts, stored)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    /* Only a name said twice within one report can conflict: the first stands. */
    [SQL_SAMPLE_ADD] = "INSERT INTO sample(series, ts, report, value, scale, quality)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [SQL_HISTORY] = "SELECT s.ts, s.value, s.scale, s.quality, r.sid, r.n, r.stored, s.report"
                    " FROM sample s JOIN report r ON r.id = s.report"
                    " WHERE s.series = ?1 AND (s.ts, s.report) > (?2, ?3) AND s.ts < ?4"
                    " ORDER BY s.ts, s.report LIMIT ?5",
    [SQL_PARAM_PUT] = "INSERT OR REPLACE INTO param_set(grp, ns, sid, n, rev, ts, d)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_PARAM_LIST] = "SELECT ns, rev, ts, d FROM param_set WHERE grp = ?1 ORDER BY ns",
    [SQL_PARAM_GET] = "SELECT sid, n FROM param_set WHERE grp = ?1 AND ns = ?2",
    [SQL_EVENT_ADD] = "INSERT INTO event(report, grp, ns, ts, d) VALUES(?1, ?2, ?3, ?4, ?5)",
    [SQL_EVENT_LIST] = "SELECT e.ns, e.ts, r.sid, r.n, e.d FROM event e"
                       " JOIN report r ON r.id = e.report"
                       " WHERE e.grp = ?1 ORDER BY e.report DESC LIMIT ?2",
    [SQL_COMMAND_ADD] = "INSERT INTO command(code, grp, ns, op, args, by, created, exp, stage)"
                        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'created')",
    [SQL_COMMAND_STAGE] = "UPDATE command SET stage = ?2, result = NULL WHERE code = ?1",
    /* What a later stage does not say, an earlier one's word stands for. */
    [SQL_COMMAND_EVIDENCE] = "UPDATE command SET stage = ?2, result = ?3,"
                             " read_back = coalesce(?4, read_back) WHERE code = ?1",
    [SQL_COMMAND_GET] = COMMAND_NOW "WHERE c.code = ?1",
    /* With an earlier stage nothing is told of what was read back later. */
    [SQL_COMMAND_AT] = COMMAND_COLUMNS
    "s.stage, s.result, iif(s.stage = c.stage, c.read_back, NULL)" COMMAND_OF_GROUP
    "JOIN command_stage s ON s.code = c.code WHERE c.code = ?1 AND s.seq = ?2",
    /* A UUIDv7 begins with its time. */
    [SQL_COMMAND_LIST] = COMMAND_NOW "WHERE c.grp = ?1 ORDER BY c.code DESC LIMIT ?2",
    [SQL_COMMAND_OPEN] = "SELECT code, grp, exp, stage, EXISTS(SELECT 1 FROM command_stage s"
                         " WHERE s.code = c.code AND s.stage = 'sent')"
                         " FROM command c WHERE exp > ?1",
    [SQL_STAGE_ADD] = "INSERT INTO command_stage(code, seq, stage, at, result, detail)"
                      " VALUES(?1, (SELECT coalesce(max(seq), 0) + 1 FROM command_stage"
                      " WHERE code = ?1), ?2, ?3, ?4, ?5) RETURNING seq",
    [SQL_STAGE_LIST] = "SELECT stage, at, result, detail FROM command_stage"
                       " WHERE code = ?1 AND seq <= ?2 ORDER BY seq",
    [SQL_USER_PUT] = "INSERT OR REPLACE INTO user(name, role, hash) VALUES(?1, ?2, ?3)",
    [SQL_USER_GET] = "SELECT name, role, hash FROM user WHERE name = ?1",
    [SQL_USER_LIST] = "SELECT name, role, hash FROM user ORDER BY name",
    [SQL_USER_REMOVE] = "DELETE FROM user WHERE name = ?1",
    [SQL_SESSION_PURGE] = "DELETE FROM session WHERE ends <= ?1",
    [SQL_SESSION_TRIM] = "DELETE FROM session WHERE token IN"
                         " (SELECT token FROM session ORDER BY ends DESC LIMIT -1 OFFSET ?1)",
    [SQL_SESSION_ADD] = "INSERT INTO session(token, user, hash, ends) VALUES(?1, ?2, ?3, ?4)",
    /* The hash is salted: setting even the same password again ends the session. */
    [SQL_SESSION_USER] = "SELECT u.name, u.role, u.hash FROM session s"
                         " JOIN user u ON u.name = s.user AND u.hash = s.hash"
                         " WHERE s.token = ?1 AND s.ends > ?2",
    [SQL_SESSION_END] = "DELETE FROM session WHERE token = ?1",
};

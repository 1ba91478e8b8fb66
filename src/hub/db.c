/* SQLite behind cells and names. */
#include "hub/db.h"
#include "codec/try.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECKPOINT_PAGES 4000             /* of the log: then it is emptied into the file */
#define LOG_KEPT_BYTES   (32u * 1048576u) /* its file is cut to this when it starts anew */
#define LOG_PAGES_MOST   262144u
#define RESERVE_PAGES    4096 /* beyond max_mib */

struct hub_db {
    sqlite3 *handle;
    sqlite3_stmt *statement[SQL_COUNT];
    uint32_t log_pages, log_pages_most, checkpoint_at;
    int64_t pages_most; /* 0: no bound */
};

static const struct {
    int code;
    ess_err err;
} error_rows[] = {
    {SQLITE_FULL, ESS_E_STORAGE_FULL},   {SQLITE_CORRUPT, ESS_E_CORRUPT},
    {SQLITE_NOTADB, ESS_E_CORRUPT},      {SQLITE_PERM, ESS_E_PERMISSION},
    {SQLITE_READONLY, ESS_E_PERMISSION}, {SQLITE_AUTH, ESS_E_PERMISSION},
    {SQLITE_CONSTRAINT, ESS_E_EXISTS},   {SQLITE_TOOBIG, ESS_E_TOO_LARGE},
    {SQLITE_MISUSE, ESS_E_INTERNAL},     {SQLITE_RANGE, ESS_E_INTERNAL},
};

static ess_err error_of(int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return ESS_OK;
    for (size_t i = 0; i < sizeof error_rows / sizeof error_rows[0]; i++) {
        if (error_rows[i].code == (code & 0xff))
            return error_rows[i].err;
    }
    return ESS_E_IO;
}

static bool log_is_full(const hub_db *db)
{
    return db->log_pages > db->log_pages_most;
}

const char *db_why(hub_db *db)
{
    if (log_is_full(db))
        return "another program reads the database and holds up its log";
    if (error_of(sqlite3_errcode(db->handle)) == ESS_OK)
        return "its rows contradict each other"; /* SQLite is content, its caller is not */
    return sqlite3_errmsg(db->handle);
}

/* ---- the log */

/* Empties the log into the file as far as nobody reads what is older. A failure loses nothing: the
 * log holds it all, and the next time tries again. */
static void empty_log(hub_db *db)
{
    int pages = 0, done = 0;
    int code =
        sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
    bool is_empty = code == SQLITE_OK && pages >= 0 && pages == done;
    if (is_empty)
        db->log_pages = 0; /* the next transaction begins it anew */
    db->checkpoint_at = db->log_pages + CHECKPOINT_PAGES;
}

static int on_commit(void *context, sqlite3 *handle, const char *name, int pages)
{
    hub_db *db = context;
    (void)handle;
    (void)name;
    db->log_pages = (uint32_t)pages;
    if (db->log_pages >= db->checkpoint_at)
        empty_log(db);
    return SQLITE_OK;
}

/* ---- opening */

static ess_err run_text(hub_db *db, const char *sql)
{
    return error_of(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static ess_err get_number(hub_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement); /* repeats the error just seen */
    return error_of(code);
}

static ess_err set_number(hub_db *db, const char *pragma, int64_t value)
{
    char sql[96];
    (void)snprintf(sql, sizeof sql, "PRAGMA %s = %lld", pragma, (long long)value);
    return run_text(db, sql);
}

/* One step of the schema, whole or not at all: the version is part of the transaction. */
static ess_err upgrade_step(hub_db *db, size_t version)
{
    ess_err err = run_text(db, sql_schema[version]);
    if (err == ESS_OK)
        err = set_number(db, "user_version", (int64_t)version + 1);
    return err;
}

static ess_err upgrade(hub_db *db)
{
    int64_t version = 0;
    TRY(db_begin(db)); /* two programs may open a new file at the same time: one of them makes it */
    ess_err err = get_number(db, "PRAGMA user_version", &version);
    if (err == ESS_OK && (version < 0 || (size_t)version > sql_schema_version))
        err = ESS_E_STATE;
    for (size_t at = (size_t)version; err == ESS_OK && at < sql_schema_version; at++)
        err = upgrade_step(db, at);
    if (err == ESS_OK)
        err = db_commit(db);
    if (err != ESS_OK)
        db_rollback(db);
    return err;
}

static ess_err prepare_file(hub_db *db, const db_options *options)
{
    TRY(error_of(sqlite3_busy_timeout(db->handle, (int)options->busy_ms)));
    TRY(run_text(db, "PRAGMA journal_mode = WAL"));
    TRY(run_text(db, "PRAGMA synchronous = FULL"));
    TRY(run_text(db, "PRAGMA foreign_keys = ON"));
    TRY(set_number(db, "journal_size_limit", LOG_KEPT_BYTES));
    db->log_pages_most = options->log_pages > 0 ? options->log_pages : LOG_PAGES_MOST;
    db->checkpoint_at = CHECKPOINT_PAGES;
    (void)sqlite3_wal_hook(db->handle, on_commit, db); /* gives the hook before, which was none */
    if (options->max_mib > 0) {
        int64_t page_size = 4096;
        TRY(get_number(db, "PRAGMA page_size", &page_size));
        db->pages_most = (int64_t)options->max_mib * 1048576 / page_size;
    }
    return upgrade(db);
}

ess_err db_open(const db_options *options, hub_db **out, char *why, size_t why_size)
{
    hub_db *db = calloc(1, sizeof *db);
    if (db == NULL)
        return ESS_E_NO_ROOM;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    ess_err err = error_of(sqlite3_open_v2(options->path, &db->handle, flags, NULL));
    if (err == ESS_OK)
        err = prepare_file(db, options);
    if (err == ESS_OK) {
        *out = db;
        return ESS_OK;
    }
    if (err == ESS_E_STATE)
        (void)snprintf(why, why_size, "%s: written by a newer program", options->path);
    else
        (void)snprintf(why, why_size, "%s: %s", options->path, sqlite3_errmsg(db->handle));
    db_close(db);
    return err;
}

void db_close(hub_db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(db->statement[i]); /* repeats an error already seen */
    (void)sqlite3_close(db->handle);              /* nothing is open any more */
    free(db);
}

/* ---- statements */

static int bind_cell(sqlite3_stmt *statement, int place, const db_cell *cell)
{
    if (cell->kind == DB_INTEGER)
        return sqlite3_bind_int64(statement, place, cell->number);
    if (cell->kind == DB_NULL)
        return sqlite3_bind_null(statement, place);
    const char *text = cell->text.len > 0 ? cell->text.ptr : "";
    return sqlite3_bind_text(statement, place, text, (int)cell->text.len, SQLITE_STATIC);
}

ess_err db_query(hub_db *db, sql_id id, const db_cell *cells, size_t count)
{
    if (db->statement[id] == NULL)
        TRY(error_of(sqlite3_prepare_v3(db->handle, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT,
                                        &db->statement[id], NULL)));
    for (size_t i = 0; i < count; i++)
        TRY(error_of(bind_cell(db->statement[id], (int)i + 1, &cells[i])));
    return ESS_OK;
}

ess_err db_next(hub_db *db, sql_id id, bool *found)
{
    int code = sqlite3_step(db->statement[id]);
    *found = code == SQLITE_ROW;
    if (!*found)
        db_done(db, id);
    return error_of(code);
}

void db_done(hub_db *db, sql_id id)
{
    (void)sqlite3_reset(db->statement[id]); /* repeats the error of the last step */
    (void)sqlite3_clear_bindings(db->statement[id]);
}

ess_err db_run(hub_db *db, sql_id id, const db_cell *cells, size_t count)
{
    bool found = false;
    TRY(db_query(db, id, cells, count));
    ess_err err = db_next(db, id, &found);
    if (found)
        db_done(db, id);
    return err;
}

int64_t db_changes(hub_db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_last_id(hub_db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_get_int(hub_db *db, sql_id id, int column)
{
    return sqlite3_column_int64(db->statement[id], column);
}

ess_slice db_get_text(hub_db *db, sql_id id, int column)
{
    const unsigned char *text = sqlite3_column_text(db->statement[id], column);
    if (text == NULL)
        return (ess_slice){NULL, 0};
    size_t len = (size_t)sqlite3_column_bytes(db->statement[id], column);
    return (ess_slice){(const char *)text, len};
}

db_kind db_get_kind(hub_db *db, sql_id id, int column)
{
    int type = sqlite3_column_type(db->statement[id], column);
    if (type == SQLITE_INTEGER)
        return DB_INTEGER;
    return type == SQLITE_NULL ? DB_NULL : DB_TEXT;
}

/* ---- transactions */

static ess_err begin(hub_db *db, int64_t pages_most)
{
    if (log_is_full(db))
        empty_log(db);
    if (log_is_full(db))
        return ESS_E_STORAGE_FULL;
    if (db->pages_most > 0)
        TRY(set_number(db, "max_page_count", pages_most));
    return db_run(db, SQL_BEGIN, DB_NO_CELLS);
}

ess_err db_begin(hub_db *db)
{
    return begin(db, db->pages_most + RESERVE_PAGES);
}

ess_err db_begin_bounded(hub_db *db)
{
    return begin(db, db->pages_most);
}

ess_err db_commit(hub_db *db)
{
    return db_run(db, SQL_COMMIT, DB_NO_CELLS);
}

void db_rollback(hub_db *db)
{
    /* Some failures (a full disk) have rolled back by themselves. */
    if (sqlite3_get_autocommit(db->handle) == 0)
        (void)db_run(db, SQL_ROLLBACK, DB_NO_CELLS); /* nothing left to do if it fails */
}

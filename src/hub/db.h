/* The hub's database: the one door to SQLite.
 *
 * Statements are rows of a table (sql.c), prepared at first use and kept. Values go in as cells and
 * come out by column, so that no other file sees a third-party type. WAL with synchronous FULL:
 * when db_commit has returned ESS_OK the data survives a power cut.
 */
#ifndef ESS_HUB_DB_H
#define ESS_HUB_DB_H

#include "ess/base.h"
#include "hub/sql.h"

typedef struct hub_db hub_db;

typedef struct db_options {
    const char *path;
    uint32_t busy_ms; /* how long to wait for another writer */
    uint32_t max_mib; /* of what db_begin_bounded writes; 0: no bound but the disk's */
    /* The log beside the file is emptied into it as it grows; what another program reads at the
     * time holds that up. From so many pages on no transaction is begun any more. 0: 1 GiB. */
    uint32_t log_pages;
} db_options;

/* Opens or makes the database and brings its schema up to date. why: room for what went wrong.
 * ESS_E_CORRUPT, ESS_E_PERMISSION, ESS_E_IO, ESS_E_STORAGE_FULL; ESS_E_STATE: written by a newer
 * program. */
ess_err db_open(const db_options *options, hub_db **out, char *why, size_t why_size);
/* NULL is allowed. */
void db_close(hub_db *db);

typedef enum db_kind { DB_NULL, DB_INTEGER, DB_TEXT } db_kind;
typedef struct db_cell {
    db_kind kind;
    int64_t number;
    ess_slice text; /* borrowed until the statement is done */
} db_cell;

static inline db_cell db_int(int64_t number)
{
    return (db_cell){.kind = DB_INTEGER, .number = number};
}

/* The empty slice is the empty text. */
static inline db_cell db_text(ess_slice text)
{
    return (db_cell){.kind = DB_TEXT, .text = text};
}

/* The empty slice is NULL. */
static inline db_cell db_text_or_null(ess_slice text)
{
    return (db_cell){.kind = text.len > 0 ? DB_TEXT : DB_NULL, .text = text};
}

static inline db_cell db_null(void)
{
    return (db_cell){.kind = DB_NULL};
}

/* The cells of a call, with their count: db_run(db, SQL_X, DB_CELLS(db_int(1), db_null())). */
#define DB_CELLS(...)                                                                              \
    (const db_cell[]){__VA_ARGS__}, sizeof((const db_cell[]){__VA_ARGS__}) / sizeof(db_cell)
#define DB_NO_CELLS NULL, 0

/* One transaction at a time. A failed db_commit wants a db_rollback, as any failure within does.
 * db_begin: ESS_E_STORAGE_FULL while the log is as large as it may be. */
ess_err db_begin(hub_db *db);
/* The same for what comes in without end: the file grows to max_mib. What people do (log in, give
 * commands) has 16 MiB more, so that a full history leaves the plant in hand. */
ess_err db_begin_bounded(hub_db *db);
ess_err db_commit(hub_db *db);
void db_rollback(hub_db *db);

/* Runs a statement that gives no rows. Errors: as db_open, ESS_E_EXISTS for a constraint. */
ess_err db_run(hub_db *db, sql_id id, const db_cell *cells, size_t count);
/* Rows that the last db_run inserted, changed or removed. */
int64_t db_changes(hub_db *db);
int64_t db_last_id(hub_db *db);

/* Starts a query; then db_next until *found is false, or db_done to leave early. One walk at a
 * time for each statement. */
ess_err db_query(hub_db *db, sql_id id, const db_cell *cells, size_t count);
ess_err db_next(hub_db *db, sql_id id, bool *found);
void db_done(hub_db *db, sql_id id);
/* Columns of the present row, counted from 0. Text is borrowed until db_next or db_done; NULL gives
 * 0 and the empty slice. */
int64_t db_get_int(hub_db *db, sql_id id, int column);
ess_slice db_get_text(hub_db *db, sql_id id, int column);
db_kind db_get_kind(hub_db *db, sql_id id, int column);

/* SQLite's words for the last failure; English, valid until the next call. */
const char *db_why(hub_db *db);

#endif

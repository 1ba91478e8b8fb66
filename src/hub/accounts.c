/* Users and the sessions they have opened: rows of the database, nothing in memory, so that another
 * process (`ess-hub user`) and a restart see the same. */
#include "codec/try.h"
#include "hub/core_internal.h"

/* ---- users */

static ess_err read_user(hub_db *db, sql_id id, hub_user *out)
{
    hub_user user = {.role = (hub_role)db_get_int(db, id, 1)};
    TRY(ess_slice_copy(db_get_text(db, id, 0), user.name, sizeof user.name));
    TRY(ess_slice_copy(db_get_text(db, id, 2), user.password_hash, sizeof user.password_hash));
    *out = user;
    return ESS_OK;
}

static ess_err find_user(hub_db *db, sql_id id, const db_cell *cells, size_t count, hub_user *out)
{
    bool found = false;
    TRY(db_query(db, id, cells, count));
    TRY(db_next(db, id, &found));
    if (!found)
        return ESS_E_NOT_FOUND;
    ess_err err = read_user(db, id, out);
    db_done(db, id);
    return err;
}

ess_err hub_user_get(hub_core *core, ess_slice name, hub_user *out)
{
    return find_user(core->db, SQL_USER_GET, DB_CELLS(db_text(name)), out);
}

ess_err hub_user_put(hub_core *core, const hub_user *user)
{
    return db_run(core->db, SQL_USER_PUT,
                  DB_CELLS(db_text(ess_slice_from(user->name)), db_int(user->role),
                           db_text(ess_slice_from(user->password_hash))));
}

ess_err hub_user_remove(hub_core *core, ess_slice name)
{
    TRY(db_run(core->db, SQL_USER_REMOVE, DB_CELLS(db_text(name))));
    return db_changes(core->db) > 0 ? ESS_OK : ESS_E_NOT_FOUND;
}

ess_err hub_user_each(hub_core *core, void (*visit)(void *context, const hub_user *user),
                      void *context)
{
    bool found = true;
    hub_user user;
    TRY(db_query(core->db, SQL_USER_LIST, DB_NO_CELLS));
    for (;;) {
        TRY(db_next(core->db, SQL_USER_LIST, &found));
        if (!found)
            return ESS_OK;
        if (read_user(core->db, SQL_USER_LIST, &user) == ESS_OK)
            visit(context, &user);
    }
}

/* ---- sessions */

static ess_err open_session(hub_db *db, const hub_session *session, int64_t now_utc_ms)
{
    TRY(db_run(db, SQL_SESSION_PURGE, DB_CELLS(db_int(now_utc_ms))));
    TRY(db_run(db, SQL_SESSION_TRIM, DB_CELLS(db_int(HUB_SESSIONS_MAX - 1))));
    return db_run(db, SQL_SESSION_ADD,
                  DB_CELLS(db_text(ess_slice_from(session->token_hash)),
                           db_text(ess_slice_from(session->user->name)),
                           db_text(ess_slice_from(session->user->password_hash)),
                           db_int(session->ends_utc_ms)));
}

ess_err hub_session_open(hub_core *core, const hub_session *session, int64_t now_utc_ms)
{
    TRY(db_begin(core->db));
    ess_err err = open_session(core->db, session, now_utc_ms);
    if (err == ESS_OK)
        err = db_commit(core->db);
    if (err != ESS_OK)
        db_rollback(core->db);
    return err;
}

ess_err hub_session_user(hub_core *core, const char *token_hash, int64_t now_utc_ms, hub_user *out)
{
    db_cell hash = db_text(ess_slice_from(token_hash));
    return find_user(core->db, SQL_SESSION_USER, DB_CELLS(hash, db_int(now_utc_ms)), out);
}

ess_err hub_session_end(hub_core *core, const char *token_hash)
{
    return db_run(core->db, SQL_SESSION_END, DB_CELLS(db_text(ess_slice_from(token_hash))));
}

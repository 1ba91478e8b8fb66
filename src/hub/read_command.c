/* Commands as JSON. Numbers of a result stand only where the device has given one. */
#include "codec/try.h"
#include "ess/model.h"
#include "hub/core_internal.h"

static void write_text(ess_json_writer *out, const char *key, ess_slice text)
{
    ess_json_key(out, key);
    ess_json_text(out, text);
}

static void write_raw_or(ess_json_writer *out, const char *key, ess_slice json,
                         const char *otherwise)
{
    ess_json_key(out, key);
    ess_json_raw(out, json.len > 0 ? json : ess_slice_from(otherwise));
}

static void write_result(hub_db *db, sql_id id, int column, ess_json_writer *out)
{
    ess_json_key(out, "result");
    if (db_get_kind(db, id, column) == DB_INTEGER)
        ess_json_int(out, db_get_int(db, id, column));
    else
        ess_json_null(out);
}

static void write_result_id(hub_db *db, sql_id id, int column, ess_json_writer *out)
{
    const ess_model_result *result = NULL;
    ess_json_key(out, "result_id");
    if (db_get_kind(db, id, column) == DB_INTEGER)
        result = ess_model_result_of((int)db_get_int(db, id, column));
    if (result != NULL)
        ess_json_text(out, ess_slice_from(result->id));
    else
        ess_json_null(out);
}

/* Members of the command whose row the statement (SQL_COMMAND_GET, _AT or _LIST) stands on. */
static void write_members(hub_db *db, sql_id id, ess_json_writer *out)
{
    write_text(out, "code", db_get_text(db, id, 0));
    write_text(out, "group", db_get_text(db, id, 1));
    write_text(out, "ns", db_get_text(db, id, 2));
    write_text(out, "op", db_get_text(db, id, 3));
    write_raw_or(out, "a", db_get_text(db, id, 4), "{}");
    write_text(out, "by", db_get_text(db, id, 5));
    ess_json_key(out, "created_utc_ms");
    ess_json_int(out, db_get_int(db, id, 6));
    ess_json_key(out, "exp_utc_ms");
    ess_json_int(out, db_get_int(db, id, 7));
    write_text(out, "state", db_get_text(db, id, 8));
    write_result(db, id, 9, out);
    write_result_id(db, id, 9, out);
    write_raw_or(out, "read_back", db_get_text(db, id, 10), "null");
}

/* The stages up to number seq. */
static ess_err write_stages(hub_db *db, ess_slice code, int64_t seq, ess_json_writer *out)
{
    bool found = true;
    TRY(db_query(db, SQL_STAGE_LIST, DB_CELLS(db_text(code), db_int(seq))));
    ess_json_key(out, "stages");
    ess_json_array_begin(out);
    for (;;) {
        TRY(db_next(db, SQL_STAGE_LIST, &found));
        if (!found)
            break;
        ess_json_object_begin(out);
        write_text(out, "stage", db_get_text(db, SQL_STAGE_LIST, 0));
        ess_json_key(out, "at_utc_ms");
        ess_json_int(out, db_get_int(db, SQL_STAGE_LIST, 1));
        write_result(db, SQL_STAGE_LIST, 2, out);
        write_raw_or(out, "detail", db_get_text(db, SQL_STAGE_LIST, 3), "\"\"");
        ess_json_object_end(out);
    }
    ess_json_array_end(out);
    return ESS_OK;
}

/* The command that the query of this statement gives. */
static ess_err write_one(hub_db *db, sql_id id, ess_json_writer *out)
{
    bool found = false;
    TRY(db_next(db, id, &found));
    if (!found)
        return ESS_E_NOT_FOUND;
    ess_json_object_begin(out);
    write_members(db, id, out);
    db_done(db, id);
    return ESS_OK;
}

ess_err hub_write_command(hub_core *core, ess_slice code, ess_json_writer *out)
{
    TRY(db_query(core->db, SQL_COMMAND_GET, DB_CELLS(db_text(code))));
    TRY(write_one(core->db, SQL_COMMAND_GET, out));
    TRY(write_stages(core->db, code, INT64_MAX, out));
    ess_json_object_end(out);
    return out->err;
}

ess_err core_write_command_at(hub_core *core, ess_slice code, int64_t seq, ess_json_writer *out)
{
    TRY(db_query(core->db, SQL_COMMAND_AT, DB_CELLS(db_text(code), db_int(seq))));
    TRY(write_one(core->db, SQL_COMMAND_AT, out));
    TRY(write_stages(core->db, code, seq, out));
    ess_json_object_end(out);
    return out->err;
}

ess_err hub_write_commands(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out)
{
    uint32_t number;
    bool found = true;
    TRY(catalogue_find_group(&core->all, group, &number));
    TRY(db_query(core->db, SQL_COMMAND_LIST, DB_CELLS(db_int(number + 1), db_int(limit))));
    ess_json_object_begin(out);
    ess_json_key(out, "commands");
    ess_json_array_begin(out);
    for (;;) {
        TRY(db_next(core->db, SQL_COMMAND_LIST, &found));
        if (!found)
            break;
        ess_json_object_begin(out);
        write_members(core->db, SQL_COMMAND_LIST, out);
        ess_json_object_end(out);
    }
    ess_json_array_end(out);
    ess_json_object_end(out);
    return out->err;
}

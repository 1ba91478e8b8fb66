/* Commands: durable before sent, repeated until the device's word is durable too.
 *
 * The row in the database is the command. Memory holds only what is due when; a restart rebuilds it
 * and asks again, which is harmless [CMD-03, CMD-06].
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "ess/model.h"
#include "hub/core_internal.h"
#include "port/clock.h"
#include "port/log.h"

#define RETRY_MS  500 /* the line did not take the message, the database not the note */
#define STEP_MOST 16  /* commands sent or ended at a time: each costs a commit, reports wait */

/* ---- the open ones */

static hub_open_command *find_open(hub_core *core, ess_slice code)
{
    for (size_t i = 0; i < core->commands; i++) {
        if (ess_slice_is(code, core->command[i].code))
            return &core->command[i];
    }
    return NULL;
}

static ess_err add_open(hub_core *core, ess_slice code, uint32_t group, ess_stage stage,
                        int64_t exp_utc_ms)
{
    if (core->commands == HUB_OPEN_COMMANDS_MAX)
        return ESS_E_NO_ROOM;
    hub_open_command *open = &core->command[core->commands];
    *open = (hub_open_command){.group = group};
    TRY(ess_slice_copy(code, open->code, sizeof open->code));
    ess_dispatch_init(&open->dispatch, stage, exp_utc_ms, core_now(core).mono_ms);
    core->commands++;
    return ESS_OK;
}

/* The row that the statement stands on. One that timed out without ever having left this house is
 * over: nobody can know of it. */
static ess_err load_command(hub_core *core)
{
    ess_stage stage;
    int64_t group = db_get_int(core->db, SQL_COMMAND_OPEN, 1);
    uint32_t was_sent = (uint32_t)db_get_int(core->db, SQL_COMMAND_OPEN, 4);
    if (ess_stage_parse(db_get_text(core->db, SQL_COMMAND_OPEN, 3), &stage) != ESS_OK ||
        group < 1 || group > core->all.groups)
        return ESS_E_CORRUPT;
    if (ess_stage_is_final(stage) || (stage == ESS_STAGE_TIMEOUT && !was_sent))
        return ESS_OK;
    TRY(add_open(core, db_get_text(core->db, SQL_COMMAND_OPEN, 0), (uint32_t)(group - 1), stage,
                 db_get_int(core->db, SQL_COMMAND_OPEN, 2)));
    /* One that has been sent may have been executed: worth asking for. */
    core->command[core->commands - 1].dispatch.tries = was_sent;
    return ESS_OK;
}

ess_err core_load_commands(hub_core *core)
{
    bool found = true;
    int64_t since = core_now(core).utc_ms - ESS_DISPATCH_KEEP_MS;
    TRY(db_query(core->db, SQL_COMMAND_OPEN, DB_CELLS(db_int(since))));
    for (;;) {
        TRY(db_next(core->db, SQL_COMMAND_OPEN, &found));
        if (!found)
            return ESS_OK;
        TRY(load_command(core));
    }
}

/* ---- what is told */

/* The command as it was with its stage seq: a commit may have brought several at once. */
static void announce(hub_core *core, const char *code, uint32_t group, int64_t seq)
{
    ess_json_writer writer;
    size_t len = 0;
    if (core->announce == NULL)
        return;
    ess_json_writer_init(&writer, core->scratch, HUB_SCRATCH_BYTES);
    if (core_write_command_at(core, ess_slice_from(code), seq, &writer) != ESS_OK ||
        ess_json_finish(&writer, &len) != ESS_OK)
        return;
    core->announce(core->announce_context, "command", ess_slice_from(core->all.group[group].name),
                   (ess_slice){core->scratch, len});
}

/* *seq: its number among the command's stages. */
static ess_err add_stage(hub_db *db, const db_cell *cells, size_t count, int64_t *seq)
{
    bool found = false;
    TRY(db_query(db, SQL_STAGE_ADD, cells, count));
    TRY(db_next(db, SQL_STAGE_ADD, &found));
    *seq = db_get_int(db, SQL_STAGE_ADD, 0);
    return db_next(db, SQL_STAGE_ADD, &found); /* it gives one row */
}

static ess_err store_stage(hub_core *core, const char *code, ess_stage stage, int64_t *seq)
{
    db_cell id = db_text(ess_slice_from(code));
    db_cell name = db_text(ess_slice_from(ess_stage_name(stage)));
    TRY(db_run(core->db, SQL_COMMAND_STAGE, DB_CELLS(id, name)));
    return add_stage(core->db,
                     DB_CELLS(id, name, db_int(core_now(core).utc_ms), db_null(), db_null()), seq);
}

/* Notes one of the cloud's own stages: SENT or TIMEOUT. False when the database refuses. */
static bool note_stage(hub_core *core, const hub_open_command *open, ess_stage stage)
{
    int64_t seq = 0;
    ess_err err = db_begin(core->db);
    if (err == ESS_OK)
        err = store_stage(core, open->code, stage, &seq);
    if (err == ESS_OK)
        err = db_commit(core->db);
    if (err == ESS_OK) {
        announce(core, open->code, open->group, seq);
        return true;
    }
    db_rollback(core->db);
    port_log(PORT_ERROR, "command code=%s stage=%s could not be noted err=%d", open->code,
             ess_stage_name(stage), (int)err);
    return false;
}

/* ---- sending */

/* [VER-07] As the device spoke last; before its first birth, as the hub would rather. */
static uint16_t major_of(const hub_core *core, ess_slice group)
{
    uint32_t number;
    if (catalogue_find_group(&core->all, group, &number) != ESS_OK ||
        core->all.group[number].major == 0)
        return core->options.majors.at[0];
    return core->all.group[number].major;
}

/* Topic of the object, and what of its path the topic does not say [ENV-13]. */
static ess_err command_topic(const hub_core *core, ess_slice group, ess_slice path,
                             char room[static HUB_TOPIC_ROOM], ess_slice *ns)
{
    size_t len = 0;
    ess_topic topic = {.version = major_of(core, group),
                       .type = ESS_CMD,
                       .application = ess_slice_from(core->application),
                       .group = group};
    if (ess_object_place(path, &topic, ns) != ESS_OK)
        return ESS_E_TOPIC;
    return ess_topic_print(&topic, room, HUB_TOPIC_ROOM, &len);
}

/* [SIG-18] Each sending anew, as it has its own t. */
static ess_err sign(const hub_core *core, const store_signer *signer, const char *topic,
                    size_t *len)
{
    store_to_sign what = {ess_slice_from(topic), core->scratch, HUB_SCRATCH_BYTES};
    return store_sign(signer, &what, core->signing.work, len);
}

/* The group's command whose row the statement stands on, published. */
static ess_err publish_row(hub_core *core, const hub_group *group)
{
    char topic[HUB_TOPIC_ROOM];
    size_t len = 0;
    ess_command command = {.code = db_get_text(core->db, SQL_COMMAND_GET, 0),
                           .op = db_get_text(core->db, SQL_COMMAND_GET, 3),
                           .args = db_get_text(core->db, SQL_COMMAND_GET, 4),
                           .by = db_get_text(core->db, SQL_COMMAND_GET, 5),
                           .t_utc_ms = core_now(core).utc_ms,
                           .exp_utc_ms = db_get_int(core->db, SQL_COMMAND_GET, 7)};
    const store_signer *signer = hub_signing_for(&core->signing, hub_text_get(&group->kids));
    if (signer != NULL)
        command.kid = ess_slice_from(signer->kid);
    TRY(command_topic(core, ess_slice_from(group->name), db_get_text(core->db, SQL_COMMAND_GET, 2),
                      topic, &command.ns));
    TRY(ess_command_print(&command, core->scratch, HUB_SCRATCH_BYTES, &len));
    if (signer != NULL && len <= ESS_MESSAGE_MAX)
        TRY(sign(core, signer, topic, &len));
    if (len > ESS_MESSAGE_MAX)
        return ESS_E_TOO_LARGE;
    return core_publish(core, topic, (ess_slice){core->scratch, len}, false);
}

static ess_err publish_command(hub_core *core, const hub_open_command *open)
{
    bool found = false;
    TRY(db_query(core->db, SQL_COMMAND_GET, DB_CELLS(db_text(ess_slice_from(open->code)))));
    TRY(db_next(core->db, SQL_COMMAND_GET, &found));
    if (!found)
        return ESS_E_NOT_FOUND;
    ess_err err = publish_row(core, &core->all.group[open->group]);
    db_done(core->db, SQL_COMMAND_GET);
    return err;
}

/* [CMD-11] Noted before it is published for the first time: a hub that is killed in between asks
 * for it in its next life, and is told that nothing was done. Noted behind it, the same kill would
 * leave an executed command that nobody asks for. What cannot be noted goes out all the same: it
 * may be a stop. */
static void note_leaving(hub_core *core, hub_open_command *open)
{
    if (open->dispatch.stage == ESS_STAGE_CREATED && !open->noted)
        open->noted = note_stage(core, open, ESS_STAGE_SENT);
}

static void send(hub_core *core, hub_open_command *open)
{
    hub_now now = core_now(core);
    note_leaving(core, open);
    ess_err err = publish_command(core, open);
    if (err != ESS_OK) {
        open->wake_mono_ms = now.mono_ms + RETRY_MS;
        port_log(PORT_WARN, "command code=%s could not be sent err=%d", open->code, (int)err);
        return;
    }
    ess_dispatch_sent(&open->dispatch, now.mono_ms);
    open->wake_mono_ms = now.mono_ms; /* ask the dispatch for its next time */
}

/* Without its note the command would be shown as on its way for ever: so again in a moment. */
static void time_out(hub_core *core, hub_open_command *open, ess_stage before)
{
    open->wake_mono_ms = core_now(core).mono_ms;
    if (note_stage(core, open, ESS_STAGE_TIMEOUT))
        return;
    open->dispatch.stage = before;
    open->wake_mono_ms += RETRY_MS;
}

/* False: the command is over for the hub. *writes counts what has cost a commit. */
static bool step(hub_core *core, hub_open_command *open, hub_now now, size_t *writes)
{
    bool online = core->line_up && core->all.group[open->group].presence.on;
    ess_stage before = open->dispatch.stage;
    ess_dispatch_step next =
        ess_dispatch_due(&open->dispatch, now.utc_ms, now.mono_ms, online, &open->wake_mono_ms);
    *writes += next == ESS_DISPATCH_SEND || next == ESS_DISPATCH_TIMEOUT ? 1 : 0;
    if (next == ESS_DISPATCH_SEND)
        send(core, open);
    else if (next == ESS_DISPATCH_TIMEOUT)
        time_out(core, open, before);
    return next != ESS_DISPATCH_END;
}

void core_step_commands(hub_core *core)
{
    hub_now now = core_now(core);
    size_t i = 0, writes = 0;
    while (i < core->commands && writes < STEP_MOST) {
        hub_open_command *open = &core->command[i];
        if (now.mono_ms < open->wake_mono_ms || step(core, open, now, &writes))
            i++;
        else
            *open = core->command[--core->commands];
    }
}

int64_t core_commands_wake(const hub_core *core)
{
    int64_t wake = INT64_MAX;
    for (size_t i = 0; i < core->commands; i++) {
        if (core->command[i].wake_mono_ms < wake)
            wake = core->command[i].wake_mono_ms;
    }
    return wake;
}

void core_group_reborn(hub_core *core, uint32_t group)
{
    int64_t now_mono_ms = core_now(core).mono_ms;
    for (size_t i = 0; i < core->commands; i++) {
        hub_open_command *open = &core->command[i];
        if (open->group != group)
            continue;
        ess_dispatch_reborn(&open->dispatch, now_mono_ms);
        open->wake_mono_ms = now_mono_ms;
    }
}

/* ---- evidence */

/* What the database holds of a command, this transaction included. */
static ess_err known_stage(hub_core *core, batch_ack *ack, ess_stage *stage, bool *found)
{
    TRY(db_query(core->db, SQL_COMMAND_GET, DB_CELLS(db_text(ack->ack.code))));
    TRY(db_next(core->db, SQL_COMMAND_GET, found));
    if (!*found)
        return ESS_OK;
    /* A device speaks for its own commands only. */
    *found =
        ess_slice_is(db_get_text(core->db, SQL_COMMAND_GET, 1), core->all.group[ack->group].name);
    ess_err err = ess_stage_parse(db_get_text(core->db, SQL_COMMAND_GET, 8), stage);
    /* [SIG-15] A copy was refused whose signature was wrong; that says nothing of the true one. */
    if (*stage == ESS_STAGE_REJECTED &&
        db_get_int(core->db, SQL_COMMAND_GET, 9) == ESS_MODEL_BAD_SIGNATURE)
        *stage = ESS_STAGE_SENT;
    ack->exp_utc_ms = db_get_int(core->db, SQL_COMMAND_GET, 7);
    db_done(core->db, SQL_COMMAND_GET);
    return err;
}

ess_err core_store_ack(hub_core *core, batch_ack *ack)
{
    ess_dispatch dispatch = {0};
    bool found = false;
    ack->fresh = false;
    TRY(known_stage(core, ack, &dispatch.stage, &found));
    if (!found) {
        core_refused(core, ack->ack.code,
                     &(ess_fault){ESS_E_NOT_FOUND, 0, "CMD-05", "a reply to no command"});
        return ESS_OK;
    }
    if (ess_dispatch_ack(&dispatch, ack->ack.stage, &ack->fresh) != ESS_OK)
        port_log(PORT_WARN, "command code=%.*s: %s contradicts %s, which stands",
                 (int)ack->ack.code.len, ack->ack.code.ptr, ess_stage_name(ack->ack.stage),
                 ess_stage_name(dispatch.stage));
    if (!ack->fresh)
        return ESS_OK;
    db_cell code = db_text(ack->ack.code);
    db_cell stage = db_text(ess_slice_from(ess_stage_name(ack->ack.stage)));
    db_cell result = db_int(ack->ack.result);
    TRY(db_run(core->db, SQL_COMMAND_EVIDENCE,
               DB_CELLS(code, stage, result, db_text_or_null(ack->ack.read_back))));
    return add_stage(
        core->db,
        DB_CELLS(code, stage, db_int(ack->at_utc_ms), result, db_text_or_null(ack->ack.why)),
        &ack->seq);
}

void core_ack_stored(hub_core *core, const batch_ack *ack)
{
    if (!ack->fresh)
        return;
    hub_open_command *open = find_open(core, ack->ack.code);
    /* [SIG-15] It was over by what came first, and is not. With no room for it, the device's own
     * word still ends it; it is only not asked for again before the next start. */
    if (open == NULL && !ess_stage_is_final(ack->ack.stage) &&
        add_open(core, ack->ack.code, ack->group, ack->ack.stage, ack->exp_utc_ms) == ESS_OK) {
        open = &core->command[core->commands - 1];
        open->dispatch.tries = 1;
    }
    if (open != NULL) {
        open->dispatch.stage = ack->ack.stage;
        open->wake_mono_ms = core_now(core).mono_ms;
    }
    char code[HUB_CODE_ROOM];
    if (ess_slice_copy(ack->ack.code, code, sizeof code) == ESS_OK)
        announce(core, code, ack->group, ack->seq);
}

/* ---- creation */

/* UUIDv7 (RFC 9562): 48 bits of UTC milliseconds, the rest chance; so codes sort by age. */
static void make_code(int64_t utc_ms, char code[static HUB_CODE_ROOM])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[16];
    size_t at = 0;
    port_random(bytes, sizeof bytes);
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)((uint64_t)utc_ms >> (40 - 8 * i));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x70);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            code[at++] = '-';
        code[at++] = hex[bytes[i] >> 4];
        code[at++] = hex[bytes[i] & 15];
    }
    code[at] = '\0';
    assert(at + 1 == HUB_CODE_ROOM);
}

static ess_err store_command(hub_core *core, const hub_command_request *request, uint32_t group,
                             const char *code, int64_t now_utc_ms)
{
    int64_t seq, exp_utc_ms = now_utc_ms + (int64_t)request->ttl_s * 1000;
    TRY(catalogue_store(&core->all, core->db)); /* its group may be new */
    TRY(db_run(core->db, SQL_COMMAND_ADD,
               DB_CELLS(db_text(ess_slice_from(code)), db_int(group + 1), db_text(request->ns),
                        db_text(request->op), db_text(request->args), db_text(request->by),
                        db_int(now_utc_ms), db_int(exp_utc_ms))));
    return store_stage(core, code, ESS_STAGE_CREATED, &seq); /* its first: 1 */
}

/* In the database before it is anywhere else. */
static ess_err make_durable(hub_core *core, const hub_command_request *request, uint32_t group,
                            const char *code, int64_t now_utc_ms)
{
    hub_command_request stored = *request;
    if (request->args.len > HUB_SCRATCH_BYTES)
        return ESS_E_TOO_LARGE;
    memcpy(core->scratch, request->args.ptr, request->args.len);
    core_make_one_line(core->scratch, request->args.len);
    stored.args.ptr = core->scratch;
    TRY(db_begin(core->db));
    ess_err err = store_command(core, &stored, group, code, now_utc_ms);
    if (err == ESS_OK)
        err = db_commit(core->db);
    if (err != ESS_OK) {
        db_rollback(core->db);
        return err;
    }
    catalogue_stored(&core->all);
    return ESS_OK;
}

ess_err hub_command_create(hub_core *core, const hub_command_request *request,
                           char code[static HUB_CODE_ROOM])
{
    uint32_t group;
    ess_slice below;
    char topic[HUB_TOPIC_ROOM], made[HUB_CODE_ROOM];
    int64_t now_utc_ms = core_now(core).utc_ms;
    TRY(catalogue_find_group(&core->all, request->group, &group));
    TRY(command_topic(core, request->group, request->ns, topic, &below));
    if (core->commands == HUB_OPEN_COMMANDS_MAX)
        return ESS_E_NO_ROOM;
    make_code(now_utc_ms, made);
    TRY(make_durable(core, request, group, made, now_utc_ms));
    int64_t exp_utc_ms = now_utc_ms + (int64_t)request->ttl_s * 1000;
    TRY(add_open(core, ess_slice_from(made), group, ESS_STAGE_CREATED, exp_utc_ms));
    memcpy(code, made, sizeof made);
    announce(core, made, group, 1);
    core_step_commands(core);
    return ESS_OK;
}

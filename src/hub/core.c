/* The core's life: opening, ticking, closing; and the little that its files share. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "ess/sender.h"
#include "hub/core_internal.h"
#include "port/clock.h"
#include "port/file.h"
#include "port/log.h"

enum { PATH_ROOM = 400 };

/* ---- shared */

hub_now core_now(const hub_core *core)
{
    if (core->options.clock != NULL)
        return core->options.clock(core->options.context);
    return (hub_now){port_mono_ms(), port_utc_ms()};
}

void core_arm(hub_core *core)
{
    int64_t due = core_now(core).mono_ms + core->options.commit_ms;
    if (due < core->due_mono_ms)
        core->due_mono_ms = due;
}

ess_err core_publish(hub_core *core, const char *topic, ess_slice payload, bool retain)
{
    if (core->options.publish == NULL || !core->line_up)
        return ESS_E_OFFLINE;
    return core->options.publish(core->options.context, topic, payload, retain);
}

ess_json_writer core_announce_begin(hub_core *core)
{
    ess_json_writer writer;
    ess_json_writer_init(&writer, core->scratch, HUB_SCRATCH_BYTES);
    ess_json_object_begin(&writer);
    return writer;
}

void core_announce_end(hub_core *core, ess_json_writer *writer, const char *event, uint32_t group)
{
    size_t len = 0;
    ess_json_object_end(writer);
    if (core->announce == NULL || ess_json_finish(writer, &len) != ESS_OK)
        return;
    core->announce(core->announce_context, event, ess_slice_from(core->all.group[group].name),
                   (ess_slice){core->scratch, len});
}

void core_make_one_line(char *json, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (json[i] == '\n' || json[i] == '\r' || json[i] == '\t')
            json[i] = ' ';
    }
}

void hub_core_on_announce(hub_core *core, hub_announce announce, void *context)
{
    core->announce = announce;
    core->announce_context = context;
}

/* ---- opening */

static ess_err folder_path(const char *data_dir, const char *name, char path[static PATH_ROOM],
                           char *why)
{
    int len = snprintf(path, PATH_ROOM, "%s/%s", data_dir, name);
    if (len > 0 && len < PATH_ROOM)
        return ESS_OK;
    (void)snprintf(why, HUB_WHY_MAX, "data.dir is too long");
    return ESS_E_TOO_LARGE;
}

static ess_err open_db(hub_core *core, const char *data_dir, char *why)
{
    char path[PATH_ROOM];
    TRY(folder_path(data_dir, "hub.db", path, why));
    db_options options = {
        .path = path, .busy_ms = core->options.busy_ms, .max_mib = core->options.max_mib};
    return db_open(&options, &core->db, why, HUB_WHY_MAX);
}

static ess_err lock_folder(hub_core *core, const char *data_dir, char *why)
{
    char path[PATH_ROOM];
    const port_file_calls *calls = port_file_system();
    TRY(folder_path(data_dir, "hub.lock", path, why));
    core->lock_fd = calls->open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (core->lock_fd < 0) {
        (void)snprintf(why, HUB_WHY_MAX, "%s: cannot be opened", path);
        return ESS_E_PERMISSION;
    }
    if (calls->lock(core->lock_fd) == 0)
        return ESS_OK;
    (void)snprintf(why, HUB_WHY_MAX, "%s: another ess-hub has this folder", path);
    return ESS_E_STATE;
}

/* Each start has its own sid, later starts greater ones [PRE-03]: devices see by it that what they
 * sent to the one before may be lost. */
static ess_err count_start(hub_core *core)
{
    bool found = false;
    uint32_t chance = 0;
    TRY(db_run(core->db, SQL_BOOT_COUNT, DB_NO_CELLS));
    TRY(db_query(core->db, SQL_BOOT_GET, DB_NO_CELLS));
    TRY(db_next(core->db, SQL_BOOT_GET, &found));
    if (!found)
        return ESS_E_CORRUPT;
    uint32_t boot = (uint32_t)db_get_int(core->db, SQL_BOOT_GET, 0);
    db_done(core->db, SQL_BOOT_GET);
    port_random(&chance, sizeof chance);
    core->sid = ess_sid_make(boot, chance);
    return ESS_OK;
}

static ess_err load(hub_core *core, char *why)
{
    ess_err err = count_start(core);
    if (err == ESS_OK)
        err = catalogue_load(&core->all, core->db);
    if (err == ESS_OK)
        err = core_load_commands(core);
    if (err != ESS_OK)
        (void)snprintf(why, HUB_WHY_MAX, "hub.db: %s", db_why(core->db));
    return err;
}

static ess_err take_memory(hub_core *core)
{
    uint64_t seed = 0;
    port_random(&seed, sizeof seed);
    TRY(catalogue_init(&core->all, seed));
    TRY(shapes_init(&core->shapes, seed + 1));
    TRY(batch_init(&core->batch, core->options.commit_reports));
    core->pack = ess_pack_new();
    core->scratch = malloc(HUB_SCRATCH_BYTES);
    return core->scratch != NULL && core->pack != NULL ? ESS_OK : ESS_E_NO_ROOM;
}

static hub_core *new_core(const hub_core_options *options)
{
    hub_core *core = calloc(1, sizeof *core);
    if (core == NULL)
        return NULL;
    core->options = *options;
    core->options.data_dir = NULL; /* borrowed for the opening only */
    core->options.application = NULL;
    if (core->options.majors.count == 0)
        core->options.majors = (ess_majors){{ESS_MAJOR}, 1};
    core->lock_fd = -1;
    core->due_mono_ms = INT64_MAX;
    ess_scratch_init(&core->names, core->name_room, ESS_MEMBERS_MAX);
    core->read = (ess_readings){.scratch = &core->names,
                                .row = core->row_room,
                                .reading = core->reading_room,
                                .row_room = ESS_ROWS_MAX,
                                .reading_room = ESS_VALUES_MAX};
    core->stats.started_mono_ms = core_now(core).mono_ms;
    ess_credit_init(&core->credit, core->stats.started_mono_ms);
    return core;
}

static ess_err open_core(hub_core *core, const hub_core_options *options, char *why)
{
    (void)snprintf(why, HUB_WHY_MAX, "%s: cannot be used", options->data_dir);
    TRY(port_make_dir(options->data_dir));
    TRY(lock_folder(core, options->data_dir, why));
    TRY(open_db(core, options->data_dir, why));
    (void)snprintf(why, HUB_WHY_MAX, "out of memory");
    TRY(ess_slice_copy(ess_slice_from(options->application), core->application,
                       sizeof core->application));
    TRY(take_memory(core));
    return load(core, why);
}

static void release(hub_core *core)
{
    hub_signing_close(&core->signing);
    catalogue_free(&core->all);
    shapes_free(&core->shapes);
    batch_free(&core->batch);
    ess_pack_free(core->pack);
    free(core->scratch);
    db_close(core->db);
    if (core->lock_fd >= 0)
        (void)port_file_system()->close(core->lock_fd); /* nothing was written to it */
    free(core);
}

ess_err hub_core_open(const hub_core_options *options, hub_core **out, char *why)
{
    hub_core *core = new_core(options);
    if (core == NULL)
        return ESS_E_NO_ROOM;
    ess_err err = open_core(core, options, why);
    if (err == ESS_OK)
        *out = core;
    else
        release(core);
    return err;
}

ess_err hub_core_open_users(const char *data_dir, hub_core **out, char *why)
{
    hub_core_options options = {.busy_ms = 5000};
    hub_core *core = new_core(&options);
    if (core == NULL)
        return ESS_E_NO_ROOM;
    (void)snprintf(why, HUB_WHY_MAX, "%s: cannot be used", data_dir);
    ess_err err = port_make_dir(data_dir);
    if (err == ESS_OK)
        err = open_db(core, data_dir, why);
    if (err == ESS_OK)
        *out = core;
    else
        release(core);
    return err;
}

void hub_core_sign_with(hub_core *core, const hub_signing *signing)
{
    hub_signing_close(&core->signing);
    core->signing = *signing;
}

/* ---- running */

void hub_core_tick(hub_core *core)
{
    if (core_now(core).mono_ms >= core->due_mono_ms)
        core_commit(core);
    core_step_commands(core);
}

int64_t hub_core_wake(const hub_core *core)
{
    int64_t commands = core_commands_wake(core);
    return commands < core->due_mono_ms ? commands : core->due_mono_ms;
}

void hub_core_close(hub_core *core)
{
    if (core == NULL)
        return;
    if (core->scratch != NULL)
        core_commit(core);
    release(core);
}

/* First start and later ones are told apart by the boot counter: a folder that was used before
 * must still have its key and its stores. Losing them silently would be taken for an empty
 * outbox, so it is an error that a person has to settle. */
#include "agent/state.h"

#include "codec/try.h"
#include "ess/sender.h"
#include "port/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static ess_err fail(const char **id, const char *which, ess_err err)
{
    *id = which;
    return err;
}

static void path_in(char *room, size_t size, const char *directory, const char *name)
{
    (void)snprintf(room, size, "%s/%s", directory, name); /* directory has at most 200 bytes */
}

static ess_err take_lock(agent_state *state, const char *directory, const char **id)
{
    const port_file_calls *calls = port_file_system();
    char path[300];

    path_in(path, sizeof path, directory, "lock");
    state->lock_fd = calls->open(path, O_RDWR | O_CREAT, 0600);
    if (state->lock_fd < 0)
        return fail(id, "agent-state", port_file_error(errno));
    if (calls->lock(state->lock_fd) != 0)
        return fail(id, "agent-state-in-use", ESS_E_STATE);
    return ESS_OK;
}

/* 0 when this is the first start. */
static ess_err read_boot(const char *path, uint32_t *boot, const char **id)
{
    char text[16];
    size_t len = 0;
    ess_err err = port_read_text(path, text, sizeof text, &len);
    ess_decimal value;
    int64_t count = 0;

    if (err == ESS_E_NOT_FOUND) {
        *boot = 0;
        return ESS_OK;
    }
    if (err == ESS_OK && len > 0 && text[len - 1] == '\n')
        len--;
    if (err != ESS_OK || ess_decimal_parse((ess_slice){text, len}, &value) != ESS_OK ||
        ess_decimal_to_integer(value, 0, &count) != ESS_OK || count < 1 || count >= UINT32_MAX)
        return fail(id, "agent-boot", ESS_E_CORRUPT);
    *boot = (uint32_t)count;
    return ESS_OK;
}

static void ignore_name(void *context, const char *name)
{
    (void)context;
    (void)name;
}

static bool is_there(const char *directory)
{
    return port_file_system()->list(directory, ignore_name, NULL) == 0;
}

static ess_err load_key(agent_state *state, const char *directory, bool is_first, const char **id)
{
    char path[300];
    ess_err err;

    path_in(path, sizeof path, directory, "key");
    err = port_file_private(path);
    /* A key made anew would take everything sealed with the lost one for damaged. */
    if (err == ESS_E_NOT_FOUND && !is_first)
        return fail(id, "agent-key-missing", ESS_E_CORRUPT);
    err = store_key_load(path, &state->key);
    return err == ESS_OK ? ESS_OK : fail(id, "agent-key", err);
}

/* [PRE-04] The counter is durable before the sid made of it is used. */
static ess_err count_start(agent_state *state, const char *path, uint32_t boot, const char **id)
{
    char text[16];
    uint32_t chance;
    int len = snprintf(text, sizeof text, "%u\n", (unsigned)boot);

    if (port_write_atomic(NULL, path, (ess_slice){text, (size_t)len}, 0600) != ESS_OK)
        return fail(id, "agent-state", ESS_E_IO);
    port_random(&chance, sizeof chance);
    state->sid = ess_sid_make(boot, chance);
    return ESS_OK;
}

static ess_err open_folder(agent_state *state, const char *directory, const char **id)
{
    char boot_path[300];
    uint32_t boot;

    if (port_make_dir(directory) != ESS_OK)
        return fail(id, "agent-state", ESS_E_IO);
    TRY(take_lock(state, directory, id));
    path_in(boot_path, sizeof boot_path, directory, "boot");
    path_in(state->outbox_dir, sizeof state->outbox_dir, directory, "outbox");
    path_in(state->journal_dir, sizeof state->journal_dir, directory, "journal");
    path_in(state->params_file, sizeof state->params_file, directory, "params.json");
    path_in(state->clock_file, sizeof state->clock_file, directory, "clock");
    TRY(read_boot(boot_path, &boot, id));
    TRY(load_key(state, directory, boot == 0, id));
    if (boot > 0 && (!is_there(state->outbox_dir) || !is_there(state->journal_dir)))
        return fail(id, "agent-store-missing", ESS_E_CORRUPT);
    if (boot == 0 &&
        (port_make_dir(state->outbox_dir) != ESS_OK || port_make_dir(state->journal_dir) != ESS_OK))
        return fail(id, "agent-state", ESS_E_IO);
    return count_start(state, boot_path, boot + 1, id);
}

ess_err agent_state_open(const char *directory, agent_state *out, const char **id)
{
    agent_state state = {.lock_fd = -1};
    ess_err err = open_folder(&state, directory, id);

    if (err != ESS_OK) {
        agent_state_close(&state);
        return err;
    }
    *out = state;
    return ESS_OK;
}

void agent_state_close(agent_state *state)
{
    if (state->lock_fd >= 0)
        (void)port_file_system()->close(state->lock_fd); /* only the lock goes with it */
    state->lock_fd = -1;
    store_key_forget(&state->key);
}

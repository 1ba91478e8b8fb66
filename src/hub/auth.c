/* Recent failures are a small table walked whole. */
#include "hub/auth.h"

#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "port/clock.h"
#include "store/seal.h"

/* Times of the last failures under one name. */
typedef struct failures {
    char name[HUB_USER_MAX + 1];
    int64_t at_mono_ms[AUTH_FAILURES]; /* a ring */
    uint32_t count;                    /* ever; count % AUTH_FAILURES is the oldest place */
} failures;

struct auth {
    hub_core *core;
    auth_matches matches;
    char decoy_hash[sizeof(((hub_user *)0)->password_hash)];
    failures failed[AUTH_NAMES_MAX];
};

auth *auth_new(hub_core *core, auth_matches matches, const char *decoy_hash)
{
    auth *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->core = core;
    all->matches = matches;
    if (ess_slice_copy(ess_slice_from(decoy_hash), all->decoy_hash, sizeof all->decoy_hash) !=
        ESS_OK) {
        free(all);
        return NULL;
    }
    return all;
}

void auth_free(auth *all)
{
    free(all);
}

/* ---- failures */

static int64_t latest(const failures *row)
{
    return row->at_mono_ms[(row->count - 1) % AUTH_FAILURES];
}

static bool is_free(const failures *row, int64_t now_mono_ms)
{
    return row->count == 0 || now_mono_ms - latest(row) >= AUTH_WINDOW_MS;
}

/* The row of that name, else a free one, else NULL. */
static failures *find_failures(auth *all, const char *name, int64_t now_mono_ms)
{
    failures *spare = NULL;
    for (size_t i = 0; i < AUTH_NAMES_MAX; i++) {
        failures *row = &all->failed[i];
        if (is_free(row, now_mono_ms)) {
            row->count = 0;
            spare = row;
        } else if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return spare;
}

static bool must_wait(const failures *row, int64_t now_mono_ms)
{
    if (row == NULL)
        return true;
    return row->count >= AUTH_FAILURES &&
           now_mono_ms - row->at_mono_ms[row->count % AUTH_FAILURES] < AUTH_WINDOW_MS;
}

static void note_failure(failures *row, const char *name, int64_t now_mono_ms)
{
    if (row->count == 0)
        (void)ess_slice_copy(ess_slice_from(name), row->name, sizeof row->name); /* fits */
    row->at_mono_ms[row->count % AUTH_FAILURES] = now_mono_ms;
    row->count++;
}

/* ---- sessions */

static void make_token(char room[static AUTH_TOKEN_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[AUTH_TOKEN_LEN / 2];
    port_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        room[2 * i] = hex[bytes[i] >> 4];
        room[2 * i + 1] = hex[bytes[i] & 0x0F];
    }
    room[AUTH_TOKEN_LEN] = '\0';
}

static ess_err open_session(auth *all, const hub_user *user, int64_t now_utc_ms,
                            char token[static AUTH_TOKEN_LEN + 1])
{
    char made[AUTH_TOKEN_LEN + 1], hash[STORE_HASH_MAX];
    make_token(made);
    store_hash((ess_slice){made, AUTH_TOKEN_LEN}, hash);
    hub_session session = {hash, user, now_utc_ms + AUTH_LIFE_MS};
    TRY(hub_session_open(all->core, &session, now_utc_ms));
    memcpy(token, made, sizeof made);
    return ESS_OK;
}

/* ---- */

ess_err auth_login(auth *all, const auth_attempt *attempt, hub_user *user,
                   char token[static AUTH_TOKEN_LEN + 1])
{
    hub_user found = {0};
    char name[HUB_USER_MAX + 1] = "";
    /* Names too long for any user share the row of "". */
    bool possible = ess_slice_copy(attempt->name, name, sizeof name) == ESS_OK;
    failures *row = find_failures(all, name, attempt->now_mono_ms);
    if (must_wait(row, attempt->now_mono_ms))
        return ESS_E_NO_ROOM;
    ess_err err = possible ? hub_user_get(all->core, attempt->name, &found) : ESS_E_NOT_FOUND;
    if (err != ESS_OK && err != ESS_E_NOT_FOUND)
        return err;
    const char *hash = err == ESS_OK ? found.password_hash : all->decoy_hash;
    bool matches = all->matches(hash, attempt->password);
    if (!matches || err != ESS_OK) {
        note_failure(row, name, attempt->now_mono_ms);
        return ESS_E_PERMISSION;
    }
    row->count = 0;
    TRY(open_session(all, &found, attempt->now_utc_ms, token));
    *user = found;
    return ESS_OK;
}

ess_err auth_check(auth *all, ess_slice token, int64_t now_utc_ms, hub_user *user)
{
    char hash[STORE_HASH_MAX];
    if (token.len != AUTH_TOKEN_LEN)
        return ESS_E_PERMISSION;
    store_hash(token, hash);
    ess_err err = hub_session_user(all->core, hash, now_utc_ms, user);
    return err == ESS_E_NOT_FOUND ? ESS_E_PERMISSION : err;
}

ess_err auth_logout(auth *all, ess_slice token)
{
    char hash[STORE_HASH_MAX];
    if (token.len != AUTH_TOKEN_LEN)
        return ESS_E_PERMISSION;
    store_hash(token, hash);
    return hub_session_end(all->core, hash);
}

/* ---- roles */

static const char *const role_names[] = {
    [HUB_VIEWER] = "viewer", [HUB_OPERATOR] = "operator", [HUB_ADMIN] = "admin"};

const char *auth_role_name(hub_role role)
{
    return role_names[role];
}

ess_err auth_role_parse(ess_slice name, hub_role *out)
{
    for (size_t i = 0; i < sizeof role_names / sizeof role_names[0]; i++) {
        if (ess_slice_is(name, role_names[i])) {
            *out = (hub_role)i;
            return ESS_OK;
        }
    }
    return ESS_E_NOT_FOUND;
}

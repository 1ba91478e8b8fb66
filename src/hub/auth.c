/* Sessions and recent failures, each a small table walked whole: at most a thousand rows, and a
 * walk that always takes the same time tells nothing about a token. */
#include "hub/auth.h"

#include <stdlib.h>
#include <string.h>

#include "port/clock.h"

typedef struct session {
    char token[AUTH_TOKEN_LEN];
    char name[HUB_USER_MAX + 1];
    char password_hash[sizeof(((hub_user *)0)->password_hash)]; /* as it was at the log-in */
    int64_t ends_mono_ms;                                       /* 0: free */
} session;

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
    session sessions[AUTH_SESSIONS_MAX];
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

/* Takes the same time wherever the two differ. */
static bool same_token(const char *a, const char *b)
{
    unsigned differ = 0;
    for (size_t i = 0; i < AUTH_TOKEN_LEN; i++)
        differ |= (unsigned)(unsigned char)a[i] ^ (unsigned)(unsigned char)b[i];
    return differ == 0;
}

static session *find_session(auth *all, ess_slice token)
{
    session *found = NULL;
    if (token.len != AUTH_TOKEN_LEN)
        return NULL;
    for (size_t i = 0; i < AUTH_SESSIONS_MAX; i++) {
        if (same_token(all->sessions[i].token, token.ptr) && all->sessions[i].ends_mono_ms != 0)
            found = &all->sessions[i];
    }
    return found;
}

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

/* Free rows end at 0, so the one that ends first is a free one as long as there is any. */
static session *make_session_room(auth *all)
{
    session *first = &all->sessions[0];
    for (size_t i = 1; i < AUTH_SESSIONS_MAX; i++) {
        if (all->sessions[i].ends_mono_ms < first->ends_mono_ms)
            first = &all->sessions[i];
    }
    return first;
}

static void open_session(auth *all, const hub_user *user, int64_t now_mono_ms,
                         char token[static AUTH_TOKEN_LEN + 1])
{
    session *row = make_session_room(all);
    make_token(token);
    *row = (session){.ends_mono_ms = now_mono_ms + AUTH_LIFE_MS};
    memcpy(row->token, token, sizeof row->token);
    memcpy(row->name, user->name, sizeof row->name);
    memcpy(row->password_hash, user->password_hash, sizeof row->password_hash);
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
    open_session(all, &found, attempt->now_mono_ms, token);
    *user = found;
    return ESS_OK;
}

ess_err auth_check(auth *all, ess_slice token, int64_t now_mono_ms, hub_user *user)
{
    hub_user found = {0};
    session *row = find_session(all, token);
    if (row == NULL)
        return ESS_E_PERMISSION;
    ess_err err = hub_user_get(all->core, ess_slice_from(row->name), &found);
    if (err != ESS_OK && err != ESS_E_NOT_FOUND)
        return err; /* the table cannot be read now; the session may still be good */
    if (err == ESS_E_NOT_FOUND || now_mono_ms >= row->ends_mono_ms ||
        strcmp(found.password_hash, row->password_hash) != 0) {
        *row = (session){0};
        return ESS_E_PERMISSION;
    }
    *user = found;
    return ESS_OK;
}

void auth_logout(auth *all, ess_slice token)
{
    session *row = find_session(all, token);
    if (row != NULL)
        *row = (session){0};
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

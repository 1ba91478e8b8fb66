/* Who is asking: log-ins, the sessions they open, and a brake on guessing.
 *
 * A session is a random token that the user holds and the core keeps the hash of. It is checked
 * against the user table at each request, so a user who was removed or given another password or
 * role is so at once, also by another process. Recent failures are in memory only.
 */
#ifndef ESS_HUB_AUTH_H
#define ESS_HUB_AUTH_H

#include "hub/core.h"

#define AUTH_TOKEN_LEN 64 /* hex digits: 32 random bytes */
#define AUTH_LIFE_MS   (12ll * 3600 * 1000)
#define AUTH_FAILURES  5 /* in AUTH_WINDOW_MS, for one user name */
#define AUTH_WINDOW_MS 60000
/* Names with recent failures; beyond it all others must wait, which bounds the processor time that
 * guessing can take. */
#define AUTH_NAMES_MAX 64

typedef struct auth auth;

/* True when password is the one that hash was made of; store_password_matches, or a test's. */
typedef bool (*auth_matches)(const char *hash, ess_slice password);

/* decoy_hash: a hash of the usual cost that nobody has the password of, so that an unknown name
 * takes as long as a wrong password. core is borrowed for the life. NULL when memory is out. */
auth *auth_new(hub_core *core, auth_matches matches, const char *decoy_hash);
void auth_free(auth *all);

typedef struct auth_attempt {
    ess_slice name, password;
    int64_t now_mono_ms, now_utc_ms;
} auth_attempt;

/* Opens a session. ESS_E_PERMISSION: name or password is wrong. ESS_E_NO_ROOM: too many failures;
 * nothing was tried. Else the database's error. Cost: one argon2id, about 60 ms. */
ess_err auth_login(auth *all, const auth_attempt *attempt, hub_user *user,
                   char token[static AUTH_TOKEN_LEN + 1]);
/* Who holds this token. ESS_E_PERMISSION: nobody (any more). Else the database's error. */
ess_err auth_check(auth *all, ess_slice token, int64_t now_utc_ms, hub_user *user);
/* Ends the session. ESS_E_PERMISSION: no such token. On the database's error it goes on. */
ess_err auth_logout(auth *all, ess_slice token);

/* "viewer", "operator", "admin". Static. */
const char *auth_role_name(hub_role role);
ess_err auth_role_parse(ess_slice name, hub_role *out); /* ESS_E_NOT_FOUND */

#endif

/* What the hub's two halves say to each other. The core (core.c and its files) owns history,
 * presence and commands; the HTTP half reads it and asks for commands. One thread, no locks.
 */
#ifndef ESS_HUB_CORE_H
#define ESS_HUB_CORE_H

#include "ess/base.h"
#include "ess/dispatch.h"
#include "ess/json.h"

typedef struct hub_core hub_core;

/* ---- users (kept in the hub's database) */
#define HUB_USER_MAX 64
typedef enum hub_role { HUB_VIEWER, HUB_OPERATOR, HUB_ADMIN } hub_role;
typedef struct hub_user {
    char name[HUB_USER_MAX + 1];
    hub_role role;
    char password_hash[128]; /* argon2id, libsodium's text form */
} hub_user;
ess_err hub_user_get(hub_core *core, ess_slice name, hub_user *out); /* ESS_E_NOT_FOUND */
ess_err hub_user_put(hub_core *core, const hub_user *user);          /* adds or replaces */
ess_err hub_user_remove(hub_core *core, ess_slice name);
/* Calls visit for each user, by name. */
ess_err hub_user_each(hub_core *core, void (*visit)(void *context, const hub_user *user),
                      void *context);

/* ---- sessions: who holds which token. In the database, so that they outlive the hub; only the
 * token's hash is, so that whoever reads the file can use none. */
#define HUB_SESSIONS_MAX 1024
typedef struct hub_session {
    const char *token_hash;
    const hub_user *user; /* as at the log-in: another password, or removal, ends the session */
    int64_t ends_utc_ms;
} hub_session;
/* Also forgets those that have ended, and beyond HUB_SESSIONS_MAX those that would end first. */
ess_err hub_session_open(hub_core *core, const hub_session *session, int64_t now_utc_ms);
/* ESS_E_NOT_FOUND: nobody holds it (any more). */
ess_err hub_session_user(hub_core *core, const char *token_hash, int64_t now_utc_ms, hub_user *out);
ess_err hub_session_end(hub_core *core, const char *token_hash); /* ESS_OK also if there is none */

/* ---- reading. Each writes one JSON value (the contract of spec/openapi.yaml) at the writer's
 * present place; ESS_E_NOT_FOUND for an unknown group, point or code (nothing written then). */
ess_err hub_write_devices(hub_core *core, ess_json_writer *out);
ess_err hub_write_values(hub_core *core, ess_slice group, ess_slice ns, ess_json_writer *out);
ess_err hub_write_series(hub_core *core, ess_slice group, ess_json_writer *out);
typedef struct hub_history_query {
    ess_slice group, ns, name;
    int64_t from_utc_ms, to_utc_ms; /* inclusive, exclusive */
    uint32_t limit;                 /* 1..100000 rows */
    ess_slice after;                /* cursor of the answer before, or empty */
} hub_history_query;
ess_err hub_write_history(hub_core *core, const hub_history_query *query, ess_json_writer *out);
ess_err hub_write_params(hub_core *core, ess_slice group, ess_json_writer *out);
ess_err hub_write_events(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out);
ess_err hub_write_command(hub_core *core, ess_slice code, ess_json_writer *out);
ess_err hub_write_commands(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out);
/* chinese: reasons of refusals in Chinese. */
ess_err hub_write_stats(hub_core *core, bool chinese, ess_json_writer *out);

/* ---- commands. Already checked against the model and the role by the caller. */
typedef struct hub_command_request {
    ess_slice group, ns, op;
    ess_slice args; /* raw JSON object */
    ess_slice by;   /* user */
    uint32_t ttl_s; /* 1..3600 */
} hub_command_request;
/* Stores the command durably, then sends it. *code gets the UUIDv7, NUL-terminated.
 * ESS_E_NOT_FOUND: no such group known; ESS_E_TOPIC: a name that cannot be sent; ESS_E_NO_ROOM: too
 * many commands are open; ESS_E_STORAGE_FULL, ESS_E_IO: nothing was sent. */
ess_err hub_command_create(hub_core *core, const hub_command_request *request,
                           char code[static 37]);

/* ---- the live stream: the core announces what has been committed. data is one JSON value
 * without line breaks, borrowed for the call. */
typedef void (*hub_announce)(void *context, const char *event, ess_slice group, ess_slice data);
void hub_core_on_announce(hub_core *core, hub_announce announce, void *context);

#endif

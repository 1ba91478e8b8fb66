/* The core's own life: what the program (and a test) does to it beside core.h. The core knows
 * neither the link nor the loop: messages are handed in, publishes go out through a pointer, and
 * hub_core_wake says when it wants its next tick. So a test drives it without a broker.
 */
#ifndef ESS_HUB_CORE_RUN_H
#define ESS_HUB_CORE_RUN_H

#include "ess/peer.h"
#include "hub/core.h"
#include "hub/signing.h"

typedef struct hub_now {
    int64_t mono_ms, utc_ms;
} hub_now;

/* Hands a message to the line, QoS 1. Errors as link_publish. */
typedef ess_err (*hub_publish)(void *context, const char *topic, ess_slice payload, bool retain);

typedef struct hub_core_options {
    ess_majors majors;       /* served at once; none: ESS_MAJOR alone [VER-09] */
    uint16_t minor;          /* that it announces, ESS_MINOR or an older one [VER-02] */
    const char *data_dir;    /* made if missing */
    const char *application; /* third level of every topic */
    uint32_t commit_ms;      /* at most so long after its first message a batch is committed */
    uint32_t commit_reports; /* or when it holds so many reports */
    uint32_t max_mib;        /* history grows no further; 0: the disk's end */
    uint32_t busy_ms;        /* how long to wait for another writer of the database */
    hub_publish publish;     /* NULL: everything is offline */
    hub_now (*clock)(void *context); /* NULL: the port's */
    void *context;                   /* of both */
} hub_core_options;

#define HUB_WHY_MAX 512

/* Opens the data folder for this process alone, brings the schema up to date, counts a new start,
 * loads last values, presence and open commands. options' texts are copied. On failure why (at
 * least HUB_WHY_MAX bytes) says what happened: ESS_E_STATE another hub has the folder or a newer
 * program wrote it, ESS_E_CORRUPT, ESS_E_PERMISSION, ESS_E_IO, ESS_E_STORAGE_FULL. */
ess_err hub_core_open(const hub_core_options *options, hub_core **out, char *why);
/* From now on commands are signed with these keys, which the core takes over and wipes at its
 * close; without this call they go out unsigned. Once, before the line comes up. */
void hub_core_sign_with(hub_core *core, const hub_signing *signing);
/* For the user subcommands: beside a hub that may be running. Only hub_user_* may be called. */
ess_err hub_core_open_users(const char *data_dir, hub_core **out, char *why);
/* Commits what is open, sends its receipts, closes. NULL is allowed. */
void hub_core_close(hub_core *core);

/* One message from the line; borrowed for the call. Never fails: what breaks a rule is counted
 * and, where its code could be read, answered with a refusing receipt [DLV-04]. */
void hub_core_on_message(hub_core *core, ess_slice topic, ess_slice payload);
/* The line came up (subscriptions stand) or went down. Up: the hub's birth is published, on each
 * major it serves. */
void hub_core_on_line(hub_core *core, bool up);
/* Commits when due, sends commands that are due. */
void hub_core_tick(hub_core *core);
/* When hub_core_tick has something to do at the latest; INT64_MAX: no sooner than a message. */
int64_t hub_core_wake(const hub_core *core);

/* The hub's will [PRE-05]: topic (NUL-terminated, room for ESS_TOPIC_MAX + 1) and payload. A
 * connection has one, so it goes to the first major of the options [VER-12]. */
ess_err hub_core_will(const hub_core *core, char *topic, char *payload, size_t payload_size,
                      size_t *payload_len);
/* Commits what is open, sends its receipts, publishes the orderly farewell. */
void hub_core_farewell(hub_core *core);

#endif

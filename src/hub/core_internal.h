/* The core's inside, shared by its files and nobody else.
 *
 *   intake.c    message -> batch              presence.c  who is there; the hub's own word
 *   commit.c    batch -> database -> effects  commands.c  creation, sending, evidence
 *   read.c, read_command.c  answers as JSON   stats.c     counters, refusals
 *   accounts.c  users and sessions            core.c      life
 */
#ifndef ESS_HUB_CORE_INTERNAL_H
#define ESS_HUB_CORE_INTERNAL_H

#include "ess/credit.h"
#include "ess/intake.h"
#include "ess/message.h"
#include "hub/batch.h"
#include "hub/catalogue.h"
#include "hub/core_run.h"
#include "hub/db.h"
#include "ess-pack/pack.h"
#include "hub/shapes.h"

#define HUB_OPEN_COMMANDS_MAX 1024
#define HUB_REFUSALS_MAX      64
#define HUB_SCRATCH_BYTES     (1024u * 1024u)
#define HUB_CODE_ROOM         37 /* UUID text and NUL */
#define HUB_TOPIC_ROOM        (ESS_TOPIC_MAX + 1)

typedef struct hub_refusal {
    const char *rule, *reason; /* static */
    uint64_t count;
} hub_refusal;

typedef struct hub_stats {
    uint64_t messages, values, reports_stored, duplicates, commits, commits_failed, dropped;
    uint64_t bytes, json_bytes; /* of messages taken: as they came, and as JSON in rows */
    uint64_t receipts_unsent; /* the line did not take them; the devices send again */
    hub_refusal refusal[HUB_REFUSALS_MAX];
    size_t refusals;
    int64_t started_mono_ms;
} hub_stats;

typedef struct hub_open_command {
    char code[HUB_CODE_ROOM];
    uint32_t group;
    ess_dispatch dispatch;
    bool noted; /* that it may have left, durably */
    int64_t wake_mono_ms;
} hub_open_command;

struct hub_core {
    hub_core_options options;
    char application[65];
    hub_db *db;
    int lock_fd; /* -1: none */
    hub_catalogue all;
    hub_batch batch;
    ess_receipts receipts;
    ess_credit credit; /* how busy commits keep this thread */
    hub_stats stats;
    hub_open_command command[HUB_OPEN_COMMANDS_MAX];
    size_t commands;
    hub_signing signing;
    uint64_t sid;
    bool line_up;
    int64_t due_mono_ms; /* of what waits for a commit or to be sent; INT64_MAX: nothing */
    hub_announce announce;
    void *announce_context;
    ess_pack *pack;
    char *scratch; /* HUB_SCRATCH_BYTES: what is announced or published */
    hub_shapes shapes;
    ess_readings read; /* the message that is being taken in; its rooms serve every message */
    ess_scratch names; /* lent to whoever reads a message */
    ess_scratch_name name_room[ESS_MEMBERS_MAX];
    ess_row row_room[ESS_ROWS_MAX];
    ess_reading reading_room[ESS_VALUES_MAX];
};

/* core.c */
hub_now core_now(const hub_core *core);
/* Something waits: the next commit is at most commit_ms away. */
void core_arm(hub_core *core);
ess_err core_publish(hub_core *core, const char *topic, ess_slice payload, bool retain);
/* Starts one JSON object in the scratch room, and tells the listener what it has become. */
ess_json_writer core_announce_begin(hub_core *core);
void core_announce_end(hub_core *core, ess_json_writer *writer, const char *event, uint32_t group);
/* Line breaks between tokens become spaces, so that whatever is announced is one line. Strings
 * cannot hold them unescaped. */
void core_make_one_line(char *json, size_t len);

/* intake.c: core_run.h's hub_core_on_message. */

/* commit.c: commits the open batch and lets it take effect. On failure nothing of it is receipted,
 * the batch is dropped, the devices will send it again. */
void core_commit(hub_core *core);
/* Sends collected receipts. Those that a busy line does not take stay for the next time; those
 * that find no line are gone. */
void core_send_receipts(hub_core *core);

/* presence.c */
ess_err core_take_state(hub_core *core, uint32_t group, const ess_arrival *arrival,
                        ess_fault *fault);
void core_all_offline(hub_core *core);
/* A message came from the group: remembers when. */
void core_touch(hub_core *core, uint32_t group, int64_t now_utc_ms);

/* commands.c */
ess_err core_load_commands(hub_core *core);
/* Sends what is due, notes timeouts; when next. */
void core_step_commands(hub_core *core);
int64_t core_commands_wake(const hub_core *core);
void core_group_reborn(hub_core *core, uint32_t group);
/* Within the batch's transaction: stores what a reply brings. Sets ack->fresh. */
ess_err core_store_ack(hub_core *core, batch_ack *ack);
/* After its commit. */
void core_ack_stored(hub_core *core, const batch_ack *ack);

/* read_command.c: the command as it was when its stage seq was stored. */
ess_err core_write_command_at(hub_core *core, ess_slice code, int64_t seq, ess_json_writer *out);

/* stats.c: counts a refusal and logs the 1st, 10th, 100th ... of its kind. */
void core_refused(hub_core *core, ess_slice topic, const ess_fault *fault);
/* True for 1, 10, 100, ...: when a repeated event is worth a line. */
bool core_is_round(uint64_t count);

#endif

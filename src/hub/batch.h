/* What has been taken in and waits for its commit: copies of the messages in one arena, and what
 * they say as flat tables, so that commit and announcement are plain loops.
 *
 * Adding is tentative until batch_keep: a message refused half-way leaves no trace.
 */
#ifndef ESS_HUB_BATCH_H
#define ESS_HUB_BATCH_H

#include "ess/message.h"
#include "ess/words.h"
#include "hub/catalogue.h"

#define HUB_ARENA_BYTES (8u * 1024u * 1024u)
#define HUB_VALUES_MAX  131072u /* values of one batch */
#define HUB_ACKS_MAX    256u
/* What one message can need at the most: each row may bring a path. */
#define HUB_MESSAGE_ROOM (ESS_TOPIC_MAX + ESS_MESSAGE_MAX + ESS_ROWS_MAX * (ESS_NS_MAX + 1u))

typedef struct batch_report {
    ess_message_type type; /* DATA, HIST, PARAM, EVENT */
    uint32_t group;
    uint16_t major; /* of the topic it came on */
    ess_report_code code;
    ess_slice ns;
    int64_t ts_utc_ms;
    ess_slice d; /* PARAM, EVENT: the raw object */
    bool has_rev;
    int64_t rev;           /* PARAM */
    uint32_t first, count; /* DATA, HIST: its values */
    int64_t id;            /* given at commit */
    bool fresh;            /* at commit: not a duplicate; PARAM: and the newest */
} batch_report;

typedef struct batch_value {
    uint32_t series;
    hub_value value;
    bool stored;  /* at commit: false for a name said twice in one report; the first stands */
    bool is_last; /* at commit: became its series' last value */
} batch_value;

typedef struct batch_ack {
    uint32_t group;
    ess_ack ack;
    int64_t at_utc_ms;
    int64_t exp_utc_ms; /* of its command, at commit */
    bool fresh;  /* at commit: brought the command further */
    int64_t seq; /* fresh: its number among the command's stages */
} batch_ack;

typedef struct hub_batch {
    char *arena;
    size_t used;
    batch_report *report;
    batch_value *value;
    batch_ack *ack;
    uint32_t reports, values, acks;
    uint32_t report_room; /* commit_reports and one message more */
} hub_batch;

typedef struct batch_mark {
    size_t used;
    uint32_t reports, values, acks;
} batch_mark;

ess_err batch_init(hub_batch *batch, uint32_t commit_reports);
void batch_free(hub_batch *batch);
bool batch_is_empty(const hub_batch *batch);
/* False: commit first, a message may not fit any more. */
bool batch_has_room(const hub_batch *batch);
batch_mark batch_now(const hub_batch *batch);
/* Forgets what was added since. */
void batch_back(hub_batch *batch, batch_mark mark);
void batch_clear(hub_batch *batch);

/* Copies bytes into the arena. batch_has_room has said that they fit. */
char *batch_copy(hub_batch *batch, ess_slice bytes);
/* A new report, value or reply, zeroed. NULL when the table is full. */
batch_report *batch_add_report(hub_batch *batch);
batch_value *batch_add_value(hub_batch *batch);
batch_ack *batch_add_ack(hub_batch *batch);

#endif

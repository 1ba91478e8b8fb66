/* ess-agent as a whole: what its files share. One loop thread; one bus thread a device behind
 * bounded queues.
 *
 *   device.c   polls, offers what was read to the policy, hands the bus to orders and scans
 *   report.c   values worth a report -> outbox
 *   command.c  a CMD arrives: known? judged? journaled? queued?
 *   trust.c    whose command is it? keys, signatures
 *   order.c    what the machine of orders asks for, done; leases run out
 *   uplink.c   outbox -> line, line -> receipts, presence, commands
 *   agent.c    life and death of it all
 */
#ifndef ESS_AGENT_AGENT_H
#define ESS_AGENT_AGENT_H

#include "agent/agent_config.h"
#include "agent/anchor.h"
#include "agent/equipment.h"
#include "agent/journal.h"
#include "agent/outbox.h"
#include "agent/params.h"
#include "agent/policy.h"
#include "agent/poll.h"
#include "agent/state.h"
#include "agent/trust.h"
#include "ess-pack/pack.h"
#include "ess/birth.h"
#include "ess/downlink.h"
#include "ess/execute.h"
#include "ess/peer.h"
#include "ess/scratch.h"
#include "link/link.h"
#include "port/loop.h"

typedef struct ess_agent ess_agent;

typedef struct agent_object {
    char path[ESS_NS_MAX + 1]; /* "CAB01/PCS" */
    const char *below_unit;    /* "PCS", in path */
    bool has_params;
} agent_object;

typedef enum agent_contact { CONTACT_UNKNOWN, CONTACT_ONLINE, CONTACT_OFFLINE } agent_contact;

typedef struct agent_device {
    ess_agent *agent;
    const agent_device_config *config;
    south_table table;
    agent_policy policy;
    agent_poll poll;
    south_bus *bus;
    agent_object objects[AGENT_OBJECTS_MAX];
    size_t object_count;
    uint8_t *object_of; /* by point of the table */
    int timer;
    agent_contact contact;
    unsigned failures;          /* answers missing in a row */
    bool job_out, job_is_order; /* one job at the bus at a time */
    bool must_commit;           /* no read before what was read is durable */
    int64_t rest_until_mono_ms; /* no scan before: the device did not answer */
    int64_t snapshot_due_mono_ms;
    int64_t read_utc_ms; /* when the last answer came */
    ess_orders orders;
    ess_order_object minded[AGENT_OBJECTS_MAX]; /* by object: leases, revisions */
    ess_execute plans[ESS_ORDERS_MAX];          /* by place in orders */
    ess_execute revert_plan;
    ess_execute *running; /* one of these; NULL: none is carried out */
    int64_t orders_wake_mono_ms;
} agent_device;

struct ess_agent {
    agent_config config;
    port_loop *loop;
    agent_state state;
    outbox *outbox;
    agent_journal *journal;
    agent_params *params;
    agent_trust trust;
    link_session *link;
    ess_pack *pack;
    uint32_t cloud_dictionary; /* as its presence names it; 0: none that is known here */
    agent_device devices[AGENT_DEVICES_MAX];
    size_t device_count;
    int pump_timer, stop_timer;
    bool stopping, farewell_sent;
    ess_birth birth;
    uint64_t refused;      /* messages that broke a rule */
    agent_anchor anchor;   /* of this and earlier lives that began with an unset clock */
    int64_t stop_due_mono_ms;
    char scratch[AGENT_RECORD_MAX];         /* building d of a report, reading the journal */
    char record_room[8 * AGENT_RECORD_MAX]; /* records of one batch */
    char payload[ESS_MESSAGE_MAX];
    char signed_text[ESS_SIGNED_MAX]; /* of the command that is being checked */
    ess_scratch names;                /* lent to whoever reads a message */
    ess_scratch_name name_room[ESS_MEMBERS_MAX];
};

/* ---- agent.c */
/* What ends the agent in order; 0-terminated. */
extern const int agent_stop_signals[];
/* All or nothing; a person-facing reason goes to standard error. */
ess_err agent_new(const agent_config *config, bool chinese, ess_agent **out);
void agent_free(ess_agent *agent);
/* Until SIGTERM or SIGINT and an orderly end. */
ess_err agent_run(ess_agent *agent);
/* NULL when no device has it. path: "unit/component...". */
agent_device *agent_find(ess_agent *agent, ess_slice path, size_t *object);

/* ---- device.c */
/* Loads the point table and prepares everything but the bus. On failure problem tells why. */
ess_err device_init(agent_device *device, const agent_config *config, size_t index, bool chinese,
                    char *problem, size_t problem_size);
/* Starts the bus and the first scan. */
ess_err device_start(agent_device *device);
void device_free(agent_device *device);
/* Whatever is to be done next, done; then the timer is armed. */
void device_step(agent_device *device);
/* True when no scan and no order is under way. */
bool device_is_idle(const agent_device *device);

/* ---- report.c */
/* Takes what was read and stages a DATA report an object with values worth it. */
void report_values(agent_device *device, const south_answer *answer);
/* Stages PARAM where parameters changed, or were forced, once all of an object are known. */
void report_params(agent_device *device);
/* Stages EVENT {"event":name,"ts":...,"unit":...}; path, code: NULL where there is none. */
typedef struct report_event_words {
    const char *event, *unit, *path, *code;
} report_event_words;
void report_event(ess_agent *agent, const report_event_words *words);

/* ---- command.c */
/* message: as it came; down: what it says. */
void command_arrived(ess_agent *agent, const link_event *message, const ess_downlink *down);
/* After start: intents without an outcome are read back, leases go on. */
void command_recover(ess_agent *agent);

/* ---- order.c */
/* Once the stores are open: nothing waits, revisions are as they were kept. */
void order_init(agent_device *device);
/* Ends what has ended and begins what may begin; then running may have a job. */
void order_step(agent_device *device);
/* The bus answered a job of what is running. */
void order_answer(agent_device *device, const south_answer *answer, int64_t now_mono_ms);
/* Who controls the device, by what was read of it last. */
ess_control order_control(const agent_device *device);
ess_now order_now(void);
/* When order_step has something to do by itself. */
int64_t order_wake(const agent_device *device);

/* ---- uplink.c */
ess_err uplink_new(ess_agent *agent);
/* Sends what may be sent; arms the timer for the rest. */
void uplink_pump(ess_agent *agent);
/* A reply that does not get out is asked for again by the cloud. */
void uplink_ack(ess_agent *agent, ess_slice path, const ess_ack *ack);
/* A message came from the line; one that breaks a rule is counted and does nothing. */
void uplink_arrived(ess_agent *agent, const link_event *message);
void uplink_farewell(ess_agent *agent);
/* When the report was sampled. What was sampled before the clock was set, in this life or in one
 * since the machine was started, is moved to where the clock is now [CLK-05, CLK-06]; of others
 * nothing is known, and their stamps stay as they are [CLK-07]. */
int64_t uplink_stamp(const ess_agent *agent, const outbox_record *record);

#endif

/* The agent at a scripted cabinet of its own: registers behind Modbus on the agent's own loop, no
 * broker. What is written, what is fresh and what was reported can be looked at. */
#ifndef AGENT_CABINET_SITE_H
#define AGENT_CABINET_SITE_H

#include "lost_clock.h"
#include "usual_config.h"

#include <signal.h>
#include <sys/resource.h>

#include "agent/agent.h"
#include "port/clock.h"
#include "south/modbus_server.h"

#define P_SET      110
#define Q_SET      111
#define RUN_CMD    112
#define CTRL_MODE  113
#define WRITES_MAX 16

typedef struct plant {
    char scratch[64];
    uint16_t holding[65536];
    bool is_fresh[65536];            /* read, and perhaps not durable yet */
    uint16_t written[WRITES_MAX][2]; /* address, value */
    size_t write_count;
    bool is_deaf;   /* writes show no effect */
    bool is_moving; /* every reading differs from the last */
    bool is_late;   /* the first write takes until the order's exp has passed */
    ess_agent *agent;
    south_server *server;
} plant;

static plant site;

static inline agent_device *cabinet(void)
{
    return &site.agent->devices[0];
}

/* What a PCS does with what is written. */
static inline void take_effect(uint16_t address, uint16_t value)
{
    if (site.is_deaf)
        return;
    if (address == P_SET)
        site.holding[101] = value;
    if (address == Q_SET)
        site.holding[102] = value;
    if (address == RUN_CMD)
        site.holding[103] = value == 0 ? 1 : 2;
}

static inline ess_err on_modbus(void *context, const south_event *event)
{
    (void)context;
    if (event->what == SOUTH_BEFORE_READ) {
        if (outbox_is_durable(site.agent->outbox))
            memset(site.is_fresh, 0, sizeof site.is_fresh);
        for (uint16_t i = 0; i < event->count; i++) {
            assert_false(site.is_fresh[event->address + i]); /* [TEL-05] */
            site.is_fresh[event->address + i] = true;
        }
        site.holding[100] = (uint16_t)(site.holding[100] + (site.is_moving ? 7 : 0));
    }
    if (event->what == SOUTH_WRITTEN) {
        assert_in_range(site.write_count, 0, WRITES_MAX - 1);
        site.written[site.write_count][0] = event->address;
        site.written[site.write_count++][1] = event->registers[0];
        take_effect(event->address, event->registers[0]);
        if (site.is_late)
            cabinet()->orders.order[0].exp_mono_ms = 1;
    }
    return ESS_OK;
}

/* At the port it had before, where it had one. */
static inline void plug_in(void)
{
    south_server_options options = {.host = "127.0.0.1",
                                    .port = (uint16_t)site.agent->config.devices[0].port,
                                    .unit_id = 1,
                                    .holding = site.holding,
                                    .hook = on_modbus};
    assert_int_equal(south_server_new(site.agent->loop, &options, &site.server), ESS_OK);
    site.agent->config.devices[0].port = south_server_port(site.server);
}

static inline void open_agent(void)
{
    agent_config config = usual_config(site.scratch, 100);
    memset(site.is_fresh, 0, sizeof site.is_fresh); /* a new life reads anew */
    assert_int_equal(agent_new(&config, false, &site.agent), ESS_OK);
    plug_in();
    command_recover(site.agent);
    assert_int_equal(device_start(&site.agent->devices[0]), ESS_OK);
}

/* As a kill would: nothing is said, nothing is finished. */
static inline void close_agent(void)
{
    south_server_free(site.server);
    site.server = NULL;
    agent_free(site.agent);
    site.agent = NULL;
}

static inline int set_up(void **state)
{
    (void)state;
    memset(&site, 0, sizeof site);
    site.holding[103] = 2;
    site.holding[CTRL_MODE] = 2;
    site.holding[120] = site.holding[121] = 1250;
    make_scratch(site.scratch);
    open_agent();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    close_agent();
    is_clock_lost = false;
    remove_scratch(site.scratch, 3);
    return 0;
}

/* Turns the loop until it is so; bounded by time, for a broken agent. */
static inline void run_until(bool (*is_so)(const void *), const void *context)
{
    int64_t due = port_mono_ms() + 8000;
    while (!is_so(context)) {
        if (port_mono_ms() > due)
            fail_msg("it does not come to it");
        assert_int_equal(port_loop_once(site.agent->loop, 100), ESS_OK);
    }
}

/* No file can grow any more, as on a disk that is full; the test's own fault, so process-wide. */
static inline void fill_disk(bool full)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = full ? 0 : limit.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static inline bool scanned(const void *context)
{
    const agent_device *device = context;
    return device->contact == CONTACT_ONLINE && !device->poll.running &&
           outbox_is_durable(site.agent->outbox);
}

static inline bool settled(const void *code)
{
    const ess_journal_entry *entry = journal_find(site.agent->journal, ess_slice_from(code));
    return entry != NULL && ess_stage_is_final(entry->stage);
}

static inline bool lease_is_over(const void *context)
{
    size_t count;
    (void)context;
    (void)journal_leases(site.agent->journal, &count);
    return count == 0;
}

static inline bool something_is_written(const void *context)
{
    (void)context;
    return site.write_count > 0;
}

typedef struct command_wish {
    const char *code, *op, *args;
    int64_t ttl_ms; /* 0: 30 s */
    bool is_retained;
    const char *object; /* NULL: CAB01/PCS */
} command_wish;

static inline void send(const command_wish *wish)
{
    char payload[1024], topic[128];
    size_t len;
    int64_t now = port_utc_ms();
    ess_command command = {.code = ess_slice_from(wish->code),
                           .op = ess_slice_from(wish->op),
                           .args = ess_slice_from(wish->args),
                           .t_utc_ms = now,
                           .exp_utc_ms = now + (wish->ttl_ms == 0 ? 30000 : wish->ttl_ms)};
    (void)snprintf(topic, sizeof topic, "v1/CMD/ess/SH001/%s",
                   wish->object == NULL ? "CAB01/PCS" : wish->object);
    assert_int_equal(ess_command_print(&command, payload, sizeof payload, &len), ESS_OK);
    uplink_arrived(site.agent, &(link_event){.kind = LINK_MESSAGE,
                                             .topic = ess_slice_from(topic),
                                             .payload = {payload, len},
                                             .retained = wish->is_retained});
}

static inline void order(const char *code, const char *op, const char *args)
{
    send(&(command_wish){.code = code, .op = op, .args = args});
}

static inline ess_ack outcome(const char *code)
{
    static char room[AGENT_RECORD_MAX];
    const ess_journal_entry *entry = journal_find(site.agent->journal, ess_slice_from(code));
    ess_ack ack;
    assert_non_null(entry);
    assert_int_equal(journal_ack(site.agent->journal, entry, room, &ack), ESS_OK);
    return ack;
}

static inline void assert_outcome(const char *code, ess_stage stage, int result)
{
    ess_ack ack = outcome(code);
    if (ack.stage != stage || ack.result != result)
        fail_msg("%s: %s %d %.*s", code, ess_stage_name(ack.stage), ack.result, (int)ack.why.len,
                 ack.why.ptr);
}

static inline bool holds(ess_slice json, const char *text)
{
    return json.len > 0 && memmem(json.ptr, json.len, text, strlen(text)) != NULL;
}

/* Counts records of the outbox of that type and path with the text in d or x. */
static inline size_t count_reports(ess_message_type type, const char *path, const char *text)
{
    static char room[AGENT_RECORD_MAX];
    const ess_sender *sender = outbox_sender(site.agent->outbox);
    size_t found = 0;
    for (size_t age = 0; age < sender->count; age++) {
        outbox_record record;
        size_t used;
        assert_int_equal(outbox_read(site.agent->outbox, &sender->ring[sender->head + age], room,
                                     AGENT_RECORD_MAX, &record, &used),
                         ESS_OK);
        found += record.report.type == type && ess_slice_is(record.report.path, path) &&
                 (holds(record.report.d, text) || holds(record.report.x, text));
    }
    return found;
}

static inline const ess_lease *lease_in_force(void)
{
    for (size_t i = 0; i < cabinet()->object_count; i++) {
        if (cabinet()->minded[i].lease.in_force)
            return &cabinet()->minded[i].lease;
    }
    return NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

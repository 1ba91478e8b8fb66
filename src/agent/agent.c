/* Life and death: everything is taken at start, in the order in which it may be lost. */
#include "agent/agent.h"
#include "codec/try.h"
#include "port/clock.h"
#include "port/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_LOOK_MS = 20, FAREWELL_MS = 1000 };

const int agent_stop_signals[] = {SIGTERM, SIGINT, 0};

/* ---- telling a person */

static void complain(bool chinese, const char *id, const char *detail)
{
    const ess_model_error *error = ess_model_error_by_id(ess_slice_from(id));

    if (error == NULL)
        (void)fprintf(stderr, "ess-agent: %s [%s]\n", detail, id);
    else
        (void)fprintf(stderr, "ess-agent: %s: %s %s %s [%s]\n", detail,
                      ess_model_say(error->what, chinese), ess_model_say(error->why, chinese),
                      ess_model_say(error->mend, chinese), id);
}

/* ---- opening, in order */

static ess_err open_devices(ess_agent *agent, bool chinese)
{
    static char problem[8192];

    for (size_t i = 0; i < agent->config.device_count; i++) {
        agent_device *device = &agent->devices[i];
        ess_err err;
        device->agent = agent;
        problem[0] = '\0';
        err = device_init(device, &agent->config, i, chinese, problem, sizeof problem);
        agent->device_count = i + 1;
        if (err != ESS_OK) {
            (void)fputs(problem, stderr);
            return err;
        }
    }
    return ESS_OK;
}

static ess_err open_trust(ess_agent *agent, bool chinese)
{
    static char problem[2048];
    ess_err err = trust_load(&agent->config, chinese, &agent->trust, problem, sizeof problem);

    if (err != ESS_OK) {
        (void)fprintf(stderr, "ess-agent: %s", problem);
        return err;
    }
    for (size_t i = 0; i < agent->trust.keyring.count; i++)
        port_log(PORT_INFO, "commands signed with key %s are trusted",
                 agent->trust.keyring.key[i].kid);
    if (!trust_needs(&agent->trust, 'A') || !trust_needs(&agent->trust, 'B'))
        complain(chinese, "agent-unsigned", chinese ? "警告" : "warning");
    return ESS_OK;
}

static ess_err open_outbox(ess_agent *agent)
{
    const agent_config *config = &agent->config;
    outbox_options options = {.directory = agent->state.outbox_dir,
                              .key = &agent->state.key,
                              .segment_bytes = (uint32_t)config->outbox_segment_bytes,
                              .max_reports = (size_t)config->outbox_max_reports,
                              .sender = {.receipt_ms = (uint32_t)config->receipt_ms,
                                         .batch_bytes = (uint32_t)config->batch_bytes,
                                         .backlog_window = (uint32_t)config->backlog_window,
                                         .live_window = (uint32_t)config->live_window,
                                         .minor = ESS_MINOR},
                              .sid = agent->state.sid};

    return outbox_open(&options, &agent->outbox);
}

static ess_err open_journal(ess_agent *agent)
{
    journal_options options = {.directory = agent->state.journal_dir, .key = &agent->state.key};

    return journal_open(&options, &agent->journal);
}

static ess_err open_params(ess_agent *agent)
{
    return params_open(agent->state.params_file, &agent->params);
}

static ess_err open_stores(ess_agent *agent, bool chinese)
{
    static const struct {
        ess_err (*open)(ess_agent *agent);
        const char *id;
    } stores[] = {{open_outbox, "agent-outbox"},
                  {open_journal, "agent-journal"},
                  {open_params, "agent-params"}};
    const char *id = "agent-state";
    ess_err err = agent_state_open(agent->config.state_dir, &agent->state, &id);

    for (size_t i = 0; err == ESS_OK && i < sizeof stores / sizeof stores[0]; i++) {
        id = stores[i].id;
        err = stores[i].open(agent);
    }
    if (err != ESS_OK)
        complain(chinese, id, agent->config.state_dir);
    return err;
}

/* [CLK-06] Before the first sample of a life without a clock. If it cannot be written, this life
 * can still tie its own stamps. */
static void open_anchor(ess_agent *agent)
{
    char boot[ANCHOR_BOOT_ROOM];
    ess_err err;

    port_boot_id(boot, sizeof boot);
    anchor_open(agent->state.clock_file, boot, &agent->anchor);
    if (port_clock_is_set())
        return;
    err = anchor_add(&agent->anchor, agent->state.clock_file,
                     ess_clock_begin(agent->state.sid, order_now()));
    port_log(PORT_WARN, "the clock is not set: samples keep their monotonic time until it is");
    if (err != ESS_OK)
        port_log(PORT_WARN, "the clock's anchor could not be written: %d", (int)err);
}

static ess_err open_line(ess_agent *agent, bool chinese)
{
    ess_err err = uplink_new(agent);

    if (err != ESS_OK)
        complain(chinese, "agent-certificates", agent->config.broker_cert);
    return err;
}

static void on_pump(void *context)
{
    uplink_pump(context);
}

static void on_stop_look(void *context);
static void on_signal(void *context, int number);

static ess_err open_loop(ess_agent *agent)
{
    agent->loop = port_loop_new(AGENT_DEVICES_MAX + 16, AGENT_DEVICES_MAX + 16);
    if (agent->loop == NULL)
        return ESS_E_NO_ROOM;
    TRY(port_loop_signals(agent->loop, agent_stop_signals, on_signal, agent));
    TRY(port_loop_timer(agent->loop, on_pump, agent, &agent->pump_timer));
    return port_loop_timer(agent->loop, on_stop_look, agent, &agent->stop_timer);
}

ess_err agent_new(const agent_config *config, bool chinese, ess_agent **out)
{
    ess_agent *agent = calloc(1, sizeof *agent);
    ess_err err;

    if (agent == NULL)
        return ESS_E_NO_ROOM;
    agent->config = *config;
    agent->state.lock_fd = -1;
    ess_scratch_init(&agent->names, agent->name_room, ESS_MEMBERS_MAX);
    agent->pack = ess_pack_new();
    err = agent->pack != NULL ? open_devices(agent, chinese) : ESS_E_NO_ROOM;
    if (err == ESS_OK)
        err = open_trust(agent, chinese);
    if (err == ESS_OK)
        err = open_stores(agent, chinese);
    for (size_t i = 0; err == ESS_OK && i < agent->device_count; i++)
        order_init(&agent->devices[i]);
    if (err == ESS_OK)
        open_anchor(agent);
    if (err == ESS_OK)
        err = open_loop(agent);
    if (err == ESS_OK)
        err = open_line(agent, chinese);
    if (err != ESS_OK) {
        agent_free(agent);
        return err;
    }
    *out = agent;
    return ESS_OK;
}

void agent_free(ess_agent *agent)
{
    if (agent == NULL)
        return;
    for (size_t i = 0; i < agent->device_count; i++)
        device_free(&agent->devices[i]);
    link_free(agent->link);
    ess_pack_free(agent->pack);
    if (agent->loop != NULL)
        port_loop_free(agent->loop);
    params_close(agent->params);
    journal_close(agent->journal);
    outbox_close(agent->outbox);
    agent_state_close(&agent->state);
    free(agent);
}

agent_device *agent_find(ess_agent *agent, ess_slice path, size_t *object)
{
    for (size_t i = 0; i < agent->device_count; i++) {
        agent_device *device = &agent->devices[i];
        for (size_t k = 0; k < device->object_count; k++) {
            if (ess_slice_is(path, device->objects[k].path)) {
                *object = k;
                return device;
            }
        }
    }
    return NULL;
}

/* ---- an orderly end: scans end, what is stored goes out, then a farewell */

static bool is_at_rest(const ess_agent *agent)
{
    for (size_t i = 0; i < agent->device_count; i++) {
        if (!device_is_idle(&agent->devices[i]))
            return false;
    }
    return true;
}

static bool is_drained(ess_agent *agent)
{
    if (!is_at_rest(agent) || outbox_commit(agent->outbox) != ESS_OK)
        return false;
    uplink_pump(agent);
    return !link_is_up(agent->link) || ess_sender_waiting(outbox_sender(agent->outbox)) == 0;
}

static void end(ess_agent *agent)
{
    link_stop(agent->link);
    port_loop_stop(agent->loop);
}

static void on_stop_look(void *context)
{
    ess_agent *agent = context;
    int64_t now_mono_ms = port_mono_ms();

    if (agent->farewell_sent &&
        (link_in_flight(agent->link) == 0 || now_mono_ms >= agent->stop_due_mono_ms)) {
        end(agent);
        return;
    }
    if (!agent->farewell_sent && (is_drained(agent) || now_mono_ms >= agent->stop_due_mono_ms)) {
        port_log(PORT_INFO, "stopping; %zu reports wait for their receipts",
                 ess_sender_waiting(outbox_sender(agent->outbox)));
        uplink_farewell(agent);
        agent->farewell_sent = true;
        agent->stop_due_mono_ms = now_mono_ms + FAREWELL_MS;
    }
    port_loop_arm(agent->loop, agent->stop_timer, now_mono_ms + STOP_LOOK_MS);
}

static void on_signal(void *context, int number)
{
    ess_agent *agent = context;

    (void)number;
    if (agent->stopping)
        return;
    agent->stopping = true;
    agent->stop_due_mono_ms = port_mono_ms() + AGENT_DRAIN_MS;
    port_loop_arm(agent->loop, agent->stop_timer, port_mono_ms());
}

ess_err agent_run(ess_agent *agent)
{
    char sid[ESS_SID_LEN + 1];

    command_recover(agent);
    for (size_t i = 0; i < agent->device_count; i++)
        TRY(device_start(&agent->devices[i]));
    ess_sid_print(agent->state.sid, sid);
    port_log(PORT_INFO, "group %s, session %s, %zu devices, %zu reports kept from before",
             agent->config.group, sid, agent->device_count,
             ess_sender_waiting(outbox_sender(agent->outbox)));
    link_start(agent->link);
    return port_loop_run(agent->loop);
}

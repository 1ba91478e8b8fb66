/* The hub's one thread: the line, the core's clock, HTTP, signals, on one loop. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "hub/core_run.h"
#include "hub/http_server.h"
#include "hub/program.h"
#include "link/link.h"
#include "port/clock.h"
#include "port/log.h"
#include "port/loop.h"

#define FDS_MAX       64
#define TIMERS_MAX    16
#define KEEPALIVE_S   15
#define BACKOFF_FIRST 200
#define BACKOFF_MOST  5000
#define BUSY_MS       250  /* `ess-hub user` may be writing */
#define TICK_MOST_MS  100  /* commands from HTTP are sent at once, their repeats by the tick */
#define FAREWELL_MS   2000 /* how long the last messages may take to leave */
#define SUBSCRIPTION  96   /* bytes of one */

/* Each with subscriptions of its own. A second one is added here and, if its form is another, in
 * ess_intake_check. */
static const ess_majors majors = {{ESS_MAJOR}, 1};

static const char *const flows[] = {"STATE", "DATA", "HIST", "PARAM", "EVENT", "ACK"};
#define FLOWS (sizeof flows / sizeof flows[0])

typedef struct server {
    const hub_config *config;
    port_loop *loop;
    hub_core *core;
    link_session *link;
    hub_http *http;
    int timer;
    char subscription[ESS_MAJORS_MAX * FLOWS][SUBSCRIPTION];
    const char *subscriptions[ESS_MAJORS_MAX * FLOWS + 1];
} server;

/* ---- what happens */

static void arm(server *s)
{
    int64_t most = port_mono_ms() + TICK_MOST_MS;
    int64_t wake = hub_core_wake(s->core);
    port_loop_arm(s->loop, s->timer, wake < most ? wake : most);
}

static void on_timer(void *context)
{
    server *s = context;
    hub_core_tick(s->core);
    arm(s);
}

static void on_link(void *context, const link_event *event)
{
    server *s = context;
    switch (event->kind) {
    case LINK_UP:
        port_log(PORT_INFO, "line up broker=%s", s->config->broker_host);
        hub_core_on_line(s->core, true);
        break;
    case LINK_DOWN:
        port_log(PORT_WARN, "line down %s", event->why);
        hub_core_on_line(s->core, false);
        break;
    case LINK_MESSAGE:
        hub_core_on_message(s->core, event->topic, event->payload);
        break;
    case LINK_REFUSED:
        port_log(PORT_WARN, "the broker refused a publish: %s", event->why);
        break;
    case LINK_ROOM:
        hub_core_tick(s->core);
        break;
    }
    arm(s);
}

static ess_err on_publish(void *context, const char *topic, ess_slice payload, bool retain)
{
    server *s = context;
    if (s->link == NULL)
        return ESS_E_OFFLINE;
    return link_publish(s->link, &(link_message){topic, payload, retain});
}

static void on_signal(void *context, int number)
{
    server *s = context;
    port_log(PORT_INFO, "signal=%d: ending", number);
    port_loop_stop(s->loop);
}

/* ---- start */

static ess_err open_core(server *s)
{
    const hub_config *config = s->config;
    char why[HUB_WHY_MAX] = "";
    hub_core_options options = {.majors = majors,
                                .minor = ESS_MINOR,
                                .data_dir = config->data_dir,
                                .application = config->application,
                                .commit_ms = (uint32_t)config->commit_ms,
                                .commit_reports = (uint32_t)config->commit_reports,
                                .max_mib = (uint32_t)config->data_max_mib,
                                .busy_ms = BUSY_MS,
                                .publish = on_publish,
                                .context = s};
    ess_err err = hub_core_open(&options, &s->core, why);
    if (err != ESS_OK)
        hub_say_error("hub-database", why, config->language == 1);
    return err;
}

static ess_err open_signing(server *s)
{
    const hub_config *config = s->config;
    char why[HUB_WHY_MAX] = "";
    hub_signing signing;
    hub_signing_options options = {.data_dir = config->data_dir,
                                   .key = config->signing_key,
                                   .old_key = config->signing_old_key};
    ess_err err = hub_signing_open(&options, &signing, why);
    if (err == ESS_OK)
        hub_core_sign_with(s->core, &signing);
    else
        hub_say_error("hub-signing-key", why, config->language == 1);
    store_wipe(&signing, sizeof signing);
    return err;
}

static ess_err open_http(server *s)
{
    const hub_config *config = s->config;
    hub_http_options options = {.address = config->http_address,
                                .port = (uint16_t)config->http_port,
                                .web_dir = config->http_web};
    ess_err err = hub_http_start(s->core, s->loop, &options, &s->http);
    if (err != ESS_OK)
        hub_say_error("hub-listen", config->http_address, config->language == 1);
    else
        port_log(PORT_INFO, "http://%s:%u", config->http_address, (unsigned)hub_http_port(s->http));
    return err;
}

static ess_err set_will(server *s)
{
    char topic[ESS_TOPIC_MAX + 1], payload[256];
    size_t len = 0;
    TRY(hub_core_will(s->core, topic, payload, sizeof payload, &len));
    return link_set_will(s->link, topic, (ess_slice){payload, len});
}

static ess_err open_link(server *s)
{
    const hub_config *config = s->config;
    for (size_t i = 0; i < majors.count * FLOWS; i++) {
        (void)snprintf(s->subscription[i], SUBSCRIPTION, "v%u/%s/%s/#",
                       (unsigned)majors.at[i / FLOWS], flows[i % FLOWS], config->application);
        s->subscriptions[i] = s->subscription[i];
    }
    link_options options = {.host = config->broker_host,
                            .port = (uint16_t)config->broker_port,
                            .client_id = config->broker_client_id,
                            .ca_file = config->broker_ca,
                            .cert_file = config->broker_cert,
                            .key_file = config->broker_key,
                            .keepalive_s = KEEPALIVE_S,
                            .backoff_first_ms = BACKOFF_FIRST,
                            .backoff_most_ms = BACKOFF_MOST,
                            .subscriptions = s->subscriptions};
    ess_err err = link_new(s->loop, &options, on_link, s, &s->link);
    if (err == ESS_OK)
        err = set_will(s);
    if (err == ESS_OK)
        link_start(s->link);
    else
        hub_say_error("hub-certificates", config->broker_cert, config->language == 1);
    return err;
}

static ess_err start(server *s)
{
    static const int signals[] = {SIGTERM, SIGINT, 0};
    TRY(port_loop_signals(s->loop, signals, on_signal, s));
    TRY(port_loop_timer(s->loop, on_timer, s, &s->timer));
    TRY(open_core(s));
    TRY(open_signing(s));
    TRY(open_http(s));
    TRY(open_link(s));
    arm(s);
    return ESS_OK;
}

/* ---- end */

/* Commits what is open, tells the devices, and lets that leave. */
static void say_farewell(server *s)
{
    int64_t until = port_mono_ms() + FAREWELL_MS;
    hub_core_farewell(s->core);
    while (link_is_up(s->link) && link_in_flight(s->link) > 0 && port_mono_ms() < until) {
        if (port_loop_once(s->loop, 50) != ESS_OK)
            break;
    }
    link_stop(s->link);
}

static void stop(server *s)
{
    if (s->link != NULL)
        say_farewell(s);
    hub_http_stop(s->http);
    hub_core_close(s->core);
    if (s->link != NULL)
        link_free(s->link);
    port_loop_free(s->loop);
}

ess_err hub_serve(const hub_config *config)
{
    server s = {.config = config};
    port_log_open("ess-hub", PORT_INFO);
    s.loop = port_loop_new(FDS_MAX, TIMERS_MAX);
    ess_err err = s.loop != NULL ? start(&s) : ESS_E_NO_ROOM;
    if (err == ESS_OK)
        err = port_loop_run(s.loop);
    if (s.loop != NULL)
        stop(&s);
    port_log(PORT_INFO, "ended");
    return err;
}

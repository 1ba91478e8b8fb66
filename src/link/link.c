/* The one file that knows libmosquitto, driven by our own epoll loop.
 *
 * A libmosquitto handle lives for one connection attempt and the connection that may come of it;
 * it is made anew for the next. So nothing of a dead session (queues, packet ids, a half-open
 * TLS state) can leak into a new one, and renewed certificates are read at each attempt. Nothing
 * is lost by that: what matters is kept by outbox and receipts, never by the line.
 *
 *   state       meaning                                   ends by
 *   STOPPED     not wanted                                link_start
 *   CONNECTING  TCP, TLS, CONNECT, SUBSCRIBE under way    subscribed, refused, connect_ms
 *   UP          messages flow                             line lost, link_stop
 *   BACKOFF     waits before the next attempt             timer, link_stop
 */
#include "link/link.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "port/clock.h"
#include "port/log.h"

#define CONNECT_MS        10000 /* when the options do not say */
#define MISC_MS           1000
#define SUBSCRIPTIONS_MAX 16
#define TOPIC_ROOM        513
#define WILL_ROOM         1024
#define PATH_ROOM         4096
#define TLS_VERIFY_PEER   1 /* SSL_VERIFY_PEER, without OpenSSL's header */

typedef enum link_state { STOPPED, CONNECTING, UP, BACKOFF } link_state;

struct link_session {
    port_loop *loop;
    link_handler handler;
    void *context;
    struct mosquitto *mosq; /* NULL unless CONNECTING or UP */
    int fd;                 /* watched, or -1 */
    int timer;              /* keep-alive work, connect limit, or back-off */
    link_state state;
    bool wanted;
    bool broken;  /* the present connection is to be given up once no callback runs */
    bool starved; /* a publish was refused for want of room */
    size_t in_flight;
    uint32_t attempts; /* since the last time it was up */
    int64_t connect_due_mono_ms;
    char why[160];
    char detail[160]; /* what libmosquitto last complained of: why a TLS handshake failed */
    char host[256], client_id[128];
    char ca_file[PATH_ROOM], cert_file[PATH_ROOM], key_file[PATH_ROOM];
    uint16_t port, keepalive_s;
    uint32_t backoff_first_ms, backoff_most_ms, connect_ms;
    bool mqtt_311;
    char subscription[SUBSCRIPTIONS_MAX][TOPIC_ROOM];
    size_t subscription_count;
    char will_topic[TOPIC_ROOM];
    char will[WILL_ROOM];
    size_t will_len;
};

static void say(link_session *link, link_event event)
{
    link->handler(link->context, &event);
}

static void note_broken(link_session *link, const char *why)
{
    if (!link->broken)
        (void)snprintf(link->why, sizeof link->why, "%s", why);
    link->broken = true;
}

static void become_up(link_session *link)
{
    if (link->state != CONNECTING)
        return;
    link->state = UP;
    link->attempts = 0;
    mosquitto_log_callback_set(link->mosq, NULL); /* it formats a text for each message */
    say(link, (link_event){.kind = LINK_UP});
}

/* ---- called by libmosquitto, on the loop's thread */

static void on_connect(struct mosquitto *mosq, void *context, int code, int flags,
                       const mosquitto_property *properties)
{
    link_session *link = context;
    const char *filters[SUBSCRIPTIONS_MAX];
    (void)flags;
    (void)properties;
    if (code != 0) {
        note_broken(link, link->mqtt_311 ? mosquitto_connack_string(code)
                                         : mosquitto_reason_string(code));
        return;
    }
    for (size_t i = 0; i < link->subscription_count; i++)
        filters[i] = link->subscription[i];
    if (link->subscription_count == 0) {
        become_up(link);
        return;
    }
    /* libmosquitto takes char *const *, and does not write through it. */
    char *const *list = (char *const *)(uintptr_t)filters;
    int rc =
        mosquitto_subscribe_multiple(mosq, NULL, (int)link->subscription_count, list, 1, 0, NULL);
    if (rc != MOSQ_ERR_SUCCESS)
        note_broken(link, mosquitto_strerror(rc));
}

static void on_subscribe(struct mosquitto *mosq, void *context, int id, int count,
                         const int *granted, const mosquitto_property *properties)
{
    link_session *link = context;
    (void)mosq;
    (void)id;
    (void)properties;
    for (int i = 0; i < count; i++) {
        if (granted[i] >= 128) {
            note_broken(link, "the broker refused a subscription");
            return;
        }
    }
    become_up(link);
}

static void on_message(struct mosquitto *mosq, void *context,
                       const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    link_session *link = context;
    (void)mosq;
    (void)properties;
    /* The broker may hand out retained messages before its SUBACK; they prove that the
     * subscription stands. */
    become_up(link);
    say(link, (link_event){
                  .kind = LINK_MESSAGE,
                  .topic = ess_slice_from(message->topic),
                  .payload = {message->payload, (size_t)message->payloadlen},
                  .retained = message->retain,
              });
}

static void on_publish(struct mosquitto *mosq, void *context, int id, int code,
                       const mosquitto_property *properties)
{
    link_session *link = context;
    (void)mosq;
    (void)id;
    (void)properties;
    if (link->in_flight > 0)
        link->in_flight--;
    if (code >= 128)
        say(link, (link_event){.kind = LINK_REFUSED, .why = mosquitto_reason_string(code)});
    if (link->starved && link->in_flight < LINK_IN_FLIGHT_MAX / 2) {
        link->starved = false;
        say(link, (link_event){.kind = LINK_ROOM});
    }
}

static void on_log(struct mosquitto *mosq, void *context, int level, const char *text)
{
    link_session *link = context;
    (void)mosq;
    if (level == MOSQ_LOG_ERR)
        (void)snprintf(link->detail, sizeof link->detail, "%s", text);
}

static void on_disconnect(struct mosquitto *mosq, void *context, int code,
                          const mosquitto_property *properties)
{
    (void)mosq;
    (void)properties;
    note_broken(context, code == 0 ? "closed" : mosquitto_strerror(code));
}

/* ---- one connection */

static void close_connection(link_session *link)
{
    if (link->fd >= 0)
        port_loop_unwatch(link->loop, link->fd);
    link->fd = -1;
    if (link->mosq != NULL)
        mosquitto_destroy(link->mosq);
    link->mosq = NULL;
    link->in_flight = 0;
    link->starved = false;
    link->broken = false;
}

static int64_t backoff_ms(const link_session *link)
{
    uint64_t wait_ms = link->backoff_first_ms;
    uint32_t chance;
    for (uint32_t i = 1; i < link->attempts && wait_ms < link->backoff_most_ms; i++)
        wait_ms *= 2;
    if (wait_ms > link->backoff_most_ms)
        wait_ms = link->backoff_most_ms;
    port_random(&chance, sizeof chance);
    /* Jitter over the upper half: a fleet must not come back in step. */
    return (int64_t)(wait_ms / 2 + chance % (wait_ms / 2 + 1));
}

static void lose_connection(link_session *link)
{
    bool was_up = link->state == UP;
    char why[sizeof link->why];
    memcpy(why, link->why, sizeof why);
    close_connection(link);
    link->state = link->wanted ? BACKOFF : STOPPED;
    if (link->wanted) {
        link->attempts++;
        port_loop_arm(link->loop, link->timer, port_mono_ms() + backoff_ms(link));
    } else {
        port_loop_disarm(link->loop, link->timer);
    }
    /* A warning for what is new: the line lost, or the first of many attempts that failed. */
    port_log(was_up || link->attempts == 1 ? PORT_WARN : PORT_INFO, "link %s:%u down: %s%s%s",
             link->host, link->port, why, link->detail[0] == '\0' ? "" : "; ", link->detail);
    if (was_up)
        say(link, (link_event){.kind = LINK_DOWN, .why = why});
}

static void on_ready(void *context, int fd, unsigned ready);

/* After anything that may have changed what the connection waits for. */
static void settle(link_session *link)
{
    if (link->mosq == NULL)
        return;
    int fd = mosquitto_socket(link->mosq);
    if (link->broken || fd < 0) {
        note_broken(link, "connection lost");
        lose_connection(link);
        return;
    }
    unsigned events = PORT_READABLE | (mosquitto_want_write(link->mosq) ? PORT_WRITABLE : 0u);
    if (port_loop_watch(link->loop, fd, events, on_ready, link) == ESS_OK)
        link->fd = fd;
    else
        note_broken(link, "no room to watch the connection");
}

static void check(link_session *link, int rc)
{
    if (rc != MOSQ_ERR_SUCCESS)
        note_broken(link, mosquitto_strerror(rc));
}

/* libmosquitto does not tell of a connection that fails before its TLS handshake is over: it stays
 * ready and is tried for ever. */
static bool connect_failed(int fd)
{
    char byte;
    int64_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void on_ready(void *context, int fd, unsigned ready)
{
    link_session *link = context;
    if (link->state == CONNECTING && connect_failed(fd))
        note_broken(link, "refused or closed while connecting");
    if (!link->broken && (ready & PORT_READABLE))
        check(link, mosquitto_loop_read(link->mosq, 1));
    if (!link->broken && (ready & PORT_WRITABLE))
        check(link, mosquitto_loop_write(link->mosq, 1));
    settle(link);
}

static int set_options(link_session *link, struct mosquitto *mosq)
{
    int rc = mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION,
                                  link->mqtt_311 ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5);
    if (rc == MOSQ_ERR_SUCCESS) /* else Nagle and delayed ACK cost 40 ms a message */
        rc = mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
    if (rc == MOSQ_ERR_SUCCESS && link->ca_file[0] != '\0')
        rc = mosquitto_tls_set(mosq, link->ca_file, NULL, link->cert_file, link->key_file, NULL);
    if (rc == MOSQ_ERR_SUCCESS && link->ca_file[0] != '\0')
        rc = mosquitto_tls_opts_set(mosq, TLS_VERIFY_PEER, "tlsv1.3", NULL);
    if (rc == MOSQ_ERR_SUCCESS && link->will_topic[0] != '\0')
        rc = mosquitto_will_set(mosq, link->will_topic, (int)link->will_len, link->will, 1, true);
    return rc;
}

static void set_callbacks(struct mosquitto *mosq)
{
    mosquitto_connect_v5_callback_set(mosq, on_connect);
    mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
    mosquitto_message_v5_callback_set(mosq, on_message);
    mosquitto_publish_v5_callback_set(mosq, on_publish);
    mosquitto_disconnect_v5_callback_set(mosq, on_disconnect);
    mosquitto_log_callback_set(mosq, on_log);
}

static void arm(link_session *link, int64_t now)
{
    int64_t due = now + MISC_MS;
    if (link->state == CONNECTING && link->connect_due_mono_ms < due)
        due = link->connect_due_mono_ms;
    port_loop_arm(link->loop, link->timer, due);
}

static void connect_now(link_session *link)
{
    int64_t now = port_mono_ms();
    link->state = CONNECTING;
    link->detail[0] = '\0';
    link->connect_due_mono_ms = now + link->connect_ms;
    arm(link, now);
    link->mosq = mosquitto_new(link->client_id, true, link);
    if (link->mosq == NULL) {
        note_broken(link, "out of memory");
        lose_connection(link);
        return;
    }
    set_callbacks(link->mosq);
    int rc = set_options(link, link->mosq);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_connect_async(link->mosq, link->host, link->port, link->keepalive_s);
    check(link, rc);
    settle(link);
}

static void on_timer(void *context)
{
    link_session *link = context;
    int64_t now = port_mono_ms();
    if (link->state == BACKOFF) {
        connect_now(link);
        return;
    }
    if (link->mosq == NULL)
        return;
    arm(link, now);
    check(link, mosquitto_loop_misc(link->mosq));
    if (link->state == CONNECTING && now >= link->connect_due_mono_ms)
        note_broken(link, "no answer while connecting");
    settle(link);
}

/* ---- the room's own face */

static bool keep(char *room, size_t room_size, const char *text)
{
    return ess_slice_copy(ess_slice_from(text), room, room_size) == ESS_OK;
}

static bool keep_options(link_session *link, const link_options *options)
{
    bool fits = keep(link->host, sizeof link->host, options->host) &&
                keep(link->client_id, sizeof link->client_id, options->client_id) &&
                keep(link->ca_file, sizeof link->ca_file, options->ca_file) &&
                keep(link->cert_file, sizeof link->cert_file, options->cert_file) &&
                keep(link->key_file, sizeof link->key_file, options->key_file);
    for (size_t i = 0; fits && options->subscriptions != NULL && options->subscriptions[i]; i++) {
        fits = i < SUBSCRIPTIONS_MAX &&
               keep(link->subscription[i], TOPIC_ROOM, options->subscriptions[i]);
        link->subscription_count = i + 1;
    }
    link->port = options->port;
    link->keepalive_s = options->keepalive_s;
    link->backoff_first_ms = options->backoff_first_ms;
    link->backoff_most_ms = options->backoff_most_ms;
    link->connect_ms = options->connect_ms == 0 ? CONNECT_MS : options->connect_ms;
    link->mqtt_311 = options->mqtt_311;
    return fits;
}

/* Says at start what would otherwise fail at every attempt: unreadable certificates. */
static ess_err try_certificates(link_session *link)
{
    struct mosquitto *probe = mosquitto_new(NULL, true, NULL);
    if (probe == NULL)
        return ESS_E_NO_ROOM;
    int rc = set_options(link, probe);
    mosquitto_destroy(probe);
    return rc == MOSQ_ERR_SUCCESS ? ESS_OK : ESS_E_CONFIG;
}

ess_err link_new(port_loop *loop, const link_options *options, link_handler handler, void *context,
                 link_session **out)
{
    link_session *link = calloc(1, sizeof *link);
    if (link == NULL)
        return ESS_E_NO_ROOM;
    (void)mosquitto_lib_init();
    link->loop = loop;
    link->handler = handler;
    link->context = context;
    link->fd = -1;
    ess_err err = keep_options(link, options) ? ESS_OK : ESS_E_TOO_LARGE;
    if (err == ESS_OK)
        err = try_certificates(link);
    if (err == ESS_OK)
        err = port_loop_timer(loop, on_timer, link, &link->timer);
    if (err != ESS_OK) {
        free(link);
        (void)mosquitto_lib_cleanup();
        return err;
    }
    *out = link;
    return ESS_OK;
}

void link_free(link_session *link)
{
    if (link == NULL)
        return;
    close_connection(link);
    port_loop_disarm(link->loop, link->timer);
    free(link);
    (void)mosquitto_lib_cleanup();
}

ess_err link_set_will(link_session *link, const char *topic, ess_slice payload)
{
    if (payload.len > sizeof link->will || strlen(topic) >= sizeof link->will_topic)
        return ESS_E_NO_ROOM;
    (void)keep(link->will_topic, sizeof link->will_topic, topic);
    memcpy(link->will, payload.ptr, payload.len);
    link->will_len = payload.len;
    return ESS_OK;
}

void link_start(link_session *link)
{
    if (link->wanted)
        return;
    link->wanted = true;
    link->attempts = 0;
    connect_now(link);
}

void link_stop(link_session *link)
{
    link->wanted = false;
    if (link->mosq != NULL && link->state == UP)
        (void)mosquitto_disconnect(link->mosq);
    close_connection(link);
    port_loop_disarm(link->loop, link->timer);
    link->state = STOPPED;
}

bool link_is_up(const link_session *link)
{
    return link->state == UP && !link->broken;
}

size_t link_in_flight(const link_session *link)
{
    return link->in_flight;
}

ess_err link_publish(link_session *link, const link_message *message)
{
    if (!link_is_up(link))
        return ESS_E_OFFLINE;
    if (link->in_flight >= LINK_IN_FLIGHT_MAX) {
        link->starved = true;
        return ESS_E_NO_ROOM;
    }
    int rc = mosquitto_publish(link->mosq, NULL, message->topic, (int)message->payload.len,
                               message->payload.ptr, 1, message->retain);
    if (rc == MOSQ_ERR_PAYLOAD_SIZE || rc == MOSQ_ERR_OVERSIZE_PACKET)
        return ESS_E_TOO_LARGE;
    if (rc != MOSQ_ERR_SUCCESS) {
        note_broken(link, mosquitto_strerror(rc));
        port_loop_arm(link->loop, link->timer, port_mono_ms()); /* given up outside callbacks */
        return ESS_E_OFFLINE;
    }
    link->in_flight++;
    unsigned events = PORT_READABLE | (mosquitto_want_write(link->mosq) ? PORT_WRITABLE : 0u);
    (void)port_loop_watch(link->loop, link->fd, events, on_ready, link);
    return ESS_OK;
}

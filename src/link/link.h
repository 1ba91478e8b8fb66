/* One MQTT session over TLS, for both ends: the one door to libmosquitto.
 *
 * Connects, reconnects with jittered back-off, subscribes again after each connect. What was
 * published while the line was down is refused, not queued: keeping is the outbox's business.
 *
 *   STOPPED -> CONNECTING -> UP -> BACKOFF -> CONNECTING ...
 */
#ifndef ESS_LINK_LINK_H
#define ESS_LINK_LINK_H

#include "ess/base.h"
#include "port/loop.h"

typedef struct link_session link_session;

typedef struct link_options {
    const char *host;
    uint16_t port;
    const char *client_id;
    const char *ca_file, *cert_file, *key_file; /* PEM; TLS 1.3, both sides verified. All NULL:
                                                   clear, for tests on loopback only */
    uint16_t keepalive_s;
    uint32_t backoff_first_ms, backoff_most_ms;
    uint32_t connect_ms; /* TCP, TLS, CONNECT and SUBSCRIBE together; 0: 10 s */
    const char *const *subscriptions; /* NULL-terminated; QoS 1 */
    bool mqtt_311;                    /* else MQTT 5 */
} link_options;

typedef enum link_event_kind {
    LINK_UP,      /* connected and subscribed */
    LINK_DOWN,    /* why: text */
    LINK_MESSAGE, /* topic, payload: borrowed for the call */
    LINK_REFUSED, /* the broker refused a publish (MQTT 5 only tells): why */
    LINK_ROOM     /* after a publish was refused with ESS_E_NO_ROOM: there is room again */
} link_event_kind;

typedef struct link_event {
    link_event_kind kind;
    ess_slice topic, payload;
    bool retained;
    const char *why; /* DOWN, REFUSED; borrowed for the call */
} link_event;

/* Called on the loop's thread. May publish; must not free the link. */
typedef void (*link_handler)(void *context, const link_event *event);

/* All options are copied. ESS_E_CONFIG when the certificates cannot be read: *why (may be NULL)
 * tells. Starts STOPPED. */
ess_err link_new(port_loop *loop, const link_options *options, link_handler handler, void *context,
                 link_session **out);
void link_free(link_session *link);

/* The will: sent by the broker when this session dies; used from the next connect on. Both are
 * copied. QoS 1, retained. ESS_E_NO_ROOM beyond 512 bytes of topic or 1024 of payload. */
ess_err link_set_will(link_session *link, const char *topic, ess_slice payload);
void link_start(link_session *link);
/* Disconnects in an orderly way (the will is not sent). Not from the handler. */
void link_stop(link_session *link);
bool link_is_up(const link_session *link);

typedef struct link_message {
    const char *topic;
    ess_slice payload;
    bool retain;
} link_message;
/* QoS 1. ESS_E_OFFLINE when not up, ESS_E_NO_ROOM when LINK_IN_FLIGHT_MAX publishes wait for the
 * broker (LINK_ROOM follows), ESS_E_TOO_LARGE. The broker's PUBACK is no promise of anything: see
 * receipts. */
#define LINK_IN_FLIGHT_MAX 200
ess_err link_publish(link_session *link, const link_message *message);
/* Publishes the broker has not answered yet; 0 after a farewell means it may be closed. */
size_t link_in_flight(const link_session *link);

#endif

/* A broker of few words, in the loop of the test: it takes one peer at a time, says to CONNECT and
 * SUBSCRIBE what it is told to say, counts publishes and acknowledges them. */
#ifndef FAKE_BROKER_H
#define FAKE_BROKER_H

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/loop.h"

typedef struct fake_broker {
    port_loop *loop;
    int listener, peer; /* -1: nobody */
    uint16_t port;
    bool is_mute;        /* takes the connection and never answers */
    uint8_t connack[16]; /* variable part; all 0: taken */
    uint8_t connack_len, suback_code;
    size_t connects, publishes, retained; /* retained: of the publishes */
    char last_topic[256], last[65536];    /* of the latest publish, by MQTT 5 */
    size_t last_len;
    unsigned last_qos;
    uint8_t connect[256]; /* the latest CONNECT, behind its fixed header; cut */
    uint8_t in[262144];
    size_t in_len;
} fake_broker;

static inline void broker_send(fake_broker *broker, const uint8_t *bytes, size_t len)
{
    (void)send(broker->peer, bytes, len, MSG_NOSIGNAL);
}

static inline void broker_hang_up(fake_broker *broker)
{
    if (broker->peer < 0)
        return;
    port_loop_unwatch(broker->loop, broker->peer);
    (void)close(broker->peer);
    broker->peer = -1;
    broker->in_len = 0;
}

static inline void broker_connack(fake_broker *broker)
{
    uint8_t answer[20] = {0x20, broker->connack_len};
    memcpy(answer + 2, broker->connack, broker->connack_len);
    broker->connects++;
    broker_send(broker, answer, 2u + broker->connack_len);
}

/* Behind topic and packet id: properties, which are short here, then the payload. */
static inline void broker_keep(fake_broker *broker, const uint8_t *body, size_t len)
{
    size_t topic = (size_t)body[0] << 8 | body[1], at = 4 + topic;
    if (topic >= sizeof broker->last_topic || len <= at || len - at > sizeof broker->last)
        return;
    at += 1u + body[at];
    memcpy(broker->last_topic, body + 2, topic);
    broker->last_topic[topic] = '\0';
    memcpy(broker->last, body + at, len - at);
    broker->last_len = len - at;
}

/* body: behind the fixed header. */
static inline void broker_answer(fake_broker *broker, const uint8_t *body, size_t len)
{
    switch (broker->in[0] >> 4) {
    case 1:
        memcpy(broker->connect, body, len < sizeof broker->connect ? len : sizeof broker->connect);
        broker_connack(broker);
        break;
    case 8:
        broker_send(broker, (uint8_t[]){0x90, 4, body[0], body[1], 0, broker->suback_code}, 6);
        break;
    case 3: {
        size_t topic = (size_t)body[0] << 8 | body[1];
        broker->publishes++;
        broker->last_qos = broker->in[0] >> 1 & 3u;
        broker_keep(broker, body, len);
        broker->retained += broker->in[0] & 1;
        broker_send(broker, (uint8_t[]){0x40, 2, body[2 + topic], body[3 + topic]}, 4);
        break;
    }
    default:
        break;
    }
}

/* One whole packet from the front of what came in. */
static inline bool broker_serve_one(fake_broker *broker)
{
    size_t len = 0, head = 1;
    for (unsigned shift = 0;; shift += 7) {
        if (head >= broker->in_len || shift > 21)
            return false;
        len |= (size_t)(broker->in[head] & 127) << shift;
        if (!(broker->in[head++] & 128))
            break;
    }
    if (broker->in_len < head + len)
        return false;
    broker_answer(broker, broker->in + head, len);
    broker->in_len -= head + len;
    memmove(broker->in, broker->in + head + len, broker->in_len);
    return true;
}

static inline void on_broker_bytes(void *context, int fd, unsigned ready)
{
    fake_broker *broker = context;
    (void)ready;
    int64_t got = recv(fd, broker->in + broker->in_len, sizeof broker->in - broker->in_len,
                       MSG_DONTWAIT);
    if (got <= 0) {
        broker_hang_up(broker);
        return;
    }
    broker->in_len += (size_t)got;
    if (broker->is_mute) {
        broker->in_len = 0;
        return;
    }
    while (broker_serve_one(broker))
        ;
}

static inline void on_broker_knock(void *context, int fd, unsigned ready)
{
    fake_broker *broker = context;
    (void)ready;
    broker_hang_up(broker);
    broker->peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_int_equal(port_loop_watch(broker->loop, broker->peer, PORT_READABLE, on_broker_bytes,
                                     broker),
                     ESS_OK);
}

static inline void broker_open(fake_broker *broker, port_loop *loop)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    *broker = (fake_broker){.loop = loop, .peer = -1, .connack_len = 3};
    broker->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(broker->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(broker->listener, 4), 0);
    assert_int_equal(getsockname(broker->listener, (struct sockaddr *)&address, &len), 0);
    broker->port = ntohs(address.sin_port);
    assert_int_equal(
        port_loop_watch(loop, broker->listener, PORT_READABLE, on_broker_knock, broker), ESS_OK);
}

static inline void broker_close(fake_broker *broker)
{
    broker_hang_up(broker);
    port_loop_unwatch(broker->loop, broker->listener);
    (void)close(broker->listener);
}

#endif

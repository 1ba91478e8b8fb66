/* Sockets and buffers of the Modbus TCP server; frames are modbus_frame's.
 *
 * A connection holds at most one frame coming in and one answer going out. While an answer cannot
 * be handed over, nothing more is read from that peer: its own window is the queue. */
#include "south/modbus_server.h"

#include "port/clock.h"
#include "south/modbus_frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct connection {
    south_server *server;
    int fd; /* -1: free */
    uint32_t number;
    int64_t active_mono_ms;
    uint8_t in[SOUTH_FRAME_MAX], out[SOUTH_FRAME_MAX];
    size_t in_len, out_len, out_sent;
    bool tell_served; /* out is the answer to a read, described by served */
    south_event served;
    uint16_t registers[SOUTH_READ_MAX];
} connection;

struct south_server {
    port_loop *loop;
    south_server_options options;
    int fd;
    uint32_t last_number;
    uint64_t last_sequence;
    connection connections[SOUTH_CONNECTIONS_MAX];
};

static void on_ready(void *context, int fd, unsigned ready);

static ess_err tell(south_server *server, south_event event)
{
    event.at_utc_ms = event.what == SOUTH_SERVED ? event.at_utc_ms : port_utc_ms();
    return server->options.hook(server->options.context, &event);
}

static void hang_up(connection *peer)
{
    port_loop_unwatch(peer->server->loop, peer->fd);
    (void)close(peer->fd);
    peer->fd = -1;
    (void)tell(peer->server,
               (south_event){.what = SOUTH_DISCONNECTED, .connection = peer->number});
}

/* --- requests */

static south_exception exception_of(ess_err err)
{
    if (err == ESS_OK)
        return SOUTH_FINE;
    return err == ESS_E_NUMBER      ? SOUTH_BAD_VALUE
           : err == ESS_E_NOT_FOUND ? SOUTH_BAD_ADDRESS
                                    : SOUTH_DEVICE_FAILURE;
}

static south_exception do_read(connection *peer, const south_request *request, south_event event)
{
    const south_server_options *options = &peer->server->options;
    const uint16_t *image = request->area == SOUTH_INPUT ? options->input : options->holding;
    south_exception refused;

    if (image == NULL)
        return SOUTH_BAD_ADDRESS;
    event.what = SOUTH_BEFORE_READ;
    refused = exception_of(tell(peer->server, event));
    if (refused != SOUTH_FINE)
        return refused;
    memcpy(peer->registers, image + request->address, request->count * sizeof(uint16_t));
    event.what = SOUTH_SERVED;
    event.registers = peer->registers;
    peer->served = event;
    peer->tell_served = true;
    return SOUTH_FINE;
}

static south_exception do_write(connection *peer, const south_request *request, south_event event)
{
    south_exception refused;

    event.what = SOUTH_BEFORE_WRITE;
    event.registers = request->registers;
    refused = exception_of(tell(peer->server, event));
    if (refused != SOUTH_FINE)
        return refused;
    memcpy(peer->server->options.holding + request->address, request->registers,
           request->count * sizeof(uint16_t));
    event.what = SOUTH_WRITTEN;
    (void)tell(peer->server, event); /* too late to refuse */
    return SOUTH_FINE;
}

/* A device reached by its IP address is also unit 0 and 255 (Modbus TCP guide, 4.4.2). */
static bool is_for_us(const south_server *server, uint8_t unit)
{
    return unit == server->options.unit_id || unit == 0 || unit == 255;
}

static void answer_request(connection *peer, size_t frame_len)
{
    south_request request = {0};
    south_exception refused = south_frame_read(peer->in, frame_len, &request);
    south_event event = {.connection = peer->number,
                         .sequence = ++peer->server->last_sequence,
                         .area = request.area,
                         .address = request.address,
                         .count = request.count};

    if (!is_for_us(peer->server, request.unit))
        refused = SOUTH_NO_TARGET;
    if (refused == SOUTH_FINE)
        refused = request.is_write ? do_write(peer, &request, event)
                                   : do_read(peer, &request, event);
    peer->out_len = refused == SOUTH_FINE
                        ? south_frame_answer(&request, peer->registers, peer->out)
                        : south_frame_refuse(&request, refused, peer->out);
    peer->out_sent = 0;
    peer->served.at_utc_ms = port_utc_ms();
}

/* --- bytes */

/* Hands over what is left of the answer; false: the peer is gone. */
static bool push_answer(connection *peer)
{
    while (peer->out_sent < peer->out_len) {
        int64_t sent = send(peer->fd, peer->out + peer->out_sent, peer->out_len - peer->out_sent,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        peer->out_sent += (size_t)sent;
    }
    peer->out_len = peer->out_sent = 0;
    if (peer->tell_served) {
        peer->tell_served = false;
        (void)tell(peer->server, peer->served);
    }
    return true;
}

/* Answers the whole frames that have come in, as far as answers can be handed over. */
static bool answer_all(connection *peer)
{
    while (peer->out_len == 0) {
        size_t frame_len;
        ess_err err = south_frame_length(peer->in, peer->in_len, &frame_len);

        if (err == ESS_E_NOT_FOUND)
            return true;
        if (err != ESS_OK)
            return false;
        answer_request(peer, frame_len);
        peer->in_len -= frame_len;
        memmove(peer->in, peer->in + frame_len, peer->in_len);
        if (!push_answer(peer))
            return false;
    }
    return true;
}

static bool take_bytes(connection *peer)
{
    int64_t got = recv(peer->fd, peer->in + peer->in_len, sizeof(peer->in) - peer->in_len,
                       MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    peer->in_len += (size_t)got;
    return got > 0;
}

static void on_ready(void *context, int fd, unsigned ready)
{
    connection *peer = context;
    bool alive = push_answer(peer);

    (void)fd;
    peer->active_mono_ms = port_mono_ms();
    if (alive && peer->out_len == 0 && (ready & PORT_READABLE))
        alive = take_bytes(peer);
    alive = alive && answer_all(peer) &&
            port_loop_watch(peer->server->loop, peer->fd,
                            peer->out_len > 0 ? PORT_WRITABLE : PORT_READABLE, on_ready,
                            peer) == ESS_OK;
    if (!alive)
        hang_up(peer);
}

/* --- connections */

/* A free place; when there is none, that of the peer silent for longest: dead peers must not
 * keep a live one out. */
static connection *find_place(south_server *server)
{
    connection *place = &server->connections[0];

    for (size_t i = 0; i < SOUTH_CONNECTIONS_MAX; i++) {
        connection *peer = &server->connections[i];
        if (peer->fd < 0)
            return peer;
        if (peer->active_mono_ms < place->active_mono_ms)
            place = peer;
    }
    hang_up(place);
    return place;
}

static void on_knock(void *context, int listener, unsigned ready)
{
    south_server *server = context;
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    connection *peer;

    (void)ready;
    if (fd < 0)
        return; /* it gave up meanwhile */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* only slower without */
    peer = find_place(server);
    *peer = (connection){.server = server,
                         .fd = fd,
                         .number = ++server->last_number,
                         .active_mono_ms = port_mono_ms()};
    if (port_loop_watch(server->loop, fd, PORT_READABLE, on_ready, peer) != ESS_OK) {
        (void)close(fd);
        peer->fd = -1;
        return;
    }
    (void)tell(server, (south_event){.what = SOUTH_CONNECTED, .connection = peer->number});
}

static int open_listener(const south_server_options *options)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    int one = 1, fd;

    if (inet_pton(AF_INET, options->host, &address.sin_addr) != 1)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, SOUTH_CONNECTIONS_MAX) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

ess_err south_server_new(port_loop *loop, const south_server_options *options, south_server **out)
{
    south_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return ESS_E_NO_ROOM;
    server->loop = loop;
    server->options = *options;
    for (size_t i = 0; i < SOUTH_CONNECTIONS_MAX; i++)
        server->connections[i].fd = -1;
    server->fd = open_listener(options);
    if (server->fd < 0 ||
        port_loop_watch(loop, server->fd, PORT_READABLE, on_knock, server) != ESS_OK) {
        if (server->fd >= 0)
            (void)close(server->fd);
        free(server);
        return ESS_E_IO;
    }
    *out = server;
    return ESS_OK;
}

void south_server_free(south_server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < SOUTH_CONNECTIONS_MAX; i++) {
        if (server->connections[i].fd >= 0)
            hang_up(&server->connections[i]);
    }
    port_loop_unwatch(server->loop, server->fd);
    (void)close(server->fd);
    free(server);
}

uint16_t south_server_port(const south_server *server)
{
    struct sockaddr_in address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(server->fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return ntohs(address.sin_port);
}

/* The bus client against our own server, and both against peers that misbehave. */
#include "port/clock.h"
#include "south/bus.h"
#include "south/modbus_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 5000

/* A server in a loop of its own, and what its hook was told. */
typedef struct plant {
    port_loop *loop;
    south_server *server;
    uint16_t holding[65536];
    south_event last[SOUTH_WRITTEN + 1];
    size_t told[SOUTH_WRITTEN + 1];
    uint16_t served[SOUTH_READ_MAX];
    ess_err refuse_read, refuse_write;
} plant;

static plant the_plant;

static ess_err hook(void *context, const south_event *event)
{
    plant *p = context;

    p->told[event->what]++;
    p->last[event->what] = *event;
    if (event->what == SOUTH_BEFORE_READ)
        p->holding[999]++; /* the image may change until it is served */
    if (event->what == SOUTH_SERVED)
        memcpy(p->served, event->registers, event->count * sizeof(uint16_t));
    if (event->what == SOUTH_BEFORE_READ)
        return p->refuse_read;
    return event->what == SOUTH_BEFORE_WRITE ? p->refuse_write : ESS_OK;
}

static int start_plant(void **state)
{
    plant *p = &the_plant;
    south_server_options options = {
        .host = "127.0.0.1", .unit_id = 1, .holding = p->holding, .hook = hook, .context = p};

    memset(p, 0, sizeof(*p));
    p->loop = port_loop_new(SOUTH_CONNECTIONS_MAX + 2, 2);
    *state = p;
    return p->loop == NULL || south_server_new(p->loop, &options, &p->server) != ESS_OK;
}

static int stop_plant(void **state)
{
    plant *p = *state;

    south_server_free(p->server);
    port_loop_free(p->loop);
    return 0;
}

/* Serves until the bus has its answer. */
static south_answer ask(plant *p, south_bus *bus, const south_job *job)
{
    int64_t give_up_mono_ms = port_mono_ms() + WAIT_MS;
    south_answer answer = {0};

    assert_int_equal(south_bus_put(bus, job), ESS_OK);
    while (south_bus_take(bus, &answer) != ESS_OK) {
        if (p != NULL)
            assert_int_equal(port_loop_once(p->loop, 1), ESS_OK);
        else
            (void)poll(&(struct pollfd){.fd = south_bus_fd(bus), .events = POLLIN}, 1, WAIT_MS);
        assert_true(port_mono_ms() < give_up_mono_ms);
    }
    assert_int_equal(answer.id, job->id);
    assert_int_equal(answer.count, job->count);
    assert_true(answer.answered_mono_ms >= answer.sent_mono_ms);
    if (p != NULL)
        (void)port_loop_once(p->loop, 0);
    return answer;
}

static south_bus *bus_to(uint16_t port, uint32_t timeout_ms)
{
    south_bus_options options = {
        .host = "127.0.0.1", .port = port, .unit_id = 1, .timeout_ms = timeout_ms};
    south_bus *bus = south_bus_new(&options);

    assert_non_null(bus);
    return bus;
}

static void write_that_has_become_too_late_is_not_sent(void **state)
{
    plant *p = *state;
    south_bus *bus = bus_to(south_server_port(p->server), 2000);
    south_job write = {.action = SOUTH_WRITE, .address = 910, .count = 1, .registers = {1}};
    south_job read = {.action = SOUTH_READ, .address = 910, .count = 1};

    write.not_after_mono_ms = port_mono_ms() - 1;
    assert_int_equal(ask(p, bus, &write).err, ESS_E_OFFLINE);
    assert_int_equal(ask(p, bus, &read).registers[0], 0);
    assert_int_equal(p->told[SOUTH_BEFORE_WRITE], 0);
    write.not_after_mono_ms = port_mono_ms() + WAIT_MS;
    assert_int_equal(ask(p, bus, &write).err, ESS_OK);
    assert_int_equal(p->holding[910], 1);
    south_bus_free(bus);
}

static void reads_and_writes_go_through(void **state)
{
    plant *p = *state;
    south_bus *bus = bus_to(south_server_port(p->server), 2000);
    south_job read = {.id = 7, .action = SOUTH_READ, .address = 900, .count = 125};
    south_job write = {.id = 8, .action = SOUTH_WRITE, .address = 910, .count = 1,
                       .registers = {0xFFFF}};
    south_answer answer;

    p->holding[900] = 4321;
    answer = ask(p, bus, &read);
    assert_int_equal(answer.err, ESS_OK);
    assert_int_equal(answer.registers[0], 4321);
    assert_int_equal(answer.registers[99], 1); /* what the hook put there just before */
    assert_memory_equal(answer.registers, p->served, 125 * sizeof(uint16_t));
    assert_int_equal(p->last[SOUTH_SERVED].sequence, 1);
    assert_true(p->last[SOUTH_SERVED].at_utc_ms <= answer.answered_utc_ms);
    answer = ask(p, bus, &write);
    assert_int_equal(answer.err, ESS_OK);
    assert_int_equal(p->holding[910], 0xFFFF);
    write.count = 2;
    write.registers[1] = 5;
    assert_int_equal(ask(p, bus, &write).err, ESS_OK);
    assert_int_equal(p->holding[911], 5);
    assert_int_equal(p->told[SOUTH_WRITTEN], 2);
    assert_int_equal(p->told[SOUTH_CONNECTED], 1);
    south_bus_free(bus);
}

static void refusals_come_as_exceptions_and_keep_the_connection(void **state)
{
    plant *p = *state;
    south_bus *bus = bus_to(south_server_port(p->server), 2000);
    south_job write = {.id = 1, .action = SOUTH_WRITE, .address = 10, .count = 1};
    south_job read = {.id = 2, .action = SOUTH_READ, .address = 10, .count = 1};
    static const struct {
        ess_err err;
        uint8_t exception;
    } cases[] = {{ESS_E_NUMBER, 3}, {ESS_E_NOT_FOUND, 2}, {ESS_E_STATE, 4}};

    for (size_t i = 0; i < 3; i++) {
        south_answer answer;
        p->refuse_write = cases[i].err;
        p->refuse_read = cases[i].err;
        write.registers[0] = 77;
        answer = ask(p, bus, &write);
        assert_int_equal(answer.err, ESS_E_DATA);
        assert_int_equal(answer.exception, cases[i].exception);
        answer = ask(p, bus, &read);
        assert_int_equal(answer.err, ESS_E_DATA);
        assert_int_equal(answer.exception, cases[i].exception);
    }
    p->refuse_read = ESS_OK;
    read.area = SOUTH_INPUT; /* this plant has none */
    assert_int_equal(ask(p, bus, &read).exception, 2);
    assert_int_equal(p->holding[10], 0);
    assert_int_equal(p->told[SOUTH_WRITTEN], 0);
    assert_int_equal(p->told[SOUTH_SERVED], 0);
    assert_int_equal(p->told[SOUTH_CONNECTED], 1);
    south_bus_free(bus);
}

static void impossible_jobs_and_full_queue_are_refused(void **state)
{
    plant *p = *state;
    south_bus *bus = bus_to(south_server_port(p->server), 2000);
    south_job job = {.action = SOUTH_READ, .address = 1, .count = 1};
    south_answer answer;
    size_t taken = 0;

    for (size_t i = 0; i < SOUTH_JOBS_MAX; i++)
        assert_int_equal(south_bus_put(bus, &job), ESS_OK);
    assert_int_equal(south_bus_put(bus, &job), ESS_E_NO_ROOM);
    while (taken < SOUTH_JOBS_MAX) {
        (void)port_loop_once(p->loop, 1);
        taken += south_bus_take(bus, &answer) == ESS_OK;
    }
    job.count = 0;
    assert_int_equal(south_bus_put(bus, &job), ESS_E_NUMBER);
    job.count = 126;
    assert_int_equal(south_bus_put(bus, &job), ESS_E_NUMBER);
    job.action = SOUTH_WRITE;
    job.count = 124;
    assert_int_equal(south_bus_put(bus, &job), ESS_E_NUMBER);
    job.count = 2;
    job.address = 65535;
    assert_int_equal(south_bus_put(bus, &job), ESS_E_NUMBER);
    south_bus_free(bus);
}

static void bus_reconnects_when_the_equipment_comes_back(void **state)
{
    plant *p = *state;
    uint16_t port = south_server_port(p->server);
    south_bus *bus = bus_to(port, 2000);
    south_job job = {.id = 3, .action = SOUTH_READ, .address = 1, .count = 1};
    south_server_options options = {.host = "127.0.0.1",
                                    .port = port,
                                    .unit_id = 1,
                                    .holding = p->holding,
                                    .hook = hook,
                                    .context = p};

    assert_int_equal(ask(p, bus, &job).err, ESS_OK);
    south_server_free(p->server);
    assert_int_equal(ask(NULL, bus, &job).err, ESS_E_OFFLINE); /* closed is not "no answer" */
    assert_int_equal(south_server_new(p->loop, &options, &p->server), ESS_OK);
    assert_int_equal(ask(p, bus, &job).err, ESS_OK);
    assert_int_equal(p->told[SOUTH_DISCONNECTED], 1);
    south_bus_free(bus);
}

/* --- peers that misbehave */

static int listen_on_any(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void silence_is_a_timeout_and_a_late_answer_is_never_taken(void **state)
{
    static const uint8_t late[] = {0, 1, 0, 0, 0, 5, 1, 3, 2, 0xAA, 0xAA};
    uint8_t good[] = {0, 0, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34};
    uint16_t port;
    int listener = listen_on_any(&port), first, second;
    south_bus *bus = bus_to(port, 100);
    south_job job = {.id = 5, .action = SOUTH_READ, .address = 1, .count = 1};
    south_answer answer;
    uint8_t request[12];

    (void)state;
    answer = ask(NULL, bus, &job);
    assert_int_equal(answer.err, ESS_E_TIMEOUT);
    first = accept(listener, NULL, NULL);
    (void)send(first, late, sizeof(late), MSG_NOSIGNAL);
    assert_int_equal(south_bus_put(bus, &job), ESS_OK);
    second = accept(listener, NULL, NULL); /* a new connection */
    assert_int_equal(recv(second, request, sizeof(request), MSG_WAITALL), 12);
    good[0] = request[0];
    good[1] = request[1];
    assert_int_equal(send(second, good, sizeof(good), MSG_NOSIGNAL), sizeof(good));
    while (south_bus_take(bus, &answer) != ESS_OK)
        (void)poll(&(struct pollfd){.fd = south_bus_fd(bus), .events = POLLIN}, 1, WAIT_MS);
    assert_int_equal(answer.err, ESS_OK);
    assert_int_equal(answer.registers[0], 0x1234);
    south_bus_free(bus);
    (void)close(first);
    (void)close(second);
    (void)close(listener);
}

static int knock(const plant *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(south_server_port(p->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void serve_a_while(plant *p)
{
    for (int i = 0; i < 8; i++)
        (void)port_loop_once(p->loop, 0);
}

static void a_slow_peer_holds_up_nobody(void **state)
{
    static const uint8_t request[] = {0, 9, 0, 0, 0, 6, 1, 3, 0, 5, 0, 1};
    plant *p = *state;
    south_bus *bus = bus_to(south_server_port(p->server), 2000);
    south_job job = {.id = 6, .action = SOUTH_READ, .address = 5, .count = 1};
    uint8_t answer[11];
    int slow = knock(p);

    p->holding[5] = 0x0102;
    for (size_t i = 0; i < sizeof(request); i++) {
        assert_int_equal(send(slow, request + i, 1, MSG_NOSIGNAL), 1);
        serve_a_while(p);
        assert_int_equal(ask(p, bus, &job).err, ESS_OK);
    }
    assert_int_equal(recv(slow, answer, sizeof(answer), MSG_DONTWAIT), sizeof(answer));
    assert_int_equal(answer[10], 2);
    (void)close(slow);
    south_bus_free(bus);
}

static void what_is_no_modbus_is_hung_up_on(void **state)
{
    static const char *const noise[] = {"GET / HTTP/1.1\r\n\r\n", "\x01\x01\x01\x01\x01\x01"};
    plant *p = *state;
    char rest[8];

    for (size_t i = 0; i < 2; i++) {
        int fd = knock(p);
        (void)send(fd, noise[i], strlen(noise[i]), MSG_NOSIGNAL);
        serve_a_while(p);
        assert_true(recv(fd, rest, sizeof(rest), MSG_DONTWAIT) <= 0);
        (void)close(fd);
    }
    assert_int_equal(p->told[SOUTH_DISCONNECTED], 2);
    assert_int_equal(p->told[SOUTH_BEFORE_READ], 0);
}

static void bad_requests_get_their_exception(void **state)
{
    static const struct {
        uint8_t bytes[20];
        size_t len;
        uint8_t exception;
    } cases[] = {
        {{0, 1, 0, 0, 0, 6, 1, 1, 0, 0, 0, 1}, 12, 1},                 /* coils */
        {{0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0}, 12, 3},                 /* no registers */
        {{0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 126}, 12, 3},               /* too many */
        {{0, 1, 0, 0, 0, 6, 1, 3, 255, 255, 0, 2}, 12, 2},             /* beyond the end */
        {{0, 1, 0, 0, 0, 5, 1, 3, 0, 0, 0}, 11, 3},                    /* cut short */
        {{0, 1, 0, 0, 0, 7, 1, 3, 0, 0, 0, 1, 0}, 13, 3},              /* too long */
        {{0, 1, 0, 0, 0, 9, 1, 16, 0, 0, 0, 2, 2, 0, 1}, 15, 3},       /* counts disagree */
        {{0, 1, 0, 0, 0, 8, 1, 16, 0, 0, 0, 1, 2, 0}, 14, 3},          /* value cut */
        {{0, 1, 0, 0, 0, 6, 2, 3, 0, 0, 0, 1}, 12, 11},                /* another unit */
    };
    plant *p = *state;
    int fd = knock(p);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t answer[16] = {0};
        (void)send(fd, cases[i].bytes, cases[i].len, MSG_NOSIGNAL);
        serve_a_while(p);
        assert_int_equal(recv(fd, answer, sizeof(answer), MSG_DONTWAIT), 9);
        assert_int_equal(answer[7], cases[i].bytes[7] | 0x80);
        assert_int_equal(answer[8], cases[i].exception);
    }
    assert_int_equal(p->told[SOUTH_BEFORE_READ] + p->told[SOUTH_BEFORE_WRITE], 0);
    (void)close(fd);
}

static void dead_peers_do_not_keep_live_ones_out(void **state)
{
    plant *p = *state;
    int dead[SOUTH_CONNECTIONS_MAX];
    south_bus *bus;
    south_job job = {.id = 9, .action = SOUTH_READ, .address = 5, .count = 1};

    for (size_t i = 0; i < SOUTH_CONNECTIONS_MAX; i++) {
        dead[i] = knock(p);
        serve_a_while(p);
    }
    assert_int_equal(p->told[SOUTH_CONNECTED], SOUTH_CONNECTIONS_MAX);
    bus = bus_to(south_server_port(p->server), 2000);
    assert_int_equal(ask(p, bus, &job).err, ESS_OK);
    assert_int_equal(p->told[SOUTH_DISCONNECTED], 1);
    south_bus_free(bus);
    for (size_t i = 0; i < SOUTH_CONNECTIONS_MAX; i++)
        (void)close(dead[i]);
}

static void a_peer_that_takes_no_answers_is_not_read_from(void **state)
{
    static const uint8_t request[] = {0, 9, 0, 0, 0, 6, 1, 3, 0, 0, 0, 125};
    plant *p = *state;
    int fd = knock(p), small = 1;
    size_t asked = 0, idle = 0;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    while (idle < 200 && asked < 200000) {
        bool sent = send(fd, request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
        asked += sent;
        idle = sent ? 0 : idle + 1;
        (void)port_loop_once(p->loop, 0);
    }
    assert_int_equal(p->told[SOUTH_DISCONNECTED], 0);
    assert_true(p->told[SOUTH_SERVED] < asked); /* the peer's window is the queue */
    (void)close(fd);
    serve_a_while(p);
}

int main(void)
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, start_plant, stop_plant)
    const struct CMUnitTest tests[] = {
        SERVED(reads_and_writes_go_through),
        SERVED(write_that_has_become_too_late_is_not_sent),
        SERVED(refusals_come_as_exceptions_and_keep_the_connection),
        SERVED(impossible_jobs_and_full_queue_are_refused),
        SERVED(bus_reconnects_when_the_equipment_comes_back),
        cmocka_unit_test(silence_is_a_timeout_and_a_late_answer_is_never_taken),
        SERVED(a_slow_peer_holds_up_nobody),
        SERVED(what_is_no_modbus_is_hung_up_on),
        SERVED(bad_requests_get_their_exception),
        SERVED(dead_peers_do_not_keep_live_ones_out),
        SERVED(a_peer_that_takes_no_answers_is_not_read_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The loop: what is served, when, and what is not delivered to a stranger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/loop.h"

typedef struct seen {
    port_loop *loop;
    int calls;
    int last;
    unsigned ready;
    int other_fd;
    int timer;
    int order[8];
} seen;

static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
}

static void close_pair(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void count_fd(void *context, int fd, unsigned ready)
{
    seen *s = context;
    s->calls++;
    s->last = fd;
    s->ready = ready;
}

static void count_timer(void *context)
{
    ((seen *)context)->calls++;
}

static void serves_what_is_watched(void **state)
{
    (void)state;
    static const struct {
        unsigned watched;
        bool fill, hang_up;
        unsigned ready;
    } cases[] = {
        {PORT_READABLE, false, false, 0},
        {PORT_READABLE, true, false, PORT_READABLE},
        {PORT_WRITABLE, true, false, PORT_WRITABLE},
        {PORT_READABLE | PORT_WRITABLE, true, false, PORT_READABLE | PORT_WRITABLE},
        {PORT_READABLE, false, true, PORT_READABLE},
        {PORT_WRITABLE, false, true, PORT_WRITABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        seen s = {.last = -1};
        int pair[2];
        make_pair(pair);
        port_loop *loop = port_loop_new(2, 0);
        assert_int_equal(port_loop_watch(loop, pair[0], cases[i].watched, count_fd, &s), ESS_OK);
        if (cases[i].fill)
            assert_int_equal(write(pair[1], "x", 1), 1);
        if (cases[i].hang_up)
            (void)shutdown(pair[1], SHUT_RDWR);
        assert_int_equal(port_loop_once(loop, 0), ESS_OK);
        assert_int_equal(s.ready, cases[i].ready);
        assert_int_equal(s.calls, cases[i].ready != 0);
        port_loop_free(loop);
        close_pair(pair);
    }
}

static void watching_again_changes_events_and_handler(void **state)
{
    (void)state;
    seen first = {0}, second = {0};
    int pair[2];
    make_pair(pair);
    port_loop *loop = port_loop_new(1, 0);
    assert_int_equal(port_loop_watch(loop, pair[0], PORT_READABLE, count_fd, &first), ESS_OK);
    assert_int_equal(port_loop_watch(loop, pair[0], PORT_WRITABLE, count_fd, &second), ESS_OK);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(first.calls, 0);
    assert_int_equal(second.ready, PORT_WRITABLE);
    port_loop_free(loop);
    close_pair(pair);
}

static void refuses_more_than_its_room(void **state)
{
    (void)state;
    seen s = {0};
    int a[2], b[2], id = -7;
    make_pair(a);
    make_pair(b);
    port_loop *loop = port_loop_new(2, 1);
    assert_int_equal(port_loop_watch(loop, a[0], PORT_READABLE, count_fd, &s), ESS_OK);
    assert_int_equal(port_loop_watch(loop, a[1], PORT_READABLE, count_fd, &s), ESS_OK);
    assert_int_equal(port_loop_watch(loop, b[0], PORT_READABLE, count_fd, &s), ESS_OK);
    assert_int_equal(port_loop_watch(loop, b[1], PORT_READABLE, count_fd, &s), ESS_E_NO_ROOM);
    port_loop_unwatch(loop, a[0]);
    assert_int_equal(port_loop_watch(loop, b[1], PORT_READABLE, count_fd, &s), ESS_OK);
    assert_int_equal(port_loop_timer(loop, count_timer, &s, &id), ESS_OK);
    assert_int_equal(id, 0);
    id = -7;
    assert_int_equal(port_loop_timer(loop, count_timer, &s, &id), ESS_E_NO_ROOM);
    assert_int_equal(id, -7);
    port_loop_free(loop);
    close_pair(a);
    close_pair(b);
}

static void bad_descriptor_is_an_io_error(void **state)
{
    (void)state;
    seen s = {0};
    int pair[2];
    make_pair(pair);
    close_pair(pair);
    port_loop *loop = port_loop_new(1, 0);
    assert_int_equal(port_loop_watch(loop, pair[0], PORT_READABLE, count_fd, &s), ESS_E_IO);
    port_loop_unwatch(loop, pair[0]);
    port_loop_unwatch(loop, -1);
    port_loop_free(loop);
}

static void unwatch_other(void *context, int fd, unsigned ready)
{
    seen *s = context;
    count_fd(context, fd, ready);
    port_loop_unwatch(s->loop, s->other_fd);
}

/* Both are ready in one round; whichever is served first takes the other away. */
static void unwatched_in_the_same_round_is_not_served(void **state)
{
    (void)state;
    int pair[2];
    make_pair(pair);
    port_loop *loop = port_loop_new(4, 0);
    seen a = {.loop = loop, .other_fd = pair[1]}, b = {.loop = loop, .other_fd = pair[0]};
    assert_int_equal(port_loop_watch(loop, pair[0], PORT_WRITABLE, unwatch_other, &a), ESS_OK);
    assert_int_equal(port_loop_watch(loop, pair[1], PORT_WRITABLE, unwatch_other, &b), ESS_OK);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(a.calls + b.calls, 1);
    port_loop_free(loop);
    close_pair(pair);
}

static void close_and_reuse(void *context, int fd, unsigned ready)
{
    seen *s = context;
    count_fd(context, fd, ready);
    port_loop_unwatch(s->loop, s->other_fd);
    /* The same number, watched anew, but idle: nothing to read. */
    int fresh[2];
    make_pair(fresh);
    assert_int_equal(dup2(fresh[0], s->other_fd), s->other_fd);
    (void)close(fresh[0]);
    s->order[0] = fresh[1];
    assert_int_equal(
        port_loop_watch(s->loop, s->other_fd, PORT_READABLE, close_and_reuse, context), ESS_OK);
}

static void stale_event_does_not_reach_the_reused_number(void **state)
{
    (void)state;
    int pair[2];
    make_pair(pair);
    assert_int_equal(write(pair[0], "x", 1), 1);
    assert_int_equal(write(pair[1], "x", 1), 1);
    port_loop *loop = port_loop_new(4, 0);
    seen a = {.loop = loop, .other_fd = pair[1]}, b = {.loop = loop, .other_fd = pair[0]};
    assert_int_equal(port_loop_watch(loop, pair[0], PORT_READABLE, close_and_reuse, &a), ESS_OK);
    assert_int_equal(port_loop_watch(loop, pair[1], PORT_READABLE, close_and_reuse, &b), ESS_OK);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(a.calls + b.calls, 1);
    port_loop_free(loop);
    (void)close(a.calls ? a.order[0] : b.order[0]);
    close_pair(pair);
}

static void descriptor_closed_without_unwatch_can_be_watched_again(void **state)
{
    (void)state;
    seen s = {0};
    int old[2], fresh[2];
    make_pair(old);
    port_loop *loop = port_loop_new(1, 0);
    assert_int_equal(port_loop_watch(loop, old[0], PORT_READABLE, count_fd, &s), ESS_OK);
    make_pair(fresh);
    assert_int_equal(dup2(fresh[0], old[0]), old[0]);
    assert_int_equal(write(fresh[1], "x", 1), 1);
    assert_int_equal(port_loop_watch(loop, old[0], PORT_READABLE, count_fd, &s), ESS_OK);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(s.calls, 1);
    port_loop_free(loop);
    close_pair(old);
    close_pair(fresh);
}

typedef struct ordered {
    seen *s;
    int name;
} ordered;

static void note_order(void *context)
{
    ordered *o = context;
    o->s->order[o->s->calls++] = o->name;
}

static void due_timers_fire_once_in_order_of_time(void **state)
{
    (void)state;
    seen s = {0};
    ordered o[3] = {{&s, 0}, {&s, 1}, {&s, 2}};
    int ids[3];
    port_loop *loop = port_loop_new(1, 3);
    int64_t now = port_mono_ms();
    for (int i = 0; i < 3; i++)
        assert_int_equal(port_loop_timer(loop, note_order, &o[i], &ids[i]), ESS_OK);
    port_loop_arm(loop, ids[0], now - 1);
    port_loop_arm(loop, ids[1], now + 1000000);
    port_loop_arm(loop, ids[2], now - 5);
    assert_int_equal(port_loop_once(loop, -1), ESS_OK);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(s.calls, 2);
    assert_int_equal(s.order[0], 2);
    assert_int_equal(s.order[1], 0);
    port_loop_arm(loop, ids[1], now - 1);
    port_loop_disarm(loop, ids[1]);
    assert_int_equal(port_loop_once(loop, 0), ESS_OK);
    assert_int_equal(s.calls, 2);
    port_loop_free(loop);
}

static void rearm_in_the_past(void *context)
{
    seen *s = context;
    s->calls++;
    port_loop_arm(s->loop, s->timer, 0);
}

static void timer_rearmed_in_the_past_fires_once_a_round(void **state)
{
    (void)state;
    seen s = {.loop = port_loop_new(1, 2)};
    assert_int_equal(port_loop_timer(s.loop, rearm_in_the_past, &s, &s.timer), ESS_OK);
    port_loop_arm(s.loop, s.timer, 0);
    for (int round = 1; round <= 3; round++) {
        assert_int_equal(port_loop_once(s.loop, -1), ESS_OK);
        assert_int_equal(s.calls, round);
    }
    port_loop_free(s.loop);
}

static void waits_until_the_timer_is_due(void **state)
{
    (void)state;
    seen s = {0};
    int id;
    port_loop *loop = port_loop_new(1, 1);
    assert_int_equal(port_loop_timer(loop, count_timer, &s, &id), ESS_OK);
    int64_t due = port_mono_ms() + 3;
    port_loop_arm(loop, id, due);
    for (int round = 0; round < 100 && s.calls == 0; round++)
        assert_int_equal(port_loop_once(loop, -1), ESS_OK);
    assert_int_equal(s.calls, 1);
    assert_true(port_mono_ms() >= due);
    port_loop_free(loop);
}

static void stop_on_signal(void *context, int number)
{
    seen *s = context;
    s->calls++;
    s->last = number;
    port_loop_stop(s->loop);
}

static void signals_arrive_on_the_loop(void **state)
{
    (void)state;
    static const int numbers[] = {SIGUSR1, SIGUSR2, 0};
    seen s = {.loop = port_loop_new(0, 0)};
    assert_int_equal(port_loop_signals(s.loop, numbers, stop_on_signal, &s), ESS_OK);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(port_loop_run(s.loop), ESS_OK);
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.last, SIGUSR2);
    port_loop_free(s.loop);
}

static void signal_that_came_before_the_loop_is_delivered_by_it(void **state)
{
    (void)state;
    static const int numbers[] = {SIGALRM, 0}; /* of none of the other tests */
    seen s = {0};
    assert_int_equal(port_loop_hold_signals(numbers), ESS_OK);
    assert_int_equal(raise(SIGALRM), 0);
    s.loop = port_loop_new(0, 0);
    assert_int_equal(port_loop_signals(s.loop, numbers, stop_on_signal, &s), ESS_OK);
    assert_int_equal(port_loop_run(s.loop), ESS_OK);
    assert_int_equal(s.last, SIGALRM);
    port_loop_free(s.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_what_is_watched),
        cmocka_unit_test(watching_again_changes_events_and_handler),
        cmocka_unit_test(refuses_more_than_its_room),
        cmocka_unit_test(bad_descriptor_is_an_io_error),
        cmocka_unit_test(unwatched_in_the_same_round_is_not_served),
        cmocka_unit_test(stale_event_does_not_reach_the_reused_number),
        cmocka_unit_test(descriptor_closed_without_unwatch_can_be_watched_again),
        cmocka_unit_test(due_timers_fire_once_in_order_of_time),
        cmocka_unit_test(timer_rearmed_in_the_past_fires_once_a_round),
        cmocka_unit_test(waits_until_the_timer_is_due),
        cmocka_unit_test(signals_arrive_on_the_loop),
        cmocka_unit_test(signal_that_came_before_the_loop_is_delivered_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

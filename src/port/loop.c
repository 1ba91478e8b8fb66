/* One thread, one epoll.
 *
 * A descriptor is watched in a slot; epoll carries slot and generation, and a slot's generation
 * changes whenever it stops watching. So an event already fetched for a descriptor that an
 * earlier handler of the same round unwatched (or closed, and the kernel gave its number to
 * another) is dropped, not delivered to a stranger. Timers are scanned: there are tens of them, a
 * heap would be more code than time saved.
 *
 * A round: wait, serve descriptors, serve the timers that were due. What a handler arms is served
 * in the next round at the earliest, so a timer that re-arms itself in the past cannot starve the
 * descriptors.
 */
#include "port/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "codec/try.h"
#include "port/clock.h"

#define EVENTS_PER_ROUND 64

typedef struct watch {
    int fd; /* -1: free */
    uint32_t generation;
    unsigned events;
    port_fd_handler handler;
    void *context;
} watch;

typedef struct timer {
    port_timer_handler handler;
    void *context;
    bool armed;
    int64_t due_mono_ms;
    uint64_t armed_in_round;
} timer;

struct port_loop {
    int epoll_fd;
    int signal_fd;
    bool stop;
    uint64_t round;
    watch *watches;
    size_t watch_count;
    timer *timers;
    size_t timer_count, timer_room;
    port_signal_handler signal_handler;
    void *signal_context;
};

port_loop *port_loop_new(size_t max_fds, size_t max_timers)
{
    port_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return NULL;
    /* A peer that goes away is an error of the write that meets it, not the end of the program. */
    (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */
    loop->signal_fd = -1;
    loop->watch_count = max_fds + 1; /* one more for the signals */
    loop->timer_room = max_timers;
    loop->watches = calloc(loop->watch_count, sizeof *loop->watches);
    loop->timers = calloc(max_timers + 1, sizeof *loop->timers);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->watches == NULL || loop->timers == NULL || loop->epoll_fd < 0) {
        port_loop_free(loop);
        return NULL;
    }
    for (size_t i = 0; i < loop->watch_count; i++)
        loop->watches[i].fd = -1;
    return loop;
}

void port_loop_free(port_loop *loop)
{
    if (loop == NULL)
        return;
    if (loop->signal_fd >= 0)
        (void)close(loop->signal_fd);
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    free(loop->timers);
    free(loop->watches);
    free(loop);
}

/* fd -1 finds a free slot. */
static watch *find_watch(port_loop *loop, int fd)
{
    for (size_t i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i].fd == fd)
            return &loop->watches[i];
    }
    return NULL;
}

static int control(port_loop *loop, int operation, const watch *w, int fd)
{
    size_t slot = (size_t)(w - loop->watches);
    struct epoll_event event = {0};
    event.events = ((w->events & PORT_READABLE) ? (uint32_t)EPOLLIN : 0u) |
                   ((w->events & PORT_WRITABLE) ? (uint32_t)EPOLLOUT : 0u);
    event.data.u64 = (uint64_t)w->generation << 32 | slot;
    return epoll_ctl(loop->epoll_fd, operation, fd, &event);
}

static ess_err change_watch(port_loop *loop, watch *w, unsigned events)
{
    unsigned before = w->events;
    w->events = events;
    if (control(loop, EPOLL_CTL_MOD, w, w->fd) == 0)
        return ESS_OK;
    /* Closed without unwatch, and the number is another descriptor now: a new watch. */
    if (errno == ENOENT) {
        w->generation++;
        if (control(loop, EPOLL_CTL_ADD, w, w->fd) == 0)
            return ESS_OK;
    }
    w->events = before;
    return ESS_E_IO;
}

ess_err port_loop_watch(port_loop *loop, int fd, unsigned events, port_fd_handler handler,
                        void *context)
{
    assert(fd >= 0 && handler != NULL);
    assert(events != 0 && (events & ~(PORT_READABLE | PORT_WRITABLE)) == 0);
    watch *w = find_watch(loop, fd);
    if (w != NULL) {
        TRY(change_watch(loop, w, events));
    } else {
        w = find_watch(loop, -1);
        if (w == NULL)
            return ESS_E_NO_ROOM;
        w->events = events;
        if (control(loop, EPOLL_CTL_ADD, w, fd) != 0)
            return ESS_E_IO;
        w->fd = fd;
    }
    w->handler = handler;
    w->context = context;
    return ESS_OK;
}

void port_loop_unwatch(port_loop *loop, int fd)
{
    watch *w = fd >= 0 ? find_watch(loop, fd) : NULL;
    if (w == NULL)
        return;
    /* May fail when fd is closed already; epoll has forgotten it then. */
    (void)control(loop, EPOLL_CTL_DEL, w, fd);
    w->fd = -1;
    w->generation++;
}

ess_err port_loop_timer(port_loop *loop, port_timer_handler handler, void *context, int *id)
{
    if (loop->timer_count == loop->timer_room)
        return ESS_E_NO_ROOM;
    loop->timers[loop->timer_count] = (timer){.handler = handler, .context = context};
    *id = (int)loop->timer_count++;
    return ESS_OK;
}

static timer *timer_of(port_loop *loop, int id)
{
    assert(id >= 0 && (size_t)id < loop->timer_count);
    return &loop->timers[id];
}

void port_loop_arm(port_loop *loop, int id, int64_t due_mono_ms)
{
    timer *t = timer_of(loop, id);
    t->armed = true;
    t->due_mono_ms = due_mono_ms;
    t->armed_in_round = loop->round;
}

void port_loop_disarm(port_loop *loop, int id)
{
    timer_of(loop, id)->armed = false;
}

static void on_signal(void *context, int fd, unsigned ready)
{
    port_loop *loop = context;
    struct signalfd_siginfo info;
    (void)ready;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        loop->signal_handler(loop->signal_context, (int)info.ssi_signo);
}

static sigset_t set_of(const int *numbers)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; numbers[i] != 0; i++)
        (void)sigaddset(&set, numbers[i]);
    return set;
}

ess_err port_loop_hold_signals(const int *numbers)
{
    sigset_t set = set_of(numbers);
    return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? ESS_OK : ESS_E_IO;
}

ess_err port_loop_signals(port_loop *loop, const int *numbers, port_signal_handler handler,
                          void *context)
{
    sigset_t set = set_of(numbers);
    TRY(port_loop_hold_signals(numbers));
    /* A second call replaces the first: the same descriptor gets the new set. */
    int fd = signalfd(loop->signal_fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return ESS_E_IO;
    loop->signal_fd = fd;
    loop->signal_handler = handler;
    loop->signal_context = context;
    return port_loop_watch(loop, fd, PORT_READABLE, on_signal, loop);
}

/* The armed timer that is due first; those armed in this round are left for the next when
 * serving. NULL when none is armed. */
static timer *first_timer(port_loop *loop, bool serving)
{
    timer *first = NULL;
    for (size_t i = 0; i < loop->timer_count; i++) {
        timer *t = &loop->timers[i];
        if (!t->armed || (serving && t->armed_in_round == loop->round))
            continue;
        if (first == NULL || t->due_mono_ms < first->due_mono_ms)
            first = t;
    }
    return first;
}

static int wait_time(port_loop *loop, int max_wait_ms)
{
    const timer *first = first_timer(loop, false);
    if (first == NULL)
        return max_wait_ms;
    int64_t now = port_mono_ms();
    int64_t left = first->due_mono_ms > now ? first->due_mono_ms - now : 0;
    if (left > INT_MAX)
        left = INT_MAX;
    return max_wait_ms >= 0 && max_wait_ms < left ? max_wait_ms : (int)left;
}

static void serve_event(port_loop *loop, const struct epoll_event *event)
{
    size_t slot = (size_t)(event->data.u64 & UINT32_MAX);
    watch *w = &loop->watches[slot];
    if (w->fd < 0 || w->generation != (uint32_t)(event->data.u64 >> 32))
        return;
    unsigned ready = ((event->events & (uint32_t)EPOLLIN) ? PORT_READABLE : 0u) |
                     ((event->events & (uint32_t)EPOLLOUT) ? PORT_WRITABLE : 0u);
    /* The handler learns of an error or a hang-up from the read or write it was waiting for. */
    if (event->events & (uint32_t)(EPOLLERR | EPOLLHUP))
        ready = PORT_READABLE | PORT_WRITABLE;
    ready &= w->events;
    if (ready != 0)
        w->handler(w->context, w->fd, ready);
}

static void serve_timers(port_loop *loop)
{
    int64_t now = port_mono_ms();
    for (size_t served = 0; served < loop->timer_count; served++) {
        timer *t = first_timer(loop, true);
        if (t == NULL || t->due_mono_ms > now)
            return;
        t->armed = false;
        t->handler(t->context);
    }
}

ess_err port_loop_once(port_loop *loop, int max_wait_ms)
{
    struct epoll_event events[EVENTS_PER_ROUND];
    int wait_ms = wait_time(loop, max_wait_ms);
    loop->round++;
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_ROUND, wait_ms);
    if (count < 0 && errno != EINTR)
        return ESS_E_IO;
    for (int i = 0; i < count; i++)
        serve_event(loop, &events[i]);
    serve_timers(loop);
    return ESS_OK;
}

ess_err port_loop_run(port_loop *loop)
{
    while (!loop->stop)
        TRY(port_loop_once(loop, -1));
    loop->stop = false;
    return ESS_OK;
}

void port_loop_stop(port_loop *loop)
{
    loop->stop = true;
}

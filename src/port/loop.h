/* One thread, one epoll: descriptors, timers, signals (the shape of Redis' ae).
 *
 * Handlers run on the loop's thread, one at a time, never under a lock. All memory is taken in
 * port_loop_new.
 */
#ifndef ESS_PORT_LOOP_H
#define ESS_PORT_LOOP_H

#include "ess/base.h"

typedef struct port_loop port_loop;

#define PORT_READABLE 1u
#define PORT_WRITABLE 2u

typedef void (*port_fd_handler)(void *context, int fd, unsigned ready);
typedef void (*port_timer_handler)(void *context);
typedef void (*port_signal_handler)(void *context, int number);

/* Room for so many descriptors and timers. Also ignores SIGPIPE for the process. NULL only when
 * memory is out. */
port_loop *port_loop_new(size_t max_fds, size_t max_timers);
void port_loop_free(port_loop *loop);

/* Watches fd for PORT_READABLE | PORT_WRITABLE; calling again for the same fd changes what is
 * watched. Level triggered. ESS_E_NO_ROOM, ESS_E_IO. */
ess_err port_loop_watch(port_loop *loop, int fd, unsigned events, port_fd_handler handler,
                        void *context);
/* Stops watching; safe inside a handler, also for another fd that is ready in the same round. */
void port_loop_unwatch(port_loop *loop, int fd);

/* A timer slot, not armed. *id is valid until the loop is freed. ESS_E_NO_ROOM. */
ess_err port_loop_timer(port_loop *loop, port_timer_handler handler, void *context, int *id);
/* Arms (or re-arms) for one shot at that monotonic time; a time in the past fires in the next
 * round. */
void port_loop_arm(port_loop *loop, int id, int64_t due_mono_ms);
void port_loop_disarm(port_loop *loop, int id);

/* Holds back these signals (0-terminated list) until port_loop_signals delivers them. Called first
 * thing in main, so that one that comes while the program starts ends it in order, not dead. */
ess_err port_loop_hold_signals(const int *numbers);
/* Delivers these signals (0-terminated list) to handler through a signalfd; blocks them for the
 * process: call before any thread is started. */
ess_err port_loop_signals(port_loop *loop, const int *numbers, port_signal_handler handler,
                          void *context);

/* Runs until port_loop_stop. Returns ESS_E_IO if epoll itself fails. */
ess_err port_loop_run(port_loop *loop);
/* One round: waits at most max_wait_ms (or until something is due) and serves what is ready. */
ess_err port_loop_once(port_loop *loop, int max_wait_ms);
void port_loop_stop(port_loop *loop);

#endif

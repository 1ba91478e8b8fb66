/* Bounded queue between two threads: fixed-size items, copied in and out; an eventfd says that
 * there is something to take. The only way in the house to cross a thread. */
#ifndef ESS_PORT_QUEUE_H
#define ESS_PORT_QUEUE_H

#include "ess/base.h"

typedef struct port_queue port_queue;

/* NULL when memory or descriptors are out. */
port_queue *port_queue_new(size_t item_size, size_t capacity);
void port_queue_free(port_queue *queue);
/* Copies an item in. ESS_E_NO_ROOM at once when full. */
ess_err port_queue_put(port_queue *queue, const void *item);
/* Copies an item out. ESS_E_NOT_FOUND at once when empty. */
ess_err port_queue_take(port_queue *queue, void *item);
/* Waits for an item at most wait_ms (-1: until closed). ESS_E_TIMEOUT, ESS_E_STATE when closed
 * and empty. */
ess_err port_queue_wait(port_queue *queue, void *item, int wait_ms);
/* Wakes all waiters; puts are refused (ESS_E_STATE) from now on. */
void port_queue_close(port_queue *queue);
/* Readable while the queue may hold something: for port_loop_watch. */
int port_queue_fd(const port_queue *queue);

#endif

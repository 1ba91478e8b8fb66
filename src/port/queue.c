/* Bounded queue between two threads: a ring under a mutex, and an eventfd that is readable
 * exactly while the ring holds something.
 *
 * The eventfd changes only when the ring becomes non-empty or empty, under the same lock, so the
 * two cannot disagree. Rejected: a lock-free ring; at our rates it saves nothing that could be
 * measured and needs a proof for every change.
 */
#include "port/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct port_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled; /* signalled when an item arrives or the queue closes */
    int event_fd;
    bool closed;
    size_t item_size, capacity;
    size_t first, count; /* the ring: index of the oldest item, how many there are */
    unsigned char *items;
};

static bool make_locks(port_queue *queue)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&queue->lock, NULL) != 0)
        return false;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&queue->filled, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return made;
}

port_queue *port_queue_new(size_t item_size, size_t capacity)
{
    port_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    queue->item_size = item_size;
    queue->capacity = capacity;
    queue->items = calloc(capacity, item_size);
    queue->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->items != NULL && queue->event_fd >= 0 && make_locks(queue))
        return queue;
    if (queue->event_fd >= 0)
        (void)close(queue->event_fd);
    free(queue->items);
    free(queue);
    return NULL;
}

void port_queue_free(port_queue *queue)
{
    if (queue == NULL)
        return;
    (void)pthread_cond_destroy(&queue->filled);
    (void)pthread_mutex_destroy(&queue->lock);
    (void)close(queue->event_fd);
    free(queue->items);
    free(queue);
}

ess_err port_queue_put(port_queue *queue, const void *item)
{
    ess_err err = ESS_OK;
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->closed) {
        err = ESS_E_STATE;
    } else if (queue->count == queue->capacity) {
        err = ESS_E_NO_ROOM;
    } else {
        size_t place = (queue->first + queue->count) % queue->capacity;
        memcpy(queue->items + place * queue->item_size, item, queue->item_size);
        if (queue->count++ == 0)
            (void)eventfd_write(queue->event_fd, 1); /* 1 on top of 0 cannot block */
        (void)pthread_cond_signal(&queue->filled);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return err;
}

/* Under the lock, with count > 0. */
static void take_first(port_queue *queue, void *item)
{
    memcpy(item, queue->items + queue->first * queue->item_size, queue->item_size);
    queue->first = (queue->first + 1) % queue->capacity;
    if (--queue->count == 0) {
        eventfd_t ignored;
        (void)eventfd_read(queue->event_fd, &ignored);
    }
}

ess_err port_queue_take(port_queue *queue, void *item)
{
    ess_err err = ESS_E_NOT_FOUND;
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        take_first(queue, item);
        err = ESS_OK;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return err;
}

static struct timespec due_in(int wait_ms)
{
    struct timespec due;
    (void)clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += wait_ms / 1000;
    due.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (due.tv_nsec >= 1000000000) {
        due.tv_sec++;
        due.tv_nsec -= 1000000000;
    }
    return due;
}

ess_err port_queue_wait(port_queue *queue, void *item, int wait_ms)
{
    struct timespec due = due_in(wait_ms < 0 ? 0 : wait_ms);
    ess_err err = ESS_OK;
    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed && err == ESS_OK) {
        if (wait_ms < 0)
            (void)pthread_cond_wait(&queue->filled, &queue->lock);
        else if (pthread_cond_timedwait(&queue->filled, &queue->lock, &due) == ETIMEDOUT)
            err = ESS_E_TIMEOUT;
    }
    /* An item that came in just as the time ran out is still handed over. */
    if (queue->count > 0) {
        take_first(queue, item);
        err = ESS_OK;
    } else if (queue->closed) {
        err = ESS_E_STATE;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return err;
}

void port_queue_close(port_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    (void)pthread_cond_broadcast(&queue->filled);
    (void)pthread_mutex_unlock(&queue->lock);
}

int port_queue_fd(const port_queue *queue)
{
    return queue->event_fd;
}

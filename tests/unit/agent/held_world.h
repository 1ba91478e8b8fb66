/* The world of an agent in a test's hand: both clocks in place of the C library's, and a line in
 * place of room link's. Nothing is sent anywhere; what would be stands in `line`. Only for a
 * program of one source file. */
#ifndef HELD_WORLD_H
#define HELD_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ess/limits.h"
#include "link/link.h"

/* ---- clocks; the bus asks from a thread of its own */

static _Atomic int64_t held_mono_ms, held_utc_ms;

int clock_gettime(clockid_t id, struct timespec *now)
{
    int64_t ms = id == CLOCK_REALTIME ? held_utc_ms : held_mono_ms;
    if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, id, now);
    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

/* ---- the line */

enum { HELD_MESSAGES = 2048, HELD_BYTES = 1 << 20 };

typedef struct held_message {
    char topic[160];
    ess_slice payload; /* in bytes */
    bool retained;
} held_message;

struct link_session {
    link_handler handler;
    void *context;
    bool is_up;
    size_t most; /* bytes of a payload that the broker takes */
    char hears[4][160], will_topic[160], will[1024];
    size_t hears_count, will_len;
    held_message sent[HELD_MESSAGES];
    size_t sent_count, bytes_used;
    char bytes[HELD_BYTES];
};

static link_session line;

static inline void held_line_forget(void)
{
    line.sent_count = line.bytes_used = 0;
}

static inline void held_line_tell(const link_event *event)
{
    if (event->kind == LINK_UP || event->kind == LINK_DOWN)
        line.is_up = event->kind == LINK_UP;
    line.handler(line.context, event);
}

ess_err link_new(port_loop *loop, const link_options *options, link_handler handler, void *context,
                 link_session **out)
{
    (void)loop;
    line.handler = handler;
    line.context = context;
    line.is_up = false;
    line.most = ESS_MESSAGE_MAX;
    line.hears_count = 0;
    for (; options->subscriptions[line.hears_count] != NULL && line.hears_count < 4;
         line.hears_count++)
        (void)snprintf(line.hears[line.hears_count], sizeof line.hears[0], "%s",
                       options->subscriptions[line.hears_count]);
    held_line_forget();
    *out = &line;
    return ESS_OK;
}

void link_free(link_session *link)
{
    (void)link;
}

ess_err link_set_will(link_session *link, const char *topic, ess_slice payload)
{
    (void)snprintf(link->will_topic, sizeof link->will_topic, "%s", topic);
    link->will_len = payload.len;
    return ess_slice_copy(payload, link->will, sizeof link->will);
}

void link_start(link_session *link)
{
    (void)link;
}

void link_stop(link_session *link)
{
    link->is_up = false;
}

bool link_is_up(const link_session *link)
{
    return link->is_up;
}

size_t link_in_flight(const link_session *link)
{
    (void)link;
    return 0;
}

ess_err link_publish(link_session *link, const link_message *message)
{
    if (!link->is_up)
        return ESS_E_OFFLINE;
    if (message->payload.len > link->most)
        return ESS_E_TOO_LARGE;
    assert_true(link->sent_count < HELD_MESSAGES);
    assert_true(message->payload.len <= HELD_BYTES - link->bytes_used);
    held_message *sent = &link->sent[link->sent_count++];
    (void)snprintf(sent->topic, sizeof sent->topic, "%s", message->topic);
    sent->payload = (ess_slice){link->bytes + link->bytes_used, message->payload.len};
    memcpy(link->bytes + link->bytes_used, message->payload.ptr, message->payload.len);
    link->bytes_used += message->payload.len;
    sent->retained = message->retain;
    return ESS_OK;
}

#endif

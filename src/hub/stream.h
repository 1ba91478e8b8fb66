/* The live stream's memory: a ring of recent events that all viewers share.
 *
 * An event is formatted once ("id: .. event: .. data: ..") and kept until newer ones need its
 * place; a viewer is a cursor into the ring. So a slow viewer costs nothing and holds nobody up:
 * when the ring has run past it, it is told to go (rejected: a queue a viewer, whose memory grows
 * with the slowest).
 */
#ifndef ESS_HUB_STREAM_H
#define ESS_HUB_STREAM_H

#include "ess/base.h"

#define STREAM_GROUP_MAX 64

typedef struct stream stream;

/* Where one viewer stands. */
typedef struct stream_cursor {
    uint64_t next;                    /* id of the event to give next */
    size_t offset;                    /* bytes of it given already */
    char group[STREAM_GROUP_MAX + 1]; /* only this group's events; "": all */
} stream_cursor;

/* bytes: of event text kept; events: how many at most; first_id: id of the first event, greater
 * than any id of an earlier run, so that an old Last-Event-ID is never taken for a new one.
 * NULL when memory is out. */
stream *stream_new(size_t bytes, size_t events, uint64_t first_id);
void stream_free(stream *ring);

/* Adds an event. event: name without line breaks; group: "" goes to everybody; data: one line.
 * ESS_E_TOO_LARGE for one that could never fit; nothing changes then. */
ess_err stream_publish(stream *ring, const char *event, ess_slice group, ess_slice data);
/* Adds a comment line for everybody (": ping"), which keeps proxies from closing a silent line. */
void stream_ping(stream *ring);

/* A cursor behind event last_id if that is still in the ring, else at what comes next. group: at
 * most STREAM_GROUP_MAX bytes, else ESS_E_TOO_LARGE. */
ess_err stream_begin(const stream *ring, ess_slice group, uint64_t last_id, stream_cursor *out);
/* Copies what there is for this viewer, at most room_size bytes; *len 0: caught up.
 * ESS_E_NOT_FOUND: the ring has run past the viewer. */
ess_err stream_read(const stream *ring, stream_cursor *cursor, char *room, size_t room_size,
                    size_t *len);
/* True when stream_read has something to give, or must send the viewer away. */
bool stream_has(const stream *ring, stream_cursor *cursor);

#endif

/* Ring of events: a table of where each lies, and the bytes, both overwritten round and round.
 *
 * Positions of bytes are counted from the beginning of time; the place in the ring is the
 * position modulo its size. An event is there as long as its first byte has not been overwritten
 * and its row in the table is its own.
 */
#include "hub/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 128

typedef struct event_row {
    uint64_t start; /* position of its first byte */
    size_t len;
    char group[STREAM_GROUP_MAX + 1];
} event_row;

struct stream {
    char *bytes;
    size_t size;
    event_row *rows;
    size_t row_count;
    uint64_t first, next; /* ids kept: first..next - 1 */
    uint64_t end;         /* position behind the last byte */
};

stream *stream_new(size_t bytes, size_t events, uint64_t first_id)
{
    stream *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return NULL;
    ring->bytes = malloc(bytes);
    ring->size = bytes;
    ring->rows = calloc(events, sizeof *ring->rows);
    ring->row_count = events;
    ring->first = ring->next = first_id;
    if (ring->bytes == NULL || ring->rows == NULL) {
        stream_free(ring);
        return NULL;
    }
    return ring;
}

void stream_free(stream *ring)
{
    if (ring == NULL)
        return;
    free(ring->rows);
    free(ring->bytes);
    free(ring);
}

static event_row *row_of(const stream *ring, uint64_t id)
{
    return &ring->rows[id % ring->row_count];
}

static void put(stream *ring, ess_slice text)
{
    size_t at = (size_t)(ring->end % ring->size);
    size_t before_wrap = ring->size - at < text.len ? ring->size - at : text.len;
    if (text.len == 0)
        return;
    memcpy(ring->bytes + at, text.ptr, before_wrap);
    memcpy(ring->bytes, text.ptr + before_wrap, text.len - before_wrap);
    ring->end += text.len;
}

static void get(const stream *ring, uint64_t position, char *room, size_t len)
{
    size_t at = (size_t)(position % ring->size);
    size_t before_wrap = ring->size - at < len ? ring->size - at : len;
    memcpy(room, ring->bytes + at, before_wrap);
    memcpy(room + before_wrap, ring->bytes, len - before_wrap);
}

/* Gives up the oldest events until a row and len bytes are free. */
static void make_room(stream *ring, size_t len)
{
    while (ring->first < ring->next &&
           (ring->next - ring->first == ring->row_count ||
            ring->end + len - row_of(ring, ring->first)->start > ring->size))
        ring->first++;
}

static ess_err add(stream *ring, ess_slice group, ess_slice head, ess_slice data)
{
    ess_slice tail = ESS_SLICE_LITERAL("\n\n");
    size_t len = head.len + data.len + tail.len;
    if (len > ring->size || group.len > STREAM_GROUP_MAX)
        return ESS_E_TOO_LARGE;
    make_room(ring, len);
    event_row *row = row_of(ring, ring->next);
    *row = (event_row){.start = ring->end, .len = len};
    if (group.len > 0)
        memcpy(row->group, group.ptr, group.len);
    put(ring, head);
    put(ring, data);
    put(ring, tail);
    ring->next++;
    return ESS_OK;
}

ess_err stream_publish(stream *ring, const char *event, ess_slice group, ess_slice data)
{
    char head[HEAD_MAX];
    int len = snprintf(head, sizeof head,
                       "id: %llu\nevent: %s\ndata: ", (unsigned long long)ring->next, event);
    if (len < 0 || (size_t)len >= sizeof head)
        return ESS_E_TOO_LARGE;
    return add(ring, group, (ess_slice){head, (size_t)len}, data);
}

void stream_ping(stream *ring)
{
    /* Fits any ring that could hold an event at all. */
    (void)add(ring, (ess_slice){0}, ESS_SLICE_LITERAL(": ping"), (ess_slice){0});
}

ess_err stream_begin(const stream *ring, ess_slice group, uint64_t last_id, stream_cursor *out)
{
    stream_cursor cursor = {.next = ring->next};
    if (ess_slice_copy(group, cursor.group, sizeof cursor.group) != ESS_OK)
        return ESS_E_TOO_LARGE;
    if (last_id < ring->next && last_id + 1 >= ring->first)
        cursor.next = last_id + 1;
    *out = cursor;
    return ESS_OK;
}

static bool is_for(const event_row *row, const stream_cursor *cursor)
{
    return row->group[0] == '\0' || cursor->group[0] == '\0' ||
           strcmp(row->group, cursor->group) == 0;
}

ess_err stream_read(const stream *ring, stream_cursor *cursor, char *room, size_t room_size,
                    size_t *len)
{
    size_t given = 0;
    if (!stream_has(ring, cursor)) {
        *len = 0;
        return ESS_OK;
    }
    if (cursor->next < ring->first)
        return ESS_E_NOT_FOUND;
    while (given < room_size && stream_has(ring, cursor)) {
        const event_row *row = row_of(ring, cursor->next);
        size_t left = row->len - cursor->offset;
        size_t step = left < room_size - given ? left : room_size - given;
        get(ring, row->start + cursor->offset, room + given, step);
        given += step;
        cursor->offset += step;
        if (step == left) {
            cursor->next++;
            cursor->offset = 0;
        }
    }
    *len = given;
    return ESS_OK;
}

bool stream_has(const stream *ring, stream_cursor *cursor)
{
    if (cursor->next < ring->first)
        return true; /* it must be sent away */
    while (cursor->next < ring->next && !is_for(row_of(ring, cursor->next), cursor))
        cursor->next++;
    return cursor->next < ring->next;
}

/* Opening a log after whatever happened: finds the segments, checks every record, visits it, and
 * only when all of that went well mends the end.
 *
 * Where a record is not valid:
 *  - in an older segment, before the next one's first number: damage;
 *  - in the last segment, when a later record proves that this one had been synced: damage;
 *  - else: the tail of a write that a crash cut short (part of a record, zeros, pages that reached
 *    the disk out of order); cut off.
 *
 * Records found whole may be in the page cache alone: after kill -9, or after a failed sync that
 * marked their pages clean. A sync would then do nothing, so the records that the last one does
 * not prove synced are written again before the sync, and what was visited is durable.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "port/file.h"
#include "port/log.h"
#include "store/log_internal.h"

#define SCAN_BYTES 65536

typedef struct recovery {
    store_log *log;
    store_log_visit visit;
    void *context;
    bool overflow;         /* more segments than the table holds */
    uint64_t last_size;    /* of the last segment's file, torn tail included */
    uint64_t proved_below; /* in the last segment, records below had been synced */
} recovery;

/* A segment being read. */
typedef struct scan {
    int fd;
    uint64_t first;
    uint64_t size;   /* of the file */
    uint64_t offset; /* of the next record */
    uint64_t number; /* it should have */
} scan;

static void collect_name(void *context, const char *name)
{
    recovery *r = context;
    uint64_t first = segment_first_of(name);
    if (first == 0)
        return;
    r->overflow = r->log->count == STORE_SEGMENTS_MAX;
    if (!r->overflow)
        r->log->segments[r->log->count++] = (log_segment){.first = first};
}

static int compare_segments(const void *a, const void *b)
{
    const log_segment *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

static ess_err find_segments(recovery *r)
{
    store_log *log = r->log;
    if (log->calls->list(log->directory, collect_name, r) != 0)
        return port_file_error(errno);
    if (r->overflow)
        return ESS_E_TOO_LARGE;
    qsort(log->segments, log->count, sizeof *log->segments, compare_segments);
    return ESS_OK;
}

static ess_err open_scan(const store_log *log, uint64_t first, scan *s)
{
    *s = (scan){.fd = -1, .first = first, .number = first, .offset = SEGMENT_HEADER_BYTES};
    TRY(log_open_segment(log, first, O_RDWR, &s->fd));
    int64_t size = log->calls->size(s->fd);
    ess_err err = size < 0 ? port_file_error(errno) : ESS_OK;
    if (err == ESS_OK && size > UINT32_MAX)
        err = ESS_E_CORRUPT;
    if (err != ESS_OK)
        (void)log->calls->close(s->fd);
    else
        s->size = (uint64_t)size;
    return err;
}

static ess_err check_header(const store_log *log, const scan *s)
{
    uint8_t bytes[SEGMENT_HEADER_BYTES];
    size_t got = 0;
    TRY(port_file_read(log->calls, s->fd, bytes, sizeof bytes, 0, &got));
    if (got < sizeof bytes)
        return ESS_E_CORRUPT;
    return segment_check_header(log->key, s->first, bytes);
}

static ess_err need_buffer(store_log *log, size_t size)
{
    if (size <= log->buffer_size)
        return ESS_OK;
    uint8_t *larger = realloc(log->buffer, size);
    if (larger == NULL)
        return ESS_E_INTERNAL;
    log->buffer = larger;
    log->buffer_size = size;
    return ESS_OK;
}

/* Reads the record at an offset and opens its seal. ESS_E_CORRUPT when there is no valid one. */
static ess_err read_record(store_log *log, const scan *s, uint64_t offset, segment_record *record,
                           ess_slice *payload)
{
    uint8_t head[SEGMENT_HEAD_BYTES];
    size_t got = 0;
    TRY(port_file_read(log->calls, s->fd, head, sizeof head, offset, &got));
    if (got < sizeof head || !segment_read_head(head, record) ||
        record->sealed_len > s->size - offset - SEGMENT_HEAD_BYTES)
        return ESS_E_CORRUPT;
    size_t size = SEGMENT_HEAD_BYTES + (size_t)record->sealed_len;
    TRY(need_buffer(log, size));
    TRY(port_file_read(log->calls, s->fd, log->buffer, size, offset, &got));
    if (got < size)
        return ESS_E_CORRUPT;
    return segment_open_record(log->key, s->first, record, log->buffer, payload);
}

/* Takes valid records until stop (0: until the end). *damaged: it ended at one that is not. */
static ess_err take_records(recovery *r, log_segment *segment, scan *s, uint64_t stop,
                            bool *damaged)
{
    store_log *log = r->log;
    *damaged = false;
    while (s->offset < s->size && s->number != stop) {
        segment_record record;
        ess_slice payload;
        ess_err err = read_record(log, s, s->offset, &record, &payload);
        if (err == ESS_E_CORRUPT || (err == ESS_OK && record.number != s->number)) {
            *damaged = true;
            return ESS_OK;
        }
        if (err != ESS_OK)
            return err;
        if (r->visit != NULL)
            TRY(r->visit(r->context, record.number, record.kind, payload));
        if (record.unsynced_before < record.number)
            r->proved_below = record.number - record.unsynced_before;
        log_note(log, segment, s->number, s->offset);
        s->offset += SEGMENT_HEAD_BYTES + record.sealed_len;
        s->number++;
    }
    return ESS_OK;
}

/* Could a record with this head lie here and prove that record s->number had been synced? */
static bool may_prove(const scan *s, uint64_t offset, const uint8_t *bytes)
{
    segment_record record;
    if (!segment_read_head(bytes, &record))
        return false;
    uint64_t between = (offset - s->offset) / SEGMENT_RECORD_OVERHEAD;
    return record.number > s->number && record.number - s->number <= between &&
           record.unsynced_before < record.number - s->number;
}

/* Looks behind a bad record for a valid one that was written after it had been synced. Every
 * offset is tried, because the bad one's length may be what is damaged. */
static ess_err find_proof(store_log *log, const scan *s, bool *found)
{
    uint8_t *chunk = malloc(SCAN_BYTES);
    ess_err err = chunk == NULL ? ESS_E_INTERNAL : ESS_OK;
    *found = false;
    size_t got = SCAN_BYTES;
    for (uint64_t at = s->offset + 1; err == ESS_OK && !*found && got == SCAN_BYTES;
         at += SCAN_BYTES - SEGMENT_HEAD_BYTES + 1) {
        err = port_file_read(log->calls, s->fd, chunk, SCAN_BYTES, at, &got);
        for (size_t i = 0; err == ESS_OK && !*found && i + SEGMENT_HEAD_BYTES <= got; i++) {
            segment_record record;
            ess_slice payload;
            if (!may_prove(s, at + i, chunk + i))
                continue;
            ess_err opened = read_record(log, s, at + i, &record, &payload);
            *found = opened == ESS_OK;
            err = opened == ESS_E_CORRUPT ? ESS_OK : opened;
        }
    }
    free(chunk);
    return err;
}

static ess_err read_segment(recovery *r, size_t index, scan *s)
{
    store_log *log = r->log;
    log_segment *segment = &log->segments[index];
    bool last = index + 1 == log->count, damaged = false, proof = false;
    uint64_t stop = last ? 0 : log->segments[index + 1].first;
    TRY(check_header(log, s));
    r->proved_below = s->first;
    TRY(take_records(r, segment, s, stop, &damaged));
    if (!last && s->number != stop)
        return ESS_E_CORRUPT;
    if (damaged)
        TRY(find_proof(log, s, &proof));
    if (proof)
        return ESS_E_CORRUPT;
    segment->bytes = s->offset;
    log->next = s->number;
    return ESS_OK;
}

static ess_err read_segments(recovery *r)
{
    store_log *log = r->log;
    for (size_t i = 0; i < log->count; i++) {
        scan s;
        bool last = i + 1 == log->count;
        TRY(open_scan(log, log->segments[i].first, &s));
        ess_err err = read_segment(r, i, &s);
        if (err == ESS_E_CORRUPT)
            port_log(PORT_ERROR, "store=%s damaged: segment %016llx, record %llu, byte %llu",
                     log->directory, (unsigned long long)s.first, (unsigned long long)s.number,
                     (unsigned long long)s.offset);
        if (err == ESS_OK && last) {
            log->write_fd = s.fd; /* the log's from here on */
            r->last_size = s.size;
        } else {
            (void)log->calls->close(s.fd);
        }
        TRY(err);
    }
    return ESS_OK;
}

/* Writes the bytes of a range over themselves. */
static ess_err write_again(store_log *log, uint64_t from, uint64_t to)
{
    while (from < to) {
        size_t size = to - from < log->buffer_size ? (size_t)(to - from) : log->buffer_size;
        size_t got = 0;
        TRY(port_file_read(log->calls, log->write_fd, log->buffer, size, from, &got));
        if (got != size)
            return ESS_E_IO;
        TRY(port_file_write(log->calls, log->write_fd, log->buffer, size, from));
        from += size;
    }
    return ESS_OK;
}

static ess_err mend_tail(recovery *r)
{
    store_log *log = r->log;
    const log_segment *last = log_last(log);
    uint64_t torn = r->last_size - last->bytes, from = 0;
    if (torn > 0) {
        port_log(PORT_WARN, "store=%s cut %llu bytes of an unfinished write behind record %llu",
                 log->directory, (unsigned long long)torn, (unsigned long long)(log->next - 1));
        if (log->calls->truncate(log->write_fd, last->bytes) != 0)
            return port_file_error(errno);
    }
    if (r->proved_below < log->next) {
        TRY(log_locate(log, last, log->write_fd, r->proved_below, &from));
        TRY(write_again(log, from, last->bytes));
    }
    return log_sync_file(log, log->write_fd);
}

ess_err log_recover(store_log *log, store_log_visit visit, void *context)
{
    recovery r = {.log = log, .visit = visit, .context = context};
    TRY(find_segments(&r));
    TRY(read_segments(&r));
    if (log->count > 0)
        TRY(mend_tail(&r));
    /* The names of the segments may be as young as their records. */
    TRY(log_sync_directory(log));
    log->synced_next = log->next;
    log->synced_bytes = log->count > 0 ? log_last(log)->bytes : 0;
    log_count_bytes(log);
    return ESS_OK;
}

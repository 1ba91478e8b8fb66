/* Sealed append log: append, sync, read, drop. The bytes of a segment are in segment.h, opening
 * after a crash is in recover.c.
 *
 * Invariants that recovery rests on:
 *  - a segment gets its name (by rename) when its header is durable, and the name is durable
 *    before the first record: a file of that name always has a whole header;
 *  - a new segment begins only when every record of the one before is durable or withdrawn, and
 *    its first number is the first that is not durable; so whatever an older segment holds from
 *    that number on had been withdrawn and is passed over;
 *  - segments are unlinked oldest first, each unlink made durable before the next.
 *
 * A failed fdatasync: Linux may mark the pages clean although they never reached the disk, and
 * tell of the failure once; a second fdatasync would then succeed and lie. So nothing of that
 * segment since the last good sync is trusted: it is cut off and the file is not written again;
 * the next append begins a new segment in a new file.
 */
#include "store/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "port/file.h"
#include "port/log.h"
#include "store/log_internal.h"

#define SEGMENT_LEAST (64u << 10)
#define SEGMENT_MOST  (256u << 20)

ess_err log_path(const store_log *log, const char *name, char room[static LOG_PATH_BYTES])
{
    int len = snprintf(room, LOG_PATH_BYTES, "%s/%s", log->directory, name);
    return len > 0 && len < LOG_PATH_BYTES ? ESS_OK : ESS_E_NO_ROOM;
}

void log_note(const store_log *log, log_segment *segment, uint64_t number, uint64_t offset)
{
    uint64_t span = log->segment_bytes / LOG_MARKS;
    if (segment->mark_count == LOG_MARKS || offset < segment->mark_count * span)
        return;
    segment->marks[segment->mark_count++] =
        (log_mark){(uint32_t)(number - segment->first), (uint32_t)offset};
}

void log_count_bytes(store_log *log)
{
    log->total_bytes = 0;
    for (size_t i = 0; i < log->count; i++)
        log->total_bytes += log->segments[i].bytes;
}

ess_err log_open_segment(const store_log *log, uint64_t first, int flags, int *fd)
{
    char name[SEGMENT_NAME_BYTES], path[LOG_PATH_BYTES];
    segment_name(first, name);
    TRY(log_path(log, name, path));
    *fd = log->calls->open(path, flags, 0600);
    return *fd >= 0 ? ESS_OK : port_file_error(errno);
}

ess_err log_sync_file(const store_log *log, int fd)
{
    int result;
    do {
        result = log->calls->fdatasync(fd);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? ESS_OK : port_file_error(errno);
}

ess_err log_sync_directory(store_log *log)
{
    if (log->calls->fsync_dir(log->directory) != 0)
        return port_file_error(errno);
    log->unlink_unsynced = false;
    return ESS_OK;
}

/* ------------------------------------------------------------------------------ open and close */

static ess_err take_lock(store_log *log)
{
    char path[LOG_PATH_BYTES];
    TRY(log_path(log, "lock", path));
    log->lock_fd = log->calls->open(path, O_RDWR | O_CREAT, 0600);
    if (log->lock_fd < 0)
        return port_file_error(errno);
    if (log->calls->lock(log->lock_fd) == 0)
        return ESS_OK;
    return errno == EWOULDBLOCK ? ESS_E_STATE : port_file_error(errno);
}

static store_log *new_log(const store_log_options *options)
{
    store_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    log->calls = options->calls == NULL ? port_file_system() : options->calls;
    log->key = options->key;
    log->segment_bytes = options->segment_bytes;
    log->record_max = options->record_max;
    log->lock_fd = log->write_fd = log->read_fd = -1;
    log->next = log->synced_next = 1;
    log->buffer_size = (size_t)options->record_max + SEGMENT_RECORD_OVERHEAD;
    log->buffer = malloc(log->buffer_size);
    /* Untouched pages of it cost nothing. */
    log->segments = calloc(STORE_SEGMENTS_MAX, sizeof *log->segments);
    if (log->buffer == NULL || log->segments == NULL) {
        store_log_close(log);
        return NULL;
    }
    return log;
}

ess_err store_log_open(const store_log_options *options, store_log_visit visit, void *context,
                       store_log **out)
{
    assert(options->segment_bytes >= SEGMENT_LEAST && options->segment_bytes <= SEGMENT_MOST);
    assert(options->record_max >= 1 && options->record_max <= SEGMENT_PAYLOAD_MAX);
    store_log *log = new_log(options);
    if (log == NULL)
        return ESS_E_INTERNAL;
    ess_err err = ess_slice_copy(ess_slice_from(options->directory), log->directory,
                                 sizeof log->directory);
    if (err == ESS_OK)
        err = port_make_dir(log->directory);
    if (err == ESS_OK)
        err = take_lock(log);
    if (err == ESS_OK)
        err = log_recover(log, visit, context);
    if (err != ESS_OK) {
        store_log_close(log);
        return err;
    }
    *out = log;
    return ESS_OK;
}

void store_log_close(store_log *log)
{
    if (log == NULL)
        return;
    const int fds[] = {log->write_fd, log->read_fd, log->lock_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0)
            (void)log->calls->close(fds[i]); /* what matters was synced, and its error told */
    }
    free(log->segments);
    free(log->buffer);
    free(log);
}

/* -------------------------------------------------------------------------------------- append */

static ess_err write_new(store_log *log, const char *path, int *out)
{
    uint8_t header[SEGMENT_HEADER_BYTES];
    const port_file_calls *calls = log->calls;
    int fd = calls->open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return port_file_error(errno);
    segment_write_header(log->key, log->next, header);
    ess_err err = port_file_write(calls, fd, header, sizeof header, 0);
    if (err == ESS_OK)
        err = log_sync_file(log, fd);
    if (err != ESS_OK)
        (void)calls->close(fd); /* the next try writes over it */
    else
        *out = fd;
    return err;
}

/* Makes the file of a new segment durable: header, then its name. The name may be that of a
 * withdrawn segment without a good record; rename replaces it, so that there is no moment at which
 * the log has no segment and would forget its numbers. */
static ess_err make_segment(store_log *log, int *out)
{
    char name[SEGMENT_NAME_BYTES], path[LOG_PATH_BYTES], fresh[LOG_PATH_BYTES];
    int fd = -1;
    segment_name(log->next, name);
    TRY(log_path(log, name, path));
    TRY(log_path(log, "new", fresh));
    TRY(write_new(log, fresh, &fd));
    ess_err err = log->calls->rename(fresh, path) == 0 ? ESS_OK : port_file_error(errno);
    if (err == ESS_OK)
        err = log_sync_directory(log);
    if (err != ESS_OK)
        (void)log->calls->close(fd);
    else
        *out = fd;
    return err;
}

static ess_err begin_segment(store_log *log)
{
    int fd = -1;
    assert(log->next == log->synced_next);
    if (log->count == STORE_SEGMENTS_MAX)
        return ESS_E_STORAGE_FULL;
    TRY(make_segment(log, &fd));
    if (log->write_fd >= 0)
        (void)log->calls->close(log->write_fd);
    log->write_fd = fd;
    log_segment *segment = &log->segments[log->count++];
    segment->first = log->next;
    segment->bytes = log->synced_bytes = SEGMENT_HEADER_BYTES;
    segment->mark_count = 0;
    log_count_bytes(log);
    return ESS_OK;
}

static ess_err need_segment(store_log *log)
{
    const log_segment *last = log_last(log);
    bool all_synced = log->next == log->synced_next;
    if (log->write_fd < 0 || (all_synced && last->bytes >= log->segment_bytes &&
                              last->bytes > SEGMENT_HEADER_BYTES))
        return begin_segment(log);
    return ESS_OK;
}

ess_err store_log_append(store_log *log, uint8_t kind, ess_slice payload, uint64_t *number)
{
    if (payload.len > log->record_max)
        return ESS_E_TOO_LARGE;
    TRY(need_segment(log));
    log_segment *last = log_last(log);
    segment_record record = {
        .number = log->next,
        .unsynced_before = (uint32_t)(log->next - log->synced_next),
        .kind = kind,
    };
    if (last->bytes + log->buffer_size > UINT32_MAX)
        return ESS_E_TOO_LARGE; /* gigabytes without a sync */
    size_t size = segment_write_record(log->key, last->first, &record, payload, log->buffer);
    ess_err err = port_file_write(log->calls, log->write_fd, log->buffer, size, last->bytes);
    if (err != ESS_OK) {
        /* If this fails too, a part of a record is left that is no record; it is written over. */
        (void)log->calls->truncate(log->write_fd, last->bytes);
        return err;
    }
    log_note(log, last, record.number, last->bytes);
    last->bytes += size;
    log->total_bytes += size;
    log->next++;
    if (number != NULL)
        *number = record.number;
    return ESS_OK;
}

/* After a failed sync: back to the last good one, and never again into this file. */
static void withdraw(store_log *log)
{
    log_segment *last = log_last(log);
    (void)log->calls->truncate(log->write_fd, log->synced_bytes); /* recovery does without */
    (void)log->calls->close(log->write_fd);
    log->write_fd = -1;
    log->next = log->synced_next;
    log->cursor_number = 0;
    last->bytes = log->synced_bytes;
    /* The new segment will have the name of one without a good record. */
    if (last->first == log->next) {
        log->count--;
        if (log->read_first == last->first)
            log->read_first = 0;
    }
    log_count_bytes(log);
}

ess_err store_log_sync(store_log *log)
{
    if (log->next == log->synced_next)
        return ESS_OK;
    ess_err err = log_sync_file(log, log->write_fd);
    if (err != ESS_OK) {
        port_log(PORT_ERROR, "store=%s sync failed, %llu records withdrawn", log->directory,
                 (unsigned long long)(log->next - log->synced_next));
        withdraw(log);
        return err;
    }
    log->synced_next = log->next;
    log->synced_bytes = log_last(log)->bytes;
    return ESS_OK;
}

/* ---------------------------------------------------------------------------------------- read */

static const log_segment *segment_of(const store_log *log, uint64_t number)
{
    size_t low = 0, high = log->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (log->segments[middle].first <= number)
            low = middle;
        else
            high = middle;
    }
    return &log->segments[low];
}

/* The descriptor stays the log's. */
static ess_err reading_fd(store_log *log, const log_segment *segment, int *fd)
{
    if (log->write_fd >= 0 && segment == log_last(log)) {
        *fd = log->write_fd;
        return ESS_OK;
    }
    if (log->read_fd < 0 || log->read_first != segment->first) {
        if (log->read_fd >= 0)
            (void)log->calls->close(log->read_fd);
        log->read_fd = -1;
        int opened = -1;
        TRY(log_open_segment(log, segment->first, O_RDONLY, &opened));
        log->read_fd = opened;
        log->read_first = segment->first;
    }
    *fd = log->read_fd;
    return ESS_OK;
}

static ess_err read_head(const store_log *log, int fd, uint64_t offset, segment_record *record)
{
    uint8_t bytes[SEGMENT_HEAD_BYTES];
    size_t got = 0;
    TRY(port_file_read(log->calls, fd, bytes, sizeof bytes, offset, &got));
    return got == sizeof bytes && segment_read_head(bytes, record) ? ESS_OK : ESS_E_CORRUPT;
}

ess_err log_locate(const store_log *log, const log_segment *segment, int fd, uint64_t number,
                   uint64_t *offset)
{
    uint64_t at = segment->first, from = SEGMENT_HEADER_BYTES;
    for (size_t i = segment->mark_count; i > 0; i--) {
        const log_mark *mark = &segment->marks[i - 1];
        if (segment->first + mark->above_first > number)
            continue;
        at = segment->first + mark->above_first;
        from = mark->offset;
        break;
    }
    if (log->cursor_number > at && log->cursor_number <= number) {
        at = log->cursor_number;
        from = log->cursor_offset;
    }
    for (; at < number; at++) {
        segment_record record;
        TRY(read_head(log, fd, from, &record));
        if (record.number != at)
            return ESS_E_CORRUPT;
        from += SEGMENT_HEAD_BYTES + record.sealed_len;
    }
    *offset = from;
    return ESS_OK;
}

ess_err store_log_read(store_log *log, uint64_t number, uint8_t *kind, char *room,
                       size_t room_size, size_t *len)
{
    int fd = -1;
    uint64_t offset = 0;
    size_t got = 0;
    segment_record record;
    ess_slice payload;
    if (number < store_log_first(log) || number >= log->next)
        return ESS_E_NOT_FOUND;
    const log_segment *segment = segment_of(log, number);
    TRY(reading_fd(log, segment, &fd));
    TRY(log_locate(log, segment, fd, number, &offset));
    TRY(read_head(log, fd, offset, &record));
    size_t size = SEGMENT_HEAD_BYTES + (size_t)record.sealed_len;
    if (record.number != number)
        return ESS_E_CORRUPT;
    if (record.sealed_len - STORE_SEAL_OVERHEAD > room_size || size > log->buffer_size)
        return ESS_E_NO_ROOM;
    TRY(port_file_read(log->calls, fd, log->buffer, size, offset, &got));
    if (got != size)
        return ESS_E_CORRUPT;
    TRY(segment_open_record(log->key, segment->first, &record, log->buffer, &payload));
    memcpy(room, payload.ptr, payload.len);
    if (kind != NULL)
        *kind = record.kind;
    if (len != NULL)
        *len = payload.len;
    bool more = segment == segment_of(log, number + 1);
    log->cursor_number = more ? number + 1 : 0;
    log->cursor_offset = offset + size;
    return ESS_OK;
}

/* ---------------------------------------------------------------------------------------- drop */

/* Unlinks the oldest segment, durably before anything newer may go: an older one that came back
 * after a power cut while a newer one is gone would be a hole. */
static ess_err unlink_segment(store_log *log, uint64_t first)
{
    char name[SEGMENT_NAME_BYTES], path[LOG_PATH_BYTES];
    segment_name(first, name);
    TRY(log_path(log, name, path));
    if (log->unlink_unsynced)
        TRY(log_sync_directory(log));
    if (log->calls->unlink(path) != 0 && errno != ENOENT)
        return port_file_error(errno);
    log->unlink_unsynced = true;
    return ESS_OK;
}

ess_err store_log_drop_before(store_log *log, uint64_t first_kept)
{
    ess_err err = ESS_OK;
    size_t dropped = 0;
    while (dropped + 1 < log->count && log->segments[dropped + 1].first <= first_kept) {
        err = unlink_segment(log, log->segments[dropped].first);
        if (err != ESS_OK)
            break;
        dropped++;
    }
    if (dropped > 0) {
        log->count -= dropped;
        memmove(log->segments, log->segments + dropped, log->count * sizeof *log->segments);
        log_count_bytes(log);
        if (log->cursor_number < log->segments[0].first)
            log->cursor_number = 0;
        /* An open descriptor would keep the unlinked file's space. */
        if (log->read_fd >= 0 && log->read_first < log->segments[0].first) {
            (void)log->calls->close(log->read_fd);
            log->read_fd = -1;
        }
    }
    if (err == ESS_OK && log->unlink_unsynced)
        err = log_sync_directory(log);
    return err;
}

uint64_t store_log_first(const store_log *log)
{
    return log->count == 0 ? log->next : log->segments[0].first;
}

uint64_t store_log_next(const store_log *log)
{
    return log->next;
}

uint64_t store_log_bytes(const store_log *log)
{
    return log->total_bytes;
}

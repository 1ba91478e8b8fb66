/* The log's state, between its files: log.c (append, sync, read, drop) and recover.c (open). */
#ifndef ESS_STORE_LOG_INTERNAL_H
#define ESS_STORE_LOG_INTERNAL_H

#include "store/log.h"
#include "store/segment.h"

#define LOG_PATH_BYTES 4096
#define LOG_MARKS      32 /* places remembered in a segment */

/* Where a record begins. */
typedef struct log_mark {
    uint32_t above_first; /* number minus the segment's first */
    uint32_t offset;
} log_mark;

typedef struct log_segment {
    uint64_t first;
    uint64_t bytes; /* header and valid records; what lies behind is not there */
    size_t mark_count;
    log_mark marks[LOG_MARKS];
} log_segment;

struct store_log {
    const port_file_calls *calls;
    const store_key *key;
    uint32_t segment_bytes, record_max;
    char directory[LOG_PATH_BYTES];
    int lock_fd;
    int write_fd; /* the last segment; -1: the next append begins a new one */
    int read_fd;  /* of the segment read last; -1: none */
    uint64_t read_first;
    log_segment *segments; /* by first number, without gaps */
    size_t count;
    uint64_t next, synced_next; /* records below synced_next are durable */
    uint64_t synced_bytes;      /* of the last segment */
    uint64_t total_bytes;
    bool unlink_unsynced; /* an unlink is not yet durable */
    uint64_t cursor_number, cursor_offset; /* the record behind the one read last */
    uint8_t *buffer; /* one whole record */
    size_t buffer_size;
};

static inline log_segment *log_last(store_log *log)
{
    return log->count == 0 ? NULL : &log->segments[log->count - 1];
}

ess_err log_path(const store_log *log, const char *name, char room[static LOG_PATH_BYTES]);
/* Remembers where a record begins, at even distances over the segment. */
void log_note(const store_log *log, log_segment *segment, uint64_t number, uint64_t offset);
void log_count_bytes(store_log *log);
/* Finds where record number of the segment begins. fd: the segment's file. */
ess_err log_locate(const store_log *log, const log_segment *segment, int fd, uint64_t number,
                   uint64_t *offset);
/* Opens a segment's file. *fd is yours to close. */
ess_err log_open_segment(const store_log *log, uint64_t first, int flags, int *fd);
ess_err log_sync_file(const store_log *log, int fd);
ess_err log_sync_directory(store_log *log);

/* Reads what is in the directory into log, visits every valid record, mends the tail. */
ess_err log_recover(store_log *log, store_log_visit visit, void *context);

#endif

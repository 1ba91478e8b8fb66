/* Sealed append log: numbered records in segment files, each record encrypted and authenticated.
 *
 * Outbox and journals stand on it. A record is valid when its seal opens. After a crash the last
 * segment may end in a torn tail: it is cut off at the first record that is not valid, unless a
 * later record proves that this one had been synced; then it is damage, not a tear. Deleting
 * happens by whole segments, oldest first, so nothing is ever rewritten with other bytes
 * (rejected: a database, whose pages would be rewritten for every receipt).
 *
 * Segment file "<first record number, 16 hex>.log": header, then records; the layout of every
 * byte is in segment.h.
 */
#ifndef ESS_STORE_LOG_H
#define ESS_STORE_LOG_H

#include "ess/base.h"
#include "port/file.h"
#include "store/seal.h"

#define STORE_SEGMENTS_MAX 4096 /* beyond it the log counts as full */

typedef struct store_log store_log;

typedef struct store_log_options {
    const char *directory;      /* made if missing */
    const store_key *key;       /* borrowed until store_log_close */
    const port_file_calls *calls; /* NULL: the operating system's */
    uint32_t segment_bytes;     /* a new segment begins beyond this, at the first append after a
                                 * sync; 64 KiB .. 256 MiB */
    uint32_t record_max;        /* largest payload, bytes; 1 .. 16 MiB */
} store_log_options;

/* What stands in the log, oldest first; called during open for every valid record.
 * payload is borrowed for the call. An error from it stops the open and is returned. */
typedef ess_err (*store_log_visit)(void *context, uint64_t number, uint8_t kind,
                                   ess_slice payload);

/* Opens or makes the log; cuts a torn tail (a note in the program's log says how many bytes).
 * What is visited is durable once the open has succeeded, also if it was not when the program was
 * killed. visit may be NULL.
 * ESS_E_CORRUPT when a record before the last segment's tail fails its seal (wrong key or a
 * damaged disk): nothing is changed then. ESS_E_STATE when another process has the log open.
 * ESS_E_STORAGE_FULL, ESS_E_PERMISSION, ESS_E_IO. *out is yours to store_log_close. */
ess_err store_log_open(const store_log_options *options, store_log_visit visit, void *context,
                       store_log **out);
void store_log_close(store_log *log);

/* Adds a record; durable only after store_log_sync. kind is the caller's. *number: 1, 2, ...; may
 * be NULL. On failure nothing was added; records appended before stay.
 * ESS_E_TOO_LARGE, ESS_E_STORAGE_FULL (disk full; the log stays usable), ESS_E_IO. */
ess_err store_log_append(store_log *log, uint8_t kind, ess_slice payload, uint64_t *number);
/* Makes all appended records durable. After an error the records since the last good sync are
 * withdrawn: they are not read any more and their numbers are given again. After a crash right
 * then they may still be found, whole. The log stays usable; the next append begins a new segment,
 * because a descriptor whose sync failed cannot be trusted to tell of the next failure.
 * ESS_E_STORAGE_FULL, ESS_E_IO. Cost: one fdatasync; none when nothing was appended. */
ess_err store_log_sync(store_log *log);
/* Reads a record back, synced or not. kind and len may be NULL. ESS_E_NOT_FOUND when dropped
 * already or not there yet, ESS_E_NO_ROOM, ESS_E_CORRUPT, ESS_E_IO. Cost: one read and unseal when
 * read in order; else up to 1/32 of a segment's records are stepped over. */
ess_err store_log_read(store_log *log, uint64_t number, uint8_t *kind, char *room,
                       size_t room_size, size_t *len);
/* Unlinks every segment whose records are all < first_kept. Never the one being written. On error
 * (ESS_E_IO, ...) what was not unlinked is still there; call again. */
ess_err store_log_drop_before(store_log *log, uint64_t first_kept);
uint64_t store_log_first(const store_log *log); /* number of the oldest record kept */
uint64_t store_log_next(const store_log *log);  /* number the next append will get */
uint64_t store_log_bytes(const store_log *log); /* on disk */

#endif

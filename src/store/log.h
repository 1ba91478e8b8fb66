/* Sealed append log: numbered records in segment files, each record encrypted and authenticated.
 *
 * Outbox and journals stand on it. A record is valid when its seal opens; a torn tail after a
 * crash is cut off at the first record that does not. Deleting happens by whole segments, oldest
 * first, so nothing is ever rewritten in place (rejected: a database, whose pages would be
 * rewritten for every receipt).
 *
 * Segment file "<first record number, 16 hex>.log": header, then records; the layout of every
 * byte is in log.c.
 */
#ifndef ESS_STORE_LOG_H
#define ESS_STORE_LOG_H

#include "codec/base.h"
#include "port/file.h"
#include "store/seal.h"

typedef struct store_log store_log;

typedef struct store_log_options {
    const char *directory;      /* made if missing */
    const store_key *key;       /* borrowed until store_log_close */
    const port_file_calls *calls; /* NULL: the operating system's */
    uint32_t segment_bytes;     /* a new segment begins beyond this; 64 KiB .. 256 MiB */
    uint32_t record_max;        /* largest payload, bytes */
} store_log_options;

/* What stands in the log, oldest first; called during open for every valid record.
 * payload is borrowed for the call. An error from it stops the open and is returned. */
typedef ess_err (*store_log_visit)(void *context, uint64_t number, uint8_t kind,
                                   ess_slice payload);

/* Opens or makes the log; cuts a torn tail (a note in the program's log says how many bytes).
 * ESS_E_CORRUPT when a record before the last segment's tail fails its seal (wrong key or a
 * damaged disk): nothing is changed then. ESS_E_IO. *out is yours to store_log_close. */
ess_err store_log_open(const store_log_options *options, store_log_visit visit, void *context,
                       store_log **out);
void store_log_close(store_log *log);

/* Adds a record; durable only after store_log_sync. kind is the caller's. *number: 1, 2, ...
 * ESS_E_TOO_LARGE, ESS_E_STORAGE_FULL (disk full; the log stays usable), ESS_E_IO. */
ess_err store_log_append(store_log *log, uint8_t kind, ess_slice payload, uint64_t *number);
/* Makes all appended records durable. After an error the records since the last good sync are
 * withdrawn (the file is cut back), so what was not confirmed is not there. */
ess_err store_log_sync(store_log *log);
/* Reads a record back. room_size >= record_max. ESS_E_NOT_FOUND when dropped already. */
ess_err store_log_read(store_log *log, uint64_t number, uint8_t *kind, char *room,
                       size_t room_size, size_t *len);
/* Unlinks every segment whose records are all < first_kept. Never the one being written. */
ess_err store_log_drop_before(store_log *log, uint64_t first_kept);
uint64_t store_log_first(const store_log *log); /* number of the oldest record kept */
uint64_t store_log_next(const store_log *log);  /* number the next append will get */
uint64_t store_log_bytes(const store_log *log); /* on disk */

#endif

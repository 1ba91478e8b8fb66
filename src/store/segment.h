/* The bytes of a segment file, between log.c and the disk. Pure: bytes in, bytes out.
 *
 * All numbers are little-endian.
 *
 * Header, 64 bytes:
 *    0  8  "ESSLOG1\n"
 *    8  8  number of the first record of the segment, from 1; the file's name says the same
 *   16  4  version of the layout, 1
 *   20  4  zero
 *   24 40  seal of nothing, over the 24 bytes before: tells a wrong key from a damaged record
 *
 * Record:
 *    0  4  length of the sealed payload: payload + 40
 *    4  8  number
 *   12  4  how many records before this one were not yet synced when it was written
 *   16  1  kind, the caller's
 *   17  .  sealed payload; its seal is over the segment's first number (8) and the 17 bytes before
 *
 * A record is valid when its number is the one before it plus one and its seal opens: it cannot be
 * altered, moved, left out, repeated or given another kind. The third field is what makes a tear
 * and a damage two different things: record n with u unsynced before it proves that every record
 * below n - u had been synced; if one of those is bad, the disk lost it (rejected: cutting at the
 * first bad record whatever follows, which would quietly throw away confirmed records).
 */
#ifndef ESS_STORE_SEGMENT_H
#define ESS_STORE_SEGMENT_H

#include "ess/base.h"
#include "store/seal.h"

#define SEGMENT_HEADER_BYTES 64
#define SEGMENT_HEAD_BYTES   17 /* of a record, before its sealed payload */
#define SEGMENT_RECORD_OVERHEAD (SEGMENT_HEAD_BYTES + STORE_SEAL_OVERHEAD)
#define SEGMENT_PAYLOAD_MAX  (16u << 20)
#define SEGMENT_NAME_BYTES   21 /* "<16 hex>.log" and NUL */

typedef struct segment_record {
    uint64_t number;
    uint32_t sealed_len;
    uint32_t unsynced_before;
    uint8_t kind;
} segment_record;

/* The file's name. */
void segment_name(uint64_t first, char room[static SEGMENT_NAME_BYTES]);
/* The first number that a name says; 0 when it is no segment's name. */
uint64_t segment_first_of(const char *name);

void segment_write_header(const store_key *key, uint64_t first,
                          uint8_t room[static SEGMENT_HEADER_BYTES]);
/* ESS_E_CORRUPT when it is not the header of that segment under that key. */
ess_err segment_check_header(const store_key *key, uint64_t first,
                             const uint8_t bytes[static SEGMENT_HEADER_BYTES]);

/* Writes the record (sealed_len is set from the payload) and returns its size in bytes. */
size_t segment_write_record(const store_key *key, uint64_t first, const segment_record *record,
                            ess_slice payload, uint8_t *room);
/* Reads the head alone. False when its length is impossible. */
bool segment_read_head(const uint8_t bytes[static SEGMENT_HEAD_BYTES], segment_record *out);
/* Opens a whole record's seal in place. *payload lies in bytes. ESS_E_CORRUPT. */
ess_err segment_open_record(const store_key *key, uint64_t first, const segment_record *record,
                            uint8_t *bytes, ess_slice *payload);

#endif

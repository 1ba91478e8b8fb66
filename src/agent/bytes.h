/* Records of the outbox and the journal as bytes: whole numbers little-endian, texts behind
 * their length. The first error sticks, so a record is checked once, at its end. */
#ifndef ESS_AGENT_BYTES_H
#define ESS_AGENT_BYTES_H

#include "ess/base.h"

typedef struct bytes_writer {
    char *room;
    size_t size, len;
    bool full; /* something did not fit; len is then meaningless */
} bytes_writer;

void bytes_writer_init(bytes_writer *writer, char *room, size_t size);
void bytes_put_u8(bytes_writer *writer, uint8_t value);
void bytes_put_u64(bytes_writer *writer, uint64_t value);
void bytes_put_i64(bytes_writer *writer, int64_t value);
/* Length in 4 bytes, then the text. */
void bytes_put_text(bytes_writer *writer, ess_slice text);

typedef struct bytes_reader {
    ess_slice rest;
    bool bad; /* the record ended too early; values read since are 0 or empty */
} bytes_reader;

void bytes_reader_init(bytes_reader *reader, ess_slice record);
uint8_t bytes_take_u8(bytes_reader *reader);
uint64_t bytes_take_u64(bytes_reader *reader);
int64_t bytes_take_i64(bytes_reader *reader);
/* Borrowed from the record. */
ess_slice bytes_take_text(bytes_reader *reader);
/* True when everything was there and nothing is left over. */
bool bytes_reader_done(const bytes_reader *reader);

/* Overwrites eight bytes that bytes_put_u64 wrote at place. */
void bytes_patch_u64(char *place, uint64_t value);

#endif

/* The bytes of a segment file; segment.h describes each. */
#include "store/segment.h"
#include "codec/try.h"

#include <stdio.h>
#include <string.h>

#define NONCE_BYTES      24
#define SEALED_FROM      24 /* where the header's seal begins */
#define LAYOUT_VERSION   1
#define CONTEXT_BYTES    (8 + SEGMENT_HEAD_BYTES)

static const char magic[8] = {'E', 'S', 'S', 'L', 'O', 'G', '1', '\n'};

_Static_assert(SEALED_FROM + STORE_SEAL_OVERHEAD == SEGMENT_HEADER_BYTES, "header is full");

static void put_number(uint8_t *room, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        room[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = count; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static ess_slice slice_of(const uint8_t *bytes, size_t len)
{
    return (ess_slice){(const char *)bytes, len};
}

void segment_name(uint64_t first, char room[static SEGMENT_NAME_BYTES])
{
    (void)snprintf(room, SEGMENT_NAME_BYTES, "%016llx.log", (unsigned long long)first);
}

uint64_t segment_first_of(const char *name)
{
    uint64_t first = 0;
    if (strlen(name) != SEGMENT_NAME_BYTES - 1 || strcmp(name + 16, ".log") != 0)
        return 0;
    for (size_t i = 0; i < 16; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = strchr(digits, name[i]);
        if (digit == NULL)
            return 0;
        first = first << 4 | (uint64_t)(digit - digits);
    }
    return first;
}

static void put_header_start(uint64_t first, uint8_t room[static SEALED_FROM])
{
    memcpy(room, magic, sizeof magic);
    put_number(room + 8, first, 8);
    put_number(room + 16, LAYOUT_VERSION, 4);
    put_number(room + 20, 0, 4);
}

void segment_write_header(const store_key *key, uint64_t first,
                          uint8_t room[static SEGMENT_HEADER_BYTES])
{
    put_header_start(first, room);
    store_seal(key, slice_of(room, SEALED_FROM), (ess_slice){"", 0}, room + SEALED_FROM);
}

ess_err segment_check_header(const store_key *key, uint64_t first,
                             const uint8_t bytes[static SEGMENT_HEADER_BYTES])
{
    uint8_t wanted[SEALED_FROM];
    char nothing[1];
    put_header_start(first, wanted);
    if (memcmp(wanted, bytes, sizeof wanted) != 0)
        return ESS_E_CORRUPT;
    return store_unseal(key, slice_of(bytes, SEALED_FROM),
                        slice_of(bytes + SEALED_FROM, STORE_SEAL_OVERHEAD), nothing);
}

/* What a record's seal is over besides its payload. */
static void make_context(uint64_t first, const uint8_t *head, uint8_t room[static CONTEXT_BYTES])
{
    put_number(room, first, 8);
    memcpy(room + 8, head, SEGMENT_HEAD_BYTES);
}

size_t segment_write_record(const store_key *key, uint64_t first, const segment_record *record,
                            ess_slice payload, uint8_t *room)
{
    uint8_t context[CONTEXT_BYTES];
    size_t sealed_len = payload.len + STORE_SEAL_OVERHEAD;
    put_number(room, sealed_len, 4);
    put_number(room + 4, record->number, 8);
    put_number(room + 12, record->unsynced_before, 4);
    room[16] = record->kind;
    make_context(first, room, context);
    store_seal(key, slice_of(context, sizeof context), payload, room + SEGMENT_HEAD_BYTES);
    return SEGMENT_HEAD_BYTES + sealed_len;
}

bool segment_read_head(const uint8_t bytes[static SEGMENT_HEAD_BYTES], segment_record *out)
{
    out->sealed_len = (uint32_t)get_number(bytes, 4);
    out->number = get_number(bytes + 4, 8);
    out->unsynced_before = (uint32_t)get_number(bytes + 12, 4);
    out->kind = bytes[16];
    return out->sealed_len >= STORE_SEAL_OVERHEAD &&
           out->sealed_len <= SEGMENT_PAYLOAD_MAX + STORE_SEAL_OVERHEAD;
}

ess_err segment_open_record(const store_key *key, uint64_t first, const segment_record *record,
                            uint8_t *bytes, ess_slice *payload)
{
    uint8_t context[CONTEXT_BYTES];
    uint8_t *sealed = bytes + SEGMENT_HEAD_BYTES;
    char *plain = (char *)sealed + NONCE_BYTES;
    make_context(first, bytes, context);
    TRY(store_unseal(key, slice_of(context, sizeof context), slice_of(sealed, record->sealed_len),
                     plain));
    *payload = (ess_slice){plain, record->sealed_len - STORE_SEAL_OVERHEAD};
    return ESS_OK;
}

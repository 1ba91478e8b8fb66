/* The one door to libzstd.
 *
 * A frame is decompressed in one call into a room that is limited beforehand, so neither its window
 * nor its stated size makes anything be allocated; the streaming calls, which allocate the window,
 * were rejected.
 */
#include "pack/internal.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Reports are small: what the highest levels cost is some 100 us, and they gain 15 %. Beyond this
 * size they would cost milliseconds, and gain little. */
#define LEVEL_SMALL 19
#define LEVEL_LARGE 12
#define SMALL_BYTES 32768
#define BLOCKS_MOST 64 /* ENC-07: of 128 KiB in pieces of 2 KiB */

struct ess_pack_zstd {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
    ZSTD_CDict *small[ESS_PACK_DICTIONARIES_MAX], *large[ESS_PACK_DICTIONARIES_MAX];
    ZSTD_DDict *read[ESS_PACK_DICTIONARIES_MAX];
    size_t count;
};

static bool load_dictionaries(ess_pack_zstd *zstd)
{
    for (const ess_pack_dictionary *d = ess_pack_dictionaries; d->bytes != NULL; d++) {
        size_t i = zstd->count;
        if (i == ESS_PACK_DICTIONARIES_MAX)
            return false;
        zstd->count++;
        zstd->read[i] = ZSTD_createDDict(d->bytes, d->size);
        if (zstd->read[i] == NULL)
            return false;
    }
    return true;
}

ess_pack_zstd *ess_pack_zstd_new(void)
{
    ess_pack_zstd *zstd = calloc(1, sizeof *zstd);

    if (zstd == NULL)
        return NULL;
    zstd->compress = ZSTD_createCCtx();
    zstd->decompress = ZSTD_createDCtx();
    if (zstd->compress == NULL || zstd->decompress == NULL || !load_dictionaries(zstd)) {
        ess_pack_zstd_free(zstd);
        return NULL;
    }
    return zstd;
}

void ess_pack_zstd_free(ess_pack_zstd *zstd)
{
    if (zstd == NULL)
        return;
    for (size_t i = 0; i < zstd->count; i++) {
        (void)ZSTD_freeCDict(zstd->small[i]);
        (void)ZSTD_freeCDict(zstd->large[i]);
        (void)ZSTD_freeDDict(zstd->read[i]);
    }
    (void)ZSTD_freeCCtx(zstd->compress);
    (void)ZSTD_freeDCtx(zstd->decompress);
    free(zstd);
}

/* Prepared when first used: whoever only reads needs none. NULL: unknown, or memory is out. */
static const ZSTD_CDict *dictionary_of(ess_pack_zstd *zstd, uint32_t id, bool is_small)
{
    for (size_t i = 0; i < zstd->count; i++) {
        const ess_pack_dictionary *d = &ess_pack_dictionaries[i];
        ZSTD_CDict **made = is_small ? &zstd->small[i] : &zstd->large[i];
        if (d->id != id)
            continue;
        if (*made == NULL)
            *made = ZSTD_createCDict(d->bytes, d->size, is_small ? LEVEL_SMALL : LEVEL_LARGE);
        return *made;
    }
    return NULL;
}

bool ess_pack_zstd_encode(ess_pack_zstd *zstd, uint32_t dictionary, ess_slice json, char *room,
                          size_t *len)
{
    bool is_small = json.len <= SMALL_BYTES;
    const ZSTD_CDict *with = dictionary_of(zstd, dictionary, is_small);
    size_t made;

    if (dictionary != 0 && with == NULL)
        return false;
    if (with != NULL)
        made = ZSTD_compress_usingCDict(zstd->compress, room, ESS_MESSAGE_MAX, json.ptr, json.len,
                                        with);
    else
        made = ZSTD_compressCCtx(zstd->compress, room, ESS_MESSAGE_MAX, json.ptr, json.len,
                                 is_small ? LEVEL_SMALL : LEVEL_LARGE);
    if (ZSTD_isError(made))
        return false;
    *len = made;
    return true;
}

/* ---- reading */

uint32_t ess_pack_zstd_dictionary(ess_slice wire)
{
    return ZSTD_getDictID_fromFrame(wire.ptr, wire.len);
}

/* RFC 8878, 3.1.1.1: bit 5 of the descriptor says that the window is the content itself; else a
 * byte of 5 bits exponent and 3 bits mantissa follows. */
static uint64_t window_of(ess_slice wire)
{
    unsigned descriptor = (unsigned char)wire.ptr[4], window = (unsigned char)wire.ptr[5];
    uint64_t base;

    if (descriptor & 0x20)
        return 0;
    base = UINT64_C(1) << (10 + (window >> 3));
    return base + base / 8 * (window & 7);
}

static size_t header_bytes(unsigned descriptor)
{
    static const uint8_t id_bytes[] = {0, 1, 2, 4}, size_bytes[] = {0, 2, 4, 8};
    size_t size_flag = descriptor >> 6, is_single = descriptor >> 5 & 1;

    return 5 + (1 - is_single) + id_bytes[descriptor & 3] +
           (size_flag == 0 ? is_single : size_bytes[size_flag]);
}

/* Each block may bring tables that cost more than its bytes; so their number is bounded. The frame
 * is known to be whole. */
static bool has_few_blocks(ess_slice wire)
{
    size_t at = header_bytes((unsigned char)wire.ptr[4]);

    for (unsigned count = 0; count < BLOCKS_MOST; count++) {
        const unsigned char *head = (const unsigned char *)wire.ptr + at;
        uint32_t word;
        if (at + 3 > wire.len)
            return true; /* cannot be; the decompressor would say so */
        word = head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16;
        if (word & 1)
            return true;
        at += 3 + ((word >> 1 & 3) == 1 ? 1 : word >> 3);
    }
    return false;
}

static ess_err check_frame(ess_slice wire, ess_fault *fault)
{
    unsigned long long size = ZSTD_getFrameContentSize(wire.ptr, wire.len);
    size_t len = ZSTD_findFrameCompressedSize(wire.ptr, wire.len);

    if (size == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(len))
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-06", "a zstd frame that is cut or damaged");
    if (len != wire.len)
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-06", "bytes behind the zstd frame");
    if (window_of(wire) > ESS_PACK_WINDOW_MAX)
        return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-07", "a window of more than 128 KiB");
    if (!has_few_blocks(wire))
        return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-07", "more than 64 blocks");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size <= ess_pack_room_for(wire))
        return ESS_OK;
    if (size > ESS_MESSAGE_MAX)
        return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-04", "more than 128 KiB of JSON");
    return ess_pack_too_large(wire, fault);
}

ess_err ess_pack_zstd_decode(ess_pack_zstd *zstd, ess_slice wire, char *room, ess_slice *json,
                             ess_fault *fault)
{
    uint32_t id = ess_pack_zstd_dictionary(wire);
    const ZSTD_DDict *with = NULL;
    size_t len;
    ess_err err = check_frame(wire, fault);

    if (err != ESS_OK)
        return err;
    for (size_t i = 0; i < zstd->count && id != 0; i++) {
        if (ess_pack_dictionaries[i].id == id)
            with = zstd->read[i];
    }
    if (id != 0 && with == NULL)
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-08", "a dictionary that is not known here");
    len = with != NULL ? ZSTD_decompress_usingDDict(zstd->decompress, room, ess_pack_room_for(wire),
                                                    wire.ptr, wire.len, with)
                       : ZSTD_decompressDCtx(zstd->decompress, room, ess_pack_room_for(wire),
                                             wire.ptr, wire.len);
    if (!ZSTD_isError(len)) {
        *json = (ess_slice){room, len};
        return ESS_OK;
    }
    if (ZSTD_getErrorCode(len) == ZSTD_error_dstSize_tooSmall)
        return ess_pack_too_large(wire, fault);
    return ess_pack_refuse(fault, ESS_E_DATA, "ENC-06", "a zstd frame that is cut or damaged");
}

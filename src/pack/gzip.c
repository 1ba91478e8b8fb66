/* The one door to zlib: gzip (RFC 1952) and zlib's own form (RFC 1950), for peers without zstd. */
#include "pack/internal.h"

#include <stdlib.h>
#include <zlib.h>

#define WINDOW_BITS     15
#define WINDOW_AS_GZIP  (WINDOW_BITS + 16)
#define WINDOW_BY_BYTES (WINDOW_BITS + 32) /* whichever of both the first bytes say */

struct ess_pack_gzip {
    z_stream deflate, inflate;
};

ess_pack_gzip *ess_pack_gzip_new(void)
{
    ess_pack_gzip *gzip = calloc(1, sizeof *gzip);

    if (gzip == NULL)
        return NULL;
    if (deflateInit2(&gzip->deflate, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_AS_GZIP, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        inflateInit2(&gzip->inflate, WINDOW_BY_BYTES) != Z_OK) {
        ess_pack_gzip_free(gzip);
        return NULL;
    }
    return gzip;
}

void ess_pack_gzip_free(ess_pack_gzip *gzip)
{
    if (gzip == NULL)
        return;
    (void)deflateEnd(&gzip->deflate); /* refuses one that was not begun */
    (void)inflateEnd(&gzip->inflate);
    free(gzip);
}

static void feed(z_stream *stream, ess_slice in, char *room, size_t room_size)
{
    stream->next_in = (Bytef *)(uintptr_t)in.ptr; /* it only reads; the type is from before const */
    stream->avail_in = (uInt)in.len;
    stream->next_out = (Bytef *)room;
    stream->avail_out = (uInt)room_size;
}

bool ess_pack_gzip_encode(ess_pack_gzip *gzip, ess_slice json, char *room, size_t *len)
{
    if (json.len > ESS_MESSAGE_MAX || deflateReset(&gzip->deflate) != Z_OK)
        return false;
    feed(&gzip->deflate, json, room, ESS_MESSAGE_MAX);
    if (deflate(&gzip->deflate, Z_FINISH) != Z_STREAM_END)
        return false;
    *len = ESS_MESSAGE_MAX - gzip->deflate.avail_out;
    return true;
}

ess_err ess_pack_gzip_decode(ess_pack_gzip *gzip, ess_slice wire, char *room, ess_slice *json,
                             ess_fault *fault)
{
    z_stream *stream = &gzip->inflate;
    int result;

    if (inflateReset(stream) != Z_OK)
        return ess_pack_refuse(fault, ESS_E_INTERNAL, "", "zlib cannot begin");
    feed(stream, wire, room, ess_pack_room_for(wire));
    result = inflate(stream, Z_FINISH);
    if (result == Z_NEED_DICT)
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-08", "a dictionary that is not known here");
    /* Full, and neither at its end nor short of bytes: more would have come. */
    if (result == Z_BUF_ERROR && stream->avail_out == 0)
        return ess_pack_too_large(wire, fault);
    if (result != Z_STREAM_END)
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-06", "gzip bytes that are cut or damaged");
    if (stream->avail_in != 0)
        return ess_pack_refuse(fault, ESS_E_DATA, "ENC-06", "bytes behind the gzip member");
    *json = (ess_slice){room, ess_pack_room_for(wire) - stream->avail_out};
    return ESS_OK;
}

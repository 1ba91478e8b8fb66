/* First bytes, words of STATE, and the order of things: inflate, then columns to rows. */
#include "pack/internal.h"

#include "codec/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ess_err pack_refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    *fault = (ess_fault){err, 0, rule, what};
    return err;
}

size_t pack_room_for(ess_slice wire)
{
    return wire.len > ESS_MESSAGE_MAX / PACK_RATIO_MAX ? ESS_MESSAGE_MAX
                                                       : wire.len * PACK_RATIO_MAX;
}

ess_err pack_too_large(ess_slice wire, ess_fault *fault)
{
    if (pack_room_for(wire) < ESS_MESSAGE_MAX)
        return pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-05", "more than 256 times the payload");
    return pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-04", "more than 128 KiB of JSON");
}

/* ---- life */

static void write_announced(pack *p)
{
    ess_json_writer out;
    char word[24];
    size_t len;

    ess_json_writer_init(&out, p->announced, sizeof p->announced);
    ess_json_array_begin(&out);
    ess_json_text(&out, ESS_SLICE_LITERAL("json"));
    ess_json_text(&out, ESS_SLICE_LITERAL("cols"));
    ess_json_text(&out, ESS_SLICE_LITERAL("gzip"));
    ess_json_text(&out, ESS_SLICE_LITERAL("zstd"));
    for (const pack_dictionary *d = pack_dictionaries; d->bytes != NULL; d++) {
        (void)snprintf(word, sizeof word, "zstd:%u", (unsigned)d->id);
        ess_json_text(&out, ess_slice_from(word));
    }
    ess_json_array_end(&out);
    if (ess_json_finish(&out, &len) == ESS_OK)
        p->announced[len] = '\0'; /* the room is for PACK_DICTIONARIES_MAX words */
}

pack *pack_new(void)
{
    pack *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->zstd = pack_zstd_new();
    p->gzip = pack_gzip_new();
    p->grid = pack_grid_new();
    p->table = pack_table_new();
    if (p->zstd == NULL || p->gzip == NULL || p->grid == NULL || p->table == NULL) {
        pack_free(p);
        return NULL;
    }
    write_announced(p);
    return p;
}

void pack_free(pack *p)
{
    if (p == NULL)
        return;
    pack_zstd_free(p->zstd);
    pack_gzip_free(p->gzip);
    pack_grid_free(p->grid);
    pack_table_free(p->table);
    free(p);
}

/* ---- words of STATE */

ess_slice pack_announced(const pack *p)
{
    return ess_slice_from(p->announced);
}

/* The newest dictionary stands first, so the first that a peer names is the one. */
static void note_dictionary(pack_peer *peer, ess_slice word)
{
    char known[24];

    for (const pack_dictionary *d = pack_dictionaries; d->bytes != NULL; d++) {
        (void)snprintf(known, sizeof known, "zstd:%u", (unsigned)d->id);
        if (peer->dictionary == d->id) /* nothing newer is to come */
            return;
        if (ess_slice_is(word, known)) {
            peer->dictionary = d->id;
            return;
        }
    }
}

pack_peer pack_peer_of(ess_slice enc)
{
    pack_peer peer = {0};
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, enc);
    if (enc.len == 0 || ess_json_next(&reader, &token) != ESS_OK)
        return peer;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_STRING) {
        peer.gzip = peer.gzip || ess_slice_is(token.text, "gzip");
        peer.zstd = peer.zstd || ess_slice_is(token.text, "zstd");
        peer.columns = peer.columns || ess_slice_is(token.text, "cols");
        note_dictionary(&peer, token.text);
    }
    return peer;
}

pack_method pack_best(const pack_peer *peer)
{
    if (peer->dictionary != 0)
        return PACK_ZSTD_DICTIONARY;
    if (peer->zstd)
        return PACK_ZSTD;
    return peer->gzip ? PACK_GZIP : PACK_JSON;
}

/* ---- bytes */

pack_method pack_encode(pack *p, const pack_peer *peer, ess_slice json, ess_slice *out)
{
    pack_method method = pack_best(peer);
    size_t len = 0;
    bool fits = false;

    if (method == PACK_GZIP)
        fits = pack_gzip_encode(p->gzip, json, p->wire, &len);
    else if (method != PACK_JSON)
        fits = pack_zstd_encode(p->zstd, peer->dictionary, json, p->wire, &len);
    /* [ENC-11] What gains nothing, or too much for a receiver to believe, goes as it is. */
    if (!fits || len >= json.len || json.len > pack_room_for((ess_slice){p->wire, len})) {
        *out = json;
        return PACK_JSON;
    }
    *out = (ess_slice){p->wire, len};
    return method;
}

/* None of these can begin a JSON object. */
pack_method pack_method_of(ess_slice wire)
{
    const unsigned char *at = (const unsigned char *)wire.ptr;

    if (wire.len >= 4 && at[0] == 0x28 && at[1] == 0xB5 && at[2] == 0x2F && at[3] == 0xFD)
        return PACK_ZSTD;
    if (wire.len >= 2 && at[0] == 0x1F && at[1] == 0x8B)
        return PACK_GZIP;
    /* RFC 1950: method 8, a window of at most 32 KiB, and a check of both bytes. */
    if (wire.len >= 2 && (at[0] & 0x8F) == 0x08 && (at[0] * 256u + at[1]) % 31 == 0)
        return PACK_GZIP;
    return PACK_JSON;
}

static ess_err inflate_text(pack *p, ess_slice wire, pack_how *how, ess_slice *text,
                            ess_fault *fault)
{
    how->method = pack_method_of(wire);
    *text = wire;
    if (how->method == PACK_JSON)
        return ESS_OK;
    if (wire.len > ESS_MESSAGE_MAX)
        return pack_refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    if (how->method == PACK_GZIP)
        return pack_gzip_decode(p->gzip, wire, p->text, text, fault);
    how->dictionary = pack_zstd_dictionary(wire);
    if (how->dictionary != 0)
        how->method = PACK_ZSTD_DICTIONARY;
    return pack_zstd_decode(p->zstd, wire, p->text, text, fault);
}

ess_err pack_decode(pack *p, ess_slice wire, ess_slice *json, pack_how *how, ess_fault *fault)
{
    pack_how made = {.method = PACK_JSON};
    ess_fault ignored;
    ess_slice text;

    if (fault == NULL)
        fault = &ignored;
    TRY(inflate_text(p, wire, &made, &text, fault));
    TRY(pack_table_read(p->table, text, p->rows, &text, &made.columns, fault));
    if (how != NULL)
        *how = made;
    *json = text;
    return ESS_OK;
}

ess_err pack_columns(pack *p, const pack_row *rows, size_t count, ess_slice *d)
{
    size_t len;

    TRY(pack_grid_print(p->grid, rows, count, p->rows, &len));
    *d = (ess_slice){p->rows, len};
    return ESS_OK;
}

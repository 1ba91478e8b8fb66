/* First bytes, words of STATE, and the order of things: inflate, then columns to rows. */
#include "pack/internal.h"

#include "codec/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ess_err ess_pack_refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    *fault = (ess_fault){err, 0, rule, what};
    return err;
}

size_t ess_pack_room_for(ess_slice wire)
{
    return wire.len > ESS_MESSAGE_MAX / ESS_PACK_RATIO_MAX ? ESS_MESSAGE_MAX
                                                           : wire.len * ESS_PACK_RATIO_MAX;
}

ess_err ess_pack_too_large(ess_slice wire, ess_fault *fault)
{
    if (ess_pack_room_for(wire) < ESS_MESSAGE_MAX)
        return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-05", "more than 256 times the payload");
    return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "ENC-04", "more than 128 KiB of JSON");
}

/* ---- life */

static void write_announced(ess_pack *p)
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
    for (const ess_pack_dictionary *d = ess_pack_dictionaries; d->bytes != NULL; d++) {
        (void)snprintf(word, sizeof word, "zstd:%u", (unsigned)d->id);
        ess_json_text(&out, ess_slice_from(word));
    }
    ess_json_array_end(&out);
    if (ess_json_finish(&out, &len) == ESS_OK)
        p->announced[len] = '\0'; /* the room is for ESS_PACK_DICTIONARIES_MAX words */
}

ess_pack *ess_pack_new(void)
{
    ess_pack *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->zstd = ess_pack_zstd_new();
    p->gzip = ess_pack_gzip_new();
    p->grid = ess_pack_grid_new();
    p->table = ess_pack_table_new();
    if (p->zstd == NULL || p->gzip == NULL || p->grid == NULL || p->table == NULL) {
        ess_pack_free(p);
        return NULL;
    }
    write_announced(p);
    return p;
}

void ess_pack_free(ess_pack *p)
{
    if (p == NULL)
        return;
    ess_pack_zstd_free(p->zstd);
    ess_pack_gzip_free(p->gzip);
    ess_pack_grid_free(p->grid);
    ess_pack_table_free(p->table);
    free(p);
}

/* ---- words of STATE */

ess_slice ess_pack_announced(const ess_pack *p)
{
    return ess_slice_from(p->announced);
}

/* The newest dictionary stands first, so the first that a peer names is the one. */
static void note_dictionary(ess_pack_peer *peer, ess_slice word)
{
    char known[24];

    for (const ess_pack_dictionary *d = ess_pack_dictionaries; d->bytes != NULL; d++) {
        (void)snprintf(known, sizeof known, "zstd:%u", (unsigned)d->id);
        if (peer->dictionary == d->id) /* nothing newer is to come */
            return;
        if (ess_slice_is(word, known)) {
            peer->dictionary = d->id;
            return;
        }
    }
}

ess_pack_peer ess_pack_peer_of(ess_slice enc)
{
    ess_pack_peer peer = {0};
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

ess_pack_method ess_pack_best(const ess_pack_peer *peer)
{
    if (peer->dictionary != 0)
        return ESS_PACK_ZSTD_DICTIONARY;
    if (peer->zstd)
        return ESS_PACK_ZSTD;
    return peer->gzip ? ESS_PACK_GZIP : ESS_PACK_JSON;
}

/* ---- bytes */

ess_pack_method ess_pack_encode(ess_pack *p, const ess_pack_peer *peer, ess_slice json,
                                ess_slice *out)
{
    ess_pack_method method = ess_pack_best(peer);
    size_t len = 0;
    bool fits = false;

    if (method == ESS_PACK_GZIP)
        fits = ess_pack_gzip_encode(p->gzip, json, p->wire, &len);
    else if (method != ESS_PACK_JSON)
        fits = ess_pack_zstd_encode(p->zstd, peer->dictionary, json, p->wire, &len);
    /* [ENC-11] What gains nothing, or too much for a receiver to believe, goes as it is. */
    if (!fits || len >= json.len || json.len > ess_pack_room_for((ess_slice){p->wire, len})) {
        *out = json;
        return ESS_PACK_JSON;
    }
    *out = (ess_slice){p->wire, len};
    return method;
}

/* None of these can begin a JSON object. */
ess_pack_method ess_pack_method_of(ess_slice wire)
{
    const unsigned char *at = (const unsigned char *)wire.ptr;

    if (wire.len >= 4 && at[0] == 0x28 && at[1] == 0xB5 && at[2] == 0x2F && at[3] == 0xFD)
        return ESS_PACK_ZSTD;
    if (wire.len >= 2 && at[0] == 0x1F && at[1] == 0x8B)
        return ESS_PACK_GZIP;
    /* RFC 1950: method 8, a window of at most 32 KiB, and a check of both bytes. */
    if (wire.len >= 2 && (at[0] & 0x8F) == 0x08 && (at[0] * 256u + at[1]) % 31 == 0)
        return ESS_PACK_GZIP;
    return ESS_PACK_JSON;
}

static ess_err inflate_text(ess_pack *p, ess_slice wire, ess_pack_how *how, ess_slice *text,
                            ess_fault *fault)
{
    how->method = ess_pack_method_of(wire);
    *text = wire;
    if (how->method == ESS_PACK_JSON)
        return ESS_OK;
    if (wire.len > ESS_MESSAGE_MAX)
        return ess_pack_refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    if (how->method == ESS_PACK_GZIP)
        return ess_pack_gzip_decode(p->gzip, wire, p->text, text, fault);
    how->dictionary = ess_pack_zstd_dictionary(wire);
    if (how->dictionary != 0)
        how->method = ESS_PACK_ZSTD_DICTIONARY;
    return ess_pack_zstd_decode(p->zstd, wire, p->text, text, fault);
}

ess_err ess_pack_decode(ess_pack *p, ess_slice wire, ess_slice *json, ess_pack_how *how,
                        ess_fault *fault)
{
    ess_pack_how made = {.method = ESS_PACK_JSON};
    ess_fault ignored;
    ess_slice text;

    if (fault == NULL)
        fault = &ignored;
    TRY(inflate_text(p, wire, &made, &text, fault));
    TRY(ess_pack_table_read(p->table, text, p->rows, &text, &made.columns, fault));
    if (how != NULL)
        *how = made;
    *json = text;
    return ESS_OK;
}

ess_err ess_pack_columns(ess_pack *p, const ess_pack_row *rows, size_t count, ess_slice *d)
{
    size_t len;

    TRY(ess_pack_grid_print(p->grid, rows, count, p->rows, &len));
    *d = (ess_slice){p->rows, len};
    return ESS_OK;
}

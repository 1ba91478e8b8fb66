/* Bytes on the wire <-> the JSON that codec and session know: compression, and batches as columns.
 *
 * A payload's first bytes say how it is encoded, so a receiver needs no word beforehand, and plain
 * JSON of anybody goes on working. What comes out is always rows as JSON text: there is one way of
 * reading, and one set of rules. Compressing inside codec was rejected, because libess links
 * nothing; a device without zstd leaves this library out and sends plain JSON.
 *
 * Everything is allocated by ess_pack_new, but what zstd takes when it first packs. What a peer
 * sends can cost ESS_MESSAGE_MAX bytes of room and the time to fill it, never more [ENC-04,
 * ENC-05]. Pointers are not NULL but where said. One ess_pack, one thread at a time.
 */
#ifndef ESS_PACK_H
#define ESS_PACK_H

#include "ess/base.h"
#include "ess/limits.h"

ESS_BEGIN_C

#define ESS_PACK_RATIO_MAX   256    /* ENC-05: JSON bytes for each byte on the wire */
#define ESS_PACK_WINDOW_MAX  131072 /* ENC-07: how far back a zstd frame may reach, bytes */
#define ESS_PACK_BLOCKS_MAX  256    /* ENC-13: objects in one batch as columns */
#define ESS_PACK_COLUMNS_MAX 1024   /* ENC-15: columns of one object */
#define ESS_PACK_GRID_MAX    65536  /* ENC-18: rows x columns of one object */

typedef struct ess_pack ess_pack;

typedef enum ess_pack_method {
    ESS_PACK_JSON, /* plain */
    ESS_PACK_GZIP, /* read: zlib's own form too */
    ESS_PACK_ZSTD,
    ESS_PACK_ZSTD_DICTIONARY /* with a dictionary of the point model */
} ess_pack_method;

/* For packing and unpacking. Returns NULL when memory is out. Yours until ess_pack_free.
 * Memory: about 1 MiB to read, up to 4 more when packing is first used. */
ess_pack *ess_pack_new(void);
void ess_pack_free(ess_pack *pack); /* NULL is allowed */

/* ---- what both ends can read [ENC-02] */

/* All that ess_pack_decode reads, as the raw JSON array for ess_presence_word.enc.
 * Lifetime: pack's; NUL-terminated. */
ess_slice ess_pack_announced(const ess_pack *pack);

typedef struct ess_pack_peer {
    bool gzip, zstd, columns;
    uint32_t dictionary; /* the newest that both hold; 0: none */
} ess_pack_peer;
/* What a peer reads, by enc of its STATE: a raw JSON array of texts, or empty: plain JSON alone.
 * What is not understood is left out. Whether the peer's minor is one that has encodings is the
 * caller's to ask (ess_peer_may). */
ess_pack_peer ess_pack_peer_of(ess_slice enc);
/* The method that makes most of it. */
ess_pack_method ess_pack_best(const ess_pack_peer *peer);

/* ---- bytes */

/* Packs json so that the peer can read it; what gains nothing stays plain [ENC-05, ENC-11]. json is
 * any text, at most ESS_MESSAGE_MAX bytes to be packed.
 * Returns what *out is. Lifetime: *out borrows from pack until its next call, or from json where
 * it stayed plain. Cost: 20 points 60 us, 200 points 0.6 ms (x86-64); once, when first used, some
 * ms to prepare the dictionary. */
ess_pack_method ess_pack_encode(ess_pack *pack, const ess_pack_peer *peer, ess_slice json,
                                ess_slice *out);

/* What the first bytes say [ENC-01]; ZSTD whether or not it has a dictionary. */
ess_pack_method ess_pack_method_of(ess_slice wire);

typedef struct ess_pack_how {
    ess_pack_method method;
    uint32_t dictionary; /* zstd: its id; 0: none */
    bool columns;        /* it was a batch as columns */
} ess_pack_how;
/* Undoes any method, and turns columns into rows [ENC-01, ENC-04..10, ENC-13..18]. Text that is not
 * recognised is given back as it is: the reader of JSON judges it, and all else that comes out.
 * how, fault: may be NULL. fault's offset counts in the JSON, 0 where there is none.
 * Returns ESS_E_TOO_LARGE [ENC-04, ENC-05, ENC-07, ENC-18, DLV-09], ESS_E_DATA [the rest of ENC],
 * ESS_E_INTERNAL (zlib cannot begin; no rule); *json and *how are untouched then.
 * Lifetime: *json borrows from wire, or from pack until its next call. Cost: 1 us for 20 points;
 * bounded by ESS_MESSAGE_MAX whatever arrives. */
ess_err ess_pack_decode(ess_pack *pack, ess_slice wire, ess_slice *json, ess_pack_how *how,
                        ess_fault *fault);

/* ---- columns */

typedef struct ess_pack_row {
    uint64_t n;        /* 1..2^63-1 */
    int64_t ts_utc_ms; /* 0..2^53-1 */
    ess_slice ns;      /* empty: none */
    ess_slice values;  /* JSON object of values by name, known to be well-formed */
} ess_pack_row;
/* d of a batch as columns, {"cols":[...]}, for ess_envelope.d [ENC-13..17]. count: 1 to
 * ESS_ROWS_MAX rows, which are put together by ns; the first stays the first. Returns
 * ESS_E_TOO_LARGE, ESS_E_NO_ROOM, ESS_E_NUMBER or ESS_E_DATA (a name with escapes): this batch has
 * to travel as rows; *d is untouched. Lifetime: *d borrows from pack until its next call. Cost:
 * linear. */
ess_err ess_pack_columns(ess_pack *pack, const ess_pack_row *rows, size_t count, ess_slice *d);

ESS_END_C

#endif

/* Bytes on the wire <-> the JSON that codec and session know: compression, and batches as columns.
 *
 * A payload's first bytes say how it is encoded, so a receiver needs no word beforehand, and plain
 * JSON of anybody goes on working. What comes out is always rows as JSON text: there is one way of
 * reading, and one set of rules. Compressing inside codec was rejected, because libess links
 * nothing; a device without zstd leaves this room out and sends plain JSON.
 *
 * Everything is allocated by pack_new. What a peer sends can cost ESS_MESSAGE_MAX bytes of room and
 * the time to fill it, never more [ENC-04, ENC-05].
 */
#ifndef ESS_PACK_PACK_H
#define ESS_PACK_PACK_H

#include "ess/base.h"
#include "ess/limits.h"

#define PACK_RATIO_MAX   256   /* ENC-05: JSON bytes for each byte on the wire */
#define PACK_WINDOW_MAX  ESS_MESSAGE_MAX /* ENC-07: how far back a zstd frame may reach */
#define PACK_BLOCKS_MAX  256   /* ENC-13: objects in one batch as columns */
#define PACK_COLUMNS_MAX 1024  /* ENC-13: columns of one object */
#define PACK_GRID_MAX    65536 /* ENC-18: rows x columns of one object */

typedef struct pack pack; /* one thread at a time */

typedef enum pack_method {
    PACK_JSON,
    PACK_GZIP, /* read: zlib's own form too */
    PACK_ZSTD,
    PACK_ZSTD_DICTIONARY /* with the newest dictionary that both ends hold */
} pack_method;

/* NULL when memory is out. About 1 MiB to read, up to 4 more when packing is first used. */
pack *pack_new(void);
void pack_free(pack *pack); /* NULL is allowed */

/* ---- what both ends can read [ENC-02] */

/* All that pack_decode reads, as the JSON array for enc of STATE. Static. */
ess_slice pack_announced(const pack *pack);

typedef struct pack_peer {
    bool gzip, zstd, columns;
    uint32_t dictionary; /* the newest that both hold; 0: none */
} pack_peer;
/* Of the raw array in a peer's STATE; what is not understood is left out. enc empty: JSON alone. */
pack_peer pack_peer_of(ess_slice enc);
/* What makes most of what the peer reads. */
pack_method pack_best(const pack_peer *peer);

/* ---- bytes */

/* Compresses json so that the peer can read it. *out borrows from pack until the next call, or from
 * json where nothing is gained. Returns what it is. Cost: some 100 us a report. */
pack_method pack_encode(pack *pack, const pack_peer *peer, ess_slice json, ess_slice *out);

/* What the first bytes say [ENC-01]; ZSTD whether or not it has a dictionary. */
pack_method pack_method_of(ess_slice wire);

/* Undoes any method, and turns columns into rows. *json borrows from wire, or from pack until the
 * next call. how: may be NULL. Text that is not recognised is given back as it is: the reader of
 * JSON judges it.
 * Returns ESS_E_TOO_LARGE [ENC-04, ENC-05, ENC-18], ESS_E_DATA [the rest of ENC]; fault tells which
 * rule, *json is untouched. */
typedef struct pack_how {
    pack_method method;
    uint32_t dictionary; /* zstd: its id; 0: none */
    bool columns;
} pack_how;
ess_err pack_decode(pack *pack, ess_slice wire, ess_slice *json, pack_how *how, ess_fault *fault);

/* ---- columns */

typedef struct pack_row {
    uint64_t n; /* 1..2^63-1 */
    int64_t ts_utc_ms;
    ess_slice ns;     /* empty: none */
    ess_slice values; /* JSON object of values by name, known to be well-formed */
} pack_row;
/* d of a batch as columns, {"cols":[...]}, borrowed from pack until the next call. Rows are put
 * together by ns; the first stays the first [ENC-13..17]. ESS_E_NO_ROOM, ESS_E_TOO_LARGE,
 * ESS_E_NUMBER: this batch has to travel as rows. */
ess_err pack_columns(pack *pack, const pack_row *rows, size_t count, ess_slice *d);

#endif

/* What the codec's bench and its peers share: the messages, the job, the table of names.
 *
 * The job of decoding: t, code and s of the envelope; of every point of d its id in the model and
 * its value. The job of encoding: the same message from ids and values.
 */
#ifndef ESS_BENCH_CODEC_H
#define ESS_BENCH_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BENCH_NAMES = 200,
    BENCH_NAME_ROOM = 24,
    BENCH_STREAMS = 20,    /* devices */
    BENCH_PER_STREAM = 16, /* messages of one device */
    BENCH_MESSAGES = BENCH_STREAMS * BENCH_PER_STREAM,
    BENCH_ROOM = 16384, /* enough for a message */
    BENCH_PADDING = 64, /* bytes behind a message that simdjson may touch */
    BENCH_SLOTS = 1024
};

typedef struct bench_value {
    uint32_t id;
    uint8_t scale;
    int64_t mantissa;
    double real; /* the nearest double to mantissa x 10^-scale */
} bench_value;

typedef struct bench_message {
    uint32_t stream;
    uint32_t count;
    int64_t t;
    char ns[16];
    char code[40];
    bench_value value[BENCH_NAMES];
    size_t len;
    char *text; /* len + BENCH_PADDING bytes */
} bench_message;

/* What a peer makes of a message, in the number form that it has. */
typedef struct bench_point {
    uint32_t id;
    uint8_t scale; /* decimal: mantissa x 10^-scale; else unused */
    union {
        int64_t mantissa;
        double real;
    } as;
} bench_point;

typedef struct bench_result {
    int64_t t;
    size_t count;
    size_t code_len;
    bool is_decimal;
    bench_point point[BENCH_NAMES];
    /* Not NULL: the peer has a form of its own for points; this looks into it. */
    bench_point (*point_at)(size_t index);
} bench_result;

typedef struct bench_peer {
    const char *name;
    /* False: refused. */
    bool (*decode)(const bench_message *message, bench_result *out);
    /* Bytes written to room of BENCH_ROOM bytes. NULL: has no writer. */
    size_t (*encode)(const bench_message *message, char *room);
} bench_peer;

extern const bench_peer bench_esslink, bench_simdjson, bench_rapidjson, bench_jansson, bench_cjson;

/* --- names, and a hash table of them: half empty, one multiplication twice, one comparison */

typedef struct bench_name {
    char text[BENCH_NAME_ROOM];
    uint32_t len;
} bench_name;

typedef struct bench_slot {
    char text[BENCH_NAME_ROOM];
    uint32_t len; /* 0: free */
    uint32_t id;
} bench_slot;

extern bench_name bench_names[BENCH_NAMES];
extern bench_slot bench_slots[BENCH_SLOTS];

static inline uint32_t bench_hash(const char *name, size_t len)
{
    uint64_t first = 0;
    uint64_t last = 0;

    if (len >= 8) {
        memcpy(&first, name, 8);
        memcpy(&last, name + len - 8, 8);
    } else if (len >= 4) {
        uint32_t half = 0;
        memcpy(&half, name, 4);
        first = half;
        memcpy(&half, name + len - 4, 4);
        last = half;
    } else if (len > 0) {
        first = (unsigned char)name[0];
        last = (uint64_t)(unsigned char)name[len / 2] << 8 | (unsigned char)name[len - 1];
    }
    uint64_t mixed = (first + len) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 29 ^ last) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(mixed >> 40);
}

/* BENCH_NAMES: not a name of the model. */
static inline uint32_t bench_id_of(const char *name, size_t len)
{
    for (uint32_t at = bench_hash(name, len);; at++) {
        const bench_slot *slot = &bench_slots[at % BENCH_SLOTS];
        if (slot->len == 0)
            return BENCH_NAMES;
        if (slot->len == len && memcmp(slot->text, name, len) == 0)
            return slot->id;
    }
}

/* Fills names, and messages of count points each; the same ones at every call. */
void bench_data_make(bench_message *messages, uint32_t count);
/* False, and says why, if result is not what message holds. */
bool bench_check(const char *peer, const bench_message *message, const bench_result *result);

#ifdef __cplusplus
}
#endif

#endif

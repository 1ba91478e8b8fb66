/* Property tests: what is written is read back the same, for whatever can be written; every text
 * that was cut short is refused, every room that is too small too, and neither leaves a trace.
 *
 * A property makes a word at random, from a seed, so that a failure comes again; the checks are
 * the same for all. Include after codec_test.h or with its names defined alike.
 */
#ifndef ESS_TESTS_PROPERTY_H
#define ESS_TESTS_PROPERTY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ess/json.h"

enum { PROPERTY_ROOM = 65536, PROPERTY_GUARD = 0x5A };

/* --- chance: xorshift64 */

static inline uint64_t chance_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static inline uint64_t chance_below(uint64_t *seed, uint64_t limit)
{
    return (chance_next(seed) >> 11) % limit;
}

static inline bool chance_one_in(uint64_t *seed, uint64_t many)
{
    return chance_below(seed, many) == 0;
}

/* Of any size, small as often as large: least .. INT64_MAX. */
static inline int64_t chance_count(uint64_t *seed, int64_t least)
{
    int64_t count = (int64_t)(chance_next(seed) >> (1 + chance_below(seed, 62)));

    return count < least ? least : count;
}

/* UTC ms, 0 .. 2^53-1, its borders among them. */
static inline int64_t chance_time(uint64_t *seed)
{
    int64_t time = (int64_t)(chance_next(seed) >> (11 + chance_below(seed, 40)));

    return chance_one_in(seed, 16) ? (INT64_C(1) << 53) - 1 : chance_one_in(seed, 16) ? 0 : time;
}

static inline ess_decimal chance_decimal(uint64_t *seed)
{
    int64_t mantissa = chance_count(seed, 0);

    return ess_decimal_make(chance_one_in(seed, 2) ? mantissa : -mantissa,
                            (uint8_t)chance_below(seed, ESS_DECIMAL_SCALE_MAX + 1));
}

/* len characters of the set. */
static inline ess_slice chance_of(uint64_t *seed, const char *set, char *room, size_t len)
{
    for (size_t i = 0; i < len; i++)
        room[i] = set[chance_below(seed, strlen(set))];
    return (ess_slice){room, len};
}

#define CHANCE_LEVEL "abcXYZ019_~-"
#define CHANCE_HEX   "0123456789abcdef"

/* At most most bytes of UTF-8; plain: nothing that JSON escapes. May be empty. */
static inline ess_slice chance_text(uint64_t *seed, bool plain, char *room, size_t most)
{
    static const char *const plains[] = {"a",
                                         "Z",
                                         "0",
                                         " ",
                                         "\x7F",
                                         "\xC2\x80",
                                         "\xDF\xBF",
                                         "\xE0\xA0\x80",
                                         "\xE7\x94\xB5",
                                         "\xEF\xBF\xBF",
                                         "\xF0\x9F\x94\x8B",
                                         "/"};
    static const char *const others[] = {"\"", "\\", "\n", "\t", "\x01", "\x1F", "\b", "\r"};
    size_t len = 0;

    for (size_t n = chance_below(seed, most + 1); n > 0; n--) {
        bool other = !plain && chance_one_in(seed, 3);
        const char *piece = other ? others[chance_below(seed, 8)] : plains[chance_below(seed, 12)];
        if (len + strlen(piece) > most)
            break;
        memcpy(room + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return (ess_slice){room, len};
}

/* Any JSON value, at most depth levels of it. */
static inline void chance_json(uint64_t *seed, ess_json_writer *writer, unsigned depth)
{
    char room[32];
    uint64_t kind = chance_below(seed, depth == 0 ? 5 : 7);
    uint64_t count = chance_below(seed, 4);

    switch (kind) {
    case 0:
        ess_json_decimal(writer, chance_decimal(seed));
        break;
    case 1:
        ess_json_text(writer, chance_text(seed, false, room, sizeof room));
        break;
    case 2:
        ess_json_bool(writer, chance_one_in(seed, 2));
        break;
    case 3:
        ess_json_null(writer);
        break;
    case 4:
        ess_json_double(writer, (double)chance_count(seed, 0) / 7);
        break;
    case 5:
        ess_json_array_begin(writer);
        for (uint64_t i = 0; i < count; i++)
            chance_json(seed, writer, depth - 1);
        ess_json_array_end(writer);
        break;
    default:
        ess_json_object_begin(writer);
        for (uint64_t i = 0; i < count; i++) {
            room[0] = (char)('a' + i); /* no name twice */
            ess_slice rest = chance_text(seed, false, room + 1, sizeof room - 1);
            ess_json_key_text(writer, (ess_slice){room, rest.len + 1});
            chance_json(seed, writer, depth - 1);
        }
        ess_json_object_end(writer);
    }
}

/* An object of any members, as JSON. */
static inline ess_slice chance_object(uint64_t *seed, char *room, size_t size)
{
    ess_json_writer writer;
    size_t len = 0;
    char name[16];

    ess_json_writer_init(&writer, room, size);
    ess_json_object_begin(&writer);
    for (uint64_t i = chance_below(seed, 5); i > 0; i--) {
        (void)snprintf(name, sizeof name, "m%u", (unsigned)i);
        ess_json_key(&writer, name);
        chance_json(seed, &writer, 2);
    }
    ess_json_object_end(&writer);
    assert_int_equal(ess_json_finish(&writer, &len), ESS_OK);
    return (ess_slice){room, len};
}

/* --- a property and its checks */

typedef struct property {
    const char *name;
    void (*make)(uint64_t *seed); /* another word */
    /* Writes it. */
    ess_err (*print)(char *room, size_t size, size_t *len);
    /* Reads what was written, and fails the test unless it is the word. */
    void (*compare)(ess_slice text);
    /* Reads any text. Fails the test where an error left a trace. */
    ess_err (*parse)(ess_slice text);
    bool ends_in_nul; /* print writes a NUL that len does not count */
    bool leaves_room; /* print leaves all of room as it was when it refuses */
    ess_err cut;      /* what parse says of a text cut short; ESS_OK: it may be whole too */
} property;

/* Fails unless all size bytes are the guard. */
static inline void property_untouched(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)bytes)[i] != PROPERTY_GUARD)
            fail_msg("byte %zu of %zu was touched", i, size);
    }
}

/* For parse: one output that an error must leave alone. */
#define PROPERTY_PARSE(err, out, call)                                                             \
    do {                                                                                           \
        memset(&(out), PROPERTY_GUARD, sizeof(out));                                               \
        (err) = (call);                                                                            \
        if ((err) != ESS_OK)                                                                       \
            property_untouched(&(out), sizeof(out));                                               \
    } while (0)

static inline void property_small_rooms(const property *p, size_t need, uint64_t *seed)
{
    static char room[PROPERTY_ROOM];
    size_t step = 1 + (need > 300 ? chance_below(seed, need / 100) : 0);

    for (size_t size = 0; size < need; size += size + 1 + step < need ? step : 1) {
        size_t len = 4242;
        memset(room, PROPERTY_GUARD, need + 64);
        ess_err err = p->print(room, size, &len);
        if (err != ESS_E_NO_ROOM || len != 4242)
            fail_msg("%s: room of %zu of %zu bytes gives %d", p->name, size, need, (int)err);
        property_untouched(room + (p->leaves_room ? 0 : size),
                           need + 64 - (p->leaves_room ? 0 : size));
    }
}

/* Cut anywhere: of exactly as many bytes, so that AddressSanitizer sees one read too many. */
static inline void property_cuts(const property *p, ess_slice text, uint64_t *seed)
{
    size_t step = 1 + (text.len > 300 ? chance_below(seed, text.len / 100) : 0);

    for (size_t len = 0; len < text.len; len += len + 1 + step < text.len ? step : 1) {
        char *cut = malloc(len == 0 ? 1 : len);
        assert_non_null(cut);
        memcpy(cut, text.ptr, len);
        ess_err err = p->parse((ess_slice){cut, len});
        bool in_character = ((unsigned char)text.ptr[len] & 0xC0) == 0x80;
        bool right = p->cut == ESS_OK || err == p->cut ||
                     (p->cut == ESS_E_JSON_SYNTAX && err == ESS_E_UTF8 && in_character);
        free(cut);
        if (!right)
            fail_msg("%s: cut at %zu gives %d: %.*s", p->name, len, (int)err, (int)text.len,
                     text.ptr);
    }
}

static inline void property_check(const property *p, unsigned turns, unsigned thorough)
{
    static char room[PROPERTY_ROOM];
    uint64_t seed = 0x5EED;

    for (unsigned turn = 0; turn < turns; turn++) {
        size_t len = 0;
        uint64_t from = seed;
        p->make(&seed);
        ess_err err = p->print(room, sizeof room, &len);
        if (err != ESS_OK)
            fail_msg("%s: seed %llu cannot be written: %d", p->name, (unsigned long long)from,
                     (int)err);
        /* A room of exactly that size is enough, and not a byte behind it is touched. */
        size_t need = len + p->ends_in_nul;
        memset(room, PROPERTY_GUARD, need + 64);
        assert_int_equal(p->print(room, need, &len), ESS_OK);
        assert_int_equal(len + p->ends_in_nul, need);
        property_untouched(room + need, 64);
        char *exact = malloc(len == 0 ? 1 : len);
        assert_non_null(exact);
        memcpy(exact, room, len);
        p->compare((ess_slice){exact, len});
        if (turn < thorough) {
            property_cuts(p, (ess_slice){exact, len}, &seed);
            property_small_rooms(p, need, &seed);
        }
        free(exact);
    }
}

#endif

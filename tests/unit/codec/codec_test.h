/* What the codec's tests share: inputs whose end AddressSanitizer guards, rooms with guard bytes,
 * and a seeded generator. */
#ifndef ESS_TESTS_CODEC_TEST_H
#define ESS_TESTS_CODEC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ess/base.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { GUARD = 0x5A };

/* A copy of exactly len bytes, so that one byte read too many is noticed. free(.ptr) after. */
static inline ess_slice exact_copy(const char *text, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);

    assert_non_null(copy);
    memcpy(copy, text, len);
    return (ess_slice){copy, len};
}

static inline void exact_free(ess_slice copy)
{
    free((void *)(uintptr_t)copy.ptr);
}

static inline void guard_fill(char *room, size_t size)
{
    memset(room, GUARD, size);
}

/* Fails unless room[from..size) still holds the guard. */
static inline void guard_check(const char *room, size_t from, size_t size)
{
    for (size_t i = from; i < size; i++)
        assert_int_equal(room[i], GUARD);
}

/* xorshift64; state must not be 0. */
static inline uint64_t seeded_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#define ASSERT_SLICE(slice, text) assert_slice_equal((slice), (text), __LINE__)

static inline void assert_slice_equal(ess_slice slice, const char *text, int line)
{
    if (!ess_slice_is(slice, text))
        fail_msg("line %d: \"%.*s\" is not \"%s\"", line, (int)slice.len, slice.ptr, text);
}

#endif

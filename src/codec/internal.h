/* What the files of this room share and no other room includes. */
#ifndef ESS_CODEC_INTERNAL_H
#define ESS_CODEC_INTERNAL_H

#include "codec/base.h"
#include "codec/json.h"

/* Length (1..4) of the well-formed UTF-8 sequence at text, 0 if there is none. text < end. */
size_t ess_utf8_step(const char *text, const char *end);

/* A level that may be received: legal UTF-8, not empty, no + # / NUL or control character, no
 * leading $ [TOP-06]. Serves the segments of ns too. */
bool ess_level_is_legal(ess_slice level);

/* A path of 1 to 3 legal segments, at most ESS_NS_MAX bytes [ENV-04]. */
bool ess_ns_is_legal(ess_slice ns);

/* Fills *fault (may be NULL) and returns err, so that a refusal is one line. */
static inline ess_err ess_refuse(ess_fault *fault, ess_fault why)
{
    if (fault != NULL)
        *fault = why;
    return why.err;
}

/* Magnitude and sign to int64. False if it does not fit. */
static inline bool ess_sign_apply(uint64_t magnitude, bool negative, int64_t *out)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1U : 0U))
        return false;
    if (!negative)
        *out = (int64_t)magnitude;
    else
        *out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
    return true;
}

/* Index of c in the NUL-terminated set, -1 if it is not there. */
static inline int ess_index_of(const char *set, char c)
{
    for (int i = 0; set[i] != '\0'; i++) {
        if (set[i] == c)
            return i;
    }
    return -1;
}

/* Writes value in decimal, without NUL, at most 20 digits. Returns the length. */
size_t ess_digits_print(uint64_t value, char room[static 20]);

#endif

/* What the files of this room share and no other room includes. */
#ifndef ESS_CODEC_INTERNAL_H
#define ESS_CODEC_INTERNAL_H

#include <string.h>

#include "ess/base.h"
#include "ess/json.h"

/* Length (1..4) of the well-formed UTF-8 sequence at text, 0 if there is none. text < end. */
size_t ess_utf8_step(const char *text, const char *end);

/* A level that may be received: legal UTF-8, not empty, no + # / NUL or control character, no
 * leading $ [TOP-06]. Serves the segments of ns too. */
bool ess_level_is_legal(ess_slice level);
/* The rule that a level breaks which is not legal; static. */
const char *ess_level_rule(ess_slice level);

/* Behind the characters at at that a string holds as they are and that are ASCII. */
const char *ess_plain_end(const char *at, const char *end);

/* The first members of the object just begun and the name of the next, as they are: punctuation is
 * the caller's business. */
void ess_json_head(ess_json_writer *writer, const ess_slice *pieces, size_t count);

/* Reads elements of the array being read as long as they are of up to five digits and nothing else:
 * cell voltages. Returns how many, at most most. */
size_t ess_json_small_numbers(ess_json_reader *reader, size_t most);

/* An ns, of a message or a row: a path of 1 to 3 legal segments, at most ESS_NS_MAX bytes [ENV-04].
 * A bad one is refused with err. */
ess_err ess_ns_read(const ess_json_token *token, ess_err err, ess_slice *ns, ess_fault *fault);

/* Fills *fault (may be NULL) and returns err, so that a refusal is one line. */
ess_err ess_refuse(ess_fault *fault, ess_fault why);

/* Magnitude and sign to int64. False if it does not fit. */
static inline bool ess_sign_apply(uint64_t magnitude, bool negative, int64_t *out)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1U : 0U))
        return false;
    *out = negative && magnitude > 0 ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return true;
}

/* As ess_slice_equal, for a few bytes: a call would cost more than the loop. */
static inline bool ess_is_short(ess_slice a, ess_slice b)
{
    size_t i = 0;

    while (a.len == b.len && i < a.len && a.ptr[i] == b.ptr[i])
        i++;
    return a.len == b.len && i == a.len;
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

/* 14 bits of the length and of the first, the middle and the last four bytes: names of points
 * rarely differ only in between, and if they do it costs a comparison. */
uint32_t ess_name_hash(ess_slice name);

/* [ENV-03, DAT-06] of t and ts */
#define ESS_TIME_MAX ((INT64_C(1) << 53) - 1)

/* 1 .. 2^64-1, digits only, no leading zero [DAT-03]. */
bool ess_count_parse(ess_slice text, uint64_t *out);

/* What a number's text says: magnitude x 10^exponent, and more behind it. */
typedef struct ess_number {
    const char *first, *end; /* its first digit that is not 0, and behind its last digit */
    uint64_t magnitude;      /* the first digits, as many as 64 bits hold */
    int32_t exponent;        /* of the magnitude's last digit */
    uint8_t taken;           /* how many they are, without leading zeros */
    bool negative;
    bool full; /* digits follow that are not taken */
    bool more; /* one of those is not 0 */
} ess_number;

/* Longer number texts are not read: an exponent as far as counted could not outweigh them. */
#define ESS_NUMBER_TEXT_MAX (1U << 26)

/* Reads the text of a JSON number. ESS_E_JSON_SYNTAX if it is none, ESS_E_NUMBER if it is longer
 * than ESS_NUMBER_TEXT_MAX. */
ess_err ess_number_scan(ess_slice text, ess_number *number);

/* The nearest double; ESS_E_NUMBER beyond the largest. *out untouched then. */
ess_err ess_number_to_double(const ess_number *number, double *out);

/* A JSON number that is whole, 0 .. 2^64-1; fractions and exponents that come to that are fine. */
ess_err ess_unsigned_parse(ess_slice text, uint64_t *out);

/* Writes value in decimal, without NUL, at most 20 digits. Returns the length. */
size_t ess_digits_print(uint64_t value, char room[static 20]);

#endif

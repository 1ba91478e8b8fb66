/* Numbers of up to eight digits read and written in one piece, private to this room.
 *
 * Where the length and the place of the point are guessed right, eight bytes are checked and
 * turned into a number by a dozen operations and no branch on a digit: a loop over digits costs
 * more, because its end is a branch that the processor cannot foresee. Wrong guesses are noticed;
 * the caller guesses again from the bytes, or takes the long way.
 *
 * The order of bytes in a word matters here: ess_number_quick is false where it is not the usual
 * one.
 */
#ifndef ESS_CODEC_NUMBER_H
#define ESS_CODEC_NUMBER_H

#include "ess/base.h"

#include <string.h>

/* How a number of len characters, ints of them before the point, lies in a word whose last byte is
 * its last digit. */
typedef struct ess_layout {
    uint64_t ints, fracs; /* where digits before and behind the point are */
    uint64_t dot_mask, dot;
    uint64_t zeros; /* '0' in place of each digit, once the point is gone */
    uint8_t len, shift, scale;
    uint8_t first; /* least first digit: no leading zero */
} ess_layout;

enum { ESS_LAYOUTS = 64 };
extern const ess_layout ess_layouts[ESS_LAYOUTS];

#define ESS_LAYOUT_CODE(len, ints) (((len)-1) * 8 + (ints)-1)

#define ESS_WORD_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline bool ess_number_quick(void)
{
    const uint16_t one = 1;
    uint8_t first = 0;

    memcpy(&first, &one, 1);
    return first == 1;
}

/* Top bit of each byte that is more than 9. */
static inline uint64_t ess_not_digits(uint64_t word)
{
    return (((word & ESS_WORD_OF(0x7F)) + ESS_WORD_OF(0x76)) | word) & ESS_WORD_OF(0x80);
}

/* Eight digits, the first one in the lowest byte, as a number. */
static inline uint64_t ess_digits_join(uint64_t digits)
{
    const uint64_t pairs = UINT64_C(0x000000FF000000FF);

    digits = digits * 10 + (digits >> 8);
    return ((digits & pairs) * (100 + (UINT64_C(1000000) << 32)) +
            ((digits >> 16) & pairs) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

/* The digits at text (8 bytes readable) if they lie so; false else. What follows them is not looked
 * at. Digits as ess_digits_join takes them. */
static inline bool ess_digits_at(const char *text, const ess_layout *layout, uint64_t *digits)
{
    uint64_t word = 0;

    memcpy(&word, text, sizeof word);
    uint8_t first = (uint8_t)word;
    word <<= layout->shift;
    *digits = (((word & layout->ints) << 8) | (word & layout->fracs)) ^ layout->zeros;
    uint64_t wrong = ess_not_digits(*digits) | ((word & layout->dot_mask) ^ layout->dot);
    return (wrong == 0) & (first >= layout->first);
}

/* The layout that the bytes at text (8 readable) have, if they are a number of at most eight
 * characters; else any other. */
static inline uint8_t ess_layout_of(const char *text)
{
    uint64_t word = 0;

    memcpy(&word, text, sizeof word);
    /* A top bit where a digit is not; none in the first eight bytes: as if in the ninth. */
    uint64_t stops = ess_not_digits(word ^ ESS_WORD_OF('0'));
    unsigned ints = stops == 0 ? 8 : (unsigned)__builtin_ctzll(stops) / 8;
    bool point = ints < 6 && text[ints] == '.';
    stops &= stops - 1;
    unsigned len = !point ? ints : stops == 0 ? 8 : (unsigned)__builtin_ctzll(stops) / 8;
    return ints == 0 || (point && len == ints + 1) ? 0 : (uint8_t)ESS_LAYOUT_CODE(len, ints);
}

/* The inverse of ess_digits_join; number < 10^8. */
static inline uint64_t ess_digits_split(uint32_t number)
{
    const uint64_t nibbles = UINT64_C(0x000F000F000F000F);
    uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = ((fours * 10486) >> 20) & UINT64_C(0x0000007F0000007F); /* fours / 100 */
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = ((twos * 103) >> 10) & nibbles; /* twos / 10 */

    return tens | (twos - tens * 10) << 8;
}

#endif

/* Numbers of up to seven characters and the byte behind them read, and numbers of up to eight
 * digits written, in one piece; private to this room.
 *
 * Where the length and the place of the point are guessed right, eight bytes are checked and
 * turned into a number by two dozen operations and no branch on a digit: a loop over digits costs
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

/* How a number and the comma behind it lie in a word whose last byte is the comma; see number.c. */
typedef struct ess_layout {
    uint64_t marks;  /* the least that each byte may be: '0', of some digits '1', '.' and ',' */
    uint64_t limits; /* of each byte, 0x7F less the most that it may be above marks */
    uint64_t ints;   /* the bytes before the point; 0: there is none */
    uint32_t base;   /* the number that marks is */
    uint8_t scale, len, shift;
} ess_layout;

enum {
    ESS_LAYOUT_LEN = 7, /* of a number, its sign not counted */
    ESS_LAYOUTS = 22,
};
extern const ess_layout ess_layouts[ESS_LAYOUTS];

/* Index of the layout of a number of len characters, ints of them before the point: one that has
 * none, and one that has. */
#define ESS_LAYOUT_WHOLE(len)       ((len)-1)
#define ESS_LAYOUT_POINT(len, ints) (7 + ((len)-3) * ((len)-2) / 2 + (ints)-1)

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

/* Pairs of digits, each a number up to 99 in every other byte from the second on, as a number. */
static inline uint64_t ess_pairs_join(uint64_t pairs)
{
    const uint64_t every = UINT64_C(0x000000FF000000FF);

    return ((pairs & every) * (100 + (UINT64_C(1000000) << 32)) +
            ((pairs >> 16) & every) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

/* Eight digits, the first one in the lowest byte, as a number. */
static inline uint64_t ess_digits_join(uint64_t digits)
{
    return ess_pairs_join(digits * 10 + (digits >> 8));
}

/* The number in a word (eight bytes of text) if it lies so and a comma follows; false else. Neither
 * a needless leading zero nor a trailing one, which carries no meaning, is taken.
 *
 * A byte below its mark borrows from the next, but has its top bit set then: whatever is wrong, the
 * lowest byte that is shows it. */
static inline bool ess_number_in(uint64_t word, const ess_layout *layout, uint64_t *number)
{
    word = (word << layout->shift) - layout->marks;
    uint64_t wrong = ((word & ESS_WORD_OF(0x7F)) + layout->limits) | word;
    uint64_t ints = word & layout->ints;

    /* Seven digits in the lower bytes, once those before the point have moved up into its place,
     * times 2561: that is ten times each and the next, moved up by one. */
    *number = ess_pairs_join(word * 2561 + ints * (255 * 2561)) + layout->base;
    return (wrong & ESS_WORD_OF(0x80)) == 0;
}

/* The layout that the bytes in a word have, if they are a number of up to seven characters and what
 * follows it; else any other. */
static inline uint8_t ess_layout_of(uint64_t word)
{
    /* A top bit in each byte that is no digit. */
    uint64_t stops = ess_not_digits(word ^ ESS_WORD_OF('0'));
    unsigned ints = stops == 0 ? 8 : (unsigned)__builtin_ctzll(stops) / 8;

    if (ints == 0 || ints > ESS_LAYOUT_LEN)
        return 0;
    stops &= stops - 1;
    if ((uint8_t)(word >> 8 * ints) != '.' || stops == 0)
        return (uint8_t)ESS_LAYOUT_WHOLE(ints);
    unsigned len = (unsigned)__builtin_ctzll(stops) / 8;
    return len == ints + 1 ? 0 : (uint8_t)ESS_LAYOUT_POINT(len, ints);
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

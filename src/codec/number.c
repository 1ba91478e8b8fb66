/* The table of layouts. In a word, the first character stands in the lowest byte; shifted up by as
 * much as the number is shorter than seven characters, the comma is in the highest and zeros are in
 * the lowest.
 *
 * A first digit that others follow, and a last one behind the point, must not be 0: their marks are
 * '1'. What all marks together are is added to the number in the end.
 */
#include "codec/number.h"

/* The lowest n bytes, 0..8. */
#define LOW(n)     (((UINT64_C(1) << (4 * (n))) << (4 * (n))) - 1)
#define BYTE(n, c) ((uint64_t)(c) << (8 * (n)))
#define FIRST(len) (7 - (len))
#define TEN_TO(n)                                                                                  \
    ((n) == 0   ? 1U                                                                               \
     : (n) == 1 ? 10U                                                                              \
     : (n) == 2 ? 100U                                                                             \
     : (n) == 3 ? 1000U                                                                            \
     : (n) == 4 ? 10000U                                                                           \
     : (n) == 5 ? 100000U                                                                          \
                : 1000000U)

#define WHOLE(length)                                                                              \
    [ESS_LAYOUT_WHOLE(length)] = {                                                                 \
        .marks = ((ESS_WORD_OF(0x30) & ~LOW(FIRST(length))) ^ BYTE(7, 0x30 ^ 0x2C)) +              \
                 ((length) > 1 ? BYTE(FIRST(length), 1) : 0),                                      \
        .limits = (ESS_WORD_OF(0x76) ^ BYTE(7, 0x76 ^ 0x7F)) +                                     \
                  ((length) > 1 ? BYTE(FIRST(length), 1) : 0),                                     \
        .base = (length) > 1 ? TEN_TO((length)-1) : 0,                                             \
        .len = (length),                                                                           \
        .shift = 8 * FIRST(length),                                                                \
    }

#define POINT(length, before)                                                                      \
    [ESS_LAYOUT_POINT(length, before)] = {                                                         \
        .marks = ((ESS_WORD_OF(0x30) & ~LOW(FIRST(length))) ^ BYTE(7, 0x30 ^ 0x2C) ^               \
                  BYTE(FIRST(length) + (before), 0x30 ^ 0x2E)) +                                   \
                 BYTE(6, 1) + ((before) > 1 ? BYTE(FIRST(length), 1) : 0),                         \
        .limits = (ESS_WORD_OF(0x76) ^ BYTE(7, 0x76 ^ 0x7F) ^                                      \
                   BYTE(FIRST(length) + (before), 0x76 ^ 0x7F)) +                                  \
                  BYTE(6, 1) + ((before) > 1 ? BYTE(FIRST(length), 1) : 0),                        \
        .ints = LOW(FIRST(length) + (before)),                                                     \
        .base = 1 + ((before) > 1 ? TEN_TO((length)-2) : 0),                                       \
        .scale = (length) - (before)-1,                                                            \
        .len = (length),                                                                           \
        .shift = 8 * FIRST(length),                                                                \
    }

const ess_layout ess_layouts[ESS_LAYOUTS] = {
    WHOLE(1),    WHOLE(2),    WHOLE(3),    WHOLE(4),    WHOLE(5),    WHOLE(6),
    WHOLE(7),    POINT(3, 1), POINT(4, 1), POINT(4, 2), POINT(5, 1), POINT(5, 2),
    POINT(5, 3), POINT(6, 1), POINT(6, 2), POINT(6, 3), POINT(6, 4), POINT(7, 1),
    POINT(7, 2), POINT(7, 3), POINT(7, 4), POINT(7, 5),
};

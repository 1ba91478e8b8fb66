/* The table of layouts. */
#include "codec/number.h"

/* The lowest n bytes, 0..8. */
#define LOW(n) (((UINT64_C(1) << (4 * (n))) << (4 * (n))) - 1)

#define WHOLE(length)                                                                              \
    [ESS_LAYOUT_CODE(length, length)] = {                                                          \
        .fracs = UINT64_MAX,                                                                       \
        .zeros = ESS_WORD_OF(0x30) & ~LOW(8 - (length)),                                           \
        .len = (length),                                                                           \
        .shift = 8 * (8 - (length)),                                                               \
        .first = (length) == 1 ? '0' : '1',                                                        \
    }

#define POINT(length, before)                                                                      \
    [ESS_LAYOUT_CODE(length, before)] = {                                                          \
        .ints = LOW(8 - (length) + (before)),                                                      \
        .fracs = ~LOW(8 - (length) + (before) + 1),                                                \
        .dot_mask = LOW(8 - (length) + (before) + 1) ^ LOW(8 - (length) + (before)),               \
        .dot =                                                                                     \
            (LOW(8 - (length) + (before) + 1) ^ LOW(8 - (length) + (before))) & ESS_WORD_OF(0x2E), \
        .zeros = ESS_WORD_OF(0x30) & ~LOW(8 - (length) + 1),                                       \
        .len = (length),                                                                           \
        .shift = 8 * (8 - (length)),                                                               \
        .scale = (length) - (before)-1,                                                            \
        .first = (before) == 1 ? '0' : '1',                                                        \
    }

const ess_layout ess_layouts[ESS_LAYOUTS] = {
    WHOLE(1),    WHOLE(2),    WHOLE(3),    WHOLE(4),    WHOLE(5),    WHOLE(6),
    WHOLE(7),    WHOLE(8),    POINT(3, 1), POINT(4, 1), POINT(4, 2), POINT(5, 1),
    POINT(5, 2), POINT(5, 3), POINT(6, 1), POINT(6, 2), POINT(6, 3), POINT(6, 4),
    POINT(7, 1), POINT(7, 2), POINT(7, 3), POINT(7, 4), POINT(7, 5), POINT(8, 1),
    POINT(8, 2), POINT(8, 3), POINT(8, 4), POINT(8, 5), POINT(8, 6),
};

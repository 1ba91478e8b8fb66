/* A small sorted set of whole-number ranges, as receipts carry them [DLV-04]. */
#ifndef ESS_RANGES_H
#define ESS_RANGES_H

#include "ess/base.h"
#include "ess/limits.h"

ESS_BEGIN_C

typedef struct ess_range {
    uint64_t first, last; /* inclusive */
} ess_range;

typedef struct ess_ranges {
    ess_range at[ESS_RANGES_MAX]; /* ascending, neither overlapping nor touching */
    uint8_t count;
} ess_ranges;

/* Adds first..last, merging what touches. ESS_E_NO_ROOM (set unchanged) when one more range would
 * be needed than there is room for; ESS_E_DATA when first > last. */
ess_err ess_ranges_add(ess_ranges *set, uint64_t first, uint64_t last);
bool ess_ranges_has(const ess_ranges *set, uint64_t n);

ESS_END_C

#endif

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

/* Adds first..last (inclusive), merging what it overlaps or touches. An empty set is {0}.
 * Returns ESS_E_NO_ROOM when one more range would be needed than ESS_RANGES_MAX, ESS_E_DATA when
 * first > last; the set is unchanged then. Cost: at most ESS_RANGES_MAX steps. */
ess_err ess_ranges_add(ess_ranges *set, uint64_t first, uint64_t last);

/* True when n lies in one of the ranges. Cost: at most ESS_RANGES_MAX steps. */
bool ess_ranges_has(const ess_ranges *set, uint64_t n);

ESS_END_C

#endif

/* Sorted ranges in an array: at most ESS_RANGES_MAX, so linear steps are the simple and the fast
 * way. */
#include "ess/ranges.h"

#include <string.h>

/* First range that ends at or after n - 1, so that n could touch or join it. */
static uint8_t find_touching(const ess_ranges *set, uint64_t n)
{
    uint8_t i = 0;
    while (i < set->count && set->at[i].last < n && n - set->at[i].last > 1)
        i++;
    return i;
}

static void remove_at(ess_ranges *set, uint8_t at, uint8_t how_many)
{
    size_t tail = (size_t)(set->count - at - how_many);
    memmove(&set->at[at], &set->at[at + how_many], tail * sizeof set->at[0]);
    set->count = (uint8_t)(set->count - how_many);
}

static ess_err insert_at(ess_ranges *set, uint8_t at, ess_range range)
{
    if (set->count == ESS_RANGES_MAX)
        return ESS_E_NO_ROOM;
    memmove(&set->at[at + 1], &set->at[at], (size_t)(set->count - at) * sizeof set->at[0]);
    set->at[at] = range;
    set->count++;
    return ESS_OK;
}

ess_err ess_ranges_add(ess_ranges *set, uint64_t first, uint64_t last)
{
    if (first > last)
        return ESS_E_DATA;
    uint8_t at = find_touching(set, first);
    uint8_t end = at; /* behind the last range that the new one touches */
    while (end < set->count && (set->at[end].first <= last || set->at[end].first - last == 1))
        end++;
    if (end == at)
        return insert_at(set, at, (ess_range){first, last});
    if (set->at[at].first > first)
        set->at[at].first = first;
    if (set->at[end - 1].last > last)
        last = set->at[end - 1].last;
    set->at[at].last = last;
    remove_at(set, (uint8_t)(at + 1), (uint8_t)(end - at - 1));
    return ESS_OK;
}

bool ess_ranges_has(const ess_ranges *set, uint64_t n)
{
    for (uint8_t i = 0; i < set->count; i++) {
        if (n <= set->at[i].last)
            return n >= set->at[i].first;
    }
    return false;
}

#include "ess/gaps.h"
#include "ess/sender.h"

#include <string.h>

static void drop(ess_gaps *gaps, size_t place)
{
    gaps->count--;
    memmove(&gaps->run[place], &gaps->run[place + 1], (gaps->count - place) * sizeof gaps->run[0]);
}

/* How many numbers lie between the two; 0: they touch or overlap. */
static uint64_t between(ess_range a, ess_range b)
{
    if (a.last < b.first)
        return b.first - a.last - 1;
    return b.last < a.first ? a.first - b.last - 1 : 0;
}

/* The run of that sid that is nearest to the lost ones, at most so far away; count: none. */
static size_t nearest(const ess_gaps *gaps, uint64_t sid, ess_range lost, uint64_t most)
{
    size_t found = gaps->count;

    for (size_t i = 0; i < gaps->count; i++) {
        uint64_t away = between(gaps->run[i].lost, lost);
        if (gaps->run[i].sid != sid || away > most)
            continue;
        found = i;
        most = away;
    }
    return found;
}

/* Takes the run out and gives both as one. */
static ess_range join(ess_gaps *gaps, size_t place, ess_range lost)
{
    ess_range run = gaps->run[place].lost;

    drop(gaps, place);
    return (ess_range){run.first < lost.first ? run.first : lost.first,
                       run.last > lost.last ? run.last : lost.last};
}

bool ess_gaps_note(ess_gaps *gaps, uint64_t sid, ess_range lost)
{
    bool all = true;
    size_t place;

    while ((place = nearest(gaps, sid, lost, 0)) < gaps->count)
        lost = join(gaps, place, lost);
    if (gaps->count == ESS_GAPS_MAX) {
        place = nearest(gaps, sid, lost, UINT64_MAX);
        all = place < gaps->count;
        if (all)
            lost = join(gaps, place, lost);
        else
            drop(gaps, 0);
    }
    gaps->run[gaps->count++] = (ess_gap_run){sid, lost};
    return all;
}

bool ess_gaps_carry(ess_gaps *gaps, ess_slice d)
{
    ess_gap told;
    uint64_t sid;
    bool all = true;

    if (ess_gap_parse(d, &told) != ESS_OK ||
        ess_sid_parse(ess_slice_from(told.sid), &sid) != ESS_OK)
        return true;
    for (uint8_t i = 0; i < told.lost.count; i++)
        all = ess_gaps_note(gaps, sid, told.lost.at[i]) && all;
    return all;
}

bool ess_gaps_next(const ess_gaps *gaps, ess_now now, ess_gap *word)
{
    if (gaps->count == 0)
        return false;
    *word = (ess_gap){.lost = {.at = {gaps->run[0].lost}, .count = 1},
                      .ts_utc_ms = now.clock_set ? now.utc_ms : -1};
    ess_sid_print(gaps->run[0].sid, word->sid);
    return true;
}

void ess_gaps_told(ess_gaps *gaps)
{
    if (gaps->count > 0)
        drop(gaps, 0);
}

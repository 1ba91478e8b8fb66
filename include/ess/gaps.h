/* Reports given up and not yet told of [DLV-07, DLV-37, DLV-61]: what an outbox that overflows, or
 * that cannot read its bytes back, has lost is told by an EVENT, never passed over in silence.
 *
 *   (given up) --note--> WAITING --its EVENT stored--> (told) --the EVENT itself given up-->
 * WAITING
 */
#ifndef ESS_GAPS_H
#define ESS_GAPS_H

#include "ess/words.h"

ESS_BEGIN_C

#define ESS_GAPS_MAX 16

typedef struct ess_gap_run {
    uint64_t sid;
    ess_range lost;
} ess_gap_run;

/* Empty is {0}. count may be read. */
typedef struct ess_gaps {
    ess_gap_run run[ESS_GAPS_MAX]; /* to be told, oldest first */
    size_t count;
} ess_gaps;

/* Reports of that sid, lost.first (at least 1) to lost.last, are given up. Runs that touch become
 * one; without room the nearest of that sid does, so that rather too much is called lost than too
 * little. False: the oldest run of all, of another sid, had to go untold, which a person should
 * know. */
bool ess_gaps_note(ess_gaps *gaps, uint64_t sid, ess_range lost);

/* The report given up was an EVENT, d its raw JSON object: where it told of a gap, that has to be
 * told again [DLV-61]. Any other changes nothing. False: as above. */
bool ess_gaps_carry(ess_gaps *gaps, ess_slice d);

/* The word to store next as an EVENT. False when there is none. Without a set clock it says no time
 * [CLK-11]. */
bool ess_gaps_next(const ess_gaps *gaps, ess_now now, ess_gap *word);

/* That word is stored. */
void ess_gaps_told(ess_gaps *gaps);

ESS_END_C

#endif

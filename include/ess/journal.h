/* What a device remembers of commands: what makes a repeat harmless [CMD-06] and a crash honest
 * [CMD-07].
 *
 * An index of records that the caller keeps durable and numbers in ascending order (a log on a
 * disk, pages of flash). The caller writes first and tells then, so what was not told is not
 * remembered. Of each code:
 *
 *   (unknown) --intent--> ACCEPTED --it was written--> EXECUTING --outcome--> a final stage
 *       |                     `---------------------------outcome------------------^   |
 *       `------- refused: the outcome at once ------------------------------------'    |
 *   (unknown) <----- old, and its room is needed --------------------------------------'
 *
 * A code that is known is never carried out again: its last stage is said again. An intent without
 * an outcome, found at start, is a command of unknown effect: it is read back, never written again
 * (ess_orders_recover). Codes are kept ESS_JOURNAL_KEEP_MS beyond their expiry, and then until
 * their room is needed: a clock that jumps ahead and back must not make it forget what may still be
 * repeated. With no room left new commands are refused [CMD-33], because forgetting one would let
 * it run twice.
 */
#ifndef ESS_JOURNAL_H
#define ESS_JOURNAL_H

#include "ess/limits.h"
#include "ess/stage.h"

ESS_BEGIN_C

#define ESS_JOURNAL_KEEP_MS 86400000 /* a command is remembered so long after its expiry */

/* May be read; written by the journal alone. */
typedef struct ess_journal_entry {
    char code[ESS_CODE_MAX + 1]; /* NUL-terminated */
    ess_stage stage;             /* ACCEPTED, EXECUTING or final */
    int result;                  /* ess_model_result_code, of a refusal that has no record */
    int64_t keep_utc_ms;         /* not forgotten before */
    uint64_t first, last; /* its records: the first, and the one that tells its stage. last 0: none,
                             the stage is all that is left to say */
} ess_journal_entry;

/* count may be read; all else is private. */
typedef struct ess_journal {
    ess_journal_entry *entries; /* in the order in which they came */
    size_t count, capacity, spare;
} ess_journal;

/* room: of capacity + spare entries (at least 1), the caller's, for the journal's life; need not be
 * cleared. spare: how many refusals may be remembered in memory alone. Nothing is known yet. */
void ess_journal_init(ess_journal *journal, ess_journal_entry *room, size_t capacity, size_t spare);

/* One record. */
typedef struct ess_journal_record {
    ess_slice code;
    ess_stage stage;                     /* ACCEPTED: the intent; else final: the outcome */
    int result;                          /* used by ess_journal_refuse alone */
    int64_t received_utc_ms, exp_utc_ms; /* the same in both records of a code */
    uint64_t where;                      /* its number, from 1 */
} ess_journal_record;

/* At start: each record that is still there, oldest first. Where there are more codes than room the
 * oldest that has ended is forgotten, whatever the clock says, which may not be set yet.
 * Returns ESS_E_NO_ROOM when none may be forgotten, or for a code that is too long. Cost, here and
 * below: linear in the codes remembered; one that came just now is found at once. */
ess_err ess_journal_restore(ess_journal *journal, const ess_journal_record *record);

/* NULL: never seen. Valid until the next call that adds or makes room. */
const ess_journal_entry *ess_journal_find(const ess_journal *journal, ess_slice code);

/* Asked before an intent is written. Forgets the oldest where room is needed and they are old
 * enough; false when there is no room for one more. ess_journal_first_kept may have grown. */
bool ess_journal_has_room(ess_journal *journal, int64_t now_utc_ms);

/* True where the record of that code would find a place: its code is known, or there is room. */
bool ess_journal_takes(const ess_journal *journal, ess_slice code);

/* The record is durable. Returns ESS_E_NO_ROOM, which ess_journal_takes told beforehand, or for a
 * code that is too long. */
ess_err ess_journal_put(ess_journal *journal, const ess_journal_record *record);

/* The command was written to the equipment and is not confirmed yet: that is said to whoever asks
 * again. Not durable, and a code that is not open is left alone. */
void ess_journal_executing(ess_journal *journal, ess_slice code);

/* A refusal (stage, result) that cannot be made durable, remembered as long as this journal: once
 * it has been said, no repeat may be carried out. For a code that is not known.
 * Returns ESS_E_NO_ROOM when the spare entries are used up: then it must not be said. */
ess_err ess_journal_refuse(ess_journal *journal, const ess_journal_record *record);

/* The oldest intent without an outcome whose record has a greater number than `after`: 0 at first,
 * then `first` of the entry before. NULL at the end. Record `first` of the entry is the intent. */
const ess_journal_entry *ess_journal_next_open(const ess_journal *journal, uint64_t after);

/* Records below this number are needed no more. next_where: the number that the next record will
 * get; returned when none is needed. */
uint64_t ess_journal_first_kept(const ess_journal *journal, uint64_t next_where);

ESS_END_C

#endif

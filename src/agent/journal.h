/* The journal of commands on disk: the records that the machine of ess/journal.h asks for, in one
 * sealed log, and the leases beside them.
 *
 * An intent is on disk before a register is touched, the outcome before it is said [CMD-32].
 *
 * Records of the log, kind and payload (numbers little-endian, texts behind a 4-byte length):
 *   1 intent   u8 layout 1, i64 received, i64 exp, code, path, op, args
 *   2 outcome  u8 layout 1, i64 received, i64 exp, u8 stage, u64 result, code, read-back, why
 *   3 lease    u8 layout 1, u8 in force, i64 lasts ms, i64 until, path, code
 */
#ifndef ESS_AGENT_JOURNAL_H
#define ESS_AGENT_JOURNAL_H

#include "agent/limits.h"
#include "ess/journal.h"
#include "ess/words.h"
#include "store/log.h"

typedef struct agent_journal agent_journal;

typedef struct journal_options {
    const char *directory;
    const store_key *key;         /* borrowed until journal_close */
    const port_file_calls *calls; /* NULL: the operating system's */
    size_t capacity;              /* commands remembered; 0: AGENT_JOURNAL_MAX */
} journal_options;

/* ESS_E_CORRUPT when the log or a record of it is damaged. */
ess_err journal_open(const journal_options *options, agent_journal **out);
void journal_close(agent_journal *journal);

/* As ess_journal_find. */
const ess_journal_entry *journal_find(const agent_journal *journal, ess_slice code);
/* As ess_journal_has_room; what is needed no more leaves the disk. */
bool journal_has_room(agent_journal *journal, int64_t now_utc_ms);
/* As ess_journal_executing. */
void journal_executing(agent_journal *journal, ess_slice code);

typedef struct journal_intent {
    ess_slice code, path, op, args;
    int64_t received_utc_ms, exp_utc_ms;
} journal_intent;
/* Durable when it returns ESS_OK. Else nothing is remembered. */
ess_err journal_intend(agent_journal *journal, const journal_intent *intent);

typedef struct journal_lease {
    bool in_force;
    int64_t lasts_ms, until_utc_ms;
    char path[ESS_NS_MAX + 1];
    char code[ESS_CODE_MAX + 1];
    uint64_t where; /* the journal's own */
} journal_lease;

typedef struct journal_outcome {
    ess_ack ack; /* final stage */
    int64_t received_utc_ms, exp_utc_ms;
    const journal_lease *lease; /* changed by this command; NULL: not changed */
} journal_outcome;
/* Outcome, and the lease where it changed, in one sync. Also for a command without an intent. */
ess_err journal_conclude(agent_journal *journal, const journal_outcome *outcome);
ess_err journal_lease_put(agent_journal *journal, const journal_lease *lease);
/* As ess_journal_refuse. */
ess_err journal_refuse(agent_journal *journal, const journal_outcome *outcome);

/* The last stage of a known command, to be said again. room: AGENT_RECORD_MAX bytes, holds what
 * ack borrows. */
ess_err journal_ack(agent_journal *journal, const ess_journal_entry *entry, char *room,
                    ess_ack *ack);

/* Intents without an outcome, oldest first: call with *after = 0, then again. ESS_E_NOT_FOUND at
 * the end. room as for journal_ack, holds what intent borrows. */
ess_err journal_next_open(agent_journal *journal, uint64_t *after, char *room,
                          journal_intent *intent);
/* Leases in force by the journal. */
const journal_lease *journal_leases(const agent_journal *journal, size_t *count);

#endif

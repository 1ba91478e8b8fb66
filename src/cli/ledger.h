/* Reading the ledgers that simulated cabinets keep of what they served (docs/ledger.md). */
#ifndef ESS_CLI_LEDGER_H
#define ESS_CLI_LEDGER_H

#include "cli/audit_align.h"

typedef struct ledger {
    audit_point *points; /* of all files read */
    size_t count, room;
    audit_connection *connections;
    size_t connection_count, connection_room;
    uint64_t runs;    /* "begin" lines so far: connection numbers start anew with each */
    uint64_t answers; /* "read" lines so far */
} ledger;

typedef struct ledger_problem {
    size_t line;     /* from 1; 0: the file cannot be read at all, see errno */
    ess_model_text what; /* of a line */
} ledger_problem;

/* Adds a file's readings. Parameters of the model are left out: the audit is of measured values.
 * A line that is torn is passed over where it is the last, or the last before a new "begin": the
 * simulator was killed there. Returns ESS_E_IO, ESS_E_DATA with *problem, ESS_E_NO_ROOM. */
ess_err ledger_read(ledger *l, const char *path, ledger_problem *problem);
/* The same for text at hand. */
ess_err ledger_read_text(ledger *l, ess_slice text, ledger_problem *problem);
/* Makes a point that a history holds and no ledger does, unless it is known. Points of units that
 * no ledger is of are passed over. group, ns and name of the protocol's lengths at most.
 * ESS_E_NO_ROOM. */
ess_err ledger_add_stored(ledger *l, const char *group, const char *ns, const char *name);
void ledger_free(ledger *l);

#endif

/* The ledger: what the simulated cabinet served and was told, to compare a history with.
 *
 * JSON lines, appended; docs/ledger.md tells all. "at" is UTC ms, never later than the moment at
 * which the other end had the answer.
 *   {"k":"begin","at":..,"group":"SH001","unit":"CAB01","model":"ess-ci","version":"1.0.0",
 *    "seed":7}
 *   {"k":"open","at":..,"conn":1}    {"k":"close","at":..,"conn":1}    {"k":"end","at":..}
 *   {"k":"read","at":..,"conn":1,"seq":17,"v":{"BMS/soc":56.3,"BMS/C1/cellT":[251,252]}}
 *   {"k":"write","at":..,"conn":1,"seq":18,"v":{"PCS/pSet":60}}
 * A point stands in v when all of it was in the read; of an array that was cut, what was in it:
 * {"BMS/C1/cellV":{"from":125,"part":[3287]}}.
 */
#ifndef ESS_SIM_LEDGER_H
#define ESS_SIM_LEDGER_H

#include "ess/base.h"
#include "south/modbus_server.h"
#include "south/point_table.h"

typedef struct sim_ledger {
    int fd; /* -1: no ledger is kept */
    const south_table *table;
    ess_err err; /* sticks: the first line that could not be written */
} sim_ledger;

typedef struct sim_identity {
    const char *group, *unit;
    int64_t seed;
} sim_identity;

/* Opens (or goes on with) the file and writes "begin"; path NULL or "": none is kept. table must
 * outlive the ledger. ESS_E_IO with errno. */
ess_err sim_ledger_open(sim_ledger *ledger, const char *path, const south_table *table,
                        const sim_identity *identity);
/* Writes the line of an event of the server, if it has one, with one write(). */
void sim_ledger_event(sim_ledger *ledger, const south_event *event);
/* Writes "end", syncs to disk, closes. Returns the first error of the ledger's life. */
ess_err sim_ledger_close(sim_ledger *ledger);

#endif

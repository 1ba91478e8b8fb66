/* One object behind a bus, as the machine that carries orders out asks for it (ess/execute.h), and
 * its jobs as jobs of the bus. A point's number is its place in the point table. */
#ifndef ESS_AGENT_EQUIPMENT_H
#define ESS_AGENT_EQUIPMENT_H

#include "ess/execute.h"
#include "south/bus.h"

typedef struct equipment_place {
    const south_table *table;
    const char *object; /* path below the unit */
} equipment_place;

/* Borrows place. */
ess_equipment equipment_of(const equipment_place *place);

/* A job that ess_execute_next gave. */
void equipment_job(const south_table *table, const ess_execute_job *job, south_job *out);
/* What the bus answered to it. */
ess_execute_answer equipment_answer(const south_table *table, const ess_execute_job *job,
                                    const south_answer *answer);

#endif

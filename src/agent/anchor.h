/* The lives of ess/clock.h on disk, in one small text file:
 *
 *   boot id \n  then for each life  sid space base \n
 *
 * The boot id is the kernel's name of this start of the machine; lines of another one are
 * forgotten.
 */
#ifndef ESS_AGENT_ANCHOR_H
#define ESS_AGENT_ANCHOR_H

#include "ess/clock.h"

enum { ANCHOR_BOOT_ROOM = 64 };

typedef struct agent_anchor {
    char boot[ANCHOR_BOOT_ROOM]; /* of the machine; "": not known, nothing can be tied */
    ess_clock clock;
} agent_anchor;

/* Reads what earlier lives of this start of the machine left. A file that is not there, of another
 * start, or damaged gives none: stamps then stay as they are, which is the truth. boot: the
 * machine's start, e.g. port_boot_id. */
void anchor_open(const char *path, const char *boot, agent_anchor *out);
/* This life began with an unset clock: kept in memory, and durably before it returns ESS_OK. */
ess_err anchor_add(agent_anchor *anchor, const char *path, ess_clock_life life);

#endif

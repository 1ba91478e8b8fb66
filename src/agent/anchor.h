/* What ties stamps of an unset clock to true time [CLK-05, CLK-06].
 *
 * A cabinet's clock begins at 1970 and is set later, or only after the agent has been started anew.
 * The machine's monotonic clock runs on meanwhile, as long as the machine does. So each life that
 * begins with an unset clock leaves one line in a file: its sid, and UTC less monotonic time as
 * they were. From a stamp of that life this gives back the monotonic time of the sample, and that,
 * once the clock is set, the true time. Another start of the machine, told by the kernel's boot id,
 * makes all lines worthless: they are forgotten.
 *
 * The file, text:  boot id \n  then for each life  sid space base \n
 *
 * Rejected: monotonic time in each record of the outbox; eight bytes for each, to say one number.
 */
#ifndef ESS_AGENT_ANCHOR_H
#define ESS_AGENT_ANCHOR_H

#include "ess/base.h"

enum { ANCHOR_LIVES = 32, ANCHOR_BOOT_ROOM = 64 };

typedef struct anchor_life {
    uint64_t sid;
    int64_t base_ms; /* UTC less monotonic time while its clock was not set */
} anchor_life;

typedef struct agent_anchor {
    char boot[ANCHOR_BOOT_ROOM]; /* of the machine; "": not known, nothing can be tied */
    anchor_life lives[ANCHOR_LIVES];
    size_t count;
} agent_anchor;

/* Reads what earlier lives of this start of the machine left. A file that is not there, of another
 * start, or damaged gives none: stamps then stay as they are, which is the truth. boot: the
 * machine's start, e.g. port_boot_id. */
void anchor_open(const char *path, const char *boot, agent_anchor *out);
/* This life began with an unset clock: kept in memory, and durably before it returns ESS_OK. The
 * oldest line gives way when there are too many. */
ess_err anchor_add(agent_anchor *anchor, const char *path, anchor_life life);
/* False: of that life nothing is known. */
bool anchor_base(const agent_anchor *anchor, uint64_t sid, int64_t *base_ms);

#endif

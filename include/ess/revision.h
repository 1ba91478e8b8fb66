/* The revision of one object's parameters: grows by one at each change, whoever made it, never goes
 * back, and is durable before it is told [PAR-02, PAR-09]. The caller keeps revision and values;
 * what was not kept did not happen.
 *
 *   read: as kept, and told --> REST
 *         as kept           --> TELL   at start, and after ess_revision_tell_again [PAR-05]
 *         differs           --> KEEP   make values and number durable, then as for TELL
 */
#ifndef ESS_REVISION_H
#define ESS_REVISION_H

#include "ess/base.h"

ESS_BEGIN_C

/* number may be read. Private else. {0} has never been read. */
typedef struct ess_revision {
    uint64_t number; /* in force; 0: the parameters have never been read */
    bool told;       /* a PARAM of it was stored in this life of the program */
} ess_revision;

typedef enum ess_revision_step {
    ESS_REVISION_REST, /* nothing has changed */
    ESS_REVISION_TELL, /* store a PARAM of *number, then ess_revision_told */
    ESS_REVISION_KEEP  /* make *number and the values durable, then ess_revision_kept, and TELL */
} ess_revision_step;

/* At start: the number that was durable; 0: none. */
void ess_revision_restore(ess_revision *revision, uint64_t number);

/* All parameters of the object were read. read, kept: the values now and as they are durable, as
 * one text each, written the same way; the same text is the same values. *number: the revision that
 * the step speaks of. */
ess_revision_step ess_revision_read(const ess_revision *revision, ess_slice kept, ess_slice read,
                                    uint64_t *number);

/* The number that ESS_REVISION_KEEP named is durable, with its values. */
void ess_revision_kept(ess_revision *revision, uint64_t number);

/* Its PARAM is stored. */
void ess_revision_told(ess_revision *revision);

/* To be told though nothing changes: a resync [CMD-70]. */
void ess_revision_tell_again(ess_revision *revision);

/* True when a PARAM of that number may be retained by the broker: it is the newest [PAR-15]. */
bool ess_revision_is_newest(const ess_revision *revision, uint64_t number);

ESS_END_C

#endif

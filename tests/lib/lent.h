/* Room that a test lends for reading a message. */
#ifndef ESS_TESTS_LENT_H
#define ESS_TESTS_LENT_H

#include "ess/scratch.h"

/* Enough for any message. One a test program; not initialised again, so that whatever a message
 * leaves behind is met by the next. */
static inline ess_scratch *lent_scratch(void)
{
    static ess_scratch_name room[ESS_MEMBERS_MAX];
    static ess_scratch scratch;

    if (scratch.name == NULL)
        ess_scratch_init(&scratch, room, ESS_MEMBERS_MAX);
    return &scratch;
}

#endif

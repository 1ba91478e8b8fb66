/* Room that a test lends for reading a message. */
#ifndef ESS_TESTS_LENT_H
#define ESS_TESTS_LENT_H

#include "ess/shape.h"

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

static inline ess_readings *lent_readings(void)
{
    static ess_shape_key keys[ESS_MEMBERS_MAX];
    static ess_shape shape;
    static ess_row row[ESS_ROWS_MAX];
    static ess_reading reading[ESS_VALUES_MAX];
    static ess_readings lent = {.shape = &shape,
                                .row = row,
                                .reading = reading,
                                .row_room = ESS_ROWS_MAX,
                                .reading_room = ESS_VALUES_MAX};

    if (lent.scratch == NULL)
        ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    lent.scratch = lent_scratch();
    return &lent;
}

#endif

/* Room that reading a message needs and the caller lends: the names of the members that are open
 * at one time, so that a name that comes twice is found [ENV-02].
 *
 * It is lent because its size is the caller's to choose: a hub lends ESS_MEMBERS_MAX names and so
 * can read whatever the profile allows, a microcontroller that takes in commands and receipts lends
 * 64. On the stack it was 7 KB, more than most tasks have.
 */
#ifndef ESS_SCRATCH_H
#define ESS_SCRATCH_H

#include "ess/base.h"
#include "ess/limits.h"

ESS_BEGIN_C

/* Private; 8 bytes. */
typedef struct ess_scratch_name {
    uint32_t entry;
    uint16_t next, head;
} ess_scratch_name;

/* All members are private. */
typedef struct ess_scratch {
    ess_scratch_name *name;
    const char *text, *end; /* the payload that is being read */
    uint16_t room, buckets;
    uint16_t count;                    /* names that are listed */
    uint16_t unlisted;                 /* names that are counted only */
    uint16_t mark[ESS_JSON_DEPTH_MAX]; /* first name of each open object */
    uint8_t depth;
} ess_scratch;

/* name: the caller's room for as many names, which must outlive scratch; need not be cleared.
 * room: 1 .. ESS_MEMBERS_MAX; more is taken as ESS_MEMBERS_MAX, with which every message that the
 * profile allows can be read. A message with more open members than room is refused with
 * ESS_E_NO_ROOM and a fault whose rule is "": it may be right, but cannot be read here.
 * A scratch serves one call at a time and keeps nothing between two.
 * Cost: linear in room. */
void ess_scratch_init(ess_scratch *scratch, ess_scratch_name *name, uint16_t room);

ESS_END_C

#endif

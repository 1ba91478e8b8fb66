/* Texts that keep a number for life: group and series keys to table places. Open addressing, grown
 * by doubling; the hash is seeded at start, so that a peer cannot choose names that collide. */
#ifndef ESS_HUB_NAMES_H
#define ESS_HUB_NAMES_H

#include "ess/base.h"

typedef struct hub_names {
    ess_slice *key; /* by number; each owned */
    uint32_t *slot; /* number + 1, 0 free */
    uint32_t count, capacity, most;
    uint64_t seed;
} hub_names;

/* most: bound of the table. */
ess_err names_init(hub_names *names, uint32_t most, uint64_t seed);
void names_free(hub_names *names);
/* ESS_E_NOT_FOUND. */
ess_err names_find(const hub_names *names, ess_slice key, uint32_t *number);
/* A key that is not there yet gets the number count. ESS_E_NO_ROOM at the bound. */
ess_err names_add(hub_names *names, ess_slice key, uint32_t *number);
/* Forgets the newest key. */
void names_pop(hub_names *names);

#endif

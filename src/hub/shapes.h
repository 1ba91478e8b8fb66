/* What the reports of each topic looked like, so that the next one is read quickly: see
 * ess/shape.h.
 *
 * One shape for the topics that fall on one place of a table. Two that share a place share a shape,
 * which then knows the names of both: slower, not wrong, so nothing is stored to tell them apart. A
 * shape begins small and is begun anew, larger, when it is full.
 */
#ifndef ESS_HUB_SHAPES_H
#define ESS_HUB_SHAPES_H

#include "ess/shape.h"

/* What devices can make the hub keep in memory [DLV-12]. */
#define HUB_SHAPES_MAX     16384u
#define HUB_SHAPE_KEYS_MAX 1048576u /* names of all shapes, 36 bytes each */

typedef struct hub_shapes {
    ess_shape *shape; /* by place; keys NULL: none yet. Each owns its keys. */
    uint32_t keys;    /* of all of them */
    uint32_t hand;    /* whose shape is given up next, where there is no room */
    uint64_t seed;
    ess_shape spare; /* when memory is out: remembers little */
    ess_shape_key spare_keys[16];
} hub_shapes;

/* seed: of chance, so that a peer cannot choose who shares its shape. */
ess_err shapes_init(hub_shapes *all, uint64_t seed);
void shapes_free(hub_shapes *all);
/* The shape for the next report of a legal topic; of all types alike. Lifetime: until the next
 * call. */
ess_shape *shapes_for(hub_shapes *all, ess_slice topic);

#endif

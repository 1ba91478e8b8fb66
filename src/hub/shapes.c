#include "hub/shapes.h"
#include "codec/try.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64, ROOM_STEP = 4 };

_Static_assert(ESS_MEMBERS_MAX < HUB_SHAPE_KEYS_MAX, "the largest shape fits");

ess_err shapes_init(hub_shapes *all, uint64_t seed)
{
    *all = (hub_shapes){.seed = seed};
    all->shape = calloc(HUB_SHAPES_MAX, sizeof *all->shape);
    return all->shape != NULL ? ESS_OK : ESS_E_NO_ROOM;
}

static void give_up(hub_shapes *all, ess_shape *shape)
{
    all->keys -= shape->room;
    free(shape->keys);
    *shape = (ess_shape){0};
}

void shapes_free(hub_shapes *all)
{
    for (uint32_t i = 0; all->shape != NULL && i < HUB_SHAPES_MAX; i++)
        give_up(all, &all->shape[i]);
    free(all->shape);
    *all = (hub_shapes){0};
}

/* Behind the second slash: DATA and HIST of one object name the same points. */
static uint32_t place_of(const hub_shapes *all, ess_slice topic)
{
    uint64_t hash = all->seed ^ UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    unsigned slashes = 0;
    for (size_t i = 0; i < topic.len; i++) {
        if (slashes >= 2)
            hash = (hash ^ (uint8_t)topic.ptr[i]) * UINT64_C(0x100000001b3);
        slashes += topic.ptr[i] == '/';
    }
    return (uint32_t)(hash ^ (hash >> 32)) % HUB_SHAPES_MAX;
}

/* Begun anew, with the next larger room; of the largest size, with the same. */
static bool begin_anew(hub_shapes *all, ess_shape *shape)
{
    uint32_t room = shape->room == 0 ? ROOM_FIRST : (uint32_t)shape->room * ROOM_STEP;
    if (room > ESS_MEMBERS_MAX)
        room = ESS_MEMBERS_MAX;
    give_up(all, shape);
    for (; all->keys + room > HUB_SHAPE_KEYS_MAX; all->hand = (all->hand + 1) % HUB_SHAPES_MAX)
        give_up(all, &all->shape[all->hand]);
    ess_shape_key *keys = malloc(room * sizeof *keys);
    if (keys == NULL)
        return false;
    ess_shape_init(shape, keys, (uint16_t)room);
    all->keys += room;
    return true;
}

ess_shape *shapes_for(hub_shapes *all, ess_slice topic)
{
    ess_shape *shape = &all->shape[place_of(all, topic)];
    if (shape->count < shape->room || begin_anew(all, shape))
        return shape;
    ess_shape_init(&all->spare, all->spare_keys,
                   sizeof all->spare_keys / sizeof all->spare_keys[0]);
    return &all->spare;
}

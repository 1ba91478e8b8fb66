/* The table of names that a shape is: an array in the order of first coming, with hash chains
 * through it for names that come out of order. */
#include "ess/shape.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"

void ess_shape_init(ess_shape *shape, ess_shape_key *keys, uint16_t room)
{
    memset(shape, 0, sizeof *shape);
    shape->keys = keys;
    shape->room = room > ESS_MEMBERS_MAX ? ESS_MEMBERS_MAX : room;
    memset(keys, 0, shape->room * sizeof *keys);
}

static uint16_t bucket_of(const ess_shape *shape, ess_slice name)
{
    return (uint16_t)(ess_name_hash(name) % shape->room);
}

static bool is_key(const ess_shape_key *key, ess_slice name)
{
    return key->text_len == name.len + 3 && memcmp(key->text + 1, name.ptr, name.len) == 0;
}

uint16_t ess_shape_find(const ess_shape *shape, ess_slice name)
{
    if (name.len == 0 || name.len > ESS_SHAPE_NAME_MAX)
        return ESS_SHAPE_NONE;
    uint16_t at = shape->keys[bucket_of(shape, name)].head;
    while (at != 0 && !is_key(&shape->keys[at - 1], name))
        at = shape->keys[at - 1].next;
    return at == 0 ? ESS_SHAPE_NONE : (uint16_t)(at - 1);
}

uint16_t ess_shape_add(ess_shape *shape, ess_slice name)
{
    const char *end = name.ptr + name.len;

    return name.len > 0 && ess_plain_end(name.ptr, end) == end ? ess_shape_learn(shape, name)
                                                               : ESS_SHAPE_NONE;
}

uint16_t ess_shape_learn(ess_shape *shape, ess_slice name)
{
    if (shape->count == shape->room || name.len == 0 || name.len > ESS_SHAPE_NAME_MAX)
        return ESS_SHAPE_NONE;
    ess_shape_key *key = &shape->keys[shape->count];
    ess_shape_key *bucket = &shape->keys[bucket_of(shape, name)];
    key->text[0] = '"';
    memcpy(key->text + 1, name.ptr, name.len);
    memcpy(key->text + 1 + name.len, "\":", 2);
    key->text_len = (uint8_t)(name.len + 3);
    memcpy(key->tail, (uint8_t[]){0, ESS_VALUE_NUMBER, 0, (uint8_t)name.len}, sizeof key->tail);
    memset(&key->mask, 0xFF, key->text_len < 8 ? key->text_len : 8);
    key->last_at = key->text_len < 8 ? 0 : key->text_len - 8;
    key->next = bucket->head;
    bucket->head = ++shape->count;
    return (uint16_t)(shape->count - 1);
}

ess_slice ess_shape_name(const ess_shape *shape, uint16_t index)
{
    const ess_shape_key *key = &shape->keys[index];

    return (ess_slice){key->text + 1, (size_t)key->text_len - 3};
}

#include "hub/names.h"
#include "codec/try.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static uint64_t hash_of(const hub_names *names, ess_slice key)
{
    uint64_t hash = names->seed ^ UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (uint8_t)key.ptr[i]) * UINT64_C(0x100000001b3);
    return hash ^ (hash >> 32);
}

/* Slots are twice the capacity, so there is always a free one. */
static uint32_t slot_mask(const hub_names *names)
{
    return names->capacity * 2 - 1;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t slot_of(const hub_names *names, ess_slice key)
{
    uint32_t at = (uint32_t)hash_of(names, key) & slot_mask(names);
    while (names->slot[at] != 0 && !ess_slice_equal(names->key[names->slot[at] - 1], key))
        at = (at + 1) & slot_mask(names);
    return at;
}

static ess_err resize(hub_names *names, uint32_t capacity)
{
    ess_slice *key = realloc(names->key, capacity * sizeof *key);
    if (key == NULL)
        return ESS_E_NO_ROOM;
    names->key = key;
    uint32_t *slot = calloc((size_t)capacity * 2, sizeof *slot);
    if (slot == NULL)
        return ESS_E_NO_ROOM;
    free(names->slot);
    names->slot = slot;
    names->capacity = capacity;
    for (uint32_t i = 0; i < names->count; i++)
        slot[slot_of(names, key[i])] = i + 1;
    return ESS_OK;
}

ess_err names_init(hub_names *names, uint32_t most, uint64_t seed)
{
    *names = (hub_names){.most = most, .seed = seed};
    return resize(names, FIRST_CAPACITY);
}

void names_free(hub_names *names)
{
    while (names->count > 0)
        free((void *)(uintptr_t)names->key[--names->count].ptr);
    free(names->key);
    free(names->slot);
    *names = (hub_names){0};
}

ess_err names_find(const hub_names *names, ess_slice key, uint32_t *number)
{
    uint32_t at = slot_of(names, key);
    if (names->slot[at] == 0)
        return ESS_E_NOT_FOUND;
    *number = names->slot[at] - 1;
    return ESS_OK;
}

ess_err names_add(hub_names *names, ess_slice key, uint32_t *number)
{
    if (names->count >= names->most)
        return ESS_E_NO_ROOM;
    if (names->count == names->capacity)
        TRY(resize(names, names->capacity * 2));
    char *copy = malloc(key.len + 1);
    if (copy == NULL)
        return ESS_E_NO_ROOM;
    if (key.len > 0)
        memcpy(copy, key.ptr, key.len);
    copy[key.len] = '\0';
    uint32_t at = slot_of(names, key);
    assert(names->slot[at] == 0);
    names->key[names->count] = (ess_slice){copy, key.len};
    names->slot[at] = ++names->count;
    *number = names->count - 1;
    return ESS_OK;
}

void names_pop(hub_names *names)
{
    assert(names->count > 0);
    /* The newest key's slot ends every chain it is part of, so it can simply be freed. */
    ess_slice key = names->key[names->count - 1];
    names->slot[slot_of(names, key)] = 0;
    names->count--;
    free((void *)(uintptr_t)key.ptr);
}

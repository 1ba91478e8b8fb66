/* See names.h. An entry is 14 bits of hash, 1 bit "written with escapes", 17 bits of offset. next
 * and head are 1 + the index of an entry, 0 for none; head is that of the bucket of its own index.
 */
#include "codec/names.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"

enum {
    OFFSET_BITS = 17,
    HASH_SHIFT = OFFSET_BITS + 1,
};
static const uint32_t OFFSET_MASK = (UINT32_C(1) << OFFSET_BITS) - 1;
static const uint32_t ESCAPED = UINT32_C(1) << OFFSET_BITS;

_Static_assert(ESS_MESSAGE_MAX <= (1 << OFFSET_BITS), "an offset must fit an entry");
_Static_assert(ESS_MEMBERS_MAX < UINT16_MAX, "an index must fit 16 bits");
_Static_assert(ESS_MEMBERS_MAX <= (1 << (32 - HASH_SHIFT)), "the kept hash picks the bucket");

/* Four bytes at at, in any order. */
static uint32_t four_at(const char *at)
{
    uint32_t four = 0;

    memcpy(&four, at, sizeof four);
    return four;
}

uint32_t ess_name_hash(ess_slice name)
{
    const char *text = name.ptr;
    uint32_t hash = (uint32_t)name.len;

    if (name.len >= 4) {
        hash = (hash + four_at(text)) * UINT32_C(0x9E3779B1);
        hash = (hash ^ hash >> 15 ^ four_at(text + name.len / 2 - 2)) * UINT32_C(0x85EBCA77);
        hash = hash ^ hash >> 13 ^ four_at(text + name.len - 4);
    } else {
        for (size_t i = 0; i < name.len; i++)
            hash = hash << 8 | (unsigned char)text[i];
    }
    hash *= UINT32_C(0xC2B2AE3D);
    return hash >> 18;
}

static void forget_all(ess_scratch *names)
{
    for (uint16_t i = 0; i < names->room; i++)
        names->name[i].head = 0;
    names->count = 0;
}

void ess_scratch_init(ess_scratch *scratch, ess_scratch_name *name, uint16_t room)
{
    *scratch = (ess_scratch){.name = name, .room = room > ESS_MEMBERS_MAX ? ESS_MEMBERS_MAX : room};
    scratch->buckets = 1;
    while (scratch->buckets * 2 <= scratch->room)
        scratch->buckets *= 2;
    forget_all(scratch);
}

void ess_names_begin(ess_scratch *names, ess_slice text)
{
    names->text = text.ptr;
    names->end = text.ptr + text.len;
    names->unlisted = 0;
    names->depth = 0;
    if (names->count > 0) /* the message before broke off */
        forget_all(names);
}

static uint16_t *head_of(ess_scratch *names, uint32_t hash)
{
    return &names->name[hash & (names->buckets - 1U)].head;
}

void ess_names_open(ess_scratch *names)
{
    names->mark[names->depth++] = names->count;
}

void ess_names_close(ess_scratch *names)
{
    uint16_t first = names->mark[--names->depth];

    while (names->count > first) {
        const ess_scratch_name *last = &names->name[--names->count];
        *head_of(names, last->entry >> HASH_SHIFT) = last->next;
    }
}

/* The name of an entry that was written with escapes, resolved. */
static ess_slice resolve(const ess_scratch *names, uint32_t offset, char room[static ESS_NAME_MAX])
{
    const char *text = names->text + offset;
    size_t len = 0;
    ess_json_token token = {.type = ESS_JSON_KEY, .escaped = true};

    while (text[len] != '"')
        len += text[len] == '\\' ? 2 : 1;
    token.text = (ess_slice){text, len};
    (void)ess_json_unescape(&token, room, ESS_NAME_MAX, &len); /* it fitted when it was added */
    return (ess_slice){room, len};
}

static bool is_entry(const ess_scratch *names, uint32_t entry, ess_slice name)
{
    uint32_t offset = entry & OFFSET_MASK;
    const char *text = names->text + offset;
    char room[ESS_NAME_MAX];

    if ((entry & ESCAPED) != 0)
        return ess_slice_equal(resolve(names, offset, room), name);
    return (size_t)(names->end - text) > name.len && text[name.len] == '"' &&
           memcmp(text, name.ptr, name.len) == 0;
}

/* Whether one name more may be open, and finds room. */
static ess_err check_room(const ess_scratch *names)
{
    uint32_t open = (uint32_t)names->count + names->unlisted;

    if (open == ESS_MEMBERS_MAX)
        return ESS_E_TOO_LARGE;
    return open == names->room ? ESS_E_NO_ROOM : ESS_OK;
}

ess_err ess_names_count(ess_scratch *names)
{
    TRY(check_room(names));
    names->unlisted++;
    return ESS_OK;
}

ess_err ess_names_add(ess_scratch *names, const ess_json_token *key)
{
    char room[ESS_NAME_MAX];
    ess_slice name = key->text;
    uint32_t flag = 0;

    if (key->escaped) {
        name.ptr = room;
        flag = ESCAPED;
        if (ess_json_unescape(key, room, sizeof room, &name.len) != ESS_OK)
            return ESS_E_TOO_LARGE;
    }
    if (name.len > ESS_NAME_MAX)
        return ESS_E_TOO_LARGE;
    TRY(check_room(names));
    uint32_t hash = ess_name_hash(name);
    uint16_t *head = head_of(names, hash);
    uint16_t first = names->mark[names->depth - 1];
    for (uint16_t at = *head; at > first; at = names->name[at - 1].next) {
        uint32_t entry = names->name[at - 1].entry;
        if (entry >> HASH_SHIFT == hash && is_entry(names, entry, name))
            return ESS_E_EXISTS;
    }
    ess_scratch_name *added = &names->name[names->count];
    added->entry = hash << HASH_SHIFT | flag | (uint32_t)(key->text.ptr - names->text);
    added->next = *head;
    *head = ++names->count;
    return ESS_OK;
}

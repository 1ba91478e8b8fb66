/* See names.h. An entry is 14 bits of hash, 1 bit "written with escapes", 17 bits of offset. */
#include "codec/names.h"

#include <string.h>

#include "codec/internal.h"

enum {
    OFFSET_BITS = 17,
    HASH_SHIFT = OFFSET_BITS + 1,
};
static const uint32_t OFFSET_MASK = (UINT32_C(1) << OFFSET_BITS) - 1;
static const uint32_t ESCAPED = UINT32_C(1) << OFFSET_BITS;

_Static_assert(ESS_MESSAGE_MAX <= (1 << OFFSET_BITS), "an offset must fit an entry");
_Static_assert(ESS_MEMBERS_MAX < UINT16_MAX, "an index must fit 16 bits");
_Static_assert(ESS_NAMES_BUCKETS <= (1 << (32 - HASH_SHIFT)), "the kept hash picks the bucket");

void ess_names_init(ess_names *names, ess_slice text)
{
    names->text = text;
    names->count = 0;
    names->unlisted = 0;
    names->depth = 0;
    names->in_use = false;
}

void ess_names_open(ess_names *names)
{
    names->mark[names->depth++] = names->count;
}

void ess_names_close(ess_names *names)
{
    uint16_t first = names->mark[--names->depth];

    while (names->count > first) {
        uint16_t last = --names->count;
        names->head[(names->entry[last] >> HASH_SHIFT) % ESS_NAMES_BUCKETS] = names->next[last];
    }
}

/* The name of an entry that was written with escapes, resolved. */
static ess_slice resolve(const ess_names *names, uint32_t offset, char room[static ESS_NAME_MAX])
{
    const char *text = names->text.ptr + offset;
    size_t len = 0;
    ess_json_token token = {.type = ESS_JSON_KEY, .escaped = true};

    while (text[len] != '"')
        len += text[len] == '\\' ? 2 : 1;
    token.text = (ess_slice){text, len};
    (void)ess_json_unescape(&token, room, ESS_NAME_MAX, &len); /* it fitted when it was added */
    return (ess_slice){room, len};
}

static bool is_entry(const ess_names *names, uint32_t entry, ess_slice name)
{
    uint32_t offset = entry & OFFSET_MASK;
    const char *text = names->text.ptr + offset;
    char room[ESS_NAME_MAX];

    if ((entry & ESCAPED) != 0)
        return ess_slice_equal(resolve(names, offset, room), name);
    return names->text.len - offset > name.len && text[name.len] == '"' &&
           memcmp(text, name.ptr, name.len) == 0;
}

ess_err ess_names_count(ess_names *names)
{
    if (names->count + names->unlisted == ESS_MEMBERS_MAX)
        return ESS_E_TOO_LARGE;
    names->unlisted++;
    return ESS_OK;
}

ess_err ess_names_add(ess_names *names, const ess_json_token *key)
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
    if (name.len > ESS_NAME_MAX || names->count + names->unlisted == ESS_MEMBERS_MAX)
        return ESS_E_TOO_LARGE;
    if (!names->in_use)
        memset(names->head, 0, sizeof names->head);
    names->in_use = true;
    uint32_t hash = ess_name_hash(name.ptr, name.len);
    uint16_t *head = &names->head[hash % ESS_NAMES_BUCKETS];
    uint16_t first = names->mark[names->depth - 1];
    for (uint16_t at = *head; at > first; at = names->next[at - 1]) {
        uint32_t entry = names->entry[at - 1];
        if (entry >> HASH_SHIFT == hash && is_entry(names, entry, name))
            return ESS_E_EXISTS;
    }
    names->entry[names->count] =
        hash << HASH_SHIFT | flag | (uint32_t)(key->text.ptr - names->text.ptr);
    names->next[names->count] = *head;
    *head = ++names->count;
    return ESS_OK;
}

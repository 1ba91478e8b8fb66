/* Each look-up reads the object from its beginning: answers are small and asked once. */
#include "json/walk.h"

#include <string.h>

void walk_begin(walk *w, ess_slice value)
{
    ess_json_token token;
    *w = (walk){0};
    ess_json_reader_init(&w->reader, value);
    if (ess_json_next(&w->reader, &token) != ESS_OK)
        return;
    w->object = token.type == ESS_JSON_OBJECT_BEGIN;
    w->alive = w->object || token.type == ESS_JSON_ARRAY_BEGIN;
}

bool walk_next(walk *w, ess_slice *key, ess_slice *raw)
{
    ess_json_token token;
    if (!w->alive)
        return false;
    w->alive = false;
    if (ess_json_next(&w->reader, &token) != ESS_OK)
        return false;
    if (token.type == ESS_JSON_OBJECT_END || token.type == ESS_JSON_ARRAY_END)
        return false;
    if (w->object) {
        if (key != NULL)
            *key = token.text;
        if (ess_json_next(&w->reader, &token) != ESS_OK)
            return false;
    }
    w->alive = ess_json_skip(&w->reader, &token, raw) == ESS_OK;
    return w->alive;
}

bool walk_member(ess_slice object, const char *name, ess_slice *raw)
{
    walk w;
    ess_slice key;
    ess_slice value;
    walk_begin(&w, object);
    while (w.object && walk_next(&w, &key, &value)) {
        if (ess_slice_is(key, name)) {
            *raw = value;
            return true;
        }
    }
    return false;
}

bool walk_token(ess_slice raw, ess_json_token *token)
{
    ess_json_reader reader;
    ess_json_reader_init(&reader, raw);
    return ess_json_next(&reader, token) == ESS_OK;
}

/* Bytes of text that fit into room_size with a NUL, not cutting a character. */
static size_t fitting(ess_slice text, size_t room_size)
{
    size_t len = text.len;
    if (len >= room_size) {
        len = room_size - 1;
        while (len > 0 && ((uint8_t)text.ptr[len] & 0xC0) == 0x80)
            len--;
    }
    return len;
}

void walk_plain(ess_slice raw, char *room, size_t room_size)
{
    ess_json_token token = {0};
    size_t len;
    ess_slice text = raw;
    if (raw.len > 0 && raw.ptr[0] == '"' && walk_token(raw, &token))
        text = token.text;
    if (!token.escaped || ess_json_unescape(&token, room, room_size - 1, &len) != ESS_OK) {
        len = fitting(text, room_size);
        memcpy(room, text.ptr, len);
    }
    room[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)room[i];
        if (byte == 0xC2 && i + 1 < len && (uint8_t)room[i + 1] < 0xA0)
            room[i] = room[i + 1] = '.'; /* U+0080..9F: some terminals obey these too */
        else if (byte < 0x20 || byte == 0x7F)
            room[i] = '.';
    }
}

bool walk_text(ess_slice object, const char *name, char *room, size_t room_size)
{
    ess_slice raw;
    room[0] = '\0';
    if (!walk_member(object, name, &raw) || raw.ptr[0] != '"')
        return false;
    walk_plain(raw, room, room_size);
    return true;
}

bool walk_integer(ess_slice object, const char *name, int64_t *out)
{
    ess_slice raw;
    ess_json_token token;
    return walk_member(object, name, &raw) && walk_token(raw, &token) &&
           ess_json_integer(&token, out) == ESS_OK;
}

bool walk_is_true(ess_slice object, const char *name)
{
    ess_slice raw;
    return walk_member(object, name, &raw) && ess_slice_is(raw, "true");
}

/* Walks the object once with the strict reader. */
#include "hub/http_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static ess_err say(char why[static BODY_WHY_MAX], const char *name, const char *text)
{
    (void)snprintf(why, BODY_WHY_MAX, "%s %s.", name, text); /* cut is fine */
    return ESS_E_DATA;
}

static ess_err read_text(body_member *member, const ess_json_token *token, char *why)
{
    char text[48];
    size_t len = 0;
    if (token->type != ESS_JSON_STRING)
        return say(why, member->name, "must be a text");
    bool fits = ess_json_unescape(token, member->room, member->room_size - 1, &len) == ESS_OK;
    if (!fits || len == 0) {
        (void)snprintf(text, sizeof text, "must have 1 to %zu bytes", member->room_size - 1);
        return say(why, member->name, text);
    }
    if (memchr(member->room, '\0', len) != NULL)
        return say(why, member->name, "must not hold U+0000");
    member->room[len] = '\0';
    member->text = (ess_slice){member->room, len};
    return ESS_OK;
}

static ess_err read_integer(body_member *member, const ess_json_token *token, char *why)
{
    char text[80];
    int64_t number = 0;
    if (token->type == ESS_JSON_NUMBER && ess_json_integer(token, &number) == ESS_OK &&
        number >= member->min && number <= member->max) {
        member->number = number;
        return ESS_OK;
    }
    (void)snprintf(text, sizeof text, "must be a whole number from %" PRId64 " to %" PRId64,
                   member->min, member->max);
    return say(why, member->name, text);
}

static ess_err read_member(body_member *member, ess_json_reader *reader, char *why)
{
    ess_json_token token;
    if (member->given)
        return say(why, member->name, "is given twice");
    member->given = true;
    TRY(ess_json_next(reader, &token));
    if (member->kind == BODY_TEXT)
        return read_text(member, &token, why);
    if (member->kind == BODY_INTEGER)
        return read_integer(member, &token, why);
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return say(why, member->name, "must be an object");
    return ess_json_skip(reader, &token, &member->text);
}

static body_member *find(body_member *members, size_t count, const ess_json_token *key)
{
    for (size_t i = 0; i < count; i++) {
        if (ess_json_text_is(key, members[i].name))
            return &members[i];
    }
    return NULL;
}

static ess_err read_members(ess_json_reader *reader, body_member *members, size_t count, char *why)
{
    ess_json_token token;
    TRY(ess_json_next(reader, &token));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return say(why, "The body", "must be one JSON object");
    for (;;) {
        TRY(ess_json_next(reader, &token));
        if (token.type == ESS_JSON_OBJECT_END)
            break;
        body_member *member = find(members, count, &token);
        if (member == NULL) {
            (void)snprintf(why, BODY_WHY_MAX, "%.*s is not known here.",
                           token.text.len > 64 ? 64 : (int)token.text.len, token.text.ptr);
            return ESS_E_DATA;
        }
        TRY(read_member(member, reader, why));
    }
    return ess_json_next(reader, &token); /* nothing may follow */
}

ess_err http_body_read(ess_slice body, body_member *members, size_t count,
                       char why[static BODY_WHY_MAX])
{
    ess_json_reader reader;
    why[0] = '\0';
    ess_json_reader_init(&reader, body);
    ess_err err = read_members(&reader, members, count, why);
    if (err != ESS_OK && why[0] == '\0')
        (void)snprintf(why, BODY_WHY_MAX, "Byte %u: %s.", (unsigned)reader.fault.offset,
                       reader.fault.what);
    TRY(err);
    for (size_t i = 0; i < count; i++) {
        if (members[i].required && !members[i].given)
            return say(why, members[i].name, "is required");
    }
    return ESS_OK;
}

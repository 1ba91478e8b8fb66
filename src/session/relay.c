/* The known members are written anew, so the envelope may be changed; of the others the bytes from
 * the name's quote to the value's end are copied as they are. A tree of the message that is changed
 * and printed was rejected: it needs room, and gives numbers and escapes another form. */
#include "ess/relay.h"

#include "codec/try.h"

#include <string.h>

static bool is_known(const ess_json_token *name)
{
    static const char *const names[] = {"t", "ns", "code", "s", "te", "d", "x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (ess_json_text_is(name, names[i]))
            return true;
    }
    return false;
}

/* The next member of the payload that is not the envelope's: name and value; ptr NULL: none. */
static ess_err next_other(ess_json_reader *reader, ess_slice *member)
{
    ess_json_token name, first;
    ess_slice value;
    for (;;) {
        TRY(ess_json_next(reader, &name));
        *member = (ess_slice){0};
        if (name.type != ESS_JSON_KEY)
            return ESS_OK;
        TRY(ess_json_next(reader, &first));
        TRY(ess_json_skip(reader, &first, &value));
        const char *begin = name.text.ptr - 1;
        *member = (ess_slice){begin, (size_t)(value.ptr + value.len - begin)};
        if (!is_known(&name))
            return ESS_OK;
    }
}

ess_err ess_envelope_relay(ess_slice payload, const ess_envelope *envelope, char *room,
                           size_t room_size, size_t *len)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_slice member;
    size_t used = 0;
    ess_json_reader_init(&reader, payload);
    TRY(ess_json_next(&reader, &token));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return ESS_E_JSON_SYNTAX;
    TRY(ess_envelope_print(envelope, room, room_size, &used));
    for (;;) {
        TRY(next_other(&reader, &member));
        if (member.ptr == NULL)
            break;
        if (member.len >= room_size - used)
            return ESS_E_NO_ROOM;
        room[used - 1] = ','; /* where the closing brace was */
        memcpy(room + used, member.ptr, member.len);
        used += member.len + 1;
        room[used - 1] = '}';
    }
    *len = used;
    return ESS_OK;
}

/* The place of a signature: texts of fixed length around digits of fixed number, so all of it is
 * offsets from the payload's end.
 *
 * Why the place is safe without a search. The payload is well-formed JSON, so the first quote of
 * ,"sig":" stands behind a comma and cannot lie inside a string (there it would be escaped) nor
 * end one (a colon would have to follow). So it begins a member's name; its value's closing quote
 * is followed by the two braces that end the payload, so the member is the last of an object that
 * is the payload's last member; and that object is x, because x is asked where it ends. The same
 * holds for kid. A second sig in x was refused as a duplicate, also one written with escapes.
 */
#include "ess/signature.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"

#define KID_OPEN  ",\"kid\":\""
#define SIG_OPEN  ",\"sig\":\""
#define END       "\"}}"
#define LEN(text) (sizeof(text) - 1)
#define PUBLIC    "ess-public:"

enum {
    SIG_DIGITS = 2 * ESS_SIGNATURE_BYTES,
    SIG_TAIL = LEN(SIG_OPEN) + SIG_DIGITS + LEN(END), /* from the comma before "sig" */
    KID_MEMBER = LEN(KID_OPEN) + ESS_KID_LEN + 1,     /* its closing quote included */
    BRACES = 2
};
_Static_assert(SIG_TAIL == 139 && SIG_TAIL + KID_MEMBER == 164, "[SIG-02, SIG-04]");
_Static_assert(LEN(PUBLIC) + 2 * ESS_KEY_BYTES == ESS_KEY_TEXT_LEN, "[SIG-08]");

/* ---- hex */

void ess_hex_print(const uint8_t *bytes, size_t size, char *room)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        room[2 * i] = digits[bytes[i] >> 4];
        room[2 * i + 1] = digits[bytes[i] & 15U];
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(ess_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (digit_of(text.ptr[i]) < 0)
            return false;
    }
    return true;
}

ess_err ess_hex_parse(ess_slice digits, uint8_t *bytes, size_t size)
{
    if (digits.len != 2 * size || !is_hex(digits))
        return ESS_E_DATA;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(digit_of(digits.ptr[2 * i]) << 4 | digit_of(digits.ptr[2 * i + 1]));
    return ESS_OK;
}

/* ---- keys */

ess_err ess_public_key_parse(ess_slice text, uint8_t key[static ESS_KEY_BYTES])
{
    if (text.len != ESS_KEY_TEXT_LEN || memcmp(text.ptr, PUBLIC, LEN(PUBLIC)) != 0)
        return ESS_E_DATA;
    return ess_hex_parse((ess_slice){text.ptr + LEN(PUBLIC), text.len - LEN(PUBLIC)}, key,
                         ESS_KEY_BYTES);
}

void ess_public_key_print(const uint8_t key[static ESS_KEY_BYTES],
                          char room[static ESS_KEY_TEXT_LEN + 1])
{
    memcpy(room, PUBLIC, LEN(PUBLIC));
    ess_hex_print(key, ESS_KEY_BYTES, room + LEN(PUBLIC));
    room[ESS_KEY_TEXT_LEN] = '\0';
}

void ess_kid_print(const uint8_t key[static ESS_KEY_BYTES], char room[static ESS_KID_LEN + 1])
{
    ess_hex_print(key, ESS_KID_LEN / 2, room);
    room[ESS_KID_LEN] = '\0';
}

/* ---- the place */

/* text has at least LEN(literal) bytes from at on. */
static bool has(const char *at, const char *literal, size_t len)
{
    return memcmp(at, literal, len) == 0;
}

/* ,"kid":"<digits>" where at points to its comma. */
static bool is_kid(const char *at)
{
    return has(at, KID_OPEN, LEN(KID_OPEN)) &&
           is_hex((ess_slice){at + LEN(KID_OPEN), ESS_KID_LEN}) && at[KID_MEMBER - 1] == '"';
}

static ess_err refuse(ess_fault *fault, size_t offset, const char *rule, const char *what)
{
    return ess_refuse(fault, (ess_fault){ESS_E_NOT_FOUND, (uint32_t)offset, rule, what});
}

ess_err ess_signature_find(ess_slice payload, const ess_envelope *envelope, ess_signature *out,
                           ess_fault *fault)
{
    ess_signature found;

    if (payload.len <= SIG_TAIL + KID_MEMBER)
        return refuse(fault, 0, "SIG-02", "there is no signature");
    if (envelope->x.len == 0 || envelope->x.ptr + envelope->x.len != payload.ptr + payload.len - 1)
        return refuse(fault, payload.len - 1, "SIG-01",
                      "x is not the last member, so nothing can be signed");
    const char *tail = payload.ptr + payload.len - SIG_TAIL;
    ess_slice digits = {tail + LEN(SIG_OPEN), SIG_DIGITS};
    if (!has(tail, SIG_OPEN, LEN(SIG_OPEN)) || !has(digits.ptr + SIG_DIGITS, END, LEN(END)) ||
        ess_hex_parse(digits, found.bytes, sizeof found.bytes) != ESS_OK)
        return refuse(fault, payload.len - SIG_TAIL, "SIG-02",
                      "there is no signature at the end of x");
    if (!is_kid(tail - KID_MEMBER))
        return refuse(fault, payload.len - SIG_TAIL - KID_MEMBER, "SIG-02",
                      "there is no kid before the signature");
    found.kid = (ess_slice){tail - KID_MEMBER + LEN(KID_OPEN), ESS_KID_LEN};
    found.signed_part = (ess_slice){payload.ptr, payload.len - SIG_TAIL};
    *out = found;
    return ESS_OK;
}

ess_err ess_signature_message(ess_slice topic, ess_slice signed_part, char *room, size_t room_size,
                              size_t *len)
{
    if (topic.len >= room_size || signed_part.len > room_size - topic.len - 1)
        return ESS_E_NO_ROOM;
    memcpy(room, topic.ptr, topic.len);
    room[topic.len] = '\0';
    memcpy(room + topic.len + 1, signed_part.ptr, signed_part.len);
    *len = topic.len + 1 + signed_part.len;
    return ESS_OK;
}

/* ---- signing */

ess_err ess_signature_open(ess_slice payload, ess_slice *signed_part)
{
    if (payload.len <= KID_MEMBER + BRACES ||
        !is_kid(payload.ptr + payload.len - BRACES - KID_MEMBER) ||
        !has(payload.ptr + payload.len - BRACES, "}}", BRACES))
        return ESS_E_STATE;
    *signed_part = (ess_slice){payload.ptr, payload.len - BRACES};
    return ESS_OK;
}

ess_err ess_signature_append(char *room, size_t room_size, size_t *len,
                             const uint8_t signature[static ESS_SIGNATURE_BYTES])
{
    ess_slice part;

    TRY(ess_signature_open((ess_slice){room, *len}, &part));
    if (room_size < part.len || room_size - part.len < SIG_TAIL)
        return ESS_E_NO_ROOM;
    char *at = room + part.len;
    memcpy(at, SIG_OPEN, LEN(SIG_OPEN));
    ess_hex_print(signature, ESS_SIGNATURE_BYTES, at + LEN(SIG_OPEN));
    memcpy(at + LEN(SIG_OPEN) + SIG_DIGITS, END, LEN(END));
    *len = part.len + SIG_TAIL;
    return ESS_OK;
}

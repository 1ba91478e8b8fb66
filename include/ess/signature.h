/* Signed commands [SIG-01..09]: where the signature of a payload lies, what it covers, and how it
 * is put there. No cryptography: Ed25519 is the caller's, between two calls.
 *
 * To check:  ess_signature_find, choose the key by kid, ess_signature_message, verify.
 * To sign:   ess_command_print with kid, ess_signature_open, ess_signature_message, sign,
 *            ess_signature_append.
 *
 * The signature has a place of its own, counted from the payload's end, so that nothing is searched
 * and nothing that was parsed decides what is checked.
 */
#ifndef ESS_SIGNATURE_H
#define ESS_SIGNATURE_H

#include "ess/limits.h"
#include "ess/message.h"

ESS_BEGIN_C

#define ESS_KEY_BYTES       32
#define ESS_SIGNATURE_BYTES 64
#define ESS_KID_LEN         16 /* hex digits */
#define ESS_KEY_TEXT_LEN    75 /* "ess-public:" or "ess-secret:", 64 hex digits */
/* Longest text that is signed: topic, NUL, payload. */
#define ESS_SIGNED_MAX (ESS_TOPIC_MAX + 1 + ESS_MESSAGE_MAX)

typedef struct ess_signature {
    ess_slice kid;         /* ESS_KID_LEN digits; borrowed from the payload */
    ess_slice signed_part; /* [SIG-04] of the payload; borrowed from it */
    uint8_t bytes[ESS_SIGNATURE_BYTES];
} ess_signature;

/* The signature at the end of a payload [SIG-01, SIG-02]. It says nothing of whether it is right.
 * envelope: what ess_envelope_parse gave of this very payload (it refused duplicate names and
 * tells where x ends).
 * Returns ESS_E_NOT_FOUND when there is none in its place (*out untouched; *fault, which may be
 * NULL, tells why).
 * Lifetime: out borrows from payload. Cost: the last 164 bytes are looked at. */
ess_err ess_signature_find(ess_slice payload, const ess_envelope *envelope, ess_signature *out,
                           ess_fault *fault);

/* [SIG-04] The text that is signed, in one piece: topic, NUL, signed_part. topic: as the message
 * came or will go. room of ESS_SIGNED_MAX is enough for every payload that may be sent. Returns
 * ESS_E_NO_ROOM (room untouched). Cost: one copy. */
ess_err ess_signature_message(ess_slice topic, ess_slice signed_part, char *room, size_t room_size,
                              size_t *len);

/* What will be signed of a payload that has its kid but not its signature yet: one that ends with
 * ,"kid":"<16 digits>"}} as ess_command_print writes it. Returns ESS_E_STATE for any other.
 * Lifetime: out borrows from payload. */
ess_err ess_signature_open(ess_slice payload, ess_slice *signed_part);

/* Puts the signature into the same payload: room holds *len bytes of it, and gets 139 - 2 more.
 * Returns ESS_E_STATE (as ess_signature_open), ESS_E_NO_ROOM; room and *len untouched then. */
ess_err ess_signature_append(char *room, size_t room_size, size_t *len,
                             const uint8_t signature[ESS_AT_LEAST(ESS_SIGNATURE_BYTES)]);

/* [SIG-08] "ess-public:<64 lower-case hex digits>", nothing before or behind it.
 * Returns ESS_E_DATA; whether it is a point of the curve is not looked at. */
ess_err ess_public_key_parse(ess_slice text, uint8_t key[ESS_AT_LEAST(ESS_KEY_BYTES)]);
/* Writes it, NUL-terminated. */
void ess_public_key_print(const uint8_t key[ESS_AT_LEAST(ESS_KEY_BYTES)],
                          char room[ESS_AT_LEAST(ESS_KEY_TEXT_LEN + 1)]);
/* [SIG-09] Name of a public key, NUL-terminated. */
void ess_kid_print(const uint8_t key[ESS_AT_LEAST(ESS_KEY_BYTES)],
                   char room[ESS_AT_LEAST(ESS_KID_LEN + 1)]);

/* size bytes in lower-case hex digits, no NUL. room: 2 x size bytes. */
void ess_hex_print(const uint8_t *bytes, size_t size, char *room);
/* The bytes of exactly 2 x size lower-case hex digits. Returns ESS_E_DATA (bytes untouched). */
ess_err ess_hex_parse(ess_slice digits, uint8_t *bytes, size_t size);

ESS_END_C

#endif

/* The public keys that somebody believes, and what they make of a payload [SIG-08..13].
 *
 * A device asks it of what it is ordered, a laboratory of what it has recorded: one judgement. The
 * cryptography is left to the caller (store_verify), who may have to bound it [SIG-19].
 */
#ifndef ESS_STORE_KEYRING_H
#define ESS_STORE_KEYRING_H

#include "store/sign.h"

#define STORE_KEYS_MAX 8 /* STATE can announce them all [SIG-20] */

typedef struct store_public_key {
    uint8_t bytes[ESS_KEY_BYTES];
    char kid[ESS_KID_LEN + 1];
} store_public_key;

/* Empty: {0}. */
typedef struct store_keyring {
    store_public_key key[STORE_KEYS_MAX];
    size_t count;
} store_keyring;

/* key: a sound one, as store_public_key_parse gives it. ESS_E_EXISTS: there is one of its kid
 * [SIG-09]; ESS_E_NO_ROOM. keyring untouched then. */
ess_err store_keyring_add(store_keyring *keyring, const uint8_t key[static ESS_KEY_BYTES]);
/* NULL: none has that kid. Lifetime: borrowed from keyring. */
const store_public_key *store_keyring_find(const store_keyring *keyring, ess_slice kid);

typedef enum store_signed {
    STORE_UNSIGNED,    /* no signature in its place; the fault tells why */
    STORE_NO_KEYS,     /* signed, and there is nothing to hold it against */
    STORE_UNKNOWN_KEY, /* signed with a key that is not on the ring */
    STORE_TO_VERIFY    /* signed in the name of the key: store_verify has the last word */
} store_signed;

/* A signature as it stands in a payload. */
typedef struct store_seen {
    ess_signature signature;     /* but for STORE_UNSIGNED */
    const store_public_key *key; /* STORE_TO_VERIFY */
    ess_fault fault;             /* STORE_UNSIGNED */
} store_seen;

/* What can be told of a payload without cryptography. envelope: of this very payload.
 * Lifetime: out borrows from keyring and payload. Cost: that of ess_signature_find. */
store_signed store_keyring_look(const store_keyring *keyring, ess_slice payload,
                                const ess_envelope *envelope, store_seen *out);

#endif

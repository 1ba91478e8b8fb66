/* Keys that sign commands, and their files [SIG-07..09, SIG-24].
 *
 * A secret key's file is one line "ess-secret:<64 hex digits>" (the seed of RFC 8032), mode 0600; a
 * public key's is one line "ess-public:<64 hex digits>", which a person may copy anywhere. The
 * words in front keep one from being taken for the other (rejected: bare digits as in the key that
 * seals, and PEM, which firmware engineers would need a library to read).
 */
#ifndef ESS_STORE_SIGN_H
#define ESS_STORE_SIGN_H

#include "store/seal.h"

typedef struct store_signer {
    uint8_t secret[STORE_SECRET_BYTES];
    uint8_t public_key[ESS_KEY_BYTES];
    char kid[ESS_KID_LEN + 1];
} store_signer;

/* Reads a secret key. ESS_E_NOT_FOUND, ESS_E_PERMISSION when others may read it, ESS_E_CORRUPT
 * when it is not one, ESS_E_IO. *out untouched then. */
ess_err store_signer_load(const char *path, store_signer *out);
/* Makes a key of chance, durable as path (mode 0600) and its public key as <path>.pub (0644), the
 * secret first. ESS_E_EXISTS when path is there already, ESS_E_TOO_LARGE (the path),
 * ESS_E_STORAGE_FULL, ESS_E_PERMISSION, ESS_E_IO. */
ess_err store_signer_new(const char *path, store_signer *out);
/* Overwrites the key in memory. */
void store_signer_forget(store_signer *signer);

/* Signs a payload that ends with this signer's kid (ess_signature_open) for a topic: room holds
 * *len bytes of it and gets the signature; work: ESS_SIGNED_MAX bytes.
 * ESS_E_STATE, ESS_E_NO_ROOM; room untouched then. */
typedef struct store_to_sign {
    ess_slice topic;
    char *room;
    size_t room_size;
} store_to_sign;
ess_err store_sign(const store_signer *signer, const store_to_sign *what, char *work, size_t *len);

/* True when signature is right for topic and its payload by this key. work: ESS_SIGNED_MAX bytes.
 */
bool store_verify(const uint8_t public_key[static ESS_KEY_BYTES], ess_slice topic,
                  const ess_signature *signature, char *work);

/* A public key as text, or out of a file: a public key's, or the public half of a secret key's.
 * ESS_E_CORRUPT when it is no key, or not a sound one [SIG-08]; ESS_E_NOT_FOUND,
 * ESS_E_PERMISSION, ESS_E_IO of the file. key untouched then. */
ess_err store_public_key_parse(ess_slice text, uint8_t key[static ESS_KEY_BYTES]);
ess_err store_public_key_load(const char *path, uint8_t key[static ESS_KEY_BYTES]);

#endif

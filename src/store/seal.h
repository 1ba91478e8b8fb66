/* Sealing of stored bytes, hashing of passwords, signatures: the one door to libsodium. */
#ifndef ESS_STORE_SEAL_H
#define ESS_STORE_SEAL_H

#include "ess/signature.h"

#define STORE_KEY_BYTES     32
#define STORE_SEAL_OVERHEAD 40  /* nonce 24 + tag 16: XChaCha20-Poly1305 */
#define STORE_PASSWORD_MAX  128 /* room for a password hash, NUL included */
#define STORE_HASH_MAX      65  /* room for a hash, NUL included */

typedef struct store_key {
    uint8_t bytes[STORE_KEY_BYTES];
} store_key;

/* Reads the key file (64 hex digits and a newline), or makes one of mode 0600 if it is missing;
 * its folder must exist. ESS_E_PERMISSION when others may read it, ESS_E_CORRUPT when it is not a
 * key, ESS_E_STORAGE_FULL, ESS_E_IO. */
ess_err store_key_load(const char *path, store_key *out);
/* Overwrites the key in memory. */
void store_key_forget(store_key *key);

/* sealed gets len + STORE_SEAL_OVERHEAD bytes. context is authenticated, not stored: it binds the
 * bytes to their place, so a record cannot be moved. */
void store_seal(const store_key *key, ess_slice context, ess_slice plain, uint8_t *sealed);
/* plain gets sealed.len - STORE_SEAL_OVERHEAD bytes. ESS_E_CORRUPT if the seal does not open or
 * sealed is too short; plain is then untouched or zero, never unauthenticated. May work in place:
 * plain == sealed.ptr + 24 (behind the nonce). */
ess_err store_unseal(const store_key *key, ess_slice context, ess_slice sealed, char *plain);

/* argon2id, libsodium's interactive cost (about 60 ms, 64 MiB): not on a loop that must answer.
 * room gets a NUL-terminated text that carries its own salt and cost. ESS_E_INTERNAL: no memory. */
ess_err store_password_hash(ess_slice password, char room[static STORE_PASSWORD_MAX]);
/* True when password is the one that hash was made of; false too when hash is no such text. */
bool store_password_matches(const char *hash, ess_slice password);

/* BLAKE2b-256 in 64 lower-case hex digits, NUL-terminated. For what cannot be guessed (a random
 * token); what people choose wants store_password_hash. */
void store_hash(ess_slice bytes, char room[static STORE_HASH_MAX]);
/* SHA-256 likewise: for hashes that others compute too, as that of a model [MOD-03]. */
void store_sha256(ess_slice bytes, char room[static STORE_HASH_MAX]);

/* ---- Ed25519 [SIG-03]; key files are store/sign.h's */

#define STORE_SEED_BYTES   32
#define STORE_SECRET_BYTES 64 /* seed and public key, as libsodium keeps them */

/* Public and secret key of a seed, which is the whole secret. */
void store_key_pair(const uint8_t seed[static STORE_SEED_BYTES],
                    uint8_t public_key[static ESS_KEY_BYTES],
                    uint8_t secret[static STORE_SECRET_BYTES]);
/* Deterministic: the same text gets the same signature. About 20 us for a command. */
void store_sign_text(const uint8_t secret[static STORE_SECRET_BYTES], ess_slice text,
                     uint8_t signature[static ESS_SIGNATURE_BYTES]);
/* True when it is that key's signature of that text. Forms that RFC 8032 does not write (a scalar
 * not reduced, points of small order) are false. About 60 us for a command. */
bool store_verify_text(const uint8_t public_key[static ESS_KEY_BYTES], ess_slice text,
                       const uint8_t signature[static ESS_SIGNATURE_BYTES]);
/* [SIG-08] False for what is no point of the curve's main group: nobody holds its secret key, or
 * everybody can sign for it. */
bool store_public_key_is_sound(const uint8_t public_key[static ESS_KEY_BYTES]);
/* Overwrites what must not stay in memory. */
void store_wipe(void *room, size_t size);

#endif

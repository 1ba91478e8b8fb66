/* The one door to libsodium.
 *
 * Sealed bytes: nonce (24, random), ciphertext, tag (16): XChaCha20-Poly1305 with the caller's
 * context as additional data. A random nonce of 192 bits needs no counter that a crash could
 * repeat (rejected: AES-256-GCM with its 96 bits, which would need one, and a CPU that has it).
 */
#include "store/seal.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "port/clock.h"
#include "port/file.h"

#define NONCE_BYTES    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define KEY_TEXT_BYTES (STORE_KEY_BYTES * 2 + 1) /* hex and a newline */

_Static_assert(STORE_SEAL_OVERHEAD == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "overhead is nonce and tag");
_Static_assert(STORE_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(STORE_HASH_MAX == crypto_generichash_BYTES * 2 + 1, "room for a hash");
_Static_assert(STORE_SEED_BYTES == crypto_sign_SEEDBYTES &&
                   ESS_KEY_BYTES == crypto_sign_PUBLICKEYBYTES &&
                   STORE_SECRET_BYTES == crypto_sign_SECRETKEYBYTES &&
                   ESS_SIGNATURE_BYTES == crypto_sign_BYTES,
               "sizes of Ed25519");
_Static_assert(STORE_PASSWORD_MAX >= crypto_pwhash_STRBYTES, "room for a password hash");

/* Cheap after the first time, and safe from any thread. */
static void need_sodium(void)
{
    if (sodium_init() < 0)
        abort();
}

static ess_err make_key(const char *path, store_key *out)
{
    char text[KEY_TEXT_BYTES + 1];
    store_key fresh;
    port_random(fresh.bytes, sizeof fresh.bytes);
    (void)sodium_bin2hex(text, sizeof text, fresh.bytes, sizeof fresh.bytes);
    text[KEY_TEXT_BYTES - 1] = '\n';
    ess_err err = port_write_atomic(NULL, path, (ess_slice){text, KEY_TEXT_BYTES}, 0600);
    if (err == ESS_OK)
        *out = fresh;
    sodium_memzero(text, sizeof text);
    store_key_forget(&fresh);
    return err;
}

static ess_err read_key(const char *path, store_key *out)
{
    char text[KEY_TEXT_BYTES + 2];
    store_key key;
    size_t len = 0, used = 0;
    ess_err err = port_read_text(path, text, sizeof text, &len);
    if (err == ESS_E_TOO_LARGE)
        err = ESS_E_CORRUPT;
    bool whole = len == KEY_TEXT_BYTES && text[len - 1] == '\n';
    if (err == ESS_OK &&
        (!whole ||
         sodium_hex2bin(key.bytes, sizeof key.bytes, text, len - 1, NULL, &used, NULL) != 0 ||
         used != sizeof key.bytes))
        err = ESS_E_CORRUPT;
    if (err == ESS_OK)
        *out = key;
    sodium_memzero(text, sizeof text);
    store_key_forget(&key);
    return err;
}

ess_err store_key_load(const char *path, store_key *out)
{
    need_sodium();
    ess_err err = port_file_private(path);
    if (err == ESS_E_NOT_FOUND)
        return make_key(path, out);
    return err == ESS_OK ? read_key(path, out) : err;
}

void store_key_forget(store_key *key)
{
    sodium_memzero(key, sizeof *key);
}

void store_seal(const store_key *key, ess_slice context, ess_slice plain, uint8_t *sealed)
{
    need_sodium();
    port_random(sealed, NONCE_BYTES);
    int result = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + NONCE_BYTES, NULL, (const uint8_t *)plain.ptr, plain.len,
        (const uint8_t *)context.ptr, context.len, NULL, sealed, key->bytes);
    assert(result == 0); /* it has no way to fail */
    (void)result;
}

ess_err store_unseal(const store_key *key, ess_slice context, ess_slice sealed, char *plain)
{
    need_sodium();
    if (sealed.len < STORE_SEAL_OVERHEAD)
        return ESS_E_CORRUPT;
    const uint8_t *bytes = (const uint8_t *)sealed.ptr;
    int result = crypto_aead_xchacha20poly1305_ietf_decrypt(
        (uint8_t *)plain, NULL, NULL, bytes + NONCE_BYTES, sealed.len - NONCE_BYTES,
        (const uint8_t *)context.ptr, context.len, bytes, key->bytes);
    return result == 0 ? ESS_OK : ESS_E_CORRUPT;
}

ess_err store_password_hash(ess_slice password, char room[static STORE_PASSWORD_MAX])
{
    need_sodium();
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(hash, password.ptr, password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ESS_E_INTERNAL;
    memcpy(room, hash, sizeof hash);
    return ESS_OK;
}

bool store_password_matches(const char *hash, ess_slice password)
{
    need_sodium();
    return crypto_pwhash_str_verify(hash, password.ptr, password.len) == 0;
}

void store_hash(ess_slice bytes, char room[static STORE_HASH_MAX])
{
    uint8_t hash[crypto_generichash_BYTES];
    need_sodium();
    int result =
        crypto_generichash(hash, sizeof hash, (const uint8_t *)bytes.ptr, bytes.len, NULL, 0);
    assert(result == 0); /* only sizes could be wrong */
    (void)result;
    (void)sodium_bin2hex(room, STORE_HASH_MAX, hash, sizeof hash);
}

/* ---- Ed25519 */

void store_key_pair(const uint8_t seed[static STORE_SEED_BYTES],
                    uint8_t public_key[static ESS_KEY_BYTES],
                    uint8_t secret[static STORE_SECRET_BYTES])
{
    need_sodium();
    (void)crypto_sign_seed_keypair(public_key, secret, seed); /* it has no way to fail */
}

void store_sign_text(const uint8_t secret[static STORE_SECRET_BYTES], ess_slice text,
                     uint8_t signature[static ESS_SIGNATURE_BYTES])
{
    need_sodium();
    (void)crypto_sign_detached(signature, NULL, (const uint8_t *)text.ptr, text.len,
                               secret); /* it has no way to fail */
}

bool store_verify_text(const uint8_t public_key[static ESS_KEY_BYTES], ess_slice text,
                       const uint8_t signature[static ESS_SIGNATURE_BYTES])
{
    need_sodium();
    return crypto_sign_verify_detached(signature, (const uint8_t *)text.ptr, text.len,
                                       public_key) == 0;
}

bool store_public_key_is_sound(const uint8_t public_key[static ESS_KEY_BYTES])
{
    need_sodium();
    return crypto_core_ed25519_is_valid_point(public_key) == 1;
}

void store_wipe(void *room, size_t size)
{
    sodium_memzero(room, size);
}

void store_sha256(ess_slice bytes, char room[static STORE_HASH_MAX])
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    need_sodium();
    (void)crypto_hash_sha256(hash, (const uint8_t *)bytes.ptr, bytes.len); /* always 0 */
    (void)sodium_bin2hex(room, STORE_HASH_MAX, hash, sizeof hash);
}

/* Key files of signatures. What needs libsodium is seal.c's. */
#include "store/sign.h"

#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "port/clock.h"
#include "port/file.h"

#define SECRET     "ess-secret:"
#define SECRET_LEN (sizeof SECRET - 1)

enum { LINE_BYTES = ESS_KEY_TEXT_LEN + 1 /* a newline */, PATH_ROOM = 4096 };

_Static_assert(SECRET_LEN + 2 * STORE_SEED_BYTES == ESS_KEY_TEXT_LEN, "both texts are as long");

static void take_seed(const uint8_t seed[static STORE_SEED_BYTES], store_signer *out)
{
    store_key_pair(seed, out->public_key, out->secret);
    ess_kid_print(out->public_key, out->kid);
}

/* ---- reading */

/* The one line of a key file, its newline cut off where it has one. */
static ess_err read_line(const char *path, char room[static LINE_BYTES + 1], ess_slice *line)
{
    size_t len = 0;
    ess_err err = port_read_text(path, room, LINE_BYTES + 1, &len);
    if (err == ESS_E_TOO_LARGE)
        err = ESS_E_CORRUPT;
    if (err == ESS_OK && len > 0 && room[len - 1] == '\n')
        len--;
    if (err == ESS_OK)
        *line = (ess_slice){room, len};
    return err;
}

static ess_err parse_secret(ess_slice line, uint8_t seed[static STORE_SEED_BYTES])
{
    if (line.len != ESS_KEY_TEXT_LEN || memcmp(line.ptr, SECRET, SECRET_LEN) != 0)
        return ESS_E_CORRUPT;
    ess_slice digits = {line.ptr + SECRET_LEN, line.len - SECRET_LEN};
    return ess_hex_parse(digits, seed, STORE_SEED_BYTES) == ESS_OK ? ESS_OK : ESS_E_CORRUPT;
}

ess_err store_signer_load(const char *path, store_signer *out)
{
    char room[LINE_BYTES + 1];
    uint8_t seed[STORE_SEED_BYTES];
    ess_slice line;
    TRY(port_file_private(path));
    ess_err err = read_line(path, room, &line);
    if (err == ESS_OK)
        err = parse_secret(line, seed);
    if (err == ESS_OK)
        take_seed(seed, out);
    store_wipe(room, sizeof room);
    store_wipe(seed, sizeof seed);
    return err;
}

void store_signer_forget(store_signer *signer)
{
    store_wipe(signer, sizeof *signer);
}

/* ---- making */

static ess_err write_secret(const char *path, const uint8_t seed[static STORE_SEED_BYTES])
{
    char line[LINE_BYTES];
    memcpy(line, SECRET, SECRET_LEN);
    ess_hex_print(seed, STORE_SEED_BYTES, line + SECRET_LEN);
    line[LINE_BYTES - 1] = '\n';
    ess_err err = port_write_atomic(NULL, path, (ess_slice){line, LINE_BYTES}, 0600);
    store_wipe(line, sizeof line);
    return err;
}

static ess_err write_public(const char *path, const store_signer *signer)
{
    char line[LINE_BYTES + 1];
    ess_public_key_print(signer->public_key, line);
    line[LINE_BYTES - 1] = '\n';
    return port_write_atomic(NULL, path, (ess_slice){line, LINE_BYTES}, 0644);
}

ess_err store_signer_new(const char *path, store_signer *out)
{
    char public_path[PATH_ROOM];
    uint8_t seed[STORE_SEED_BYTES];
    store_signer made;
    int len = snprintf(public_path, sizeof public_path, "%s.pub", path);
    if (len < 0 || len >= PATH_ROOM)
        return ESS_E_TOO_LARGE;
    ess_err err = port_file_private(path);
    if (err != ESS_E_NOT_FOUND)
        return err == ESS_OK || err == ESS_E_PERMISSION ? ESS_E_EXISTS : err;
    port_random(seed, sizeof seed);
    take_seed(seed, &made);
    err = write_secret(path, seed);
    store_wipe(seed, sizeof seed);
    if (err == ESS_OK)
        err = write_public(public_path, &made);
    if (err == ESS_OK)
        *out = made;
    store_signer_forget(&made);
    return err;
}

/* ---- signing and checking */

ess_err store_sign(const store_signer *signer, const store_to_sign *what, char *work, size_t *len)
{
    uint8_t signature[ESS_SIGNATURE_BYTES];
    ess_slice part;
    size_t text_len = 0;
    TRY(ess_signature_open((ess_slice){what->room, *len}, &part));
    TRY(ess_signature_message(what->topic, part, work, ESS_SIGNED_MAX, &text_len));
    store_sign_text(signer->secret, (ess_slice){work, text_len}, signature);
    return ess_signature_append(what->room, what->room_size, len, signature);
}

bool store_verify(const uint8_t public_key[static ESS_KEY_BYTES], ess_slice topic,
                  const ess_signature *signature, char *work)
{
    size_t len = 0;
    return ess_signature_message(topic, signature->signed_part, work, ESS_SIGNED_MAX, &len) ==
               ESS_OK &&
           store_verify_text(public_key, (ess_slice){work, len}, signature->bytes);
}

/* ---- public keys */

ess_err store_public_key_parse(ess_slice text, uint8_t key[static ESS_KEY_BYTES])
{
    uint8_t parsed[ESS_KEY_BYTES];
    if (ess_public_key_parse(text, parsed) != ESS_OK || !store_public_key_is_sound(parsed))
        return ESS_E_CORRUPT;
    memcpy(key, parsed, sizeof parsed);
    return ESS_OK;
}

/* A secret key's public half, so that "show" has no second way; from others' eyes it is kept as
 * ever. */
static ess_err load_half(const char *path, uint8_t key[static ESS_KEY_BYTES])
{
    store_signer signer;
    TRY(store_signer_load(path, &signer));
    memcpy(key, signer.public_key, ESS_KEY_BYTES);
    store_signer_forget(&signer);
    return ESS_OK;
}

ess_err store_public_key_load(const char *path, uint8_t key[static ESS_KEY_BYTES])
{
    char room[LINE_BYTES + 1];
    ess_slice line;
    ess_err err = read_line(path, room, &line);
    if (err == ESS_OK && line.len > SECRET_LEN && memcmp(line.ptr, SECRET, SECRET_LEN) == 0)
        err = load_half(path, key);
    else if (err == ESS_OK)
        err = store_public_key_parse(line, key);
    store_wipe(room, sizeof room);
    return err;
}

#include "store/keyring.h"

#include <string.h>

ess_err store_keyring_add(store_keyring *keyring, const uint8_t key[static ESS_KEY_BYTES])
{
    store_public_key added;
    memcpy(added.bytes, key, sizeof added.bytes);
    ess_kid_print(key, added.kid);
    if (store_keyring_find(keyring, ess_slice_from(added.kid)) != NULL)
        return ESS_E_EXISTS;
    if (keyring->count == STORE_KEYS_MAX)
        return ESS_E_NO_ROOM;
    keyring->key[keyring->count++] = added;
    return ESS_OK;
}

const store_public_key *store_keyring_find(const store_keyring *keyring, ess_slice kid)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (ess_slice_is(kid, keyring->key[i].kid))
            return &keyring->key[i];
    }
    return NULL;
}

store_signed store_keyring_look(const store_keyring *keyring, ess_slice payload,
                                const ess_envelope *envelope, store_seen *out)
{
    *out = (store_seen){.fault = {.rule = "", .what = ""}};
    if (ess_signature_find(payload, envelope, &out->signature, &out->fault) != ESS_OK)
        return STORE_UNSIGNED;
    if (keyring->count == 0)
        return STORE_NO_KEYS;
    out->key = store_keyring_find(keyring, out->signature.kid);
    return out->key == NULL ? STORE_UNKNOWN_KEY : STORE_TO_VERIFY;
}

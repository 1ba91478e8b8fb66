#include "cli/keyring.h"

#include <errno.h>
#include <string.h>

static ess_err find_key(const char *word, uint8_t key[static ESS_KEY_BYTES])
{
    if (strncmp(word, "ess-public:", 11) == 0)
        return store_public_key_parse(ess_slice_from(word), key);
    return store_public_key_load(word, key);
}

int keyring_fail(const cli *c, const char *word, ess_err err)
{
    if (err == ESS_E_CORRUPT)
        return cli_fail(c, CLI_REFUSED, "cli-key", "%s", word);
    return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", word,
                    err == ESS_E_PERMISSION ? cli_say(c, "others can read it", "其他用户可读")
                                            : strerror(errno));
}

int keyring_read_key(const cli *c, const char *word, uint8_t key[static ESS_KEY_BYTES])
{
    /* Taken for the public one by mistake: it must not stand in a terminal's or a job's record. */
    if (strncmp(word, "ess-secret:", 11) == 0)
        return cli_fail(c, CLI_REFUSED, "cli-key", "ess-secret:...");
    ess_err err = find_key(word, key);
    return err == ESS_OK ? CLI_OK : keyring_fail(c, word, err);
}

/* The same key twice is one key. */
int keyring_read(const cli *c, store_keyring *out)
{
    store_keyring keyring = {.count = 0};
    for (size_t i = 0; i < c->in.keys.count; i++) {
        uint8_t key[ESS_KEY_BYTES];
        int code = keyring_read_key(c, c->in.keys.items[i], key);
        if (code != CLI_OK)
            return code;
        if (store_keyring_add(&keyring, key) == ESS_E_NO_ROOM)
            return cli_fail(c, CLI_USAGE, "cli-option-value", "--key (<= %d)", STORE_KEYS_MAX);
    }
    *out = keyring;
    return CLI_OK;
}

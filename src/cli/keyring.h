/* Keys given on the command line: as text, or by their files. */
#ifndef ESS_CLI_KEYRING_H
#define ESS_CLI_KEYRING_H

#include "cli/cli.h"
#include "store/keyring.h"

/* One key: "ess-public:...", or a file of a public key or a secret one. CLI_OK, or what cli_fail
 * gave; key untouched then. */
int keyring_read_key(const cli *c, const char *word, uint8_t key[static ESS_KEY_BYTES]);
/* Says what is wrong with a key, as err of store/sign.h tells; word: as it was given. */
int keyring_fail(const cli *c, const char *word, ess_err err);
/* All of --key. */
int keyring_read(const cli *c, store_keyring *out);

#endif

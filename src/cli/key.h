/* Keys that sign commands, and whether a signature is right. */
#ifndef ESS_CLI_KEY_H
#define ESS_CLI_KEY_H

#include "cli/cli.h"

/* Says whether payload, as it came on topic, is signed by that public key. Returns CLI_OK, CLI_NO
 * (not signed, or not rightly), CLI_REFUSED (no message). */
int key_check_text(const cli *c, const uint8_t key[static 32], ess_slice topic, ess_slice payload);

#endif

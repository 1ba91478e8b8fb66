/* What a message says, in words. */
#ifndef ESS_CLI_DECODE_H
#define ESS_CLI_DECODE_H

#include "cli/cli.h"
#include "store/keyring.h"

/* The bytes of text around offset on err, and a mark below the one at it. */
void decode_print_caret(const cli *c, ess_slice text, size_t offset);

/* One payload, or lines "topic payload". keys: those that commands are held against; may be empty.
 * Returns CLI_OK, or the last that was otherwise: CLI_REFUSED, or CLI_NO for a signature that is
 * not right. */
int decode_text(const cli *c, const store_keyring *keys, ess_slice text);

#endif

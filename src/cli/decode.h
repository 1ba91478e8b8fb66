/* What a message says, in words. */
#ifndef ESS_CLI_DECODE_H
#define ESS_CLI_DECODE_H

#include "cli/cli.h"

/* Prints one message. topic: empty where it is not known. Returns CLI_OK or CLI_REFUSED. */
int decode_message(const cli *c, ess_slice topic, ess_slice payload);

/* The bytes of text around offset on err, and a mark below the one at it. */
void decode_print_caret(const cli *c, ess_slice text, size_t offset);

/* One payload, or lines "topic payload". Returns the last refusal's code, or CLI_OK. */
int decode_text(const cli *c, ess_slice text);

#endif

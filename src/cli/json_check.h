/* Is a text JSON, exactly as RFC 8259 says? */
#ifndef ESS_CLI_JSON_CHECK_H
#define ESS_CLI_JSON_CHECK_H

#include "cli/cli.h"

/* Checks one text of less than 4 GiB and says so. Returns CLI_OK or CLI_REFUSED; CLI_AGAIN where
 * there is no memory for its levels (one byte for eight of text). */
int json_check_text(const cli *c, const char *name, ess_slice text);

#endif

/* KEY=VALUE words as members of a JSON object. */
#ifndef ESS_CLI_PAIRS_H
#define ESS_CLI_PAIRS_H

#include "cli/cli.h"
#include "ess/json.h"

/* Writes the words from index first on. A value is JSON where it is JSON (numbers stay as they were
 * typed), else a text; is_text says which keys are texts whatever they look like (NULL: none).
 * Returns CLI_OK, or CLI_USAGE, told. */
int pairs_write(const cli *c, size_t first, ess_json_writer *w,
                bool (*is_text)(const void *with, ess_slice key), const void *with);
/* is_text for the arguments of a command (with: const ess_model_command *, may be NULL). */
bool pairs_is_text_arg(const void *with, ess_slice key);
/* One such value. */
void pairs_write_value(ess_json_writer *w, bool is_text, ess_slice value);

#endif

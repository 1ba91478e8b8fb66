/* Parameters with their revisions on disk: what the machine of ess/revision.h asks for.
 *
 * Kept in one small file {"CAB01/PCS":{"rev":3,"v":{"pChMax":125}},...}, replaced as a whole.
 */
#ifndef ESS_AGENT_PARAMS_H
#define ESS_AGENT_PARAMS_H

#include "ess/base.h"

typedef struct agent_params agent_params;

/* Reads the file; a missing one is an empty one. path is borrowed until params_close.
 * ESS_E_CORRUPT when it is not of this form, ESS_E_IO, ESS_E_NO_ROOM (memory). */
ess_err params_open(const char *path, agent_params **out);
void params_close(agent_params *params);

/* The object's values as they are kept (raw JSON object; empty: none), and *rev, their revision (0:
 * none). Valid until the next call that keeps. */
ess_slice params_kept(const agent_params *params, const char *path, uint64_t *rev);
/* Makes the object's values (raw JSON object) and their revision durable. ESS_E_NO_ROOM when there
 * are too many objects or values; ESS_E_IO, ESS_E_STORAGE_FULL: nothing has changed. */
ess_err params_keep(agent_params *params, const char *path, ess_slice values, uint64_t rev);

#endif

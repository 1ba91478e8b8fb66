/* Revisions of parameters: each object's parameters have a rev that grows by one whenever a value
 * changes, whoever changed it, and never goes back [PAR-02].
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

/* Compares the object's values (raw JSON object) with those kept; when they differ, the new ones
 * and rev + 1 are made durable first. *rev: the revision in force, *changed: it is a new one.
 * ESS_E_NO_ROOM when there are too many objects or values; ESS_E_IO, ESS_E_STORAGE_FULL: nothing
 * has changed. */
ess_err params_update(agent_params *params, const char *path, ess_slice values, uint64_t *rev,
                      bool *changed);
/* 0: the object has not been seen. */
uint64_t params_rev(const agent_params *params, const char *path);

#endif

/* The state folder: whose it is, its key, and the count of starts. */
#ifndef ESS_AGENT_STATE_H
#define ESS_AGENT_STATE_H

#include "port/file.h"
#include "store/seal.h"

typedef struct agent_state {
    int lock_fd; /* held as long as the agent lives */
    store_key key;
    uint64_t sid; /* of this session */
    char outbox_dir[300], journal_dir[300], params_file[300], clock_file[300];
} agent_state;

/* Makes or opens the folder, locks it, loads or makes the key, and counts the start durably before
 * its sid is used. On failure *id is the catalogue's id of the reason (static):
 *   ESS_E_STATE    agent-state-in-use   another agent has it
 *   ESS_E_CORRUPT  agent-key-missing, agent-key, agent-boot, agent-store-missing
 *   else           agent-state          the folder cannot be used */
ess_err agent_state_open(const char *directory, agent_state *out, const char **id);
void agent_state_close(agent_state *state);

#endif

/* Whose commands are carried out [SIG-08..14, SIG-19].
 *
 * The keys and the classes that need one are the owner's, from the configuration file: nothing that
 * comes over the line changes them. With keys and nothing else said every class needs a signature:
 * who goes to the length of putting a key into a device wants the broker out of the circle of
 * those who can order. Without keys the classes A and B are taken as they come, because a site
 * must be able to begin before it has keys (a warning says so at each start), and C never: for what
 * two persons answer for, the broker's access list is not enough.
 *
 * Work is bounded by two buckets: one for refusals that cost only an answer, one for signatures
 * that had to be checked and were wrong. Commands that are right take from neither, and a flood of
 * unsigned ones does not keep them out (with one bucket it did). The diary grows by the logarithm
 * of what is refused.
 */
#ifndef ESS_AGENT_TRUST_H
#define ESS_AGENT_TRUST_H

#include "agent/agent_config.h"
#include "store/keyring.h"

typedef struct agent_trust {
    store_keyring keyring;
    const char *needed; /* static; classes that need a signature, e.g. "ABC" */
    /* The buckets: until when what was refused so far has used them up. */
    int64_t answers_until_mono_ms, checks_until_mono_ms;
    uint64_t refused, dropped;
} agent_trust;

/* Reads the keys that the configuration names. On failure problem tells why, in the language asked,
 * and *out is untouched: ESS_E_CONFIG. */
ess_err trust_load(const agent_config *config, bool chinese, agent_trust *out, char *problem,
                   size_t problem_size);

/* True when a command of that class ('A'..'C') needs a signature. */
bool trust_needs(const agent_trust *trust, char safety_class);

typedef struct trust_question {
    ess_slice topic, payload;     /* as they came */
    const ess_envelope *envelope; /* of payload */
    char safety_class; /* of its operation; 'A' where that is not known: it will not be tried */
    int64_t now_mono_ms;
    char *work; /* ESS_SIGNED_MAX bytes */
} trust_question;

typedef enum trust_answer {
    TRUST_YES,
    TRUST_NO, /* to be answered rejected, 21 [SIG-12]; *why tells a person the reason (static) */
    TRUST_SILENCE /* too many were refused lately: no answer, no signature was checked [SIG-19] */
} trust_answer;
trust_answer trust_ask(agent_trust *trust, const trust_question *question, const char **why);

/* ["kid",...] for STATE [SIG-20]; room of TRUST_KIDS_ROOM is enough. Returns its length; 0: no
 * keys. */
#define TRUST_KIDS_ROOM (AGENT_KEYS_MAX * (ESS_KID_LEN + 3) + 2)
size_t trust_print_kids(const agent_trust *trust, char room[static TRUST_KIDS_ROOM]);
/* True when one of its keys is in that list of a STATE. */
bool trust_knows_one_of(const agent_trust *trust, ess_slice kids);

#endif

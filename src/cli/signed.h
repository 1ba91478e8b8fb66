/* The signature of a command that is shown: whether it is there, and whether it is right. */
#ifndef ESS_CLI_SIGNED_H
#define ESS_CLI_SIGNED_H

#include "cli/cli.h"
#include "ess/json.h"
#include "store/keyring.h"

typedef enum signed_state {
    SIGNED_NONE,
    SIGNED_MALFORMED,  /* not in its form or place [SIG-01, SIG-02] */
    SIGNED_UNVERIFIED, /* no key was given */
    SIGNED_NO_TOPIC,   /* a signature covers the topic, which was not given */
    SIGNED_UNKNOWN,    /* of another key than those given */
    SIGNED_WRONG,
    SIGNED_RIGHT,
    SIGNED_STATE_COUNT
} signed_state;

typedef struct signed_answer {
    signed_state state;
    ess_slice kid;   /* empty with NONE and MALFORMED; borrowed from the payload */
    ess_fault fault; /* MALFORMED */
} signed_answer;

/* topic: empty where it is not known. envelope: of this payload. */
signed_answer signed_look(const store_keyring *keys, ess_slice topic, ess_slice payload,
                          const ess_envelope *envelope);
/* True where keys were given, and a device that trusts them refuses what is there. */
bool signed_is_refused(const store_keyring *keys, const signed_answer *answer);

/* The answer in words: one row for people, or members for an object that is being written. */
void signed_print(const cli *c, const signed_answer *answer);
void signed_write(ess_json_writer *w, const signed_answer *answer);

#endif

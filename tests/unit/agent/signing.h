/* Signed commands for tests: two keys, and payloads signed with them. */
#ifndef AGENT_TEST_SIGNING_H
#define AGENT_TEST_SIGNING_H

#include "agent_test.h"

#include "../../lib/lent.h"
#include "agent/agent_config.h"
#include "ess/words.h"
#include "store/sign.h"

typedef struct signed_text {
    char room[1024];
    size_t len;
} signed_text;

static char sign_work[ESS_SIGNED_MAX];

/* The key of a seed that is this byte over and over. */
static inline store_signer signer_of(uint8_t byte)
{
    uint8_t seed[STORE_SEED_BYTES];
    store_signer signer;
    memset(seed, byte, sizeof seed);
    store_key_pair(seed, signer.public_key, signer.secret);
    ess_kid_print(signer.public_key, signer.kid);
    return signer;
}

static inline void trust_key(agent_config *config, const store_signer *signer)
{
    ess_public_key_print(signer->public_key, config->keys[config->key_count++].key);
}

/* signer NULL: without a signature. */
static inline signed_text sign_command(const ess_command *command, const char *topic,
                                       const store_signer *signer)
{
    signed_text text = {.len = 0};
    ess_command copy = *command;
    store_to_sign what = {ess_slice_from(topic), text.room, sizeof text.room};
    if (signer != NULL)
        copy.kid = ess_slice_from(signer->kid);
    assert_int_equal(ess_command_print(&copy, text.room, sizeof text.room, &text.len), ESS_OK);
    if (signer != NULL)
        assert_int_equal(store_sign(signer, &what, sign_work, &text.len), ESS_OK);
    return text;
}

#endif

/* The question of whose command it is, asked once a command, before anything of it is kept. */
#include "agent/trust.h"

#include <stdio.h>
#include <string.h>

#include "ess/model.h"
#include "ess/words.h"
#include "port/log.h"

/* ---- from the configuration */

static const char *needed_of(const agent_config *config)
{
    static const char *const needed[] = {[AGENT_SIGN_ABC] = "ABC",
                                         [AGENT_SIGN_BC] = "BC",
                                         [AGENT_SIGN_C] = "C",
                                         [AGENT_SIGN_NONE] = ""};

    if (config->signed_classes == AGENT_SIGN_AUTO)
        return config->key_count > 0 ? "ABC" : "C";
    return needed[config->signed_classes];
}

static ess_err refuse(const char *id, const char *which, bool chinese, char *problem, size_t size)
{
    const ess_model_error *error = ess_model_error_by_id(ess_slice_from(id));

    (void)snprintf(problem, size, "commands.keys: %s: %s %s %s [%s]\n", which,
                   error == NULL ? "" : ess_model_say(error->what, chinese),
                   error == NULL ? "" : ess_model_say(error->why, chinese),
                   error == NULL ? "" : ess_model_say(error->mend, chinese), id);
    return ESS_E_CONFIG;
}

/* What names the key to a person. The text itself is not shown: it could be a secret one. */
static const char *name_of(const agent_key_config *config, char room[static 32], size_t index)
{
    if (config->file[0] != '\0')
        return config->file;
    (void)snprintf(room, 32, "%zu", index + 1);
    return room;
}

static ess_err read_key(const agent_key_config *config, uint8_t out[static ESS_KEY_BYTES])
{
    if ((config->key[0] == '\0') == (config->file[0] == '\0'))
        return ESS_E_CONFIG; /* neither, or both */
    if (config->file[0] != '\0')
        return store_public_key_load(config->file, out);
    return store_public_key_parse(ess_slice_from(config->key), out);
}

ess_err trust_load(const agent_config *config, bool chinese, agent_trust *out, char *problem,
                   size_t problem_size)
{
    agent_trust trust = {.needed = needed_of(config)};
    char number[32];

    for (size_t i = 0; i < config->key_count; i++) {
        const char *which = name_of(&config->keys[i], number, i);
        uint8_t key[ESS_KEY_BYTES];
        if (read_key(&config->keys[i], key) != ESS_OK)
            return refuse("agent-command-key", which, chinese, problem, problem_size);
        if (store_keyring_add(&trust.keyring, key) != ESS_OK) /* [SIG-09] */
            return refuse("agent-command-key-twice", which, chinese, problem, problem_size);
    }
    *out = trust;
    return ESS_OK;
}

bool trust_needs(const agent_trust *trust, char safety_class)
{
    return strchr(trust->needed, safety_class) != NULL;
}

/* ---- the question */

/* What can be told without cryptography. *why NULL: nothing is wrong so far; seen->key NULL then:
 * and there is nothing to check. */
static void look(const agent_trust *trust, const trust_question *question, store_seen *seen,
                 const char **why)
{
    bool is_needed = trust_needs(trust, question->safety_class);

    *why = NULL;
    switch (store_keyring_look(&trust->keyring, question->payload, question->envelope, seen)) {
    case STORE_UNSIGNED:
        *why = is_needed ? seen->fault.what : NULL;
        break;
    case STORE_NO_KEYS: /* [SIG-13] nothing to hold it against */
        *why = is_needed ? "no key is trusted here" : NULL;
        break;
    case STORE_UNKNOWN_KEY:
        *why = "signed with a key that is not trusted here";
        break;
    case STORE_TO_VERIFY:
        break;
    }
}

static bool is_round(uint64_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    return count == 1;
}

static void note(uint64_t count, const char *what, const trust_question *question, const char *why)
{
    if (is_round(count))
        port_log(PORT_WARN, "%llu commands %s for their signature; the last on %.*s: %s",
                 (unsigned long long)count, what, (int)question->topic.len, question->topic.ptr,
                 why);
}

static bool has_room(int64_t until_mono_ms, int64_t now_mono_ms)
{
    return until_mono_ms - now_mono_ms <= (AGENT_REFUSALS_BURST - 1) * AGENT_REFUSAL_MS;
}

static void pay(int64_t *until_mono_ms, int64_t now_mono_ms)
{
    *until_mono_ms =
        (*until_mono_ms > now_mono_ms ? *until_mono_ms : now_mono_ms) + AGENT_REFUSAL_MS;
}

trust_answer trust_ask(agent_trust *trust, const trust_question *question, const char **why)
{
    store_seen seen;

    look(trust, question, &seen, why);
    const store_public_key *key = seen.key;
    if (*why == NULL && key == NULL)
        return TRUST_YES;
    int64_t *bucket = key != NULL ? &trust->checks_until_mono_ms : &trust->answers_until_mono_ms;
    if (!has_room(*bucket, question->now_mono_ms)) {
        note(++trust->dropped, "dropped", question, "too many were refused");
        return TRUST_SILENCE;
    }
    if (key != NULL && store_verify(key->bytes, question->topic, &seen.signature, question->work))
        return TRUST_YES;
    if (key != NULL)
        *why = "the signature is wrong";
    pay(bucket, question->now_mono_ms);
    note(++trust->refused, "refused", question, *why);
    return TRUST_NO;
}

/* ---- what is told */

size_t trust_print_kids(const agent_trust *trust, char room[static TRUST_KIDS_ROOM])
{
    ess_json_writer writer;
    size_t len = 0;

    if (trust->keyring.count == 0)
        return 0;
    ess_json_writer_init(&writer, room, TRUST_KIDS_ROOM);
    ess_json_array_begin(&writer);
    for (size_t i = 0; i < trust->keyring.count; i++)
        ess_json_text(&writer, ess_slice_from(trust->keyring.key[i].kid));
    ess_json_array_end(&writer);
    return ess_json_finish(&writer, &len) == ESS_OK ? len : 0;
}

bool trust_knows_one_of(const agent_trust *trust, ess_slice kids)
{
    for (size_t i = 0; i < trust->keyring.count; i++) {
        if (ess_names_have(kids, trust->keyring.key[i].kid))
            return true;
    }
    return false;
}

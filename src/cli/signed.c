#include "cli/signed.h"

#include "config/refusal.h"
#include "json/walk.h"

static const struct {
    const char *name; /* for programs; as `ess check` counts them */
    bool is_refused;
    ess_model_text text;
} states[SIGNED_STATE_COUNT] = {
    [SIGNED_NONE] = {"none", false, {"none", "无"}},
    [SIGNED_MALFORMED] = {"wrong", true, {"has not its form", "格式不符"}},
    [SIGNED_UNVERIFIED] = {"unverified",
                           false,
                           {"not verified, no --key was given", "未验证，没有给出 --key"}},
    [SIGNED_NO_TOPIC] = {"unverified",
                         false,
                         {"not verified, it covers the topic: give --topic",
                          "未验证，签名覆盖主题：请给出 --topic"}},
    [SIGNED_UNKNOWN] = {"unknown", true, {"of a key that was not given", "所用密钥未给出"}},
    [SIGNED_WRONG] = {"wrong",
                      true,
                      {"WRONG: not this key's for this topic and these bytes",
                       "错误：不是该密钥对此主题和此内容所作"}},
    [SIGNED_RIGHT] = {"right", false, {"right", "正确"}},
};

signed_answer signed_look(const store_keyring *keys, ess_slice topic, ess_slice payload,
                          const ess_envelope *envelope)
{
    static char work[ESS_SIGNED_MAX];
    store_seen seen;
    ess_slice raw;
    signed_answer answer = {.state = SIGNED_UNVERIFIED};
    store_signed found = store_keyring_look(keys, payload, envelope, &seen);
    if (found == STORE_UNSIGNED) {
        bool tries = walk_member(envelope->x, "sig", &raw) || walk_member(envelope->x, "kid", &raw);
        return (signed_answer){.state = tries ? SIGNED_MALFORMED : SIGNED_NONE,
                               .fault = seen.fault};
    }
    answer.kid = seen.signature.kid;
    if (found == STORE_UNKNOWN_KEY)
        answer.state = SIGNED_UNKNOWN;
    else if (found == STORE_TO_VERIFY && topic.len == 0)
        answer.state = SIGNED_NO_TOPIC;
    else if (found == STORE_TO_VERIFY)
        answer.state = store_verify(seen.key->bytes, topic, &seen.signature, work) ? SIGNED_RIGHT
                                                                                   : SIGNED_WRONG;
    return answer;
}

bool signed_is_refused(const store_keyring *keys, const signed_answer *answer)
{
    return keys->count > 0 && states[answer->state].is_refused;
}

void signed_print(const cli *c, const signed_answer *answer)
{
    (void)fprintf(c->out, "%-12s %s", cli_say(c, "signature", "签名"),
                  ess_model_say(states[answer->state].text, c->chinese));
    if (answer->kid.len > 0)
        (void)fprintf(c->out, cli_say(c, " (kid %.*s)", "（kid %.*s）"), (int)answer->kid.len,
                      answer->kid.ptr);
    if (answer->state == SIGNED_MALFORMED)
        (void)fprintf(c->out, cli_say(c, ": %s (%s)", "：%s（%s）"),
                      config_refusal_words_of(answer->fault.what, c->chinese), answer->fault.rule);
    (void)fprintf(c->out, "\n");
}

void signed_write(ess_json_writer *w, const signed_answer *answer)
{
    ess_json_key(w, "signature");
    ess_json_text(w, ess_slice_from(states[answer->state].name));
    if (answer->kid.len == 0)
        return;
    ess_json_key(w, "kid");
    ess_json_text(w, answer->kid);
}

/* `ess key new|show|check`: what a person does with the keys of signed commands, and what a test
 * laboratory asks of a command that it has caught.
 *
 * check looks at the bytes as they are: a line break that a shell put behind the payload is a
 * fault, as it would be at a device.
 */
#include "cli/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decode.h"
#include "cli/keyring.h"
#include "config/refusal.h"
#include "store/sign.h"

/* ---- keys */

static int print_key(const cli *c, const uint8_t key[static ESS_KEY_BYTES])
{
    char text[ESS_KEY_TEXT_LEN + 1], kid[ESS_KID_LEN + 1];
    ess_public_key_print(key, text);
    ess_kid_print(key, kid);
    if (c->in.json)
        (void)fprintf(c->out, "{\"kid\":\"%s\",\"public\":\"%s\"}\n", kid, text);
    else
        (void)fprintf(c->out, "%s\n", text);
    return CLI_OK;
}

static int make_key(const cli *c, const char *file)
{
    store_signer signer;
    ess_err err = store_signer_new(file, &signer);
    if (err == ESS_E_EXISTS)
        return cli_fail(c, CLI_REFUSED, "cli-key-exists", "%s", file);
    if (err != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", file, strerror(errno));
    int code = print_key(c, signer.public_key);
    store_signer_forget(&signer);
    if (!c->in.json)
        (void)fprintf(c->err,
                      cli_say(c, "Secret key: %s  Public line, for devices: %s.pub\n",
                              "私钥：%s  供设备使用的公钥行：%s.pub\n"),
                      file, file);
    return code;
}

static int show_key(const cli *c, const char *word)
{
    uint8_t key[ESS_KEY_BYTES];
    int code = keyring_read_key(c, word, key);
    return code == CLI_OK ? print_key(c, key) : code;
}

/* ---- checking */

static const ess_model_text wrong_key = {"it is signed with another key", "由其他密钥签名"};
static const ess_model_text wrong_signature = {
    "the signature is not this key's for this topic and these bytes",
    "签名不是该密钥对此主题和此内容所作"};

static int say_no(const cli *c, const char *rule, const char *why)
{
    if (c->in.json)
        (void)fprintf(c->out, "{\"right\":false,\"rule\":\"%s\",\"why\":\"%s\"}\n", rule,
                      why);
    else
        (void)fprintf(c->out, "%s: %s (%s)\n", cli_say(c, "not right", "不正确"),
                      why, rule);
    return CLI_NO;
}

static int say_yes(const cli *c, const ess_signature *signature)
{
    const char *format = c->in.json ? "{\"right\":true,\"kid\":\"%.*s\",\"signed\":%zu}\n"
                                    : cli_say(c, "right: kid %.*s, %zu bytes are signed\n",
                                              "正确：kid %.*s，签名覆盖 %zu 字节\n");
    (void)fprintf(c->out, format, (int)signature->kid.len, signature->kid.ptr,
                  signature->signed_part.len);
    return CLI_OK;
}

int key_check_text(const cli *c, const uint8_t key[static 32], ess_slice topic_text,
                   ess_slice payload)
{
    static ess_scratch_name names[ESS_MEMBERS_MAX];
    static char work[ESS_SIGNED_MAX];
    ess_scratch scratch;
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    ess_fault fault = {.rule = "", .what = ""};
    char kid[ESS_KID_LEN + 1];

    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    if (ess_topic_parse(topic_text, &topic, &fault) != ESS_OK ||
        ess_envelope_parse(payload, &topic, &scratch, &envelope, &fault) != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "cli-key-message", "%s %s", fault.rule,
                        config_refusal_words_of(fault.what, c->chinese));
    if (ess_signature_find(payload, &envelope, &signature, &fault) != ESS_OK)
        return say_no(c, fault.rule, config_refusal_words_of(fault.what, c->chinese));
    ess_kid_print(key, kid);
    if (!ess_slice_is(signature.kid, kid))
        return say_no(c, "SIG-12", ess_model_say(wrong_key, c->chinese));
    if (!store_verify(key, topic_text, &signature, work))
        return say_no(c, "SIG-12", ess_model_say(wrong_signature, c->chinese));
    return say_yes(c, &signature);
}

static int check_file(const cli *c, const uint8_t key[static ESS_KEY_BYTES], const char *name)
{
    static char payload[ESS_MESSAGE_MAX + 1];
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (file == NULL)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    size_t len = fread(payload, 1, sizeof payload, file);
    bool is_bad = ferror(file) != 0;
    if (file != stdin)
        (void)fclose(file);
    if (is_bad)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s", name);
    if (len == sizeof payload)
        return cli_fail(c, CLI_REFUSED, "too-large", "%s", name);
    return key_check_text(c, key, ess_slice_from(c->in.topic), (ess_slice){payload, len});
}

static int check(const cli *c, const char *word, const char *file)
{
    uint8_t key[ESS_KEY_BYTES];
    if (c->in.topic == NULL)
        return cli_fail(c, CLI_USAGE, "cli-usage", "ess key check KEY [FILE|-] --topic TOPIC");
    int code = keyring_read_key(c, word, key);
    return code == CLI_OK ? check_file(c, key, file) : code;
}

int cli_key(const cli *c)
{
    const char *const *words = c->in.words.items;
    size_t count = c->in.words.count;
    if (strcmp(words[0], "new") == 0 && count == 2)
        return make_key(c, words[1]);
    if (strcmp(words[0], "show") == 0 && count == 2)
        return show_key(c, words[1]);
    if (strcmp(words[0], "check") == 0)
        return check(c, words[1], count > 2 ? words[2] : "-");
    return cli_fail(c, CLI_USAGE, "cli-usage", "ess key new|show|check ...");
}

/* Whose commands are carried out: policy, keys, and the bound on refusals. */
#include "signing.h"

#include "agent/trust.h"
#include "port/file.h"

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"

static char problem[2048];

static agent_trust load(agent_config *config)
{
    agent_trust trust;
    if (trust_load(config, false, &trust, problem, sizeof problem) != ESS_OK)
        fail_msg("%s", problem);
    return trust;
}

static agent_trust trust_of(int classes, const store_signer *signer)
{
    agent_config config = {.signed_classes = classes};
    if (signer != NULL)
        trust_key(&config, signer);
    return load(&config);
}

static trust_answer ask_text(agent_trust *trust, ess_slice payload, char safety_class,
                             int64_t now_mono_ms)
{
    ess_topic topic;
    ess_envelope envelope;
    const char *why = "";
    assert_int_equal(ess_topic_parse(ESS_SLICE_LITERAL(TOPIC), &topic, NULL), ESS_OK);
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    trust_question question = {.topic = ESS_SLICE_LITERAL(TOPIC),
                               .payload = payload,
                               .envelope = &envelope,
                               .safety_class = safety_class,
                               .now_mono_ms = now_mono_ms,
                               .work = sign_work};
    trust_answer answer = trust_ask(trust, &question, &why);
    if (answer == TRUST_NO)
        assert_true(why[0] != '\0');
    return answer;
}

/* signer NULL: not signed. */
static trust_answer ask(agent_trust *trust, const store_signer *signer, char safety_class)
{
    ess_command command = {.code = ESS_SLICE_LITERAL("c1"),
                           .op = ESS_SLICE_LITERAL("stop"),
                           .args = ESS_SLICE_LITERAL("{}"),
                           .t_utc_ms = 1,
                           .exp_utc_ms = 2};
    signed_text text = sign_command(&command, TOPIC, signer);
    return ask_text(trust, (ess_slice){text.room, text.len}, safety_class, 0);
}

static void the_policy_says_which_classes_need_a_signature(void **state)
{
    static const struct {
        int classes;
        bool has_key;
        const char *needed;
    } cases[] = {
        {AGENT_SIGN_AUTO, true, "ABC"}, {AGENT_SIGN_AUTO, false, "C"},
        {AGENT_SIGN_ABC, true, "ABC"},  {AGENT_SIGN_ABC, false, "ABC"},
        {AGENT_SIGN_BC, true, "BC"},    {AGENT_SIGN_BC, false, "BC"},
        {AGENT_SIGN_C, true, "C"},      {AGENT_SIGN_C, false, "C"},
        {AGENT_SIGN_NONE, true, ""},    {AGENT_SIGN_NONE, false, ""},
    };
    store_signer signer = signer_of(1);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agent_trust trust = trust_of(cases[i].classes, cases[i].has_key ? &signer : NULL);
        assert_string_equal(trust.needed, cases[i].needed);
        for (const char *class = "ABC"; *class != '\0'; class ++) {
            bool is_needed = strchr(cases[i].needed, *class) != NULL;
            assert_int_equal(ask(&trust, NULL, *class), is_needed ? TRUST_NO : TRUST_YES);
            /* signed by the right key: yes, unless there is no key to hold it against */
            assert_int_equal(ask(&trust, &signer, *class),
                             cases[i].has_key || !is_needed ? TRUST_YES : TRUST_NO);
        }
    }
}

static void a_signature_that_is_not_needed_is_checked_where_there_are_keys(void **state)
{
    store_signer signer = signer_of(1), stranger = signer_of(2);
    agent_trust with = trust_of(AGENT_SIGN_NONE, &signer);
    agent_trust without = trust_of(AGENT_SIGN_NONE, NULL);
    (void)state;
    assert_int_equal(ask(&with, &stranger, 'A'), TRUST_NO); /* [SIG-13] */
    assert_int_equal(ask(&without, &stranger, 'A'), TRUST_YES);
}

static void two_keys_are_trusted_at_a_time(void **state)
{
    store_signer old_key = signer_of(1), new_key = signer_of(2), stranger = signer_of(3);
    agent_config config = {0};
    char kids[TRUST_KIDS_ROOM], list[64];
    (void)state;
    trust_key(&config, &old_key);
    trust_key(&config, &new_key);
    agent_trust trust = load(&config);
    assert_int_equal(ask(&trust, &old_key, 'A'), TRUST_YES); /* [SIG-21] */
    assert_int_equal(ask(&trust, &new_key, 'A'), TRUST_YES);
    assert_int_equal(ask(&trust, &stranger, 'A'), TRUST_NO);
    stranger = old_key; /* a signature of one key under the name of another */
    memcpy(stranger.kid, new_key.kid, sizeof stranger.kid);
    assert_int_equal(ask(&trust, &stranger, 'A'), TRUST_NO);

    size_t len = trust_print_kids(&trust, kids);
    (void)snprintf(list, sizeof list, "[\"%s\",\"%s\"]", old_key.kid, new_key.kid);
    assert_int_equal(len, strlen(list));
    assert_memory_equal(kids, list, len);
    assert_true(trust_knows_one_of(&trust, ess_slice_from(list)));
    assert_false(trust_knows_one_of(&trust, ESS_SLICE_LITERAL("[\"0011223344556677\"]")));
}

static void no_byte_of_a_signed_command_may_differ(void **state)
{
    store_signer signer = signer_of(1);
    agent_trust trust = trust_of(AGENT_SIGN_AUTO, &signer);
    ess_command command = {.code = ESS_SLICE_LITERAL("c1"),
                           .op = ESS_SLICE_LITERAL("power.set"),
                           .args = ESS_SLICE_LITERAL("{\"p\":60}"),
                           .t_utc_ms = 1000,
                           .exp_utc_ms = 2000};
    signed_text text = sign_command(&command, TOPIC, &signer);
    ess_slice payload = {text.room, text.len};
    ess_topic topic;
    ess_envelope envelope;
    (void)state;
    assert_int_equal(ess_topic_parse(ESS_SLICE_LITERAL(TOPIC), &topic, NULL), ESS_OK);
    for (size_t at = 0; at < text.len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            text.room[at] = (char)(text.room[at] ^ 1 << bit);
            if (ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL) == ESS_OK) {
                trust.checks_until_mono_ms = trust.answers_until_mono_ms = 0;
                assert_int_equal(ask_text(&trust, payload, 'A', 0), TRUST_NO);
            }
            text.room[at] = (char)(text.room[at] ^ 1 << bit);
        }
    }
    assert_int_equal(ask_text(&trust, payload, 'A', 0), TRUST_YES);
}

static void a_flood_is_refused_for_a_while_and_then_dropped_unseen(void **state)
{
    store_signer signer = signer_of(1), stranger = signer_of(2);
    agent_trust trust = trust_of(AGENT_SIGN_AUTO, &signer);
    ess_command command = {.code = ESS_SLICE_LITERAL("c1"),
                           .op = ESS_SLICE_LITERAL("stop"),
                           .args = ESS_SLICE_LITERAL("{}"),
                           .t_utc_ms = 1,
                           .exp_utc_ms = 2};
    memcpy(stranger.kid, signer.kid, sizeof signer.kid); /* so each has to be checked */
    signed_text wrong = sign_command(&command, TOPIC, &stranger);
    signed_text right = sign_command(&command, TOPIC, &signer);
    ess_slice bad = {wrong.room, wrong.len}, good = {right.room, right.len};
    int64_t now = 5000;
    (void)state;
    for (int i = 0; i < 1000; i++) /* what is right uses nothing up */
        assert_int_equal(ask_text(&trust, good, 'A', now), TRUST_YES);
    for (int i = 0; i < AGENT_REFUSALS_BURST; i++)
        assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_NO);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_SILENCE);
    assert_int_equal(ask_text(&trust, good, 'A', now), TRUST_SILENCE); /* sent again by the cloud */
    assert_int_equal(trust.refused, AGENT_REFUSALS_BURST);
    assert_int_equal(trust.dropped, 1001);
    now += AGENT_REFUSAL_MS; /* room for one more */
    assert_int_equal(ask_text(&trust, good, 'A', now), TRUST_YES);
    assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_NO);
    assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_SILENCE);
    now += 1000000; /* a long peace does not add up */
    for (int i = 0; i < AGENT_REFUSALS_BURST; i++)
        assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_NO);
    assert_int_equal(ask_text(&trust, bad, 'A', now), TRUST_SILENCE);
}

static void a_flood_that_is_not_signed_does_not_keep_out_what_is(void **state)
{
    store_signer signer = signer_of(1), stranger = signer_of(2);
    agent_trust trust = trust_of(AGENT_SIGN_BC, &signer);
    (void)state;
    for (int i = 0; i < 1000; i++) {
        trust_answer answer = ask(&trust, i % 2 == 0 ? NULL : &stranger, 'B');
        assert_int_equal(answer, i < AGENT_REFUSALS_BURST ? TRUST_NO : TRUST_SILENCE);
        assert_int_equal(ask(&trust, &signer, 'B'), TRUST_YES);
        assert_int_equal(ask(&trust, NULL, 'A'), TRUST_YES); /* it needs none */
    }
}

static void keys_that_cannot_be_used_are_refused_with_a_reason(void **state)
{
    static const struct {
        const char *key, *file, *id;
    } cases[] = {
        {"", "", "[agent-command-key]"},
        {"ess-public:00", "", "[agent-command-key]"},
        {"ess-secret:9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
         "[agent-command-key]"},
        {"ess-public:0000000000000000000000000000000000000000000000000000000000000000", "",
         "[agent-command-key]"},
        {"", "/nonexistent/command.pub", "/nonexistent/command.pub"},
        {"ess-public:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
         "/nonexistent/command.pub", "[agent-command-key]"}, /* one of the two */
    };
    store_signer signer = signer_of(1);
    agent_trust trust = {.keyring.count = 77};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agent_config config = {.key_count = 1};
        (void)snprintf(config.keys[0].key, sizeof config.keys[0].key, "%s", cases[i].key);
        (void)snprintf(config.keys[0].file, sizeof config.keys[0].file, "%s", cases[i].file);
        assert_int_equal(trust_load(&config, i % 2 == 0, &trust, problem, sizeof problem),
                         ESS_E_CONFIG);
        assert_non_null(strstr(problem, cases[i].id));
        assert_null(strstr(problem, "9d61b19d")); /* a secret is not shown */
    }
    agent_config config = {0};
    trust_key(&config, &signer);
    trust_key(&config, &signer);
    assert_int_equal(trust_load(&config, false, &trust, problem, sizeof problem), ESS_E_CONFIG);
    assert_non_null(strstr(problem, "[agent-command-key-twice]"));
    assert_int_equal(trust.keyring.count, 77);
}

static void a_key_may_stand_in_a_file(void **state)
{
    char folder[64];
    store_signer signer;
    agent_config config = {.key_count = 1};
    char path[128];
    (void)state;
    make_scratch(folder);
    (void)snprintf(path, sizeof path, "%s/k", folder);
    assert_int_equal(store_signer_new(path, &signer), ESS_OK);
    (void)snprintf(config.keys[0].file, sizeof config.keys[0].file, "%s.pub", path);
    agent_trust trust = load(&config);
    assert_int_equal(ask(&trust, &signer, 'C'), TRUST_YES);
    remove_scratch(folder, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_says_which_classes_need_a_signature),
        cmocka_unit_test(a_signature_that_is_not_needed_is_checked_where_there_are_keys),
        cmocka_unit_test(two_keys_are_trusted_at_a_time),
        cmocka_unit_test(no_byte_of_a_signed_command_may_differ),
        cmocka_unit_test(a_flood_is_refused_for_a_while_and_then_dropped_unseen),
        cmocka_unit_test(a_flood_that_is_not_signed_does_not_keep_out_what_is),
        cmocka_unit_test(keys_that_cannot_be_used_are_refused_with_a_reason),
        cmocka_unit_test(a_key_may_stand_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

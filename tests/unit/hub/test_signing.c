/* Commands as the hub signs them, with which key, and what it makes of a refused signature. */
#include "core_fixture.h"

#include <sys/stat.h>

#include "../../lib/lent.h"
#include "hub/signing.h"

static char code[37], work[ESS_SIGNED_MAX];

static store_signer signer_of(uint8_t byte)
{
    uint8_t seed[STORE_SEED_BYTES];
    store_signer signer;
    memset(seed, byte, sizeof seed);
    store_key_pair(seed, signer.public_key, signer.secret);
    ess_kid_print(signer.public_key, signer.kid);
    return signer;
}

/* The core signs with key 1 and, where there are two, has key 2 as the old one. */
static void sign_with(fixture *f, size_t keys)
{
    hub_signing signing = {
        .key = {signer_of(1), signer_of(2)}, .keys = keys, .work = malloc(ESS_SIGNED_MAX)};
    assert_non_null(signing.work);
    hub_core_sign_with(f->core, &signing);
}

static void birth(fixture *f, const char *kids)
{
    char payload[512];
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"s\":\"METRIC\",\"d\":{\"on\":1,\"sid\":\"" SID_A "\",\"kids\":%s,"
                   "\"sign\":\"ABC\"}}",
                   kids);
    fixture_say(f, "v1/STATE/ess/SH001", payload);
    fixture_forget(f);
}

static void order(fixture *f, const char *ns)
{
    hub_command_request request = {.group = ess_slice_from("SH001"),
                                   .ns = ess_slice_from(ns),
                                   .op = ess_slice_from("power.set"),
                                   .args = ess_slice_from("{\"p\":60,\"rvt\":900}"),
                                   .by = ess_slice_from("op7"),
                                   .ttl_s = 30};
    assert_int_equal(hub_command_create(f->core, &request, code), ESS_OK);
}

static void reply(fixture *f, const char *d)
{
    char payload[512];
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"code\":\"%s\",\"s\":\"CMD\",\"te\":\"RES\",\"d\":%s}", code, d);
    fixture_say(f, "v1/ACK/ess/SH001/CAB01/PCS", payload);
    fixture_pass(f, 20);
}

static void assert_state(fixture *f, const char *state)
{
    char part[64];
    (void)snprintf(part, sizeof part, "\"state\":\"%s\"", state);
    FIXTURE_JSON(f, hub_write_command(f->core, ess_slice_from(code), &out));
    assert_holds(f->json, part);
}

static bool is_signed_by(const sent_message *sent, uint8_t key)
{
    store_signer signer = signer_of(key);
    ess_slice topic_text = ess_slice_from(sent->topic), payload = ess_slice_from(sent->payload);
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    assert_int_equal(ess_topic_parse(topic_text, &topic, NULL), ESS_OK);
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    return ess_signature_find(payload, &envelope, &signature, NULL) == ESS_OK &&
           ess_slice_is(signature.kid, signer.kid) &&
           store_verify(signer.public_key, topic_text, &signature, work);
}

static void a_command_is_signed_each_time_it_is_sent(void **state)
{
    fixture *f = *state;
    sign_with(f, 1);
    birth(f, "[]");
    order(f, "CAB01/PCS");
    fixture_pass(f, 1000);
    assert_int_equal(f->sent_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(is_signed_by(&f->sent[i], 1));
        assert_holds(f->sent[i].payload, code);
    }
    assert_holds(f->sent[0].payload, "{\"t\":1700000000000,"); /* [SIG-18] */
    assert_holds(f->sent[1].payload, "{\"t\":1700000001000,");
}

static void a_command_for_a_part_is_signed_with_its_ns(void **state)
{
    fixture *f = *state;
    sign_with(f, 1);
    birth(f, "[]");
    order(f, "CAB01/BMS/C1");
    assert_holds(f->sent[0].payload, "\"ns\":\"C1\"");
    assert_true(is_signed_by(&f->sent[0], 1));
}

static void without_keys_commands_go_out_as_they_are(void **state)
{
    fixture *f = *state;
    birth(f, "[]");
    order(f, "CAB01/PCS");
    assert_lacks(f->sent[0].payload, "\"kid\"");
    assert_lacks(f->sent[0].payload, "\"sig\"");
}

static void a_device_is_answered_with_the_newest_key_it_trusts(void **state)
{
    static const struct {
        const char *first, *second; /* "1", "2": that key; else as it stands; NULL: none */
        uint8_t key;
    } cases[] = {{NULL, NULL, 1},
                 {"1", NULL, 1},
                 {"2", NULL, 2},
                 {"2", "1", 1},
                 {"0011223344556677", NULL, 1}};
    fixture *f = *state;
    sign_with(f, 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char kids[128] = "[]";
        store_signer new_key = signer_of(1), old_key = signer_of(2);
        const char *names[] = {cases[i].first, cases[i].second};
        for (size_t k = 0; k < 2; k++) {
            if (names[k] != NULL && strlen(names[k]) == 1)
                names[k] = names[k][0] == '1' ? new_key.kid : old_key.kid;
        }
        if (names[1] != NULL)
            (void)snprintf(kids, sizeof kids, "[\"%s\",\"%s\"]", names[0], names[1]);
        else if (names[0] != NULL)
            (void)snprintf(kids, sizeof kids, "[\"%s\"]", names[0]);
        birth(f, kids);
        order(f, "CAB01/PCS"); /* [SIG-21] */
        if (!is_signed_by(&f->sent[f->sent_count - 1], cases[i].key))
            fail_msg("%s: not signed with key %d", kids, cases[i].key);
    }
}

static void the_hub_says_which_keys_it_signs_with(void **state)
{
    fixture *f = *state;
    char list[64];
    (void)snprintf(list, sizeof list, "\"kids\":[\"%s\",\"%s\"]", signer_of(1).kid,
                   signer_of(2).kid);
    sign_with(f, 2);
    hub_core_on_line(f->core, true); /* [SIG-20] */
    assert_string_equal(f->sent[0].topic, "v1/STATE/ess/_cloud");
    assert_holds(f->sent[0].payload, list);
}

static void a_refused_signature_speaks_of_the_copy_alone(void **state)
{
    fixture *f = *state;
    sign_with(f, 1);
    birth(f, "[]");
    order(f, "CAB01/PCS");
    reply(f, "{\"stage\":\"rejected\",\"r\":21,\"why\":\"the signature is wrong\"}");
    assert_state(f, "rejected");
    reply(f, "{\"stage\":\"accepted\",\"r\":0}"); /* [SIG-15] the true one was taken */
    assert_state(f, "accepted");
    fixture_forget(f);
    fixture_pass(f, 5000); /* so it is asked for again, until it is over */
    assert_true(f->sent_count > 0);
    reply(f, "{\"stage\":\"done\",\"r\":0}");
    assert_state(f, "done");
    reply(f, "{\"stage\":\"rejected\",\"r\":21}"); /* and stays so */
    assert_state(f, "done");
}

static void another_refusal_stands(void **state)
{
    fixture *f = *state;
    sign_with(f, 1);
    birth(f, "[]");
    order(f, "CAB01/PCS");
    reply(f, "{\"stage\":\"rejected\",\"r\":7}");
    reply(f, "{\"stage\":\"done\",\"r\":0}");
    assert_state(f, "rejected");
}

/* ---- key files */

static void remove_keys(fixture *f)
{
    static const char *const names[] = {"command.key", "command.key.pub", "old", "old.pub"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
        (void)unlink(path);
    }
}

static void the_first_start_makes_a_key_that_later_ones_use(void **state)
{
    fixture *f = *state;
    hub_signing_options options = {f->dir, "", ""};
    hub_signing first, second;
    char why[HUB_WHY_MAX], path[128];
    struct stat status;
    assert_int_equal(hub_signing_open(&options, &first, why), ESS_OK);
    assert_int_equal(hub_signing_open(&options, &second, why), ESS_OK);
    assert_string_equal(first.key[0].kid, second.key[0].kid);
    (void)snprintf(path, sizeof path, "%s/command.key", f->dir);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600); /* [SIG-24] */
    hub_signing_close(&first);
    hub_signing_close(&second);
    remove_keys(f);
}

static void keys_that_cannot_be_used_are_named(void **state)
{
    fixture *f = *state;
    store_signer made;
    char why[HUB_WHY_MAX], path[128];
    hub_signing signing = {.keys = 7};
    (void)snprintf(path, sizeof path, "%s/old", f->dir);
    hub_signing_options options = {f->dir, path, ""};
    assert_int_equal(hub_signing_open(&options, &signing, why), ESS_E_NOT_FOUND);
    assert_string_equal(why, path); /* a key that was named is never made */
    assert_int_equal(store_signer_new(path, &made), ESS_OK);
    options.old_key = path;
    assert_int_equal(hub_signing_open(&options, &signing, why), ESS_E_EXISTS);
    options.key = "";
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(hub_signing_open(&options, &signing, why), ESS_E_PERMISSION);
    assert_int_equal(signing.keys, 7);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(hub_signing_open(&options, &signing, why), ESS_OK);
    assert_int_equal(signing.keys, 2);
    assert_string_equal(signing.key[1].kid, made.kid);
    hub_signing_close(&signing);
    remove_keys(f);
}

int main(void)
{
#define WITH_CORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_CORE(a_command_is_signed_each_time_it_is_sent),
        WITH_CORE(a_command_for_a_part_is_signed_with_its_ns),
        WITH_CORE(without_keys_commands_go_out_as_they_are),
        WITH_CORE(a_device_is_answered_with_the_newest_key_it_trusts),
        WITH_CORE(the_hub_says_which_keys_it_signs_with),
        WITH_CORE(a_refused_signature_speaks_of_the_copy_alone),
        WITH_CORE(another_refusal_stands),
        WITH_CORE(the_first_start_makes_a_key_that_later_ones_use),
        WITH_CORE(keys_that_cannot_be_used_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Key files and signatures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/lent.h"
#include "port/file.h"
#include "store/sign.h"

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"
/* RFC 8032, 7.1, test 1 */
#define SEED   "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static char folder[32], path[64], public_path[80], work[ESS_SIGNED_MAX];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ess-sign-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/key", folder);
    (void)snprintf(public_path, sizeof public_path, "%s.pub", path);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(public_path);
    return rmdir(folder);
}

static void put(const char *file, const char *text, unsigned mode)
{
    assert_int_equal(port_write_atomic(NULL, file, ess_slice_from(text), mode), ESS_OK);
}

static unsigned mode_of(const char *file)
{
    struct stat status;
    assert_int_equal(stat(file, &status), 0);
    return status.st_mode & 0777;
}

static void a_seed_gives_the_published_keys_and_signature(void **state)
{
    uint8_t seed[STORE_SEED_BYTES], public_key[ESS_KEY_BYTES], expected[ESS_SIGNATURE_BYTES];
    uint8_t secret[STORE_SECRET_BYTES], signature[ESS_SIGNATURE_BYTES];
    char digits[2 * ESS_KEY_BYTES];
    (void)state;
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL(SEED), seed, sizeof seed), ESS_OK);
    store_key_pair(seed, public_key, secret);
    ess_hex_print(public_key, sizeof public_key, digits);
    assert_memory_equal(digits, PUBLIC, sizeof digits);
    assert_int_equal(
        ess_hex_parse(
            ESS_SLICE_LITERAL("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901"
                              "555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a"
                              "100b"),
            expected, sizeof expected),
        ESS_OK);
    store_sign_text(secret, (ess_slice){NULL, 0}, signature);
    assert_memory_equal(signature, expected, sizeof expected);
    assert_true(store_verify_text(public_key, (ess_slice){NULL, 0}, signature));
    assert_false(store_verify_text(public_key, ESS_SLICE_LITERAL("x"), signature));
}

static void a_new_key_is_private_and_comes_back(void **state)
{
    store_signer made, loaded;
    uint8_t key[ESS_KEY_BYTES];
    (void)state;
    assert_int_equal(store_signer_load(path, &made), ESS_E_NOT_FOUND);
    assert_int_equal(store_signer_new(path, &made), ESS_OK);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(mode_of(public_path), 0644);
    assert_int_equal(store_signer_load(path, &loaded), ESS_OK);
    assert_memory_equal(&loaded, &made, sizeof made);
    assert_int_equal(store_public_key_load(public_path, key), ESS_OK);
    assert_memory_equal(key, made.public_key, sizeof key);
    memset(key, 0, sizeof key);
    assert_int_equal(store_public_key_load(path, key), ESS_OK);
    assert_memory_equal(key, made.public_key, sizeof key);
    store_signer_forget(&loaded);
    assert_int_equal(loaded.secret[0] | loaded.kid[0], 0);
}

static void a_key_is_never_overwritten(void **state)
{
    store_signer made, again, loaded;
    (void)state;
    assert_int_equal(store_signer_new(path, &made), ESS_OK);
    assert_int_equal(store_signer_new(path, &again), ESS_E_EXISTS);
    assert_int_equal(store_signer_load(path, &loaded), ESS_OK);
    assert_memory_equal(&loaded, &made, sizeof made);
}

static void what_is_no_key_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        SEED "\n",
                                        "ess-public:" PUBLIC "\n",
                                        "ess-secret:" SEED "\n\n",
                                        "ess-secret:" SEED " ",
                                        " ess-secret:" SEED,
                                        "ess-secret:9D61" SEED,
                                        "ess-secret:\n"};
    store_signer signer = {.kid = "untouched"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(path, texts[i], 0600);
        assert_int_equal(store_signer_load(path, &signer), ESS_E_CORRUPT);
    }
    assert_string_equal(signer.kid, "untouched");
    put(path, "ess-secret:" SEED, 0600); /* by hand, without a line's end */
    assert_int_equal(store_signer_load(path, &signer), ESS_OK);
    assert_string_equal(signer.kid, "d75a980182b10ab7");
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    store_signer signer;
    uint8_t key[ESS_KEY_BYTES];
    (void)state;
    put(path, "ess-secret:" SEED "\n", 0640);
    assert_int_equal(store_signer_load(path, &signer), ESS_E_PERMISSION);
    assert_int_equal(store_public_key_load(path, key), ESS_E_PERMISSION);
}

static void weak_public_keys_are_refused(void **state)
{
    /* neutral element, a point of order 8, no point at all */
    static const char *const texts[] = {
        "ess-public:0100000000000000000000000000000000000000000000000000000000000000",
        "ess-public:26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "ess-public:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ess-secret:" SEED, PUBLIC};
    uint8_t key[ESS_KEY_BYTES] = {7};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(store_public_key_parse(ess_slice_from(texts[i]), key), ESS_E_CORRUPT);
    assert_int_equal(key[0], 7);
    assert_int_equal(store_public_key_parse(ESS_SLICE_LITERAL("ess-public:" PUBLIC), key), ESS_OK);
    assert_int_equal(store_public_key_load("/nonexistent/key", key), ESS_E_NOT_FOUND);
}

static void what_was_signed_is_right_for_its_topic_only(void **state)
{
    store_signer signer;
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    char room[512];
    (void)state;
    put(path, "ess-secret:" SEED "\n", 0600);
    assert_int_equal(store_signer_load(path, &signer), ESS_OK);
    size_t len = (size_t)snprintf(
        room, sizeof room, "{\"t\":1,\"d\":{\"op\":\"stop\"},\"x\":{\"exp\":2,\"kid\":\"%s\"}}",
        signer.kid);
    store_to_sign what = {ESS_SLICE_LITERAL(TOPIC), room, sizeof room};
    assert_int_equal(store_sign(&signer, &what, work, &len), ESS_OK);
    assert_int_equal(ess_topic_parse(what.topic, &topic, NULL), ESS_OK);
    ess_slice payload = {room, len};
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    assert_int_equal(ess_signature_find(payload, &envelope, &signature, NULL), ESS_OK);
    assert_true(store_verify(signer.public_key, what.topic, &signature, work));
    assert_false(store_verify(signer.public_key, ESS_SLICE_LITERAL("v1/CMD/ess/SH002/CAB01/PCS"),
                              &signature, work));
    for (size_t at = 0; at < len; at++) { /* no byte of it may differ */
        room[at] ^= 1;
        bool is_right =
            ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL) == ESS_OK &&
            ess_signature_find(payload, &envelope, &signature, NULL) == ESS_OK &&
            store_verify(signer.public_key, what.topic, &signature, work);
        assert_false(is_right && ess_slice_is(signature.kid, signer.kid));
        room[at] ^= 1;
    }
    assert_int_equal(store_sign(&signer, &what, work, &len), ESS_E_STATE); /* it is signed */
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_published_keys_and_signature),
        WITH_FOLDER(a_new_key_is_private_and_comes_back),
        WITH_FOLDER(a_key_is_never_overwritten),
        WITH_FOLDER(what_is_no_key_is_refused),
        WITH_FOLDER(a_secret_that_others_can_read_is_refused),
        WITH_FOLDER(weak_public_keys_are_refused),
        WITH_FOLDER(what_was_signed_is_right_for_its_topic_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

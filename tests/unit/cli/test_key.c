/* `ess key`: making, showing, checking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "cli/key.h"
#include "store/sign.h"

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"

static char said[4096], folder[32], path[64], public_path[80];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ess-key-XXXXXX");
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

/* `ess` with these words; what it says is in said. NULL ends the words. */
static int run(const char *const *words)
{
    char *argv[12] = {(char *)(uintptr_t) "ess"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    memset(said, 0, sizeof said);
    FILE *out = fmemopen(said, sizeof said, "w");
    assert_non_null(out);
    setbuf(out, NULL);
    int code = cli_run(argc, argv, out, out);
    (void)fclose(out);
    return code;
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, "--lang", "en", NULL})

static void a_key_is_made_shown_and_not_overwritten(void **state)
{
    char line[128];
    uint8_t key[ESS_KEY_BYTES];
    struct stat status;
    (void)state;
    assert_int_equal(RUN("key", "new", path), CLI_OK);
    assert_non_null(strstr(said, "ess-public:"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(RUN("key", "show", path), CLI_OK);
    (void)snprintf(line, sizeof line, "%.120s", said);
    assert_int_equal(strlen(line), ESS_KEY_TEXT_LEN + 1); /* the line alone, to be piped */
    assert_int_equal(RUN("key", "show", public_path), CLI_OK);
    assert_string_equal(said, line);
    line[ESS_KEY_TEXT_LEN] = '\0';
    assert_int_equal(RUN("key", "show", line), CLI_OK);
    assert_int_equal(RUN("key", "show", line, "--json"), CLI_OK);
    assert_int_equal(store_public_key_parse(ess_slice_from(line), key), ESS_OK);
    assert_non_null(strstr(said, "{\"kid\":\""));
    assert_int_equal(RUN("key", "new", path), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-key-exists]"));
}

static void wrong_use_is_told(void **state)
{
    (void)state;
    assert_int_equal(RUN("key"), CLI_USAGE);
    assert_int_equal(RUN("key", "new"), CLI_USAGE);
    assert_int_equal(RUN("key", "forge", "x"), CLI_USAGE);
    assert_int_equal(RUN("key", "new", "a", "b"), CLI_USAGE);
    assert_int_equal(RUN("key", "check", "ess-public:00"), CLI_USAGE); /* no topic */
    assert_int_equal(RUN("key", "show", "/nonexistent"), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-file]"));
    assert_int_equal(RUN("key", "show", "ess-public:00"), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-key]"));
    assert_int_equal(RUN("key", "show", "ess-secret:0123"), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-key]"));
    assert_null(strstr(said, "0123")); /* what may be secret is not repeated */
}

/* ---- checking */

static int check(const uint8_t *key, const char *topic, ess_slice payload, bool json, bool chinese)
{
    memset(said, 0, sizeof said);
    FILE *out = fmemopen(said, sizeof said, "w");
    cli c = {.in = {.json = json}, .chinese = chinese, .out = out, .err = out};
    assert_non_null(out);
    setbuf(out, NULL);
    int code = key_check_text(&c, key, ess_slice_from(topic), payload);
    (void)fclose(out);
    return code;
}

static void a_caught_command_is_checked(void **state)
{
    static char work[ESS_SIGNED_MAX];
    uint8_t seed[STORE_SEED_BYTES] = {7};
    store_signer signer, other;
    char room[1024];
    (void)state;
    store_key_pair(seed, signer.public_key, signer.secret);
    ess_kid_print(signer.public_key, signer.kid);
    seed[0] = 8;
    store_key_pair(seed, other.public_key, other.secret);
    size_t len = (size_t)snprintf(
        room, sizeof room, "{\"t\":1,\"d\":{\"op\":\"stop\"},\"x\":{\"exp\":2,\"kid\":\"%s\"}}",
        signer.kid);
    ess_slice payload = {room, len};
    assert_int_equal(check(signer.public_key, TOPIC, payload, false, false), CLI_NO);
    assert_non_null(strstr(said, "(SIG-02)"));
    assert_int_equal(check(signer.public_key, TOPIC, payload, false, true), CLI_NO);
    assert_non_null(strstr(said, "没有签名"));
    store_to_sign what = {ESS_SLICE_LITERAL(TOPIC), room, sizeof room};
    assert_int_equal(store_sign(&signer, &what, work, &len), ESS_OK);
    payload.len = len;
    assert_int_equal(check(signer.public_key, TOPIC, payload, false, false), CLI_OK);
    assert_non_null(strstr(said, "right: kid "));
    assert_int_equal(check(signer.public_key, TOPIC, payload, true, false), CLI_OK);
    assert_non_null(strstr(said, "{\"right\":true,\"kid\":\""));
    assert_int_equal(check(other.public_key, TOPIC, payload, false, false), CLI_NO);
    assert_non_null(strstr(said, "another key"));
    assert_int_equal(check(signer.public_key, "v1/CMD/ess/SH002/CAB01/PCS", payload, false, true),
                     CLI_NO);
    assert_non_null(strstr(said, "不正确"));
    room[len] = '\n';
    payload.len = len + 1;
    assert_int_equal(check(signer.public_key, TOPIC, payload, true, false), CLI_NO);
    assert_non_null(strstr(said, "\"rule\":\"SIG-01\""));
    assert_int_equal(check(signer.public_key, "v1", payload, false, false), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-key-message]"));
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_key_is_made_shown_and_not_overwritten),
        cmocka_unit_test(wrong_use_is_told),
        cmocka_unit_test(a_caught_command_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

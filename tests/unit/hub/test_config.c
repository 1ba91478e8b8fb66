/* hub.yaml: what is right, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/hub_config.h"

#define REQUIRED                                                                                   \
    "data:\n  dir: state\nbroker:\n  ca: ca.pem\n  cert: /etc/cloud.pem\n  key: cloud.key\n"

static ess_err load(const char *text, hub_config *out, char *problem, size_t size)
{
    char path[] = "/tmp/ess-hub-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    assert_int_equal(close(fd), 0);
    ess_err err = hub_config_load(path, false, out, problem, size);
    (void)unlink(path);
    return err;
}

static void defaults_stand_and_paths_are_taken_from_the_files_folder(void **state)
{
    hub_config config = {0};
    char problem[8192] = "";
    (void)state;
    if (load(REQUIRED, &config, problem, sizeof problem) != ESS_OK)
        fail_msg("%s", problem);
    assert_string_equal(config.data_dir, "/tmp/state");
    assert_string_equal(config.broker_ca, "/tmp/ca.pem");
    assert_string_equal(config.broker_cert, "/etc/cloud.pem");
    assert_string_equal(config.broker_host, "127.0.0.1");
    assert_int_equal(config.broker_port, 8883);
    assert_string_equal(config.application, "ess");
    assert_int_equal(config.commit_ms, 20);
    assert_int_equal(config.commit_reports, 2000);
    assert_string_equal(config.http_address, "127.0.0.1");
    assert_int_equal(config.http_port, 8480);
}

static void wrong_ones_are_refused_whole(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"data:\n  dir: x\n", "broker.ca"},
        {REQUIRED "intake:\n  commit_ms: 0\n", "intake.commit_ms"},
        {REQUIRED "http:\n  port: 70000\n", "1 to 65535"},
        {REQUIRED "http:\n  address: 0.0.0.0\n", "[hub-not-loopback]"},
        {REQUIRED "http:\n  adress: 127.0.0.1\n", "address"},
        {REQUIRED "language: fr\n", "language"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hub_config config = {.http_port = 1};
        char problem[8192] = "";
        assert_int_equal(load(cases[i].text, &config, problem, sizeof problem), ESS_E_CONFIG);
        if (strstr(problem, cases[i].says) == NULL)
            fail_msg("%s is not in %s", cases[i].says, problem);
        assert_int_equal(config.http_port, 1);
    }
}

static void the_packaged_file_is_right(void **state)
{
    hub_config config;
    char problem[8192] = "";
    (void)state;
    if (hub_config_load(ESS_SOURCE_DIR "/packaging/hub.yaml", false, &config, problem,
                        sizeof problem) != ESS_OK)
        fail_msg("%s", problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stand_and_paths_are_taken_from_the_files_folder),
        cmocka_unit_test(wrong_ones_are_refused_whole),
        cmocka_unit_test(the_packaged_file_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

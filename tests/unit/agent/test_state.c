/* The state folder, the parameters' revisions, the configuration: refused rather than guessed. */
#include "agent_test.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "agent/agent_config.h"
#include "agent/options.h"
#include "agent/params.h"
#include "agent/state.h"

static char scratch[64];

static int set_up(void **state)
{
    (void)state;
    make_scratch(scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_scratch(scratch, 2);
    return 0;
}

static void path_of(char path[static 256], const char *name)
{
    (void)snprintf(path, 256, "%s/%s", scratch, name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    path_of(path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    (void)close(fd);
}

static void state_gives_each_start_a_later_sid(void **test)
{
    agent_state state;
    const char *id = "";
    uint64_t sid = 0;
    (void)test;
    for (int start = 0; start < 3; start++) {
        assert_int_equal(agent_state_open(scratch, &state, &id), ESS_OK);
        assert_true(state.sid > sid);
        sid = state.sid;
        agent_state_close(&state);
    }
    assert_int_equal(sid >> 32, 3);
}

static void state_is_for_one_agent(void **test)
{
    agent_state state, second;
    const char *id = "";
    (void)test;
    assert_int_equal(agent_state_open(scratch, &state, &id), ESS_OK);
    assert_int_equal(agent_state_open(scratch, &second, &id), ESS_E_STATE);
    assert_string_equal(id, "agent-state-in-use");
    agent_state_close(&state);
}

static void state_is_never_silently_begun_anew(void **test)
{
    static const struct {
        const char *file;    /* what is taken away ... */
        const char *written; /* ... or replaced */
        const char *id;
    } rows[] = {
        {"key", NULL, "agent-key-missing"},
        {"key", "nonsense", "agent-key"},
        {"boot", "x", "agent-boot"},
        {"boot", "0", "agent-boot"},
        {"outbox", NULL, "agent-store-missing"},
        {"journal", NULL, "agent-store-missing"},
    };
    (void)test;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        agent_state state;
        const char *id = "";
        char path[256];
        assert_int_equal(agent_state_open(scratch, &state, &id), ESS_OK);
        agent_state_close(&state);
        path_of(path, rows[i].file);
        if (rows[i].written != NULL)
            write_file(rows[i].file, rows[i].written);
        else if (unlink(path) != 0)
            remove_scratch(path, 0);
        assert_int_not_equal(agent_state_open(scratch, &state, &id), ESS_OK);
        assert_string_equal(id, rows[i].id);
        remove_scratch(scratch, 2);
        assert_int_equal(mkdir(scratch, 0700), 0);
    }
}

static void params_are_kept_over_lives(void **test)
{
    char path[256];
    agent_params *params = NULL;
    uint64_t rev = 7;
    static const char *const values[] = {"{\"a\":1}", "{\"a\":2}", "{}"};
    (void)test;
    path_of(path, "params.json");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_int_equal(params_open(path, &params), ESS_OK); /* each time a new life */
        assert_true(
            ess_slice_is(params_kept(params, "CAB01/PCS", &rev), i == 0 ? "" : values[i - 1]));
        assert_int_equal(rev, i);
        assert_int_equal(params_keep(params, "CAB01/PCS", ess_slice_from(values[i]), i + 1),
                         ESS_OK);
        assert_true(ess_slice_is(params_kept(params, "CAB01/PCS", &rev), values[i]));
        assert_int_equal(rev, i + 1);
        assert_true(ess_slice_is(params_kept(params, "CAB01/BMS", &rev), ""));
        assert_int_equal(rev, 0);
        params_close(params);
    }
}

static void params_refuse_a_damaged_file(void **test)
{
    static const char *const texts[] = {"",
                                        "[]",
                                        "{",
                                        "{\"a\":1}",
                                        "{\"a\":{\"rev\":0,\"v\":{}}}",
                                        "{\"a\":{\"rev\":1}}",
                                        "{\"a\":{\"rev\":1,\"v\":{}}}}"};
    char path[256];
    agent_params *params;
    (void)test;
    path_of(path, "params.json");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_file("params.json", texts[i]);
        assert_int_equal(params_open(path, &params), ESS_E_CORRUPT);
    }
}

static void params_change_nothing_when_they_cannot_be_kept(void **test)
{
    char path[256];
    agent_params *params;
    uint64_t rev;
    (void)test;
    path_of(path, "gone/params.json");
    assert_int_equal(params_open(path, &params), ESS_OK);
    assert_int_not_equal(params_keep(params, "CAB01/PCS", ESS_SLICE_LITERAL("{\"a\":1}"), 1),
                         ESS_OK);
    assert_true(ess_slice_is(params_kept(params, "CAB01/PCS", &rev), ""));
    assert_int_equal(rev, 0);
    params_close(params);
}

#define CONFIG                                                                                     \
    "group: SH001\nstate_dir: s\nbroker: {host: h, ca: a, cert: b, key: c}\ndevices:\n"            \
    "  - {unit: CAB01, host: 127.0.0.1, points: p.csv}\n"

static void config_says_what_is_wrong_and_where(void **test)
{
    static const struct {
        const char *text;
        const char *says; /* NULL: accepted */
    } rows[] = {
        {CONFIG, NULL},
        {CONFIG "  - {unit: CAB02, host: 127.0.0.1, points: p.csv}\n", NULL},
        {CONFIG "  - {unit: CAB01, host: 127.0.0.1, points: p.csv}\n", "agent-unit-twice"},
        {CONFIG "  - {unit: CAB/1, host: 127.0.0.1, points: p.csv}\n", "agent-name"},
        {CONFIG "report: {fast_ms: 1}\n", "agent.yaml:6:19: report.fast_ms"},
        {CONFIG "brocker: 1\n", "config-unknown-key"},
        {"group: SH001\n", "config-missing-key"},
    };
    char path[256], problem[4096];
    agent_config config;
    (void)test;
    path_of(path, "agent.yaml");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_fine = rows[i].says == NULL;
        write_file("agent.yaml", rows[i].text);
        problem[0] = '\0';
        assert_int_equal(agent_config_load(path, i % 2 == 0, &config, problem, sizeof problem),
                         is_fine ? ESS_OK : ESS_E_CONFIG);
        if (!is_fine && strstr(problem, rows[i].says) == NULL)
            fail_msg("%s", problem);
    }
}

/* Exit code of the program, run in a process of its own, its output thrown away. */
static int exit_code(char *one, char *two, char *three)
{
    char name[] = "ess-agent";
    char *argv[] = {name, one, two, three, NULL};
    int argc = 1, status;
    while (argv[argc] != NULL)
        argc++;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(99);
        _exit(agent_main(argc, argv));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void program_tells_by_its_exit_code(void **test)
{
    char help[] = "--help", version[] = "--version", write_config[] = "--write-config",
         lang[] = "--lang=zh", check[] = "--check", config[] = "--config", wrong[] = "--wrong",
         more[] = "more", path[256], good[512];
    (void)test;
    path_of(path, "agent.yaml");
    assert_int_equal(exit_code(help, lang, NULL), 0);
    assert_int_equal(exit_code(version, NULL, NULL), 0);
    assert_int_equal(exit_code(write_config, lang, NULL), 0);
    assert_int_equal(exit_code(NULL, NULL, NULL), 2);
    assert_int_equal(exit_code(wrong, NULL, NULL), 2);
    assert_int_equal(exit_code(help, more, NULL), 2);
    assert_int_equal(exit_code(check, config, path), 65); /* no such file */
    write_file("agent.yaml", CONFIG);
    assert_int_equal(exit_code(check, config, path), 65); /* no such point table */
    (void)snprintf(good, sizeof good, "%s", CONFIG);
    write_file("agent.yaml", good);
    write_file("p.csv", TABLE_TEXT);
    assert_int_equal(exit_code(check, config, path), 0);
    assert_int_equal(exit_code(config, path, NULL), 65); /* no certificates */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(state_gives_each_start_a_later_sid),
        TEST(state_is_for_one_agent),
        TEST(state_is_never_silently_begun_anew),
        TEST(params_are_kept_over_lives),
        TEST(params_refuse_a_damaged_file),
        TEST(params_change_nothing_when_they_cannot_be_kept),
        TEST(config_says_what_is_wrong_and_where),
        TEST(program_tells_by_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The command line: options, words, language, help, and what is said of mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

#define WORDS_MAX 8

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (count < WORDS_MAX && words[count] != NULL)
        count++;
    return count;
}

static ess_err parse(const char *const *words, unsigned user, cli_input *out, cli_problem *problem)
{
    char *argv[WORDS_MAX + 1] = {0};
    memcpy(argv, words, count_words(words) * sizeof argv[0]);
    return cli_input_parse((int)count_words(words), argv, user, out, problem);
}

static void options_and_words_may_mix(void **state)
{
    (void)state;
    static const char *const words[WORDS_MAX] = {"SH001", "--count", "5", "--json",
                                                 "--hub=http://[::1]:1", "--", "--seconds"};
    cli_input in;
    cli_problem problem;
    assert_int_equal(parse(words, CLI_FOR_WATCH, &in, &problem), ESS_OK);
    assert_int_equal(in.count, 5);
    assert_int_equal(in.seconds, 0);
    assert_true(in.json);
    assert_string_equal(in.hub, "http://[::1]:1");
    assert_int_equal(in.words.count, 2);
    assert_string_equal(in.words.items[0], "SH001");
    assert_string_equal(in.words.items[1], "--seconds");
    cli_input_free(&in);
}

static void what_is_not_said_has_its_default(void **state)
{
    (void)state;
    static const char *const words[WORDS_MAX] = {0};
    cli_input in;
    cli_problem problem;
    assert_int_equal(parse(words, CLI_FOR_COMMAND, &in, &problem), ESS_OK);
    assert_int_equal(in.ttl_s, 30);
    assert_false(in.json || in.wait || in.no_wait || in.help);
    assert_null(in.hub);
    cli_input_free(&in);
}

static void a_ledger_may_be_given_again(void **state)
{
    (void)state;
    static const char *const words[WORDS_MAX] = {"--ledger", "a", "--killed", "--ledger=b", "c"};
    cli_input in;
    cli_problem problem;
    assert_int_equal(parse(words, CLI_FOR_AUDIT, &in, &problem), ESS_OK);
    assert_true(in.killed);
    assert_int_equal(in.ledgers.count, 2);
    assert_string_equal(in.ledgers.items[1], "b");
    assert_int_equal(in.words.count, 1);
    cli_input_free(&in);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned user;
        const char *words[WORDS_MAX];
        const char *id;
    } cases[] = {
        {CLI_FOR_WATCH, {"--nonsense"}, "cli-unknown-option"},
        {CLI_FOR_WATCH, {"--ttl", "5"}, "cli-unknown-option"}, /* another subcommand's */
        {CLI_FOR_WATCH, {"--"}, NULL},
        {CLI_FOR_WATCH, {"--="}, "cli-unknown-option"},
        {CLI_FOR_WATCH, {"--count"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", ""}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", "0"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", "1000000001"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", "5x"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", "0x5"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", "1e3"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--count", " 5"}, "cli-option-value"},
        {CLI_FOR_WATCH, {"--json=yes"}, "cli-option-value"},
        {CLI_FOR_COMMAND, {"--ttl", "3601"}, "cli-option-value"},
        {CLI_FOR_COMMAND, {"--hub="}, "cli-option-value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cli_input in;
        cli_problem problem = {0};
        ess_err err = parse(cases[i].words, cases[i].user, &in, &problem);
        assert_int_equal(err, cases[i].id == NULL ? ESS_OK : ESS_E_CONFIG);
        if (cases[i].id != NULL) {
            assert_string_equal(problem.id, cases[i].id);
            assert_non_null(ess_model_error_by_id(ess_slice_from(problem.id)));
        }
        cli_input_free(&in);
    }
}

static void chinese_is_told_by_its_language_tag(void **state)
{
    (void)state;
    assert_true(cli_is_chinese("zh"));
    assert_true(cli_is_chinese("zh-CN"));
    assert_true(cli_is_chinese("zh_CN.UTF-8"));
    assert_false(cli_is_chinese("en"));
    assert_false(cli_is_chinese("zhuang"));
    assert_false(cli_is_chinese("C"));
    assert_false(cli_is_chinese(NULL));
}

/* Runs the program; gives what it wrote on either stream, to be freed. */
static int run(const char *const *words, char **text)
{
    char *argv[WORDS_MAX + 2] = {(char[]){"ess"}};
    size_t len;
    memcpy(argv + 1, words, count_words(words) * sizeof argv[0]);
    FILE *both = open_memstream(text, &len);
    assert_non_null(both);
    int code = cli_run((int)count_words(words) + 1, argv, both, both);
    assert_int_equal(fclose(both), 0);
    return code;
}

static void runs_end_with_the_exit_code_and_words_meant(void **state)
{
    (void)state;
    static const struct {
        const char *words[WORDS_MAX];
        int code;
        const char *says;
    } cases[] = {
        {{"--help"}, 0, "watch"},
        {{"--lang", "zh", "--help"}, 0, "子命令"},
        {{"--lang", "zh", "explain", "soc"}, 0, "荷电状态"},
        {{"--lang=zh", "explain", "soc"}, 0, "荷电状态"},
        {{"--lang", "zh"}, 2, "[cli-unknown-command]"},
        {{"--version"}, 0, "ess-ci"},
        {{NULL}, 2, "[cli-unknown-command]"},
        {{"dance"}, 2, "dance"},
        {{"dance", "--lang", "zh"}, 2, "没有这个命令"},
        {{"watch", "--help"}, 0, "--seconds N"},
        {{"watch", "--help", "--lang=zh-CN"}, 0, "若干秒后结束"},
        {{"watch", "a", "b"}, 2, "[cli-usage]"},
        {{"get"}, 2, "[cli-usage]"},
        {{"get", "nothing"}, 2, "[cli-unknown-command]"},
        {{"get", "values"}, 2, "GROUP"},
        {{"get", "history", "SH001/soc"}, 2, "GROUP/UNIT/COMPONENT/POINT"},
        {{"get", "history", "SH001/CAB01/BMS/soc", "--from", "-5"}, 2, "--from -5"},
        {{"get", "history", "SH001/CAB01/BMS/soc", "--to", "-5w"}, 2, "--to -5w"},
        {{"cmd", "SH001", "start"}, 2, "GROUP/UNIT/COMPONENT"},
        {{"cmd", "SH001/CAB01/PCS", "power.set", "p"}, 2, "KEY=VALUE"},
        {{"login"}, 2, "--user"},
        {{"get", "devices", "--hub", "http://hub.example"}, 65, "[cli-clear]"},
        {{"get", "devices", "--hub", "http://127.0.0.1.example"}, 65, "[cli-clear]"},
        {{"get", "devices", "--hub", "http://127.0.0.1:1@hub.example"}, 65, "[cli-clear]"},
        {{"get", "devices", "--hub", "http://localhost.example:1"}, 65, "[cli-clear]"},
        {{"get", "devices", "--hub", "http://127.0.0.1:1"}, 69, "[cli-unreachable]"},
        {{"get", "devices", "--hub", "http://localhost:1/"}, 69, "[cli-unreachable]"},
        {{"get", "devices", "--hub", "http://[::1]:1"}, 69, "[cli-unreachable]"},
        {{"get", "devices", "--hub", "https://127.0.0.1:1"}, 69, "[cli-unreachable]"},
        {{"audit"}, 2, "--ledger"},
        {{"audit", "/nonexistent"}, 65, "[cli-file]"},
        {{"explain", "power.set"}, 0, "rvt"},
        {{"explain", "soc", "--lang", "zh"}, 0, "荷电状态"},
        {{"explain", "CAB01/BMS/C1/cellV"}, 0, "mV"},
        {{"explain", "BMS/nothing"}, 1, "[cli-not-explained]"},
        {{"explain", "/"}, 1, "[cli-not-explained]"},
        {{"model", "hash"}, 0, "ess-ci"},
        {{"model", "show", "BMS/soc"}, 0, "plausible 0  .. 100"},
        {{"model", "show", "nothing"}, 1, "[cli-not-explained]"},
        {{"model", "list", "nothing"}, 1, "[cli-not-explained]"},
        {{"model", "grow"}, 2, "[cli-usage]"},
        {{"model", "check"}, 2, "[cli-usage]"},
        {{"model", "check", "/nowhere"}, 65, "[cli-model-refused]"},
        {{"explain", "21"}, 0, "bad-signature"},
        {{"explain", "BMS.cellVHigh.2"}, 0, "level 2"},
        {{"explain", "DLV-05"}, 0, "rule DLV-05 (P): A report leaves the device's outbox by a receipt"},
        {{"explain", "DLV-05", "--lang", "zh"}, 0, "规则 DLV-05 (P): "},
        {{"explain", "ENV-03"}, 0, "answers the standard's 5.2 7.2"},
        {{"explain", "DLV-5"}, 1, "[cli-not-explained]"},
        {{"explain", "config"}, 0, "nothing of it was applied"},
        {{"explain", "soc", "--json"}, 0, "{\"id\":\"soc\",\"text\":\""},
        {{"explain", "no-such-thing"}, 1, "[cli-not-explained]"},
        {{"explain", "no-such-thing", "--json"}, 1, "{\"error\":{\"id\":\"cli-not-explained\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        int code = run(cases[i].words, &text);
        if (code != cases[i].code || strstr(text, cases[i].says) == NULL)
            print_error("case %d: %d %s\n", (int)i, code, text);
        assert_int_equal(code, cases[i].code);
        assert_non_null(strstr(text, cases[i].says));
        free(text);
    }
}

static int english(void **state)
{
    (void)state;
    return setenv("ESS_LANG", "en", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_may_mix),
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(a_ledger_may_be_given_again),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(chinese_is_told_by_its_language_tag),
        cmocka_unit_test(runs_end_with_the_exit_code_and_words_meant),
    };
    return cmocka_run_group_tests(tests, english, NULL);
}

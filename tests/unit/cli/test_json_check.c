/* `ess json check`: every reason that the reader has, in both languages, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json_check.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What json_check_text prints on both streams, NUL-terminated. */
static int run(ess_slice text, bool chinese, bool json, char *said, size_t size)
{
    FILE *out = fmemopen(said, size, "w");
    cli c = {.in = {.json = json}, .chinese = chinese, .out = out, .err = out};

    assert_non_null(out);
    setbuf(out, NULL);
    int code = json_check_text(&c, "f.json", text);
    (void)fclose(out);
    return code;
}

static void check_tells_why_and_where_in_both_languages(void **state)
{
    static const struct {
        const char *text;
        const char *en, *zh, *place;
    } cases[] = {
        {"", "text ends too early", "文本提前结束", "byte 0 (line 1, byte 1 of it)"},
        {"[1,\n x]", "a value must come here", "此处应为一个值", "byte 5 (line 2, byte 2 of it)"},
        {"[-x]", "a digit must come here", "此处应为数字", "byte 2"},
        {"[01]", "a number may not begin with 0", "数字不得以 0 开头", "byte 1"},
        {"{1:2}", "a member name must come here", "此处应为成员名", "byte 1"},
        {"{\"a\" 2}", "a colon must come here", "此处应为冒号", "byte 5"},
        {"[1 2]", "a comma or the end must come here", "此处应为逗号或结束括号", "byte 3"},
        {"1 2", "something follows the value", "值之后还有其他内容", "byte 2"},
        {"\"\t\"", "control character in a string", "字符串中含有控制字符", "byte 1"},
        {"\"\\x\"", "no such escape", "没有这种转义", "byte 1"},
        {"\"\\ud800\"", "half of a surrogate pair", "代理对不完整", "byte 1"},
        {"\"\xFF\"", "not UTF-8", "不是 UTF-8 编码", "byte 1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char said[2048] = "";
        ess_slice text = ess_slice_from(cases[i].text);
        assert_int_equal(run(text, false, false, said, sizeof said), CLI_REFUSED);
        if (strstr(said, cases[i].en) == NULL || strstr(said, cases[i].place) == NULL)
            fail_msg("%s", said);
        assert_int_equal(run(text, true, false, said, sizeof said), CLI_REFUSED);
        if (strstr(said, cases[i].zh) == NULL || strstr(said, cases[i].en) != NULL)
            fail_msg("%s", said);
        assert_int_equal(run(text, false, true, said, sizeof said), CLI_REFUSED);
        if (strstr(said, "{\"accepted\":false,\"id\":\"") != said || strstr(said, "}\n") == NULL)
            fail_msg("%s", said);
    }
}

static void check_accepts_any_value_however_deep(void **state)
{
    enum { DEEP = 100000 };
    char said[256] = "";
    char *deep = malloc(2 * DEEP);

    (void)state;
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    memset(deep + DEEP, ']', DEEP);
    assert_int_equal(run((ess_slice){deep, 2 * DEEP}, false, false, said, sizeof said), CLI_OK);
    assert_string_equal(said, "accepted\n");
    assert_int_equal(run((ess_slice){deep, 2 * DEEP - 1}, false, true, said, sizeof said),
                     CLI_REFUSED);
    assert_non_null(strstr(said, "\"offset\":199999"));
    free(deep);
    assert_int_equal(run(ESS_SLICE_LITERAL(" null\n"), true, false, said, sizeof said), CLI_OK);
    assert_string_equal(said, "接受\n");
    assert_int_equal(run(ESS_SLICE_LITERAL("-0e-0"), true, true, said, sizeof said), CLI_OK);
    assert_string_equal(said, "{\"accepted\":true}\n");
}

/* The whole way from the words; said is what went to both streams. */
static int run_words(const char *word, const char *file, char *said, size_t size)
{
    FILE *out = fmemopen(said, size, "w");
    char words[5][64] = {"ess", "json"};
    char *list[5] = {words[0], words[1], words[2], words[3], words[4]};

    (void)snprintf(words[2], sizeof words[2], "%s", word);
    (void)snprintf(words[3], sizeof words[3], "%s", file);
    (void)snprintf(words[4], sizeof words[4], "--lang=en");
    assert_non_null(out);
    setbuf(out, NULL);
    int code = cli_run(5, list, out, out);
    (void)fclose(out);
    return code;
}

static void files_are_read_to_their_end(void **state)
{
    enum { LONG = 300000 };
    char path[] = "/tmp/ess-json-XXXXXX";
    char said[512] = "";
    int handle = mkstemp(path);
    FILE *file = handle < 0 ? NULL : fdopen(handle, "w");

    (void)state;
    assert_non_null(file);
    assert_int_equal(fprintf(file, "[%*s]", LONG, ""), LONG + 2);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(run_words("check", path, said, sizeof said), CLI_OK);
    assert_true(fputc('}', file) != EOF && fclose(file) == 0);
    assert_int_equal(run_words("check", path, said, sizeof said), CLI_REFUSED);
    assert_non_null(strstr(said, "byte 300002"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(run_words("check", path, said, sizeof said), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-file]"));
    assert_int_equal(run_words("check", "/", said, sizeof said), CLI_REFUSED);
    assert_non_null(strstr(said, "[cli-file]"));
    assert_int_equal(run_words("prettify", path, said, sizeof said), CLI_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_tells_why_and_where_in_both_languages),
        cmocka_unit_test(check_accepts_any_value_however_deep),
        cmocka_unit_test(files_are_read_to_their_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

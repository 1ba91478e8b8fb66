/* A refusal in Chinese: no English but the names on the wire. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/decode.h"
#include "cli/json_check.h"

#define DATA     "v1/DATA/ess/SH001/CAB01"
#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define CMD_HEAD "{\"t\":1,\"code\":\"c\",\"s\":\"CMD\",\"te\":\"REQ\",\"d\":"
#define CMD_TAIL ",\"x\":{\"exp\":9}}"

/* Words that a Chinese text keeps as they are: of the wire, of the standards, ids of rules. */
static const char *const names[] = {
    "ACK",  "ALM",  "ASCII", "CAB", "CMD",   "DAT",  "DATA", "DLV",  "ENC",  "ENV",   "HIST", "JSON", "KiB",
    "METRIC", "MQTT", "NUL", "PRE",   "PARAM", "REQ", "RES",  "SH", "SIG",  "STATE", "TOP",  "ULID", "UTC",
    "UTF",  "UUIDv", "act",  "alarm", "clear", "code", "cols", "component", "ess", "exp", "family", "gzip",
    "id",   "kW",   "kind",  "kid",   "level", "ns",  "null", "on",   "op",    "part", "raise",
    "rows", "rvt",  "sid",   "te",    "ts",   "unit", "zstd"};

static bool is_name(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], word, len) == 0)
            return true;
    }
    return len == 1; /* t, d, x, v, n ... */
}

static bool shows_text(const char *next_line)
{
    size_t blanks = strspn(next_line, " ");
    return next_line[blanks] == '^';
}

/* Each word of letters, but in the line above a caret, where the refused text itself is shown, and
 * in ids of the catalogue ([json-syntax]). */
static void assert_no_english(const char *given, const char *said)
{
    for (const char *line = said; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *next = *end == '\0' ? end : end + 1;
        for (const char *at = line; !shows_text(next) && at < end;) {
            size_t len = 0;
            if (*at == '[' && at[1 + strspn(at + 1, ID_CHARACTERS)] == ']') {
                at += 2 + strspn(at + 1, ID_CHARACTERS);
                continue;
            }
            while (isalpha((unsigned char)at[len]))
                len++;
            if (len > 0 && !is_name(at, len))
                fail_msg("%s: English \"%.*s\" in:\n%s", given, (int)len, at, said);
            at += len > 0 ? len : 1;
        }
        line = next;
    }
}

typedef struct sample {
    const char *topic, *text, *says;
} sample;

static const sample broken[] = {
    {DATA, "{\"t\":\"x\",\"d\":{}}", "t 不是整数"},
    {DATA, "{\"t\":1}", "缺少 d"},
    {DATA, "{\"t\":1,\"d\":[]}", "d 不是对象"},
    {DATA, "{\"t\":1,\"ns\":\"\",\"d\":{}}", "ns"},
    {DATA, "{\"t\":1,\"s\":\"X\",\"d\":{}}", "s 既非 METRIC 也非 CMD"},
    {DATA, "{\"t\":1,\"t\":2,\"d\":{}}", "对象中已有该成员"},
    {DATA, "{\"t\":1,\"d\":{\"rows\":[{\"v\":{\"soc\":1e99}}]}}", "数值无法用 64 位精确表示"},
    {DATA, "{\"t\":1,\"d\":{\"cols\":[5]}}", "cols 须为 1 至 256 个对象的数组"},
    {DATA, "{\"t\":1,\"d\":{", "文本提前结束"},
    {DATA, "{\"t\":01}", "数字不得以 0 开头"},
    {DATA, "\x1F\x8B\b", "gzip 数据不完整或已损坏"},
    {"v1/FOO/ess/SH001", "{}", "没有这种报文类型"},
    {"v9/DATA/ess/SH001", "{}", "不支持该主版本号"},
    {"v1/DATA", "{}", "不足 4 个层级"},
};

/* What run says when its output and errors go to one text. */
static char *said_by(int (*run)(const cli *c, const sample *given), const sample *given)
{
    char *text = NULL;
    size_t len;
    FILE *both = open_memstream(&text, &len);
    cli c = {.chinese = true, .out = both, .err = both};
    assert_int_equal(run(&c, given), CLI_REFUSED);
    assert_int_equal(fclose(both), 0);
    return text;
}

static void assert_said(int (*run)(const cli *c, const sample *given), const sample *given)
{
    char *text = said_by(run, given);
    if (strstr(text, given->says) == NULL)
        fail_msg("%s: wanted %s in:\n%s", given->text, given->says, text);
    char *rules = strstr(text, "\n\n"); /* the sum of a check: rules as the document says them */
    if (rules != NULL)
        *rules = '\0';
    assert_no_english(given->text, text);
    free(text);
}

static int decode(const cli *c, const sample *given)
{
    static const store_keyring no_keys;
    cli one = *c;
    one.in.topic = given->topic;
    return decode_text(&one, &no_keys, ess_slice_from(given->text));
}

static void decode_refuses_in_chinese_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_said(decode, &broken[i]);
}

/* The line of a capture, in a file, for the whole of `ess check`. */
static int check_line(const cli *c, const sample *given)
{
    char path[] = "/tmp/ess-refusals-XXXXXX";
    const char *words[] = {path};
    cli one = *c;
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_true(dprintf(file, "%s %s\n", given->topic, given->text) > 0);
    assert_int_equal(close(file), 0);
    one.in.words = (cli_list){words, 1};
    int code = cli_check(&one);
    assert_int_equal(unlink(path), 0);
    return code;
}

static void check_finds_in_chinese_alone(void **state)
{
    static const sample more[] = {
        {"v1/DATA/ess/SH001", "{\"t\":1,\"code\":\"c\",\"d\":{\"soc\":1}}", "上报的 code 须为"},
        {"v1/STATE/ess/SH001", "{\"t\":1,\"d\":{\"on\":7}}", "STATE 须有 on"},
        {"v1/CMD/ess/SH001/CAB01/PCS",
         CMD_HEAD "{\"op\":\"power.set\",\"a\":{\"p\":1e9,\"rvt\":9}}" CMD_TAIL "\n"
         "v1/DATA/ess/SH001 {}", "p 超出范围 "},
        {"v1/CMD/ess/SH001/CAB01/PCS", CMD_HEAD "{\"op\":\"power.set\",\"a\":{}}" CMD_TAIL
         "\nv1/DATA/ess/SH001 {}", "（缺少 "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        if (broken[i].text[0] == '{')
            assert_said(check_line, &broken[i]);
    }
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        assert_said(check_line, &more[i]);
}

static int json(const cli *c, const sample *given)
{
    return json_check_text(c, "1", ess_slice_from(given->text));
}

static void json_check_refuses_in_chinese_alone(void **state)
{
    static const sample texts[] = {{"", "[1 2]", "此处应为逗号或结束括号"},
                                   {"", "{\"a\" 1}", "此处应为冒号"},
                                   {"", "[\"\\ud800\"]", "代理对不完整"},
                                   {"", "[1] 2", "值之后还有其他内容"},
                                   {"", "[-]", "此处应为数字"}};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_said(json, &texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_refuses_in_chinese_alone),
        cmocka_unit_test(check_finds_in_chinese_alone),
        cmocka_unit_test(json_check_refuses_in_chinese_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

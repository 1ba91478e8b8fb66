/* `ess check`: reads a capture line by line, prints what is found, and sums it up by rule. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "check/rules.h"
#include "cli/cli.h"
#include "cli/keyring.h"
#include "cli/table.h"

#define RULES_MAX 256 /* different rules in a sum */

typedef struct rule_count {
    const char *rule; /* "" for findings of no rule */
    size_t counts[2]; /* by check_severity */
} rule_count;

typedef struct tally {
    rule_count rules[RULES_MAX];
    size_t rule_count;
    size_t messages, counts[2], untold; /* untold: beyond CHECK_FINDINGS_MAX of one message */
} tally;

static void count_finding(tally *all, const check_finding *finding)
{
    size_t i = 0;
    while (i < all->rule_count && strcmp(all->rules[i].rule, finding->rule) != 0)
        i++;
    all->counts[finding->severity]++;
    if (i == RULES_MAX)
        return;
    if (i == all->rule_count)
        all->rules[all->rule_count++] = (rule_count){.rule = finding->rule};
    all->rules[i].counts[finding->severity]++;
}

static const char *severity_name(const cli *c, check_severity severity)
{
    return severity == CHECK_BROKEN ? cli_say(c, "broken", "违反") : cli_say(c, "advice", "建议");
}

static void print_json(const cli *c, size_t line, const check_finding *finding)
{
    static const char *const severities[] = {"advice", "broken"};
    char room[2048];
    size_t len;
    ess_json_writer w;
    const struct {
        const char *key, *text;
    } texts[] = {{"severity", severities[finding->severity]},
                 {"finding", finding->name},
                 {"rule", finding->rule},
                 {"what", ess_model_say(finding->what, c->chinese)},
                 {"detail", finding->detail}};
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    ess_json_key(&w, "line");
    ess_json_int(&w, (int64_t)line);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ess_json_key(&w, texts[i].key);
        ess_json_text(&w, ess_slice_from(texts[i].text));
    }
    if (finding->has_offset) {
        ess_json_key(&w, finding->in_topic ? "topic_offset" : "offset");
        ess_json_int(&w, finding->offset);
    }
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) == ESS_OK)
        (void)fprintf(c->out, "%.*s\n", (int)len, room);
}

/* Details hold what peers wrote: no control character goes to a terminal. A detail that was cut
 * within a character goes without its rest. */
static void print_finding(const cli *c, size_t line, const check_finding *finding)
{
    char place[64] = "";
    char room[CONFIG_REFUSAL_MAX];
    char detail[CONFIG_REFUSAL_MAX];
    if (finding->has_offset)
        (void)snprintf(place, sizeof place, cli_say(c, " %s byte %" PRIu32, " %s 字节 %" PRIu32),
                       finding->in_topic ? cli_say(c, "topic", "主题")
                                         : cli_say(c, "payload", "负载"),
                       finding->offset);
    (void)snprintf(detail, sizeof detail, "%s", check_detail(finding, c->chinese, room));
    for (char *p = detail; *p != '\0'; p++)
        *p = (uint8_t)*p < 0x20 || *p == 0x7F ? '.' : *p;
    if (line > 0)
        (void)fprintf(c->out, cli_say(c, "line %zu: ", "第 %zu 行："), line);
    else
        (void)fprintf(c->out, "%s", cli_say(c, "in all: ", "总体："));
    (void)fprintf(c->out, cli_say(c, "%s%s%s%s: %s%s%s%s\n", "%s%s%s%s：%s%s%s%s\n"),
                  severity_name(c, finding->severity), finding->rule[0] ? " " : "", finding->rule,
                  place, ess_model_say(finding->what, c->chinese),
                  detail[0] ? cli_say(c, " (", "（") : "", detail,
                  detail[0] ? cli_say(c, ")", "）") : "");
}

/* line 0: of the whole. Details that are no UTF-8 are not printed as JSON texts. */
static void take_findings(const cli *c, size_t line, check_findings *findings, tally *all)
{
    for (size_t i = 0; i < findings->count; i++) {
        check_finding *finding = &findings->list[i];
        size_t len = strlen(finding->detail);
        while (len > 0 && !ess_utf8_valid((ess_slice){finding->detail, len}))
            len--;
        finding->detail[len] = '\0';
        count_finding(all, finding);
        if (c->in.json)
            print_json(c, line, finding);
        else
            print_finding(c, line, finding);
    }
    all->untold += findings->more;
}

static const char *rule_text(const cli *c, const char *rule)
{
    for (size_t i = 0; i < check_rule_count; i++) {
        if (strcmp(check_rules[i].id, rule) == 0)
            return ess_model_say(check_rules[i].text, c->chinese);
    }
    return "";
}

static int order_of_rules(const void *a, const void *b)
{
    return strcmp(((const rule_count *)a)->rule, ((const rule_count *)b)->rule);
}

static void sum_json(const cli *c, const tally *all, const check_counts *counts)
{
    (void)fprintf(c->out,
                  "{\"messages\":%zu,\"broken\":%zu,\"advice\":%zu,\"untold\":%zu,"
                  "\"other_majors\":%zu,",
                  all->messages, all->counts[CHECK_BROKEN], all->counts[CHECK_ADVICE], all->untold,
                  counts->other_majors);
    (void)fprintf(c->out,
                  "\"signatures\":{\"right\":%zu,\"wrong\":%zu,\"unknown\":%zu,"
                  "\"missing\":%zu,\"unverified\":%zu},\"rules\":{",
                  counts->right, counts->wrong, counts->unknown, counts->missing,
                  counts->unverified);
    for (size_t i = 0; i < all->rule_count; i++)
        (void)fprintf(c->out, "%s\"%s\":{\"broken\":%zu,\"advice\":%zu}", i > 0 ? "," : "",
                      all->rules[i].rule, all->rules[i].counts[CHECK_BROKEN],
                      all->rules[i].counts[CHECK_ADVICE]);
    (void)fprintf(c->out, "}}\n");
}

static void sum_signatures(const cli *c, const check_counts *counts)
{
    if (c->in.keys.count > 0 || counts->wrong + counts->missing > 0)
        (void)fprintf(c->out,
                      cli_say(c,
                              "signatures: %zu right, %zu wrong, %zu of other keys, %zu missing\n",
                              "签名：正确 %zu 个，错误 %zu 个，其他密钥 %zu 个，缺失 %zu 个\n"),
                      counts->right, counts->wrong, counts->unknown, counts->missing);
    if (counts->unverified > 0)
        (void)fprintf(c->out,
                      cli_say(c, "%zu signatures were not verified: no --key was given\n",
                              "有 %zu 个签名未验证：没有给出 --key\n"),
                      counts->unverified);
}

static void sum_text(const cli *c, const tally *all, const check_counts *counts)
{
    for (size_t i = 0; i < all->rule_count; i++) {
        const rule_count *one = &all->rules[i];
        (void)fprintf(c->out,
                      cli_say(c, "%s%s: %zu broken, %zu advice\n  %s\n",
                              "%s%s：违反 %zu 处，建议 %zu 处\n  %s\n"),
                      i == 0 ? "\n" : "", one->rule[0] ? one->rule : "-", one->counts[CHECK_BROKEN],
                      one->counts[CHECK_ADVICE], rule_text(c, one->rule));
    }
    sum_signatures(c, counts);
    if (counts->other_majors > 0)
        (void)fprintf(c->out,
                      cli_say(c, "%zu messages of other majors were not judged\n",
                              "其他主版本的报文 %zu 条，未作判断\n"),
                      counts->other_majors);
    (void)fprintf(c->out,
                  cli_say(c, "%zu messages, %zu broken, %zu advice\n",
                          "报文 %zu 条，违反 %zu 处，建议 %zu 处\n"),
                  all->messages, all->counts[CHECK_BROKEN], all->counts[CHECK_ADVICE]);
    if (all->untold > 0)
        (void)fprintf(c->out,
                      cli_say(c, "%zu more findings are not shown\n", "另有 %zu 处未显示\n"),
                      all->untold);
}

static void take_line(const cli *c, check *rules, char *line, size_t len, size_t number, tally *all)
{
    capture from = {0};
    check_findings findings = {0};
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (len == 0)
        return;
    all->messages++;
    if (c->in.topic != NULL)
        from = (capture){.topic = ess_slice_from(c->in.topic), .payload = {line, len}};
    if (c->in.topic != NULL || capture_read((ess_slice){line, len}, &from)) {
        from.payload = capture_bytes(from.payload, line + (from.payload.ptr - line));
        check_next(rules, &from, &findings, NULL);
    } else {
        check_no_message((ess_slice){line, len}, &findings);
    }
    take_findings(c, number, &findings, all);
}

static int finish(const cli *c, check *rules, tally *all)
{
    check_findings findings;
    check_end(rules, &findings);
    take_findings(c, 0, &findings, all);
    qsort(all->rules, all->rule_count, sizeof all->rules[0], order_of_rules);
    if (c->in.json)
        sum_json(c, all, check_counted(rules));
    else
        sum_text(c, all, check_counted(rules));
    return all->counts[CHECK_BROKEN] > 0 || all->untold > 0 ? CLI_REFUSED : CLI_OK;
}

/* ---- what was asked */

/* "1,2" */
static bool read_majors(const char *text, ess_majors *out)
{
    ess_majors majors = {.count = 0};
    while (majors.count < ESS_MAJORS_MAX) {
        char number[8];
        int64_t major;
        size_t len = strcspn(text, ",");
        (void)snprintf(number, sizeof number, "%.*s", len < 7 ? (int)len : 7, text);
        if (cli_parse_integer(number, &major) != ESS_OK || major < 1 || major > UINT16_MAX)
            return false;
        majors.at[majors.count++] = (uint16_t)major;
        text += len + 1;
        if (text[-1] == '\0') {
            *out = majors;
            return true;
        }
    }
    return false;
}

/* As in agent.yaml (commands.signed_classes). */
static bool read_classes(const char *text, const char **out)
{
    static const char *const choices[][2] = {
        {"auto", NULL}, {"ABC", "ABC"}, {"BC", "BC"}, {"C", "C"}, {"none", ""}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (strcmp(text, choices[i][0]) != 0)
            continue;
        *out = choices[i][1];
        return true;
    }
    return false;
}

static int read_options(const cli *c, store_keyring *keys, check_options *out)
{
    const cli_input *in = &c->in;
    *out = (check_options){.keys = keys};
    if (in->majors != NULL && !read_majors(in->majors, &out->majors))
        return cli_fail(c, CLI_USAGE, "cli-option-value", "--majors %s", in->majors);
    if (in->signed_classes != NULL && !read_classes(in->signed_classes, &out->signed_classes))
        return cli_fail(c, CLI_USAGE, "cli-option-value", "--signed-classes %s",
                        in->signed_classes);
    return keyring_read(c, keys);
}

static int check_file(const cli *c, const check_options *options, const char *name, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    size_t number = 0;
    ssize_t len;
    tally all = {0};
    check *rules = check_new(options);
    if (rules == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "%s", name);
    errno = 0;
    while ((len = getline(&line, &room, file)) >= 0)
        take_line(c, rules, line, (size_t)len, ++number, &all);
    int failed = ferror(file) ? errno : 0;
    free(line);
    int code = failed == 0 ? finish(c, rules, &all)
                           : cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(failed));
    check_free(rules);
    return code;
}

int cli_check(const cli *c)
{
    const char *name = c->in.words.count > 0 ? c->in.words.items[0] : "-";
    store_keyring keys = {.count = 0};
    check_options options;
    int code = read_options(c, &keys, &options);
    if (code != CLI_OK)
        return code;
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (file == NULL)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    code = check_file(c, &options, name, file);
    if (file != stdin)
        (void)fclose(file);
    return code;
}

/* `ess SUBCOMMAND ...`: the table of subcommands, help, language, and how mistakes are told. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "ess/json.h"

typedef struct subcommand {
    const char *name;
    unsigned user;
    size_t least_words, most_words;
    const char *words; /* for help */
    ess_model_text help;
    int (*run)(const cli *c);
} subcommand;

static const subcommand subcommands[] = {
    {"login", CLI_FOR_LOGIN, 0, 0, "",
     {"log in to the hub and keep the token", "登录云端服务并保存令牌"}, cli_login},
    {"watch", CLI_FOR_WATCH, 0, 1, "[GROUP]",
     {"follow what changes, one line a change", "实时跟踪变化，每行一项"}, cli_watch},
    {"get", CLI_FOR_GET, 1, 2,
     "devices|values|series|history|params|events|commands|stats [GROUP[/UNIT/COMPONENT[/POINT]]]",
     {"ask the hub: devices; values SH001/CAB01/BMS; history SH001/CAB01/BMS/soc; ...",
      "查询：devices；values SH001/CAB01/BMS；history SH001/CAB01/BMS/soc；……"}, cli_get},
    {"cmd", CLI_FOR_COMMAND, 2, SIZE_MAX, "GROUP/UNIT/COMPONENT OPERATION [KEY=VALUE ...]",
     {"send a command and show its stages: cmd SH001/CAB01/PCS power.set p=60 rvt=900",
      "下发命令并显示各阶段：cmd SH001/CAB01/PCS power.set p=60 rvt=900"}, cli_command},
    {"decode", CLI_FOR_DECODE, 0, 1, "[FILE|-]",
     {"show what a message says, or where it breaks a rule",
      "解读一条报文，或指出其违反规则之处"}, cli_decode},
    {"key", CLI_FOR_KEY, 2, 3, "new FILE | show FILE | check KEY [FILE|-] --topic TOPIC",
     {"keys of signed commands: make one, print its public line, check a command that was caught",
      "命令签名密钥：生成、输出公钥行、校验捕获的命令"}, cli_key},
    {"encode", CLI_FOR_ENCODE, 1, SIZE_MAX, "OBJECT [OPERATION] KEY=VALUE ... --type TYPE",
     {"write a right message: encode SH001/CAB01/BMS soc=56.3 --sid 0000002a9f3c01d7 --n 1815",
      "生成一条正确的报文：encode SH001/CAB01/BMS soc=56.3 --sid 0000002a9f3c01d7 --n 1815"},
     cli_encode},
    {"check", CLI_FOR_CHECK, 0, 1, "[FILE|-]",
     {"hold messages, one a line, against the rules: each alone and all in their order",
      "按规则检查报文（每行一条）：逐条检查，并检查先后顺序"}, cli_check},
    {"explain", CLI_FOR_EXPLAIN, 1, 1, "ID",
     {"explain an error id, a rule, a result code, a command or a point",
      "解释错误编号、规则、结果码、命令或测点"}, cli_explain},
    {"json", CLI_FOR_JSON, 1, 2, "check [FILE|-]",
     {"check strictly that a text is JSON (RFC 8259); 65 and the place where it is not",
      "严格检查文本是否为 JSON（RFC 8259）；不是则退出码 65 并指出位置"}, cli_json},
    {"model", CLI_FOR_MODEL, 1, 3, "list|show|hash|check|diff ...",
     {"look into the point model, check a file of it, or say what changed: model diff OLD NEW",
      "查看点表模型、检查模型文件，或比较两个版本：model diff 旧 新"}, cli_model},
    {"audit", CLI_FOR_AUDIT, 0, SIZE_MAX, "[LEDGER ...]",
     {"compare simulators' ledgers with the hub's history",
      "将模拟器台账与云端历史逐值核对"}, cli_audit},
};
#define SUBCOMMAND_COUNT (sizeof subcommands / sizeof subcommands[0])

bool cli_is_chinese(const char *language)
{
    return language != NULL && (language[0] == 'z' || language[0] == 'Z') &&
           (language[1] == 'h' || language[1] == 'H') &&
           (language[2] == '\0' || strchr("-_.@", language[2]) != NULL);
}

/* The first that says anything decides. */
static bool choose_chinese(const char *option)
{
    const char *const sources[] = {option, getenv("ESS_LANG"), getenv("LC_ALL"), getenv("LANG")};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sources[i] != NULL && sources[i][0] != '\0')
            return cli_is_chinese(sources[i]);
    }
    return false;
}

/* --lang must work for mistakes in the other words too, so it is looked for before them. */
static const char *language_option(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            return argv[i] + 7;
        if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            return argv[i + 1];
    }
    return NULL;
}

static void print_error_json(const cli *c, const ess_model_error *entry, const char *detail)
{
    char room[4096];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    ess_json_key(&w, "error");
    ess_json_object_begin(&w);
    ess_json_key(&w, "id");
    ess_json_text(&w, ess_slice_from(entry->id));
    ess_json_key(&w, "what");
    ess_json_text(&w, ess_slice_from(ess_model_say(entry->what, c->chinese)));
    ess_json_key(&w, "detail");
    ess_json_text(&w, ess_slice_from(detail));
    ess_json_key(&w, "why");
    ess_json_text(&w, ess_slice_from(ess_model_say(entry->why, c->chinese)));
    ess_json_key(&w, "mend");
    ess_json_text(&w, ess_slice_from(ess_model_say(entry->mend, c->chinese)));
    ess_json_object_end(&w);
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) == ESS_OK)
        (void)fprintf(c->err, "%.*s\n", (int)len, room);
}

int cli_fail(const cli *c, int code, const char *id, const char *format, ...)
{
    char detail[1024];
    va_list args;
    const ess_model_error *entry = ess_model_error_by_id(ess_slice_from(id));
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args); /* may be cut */
    va_end(args);
    if (entry == NULL)
        entry = ess_model_error_of(ESS_E_INTERNAL);
    if (c->in.json) {
        print_error_json(c, entry, detail);
        return code;
    }
    (void)fprintf(c->err, "ess: %s%s%s%s [%s]\n  %s\n  %s\n",
                  ess_model_say(entry->what, c->chinese),
                  detail[0] ? cli_say(c, " (", "（") : "", detail,
                  detail[0] ? cli_say(c, ")", "）") : "", entry->id,
                  ess_model_say(entry->why, c->chinese), ess_model_say(entry->mend, c->chinese));
    return code;
}

static void print_help(const cli *c)
{
    cli_table *table = cli_table_new(2);
    (void)fprintf(c->out, "%s\n\n",
                  cli_say(c, "ess SUBCOMMAND ...: the command line of esslink " ESS_VERSION,
                          "ess 子命令 ……：esslink " ESS_VERSION " 命令行工具"));
    for (size_t i = 0; table != NULL && i < SUBCOMMAND_COUNT; i++) {
        cli_table_addf(table, "  %s", subcommands[i].name);
        cli_table_addf(table, "%s", ess_model_say(subcommands[i].help, c->chinese));
    }
    if (table != NULL)
        cli_table_print(table, c->out);
    cli_table_free(table);
    (void)fprintf(c->out, "\n%s\n",
                  cli_say(c,
                          "More: ess SUBCOMMAND --help\n"
                          "Exit codes: 0 ok, 1 negative answer, 2 wrong use, 65 refused input,\n"
                          "69 unreachable, 75 try again, 77 not permitted.",
                          "详细：ess 子命令 --help\n"
                          "退出码：0 成功，1 否定结果，2 用法错误，65 输入被拒绝，\n"
                          "69 无法连接，75 请重试，77 无权限。"));
}

static void print_subcommand_help(const cli *c, const subcommand *chosen)
{
    (void)fprintf(c->out, "ess %s %s\n  %s\n\n", chosen->name, chosen->words,
                  ess_model_say(chosen->help, c->chinese));
    cli_options_help(c->out, chosen->user, c->chinese);
}

static int run_subcommand(cli *c, const subcommand *chosen, int argc, char **argv)
{
    cli_problem problem = {0};
    ess_err err = cli_input_parse(argc, argv, chosen->user, &c->in, &problem);
    if (err != ESS_OK)
        return cli_fail(c, CLI_USAGE, problem.id, "%s", problem.detail);
    if (c->in.help) {
        print_subcommand_help(c, chosen);
        return CLI_OK;
    }
    if (c->in.words.count < chosen->least_words || c->in.words.count > chosen->most_words)
        return cli_fail(c, CLI_USAGE, "cli-usage", "ess %s %s", chosen->name, chosen->words);
    return chosen->run(c);
}

/* Words that --lang takes before the subcommand. */
static int leading_language(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "--lang=", 7) == 0)
        return 1;
    return argc > 2 && strcmp(argv[1], "--lang") == 0 ? 2 : 0;
}

int cli_run(int argc, char **argv, FILE *out, FILE *err)
{
    cli c = {.chinese = choose_chinese(language_option(argc, argv)), .out = out, .err = err};
    int at = 1 + leading_language(argc, argv);
    const char *name = argc > at ? argv[at] : "";
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        if (strcmp(name, subcommands[i].name) != 0)
            continue;
        int code = run_subcommand(&c, &subcommands[i], argc - at - 1, argv + at + 1);
        cli_input_free(&c.in);
        return fflush(out) == 0 ? code : CLI_AGAIN;
    }
    if (strcmp(name, "--version") == 0) {
        (void)fprintf(out, "ess %s, %s %s %s%s%s\n", ESS_VERSION, ess_model_id, ess_model_version,
                      ess_model_hash, ess_model_ext[0] != '\0' ? " " : "", ess_model_ext);
        return CLI_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help(&c);
        return CLI_OK;
    }
    return cli_fail(&c, CLI_USAGE, "cli-unknown-command", "%s", name);
}

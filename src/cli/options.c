/* One row describes an option: where its value goes, who may use it, how help shows it. */
#include "cli/options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "codec/try.h"
#include "ess/decimal.h"
#include "ess/model.h"

typedef enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_INTEGER, OPTION_LIST } option_type;

typedef struct option_row {
    const char *name;
    option_type type;
    size_t offset; /* in cli_input */
    unsigned users;
    int64_t min, max; /* INTEGER */
    const char *value;
    ess_model_text help;
} option_row;

#define AT(field) offsetof(cli_input, field)

static const option_row options[] = {
    {"hub", OPTION_TEXT, AT(hub), CLI_FOR_HUB, 0, 0, "URL",
     {"the hub's address (else ESS_HUB, else http://127.0.0.1:8480)",
      "云端服务地址（否则取 ESS_HUB，再否则 http://127.0.0.1:8480）"}},
    {"token-file", OPTION_TEXT, AT(token_file), CLI_FOR_HUB, 0, 0, "FILE",
     {"where the log-in is kept (else ESS_TOKEN_FILE, else ~/.config/ess/token)",
      "登录令牌文件（否则取 ESS_TOKEN_FILE，再否则 ~/.config/ess/token）"}},
    {"user", OPTION_TEXT, AT(user), CLI_FOR_LOGIN, 0, 0, "NAME", {"who logs in", "登录用户名"}},
    {"password-file", OPTION_TEXT, AT(password_file), CLI_FOR_LOGIN, 0, 0, "FILE",
     {"first line is the password; - for standard input; without it you are asked",
      "首行为密码；- 表示标准输入；不给出则在终端询问"}},
    {"count", OPTION_INTEGER, AT(count), CLI_FOR_WATCH, 1, INT64_C(1000000000), "N",
     {"end after so many lines", "输出若干行后结束"}},
    {"seconds", OPTION_INTEGER, AT(seconds), CLI_FOR_WATCH, 1, INT64_C(100000000), "N",
     {"end after so many seconds", "若干秒后结束"}},
    {"from", OPTION_TEXT, AT(from), CLI_FOR_GET, 0, 0, "TIME",
     {"history: first time: UTC milliseconds, or -90s -10m -2h -1d from now",
      "历史起点：UTC 毫秒，或相对现在 -90s -10m -2h -1d"}},
    {"to", OPTION_TEXT, AT(to), CLI_FOR_GET, 0, 0, "TIME",
     {"history: time before which it ends", "历史终点（不含）"}},
    {"limit", OPTION_INTEGER, AT(limit), CLI_FOR_GET, 1, 100000, "N",
     {"most rows of history, events, commands", "历史、事件、命令的最多行数"}},
    {"after", OPTION_TEXT, AT(after), CLI_FOR_GET, 0, 0, "CURSOR",
     {"history: go on where the answer before ended", "历史：从上次应答结束处继续"}},
    {"ttl", OPTION_INTEGER, AT(ttl_s), CLI_FOR_COMMAND | CLI_FOR_ENCODE, 1, 3600, "SECONDS",
     {"how long the command may wait to be carried out (30)", "命令有效期（默认 30 秒）"}},
    {"wait", OPTION_FLAG, AT(wait), CLI_FOR_COMMAND, 0, 0, NULL,
     {"show the stages until the end (the default)", "显示各阶段直到结束（默认）"}},
    {"no-wait", OPTION_FLAG, AT(no_wait), CLI_FOR_COMMAND, 0, 0, NULL,
     {"only send; print the command's code", "只发送，并输出命令编号"}},
    {"topic", OPTION_TEXT, AT(topic), CLI_FOR_DECODE | CLI_FOR_KEY | CLI_FOR_CHECK, 0, 0, "TOPIC",
     {"the topic the message came on", "报文所在的主题"}},
    {"key", OPTION_LIST, AT(keys), CLI_FOR_CHECK | CLI_FOR_DECODE, 0, 0, "KEY",
     {"key by which commands are signed: ess-public:... or a file; may be given again",
      "命令签名所用的密钥：ess-public:…… 或文件；可多次给出"}},
    {"signed-classes", OPTION_TEXT, AT(signed_classes), CLI_FOR_CHECK, 0, 0, "CLASSES",
     {"commands that need a signature: ABC, BC, C, none, or auto: with --key ABC, else none (auto)",
      "须签名的命令类别：ABC、BC、C、none，或 auto：有 --key 时为 ABC，否则为 none（默认 auto）"}},
    {"majors", OPTION_TEXT, AT(majors), CLI_FOR_CHECK, 0, 0, "N[,N...]",
     {"majors of the protocol that are served (1)", "所服务的协议主版本（默认 1）"}},
    {"model", OPTION_TEXT, AT(model), CLI_FOR_MODEL, 0, 0, "PATH",
     {"another model than the built-in one: its folder, or a maker's extension file",
      "使用内置以外的模型：模型目录或厂家扩展文件"}},
    {"type", OPTION_TEXT, AT(type), CLI_FOR_ENCODE, 0, 0, "TYPE",
     {"DATA (the default), HIST, PARAM, EVENT, STATE, CMD, ACK or RSP",
      "DATA（默认）、HIST、PARAM、EVENT、STATE、CMD、ACK 或 RSP"}},
    {"sid", OPTION_TEXT, AT(sid), CLI_FOR_ENCODE, 0, 0, "SID",
     {"the device's session, 16 hex digits", "设备会话号，16 位十六进制数"}},
    {"n", OPTION_INTEGER, AT(n), CLI_FOR_ENCODE, 1, INT64_MAX, "N",
     {"number of the report in its session", "上报在会话中的序号"}},
    {"code", OPTION_TEXT, AT(code), CLI_FOR_ENCODE, 0, 0, "CODE",
     {"the message's code; of a CMD one is made, of an ACK it is the command's",
      "消息序列号；CMD 自动生成，ACK 为命令的编号"}},
    {"t", OPTION_INTEGER, AT(t), CLI_FOR_ENCODE, 1, INT64_C(9007199254740991), "MS",
     {"when it is published, UTC milliseconds (now)", "发布时间，UTC 毫秒（默认当前时间）"}},
    {"ts", OPTION_INTEGER, AT(ts), CLI_FOR_ENCODE, 1, INT64_C(9007199254740991), "MS",
     {"HIST: when it was sampled", "HIST：采样时间"}},
    {"exp", OPTION_INTEGER, AT(exp), CLI_FOR_ENCODE, 1, INT64_C(9007199254740991), "MS",
     {"CMD: when it ends, UTC milliseconds (t and --ttl)", "CMD：失效时间，UTC 毫秒（默认 t 加 --ttl）"}},
    {"by", OPTION_TEXT, AT(by), CLI_FOR_ENCODE, 0, 0, "NAME", {"CMD: who orders it", "CMD：下令者"}},
    {"rev", OPTION_INTEGER, AT(rev), CLI_FOR_ENCODE, 0, INT64_MAX, "N",
     {"PARAM: revision of the parameters", "PARAM：参数版本号"}},
    {"app", OPTION_TEXT, AT(app), CLI_FOR_ENCODE, 0, 0, "NAME",
     {"application in the topic (ess)", "主题中的应用名称（ess）"}},
    {"sign", OPTION_TEXT, AT(sign), CLI_FOR_ENCODE, 0, 0, "FILE",
     {"CMD: sign it with the secret key in this file (ess key new)",
      "CMD：用此文件中的私钥签名（ess key new）"}},
    {"pack", OPTION_TEXT, AT(pack), CLI_FOR_ENCODE, 0, 0, "gzip|zstd|zstd:ID",
     {"compress, and print the payload in hexadecimal digits; ID: a dictionary, as in enc of STATE",
      "压缩，并以十六进制数字输出负载；ID 为字典号，与 STATE 的 enc 一致"}},
    {"d", OPTION_TEXT, AT(d), CLI_FOR_ENCODE, 0, 0, "FILE",
     {"take all of d from a file, or - for standard input, instead of KEY=VALUE",
      "从文件（- 为标准输入）读取整个 d，代替 KEY=VALUE"}},
    {"ledger", OPTION_LIST, AT(ledgers), CLI_FOR_AUDIT, 0, 0, "FILE",
     {"a simulator's ledger; may be given again", "模拟器台账；可多次给出"}},
    {"killed", OPTION_FLAG, AT(killed), CLI_FOR_AUDIT, 0, 0, NULL,
     {"the reader was killed: its last answers count as in flight, not as lost",
      "读取方曾被强制结束：其最后的应答计为在途，而非丢失"}},
    {"json", OPTION_FLAG, AT(json), CLI_FOR_ALL, 0, 0, NULL,
     {"print JSON, one value a line", "输出 JSON，每行一个"}},
    {"lang", OPTION_TEXT, AT(lang), CLI_FOR_ALL, 0, 0, "en|zh",
     {"language (else ESS_LANG, LC_ALL, LANG)", "语言（否则取 ESS_LANG、LC_ALL、LANG）"}},
    {"help", OPTION_FLAG, AT(help), CLI_FOR_ALL, 0, 0, NULL, {"show this", "显示此帮助"}},
};
#define OPTION_COUNT (sizeof options / sizeof options[0])

ess_err cli_parse_integer(const char *text, int64_t *out)
{
    ess_decimal value;
    size_t len = strlen(text);
    if (strspn(text, "-0123456789") != len)
        return ESS_E_NUMBER;
    if (ess_decimal_parse(ess_slice_from(text), &value) != ESS_OK)
        return ESS_E_NUMBER;
    return ess_decimal_to_integer(value, 0, out);
}

static ess_err set_problem(cli_problem *problem, const char *id, const char *detail)
{
    problem->id = id;
    (void)snprintf(problem->detail, sizeof problem->detail, "%s", detail); /* may be cut */
    return ESS_E_CONFIG;
}

static const option_row *find_option(ess_slice name, unsigned user)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if ((options[i].users & user) != 0 && ess_slice_is(name, options[i].name))
            return &options[i];
    }
    return NULL;
}

static ess_err set_integer(const option_row *row, const char *text, int64_t *out,
                           cli_problem *problem)
{
    int64_t value;
    char detail[160];
    if (cli_parse_integer(text, &value) == ESS_OK && value >= row->min && value <= row->max) {
        *out = value;
        return ESS_OK;
    }
    (void)snprintf(detail, sizeof detail, "--%s %.40s (%" PRId64 "..%" PRId64 ")", row->name,
                   text, row->min, row->max);
    return set_problem(problem, "cli-option-value", detail);
}

/* value: NULL where none was given. */
static ess_err set_option(const option_row *row, const char *value, cli_input *out,
                          cli_problem *problem)
{
    char *field = (char *)out + row->offset;
    cli_list *list = (cli_list *)(void *)field;
    if ((row->type == OPTION_FLAG) != (value == NULL) || (value != NULL && value[0] == '\0')) {
        char detail[64];
        (void)snprintf(detail, sizeof detail, "--%s%s%s", row->name, row->value ? " " : "",
                       row->value ? row->value : "");
        return set_problem(problem, "cli-option-value", detail);
    }
    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return ESS_OK;
    case OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return ESS_OK;
    case OPTION_INTEGER:
        return set_integer(row, value, (int64_t *)(void *)field, problem);
    default:
        list->items[list->count++] = value;
        return ESS_OK;
    }
}

/* argv[*at] is an option; steps *at over its value where that is a word of its own. */
static ess_err take_option(int argc, char **argv, int *at, unsigned user, cli_input *out,
                           cli_problem *problem)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    ess_slice key = {name, equals != NULL ? (size_t)(equals - name) : strlen(name)};
    const option_row *row = find_option(key, user);
    if (row == NULL)
        return set_problem(problem, "cli-unknown-option", argv[*at]);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (value == NULL && row->type != OPTION_FLAG && *at + 1 < argc)
        value = argv[++*at];
    return set_option(row, value, out, problem);
}

ess_err cli_input_parse(int argc, char **argv, unsigned user, cli_input *out,
                        cli_problem *problem)
{
    bool options_over = false;
    *out = (cli_input){.ttl_s = 30, .rev = -1, .limit = 1000};
    out->words.items = calloc((size_t)argc + 1, sizeof *out->words.items);
    out->ledgers.items = calloc((size_t)argc + 1, sizeof *out->ledgers.items);
    out->keys.items = calloc((size_t)argc + 1, sizeof *out->keys.items);
    if (out->words.items == NULL || out->ledgers.items == NULL || out->keys.items == NULL)
        return set_problem(problem, "internal", "memory");
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!options_over && strcmp(word, "--") == 0)
            options_over = true;
        else if (!options_over && strncmp(word, "--", 2) == 0)
            TRY(take_option(argc, argv, &i, user, out, problem));
        else if (!options_over && strcmp(word, "-h") == 0)
            out->help = true;
        else
            out->words.items[out->words.count++] = word;
    }
    return ESS_OK;
}

void cli_input_free(cli_input *input)
{
    free(input->words.items);
    free(input->ledgers.items);
    free(input->keys.items);
    *input = (cli_input){0};
}

void cli_options_help(FILE *out, unsigned user, bool chinese)
{
    cli_table *table = cli_table_new(2);
    for (size_t i = 0; table != NULL && i < OPTION_COUNT; i++) {
        const option_row *row = &options[i];
        if ((row->users & user) == 0)
            continue;
        cli_table_addf(table, "  --%s%s%s", row->name, row->value ? " " : "",
                       row->value ? row->value : "");
        cli_table_addf(table, "%s", ess_model_say(row->help, chinese));
    }
    if (table != NULL)
        cli_table_print(table, out);
    cli_table_free(table);
}

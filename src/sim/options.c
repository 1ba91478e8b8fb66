#include "sim/options.h"

#include "ess/decimal.h"
#include "ess/limits.h"
#include "ess/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_kind { OPTION_TEXT, OPTION_NAME, OPTION_WHOLE, OPTION_NUMBER } option_kind;

typedef struct option_row {
    const char *name;
    option_kind kind;
    size_t offset;
    int64_t min, max; /* WHOLE, NUMBER */
    const char *fallback;
    const char *en, *zh;
} option_row;

#define IN(member) offsetof(sim_options, member)

static const option_row rows[] = {
    {"listen", OPTION_TEXT, IN(listen), 0, 0, "127.0.0.1:15021",
     "IPv4 address and port to serve Modbus TCP at; port 0: any free one",
     "Modbus TCP 服务的 IPv4 地址和端口；端口 0 由系统选择"},
    {"points", OPTION_TEXT, IN(points), 0, 0, "packaging/points/cabinet-261.csv",
     "register map (CSV)", "寄存器点表（CSV）"},
    {"ledger", OPTION_TEXT, IN(ledger), 0, 0, "",
     "file to append the truth to: all that was served and written",
     "台账文件：追加记录所有读出和写入的真实值"},
    {"group", OPTION_NAME, IN(group), 0, 0, "SH001", "station, noted in the ledger",
     "站点标识，写入台账"},
    {"unit", OPTION_NAME, IN(unit), 0, 0, "CAB01", "cabinet, noted in the ledger",
     "储能柜标识，写入台账"},
    {"unit-id", OPTION_WHOLE, IN(unit_id), 1, 247, "1", "Modbus unit, 1 to 247",
     "Modbus 单元号，1 至 247"},
    {"seed", OPTION_WHOLE, IN(seed), 0, INT32_MAX, "1",
     "seed of cell spread and noise; the same seed, the same cabinet",
     "单体差异和噪声的种子；种子相同则储能柜相同"},
    {"speed", OPTION_WHOLE, IN(speed), 1, 1000, "1", "simulated seconds per second, 1 to 1000",
     "每秒推进的仿真秒数，1 至 1000"},
    {"soc", OPTION_NUMBER, IN(soc), 0, 100, "55", "state of charge at the start, 0 to 100 %",
     "起始荷电状态，0 至 100 %"},
    {"power", OPTION_NUMBER, IN(power), -125, 125, "0",
     "set-point at the start, -125 to 125 kW, + discharge",
     "起始功率设定，-125 至 125 kW，正为放电"},
    {"lang", OPTION_TEXT, IN(lang), 0, 0, "", "language of texts for people: en or zh",
     "界面文字语言：en 或 zh"},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

void sim_say(const char *id, const char *subject, bool chinese, char room[static 512])
{
    const ess_model_error *entry = ess_model_error_by_id(ess_slice_from(id));

    (void)snprintf(room, 512, "%s: %s %s %s [%s]", subject,
                   entry == NULL ? "" : ess_model_say(entry->what, chinese),
                   entry == NULL ? "" : ess_model_say(entry->why, chinese),
                   entry == NULL ? "" : ess_model_say(entry->mend, chinese), id);
}

void sim_options_help(bool chinese)
{
    puts(chinese ? "用法: ess-sim cabinet [选项]\n"
                   "仿真一台 125 kW / 261 kWh 储能柜，作为 Modbus TCP 服务端。\n"
                   "就绪后输出一行 \"ready 地址:端口\"；收到 SIGTERM 或 SIGINT 正常结束。\n\n选项:"
                 : "Usage: ess-sim cabinet [options]\n"
                   "Simulates a cabinet of 125 kW / 261 kWh as a Modbus TCP server.\n"
                   "Prints a line \"ready ADDRESS:PORT\" when it serves; SIGTERM or SIGINT end it."
                   "\n\nOptions:");
    for (size_t i = 0; i < ROW_COUNT; i++)
        printf("  --%-9s %s%s%s%s\n", rows[i].name, chinese ? rows[i].zh : rows[i].en,
               rows[i].fallback[0] == '\0' ? "" : chinese ? "（默认 " : " (default ",
               rows[i].fallback, rows[i].fallback[0] == '\0' ? "" : chinese ? "）" : ")");
    puts(chinese ? "  --help      本说明\n  --version   版本\n\n"
                   "退出码: 0 正常，2 用法错误，65 点表被拒，69 无法监听，75 台账写入失败"
                 : "  --help      this text\n  --version   the version\n\n"
                   "Exit codes: 0 done, 2 wrong use, 65 register map refused, 69 cannot listen,\n"
                   "75 the ledger could not be written");
}

static bool is_name(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && strchr("_~-", c) == NULL)
            return false;
    }
    return len > 0 && len <= ESS_LEVEL_EMIT_MAX;
}

static bool set_number(const option_row *row, const char *text, void *at)
{
    ess_decimal value;
    int64_t whole;
    double number;

    if (ess_decimal_parse(ess_slice_from(text), &value) != ESS_OK ||
        ess_decimal_compare(value, (ess_decimal){row->min, 0}) < 0 ||
        ess_decimal_compare(value, (ess_decimal){row->max, 0}) > 0)
        return false;
    if (row->kind == OPTION_NUMBER) {
        number = ess_decimal_to_double(value);
        memcpy(at, &number, sizeof(number));
        return true;
    }
    if (ess_decimal_to_integer(value, 0, &whole) != ESS_OK)
        return false;
    memcpy(at, &whole, sizeof(whole));
    return true;
}

static bool set(sim_options *options, const option_row *row, const char *text)
{
    char *at = (char *)options + row->offset;

    if (row->kind == OPTION_WHOLE || row->kind == OPTION_NUMBER)
        return set_number(row, text, at);
    if (row->kind == OPTION_NAME && !is_name(text))
        return false;
    return ess_slice_copy(ess_slice_from(text), at, SIM_TEXT_MAX) == ESS_OK;
}

static const option_row *row_of(const char *argument)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strncmp(argument, "--", 2) == 0 && strcmp(argument + 2, rows[i].name) == 0)
            return &rows[i];
    }
    return NULL;
}

/* "127.0.0.1:15021" into host and port. */
static bool split_listen(sim_options *options)
{
    static const option_row port_row = {.kind = OPTION_WHOLE, .min = 0, .max = UINT16_MAX};
    const char *colon = strrchr(options->listen, ':');
    int64_t port;

    if (colon == NULL || !set_number(&port_row, colon + 1, &port))
        return false;
    options->port = (uint16_t)port;
    return ess_slice_copy((ess_slice){options->listen, (size_t)(colon - options->listen)},
                          options->host, sizeof(options->host)) == ESS_OK;
}

/* --lang, then ESS_LANG, LC_ALL, LANG: the first that says something. */
static bool wants_chinese(const char *lang)
{
    const char *said[] = {lang, getenv("ESS_LANG"), getenv("LC_ALL"), getenv("LANG")};

    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        if (said[i] != NULL && said[i][0] != '\0')
            return strncmp(said[i], "zh", 2) == 0;
    }
    return false;
}

static sim_exit wrong(const sim_options *options, const char *id, const char *subject,
                      char problem[static 512])
{
    sim_say(id, subject, options->chinese, problem);
    return SIM_WRONG_USE;
}

sim_exit sim_options_read(int count, char *const *arguments, sim_options *options,
                          char problem[static 512])
{
    *options = (sim_options){0};
    problem[0] = '\0';
    for (size_t i = 0; i < ROW_COUNT; i++)
        (void)set(options, &rows[i], rows[i].fallback); /* a test reads the defaults */
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(arguments[i], "--lang") == 0)
            (void)set(options, row_of("--lang"), arguments[i + 1]);
    }
    options->chinese = wants_chinese(options->lang);
    for (int i = 1; i < count; i++) {
        options->help = options->help || strcmp(arguments[i], "--help") == 0;
        options->version = options->version || strcmp(arguments[i], "--version") == 0;
    }
    if (options->help || options->version)
        return SIM_DONE;
    if (count < 2 || strcmp(arguments[1], "cabinet") != 0)
        return wrong(options, "sim-option", count < 2 ? "ess-sim" : arguments[1], problem);
    for (int i = 2; i < count; i += 2) {
        const option_row *row = row_of(arguments[i]);
        if (row == NULL)
            return wrong(options, "sim-option", arguments[i], problem);
        if (i + 1 == count || !set(options, row, arguments[i + 1]))
            return wrong(options, "sim-option-value", arguments[i], problem);
    }
    if (!split_listen(options))
        return wrong(options, "sim-option-value", "--listen", problem);
    return SIM_DONE;
}

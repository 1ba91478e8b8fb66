/* What the person asked for, in the person's language. */
#include "agent/options.h"

#include "agent/agent.h"
#include "port/log.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_FAILED = 1, EXIT_USE = 2, EXIT_REFUSED = 65, EXIT_AGAIN = 75 };

typedef struct agent_wishes {
    const char *config, *lang;
    bool check, help, version, write_config, quiet;
} agent_wishes;

static const struct help_row {
    const char *option, *en, *zh;
} help_rows[] = {
    {"--config FILE", "run with this configuration", "使用此配置文件运行"},
    {"--check", "check the configuration and the point tables, run nothing",
     "仅检查配置和点表，不运行"},
    {"--write-config", "print every key with its default, ready to be a first file",
     "输出全部配置项及默认值，可作为初始配置文件"},
    {"--lang en|zh", "language; else ESS_LANG, LC_ALL, LANG",
     "语言；否则取 ESS_LANG、LC_ALL、LANG"},
    {"--quiet", "only warnings and errors on standard error", "标准错误只输出警告和错误"},
    {"--version", "print the version", "显示版本"},
    {"--help", "print this", "显示帮助"},
};

static bool is_chinese(const char *lang)
{
    static const char *const variables[] = {"ESS_LANG", "LC_ALL", "LANG"};

    for (size_t i = 0; (lang == NULL || lang[0] == '\0') && i < 3; i++)
        lang = getenv(variables[i]);
    return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

static void print_help(bool chinese)
{
    (void)printf("%s\n\n  ess-agent --config agent.yaml\n\n",
                 chinese ? "ess-agent：轮询储能设备，上报数据，先存后发，安全执行命令。"
                         : "ess-agent polls storage equipment, reports, stores and forwards, and "
                           "carries out commands safely.");
    for (size_t i = 0; i < sizeof help_rows / sizeof help_rows[0]; i++)
        (void)printf("  %-16s %s\n", help_rows[i].option,
                     chinese ? help_rows[i].zh : help_rows[i].en);
    (void)printf("\n%s\n", chinese
                               ? "退出码：0 正常，1 运行失败，2 用法错误，65 配置被拒绝或状态损坏，"
                                 "75 状态目录被占用。"
                               : "Exit codes: 0 ok, 1 failed while running, 2 wrong use, "
                                 "65 configuration refused or state damaged, 75 state in use.");
}

static bool parse(int argc, char **argv, agent_wishes *out)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"lang", required_argument, NULL, 'l'},
        {"check", no_argument, NULL, 'k'},        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {"write-config", no_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},        {NULL, 0, NULL, 0}};
    int option;

    *out = (agent_wishes){0};
    optind = 1;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        out->check = out->check || option == 'k';
        out->help = out->help || option == 'h';
        out->version = out->version || option == 'v';
        out->write_config = out->write_config || option == 'w';
        out->quiet = out->quiet || option == 'q';
        if (option == 'c')
            out->config = optarg;
        if (option == 'l')
            out->lang = optarg;
        if (option == '?')
            return false;
    }
    return optind == argc;
}

/* Everything that can be known without touching the state or the equipment. */
static int check(const agent_config *config, bool chinese)
{
    static ess_agent agent; /* large; only its devices are used */
    static char problem[8192];
    int code = 0;

    for (size_t i = 0; i < config->device_count; i++) {
        problem[0] = '\0';
        if (device_init(&agent.devices[i], config, i, chinese, problem, sizeof problem) != ESS_OK)
            code = EXIT_REFUSED;
        (void)fputs(problem, stderr);
        device_free(&agent.devices[i]);
    }
    problem[0] = '\0';
    if (trust_load(config, chinese, &agent.trust, problem, sizeof problem) != ESS_OK)
        code = EXIT_REFUSED;
    (void)fputs(problem, stderr);
    if (code == 0)
        (void)puts(chinese ? "配置正确。" : "The configuration is in order.");
    return code;
}

static int run(const agent_config *config, bool chinese)
{
    ess_agent *agent = NULL;
    ess_err err = agent_new(config, chinese, &agent);

    if (err != ESS_OK)
        return err == ESS_E_STATE ? EXIT_AGAIN : EXIT_REFUSED;
    err = agent_run(agent);
    agent_free(agent);
    return err == ESS_OK ? 0 : EXIT_FAILED;
}

static int with_config(const agent_wishes *wishes, bool chinese)
{
    static agent_config config;
    static char problem[8192];

    if (agent_config_load(wishes->config, chinese, &config, problem, sizeof problem) != ESS_OK) {
        (void)fputs(problem, stderr);
        return EXIT_REFUSED;
    }
    return wishes->check ? check(&config, chinese) : run(&config, chinese);
}

int agent_main(int argc, char **argv)
{
    /* Before anything else: a stop while it starts is an orderly stop too. */
    ess_err held = port_loop_hold_signals(agent_stop_signals);
    agent_wishes wishes;
    bool is_understood = parse(argc, argv, &wishes);
    bool chinese = is_chinese(wishes.lang);

    if (held != ESS_OK)
        return EXIT_FAILED;
    if (wishes.help || !is_understood) {
        print_help(chinese);
        return wishes.help && is_understood ? 0 : EXIT_USE;
    }
    if (wishes.version) {
        (void)printf("ess-agent %s, model %s %s %s\n", ESS_VERSION, ess_model_id, ess_model_version,
                     ess_model_hash);
        return 0;
    }
    if (wishes.write_config) {
        agent_config_write_reference(chinese);
        return 0;
    }
    port_log_open("ess-agent", wishes.quiet ? PORT_WARN : PORT_INFO);
    if (wishes.config != NULL)
        return with_config(&wishes, chinese);
    print_help(chinese);
    return EXIT_USE;
}

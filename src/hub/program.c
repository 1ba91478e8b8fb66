/* Options and help of ess-hub. */
#include "hub/program.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ess/model.h"
#include "hub/user_command.h"

enum { EXIT_USAGE = 2, EXIT_CONFIG = 78, PROBLEM_ROOM = 8192 };

typedef struct hub_arguments {
    const char *config;
    bool check, help, version, write_config, chinese;
} hub_arguments;

static const char help_en[] =
    "ess-hub: the cloud side of esslink. Takes in what devices report, keeps it, sends commands.\n"
    "\n"
    "  ess-hub --config hub.yaml            serve until SIGTERM\n"
    "  ess-hub --config hub.yaml --check    check the configuration, change nothing\n"
    "  ess-hub --write-config               print a first configuration file\n"
    "  ess-hub user ...                     who may log in; see: ess-hub user --help\n"
    "\n"
    "  --config FILE   configuration file\n"
    "  --check         read the configuration, say whether it is right, end\n"
    "  --write-config  print every key with its default and meaning, end\n"
    "  --lang en|zh    language of what is said before the configuration is read\n"
    "  --help, --version\n";

static const char help_zh[] =
    "ess-hub：esslink 的云端服务。接收并保存设备上报，下发命令。\n"
    "\n"
    "  ess-hub --config hub.yaml            运行，直到收到 SIGTERM\n"
    "  ess-hub --config hub.yaml --check    检查配置，不做任何改动\n"
    "  ess-hub --write-config               打印一份初始配置文件\n"
    "  ess-hub user ...                     登录用户管理；见：ess-hub user --help\n"
    "\n"
    "  --config 文件   配置文件\n"
    "  --check         读取配置，报告是否正确后退出\n"
    "  --write-config  打印全部配置项、默认值及说明后退出\n"
    "  --lang en|zh    读取配置之前所用的语言\n"
    "  --help、--version\n";

static bool is_chinese(const char *language)
{
    return language != NULL && strncmp(language, "zh", 2) == 0;
}

static bool environment_is_chinese(void)
{
    static const char *const names[] = {"ESS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return is_chinese(value);
    }
    return false;
}

void hub_say_error(const char *id, const char *detail, bool chinese)
{
    const ess_model_error *error = ess_model_error_by_id(ess_slice_from(id));
    const char *what = error != NULL ? ess_model_say(error->what, chinese) : "";
    const char *why = error != NULL ? ess_model_say(error->why, chinese) : "";
    const char *mend = error != NULL ? ess_model_say(error->mend, chinese) : "";
    (void)fprintf(stderr, "ess-hub: %s %s\n  %s\n  %s [%s]\n", what, detail, why, mend, id);
}

static ess_err read_arguments(int argc, char **argv, hub_arguments *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {"write-config", no_argument, NULL, 'w'},
        {"lang", required_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        out->config = option == 'c' ? optarg : out->config;
        out->check = out->check || option == 'k';
        out->help = out->help || option == 'h';
        out->version = out->version || option == 'v';
        out->write_config = out->write_config || option == 'w';
        if (option == 'l')
            out->chinese = is_chinese(optarg);
        if (option == '?')
            return ESS_E_DATA;
    }
    return optind == argc ? ESS_OK : ESS_E_DATA;
}

static int with_config(const hub_arguments *arguments)
{
    hub_config config;
    char problem[PROBLEM_ROOM] = "";
    ess_err err =
        hub_config_load(arguments->config, arguments->chinese, &config, problem, sizeof problem);
    if (err != ESS_OK) {
        (void)fprintf(stderr, "%s\n", problem);
        if (err != ESS_E_NOT_FOUND) /* else the problem has said it all */
            hub_say_error("config", arguments->config, arguments->chinese);
        return EXIT_CONFIG;
    }
    if (arguments->check) {
        (void)printf(arguments->chinese ? "%s：正确\n" : "%s: right\n", arguments->config);
        return EXIT_SUCCESS;
    }
    return hub_serve(&config) == ESS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int hub_program(int argc, char **argv)
{
    hub_arguments arguments = {.chinese = environment_is_chinese()};
    (void)umask(077); /* the database holds password hashes; cannot fail */
    if (argc > 1 && strcmp(argv[1], "user") == 0)
        return hub_user_command(argc - 1, argv + 1, arguments.chinese);
    if (read_arguments(argc, argv, &arguments) != ESS_OK) {
        hub_say_error("hub-usage", "", arguments.chinese);
        return EXIT_USAGE;
    }
    if (arguments.help)
        (void)fputs(arguments.chinese ? help_zh : help_en, stdout);
    else if (arguments.version)
        (void)puts("ess-hub " ESS_VERSION);
    else if (arguments.write_config)
        hub_config_write_reference(arguments.chinese);
    else if (arguments.config != NULL)
        return with_config(&arguments);
    else {
        hub_say_error("hub-usage", "", arguments.chinese);
        return EXIT_USAGE;
    }
    return EXIT_SUCCESS;
}

/* Options, password, one call of the core. A password never stands among the arguments, where
 * every user of the machine could read it. */
#include "hub/user_command.h"

#include <stdio.h>
#include <string.h>

#include "hub/auth.h"
#include "hub/core_run.h"
#include "hub/program.h"
#include "port/terminal.h"
#include "store/seal.h"

#define EXIT_OK       0
#define EXIT_NOT_DONE 1
#define EXIT_USAGE    2
#define EXIT_CONFIG   78
#define PASSWORD_MIN  8
#define PASSWORD_MAX  1024
#define PROBLEM_MAX   4096

static const char help_en[] =
    "Use: ess-hub user add NAME [--role viewer|operator|admin] [--password-file FILE]\n"
    "     ess-hub user list\n"
    "     ess-hub user remove NAME\n"
    "  --role ROLE           default viewer; add changes a user who is there already\n"
    "  --password-file FILE  first line is the password (8 to 1024 bytes); - is standard input;\n"
    "                        without it, it is asked for on the terminal\n"
    "  --config FILE         default " HUB_CONFIG_USUAL "\n"
    "  --lang en|zh\n";
static const char help_zh[] =
    "用法：ess-hub user add 用户名 [--role viewer|operator|admin] [--password-file 文件]\n"
    "      ess-hub user list\n"
    "      ess-hub user remove 用户名\n"
    "  --role 角色           默认 viewer；用户已存在时则修改\n"
    "  --password-file 文件  首行为密码（8 至 1024 字节）；- 表示标准输入；\n"
    "                        不给出时在终端上询问\n"
    "  --config 文件         默认 " HUB_CONFIG_USUAL "\n"
    "  --lang en|zh\n";

typedef struct request {
    const char *verb, *name; /* NULL: not given */
    const char *role, *password_file, *config, *language;
    bool chinese, help;
} request;

/* ---- options */

static const char **option_room(request *r, const char *option)
{
    if (strcmp(option, "--role") == 0)
        return &r->role;
    if (strcmp(option, "--password-file") == 0)
        return &r->password_file;
    if (strcmp(option, "--lang") == 0)
        return &r->language;
    return strcmp(option, "--config") == 0 ? &r->config : NULL;
}

static bool read_arguments(int argc, char **argv, request *r)
{
    for (int i = 1; i < argc; i++) {
        const char **option = option_room(r, argv[i]);
        if (strcmp(argv[i], "--help") == 0) {
            r->help = true;
        } else if (option != NULL) {
            if (++i == argc)
                return false;
            *option = argv[i];
            if (option == &r->language)
                r->chinese = strncmp(r->language, "zh", 2) == 0;
        } else if (argv[i][0] == '-' || r->name != NULL) {
            return false;
        } else if (r->verb == NULL) {
            r->verb = argv[i];
        } else {
            r->name = argv[i];
        }
    }
    return r->help || r->verb != NULL;
}

/* ---- password */

static bool read_line(FILE *file, char room[static PASSWORD_MAX + 2])
{
    bool got = fgets(room, PASSWORD_MAX + 2, file) != NULL;
    if (got)
        room[strcspn(room, "\r\n")] = '\0';
    return got;
}

static bool get_password(const request *r, char room[static PASSWORD_MAX + 2])
{
    if (r->password_file == NULL)
        return port_ask_hidden(stderr, r->chinese ? "新密码" : "New password", room,
                               PASSWORD_MAX + 2);
    if (strcmp(r->password_file, "-") == 0)
        return read_line(stdin, room);
    FILE *file = fopen(r->password_file, "re");
    if (file == NULL)
        return false;
    bool got = read_line(file, room);
    (void)fclose(file);
    return got;
}

/* ---- verbs */

static int fail(const request *r, const char *id, const char *detail)
{
    hub_say_error(id, detail, r->chinese);
    return EXIT_NOT_DONE;
}

static int fail_core(const request *r, ess_err err)
{
    return fail(r, err == ESS_E_NOT_FOUND ? "hub-user-unknown" : "hub-user-store",
                r->name != NULL ? r->name : "");
}

/* The name goes into commands, logs and audit lines: no surprises in it. */
static bool is_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "._@-";
    size_t len = strlen(name);
    return len > 0 && len <= HUB_USER_MAX && strspn(name, allowed) == len;
}

static int add(hub_core *core, const request *r)
{
    hub_user user = {.role = HUB_VIEWER};
    char password[PASSWORD_MAX + 2] = "";
    if (r->name == NULL || !is_name(r->name))
        return fail(r, "hub-user-name", r->name != NULL ? r->name : "");
    if (r->role != NULL && auth_role_parse(ess_slice_from(r->role), &user.role) != ESS_OK)
        return fail(r, "hub-user-role", r->role);
    (void)ess_slice_copy(ess_slice_from(r->name), user.name, sizeof user.name); /* it fits */
    bool got = get_password(r, password);
    size_t len = strlen(password);
    ess_err err = ESS_E_DATA;
    if (got && len >= PASSWORD_MIN && len <= PASSWORD_MAX)
        err = store_password_hash((ess_slice){password, len}, user.password_hash);
    explicit_bzero(password, sizeof password);
    if (err == ESS_E_DATA)
        return fail(r, "hub-user-password", r->password_file != NULL ? r->password_file : "");
    if (err == ESS_OK)
        err = hub_user_put(core, &user);
    if (err != ESS_OK)
        return fail_core(r, err);
    (void)printf("%s %s\n", user.name, auth_role_name(user.role));
    return EXIT_OK;
}

static void print_user(void *context, const hub_user *user)
{
    (void)context;
    (void)printf("%s %s\n", user->name, auth_role_name(user->role));
}

static int list(hub_core *core, const request *r)
{
    ess_err err = hub_user_each(core, print_user, NULL);
    return err == ESS_OK ? EXIT_OK : fail_core(r, err);
}

static int remove_user(hub_core *core, const request *r)
{
    if (r->name == NULL)
        return fail(r, "hub-user-name", "");
    ess_err err = hub_user_remove(core, ess_slice_from(r->name));
    return err == ESS_OK ? EXIT_OK : fail_core(r, err);
}

typedef int (*verb)(hub_core *core, const request *r);

static verb find_verb(const char *name)
{
    static const struct {
        const char *name;
        verb run;
    } rows[] = {{"add", add}, {"list", list}, {"remove", remove_user}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].name) == 0)
            return rows[i].run;
    }
    return NULL;
}

static int run(const request *r, verb chosen)
{
    hub_config config;
    hub_core *core = NULL;
    char problem[PROBLEM_MAX] = "", why[HUB_WHY_MAX] = "";
    if (hub_config_load(r->config, r->chinese, &config, problem, sizeof problem) != ESS_OK) {
        (void)fputs(problem, stderr);
        return EXIT_CONFIG;
    }
    if (hub_core_open_users(config.data_dir, &core, why) != ESS_OK)
        return fail(r, "hub-user-store", why);
    int status = chosen(core, r);
    hub_core_close(core);
    return status;
}

int hub_user_command(int argc, char **argv, bool chinese)
{
    request r = {.config = HUB_CONFIG_USUAL, .chinese = chinese};
    bool good = read_arguments(argc, argv, &r);
    verb chosen = good && !r.help ? find_verb(r.verb) : NULL;
    if (good && !r.help && chosen != NULL)
        return run(&r, chosen);
    (void)fputs(chinese ? help_zh : help_en, r.help ? stdout : stderr);
    return r.help ? EXIT_OK : EXIT_USAGE;
}

/* `ess login`: the password goes to the hub once; what is kept is the token. */
#include <string.h>

#include "cli/http.h"
#include "codec/try.h"
#include "json/walk.h"
#include "port/file.h"
#include "port/terminal.h"

#define PASSWORD_MAX 256

static bool read_line(FILE *file, char room[static PASSWORD_MAX])
{
    if (fgets(room, PASSWORD_MAX, file) == NULL)
        return false;
    room[strcspn(room, "\r\n")] = '\0';
    return room[0] != '\0';
}

static int get_password(const cli *c, char room[static PASSWORD_MAX])
{
    const char *name = c->in.password_file;
    bool got;
    if (name == NULL) {
        got = port_ask_hidden(c->err, cli_say(c, "Password", "密码"), room, PASSWORD_MAX) &&
              room[0] != '\0';
    } else if (strcmp(name, "-") == 0) {
        got = read_line(stdin, room);
    } else {
        FILE *file = fopen(name, "re");
        if (file == NULL)
            return cli_fail(c, CLI_REFUSED, "cli-file", "%s", name);
        got = read_line(file, room);
        (void)fclose(file);
    }
    return got ? CLI_OK : cli_fail(c, CLI_REFUSED, "cli-no-password", "%s", name ? name : "");
}

static ess_err make_body(const char *user, const char *password, char *room, size_t room_size)
{
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, room_size - 1);
    ess_json_object_begin(&w);
    ess_json_key(&w, "user");
    ess_json_text(&w, ess_slice_from(user));
    ess_json_key(&w, "password");
    ess_json_text(&w, ess_slice_from(password));
    ess_json_object_end(&w);
    TRY(ess_json_finish(&w, &len));
    room[len] = '\0';
    return ESS_OK;
}

/* Keeps the token where later calls look for it, readable by its owner alone. */
static int keep_token(const cli *c, const char *token)
{
    char path[1024];
    char folder[1024];
    char text[600];
    http_token_path(c, path, sizeof path);
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        if (port_make_dir(folder) != ESS_OK)
            return cli_fail(c, CLI_REFUSED, "cli-file", "%s", folder);
    }
    (void)snprintf(text, sizeof text, "%s\n", token);
    if (port_write_atomic(port_file_system(), path, ess_slice_from(text), 0600) != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s", path);
    return CLI_OK;
}

static int tell(const cli *c, ess_slice answer)
{
    ess_slice user = ESS_SLICE_LITERAL("\"\"");
    ess_slice role = ESS_SLICE_LITERAL("\"\"");
    char name[128];
    char role_name[32];
    (void)walk_member(answer, "user", &user);
    (void)walk_member(answer, "role", &role);
    walk_plain(user, name, sizeof name);
    walk_plain(role, role_name, sizeof role_name);
    if (c->in.json)
        (void)fprintf(c->out, "{\"user\":%.*s,\"role\":%.*s}\n", (int)user.len, user.ptr,
                      (int)role.len, role.ptr);
    else
        (void)fprintf(c->out, "%s %s (%s)\n", cli_say(c, "Logged in as", "已登录："), name,
                      role_name);
    return CLI_OK;
}

int cli_login(const cli *c)
{
    char password[PASSWORD_MAX] = "";
    char body[4 * PASSWORD_MAX];
    char token[512];
    http *h = NULL;
    http_reply reply = {0};
    if (c->in.user == NULL)
        return cli_fail(c, CLI_USAGE, "cli-usage", "--user");
    int code = get_password(c, password);
    if (code != CLI_OK)
        return code;
    if (make_body(c->in.user, password, body, sizeof body) != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "cli-option-value", "--user");
    code = http_connect(c, &h);
    if (code == CLI_OK)
        code = http_fetch(c, h, "/api/v1/login", body, &reply);
    if (code == CLI_OK) {
        ess_slice answer = {reply.body, reply.len};
        code = walk_text(answer, "token", token, sizeof token)
                   ? keep_token(c, token)
                   : cli_fail(c, CLI_UNREACHABLE, "cli-bad-answer", "token");
        if (code == CLI_OK)
            code = tell(c, answer);
    }
    explicit_bzero(password, sizeof password);
    explicit_bzero(body, sizeof body);
    explicit_bzero(token, sizeof token);
    http_reply_free(&reply);
    http_free(h);
    return code;
}

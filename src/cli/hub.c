/* From the command line to the hub's address, from the hub's answers to exit codes. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/http.h"
#include "json/walk.h"
#include "port/file.h"

typedef struct status_row {
    long status;
    int code;
    const char *id; /* where the hub gives no text of its own */
} status_row;

static const status_row statuses[] = {
    {400, CLI_REFUSED, "data"},         {401, CLI_FORBIDDEN, "cli-not-logged-in"},
    {403, CLI_FORBIDDEN, "permission"}, {404, CLI_NO, "not-found"},
    {405, CLI_REFUSED, "cli-bad-answer"}, {409, CLI_NO, "conflict"},
    {413, CLI_REFUSED, "too-large"},    {429, CLI_AGAIN, "state"},
    {503, CLI_AGAIN, "state"},          {507, CLI_AGAIN, "storage-full"},
    {0, CLI_UNREACHABLE, "cli-bad-answer"},
};

/* [a-zA-Z0-9-._~] stand for themselves (RFC 3986). */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

ess_err http_query(char *path, size_t path_size, const char *key, ess_slice value)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t begin = strlen(path);
    size_t at = begin + strlen(key) + 2;
    if (at + 3 * value.len + 1 > path_size)
        return ESS_E_NO_ROOM;
    (void)snprintf(path + begin, path_size - begin, "%c%s=", strchr(path, '?') ? '&' : '?', key);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t byte = (uint8_t)value.ptr[i];
        if (is_unreserved(value.ptr[i])) {
            path[at++] = value.ptr[i];
            continue;
        }
        path[at++] = '%';
        path[at++] = hex[byte >> 4];
        path[at++] = hex[byte & 15];
    }
    path[at] = '\0';
    return ESS_OK;
}

void http_token_path(const cli *c, char *room, size_t room_size)
{
    const char *named = c->in.token_file != NULL ? c->in.token_file : getenv("ESS_TOKEN_FILE");
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (named != NULL && named[0] != '\0')
        (void)snprintf(room, room_size, "%s", named);
    else if (config != NULL && config[0] == '/')
        (void)snprintf(room, room_size, "%s/ess/token", config);
    else
        (void)snprintf(room, room_size, "%s/.config/ess/token", home != NULL ? home : ".");
}

/* [SEC-01] Token and password go in the clear over loopback alone. Digits and dots only, so that no
 * name can pass for an address. */
static bool is_private(const char *base)
{
    static const char *const hosts[] = {"http://localhost", "http://[::1]", "http://127."};
    size_t host = 0;
    if (strncasecmp(base, "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0] && host == 0; i++) {
        if (strncasecmp(base, hosts[i], strlen(hosts[i])) == 0)
            host = strlen(hosts[i]);
    }
    if (host == strlen("http://127."))
        host += strspn(base + host, "0123456789.");
    return host > 0 && strchr(base + host, '@') == NULL &&
           (base[host] == '\0' || base[host] == ':' || base[host] == '/');
}

int http_connect(const cli *c, http **out)
{
    char path[1024];
    char token[600];
    size_t len = 0;
    const char *base = c->in.hub != NULL ? c->in.hub : getenv("ESS_HUB");
    if (base == NULL || base[0] == '\0')
        base = "http://127.0.0.1:8480";
    if (!is_private(base))
        return cli_fail(c, CLI_REFUSED, "cli-clear", "%s", base);
    http_token_path(c, path, sizeof path);
    bool known = port_read_text(path, token, sizeof token, &len) == ESS_OK;
    while (known && len > 0 && (uint8_t)token[len - 1] <= ' ')
        token[--len] = '\0';
    *out = http_new(base, known && len > 0 ? token : NULL, c->chinese);
    if (*out == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "libcurl");
    return CLI_OK;
}

int http_refused(const cli *c, long status, ess_slice body)
{
    const status_row *row = statuses;
    ess_slice error = {0};
    char id[64];
    char text[3][512];
    while (row->status != status && row->status != 0)
        row++;
    if (!walk_member(body, "error", &error))
        return cli_fail(c, row->code, row->id, "HTTP %ld", status);
    (void)walk_text(error, "id", id, sizeof id);
    (void)walk_text(error, "what", text[0], sizeof text[0]);
    (void)walk_text(error, "why", text[1], sizeof text[1]);
    (void)walk_text(error, "mend", text[2], sizeof text[2]);
    if (c->in.json)
        (void)fprintf(c->err, "{\"error\":%.*s}\n", (int)error.len, error.ptr);
    else
        (void)fprintf(c->err, "ess: %s [%s]\n  %s\n  %s\n", text[0], id, text[1], text[2]);
    if (row->status == 401 && !c->in.json && c->in.user == NULL) /* not while logging in */
        (void)fprintf(c->err, "  ess login --user %s\n", cli_say(c, "NAME", "用户名"));
    return row->code;
}

int http_fetch(const cli *c, http *h, const char *path, const char *post, http_reply *out)
{
    http_reply reply;
    if (http_ask(h, path, post, &reply) != ESS_OK)
        return cli_fail(c, CLI_UNREACHABLE, "cli-unreachable", "%s", http_reason(h));
    if (reply.status >= 200 && reply.status < 300) {
        *out = reply;
        return CLI_OK;
    }
    int code = http_refused(c, reply.status, (ess_slice){reply.body, reply.len});
    http_reply_free(&reply);
    return code;
}

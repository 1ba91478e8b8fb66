/* The server on a free port with a fake core, spoken to over a plain socket. Test and server share
 * one thread: whoever waits turns the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_core.h"
#include "hub/auth.h"
#include "hub/http_message.h"
#include "hub/http_server.h"
#include "port/clock.h"
#include "port/log.h"
#include "store/seal.h"

#define PASSWORD    "correct horse"
#define PATIENCE_MS 20000
#define ANSWER_ROOM (4u * 1024 * 1024)

static struct {
    hub_core core;
    port_loop *loop;
    hub_http *http;
    char web_dir[64];
    char hash[STORE_PASSWORD_MAX];
    char viewer[AUTH_TOKEN_LEN + 1], operator[AUTH_TOKEN_LEN + 1], admin[AUTH_TOKEN_LEN + 1];
} it;

static char answer[ANSWER_ROOM];

/* ---- a client */

static int connect_client(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(hub_http_port(it.http))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void turn(void)
{
    assert_int_equal(port_loop_once(it.loop, 5), ESS_OK);
}

static void send_all(int fd, const char *bytes, size_t len)
{
    int64_t until = port_mono_ms() + PATIENCE_MS;
    for (size_t sent = 0; sent < len;) {
        ssize_t step = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);
        if (step < 0 && errno != EAGAIN)
            return; /* the server may hang up on what is too large */
        sent += step > 0 ? (size_t)step : 0;
        turn();
        assert_true(port_mono_ms() < until);
    }
}

/* Reads until the text has come (NULL: until the end). Returns all read so far. */
static const char *read_until(int fd, const char *wanted)
{
    int64_t until = port_mono_ms() + PATIENCE_MS;
    size_t len = 0;
    for (;;) {
        ssize_t got = recv(fd, answer + len, ANSWER_ROOM - 1 - len, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        len += got > 0 ? (size_t)got : 0;
        answer[len] = '\0';
        if (wanted != NULL && strstr(answer, wanted) != NULL)
            return answer;
        turn();
        assert_true(port_mono_ms() < until);
    }
    answer[len] = '\0';
    assert_null(wanted);
    return answer;
}

static const char *speak(const char *request)
{
    int fd = connect_client();
    send_all(fd, request, strlen(request));
    (void)read_until(fd, NULL);
    (void)close(fd);
    return answer;
}

typedef struct call {
    const char *method, *path;
    const char *token; /* NULL: none */
    const char *headers; /* whole lines; NULL: none */
    const char *body;    /* NULL: none */
} call;

static const char *ask(const call *c)
{
    static char request[8192];
    (void)snprintf(request, sizeof request,
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%s%s%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   c->method, c->path, c->token != NULL ? "Authorization: Bearer " : "",
                   c->token != NULL ? c->token : "", c->token != NULL ? "\r\n" : "",
                   c->headers != NULL ? c->headers : "", c->body != NULL ? strlen(c->body) : 0,
                   c->body != NULL ? c->body : "");
    return speak(request);
}

static int status_of(const char *text)
{
    assert_memory_equal(text, "HTTP/1.1 ", 9);
    return (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s\n--- lacks ---\n%s", text, part);
}

#define JSON "Content-Type: application/json\r\n"

static void log_in(const char *name, char token[static AUTH_TOKEN_LEN + 1])
{
    char body[128];
    (void)snprintf(body, sizeof body, "{\"user\":\"%s\",\"password\":\"" PASSWORD "\"}", name);
    const char *text = ask(&(call){"POST", "/api/v1/login", NULL, JSON, body});
    assert_int_equal(status_of(text), 200);
    const char *at = strstr(text, "{\"token\":\"");
    assert_non_null(at);
    memcpy(token, at + 10, AUTH_TOKEN_LEN);
    token[AUTH_TOKEN_LEN] = '\0';
}

/* ---- set-up: one server for all tests, because a password hash takes its time */

static void write_page(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", it.web_dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_page(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", it.web_dir, name);
    (void)unlink(path);
}

static int set_up(void **state)
{
    (void)state;
    port_log_open("test", PORT_ERROR);
    (void)snprintf(it.web_dir, sizeof it.web_dir, "/tmp/ess-http-XXXXXX");
    assert_non_null(mkdtemp(it.web_dir));
    write_page("index.html", "<!doctype html><title>page</title>");
    write_page("app.js", "/*js*/");
    assert_int_equal(store_password_hash(ESS_SLICE_LITERAL(PASSWORD), it.hash), ESS_OK);
    fake_user(&it.core, "see", HUB_VIEWER, it.hash);
    fake_user(&it.core, "op7", HUB_OPERATOR, it.hash);
    fake_user(&it.core, "boss", HUB_ADMIN, it.hash);
    it.loop = port_loop_new(8, 8);
    assert_non_null(it.loop);
    hub_http_options options = {.address = "127.0.0.1", .web_dir = it.web_dir};
    assert_int_equal(hub_http_start(&it.core, it.loop, &options, &it.http), ESS_OK);
    log_in("see", it.viewer);
    log_in("op7", it.operator);
    log_in("boss", it.admin);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hub_http_stop(it.http);
    port_loop_free(it.loop);
    remove_page("index.html");
    remove_page("app.js");
    return rmdir(it.web_dir);
}

static int before_each(void **state)
{
    (void)state;
    it.core.err = ESS_OK;
    it.core.rows = 0;
    it.core.order[0] = '\0';
    return 0;
}

/* ---- tests */

static void readers_answer_the_logged_in_and_nobody_else(void **state)
{
    static const struct {
        const char *path, *answer;
    } cases[] = {
        {"/api/v1/me", "{\"user\":\"see\",\"role\":\"viewer\"}"},
        {"/api/v1/devices", "{\"devices\":[]}"},
        {"/api/v1/values?group=SH001", "{\"group\":\"SH001\",\"values\":[]}"},
        {"/api/v1/series?group=SH001", "{\"series\":[]}"},
        {"/api/v1/history?group=SH001&ns=CAB01/BMS&name=soc", "\r\n\r\n[]"},
        {"/api/v1/params?group=SH001", "{\"params\":[]}"},
        {"/api/v1/events?group=SH001", "{\"events\":[]}"},
        {"/api/v1/commands?group=SH001", "{\"commands\":[]}"},
        {"/api/v1/commands/c1", "{\"code\":\"c1\"}"},
        {"/api/v1/stats", "{\"messages\":0}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = ask(&(call){"GET", cases[i].path, it.viewer, NULL, NULL});
        assert_int_equal(status_of(text), 200);
        assert_has(text, "Content-Type: application/json\r\n");
        assert_has(text, "Cache-Control: no-store\r\n");
        assert_has(text, cases[i].answer);
        text = ask(&(call){"GET", cases[i].path, NULL, NULL, NULL});
        assert_int_equal(status_of(text), 401);
        assert_has(text, "\"id\":\"hub-login\"");
        text = ask(&(call){"GET", cases[i].path, "0123", NULL, NULL});
        assert_int_equal(status_of(text), 401);
    }
}

static void wrong_questions_are_told_what_is_wrong(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
        const char *part;
    } cases[] = {
        {"GET", "/api/v1/nothing", 404, "hub-path"},
        {"GET", "/api/v1/login", 405, "Allow: POST\r\n"},
        {"DELETE", "/api/v1/commands", 405, "Allow: GET, HEAD, POST\r\n"},
        {"PUT", "/api/v1/devices", 405, "hub-method"},
        {"GET", "/api/v1/values", 400, "hub-parameter-missing"},
        {"GET", "/api/v1/values?group=SH999", 404, "hub-not-found"},
        {"GET", "/api/v1/commands/nothing", 404, "hub-not-found"},
        {"GET", "/api/v1/history?group=SH001&ns=CAB01/BMS", 400, "name"},
        {"GET", "/api/v1/history?group=a&ns=b&name=c&limit=0", 400, "limit: 1..100000"},
        {"GET", "/api/v1/history?group=a&ns=b&name=c&limit=100001", 400, "hub-parameter"},
        {"GET", "/api/v1/history?group=a&ns=b&name=c&from=-1", 400, "from: 0.."},
        {"GET", "/api/v1/history?group=a&ns=b&name=c&to=tomorrow", 400, "to: 0.."},
        {"GET", "/api/v1/events?group=a&limit=1.5", 400, "limit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = ask(&(call){cases[i].method, cases[i].path, it.viewer, NULL, NULL});
        assert_int_equal(status_of(text), cases[i].status);
        assert_has(text, cases[i].part);
    }
}

static void history_gets_the_query_as_asked(void **state)
{
    static const struct {
        const char *query, *wanted;
    } cases[] = {
        {"", "SH001 CAB01/BMS soc 0 9007199254740992 10000 "},
        {"&from=5&to=1700000000000&limit=7&after=9.3", "SH001 CAB01/BMS soc 5 1700000000000 7 9.3"},
    };
    char path[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(path, sizeof path,
                       "/api/v1/history?group=SH001&ns=CAB01%%2FBMS&name=soc%s", cases[i].query);
        assert_int_equal(status_of(ask(&(call){"GET", path, it.viewer, NULL, NULL})), 200);
        assert_string_equal(it.core.history, cases[i].wanted);
    }
}

static void failures_of_the_core_become_honest_answers(void **state)
{
    static const struct {
        ess_err err;
        int status;
        const char *id;
    } cases[] = {
        {ESS_E_DATA, 400, "hub-parameter"},   {ESS_E_IO, 503, "io"},
        {ESS_E_CORRUPT, 500, "corrupt"},      {ESS_E_STORAGE_FULL, 503, "storage-full"},
        {ESS_E_NO_ROOM, 400, "hub-answer-size"}, /* did not fit at any size */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        it.core.err = cases[i].err;
        const char *text = ask(&(call){"GET", "/api/v1/devices", it.viewer, NULL, NULL});
        assert_int_equal(status_of(text), cases[i].status);
        assert_has(text, cases[i].id);
    }
}

static void a_large_answer_arrives_whole(void **state)
{
    (void)state;
    it.core.rows = 300000;
    const char *text = ask(&(call){"GET", "/api/v1/history?group=a&ns=b&name=c", it.viewer, NULL,
                                   NULL});
    assert_int_equal(status_of(text), 200);
    assert_has(text, "\r\n\r\n[0,1,2,");
    assert_has(text, ",299998,299999]");
}

static void head_gives_the_headers_alone(void **state)
{
    (void)state;
    const char *text = ask(&(call){"HEAD", "/api/v1/devices", it.viewer, NULL, NULL});
    assert_int_equal(status_of(text), 200);
    assert_has(text, "Content-Length: 14\r\n");
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    text = ask(&(call){"HEAD", "/api/v1/stream", it.viewer, NULL, NULL});
    assert_int_equal(status_of(text), 200);
    assert_has(text, "Content-Type: text/event-stream\r\n");
}

static void errors_speak_the_readers_language(void **state)
{
    static const struct {
        const char *header, *part;
    } cases[] = {
        {NULL, "You are not logged in."},
        {"Accept-Language: en-GB,zh;q=0.5\r\n", "You are not logged in."},
        {"Accept-Language: zh-CN,zh;q=0.9\r\n", "尚未登录。"},
        {"Accept-Language: ZH\r\n", "尚未登录。"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_has(ask(&(call){"GET", "/api/v1/me", NULL, cases[i].header, NULL}), cases[i].part);
}

static void login_refuses_and_brakes(void **state)
{
    static const char wrong[] = "{\"user\":\"guess\",\"password\":\"wrong\"}";
    (void)state;
    const char *text = ask(&(call){"POST", "/api/v1/login", NULL, NULL, wrong});
    assert_int_equal(status_of(text), 400);
    assert_has(text, "hub-content-type");
    text = ask(&(call){"POST", "/api/v1/login", NULL, "Content-Type: text/plain\r\n", wrong});
    assert_int_equal(status_of(text), 400);
    text = ask(&(call){"POST", "/api/v1/login", NULL, JSON, "{\"user\":\"guess\"}"});
    assert_int_equal(status_of(text), 400);
    assert_has(text, "password is required.");
    for (int i = 0; i < 5; i++) {
        text = ask(&(call){"POST", "/api/v1/login", NULL,
                           "Content-Type: Application/JSON; charset=utf-8\r\n", wrong});
        assert_int_equal(status_of(text), 401);
        assert_has(text, "hub-password");
    }
    text = ask(&(call){"POST", "/api/v1/login", NULL, JSON, wrong});
    assert_int_equal(status_of(text), 429);
    assert_has(text, "Retry-After: 60\r\n");
}

static void cookie_logs_in_and_logout_ends_it(void **state)
{
    char token[AUTH_TOKEN_LEN + 1], header[128];
    (void)state;
    log_in("see", token);
    assert_has(answer, "Set-Cookie: ess_session=");
    assert_has(answer, "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200\r\n");
    (void)snprintf(header, sizeof header, "Cookie: other=1; ess_session=%s\r\n" JSON, token);
    assert_int_equal(status_of(ask(&(call){"GET", "/api/v1/me", NULL, header, NULL})), 200);
    const char *text = ask(&(call){"POST", "/api/v1/logout", NULL, header, NULL});
    assert_int_equal(status_of(text), 204);
    assert_has(text, "Max-Age=0\r\n");
    assert_int_equal(status_of(ask(&(call){"GET", "/api/v1/me", NULL, header, NULL})), 401);
}

#define ORDER(ns, op, rest) "{\"group\":\"SH001\",\"ns\":\"" ns "\",\"op\":\"" op "\"" rest "}"

static void a_good_order_reaches_the_core_as_given(void **state)
{
    (void)state;
    const char *text =
        ask(&(call){"POST", "/api/v1/commands", it.operator, JSON,
                    ORDER("CAB01/PCS", "power.set",
                          ",\"a\":{\"p\":60.5,\"rvt\":900},\"ttl_s\":5")});
    assert_int_equal(status_of(text), 202);
    assert_has(text, "{\"code\":\"018f0000-0000-7000-8000-000000000001\",\"state\":\"created\"}");
    assert_string_equal(it.core.order,
                        "SH001 CAB01/PCS power.set {\"p\":60.5,\"rvt\":900} op7 5");
    text = ask(&(call){"POST", "/api/v1/commands", it.operator, JSON,
                       ORDER("CAB01/PCS", "start", "")});
    assert_int_equal(status_of(text), 202);
    assert_string_equal(it.core.order, "SH001 CAB01/PCS start {} op7 30");
}

static void a_wrong_order_is_refused_before_it_is_stored(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *id, *part;
    } cases[] = {
        {"{", 400, "hub-body", "Byte "},
        {"{\"ns\":\"CAB01/PCS\",\"op\":\"start\"}", 400, "hub-body", "group is required."},
        {ORDER("CAB01/PCS", "start", ",\"ttl_s\":3601"), 400, "hub-body", "from 1 to 3600"},
        {ORDER("CAB01/PCS", "start", ",\"when\":1"), 400, "hub-body", "when is not known"},
        {ORDER("CAB01/PCS", "explode", ""), 400, "hub-operation", "power.set"},
        {ORDER("CAB01/BMS", "start", ""), 400, "hub-target", "start: PCS"},
        {ORDER("CAB01/XYZ", "start", ""), 400, "hub-target", "start: PCS"},
        {ORDER("CAB01/PCS/#", "start", ""), 400, "hub-target", ""},
        {ORDER("CAB01/PCS/a/b", "start", ""), 400, "hub-target", ""},
        {ORDER("/PCS", "start", ""), 400, "hub-target", ""},
        {ORDER("CAB01/PCS", "start", ",\"a\":{\"p\":1}"), 400, "hub-argument", "a: {}"},
        {ORDER("CAB01/PCS", "power.set", ""), 400, "hub-argument", "p is required"},
        {ORDER("CAB01/PCS", "power.set", ",\"a\":{\"p\":1}"), 400, "hub-argument",
         "rvt is required"},
        {ORDER("CAB01/PCS", "power.set", ",\"a\":{\"p\":\"1\",\"rvt\":9}"), 400, "hub-argument",
         "p must be a number"},
        {ORDER("CAB01/PCS", "power.set", ",\"a\":{\"p\":126,\"rvt\":9}"), 400, "hub-argument",
         "p: -125..125 kW (required); q: -125..125 kvar; rvt: 1..86400 s (required)"},
        {ORDER("CAB01/PCS", "power.set", ",\"a\":{\"p\":1,\"rvt\":9,\"z\":1}"), 400, "hub-argument",
         "z is not known here"},
        {ORDER("CAB01/PCS", "param.set", ",\"a\":{\"set\":{},\"if_rev\":1}"), 403, "hub-role",
         "admin"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text =
            ask(&(call){"POST", "/api/v1/commands", it.operator, JSON, cases[i].body});
        assert_int_equal(status_of(text), cases[i].status);
        assert_has(text, cases[i].id);
        assert_has(text, cases[i].part);
        assert_string_equal(it.core.order, "");
    }
}

static void a_wrong_argument_is_told_in_the_users_language(void **state)
{
    static const struct {
        const char *arguments, *part;
    } cases[] = {
        {"{\"p\":126,\"rvt\":9}", "p 须为数值，范围 -125 至 125 kW。"},
        {"{\"p\":1,\"rvt\":9,\"z\":1}", "z 不是这里的成员。"},
        {"{\"p\":1}", "rvt 必须给出。"},
        {"{\"p\":1}", "p: -125..125 kW（必填）"},
    };
    char body[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"group\":\"SH001\",\"ns\":\"CAB01/PCS\",\"op\":\"power.set\",\"a\":%s}",
                       cases[i].arguments);
        const char *text = ask(&(call){"POST", "/api/v1/commands", it.operator,
                                       JSON "Accept-Language: zh-CN\r\n", body});
        assert_int_equal(status_of(text), 400);
        assert_has(text, cases[i].part);
    }
}

static void rights_follow_the_role_and_the_class(void **state)
{
    static const char start[] = ORDER("CAB01/PCS", "start", "");
    static const char set[] = ORDER("CAB01/PCS", "param.set",
                                    ",\"a\":{\"set\":{\"pChMax\":100},\"if_rev\":1}");
    const char *text;
    (void)state;
    text = ask(&(call){"POST", "/api/v1/commands", it.viewer, JSON, start});
    assert_int_equal(status_of(text), 403);
    assert_has(text, "hub-role");
    text = ask(&(call){"POST", "/api/v1/commands", NULL, JSON, start});
    assert_int_equal(status_of(text), 401);
    assert_string_equal(it.core.order, "");
    text = ask(&(call){"POST", "/api/v1/commands", it.admin, JSON, set});
    assert_int_equal(status_of(text), 202);
    it.core.err = ESS_E_NOT_FOUND;
    text = ask(&(call){"POST", "/api/v1/commands", it.operator, JSON, start});
    assert_int_equal(status_of(text), 404);
    it.core.err = ESS_E_STORAGE_FULL;
    text = ask(&(call){"POST", "/api/v1/commands", it.operator, JSON, start});
    assert_int_equal(status_of(text), 503);
}

static void a_body_too_large_is_refused(void **state)
{
    static char request[HTTP_BODY_MAX + 4096];
    (void)state;
    const char *text = speak("POST /api/v1/login HTTP/1.1\r\nHost: x\r\n" JSON
                             "Content-Length: 65537\r\n\r\n");
    assert_int_equal(status_of(text), 413);
    assert_has(text, "hub-body-size");
    int len = snprintf(request, sizeof request,
                       "POST /api/v1/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
                       "Transfer-Encoding: chunked\r\n\r\n10001\r\n");
    memset(request + len, ' ', 0x10001);
    (void)snprintf(request + len + 0x10001, 16, "\r\n0\r\n\r\n");
    assert_int_equal(status_of(speak(request)), 413);
}

static void headers_too_large_and_nonsense_do_not_harm(void **state)
{
    static char request[100000];
    (void)state;
    int len = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
    memset(request + len, 'a', 60000);
    (void)snprintf(request + len + 60000, 8, "\r\n\r\n");
    assert_int_equal(status_of(speak(request)), 431);
    (void)speak("\x16\x03\x01 nonsense\r\n\r\n");
    (void)speak("GET\r\n\r\n");
    assert_int_equal(status_of(ask(&(call){"GET", "/api/v1/me", it.viewer, NULL, NULL})), 200);
}

static void the_page_is_served_and_nothing_beside_it(void **state)
{
    static const char *const others[] = {"/../../etc/passwd", "/%2e%2e/index.html", "/index.html",
                                         "/app.js/", "//app.js", "/app.css"};
    (void)state;
    const char *text = ask(&(call){"GET", "/", NULL, NULL, NULL});
    assert_int_equal(status_of(text), 200);
    assert_has(text, "Content-Type: text/html; charset=utf-8\r\n");
    assert_has(text, "Content-Security-Policy: default-src 'self';");
    assert_has(text, "X-Content-Type-Options: nosniff\r\n");
    assert_has(text, "Referrer-Policy: no-referrer\r\n");
    assert_has(text, "Cache-Control: no-cache\r\n");
    assert_has(text, "<title>page</title>");
    assert_has(ask(&(call){"GET", "/app.js", NULL, NULL, NULL}), "/*js*/");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(status_of(ask(&(call){"GET", others[i], NULL, NULL, NULL})), 404);
    assert_has(answer, "hub-page"); /* app.css is a name of the page, but not there */
    assert_null(strstr(answer, it.web_dir));
}

/* ---- the stream */

static int view(const char *query, const char *headers)
{
    char request[512];
    int fd = connect_client();
    int len = snprintf(request, sizeof request,
                       "GET /api/v1/stream%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                       "%s\r\n", query, it.viewer, headers);
    send_all(fd, request, (size_t)len);
    assert_has(read_until(fd, "retry: 1000\n\n"), "Content-Type: text/event-stream\r\n");
    return fd;
}

static void announce(const char *group, const char *data)
{
    it.core.announce(it.core.announce_context, "values", ess_slice_from(group),
                     ess_slice_from(data));
}

static void viewers_get_each_event_once_as_it_happens(void **state)
{
    (void)state;
    int all = view("", ""), one = view("?group=SH002", "");
    for (int i = 0; i < 3; i++) {
        announce("SH001", "{\"a\":1}");
        assert_has(read_until(all, "event: values\ndata: {\"a\":1}\n\n"), "id: ");
    }
    announce("SH002", "{\"b\":2}");
    assert_null(strstr(read_until(one, "data: {\"b\":2}\n\n"), "{\"a\":1}"));
    (void)read_until(all, "data: {\"b\":2}\n\n");
    (void)close(all);
    (void)close(one);
    announce("SH001", "{\"a\":3}"); /* to nobody */
    turn();
}

static void a_viewer_that_comes_back_misses_nothing(void **state)
{
    char header[64];
    unsigned long long id = 0;
    (void)state;
    int fd = view("", "");
    announce("SH001", "{\"n\":1}");
    const char *at = strstr(read_until(fd, "data: {\"n\":1}\n\n"), "id: ");
    assert_non_null(at);
    for (at += 4; *at >= '0' && *at <= '9'; at++)
        id = id * 10 + (unsigned)(*at - '0');
    (void)close(fd);
    announce("SH001", "{\"n\":2}");
    announce("SH001", "{\"n\":3}");
    (void)snprintf(header, sizeof header, "Last-Event-ID: %llu\r\n", id);
    fd = view("", header);
    if (strstr(answer, "{\"n\":3}") == NULL)
        (void)read_until(fd, "{\"n\":3}");
    (void)close(fd);
}

/* Takes out the seams of the chunked coding, "\r\n<hex>\r\n"; the events have no "\r". */
static void join_chunks(char *text)
{
    char *to = text;
    for (char *from = text; *from != '\0';) {
        char *behind = from[0] == '\r' ? strstr(from + 2, "\r\n") : NULL;
        if (behind != NULL && behind - from < 12)
            from = behind + 2;
        else
            *to++ = *from++;
    }
    *to = '\0';
}

static void a_burst_reaches_the_viewer_whole(void **state)
{
    char data[64];
    (void)state;
    int fd = view("", "");
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(data, sizeof data, "{\"burst\":%d}", i);
        announce("SH001", data);
    }
    const char *at = read_until(fd, "9999}\n\n");
    join_chunks(answer);
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(data, sizeof data, "{\"burst\":%d}\n\n", i);
        at = strstr(at, data);
        if (at == NULL)
            fail_msg("event %d is missing", i);
    }
    (void)close(fd);
}

static void one_viewer_too_many_is_told_so(void **state)
{
    int fds[256];
    (void)state;
    /* Viewers of the tests before are noticed as gone by the first event that cannot be sent. */
    for (int i = 0; i < 8; i++) {
        announce("", "{}");
        turn();
    }
    for (int i = 0; i < 256; i++)
        fds[i] = view("", "");
    const char *text = ask(&(call){"GET", "/api/v1/stream", it.viewer, NULL, NULL});
    assert_int_equal(status_of(text), 503);
    assert_has(text, "hub-viewers");
    announce("SH001", "{\"for\":\"all\"}");
    for (int i = 0; i < 256; i++) {
        (void)read_until(fds[i], "{\"for\":\"all\"}\n\n");
        (void)close(fds[i]);
    }
}

static void an_address_that_cannot_be_had_is_an_error(void **state)
{
    hub_http *other = NULL;
    hub_core core = {0};
    hub_http_options taken = {.address = "127.0.0.1", .port = hub_http_port(it.http),
                              .web_dir = ""};
    hub_http_options name = {.address = "localhost", .web_dir = ""};
    (void)state;
    assert_int_equal(hub_http_start(&core, it.loop, &taken, &other), ESS_E_IO);
    assert_int_equal(hub_http_start(&core, it.loop, &name, &other), ESS_E_CONFIG);
    assert_null(other);
}

#define TEST(name) cmocka_unit_test_setup(name, before_each)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readers_answer_the_logged_in_and_nobody_else),
        TEST(wrong_questions_are_told_what_is_wrong),
        TEST(history_gets_the_query_as_asked),
        TEST(failures_of_the_core_become_honest_answers),
        TEST(a_large_answer_arrives_whole),
        TEST(head_gives_the_headers_alone),
        TEST(errors_speak_the_readers_language),
        TEST(login_refuses_and_brakes),
        TEST(cookie_logs_in_and_logout_ends_it),
        TEST(a_good_order_reaches_the_core_as_given),
        TEST(a_wrong_order_is_refused_before_it_is_stored),
        TEST(a_wrong_argument_is_told_in_the_users_language),
        TEST(rights_follow_the_role_and_the_class),
        TEST(a_body_too_large_is_refused),
        TEST(headers_too_large_and_nonsense_do_not_harm),
        TEST(the_page_is_served_and_nothing_beside_it),
        TEST(viewers_get_each_event_once_as_it_happens),
        TEST(a_viewer_that_comes_back_misses_nothing),
        TEST(a_burst_reaches_the_viewer_whole),
        TEST(one_viewer_too_many_is_told_so),
        TEST(an_address_that_cannot_be_had_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

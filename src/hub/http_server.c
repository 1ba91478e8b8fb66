/* The one door to libmicrohttpd.
 *
 * The library keeps its own epoll set; the loop watches that set's descriptor and calls MHD_run
 * when something is ready (rejected: its threads, which would need locks around the core).
 *
 * A viewer of the event stream is a connection that the library asks for more; when there is
 * nothing it is suspended, and resumed by the next event. It costs nothing in between.
 */
#include "hub/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "hub/http_router.h"
#include "port/clock.h"
#include "port/log.h"
#include "store/seal.h"

#define VIEWERS_MAX     256
#define CONNECTIONS_MAX 512
#define IDLE_S          60u
#define HEADERS_MAX     32768u /* bytes of a connection's memory: request line and headers */
#define DISCARD_MAX     (16u * HTTP_BODY_MAX) /* of a body too large, read before hanging up */
#define STREAM_BYTES    4194304u
#define STREAM_EVENTS   16384u
#define STREAM_BLOCK    16384u
#define PING_MS         15000

typedef struct exchange {
    hub_http *http;
    struct MHD_Connection *connection;
    char *body;
    size_t body_len; /* counted on beyond HTTP_BODY_MAX, not kept */
    /* a viewer of the stream */
    bool is_viewer, greeted, suspended, must_go;
    stream_cursor cursor;
    char token[AUTH_TOKEN_LEN];
} exchange;

struct hub_http {
    port_loop *loop;
    http_api api;
    struct MHD_Daemon *daemon;
    int epoll_fd, run_timer, ping_timer;
    uint16_t port;
    bool resumed;                   /* a connection was, since the library last ran */
    exchange *viewers[VIEWERS_MAX]; /* NULL: free */
};

/* ---- events */

static ssize_t read_events(void *context, uint64_t position, char *room, size_t room_size)
{
    static const char greeting[] = "retry: 1000\n\n"; /* also lets the headers go out at once */
    exchange *viewer = context;
    size_t len = 0;
    (void)position;
    if (viewer->must_go)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!viewer->greeted && room_size >= sizeof greeting) {
        viewer->greeted = true;
        memcpy(room, greeting, sizeof greeting - 1);
        return (ssize_t)(sizeof greeting - 1);
    }
    if (stream_read(viewer->http->api.events, &viewer->cursor, room, room_size, &len) != ESS_OK) {
        port_log(PORT_INFO, "http viewer too slow, sent away");
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (len == 0) {
        viewer->suspended = true;
        MHD_suspend_connection(viewer->connection);
    }
    return (ssize_t)len;
}

static void wake_viewers(hub_http *http)
{
    for (size_t i = 0; i < VIEWERS_MAX; i++) {
        exchange *viewer = http->viewers[i];
        if (viewer == NULL || !viewer->suspended)
            continue;
        if (viewer->must_go || stream_has(http->api.events, &viewer->cursor)) {
            viewer->suspended = false;
            MHD_resume_connection(viewer->connection);
            http->resumed = true;
        }
    }
    /* The library takes it up when it is run, which this may be called from: so in a moment. With
     * a loop of ours it has no way to say so itself. */
    if (http->resumed)
        port_loop_arm(http->loop, http->run_timer, port_mono_ms());
}

static void on_announce(void *context, const char *event, ess_slice group, ess_slice data)
{
    hub_http *http = context;
    if (stream_publish(http->api.events, event, group, data) != ESS_OK)
        port_log(PORT_WARN, "http event=%s bytes=%zu too large for the stream", event, data.len);
    wake_viewers(http);
}

/* Also the moment at which viewers whose session has ended are sent away. */
static void on_ping(void *context)
{
    hub_http *http = context;
    int64_t now_utc_ms = port_utc_ms();
    for (size_t i = 0; i < VIEWERS_MAX; i++) {
        exchange *viewer = http->viewers[i];
        hub_user user;
        if (viewer != NULL &&
            auth_check(http->api.sessions, (ess_slice){viewer->token, sizeof viewer->token},
                       now_utc_ms, &user) == ESS_E_PERMISSION)
            viewer->must_go = true;
    }
    stream_ping(http->api.events);
    wake_viewers(http);
    port_loop_arm(http->loop, http->ping_timer, port_mono_ms() + PING_MS);
}

static bool add_viewer(exchange *e, const http_request *request, const http_reply *reply)
{
    for (size_t i = 0; i < VIEWERS_MAX; i++) {
        if (e->http->viewers[i] != NULL)
            continue;
        e->http->viewers[i] = e;
        e->is_viewer = true;
        e->cursor = reply->cursor;
        memcpy(e->token, request->token.ptr, sizeof e->token); /* checked: it has that length */
        return true;
    }
    return false;
}

/* ---- answers */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    /* Fails only without memory; an answer without this header is still an answer. */
    (void)MHD_add_response_header(response, name, value);
}

static void add_headers(struct MHD_Response *response, const http_request *request,
                        const http_reply *reply)
{
    static const char api_prefix[] = "/api/";
    bool is_api = request->path.len >= sizeof api_prefix - 1 &&
                  memcmp(request->path.ptr, api_prefix, sizeof api_prefix - 1) == 0;
    char seconds[16];
    if (reply->content_type != NULL)
        add_header(response, "Content-Type", reply->content_type);
    add_header(response, "Cache-Control", is_api ? "no-store" : "no-cache");
    add_header(response, "Content-Security-Policy",
               "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "no-referrer");
    if (reply->cookie[0] != '\0')
        add_header(response, "Set-Cookie", reply->cookie);
    if (reply->allow != NULL)
        add_header(response, "Allow", reply->allow);
    if (reply->status == 401)
        add_header(response, "WWW-Authenticate", "Bearer");
    if (reply->retry_after_s > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        add_header(response, "Retry-After", seconds);
    }
}

static struct MHD_Response *make_response(exchange *e, const http_reply *reply)
{
    static char nothing[1];
    if (reply->is_stream)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_events, e,
                                                 NULL);
    if (reply->body == NULL)
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_buffer(reply->len, reply->body, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result send_reply(exchange *e, const http_request *request, http_reply *reply)
{
    struct MHD_Response *response = make_response(e, reply);
    if (response == NULL) {
        free(reply->body);
        return MHD_NO;
    }
    add_headers(response, request, reply);
    enum MHD_Result result = MHD_queue_response(e->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response); /* the connection holds it now; it frees the body */
    return result;
}

/* ---- requests */

static ess_slice find_field(const void *source, http_field kind, const char *name)
{
    static const enum MHD_ValueKind kinds[] = {[HTTP_QUERY] = MHD_GET_ARGUMENT_KIND,
                                               [HTTP_HEADER] = MHD_HEADER_KIND,
                                               [HTTP_COOKIE] = MHD_COOKIE_KIND};
    const exchange *e = source;
    const char *value = NULL;
    size_t len = 0;
    if (MHD_lookup_connection_value_n(e->connection, kinds[kind], name, strlen(name), &value,
                                      &len) != MHD_YES ||
        value == NULL)
        return (ess_slice){0};
    return (ess_slice){value, len};
}

static http_method parse_method(const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return HTTP_GET;
    return strcmp(method, MHD_HTTP_METHOD_POST) == 0 ? HTTP_POST : HTTP_OTHER;
}

static enum MHD_Result answer(exchange *e, const char *url, const char *method)
{
    http_reply reply = {0};
    http_request request = {.method = parse_method(method),
                            .path = ess_slice_from(url),
                            .body = {e->body, e->body_len},
                            .field = find_field,
                            .source = e,
                            .now_mono_ms = port_mono_ms(),
                            .now_utc_ms = port_utc_ms()};
    http_serve(&e->http->api, &request, &reply);
    if (reply.is_stream && strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        reply.is_stream = false; /* the headers of a stream, and no more */
    if (reply.is_stream && !add_viewer(e, &request, &reply)) {
        reply.is_stream = false;
        http_reply_problem(&request, &reply, &(http_problem){.status = 503, .id = "hub-viewers"});
    }
    return send_reply(e, &request, &reply);
}

/* False when the connection is to be ended. */
static bool take_body(exchange *e, const char *bytes, size_t len)
{
    if (e->body == NULL)
        e->body = malloc(HTTP_BODY_MAX);
    if (e->body == NULL || e->body_len + len > DISCARD_MAX)
        return false;
    if (e->body_len + len <= HTTP_BODY_MAX)
        memcpy(e->body + e->body_len, bytes, len);
    e->body_len += len;
    return true;
}

/* The length that the request announces; 0 when it does not. */
static int64_t announced_length(const exchange *e)
{
    ess_decimal value;
    int64_t len = 0;
    ess_slice text = find_field(e, HTTP_HEADER, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (ess_decimal_parse(text, &value) != ESS_OK ||
        ess_decimal_to_integer(value, 0, &len) != ESS_OK)
        return 0;
    return len;
}

static exchange *begin_exchange(hub_http *http, struct MHD_Connection *connection)
{
    exchange *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->http = http;
    e->connection = connection;
    return e;
}

/* Called by the library: once when the headers are there, for each piece of the body, and once
 * when all of it is. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *len, void **slot)
{
    exchange *e = *slot;
    (void)version;
    if (e == NULL) {
        e = begin_exchange(context, connection);
        *slot = e;
        if (e == NULL)
            return MHD_NO;
        if (announced_length(e) <= (int64_t)HTTP_BODY_MAX)
            return MHD_YES;
        e->body_len = HTTP_BODY_MAX + 1; /* refused unread */
        return answer(e, url, method);
    }
    if (*len > 0) {
        bool taken = take_body(e, bytes, *len);
        *len = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    return answer(e, url, method);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    hub_http *http = context;
    exchange *e = *slot;
    (void)connection;
    (void)why;
    *slot = NULL;
    if (e == NULL)
        return;
    for (size_t i = 0; e->is_viewer && i < VIEWERS_MAX; i++) {
        if (http->viewers[i] == e)
            http->viewers[i] = NULL;
    }
    if (e->body != NULL)
        explicit_bzero(e->body, HTTP_BODY_MAX); /* it may have been a password */
    free(e->body);
    free(e);
}

/* ---- life */

static void run(hub_http *http)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    http->resumed = false;
    (void)MHD_run(http->daemon); /* MHD_NO only for a daemon of another kind */
    if (http->resumed || MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES)
        port_loop_arm(http->loop, http->run_timer, port_mono_ms() + (int64_t)wait_ms);
    else
        port_loop_disarm(http->loop, http->run_timer);
}

static void on_run_timer(void *context)
{
    run(context);
}

static void on_ready(void *context, int fd, unsigned ready)
{
    (void)fd;
    (void)ready;
    run(context);
}

static void __attribute__((format(printf, 2, 0)))
on_library_words(void *context, const char *format, va_list args)
{
    char line[256];
    (void)context;
    (void)vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\r\n")] = '\0';
    port_log(PORT_DEBUG, "http %s", line);
}

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static ess_err read_address(const hub_http_options *options, address *out)
{
    *out = (address){0};
    if (inet_pton(AF_INET, options->address, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(options->port);
        return ESS_OK;
    }
    if (inet_pton(AF_INET6, options->address, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(options->port);
        return ESS_OK;
    }
    return ESS_E_CONFIG;
}

static ess_err start_daemon(hub_http *http, const hub_http_options *options)
{
    address at;
    TRY(read_address(options, &at));
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (at.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_library_words, NULL},
        {MHD_OPTION_SOCK_ADDR, 0, &at.any},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, http},
        {MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_MAX, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    http->daemon = MHD_start_daemon(flags, options->port, NULL, NULL, on_request, http,
                                    MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (http->daemon == NULL)
        return ESS_E_IO;
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->epoll_fd = epoll->epoll_fd;
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    http->port = port->port;
    return ESS_OK;
}

static ess_err make_parts(hub_http *http, hub_core *core, const hub_http_options *options)
{
    char secret[AUTH_TOKEN_LEN], decoy[STORE_PASSWORD_MAX];
    port_random(secret, sizeof secret);
    TRY(store_password_hash((ess_slice){secret, sizeof secret}, decoy));
    /* Thousands of ids a millisecond are never given out: later runs have higher ids. */
    uint64_t first_id = (uint64_t)port_utc_ms() * 1000u;
    http->api = (http_api){
        .core = core,
        .sessions = auth_new(core, store_password_matches, decoy),
        .events = stream_new(STREAM_BYTES, STREAM_EVENTS, first_id),
        .web_dir = options->web_dir,
    };
    return http->api.sessions == NULL || http->api.events == NULL ? ESS_E_INTERNAL : ESS_OK;
}

static ess_err join_loop(hub_http *http)
{
    TRY(port_loop_timer(http->loop, on_run_timer, http, &http->run_timer));
    TRY(port_loop_timer(http->loop, on_ping, http, &http->ping_timer));
    TRY(port_loop_watch(http->loop, http->epoll_fd, PORT_READABLE, on_ready, http));
    port_loop_arm(http->loop, http->ping_timer, port_mono_ms() + PING_MS);
    return ESS_OK;
}

ess_err hub_http_start(hub_core *core, port_loop *loop, const hub_http_options *options,
                       hub_http **out)
{
    hub_http *http = calloc(1, sizeof *http);
    if (http == NULL)
        return ESS_E_INTERNAL;
    http->loop = loop;
    http->run_timer = http->ping_timer = -1;
    ess_err err = make_parts(http, core, options);
    if (err == ESS_OK)
        err = start_daemon(http, options);
    if (err == ESS_OK)
        err = join_loop(http);
    if (err != ESS_OK) {
        hub_http_stop(http);
        return err;
    }
    hub_core_on_announce(core, on_announce, http);
    *out = http;
    return ESS_OK;
}

uint16_t hub_http_port(const hub_http *http)
{
    return http->port;
}

static void stop_daemon(hub_http *http)
{
    port_loop_unwatch(http->loop, http->epoll_fd);
    /* The library ends the program when it is stopped with a connection suspended. */
    for (size_t i = 0; i < VIEWERS_MAX; i++) {
        if (http->viewers[i] != NULL)
            http->viewers[i]->must_go = true;
    }
    wake_viewers(http);
    (void)MHD_run(http->daemon);
    MHD_stop_daemon(http->daemon);
}

void hub_http_stop(hub_http *http)
{
    if (http == NULL)
        return;
    if (http->api.core != NULL)
        hub_core_on_announce(http->api.core, NULL, NULL);
    if (http->daemon != NULL)
        stop_daemon(http);
    if (http->run_timer >= 0)
        port_loop_disarm(http->loop, http->run_timer);
    if (http->ping_timer >= 0)
        port_loop_disarm(http->loop, http->ping_timer);
    auth_free(http->api.sessions);
    stream_free(http->api.events);
    free(http);
}

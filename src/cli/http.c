/* The only file that includes libcurl. The stream lives in a multi handle, so that it goes on
 * filling while a request is made.
 */
#include "cli/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "codec/try.h"
#include "port/clock.h"

#define CONNECT_MS     5000L
#define REQUEST_MS     60000L
#define STREAM_HEAD_MS 10000

struct http {
    char *base;
    struct curl_slist *headers;
    CURL *request, *stream;
    CURLM *multi;
    sse_reader events;
    bool streaming; /* the stream handle is in the multi handle */
    bool stream_over;
    char reason[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t one, size_t count, void *context)
{
    http_reply *reply = context;
    size_t size = one * count;
    if (reply->len + size > HTTP_REPLY_MAX)
        return 0;
    if (reply->len + size + 1 > reply->room) {
        size_t room = (reply->len + size + 1) * 2;
        char *more = realloc(reply->body, room);
        if (more == NULL)
            return 0;
        reply->body = more;
        reply->room = room;
    }
    memcpy(reply->body + reply->len, bytes, size);
    reply->len += size;
    reply->body[reply->len] = '\0';
    return size;
}

static size_t take_stream(char *bytes, size_t one, size_t count, void *context)
{
    http *h = context;
    return sse_feed(&h->events, bytes, one * count) == ESS_OK ? one * count : 0;
}

static void add_header(http *h, const char *header)
{
    struct curl_slist *more = curl_slist_append(h->headers, header);
    if (more != NULL)
        h->headers = more;
}

static void set_common(http *h, CURL *easy)
{
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, h->reason);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, h->headers);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
}

http *http_new(const char *base, const char *token, bool chinese)
{
    char line[600];
    http *h = calloc(1, sizeof *h);
    if (h == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(h);
        return NULL;
    }
    h->base = strdup(base);
    h->request = curl_easy_init();
    h->stream = curl_easy_init();
    h->multi = curl_multi_init();
    add_header(h, "Content-Type: application/json");
    add_header(h, chinese ? "Accept-Language: zh-CN" : "Accept-Language: en");
    if (token != NULL) {
        (void)snprintf(line, sizeof line, "Authorization: Bearer %.512s", token);
        add_header(h, line);
    }
    if (h->base == NULL || h->request == NULL || h->stream == NULL || h->multi == NULL) {
        http_free(h);
        return NULL;
    }
    for (size_t len = strlen(h->base); len > 0 && h->base[len - 1] == '/'; len--)
        h->base[len - 1] = '\0';
    set_common(h, h->request);
    set_common(h, h->stream);
    return h;
}

static void stream_close(http *h)
{
    if (h->streaming)
        (void)curl_multi_remove_handle(h->multi, h->stream);
    h->streaming = false;
    sse_free(&h->events);
}

void http_free(http *h)
{
    if (h == NULL)
        return;
    if (h->multi != NULL)
        stream_close(h);
    curl_easy_cleanup(h->request);
    curl_easy_cleanup(h->stream);
    (void)curl_multi_cleanup(h->multi);
    curl_slist_free_all(h->headers);
    free(h->base);
    free(h);
    curl_global_cleanup();
}

static ess_err set_url(http *h, CURL *easy, const char *path)
{
    char *url = NULL;
    if (asprintf(&url, "%s%s", h->base, path) < 0)
        return ESS_E_NO_ROOM;
    h->reason[0] = '\0';
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    free(url);
    return code == CURLE_OK ? ESS_OK : ESS_E_NO_ROOM;
}

static ess_err failed(http *h, CURLcode code)
{
    if (h->reason[0] == '\0')
        (void)snprintf(h->reason, sizeof h->reason, "%s", curl_easy_strerror(code));
    return ESS_E_OFFLINE;
}

ess_err http_ask(http *h, const char *path, const char *post, http_reply *out)
{
    http_reply reply = {0};
    TRY(set_url(h, h->request, path));
    (void)curl_easy_setopt(h->request, CURLOPT_TIMEOUT_MS, REQUEST_MS);
    (void)curl_easy_setopt(h->request, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(h->request, CURLOPT_WRITEDATA, &reply);
    if (post != NULL)
        (void)curl_easy_setopt(h->request, CURLOPT_POSTFIELDS, post);
    else
        (void)curl_easy_setopt(h->request, CURLOPT_HTTPGET, 1L);
    CURLcode code = curl_easy_perform(h->request);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(h->request, CURLINFO_RESPONSE_CODE, &reply.status);
    if (code != CURLE_OK) {
        http_reply_free(&reply);
        return failed(h, code);
    }
    *out = reply;
    return ESS_OK;
}

void http_reply_free(http_reply *reply)
{
    free(reply->body);
    *reply = (http_reply){0};
}

const char *http_reason(const http *h)
{
    return h->reason;
}

/* Lets the stream move; waits at most wait_ms for something to do. */
static void stream_pump(http *h, int wait_ms)
{
    int running = 0;
    int left = 0;
    CURLMsg *message;
    if (wait_ms > 0)
        (void)curl_multi_poll(h->multi, NULL, 0, wait_ms, NULL); /* errors show just below */
    if (curl_multi_perform(h->multi, &running) != CURLM_OK)
        h->stream_over = true;
    while ((message = curl_multi_info_read(h->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            h->stream_over = true;
            (void)failed(h, message->data.result);
        }
    }
}

ess_err http_stream_open(http *h, const char *path, long *status)
{
    int64_t due_mono_ms = port_mono_ms() + STREAM_HEAD_MS;
    long code = 0;
    stream_close(h);
    TRY(set_url(h, h->stream, path));
    (void)curl_easy_setopt(h->stream, CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(h->stream, CURLOPT_WRITEFUNCTION, take_stream);
    (void)curl_easy_setopt(h->stream, CURLOPT_WRITEDATA, h);
    if (curl_multi_add_handle(h->multi, h->stream) != CURLM_OK)
        return ESS_E_NO_ROOM;
    h->streaming = true;
    h->stream_over = false;
    stream_pump(h, 0);
    while (code == 0 && !h->stream_over && port_mono_ms() < due_mono_ms) {
        stream_pump(h, 100);
        (void)curl_easy_getinfo(h->stream, CURLINFO_RESPONSE_CODE, &code);
    }
    if (code == 0) {
        stream_close(h);
        return failed(h, CURLE_OPERATION_TIMEDOUT);
    }
    *status = code;
    return ESS_OK;
}

ess_err http_stream_next(http *h, int wait_ms, sse_event *event)
{
    int64_t due_mono_ms = port_mono_ms() + wait_ms;
    int64_t left_ms = wait_ms;
    if (!h->streaming)
        return ESS_E_OFFLINE;
    do {
        if (sse_next(&h->events, event))
            return ESS_OK;
        if (h->stream_over)
            return ESS_E_OFFLINE;
        left_ms = due_mono_ms - port_mono_ms();
        stream_pump(h, left_ms > 0 ? (int)left_ms : 0);
    } while (left_ms > 0);
    return sse_next(&h->events, event) ? ESS_OK : ESS_E_TIMEOUT;
}

/* Speaking to the hub: one request at a time, and one open event stream beside it. The only file
 * that knows libcurl is http.c. Redirects are not followed and proxies not used: the token goes
 * to the address given and nowhere else.
 */
#ifndef ESS_CLI_HTTP_H
#define ESS_CLI_HTTP_H

#include "cli/cli.h"
#include "cli/sse.h"

#define HTTP_REPLY_MAX (64 * 1024 * 1024)

typedef struct http http;

typedef struct http_reply {
    long status;
    char *body; /* NUL-terminated */
    size_t len, room;
} http_reply;

/* base: "http://127.0.0.1:8480"; token: NULL or the bearer token. Both copied. NULL when memory
 * is out. */
http *http_new(const char *base, const char *token, bool chinese);
void http_free(http *h); /* NULL allowed */

/* Asks path (from "/api/v1/..."), with post as JSON body where not NULL. ESS_OK with any status,
 * out to be freed by http_reply_free; ESS_E_OFFLINE with http_reason. */
ess_err http_ask(http *h, const char *path, const char *post, http_reply *out);
void http_reply_free(http_reply *reply);
/* Why the last call failed, English, libcurl's words. */
const char *http_reason(const http *h);

/* Opens the event stream and waits for the answer's head, at most 10 s. Closes one that is open.
 * ESS_OK with *status; ESS_E_OFFLINE. */
ess_err http_stream_open(http *h, const char *path, long *status);
/* Waits for the next event, at most wait_ms. ESS_OK; ESS_E_TIMEOUT: none yet; ESS_E_OFFLINE: the
 * stream is over. event borrows until the next call. */
ess_err http_stream_next(http *h, int wait_ms, sse_event *event);

/* ---- what the subcommands do with it; they give exit codes, having said what is wrong. */

/* The hub of --hub, with the token where there is one. */
int http_connect(const cli *c, http **out);
/* Where the log-in is kept; made of --token-file and the environment. */
void http_token_path(const cli *c, char *room, size_t room_size);
/* http_ask that takes only 2xx; else says what is wrong. */
int http_fetch(const cli *c, http *h, const char *path, const char *post, http_reply *out);
/* Says what a status that is not 2xx means; body: the hub's answer. */
int http_refused(const cli *c, long status, ess_slice body);

/* Appends "key=value" to a path, after '?' or '&', value percent-encoded. ESS_E_NO_ROOM. */
ess_err http_query(char *path, size_t path_size, const char *key, ess_slice value);

#endif

/* A request and its answer, as handlers see them: nothing of the HTTP library.
 *
 * An answer is built whole in memory before it is sent (rejected: producing it while it is sent,
 * because a failure half-way could then no longer become an honest status). The one exception is
 * the event stream, which never ends.
 */
#ifndef ESS_HUB_HTTP_MESSAGE_H
#define ESS_HUB_HTTP_MESSAGE_H

#include "ess/json.h"
#include "hub/core.h"
#include "hub/stream.h"

#define HTTP_BODY_MAX   65536u                /* bytes of a request's body */
#define HTTP_ANSWER_MAX (32u * 1024u * 1024u) /* bytes of an answer */

typedef enum http_method { HTTP_GET, HTTP_POST, HTTP_OTHER } http_method; /* HEAD counts as GET */
typedef enum http_field { HTTP_QUERY, HTTP_HEADER, HTTP_COOKIE } http_field;

typedef struct http_request {
    http_method method;
    ess_slice path;
    ess_slice rest; /* what the "*" of the route stands for */
    ess_slice body;
    ess_slice token; /* session token as given; len 0: none */
    /* A field's value; ptr NULL: not there. Borrowed for the request. */
    ess_slice (*field)(const void *source, http_field kind, const char *name);
    const void *source;
    hub_user user; /* name "": not logged in */
    bool chinese;
    int64_t now_mono_ms, now_utc_ms;
} http_request;

typedef struct http_reply {
    int status;
    const char *content_type; /* static */
    char *body;               /* malloc'ed; NULL: none. Whoever sends the reply frees it */
    size_t len;
    const char *allow;      /* static; methods, with 405; NULL: none */
    uint32_t retry_after_s; /* 0: not said */
    char cookie[160];       /* Set-Cookie; "" none */
    bool is_stream;         /* no body; events from cursor on */
    stream_cursor cursor;
} http_reply;

/* Writes one JSON value; may be called again with more room. Errors as hub_write_*. */
typedef ess_err (*http_write)(const void *context, ess_json_writer *out);

/* Fills the reply with status and what write gives. On an error of write the reply is untouched;
 * ESS_E_TOO_LARGE beyond HTTP_ANSWER_MAX, ESS_E_INTERNAL when memory is out. */
ess_err http_reply_json(http_reply *reply, int status, http_write write, const void *context);

typedef struct http_problem {
    int status;
    const char *id;     /* in spec/model/errors.json */
    const char *detail; /* added to why; NULL: none */
    const char *remedy; /* added to mend; NULL: none */
} http_problem;

/* Fills the reply with {"error":{"id","what","why","mend"}} in the request's language. */
void http_reply_problem(const http_request *request, http_reply *reply,
                        const http_problem *problem);
/* The same for an error of the core. */
void http_reply_failure(const http_request *request, http_reply *reply, ess_err err);

#endif

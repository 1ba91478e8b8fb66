/* Which handler serves a method and a path, and who may ask. */
#ifndef ESS_HUB_HTTP_ROUTER_H
#define ESS_HUB_HTTP_ROUTER_H

#include "hub/auth.h"
#include "hub/http_message.h"

/* What the handlers stand on. */
typedef struct http_api {
    hub_core *core;
    auth *sessions;
    stream *events;
    const char *web_dir;
} http_api;

typedef void (*http_handler)(const http_api *api, http_request *request, http_reply *reply);

typedef enum http_access { HTTP_OPEN, HTTP_USER, HTTP_OPERATOR } http_access;

typedef struct http_route {
    http_method method;
    const char *path; /* a last segment "*" stands for any one segment */
    http_access access;
    http_handler handler;
} http_route;

typedef struct http_found {
    const http_route *route; /* NULL: none */
    ess_slice rest;          /* what "*" stands for */
    const char *allow;       /* route NULL: methods the path has; NULL: no such path. Static */
} http_found;

/* Pure look-up. */
http_found http_route_find(const http_route *routes, size_t count, http_method method,
                           ess_slice path);

/* Serves a request: look-up, language, log-in, right, form, handler. reply begins as {0} and is
 * always filled. A line is logged for each POST. */
void http_serve(const http_api *api, http_request *request, http_reply *reply);

#endif

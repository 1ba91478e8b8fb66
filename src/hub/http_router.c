/* From the request to its handler. The whole interface is the table of rest_routes.c. */
#include "hub/http_router.h"

#include <string.h>

#include "hub/rest.h"
#include "port/log.h"

/* A pattern with a last segment "*" matches one segment that is not empty. */
static bool matches(const char *pattern, ess_slice path, ess_slice *rest)
{
    size_t len = strlen(pattern);
    *rest = (ess_slice){0};
    if (len < 2 || pattern[len - 1] != '*')
        return ess_slice_is(path, pattern);
    len--;
    if (path.len <= len || memcmp(path.ptr, pattern, len) != 0)
        return false;
    *rest = (ess_slice){path.ptr + len, path.len - len};
    return memchr(rest->ptr, '/', rest->len) == NULL;
}

http_found http_route_find(const http_route *routes, size_t count, http_method method,
                           ess_slice path)
{
    static const char *const allowed[] = {NULL, "GET, HEAD", "POST", "GET, HEAD, POST"};
    http_found found = {0};
    unsigned methods = 0;
    for (size_t i = 0; i < count && found.route == NULL; i++) {
        ess_slice rest;
        if (!matches(routes[i].path, path, &rest))
            continue;
        methods |= routes[i].method == HTTP_GET ? 1u : 2u;
        if (routes[i].method == method) {
            found.route = &routes[i];
            found.rest = rest;
        }
    }
    found.allow = allowed[methods];
    return found;
}

static bool begins_with(ess_slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    for (size_t i = 0; i < len; i++) {
        /* Without case: both names used here are ASCII letters. */
        if (i >= text.len || (text.ptr[i] | 0x20) != (prefix[i] | 0x20))
            return false;
    }
    return true;
}

static ess_slice find_token(const http_request *request)
{
    static const char scheme[] = "Bearer ";
    ess_slice header = request->field(request->source, HTTP_HEADER, "Authorization");
    if (begins_with(header, scheme))
        return (ess_slice){header.ptr + sizeof scheme - 1, header.len - (sizeof scheme - 1)};
    return request->field(request->source, HTTP_COOKIE, "ess_session");
}

/* False when the reply has been filled with a refusal. */
static bool may_pass(const http_api *api, http_access access, http_request *request,
                     http_reply *reply)
{
    http_problem problem = {0};
    if (access == HTTP_OPEN)
        return true;
    request->token = find_token(request);
    ess_err err = auth_check(api->sessions, request->token, request->now_utc_ms, &request->user);
    if (err == ESS_E_PERMISSION)
        problem = (http_problem){.status = 401, .id = "hub-login"};
    else if (err == ESS_OK && access == HTTP_OPERATOR && request->user.role == HUB_VIEWER)
        problem = (http_problem){.status = 403, .id = "hub-role"};
    else if (err == ESS_OK)
        return true;
    if (problem.status != 0)
        http_reply_problem(request, reply, &problem);
    else
        http_reply_failure(request, reply, err);
    return false;
}

/* A page of another origin can send a form, but not with this type: that would need our leave. */
static bool has_json(const http_request *request)
{
    static const char type[] = "application/json";
    ess_slice given = request->field(request->source, HTTP_HEADER, "Content-Type");
    return begins_with(given, type) &&
           (given.len == sizeof type - 1 || strchr("; \t", given.ptr[sizeof type - 1]) != NULL);
}

static void serve_found(const http_api *api, const http_found *found, http_request *request,
                        http_reply *reply)
{
    http_problem problem = {0};
    if (found->route == NULL && found->allow != NULL)
        problem = (http_problem){.status = 405, .id = "hub-method", .remedy = found->allow};
    else if (found->route == NULL)
        problem = (http_problem){.status = 404, .id = "hub-path"};
    else if (request->body.len > HTTP_BODY_MAX)
        problem = (http_problem){.status = 413, .id = "hub-body-size"};
    else if (request->method == HTTP_POST && !has_json(request))
        problem = (http_problem){.status = 400, .id = "hub-content-type"};
    if (problem.status != 0) {
        http_reply_problem(request, reply, &problem);
        if (problem.status == 405)
            reply->allow = found->allow;
        return;
    }
    if (!may_pass(api, found->route->access, request, reply))
        return;
    request->rest = found->rest;
    found->route->handler(api, request, reply);
}

void http_serve(const http_api *api, http_request *request, http_reply *reply)
{
    size_t count = 0;
    const http_route *routes = rest_routes(&count);
    http_found found = http_route_find(routes, count, request->method, request->path);
    request->chinese =
        begins_with(request->field(request->source, HTTP_HEADER, "Accept-Language"), "zh");
    serve_found(api, &found, request, reply);
    if (request->method == HTTP_POST)
        port_log(PORT_INFO, "http POST path=%.*s status=%d user=%s",
                 request->path.len > 128 ? 128 : (int)request->path.len, request->path.ptr,
                 reply->status, request->user.name[0] != '\0' ? request->user.name : "-");
}

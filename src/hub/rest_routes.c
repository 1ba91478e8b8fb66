/* The interface as a table: one row a method and path. */
#include "hub/rest.h"

static const http_route routes[] = {
    {HTTP_POST, "/api/v1/login", HTTP_OPEN, rest_login},
    {HTTP_POST, "/api/v1/logout", HTTP_USER, rest_logout},
    {HTTP_GET, "/api/v1/me", HTTP_USER, rest_me},
    {HTTP_GET, "/api/v1/devices", HTTP_USER, rest_devices},
    {HTTP_GET, "/api/v1/values", HTTP_USER, rest_values},
    {HTTP_GET, "/api/v1/series", HTTP_USER, rest_series},
    {HTTP_GET, "/api/v1/history", HTTP_USER, rest_history},
    {HTTP_GET, "/api/v1/params", HTTP_USER, rest_params},
    {HTTP_GET, "/api/v1/events", HTTP_USER, rest_events},
    {HTTP_POST, "/api/v1/commands", HTTP_OPERATOR, rest_order},
    {HTTP_GET, "/api/v1/commands", HTTP_USER, rest_commands},
    {HTTP_GET, "/api/v1/commands/*", HTTP_USER, rest_command},
    {HTTP_GET, "/api/v1/stats", HTTP_USER, rest_stats},
    {HTTP_GET, "/api/v1/stream", HTTP_USER, rest_stream},
    {HTTP_GET, "/", HTTP_OPEN, http_file},
    {HTTP_GET, "/app.js", HTTP_OPEN, http_file},
    {HTTP_GET, "/app.css", HTTP_OPEN, http_file},
    {HTTP_GET, "/favicon.svg", HTTP_OPEN, http_file},
};

const http_route *rest_routes(size_t *count)
{
    *count = sizeof routes / sizeof routes[0];
    return routes;
}

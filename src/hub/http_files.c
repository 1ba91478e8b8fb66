/* The page: a fixed table of names, so that no path from outside ever reaches the file system. */
#include <stdio.h>
#include <stdlib.h>

#include "hub/rest.h"
#include "port/file.h"
#include "port/log.h"

#define FILE_ROOM_FIRST 65536u
#define FILE_ROOM_MAX   4194304u
#define FILE_PATH_MAX   512

static const struct {
    const char *path, *file, *content_type;
} files[] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/app.js", "app.js", "text/javascript; charset=utf-8"},
    {"/app.css", "app.css", "text/css; charset=utf-8"},
    {"/favicon.svg", "favicon.svg", "image/svg+xml"},
};

static ess_err read_file(const char *path, http_reply *reply)
{
    for (size_t room = FILE_ROOM_FIRST; room <= FILE_ROOM_MAX; room *= 8) {
        char *text = malloc(room);
        if (text == NULL)
            return ESS_E_INTERNAL;
        ess_err err = port_read_text(path, text, room, &reply->len);
        if (err == ESS_OK) {
            reply->body = text;
            return ESS_OK;
        }
        free(text);
        if (err != ESS_E_TOO_LARGE)
            return err;
    }
    return ESS_E_TOO_LARGE;
}

void http_file(const http_api *api, http_request *request, http_reply *reply)
{
    char path[FILE_PATH_MAX];
    size_t i = 0;
    while (i + 1 < sizeof files / sizeof files[0] && !ess_slice_is(request->path, files[i].path))
        i++; /* the route table has only these paths, so the last needs no test */
    int len = snprintf(path, sizeof path, "%s/%s", api->web_dir, files[i].file);
    bool is_path = api->web_dir[0] != '\0' && len > 0 && (size_t)len < sizeof path;
    ess_err err = is_path ? read_file(path, reply) : ESS_E_NOT_FOUND;
    if (err != ESS_OK) {
        /* The path is for the log only: who asks need not be logged in. */
        port_log(PORT_WARN, "http page file=%s cannot be read", path);
        http_reply_problem(request, reply, &(http_problem){.status = 404, .id = "hub-page"});
        return;
    }
    reply->status = 200;
    reply->content_type = files[i].content_type;
}

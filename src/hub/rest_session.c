/* Log-in, log-out, and who am I. */
#include <stdio.h>
#include <string.h>

#include "hub/http_body.h"
#include "hub/rest.h"

#define PASSWORD_MAX 1024

typedef struct opened {
    const hub_user *user;
    const char *token;
    int64_t expires_utc_ms;
} opened;

static void write_user(const hub_user *user, ess_json_writer *out)
{
    ess_json_key(out, "user");
    ess_json_text(out, ess_slice_from(user->name));
    ess_json_key(out, "role");
    ess_json_text(out, ess_slice_from(auth_role_name(user->role)));
}

static ess_err write_opened(const void *context, ess_json_writer *out)
{
    const opened *session = context;
    ess_json_object_begin(out);
    ess_json_key(out, "token");
    ess_json_text(out, ess_slice_from(session->token));
    write_user(session->user, out);
    ess_json_key(out, "expires_utc_ms");
    ess_json_int(out, session->expires_utc_ms);
    ess_json_object_end(out);
    return ESS_OK;
}

static void log_in(const http_api *api, http_request *request, http_reply *reply,
                   const auth_attempt *attempt)
{
    char token[AUTH_TOKEN_LEN + 1];
    hub_user user = {0};
    ess_err err = auth_login(api->sessions, attempt, &user, token);
    if (err == ESS_E_PERMISSION) {
        http_reply_problem(request, reply, &(http_problem){.status = 401, .id = "hub-password"});
        return;
    }
    if (err == ESS_E_NO_ROOM) {
        http_reply_problem(request, reply, &(http_problem){.status = 429, .id = "hub-too-many"});
        reply->retry_after_s = AUTH_WINDOW_MS / 1000;
        return;
    }
    if (err == ESS_OK) {
        opened session = {&user, token, request->now_utc_ms + AUTH_LIFE_MS};
        request->user = user;
        err = http_reply_json(reply, 200, write_opened, &session);
    }
    if (err != ESS_OK) {
        http_reply_failure(request, reply, err);
        return;
    }
    (void)snprintf(reply->cookie, sizeof reply->cookie,
                   "ess_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld", token,
                   AUTH_LIFE_MS / 1000);
}

void rest_login(const http_api *api, http_request *request, http_reply *reply)
{
    char name[HUB_USER_MAX + 1], password[PASSWORD_MAX + 1], why[BODY_WHY_MAX];
    body_member members[] = {
        {.name = "user", .required = true, .room = name, .room_size = sizeof name},
        {.name = "password", .required = true, .room = password, .room_size = sizeof password},
    };
    body_form form = {members, 2, request->chinese};
    if (http_body_read(request->body, &form, why) != ESS_OK) {
        http_reply_problem(request, reply,
                           &(http_problem){.status = 400, .id = "hub-body", .detail = why});
        explicit_bzero(password, sizeof password);
        return;
    }
    auth_attempt attempt = {members[0].text, members[1].text, request->now_mono_ms,
                            request->now_utc_ms};
    log_in(api, request, reply, &attempt);
    explicit_bzero(password, sizeof password);
}

void rest_logout(const http_api *api, http_request *request, http_reply *reply)
{
    ess_err err = auth_logout(api->sessions, request->token);
    if (err != ESS_OK) {
        http_reply_failure(request, reply, err);
        return;
    }
    reply->status = 204;
    (void)snprintf(reply->cookie, sizeof reply->cookie,
                   "ess_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

static ess_err write_me(const void *context, ess_json_writer *out)
{
    ess_json_object_begin(out);
    write_user(context, out);
    ess_json_object_end(out);
    return ESS_OK;
}

void rest_me(const http_api *api, http_request *request, http_reply *reply)
{
    (void)api;
    ess_err err = http_reply_json(reply, 200, write_me, &request->user);
    if (err != ESS_OK)
        http_reply_failure(request, reply, err);
}

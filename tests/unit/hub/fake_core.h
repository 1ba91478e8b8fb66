/* A core for tests of the HTTP half: one user table, fixed answers, and the last order kept. It
 * takes the place of core.h's functions at link time. */
#ifndef ESS_TEST_FAKE_CORE_H
#define ESS_TEST_FAKE_CORE_H

#include <stdio.h>
#include <string.h>

#include "hub/core.h"

typedef struct fake_session {
    char token_hash[65];
    char user[HUB_USER_MAX + 1], password_hash[128];
    int64_t ends_utc_ms; /* 0: ended */
} fake_session;

struct hub_core {
    fake_session sessions[8];
    size_t session_count;
    hub_user users[4];
    size_t user_count;
    ess_err user_err; /* ESS_OK, or what hub_user_get fails with */
    ess_err err;      /* the same for the reads and orders */
    size_t rows;      /* of the history's answer */
    hub_announce announce;
    void *announce_context;
    char order[512];   /* the last one, as text */
    char history[512]; /* the last query, as text */
};

static void fake_user(hub_core *core, const char *name, hub_role role, const char *hash)
{
    hub_user *user = &core->users[core->user_count++];
    *user = (hub_user){.role = role};
    (void)snprintf(user->name, sizeof user->name, "%s", name);
    (void)snprintf(user->password_hash, sizeof user->password_hash, "%s", hash);
}

ess_err hub_user_get(hub_core *core, ess_slice name, hub_user *out)
{
    if (core->user_err != ESS_OK)
        return core->user_err;
    for (size_t i = 0; i < core->user_count; i++) {
        if (ess_slice_is(name, core->users[i].name)) {
            *out = core->users[i];
            return ESS_OK;
        }
    }
    return ESS_E_NOT_FOUND;
}

ess_err hub_session_open(hub_core *core, const hub_session *session, int64_t now_utc_ms)
{
    (void)now_utc_ms;
    if (core->user_err != ESS_OK)
        return core->user_err;
    fake_session *row = &core->sessions[core->session_count++ % 8];
    *row = (fake_session){.ends_utc_ms = session->ends_utc_ms};
    (void)snprintf(row->token_hash, sizeof row->token_hash, "%s", session->token_hash);
    (void)snprintf(row->user, sizeof row->user, "%s", session->user->name);
    (void)snprintf(row->password_hash, sizeof row->password_hash, "%s",
                   session->user->password_hash);
    return ESS_OK;
}

static fake_session *fake_find_session(hub_core *core, const char *token_hash)
{
    for (size_t i = 0; i < core->session_count && i < 8; i++) {
        if (strcmp(core->sessions[i].token_hash, token_hash) == 0)
            return &core->sessions[i];
    }
    return NULL;
}

ess_err hub_session_user(hub_core *core, const char *token_hash, int64_t now_utc_ms, hub_user *out)
{
    hub_user user;
    fake_session *row = fake_find_session(core, token_hash);
    if (core->user_err != ESS_OK)
        return core->user_err;
    if (row == NULL || row->ends_utc_ms <= now_utc_ms)
        return ESS_E_NOT_FOUND;
    ess_err err = hub_user_get(core, ess_slice_from(row->user), &user);
    if (err != ESS_OK || strcmp(user.password_hash, row->password_hash) != 0)
        return ESS_E_NOT_FOUND;
    *out = user;
    return ESS_OK;
}

ess_err hub_session_end(hub_core *core, const char *token_hash)
{
    fake_session *row = fake_find_session(core, token_hash);
    if (core->user_err == ESS_OK && row != NULL)
        row->ends_utc_ms = 0;
    return core->user_err;
}

static ess_err fake_answer(const hub_core *core, const char *text, ess_json_writer *out)
{
    if (core->err == ESS_OK)
        ess_json_raw(out, ess_slice_from(text));
    return core->err;
}

ess_err hub_write_devices(hub_core *core, ess_json_writer *out)
{
    return fake_answer(core, "{\"devices\":[]}", out);
}

ess_err hub_write_values(hub_core *core, ess_slice group, ess_slice ns, ess_json_writer *out)
{
    (void)ns;
    if (!ess_slice_is(group, "SH001"))
        return ESS_E_NOT_FOUND;
    return fake_answer(core, "{\"group\":\"SH001\",\"values\":[]}", out);
}

ess_err hub_write_series(hub_core *core, ess_slice group, ess_json_writer *out)
{
    (void)group;
    return fake_answer(core, "{\"series\":[]}", out);
}

ess_err hub_write_history(hub_core *core, const hub_history_query *query, ess_json_writer *out)
{
    (void)snprintf(core->history, sizeof core->history, "%.*s %.*s %.*s %lld %lld %u %.*s",
                   (int)query->group.len, query->group.ptr, (int)query->ns.len, query->ns.ptr,
                   (int)query->name.len, query->name.ptr, (long long)query->from_utc_ms,
                   (long long)query->to_utc_ms, query->limit, (int)query->after.len,
                   query->after.len > 0 ? query->after.ptr : "");
    if (core->err != ESS_OK)
        return core->err;
    ess_json_array_begin(out);
    for (size_t i = 0; i < core->rows; i++)
        ess_json_int(out, (int64_t)i);
    ess_json_array_end(out);
    return ESS_OK;
}

ess_err hub_write_params(hub_core *core, ess_slice group, ess_json_writer *out)
{
    (void)group;
    return fake_answer(core, "{\"params\":[]}", out);
}

ess_err hub_write_events(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out)
{
    (void)group;
    (void)limit;
    return fake_answer(core, "{\"events\":[]}", out);
}

ess_err hub_write_command(hub_core *core, ess_slice code, ess_json_writer *out)
{
    if (!ess_slice_is(code, "c1"))
        return ESS_E_NOT_FOUND;
    return fake_answer(core, "{\"code\":\"c1\"}", out);
}

ess_err hub_write_commands(hub_core *core, ess_slice group, uint32_t limit, ess_json_writer *out)
{
    (void)group;
    (void)limit;
    return fake_answer(core, "{\"commands\":[]}", out);
}

ess_err hub_write_stats(hub_core *core, bool chinese, ess_json_writer *out)
{
    (void)chinese;
    return fake_answer(core, "{\"messages\":0}", out);
}

ess_err hub_command_create(hub_core *core, const hub_command_request *order, char code[static 37])
{
    if (core->err != ESS_OK)
        return core->err;
    (void)snprintf(core->order, sizeof core->order, "%.*s %.*s %.*s %.*s %.*s %u",
                   (int)order->group.len, order->group.ptr, (int)order->ns.len, order->ns.ptr,
                   (int)order->op.len, order->op.ptr, (int)order->args.len, order->args.ptr,
                   (int)order->by.len, order->by.ptr, order->ttl_s);
    (void)snprintf(code, 37, "018f0000-0000-7000-8000-000000000001");
    return ESS_OK;
}

void hub_core_on_announce(hub_core *core, hub_announce announce, void *context)
{
    core->announce = announce;
    core->announce_context = context;
}

#endif

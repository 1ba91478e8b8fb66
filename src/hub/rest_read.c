/* Everything that is read: parameters of the query against one table, then the core writes. */
#include <inttypes.h>
#include <stdio.h>

#include "hub/rest.h"

#define UTC_MS_MAX (INT64_C(1) << 53)

typedef struct query {
    hub_core *core;
    hub_history_query asked; /* group and limit serve the other reads too */
    ess_slice code;
    bool chinese;
} query;

/* What one path needs of the query. */
typedef struct query_form {
    bool group, series; /* required: group; ns and name */
    uint32_t limit, limit_most;
} query_form;

static bool refuse(const http_request *request, http_reply *reply, const char *id,
                   const char *detail)
{
    http_reply_problem(request, reply, &(http_problem){.status = 400, .id = id, .detail = detail});
    return false;
}

static bool read_text(const http_request *request, http_reply *reply, const char *name,
                      bool required, ess_slice *out)
{
    *out = request->field(request->source, HTTP_QUERY, name);
    return out->len > 0 || !required || refuse(request, reply, "hub-parameter-missing", name);
}

typedef struct number_form {
    const char *name;
    int64_t min, max, fallback;
} number_form;

static bool read_number(const http_request *request, http_reply *reply, const number_form *form,
                        int64_t *out)
{
    char detail[120];
    ess_slice text = request->field(request->source, HTTP_QUERY, form->name);
    ess_decimal value;
    int64_t number = form->fallback;
    bool good = text.len == 0 || (ess_decimal_parse(text, &value) == ESS_OK &&
                                  ess_decimal_to_integer(value, 0, &number) == ESS_OK &&
                                  number >= form->min && number <= form->max);
    *out = number;
    if (good)
        return true;
    (void)snprintf(detail, sizeof detail, "%s: %" PRId64 "..%" PRId64, form->name, form->min,
                   form->max);
    return refuse(request, reply, "hub-parameter", detail);
}

/* False when the reply has been filled with a refusal. */
static bool read_query(const http_api *api, const http_request *request, http_reply *reply,
                       const query_form *form, query *out)
{
    int64_t limit = 0;
    number_form limit_form = {"limit", 1, form->limit_most, form->limit};
    hub_history_query *asked = &out->asked;
    *out = (query){.core = api->core, .code = request->rest, .chinese = request->chinese};
    if (!read_text(request, reply, "group", form->group, &asked->group) ||
        !read_text(request, reply, "ns", form->series, &asked->ns) ||
        !read_text(request, reply, "name", form->series, &asked->name) ||
        !read_text(request, reply, "after", false, &asked->after) ||
        !read_number(request, reply, &(number_form){"from", 0, UTC_MS_MAX, 0},
                     &asked->from_utc_ms) ||
        !read_number(request, reply, &(number_form){"to", 0, UTC_MS_MAX, UTC_MS_MAX},
                     &asked->to_utc_ms) ||
        (form->limit > 0 && !read_number(request, reply, &limit_form, &limit)))
        return false;
    asked->limit = (uint32_t)limit;
    return true;
}

static void answer(const http_api *api, const http_request *request, http_reply *reply,
                   const query_form *form, http_write write)
{
    query asked;
    if (!read_query(api, request, reply, form, &asked))
        return;
    ess_err err = http_reply_json(reply, 200, write, &asked);
    if (err != ESS_OK)
        http_reply_failure(request, reply, err);
}

static ess_err write_devices(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_devices(q->core, out);
}

void rest_devices(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){0}, write_devices);
}

static ess_err write_values(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_values(q->core, q->asked.group, q->asked.ns, out);
}

void rest_values(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){.group = true}, write_values);
}

static ess_err write_series(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_series(q->core, q->asked.group, out);
}

void rest_series(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){.group = true}, write_series);
}

static ess_err write_history(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_history(q->core, &q->asked, out);
}

void rest_history(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){true, true, 10000, 100000}, write_history);
}

static ess_err write_params(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_params(q->core, q->asked.group, out);
}

void rest_params(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){.group = true}, write_params);
}

static ess_err write_events(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_events(q->core, q->asked.group, q->asked.limit, out);
}

void rest_events(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){true, false, 100, 10000}, write_events);
}

static ess_err write_command(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_command(q->core, q->code, out);
}

void rest_command(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){0}, write_command);
}

static ess_err write_commands(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_commands(q->core, q->asked.group, q->asked.limit, out);
}

void rest_commands(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){true, false, 50, 1000}, write_commands);
}

static ess_err write_stats(const void *context, ess_json_writer *out)
{
    const query *q = context;
    return hub_write_stats(q->core, q->chinese, out);
}

void rest_stats(const http_api *api, http_request *request, http_reply *reply)
{
    answer(api, request, reply, &(query_form){0}, write_stats);
}

void rest_stream(const http_api *api, http_request *request, http_reply *reply)
{
    ess_slice last = request->field(request->source, HTTP_HEADER, "Last-Event-ID");
    ess_slice group = request->field(request->source, HTTP_QUERY, "group");
    ess_decimal value;
    int64_t id = 0;
    /* What is no number of ours is no place of ours: begin at what comes next. */
    if (ess_decimal_parse(last, &value) != ESS_OK ||
        ess_decimal_to_integer(value, 0, &id) != ESS_OK || id < 0)
        id = 0;
    if (stream_begin(api->events, group, (uint64_t)id, &reply->cursor) != ESS_OK) {
        (void)refuse(request, reply, "hub-parameter", "group: 1..64");
        return;
    }
    reply->status = 200;
    reply->is_stream = true;
    reply->content_type = "text/event-stream";
}

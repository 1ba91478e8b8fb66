/* `ess cmd`: opens the stream, sends, and reads the stages from the stream; so no stage is missed
 * and nothing is polled.
 */
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "cli/format.h"
#include "cli/http.h"
#include "cli/pairs.h"
#include "config/refusal.h"
#include "ess/stage.h"
#include "json/walk.h"
#include "port/clock.h"

#define BODY_MAX   16384
#define SETTLE_MS  60000 /* beyond the time to live: for the device to confirm and answer */
#define AGAIN_MS   500   /* between attempts to open a broken stream again */

typedef struct order {
    const cli *c;
    http *h;
    char group[128];
    const char *ns;
    char code[80];
    int64_t sent_mono_ms;
    size_t shown; /* stages printed */
} order;

static int make_body(const order *o, char *room)
{
    const cli *c = o->c;
    const char *op = c->in.words.items[1];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, room, BODY_MAX - 1);
    ess_json_object_begin(&w);
    ess_json_key(&w, "group");
    ess_json_text(&w, ess_slice_from(o->group));
    ess_json_key(&w, "ns");
    ess_json_text(&w, ess_slice_from(o->ns));
    ess_json_key(&w, "op");
    ess_json_text(&w, ess_slice_from(op));
    ess_json_key(&w, "a");
    ess_json_object_begin(&w);
    int code = pairs_write(c, 2, &w, pairs_is_text_arg, ess_model_command_of(ess_slice_from(op)));
    if (code != CLI_OK)
        return code;
    ess_json_object_end(&w);
    ess_json_key(&w, "ttl_s");
    ess_json_int(&w, c->in.ttl_s);
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        return cli_fail(c, CLI_REFUSED, "too-large", "%s", op);
    room[len] = '\0';
    return CLI_OK;
}

static void print_stage(const order *o, ess_slice stage)
{
    char name[32];
    char detail[512] = "";
    int64_t at_utc_ms = 0;
    int64_t result = 0;
    char time[FORMAT_TIME_SIZE];
    char room[CONFIG_REFUSAL_MAX];
    ess_slice raw;
    (void)walk_text(stage, "stage", name, sizeof name);
    (void)walk_integer(stage, "at_utc_ms", &at_utc_ms);
    (void)walk_integer(stage, "result", &result);
    if (walk_member(stage, "detail", &raw) && !ess_slice_is(raw, "null"))
        walk_plain(raw, detail, sizeof detail);
    const ess_model_result *known = ess_model_result_of((int)result);
    format_time(at_utc_ms, time);
    (void)fprintf(o->c->out, "%s  %-10s %s%s%s\n", time, name,
                  result != 0 && known != NULL ? ess_model_say(known->label, o->c->chinese) : "",
                  result != 0 && detail[0] != '\0' ? cli_say(o->c, ": ", "：") : "",
                  config_refusal_say(detail, o->c->chinese, room));
}

static void print_read_back(const order *o, ess_slice object)
{
    walk members;
    ess_slice values = {0};
    ess_slice name;
    ess_slice raw;
    char text[FORMAT_VALUE_SIZE];
    if (!walk_member(object, "read_back", &values))
        return;
    walk_begin(&members, values);
    while (walk_next(&members, &name, &raw)) {
        const ess_model_point *point = format_point(ess_slice_from(o->ns), name);
        format_value(point, raw, o->c->chinese, text);
        (void)fprintf(o->c->out, "%s %.*s = %s  %s\n", cli_say(o->c, "read back", "回读"),
                      (int)name.len, name.ptr, text, format_label(point, o->c->chinese));
    }
}

/* Prints the stages not yet shown. True when the last is an end. */
static bool take_object(order *o, ess_slice object)
{
    walk stages;
    ess_slice list = {0};
    ess_slice stage;
    char name[32];
    ess_stage state = ESS_STAGE_CREATED;
    size_t index = 0;
    (void)walk_member(object, "stages", &list);
    walk_begin(&stages, list);
    for (; walk_next(&stages, NULL, &stage); index++) {
        if (index < o->shown)
            continue;
        o->shown = index + 1;
        if (!o->c->in.json)
            print_stage(o, stage);
    }
    (void)fflush(o->c->out);
    return walk_text(object, "state", name, sizeof name) &&
           ess_stage_parse(ess_slice_from(name), &state) == ESS_OK &&
           (ess_stage_is_final(state) || state == ESS_STAGE_TIMEOUT);
}

static int finish(const order *o, ess_slice object)
{
    char state[32];
    int64_t took_ms = port_mono_ms() - o->sent_mono_ms;
    (void)walk_text(object, "state", state, sizeof state);
    if (o->c->in.json) {
        while (object.len > 0 && object.ptr[object.len - 1] != '}')
            object.len--;
        (void)fprintf(o->c->out, "%.*s,\"command_ms\":%" PRId64 "}\n", (int)object.len - 1,
                      object.ptr, took_ms);
    } else {
        print_read_back(o, object);
        (void)fprintf(o->c->out, "%s  %" PRId64 " ms  %s\n", state, took_ms, o->code);
    }
    return strcmp(state, "done") == 0 ? CLI_OK : CLI_NO;
}

/* Asks for the command itself, after each break of the stream: for what was said meanwhile. */
static bool look(order *o, int *code)
{
    char path[256];
    http_reply reply;
    (void)snprintf(path, sizeof path, "/api/v1/commands/%s", o->code);
    if (http_ask(o->h, path, NULL, &reply) != ESS_OK)
        return false;
    ess_slice object = {reply.body, reply.len};
    bool ended = reply.status == 200 && take_object(o, object);
    if (ended)
        *code = finish(o, object);
    http_reply_free(&reply);
    return ended;
}

static bool is_ours(const order *o, const sse_event *event)
{
    char code[80];
    return strcmp(event->name, "command") == 0 &&
           walk_text(event->data, "code", code, sizeof code) && strcmp(code, o->code) == 0;
}

static int follow(order *o, const char *stream_path)
{
    int code = CLI_OK;
    long status = 0;
    sse_event event;
    int64_t due_mono_ms = o->sent_mono_ms + o->c->in.ttl_s * 1000 + SETTLE_MS;
    while (port_mono_ms() < due_mono_ms) {
        ess_err err = http_stream_next(o->h, AGAIN_MS, &event);
        if (err == ESS_OK && is_ours(o, &event) && take_object(o, event.data))
            return finish(o, event.data);
        if (err != ESS_E_OFFLINE)
            continue;
        (void)poll(NULL, 0, AGAIN_MS); /* a hub that restarts is not hammered */
        if (http_stream_open(o->h, stream_path, &status) != ESS_OK)
            continue;
        if (status == 401) /* the log-in has ended meanwhile */
            return cli_fail(o->c, CLI_AGAIN, "cli-no-outcome", "%s, HTTP 401", o->code);
        if (look(o, &code))
            return code;
    }
    return cli_fail(o->c, CLI_AGAIN, "cli-no-outcome", "%s", o->code);
}

static int send(order *o, const char *body)
{
    http_reply reply;
    o->sent_mono_ms = port_mono_ms();
    int code = http_fetch(o->c, o->h, "/api/v1/commands", body, &reply);
    if (code != CLI_OK)
        return code;
    ess_slice answer = {reply.body, reply.len};
    bool known = walk_text(answer, "code", o->code, sizeof o->code);
    if (known && o->c->in.no_wait)
        (void)fprintf(o->c->out, "%s\n", o->c->in.json ? reply.body : o->code);
    http_reply_free(&reply);
    return known ? CLI_OK : cli_fail(o->c, CLI_UNREACHABLE, "cli-bad-answer", "code");
}

static int run(order *o)
{
    char body[BODY_MAX];
    char path[512] = "/api/v1/stream";
    long status = 0;
    int code = make_body(o, body);
    if (code != CLI_OK)
        return code;
    if (o->c->in.no_wait)
        return send(o, body);
    if (http_query(path, sizeof path, "group", ess_slice_from(o->group)) != ESS_OK)
        return cli_fail(o->c, CLI_USAGE, "too-large", "%s", o->group);
    if (http_stream_open(o->h, path, &status) != ESS_OK)
        return cli_fail(o->c, CLI_UNREACHABLE, "cli-unreachable", "%s", http_reason(o->h));
    if (status != 200)
        return http_refused(o->c, status, (ess_slice){0});
    code = send(o, body);
    return code == CLI_OK ? follow(o, path) : code;
}

int cli_command(const cli *c)
{
    order o = {.c = c};
    const char *path = c->in.words.items[0];
    const char *slash = strchr(path, '/');
    if (slash == NULL || slash == path || slash[1] == '\0')
        return cli_fail(c, CLI_USAGE, "cli-usage", "%s: GROUP/UNIT/COMPONENT", path);
    ess_slice group = {path, (size_t)(slash - path)};
    if (ess_slice_copy(group, o.group, sizeof o.group) != ESS_OK)
        return cli_fail(c, CLI_USAGE, "too-large", "GROUP");
    o.ns = slash + 1;
    int code = http_connect(c, &o.h);
    if (code == CLI_OK)
        code = run(&o);
    http_free(o.h);
    return code;
}

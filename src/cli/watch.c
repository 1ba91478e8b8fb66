/* `ess watch`: the hub's event stream as lines; connects again when it breaks. */
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "cli/format.h"
#include "cli/http.h"
#include "json/walk.h"
#include "port/clock.h"

#define WAIT_FIRST_MS 500 /* before connecting again; doubles */
#define WAIT_MOST_MS  10000
#define TURN_MS       200 /* how long a signal may wait to be seen */

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

typedef struct watcher {
    const cli *c;
    http *h;
    char path[512];
    int64_t lines;
    int64_t due_mono_ms; /* INT64_MAX: without end */
} watcher;

static bool is_over(const watcher *w)
{
    return stop_asked || (w->c->in.count > 0 && w->lines >= w->c->in.count) ||
           port_mono_ms() >= w->due_mono_ms || ferror(w->c->out);
}

static void print_line(watcher *w, ess_slice data, const char *where, const char *what)
{
    char time[FORMAT_TIME_SIZE] = "";
    int64_t utc_ms = port_utc_ms();
    if (!walk_integer(data, "ts", &utc_ms))
        (void)walk_integer(data, "at", &utc_ms);
    format_time(utc_ms, time);
    (void)fprintf(w->c->out, "%s  %s  %s\n", time, where, what);
    w->lines++;
}

static void print_values(watcher *w, ess_slice data, const char *where, const char *member)
{
    walk members;
    ess_slice values = {0};
    ess_slice name;
    ess_slice raw;
    char ns[256];
    char value[FORMAT_VALUE_SIZE];
    char line[FORMAT_VALUE_SIZE + 256];
    (void)walk_text(data, "ns", ns, sizeof ns);
    (void)walk_member(data, member, &values);
    walk_begin(&members, values);
    while (!is_over(w) && walk_next(&members, &name, &raw)) {
        const ess_model_point *point = format_point(ess_slice_from(ns), name);
        format_value(point, raw, w->c->chinese, value);
        (void)snprintf(line, sizeof line, "%.*s = %s  %s", (int)name.len, name.ptr, value,
                       format_label(point, w->c->chinese));
        print_line(w, data, where, line);
    }
}

static void print_command(watcher *w, ess_slice data, const char *where)
{
    char op[64];
    char state[32];
    char result[64];
    char line[256];
    (void)walk_text(data, "op", op, sizeof op);
    (void)walk_text(data, "state", state, sizeof state);
    (void)walk_text(data, "result_id", result, sizeof result);
    (void)snprintf(line, sizeof line, "%s %s %s  %s", cli_say(w->c, "command", "命令"), op, state,
                   result);
    print_line(w, data, where, line);
}

static void print_event(watcher *w, const sse_event *event)
{
    ess_slice data = event->data;
    ess_slice raw = {0};
    char where[400];
    char ns[256];
    char group[128];
    char line[512] = "";
    (void)walk_text(data, "group", group, sizeof group);
    (void)walk_text(data, "ns", ns, sizeof ns);
    (void)snprintf(where, sizeof where, "%s%s%s", group, ns[0] ? "/" : "", ns);
    if (strcmp(event->name, "values") == 0) {
        print_values(w, data, where, "v");
    } else if (strcmp(event->name, "params") == 0) {
        print_values(w, data, where, "values");
    } else if (strcmp(event->name, "command") == 0) {
        print_command(w, data, where);
    } else if (strcmp(event->name, "presence") == 0) {
        print_line(w, data, where,
                   walk_is_true(data, "online") ? cli_say(w->c, "online", "上线")
                                                : cli_say(w->c, "offline", "离线"));
    } else if (walk_member(data, "d", &raw)) {
        walk_plain(raw, line, sizeof line);
        print_line(w, data, where, line);
    }
}

static void take_event(watcher *w, const sse_event *event)
{
    if (!w->c->in.json) {
        print_event(w, event);
    } else {
        (void)fprintf(w->c->out, "{\"event\":\"%s\",\"data\":%.*s}\n", event->name,
                      (int)event->data.len, event->data.ptr);
        w->lines++;
    }
    (void)fflush(w->c->out); /* a full pipe shows as ferror */
}

/* Follows one connection until it breaks or the watch is over. */
static void follow(watcher *w)
{
    sse_event event;
    ess_err err = ESS_OK;
    while (!is_over(w) && err != ESS_E_OFFLINE) {
        err = http_stream_next(w->h, TURN_MS, &event);
        if (err == ESS_OK)
            take_event(w, &event);
    }
}

/* CLI_OK, or why it cannot be watched at all. */
static int open_stream(watcher *w, bool *open)
{
    long status = 0;
    *open = http_stream_open(w->h, w->path, &status) == ESS_OK;
    if (*open && status != 200)
        return http_refused(w->c, status, (ess_slice){0});
    return CLI_OK;
}

static int watch(watcher *w)
{
    int wait_ms = WAIT_FIRST_MS;
    bool open;
    int code = open_stream(w, &open);
    if (!open)
        return cli_fail(w->c, CLI_UNREACHABLE, "cli-unreachable", "%s", http_reason(w->h));
    while (code == CLI_OK) {
        if (open) {
            wait_ms = WAIT_FIRST_MS;
            follow(w);
        }
        if (is_over(w))
            return CLI_OK;
        (void)fprintf(w->c->err, "ess: %s\n",
                      cli_say(w->c, "the stream is down; connecting again",
                              "数据流中断，正在重新连接"));
        (void)poll(NULL, 0, wait_ms); /* a signal may end it early */
        wait_ms = wait_ms * 2 < WAIT_MOST_MS ? wait_ms * 2 : WAIT_MOST_MS;
        if (!is_over(w))
            code = open_stream(w, &open);
    }
    return code;
}

int cli_watch(const cli *c)
{
    struct sigaction action = {.sa_handler = on_signal};
    watcher w = {.c = c, .due_mono_ms = INT64_MAX, .path = "/api/v1/stream"};
    if (c->in.seconds > 0)
        w.due_mono_ms = port_mono_ms() + c->in.seconds * 1000;
    if (c->in.words.count > 0 &&
        http_query(w.path, sizeof w.path, "group", ess_slice_from(c->in.words.items[0])) != ESS_OK)
        return cli_fail(c, CLI_USAGE, "too-large", "GROUP");
    int code = http_connect(c, &w.h);
    if (code != CLI_OK)
        return code;
    (void)sigaction(SIGINT, &action, NULL); /* cannot fail for these signals */
    (void)sigaction(SIGTERM, &action, NULL);
    code = watch(&w);
    http_free(w.h);
    return code;
}

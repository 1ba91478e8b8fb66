/* A core on a folder of its own, with a clock and a line that the test holds in its hand. */
#ifndef ESS_TEST_CORE_FIXTURE_H
#define ESS_TEST_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/core_run.h"
#include "port/log.h"

#define SID_A     "0000000100000001"
#define SID_B     "0000000200000001"
#define START_UTC INT64_C(1700000000000)
#define SENT_MAX  64
#define TOLD_MAX  256

typedef struct sent_message {
    char topic[128];
    char payload[2048];
    bool retain;
} sent_message;

typedef struct told_event {
    char event[16], group[65], data[4096];
} told_event;

typedef struct fixture {
    char dir[64];
    hub_now now;
    ess_err line;       /* what a publish gives */
    int64_t publish_ms; /* how long it takes */
    sent_message sent[SENT_MAX];
    size_t sent_count;
    told_event told[TOLD_MAX];
    size_t told_count;
    hub_core *core;
    hub_core_options options;
    char json[65536];
} fixture;

static inline hub_now fixture_clock(void *context)
{
    return ((fixture *)context)->now;
}

static inline ess_err fixture_publish(void *context, const char *topic, ess_slice payload,
                                      bool retain)
{
    fixture *f = context;
    f->now.mono_ms += f->publish_ms;
    if (f->line != ESS_OK)
        return f->line;
    assert_true(f->sent_count < SENT_MAX);
    sent_message *sent = &f->sent[f->sent_count++];
    (void)snprintf(sent->topic, sizeof sent->topic, "%s", topic);
    (void)snprintf(sent->payload, sizeof sent->payload, "%.*s", (int)payload.len, payload.ptr);
    sent->retain = retain;
    return ESS_OK;
}

static inline void fixture_told(void *context, const char *event, ess_slice group, ess_slice data)
{
    fixture *f = context;
    if (f->told_count == TOLD_MAX)
        return;
    told_event *told = &f->told[f->told_count++];
    (void)snprintf(told->event, sizeof told->event, "%s", event);
    (void)snprintf(told->group, sizeof told->group, "%.*s", (int)group.len, group.ptr);
    (void)snprintf(told->data, sizeof told->data, "%.*s", (int)data.len, data.ptr);
}

static inline void fixture_forget(fixture *f)
{
    f->sent_count = 0;
    f->told_count = 0;
}

static inline void fixture_open(fixture *f)
{
    char why[HUB_WHY_MAX] = "";
    f->options.data_dir = f->dir;
    f->options.application = "ess";
    ess_err err = hub_core_open(&f->options, &f->core, why);
    if (err != ESS_OK)
        fail_msg("open: %d %s", (int)err, why);
    hub_core_on_announce(f->core, fixture_told, f);
    fixture_forget(f);
}

static inline int fixture_setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/ess-hub-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->now = (hub_now){1000, START_UTC};
    f->options = (hub_core_options){.commit_ms = 20,
                                    .commit_reports = 2000,
                                    .minor = ESS_MINOR,
                                    .publish = fixture_publish,
                                    .clock = fixture_clock,
                                    .context = f};
    port_log_open("test", PORT_ERROR + 1);
    fixture_open(f);
    hub_core_on_line(f->core, true);
    fixture_forget(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "hub.lock"};
    fixture *f = *state;
    char path[128];
    hub_core_close(f->core);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

static inline void fixture_restart(fixture *f)
{
    hub_core_close(f->core);
    fixture_open(f);
    hub_core_on_line(f->core, true);
}

static inline void fixture_pass(fixture *f, int64_t ms)
{
    f->now.mono_ms += ms;
    f->now.utc_ms += ms;
    hub_core_tick(f->core);
}

static inline void fixture_say(fixture *f, const char *topic, const char *payload)
{
    hub_core_on_message(f->core, ess_slice_from(topic), ess_slice_from(payload));
}

/* A live report of one object: d as given. */
static inline void fixture_data(fixture *f, unsigned n, const char *d)
{
    char payload[2048];
    int len = snprintf(payload, sizeof payload,
                       "{\"t\":%lld,\"code\":\"" SID_A
                       "-%u\",\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":%s}",
                       (long long)f->now.utc_ms, n, d);
    assert_true(len > 0 && (size_t)len < sizeof payload);
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
}

static inline void fixture_birth(fixture *f, const char *sid)
{
    char payload[512];
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"s\":\"METRIC\",\"d\":{\"on\":1,\"sid\":\"%s\",\"model\":\"ess-ci\","
                   "\"modelVer\":\"1.0.0\",\"modelHash\":\"00ff\",\"fw\":\"0.1.0\","
                   "\"clock\":\"synced\",\"units\":[\"CAB01\"]}}",
                   sid);
    fixture_say(f, "v1/STATE/ess/SH001", payload);
}

/* The text that a write function gives. */
#define FIXTURE_JSON(f, call)                                                                      \
    do {                                                                                           \
        ess_json_writer out;                                                                       \
        size_t json_len = 0;                                                                       \
        ess_json_writer_init(&out, (f)->json, sizeof(f)->json - 1);                                \
        assert_int_equal(call, ESS_OK);                                                            \
        assert_int_equal(ess_json_finish(&out, &json_len), ESS_OK);                                \
        (f)->json[json_len] = '\0';                                                                \
    } while (0)

static inline void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s\nis not in\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("%s\nis in\n%s", part, text);
}

/* How often part stands in text. */
static inline size_t fixture_count(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

static inline void fixture_values(fixture *f)
{
    FIXTURE_JSON(f, hub_write_values(f->core, ess_slice_from("SH001"), (ess_slice){0}, &out));
}

static inline void fixture_stats(fixture *f)
{
    FIXTURE_JSON(f, hub_write_stats(f->core, false, &out));
}

static inline hub_history_query fixture_query(const char *ns, const char *name)
{
    return (hub_history_query){.group = ess_slice_from("SH001"),
                               .ns = ess_slice_from(ns),
                               .name = ess_slice_from(name),
                               .to_utc_ms = INT64_MAX,
                               .limit = 100};
}

static inline void fixture_history(fixture *f, const char *name)
{
    hub_history_query query = fixture_query("CAB01/BMS", name);
    FIXTURE_JSON(f, hub_write_history(f->core, &query, &out));
}

#endif

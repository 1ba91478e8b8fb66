/* `ess audit`: ledgers against the hub's history, point by point over REST. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit_align.h"
#include "cli/audit_delay.h"
#include "cli/format.h"
#include "cli/http.h"
#include "cli/ledger.h"
#include "codec/try.h"
#include "ess/message.h"
#include "json/walk.h"

#define PAGE_ROWS       "10000"
#define PAGE_ROWS_ARRAY "500" /* a row is then about 1.3 KB */

typedef struct audit {
    const cli *c;
    http *h;
    ledger ledger;
    audit_tally tally;
    audit_delays delays;
    size_t points; /* compared so far */
    bool show_progress;
} audit;

/* One row's columns, by place: ["ts","v","q","sid","n","stored"]. */
enum { CELL_TS, CELL_V, CELL_Q, CELL_SID, CELL_N, CELL_STORED, CELLS };
typedef struct history_row {
    ess_slice cell[CELLS];
} history_row;

static bool row_integer(const history_row *row, size_t cell, int64_t *out)
{
    ess_json_token token;
    return row->cell[cell].len > 0 && walk_token(row->cell[cell], &token) &&
           ess_json_integer(&token, out) == ESS_OK;
}

static bool add_scalar(audit_values *values, ess_slice raw)
{
    ess_decimal value = {0, AUDIT_NULL_SCALE};
    if (ess_slice_is(raw, "true"))
        value = (ess_decimal){1, 0};
    else if (ess_slice_is(raw, "false"))
        value = (ess_decimal){0, 0};
    else
        (void)ess_decimal_parse(raw, &value); /* text and null stay null: served by nobody */
    return audit_add_value(values, value);
}

/* A row whose value is null says that the point could not be read: it is of no reading. */
static bool add_row(audit *a, const audit_point *point, audit_samples *samples,
                    const history_row *row)
{
    walk w;
    ess_slice raw;
    bool fits = true;
    int64_t n = 0;
    int64_t stored_utc_ms = 0;
    char sid[ESS_SID_LEN + 1];
    audit_sample *sample = audit_add_sample(samples);
    if (sample == NULL || !row_integer(row, CELL_TS, &sample->ts_utc_ms))
        return false;
    ess_slice v = row->cell[CELL_V];
    if (v.ptr[0] == '[') {
        walk_begin(&w, v);
        while (fits && walk_next(&w, NULL, &raw))
            fits = add_scalar(&samples->values, raw);
    } else if (!ess_slice_is(v, "null")) {
        fits = add_scalar(&samples->values, v);
    }
    sample->count = samples->values.count - sample->first;
    walk_plain(row->cell[CELL_SID], sid, sizeof sid);
    if (row_integer(row, CELL_N, &n) && row_integer(row, CELL_STORED, &stored_utc_ms))
        fits = fits && audit_delays_add(&a->delays, point->group, sid, (uint64_t)n,
                                        (audit_delay){.ts_utc_ms = sample->ts_utc_ms,
                                                      .stored_utc_ms = stored_utc_ms});
    return fits;
}

static bool add_rows(audit *a, const audit_point *point, audit_samples *samples, ess_slice answer)
{
    walk rows;
    walk cells;
    ess_slice list;
    ess_slice raw;
    if (!walk_member(answer, "rows", &list))
        return false;
    walk_begin(&rows, list);
    while (walk_next(&rows, NULL, &raw)) {
        history_row row = {0};
        size_t count = 0;
        walk_begin(&cells, raw);
        while (count < CELLS && walk_next(&cells, NULL, &row.cell[count]))
            count++;
        if (count < CELLS || !add_row(a, point, samples, &row))
            return false;
    }
    return true;
}

static ess_err page_path(const audit_point *point, const char *after, char *path, size_t size)
{
    bool is_array = point->model != NULL && point->model->type == ESS_MODEL_ARRAY;
    (void)snprintf(path, size, "/api/v1/history?limit=%s",
                   is_array ? PAGE_ROWS_ARRAY : PAGE_ROWS);
    TRY(http_query(path, size, "group", ess_slice_from(point->group)));
    TRY(http_query(path, size, "ns", ess_slice_from(point->ns)));
    TRY(http_query(path, size, "name", ess_slice_from(point->name)));
    return after[0] == '\0' ? ESS_OK : http_query(path, size, "after", ess_slice_from(after));
}

/* All of a point's history. A point that the hub has never heard of has an empty one. */
static int fetch_samples(audit *a, const audit_point *point, audit_samples *samples)
{
    char path[2048];
    char after[256] = "";
    bool more = true;
    while (more) {
        http_reply reply = {0};
        if (page_path(point, after, path, sizeof path) != ESS_OK)
            return cli_fail(a->c, CLI_REFUSED, "too-large", "%s/%s", point->ns, point->name);
        if (http_ask(a->h, path, NULL, &reply) != ESS_OK)
            return cli_fail(a->c, CLI_UNREACHABLE, "cli-unreachable", "%s", http_reason(a->h));
        ess_slice answer = {reply.body, reply.len};
        int code = CLI_OK;
        more = false;
        if (reply.status == 200 && add_rows(a, point, samples, answer))
            more = walk_text(answer, "next", after, sizeof after);
        else if (reply.status == 200)
            code = cli_fail(a->c, CLI_UNREACHABLE, "cli-bad-answer", "%s", path);
        else if (reply.status != 404)
            code = http_refused(a->c, reply.status, answer);
        http_reply_free(&reply);
        if (code != CLI_OK)
            return code;
    }
    return CLI_OK;
}

static void progress(const audit *a, const audit_point *point)
{
    if (a->show_progress)
        (void)fprintf(a->c->err, "\r%zu/%zu  %s/%s/%s\033[K", a->points, a->ledger.count,
                      point->group, point->ns, point->name);
}

static int compare_point(audit *a, audit_point *point)
{
    audit_samples samples = {0};
    if (point->model != NULL && point->model->is_param)
        return CLI_OK;
    progress(a, point);
    audit_point_assemble(point, a->ledger.connections);
    int code = fetch_samples(a, point, &samples);
    if (code == CLI_OK)
        audit_align(point, &samples, &a->tally);
    if (code == CLI_OK && strcmp(point->name, "cellV") == 0) {
        size_t cells = 0;
        for (size_t i = 0; i < samples.count; i++)
            cells = samples.items[i].count > cells ? samples.items[i].count : cells;
        if (!audit_delays_cells(&a->delays, point->group, cells))
            code = cli_fail(a->c, CLI_AGAIN, "no-room", "%s", point->group);
    }
    audit_samples_free(&samples);
    return code;
}

static int read_ledgers(audit *a, const cli_list *files)
{
    for (size_t i = 0; i < files->count; i++) {
        ledger_problem problem = {0};
        ess_err err = ledger_read(&a->ledger, files->items[i], &problem);
        if (err != ESS_OK && problem.line == 0)
            return cli_fail(a->c, CLI_REFUSED, "cli-file", "%s: %s", files->items[i],
                            strerror(errno));
        if (err != ESS_OK)
            return cli_fail(a->c, CLI_REFUSED, "cli-ledger", "%s:%zu: %s", files->items[i],
                            problem.line, ess_model_say(problem.what, a->c->chinese));
    }
    return CLI_OK;
}

static const char *const kind_names[AUDIT_KINDS] = {"lost", "duplicated", "altered"};

static void print_number(FILE *out, bool known, ess_decimal value)
{
    char text[ESS_DECIMAL_PRINT_MAX];
    if (!known || value.scale == AUDIT_NULL_SCALE)
        (void)fprintf(out, "null");
    else
        (void)fprintf(out, "%.*s", (int)ess_decimal_print(value, text), text);
}

static void print_json(const audit *a)
{
    FILE *out = a->c->out;
    const audit_tally *t = &a->tally;
    (void)fprintf(out,
                  "{\"groups\":%zu,\"points_sampled\":%" PRIu64 ",\"points_stored\":%" PRIu64
                  ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"altered\":%" PRIu64
                  ",\"in_flight\":%" PRIu64 ",\"cells_per_cabinet\":{",
                  a->delays.count, t->sampled, t->stored, t->wrong[AUDIT_LOST],
                  t->wrong[AUDIT_DUPLICATED], t->wrong[AUDIT_ALTERED], t->in_flight);
    for (size_t i = 0; i < a->delays.count; i++)
        (void)fprintf(out, "%s\"%s\":%zu", i ? "," : "", a->delays.groups[i].name,
                      a->delays.groups[i].cells);
    (void)fprintf(out,
                  "},\"report_to_store_ms_p50\":%" PRId64
                  ",\"report_to_store_ms_p99\":%" PRId64 ",\"examples\":[",
                  audit_delays_percentile(&a->delays, 50), audit_delays_percentile(&a->delays, 99));
    for (size_t i = 0; i < t->example_count; i++) {
        const audit_example *e = &t->examples[i];
        (void)fprintf(out,
                      "%s{\"kind\":\"%s\",\"point\":\"%s/%s/%s\",\"utc_ms\":%" PRId64
                      ",\"element\":%zu,\"served\":",
                      i ? "," : "", kind_names[e->kind], e->point->group, e->point->ns,
                      e->point->name, e->at_utc_ms, e->element);
        print_number(out, e->has_served, e->served);
        (void)fprintf(out, ",\"stored\":");
        print_number(out, e->has_stored, e->stored);
        (void)fprintf(out, "}");
    }
    (void)fprintf(out, "]}\n");
}

static void print_example(const audit *a, const audit_example *e)
{
    char time[FORMAT_TIME_SIZE];
    FILE *out = a->c->out;
    format_time(e->at_utc_ms, time);
    (void)fprintf(out, "  %-10s %s  %s/%s/%s[%zu]  %s ", kind_names[e->kind], time,
                  e->point->group, e->point->ns, e->point->name, e->element,
                  cli_say(a->c, "served", "送出"));
    print_number(out, e->has_served, e->served);
    (void)fprintf(out, "  %s ", cli_say(a->c, "stored", "入库"));
    print_number(out, e->has_stored, e->stored);
    (void)fprintf(out, "\n");
}

static void print_text(const audit *a)
{
    const cli *c = a->c;
    const audit_tally *t = &a->tally;
    const struct {
        const char *en, *zh;
        uint64_t value;
    } rows[] = {
        {"cabinets", "组数", a->delays.count},
        {"values served", "设备送出的值", t->sampled},
        {"values stored", "历史中的值", t->stored},
        {"lost", "丢失", t->wrong[AUDIT_LOST]},
        {"duplicated", "重复", t->wrong[AUDIT_DUPLICATED]},
        {"altered", "改变", t->wrong[AUDIT_ALTERED]},
        {"in flight when the reader was killed", "读取方被强制结束时在途", t->in_flight},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)fprintf(c->out, "%12" PRIu64 "  %s\n", rows[i].value,
                      cli_say(c, rows[i].en, rows[i].zh));
    (void)fprintf(c->out, "%12" PRId64 "  %s\n%12" PRId64 "  %s\n",
                  audit_delays_percentile(&a->delays, 50),
                  cli_say(c, "ms from sample to store, median", "毫秒：采样到入库，中位数"),
                  audit_delays_percentile(&a->delays, 99),
                  cli_say(c, "ms from sample to store, 99 %", "毫秒：采样到入库，99 %"));
    for (size_t i = 0; i < t->example_count; i++)
        print_example(a, &t->examples[i]);
}

/* Makes points of all series of the group, so that what was stored and never served shows too. */
static int add_stored_points(audit *a, const char *group)
{
    char path[512] = "/api/v1/series";
    http_reply reply = {0};
    walk rows;
    ess_slice list = {0};
    ess_slice row;
    char ns[ESS_NS_MAX + 1];
    char name[ESS_NAME_MAX + 1];
    if (http_query(path, sizeof path, "group", ess_slice_from(group)) != ESS_OK)
        return cli_fail(a->c, CLI_REFUSED, "too-large", "%s", group);
    if (http_ask(a->h, path, NULL, &reply) != ESS_OK)
        return cli_fail(a->c, CLI_UNREACHABLE, "cli-unreachable", "%s", http_reason(a->h));
    ess_slice answer = {reply.body, reply.len};
    int code = CLI_OK;
    if (reply.status != 200 && reply.status != 404) /* 404: of this group nothing was stored */
        code = http_refused(a->c, reply.status, answer);
    else if (reply.status == 200 && !walk_member(answer, "series", &list))
        code = cli_fail(a->c, CLI_UNREACHABLE, "cli-bad-answer", "%s", path);
    walk_begin(&rows, list);
    while (code == CLI_OK && walk_next(&rows, NULL, &row)) {
        if (walk_text(row, "ns", ns, sizeof ns) && walk_text(row, "name", name, sizeof name) &&
            ledger_add_stored(&a->ledger, group, ns, name) != ESS_OK)
            code = cli_fail(a->c, CLI_AGAIN, "no-room", "%s", group);
    }
    http_reply_free(&reply);
    return code;
}

static int compare_all(audit *a)
{
    int code = http_connect(a->c, &a->h);
    for (size_t i = 0; i < a->ledger.count && code == CLI_OK; i++) {
        if (!audit_delays_cells(&a->delays, a->ledger.points[i].group, 0))
            return cli_fail(a->c, CLI_AGAIN, "no-room", "%s", a->ledger.points[i].group);
    }
    for (size_t i = 0; i < a->delays.count && code == CLI_OK; i++)
        code = add_stored_points(a, a->delays.groups[i].name);
    for (; a->points < a->ledger.count && code == CLI_OK; a->points++)
        code = compare_point(a, &a->ledger.points[a->points]);
    if (a->show_progress)
        (void)fprintf(a->c->err, "\r\033[K");
    return code;
}

int cli_audit(const cli *c)
{
    audit a = {.c = c, .show_progress = !c->in.json && isatty(STDERR_FILENO) == 1};
    a.tally.reader_killed = c->in.killed;
    if (c->in.ledgers.count + c->in.words.count == 0)
        return cli_fail(c, CLI_USAGE, "cli-usage", "--ledger");
    int code = read_ledgers(&a, &c->in.ledgers);
    if (code == CLI_OK)
        code = read_ledgers(&a, &c->in.words);
    if (code == CLI_OK && a.ledger.count == 0)
        code = cli_fail(c, CLI_REFUSED, "cli-ledger", "%s",
                        cli_say(c, "no reading in it", "其中没有读数"));
    if (code == CLI_OK)
        code = compare_all(&a);
    if (code == CLI_OK) {
        audit_delays_finish(&a.delays);
        if (c->in.json)
            print_json(&a);
        else
            print_text(&a);
        const uint64_t *wrong = a.tally.wrong;
        code = wrong[AUDIT_LOST] + wrong[AUDIT_DUPLICATED] + wrong[AUDIT_ALTERED] == 0 ? CLI_OK
                                                                                       : CLI_NO;
    }
    audit_delays_free(&a.delays);
    ledger_free(&a.ledger);
    http_free(a.h);
    return code;
}

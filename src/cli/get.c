/* `ess get ...`: one row of the table below says what is asked, with which parameters, and which
 * columns people see. With --json the hub's answer is printed as it came.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/format.h"
#include "cli/http.h"
#include "cli/table.h"
#include "ess/limits.h"
#include "json/walk.h"
#include "port/clock.h"

typedef enum column_kind {
    COLUMN_PLAIN, /* as it stands, strings without quotes */
    COLUMN_TIME,
    COLUMN_AGE, /* how long ago, where the answer says which time it is */
    COLUMN_BOOL,
    COLUMN_VALUE, /* with unit, by the row's ns and name */
    COLUMN_LABEL  /* of the row's ns and name; has no key */
} column_kind;

typedef struct column {
    const char *key;
    column_kind kind;
    ess_model_text head;
} column;

enum target_needs {
    NEEDS_GROUP = 1,
    TAKES_NS = 2,
    NEEDS_POINT = 4,
    TAKES_LIMIT = 8,
    TAKES_TIMES = 16
};

typedef struct target {
    const char *name;
    const char *list;   /* member that holds the rows; NULL: the answer is one object */
    const char *expand; /* member of a row whose members become rows of name and v */
    unsigned needs;
    column columns[CLI_COLUMNS_MAX];
} target;

#define COLUMN_NS   {"ns", COLUMN_PLAIN, {"object", "对象"}}
#define COLUMN_NAME {"name", COLUMN_PLAIN, {"point", "测点"}}
#define COLUMN_TS   {"ts", COLUMN_TIME, {"time", "时间"}}
#define COLUMN_AGED {"ts", COLUMN_AGE, {"age", "距今"}}
#define COLUMN_TEXT {"", COLUMN_LABEL, {"meaning", "含义"}}
#define COLUMN_V    {"v", COLUMN_VALUE, {"value", "值"}}

static const target targets[] = {
    {"devices", "devices", NULL, 0,
     {{"group", COLUMN_PLAIN, {"group", "组"}}, {"online", COLUMN_BOOL, {"online", "在线"}},
      {"stale", COLUMN_BOOL, {"stale", "陈旧"}},
      {"since_utc_ms", COLUMN_TIME, {"since", "起始"}},
      {"last_utc_ms", COLUMN_TIME, {"last heard", "最近收到"}},
      {"fw", COLUMN_PLAIN, {"firmware", "固件"}}, {"clock", COLUMN_PLAIN, {"clock", "时钟"}},
      {"units", COLUMN_PLAIN, {"units", "设备"}}, {"model", COLUMN_PLAIN, {"model", "点模型"}}}},
    {"values", "values", NULL, NEEDS_GROUP | TAKES_NS,
     {COLUMN_NS, COLUMN_NAME, COLUMN_V, {"q", COLUMN_PLAIN, {"quality", "质量"}}, COLUMN_TS,
      COLUMN_AGED, COLUMN_TEXT}},
    {"series", "series", NULL, NEEDS_GROUP,
     {COLUMN_NS, COLUMN_NAME, {"samples", COLUMN_PLAIN, {"samples", "样本数"}},
      {"first_utc_ms", COLUMN_TIME, {"first", "最早"}},
      {"last_utc_ms", COLUMN_TIME, {"last", "最近"}}, COLUMN_TEXT}},
    {"history", "rows", NULL, NEEDS_GROUP | NEEDS_POINT | TAKES_LIMIT | TAKES_TIMES,
     {COLUMN_TS, COLUMN_V, {"q", COLUMN_PLAIN, {"quality", "质量"}},
      {"sid", COLUMN_PLAIN, {"session", "会话"}}, {"n", COLUMN_PLAIN, {"n", "序号"}},
      {"stored", COLUMN_TIME, {"stored", "入库"}}}},
    {"params", "params", "values", NEEDS_GROUP,
     {COLUMN_NS, COLUMN_NAME, COLUMN_V, {"rev", COLUMN_PLAIN, {"revision", "版本"}}, COLUMN_TS,
      COLUMN_TEXT}},
    {"events", "events", NULL, NEEDS_GROUP | TAKES_LIMIT,
     {COLUMN_TS, COLUMN_NS, {"n", COLUMN_PLAIN, {"n", "序号"}},
      {"d", COLUMN_PLAIN, {"what", "内容"}}}},
    {"commands", "commands", NULL, NEEDS_GROUP | TAKES_LIMIT,
     {{"created_utc_ms", COLUMN_TIME, {"created", "创建"}}, COLUMN_NS,
      {"op", COLUMN_PLAIN, {"command", "命令"}}, {"a", COLUMN_PLAIN, {"arguments", "参数"}},
      {"by", COLUMN_PLAIN, {"by", "下发人"}}, {"state", COLUMN_PLAIN, {"state", "状态"}},
      {"result_id", COLUMN_PLAIN, {"result", "结果"}},
      {"read_back", COLUMN_PLAIN, {"read back", "回读"}},
      {"code", COLUMN_PLAIN, {"code", "编号"}}}},
    {"stats", NULL, NULL, 0, {{0}}},
};
#define TARGET_COUNT (sizeof targets / sizeof targets[0])

/* What the words on the command line name: SH001/CAB01/BMS/soc. */
typedef struct place {
    ess_slice group, ns, name;
} place;

static place split_place(const char *word, bool has_point)
{
    ess_slice rest = ess_slice_from(word);
    place p = {.group = rest};
    const char *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    if (slash == NULL)
        return p;
    p.group.len = (size_t)(slash - rest.ptr);
    p.ns = (ess_slice){slash + 1, rest.len - p.group.len - 1};
    const char *last = has_point ? strrchr(slash + 1, '/') : NULL;
    if (last != NULL) {
        p.name = ess_slice_from(last + 1);
        p.ns.len = (size_t)(last - p.ns.ptr);
    }
    return p;
}

/* "-10m" from now, or UTC milliseconds. */
static ess_err parse_time(const char *text, int64_t now_utc_ms, int64_t *out)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    char digits[20];
    size_t len = strlen(text);
    int64_t number;
    if (text[0] != '-')
        return cli_parse_integer(text, out);
    if (len < 3 || len - 2 >= sizeof digits)
        return ESS_E_NUMBER;
    memcpy(digits, text + 1, len - 2);
    digits[len - 2] = '\0';
    if (cli_parse_integer(digits, &number) != ESS_OK || number < 0 || number > 1000000000)
        return ESS_E_NUMBER;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text[len - 1] == units[i].unit) {
            *out = now_utc_ms - number * units[i].ms;
            return ESS_OK;
        }
    }
    return ESS_E_NUMBER;
}

static int add_time(const cli *c, char *path, size_t path_size, const char *key, const char *text)
{
    char number[24];
    int64_t utc_ms;
    if (text == NULL)
        return CLI_OK;
    if (parse_time(text, port_utc_ms(), &utc_ms) != ESS_OK)
        return cli_fail(c, CLI_USAGE, "cli-option-value", "--%s %s", key, text);
    (void)snprintf(number, sizeof number, "%" PRId64, utc_ms);
    return http_query(path, path_size, key, ess_slice_from(number)) == ESS_OK ? CLI_OK : CLI_USAGE;
}

static int make_path(const cli *c, const target *t, const place *p, char *path, size_t path_size)
{
    char limit[24];
    (void)snprintf(path, path_size, "/api/v1/%s", t->name);
    (void)snprintf(limit, sizeof limit, "%" PRId64, c->in.limit);
    const struct {
        const char *key;
        bool wanted;
        ess_slice value;
    } rows[] = {
        {"group", (t->needs & NEEDS_GROUP) != 0, p->group},
        {"ns", p->ns.len > 0 && (t->needs & (TAKES_NS | NEEDS_POINT)) != 0, p->ns},
        {"name", (t->needs & NEEDS_POINT) != 0, p->name},
        {"limit", (t->needs & TAKES_LIMIT) != 0, ess_slice_from(limit)},
        {"after", (t->needs & TAKES_TIMES) != 0 && c->in.after != NULL,
         ess_slice_from(c->in.after)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].wanted && http_query(path, path_size, rows[i].key, rows[i].value) != ESS_OK)
            return cli_fail(c, CLI_USAGE, "too-large", "%s", rows[i].key);
    }
    if ((t->needs & TAKES_TIMES) == 0)
        return CLI_OK;
    int code = add_time(c, path, path_size, "from", c->in.from);
    return code != CLI_OK ? code : add_time(c, path, path_size, "to", c->in.to);
}

/* One row as it is shown: where its cells come from. */
typedef struct row_source {
    ess_slice row, columns; /* columns: names of a row that is an array, or empty */
    ess_slice ns, name;     /* plain */
    ess_slice expanded;     /* value of an expanded member, or empty */
    int64_t now_utc_ms;     /* of the answer, by the hub's clock; 0: it does not say */
} row_source;

static bool find_cell(const row_source *source, const char *key, ess_slice *raw)
{
    walk names;
    walk cells;
    ess_slice name;
    if (source->expanded.len > 0 && strcmp(key, "v") == 0) {
        *raw = source->expanded;
        return true;
    }
    if (source->row.ptr[0] == '{')
        return walk_member(source->row, key, raw);
    walk_begin(&names, source->columns);
    walk_begin(&cells, source->row);
    while (walk_next(&names, NULL, &name) && walk_next(&cells, NULL, raw)) {
        if (name.len >= 2 && ess_slice_is((ess_slice){name.ptr + 1, name.len - 2}, key))
            return true;
    }
    return false;
}

static bool read_integer(ess_slice raw, int64_t *out)
{
    ess_json_token token;
    return walk_token(raw, &token) && ess_json_integer(&token, out) == ESS_OK;
}

static void add_cell(const cli *c, cli_table *table, const column *col, const row_source *source)
{
    char text[FORMAT_VALUE_SIZE] = "";
    ess_slice raw = {0};
    int64_t number;
    const ess_model_point *point = format_point(source->ns, source->name);
    if (col->kind == COLUMN_LABEL) {
        cli_table_addf(table, "%s", format_label(point, c->chinese));
        return;
    }
    if (strcmp(col->key, "ns") == 0 || strcmp(col->key, "name") == 0) {
        ess_slice cell = col->key[1] == 's' ? source->ns : source->name;
        cli_table_addf(table, "%.*s", (int)cell.len, cell.len ? cell.ptr : "");
        return;
    }
    if (!find_cell(source, col->key, &raw) || ess_slice_is(raw, "null"))
        (void)snprintf(text, sizeof text, "-");
    else if (col->kind == COLUMN_TIME && read_integer(raw, &number))
        format_time(number, text);
    else if (col->kind == COLUMN_AGE && source->now_utc_ms > 0 && read_integer(raw, &number))
        format_age(source->now_utc_ms - number, c->chinese, text);
    else if (col->kind == COLUMN_AGE)
        (void)snprintf(text, sizeof text, "-");
    else if (col->kind == COLUMN_BOOL)
        (void)snprintf(text, sizeof text, "%s",
                       ess_slice_is(raw, "true") ? cli_say(c, "yes", "是") : cli_say(c, "no", "否"));
    else if (col->kind == COLUMN_VALUE)
        format_value(point, raw, c->chinese, text);
    else
        walk_plain(raw, text, sizeof text);
    cli_table_addf(table, "%s", text);
}

static size_t column_count(const target *t)
{
    size_t count = 0;
    while (count < CLI_COLUMNS_MAX && t->columns[count].key != NULL)
        count++;
    return count;
}

static void add_cells(const cli *c, const target *t, cli_table *table, const row_source *source)
{
    for (size_t i = 0; i < column_count(t); i++)
        add_cell(c, table, &t->columns[i], source);
}

/* One row of the answer; with expand, one line for each of its members. */
static void add_row(const cli *c, const target *t, cli_table *table, row_source *source)
{
    char ns[ESS_NS_MAX + 1];
    char name[ESS_NAME_MAX + 1];
    walk members;
    ess_slice object;
    if (walk_text(source->row, "ns", ns, sizeof ns))
        source->ns = ess_slice_from(ns);
    if (walk_text(source->row, "name", name, sizeof name))
        source->name = ess_slice_from(name);
    if (t->expand == NULL) {
        add_cells(c, t, table, source);
        return;
    }
    if (!walk_member(source->row, t->expand, &object))
        return;
    walk_begin(&members, object);
    while (walk_next(&members, &source->name, &source->expanded))
        add_cells(c, t, table, source);
}

/* [PRE-31] Values of a device that is silent are not the present: told before they are shown. */
static void print_silence(const cli *c, ess_slice answer)
{
    char time[FORMAT_TIME_SIZE];
    int64_t last_utc_ms;
    ess_slice online;
    if (!walk_member(answer, "online", &online) ||
        !walk_integer(answer, "last_utc_ms", &last_utc_ms))
        return;
    format_time(last_utc_ms, time);
    if (!ess_slice_is(online, "true"))
        (void)fprintf(c->err,
                      cli_say(c, "offline: last heard %s; these are the last values known\n",
                              "离线：最近收到 %s；以下为最后已知的值\n"),
                      time);
    else if (walk_is_true(answer, "stale"))
        (void)fprintf(
            c->err,
            cli_say(c, "stale: nothing was heard since %s\n", "数据陈旧：自 %s 起没有任何消息\n"),
            time);
}

static void print_rows(const cli *c, const target *t, const place *p, ess_slice answer)
{
    walk rows;
    ess_slice list = {0};
    ess_slice columns = {0};
    ess_slice row;
    int64_t now_utc_ms = 0;
    char next[256];
    cli_table *table = cli_table_new(column_count(t));
    if (table == NULL)
        return;
    print_silence(c, answer);
    for (size_t i = 0; i < column_count(t); i++)
        cli_table_addf(table, "%s", ess_model_say(t->columns[i].head, c->chinese));
    (void)walk_member(answer, "columns", &columns);
    (void)walk_member(answer, t->list, &list);
    (void)walk_integer(answer, "now_utc_ms", &now_utc_ms);
    walk_begin(&rows, list);
    while (walk_next(&rows, NULL, &row)) {
        row_source source = {
            .row = row, .columns = columns, .ns = p->ns, .name = p->name, .now_utc_ms = now_utc_ms};
        add_row(c, t, table, &source);
    }
    cli_table_print(table, c->out);
    cli_table_free(table);
    if (walk_text(answer, "next", next, sizeof next))
        (void)fprintf(c->err, "%s: --after %s\n", cli_say(c, "there is more", "还有更多"), next);
}

static void print_object(const cli *c, ess_slice answer)
{
    walk members;
    ess_slice key;
    ess_slice raw;
    char text[FORMAT_VALUE_SIZE * 4];
    cli_table *table = cli_table_new(2);
    walk_begin(&members, answer);
    while (table != NULL && walk_next(&members, &key, &raw)) {
        walk_plain(raw, text, sizeof text);
        cli_table_addf(table, "%.*s", (int)key.len, key.ptr);
        cli_table_addf(table, "%s", text);
    }
    if (table != NULL)
        cli_table_print(table, c->out);
    cli_table_free(table);
}

static int fetch_and_print(const cli *c, const target *t, const place *p)
{
    char path[2048];
    http *h = NULL;
    http_reply reply = {0};
    int code = make_path(c, t, p, path, sizeof path);
    if (code == CLI_OK)
        code = http_connect(c, &h);
    if (code == CLI_OK)
        code = http_fetch(c, h, path, NULL, &reply);
    ess_slice answer = {reply.body, reply.len};
    if (code == CLI_OK && c->in.json)
        (void)fprintf(c->out, "%s\n", reply.body != NULL ? reply.body : "");
    else if (code == CLI_OK && t->list != NULL)
        print_rows(c, t, p, answer);
    else if (code == CLI_OK)
        print_object(c, answer);
    http_reply_free(&reply);
    http_free(h);
    return code;
}

int cli_get(const cli *c)
{
    const target *t = NULL;
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        if (strcmp(c->in.words.items[0], targets[i].name) == 0)
            t = &targets[i];
    }
    if (t == NULL)
        return cli_fail(c, CLI_USAGE, "cli-unknown-command", "get %s", c->in.words.items[0]);
    bool has_point = (t->needs & NEEDS_POINT) != 0;
    place p = {0};
    if (c->in.words.count > 1)
        p = split_place(c->in.words.items[1], has_point);
    if ((t->needs & NEEDS_GROUP) != 0 && p.group.len == 0)
        return cli_fail(c, CLI_USAGE, "cli-usage", "ess get %s GROUP%s", t->name,
                        has_point ? "/UNIT/COMPONENT/POINT" : "");
    if (has_point && p.name.len == 0)
        return cli_fail(c, CLI_USAGE, "cli-usage", "ess get %s GROUP/UNIT/COMPONENT/POINT",
                        t->name);
    return fetch_and_print(c, t, &p);
}

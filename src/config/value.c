/* One value: from the text in the file to the field in the struct, strictly. A row per type, for
 * reading and for saying what is allowed.
 *
 * Strict on purpose: YAML 1.1 readers take 0x1F, 010, 1_000, yes and 12:30 for numbers and truth;
 * here a whole number is digits and truth is true or false, so a file means one thing.
 */
#include "config/internal.h"

#include <string.h>

typedef struct reading {
    const config_key *key;
    const config_scalar *scalar;
    void *field;
    config_issue issue; /* set when refused */
} reading;

static ess_err refuse(reading *r, config_issue issue)
{
    r->issue = issue;
    return ESS_E_CONFIG;
}

/* Text that a person could have meant: no control characters (a NUL would end it early). */
static bool is_clean(ess_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7f)
            return false;
    }
    return true;
}

/* An empty plain scalar is YAML's null, not an empty text. */
static bool is_text(const config_scalar *scalar)
{
    return !(scalar->plain && scalar->text.len == 0) && is_clean(scalar->text);
}

static ess_err read_text(reading *r)
{
    const config_key *key = r->key;
    ess_slice text = r->scalar->text;
    if (!is_text(r->scalar))
        return refuse(r, CONFIG_TYPE);
    bool bounded = key->min != 0 || key->max != 0;
    if (bounded && ((int64_t)text.len < key->min || (int64_t)text.len > key->max))
        return refuse(r, CONFIG_LENGTH);
    if (text.len >= key->size)
        return refuse(r, CONFIG_LENGTH);
    memcpy(r->field, text.ptr, text.len);
    ((char *)r->field)[text.len] = '\0';
    return ESS_OK;
}

static ess_err read_path(reading *r)
{
    ess_slice text = r->scalar->text;
    if (!is_text(r->scalar))
        return refuse(r, CONFIG_TYPE);
    const char *slash = strrchr(r->scalar->file, '/');
    bool relative = text.len > 0 && text.ptr[0] != '/';
    size_t folder = relative && slash != NULL ? (size_t)(slash - r->scalar->file) + 1 : 0;
    if (folder + text.len >= r->key->size)
        return refuse(r, CONFIG_LENGTH);
    char *room = r->field;
    memcpy(room, r->scalar->file, folder);
    memcpy(room + folder, text.ptr, text.len);
    room[folder + text.len] = '\0';
    return ESS_OK;
}

/* "-"? then "0" or digits without a leading zero. False when it is not that; *fits is false when
 * 64 bits do not hold it. */
static bool parse_whole(ess_slice text, int64_t *out, bool *fits)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t at = negative ? 1 : 0;
    int64_t value = 0; /* kept negative: its range is the larger one */
    if (at == text.len || (text.ptr[at] == '0' && text.len > at + 1))
        return false;
    *fits = true;
    for (; at < text.len; at++) {
        int digit = text.ptr[at] - '0';
        if (digit < 0 || digit > 9)
            return false;
        if (value < (INT64_MIN + digit) / 10)
            *fits = false;
        if (*fits)
            value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        *fits = false;
    *out = negative || !*fits ? value : -value;
    return true;
}

static ess_err read_integer(reading *r)
{
    int64_t value = 0;
    bool fits = false;
    if (!r->scalar->plain || !parse_whole(r->scalar->text, &value, &fits))
        return refuse(r, CONFIG_TYPE);
    if (!fits || value < r->key->min || value > r->key->max)
        return refuse(r, CONFIG_RANGE);
    memcpy(r->field, &value, sizeof value);
    return ESS_OK;
}

static ess_err read_bool(reading *r)
{
    bool value = ess_slice_is(r->scalar->text, "true");
    if (!r->scalar->plain || (!value && !ess_slice_is(r->scalar->text, "false")))
        return refuse(r, CONFIG_TYPE);
    memcpy(r->field, &value, sizeof value);
    return ESS_OK;
}

static ess_err read_choice(reading *r)
{
    int index = 0;
    const char *next = r->key->choices;
    while (next != NULL) {
        const char *bar = strchr(next, '|');
        ess_slice choice = {next, bar == NULL ? strlen(next) : (size_t)(bar - next)};
        if (ess_slice_equal(choice, r->scalar->text)) {
            memcpy(r->field, &index, sizeof index);
            return ESS_OK;
        }
        index++;
        next = bar == NULL ? NULL : bar + 1;
    }
    return refuse(r, CONFIG_BAD_CHOICE);
}

static void expect_text(config_text *out, const config_key *key, bool chinese)
{
    bool bounded = key->min != 0 || key->max != 0;
    long long least = bounded ? (long long)key->min : 0;
    long long most = (long long)key->size - 1;
    if (bounded && key->max < most)
        most = (long long)key->max;
    config_add(out, chinese ? "%lld 到 %lld 字节的文本，无控制字符"
                            : "text of %lld to %lld bytes without control characters",
               least, most);
}

static void expect_path(config_text *out, const config_key *key, bool chinese)
{
    config_add(out, chinese ? "文件路径，连同配置文件所在目录最多 %zu 字节"
                            : "a file path of at most %zu bytes, this file's folder included",
               key->size - 1);
}

static void expect_integer(config_text *out, const config_key *key, bool chinese)
{
    config_add(out, chinese ? "%lld 到 %lld 的整数" : "a whole number from %lld to %lld",
               (long long)key->min, (long long)key->max);
    if (key->unit != NULL)
        config_add(out, chinese ? "（单位 %s）" : " (%s)", key->unit);
}

static void expect_bool(config_text *out, const config_key *key, bool chinese)
{
    (void)key;
    config_add(out, chinese ? "true 或 false" : "true or false");
}

static void expect_choice(config_text *out, const config_key *key, bool chinese)
{
    config_add(out, chinese ? "以下之一：" : "one of ");
    for (const char *c = key->choices; *c != '\0'; c++) {
        if (*c == '|')
            config_add(out, chinese ? "、" : ", ");
        else
            config_add(out, "%c", *c);
    }
}

static const struct {
    ess_err (*read)(reading *r);
    void (*expect)(config_text *out, const config_key *key, bool chinese);
} types[] = {
    [CONFIG_TEXT] = {read_text, expect_text},
    [CONFIG_PATH] = {read_path, expect_path},
    [CONFIG_INTEGER] = {read_integer, expect_integer},
    [CONFIG_BOOL] = {read_bool, expect_bool},
    [CONFIG_CHOICE] = {read_choice, expect_choice},
};

ess_err config_read_value(const config_key *key, const config_scalar *scalar, void *field,
                          config_issue *issue)
{
    reading r = {.key = key, .scalar = scalar, .field = field, .issue = CONFIG_TYPE};
    ess_err err = scalar->alias ? refuse(&r, CONFIG_TYPE) : types[key->type].read(&r);
    if (err != ESS_OK)
        *issue = r.issue;
    return err;
}

void config_add_expected(config_text *text, const config_key *key, bool chinese)
{
    types[key->type].expect(text, key, chinese);
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[CONFIG_NAME_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < step ? change : step;
        }
    }
    return row[b_len];
}

typedef struct nearest {
    const char *name;
    size_t distance;
    char *room;
    bool found;
} nearest;

static void consider(nearest *n, const char *candidate, size_t len)
{
    char text[CONFIG_NAME_MAX];
    if (ess_slice_copy((ess_slice){candidate, len}, text, sizeof text) != ESS_OK)
        return;
    size_t d = distance(n->name, text);
    if (d >= n->distance)
        return;
    n->distance = d;
    n->found = true;
    memcpy(n->room, text, len + 1);
}

const char *config_nearest(const config_schema *schema, const char *name,
                           char room[static CONFIG_NAME_MAX])
{
    const char *last = strrchr(name, '.');
    size_t own = strlen(last == NULL ? name : last + 1);
    /* Fewer edits than letters, or every short name would be near every other. */
    nearest n = {.name = name, .distance = own < 4 ? own : 4, .room = room};
    if (strlen(name) >= CONFIG_NAME_MAX)
        return NULL;
    for (size_t i = 0; i < schema->key_count; i++) {
        const char *known = schema->keys[i].name;
        for (const char *dot = strchr(known, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
            if (dot[-1] != ']')
                consider(&n, known, (size_t)(dot - known));
        }
        consider(&n, known, strlen(known));
    }
    for (size_t i = 0; i < schema->list_count; i++)
        consider(&n, schema->lists[i].name, strlen(schema->lists[i].name));
    return n.found ? room : NULL;
}

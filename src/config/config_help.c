/* The reference of all keys, written from the same table that checks them, so the two cannot
 * differ. It is a file to start from: keys with a default carry it, required keys are left empty
 * and will be asked for; a list that may be empty is commented out.
 *
 * The keys of one group stand together in the table, in the order in which they are shown.
 */
#include "config/config.h"

#include <string.h>

#include "config/internal.h"

#define LINE_BYTES 1024

typedef struct help {
    const config_schema *schema;
    bool chinese;
    void (*write)(void *context, const char *text);
    void *context;
    const char *lead; /* "# " inside a list that is commented out */
} help;

static void put_line(const help *h, size_t depth, const char *text)
{
    char line[LINE_BYTES];
    config_text out = {line, sizeof line - 1, 0}; /* room for the newline, however long */
    config_add(&out, "%s%*s%s", h->lead, (int)depth * 2, "", text);
    memcpy(line + out.len, "\n", 2);
    h->write(h->context, line);
}

static const config_list *list_named(const config_schema *schema, ess_slice name)
{
    for (size_t i = 0; i < schema->list_count; i++) {
        if (ess_slice_is(name, schema->lists[i].name))
            return &schema->lists[i];
    }
    return NULL;
}

/* A list's title says how many; its element begins with "-" on a line of its own. */
static void put_list_title(help *h, ess_slice full, size_t start, size_t depth)
{
    char text[LINE_BYTES];
    config_text out = {text, sizeof text, 0};
    const config_list *list = list_named(h->schema, full);
    if (list != NULL) {
        h->lead = list->least == 0 ? "# " : "";
        config_add(&out, h->chinese ? "# %zu 到 %zu 个条目" : "# %zu to %zu entries", list->least,
                   list->most);
        put_line(h, depth, text);
    }
    out.len = 0;
    config_add(&out, "%.*s:", (int)(full.len - start), full.ptr + start);
    put_line(h, depth, text);
    put_line(h, depth + 1, "-");
}

/* Opens the groups of name that the name before it was not in. Returns the depth of its key. */
static size_t put_groups(help *h, const char *name, const char *before)
{
    size_t depth = 0, start = 0;
    bool same = true;
    if (strchr(name, '[') == NULL)
        h->lead = "";
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        size_t len = (size_t)(dot - name);
        bool list = name[len - 1] == ']';
        same = same && strncmp(name, before, len + 1) == 0;
        if (!same && list) {
            put_list_title(h, (ess_slice){name, len - 2}, start, depth);
        } else if (!same) {
            char title[CONFIG_NAME_MAX];
            config_text out = {title, sizeof title, 0};
            config_add(&out, "%.*s:", (int)(len - start), name + start);
            put_line(h, depth, title);
        }
        depth += list ? 2 : 1;
        start = len + 1;
    }
    return depth;
}

/* Text that YAML could take for something else stands in quotes. */
static bool needs_quotes(const config_key *key)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    bool is_text = key->type == CONFIG_TEXT || key->type == CONFIG_PATH;
    size_t len = strlen(key->fallback);
    return is_text && (len == 0 || strspn(key->fallback, plain) != len || key->fallback[0] == '-');
}

static void put_key(const help *h, const config_key *key, size_t depth)
{
    char text[LINE_BYTES];
    config_text out = {text, sizeof text, 0};
    const char *last = strrchr(key->name, '.');
    const char *own = last == NULL ? key->name : last + 1;
    config_add(&out, "# %s", h->chinese ? key->help_zh : key->help_en);
    put_line(h, depth, text);
    out.len = 0;
    config_add(&out, h->chinese ? "# 取值：" : "# allowed: ");
    config_add_expected(&out, key, h->chinese);
    if (key->fallback == NULL)
        config_add(&out, h->chinese ? "；必填" : "; required");
    put_line(h, depth, text);
    out.len = 0;
    config_add(&out, "%s:", own);
    if (key->fallback != NULL)
        config_add(&out, needs_quotes(key) ? " \"%s\"" : " %s", key->fallback);
    put_line(h, depth, text);
}

void config_write_reference(const config_schema *schema, bool chinese,
                            void (*write)(void *context, const char *text), void *context)
{
    help h = {schema, chinese, write, context, ""};
    char title[LINE_BYTES];
    config_text out = {title, sizeof title, 0};
    config_add(&out, chinese ? "# %s 的配置：全部配置项及默认值"
                             : "# Configuration of %s: every key with its default",
               schema->program);
    put_line(&h, 0, title);
    const char *before = "";
    for (size_t i = 0; i < schema->key_count; i++) {
        const config_key *key = &schema->keys[i];
        size_t depth = put_groups(&h, key->name, before);
        put_key(&h, key, depth);
        before = key->name;
    }
}

/* Reading a configuration file: libfyaml gives the document with its marks, the schema's table
 * does the rest.
 *
 * Two passes over the document. The first goes by the document and refuses names that the schema
 * does not know, names given twice, and groups that are no mappings. The second goes by the schema
 * and reads each key's value or its fallback into a copy of the struct, which replaces the
 * caller's only when both passes found nothing. All problems are collected and told in the order
 * of the file.
 *
 * Rejected: one recursive pass by the document, which needs a record of what was seen to find what
 * is missing; YAML anchors, aliases and merges, since a file that says a thing once in one place is
 * the point of refusing duplicates.
 */
#include "config/config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "codec/try.h"
#include "config/internal.h"
#include "port/file.h"

#define GROUPS_OPEN_MAX 8 /* deepest nesting of a schema's names */

typedef struct reader {
    const config_schema *schema;
    config_problems *problems;
    char *copy; /* of the struct, being filled */
    struct fy_node *root;
} reader;

/* A mapping of the document and what its names begin with. */
typedef struct scope {
    struct fy_node *mapping; /* NULL: empty */
    char prefix[CONFIG_NAME_MAX]; /* as in the schema: "", "broker.", "devices[]." */
    size_t element;          /* index, inside a list */
    void *next;              /* libfyaml's iterator */
} scope;

/* "|" and ">": no setting needs them, and libfyaml 0.7 may read beyond what it wrote when asked for
 * their text, so it is not asked. */
static bool is_block(struct fy_node *node)
{
    enum fy_node_style style = fy_node_get_style(node);
    return style == FYNS_LITERAL || style == FYNS_FOLDED;
}

/* Empty for what is no scalar or a block. */
static ess_slice scalar_text(struct fy_node *node)
{
    size_t len = 0;
    const char *text = NULL;
    if (node != NULL && fy_node_is_scalar(node) && !is_block(node))
        text = fy_node_get_scalar(node, &len);
    return text == NULL ? (ess_slice){"", 0} : (ess_slice){text, len};
}

/* Where a node stands, else where fallback does: an empty value has no mark, but its key has. */
static void mark(config_problem *p, struct fy_node *node, struct fy_node *fallback)
{
    bool block = node != NULL && fy_node_is_scalar(node) && is_block(node);
    /* libfyaml's mark of a block is the line below. */
    struct fy_node *candidates[] = {block && fallback != NULL ? NULL : node, fallback};
    for (size_t i = 0; i < 2 && p->line == 0; i++) {
        struct fy_node *at = candidates[i];
        /* A collection in block style begins where its first member does. */
        for (int depth = 0; at != NULL && !fy_node_is_scalar(at) && depth < GROUPS_OPEN_MAX;
             depth++) {
            void *first = NULL;
            at = fy_node_is_mapping(at) ? fy_node_pair_key(fy_node_mapping_iterate(at, &first))
                                        : fy_node_sequence_iterate(at, &first);
        }
        struct fy_token *token = at == NULL ? NULL : fy_node_get_scalar_token(at);
        const struct fy_mark *start = token == NULL ? NULL : fy_token_start_mark(token);
        if (start == NULL)
            continue;
        /* libfyaml's mark of a quoted text lies behind the quote. */
        enum fy_node_style style = fy_node_get_style(at);
        bool quoted = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED;
        p->line = (uint32_t)start->line + 1;
        p->column = (uint32_t)start->column + (quoted && start->column > 0 ? 0 : 1);
    }
    if (p->line == 0)
        p->line = p->column = 1;
}

/* "devices[].unit" in element 2 -> "devices[2].unit". */
static void shown_name(const char *name, size_t element, char room[static CONFIG_NAME_MAX])
{
    config_text text = {room, CONFIG_NAME_MAX, 0};
    const char *brackets = strstr(name, "[]");
    if (brackets == NULL)
        config_add(&text, "%s", name);
    else
        config_add(&text, "%.*s[%zu]%s", (int)(brackets - name), name, element, brackets + 2);
}

static config_problem *report(reader *r, config_issue issue, const char *name, size_t element)
{
    char shown[CONFIG_NAME_MAX];
    shown_name(name, element, shown);
    return config_problem_add(r->problems, issue, shown);
}

/* The first pair of that name; NULL when there is none. */
static struct fy_node_pair *find_pair(struct fy_node *mapping, ess_slice name)
{
    void *next = NULL;
    struct fy_node_pair *pair;
    while (mapping != NULL && (pair = fy_node_mapping_iterate(mapping, &next)) != NULL) {
        if (ess_slice_equal(scalar_text(fy_node_pair_key(pair)), name))
            return pair;
    }
    return NULL;
}

static bool is_empty(struct fy_node *node)
{
    return node == NULL || (fy_node_is_scalar(node) && scalar_text(node).len == 0 &&
                            fy_node_get_style(node) == FYNS_PLAIN);
}

/* ------------------------------------------------------------- first pass: names and shapes */

typedef enum name_kind { NAME_UNKNOWN, NAME_KEY, NAME_GROUP, NAME_LIST } name_kind;

static const config_list *find_list(const config_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->list_count; i++) {
        if (strcmp(schema->lists[i].name, name) == 0)
            return &schema->lists[i];
    }
    return NULL;
}

static name_kind kind_of(const config_schema *schema, const char *name)
{
    size_t len = strlen(name);
    if (find_list(schema, name) != NULL)
        return NAME_LIST;
    for (size_t i = 0; i < schema->key_count; i++) {
        const char *known = schema->keys[i].name;
        if (strncmp(known, name, len) != 0)
            continue;
        if (known[len] == '\0')
            return NAME_KEY;
        if (known[len] == '.' && len > 0)
            return NAME_GROUP;
    }
    return NAME_UNKNOWN;
}

/* The names that may stand in a scope: the next part of every known name that begins so. */
static void add_known_names(config_text *text, const config_schema *schema, const char *prefix)
{
    size_t len = strlen(prefix), last_len = 0;
    const char *last = "";
    for (size_t i = 0; i < schema->key_count; i++) {
        const char *known = schema->keys[i].name;
        if (strncmp(known, prefix, len) != 0)
            continue;
        size_t part = strcspn(known + len, ".[");
        if (part == last_len && strncmp(last, known + len, part) == 0)
            continue;
        config_add(text, "%s%.*s", last_len > 0 ? ", " : "", (int)part, known + len);
        last = known + len;
        last_len = part;
    }
}

static void report_unknown(reader *r, const scope *s, struct fy_node *key, const char *name)
{
    char near_name[CONFIG_NAME_MAX], near_shown[CONFIG_NAME_MAX];
    bool chinese = r->problems->chinese;
    config_problem *p = report(r, CONFIG_UNKNOWN_KEY, name, s->element);
    mark(p, key, s->mapping);
    config_text allowed = {p->allowed, sizeof p->allowed, 0};
    const char *near = config_nearest(r->schema, name, near_name);
    if (near != NULL) {
        shown_name(near, s->element, near_shown);
        config_add(&allowed, chinese ? "是否应为 %s？" : "did you mean %s?", near_shown);
        return;
    }
    config_add(&allowed, chinese ? "此处可用：" : "known here: ");
    add_known_names(&allowed, r->schema, s->prefix);
}

/* True when an earlier pair of the mapping has the same name; that is reported. */
static bool report_duplicate(reader *r, const scope *s, struct fy_node *key, const char *name)
{
    struct fy_node_pair *first = find_pair(s->mapping, scalar_text(key));
    if (first == NULL || fy_node_pair_key(first) == key)
        return false;
    config_problem *p = report(r, CONFIG_DUPLICATE_KEY, name, s->element);
    config_problem where = {0};
    mark(&where, fy_node_pair_key(first), NULL);
    mark(p, key, s->mapping);
    config_text got = {p->got, sizeof p->got, 0};
    config_add(&got, "%u", (unsigned)where.line);
    return true;
}

static void report_shape(reader *r, const scope *s, struct fy_node *nodes[2], const char *name,
                         bool list)
{
    bool chinese = r->problems->chinese;
    config_problem *p = report(r, CONFIG_TYPE, name, s->element);
    mark(p, nodes[1], nodes[0]);
    config_text got = {p->got, sizeof p->got, 0}, allowed = {p->allowed, sizeof p->allowed, 0};
    if (fy_node_is_scalar(nodes[1]) && !is_block(nodes[1]))
        config_add_shown(&got, scalar_text(nodes[1]));
    else
        config_add(&got, chinese ? "此处的内容" : "what stands here");
    if (list) {
        config_add(&allowed, chinese ? "列表，每个条目是一组配置项" : "a list of groups of keys");
        return;
    }
    config_add(&allowed, chinese ? "一组配置项：" : "a group of keys: ");
    char prefix[CONFIG_NAME_MAX];
    config_text start = {prefix, sizeof prefix, 0};
    config_add(&start, "%s%s", name, name[0] != '\0' ? "." : "");
    add_known_names(&allowed, r->schema, prefix);
}

static bool open_scope(scope *s, struct fy_node *mapping, const char *name, size_t element)
{
    *s = (scope){.mapping = mapping, .element = element};
    config_text prefix = {s->prefix, sizeof s->prefix, 0};
    config_add(&prefix, "%s.", name);
    return true;
}

/* Looks at one name; true when the value is a group to look into, with *inner set. */
static bool check_pair(reader *r, scope *s, struct fy_node_pair *pair, scope *inner)
{
    char name[CONFIG_NAME_MAX];
    struct fy_node *key = fy_node_pair_key(pair), *value = fy_node_pair_value(pair);
    ess_slice own = scalar_text(key);
    config_text full = {name, sizeof name, 0};
    config_add(&full, "%s", s->prefix);
    /* Dots and brackets are the notation of this table, not of a name in a file. */
    bool plain = own.len > 0 && own.len < 64 && memchr(own.ptr, '.', own.len) == NULL &&
                 memchr(own.ptr, '[', own.len) == NULL && memchr(own.ptr, 0, own.len) == NULL;
    if (plain) {
        config_add(&full, "%.*s", (int)own.len, own.ptr);
    } else {
        config_add_shown(&full, own);
    }
    name_kind kind = plain ? kind_of(r->schema, name) : NAME_UNKNOWN;
    if (kind == NAME_UNKNOWN) {
        report_unknown(r, s, key, name);
        return false;
    }
    if (report_duplicate(r, s, key, name) || kind != NAME_GROUP || is_empty(value))
        return false;
    if (!fy_node_is_mapping(value)) {
        report_shape(r, s, (struct fy_node *[2]){key, value}, name, false);
        return false;
    }
    return open_scope(inner, value, name, s->element);
}

/* Goes through a mapping and the groups in it; lists are gone through when they are read. */
static void check_names(reader *r, struct fy_node *mapping, const char *prefix, size_t element)
{
    scope open[GROUPS_OPEN_MAX];
    size_t depth = 1;
    open[0] = (scope){.mapping = mapping, .element = element};
    (void)snprintf(open[0].prefix, sizeof open[0].prefix, "%s", prefix);
    while (depth > 0 && r->problems->count < CONFIG_PROBLEM_MAX) {
        scope *s = &open[depth - 1];
        struct fy_node_pair *pair = fy_node_mapping_iterate(s->mapping, &s->next);
        if (pair == NULL) {
            depth--;
            continue;
        }
        assert(depth < GROUPS_OPEN_MAX); /* only the schema's own names lead deeper */
        if (check_pair(r, s, pair, &open[depth]))
            depth++;
    }
}

/* ------------------------------------------------------------------- second pass: the values */

typedef struct found {
    struct fy_node *key, *value; /* NULL when absent */
    struct fy_node *nearest;     /* the innermost mapping on the way, for marks */
    bool blocked;                /* a group on the way is no mapping; reported already */
} found;

/* Follows "a.b.c" from a mapping. */
static found follow(struct fy_node *mapping, const char *name)
{
    found f = {.nearest = mapping};
    for (;;) {
        size_t part = strcspn(name, ".");
        struct fy_node_pair *pair = find_pair(f.nearest, (ess_slice){name, part});
        if (pair == NULL)
            return f;
        struct fy_node *value = fy_node_pair_value(pair);
        if (name[part] == '\0') {
            f.key = fy_node_pair_key(pair);
            f.value = value;
            return f;
        }
        if (is_empty(value)) {
            f.nearest = fy_node_pair_key(pair);
            return f;
        }
        f.blocked = !fy_node_is_mapping(value);
        if (f.blocked)
            return f;
        f.nearest = value;
        name += part + 1;
    }
}

static void apply_fallback(reader *r, const config_key *key, char *field)
{
    config_issue issue = CONFIG_TYPE;
    config_scalar scalar = {ess_slice_from(key->fallback), key->fallback[0] != '\0', false,
                            r->problems->file};
    ess_err err = config_read_value(key, &scalar, field, &issue);
    /* A fallback path may grow too long with the folder; any other refusal is a wrong table. */
    assert(err == ESS_OK || (key->type == CONFIG_PATH && issue == CONFIG_LENGTH));
    if (err != ESS_OK) {
        config_problem *p = config_problem_add(r->problems, issue, key->name);
        config_text got = {p->got, sizeof p->got, 0}, allowed = {p->allowed, sizeof p->allowed, 0};
        p->line = p->column = 1;
        config_add_shown(&got, scalar.text);
        config_add_expected(&allowed, key, r->problems->chinese);
    }
}

static void apply_found(reader *r, const config_key *key, const found *f,
                        char *base, size_t element)
{
    config_issue issue = CONFIG_TYPE;
    bool is_scalar =
        is_empty(f->value) || (fy_node_is_scalar(f->value) && !is_block(f->value));
    enum fy_node_style style = f->value == NULL ? FYNS_PLAIN : fy_node_get_style(f->value);
    config_scalar scalar = {scalar_text(f->value), style == FYNS_PLAIN, style == FYNS_ALIAS,
                            r->problems->file};
    if (is_scalar && config_read_value(key, &scalar, base + key->offset, &issue) == ESS_OK)
        return;
    bool chinese = r->problems->chinese;
    config_problem *p = report(r, issue, key->name, element);
    mark(p, f->value, f->key);
    config_text got = {p->got, sizeof p->got, 0}, allowed = {p->allowed, sizeof p->allowed, 0};
    if (!is_scalar)
        config_add(&got, chinese ? "列表、一组配置项或文本块" : "a list, a group or a block");
    else if (is_empty(f->value))
        config_add(&got, chinese ? "空值" : "nothing");
    else
        config_add_shown(&got, scalar.text);
    config_add_expected(&allowed, key, chinese);
}

/* Reads every key of one scope: prefix "" for the file, "devices[]." for an element of a list. */
static void apply_keys(reader *r, struct fy_node *mapping, const char *prefix, char *base,
                       size_t element)
{
    size_t len = strlen(prefix);
    for (size_t i = 0; i < r->schema->key_count; i++) {
        const config_key *key = &r->schema->keys[i];
        bool in_list = strchr(key->name, '[') != NULL;
        if (in_list != (len > 0) || strncmp(key->name, prefix, len) != 0)
            continue;
        found f = follow(mapping, key->name + len);
        if (f.blocked)
            continue;
        if (f.key != NULL) {
            apply_found(r, key, &f, base, element);
        } else if (key->fallback != NULL) {
            apply_fallback(r, key, base + key->offset);
        } else {
            config_problem *p = report(r, CONFIG_MISSING_KEY, key->name, element);
            config_text allowed = {p->allowed, sizeof p->allowed, 0};
            mark(p, f.nearest, r->root);
            config_add_expected(&allowed, key, r->problems->chinese);
        }
    }
}

static void report_count(reader *r, const config_list *list, const found *f, size_t count)
{
    config_problem *p = config_problem_add(r->problems, CONFIG_LIST_LENGTH, list->name);
    config_text got = {p->got, sizeof p->got, 0}, allowed = {p->allowed, sizeof p->allowed, 0};
    mark(p, f->key, f->nearest);
    config_add(&got, "%zu", count);
    config_add(&allowed, r->problems->chinese ? "%zu 到 %zu" : "%zu to %zu", list->least,
               list->most);
}

static void apply_list(reader *r, const config_list *list)
{
    char prefix[CONFIG_NAME_MAX];
    found f = follow(r->root, list->name);
    scope outer = {.mapping = r->root};
    if (f.blocked)
        return;
    if (f.key != NULL && !is_empty(f.value) && !fy_node_is_sequence(f.value)) {
        report_shape(r, &outer, (struct fy_node *[2]){f.key, f.value}, list->name, true);
        return;
    }
    (void)snprintf(prefix, sizeof prefix, "%s[].", list->name);
    size_t count = 0;
    void *next = NULL;
    struct fy_node *element;
    while (!is_empty(f.value) && (element = fy_node_sequence_iterate(f.value, &next)) != NULL) {
        size_t index = count++;
        if (index >= list->most)
            continue;
        outer.element = index;
        if (!fy_node_is_mapping(element)) {
            char name[CONFIG_NAME_MAX];
            (void)snprintf(name, sizeof name, "%s[]", list->name);
            report_shape(r, &outer, (struct fy_node *[2]){f.key, element}, name, false);
            continue;
        }
        check_names(r, element, prefix, index);
        apply_keys(r, element, prefix, r->copy + list->offset + index * list->stride, index);
    }
    if (count < list->least || count > list->most)
        report_count(r, list, &f, count);
    memcpy(r->copy + list->count_offset, &count, sizeof count);
}

static void read_document(reader *r)
{
    if (r->root != NULL && !is_empty(r->root) && !fy_node_is_mapping(r->root)) {
        scope whole = {.mapping = r->root};
        report_shape(r, &whole, (struct fy_node *[2]){r->root, r->root}, "", false);
        return;
    }
    if (is_empty(r->root))
        r->root = NULL;
    if (r->root != NULL)
        check_names(r, r->root, "", 0);
    apply_keys(r, r->root, "", r->copy, 0);
    for (size_t i = 0; i < r->schema->list_count; i++)
        apply_list(r, &r->schema->lists[i]);
}

/* ---------------------------------------------------------------------- the file and its YAML */

static void report_syntax(config_problems *problems, uint32_t line, uint32_t column,
                          const char *what)
{
    config_problem *p = config_problem_add(problems, CONFIG_SYNTAX, "");
    config_text got = {p->got, sizeof p->got, 0};
    p->line = line > 0 ? line : 1;
    p->column = column > 0 ? column : 1;
    config_add(&got, "%s", what);
}

/* libfyaml would print on stderr; what it has to say that carries a place is collected instead. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)len;
}

static struct fy_diag *make_diag(void)
{
    struct fy_diag_cfg options;
    fy_diag_cfg_default(&options);
    options.fp = NULL;
    options.output_fn = swallow;
    options.level = FYET_ERROR;
    options.colorize = false;
    struct fy_diag *diag = fy_diag_create(&options);
    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static void collect_syntax(config_problems *problems, struct fy_diag *diag)
{
    void *next = NULL;
    struct fy_diag_error *error;
    while ((error = fy_diag_errors_iterate(diag, &next)) != NULL)
        report_syntax(problems, (uint32_t)(error->line > 0 ? error->line : 0),
                      (uint32_t)(error->column > 0 ? error->column : 0), error->msg);
}

static void parse_with(reader *r, struct fy_parser *parser, struct fy_diag *diag)
{
    struct fy_document *document = fy_parse_load_document(parser);
    struct fy_document *second = document == NULL ? NULL : fy_parse_load_document(parser);
    config_problems *problems = r->problems;
    collect_syntax(problems, diag);
    if (problems->count == 0 && fy_parser_get_stream_error(parser))
        report_syntax(problems, 1, 1, problems->chinese ? "无法解析" : "it cannot be read");
    if (second != NULL) {
        config_problem where = {0};
        mark(&where, fy_document_root(second), NULL);
        report_syntax(problems, where.line, where.column,
                      problems->chinese ? "文件只能有一个文档（多余的 ---）"
                                        : "a second document (---); one is allowed");
    }
    if (problems->count == 0) {
        r->root = document == NULL ? NULL : fy_document_root(document);
        read_document(r);
    }
    fy_parse_document_destroy(parser, second);
    fy_parse_document_destroy(parser, document);
}

static ess_err parse(reader *r, ess_slice text)
{
    ess_err err = ESS_E_INTERNAL; /* memory is out */
    struct fy_diag *diag = make_diag();
    /* Duplicates are found here, with both places; libfyaml would stop at the first. */
    struct fy_parse_cfg options = {.flags = FYPCF_ALLOW_DUPLICATE_KEYS, .diag = diag};
    struct fy_parser *parser = diag == NULL ? NULL : fy_parser_create(&options);
    if (parser != NULL && fy_parser_set_string(parser, text.ptr, text.len) == 0) {
        parse_with(r, parser, diag);
        err = ESS_OK;
    }
    if (parser != NULL)
        fy_parser_destroy(parser);
    if (diag != NULL)
        fy_diag_destroy(diag);
    return err;
}

/* Refuses bytes that no YAML file may hold, before libfyaml sees them: it takes a NUL for the end
 * of the file, so that a tail zeroed by a power cut would leave the rest at its defaults, and in
 * the head of a block it gives bytes that were never written. */
static bool check_bytes(config_problems *problems, ess_slice text)
{
    bool chinese = problems->chinese;
    uint32_t line = 1, column = 1;
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            report_syntax(problems, line, column, chinese ? "控制字符" : "a control character");
            return false;
        }
        column += (c & 0xc0) != 0x80;
        if (c != '\n' && i + 1 < text.len)
            continue;
        if (!ess_utf8_valid((ess_slice){text.ptr + start, i + 1 - start})) {
            report_syntax(problems, line, 1, chinese ? "此行不是 UTF-8" : "this line is not UTF-8");
            return false;
        }
        line++;
        column = 1;
        start = i + 1;
    }
    return true;
}

static void report_unreadable(config_problems *problems, ess_err err)
{
    static const struct {
        ess_err err;
        const char *en[2], *zh[2];
    } causes[] = {
        {ESS_E_NOT_FOUND,
         {"there is no such file", "give the right path, or make one from the printed reference"},
         {"没有这个文件", "请检查路径，或用打印出的配置参考新建一个"}},
        {ESS_E_PERMISSION,
         {"this user may not read it", "let the program's user read it"},
         {"当前用户无权读取", "请授予程序用户读取权限"}},
        {ESS_E_TOO_LARGE,
         {"it is too large", "a configuration has at most 256 KiB"},
         {"文件过大", "配置文件最大 256 KiB"}},
        {ESS_OK,
         {"the operating system refused", "check the disk and that it is a file"},
         {"操作系统拒绝读取", "请检查磁盘，并确认它是普通文件"}},
    };
    size_t i = 0;
    while (causes[i].err != err && causes[i].err != ESS_OK)
        i++;
    config_problem *p = config_problem_add(problems, CONFIG_NOT_FOUND, "");
    config_text got = {p->got, sizeof p->got, 0}, allowed = {p->allowed, sizeof p->allowed, 0};
    config_add(&got, "%s", problems->chinese ? causes[i].zh[0] : causes[i].en[0]);
    config_add(&allowed, "%s", problems->chinese ? causes[i].zh[1] : causes[i].en[1]);
}

static ess_err load(reader *r, char *text)
{
    size_t len = 0;
    ess_err err = port_read_text(r->problems->file, text, CONFIG_FILE_MAX + 1, &len);
    if (err != ESS_OK) {
        report_unreadable(r->problems, err);
        return ESS_E_NOT_FOUND;
    }
    if (check_bytes(r->problems, (ess_slice){text, len}))
        TRY(parse(r, (ess_slice){text, len}));
    return r->problems->count == 0 ? ESS_OK : ESS_E_CONFIG;
}

ess_err config_load(const char *file, const config_schema *schema, bool chinese, void *out,
                    char *problem, size_t problem_size)
{
    ess_err err = ESS_E_INTERNAL;
    char *text = malloc(CONFIG_FILE_MAX + 1);
    reader r = {.schema = schema, .copy = malloc(schema->struct_size)};
    r.problems = calloc(1, sizeof *r.problems);
    problem[0] = '\0';
    if (text != NULL && r.copy != NULL && r.problems != NULL) {
        r.problems->file = file;
        r.problems->chinese = chinese;
        memcpy(r.copy, out, schema->struct_size);
        err = load(&r, text);
        config_problems_print(r.problems, &(config_text){problem, problem_size, 0});
        if (err == ESS_OK)
            memcpy(out, r.copy, schema->struct_size);
    }
    free(r.problems);
    free(r.copy);
    free(text);
    return err;
}

/* Problems of a configuration file, told to a person: where, which key, what is wrong, what is
 * allowed, and the id under which the catalogue (spec/model/errors.json) says more. */
#include "config/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct issue_text {
    const char *id;
    const char *en, *zh; /* printf formats of got and allowed */
} issue_text;

static const issue_text issue_texts[] = {
    [CONFIG_UNKNOWN_KEY] = {"config-unknown-key", "is not a known key%s; %s",
                            "不是已知的配置项%s；%s"},
    [CONFIG_MISSING_KEY] = {"config-missing-key", "is missing%s; give %s", "缺少此项%s；应为 %s"},
    [CONFIG_RANGE] = {"config-range", "%s is not allowed; %s", "%s 不在允许范围内；应为 %s"},
    [CONFIG_TYPE] = {"config-type", "%s is not of the right kind; %s", "%s 类型不对；应为 %s"},
    [CONFIG_BAD_CHOICE] = {"config-choice", "%s is not a choice; %s", "%s 不是可选值；应为 %s"},
    [CONFIG_SYNTAX] = {"config-syntax", "not valid YAML: %s%s", "YAML 语法错误：%s%s"},
    [CONFIG_DUPLICATE_KEY] = {"config-duplicate-key", "is given twice, first in line %s%s",
                              "重复出现，第一次在第 %s 行%s"},
    [CONFIG_NOT_FOUND] = {"config-not-found", "cannot be read: %s; %s", "无法读取：%s；%s"},
    [CONFIG_LENGTH] = {"config-length", "%s has the wrong length; %s", "%s 长度不对；应为 %s"},
    [CONFIG_LIST_LENGTH] = {"config-list-length", "has %s entries; %s are allowed",
                            "有 %s 个条目；允许 %s 个"},
};

void config_add(config_text *text, const char *format, ...)
{
    size_t room = text->size - text->len;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text->room + text->len, room, format, args);
    va_end(args);
    if (wanted <= 0)
        return;
    text->len += (size_t)wanted < room ? (size_t)wanted : room - 1;
    /* A cut must not leave half a character behind. */
    if ((size_t)wanted >= room) {
        size_t cut = text->len;
        while (cut > 0 && ((unsigned char)text->room[cut - 1] & 0xc0) == 0x80)
            cut--;
        if (cut > 0 && (unsigned char)text->room[cut - 1] >= 0xc0)
            text->len = cut - 1;
        text->room[text->len] = '\0';
    }
}

void config_add_shown(config_text *text, ess_slice value)
{
    char shown[41];
    size_t len = value.len < sizeof shown ? value.len : sizeof shown - 1;
    if (len < value.len) {
        while (len > 0 && ((unsigned char)value.ptr[len] & 0xc0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        shown[i] = c < 0x20 || c == 0x7f ? '.' : value.ptr[i];
    }
    shown[len] = '\0';
    bool number = len > 0 && strspn(shown, "+-0123456789.") == len;
    const char *more = len < value.len ? "..." : "";
    config_add(text, number ? "%s%s" : "\"%s%s\"", shown, more);
}

config_problem *config_problem_add(config_problems *problems, config_issue issue,
                                   const char *name)
{
    size_t place = problems->count;
    if (problems->count < CONFIG_PROBLEM_MAX)
        problems->count++;
    else
        place = CONFIG_PROBLEM_MAX - 1;
    config_problem *added = &problems->list[place];
    *added = (config_problem){.issue = issue};
    config_text text = {added->name, sizeof added->name, 0};
    config_add(&text, "%s", name);
    return added;
}

static bool stands_before(const config_problem *a, const config_problem *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Stable: several problems of one place stay in the order in which they were found. */
static void sort(config_problems *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        config_problem moved = problems->list[i];
        size_t place = i;
        for (; place > 0 && stands_before(&moved, &problems->list[place - 1]); place--)
            problems->list[place] = problems->list[place - 1];
        problems->list[place] = moved;
    }
}

static void add_line(const config_problems *problems, const config_problem *p, config_text *out)
{
    const issue_text *texts = &issue_texts[p->issue];
    config_add(out, "%s:", problems->file);
    if (p->line > 0)
        config_add(out, "%u:%u:", (unsigned)p->line, (unsigned)p->column);
    if (p->name[0] != '\0')
        config_add(out, " %s:", p->name);
    config_add(out, " ");
    config_add(out, problems->chinese ? texts->zh : texts->en, p->got, p->allowed);
    config_add(out, " [%s]", texts->id);
}

void config_problems_print(config_problems *problems, config_text *out)
{
    char line[1024];
    size_t reserve = 48; /* for the line that counts the rest */
    sort(problems);
    for (size_t i = 0; i < problems->count; i++) {
        config_text one = {line, sizeof line, 0};
        add_line(problems, &problems->list[i], &one);
        size_t left = out->size - out->len;
        bool last = i + 1 == problems->count;
        /* The first is always told, cut if it must be. */
        if (i > 0 && one.len + 2 + (last ? 0 : reserve) > left) {
            config_add(out, problems->chinese ? "\n……另有 %zu 处" : "\n... and %zu more",
                       problems->count - i);
            return;
        }
        config_add(out, "%s%s", i > 0 ? "\n" : "", line);
    }
}

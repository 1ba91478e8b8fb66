/* One table for reading; a writer that asks the reader's own checks first. */
#include "ess/alarm.h"

#include "codec/try.h"
#include "ess/json.h"
#include "ess/limits.h"
#include "session/word.h"

#define TIME_MAX ((INT64_C(1) << 53) - 1) /* [ENV-20] */

typedef struct alarm_read {
    ess_alarm alarm;
    bool has_act;
} alarm_read;

/* ---- checks */

/* [ALM-09] As code [ENV-05]. */
static bool is_id(ess_slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\')
            return false;
    }
    return id.len > 0 && id.len <= ESS_CODE_MAX;
}

/* [ALM-06] Three parts, none empty; the last is the level. 0: it is no code. */
static uint8_t level_of(ess_slice code)
{
    size_t dots = 0;

    if (code.len < 5 || code.len > ESS_NAME_MAX || code.ptr[0] == '.')
        return 0;
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        bool plain =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/';
        if (c == '.' && code.ptr[i - 1] == '.')
            return 0;
        dots += c == '.';
        if (!plain && c != '.')
            return 0;
    }
    char last = code.ptr[code.len - 1];
    if (dots != 2 || code.ptr[code.len - 2] != '.' || last < '1' ||
        last > '0' + ESS_ALARM_LEVEL_MAX)
        return 0;
    return (uint8_t)(last - '0');
}

/* The rule that the whole breaks; NULL: none. */
static const char *broken_rule(const ess_alarm *alarm)
{
    uint8_t level = level_of(alarm->code);

    if (level == 0)
        return "ALM-06";
    if (alarm->level != level)
        return "ALM-07";
    if (!is_id(alarm->id))
        return "ALM-09";
    if (alarm->first_utc_ms >= 0 && alarm->last_utc_ms >= 0 &&
        alarm->last_utc_ms < alarm->first_utc_ms)
        return "ALM-10";
    return alarm->n >= 1 ? NULL : "ALM-11";
}

/* ---- reading */

static ess_err take_code(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_text(token, &((alarm_read *)out)->alarm.code);
}

static ess_err take_id(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_text(token, &((alarm_read *)out)->alarm.id);
}

static ess_err take_level(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    int64_t level;

    (void)reader;
    if (token->type != ESS_JSON_NUMBER)
        return ESS_E_DATA;
    TRY(ess_word_small(token, ESS_ALARM_LEVEL_MAX, &level));
    ((alarm_read *)out)->alarm.level = (uint8_t)level;
    return ESS_OK;
}

static ess_err take_act(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    alarm_read *read = out;
    ess_slice act;

    (void)reader;
    TRY(ess_word_text(token, &act));
    read->alarm.clear = ess_slice_is(act, "clear");
    read->has_act = true;
    return read->alarm.clear || ess_slice_is(act, "raise") ? ESS_OK : ESS_E_DATA;
}

static ess_err take_time(const ess_json_token *token, int64_t *out)
{
    return token->type == ESS_JSON_NUMBER ? ess_word_small(token, TIME_MAX, out) : ESS_E_DATA;
}

static ess_err take_first(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return take_time(token, &((alarm_read *)out)->alarm.first_utc_ms);
}

static ess_err take_last(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return take_time(token, &((alarm_read *)out)->alarm.last_utc_ms);
}

static ess_err take_n(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return take_time(token, &((alarm_read *)out)->alarm.n);
}

static ess_err take_number(const ess_json_token *token, ess_decimal *out)
{
    return token->type == ESS_JSON_NUMBER ? ess_decimal_parse(token->text, out) : ESS_E_DATA;
}

static ess_err take_value(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    alarm_read *read = out;

    (void)reader;
    read->alarm.has_value = true;
    return take_number(token, &read->alarm.value);
}

static ess_err take_limit(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    alarm_read *read = out;

    (void)reader;
    read->alarm.has_limit = true;
    return take_number(token, &read->alarm.limit);
}

static const ess_word_member members[] = {
    {"alarm", take_code, "ALM-06", NULL},  {"id", take_id, "ALM-09", NULL},
    {"level", take_level, "ALM-07", NULL}, {"act", take_act, "ALM-08", NULL},
    {"first", take_first, "ALM-10", NULL}, {"last", take_last, "ALM-10", NULL},
    {"n", take_n, "ALM-11", NULL},         {"v", take_value, "ALM-12", NULL},
    {"limit", take_limit, "ALM-12", NULL},
};
static const ess_word_form form = {
    "ALM-06", "an alarm wants alarm (kind.family.level), id, level and act (raise or clear)",
    members, sizeof members / sizeof members[0]};

bool ess_event_is_alarm(ess_slice d)
{
    ess_json_reader reader;
    ess_json_token token;

    ess_json_reader_init(&reader, d);
    if (ess_json_next(&reader, &token) != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN)
        return false;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_KEY) {
        if (ess_json_text_is(&token, "alarm"))
            return true;
        if (ess_json_next(&reader, &token) != ESS_OK ||
            ess_json_skip(&reader, &token, NULL) != ESS_OK)
            return false;
    }
    return false;
}

ess_err ess_alarm_parse(ess_slice d, ess_alarm *out, ess_fault *fault)
{
    alarm_read read = {.alarm = {.first_utc_ms = -1, .last_utc_ms = -1, .n = 1}};

    TRY(ess_word_read(&form, d, &read, fault));
    if (!read.has_act)
        return ess_word_refuse(fault, &form, "ALM-08");
    const char *rule = broken_rule(&read.alarm);
    if (rule != NULL)
        return ess_word_refuse(fault, &form, rule);
    *out = read.alarm;
    return ESS_OK;
}

/* ---- writing */

static void put_time(ess_json_writer *writer, const char *name, int64_t utc_ms)
{
    if (utc_ms >= 0)
        ess_word_put_int(writer, name, utc_ms);
}

static void put_number(ess_json_writer *writer, const char *name, ess_decimal value)
{
    ess_json_key(writer, name);
    ess_json_decimal(writer, value);
}

ess_err ess_alarm_print(const ess_alarm *alarm, char *room, size_t room_size, size_t *len)
{
    ess_json_writer writer;

    if (broken_rule(alarm) != NULL || alarm->first_utc_ms > TIME_MAX ||
        alarm->last_utc_ms > TIME_MAX || alarm->n > TIME_MAX)
        return ESS_E_DATA;
    ess_json_writer_init(&writer, room, room_size);
    ess_json_object_begin(&writer);
    ess_word_put_text(&writer, "alarm", alarm->code);
    ess_word_put_text(&writer, "id", alarm->id);
    ess_word_put_int(&writer, "level", alarm->level);
    ess_word_put_text(&writer, "act", ess_slice_from(alarm->clear ? "clear" : "raise"));
    put_time(&writer, "first", alarm->first_utc_ms);
    put_time(&writer, "last", alarm->last_utc_ms);
    ess_word_put_int(&writer, "n", alarm->n);
    if (alarm->has_value)
        put_number(&writer, "v", alarm->value);
    if (alarm->has_limit)
        put_number(&writer, "limit", alarm->limit);
    ess_json_object_end(&writer);
    return ess_json_finish(&writer, len);
}

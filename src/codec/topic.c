/* Topics: one table of message types, one pass over the levels. */
#include "ess/topic.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"
#include "ess/limits.h"

enum { LEVELS_MIN = 4, LEVELS_MAX = 6 };

static const struct type_row {
    ess_slice name;
    bool up;
} types[ESS_MESSAGE_TYPE_COUNT] = {
    [ESS_STATE] = {{"STATE", 5}, true}, [ESS_DATA] = {{"DATA", 4}, true},
    [ESS_HIST] = {{"HIST", 4}, true},   [ESS_PARAM] = {{"PARAM", 5}, true},
    [ESS_EVENT] = {{"EVENT", 5}, true}, [ESS_ACK] = {{"ACK", 3}, true},
    [ESS_CMD] = {{"CMD", 3}, false},    [ESS_RSP] = {{"RSP", 3}, false},
    [ESS_CUSTOM] = {{"X-", 2}, false},
};

const char *ess_message_type_name(ess_message_type type)
{
    return types[type].name.ptr;
}

bool ess_message_type_is_up(ess_message_type type)
{
    return types[type].up;
}

bool ess_level_is_legal(ess_slice level)
{
    const char *end = level.ptr + level.len;

    if (level.len == 0 || level.ptr[0] == '$')
        return false;
    for (const char *at = level.ptr; at < end;) {
        unsigned char c = (unsigned char)*at;
        if ((unsigned)(c | 0x20) - 'a' < 26 || (unsigned)c - '0' < 10) { /* nearly all are */
            at++;
            continue;
        }
        size_t step = ess_utf8_step(at, end);
        bool c1_control = c == 0xC2 && step == 2 && (unsigned char)at[1] < 0xA0;
        if (step == 0 || c < 0x20 || c == 0x7F || c1_control || c == '+' || c == '#' || c == '/')
            return false;
        at += step;
    }
    return true;
}

const char *ess_level_rule(ess_slice level)
{
    if (level.len == 0)
        return "TOP-16";
    if (level.ptr[0] == '$')
        return "TOP-17";
    for (size_t i = 0; i < level.len; i++) {
        if (level.ptr[i] == '+' || level.ptr[i] == '#' || level.ptr[i] == '/')
            return "TOP-06";
    }
    return ess_utf8_valid(level) ? "TOP-18" : "TOP-19";
}

/* "v1" .. "v65535", no leading zero. 0: not a version. */
static uint16_t parse_version(ess_slice level)
{
    uint32_t version = 0;

    if (level.len < 2 || level.len > 6 || level.ptr[0] != 'v' || level.ptr[1] == '0')
        return 0;
    for (size_t i = 1; i < level.len; i++) {
        unsigned digit = (unsigned char)level.ptr[i] - (unsigned)'0';
        if (digit > 9)
            return 0;
        version = version * 10 + digit;
    }
    return version > UINT16_MAX ? 0 : (uint16_t)version;
}

uint16_t ess_topic_major(ess_slice text)
{
    const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;

    return slash == NULL ? 0 : parse_version((ess_slice){text.ptr, (size_t)(slash - text.ptr)});
}

/* ESS_MESSAGE_TYPE_COUNT: no such type. */
static ess_message_type parse_type(ess_slice level)
{
    for (size_t i = 0; i < ESS_CUSTOM; i++) {
        if (ess_slice_equal(level, types[i].name))
            return (ess_message_type)i;
    }
    ess_slice prefix = types[ESS_CUSTOM].name;
    if (level.len > prefix.len && memcmp(level.ptr, prefix.ptr, prefix.len) == 0)
        return ESS_CUSTOM;
    return ESS_MESSAGE_TYPE_COUNT;
}

static ess_err refuse(ess_fault *fault, size_t offset, const char *rule, const char *what)
{
    return ess_refuse(fault, (ess_fault){ESS_E_TOPIC, (uint32_t)offset, rule, what});
}

/* Cuts text at its slashes and checks each level. */
static ess_err split(ess_slice text, ess_slice levels[static LEVELS_MAX], size_t *count,
                     ess_fault *fault)
{
    size_t begin = 0;

    *count = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at < text.len && text.ptr[at] != '/')
            continue;
        if (*count == LEVELS_MAX)
            return refuse(fault, begin, "TOP-01", "more than 6 levels");
        ess_slice level = {text.ptr + begin, at - begin};
        if (!ess_level_is_legal(level))
            return refuse(fault, begin, ess_level_rule(level),
                          "a level is empty or holds what it may not");
        levels[(*count)++] = level;
        begin = at + 1;
    }
    if (*count < LEVELS_MIN)
        return refuse(fault, text.len, "TOP-01", "fewer than 4 levels");
    return ESS_OK;
}

ess_err ess_topic_parse(ess_slice text, ess_topic *out, ess_fault *fault)
{
    ess_slice levels[LEVELS_MAX] = {{0}};
    ess_topic topic;
    size_t count = 0;

    if (text.len > ESS_TOPIC_MAX)
        return refuse(fault, ESS_TOPIC_MAX, "TOP-07", "longer than 512 bytes");
    if (text.len == 0)
        return refuse(fault, 0, "TOP-01", "fewer than 4 levels");
    TRY(split(text, levels, &count, fault));
    topic.version = parse_version(levels[0]);
    if (topic.version == 0)
        return refuse(fault, 0, "TOP-02", "the first level is not v1, v2, ...");
    topic.type = parse_type(levels[1]);
    if (topic.type == ESS_MESSAGE_TYPE_COUNT)
        return refuse(fault, levels[0].len + 1, "TOP-03", "no such message type");
    topic.type_text = levels[1];
    topic.application = levels[2];
    topic.group = levels[3];
    topic.unit = levels[4];
    topic.component = levels[5];
    *out = topic;
    return ESS_OK;
}

/* [TOP-05] */
static bool may_emit(ess_slice level)
{
    if (level.len == 0 || level.len > ESS_LEVEL_EMIT_MAX)
        return false;
    for (size_t i = 0; i < level.len; i++) {
        char c = level.ptr[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '_' || c == '~' || c == '-';
        if (!plain)
            return false;
    }
    return true;
}

ess_err ess_topic_print(const ess_topic *topic, char *room, size_t room_size, size_t *len)
{
    char version[1 + 20] = {'v'};
    ess_slice levels[LEVELS_MAX] = {{0}};
    size_t count = (size_t)LEVELS_MIN + (topic->unit.len > 0) + (topic->component.len > 0);
    size_t need = count; /* a slash or the NUL behind each */

    if (topic->version == 0 || (unsigned)topic->type >= ESS_MESSAGE_TYPE_COUNT ||
        (topic->component.len > 0 && topic->unit.len == 0) ||
        (topic->type == ESS_CUSTOM && parse_type(topic->type_text) != ESS_CUSTOM))
        return ESS_E_TOPIC;
    levels[0] = (ess_slice){version, 1 + ess_digits_print(topic->version, version + 1)};
    levels[1] = topic->type == ESS_CUSTOM ? topic->type_text : types[topic->type].name;
    levels[2] = topic->application;
    levels[3] = topic->group;
    levels[4] = topic->unit;
    levels[5] = topic->component;
    for (size_t i = 0; i < count; i++) {
        if (!may_emit(levels[i]))
            return ESS_E_TOPIC;
        need += levels[i].len;
    }
    if (need > room_size)
        return ESS_E_NO_ROOM;
    for (size_t i = 0; i < count; i++) {
        memcpy(room, levels[i].ptr, levels[i].len);
        room += levels[i].len;
        *room++ = i + 1 < count ? '/' : '\0';
    }
    *len = need - 1;
    return ESS_OK;
}

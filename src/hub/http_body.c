/* Walks the object once with the strict reader. */
#include "hub/http_body.h"

#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "config/refusal.h"

#define NAME_SHOWN_MAX 64 /* bytes of a name from outside */

typedef struct reading {
    ess_json_reader reader;
    const body_form *form;
    char *why;
} reading;

/* ---- what is wrong */

static ess_err say(const reading *r, const char *name, ess_model_text text)
{
    (void)snprintf(r->why, BODY_WHY_MAX, "%s %s%s", name, ess_model_say(text, r->form->chinese),
                   r->form->chinese ? "。" : "."); /* cut is fine */
    return ESS_E_DATA;
}

static ess_err say_range(const reading *r, const body_member *member, ess_model_text what)
{
    char text[128], least[ESS_DECIMAL_PRINT_MAX + 1], most[ESS_DECIMAL_PRINT_MAX + 1];
    least[ess_decimal_print(member->least, least)] = '\0';
    most[ess_decimal_print(member->most, most)] = '\0';
    bool has_unit = member->unit != NULL && member->unit[0] != '\0';
    (void)snprintf(text, sizeof text, "%s %s %s %s%s%s", ess_model_say(what, r->form->chinese),
                   least, r->form->chinese ? "至" : "to", most, has_unit ? " " : "",
                   has_unit ? member->unit : "");
    return say(r, member->name, (ess_model_text){text, text});
}

static ess_err say_unknown(const reading *r, ess_slice name)
{
    char shown[NAME_SHOWN_MAX + 1];
    size_t len = name.len < NAME_SHOWN_MAX ? name.len : NAME_SHOWN_MAX;
    while (len > 0 && !ess_utf8_valid((ess_slice){name.ptr, len}))
        len--; /* no half character */
    memcpy(shown, name.ptr, len);
    shown[len] = '\0';
    return say(r, shown, (ess_model_text){"is not known here", "不是这里的成员"});
}

static void say_syntax(const reading *r)
{
    const ess_fault *fault = &r->reader.fault;
    (void)snprintf(r->why, BODY_WHY_MAX, r->form->chinese ? "第 %u 字节处：%s。" : "Byte %u: %s.",
                   (unsigned)fault->offset, config_refusal_words_of(fault->what, r->form->chinese));
}

/* ---- members, by kind */

static ess_err read_text(reading *r, body_member *member, const ess_json_token *token)
{
    size_t len = 0;
    if (token->type != ESS_JSON_STRING)
        return say(r, member->name, (ess_model_text){"must be a text", "须为文本"});
    if (member->room == NULL)
        return ESS_OK;
    bool fits = ess_json_unescape(token, member->room, member->room_size - 1, &len) == ESS_OK;
    if (!fits || len == 0) {
        member->least.mantissa = 1;
        member->most.mantissa = (int64_t)member->room_size - 1;
        member->unit = r->form->chinese ? "字节" : "bytes";
        return say_range(r, member, (ess_model_text){"must have", "长度须为"});
    }
    if (memchr(member->room, '\0', len) != NULL)
        return say(r, member->name, (ess_model_text){"must not hold U+0000", "不得含有 U+0000"});
    member->room[len] = '\0';
    member->text = (ess_slice){member->room, len};
    return ESS_OK;
}

static ess_err read_number(reading *r, body_member *member, const ess_json_token *token)
{
    ess_decimal value;
    bool whole = member->kind == BODY_INTEGER;
    bool good = token->type == ESS_JSON_NUMBER &&
                ess_decimal_parse(token->text, &value) == ESS_OK &&
                ess_decimal_compare(value, member->least) >= 0 &&
                ess_decimal_compare(value, member->most) <= 0;
    if (good && whole)
        good = ess_decimal_to_integer(value, 0, &member->number) == ESS_OK;
    if (good)
        return ESS_OK;
    return say_range(r, member,
                     whole ? (ess_model_text){"must be a whole number from", "须为整数，范围"}
                           : (ess_model_text){"must be a number from", "须为数值，范围"});
}

static ess_err read_bool(reading *r, body_member *member, const ess_json_token *token)
{
    if (token->type == ESS_JSON_TRUE || token->type == ESS_JSON_FALSE)
        return ESS_OK;
    return say(r, member->name, (ess_model_text){"must be true or false", "须为 true 或 false"});
}

static ess_err read_object(reading *r, body_member *member, const ess_json_token *token)
{
    if (token->type != ESS_JSON_OBJECT_BEGIN)
        return say(r, member->name, (ess_model_text){"must be an object", "须为对象"});
    return ess_json_skip(&r->reader, token, &member->text);
}

static ess_err (*const read_by_kind[])(reading *r, body_member *member,
                                       const ess_json_token *token) = {
    [BODY_TEXT] = read_text, [BODY_NUMBER] = read_number, [BODY_INTEGER] = read_number,
    [BODY_BOOL] = read_bool, [BODY_OBJECT] = read_object,
};

static ess_err read_member(reading *r, const ess_json_token *key)
{
    ess_json_token token;
    body_member *member = r->form->members;
    const body_member *end = member + r->form->count;
    while (member < end && !ess_json_text_is(key, member->name))
        member++;
    if (member == end)
        return say_unknown(r, key->text);
    if (member->given)
        return say(r, member->name, (ess_model_text){"is given twice", "重复给出"});
    member->given = true;
    TRY(ess_json_next(&r->reader, &token));
    return read_by_kind[member->kind](r, member, &token);
}

static ess_err read_members(reading *r)
{
    ess_json_token token;
    TRY(ess_json_next(&r->reader, &token));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return say(r, r->form->chinese ? "正文" : "The body",
                   (ess_model_text){"must be one JSON object", "须为一个 JSON 对象"});
    for (;;) {
        TRY(ess_json_next(&r->reader, &token));
        if (token.type == ESS_JSON_OBJECT_END)
            return ess_json_next(&r->reader, &token); /* nothing may follow */
        TRY(read_member(r, &token));
    }
}

ess_err http_body_read(ess_slice body, const body_form *form, char why[static BODY_WHY_MAX])
{
    reading r = {.form = form, .why = why};
    why[0] = '\0';
    ess_json_reader_init(&r.reader, body);
    ess_err err = read_members(&r);
    if (err != ESS_OK && why[0] == '\0')
        say_syntax(&r);
    TRY(err);
    for (size_t i = 0; i < form->count; i++) {
        if (form->members[i].required && !form->members[i].given)
            return say(&r, form->members[i].name, (ess_model_text){"is required", "必须给出"});
    }
    return ESS_OK;
}

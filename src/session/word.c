/* See word.h. */
#include "session/word.h"

#include "codec/try.h"

#include <string.h>

/* why without its what, which is the form's. */
static ess_err refuse_by(ess_fault *fault, const ess_word_form *form, ess_fault why)
{
    why.what = form->what;
    if (fault != NULL)
        *fault = why;
    return why.err;
}

static ess_err refuse(ess_fault *fault, const ess_word_form *form, uint32_t offset, ess_err err)
{
    return refuse_by(fault, form, (ess_fault){.err = err, .offset = offset, .rule = form->rule});
}

ess_err ess_word_refuse(ess_fault *fault, const ess_word_form *form, const char *rule)
{
    return refuse_by(fault, form, (ess_fault){.err = ESS_E_DATA, .rule = rule});
}

static ess_err refuse_member(ess_fault *fault, const ess_word_form *form,
                             const ess_word_member *broken, uint32_t offset, ess_err err)
{
    bool many = err == ESS_E_TOO_LARGE || err == ESS_E_NO_ROOM;
    const char *rule = broken->rule == NULL ? form->rule : broken->rule;
    if (many && broken->many != NULL)
        rule = broken->many;
    return refuse_by(fault, form, (ess_fault){.err = err, .offset = offset, .rule = rule});
}

static ess_err take_member(const ess_word_form *form, void *out, ess_json_reader *reader,
                           const ess_json_token *key, ess_fault *fault)
{
    ess_json_token value;
    ess_err err = ess_json_next(reader, &value);
    for (size_t i = 0; err == ESS_OK && i < form->count; i++) {
        const ess_word_member *known = &form->members[i];
        if (!ess_json_text_is(key, known->name))
            continue;
        err = known->take(out, reader, &value);
        return err == ESS_OK ? err : refuse_member(fault, form, known, key->offset, err);
    }
    if (err == ESS_OK)
        err = ess_json_skip(reader, &value, NULL); /* [ENV-35] unknown members are ignored */
    return err == ESS_OK ? err : refuse(fault, form, key->offset, err);
}

ess_err ess_word_read(const ess_word_form *form, ess_slice text, void *out, ess_fault *fault)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, text);
    ess_err err = ess_json_next(&reader, &token);
    if (err != ESS_OK || token.type != ESS_JSON_OBJECT_BEGIN)
        return refuse(fault, form, 0, err != ESS_OK ? err : ESS_E_DATA);
    for (;;) {
        err = ess_json_next(&reader, &token);
        if (err == ESS_OK && token.type == ESS_JSON_OBJECT_END)
            return ESS_OK;
        if (err != ESS_OK || token.type != ESS_JSON_KEY)
            return refuse(fault, form, token.offset, err != ESS_OK ? err : ESS_E_DATA);
        TRY(take_member(form, out, &reader, &token, fault));
    }
}

ess_err ess_word_text(const ess_json_token *token, ess_slice *out)
{
    if (token->type != ESS_JSON_STRING || token->escaped)
        return ESS_E_DATA;
    *out = token->text;
    return ESS_OK;
}

ess_err ess_word_small(const ess_json_token *token, int64_t most, int64_t *out)
{
    int64_t value;
    TRY(ess_json_integer(token, &value));
    if (value < 0 || value > most)
        return ESS_E_NUMBER;
    *out = value;
    return ESS_OK;
}

ess_err ess_word_sid(const ess_json_token *token, char room[static ESS_SID_LEN + 1])
{
    ess_slice text;
    ess_report_code code;
    char probe[ESS_SID_LEN + 3];
    TRY(ess_word_text(token, &text));
    if (text.len != ESS_SID_LEN)
        return ESS_E_DATA;
    memcpy(probe, text.ptr, ESS_SID_LEN);
    memcpy(probe + ESS_SID_LEN, "-1", 3);
    TRY(ess_report_code_parse((ess_slice){probe, ESS_SID_LEN + 2}, &code));
    memcpy(room, code.sid, sizeof code.sid);
    return ESS_OK;
}

/* --- writing */

ess_err ess_word_begin(ess_json_writer *writer, const ess_envelope *around)
{
    TRY(ess_envelope_begin(writer, around));
    ess_json_object_begin(writer);
    return ESS_OK;
}

void ess_word_put_int(ess_json_writer *writer, const char *name, int64_t value)
{
    ess_json_key(writer, name);
    ess_json_int(writer, value);
}

void ess_word_put_text(ess_json_writer *writer, const char *name, ess_slice text)
{
    ess_json_key(writer, name);
    ess_json_text(writer, text);
}

void ess_word_put_text_if(ess_json_writer *writer, const char *name, ess_slice text)
{
    if (text.len > 0)
        ess_word_put_text(writer, name, text);
}

void ess_word_put_raw_if(ess_json_writer *writer, const char *name, ess_slice raw)
{
    if (raw.len == 0)
        return;
    ess_json_key(writer, name);
    ess_json_raw(writer, raw);
}

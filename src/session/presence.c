/* STATE: who is there, and what it reads [PRE-01]. */
#include "codec/try.h"
#include "ess/words.h"
#include "session/word.h"

ess_err ess_presence_print(const ess_presence_word *word, int64_t t_utc_ms, char *room,
                           size_t room_size, size_t *len)
{
    ess_json_writer writer;
    const ess_envelope around = {.t_utc_ms = t_utc_ms, .s = ESS_S_METRIC};
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_word_begin(&writer, &around));
    ess_word_put_int(&writer, "on", word->on ? 1 : 0);
    ess_word_put_text(&writer, "sid", ess_slice_from(word->sid));
    if (word->minor > 0)
        ess_word_put_int(&writer, "minor", word->minor);
    ess_word_put_text_if(&writer, "model", word->model);
    ess_word_put_text_if(&writer, "modelVer", word->model_version);
    ess_word_put_text_if(&writer, "modelHash", word->model_hash);
    ess_word_put_raw_if(&writer, "ext", word->ext);
    ess_word_put_text_if(&writer, "fw", word->fw);
    ess_word_put_text_if(&writer, "clock", word->clock);
    ess_word_put_raw_if(&writer, "enc", word->enc);
    ess_word_put_raw_if(&writer, "kids", word->kids);
    ess_word_put_raw_if(&writer, "units", word->units);
    ess_word_put_text_if(&writer, "sign", word->sign);
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}

typedef struct presence_read {
    ess_presence_word word;
    bool has_on, has_sid;
} presence_read;

static ess_err take_on(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    presence_read *read = out;
    int64_t value;
    (void)reader;
    TRY(ess_word_small(token, 1, &value));
    read->word.on = value == 1;
    read->has_on = true;
    return ESS_OK;
}

static ess_err take_presence_sid(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    presence_read *read = out;
    (void)reader;
    read->has_sid = true;
    return ess_word_sid(token, read->word.sid);
}

#define TAKE_TEXT(function, field)                                                                 \
    static ess_err function(void *out, ess_json_reader *reader, const ess_json_token *token)       \
    {                                                                                              \
        (void)reader;                                                                              \
        return ess_word_text(token, &((presence_read *)out)->word.field);                          \
    }
TAKE_TEXT(take_model, model)
TAKE_TEXT(take_model_version, model_version)
TAKE_TEXT(take_model_hash, model_hash)
TAKE_TEXT(take_fw, fw)
TAKE_TEXT(take_clock, clock)
TAKE_TEXT(take_sign, sign)

static ess_err take_minor(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    int64_t value;
    (void)reader;
    TRY(ess_word_small(token, ESS_MINOR_MAX, &value));
    ((presence_read *)out)->word.minor = (uint16_t)value;
    return ESS_OK;
}

/* An array of at most this many texts, whose bracket token is. */
static ess_err take_texts(ess_json_reader *reader, const ess_json_token *token, size_t most,
                          ess_slice *out)
{
    const char *begin = token->text.ptr;
    ess_json_token element;
    if (token->type != ESS_JSON_ARRAY_BEGIN)
        return ESS_E_DATA;
    for (size_t count = 0; count <= most; count++) {
        TRY(ess_json_next(reader, &element));
        if (element.type == ESS_JSON_ARRAY_END) {
            *out = (ess_slice){begin, (size_t)(reader->cur - begin)};
            return ESS_OK;
        }
        if (element.type != ESS_JSON_STRING)
            return ESS_E_DATA;
    }
    return ESS_E_TOO_LARGE;
}

#define TAKE_TEXTS(function, field, most)                                                          \
    static ess_err function(void *out, ess_json_reader *reader, const ess_json_token *token)       \
    {                                                                                              \
        return take_texts(reader, token, most, &((presence_read *)out)->word.field);               \
    }
TAKE_TEXTS(take_units, units, ESS_UNITS_MAX)
TAKE_TEXTS(take_enc, enc, ESS_ENC_MAX)
TAKE_TEXTS(take_kids, kids, ESS_KIDS_MAX)
TAKE_TEXTS(take_ext, ext, ESS_EXT_MAX)

static const ess_word_member presence_members[] = {
    {"on", take_on, "PRE-06", NULL},
    {"sid", take_presence_sid, "PRE-07", NULL},
    {"minor", take_minor, NULL, NULL},
    {"model", take_model, "PRE-10", NULL},
    {"modelVer", take_model_version, "PRE-10", NULL},
    {"modelHash", take_model_hash, "PRE-10", NULL},
    {"fw", take_fw, "PRE-10", NULL},
    {"clock", take_clock, "PRE-10", NULL},
    {"enc", take_enc, NULL, NULL},
    {"kids", take_kids, NULL, NULL},
    {"units", take_units, "PRE-09", NULL},
    {"sign", take_sign, NULL, NULL},
    {"ext", take_ext, NULL, NULL},
};

static const ess_word_form presence_form = {
    "PRE-08", "STATE wants on (0 or 1) and sid (16 hex digits)", presence_members,
    sizeof presence_members / sizeof presence_members[0]};

ess_err ess_presence_parse(ess_slice d, ess_presence_word *out, ess_fault *fault)
{
    presence_read read = {0};
    TRY(ess_word_read(&presence_form, d, &read, fault));
    if (!read.has_on || !read.has_sid)
        return ess_word_refuse(fault, &presence_form, read.has_on ? "PRE-07" : "PRE-06");
    *out = read.word;
    return ESS_OK;
}

bool ess_names_have(ess_slice names, const char *name)
{
    ess_json_reader reader;
    ess_json_token token;
    ess_json_reader_init(&reader, names);
    if (names.len == 0 || ess_json_next(&reader, &token) != ESS_OK)
        return false;
    while (ess_json_next(&reader, &token) == ESS_OK && token.type == ESS_JSON_STRING) {
        if (ess_json_text_is(&token, name))
            return true;
    }
    return false;
}

/* Writers and readers of the words: each reader is a table of members, walked by one loop. */
#include "ess/words.h"
#include "codec/try.h"
#include "session/word.h"

#include <string.h>

#define TIME_MAX ((INT64_C(1) << 53) - 1) /* [ENV-20] */

static ess_err take_sid(const ess_json_token *token, char room[static ESS_SID_LEN + 1])
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

static ess_err take_number_n(const ess_json_token *token, uint64_t *out)
{
    int64_t value;
    TRY(ess_json_integer(token, &value));
    if (value < 1)
        return ESS_E_NUMBER;
    *out = (uint64_t)value;
    return ESS_OK;
}

static ess_err expect(ess_json_reader *reader, ess_json_type type, ess_json_token *token)
{
    TRY(ess_json_next(reader, token));
    return token->type == type ? ESS_OK : ESS_E_DATA;
}

static void put_ranges(ess_json_writer *writer, const ess_ranges *ranges)
{
    ess_json_array_begin(writer);
    for (uint8_t i = 0; i < ranges->count; i++) {
        ess_json_array_begin(writer);
        ess_json_int(writer, (int64_t)ranges->at[i].first);
        ess_json_int(writer, (int64_t)ranges->at[i].last);
        ess_json_array_end(writer);
    }
    ess_json_array_end(writer);
}

/* ---- presence */

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
    return take_sid(token, read->word.sid);
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

/* ---- receipt */

static void put_refused(ess_json_writer *writer, const ess_receipt *receipt)
{
    ess_json_array_begin(writer);
    for (uint8_t i = 0; i < receipt->no_count; i++) {
        ess_json_array_begin(writer);
        ess_json_int(writer, (int64_t)receipt->no[i].n);
        ess_json_text(writer, ess_slice_from(receipt->no[i].rule));
        if (receipt->no[i].t_utc_ms > 0)
            ess_json_int(writer, receipt->no[i].t_utc_ms);
        ess_json_array_end(writer);
    }
    ess_json_array_end(writer);
}

ess_err ess_receipt_print(const ess_receipt *receipt, int64_t t_utc_ms, char *room,
                          size_t room_size, size_t *len)
{
    ess_json_writer writer;
    const ess_envelope around = {.t_utc_ms = t_utc_ms, .s = ESS_S_METRIC, .te = ESS_TE_RES};
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_word_begin(&writer, &around));
    ess_word_put_text(&writer, "op", ESS_SLICE_LITERAL("ack"));
    ess_word_put_text(&writer, "sid", ess_slice_from(receipt->sid));
    ess_json_key(&writer, "ok");
    put_ranges(&writer, &receipt->ok);
    if (receipt->no_count > 0) {
        ess_json_key(&writer, "no");
        put_refused(&writer, receipt);
    }
    ess_word_put_int(&writer, "slow", receipt->slow);
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}

typedef struct receipt_read {
    ess_receipt receipt;
    bool is_ack, has_sid;
} receipt_read;

static ess_err take_receipt_op(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    if (token->type != ESS_JSON_STRING) /* what it holds would be taken for members of d */
        return ESS_E_DATA;
    ((receipt_read *)out)->is_ack = ess_json_text_is(token, "ack");
    return ESS_OK;
}

static ess_err take_receipt_sid(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    receipt_read *read = out;
    (void)reader;
    read->has_sid = true;
    return take_sid(token, read->receipt.sid);
}

/* One [a,b] of ok, whose bracket has been read. */
static ess_err take_range(ess_receipt *receipt, ess_json_reader *reader)
{
    ess_json_token token;
    uint64_t first, last;
    TRY(ess_json_next(reader, &token));
    TRY(take_number_n(&token, &first));
    TRY(ess_json_next(reader, &token));
    TRY(take_number_n(&token, &last));
    TRY(expect(reader, ESS_JSON_ARRAY_END, &token));
    return ess_ranges_add(&receipt->ok, first, last);
}

/* One [n,"RULE"] or [n,"RULE",t] of no, whose bracket has been read. */
static ess_err take_refused(ess_receipt *receipt, ess_json_reader *reader)
{
    ess_json_token token;
    ess_refused *refused = &receipt->no[receipt->no_count];
    ess_slice rule;
    if (receipt->no_count == ESS_REFUSED_MAX)
        return ESS_E_TOO_LARGE;
    TRY(ess_json_next(reader, &token));
    TRY(take_number_n(&token, &refused->n));
    TRY(ess_json_next(reader, &token));
    TRY(ess_word_text(&token, &rule));
    TRY(ess_slice_copy(rule, refused->rule, sizeof refused->rule));
    refused->t_utc_ms = 0;
    TRY(ess_json_next(reader, &token));
    if (token.type == ESS_JSON_NUMBER) {
        TRY(ess_word_small(&token, TIME_MAX, &refused->t_utc_ms));
        TRY(ess_json_next(reader, &token));
    }
    if (token.type != ESS_JSON_ARRAY_END)
        return ESS_E_DATA;
    receipt->no_count++;
    return ESS_OK;
}

static ess_err take_list(ess_receipt *receipt, ess_json_reader *reader, const ess_json_token *token,
                         ess_err (*take_one)(ess_receipt *, ess_json_reader *))
{
    ess_json_token element;
    if (token->type != ESS_JSON_ARRAY_BEGIN)
        return ESS_E_DATA;
    for (;;) {
        TRY(ess_json_next(reader, &element));
        if (element.type == ESS_JSON_ARRAY_END)
            return ESS_OK;
        if (element.type != ESS_JSON_ARRAY_BEGIN)
            return ESS_E_DATA;
        TRY(take_one(receipt, reader));
    }
}

static ess_err take_ok(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    return take_list(&((receipt_read *)out)->receipt, reader, token, take_range);
}

static ess_err take_no(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    return take_list(&((receipt_read *)out)->receipt, reader, token, take_refused);
}

static ess_err take_slow(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    int64_t value;
    (void)reader;
    TRY(ess_word_small(token, UINT8_MAX, &value));
    ((receipt_read *)out)->receipt.slow = (uint8_t)value;
    return ESS_OK;
}

static const ess_word_member receipt_members[] = {
    {"op", take_receipt_op, NULL, NULL}, {"sid", take_receipt_sid, NULL, NULL},
    {"ok", take_ok, "DLV-20", "DLV-21"}, {"no", take_no, "DLV-22", "DLV-23"},
    {"slow", take_slow, "DLV-26", NULL},
};

static const ess_word_form receipt_form = {
    "DLV-19", "a receipt wants op ack, sid, and ranges of whole numbers in ok", receipt_members,
    sizeof receipt_members / sizeof receipt_members[0]};

ess_err ess_receipt_parse(ess_slice d, ess_receipt *out, ess_fault *fault)
{
    receipt_read read = {0};
    TRY(ess_word_read(&receipt_form, d, &read, fault));
    if (!read.is_ack || !read.has_sid)
        return ess_word_refuse(fault, &receipt_form, receipt_form.rule);
    *out = read.receipt;
    return ESS_OK;
}

/* ---- gap */

ess_err ess_gap_print(const ess_gap *gap, char *room, size_t room_size, size_t *len)
{
    ess_json_writer writer;
    ess_json_writer_init(&writer, room, room_size);
    ess_json_object_begin(&writer);
    ess_word_put_text(&writer, "event", ESS_SLICE_LITERAL("gap"));
    if (gap->ts_utc_ms >= 0)
        ess_word_put_int(&writer, "ts", gap->ts_utc_ms);
    ess_word_put_text(&writer, "sid", ess_slice_from(gap->sid));
    ess_json_key(&writer, "lost");
    put_ranges(&writer, &gap->lost);
    ess_json_object_end(&writer);
    return ess_json_finish(&writer, len);
}

typedef struct gap_read {
    ess_receipt receipt; /* its ok holds what is lost: the form is the same */
    int64_t ts_utc_ms;
    bool is_gap, has_sid;
} gap_read;

static ess_err take_gap_event(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    ((gap_read *)out)->is_gap = token->type == ESS_JSON_STRING && ess_json_text_is(token, "gap");
    return ess_json_skip(reader, token, NULL);
}

static ess_err take_gap_sid(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    gap_read *read = out;
    if (token->type != ESS_JSON_STRING) /* of another event it may be anything */
        return ess_json_skip(reader, token, NULL);
    read->has_sid = take_sid(token, read->receipt.sid) == ESS_OK;
    return ESS_OK;
}

static ess_err take_gap_ts(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_small(token, TIME_MAX, &((gap_read *)out)->ts_utc_ms);
}

static ess_err take_lost(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    return take_list(&((gap_read *)out)->receipt, reader, token, take_range);
}

static const ess_word_member gap_members[] = {{"event", take_gap_event, NULL, NULL},
                                              {"sid", take_gap_sid, NULL, NULL},
                                              {"ts", take_gap_ts, NULL, NULL},
                                              {"lost", take_lost, NULL, NULL}};
static const ess_word_form gap_form = {"DLV-37",
                                       "a gap wants sid, and ranges of whole numbers in lost",
                                       gap_members, sizeof gap_members / sizeof gap_members[0]};

ess_err ess_gap_parse(ess_slice d, ess_gap *out)
{
    gap_read read = {.ts_utc_ms = -1};
    ess_fault fault;
    ess_err err = ess_word_read(&gap_form, d, &read, &fault);
    if (!read.is_gap)
        return ESS_E_NOT_FOUND;
    TRY(err);
    if (!read.has_sid || read.receipt.ok.count == 0)
        return ESS_E_DATA;
    *out = (ess_gap){.lost = read.receipt.ok, .ts_utc_ms = read.ts_utc_ms};
    memcpy(out->sid, read.receipt.sid, sizeof out->sid);
    return ESS_OK;
}

/* ---- command */

ess_err ess_command_print(const ess_command *command, char *room, size_t room_size, size_t *len)
{
    ess_json_writer writer;
    const ess_envelope around = {.t_utc_ms = command->t_utc_ms,
                                 .ns = command->ns,
                                 .code = command->code,
                                 .s = ESS_S_CMD,
                                 .te = ESS_TE_REQ};
    if (command->code.len == 0) /* [CMD-02] */
        return ESS_E_ENVELOPE;
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_word_begin(&writer, &around));
    ess_word_put_text(&writer, "op", command->op);
    ess_json_key(&writer, "a");
    ess_json_raw(&writer, command->args);
    ess_json_object_end(&writer);
    ess_envelope_x(&writer);
    ess_json_object_begin(&writer);
    ess_word_put_int(&writer, "exp", command->exp_utc_ms);
    ess_word_put_text_if(&writer, "by", command->by);
    ess_word_put_text_if(&writer, "kid", command->kid); /* [SIG-02] the last before sig */
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}

static ess_err take_op(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_text(token, &((ess_command *)out)->op);
}

static ess_err take_args(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    if (token->type != ESS_JSON_OBJECT_BEGIN)
        return ESS_E_DATA;
    return ess_json_skip(reader, token, &((ess_command *)out)->args);
}

static ess_err take_exp(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_small(token, TIME_MAX, &((ess_command *)out)->exp_utc_ms);
}

static ess_err take_by(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_text(token, &((ess_command *)out)->by);
}

static ess_err take_kid(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    return ess_word_text(token, &((ess_command *)out)->kid);
}

static const ess_word_member command_members[] = {{"op", take_op, "CMD-13", NULL},
                                                  {"a", take_args, "CMD-14", NULL}};
static const ess_word_form command_form = {"CMD-01", "a command wants d.op (text) and d.a (object)",
                                           command_members,
                                           sizeof command_members / sizeof command_members[0]};
static const ess_word_member order_members[] = {{"exp", take_exp, "CMD-16", NULL},
                                                {"by", take_by, "CMD-17", NULL},
                                                {"kid", take_kid, NULL, NULL}};
static const ess_word_form order_form = {
    "CMD-02", "a command wants a code and x.exp, UTC milliseconds", order_members,
    sizeof order_members / sizeof order_members[0]};

ess_err ess_command_parse(const ess_envelope *envelope, ess_command *out, ess_fault *fault)
{
    ess_command command = {.ns = envelope->ns,
                           .code = envelope->code,
                           .t_utc_ms = envelope->t_utc_ms,
                           .args = ESS_SLICE_LITERAL("{}")};
    TRY(ess_word_read(&command_form, envelope->d, &command, fault));
    if (command.op.len == 0)
        return ess_word_refuse(fault, &command_form, command.op.ptr == NULL ? "CMD-01" : "CMD-13");
    if (command.code.len == 0)
        return ess_word_refuse(fault, &order_form, "CMD-02");
    if (envelope->x.len == 0)
        return ess_word_refuse(fault, &order_form, "CMD-16");
    TRY(ess_word_read(&order_form, envelope->x, &command, fault));
    if (command.exp_utc_ms == 0)
        return ess_word_refuse(fault, &order_form, "CMD-16");
    *out = command;
    return ESS_OK;
}

/* ---- staged reply */

ess_err ess_ack_print(const ess_ack *ack, int64_t t_utc_ms, char *room, size_t room_size,
                      size_t *len)
{
    ess_json_writer writer;
    const ess_envelope around = {
        .t_utc_ms = t_utc_ms, .code = ack->code, .s = ESS_S_CMD, .te = ESS_TE_RES};
    if (ack->code.len == 0) /* [CMD-05] */
        return ESS_E_ENVELOPE;
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_word_begin(&writer, &around));
    ess_word_put_text(&writer, "stage", ess_slice_from(ess_stage_name(ack->stage)));
    ess_word_put_int(&writer, "r", ack->result);
    ess_word_put_raw_if(&writer, "v", ack->read_back);
    ess_word_put_text_if(&writer, "why", ack->why);
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}

typedef struct ack_read {
    ess_ack ack;
    bool has_stage, has_result;
} ack_read;

static ess_err take_stage(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    ack_read *read = out;
    ess_slice name;
    (void)reader;
    TRY(ess_word_text(token, &name));
    TRY(ess_stage_parse(name, &read->ack.stage));
    if (read->ack.stage <= ESS_STAGE_SENT || read->ack.stage == ESS_STAGE_TIMEOUT)
        return ESS_E_DATA;
    read->has_stage = true;
    return ESS_OK;
}

static ess_err take_result(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    ack_read *read = out;
    int64_t value;
    (void)reader;
    TRY(ess_word_small(token, 999, &value));
    read->ack.result = (int)value;
    read->has_result = true;
    return ESS_OK;
}

static ess_err take_read_back(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    if (token->type != ESS_JSON_OBJECT_BEGIN)
        return ESS_E_DATA;
    return ess_json_skip(reader, token, &((ack_read *)out)->ack.read_back);
}

static ess_err take_why(void *out, ess_json_reader *reader, const ess_json_token *token)
{
    (void)reader;
    if (token->type != ESS_JSON_STRING)
        return ESS_E_DATA;
    ((ack_read *)out)->ack.why = token->text;
    return ESS_OK;
}

static const ess_word_member ack_members[] = {{"stage", take_stage, "CMD-25", NULL},
                                              {"r", take_result, "CMD-26", NULL},
                                              {"v", take_read_back, "CMD-27", NULL},
                                              {"why", take_why, "CMD-28", NULL}};
static const ess_word_form ack_form = {
    "CMD-05", "an ACK wants the command's code, d.stage (one a device may say) and d.r",
    ack_members, sizeof ack_members / sizeof ack_members[0]};

ess_err ess_ack_parse(const ess_envelope *envelope, ess_ack *out, ess_fault *fault)
{
    ack_read read = {.ack = {.code = envelope->code}};
    TRY(ess_word_read(&ack_form, envelope->d, &read, fault));
    if (envelope->code.len == 0)
        return ess_word_refuse(fault, &ack_form, ack_form.rule);
    if (!read.has_stage || !read.has_result)
        return ess_word_refuse(fault, &ack_form, read.has_stage ? "CMD-26" : "CMD-25");
    *out = read.ack;
    return ESS_OK;
}

/* CMD and ACK: an order, and the stages of its reply [CMD-01, CMD-05]. */
#include "codec/try.h"
#include "ess/words.h"
#include "session/word.h"

#define TIME_MAX ((INT64_C(1) << 53) - 1) /* [ENV-20] */

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

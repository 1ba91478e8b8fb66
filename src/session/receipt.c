/* RSP: what a cloud has made durable or refuses for good [DLV-04]; and the event that tells of a
 * gap [DLV-37], which names reports in the same way. */
#include "codec/try.h"
#include "ess/words.h"
#include "session/word.h"

#include <string.h>

#define TIME_MAX ((INT64_C(1) << 53) - 1) /* [ENV-20] */

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
    return ess_word_sid(token, read->receipt.sid);
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
    read->has_sid = ess_word_sid(token, read->receipt.sid) == ESS_OK;
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

#include "cli/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check_sequence.h"
#include "cli/format.h"
#include "cli/walk.h"
#include "ess/judge.h"
#include "ess/signature.h"
#include "pack/pack.h"

#define TOLD_MAX 4096 /* different findings about the model; more are not told at all */

struct check {
    ess_scratch scratch;
    ess_scratch_name names[ESS_MEMBERS_MAX];
    pack *pack;
    sequence *sequence;
    uint64_t told[TOLD_MAX]; /* what is said once in a capture is kept as a hash */
    size_t told_count;
};

/* A message on its way through the checks. */
typedef struct judged {
    check *all;
    check_message *m;
    check_findings *out;
    ess_slice json; /* the payload, decoded */
} judged;

check *check_new(void)
{
    check *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    ess_scratch_init(&all->scratch, all->names, ESS_MEMBERS_MAX);
    all->pack = pack_new();
    all->sequence = sequence_new();
    if (all->pack != NULL && all->sequence != NULL)
        return all;
    check_free(all);
    return NULL;
}

void check_free(check *all)
{
    if (all == NULL)
        return;
    pack_free(all->pack);
    sequence_free(all->sequence);
    free(all);
}

/* ---- once in a capture */

static bool first_time(check *all, check_kind kind, const char *path, ess_slice name)
{
    uint64_t hash = check_hash(check_hash((uint64_t)kind + 1, ess_slice_from(path)), name);
    for (size_t i = 0; i < all->told_count; i++) {
        if (all->told[i] == hash)
            return false;
    }
    if (all->told_count == TOLD_MAX)
        return false;
    all->told[all->told_count++] = hash;
    return true;
}

/* ---- how MQTT carried it */

static bool may_be_retained(ess_message_type type)
{
    return type == ESS_STATE || type == ESS_PARAM;
}

static void check_circumstances(const judged *j)
{
    const capture *from = &j->m->from;
    ess_message_type type = j->m->topic.type;
    if (from->retained && type == ESS_CMD)
        check_add(j->out, CHECK_RETAINED_COMMAND, "%s", "");
    else if (from->retained && !may_be_retained(type))
        check_add(j->out, CHECK_RETAINED, "%s", ess_message_type_name(type));
    if (from->has_circumstances && from->qos == 2)
        check_add(j->out, CHECK_QOS_2, "%s", "");
    if (from->has_circumstances && from->qos == 0 && type != ESS_DATA && type != ESS_HIST)
        check_add(j->out, CHECK_QOS_0, "%s", ess_message_type_name(type));
    if (from->payload.len > ESS_MESSAGE_AIM)
        check_add(j->out, CHECK_LARGE, "%zu", from->payload.len);
}

/* [TOP-05] What a sender writes is less than what a receiver takes. */
static void check_levels(const judged *j)
{
    char room[ESS_TOPIC_MAX + 1];
    size_t len;
    if (ess_topic_print(&j->m->topic, room, sizeof room, &len) != ESS_OK)
        check_add(j->out, CHECK_LEVEL_FORM, "%.*s", (int)j->m->from.topic.len,
                  j->m->from.topic.ptr);
}

/* ---- values against the model: advice, for the model is for understanding [MOD-05] */

static bool has_type(ess_model_type type, const ess_value *value)
{
    static const ess_value_kind kinds[] = {[ESS_MODEL_NUMBER] = ESS_VALUE_NUMBER,
                                           [ESS_MODEL_ENUM] = ESS_VALUE_NUMBER,
                                           [ESS_MODEL_BOOL] = ESS_VALUE_BOOL,
                                           [ESS_MODEL_TEXT] = ESS_VALUE_TEXT,
                                           [ESS_MODEL_ARRAY] = ESS_VALUE_ARRAY};
    return value->kind == ESS_VALUE_NULL || kinds[type] == value->kind;
}

static bool has_value(const ess_model_point *point, ess_decimal value)
{
    for (size_t i = 0; i < point->value_count; i++) {
        if (ess_decimal_compare(value, (ess_decimal){point->values[i].value, 0}) == 0)
            return true;
    }
    return false;
}

static check_kind doubt_of(const ess_model_point *point, const ess_value *value)
{
    if (point == NULL)
        return CHECK_UNKNOWN_POINT;
    if (!has_type(point->type, value))
        return CHECK_OTHER_TYPE;
    if (value->kind != ESS_VALUE_NUMBER)
        return CHECK_KIND_COUNT;
    if (point->type == ESS_MODEL_ENUM)
        return has_value(point, value->number) ? CHECK_KIND_COUNT : CHECK_UNKNOWN_VALUE;
    bool within = ess_decimal_compare(value->number, point->min) >= 0 &&
                  ess_decimal_compare(value->number, point->max) <= 0;
    return within ? CHECK_KIND_COUNT : CHECK_BEYOND;
}

static void check_value(const judged *j, const char *path, const ess_value *value)
{
    const ess_model_point *point = format_point(ess_slice_from(path), value->name);
    check_kind doubt = doubt_of(point, value);
    if (doubt == CHECK_KIND_COUNT || !first_time(j->all, doubt, path, value->name))
        return;
    check_add(j->out, doubt, "%s %.*s%s%.*s", path, (int)value->name.len, value->name.ptr,
              doubt == CHECK_UNKNOWN_POINT ? "" : "=",
              doubt == CHECK_UNKNOWN_POINT ? 0 : (int)value->raw.len, value->raw.ptr);
}

/* The same for a value however it is written: 56.30 or 56.3, an array with spaces or without. */
static uint64_t content_of(const char *path, const ess_value *value)
{
    char digits[ESS_DECIMAL_PRINT_MAX];
    uint64_t hash = check_hash(check_hash(value->kind + 1u, ess_slice_from(path)), value->name);
    if (value->kind == ESS_VALUE_NUMBER)
        return check_hash(hash, (ess_slice){digits, ess_decimal_print(value->number, digits)});
    for (size_t i = 0; i < value->raw.len; i++) {
        if (value->raw.ptr[i] != ' ' || value->kind == ESS_VALUE_TEXT)
            hash = (hash ^ (uint8_t)value->raw.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Where in the payload a fault of one of its parts lies: the iterators count from the part. */
static void shift_fault(ess_fault *fault, ess_slice payload, ess_slice part)
{
    if (part.ptr >= payload.ptr && part.ptr <= payload.ptr + payload.len)
        fault->offset += (uint32_t)(part.ptr - payload.ptr);
}

/* Sums what the row holds, in any order: columns turn it. */
static ess_err take_row(const judged *j, const ess_row *row, uint64_t *content, ess_fault *fault)
{
    char path[ESS_NS_MAX + 1];
    ess_value_iterator it;
    ess_value value;
    bool found = true;
    ess_err err = ess_object_path(&j->m->topic, row->ns, path, sizeof path);
    if (err != ESS_OK) {
        *fault = (ess_fault){err, 0, "ENV-12", "the row's ns does not go with the topic"};
        return err;
    }
    err = ess_values_begin(&it, row, fault);
    while (err == ESS_OK) {
        err = ess_values_next(&it, &value, &found, fault);
        if (err != ESS_OK || !found)
            break;
        check_value(j, path, &value);
        *content += content_of(path, &value);
    }
    return err;
}

/* Rows of one number, one behind the other, are one report [DAT-03]. */
static ess_err take_rows(const judged *j, bool count, ess_fault *fault)
{
    ess_row_iterator it;
    ess_row row;
    bool found = true;
    uint64_t n = 0;
    uint64_t content = 0;
    ess_slice part = j->m->envelope.d;
    ess_err err = ess_rows_begin(&it, &j->m->envelope, fault);
    while (err == ESS_OK && found) {
        part = j->m->envelope.d;
        err = ess_rows_next(&it, &row, &found, fault);
        uint64_t next = found && row.has_n ? row.n : j->m->code.n;
        if (err == ESS_OK && count && n != 0 && (!found || next != n))
            sequence_report(j->all->sequence, j->m, n, content, j->out);
        if (err != ESS_OK || !found)
            break;
        content = next == n ? content : 0;
        n = next;
        part = row.values;
        if (j->m->topic.type == ESS_HIST && !row.has_n) {
            *fault = (ess_fault){ESS_E_DATA, 0, "DLV-08", "a row of HIST wants its n"};
            return ESS_E_DATA;
        }
        err = take_row(j, &row, &content, fault);
    }
    if (err != ESS_OK)
        shift_fault(fault, j->json, part);
    return err;
}

/* ---- one type of message each */

static ess_err take_code(const judged *j, ess_fault *fault)
{
    if (ess_report_code_parse(j->m->envelope.code, &j->m->code) != ESS_OK) {
        *fault = (ess_fault){ESS_E_ENVELOPE, 0, "DLV-01", "a report wants a code <sid>-<n>"};
        return ESS_E_ENVELOPE;
    }
    j->m->has_code = true;
    return ESS_OK;
}

static ess_err take_report(const judged *j, ess_fault *fault)
{
    check_findings unheard = *j->out; /* the first walk must not tell what the second finds */
    ess_err err = take_code(j, fault);
    if (err != ESS_OK)
        return err;
    if (j->m->topic.type == ESS_EVENT)
        return ESS_OK;
    err = take_rows(j, false, fault);
    if (err != ESS_OK)
        *j->out = unheard;
    return err;
}

static ess_err take_state(const judged *j, ess_fault *fault)
{
    return ess_presence_parse(j->m->envelope.d, &j->m->presence, fault);
}

static ess_err take_receipt(const judged *j, ess_fault *fault)
{
    return ess_receipt_parse(j->m->envelope.d, &j->m->receipt, fault);
}

static ess_err take_ack(const judged *j, ess_fault *fault)
{
    return ess_ack_parse(&j->m->envelope, &j->m->ack, fault);
}

/* UUIDv7 (8-4-4-4-12 hex digits, version 7) or ULID (26 of Crockford's base 32). */
static bool is_command_code(ess_slice code)
{
    static const char uuid[] = "hhhhhhhh-hhhh-7hhh-vhhh-hhhhhhhhhhhh";
    if (code.len == 26)
        return memchr("01234567", code.ptr[0], 8) != NULL &&
               strspn(code.ptr, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") >= 26;
    for (size_t i = 0; code.len == sizeof uuid - 1 && i < code.len; i++) {
        const char *allowed = uuid[i] == 'h'   ? "0123456789abcdefABCDEF"
                              : uuid[i] == 'v' ? "89abAB"
                              : uuid[i] == '7' ? "7"
                                               : "-";
        if (strchr(allowed, code.ptr[i]) == NULL || code.ptr[i] == '\0')
            return false;
    }
    return code.len == sizeof uuid - 1;
}

/* [SIG-01, SIG-02] A signature that is there stands in its place; who has keys refuses another.
 * Whether it is right is known to them alone. */
static void check_signature(const judged *j)
{
    ess_signature found;
    ess_slice raw;
    ess_fault fault = {0};
    bool is_signed =
        walk_member(j->m->envelope.x, "sig", &raw) || walk_member(j->m->envelope.x, "kid", &raw);
    if (is_signed && ess_signature_find(j->json, &j->m->envelope, &found, &fault) != ESS_OK)
        check_add(j->out, strcmp(fault.rule, "SIG-01") == 0 ? CHECK_NOT_LAST : CHECK_SIGNATURE,
                  "%s", fault.what);
}

static ess_err take_command(const judged *j, ess_fault *fault)
{
    ess_command *command = &j->m->command;
    char why[160];
    ess_err err = ess_command_parse(&j->m->envelope, command, fault);
    if (err != ESS_OK)
        return err;
    check_signature(j);
    const ess_model_command *known = ess_model_command_of(command->op);
    if (known == NULL && first_time(j->all, CHECK_UNKNOWN_OP, "", command->op))
        check_add(j->out, CHECK_UNKNOWN_OP, "%.*s", (int)command->op.len, command->op.ptr);
    if (known != NULL &&
        ess_command_check_args(known, command->args, why, sizeof why) != ESS_MODEL_OK)
        check_add(j->out, CHECK_ARGS, "%s", why);
    if (!is_command_code(command->code))
        check_add(j->out, CHECK_CODE_FORM, "%.*s", (int)command->code.len, command->code.ptr);
    if (command->t_utc_ms >= command->exp_utc_ms)
        check_add(j->out, CHECK_SENT_LATE, "%s", "");
    return ESS_OK;
}

static ess_err (*const takers[ESS_MESSAGE_TYPE_COUNT])(const judged *, ess_fault *) = {
    [ESS_STATE] = take_state,  [ESS_DATA] = take_report,  [ESS_HIST] = take_report,
    [ESS_PARAM] = take_report, [ESS_EVENT] = take_report, [ESS_ACK] = take_ack,
    [ESS_CMD] = take_command,  [ESS_RSP] = take_receipt};

/* ---- all of them */

static ess_err refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    *fault = (ess_fault){err, 0, rule, what};
    return err;
}

/* Types that a receiver of this profile takes, in the form of v1. */
static ess_err check_topic(judged *j, ess_fault *fault)
{
    ess_err err = ess_topic_parse(j->m->from.topic, &j->m->topic, fault);
    if (err == ESS_OK && j->m->topic.version != 1)
        err = refuse(fault, ESS_E_TOPIC, "TOP-02", "not a version that is known here");
    if (err == ESS_OK && takers[j->m->topic.type] == NULL)
        err = refuse(fault, ESS_E_DIRECTION, "TOP-04", "a maker's own type, not known here");
    return err;
}

static ess_err check_payload(judged *j, ess_fault *fault)
{
    check_message *m = j->m;
    j->json = m->from.payload;
    if (m->from.payload.len > ESS_MESSAGE_MAX)
        return refuse(fault, ESS_E_TOO_LARGE, "DLV-09", "larger than 128 KiB");
    ess_err err = pack_decode(j->all->pack, m->from.payload, &j->json, NULL, fault);
    if (err == ESS_OK)
        err = ess_envelope_parse(j->json, &m->topic, &j->all->scratch, &m->envelope, fault);
    if (err == ESS_OK)
        err = ess_object_path(&m->topic, m->envelope.ns, m->path, sizeof m->path);
    if (err == ESS_OK)
        err = takers[m->topic.type](j, fault);
    /* Words are read from d, or from x of a command. */
    if (err != ESS_OK && m->envelope.d.len > 0 && m->topic.type != ESS_CMD &&
        takers[m->topic.type] != take_report)
        shift_fault(fault, j->json, m->envelope.d);
    return err;
}

void check_next(check *all, const capture *from, check_findings *out, check_message *message)
{
    check_message read = {0};
    ess_fault fault = {0};
    *out = (check_findings){0};
    read.from = *from;
    judged j = {all, &read, out, {0}};
    if (check_topic(&j, &fault) != ESS_OK) {
        check_add_fault(out, &fault, true);
    } else {
        check_circumstances(&j);
        check_levels(&j);
        if (check_payload(&j, &fault) != ESS_OK)
            check_add_fault(out, &fault, false);
        else
            read.good = true;
    }
    if (read.good) {
        bool numbered = read.has_code && !from->retained;
        sequence_next(all->sequence, &read,
                      from->has_circumstances ? from->at_utc_ms : read.envelope.t_utc_ms, out);
        if (numbered && read.topic.type != ESS_EVENT)
            (void)take_rows(&j, true, &fault); /* has been read without a fault before */
        else if (numbered)
            sequence_report(all->sequence, &read, read.code.n, check_hash(1, read.envelope.d), out);
    }
    if (message != NULL)
        *message = read;
}

void check_end(check *all, check_findings *out)
{
    *out = (check_findings){0};
    sequence_end(all->sequence, out);
}

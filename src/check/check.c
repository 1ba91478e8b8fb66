#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/findings.h"
#include "check/sequence.h"
#include "ess-pack/pack.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/peer.h"
#include "ess/signature.h"
#include "json/walk.h"

#define MAJORS_ROOM (ESS_MAJORS_MAX * sizeof "v65535, ")
#define TOLD_MAX 4096 /* different findings about the model; more are not told at all */

struct check {
    ess_scratch scratch;
    ess_scratch_name names[ESS_MEMBERS_MAX];
    ess_shape shape;
    ess_shape_key keys[ESS_MEMBERS_MAX];
    ess_row rows[ESS_ROWS_MAX];
    ess_reading readings[ESS_VALUES_MAX];
    ess_readings read;
    ess_pack *pack;
    sequence *sequence;
    check_options options;
    check_counts counts;
    char signed_text[ESS_SIGNED_MAX]; /* being verified */
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

static const store_keyring no_keys = {.count = 0};

/* What was left open, as it is meant. */
static check_options options_of(const check_options *given)
{
    check_options options = *given;
    if (options.keys == NULL)
        options.keys = &no_keys;
    if (options.signed_classes == NULL)
        options.signed_classes = options.keys->count > 0 ? "ABC" : "";
    if (options.majors.count == 0)
        options.majors = (ess_majors){{ESS_MAJOR}, 1};
    return options;
}

check *check_new(const check_options *options)
{
    check *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->options = options_of(options);
    ess_scratch_init(&all->scratch, all->names, ESS_MEMBERS_MAX);
    ess_shape_init(&all->shape, all->keys, ESS_MEMBERS_MAX);
    all->read = (ess_readings){.shape = &all->shape,
                               .scratch = &all->scratch,
                               .row = all->rows,
                               .reading = all->readings,
                               .row_room = ESS_ROWS_MAX,
                               .reading_room = ESS_VALUES_MAX};
    all->pack = ess_pack_new();
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
    ess_pack_free(all->pack);
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

/* A reading with its name and text. */
typedef struct told_value {
    const ess_reading *reading;
    ess_slice name, raw; /* raw: TEXT, ARRAY */
    ess_decimal number;
} told_value;

static told_value value_of(const judged *j, const ess_reading *reading)
{
    return (told_value){reading,
                        {j->json.ptr + reading->name_at, reading->name_len},
                        {j->json.ptr + reading->raw_at, reading->raw_len},
                        {reading->mantissa, reading->scale}};
}

static bool has_type(ess_model_type type, uint8_t kind)
{
    static const ess_value_kind kinds[] = {[ESS_MODEL_NUMBER] = ESS_VALUE_NUMBER,
                                           [ESS_MODEL_ENUM] = ESS_VALUE_NUMBER,
                                           [ESS_MODEL_BOOL] = ESS_VALUE_BOOL,
                                           [ESS_MODEL_TEXT] = ESS_VALUE_TEXT,
                                           [ESS_MODEL_ARRAY] = ESS_VALUE_ARRAY};
    return kind == ESS_VALUE_NULL || kinds[type] == kind;
}

static bool has_value(const ess_model_point *point, ess_decimal value)
{
    for (size_t i = 0; i < point->value_count; i++) {
        if (ess_decimal_compare(value, (ess_decimal){point->values[i].value, 0}) == 0)
            return true;
    }
    return false;
}

static check_kind doubt_of(const ess_model_point *point, const told_value *value)
{
    if (point == NULL)
        return CHECK_UNKNOWN_POINT;
    if (!has_type(point->type, value->reading->kind))
        return CHECK_OTHER_TYPE;
    if (value->reading->kind != ESS_VALUE_NUMBER)
        return CHECK_KIND_COUNT;
    if (point->type == ESS_MODEL_ENUM)
        return has_value(point, value->number) ? CHECK_KIND_COUNT : CHECK_UNKNOWN_VALUE;
    bool within = ess_decimal_compare(value->number, point->min) >= 0 &&
                  ess_decimal_compare(value->number, point->max) <= 0;
    return within ? CHECK_KIND_COUNT : CHECK_BEYOND;
}

static void check_value(const judged *j, const char *path, const told_value *value)
{
    char digits[ESS_DECIMAL_PRINT_MAX];
    ess_slice shown = value->raw;
    const ess_model_object *object = ess_model_object_of(ess_slice_from(path));
    check_kind doubt = doubt_of(ess_model_point_of(object, value->name), value);
    if (doubt == CHECK_KIND_COUNT || !first_time(j->all, doubt, path, value->name))
        return;
    if (value->reading->kind == ESS_VALUE_NUMBER)
        shown = (ess_slice){digits, ess_decimal_print(value->number, digits)};
    check_add(j->out, doubt, "%s %.*s%s%.*s", path, (int)value->name.len, value->name.ptr,
              shown.len > 0 ? "=" : "", (int)shown.len, shown.len > 0 ? shown.ptr : "");
}

/* The same for a value however it is written: 56.30 or 56.3, an array with spaces or without. */
static uint64_t content_of(const char *path, const told_value *value)
{
    uint64_t hash = check_hash(value->reading->kind + 1u, ess_slice_from(path));
    hash = check_hash(hash, value->name) ^ (uint64_t)value->reading->mantissa;
    hash = hash * UINT64_C(0x100000001b3) ^ value->reading->scale;
    for (size_t i = 0; i < value->raw.len; i++) {
        if (value->raw.ptr[i] != ' ' || value->reading->kind == ESS_VALUE_TEXT)
            hash = (hash ^ (uint8_t)value->raw.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Sums what a row holds, in any order: columns turn it. *at steps over its readings. */
static uint64_t take_row(const judged *j, uint32_t row, uint32_t *at)
{
    const ess_readings *read = &j->all->read;
    char path[ESS_NS_MAX + 1];
    uint64_t content = 0;
    if (ess_object_path(&j->m->topic, read->row[row].ns, path, sizeof path) != ESS_OK)
        path[0] = '\0'; /* cannot be: all rows have been looked at */
    for (; *at < read->readings && read->reading[*at].row == row; (*at)++) {
        told_value value = value_of(j, &read->reading[*at]);
        check_value(j, path, &value);
        content += content_of(path, &value);
    }
    return content;
}

/* Rows of one number, one behind the other, are one report [DAT-03]. A retained report may be older
 * than all that was seen: it is looked at, but not counted. */
static void take_rows(const judged *j)
{
    const ess_readings *read = &j->all->read;
    uint32_t at = 0;
    uint64_t content = 0;
    for (uint32_t row = 0; row < read->rows; row++) {
        uint64_t n = read->row[row].has_n ? read->row[row].n : j->m->code.n;
        const ess_row *next = row + 1 < read->rows ? &read->row[row + 1] : NULL;
        content += take_row(j, row, &at);
        if (next != NULL && (next->has_n ? next->n : j->m->code.n) == n)
            continue;
        if (!j->m->from.retained)
            sequence_report(j->all->sequence, j->m, n, content, j->out);
        content = 0;
    }
}

/* ---- one type of message each */

/* The intake leaves to its caller whether each row's ns goes with the topic. */
static ess_err check_objects(const judged *j, ess_fault *fault)
{
    const ess_readings *read = &j->all->read;
    char path[ESS_NS_MAX + 1];
    for (uint32_t row = 0; row < read->rows; row++) {
        ess_slice ns = read->row[row].ns;
        ess_err err = ess_object_path(&j->m->topic, ns, path, sizeof path);
        if (err == ESS_OK)
            continue;
        *fault = (ess_fault){err, 0, ess_object_rule(&j->m->topic, ns),
                             "a row's ns disagrees with the topic"};
        return err;
    }
    return ESS_OK;
}

static ess_err take_report(const judged *j, ess_fault *fault)
{
    ess_err err = check_objects(j, fault);
    if (err != ESS_OK)
        return err;
    if (j->m->topic.type == ESS_EVENT && !j->m->from.retained)
        sequence_report(j->all->sequence, j->m, j->m->code.n, check_hash(1, j->m->envelope.d),
                        j->out);
    else if (j->m->topic.type != ESS_EVENT)
        take_rows(j);
    return ESS_OK;
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

/* ---- signatures */

/* [SIG-01, SIG-02] One that is there stands in its place; who has keys refuses another. [SIG-11]
 * Of an operation that is not known, the class is A. */
static void check_unsigned(const judged *j, const ess_model_command *known, const ess_fault *fault)
{
    check_counts *counts = &j->all->counts;
    ess_slice x = j->m->envelope.x;
    ess_slice raw;
    char class = known != NULL ? known->safety_class : 'A';
    if (walk_member(x, "sig", &raw) || walk_member(x, "kid", &raw)) {
        counts->wrong++;
        check_add_words(j->out,
                        strcmp(fault->rule, "SIG-01") == 0 ? CHECK_NOT_LAST : CHECK_SIGNATURE,
                        fault->what);
    } else if (strchr(j->all->options.signed_classes, class) != NULL) {
        counts->missing++;
        check_add(j->out, CHECK_SIGNATURE_MISSING, "%.*s, %c", (int)j->m->command.op.len,
                  j->m->command.op.ptr, class);
    }
}

/* [SIG-12, SIG-13] As the device judges it that trusts the keys given. */
static void check_signature(const judged *j, const ess_model_command *known)
{
    check *all = j->all;
    store_seen seen;
    switch (store_keyring_look(all->options.keys, j->json, &j->m->envelope, &seen)) {
    case STORE_UNSIGNED:
        check_unsigned(j, known, &seen.fault);
        return;
    case STORE_NO_KEYS:
        all->counts.unverified++;
        return;
    case STORE_UNKNOWN_KEY:
        all->counts.unknown++;
        check_add(j->out, CHECK_SIGNATURE_KEY, "%.*s", ESS_KID_LEN, seen.signature.kid.ptr);
        return;
    case STORE_TO_VERIFY:
        break;
    }
    if (store_verify(seen.key->bytes, j->m->from.topic, &seen.signature, all->signed_text)) {
        all->counts.right++;
    } else {
        all->counts.wrong++;
        check_add(j->out, CHECK_SIGNATURE_WRONG, "%s", seen.key->kid);
    }
}

static ess_err take_command(const judged *j, ess_fault *fault)
{
    ess_command *command = &j->m->command;
    char why[160];
    ess_err err = ess_command_parse(&j->m->envelope, command, fault);
    if (err != ESS_OK)
        return err;
    const ess_model_command *known = ess_model_command_of(command->op);
    check_signature(j, known);
    if (known == NULL && first_time(j->all, CHECK_UNKNOWN_OP, "", command->op))
        check_add(j->out, CHECK_UNKNOWN_OP, "%.*s", (int)command->op.len, command->op.ptr);
    if (known != NULL &&
        ess_command_check_args(known, command->args, why, sizeof why) != ESS_MODEL_OK)
        check_add_words(j->out, CHECK_ARGS, why);
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

/* What comes up from a device goes through the cloud's intake, what goes down through a device's.
 */
static ess_err receive(const judged *j, ess_fault *fault)
{
    check_message *m = j->m;
    const ess_topic *topic = &m->topic;
    bool is_up = (ess_message_type_is_up(topic->type) || topic->type == ESS_CUSTOM) &&
                 !ess_slice_is(topic->group, ESS_CLOUD_GROUP);
    ess_receiver device = {ESS_MAJOR, topic->application, topic->group, &j->all->scratch};
    ess_arrival arrival;
    ess_downlink down;
    ess_err err;
    if (is_up) {
        err = ess_intake_check(m->from.topic, j->json, &j->all->read, &arrival, fault);
        m->envelope = err == ESS_OK ? arrival.envelope : m->envelope;
        m->has_code = err == ESS_OK && arrival.has_code;
        m->code = arrival.code;
    } else {
        err = ess_downlink_check(m->from.topic, j->json, &device, &down, fault);
        m->envelope = err == ESS_OK ? down.envelope : m->envelope;
    }
    return err;
}

/* "v1, v2" */
static void print_majors(const ess_majors *majors, char room[static MAJORS_ROOM])
{
    size_t len = 0;
    for (uint8_t i = 0; i < majors->count; i++)
        len += (size_t)snprintf(room + len, MAJORS_ROOM - len, "%sv%u", i > 0 ? ", " : "",
                                (unsigned)majors->at[i]);
}

/* [VER-01, VER-09] False: of another major, whose form is not known here, so that nothing more can
 * be said of it. */
static bool check_major(const judged *j)
{
    const ess_majors *served = &j->all->options.majors;
    unsigned major = ess_topic_major(j->m->from.topic);
    char list[MAJORS_ROOM] = "";
    char name[sizeof "v65535"];
    if (major == 0) /* ess_topic_parse refuses it */
        return true;
    (void)snprintf(name, sizeof name, "v%u", major);
    if (!ess_majors_have(served, (uint16_t)major)) {
        print_majors(served, list);
        check_add(j->out, CHECK_MAJOR_NOT_SERVED, "%s ≠ %s", name, list);
        return false;
    }
    if (major == ESS_MAJOR)
        return true;
    j->all->counts.other_majors++;
    if (first_time(j->all, CHECK_MAJOR_NOT_KNOWN, "", ess_slice_from(name)))
        check_add(j->out, CHECK_MAJOR_NOT_KNOWN, "%s", name);
    return false;
}

/* A fault that a reader of words found counts from d; of a command it may be one of x. */
static void shift_fault(const judged *j, ess_fault *fault)
{
    const ess_slice part = j->m->envelope.d;
    if (j->m->topic.type != ESS_CMD && part.ptr >= j->json.ptr)
        fault->offset += (uint32_t)(part.ptr - j->json.ptr);
}

static ess_err check_payload(judged *j, ess_fault *fault)
{
    check_message *m = j->m;
    ess_err err = ESS_OK;
    j->json = m->from.payload;
    if (m->from.payload.len <= ESS_MESSAGE_MAX)
        err = ess_pack_decode(j->all->pack, m->from.payload, &j->json, NULL, fault);
    if (err == ESS_OK)
        err = receive(j, fault);
    if (err == ESS_OK && m->from.payload.len > ESS_MESSAGE_MAX) {
        *fault = (ess_fault){ESS_E_TOO_LARGE, 0, "DLV-09", "larger than 128 KiB"};
        err = ESS_E_TOO_LARGE;
    }
    if (err != ESS_OK)
        return err;
    err = ess_object_path(&m->topic, m->envelope.ns, m->path, sizeof m->path);
    if (err == ESS_OK)
        err = takers[m->topic.type](j, fault);
    if (err != ESS_OK)
        shift_fault(j, fault);
    return err;
}

void check_next(check *all, const capture *from, check_findings *out, check_message *message)
{
    check_message read = {0};
    ess_fault fault = {0};
    *out = (check_findings){0};
    read.from = *from;
    judged j = {all, &read, out, {0}};
    bool is_known = check_major(&j);
    if (is_known && ess_topic_parse(from->topic, &read.topic, &fault) != ESS_OK) {
        check_add_fault(out, &fault, true);
    } else if (is_known) {
        check_circumstances(&j);
        check_levels(&j);
        read.good = check_payload(&j, &fault) == ESS_OK;
        if (!read.good)
            check_add_fault(out, &fault, false);
    }
    if (read.good)
        sequence_next(all->sequence, &read,
                      from->has_circumstances ? from->at_utc_ms : read.envelope.t_utc_ms, out);
    if (message != NULL)
        *message = read;
}

const check_counts *check_counted(const check *all)
{
    return &all->counts;
}

void check_end(check *all, check_findings *out)
{
    *out = (check_findings){0};
    sequence_end(all->sequence, out);
}

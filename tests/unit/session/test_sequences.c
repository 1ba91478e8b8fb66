/* The published sequences (spec/vectors/sequences/) against the machines of the session: what comes
 * in and goes out over time, as the document says. */
#include "../../lib/lent.h"
#include "../../lib/sequence.h"
#include "ess/dispatch.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/sender.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SID          UINT64_C(0x0000002a9f3c01d7)
#define START_UTC    INT64_C(1763827200000)
#define TEXT_MAX     2048
#define REPORT_BYTES 100 /* what each stored report counts for a batch */
#define RING_ROOM    64

/* "on" of what goes out. */
static ess_message_type type_of(const sequence_step *step, const char *name)
{
    for (unsigned i = 0; i < ESS_CUSTOM; i++) {
        if (strcmp(name, ess_message_type_name((ess_message_type)i)) == 0)
            return (ess_message_type)i;
    }
    SEQUENCE_FAIL(step, "no type %s", name);
    return ESS_CUSTOM;
}

typedef struct message {
    char topic[TEXT_MAX], payload[TEXT_MAX];
    ess_slice topic_text, payload_text;
    bool retained;
} message;

static void read_message(ess_slice raw, message *out)
{
    ess_slice retained;
    out->topic_text.len = sequence_text_of(raw, "topic", out->topic, sizeof out->topic);
    out->topic_text.ptr = out->topic;
    out->payload_text.len = sequence_text_of(raw, "payload", out->payload, sizeof out->payload);
    out->payload_text.ptr = out->payload;
    out->retained = sequence_has(raw, "retained", &retained) && sequence_is_true(retained);
}

static void receive(const sequence_step *step, const message *in, ess_downlink *out)
{
    ess_fault fault = {.rule = "", .what = ""};
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    if (ess_downlink_check(in->topic_text, in->payload_text, &receiver, out, &fault) != ESS_OK)
        SEQUENCE_FAIL(step, "refused by %s, %s", fault.rule, fault.what);
}

/* ---- a device's reports: the sender */

typedef struct outbox {
    ess_sender sender;
    ess_entry ring[RING_ROOM];
    uint64_t where;
} outbox;

static void outbox_in(outbox *box, const sequence_step *step)
{
    message in;
    ess_downlink down;
    ess_receipt receipt;
    ess_presence_word word;
    ess_fault fault = {.rule = "", .what = ""};
    size_t done;
    read_message(step->value, &in);
    receive(step, &in, &down);
    if (down.topic.type == ESS_RSP &&
        ess_receipt_parse(down.envelope.d, &receipt, &fault) == ESS_OK)
        ess_sender_receipt(&box->sender, &receipt, &done);
    else if (down.topic.type == ESS_STATE &&
             ess_presence_parse(down.envelope.d, &word, &fault) == ESS_OK)
        ess_sender_cloud(&box->sender, &word);
    else
        SEQUENCE_FAIL(step, "not taken: %s %s", fault.rule, fault.what);
}

static void outbox_out(outbox *box, const sequence_step *step)
{
    char on[16], sid_text[ESS_SID_LEN + 1];
    uint64_t sid = SID;
    ess_send send;
    ess_slice numbers, raw;
    ess_json_reader reader;
    size_t i = 0;
    ess_sender_next(&box->sender, step->at_ms, &send);
    if (send.how == ESS_SEND_NOTHING)
        SEQUENCE_FAIL(step, "nothing goes out");
    (void)sequence_text_of(step->value, "on", on, sizeof on);
    if (sequence_text_of(step->value, "sid", sid_text, sizeof sid_text) > 0)
        assert_int_equal(ess_sid_parse(ess_slice_from(sid_text), &sid), ESS_OK);
    ess_message_type flow = send.how == ESS_SEND_BATCH ? ESS_HIST : send.type;
    if (flow != type_of(step, on) || send.sid != sid)
        SEQUENCE_FAIL(step, "it goes out on %s", ess_message_type_name(flow));
    assert_true(sequence_has(step->value, "n", &numbers));
    sequence_open(&reader, numbers, ESS_JSON_ARRAY_BEGIN);
    for (; sequence_next(&reader, NULL, &raw); i++) {
        uint64_t n = i < send.count ? box->ring[send.entry[i]].n : 0;
        if (n != (uint64_t)sequence_int(raw))
            SEQUENCE_FAIL(step, "place %zu is n %llu", i, (unsigned long long)n);
    }
    if (i != send.count)
        SEQUENCE_FAIL(step, "%zu reports go out", send.count);
    ess_sender_sent(&box->sender, &send, step->at_ms);
}

static void outbox_keeps(const outbox *box, const sequence_step *step)
{
    ess_json_reader reader;
    ess_slice raw;
    size_t count = 0;
    sequence_open(&reader, step->value, ESS_JSON_ARRAY_BEGIN);
    for (; sequence_next(&reader, NULL, &raw); count++) {
        if (!ess_sender_has(&box->sender, SID, (uint64_t)sequence_int(raw)))
            SEQUENCE_FAIL(step, "n %lld is gone", (long long)sequence_int(raw));
    }
    if (ess_sender_waiting(&box->sender) != count)
        SEQUENCE_FAIL(step, "%zu are kept", ess_sender_waiting(&box->sender));
}

static void outbox_act(void *context, sequence_step *step)
{
    outbox *box = context;
    ess_send send;
    char type[16];
    if (strcmp(step->verb, "line") == 0) {
        ess_sender_line(&box->sender, sequence_is_true(step->value));
    } else if (strcmp(step->verb, "store") == 0) {
        (void)sequence_text(step->value, type, sizeof type);
        assert_int_equal(
            ess_sender_stored(&box->sender, type_of(step, type), box->where++, REPORT_BYTES),
            ESS_OK);
    } else if (strcmp(step->verb, "in") == 0) {
        outbox_in(box, step);
    } else if (strcmp(step->verb, "out") == 0) {
        outbox_out(box, step);
    } else if (strcmp(step->verb, "quiet") == 0) {
        ess_sender_next(&box->sender, step->at_ms, &send);
        if (send.how != ESS_SEND_NOTHING)
            SEQUENCE_FAIL(step, "something goes out");
    } else if (strcmp(step->verb, "keeps") == 0) {
        outbox_keeps(box, step);
    } else {
        SEQUENCE_FAIL(step, "no verb %s", step->verb);
    }
}

/* What an earlier life left: [["sid",n,"DATA"],...]. */
static void restore_earlier(outbox *box, ess_slice earlier)
{
    ess_json_reader reader, one;
    ess_slice raw;
    sequence_step none = {.id = "given"};
    sequence_open(&reader, earlier, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        ess_slice part[3];
        char sid_text[ESS_SID_LEN + 1], type[16];
        uint64_t sid;
        sequence_open(&one, raw, ESS_JSON_ARRAY_BEGIN);
        for (size_t i = 0; i < COUNT(part); i++)
            assert_true(sequence_next(&one, NULL, &part[i]));
        (void)sequence_text(part[0], sid_text, sizeof sid_text);
        (void)sequence_text(part[2], type, sizeof type);
        assert_int_equal(ess_sid_parse(ess_slice_from(sid_text), &sid), ESS_OK);
        assert_int_equal(ess_sender_restore(&box->sender, sid, (uint64_t)sequence_int(part[1]),
                                            type_of(&none, type), box->where++, REPORT_BYTES),
                         ESS_OK);
    }
}

static void run_outbox(const sequence *of)
{
    static outbox box;
    ess_slice earlier;
    ess_sender_options options = {
        .receipt_ms = (uint32_t)sequence_int_of(of->given, "patience", 1000),
        .batch_bytes = REPORT_BYTES * (uint32_t)sequence_int_of(of->given, "rows", 4),
        .backlog_window = (uint32_t)sequence_int_of(of->given, "backfill", 8),
        .live_window = (uint32_t)sequence_int_of(of->given, "live", 8)};
    box = (outbox){.where = 1};
    ess_sender_init(&box.sender, &options, box.ring, RING_ROOM, SID);
    if (sequence_has(of->given, "earlier", &earlier))
        restore_earlier(&box, earlier);
    sequence_run(of, outbox_act, &box);
}

/* ---- a device's answers to commands: the judge */

typedef struct bench {
    const sequence *of;
    bool answered;
    ess_verdict verdict;
    message in;
    ess_command command;
    char printed[TEXT_MAX];
} bench;

static bool is_object_here(const bench *b, const char *path)
{
    ess_json_reader reader;
    ess_slice objects, raw;
    char name[ESS_NS_MAX + 1];
    assert_true(sequence_has(b->of->given, "objects", &objects));
    sequence_open(&reader, objects, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        (void)sequence_text(raw, name, sizeof name);
        if (strcmp(name, path) == 0)
            return true;
    }
    return false;
}

static void bench_in(bench *b, const sequence_step *step)
{
    ess_downlink down;
    ess_fault fault = {.rule = "", .what = ""};
    char path[ESS_NS_MAX + 1];
    ess_slice clock;
    read_message(step->value, &b->in);
    receive(step, &b->in, &down);
    if (ess_command_parse(&down.envelope, &b->command, &fault) != ESS_OK)
        SEQUENCE_FAIL(step, "refused by %s, %s", fault.rule, fault.what);
    assert_int_equal(ess_object_path(&down.topic, down.envelope.ns, path, sizeof path), ESS_OK);
    ess_judge_facts facts = {.path = path,
                             .retained = b->in.retained,
                             .target_known = is_object_here(b, path),
                             .now_utc_ms = START_UTC + step->at_ms,
                             .clock_set = !sequence_has(b->of->given, "clock", &clock) ||
                                          sequence_is_true(clock)};
    ess_command_judge(&b->command, &facts, &b->verdict, NULL);
    b->answered = true;
}

/* The reply as it is written: stage, result, and the code byte for byte [ENV-25]. */
static void bench_out(bench *b, const sequence_step *step)
{
    char stage[16], code[ESS_CODE_MAX + 1], part[ESS_CODE_MAX + 16];
    ess_ack ack = {.code = b->command.code, .stage = b->verdict.stage, .result = b->verdict.result};
    size_t len;
    if (!b->answered)
        SEQUENCE_FAIL(step, "nothing was asked");
    (void)sequence_text_of(step->value, "stage", stage, sizeof stage);
    (void)sequence_text_of(step->value, "code", code, sizeof code);
    assert_int_equal(ess_ack_print(&ack, START_UTC, b->printed, sizeof b->printed - 1, &len),
                     ESS_OK);
    b->printed[len] = '\0';
    (void)snprintf(part, sizeof part, "\"code\":\"%s\"", code);
    if (strcmp(stage, ess_stage_name(ack.stage)) != 0 ||
        sequence_int_of(step->value, "r", -1) != ack.result ||
        (code[0] != '\0' && strstr(b->printed, part) == NULL))
        SEQUENCE_FAIL(step, "the answer is %.300s (%s)", b->printed, b->verdict.why);
    b->answered = false;
}

static void bench_act(void *context, sequence_step *step)
{
    if (strcmp(step->verb, "in") == 0)
        bench_in(context, step);
    else if (strcmp(step->verb, "out") == 0)
        bench_out(context, step);
    else
        SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run_bench(const sequence *of)
{
    static bench b;
    b = (bench){.of = of};
    sequence_run(of, bench_act, &b);
}

/* ---- a cloud's commands: the dispatch */

typedef struct desk {
    ess_dispatch dispatch;
    ess_presence presence;
} desk;

static ess_dispatch_step desk_due(desk *d, const sequence_step *step)
{
    int64_t wake_ms;
    return ess_dispatch_due(&d->dispatch, START_UTC + step->at_ms, step->at_ms, d->presence.on,
                            &wake_ms);
}

static void desk_in(desk *d, const sequence_step *step)
{
    message in;
    ess_arrival arrival;
    ess_presence_word word;
    ess_ack ack;
    ess_fault fault = {.rule = "", .what = ""};
    bool changed;
    read_message(step->value, &in);
    if (ess_intake_check(in.topic_text, in.payload_text, lent_readings(), &arrival, &fault) !=
        ESS_OK)
        SEQUENCE_FAIL(step, "refused by %s, %s", fault.rule, fault.what);
    if (arrival.topic.type == ESS_STATE) {
        assert_int_equal(ess_presence_parse(arrival.envelope.d, &word, &fault), ESS_OK);
        (void)ess_presence_apply(&d->presence, &word, START_UTC + step->at_ms);
        if (word.on)
            ess_dispatch_reborn(&d->dispatch, step->at_ms);
        return;
    }
    assert_int_equal(ess_ack_parse(&arrival.envelope, &ack, &fault), ESS_OK);
    (void)ess_dispatch_ack(&d->dispatch, ack.stage, &changed);
}

static void desk_act(void *context, sequence_step *step)
{
    desk *d = context;
    char text[16];
    if (strcmp(step->verb, "order") == 0) {
        ess_dispatch_init(&d->dispatch, ESS_STAGE_CREATED,
                          START_UTC + sequence_int_of(step->value, "exp", 0), step->at_ms);
    } else if (strcmp(step->verb, "in") == 0) {
        desk_in(d, step);
    } else if (strcmp(step->verb, "out") == 0) {
        if (desk_due(d, step) != ESS_DISPATCH_SEND)
            SEQUENCE_FAIL(step, "nothing goes out");
        ess_dispatch_sent(&d->dispatch, step->at_ms);
    } else if (strcmp(step->verb, "quiet") == 0) {
        ess_dispatch_step due = desk_due(d, step);
        if (due != ESS_DISPATCH_REST && due != ESS_DISPATCH_END)
            SEQUENCE_FAIL(step, "something happens");
    } else if (strcmp(step->verb, "stage") == 0) {
        (void)desk_due(d, step);
        (void)sequence_text(step->value, text, sizeof text);
        if (strcmp(text, ess_stage_name(d->dispatch.stage)) != 0)
            SEQUENCE_FAIL(step, "the stage is %s", ess_stage_name(d->dispatch.stage));
    } else if (strcmp(step->verb, "online") == 0) {
        if (d->presence.on != sequence_is_true(step->value))
            SEQUENCE_FAIL(step, "the device is %s", d->presence.on ? "online" : "offline");
    } else {
        SEQUENCE_FAIL(step, "no verb %s", step->verb);
    }
}

static void run_desk(const sequence *of)
{
    desk d = {.dispatch = {.stage = ESS_STAGE_DONE}};
    sequence_run(of, desk_act, &d);
}

/* ---- */

static void device_reports_go_out_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-reports", run_outbox);
}

static void device_commands_are_answered_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-commands", run_bench);
}

static void cloud_commands_are_followed_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("cloud-commands", run_desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_reports_go_out_as_the_document_says),
        cmocka_unit_test(device_commands_are_answered_as_the_document_says),
        cmocka_unit_test(cloud_commands_are_followed_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The published sequences of a whole device (spec/vectors/sequences/device-messages.json and
 * device-signed.json): its messages as they stand on the line, and whose commands it takes. No
 * equipment answers; so of a command that is taken no more is said than that. */
#include "held_world.h"

#include "../../lib/sequence_message.h"
#include "usual_config.h"

#include "agent/agent.h"
#include "port/log.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BEGIN_UTC    INT64_C(1763827200000)
#define UNSET_UTC    INT64_C(5000) /* what a clock that is not set says at the beginning */
#define PLAIN_FROM   4             /* [ENC-12] how often it tries what the cloud announced */

/* ---- the device */

typedef struct player {
    char folder[64];
    ess_agent *agent;
    ess_pack *pack;
    int64_t begin_utc_ms;
    size_t seen; /* of what was sent */
    char sid[ESS_SID_LEN + 1];
} player;

/* The public keys of RFC 8032, 7.1, tests 1 and 2: spec/vectors/README.md has their seeds. */
static const char *const public_keys[] = {
    "ess-public:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "ess-public:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"};

static void give_keys(const sequence *of, agent_config *config)
{
    ess_json_reader reader;
    ess_slice keys, raw;
    char kid[ESS_KID_LEN + 1];
    if (!sequence_has(of->given, "keys", &keys))
        return;
    sequence_open(&reader, keys, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        size_t at = 0;
        (void)sequence_text(raw, kid, sizeof kid);
        while (at < COUNT(public_keys) && strstr(public_keys[at], kid) == NULL)
            at++;
        assert_true(at < COUNT(public_keys));
        (void)snprintf(config->keys[config->key_count++].key, sizeof config->keys[0].key, "%s",
                       public_keys[at]);
    }
}

static int classes_of(const sequence *of)
{
    static const struct {
        const char *letters;
        int classes;
    } rows[] = {{"ABC", AGENT_SIGN_ABC}, {"BC", AGENT_SIGN_BC}, {"C", AGENT_SIGN_C}};
    char letters[8];
    ess_slice sign;
    if (!sequence_has(of->given, "sign", &sign))
        return AGENT_SIGN_AUTO;
    (void)sequence_text(sign, letters, sizeof letters);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(letters, rows[i].letters) == 0)
            return rows[i].classes;
    }
    return AGENT_SIGN_NONE;
}

static void open_device(player *p, const sequence *of)
{
    static agent_config config;
    config = usual_config(p->folder, 60000);
    config.signed_classes = classes_of(of);
    config.devices[0].port = 1;
    give_keys(of, &config);
    assert_int_equal(agent_new(&config, false, &p->agent), ESS_OK);
    assert_int_equal(device_start(&p->agent->devices[0]), ESS_OK);
    ess_sid_print(p->agent->state.sid, p->sid);
    line.most = (size_t)sequence_int_of(of->given, "most", ESS_MESSAGE_MAX);
}

/* ---- what happens */

static void set_line(player *p, const sequence_step *step)
{
    (void)p;
    held_line_tell(&(link_event){.kind = sequence_is_true(step->value) ? LINK_UP : LINK_DOWN});
}

/* {"topic","payload","retained"}; <sid> stands for the device's. */
static void take_in(player *p, const sequence_step *step)
{
    char topic[ESS_TOPIC_MAX + 1], text[SEQUENCE_TEXT], payload[SEQUENCE_TEXT];
    ess_slice retained;
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    (void)sequence_text_of(step->value, "payload", text, sizeof text);
    sequence_put_mark(text, "<sid>", p->sid, payload);
    held_line_tell(&(link_event){.kind = LINK_MESSAGE,
                                 .topic = ess_slice_from(topic),
                                 .payload = ess_slice_from(payload),
                                 .retained = sequence_has(step->value, "retained", &retained) &&
                                             sequence_is_true(retained)});
}

/* x.rev: that revision of the object's parameters stands from now on. */
static void keep_revision(player *p, const outbox_report *report)
{
    size_t object;
    agent_device *device = agent_find(p->agent, report->path, &object);
    int64_t rev = sequence_int_of(report->x, "rev", 0);
    assert_non_null(device);
    ess_revision_kept(&device->minded[object].revision, (uint64_t)rev);
}

/* {"on","object","d","x","times"}: so many reports, sampled now. */
static void store(player *p, const sequence_step *step)
{
    static const struct {
        const char *name;
        ess_message_type type;
    } rows[] = {{"DATA", ESS_DATA}, {"PARAM", ESS_PARAM}, {"EVENT", ESS_EVENT}};
    char object[ESS_NS_MAX + 1], on[8], d[SEQUENCE_TEXT], x[SEQUENCE_TEXT];
    ess_slice raw;
    outbox_report report = {.type = ESS_DATA, .ts_utc_ms = held_utc_ms};
    (void)sequence_text_of(step->value, "on", on, sizeof on);
    report.path =
        (ess_slice){object, sequence_text_of(step->value, "object", object, sizeof object)};
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(on, rows[i].name) == 0)
            report.type = rows[i].type;
    }
    assert_true(sequence_has(step->value, "d", &raw));
    report.d = ess_slice_from(sequence_plain(raw, d));
    if (sequence_has(step->value, "x", &raw))
        report.x = ess_slice_from(sequence_plain(raw, x));
    if (report.type == ESS_PARAM)
        keep_revision(p, &report);
    for (int64_t i = sequence_int_of(step->value, "times", 1); i > 0; i--)
        assert_int_equal(outbox_stage(p->agent->outbox, &report), ESS_OK);
}

/* What is due now goes out; a gap becomes a report. */
static void settle(player *p)
{
    do {
        assert_int_equal(outbox_commit(p->agent->outbox), ESS_OK);
        uplink_pump(p->agent);
    } while (!outbox_is_durable(p->agent->outbox));
}

/* ---- what goes out */

static const held_message *next_out(player *p)
{
    return p->seen < line.sent_count ? &line.sent[p->seen++] : NULL;
}

/* "enc", "cols": how it is encoded; else it is plain JSON, and rows. Returns the JSON. */
static ess_slice decode(player *p, const sequence_step *step, const held_message *sent)
{
    static const char *const names[] = {[ESS_PACK_JSON] = "json",
                                        [ESS_PACK_GZIP] = "gzip",
                                        [ESS_PACK_ZSTD] = "zstd",
                                        [ESS_PACK_ZSTD_DICTIONARY] = "zstd"};
    ess_pack_how how;
    ess_fault fault = {.rule = ""};
    ess_slice json, raw;
    char enc[8];
    if (ess_pack_decode(p->pack, sent->payload, &json, &how, &fault) != ESS_OK)
        SEQUENCE_FAIL(step, "it breaks %s", fault.rule);
    if (sequence_text_of(step->value, "enc", enc, sizeof enc) == 0)
        (void)snprintf(enc, sizeof enc, "json");
    if (strcmp(enc, names[how.method]) != 0)
        SEQUENCE_FAIL(step, "it goes out as %s", names[how.method]);
    if (how.columns != (sequence_has(step->value, "cols", &raw) && sequence_is_true(raw)))
        SEQUENCE_FAIL(step, "it goes out as %s", how.columns ? "columns" : "rows");
    return json;
}

/* The payload that the step names, with the device's sid. */
static ess_slice wanted_payload(const player *p, ess_slice raw, char room[static SEQUENCE_TEXT])
{
    char text[SEQUENCE_TEXT];
    sequence_put_mark(sequence_plain(raw, text), "<sid>", p->sid, room);
    return ess_slice_from(room);
}

static void compare_payload(const player *p, const sequence_step *step, ess_slice json)
{
    char room[SEQUENCE_TEXT];
    ess_slice raw;
    if (sequence_has(step->value, "payload", &raw))
        sequence_same_members(step, wanted_payload(p, raw, room), json);
    if (sequence_has(step->value, "without", &raw))
        sequence_lacks(step, raw, json);
}

/* {"topic","retained","payload","without","enc","cols","most"}: what goes out next. */
static void see_out(player *p, const sequence_step *step)
{
    const held_message *sent = next_out(p);
    char topic[ESS_TOPIC_MAX + 1];
    ess_slice raw;
    if (sent == NULL)
        SEQUENCE_FAIL(step, "nothing goes out");
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (strcmp(topic, sent->topic) != 0)
        SEQUENCE_FAIL(step, "it goes out on %s: %.200s", sent->topic, sent->payload.ptr);
    if (sent->retained != (sequence_has(step->value, "retained", &raw) && sequence_is_true(raw)))
        SEQUENCE_FAIL(step, "it is %sretained", sent->retained ? "" : "not ");
    if (sent->payload.len > (size_t)sequence_int_of(step->value, "most", ESS_MESSAGE_MAX))
        SEQUENCE_FAIL(step, "it has %zu bytes", sent->payload.len);
    compare_payload(p, step, decode(p, step, sent));
}

static void see_quiet(player *p, const sequence_step *step)
{
    const held_message *sent = next_out(p);
    if (sent != NULL)
        SEQUENCE_FAIL(step, "on %s: %.*s", sent->topic, (int)sent->payload.len, sent->payload.ptr);
}

static void see_will(player *p, const sequence_step *step)
{
    char topic[ESS_TOPIC_MAX + 1];
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (strcmp(topic, line.will_topic) != 0)
        SEQUENCE_FAIL(step, "the will is on %s", line.will_topic);
    compare_payload(p, step, (ess_slice){line.will, line.will_len});
}

static void see_hears(player *p, const sequence_step *step)
{
    ess_json_reader reader;
    ess_slice raw;
    char topic[ESS_TOPIC_MAX + 1];
    size_t count = 0;
    (void)p;
    sequence_open(&reader, step->value, ESS_JSON_ARRAY_BEGIN);
    for (; sequence_next(&reader, NULL, &raw); count++) {
        size_t at = 0;
        (void)sequence_text(raw, topic, sizeof topic);
        while (at < line.hears_count && strcmp(line.hears[at], topic) != 0)
            at++;
        if (at == line.hears_count)
            SEQUENCE_FAIL(step, "it does not subscribe %.300s", topic);
    }
    if (count != line.hears_count)
        SEQUENCE_FAIL(step, "it subscribes %zu", line.hears_count);
}

/* {"topic","payload","times"}: comes so often at once; some are answered as the step says, each
 * alike, and some are not at all. */
static void see_flood(player *p, const sequence_step *step)
{
    int64_t times = sequence_int_of(step->value, "times", 1);
    const held_message *sent;
    ess_slice raw;
    int64_t answers = 0;
    assert_true(sequence_has(step->value, "answer", &raw));
    for (int64_t i = 0; i < times; i++)
        take_in(p, step);
    for (; (sent = next_out(p)) != NULL; answers++)
        sequence_same_members(step, raw, sent->payload);
    if (answers == 0 || answers == times)
        SEQUENCE_FAIL(step, "%lld of %lld are answered", (long long)answers, (long long)times);
}

/* ---- */

static const struct verb {
    const char *name;
    void (*act)(player *p, const sequence_step *step);
} verbs[] = {{"line", set_line},   {"in", take_in},    {"store", store},     {"out", see_out},
             {"quiet", see_quiet}, {"will", see_will}, {"hears", see_hears}, {"flood", see_flood}};

static void act(void *context, sequence_step *step)
{
    player *p = context;
    held_mono_ms = 1000 + step->at_ms;
    held_utc_ms = p->begin_utc_ms + step->at_ms;
    if (p->seen == line.sent_count) {
        held_line_forget();
        p->seen = 0;
    }
    settle(p);
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(p, step);
            settle(p);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run(const sequence *of)
{
    static player p;
    ess_slice clock;
    bool is_set = !sequence_has(of->given, "clock", &clock) || sequence_is_true(clock);
    p = (player){.begin_utc_ms = is_set ? BEGIN_UTC : UNSET_UTC};
    assert_int_equal(sequence_int_of(of->given, "tries", PLAIN_FROM), PLAIN_FROM);
    held_mono_ms = 1000;
    held_utc_ms = p.begin_utc_ms;
    make_scratch(p.folder);
    p.pack = ess_pack_new();
    assert_non_null(p.pack);
    open_device(&p, of);
    sequence_run(of, act, &p);
    ess_pack_free(p.pack);
    agent_free(p.agent);
    remove_scratch(p.folder, 3);
}

static void a_device_writes_its_messages_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-messages", run);
}

static void a_device_takes_signed_commands_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-signed", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_writes_its_messages_as_the_document_says),
        cmocka_unit_test(a_device_takes_signed_commands_as_the_document_says),
    };
    port_log_open("test", PORT_ERROR + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

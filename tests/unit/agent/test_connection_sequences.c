/* The published sequences of what a device's messages look like on the line
 * (spec/vectors/sequences/ device-encoded.json): the agent before a broker of few words, and a
 * cloud that announces itself. */
#include "usual_config.h"

#include "../../lib/sequence.h"
#include "agent/agent.h"

#include "../link/fake_broker.h"
#include "port/clock.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEXT_MAX     4096
#define WAIT_MS      8000 /* nothing takes as long; then the test fails */

typedef struct device {
    char folder[64];
    fake_broker broker;
    port_loop *loop; /* the broker's own: the agent's lives shorter */
    ess_agent *agent;
    size_t seen; /* publishes that were looked at */
} device;

/* ---- what happens */

static void set_line(device *d, const sequence_step *step)
{
    assert_true(sequence_is_true(step->value));
    link_start(d->agent->link);
}

static void take_in(device *d, const sequence_step *step)
{
    char topic[512], payload[TEXT_MAX];
    size_t len = sequence_text_of(step->value, "payload", payload, sizeof payload);
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    uplink_arrived(d->agent, &(link_event){.kind = LINK_MESSAGE,
                                           .topic = ess_slice_from(topic),
                                           .payload = {payload, len}});
    uplink_pump(d->agent);
}

/* {"d"}: a report of CAB01/PCS. */
static void store(device *d, const sequence_step *step)
{
    outbox_report report = {
        .type = ESS_DATA, .path = ESS_SLICE_LITERAL("CAB01/PCS"), .ts_utc_ms = port_utc_ms()};
    assert_true(sequence_has(step->value, "d", &report.d));
    assert_int_equal(outbox_stage(d->agent->outbox, &report), ESS_OK);
    assert_int_equal(outbox_commit(d->agent->outbox), ESS_OK);
    uplink_pump(d->agent);
}

/* ---- what the broker sees */

/* One more publish: the broker keeps the latest alone, so it is looked at before the next. */
static void wait_for_one(device *d, const sequence_step *step)
{
    int64_t due_ms = port_mono_ms() + WAIT_MS;
    while (d->broker.publishes == d->seen) {
        if (port_mono_ms() > due_ms)
            SEQUENCE_FAIL(step, "nothing goes out");
        assert_int_equal(port_loop_once(d->agent->loop, 1), ESS_OK);
        assert_int_equal(port_loop_once(d->loop, 1), ESS_OK);
    }
    if (d->broker.publishes != d->seen + 1)
        SEQUENCE_FAIL(step, "%zu go out at once", d->broker.publishes - d->seen);
    d->seen++;
}

/* {"topic","qos"}. */
static void look_out(device *d, const sequence_step *step)
{
    char topic[128];
    wait_for_one(d, step);
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (strcmp(topic, d->broker.last_topic) != 0)
        SEQUENCE_FAIL(step, "it goes out on %.200s", d->broker.last_topic);
    if (sequence_int_of(step->value, "qos", -1) != d->broker.last_qos)
        SEQUENCE_FAIL(step, "it goes with QoS %u", d->broker.last_qos);
}

/* Seconds that the broker is to keep the session; 0 where MQTT 5's CONNECT does not say. Its
 * properties are of a fixed size here. */
static uint32_t session_expiry_s(const sequence_step *step, const uint8_t *properties)
{
    static const struct {
        uint8_t id, size;
    } known[] = {{0x11, 4}, {0x21, 2}, {0x22, 2}, {0x27, 4}, {0x17, 1}, {0x19, 1}};
    const uint8_t *at = properties + 1, *end = at + properties[0];
    while (at < end) {
        size_t i = 0;
        while (i < COUNT(known) && known[i].id != *at)
            i++;
        if (i == COUNT(known))
            SEQUENCE_FAIL(step, "CONNECT has property %02x", *at);
        if (*at == 0x11)
            return (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];
        at += 1u + known[i].size;
    }
    return 0;
}

/* {"clean","expiry","willQos","willRetained"} of the latest CONNECT. */
static void look_connect(device *d, const sequence_step *step)
{
    enum { FLAGS_AT = 7, PROPERTIES_AT = 10 };
    unsigned flags = d->broker.connect[FLAGS_AT];
    const struct {
        const char *name;
        int64_t is;
    } members[] = {{"clean", flags >> 1 & 1u},
                   {"expiry", session_expiry_s(step, d->broker.connect + PROPERTIES_AT)},
                   {"willQos", flags >> 3 & 3u},
                   {"willRetained", flags >> 5 & 1u}};
    for (size_t i = 0; i < COUNT(members); i++) {
        if (sequence_int_of(step->value, members[i].name, members[i].is) != members[i].is)
            SEQUENCE_FAIL(step, "%s is %lld", members[i].name, (long long)members[i].is);
    }
}

/* ---- */

static void act(void *context, sequence_step *step)
{
    static const struct {
        const char *name;
        void (*act)(device *d, const sequence_step *step);
    } verbs[] = {{"line", set_line},
                 {"in", take_in},
                 {"store", store},
                 {"out", look_out},
                 {"connect", look_connect}};
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(context, step);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run(const sequence *of)
{
    static device d;
    static agent_config config;
    d = (device){.loop = port_loop_new(4, 1)};
    assert_non_null(d.loop);
    make_scratch(d.folder);
    broker_open(&d.broker, d.loop);
    config = usual_config(d.folder, 60000);
    config.devices[0].port = 1;
    config.broker_port = d.broker.port;
    config.receipt_ms = 60000;
    assert_int_equal(agent_new(&config, false, &d.agent), ESS_OK);
    sequence_run(of, act, &d);
    agent_free(d.agent);
    broker_close(&d.broker);
    port_loop_free(d.loop);
    remove_scratch(d.folder, 3);
}

static void a_device_connects_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-connection", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_connects_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

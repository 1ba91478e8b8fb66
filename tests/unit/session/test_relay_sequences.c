/* The published sequences that play who hands a message on (spec/vectors/sequences/relay.json). */
#include "../../lib/lent.h"
#include "../../lib/sequence.h"
#include "ess/relay.h"

#define TEXT_MAX 2048

typedef struct relay {
    char topic[TEXT_MAX], relayed[TEXT_MAX];
} relay;

/* Parsed and written again, nothing of the envelope changed. */
static void hand_on(relay *r, const sequence_step *step)
{
    char text[TEXT_MAX];
    ess_fault fault = {.rule = "", .what = ""};
    ess_topic topic;
    ess_envelope envelope;
    size_t len = 0;
    ess_slice payload = {text, sequence_text_of(step->value, "payload", text, sizeof text)};
    (void)sequence_text_of(step->value, "topic", r->topic, sizeof r->topic);
    if (ess_topic_parse(ess_slice_from(r->topic), &topic, &fault) != ESS_OK ||
        ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault) != ESS_OK)
        SEQUENCE_FAIL(step, "refused by %s, %s", fault.rule, fault.what);
    assert_int_equal(
        ess_envelope_relay(payload, &envelope, r->relayed, sizeof r->relayed - 1, &len), ESS_OK);
    r->relayed[len] = '\0';
}

/* Every member that the step's payload has is there with the same bytes; their order is the
 * relay's own affair. */
static void look_out(const relay *r, const sequence_step *step)
{
    char topic[TEXT_MAX], text[TEXT_MAX], name[ESS_NAME_MAX + 1];
    ess_slice want = {text, sequence_text_of(step->value, "payload", text, sizeof text)};
    ess_slice raw, got;
    ess_json_reader reader;
    ess_json_token key;
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (strcmp(topic, r->topic) != 0)
        SEQUENCE_FAIL(step, "it goes out on %.200s", r->topic);
    sequence_open(&reader, want, ESS_JSON_OBJECT_BEGIN);
    while (sequence_next(&reader, &key, &raw)) {
        assert_int_equal(ess_slice_copy(key.text, name, sizeof name), ESS_OK);
        if (!sequence_has(ess_slice_from(r->relayed), name, &got) || got.len != raw.len ||
            memcmp(got.ptr, raw.ptr, raw.len) != 0)
            SEQUENCE_FAIL(step, "%s is not as it came: %.300s", name, r->relayed);
    }
    if (strlen(r->relayed) != want.len)
        SEQUENCE_FAIL(step, "it has more: %.300s", r->relayed);
}

static void act(void *context, sequence_step *step)
{
    if (strcmp(step->verb, "in") == 0)
        hand_on(context, step);
    else if (strcmp(step->verb, "out") == 0)
        look_out(context, step);
    else
        SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run(const sequence *of)
{
    static relay r;
    r = (relay){.topic = ""};
    sequence_run(of, act, &r);
}

static void messages_are_handed_on_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("relay", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_handed_on_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

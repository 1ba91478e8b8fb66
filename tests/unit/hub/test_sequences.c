/* The published sequences that play a cloud which keeps reports (spec/vectors/sequences/
 * cloud-reports.json): messages in, receipts out, and what is kept. */
#include "cloud_look.h"

typedef struct cloud {
    fixture *f;
    int64_t at_ms;
} cloud;

static void take_in(cloud *c, const sequence_step *step)
{
    char topic[512], payload[TEXT_MAX];
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    (void)sequence_text_of(step->value, "payload", payload, sizeof payload);
    fixture_say(c->f, topic, payload);
}

/* The member as it stands in the step, or that there is none, is so in what was sent. */
static void compare_member(const sequence_step *step, const char *sent, const char *name)
{
    char want[TEXT_MAX];
    ess_slice raw;
    bool has = sequence_has(step->value, name, &raw);
    (void)snprintf(want, sizeof want, "\"%s\":", name);
    size_t head = strlen(want);
    for (size_t i = 0; has && i < raw.len && head + 1 < sizeof want; i++) {
        if (raw.ptr[i] != ' ')
            want[head++] = raw.ptr[i];
    }
    want[head] = '\0';
    if (has != (strstr(sent, want) != NULL))
        SEQUENCE_FAIL(step, "%.150s in %.300s", want, sent);
}

/* One receipt, when what came has been committed; it has no code [DLV-29]. */
static void look_out(cloud *c, const sequence_step *step)
{
    static const char *const names[] = {"sid", "ok", "no"};
    char topic[128];
    fixture_pass(c->f, COMMIT_MS);
    if (c->f->sent_count != 1)
        SEQUENCE_FAIL(step, "%zu messages go out", c->f->sent_count);
    const sent_message *sent = &c->f->sent[0];
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (topic[0] != '\0' && strcmp(topic, sent->topic) != 0)
        SEQUENCE_FAIL(step, "it goes out on %s", sent->topic);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ess_slice raw;
        bool only_if_there = strcmp(names[i], "sid") == 0 || strcmp(names[i], "ok") == 0;
        if (!only_if_there || sequence_has(step->value, names[i], &raw))
            compare_member(step, sent->payload, names[i]);
    }
    assert_lacks(sent->payload, "\"code\"");
    fixture_forget(c->f);
}

/* {"object","rev","ts"} of the parameters that stand. */
static void look_params(cloud *c, const sequence_step *step)
{
    char want[64];
    FIXTURE_JSON(c->f, hub_write_params(c->f->core, ess_slice_from("SH001"), &out));
    (void)snprintf(want, sizeof want, "\"rev\":%lld,",
                   (long long)sequence_int_of(step->value, "rev", -1));
    if (strstr(c->f->json, want) == NULL)
        SEQUENCE_FAIL(step, "%s is not in %.300s", want, c->f->json);
    (void)snprintf(want, sizeof want, "\"ts\":%lld,",
                   (long long)sequence_int_of(step->value, "ts", -1));
    if (strstr(c->f->json, want) == NULL)
        SEQUENCE_FAIL(step, "%s is not in %.300s", want, c->f->json);
}

static void look_last(cloud *c, const sequence_step *step)
{
    cloud_look_last(c->f, step);
}

static void look_stored(cloud *c, const sequence_step *step)
{
    cloud_look_stored(c->f, step);
}

static void look_event(cloud *c, const sequence_step *step)
{
    cloud_look_event(c->f, step);
}

static const struct verb {
    const char *name;
    void (*act)(cloud *c, const sequence_step *step);
} verbs[] = {{"in", take_in},         {"out", look_out},       {"last", look_last},
             {"stored", look_stored}, {"params", look_params}, {"event", look_event}};

static void act(void *context, sequence_step *step)
{
    cloud *c = context;
    if (step->at_ms > c->at_ms)
        fixture_pass(c->f, step->at_ms - c->at_ms);
    c->at_ms = step->at_ms;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(c, step);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void run(const sequence *of)
{
    void *state = NULL;
    assert_int_equal(fixture_setup(&state), 0);
    cloud c = {.f = state};
    sequence_run(of, act, &c);
    assert_int_equal(fixture_teardown(&state), 0);
}

static void cloud_reports_are_kept_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("cloud-reports", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloud_reports_are_kept_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The published sequences of a device with its equipment (spec/vectors/sequences/), against the
 * machines of the session: what comes in, what is asked of the equipment, and what is said. */
#include "../../lib/sequence.h"
#include "../../lib/station.h"

typedef struct player {
    station device;
    size_t heard;  /* words said that a step has seen */
    bool is_shown; /* a step has seen the job */
    char topic[ESS_TOPIC_MAX + 1], payload[4096];
} player;

/* ---- what must be so */

static const char *word_text(const station_word *word)
{
    static char text[STATION_TEXT + 128];
    static const char *const kinds[] = {"an answer", "an event", "parameters"};
    (void)snprintf(text, sizeof text, "%s: code %s, %s, r %d, rev %llu, v %s", kinds[word->kind],
                   word->code, ess_stage_name(word->stage), word->result,
                   (unsigned long long)word->rev, word->v);
    return text;
}

static bool is_text_of(ess_slice wanted, const char *name, const char *is)
{
    ess_slice raw;
    char text[128];
    if (!sequence_has(wanted, name, &raw))
        return true;
    (void)sequence_text(raw, text, sizeof text);
    return strcmp(text, is) == 0;
}

/* As this project writes JSON: without blanks. No text in it has one. */
static const char *plain(ess_slice raw)
{
    static char text[STATION_TEXT];
    size_t len = 0;
    assert_true(raw.len < sizeof text);
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] != ' ')
            text[len++] = raw.ptr[i];
    }
    text[len] = '\0';
    return text;
}

static bool is_word(const station_word *word, ess_slice wanted)
{
    ess_slice v = {NULL, 0}, none;
    bool has_v = sequence_has(wanted, "v", &v);
    int64_t rev = sequence_int_of(wanted, "rev", -1);
    if (!is_text_of(wanted, "code", word->code) || (has_v && strcmp(plain(v), word->v) != 0))
        return false;
    if (sequence_has(wanted, "event", &none))
        return word->kind == WORD_EVENT && is_text_of(wanted, "event", "lease-ended") &&
               is_text_of(wanted, "path", STATION_PATH);
    if (rev >= 0)
        return word->kind == WORD_PARAM && word->rev == (uint64_t)rev;
    return word->kind == WORD_ACK && is_text_of(wanted, "stage", ess_stage_name(word->stage)) &&
           sequence_int_of(wanted, "r", -1) == word->result;
}

static void see_out(player *p, const sequence_step *step)
{
    if (p->heard == p->device.said_count)
        SEQUENCE_FAIL(step, "nothing is said");
    const station_word *word = &p->device.said[p->heard++];
    if (!is_word(word, step->value))
        SEQUENCE_FAIL(step, "said: %.400s", word_text(word));
}

static void see_quiet(player *p, const sequence_step *step)
{
    if (p->heard < p->device.said_count)
        SEQUENCE_FAIL(step, "said: %.400s", word_text(&p->device.said[p->heard]));
    if (p->device.job_out && !p->is_shown)
        SEQUENCE_FAIL(step, "%s %s", p->device.job.is_write ? "writes" : "reads",
                      p->device.job.point.model->name);
}

static ess_decimal number_of(ess_slice raw)
{
    ess_decimal value;
    assert_int_equal(ess_decimal_parse(raw, &value), ESS_OK);
    return value;
}

static void see_job(player *p, const sequence_step *step, bool is_write)
{
    if (p->heard < p->device.said_count)
        SEQUENCE_FAIL(step, "said before: %.400s", word_text(&p->device.said[p->heard]));
    if (!p->device.job_out)
        SEQUENCE_FAIL(step, "nothing is asked of the equipment");
    if (p->device.job.is_write != is_write)
        SEQUENCE_FAIL(step, "it is to %s", is_write ? "be read" : "be written");
    p->is_shown = true;
}

static void see_write(player *p, const sequence_step *step)
{
    ess_json_reader reader;
    ess_json_token key;
    ess_slice value;
    see_job(p, step, true);
    sequence_open(&reader, step->value, ESS_JSON_OBJECT_BEGIN);
    assert_true(sequence_next(&reader, &key, &value));
    if (!ess_json_text_is(&key, p->device.job.point.model->name) ||
        ess_decimal_compare(number_of(value), p->device.job.value) != 0)
        SEQUENCE_FAIL(step, "written is %s", p->device.job.point.model->name);
}

static void see_read(player *p, const sequence_step *step)
{
    char name[ESS_NAME_MAX + 1];
    see_job(p, step, false);
    (void)sequence_text(step->value, name, sizeof name);
    if (strcmp(name, p->device.job.point.model->name) != 0)
        SEQUENCE_FAIL(step, "read is %s", p->device.job.point.model->name);
}

/* ---- what happens */

static void do_in(player *p, const sequence_step *step)
{
    ess_slice retained;
    bool is_retained =
        sequence_has(step->value, "retained", &retained) && sequence_is_true(retained);
    size_t topic = sequence_text_of(step->value, "topic", p->topic, sizeof p->topic);
    size_t payload = sequence_text_of(step->value, "payload", p->payload, sizeof p->payload);
    (void)station_in(&p->device, (ess_slice){p->topic, topic}, (ess_slice){p->payload, payload},
                     is_retained);
    station_run(&p->device);
}

/* "taken", "lost" or "away"; {"refused":r}; {"v":60}, what was read. */
static void do_answer(player *p, const sequence_step *step)
{
    static const struct {
        const char *name;
        ess_err err;
    } names[] = {{"taken", ESS_OK}, {"lost", ESS_E_TIMEOUT}, {"away", ESS_E_OFFLINE}};
    ess_execute_answer answer = {.err = ESS_E_DATA};
    ess_slice v;
    char name[16];
    if (!p->device.job_out || !p->is_shown)
        SEQUENCE_FAIL(step, "nothing that a step has seen is asked of the equipment");
    if (step->value.ptr[0] == '"') {
        (void)sequence_text(step->value, name, sizeof name);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strcmp(name, names[i].name) == 0)
                answer.err = names[i].err;
        }
        assert_int_not_equal(answer.err, ESS_E_DATA);
    } else if (sequence_has(step->value, "v", &v)) {
        answer = (ess_execute_answer){.value = number_of(v)};
    } else {
        answer.refused = (int)sequence_int_of(step->value, "refused", 0);
        assert_true(answer.refused > 0);
    }
    p->is_shown = false;
    station_answered(&p->device, &answer);
    station_run(&p->device);
}

static void do_restart(player *p, const sequence_step *step)
{
    (void)step;
    p->is_shown = false;
    station_start(&p->device);
    station_run(&p->device);
}

static void do_disk(player *p, const sequence_step *step)
{
    p->device.disk.is_full = !sequence_is_true(step->value);
}

static void do_clock(player *p, const sequence_step *step)
{
    p->device.clock_set = sequence_is_true(step->value);
}

static void do_away(player *p, const sequence_step *step)
{
    p->device.is_away = sequence_is_true(step->value);
}

static void do_control(player *p, const sequence_step *step)
{
    static const char *const names[] = {[ESS_CONTROL_UNKNOWN] = "unknown",
                                        [ESS_CONTROL_REMOTE] = "remote",
                                        [ESS_CONTROL_LOCAL] = "local",
                                        [ESS_CONTROL_MAINTENANCE] = "maintenance"};
    char name[16];
    unsigned i = 0;
    (void)sequence_text(step->value, name, sizeof name);
    while (i < sizeof names / sizeof names[0] && strcmp(name, names[i]) != 0)
        i++;
    assert_true(i < sizeof names / sizeof names[0]);
    p->device.control = (ess_control)i;
    station_run(&p->device);
}

static void do_params(player *p, const sequence_step *step)
{
    station_params(&p->device, ess_slice_from(plain(step->value)));
}

typedef struct verb {
    const char *name;
    void (*act)(player *p, const sequence_step *step);
} verb;

static const verb verbs[] = {
    {"in", do_in},      {"out", see_out},        {"quiet", see_quiet},  {"write", see_write},
    {"read", see_read}, {"answer", do_answer},   {"disk", do_disk},     {"clock", do_clock},
    {"away", do_away},  {"control", do_control}, {"params", do_params}, {"restart", do_restart},
};

static void act(void *context, sequence_step *step)
{
    player *p = context;
    p->device.now_ms = step->at_ms;
    station_run(&p->device);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(p, step);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

/* ---- */

static uint32_t lacking(ess_slice given)
{
    ess_json_reader reader;
    ess_slice lacks, raw;
    uint32_t bits = 0;
    if (!sequence_has(given, "lacks", &lacks))
        return 0;
    sequence_open(&reader, lacks, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        char name[ESS_NAME_MAX + 1];
        (void)sequence_text(raw, name, sizeof name);
        assert_true(station_point_by_name(name) < STATION_POINTS);
        bits |= 1u << station_point_by_name(name);
    }
    return bits;
}

static void run(const sequence *of)
{
    static player p;
    p.heard = 0;
    p.is_shown = false;
    station_make(&p.device, (size_t)sequence_int_of(of->given, "journal", STATION_CODES));
    p.device.lacks = lacking(of->given);
    sequence_run(of, act, &p);
    if (p.heard < p.device.said_count)
        fail_msg("%s: said at the end: %s", of->id, word_text(&p.device.said[p.heard]));
}

static void device_and_equipment_do_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("device-equipment", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_and_equipment_do_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The envelope that is predicted from the one before (see ess_shape_head): whatever differs from
 * it is judged as the strict reader judges it. */
#include "../../fuzz/codec/both_ways.h"
#include "codec_test.h"

#define MEMBERS                                                                                    \
    "\"ns\":\"CAB01\",\"code\":\"0000002a9f3c01d7-1815\",\"s\":\"METRIC\",\"te\":\"REQ\""
#define LEARNT "{\"t\":1763827200000," MEMBERS ",\"d\":{\"soc\":1}}"

static both_ways quick;
static ess_shape_key keys[ESS_MEMBERS_MAX];
static ess_shape shape;

static ess_topic topic_of(const char *unit, const char *component)
{
    return (ess_topic){.version = 1,
                       .type = ESS_DATA,
                       .unit = ess_slice_from(unit),
                       .component = ess_slice_from(component)};
}

static ess_err read_both(const char *text, size_t len, const ess_topic *at)
{
    ess_slice copy = exact_copy(text, len);
    const char *differ = both_ways_read(copy, at, &shape, &quick);

    if (differ != NULL)
        fail_msg("%s: %.*s", differ, (int)len, text);
    exact_free(copy);
    return quick.err;
}

/* The second reading is the first that knows a name and an envelope. */
static void teach(const char *text, const ess_topic *at)
{
    ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    for (int again = 0; again < 2; again++)
        assert_int_equal(read_both(text, strlen(text), at), ESS_OK);
}

static void a_time_of_another_form_is_judged_alike(void **state)
{
    static const struct {
        const char *learnt, *then;
        ess_err err;
    } cases[] = {
        {"1763827200000", "1763827201000", ESS_OK},
        {"1763827200000", "176382720000.", ESS_E_JSON_SYNTAX},
        {"1763827200000", "17638272000.0", ESS_OK}, /* a whole number too */
        {"1763827200000", "17638272000.5", ESS_E_ENVELOPE},
        {"1763827200000", "1.638272000e9", ESS_OK},
        {"1763827200000", "17e3827200000", ESS_E_ENVELOPE},
        {"1763827200000", "-763827200000", ESS_E_ENVELOPE},
        {"1763827200000", "0763827200000", ESS_E_JSON_SYNTAX},
        {"9007199254740991", "9007199254740992", ESS_E_ENVELOPE}, /* 2^53 */
        {"9007199254740990", "9007199254740991", ESS_OK},
        {"1763827200000.0000", "1763827201000.0000", ESS_OK}, /* too long to be predicted */
        {"12345678", "12345679", ESS_OK},                     /* too short */
        {"123456789", "123456780", ESS_OK},
    };
    const ess_topic at = topic_of("", "");
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)snprintf(text, sizeof text, "{\"t\":%s," MEMBERS ",\"d\":{\"soc\":1}}",
                       cases[i].learnt);
        teach(text, &at);
        (void)snprintf(text, sizeof text, "{\"t\":%s," MEMBERS ",\"d\":{\"soc\":1}}",
                       cases[i].then);
        assert_int_equal(read_both(text, strlen(text), &at), cases[i].err);
    }
}

/* Its digits at the end may change, to other digits. */
static void a_code_of_another_form_is_judged_alike(void **state)
{
    static const struct {
        const char *learnt, *then;
        ess_err err;
    } cases[] = {
        {"a-1815", "a-1816", ESS_OK},
        {"a-1815", "a-18x5", ESS_OK},
        {"a-1815", "a-18\\\"", ESS_E_ENVELOPE},
        {"a-1815", "a-18\"5", ESS_E_JSON_SYNTAX},
        {"a-1815", "a-18 5", ESS_E_ENVELOPE},
        {"abc", "abd", ESS_OK},
        {"123456789012", "123456789013", ESS_OK},
        {"123456789012", "223456789012", ESS_OK},
    };
    const ess_topic at = topic_of("", "");
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)snprintf(text, sizeof text, "{\"t\":1763827200000,\"code\":\"%s\",\"d\":{\"soc\":1}}",
                       cases[i].learnt);
        teach(text, &at);
        (void)snprintf(text, sizeof text, "{\"t\":1763827200001,\"code\":\"%s\",\"d\":{\"soc\":1}}",
                       cases[i].then);
        assert_int_equal(read_both(text, strlen(text), &at), cases[i].err);
    }
}

/* [ENV-12] The same bytes are another message elsewhere, or none. */
static void an_envelope_from_another_place_is_judged_alike(void **state)
{
    static const struct {
        const char *unit, *component;
        ess_err err;
    } cases[] = {
        {"CAB01", "BMS01", ESS_OK}, {"CAB02", "BMS01", ESS_OK}, /* as long, and ns is below it now
                                                                 */
        {"CAB01", "BMS02", ESS_OK}, {"CAB01", "BMS", ESS_OK},   {"CAB", "BMS01", ESS_OK},
        {"CAB01", "", ESS_OK},      {"", "", ESS_OK},
    };
    const ess_topic learnt = topic_of("CAB01", "BMS01");
    ess_topic other = learnt;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const ess_topic at = topic_of(cases[i].unit, cases[i].component);
        teach(LEARNT, &learnt);
        assert_int_equal(read_both(LEARNT, sizeof LEARNT - 1, &at), cases[i].err);
    }
    teach(LEARNT, &learnt);
    other.type = ESS_ACK; /* s and te disagree with it */
    assert_int_equal(read_both(LEARNT, sizeof LEARNT - 1, &other), ESS_E_ENVELOPE);
    other = learnt;
    other.version = 2;
    assert_int_equal(read_both(LEARNT, sizeof LEARNT - 1, &other), ESS_OK);
}

static void every_changed_byte_is_judged_alike(void **state)
{
    static const char others[] = "0 ,:{}[]\"\\-.e9a\x80\n";
    const ess_topic at = topic_of("CAB01", "");
    char text[sizeof LEARNT];

    (void)state;
    for (size_t i = 0; i < sizeof LEARNT - 1; i++) {
        for (size_t k = 0; k < sizeof others; k++) {
            memcpy(text, LEARNT, sizeof text);
            text[i] = others[k];
            teach(LEARNT, &at);
            (void)read_both(text, sizeof text - 1, &at);
        }
    }
}

/* [DLV-09] However familiar it looks. */
static void a_payload_that_is_too_long_is_refused(void **state)
{
    static char text[ESS_MESSAGE_MAX + 2];
    const ess_topic at = topic_of("CAB01", "");
    size_t len = sizeof LEARNT - 2;

    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, LEARNT, len);
    for (size_t more = 0; more < 2; more++) {
        teach(LEARNT, &at);
        text[ESS_MESSAGE_MAX - 1 + more] = '}';
        assert_int_equal(read_both(text, ESS_MESSAGE_MAX + more, &at),
                         more == 0 ? ESS_OK : ESS_E_TOO_LARGE);
        text[ESS_MESSAGE_MAX - 1 + more] = ' ';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_of_another_form_is_judged_alike),
        cmocka_unit_test(a_code_of_another_form_is_judged_alike),
        cmocka_unit_test(an_envelope_from_another_place_is_judged_alike),
        cmocka_unit_test(every_changed_byte_is_judged_alike),
        cmocka_unit_test(a_payload_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

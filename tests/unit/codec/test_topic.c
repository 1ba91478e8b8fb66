#include "codec_test.h"
#include "ess/limits.h"
#include "ess/topic.h"

static void parse_names_every_level(void **state)
{
    ess_topic topic;
    ess_fault fault;

    (void)state;
    ess_slice text = ess_slice_from("v1/DATA/ess/SH001/CAB01/BMS");
    assert_int_equal(ess_topic_parse(text, &topic, &fault), ESS_OK);
    assert_int_equal(topic.version, 1);
    assert_int_equal(topic.type, ESS_DATA);
    ASSERT_SLICE(topic.type_text, "DATA");
    ASSERT_SLICE(topic.application, "ess");
    ASSERT_SLICE(topic.group, "SH001");
    ASSERT_SLICE(topic.unit, "CAB01");
    ASSERT_SLICE(topic.component, "BMS");
    text = ess_slice_from("v65535/X-log/ess/\xE4\xB8\x8A\xE6\xB5\xB7 1");
    assert_int_equal(ess_topic_parse(text, &topic, NULL), ESS_OK);
    assert_int_equal(topic.version, 65535);
    assert_int_equal(topic.type, ESS_CUSTOM);
    ASSERT_SLICE(topic.type_text, "X-log");
    assert_int_equal(topic.unit.len, 0);
    assert_int_equal(topic.component.len, 0);
}

static void parse_refuses_by_rule(void **state)
{
    static const struct {
        const char *text, *rule;
        uint32_t offset;
    } cases[] = {
        {"", "TOP-01", 0},
        {"v1", "TOP-01", 2},
        {"v1/DATA/ess", "TOP-01", 11},
        {"v1/DATA/ess/g/u/c/p", "TOP-01", 18},
        {"v1/DATA/ess/", "TOP-16", 12},
        {"v1/DATA//g", "TOP-16", 8},
        {"/v1/DATA/ess/g", "TOP-16", 0},
        {"v1/DATA/ess/g/", "TOP-16", 14},
        {"v1/DATA/ess/g//c", "TOP-16", 14},
        {"v1/DATA/ess/+", "TOP-06", 12},
        {"v1/DATA/ess/a#", "TOP-06", 12},
        {"v1/DATA/ess/$g", "TOP-17", 12},
        {"$SYS/DATA/ess/g", "TOP-17", 0},
        {"v1/DATA/ess/a\x01", "TOP-18", 12},
        {"v1/DATA/ess/a\x7F", "TOP-18", 12},
        {"v1/DATA/ess/a\xC2\x85", "TOP-18", 12},
        {"v1/DATA/ess/a\xFF", "TOP-19", 12},
        {"v1/DATA/ess/\xED\xA0\x80", "TOP-19", 12},
        {"v/DATA/ess/g", "TOP-02", 0},
        {"v0/DATA/ess/g", "TOP-02", 0},
        {"v01/DATA/ess/g", "TOP-02", 0},
        {"V1/DATA/ess/g", "TOP-02", 0},
        {"1/DATA/ess/g", "TOP-02", 0},
        {"v1.0/DATA/ess/g", "TOP-02", 0},
        {"v65536/DATA/ess/g", "TOP-02", 0},
        {"v100000/DATA/ess/g", "TOP-02", 0},
        {"v1/data/ess/g", "TOP-03", 3},
        {"v1/DAT/ess/g", "TOP-03", 3},
        {"v1/DATAX/ess/g", "TOP-03", 3},
        {"v1/X-/ess/g", "TOP-03", 3},
        {"v1/x-log/ess/g", "TOP-03", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i].text, strlen(cases[i].text));
        ess_topic topic = {.version = 7};
        ess_fault fault = {0};
        assert_int_equal(ess_topic_parse(text, &topic, &fault), ESS_E_TOPIC);
        assert_int_equal(fault.err, ESS_E_TOPIC);
        if (strcmp(fault.rule, cases[i].rule) != 0 || fault.offset != cases[i].offset)
            fail_msg("%s: %s at %u", cases[i].text, fault.rule, fault.offset);
        assert_int_equal(topic.version, 7);
        exact_free(text);
    }
    assert_int_equal(ess_topic_parse((ess_slice){NULL, 0}, &(ess_topic){0}, NULL), ESS_E_TOPIC);
    assert_int_equal(ess_topic_parse((ess_slice){"v1/DATA/ess/a\0b", 15}, &(ess_topic){0}, NULL),
                     ESS_E_TOPIC);
}

static void parse_refuses_a_topic_that_is_too_long(void **state)
{
    char text[ESS_TOPIC_MAX + 1] = "v1/DATA/ess/";
    ess_topic topic;
    ess_fault fault;

    (void)state;
    memset(text + 12, 'g', sizeof text - 12);
    assert_int_equal(ess_topic_parse((ess_slice){text, ESS_TOPIC_MAX}, &topic, &fault), ESS_OK);
    assert_int_equal(ess_topic_parse((ess_slice){text, sizeof text}, &topic, &fault), ESS_E_TOPIC);
    assert_string_equal(fault.rule, "TOP-07");
}

static void types_have_names_and_directions(void **state)
{
    static const struct {
        ess_message_type type;
        const char *name;
        bool up;
    } rows[] = {
        {ESS_STATE, "STATE", true}, {ESS_DATA, "DATA", true},   {ESS_HIST, "HIST", true},
        {ESS_PARAM, "PARAM", true}, {ESS_EVENT, "EVENT", true}, {ESS_ACK, "ACK", true},
        {ESS_CMD, "CMD", false},    {ESS_RSP, "RSP", false},    {ESS_CUSTOM, "X-", false},
    };

    (void)state;
    assert_int_equal(COUNT(rows), ESS_MESSAGE_TYPE_COUNT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(ess_message_type_name(rows[i].type), rows[i].name);
        assert_int_equal(ess_message_type_is_up(rows[i].type), rows[i].up);
    }
}

static void print_and_parse_agree(void **state)
{
    static const char *const texts[] = {"v1/DATA/ess/SH001/CAB01/BMS", "v1/STATE/ess/_cloud",
                                        "v2/CMD/ess/SH001/CAB01", "v65535/X-a_~1/app/g"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t whole = strlen(texts[i]);
        char room[64];
        ess_topic topic;
        size_t len = 99;
        assert_int_equal(ess_topic_parse(ess_slice_from(texts[i]), &topic, NULL), ESS_OK);
        for (size_t size = 0; size <= whole; size++) {
            guard_fill(room, sizeof room);
            assert_int_equal(ess_topic_print(&topic, room, size, &len), ESS_E_NO_ROOM);
            guard_check(room, 0, sizeof room);
            assert_int_equal(len, 99);
        }
        assert_int_equal(ess_topic_print(&topic, room, whole + 1, &len), ESS_OK);
        assert_int_equal(len, whole);
        assert_string_equal(room, texts[i]);
        guard_check(room, whole + 1, sizeof room);
    }
}

#define LONG_LEVEL "0123456789012345678901234567890123456789012345678901234567890123"

static void print_refuses_what_may_not_be_emitted(void **state)
{
    static const struct {
        uint16_t version;
        ess_message_type type;
        const char *type_text, *application, *group, *unit, *component;
        ess_err err;
    } cases[] = {
        {1, ESS_DATA, "ignored/", "ess", "g", "", "", ESS_OK},
        {1, ESS_DATA, "", "ess", LONG_LEVEL, "", "", ESS_OK},
        {1, ESS_DATA, "", "ess", LONG_LEVEL "4", "", "", ESS_E_TOPIC},
        {0, ESS_DATA, "", "ess", "g", "", "", ESS_E_TOPIC},
        {1, ESS_MESSAGE_TYPE_COUNT, "", "ess", "g", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "", "g", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "a.b", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "a b", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "a/b", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "\xE7\x94\xB5", "", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "g", "u+", "", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "g", "u", "c#", ESS_E_TOPIC},
        {1, ESS_DATA, "", "ess", "g", "", "c", ESS_E_TOPIC},
        {1, ESS_CUSTOM, "X-a", "ess", "g", "", "", ESS_OK},
        {1, ESS_CUSTOM, "X-", "ess", "g", "", "", ESS_E_TOPIC},
        {1, ESS_CUSTOM, "DATA", "ess", "g", "", "", ESS_E_TOPIC},
        {1, ESS_CUSTOM, "", "ess", "g", "", "", ESS_E_TOPIC},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_topic topic = {
            .version = cases[i].version,
            .type = cases[i].type,
            .type_text = ess_slice_from(cases[i].type_text),
            .application = ess_slice_from(cases[i].application),
            .group = ess_slice_from(cases[i].group),
            .unit = ess_slice_from(cases[i].unit),
            .component = ess_slice_from(cases[i].component),
        };
        char room[ESS_TOPIC_MAX + 1];
        size_t len = 0;
        if (ess_topic_print(&topic, room, sizeof room, &len) != cases[i].err)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_names_every_level),
        cmocka_unit_test(parse_refuses_by_rule),
        cmocka_unit_test(parse_refuses_a_topic_that_is_too_long),
        cmocka_unit_test(types_have_names_and_directions),
        cmocka_unit_test(print_and_parse_agree),
        cmocka_unit_test(print_refuses_what_may_not_be_emitted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

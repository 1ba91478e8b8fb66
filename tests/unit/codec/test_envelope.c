#include "../../lib/lent.h"
#include "codec_test.h"
#include "ess/message.h"

static ess_topic topic_of(const char *text)
{
    ess_topic topic;

    assert_int_equal(ess_topic_parse(ess_slice_from(text), &topic, NULL), ESS_OK);
    return topic;
}

static const char whole[] =
    "{\"t\":1763827200000,\"ns\":\"BMS\",\"code\":\"0000002a9f3c01d7-1815\","
    "\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":{\"soc\":56.3},"
    "\"x\":{\"by\":[{\"a\":1},{\"a\":1}]}}";

static void parse_gives_every_member(void **state)
{
    ess_topic topic = topic_of("v1/DATA/ess/SH001/CAB01");
    ess_slice payload = exact_copy(whole, sizeof whole - 1);
    ess_envelope envelope;
    ess_fault fault;

    (void)state;
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault),
                     ESS_OK);
    assert_true(envelope.t_utc_ms == INT64_C(1763827200000));
    ASSERT_SLICE(envelope.ns, "BMS");
    ASSERT_SLICE(envelope.code, "0000002a9f3c01d7-1815");
    assert_int_equal(envelope.s, ESS_S_METRIC);
    assert_int_equal(envelope.te, ESS_TE_REQ);
    ASSERT_SLICE(envelope.d, "{\"soc\":56.3}");
    ASSERT_SLICE(envelope.x, "{\"by\":[{\"a\":1},{\"a\":1}]}");
    exact_free(payload);
}

static void parse_accepts(void **state)
{
    static const struct {
        const char *topic, *payload;
    } cases[] = {
        {"v1/DATA/ess/g", "{\"t\":0,\"d\":{}}"},
        {"v1/DATA/ess/g", "{\"d\":{},\"t\":9007199254740991}"},
        {"v1/DATA/ess/g", " { \"t\" : 1e3 , \"d\" : { } } "},
        {"v1/DATA/ess/g", "{\"t\":1,\"d\":{},\"unknown\":[1,{\"t\":1}],\"z\":null}"},
        {"v1/DATA/ess/g", "{\"\\u0074\":1,\"d\":{}}"},
        {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":{\"t\":1},\"b\":{\"t\":2}},\"T\":3}"},
        {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":{\"b\":1},\"b\":1}}"},
        {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"CAB01/BMS/C1\",\"d\":{}}"},
        {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"\xE7\x94\xB5\",\"d\":{}}"},
        {"v1/STATE/ess/g", "{\"t\":1,\"s\":\"METRIC\",\"d\":{}}"},
        {"v1/CMD/ess/g", "{\"t\":1,\"s\":\"CMD\",\"te\":\"REQ\",\"d\":{}}"},
        {"v1/ACK/ess/g", "{\"t\":1,\"s\":\"CMD\",\"te\":\"RES\",\"d\":{}}"},
        {"v1/RSP/ess/g", "{\"t\":1,\"s\":\"METRIC\",\"te\":\"RES\",\"d\":{}}"},
        {"v1/X-a/ess/g", "{\"t\":1,\"s\":\"CMD\",\"te\":\"RES\",\"d\":{}}"},
        {"v1/X-a/ess/g", "{\"t\":1,\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":{}}"},
        {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"x\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_topic topic = topic_of(cases[i].topic);
        ess_slice payload = exact_copy(cases[i].payload, strlen(cases[i].payload));
        ess_envelope envelope;
        ess_fault fault = {.rule = "none"};
        if (ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault) != ESS_OK)
            fail_msg("%s: %s %s", cases[i].payload, fault.rule, fault.what);
        exact_free(payload);
    }
}

#define NAME_64 "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *topic, *payload;
    ess_err err;
    const char *rule;
} refused[] = {
    {"v1/DATA/ess/g", "", ESS_E_JSON_SYNTAX, "ENV-01"},
    {"v1/DATA/ess/g", "[]", ESS_E_ENVELOPE, "ENV-01"},
    {"v1/DATA/ess/g", "1", ESS_E_ENVELOPE, "ENV-01"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{}}x", ESS_E_JSON_SYNTAX, "ENV-01"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":NaN}}", ESS_E_JSON_SYNTAX, "ENV-01"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":\"\xFF\"}}", ESS_E_UTF8, "ENV-14"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}}", ESS_E_JSON_DEPTH,
     "ENV-08"},
    {"v1/DATA/ess/g", "{\"t\":1,\"t\":1,\"d\":{}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"\\u0074\":1,\"d\":{}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"\\u0074\":1,\"t\":1,\"d\":{}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{},\"z\":1,\"z\":1}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"soc\":1,\"soc\":1}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":{\"a\":1},\"a\":1}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"a\":{\"v\":1,\"v\":1}}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{},\"x\":{\"a\":1,\"b\":2,\"a\":1}}", ESS_E_ENVELOPE,
     "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"rows\":[{\"v\":{}},{\"v\":{\"a\":1,\"a\":1}}]}}",
     ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"rows\":[{\"v\":{},\"v\":{}}]}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g",
     "{\"t\":1,\"d\":{\"longEnoughToHashTwice\":1,\"longEnoughToHash"
     "\\u0054wice\":1}}",
     ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"\":1,\"\":1}}", ESS_E_ENVELOPE, "ENV-02"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"" NAME_64 "4\":1}}", ESS_E_TOO_LARGE, "ENV-17"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{\"" NAME_64 "\\u0041\":1}}", ESS_E_TOO_LARGE, "ENV-17"},
    {"v1/DATA/ess/g", "{\"d\":{}}", ESS_E_ENVELOPE, "ENV-03"},
    {"v1/DATA/ess/g", "{\"t\":null,\"d\":{}}", ESS_E_ENVELOPE, "ENV-19"},
    {"v1/DATA/ess/g", "{\"t\":\"1\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-19"},
    {"v1/DATA/ess/g", "{\"t\":1.5,\"d\":{}}", ESS_E_ENVELOPE, "ENV-19"},
    {"v1/DATA/ess/g", "{\"t\":-1,\"d\":{}}", ESS_E_ENVELOPE, "ENV-20"},
    {"v1/DATA/ess/g", "{\"t\":9007199254740992,\"d\":{}}", ESS_E_ENVELOPE, "ENV-20"},
    {"v1/DATA/ess/g", "{\"t\":1e300,\"d\":{}}", ESS_E_ENVELOPE, "ENV-19"},
    {"v1/DATA/ess/g", "{\"t\":[],\"d\":{}}", ESS_E_ENVELOPE, "ENV-19"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-04"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":null,\"d\":{}}", ESS_E_ENVELOPE, "ENV-04"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":{},\"d\":{}}", ESS_E_ENVELOPE, "ENV-04"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"/a\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-21"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"a/\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-21"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"a//b\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-21"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"a/b/c/d\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-04"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"a+\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-21"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"\\u0061\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-23"},
    {"v1/DATA/ess/g", "{\"t\":1,\"ns\":\"" NAME_64 NAME_64 NAME_64 "\",\"d\":{}}", ESS_E_ENVELOPE,
     "ENV-22"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":\"\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":7,\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":\"a b\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":\"\xC3\xA9\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":\"\\u0061\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"code\":\"" NAME_64 "4\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-05"},
    {"v1/DATA/ess/g", "{\"t\":1,\"s\":\"metric\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-06"},
    {"v1/DATA/ess/g", "{\"t\":1,\"s\":\"\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-06"},
    {"v1/DATA/ess/g", "{\"t\":1,\"s\":1,\"d\":{}}", ESS_E_ENVELOPE, "ENV-06"},
    {"v1/DATA/ess/g", "{\"t\":1,\"s\":\"CMD\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-30"},
    {"v1/RSP/ess/g", "{\"t\":1,\"s\":\"CMD\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-30"},
    {"v1/CMD/ess/g", "{\"t\":1,\"s\":\"METRIC\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-30"},
    {"v1/ACK/ess/g", "{\"t\":1,\"s\":\"METRIC\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-30"},
    {"v1/DATA/ess/g", "{\"t\":1,\"te\":\"REPLY\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-09"},
    {"v1/DATA/ess/g", "{\"t\":1,\"te\":true,\"d\":{}}", ESS_E_ENVELOPE, "ENV-09"},
    {"v1/DATA/ess/g", "{\"t\":1,\"te\":\"RES\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-33"},
    {"v1/CMD/ess/g", "{\"t\":1,\"te\":\"RES\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-33"},
    {"v1/ACK/ess/g", "{\"t\":1,\"te\":\"REQ\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-33"},
    {"v1/RSP/ess/g", "{\"t\":1,\"te\":\"REQ\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-33"},
    {"v1/DATA/ess/g", "{\"t\":1}", ESS_E_ENVELOPE, "ENV-10"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":[]}", ESS_E_ENVELOPE, "ENV-34"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":null}", ESS_E_ENVELOPE, "ENV-34"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{},\"x\":null}", ESS_E_ENVELOPE, "ENV-11"},
    {"v1/DATA/ess/g", "{\"t\":1,\"d\":{},\"x\":[]}", ESS_E_ENVELOPE, "ENV-11"},
    {"v1/DATA/ess/g/u/c", "{\"t\":1,\"ns\":\"u/e\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-39"},
    {"v1/DATA/ess/g/u/c", "{\"t\":1,\"ns\":\"p/q\",\"d\":{}}", ESS_E_ENVELOPE, "ENV-40"},
};

static void parse_refuses_by_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        ess_topic topic = topic_of(refused[i].topic);
        ess_slice payload = exact_copy(refused[i].payload, strlen(refused[i].payload));
        ess_envelope envelope = {.t_utc_ms = 42};
        ess_fault fault = {0};
        ess_err err = ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault);
        if (err != refused[i].err || fault.err != err || strcmp(fault.rule, refused[i].rule) != 0)
            fail_msg("%s: %d %s", refused[i].payload, (int)err, fault.rule);
        assert_true(fault.offset <= payload.len && fault.what[0] != '\0');
        assert_true(envelope.t_utc_ms == 42);
        exact_free(payload);
    }
}

static void parse_refuses_every_truncation(void **state)
{
    ess_topic topic = topic_of("v1/DATA/ess/SH001/CAB01");

    (void)state;
    for (size_t len = 0; len + 1 < sizeof whole; len++) {
        ess_slice payload = exact_copy(whole, len);
        ess_envelope envelope;
        assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL),
                         ESS_E_JSON_SYNTAX);
        exact_free(payload);
    }
}

/* {"t":1,"d":{"n0":0,...}} with count members in d, the last one named as given. */
static size_t print_wide(char *room, size_t size, unsigned count, const char *last)
{
    int len = snprintf(room, size, "{\"t\":1,\"d\":{");

    for (unsigned i = 0; i + 1 < count; i++)
        len += snprintf(room + len, size - (size_t)len, "\"cluster%u\":%u,", i, i);
    len += snprintf(room + len, size - (size_t)len, "\"%s\":0}}", last);
    return (size_t)len;
}

static void parse_bounds_the_members_and_finds_duplicates_among_many(void **state)
{
    static char room[65536];
    const unsigned most = ESS_MEMBERS_MAX - 2; /* t and d are open too */
    const struct {
        unsigned count;
        const char *last;
        ess_err err;
    } cases[] = {
        {most, "last", ESS_OK},
        {most + 1, "last", ESS_E_TOO_LARGE},
        {most, "cluster0", ESS_E_ENVELOPE},
        {most, "cluster512", ESS_E_ENVELOPE},
        {most, "clus\\u0074er512", ESS_E_ENVELOPE},
        {most, "cluster5120", ESS_OK},
    };
    ess_topic topic = topic_of("v1/DATA/ess/g");

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_envelope envelope;
        size_t len = print_wide(room, sizeof room, cases[i].count, cases[i].last);
        if (ess_envelope_parse((ess_slice){room, len}, &topic, lent_scratch(), &envelope, NULL) !=
            cases[i].err)
            fail_msg("case %zu", i);
    }
}

/* Members open at one time: t, d and those within. */
static void parse_needs_the_room_that_the_open_members_need(void **state)
{
    static ess_scratch_name names[8];
    static const struct {
        uint16_t room;
        const char *payload;
        ess_err err;
        uint32_t offset;
    } cases[] = {
        {2, "{\"t\":1,\"d\":{}}", ESS_OK, 0},
        {1, "{\"t\":1,\"d\":{}}", ESS_E_NO_ROOM, 7},
        {5, "{\"t\":1,\"d\":{\"a\":{\"b\":{\"c\":1}},\"b\":2,\"c\":3}}", ESS_OK, 0},
        {4, "{\"t\":1,\"d\":{\"a\":{\"b\":{\"c\":1}},\"b\":2,\"c\":3}}", ESS_E_NO_ROOM, 22},
        {3, "{\"t\":1,\"d\":{\"a\":1,\"a\":2}}", ESS_E_NO_ROOM, 18},
        {4, "{\"t\":1,\"d\":{\"a\":1,\"a\":2}}", ESS_E_EXISTS, 18},
        {7, "{\"t\":1,\"d\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"b\":5}}", ESS_E_EXISTS, 36},
    };
    ess_topic topic = topic_of("v1/DATA/ess/g");

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_scratch scratch;
        ess_envelope envelope;
        ess_fault fault = {0};
        memset(names, 0xA5, sizeof names);
        ess_scratch_init(&scratch, names, cases[i].room);
        for (int again = 0; again < 2; again++) {
            ess_err err = ess_envelope_parse(ess_slice_from(cases[i].payload), &topic, &scratch,
                                             &envelope, &fault);
            ess_err want = cases[i].err == ESS_E_EXISTS ? ESS_E_ENVELOPE : cases[i].err;
            if (err != want || (err != ESS_OK && fault.offset != cases[i].offset))
                fail_msg("case %zu: %d at %u", i, (int)err, fault.offset);
        }
        assert_int_equal(names[cases[i].room].entry, 0xA5A5A5A5);
        if (cases[i].err == ESS_E_NO_ROOM)
            assert_string_equal(fault.rule, "");
    }
}

static void parse_frees_the_names_of_closed_objects(void **state)
{
    static char room[ESS_MESSAGE_MAX];
    ess_topic topic = topic_of("v1/DATA/ess/g");
    ess_envelope envelope;
    int len = snprintf(room, sizeof room, "{\"t\":1,\"d\":{\"rows\":[{\"v\":{}}");

    (void)state;
    for (int i = 0; i < 3000; i++)
        len += snprintf(room + len, sizeof room - (size_t)len, ",{\"n\":1,\"v\":{\"soc\":1}}");
    len += snprintf(room + len, sizeof room - (size_t)len, "]}}");
    assert_int_equal(
        ess_envelope_parse((ess_slice){room, (size_t)len}, &topic, lent_scratch(), &envelope, NULL),
        ESS_OK);
}

static void parse_refuses_a_payload_over_the_cap(void **state)
{
    static char room[ESS_MESSAGE_MAX + 1];
    ess_topic topic = topic_of("v1/DATA/ess/g");
    ess_envelope envelope;
    ess_fault fault;

    (void)state;
    memset(room, ' ', sizeof room);
    memcpy(room, "{\"t\":1,\"d\":{}}", 14);
    assert_int_equal(ess_envelope_parse((ess_slice){room, sizeof room}, &topic, lent_scratch(),
                                        &envelope, &fault),
                     ESS_E_TOO_LARGE);
    assert_string_equal(fault.rule, "DLV-09");
    assert_int_equal(ess_envelope_parse((ess_slice){room, ESS_MESSAGE_MAX}, &topic, lent_scratch(),
                                        &envelope, &fault),
                     ESS_OK);
}

static void object_path_is_read_in_one_way(void **state)
{
    static const struct {
        const char *topic, *ns, *path; /* path NULL: refused */
    } cases[] = {
        {"v1/DATA/ess/g", "", ""},
        {"v1/DATA/ess/g", "CAB01", "CAB01"},
        {"v1/DATA/ess/g", "CAB01/BMS", "CAB01/BMS"},
        {"v1/DATA/ess/g", "CAB01/BMS/C1", "CAB01/BMS/C1"},
        {"v1/DATA/ess/g", "a/b/c/d", NULL},
        {"v1/DATA/ess/g", "g", "g"}, /* the group's name is nothing special */
        {"v1/DATA/ess/g/CAB01", "", "CAB01"},
        {"v1/DATA/ess/g/CAB01", "BMS", "CAB01/BMS"},
        {"v1/DATA/ess/g/CAB01", "BMS/C1", "CAB01/BMS/C1"},
        {"v1/DATA/ess/g/CAB01", "CAB01", "CAB01"},
        {"v1/DATA/ess/g/CAB01", "CAB01/BMS", "CAB01/BMS"},
        {"v1/DATA/ess/g/CAB01", "CAB01/BMS/C1", "CAB01/BMS/C1"},
        {"v1/DATA/ess/g/CAB01", "CAB01/CAB01", "CAB01/CAB01"},
        {"v1/DATA/ess/g/CAB01", "CAB011", "CAB01/CAB011"},
        {"v1/DATA/ess/g/CAB01", "a/b/c", NULL},
        {"v1/DATA/ess/g/CAB01/BMS", "", "CAB01/BMS"},
        {"v1/DATA/ess/g/CAB01/BMS", "C1", "CAB01/BMS/C1"},
        {"v1/DATA/ess/g/CAB01/BMS", "CAB01", "CAB01/BMS"},
        {"v1/DATA/ess/g/CAB01/BMS", "CAB01/BMS", "CAB01/BMS"},
        {"v1/DATA/ess/g/CAB01/BMS", "CAB01/BMS/C1", "CAB01/BMS/C1"},
        {"v1/DATA/ess/g/CAB01/BMS", "BMS", "CAB01/BMS/BMS"},
        {"v1/DATA/ess/g/CAB01/BMS", "CAB01/PCS", NULL},
        {"v1/DATA/ess/g/CAB01/BMS", "CAB01/PCS/C1", NULL},
        {"v1/DATA/ess/g/CAB01/BMS", "PCS/C1", NULL},
        {"v1/DATA/ess/g", "/", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_topic topic = topic_of(cases[i].topic);
        ess_slice ns = ess_slice_from(cases[i].ns);
        char room[32];
        guard_fill(room, sizeof room);
        if (cases[i].path == NULL) {
            assert_int_equal(ess_object_path(&topic, ns, room, sizeof room), ESS_E_ENVELOPE);
            guard_check(room, 0, sizeof room);
            continue;
        }
        size_t len = strlen(cases[i].path);
        for (size_t size = 0; size <= len; size++)
            assert_int_equal(ess_object_path(&topic, ns, room, size), ESS_E_NO_ROOM);
        guard_check(room, 0, sizeof room);
        assert_int_equal(ess_object_path(&topic, ns, room, len + 1), ESS_OK);
        assert_string_equal(room, cases[i].path);
        guard_check(room, len + 1, sizeof room);
    }
}

static void object_path_has_a_longest_form(void **state)
{
    char unit[ESS_NS_MAX + 1];
    char room[ESS_NS_MAX + 1];
    ess_topic topic = topic_of("v1/DATA/ess/g");

    (void)state;
    memset(unit, 'u', sizeof unit);
    topic.unit = (ess_slice){unit, ESS_NS_MAX};
    assert_int_equal(ess_object_path(&topic, (ess_slice){0}, room, sizeof room), ESS_OK);
    assert_int_equal(ess_object_path(&topic, ESS_SLICE_LITERAL("c"), room, sizeof room),
                     ESS_E_TOO_LARGE);
}

static void print_and_parse_agree(void **state)
{
    ess_topic topic = topic_of("v1/DATA/ess/SH001/CAB01");
    ess_envelope envelope;
    char room[sizeof whole + 8];
    size_t len = 99;

    (void)state;
    assert_int_equal(
        ess_envelope_parse(ess_slice_from(whole), &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        guard_fill(room, sizeof room);
        assert_int_equal(ess_envelope_print(&envelope, room, size, &len), ESS_E_NO_ROOM);
        guard_check(room, size, sizeof room);
        assert_int_equal(len, 99);
    }
    assert_int_equal(ess_envelope_print(&envelope, room, sizeof whole - 1, &len), ESS_OK);
    ASSERT_SLICE(((ess_slice){room, len}), whole);
    guard_check(room, len, sizeof room);
    envelope = (ess_envelope){.t_utc_ms = 0, .d = ESS_SLICE_LITERAL("{}")};
    assert_int_equal(ess_envelope_print(&envelope, room, sizeof room, &len), ESS_OK);
    ASSERT_SLICE(((ess_slice){room, len}), "{\"t\":0,\"d\":{}}");
}

static void print_refuses_what_parse_would(void **state)
{
    static const ess_envelope cases[] = {
        {.t_utc_ms = -1, .d = {"{}", 2}},
        {.t_utc_ms = INT64_C(9007199254740992), .d = {"{}", 2}},
        {.t_utc_ms = 1},
        {.t_utc_ms = 1, .d = {"{}", 2}, .ns = {"a//b", 4}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .ns = {"a\"b", 3}}, /* ENV-23: only with an escape */
        {.t_utc_ms = 1, .d = {"{}", 2}, .ns = {"CAB01/\\", 7}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .code = {"a b", 3}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .code = {"a\"b", 3}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .code = {"a\x7F", 2}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .code = {"\xC3\xA9", 2}},
        {.t_utc_ms = 1, .d = {"{}", 2}, .s = (ess_service)3},
        {.t_utc_ms = 1, .d = {"{}", 2}, .te = (ess_exchange)3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[64];
        size_t len = 0;
        if (ess_envelope_print(&cases[i], room, sizeof room, &len) != ESS_E_ENVELOPE)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_gives_every_member),
        cmocka_unit_test(parse_accepts),
        cmocka_unit_test(parse_refuses_by_rule),
        cmocka_unit_test(parse_refuses_every_truncation),
        cmocka_unit_test(parse_bounds_the_members_and_finds_duplicates_among_many),
        cmocka_unit_test(parse_needs_the_room_that_the_open_members_need),
        cmocka_unit_test(parse_frees_the_names_of_closed_objects),
        cmocka_unit_test(parse_refuses_a_payload_over_the_cap),
        cmocka_unit_test(object_path_is_read_in_one_way),
        cmocka_unit_test(object_path_has_a_longest_form),
        cmocka_unit_test(print_and_parse_agree),
        cmocka_unit_test(print_refuses_what_parse_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

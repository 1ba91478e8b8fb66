#include "../../lib/lent.h"
#include "codec/try.h"
#include "codec_test.h"
#include "ess/message.h"

/* --- codes */

static void report_code_parses_and_prints(void **state)
{
    static const struct {
        const char *text;
        uint64_t n;
    } cases[] = {
        {"0000002a9f3c01d7-1", 1},
        {"ffffffffffffffff-9223372036854775807", INT64_MAX},
        {"0123456789abcdef-1815", 1815},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t whole = strlen(cases[i].text);
        ess_slice text = exact_copy(cases[i].text, whole);
        ess_report_code code;
        char room[ESS_CODE_MAX + 1];
        assert_int_equal(ess_report_code_parse(text, &code), ESS_OK);
        assert_true(code.n == cases[i].n);
        assert_memory_equal(code.sid, cases[i].text, ESS_SID_LEN);
        guard_fill(room, sizeof room);
        for (size_t size = 0; size <= whole; size++)
            assert_int_equal(ess_report_code_print(&code, room, size), ESS_E_NO_ROOM);
        guard_check(room, 0, sizeof room);
        assert_int_equal(ess_report_code_print(&code, room, whole + 1), ESS_OK);
        assert_string_equal(room, cases[i].text);
        guard_check(room, whole + 1, sizeof room);
        exact_free(text);
    }
}

static void report_code_refuses_other_forms(void **state)
{
    static const char *const cases[] = {
        "",
        "0000002a9f3c01d7-9223372036854775808",
        "-1",
        "0000002a9f3c01d7",
        "0000002a9f3c01d7-",
        "0000002a9f3c01d7-0",
        "0000002a9f3c01d7-01",
        "0000002a9f3c01d7--1",
        "0000002a9f3c01d7-1x",
        "0000002a9f3c01d7-18446744073709551616",
        "0000002a9f3c01d7-99999999999999999999999",
        "0000002A9F3C01D7-1",
        "000002a9f3c01d7-1",
        "00000002a9f3c01d7-1",
        "0000002a9f3c01g7-1",
        "0000002a9f3c01d7:1",
        "018f3e2a-7c1d-7000-8000-000000000000",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i], strlen(cases[i]));
        ess_report_code code = {.n = 42};
        if (ess_report_code_parse(text, &code) != ESS_E_ENVELOPE || code.n != 42)
            fail_msg("%s", cases[i]);
        exact_free(text);
    }
    char room[ESS_CODE_MAX + 1];
    ess_report_code code = {.sid = "0000002a9f3c01d7", .n = 0};
    assert_int_equal(ess_report_code_print(&code, room, sizeof room), ESS_E_ENVELOPE);
    code.n = (uint64_t)INT64_MAX + 1; /* no reader takes it [DAT-03] */
    assert_int_equal(ess_report_code_print(&code, room, sizeof room), ESS_E_ENVELOPE);
    code = (ess_report_code){.sid = "0000002A9F3C01D7", .n = 1};
    assert_int_equal(ess_report_code_print(&code, room, sizeof room), ESS_E_ENVELOPE);
}

/* --- rows */

static ess_envelope envelope_of(const char *d)
{
    return (ess_envelope){.t_utc_ms = 1000, .ns = ESS_SLICE_LITERAL("BMS"), .d = ess_slice_from(d)};
}

static void d_without_rows_is_one_row(void **state)
{
    ess_envelope envelope = envelope_of("{\"soc\":1,\"x\":{\"rows\":[]}}");
    ess_row_iterator it;
    ess_row row;
    bool found;

    (void)state;
    assert_int_equal(ess_rows_begin(&it, &envelope, NULL), ESS_OK);
    assert_int_equal(ess_rows_next(&it, &row, &found, NULL), ESS_OK);
    assert_true(found);
    assert_false(row.has_n);
    assert_true(row.ts_utc_ms == 1000);
    ASSERT_SLICE(row.ns, "BMS");
    ASSERT_SLICE(row.values, "{\"soc\":1,\"x\":{\"rows\":[]}}");
    assert_int_equal(ess_rows_next(&it, &row, &found, NULL), ESS_OK);
    assert_false(found);
}

static void batch_gives_its_rows(void **state)
{
    static const struct {
        bool has_n;
        uint64_t n;
        int64_t ts;
        const char *ns, *values;
    } wanted[] = {
        {true, 7, 900, "PCS", "{\"p\":1}"},
        {false, 0, 1000, "BMS", "{}"},
        {true, INT64_MAX, 1000, "BMS", "{\"a\":{\"v\":1}}"},
    };
    ess_envelope envelope = envelope_of(
        "{\"full\":true,\"rows\":[{\"n\":7,\"ts\":900,\"ns\":\"PCS\",\"v\":{\"p\":1}},{\"v\":{}},"
        " {\"z\":[{}],\"v\":{\"a\":{\"v\":1}},\"n\":\"9223372036854775807\"} ],\"more\":1}");
    ess_row_iterator it;
    ess_row row;
    bool found;

    (void)state;
    assert_int_equal(ess_rows_begin(&it, &envelope, NULL), ESS_OK);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(ess_rows_next(&it, &row, &found, NULL), ESS_OK);
        assert_true(found);
        assert_int_equal(row.has_n, wanted[i].has_n);
        assert_true(!row.has_n || row.n == wanted[i].n);
        assert_true(row.ts_utc_ms == wanted[i].ts);
        ASSERT_SLICE(row.ns, wanted[i].ns);
        ASSERT_SLICE(row.values, wanted[i].values);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ess_rows_next(&it, &row, &found, NULL), ESS_OK);
        assert_false(found);
    }
}

static void a_parsed_envelope_knows_whether_d_is_a_batch(void **state)
{
    static const struct {
        const char *payload;
        bool is_batch;
    } cases[] = {
        {"{\"t\":1,\"d\":{\"soc\":1,\"x\":{\"rows\":[]}},\"rows\":[]}", false},
        {"{\"t\":1,\"d\":{\"v\":[1],\"rows\":[]}}", true},
        {"{\"t\":1,\"d\":{\"r\\u006fws\":[]}}", true},
        {"{\"t\":1,\"d\":{},\"x\":{\"rows\":[]}}", false},
        {"{\"t\":1,\"x\":{\"rows\":[]},\"d\":{}}", false},
    };
    ess_topic topic;

    (void)state;
    assert_int_equal(ess_topic_parse(ess_slice_from("v1/HIST/ess/g"), &topic, NULL), ESS_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice payload = ess_slice_from(cases[i].payload);
        ess_envelope envelope;
        ess_row_iterator it;
        assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL),
                         ESS_OK);
        assert_int_equal(envelope.no_rows, !cases[i].is_batch);
        assert_int_equal(ess_rows_begin(&it, &envelope, NULL), ESS_OK);
        assert_int_equal(it.is_batch, cases[i].is_batch);
    }
}

/* The first error of a walk over all rows and values, and its fault. */
static ess_err walk(const ess_envelope *envelope, ess_fault *fault)
{
    ess_row_iterator rows;
    ess_row row;
    bool found;

    TRY(ess_rows_begin(&rows, envelope, fault));
    for (;;) {
        ess_value_iterator values;
        ess_value value;
        TRY(ess_rows_next(&rows, &row, &found, fault));
        if (!found)
            return ESS_OK;
        TRY(ess_values_begin(&values, &row, fault));
        do {
            TRY(ess_values_next(&values, &value, &found, fault));
        } while (found);
    }
}

static const struct {
    const char *d;
    ess_err err;
    const char *rule;
} refused[] = {
    {"[]", ESS_E_DATA, "ENV-34"},
    {"{\"rows\":1}", ESS_E_DATA, "DAT-02"},
    {"{\"a\":1,\"rows\":{}}", ESS_E_DATA, "DAT-02"},
    {"{\"r\\u006fws\":null}", ESS_E_DATA, "DAT-02"},
    {"{\"rows\":[1]}", ESS_E_DATA, "DAT-02"},
    {"{\"rows\":[[]]}", ESS_E_DATA, "DAT-02"},
    {"{\"rows\":[{}]}", ESS_E_DATA, "DAT-17"},
    {"{\"rows\":[{\"n\":1}]}", ESS_E_DATA, "DAT-17"},
    {"{\"rows\":[{\"v\":1}]}", ESS_E_DATA, "DAT-17"},
    {"{\"rows\":[{\"v\":[]}]}", ESS_E_DATA, "DAT-17"},
    {"{\"rows\":[{\"v\":\"{\"}]}", ESS_E_DATA, "DAT-17"},
    {"{\"rows\":[{\"n\":0,\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"n\":-1,\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"n\":1.5,\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"n\":null,\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"n\":18446744073709551616,\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"n\":\"1e1\",\"v\":{}}]}", ESS_E_DATA, "DAT-03"},
    {"{\"rows\":[{\"ts\":\"1\",\"v\":{}}]}", ESS_E_DATA, "DAT-06"},
    {"{\"rows\":[{\"ts\":-1,\"v\":{}}]}", ESS_E_DATA, "DAT-06"},
    {"{\"rows\":[{\"ts\":9007199254740992,\"v\":{}}]}", ESS_E_DATA, "DAT-06"},
    {"{\"rows\":[{\"ns\":\"a//b\",\"v\":{}}]}", ESS_E_DATA, "ENV-21"},
    {"{\"rows\":[{\"ns\":7,\"v\":{}}]}", ESS_E_DATA, "ENV-04"},
    {"{\"rows\":[{\"v\":{\"a\":{}}}]}", ESS_E_DATA, "DAT-05"},
    {"{\"\":1}", ESS_E_DATA, "DAT-12"},
    {"{\"\\u0061\":1}", ESS_E_DATA, "DAT-13"},
    {"{\"a\":1e300}", ESS_E_NUMBER, "DAT-04"},
    {"{\"a\":{\"v\":1e-19}}", ESS_E_NUMBER, "DAT-04"},
    {"{\"a\":[1,1e300]}", ESS_E_NUMBER, "DAT-04"},
    {"{\"a\":{}}", ESS_E_DATA, "DAT-05"},
    {"{\"a\":{\"q\":1}}", ESS_E_DATA, "DAT-05"},
    {"{\"a\":{\"v\":{\"v\":1}}}", ESS_E_DATA, "DAT-27"},
    {"{\"a\":{\"v\":1,\"q\":256}}", ESS_E_DATA, "DAT-28"},
    {"{\"a\":{\"v\":1,\"q\":-1}}", ESS_E_DATA, "DAT-28"},
    {"{\"a\":{\"v\":1,\"q\":\"1\"}}", ESS_E_DATA, "DAT-28"},
    {"{\"a\":{\"v\":1,\"q\":null}}", ESS_E_DATA, "DAT-28"},
    {"{\"a\":{\"v\":1,\"ts\":1.5}}", ESS_E_DATA, "DAT-06"},
    {"{\"a\":{\"v\":1,\"ts\":\"1\"}}", ESS_E_DATA, "DAT-06"},
    {"{\"a\":[\"1\"]}", ESS_E_DATA, "DAT-33"},
    {"{\"a\":[true]}", ESS_E_DATA, "DAT-33"},
    {"{\"a\":[[1]]}", ESS_E_DATA, "DAT-33"},
    {"{\"a\":[{}]}", ESS_E_DATA, "DAT-33"},
};

static void reports_are_refused_by_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        ess_slice d = exact_copy(refused[i].d, strlen(refused[i].d));
        ess_envelope envelope = {.t_utc_ms = 1, .d = d};
        ess_fault fault = {.rule = ""};
        ess_err err = walk(&envelope, &fault);
        if (err != refused[i].err || fault.err != err || strcmp(fault.rule, refused[i].rule) != 0)
            fail_msg("%s: %d %s", refused[i].d, (int)err, fault.rule);
        assert_true(fault.offset <= d.len);
        exact_free(d);
    }
}

static void a_truncated_d_ends_the_walk(void **state)
{
    static const char d[] = "{\"rows\":[{\"n\":7,\"ts\":900,\"ns\":\"PCS\",\"v\":{\"p\":{\"v\":"
                            "[1,null],\"q\":1,\"ts\":5},\"b\":true}}]";

    (void)state;
    /* The brace that closes d itself is the envelope's to check. */
    for (size_t len = 0; len < sizeof d - 1; len++) {
        ess_slice cut = exact_copy(d, len);
        ess_envelope envelope = {.t_utc_ms = 1, .d = cut};
        if (walk(&envelope, NULL) == ESS_OK)
            fail_msg("cut at %zu", len);
        exact_free(cut);
    }
}

/* open, count times item, close. */
static size_t print_repeated(char *room, size_t size, const char *const parts[3], unsigned count)
{
    int len = snprintf(room, size, "%s", parts[0]);

    for (unsigned i = 0; i < count; i++)
        len += snprintf(room + len, size - (size_t)len, "%s%s", i > 0 ? "," : "", parts[1]);
    len += snprintf(room + len, size - (size_t)len, "%s", parts[2]);
    return (size_t)len;
}

static void rows_and_arrays_are_bounded(void **state)
{
    static char room[65536];
    static const struct {
        const char *parts[3];
        unsigned count;
        ess_err err;
        const char *rule;
    } cases[] = {
        {{"{\"rows\":[", "{\"v\":{}}", "]}"}, ESS_ROWS_MAX, ESS_OK, ""},
        {{"{\"rows\":[", "{\"v\":{}}", "]}"}, ESS_ROWS_MAX + 1, ESS_E_TOO_LARGE, "DAT-16"},
        {{"{\"cellV\":[", "3287", "]}"}, ESS_ARRAY_MAX, ESS_OK, ""},
        {{"{\"cellV\":[", "null", "]}"}, ESS_ARRAY_MAX + 1, ESS_E_TOO_LARGE, "DAT-07"},
        {{"{\"", "a", "\":1}"}, 32, ESS_OK, ""}, /* 63 bytes of name, with the commas */
        {{"{\"", "a", "\":1}"}, 33, ESS_E_DATA, "DAT-12"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = print_repeated(room, sizeof room, cases[i].parts, cases[i].count);
        ess_envelope envelope = {.t_utc_ms = 1, .d = {room, len}};
        ess_fault fault = {.rule = ""};
        if (walk(&envelope, &fault) != cases[i].err || strcmp(fault.rule, cases[i].rule) != 0)
            fail_msg("case %zu: %s", i, fault.rule);
    }
}

/* --- values */

static void values_come_in_every_form(void **state)
{
    static const struct {
        const char *name;
        ess_value_kind kind;
        bool truth;
        int64_t mantissa;
        uint8_t scale;
        const char *raw;
        uint8_t quality;
        int64_t ts;
    } wanted[] = {
        {"soc", ESS_VALUE_NUMBER, false, 563, 1, "56.30", 0, 1000},
        {"on", ESS_VALUE_BOOL, true, 0, 0, "true", 0, 1000},
        {"off", ESS_VALUE_BOOL, false, 0, 0, "false", 0, 1000},
        {"fwVer", ESS_VALUE_TEXT, false, 0, 0, "1.2\\n", 0, 1000},
        {"gone", ESS_VALUE_NULL, false, 0, 0, "null", 0, 1000},
        {"cellV", ESS_VALUE_ARRAY, false, 0, 0, "[ 3287, null ]", 0, 1000},
        {"p", ESS_VALUE_NUMBER, false, -5, 0, "-5", 2, 900},
        {"q", ESS_VALUE_NULL, false, 0, 0, "null", 255, 1000},
        {"c", ESS_VALUE_ARRAY, false, 0, 0, "[]", 1, 1000},
    };
    ess_row row = {
        .ts_utc_ms = 1000,
        .values = ESS_SLICE_LITERAL(
            "{\"soc\":56.30,\"on\":true,\"off\":false,\"fwVer\":\"1.2\\n\",\"gone\":null,"
            "\"cellV\": [ 3287, null ] ,\"p\":{\"ts\":900,\"v\":-5,\"q\":2,\"z\":[{}]},"
            "\"q\":{\"q\":255,\"v\":null},\"c\":{\"v\":[],\"q\":1}}"),
    };
    ess_value_iterator it;
    ess_value value;
    bool found;

    (void)state;
    assert_int_equal(ess_values_begin(&it, &row, NULL), ESS_OK);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(ess_values_next(&it, &value, &found, NULL), ESS_OK);
        assert_true(found);
        ASSERT_SLICE(value.name, wanted[i].name);
        assert_int_equal(value.kind, wanted[i].kind);
        assert_int_equal(value.truth, wanted[i].truth);
        assert_true(value.number.mantissa == wanted[i].mantissa);
        assert_int_equal(value.number.scale, wanted[i].scale);
        ASSERT_SLICE(value.raw, wanted[i].raw);
        assert_int_equal(value.quality, wanted[i].quality);
        assert_true(value.ts_utc_ms == wanted[i].ts);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ess_values_next(&it, &value, &found, NULL), ESS_OK);
        assert_false(found);
    }
}

static void array_gives_its_elements(void **state)
{
    static const struct {
        ess_value_kind kind;
        int64_t mantissa;
        uint8_t scale;
    } wanted[] = {{ESS_VALUE_NUMBER, 3287, 0}, {ESS_VALUE_NULL, 0, 0}, {ESS_VALUE_NUMBER, -5, 1}};
    ess_array_iterator it;
    ess_value_kind kind;
    ess_decimal number = {0};
    bool found;

    (void)state;
    assert_int_equal(ess_array_begin(&it, ESS_SLICE_LITERAL(" [3287,null , -0.5]")), ESS_OK);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(ess_array_next(&it, &kind, &number, &found), ESS_OK);
        assert_true(found);
        assert_int_equal(kind, wanted[i].kind);
        if (kind == ESS_VALUE_NUMBER)
            assert_true(number.mantissa == wanted[i].mantissa && number.scale == wanted[i].scale);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ess_array_next(&it, &kind, &number, &found), ESS_OK);
        assert_false(found);
    }
}

static void array_refuses_other_elements(void **state)
{
    static const struct {
        const char *raw;
        ess_err begin, next;
    } cases[] = {
        {"", ESS_E_JSON_SYNTAX, ESS_OK},  {"{}", ESS_E_DATA, ESS_OK},
        {"1", ESS_E_DATA, ESS_OK},        {"[true]", ESS_OK, ESS_E_DATA},
        {"[[1]]", ESS_OK, ESS_E_DATA},    {"[\"1\"]", ESS_OK, ESS_E_DATA},
        {"[1e99]", ESS_OK, ESS_E_NUMBER}, {"[", ESS_OK, ESS_E_JSON_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_array_iterator it;
        ess_value_kind kind;
        ess_decimal number;
        bool found;
        assert_int_equal(ess_array_begin(&it, ess_slice_from(cases[i].raw)), cases[i].begin);
        if (cases[i].begin != ESS_OK)
            continue;
        assert_int_equal(ess_array_next(&it, &kind, &number, &found), cases[i].next);
        assert_false(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_code_parses_and_prints),
        cmocka_unit_test(report_code_refuses_other_forms),
        cmocka_unit_test(d_without_rows_is_one_row),
        cmocka_unit_test(batch_gives_its_rows),
        cmocka_unit_test(a_parsed_envelope_knows_whether_d_is_a_batch),
        cmocka_unit_test(reports_are_refused_by_rule),
        cmocka_unit_test(a_truncated_d_ends_the_walk),
        cmocka_unit_test(rows_and_arrays_are_bounded),
        cmocka_unit_test(values_come_in_every_form),
        cmocka_unit_test(array_gives_its_elements),
        cmocka_unit_test(array_refuses_other_elements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

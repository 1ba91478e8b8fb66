/* What no whole message reaches: parts that nobody checked before, and borders of single checks. */
#include "../../lib/lent.h"
#include "codec_test.h"
#include "ess/decimal.h"
#include "ess/message.h"
#include "ess/signature.h"

static const ess_topic data_topic = {
    .version = 1, .type = ESS_DATA, .application = {"ess", 3}, .group = {"SH001", 5}};

/* Rows and values of a d; no_rows: as an envelope that saw none says. Returns the first error. */
static ess_err walk(ess_slice d, bool no_rows, ess_fault *fault)
{
    ess_envelope envelope = {.d = d, .no_rows = no_rows};
    ess_row_iterator rows;
    ess_value_iterator values;
    ess_row row;
    ess_value value;
    bool found = true;
    ess_err err = ess_rows_begin(&rows, &envelope, fault);

    while (err == ESS_OK) {
        err = ess_rows_next(&rows, &row, &found, fault);
        if (err != ESS_OK || !found)
            break;
        err = ess_values_begin(&values, &row, fault);
        while (err == ESS_OK && found)
            err = ess_values_next(&values, &value, &found, fault);
    }
    return err;
}

/* The iterators take what an envelope gave, which is well-formed. They rely on it for nothing. */
static void a_walk_over_unchecked_text_ends_at_its_fault(void **state)
{
    static const char *const texts[] = {
        "{\"a\":1,\"b\":-1.5e1,\"c\":\"x\",\"e\":[1,null,2],\"f\":true,\"g\":null}",
        "{\"a\":{\"v\":1,\"q\":2,\"ts\":3,\"other\":[{}]},\"b\":{\"ts\":1,\"v\":[1]}}",
        "{\"x\":[{}],\"rows\":[{\"n\":1,\"ts\":2,\"ns\":\"A/B\",\"v\":{\"a\":1},\"z\":{\"y\":1}}]}",
        "{\"rows\":[{\"n\":\"1\",\"v\":{}},{\"v\":{\"a\":{\"q\":1,\"v\":\"\"}}}]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t whole = strlen(texts[i]);
        bool no_rows = strstr(texts[i], "rows") == NULL;
        ess_fault fault = {0};
        ess_err err = walk(ess_slice_from(texts[i]), false, &fault);
        assert_int_equal(err, ESS_OK);
        for (size_t len = 0; len < whole; len++) {
            ess_slice cut = exact_copy(texts[i], len);
            fault = (ess_fault){0};
            err = walk(cut, false, &fault);
            /* The last row is the end: what closes d is the envelope's business. */
            bool all_rows = !no_rows && len + 1 == whole;
            if (err != (all_rows ? ESS_OK : ESS_E_JSON_SYNTAX) && err != ESS_E_DATA)
                fail_msg("%d at %zu of %s", (int)err, len, texts[i]);
            assert_int_equal(fault.err, err);
            assert_int_equal(walk(cut, no_rows, NULL), err);
            exact_free(cut);
        }
    }
}

static ess_err envelope_err(const char *text, ess_fault *fault)
{
    ess_envelope envelope;

    return ess_envelope_parse(ess_slice_from(text), &data_topic, lent_scratch(), &envelope, fault);
}

static void a_name_that_comes_twice_is_found_however_it_is_written(void **state)
{
    static const char *const twice[] = {
        "{\"t\":1,\"d\":{\"a\":1,\"a\":2}}",
        "{\"t\":1,\"d\":{\"a\":1,\"\\u0061\":2}}",
        "{\"t\":1,\"d\":{\"\\u0061\":1,\"a\":2}}",
        "{\"t\":1,\"d\":{\"\\u0061\":1,\"\\u0061\":2}}",
        "{\"t\":1,\"d\":{\"\\\"b\\\\c\":1,\"\\u0022b\\u005cc\":2}}",
        "{\"t\":1,\"d\":{\"\\/\":1,\"/\":2}}",
        "{\"t\":1,\"\\u0064\":{},\"d\":{}}",
        "{\"t\":1,\"d\":{},\"\\u0064\":{}}",
        "{\"t\":1,\"d\":{},\"\\u0079\":1,\"y\":2}",
    };
    static const char *const once[] = {
        "{\"t\":1,\"d\":{\"\\u0061\":1,\"\\u0062\":2}}",
        "{\"t\":1,\"d\":{\"\\u0061\":{\"a\":1},\"b\":{\"a\":1}}}",
        "{\"\\u0074\":1,\"\\u0064\":{}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(twice); i++) {
        ess_fault fault = {.rule = ""};
        if (envelope_err(twice[i], &fault) != ESS_E_ENVELOPE || strcmp(fault.rule, "ENV-02") != 0)
            fail_msg("%s: %s", twice[i], fault.rule);
    }
    for (size_t i = 0; i < COUNT(once); i++) {
        ess_fault fault = {.what = ""};
        if (envelope_err(once[i], &fault) != ESS_OK)
            fail_msg("%s: %s", once[i], fault.what);
    }
}

/* [ENV-05, ENV-23] */
static void a_code_and_an_ns_hold_nothing_that_needs_an_escape(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char code[3] = {'a', (char)c, 'b'};
        char room[64];
        size_t len = 0;
        ess_envelope envelope = {.code = {code, 3}, .d = {"{}", 2}};
        bool legal = c > 0x20 && c < 0x7F && c != '"' && c != '\\';
        ess_err err = ess_envelope_print(&envelope, room, sizeof room, &len);
        assert_int_equal(err, legal ? ESS_OK : ESS_E_ENVELOPE);
        envelope.code.len = 0;
        envelope.ns = (ess_slice){code, 3};
        err = ess_envelope_print(&envelope, room, sizeof room, &len);
        legal = c > 0x1F && c < 0x7F && c != '+' && c != '#' && c != '"' && c != '\\';
        assert_int_equal(err, legal ? ESS_OK : ESS_E_ENVELOPE);
    }
}

/* [TOP-06] */
static void a_level_holds_no_control_character_of_either_kind(void **state)
{
    static const struct {
        const char *topic;
        const char *rule; /* "": taken */
    } cases[] = {
        {"v1/DATA/ess/a\xC2\x80z", "TOP-18"},
        {"v1/DATA/ess/a\xC2\x9Fz", "TOP-18"},
        {"v1/DATA/ess/a\xC2\xA0z", ""},
        {"v1/DATA/ess/a\xC3\x80z", ""},
        {"v1/DATA/ess/a\xC2", "TOP-19"},
        {"v1/DATA/ess/a\x1Fz", "TOP-18"},
        {"v1/DATA/ess/a\x7Fz", "TOP-18"},
        {"v1/DATA/ess/a\xE7\x94\xB5", ""},
        {"v1/DATA/ess/a z", ""},
        {"v1/DATA/ess/a$", ""},
        {"v1/DATA/ess/$a", "TOP-17"},
        {"v1/DATA/ess/a+", "TOP-06"},
        {"v1/DATA/ess/a#", "TOP-06"},
        {"v1/DATA/ess/a\xFF", "TOP-19"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i].topic, strlen(cases[i].topic));
        ess_topic topic;
        ess_fault fault = {.rule = ""};
        assert_int_equal(ess_topic_parse(text, &topic, &fault),
                         cases[i].rule[0] == '\0' ? ESS_OK : ESS_E_TOPIC);
        assert_string_equal(fault.rule, cases[i].rule);
        exact_free(text);
    }
}

static void hex_takes_lower_case_digits_in_full(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char digits[4] = {'0', (char)c, 'f', '9'};
        uint8_t bytes[2] = {42, 42};
        bool legal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        assert_int_equal(ess_hex_parse((ess_slice){digits, 4}, bytes, 2),
                         legal ? ESS_OK : ESS_E_DATA);
        assert_int_equal(bytes[1], legal ? 0xF9 : 42);
    }
    uint8_t bytes[2] = {42, 42};
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("abc"), bytes, 2), ESS_E_DATA);
    assert_int_equal(ess_hex_parse(ESS_SLICE_LITERAL("abcde"), bytes, 2), ESS_E_DATA);
    assert_int_equal(bytes[0], 42);
}

#define KID  "0123456789abcdef"
#define OPEN "{\"t\":1,\"code\":\"c\",\"d\":{},\"x\":{\"exp\":9,\"kid\":\"" KID "\"}}"

/* Any byte of the place changed: there is no signature, and nothing that could be signed. */
static void a_signature_has_its_place_to_the_byte(void **state)
{
    static const uint8_t bytes[ESS_SIGNATURE_BYTES] = {0xA5};
    const ess_topic topic = {
        .version = 1, .type = ESS_CMD, .application = {"ess", 3}, .group = {"SH001", 5}};
    char room[512] = OPEN;
    size_t open_len = strlen(room);
    size_t len = open_len;
    size_t behind_exp = (size_t)(strstr(room, ",\"kid\"") - room);

    (void)state;
    for (size_t at = behind_exp; at < open_len; at++) {
        ess_slice part = {0};
        room[at] ^= 0x40;
        size_t same = open_len;
        assert_int_equal(ess_signature_open((ess_slice){room, open_len}, &part), ESS_E_STATE);
        assert_int_equal(ess_signature_append(room, sizeof room, &same, bytes), ESS_E_STATE);
        assert_true(part.len == 0 && same == open_len);
        room[at] ^= 0x40;
    }
    assert_int_equal(ess_signature_append(room, sizeof room, &len, bytes), ESS_OK);
    for (size_t at = behind_exp; at < len; at++) {
        ess_envelope envelope;
        ess_signature found;
        ess_fault fault = {.rule = ""};
        room[at] ^= 0x40;
        ess_slice payload = {room, len};
        ess_err err = ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault);
        if (err == ESS_OK && ess_signature_find(payload, &envelope, &found, &fault) == ESS_OK)
            fail_msg("byte %zu is not looked at", at);
        room[at] ^= 0x40;
    }
}

static void the_shape_keeps_no_name_that_is_empty_too_long_or_one_too_many(void **state)
{
    ess_shape_key keys[2];
    ess_shape shape;
    ess_row row[1];
    ess_reading reading[4];
    ess_readings read = {.shape = &shape,
                         .scratch = lent_scratch(),
                         .row = row,
                         .reading = reading,
                         .row_room = 1,
                         .reading_room = 4};
    ess_envelope envelope;
    ess_fault fault = {0};
    static const char text[] = "{\"t\":1,\"d\":{\"aNameOfMoreThanTwentyOneLetters\":1,\"b\":2,"
                               "\"c\":3,\"e\":4}}";

    (void)state;
    ess_shape_init(&shape, keys, COUNT(keys));
    for (int again = 0; again < 2; again++) {
        assert_int_equal(
            ess_report_read(ESS_SLICE_LITERAL(text), &data_topic, &read, &envelope, &fault),
            ESS_OK);
        assert_int_equal(read.readings, 4);
        assert_int_equal(shape.count, 2);
        assert_int_equal(reading[0].key, ESS_SHAPE_NONE);
        assert_int_equal(reading[3].key, ESS_SHAPE_NONE);
        for (int i = 0; i < 4; i++)
            assert_int_equal(reading[i].mantissa, i + 1);
    }
    assert_int_equal(ess_shape_find(&shape, (ess_slice){"", 0}), ESS_SHAPE_NONE);
}

/* Too few rooms, and no fault to fill. */
static void a_report_beyond_the_room_lent_is_told_without_a_rule(void **state)
{
    static const char text[] = "{\"t\":1,\"d\":{\"rows\":[{\"v\":{\"a\":1}},{\"v\":{\"b\":1}}]}}";
    ess_readings read = *lent_readings();
    ess_envelope envelope;
    ess_fault fault = {.rule = "x"};

    (void)state;
    read.row_room = 1;
    assert_int_equal(
        ess_report_read(ESS_SLICE_LITERAL(text), &data_topic, &read, &envelope, &fault),
        ESS_E_NO_ROOM);
    assert_string_equal(fault.rule, "");
    assert_int_equal(ess_report_read(ESS_SLICE_LITERAL(text), &data_topic, &read, &envelope, NULL),
                     ESS_E_NO_ROOM);
    read.row_room = 2;
    read.reading_room = 1;
    assert_int_equal(ess_report_read(ESS_SLICE_LITERAL(text), &data_topic, &read, &envelope, NULL),
                     ESS_E_NO_ROOM);
    assert_int_equal(ess_report_read(ESS_SLICE_LITERAL("{\"t\":1,\"d\":{\"a\":{\"v\":{}}}}"),
                                     &data_topic, &read, &envelope, NULL),
                     ESS_E_DATA);
}

static void the_writer_keeps_its_first_error(void **state)
{
    char room[16];
    ess_json_writer w;
    size_t len = 0;

    (void)state;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_end(&w); /* nothing is open */
    ess_json_text(&w, ESS_SLICE_LITERAL("\xFF"));
    ess_json_array_end(&w);
    assert_int_equal(ess_json_finish(&w, &len), ESS_E_STATE);
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_text(&w, ESS_SLICE_LITERAL("\xFF"));
    ess_json_object_end(&w);
    assert_int_equal(ess_json_finish(&w, &len), ESS_E_UTF8);
    ess_json_writer_init(&w, room, sizeof room);
    assert_int_equal(ess_json_finish(&w, &len), ESS_E_STATE); /* no value at all */
    ess_json_object_begin(&w);
    ess_json_key(&w, "a");
    assert_int_equal(ess_json_finish(&w, &len), ESS_E_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_over_unchecked_text_ends_at_its_fault),
        cmocka_unit_test(a_name_that_comes_twice_is_found_however_it_is_written),
        cmocka_unit_test(a_code_and_an_ns_hold_nothing_that_needs_an_escape),
        cmocka_unit_test(a_level_holds_no_control_character_of_either_kind),
        cmocka_unit_test(hex_takes_lower_case_digits_in_full),
        cmocka_unit_test(a_signature_has_its_place_to_the_byte),
        cmocka_unit_test(the_shape_keeps_no_name_that_is_empty_too_long_or_one_too_many),
        cmocka_unit_test(a_report_beyond_the_room_lent_is_told_without_a_rule),
        cmocka_unit_test(the_writer_keeps_its_first_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

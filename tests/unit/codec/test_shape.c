#include <dirent.h>

#include "../../fuzz/codec/both_ways.h"
#include "codec_test.h"

#define HEAD "{\"t\":1763827200000,\"code\":\"0000002a9f3c01d7-1815\",\"d\":"

static const ess_topic topic = {.version = 1, .type = ESS_DATA};

static both_ways quick;
static ess_shape_key keys[ESS_MEMBERS_MAX];
static ess_shape shape;

/* Reads a copy that ends where it ends, in both ways, which must agree. */
static ess_err read_both(const char *text, size_t len, const ess_topic *at)
{
    ess_slice copy = exact_copy(text, len);
    const char *differ = both_ways_read(copy, at, &shape, &quick);

    if (differ != NULL)
        fail_msg("%s: %.*s", differ, (int)len, text);
    exact_free(copy);
    return quick.err;
}

static ess_err read_line(const char *text)
{
    return read_both(text, strlen(text), &topic);
}

static void teach(const char *text)
{
    ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    assert_int_equal(read_line(text), ESS_OK);
}

static void a_shape_keeps_names_in_order(void **state)
{
    (void)state;
    ess_shape_init(&shape, keys, 3);
    assert_int_equal(ess_shape_find(&shape, ESS_SLICE_LITERAL("soc")), ESS_SHAPE_NONE);
    assert_int_equal(read_line(HEAD "{\"soc\":1,\"p\":2}}"), ESS_OK);
    assert_int_equal(shape.count, 2);
    assert_int_equal(ess_shape_find(&shape, ESS_SLICE_LITERAL("p")), 1);
    ASSERT_SLICE(ess_shape_name(&shape, 0), "soc");
    assert_int_equal(keys[0].id, 0);
    keys[0].id = 77;
    assert_int_equal(read_line(HEAD "{\"soc\":1,\"p\":2}}"), ESS_OK);
    assert_int_equal(quick.reading[0].id, 77);
    assert_int_equal(quick.reading[1].id, 0);
    /* Full: d is read, but not remembered. */
    assert_int_equal(read_line(HEAD "{\"c\":1,\"d\":2,\"soc\":3}}"), ESS_OK);
    assert_int_equal(shape.count, 3);
    assert_int_equal(quick.reading[1].key, ESS_SHAPE_NONE);
    assert_int_equal(quick.reading[2].key, 0);
    assert_int_equal(keys[0].id, 77);
}

static void long_names_are_read_but_not_kept(void **state)
{
    static const char text[] = HEAD "{\"aNameOfTwentyOneBytes\":1,\"aNameOfTwenty2BytesLong\":2}}";

    (void)state;
    teach(text);
    assert_int_equal(shape.count, 1);
    assert_int_equal(read_both(text, sizeof text - 1, &topic), ESS_OK);
    assert_int_equal(quick.read.readings, 2);
    assert_int_equal(quick.reading[1].key, ESS_SHAPE_NONE);
}

static void rooms_are_bounded(void **state)
{
    static const char text[] = HEAD "{\"rows\":[{\"v\":{\"soc\":1,\"p\":2}},{\"v\":{\"soc\":3}}]}}";
    ess_slice payload = {text, sizeof text - 1};
    static const struct {
        uint32_t rows, readings;
        ess_err err;
    } cases[] = {
        {2, 3, ESS_OK}, {1, 3, ESS_E_NO_ROOM}, {2, 2, ESS_E_NO_ROOM}, {0, 0, ESS_E_NO_ROOM}};

    (void)state;
    for (int taught = 0; taught < 2; taught++) {
        teach(taught ? text : HEAD "{}}");
        for (size_t i = 0; i < COUNT(cases); i++) {
            ess_envelope envelope;
            ess_readings read = {.shape = &shape,
                                 .row = quick.row,
                                 .reading = quick.reading,
                                 .scratch = lent_scratch(),
                                 .row_room = cases[i].rows,
                                 .reading_room = cases[i].readings,
                                 .rows = 9};
            ess_fault fault = {0};
            assert_int_equal(ess_report_read(payload, &topic, &read, &envelope, &fault),
                             cases[i].err);
            assert_int_equal(fault.err, cases[i].err);
            assert_int_equal(read.rows, cases[i].err == ESS_OK ? 2 : 9);
        }
    }
}

static void the_room_for_names_is_bounded_alike(void **state)
{
    static const char *const texts[] = {
        HEAD "{\"soc\":1,\"p\":2,\"v\":3,\"a\":4,\"b\":5,\"c\":6,\"d\":7,\"e\":8,\"f\":9}}",
        HEAD "{\"soc\":1,\"p\":{\"v\":1,\"q\":2},\"v\":3,\"a\":4,\"b\":5,\"c\":6,\"d\":7}}",
        HEAD "{\"rows\":[{\"n\":1,\"v\":{\"a\":1,\"b\":2,\"c\":3}},{\"n\":2,\"v\":{\"a\":4}}]}}",
    };
    static ess_scratch_name names[24];
    ess_scratch scratch;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        teach(texts[i]);
        bool was_read = false;
        for (uint16_t room = 1; room <= COUNT(names); room++) {
            ess_scratch_init(&scratch, names, room);
            quick.scratch = &scratch;
            ess_err err = read_both(texts[i], strlen(texts[i]), &topic);
            assert_int_equal(err, was_read || err == ESS_OK ? ESS_OK : ESS_E_NO_ROOM);
            was_read = err == ESS_OK;
        }
        assert_true(was_read);
        quick.scratch = NULL;
    }
}

/* Values of one point, as the shape learnt "v":1 before; each is read twice. */
static void every_value_is_read_alike(void **state)
{
    static const char *const values[] = {
        "0",
        "-0",
        "5",
        "-5",
        "10",
        "99999999",
        "100000000",
        "-99999999",
        "123456789012345678",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "0.5",
        "0.05",
        "56.3",
        "-56.3",
        "56.30",
        "0.0",
        "-0.00",
        "12.345678",
        "123456.7",
        "1234567.8",
        "12345.67",
        "1e3",
        "1E-3",
        "1.5e+2",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "-",
        "+1",
        "1.5.5",
        "1-",
        "0x10",
        "1e",
        "5 ",
        " 5",
        "5\t\n",
        "\t5",
        "true",
        "false",
        "null",
        "tru",
        "nul",
        "NaN",
        "[]",
        "[1]",
        "[ 1 , null,2.5e1]",
        "[1,]",
        "[,1]",
        "[1",
        "[true]",
        "[[1]]",
        "[01]",
        "[00012]",
        "[123456,-7]",
        "\"\"",
        "\"a\"",
        "\"a\\n\"",
        "\"\\u0061\"",
        "\"\xC3\xA9\"",
        "\"\x01\"",
        "\"a",
        "{}",
        "{\"v\":1}",
        "{\"v\":1,\"q\":2}",
        "{\"q\":255,\"v\":[1]}",
        "{\"q\":256,\"v\":1}",
        "{\"v\":1,\"q\":-1}",
        "{\"v\":1,\"q\":1.5}",
        "{\"v\":1,\"q\":2.0}",
        "{\"v\":1,\"v\":2}",
        "{\"v\":{}}",
        "{\"v\":1,\"ts\":1763827199000}",
        "{\"v\":1,\"ts\":9007199254740992}",
        "{\"ts\":1,\"v\":\"x\"}",
        "{\"v\":1,\"other\":2}",
        "{ \"v\" : 1 }",
        "{\"v\": 1 , \"q\": 3 }",
        "{\"q\":1}",
        "{\"v\":1",
        "",
        "1,\"v\":2",
        "1,\"w\":2",
        "1,\"w\":2,\"v\":3",
        "1,",
        "1 2",
        "1,\"x\":1",
        "1, \"w\":2",
        "1 ,\"w\":2",
        "1,\"w\" :2",
        "1,\"\\u0077\":2",
        "1}",
        "1]",
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        /* Short: all in the copy of the tail. Long: before it. */
        for (int pad = 0; pad < 2; pad++) {
            int len = snprintf(text, sizeof text, HEAD "{\"v\":%s}%s}", values[i],
                               pad ? ",\"pad\":\"0123456789012345678901234567890123456789012345678"
                                     "90123456789012345678901234567890123456789\""
                                   : "");
            teach(HEAD "{\"v\":1,\"w\":22}}");
            for (int again = 0; again < 3; again++)
                (void)read_both(text, (size_t)len, &topic);
        }
    }
}

static void numbers_change_their_length(void **state)
{
    static const char *const pieces[] = {"0",     "7",     "56.3",       "56",
                                         "-1.25", "100.1", "99999.99",   "12345678",
                                         "0.125", "3.50",  "1234567.25", "-8"};
    char text[512];
    uint64_t chance = 7;

    (void)state;
    teach(HEAD "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}}");
    for (int i = 0; i < 2000; i++) {
        size_t len = (size_t)snprintf(text, sizeof text, HEAD "{");
        for (int k = 0; k < 6; k++) {
            if (seeded_next(&chance) % 4 == 0)
                continue; /* a report by exception leaves names out */
            len += (size_t)snprintf(text + len, sizeof text - len, "%s\"%c\":%s",
                                    text[len - 1] == '{' ? "" : ",", 'a' + k,
                                    pieces[seeded_next(&chance) % COUNT(pieces)]);
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "}}");
        assert_int_equal(read_both(text, len, &topic), ESS_OK);
    }
}

static void names_may_come_in_any_order_but_once(void **state)
{
    static const struct {
        const char *d;
        ess_err err;
    } cases[] = {
        {"{\"f\":1,\"e\":1,\"d\":1,\"c\":1,\"b\":1,\"a\":1}", ESS_OK},
        {"{\"a\":1,\"c\":1,\"b\":1}", ESS_OK},
        {"{\"a\":1,\"b\":1,\"a\":1}", ESS_E_ENVELOPE},
        {"{\"b\":1,\"c\":1,\"a\":1,\"b\":1}", ESS_E_ENVELOPE},
        {"{\"f\":1,\"f\":1}", ESS_E_ENVELOPE},
        {"{\"a\":1,\"new\":1,\"b\":1}", ESS_OK},
        {"{\"a\":1,\"new\":1,\"new\":1}", ESS_E_ENVELOPE},
        {"{\"a\":1,\"\\u0061\":1}", ESS_E_ENVELOPE},
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        teach(HEAD "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}}");
        int len = snprintf(text, sizeof text, HEAD "%s}", cases[i].d);
        assert_int_equal(read_both(text, (size_t)len, &topic), cases[i].err);
        assert_int_equal(read_both(text, (size_t)len, &topic), cases[i].err);
    }
}

static const char batch[] =
    "{\"t\":5,\"ns\":\"C1\",\"d\":{\"rows\":[{\"n\":1,\"ts\":4,\"ns\":\"C2\",\"v\":{\"soc\":56.3,"
    "\"p\":-1.5,\"cellV\":[3287,3285,null]}}, {\"n\":\"9223372036854775807\",\"v\":{\"p\":2}},"
    "{\"v\":{},\"n\":3},{\"v\":{\"soc\":{\"v\":1,\"q\":2}}}]},\"s\":\"METRIC\"}";

static void batches_are_read_alike(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "1",
        "{\"v\":{}}",
        "{\"v\":1}",
        "{\"v\":{\"soc\":1},\"ts\":5}",
        "{\"n\":0,\"v\":{}}",
        "{\"n\":1e3,\"v\":{}}",
        "{\"n\":99999999999999999999,\"v\":{}}",
        "{\"n\":\"x\",\"v\":{}}",
        "{\"ns\":\"a/b/c/d\",\"v\":{}}",
        "{\"ns\":5,\"v\":{}}",
        "{\"n\":1,\"n\":2,\"v\":{}}",
        "{\"v\":{},\"v\":{}}",
        "{\"v\":{\"soc\":1,\"soc\":2}}",
        "{\"v\":{},\"other\":1}",
        "{\"v\":{\"soc\":1}},{\"v\":{\"soc\":2}},",
        "{ \"n\" : 1 , \"v\" : { \"soc\" : 5 } }",
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        teach(batch);
        int len = snprintf(text, sizeof text, HEAD "{\"rows\":[%s]}}", rows[i]);
        (void)read_both(text, (size_t)len, &topic);
        len = snprintf(text, sizeof text, HEAD "{\"rows\":[%s],\"z\":1}}", rows[i]);
        (void)read_both(text, (size_t)len, &topic);
    }
    assert_int_equal(read_both(batch, sizeof batch - 1, &topic), ESS_OK);
    assert_int_equal(read_both(batch, sizeof batch - 1, &topic), ESS_OK);
    assert_int_equal(quick.read.rows, 4);
    assert_int_equal(quick.read.readings, 5);
    assert_int_equal(quick.reading[2].mantissa, 3);
    assert_int_equal(quick.reading[4].quality, 2);
}

static void every_truncation_is_refused_alike(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof batch - 1; len++) {
        teach(batch);
        assert_int_not_equal(read_both(batch, len, &topic), ESS_OK);
    }
}

static void every_changed_byte_is_judged_alike(void **state)
{
    static const char others[] = "0 ,:{}[]\"\\-.e9a\x80\n";
    char text[sizeof batch];

    (void)state;
    teach(batch);
    for (size_t at = 0; at < sizeof batch - 1; at++) {
        for (size_t i = 0; i < sizeof others; i++) {
            memcpy(text, batch, sizeof batch);
            text[at] = others[i];
            (void)read_both(text, sizeof batch - 1, &topic);
        }
    }
}

/* [ENV-02] 1024 names in the objects open at one time. */
static void many_names_are_bounded_alike(void **state)
{
    static char text[32768];

    (void)state;
    ess_shape_init(&shape, keys, ESS_MEMBERS_MAX);
    for (int count = 1015; count < 1030; count++) {
        size_t len = (size_t)snprintf(text, sizeof text, HEAD "{");
        for (int i = 0; i < count; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s\"p%d\":%d",
                                    i == 0 ? "" : ",", i, i);
        len += (size_t)snprintf(text + len, sizeof text - len, "}}");
        ess_err err = count <= ESS_MEMBERS_MAX - 3 ? ESS_OK : ESS_E_TOO_LARGE;
        assert_int_equal(read_both(text, len, &topic), err);
        assert_int_equal(read_both(text, len, &topic), err);
    }
}

/* Every seed of the fuzzers that begins with a topic. */
static void the_seeds_are_read_alike(void **state)
{
    static const char *const folders[] = {"fuzz_message", "fuzz_shape"};
    static char text[ESS_MESSAGE_MAX];
    size_t count = 0;

    (void)state;
    teach(batch);
    for (size_t i = 0; i < COUNT(folders); i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/tests/fuzz/codec/seeds/%s", ESS_SOURCE_DIR, folders[i]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char file_path[2048];
            snprintf(file_path, sizeof file_path, "%s/%s", path, entry->d_name);
            FILE *file = entry->d_name[0] == '.' ? NULL : fopen(file_path, "rb");
            if (file == NULL)
                continue;
            size_t len = fread(text, 1, sizeof text, file);
            fclose(file);
            const char *line_end = memchr(text, '\n', len);
            ess_topic at;
            assert_non_null(line_end);
            size_t topic_len = (size_t)(line_end - text);
            if (ess_topic_parse((ess_slice){text, topic_len}, &at, NULL) != ESS_OK)
                continue;
            for (int again = 0; again < 2; again++)
                (void)read_both(line_end + 1, len - topic_len - 1, &at);
            count++;
        }
        closedir(folder);
    }
    assert_true(count >= 15);
}

static void only_names_that_can_be_written_are_added(void **state)
{
    (void)state;
    ess_shape_init(&shape, keys, 2);
    assert_int_equal(ess_shape_add(&shape, (ess_slice){0}), ESS_SHAPE_NONE);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("a\"b")), ESS_SHAPE_NONE);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("\xE7\x94\xB5")), ESS_SHAPE_NONE);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("aNameOfMoreThan21Bytes")),
                     ESS_SHAPE_NONE);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("aNameOfExactly21Bytes")), 0);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("p")), 1);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("q")), ESS_SHAPE_NONE);
}

/* A report by a shape, in room of that size; behind it a guard. */
static ess_err write_report(size_t room_size, char room[static 256], size_t *len)
{
    const ess_envelope envelope = {.t_utc_ms = 1763827200000,
                                   .ns = ESS_SLICE_LITERAL("CAB01/BMS"),
                                   .code = ESS_SLICE_LITERAL("0000002a9f3c01d7-1815"),
                                   .s = ESS_S_METRIC,
                                   .te = ESS_TE_REQ,
                                   .x = ESS_SLICE_LITERAL("{}")};
    ess_json_writer writer;

    memset(room, '#', 256);
    ess_json_writer_init(&writer, room, room_size);
    assert_int_equal(ess_envelope_begin(&writer, &envelope), ESS_OK);
    ess_json_object_begin(&writer);
    ess_shape_key_write(&shape, 1, &writer);
    ess_json_decimal(&writer, (ess_decimal){563, 1});
    ess_shape_key_write(&shape, 0, &writer);
    ess_json_null(&writer);
    ess_json_object_end(&writer);
    ess_envelope_end(&writer, &envelope);
    return ess_json_finish(&writer, len);
}

static void a_report_is_written_by_a_shape_or_not_at_all(void **state)
{
    static const char whole[] =
        "{\"t\":1763827200000,\"ns\":\"CAB01/BMS\",\"code\":\"0000002a9f3c01d7-1815\","
        "\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":{\"soc\":56.3,\"runState\":null},\"x\":{}}";
    const size_t need = sizeof whole - 1;
    char room[256];
    size_t len = 0;

    (void)state;
    ess_shape_init(&shape, keys, 2);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("runState")), 0);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("soc")), 1);
    for (size_t size = need; size < need + 64; size++) {
        assert_int_equal(write_report(size, room, &len), ESS_OK);
        assert_int_equal(len, need);
        assert_memory_equal(room, whole, need);
        for (size_t i = size; i < sizeof room; i++)
            assert_int_equal(room[i], '#');
    }
    for (size_t size = 0; size < need; size++) {
        len = 7;
        assert_int_equal(write_report(size, room, &len), ESS_E_NO_ROOM);
        assert_int_equal(len, 7);
        for (size_t i = size; i < sizeof room; i++)
            assert_int_equal(room[i], '#');
    }
}

static void a_name_is_written_where_a_name_may_stand(void **state)
{
    char room[64];
    size_t len = 0;
    ess_json_writer writer;

    (void)state;
    ess_shape_init(&shape, keys, 1);
    assert_int_equal(ess_shape_add(&shape, ess_slice_from("soc")), 0);
    ess_json_writer_init(&writer, room, sizeof room);
    ess_shape_key_write(&shape, 0, &writer); /* in no object */
    assert_int_equal(ess_json_finish(&writer, &len), ESS_E_STATE);
    ess_json_writer_init(&writer, room, sizeof room);
    ess_json_object_begin(&writer);
    ess_shape_key_write(&shape, 0, &writer);
    ess_shape_key_write(&shape, 0, &writer); /* where a value must come */
    assert_int_equal(ess_json_finish(&writer, &len), ESS_E_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shape_keeps_names_in_order),
        cmocka_unit_test(long_names_are_read_but_not_kept),
        cmocka_unit_test(rooms_are_bounded),
        cmocka_unit_test(the_room_for_names_is_bounded_alike),
        cmocka_unit_test(every_value_is_read_alike),
        cmocka_unit_test(numbers_change_their_length),
        cmocka_unit_test(names_may_come_in_any_order_but_once),
        cmocka_unit_test(batches_are_read_alike),
        cmocka_unit_test(every_truncation_is_refused_alike),
        cmocka_unit_test(every_changed_byte_is_judged_alike),
        cmocka_unit_test(many_names_are_bounded_alike),
        cmocka_unit_test(the_seeds_are_read_alike),
        cmocka_unit_test(only_names_that_can_be_written_are_added),
        cmocka_unit_test(a_report_is_written_by_a_shape_or_not_at_all),
        cmocka_unit_test(a_name_is_written_where_a_name_may_stand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

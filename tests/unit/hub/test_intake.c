/* From message to history: what is stored, what is receipted, what is announced, what is refused.
 */
#include "core_fixture.h"

#include <sqlite3.h>

static void values_are_stored_receipted_and_announced_after_the_commit(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":56.30,\"runState\":3}");
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(f->told_count, 0);
    assert_int_equal(hub_core_wake(f->core), f->now.mono_ms + 20);
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].topic, "v1/RSP/ess/SH001");
    assert_false(f->sent[0].retain);
    assert_holds(f->sent[0].payload, "\"sid\":\"" SID_A "\",\"ok\":[[1,1]]");
    assert_holds(f->sent[0].payload, "\"te\":\"RES\"");
    assert_int_equal(f->told_count, 1);
    assert_string_equal(f->told[0].event, "values");
    assert_string_equal(f->told[0].data,
                        "{\"group\":\"SH001\",\"ns\":\"CAB01/BMS\",\"ts\":1700000000000,"
                        "\"v\":{\"soc\":56.3,\"runState\":3}}");
    fixture_history(f, "soc");
    assert_holds(f->json, "\"rows\":[[1700000000000,56.3,0,\"" SID_A "\",1,1700000000020]]");
    assert_holds(f->json, "\"next\":null");
}

static void every_kind_of_value_is_kept_exactly(void **state)
{
    static const struct {
        const char *name, *said, *kept;
    } cases[] = {
        {"a", "0.1", "0.1"},
        {"b", "-922337203685477.5808", "-922337203685477.5808"},
        {"c", "1.50e1", "15"},
        {"d", "true", "true"},
        {"e", "null", "null"},
        {"f", "\"A \\u00e9 \\\" b\"", "\"A \\u00e9 \\\" b\""},
        {"g", "[3287, 3285,null]", "[3287, 3285,null]"},
        {"h", "\"\"", "\"\""},
        {"i", "0.000000000000000001", "0.000000000000000001"},
        {"j", "9223372036854775807", "9223372036854775807"},
    };
    fixture *f = *state;
    char text[256];
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"%s\":%s}", cases[i].name, cases[i].said);
        fixture_data(f, i + 1, text);
    }
    fixture_pass(f, 20);
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_values(f);
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            (void)snprintf(text, sizeof text, "\"name\":\"%s\",\"v\":%s,\"q\":0", cases[i].name,
                           cases[i].kept);
            assert_holds(f->json, text);
        }
        fixture_restart(f);
    }
}

static void quality_and_own_time_are_kept(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":{\"v\":5,\"q\":3,\"ts\":1699999999000},\"soh\":{\"v\":9}}");
    fixture_pass(f, 20);
    fixture_values(f);
    assert_holds(f->json, "\"name\":\"soc\",\"v\":5,\"q\":3,\"ts\":1699999999000");
    assert_holds(f->json, "\"name\":\"soh\",\"v\":9,\"q\":0,\"ts\":1700000000000");
    assert_int_equal(f->told_count, 2);
    assert_holds(f->told[0].data, "\"ts\":1699999999000,\"v\":{\"soc\":5}");
}

static void a_duplicate_is_receipted_but_not_stored(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_data(f, 1, "{\"soc\":1}"); /* in the same batch */
    fixture_pass(f, 20);
    fixture_data(f, 1, "{\"soc\":1}"); /* in a later one */
    fixture_pass(f, 20);
    fixture_restart(f);
    fixture_forget(f);
    fixture_data(f, 1, "{\"soc\":1}"); /* to a later hub */
    fixture_say(f, "v1/HIST/ess/SH001",
                "{\"t\":1700000000040,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"te\":\"REQ\","
                "\"d\":{\"rows\":[{\"n\":1,\"ts\":1700000000000,\"ns\":\"CAB01/BMS\","
                "\"v\":{\"soc\":1}}]}}"); /* by another way */
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 1);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,1]]");
    assert_int_equal(f->told_count, 0);
    fixture_history(f, "soc");
    assert_int_equal(fixture_count(f->json, SID_A), 1);
    fixture_stats(f);
    assert_holds(f->json, "\"duplicates\":2");
}

/* [CLK-07] [CLK-08] A cabinet at 1970. */
static void what_an_unset_clock_stamps_live_gets_the_time_it_came(void **state)
{
    fixture *f = *state;
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS",
                "{\"t\":61000,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"te\":\"REQ\","
                "\"d\":{\"soc\":50,\"soh\":{\"v\":9,\"q\":3}}}");
    fixture_say(
        f, "v1/HIST/ess/SH001",
        "{\"t\":62000,\"code\":\"" SID_A "-2\",\"s\":\"METRIC\",\"te\":\"REQ\","
        "\"d\":{\"rows\":[{\"n\":2,\"ts\":5000,\"ns\":\"CAB01/BMS\",\"v\":{\"soc\":49}}]}}");
    fixture_say(f, "v1/EVENT/ess/SH001/CAB01",
                "{\"t\":63000,\"code\":\"" SID_A "-3\",\"d\":{\"event\":\"device-online\"}}");
    fixture_pass(f, 20);
    fixture_history(f,
                    "soc"); /* the backfill keeps what its device said; both say when they came */
    assert_holds(f->json, "[5000,49,0,\"" SID_A "\",2,1700000000020]");
    assert_holds(f->json, "[1700000000000,50,1,\"" SID_A "\",1,1700000000020]");
    fixture_values(f);
    assert_holds(f->json, "\"name\":\"soh\",\"v\":9,\"q\":3,\"ts\":1700000000000");
    FIXTURE_JSON(f, hub_write_events(f->core, ess_slice_from("SH001"), 10, &out));
    assert_holds(f->json, "\"ts\":1700000000000");
}

static void backfill_rows_are_counted_one_by_one(void **state)
{
    fixture *f = *state;
    fixture_data(f, 5, "{\"soc\":50}");
    fixture_pass(f, 20);
    fixture_forget(f);
    fixture_say(f, "v1/HIST/ess/SH001",
                "{\"t\":1700000000040,\"code\":\"" SID_A "-3\",\"s\":\"METRIC\",\"te\":\"REQ\","
                "\"d\":{\"rows\":["
                "{\"n\":3,\"ts\":1699999990000,\"ns\":\"CAB01/BMS\",\"v\":{\"soc\":30}},"
                "{\"n\":4,\"ts\":1699999995000,\"ns\":\"CAB01/BMS\",\"v\":{\"soc\":40}},"
                "{\"n\":5,\"ts\":1700000000000,\"ns\":\"CAB01/BMS\",\"v\":{\"soc\":50}}]}}");
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[3,5]]");
    /* Backfill does not turn the live picture back. */
    assert_int_equal(f->told_count, 0);
    fixture_values(f);
    assert_holds(f->json, "\"v\":50");
    fixture_history(f, "soc");
    assert_int_equal(fixture_count(f->json, SID_A), 3);
}

static void rows_without_number_are_one_report(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1,
                 "{\"rows\":[{\"ts\":1699999990000,\"v\":{\"soc\":1}},"
                 "{\"ts\":1699999991000,\"v\":{\"soc\":2}}]}");
    fixture_pass(f, 20);
    fixture_history(f, "soc");
    assert_int_equal(fixture_count(f->json, SID_A), 2);
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":1");
}

/* A shape serves a topic, whose rows may be of several objects. */
static void a_name_goes_to_the_object_of_its_row(void **state)
{
    fixture *f = *state;
    for (unsigned n = 1; n <= 5; n += 2) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "{\"t\":1,\"code\":\"" SID_A "-%u\",\"d\":{\"rows\":["
                       "{\"n\":%u,\"ns\":\"CAB01/BMS\",\"v\":{\"soc\":%u,\"p\":1}},"
                       "{\"n\":%u,\"ns\":\"CAB02/BMS\",\"v\":{\"soc\":%u,\"p\":2}}]}}",
                       n, n, n + 10, n + 1, n + 20);
        fixture_say(f, "v1/DATA/ess/SH001", text);
    }
    fixture_pass(f, 20);
    fixture_values(f);
    assert_holds(f->json, "\"CAB01/BMS\",\"name\":\"soc\",\"v\":15");
    assert_holds(f->json, "\"CAB02/BMS\",\"name\":\"soc\",\"v\":25");
    assert_holds(f->json, "\"CAB01/BMS\",\"name\":\"p\",\"v\":1");
    assert_holds(f->json, "\"CAB02/BMS\",\"name\":\"p\",\"v\":2");
}

/* The numbers of the series that a refused message brought are given to others. */
static void a_name_of_a_refused_message_is_new_again(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1,
                 "{\"rows\":[{\"n\":1,\"v\":{\"a\":1,\"b\":2}},"
                 "{\"n\":2,\"ns\":\"w/x/y\",\"v\":{\"b\":3}}]}");
    fixture_data(f, 3, "{\"c\":7,\"d\":8}");
    fixture_data(f, 4, "{\"a\":5,\"b\":6}");
    fixture_pass(f, 20);
    fixture_values(f);
    assert_holds(f->json, "\"name\":\"a\",\"v\":5");
    assert_holds(f->json, "\"name\":\"b\",\"v\":6");
    assert_holds(f->json, "\"name\":\"c\",\"v\":7");
    assert_holds(f->json, "\"name\":\"d\",\"v\":8");
    fixture_stats(f);
    assert_holds(f->json, "\"rule\":\"ENV-40\"");
}

#define LEVEL_65 "01234567890123456789012345678901234567890123456789012345678901234"

static void broken_messages_are_counted_and_leave_nothing(void **state)
{
    static const struct {
        const char *topic, *payload, *rule;
        bool receipted;
    } cases[] = {
        {"v1/DATA/ess/SH001", "not json", "ENV-01", false},
        {"v1/DATA/ess", "{}", "TOP-01", false},
        {"v1/CMD/ess/SH001", "{\"t\":1,\"d\":{}}", "TOP-04", false},
        {"v1/DATA/other/SH001", "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{}}",
         "TOP-14", true},
        {"v1/DATA/ess/" LEVEL_65, "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{}}",
         "TOP-15", false},
        {"v1/DATA/ess/SH001", "{\"t\":1,\"s\":\"METRIC\",\"d\":{\"a\":1}}", "DLV-01", false},
        {"v1/HIST/ess/SH001",
         "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{\"rows\":[{\"v\":{\"a\":1}}]}}",
         "DLV-08", true},
        {"v1/DATA/ess/SH001",
         "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{\"rows\":[]}}", "DAT-16", true},
        {"v1/DATA/ess/SH001",
         "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{\"rows\":[{\"v\":{\"a\":1}},"
         "{\"n\":9,\"v\":{\"a\":2}},{\"v\":{\"a\":3}}]}}",
         "DAT-24", true},
        {"v1/PARAM/ess/SH001",
         "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{\"rows\":[{\"v\":{\"a\":1}},"
         "{\"v\":{\"a\":3}}]}}",
         "DAT-24", true},
        {"v1/DATA/ess/_cloud", "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{}}",
         "TOP-13", true},
        {"v1/DATA/ess/SH001/CAB01/BMS",
         "{\"t\":1,\"code\":\"" SID_A "-1\",\"d\":{\"rows\":[{\"ns\":\"CAB01/PCS\",\"v\":{}}]}}",
         "ENV-39", true},
        {"v1/STATE/ess/SH001", "{\"t\":1,\"s\":\"METRIC\",\"d\":{\"on\":3}}", "PRE-06", false},
        {"v1/ACK/ess/SH001", "{\"t\":1,\"code\":\"x\",\"s\":\"CMD\",\"te\":\"RES\",\"d\":{}}",
         "CMD-25", false},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char part[64];
        fixture_forget(f);
        fixture_say(f, cases[i].topic, cases[i].payload);
        fixture_pass(f, 20);
        assert_int_equal(f->sent_count, cases[i].receipted ? 1 : 0);
        (void)snprintf(part, sizeof part, "\"no\":[[1,\"%s\"]]", cases[i].rule);
        if (cases[i].receipted)
            assert_holds(f->sent[0].payload, part);
        (void)snprintf(part, sizeof part, "\"rule\":\"%s\"", cases[i].rule);
        fixture_stats(f);
        assert_holds(f->json, part);
    }
    assert_holds(f->json, "\"reports_stored\":0");
    fixture_data(f, 1, "{\"soc\":1}"); /* and the hub goes on */
    fixture_pass(f, 20);
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":1");
}

static void say_big(fixture *f, unsigned n, const char *d)
{
    static char payload[ESS_MESSAGE_MAX];
    int len = snprintf(payload, sizeof payload,
                       "{\"t\":%u,\"code\":\"" SID_A "-%u\",\"s\":\"METRIC\",\"d\":%s}", n, n, d);
    assert_true(len > 0 && (size_t)len < sizeof payload);
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
}

static void a_group_that_invents_names_is_refused_by_rule(void **state)
{
    static char d[120000];
    fixture *f = *state;
    unsigned n = 0;
    for (unsigned name = 0; name < 8192;) {
        size_t len = 1;
        d[0] = '{';
        for (unsigned i = 0; i < 1000 && name < 8192; i++, name++)
            len += (size_t)snprintf(d + len, sizeof d - len, "%s\"x%u\":1", i > 0 ? "," : "", name);
        (void)snprintf(d + len, sizeof d - len, "}");
        say_big(f, ++n, d);
    }
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 1);
    fixture_forget(f);
    fixture_data(f, 100, "{\"x1\":2,\"oneMore\":1}");
    fixture_data(f, 101, "{\"x1\":2}"); /* what is known goes on */
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[101,101]],\"no\":[[100,\"DLV-44\"]]");
    fixture_stats(f);
    assert_holds(f->json, "{\"rule\":\"DLV-44\",\"reason\":\"more points than a group may have\","
                          "\"count\":1}");
    fixture_say(f, "v1/DATA/ess/SH002/CAB01/BMS", /* and so do others */
                "{\"t\":1,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"d\":{\"soc\":1}}");
    fixture_pass(f, 20);
    assert_holds(f->sent[1].payload, "\"ok\":[[1,1]]");
}

static void a_group_that_sends_texts_without_end_is_refused_by_rule(void **state)
{
    static char text[100000], d[101000];
    fixture *f = *state;
    memset(text, 'x', sizeof text - 1);
    for (unsigned n = 1; n <= 60; n++) {
        (void)snprintf(d, sizeof d, "{\"x%u\":\"%s\"}", n, text);
        say_big(f, n, d);
        fixture_pass(f, 20);
    }
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":41,");
    assert_holds(f->json, "{\"rule\":\"DLV-44\",\"reason\":\"more text than a group may have\","
                          "\"count\":19}");
    fixture_restart(f);
    fixture_forget(f);
    say_big(f, 61, d); /* the bound is the same to a later hub, and what has room goes on */
    (void)snprintf(d, sizeof d, "{\"x1\":\"%s\",\"soc\":1}", text);
    say_big(f, 62, d);
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[62,62]],\"no\":[[61,\"DLV-44\"]]");
}

/* As many groups as there may be, put there by one statement. */
static void a_hub_that_is_full_refuses_without_a_receipt(void **state)
{
    fixture *f = *state;
    char path[128];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT 16384)"
                     " INSERT INTO grp(id, name) SELECT n, 'G' || n FROM i",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    fixture_restart(f);
    fixture_forget(f);
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0);
    fixture_stats(f);
    assert_holds(f->json, "{\"rule\":\"DLV-45\",\"reason\":\"more groups than this hub has room "
                          "for\",\"count\":1}");
}

static void an_oversized_message_is_refused(void **state)
{
    static char huge[ESS_MESSAGE_MAX + 2], long_topic[600];
    fixture *f = *state;
    memset(huge, ' ', sizeof huge - 1);
    memset(long_topic, 'a', sizeof long_topic - 1);
    fixture_say(f, "v1/DATA/ess/SH001", huge);
    fixture_say(f, long_topic, "{}");
    fixture_stats(f);
    assert_holds(f->json, "\"rule\":\"DLV-09\"");
    assert_holds(f->json, "\"rule\":\"TOP-07\"");
}

static void a_batch_commits_by_count_too(void **state)
{
    fixture *f = *state;
    f->options.commit_reports = 3;
    fixture_restart(f);
    fixture_forget(f);
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_data(f, 2, "{\"soc\":2}");
    assert_int_equal(f->sent_count, 0);
    fixture_data(f, 3, "{\"soc\":3}");
    assert_int_equal(f->sent_count, 1);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,3]]");
}

static void scattered_numbers_take_several_receipts(void **state)
{
    fixture *f = *state;
    for (unsigned n = 1; n <= 2 * (ESS_RANGES_MAX + 1); n += 2)
        fixture_data(f, n, "{\"soc\":1}");
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 2);
}

static void the_batch_is_committed_when_its_room_is_used_up(void **state)
{
    static char d[120000];
    static char payload[ESS_MESSAGE_MAX];
    fixture *f = *state;
    memset(d, 'x', sizeof d - 1);
    for (unsigned n = 1; n <= 100; n++) {
        (void)snprintf(payload, sizeof payload,
                       "{\"t\":%u,\"code\":\"" SID_A "-%u\",\"s\":\"METRIC\",\"d\":{\"a\":\"%s\"}}",
                       n, n, d);
        fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
    }
    assert_true(f->sent_count >= 1);
    fixture_pass(f, 20);
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":100");
}

static void history_is_paged_by_cursor(void **state)
{
    fixture *f = *state;
    char text[2048];
    size_t rows = 0, pages = 0;
    hub_history_query query = fixture_query("CAB01/BMS", "soc");
    char cursor[64] = "";
    for (unsigned n = 1; n <= 10; n++) {
        (void)snprintf(text, sizeof text, "{\"soc\":%u}", n);
        fixture_data(f, n, text); /* all with the same ts */
    }
    fixture_pass(f, 20);
    query.limit = 4;
    do {
        query.after = ess_slice_from(cursor);
        FIXTURE_JSON(f, hub_write_history(f->core, &query, &out));
        rows += fixture_count(f->json, SID_A);
        pages++;
        const char *next = strstr(f->json, "\"next\":\"");
        cursor[0] = '\0';
        if (next != NULL)
            (void)snprintf(cursor, sizeof cursor, "%.*s", (int)strcspn(next + 8, "\""), next + 8);
    } while (cursor[0] != '\0' && pages < 10);
    assert_int_equal(rows, 10);
    assert_int_equal(pages, 3);
}

static void history_keeps_to_its_bounds(void **state)
{
    fixture *f = *state;
    ess_json_writer writer;
    for (unsigned n = 1; n <= 3; n++) {
        fixture_data(f, n, "{\"soc\":1}");
        fixture_pass(f, 1000);
    }
    hub_history_query query = fixture_query("CAB01/BMS", "soc");
    query.from_utc_ms = START_UTC + 1000; /* inclusive */
    query.to_utc_ms = START_UTC + 2000;   /* exclusive */
    FIXTURE_JSON(f, hub_write_history(f->core, &query, &out));
    assert_int_equal(fixture_count(f->json, SID_A), 1);
    query.after = ess_slice_from("12x");
    ess_json_writer_init(&writer, f->json, sizeof f->json);
    assert_int_equal(hub_write_history(f->core, &query, &writer), ESS_E_DATA);
    query = fixture_query("CAB01/BMS", "nothing");
    assert_int_equal(hub_write_history(f->core, &query, &writer), ESS_E_NOT_FOUND);
    query.group = ess_slice_from("SH999");
    assert_int_equal(hub_write_history(f->core, &query, &writer), ESS_E_NOT_FOUND);
    assert_int_equal(writer.len, 0);
}

static void a_clock_set_back_does_not_freeze_the_last_value(void **state)
{
    fixture *f = *state;
    f->now.utc_ms += 3600000; /* the device's clock is an hour fast, then set right */
    fixture_data(f, 1, "{\"soc\":10}");
    f->now.utc_ms -= 3600000;
    fixture_data(f, 2, "{\"soc\":20}");
    fixture_pass(f, 20);
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_values(f);
        assert_holds(f->json, "\"v\":20,\"q\":0,\"ts\":1700000000000");
        fixture_restart(f);
    }
    fixture_say(f, "v1/HIST/ess/SH001",
                "{\"t\":1700000000040,\"code\":\"" SID_A "-3\",\"s\":\"METRIC\",\"te\":\"REQ\","
                "\"d\":{\"rows\":[{\"n\":3,\"ts\":1699999999999,\"ns\":\"CAB01/BMS\","
                "\"v\":{\"soc\":30}},{\"n\":4,\"ts\":1700000000000,\"ns\":\"CAB01/BMS\","
                "\"v\":{\"soc\":40}},{\"n\":5,\"ts\":1699999999999,\"ns\":\"CAB01/BMS\","
                "\"v\":{\"soc\":50}}]}}");
    fixture_forget(f);
    fixture_pass(f, 20);
    assert_int_equal(f->told_count, 1);
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_values(f);
        assert_holds(f->json, "\"v\":40,\"q\":0,\"ts\":1700000000000");
        fixture_restart(f);
    }
}

static void a_name_said_twice_in_one_report_counts_once(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1,
                 "{\"rows\":[{\"ts\":1699999990005,\"v\":{\"soc\":1}},{\"ts\":1699999990005,\"v\":{"
                 "\"soc\":2}}]}");
    fixture_pass(f, 20);
    assert_int_equal(f->told_count, 1);
    for (int restarted = 0; restarted < 2; restarted++) {
        fixture_values(f);
        assert_holds(f->json, "\"v\":1,\"q\":0,\"ts\":1699999990005");
        FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
        assert_holds(f->json, "\"samples\":1,");
        fixture_restart(f);
    }
}

static void series_count_their_samples(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 1000);
    fixture_data(f, 2, "{\"soc\":1}");
    fixture_pass(f, 20);
    for (int restarted = 0; restarted < 2; restarted++) {
        FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
        assert_string_equal(f->json, "{\"series\":[{\"ns\":\"CAB01/BMS\",\"name\":\"soc\","
                                     "\"samples\":2,\"first_utc_ms\":1700000000000,"
                                     "\"last_utc_ms\":1700000001000}]}");
        fixture_restart(f);
    }
}

static void say_params(fixture *f, const char *sid, unsigned n, const char *d, int rev)
{
    char payload[512];
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":%llu,\"code\":\"%s-%u\",\"s\":\"METRIC\",\"d\":%s,"
                   "\"x\":{\"a\":[1],\"rev\":%d}}",
                   1699999990000ull + n, sid, n, d, rev);
    fixture_say(f, "v1/PARAM/ess/SH001/CAB01/PCS", payload);
    fixture_pass(f, 20);
}

static void the_newest_parameter_report_stands(void **state)
{
    fixture *f = *state;
    say_params(f, SID_A, 7, "{\"pChMax\":\n125}", 3);
    assert_string_equal(f->told[0].data,
                        "{\"group\":\"SH001\",\"ns\":\"CAB01/PCS\",\"rev\":3,\"ts\":1699999990007,"
                        "\"values\":{\"pChMax\": 125}}");
    say_params(f, SID_A, 6, "{\"pChMax\":1}", 2);
    FIXTURE_JSON(f, hub_write_params(f->core, ess_slice_from("SH001"), &out));
    assert_string_equal(f->json,
                        "{\"params\":[{\"ns\":\"CAB01/PCS\",\"rev\":3,\"ts\":1699999990007,"
                        "\"values\":{\"pChMax\": 125}}]}");
    say_params(f, SID_B, 1, "{\"pChMax\":60}", 4);
    FIXTURE_JSON(f, hub_write_params(f->core, ess_slice_from("SH001"), &out));
    assert_holds(f->json, "\"rev\":4,\"ts\":1699999990001,\"values\":{\"pChMax\":60}");
    assert_int_equal(f->told_count, 2);
    fixture_values(f);
    assert_holds(f->json, "\"values\":[]}"); /* parameters are no values */
}

static void events_are_kept_newest_first(void **state)
{
    fixture *f = *state;
    fixture_say(f, "v1/EVENT/ess/SH001/CAB01",
                "{\"t\":1699999990005,\"code\":\"" SID_A "-1\",\"s\":\"METRIC\",\"te\":\"REQ\","
                "\"d\":{\"event\":\"device-offline\"}}");
    fixture_say(
        f, "v1/EVENT/ess/SH001/CAB01",
        "{\"t\":1699999990009,\"code\":\"" SID_A "-2\",\"s\":\"METRIC\",\"te\":\"REQ\","
        "\"d\":{\"rows\":[{\"n\":2,\"ts\":1699999990006,\"v\":{\"event\":\"device-online\"}}]}}");
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,2]]");
    FIXTURE_JSON(f, hub_write_events(f->core, ess_slice_from("SH001"), 1, &out));
    assert_string_equal(f->json,
                        "{\"events\":[{\"ns\":\"CAB01\",\"ts\":1699999990006,\"sid\":\"" SID_A
                        "\",\"n\":2,\"d\":{\"event\":\"device-online\"}}]}");
    assert_string_equal(f->told[0].event, "event");
    assert_holds(f->told[0].data, "\"ts\":1699999990005,\"d\":{\"event\":\"device-offline\"}");
}

static void parameters_and_events_carry_the_time_they_are_of(void **state)
{
    static const struct {
        const char *said; /* as it stands behind "ts": */
        const char *kept;
    } cases[] = {
        {"1699999990007", "1699999990007"},
        {"1577836800000", "1577836800000"}, /* the earliest that a set clock says */
        {"1577836799999", "1700000000000"}, /* it was not set: when it came */
        {"0", "1700000000000"},
        {"9007199254740991", "9007199254740991"},
        {"9007199254740992", "1699999990050"},
        {"-1", "1699999990050"},
        {"7.5", "1699999990050"},
        {"\"7\"", "1699999990050"},
        {"[7]", "1699999990050"},
        {"null", "1699999990050"},
    };
    fixture *f = *state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char payload[512], part[64];
        f->now.utc_ms = START_UTC;
        (void)snprintf(payload, sizeof payload,
                       "{\"t\":1699999990050,\"code\":\"" SID_A
                       "-%u\",\"s\":\"METRIC\",\"d\":{\"a\":1},"
                       "\"x\":{\"rev\":3,\"ts\":%s}}",
                       2 * i + 1, cases[i].said);
        fixture_say(f, "v1/PARAM/ess/SH001/CAB01/PCS", payload);
        (void)snprintf(payload, sizeof payload,
                       "{\"t\":1699999990050,\"code\":\"" SID_A "-%u\",\"s\":\"METRIC\","
                       "\"d\":{\"event\":\"gap\",\"lost\":[[1,2]],\"ts\":%s}}",
                       2 * i + 2, cases[i].said);
        fixture_say(f, "v1/EVENT/ess/SH001/CAB01", payload);
        fixture_forget(f);
        fixture_pass(f, 20);
        (void)snprintf(part, sizeof part, "\"ts\":%s,", cases[i].kept);
        assert_int_equal(f->told_count, 2);
        assert_holds(f->told[0].data, part);
        assert_holds(f->told[1].data, part);
        FIXTURE_JSON(f, hub_write_params(f->core, ess_slice_from("SH001"), &out));
        assert_holds(f->json, part);
        FIXTURE_JSON(f, hub_write_events(f->core, ess_slice_from("SH001"), 1, &out));
        assert_holds(f->json, part);
    }
}

static void statistics_count_single_values(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1,\"cellV\":[3287,null,3285],\"text\":\"a,b\"}");
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    fixture_stats(f);
    assert_holds(f->json, "{\"messages\":2,\"values\":5,\"reports_stored\":1,\"duplicates\":1,"
                          "\"commits\":1,");
    assert_holds(f->json, "\"refused\":[],\"uptime_s\":0}");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(values_are_stored_receipted_and_announced_after_the_commit),
        CASE(every_kind_of_value_is_kept_exactly),
        CASE(quality_and_own_time_are_kept),
        CASE(a_duplicate_is_receipted_but_not_stored),
        CASE(what_an_unset_clock_stamps_live_gets_the_time_it_came),
        CASE(backfill_rows_are_counted_one_by_one),
        CASE(rows_without_number_are_one_report),
        CASE(a_name_goes_to_the_object_of_its_row),
        CASE(a_name_of_a_refused_message_is_new_again),
        CASE(broken_messages_are_counted_and_leave_nothing),
        CASE(a_group_that_invents_names_is_refused_by_rule),
        CASE(a_group_that_sends_texts_without_end_is_refused_by_rule),
        CASE(a_hub_that_is_full_refuses_without_a_receipt),
        CASE(an_oversized_message_is_refused),
        CASE(a_batch_commits_by_count_too),
        CASE(scattered_numbers_take_several_receipts),
        CASE(the_batch_is_committed_when_its_room_is_used_up),
        CASE(history_is_paged_by_cursor),
        CASE(history_keeps_to_its_bounds),
        CASE(a_clock_set_back_does_not_freeze_the_last_value),
        CASE(a_name_said_twice_in_one_report_counts_once),
        CASE(series_count_their_samples),
        CASE(the_newest_parameter_report_stands),
        CASE(events_are_kept_newest_first),
        CASE(parameters_and_events_carry_the_time_they_are_of),
        CASE(statistics_count_single_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

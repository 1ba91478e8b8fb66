/* Ledger text and history rows in, counts out: every way in which the two can differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/audit_align.h"
#include "cli/audit_delay.h"
#include "cli/ledger.h"

#define BEGIN "{\"k\":\"begin\",\"at\":1,\"group\":\"SH001\",\"unit\":\"CAB01\"}\n"
/* BMS soc has a dead band of 0.1; the first column of a reading is its time. */
#define SOC(at, conn, value)                                                                       \
    "{\"k\":\"read\",\"at\":" #at ",\"conn\":" #conn ",\"seq\":1,\"v\":{\"BMS/soc\":" #value "}}\n"
#define P(at, conn)                                                                                \
    "{\"k\":\"read\",\"at\":" #at ",\"conn\":" #conn ",\"v\":{\"PCS/p\":1}}\n"
#define CELLS(at, conn, value)                                                                     \
    "{\"k\":\"read\",\"at\":" #at ",\"conn\":" #conn ",\"v\":{\"BMS/C1/cellV\":" value "}}\n"

typedef struct row {
    int64_t ts_utc_ms;
    size_t count; /* values; 0: null */
    ess_decimal values[4];
} row;

typedef struct expected {
    uint64_t sampled, stored, lost, duplicated, altered, in_flight;
} expected;

typedef struct scenario {
    const char *name;
    const char *ledger;
    row rows[6];
    size_t row_count;
    expected want;
    bool orderly; /* the reader was not killed */
} scenario;

#define ONE(value) 1, {{value, 1}}
#define WHOLE(value) 1, {{value, 0}}

static const scenario scenarios[] = {
    {"all stored", BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.3) SOC(300, 1, 50.5),
     {{150, ONE(501)}, {250, ONE(503)}, {350, ONE(505)}}, 3, {.sampled = 3, .stored = 3}, true},
    {"nothing moved, so nothing had to be reported",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.1) SOC(300, 1, 50.1), {{150, ONE(501)}}, 1,
     {.sampled = 3, .stored = 1}, true},
    {"drift is measured from what was stored last, not from the reading before",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.15) SOC(300, 1, 50.2) SOC(400, 1, 50.2),
     {{150, ONE(501)}}, 1, {.sampled = 4, .stored = 1, .lost = 1}, true},
    {"a moved reading that was read past is lost",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 51.1) SOC(300, 1, 52.1),
     {{150, ONE(501)}, {350, ONE(521)}}, 2, {.sampled = 3, .stored = 2, .lost = 1}, false},
    {"a loss is counted once, however long the value stands",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 51.1) SOC(300, 1, 51.1) SOC(400, 1, 51.1)
         SOC(500, 1, 52.1),
     {{150, ONE(501)}, {550, ONE(521)}}, 2, {.sampled = 5, .stored = 2, .lost = 1}, true},
    {"without any history the first reading is lost",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.1), {{0}}, 0, {.sampled = 2, .lost = 1}, false},
    {"the same reading stored twice", BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.3),
     {{150, ONE(501)}, {150, ONE(501)}, {250, ONE(503)}}, 3,
     {.sampled = 2, .stored = 3, .duplicated = 1}, true},
    {"a value that was never served there", BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.3),
     {{150, ONE(502)}, {250, ONE(503)}}, 2, {.sampled = 2, .stored = 2, .altered = 1}, true},
    {"after a value misread by the agent the next is held against what was stored",
     BEGIN SOC(100, 1, 12.3) SOC(200, 1, 55) SOC(300, 1, 55), {{150, WHOLE(55)}}, 1,
     {.sampled = 3, .stored = 1, .altered = 1}, true},
    {"after a value altered in the store the next is held against what was served",
     BEGIN SOC(100, 1, 12.3) SOC(200, 1, 12.3) SOC(300, 1, 12.3), {{150, WHOLE(55)}}, 1,
     {.sampled = 3, .stored = 1, .altered = 1}, true},
    {"after an altered value a move against both is a loss",
     BEGIN SOC(100, 1, 12.3) SOC(200, 1, 20) SOC(300, 1, 20), {{150, WHOLE(55)}}, 1,
     {.sampled = 3, .stored = 1, .altered = 1, .lost = 1}, true},
    {"an altered value does not take the reading of another",
     BEGIN SOC(100, 1, 50.1) SOC(101, 1, 50.3) SOC(200, 1, 50.5),
     {{101, ONE(777)}, {101, ONE(501)}, {205, ONE(505)}}, 3,
     {.sampled = 3, .stored = 3, .altered = 1}, true},
    {"an altered value is of the last reading that it can be of",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.1) SOC(250, 1, 60), {{150, ONE(501)}, {250, ONE(777)}},
     2, {.sampled = 3, .stored = 2, .altered = 1}, true},
    {"a stamp before the first reading", BEGIN SOC(100, 1, 50.1), {{50, ONE(501)}}, 1,
     {.sampled = 1, .stored = 1, .altered = 1, .in_flight = 1}, false},
    {"a stamp moved to the reading after", BEGIN SOC(100, 1, 50.1) SOC(200, 1, 60) SOC(300, 1, 70),
     {{250, ONE(501)}, {350, WHOLE(70)}}, 2,
     {.sampled = 3, .stored = 2, .lost = 1, .altered = 1}, false},
    {"killed with an answer in hand: not lost, but told",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 60) SOC(300, 2, 70),
     {{150, ONE(501)}, {350, WHOLE(70)}}, 2,
     {.sampled = 3, .stored = 2, .in_flight = 1}, false},
    {"a reader that was not killed may not lose its last answer either",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 60) SOC(300, 2, 70),
     {{150, ONE(501)}, {350, WHOLE(70)}}, 2, {.sampled = 3, .stored = 2, .lost = 1}, true},
    {"after a restart a value may be stored again without having moved",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.1) SOC(300, 2, 50.1),
     {{150, ONE(501)}, {350, ONE(501)}}, 2, {.sampled = 3, .stored = 2}, false},
    {"connection numbers start anew with the simulator",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 60) "{\"k\":\"rea\n" BEGIN SOC(300, 1, 70),
     {{150, ONE(501)}, {350, WHOLE(70)}}, 2,
     {.sampled = 3, .stored = 2, .in_flight = 1}, false},
    {"an old connection's last answer behind a new one's first",
     BEGIN SOC(100, 1, 50.1) SOC(200, 2, 60) SOC(210, 1, 70) SOC(300, 2, 80),
     {{150, ONE(501)}, {205, WHOLE(60)}, {350, WHOLE(80)}}, 3,
     {.sampled = 4, .stored = 3, .in_flight = 1}, false},
    {"two readings in one millisecond, each stored once",
     BEGIN SOC(100, 1, 50.1) SOC(100, 1, 50.3) SOC(200, 1, 50.5),
     {{100, ONE(501)}, {100, ONE(503)}, {200, ONE(505)}}, 3, {.sampled = 3, .stored = 3}, true},
    {"a stamp in the millisecond of the next reading",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, 50.3) SOC(300, 1, 50.5),
     {{200, ONE(501)}, {300, ONE(503)}, {300, ONE(505)}}, 3, {.sampled = 3, .stored = 3}, true},
    {"a row that says unreadable belongs to no reading",
     BEGIN SOC(100, 1, 50.1) SOC(300, 2, 50.1), {{150, ONE(501)}, {200, 0, {{0}}}, {350, ONE(501)}},
     3, {.sampled = 2, .stored = 2}, true},
    {"what no register can express need not be stored",
     BEGIN SOC(100, 1, 50.1) SOC(200, 1, null) SOC(300, 1, 50.1), {{150, ONE(501)}}, 1,
     {.sampled = 3, .stored = 1}, true},
    {"an array is counted by its elements", BEGIN CELLS(100, 1, "[1,2,3]") CELLS(200, 1, "[1,2,9]"),
     {{150, 3, {{1, 0}, {2, 0}, {3, 0}}}, {250, 3, {{1, 0}, {2, 0}, {9, 0}}}}, 2,
     {.sampled = 6, .stored = 6}, true},
    {"an array not stored", BEGIN CELLS(100, 1, "[1,2,3]") CELLS(200, 1, "[1,2,9]"),
     {{150, 3, {{1, 0}, {2, 0}, {3, 0}}}}, 1, {.sampled = 6, .stored = 3, .lost = 3}, true},
    {"one element altered", BEGIN CELLS(100, 1, "[1,2,3]"), {{150, 3, {{1, 0}, {7, 0}, {3, 0}}}}, 1,
     {.sampled = 3, .stored = 3, .altered = 1}, true},
    {"an array stored short", BEGIN CELLS(100, 1, "[1,2,3]"), {{150, 2, {{1, 0}, {2, 0}}}}, 1,
     {.sampled = 3, .stored = 2, .altered = 2}, true},
    {"an array stored twice", BEGIN CELLS(100, 1, "[1,2,3]"),
     {{150, 3, {{1, 0}, {2, 0}, {3, 0}}}, {160, 3, {{1, 0}, {2, 0}, {3, 0}}}}, 2,
     {.sampled = 3, .stored = 6, .duplicated = 3}, true},
    {"an array cut over reads is stamped by its last part",
     BEGIN CELLS(100, 1, "{\"from\":0,\"part\":[1,2]}") CELLS(110, 1, "{\"from\":2,\"part\":[3]}")
         CELLS(200, 1, "{\"from\":0,\"part\":[8,2]}") CELLS(210, 1, "{\"from\":2,\"part\":[3]}"),
     {{115, 3, {{1, 0}, {2, 0}, {3, 0}}}, {215, 3, {{8, 0}, {2, 0}, {3, 0}}}}, 2,
     {.sampled = 6, .stored = 6}, true},
    {"a first part confirms the array before",
     BEGIN CELLS(100, 1, "{\"from\":0,\"part\":[1,2]}") CELLS(110, 1, "{\"from\":2,\"part\":[3]}")
         CELLS(200, 1, "{\"from\":0,\"part\":[1,2]}"),
     {{0}}, 0, {.sampled = 3, .lost = 3}, false},
    {"a further part confirms nothing",
     BEGIN CELLS(100, 1, "{\"from\":0,\"part\":[1,2]}") CELLS(110, 1, "{\"from\":2,\"part\":[3]}"),
     {{0}}, 0, {.sampled = 3, .in_flight = 3}, false},
    {"an array cut off by a lost connection is no reading",
     BEGIN CELLS(100, 1, "{\"from\":0,\"part\":[1,2]}") CELLS(110, 2, "{\"from\":0,\"part\":[1,2]}")
         CELLS(120, 2, "{\"from\":2,\"part\":[3]}"),
     {{125, 3, {{1, 0}, {2, 0}, {3, 0}}}}, 1, {.sampled = 3, .stored = 3}, true},
    {"a part out of turn is no reading",
     BEGIN CELLS(100, 1, "{\"from\":0,\"part\":[1,2]}") CELLS(110, 1, "{\"from\":2,\"part\":[3]}")
         CELLS(120, 1, "{\"from\":2,\"part\":[4]}"),
     {{115, 3, {{1, 0}, {2, 0}, {3, 0}}}}, 1, {.sampled = 3, .stored = 3}, true},
    {"parameters are not measured values",
     BEGIN "{\"k\":\"read\",\"at\":5,\"conn\":1,\"v\":{\"BMS/socMin\":10}}\n", {{0}}, 0, {0}, true},
    {"a last line with half of a reading",
     BEGIN CELLS(100, 1, "[1,2,3]") CELLS(200, 1, "[1,true,9]"),
     {{150, 3, {{1, 0}, {2, 0}, {3, 0}}}}, 1, {.sampled = 3, .stored = 3}, true},
    {"a torn last line",
     BEGIN SOC(100, 1, 50.1) "{\"k\":\"read\",\"at\":200,\"conn\":1,\"v\":{\"BMS/s",
     {{150, ONE(501)}}, 1, {.sampled = 1, .stored = 1}, true},
};

static void add_rows(audit_samples *samples, const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        audit_sample *sample = audit_add_sample(samples);
        assert_non_null(sample);
        sample->ts_utc_ms = rows[i].ts_utc_ms;
        for (size_t j = 0; j < rows[i].count; j++)
            assert_true(audit_add_value(&samples->values,
                                        ess_decimal_make(rows[i].values[j].mantissa,
                                                         rows[i].values[j].scale)));
        sample->count = rows[i].count;
    }
}

static void run_scenario(const scenario *s)
{
    ledger l = {0};
    ledger_problem problem = {0};
    audit_samples samples = {0};
    audit_tally t = {.reader_killed = !s->orderly};
    assert_int_equal(ledger_read_text(&l, ess_slice_from(s->ledger), &problem), ESS_OK);
    add_rows(&samples, s->rows, s->row_count);
    for (size_t i = 0; i < l.count; i++) {
        audit_point_assemble(&l.points[i], l.connections);
        audit_align(&l.points[i], &samples, &t);
    }
    expected got = {t.sampled,
                    t.stored,
                    t.wrong[AUDIT_LOST],
                    t.wrong[AUDIT_DUPLICATED],
                    t.wrong[AUDIT_ALTERED],
                    t.in_flight};
    if (memcmp(&got, &s->want, sizeof got) != 0) {
        print_error("%s: sampled %d stored %d lost %d duplicated %d altered %d in flight %d\n",
                    s->name, (int)got.sampled, (int)got.stored, (int)got.lost,
                    (int)got.duplicated, (int)got.altered, (int)got.in_flight);
        fail();
    }
    audit_samples_free(&samples);
    ledger_free(&l);
}

static void history_is_held_against_what_was_served(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        run_scenario(&scenarios[i]);
}

static void ledgers_of_one_cabinet_may_come_in_any_order(void **state)
{
    (void)state;
    ledger l = {0};
    ledger_problem problem = {0};
    audit_samples samples = {0};
    audit_tally t = {0};
    const row rows[] = {{150, ONE(501)}, {350, ONE(505)}};
    assert_int_equal(
        ledger_read_text(&l, ess_slice_from(BEGIN SOC(300, 1, 50.5)), &problem), ESS_OK);
    assert_int_equal(
        ledger_read_text(&l, ess_slice_from(BEGIN SOC(100, 1, 50.1)), &problem), ESS_OK);
    assert_int_equal(l.count, 1);
    add_rows(&samples, rows, 2);
    audit_point_assemble(&l.points[0], l.connections);
    audit_align(&l.points[0], &samples, &t);
    assert_int_equal(t.sampled, 2);
    assert_int_equal(t.wrong[AUDIT_LOST] + t.wrong[AUDIT_DUPLICATED] + t.wrong[AUDIT_ALTERED], 0);
    audit_samples_free(&samples);
    ledger_free(&l);
}

static void points_of_different_cabinets_are_kept_apart(void **state)
{
    (void)state;
    ledger l = {0};
    ledger_problem problem = {0};
    const char *other = "{\"k\":\"begin\",\"at\":1,\"group\":\"SH001\",\"unit\":\"CAB011\"}\n"
                        "{\"k\":\"read\",\"at\":2,\"conn\":1,\"v\":{\"BMS/soc\":1,\"/hb\":2,"
                        "\"BMS/C1/soc\":3}}\n";
    assert_int_equal(ledger_read_text(&l, ess_slice_from(BEGIN SOC(9, 1, 5)), &problem), ESS_OK);
    assert_int_equal(ledger_read_text(&l, ess_slice_from(other), &problem), ESS_OK);
    assert_int_equal(l.count, 4);
    assert_string_equal(l.points[0].ns, "CAB01/BMS");
    assert_string_equal(l.points[1].ns, "CAB011/BMS");
    assert_string_equal(l.points[2].ns, "CAB011");
    assert_string_equal(l.points[2].name, "hb");
    assert_string_equal(l.points[3].ns, "CAB011/BMS/C1");
    assert_non_null(l.points[3].model);
    ledger_free(&l);
}

/* soc is read once a minute, p each second: what p confirms, soc cannot excuse. */
static void a_slow_point_is_confirmed_by_faster_ones(void **state)
{
    (void)state;
    static const struct {
        const char *after; /* the answer with soc in it */
        uint64_t lost, in_flight;
    } cases[] = {
        {"", 0, 1},
        {P(300, 1), 0, 1},           /* confirms p of 100 only */
        {P(300, 1) P(400, 1), 1, 0}, /* confirms p of 300, and so all before it */
        {P(300, 2) P(400, 2), 0, 1}, /* another connection tells nothing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        ledger l = {0};
        ledger_problem problem = {0};
        audit_samples none = {0};
        audit_tally t = {.reader_killed = true};
        (void)snprintf(text, sizeof text, "%s%s", BEGIN P(100, 1) SOC(200, 1, 50.1),
                       cases[i].after);
        assert_int_equal(ledger_read_text(&l, ess_slice_from(text), &problem), ESS_OK);
        assert_string_equal(l.points[1].name, "soc");
        audit_point_assemble(&l.points[1], l.connections);
        audit_align(&l.points[1], &none, &t);
        assert_int_equal(t.wrong[AUDIT_LOST], cases[i].lost);
        assert_int_equal(t.in_flight, cases[i].in_flight);
        ledger_free(&l);
    }
}

static void what_was_stored_and_never_served_is_altered(void **state)
{
    (void)state;
    ledger l = {0};
    ledger_problem problem = {0};
    audit_samples samples = {0};
    audit_tally t = {0};
    const row rows[] = {{150, ONE(501)}};
    assert_int_equal(ledger_read_text(&l, ess_slice_from(BEGIN SOC(9, 1, 5)), &problem), ESS_OK);
    assert_int_equal(ledger_add_stored(&l, "SH001", "CAB01/BMS", "soc"), ESS_OK);
    assert_int_equal(ledger_add_stored(&l, "SH001", "CAB02/BMS", "soc"), ESS_OK);
    assert_int_equal(ledger_add_stored(&l, "SH002", "CAB01/BMS", "soh"), ESS_OK);
    assert_int_equal(l.count, 1); /* known, another unit, another group */
    assert_int_equal(ledger_add_stored(&l, "SH001", "CAB01/BMS", "soh"), ESS_OK);
    assert_int_equal(l.count, 2);
    assert_non_null(l.points[1].model);
    add_rows(&samples, rows, 1);
    audit_point_assemble(&l.points[1], l.connections);
    audit_align(&l.points[1], &samples, &t);
    assert_int_equal(t.wrong[AUDIT_ALTERED], 1);
    audit_samples_free(&samples);
    ledger_free(&l);
}

static void damaged_ledgers_are_refused_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t line;
    } cases[] = {
        {SOC(1, 1, 5) SOC(2, 1, 5), 1},
        {BEGIN "{\"k\":\"read\",\"at\":5,\"conn\":1,\"v\":{\"BMS/s\n" SOC(9, 1, 5), 2},
        {BEGIN "nonsense\n" SOC(9, 1, 5), 2},
        {BEGIN "{\"k\":\"read\",\"conn\":1,\"v\":{}}\n" SOC(9, 1, 5), 2},
        {BEGIN "{\"k\":\"read\",\"at\":5,\"v\":{}}\n" SOC(9, 1, 5), 2},
        {BEGIN SOC(1, 1, true) SOC(9, 1, 5), 2},
        {BEGIN "{\"k\":\"read\",\"at\":5,\"conn\":1,\"v\":{\"soc\":5}}\n" SOC(9, 1, 5), 2},
        {BEGIN CELLS(5, 1, "{\"part\":[1]}") SOC(9, 1, 5), 2},
        {BEGIN CELLS(5, 1, "{\"from\":0,\"part\":[]}") SOC(9, 1, 5), 2},
        {BEGIN CELLS(5, 1, "[]") SOC(9, 1, 5), 2},
        {BEGIN "{\"k\":\"begin\",\"at\":1}\n" SOC(9, 1, 5), 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ledger l = {0};
        ledger_problem problem = {0};
        ess_err err = ledger_read_text(&l, ess_slice_from(cases[i].text), &problem);
        assert_int_equal(err, ESS_E_DATA);
        assert_int_equal(problem.line, cases[i].line);
        assert_non_null(problem.what.zh);
        ledger_free(&l);
    }
}

static void examples_keep_the_worst(void **state)
{
    (void)state;
    char text[8192] = BEGIN;
    ledger l = {0};
    ledger_problem problem = {0};
    audit_samples samples = {0};
    audit_tally t = {.reader_killed = true};
    const row rows[] = {{10150, ONE(777)}};
    for (int i = 0; i < 30; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len,
                       "{\"k\":\"read\",\"at\":%d,\"conn\":1,\"v\":{\"BMS/soc\":%d}}\n",
                       10100 + i * 100, i);
    }
    assert_int_equal(ledger_read_text(&l, ess_slice_from(text), &problem), ESS_OK);
    add_rows(&samples, rows, 1);
    audit_point_assemble(&l.points[0], l.connections);
    audit_align(&l.points[0], &samples, &t);
    assert_int_equal(t.wrong[AUDIT_ALTERED], 1);
    assert_int_equal(t.wrong[AUDIT_LOST], 28);
    assert_int_equal(t.example_count, AUDIT_EXAMPLES_MAX);
    assert_int_equal(t.examples[0].kind, AUDIT_ALTERED);
    assert_true(t.examples[0].has_served && t.examples[0].has_stored);
    assert_int_equal(t.examples[0].stored.mantissa, 777);
    audit_samples_free(&samples);
    ledger_free(&l);
}

static void only_live_reports_count_for_the_delay(void **state)
{
    (void)state;
    audit_delays all = {0};
    static const struct {
        const char *sid;
        uint64_t n;
        int64_t ts, stored;
    } rows[] = {
        {"0000000100000000", 1, 1000, 9000}, /* backfilled: 2 was stored before it */
        {"0000000100000000", 2, 2000, 2010}, {"0000000100000000", 2, 2000, 2010},
        {"0000000100000000", 3, 3000, 3030}, {"0000000200000000", 1, 9500, 9520},
        {"not a sid", 1, 0, 99999},
    };
    assert_int_equal(audit_delays_percentile(&all, 50), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        audit_delay times = {.ts_utc_ms = rows[i].ts, .stored_utc_ms = rows[i].stored};
        assert_true(audit_delays_add(&all, "SH001", rows[i].sid, rows[i].n, times));
    }
    assert_true(audit_delays_cells(&all, "SH002", 260));
    assert_int_equal(all.count, 2);
    audit_delays_finish(&all);
    assert_int_equal(all.sorted_count, 3);
    assert_int_equal(audit_delays_percentile(&all, 0), 10);
    assert_int_equal(audit_delays_percentile(&all, 50), 20);
    assert_int_equal(audit_delays_percentile(&all, 100), 30);
    audit_delays_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_held_against_what_was_served),
        cmocka_unit_test(ledgers_of_one_cabinet_may_come_in_any_order),
        cmocka_unit_test(points_of_different_cabinets_are_kept_apart),
        cmocka_unit_test(a_slow_point_is_confirmed_by_faster_ones),
        cmocka_unit_test(what_was_stored_and_never_served_is_altered),
        cmocka_unit_test(damaged_ledgers_are_refused_with_the_line),
        cmocka_unit_test(examples_keep_the_worst),
        cmocka_unit_test(only_live_reports_count_for_the_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

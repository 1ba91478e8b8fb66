/* What a device remembers of commands: see ess/journal.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ess/journal.h"

enum { CAPACITY = 3, SPARE = 2 };
#define NOW  INT64_C(1763827200000)
#define EXP  (NOW + 30000)
#define KEEP ((int64_t)ESS_JOURNAL_KEEP_MS)

static ess_journal journal;
static ess_journal_entry room[CAPACITY + SPARE];

static int set_up(void **state)
{
    (void)state;
    memset(room, 0x5A, sizeof room); /* need not be cleared */
    ess_journal_init(&journal, room, CAPACITY, SPARE);
    return 0;
}

static ess_journal_record record(const char *code, ess_stage stage, uint64_t where)
{
    return (ess_journal_record){.code = ess_slice_from(code),
                                .stage = stage,
                                .result = 20,
                                .received_utc_ms = NOW,
                                .exp_utc_ms = EXP,
                                .where = where};
}

static ess_err put(const char *code, ess_stage stage, uint64_t where)
{
    ess_journal_record r = record(code, stage, where);
    return ess_journal_put(&journal, &r);
}

static ess_err restore(const char *code, ess_stage stage, uint64_t where)
{
    ess_journal_record r = record(code, stage, where);
    return ess_journal_restore(&journal, &r);
}

static ess_err refuse(const char *code)
{
    ess_journal_record r = record(code, ESS_STAGE_REJECTED, 0);
    return ess_journal_refuse(&journal, &r);
}

static const ess_journal_entry *find(const char *code)
{
    return ess_journal_find(&journal, ess_slice_from(code));
}

static void what_was_told_is_known(void **state)
{
    (void)state;
    assert_null(find("c1"));
    assert_int_equal(put("c1", ESS_STAGE_ACCEPTED, 5), ESS_OK);
    assert_int_equal(find("c1")->stage, ESS_STAGE_ACCEPTED);
    ess_journal_executing(&journal, ESS_SLICE_LITERAL("c1"));
    ess_journal_executing(&journal, ESS_SLICE_LITERAL("nobody"));
    assert_int_equal(find("c1")->stage, ESS_STAGE_EXECUTING);
    assert_int_equal(put("c1", ESS_STAGE_DONE, 7), ESS_OK);
    ess_journal_executing(&journal, ESS_SLICE_LITERAL("c1"));
    assert_int_equal(find("c1")->stage, ESS_STAGE_DONE); /* final is final */
    assert_int_equal(find("c1")->first, 5);
    assert_int_equal(find("c1")->last, 7);
    assert_int_equal(journal.count, 1);
    assert_null(find("c"));
}

static void codes_of_any_length_are_taken_and_longer_ones_refused(void **state)
{
    char code[ESS_CODE_MAX + 2];
    (void)state;
    memset(code, 'a', sizeof code);
    code[ESS_CODE_MAX + 1] = '\0';
    assert_int_equal(put(code, ESS_STAGE_ACCEPTED, 1), ESS_E_NO_ROOM);
    assert_int_equal(refuse(code), ESS_E_NO_ROOM);
    assert_int_equal(journal.count, 0);
    code[ESS_CODE_MAX] = '\0';
    assert_int_equal(put(code, ESS_STAGE_ACCEPTED, 1), ESS_OK);
    assert_non_null(find(code));
}

static void what_is_open_is_never_forgotten_and_what_ended_when_old(void **state)
{
    (void)state;
    assert_int_equal(put("c1", ESS_STAGE_ACCEPTED, 1), ESS_OK);
    assert_int_equal(put("c2", ESS_STAGE_ACCEPTED, 2), ESS_OK);
    assert_int_equal(put("c3", ESS_STAGE_ACCEPTED, 3), ESS_OK);
    assert_int_equal(put("c4", ESS_STAGE_ACCEPTED, 4), ESS_E_NO_ROOM);
    assert_false(ess_journal_has_room(&journal, INT64_MAX));
    assert_int_equal(put("c2", ESS_STAGE_DONE, 4), ESS_OK); /* a known code needs no place */
    assert_true(ess_journal_takes(&journal, ESS_SLICE_LITERAL("c1")));
    assert_false(ess_journal_takes(&journal, ESS_SLICE_LITERAL("c4")));
    assert_false(ess_journal_has_room(&journal, EXP + KEEP));
    assert_true(ess_journal_has_room(&journal, EXP + KEEP + 1));
    assert_null(find("c2"));
    assert_non_null(find("c1"));
    assert_non_null(find("c3"));
    assert_true(ess_journal_takes(&journal, ESS_SLICE_LITERAL("c4")));
}

static void room_that_is_there_forgets_nothing(void **state)
{
    (void)state;
    assert_int_equal(put("c1", ESS_STAGE_DONE, 1), ESS_OK);
    assert_true(ess_journal_has_room(&journal, INT64_MAX));
    assert_non_null(find("c1"));
}

static void keeping_counts_from_the_later_of_arrival_and_expiry(void **state)
{
    ess_journal_record late = record("c1", ESS_STAGE_EXPIRED, 1);
    (void)state;
    late.received_utc_ms = EXP + 5000;
    assert_int_equal(ess_journal_put(&journal, &late), ESS_OK);
    assert_int_equal(find("c1")->keep_utc_ms, EXP + 5000 + KEEP);
    late.received_utc_ms = 12; /* a clock that was not set */
    assert_int_equal(ess_journal_put(&journal, &late), ESS_OK);
    assert_int_equal(find("c1")->keep_utc_ms, EXP + KEEP);
}

static void refusals_in_memory_take_the_spare_places_alone(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= CAPACITY; i++)
        assert_int_equal(put((char[]){(char)('0' + i), '\0'}, ESS_STAGE_ACCEPTED, i), ESS_OK);
    assert_int_equal(refuse("r1"), ESS_OK);
    assert_int_equal(refuse("r2"), ESS_OK);
    assert_int_equal(refuse("r3"), ESS_E_NO_ROOM);
    assert_int_equal(find("r2")->result, 20);
    assert_int_equal(find("r2")->stage, ESS_STAGE_REJECTED);
    assert_int_equal(find("r2")->last, 0); /* no record */
    assert_int_equal(ess_journal_first_kept(&journal, 9), 1);
    assert_false(ess_journal_takes(&journal, ESS_SLICE_LITERAL("c9")));
}

static void records_are_kept_from_the_oldest_that_is_remembered_on(void **state)
{
    (void)state;
    assert_int_equal(ess_journal_first_kept(&journal, 4), 4);
    assert_int_equal(refuse("r1"), ESS_OK);
    assert_int_equal(ess_journal_first_kept(&journal, 4), 4); /* it holds none back */
    assert_int_equal(put("c1", ESS_STAGE_ACCEPTED, 6), ESS_OK);
    assert_int_equal(put("c2", ESS_STAGE_ACCEPTED, 7), ESS_OK);
    assert_int_equal(put("c1", ESS_STAGE_DONE, 8), ESS_OK);
    assert_int_equal(ess_journal_first_kept(&journal, 9), 6);
}

/* The log may hold more codes than there is room for: then those were forgotten before. */
static void a_start_forgets_the_oldest_that_ended_whatever_the_clock_says(void **state)
{
    (void)state;
    assert_int_equal(restore("c1", ESS_STAGE_ACCEPTED, 1), ESS_OK);
    assert_int_equal(restore("c2", ESS_STAGE_REJECTED, 2), ESS_OK);
    assert_int_equal(restore("c3", ESS_STAGE_ACCEPTED, 3), ESS_OK);
    assert_int_equal(restore("c4", ESS_STAGE_ACCEPTED, 4), ESS_OK);
    assert_null(find("c2"));
    assert_non_null(find("c1"));
    assert_int_equal(restore("c5", ESS_STAGE_ACCEPTED, 5), ESS_E_NO_ROOM);
    assert_int_equal(restore("c3", ESS_STAGE_DONE, 6), ESS_OK);
    assert_int_equal(restore("c5", ESS_STAGE_ACCEPTED, 7), ESS_OK);
    assert_null(find("c3"));
}

/* Answering one may make room, and move the others. */
static void open_intents_are_all_found_though_others_go_meanwhile(void **state)
{
    const ess_journal_entry *entry;
    (void)state;
    assert_int_equal(put("c1", ESS_STAGE_DONE, 1), ESS_OK);
    assert_int_equal(put("c2", ESS_STAGE_ACCEPTED, 2), ESS_OK);
    assert_int_equal(put("c3", ESS_STAGE_ACCEPTED, 3), ESS_OK);
    entry = ess_journal_next_open(&journal, 0);
    assert_string_equal(entry->code, "c2");
    assert_true(ess_journal_has_room(&journal, INT64_MAX)); /* c1 goes */
    entry = ess_journal_next_open(&journal, 2);
    assert_string_equal(entry->code, "c3");
    assert_null(ess_journal_next_open(&journal, 3));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_told_is_known),
        TEST(codes_of_any_length_are_taken_and_longer_ones_refused),
        TEST(what_is_open_is_never_forgotten_and_what_ended_when_old),
        TEST(room_that_is_there_forgets_nothing),
        TEST(keeping_counts_from_the_later_of_arrival_and_expiry),
        TEST(refusals_in_memory_take_the_spare_places_alone),
        TEST(records_are_kept_from_the_oldest_that_is_remembered_on),
        TEST(a_start_forgets_the_oldest_that_ended_whatever_the_clock_says),
        TEST(open_intents_are_all_found_though_others_go_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A command runs once, whatever is repeated, restarted or torn. */
#include "agent_test.h"

#include <fcntl.h>

#include "agent/journal.h"

#define NOW INT64_C(1700000000000)

static char scratch[64];
static char room[AGENT_RECORD_MAX];

static int set_up(void **state)
{
    (void)state;
    make_scratch(scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_scratch(scratch, 1);
    return 0;
}

static ess_err try_open(size_t capacity, agent_journal **out)
{
    journal_options options = {.directory = scratch, .key = &TEST_KEY, .capacity = capacity};
    return journal_open(&options, out);
}

static agent_journal *open_with(size_t capacity)
{
    agent_journal *journal = NULL;
    assert_int_equal(try_open(capacity, &journal), ESS_OK);
    return journal;
}

static ess_err intend(agent_journal *journal, const char *code)
{
    journal_intent intent = {.code = ess_slice_from(code),
                             .path = ESS_SLICE_LITERAL("CAB01/PCS"),
                             .op = ESS_SLICE_LITERAL("power.set"),
                             .args = ESS_SLICE_LITERAL("{\"p\":60,\"rvt\":900}"),
                             .received_utc_ms = NOW,
                             .exp_utc_ms = NOW + 30000};
    return journal_intend(journal, &intent);
}

static ess_err conclude(agent_journal *journal, const char *code, ess_stage stage, int result,
                        const journal_lease *lease)
{
    journal_outcome outcome = {.ack = {.code = ess_slice_from(code),
                                       .stage = stage,
                                       .result = result,
                                       .read_back = ESS_SLICE_LITERAL("{\"pSetEcho\":60}"),
                                       .why = ESS_SLICE_LITERAL("because")},
                               .received_utc_ms = NOW,
                               .exp_utc_ms = NOW + 30000,
                               .lease = lease};
    return journal_conclude(journal, &outcome);
}

static ess_ack stored_ack(agent_journal *journal, const char *code)
{
    const ess_journal_entry *entry = journal_find(journal, ess_slice_from(code));
    ess_ack ack;
    assert_non_null(entry);
    assert_int_equal(journal_ack(journal, entry, room, &ack), ESS_OK);
    assert_true(ess_slice_is(ack.code, code));
    return ack;
}

static void journal_gives_the_last_answer_again(void **state)
{
    agent_journal *journal = open_with(0);
    (void)state;
    assert_null(journal_find(journal, ESS_SLICE_LITERAL("c1")));
    assert_int_equal(intend(journal, "c1"), ESS_OK);
    assert_int_equal(stored_ack(journal, "c1").stage, ESS_STAGE_ACCEPTED);
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_DONE, 0, NULL), ESS_OK);
    assert_int_equal(conclude(journal, "c2", ESS_STAGE_EXPIRED, 10, NULL), ESS_OK);
    for (int life = 0; life < 2; life++) { /* before and after a restart */
        ess_ack ack = stored_ack(journal, "c1");
        assert_int_equal(ack.stage, ESS_STAGE_DONE);
        assert_true(ess_slice_is(ack.read_back, "{\"pSetEcho\":60}"));
        assert_true(ess_slice_is(ack.why, "because"));
        ack = stored_ack(journal, "c2");
        assert_int_equal(ack.stage, ESS_STAGE_EXPIRED);
        assert_int_equal(ack.result, 10);
        journal_close(journal);
        journal = open_with(0);
    }
    journal_close(journal);
}

static void journal_finds_intents_without_an_outcome(void **state)
{
    agent_journal *journal = open_with(0);
    journal_intent intent;
    uint64_t after = 0;
    (void)state;
    assert_int_equal(intend(journal, "c1"), ESS_OK);
    assert_int_equal(intend(journal, "c2"), ESS_OK);
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_DONE, 0, NULL), ESS_OK);
    journal_close(journal);
    journal = open_with(0);
    assert_int_equal(journal_next_open(journal, &after, room, &intent), ESS_OK);
    assert_true(ess_slice_is(intent.code, "c2"));
    assert_true(ess_slice_is(intent.path, "CAB01/PCS"));
    assert_true(ess_slice_is(intent.op, "power.set"));
    assert_true(ess_slice_is(intent.args, "{\"p\":60,\"rvt\":900}"));
    assert_int_equal(intent.received_utc_ms, NOW);
    assert_int_equal(journal_next_open(journal, &after, room, &intent), ESS_E_NOT_FOUND);
    journal_close(journal);
}

static void journal_refuses_new_commands_when_it_may_not_forget(void **state)
{
    agent_journal *journal = open_with(3);
    int64_t later = NOW + 30000 + ESS_JOURNAL_KEEP_MS;
    (void)state;
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_REJECTED, 4, NULL), ESS_OK);
    assert_int_equal(conclude(journal, "c2", ESS_STAGE_DONE, 0, NULL), ESS_OK);
    assert_int_equal(intend(journal, "c3"), ESS_OK);
    assert_false(journal_has_room(journal, NOW));
    assert_int_equal(intend(journal, "c4"), ESS_E_NO_ROOM);
    assert_int_equal(conclude(journal, "c4", ESS_STAGE_REJECTED, 20, NULL), ESS_E_NO_ROOM);
    assert_false(journal_has_room(journal, later)); /* a day behind exp, to the millisecond */
    assert_true(journal_has_room(journal, later + 1));
    assert_null(journal_find(journal, ESS_SLICE_LITERAL("c1")));
    assert_non_null(journal_find(journal, ESS_SLICE_LITERAL("c3"))); /* open: never forgotten */
    assert_int_equal(conclude(journal, "c3", ESS_STAGE_UNKNOWN, 99, NULL), ESS_OK);
    journal_close(journal);
    journal = open_with(3);
    assert_true(journal_has_room(journal, later + 1));
    journal_close(journal);
}

static void journal_forgets_nothing_for_a_clock_that_jumps_ahead(void **state)
{
    agent_journal *journal = open_with(8);
    (void)state;
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_DONE, 0, NULL), ESS_OK);
    assert_true(journal_has_room(journal, NOW + 100 * (int64_t)ESS_JOURNAL_KEEP_MS));
    assert_non_null(journal_find(journal, ESS_SLICE_LITERAL("c1"))); /* or it would run again */
    journal_close(journal);
}

static void journal_opens_again_whatever_the_clock_says(void **state)
{
    agent_journal *journal = open_with(3);
    char code[] = "a0";
    (void)state;
    for (; code[1] <= '9'; code[1]++) { /* more than it holds: the oldest are forgotten */
        assert_true(journal_has_room(journal, NOW + 2 * (int64_t)ESS_JOURNAL_KEEP_MS));
        assert_int_equal(intend(journal, code), ESS_OK);
        assert_int_equal(conclude(journal, code, ESS_STAGE_DONE, 0, NULL), ESS_OK);
    }
    journal_close(journal);
    journal = open_with(3); /* all of them are still in the log */
    assert_null(journal_find(journal, ESS_SLICE_LITERAL("a6")));
    for (code[1] = '7'; code[1] <= '9'; code[1]++)
        assert_int_equal(stored_ack(journal, code).stage, ESS_STAGE_DONE);
    journal_close(journal);
}

static void journal_remembers_a_refusal_that_the_disk_does_not_take(void **state)
{
    agent_journal *journal = open_with(1);
    journal_outcome refusal = {.ack = {.code = ESS_SLICE_LITERAL("c2"),
                                       .stage = ESS_STAGE_REJECTED,
                                       .result = 20,
                                       .why = ESS_SLICE_LITERAL("because")},
                               .received_utc_ms = NOW,
                               .exp_utc_ms = NOW + 30000};
    ess_err err = ESS_OK;
    (void)state;
    assert_int_equal(intend(journal, "c1"), ESS_OK);
    assert_int_equal(journal_conclude(journal, &refusal), ESS_E_NO_ROOM);
    assert_int_equal(journal_refuse(journal, &refusal), ESS_OK);
    assert_int_equal(stored_ack(journal, "c2").stage, ESS_STAGE_REJECTED);
    assert_int_equal(stored_ack(journal, "c2").result, 20);
    assert_int_equal(intend(journal, "c3"), ESS_E_NO_ROOM);
    for (int i = 0; i < 1000 && err == ESS_OK; i++) /* bounded */
        err = journal_refuse(journal, &refusal);
    assert_int_equal(err, ESS_E_NO_ROOM);
    journal_close(journal);
}

static void journal_keeps_leases_until_they_end(void **state)
{
    agent_journal *journal = open_with(0);
    journal_lease lease = {
        .in_force = true, .lasts_ms = 900000, .until_utc_ms = NOW + 900000, .path = "CAB01/PCS", .code = "c1"};
    const journal_lease *leases;
    size_t count;
    (void)state;
    assert_int_equal(intend(journal, "c1"), ESS_OK);
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_DONE, 0, &lease), ESS_OK);
    lease.until_utc_ms += 5;
    (void)snprintf(lease.code, sizeof lease.code, "c2");
    assert_int_equal(conclude(journal, "c2", ESS_STAGE_DONE, 0, &lease), ESS_OK);
    journal_close(journal);
    journal = open_with(0);
    leases = journal_leases(journal, &count);
    assert_int_equal(count, 1); /* one a path, the latest */
    assert_string_equal(leases[0].code, "c2");
    assert_int_equal(leases[0].until_utc_ms, NOW + 900005);
    assert_int_equal(leases[0].lasts_ms, 900000);
    lease.in_force = false;
    assert_int_equal(journal_lease_put(journal, &lease), ESS_OK);
    journal_close(journal);
    journal = open_with(0);
    (void)journal_leases(journal, &count);
    assert_int_equal(count, 0);
    journal_close(journal);
}

static void journal_survives_a_torn_tail(void **state)
{
    agent_journal *journal = open_with(0);
    char path[512];
    struct stat info;
    (void)state;
    assert_int_equal(intend(journal, "c1"), ESS_OK);
    assert_int_equal(conclude(journal, "c1", ESS_STAGE_DONE, 0, NULL), ESS_OK);
    journal_close(journal);
    (void)snprintf(path, sizeof path, "%s/0000000000000001.log", scratch);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 3), 0);
    journal = open_with(0);
    /* The outcome is gone, the intent is not: of unknown effect, never run again. */
    assert_int_equal(stored_ack(journal, "c1").stage, ESS_STAGE_ACCEPTED);
    journal_close(journal);
}

static void journal_refuses_to_open_when_damaged(void **state)
{
    agent_journal *journal = open_with(0);
    char path[512], byte = 0;
    int fd;
    (void)state;
    for (char code[] = "c1"; code[1] <= '9'; code[1]++)
        assert_int_equal(intend(journal, code), ESS_OK);
    journal_close(journal);
    (void)snprintf(path, sizeof path, "%s/0000000000000001.log", scratch);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &byte, 1, 300), 1);
    (void)close(fd);
    assert_int_equal(try_open(0, &journal), ESS_E_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(journal_gives_the_last_answer_again),
        TEST(journal_finds_intents_without_an_outcome),
        TEST(journal_refuses_new_commands_when_it_may_not_forget),
        TEST(journal_forgets_nothing_for_a_clock_that_jumps_ahead),
        TEST(journal_opens_again_whatever_the_clock_says),
        TEST(journal_remembers_a_refusal_that_the_disk_does_not_take),
        TEST(journal_keeps_leases_until_they_end),
        TEST(journal_survives_a_torn_tail),
        TEST(journal_refuses_to_open_when_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When what is read: time is an argument. */
#include "agent_test.h"

#include "agent/poll.h"

static const poll_periods PERIODS = {1000, 5000, 60000, 10000, 60000};

/* Runs the scan to its end; returns how many reads it took, 0 when nothing was due. */
static size_t scan(agent_poll *poll, int64_t now_mono_ms, uint8_t slow)
{
    south_job job;
    size_t reads = 0;
    if (!poll_begin(poll, now_mono_ms, slow))
        return 0;
    while (poll_job(poll, &job)) {
        assert_int_equal(job.action, SOUTH_READ);
        assert_in_range(job.count, 1, SOUTH_READ_MAX);
        poll_answered(poll);
        reads++;
    }
    poll_end(poll);
    return reads;
}

static void poll_reads_each_class_when_it_is_due(void **state)
{
    south_table table = small_table();
    agent_poll poll;
    (void)state;
    assert_int_equal(poll_init(&poll, &table, &PERIODS, 0), ESS_OK);
    /* All: 100..131 joined over gaps but for 113..120 and 121..130 (more than 8), cells in 3. */
    assert_int_equal(scan(&poll, 0, 0), 4);
    assert_true(poll.has_params);
    assert_int_equal(poll_wake(&poll), 1000);
    assert_int_equal(scan(&poll, 999, 0), 0);
    assert_int_equal(scan(&poll, 1000, 0), 2); /* F and E: 100..113, 131 */
    assert_false(poll.has_params);
    assert_int_equal(scan(&poll, 10000, 0), 5); /* F E N C: 100..113, 130..131, cells */
    south_table_free(&table);
}

static void poll_keeps_its_raster_when_a_scan_is_late(void **state)
{
    south_table table = small_table();
    agent_poll poll;
    (void)state;
    assert_int_equal(poll_init(&poll, &table, &PERIODS, 0), ESS_OK);
    (void)scan(&poll, 0, 0);
    (void)scan(&poll, 2700, 0);
    assert_int_equal(poll_wake(&poll), 3000); /* what was missed is not made up for */
    south_table_free(&table);
}

static void poll_thins_out_when_the_cloud_asks(void **state)
{
    south_table table = small_table();
    agent_poll poll;
    (void)state;
    assert_int_equal(poll_init(&poll, &table, &PERIODS, 0), ESS_OK);
    (void)scan(&poll, 0, 1);
    assert_int_equal(poll.groups[0].due_mono_ms, 1000);  /* F E: never */
    assert_int_equal(poll.groups[1].due_mono_ms, 10000); /* N: half as often */
    assert_int_equal(poll.groups[4].due_mono_ms, 60000); /* parameters: never */
    south_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poll_reads_each_class_when_it_is_due),
        cmocka_unit_test(poll_keeps_its_raster_when_a_scan_is_late),
        cmocka_unit_test(poll_thins_out_when_the_cloud_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

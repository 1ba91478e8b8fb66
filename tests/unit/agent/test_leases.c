/* Set-points are leases: they end, whatever became of the agent, its disk and its equipment. */
#include "cabinet_site.h"

static void let_leases_run_out(void)
{
    for (size_t i = 0; i < cabinet()->object_count; i++)
        cabinet()->minded[i].lease.due_mono_ms = 0;
    device_step(cabinet());
}

static void lease_lasts_as_long_as_it_says_to_the_millisecond(void **state)
{
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900.5}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_non_null(lease_in_force());
    assert_int_equal(lease_in_force()->lasts_ms, 900500);
}

/* A restart finds what was perhaps written, perhaps half of it: that too must end. */
static void set_point_that_is_not_proved_after_a_restart_ends_as_well(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_deaf = true; /* the echo is late */
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(something_is_written, NULL);
    close_agent();
    site.is_deaf = false;
    open_agent();
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    let_leases_run_out();
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
}

static bool no_order_runs(const void *context)
{
    (void)context;
    return cabinet()->running == NULL;
}

static bool set_point_is_back(const void *context)
{
    (void)context;
    return site.holding[P_SET] == 0;
}

static void set_point_is_taken_back_also_when_the_disk_takes_nothing(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_deaf = true; /* so that it is still being read back */
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(something_is_written, NULL);
    fill_disk(true);
    cabinet()->running->confirm_ms = 0; /* waits for nothing longer than it must */
    run_until(no_order_runs, NULL);
    assert_false(settled("c1")); /* not durable, so not said */
    let_leases_run_out();
    run_until(set_point_is_back, NULL);
    cabinet()->running->confirm_ms = 0;
    run_until(no_order_runs, NULL);
    fill_disk(false);
    site.is_deaf = false;
    run_until(settled, "c1");
    assert_int_equal(outcome("c1").stage, ESS_STAGE_FAILED);
    let_leases_run_out();
    run_until(lease_is_over, NULL);
}

static void lease_that_ran_out_while_the_agent_was_down_is_ended_at_once(void **state)
{
    journal_lease past = {.in_force = true, .path = "CAB01/PCS", .code = "c1"};
    (void)state;
    past.lasts_ms = 900000;
    past.until_utc_ms = port_utc_ms() - 1;
    assert_int_equal(journal_lease_put(site.agent->journal, &past), ESS_OK);
    site.holding[P_SET] = site.holding[101] = 600;
    close_agent();
    open_agent();
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
    assert_int_equal(count_reports(ESS_EVENT, "CAB01/PCS", "lease-ended"), 1);
    close_agent();
    site.write_count = 0;
    open_agent();
    run_until(scanned, cabinet());
    assert_int_equal(site.write_count, 0);
}

static void lease_is_ended_again_until_the_device_shows_it(void **state)
{
    ess_order_object *object = NULL;
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    for (size_t i = 0; i < cabinet()->object_count; i++) {
        if (cabinet()->minded[i].lease.in_force)
            object = &cabinet()->minded[i];
    }
    assert_non_null(object);
    site.write_count = 0;
    south_server_free(site.server); /* the device is away when the lease runs out */
    object->lease.due_mono_ms = 0;
    device_step(cabinet());
    while (object->lease.due_mono_ms == 0)
        assert_int_equal(port_loop_once(site.agent->loop, 100), ESS_OK);
    assert_true(object->lease.in_force);
    plug_in();
    close_agent();
    open_agent(); /* the port is another; and a restart in between is no help to anybody */
    let_leases_run_out();
    run_until(something_is_written, NULL);
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lease_lasts_as_long_as_it_says_to_the_millisecond),
        TEST(set_point_that_is_not_proved_after_a_restart_ends_as_well),
        TEST(set_point_is_taken_back_also_when_the_disk_takes_nothing),
        TEST(lease_that_ran_out_while_the_agent_was_down_is_ended_at_once),
        TEST(lease_is_ended_again_until_the_device_shows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

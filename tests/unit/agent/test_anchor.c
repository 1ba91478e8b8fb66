/* Stamps of an unset clock find their true time as long as the machine has not been started anew;
 * of what is beyond that nothing is made up. */
#include "agent_test.h"

#include "agent/anchor.h"
#include "port/file.h"

#define BOOT "6cf39b0a-8a52-4b1b-8a6a-3f2f0a3f1c11"

static char scratch[64], path[128];

static int set_up(void **state)
{
    (void)state;
    make_scratch(scratch);
    (void)snprintf(path, sizeof path, "%s/clock", scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_scratch(scratch, 1);
    return 0;
}

static void write_file(const char *text)
{
    assert_int_equal(port_write_atomic(NULL, path, ess_slice_from(text), 0600), ESS_OK);
}

/* Its base, by a stamp of 0; INT64_MIN: it is not known. */
static int64_t base_of(const agent_anchor *anchor, uint64_t sid)
{
    ess_now now = {INT64_C(1763827200000), 0, true};
    int64_t stamp = ess_clock_stamp(&anchor->clock, sid, 0, now);
    return stamp == 0 ? INT64_MIN : now.utc_ms - stamp;
}

static void a_life_is_found_again_by_later_ones_of_the_same_start(void **state)
{
    agent_anchor anchor;
    (void)state;
    anchor_open(path, BOOT, &anchor); /* no file yet */
    assert_int_equal(anchor.clock.count, 0);
    assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){7, -4000}), ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){8, 123456789}), ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.clock.count, 2);
    assert_int_equal(base_of(&anchor, 7), -4000);
    assert_int_equal(base_of(&anchor, 8), 123456789);
    assert_int_equal(base_of(&anchor, 9), INT64_MIN);
}

static void another_start_of_the_machine_knows_nothing(void **state)
{
    agent_anchor anchor;
    (void)state;
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){7, 1}), ESS_OK);
    anchor_open(path, "another-start", &anchor);
    assert_int_equal(base_of(&anchor, 7), INT64_MIN);
    assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){8, 2}), ESS_OK);
    anchor_open(path, BOOT, &anchor); /* and its file is its own */
    assert_int_equal(anchor.clock.count, 0);
}

static void a_machine_whose_start_is_not_known_ties_its_own_life_alone(void **state)
{
    agent_anchor anchor;
    (void)state;
    anchor_open(path, "", &anchor);
    assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){7, 5}), ESS_E_NOT_FOUND);
    assert_int_not_equal(base_of(&anchor, 7), INT64_MIN);
    anchor_open(path, "", &anchor);
    assert_int_equal(anchor.clock.count, 0);
}

static void a_damaged_file_gives_nothing(void **state)
{
    static const char *const wrong[] = {
        "",     "\n",
        BOOT,   BOOT "\nxyz\n",
        BOOT "\n0000000000000007\n",
        BOOT "\n0000000000000007 \n",
        BOOT "\n000000000000000G 5\n",
        BOOT "\n0000000000000007 1.5\n",
        BOOT "\n0000000000000007 5\n0000000000000008 99999999999999999999\n"};
    agent_anchor anchor;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_file(wrong[i]);
        anchor_open(path, BOOT, &anchor);
        if (anchor.clock.count != 0)
            fail_msg("taken: %s", wrong[i]);
    }
    write_file(BOOT "\n0000000000000007 5\n00000000000"); /* a torn end: what stands before counts */
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.clock.count, 1);
}

static void the_oldest_life_gives_way(void **state)
{
    agent_anchor anchor;
    (void)state;
    anchor_open(path, BOOT, &anchor);
    for (uint64_t sid = 1; sid <= ESS_CLOCK_LIVES_MAX + 1; sid++)
        assert_int_equal(anchor_add(&anchor, path, (ess_clock_life){sid, -4000 + (int64_t)sid}),
                         ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.clock.count, ESS_CLOCK_LIVES_MAX);
    assert_int_equal(base_of(&anchor, 1), INT64_MIN);
    assert_int_not_equal(base_of(&anchor, ESS_CLOCK_LIVES_MAX + 1), INT64_MIN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_life_is_found_again_by_later_ones_of_the_same_start),
        TEST(another_start_of_the_machine_knows_nothing),
        TEST(a_machine_whose_start_is_not_known_ties_its_own_life_alone),
        TEST(a_damaged_file_gives_nothing),
        TEST(the_oldest_life_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

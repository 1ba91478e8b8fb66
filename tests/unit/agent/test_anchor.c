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

static void a_life_is_found_again_by_later_ones_of_the_same_start(void **state)
{
    agent_anchor anchor;
    int64_t base = 0;
    (void)state;
    anchor_open(path, BOOT, &anchor); /* no file yet */
    assert_int_equal(anchor.count, 0);
    assert_int_equal(anchor_add(&anchor, path, (anchor_life){7, -4000}), ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor_add(&anchor, path, (anchor_life){8, 123456789}), ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.count, 2);
    assert_true(anchor_base(&anchor, 7, &base) && base == -4000);
    assert_true(anchor_base(&anchor, 8, &base) && base == 123456789);
    assert_false(anchor_base(&anchor, 9, &base));
}

static void another_start_of_the_machine_knows_nothing(void **state)
{
    agent_anchor anchor;
    int64_t base;
    (void)state;
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor_add(&anchor, path, (anchor_life){7, 1}), ESS_OK);
    anchor_open(path, "another-start", &anchor);
    assert_false(anchor_base(&anchor, 7, &base));
    assert_int_equal(anchor_add(&anchor, path, (anchor_life){8, 2}), ESS_OK);
    anchor_open(path, BOOT, &anchor); /* and its file is its own */
    assert_int_equal(anchor.count, 0);
}

static void a_machine_whose_start_is_not_known_ties_its_own_life_alone(void **state)
{
    agent_anchor anchor;
    int64_t base;
    (void)state;
    anchor_open(path, "", &anchor);
    assert_int_equal(anchor_add(&anchor, path, (anchor_life){7, 5}), ESS_E_NOT_FOUND);
    assert_true(anchor_base(&anchor, 7, &base));
    anchor_open(path, "", &anchor);
    assert_int_equal(anchor.count, 0);
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
        if (anchor.count != 0)
            fail_msg("taken: %s", wrong[i]);
    }
    write_file(BOOT "\n0000000000000007 5\n00000000000"); /* a torn end: what stands before counts */
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.count, 1);
}

static void the_oldest_life_gives_way(void **state)
{
    agent_anchor anchor;
    int64_t base;
    (void)state;
    anchor_open(path, BOOT, &anchor);
    for (uint64_t sid = 1; sid <= ANCHOR_LIVES + 1; sid++)
        assert_int_equal(anchor_add(&anchor, path, (anchor_life){sid, INT64_MIN + (int64_t)sid}),
                         ESS_OK);
    anchor_open(path, BOOT, &anchor);
    assert_int_equal(anchor.count, ANCHOR_LIVES);
    assert_false(anchor_base(&anchor, 1, &base));
    assert_true(anchor_base(&anchor, ANCHOR_LIVES + 1, &base));
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

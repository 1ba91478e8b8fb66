/* Report by exception: what is worth a report, and what is not. */
#include "agent_test.h"

#include "agent/policy.h"

typedef struct fixture {
    south_table table;
    agent_policy policy;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->table = small_table();
    assert_int_equal(policy_init(&f->policy, &f->table), ESS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    policy_free(&f->policy);
    south_table_free(&f->table);
    free(f);
    return 0;
}

/* Reads one register; true when its point is to be reported, which is then done. */
static bool read_one(fixture *f, uint16_t address, uint16_t raw)
{
    policy_range range = policy_take(&f->policy, SOUTH_HOLDING, address, 1, &raw);
    bool wanted;
    assert_int_equal(range.end - range.first, 1);
    wanted = policy_wants(&f->policy, range.first);
    if (wanted)
        policy_reported(&f->policy, range.first);
    policy_settle(&f->policy, range);
    return wanted;
}

static void policy_compares_with_the_last_reported_value(void **state)
{
    fixture *f = *state;
    /* BMS/soc: dead band 0.1; PCS/p: 0.5; runState: any change */
    static const struct {
        uint16_t address, raw;
        bool wanted;
    } steps[] = {
        {130, 500, true},                     /* the first is always reported */
        {130, 500, false},                    /* unmoved */
        {130, 501, true},                     /* moved by the band */
        {100, 600, true},  {100, 602, false}, /* drifts within the band ... */
        {100, 604, false}, {100, 605, true},  /* ... and is caught against the last REPORTED */
        {100, 601, false}, {100, 600, true},  {103, 1, true}, {103, 1, false}, {103, 2, true},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_int_equal(read_one(f, steps[i].address, steps[i].raw), steps[i].wanted);
}

static void policy_reports_all_in_a_snapshot(void **state)
{
    fixture *f = *state;
    assert_true(read_one(f, 130, 500));
    policy_force_all(&f->policy);
    assert_true(read_one(f, 130, 500));
    assert_false(read_one(f, 130, 500));
    policy_forget(&f->policy);
    assert_true(read_one(f, 130, 500));
}

static void policy_never_wants_a_parameter(void **state)
{
    fixture *f = *state;
    ess_decimal value;
    assert_false(read_one(f, 120, 1250));
    assert_int_equal(
        policy_scalar(&f->policy, south_table_find(&f->table, "PCS", "pChMax"), &value), ESS_OK);
    assert_int_equal(ess_decimal_compare(value, ess_decimal_make(125, 0)), 0);
}

/* Reads part of the cell array; true when it is complete and worth a report. */
static bool read_cells(fixture *f, uint16_t from, uint16_t count, const uint16_t *cells)
{
    size_t cell_v = point_index(&f->table, "BMS/C1", "cellV");
    policy_range range =
        policy_take(&f->policy, SOUTH_HOLDING, (uint16_t)(200 + from), count, cells + from);
    bool wanted = policy_wants(&f->policy, cell_v);
    if (wanted)
        policy_reported(&f->policy, cell_v);
    policy_settle(&f->policy, range);
    return wanted;
}

static void policy_looks_at_an_array_when_its_last_part_has_come(void **state)
{
    fixture *f = *state;
    uint16_t cells[260];
    for (size_t i = 0; i < 260; i++)
        cells[i] = (uint16_t)(3300 + i);
    assert_false(read_cells(f, 0, 125, cells));
    assert_false(read_cells(f, 125, 125, cells));
    assert_true(read_cells(f, 250, 10, cells));
    cells[259] = (uint16_t)(cells[259] + 1); /* below the dead band of 2 mV */
    assert_false(read_cells(f, 0, 125, cells) || read_cells(f, 125, 125, cells) ||
                 read_cells(f, 250, 10, cells));
    cells[3] = (uint16_t)(cells[3] + 2); /* one element is enough */
    assert_false(read_cells(f, 0, 125, cells) || read_cells(f, 125, 125, cells));
    assert_true(read_cells(f, 250, 10, cells));
}

static void policy_does_not_join_parts_of_two_readings(void **state)
{
    fixture *f = *state;
    uint16_t cells[260] = {0};
    assert_false(read_cells(f, 0, 125, cells));
    policy_drop_parts(&f->policy); /* the scan was broken off here */
    assert_false(read_cells(f, 125, 125, cells));
    assert_false(read_cells(f, 250, 10, cells));
    assert_false(read_cells(f, 0, 125, cells));
    assert_false(read_cells(f, 250, 10, cells)); /* the middle is missing */
}

static void policy_writes_each_kind_of_value(void **state)
{
    fixture *f = *state;
    char text[128];
    ess_json_writer out;
    size_t len;
    (void)read_one(f, 130, 563);
    (void)read_one(f, 131, 1);
    (void)read_one(f, 101, (uint16_t)-305);
    ess_json_writer_init(&out, text, sizeof text);
    ess_json_array_begin(&out);
    policy_write(&f->policy, point_index(&f->table, "BMS", "soc"), &out);
    policy_write(&f->policy, point_index(&f->table, "BMS", "chForbid"), &out);
    policy_write(&f->policy, point_index(&f->table, "PCS", "pSetEcho"), &out);
    ess_json_array_end(&out);
    assert_int_equal(ess_json_finish(&out, &len), ESS_OK);
    text[len] = '\0';
    assert_string_equal(text, "[56.3,true,-30.5]");
}

static void policy_takes_whole_scalars_only(void **state)
{
    fixture *f = *state;
    uint16_t registers[3] = {10, 20, 30};
    policy_range range = policy_take(&f->policy, SOUTH_HOLDING, 102, 3, registers);
    assert_int_equal(range.end - range.first, 2); /* qSetEcho, runState; 104 is nobody's */
    range = policy_take(&f->policy, SOUTH_INPUT, 102, 3, registers);
    assert_int_equal(range.end - range.first, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(policy_compares_with_the_last_reported_value, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(policy_reports_all_in_a_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(policy_never_wants_a_parameter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(policy_looks_at_an_array_when_its_last_part_has_come,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(policy_does_not_join_parts_of_two_readings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(policy_writes_each_kind_of_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(policy_takes_whole_scalars_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

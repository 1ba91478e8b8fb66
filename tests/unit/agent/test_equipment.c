/* One order: written once, done only when read back. The bus is scripted. */
#include "agent_test.h"

#include "agent/equipment.h"

static south_table table;
static const char *why;

static int set_up(void **state)
{
    (void)state;
    table = small_table();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    south_table_free(&table);
    return 0;
}

static int plan(ess_execute *execute, const char *op, const char *args)
{
    equipment_place place = {&table, "PCS"};
    ess_equipment equipment = equipment_of(&place);
    const ess_model_command *command = ess_model_command_of(ess_slice_from(op));
    assert_non_null(command);
    return ess_execute_plan(execute, &equipment, command, ess_slice_from(args), &why);
}

static ess_slice args_of(const char *set)
{
    static char args[256];
    (void)snprintf(args, sizeof args, "{\"set\":%s,\"if_rev\":1}", set);
    return ess_slice_from(args);
}

static int plan_params(ess_execute *execute, const char *set)
{
    equipment_place place = {&table, "PCS"};
    ess_equipment equipment = equipment_of(&place);
    return ess_execute_plan(execute, &equipment,
                            ess_model_command_of(ESS_SLICE_LITERAL("param.set")), args_of(set),
                            &why);
}

/* A device: registers, and what becomes of a job. */
typedef struct fake_device {
    uint16_t registers[300];
    ess_err write_err, read_err;
    uint8_t exception;
    bool ignores_writes;
    size_t writes, reads;
} fake_device;

static south_answer answer_of(fake_device *device, const south_job *job)
{
    bool is_write = job->action == SOUTH_WRITE;
    south_answer answer = {.action = job->action,
                           .address = job->address,
                           .count = job->count,
                           .err = is_write ? device->write_err : device->read_err,
                           .exception = device->exception};
    *(is_write ? &device->writes : &device->reads) += 1;
    for (uint16_t i = 0; i < job->count; i++) {
        if (is_write && !device->ignores_writes && device->write_err != ESS_E_OFFLINE &&
            device->write_err != ESS_E_DATA)
            device->registers[job->address + i] = job->registers[i];
        if (!is_write)
            answer.registers[i] = device->registers[job->address + i];
    }
    if (is_write && !device->ignores_writes && answer.err == ESS_OK && job->address == 110)
        device->registers[101] = job->registers[0]; /* pSet shows in pSetEcho */
    return answer;
}

/* Runs to the end; returns when it ended. */
static int64_t carry_out(ess_execute *execute, fake_device *device, bool read_only)
{
    int64_t now = 1000;
    ess_execute_begin(execute, read_only, now);
    for (int steps = 0; execute->state != ESS_EXECUTE_ENDED; steps++) {
        ess_execute_job wanted;
        south_job job;
        assert_in_range(steps, 0, 10000);
        if (!ess_execute_next(execute, now, &wanted)) {
            assert_true(ess_execute_wake(execute) > now);
            now = ess_execute_wake(execute);
            continue;
        }
        now += 2;
        equipment_job(&table, &wanted, &job);
        south_answer answer = answer_of(device, &job);
        ess_execute_answer said = equipment_answer(&table, &wanted, &answer);
        ess_execute_answered(execute, &said, now);
    }
    return now;
}

static void assert_outcome(const ess_execute *execute, ess_stage stage, int result)
{
    assert_int_equal(execute->result.stage, stage);
    assert_int_equal(execute->result.result, result);
}

static void assert_read_back(const ess_execute *execute, const char *expected)
{
    char text[256];
    ess_json_writer out;
    size_t len;
    ess_json_writer_init(&out, text, sizeof text);
    assert_true(ess_execute_print_read_back(execute, &out));
    assert_int_equal(ess_json_finish(&out, &len), ESS_OK);
    text[len] = '\0';
    assert_string_equal(text, expected);
}

static void execute_is_done_when_read_back(void **state)
{
    ess_execute execute;
    fake_device device = {0};
    (void)state;
    assert_int_equal(plan(&execute, "power.set", "{\"p\":-60.5,\"rvt\":9}"), ESS_MODEL_OK);
    (void)carry_out(&execute, &device, false);
    assert_outcome(&execute, ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_read_back(&execute, "{\"pSetEcho\":-60.5}");
    assert_int_equal(device.registers[110], (uint16_t)-605);
    assert_int_equal(device.writes, 1); /* q was not given and is left alone */
    assert_int_equal(device.reads, 1);
}

static void execute_fails_when_the_effect_does_not_show(void **state)
{
    ess_execute execute;
    fake_device device = {.ignores_writes = true};
    (void)state;
    assert_int_equal(plan(&execute, "power.set", "{\"p\":60,\"rvt\":9}"), ESS_MODEL_OK);
    assert_true(carry_out(&execute, &device, false) >= 1000 + execute.confirm_ms);
    assert_outcome(&execute, ESS_STAGE_FAILED, ESS_MODEL_READ_BACK_MISMATCH);
    assert_read_back(&execute, "{\"pSetEcho\":0}");
    assert_int_equal(device.writes, 1);
    assert_true(execute.result.touched);
}

static void execute_never_writes_twice_when_the_answer_is_lost(void **state)
{
    ess_execute execute;
    fake_device device = {.write_err = ESS_E_TIMEOUT};
    (void)state;
    assert_int_equal(plan(&execute, "start", "{}"), ESS_MODEL_OK);
    device.registers[103] = 2; /* and yet it took effect */
    (void)carry_out(&execute, &device, false);
    assert_outcome(&execute, ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(device.writes, 1);

    device = (fake_device){.write_err = ESS_E_TIMEOUT};
    assert_int_equal(plan(&execute, "start", "{}"), ESS_MODEL_OK);
    device.registers[103] = 1;
    (void)carry_out(&execute, &device, false);
    assert_outcome(&execute, ESS_STAGE_FAILED, ESS_MODEL_SOUTH_TIMEOUT);
    assert_int_equal(device.writes, 1);
    assert_true(execute.result.touched);
}

static void execute_tells_why_the_device_did_not_take_it(void **state)
{
    static const struct {
        ess_err write_err, read_err;
        uint8_t exception;
        int result;
        bool touched;
    } rows[] = {
        {ESS_E_OFFLINE, ESS_E_OFFLINE, 0, ESS_MODEL_DEVICE_OFFLINE, false},
        {ESS_OK, ESS_E_OFFLINE, 0, ESS_MODEL_DEVICE_OFFLINE, true},
        {ESS_OK, ESS_E_TIMEOUT, 0, ESS_MODEL_SOUTH_TIMEOUT, true},
        {ESS_E_DATA, ESS_OK, 1, ESS_MODEL_NOT_SUPPORTED, false},
        {ESS_E_DATA, ESS_OK, 2, ESS_MODEL_NOT_SUPPORTED, false},
        {ESS_E_DATA, ESS_OK, 3, ESS_MODEL_OUT_OF_LIMITS, false},
        {ESS_E_DATA, ESS_OK, 4, ESS_MODEL_INTERLOCK, false},
        {ESS_E_DATA, ESS_OK, 6, ESS_MODEL_BUSY, false},
        {ESS_E_DATA, ESS_OK, 99, ESS_MODEL_INTERNAL, false},
        {ESS_E_DATA, ESS_OK, 11, ESS_MODEL_SOUTH_TIMEOUT, true}, /* a gateway lost the answer */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ess_execute execute;
        fake_device device = {.write_err = rows[i].write_err,
                              .read_err = rows[i].read_err,
                              .exception = rows[i].exception,
                              .ignores_writes = true};
        assert_int_equal(plan(&execute, "power.set", "{\"p\":60,\"rvt\":9}"), ESS_MODEL_OK);
        (void)carry_out(&execute, &device, false);
        assert_outcome(&execute, ESS_STAGE_FAILED, rows[i].result);
        assert_int_equal(execute.result.touched, rows[i].touched);
        assert_int_equal(device.writes, 1);
    }
}

static void execute_only_reads_after_a_restart(void **state)
{
    ess_execute execute;
    ess_json_writer out;
    char text[16];
    fake_device device = {0};
    (void)state;
    assert_int_equal(plan(&execute, "power.set", "{\"p\":60,\"rvt\":9}"), ESS_MODEL_OK);
    device.registers[101] = 600;
    (void)carry_out(&execute, &device, true);
    assert_outcome(&execute, ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    assert_read_back(&execute, "{\"pSetEcho\":60}");
    assert_true(execute.result.matches);
    assert_int_equal(device.writes, 0);

    device = (fake_device){.read_err = ESS_E_OFFLINE};
    assert_int_equal(plan(&execute, "power.set", "{\"p\":60,\"rvt\":9}"), ESS_MODEL_OK);
    assert_true(carry_out(&execute, &device, true) >= 1000 + ESS_EXECUTE_PROBE_MS);
    assert_outcome(&execute, ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    ess_json_writer_init(&out, text, sizeof text);
    assert_false(ess_execute_print_read_back(&execute, &out));
    assert_int_equal(out.len, 0);
}

static void execute_takes_a_set_point_back(void **state)
{
    ess_execute execute;
    fake_device device = {0};
    equipment_place place = {&table, "PCS"};
    ess_equipment equipment = equipment_of(&place);
    (void)state;
    device.registers[101] = device.registers[110] = 600;
    device.registers[111] = 50;
    assert_int_equal(ess_execute_plan_revert(&execute, &equipment,
                                             ess_model_command_of(ESS_SLICE_LITERAL("power.set")),
                                             &why),
                     ESS_MODEL_OK);
    (void)carry_out(&execute, &device, false);
    assert_outcome(&execute, ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(device.registers[110], 0);
    assert_int_equal(device.registers[111], 0);
}

static void execute_reverts_what_can_be_written(void **state)
{
    ess_execute execute;
    equipment_place place = {&table, "PCS"};
    ess_equipment equipment = equipment_of(&place);
    (void)state;
    table.points[point_index(&table, "PCS", "qSet")].writable = false;
    assert_int_equal(ess_execute_plan_revert(&execute, &equipment,
                                             ess_model_command_of(ESS_SLICE_LITERAL("power.set")),
                                             &why),
                     ESS_MODEL_OK);
    assert_int_equal(execute.write_count, 1);
    assert_int_equal(execute.confirm_count, 1); /* qSetEcho is not ours to bring to 0 */
}

static void execute_refuses_what_it_cannot_write(void **state)
{
    static const struct {
        const char *op, *args; /* op NULL: args is the set of a param.set */
        int result;
    } rows[] = {
        {"power.set", "{\"p\":60.55,\"rvt\":9}", ESS_MODEL_BAD_VALUE}, /* finer than the register */
        {"power.set", "{\"p\":126,\"rvt\":9}", ESS_MODEL_OUT_OF_LIMITS},
        {"standby", "{}", ESS_MODEL_NOT_SUPPORTED}, /* an operation that writes no register */
        {NULL, "{}", ESS_MODEL_BAD_VALUE},
        {NULL, "[]", ESS_MODEL_BAD_SYNTAX},
        {NULL, "{\"nix\":1}", ESS_MODEL_BAD_VALUE},
        {NULL, "{\"pSet\":1}", ESS_MODEL_BAD_VALUE}, /* a point, no parameter */
        {NULL, "{\"pChMax\":\"1\"}", ESS_MODEL_BAD_VALUE},
        {NULL, "{\"pChMax\":[1]}", ESS_MODEL_BAD_VALUE},
        {NULL, "{\"pChMax\":126}", ESS_MODEL_OUT_OF_LIMITS},
        {NULL, "{\"pChMax\":1,\"pChMax\":2}", ESS_MODEL_BAD_VALUE},
        {NULL, "{\"pChMax\":100.5,\"pDisMax\":1}", ESS_MODEL_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ess_execute execute;
        int result = rows[i].op != NULL ? plan(&execute, rows[i].op, rows[i].args)
                                        : plan_params(&execute, rows[i].args);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(why[0] == '\0', result == ESS_MODEL_OK);
    }
}

static void execute_sets_each_parameter_and_reads_each_back(void **state)
{
    ess_execute execute;
    fake_device device = {0};
    (void)state;
    assert_int_equal(plan_params(&execute, "{\"pChMax\":100.5,\"pDisMax\":90}"), ESS_MODEL_OK);
    (void)carry_out(&execute, &device, false);
    assert_outcome(&execute, ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_read_back(&execute, "{\"pChMax\":100.5,\"pDisMax\":90}");
    assert_int_equal(device.writes, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(execute_is_done_when_read_back),
        TEST(execute_fails_when_the_effect_does_not_show),
        TEST(execute_never_writes_twice_when_the_answer_is_lost),
        TEST(execute_tells_why_the_device_did_not_take_it),
        TEST(execute_only_reads_after_a_restart),
        TEST(execute_takes_a_set_point_back),
        TEST(execute_reverts_what_can_be_written),
        TEST(execute_refuses_what_it_cannot_write),
        TEST(execute_sets_each_parameter_and_reads_each_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

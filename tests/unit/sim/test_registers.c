/* Registers, ledger, options and pace of the simulator. */
#include "sim/ledger.h"
#include "sim/options.h"
#include "sim/registers.h"
#include "sim/run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static south_table table;
static sim_registers registers;
static sim_cabinet cabinet;
static char problem[8192];

static int load(void **state)
{
    const south_point *unknown;

    (void)state;
    if (south_table_load(ESS_SOURCE_DIR "/packaging/points/cabinet-261.csv", false, &table,
                         problem, sizeof(problem)) != ESS_OK)
        return 1;
    sim_cabinet_init(&cabinet, 3, 55);
    if (sim_registers_bind(&registers, &table, &unknown) != ESS_OK)
        return 1;
    sim_registers_encode(&registers, &cabinet);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    south_table_free(&table);
    return 0;
}

/* The model knows more than one cabinet has; what this one serves may grow, not shrink. */
static void every_object_of_the_cabinet_is_served_whole(void **state)
{
    static const struct {
        const char *object;
        size_t points;
    } served[] = {{"BMS", 42},   {"BMS/C1", 23}, {"PCS", 38},
                  {"METER", 18}, {"TMS", 13},    {"FIRE", 7}};

    (void)state;
    for (size_t k = 0; k < sizeof(served) / sizeof(served[0]); k++) {
        size_t points = 0;
        for (size_t i = 0; i < table.count; i++)
            points += strcmp(table.points[i].object, served[k].object) == 0;
        assert_true(points >= served[k].points);
    }
}

static void every_value_served_is_within_the_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < table.count; i++) {
        const south_point *point = &table.points[i];
        ess_decimal value;

        for (size_t e = 0; e < point->count; e++) {
            assert_int_equal(south_decode(point, registers.holding + point->address, e, &value),
                             ESS_OK);
            assert_true(ess_decimal_compare(value, point->model->min) >= 0);
            assert_true(ess_decimal_compare(value, point->model->max) <= 0);
        }
    }
}

static uint16_t address_of(const char *object, const char *name)
{
    return south_table_find(&table, object, name)->address;
}

static void writes_are_judged_as_equipment_would(void **state)
{
    static const struct {
        const char *object, *name;
        uint16_t count;
        int16_t first, second;
        ess_err err;
    } cases[] = {
        {"PCS", "pSet", 1, 1250, 0, ESS_OK},
        {"PCS", "pSet", 1, -1250, 0, ESS_OK},
        {"PCS", "pSet", 2, 600, -100, ESS_OK},
        {"PCS", "pSet", 1, 1251, 0, ESS_E_NUMBER},
        {"PCS", "pSet", 1, -1251, 0, ESS_E_NUMBER},
        {"PCS", "pSet", 2, 600, 2000, ESS_E_NUMBER},
        {"PCS", "runCmd", 1, 2, 0, ESS_OK},
        {"PCS", "runCmd", 1, 3, 0, ESS_E_NUMBER},
        {"PCS", "ctrlMode", 2, 0, 0, ESS_E_NOT_FOUND}, /* the second register is no point */
        {"PCS", "p", 1, 5, 0, ESS_E_NOT_FOUND},        /* not writable */
        {"BMS", "socMax", 1, 900, 0, ESS_OK},
        {"BMS", "socMax", 1, 400, 0, ESS_E_NUMBER},
        {"BMS/C1", "cellV", 1, 1, 0, ESS_E_NOT_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint16_t values[2] = {(uint16_t)cases[i].first, (uint16_t)cases[i].second};
        sim_range range = {SOUTH_HOLDING, address_of(cases[i].object, cases[i].name),
                           cases[i].count};
        ess_err err = sim_registers_check_write(&registers, &cabinet, range, values);
        if (err != cases[i].err)
            fail_msg("case %zu: %d", i, (int)err);
    }
}

static void set_points_are_taken_in_remote_mode_only(void **state)
{
    sim_range p_set = {SOUTH_HOLDING, address_of("PCS", "pSet"), 1};
    sim_range mode = {SOUTH_HOLDING, address_of("PCS", "ctrlMode"), 1};
    const uint16_t values[] = {600}, zero[] = {0};

    (void)state;
    for (int32_t m = 0; m <= 3; m++) {
        cabinet.pcs.ctrl_mode = m;
        assert_int_equal(sim_registers_check_write(&registers, &cabinet, p_set, values),
                         m == 2 ? ESS_OK : ESS_E_STATE);
        assert_int_equal(sim_registers_check_write(&registers, &cabinet, mode, zero), ESS_OK);
    }
}

static void a_write_reaches_the_plant(void **state)
{
    sim_range range = {SOUTH_HOLDING, address_of("PCS", "pSet"), 3};
    const uint16_t values[] = {(uint16_t)-505, 20, 2};

    (void)state;
    assert_int_equal(sim_registers_check_write(&registers, &cabinet, range, values), ESS_OK);
    sim_registers_apply(&registers, &cabinet, range, values);
    assert_true(cabinet.pcs.p_set == -50.5);
    assert_true(cabinet.pcs.q_set == 2);
    assert_int_equal(cabinet.pcs.run_cmd, 2);
    sim_registers_encode(&registers, &cabinet);
    assert_memory_equal(registers.holding + range.address, values, sizeof(values));
}

static void reads_where_no_point_lies_are_refused(void **state)
{
    (void)state;
    assert_int_equal(sim_registers_check_read(&registers, (sim_range){SOUTH_HOLDING, 5, 20}),
                     ESS_E_NOT_FOUND);
    assert_int_equal(sim_registers_check_read(&registers, (sim_range){SOUTH_INPUT, 30000, 2}),
                     ESS_E_NOT_FOUND);
    assert_int_equal(sim_registers_check_read(&registers, (sim_range){SOUTH_HOLDING, 29990, 11}),
                     ESS_OK);
}

static void foreign_points_and_arrays_too_long_are_refused(void **state)
{
    static const char *const lines[] = {"BMS/C2/soc,1,u16,0.1,,N\n",
                                        "BMS/C1/cellV,1,u16[261],1,,C\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static sim_registers other;
        char text[128];
        south_source source = {.name = "t"};
        south_table small;
        const south_point *unknown = NULL;

        (void)snprintf(text, sizeof(text), "point,address,type,scale,order,class\n%s", lines[i]);
        source.text = ess_slice_from(text);
        assert_int_equal(south_table_parse(&source, &small, problem, sizeof(problem)), ESS_OK);
        assert_int_equal(sim_registers_bind(&other, &small, &unknown), ESS_E_NOT_FOUND);
        assert_ptr_equal(unknown, &small.points[0]);
        south_table_free(&small);
    }
}

/* --- ledger */

static char ledger_text[65536];

static const char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    int64_t len = read(fd, ledger_text, sizeof(ledger_text) - 1);

    assert_true(len >= 0);
    ledger_text[len] = '\0';
    (void)close(fd);
    return ledger_text;
}

static south_event served(uint16_t address, uint16_t count)
{
    return (south_event){.what = SOUTH_SERVED,
                         .connection = 1,
                         .sequence = 17,
                         .at_utc_ms = 1700000000123,
                         .area = SOUTH_HOLDING,
                         .address = address,
                         .count = count,
                         .registers = registers.holding + address};
}

static void ledger_tells_what_was_served(void **state)
{
    static const sim_identity identity = {"SH001", "CAB01", 7};
    char path[] = "/tmp/ess-ledger-XXXXXX";
    int fd = mkstemp(path);
    sim_ledger ledger;
    south_event event;
    const char *text;

    (void)state;
    assert_int_equal(write(fd, "{\"k\":\"re", 8), 8); /* torn by a sudden end */
    (void)close(fd);
    for (uint16_t i = 0; i < SIM_CELLS; i++)
        registers.holding[33000 + i] = (uint16_t)(3000 + i);
    registers.holding[address_of("METER", "impE") + 1] = 1;
    registers.holding[address_of("METER", "impE")] = 2;
    assert_int_equal(sim_ledger_open(&ledger, path, &table, &identity), ESS_OK);
    event = (south_event){.what = SOUTH_CONNECTED, .connection = 1, .at_utc_ms = 1};
    sim_ledger_event(&ledger, &event);
    event = served(address_of("PCS", "f"), 2);
    registers.holding[event.address] = 4998;
    registers.holding[event.address + 1] = (uint16_t)-5;
    sim_ledger_event(&ledger, &event);
    event = served(address_of("METER", "impE") + 1, 2); /* halves of two values */
    sim_ledger_event(&ledger, &event);
    event = served(33258, 2);
    sim_ledger_event(&ledger, &event);
    event = served(address_of("METER", "impE"), 2);
    event.what = SOUTH_WRITTEN;
    sim_ledger_event(&ledger, &event);
    event.what = SOUTH_BEFORE_READ; /* has no line */
    sim_ledger_event(&ledger, &event);
    assert_int_equal(sim_ledger_close(&ledger), ESS_OK);
    text = read_file(path);
    (void)unlink(path);
    assert_memory_equal(text, "{\"k\":\"re\n{\"k\":\"begin\",\"at\":", 27);
    assert_non_null(strstr(text, "\"group\":\"SH001\",\"unit\":\"CAB01\",\"model\":\"ess-ci\","));
    assert_non_null(strstr(text, "{\"k\":\"open\",\"at\":1,\"conn\":1}\n"));
    assert_non_null(strstr(text, "{\"k\":\"read\",\"at\":1700000000123,\"conn\":1,\"seq\":17,"
                                 "\"v\":{\"PCS/f\":49.98,\"PCS/p\":-0.5}}\n"));
    assert_non_null(strstr(text, "\"v\":{}}\n"));
    assert_non_null(
        strstr(text, "\"v\":{\"BMS/C1/cellV\":{\"from\":258,\"part\":[3258,3259]}}}\n"));
    assert_non_null(strstr(text, "{\"k\":\"write\",\"at\":1700000000123,\"conn\":1,\"seq\":17,"
                                 "\"v\":{\"METER/impE\":6553.8}}\n"));
    assert_non_null(strstr(text, "{\"k\":\"end\",\"at\":"));
}

static void ledger_that_cannot_be_opened_or_written_is_an_error(void **state)
{
    static const sim_identity identity = {"SH001", "CAB01", 7};
    sim_ledger ledger;

    (void)state;
    assert_int_equal(sim_ledger_open(&ledger, "/nonexistent/ledger", &table, &identity),
                     ESS_E_IO);
    assert_int_equal(sim_ledger_open(&ledger, "/dev/full", &table, &identity), ESS_E_IO);
    assert_int_equal(sim_ledger_close(&ledger), ESS_E_IO);
    assert_int_equal(sim_ledger_open(&ledger, "", &table, &identity), ESS_OK); /* none kept */
    assert_int_equal(sim_ledger_close(&ledger), ESS_OK);
}

/* --- options and pace */

static void options_are_read_or_refused(void **state)
{
    static const struct {
        const char *arguments[6];
        sim_exit code;
        const char *expected;
    } cases[] = {
        {{"ess-sim", "cabinet"}, SIM_DONE, ""},
        {{"ess-sim", "cabinet", "--listen", "127.0.0.1:0"}, SIM_DONE, ""},
        {{"ess-sim", "cabinet", "--soc", "99.5", "--power", "-20.5"}, SIM_DONE, ""},
        {{"ess-sim", "--help"}, SIM_DONE, ""},
        {{"ess-sim"}, SIM_WRONG_USE, "ess-sim: The option"},
        {{"ess-sim", "fleet"}, SIM_WRONG_USE, "fleet: "},
        {{"ess-sim", "cabinet", "--nonsense", "1"}, SIM_WRONG_USE, "[sim-option]"},
        {{"ess-sim", "cabinet", "--seed"}, SIM_WRONG_USE, "[sim-option-value]"},
        {{"ess-sim", "cabinet", "--seed", "-1"}, SIM_WRONG_USE, "--seed: "},
        {{"ess-sim", "cabinet", "--seed", "1.5"}, SIM_WRONG_USE, "--seed: "},
        {{"ess-sim", "cabinet", "--speed", "1001"}, SIM_WRONG_USE, "--speed: "},
        {{"ess-sim", "cabinet", "--soc", "full"}, SIM_WRONG_USE, "--soc: "},
        {{"ess-sim", "cabinet", "--group", "a/b"}, SIM_WRONG_USE, "--group: "},
        {{"ess-sim", "cabinet", "--unit", ""}, SIM_WRONG_USE, "--unit: "},
        {{"ess-sim", "cabinet", "--listen", "15021"}, SIM_WRONG_USE, "--listen: "},
        {{"ess-sim", "cabinet", "--listen", "127.0.0.1:65536"}, SIM_WRONG_USE, "--listen: "},
        {{"ess-sim", "cabinet", "--lang", "zh", "--x", "1"}, SIM_WRONG_USE, "选项不可识别"},
    };

    (void)state;
    (void)unsetenv("LC_ALL");
    (void)unsetenv("LANG");
    (void)unsetenv("ESS_LANG");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *arguments[6];
        char said[512];
        sim_options options;
        int count = 0;

        while (count < 6 && cases[i].arguments[count] != NULL) {
            arguments[count] = strdup(cases[i].arguments[count]);
            count++;
        }
        if (sim_options_read(count, arguments, &options, said) != cases[i].code ||
            strstr(said, cases[i].expected) == NULL)
            fail_msg("case %zu: %s", i, said);
        while (count > 0)
            free(arguments[--count]);
    }
}

static void options_have_defaults_and_language_of_the_environment(void **state)
{
    char name[] = "ess-sim", kind[] = "cabinet", said[512];
    char *arguments[] = {name, kind};
    sim_options options;

    (void)state;
    (void)setenv("LANG", "en_GB.UTF-8", 1);
    (void)setenv("ESS_LANG", "zh-CN", 1);
    assert_int_equal(sim_options_read(2, arguments, &options, said), SIM_DONE);
    assert_true(options.chinese);
    assert_string_equal(options.host, "127.0.0.1");
    assert_int_equal(options.port, 15021);
    assert_string_equal(options.group, "SH001");
    assert_int_equal(options.unit_id, 1);
    assert_int_equal(options.speed, 1);
    assert_true(options.soc == 55);
    (void)unsetenv("ESS_LANG");
    assert_int_equal(sim_options_read(2, arguments, &options, said), SIM_DONE);
    assert_false(options.chinese);
}

static void time_passes_in_whole_steps(void **state)
{
    sim_pace real = {.speed = 1, .last_mono_ms = 1000}, fast = {.speed = 60};
    int64_t step_ms;

    (void)state;
    assert_int_equal(sim_pace_due(&real, 1099, &step_ms), 0);
    assert_int_equal(step_ms, 100);
    assert_int_equal(sim_pace_due(&real, 1101, &step_ms), 1);
    assert_int_equal(sim_pace_due(&real, 1399, &step_ms), 2);
    assert_int_equal(sim_pace_due(&real, 1400, &step_ms), 1);
    assert_int_equal(sim_pace_due(&fast, 100, &step_ms), 6);
    assert_int_equal(step_ms, 1000);
    assert_int_equal(sim_pace_due(&fast, 1000000, &step_ms), SIM_STEPS_MAX);
    assert_int_equal(sim_pace_due(&fast, 1000100, &step_ms), 6);
}

int main(void)
{
#define LOADED(test) cmocka_unit_test_setup_teardown(test, load, unload)
    const struct CMUnitTest tests[] = {
        LOADED(every_object_of_the_cabinet_is_served_whole),
        LOADED(every_value_served_is_within_the_model),
        LOADED(writes_are_judged_as_equipment_would),
        LOADED(set_points_are_taken_in_remote_mode_only),
        LOADED(a_write_reaches_the_plant),
        LOADED(reads_where_no_point_lies_are_refused),
        LOADED(foreign_points_and_arrays_too_long_are_refused),
        LOADED(ledger_tells_what_was_served),
        LOADED(ledger_that_cannot_be_opened_or_written_is_an_error),
        cmocka_unit_test(options_are_read_or_refused),
        cmocka_unit_test(options_have_defaults_and_language_of_the_environment),
        cmocka_unit_test(time_passes_in_whole_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The tables made from spec/model and the lookups over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ess/model.h"

static void result_codes_by_name_are_those_of_the_data(void **state)
{
    (void)state;
    static const struct {
        ess_model_result_code code;
        const char *id;
    } named[] = {
        {ESS_MODEL_OK, "ok"},
        {ESS_MODEL_BAD_SYNTAX, "bad-syntax"},
        {ESS_MODEL_UNKNOWN_TARGET, "unknown-target"},
        {ESS_MODEL_UNKNOWN_COMMAND, "unknown-command"},
        {ESS_MODEL_BAD_VALUE, "bad-value"},
        {ESS_MODEL_OUT_OF_LIMITS, "out-of-limits"},
        {ESS_MODEL_NOT_PERMITTED, "not-permitted"},
        {ESS_MODEL_WRONG_MODE, "wrong-mode"},
        {ESS_MODEL_INTERLOCK, "interlock"},
        {ESS_MODEL_BUSY, "busy"},
        {ESS_MODEL_EXPIRED, "expired"},
        {ESS_MODEL_DUPLICATE, "duplicate"},
        {ESS_MODEL_SUPERSEDED, "superseded"},
        {ESS_MODEL_DEVICE_OFFLINE, "device-offline"},
        {ESS_MODEL_SOUTH_TIMEOUT, "south-timeout"},
        {ESS_MODEL_READ_BACK_MISMATCH, "read-back-mismatch"},
        {ESS_MODEL_REV_CONFLICT, "rev-conflict"},
        {ESS_MODEL_REBOOT_REQUIRED, "reboot-required"},
        {ESS_MODEL_NOT_SUPPORTED, "not-supported"},
        {ESS_MODEL_CLOCK_UNSYNCED, "clock-unsynced"},
        {ESS_MODEL_STORAGE_FULL, "storage-full"},
        {ESS_MODEL_BAD_SIGNATURE, "bad-signature"},
        {ESS_MODEL_RATE_LIMITED, "rate-limited"},
        {ESS_MODEL_INTERNAL, "internal"},
    };
    assert_int_equal(ess_model_result_count, sizeof named / sizeof named[0]);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        const ess_model_result *result = ess_model_result_of((int)named[i].code);
        assert_non_null(result);
        assert_string_equal(result->id, named[i].id);
    }
    assert_null(ess_model_result_of(23));
    assert_null(ess_model_result_of(-1));
}

static void paths_lead_to_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *path, *kind;
    } cases[] = {
        {"CAB01/BMS", "BMS"},     {"CAB01/BMS/C1", "BMS/C"}, {"CAB01/BMS/C12", "BMS/C"},
        {"CAB01/PCS", "PCS"},     {"GRID/METER", "METER"},   {"CAB01/PCS2", "PCS"},
        {"BMS1", "BMS"},          {"CAB01", NULL},           {"", NULL},
        {"CAB01/", NULL},         {"CAB01/BMS/", "BMS"},     {"CAB01/BMS/1", NULL},
        {"CAB01/BMS/C1/X", NULL}, {"CAB01/BMSX", NULL},      {"CAB01/BM", NULL},
        {"CAB01/bms", NULL},      {"/BMS", "BMS"},           {"12", NULL},
        {"EMS", "EMS"},           {"CAB01/BMS/P103", "BMS/P"}, {"PV02", "PV"},
        {"GRID", "GRID"},         {"XFMR", "XFMR"},          {"EV01", "EV"},
        {"EV01/GUN2", "GUN"},     {"CAB01/DCDC1", "DCDC"},   {"CAB01/BMS/X1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const ess_model_object *object = ess_model_object_of(ess_slice_from(cases[i].path));
        if (cases[i].kind == NULL) {
            assert_null(object);
        } else {
            assert_non_null(object);
            assert_string_equal(object->kind, cases[i].kind);
        }
        for (size_t k = 0; k < ess_model_object_count; k++)
            assert_int_equal(
                ess_model_path_is(ess_slice_from(cases[i].path), ess_model_objects[k].kind),
                object == &ess_model_objects[k]);
    }
}

static void assert_said(ess_model_text text)
{
    assert_true(strlen(text.en) > 0);
    assert_true(strlen(text.zh) > 0);
}

static void assert_labelled(const ess_model_enum_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_said(values[i].label);
}

static void the_model_is_whole(void **state)
{
    (void)state;
    size_t scalars = 0;
    size_t arrays = 0;
    size_t params = 0;
    for (size_t i = 0; i < ess_model_object_count; i++) {
        for (size_t j = 0; j < ess_model_objects[i].point_count; j++) {
            const ess_model_point *point = &ess_model_objects[i].points[j];
            arrays += point->type == ESS_MODEL_ARRAY;
            scalars += point->type != ESS_MODEL_ARRAY;
            params += point->is_param;
        }
    }
    assert_true(scalars - params >= 350);
    assert_true(params >= 150);
    assert_true(arrays >= 2);
    assert_true(ess_model_alarm_count >= 200);
    assert_true(ess_model_command_count >= 25);
}

static void every_point_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ess_model_object_count; i++) {
        const ess_model_object *object = &ess_model_objects[i];
        for (size_t j = 0; j < object->point_count; j++) {
            const ess_model_point *point = &object->points[j];
            assert_ptr_equal(ess_model_point_of(object, ess_slice_from(point->name)), point);
            assert_true(strlen(point->label.en) > 0 && strlen(point->label.zh) > 0);
            assert_true(ess_decimal_compare(point->min, point->max) <= 0);
            assert_true(point->dead_band.mantissa >= 0);
            assert_true(!point->is_param || point->report_class == 'D');
            assert_true((point->type == ESS_MODEL_ENUM) == (point->value_count > 0));
            assert_labelled(point->values, point->value_count);
        }
        assert_null(ess_model_point_of(object, ess_slice_from("")));
        assert_null(ess_model_point_of(object, ess_slice_from("zzz")));
    }
    assert_null(ess_model_point_of(NULL, ess_slice_from("soc")));
}

static void commands_name_points_that_exist(void **state)
{
    (void)state;
    const ess_model_command *command = ess_model_command_of(ess_slice_from("power.set"));
    assert_non_null(command);
    assert_string_equal(command->kind, "PCS");
    assert_int_equal(command->confirm_ms, 5000);
    assert_true(command->args[0].required);
    assert_int_equal(command->args[0].max.mantissa, 125);
    assert_null(ess_model_command_of(ess_slice_from("power")));
    for (size_t i = 0; i < ess_model_command_count; i++) {
        ess_slice path = ess_slice_from(ess_model_commands[i].kind);
        const ess_model_object *object = ess_model_object_of(path);
        for (size_t j = 0; j < ess_model_commands[i].write_count; j++)
            assert_non_null(
                ess_model_point_of(object, ess_slice_from(ess_model_commands[i].writes[j].point)));
        for (size_t j = 0; j < ess_model_commands[i].confirm_count; j++)
            assert_non_null(ess_model_point_of(
                object, ess_slice_from(ess_model_commands[i].confirms[j].point)));
    }
}

/* Whoever carries a command out can: from tables with both tables there, or with a program. */
static void commands_say_who_carries_them_out(void **state)
{
    (void)state;
    assert_int_equal(ess_model_command_of(ess_slice_from("power.set"))->executor,
                     ESS_MODEL_BY_REGISTERS);
    assert_int_equal(ess_model_command_of(ess_slice_from("param.set"))->executor,
                     ESS_MODEL_BY_PARAMS);
    assert_int_equal(ess_model_command_of(ess_slice_from("fw.update"))->executor,
                     ESS_MODEL_BY_DEVICE);
    for (size_t i = 0; i < ess_model_command_count; i++) {
        const ess_model_command *command = &ess_model_commands[i];
        bool by_registers = command->executor == ESS_MODEL_BY_REGISTERS;
        assert_ptr_equal(ess_model_command_of(ess_slice_from(command->op)), command);
        assert_said(command->label);
        assert_int_equal(command->write_count > 0, by_registers);
        assert_int_equal(command->confirm_count > 0, by_registers);
        assert_true(command->safety_class != 'C' || command->executor == ESS_MODEL_BY_DEVICE);
    }
}

static void arguments_bound_what_they_take(void **state)
{
    (void)state;
    for (size_t i = 0; i < ess_model_command_count; i++) {
        assert_true(ess_model_commands[i].arg_count <= 32); /* a bit each in the judge */
        for (size_t j = 0; j < ess_model_commands[i].arg_count; j++) {
            const ess_model_arg *arg = &ess_model_commands[i].args[j];
            assert_said(arg->label);
            assert_labelled(arg->values, arg->value_count);
            assert_true(ess_decimal_compare(arg->min, arg->max) <= 0);
            assert_int_equal(arg->type == ESS_MODEL_ENUM, arg->value_count > 0);
            /* No hole between: the judge asks for min and max alone. */
            if (arg->type == ESS_MODEL_ENUM)
                assert_int_equal(arg->max.mantissa - arg->min.mantissa + 1, arg->value_count);
        }
    }
}

static void every_alarm_is_found_by_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < ess_model_alarm_count; i++) {
        const ess_model_alarm *alarm = &ess_model_alarms[i];
        size_t len = strlen(alarm->code);
        assert_ptr_equal(ess_model_alarm_of(ess_slice_from(alarm->code)), alarm);
        assert_true(alarm->level >= 1 && alarm->level <= 3);
        assert_int_equal(alarm->code[len - 1], '0' + alarm->level);
        assert_true(i == 0 || strcmp(ess_model_alarms[i - 1].code, alarm->code) < 0);
        assert_said(alarm->label);
        assert_said(alarm->advice);
    }
    assert_null(ess_model_alarm_of(ess_slice_from("")));
    assert_null(ess_model_alarm_of(ess_slice_from("BMS.cellVHigh")));
    assert_null(ess_model_alarm_of(ess_slice_from("BMS.cellVHigh.4")));
    assert_null(ess_model_alarm_of(ess_slice_from("zzz")));
}

static void alarms_name_points_that_exist(void **state)
{
    (void)state;
    for (size_t i = 0; i < ess_model_alarm_count; i++) {
        for (size_t j = 0; j < ess_model_alarms[i].point_count; j++) {
            const char *path = ess_model_alarms[i].points[j];
            const char *name = strrchr(path, '/') + 1;
            const ess_model_object *found = NULL;
            for (size_t k = 0; k < ess_model_object_count; k++) {
                size_t len = strlen(ess_model_objects[k].kind);
                if (len == (size_t)(name - path) - 1 &&
                    memcmp(ess_model_objects[k].kind, path, len) == 0)
                    found = &ess_model_objects[k];
            }
            assert_non_null(ess_model_point_of(found, ess_slice_from(name)));
        }
    }
}

static void every_error_has_texts_in_both_languages(void **state)
{
    (void)state;
    assert_null(ess_model_error_of(ESS_OK));
    for (ess_err err = (ess_err)1; err < ESS_E_COUNT; err = (ess_err)(err + 1)) {
        const ess_model_error *entry = ess_model_error_of(err);
        assert_non_null(entry);
        assert_ptr_equal(ess_model_error_by_id(ess_slice_from(entry->id)), entry);
        assert_string_not_equal(ess_model_say(entry->what, false),
                                ess_model_say(entry->what, true));
    }
    assert_string_equal(ess_model_error_of(ESS_E_CONFIG)->id, "config");
    assert_string_equal(ess_model_error_of(ESS_E_IO)->id, "io");
    assert_null(ess_model_error_by_id(ess_slice_from("no-such-id")));
}

static void a_text_without_chinese_is_said_in_english(void **state)
{
    (void)state;
    assert_string_equal(ess_model_say((ess_model_text){"a", "b"}, true), "b");
    assert_string_equal(ess_model_say((ess_model_text){"a", "b"}, false), "a");
    assert_string_equal(ess_model_say((ess_model_text){"a", NULL}, true), "a");
    assert_string_equal(ess_model_say((ess_model_text){"a", ""}, true), "a");
}

static void the_hash_is_sixteen_hex_digits(void **state)
{
    (void)state;
    assert_int_equal(strlen(ess_model_hash), 16);
    assert_int_equal(strspn(ess_model_hash, "0123456789abcdef"), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_codes_by_name_are_those_of_the_data),
        cmocka_unit_test(paths_lead_to_kinds),
        cmocka_unit_test(the_model_is_whole),
        cmocka_unit_test(every_point_is_found_by_its_name),
        cmocka_unit_test(commands_name_points_that_exist),
        cmocka_unit_test(commands_say_who_carries_them_out),
        cmocka_unit_test(arguments_bound_what_they_take),
        cmocka_unit_test(every_alarm_is_found_by_its_code),
        cmocka_unit_test(alarms_name_points_that_exist),
        cmocka_unit_test(every_error_has_texts_in_both_languages),
        cmocka_unit_test(a_text_without_chinese_is_said_in_english),
        cmocka_unit_test(the_hash_is_sixteen_hex_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

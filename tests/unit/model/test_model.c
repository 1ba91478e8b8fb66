/* The tables made from spec/model and the lookups over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

static void result_codes_by_name_are_those_of_the_data(void **state)
{
    (void)state;
    static const struct {
        model_result_code code;
        const char *id;
    } named[] = {
        {MODEL_OK, "ok"},
        {MODEL_BAD_SYNTAX, "bad-syntax"},
        {MODEL_UNKNOWN_TARGET, "unknown-target"},
        {MODEL_UNKNOWN_COMMAND, "unknown-command"},
        {MODEL_BAD_VALUE, "bad-value"},
        {MODEL_OUT_OF_LIMITS, "out-of-limits"},
        {MODEL_NOT_PERMITTED, "not-permitted"},
        {MODEL_WRONG_MODE, "wrong-mode"},
        {MODEL_INTERLOCK, "interlock"},
        {MODEL_BUSY, "busy"},
        {MODEL_EXPIRED, "expired"},
        {MODEL_DUPLICATE, "duplicate"},
        {MODEL_SUPERSEDED, "superseded"},
        {MODEL_DEVICE_OFFLINE, "device-offline"},
        {MODEL_SOUTH_TIMEOUT, "south-timeout"},
        {MODEL_READ_BACK_MISMATCH, "read-back-mismatch"},
        {MODEL_REV_CONFLICT, "rev-conflict"},
        {MODEL_REBOOT_REQUIRED, "reboot-required"},
        {MODEL_NOT_SUPPORTED, "not-supported"},
        {MODEL_CLOCK_UNSYNCED, "clock-unsynced"},
        {MODEL_STORAGE_FULL, "storage-full"},
        {MODEL_BAD_SIGNATURE, "bad-signature"},
        {MODEL_RATE_LIMITED, "rate-limited"},
        {MODEL_INTERNAL, "internal"},
    };
    assert_int_equal(model_result_count, sizeof named / sizeof named[0]);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        const model_result *result = model_result_of((int)named[i].code);
        assert_non_null(result);
        assert_string_equal(result->id, named[i].id);
    }
    assert_null(model_result_of(23));
    assert_null(model_result_of(-1));
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
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const model_object *object = model_object_of(ess_slice_from(cases[i].path));
        if (cases[i].kind == NULL) {
            assert_null(object);
        } else {
            assert_non_null(object);
            assert_string_equal(object->kind, cases[i].kind);
        }
    }
}

static void every_point_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < model_object_count; i++) {
        const model_object *object = &model_objects[i];
        for (size_t j = 0; j < object->point_count; j++) {
            const model_point *point = &object->points[j];
            assert_ptr_equal(model_point_of(object, ess_slice_from(point->name)), point);
            assert_true(strlen(point->label.en) > 0 && strlen(point->label.zh) > 0);
            assert_true(ess_decimal_compare(point->min, point->max) <= 0);
            assert_true((point->type == MODEL_ENUM) == (point->value_count > 0));
        }
        assert_null(model_point_of(object, ess_slice_from("")));
        assert_null(model_point_of(object, ess_slice_from("zzz")));
    }
    assert_null(model_point_of(NULL, ess_slice_from("soc")));
}

static void commands_name_points_that_exist(void **state)
{
    (void)state;
    const model_command *command = model_command_of(ess_slice_from("power.set"));
    assert_non_null(command);
    assert_string_equal(command->kind, "PCS");
    assert_int_equal(command->confirm_ms, 5000);
    assert_true(command->args[0].required);
    assert_int_equal(command->args[0].max.mantissa, 125);
    assert_null(model_command_of(ess_slice_from("power")));
    for (size_t i = 0; i < model_command_count; i++) {
        ess_slice path = ess_slice_from(model_commands[i].kind);
        const model_object *object = model_object_of(path);
        for (size_t j = 0; j < model_commands[i].write_count; j++)
            assert_non_null(
                model_point_of(object, ess_slice_from(model_commands[i].writes[j].point)));
        for (size_t j = 0; j < model_commands[i].confirm_count; j++)
            assert_non_null(
                model_point_of(object, ess_slice_from(model_commands[i].confirms[j].point)));
    }
}

static void every_error_has_texts_in_both_languages(void **state)
{
    (void)state;
    assert_null(model_error_of(ESS_OK));
    for (ess_err err = (ess_err)1; err < ESS_E_COUNT; err = (ess_err)(err + 1)) {
        const model_error *entry = model_error_of(err);
        assert_non_null(entry);
        assert_ptr_equal(model_error_by_id(ess_slice_from(entry->id)), entry);
        assert_string_not_equal(model_say(entry->what, false), model_say(entry->what, true));
    }
    assert_string_equal(model_error_of(ESS_E_CONFIG)->id, "config");
    assert_string_equal(model_error_of(ESS_E_IO)->id, "io");
    assert_null(model_error_by_id(ess_slice_from("no-such-id")));
}

static void a_text_without_chinese_is_said_in_english(void **state)
{
    (void)state;
    assert_string_equal(model_say((model_text){"a", "b"}, true), "b");
    assert_string_equal(model_say((model_text){"a", "b"}, false), "a");
    assert_string_equal(model_say((model_text){"a", NULL}, true), "a");
    assert_string_equal(model_say((model_text){"a", ""}, true), "a");
}

static void the_hash_is_sixteen_hex_digits(void **state)
{
    (void)state;
    assert_int_equal(strlen(model_hash), 16);
    assert_int_equal(strspn(model_hash, "0123456789abcdef"), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_codes_by_name_are_those_of_the_data),
        cmocka_unit_test(paths_lead_to_kinds),
        cmocka_unit_test(every_point_is_found_by_its_name),
        cmocka_unit_test(commands_name_points_that_exist),
        cmocka_unit_test(every_error_has_texts_in_both_languages),
        cmocka_unit_test(a_text_without_chinese_is_said_in_english),
        cmocka_unit_test(the_hash_is_sixteen_hex_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

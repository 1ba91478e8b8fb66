/* A command's arguments, as they come from outside, planned into registers: whatever is accepted
 * can be encoded and is within the model's limits. */
#include "agent/equipment.h"
#include "ess/judge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char TABLE[] = "point,address,type,scale,order,class,area,access\n"
                            "PCS/pSetEcho,101,i16,0.1,,F,holding,ro\n"
                            "PCS/qSetEcho,102,i16,0.1,,F,holding,ro\n"
                            "PCS/pSet,110,i16,0.1,,F,holding,rw\n"
                            "PCS/qSet,111,i16,0.1,,F,holding,rw\n"
                            "PCS/pChMax,120,u16,0.1,,D,holding,rw\n"
                            "PCS/rampUp,121,u16,0.1,,D,holding,rw\n";

static south_table table;

static void prepare(void)
{
    char problem[512];
    south_source source = {"fuzz.csv", {TABLE, sizeof TABLE - 1}, false};

    if (table.count == 0 && south_table_parse(&source, &table, problem, sizeof problem) != ESS_OK)
        abort();
}

static void check(const ess_execute *execute)
{
    uint16_t registers[SOUTH_READ_MAX];

    if (execute->write_count == 0 || execute->write_count > ESS_EXECUTE_POINTS_MAX)
        abort();
    for (size_t i = 0; i < execute->write_count; i++) {
        const ess_execute_write *write = &execute->writes[i];
        const south_point *point = &table.points[write->point.number];
        if (!point->writable || south_encode(point, write->value, registers) != ESS_OK ||
            ess_decimal_compare(write->value, point->model->max) > 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ess_execute execute;
    ess_slice args = {(const char *)data, size};
    equipment_place place = {&table, "PCS"};
    ess_equipment equipment = equipment_of(&place);
    const ess_model_command *power = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));
    const ess_model_command *params = ess_model_command_of(ESS_SLICE_LITERAL("param.set"));
    const char *why;
    char note[160];

    prepare();
    if (ess_command_check_args(power, args, note, sizeof note) == ESS_MODEL_OK &&
        ess_execute_plan(&execute, &equipment, power, args, &why) == ESS_MODEL_OK)
        check(&execute);
    if (ess_execute_plan(&execute, &equipment, params, args, &why) == ESS_MODEL_OK)
        check(&execute);
    return 0;
}

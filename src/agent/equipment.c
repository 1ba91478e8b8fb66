/* Points are registers here, and refusals Modbus exceptions. */
#include "agent/equipment.h"

#include <assert.h>

static bool find(const void *context, const char *name, ess_execute_point *out)
{
    const equipment_place *place = context;
    const south_point *point = south_table_find(place->table, place->object, name);

    if (point == NULL)
        return false;
    *out = (ess_execute_point){.number = (uint16_t)(point - place->table->points),
                               .writable = point->writable,
                               .is_array = point->is_array,
                               .model = point->model};
    return true;
}

static bool holds(const void *context, uint16_t number, ess_decimal value)
{
    const equipment_place *place = context;
    uint16_t registers[SOUTH_READ_MAX];

    return south_encode(&place->table->points[number], value, registers) == ESS_OK;
}

ess_equipment equipment_of(const equipment_place *place)
{
    return (ess_equipment){.context = place, .find = find, .holds = holds};
}

void equipment_job(const south_table *table, const ess_execute_job *job, south_job *out)
{
    const south_point *point = &table->points[job->point.number];

    *out = (south_job){.action = job->is_write ? SOUTH_WRITE : SOUTH_READ,
                       .area = point->area,
                       .address = point->address,
                       .count = (uint16_t)south_point_registers(point)};
    if (job->is_write) {
        ess_err err = south_encode(point, job->value, out->registers);
        assert(err == ESS_OK); /* proved when it was planned */
        (void)err;
    }
}

/* What a Modbus exception to a write means to the one who gave the order. */
static int result_of_exception(uint8_t exception)
{
    static const struct {
        uint8_t exception;
        int result;
    } rows[] = {{1, ESS_MODEL_NOT_SUPPORTED},
                {2, ESS_MODEL_NOT_SUPPORTED},
                {3, ESS_MODEL_OUT_OF_LIMITS},
                {4, ESS_MODEL_INTERLOCK},
                {6, ESS_MODEL_BUSY}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].exception == exception)
            return rows[i].result;
    }
    return ESS_MODEL_INTERNAL;
}

enum { GATEWAY_NO_ANSWER = 11 }; /* Modbus: the write may have taken effect */

ess_execute_answer equipment_answer(const south_table *table, const ess_execute_job *job,
                                    const south_answer *answer)
{
    ess_execute_answer out = {.err = answer->err};

    if (answer->err == ESS_E_DATA && answer->exception == GATEWAY_NO_ANSWER)
        out.err = ESS_E_TIMEOUT;
    else if (answer->err == ESS_E_DATA)
        out.refused = result_of_exception(answer->exception);
    else if (answer->err == ESS_OK && !job->is_write)
        out.err = south_decode(&table->points[job->point.number], answer->registers, 0, &out.value);
    return out;
}

#include "sim/registers.h"
#include "codec/try.h"

#include <math.h>
#include <string.h>

#define CTRL_REMOTE 2

typedef enum field_kind { FIELD_NUMBER, FIELD_WHOLE, FIELD_ARRAY } field_kind;

struct sim_field {
    const char *object, *name;
    field_kind kind;    /* double, int32_t, or count doubles */
    bool dispatched;    /* taken only in control mode "remote dispatch" */
    uint16_t count;     /* ARRAY */
    double factor;      /* ARRAY: from the field's unit to the point's */
    size_t offset;      /* in sim_cabinet */
};

#define AT(member)                   offsetof(sim_cabinet, member)
#define NUMBER(object, name, member) {object, name, FIELD_NUMBER, false, 1, 1, AT(member)}
#define WHOLE(object, name, member)  {object, name, FIELD_WHOLE, false, 1, 1, AT(member)}
#define EXTREMES(object)                                                                           \
    NUMBER(object, "cellVMax", battery.extremes.v_max),                                            \
    NUMBER(object, "cellVMin", battery.extremes.v_min),                                            \
    NUMBER(object, "cellVAvg", battery.extremes.v_avg),                                            \
    NUMBER(object, "dV", battery.extremes.dv),                                                     \
    NUMBER(object, "cellTMax", battery.extremes.t_max),                                            \
    NUMBER(object, "cellTMin", battery.extremes.t_min),                                            \
    NUMBER(object, "cellTAvg", battery.extremes.t_avg),                                            \
    NUMBER(object, "dT", battery.extremes.dt),                                                     \
    WHOLE(object, "cellVMaxAt", battery.extremes.v_max_at),                                        \
    WHOLE(object, "cellVMinAt", battery.extremes.v_min_at),                                        \
    WHOLE(object, "cellTMaxAt", battery.extremes.t_max_at),                                        \
    WHOLE(object, "cellTMinAt", battery.extremes.t_min_at)

static const sim_field fields[] = {
    NUMBER("BMS", "soc", battery.soc),
    NUMBER("BMS", "soh", battery.soh),
    NUMBER("BMS", "soe", battery.soe),
    NUMBER("BMS", "v", battery.v),
    NUMBER("BMS", "i", battery.i),
    NUMBER("BMS", "p", battery.p),
    NUMBER("BMS", "iMaxCh", bms.i_max_ch),
    NUMBER("BMS", "iMaxDis", bms.i_max_dis),
    NUMBER("BMS", "pMaxCh", bms.p_max_ch),
    NUMBER("BMS", "pMaxDis", bms.p_max_dis),
    EXTREMES("BMS"),
    NUMBER("BMS", "insulPos", battery.insul_pos),
    NUMBER("BMS", "insulNeg", battery.insul_neg),
    WHOLE("BMS", "contactor", bms.contactor),
    WHOLE("BMS", "state", bms.state),
    WHOLE("BMS", "chState", bms.charge_state),
    WHOLE("BMS", "chForbid", bms.ch_forbid),
    WHOLE("BMS", "disForbid", bms.dis_forbid),
    NUMBER("BMS", "cycles", battery.cycles),
    NUMBER("BMS", "totCh", battery.total_ch),
    NUMBER("BMS", "totDis", battery.total_dis),
    NUMBER("BMS", "dayCh", battery.day_ch),
    NUMBER("BMS", "dayDis", battery.day_dis),
    WHOLE("BMS", "hb", bms.heartbeat),
    WHOLE("BMS", "locRem", bms.loc_rem),
    NUMBER("BMS", "socMin", bms.soc_min),
    NUMBER("BMS", "socMax", bms.soc_max),
    NUMBER("BMS", "cellVHigh", bms.cell_v_high),
    NUMBER("BMS", "cellVLow", bms.cell_v_low),
    NUMBER("BMS", "tHigh", bms.t_high),
    NUMBER("BMS", "tLow", bms.t_low),
    NUMBER("BMS/C1", "soc", battery.soc),
    NUMBER("BMS/C1", "soh", battery.soh),
    NUMBER("BMS/C1", "v", battery.v),
    NUMBER("BMS/C1", "i", battery.i),
    NUMBER("BMS/C1", "p", battery.p),
    EXTREMES("BMS/C1"),
    NUMBER("BMS/C1", "insul", battery.insul_neg),
    WHOLE("BMS/C1", "contactor", bms.contactor),
    WHOLE("BMS/C1", "balCount", bms.balancing),
    WHOLE("BMS/C1", "disReason", bms.clusters_off_reason),
    {"BMS/C1", "cellV", FIELD_ARRAY, false, SIM_CELLS, 1000, AT(battery.measured_v)},
    {"BMS/C1", "cellT", FIELD_ARRAY, false, SIM_SENSORS, 10, AT(battery.measured_t)},
    WHOLE("PCS", "runState", pcs.run_state),
    WHOLE("PCS", "ctrlMode", pcs.ctrl_mode),
    WHOLE("PCS", "gridState", pcs.grid_state),
    NUMBER("PCS", "uAB", pcs.u_ab),
    NUMBER("PCS", "uBC", pcs.u_bc),
    NUMBER("PCS", "uCA", pcs.u_ca),
    NUMBER("PCS", "iA", pcs.i_a),
    NUMBER("PCS", "iB", pcs.i_b),
    NUMBER("PCS", "iC", pcs.i_c),
    NUMBER("PCS", "f", pcs.f),
    NUMBER("PCS", "p", pcs.p),
    NUMBER("PCS", "q", pcs.q),
    NUMBER("PCS", "s", pcs.s),
    NUMBER("PCS", "pf", pcs.pf),
    NUMBER("PCS", "dcV", pcs.dc_v),
    NUMBER("PCS", "dcI", pcs.dc_i),
    NUMBER("PCS", "dcP", pcs.dc_p),
    NUMBER("PCS", "igbtT", pcs.igbt_t),
    NUMBER("PCS", "cabT", pcs.cab_t),
    NUMBER("PCS", "sinkT", pcs.sink_t),
    NUMBER("PCS", "eff", pcs.eff),
    NUMBER("PCS", "acCh", pcs.ac_ch),
    NUMBER("PCS", "acDis", pcs.ac_dis),
    NUMBER("PCS", "dcCh", pcs.dc_ch),
    NUMBER("PCS", "dcDis", pcs.dc_dis),
    {"PCS", "pSet", FIELD_NUMBER, true, 1, 1, AT(pcs.p_set)},
    NUMBER("PCS", "pSetEcho", pcs.p_echo),
    {"PCS", "qSet", FIELD_NUMBER, true, 1, 1, AT(pcs.q_set)},
    NUMBER("PCS", "qSetEcho", pcs.q_echo),
    {"PCS", "runCmd", FIELD_WHOLE, true, 1, 1, AT(pcs.run_cmd)},
    WHOLE("PCS", "derate", pcs.derate),
    WHOLE("PCS", "faultWord", pcs.fault_word),
    NUMBER("PCS", "insulR", pcs.insul),
    WHOLE("PCS", "hb", pcs.heartbeat),
    NUMBER("PCS", "pChMax", pcs.p_ch_max),
    NUMBER("PCS", "pDisMax", pcs.p_dis_max),
    NUMBER("PCS", "rampUp", pcs.ramp_up),
    NUMBER("PCS", "rampDown", pcs.ramp_down),
    WHOLE("METER", "purpose", meter.purpose),
    NUMBER("METER", "p", meter.p),
    NUMBER("METER", "q", meter.q),
    NUMBER("METER", "s", meter.s),
    NUMBER("METER", "pf", meter.pf),
    NUMBER("METER", "f", meter.f),
    NUMBER("METER", "uA", meter.u_a),
    NUMBER("METER", "uB", meter.u_b),
    NUMBER("METER", "uC", meter.u_c),
    NUMBER("METER", "iA", meter.i_a),
    NUMBER("METER", "iB", meter.i_b),
    NUMBER("METER", "iC", meter.i_c),
    NUMBER("METER", "impE", meter.import_kwh),
    NUMBER("METER", "expE", meter.export_kwh),
    NUMBER("METER", "demand", meter.demand),
    NUMBER("METER", "demandMax", meter.demand_max),
    NUMBER("METER", "auxP", meter.aux_p),
    NUMBER("METER", "loadP", meter.load_p),
    WHOLE("TMS", "mode", tms.mode),
    NUMBER("TMS", "supplyT", tms.supply_t),
    NUMBER("TMS", "returnT", tms.return_t),
    NUMBER("TMS", "ambT", tms.ambient_t),
    NUMBER("TMS", "inletP", tms.inlet_p),
    NUMBER("TMS", "outletP", tms.outlet_p),
    WHOLE("TMS", "pump", tms.pump),
    WHOLE("TMS", "compressor", tms.compressor),
    WHOLE("TMS", "heater", tms.heater),
    NUMBER("TMS", "compP", tms.power),
    NUMBER("TMS", "coolSetT", tms.cool_set_t),
    NUMBER("TMS", "coolHyst", tms.cool_hyst),
    NUMBER("TMS", "heatSetT", tms.heat_set_t),
    WHOLE("FIRE", "fireLevel", fire.level),
    NUMBER("FIRE", "co", fire.co),
    NUMBER("FIRE", "h2", fire.h2),
    NUMBER("FIRE", "t", fire.t),
    WHOLE("FIRE", "door", fire.door),
    WHOLE("FIRE", "flood", fire.flood),
    WHOLE("FIRE", "estop", fire.estop),
};

static const sim_field *field_of(const south_point *point)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].object, point->object) == 0 &&
            strcmp(fields[i].name, point->name) == 0)
            return fields[i].count >= point->count ? &fields[i] : NULL;
    }
    return NULL;
}

ess_err sim_registers_bind(sim_registers *registers, const south_table *table,
                           const south_point **unknown)
{
    memset(registers, 0, sizeof(*registers));
    registers->table = table;
    for (size_t i = 0; i < table->count; i++) {
        registers->fields[i] = field_of(&table->points[i]);
        if (registers->fields[i] == NULL) {
            *unknown = &table->points[i];
            return ESS_E_NOT_FOUND;
        }
    }
    return ESS_OK;
}

/* --- values to registers */

static double field_value(const sim_field *field, const sim_cabinet *cabinet, size_t element)
{
    const char *at = (const char *)cabinet + field->offset;
    int32_t whole;
    double value;

    if (field->kind == FIELD_WHOLE) {
        memcpy(&whole, at, sizeof(whole));
        return whole;
    }
    memcpy(&value, at + element * sizeof(value), sizeof(value));
    return value * field->factor;
}

/* Nearest step of the register, within what the model allows. What the register's type cannot
 * hold reads as all ones, as equipment does for "not available". */
static void encode_element(const south_point *point, double value, uint16_t *registers)
{
    double least = ess_decimal_to_double(point->model->min);
    double most = ess_decimal_to_double(point->model->max);
    double step = ess_decimal_to_double(point->scale);
    int64_t steps = llround(sim_clamp(value, least, most) / step);
    ess_decimal exact = ess_decimal_make(steps * point->scale.mantissa, point->scale.scale);

    if (south_encode(point, exact, registers) != ESS_OK)
        memset(registers, 0xFF, south_point_width(point) * sizeof(*registers));
}

void sim_registers_encode(sim_registers *registers, const sim_cabinet *cabinet)
{
    for (size_t i = 0; i < registers->table->count; i++) {
        const south_point *point = &registers->table->points[i];
        uint16_t *image = point->area == SOUTH_INPUT ? registers->input : registers->holding;

        for (size_t e = 0; e < point->count; e++)
            encode_element(point, field_value(registers->fields[i], cabinet, e),
                           image + point->address + e * south_point_width(point));
    }
}

/* --- ranges */

size_t sim_registers_inside(const south_point *point, sim_range range, size_t *first)
{
    size_t width = south_point_width(point), from = 0, to;
    size_t range_end = (size_t)range.address + range.count;

    if (point->area != range.area || range_end <= point->address)
        return 0;
    if (range.address > point->address)
        from = (range.address - point->address + width - 1) / width;
    to = (range_end - point->address) / width;
    if (to > point->count)
        to = point->count;
    *first = from;
    return to > from ? to - from : 0;
}

ess_err sim_registers_decode(const south_point *point, size_t element, sim_range range,
                             const uint16_t *values, ess_decimal *out)
{
    size_t address = point->address + element * south_point_width(point);

    return south_decode(point, values + (address - range.address), 0, out);
}

ess_err sim_registers_check_read(const sim_registers *registers, sim_range range)
{
    size_t first;

    for (size_t i = 0; i < registers->table->count; i++) {
        if (sim_registers_inside(&registers->table->points[i], range, &first) > 0)
            return ESS_OK;
    }
    return ESS_E_NOT_FOUND;
}

/* --- registers to values */

static bool is_named(const ess_model_point *model, ess_decimal value)
{
    for (size_t i = 0; i < model->value_count; i++) {
        if (ess_decimal_compare(value, (ess_decimal){model->values[i].value, 0}) == 0)
            return true;
    }
    return false;
}

static ess_err check_value(const south_point *point, ess_decimal value)
{
    const ess_model_point *model = point->model;

    if (ess_decimal_compare(value, model->min) < 0 || ess_decimal_compare(value, model->max) > 0)
        return ESS_E_NUMBER;
    if (model->type == ESS_MODEL_ENUM && !is_named(model, value))
        return ESS_E_NUMBER;
    return ESS_OK;
}

ess_err sim_registers_check_write(const sim_registers *registers, const sim_cabinet *cabinet,
                                  sim_range range, const uint16_t *values)
{
    size_t covered = 0;
    bool out_of_mode = false;

    for (size_t i = 0; i < registers->table->count; i++) {
        const south_point *point = &registers->table->points[i];
        ess_decimal value;
        size_t first;

        if (sim_registers_inside(point, range, &first) == 0)
            continue;
        if (!point->writable || point->is_array)
            return ESS_E_NOT_FOUND;
        TRY(sim_registers_decode(point, 0, range, values, &value));
        TRY(check_value(point, value));
        covered += south_point_width(point);
        if (registers->fields[i]->dispatched && cabinet->pcs.ctrl_mode != CTRL_REMOTE)
            out_of_mode = true;
    }
    if (covered != range.count)
        return ESS_E_NOT_FOUND;
    return out_of_mode ? ESS_E_STATE : ESS_OK;
}

static void store(const sim_field *field, sim_cabinet *cabinet, ess_decimal value)
{
    char *at = (char *)cabinet + field->offset;
    double number = ess_decimal_to_double(value);
    int32_t whole = (int32_t)number;

    if (field->kind == FIELD_WHOLE)
        memcpy(at, &whole, sizeof(whole));
    else
        memcpy(at, &number, sizeof(number));
}

void sim_registers_apply(const sim_registers *registers, sim_cabinet *cabinet, sim_range range,
                         const uint16_t *values)
{
    for (size_t i = 0; i < registers->table->count; i++) {
        const south_point *point = &registers->table->points[i];
        ess_decimal value;
        size_t first;

        if (sim_registers_inside(point, range, &first) > 0 &&
            sim_registers_decode(point, 0, range, values, &value) == ESS_OK)
            store(registers->fields[i], cabinet, value);
    }
}

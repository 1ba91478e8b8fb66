/* Cells in series. Each has its own capacity, resistance and charge; all share one current. A
 * cell is its open-circuit voltage (a curve over its state of charge) behind a resistance; slower
 * polarisation is left out: it moves voltages by millivolts and would hide the energy balance. */
#include "sim/cabinet.h"

#include <math.h>

#define RESISTANCE_OHM 0.0003
#define SPREAD_AH      0.01  /* of the capacity, +- */
#define SPREAD_OHM     0.10  /* of the resistance, +- */
#define NOISE_V        0.0015 /* V: edge of a reading's error */
#define NOISE_T        0.15   /* degC */
#define SPREAD_SOC     0.006 /* of the charge, +- */
#define SOH_START      98.6

/* Open-circuit voltage of an LFP cell over its state of charge. */
static const double ocv_curve[][2] = {
    {0.00, 2.600}, {0.02, 2.900}, {0.05, 3.080}, {0.10, 3.195}, {0.20, 3.245}, {0.30, 3.275},
    {0.40, 3.290}, {0.50, 3.296}, {0.60, 3.308}, {0.70, 3.328}, {0.80, 3.333}, {0.90, 3.338},
    {0.95, 3.350}, {0.98, 3.385}, {1.00, 3.550},
};
#define CURVE_POINTS (sizeof(ocv_curve) / sizeof(ocv_curve[0]))

static double state_of_charge(const sim_cell *cell)
{
    return cell->charge_ah / cell->capacity_ah;
}

static double open_voltage(const sim_cell *cell)
{
    return sim_interpolate(ocv_curve, CURVE_POINTS, state_of_charge(cell));
}

/* Area under the curve from 0 to soc, V. Exact, as the curve is straight between its points. */
static double voltage_area(double soc)
{
    double area = 0;

    for (size_t i = 1; i < CURVE_POINTS; i++) {
        double from = ocv_curve[i - 1][0], to = ocv_curve[i][0];
        if (soc < to || i == CURVE_POINTS - 1)
            to = soc;
        if (to <= from && i > 1)
            break;
        area += (to - from) * (ocv_curve[i - 1][1] +
                               sim_interpolate(ocv_curve, CURVE_POINTS, to)) / 2;
    }
    return area;
}

double sim_battery_stored(const sim_battery *battery)
{
    double kwh = 0;

    for (size_t k = 0; k < SIM_CELLS; k++)
        kwh += battery->cells[k].capacity_ah * voltage_area(state_of_charge(&battery->cells[k]));
    return kwh / 1000;
}

/* Least, greatest and mean of count values, times factor; positions count from 1. */
typedef struct span {
    double least, most, mean;
    int32_t least_at, most_at;
} span;

static span span_of(const double *values, int32_t count, double factor)
{
    span s = {.least = values[0], .most = values[0], .least_at = 1, .most_at = 1};
    double sum = 0;

    for (int32_t k = 0; k < count; k++) {
        if (values[k] > s.most) {
            s.most = values[k];
            s.most_at = k + 1;
        }
        if (values[k] < s.least) {
            s.least = values[k];
            s.least_at = k + 1;
        }
        sum += values[k];
    }
    s.least *= factor;
    s.most *= factor;
    s.mean = sum / count * factor;
    return s;
}

static void find_extremes(sim_battery *battery)
{
    span v = span_of(battery->measured_v, SIM_CELLS, 1000);
    span t = span_of(battery->measured_t, SIM_SENSORS, 1);

    battery->extremes = (sim_extremes){
        .v_max = v.most, .v_min = v.least, .v_avg = v.mean, .dv = v.most - v.least,
        .t_max = t.most, .t_min = t.least, .t_avg = t.mean, .dt = t.most - t.least,
        .v_max_at = v.most_at, .v_min_at = v.least_at,
        .t_max_at = t.most_at, .t_min_at = t.least_at,
    };
}

/* Current at which the stack delivers p_w: the smaller root of p = (v0 - r i) i; at most the
 * current of greatest power. */
static double current_for(double p_w, double v0, double r)
{
    double inside = v0 * v0 - 4 * r * p_w;

    return inside <= 0 ? v0 / (2 * r) : (v0 - sqrt(inside)) / (2 * r);
}

static void count_energy(sim_battery *battery, double dt_s)
{
    double kwh = battery->p * dt_s / 3600;

    if (kwh > 0) {
        battery->total_dis += kwh;
        battery->day_dis += kwh;
        battery->cycles += battery->i * dt_s / 3600 / SIM_PACK_AH;
    } else {
        battery->total_ch -= kwh;
        battery->day_ch -= kwh;
    }
}

void sim_battery_step(sim_battery *battery, double p_kw, double dt_s)
{
    double v0 = 0, r = 0, charge_ah = 0, capacity_ah = 0, i;

    for (size_t k = 0; k < SIM_CELLS; k++) {
        battery->cell_v[k] = open_voltage(&battery->cells[k]); /* under load further down */
        v0 += battery->cell_v[k];
        r += battery->cells[k].resistance_ohm;
    }
    i = current_for(p_kw * 1000, v0, r);
    for (size_t k = 0; k < SIM_SENSORS; k++)
        battery->sensor_heat_w[k] = 0;
    battery->v = 0;
    for (size_t k = 0; k < SIM_CELLS; k++) {
        sim_cell *cell = &battery->cells[k];
        battery->cell_v[k] -= i * cell->resistance_ohm;
        battery->v += battery->cell_v[k];
        battery->sensor_heat_w[k / 2] += i * i * cell->resistance_ohm;
        cell->charge_ah -= i * dt_s / 3600;
        charge_ah += cell->charge_ah;
        capacity_ah += cell->capacity_ah;
    }
    battery->i = i;
    battery->p = battery->v * i / 1000;
    battery->soc = sim_clamp(100 * charge_ah / capacity_ah, 0, 100);
    /* As if all cells were alike: what a BMS can know, and 260 times cheaper. */
    battery->soe = capacity_ah * voltage_area(charge_ah / capacity_ah) / 1000;
    battery->loss_kwh += i * i * r * dt_s / 3600 / 1000;
    count_energy(battery, dt_s);
}

/* Even over two draws: most readings lie close to the truth, few at the edge. */
static double noise(sim_chance *chance, double edge)
{
    return edge / 2 * (sim_chance_next(chance) + sim_chance_next(chance));
}

void sim_battery_measure(sim_battery *battery, sim_chance *chance)
{
    for (size_t k = 0; k < SIM_CELLS; k++)
        battery->measured_v[k] = battery->cell_v[k] + noise(chance, NOISE_V);
    for (size_t k = 0; k < SIM_SENSORS; k++)
        battery->measured_t[k] = battery->sensor_t[k] + noise(chance, NOISE_T);
    find_extremes(battery);
}

void sim_battery_init(sim_battery *battery, sim_chance *chance, double soc)
{
    for (size_t k = 0; k < SIM_CELLS; k++) {
        sim_cell *cell = &battery->cells[k];
        double own = soc / 100 + SPREAD_SOC * sim_chance_next(chance);

        cell->capacity_ah = SIM_PACK_AH * SOH_START / 100 *
                            (1 + SPREAD_AH * sim_chance_next(chance));
        cell->resistance_ohm = RESISTANCE_OHM * (1 + SPREAD_OHM * sim_chance_next(chance));
        cell->charge_ah = cell->capacity_ah * sim_clamp(own, 0, 1);
    }
    for (size_t k = 0; k < SIM_SENSORS; k++)
        battery->sensor_t[k] = 24 + 0.6 * sim_chance_next(chance);
    battery->soh = SOH_START;
    battery->cycles = 412;
    battery->total_ch = 108123.456;
    battery->total_dis = 102345.678;
    battery->insul_pos = 2400 + 50 * sim_chance_next(chance);
    battery->insul_neg = 2350 + 50 * sim_chance_next(chance);
    sim_battery_step(battery, 0, 0);
    sim_battery_measure(battery, chance);
}

/* Heat: cells to coolant to ambient air, and the two-point control of the liquid cooling. */
#include "sim/cabinet.h"

#include <math.h>

#define SENSOR_HEAT_J_K  11200.0 /* two cells */
#define TO_COOLANT_W_K   3.0     /* two cells, pump running */
#define TO_AMBIENT_W_K   0.05    /* two cells, through the wall */
#define COOLANT_J_K      120000.0
#define FLOW_W_K         1750.0
#define COOLING_W        5000.0
#define HEATING_W        3000.0
#define COOLANT_LEAST    14.0
#define COOLANT_MOST     40.0

enum { MODE_COOL = 2, MODE_HEAT = 3, MODE_CIRCULATE = 4, MODE_STANDBY = 6 };

/* Ambient temperature over the hours of the day. */
static const double ambient_curve[][2] = {{0, 20}, {5, 18}, {9, 23}, {14, 30}, {19, 26}, {24, 20}};

void sim_thermal_init(sim_cabinet *cabinet)
{
    cabinet->tms = (sim_tms){.supply_t = 23,
                             .return_t = 23,
                             .ambient_t = 22,
                             .cool_set_t = 28,
                             .cool_hyst = 3,
                             .heat_set_t = 8};
}

static void control(sim_cabinet *cabinet)
{
    sim_tms *tms = &cabinet->tms;
    const sim_extremes *e = &cabinet->battery.extremes;

    if (e->t_max >= tms->cool_set_t)
        tms->compressor = 1;
    else if (e->t_max <= tms->cool_set_t - tms->cool_hyst)
        tms->compressor = 0;
    if (e->t_min <= tms->heat_set_t)
        tms->heater = 1;
    else if (e->t_min >= tms->heat_set_t + tms->cool_hyst)
        tms->heater = 0;
    if (tms->compressor)
        tms->heater = 0;
    tms->pump = tms->compressor || tms->heater || fabs(cabinet->pcs.p) > 1;
    tms->mode = tms->compressor ? MODE_COOL
                : tms->heater   ? MODE_HEAT
                : tms->pump     ? MODE_CIRCULATE
                                : MODE_STANDBY;
    tms->power = 0.05 + (tms->pump ? 0.25 : 0) + (tms->compressor ? 1.9 : 0) +
                 (tms->heater ? HEATING_W / 1000 : 0);
}

/* Watts that the cells give to the coolant. */
static double exchange(sim_cabinet *cabinet, double dt_s)
{
    sim_battery *battery = &cabinet->battery;
    double middle = (cabinet->tms.supply_t + cabinet->tms.return_t) / 2, total_w = 0;

    for (size_t k = 0; k < SIM_SENSORS; k++) {
        double t = battery->sensor_t[k], to_coolant_w = 0;
        /* Cells further down the channel are cooled a little worse. */
        double reach = 1.05 - 0.1 * (double)(k % 26) / 26;

        if (cabinet->tms.pump)
            to_coolant_w = TO_COOLANT_W_K * reach * (t - middle);
        total_w += to_coolant_w;
        battery->sensor_t[k] += (battery->sensor_heat_w[k] - to_coolant_w -
                                 TO_AMBIENT_W_K * (t - cabinet->tms.ambient_t)) *
                                dt_s / SENSOR_HEAT_J_K;
    }
    return total_w;
}

void sim_thermal_step(sim_cabinet *cabinet, double dt_s)
{
    sim_tms *tms = &cabinet->tms;
    double from_cells_w, drive_w = 0;

    tms->ambient_t = sim_interpolate(ambient_curve, sizeof(ambient_curve) /
                                     sizeof(ambient_curve[0]), cabinet->day_s / 3600);
    control(cabinet);
    from_cells_w = exchange(cabinet, dt_s);
    if (tms->compressor && tms->supply_t > COOLANT_LEAST)
        drive_w = -COOLING_W;
    else if (tms->heater && tms->supply_t < COOLANT_MOST)
        drive_w = HEATING_W;
    tms->supply_t += (from_cells_w + drive_w + 8 * (tms->ambient_t - tms->supply_t)) * dt_s /
                     COOLANT_J_K;
    tms->return_t = tms->supply_t + (tms->pump ? from_cells_w / FLOW_W_K : 0);
    tms->inlet_p = tms->pump ? 1.1 : 0.9;
    tms->outlet_p = tms->pump ? 2.05 : 0.9;
}

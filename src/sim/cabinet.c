/* The cabinet as a whole: order of a step, clock, noise, and small arithmetic for all parts. */
#include "sim/cabinet.h"

#include <string.h>

#define DAY_S 86400.0

double sim_chance_next(sim_chance *chance)
{
    uint64_t z = chance->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) / (double)(1ull << 52) - 1.0;
}

double sim_clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

double sim_interpolate(const double (*line)[2], size_t count, double x)
{
    size_t i = 1;

    while (i + 1 < count && x > line[i][0])
        i++;
    return line[i - 1][1] +
           (x - line[i - 1][0]) * (line[i][1] - line[i - 1][1]) / (line[i][0] - line[i - 1][0]);
}

void sim_cabinet_init(sim_cabinet *cabinet, uint64_t seed, double soc)
{
    memset(cabinet, 0, sizeof(*cabinet));
    cabinet->chance.state = seed;
    cabinet->day_s = 8 * 3600;
    sim_battery_init(&cabinet->battery, &cabinet->chance, soc);
    sim_bms_init(&cabinet->bms);
    sim_pcs_init(&cabinet->pcs);
    sim_meter_init(&cabinet->meter);
    sim_thermal_init(cabinet);
    sim_cabinet_step(cabinet, 0.1);
}

static void step_fire(sim_cabinet *cabinet)
{
    cabinet->fire.co = 2 + sim_chance_next(&cabinet->chance);
    cabinet->fire.h2 = 1;
    cabinet->fire.t = cabinet->tms.ambient_t + 1.5;
}

static void step_clock(sim_cabinet *cabinet, double dt_s)
{
    cabinet->day_s += dt_s;
    if (cabinet->day_s >= DAY_S) {
        cabinet->day_s -= DAY_S;
        cabinet->battery.day_ch = cabinet->battery.day_dis = 0;
    }
    cabinet->heartbeat_s += dt_s;
    while (cabinet->heartbeat_s > 1 - 1e-6) {
        cabinet->heartbeat_s -= 1;
        cabinet->bms.heartbeat = (cabinet->bms.heartbeat + 1) % 65536;
        cabinet->pcs.heartbeat = (cabinet->pcs.heartbeat + 1) % 65536;
    }
}

void sim_cabinet_step(sim_cabinet *cabinet, double dt_s)
{
    step_clock(cabinet, dt_s);
    sim_bms_step(cabinet, dt_s);
    sim_pcs_step(cabinet, dt_s); /* also loads the battery */
    sim_thermal_step(cabinet, dt_s);
    sim_battery_measure(&cabinet->battery, &cabinet->chance);
    sim_meter_step(cabinet, dt_s);
    step_fire(cabinet);
}

void sim_cabinet_link_lost(sim_cabinet *cabinet)
{
    cabinet->pcs.p_set = 0;
    cabinet->pcs.q_set = 0;
}

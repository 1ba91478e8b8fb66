/* The gateway meter: what the PCS gives less what the site and the cabinet itself use. */
#include "sim/cabinet.h"

#include <math.h>

#define QUARTER_S   900.0
#define LOAD_PF_TAN 0.33 /* reactive power of the site's load per active power */
#define OWN_USE_KW  0.35 /* controllers, fans, lights */

/* Load of the site over the hours of the day, kW. */
static const double load_curve[][2] = {
    {0, 28}, {5, 25}, {7, 45}, {9, 95}, {12, 82}, {14, 105}, {17, 90}, {19, 55}, {24, 28},
};

void sim_meter_init(sim_meter *meter)
{
    *meter = (sim_meter){.purpose = 1,
                         .import_kwh = 512345.6,
                         .export_kwh = 1234.5,
                         .demand = 60,
                         .demand_max = 131.4};
}

static void count(sim_meter *meter, double dt_s)
{
    double kwh = meter->p * dt_s / 3600;

    *(kwh > 0 ? &meter->export_kwh : &meter->import_kwh) += fabs(kwh);
    meter->demand_sum_kws += -meter->p * dt_s;
    meter->demand_s += dt_s;
    if (meter->demand_s < QUARTER_S)
        return;
    meter->demand = sim_clamp(meter->demand_sum_kws / meter->demand_s, 0, 1e6);
    if (meter->demand > meter->demand_max)
        meter->demand_max = meter->demand;
    meter->demand_sum_kws = meter->demand_s = 0;
}

void sim_meter_step(sim_cabinet *cabinet, double dt_s)
{
    sim_meter *meter = &cabinet->meter;
    const sim_pcs *pcs = &cabinet->pcs;
    double pull = sim_clamp(0.02 * dt_s, 0, 1), phase_w;

    meter->load_noise += -pull * meter->load_noise + 0.8 * dt_s *
                         sim_chance_next(&cabinet->chance);
    meter->load_p = meter->load_noise +
                    sim_interpolate(load_curve, sizeof(load_curve) / sizeof(load_curve[0]),
                                    cabinet->day_s / 3600);
    meter->aux_p = cabinet->tms.power + OWN_USE_KW;
    meter->p = pcs->p - meter->load_p - meter->aux_p;
    meter->q = pcs->q - LOAD_PF_TAN * meter->load_p;
    meter->s = sqrt(meter->p * meter->p + meter->q * meter->q);
    meter->pf = meter->s < 0.05 ? 1 : meter->p / meter->s;
    meter->f = pcs->f;
    meter->u_a = pcs->u_ab / 1.7320508075688772;
    meter->u_b = meter->u_a + 0.3;
    meter->u_c = meter->u_a - 0.2;
    phase_w = (meter->p < 0 ? -1 : 1) * meter->s * 1000 / 3;
    meter->i_a = phase_w / meter->u_a;
    meter->i_b = 0.97 * phase_w / meter->u_b;
    meter->i_c = 1.03 * phase_w / meter->u_c;
    count(meter, dt_s);
}

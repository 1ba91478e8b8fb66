/* The power conversion system: run states, set-points with ramps, limits, losses, energies. */
#include "sim/cabinet.h"

#include <math.h>

#define CHANGE_S       0.5   /* from one run state to the next once the power is 0 */
#define STOP_RAMP_KW_S 100.0 /* at least so fast to 0 when told to stop */
#define Q_RAMP_KVAR_S  100.0
#define IDLE_KW        0.05
#define SQRT3          1.7320508075688772

enum {
    RUN_STOPPED = 1,
    RUN_STANDBY,
    RUN_CHARGING,
    RUN_DISCHARGING,
    RUN_IDLE,
    RUN_FAULT = 7
};
enum { DERATE_CH = 1, DERATE_DIS = 2, DERATE_PARAM = 4, DERATE_HEAT = 8 };
enum { FAULT_BATTERY = 1, FAULT_ESTOP = 2, FAULT_HEAT = 4 };

void sim_pcs_init(sim_pcs *pcs)
{
    *pcs = (sim_pcs){.ctrl_mode = 2,
                     .grid_state = 1,
                     .run_cmd = SIM_CMD_START,
                     .phase = SIM_CMD_START,
                     .u_ab = 400,
                     .f = 50,
                     .igbt_t = 25,
                     .cab_t = 25,
                     .sink_t = 25,
                     .insul = 1900,
                     .ac_ch = 110765.4,
                     .ac_dis = 100321.9,
                     .dc_ch = 108123.4,
                     .dc_dis = 102345.6,
                     .p_ch_max = SIM_RATED_KW,
                     .p_dis_max = SIM_RATED_KW,
                     .ramp_up = 50,
                     .ramp_down = 50};
}

/* Losses of the bridge and its supply while it switches. */
static double loss_of(double p)
{
    double load = fabs(p);

    return 0.25 + 0.009 * load + 0.00006 * load * load;
}

/* Towards target by at most step. */
static double approach(double value, double target, double step)
{
    return value + sim_clamp(target - value, -step, step);
}

static void change_phase(sim_cabinet *cabinet, double dt_s)
{
    sim_pcs *pcs = &cabinet->pcs;
    bool battery = cabinet->bms.fault, estop = cabinet->fire.estop != 0;
    bool hot = pcs->igbt_t > 120;

    pcs->fault_word = (battery ? FAULT_BATTERY : 0) | (estop ? FAULT_ESTOP : 0) |
                      (hot ? FAULT_HEAT : 0);
    if (pcs->fault_word != 0) {
        pcs->phase = SIM_CMD_STOP;
        pcs->p = pcs->q = pcs->p_set = pcs->q_set = 0;
        pcs->transit_s = 0;
        return;
    }
    if (pcs->run_cmd == pcs->phase || pcs->p != 0 || pcs->q != 0) {
        pcs->transit_s = 0;
        return;
    }
    pcs->transit_s += dt_s;
    if (pcs->transit_s <= CHANGE_S - 1e-6)
        return;
    pcs->phase = pcs->run_cmd;
    if (pcs->phase == SIM_CMD_STOP)
        pcs->p_set = pcs->q_set = 0; /* a later start must not begin with a forgotten power */
}

/* The active power that set-point, parameters and battery together allow. */
static double limited_target(sim_cabinet *cabinet)
{
    sim_pcs *pcs = &cabinet->pcs;
    const sim_bms *bms = &cabinet->bms;
    double target = sim_clamp(pcs->p_echo, -pcs->p_ch_max, pcs->p_dis_max);
    double inside = sim_clamp(target, -bms->p_max_ch, bms->p_max_dis);

    pcs->derate = (target != pcs->p_echo ? DERATE_PARAM : 0) |
                  (inside > target ? DERATE_CH : 0) | (inside < target ? DERATE_DIS : 0);
    if (pcs->derate != 0 && bms->t_high - cabinet->battery.extremes.t_max < 5)
        pcs->derate |= DERATE_HEAT;
    return inside;
}

static void move_power(sim_cabinet *cabinet, double dt_s)
{
    sim_pcs *pcs = &cabinet->pcs;
    bool runs = pcs->phase == SIM_CMD_START && pcs->run_cmd == SIM_CMD_START;
    double p_target = limited_target(cabinet), q_target = pcs->q_echo, ramp, q_most;

    if (!runs)
        p_target = q_target = 0;
    ramp = fabs(p_target) > fabs(pcs->p) && p_target * pcs->p >= 0 ? pcs->ramp_up
                                                                   : pcs->ramp_down;
    if (!runs && ramp < STOP_RAMP_KW_S)
        ramp = STOP_RAMP_KW_S;
    pcs->p = approach(pcs->p, p_target, ramp * dt_s);
    /* The battery's limits are not a matter of ramps. */
    pcs->p = sim_clamp(pcs->p, -cabinet->bms.p_max_ch, cabinet->bms.p_max_dis);
    q_most = sqrt(sim_clamp(1.21 * SIM_RATED_KW * SIM_RATED_KW - pcs->p * pcs->p, 0, 1e9));
    pcs->q = approach(pcs->q, sim_clamp(q_target, -q_most, q_most), Q_RAMP_KVAR_S * dt_s);
}

static void show_state(sim_pcs *pcs)
{
    if (pcs->fault_word != 0)
        pcs->run_state = RUN_FAULT;
    else if (pcs->phase == SIM_CMD_STOP)
        pcs->run_state = RUN_STOPPED;
    else if (pcs->phase == SIM_CMD_STANDBY)
        pcs->run_state = RUN_STANDBY;
    else
        pcs->run_state = pcs->p > IDLE_KW    ? RUN_DISCHARGING
                         : pcs->p < -IDLE_KW ? RUN_CHARGING
                                             : RUN_IDLE;
}

static void show_electric(sim_cabinet *cabinet, double dt_s)
{
    sim_pcs *pcs = &cabinet->pcs;
    sim_chance *chance = &cabinet->chance;
    double pull = sim_clamp(0.05 * dt_s, 0, 1);

    pcs->f += pull * (50 - pcs->f) + 0.004 * dt_s * sim_chance_next(chance);
    pcs->u_ab += pull * (400 - pcs->u_ab) + 0.4 * dt_s * sim_chance_next(chance);
    pcs->u_bc = pcs->u_ab + 0.7;
    pcs->u_ca = pcs->u_ab - 0.5;
    pcs->s = sqrt(pcs->p * pcs->p + pcs->q * pcs->q);
    pcs->pf = pcs->s < 0.05 ? 1 : pcs->p / pcs->s;
    pcs->i_a = (pcs->p < 0 ? -1 : 1) * pcs->s * 1000 / (SQRT3 * pcs->u_ab);
    pcs->i_b = pcs->i_a * 0.998;
    pcs->i_c = pcs->i_a * 1.002;
    pcs->dc_v = cabinet->bms.contactor == 1 ? cabinet->battery.v : 0;
    pcs->dc_i = cabinet->battery.i;
    pcs->dc_p = cabinet->battery.p;
    pcs->eff = fabs(pcs->p) < IDLE_KW ? 0
               : pcs->p > 0           ? 100 * pcs->p / pcs->dc_p
                                      : sim_clamp(100 * pcs->dc_p / pcs->p, 0, 100);
    pcs->sink_t = approach(pcs->sink_t, cabinet->tms.ambient_t + 8 + 0.22 * fabs(pcs->p),
                           0.05 * dt_s);
    pcs->igbt_t = pcs->sink_t + 0.14 * fabs(pcs->p);
    pcs->cab_t = cabinet->tms.ambient_t + 0.3 * (pcs->sink_t - cabinet->tms.ambient_t);
}

static void count_energy(sim_pcs *pcs, double dt_s)
{
    double ac_kwh = pcs->p * dt_s / 3600, dc_kwh = pcs->dc_p * dt_s / 3600;

    *(ac_kwh > 0 ? &pcs->ac_dis : &pcs->ac_ch) += fabs(ac_kwh);
    *(dc_kwh > 0 ? &pcs->dc_dis : &pcs->dc_ch) += fabs(dc_kwh);
}

void sim_pcs_step(sim_cabinet *cabinet, double dt_s)
{
    sim_pcs *pcs = &cabinet->pcs;

    pcs->p_echo = pcs->p_set;
    pcs->q_echo = pcs->q_set;
    change_phase(cabinet, dt_s);
    move_power(cabinet, dt_s);
    pcs->loss_kw = pcs->phase == SIM_CMD_START ? loss_of(pcs->p) : 0;
    sim_battery_step(&cabinet->battery, pcs->p + pcs->loss_kw, dt_s);
    show_state(pcs);
    show_electric(cabinet, dt_s);
    count_energy(pcs, dt_s);
}

/* The battery's own protection: what it allows now, and the states it reports. */
#include "sim/cabinet.h"

#define I_MAX_A       157.0 /* half the capacity per hour */
#define SOC_RELEASE   1.0   /* % back inside before a forbidden direction is allowed again */
#define V_RELEASE_MV  100.0
#define SOC_TAPER     5.0 /* % before a limit at which the current begins to fall */
#define V_TAPER_MV    120.0
#define T_TAPER       5.0
#define TAPER_LEAST   0.1
#define CELL_V_TRIP_HIGH_MV 3750.0
#define CELL_V_TRIP_LOW_MV  2500.0
#define CELL_T_TRIP         65.0

enum { CONTACTOR_OPEN, CONTACTOR_CLOSED, CONTACTOR_PARTIAL, CONTACTOR_PRE_CHARGING };
enum {
    STATE_DISCONNECTED = 1,
    STATE_INITIALISING,
    STATE_CONNECTED,
    STATE_STANDBY,
    STATE_SOC_PROTECTION,
    STATE_FAULT = 99
};
enum { CHARGE_OFF = 1, CHARGE_EMPTY, CHARGE_DIS, CHARGE_CH, CHARGE_FULL, CHARGE_HOLDING };

void sim_bms_init(sim_bms *bms)
{
    *bms = (sim_bms){.soc_min = 5,
                     .soc_max = 98,
                     .cell_v_high = 3600,
                     .cell_v_low = 2800,
                     .t_high = 55,
                     .t_low = 0};
}

/* Share of the full current when room is left before a limit: 1 far off, TAPER_LEAST at it. */
static double taper(double room, double width)
{
    return sim_clamp(room / width, TAPER_LEAST, 1);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void forbid(sim_cabinet *cabinet)
{
    sim_bms *bms = &cabinet->bms;
    const sim_extremes *e = &cabinet->battery.extremes;
    double soc = cabinet->battery.soc;
    double held_ch = bms->ch_forbid ? 1 : 0, held_dis = bms->dis_forbid ? 1 : 0;
    bool hot = e->t_max >= bms->t_high - (bms->ch_forbid || bms->dis_forbid ? 2 : 0);

    bms->ch_forbid = hot || bms->fault || e->t_min <= bms->t_low ||
                     soc >= bms->soc_max - SOC_RELEASE * held_ch ||
                     e->v_max >= bms->cell_v_high - V_RELEASE_MV * held_ch;
    bms->dis_forbid = hot || bms->fault || soc <= bms->soc_min + SOC_RELEASE * held_dis ||
                      e->v_min <= bms->cell_v_low + V_RELEASE_MV * held_dis;
}

static void allow(sim_cabinet *cabinet)
{
    sim_bms *bms = &cabinet->bms;
    const sim_battery *battery = &cabinet->battery;
    const sim_extremes *e = &battery->extremes;
    double heat = taper(bms->t_high - e->t_max, T_TAPER);
    double ch = least(taper(bms->soc_max - battery->soc, SOC_TAPER),
                      taper(bms->cell_v_high - e->v_max, V_TAPER_MV));
    double dis = least(taper(battery->soc - bms->soc_min, SOC_TAPER),
                       taper(e->v_min - bms->cell_v_low, V_TAPER_MV));

    bms->i_max_ch = bms->ch_forbid ? 0 : I_MAX_A * least(ch, heat);
    bms->i_max_dis = bms->dis_forbid ? 0 : I_MAX_A * least(dis, heat);
    bms->p_max_ch = bms->i_max_ch * battery->v / 1000;
    bms->p_max_dis = bms->i_max_dis * battery->v / 1000;
}

static void show_state(sim_cabinet *cabinet)
{
    sim_bms *bms = &cabinet->bms;
    const sim_pcs *pcs = &cabinet->pcs;
    double i = cabinet->battery.i, soc = cabinet->battery.soc;

    bms->contactor = pcs->phase != SIM_CMD_STOP        ? CONTACTOR_CLOSED
                     : pcs->run_cmd == SIM_CMD_STOP    ? CONTACTOR_OPEN
                                                       : CONTACTOR_PRE_CHARGING;
    if (bms->fault)
        bms->contactor = CONTACTOR_OPEN;
    bms->clusters_off_reason = bms->fault ? 1 : 0;
    bms->state = bms->fault                                 ? STATE_FAULT
                 : bms->contactor == CONTACTOR_OPEN         ? STATE_DISCONNECTED
                 : bms->contactor == CONTACTOR_PRE_CHARGING ? STATE_INITIALISING
                 : bms->ch_forbid || bms->dis_forbid        ? STATE_SOC_PROTECTION
                 : pcs->phase == SIM_CMD_STANDBY            ? STATE_STANDBY
                                                            : STATE_CONNECTED;
    bms->charge_state = bms->contactor != CONTACTOR_CLOSED              ? CHARGE_OFF
                        : i > 0.5                                       ? CHARGE_DIS
                        : i < -0.5                                      ? CHARGE_CH
                        : soc <= bms->soc_min + SOC_RELEASE             ? CHARGE_EMPTY
                        : soc >= bms->soc_max - SOC_RELEASE             ? CHARGE_FULL
                                                                        : CHARGE_HOLDING;
}

void sim_bms_step(sim_cabinet *cabinet, double dt_s)
{
    sim_bms *bms = &cabinet->bms;
    const sim_extremes *e = &cabinet->battery.extremes;

    (void)dt_s;
    if (e->v_max > CELL_V_TRIP_HIGH_MV || e->v_min < CELL_V_TRIP_LOW_MV ||
        e->t_max > CELL_T_TRIP)
        bms->fault = true;
    else if (cabinet->pcs.run_cmd == SIM_CMD_STOP)
        bms->fault = false;
    bms->balancing = e->dv > 30 ? 12 : 0;
    bms->loc_rem = cabinet->pcs.ctrl_mode == 2 ? 0 : 1;
    forbid(cabinet);
    allow(cabinet);
    show_state(cabinet);
}

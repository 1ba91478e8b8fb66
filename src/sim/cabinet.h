/* The simulated cabinet: 125 kW / 261 kWh, one cluster of 260 LFP cells of 314 Ah, a PCS, liquid
 * cooling, and the gateway meter of a small site.
 *
 * Every quantity that a register can show is a field here, in the unit of the point model, so
 * that one table (registers.c) binds fields to points. Physics only ever steps forward by a given
 * time; the same seed and the same steps give the same cabinet. Sign: + is discharge, export.
 */
#ifndef ESS_SIM_CABINET_H
#define ESS_SIM_CABINET_H

#include "ess/base.h"

#define SIM_CELLS          260
#define SIM_SENSORS        130 /* one temperature per two cells */
#define SIM_PACK_AH        314.0
#define SIM_RATED_KW       125.0
#define SIM_LINK_SILENT_MS 30000 /* the PCS drops its set-points when nobody has asked so long */

/* Seeded noise (splitmix64). */
typedef struct sim_chance {
    uint64_t state;
} sim_chance;
/* Even over -1..1. */
double sim_chance_next(sim_chance *chance);

typedef struct sim_cell {
    double capacity_ah, resistance_ohm, charge_ah;
} sim_cell;

/* Extremes over the cells, as cluster and stack report them. Positions count from 1. */
typedef struct sim_extremes {
    double v_max, v_min, v_avg, dv; /* mV */
    double t_max, t_min, t_avg, dt; /* degC */
    int32_t v_max_at, v_min_at, t_max_at, t_min_at;
} sim_extremes;

typedef struct sim_battery {
    sim_cell cells[SIM_CELLS];
    double cell_v[SIM_CELLS];     /* V, under load */
    double sensor_t[SIM_SENSORS]; /* degC */
    double measured_v[SIM_CELLS], measured_t[SIM_SENSORS]; /* as the monitoring chips see them */
    double sensor_heat_w[SIM_SENSORS];
    double soc, soh, soe; /* %, %, kWh */
    double v, i, p;       /* V, A, kW */
    double loss_kwh;      /* turned into heat since the start */
    double cycles, total_ch, total_dis, day_ch, day_dis; /* -, kWh ... */
    double insul_pos, insul_neg;                         /* kohm */
    sim_extremes extremes;
} sim_battery;

typedef struct sim_bms {
    double i_max_ch, i_max_dis, p_max_ch, p_max_dis; /* A, kW: allowed now */
    int32_t contactor, state, charge_state, ch_forbid, dis_forbid, loc_rem;
    int32_t clusters_off_reason, balancing, heartbeat;
    bool fault; /* latched until the cabinet is told to stop */
    double soc_min, soc_max, cell_v_high, cell_v_low, t_high, t_low; /* parameters */
} sim_bms;

typedef enum sim_run_command { SIM_CMD_STOP, SIM_CMD_START, SIM_CMD_STANDBY } sim_run_command;

typedef struct sim_pcs {
    int32_t run_state, ctrl_mode, grid_state, run_cmd, derate, fault_word, heartbeat;
    int32_t phase;    /* the run command in force */
    double transit_s; /* how long the change to run_cmd has gone on */
    double u_ab, u_bc, u_ca, i_a, i_b, i_c, f;
    double p, q, s, pf, dc_v, dc_i, dc_p, loss_kw, eff;
    double igbt_t, cab_t, sink_t, insul;
    double ac_ch, ac_dis, dc_ch, dc_dis;               /* kWh */
    double p_set, q_set, p_echo, q_echo;               /* kW, kvar */
    double p_ch_max, p_dis_max, ramp_up, ramp_down;    /* parameters: kW, kW/s */
} sim_pcs;

typedef struct sim_meter {
    int32_t purpose;
    double p, q, s, pf, f, u_a, u_b, u_c, i_a, i_b, i_c;
    double import_kwh, export_kwh, demand, demand_max, aux_p, load_p;
    double demand_sum_kws, demand_s; /* of the running quarter of an hour */
    double load_noise;
} sim_meter;

typedef struct sim_tms {
    int32_t mode, pump, compressor, heater;
    double supply_t, return_t, ambient_t, inlet_p, outlet_p, power;
    double cool_set_t, cool_hyst, heat_set_t; /* parameters */
} sim_tms;

typedef struct sim_fire {
    int32_t level, door, flood, estop;
    double co, h2, t;
} sim_fire;

typedef struct sim_cabinet {
    sim_chance chance;
    double day_s; /* time of the simulated day, 0..86400 */
    double heartbeat_s;
    sim_battery battery;
    sim_bms bms;
    sim_pcs pcs;
    sim_meter meter;
    sim_tms tms;
    sim_fire fire;
} sim_cabinet;

/* Starts connected and idle at 8 o'clock. soc: 0..100 %. */
void sim_cabinet_init(sim_cabinet *cabinet, uint64_t seed, double soc);
/* Lets dt_s (0.1..1) of simulated time pass. */
void sim_cabinet_step(sim_cabinet *cabinet, double dt_s);
/* The PCS has not been spoken to for SIM_LINK_SILENT_MS: its set-points fall to 0. */
void sim_cabinet_link_lost(sim_cabinet *cabinet);

/* --- the parts, in the order of a step; also for their tests */

void sim_battery_init(sim_battery *battery, sim_chance *chance, double soc);
/* Delivers p_kw (or takes it, when negative) at the terminals; less if the cells cannot. */
void sim_battery_step(sim_battery *battery, double p_kw, double dt_s);
/* The monitoring chips look at every cell: true values with the noise of a good chip. Registers
 * and protection see these. */
void sim_battery_measure(sim_battery *battery, sim_chance *chance);
/* Energy that the cells hold, by their open-circuit curve. kWh. */
double sim_battery_stored(const sim_battery *battery);

void sim_bms_init(sim_bms *bms);
void sim_bms_step(sim_cabinet *cabinet, double dt_s);
void sim_pcs_init(sim_pcs *pcs);
void sim_pcs_step(sim_cabinet *cabinet, double dt_s);
void sim_thermal_init(sim_cabinet *cabinet);
void sim_thermal_step(sim_cabinet *cabinet, double dt_s);
void sim_meter_init(sim_meter *meter);
void sim_meter_step(sim_cabinet *cabinet, double dt_s);

/* Value at x of a line through count points, xs rising; beyond its ends it goes on straight. */
double sim_interpolate(const double (*line)[2], size_t count, double x);
double sim_clamp(double value, double least, double most);

#endif

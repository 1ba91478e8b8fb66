/* The cabinet's physics: energy and charge balance, limits, states. */
#include "sim/cabinet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static sim_cabinet cabinet;

static void run(double seconds, double dt_s)
{
    for (double t = 0; t < seconds - dt_s / 2; t += dt_s)
        sim_cabinet_step(&cabinet, dt_s);
}

static void start(double soc, double p_set)
{
    sim_cabinet_init(&cabinet, 7, soc);
    cabinet.pcs.p_set = p_set;
}

/* fails unless |a - b| <= band */
static void near(double a, double b, double band)
{
    if (!(fabs(a - b) <= band))
        fail_msg("%.6f and %.6f differ by more than %.6f", a, b, band);
}

static double charge_ah(void)
{
    double sum = 0;

    for (size_t k = 0; k < SIM_CELLS; k++)
        sum += cabinet.battery.cells[k].charge_ah;
    return sum;
}

static double capacity_ah(void)
{
    double sum = 0;

    for (size_t k = 0; k < SIM_CELLS; k++)
        sum += cabinet.battery.cells[k].capacity_ah;
    return sum;
}

static void energy_in_is_stored_plus_losses(void **state)
{
    static const struct {
        double soc, p_set, hours, dt_s;
    } cases[] = {{20, -100, 1.5, 1}, {80, 100, 1.5, 1}, {50, 30, 1, 0.1}, {97, -125, 0.5, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sim_battery *b = &cabinet.battery;
        double before, loss, in, out, moved;

        start(cases[i].soc, cases[i].p_set);
        before = sim_battery_stored(b);
        loss = b->loss_kwh;
        in = b->total_ch;
        out = b->total_dis;
        run(cases[i].hours * 3600, cases[i].dt_s);
        moved = (b->total_ch - in) + (b->total_dis - out);
        assert_true(moved > 1);
        near(b->total_ch - in - (b->total_dis - out),
             sim_battery_stored(b) - before + b->loss_kwh - loss, moved * 0.001);
        assert_true(b->loss_kwh > loss);
    }
}

static void ac_energy_is_dc_energy_less_converter_losses(void **state)
{
    double ac, dc, loss_kwh = 0;

    (void)state;
    start(80, 100);
    ac = cabinet.pcs.ac_dis - cabinet.pcs.ac_ch;
    dc = cabinet.pcs.dc_dis - cabinet.pcs.dc_ch;
    for (int s = 0; s < 1800; s++) {
        sim_cabinet_step(&cabinet, 1);
        loss_kwh += cabinet.pcs.loss_kw / 3600;
    }
    ac = cabinet.pcs.ac_dis - cabinet.pcs.ac_ch - ac;
    dc = cabinet.pcs.dc_dis - cabinet.pcs.dc_ch - dc;
    near(dc, ac + loss_kwh, dc * 0.001);
    assert_true(cabinet.pcs.eff > 95 && cabinet.pcs.eff < 99.5);
}

static void soc_follows_from_charge(void **state)
{
    double soc, before_ah, moved_ah = 0;

    (void)state;
    start(60, 80);
    run(10, 1);
    soc = cabinet.battery.soc;
    before_ah = charge_ah();
    for (int s = 0; s < 3600; s++) {
        sim_cabinet_step(&cabinet, 1);
        moved_ah += cabinet.battery.i / 3600 * SIM_CELLS;
    }
    near(before_ah - charge_ah(), moved_ah, 1e-6 * moved_ah);
    near(soc - cabinet.battery.soc, 100 * moved_ah / capacity_ah(), 1e-6);
    assert_true(cabinet.battery.soc < 35 && cabinet.battery.soc > 25);
}

static void cell_voltages_sum_to_the_stack(void **state)
{
    double sum = 0;

    (void)state;
    start(50, -60);
    run(600, 1);
    for (size_t k = 0; k < SIM_CELLS; k++)
        sum += cabinet.battery.cell_v[k];
    near(sum, cabinet.battery.v, 1e-9 * sum);
    near(cabinet.battery.v * cabinet.battery.i / 1000, cabinet.battery.p, 1e-9);
}

static void chips_see_every_cell_within_their_error(void **state)
{
    double sum = 0;

    (void)state;
    start(50, -60);
    run(600, 1);
    for (size_t k = 0; k < SIM_CELLS; k++) {
        near(cabinet.battery.measured_v[k], cabinet.battery.cell_v[k], 0.0015);
        near(cabinet.battery.measured_t[k / 2], cabinet.battery.sensor_t[k / 2], 0.15);
        sum += cabinet.battery.measured_v[k];
    }
    near(sum, cabinet.battery.v, 0.05);
    near(cabinet.battery.extremes.v_avg * SIM_CELLS / 1000, sum, 1e-6);
    assert_true(cabinet.battery.extremes.v_max > cabinet.battery.extremes.v_min);
}

static void charging_ends_before_any_limit_is_broken(void **state)
{
    (void)state;
    start(92, -125);
    for (int s = 0; s < 3600; s++) {
        sim_cabinet_step(&cabinet, 1);
        assert_true(cabinet.battery.extremes.v_max <= cabinet.bms.cell_v_high + 30);
        assert_true(cabinet.battery.soc <= cabinet.bms.soc_max + 0.1);
    }
    assert_true(cabinet.bms.ch_forbid);
    assert_false(cabinet.bms.fault);
    near(cabinet.pcs.p, 0, 1e-9);
    assert_int_equal(cabinet.pcs.derate & 1, 1);
    assert_int_equal(cabinet.bms.charge_state, 5); /* full */
    cabinet.pcs.p_set = 50; /* the other way is open */
    run(3, 0.1);
    near(cabinet.pcs.p, 50, 1e-9);
}

static void discharging_ends_before_any_limit_is_broken(void **state)
{
    (void)state;
    start(12, 125);
    for (int s = 0; s < 3600; s++) {
        sim_cabinet_step(&cabinet, 1);
        assert_true(cabinet.battery.extremes.v_min >= cabinet.bms.cell_v_low - 30);
        assert_true(cabinet.battery.soc >= cabinet.bms.soc_min - 1);
    }
    assert_true(cabinet.bms.dis_forbid);
    assert_false(cabinet.bms.fault);
    assert_int_equal(cabinet.bms.state, 5); /* SOC protection */
}

static void power_ramps_and_keeps_to_its_limits(void **state)
{
    (void)state;
    start(50, 100);
    cabinet.pcs.ramp_up = 20;
    run(1, 0.1);
    near(cabinet.pcs.p, 20, 2.1);
    near(cabinet.pcs.p_echo, 100, 0);
    run(10, 0.1);
    near(cabinet.pcs.p, 100, 1e-9);
    cabinet.pcs.p_dis_max = 40;
    run(10, 0.1);
    near(cabinet.pcs.p, 40, 1e-9);
    near(cabinet.pcs.p_echo, 100, 0); /* the echo is the set-point, not what comes of it */
    assert_int_equal(cabinet.pcs.derate, 4);
}

static void run_command_is_followed_within_two_seconds(void **state)
{
    static const struct {
        int32_t command, run_state, contactor;
    } steps[] = {{SIM_CMD_STOP, 1, 0},    {SIM_CMD_START, 5, 1}, {SIM_CMD_STANDBY, 2, 1},
                 {SIM_CMD_START, 5, 1},   {SIM_CMD_STOP, 1, 0},  {SIM_CMD_STANDBY, 2, 1},
                 {SIM_CMD_STOP, 1, 0}};

    (void)state;
    start(50, 125);
    run(5, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 4);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        cabinet.pcs.run_cmd = steps[i].command;
        run(2.1, 0.1);
        assert_int_equal(cabinet.pcs.run_state, steps[i].run_state);
        assert_int_equal(cabinet.bms.contactor, steps[i].contactor);
        near(cabinet.pcs.p, 0, 0); /* the stop dropped the set-point */
    }
}

static void link_loss_drops_the_set_points(void **state)
{
    (void)state;
    start(50, -90);
    cabinet.pcs.q_set = 10;
    run(5, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 3);
    sim_cabinet_link_lost(&cabinet);
    run(5, 0.1);
    near(cabinet.pcs.p, 0, 0);
    near(cabinet.pcs.q, 0, 0);
    near(cabinet.pcs.p_echo, 0, 0);
    assert_int_equal(cabinet.pcs.run_state, 5);
}

static void a_battery_fault_latches_until_stopped(void **state)
{
    (void)state;
    start(50, 50);
    run(3, 0.1);
    cabinet.battery.sensor_t[3] = 70;
    run(0.3, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 7);
    assert_int_equal(cabinet.bms.state, 99);
    near(cabinet.pcs.p, 0, 0);
    cabinet.battery.sensor_t[3] = 25;
    run(5, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 7);
    cabinet.pcs.run_cmd = SIM_CMD_STOP;
    run(2, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 1);
    cabinet.pcs.run_cmd = SIM_CMD_START;
    run(2, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 5);
}

static void emergency_stop_trips_at_once(void **state)
{
    (void)state;
    start(50, 100);
    run(5, 0.1);
    cabinet.fire.estop = 1;
    run(0.1, 0.1);
    assert_int_equal(cabinet.pcs.run_state, 7);
    assert_int_equal(cabinet.pcs.fault_word & 2, 2);
    near(cabinet.pcs.p, 0, 0);
}

static void cooling_holds_the_cells_with_hysteresis(void **state)
{
    size_t switched = 0;
    int32_t last = 0;

    (void)state;
    start(50, 0);
    cabinet.day_s = 12 * 3600;
    for (int s = 0; s < 3 * 3600; s++) { /* to and fro at full power */
        cabinet.pcs.p_set = s / 1800 % 2 == 0 ? 120 : -120;
        sim_cabinet_step(&cabinet, 1);
        assert_true(cabinet.battery.extremes.t_max < 40);
        assert_true(cabinet.battery.extremes.t_min > 5);
        switched += cabinet.tms.compressor != last;
        last = cabinet.tms.compressor;
    }
    assert_true(switched >= 1 && switched < 60);
}

static void meter_is_pcs_less_loads(void **state)
{
    (void)state;
    start(50, 60);
    run(30, 0.1);
    near(cabinet.meter.p, cabinet.pcs.p - cabinet.meter.load_p - cabinet.meter.aux_p, 1e-9);
    assert_true(cabinet.meter.load_p > 20);
    run(1800, 1);
    assert_true(cabinet.meter.import_kwh > 512345.6);
}

static void same_seed_same_cabinet_other_seed_another(void **state)
{
    static sim_cabinet first;

    (void)state;
    start(50, 60);
    run(100, 0.1);
    first = cabinet;
    start(50, 60);
    run(100, 0.1);
    assert_memory_equal(&first, &cabinet, sizeof(first));
    sim_cabinet_init(&cabinet, 8, 50);
    assert_true(cabinet.battery.cells[0].capacity_ah != first.battery.cells[0].capacity_ah);
}

static void a_night_goes_by_without_nonsense(void **state)
{
    const int seconds = 6 * 3600;
    double before;

    (void)state;
    start(50, 0);
    cabinet.day_s = 20 * 3600; /* midnight lies within */
    before = cabinet.battery.total_dis;
    for (int s = 0; s < seconds; s++) {
        cabinet.pcs.p_set = s / 3600 % 2 == 0 ? 60 : -65;
        sim_cabinet_step(&cabinet, 1);
        assert_true(isfinite(cabinet.battery.v) && isfinite(cabinet.meter.p));
        assert_true(cabinet.pcs.f > 49.8 && cabinet.pcs.f < 50.2);
        assert_true(cabinet.pcs.u_ab > 370 && cabinet.pcs.u_ab < 430);
    }
    assert_int_equal(cabinet.bms.heartbeat, seconds);
    assert_true(cabinet.battery.day_dis < cabinet.battery.total_dis - before - 30);
    assert_false(cabinet.bms.fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_in_is_stored_plus_losses),
        cmocka_unit_test(ac_energy_is_dc_energy_less_converter_losses),
        cmocka_unit_test(soc_follows_from_charge),
        cmocka_unit_test(cell_voltages_sum_to_the_stack),
        cmocka_unit_test(chips_see_every_cell_within_their_error),
        cmocka_unit_test(charging_ends_before_any_limit_is_broken),
        cmocka_unit_test(discharging_ends_before_any_limit_is_broken),
        cmocka_unit_test(power_ramps_and_keeps_to_its_limits),
        cmocka_unit_test(run_command_is_followed_within_two_seconds),
        cmocka_unit_test(link_loss_drops_the_set_points),
        cmocka_unit_test(a_battery_fault_latches_until_stopped),
        cmocka_unit_test(emergency_stop_trips_at_once),
        cmocka_unit_test(cooling_holds_the_cells_with_hysteresis),
        cmocka_unit_test(meter_is_pcs_less_loads),
        cmocka_unit_test(same_seed_same_cabinet_other_seed_another),
        cmocka_unit_test(a_night_goes_by_without_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "sim/run.h"

#include "codec/try.h"
#include "port/clock.h"
#include "port/log.h"
#include "port/loop.h"
#include "sim/cabinet.h"
#include "sim/ledger.h"
#include "sim/registers.h"
#include "south/modbus_server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TICK_MS 100

typedef struct simulation {
    sim_options options;
    port_loop *loop;
    int timer;
    south_table table;
    south_server *server;
    sim_registers registers;
    sim_cabinet cabinet;
    sim_pace pace;
    sim_ledger ledger;
    int64_t asked_mono_ms; /* when the PCS was last spoken to */
} simulation;

/* --- time */

size_t sim_pace_due(sim_pace *pace, int64_t now_mono_ms, int64_t *step_ms)
{
    int64_t step = TICK_MS * pace->speed, due;

    step = step > 1000 ? 1000 : step;
    pace->owed_ms += (now_mono_ms - pace->last_mono_ms) * pace->speed;
    pace->last_mono_ms = now_mono_ms;
    due = pace->owed_ms / step;
    pace->owed_ms %= step;
    *step_ms = step;
    return due > SIM_STEPS_MAX ? SIM_STEPS_MAX : (size_t)due;
}

static void on_tick(void *context)
{
    simulation *sim = context;
    int64_t now_mono_ms = port_mono_ms(), step_ms;
    size_t steps = sim_pace_due(&sim->pace, now_mono_ms, &step_ms);

    /* In real time whatever the speed: it is the link that is watched. */
    if (now_mono_ms - sim->asked_mono_ms >= SIM_LINK_SILENT_MS)
        sim_cabinet_link_lost(&sim->cabinet);
    for (size_t i = 0; i < steps; i++)
        sim_cabinet_step(&sim->cabinet, (double)step_ms / 1000);
    sim_registers_encode(&sim->registers, &sim->cabinet);
    port_loop_arm(sim->loop, sim->timer, now_mono_ms + TICK_MS);
}

/* --- Modbus */

static ess_err on_event(void *context, const south_event *event)
{
    simulation *sim = context;
    sim_range range = {event->area, event->address, event->count};

    if (event->what == SOUTH_BEFORE_READ || event->what == SOUTH_BEFORE_WRITE)
        sim->asked_mono_ms = port_mono_ms();
    if (event->what == SOUTH_BEFORE_READ)
        return sim_registers_check_read(&sim->registers, range);
    if (event->what == SOUTH_BEFORE_WRITE)
        return sim_registers_check_write(&sim->registers, &sim->cabinet, range,
                                         event->registers);
    if (event->what == SOUTH_WRITTEN)
        sim_registers_apply(&sim->registers, &sim->cabinet, range, event->registers);
    sim_ledger_event(&sim->ledger, event);
    if (sim->ledger.err != ESS_OK)
        port_loop_stop(sim->loop); /* without the truth there is nothing to compare with */
    return ESS_OK;
}

static void on_signal(void *context, int number)
{
    simulation *sim = context;

    (void)number;
    port_loop_stop(sim->loop);
}

/* --- life */

static sim_exit fail(const simulation *sim, const char *id, const char *subject, sim_exit code)
{
    char text[512];

    sim_say(id, subject, sim->options.chinese, text);
    fprintf(stderr, "ess-sim: %s\n", text);
    return code;
}

static sim_exit load_points(simulation *sim)
{
    static char problem[8192];
    const south_point *unknown;
    char path[ESS_NS_MAX + ESS_NAME_MAX + 2];

    if (south_table_load(sim->options.points, sim->options.chinese, &sim->table, problem,
                         sizeof(problem)) != ESS_OK) {
        fputs(problem, stderr);
        return SIM_REFUSED_INPUT;
    }
    if (sim_registers_bind(&sim->registers, &sim->table, &unknown) == ESS_OK)
        return SIM_DONE;
    (void)snprintf(path, sizeof(path), "%s/%s", unknown->object, unknown->name);
    return fail(sim, "sim-points", path, SIM_REFUSED_INPUT);
}

static ess_err start_loop(simulation *sim)
{
    static const int ends[] = {SIGTERM, SIGINT, 0};

    sim->loop = port_loop_new(SOUTH_CONNECTIONS_MAX + 4, 2);
    if (sim->loop == NULL)
        return ESS_E_NO_ROOM;
    TRY(port_loop_signals(sim->loop, ends, on_signal, sim));
    return port_loop_timer(sim->loop, on_tick, sim, &sim->timer);
}

static ess_err start_server(simulation *sim)
{
    south_server_options options = {.host = sim->options.host,
                                    .port = sim->options.port,
                                    .unit_id = (uint8_t)sim->options.unit_id,
                                    .holding = sim->registers.holding,
                                    .input = sim->registers.input,
                                    .hook = on_event,
                                    .context = sim};

    return south_server_new(sim->loop, &options, &sim->server);
}

static sim_exit serve(simulation *sim)
{
    sim_identity identity = {sim->options.group, sim->options.unit, sim->options.seed};
    ess_err err;

    if (sim_ledger_open(&sim->ledger, sim->options.ledger, &sim->table, &identity) != ESS_OK)
        return fail(sim, "sim-ledger", strerror(errno), SIM_TRY_AGAIN);
    sim_cabinet_init(&sim->cabinet, (uint64_t)sim->options.seed, sim->options.soc);
    sim->cabinet.pcs.p_set = sim->options.power;
    sim_registers_encode(&sim->registers, &sim->cabinet);
    if (start_server(sim) != ESS_OK) {
        (void)sim_ledger_close(&sim->ledger);
        return fail(sim, "sim-listen", sim->options.listen, SIM_UNREACHABLE);
    }
    printf("ready %s:%u\n", sim->options.host, south_server_port(sim->server));
    (void)fflush(stdout); /* a script waits for it */
    sim->asked_mono_ms = port_mono_ms();
    sim->pace = (sim_pace){.speed = sim->options.speed, .last_mono_ms = sim->asked_mono_ms};
    port_loop_arm(sim->loop, sim->timer, sim->asked_mono_ms + TICK_MS);
    err = port_loop_run(sim->loop);
    south_server_free(sim->server);
    if (sim_ledger_close(&sim->ledger) != ESS_OK)
        return fail(sim, "sim-ledger", strerror(errno), SIM_TRY_AGAIN);
    return err == ESS_OK ? SIM_DONE : SIM_FAILED;
}

int sim_main(int count, char *const *arguments)
{
    static simulation sim;
    char problem[512];
    sim_exit code = sim_options_read(count, arguments, &sim.options, problem);

    port_log_open("ess-sim", PORT_INFO);
    if (code != SIM_DONE) {
        fprintf(stderr, "ess-sim: %s\n", problem);
        return (int)code;
    }
    if (sim.options.help) {
        sim_options_help(sim.options.chinese);
        return SIM_DONE;
    }
    if (sim.options.version) {
        puts("ess-sim " ESS_VERSION);
        return SIM_DONE;
    }
    code = load_points(&sim);
    if (code == SIM_DONE && start_loop(&sim) != ESS_OK)
        code = SIM_FAILED;
    if (code == SIM_DONE)
        code = serve(&sim);
    if (sim.loop != NULL)
        port_loop_free(sim.loop);
    south_table_free(&sim.table);
    return (int)code;
}

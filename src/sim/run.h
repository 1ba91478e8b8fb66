/* ess-sim at work: the loop that lets simulated time pass and serves registers. */
#ifndef ESS_SIM_RUN_H
#define ESS_SIM_RUN_H

#include "sim/options.h"

/* The whole program: arguments to exit code. */
int sim_main(int count, char *const *arguments);

/* How much simulated time to step: whole steps of 100 ms (real time) to 1 s (fast). Pure. */
typedef struct sim_pace {
    int64_t speed;
    int64_t last_mono_ms;
    int64_t owed_ms; /* simulated time not yet stepped */
} sim_pace;
#define SIM_STEPS_MAX 1000 /* in one go; more is let fall: the machine was asleep */
/* Number of steps due at now_mono_ms, each *step_ms long. */
size_t sim_pace_due(sim_pace *pace, int64_t now_mono_ms, int64_t *step_ms);

#endif

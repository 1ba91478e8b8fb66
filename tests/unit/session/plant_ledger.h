/* What really happened in the plant, known to nobody in it: which reports became durable, what the
 * equipment was made to do and when. The end is held against it. */
#ifndef ESS_TEST_PLANT_LEDGER_H
#define ESS_TEST_PLANT_LEDGER_H

#include "ess/stage.h"
#include "plant_world.h"

#define REPORTS_MAX  2048
#define COMMANDS_MAX 24

typedef struct ledger_report {
    bool durable; /* on the device's disk: from then on it must not be lost */
    bool broken;  /* by rule DAT-07: to be refused for good */
    bool told_lost;
    uint8_t stored;  /* how often the cloud's history has it */
    uint8_t refused; /* how often the cloud said so */
} ledger_report;

typedef struct ledger_command {
    int64_t exp_utc_ms;
    unsigned writes;
    int64_t written_utc_ms;
    bool by_own_clock; /* the device had a clock when it judged */
} ledger_command;

typedef struct ledger {
    ledger_report reports[REPORTS_MAX];
    size_t report_count;
    ledger_command commands[COMMANDS_MAX];
    size_t command_count;
    /* that the world was as bad as it should */
    unsigned device_deaths, cloud_deaths, cuts, gaps, batches, refusals, unknowns;
} ledger;

#endif

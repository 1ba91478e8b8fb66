/* What the command line of ess-sim says. */
#ifndef ESS_SIM_OPTIONS_H
#define ESS_SIM_OPTIONS_H

#include "ess/base.h"

#define SIM_TEXT_MAX 256

/* Exit codes, as those of ess. */
typedef enum sim_exit {
    SIM_DONE = 0,
    SIM_FAILED = 1,
    SIM_WRONG_USE = 2,
    SIM_REFUSED_INPUT = 65,
    SIM_UNREACHABLE = 69,
    SIM_TRY_AGAIN = 75
} sim_exit;

typedef struct sim_options {
    char listen[SIM_TEXT_MAX]; /* as given */
    char host[SIM_TEXT_MAX];
    uint16_t port;
    char group[SIM_TEXT_MAX], unit[SIM_TEXT_MAX], points[SIM_TEXT_MAX], ledger[SIM_TEXT_MAX];
    char lang[SIM_TEXT_MAX];
    int64_t seed, speed, unit_id;
    double soc, power;
    bool chinese, help, version;
} sim_options;

/* Fills options from the arguments (defaults first). In chinese only what --lang and the
 * environment say. SIM_DONE, or SIM_WRONG_USE with the reason in problem (NUL-terminated, one
 * line). */
sim_exit sim_options_read(int count, char *const *arguments, sim_options *options,
                          char problem[static 512]);
/* Writes the help to stdout. */
void sim_options_help(bool chinese);
/* The catalogue's text for id in one line: "<subject>: what why mend [id]". */
void sim_say(const char *id, const char *subject, bool chinese, char room[static 512]);

#endif

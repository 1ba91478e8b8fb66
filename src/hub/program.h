/* ess-hub as a program: its options, and its running. */
#ifndef ESS_HUB_PROGRAM_H
#define ESS_HUB_PROGRAM_H

#include "hub/hub_config.h"

/* The whole program; returns its exit status: 0 ok, 1 it could not run, 2 wrong use, 78 its
 * configuration is refused. */
int hub_program(int argc, char **argv);

/* Serves until SIGTERM or SIGINT. Says itself what goes wrong. */
ess_err hub_serve(const hub_config *config);

/* One line to stderr: what, why and how to mend by the catalogue's id, and the detail. */
void hub_say_error(const char *id, const char *detail, bool chinese);

#endif

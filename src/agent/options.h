/* The command line of ess-agent. */
#ifndef ESS_AGENT_OPTIONS_H
#define ESS_AGENT_OPTIONS_H

/* The whole program: options, configuration, run. Returns the exit code: 0 ok, 1 failed while
 * running, 2 wrong use, 65 refused configuration or damaged state, 75 state in use. */
int agent_main(int argc, char **argv);

#endif

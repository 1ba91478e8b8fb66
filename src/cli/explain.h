/* What the model says of one thing, in words on c->out. */
#ifndef ESS_CLI_EXPLAIN_H
#define ESS_CLI_EXPLAIN_H

#include "cli/cli.h"

void explain_point(const cli *c, const ess_model_object *object, const ess_model_point *point);
void explain_command(const cli *c, const ess_model_command *command);
void explain_alarm(const cli *c, const ess_model_alarm *alarm);

#endif

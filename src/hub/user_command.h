/* `ess-hub user add|list|remove`: who may log in. Works beside a running hub, which takes notice
 * at the user's next request. */
#ifndef ESS_HUB_USER_COMMAND_H
#define ESS_HUB_USER_COMMAND_H

#include <stdbool.h>

#define HUB_CONFIG_USUAL "/etc/esslink/hub.yaml"

/* argv[0] is "user". Says itself what goes wrong. Returns the program's exit status: 0 ok, 1 it
 * could not be done, 2 wrong use, 78 the configuration is refused. */
int hub_user_command(int argc, char **argv, bool chinese);

#endif

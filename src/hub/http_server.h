/* The HTTP half of the hub: REST, the event stream and the page, on the program's one loop. */
#ifndef ESS_HUB_HTTP_SERVER_H
#define ESS_HUB_HTTP_SERVER_H

#include "hub/core.h"
#include "port/loop.h"

typedef struct hub_http hub_http;

typedef struct hub_http_options {
    const char *address; /* IPv4 or IPv6, no name */
    uint16_t port;       /* 0: any free one */
    const char *web_dir; /* folder of the page's files */
} hub_http_options;

/* Listens. Needs one descriptor and two timers of the loop; options' texts, core and loop are
 * borrowed until hub_http_stop. Takes over hub_core_on_announce. ESS_E_CONFIG: no such address;
 * ESS_E_IO: it cannot be listened on; ESS_E_NO_ROOM, ESS_E_INTERNAL. Cost: one argon2id. */
ess_err hub_http_start(hub_core *core, port_loop *loop, const hub_http_options *options,
                       hub_http **out);
/* The port that is listened on. */
uint16_t hub_http_port(const hub_http *http);
/* Ends all connections. NULL is allowed. */
void hub_http_stop(hub_http *http);

#endif

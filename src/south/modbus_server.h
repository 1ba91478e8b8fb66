/* A Modbus TCP server over a register image, for simulated equipment and tests.
 *
 * Serves functions 3, 4, 6 and 16 from a port_loop, without ever waiting for a peer. Before a
 * read is answered the hook may bring the image up to date; after it, the hook is told what was
 * served, byte for byte. A connection that sends what is no Modbus TCP is closed; one that does
 * not take its answers is not read from until it does.
 */
#ifndef ESS_SOUTH_MODBUS_SERVER_H
#define ESS_SOUTH_MODBUS_SERVER_H

#include "ess/base.h"
#include "port/loop.h"
#include "south/point_table.h"

typedef struct south_server south_server;

typedef enum south_happening {
    SOUTH_CONNECTED,
    SOUTH_DISCONNECTED,
    SOUTH_BEFORE_READ,  /* image may still be changed; may be refused as a write */
    SOUTH_SERVED,       /* the last byte of the answer has been handed to the kernel */
    SOUTH_BEFORE_WRITE, /* return ESS_E_* to answer with an exception: E_NUMBER -> 3 illegal value,
                           E_NOT_FOUND -> 2 illegal address, any other -> 4 device failure */
    SOUTH_WRITTEN       /* the image holds the new registers; not yet answered */
} south_happening;

typedef struct south_event {
    south_happening what;
    uint32_t connection; /* 1, 2, ... never reused */
    uint64_t sequence;   /* of the request, 1, 2, ... over all connections */
    south_area area;
    uint16_t address, count;
    int64_t at_utc_ms; /* SERVED: just before the answer went to the kernel; others: now */
    const uint16_t *registers; /* SERVED: what was served; writes: what is written; else NULL */
} south_event;

/* Its result counts for BEFORE_READ and BEFORE_WRITE. Must not free the server. */
typedef ess_err (*south_server_hook)(void *context, const south_event *event);

typedef struct south_server_options {
    const char *host; /* e.g. "127.0.0.1" */
    uint16_t port;    /* 0: the kernel chooses, see south_server_port */
    uint8_t unit_id;
    /* the images, 65536 registers each, the caller's; input may be NULL: no such area */
    uint16_t *holding, *input;
    south_server_hook hook;
    void *context;
} south_server_options;

#define SOUTH_CONNECTIONS_MAX 16

/* Needs 1 + SOUTH_CONNECTIONS_MAX descriptors of the loop; further peers are hung up on.
 * ESS_E_IO when the address cannot be bound. */
ess_err south_server_new(port_loop *loop, const south_server_options *options, south_server **out);
void south_server_free(south_server *server);
uint16_t south_server_port(const south_server *server);

#endif

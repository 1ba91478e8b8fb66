/* A bus: one connection to equipment and the one thread that may block on it.
 *
 * The loop puts jobs in, the thread answers each in order; both through bounded queues. A dead
 * device thus stalls its own bus and nothing else. The order of work is the caller's: a command
 * goes next because no more than one read is ever waiting.
 */
#ifndef ESS_SOUTH_BUS_H
#define ESS_SOUTH_BUS_H

#include "codec/base.h"
#include "south/point_table.h"

typedef struct south_bus south_bus;

typedef struct south_bus_options {
    const char *host; /* IP address; borrowed until south_bus_free */
    uint16_t port;
    uint8_t unit_id;
    uint32_t timeout_ms; /* for connecting and for each answer; 100..10000 */
} south_bus_options;

typedef enum south_action { SOUTH_READ, SOUTH_WRITE } south_action;

typedef struct south_job {
    uint64_t id; /* the caller's, copied to the answer */
    south_action action;
    south_area area; /* READ */
    uint16_t address, count;
    uint16_t registers[SOUTH_READ_MAX]; /* WRITE */
} south_job;

typedef struct south_answer {
    uint64_t id;
    /* ESS_OK; ESS_E_OFFLINE not connected; ESS_E_TIMEOUT sent, no answer: a write may have taken
     * effect; ESS_E_DATA the equipment refused (Modbus exception in exception) */
    ess_err err;
    uint8_t exception;
    south_action action;
    south_area area;
    uint16_t address, count;
    int64_t sent_mono_ms;     /* just before the request went out */
    int64_t answered_mono_ms; /* when the answer was complete */
    int64_t answered_utc_ms;
    uint16_t registers[SOUTH_READ_MAX];
} south_answer;

/* Starts the thread; it connects when the first job comes and again after any failure, flushing
 * stale bytes. NULL when memory or threads are out. */
south_bus *south_bus_new(const south_bus_options *options);
/* Ends the thread (at most one timeout later) and frees all. */
void south_bus_free(south_bus *bus);
/* ESS_E_NO_ROOM when SOUTH_JOBS_MAX jobs wait. */
#define SOUTH_JOBS_MAX 8
ess_err south_bus_put(south_bus *bus, const south_job *job);
/* ESS_E_NOT_FOUND when there is no answer yet. */
ess_err south_bus_take(south_bus *bus, south_answer *answer);
/* Readable when an answer may be there. */
int south_bus_fd(const south_bus *bus);

#endif

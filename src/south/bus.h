/* A bus: one connection to equipment and the one thread that may block on it.
 *
 * The loop puts jobs in, the thread answers each in order; both through bounded queues. A dead
 * device thus stalls its own bus and nothing else. Jobs are answered in the order they were put:
 * a caller that keeps at most one read waiting lets a command go next.
 */
#ifndef ESS_SOUTH_BUS_H
#define ESS_SOUTH_BUS_H

#include "ess/base.h"
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
    south_area area; /* READ; a write always goes to the holding registers */
    uint16_t address, count; /* READ: 1..SOUTH_READ_MAX; WRITE: 1..SOUTH_WRITE_MAX */
    uint16_t registers[SOUTH_READ_MAX]; /* WRITE */
    int64_t not_after_mono_ms;          /* WRITE: not sent later than this; 0: no limit */
} south_job;

typedef struct south_answer {
    uint64_t id;
    /* ESS_OK; ESS_E_OFFLINE not connected in time, nothing was sent; ESS_E_TIMEOUT sent, no (sound)
     * answer: a write may have taken effect; ESS_E_DATA the equipment refused (Modbus exception
     * in exception; 11: a gateway got no answer, so a write may have taken effect) */
    ess_err err;
    uint8_t exception;
    south_action action;
    south_area area;
    uint16_t address, count;
    int64_t sent_mono_ms;     /* just before the request went out */
    int64_t answered_mono_ms; /* when the answer was complete */
    int64_t answered_utc_ms;
    uint16_t registers[SOUTH_READ_MAX]; /* as read, or as written; only with ESS_OK */
} south_answer;

/* Starts the thread; it connects when the first job comes and again after any failure, flushing
 * stale bytes. NULL when memory or threads are out. */
south_bus *south_bus_new(const south_bus_options *options);
/* Ends the thread (at most one timeout later) and frees all. */
void south_bus_free(south_bus *bus);
/* Copies the job in; put and take are for one thread. ESS_E_NO_ROOM when SOUTH_JOBS_MAX jobs wait
 * or their answers have not been taken; ESS_E_NUMBER when count or address is not possible. */
#define SOUTH_JOBS_MAX 8
ess_err south_bus_put(south_bus *bus, const south_job *job);
/* ESS_E_NOT_FOUND when there is no answer yet. */
ess_err south_bus_take(south_bus *bus, south_answer *answer);
/* Readable when an answer may be there. */
int south_bus_fd(const south_bus *bus);

#endif

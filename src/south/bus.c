/* Modbus TCP client: the thread that may block. The only file that includes libmodbus.
 *
 * libmodbus waits, and after a late or foreign answer its stream is out of step. So: the whole
 * answer has one deadline (byte timeout off), stale bytes are dropped before each request, and
 * after anything but a clean answer or a Modbus exception the connection is closed; the next job
 * opens a new one. A request is never sent twice here: after a lost answer only the caller can
 * judge whether a write may be repeated.
 */
#include "south/bus.h"

#include "codec/try.h"
#include "port/clock.h"
#include "port/queue.h"

#include <assert.h>
#include <errno.h>
#include <modbus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

struct south_bus {
    modbus_t *modbus;
    port_queue *jobs, *answers;
    size_t outstanding; /* caller's thread only: jobs put, answers not yet taken */
    bool connected;     /* bus thread only */
    atomic_bool ending;
    pthread_t thread;
};

static void hang_up(south_bus *bus)
{
    if (bus->connected)
        modbus_close(bus->modbus);
    bus->connected = false;
}

/* Drops bytes that nobody asked for; false when the other end has closed. Found out before the
 * request is sent, a closed connection is no lost answer: the job simply goes out on a new one. */
static bool still_clean(south_bus *bus)
{
    char stale[MODBUS_TCP_MAX_ADU_LENGTH];
    int fd = modbus_get_socket(bus->modbus);

    for (int rounds = 0; rounds < 64; rounds++) {
        int64_t got = recv(fd, stale, sizeof(stale), MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (got == 0)
            return false;
    }
    return false; /* it floods us */
}

static bool connect_if_needed(south_bus *bus)
{
    if (bus->connected && still_clean(bus))
        return true;
    hang_up(bus);
    if (atomic_load(&bus->ending) || modbus_connect(bus->modbus) != 0)
        return false;
    bus->connected = true;
    /* libmodbus waits with select(), which corrupts memory beyond FD_SETSIZE. */
    if (modbus_get_socket(bus->modbus) >= FD_SETSIZE)
        hang_up(bus);
    return bus->connected;
}

/* Registers transferred, or -1 with errno. */
static int transfer(south_bus *bus, const south_job *job, uint16_t *registers)
{
    if (job->action == SOUTH_WRITE && job->count == 1)
        return modbus_write_register(bus->modbus, job->address, job->registers[0]);
    if (job->action == SOUTH_WRITE)
        return modbus_write_registers(bus->modbus, job->address, job->count, job->registers);
    if (job->area == SOUTH_INPUT)
        return modbus_read_input_registers(bus->modbus, job->address, job->count, registers);
    return modbus_read_registers(bus->modbus, job->address, job->count, registers);
}

/* Connecting may have taken longer than an order may wait. */
static bool is_too_late(const south_job *job)
{
    return job->action == SOUTH_WRITE && job->not_after_mono_ms != 0 &&
           port_mono_ms() > job->not_after_mono_ms;
}

static void serve(south_bus *bus, const south_job *job, south_answer *answer)
{
    int result, error;

    answer->err = ESS_E_OFFLINE;
    answer->sent_mono_ms = port_mono_ms();
    if (connect_if_needed(bus) && !is_too_late(job)) {
        answer->sent_mono_ms = port_mono_ms();
        result = transfer(bus, job, answer->registers);
        error = errno;
        if (result == job->count) {
            answer->err = ESS_OK;
            if (job->action == SOUTH_WRITE)
                memcpy(answer->registers, job->registers, sizeof(answer->registers));
        } else if (result < 0 && error >= EMBXILFUN && error <= EMBXGTAR) {
            answer->err = ESS_E_DATA;
            answer->exception = (uint8_t)(error - MODBUS_ENOBASE);
        } else {
            answer->err = ESS_E_TIMEOUT;
            hang_up(bus);
        }
    }
    answer->answered_mono_ms = port_mono_ms();
    answer->answered_utc_ms = port_utc_ms();
}

static void *run(void *context)
{
    south_bus *bus = context;
    south_job job;

    while (port_queue_wait(bus->jobs, &job, -1) == ESS_OK && !atomic_load(&bus->ending)) {
        south_answer answer = {.id = job.id,
                               .action = job.action,
                               .area = job.area,
                               .address = job.address,
                               .count = job.count};
        ess_err err;

        serve(bus, &job, &answer);
        err = port_queue_put(bus->answers, &answer);
        assert(err == ESS_OK); /* there is a place for each job outstanding */
        (void)err;
    }
    hang_up(bus);
    return NULL;
}

static bool set_up_modbus(south_bus *bus, const south_bus_options *options)
{
    uint32_t seconds = options->timeout_ms / 1000, rest_us = options->timeout_ms % 1000 * 1000;

    bus->modbus = modbus_new_tcp(options->host, options->port);
    return bus->modbus != NULL && modbus_set_slave(bus->modbus, options->unit_id) == 0 &&
           modbus_set_response_timeout(bus->modbus, seconds, rest_us) == 0 &&
           modbus_set_byte_timeout(bus->modbus, 0, 0) == 0;
}

static void release(south_bus *bus)
{
    if (bus->modbus != NULL)
        modbus_free(bus->modbus);
    if (bus->jobs != NULL)
        port_queue_free(bus->jobs);
    if (bus->answers != NULL)
        port_queue_free(bus->answers);
    free(bus);
}

south_bus *south_bus_new(const south_bus_options *options)
{
    south_bus *bus = calloc(1, sizeof(*bus));

    if (bus == NULL)
        return NULL;
    bus->jobs = port_queue_new(sizeof(south_job), SOUTH_JOBS_MAX);
    bus->answers = port_queue_new(sizeof(south_answer), SOUTH_JOBS_MAX);
    if (bus->jobs == NULL || bus->answers == NULL || !set_up_modbus(bus, options) ||
        pthread_create(&bus->thread, NULL, run, bus) != 0) {
        release(bus);
        return NULL;
    }
    return bus;
}

void south_bus_free(south_bus *bus)
{
    if (bus == NULL)
        return;
    atomic_store(&bus->ending, true);
    port_queue_close(bus->jobs);
    (void)pthread_join(bus->thread, NULL);
    release(bus);
}

ess_err south_bus_put(south_bus *bus, const south_job *job)
{
    uint16_t most = job->action == SOUTH_WRITE ? SOUTH_WRITE_MAX : SOUTH_READ_MAX;

    if (job->count == 0 || job->count > most || job->address + job->count > UINT16_MAX + 1)
        return ESS_E_NUMBER;
    if (bus->outstanding == SOUTH_JOBS_MAX)
        return ESS_E_NO_ROOM;
    TRY(port_queue_put(bus->jobs, job));
    bus->outstanding++;
    return ESS_OK;
}

ess_err south_bus_take(south_bus *bus, south_answer *answer)
{
    TRY(port_queue_take(bus->answers, answer));
    bus->outstanding--;
    return ESS_OK;
}

int south_bus_fd(const south_bus *bus)
{
    return port_queue_fd(bus->answers);
}

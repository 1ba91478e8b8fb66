#include "sim/ledger.h"

#include "ess/json.h"
#include "ess/model.h"
#include "port/clock.h"
#include "sim/registers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 16384 /* 125 registers, each with the longest name, fit */

static void write_all(sim_ledger *ledger, const char *bytes, size_t len)
{
    while (len > 0 && ledger->err == ESS_OK) {
        int64_t written = write(ledger->fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            ledger->err = ESS_E_IO;
            return;
        }
        bytes += written;
        len -= (size_t)written;
    }
}

/* Ends the line's object and appends it. */
static void finish_line(sim_ledger *ledger, ess_json_writer *writer)
{
    size_t len;

    ess_json_object_end(writer);
    if (ess_json_finish(writer, &len) != ESS_OK) {
        ledger->err = ESS_E_INTERNAL;
        return;
    }
    writer->room[len] = '\n'; /* begin_line kept a byte */
    write_all(ledger, writer->room, len + 1);
}

static void begin_line(ess_json_writer *writer, char room[static LINE_MAX_BYTES],
                       const char *kind, int64_t at_utc_ms)
{
    ess_json_writer_init(writer, room, LINE_MAX_BYTES - 1);
    ess_json_object_begin(writer);
    ess_json_key(writer, "k");
    ess_json_text(writer, ess_slice_from(kind));
    ess_json_key(writer, "at");
    ess_json_int(writer, at_utc_ms);
}

static void write_member(ess_json_writer *writer, const char *name, const char *text)
{
    ess_json_key(writer, name);
    ess_json_text(writer, ess_slice_from(text));
}

/* --- values */

static void write_element(ess_json_writer *writer, const south_point *point, size_t element,
                          const south_event *event)
{
    sim_range range = {event->area, event->address, event->count};
    ess_decimal value;

    if (sim_registers_decode(point, element, range, event->registers, &value) == ESS_OK)
        ess_json_decimal(writer, value);
    else
        ess_json_null(writer);
}

static void write_elements(ess_json_writer *writer, const south_point *point,
                           const south_event *event)
{
    sim_range range = {event->area, event->address, event->count};
    size_t first = 0, count = sim_registers_inside(point, range, &first);

    ess_json_array_begin(writer);
    for (size_t e = first; e < first + count; e++)
        write_element(writer, point, e, event);
    ess_json_array_end(writer);
}

static void write_point(ess_json_writer *writer, const south_point *point,
                        const south_event *event)
{
    sim_range range = {event->area, event->address, event->count};
    char path[ESS_NS_MAX + ESS_NAME_MAX + 2];
    size_t first = 0, inside = sim_registers_inside(point, range, &first);

    if (inside == 0)
        return;
    (void)snprintf(path, sizeof(path), "%s/%s", point->object, point->name);
    ess_json_key(writer, path);
    if (!point->is_array) {
        write_element(writer, point, 0, event);
    } else if (inside == point->count) {
        write_elements(writer, point, event);
    } else {
        ess_json_object_begin(writer);
        ess_json_key(writer, "from");
        ess_json_int(writer, (int64_t)first);
        ess_json_key(writer, "part");
        write_elements(writer, point, event);
        ess_json_object_end(writer);
    }
}

void sim_ledger_event(sim_ledger *ledger, const south_event *event)
{
    static const char *const kinds[] = {
        [SOUTH_CONNECTED] = "open", [SOUTH_DISCONNECTED] = "close",
        [SOUTH_SERVED] = "read",    [SOUTH_WRITTEN] = "write",
    };
    char room[LINE_MAX_BYTES];
    ess_json_writer writer;

    if (ledger->fd < 0 || kinds[event->what] == NULL)
        return;
    begin_line(&writer, room, kinds[event->what], event->at_utc_ms);
    ess_json_key(&writer, "conn");
    ess_json_int(&writer, event->connection);
    if (event->registers != NULL) {
        ess_json_key(&writer, "seq");
        ess_json_int(&writer, (int64_t)event->sequence);
        ess_json_key(&writer, "v");
        ess_json_object_begin(&writer);
        for (size_t i = 0; i < ledger->table->count; i++)
            write_point(&writer, &ledger->table->points[i], event);
        ess_json_object_end(&writer);
    }
    finish_line(ledger, &writer);
}

/* --- life */

/* A line torn by a sudden end is closed off, so that it spoils no other. */
static void end_torn_line(sim_ledger *ledger)
{
    int64_t size = lseek(ledger->fd, 0, SEEK_END);
    char last = '\n';

    if (size > 0 && pread(ledger->fd, &last, 1, size - 1) == 1 && last != '\n')
        write_all(ledger, "\n", 1);
}

ess_err sim_ledger_open(sim_ledger *ledger, const char *path, const south_table *table,
                        const sim_identity *identity)
{
    char room[LINE_MAX_BYTES];
    ess_json_writer writer;

    *ledger = (sim_ledger){.fd = -1, .table = table};
    if (path == NULL || path[0] == '\0')
        return ESS_OK;
    ledger->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (ledger->fd < 0)
        return ESS_E_IO;
    end_torn_line(ledger);
    begin_line(&writer, room, "begin", port_utc_ms());
    write_member(&writer, "group", identity->group);
    write_member(&writer, "unit", identity->unit);
    write_member(&writer, "model", ess_model_id);
    write_member(&writer, "version", ess_model_version);
    ess_json_key(&writer, "seed");
    ess_json_int(&writer, identity->seed);
    finish_line(ledger, &writer);
    return ledger->err;
}

ess_err sim_ledger_close(sim_ledger *ledger)
{
    char room[LINE_MAX_BYTES];
    ess_json_writer writer;

    if (ledger->fd < 0)
        return ESS_OK;
    begin_line(&writer, room, "end", port_utc_ms());
    finish_line(ledger, &writer);
    if (fsync(ledger->fd) != 0 && ledger->err == ESS_OK)
        ledger->err = ESS_E_IO;
    if (close(ledger->fd) != 0 && ledger->err == ESS_OK)
        ledger->err = ESS_E_IO;
    ledger->fd = -1;
    return ledger->err;
}

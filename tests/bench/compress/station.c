/* The agent's poll and policy over the simulator's registers, without a wire between them. */
#include "station.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/policy.h"
#include "agent/poll.h"
#include "sim/cabinet.h"
#include "sim/registers.h"

#define START_UTC_MS INT64_C(1763827200000)
#define OBJECTS_MAX  32
#define VALUES_ROOM  16384
#define SNAPSHOT_MS  300000

struct station {
    south_table table;
    sim_registers registers;
    sim_cabinet cabinet;
    agent_policy policy;
    agent_poll poll;
    sim_chance chance; /* of whoever operates it */
    uint64_t seed;
    int64_t mono_ms, start_utc_ms, order_mono_ms, snapshot_mono_ms;
    uint64_t n;
    const char *objects[OBJECTS_MAX];
    size_t object_count;
    char unit[16];
};

/* 0 to below. */
static uint32_t draw(station *s, uint32_t below)
{
    return (uint32_t)((sim_chance_next(&s->chance) + 1) / 2 * below) % below;
}

static void find_objects(station *s)
{
    for (size_t i = 0; i < s->table.count; i++) {
        size_t k = 0;
        while (k < s->object_count && strcmp(s->objects[k], s->table.points[i].object) != 0)
            k++;
        if (k == s->object_count && k < OBJECTS_MAX)
            s->objects[s->object_count++] = s->table.points[i].object;
    }
}

station *station_new(const char *points, uint64_t seed)
{
    static const poll_periods periods = {1000, 5000, 60000, 10000, 60000};
    static char problem[4096];
    const south_point *unknown;
    station *s = calloc(1, sizeof *s);

    assert(s != NULL);
    s->seed = seed;
    s->chance.state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    if (south_table_load(points, false, &s->table, problem, sizeof problem) != ESS_OK ||
        sim_registers_bind(&s->registers, &s->table, &unknown) != ESS_OK ||
        policy_init(&s->policy, &s->table) != ESS_OK ||
        poll_init(&s->poll, &s->table, &periods, 0) != ESS_OK) {
        fprintf(stderr, "bench: %s: %s\n", points, problem);
        exit(1);
    }
    find_objects(s);
    snprintf(s->unit, sizeof s->unit, "CAB%02u", 1 + draw(s, 16));
    s->start_utc_ms = START_UTC_MS + (int64_t)draw(s, 1000000) * 30000 + draw(s, 1000);
    sim_cabinet_init(&s->cabinet, seed, 12 + draw(s, 80));
    sim_registers_encode(&s->registers, &s->cabinet);
    return s;
}

void station_free(station *s)
{
    policy_free(&s->policy);
    south_table_free(&s->table);
    free(s);
}

/* One second; now and then the operator, or the price of energy, wants another power. */
static void step(station *s)
{
    static const double wishes[] = {0, 0, 125, -125, 60, -60, 100, -80, 30, -30};

    if (s->mono_ms >= s->order_mono_ms) {
        s->cabinet.pcs.p_set = wishes[draw(s, 10)];
        if (draw(s, 3) == 0)
            s->cabinet.pcs.p_set += (double)draw(s, 200) / 10 - 10;
        s->order_mono_ms = s->mono_ms + 60000 + (int64_t)draw(s, 1200) * 1000;
    }
    sim_cabinet_step(&s->cabinet, 1);
    s->mono_ms += 1000;
}

void station_step(station *s, uint32_t seconds)
{
    for (uint32_t i = 0; i < seconds; i++)
        step(s);
    sim_registers_encode(&s->registers, &s->cabinet);
}

int64_t station_now_utc_ms(const station *s)
{
    return s->start_utc_ms + s->mono_ms;
}

void station_code(const station *s, uint64_t n, ess_report_code *code)
{
    uint64_t mixed = (s->seed + 1) * UINT64_C(0xD6E8FEB86659FD93);
    snprintf(code->sid, sizeof code->sid, STATION_CODE, (unsigned)(1 + mixed % 60),
             (unsigned)(mixed >> 32));
    code->n = n;
}

/* ---- reports by exception */

typedef struct run {
    station *s;
    station_visit visit;
    void *context;
    int64_t ts_utc_ms;
} run;

static void report_object(run *r, const char *object, policy_range range)
{
    station *s = r->s;
    static char values[VALUES_ROOM];
    char path[ESS_NS_MAX + 1];
    ess_json_writer out;
    station_report made = {.t_utc_ms = r->ts_utc_ms + 2 + draw(s, 30)};
    size_t len;

    ess_json_writer_init(&out, values, sizeof values);
    ess_json_object_begin(&out);
    for (size_t i = range.first; i < range.end; i++) {
        if (strcmp(s->table.points[i].object, object) != 0 || !policy_wants(&s->policy, i))
            continue;
        ess_json_key(&out, s->table.points[i].name);
        policy_write(&s->policy, i, &out);
        policy_reported(&s->policy, i);
        made.values += s->table.points[i].count;
    }
    ess_json_object_end(&out);
    if (made.values == 0 || ess_json_finish(&out, &len) != ESS_OK)
        return;
    snprintf(path, sizeof path, "%s/%s", s->unit, object);
    station_code(s, ++s->n, &made.report.code);
    made.report.ts_utc_ms = r->ts_utc_ms;
    made.report.ns = ess_slice_from(path);
    made.report.values = (ess_slice){values, len};
    r->visit(r->context, &made);
}

static void scan(run *r)
{
    station *s = r->s;
    south_job job;
    int64_t late_ms = draw(s, 8);

    while (poll_job(&s->poll, &job)) {
        const uint16_t *image =
            job.area == SOUTH_INPUT ? s->registers.input : s->registers.holding;
        policy_range range =
            policy_take(&s->policy, job.area, job.address, job.count, image + job.address);
        r->ts_utc_ms = station_now_utc_ms(s) + late_ms; /* each answer a little later */
        late_ms += 1 + draw(s, 4);
        for (size_t i = 0; i < s->object_count; i++)
            report_object(r, s->objects[i], range);
        policy_settle(&s->policy, range);
        poll_answered(&s->poll);
    }
    poll_end(&s->poll);
}

void station_run(const char *points, uint64_t seed, uint32_t seconds, station_visit visit,
                 void *context)
{
    station *s = station_new(points, seed);
    run r = {.s = s, .visit = visit, .context = context};

    station_step(s, draw(s, 1800));
    s->n = draw(s, 200000);
    s->snapshot_mono_ms = s->mono_ms + SNAPSHOT_MS;
    for (uint32_t i = 0; i < seconds; i++) {
        station_step(s, 1);
        if (s->mono_ms >= s->snapshot_mono_ms) {
            policy_force_all(&s->policy);
            s->snapshot_mono_ms += SNAPSHOT_MS;
        }
        if (poll_begin(&s->poll, s->mono_ms, 0))
            scan(&r);
    }
    station_free(s);
}

/* ---- one moment */

uint32_t station_print_object(station *s, const char *object, uint32_t most, char *room,
                              size_t room_size)
{
    ess_json_writer out;
    uint32_t count = 0;
    size_t len;

    ess_json_writer_init(&out, room, room_size - 1);
    ess_json_object_begin(&out);
    for (size_t i = 0; i < s->table.count && count < most; i++) {
        const south_point *point = &s->table.points[i];
        ess_decimal value;
        if (strcmp(point->object, object) != 0 || point->is_array || point->model->is_param ||
            south_decode(point, s->registers.holding + point->address, 0, &value) != ESS_OK)
            continue;
        ess_json_key(&out, point->name);
        if (point->model->type == ESS_MODEL_BOOL)
            ess_json_bool(&out, value.mantissa != 0);
        else
            ess_json_decimal(&out, value);
        count++;
    }
    ess_json_object_end(&out);
    if (ess_json_finish(&out, &len) != ESS_OK)
        exit(1);
    room[len] = '\0';
    return count;
}

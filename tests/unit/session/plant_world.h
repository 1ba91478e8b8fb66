/* The plant's world: seeded chance, time, and a broker with two bad lines. A message may be lost,
 * come twice, come late, overtake another; a line may be cut, with its will told later. All in one
 * thread; two runs of one seed are the same run. */
#ifndef ESS_TEST_PLANT_WORLD_H
#define ESS_TEST_PLANT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/lent.h"
#include "ess/words.h"

#define STEP_MS     50
#define START_UTC   INT64_C(1763827200000)
#define PACKETS_MAX 64
#define PAYLOAD_MAX 8192
#define FAR_AWAY_MS 1500 /* the longest way of a message */

typedef enum plant_end { DEVICE, CLOUD } plant_end;

typedef struct packet {
    int64_t due_ms;
    plant_end to;
    char topic[64];
    char payload[PAYLOAD_MAX];
    size_t len;
    bool used;
} packet;

typedef struct line {
    bool up;
    int64_t change_ms;             /* when it goes up again, if faults let it */
    char will[256], retained[512]; /* payloads of its STATE */
    size_t will_len, retained_len;
    int64_t will_due_ms;  /* 0: none to be told */
    int64_t state_due_ms; /* of its last STATE on the way: they do not overtake each other */
} line;

typedef struct world {
    uint64_t seed, dice;
    int64_t now_ms; /* since the start, the same for both ends */
    bool faults;    /* off towards the end, so that everything can be settled */
    line lines[2];
    packet packets[PACKETS_MAX];
} world;

#define STATE_OF_DEVICE "v1/STATE/ess/SH001"
#define STATE_OF_CLOUD  "v1/STATE/ess/_cloud"

static inline uint32_t chance(world *w, uint32_t below)
{
    w->dice ^= w->dice << 13;
    w->dice ^= w->dice >> 7;
    w->dice ^= w->dice << 17;
    return (uint32_t)((w->dice >> 32) % below);
}

/* True so many times of a thousand, while there are faults. */
static inline bool mishap(world *w, uint32_t permille)
{
    return chance(w, 1000) < permille && w->faults;
}

/* What a test fails with names the seed. */
#define plant_fail(w, ...)                                                                         \
    do {                                                                                           \
        print_error("seed %llu at %lld ms: ", (unsigned long long)(w)->seed,                       \
                    (long long)(w)->now_ms);                                                       \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static inline void world_begin(world *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    w->faults = true;
    for (int i = 0; i < 16; i++)
        (void)chance(w, 2);
}

static inline int64_t utc_of(const world *w)
{
    return START_UTC + w->now_ms;
}

static inline const char *state_topic(plant_end of)
{
    return of == DEVICE ? STATE_OF_DEVICE : STATE_OF_CLOUD;
}

static inline bool put_packet(world *w, plant_end to, const char *topic, ess_slice payload)
{
    int64_t due_ms = w->now_ms + 1 + chance(w, w->faults ? FAR_AWAY_MS : STEP_MS);
    line *from = &w->lines[to == DEVICE ? CLOUD : DEVICE];
    bool is_state = strncmp(topic, "v1/STATE", 8) == 0; /* the broker keeps it: none is lost */
    if (is_state) {
        due_ms = due_ms > from->state_due_ms + STEP_MS ? due_ms : from->state_due_ms + STEP_MS;
        from->state_due_ms = due_ms;
    }
    for (size_t i = 0; i < PACKETS_MAX; i++) {
        packet *p = &w->packets[i];
        if (p->used && !(is_state && strncmp(p->topic, "v1/STATE", 8) != 0))
            continue;
        p->used = true;
        p->to = to;
        p->len = payload.len;
        p->due_ms = due_ms;
        (void)snprintf(p->topic, sizeof p->topic, "%s", topic);
        memcpy(p->payload, payload.ptr, payload.len);
        return true;
    }
    return false;
}

static inline void to_the_other(world *w, plant_end from, const char *topic, ess_slice payload)
{
    plant_end to = from == DEVICE ? CLOUD : DEVICE;
    bool is_state = strncmp(topic, "v1/STATE", 8) == 0;
    if (!w->lines[to].up || (!is_state && mishap(w, 60)))
        return;
    (void)put_packet(w, to, topic, payload);
    if (mishap(w, 60))
        (void)put_packet(w, to, topic, payload);
}

/* ESS_E_OFFLINE; ESS_E_NO_ROOM: later. */
static inline ess_err world_publish(world *w, plant_end from, const char *topic, ess_slice payload)
{
    line *own = &w->lines[from];
    if (!own->up)
        return ESS_E_OFFLINE;
    if (payload.len > PAYLOAD_MAX)
        return ESS_E_TOO_LARGE;
    if (mishap(w, 30))
        return ESS_E_NO_ROOM;
    if (strcmp(topic, state_topic(from)) == 0) {
        memcpy(own->retained, payload.ptr, payload.len);
        own->retained_len = payload.len;
    }
    to_the_other(w, from, topic, payload);
    return ESS_OK;
}

static inline void world_set_will(world *w, plant_end of, ess_slice payload)
{
    memcpy(w->lines[of].will, payload.ptr, payload.len);
    w->lines[of].will_len = payload.len;
}

/* The connection is gone; what was on its way to this end is too, what came from it need not be. */
static inline void world_cut(world *w, plant_end end, int64_t away_ms)
{
    line *own = &w->lines[end];
    if (own->up && own->will_due_ms == 0)
        own->will_due_ms = w->now_ms + 1 + chance(w, 3000);
    own->up = false;
    own->change_ms = w->now_ms + away_ms;
    for (size_t i = 0; i < PACKETS_MAX; i++) {
        packet *p = &w->packets[i];
        if (p->used && (p->to == end || mishap(w, 500)))
            p->used = false;
    }
}

static inline void tell_will(world *w, plant_end of)
{
    line *own = &w->lines[of];
    own->will_due_ms = 0;
    memcpy(own->retained, own->will, own->will_len);
    own->retained_len = own->will_len;
    to_the_other(w, of, state_topic(of), (ess_slice){own->will, own->will_len});
}

/* What is due by itself. */
static inline void world_step(world *w)
{
    w->now_ms += STEP_MS;
    for (int i = 0; i < 2; i++) {
        if (w->lines[i].will_due_ms != 0 && w->now_ms >= w->lines[i].will_due_ms)
            tell_will(w, (plant_end)i);
    }
}

/* A new connection ends the old one, whose will is told now if it was not yet; then it gets what
 * the broker retains of the other end. */
static inline void world_connect(world *w, plant_end end)
{
    const line *other = &w->lines[end == DEVICE ? CLOUD : DEVICE];
    if (w->lines[end].will_due_ms != 0)
        tell_will(w, end);
    w->lines[end].up = true;
    if (other->retained_len > 0)
        (void)put_packet(w, end, state_topic(end == DEVICE ? CLOUD : DEVICE),
                         (ess_slice){other->retained, other->retained_len});
}

/* The next message that has come, in an order of chance; NULL: none. It stands until the next. */
static inline const packet *world_next(world *w)
{
    static packet taken;
    size_t first = chance(w, PACKETS_MAX);
    for (size_t k = 0; k < PACKETS_MAX; k++) {
        packet *p = &w->packets[(first + k) % PACKETS_MAX];
        if (!p->used || p->due_ms > w->now_ms)
            continue;
        taken = *p;
        p->used = false;
        return &taken;
    }
    return NULL;
}

#endif

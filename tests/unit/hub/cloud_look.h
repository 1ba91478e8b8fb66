/* A cloud that is played by the published sequences: what comes in, and what it then keeps. */
#ifndef ESS_TEST_CLOUD_LOOK_H
#define ESS_TEST_CLOUD_LOOK_H

#include "../../lib/sequence_message.h"
#include "core_fixture.h"

#define COMMIT_MS 20 /* core_fixture.h: commit_ms */
#define TEXT_MAX  4096

static inline bool cloud_knows_nothing(fixture *f)
{
    ess_json_writer out;
    ess_json_writer_init(&out, f->json, sizeof f->json);
    return hub_write_values(f->core, ess_slice_from("SH001"), (ess_slice){0}, &out) ==
           ESS_E_NOT_FOUND;
}

/* {"object","name","v"}: the last value; without v there is none. */
static inline void cloud_look_last(fixture *f, const sequence_step *step)
{
    char object[256], name[80], want[512];
    ess_slice raw;
    (void)sequence_text_of(step->value, "object", object, sizeof object);
    (void)sequence_text_of(step->value, "name", name, sizeof name);
    bool has = sequence_has(step->value, "v", &raw);
    (void)snprintf(want, sizeof want, "\"%s\",\"name\":\"%s\",\"v\":%.*s%s", object, name,
                   has ? (int)raw.len : 0, has ? raw.ptr : "", has ? "," : "");
    if (!has && cloud_knows_nothing(f))
        return;
    fixture_values(f);
    if (has != (strstr(f->json, want) != NULL))
        SEQUENCE_FAIL(step, "%.150s: %.300s", want, f->json);
}

static inline void cloud_look_stored(fixture *f, const sequence_step *step)
{
    char want[64];
    (void)snprintf(want, sizeof want, "\"reports_stored\":%lld,",
                   (long long)sequence_int(step->value));
    fixture_stats(f);
    if (strstr(f->json, want) == NULL)
        SEQUENCE_FAIL(step, "%s is not in %.300s", want, f->json);
}

/* The event as it was said. */
static inline void cloud_look_event(fixture *f, const sequence_step *step)
{
    char room[SEQUENCE_TEXT];
    const char *want = sequence_plain(step->value, room);
    FIXTURE_JSON(f, hub_write_events(f->core, ess_slice_from("SH001"), 10, &out));
    if (strstr(f->json, want) == NULL)
        SEQUENCE_FAIL(step, "%.200s is not in %.200s", want, f->json);
}

#endif

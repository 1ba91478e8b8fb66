/* From values to reports in the outbox. Every reading comes by here, read-backs of commands
 * included [TEL-03]. */
#include "agent/agent.h"
#include "port/clock.h"
#include "port/log.h"

#include <string.h>

#define PART_BYTES 8192 /* a report that grew beyond is closed and another begun */

static bool stage(ess_agent *agent, const outbox_report *report)
{
    ess_err err = outbox_stage(agent->outbox, report);

    /* Room was made sure of before the read; so this is a defect, and not a quiet one. */
    if (err != ESS_OK)
        port_log(PORT_ERROR, "a report of %.*s could not be kept: %d", (int)report->path.len,
                 report->path.ptr, (int)err);
    return err == ESS_OK;
}

/* One object's values under construction. */
typedef struct report_draft {
    agent_device *device;
    size_t object;
    int64_t ts_utc_ms;
    ess_json_writer out;
    bool has_values;
} report_draft;

static void draft_begin(report_draft *draft)
{
    ess_agent *agent = draft->device->agent;

    ess_json_writer_init(&draft->out, agent->scratch, sizeof agent->scratch - 64);
    ess_json_object_begin(&draft->out);
    draft->has_values = false;
}

static void draft_end(report_draft *draft)
{
    ess_agent *agent = draft->device->agent;
    outbox_report report = {.type = ESS_DATA, .ts_utc_ms = draft->ts_utc_ms};
    size_t len;

    if (!draft->has_values)
        return;
    ess_json_object_end(&draft->out);
    if (ess_json_finish(&draft->out, &len) != ESS_OK) {
        port_log(PORT_ERROR, "a value is too large to be reported");
        return;
    }
    report.path = ess_slice_from(draft->device->objects[draft->object].path);
    report.d = (ess_slice){agent->scratch, len};
    (void)stage(agent, &report);
}

static void draft_add(report_draft *draft, size_t point)
{
    agent_policy *policy = &draft->device->policy;

    ess_json_key(&draft->out, draft->device->table.points[point].name);
    policy_write(policy, point, &draft->out);
    policy_reported(policy, point);
    draft->has_values = true;
    if (draft->out.len > PART_BYTES) {
        draft_end(draft);
        draft_begin(draft);
    }
}

void report_values(agent_device *device, const south_answer *answer)
{
    policy_range range = policy_take(&device->policy, answer->area, answer->address, answer->count,
                                     answer->registers);

    for (size_t object = 0; object < device->object_count; object++) {
        /* [TEL-04] The stamp is when the answer was there, not when the report goes out. */
        report_draft draft = {
            .device = device, .object = object, .ts_utc_ms = answer->answered_utc_ms};
        draft_begin(&draft);
        for (size_t i = range.first; i < range.end; i++) {
            if (device->object_of[i] == object && policy_wants(&device->policy, i))
                draft_add(&draft, i);
        }
        draft_end(&draft);
    }
    policy_settle(&device->policy, range);
}

/* Without a believable clock none is said, and the time of publishing stands for it. */
static void add_stamp(ess_json_writer *out, int64_t ts_utc_ms)
{
    if (!ess_clock_is_set(ts_utc_ms))
        return;
    ess_json_key(out, "ts");
    ess_json_int(out, ts_utc_ms);
}

/* ---- parameters */

/* False while one of them has not been read. */
static bool write_params(agent_device *device, size_t object, ess_json_writer *out)
{
    ess_json_object_begin(out);
    for (size_t i = 0; i < device->table.count; i++) {
        const south_point *point = &device->table.points[i];
        ess_decimal value;
        if (device->object_of[i] != object || !point->model->is_param || point->is_array)
            continue;
        if (policy_scalar(&device->policy, point, &value) != ESS_OK)
            return false;
        ess_json_key(out, point->name);
        policy_write(&device->policy, i, out);
    }
    ess_json_object_end(out);
    return true;
}

/* [PAR-01] All parameters of the object, with their revision. */
static bool stage_params(agent_device *device, size_t object, ess_slice values, uint64_t rev)
{
    char text[96];
    ess_json_writer x;
    size_t len;
    outbox_report report = {.type = ESS_PARAM, .ts_utc_ms = device->read_utc_ms, .d = values};

    ess_json_writer_init(&x, text, sizeof text);
    ess_json_object_begin(&x);
    ess_json_key(&x, "rev");
    ess_json_int(&x, (int64_t)rev);
    add_stamp(&x, report.ts_utc_ms);
    ess_json_object_end(&x);
    if (ess_json_finish(&x, &len) != ESS_OK)
        return false;
    report.x = (ess_slice){text, len};
    report.path = ess_slice_from(device->objects[object].path);
    return stage(device->agent, &report);
}

static void report_params_of(agent_device *device, size_t object, ess_slice values)
{
    agent_params *params = device->agent->params;
    const char *path = device->objects[object].path;
    ess_revision *revision = &device->minded[object].revision;
    uint64_t rev, kept;
    ess_revision_step step =
        ess_revision_read(revision, params_kept(params, path, &kept), values, &rev);

    if (step == ESS_REVISION_KEEP) {
        ess_err err = params_keep(params, path, values, rev);
        if (err != ESS_OK) { /* tried again at the next reading */
            port_log(PORT_ERROR, "the revision of %s could not be kept: %d", path, (int)err);
            return;
        }
        ess_revision_kept(revision, rev);
    }
    if (step != ESS_REVISION_REST && stage_params(device, object, values, rev))
        ess_revision_told(revision);
}

void report_params(agent_device *device)
{
    ess_agent *agent = device->agent;

    for (size_t object = 0; object < device->object_count; object++) {
        ess_json_writer out;
        ess_slice values = {.ptr = agent->scratch};

        ess_json_writer_init(&out, agent->scratch, sizeof agent->scratch);
        if (device->objects[object].has_params && write_params(device, object, &out) &&
            ess_json_finish(&out, &values.len) == ESS_OK)
            report_params_of(device, object, values);
    }
}

/* ---- events */

static void add_text(ess_json_writer *out, const char *key, const char *text)
{
    if (text == NULL)
        return;
    ess_json_key(out, key);
    ess_json_text(out, ess_slice_from(text));
}

void report_event(ess_agent *agent, const report_event_words *words)
{
    char text[512];
    ess_json_writer d;
    size_t len;
    outbox_report report = {.type = ESS_EVENT, .ts_utc_ms = port_utc_ms()};

    ess_json_writer_init(&d, text, sizeof text);
    ess_json_object_begin(&d);
    add_text(&d, "event", words->event);
    add_stamp(&d, report.ts_utc_ms);
    add_text(&d, "unit", words->unit);
    add_text(&d, "path", words->path);
    add_text(&d, "code", words->code);
    ess_json_object_end(&d);
    if (ess_json_finish(&d, &len) != ESS_OK)
        return;
    report.d = (ess_slice){text, len};
    report.path = ess_slice_from(words->path != NULL ? words->path : words->unit);
    (void)stage(agent, &report);
}

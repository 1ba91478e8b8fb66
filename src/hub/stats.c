/* Counters, and refusals by rule and reason. */
#include <string.h>

#include "config/refusal.h"
#include "hub/core_internal.h"
#include "port/log.h"

bool core_is_round(uint64_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    return count == 1;
}

/* The row of this rule and reason; the last row takes whatever has no row of its own. */
static hub_refusal *row_of(hub_stats *stats, const ess_fault *fault)
{
    for (size_t i = 0; i < stats->refusals; i++) {
        hub_refusal *row = &stats->refusal[i];
        if (strcmp(row->rule, fault->rule) == 0 && strcmp(row->reason, fault->what) == 0)
            return row;
    }
    if (stats->refusals == HUB_REFUSALS_MAX)
        return &stats->refusal[HUB_REFUSALS_MAX - 1];
    hub_refusal *row = &stats->refusal[stats->refusals++];
    bool last = stats->refusals == HUB_REFUSALS_MAX;
    *row =
        last ? (hub_refusal){"", "other reasons", 0} : (hub_refusal){fault->rule, fault->what, 0};
    return row;
}

void core_refused(hub_core *core, ess_slice topic, const ess_fault *fault)
{
    hub_refusal *row = row_of(&core->stats, fault);
    row->count++;
    if (core_is_round(row->count))
        port_log(PORT_WARN, "refused rule=%s count=%llu topic=%.*s at=%u %s", row->rule,
                 (unsigned long long)row->count, (int)(topic.len < 256 ? topic.len : 256),
                 topic.len > 0 ? topic.ptr : "", fault->offset, row->reason);
}

static void write_count(ess_json_writer *out, const char *name, uint64_t count)
{
    ess_json_key(out, name);
    ess_json_int(out, (int64_t)count);
}

ess_err hub_write_stats(hub_core *core, bool chinese, ess_json_writer *out)
{
    const hub_stats *stats = &core->stats;
    ess_json_object_begin(out);
    write_count(out, "messages", stats->messages);
    write_count(out, "values", stats->values);
    write_count(out, "reports_stored", stats->reports_stored);
    write_count(out, "duplicates", stats->duplicates);
    write_count(out, "commits", stats->commits);
    write_count(out, "commits_failed", stats->commits_failed);
    write_count(out, "reports_dropped", stats->dropped);
    write_count(out, "receipts_unsent", stats->receipts_unsent);
    write_count(out, "bytes", stats->bytes);
    write_count(out, "json_bytes", stats->json_bytes);
    ess_json_key(out, "refused");
    ess_json_array_begin(out);
    for (size_t i = 0; i < stats->refusals; i++) {
        ess_json_object_begin(out);
        ess_json_key(out, "rule");
        ess_json_text(out, ess_slice_from(stats->refusal[i].rule));
        ess_json_key(out, "reason");
        const char *reason = config_refusal_words_of(stats->refusal[i].reason, chinese);
        ess_json_text(out, ess_slice_from(reason));
        write_count(out, "count", stats->refusal[i].count);
        ess_json_object_end(out);
    }
    ess_json_array_end(out);
    ess_json_key(out, "uptime_s");
    ess_json_int(out, (core_now(core).mono_ms - stats->started_mono_ms) / 1000);
    ess_json_object_end(out);
    return out->err;
}

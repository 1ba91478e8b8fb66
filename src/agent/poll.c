/* Five groups of classes, each with its period. */
#include "agent/poll.h"

#include <string.h>

/* E is reported on change at once, so it is read as often as the fastest. */
static const struct group_row {
    const char *classes;
    size_t period; /* offset in poll_periods */
    bool may_slow;
} group_rows[POLL_GROUPS] = {
    {"FE", offsetof(poll_periods, fast_ms), false},  {"N", offsetof(poll_periods, normal_ms), true},
    {"S", offsetof(poll_periods, slow_ms), true},    {"C", offsetof(poll_periods, cells_ms), true},
    {"D", offsetof(poll_periods, params_ms), false},
};

ess_err poll_init(agent_poll *poll, const south_table *table, const poll_periods *periods,
                  int64_t now_mono_ms)
{
    size_t count;

    *poll = (agent_poll){.table = table};
    for (size_t i = 0; i < POLL_GROUPS; i++) {
        const char *period = (const char *)periods + group_rows[i].period;
        poll->groups[i] = (poll_group){.classes = group_rows[i].classes,
                                       .may_slow = group_rows[i].may_slow,
                                       .due_mono_ms = now_mono_ms};
        memcpy(&poll->groups[i].every_ms, period, sizeof poll->groups[i].every_ms);
    }
    if (south_plan(table, "FENSCD", AGENT_GAP_REGISTERS, poll->blocks, AGENT_BLOCKS_MAX, &count) !=
        ESS_OK)
        return ESS_E_TOO_LARGE;
    return ESS_OK;
}

void poll_all_due(agent_poll *poll, int64_t now_mono_ms)
{
    for (size_t i = 0; i < POLL_GROUPS; i++)
        poll->groups[i].due_mono_ms = now_mono_ms;
}

/* The next time on the group's own raster, so that a late scan does not shift all later ones. */
static void plan_next(poll_group *group, int64_t now_mono_ms, uint8_t slow)
{
    int64_t every_ms = group->every_ms * (group->may_slow ? slow + 1 : 1);
    int64_t missed = (now_mono_ms - group->due_mono_ms) / every_ms;

    group->due_mono_ms += (missed + 1) * every_ms;
}

bool poll_begin(agent_poll *poll, int64_t now_mono_ms, uint8_t slow)
{
    char classes[POLL_GROUPS * 2 + 1] = "";
    size_t len = 0;

    poll->has_params = false;
    for (size_t i = 0; i < POLL_GROUPS; i++) {
        poll_group *group = &poll->groups[i];
        if (group->due_mono_ms > now_mono_ms)
            continue;
        for (const char *c = group->classes; *c != '\0'; c++)
            classes[len++] = *c;
        plan_next(group, now_mono_ms, slow);
        if (i == POLL_GROUPS - 1)
            poll->has_params = true;
    }
    poll->next = 0;
    poll->count = 0;
    /* Fewer classes can need more reads, because their gaps are wider. That all classes together
     * fit was proved at start. */
    if (len > 0 && south_plan(poll->table, classes, AGENT_GAP_REGISTERS, poll->blocks,
                              AGENT_BLOCKS_MAX, &poll->count) != ESS_OK)
        (void)south_plan(poll->table, "FENSCD", AGENT_GAP_REGISTERS, poll->blocks, AGENT_BLOCKS_MAX,
                         &poll->count);
    poll->running = poll->count > 0;
    return poll->running;
}

bool poll_job(const agent_poll *poll, south_job *job)
{
    const south_block *block = &poll->blocks[poll->next];

    if (!poll->running || poll->next == poll->count)
        return false;
    *job = (south_job){.action = SOUTH_READ,
                       .area = block->area,
                       .address = block->address,
                       .count = block->count};
    return true;
}

void poll_answered(agent_poll *poll)
{
    poll->next++;
}

void poll_end(agent_poll *poll)
{
    poll->running = false;
    poll->count = 0;
    poll->next = 0;
}

int64_t poll_wake(const agent_poll *poll)
{
    int64_t wake = poll->groups[0].due_mono_ms;

    for (size_t i = 1; i < POLL_GROUPS; i++) {
        if (poll->groups[i].due_mono_ms < wake)
            wake = poll->groups[i].due_mono_ms;
    }
    return wake;
}

#include "cli/audit_delay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess/sender.h"

static audit_group *find_group(audit_delays *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->groups[i].name, name) == 0)
            return &all->groups[i];
    }
    audit_group *more = realloc(all->groups, (all->count + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    all->groups = more;
    all->groups[all->count] = (audit_group){0};
    (void)snprintf(all->groups[all->count].name, sizeof all->groups[0].name, "%s", name);
    return &all->groups[all->count++];
}

bool audit_delays_add(audit_delays *all, const char *group, const char *sid, uint64_t n,
                      audit_delay times)
{
    audit_group *g = find_group(all, group);
    audit_delay delay = times;
    delay.n = n;
    if (g == NULL)
        return false;
    if (ess_sid_parse(ess_slice_from(sid), &delay.sid) != ESS_OK)
        return true;
    if (g->count == g->room) {
        size_t room = g->room == 0 ? 1024 : g->room * 2;
        audit_delay *more = realloc(g->items, room * sizeof *more);
        if (more == NULL)
            return false;
        g->items = more;
        g->room = room;
    }
    g->items[g->count++] = delay;
    return true;
}

bool audit_delays_cells(audit_delays *all, const char *group, size_t cells)
{
    audit_group *g = find_group(all, group);
    if (g != NULL)
        g->cells += cells;
    return g != NULL;
}

static int youngest_first(const void *a, const void *b)
{
    const audit_delay *one = a;
    const audit_delay *two = b;
    if (one->sid != two->sid)
        return one->sid > two->sid ? -1 : 1;
    if (one->n != two->n)
        return one->n > two->n ? -1 : 1;
    return 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t two = *(const int64_t *)b;
    return (one > two) - (one < two);
}

/* Appends the delays of a group's live reports. */
static void take_live(audit_delays *all, audit_group *g)
{
    int64_t earliest_utc_ms = INT64_MAX; /* at which a younger report was stored */
    if (g->count > 0)
        qsort(g->items, g->count, sizeof *g->items, youngest_first);
    for (size_t i = 0; i < g->count; i++) {
        const audit_delay *d = &g->items[i];
        bool again = i > 0 && d->sid == d[-1].sid && d->n == d[-1].n;
        if (again || d->stored_utc_ms > earliest_utc_ms)
            continue;
        earliest_utc_ms = d->stored_utc_ms;
        all->sorted_ms[all->sorted_count++] = d->stored_utc_ms - d->ts_utc_ms;
    }
}

void audit_delays_finish(audit_delays *all)
{
    size_t total = 0;
    for (size_t i = 0; i < all->count; i++)
        total += all->groups[i].count;
    all->sorted_ms = calloc(total + 1, sizeof *all->sorted_ms);
    if (all->sorted_ms == NULL)
        return; /* percentiles are then 0 */
    for (size_t i = 0; i < all->count; i++)
        take_live(all, &all->groups[i]);
    if (all->sorted_count > 0)
        qsort(all->sorted_ms, all->sorted_count, sizeof *all->sorted_ms, by_size);
}

int64_t audit_delays_percentile(const audit_delays *all, unsigned percent)
{
    if (all->sorted_count == 0)
        return 0;
    return all->sorted_ms[(all->sorted_count - 1) * percent / 100];
}

void audit_delays_free(audit_delays *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->groups[i].items);
    free(all->groups);
    free(all->sorted_ms);
    *all = (audit_delays){0};
}

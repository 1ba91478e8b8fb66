#include "hub/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HUB_MESSAGE_ROOM < HUB_ARENA_BYTES, "a message fits an empty arena");
_Static_assert(ESS_VALUES_MAX < HUB_VALUES_MAX, "a message's values fit an empty batch");

ess_err batch_init(hub_batch *batch, uint32_t commit_reports)
{
    *batch = (hub_batch){.report_room = commit_reports + ESS_ROWS_MAX};
    batch->arena = malloc(HUB_ARENA_BYTES);
    batch->report = calloc(batch->report_room, sizeof *batch->report);
    batch->value = calloc(HUB_VALUES_MAX, sizeof *batch->value);
    batch->ack = calloc(HUB_ACKS_MAX, sizeof *batch->ack);
    bool whole =
        batch->arena != NULL && batch->report != NULL && batch->value != NULL && batch->ack != NULL;
    return whole ? ESS_OK : ESS_E_NO_ROOM;
}

void batch_free(hub_batch *batch)
{
    free(batch->arena);
    free(batch->report);
    free(batch->value);
    free(batch->ack);
}

bool batch_is_empty(const hub_batch *batch)
{
    return batch->reports == 0 && batch->acks == 0;
}

bool batch_has_room(const hub_batch *batch)
{
    return batch->used + HUB_MESSAGE_ROOM <= HUB_ARENA_BYTES &&
           batch->reports + ESS_ROWS_MAX <= batch->report_room &&
           batch->values + ESS_VALUES_MAX <= HUB_VALUES_MAX && batch->acks < HUB_ACKS_MAX;
}

batch_mark batch_now(const hub_batch *batch)
{
    return (batch_mark){batch->used, batch->reports, batch->values, batch->acks};
}

void batch_back(hub_batch *batch, batch_mark mark)
{
    batch->used = mark.used;
    batch->reports = mark.reports;
    batch->values = mark.values;
    batch->acks = mark.acks;
}

void batch_clear(hub_batch *batch)
{
    batch_back(batch, (batch_mark){0});
}

char *batch_copy(hub_batch *batch, ess_slice bytes)
{
    assert(bytes.len <= HUB_ARENA_BYTES - batch->used);
    char *copy = batch->arena + batch->used;
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    batch->used += bytes.len;
    return copy;
}

batch_report *batch_add_report(hub_batch *batch)
{
    if (batch->reports == batch->report_room)
        return NULL;
    batch_report *report = &batch->report[batch->reports++];
    *report = (batch_report){.first = batch->values};
    return report;
}

batch_value *batch_add_value(hub_batch *batch)
{
    if (batch->values == HUB_VALUES_MAX)
        return NULL;
    batch_value *value = &batch->value[batch->values++];
    *value = (batch_value){0};
    return value;
}

batch_ack *batch_add_ack(hub_batch *batch)
{
    if (batch->acks == HUB_ACKS_MAX)
        return NULL;
    batch_ack *ack = &batch->ack[batch->acks++];
    *ack = (batch_ack){0};
    return ack;
}

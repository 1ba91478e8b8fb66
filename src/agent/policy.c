/* Last reported and current values, element by element, in two flat arrays. */
#include "agent/policy.h"

#include <stdlib.h>
#include <string.h>

ess_err policy_init(agent_policy *policy, const south_table *table)
{
    size_t elements = 0;

    *policy = (agent_policy){.table = table};
    for (size_t i = 0; i < table->count; i++)
        elements += table->points[i].count;
    policy->points = calloc(table->count + 1, sizeof *policy->points);
    policy->current = calloc(elements + 1, sizeof *policy->current);
    policy->reported = calloc(elements + 1, sizeof *policy->reported);
    if (policy->points == NULL || policy->current == NULL || policy->reported == NULL) {
        policy_free(policy);
        return ESS_E_NO_ROOM;
    }
    elements = 0;
    for (size_t i = 0; i < table->count; i++) {
        policy->points[i].first = elements;
        elements += table->points[i].count;
    }
    policy_force_all(policy);
    return ESS_OK;
}

void policy_free(agent_policy *policy)
{
    free(policy->points);
    free(policy->current);
    free(policy->reported);
    *policy = (agent_policy){0};
}

void policy_force_all(agent_policy *policy)
{
    for (size_t i = 0; i < policy->table->count; i++)
        policy->points[i].forced = true;
}

void policy_forget(agent_policy *policy)
{
    policy_drop_parts(policy);
    policy_force_all(policy);
    for (size_t i = 0; i < policy->table->count; i++)
        policy->points[i].known = false;
}

void policy_drop_parts(agent_policy *policy)
{
    for (size_t i = 0; i < policy->table->count; i++)
        policy->points[i].filled = 0;
}

/* What an answer holds of one point: whole elements only. */
typedef struct element_range {
    size_t from, end;
} element_range;

static element_range part_of(const south_point *point, uint16_t address, uint16_t count)
{
    size_t width = south_point_width(point);
    size_t begin = point->address, answer_end = (size_t)address + count;
    element_range part = {0};

    if (address > begin)
        part.from = (address - begin + width - 1) / width;
    part.end = answer_end > begin ? (answer_end - begin) / width : 0;
    if (part.end > point->count)
        part.end = point->count;
    return part;
}

/* Decodes element by element; registers begins at element from. */
static bool decode(const south_point *point, element_range part, const uint16_t *registers,
                   ess_decimal *out)
{
    size_t width = south_point_width(point);

    for (size_t i = part.from; i < part.end; i++) {
        if (south_decode(point, registers + (i - part.from) * width, 0, &out[i]) != ESS_OK)
            return false;
    }
    return true;
}

static void take_point(agent_policy *policy, size_t index, element_range part,
                       const uint16_t *registers)
{
    const south_point *point = &policy->table->points[index];
    policy_point *state = &policy->points[index];
    ess_decimal *current = policy->current + state->first;

    if (part.from >= part.end)
        return;
    if (part.from == 0)
        state->filled = 0;
    if (part.from != state->filled || !decode(point, part, registers, current)) {
        state->filled = 0;
        return;
    }
    state->filled = (uint16_t)part.end;
    if (state->filled < point->count)
        return;
    state->filled = 0;
    state->known = true;
    state->fresh = true;
}

policy_range policy_take(agent_policy *policy, south_area area, uint16_t address, uint16_t count,
                         const uint16_t *registers)
{
    const south_table *table = policy->table;
    size_t answer_end = (size_t)address + count;
    policy_range range = {0};

    for (size_t i = 0; i < table->count; i++) {
        const south_point *point = &table->points[i];
        size_t end = point->address + south_point_registers(point);
        element_range part;

        if (point->area != area || end <= address || point->address >= answer_end)
            continue;
        if (range.end == 0)
            range.first = i;
        range.end = i + 1;
        part = part_of(point, address, count);
        if (part.from < part.end) {
            size_t width = south_point_width(point);
            take_point(policy, i, part, registers + (point->address + part.from * width - address));
        }
    }
    return range;
}

static bool has_moved(const agent_policy *policy, size_t index)
{
    const south_point *point = &policy->table->points[index];
    size_t first = policy->points[index].first;

    for (size_t i = first; i < first + point->count; i++) {
        if (ess_decimal_moved(policy->current[i], policy->reported[i], point->model->dead_band))
            return true;
    }
    return false;
}

bool policy_wants(const agent_policy *policy, size_t point)
{
    const policy_point *state = &policy->points[point];

    if (!state->fresh || policy->table->points[point].model->is_param)
        return false;
    return state->forced || has_moved(policy, point);
}

void policy_reported(agent_policy *policy, size_t point)
{
    policy_point *state = &policy->points[point];

    memcpy(policy->reported + state->first, policy->current + state->first,
           policy->table->points[point].count * sizeof *policy->reported);
    state->forced = false;
}

void policy_settle(agent_policy *policy, policy_range range)
{
    for (size_t i = range.first; i < range.end; i++)
        policy->points[i].fresh = false;
}

ess_err policy_scalar(const agent_policy *policy, const south_point *point, ess_decimal *out)
{
    size_t index = (size_t)(point - policy->table->points);

    if (!policy->points[index].known || point->is_array)
        return ESS_E_NOT_FOUND;
    *out = policy->current[policy->points[index].first];
    return ESS_OK;
}

void policy_write(const agent_policy *policy, size_t point, ess_json_writer *out)
{
    const south_point *described = &policy->table->points[point];
    const ess_decimal *value = policy->current + policy->points[point].first;

    if (described->is_array) {
        ess_json_array_begin(out);
        for (size_t i = 0; i < described->count; i++)
            ess_json_decimal(out, value[i]);
        ess_json_array_end(out);
    } else if (described->model->type == ESS_MODEL_BOOL) {
        ess_json_bool(out, value->mantissa != 0);
    } else {
        ess_json_decimal(out, *value);
    }
}

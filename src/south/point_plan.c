/* Which reads cover the points wanted. Greedy from the lowest address: each block begins at the
 * first register not yet covered and reaches as far as Modbus and the gap allow; no other plan
 * needs fewer, because starting later or ending earlier never lets a following block cover more. */
#include "codec/try.h"
#include "south/point_table.h"

#include <string.h>

/* The plan so far; the last block is still open. */
typedef struct planner {
    south_block *blocks;
    size_t max, count;
    uint16_t gap;
} planner;

static size_t block_end(const south_block *block)
{
    return (size_t)block->address + block->count;
}

/* Whole elements of the point from register at on that the open block can still take. */
static size_t room_in_block(const planner *plan, const south_point *point, size_t at)
{
    const south_block *block;
    size_t width = south_point_width(point), span;

    if (plan->count == 0)
        return 0;
    block = &plan->blocks[plan->count - 1];
    if (block->area != point->area || at > block_end(block) + plan->gap)
        return 0;
    span = at - block->address;
    return span >= SOUTH_READ_MAX ? 0 : (SOUTH_READ_MAX - span) / width;
}

static ess_err cover(planner *plan, const south_table *table, size_t index)
{
    const south_point *point = &table->points[index];
    size_t width = south_point_width(point), left = point->count, at = point->address;

    while (left > 0) {
        south_block *block;
        size_t take = room_in_block(plan, point, at);

        if (take == 0) {
            if (plan->count == plan->max)
                return ESS_E_NO_ROOM;
            plan->blocks[plan->count++] = (south_block){
                .area = point->area, .address = (uint16_t)at, .first_point = index};
            take = SOUTH_READ_MAX / width;
        }
        if (take > left)
            take = left;
        at += take * width;
        left -= take;
        block = &plan->blocks[plan->count - 1];
        block->count = (uint16_t)(at - block->address);
        block->end_point = index + 1;
    }
    return ESS_OK;
}

ess_err south_plan(const south_table *table, const char *classes, uint16_t gap,
                   south_block *blocks, size_t max, size_t *count)
{
    planner plan = {.blocks = blocks, .max = max, .gap = gap};

    for (size_t i = 0; i < table->count; i++) {
        if (strchr(classes, table->points[i].report_class) != NULL)
            TRY(cover(&plan, table, i));
    }
    *count = plan.count;
    return ESS_OK;
}

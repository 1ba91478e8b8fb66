/* Any bytes as a point table; what is accepted must plan and decode. */
#include "south/point_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint16_t registers[65536 + 4];
    static char problem[2048];
    south_source source = {
        .name = "f", .text = {(const char *)data, size}, .chinese = size % 2 == 1};
    south_block blocks[256];
    south_table table;
    size_t count = 0;

    if (south_table_parse(&source, &table, problem, sizeof(problem)) != ESS_OK)
        return 0;
    if (south_plan(&table, "FNSCED", 8, blocks, 256, &count) == ESS_OK && count == 0)
        __builtin_trap(); /* an accepted table has points */
    for (size_t i = 0; i < table.count; i++) {
        const south_point *point = &table.points[i];
        ess_decimal value;
        (void)south_decode(point, registers + point->address, point->count - 1u, &value);
    }
    south_table_free(&table);
    return 0;
}

/* A device and its equipment under any order of commands, copies, faults and restarts: each byte
 * is a choice. What must hold is in tests/lib/station_walk.h. */
#include "../../lib/station_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static walk w;

    if (size > 4096) /* some thousand steps; more only takes longer */
        return 0;
    walk_make(&w, size % 4 == 0 ? 12 : WALK_CODES);
    w.data = data;
    w.size = size;
    while (w.size > 0)
        walk_step(&w);
    walk_end(&w);
    return 0;
}

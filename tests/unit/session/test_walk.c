/* Commands on a device, at the mercy of chance: see station_walk.h for what must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/station_walk.h"

enum { SEEDS = 150, STEPS = 600 };

static void commands_run_once_and_leases_end_whatever_comes(void **state)
{
    static walk w;
    unsigned done = 0, unknown = 0, reverted = 0, superseded = 0, again = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        walk_make(&w, seed % 4 == 0 ? 12 : WALK_CODES);
        w.seed = seed * UINT64_C(0x9E3779B97F4A7C15);
        for (int i = 0; i < STEPS; i++)
            walk_step(&w);
        walk_end(&w);
        done += w.done;
        unknown += w.unknown;
        reverted += w.reverted;
        superseded += w.superseded;
        again += w.again;
    }
    print_message("%u done, %u unknown, %u taken back, %u superseded, %u said again\n", done,
                  unknown, reverted, superseded, again);
    assert_true(done > SEEDS && unknown > SEEDS && reverted > SEEDS / 2 && superseded > SEEDS / 4 &&
                again > SEEDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_run_once_and_leases_end_whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

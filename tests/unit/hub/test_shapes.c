/* Which topics share a shape, and how much all of them take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/shapes.h"

static int setup(void **state)
{
    static hub_shapes all;
    assert_int_equal(shapes_init(&all, 42), ESS_OK);
    *state = &all;
    return 0;
}

static int teardown(void **state)
{
    shapes_free(*state);
    return 0;
}

static void fill(ess_shape *shape)
{
    shape->count = shape->room;
}

static void an_object_has_one_shape_for_all_types(void **state)
{
    hub_shapes *all = *state;
    ess_shape *shape = shapes_for(all, ESS_SLICE_LITERAL("v1/DATA/ess/SH001/CAB01/BMS"));
    assert_ptr_equal(shape, shapes_for(all, ESS_SLICE_LITERAL("v1/HIST/ess/SH001/CAB01/BMS")));
    assert_ptr_not_equal(shape, shapes_for(all, ESS_SLICE_LITERAL("v1/DATA/ess/SH002/CAB01/BMS")));
    assert_ptr_not_equal(shape, shapes_for(all, ESS_SLICE_LITERAL("v1/DATA/ess/SH001/CAB01/PCS")));
    assert_non_null(shapes_for(all, (ess_slice){"", 0}));
}

static void a_full_shape_begins_anew_with_more_room_up_to_the_most(void **state)
{
    static const uint16_t rooms[] = {64, 256, 1024, 1024};
    hub_shapes *all = *state;
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        ess_shape *shape = shapes_for(all, ESS_SLICE_LITERAL("v1/DATA/ess/SH001"));
        assert_int_equal(shape->room, rooms[i]);
        assert_int_equal(shape->count, 0);
        assert_int_equal(all->keys, rooms[i]);
        fill(shape);
    }
}

static void all_shapes_together_are_bounded(void **state)
{
    hub_shapes *all = *state;
    char topic[32];
    for (unsigned step = 0; step < 4; step++) {
        for (unsigned i = 0; i < 2000; i++) {
            int len = snprintf(topic, sizeof topic, "v1/DATA/ess/G%u", i);
            fill(shapes_for(all, (ess_slice){topic, (size_t)len}));
            assert_true(all->keys <= HUB_SHAPE_KEYS_MAX);
        }
    }
    uint32_t keys = 0;
    for (uint32_t i = 0; i < HUB_SHAPES_MAX; i++)
        keys += all->shape[i].room;
    assert_int_equal(keys, all->keys);
    assert_true(keys > HUB_SHAPE_KEYS_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_object_has_one_shape_for_all_types, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_shape_begins_anew_with_more_room_up_to_the_most,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(all_shapes_together_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

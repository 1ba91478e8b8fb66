/* Revisions of parameters; see test_station.c for the published sequences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/revision.h"

static void it_counts_each_change_and_is_told_once(void **state)
{
    static const struct {
        const char *kept, *read;
        ess_revision_step step;
        uint64_t number;
    } rows[] = {
        {"", "{}", ESS_REVISION_KEEP, 1}, /* an object without parameters that were kept */
        {"{}", "{}", ESS_REVISION_REST, 1},
        {"{}", "{\"a\":1}", ESS_REVISION_KEEP, 2},
        {"{\"a\":1}", "{\"a\":1}", ESS_REVISION_REST, 2},
        {"{\"a\":1}", "{}", ESS_REVISION_KEEP, 3},
    };
    ess_revision revision = {0};
    uint64_t number;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ess_revision_read(&revision, ess_slice_from(rows[i].kept),
                                           ess_slice_from(rows[i].read), &number),
                         rows[i].step);
        assert_int_equal(number, rows[i].number);
        if (rows[i].step != ESS_REVISION_KEEP)
            continue;
        assert_true(ess_revision_is_newest(&revision, number - 1)); /* until it is kept */
        ess_revision_kept(&revision, number);
        assert_true(ess_revision_is_newest(&revision, number));
        ess_revision_told(&revision);
    }
}

static void it_is_told_at_each_start_and_when_asked_for(void **state)
{
    ess_slice values = ESS_SLICE_LITERAL("{}");
    ess_revision revision;
    uint64_t number;
    (void)state;
    ess_revision_restore(&revision, 5);
    assert_int_equal(ess_revision_read(&revision, values, values, &number), ESS_REVISION_TELL);
    assert_int_equal(number, 5);
    ess_revision_told(&revision);
    assert_int_equal(ess_revision_read(&revision, values, values, &number), ESS_REVISION_REST);
    ess_revision_tell_again(&revision);
    assert_int_equal(ess_revision_read(&revision, values, values, &number), ESS_REVISION_TELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts_each_change_and_is_told_once),
        cmocka_unit_test(it_is_told_at_each_start_and_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "codec_test.h"

static void slices_compare_by_content(void **state)
{
    (void)state;
    assert_true(ess_slice_equal((ess_slice){NULL, 0}, ess_slice_from("")));
    assert_int_equal(ess_slice_from(NULL).len, 0);
    assert_true(ess_slice_is(ESS_SLICE_LITERAL("soc"), "soc"));
    assert_false(ess_slice_is(ESS_SLICE_LITERAL("soc"), "soh"));
    assert_false(ess_slice_is(ESS_SLICE_LITERAL("soc"), "so"));
}

static void slice_copy_needs_room_for_its_nul(void **state)
{
    char room[8];

    (void)state;
    guard_fill(room, sizeof room);
    assert_int_equal(ess_slice_copy(ESS_SLICE_LITERAL("soc"), room, 3), ESS_E_NO_ROOM);
    assert_int_equal(ess_slice_copy((ess_slice){NULL, 0}, room, 0), ESS_E_NO_ROOM);
    guard_check(room, 0, sizeof room);
    assert_int_equal(ess_slice_copy(ESS_SLICE_LITERAL("soc"), room, 4), ESS_OK);
    assert_string_equal(room, "soc");
    guard_check(room, 4, sizeof room);
}

static void utf8_is_checked_to_the_letter(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"soc", true},
        {"\x7F", true},
        {"\xC2\x80", true},
        {"\xC1\xBF", false}, /* overlong */
        {"\xC0\x80", false},
        {"\xDF\xBF", true},
        {"\xE0\x9F\xBF", false}, /* overlong */
        {"\xE0\xA0\x80", true},
        {"\xE7\x94\xB5\xE6\xB1\xA0", true},
        {"\xED\x9F\xBF", true},
        {"\xED\xA0\x80", false}, /* surrogate */
        {"\xED\xBF\xBF", false},
        {"\xEE\x80\x80", true},
        {"\xEF\xBF\xBF", true},
        {"\xF0\x8F\xBF\xBF", false}, /* overlong */
        {"\xF0\x90\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\xF4\x90\x80\x80", false}, /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", false},
        {"\xFF", false},
        {"\x80", false},
        {"a\xBF", false},
        {"\xE7\x94", false},
        {"\xE7\x94"
         "a",
         false},
        {"\xF0\x90\x80", false},
        {"\xC2", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ess_slice text = exact_copy(cases[i].text, strlen(cases[i].text));
        if (ess_utf8_valid(text) != cases[i].valid)
            fail_msg("case %zu", i);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_content),
        cmocka_unit_test(slice_copy_needs_room_for_its_nul),
        cmocka_unit_test(utf8_is_checked_to_the_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

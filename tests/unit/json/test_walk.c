/* Looking into JSON that is at hand as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/walk.h"

static void members_are_found_and_numbers_kept(void **state)
{
    (void)state;
    ess_slice object = ESS_SLICE_LITERAL("{\"a\":56.30,\"b\":\"x\\ny\",\"c\":{\"a\":1},"
                                         "\"n\":\"9007199254740993\",\"t\":true,\"z\":null}");
    ess_slice raw;
    int64_t number;
    char text[8];
    assert_true(walk_member(object, "a", &raw));
    assert_true(ess_slice_is(raw, "56.30"));
    assert_true(walk_member(object, "c", &raw));
    assert_true(ess_slice_is(raw, "{\"a\":1}"));
    assert_false(walk_member(object, "d", &raw));
    assert_true(walk_text(object, "b", text, sizeof text));
    assert_string_equal(text, "x.y");
    assert_false(walk_text(object, "z", text, sizeof text));
    assert_string_equal(text, "");
    assert_true(walk_integer(object, "n", &number) && number == INT64_C(9007199254740993));
    assert_false(walk_integer(object, "a", &number));
    assert_true(walk_is_true(object, "t"));
    assert_false(walk_is_true(object, "z"));
}

static void ill_formed_text_has_no_items(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "5", "\"x\"", "]", "{\"a\"", "nonsense"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        walk w;
        ess_slice raw;
        walk_begin(&w, ess_slice_from(texts[i]));
        assert_false(walk_next(&w, NULL, &raw));
        assert_false(walk_next(&w, NULL, &raw));
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char room[6];
    walk_plain(ess_slice_from("\"ab荷电\""), room, sizeof room);
    assert_string_equal(room, "ab荷");
    walk_plain(ess_slice_from("123456789"), room, sizeof room);
    assert_string_equal(room, "12345");
}

static void no_text_of_others_commands_the_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *shown;
    } cases[] = {
        {"\"\\u001b[2J\\u0000\"", ".[2J."}, {"\"a\\u009bm\"", "a..m"}, {"\"a\xc2\x9bm\"", "a..m"},
        {"\"\\u007f\\n\"", ".."},         {"\"荷\u00b0\"", "荷\u00b0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[32];
        walk_plain(ess_slice_from(cases[i].raw), room, sizeof room);
        assert_string_equal(room, cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_and_numbers_kept),
        cmocka_unit_test(ill_formed_text_has_no_items),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(no_text_of_others_commands_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

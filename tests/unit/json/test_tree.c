/* Files as trees: read strictly, members in order, printed in the one canonical form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/tree.h"

static void members_are_sorted_and_spaces_dropped(void **state)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"{\"b\":1, \"a\":[ 2, {\"d\":true,\"c\":null} ]}", "{\"a\":[2,{\"c\":null,\"d\":true}],\"b\":1}"},
        {"[]", "[]"},
        {" {} ", "{}"},
        {"[[],[{}],\"x\"]", "[[],[{}],\"x\"]"},
        {"\"\\u4e2d\\u002f\\n\\u001F\\\"\"", "\"\xe4\xb8\xad/\\n\\u001f\\\"\""},
        {"{\"z\":{\"y\":{\"x\":-12}},\"a\":false}", "{\"a\":false,\"z\":{\"y\":{\"x\":-12}}}"},
        {"5", "5"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        arena memory = {0};
        const tree_node *root;
        ess_fault fault = {0};
        ess_json_writer w;
        char room[256];
        size_t len;
        assert_int_equal(tree_parse(ess_slice_from(cases[i].text), &memory, &root, &fault), ESS_OK);
        ess_json_writer_init(&w, room, strlen(cases[i].text));
        tree_print(root, &w); /* never longer than the text */
        assert_int_equal(ess_json_finish(&w, &len), ESS_OK);
        room[len] = '\0';
        assert_string_equal(room, cases[i].canonical);
        arena_free(&memory);
    }
}

static void wrong_texts_are_refused_at_their_place(void **state)
{
    static const struct {
        const char *text;
        ess_err err;
        uint32_t offset;
    } cases[] = {
        {"{\"a\":1,\"b\":2,\"a\":3}", ESS_E_EXISTS, 17}, {"{\"a\":1,\"\\u0061\":3}", ESS_E_EXISTS, 16},
        {"[\"\\u0000\"]", ESS_E_DATA, 1},              {"[1,]", ESS_E_JSON_SYNTAX, 3},
        {"", ESS_E_JSON_SYNTAX, 0},                    {"[1", ESS_E_JSON_SYNTAX, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        arena memory = {0};
        const tree_node *root = NULL;
        ess_fault fault = {0};
        assert_int_equal(tree_parse(ess_slice_from(cases[i].text), &memory, &root, &fault),
                         cases[i].err);
        assert_int_equal(fault.offset, cases[i].offset);
        assert_null(root);
        arena_free(&memory);
    }
}

static void too_many_members_are_refused(void **state)
{
    char text[16 * TREE_MEMBERS_MAX] = "{";
    arena memory = {0};
    const tree_node *root;
    ess_fault fault = {0};
    (void)state;
    for (int count = 0; count <= TREE_MEMBERS_MAX; count++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s\"m%d\":0", count ? "," : "", count);
        if (count + 1 == TREE_MEMBERS_MAX) {
            char closed[sizeof text + 1];
            (void)snprintf(closed, sizeof closed, "%s}", text);
            assert_int_equal(tree_parse(ess_slice_from(closed), &memory, &root, &fault), ESS_OK);
            assert_int_equal(root->count, TREE_MEMBERS_MAX);
        }
    }
    strncat(text, "}", 2);
    assert_int_equal(tree_parse(ess_slice_from(text), &memory, &root, &fault), ESS_E_TOO_LARGE);
    arena_free(&memory);
}

static void members_are_found_by_name(void **state)
{
    arena memory = {0};
    const tree_node *root;
    ess_fault fault = {0};
    (void)state;
    assert_int_equal(tree_parse(ess_slice_from("{\"b\":\"x\",\"a\":1.50}"), &memory, &root, &fault),
                     ESS_OK);
    assert_string_equal(tree_member(root, "a")->text, "1.50");
    assert_string_equal(tree_member(root, "b")->text, "x");
    assert_null(tree_member(root, "c"));
    assert_null(tree_member(tree_member(root, "a"), "a"));
    assert_null(tree_member(NULL, "a"));
    arena_free(&memory);
}

static void an_arena_gives_zeroed_room_of_any_size(void **state)
{
    arena memory = {0};
    (void)state;
    for (size_t size = 0; size < 300000; size = size * 3 + 1) {
        char *room = arena_take(&memory, size);
        assert_non_null(room);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(room[i], 0);
        memset(room, 1, size);
    }
    assert_null(arena_take(&memory, SIZE_MAX));
    arena_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sorted_and_spaces_dropped),
        cmocka_unit_test(wrong_texts_are_refused_at_their_place),
        cmocka_unit_test(too_many_members_are_refused),
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(an_arena_gives_zeroed_room_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

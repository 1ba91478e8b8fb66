/* What is said of a refusal, in the language of who reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "config/refusal.h"

static void every_text_is_found_and_is_not_english(void **state)
{
    (void)state;
    assert_true(config_refusal_word_count > 100);
    for (size_t i = 0; i < config_refusal_word_count; i++) {
        const ess_model_text *row = &config_refusal_words[i];
        assert_string_equal(config_refusal_words_of(row->en, true), row->zh);
        assert_ptr_equal(config_refusal_words_of(row->en, false), row->en);
        assert_string_not_equal(row->en, row->zh);
    }
}

static void what_is_not_known_stays_as_it_is(void **state)
{
    char room[CONFIG_REFUSAL_MAX];
    (void)state;
    assert_string_equal(config_refusal_say("another maker's words", true, room),
                        "another maker's words");
    assert_string_equal(config_refusal_say("", true, room), "");
    assert_null(config_refusal_say(NULL, true, room));
    assert_null(config_refusal_words_of(NULL, true));
}

static void composed_texts_keep_what_stands_in_their_places(void **state)
{
    static const ess_model_text cases[] = {
        {"t is missing", "缺少 t"},
        {"p is outside -125 to 125 kW", "p 超出范围 -125～125 kW"},
        {"mode is outside 0 to 3 ", "mode 超出范围 0～3"},
        {"p must be a number, -125 to 125 kW", "p 须为数值，范围 -125～125 kW"},
        {"unknown argument x is required", "未知参数 x is required"},
        {"unknown argument {}", "未知参数 {}"},
        {"set is required", "缺少 set"},
        {"rvt is given twice", "rvt 重复给出"},
        {"a has the wrong type", "a 的类型不符"},
        {"set is required, says he", "set is required, says he"},
    };
    char room[CONFIG_REFUSAL_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(config_refusal_say(cases[i].en, true, room), cases[i].zh);
        assert_string_equal(config_refusal_say(cases[i].en, false, room), cases[i].en);
    }
}

static void a_long_text_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) { /* the cut falls on each byte of a character */
        char text[2 * CONFIG_REFUSAL_MAX] = "unknown argument xx";
        char room[CONFIG_REFUSAL_MAX];
        text[strlen("unknown argument ") + shift] = '\0';
        while (strlen(text) + 4 < sizeof text)
            memcpy(text + strlen(text), "名", 4);
        assert_ptr_equal(config_refusal_say(text, true, room), room);
        assert_true(strlen(room) > CONFIG_REFUSAL_MAX - 4);
        assert_true(ess_utf8_valid(ess_slice_from(room)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_found_and_is_not_english),
        cmocka_unit_test(what_is_not_known_stays_as_it_is),
        cmocka_unit_test(composed_texts_keep_what_stands_in_their_places),
        cmocka_unit_test(a_long_text_is_cut_at_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

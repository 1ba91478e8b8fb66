/* Two ends of different age: what either may say is what both can read; a major is served or it is
 * refused, before anything else of the message is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ess/peer.h"

#define SID "0000000c5f3a9c01"

static ess_presence_word word_of(uint16_t minor, const char *enc)
{
    return (ess_presence_word){.on = true, .sid = SID, .minor = minor, .enc = ess_slice_from(enc)};
}

static void the_lesser_minor_is_in_force(void **state)
{
    static const struct {
        uint16_t own, other, in_force;
    } cases[] = {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 1}, {1, 999, 1}, {2, 1, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_peer peer;
        ess_presence_word word = word_of(cases[i].other, "");
        ess_peer_init(&peer, cases[i].own);
        assert_int_equal(ess_peer_minor(&peer), 0); /* [VER-05] nothing heard yet */
        ess_peer_hear(&peer, &word);
        assert_int_equal(ess_peer_minor(&peer), cases[i].in_force);
    }
}

static void a_feature_waits_for_the_minor_that_brought_it(void **state)
{
    (void)state;
    for (int i = 0; i < ESS_FEATURE_COUNT; i++) {
        ess_feature feature = (ess_feature)i;
        uint16_t since = ess_feature_since(feature);
        assert_in_range(since, 1, ESS_MINOR); /* minor 0 needs no row */
        for (uint16_t other = 0; other <= ESS_MINOR; other++) {
            ess_peer peer;
            ess_presence_word word = word_of(other, "[\"json\",\"gzip\",\"zstd\",\"cols\"]");
            ess_peer_init(&peer, ESS_MINOR);
            ess_peer_hear(&peer, &word);
            assert_int_equal(ess_peer_may(&peer, feature), other >= since);
            ess_peer_init(&peer, (uint16_t)(since - 1)); /* we are the older one */
            ess_peer_hear(&peer, &word);
            assert_false(ess_peer_may(&peer, feature));
        }
    }
}

static void an_encoding_is_used_only_where_it_was_named(void **state)
{
    ess_peer peer;
    ess_presence_word word = word_of(1, "[\"json\",\"zstd\",\"tomorrow\"]");
    (void)state;
    ess_peer_init(&peer, 1);
    ess_peer_hear(&peer, &word);
    assert_true(ess_peer_may(&peer, ESS_FEATURE_ZSTD));
    assert_false(ess_peer_may(&peer, ESS_FEATURE_GZIP));
    assert_false(ess_peer_may(&peer, ESS_FEATURE_COLS));
    assert_true(ess_peer_may(&peer, ESS_FEATURE_REFUSED_T)); /* comes with its minor */
    word = word_of(1, "");
    ess_peer_hear(&peer, &word); /* [VER-05] a later birth takes back what it does not repeat */
    assert_false(ess_peer_may(&peer, ESS_FEATURE_ZSTD));
}

static void nothing_is_known_of_one_that_went(void **state)
{
    ess_peer peer;
    ess_presence_word birth = word_of(1, "[\"zstd\"]"), death = {.sid = SID, .minor = 1};
    (void)state;
    ess_peer_init(&peer, 1);
    ess_peer_hear(&peer, &birth);
    ess_peer_hear(&peer, &death);
    assert_int_equal(ess_peer_minor(&peer), 0);
    assert_false(ess_peer_may(&peer, ESS_FEATURE_ZSTD));
    ess_peer_hear(&peer, &birth);
    ess_peer_forget(&peer);
    assert_int_equal(ess_peer_minor(&peer), 0);
    assert_int_equal(peer.own_minor, 1);
}

static void a_major_is_served_or_refused_by_its_rule(void **state)
{
    static const struct {
        const char *topic;
        bool one, both;
    } cases[] = {{"v1/DATA/ess/g", true, true},
                 {"v2/DATA/ess/g", false, true},
                 {"v3/?", false, false}, /* its form need not be ours */
                 {"v11/DATA/ess/g", false, false},
                 {"v01/DATA/ess/g", true, true}, /* no major: left to ess_topic_parse */
                 {"v1", true, true},
                 {"", true, true}};
    const ess_majors one = {{1}, 1}, both = {{1, 2}, 2}, none = {{0}, 0};
    ess_fault fault = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_slice topic = ess_slice_from(cases[i].topic);
        assert_int_equal(ess_majors_check(&one, topic, &fault) == ESS_OK, cases[i].one);
        assert_int_equal(ess_majors_check(&both, topic, &fault) == ESS_OK, cases[i].both);
    }
    assert_int_equal(ess_majors_check(&none, ESS_SLICE_LITERAL("v1/x"), &fault), ESS_E_TOPIC);
    assert_string_equal(fault.rule, "TOP-11");
    assert_true(ess_majors_have(&both, 2) && !ess_majors_have(&one, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lesser_minor_is_in_force),
        cmocka_unit_test(a_feature_waits_for_the_minor_that_brought_it),
        cmocka_unit_test(an_encoding_is_used_only_where_it_was_named),
        cmocka_unit_test(nothing_is_known_of_one_that_went),
        cmocka_unit_test(a_major_is_served_or_refused_by_its_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

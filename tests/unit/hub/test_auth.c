#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_core.h"
#include "hub/auth.h"

#define NOW 1000000                 /* of the monotonic clock */
#define UTC INT64_C(1700000000000) /* what the other clock is ahead of it */

static unsigned hashes_tried;

/* Stands for argon2id: the hash is the password. */
static bool same(const char *hash, ess_slice password)
{
    hashes_tried++;
    return ess_slice_is(password, hash);
}

typedef struct fixture {
    hub_core core;
    auth *all;
    hub_user user;
    char token[AUTH_TOKEN_LEN + 1];
} fixture;

static int set_up(void **state)
{
    static fixture f;
    f = (fixture){0};
    fake_user(&f.core, "op7", HUB_OPERATOR, "right password");
    f.all = auth_new(&f.core, same, "decoy");
    hashes_tried = 0;
    *state = &f;
    return f.all != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    auth_free(((fixture *)*state)->all);
    return 0;
}

static ess_err log_in(fixture *f, const char *name, const char *password, int64_t now)
{
    auth_attempt attempt = {ess_slice_from(name), ess_slice_from(password), now, UTC + now};
    return auth_login(f->all, &attempt, &f->user, f->token);
}

static ess_err check(fixture *f, int64_t now)
{
    return auth_check(f->all, ess_slice_from(f->token), UTC + now, &f->user);
}

static void login_opens_a_session_that_ends_after_its_life(void **state)
{
    fixture *f = *state;
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    assert_int_equal(strlen(f->token), AUTH_TOKEN_LEN);
    assert_int_equal(check(f, NOW + AUTH_LIFE_MS - 1), ESS_OK);
    assert_string_equal(f->user.name, "op7");
    assert_int_equal(f->user.role, HUB_OPERATOR);
    assert_int_equal(check(f, NOW + AUTH_LIFE_MS), ESS_E_PERMISSION);
}

static void unknown_name_costs_a_hash_like_a_wrong_password(void **state)
{
    fixture *f = *state;
    char long_name[HUB_USER_MAX + 2] = {0};
    memset(long_name, 'x', HUB_USER_MAX + 1);
    assert_int_equal(log_in(f, "op7", "wrong", NOW), ESS_E_PERMISSION);
    assert_int_equal(hashes_tried, 1);
    assert_int_equal(log_in(f, "nobody", "wrong", NOW), ESS_E_PERMISSION);
    assert_int_equal(hashes_tried, 2);
    assert_int_equal(log_in(f, "nobody", "decoy", NOW), ESS_E_PERMISSION);
    assert_int_equal(hashes_tried, 3);
    assert_int_equal(log_in(f, long_name, "decoy", NOW), ESS_E_PERMISSION);
    assert_int_equal(hashes_tried, 4);
}

static void five_failures_in_a_minute_stop_further_attempts(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < AUTH_FAILURES; i++)
        assert_int_equal(log_in(f, "op7", "wrong", NOW + i), ESS_E_PERMISSION);
    unsigned before = hashes_tried;
    assert_int_equal(log_in(f, "op7", "right password", NOW + 10), ESS_E_NO_ROOM);
    assert_int_equal(hashes_tried, before);
    assert_int_equal(log_in(f, "other", "wrong", NOW + 10), ESS_E_PERMISSION);
    assert_int_equal(log_in(f, "op7", "right password", NOW + AUTH_WINDOW_MS), ESS_OK);
}

static void success_clears_the_failures(void **state)
{
    fixture *f = *state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < AUTH_FAILURES - 1; i++)
            assert_int_equal(log_in(f, "op7", "wrong", NOW), ESS_E_PERMISSION);
        assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    }
}

static void table_of_failing_names_is_bounded_and_drains(void **state)
{
    fixture *f = *state;
    char name[24];
    for (int i = 0; i < AUTH_NAMES_MAX; i++) {
        (void)snprintf(name, sizeof name, "guess%d", i);
        assert_int_equal(log_in(f, name, "wrong", NOW), ESS_E_PERMISSION);
    }
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_E_NO_ROOM);
    assert_int_equal(log_in(f, "op7", "right password", NOW + AUTH_WINDOW_MS), ESS_OK);
}

static void logout_and_changes_of_the_user_end_the_session(void **state)
{
    fixture *f = *state;
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    f->core.users[0].role = HUB_VIEWER;
    assert_int_equal(check(f, NOW), ESS_OK);
    assert_int_equal(f->user.role, HUB_VIEWER);
    assert_int_equal(auth_logout(f->all, ess_slice_from(f->token)), ESS_OK);
    assert_int_equal(check(f, NOW), ESS_E_PERMISSION);

    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    (void)snprintf(f->core.users[0].password_hash, 16, "new password");
    assert_int_equal(check(f, NOW), ESS_E_PERMISSION);

    assert_int_equal(log_in(f, "op7", "new password", NOW), ESS_OK);
    f->core.user_count = 0;
    assert_int_equal(check(f, NOW), ESS_E_PERMISSION);
}

static void unreadable_user_table_is_told_and_ends_nothing(void **state)
{
    fixture *f = *state;
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    f->core.user_err = ESS_E_IO;
    assert_int_equal(check(f, NOW), ESS_E_IO);
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_E_IO);
    assert_int_equal(auth_logout(f->all, ess_slice_from(f->token)), ESS_E_IO);
    f->core.user_err = ESS_OK;
    assert_int_equal(check(f, NOW), ESS_OK);
}

static void wrong_tokens_are_refused(void **state)
{
    fixture *f = *state;
    static const char *const tokens[] = {
        "", "0", "0000000000000000000000000000000000000000000000000000000000000000",
        "00000000000000000000000000000000000000000000000000000000000000000"};
    char zeros[AUTH_TOKEN_LEN] = {0};
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        assert_int_equal(auth_check(f->all, ess_slice_from(tokens[i]), UTC + NOW, &f->user),
                         ESS_E_PERMISSION);
    assert_int_equal(auth_check(f->all, (ess_slice){zeros, sizeof zeros}, UTC + NOW, &f->user),
                     ESS_E_PERMISSION);
}

static void a_session_outlives_the_process_and_only_its_hash_is_kept(void **state)
{
    fixture *f = *state;
    assert_int_equal(log_in(f, "op7", "right password", NOW), ESS_OK);
    assert_string_not_equal(f->core.sessions[0].token_hash, f->token);
    auth_free(f->all);
    f->all = auth_new(&f->core, same, "decoy");
    assert_int_equal(check(f, NOW), ESS_OK);
    ess_slice hash = ess_slice_from(f->core.sessions[0].token_hash);
    assert_int_equal(auth_check(f->all, hash, UTC + NOW, &f->user), ESS_E_PERMISSION);
}

static void role_names_go_both_ways(void **state)
{
    hub_role role;
    (void)state;
    for (int i = HUB_VIEWER; i <= HUB_ADMIN; i++) {
        assert_int_equal(auth_role_parse(ess_slice_from(auth_role_name((hub_role)i)), &role),
                         ESS_OK);
        assert_int_equal(role, i);
    }
    assert_int_equal(auth_role_parse(ESS_SLICE_LITERAL("root"), &role), ESS_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(login_opens_a_session_that_ends_after_its_life),
        TEST(unknown_name_costs_a_hash_like_a_wrong_password),
        TEST(five_failures_in_a_minute_stop_further_attempts),
        TEST(success_clears_the_failures),
        TEST(table_of_failing_names_is_bounded_and_drains),
        TEST(logout_and_changes_of_the_user_end_the_session),
        TEST(unreadable_user_table_is_told_and_ends_nothing),
        TEST(wrong_tokens_are_refused),
        TEST(a_session_outlives_the_process_and_only_its_hash_is_kept),
        TEST(role_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

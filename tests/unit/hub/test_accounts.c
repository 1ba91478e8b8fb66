/* Users and sessions as rows: beside other processes, over restarts, within their bounds. */
#include "core_fixture.h"

#include <sqlite3.h>

static hub_user op7 = {.name = "op7", .role = HUB_OPERATOR, .password_hash = "$argon2id$x"};

static void count_user(void *context, const hub_user *user)
{
    *(size_t *)context += user->name[0] != '\0' ? 1 : 0;
}

static void users_are_kept_beside_a_running_hub(void **state)
{
    fixture *f = *state;
    hub_core *beside = NULL;
    char why[HUB_WHY_MAX];
    hub_user user = {.name = "op7", .role = HUB_OPERATOR, .password_hash = "$argon2id$x"}, got;
    size_t count = 0;
    assert_int_equal(hub_core_open_users(f->dir, &beside, why), ESS_OK);
    assert_int_equal(hub_user_put(beside, &user), ESS_OK);
    user.role = HUB_VIEWER;
    assert_int_equal(hub_user_put(beside, &user), ESS_OK);
    hub_core_close(beside);
    assert_int_equal(hub_user_get(f->core, ess_slice_from("op7"), &got), ESS_OK);
    assert_int_equal(got.role, HUB_VIEWER);
    assert_string_equal(got.password_hash, "$argon2id$x");
    assert_int_equal(hub_user_each(f->core, count_user, &count), ESS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(hub_user_remove(f->core, ess_slice_from("op7")), ESS_OK);
    assert_int_equal(hub_user_remove(f->core, ess_slice_from("op7")), ESS_E_NOT_FOUND);
    assert_int_equal(hub_user_get(f->core, ess_slice_from("op7"), &got), ESS_E_NOT_FOUND);
}

static ess_err log_in(fixture *f, const char *token_hash, int64_t ends_utc_ms)
{
    hub_session session = {token_hash, &op7, ends_utc_ms };
    return hub_session_open(f->core, &session, f->now.utc_ms);
}

static ess_err holder(fixture *f, const char *token_hash)
{
    hub_user user;
    ess_err err = hub_session_user(f->core, token_hash, f->now.utc_ms, &user);
    if (err == ESS_OK)
        assert_string_equal(user.name, "op7");
    return err;
}

static void a_session_outlives_the_hub_and_ends_at_its_time(void **state)
{
    fixture *f = *state;
    assert_int_equal(hub_user_put(f->core, &op7), ESS_OK);
    assert_int_equal(log_in(f, "h1", START_UTC + 1000), ESS_OK);
    fixture_restart(f);
    assert_int_equal(holder(f, "h1"), ESS_OK);
    assert_int_equal(holder(f, "h2"), ESS_E_NOT_FOUND);
    fixture_pass(f, 999);
    assert_int_equal(holder(f, "h1"), ESS_OK);
    fixture_pass(f, 1);
    assert_int_equal(holder(f, "h1"), ESS_E_NOT_FOUND);
}

static void a_session_ends_with_logout_new_password_or_removal_for_good(void **state)
{
    static const struct {
        const char *what;
        int act;
    } cases[] = {{"log-out", 0}, {"another password", 1}, {"removal", 2}};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hub_user changed = op7;
        (void)snprintf(changed.password_hash, sizeof changed.password_hash, "$argon2id$y");
        assert_int_equal(hub_user_put(f->core, &op7), ESS_OK);
        assert_int_equal(log_in(f, cases[i].what, START_UTC + 1000), ESS_OK);
        if (cases[i].act == 0)
            assert_int_equal(hub_session_end(f->core, cases[i].what), ESS_OK);
        else if (cases[i].act == 1)
            assert_int_equal(hub_user_put(f->core, &changed), ESS_OK);
        else
            assert_int_equal(hub_user_remove(f->core, ess_slice_from("op7")), ESS_OK);
        fixture_restart(f);
        assert_int_equal(holder(f, cases[i].what), ESS_E_NOT_FOUND);
    }
}

static int64_t count_sessions(const fixture *f)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM session", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

static void ended_sessions_go_and_beyond_the_bound_the_first_to_end(void **state)
{
    fixture *f = *state;
    char path[128];
    sqlite3 *db = NULL;
    assert_int_equal(hub_user_put(f->core, &op7), ESS_OK);
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT 1024)"
                     " INSERT INTO session(token, user, hash, ends)"
                     " SELECT 'h' || n, 'op7', '$argon2id$x', 1700000001000 + n FROM i",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(log_in(f, "new", START_UTC + 5000), ESS_OK);
    assert_int_equal(count_sessions(f), HUB_SESSIONS_MAX);
    assert_int_equal(holder(f, "h1"), ESS_E_NOT_FOUND);
    assert_int_equal(holder(f, "h2"), ESS_OK);
    fixture_pass(f, 4000);
    assert_int_equal(log_in(f, "newer", START_UTC + 9000), ESS_OK);
    assert_int_equal(count_sessions(f), 2);
}

static void sessions_are_refused_while_the_database_is_and_no_token_is_given(void **state)
{
    fixture *f = *state;
    char path[128];
    sqlite3 *db = NULL;
    assert_int_equal(hub_user_put(f->core, &op7), ESS_OK);
    assert_int_equal(log_in(f, "kept", START_UTC + 1000), ESS_OK);
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(log_in(f, "h1", START_UTC + 1000), ESS_E_IO);
    assert_int_equal(hub_session_end(f->core, "kept"), ESS_E_IO);
    assert_int_equal(holder(f, "kept"), ESS_OK); /* reading goes on */
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(holder(f, "h1"), ESS_E_NOT_FOUND);
    assert_int_equal(log_in(f, "h1", START_UTC + 1000), ESS_OK);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(users_are_kept_beside_a_running_hub),
        CASE(a_session_outlives_the_hub_and_ends_at_its_time),
        CASE(a_session_ends_with_logout_new_password_or_removal_for_good),
        CASE(ended_sessions_go_and_beyond_the_bound_the_first_to_end),
        CASE(sessions_are_refused_while_the_database_is_and_no_token_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

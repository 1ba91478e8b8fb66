/* What stands after restarts, full disks and locked databases; and who is there. */
#include "core_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "hub/db.h"

static void db_path(const fixture *f, char room[128])
{
    (void)snprintf(room, 128, "%s/hub.db", f->dir);
}

static sqlite3 *other_program(const fixture *f, const char *sql)
{
    char path[128];
    sqlite3 *other = NULL;
    db_path(f, path);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    return other;
}

static void a_commit_that_fails_receipts_nothing_and_the_repeat_is_taken(void **state)
{
    fixture *f = *state;
    sqlite3 *other = other_program(f, "BEGIN IMMEDIATE");
    fixture_data(f, 1, "{\"soc\":1,\"fresh\":1}");
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(f->told_count, 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    fixture_stats(f);
    assert_holds(f->json, "\"commits_failed\":1,\"reports_dropped\":1");
    fixture_data(f, 1, "{\"soc\":1,\"fresh\":1}");
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,1]]");
    fixture_history(f, "fresh");
    assert_int_equal(fixture_count(f->json, SID_A), 1);
    FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
    assert_int_equal(fixture_count(f->json, "\"samples\":1,"), 2);
}

static void a_full_database_refuses_whole_batches_and_the_hub_goes_on(void **state)
{
    static char text[20000], d[21000], payload[22000];
    fixture *f = *state;
    size_t receipted = 0;
    unsigned n = 0;
    memset(text, 'x', sizeof text - 1);
    (void)snprintf(d, sizeof d, "{\"a\":1,\"text\":\"%s\"}", text);
    f->options.max_mib = 1;
    fixture_restart(f);
    for (n = 1; n <= 100; n++) {
        fixture_forget(f);
        (void)snprintf(payload, sizeof payload,
                       "{\"t\":%u,\"code\":\"" SID_A "-%u\",\"s\":\"METRIC\",\"d\":%s}", n, n, d);
        fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
        fixture_pass(f, 20);
        receipted += f->sent_count;
    }
    assert_in_range(receipted, 1, 99);
    /* History holds exactly what was receipted, and half a report never stands. */
    f->options.max_mib = 0;
    fixture_restart(f);
    hub_history_query query = fixture_query("CAB01/BMS", "a");
    query.limit = 1000;
    FIXTURE_JSON(f, hub_write_history(f->core, &query, &out));
    assert_int_equal(fixture_count(f->json, SID_A), receipted);
    fixture_forget(f);
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload); /* room again: the repeat is taken */
    fixture_pass(f, 20);
    assert_holds(f->sent[0].payload, "\"ok\":[[100,100]]");
    FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
    char part[64];
    (void)snprintf(part, sizeof part, "\"name\":\"text\",\"samples\":%zu,", receipted + 1);
    assert_holds(f->json, part);
}

static void a_full_history_leaves_the_plant_in_hand(void **state)
{
    static char text[20000], payload[21000];
    fixture *f = *state;
    hub_user user = {.name = "op7", .role = HUB_OPERATOR, .password_hash = "$argon2id$x"};
    hub_command_request stop = {.group = ESS_SLICE_LITERAL("SH001"),
                                .ns = ESS_SLICE_LITERAL("CAB01/PCS"),
                                .op = ESS_SLICE_LITERAL("stop"),
                                .args = ESS_SLICE_LITERAL("{}"),
                                .by = ESS_SLICE_LITERAL("op7"),
                                .ttl_s = 30};
    char code[37], hash[16];
    f->options.max_mib = 1;
    fixture_restart(f);
    fixture_birth(f, SID_A);
    memset(text, 'x', sizeof text - 1);
    for (unsigned n = 1; n <= 100; n++) {
        (void)snprintf(payload, sizeof payload,
                       "{\"t\":%u,\"code\":\"" SID_A
                       "-%u\",\"s\":\"METRIC\",\"d\":{\"text\":\"%s\"}}",
                       n, n, text);
        fixture_forget(f);
        fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
        fixture_pass(f, 20);
    }
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(hub_user_put(f->core, &user), ESS_OK);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(hash, sizeof hash, "h%d", i);
        hub_session session = {hash, &user, START_UTC + 3600000};
        assert_int_equal(hub_session_open(f->core, &session, START_UTC), ESS_OK);
        assert_int_equal(hub_command_create(f->core, &stop, code), ESS_OK);
        fixture_forget(f);
    }
    fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload); /* in one batch with the reply */
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"code\":\"%s\",\"s\":\"CMD\",\"te\":\"RES\","
                   "\"d\":{\"stage\":\"done\",\"r\":0}}",
                   code);
    fixture_say(f, "v1/ACK/ess/SH001/CAB01/PCS", payload);
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 0);
    FIXTURE_JSON(f, hub_write_command(f->core, ess_slice_from(code), &out));
    assert_holds(f->json, "\"state\":\"done\"");
    fixture_restart(f);
}

/* A hub that dies without closing anything: a child process that ends at once. */
static void die_after(fixture *f, void (*act)(fixture *f))
{
    hub_core_close(f->core);
    f->core = NULL;
    pid_t child = fork();
    if (child == 0) {
        fixture_open(f);
        hub_core_on_line(f->core, true);
        act(f);
        _exit(f->sent_count > 1 ? 0 : 1); /* its birth and a receipt */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fixture_open(f);
    hub_core_on_line(f->core, true);
}

static void receipt_one_and_take_another(fixture *f)
{
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    fixture_data(f, 2, "{\"soc\":2}"); /* taken in, never committed, never receipted */
}

static void what_was_receipted_survives_the_hubs_death(void **state)
{
    fixture *f = *state;
    die_after(f, receipt_one_and_take_another);
    fixture_history(f, "soc");
    assert_int_equal(fixture_count(f->json, SID_A), 1);
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_data(f, 2, "{\"soc\":2}");
    fixture_pass(f, 20);
    fixture_history(f, "soc");
    assert_int_equal(fixture_count(f->json, SID_A), 2);
}

static void an_orderly_end_commits_what_is_open(void **state)
{
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    hub_core_farewell(f->core);
    assert_int_equal(f->sent_count, 2);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,1]]");
    assert_holds(f->sent[1].payload, "\"on\":0");
    assert_true(f->sent[1].retain);
}

static void receipts_wait_for_a_busy_line(void **state)
{
    fixture *f = *state;
    f->line = ESS_E_NO_ROOM;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    f->line = ESS_OK;
    assert_int_equal(hub_core_wake(f->core), f->now.mono_ms + 20);
    fixture_pass(f, 20);
    assert_int_equal(f->sent_count, 1);
    assert_holds(f->sent[0].payload, "\"ok\":[[1,1]]");
}

static void two_hubs_cannot_have_one_folder(void **state)
{
    fixture *f = *state;
    hub_core *second = NULL;
    char why[HUB_WHY_MAX];
    assert_int_equal(hub_core_open(&f->options, &second, why), ESS_E_STATE);
    assert_holds(why, "another ess-hub");
    assert_null(second);
}

static void a_database_of_a_newer_program_is_left_alone(void **state)
{
    fixture *f = *state;
    char why[HUB_WHY_MAX], path[128];
    hub_db *db = NULL;
    db_path(f, path);
    assert_int_equal(sqlite3_close(other_program(f, "PRAGMA user_version = 99")), SQLITE_OK);
    assert_int_equal(db_open(&(db_options){.path = path}, &db, why, sizeof why), ESS_E_STATE);
    assert_holds(why, "newer program");
}

static void rows_that_were_removed_do_not_keep_the_hub_from_starting(void **state)
{
    static const struct {
        const char *sql, *kept;
    } cases[] = {
        {"DELETE FROM sample WHERE ts = 1700000001000", "\"v\":1,\"q\":0,\"ts\":1700000000000"},
        {"DELETE FROM sample", "\"values\":[]"},
    };
    fixture *f = *state;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 1000);
    fixture_data(f, 2, "{\"soc\":2}");
    fixture_pass(f, 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sqlite3_close(other_program(f, cases[i].sql)), SQLITE_OK);
        fixture_restart(f);
        fixture_values(f);
        assert_holds(f->json, cases[i].kept);
    }
    fixture_data(f, 3, "{\"soc\":3}");
    fixture_pass(f, 20);
    fixture_values(f);
    assert_holds(f->json, "\"v\":3");
}

static void rows_that_contradict_each_other_are_told_as_that(void **state)
{
    fixture *f = *state;
    char why[HUB_WHY_MAX] = "";
    hub_core *core = NULL;
    fixture_data(f, 1, "{\"soc\":1}");
    fixture_pass(f, 20);
    hub_core_close(f->core);
    f->core = NULL;
    assert_int_equal(sqlite3_close(other_program(f, "UPDATE series SET id = 7")), SQLITE_OK);
    assert_int_equal(hub_core_open(&f->options, &core, why), ESS_E_CORRUPT);
    assert_holds(why, "contradict");
}

/* A file as the first schema left it. */
static void an_older_database_is_brought_up_to_date(void **state)
{
    static const char rows[] =
        "PRAGMA user_version = 1;"
        "INSERT INTO user VALUES('op7', 1, '$argon2id$x');"
        "INSERT INTO grp(id, name) VALUES(1, 'SH001');"
        "INSERT INTO series VALUES(1, 1, 'CAB01/BMS', 'soc'), (2, 1, 'CAB01/BMS', 'none');"
        "INSERT INTO report VALUES(1, 1, 7, 1, 1, 'CAB01/BMS', 30, 99), "
        "(2, 1, 7, 2, 1, 'CAB01/BMS', 30, 99), (3, 1, 7, 3, 1, 'CAB01/BMS', 10, 99);"
        "INSERT INTO sample VALUES(1, 30, 1, 501, 1, 0), (1, 30, 2, 502, 1, 0),"
        " (1, 10, 3, 503, 1, 0);";
    fixture *f = *state;
    char path[128];
    sqlite3 *db = NULL;
    hub_user user = {.name = "op7", .password_hash = "$argon2id$x"};
    hub_session session = {"h1", &user, START_UTC + 1000};
    hub_core_close(f->core);
    db_path(f, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql_schema[0], NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, rows, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    fixture_open(f);
    FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
    assert_string_equal(f->json,
                        "{\"series\":[{\"ns\":\"CAB01/BMS\",\"name\":\"soc\",\"samples\":3,"
                        "\"first_utc_ms\":10,\"last_utc_ms\":30}]}");
    fixture_values(f);
    assert_holds(f->json, "\"v\":50.2,");
    assert_int_equal(hub_session_open(f->core, &session, START_UTC), ESS_OK);
    assert_int_equal(hub_session_user(f->core, "h1", START_UTC, &user), ESS_OK);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    fixture *f = *state;
    char why[HUB_WHY_MAX], path[128];
    hub_db *db = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.lock", f->dir);
    int fd = open(path, O_WRONLY);
    for (int i = 0; i < 400; i++)
        assert_int_equal(write(fd, "not a database", 14), 14);
    (void)close(fd);
    assert_int_equal(db_open(&(db_options){.path = path}, &db, why, sizeof why), ESS_E_CORRUPT);
    assert_holds(why, "not a database");
}

static void each_start_has_a_later_sid_and_says_so(void **state)
{
    fixture *f = *state;
    char before[17], after[17];
    fixture_restart(f);
    assert_string_equal(f->sent[0].topic, "v1/STATE/ess/_cloud");
    assert_true(f->sent[0].retain);
    assert_holds(f->sent[0].payload, "\"on\":1");
    (void)snprintf(before, sizeof before, "%s", strstr(f->sent[0].payload, "\"sid\":\"") + 7);
    fixture_restart(f);
    (void)snprintf(after, sizeof after, "%s", strstr(f->sent[0].payload, "\"sid\":\"") + 7);
    assert_true(strcmp(before, after) < 0);
    fixture_forget(f);
    fixture_say(f, "v1/STATE/ess/_cloud", f->sent[0].payload); /* its own word comes back */
    FIXTURE_JSON(f, hub_write_devices(f->core, &out));
    assert_string_equal(f->json, "{\"devices\":[]}");
}

static void say_off(fixture *f, const char *sid)
{
    char payload[128];
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1,\"s\":\"METRIC\",\"d\":{\"on\":0,\"sid\":\"%s\"}}", sid);
    fixture_say(f, "v1/STATE/ess/SH001", payload);
}

static void devices(fixture *f)
{
    FIXTURE_JSON(f, hub_write_devices(f->core, &out));
}

static void presence_follows_births_and_wills_of_the_present_life(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_B);
    devices(f);
    assert_string_equal(
        f->json,
        "{\"devices\":[{\"group\":\"SH001\",\"online\":true,\"stale\":false,\"sid\":\"" SID_B
        "\",\"since_utc_ms\":1700000000000,\"last_utc_ms\":1700000000000,\"fw\":\"0.1.0\","
        "\"model\":\"ess-ci 1.0.0 00ff\",\"clock\":\"synced\",\"units\":[\"CAB01\"]}]}");
    say_off(f, SID_A); /* an earlier life's will */
    devices(f);
    assert_holds(f->json, "\"online\":true,\"stale\":false");
    f->now.utc_ms += 180001; /* [PRE-31] not a word for three minutes */
    FIXTURE_JSON(f, hub_write_devices(f->core, &out));
    assert_holds(f->json, "\"online\":true,\"stale\":true");
    fixture_values(f); /* who asks for values is told as well, and by which clock they are old */
    assert_string_equal(f->json, "{\"group\":\"SH001\",\"online\":true,\"stale\":true,"
                                 "\"last_utc_ms\":1700000000000,\"now_utc_ms\":1700000180001,"
                                 "\"values\":[]}");
    f->now.utc_ms -= 180001;
    say_off(f, SID_B);
    devices(f);
    assert_holds(f->json, "\"online\":false");
    assert_int_equal(f->told_count, 2);
    assert_string_equal(f->told[1].event, "presence");
    assert_string_equal(f->told[1].data, "{\"group\":\"SH001\",\"online\":false,\"sid\":\"" SID_B
                                         "\",\"at\":1700000000000}");
}

static void without_a_line_nobody_is_online_until_born_again(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    hub_core_on_line(f->core, false);
    devices(f);
    assert_holds(f->json, "\"online\":false");
    hub_core_on_line(f->core, true);
    fixture_birth(f, SID_A);
    devices(f);
    assert_holds(f->json, "\"online\":true");
    fixture_pass(f, 20);
    fixture_restart(f);
    devices(f);
    assert_holds(f->json, "\"online\":false,\"stale\":false,\"sid\":\"" SID_A "\"");
    assert_holds(f->json, "\"model\":\"ess-ci 1.0.0 00ff\"");
}

/* A commit with what belongs to it; returns the slow of its receipt. */
static int slow_of_a_commit(fixture *f, unsigned n)
{
    fixture_forget(f);
    fixture_data(f, n, "{\"soc\":56.3}");
    fixture_pass(f, 100);
    assert_int_equal(f->sent_count, 1);
    const char *said = strstr(f->sent[0].payload, "\"slow\":");
    assert_non_null(said);
    return said[7] - '0';
}

/* [DLV-63] */
static void a_hub_that_is_busy_asks_for_less_and_then_gives_back(void **state)
{
    fixture *f = *state;
    unsigned n = 1;
    fixture_birth(f, SID_A);
    assert_int_equal(slow_of_a_commit(f, n++), 0);
    f->publish_ms = 900; /* nine tenths of the time */
    for (int i = 0; i < 4; i++)
        (void)slow_of_a_commit(f, n++);
    assert_int_equal(slow_of_a_commit(f, n++), 3); /* two windows have passed */
    f->publish_ms = 0;
    for (int i = 0; i < 80; i++)
        (void)slow_of_a_commit(f, n++);
    assert_int_equal(slow_of_a_commit(f, n++), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_commit_that_fails_receipts_nothing_and_the_repeat_is_taken),
        CASE(a_full_database_refuses_whole_batches_and_the_hub_goes_on),
        CASE(a_full_history_leaves_the_plant_in_hand),
        CASE(what_was_receipted_survives_the_hubs_death),
        CASE(an_orderly_end_commits_what_is_open),
        CASE(receipts_wait_for_a_busy_line),
        CASE(a_hub_that_is_busy_asks_for_less_and_then_gives_back),
        CASE(two_hubs_cannot_have_one_folder),
        CASE(a_database_of_a_newer_program_is_left_alone),
        CASE(rows_that_were_removed_do_not_keep_the_hub_from_starting),
        CASE(rows_that_contradict_each_other_are_told_as_that),
        CASE(an_older_database_is_brought_up_to_date),
        CASE(a_file_that_is_no_database_is_refused),
        CASE(each_start_has_a_later_sid_and_says_so),
        CASE(presence_follows_births_and_wills_of_the_present_life),
        CASE(without_a_line_nobody_is_online_until_born_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

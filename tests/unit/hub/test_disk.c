/* The database on a disk that fails at its n-th write, sync or cut, once or from then on; and its
 * log while another program reads. */
#include "core_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "codec/try.h"
#include "hub/db.h"

/* ---- a disk that fails: the system's own, with three calls looked at; they are the same for both
 * kinds of file, whose tables differ only in how they lock */

static const sqlite3_io_methods *system_calls[2]; /* of the file and of its log */
static sqlite3_io_methods counted_calls[2];
static sqlite3_vfs *system_vfs;
static long calls_left = -1; /* until the failure; -1: none */
static bool stays_broken;

static int fails(int code)
{
    if (calls_left < 0)
        return SQLITE_OK;
    if (calls_left > 0) {
        calls_left--;
        return SQLITE_OK;
    }
    if (!stays_broken)
        calls_left = -1;
    return code;
}

static int disk_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    int code = fails(SQLITE_FULL);
    return code != SQLITE_OK ? code : system_calls[0]->xWrite(file, bytes, size, at);
}

static int disk_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return fails(SQLITE_IOERR_FSYNC); /* the power stays on here: the real one can be spared */
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = fails(SQLITE_IOERR_TRUNCATE);
    return code != SQLITE_OK ? code : system_calls[0]->xTruncate(file, size);
}

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *flags_out)
{
    (void)vfs;
    int code = system_vfs->xOpen(system_vfs, name, file, flags, flags_out);
    if (code != SQLITE_OK || file->pMethods == NULL)
        return code;
    size_t kind = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? 0 : 1;
    system_calls[kind] = file->pMethods;
    counted_calls[kind] = *file->pMethods;
    counted_calls[kind].xWrite = disk_write;
    counted_calls[kind].xSync = disk_sync;
    counted_calls[kind].xTruncate = disk_truncate;
    file->pMethods = &counted_calls[kind];
    return SQLITE_OK;
}

static int use_failing_disk(void **state)
{
    static sqlite3_vfs vfs;
    (void)state;
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = "failing";
    vfs.xOpen = disk_open;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* ---- what is receipted is there */

static bool receipted[4];

static void send_report(fixture *f, unsigned n)
{
    char d[64], part[32];
    (void)snprintf(d, sizeof d, "{\"soc\":%u,\"fresh%u\":1}", n, n);
    fixture_forget(f);
    fixture_data(f, n, d);
    fixture_pass(f, 20);
    (void)snprintf(part, sizeof part, "\"ok\":[[%u,%u]]", n, n);
    receipted[n] = f->sent_count == 1 && strstr(f->sent[0].payload, part) != NULL;
    assert_int_equal(f->sent_count, receipted[n] ? 1 : 0);
    assert_true(receipted[n] || f->told_count == 0); /* nothing is shown that is not stored */
}

static void count_stored(fixture *f, unsigned n, size_t least, size_t most)
{
    char name[16];
    ess_json_writer out;
    size_t len = 0;
    (void)snprintf(name, sizeof name, "fresh%u", n);
    hub_history_query query = fixture_query("CAB01/BMS", name);
    ess_json_writer_init(&out, f->json, sizeof f->json - 1);
    ess_err err = hub_write_history(f->core, &query, &out);
    if (err == ESS_E_NOT_FOUND && least == 0)
        return;
    assert_int_equal(err, ESS_OK);
    assert_int_equal(ess_json_finish(&out, &len), ESS_OK);
    f->json[len] = '\0';
    assert_in_range(fixture_count(f->json, SID_A), least, most);
}

/* What failed at its last sync may be there after all, though nothing was said of it. False when
 * the whole course took less than that many calls. */
static bool fails_at(long call)
{
    void *state = NULL;
    assert_int_equal(fixture_setup(&state), 0);
    fixture *f = state;
    send_report(f, 1);
    assert_true(receipted[1]);
    calls_left = call;
    send_report(f, 2);
    send_report(f, 3);
    hub_core_close(f->core); /* what cannot be tidied up now is at the next start */
    bool reached = calls_left <= 0;
    calls_left = -1;
    fixture_open(f);
    hub_core_on_line(f->core, true);
    for (unsigned n = 1; n <= 3; n++)
        count_stored(f, n, receipted[n] ? 1 : 0, 1);
    for (unsigned n = 1; n <= 3; n++) { /* the device sends what it has no receipt for */
        if (!receipted[n])
            send_report(f, n);
        assert_true(receipted[n] || f->sent_count == 1);
        count_stored(f, n, 1, 1);
    }
    FIXTURE_JSON(f, hub_write_series(f->core, ess_slice_from("SH001"), &out));
    assert_holds(f->json, "\"name\":\"soc\",\"samples\":3,");
    assert_int_equal(fixture_teardown(&state), 0);
    return reached;
}

static void a_disk_that_fails_once_loses_nothing_receipted(void **state)
{
    (void)state;
    stays_broken = false;
    long call = 0;
    while (fails_at(call))
        call++;
    assert_in_range(call, 10, 1000);
}

static void a_disk_that_stays_full_loses_nothing_receipted(void **state)
{
    (void)state;
    stays_broken = true;
    long call = 0;
    while (fails_at(call))
        call++;
    assert_in_range(call, 10, 1000);
}

static void a_hub_recovers_by_itself_when_the_disk_does(void **state)
{
    fixture *f = *state;
    stays_broken = true;
    calls_left = 0;
    for (unsigned n = 1; n <= 3; n++) {
        send_report(f, n);
        assert_false(receipted[n]);
    }
    fixture_stats(f);
    assert_holds(f->json, "\"commits_failed\":3,\"reports_dropped\":3");
    assert_holds(f->json, "\"reports_stored\":0,");
    calls_left = -1;
    for (unsigned n = 1; n <= 3; n++) {
        send_report(f, n);
        assert_true(receipted[n]);
    }
}

/* ---- the log */

static int64_t log_bytes(const fixture *f)
{
    char path[128];
    struct stat of;
    (void)snprintf(path, sizeof path, "%s/hub.db-wal", f->dir);
    return stat(path, &of) == 0 ? (int64_t)of.st_size : 0;
}

static ess_err put_user(hub_db *db, char letter, size_t len)
{
    static char name[40000000];
    memset(name, letter, len);
    TRY(db_begin(db));
    ess_err err = db_run(
        db, SQL_USER_PUT,
        DB_CELLS(db_text((ess_slice){name, len}), db_int(0), db_text(ESS_SLICE_LITERAL("x"))));
    if (err == ESS_OK)
        err = db_commit(db);
    if (err != ESS_OK)
        db_rollback(db);
    return err;
}

static void a_reader_holds_up_the_log_only_to_its_bound(void **state)
{
    fixture *f = *state;
    char path[128], why[HUB_WHY_MAX];
    hub_db *db = NULL;
    sqlite3 *reader = NULL;
    hub_core_close(f->core);
    f->core = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    db_options options = {.path = path, .log_pages = 100};
    assert_int_equal(db_open(&options, &db, why, sizeof why), ESS_OK);
    assert_int_equal(sqlite3_open(path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM user", NULL, NULL, NULL),
                     SQLITE_OK);
    ess_err err = ESS_OK;
    for (char letter = 'a'; err == ESS_OK && letter <= 'z'; letter++)
        err = put_user(db, letter, 100000);
    assert_int_equal(err, ESS_E_STORAGE_FULL);
    assert_holds(db_why(db), "another program reads");
    assert_in_range(log_bytes(f), 100 * 4096, 200 * 4096);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    assert_int_equal(put_user(db, 'A', 10), ESS_OK);
    db_close(db);
    fixture_open(f);
}

static void a_log_grown_large_is_cut_again(void **state)
{
    fixture *f = *state;
    char path[128], why[HUB_WHY_MAX];
    hub_db *db = NULL;
    hub_core_close(f->core);
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(db_open(&(db_options){.path = path}, &db, why, sizeof why), ESS_OK);
    assert_int_equal(put_user(db, 'a', 40000000), ESS_OK);
    assert_true(log_bytes(f) > 40000000);
    assert_int_equal(put_user(db, 'b', 10), ESS_OK);
    assert_true(log_bytes(f) <= 32 * 1048576);
    db_close(db);
    fixture_open(f);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_fails_once_loses_nothing_receipted),
        cmocka_unit_test(a_disk_that_stays_full_loses_nothing_receipted),
        CASE(a_hub_recovers_by_itself_when_the_disk_does),
        CASE(a_reader_holds_up_the_log_only_to_its_bound),
        CASE(a_log_grown_large_is_cut_again),
    };
    return cmocka_run_group_tests(tests, use_failing_disk, NULL);
}

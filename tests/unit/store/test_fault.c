/* Fault sweep: the n-th call of a session with the log fails, for every n and kind of failure, and
 * then the program or the machine dies in every way. What a sync confirmed is there afterwards, in
 * order, unaltered, once; what it did not is absent or whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "fake_disk.h"
#include "port/log.h"
#include "store/log.h"

#define RECORDS_MAX   256
#define PAYLOAD_BYTES 14000 /* five to a segment */

static const store_key key = {{1, 2, 3}};
static char folder[32];

/* What the session was told about each record it appended. */
typedef struct told {
    uint64_t number;
    bool confirmed, withdrawn;
} told;

static struct {
    told records[RECORDS_MAX]; /* by serial; the payload says the serial */
    size_t count;
    uint64_t kept_from; /* asked to be dropped below it */
    uint64_t last_confirmed;
} ledger;

typedef struct seen {
    uint64_t first, next; /* 0: nothing yet */
    uint32_t serials[RECORDS_MAX];
    size_t count;
} seen;

static size_t make_payload(uint32_t serial, char room[static PAYLOAD_BYTES])
{
    size_t len = PAYLOAD_BYTES - serial % 5 * 100;
    memset(room, (int)(serial % 250 + 1), len);
    memcpy(room, &serial, sizeof serial);
    for (size_t i = 512; i < len; i += 512)
        room[i] = (char)(i / 512);
    return len;
}

static ess_err note(void *context, uint64_t number, uint8_t kind, ess_slice payload)
{
    static char wanted[PAYLOAD_BYTES];
    seen *s = context;
    uint32_t serial;
    assert_in_range(payload.len, sizeof serial, PAYLOAD_BYTES);
    memcpy(&serial, payload.ptr, sizeof serial);
    assert_in_range(serial, 0, ledger.count - 1);
    assert_int_equal(kind, serial % 251);
    assert_int_equal(payload.len, make_payload(serial, wanted));
    assert_memory_equal(payload.ptr, wanted, payload.len);
    if (s->count == 0)
        s->first = s->next = number;
    assert_int_equal(number, s->next++);
    assert_int_equal(number, ledger.records[serial].number);
    s->serials[s->count++] = serial;
    return ESS_OK;
}

static ess_err open_log(seen *s, store_log **log)
{
    const store_log_options options = {
        .directory = folder,
        .key = &key,
        .calls = &disk_calls,
        .segment_bytes = 64 << 10,
        .record_max = PAYLOAD_BYTES,
    };
    *s = (seen){0};
    return store_log_open(&options, note, s, log);
}

static void append(store_log *log)
{
    static char payload[PAYLOAD_BYTES];
    uint64_t number = 0;
    uint32_t serial = (uint32_t)ledger.count;
    size_t len = make_payload(serial, payload);
    uint64_t next = store_log_next(log);
    told *t = &ledger.records[ledger.count++];
    *t = (told){.number = next, .withdrawn = true};
    if (store_log_append(log, (uint8_t)(serial % 251), (ess_slice){payload, len}, &number) ==
        ESS_OK) {
        assert_int_equal(number, next);
        t->withdrawn = false;
    }
}

static void sync_log(store_log *log)
{
    ess_err err = store_log_sync(log);
    for (size_t i = 0; i < ledger.count; i++) {
        told *t = &ledger.records[i];
        if (t->confirmed || t->withdrawn)
            continue;
        t->confirmed = err == ESS_OK;
        t->withdrawn = err != ESS_OK;
        if (t->confirmed)
            ledger.last_confirmed = t->number;
    }
    assert_int_equal(store_log_next(log), ledger.last_confirmed + 1);
}

static void batches(store_log *log, const int *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < sizes[i]; k++)
            append(log);
        sync_log(log);
    }
}

/* What is found becomes the new truth: a found record is durable from now on, one that was not
 * confirmed and is not found is gone for good. */
static void check_found(const seen *s, const store_log *log)
{
    uint64_t next = store_log_next(log);
    assert_int_equal(next, s->count > 0 ? s->next : next);
    assert_true(next > ledger.last_confirmed);
    for (size_t i = 0; i < ledger.count; i++) {
        told *t = &ledger.records[i];
        bool found = false;
        for (size_t k = 0; k < s->count; k++)
            found = found || s->serials[k] == i;
        if (t->confirmed && t->number >= ledger.kept_from)
            assert_true(found);
        t->confirmed = t->confirmed || found;
        t->withdrawn = !t->confirmed;
    }
    ledger.last_confirmed = next - 1;
}

static void check_read_back(store_log *log)
{
    static char room[PAYLOAD_BYTES], wanted[PAYLOAD_BYTES];
    for (size_t i = 0; i < ledger.count; i++) {
        const told *t = &ledger.records[i];
        size_t len = 0;
        uint8_t kind = 0;
        if (t->withdrawn || t->number < store_log_first(log))
            continue;
        assert_int_equal(store_log_read(log, t->number, &kind, room, sizeof room, &len), ESS_OK);
        assert_int_equal(len, make_payload((uint32_t)i, wanted));
        assert_memory_equal(room, wanted, len);
        assert_int_equal(kind, i % 251);
    }
}

static ess_err open_patiently(seen *s, store_log **log)
{
    ess_err err = ESS_E_IO;
    for (int tries = 0; tries < 3 && err != ESS_OK; tries++)
        err = open_log(s, log);
    return err;
}

/* The session: open, fill, drop, close, open again, fill. After a failed open it tries again. */
static void session(void)
{
    static const int before[] = {1, 3, 2, 4}, after[] = {2, 1, 3};
    store_log *log = NULL;
    seen s;
    if (open_patiently(&s, &log) != ESS_OK)
        return;
    batches(log, before, sizeof before / sizeof before[0]);
    uint64_t kept = ledger.last_confirmed > 2 ? ledger.last_confirmed - 2 : 1;
    if (kept > ledger.kept_from)
        ledger.kept_from = kept;
    (void)store_log_drop_before(log, kept);
    batches(log, after, 1);
    store_log_close(log);
    if (open_patiently(&s, &log) != ESS_OK)
        return;
    check_found(&s, log);
    batches(log, after, sizeof after / sizeof after[0]);
    append(log); /* not synced */
    store_log_close(log);
}

/* go_on: the next program appends before the second cut. Returns false when the session ended
 * before the n-th call. */
static bool run_scenario(int n, disk_fault fault, disk_cut cut, bool go_on)
{
    store_log *log = NULL;
    seen s;
    disk_reset();
    memset(&ledger, 0, sizeof ledger);
    disk_fault_kind = fault;
    disk_calls_left = n;
    session();
    bool reached = disk_calls_left < 0 || (fault == DISK_DIE && disk_calls_left == 0);
    disk_end(cut);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    check_found(&s, log);
    check_read_back(log);
    if (go_on)
        batches(log, (const int[]){1}, 1);
    store_log_close(log);
    /* What the open showed was made durable by it. */
    disk_end(CUT_LOSE);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    check_found(&s, log);
    batches(log, (const int[]){2}, 1);
    check_read_back(log);
    store_log_close(log);
    return reached;
}

static void sweep(disk_fault fault)
{
    int n = 0;
    bool reached = true;
    for (; reached; n++) {
        reached = false;
        for (int cut = 0; cut < DISK_CUTS; cut++)
            reached = run_scenario(n, fault, (disk_cut)cut, false) || reached;
        (void)run_scenario(n, fault, CUT_KEEP, true);
    }
    assert_in_range(n, 50, 2000);
}

static void confirmed_survives_an_io_error_anywhere(void **state)
{
    (void)state;
    sweep(DISK_FAIL_IO);
}

static void confirmed_survives_two_io_errors_in_a_row_anywhere(void **state)
{
    (void)state;
    sweep(DISK_FAIL_TWICE);
}

static void confirmed_survives_a_full_disk_anywhere(void **state)
{
    (void)state;
    sweep(DISK_FAIL_FULL);
}

static void confirmed_survives_short_transfers_anywhere(void **state)
{
    (void)state;
    sweep(DISK_SHORT);
}

static void confirmed_survives_death_anywhere(void **state)
{
    (void)state;
    sweep(DISK_DIE);
}

static void death_in_the_middle_of_recovery_loses_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < 40; n++) {
        for (int cut = 0; cut < DISK_CUTS; cut++) {
            store_log *log = NULL;
            seen s;
            disk_reset();
            memset(&ledger, 0, sizeof ledger);
            session();
            disk_end((disk_cut)cut);
            disk_fault_kind = DISK_DIE;
            disk_calls_left = n;
            if (open_log(&s, &log) == ESS_OK) {
                check_found(&s, log);
                store_log_close(log);
            }
            disk_end((disk_cut)((cut + 3) % DISK_CUTS));
            assert_int_equal(open_log(&s, &log), ESS_OK);
            check_found(&s, log);
            store_log_close(log);
        }
    }
}

/* A sync fails, the pages are marked clean, and the program is killed before it can cut back. The
 * next one sees whole records in the cache: what it is shown must outlive a power cut. */
static void records_seen_after_a_failed_sync_and_a_kill_are_made_durable(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s;
    disk_reset();
    memset(&ledger, 0, sizeof ledger);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    batches(log, (const int[]){2}, 1);
    append(log);
    append(log);
    disk_fault_kind = DISK_DIE;
    disk_calls_left = 0;
    sync_log(log);
    store_log_close(log);
    disk_end(CUT_KEEP);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    assert_int_equal(s.count, 4);
    check_found(&s, log);
    store_log_close(log);
    disk_end(CUT_LOSE);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    assert_int_equal(s.count, 4);
    store_log_close(log);
}

static void withdrawn_records_are_gone_and_their_numbers_given_again(void **state)
{
    (void)state;
    static char room[PAYLOAD_BYTES];
    store_log *log = NULL;
    seen s;
    disk_reset();
    memset(&ledger, 0, sizeof ledger);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    batches(log, (const int[]){3}, 1);
    append(log);
    disk_fault_kind = DISK_FAIL_FULL;
    disk_calls_left = 0;
    assert_int_equal(store_log_sync(log), ESS_E_STORAGE_FULL);
    ledger.records[3].withdrawn = true;
    assert_int_equal(store_log_next(log), 4);
    assert_int_equal(store_log_read(log, 4, NULL, room, sizeof room, NULL), ESS_E_NOT_FOUND);
    batches(log, (const int[]){2, 2}, 2);
    check_read_back(log);
    store_log_close(log);
    disk_end(CUT_LOSE);
    assert_int_equal(open_log(&s, &log), ESS_OK);
    assert_int_equal(s.count, 7);
    check_found(&s, log);
    store_log_close(log);
}

static int make_folder(void **state)
{
    (void)state;
    port_log_open("test", (port_log_level)(PORT_ERROR + 1)); /* thousands of cut tails */
    (void)snprintf(folder, sizeof folder, "/tmp/ess-log-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    disk_reset();
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirmed_survives_an_io_error_anywhere),
        cmocka_unit_test(confirmed_survives_two_io_errors_in_a_row_anywhere),
        cmocka_unit_test(confirmed_survives_a_full_disk_anywhere),
        cmocka_unit_test(confirmed_survives_short_transfers_anywhere),
        cmocka_unit_test(confirmed_survives_death_anywhere),
        cmocka_unit_test(death_in_the_middle_of_recovery_loses_nothing),
        cmocka_unit_test(records_seen_after_a_failed_sync_and_a_kill_are_made_durable),
        cmocka_unit_test(withdrawn_records_are_gone_and_their_numbers_given_again),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

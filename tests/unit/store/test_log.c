/* The sealed log on an undisturbed disk, and on one whose bytes were changed. */
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
#include "store/segment.h"

static const store_key key = {{7, 7, 7}}, other_key = {{8}};
static char folder[32];

typedef struct seen {
    uint64_t last;
    size_t count;
    uint8_t kinds[16];
    char texts[16][32];
    ess_err refuse; /* given back for every record */
} seen;

static ess_err note(void *context, uint64_t number, uint8_t kind, ess_slice payload)
{
    seen *s = context;
    if (s->count < 16 && payload.len < 32) {
        memcpy(s->texts[s->count], payload.ptr, payload.len);
        s->kinds[s->count] = kind;
    }
    s->count++;
    s->last = number;
    return s->refuse;
}

static ess_err open_with(const store_key *with, seen *s, store_log **log)
{
    const store_log_options options = {
        .directory = folder,
        .key = with,
        .calls = &disk_calls,
        .segment_bytes = 64 << 10,
        .record_max = 1000,
    };
    *s = (seen){.refuse = s->refuse};
    return store_log_open(&options, note, s, log);
}

static ess_err reopen(seen *s, store_log **log)
{
    disk_end(CUT_KEEP);
    return open_with(&key, s, log);
}

static void add(store_log *log, const char *text)
{
    assert_int_equal(store_log_append(log, 3, ess_slice_from(text), NULL), ESS_OK);
    assert_int_equal(store_log_sync(log), ESS_OK);
}

/* count records of 1000 bytes, 62 to a segment. */
static void fill(store_log *log, size_t count)
{
    static char payload[1000];
    for (size_t i = 0; i < count; i++) {
        uint64_t number = store_log_next(log);
        memset(payload, (int)(number % 251), sizeof payload);
        assert_int_equal(store_log_append(log, 1, (ess_slice){payload, 1000}, NULL), ESS_OK);
        assert_int_equal(store_log_sync(log), ESS_OK);
    }
}

static disk_file *file_of(uint64_t first)
{
    char name[SEGMENT_NAME_BYTES + 1] = "/";
    segment_name(first, name + 1);
    const disk_name *found = disk_find(disk_seen, name);
    assert_non_null(found);
    return &disk_files[found->file];
}

static void records_come_back_in_order_with_their_kinds(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    uint64_t number = 0;
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    assert_int_equal(s.count, 0);
    assert_int_equal(store_log_first(log), 1);
    assert_int_equal(store_log_append(log, 9, ess_slice_from("one"), &number), ESS_OK);
    assert_int_equal(number, 1);
    assert_int_equal(store_log_append(log, 255, ess_slice_from(""), &number), ESS_OK);
    assert_int_equal(number, 2);
    assert_int_equal(store_log_sync(log), ESS_OK);
    assert_int_equal(store_log_sync(log), ESS_OK);
    assert_int_equal(store_log_bytes(log), 64 + 57 + 3 + 57);
    store_log_close(log);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.texts[0], "one");
    assert_int_equal(s.kinds[0], 9);
    assert_int_equal(s.kinds[1], 255);
    assert_int_equal(store_log_next(log), 3);
    assert_int_equal(store_log_bytes(log), 64 + 57 + 3 + 57);
    store_log_close(log);
}

static void reads_any_record_in_any_order(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    char room[1000];
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    fill(log, 300);
    for (int again = 0; again < 2; again++) {
        for (uint64_t i = 0; i < 600; i++) {
            uint64_t number = again == 0 ? i / 2 + 1 : i * 7919 % 300 + 1;
            size_t len = 0;
            uint8_t kind = 0;
            assert_int_equal(store_log_read(log, number, &kind, room, sizeof room, &len), ESS_OK);
            assert_int_equal(len, 1000);
            assert_int_equal(kind, 1);
            assert_int_equal((uint8_t)room[0], number % 251);
            assert_int_equal((uint8_t)room[999], number % 251);
        }
        store_log_close(log);
        assert_int_equal(reopen(&s, &log), ESS_OK);
        assert_int_equal(s.count, 300);
    }
    assert_int_equal(store_log_read(log, 0, NULL, room, sizeof room, NULL), ESS_E_NOT_FOUND);
    assert_int_equal(store_log_read(log, 301, NULL, room, sizeof room, NULL), ESS_E_NOT_FOUND);
    assert_int_equal(store_log_read(log, 5, NULL, room, 999, NULL), ESS_E_NO_ROOM);
    store_log_close(log);
}

static void drops_whole_segments_oldest_first(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    char room[1000];
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    fill(log, 200);
    uint64_t bytes = store_log_bytes(log);
    assert_int_equal(store_log_read(log, 1, NULL, room, sizeof room, NULL), ESS_OK);
    assert_int_equal(store_log_drop_before(log, 10), ESS_OK);
    assert_int_equal(store_log_first(log), 1);
    assert_int_equal(store_log_drop_before(log, 100), ESS_OK);
    uint64_t first = store_log_first(log);
    assert_in_range(first, 2, 100);
    assert_true(store_log_bytes(log) < bytes);
    assert_int_equal(store_log_read(log, 1, NULL, room, sizeof room, NULL), ESS_E_NOT_FOUND);
    assert_int_equal(store_log_read(log, first, NULL, room, sizeof room, NULL), ESS_OK);
    assert_int_equal(store_log_drop_before(log, UINT64_MAX), ESS_OK);
    assert_in_range(store_log_first(log), 101, 200);
    assert_int_equal(store_log_next(log), 201);
    first = store_log_first(log);
    store_log_close(log);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(store_log_first(log), first);
    assert_int_equal(store_log_next(log), 201);
    assert_int_equal(s.last, 200);
    store_log_close(log);
}

static void too_large_a_record_is_refused(void **state)
{
    (void)state;
    static const char payload[1001];
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    assert_int_equal(store_log_append(log, 0, (ess_slice){payload, 1001}, NULL),
                     ESS_E_TOO_LARGE);
    assert_int_equal(store_log_append(log, 0, (ess_slice){payload, 1000}, NULL), ESS_OK);
    assert_int_equal(store_log_next(log), 2);
    store_log_close(log);
}

static void smaller_record_max_still_opens_larger_records(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    char room[1000];
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    fill(log, 3);
    store_log_close(log);
    disk_end(CUT_KEEP);
    const store_log_options smaller = {folder, &key, &disk_calls, 64 << 10, 10};
    assert_int_equal(store_log_open(&smaller, note, &s, &log), ESS_OK);
    assert_int_equal(store_log_next(log), 4);
    assert_int_equal(store_log_read(log, 2, NULL, room, sizeof room, NULL), ESS_OK);
    store_log_close(log);
}

static void full_disk_refuses_and_takes_again_later(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "before");
    disk_fault_kind = DISK_FAIL_FULL;
    disk_calls_left = 0;
    assert_int_equal(store_log_append(log, 0, ess_slice_from("refused"), NULL),
                     ESS_E_STORAGE_FULL);
    assert_int_equal(store_log_next(log), 2);
    add(log, "after");
    store_log_close(log);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.texts[1], "after");
    store_log_close(log);
}

static void error_of_the_visitor_ends_the_open(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "a");
    add(log, "b");
    store_log_close(log);
    s.refuse = ESS_E_CONFLICT;
    log = NULL;
    assert_int_equal(reopen(&s, &log), ESS_E_CONFLICT);
    assert_int_equal(s.count, 1);
    assert_null(log);
}

static void wrong_key_is_told_and_changes_nothing(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "secret");
    store_log_close(log);
    size_t len = file_of(1)->seen.len;
    assert_int_equal(open_with(&other_key, &s, &log), ESS_E_CORRUPT);
    assert_int_equal(file_of(1)->seen.len, len);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_string_equal(s.texts[0], "secret");
    store_log_close(log);
}

/* Ends of the file after a crash, and what is left of three records. */
static void torn_tail_is_cut(void **state)
{
    (void)state;
    static const struct {
        size_t keep; /* bytes of the fourth record; beyond its end: zeros */
        size_t whole;
    } cases[] = {{0, 3}, {1, 3}, {16, 3}, {17, 3}, {56, 3}, {61, 3}, {62, 4}, {63, 4}, {5000, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        store_log *log = NULL;
        seen s = {0};
        disk_reset();
        assert_int_equal(open_with(&key, &s, &log), ESS_OK);
        for (int k = 0; k < 3; k++)
            add(log, "whole");
        size_t start = file_of(1)->seen.len;
        add(log, "torn!");
        store_log_close(log);
        disk_file *f = file_of(1);
        disk_reserve(&f->seen, start + cases[i].keep);
        f->seen.len = start + cases[i].keep;
        assert_int_equal(reopen(&s, &log), ESS_OK);
        assert_int_equal(s.count, cases[i].whole);
        assert_int_equal(store_log_next(log), cases[i].whole + 1);
        add(log, "next");
        store_log_close(log);
        assert_int_equal(reopen(&s, &log), ESS_OK);
        assert_int_equal(s.count, cases[i].whole + 1);
        store_log_close(log);
    }
}

/* Every byte, every open: an altered payload is never given, and a confirmed record that others
 * follow is never thrown away in silence. */
static void no_flipped_byte_gives_an_altered_record(void **state)
{
    (void)state;
    static const char *const texts[] = {"first", "second", "third"};
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    for (int i = 0; i < 3; i++)
        add(log, texts[i]);
    store_log_close(log);
    size_t len = file_of(1)->seen.len, last_start = len - 57 - 5;
    uint8_t before[512];
    memcpy(before, file_of(1)->seen.bytes, len);
    for (size_t at = 0; at < len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            disk_file *f = file_of(1);
            f->seen.len = len;
            memcpy(f->seen.bytes, before, len);
            f->seen.bytes[at] ^= (uint8_t)(1 << bit);
            ess_err err = reopen(&s, &log);
            for (size_t i = 0; i < s.count; i++)
                assert_string_equal(s.texts[i], texts[i]);
            assert_int_equal(err, at < last_start ? ESS_E_CORRUPT : ESS_OK);
            assert_true(err == ESS_E_CORRUPT || s.count == 2);
            if (err == ESS_OK)
                store_log_close(log);
            else
                assert_int_equal(file_of(1)->seen.len, len);
        }
    }
}

/* Pages of one unsynced batch may reach the disk out of order: a tear, not a damage. */
static void batch_with_a_hole_is_a_tear(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "kept");
    size_t start = file_of(1)->seen.len;
    for (int i = 0; i < 3; i++)
        assert_int_equal(store_log_append(log, 0, ess_slice_from("batch"), NULL), ESS_OK);
    store_log_close(log);
    memset(file_of(1)->seen.bytes + start, 0, 62);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 1);
    assert_int_equal(store_log_next(log), 2);
    /* The rest of the batch is gone, and does not fit on behind a new record. */
    assert_int_equal(file_of(1)->seen.len, start);
    add(log, "newer");
    store_log_close(log);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 2);
    store_log_close(log);
}

static void segment_without_a_good_record_is_replaced(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    assert_int_equal(store_log_append(log, 0, ESS_SLICE_LITERAL("withdrawn"), NULL), ESS_OK);
    disk_fault_kind = DISK_FAIL_IO;
    disk_calls_left = 0;
    assert_int_equal(store_log_sync(log), ESS_E_IO);
    assert_int_equal(store_log_bytes(log), 0);
    assert_int_equal(store_log_first(log), 1);
    assert_int_equal(store_log_next(log), 1);
    add(log, "good");
    assert_int_equal(store_log_bytes(log), 64 + 57 + 4);
    store_log_close(log);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 1);
    assert_string_equal(s.texts[0], "good");
    store_log_close(log);
}

static void damage_in_an_older_segment_is_told(void **state)
{
    (void)state;
    static const struct {
        size_t offset, cut;
    } cases[] = {{64 + 20, 0}, {64 + 62 * 1057 - 1, 0}, {0, 30}, {0, 2000}, {0, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        store_log *log = NULL;
        seen s = {0};
        disk_reset();
        assert_int_equal(open_with(&key, &s, &log), ESS_OK);
        fill(log, 100);
        store_log_close(log);
        disk_file *f = file_of(1);
        if (cases[i].cut != 0)
            f->seen.len = cases[i].cut;
        else
            f->seen.bytes[cases[i].offset] ^= 1;
        assert_int_equal(reopen(&s, &log), ESS_E_CORRUPT);
    }
}

static void missing_segment_is_told(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    fill(log, 150);
    store_log_close(log);
    char name[SEGMENT_NAME_BYTES + 1] = "/";
    segment_name(63, name + 1);
    assert_int_equal(disk_unlink(name), 0);
    assert_int_equal(reopen(&s, &log), ESS_E_CORRUPT);
}

/* A record or a segment under another number does not open. */
static void moved_bytes_do_not_open(void **state)
{
    (void)state;
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "aaaaa");
    add(log, "bbbbb");
    store_log_close(log);
    uint8_t *bytes = file_of(1)->seen.bytes, swap[62];
    memcpy(swap, bytes + 64, 62);
    memmove(bytes + 64, bytes + 64 + 62, 62);
    memcpy(bytes + 64 + 62, swap, 62);
    assert_int_equal(reopen(&s, &log), ESS_OK);
    assert_int_equal(s.count, 0);
    store_log_close(log);
    char from[SEGMENT_NAME_BYTES + 1] = "/", to[SEGMENT_NAME_BYTES + 1] = "/";
    segment_name(1, from + 1);
    segment_name(2, to + 1);
    assert_int_equal(disk_rename(from, to), 0);
    assert_int_equal(reopen(&s, &log), ESS_E_CORRUPT);
}

static void other_files_in_the_folder_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"/new", "/0000000000000001.bak", "/000000000000000G.log",
                                        "/0000000000000000.log", "/notes.txt"};
    store_log *log = NULL;
    seen s = {0};
    disk_reset();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(disk_close(disk_open(names[i], O_CREAT | O_RDWR, 0600)), 0);
    assert_int_equal(open_with(&key, &s, &log), ESS_OK);
    add(log, "x");
    store_log_close(log);
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(disk_find(disk_seen, names[i]));
}

/* On the operating system's own files. */
static void works_on_real_files_and_for_one_process_at_a_time(void **state)
{
    (void)state;
    char directory[64], path[128];
    store_log *log = NULL, *second = NULL;
    seen s = {0};
    (void)snprintf(directory, sizeof directory, "%s/real", folder);
    const store_log_options options = {directory, &key, NULL, 64 << 10, 1000};
    assert_int_equal(store_log_open(&options, note, &s, &log), ESS_OK);
    fill(log, 70);
    assert_int_equal(store_log_open(&options, note, &s, &second), ESS_E_STATE);
    assert_int_equal(store_log_drop_before(log, 70), ESS_OK);
    store_log_close(log);
    s = (seen){0};
    assert_int_equal(store_log_open(&options, note, &s, &log), ESS_OK);
    assert_int_equal(s.count, 8);
    assert_int_equal(store_log_next(log), 71);
    store_log_close(log);
    (void)snprintf(path, sizeof path, "%s/000000000000003f.log", directory);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/lock", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static int make_folder(void **state)
{
    (void)state;
    port_log_open("test", (port_log_level)(PORT_ERROR + 1));
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
        cmocka_unit_test(records_come_back_in_order_with_their_kinds),
        cmocka_unit_test(reads_any_record_in_any_order),
        cmocka_unit_test(drops_whole_segments_oldest_first),
        cmocka_unit_test(too_large_a_record_is_refused),
        cmocka_unit_test(smaller_record_max_still_opens_larger_records),
        cmocka_unit_test(full_disk_refuses_and_takes_again_later),
        cmocka_unit_test(error_of_the_visitor_ends_the_open),
        cmocka_unit_test(wrong_key_is_told_and_changes_nothing),
        cmocka_unit_test(torn_tail_is_cut),
        cmocka_unit_test(no_flipped_byte_gives_an_altered_record),
        cmocka_unit_test(batch_with_a_hole_is_a_tear),
        cmocka_unit_test(segment_without_a_good_record_is_replaced),
        cmocka_unit_test(damage_in_an_older_segment_is_told),
        cmocka_unit_test(missing_segment_is_told),
        cmocka_unit_test(moved_bytes_do_not_open),
        cmocka_unit_test(other_files_in_the_folder_are_left_alone),
        cmocka_unit_test(works_on_real_files_and_for_one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

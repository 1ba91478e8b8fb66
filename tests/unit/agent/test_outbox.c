/* Reports survive, in order, once; what cannot survive is told. */
#include "agent_test.h"

#include <errno.h>
#include <fcntl.h>

#include "agent/limits.h"
#include "agent/outbox.h"

static char scratch[64];
static char room[AGENT_RECORD_MAX];

static int set_up(void **state)
{
    (void)state;
    make_scratch(scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_scratch(scratch, 1);
    return 0;
}

static size_t max_reports = 4096;

static ess_err try_open(uint64_t sid, const port_file_calls *calls, outbox **out)
{
    outbox_options options = {.directory = scratch,
                              .key = &TEST_KEY,
                              .calls = calls,
                              .segment_bytes = 65536,
                              .max_reports = max_reports,
                              .sender = {1000, 16384, 512, 512},
                              .sid = sid};
    return outbox_open(&options, out);
}

static outbox *open_box(uint64_t sid)
{
    outbox *box = NULL;
    assert_int_equal(try_open(sid, NULL, &box), ESS_OK);
    return box;
}

static ess_err stage(outbox *box, const char *d)
{
    outbox_report report = {.type = ESS_DATA,
                            .path = ESS_SLICE_LITERAL("CAB01/PCS"),
                            .ts_utc_ms = 1700000000000,
                            .d = ess_slice_from(d)};
    return outbox_stage(box, &report);
}

static void put(outbox *box, const char *d)
{
    assert_int_equal(stage(box, d), ESS_OK);
}

static ess_receipt receipt_of(uint64_t sid, uint64_t first, uint64_t last)
{
    ess_receipt receipt = {.ok = {.count = 1}};
    ess_sid_print(sid, receipt.sid);
    receipt.ok.at[0] = (ess_range){first, last};
    return receipt;
}

/* The entry of that age, as it stands on disk. */
static outbox_record record_at(outbox *box, size_t age)
{
    const ess_sender *sender = outbox_sender(box);
    outbox_record record;
    size_t used;
    assert_true(age < sender->count);
    assert_int_equal(outbox_read(box, &sender->ring[(sender->head + age) % sender->capacity], room,
                                 sizeof room, &record, &used),
                     ESS_OK);
    return record;
}

static void outbox_tells_the_sender_only_of_what_is_durable(void **state)
{
    outbox *box = open_box(7);
    (void)state;
    put(box, "{\"p\":1}");
    put(box, "{\"p\":2}");
    assert_false(outbox_is_durable(box));
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 0);
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_true(outbox_is_durable(box));
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 2);
    assert_int_equal(ess_sender_next_n(outbox_sender(box)), 3);
    outbox_close(box);
}

static void outbox_gives_back_every_report_after_a_restart(void **state)
{
    outbox *box = open_box(7);
    outbox_record record;
    (void)state;
    put(box, "{\"p\":1}");
    put(box, "{\"p\":2}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    put(box, "{\"p\":3}"); /* staged, never committed: it never was */
    outbox_close(box);
    box = open_box(8);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 2);
    record = record_at(box, 1);
    assert_int_equal(record.code.n, 2);
    assert_string_equal(record.code.sid, "0000000000000007");
    assert_int_equal(record.report.ts_utc_ms, 1700000000000);
    assert_true(ess_slice_is(record.report.path, "CAB01/PCS"));
    assert_true(ess_slice_is(record.report.d, "{\"p\":2}"));
    outbox_close(box);
}

static void outbox_does_not_resend_what_was_receipted(void **state)
{
    outbox *box = open_box(7);
    ess_receipt receipt = receipt_of(7, 1, 2);
    (void)state;
    for (int i = 0; i < 4; i++)
        put(box, "{\"p\":1}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    outbox_receipt(box, &receipt);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 2);
    put(box, "{\"p\":5}"); /* the receipt's note rides on this sync */
    assert_int_equal(outbox_commit(box), ESS_OK);
    outbox_close(box);
    box = open_box(8);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 3);
    assert_int_equal(record_at(box, 0).code.n, 3);
    outbox_close(box);
}

static void outbox_lets_go_of_used_up_segments(void **state)
{
    outbox *box = open_box(7);
    char d[2048];
    uint64_t n = 0;
    (void)state;
    (void)snprintf(d, sizeof d, "{\"x\":\"%01900d\"}", 0);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 10; i++, n++)
            put(box, d);
        assert_int_equal(outbox_commit(box), ESS_OK);
        ess_receipt receipt = receipt_of(7, n - 9, n);
        outbox_receipt(box, &receipt);
    }
    outbox_close(box);
    size_t files = 0;
    DIR *dir = opendir(scratch);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        files += strstr(entry->d_name, ".log") != NULL;
    (void)closedir(dir);
    assert_in_range(files, 1, 2); /* 400 KB passed through segments of 64 KiB */
    box = open_box(8);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 0);
    outbox_close(box);
}

static void first_segment(char path[static 512])
{
    (void)snprintf(path, 512, "%s/0000000000000001.log", scratch);
}

static void outbox_cuts_a_torn_tail(void **state)
{
    outbox *box = open_box(7);
    char path[512];
    struct stat info;
    (void)state;
    for (int i = 0; i < 3; i++) {
        put(box, "{\"p\":1}");
        assert_int_equal(outbox_commit(box), ESS_OK);
    }
    outbox_close(box);
    first_segment(path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 5), 0);
    box = open_box(8);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 2);
    outbox_close(box);
}

static void outbox_refuses_to_open_when_damaged(void **state)
{
    outbox *box = open_box(7);
    char path[512], byte;
    int fd;
    (void)state;
    for (int i = 0; i < 9; i++) {
        put(box, "{\"p\":1}");
        assert_int_equal(outbox_commit(box), ESS_OK);
    }
    outbox_close(box);
    first_segment(path);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 200), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, 200), 1);
    (void)close(fd);
    assert_int_equal(try_open(8, NULL, &box), ESS_E_CORRUPT);
}

static void outbox_refuses_reports_of_a_later_session(void **state)
{
    outbox *box = open_box(9);
    (void)state;
    put(box, "{\"p\":1}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    outbox_close(box);
    /* The boot counter was set back: numbers would be given twice. */
    assert_int_equal(try_open(9, NULL, &box), ESS_E_CORRUPT);
    assert_int_equal(try_open(5, NULL, &box), ESS_E_CORRUPT);
}

static void outbox_tells_of_what_it_gave_up(void **state)
{
    outbox *box = open_box(7);
    outbox_record record;
    const ess_sender *sender = outbox_sender(box);
    (void)state;
    for (int i = 0; i < 4080; i++) {
        put(box, "{\"p\":1}");
        if (i % 510 == 509)
            assert_int_equal(outbox_commit(box), ESS_OK);
    }
    put(box, "{\"p\":2}");
    /* A sixteenth of the oldest give way, and the gap's own report is in the same sync: a kill
     * right after it must not pass over them in silence. */
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_true(outbox_is_durable(box));
    record = record_at(box, sender->count - 1);
    assert_int_equal(record.report.type, ESS_EVENT);
    room[sizeof room - 1] = '\0';
    assert_non_null(strstr(record.report.d.ptr, "\"lost\":[[1,257]]"));
    outbox_close(box);
    box = open_box(8); /* and they stay given up */
    assert_int_equal(record_at(box, 0).code.n, 258);
    outbox_close(box);
}

/* Of the session 7: each report that is no longer there is told lost. */
static void assert_losses_are_told(outbox *box)
{
    const ess_sender *sender = outbox_sender(box);
    uint64_t oldest = record_at(box, 0).code.n;
    ess_ranges told = {0};
    ess_gap gap;
    for (size_t age = 0; age < sender->count; age++) {
        outbox_record record = record_at(box, age);
        if (record.report.type != ESS_EVENT)
            continue;
        assert_int_equal(ess_gap_parse(record.report.d, &gap), ESS_OK);
        assert_string_equal(gap.sid, "0000000000000007");
        for (uint8_t i = 0; i < gap.lost.count; i++)
            assert_int_equal(ess_ranges_add(&told, gap.lost.at[i].first, gap.lost.at[i].last),
                             ESS_OK);
    }
    assert_true(oldest > 4096);
    assert_int_equal(told.count, 1);
    assert_true(told.at[0].first == 1 && told.at[0].last == oldest - 1);
}

static void fill_for_long(outbox *box)
{
    for (int i = 0; i < 12 * 1020; i++) { /* the cloud is away */
        put(box, "{\"p\":1}");
        if (i % 510 == 509)
            assert_int_equal(outbox_commit(box), ESS_OK);
    }
}

/* The word of a loss is among the oldest itself one day: what it told must not go with it. */
static void outbox_tells_again_of_what_a_lost_gap_had_told(void **state)
{
    outbox *box = open_box(7);
    (void)state;
    fill_for_long(box);
    assert_losses_are_told(box);
    outbox_close(box);
}

/* Nor when it goes while the outbox is opened, because somebody made it smaller. */
static void outbox_made_smaller_tells_again_as_well(void **state)
{
    outbox *box = open_box(7);
    ess_receipt receipt;
    (void)state;
    fill_for_long(box);
    receipt = receipt_of(7, 12240, 12240);
    outbox_receipt(box, &receipt); /* with it the disk lets go of what was given up before */
    outbox_close(box);
    max_reports = 2100;
    box = open_box(8);
    assert_false(outbox_is_durable(box)); /* there is something to tell */
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_losses_are_told(box);
    outbox_close(box);
    max_reports = 4096;
}

static void outbox_gives_up_no_more_than_stands_in_the_way(void **state)
{
    outbox *box = open_box(7);
    ess_receipt receipt = receipt_of(7, 2, 4074); /* of the first the cloud never says a word */
    (void)state;
    for (int i = 0; i < 4080; i++) {
        put(box, "{\"p\":1}");
        if (i % 510 == 509)
            assert_int_equal(outbox_commit(box), ESS_OK);
    }
    outbox_receipt(box, &receipt);
    put(box, "{\"p\":2}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 6 + 1 + 1); /* and the gap's report */
    assert_int_equal(record_at(box, 0).code.n, 4075);
    outbox_close(box);
}

/* ---- a disk that is full, or fails to sync, until told otherwise */

static port_file_calls calls;
static bool is_full, is_failing;

static int64_t pwrite_or_full(int fd, const void *bytes, size_t size, uint64_t offset)
{
    if (is_full) {
        errno = ENOSPC;
        return -1;
    }
    return port_file_system()->pwrite(fd, bytes, size, offset);
}

static int sync_or_fail(int fd)
{
    if (is_failing) {
        errno = EIO;
        return -1;
    }
    return port_file_system()->fdatasync(fd);
}

static outbox *open_on_bad_disk(void)
{
    outbox *box = NULL;
    calls = *port_file_system();
    calls.pwrite = pwrite_or_full;
    calls.fdatasync = sync_or_fail;
    is_full = is_failing = false;
    assert_int_equal(try_open(7, &calls, &box), ESS_OK);
    return box;
}

static void outbox_keeps_what_a_bad_disk_refuses(void **state)
{
    outbox *box = open_on_bad_disk();
    (void)state;
    put(box, "{\"p\":1}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    is_failing = true;
    put(box, "{\"p\":2}");
    assert_int_equal(outbox_commit(box), ESS_E_IO);
    assert_int_equal(ess_sender_next_n(outbox_sender(box)), 2);
    is_failing = false;
    assert_int_equal(outbox_commit(box), ESS_OK);
    outbox_close(box);
    box = open_box(8);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 2);
    assert_true(ess_slice_is(record_at(box, 1).report.d, "{\"p\":2}"));
    outbox_close(box);
}

static void outbox_waits_for_room_when_giving_up_gains_nothing(void **state)
{
    outbox *box = open_on_bad_disk();
    (void)state;
    put(box, "{\"p\":1}");
    assert_int_equal(outbox_commit(box), ESS_OK);
    is_full = true;
    put(box, "{\"p\":2}");
    assert_int_equal(outbox_commit(box), ESS_E_STORAGE_FULL);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 1);
    is_full = false;
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_true(ess_slice_is(record_at(box, 1).report.d, "{\"p\":2}"));
    outbox_close(box);
}

static void outbox_gives_up_the_oldest_when_the_disk_is_full(void **state)
{
    outbox *box = open_on_bad_disk();
    char d[4096];
    const ess_sender *sender = outbox_sender(box);
    (void)state;
    (void)snprintf(d, sizeof d, "{\"x\":\"%03900d\"}", 0);
    for (int i = 0; i < 400; i++) {
        put(box, d);
        if (i % 10 == 9) /* a segment begins only behind a sync */
            assert_int_equal(outbox_commit(box), ESS_OK);
    }
    is_full = true;
    put(box, "{\"p\":3}");
    assert_int_equal(outbox_commit(box), ESS_E_STORAGE_FULL);
    assert_in_range(ess_sender_waiting(sender), 1, 399);
    is_full = false;
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_true(ess_slice_is(record_at(box, sender->count - 2).report.d, "{\"p\":3}"));
    assert_int_equal(record_at(box, sender->count - 1).report.type, ESS_EVENT);
    outbox_close(box);
}

static void outbox_refuses_more_than_it_can_hold(void **state)
{
    static char huge[AGENT_RECORD_MAX + 1];
    outbox *box = open_box(7);
    int staged = 0;
    (void)state;
    memset(huge, ' ', sizeof huge - 1);
    assert_int_equal(stage(box, huge), ESS_E_TOO_LARGE);
    while (stage(box, "{\"p\":1}") == ESS_OK)
        staged++;
    assert_int_equal(staged, AGENT_STAGED_MAX);
    assert_false(outbox_has_room(box));
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_true(outbox_has_room(box));
    outbox_close(box);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outbox_tells_the_sender_only_of_what_is_durable),
        TEST(outbox_gives_back_every_report_after_a_restart),
        TEST(outbox_does_not_resend_what_was_receipted),
        TEST(outbox_lets_go_of_used_up_segments),
        TEST(outbox_cuts_a_torn_tail),
        TEST(outbox_refuses_to_open_when_damaged),
        TEST(outbox_refuses_reports_of_a_later_session),
        TEST(outbox_tells_of_what_it_gave_up),
        TEST(outbox_tells_again_of_what_a_lost_gap_had_told),
        TEST(outbox_made_smaller_tells_again_as_well),
        TEST(outbox_gives_up_no_more_than_stands_in_the_way),
        TEST(outbox_keeps_what_a_bad_disk_refuses),
        TEST(outbox_waits_for_room_when_giving_up_gains_nothing),
        TEST(outbox_gives_up_the_oldest_when_the_disk_is_full),
        TEST(outbox_refuses_more_than_it_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

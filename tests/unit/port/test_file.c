/* Files: whole transfers over a disk that stutters, and replacing a file in one step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ess-file-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static void in_folder(char room[static 128], const char *name)
{
    (void)snprintf(room, 128, "%s/%s", folder, name);
}

static void forget(void *context, const char *name)
{
    char path[128];
    (void)context;
    in_folder(path, name);
    if (unlink(path) != 0)
        (void)rmdir(path);
}

static int drop_folder(void **state)
{
    (void)state;
    (void)port_file_system()->list(folder, forget, NULL);
    return rmdir(folder);
}

/* A disk on which every call counts down to a failure and moves one byte at a time. */
static int calls_left;
static int failure;

static bool fails(void)
{
    if (calls_left < 0 || calls_left-- > 0)
        return false;
    errno = failure;
    return true;
}

static int bad_open(const char *path, int flags, unsigned mode)
{
    return fails() ? -1 : port_file_system()->open(path, flags, mode);
}

static int bad_close(int fd)
{
    int result = port_file_system()->close(fd);
    return fails() ? -1 : result;
}

static int64_t bad_pread(int fd, void *room, size_t size, uint64_t offset)
{
    return fails() ? -1 : port_file_system()->pread(fd, room, size > 0, offset);
}

static int64_t bad_pwrite(int fd, const void *bytes, size_t size, uint64_t offset)
{
    return fails() ? -1 : port_file_system()->pwrite(fd, bytes, size > 0, offset);
}

static int bad_fdatasync(int fd)
{
    (void)fd;
    return fails() ? -1 : 0;
}

static int bad_fsync_dir(const char *path)
{
    (void)path;
    return fails() ? -1 : 0;
}

static int bad_rename(const char *from, const char *to)
{
    return fails() ? -1 : rename(from, to);
}

static int bad_unlink(const char *path)
{
    return fails() ? -1 : unlink(path);
}

static port_file_calls bad_disk(void)
{
    port_file_calls calls = *port_file_system();
    calls.open = bad_open;
    calls.close = bad_close;
    calls.pread = bad_pread;
    calls.pwrite = bad_pwrite;
    calls.fdatasync = bad_fdatasync;
    calls.fsync_dir = bad_fsync_dir;
    calls.rename = bad_rename;
    calls.unlink = bad_unlink;
    return calls;
}

static void transfers_are_whole_over_short_counts_and_eintr(void **state)
{
    (void)state;
    char path[128], back[16] = {0};
    size_t got = 99;
    port_file_calls calls = bad_disk();
    in_folder(path, "short");
    calls_left = -1;
    int fd = calls.open(path, O_RDWR | O_CREAT, 0600);
    failure = EINTR;
    calls_left = 2;
    assert_int_equal(port_file_write(&calls, fd, "abcdef", 6, 3), ESS_OK);
    calls_left = 2;
    assert_int_equal(port_file_read(&calls, fd, back, sizeof back, 3, &got), ESS_OK);
    assert_int_equal(got, 6);
    assert_string_equal(back, "abcdef");
    failure = ENOSPC;
    calls_left = 1;
    assert_int_equal(port_file_write(&calls, fd, "abcdef", 6, 0), ESS_E_STORAGE_FULL);
    failure = EIO;
    calls_left = 1;
    assert_int_equal(port_file_read(&calls, fd, back, 6, 0, &got), ESS_E_IO);
    assert_int_equal(got, 6);
    calls_left = -1;
    assert_int_equal(calls.close(fd), 0);
}

static void replacing_leaves_old_or_new_whatever_fails(void **state)
{
    (void)state;
    char path[128], back[32];
    port_file_calls calls = bad_disk();
    in_folder(path, "atomic");
    failure = EIO;
    bool succeeded = false;
    for (int n = 0; n < 64 && !succeeded; n++) {
        calls_left = -1;
        assert_int_equal(port_write_atomic(&calls, path, ESS_SLICE_LITERAL("old"), 0600), ESS_OK);
        calls_left = n;
        ess_err err = port_write_atomic(&calls, path, ESS_SLICE_LITERAL("newer"), 0600);
        succeeded = calls_left > 0 || err == ESS_OK;
        assert_int_equal(port_read_text(path, back, sizeof back, NULL), ESS_OK);
        if (err == ESS_OK)
            assert_string_equal(back, "newer");
        else
            assert_true(strcmp(back, "old") == 0 || strcmp(back, "newer") == 0);
    }
    assert_true(succeeded);
}

static void mode_is_the_asked_one_even_over_a_leftover(void **state)
{
    (void)state;
    char path[128], leftover[128];
    struct stat about;
    in_folder(path, "secret");
    in_folder(leftover, "secret.tmp");
    int fd = open(leftover, O_CREAT | O_WRONLY, 0666);
    (void)close(fd);
    assert_int_equal(chmod(leftover, 0666), 0);
    assert_int_equal(port_write_atomic(NULL, path, ESS_SLICE_LITERAL("x"), 0600), ESS_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(port_file_private(path), ESS_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(port_file_private(path), ESS_E_PERMISSION);
    in_folder(path, "absent");
    assert_int_equal(port_file_private(path), ESS_E_NOT_FOUND);
}

static void reading_text_needs_room_for_all_and_a_nul(void **state)
{
    (void)state;
    char path[128], room[5];
    size_t len = 77;
    in_folder(path, "text");
    assert_int_equal(port_read_text(path, room, sizeof room, &len), ESS_E_NOT_FOUND);
    assert_int_equal(port_write_atomic(NULL, path, ESS_SLICE_LITERAL("12345"), 0600), ESS_OK);
    assert_int_equal(port_read_text(path, room, sizeof room, &len), ESS_E_TOO_LARGE);
    assert_int_equal(len, 77);
    assert_int_equal(port_write_atomic(NULL, path, ESS_SLICE_LITERAL("1234"), 0600), ESS_OK);
    assert_int_equal(port_read_text(path, room, sizeof room, &len), ESS_OK);
    assert_int_equal(len, 4);
    assert_string_equal(room, "1234");
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    char path[128];
    struct stat about;
    in_folder(path, "a//b/c/");
    assert_int_equal(port_make_dir(path), ESS_OK);
    assert_int_equal(port_make_dir(path), ESS_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(rmdir(path), 0);
    in_folder(path, "a/b");
    assert_int_equal(rmdir(path), 0);
    in_folder(path, "file");
    assert_int_equal(port_write_atomic(NULL, path, ESS_SLICE_LITERAL("x"), 0600), ESS_OK);
    assert_int_equal(port_make_dir(path), ESS_E_EXISTS);
    in_folder(path, "file/below");
    assert_int_not_equal(port_make_dir(path), ESS_OK);
}

static void lock_is_for_one_holder(void **state)
{
    (void)state;
    char path[128];
    const port_file_calls *calls = port_file_system();
    in_folder(path, "lock");
    int a = calls->open(path, O_RDWR | O_CREAT, 0600);
    int b = calls->open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(calls->lock(a), 0);
    assert_int_equal(calls->lock(b), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    (void)calls->close(a);
    assert_int_equal(calls->lock(b), 0);
    (void)calls->close(b);
}

static void errno_has_one_meaning(void **state)
{
    (void)state;
    static const struct {
        int number;
        ess_err err;
    } cases[] = {
        {ENOENT, ESS_E_NOT_FOUND},   {EACCES, ESS_E_PERMISSION},   {EPERM, ESS_E_PERMISSION},
        {ENOSPC, ESS_E_STORAGE_FULL}, {EDQUOT, ESS_E_STORAGE_FULL}, {EIO, ESS_E_IO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(port_file_error(cases[i].number), cases[i].err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_are_whole_over_short_counts_and_eintr),
        cmocka_unit_test(replacing_leaves_old_or_new_whatever_fails),
        cmocka_unit_test(mode_is_the_asked_one_even_over_a_leftover),
        cmocka_unit_test(reading_text_needs_room_for_all_and_a_nul),
        cmocka_unit_test(directories_are_made_with_their_parents),
        cmocka_unit_test(lock_is_for_one_holder),
        cmocka_unit_test(errno_has_one_meaning),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

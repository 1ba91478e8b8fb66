/* A disk in memory that fails when told to and forgets what was not synced.
 *
 * Names and bytes each exist twice: as programs see them and as they are on the platter. A sync
 * copies only what was written since the last sync, and a failed sync marks that clean without
 * copying it, as Linux does.
 */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "port/file.h"

#define DISK_NAMES  64
#define DISK_FILES  256
#define DISK_HANDLES 32

typedef enum disk_fault {
    DISK_FAIL_IO,    /* the n-th call fails with EIO */
    DISK_FAIL_TWICE, /* the n-th call and the one after it */
    DISK_FAIL_FULL,  /* the n-th call fails with ENOSPC; a write first writes half */
    DISK_SHORT,      /* the n-th call, if a transfer, moves half; nothing fails */
    DISK_DIE,        /* the n-th call and all after it fail: the program was killed there */
    DISK_FAULTS
} disk_fault;

typedef enum disk_cut {
    CUT_KEEP,       /* no power cut: everything written is still seen (kill -9) */
    CUT_LOSE,       /* nothing that was not synced */
    CUT_NAMES,      /* names reached the disk, bytes did not */
    CUT_BYTES,      /* bytes reached the disk, names did not */
    CUT_ZEROS,      /* the new length did, the bytes are zero */
    CUT_HALF,       /* the first half of the new bytes did */
    CUT_OTHER_HALF, /* the second half did, the first is zero */
    DISK_CUTS
} disk_cut;

typedef struct disk_bytes {
    uint8_t *bytes;
    size_t len, room;
} disk_bytes;

typedef struct disk_file {
    disk_bytes seen, platter;
    size_t dirty_from, dirty_to;
} disk_file;

typedef struct disk_name {
    char text[64];
    int file; /* -1: no such name */
} disk_name;

static disk_file disk_files[DISK_FILES];
static int disk_file_count;
static disk_name disk_seen[DISK_NAMES], disk_platter[DISK_NAMES];
static int disk_handles[DISK_HANDLES]; /* file index + 1; 0: free */
static int disk_calls_left = -1;       /* -1: no fault */
static int disk_repeats;               /* failures still to come after the n-th */
static disk_fault disk_fault_kind;

static void disk_reserve(disk_bytes *b, size_t len)
{
    if (len > b->room) {
        b->room = len * 2;
        b->bytes = realloc(b->bytes, b->room);
        if (b->bytes == NULL)
            abort();
    }
    if (len > b->len)
        memset(b->bytes + b->len, 0, len - b->len);
}

static void disk_copy(disk_bytes *to, const disk_bytes *from)
{
    to->len = 0;
    disk_reserve(to, from->len);
    if (from->len > 0)
        memcpy(to->bytes, from->bytes, from->len);
    to->len = from->len;
}

static void disk_reset(void)
{
    for (int i = 0; i < disk_file_count; i++) {
        free(disk_files[i].seen.bytes);
        free(disk_files[i].platter.bytes);
    }
    memset(disk_files, 0, sizeof disk_files);
    memset(disk_handles, 0, sizeof disk_handles);
    for (int i = 0; i < DISK_NAMES; i++)
        disk_seen[i] = disk_platter[i] = (disk_name){.file = -1};
    disk_file_count = 0;
    disk_calls_left = -1;
    disk_repeats = 1;
}

/* True when this call is to fail. */
static bool disk_fails(void)
{
    if (disk_calls_left < 0)
        return false;
    if (disk_calls_left > 0) {
        disk_calls_left--;
        return false;
    }
    bool again = disk_fault_kind == DISK_FAIL_TWICE && disk_repeats-- > 0;
    if (disk_fault_kind != DISK_DIE && !again)
        disk_calls_left = -1;
    errno = disk_fault_kind == DISK_FAIL_FULL ? ENOSPC : EIO;
    return disk_fault_kind != DISK_SHORT;
}

/* True when this transfer is to be the short one. */
static bool disk_is_short(void)
{
    return disk_calls_left == 0 && disk_fault_kind == DISK_SHORT;
}

static disk_name *disk_find(disk_name *names, const char *path)
{
    const char *text = strrchr(path, '/');
    text = text == NULL ? path : text + 1;
    for (int i = 0; i < DISK_NAMES; i++) {
        if (names[i].file >= 0 && strcmp(names[i].text, text) == 0)
            return &names[i];
    }
    return NULL;
}

static disk_name *disk_add(const char *path, int file)
{
    const char *text = strrchr(path, '/') + 1;
    for (int i = 0; i < DISK_NAMES; i++) {
        if (disk_seen[i].file < 0) {
            (void)strncpy(disk_seen[i].text, text, sizeof disk_seen[i].text - 1);
            disk_seen[i].file = file;
            return &disk_seen[i];
        }
    }
    abort();
}

static int disk_open(const char *path, int flags, unsigned mode)
{
    (void)mode;
    if (disk_fails())
        return -1;
    const disk_name *name = disk_find(disk_seen, path);
    if (name == NULL && (flags & O_CREAT) == 0) {
        errno = ENOENT;
        return -1;
    }
    if (name == NULL) {
        if (disk_file_count == DISK_FILES)
            abort();
        name = disk_add(path, disk_file_count++);
    }
    if (flags & O_TRUNC)
        disk_files[name->file].seen.len = 0;
    for (int i = 0; i < DISK_HANDLES; i++) {
        if (disk_handles[i] == 0) {
            disk_handles[i] = name->file + 1;
            return i + 1000;
        }
    }
    abort();
}

static disk_file *disk_of(int fd)
{
    if (fd < 1000 || fd >= 1000 + DISK_HANDLES || disk_handles[fd - 1000] == 0)
        abort(); /* used after close, or never opened */
    return &disk_files[disk_handles[fd - 1000] - 1];
}

static int disk_close(int fd)
{
    (void)disk_of(fd);
    disk_handles[fd - 1000] = 0;
    return disk_fails() ? -1 : 0;
}

static int64_t disk_pread(int fd, void *room, size_t size, uint64_t offset)
{
    const disk_file *f = disk_of(fd);
    if (disk_is_short())
        size = (size + 1) / 2;
    if (disk_fails())
        return -1;
    if (offset >= f->seen.len)
        return 0;
    size_t n = f->seen.len - offset < size ? f->seen.len - (size_t)offset : size;
    memcpy(room, f->seen.bytes + offset, n);
    return (int64_t)n;
}

static void disk_put(disk_file *f, const void *bytes, size_t size, size_t offset)
{
    if (size == 0)
        return;
    disk_reserve(&f->seen, offset + size);
    memcpy(f->seen.bytes + offset, bytes, size);
    if (f->dirty_from == f->dirty_to) {
        f->dirty_from = offset;
        f->dirty_to = offset + size;
    }
    if (offset < f->dirty_from)
        f->dirty_from = offset;
    if (offset + size > f->dirty_to)
        f->dirty_to = offset + size;
    if (offset + size > f->seen.len)
        f->seen.len = offset + size;
}

static int64_t disk_pwrite(int fd, const void *bytes, size_t size, uint64_t offset)
{
    disk_file *f = disk_of(fd);
    if (disk_is_short())
        size = (size + 1) / 2;
    if (disk_fails()) {
        int why = errno;
        if (disk_fault_kind == DISK_FAIL_FULL || disk_fault_kind == DISK_DIE)
            disk_put(f, bytes, size / 2, (size_t)offset);
        errno = why;
        return -1;
    }
    disk_put(f, bytes, size, (size_t)offset);
    return (int64_t)size;
}

static int disk_fdatasync(int fd)
{
    disk_file *f = disk_of(fd);
    bool fails = disk_fails();
    size_t from = f->dirty_from, to = f->dirty_to;
    f->dirty_from = f->dirty_to = 0;
    if (fails)
        return -1;
    disk_reserve(&f->platter, f->seen.len);
    f->platter.len = f->seen.len;
    if (to > f->seen.len)
        to = f->seen.len;
    if (from < to)
        memcpy(f->platter.bytes + from, f->seen.bytes + from, to - from);
    return 0;
}

static int disk_fsync_dir(const char *path)
{
    (void)path;
    if (disk_fails())
        return -1;
    memcpy(disk_platter, disk_seen, sizeof disk_platter);
    return 0;
}

static int disk_truncate(int fd, uint64_t size)
{
    disk_file *f = disk_of(fd);
    if (disk_fails())
        return -1;
    disk_reserve(&f->seen, (size_t)size);
    f->seen.len = (size_t)size;
    return 0;
}

static int64_t disk_size(int fd)
{
    const disk_file *f = disk_of(fd);
    return disk_fails() ? -1 : (int64_t)f->seen.len;
}

static int disk_lock(int fd)
{
    (void)disk_of(fd);
    return disk_fails() ? -1 : 0;
}

static int disk_list(const char *path, void (*each)(void *context, const char *name),
                     void *context)
{
    (void)path;
    if (disk_fails())
        return -1;
    for (int i = 0; i < DISK_NAMES; i++) {
        if (disk_seen[i].file >= 0)
            each(context, disk_seen[i].text);
    }
    return 0;
}

static int disk_unlink(const char *path)
{
    if (disk_fails())
        return -1;
    disk_name *name = disk_find(disk_seen, path);
    if (name == NULL) {
        errno = ENOENT;
        return -1;
    }
    *name = (disk_name){.file = -1};
    return 0;
}

static int disk_rename(const char *from, const char *to)
{
    if (disk_fails())
        return -1;
    disk_name *source = disk_find(disk_seen, from), *target = disk_find(disk_seen, to);
    if (source == NULL) {
        errno = ENOENT;
        return -1;
    }
    int file = source->file;
    *source = (disk_name){.file = -1};
    if (target != NULL)
        target->file = file;
    else
        (void)disk_add(to, file);
    return 0;
}

static const port_file_calls disk_calls = {
    .open = disk_open,         .close = disk_close, .pread = disk_pread,
    .pwrite = disk_pwrite,     .fdatasync = disk_fdatasync, .fsync_dir = disk_fsync_dir,
    .truncate = disk_truncate, .size = disk_size,   .lock = disk_lock,
    .list = disk_list,         .rename = disk_rename, .unlink = disk_unlink,
};

/* What is found of one file after the cut. */
static void disk_cut_file(disk_file *f, disk_cut cut)
{
    size_t old = f->platter.len, len = f->seen.len;
    bool partly = cut == CUT_ZEROS || cut == CUT_HALF || cut == CUT_OTHER_HALF;
    if (cut == CUT_LOSE || cut == CUT_NAMES || (partly && len <= old)) {
        disk_copy(&f->seen, &f->platter);
    } else if (partly) {
        size_t middle = old + (len - old) / 2;
        if (old > 0)
            memcpy(f->seen.bytes, f->platter.bytes, old);
        if (cut == CUT_ZEROS || cut == CUT_OTHER_HALF)
            memset(f->seen.bytes + old, 0, middle - old);
        if (cut == CUT_ZEROS)
            memset(f->seen.bytes + middle, 0, len - middle);
        if (cut == CUT_HALF)
            f->seen.len = middle;
    }
    if (cut != CUT_KEEP) {
        disk_copy(&f->platter, &f->seen);
        f->dirty_from = f->dirty_to = 0;
    }
}

/* The program ends here; the next one sees what the cut left. */
static void disk_end(disk_cut cut)
{
    memset(disk_handles, 0, sizeof disk_handles);
    disk_calls_left = -1;
    if (cut == CUT_LOSE || cut == CUT_BYTES)
        memcpy(disk_seen, disk_platter, sizeof disk_seen);
    else if (cut != CUT_KEEP)
        memcpy(disk_platter, disk_seen, sizeof disk_platter);
    for (int i = 0; i < disk_file_count; i++)
        disk_cut_file(&disk_files[i], cut);
}

#endif

/* Files on Linux, and the three things every store needs on top: whole transfers, directories
 * that survive a power cut, and replacing a small file in one step.
 *
 * The table of calls exists so that a test can be the disk. Rejected: overriding libc's symbols
 * at link time, which a sanitizer does already and a static build cannot.
 */
#include "port/file.h"
#include "codec/try.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

static int system_open(const char *path, int flags, unsigned mode)
{
    return open(path, flags | O_CLOEXEC, (mode_t)mode);
}

static int64_t system_pread(int fd, void *room, size_t size, uint64_t offset)
{
    return pread(fd, room, size, (off_t)offset);
}

static int64_t system_pwrite(int fd, const void *bytes, size_t size, uint64_t offset)
{
    return pwrite(fd, bytes, size, (off_t)offset);
}

static int system_fsync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    int why = errno;
    (void)close(fd);
    errno = why;
    return result;
}

static int system_truncate(int fd, uint64_t size)
{
    return ftruncate(fd, (off_t)size);
}

static int64_t system_size(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 ? (int64_t)about.st_size : -1;
}

static int system_lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB);
}

static int system_list(const char *path, void (*each)(void *context, const char *name),
                       void *context)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -1;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(context, entry->d_name);
    }
    int why = errno;
    (void)closedir(directory);
    errno = why;
    return why == 0 ? 0 : -1;
}

const port_file_calls *port_file_system(void)
{
    static const port_file_calls calls = {
        .open = system_open,
        .close = close,
        .pread = system_pread,
        .pwrite = system_pwrite,
        .fdatasync = fdatasync,
        .fsync_dir = system_fsync_dir,
        .truncate = system_truncate,
        .size = system_size,
        .lock = system_lock,
        .list = system_list,
        .rename = rename,
        .unlink = unlink,
    };
    return &calls;
}

ess_err port_file_error(int number)
{
    switch (number) {
    case ENOENT:
        return ESS_E_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ESS_E_PERMISSION;
    case ENOSPC:
    case EDQUOT:
        return ESS_E_STORAGE_FULL;
    default:
        return ESS_E_IO;
    }
}

ess_err port_file_read(const port_file_calls *calls, int fd, void *room, size_t size,
                       uint64_t offset, size_t *got)
{
    size_t have = 0;
    while (have < size) {
        int64_t n = calls->pread(fd, (char *)room + have, size - have, offset + have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return port_file_error(errno);
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *got = have;
    return ESS_OK;
}

ess_err port_file_write(const port_file_calls *calls, int fd, const void *bytes, size_t size,
                        uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        int64_t n = calls->pwrite(fd, (const char *)bytes + done, size - done, offset + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return port_file_error(errno);
        if (n == 0)
            return ESS_E_IO;
        done += (size_t)n;
    }
    return ESS_OK;
}

/* "a/b" -> "a", "b" -> ".", "/b" -> "/". */
static ess_err parent_of(const char *path, char room[static PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    ess_slice parent = {path, slash == NULL ? 0 : (size_t)(slash - path)};
    if (slash == NULL)
        parent = ESS_SLICE_LITERAL(".");
    else if (parent.len == 0)
        parent = ESS_SLICE_LITERAL("/");
    if (parent.len >= PATH_BYTES)
        return ESS_E_NO_ROOM;
    memcpy(room, parent.ptr, parent.len);
    room[parent.len] = '\0';
    return ESS_OK;
}

static ess_err make_one_dir(const char *path)
{
    char parent[PATH_BYTES];
    struct stat about;
    if (mkdir(path, 0700) == 0) {
        TRY(parent_of(path, parent));
        return system_fsync_dir(parent) == 0 ? ESS_OK : port_file_error(errno);
    }
    /* Other than EEXIST too: a parent may be read-only and still hold what we want. */
    int why = errno;
    if (stat(path, &about) == 0)
        return S_ISDIR(about.st_mode) ? ESS_OK : ESS_E_EXISTS;
    return port_file_error(why);
}

ess_err port_make_dir(const char *path)
{
    char part[PATH_BYTES];
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (len == 0 || len >= sizeof part)
        return ESS_E_NO_ROOM;
    memcpy(part, path, len);
    part[len] = '\0';
    for (size_t i = 1; i < len; i++) {
        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        TRY(make_one_dir(part));
        part[i] = '/';
    }
    return make_one_dir(part);
}

ess_err port_file_private(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return port_file_error(errno);
    return (about.st_mode & (S_IRWXG | S_IRWXO)) == 0 ? ESS_OK : ESS_E_PERMISSION;
}

ess_err port_read_text(const char *path, char *room, size_t room_size, size_t *len)
{
    const port_file_calls *calls = port_file_system();
    size_t got = 0;
    int fd = calls->open(path, O_RDONLY, 0);
    if (fd < 0)
        return port_file_error(errno);
    ess_err err = port_file_read(calls, fd, room, room_size, 0, &got);
    (void)calls->close(fd); /* nothing was written */
    if (err != ESS_OK)
        return err;
    if (got >= room_size)
        return ESS_E_TOO_LARGE;
    room[got] = '\0';
    if (len != NULL)
        *len = got;
    return ESS_OK;
}

static ess_err write_synced(const port_file_calls *calls, const char *path, ess_slice text,
                            unsigned mode)
{
    int fd = calls->open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (fd < 0)
        return port_file_error(errno);
    ess_err err = port_file_write(calls, fd, text.ptr, text.len, 0);
    if (err == ESS_OK && calls->fdatasync(fd) != 0)
        err = port_file_error(errno);
    if (calls->close(fd) != 0 && err == ESS_OK)
        err = port_file_error(errno);
    return err;
}

ess_err port_write_atomic(const port_file_calls *calls, const char *path, ess_slice text,
                          unsigned mode)
{
    char temporary[PATH_BYTES], parent[PATH_BYTES];
    if (calls == NULL)
        calls = port_file_system();
    TRY(parent_of(path, parent));
    int len = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (len < 0 || (size_t)len >= sizeof temporary)
        return ESS_E_NO_ROOM;
    /* A leftover may have another owner's mode; the new one must be made, not reused. */
    if (calls->unlink(temporary) != 0 && errno != ENOENT)
        return port_file_error(errno);
    ess_err err = write_synced(calls, temporary, text, mode);
    if (err == ESS_OK && calls->rename(temporary, path) != 0)
        err = port_file_error(errno);
    if (err != ESS_OK) {
        (void)calls->unlink(temporary); /* the first error is the one to tell */
        return err;
    }
    return calls->fsync_dir(parent) == 0 ? ESS_OK : port_file_error(errno);
}

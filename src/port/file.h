/* Files as the stores need them. Every call goes through a table that a test replaces to make
 * the n-th call fail, write short, or lose what was not synced. */
#ifndef ESS_PORT_FILE_H
#define ESS_PORT_FILE_H

#include "ess/base.h"

typedef struct port_file_calls {
    int (*open)(const char *path, int flags, unsigned mode);
    int (*close)(int fd);
    /* ssize_t-like: bytes, or -1 with errno */
    int64_t (*pread)(int fd, void *room, size_t size, uint64_t offset);
    int64_t (*pwrite)(int fd, const void *bytes, size_t size, uint64_t offset);
    int (*fdatasync)(int fd);
    int (*fsync_dir)(const char *path);
    int (*truncate)(int fd, uint64_t size);
    int64_t (*size)(int fd);
    /* Takes the file for this process until fd is closed; -1 with EWOULDBLOCK if another has it. */
    int (*lock)(int fd);
    /* Calls each for every name in the directory, in any order, "." and ".." left out. */
    int (*list)(const char *path, void (*each)(void *context, const char *name), void *context);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
} port_file_calls;

/* The operating system's own. Static. */
const port_file_calls *port_file_system(void);

/* What errno means to the house: ESS_E_NOT_FOUND (ENOENT), ESS_E_PERMISSION (EACCES, EPERM),
 * ESS_E_STORAGE_FULL (ENOSPC, EDQUOT), else ESS_E_IO. */
ess_err port_file_error(int number);

/* Whole transfers: loop over short counts and EINTR. read: *got < size only at end of file.
 * Errors: as port_file_error. */
ess_err port_file_read(const port_file_calls *calls, int fd, void *room, size_t size,
                       uint64_t offset, size_t *got);
ess_err port_file_write(const port_file_calls *calls, int fd, const void *bytes, size_t size,
                        uint64_t offset);
/* Makes a directory and its parents, mode 0700, durably. ESS_OK if it is there already. */
ess_err port_make_dir(const char *path);
/* ESS_OK if nobody but the owner may read or write the file, else ESS_E_PERMISSION.
 * ESS_E_NOT_FOUND. */
ess_err port_file_private(const char *path);
/* Reads a small file whole into room (NUL-terminated); *len may be NULL. ESS_E_NOT_FOUND,
 * ESS_E_PERMISSION, ESS_E_TOO_LARGE (room needs one byte more than the file), ESS_E_IO. On
 * failure *len is untouched and room may hold a part. */
ess_err port_read_text(const char *path, char *room, size_t room_size, size_t *len);
/* Writes a small file so that after a crash the old or the new one stands, never a mix: temporary
 * file "<path>.tmp", fdatasync, rename, sync of the directory. mode e.g. 0600. On failure the
 * old file stands (or, if only the directory's sync failed, either). calls NULL: the operating
 * system's. */
ess_err port_write_atomic(const port_file_calls *calls, const char *path, ess_slice text,
                          unsigned mode);

#endif

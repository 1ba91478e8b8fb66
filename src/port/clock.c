/* Time and chance from Linux: clock_gettime and getrandom.
 *
 * A wall clock that jumps (NTP, a person) must never move a timeout, so durations have a clock of
 * their own. Rejected: CLOCK_BOOTTIME for durations; a cabinet's controller does not sleep, and
 * epoll's own waits do not count sleep either.
 */
#include "port/clock.h"
#include "ess/limits.h"
#include "port/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t port_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t port_utc_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

bool port_clock_is_set(void)
{
    return port_utc_ms() >= ESS_CLOCK_SET_UTC_MS;
}

void port_boot_id(char *room, size_t room_size)
{
    size_t len = 0;

    if (port_read_text("/proc/sys/kernel/random/boot_id", room, room_size, &len) != ESS_OK)
        len = 0;
    while (len > 0 && room[len - 1] == '\n')
        len--;
    room[len] = '\0';
}

void port_random(void *room, size_t size)
{
    unsigned char *next = room;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        next += got;
        size -= (size_t)got;
    }
}

/* [CLK-03] A wall clock in place of the C library's: as on a controller that nobody has told the
 * time. Only for a program of one source file. */
#ifndef LOST_CLOCK_H
#define LOST_CLOCK_H

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool is_clock_lost;

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (id != CLOCK_REALTIME || !is_clock_lost)
        return (int)syscall(SYS_clock_gettime, id, now);
    *now = (struct timespec){.tv_sec = 100};
    return 0;
}

#endif

/* Time and chance, the only door to both. Everything else is handed times as arguments. */
#ifndef ESS_PORT_CLOCK_H
#define ESS_PORT_CLOCK_H

#include "ess/base.h"

/* Monotonic milliseconds since an arbitrary point; never goes back. For durations. */
int64_t port_mono_ms(void);
/* UTC milliseconds since 1970. For stamps. */
int64_t port_utc_ms(void);
/* True when the UTC clock may have been set, as CLK-03 has it. An NTP check is the device side's
 * later work. */
bool port_clock_is_set(void);
/* The kernel's name of this start of the machine: the monotonic clock runs on while it stands. At
 * most room_size - 1 characters; "" when it is not known. */
void port_boot_id(char *room, size_t room_size);
/* Fills room with random bytes from the kernel. Aborts if the kernel has none. */
void port_random(void *room, size_t size);

#endif

/* A device and a cloud that speak with each other in memory, and what a device lends for it. */
#ifndef ESS_MCU_EXCHANGE_H
#define ESS_MCU_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

/* Runs it. Says what went wrong; returns how many steps did. *stack, *deepest: most stack that a
 * step took, and its name. */
size_t exchange_run(uint32_t *stack, const char **deepest);

/* Static room that the device of this exchange lends to the library. */
typedef struct exchange_room {
    const char *what;
    uint32_t bytes;
} exchange_room;
extern const exchange_room exchange_rooms[];
extern const size_t exchange_room_count;

#endif

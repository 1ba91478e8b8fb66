/* The bare board: text out, the end, and how deep the stack went. */
#ifndef ESS_MCU_BOARD_H
#define ESS_MCU_BOARD_H

#include <stdint.h>

/* Text to whoever runs the emulator (semihosting). */
void board_say(const char *text);
void board_say_number(uint32_t number);
/* Ends the emulator with that exit code. */
_Noreturn void board_end(int code);

static inline uint32_t board_stack_pointer(void)
{
    uint32_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

/* Paints the free stack. sp: board_stack_pointer() of the function whose calls are measured; its
 * own frame does not count. */
void board_stack_paint(uint32_t sp);
/* Bytes of stack used below that sp since. */
uint32_t board_stack_used(void);

#endif

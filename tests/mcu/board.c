/* Reset, semihosting and stack measurement for a Cortex-M4 without anything else.
 *
 * The stack is measured, not computed: the free part is painted, the work is done, and the lowest
 * byte that lost its paint is looked for. An analysis by the compiler (-fstack-usage) was rejected:
 * it needs a call graph through tables of functions that nobody would keep true.
 */
#include "board.h"

#include <string.h>

#define PAINT_BYTES 65536u
#define PAINT       0xC5

#define SEMIHOSTING_WRITE0        0x04
#define SEMIHOSTING_EXIT_EXTENDED 0x20
#define STOPPED_APPLICATION_EXIT  0x20026u

#define COPROCESSOR_ACCESS ((volatile uint32_t *)0xE000ED88u)

extern uint32_t stack_top[], data_first[], data_end[], data_load[], bss_first[], bss_end[];
extern int main(void);
void reset(void);

static uint32_t measured_from, painted_to;

static void semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void board_say(const char *text)
{
    semihosting(SEMIHOSTING_WRITE0, text);
}

void board_say_number(uint32_t number)
{
    char text[11];
    size_t at = sizeof text;
    text[--at] = '\0';
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    board_say(text + at);
}

_Noreturn void board_end(int code)
{
    const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)code};
    semihosting(SEMIHOSTING_EXIT_EXTENDED, block);
    for (;;)
        ;
}

__attribute__((noinline)) void board_stack_paint(uint32_t sp)
{
    measured_from = sp;
    painted_to = board_stack_pointer(); /* what lies above is this very call's */
    volatile uint8_t *low = (volatile uint8_t *)(uintptr_t)(painted_to - PAINT_BYTES);
    for (uint32_t i = 0; i < PAINT_BYTES; i++)
        low[i] = PAINT;
}

__attribute__((noinline)) uint32_t board_stack_used(void)
{
    const volatile uint8_t *low = (const volatile uint8_t *)(uintptr_t)(painted_to - PAINT_BYTES);
    uint32_t clean = 0;
    while (clean < PAINT_BYTES && low[clean] == PAINT)
        clean++;
    return measured_from - (painted_to - PAINT_BYTES + clean);
}

void reset(void)
{
    *COPROCESSOR_ACCESS |= 0xFu << 20; /* the FPU, or the first float would be a fault */
    memcpy(data_first, data_load, (size_t)((char *)data_end - (char *)data_first));
    memset(bss_first, 0, (size_t)((char *)bss_end - (char *)bss_first));
    board_end(main());
}

static void fault(void)
{
    board_say("mcu: the processor met a fault\n");
    board_end(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top,           (const void *)reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault};

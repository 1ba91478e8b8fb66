/* The library on a bare Cortex-M4. Lines "name value [where]" for tests/mcu/report.py. */
#include "board.h"
#include "exchange.h"
#include "vectors.h"

static void say_figure(const char *name, uint32_t value, const char *where)
{
    board_say(name);
    board_say(" ");
    board_say_number(value);
    board_say(" ");
    board_say(where);
    board_say("\n");
}

int main(void)
{
    const char *deepest = "";
    uint32_t stack = 0;
    size_t wrong = vectors_run(&stack, &deepest);
    say_figure("vectors", (uint32_t)vector_count, "");
    say_figure("stack_vectors", stack, deepest);
    stack = 0;
    deepest = "";
    wrong += exchange_run(&stack, &deepest);
    say_figure("stack_exchange", stack, deepest);
    for (size_t i = 0; i < exchange_room_count; i++)
        say_figure("room", exchange_rooms[i].bytes, exchange_rooms[i].what);
    say_figure("wrong", (uint32_t)wrong, "");
    return wrong == 0 ? 0 : 1;
}

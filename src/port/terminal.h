/* Asking a person on the terminal. */
#ifndef ESS_PORT_TERMINAL_H
#define ESS_PORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Prints "question: " and reads one line from standard input, which is not shown while it is
 * typed. SIGINT (Ctrl-C) and SIGTERM end the question, not the program: a terminal left without
 * echo would seem dead. room gets the line without its end, NUL-terminated, cut to fit.
 * Returns false when there is no terminal, or the question was ended without a line. */
bool port_ask_hidden(FILE *out, const char *question, char *room, size_t room_size);

#endif

/* A signal may come at any moment, so it is let in only while waiting: with a handler alone, one
 * that came between switching the echo off and reading was lost, and the program seemed to hang. */
#include "port/terminal.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void on_signal(int number)
{
    (void)number; /* it is enough that waiting ends */
}

/* A terminal gives out a line as a whole. */
static bool read_line(const sigset_t *while_waiting, char *room, size_t room_size)
{
    struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
    if (ppoll(&terminal, 1, NULL, while_waiting) != 1)
        return false;
    ssize_t len = read(STDIN_FILENO, room, room_size - 1);
    if (len <= 0)
        return false;
    room[len] = '\0';
    room[strcspn(room, "\r\n")] = '\0';
    return true;
}

bool port_ask_hidden(FILE *out, const char *question, char *room, size_t room_size)
{
    struct sigaction end = {.sa_handler = on_signal};
    struct sigaction before_int, before_term;
    struct termios before;
    sigset_t ours, before_mask, while_waiting;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)sigemptyset(&ours); /* none of these can fail for these signals */
    (void)sigaddset(&ours, SIGINT);
    (void)sigaddset(&ours, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ours, &before_mask);
    while_waiting = before_mask;
    (void)sigdelset(&while_waiting, SIGINT);
    (void)sigdelset(&while_waiting, SIGTERM);
    (void)sigaction(SIGINT, &end, &before_int);
    (void)sigaction(SIGTERM, &end, &before_term);
    (void)fprintf(out, "%s: ", question);
    (void)fflush(out);
    bool got = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 &&
               read_line(&while_waiting, room, room_size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before); /* nothing to be done if it fails */
    (void)sigprocmask(SIG_SETMASK, &before_mask, NULL);
    (void)sigaction(SIGINT, &before_int, NULL);
    (void)sigaction(SIGTERM, &before_term, NULL);
    (void)fprintf(out, "\n");
    return got;
}

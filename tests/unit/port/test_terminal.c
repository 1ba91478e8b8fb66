/* A hidden question on a terminal, which is standard input here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "port/terminal.h"

static int person = -1; /* the other end */
static FILE *shown;
static char room[16];

static int open_terminal(void **state)
{
    (void)state;
    person = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(person >= 0 && grantpt(person) == 0 && unlockpt(person) == 0);
    int terminal = open(ptsname(person), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && dup2(terminal, STDIN_FILENO) == STDIN_FILENO);
    (void)close(terminal);
    shown = fopen("/dev/null", "we");
    assert_non_null(shown);
    return 0;
}

static int close_terminal(void **state)
{
    (void)state;
    (void)fclose(shown);
    return close(person);
}

static bool echoes(void)
{
    struct termios now;
    assert_int_equal(tcgetattr(STDIN_FILENO, &now), 0);
    return (now.c_lflag & ECHO) != 0;
}

static void send_pending(int number)
{
    sigset_t one;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)sigprocmask(SIG_BLOCK, &one, NULL);
    (void)raise(number);
}

/* As if it came just before reading: nothing else would end the question. */
static void a_signal_that_came_before_reading_ends_the_question(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction now;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sigset_t none;
        (void)sigemptyset(&none);
        send_pending(numbers[i]);
        assert_false(port_ask_hidden(shown, "Password", room, sizeof room));
        assert_true(echoes());
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        assert_int_equal(sigaction(numbers[i], NULL, &now), 0);
        assert_ptr_equal(now.sa_handler, SIG_DFL);
    }
}

/* What was typed before the question is dropped, so a child types once the echo is off. */
static void type(const char *text)
{
    if (fork() != 0)
        return;
    while (echoes())
        (void)sched_yield();
    (void)!write(person, text, strlen(text));
    _exit(0);
}

static void a_line_is_read_without_its_end_and_cut_to_fit(void **state)
{
    static const struct {
        const char *typed, *read;
    } cases[] = {{"secret\n", "secret"}, {"\n", ""}, {"0123456789abcdefgh\n", "0123456789abcde"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        type(cases[i].typed);
        assert_true(port_ask_hidden(shown, "Password", room, sizeof room));
        assert_string_equal(room, cases[i].read);
        assert_true(echoes());
    }
    type("\x04"); /* Ctrl-D: no line */
    assert_false(port_ask_hidden(shown, "Password", room, sizeof room));
}

static void without_a_terminal_nobody_is_asked(void **state)
{
    int kept = dup(STDIN_FILENO);
    int file = open("/dev/null", O_RDONLY);
    (void)state;
    assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
    assert_false(port_ask_hidden(shown, "Password", room, sizeof room));
    assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
    (void)close(file);
    (void)close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_that_came_before_reading_ends_the_question),
        cmocka_unit_test(a_line_is_read_without_its_end_and_cut_to_fit),
        cmocka_unit_test(without_a_terminal_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}

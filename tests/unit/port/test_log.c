/* The diary's lines, the clock and chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ess/base.h"
#include "port/clock.h"
#include "port/log.h"

#define PREFIX_BYTES 38 /* "2026-01-02T03:04:05.678Z warn ess-tst " */

/* Logs one line and gives what came out on stderr. */
static size_t line_of(port_log_level level, const char *text, char room[static 2048])
{
    int ends[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    port_log(level, "%s", text);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    ssize_t got = read(ends[0], room, 2047);
    (void)close(saved);
    (void)close(ends[0]);
    (void)close(ends[1]);
    size_t len = got > 0 ? (size_t)got : 0;
    room[len] = '\0';
    return len;
}

static void line_has_time_level_program_and_text(void **state)
{
    (void)state;
    char line[2048];
    port_log_open("ess-tst", PORT_INFO);
    size_t len = line_of(PORT_WARN, "disk=full", line);
    assert_string_equal(line + 23, "Z warn ess-tst disk=full\n");
    assert_int_equal(len, 23 + 25);
    assert_int_equal(line[4], '-');
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[19], '.');
    assert_int_equal(line_of(PORT_DEBUG, "unseen", line), 0);
}

static void text_from_outside_cannot_forge_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"a\nb\tc\x1b[2J\x7f", "a.b.c.[2J.\n"},
        {"\xc2\x9b" "31m", "..31m\n"},
        {"\xe5\x82\xa8\xe8\x83\xbd", "\xe5\x82\xa8\xe8\x83\xbd\n"},
    };
    char line[2048];
    port_log_open("ess-tst", PORT_INFO);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)line_of(PORT_WARN, cases[i].text, line);
        assert_string_equal(line + PREFIX_BYTES, cases[i].shown);
    }
}

static void long_line_is_cut_between_characters(void **state)
{
    (void)state;
    char text[1600], line[2048];
    port_log_open("ess-tst", PORT_INFO);
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe5\x82\xa8", 4);
        size_t len = line_of(PORT_WARN, text, line);
        assert_in_range(len, 1021, 1024);
        assert_int_equal(line[len - 1], '\n');
        assert_true(ess_utf8_valid((ess_slice){line, len}));
    }
}

static void clocks_and_chance_answer(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    int64_t before = port_mono_ms();
    assert_true(port_mono_ms() >= before);
    assert_int_equal(port_clock_is_set(), port_utc_ms() >= INT64_C(1704067200000));
    port_random(a, sizeof a);
    port_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    port_random(a, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_time_level_program_and_text),
        cmocka_unit_test(text_from_outside_cannot_forge_lines),
        cmocka_unit_test(long_line_is_cut_between_characters),
        cmocka_unit_test(clocks_and_chance_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

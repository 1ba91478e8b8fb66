/* The program's diary: one write(2) a line, so lines of several threads never mix.
 *
 * Rejected: syslog; systemd and containers both collect stderr, and a person at a terminal sees
 * it at once.
 */
#include "port/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"

#define LINE_MAX_BYTES 1024 /* with its newline */

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *log_name = "esslink";
static port_log_level log_least = PORT_INFO;

void port_log_open(const char *name, port_log_level least)
{
    log_name = name;
    log_least = least;
}

static size_t write_prefix(char *line, size_t size, port_log_level level)
{
    int64_t now = port_utc_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    int len = snprintf(line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s ", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                       (int)(now % 1000), level_names[level], log_name);
    if (len < 0)
        return 0;
    return (size_t)len < size ? (size_t)len : size - 1;
}

/* Text from outside must not move a terminal's cursor or forge a second line. C1 controls are
 * two bytes in UTF-8: C2 80 .. C2 9F. */
static void mask_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned char next = i + 1 < len ? (unsigned char)text[i + 1] : 0;
        if (c < 0x20 || c == 0x7f) {
            text[i] = '.';
        } else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
            text[i] = '.';
            text[i + 1] = '.';
        }
    }
}

/* A cut must not leave half a character behind. */
static size_t whole_characters(const char *text, size_t len)
{
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

void port_log(port_log_level level, const char *format, ...)
{
    if (level < log_least)
        return;
    char line[LINE_MAX_BYTES + 1];
    size_t start = write_prefix(line, LINE_MAX_BYTES, level);
    size_t room = sizeof line - start;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line + start, room, format, args);
    va_end(args);
    if (wanted < 0)
        return;
    size_t len = start + (size_t)wanted;
    if (len >= LINE_MAX_BYTES)
        len = whole_characters(line, LINE_MAX_BYTES - 1);
    mask_controls(line + start, len - start);
    line[len++] = '\n';
    ssize_t done = write(STDERR_FILENO, line, len);
    (void)done; /* A diary that cannot be written has nowhere to say so. */
}

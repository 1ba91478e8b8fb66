/* The program's own diary on stderr: one line an event,
 * "2026-01-02T03:04:05.678Z level program key=value ... text". */
#ifndef ESS_PORT_LOG_H
#define ESS_PORT_LOG_H

#include "ess/base.h"

typedef enum port_log_level { PORT_DEBUG, PORT_INFO, PORT_WARN, PORT_ERROR } port_log_level;

/* name: static or living as long as the program, e.g. "ess-agent". */
void port_log_open(const char *name, port_log_level least);
/* printf-like; a line is cut at 1 KiB, control characters from outside become '.'. */
void port_log(port_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

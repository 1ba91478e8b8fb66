/* Server-sent events: bytes in as they come, whole events out. */
#ifndef ESS_CLI_SSE_H
#define ESS_CLI_SSE_H

#include "ess/base.h"

#define SSE_EVENT_MAX (1024 * 1024) /* bytes that may wait for an event's end */

typedef struct sse_event {
    char name[32]; /* "message" where the server gave none */
    ess_slice data; /* lines joined; borrowed until the next call with this reader */
} sse_event;

typedef struct sse_reader {
    char *bytes;
    size_t len, taken, room;
} sse_reader;

void sse_free(sse_reader *reader);
/* ESS_E_TOO_LARGE when an event never ends, ESS_E_NO_ROOM when memory is out. */
ess_err sse_feed(sse_reader *reader, const char *bytes, size_t size);
/* The next whole event that has data; comments and empty ones are passed over. False: feed more. */
bool sse_next(sse_reader *reader, sse_event *out);

#endif

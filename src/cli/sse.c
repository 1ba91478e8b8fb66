/* An event is the lines up to an empty one. Lines end with LF or CRLF; the hub sends LF. */
#include "cli/sse.h"

#include <stdlib.h>
#include <string.h>

void sse_free(sse_reader *reader)
{
    free(reader->bytes);
    *reader = (sse_reader){0};
}

ess_err sse_feed(sse_reader *reader, const char *bytes, size_t size)
{
    if (reader->taken > 0) {
        reader->len -= reader->taken;
        memmove(reader->bytes, reader->bytes + reader->taken, reader->len);
        reader->taken = 0;
    }
    if (size > SSE_EVENT_MAX || reader->len > SSE_EVENT_MAX)
        return ESS_E_TOO_LARGE;
    if (reader->len + size > reader->room) {
        size_t room = (reader->len + size) * 2;
        char *more = realloc(reader->bytes, room);
        if (more == NULL)
            return ESS_E_NO_ROOM;
        reader->bytes = more;
        reader->room = room;
    }
    memcpy(reader->bytes + reader->len, bytes, size);
    reader->len += size;
    return ESS_OK;
}

/* One line without its end; false when its end has not come yet. */
static bool take_line(char *bytes, size_t len, size_t *at, ess_slice *line)
{
    const char *end = *at < len ? memchr(bytes + *at, '\n', len - *at) : NULL;
    if (end == NULL)
        return false;
    *line = (ess_slice){bytes + *at, (size_t)(end - (bytes + *at))};
    *at += line->len + 1;
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static bool field_is(ess_slice line, const char *name, ess_slice *value)
{
    size_t len = strlen(name);
    if (line.len <= len || memcmp(line.ptr, name, len) != 0 || line.ptr[len] != ':')
        return false;
    size_t skip = len + 1 + (line.len > len + 1 && line.ptr[len + 1] == ' ' ? 1 : 0);
    *value = (ess_slice){line.ptr + skip, line.len - skip};
    return true;
}

/* One event from *at; its data is moved together at the place of its first line. */
static bool take_event(sse_reader *reader, size_t *at, sse_event *out)
{
    char *data = NULL;
    size_t data_len = 0;
    ess_slice line;
    ess_slice value;
    *out = (sse_event){.name = "message"};
    while (take_line(reader->bytes, reader->len, at, &line)) {
        if (line.len == 0) {
            out->data = (ess_slice){data, data_len};
            return true;
        }
        if (field_is(line, "event", &value))
            (void)ess_slice_copy(value, out->name, sizeof out->name); /* too long: "message" */
        if (!field_is(line, "data", &value))
            continue;
        if (data == NULL)
            data = reader->bytes + (value.ptr - reader->bytes);
        else
            data[data_len++] = '\n';
        memmove(data + data_len, value.ptr, value.len);
        data_len += value.len;
    }
    return false;
}

bool sse_next(sse_reader *reader, sse_event *out)
{
    size_t at = reader->taken;
    size_t ends = at;
    sse_event event;
    /* Data lines are moved together only in an event that is whole, so look for its end first. */
    while (ends < reader->len) {
        ess_slice line;
        if (!take_line(reader->bytes, reader->len, &ends, &line))
            return false;
        if (line.len != 0)
            continue;
        bool whole = take_event(reader, &at, &event);
        reader->taken = at;
        if (whole && event.data.ptr != NULL) {
            *out = event;
            return true;
        }
        ends = at;
    }
    return false;
}

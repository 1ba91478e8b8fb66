/* One small text file, read at start, written once a life that begins without a clock. */
#include "agent/anchor.h"

#include "codec/try.h"
#include "ess/decimal.h"
#include "ess/sender.h"
#include "port/file.h"

#include <stdio.h>
#include <string.h>

#define LINE_ROOM 48 /* sid, space, 20 digits and sign, line break */
#define FILE_ROOM (ANCHOR_BOOT_ROOM + ESS_CLOCK_LIVES_MAX * LINE_ROOM)

/* The next line, without its break; false at the end or where a line has none. */
static bool next_line(ess_slice *rest, ess_slice *line)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (end == NULL)
        return false;
    *line = (ess_slice){rest->ptr, (size_t)(end - rest->ptr)};
    *rest = (ess_slice){end + 1, rest->len - line->len - 1};
    return true;
}

static ess_err parse_life(ess_slice line, ess_clock_life *out)
{
    ess_decimal base;

    if (line.len < ESS_SID_LEN + 2 || line.ptr[ESS_SID_LEN] != ' ')
        return ESS_E_CORRUPT;
    TRY(ess_sid_parse((ess_slice){line.ptr, ESS_SID_LEN}, &out->sid));
    TRY(ess_decimal_parse((ess_slice){line.ptr + ESS_SID_LEN + 1, line.len - ESS_SID_LEN - 1},
                          &base));
    return ess_decimal_to_integer(base, 0, &out->base_ms);
}

void anchor_open(const char *path, const char *boot, agent_anchor *out)
{
    char text[FILE_ROOM];
    agent_anchor anchor = {.clock = {.count = 0}};
    ess_slice rest = {.ptr = text}, line;

    *out = anchor;
    if (ess_slice_copy(ess_slice_from(boot), anchor.boot, sizeof anchor.boot) != ESS_OK)
        return;
    memcpy(out->boot, anchor.boot, sizeof out->boot);
    if (boot[0] == '\0' || port_read_text(path, text, sizeof text, &rest.len) != ESS_OK ||
        !next_line(&rest, &line) || !ess_slice_is(line, boot))
        return;
    while (anchor.clock.count < ESS_CLOCK_LIVES_MAX && next_line(&rest, &line)) {
        ess_clock_life life;
        if (parse_life(line, &life) != ESS_OK)
            return;
        ess_clock_add(&anchor.clock, life);
    }
    *out = anchor;
}

ess_err anchor_add(agent_anchor *anchor, const char *path, ess_clock_life life)
{
    char text[FILE_ROOM], sid[ESS_SID_LEN + 1];
    size_t len;

    ess_clock_add(&anchor->clock, life);
    if (anchor->boot[0] == '\0')
        return ESS_E_NOT_FOUND;
    len = (size_t)snprintf(text, sizeof text, "%s\n", anchor->boot);
    for (size_t i = 0; i < anchor->clock.count; i++) {
        ess_sid_print(anchor->clock.life[i].sid, sid);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %lld\n", sid,
                                (long long)anchor->clock.life[i].base_ms);
    }
    return port_write_atomic(NULL, path, (ess_slice){text, len}, 0600);
}

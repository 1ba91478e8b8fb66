/* `ess json check FILE`: the codec's reader alone as a strict checker of RFC 8259, whatever the
 * nesting; no rule of the profile is asked. So a text that a peer refuses can be told from one
 * that is no JSON at all.
 */
#include "cli/json_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decode.h"
#include "config/refusal.h"
#include "ess/json.h"

enum { FIRST_ROOM = 1 << 16 };

static void find_line(ess_slice text, size_t offset, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        bool is_new = text.ptr[i] == '\n';
        *line += is_new;
        *column = is_new ? 1 : *column + 1;
    }
}

static int say_refused(const cli *c, const char *name, ess_slice text, const ess_fault *fault)
{
    const ess_model_error *entry = ess_model_error_of(fault->err);
    const char *words = config_refusal_words_of(fault->what, c->chinese);
    size_t line = 0;
    size_t column = 0;
    find_line(text, fault->offset, &line, &column);
    if (c->in.json) {
        (void)fprintf(c->out,
                      "{\"accepted\":false,\"id\":\"%s\",\"offset\":%" PRIu32
                      ",\"line\":%zu,\"column\":%zu,\"what\":\"%s\"}\n",
                      entry->id, fault->offset, line, column, words);
        return CLI_REFUSED;
    }
    (void)fprintf(c->err, cli_say(c, "refused: %s [%s]\n", "被拒绝：%s [%s]\n"), words, entry->id);
    (void)fprintf(c->err,
                  cli_say(c, "%s byte %" PRIu32 " (line %zu, byte %zu of it):\n",
                          "%s 字节 %" PRIu32 "（第 %zu 行，行内第 %zu 字节）：\n"),
                  name, fault->offset, line, column);
    decode_print_caret(c, text, fault->offset);
    (void)fprintf(c->err, "  %s\n", ess_model_say(entry->mend, c->chinese));
    return CLI_REFUSED;
}

int json_check_text(const cli *c, const char *name, ess_slice text)
{
    ess_json_reader reader;
    ess_json_token token = {.type = ESS_JSON_NULL};
    ess_err err = ESS_OK;
    size_t count = text.len / 64;
    uint64_t *levels = malloc(count * sizeof *levels + 1);
    if (levels == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "%s", name);
    ess_json_reader_init_deep(&reader, text, levels, (uint32_t)count);
    while (err == ESS_OK && token.type != ESS_JSON_END)
        err = ess_json_next(&reader, &token);
    free(levels);
    if (err != ESS_OK)
        return say_refused(c, name, text, &reader.fault);
    (void)fprintf(c->out, "%s\n",
                  c->in.json ? "{\"accepted\":true}" : cli_say(c, "accepted", "接受"));
    return CLI_OK;
}

/* All of the file; *text is to be freed. ESS_E_TOO_LARGE: offsets would not fit 32 bits. */
static ess_err read_all(FILE *file, char **text, size_t *len)
{
    size_t room = 0;
    size_t got = 0;
    *len = 0;
    *text = NULL;
    do {
        if (*len == room) {
            room = room == 0 ? FIRST_ROOM : room * 2;
            char *more = room <= UINT32_MAX ? realloc(*text, room) : NULL;
            if (more == NULL)
                return ESS_E_TOO_LARGE;
            *text = more;
        }
        got = fread(*text + *len, 1, room - *len, file);
        *len += got;
    } while (got > 0);
    return ferror(file) ? ESS_E_IO : ESS_OK;
}

int cli_json(const cli *c)
{
    const char *name = c->in.words.count > 1 ? c->in.words.items[1] : "-";
    char *text = NULL;
    size_t len = 0;
    if (strcmp(c->in.words.items[0], "check") != 0)
        return cli_fail(c, CLI_USAGE, "cli-usage", "ess json check [FILE|-]");
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (file == NULL)
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    int code = CLI_OK;
    ess_err err = read_all(file, &text, &len);
    if (err == ESS_E_IO)
        code = cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    else if (err != ESS_OK)
        code = cli_fail(c, CLI_REFUSED, "too-large", "%s", name);
    else
        code = json_check_text(c, name, (ess_slice){text, len});
    if (file != stdin)
        (void)fclose(file);
    free(text);
    return code;
}

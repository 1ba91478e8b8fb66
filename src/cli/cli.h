/* What the subcommands of `ess` share: the words given, the language, and how they end. */
#ifndef ESS_CLI_CLI_H
#define ESS_CLI_CLI_H

#include <stdio.h>

#include "cli/options.h"
#include "ess/model.h"

/* Exit codes; the names stay. */
enum cli_exit {
    CLI_OK = 0,
    CLI_NO = 1,           /* a negative answer: not found, not done, ledger and history differ */
    CLI_USAGE = 2,        /* wrong use of the command line */
    CLI_REFUSED = 65,     /* input refused */
    CLI_UNREACHABLE = 69, /* the hub cannot be reached */
    CLI_AGAIN = 75,       /* not now; try again */
    CLI_FORBIDDEN = 77    /* not logged in, or not permitted */
};

typedef struct cli {
    cli_input in;
    bool chinese;
    FILE *out, *err; /* not owned */
} cli;

/* True for "zh", "zh-CN", "zh_CN.UTF-8". NULL: false. */
bool cli_is_chinese(const char *language);

/* Says on err what is wrong: the catalogue's text of that id with the detail (printf-like), and
 * how to mend it; as one JSON object with --json. Returns code. */
int cli_fail(const cli *c, int code, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One text in the language chosen. */
static inline const char *cli_say(const cli *c, const char *en, const char *zh)
{
    return c->chinese ? zh : en;
}

/* The subcommands; each returns an exit code. */
int cli_login(const cli *c);
int cli_watch(const cli *c);
int cli_get(const cli *c);
int cli_command(const cli *c);
int cli_decode(const cli *c);
int cli_key(const cli *c);
int cli_explain(const cli *c);
int cli_json(const cli *c);
int cli_audit(const cli *c);
int cli_model(const cli *c);
int cli_check(const cli *c);
int cli_encode(const cli *c);

/* The whole program. out and err stay the caller's. */
int cli_run(int argc, char **argv, FILE *out, FILE *err);

#endif

/* Command line options: one table for the whole program; parsing, checks and help follow it. */
#ifndef ESS_CLI_OPTIONS_H
#define ESS_CLI_OPTIONS_H

#include <stdio.h>

#include "ess/base.h"

typedef struct cli_list {
    const char **items; /* borrowed texts */
    size_t count;
} cli_list;

/* Everything that can be said on the command line. Texts are borrowed from argv. */
typedef struct cli_input {
    bool help, json;
    const char *lang, *hub, *token_file; /* NULL: not said */
    const char *user, *password_file;
    const char *from, *to, *after, *topic, *model;
    const char *type, *sid, *code, *by, *app, *d;
    int64_t n, t, ts, exp; /* 0: not said */
    int64_t rev;           /* -1: not said */
    int64_t count, seconds; /* 0: without end */
    int64_t limit;
    int64_t ttl_s;
    bool wait, no_wait, killed;
    const char *majors, *signed_classes, *sign, *pack;
    cli_list ledgers, keys;
    cli_list words; /* what is not an option */
} cli_input;

/* Who may use an option: bits of cli_option.users, one a subcommand. */
enum cli_user {
    CLI_FOR_LOGIN = 1 << 0,
    CLI_FOR_WATCH = 1 << 1,
    CLI_FOR_GET = 1 << 2,
    CLI_FOR_COMMAND = 1 << 3,
    CLI_FOR_DECODE = 1 << 4,
    CLI_FOR_EXPLAIN = 1 << 5,
    CLI_FOR_AUDIT = 1 << 6,
    CLI_FOR_MODEL = 1 << 7,
    CLI_FOR_JSON = 1 << 8,
    CLI_FOR_KEY = 1 << 9,
    CLI_FOR_CHECK = 1 << 10,
    CLI_FOR_ENCODE = 1 << 11,
    CLI_FOR_ALL = 0x7FFFFFFF,
    CLI_FOR_HUB = CLI_FOR_LOGIN | CLI_FOR_WATCH | CLI_FOR_GET | CLI_FOR_COMMAND | CLI_FOR_AUDIT
};

typedef struct cli_problem {
    const char *id; /* of the error catalogue */
    char detail[160];
} cli_problem;

/* Reads the words after the subcommand. user: the one bit of the subcommand. "--name value" and
 * "--name=value"; "--" ends the options; options and words may mix.
 * Returns ESS_OK; ESS_E_CONFIG with *problem; *out is to be given to cli_input_free in any case. */
ess_err cli_input_parse(int argc, char **argv, unsigned user, cli_input *out,
                        cli_problem *problem);
void cli_input_free(cli_input *input);

/* Prints the options of a subcommand, aligned. */
void cli_options_help(FILE *out, unsigned user, bool chinese);

/* A whole decimal number, nothing else. ESS_E_NUMBER. */
ess_err cli_parse_integer(const char *text, int64_t *out);

#endif

/* The rules of Profile 1 as the document states them; made at build time (make_rules.py). */
#ifndef ESS_CLI_RULES_H
#define ESS_CLI_RULES_H

#include "ess/model.h"

typedef struct cli_rule {
    const char *id;     /* "ENV-05" */
    const char *class;  /* S the standard's, P the profile's, R advice; "S/P" */
    const char *clause; /* of the standard, "7.1 8.1 9.1"; "": none */
    ess_model_text text;
} cli_rule;

extern const cli_rule cli_rules[]; /* sorted by id */
extern const size_t cli_rule_count;

#endif

/* The rules of Profile 1 as the document states them; made at build time (make_rules.py). */
#ifndef ESS_CHECK_RULES_H
#define ESS_CHECK_RULES_H

#include "ess/model.h"

typedef struct check_rule {
    const char *id;     /* "ENV-05" */
    const char *class;  /* S the standard's, P the profile's, R advice; "S/P" */
    const char *clause; /* of the standard, "7.1 8.1 9.1"; "": none */
    ess_model_text text;
} check_rule;

extern const check_rule check_rules[]; /* sorted by id */
extern const size_t check_rule_count;

#endif

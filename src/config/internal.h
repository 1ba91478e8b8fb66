/* Between the files of this room: problems found, and reading one value. Only config.c knows
 * libfyaml. */
#ifndef ESS_CONFIG_INTERNAL_H
#define ESS_CONFIG_INTERNAL_H

#include "config/config.h"

#define CONFIG_NAME_MAX    160 /* bytes of a full name such as "devices[12].bus.host", with NUL */
#define CONFIG_PROBLEM_MAX 64  /* problems kept; the rest is not looked for */
#define CONFIG_FILE_MAX    262144 /* bytes of a configuration file */

/* Text built piece by piece in the caller's room; always NUL-terminated, cut when full. */
typedef struct config_text {
    char *room;
    size_t size, len;
} config_text;

void config_add(config_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What stands in the file, quoted when it is text, short and without control characters. */
void config_add_shown(config_text *text, ess_slice value);

/* Kinds of problems; each is an id of the error catalogue and a template in both languages. */
typedef enum config_issue {
    CONFIG_UNKNOWN_KEY,
    CONFIG_MISSING_KEY,
    CONFIG_RANGE,
    CONFIG_TYPE,
    CONFIG_BAD_CHOICE,
    CONFIG_SYNTAX,
    CONFIG_DUPLICATE_KEY,
    CONFIG_NOT_FOUND,
    CONFIG_LENGTH,
    CONFIG_LIST_LENGTH
} config_issue;

typedef struct config_problem {
    config_issue issue;
    uint32_t line, column; /* from 1; 0: the file as a whole */
    char name[CONFIG_NAME_MAX];
    char got[120];         /* what stands there, or a detail; as the template wants it */
    char allowed[240];     /* what would be right */
} config_problem;

typedef struct config_problems {
    const char *file;
    bool chinese;
    size_t count;
    config_problem list[CONFIG_PROBLEM_MAX];
} config_problems;

/* A new problem to fill in, all zero but the given; the last one is reused when the list is full.
 * Lifetime: the list's. */
config_problem *config_problem_add(config_problems *problems, config_issue issue,
                                   const char *name);
/* Writes all, in the order of the file, one a line; what does not fit is counted in a last line. */
void config_problems_print(config_problems *problems, config_text *out);

/* Says what key may hold: "a whole number from 1 to 65535". */
void config_add_expected(config_text *text, const config_key *key, bool chinese);

/* A scalar as it stands in the file. */
typedef struct config_scalar {
    ess_slice text;
    bool plain;       /* neither quoted nor a block */
    bool alias;       /* "*name": refused */
    const char *file; /* relative paths start from its folder */
} config_scalar;

/* Reads the scalar into field as key says. ESS_E_CONFIG: field is untouched, *issue tells. */
ess_err config_read_value(const config_key *key, const config_scalar *scalar, void *field,
                          config_issue *issue);

/* The known name nearest to an unknown one, edit distance at most 3; NULL when none is. Names of
 * groups and lists count too. room holds the name found. */
const char *config_nearest(const config_schema *schema, const char *name,
                           char room[static CONFIG_NAME_MAX]);

#endif

/* The JSON object in a request's body, read against a table of its members. Unknown, missing and
 * repeated members are refused by name. */
#ifndef ESS_HUB_HTTP_BODY_H
#define ESS_HUB_HTTP_BODY_H

#include "codec/json.h"

typedef enum body_kind { BODY_TEXT, BODY_INTEGER, BODY_OBJECT } body_kind;

typedef struct body_member {
    const char *name;
    body_kind kind;
    bool required;
    char *room;       /* TEXT: gets it, unescaped, NUL-terminated */
    size_t room_size; /* TEXT: bounds it */
    int64_t min, max; /* INTEGER */
    /* results */
    bool given;
    ess_slice text; /* TEXT: in room. OBJECT: raw, in the body */
    int64_t number; /* INTEGER */
} body_member;

#define BODY_WHY_MAX 160

/* On failure why (BODY_WHY_MAX bytes, English) names the member and what is allowed.
 * ESS_E_JSON_SYNTAX, ESS_E_JSON_DEPTH, ESS_E_UTF8 for what is no JSON, else ESS_E_DATA. */
ess_err http_body_read(ess_slice body, body_member *members, size_t count,
                       char why[static BODY_WHY_MAX]);

#endif

/* A JSON object from outside, read against a table of its members: a request's body, a command's
 * arguments. Unknown, missing and repeated members are refused by name. */
#ifndef ESS_HUB_HTTP_BODY_H
#define ESS_HUB_HTTP_BODY_H

#include "ess/json.h"

typedef enum body_kind { BODY_TEXT, BODY_NUMBER, BODY_INTEGER, BODY_BOOL, BODY_OBJECT } body_kind;

typedef struct body_member {
    const char *name;
    body_kind kind;
    bool required;
    char *room;              /* TEXT: gets it, unescaped, NUL-terminated; NULL: only looked at */
    size_t room_size;        /* TEXT with room: bounds it */
    ess_decimal least, most; /* NUMBER, INTEGER: inclusive */
    const char *unit;        /* NUMBER, INTEGER: said with the bounds; NULL: none */
    /* results */
    bool given;
    ess_slice text; /* TEXT: in room. OBJECT: raw, in the body */
    int64_t number; /* INTEGER */
} body_member;

typedef struct body_form {
    body_member *members;
    size_t count;
    bool chinese; /* language of what is wrong */
} body_form;

#define BODY_WHY_MAX 192

/* On failure why (BODY_WHY_MAX bytes) names the member and what is allowed. ESS_E_JSON_SYNTAX,
 * ESS_E_JSON_DEPTH, ESS_E_UTF8 for what is no JSON, else ESS_E_DATA. */
ess_err http_body_read(ess_slice body, const body_form *form, char why[static BODY_WHY_MAX]);

#endif

/* Reading a word: an object whose members a table knows by name, instead of a chain of comparisons.
 * What the table does not know is ignored [ENV-35]. Private to this room.
 */
#ifndef ESS_SESSION_WORD_H
#define ESS_SESSION_WORD_H

#include "ess/json.h"

typedef struct ess_word_member {
    const char *name;
    /* Takes the value that token begins. */
    ess_err (*take)(void *out, ess_json_reader *reader, const ess_json_token *token);
    const char *rule; /* broken when it cannot be taken; NULL: the form's */
    const char *many; /* broken when it holds too many; NULL: rule */
} ess_word_member;

typedef struct ess_word_form {
    const char *rule; /* broken when the form is not met, and no member's own rule is */
    const char *what; /* a right one, in English */
    const ess_word_member *members;
    size_t count;
} ess_word_form;

/* Gives each member that the form knows to its function. fault may be NULL. */
ess_err ess_word_read(const ess_word_form *form, ess_slice text, void *out, ess_fault *fault);
/* Refuses by rule what could be read and is still wrong: a member that is missing, or two that
 * contradict each other. Returns ESS_E_DATA. */
ess_err ess_word_refuse(ess_fault *fault, const ess_word_form *form, const char *rule);
/* A text without escapes; ESS_E_DATA. */
ess_err ess_word_text(const ess_json_token *token, ess_slice *out);
/* A whole number from 0 to most; ESS_E_NUMBER, ESS_E_DATA. */
ess_err ess_word_small(const ess_json_token *token, int64_t most, int64_t *out);

#endif

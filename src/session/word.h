/* Reading a word: an object whose members a table knows by name, instead of a chain of comparisons.
 * What the table does not know is ignored [ENV-35]. Writing one: members by name. Private to this
 * room.
 */
#ifndef ESS_SESSION_WORD_H
#define ESS_SESSION_WORD_H

#include "ess/message.h"

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

/* A sid of 16 lower-case hex digits, copied with a NUL; ESS_E_DATA and others, room untouched. */
ess_err ess_word_sid(const ess_json_token *token, char room[static ESS_SID_LEN + 1]);

/* Begins an envelope and the object that is its d; ESS_E_ENVELOPE as ess_envelope_begin. Behind d
 * the caller ends the envelope. */
ess_err ess_word_begin(ess_json_writer *writer, const ess_envelope *around);
/* A member; _if: left out if it is empty. */
void ess_word_put_int(ess_json_writer *writer, const char *name, int64_t value);
void ess_word_put_text(ess_json_writer *writer, const char *name, ess_slice text);
void ess_word_put_text_if(ess_json_writer *writer, const char *name, ess_slice text);
void ess_word_put_raw_if(ess_json_writer *writer, const char *name, ess_slice raw);

#endif

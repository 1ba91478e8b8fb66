/* JSON as a stream of tokens: a strict RFC 8259 pull reader and a writer, no allocation, no
 * recursion, no locale. A DOM was rejected: it costs an allocation a value and does not fit a
 * microcontroller.
 */
#ifndef ESS_JSON_H
#define ESS_JSON_H

#include "ess/base.h"
#include "ess/decimal.h"
#include "ess/limits.h"

ESS_BEGIN_C

/* ---- reading */

typedef enum ess_json_type {
    ESS_JSON_END, /* the text is over and was well-formed */
    ESS_JSON_OBJECT_BEGIN,
    ESS_JSON_OBJECT_END,
    ESS_JSON_ARRAY_BEGIN,
    ESS_JSON_ARRAY_END,
    ESS_JSON_KEY,
    ESS_JSON_STRING,
    ESS_JSON_NUMBER,
    ESS_JSON_TRUE,
    ESS_JSON_FALSE,
    ESS_JSON_NULL
} ess_json_type;

typedef struct ess_json_token {
    ess_json_type type;
    bool escaped;    /* KEY, STRING: text holds backslash escapes; see ess_json_unescape */
    ess_slice text;  /* its bytes, without the quotes of a string; borrowed from the text */
    uint32_t offset; /* of the token's first byte (the quote, for a string) */
} ess_json_token;

/* fault may be read; all else is private. */
typedef struct ess_json_reader {
    const char *begin, *cur, *end;
    uint64_t containers; /* bit per open level, the innermost lowest: 1 object, 0 array */
    uint64_t *levels;    /* lent for more than 64 levels */
    uint32_t depth, depth_max;
    uint8_t expect;  /* what may come next */
    ess_fault fault; /* set once, by the first error; offset counts from the text's first byte */
} ess_json_reader;

/* Starts reading text: one JSON value, with space around it or not, shorter than 4 GiB.
 * Lifetime: text must stay, unchanged, while the reader or its tokens are used. */
void ess_json_reader_init(ess_json_reader *reader, ess_slice text);

/* As ess_json_reader_init, for JSON that is no message: nested up to 64 x (count + 1) levels deep
 * instead of ESS_JSON_DEPTH_MAX. levels: the caller's room of count words (NULL for 0), which must
 * outlive the reader's use; a word for every 64 bytes of text is always enough. */
void ess_json_reader_init_deep(ess_json_reader *reader, ess_slice text, uint64_t *levels,
                               uint32_t count);

/* Next token; commas and colons are none. Every byte of the text is checked (syntax, UTF-8,
 * escapes, surrogate pairs) before ESS_JSON_END is given, and not all of it before: whoever stops
 * earlier has not checked the rest. Duplicate names are not looked for: see ess_envelope_parse.
 * Returns ESS_E_JSON_SYNTAX, ESS_E_JSON_DEPTH (more levels than were lent, by default than
 * ESS_JSON_DEPTH_MAX), ESS_E_UTF8; *token is undefined then, reader->fault tells where and why, and
 * every further call returns the same. Behind ESS_JSON_END it is given again.
 * Cost: linear in all calls together. Spec: ENV-01, ENV-08. */
ess_err ess_json_next(ess_json_reader *reader, ess_json_token *token);

/* Reads on to the end of the value of which *first is the first token and the last one given.
 * raw: gets the value's whole text, quotes and brackets included; may be NULL. Of a scalar nothing
 * more is read. first must not be KEY, END or the end of a container.
 * Returns the errors of ess_json_next. Lifetime: *raw borrows from the text. */
ess_err ess_json_skip(ess_json_reader *reader, const ess_json_token *first, ess_slice *raw);

/* Text of a KEY or STRING with its escapes resolved, UTF-8, no NUL added (a text may hold one). It
 * is never longer than token->text.
 * Returns ESS_E_NO_ROOM, room and *len untouched. Cost: linear. */
ess_err ess_json_unescape(const ess_json_token *token, char *room, size_t room_size, size_t *len);

/* True when the text of a KEY or STRING, escapes resolved, is the ASCII text given. */
bool ess_json_text_is(const ess_json_token *token, const char *ascii);

/* Whole number in [-2^63, 2^63-1]: a NUMBER without fraction ("1e3" and "2.0" are whole too), or a
 * STRING of digits [ENV-07: integers beyond 2^53 travel as strings].
 * Returns ESS_E_NUMBER for any other token. */
ess_err ess_json_integer(const ess_json_token *token, int64_t *out);

/* As ess_json_integer, in [0, 2^64-1]. */
ess_err ess_json_unsigned(const ess_json_token *token, uint64_t *out);

/* The double nearest to a NUMBER: see ess_double_parse. ESS_E_NUMBER for any other token, and
 * beyond the largest double. */
ess_err ess_json_to_double(const ess_json_token *token, double *out);

/* ---- writing */

/* Writer into the caller's room. The first error sticks and is given by ess_json_finish, so calls
 * need not be looked at one by one; nothing is ever written past the end. Commas and colons are the
 * writer's business. len may be read (bytes written so far); all else is private. */
typedef struct ess_json_writer {
    char *room;
    size_t size, len;
    uint64_t comma; /* bit per level: a value has been written */
    uint8_t depth;
    bool after_key;
    ess_err err;
} ess_json_writer;

/* room: room_size bytes, the caller's, until ess_json_finish. room_size may be 0. */
void ess_json_writer_init(ess_json_writer *writer, char *room, size_t room_size);

/* Containers, at most ESS_JSON_DEPTH_MAX in each other. Which bracket closes which is not checked:
 * that is the caller's own text. */
void ess_json_object_begin(ess_json_writer *writer);
void ess_json_object_end(ess_json_writer *writer);
void ess_json_array_begin(ess_json_writer *writer);
void ess_json_array_end(ess_json_writer *writer);

/* Name of the member whose value comes next. name: ASCII without quote, backslash and controls; it
 * is not checked, nor whether the object has it already. */
void ess_json_key(ess_json_writer *writer, const char *name);

/* As ess_json_key, for any UTF-8, escaped as needed. */
void ess_json_key_text(ess_json_writer *writer, ess_slice name);

/* A string: UTF-8, escaped as needed. */
void ess_json_text(ess_json_writer *writer, ess_slice text);

/* A number, exact [DAT-04]. */
void ess_json_decimal(ess_json_writer *writer, ess_decimal value);

/* A whole number; beyond +-2^53 as a string [ENV-07]. */
void ess_json_int(ess_json_writer *writer, int64_t value);
void ess_json_uint(ess_json_writer *writer, uint64_t value);

/* Fewest digits that read back as value: see ess_double_print. ESS_E_NUMBER sticks for an infinity
 * and NaN. */
void ess_json_double(ess_json_writer *writer, double value);

/* true, false; null (of a value: it is invalid now). */
void ess_json_bool(ess_json_writer *writer, bool value);
void ess_json_null(ess_json_writer *writer);

/* One whole value that is already JSON (e.g. a d kept in an outbox); not checked again. */
void ess_json_raw(ess_json_writer *writer, ess_slice value);

/* The end. *len: bytes of the text; no NUL is written.
 * Returns the first error: ESS_E_NO_ROOM, ESS_E_JSON_DEPTH, ESS_E_UTF8 (a text that is not),
 * ESS_E_NUMBER (a double that JSON has no number for), ESS_E_STATE (not one whole value: a member
 * without name or value, a container not closed, a second value). *len untouched then. */
ess_err ess_json_finish(const ess_json_writer *writer, size_t *len);

ESS_END_C

#endif

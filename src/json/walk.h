/* Finding things in JSON that is at hand as text, numbers kept as they stand. A DOM library was
 * rejected: it would turn 56.3 into a double on the way to the screen.
 */
#ifndef ESS_JSON_WALK_H
#define ESS_JSON_WALK_H

#include "ess/json.h"

/* Walks an array's elements or an object's members. Stops at the end or at ill-formed text. */
typedef struct walk {
    ess_json_reader reader;
    bool object, alive;
} walk;

/* value: one JSON value; anything but an array or object has no items. */
void walk_begin(walk *w, ess_slice value);
/* Next item as raw text; *key (may be NULL) is its name in an object, escapes unresolved. */
bool walk_next(walk *w, ess_slice *key, ess_slice *raw);

/* Raw text of a member; false when there is none. */
bool walk_member(ess_slice object, const char *name, ess_slice *raw);
/* Member that is a string, as walk_plain gives it; false (and an empty room) when there is none. */
bool walk_text(ess_slice object, const char *name, char *room, size_t room_size);
/* Member that is a whole number (or a string of digits); false when there is none. */
bool walk_integer(ess_slice object, const char *name, int64_t *out);
bool walk_is_true(ess_slice object, const char *name);

/* One JSON string unescaped; any other value as it stands. For people: control characters become
 * '.', so that no device or hub writes to a terminal. NUL-terminated; cut off at the end. */
void walk_plain(ess_slice raw, char *room, size_t room_size);
/* First token of a raw value; false when ill-formed. */
bool walk_token(ess_slice raw, ess_json_token *token);

#endif

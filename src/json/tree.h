/* A JSON text as a tree, for files that people write: read once, looked into at leisure, and
 * printed in the canonical form of RFC 8785 (members sorted) that hashes are taken of [MOD-03].
 *
 * Built on the codec's reader, so that it is as strict. jansson was rejected: it would be a new
 * dependency for a hundred lines, and tells no byte offsets of what it has read.
 */
#ifndef ESS_JSON_TREE_H
#define ESS_JSON_TREE_H

#include "ess/json.h"
#include "json/arena.h"

#define TREE_MEMBERS_MAX 64 /* of one object */

typedef struct tree_node {
    ess_json_type type; /* OBJECT_BEGIN, ARRAY_BEGIN, STRING, NUMBER, TRUE, FALSE, NULL */
    const char *key;    /* of a member of an object, unescaped; else "" */
    const char *text;   /* STRING: unescaped; NUMBER: as it stands; else "" */
    uint32_t offset;    /* of its first byte in the text */
    uint32_t count;     /* members or elements */
    struct tree_node *parent, *child, *next; /* members: sorted by key; NULL: none */
} tree_node;

/* Reads text; the tree lives as long as memory and does not need text any more.
 * Returns the codec reader's errors, ESS_E_EXISTS (a member twice), ESS_E_DATA (a NUL in a text),
 * ESS_E_TOO_LARGE (more members than TREE_MEMBERS_MAX), ESS_E_NO_ROOM (no memory); *fault tells
 * where. */
ess_err tree_parse(ess_slice text, arena *memory, const tree_node **out, ess_fault *fault);

/* The member of that name; NULL: none, or node is no object. node may be NULL. */
const tree_node *tree_member(const tree_node *node, const char *name);

/* Writes node as one value: no spaces, members sorted, numbers as they stand. Its length is at
 * most that of the text it was read from. */
void tree_print(const tree_node *node, ess_json_writer *writer);

#endif

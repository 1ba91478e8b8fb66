#include "json/tree.h"

#include <string.h>

#include "codec/try.h"

typedef struct builder {
    ess_json_reader reader;
    arena *memory;
    tree_node *open; /* the innermost object or array that is not closed yet */
    tree_node *last; /* its youngest element, for arrays */
    const char *key; /* of the member whose value comes next */
    ess_fault *fault;
} builder;

static ess_err refuse(builder *b, ess_err err, uint32_t offset, const char *what)
{
    *b->fault = (ess_fault){err, offset, "", what};
    return err;
}

/* The text of a key, string or number, NUL-terminated. */
static ess_err keep_text(builder *b, const ess_json_token *token, const char **out)
{
    size_t len = token->text.len;
    char *room = arena_take(b->memory, len + 1);
    if (room == NULL)
        return refuse(b, ESS_E_NO_ROOM, token->offset, "no memory");
    if (token->type == ESS_JSON_NUMBER)
        memcpy(room, token->text.ptr, len);
    else
        TRY(ess_json_unescape(token, room, len + 1, &len));
    room[len] = '\0';
    if (strlen(room) != len)
        return refuse(b, ESS_E_DATA, token->offset, "a NUL in a text");
    *out = room;
    return ESS_OK;
}

/* Puts a member where the order of names wants it. */
static ess_err add_member(builder *b, tree_node *node)
{
    tree_node **at = &b->open->child;
    if (b->open->count >= TREE_MEMBERS_MAX)
        return refuse(b, ESS_E_TOO_LARGE, node->offset, "too many members in one object");
    while (*at != NULL && strcmp((*at)->key, node->key) < 0)
        at = &(*at)->next;
    if (*at != NULL && strcmp((*at)->key, node->key) == 0)
        return refuse(b, ESS_E_EXISTS, node->offset, "a member stands twice in one object");
    node->next = *at;
    *at = node;
    return ESS_OK;
}

static ess_err add_node(builder *b, const ess_json_token *token, tree_node **out)
{
    tree_node *node = arena_take(b->memory, sizeof *node);
    if (node == NULL)
        return refuse(b, ESS_E_NO_ROOM, token->offset, "no memory");
    *node = (tree_node){
        .type = token->type, .key = b->key, .text = "", .offset = token->offset, .parent = b->open};
    if (token->type == ESS_JSON_STRING || token->type == ESS_JSON_NUMBER)
        TRY(keep_text(b, token, &node->text));
    if (b->open != NULL && b->open->type == ESS_JSON_OBJECT_BEGIN)
        TRY(add_member(b, node));
    else if (b->open != NULL && b->last != NULL)
        b->last->next = node;
    else if (b->open != NULL)
        b->open->child = node;
    if (b->open != NULL)
        b->open->count++;
    b->last = node;
    b->key = "";
    *out = node;
    return ESS_OK;
}

static ess_err take_token(builder *b, const ess_json_token *token, tree_node **root)
{
    tree_node *node;
    if (token->type == ESS_JSON_KEY)
        return keep_text(b, token, &b->key);
    if (token->type == ESS_JSON_OBJECT_END || token->type == ESS_JSON_ARRAY_END) {
        b->last = b->open;
        b->open = b->open->parent;
        return ESS_OK;
    }
    TRY(add_node(b, token, &node));
    if (*root == NULL)
        *root = node;
    if (node->type == ESS_JSON_OBJECT_BEGIN || node->type == ESS_JSON_ARRAY_BEGIN) {
        b->open = node;
        b->last = NULL;
    }
    return ESS_OK;
}

ess_err tree_parse(ess_slice text, arena *memory, const tree_node **out, ess_fault *fault)
{
    builder b = {.memory = memory, .key = "", .fault = fault};
    tree_node *root = NULL;
    ess_json_token token;
    ess_json_reader_init(&b.reader, text);
    for (;;) {
        ess_err err = ess_json_next(&b.reader, &token);
        if (err != ESS_OK) {
            *fault = b.reader.fault;
            return err;
        }
        if (token.type == ESS_JSON_END)
            break;
        TRY(take_token(&b, &token, &root));
    }
    *out = root;
    return ESS_OK;
}

const tree_node *tree_member(const tree_node *node, const char *name)
{
    if (node == NULL || node->type != ESS_JSON_OBJECT_BEGIN)
        return NULL;
    for (const tree_node *member = node->child; member != NULL; member = member->next) {
        if (strcmp(member->key, name) == 0)
            return member;
    }
    return NULL;
}

static void print_begin(const tree_node *node, bool is_member, ess_json_writer *w)
{
    if (is_member)
        ess_json_key_text(w, ess_slice_from(node->key));
    switch (node->type) {
    case ESS_JSON_OBJECT_BEGIN:
        ess_json_object_begin(w);
        return;
    case ESS_JSON_ARRAY_BEGIN:
        ess_json_array_begin(w);
        return;
    case ESS_JSON_STRING:
        ess_json_text(w, ess_slice_from(node->text));
        return;
    case ESS_JSON_NUMBER:
        ess_json_raw(w, ess_slice_from(node->text));
        return;
    case ESS_JSON_NULL:
        ess_json_null(w);
        return;
    default:
        ess_json_bool(w, node->type == ESS_JSON_TRUE);
        return;
    }
}

static void print_end(const tree_node *node, ess_json_writer *w)
{
    if (node->type == ESS_JSON_OBJECT_BEGIN)
        ess_json_object_end(w);
    else if (node->type == ESS_JSON_ARRAY_BEGIN)
        ess_json_array_end(w);
}

void tree_print(const tree_node *node, ess_json_writer *writer)
{
    const tree_node *at = node;
    print_begin(at, false, writer);
    for (;;) {
        if (at->child != NULL) {
            at = at->child;
        } else {
            print_end(at, writer);
            while (at != node && at->next == NULL) {
                at = at->parent;
                print_end(at, writer);
            }
            if (at == node)
                return;
            at = at->next;
        }
        print_begin(at, at->parent->type == ESS_JSON_OBJECT_BEGIN, writer);
    }
}

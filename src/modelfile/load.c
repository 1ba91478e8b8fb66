#include "modelfile/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "modelfile/read.h"
#include "store/seal.h"

#define FILE_MAX 8388608 /* bytes of one file of a model; ours has 300 KiB */

void model_builtin(model_set *out)
{
    *out = (model_set){.id = ess_model_id,
                       .version = ess_model_version,
                       .objects = ess_model_objects,
                       .object_count = ess_model_object_count,
                       .commands = ess_model_commands,
                       .command_count = ess_model_command_count,
                       .alarms = ess_model_alarms,
                       .alarm_count = ess_model_alarm_count,
                       .results = ess_model_results,
                       .result_count = ess_model_result_count};
    (void)snprintf(out->hash, sizeof out->hash, "%s", ess_model_hash);
}

const ess_model_object *model_object_of(const model_set *set, const char *kind)
{
    for (size_t i = 0; set != NULL && i < set->object_count; i++) {
        if (strcmp(set->objects[i].kind, kind) == 0)
            return &set->objects[i];
    }
    return NULL;
}

bool model_has_point(const model_set *set, const model_set *base, const char *kind,
                     const char *name)
{
    ess_slice wanted = ess_slice_from(name);
    return ess_model_point_of(model_object_of(set, kind), wanted) != NULL ||
           ess_model_point_of(model_object_of(base, kind), wanted) != NULL;
}

/* The root of a file; NULL, and told. */
static const tree_node *read_file(model_reader *r, const char *path)
{
    const tree_node *root = NULL;
    ess_fault fault = {0};
    struct stat status;
    bool fits = stat(path, &status) == 0 && status.st_size < FILE_MAX;
    size_t size = fits ? (size_t)status.st_size : 0;
    FILE *file = fopen(path, "re");
    char *text = arena_take(r->memory, size + 1);
    r->file = path;
    r->text = (ess_slice){0};
    if (file == NULL || text == NULL) {
        model_tell(r, NULL, MODEL_NO_FILE, "%s", strerror(errno));
    } else {
        r->text = (ess_slice){text, fread(text, 1, size + 1, file)};
        r->bytes += r->text.len;
        if (ferror(file) != 0)
            model_tell(r, NULL, MODEL_NO_FILE, "%s", strerror(errno));
        else if (r->text.len > size)
            model_tell(r, NULL, MODEL_TOO_MANY, "> %d", FILE_MAX);
        else if (tree_parse(r->text, r->memory, &root, &fault) != ESS_OK)
            model_tell_fault(r, &fault);
    }
    if (file != NULL)
        (void)fclose(file);
    return root;
}

/* [MOD-03] First digits of the SHA-256 of the canonical form. */
static void hash_of(model_reader *r, const tree_node *const *roots, const char *const *names,
                    size_t count)
{
    char digits[STORE_HASH_MAX];
    size_t len = 0;
    size_t size = r->bytes + 64; /* no value grows; 64: the names and brackets around four */
    char *room = arena_take(r->memory, size);
    ess_json_writer w;
    if (room == NULL) {
        model_tell(r, NULL, MODEL_TOO_MANY, "memory");
        return;
    }
    ess_json_writer_init(&w, room, size);
    if (names != NULL)
        ess_json_object_begin(&w);
    for (size_t i = 0; i < count; i++) {
        if (names != NULL)
            ess_json_key(&w, names[i]);
        tree_print(roots[i], &w);
    }
    if (names != NULL)
        ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        model_tell(r, NULL, MODEL_TOO_MANY, "hash");
    store_sha256((ess_slice){room, len}, digits);
    (void)snprintf(r->set.hash, sizeof r->set.hash, "%.*s", MODEL_HASH_LEN, digits);
}

enum { HEAD_ID, HEAD_VERSION, HEAD_OBJECTS, HEAD_COMMANDS, HEAD_ALARMS, HEAD_EXTENDS, HEAD_FIELDS };
static const model_field head_fields[HEAD_FIELDS] = {
    {"id", ESS_JSON_STRING, true},           {"version", ESS_JSON_STRING, true},
    {"objects", ESS_JSON_ARRAY_BEGIN, true}, {"commands", ESS_JSON_ARRAY_BEGIN, true},
    {"alarms", ESS_JSON_ARRAY_BEGIN, true},  {"extends", ESS_JSON_OBJECT_BEGIN, true},
};

static void take_name(model_reader *r, const tree_node *const *got)
{
    r->set.id = got[HEAD_ID]->text;
    r->set.version = got[HEAD_VERSION]->text;
    model_check_name(r, got[HEAD_ID], MODEL_ID);
    model_check_name(r, got[HEAD_VERSION], MODEL_VERSION);
}

static bool is_list(model_reader *r, const tree_node *node)
{
    if (node->type != ESS_JSON_ARRAY_BEGIN)
        model_tell(r, node, MODEL_WRONG_TYPE, "[]");
    return node->type == ESS_JSON_ARRAY_BEGIN;
}

/* One of the lists beside points.json; told and NULL where it is none. */
static const tree_node *read_list(model_reader *r, const char *folder, const char *name)
{
    static const char *const path_form = "%s/%s.json";
    size_t size = strlen(folder) + strlen(name) + 8;
    char *path = arena_take(r->memory, size);
    if (path == NULL) {
        model_tell(r, NULL, MODEL_TOO_MANY, "memory");
        return NULL;
    }
    (void)snprintf(path, size, path_form, folder, name);
    return read_file(r, path);
}

/* [MOD-02] A folder: the names sorted, as the canonical form wants them. */
static void read_folder(model_reader *r, const char *folder)
{
    enum { ALARMS, COMMANDS, POINTS, RESULTS, FILES };
    static const char *const names[FILES] = {"alarms", "commands", "points", "results"};
    static void (*const readers[FILES])(model_reader *, const tree_node *) = {
        model_read_alarms, model_read_commands, NULL, model_read_results};
    const tree_node *roots[FILES];
    const tree_node *got[HEAD_FIELDS];
    roots[POINTS] = read_list(r, folder, names[POINTS]);
    if (roots[POINTS] == NULL || !model_take(r, roots[POINTS], head_fields, HEAD_COMMANDS, got))
        return;
    take_name(r, got);
    model_read_objects(r, got[HEAD_OBJECTS]);
    for (size_t i = 0; i < FILES; i++) {
        if (i == POINTS)
            continue;
        roots[i] = read_list(r, folder, names[i]);
        if (roots[i] == NULL)
            return;
        if (is_list(r, roots[i]))
            readers[i](r, roots[i]);
    }
    hash_of(r, roots, names, FILES);
}

enum { BASE_ID, BASE_VERSION, BASE_HASH, BASE_FIELDS };
static const model_field base_fields[BASE_FIELDS] = {
    {"id", ESS_JSON_STRING, true},
    {"version", ESS_JSON_STRING, true},
    {"hash", ESS_JSON_STRING, true},
};

/* [MOD-17] Which content it was written for. */
static void check_base(model_reader *r, const tree_node *node)
{
    const tree_node *got[BASE_FIELDS];
    if (!model_take(r, node, base_fields, BASE_FIELDS, got))
        return;
    r->set.base_id = got[BASE_ID]->text;
    r->set.base_version = got[BASE_VERSION]->text;
    r->set.base_hash = got[BASE_HASH]->text;
    const char *const wanted[BASE_FIELDS] = {r->base->id, r->base->version, r->base->hash};
    for (size_t i = 0; i < BASE_FIELDS; i++) {
        if (strcmp(got[i]->text, wanted[i]) != 0)
            model_tell(r, got[i], MODEL_OTHER_BASE, "%s %s (%s)", base_fields[i].name, got[i]->text,
                       wanted[i]);
    }
}

/* [MOD-18] The maker is the first part of the extension's id: "acme" of "acme-x1". */
static void take_vendor(model_reader *r, const tree_node *id)
{
    size_t len = strspn(id->text, "abcdefghijklmnopqrstuvwxyz");
    if (len < 2 || len >= sizeof r->vendor || id->text[len] != '-') {
        model_tell(r, id, MODEL_BAD_NAME, "%s (acme-x1)", id->text);
        len = len < sizeof r->vendor ? len : sizeof r->vendor - 1;
    }
    memcpy(r->vendor, id->text, len);
    r->vendor[len] = '\0';
}

static void read_extension(model_reader *r, const char *path)
{
    const tree_node *got[HEAD_FIELDS];
    const tree_node *root = read_file(r, path);
    if (root == NULL || !model_take(r, root, head_fields, HEAD_FIELDS, got))
        return;
    take_name(r, got);
    take_vendor(r, got[HEAD_ID]);
    check_base(r, got[HEAD_EXTENDS]);
    model_read_objects(r, got[HEAD_OBJECTS]);
    model_read_commands(r, got[HEAD_COMMANDS]);
    model_read_alarms(r, got[HEAD_ALARMS]);
    hash_of(r, &root, NULL, 1);
}

ess_err model_load(const char *path, const model_set *base, const model_listener *listener,
                   arena *memory, model_set *out)
{
    struct stat status;
    bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    model_reader r = {.listener = listener,
                      .memory = memory,
                      .base = is_folder ? NULL : base,
                      .extends = !is_folder};
    if (!model_reader_init(&r))
        return ESS_E_NO_ROOM;
    if (is_folder)
        read_folder(&r, path);
    else
        read_extension(&r, path);
    model_reader_free(&r);
    if (r.problems > 0)
        return ESS_E_DATA;
    *out = r.set;
    return ESS_OK;
}

/* A point model as a program holds it: the one built in, or one read from files that people write
 * (a folder with points.json, commands.json, alarms.json, results.json; or one file of a maker that
 * extends a model). Both are the structs of ess/model.h, so that all that lists or compares models
 * is written once.
 *
 * What is checked is what scripts/make_model.py checks before it makes tables; a test gives both
 * the same wrong files.
 */
#ifndef ESS_MODELFILE_LOAD_H
#define ESS_MODELFILE_LOAD_H

#include "ess/model.h"
#include "json/arena.h"

#define MODEL_HASH_LEN 16

typedef struct model_set {
    const char *id, *version;
    char hash[MODEL_HASH_LEN + 1];
    const char *base_id, *base_version, *base_hash; /* of a maker's extension; NULL: whole model */
    const ess_model_object *objects;                /* an extension's: its own points alone */
    size_t object_count;
    const ess_model_command *commands;
    size_t command_count;
    const ess_model_alarm *alarms;
    size_t alarm_count;
    const ess_model_result *results;
    size_t result_count;
} model_set;

/* The one that the program is built with. */
void model_builtin(model_set *out);

/* What is wrong in a file. */
typedef struct model_problem {
    const char *file;
    uint32_t line;    /* from 1 */
    const char *name; /* for programs: "missing"; stays */
    const char *rule;
    ess_model_text what;
    const char *detail; /* gone after the call */
    bool in_words;      /* detail is what the reader of JSON says (config/refusal.h) */
} model_problem;

/* Is told each problem as it is found; a list was rejected, as a wrong file may have millions. */
typedef struct model_listener {
    void (*tell)(void *context, const model_problem *problem);
    void *context;
} model_listener;

/* Reads and checks a folder or a file. An extension must extend base.
 * Returns ESS_OK; with *out untouched ESS_E_DATA, where at least one problem was told, or
 * ESS_E_NO_ROOM (no memory; nothing was told). Lifetime of *out: that of memory. */
ess_err model_load(const char *path, const model_set *base, const model_listener *listener,
                   arena *memory, model_set *out);

const ess_model_object *model_object_of(const model_set *set, const char *kind);
/* In set or, where it is an extension, in base (may be NULL). */
bool model_has_point(const model_set *set, const model_set *base, const char *kind,
                     const char *name);

#endif

/* A point model as a program holds it: the one built in, or one read from files that people write
 * (a folder with points.json, commands.json, alarms.json, results.json; or one file of a maker that
 * extends a model). Both are the structs of ess/model.h, so that all that lists or compares models
 * is written once.
 *
 * What is checked is what scripts/make_model.py checks before it makes tables; a test gives both
 * the same wrong files.
 */
#ifndef ESS_CLI_MODEL_FILE_H
#define ESS_CLI_MODEL_FILE_H

#include "cli/cli.h"
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

/* Reads and checks a folder or a file. Each problem is told: for people on c->err, with --json as
 * one object a line on c->out. An extension must extend base.
 * Returns CLI_OK, or CLI_REFUSED with *out untouched. Lifetime of *out: that of memory. */
int model_load(const cli *c, const char *path, const model_set *base, arena *memory,
               model_set *out);

const ess_model_object *model_object_of(const model_set *set, const char *kind);
/* In set or, where it is an extension, in base (may be NULL). */
bool model_has_point(const model_set *set, const model_set *base, const char *kind,
                     const char *name);

#endif

/* Configuration files: YAML read against one table of keys. The table is the checks, the help
 * text and the documentation at once. All valid or nothing applied.
 */
#ifndef ESS_CONFIG_CONFIG_H
#define ESS_CONFIG_CONFIG_H

#include "ess/base.h"

typedef enum config_type {
    CONFIG_TEXT,    /* char[size] in the struct */
    CONFIG_PATH,    /* char[size]; a relative path is taken from the config file's folder */
    CONFIG_INTEGER, /* int64_t; min..max */
    CONFIG_BOOL,    /* bool */
    CONFIG_CHOICE   /* int: index into choices "a|b|c" */
} config_type;

typedef struct config_key {
    const char *name;     /* "broker.host"; inside a list "devices[].unit" */
    config_type type;
    size_t offset;        /* in the struct; for "list[].x" in the list's element */
    size_t size;          /* of the char array, TEXT and PATH */
    int64_t min, max;     /* INTEGER; for TEXT: least and most bytes (0, 0: any that fits) */
    const char *choices;  /* CHOICE */
    const char *fallback; /* as it would stand in the file; NULL: the key is required */
    const char *unit;     /* "ms", "bytes", NULL */
    const char *help_en;
    const char *help_zh;
} config_key;

/* A list of mappings: its elements lie at offset in the struct, stride apart. */
typedef struct config_list {
    const char *name;    /* "devices" */
    size_t offset, stride, count_offset; /* count: size_t */
    size_t least, most;
} config_list;

typedef struct config_schema {
    const char *program; /* "ess-agent" */
    const config_key *keys;
    size_t key_count;
    const config_list *lists; /* NULL when there is none */
    size_t list_count;
    size_t struct_size;
} config_schema;

/* Reads file into *out. On failure *out is untouched and problem (NUL-terminated, at least 512
 * bytes of room) holds every problem found (at most 64), one a line, in the file's order, as
 *  agent.yaml:7:9: broker.port: 70000 is not allowed; a whole number from 1 to 65535 [config-range]
 * chinese chooses the language. Unknown keys are refused with the nearest known name. Parts of the
 * struct that no key names keep what they held. One document of at most 256 KiB, no
 * aliases, no block texts ("|", ">"), no control characters but tab and line ends.
 * Returns ESS_E_CONFIG, ESS_E_NOT_FOUND (cannot be read), ESS_E_INTERNAL (memory is out). */
ess_err config_load(const char *file, const config_schema *schema, bool chinese, void *out,
                    char *problem, size_t problem_size);

/* Writes the reference of all keys, as YAML with comments, ready to be a first config file: keys
 * with a default carry it, required ones are left empty, a list that may be empty is commented
 * out. write gets one line a call. The keys of a group stand together in the schema. */
void config_write_reference(const config_schema *schema, bool chinese,
                            void (*write)(void *context, const char *text), void *context);

#endif

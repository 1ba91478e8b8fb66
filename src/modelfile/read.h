/* How a file of the model is read: members by a table of fields, problems told with their line. */
#ifndef ESS_MODELFILE_READ_H
#define ESS_MODELFILE_READ_H

#include <regex.h>

#include "json/tree.h"
#include "modelfile/load.h"

typedef enum model_wrong {
    MODEL_NO_FILE,
    MODEL_NOT_JSON,
    MODEL_UNKNOWN_KEY,
    MODEL_MISSING,
    MODEL_WRONG_TYPE,
    MODEL_EMPTY,
    MODEL_BAD_NAME,
    MODEL_TWICE,
    MODEL_UNKNOWN_WORD,
    MODEL_NOT_DECIMAL,
    MODEL_OUT_OF_RANGE,
    MODEL_MIN_ABOVE_MAX,
    MODEL_NO_LIMITS,
    MODEL_NOT_ENUM,
    MODEL_PARAM_CLASS,
    MODEL_SOURCE,
    MODEL_NO_KIND,
    MODEL_NO_POINT,
    MODEL_NO_ARG,
    MODEL_EITHER,
    MODEL_EXECUTOR,
    MODEL_CLASS_C,
    MODEL_TOO_MANY,
    MODEL_ENUM_GAP,
    MODEL_LEVEL,
    MODEL_OTHER_BASE,
    MODEL_NOT_OWN,
    MODEL_OWN_FORM,
    MODEL_NOT_OWN_WRITE,
    MODEL_WRONG_COUNT
} model_wrong;

typedef enum model_pattern {
    MODEL_POINT_NAME,
    MODEL_ARG_NAME,
    MODEL_KIND,
    MODEL_OP,
    MODEL_ALARM_CODE,
    MODEL_SOURCE_FORM,
    MODEL_ID,
    MODEL_VERSION,
    MODEL_DECIMAL,
    MODEL_PATTERN_COUNT
} model_pattern;

typedef struct model_reader {
    const model_listener *listener;
    arena *memory;
    const model_set *base; /* what an extension extends */
    bool extends;          /* an extension is read, not a whole model */
    char vendor[32];       /* extension: first part of its id, "acme" */
    const char *file;      /* for people */
    ess_slice text;        /* of file */
    size_t bytes;          /* of all files read */
    size_t problems;
    regex_t patterns[MODEL_PATTERN_COUNT];
    model_set set; /* what has been read */
} model_reader;

typedef struct model_field {
    const char *name;
    ess_json_type type; /* TRUE stands for true and false; NUMBER is a whole one */
    bool required;
} model_field;

bool model_reader_init(model_reader *r);
void model_reader_free(model_reader *r);

/* Tells a problem at node (NULL: the file's beginning); detail is printf-like. */
void model_tell(model_reader *r, const tree_node *node, model_wrong wrong, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Tells what the reader of JSON refused. */
void model_tell_fault(model_reader *r, const ess_fault *fault);

/* got[i]: the member of fields[i], or NULL. False, and told, where one is missing or of a wrong
 * type, or node is no object; an unknown one is told. */
bool model_take(model_reader *r, const tree_node *node, const model_field *fields, size_t count,
                const tree_node **got);
bool model_matches(const model_reader *r, model_pattern pattern, const char *text);
/* Tells where text does not match. */
void model_check_name(model_reader *r, const tree_node *node, model_pattern pattern);
/* Index of word in words (NULL-terminated), or -1 and told. */
int model_word(model_reader *r, const tree_node *node, const char *const *words);
/* node NULL: otherwise. */
const char *model_text_of(const tree_node *node, const char *otherwise);
int64_t model_whole(model_reader *r, const tree_node *node, int64_t low, int64_t high);
bool model_true(const tree_node *node);
/* A decimal in quotes; otherwise where node is NULL, or it is none (told). */
ess_decimal model_decimal(model_reader *r, const tree_node *node, ess_decimal otherwise);
/* "min" and "max"; NULL: without end. */
void model_bounds(model_reader *r, const tree_node *low, const tree_node *high, ess_decimal *min,
                  ess_decimal *max);
/* The sources of a point or an alarm; may be NULL. */
void model_check_sources(model_reader *r, const tree_node *list);
/* Room for count rows; one at least, so that NULL means: no memory. */
void *model_rows(model_reader *r, size_t count, size_t row_size);
/* A name given twice in a list of objects, told at the later one. */
void model_check_unique(model_reader *r, const tree_node *list, const char *key);
/* The maker's prefix of names: "xAcme", "XACME", "vendor.x-acme-" [MOD-18]. */
void model_check_own(model_reader *r, const tree_node *node, const char *name, const char *form);

/* The four contents; list is an array. Each fills its part of r->set. */
void model_read_objects(model_reader *r, const tree_node *list);
void model_read_commands(model_reader *r, const tree_node *list);
void model_read_alarms(model_reader *r, const tree_node *list);
void model_read_results(model_reader *r, const tree_node *list);
/* The named values of an enum. */
void model_read_values(model_reader *r, const tree_node *point, const tree_node *list,
                       const ess_model_enum_value **values, uint16_t *count);

#endif

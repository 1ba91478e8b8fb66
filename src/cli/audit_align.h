/* Comparing what equipment served with what the history holds, one point at a time. Pure: no
 * files, no network.
 *
 * The agent's promises that this rests on: each reading is offered to report by exception (the
 * model's dead band, against the last reported value) and gives at most one sample [TEL-02]; a
 * sample's stamp lies after the answer came and before the same point is asked again [TEL-04]. So
 * a sample belongs to the reading served last before its stamp.
 *
 * [TEL-05] A reading is durable before its point is read again, and readings become durable in the
 * order in which they were made. So once any point has been read again, that point's reading
 * before, and all readings before that one, are confirmed: a crash of the reader excuses nothing
 * of them. Rejected: to wait for each point itself to be read again, which would excuse whatever
 * slow points said in the minute before.
 *
 * What cannot be seen: that a sample is missing whose value had not moved (a repeat in a snapshot).
 * Its absence says "unchanged" [DAT-01], which is true.
 */
#ifndef ESS_CLI_AUDIT_ALIGN_H
#define ESS_CLI_AUDIT_ALIGN_H

#include "ess/decimal.h"
#include "ess/limits.h"
#include "ess/model.h"

/* A value that is null: its scale is this, which no decimal has. */
#define AUDIT_NULL_SCALE 255

typedef struct audit_values {
    ess_decimal *items;
    size_t count, room;
} audit_values;

/* A reader's connection. */
typedef struct audit_connection {
    uint64_t run, number; /* as in the ledger: numbers start anew with each run */
    uint64_t confirmed;   /* greatest order of a reading that was durable [TEL-05]; 0: none */
} audit_connection;

/* What was served, from at_utc_ms on. */
typedef struct audit_reading {
    int64_t at_utc_ms;
    uint64_t order;       /* of the answer, among all answers; from 1 */
    size_t connection;    /* index */
    size_t first, count;  /* in audit_point.values */
    size_t from;          /* first element, of a part of an array */
    bool whole;           /* a scalar, or all of an array */
    bool confirmed;       /* its reader had it durable */
    bool taken;           /* a sample belongs to it: */
    size_t sample;        /* that one */
} audit_reading;

typedef struct audit_point {
    char group[ESS_LEVEL_EMIT_MAX + 1];
    char ns[ESS_NS_MAX + 1];
    char name[ESS_NAME_MAX + 1];
    const ess_model_point *model;
    audit_reading *readings;
    size_t count, room;
    audit_values values;
} audit_point;

/* A row of the history. */
typedef struct audit_sample {
    int64_t ts_utc_ms;
    size_t first, count; /* in audit_samples.values; count 0: the value was reported invalid */
    bool placed;         /* its reading is found */
} audit_sample;

typedef struct audit_samples {
    audit_sample *items;
    size_t count, room;
    audit_values values;
} audit_samples;

typedef enum audit_kind { AUDIT_LOST, AUDIT_DUPLICATED, AUDIT_ALTERED, AUDIT_KINDS } audit_kind;

#define AUDIT_EXAMPLES_MAX 10
typedef struct audit_example {
    audit_kind kind;
    const audit_point *point;
    int64_t at_utc_ms;    /* of the sample, or of the reading where there is none */
    size_t element;       /* the first that differs, of an array */
    bool has_served, has_stored;
    ess_decimal served, stored;
} audit_example;

/* All counts are of values: an array counts its elements. */
typedef struct audit_tally {
    bool reader_killed; /* given: what is not confirmed is in flight; else it is lost */
    uint64_t sampled, stored;
    uint64_t wrong[AUDIT_KINDS];
    uint64_t in_flight; /* had to be stored and were not, but are not confirmed either */
    audit_example examples[AUDIT_EXAMPLES_MAX];
    size_t example_count;
} audit_tally;

/* Appends; false when memory is out. */
bool audit_add_value(audit_values *values, ess_decimal value);
/* The new last reading or sample, zeroed; NULL when memory is out. */
audit_reading *audit_add_reading(audit_point *point);
audit_sample *audit_add_sample(audit_samples *samples);
void audit_point_free(audit_point *point);
void audit_samples_free(audit_samples *samples);

/* The reading before of this point on this connection; NULL when there is none near. */
const audit_reading *audit_reading_before(const audit_point *point, size_t connection);

/* Joins parts of arrays to whole readings (its stamp is the last part's), drops what never became
 * whole, and notes which readings are confirmed by their connections. */
void audit_point_assemble(audit_point *point, const audit_connection *connections);

/* Adds the comparison of one assembled point with its samples (by time, then stored order). */
void audit_align(audit_point *point, audit_samples *samples, audit_tally *tally);

#endif

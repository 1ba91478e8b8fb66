/* The published examples (spec/vectors/) as a table; made by make_vectors.py. */
#ifndef ESS_MCU_VECTORS_H
#define ESS_MCU_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text, so many times. */
typedef struct vector_part {
    const char *text;
    uint32_t len, times;
} vector_part;

typedef struct vector {
    const char *id, *fault_rule;
    const char *object, *n; /* NULL: not said */
    const char *topic;
    uint16_t topic_len, part_count;
    const vector_part *parts;
    bool has_payload, to_device, accept, is_sender;
    int64_t ts_utc_ms, quality; /* -1: not said */
} vector;

extern const vector vectors[];
extern const size_t vector_count;

/* Runs them all. Says what differs; returns how many. *stack, *deepest: most stack that one took,
 * and its id. */
size_t vectors_run(uint32_t *stack, const char **deepest);

#endif

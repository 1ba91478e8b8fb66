/* What a published example (spec/vectors/) says, held against the code: taken or refused as it
 * says, by the rule it names, and what is taken read as it says. For hosts and boards: no heap, no
 * files, and all that is large stays static, as a device would have it. */
#ifndef ESS_TESTS_VECTOR_H
#define ESS_TESTS_VECTOR_H

#include <string.h>

#include "codec/try.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/peer.h"

typedef struct vector_case {
    ess_slice topic, payload;
    bool has_payload, to_device, accept, is_sender;
    const char *fault_rule, *object, *n; /* NULL: not said */
    int64_t ts_utc_ms, quality;          /* -1: not said */
} vector_case;

/* read: lent, with its scratch. differs: "" so far; gets a text of what was read otherwise. */
typedef struct vector_run {
    ess_readings *read;
    const char *differs;
    ess_fault fault;
} vector_run;

static inline bool vector_value_is_right(const vector_case *v, const ess_row *row)
{
    static ess_value_iterator values;
    static ess_value value;
    bool found;
    return ess_values_begin(&values, row, NULL) == ESS_OK &&
           ess_values_next(&values, &value, &found, NULL) == ESS_OK && found &&
           (v->ts_utc_ms < 0 || value.ts_utc_ms == v->ts_utc_ms) &&
           (v->quality < 0 || value.quality == v->quality);
}

static inline bool vector_n_is_right(const vector_case *v, const ess_row *row)
{
    ess_decimal n;
    int64_t number;
    return ess_decimal_parse(ess_slice_from(v->n), &n) == ESS_OK &&
           ess_decimal_to_integer(n, 0, &number) == ESS_OK && row->has_n &&
           row->n == (uint64_t)number;
}

static inline void vector_compare_row(const vector_case *v, const ess_row *row, const char *path,
                                      vector_run *run)
{
    if (v->object != NULL && strcmp(path, v->object) != 0)
        run->differs = "another object is read";
    else if (v->n != NULL && !vector_n_is_right(v, row))
        run->differs = "another n is read";
    else if (v->accept && (v->ts_utc_ms >= 0 || v->quality >= 0) && !vector_value_is_right(v, row))
        run->differs = "another ts or quality is read";
}

/* The object of each row; the first row is held against what the vector says of it. */
static inline ess_err vector_walk_rows(const vector_case *v, const ess_topic *topic,
                                       vector_run *run)
{
    static char path[ESS_NS_MAX + 1];
    for (uint32_t i = 0; i < run->read->rows; i++) {
        run->fault.rule = ess_object_rule(topic, run->read->row[i].ns);
        TRY(ess_object_path(topic, run->read->row[i].ns, path, sizeof path));
        if (i == 0)
            vector_compare_row(v, &run->read->row[i], path, run);
    }
    return ESS_OK;
}

static inline ess_err vector_at_cloud(const vector_case *v, vector_run *run)
{
    static const ess_majors served = {{ESS_MAJOR}, 1}; /* what it refuses by TOP-02 */
    static ess_arrival arrival;
    static ess_presence_word word;
    static ess_ack ack;
    TRY(ess_majors_check(&served, v->topic, &run->fault));
    TRY(ess_intake_check(v->topic, v->payload, run->read, &arrival, &run->fault));
    if (arrival.topic.type == ESS_STATE)
        return ess_presence_parse(arrival.envelope.d, &word, &run->fault);
    if (arrival.topic.type == ESS_ACK)
        return ess_ack_parse(&arrival.envelope, &ack, &run->fault);
    return vector_walk_rows(v, &arrival.topic, run);
}

static inline ess_err vector_at_device(const vector_case *v, vector_run *run)
{
    const ess_receiver receiver = {.major = ESS_MAJOR,
                                   .application = ESS_SLICE_LITERAL("ess"),
                                   .group = ESS_SLICE_LITERAL("SH001"),
                                   .scratch = run->read->scratch};
    static ess_downlink down;
    static ess_presence_word word;
    static ess_receipt receipt;
    static ess_command command;
    TRY(ess_downlink_check(v->topic, v->payload, &receiver, &down, &run->fault));
    if (down.topic.type == ESS_CMD)
        return ess_command_parse(&down.envelope, &command, &run->fault);
    if (down.topic.type == ESS_RSP)
        return ess_receipt_parse(down.envelope.d, &receipt, &run->fault);
    return ess_presence_parse(down.envelope.d, &word, &run->fault);
}

/* The topic alone: as it is received or, of a sender, as it may be written. */
static inline ess_err vector_topic_alone(const vector_case *v, vector_run *run)
{
    static char room[ESS_TOPIC_MAX + 1];
    static ess_topic topic;
    size_t len;
    TRY(ess_topic_parse(v->topic, &topic, &run->fault));
    if (!v->is_sender)
        return ESS_OK;
    run->fault.rule = "TOP-05";
    return ess_topic_print(&topic, room, sizeof room, &len);
}

static inline ess_err vector_arrives(const vector_case *v, vector_run *run)
{
    if (!v->has_payload)
        return vector_topic_alone(v, run);
    return v->to_device ? vector_at_device(v, run) : vector_at_cloud(v, run);
}

/* "": it went as the vector says; else in a few words what did not, and run->fault tells by which
 * rule it was refused. What is taken is taken twice: its names are known the second time. */
static inline const char *vector_judge(const vector_case *v, vector_run *run)
{
    ess_err err;
    run->differs = "";
    run->fault = (ess_fault){.rule = "", .what = ""};
    err = vector_arrives(v, run);
    if (err == ESS_OK)
        err = vector_arrives(v, run);
    if (v->accept)
        return err == ESS_OK ? run->differs : "refused";
    if (err == ESS_OK)
        return "taken";
    return v->fault_rule != NULL && strcmp(run->fault.rule, v->fault_rule) == 0
               ? ""
               : "refused by another rule";
}

#endif

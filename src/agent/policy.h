/* Which of the values just read are worth a report.
 *
 * Report by exception against the last REPORTED value with the model's dead band, so that a slow
 * drift cannot hide below it [TEL-02]. An array whose elements come in several reads is looked at
 * when its last part has arrived. Pure: registers in, decisions out.
 */
#ifndef ESS_AGENT_POLICY_H
#define ESS_AGENT_POLICY_H

#include "ess/json.h"
#include "south/point_table.h"

typedef struct policy_point {
    size_t first;    /* place of its first element in current and reported */
    uint16_t filled; /* array: elements that have arrived in order */
    bool known;      /* current holds a whole reading */
    bool fresh;      /* a whole reading arrived and nobody has decided on it yet */
    bool forced;     /* to be reported at its next reading, moved or not */
} policy_point;

typedef struct agent_policy {
    const south_table *table;
    policy_point *points;
    ess_decimal *current, *reported;
} agent_policy;

/* table is borrowed until policy_free. ESS_E_NO_ROOM when memory is out. */
ess_err policy_init(agent_policy *policy, const south_table *table);
void policy_free(agent_policy *policy);

/* Everything is to be reported at its next reading: a full snapshot. */
void policy_force_all(agent_policy *policy);
/* What is known is out of date: the device was away. Includes policy_force_all. */
void policy_forget(agent_policy *policy);
/* Parts of arrays that have arrived are worth nothing: a scan was broken off. */
void policy_drop_parts(agent_policy *policy);

typedef struct policy_range {
    size_t first, end; /* points of the table touched */
} policy_range;
/* Takes the registers of one answer. Returns the points touched, some of them now fresh. */
policy_range policy_take(agent_policy *policy, south_area area, uint16_t address, uint16_t count,
                         const uint16_t *registers);
/* True when the point is fresh and to be reported now. Parameters never are. */
bool policy_wants(const agent_policy *policy, size_t point);
/* The point's current value has been put into a report. */
void policy_reported(agent_policy *policy, size_t point);
/* All decisions on the range are made. */
void policy_settle(agent_policy *policy, policy_range range);

/* Current value of a scalar; ESS_E_NOT_FOUND when it is not known. */
ess_err policy_scalar(const agent_policy *policy, const south_point *point, ess_decimal *out);
/* Writes the current value. */
void policy_write(const agent_policy *policy, size_t point, ess_json_writer *out);

#endif

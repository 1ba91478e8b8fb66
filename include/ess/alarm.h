/* Alarms: what an EVENT says when equipment raises or clears one [ALM-06..].
 *
 * An alarm that stands is one occurrence with an id; what raises it and what clears it bear the
 * same. The object it belongs to stands in topic and ns, its meaning in the model, by its code. A
 * code that the model does not know is taken all the same [MOD-06].
 */
#ifndef ESS_ALARM_H
#define ESS_ALARM_H

#include "ess/decimal.h"

ESS_BEGIN_C

#define ESS_ALARM_LEVEL_MAX 3

typedef struct ess_alarm {
    ess_slice id;         /* 1 to ESS_CODE_MAX visible ASCII characters, of one occurrence */
    ess_slice code;       /* "BMS.cellVHigh.2" */
    uint8_t level;        /* 1 warns, 2 limits power, 3 stops; as the code ends */
    bool clear;           /* it has ended; else it is raised, or raised again */
    int64_t first_utc_ms; /* when it began; -1: not said */
    int64_t last_utc_ms;  /* when it was last seen; -1: not said */
    int64_t n;            /* how often it was seen since it began, from 1 */
    bool has_value, has_limit;
    ess_decimal value, limit; /* what was measured, and the limit that it crossed */
} ess_alarm;

/* True when the d of an EVENT has a member "alarm". */
bool ess_event_is_alarm(ess_slice d);

/* d: that of the EVENT, or v of a row of it; raw JSON object. On failure *out is untouched and
 * *fault (may be NULL) tells the rule.
 * Returns ESS_OK, ESS_E_DATA, ESS_E_NUMBER, or the reader's errors.
 * Lifetime: out's slices borrow from d. Cost: one walk. Spec: ALM-06 to ALM-12. */
ess_err ess_alarm_parse(ess_slice d, ess_alarm *out, ess_fault *fault);

/* Writes d, not NUL-terminated. room: room_size bytes. *len: how many were written.
 * Returns ESS_E_DATA if a reader would refuse the alarm, ESS_E_NO_ROOM; then nothing is said. */
ess_err ess_alarm_print(const ess_alarm *alarm, char *room, size_t room_size, size_t *len);

ESS_END_C

#endif

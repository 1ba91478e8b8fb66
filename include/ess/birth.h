/* When a device says its birth [PRE-01, PRE-30, CLK-02]: before everything else of a connection,
 * and anew when its clock has been set or has lost its time, when the cloud asks for it, and when
 * it has said nothing for long. What it says: ess_presence_print.
 */
#ifndef ESS_BIRTH_H
#define ESS_BIRTH_H

#include "ess/base.h"

ESS_BEGIN_C

#define ESS_BEAT_MS 60000 /* [PRE-30] longest silence toward the cloud */

/* {0}: the line is down. is_said may be read: nothing else may go out before. */
typedef struct ess_birth {
    bool line_up, is_said, said_synced;
    int64_t spoke_mono_ms; /* when the line last took a message */
} ess_birth;

/* A connection stands, or is lost. */
void ess_birth_line(ess_birth *birth, bool up);

/* It is to be said once more: a resync [CMD-70]. */
void ess_birth_again(ess_birth *birth);

/* True when the birth has to be said now. */
bool ess_birth_is_due(const ess_birth *birth, ess_now now);

/* The line took the birth, which said of the clock what now.clock_set says. */
void ess_birth_said(ess_birth *birth, ess_now now);

/* The line took any other message. */
void ess_birth_spoke(ess_birth *birth, int64_t now_mono_ms);

/* When silence makes it due; INT64_MAX while the line is down. Setting the clock has to be noticed
 * by the caller. */
int64_t ess_birth_wake(const ess_birth *birth);

ESS_END_C

#endif

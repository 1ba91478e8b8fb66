/* The cloud's side of a command: when to send it, send it again, and when to say that there is no
 * word [CMD-03, CMD-06].
 *
 * Sending again is harmless: the device answers a code it knows from its journal and refuses one
 * that has expired. So the cloud repeats until it holds a final stage, also after exp, because an
 * executed command's reply may be all that was lost.
 */
#ifndef ESS_DISPATCH_H
#define ESS_DISPATCH_H

#include "ess/stage.h"

ESS_BEGIN_C

#define ESS_DISPATCH_FIRST_MS 1000 /* wait before the first repeat; doubles */
#define ESS_DISPATCH_MOST_MS  30000
#define ESS_DISPATCH_GRACE_MS 10000 /* after exp, before timeout is said */
#define ESS_DISPATCH_KEEP_MS                                                                       \
    3600000 /* after exp: how long a timed-out command is still asked for */

/* One command's. stage may be read; all else is private. */
typedef struct ess_dispatch {
    ess_stage stage;
    int64_t exp_utc_ms;
    int64_t next_mono_ms; /* when to send (again) */
    uint32_t tries;
} ess_dispatch;

typedef enum ess_dispatch_step {
    ESS_DISPATCH_REST,    /* nothing before *wake_mono_ms */
    ESS_DISPATCH_SEND,    /* publish the CMD with its first code and exp; then ess_dispatch_sent */
    ESS_DISPATCH_TIMEOUT, /* say TIMEOUT; the stage has been set */
    ESS_DISPATCH_END      /* final or given up: forget it */
} ess_dispatch_step;

/* A command just made durable (ESS_STAGE_CREATED), or found unfinished after a restart (stage as
 * stored: it is asked for at once). exp_utc_ms: its x.exp. */
void ess_dispatch_init(ess_dispatch *dispatch, ess_stage stage, int64_t exp_utc_ms,
                       int64_t now_mono_ms);

/* What to do now. online: the device's presence; an offline device is not written to.
 * *wake_mono_ms: when to ask again if nothing else happens; INT64_MAX: no need to.
 * A command that was never sent is not sent after its exp. Cost: constant. Spec: CMD-06, CMD-11. */
ess_dispatch_step ess_dispatch_due(ess_dispatch *dispatch, int64_t now_utc_ms, int64_t now_mono_ms,
                                   bool online, int64_t *wake_mono_ms);

/* The device's birth has come: it is asked at once, whatever the wait before the next repeat. */
void ess_dispatch_reborn(ess_dispatch *dispatch, int64_t now_mono_ms);

/* The CMD was handed to the line: CREATED becomes SENT, and the wait before the next repeat
 * begins (ESS_DISPATCH_FIRST_MS, doubling to ESS_DISPATCH_MOST_MS). */
void ess_dispatch_sent(ess_dispatch *dispatch, int64_t now_mono_ms);

/* A stage reported by the device. *changed: false when it is repeated or older, nothing to note.
 * Returns ESS_E_STATE when it contradicts a final stage already known, which is kept: the first
 * final word stands, and the contradiction is for a person to see. */
ess_err ess_dispatch_ack(ess_dispatch *dispatch, ess_stage stage, bool *changed);

ESS_END_C

#endif

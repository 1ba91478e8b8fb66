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

/* A command just made durable, or found unfinished after a restart (stage as stored). */
void ess_dispatch_init(ess_dispatch *dispatch, ess_stage stage, int64_t exp_utc_ms,
                       int64_t now_mono_ms);
/* online: the device's presence. An offline device is not written to; its birth asks at once
 * (call with reborn true once). */
ess_dispatch_step ess_dispatch_due(ess_dispatch *dispatch, int64_t now_utc_ms, int64_t now_mono_ms,
                                   bool online, int64_t *wake_mono_ms);
void ess_dispatch_reborn(ess_dispatch *dispatch, int64_t now_mono_ms);
void ess_dispatch_sent(ess_dispatch *dispatch, int64_t now_mono_ms);
/* A stage reported by the device. *changed false: repeated or older, nothing to note.
 * ESS_E_STATE: contradicts a final stage already known (kept as it was). */
ess_err ess_dispatch_ack(ess_dispatch *dispatch, ess_stage stage, bool *changed);

ESS_END_C

#endif

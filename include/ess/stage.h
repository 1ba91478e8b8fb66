/* Stages of a command, one list for both ends [CMD-05].
 *
 * The device reports accepted, executing, and exactly one final stage. created, sent and timeout
 * are the cloud's own words. unknown is said by a device that restarted between writing and
 * confirming: it tells what it reads back and never writes again.
 */
#ifndef ESS_STAGE_H
#define ESS_STAGE_H

#include "ess/base.h"

ESS_BEGIN_C

typedef enum ess_stage {
    ESS_STAGE_CREATED,    /* durable at the cloud, not yet sent */
    ESS_STAGE_SENT,       /* published at least once; no word from the device */
    ESS_STAGE_ACCEPTED,   /* the device has journaled its intent */
    ESS_STAGE_EXECUTING,  /* written, not yet confirmed by reading back */
    ESS_STAGE_DONE,       /* final: read back from the equipment */
    ESS_STAGE_FAILED,     /* final: tried, and it did not take effect as asked */
    ESS_STAGE_REJECTED,   /* final: not tried */
    ESS_STAGE_EXPIRED,    /* final: came after exp, not tried */
    ESS_STAGE_SUPERSEDED, /* final: a later command took its place */
    ESS_STAGE_CANCELLED,  /* final: withdrawn before it was tried */
    ESS_STAGE_UNKNOWN,    /* final: restarted in between; the read-back is the evidence */
    ESS_STAGE_TIMEOUT,    /* cloud only: no evidence by exp plus grace; late evidence replaces it */
    ESS_STAGE_COUNT
} ess_stage;

/* "accepted", ... stage: below ESS_STAGE_COUNT, here and below. Lifetime: static. */
const char *ess_stage_name(ess_stage stage);

/* The stage of a name as ess_stage_name gives it; those that only the cloud says too.
 * Returns ESS_E_DATA for any other text. */
ess_err ess_stage_parse(ess_slice name, ess_stage *out);

/* Final by the device's word. TIMEOUT is not: it says only that there is no word. */
bool ess_stage_is_final(ess_stage stage);

/* True when the cloud may go from one to the other; a repeated or older stage is no step. Spec:
 * CMD-05, CMD-11. */
bool ess_stage_may_follow(ess_stage from, ess_stage to);

ESS_END_C

#endif

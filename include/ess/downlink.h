/* The device's receiving end: is this message one that may come here? What its counterpart at the
 * cloud is, ess/intake.h, this is below it. */
#ifndef ESS_DOWNLINK_H
#define ESS_DOWNLINK_H

#include "ess/message.h"

ESS_BEGIN_C

/* Who it is that receives. */
typedef struct ess_receiver {
    uint16_t major; /* the one this device speaks [VER-08] */
    ess_slice application, group;
    ess_scratch *scratch; /* lent for the call */
} ess_receiver;

typedef struct ess_downlink {
    ess_topic topic; /* of type CMD, RSP or, of the cloud, STATE */
    ess_envelope envelope;
} ess_downlink;

/* Checks topic, major, direction, addressee and envelope [TOP-01..07, ENV-01..12].
 * On failure *fault tells why; out->topic is set if the topic could be read and was for us, so
 * that the refusal of a command can be told from others; all else of out is untouched.
 * Lifetime: out borrows from topic and payload. Cost: that of ess_envelope_parse. */
ess_err ess_downlink_check(ess_slice topic, ess_slice payload, const ess_receiver *receiver,
                           ess_downlink *out, ess_fault *fault);

ESS_END_C

#endif

/* What may come down to a device, as one table of types. */
#include "ess/downlink.h"

#include "codec/try.h"
#include "ess/peer.h"

static ess_err refuse(ess_fault *fault, ess_err err, const char *rule, const char *what)
{
    if (fault != NULL)
        *fault = (ess_fault){err, 0, rule, what};
    return err;
}

typedef enum addressee { NOBODY, OURSELVES, THE_CLOUD } addressee;

/* Whose group stands in the topic of what comes down [TOP-04] [TOP-21]. */
static const addressee addressees[ESS_MESSAGE_TYPE_COUNT] = {
    [ESS_CMD] = OURSELVES, [ESS_RSP] = OURSELVES, [ESS_STATE] = THE_CLOUD};

static ess_err check_topic(const ess_topic *topic, const ess_receiver *receiver, ess_fault *fault)
{
    addressee whose = addressees[topic->type];
    if (!ess_slice_equal(topic->application, receiver->application))
        return refuse(fault, ESS_E_TOPIC, "TOP-14", "not this device's application");
    if (topic->type == ESS_CUSTOM)
        return refuse(fault, ESS_E_DIRECTION, "TOP-12", "custom types are not taken in here");
    if (whose == NOBODY)
        return refuse(fault, ESS_E_DIRECTION, "TOP-04",
                      "this type goes from the device, not to it");
    if (whose == OURSELVES && !ess_slice_equal(topic->group, receiver->group))
        return refuse(fault, ESS_E_DIRECTION, "TOP-21", "it is for another group");
    if (whose == THE_CLOUD && !ess_slice_is(topic->group, ESS_CLOUD_GROUP))
        return refuse(fault, ESS_E_DIRECTION, "TOP-21", "another device's presence");
    return ESS_OK;
}

ess_err ess_downlink_check(ess_slice topic_text, ess_slice payload, const ess_receiver *receiver,
                           ess_downlink *out, ess_fault *fault)
{
    ess_majors majors = {{receiver->major}, 1};
    ess_topic topic;
    TRY(ess_majors_check(&majors, topic_text, fault));
    TRY(ess_topic_parse(topic_text, &topic, fault));
    TRY(check_topic(&topic, receiver, fault));
    out->topic = topic;
    return ess_envelope_parse(payload, &topic, receiver->scratch, &out->envelope, fault);
}

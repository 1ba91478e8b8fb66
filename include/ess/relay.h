/* Handing a message on: what a relay changes is the envelope, what it does not know it keeps. */
#ifndef ESS_RELAY_H
#define ESS_RELAY_H

#include "ess/message.h"

ESS_BEGIN_C

/* Writes a message again, without NUL: the members of envelope as ess_envelope_print does, d and x
 * as they are there, and behind them, in their order, all other members that payload has at its
 * first depth, names and values byte for byte.
 * payload: one that ess_envelope_parse accepted. envelope: what that gave, changed as the relay has
 * to (t, ns, code, s, te), or not at all; d and x may be others too.
 * room: must not overlap payload.
 * Returns ESS_E_ENVELOPE as ess_envelope_print does, ESS_E_NO_ROOM if it does not fit (*len is
 * untouched then, what room holds is undefined), ESS_E_JSON_SYNTAX for a payload that is no object.
 * A signature over the payload does not stand for what is written. Cost: linear. Spec: ENV-10. */
ess_err ess_envelope_relay(ess_slice payload, const ess_envelope *envelope, char *room,
                           size_t room_size, size_t *len);

ESS_END_C

#endif

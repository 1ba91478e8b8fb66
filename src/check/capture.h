/* Messages as they were recorded, one a line (docs/checking.md):
 *
 *     TOPIC PAYLOAD                         mosquitto_sub -v
 *     TIME RETAIN QOS TOPIC PAYLOAD         mosquitto_sub -F '%U %r %q %t %p'   (or %x)
 *
 * TIME is in seconds with a fraction, RETAIN 0 or 1, QOS 0 to 2. A payload of hexadecimal digits
 * alone (%x) stands for its bytes: so compressed ones, which may hold line breaks, are recorded
 * too.
 */
#ifndef ESS_CHECK_CAPTURE_H
#define ESS_CHECK_CAPTURE_H

#include "ess/base.h"

typedef struct capture {
    ess_slice topic, payload; /* borrowed from the line; the payload as it stands there */
    bool has_circumstances;   /* the three below are known */
    bool retained;
    uint8_t qos;
    int64_t at_utc_ms;
} capture;

/* Takes a line (without its line break) apart. False: no topic stands in it; *out is untouched. */
bool capture_read(ess_slice line, capture *out);
/* The bytes of a payload: what hexadecimal digits stand for, put into room, or the payload itself.
 * room: of half the payload's size; may lie where the payload does. */
ess_slice capture_bytes(ess_slice payload, char *room);

#endif

/* Topics: version/message_type/application/group_id[/device_unit[/component]] (tables 1, 3, 5). */
#ifndef ESS_TOPIC_H
#define ESS_TOPIC_H

#include "ess/base.h"

ESS_BEGIN_C

typedef enum ess_message_type {
    ESS_STATE,  /* presence and birth; retained; also the will      up */
    ESS_DATA,   /* live real-time report                            up */
    ESS_HIST,   /* backfill of reports that could not go out live   up */
    ESS_PARAM,  /* parameter report                                 up */
    ESS_EVENT,  /* alarm raise and clear, events                    up */
    ESS_ACK,    /* staged reply to a command                        up */
    ESS_CMD,    /* command request                                  down */
    ESS_RSP,    /* reply to a report that asks one                  down */
    ESS_CUSTOM, /* X-...: a maker's own                             either */
    ESS_MESSAGE_TYPE_COUNT
} ess_message_type;

/* "STATE", ...; "X-" for ESS_CUSTOM. type: below ESS_MESSAGE_TYPE_COUNT. Lifetime: static. */
const char *ess_message_type_name(ess_message_type type);

/* True for types that travel device -> cloud [TOP-04]. type: below ESS_MESSAGE_TYPE_COUNT. STATE
 * goes up from devices and, for the group "_cloud", down. */
bool ess_message_type_is_up(ess_message_type type);

typedef struct ess_topic {
    uint16_t version; /* 1 for "v1" [TOP-02] */
    ess_message_type type;
    ess_slice type_text; /* as received; matters for ESS_CUSTOM */
    ess_slice application, group;
    ess_slice unit, component; /* len 0: not in the topic */
} ess_topic;

/* The major of a topic: its first level alone, the rest unread. 0: it is not "v1" .. "v65535". */
uint16_t ess_topic_major(ess_slice text);

/* Accepts any legal UTF-8 without + # NUL or controls, no level empty or with a leading $, 4 to 6
 * levels [TOP-01..07], any major: whether it is served is asked with ess_majors_check. Slices
 * borrow from text. On failure *fault tells where and which rule, and *out is untouched. Never
 * allocates. */
ess_err ess_topic_parse(ess_slice text, ess_topic *out, ess_fault *fault);

/* Writes the topic, NUL-terminated; *len: its bytes without the NUL. room of ESS_TOPIC_MAX + 1 is
 * always enough. type_text is used for ESS_CUSTOM only.
 * Returns ESS_E_TOPIC if a level does not match [A-Za-z0-9_~-]{1,64} [TOP-05], there is a component
 * without a unit, or the version is 0; ESS_E_NO_ROOM. room and *len untouched then. */
ess_err ess_topic_print(const ess_topic *topic, char *room, size_t room_size, size_t *len);

ESS_END_C

#endif

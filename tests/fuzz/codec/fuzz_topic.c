/* Any bytes as a topic. What is accepted consists of the levels it was cut into, and what may be
 * printed is printed as it came. */
#include <stdlib.h>
#include <string.h>

#include "ess/limits.h"
#include "ess/topic.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char room[ESS_TOPIC_MAX + 1];
    ess_slice text = {(const char *)data, size};
    ess_topic topic;
    ess_fault fault = {0};
    size_t len = 0;
    ess_err err = ess_topic_parse(text, &topic, &fault);

    if (err != ESS_OK) {
        EXPECT(fault.err == err && fault.offset <= size && fault.rule[0] != '\0');
        return 0;
    }
    EXPECT(size <= ESS_TOPIC_MAX && ess_utf8_valid(text) && topic.version > 0);
    EXPECT(topic.application.len > 0 && topic.group.len > 0);
    EXPECT(topic.component.len == 0 || topic.unit.len > 0);
    err = ess_topic_print(&topic, room, sizeof room, &len);
    EXPECT(err == ESS_OK || err == ESS_E_TOPIC);
    if (err == ESS_OK)
        EXPECT(len == size && memcmp(room, data, size) == 0 && room[len] == '\0');
    return 0;
}

/* Recorded messages of whole programs (spec/captures/), one a line: topic, a space, payload. */
#ifndef ESS_TESTS_CAPTURE_H
#define ESS_TESTS_CAPTURE_H

#include <stdio.h>
#include <string.h>

#include "ess/base.h"

typedef struct capture_line {
    ess_slice topic, payload;
} capture_line;

/* The next line of the open file; its text lies in room until the next call. False at the end. */
static inline bool capture_next(FILE *file, char *room, size_t room_size, capture_line *out)
{
    if (fgets(room, (int)room_size, file) == NULL)
        return false;
    size_t len = strcspn(room, "\n");
    size_t topic = strcspn(room, " ");
    out->topic = (ess_slice){room, topic};
    out->payload = (ess_slice){room + topic + 1, topic < len ? len - topic - 1 : 0};
    return true;
}

static inline FILE *capture_open(const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/spec/captures/%s", ESS_SOURCE_DIR, name);
    return fopen(path, "r");
}

#endif

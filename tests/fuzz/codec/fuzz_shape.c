/* A topic, a line feed, a payload: read in the quick and in the strict way, which must agree on
 * every input. A byte 0x01 cuts the payload: each part is read in turn, so that what came before
 * is what the shape has learnt. Every part is read twice, the second time by the shape of itself.
 */
#include <stdlib.h>

#include "both_ways.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static both_ways quick;
static ess_shape_key keys[ESS_MEMBERS_MAX];
static ess_scratch_name few_names[20];
static ess_scratch few;

/* What a shape may know beforehand. */
static const char lesson[] =
    "{\"t\":1763827200000,\"d\":{\"soc\":56.3,\"p\":-120.5,\"v\":812,\"state\":3,\"hb\":7,"
    "\"cellV\":[3287,3285,null],\"fw\":\"1.2\",\"on\":true,\"insulationResistance\":1500,"
    "\"t\":25,\"a\":1,\"b\":2,\"c\":3,\"d\":0.5,\"rows\":4}}";

/* A copy of exactly its length, so that a byte read too many is noticed. */
static void read_part(ess_slice part, const ess_topic *topic, ess_shape *shape)
{
    char *copy = malloc(part.len == 0 ? 1 : part.len);

    EXPECT(copy != NULL);
    if (part.len > 0)
        memcpy(copy, part.ptr, part.len);
    for (int i = 0; i < 2; i++)
        EXPECT(both_ways_read((ess_slice){copy, part.len}, topic, shape, &quick) == NULL);
    free(copy);
}

static void read_parts(ess_slice payload, const ess_topic *topic, ess_shape *shape)
{
    const char *end = payload.ptr + payload.len;
    const char *at = payload.ptr;

    while (at != NULL) {
        const char *cut = at == end ? NULL : memchr(at, 1, (size_t)(end - at));
        read_part((ess_slice){at, (size_t)((cut == NULL ? end : cut) - at)}, topic, shape);
        at = cut == NULL ? NULL : cut + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = size == 0 ? NULL : memchr(data, '\n', size);
    ess_topic topic;
    ess_shape shape;

    if (line_end == NULL)
        return 0;
    size_t topic_len = (size_t)(line_end - data);
    ess_slice payload = {(const char *)line_end + 1, size - topic_len - 1};
    if (ess_topic_parse((ess_slice){(const char *)data, topic_len}, &topic, NULL) != ESS_OK)
        return 0;
    ess_scratch_init(&few, few_names, 20);
    quick.scratch = topic_len % 5 == 0 ? &few : NULL;
    /* Small shapes fill up; others have learnt a lesson. */
    ess_shape_init(&shape, keys, topic_len % 2 == 0 ? 4 : ESS_MEMBERS_MAX);
    if (topic_len % 3 != 0) {
        ess_topic any = {.version = 1, .type = ESS_DATA};
        EXPECT(both_ways_read((ess_slice){lesson, sizeof lesson - 1}, &any, &shape, &quick) ==
               NULL);
    }
    read_parts(payload, &topic, &shape);
    return 0;
}

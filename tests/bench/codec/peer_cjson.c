/* cJSON: a tree of mallocs. It checks neither UTF-8 nor duplicates. */
#include <cjson/cJSON.h>

#include "bench.h"

static bool decode(const bench_message *message, bench_result *out)
{
    cJSON *tree = cJSON_ParseWithLength(message->text, message->len);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(tree, "code");
    const cJSON *value = NULL;

    if (tree == NULL)
        return false;
    out->count = 0;
    out->is_decimal = false;
    out->point_at = NULL;
    out->t = (int64_t)cJSON_GetObjectItemCaseSensitive(tree, "t")->valuedouble;
    out->code_len = strlen(code->valuestring);
    cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(tree, "d"))
    {
        bench_point *point = &out->point[out->count++];
        point->id = bench_id_of(value->string, strlen(value->string));
        point->as.real = value->valuedouble;
    }
    cJSON_Delete(tree);
    return true;
}

static size_t encode(const bench_message *message, char *room)
{
    cJSON *tree = cJSON_CreateObject();

    cJSON_AddNumberToObject(tree, "t", (double)message->t);
    cJSON_AddStringToObject(tree, "ns", message->ns);
    cJSON_AddStringToObject(tree, "code", message->code);
    cJSON_AddStringToObject(tree, "s", "METRIC");
    cJSON_AddStringToObject(tree, "te", "REQ");
    cJSON *d = cJSON_AddObjectToObject(tree, "d");
    for (uint32_t i = 0; i < message->count; i++) {
        const bench_value *value = &message->value[i];
        cJSON_AddNumberToObject(d, bench_names[value->id].text, value->real);
    }
    bool done = cJSON_PrintPreallocated(tree, room, BENCH_ROOM, 0);
    cJSON_Delete(tree);
    return done ? strlen(room) : 0;
}

const bench_peer bench_cjson = {"cjson", decode, encode};

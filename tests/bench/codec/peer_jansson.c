/* jansson: a tree; strict with its flag for duplicates. */
#include <jansson.h>

#include "bench.h"

static bool decode(const bench_message *message, bench_result *out)
{
    json_t *tree = json_loadb(message->text, message->len, JSON_REJECT_DUPLICATES, NULL);
    json_t *d = json_object_get(tree, "d");
    const char *key;
    json_t *value;

    out->count = 0;
    out->t = json_integer_value(json_object_get(tree, "t"));
    out->code_len = json_string_length(json_object_get(tree, "code"));
    out->is_decimal = false;
    out->point_at = NULL;
    json_object_foreach(d, key, value)
    {
        bench_point *point = &out->point[out->count++];
        point->id = bench_id_of(key, strlen(key));
        point->as.real = json_number_value(value);
    }
    json_decref(tree);
    return tree != NULL;
}

static size_t encode(const bench_message *message, char *room)
{
    json_t *tree = json_object();
    json_t *d = json_object();

    json_object_set_new(tree, "t", json_integer(message->t));
    json_object_set_new(tree, "ns", json_string(message->ns));
    json_object_set_new(tree, "code", json_string(message->code));
    json_object_set_new(tree, "s", json_string("METRIC"));
    json_object_set_new(tree, "te", json_string("REQ"));
    for (uint32_t i = 0; i < message->count; i++) {
        const bench_value *value = &message->value[i];
        json_object_set_new_nocheck(d, bench_names[value->id].text, json_real(value->real));
    }
    json_object_set_new(tree, "d", d);
    size_t len = json_dumpb(tree, room, BENCH_ROOM, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(tree);
    return len;
}

const bench_peer bench_jansson = {"jansson", decode, encode};

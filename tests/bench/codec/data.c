/* Synthetic reports: the model's own names, values that walk at random with the decimals that the
 * model gives them. Seeded, so every run and every peer sees the same bytes. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "ess/decimal.h"
#include "ess/model.h"

bench_name bench_names[BENCH_NAMES];
bench_slot bench_slots[BENCH_SLOTS];
static uint8_t decimals_of[BENCH_NAMES];

static uint64_t chance = UINT64_C(88172645463325252);

static uint64_t draw(uint64_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % below;
}

/* Takes a name in, unless it is there already. */
static void add_name(uint32_t *count, const char *name, uint8_t decimals)
{
    size_t len = strlen(name);

    if (*count == BENCH_NAMES || len >= BENCH_NAME_ROOM || bench_id_of(name, len) != BENCH_NAMES)
        return;
    uint32_t at = bench_hash(name, len);
    while (bench_slots[at % BENCH_SLOTS].len != 0)
        at++;
    bench_slot *slot = &bench_slots[at % BENCH_SLOTS];
    memcpy(slot->text, name, len);
    slot->len = (uint32_t)len;
    slot->id = *count;
    memcpy(bench_names[*count].text, name, len + 1);
    bench_names[*count].len = (uint32_t)len;
    decimals_of[*count] = decimals;
    (*count)++;
}

/* The model's scalar names; then those of further clusters, "c1SocMax", until there are enough. */
static void make_names(void)
{
    uint32_t count = 0;

    memset(bench_slots, 0, sizeof bench_slots);
    for (unsigned cluster = 0; count < BENCH_NAMES; cluster++) {
        for (size_t i = 0; i < ess_model_object_count; i++) {
            const ess_model_object *object = &ess_model_objects[i];
            for (size_t k = 0; k < object->point_count; k++) {
                const ess_model_point *point = &object->points[k];
                char name[64];
                if (point->type == ESS_MODEL_TEXT || point->type == ESS_MODEL_ARRAY)
                    continue;
                snprintf(name, sizeof name, "%s", point->name);
                if (cluster > 0)
                    snprintf(name, sizeof name, "c%u%c%s", cluster, point->name[0] - 'a' + 'A',
                             point->name + 1);
                add_name(&count, name, point->decimals > 3 ? 3 : point->decimals);
            }
        }
    }
}

static size_t print_message(const bench_message *message, char *room)
{
    size_t len = (size_t)snprintf(room, BENCH_ROOM,
                                  "{\"t\":%lld,\"ns\":\"%s\",\"code\":\"%s\",\"s\":\"METRIC\","
                                  "\"te\":\"REQ\",\"d\":{",
                                  (long long)message->t, message->ns, message->code);

    for (uint32_t i = 0; i < message->count; i++) {
        const bench_value *value = &message->value[i];
        char digits[ESS_DECIMAL_PRINT_MAX];
        ess_decimal number = {value->mantissa, value->scale};
        size_t digits_len = ess_decimal_print(number, digits);
        len += (size_t)snprintf(room + len, BENCH_ROOM - len, "%s\"%s\":%.*s", i == 0 ? "" : ",",
                                bench_names[value->id].text, (int)digits_len, digits);
    }
    len += (size_t)snprintf(room + len, BENCH_ROOM - len, "}}");
    return len;
}

/* A walk in steps of up to 1 % around a start of 2 to 6 digits, one in six of them negative. */
static void walk(int64_t *mantissa)
{
    int64_t size = *mantissa < 0 ? -*mantissa : *mantissa;
    int64_t step = size / 100 + 2;

    *mantissa += (int64_t)draw((uint64_t)(2 * step + 1)) - step;
}

static int64_t start_value(uint8_t decimals)
{
    static const int64_t sizes[] = {10, 100, 1000, 10000};
    int64_t value = (int64_t)draw((uint64_t)(9 * sizes[draw(4)])) + 5;

    for (uint8_t i = 0; i < decimals && value < 10000; i++)
        value *= 10;
    return draw(6) == 0 ? -value : value;
}

void bench_data_make(bench_message *messages, uint32_t count)
{
    static char text[BENCH_ROOM];
    int64_t walker[BENCH_STREAMS][BENCH_NAMES];

    chance = UINT64_C(88172645463325252);
    make_names();
    for (uint32_t stream = 0; stream < BENCH_STREAMS; stream++) {
        for (uint32_t i = 0; i < count; i++)
            walker[stream][i] = start_value(decimals_of[i]);
    }
    for (uint32_t i = 0; i < BENCH_MESSAGES; i++) {
        bench_message *message = &messages[i];
        message->stream = i % BENCH_STREAMS;
        message->count = count;
        message->t = INT64_C(1763827200000) + i * 50;
        snprintf(message->ns, sizeof message->ns, "CAB%02u/BMS", message->stream + 1);
        snprintf(message->code, sizeof message->code, "0000002a9f3c01%02x-%u", message->stream,
                 1000 + i / BENCH_STREAMS);
        for (uint32_t k = 0; k < count; k++) {
            walk(&walker[message->stream][k]);
            ess_decimal number = ess_decimal_make(walker[message->stream][k], decimals_of[k]);
            message->value[k] = (bench_value){.id = k,
                                              .scale = number.scale,
                                              .mantissa = number.mantissa,
                                              .real = ess_decimal_to_double(number)};
        }
        message->len = print_message(message, text);
        message->text = calloc(1, message->len + BENCH_PADDING);
        assert(message->text != NULL);
        memcpy(message->text, text, message->len);
    }
}

bool bench_check(const char *peer, const bench_message *message, const bench_result *result)
{
    bool right = result->t == message->t && result->count == message->count &&
                 result->code_len == strlen(message->code);

    for (uint32_t i = 0; right && i < message->count; i++) {
        const bench_value *want = &message->value[i];
        bench_point is = result->point_at != NULL ? result->point_at(i) : result->point[i];
        right = is.id == want->id;
        if (result->is_decimal)
            right = right && is.as.mantissa == want->mantissa && is.scale == want->scale;
        else
            right = right && is.as.real == want->real;
    }
    if (!right)
        fprintf(stderr, "bench: %s reads another message than was written:\n%s\n", peer,
                message->text);
    return right;
}

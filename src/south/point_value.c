/* Raw registers to exact decimals and back. */
#include "codec/try.h"
#include "south/point_table.h"

#include <assert.h>

#define WIDTH_MAX 4

typedef struct type_row {
    uint8_t width; /* registers */
    int64_t least, most;
} type_row;

static const type_row types[] = {
    [SOUTH_U16] = {1, 0, UINT16_MAX},         [SOUTH_I16] = {1, INT16_MIN, INT16_MAX},
    [SOUTH_U32] = {2, 0, UINT32_MAX},         [SOUTH_I32] = {2, INT32_MIN, INT32_MAX},
    [SOUTH_U64] = {4, 0, INT64_MAX},          [SOUTH_BOOL] = {1, 0, 1},
};

size_t south_point_width(const south_point *point)
{
    return types[point->type].width;
}

size_t south_point_registers(const south_point *point)
{
    return (size_t)types[point->type].width * point->count;
}

/* Puts the words (and their bytes) of a value in big-endian order, or back: its own inverse. */
static void reorder(const south_point *point, const uint16_t *from, uint16_t *to)
{
    size_t width = types[point->type].width;
    bool turn_words = point->order == SOUTH_CDAB || point->order == SOUTH_DCBA;
    bool turn_bytes = point->order == SOUTH_BADC || point->order == SOUTH_DCBA;

    if (width == 1) {
        to[0] = from[0];
        return;
    }
    for (size_t i = 0; i < width; i++) {
        uint16_t word = from[turn_words ? width - 1 - i : i];
        if (turn_bytes)
            word = (uint16_t)(word << 8 | word >> 8);
        to[i] = word;
    }
}

ess_err south_decode(const south_point *point, const uint16_t *registers, size_t element,
                     ess_decimal *out)
{
    size_t width = types[point->type].width;
    uint16_t words[WIDTH_MAX];
    uint64_t bits = 0;
    int64_t raw, product;

    assert(element < point->count);
    reorder(point, registers + element * width, words);
    for (size_t i = 0; i < width; i++)
        bits = bits << 16 | words[i];
    if (bits > INT64_MAX)
        return ESS_E_NUMBER;
    raw = (int64_t)bits;
    if (types[point->type].least < 0 && raw > types[point->type].most)
        raw -= (int64_t)1 << (16 * width);
    if (point->type == SOUTH_BOOL)
        raw = raw != 0;
    if (__builtin_mul_overflow(raw, point->scale.mantissa, &product))
        return ESS_E_NUMBER;
    *out = ess_decimal_make(product, point->scale.scale);
    return ESS_OK;
}

ess_err south_encode(const south_point *point, ess_decimal value, uint16_t *registers)
{
    const type_row *type = &types[point->type];
    uint16_t words[WIDTH_MAX] = {0};
    int64_t raw;

    TRY(ess_decimal_to_integer(value, point->scale.scale, &raw));
    if (raw % point->scale.mantissa != 0)
        return ESS_E_NUMBER;
    raw /= point->scale.mantissa;
    if (raw < type->least || raw > type->most)
        return ESS_E_NUMBER;
    for (size_t i = 0; i < type->width; i++)
        words[i] = (uint16_t)((uint64_t)raw >> (16 * (type->width - 1 - i)));
    reorder(point, words, registers);
    return ESS_OK;
}

/* Exact decimals in 64 bits. No 128-bit arithmetic: a Cortex-M4 has none.
 *
 * Comparing and subtracting two scales exactly is done by splitting a value into its floor and
 * the rest in units of 10^-18; both halves fit 64 bits for every value there is.
 */
#include "ess/decimal.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/number.h"
#include "codec/try.h"

/* A table of them would be 152 bytes. */
static uint64_t ten_to(unsigned exponent)
{
    uint64_t power = 1;

    for (; exponent > 0; exponent--)
        power *= 10;
    return power;
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10U;
}

/* Reads digits, taking them into the magnitude while it can hold them all. */
static const char *scan_digits(const char *at, const char *end, bool fraction, ess_number *number)
{
    for (; at < end && is_digit(*at); at++) {
        unsigned digit = (unsigned)(*at - '0');
        bool leading = number->magnitude == 0 && digit == 0;
        if (!leading && number->magnitude == 0)
            number->first = at;
        if (!number->full && number->magnitude <= (UINT64_MAX - digit) / 10) {
            number->magnitude = number->magnitude * 10 + digit;
            number->taken = (uint8_t)(number->taken + !leading);
            number->exponent -= fraction;
        } else {
            number->full = true;
            number->more |= digit != 0;
            number->exponent += !fraction;
        }
    }
    return at;
}

/* Reads e+12 and the like; beyond any use it saturates, since only "too large" is left to say. */
static const char *scan_exponent(const char *at, const char *end, ess_number *number)
{
    const int32_t far = 100000000; /* more than any text has digits; ten times it fits */
    int32_t exponent = 0;
    bool negative = false;

    at++;
    if (at < end && (*at == '+' || *at == '-'))
        negative = *at++ == '-';
    if (at == end)
        return NULL;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return NULL;
        if (exponent < far)
            exponent = exponent * 10 + (*at - '0');
    }
    number->exponent += negative ? -exponent : exponent;
    return at;
}

ess_err ess_number_scan(ess_slice text, ess_number *number)
{
    const char *at = text.ptr;
    const char *end = text.len == 0 ? at : at + text.len;

    *number = (ess_number){0};
    if (text.len > ESS_NUMBER_TEXT_MAX)
        return ESS_E_NUMBER;
    if (at < end && *at == '-') {
        number->negative = true;
        at++;
    }
    if (at == end || !is_digit(*at))
        return ESS_E_JSON_SYNTAX;
    if (*at == '0' && at + 1 < end && is_digit(at[1]))
        return ESS_E_JSON_SYNTAX;
    at = scan_digits(at, end, false, number);
    if (at < end && *at == '.') {
        if (at + 1 == end || !is_digit(at[1]))
            return ESS_E_JSON_SYNTAX;
        at = scan_digits(at + 1, end, true, number);
    }
    number->end = at;
    if (at < end && (*at == 'e' || *at == 'E'))
        at = scan_exponent(at, end, number);
    return at == end && at != NULL ? ESS_OK : ESS_E_JSON_SYNTAX;
}

/* A number that 64 bits hold exactly, without trailing zeros. */
static ess_err scan_exact(ess_slice text, ess_number *number)
{
    TRY(ess_number_scan(text, number));
    if (number->more)
        return ESS_E_NUMBER;
    while (number->magnitude != 0 && number->magnitude % 10 == 0) {
        number->magnitude /= 10;
        number->exponent++;
    }
    if (number->magnitude == 0)
        *number = (ess_number){0};
    return ESS_OK;
}

/* Folds an exponent in. ESS_E_NUMBER: not whole, or too large. */
__attribute__((noinline)) static ess_err make_whole(ess_number *number)
{
    if (number->exponent < 0 || number->exponent > ESS_DECIMAL_SCALE_MAX + 1)
        return ESS_E_NUMBER;
    for (; number->exponent > 0; number->exponent--) {
        if (number->magnitude > UINT64_MAX / 10)
            return ESS_E_NUMBER;
        number->magnitude *= 10;
    }
    return ESS_OK;
}

static ess_err to_whole(ess_number *number, int64_t *out)
{
    TRY(make_whole(number));
    return ess_sign_apply(number->magnitude, number->negative, out) ? ESS_OK : ESS_E_NUMBER;
}

ess_err ess_decimal_parse(ess_slice text, ess_decimal *out)
{
    ess_number number;
    ess_decimal value = {0};

    TRY(scan_exact(text, &number));
    if (number.exponent < -ESS_DECIMAL_SCALE_MAX)
        return ESS_E_NUMBER;
    if (number.exponent < 0) {
        value.scale = (uint8_t)-number.exponent;
        number.exponent = 0;
    }
    TRY(to_whole(&number, &value.mantissa));
    *out = value;
    return ESS_OK;
}

ess_err ess_unsigned_parse(ess_slice text, uint64_t *out)
{
    ess_number number;

    TRY(scan_exact(text, &number));
    TRY(make_whole(&number));
    if (number.negative)
        return ESS_E_NUMBER;
    *out = number.magnitude;
    return ESS_OK;
}

ess_decimal ess_decimal_make(int64_t mantissa, uint8_t scale)
{
    if (scale > ESS_DECIMAL_SCALE_MAX)
        scale = ESS_DECIMAL_SCALE_MAX;
    if (mantissa == 0)
        scale = 0;
    while (scale > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        scale--;
    }
    return (ess_decimal){.mantissa = mantissa, .scale = scale};
}

static void put_word(uint64_t word, char *room)
{
    for (unsigned i = 0; i < 8; i++)
        room[i] = (char)(word >> 8 * i);
}

/* A number below 10^8 as text in a word, without leading zeros, but least digits. */
static inline uint64_t text_of(uint32_t eight, unsigned least, unsigned *len)
{
    uint64_t word = ess_digits_split(eight);
    unsigned skip = (unsigned)__builtin_ctzll(word | UINT64_C(0x80) << 8 * (8 - least)) / 8;

    *len = 8 - skip;
    return (word | ESS_WORD_OF('0')) >> 8 * skip;
}

size_t ess_digits_print(uint64_t value, char room[static 20])
{
    uint32_t blocks[3];
    size_t count = 0;
    size_t len = 0;
    unsigned least = 1;

    do {
        blocks[count++] = (uint32_t)(value % 100000000);
        value /= 100000000;
    } while (value > 0);
    for (; count > 0; least = 8) {
        unsigned digits = 0;
        put_word(text_of(blocks[--count], least, &digits), room + len);
        len += digits;
    }
    return len;
}

/* Kept out of line, so that the short way need not save what only this one uses. */
static __attribute__((noinline)) size_t print_long(ess_decimal value, char *room)
{
    size_t sign = value.mantissa < 0;
    char *digits = room + sign;

    value = ess_decimal_make(value.mantissa, value.scale);
    room[0] = '-';
    size_t len = ess_digits_print(magnitude_of(value.mantissa), digits);
    if (value.scale == 0)
        return sign + len;
    if (len <= value.scale) {
        size_t zeros = value.scale + 1U - len;
        memmove(digits + zeros, digits, len);
        memset(digits, '0', zeros);
        len += zeros;
    }
    char *point = digits + (len - value.scale);
    memmove(point + 1, point, value.scale);
    *point = '.';
    return sign + len + 1;
}

/* The everyday case, at most eight digits and none a trailing zero, without a branch on them. */
size_t ess_decimal_print(ess_decimal value, char room[static ESS_DECIMAL_PRINT_MAX])
{
    uint64_t magnitude = magnitude_of(value.mantissa);
    unsigned len = 0;

    if (magnitude >= 100000000 || value.scale > 7 || !ess_number_quick())
        return print_long(value, room);
    uint64_t word = text_of((uint32_t)magnitude, value.scale + 1U, &len);
    if (value.scale > 0 && (uint8_t)(word >> 8 * (len - 1)) == '0')
        return print_long(value, room);
    unsigned whole = len - value.scale;
    char *at = room + (value.mantissa < 0);
    room[0] = '-';
    memcpy(at, &word, sizeof word);
    at[whole] = '.';
    at += whole + (value.scale > 0);
    word = word >> 8 * (whole - 1) >> 8;
    memcpy(at, &word, sizeof word);
    return (size_t)(at - room) + value.scale;
}

#define REST_UNIT UINT64_C(1000000000000000000)

/* value = floor + rest / REST_UNIT, 0 <= rest < REST_UNIT. */
typedef struct split {
    int64_t floor;
    uint64_t rest;
} split;

static split split_value(ess_decimal value)
{
    uint8_t scale = value.scale > ESS_DECIMAL_SCALE_MAX ? ESS_DECIMAL_SCALE_MAX : value.scale;
    int64_t unit = (int64_t)ten_to(scale);
    int64_t floor = value.mantissa / unit;
    int64_t rest = value.mantissa % unit;

    if (rest < 0) {
        rest += unit;
        floor--;
    }
    return (split){floor, (uint64_t)rest * ten_to(ESS_DECIMAL_SCALE_MAX - scale)};
}

static int compare_splits(const split *a, const split *b)
{
    if (a->floor != b->floor)
        return a->floor < b->floor ? -1 : 1;
    return (a->rest > b->rest) - (a->rest < b->rest);
}

int ess_decimal_compare(ess_decimal a, ess_decimal b)
{
    split left = split_value(a);
    split right = split_value(b);

    return compare_splits(&left, &right);
}

bool ess_decimal_moved(ess_decimal a, ess_decimal b, ess_decimal band)
{
    split low = split_value(a);
    split high = split_value(b);
    split least = split_value(band);
    int order = compare_splits(&low, &high);

    if (order == 0 || band.mantissa <= 0)
        return order != 0;
    const split *above = order > 0 ? &low : &high;
    const split *below = order > 0 ? &high : &low;
    bool borrow = above->rest < below->rest;
    /* The difference of the floors fits an unsigned 64-bit number. */
    uint64_t whole = (uint64_t)above->floor - (uint64_t)below->floor - borrow;
    split moved = {
        .floor = (int64_t)whole,
        .rest = above->rest - below->rest + (borrow ? REST_UNIT : 0),
    };
    return whole > INT64_MAX || compare_splits(&moved, &least) >= 0;
}

double ess_decimal_to_double(ess_decimal value)
{
    char digits[20];
    uint8_t scale = value.scale > ESS_DECIMAL_SCALE_MAX ? ESS_DECIMAL_SCALE_MAX : value.scale;
    ess_number number = {
        .first = digits,
        .magnitude = magnitude_of(value.mantissa),
        .exponent = -scale,
        .negative = value.mantissa < 0,
    };
    double result = 0;

    number.taken = (uint8_t)ess_digits_print(number.magnitude, digits);
    number.end = digits + number.taken;
    (void)ess_number_to_double(&number, &result); /* 64 bits are far from overflow */
    return result;
}

ess_err ess_decimal_to_integer(ess_decimal value, uint8_t digits, int64_t *out)
{
    value = ess_decimal_make(value.mantissa, value.scale);
    ess_number number = {
        .magnitude = magnitude_of(value.mantissa),
        .exponent = digits - value.scale,
        .negative = value.mantissa < 0,
    };
    if (number.magnitude == 0)
        number.exponent = 0;
    return to_whole(&number, out);
}

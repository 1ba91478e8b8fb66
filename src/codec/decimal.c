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

/* A number below 10^8 without leading zeros. Uses eight bytes of the room. */
static inline size_t put_first(uint32_t eight, char *room)
{
    uint64_t word = ess_digits_split(eight);
    unsigned skip = (unsigned)__builtin_ctzll(word | UINT64_C(1) << 63) / 8;

    put_word((word | ESS_WORD_OF('0')) >> 8 * skip, room);
    return 8 - skip;
}

/* Kept out of line, so that the short way need not save what only this one uses. */
static __attribute__((noinline)) size_t put_long(uint64_t value, char *room)
{
    uint64_t rest = value / 100000000;
    size_t len = rest < 100000000 ? put_first((uint32_t)rest, room)
                                  : put_first((uint32_t)(rest / 100000000), room);

    if (rest >= 100000000) {
        put_word(ess_digits_split((uint32_t)(rest % 100000000)) | ESS_WORD_OF('0'), room + len);
        len += 8;
    }
    put_word(ess_digits_split((uint32_t)(value % 100000000)) | ESS_WORD_OF('0'), room + len);
    return len + 8;
}

static inline size_t put_digits(uint64_t value, char *room)
{
    return value < 100000000 ? put_first((uint32_t)value, room) : put_long(value, room);
}

size_t ess_digits_print(uint64_t value, char room[static 20])
{
    return put_digits(value, room);
}

/* Puts a point before the last scale of len digits. */
static size_t put_point(char *digits, size_t len, size_t scale)
{
    if (len <= scale) {
        size_t zeros = scale + 1 - len;
        memmove(digits + zeros, digits, len);
        memset(digits, '0', zeros);
        len = scale + 1;
    }
    char *point = digits + (len - scale);
    if (len <= 8) { /* a size that is known costs less */
        char behind[8];
        memcpy(behind, point, sizeof behind);
        memcpy(point + 1, behind, sizeof behind);
    } else {
        memmove(point + 1, point, scale);
    }
    *point = '.';
    return len + 1;
}

size_t ess_decimal_print(ess_decimal value, char room[static ESS_DECIMAL_PRINT_MAX])
{
    size_t scale = value.scale > ESS_DECIMAL_SCALE_MAX ? ESS_DECIMAL_SCALE_MAX : value.scale;
    size_t sign = value.mantissa < 0;
    char *digits = room + sign;

    room[0] = '-';
    size_t len = put_digits(magnitude_of(value.mantissa), digits);
    if (value.mantissa == 0)
        scale = 0;
    for (; scale > 0 && digits[len - 1] == '0'; scale--)
        len--; /* a trailing zero carries no meaning */
    return sign + (scale > 0 ? put_point(digits, len, scale) : len);
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

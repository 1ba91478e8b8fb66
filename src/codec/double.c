/* Doubles, read and printed exactly, in whole numbers only: a Cortex-M4 has no double arithmetic.
 *
 * Reading. The digits that fit 64 bits are multiplied by a power of ten that is kept to 64 bits,
 * and how far the product can be off is carried along (Clinger, "How to read floating point
 * numbers accurately", 1990). Nearly always one double is nearest to all that the product may
 * stand for. Else the question is on which side of the middle between two doubles the text lies.
 * The middle is a short binary number, so its decimal digits can be produced one by one and
 * compared with the text's, however long that is: no digit of the text is ever stored.
 *
 * Printing. The same ratio of two big numbers produces the digits, and a third one, half the
 * distance to the next double, tells when they say enough (Steele and White, "How to print
 * floating-point numbers accurately", 1990; Burger and Dybvig, "Printing floating-point numbers
 * quickly and accurately", 1996).
 *
 * A ratio's numbers need at most 800 bits: powers of two are cancelled first. Rejected: tables of
 * 128-bit powers (Lemire 2021, Adams 2018): 10 KB of them, for numbers that are not on the way of
 * the data; a big number for the text's own digits: it needs 2,600 bits.
 */
#include "ess/double.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/try.h"

enum {
    MANTISSA_BITS = 53,
    EXPONENT_LEAST = -1074, /* of the last bit of a subnormal */
    EXPONENT_CODES = 2047,  /* this one, and none above it, is not a number */
    DIGITS_MAX = 17,        /* that many always tell two doubles apart */
    TEN_LEAST = -324,       /* a number below 10^TEN_LEAST is nearest to 0 */
    TEN_MOST = 308,         /* a number of 10^(TEN_MOST + 1) is nearest to infinity */
    PLAIN_LEAST = -3,       /* 0.d x 10^-3 .. 0.d x 10^17 are printed without exponent */
    PLAIN_MOST = DIGITS_MAX
};

/* --- a ratio of big numbers */

enum {
    WORDS = 26,         /* 767 bits of 2^1075 / 2^308, rounded up, and what aligning adds */
    TOP_WORD_BITS = 28, /* of the lower number: its multiples up to 11 keep to the same words */
    FIVES_AT_ONCE = 13  /* 5^13 fits a word */
};

typedef struct ratio {
    size_t words; /* in use, the same for all three; the lowest first */
    uint32_t upper[WORDS], lower[WORDS];
    uint32_t margin[WORDS]; /* in print: half the distance to the next double */
} ratio;

static void multiply(uint32_t number[static WORDS], size_t words, uint32_t factor)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < words; i++) {
        carry += (uint64_t)number[i] * factor;
        number[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void multiply_by_fives(uint32_t number[static WORDS], int count)
{
    static const uint32_t most = 1220703125;

    for (; count >= FIVES_AT_ONCE; count -= FIVES_AT_ONCE)
        multiply(number, WORDS, most);
    for (; count > 0; count--)
        multiply(number, WORDS, 5);
}

static void shift_up(uint32_t number[static WORDS], int bits)
{
    size_t whole = (size_t)bits / 32;

    memmove(number + whole, number, (WORDS - whole) * sizeof number[0]);
    memset(number, 0, whole * sizeof number[0]);
    multiply(number, WORDS, UINT32_C(1) << bits % 32);
}

/* Sign of a x times + b - c. */
static int compare(const ratio *r, const uint32_t *a, uint32_t times, const uint32_t *b,
                   const uint32_t *c)
{
    int64_t carry = 0;
    uint32_t any = 0;

    for (size_t i = 0; i < r->words; i++) {
        carry += (int64_t)((uint64_t)a[i] * times) - c[i] + (b == NULL ? 0 : b[i]);
        any |= (uint32_t)carry;
        /* Divided by 2^32 and rounded down; what is taken away first leaves a multiple of it. */
        carry = (carry - (uint32_t)carry) / (INT64_C(1) << 32);
    }
    return carry < 0 ? -1 : (carry > 0 || any != 0);
}

/* mantissa x 2^twos / 10^tens, near enough to 1 for WORDS; margin is 2 x 2^twos / 10^tens. */
static void ratio_set(ratio *r, uint64_t mantissa, int twos, int tens)
{
    *r = (ratio){.words = WORDS, .lower = {1}, .margin = {2}};
    r->upper[0] = (uint32_t)mantissa;
    r->upper[1] = (uint32_t)(mantissa >> 32);
    multiply_by_fives(r->lower, tens);
    multiply_by_fives(r->upper, -tens);
    multiply_by_fives(r->margin, -tens);
    twos -= tens;
    if (twos < 0) {
        shift_up(r->lower, -twos);
    } else {
        shift_up(r->upper, twos);
        shift_up(r->margin, twos);
    }
}

/* Makes the ratio ready for next_digit: the top word of the lower number full enough to guess by.
 */
static void ratio_align(ratio *r)
{
    size_t words = WORDS;

    while (r->lower[words - 1] == 0)
        words--;
    int up = TOP_WORD_BITS - (32 - __builtin_clz(r->lower[words - 1]));
    if (up < 0)
        up += 32;
    shift_up(r->upper, up);
    shift_up(r->lower, up);
    shift_up(r->margin, up);
    r->words = words + (r->lower[words] != 0);
}

static void take_away(ratio *r, uint32_t times)
{
    uint64_t borrow = 0;

    for (size_t i = 0; i < r->words; i++) {
        borrow += (uint64_t)r->lower[i] * times;
        uint32_t low = (uint32_t)borrow;
        borrow = (borrow >> 32) + (r->upper[i] < low);
        r->upper[i] -= low;
    }
}

/* The whole part of the ratio, 0..10, which is taken out of it. */
static uint32_t next_digit(ratio *r)
{
    /* Guessed from the top words it is right or, as they are rounded apart, one too small. */
    uint32_t digit = r->upper[r->words - 1] / (r->lower[r->words - 1] + 1);

    take_away(r, digit);
    if (compare(r, r->upper, 1, NULL, r->lower) >= 0) {
        take_away(r, 1);
        digit++;
    }
    return digit;
}

/* --- reading */

/* value = mantissa x 2^exponent, the mantissa's top bit set, less than below too large and less
 * than above too small. */
typedef struct approximation {
    uint64_t mantissa;
    int exponent;
    unsigned below, above;
} approximation;

enum { TENS_STEP = 28, TENS_ONE = 13 /* the place of 10^0 */ }; /* 5^27 fits 64 bits */

/* 10^(28 x (i - 13)), its first 64 bits rounded to nearest. */
static const uint64_t tens_table[] = {
    UINT64_C(0xE1AFA13AFBD14D6E), UINT64_C(0xE3E27A444D8D98B8), UINT64_C(0xE61ACF033D1A45DF),
    UINT64_C(0xE858AD248F5C22CA), UINT64_C(0xEA9C227723EE8BCB), UINT64_C(0xECE53CEC4A314EBE),
    UINT64_C(0xEF340A98172AACE5), UINT64_C(0xF18899B1BC3F8CA2), UINT64_C(0xF3E2F893DEC3F126),
    UINT64_C(0xF64335BCF065D37D), UINT64_C(0xF8A95FCF88747D94), UINT64_C(0xFB158592BE068D2F),
    UINT64_C(0xFD87B5F28300CA0E), UINT64_C(0x8000000000000000), UINT64_C(0x813F3978F8940984),
    UINT64_C(0x82818F1281ED44A0), UINT64_C(0x83C7088E1AAB65DB), UINT64_C(0x850FADC09923329E),
    UINT64_C(0x865B86925B9BC5C2), UINT64_C(0x87AA9AFF79042287), UINT64_C(0x88FCF317F22241E2),
    UINT64_C(0x8A5296FFE33CC930), UINT64_C(0x8BAB8EEFB6409C1A), UINT64_C(0x8D07E33455637EB3),
    UINT64_C(0x8E679C2F5E44FF8F),
};

/* Exponent of 10^(28 x steps) in that form: 28 x log2(10) is 93.014, and |steps| below 72. */
static int tens_exponent(int steps)
{
    return 93 * steps - (steps < 0) - 63;
}

/* Multiplies by factor, its top bit set, which is exact. */
static void multiply_approximately(approximation *a, uint64_t factor)
{
    uint64_t low_a = (uint32_t)a->mantissa;
    uint64_t high_a = a->mantissa >> 32;
    uint64_t low_b = (uint32_t)factor;
    uint64_t high_b = factor >> 32;
    uint64_t middle = low_a * high_b + (low_a * low_b >> 32);
    uint64_t middle_too = high_a * low_b + (uint32_t)middle;
    uint64_t high = high_a * high_b + (middle >> 32) + (middle_too >> 32);
    uint64_t low = middle_too << 32 | (uint32_t)(low_a * low_b);

    /* An error of either factor's last place is at most one of the product's. */
    a->above += low != 0;
    a->exponent += 64;
    if (high >> 63 == 0) {
        high = high << 1 | low >> 63;
        a->exponent--;
        a->below *= 2;
        a->above *= 2;
    }
    a->mantissa = high;
}

/* The number's first digits times its power of ten. magnitude is not 0. */
static approximation approximate(const ess_number *number)
{
    int lifted = __builtin_clzll(number->magnitude);
    approximation a = {
        .mantissa = number->magnitude << lifted,
        .exponent = -lifted,
        .above = number->more ? 1U << lifted : 0, /* then lifted is 3 at most */
    };
    unsigned place = (unsigned)(number->exponent + TENS_ONE * TENS_STEP);
    unsigned rest = place % TENS_STEP;
    int steps = (int)(place / TENS_STEP) - TENS_ONE;
    uint64_t fives = 1;

    for (unsigned i = 0; i < rest; i++)
        fives *= 5;
    lifted = __builtin_clzll(fives);
    a.exponent += (int)rest - lifted;
    multiply_approximately(&a, fives << lifted);
    if (steps == 0)
        return a;
    /* The table's number is half of its last place off at most, in either direction. */
    a.below += 1;
    a.above += 1;
    a.exponent += tens_exponent(steps);
    multiply_approximately(&a, tens_table[steps + TENS_ONE]);
    return a;
}

/* Sign of the number - mantissa x 2^twos, which is less than 11 x 10^(place of its first digit). */
static int compare_with(const ess_number *number, uint64_t mantissa, int twos)
{
    ratio r;

    ratio_set(&r, mantissa, twos, number->exponent + number->taken - 1);
    ratio_align(&r);
    for (const char *at = number->first; at < number->end; at++) {
        if (*at == '.')
            continue;
        uint32_t theirs = (uint32_t)(*at - '0');
        uint32_t ours = next_digit(&r);
        if (theirs != ours)
            return theirs > ours ? 1 : -1;
        multiply(r.upper, r.words, 10);
    }
    for (size_t i = 0; i < r.words; i++) {
        if (r.upper[i] != 0)
            return -1;
    }
    return 0;
}

/* Bits of the double nearest to the number, which is not 0 and in the range of a double. */
static uint64_t nearest(const ess_number *number)
{
    approximation a = approximate(number);
    int drop = 64 - MANTISSA_BITS;
    uint64_t mantissa = 0;
    bool clear = false;
    bool up = false;

    if (a.exponent + drop < EXPONENT_LEAST)
        drop = EXPONENT_LEAST - a.exponent;
    if (drop < 64) {
        uint64_t half = UINT64_C(1) << (drop - 1);
        uint64_t rest = a.mantissa & (half * 2 - 1);
        mantissa = a.mantissa >> drop;
        up = rest > half;
        clear = up ? rest - half > a.below : half - rest > a.above;
    }
    if (!clear) {
        int side = compare_with(number, mantissa * 2 + 1, a.exponent + drop - 1);
        up = side > 0 || (side == 0 && (mantissa & 1U) != 0);
    }
    /* A mantissa that overflows carries into the exponent, as it should. */
    return ((uint64_t)(a.exponent + drop - EXPONENT_LEAST) << (MANTISSA_BITS - 1)) + mantissa + up;
}

ess_err ess_number_to_double(const ess_number *number, double *out)
{
    uint64_t bits = 0;
    int first_place = number->exponent + number->taken - 1;

    if (number->magnitude != 0 && first_place >= TEN_LEAST) {
        if (first_place > TEN_MOST)
            return ESS_E_NUMBER;
        bits = nearest(number);
        if (bits >> (MANTISSA_BITS - 1) >= EXPONENT_CODES)
            return ESS_E_NUMBER;
    }
    bits |= (uint64_t)number->negative << 63;
    memcpy(out, &bits, sizeof bits);
    return ESS_OK;
}

ess_err ess_double_parse(ess_slice text, double *out)
{
    ess_number number;

    TRY(ess_number_scan(text, &number));
    return ess_number_to_double(&number, out);
}

/* --- printing */

/* value = 0.digits x 10^tens */
typedef struct digits {
    char text[DIGITS_MAX];
    unsigned count;
    int tens;
} digits;

/* A double's mantissa x 2^twos. */
typedef struct parts {
    uint64_t mantissa;
    int twos;
    bool even;   /* then the middle to either neighbour reads as this double */
    bool closer; /* the lower neighbour is at half the distance */
} parts;

static parts take_apart(uint64_t bits)
{
    unsigned code = (unsigned)(bits >> (MANTISSA_BITS - 1));
    uint64_t hidden = UINT64_C(1) << (MANTISSA_BITS - 1);
    uint64_t mantissa = bits & (hidden - 1);

    return (parts){
        .mantissa = code == 0 ? mantissa : mantissa | hidden,
        .twos = EXPONENT_LEAST + (code == 0 ? 0 : (int)code - 1),
        .even = (mantissa & 1U) == 0,
        .closer = mantissa == 0 && code > 1,
    };
}

/* The least power of ten that is more than 2^twos: one too small at most for a value from 2^twos
 * to below twice that. */
static int tens_above(int twos)
{
    /* log10(2) x 2^18 is 78913.2: exact for all exponents there are. 1024 keeps it above 0. */
    return ((twos * 78913 + (1024 << 18)) >> 18) - 1024 + 1;
}

/* The fewest digits that lie nearer to the value than half way to its neighbours. */
static void shortest(const parts *value, digits *out)
{
    ratio r;
    int highest = 63 - __builtin_clzll(value->mantissa);
    bool low = false;
    bool high = false;

    out->count = 0;
    out->tens = tens_above(value->twos + highest);
    /* In quarters, so that the margin is a whole number. */
    ratio_set(&r, value->mantissa * 4, value->twos - 2, out->tens);
    if (compare(&r, r.upper, 1, r.margin, r.lower) >= !value->even) {
        out->tens++;
        multiply(r.lower, WORDS, 10);
    }
    ratio_align(&r);
    while (!low && !high && out->count < DIGITS_MAX) {
        multiply(r.upper, r.words, 10);
        multiply(r.margin, r.words, 10);
        uint32_t digit = next_digit(&r);
        low = compare(&r, r.upper, value->closer ? 2 : 1, NULL, r.margin) < value->even;
        high = compare(&r, r.upper, 1, r.margin, r.lower) >= !value->even;
        /* The nearer of the two, of equally near ones the even one. */
        int rest = compare(&r, r.upper, 2, NULL, r.lower);
        bool round_up = high && (!low || rest > 0 || (rest == 0 && (digit & 1U) != 0));
        out->text[out->count++] = (char)('0' + digit + round_up);
    }
}

/* Appends count bytes of c, or of text. */
static char *put_fill(char *at, char c, int count)
{
    for (; count > 0; count--)
        *at++ = c;
    return at;
}

static char *put_text(char *at, const char *text, unsigned count)
{
    memcpy(at, text, count);
    return at + count;
}

static char *put_point_after(char *at, const digits *d, unsigned whole)
{
    at = put_text(at, d->text, whole);
    if (whole == d->count)
        return at;
    *at++ = '.';
    return put_text(at, d->text + whole, d->count - whole);
}

static char *put_digits(char *at, const digits *d)
{
    int count = (int)d->count;

    if (d->tens > PLAIN_MOST || d->tens < PLAIN_LEAST) {
        char exponent[20];
        int tens = d->tens - 1;
        at = put_point_after(at, d, 1);
        *at++ = 'e';
        at = put_fill(at, '-', tens < 0);
        return put_text(at, exponent,
                        (unsigned)ess_digits_print((uint64_t)(tens < 0 ? -tens : tens), exponent));
    }
    if (d->tens <= 0) {
        at = put_text(at, "0.", 2);
        at = put_fill(at, '0', -d->tens);
        return put_text(at, d->text, d->count);
    }
    if (d->tens < count)
        return put_point_after(at, d, (unsigned)d->tens);
    at = put_text(at, d->text, d->count);
    return put_fill(at, '0', d->tens - count);
}

size_t ess_double_print(double value, char room[static ESS_DOUBLE_PRINT_MAX])
{
    uint64_t bits = 0;
    char *at = room;
    digits d;

    memcpy(&bits, &value, sizeof bits);
    bool negative = bits >> 63 != 0;
    bits &= UINT64_MAX >> 1;
    if (bits >> (MANTISSA_BITS - 1) == EXPONENT_CODES)
        return 0;
    at = put_fill(at, '-', negative);
    if (bits == 0) {
        *at++ = '0';
        return (size_t)(at - room);
    }
    parts p = take_apart(bits);
    shortest(&p, &d);
    return (size_t)(put_digits(at, &d) - room);
}

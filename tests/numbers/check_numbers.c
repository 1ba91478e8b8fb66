/* Compares ess_double_parse with the C library's strtod, bit for bit, and what ess_double_print
 * writes with printf's %.17g, on seeded random and hard cases; see scripts/numbers.sh.
 *
 *   check_numbers [--count N] [--seed S] [--json]
 *
 * The middle between two doubles is one bit longer than a double, so a long double holds it and
 * printf gives all its digits (up to 767); glibc's strtod is exact for any length.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess/double.h"

_Static_assert(LDBL_MANT_DIG > DBL_MANT_DIG, "long double must hold the middle of two doubles");

enum { TEXT_MAX = 4096, SHOWN_MAX = 10 };

typedef struct check {
    uint64_t seed; /* xorshift64 */
    uint64_t parsed, printed, wrong;
    char text[TEXT_MAX];
    size_t len;
} check;

static uint64_t chance(check *c)
{
    c->seed ^= c->seed << 13;
    c->seed ^= c->seed >> 7;
    c->seed ^= c->seed << 17;
    return c->seed;
}

static int chance_in(check *c, int from, int to)
{
    return from + (int)(chance(c) % (uint64_t)(to - from + 1));
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value = 0;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static void wrong(check *c, const char *what, const char *beside)
{
    if (c->wrong++ < SHOWN_MAX)
        (void)fprintf(stderr, "numbers: %s: %.1200s %s\n", what, c->text, beside);
}

/* The text, however it was made, against strtod. */
static void check_parse(check *c)
{
    double wanted = strtod(c->text, NULL);
    double value = 42;
    ess_err err = ess_double_parse((ess_slice){c->text, c->len}, &value);

    c->parsed++;
    if (isinf(wanted) ? err != ESS_E_NUMBER || value != 42
                      : err != ESS_OK || bits_of(value) != bits_of(wanted))
        wrong(c, "read wrongly", "");
}

static void put(check *c, const char *format, int digits, double value)
{
    c->len = (size_t)snprintf(c->text, TEXT_MAX, format, digits, value);
}

/* How many digits a text has before its exponent, without zeros at either end. */
static int digits_in(const char *text)
{
    int count = 0;
    int needed = 0;

    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
            continue;
        count++;
        needed = *text == '0' ? needed : count;
    }
    return needed;
}

/* Reads back as the same bits; is not longer than %.17g; of all texts with that many digits the
 * nearest, and with one digit less there is none. */
static void check_print(check *c, double value)
{
    char room[ESS_DOUBLE_PRINT_MAX + 8];
    char other[64];
    size_t len = ess_double_print(value, room);
    int longest = snprintf(other, sizeof other, "%.17g", value);

    c->printed++;
    memcpy(c->text, room, len);
    c->text[len] = '\0';
    c->len = len;
    if (len > (size_t)longest || len > ESS_DOUBLE_PRINT_MAX)
        wrong(c, "longer than", other);
    if (bits_of(strtod(c->text, NULL)) != bits_of(value))
        wrong(c, "does not read back", other);
    check_parse(c);
    int digits = digits_in(c->text);
    /* At a power of two the lower neighbour is nearer, and printf does not know of neighbours. */
    if (value == 0 || (bits_of(value) & ((UINT64_C(1) << 52) - 1)) == 0)
        return;
    (void)snprintf(other, sizeof other, "%.*e", digits - 1, value);
    if (strtod(other, NULL) != value || strtod(other, NULL) != strtod(c->text, NULL) ||
        digits_in(other) > digits)
        wrong(c, "not the nearest", other);
    (void)snprintf(other, sizeof other, "%.*e", digits > 1 ? digits - 2 : 0, value);
    if (digits > 1 && strtod(other, NULL) == value)
        wrong(c, "not the shortest", other);
}

/* A finite double of any exponent. */
static double any_double(check *c)
{
    double value = double_of(chance(c));

    return isfinite(value) ? value : double_of(chance(c) & ~(UINT64_C(1) << 62));
}

static void random_bits(check *c)
{
    double value = any_double(c);

    check_print(c, value);
    put(c, "%.*g", chance_in(c, 1, 40), value);
    check_parse(c);
}

static void subnormals(check *c)
{
    uint64_t bits = chance(c) >> chance_in(c, 12, 63);

    check_print(c, double_of(bits));
    put(c, "%.*e", chance_in(c, 0, 780), double_of(bits));
    check_parse(c);
}

static void powers_of_two(check *c)
{
    uint64_t bits = (uint64_t)chance_in(c, 1, 2046) << 52;

    check_print(c, double_of(bits + (uint64_t)chance_in(c, 0, 2) - 1));
}

/* Digits anywhere, exponents where most are in range. */
static void random_text(check *c, int most, int exponents)
{
    int digits = chance_in(c, 1, most);
    int point = chance_in(c, 1, 2 * most);
    size_t at = 0;

    if (chance(c) % 2 == 0)
        c->text[at++] = '-';
    c->text[at++] = (char)('1' + chance(c) % 9);
    if (chance(c) % 8 == 0) {
        c->text[at - 1] = '0';
        point = 1;
        digits += 2;
    }
    for (int i = 1; i < digits; i++) {
        if (i == point)
            c->text[at++] = '.';
        c->text[at++] = (char)('0' + (chance(c) % 4 == 0 ? 0 : chance(c) % 10));
    }
    c->len = at;
    if (chance(c) % 4 != 0)
        c->len += (size_t)snprintf(c->text + at, TEXT_MAX - at, "%s%d", chance(c) % 2 ? "e" : "E",
                                   chance_in(c, -exponents, exponents));
    c->text[c->len] = '\0';
    check_parse(c);
}

static void short_texts(check *c)
{
    random_text(c, 25, 350);
}

static void long_texts(check *c)
{
    random_text(c, 1000, 1300);
}

static void extreme_exponents(check *c)
{
    random_text(c, 30, 1000000000);
}

/* What meters send. */
static void everyday(check *c)
{
    int decimals = chance_in(c, 0, 6);
    double value = (double)(chance(c) % 10000000) / pow(10, chance_in(c, 0, 7));

    put(c, "%.*f", decimals, value);
    check_parse(c);
    check_print(c, strtod(c->text, NULL));
}

static void integers(check *c)
{
    uint64_t value = (UINT64_C(1) << chance_in(c, 50, 63)) + chance(c) % 4096 - 2048;

    c->len = (size_t)snprintf(c->text, TEXT_MAX, "%" PRIu64, value);
    check_parse(c);
    check_print(c, (double)value);
}

/* The text's last digit less one, so that it lies below by the least it can. */
static void lower_last_digit(check *c, size_t end)
{
    for (size_t at = end; at > 0; at--) {
        if (c->text[at - 1] == '.' || c->text[at - 1] == '-')
            continue;
        if (c->text[at - 1] != '0') {
            c->text[at - 1]--;
            return;
        }
        c->text[at - 1] = '9';
    }
}

/* Exactly the middle of two doubles, a little above it, a little below, or cut off. */
static void middles(check *c)
{
    double value =
        fabs(chance(c) % 4 == 0 ? double_of(chance(c) >> chance_in(c, 12, 63)) : any_double(c));
    double next = nextafter(value, HUGE_VAL);
    long double middle =
        isinf(next) ? 0x1.fffffffffffff8p+1023L : ((long double)value + (long double)next) / 2;
    int kind = chance_in(c, 0, 4);
    char exponent[16];
    char *e;

    (void)snprintf(c->text, TEXT_MAX, "%.*Le", kind == 4 ? chance_in(c, 0, 40) : 780, middle);
    e = strchr(c->text, 'e');
    (void)snprintf(exponent, sizeof exponent, "%s", e);
    if (kind == 1) {
        memset(e, '0', 200);
        e += chance_in(c, 0, 200);
        *e++ = '1';
    } else if (kind == 2) {
        lower_last_digit(c, (size_t)(e - c->text));
    } else if (kind == 3) {
        while (e[-1] == '0' && e[-2] != '.')
            e--;
        lower_last_digit(c, (size_t)(e - c->text));
    }
    c->len = (size_t)(e - c->text) + (size_t)snprintf(e, sizeof exponent, "%s", exponent);
    check_parse(c);
}

/* Around the largest double, the smallest, and the powers of ten that the tables hold. */
static void limits(check *c)
{
    static const char *const texts[] = {
        "17976931348623157",     "17976931348623158",
        "179769313486231580793", "17976931348623159",
        "22250738585072011",     "22250738585072014",
        "24703282292062327",     "24703282292062328",
        "49406564584124654",     "1",
        "9999999999999999999",   "18446744073709551615",
    };
    static const int exponents[] = {292, 291, 287, -324, -340, -341, -339, -28, 28, 308, 0, -343};
    const char *digits = texts[chance(c) % (sizeof texts / sizeof texts[0])];
    int exponent = exponents[chance(c) % (sizeof exponents / sizeof exponents[0])];

    c->len = (size_t)snprintf(c->text, TEXT_MAX, "%s%se%d", digits, chance(c) % 2 ? "" : ".00",
                              exponent + chance_in(c, -2, 2));
    check_parse(c);
}

static int usage(void)
{
    (void)fputs("check_numbers [--count N] [--seed S] [--json]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static void (*const kinds[])(check *) = {
        random_bits, middles,    short_texts,       everyday, subnormals,  middles,
        integers,    long_texts, extreme_exponents, limits,   random_bits, powers_of_two,
    };
    static check c = {.seed = 1};
    uint64_t count = 100000;
    bool json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
            count = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            c.seed = strtoull(argv[++i], NULL, 10) | 1U;
        else
            return usage();
    }
    for (uint64_t i = 0; c.parsed + c.printed < count; i++)
        kinds[i % (sizeof kinds / sizeof kinds[0])](&c);
    (void)printf(json ? "{\"read\":%" PRIu64 ",\"printed\":%" PRIu64 ",\"wrong\":%" PRIu64 "}\n"
                      : "read %" PRIu64 ", printed %" PRIu64 ", wrong %" PRIu64 "\n",
                 c.parsed, c.printed, c.wrong);
    return c.wrong == 0 ? 0 : 1;
}

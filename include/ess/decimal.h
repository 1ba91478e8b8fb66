/* Exact decimal numbers: mantissa x 10^-scale.
 *
 * Measured values are decimals with few digits (56.3, 0.998). Kept as mantissa and scale they
 * stay exact from the register to the store; a double would not (rejected: "56.3" would come
 * back as 56.299999999999997 in somebody's printer, and equality would need a tolerance).
 */
#ifndef ESS_DECIMAL_H
#define ESS_DECIMAL_H

#include "ess/base.h"

ESS_BEGIN_C

#define ESS_DECIMAL_SCALE_MAX 18
#define ESS_DECIMAL_PRINT_MAX 24 /* bytes that ess_decimal_print can need, without NUL */

typedef struct ess_decimal {
    int64_t mantissa;
    uint8_t scale; /* digits behind the point, 0..ESS_DECIMAL_SCALE_MAX */
} ess_decimal;

/* Reads a JSON number. Exponents are folded in; trailing zeros behind the point are dropped, so
 * equal values have one form ("1.50", "1.5", "15e-1" -> {15, 1}; "-0" -> {0, 0}).
 * text: the number and nothing around it.
 * Returns ESS_E_JSON_SYNTAX if text is not a JSON number, ESS_E_NUMBER if it is one that 64 bits
 * with 18 decimals cannot hold exactly.
 * Cost: linear in the text. Spec: DAT-04. */
ess_err ess_decimal_parse(ess_slice text, ess_decimal *out);

/* Writes the shortest plain form, no exponent, no NUL: "56.3", "-0.5", "100". value need not be in
 * normal form. All ESS_DECIMAL_PRINT_MAX bytes of room may be written to.
 * Returns the length, at most ESS_DECIMAL_PRINT_MAX; what room holds behind it is undefined. */
size_t ess_decimal_print(ess_decimal value, char room[ESS_AT_LEAST(ESS_DECIMAL_PRINT_MAX)]);

/* Returns less than 0, 0, more than 0 as a is less than, equal to, greater than b; exact for all
 * inputs, in normal form or not. */
int ess_decimal_compare(ess_decimal a, ess_decimal b);

/* mantissa x 10^-scale in the one normal form (trailing zeros dropped). A scale beyond
 * ESS_DECIMAL_SCALE_MAX is a broken contract and counts as ESS_DECIMAL_SCALE_MAX. */
ess_decimal ess_decimal_make(int64_t mantissa, uint8_t scale);

/* True when |a - b| >= band, exact; a difference too large for 64 bits counts as beyond any band.
 * A band of 0 or less means: any change. Spec: DAT-09. */
bool ess_decimal_moved(ess_decimal a, ess_decimal b, ess_decimal band);

/* The double nearest to value; for charts and physics, never for storage or equality. */
double ess_decimal_to_double(ess_decimal value);

/* value x 10^digits as a whole number, e.g. digits = 1 to a register of 0.1 V.
 * Returns ESS_E_NUMBER if it is not whole or does not fit 64 bits. */
ess_err ess_decimal_to_integer(ess_decimal value, uint8_t digits, int64_t *out);

ESS_END_C

#endif

/* Binary floating point (IEEE 754 double) to and from the text of a JSON number.
 *
 * Measured values travel as exact decimals (decimal.h) [DAT-04] and never pass through here. This
 * is for whoever computes in doubles (physics, charts, a maker's own code) and must lose nothing on
 * the way: reading gives the nearest double there is, bit for bit what strtod gives, and what is
 * printed reads back as the same bits.
 */
#ifndef ESS_DOUBLE_H
#define ESS_DOUBLE_H

#include "ess/base.h"

ESS_BEGIN_C

#define ESS_DOUBLE_PRINT_MAX 24 /* bytes that ess_double_print can need, without NUL */

/* Reads a JSON number of any length up to 64 MiB. *out is the double nearest to it, of two equally
 * near the even one; below half the smallest subnormal it is 0 with the number's sign.
 * Returns ESS_E_JSON_SYNTAX if text is not a JSON number, ESS_E_NUMBER if it rounds to more than
 * the largest double (no infinity is made of a number: JSON could not carry it on) or is longer.
 * Output untouched on failure.
 * Cost: linear in the text; most numbers are decided by two multiplications (35 to 75 ns on a PC).
 * One within 10^-18 of the middle between two doubles is compared digit by digit, at most 55 ns
 * each. Stack: about 500 bytes. No floating point instruction. */
ess_err ess_double_parse(ess_slice text, double *out);

/* Writes value as the JSON number of fewest digits that reads back as the same bits (of several,
 * the nearest), without NUL: plain from 0.0001 to below 10^17 ("56.3", "-0", "100000"), else with
 * an exponent ("1e-7", "6.02214076e23"). Never longer than printf's %.17g.
 * Returns the length, at most ESS_DOUBLE_PRINT_MAX; 0, and nothing written, for an infinity and for
 * NaN, which JSON does not have.
 * Cost: at most 17 steps over at most 75 words of 32 bits, few for exponents near 0 (0.25 us for
 * measured values, at most 3 us, on a PC). Stack: about 500 bytes. No floating point either. */
size_t ess_double_print(double value, char room[ESS_AT_LEAST(ESS_DOUBLE_PRINT_MAX)]);

ESS_END_C

#endif

/* What is said of a refusal (ess_fault.what, ess_verdict.why, why of an ACK), in Chinese. Codec and
 * session say it in English alone, so that no firmware carries a second language; here is the table
 * by which programs say it to people, made at build time from spec/model/refusals.json
 * (make_refusals.py). scripts/check_refusals.py sees that it has every text and no other.
 */
#ifndef ESS_CONFIG_REFUSAL_H
#define ESS_CONFIG_REFUSAL_H

#include "ess/model.h"

#define CONFIG_REFUSAL_MAX   512 /* bytes of a composed text with its NUL */
#define CONFIG_REFUSAL_PARTS 4   /* places {} in a form */

extern const ess_model_text config_refusal_words[]; /* sorted by en */
extern const size_t config_refusal_word_count;
extern const ess_model_text config_refusal_forms[]; /* "{} is required"; as many {} in both */
extern const size_t config_refusal_form_count;

/* A text that is always the same, e.g. ess_fault.what. Returns it in Chinese, or as it is where
 * that is not asked for or not known (another make has its own words). NULL: NULL.
 * Lifetime: static, or that of what. */
const char *config_refusal_words_of(const char *what, bool chinese);

/* The same of any text, also one that was composed ("p is outside -125 to 125 kW"); then room holds
 * the answer, cut to fit at a whole character. */
const char *config_refusal_say(const char *text, bool chinese,
                               char room[static CONFIG_REFUSAL_MAX]);

#endif

/* What a device answers to a command before it touches anything [CMD-02..04, CMD-08, SIG-17]. */
#ifndef ESS_JUDGE_H
#define ESS_JUDGE_H

#include "ess/model.h"
#include "ess/words.h"

ESS_BEGIN_C

typedef struct ess_verdict {
    ess_stage stage; /* ACCEPTED, REJECTED or EXPIRED */
    int result;      /* ess_model_result_code */
    char why[160];   /* English detail, "" when accepted */
} ess_verdict;

/* Arguments against the model: all required there, none unknown, none twice, types and ranges kept.
 * args: raw JSON object. why: room of why_size bytes, at least 1; gets an English text, NUL-
 * terminated and cut to fit, that names the argument and what is allowed ("" when all is well).
 * Returns ESS_MODEL_OK, ESS_MODEL_BAD_SYNTAX, ESS_MODEL_BAD_VALUE or ESS_MODEL_OUT_OF_LIMITS.
 * Cost: linear in args, times the command's arguments. A cloud asks the same before it sends. */
int ess_command_check_args(const ess_model_command *command, ess_slice args, char *why,
                           size_t why_size);

/* Value of one argument that is a number (of an enum: its number). args: raw JSON object.
 * Returns ESS_E_NOT_FOUND if it is not there, ESS_E_DATA if it or args has another type, and the
 * errors of ess_json_next and ess_decimal_parse. */
ess_err ess_command_arg(ess_slice args, const char *name, ess_decimal *out);

typedef struct ess_judge_facts {
    const char *path;  /* "CAB01/PCS": the object the topic and ns name */
    bool retained;     /* as MQTT says it [CMD-04]: such a one is never tried */
    bool target_known; /* the device has that object */
    int64_t now_utc_ms;
    /* Else expiry counts from receipt: exp - t [CMD-08]. A clock that a message has set is not set
     * where signed_classes names a class [SIG-25]. */
    bool clock_set;
    /* Safety classes that need a signature here, e.g. "ABC"; NULL: none. Whether it is right has
     * been checked before; without a clock such a command is refused all the same [SIG-17]. */
    const char *signed_classes;
} ess_judge_facts;

/* Looks at target, operation, arguments and expiry of a parsed command. Not at the journal: whether
 * this code was judged before is the caller's to know first [CMD-06]; nor at whether a signature is
 * right.
 * *verdict: ACCEPTED means that it may be tried, and is to be journaled before it is.
 * known: gets the model's command, NULL when there is none; may be NULL itself.
 * Cost: linear in the arguments. Stack: about 600 bytes. Spec: CMD-03, CMD-04, CMD-08, SIG-17. */
void ess_command_judge(const ess_command *command, const ess_judge_facts *facts,
                       ess_verdict *verdict, const ess_model_command **known);

ESS_END_C

#endif

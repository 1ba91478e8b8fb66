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

/* Arguments against the model: all required there, none unknown, types and ranges kept.
 * result: ESS_MODEL_OK, ESS_MODEL_BAD_SYNTAX, ESS_MODEL_BAD_VALUE, ESS_MODEL_OUT_OF_LIMITS. why
 * names the argument and what is allowed. The hub asks the same before it sends. */
int ess_command_check_args(const ess_model_command *command, ess_slice args, char *why,
                           size_t why_size);
/* Value of one argument; ESS_E_NOT_FOUND. Numbers and enums only. */
ess_err ess_command_arg(ess_slice args, const char *name, ess_decimal *out);

typedef struct ess_judge_facts {
    const char *path;  /* "CAB01/PCS": the object the topic and ns name */
    bool retained;     /* as MQTT says it [CMD-04]: such a one is never tried */
    bool target_known; /* the device has that object */
    int64_t now_utc_ms;
    bool clock_set; /* else expiry counts from receipt: exp - t [CMD-08] */
    /* Safety classes that need a signature here, e.g. "ABC"; NULL: none. Whether it is right has
     * been checked before; without a clock such a command is refused all the same [SIG-17]. */
    const char *signed_classes;
} ess_judge_facts;
/* Looks at form, target, operation, arguments and expiry; not at the journal. *known, where not
 * NULL, gets the model's command when there is one. */
void ess_command_judge(const ess_command *command, const ess_judge_facts *facts,
                       ess_verdict *verdict, const ess_model_command **known);

ESS_END_C

#endif

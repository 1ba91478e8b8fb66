/* How the parts of the checker say what they find: by its kind, a row of one table. */
#ifndef ESS_CHECK_FINDINGS_H
#define ESS_CHECK_FINDINGS_H

#include "check/check.h"

/* Kinds of finding beside what the receivers refuse; see the table in findings.c. */
typedef enum check_kind {
    CHECK_REFUSED,
    CHECK_NO_MESSAGE,
    CHECK_MAJOR_NOT_SERVED,
    CHECK_MAJOR_NOT_KNOWN,
    CHECK_RETAINED,
    CHECK_RETAINED_COMMAND,
    CHECK_QOS_2,
    CHECK_QOS_0,
    CHECK_LEVEL_FORM,
    CHECK_LARGE,
    CHECK_UNKNOWN_POINT,
    CHECK_UNKNOWN_VALUE,
    CHECK_OTHER_TYPE,
    CHECK_BEYOND,
    CHECK_UNKNOWN_OP,
    CHECK_ARGS,
    CHECK_CODE_FORM,
    CHECK_NOT_LAST,
    CHECK_SIGNATURE,
    CHECK_SIGNATURE_WRONG,
    CHECK_SIGNATURE_KEY,
    CHECK_SIGNATURE_MISSING,
    CHECK_SENT_LATE,
    CHECK_N_REUSED,
    CHECK_N_BACK,
    CHECK_N_MISSING,
    CHECK_RECEIPT_EARLY,
    CHECK_RECEIPT_REFUSES,
    CHECK_CMD_CHANGED,
    CHECK_ACK_UNASKED,
    CHECK_ACK_ELSEWHERE,
    CHECK_STAGE_BACK,
    CHECK_FINAL_TWICE,
    CHECK_FINAL_CHANGED,
    CHECK_TRIED_LATE,
    CHECK_NO_FINAL,
    CHECK_SID_BACK,
    CHECK_SID_UNANNOUNCED,
    CHECK_AFTER_DEATH,
    CHECK_KIND_COUNT
} check_kind;

/* Adds a finding of the table; detail is printf-like. */
void check_add(check_findings *out, check_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, where a receiver has said words in English that people read in their language. */
void check_add_words(check_findings *out, check_kind kind, const char *words);
/* What a receiver refuses. */
void check_add_fault(check_findings *out, const ess_fault *fault, bool in_topic);

#endif

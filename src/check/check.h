/* Messages against the rules of Profile 1: what is said of each, and of their sequence.
 *
 * Nothing is printed here: findings are collected, so that other programs (a kit that judges
 * equipment) can use the same judgement. What a receiver refuses is found by the receivers' own
 * code; the rest are rows of one table.
 */
#ifndef ESS_CHECK_H
#define ESS_CHECK_H

#include "check/capture.h"
#include "config/refusal.h"
#include "ess/message.h"
#include "ess/model.h"
#include "ess/peer.h"
#include "ess/words.h"
#include "store/keyring.h"

typedef enum check_severity {
    CHECK_ADVICE, /* allowed, but a person should look */
    CHECK_BROKEN  /* a rule is broken; a receiver refuses it, or must not rely on it */
} check_severity;

typedef struct check_finding {
    check_severity severity;
    const char *name; /* for programs: "n-reused"; stays */
    const char *rule; /* "" where none applies */
    ess_model_text what;
    bool in_topic, has_offset;
    uint32_t offset; /* in topic or payload */
    bool in_words; /* detail is what a receiver would say (config/refusal.h) */
    char detail[160];
} check_finding;

#define CHECK_FINDINGS_MAX 64 /* of one message; more are counted only */
typedef struct check_findings {
    check_finding list[CHECK_FINDINGS_MAX];
    size_t count, more;
} check_findings;

/* One message, as far as it could be read. */
typedef struct check_message {
    capture from;
    bool good; /* no receiver refuses it; all below is set */
    ess_topic topic;
    ess_envelope envelope;
    char path[ESS_NS_MAX + 1]; /* the object */
    bool has_code;
    ess_report_code code;       /* DATA, HIST, PARAM, EVENT */
    ess_presence_word presence; /* STATE */
    ess_receipt receipt;        /* RSP */
    ess_command command;        /* CMD */
    ess_ack ack;                /* ACK */
} check_message;

/* What those are like whose messages are judged. All zero: as said with each. */
typedef struct check_options {
    const store_keyring
        *keys; /* by which commands are signed; outlives the check. NULL: not known */
    const char *signed_classes; /* static, "ABC": which need a signature [SIG-11]; NULL: with keys
                                   all, without none */
    ess_majors majors;          /* that are served [VER-09]; none: ESS_MAJOR alone */
} check_options;

/* What was counted beside findings. */
typedef struct check_counts {
    size_t right, wrong; /* signatures; wrong: also those that have not their form or place */
    size_t unknown;      /* with a key that was not given */
    size_t unverified;   /* there were no keys */
    size_t missing;      /* commands without one that need one */
    size_t other_majors; /* messages of a major that is served, in a form not known here */
} check_counts;

typedef struct check check; /* what has been seen so far; one capture each */

check *check_new(const check_options *options); /* copied. NULL: no memory */
void check_free(check *all);
/* Judges the next message. out gets what is found; message, where not NULL, what was read, which
 * borrows from from. */
void check_next(check *all, const capture *from, check_findings *out, check_message *message);
/* What is found of a line of a capture that capture_read takes for no message. */
void check_no_message(ess_slice line, check_findings *out);
/* What can be said only when all is over. */
void check_end(check *all, check_findings *out);

/* Lifetime: that of all; changed by check_next. */
const check_counts *check_counted(const check *all);

/* The detail as people read it; "" where what has said it already. room: see config_refusal_say. */
const char *check_detail(const check_finding *finding, bool chinese,
                         char room[static CONFIG_REFUSAL_MAX]);

#endif

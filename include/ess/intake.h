/* The cloud's receiving end: is this message one that the profile allows here? */
#ifndef ESS_INTAKE_H
#define ESS_INTAKE_H

#include "ess/shape.h"
#include "ess/words.h"

ESS_BEGIN_C

typedef struct ess_arrival {
    ess_topic topic;
    ess_envelope envelope;
    bool has_code;        /* a report code, below */
    ess_report_code code; /* DATA, HIST, PARAM, EVENT: required [DLV-01] */
    int64_t t_utc_ms;     /* with has_code: the message's t; 0: it could not be read */
} ess_arrival;

/* Checks everything (topic, direction, envelope, code, every row and value) before anything is
 * taken, so that a message is taken whole or refused whole. The topic's major has been asked with
 * ess_majors_check: any is read in the form of v1. read is lent: DATA, HIST and PARAM are
 * read into it as by ess_report_read, of EVENT the rows are, and other types leave it with no rows.
 * Of several faults, that of the envelope is told, then of rows and values, then of the code, then
 * a missing n. On failure *fault tells why, and of out only has_code, code and t_utc_ms are set: if
 * the code could be read, the refusal can be receipted. Lifetime: what is read borrows from topic
 * and payload. Cost: that of ess_report_read. */
ess_err ess_intake_check(ess_slice topic, ess_slice payload, ess_readings *read, ess_arrival *out,
                         ess_fault *fault);

/* Presence of one device [PRE-02..04]: a word with an older sid than the one known is ignored. */
typedef struct ess_presence {
    bool known, on;
    uint64_t sid;
    int64_t since_utc_ms;
} ess_presence;

/* word: of STATE of that device. now_utc_ms: when it came, kept as since_utc_ms. An empty presence
 * is {0}. Returns true when it changed what is known; a word whose sid is none changes nothing. */
bool ess_presence_apply(ess_presence *presence, const ess_presence_word *word, int64_t now_utc_ms);

/* Receipts being collected between a commit and the messages that tell of it. */
#define ESS_RECEIPTS_MAX 64
typedef struct ess_receipt_slot {
    char group[65]; /* NUL-terminated */
    uint16_t major; /* the reports came on its topics, so the receipt goes there [VER-07] */
    ess_receipt receipt;
} ess_receipt_slot;
typedef struct ess_receipts {
    ess_receipt_slot slot[ESS_RECEIPTS_MAX];
    size_t count;
} ess_receipts;
/* Where a receipt goes. */
typedef struct ess_receipt_to {
    const char *group; /* at most 64 bytes */
    uint16_t major;
    bool reads_t; /* ess_peer_may(its peer, ESS_FEATURE_REFUSED_T): a refusal says which message */
} ess_receipt_to;
/* The report code of that group (NUL-terminated) is committed, durably [DLV-04]. An empty
 * collection has count 0; one slot is one RSP, in any order.
 * Returns ESS_E_NO_ROOM: send what is collected, set count to 0, and add again.
 * Cost: at most ESS_RECEIPTS_MAX comparisons and ESS_RANGES_MAX steps. */
ess_err ess_receipts_ok(ess_receipts *all, const ess_receipt_to *to, const ess_report_code *code);

/* The message is refused for good by that rule (a static or NUL-terminated text of at most 15
 * bytes, e.g. ess_fault.rule). refused: as ess_intake_check left it, with has_code. Not for what a
 * later try could mend: ESS_E_NO_ROOM of a reader has the rule "" and is no refusal. As
 * ess_receipts_ok otherwise. */
ess_err ess_receipts_no(ess_receipts *all, const ess_receipt_to *to, const ess_arrival *refused,
                        const char *rule);

ESS_END_C

#endif

/* What only a sequence of messages shows: numbers, receipts, lives of devices, stages of commands.
 */
#ifndef ESS_CHECK_SEQUENCE_H
#define ESS_CHECK_SEQUENCE_H

#include "check/check.h"

typedef struct sequence sequence;

sequence *sequence_new(void); /* NULL: no memory */
void sequence_free(sequence *s);
/* A good message but the numbers of reports, which come below. now_utc_ms: of the capture, or the
 * message's t. */
void sequence_next(sequence *s, const check_message *message, int64_t now_utc_ms,
                   check_findings *out);
/* A report of n; content: the same for the same values, whichever way they travel. */
void sequence_report(sequence *s, const check_message *message, uint64_t n, uint64_t content,
                     check_findings *out);
void sequence_end(sequence *s, check_findings *out);

/* FNV-1a of bytes and an end mark, going on from hash. */
uint64_t check_hash(uint64_t hash, ess_slice bytes);

#endif

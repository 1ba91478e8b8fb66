/* The cloud's credit: how far devices are asked to thin out their bulk [DLV-04, DLV-26, DLV-27].
 *
 * What counts is the share of time that taking reports in and making them durable keeps a worker
 * busy: it rises before anything is lost or late, whatever the bound is (disk, processor,
 * database). The length of a queue was rejected as sign: the queue is the broker's, and nobody sees
 * it.
 */
#ifndef ESS_CREDIT_H
#define ESS_CREDIT_H

#include "ess/base.h"

ESS_BEGIN_C

#define ESS_CREDIT_WINDOW_MS 2000 /* over which the share is taken */
#define ESS_CREDIT_SLOW_MAX  15   /* then devices send a sixteenth of their bulk */

typedef struct ess_credit {
    int64_t since_mono_ms; /* the window's begin; private, as is busy_ms */
    int64_t busy_ms;
    uint8_t slow; /* for the receipts that go out now */
} ess_credit;

/* Nothing is asked of anybody. */
void ess_credit_init(ess_credit *credit, int64_t now_mono_ms);

/* busy_ms, 0 or more: how long the work took that ended now. At the end of a window slow becomes
 * 2 x slow + 1, at most ESS_CREDIT_SLOW_MAX, where more than four fifths of it were busy, and half
 * of itself where less than two fifths were; between the two it stays, so that it does not swing.
 * Times that run backwards begin a new window.
 * Cost: constant. Spec: DLV-63. */
void ess_credit_note(ess_credit *credit, int64_t busy_ms, int64_t now_mono_ms);

ESS_END_C

#endif

/* Any bytes as a ledger; what it holds is compared with an empty history. */
#include "cli/ledger.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ledger l = {0};
    ledger_problem problem = {0};
    audit_samples none = {0};
    audit_tally tally = {0};
    (void)ledger_read_text(&l, (ess_slice){(const char *)data, size}, &problem);
    for (size_t i = 0; i < l.count; i++) {
        audit_point_assemble(&l.points[i], l.connections);
        audit_align(&l.points[i], &none, &tally);
    }
    if (tally.stored != 0 || tally.wrong[AUDIT_ALTERED] != 0 || tally.in_flight > tally.sampled)
        abort();
    ledger_free(&l);
    return 0;
}

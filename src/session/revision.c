/* Values are compared as text: a hash would save their room and might miss a change. */
#include "ess/revision.h"

void ess_revision_restore(ess_revision *revision, uint64_t number)
{
    *revision = (ess_revision){.number = number};
}

ess_revision_step ess_revision_read(const ess_revision *revision, ess_slice kept, ess_slice read,
                                    uint64_t *number)
{
    *number = revision->number;
    if (revision->number == 0 || !ess_slice_equal(kept, read)) {
        *number = revision->number + 1;
        return ESS_REVISION_KEEP;
    }
    return revision->told ? ESS_REVISION_REST : ESS_REVISION_TELL;
}

void ess_revision_kept(ess_revision *revision, uint64_t number)
{
    *revision = (ess_revision){.number = number};
}

void ess_revision_told(ess_revision *revision)
{
    revision->told = true;
}

void ess_revision_tell_again(ess_revision *revision)
{
    revision->told = false;
}

bool ess_revision_is_newest(const ess_revision *revision, uint64_t number)
{
    return number == revision->number;
}

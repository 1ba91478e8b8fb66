/* Names and order of a command's stages: one table, no branches. */
#include "ess/stage.h"

#define BIT(stage) (1u << (stage))

/* Every stage the device can report after a command was sent. */
#define BY_DEVICE                                                                                  \
    (BIT(ESS_STAGE_ACCEPTED) | BIT(ESS_STAGE_EXECUTING) | BIT(ESS_STAGE_DONE) |                    \
     BIT(ESS_STAGE_FAILED) | BIT(ESS_STAGE_REJECTED) | BIT(ESS_STAGE_EXPIRED) |                    \
     BIT(ESS_STAGE_SUPERSEDED) | BIT(ESS_STAGE_CANCELLED) | BIT(ESS_STAGE_UNKNOWN))
/* What may still come once the device has accepted: it no longer rejects. */
#define AFTER_ACCEPT                                                                               \
    (BIT(ESS_STAGE_DONE) | BIT(ESS_STAGE_FAILED) | BIT(ESS_STAGE_EXPIRED) |                        \
     BIT(ESS_STAGE_SUPERSEDED) | BIT(ESS_STAGE_CANCELLED) | BIT(ESS_STAGE_UNKNOWN))

typedef struct stage_row {
    const char *name;
    bool is_final;
    uint16_t next; /* bit per stage that may follow */
} stage_row;

static const stage_row stages[ESS_STAGE_COUNT] = {
    [ESS_STAGE_CREATED] = {"created", false,
                           BY_DEVICE | BIT(ESS_STAGE_SENT) | BIT(ESS_STAGE_TIMEOUT)},
    [ESS_STAGE_SENT] = {"sent", false, BY_DEVICE | BIT(ESS_STAGE_TIMEOUT)},
    [ESS_STAGE_ACCEPTED] = {"accepted", false,
                            AFTER_ACCEPT | BIT(ESS_STAGE_EXECUTING) | BIT(ESS_STAGE_TIMEOUT)},
    [ESS_STAGE_EXECUTING] = {"executing", false, AFTER_ACCEPT | BIT(ESS_STAGE_TIMEOUT)},
    [ESS_STAGE_DONE] = {"done", true, 0},
    [ESS_STAGE_FAILED] = {"failed", true, 0},
    [ESS_STAGE_REJECTED] = {"rejected", true, 0},
    [ESS_STAGE_EXPIRED] = {"expired", true, 0},
    [ESS_STAGE_SUPERSEDED] = {"superseded", true, 0},
    [ESS_STAGE_CANCELLED] = {"cancelled", true, 0},
    [ESS_STAGE_UNKNOWN] = {"unknown", true, 0},
    /* Late evidence replaces "no word"; it never goes back to a stage without evidence. */
    [ESS_STAGE_TIMEOUT] = {"timeout", false, BY_DEVICE},
};

_Static_assert(ESS_STAGE_COUNT <= 16, "a stage is a bit of uint16_t");

const char *ess_stage_name(ess_stage stage)
{
    return stages[stage].name;
}

ess_err ess_stage_parse(ess_slice name, ess_stage *out)
{
    for (size_t i = 0; i < ESS_STAGE_COUNT; i++) {
        if (ess_slice_is(name, stages[i].name)) {
            *out = (ess_stage)i;
            return ESS_OK;
        }
    }
    return ESS_E_DATA;
}

bool ess_stage_is_final(ess_stage stage)
{
    return stages[stage].is_final;
}

bool ess_stage_may_follow(ess_stage from, ess_stage to)
{
    return (stages[from].next & BIT(to)) != 0;
}

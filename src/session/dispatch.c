/* The cloud's patience with one command, as a function of time and evidence. */
#include "ess/dispatch.h"

static int64_t repeat_after_ms(uint32_t tries)
{
    int64_t wait_ms = ESS_DISPATCH_FIRST_MS;
    for (uint32_t i = 1; i < tries && wait_ms < ESS_DISPATCH_MOST_MS; i++)
        wait_ms *= 2;
    return wait_ms < ESS_DISPATCH_MOST_MS ? wait_ms : ESS_DISPATCH_MOST_MS;
}

void ess_dispatch_init(ess_dispatch *dispatch, ess_stage stage, int64_t exp_utc_ms,
                       int64_t now_mono_ms)
{
    *dispatch = (ess_dispatch){
        .stage = stage, .exp_utc_ms = exp_utc_ms, .next_mono_ms = now_mono_ms, .tries = 0};
}

/* A command nobody ever received need not be sent once it has expired: it can only be refused. */
static bool is_worth_sending(const ess_dispatch *dispatch, int64_t now_utc_ms)
{
    return dispatch->stage != ESS_STAGE_CREATED || now_utc_ms <= dispatch->exp_utc_ms;
}

ess_dispatch_step ess_dispatch_due(ess_dispatch *dispatch, int64_t now_utc_ms, int64_t now_mono_ms,
                                   bool online, int64_t *wake_mono_ms)
{
    *wake_mono_ms = INT64_MAX;
    if (ess_stage_is_final(dispatch->stage))
        return ESS_DISPATCH_END;
    if (now_utc_ms > dispatch->exp_utc_ms + ESS_DISPATCH_KEEP_MS)
        return ESS_DISPATCH_END;
    if (dispatch->stage == ESS_STAGE_TIMEOUT && dispatch->tries == 0)
        return ESS_DISPATCH_END; /* it never left: there is no evidence to wait for */
    int64_t timeout_utc_ms = dispatch->exp_utc_ms + ESS_DISPATCH_GRACE_MS;
    if (dispatch->stage != ESS_STAGE_TIMEOUT) {
        if (now_utc_ms > timeout_utc_ms) {
            dispatch->stage = ESS_STAGE_TIMEOUT;
            return ESS_DISPATCH_TIMEOUT;
        }
        *wake_mono_ms = now_mono_ms + (timeout_utc_ms - now_utc_ms) + 1;
    }
    if (!online || !is_worth_sending(dispatch, now_utc_ms))
        return ESS_DISPATCH_REST;
    if (now_mono_ms >= dispatch->next_mono_ms)
        return ESS_DISPATCH_SEND;
    if (dispatch->next_mono_ms < *wake_mono_ms)
        *wake_mono_ms = dispatch->next_mono_ms;
    return ESS_DISPATCH_REST;
}

void ess_dispatch_reborn(ess_dispatch *dispatch, int64_t now_mono_ms)
{
    dispatch->next_mono_ms = now_mono_ms;
}

void ess_dispatch_sent(ess_dispatch *dispatch, int64_t now_mono_ms)
{
    if (dispatch->stage == ESS_STAGE_CREATED)
        dispatch->stage = ESS_STAGE_SENT;
    dispatch->tries++;
    dispatch->next_mono_ms = now_mono_ms + repeat_after_ms(dispatch->tries);
}

ess_err ess_dispatch_ack(ess_dispatch *dispatch, ess_stage stage, bool *changed)
{
    *changed = false;
    if (stage == dispatch->stage)
        return ESS_OK;
    if (ess_stage_may_follow(dispatch->stage, stage)) {
        dispatch->stage = stage;
        *changed = true;
        return ESS_OK;
    }
    if (ess_stage_is_final(dispatch->stage) && ess_stage_is_final(stage))
        return ESS_E_STATE;
    return ESS_OK; /* older than what is known: a repeat, late on the way */
}

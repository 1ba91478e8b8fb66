/* Signed commands on their way into the agent: what is refused leaves no trace, what is right goes
 * on as ever. No equipment answers; the journal tells what was taken. */
#include "lost_clock.h"
#include "signing.h"
#include "usual_config.h"

#include "agent/agent.h"
#include "port/clock.h"

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"

static char folder[64];
static store_signer owner, stranger;
static ess_agent *agent;

static void open_agent(int signed_classes, const store_signer *signer)
{
    static agent_config config;
    config = usual_config(folder, 60000);
    config.signed_classes = signed_classes;
    config.devices[0].port = 1;
    if (signer != NULL)
        trust_key(&config, signer);
    assert_int_equal(agent_new(&config, false, &agent), ESS_OK);
    assert_int_equal(device_start(&agent->devices[0]), ESS_OK);
}

static int set_up(void **state)
{
    (void)state;
    owner = signer_of(1);
    stranger = signer_of(2);
    make_scratch(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    agent_free(agent);
    agent = NULL;
    is_clock_lost = false;
    remove_scratch(folder, 3);
    return 0;
}

typedef struct wish {
    const char *code, *op, *topic; /* topic NULL: TOPIC */
    const store_signer *signer;
    int64_t t_utc_ms; /* 0: now */
    bool is_retained;
} wish;

static signed_text text_of(const wish *w)
{
    int64_t t_utc_ms = w->t_utc_ms != 0 ? w->t_utc_ms : port_utc_ms();
    ess_command command = {.code = ess_slice_from(w->code),
                           .op = ess_slice_from(w->op),
                           .args = ESS_SLICE_LITERAL("{}"),
                           .t_utc_ms = t_utc_ms,
                           .exp_utc_ms = t_utc_ms + 30000};
    return sign_command(&command, w->topic != NULL ? w->topic : TOPIC, w->signer);
}

static void arrive(const char *topic, const signed_text *text, bool is_retained)
{
    uplink_arrived(agent, &(link_event){.kind = LINK_MESSAGE,
                                        .topic = ess_slice_from(topic),
                                        .payload = {text->room, text->len},
                                        .retained = is_retained});
}

static void send(const wish *w)
{
    signed_text text = text_of(w);
    arrive(w->topic != NULL ? w->topic : TOPIC, &text, w->is_retained);
}

/* ESS_STAGE_CREATED: the journal does not know it. */
static ess_stage stage_of(const char *code)
{
    const ess_journal_entry *entry = journal_find(agent->journal, ess_slice_from(code));
    return entry != NULL ? entry->stage : ESS_STAGE_CREATED;
}

static size_t orders_at_hand(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ESS_ORDERS_MAX; i++)
        count += agent->devices[0].orders.order[i].state != ESS_ORDER_NONE;
    return count;
}

static void a_command_that_is_not_signed_leaves_no_trace(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    send(&(wish){.code = "c1", .op = "stop"});
    send(&(wish){.code = "c2", .op = "stop", .signer = &stranger});
    send(&(wish){.code = "c3", .op = "stop", .signer = &owner, .topic = "v1/CMD/ess/SH001/CAB01"});
    send(&(wish){.code = "c4", .op = "no.such.operation"});
    send(&(wish){.code = "c5", .op = ""}); /* the form is wrong */
    assert_int_equal(stage_of("c1"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("c2"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("c3"), ESS_STAGE_REJECTED); /* right, but no PCS: judged as ever */
    assert_int_equal(stage_of("c4"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("c5"), ESS_STAGE_CREATED);
    assert_int_equal(agent->trust.refused, 4);
    assert_int_equal(orders_at_hand(), 0);
}

static void a_refused_copy_does_not_use_up_the_code(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    send(&(wish){.code = "c1", .op = "stop", .signer = &stranger}); /* [SIG-14] */
    send(&(wish){.code = "c1", .op = "stop", .signer = &owner});
    assert_int_equal(stage_of("c1"), ESS_STAGE_ACCEPTED);
}

static void a_signed_command_is_taken_once(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    signed_text text = text_of(&(wish){.code = "c1", .op = "stop", .signer = &owner});
    for (int i = 0; i < 3; i++)
        arrive(TOPIC, &text, false);
    assert_int_equal(stage_of("c1"), ESS_STAGE_ACCEPTED);
    assert_int_equal(orders_at_hand(), 1);
    assert_int_equal(agent->trust.refused, 0);
    /* what the journal knows is answered by it, whatever came with it [CMD-06] */
    send(&(wish){.code = "c1", .op = "start"});
    assert_int_equal(orders_at_hand(), 1);
    assert_int_equal(agent->trust.refused, 0);
}

static void a_signature_is_for_one_topic(void **state)
{
    signed_text text = text_of(&(wish){.code = "c1", .op = "stop", .signer = &owner});
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    arrive("v1/CMD/ess/SH001/CAB01/BMS", &text, false);
    arrive("v1/CMD/ess/SH001/CAB01", &text, false);
    arrive("v1/CMD/ess/SH001", &text, false);
    assert_int_equal(agent->trust.refused, 3);
    arrive("v1/CMD/ess/SH002/CAB01/PCS", &text, false); /* [TOP-04] not even looked at */
    assert_int_equal(stage_of("c1"), ESS_STAGE_CREATED);
    assert_int_equal(agent->refused, 1);
    arrive(TOPIC, &text, false);
    assert_int_equal(stage_of("c1"), ESS_STAGE_ACCEPTED);
}

static void a_right_signature_lifts_no_other_rule(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    send(&(wish){.code = "old", .op = "stop", .signer = &owner, .t_utc_ms = 1700000000000});
    send(&(wish){.code = "kept", .op = "stop", .signer = &owner, .is_retained = true});
    send(&(wish){.code = "what", .op = "no.such.operation", .signer = &owner});
    assert_int_equal(stage_of("old"), ESS_STAGE_EXPIRED); /* [SIG-16] */
    assert_int_equal(stage_of("kept"), ESS_STAGE_REJECTED);
    assert_int_equal(stage_of("what"), ESS_STAGE_REJECTED);
}

static void classes_that_need_none_are_taken_without(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_BC, &owner);
    send(&(wish){.code = "a", .op = "stop"});
    send(&(wish){.code = "b", .op = "pcs.reset"});
    send(&(wish){.code = "c", .op = "estop.release"});
    send(&(wish){.code = "wrong", .op = "stop", .signer = &stranger}); /* [SIG-13] */
    assert_int_equal(stage_of("a"), ESS_STAGE_ACCEPTED);
    assert_int_equal(stage_of("b"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("c"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("wrong"), ESS_STAGE_CREATED);
    send(&(wish){.code = "b", .op = "pcs.reset", .signer = &owner});
    assert_int_not_equal(stage_of("b"), ESS_STAGE_CREATED);
}

static void without_keys_nothing_of_class_c_is_taken(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, NULL);
    send(&(wish){.code = "a", .op = "stop"});
    send(&(wish){.code = "c", .op = "estop.release"}); /* [SIG-11] */
    send(&(wish){.code = "d", .op = "estop.release", .signer = &owner});
    assert_int_equal(stage_of("a"), ESS_STAGE_ACCEPTED);
    assert_int_equal(stage_of("c"), ESS_STAGE_CREATED);
    assert_int_equal(stage_of("d"), ESS_STAGE_CREATED);
}

static void an_emergency_stop_by_command_needs_its_signature(void **state)
{
    (void)state;
    open_agent(AGENT_SIGN_AUTO, &owner);
    send(&(wish){.code = "e", .op = "estop.trip"}); /* [SIG-22] */
    assert_int_equal(stage_of("e"), ESS_STAGE_CREATED);
    assert_int_equal(agent->trust.refused, 1);
}

/* All that comes down the line and tells a time: a receipt, and what the cloud says of itself. */
static void hear_the_time(int64_t t_utc_ms)
{
    static const struct {
        const char *topic, *d, *te;
    } rows[] = {{"v1/RSP/ess/SH001", "\"op\":\"ack\",\"ok\":[[1,1000]]", ",\"te\":\"RES\""},
                {"v1/STATE/ess/_cloud", "\"on\":1", ""}};
    char payload[256], sid[ESS_SID_LEN + 1];
    ess_sid_print(agent->state.sid, sid);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(payload, sizeof payload, "{\"t\":%lld%s,\"d\":{\"sid\":\"%s\",%s}}",
                       (long long)t_utc_ms, rows[i].te, sid, rows[i].d);
        uplink_arrived(agent, &(link_event){.kind = LINK_MESSAGE,
                                            .topic = ess_slice_from(rows[i].topic),
                                            .payload = ess_slice_from(payload)});
    }
    assert_int_equal(agent->refused, 0);
}

static int result_of(const char *code)
{
    static char room[AGENT_RECORD_MAX];
    const ess_journal_entry *entry = journal_find(agent->journal, ess_slice_from(code));
    ess_ack ack;
    assert_non_null(entry);
    assert_int_equal(journal_ack(agent->journal, entry, room, &ack), ESS_OK);
    return ack.result;
}

/* [SIG-25] Whoever holds the broker tells a clock that is not set the time at which a recorded
 * command was young; and one that is set, another than its own. */
static void a_time_from_the_line_sets_no_clock(void **state)
{
    int64_t recorded_utc_ms = port_utc_ms() - 3600000;
    (void)state;
    is_clock_lost = true;
    open_agent(AGENT_SIGN_AUTO, &owner);
    hear_the_time(recorded_utc_ms);
    assert_false(port_clock_is_set());
    send(&(wish){.code = "c1", .op = "stop", .signer = &owner, .t_utc_ms = recorded_utc_ms});
    assert_int_equal(stage_of("c1"), ESS_STAGE_REJECTED);
    assert_int_equal(result_of("c1"), ESS_MODEL_CLOCK_UNSYNCED);
    is_clock_lost = false;
    hear_the_time(recorded_utc_ms);
    send(&(wish){.code = "c2", .op = "stop", .signer = &owner, .t_utc_ms = recorded_utc_ms});
    assert_int_equal(stage_of("c2"), ESS_STAGE_EXPIRED);
    send(&(wish){.code = "c3", .op = "stop", .signer = &owner});
    assert_int_equal(stage_of("c3"), ESS_STAGE_ACCEPTED);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_command_that_is_not_signed_leaves_no_trace),
        WITH_FOLDER(a_refused_copy_does_not_use_up_the_code),
        WITH_FOLDER(a_signed_command_is_taken_once),
        WITH_FOLDER(a_signature_is_for_one_topic),
        WITH_FOLDER(a_right_signature_lifts_no_other_rule),
        WITH_FOLDER(classes_that_need_none_are_taken_without),
        WITH_FOLDER(without_keys_nothing_of_class_c_is_taken),
        WITH_FOLDER(an_emergency_stop_by_command_needs_its_signature),
        WITH_FOLDER(a_time_from_the_line_sets_no_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

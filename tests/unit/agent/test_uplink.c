/* Outbox -> line, with a broker that has limits of its own. */
#include "usual_config.h"

#include "../link/fake_broker.h"
#include "agent/agent.h"
#include "port/clock.h"

typedef struct plant {
    char scratch[64];
    fake_broker broker;
    port_loop *loop; /* the broker's own: the agent's lives shorter */
    ess_agent *agent;
} plant;

static plant site;

static int set_up(void **state)
{
    agent_config config;
    (void)state;
    memset(&site, 0, sizeof site);
    make_scratch(site.scratch);
    site.loop = port_loop_new(4, 1);
    broker_open(&site.broker, site.loop);
    config = usual_config(site.scratch, 1000);
    config.receipt_ms = 60000;
    config.broker_port = site.broker.port;
    assert_int_equal(agent_new(&config, false, &site.agent), ESS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    agent_free(site.agent);
    broker_close(&site.broker);
    port_loop_free(site.loop);
    remove_scratch(site.scratch, 3);
    return 0;
}

/* Both ends turn until it is so; bounded by time. */
static void run_until(bool (*is_so)(void))
{
    int64_t due = port_mono_ms() + 8000;
    while (!is_so()) {
        if (port_mono_ms() > due)
            fail_msg("it does not come to it: %zu published", site.broker.publishes);
        assert_int_equal(port_loop_once(site.agent->loop, 1), ESS_OK);
        assert_int_equal(port_loop_once(site.loop, 1), ESS_OK);
    }
}

static void put(ess_message_type type, const char *d, const char *x)
{
    outbox_report report = {.type = type,
                            .path = ESS_SLICE_LITERAL("CAB01/PCS"),
                            .ts_utc_ms = port_utc_ms(),
                            .d = ess_slice_from(d),
                            .x = ess_slice_from(x)};
    assert_int_equal(outbox_stage(site.agent->outbox, &report), ESS_OK);
    assert_int_equal(outbox_commit(site.agent->outbox), ESS_OK);
}

static bool all_but_the_large_one_are_out(void)
{
    const ess_sender *sender = outbox_sender(site.agent->outbox);
    return sender->backlog_sent == 31 && !ess_sender_has(sender, site.agent->state.sid, 2);
}

static void report_too_large_for_the_broker_holds_up_nothing(void **state)
{
    static const uint8_t most_1000[] = {0, 0, 5, 0x27, 0, 0, 3, 232}; /* Maximum Packet Size */
    char large[3000];
    outbox *box = site.agent->outbox;
    (void)state;
    memcpy(site.broker.connack, most_1000, sizeof most_1000);
    site.broker.connack_len = sizeof most_1000;
    (void)snprintf(large, sizeof large, "{\"x\":\"%02900d\"}", 0);
    put(ESS_DATA, "{\"p\":1}", "");
    put(ESS_DATA, large, "");
    for (int i = 0; i < 30; i++)
        put(ESS_DATA, "{\"p\":1}", "");
    link_start(site.agent->link);
    run_until(all_but_the_large_one_are_out);
    assert_false(outbox_is_durable(box)); /* a gap is to be told */
    assert_int_equal(outbox_commit(box), ESS_OK);
    assert_int_equal(ess_sender_waiting(outbox_sender(box)), 32);
}

static void samples_from_before_the_clock_was_set_get_their_time(void **state)
{
    int64_t now = port_utc_ms();
    outbox_record record = {.report = {.ts_utc_ms = 5000}}; /* 5 s into 1970 */
    (void)state;
    ess_sid_print(site.agent->state.sid, record.code.sid);
    assert_int_equal(uplink_stamp(site.agent, &record), 5000);
    /* This life began a minute ago, at 4 s into 1970. */
    assert_int_equal(
        anchor_add(&site.agent->anchor, site.agent->state.clock_file,
                   (ess_clock_life){site.agent->state.sid, 4000 - (port_mono_ms() - 60000)}),
        ESS_OK);
    assert_in_range(uplink_stamp(site.agent, &record), now - 59010, now - 59000 + 5000);
    record.report.ts_utc_ms = now - 7; /* sampled with the clock set */
    assert_int_equal(uplink_stamp(site.agent, &record), now - 7);
    record.report.ts_utc_ms = 5000; /* of another start of the machine: nobody knows */
    ess_sid_print(site.agent->state.sid - 1, record.code.sid);
    assert_int_equal(uplink_stamp(site.agent, &record), 5000);
    /* of a life before this one, since the machine was started: two minutes ago at 4 s into 1970 */
    assert_int_equal(
        anchor_add(&site.agent->anchor, site.agent->state.clock_file,
                   (ess_clock_life){site.agent->state.sid - 1, 4000 - (port_mono_ms() - 120000)}),
        ESS_OK);
    assert_in_range(uplink_stamp(site.agent, &record), now - 119010, now - 119000 + 5000);
}

static bool birth_is_out(void)
{
    return site.broker.publishes == 1;
}

static bool birth_is_out_again(void)
{
    uplink_pump(site.agent);
    return site.broker.publishes == 2;
}

static void a_clock_that_was_set_is_told_by_another_birth(void **state)
{
    (void)state;
    link_start(site.agent->link);
    run_until(birth_is_out);
    uplink_pump(site.agent);
    assert_true(site.agent->birth.said_synced);
    site.agent->birth.said_synced = false; /* as if it had not been set then */
    run_until(birth_is_out_again);
    assert_int_equal(site.broker.retained, 2);
    uplink_pump(site.agent);
    assert_true(site.agent->birth.said_synced);
}

/* [PRE-30] */
static void silence_is_broken_by_another_birth(void **state)
{
    (void)state;
    link_start(site.agent->link);
    run_until(birth_is_out);
    uplink_pump(site.agent);
    assert_int_equal(site.broker.publishes, 1);
    site.agent->birth.spoke_mono_ms -= ESS_BEAT_MS; /* nothing for a minute */
    run_until(birth_is_out_again);
    assert_int_equal(site.broker.retained, 2);
}

static bool birth_and_both_are_out(void)
{
    return site.broker.publishes == 3;
}

static ess_revision *revision_of_pcs(void)
{
    size_t object;
    agent_device *device = agent_find(site.agent, ESS_SLICE_LITERAL("CAB01/PCS"), &object);
    assert_non_null(device);
    return &device->minded[object].revision;
}

static void parameters_that_were_replaced_are_not_retained(void **state)
{
    (void)state;
    ess_revision_kept(revision_of_pcs(), 2);
    put(ESS_PARAM, "{\"pChMax\":2}", "{\"rev\":2,\"ts\":1}");
    put(ESS_PARAM, "{\"pChMax\":1}", "{\"rev\":1,\"ts\":1}"); /* sent again, later */
    link_start(site.agent->link);
    run_until(birth_and_both_are_out);
    assert_int_equal(site.broker.retained, 2); /* the birth and the present parameters */
}

/* ---- encodings [ENC-02, ENC-03, ENC-12] */

#define ALL_BUT_COLUMNS "\"json\",\"gzip\",\"zstd\",\"zstd:%u\""

static void hear_cloud(const char *enc, int minor)
{
    char payload[512], words[128];
    ess_pack *p = ess_pack_new();
    (void)snprintf(words, sizeof words, enc,
                   (unsigned)ess_pack_peer_of(ess_pack_announced(p)).dictionary);
    (void)snprintf(payload, sizeof payload,
                   "{\"t\":1763827200000,\"d\":{\"on\":1,\"sid\":\"0000000a00000001\","
                   "\"minor\":%d,\"enc\":[%s]}}",
                   minor, words);
    link_event event = {.kind = LINK_MESSAGE,
                        .topic = ESS_SLICE_LITERAL("v1/STATE/ess/_cloud"),
                        .payload = ess_slice_from(payload)};
    uplink_arrived(site.agent, &event);
    uplink_pump(site.agent);
    ess_pack_free(p);
}

static size_t wanted_publishes;

static bool as_many_are_out(void)
{
    return site.broker.publishes >= wanted_publishes;
}

static bool is_connected(void)
{
    return site.broker.publishes == 1;
}

#define SOME_VALUES                                                                                \
    "{\"p\":60.1,\"q\":0,\"s\":60.2,\"dcV\":858,\"dcI\":71.1,\"pSetEcho\":60,\"runState\":4,"      \
    "\"gridState\":1,\"igbtT\":52.6,\"cabT\":29.3,\"sinkT\":44.2,\"eff\":98.4,\"hb\":3470}"

/* The last publish, undone. */
static ess_pack_how look_at_last(void)
{
    static char json_copy[4096];
    ess_pack *p = ess_pack_new();
    ess_slice json;
    ess_pack_how how;
    ess_fault fault;
    assert_int_equal(ess_pack_decode(p, (ess_slice){site.broker.last, site.broker.last_len}, &json,
                                     &how, &fault),
                     ESS_OK);
    assert_true(json.len < sizeof json_copy);
    memcpy(json_copy, json.ptr, json.len);
    json_copy[json.len] = '\0';
    assert_non_null(strstr(json_copy, "\"dcV\":858"));
    ess_pack_free(p);
    return how;
}

static void reports_go_as_the_cloud_reads_them(void **state)
{
    static const struct {
        const char *enc;
        int minor;
        ess_pack_method method;
    } cases[] = {
        {"", 1, ESS_PACK_JSON},
        {"\"json\",\"gzip\"", 1, ESS_PACK_GZIP},
        {"\"json\",\"zstd\",\"zstd:7\"", 1, ESS_PACK_ZSTD},
        {ALL_BUT_COLUMNS, 1, ESS_PACK_ZSTD_DICTIONARY},
        {ALL_BUT_COLUMNS, 0, ESS_PACK_JSON}, /* what a minor brought needs it in force [VER-04] */
    };
    (void)state;
    link_start(site.agent->link);
    run_until(is_connected);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_receipt all = {.ok = {.count = 1, .at = {{1, 1000}}}};
        hear_cloud(cases[i].enc, cases[i].minor);
        wanted_publishes = site.broker.publishes + 1;
        put(ESS_DATA, SOME_VALUES, "");
        uplink_pump(site.agent);
        run_until(as_many_are_out);
        assert_int_equal(look_at_last().method, cases[i].method);
        assert_non_null(strstr(site.broker.last_topic, "v1/DATA/"));
        ess_sid_print(site.agent->state.sid, all.sid);
        outbox_receipt(site.agent->outbox, &all);
    }
}

static void what_is_retained_is_plain(void **state)
{
    (void)state;
    ess_revision_kept(revision_of_pcs(), 1);
    link_start(site.agent->link);
    run_until(is_connected);
    hear_cloud(ALL_BUT_COLUMNS, 1);
    wanted_publishes = 2;
    put(ESS_PARAM, SOME_VALUES, "{\"rev\":1,\"ts\":1}");
    uplink_pump(site.agent);
    run_until(as_many_are_out);
    assert_int_equal(site.broker.retained, 2);
    assert_int_equal(look_at_last().method, ESS_PACK_JSON);
}

static void store_backlog(void)
{
    for (int i = 0; i < 5; i++)
        put(ESS_DATA, SOME_VALUES, "");
    wanted_publishes = 2; /* the birth; and a batch already, as not every cloud has a presence */
    link_start(site.agent->link);
    run_until(as_many_are_out);
    assert_int_equal(look_at_last().method, ESS_PACK_JSON);
    wanted_publishes = 3;
}

static void backlog_goes_as_columns_where_they_are_read(void **state)
{
    (void)state;
    store_backlog();
    hear_cloud(ALL_BUT_COLUMNS ",\"cols\"", 1);
    run_until(as_many_are_out);
    ess_pack_how how = look_at_last();
    assert_true(how.columns && how.method == ESS_PACK_ZSTD_DICTIONARY);
    assert_string_equal(site.broker.last_topic, "v1/HIST/ess/SH001");
}

static void backlog_goes_as_rows_elsewhere(void **state)
{
    (void)state;
    store_backlog();
    hear_cloud(ALL_BUT_COLUMNS, 1);
    run_until(as_many_are_out);
    ess_pack_how how = look_at_last();
    assert_true(!how.columns && how.method == ESS_PACK_ZSTD_DICTIONARY);
}

/* A receiver that cannot undo an encoding cannot say so: it does not know whose report it was. */
static void what_is_not_receipted_for_long_goes_plain(void **state)
{
    ess_sender *sender = outbox_sender(site.agent->outbox);
    (void)state;
    store_backlog();
    for (size_t i = 0; i < 5; i++)
        sender->ring[i].tries = 4;
    hear_cloud(ALL_BUT_COLUMNS ",\"cols\"", 1);
    run_until(as_many_are_out);
    ess_pack_how how = look_at_last();
    assert_true(!how.columns && how.method == ESS_PACK_JSON);
}

static void configured_plain_is_plain(void **state)
{
    (void)state;
    site.agent->config.encoding = AGENT_ENCODING_PLAIN;
    store_backlog();
    hear_cloud(ALL_BUT_COLUMNS ",\"cols\"", 1);
    run_until(as_many_are_out);
    ess_pack_how how = look_at_last();
    assert_true(!how.columns && how.method == ESS_PACK_JSON);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(report_too_large_for_the_broker_holds_up_nothing),
        TEST(samples_from_before_the_clock_was_set_get_their_time),
        TEST(a_clock_that_was_set_is_told_by_another_birth),
        TEST(silence_is_broken_by_another_birth),
        TEST(parameters_that_were_replaced_are_not_retained),
        TEST(reports_go_as_the_cloud_reads_them),
        TEST(what_is_retained_is_plain),
        TEST(backlog_goes_as_columns_where_they_are_read),
        TEST(backlog_goes_as_rows_elsewhere),
        TEST(what_is_not_receipted_for_long_goes_plain),
        TEST(configured_plain_is_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The agent whole, against a real Modbus server in the same loop; the line stays down, so that
 * everything it has to say is found in outbox and journal. */
#include "agent_test.h"
#include "lost_clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "agent/agent.h"
#include "port/clock.h"
#include "south/modbus_server.h"

#define P_SET      110
#define Q_SET      111
#define RUN_CMD    112
#define CTRL_MODE  113
#define WRITES_MAX 16

typedef struct plant {
    char scratch[64];
    uint16_t holding[65536];
    bool is_fresh[65536];            /* read, and perhaps not durable yet */
    uint16_t written[WRITES_MAX][2]; /* address, value */
    size_t write_count;
    bool is_deaf;   /* writes show no effect */
    bool is_moving; /* every reading differs from the last */
    bool is_late;   /* the first write takes until the order's exp has passed */
    ess_agent *agent;
    south_server *server;
} plant;

static plant site;

static agent_device *cabinet(void)
{
    return &site.agent->devices[0];
}

/* What a PCS does with what is written. */
static void take_effect(uint16_t address, uint16_t value)
{
    if (site.is_deaf)
        return;
    if (address == P_SET)
        site.holding[101] = value;
    if (address == Q_SET)
        site.holding[102] = value;
    if (address == RUN_CMD)
        site.holding[103] = value == 0 ? 1 : 2;
}

static ess_err on_modbus(void *context, const south_event *event)
{
    (void)context;
    if (event->what == SOUTH_BEFORE_READ) {
        if (outbox_is_durable(site.agent->outbox))
            memset(site.is_fresh, 0, sizeof site.is_fresh);
        for (uint16_t i = 0; i < event->count; i++) {
            assert_false(site.is_fresh[event->address + i]); /* [TEL-05] */
            site.is_fresh[event->address + i] = true;
        }
        site.holding[100] = (uint16_t)(site.holding[100] + (site.is_moving ? 7 : 0));
    }
    if (event->what == SOUTH_WRITTEN) {
        assert_in_range(site.write_count, 0, WRITES_MAX - 1);
        site.written[site.write_count][0] = event->address;
        site.written[site.write_count++][1] = event->registers[0];
        take_effect(event->address, event->registers[0]);
        if (site.is_late)
            cabinet()->orders.order[0].exp_mono_ms = 1;
    }
    return ESS_OK;
}

/* At the port it had before, where it had one. */
static void plug_in(void)
{
    south_server_options options = {.host = "127.0.0.1",
                                    .port = (uint16_t)site.agent->config.devices[0].port,
                                    .unit_id = 1,
                                    .holding = site.holding,
                                    .hook = on_modbus};
    assert_int_equal(south_server_new(site.agent->loop, &options, &site.server), ESS_OK);
    site.agent->config.devices[0].port = south_server_port(site.server);
}

static void write_table(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/p.csv", site.scratch);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, TABLE_TEXT, sizeof TABLE_TEXT - 1), (int)sizeof TABLE_TEXT - 1);
    (void)close(fd);
}

static void open_agent(void)
{
    agent_config config = {.group = "SH001",
                           .broker_host = "127.0.0.1",
                           .broker_port = 1,
                           .fast_ms = 100,
                           .normal_ms = 100,
                           .slow_ms = 100,
                           .cells_ms = 100,
                           .params_ms = 100,
                           .snapshot_ms = 60000,
                           .outbox_max_reports = 4096,
                           .outbox_segment_bytes = 65536,
                           .receipt_ms = 1000,
                           .batch_bytes = 16384,
                           .backlog_window = 64,
                           .live_window = 64,
                           .device_count = 1};
    agent_device_config *device = &config.devices[0];
    (void)snprintf(config.state_dir, sizeof config.state_dir, "%s/state", site.scratch);
    (void)snprintf(device->unit, sizeof device->unit, "CAB01");
    (void)snprintf(device->host, sizeof device->host, "127.0.0.1");
    (void)snprintf(device->points, sizeof device->points, "%s/p.csv", site.scratch);
    device->unit_id = 1;
    device->timeout_ms = 100;
    memset(site.is_fresh, 0, sizeof site.is_fresh); /* a new life reads anew */
    assert_int_equal(agent_new(&config, false, &site.agent), ESS_OK);
    plug_in();
    command_recover(site.agent);
    assert_int_equal(device_start(&site.agent->devices[0]), ESS_OK);
}

/* As a kill would: nothing is said, nothing is finished. */
static void close_agent(void)
{
    south_server_free(site.server);
    site.server = NULL;
    agent_free(site.agent);
    site.agent = NULL;
}

static int set_up(void **state)
{
    (void)state;
    memset(&site, 0, sizeof site);
    site.holding[103] = 2;
    site.holding[CTRL_MODE] = 2;
    site.holding[120] = site.holding[121] = 1250;
    make_scratch(site.scratch);
    write_table();
    open_agent();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_agent();
    is_clock_lost = false;
    remove_scratch(site.scratch, 3);
    return 0;
}

/* Turns the loop until it is so; bounded by time, for a broken agent. */
static void run_until(bool (*is_so)(const void *), const void *context)
{
    int64_t due = port_mono_ms() + 8000;
    while (!is_so(context)) {
        if (port_mono_ms() > due)
            fail_msg("it does not come to it");
        assert_int_equal(port_loop_once(site.agent->loop, 100), ESS_OK);
    }
}

/* No file can grow any more, as on a disk that is full; the test's own fault, so process-wide. */
static void fill_disk(bool full)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = full ? 0 : limit.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool scanned(const void *context)
{
    const agent_device *device = context;
    return device->contact == CONTACT_ONLINE && !device->poll.running &&
           outbox_is_durable(site.agent->outbox);
}

static bool settled(const void *code)
{
    const ess_journal_entry *entry = journal_find(site.agent->journal, ess_slice_from(code));
    return entry != NULL && ess_stage_is_final(entry->stage);
}

static bool lease_is_over(const void *context)
{
    size_t count;
    (void)context;
    (void)journal_leases(site.agent->journal, &count);
    return count == 0;
}

static bool something_is_written(const void *context)
{
    (void)context;
    return site.write_count > 0;
}

typedef struct command_wish {
    const char *code, *op, *args;
    int64_t ttl_ms; /* 0: 30 s */
    bool is_retained;
    const char *object; /* NULL: CAB01/PCS */
} command_wish;

static void send(const command_wish *wish)
{
    char payload[1024], topic[128];
    size_t len;
    int64_t now = port_utc_ms();
    ess_command command = {.code = ess_slice_from(wish->code),
                           .op = ess_slice_from(wish->op),
                           .args = ess_slice_from(wish->args),
                           .t_utc_ms = now,
                           .exp_utc_ms = now + (wish->ttl_ms == 0 ? 30000 : wish->ttl_ms)};
    (void)snprintf(topic, sizeof topic, "v1/CMD/ess/SH001/%s",
                   wish->object == NULL ? "CAB01/PCS" : wish->object);
    assert_int_equal(ess_command_print(&command, payload, sizeof payload, &len), ESS_OK);
    uplink_arrived(site.agent, &(link_event){.kind = LINK_MESSAGE,
                                             .topic = ess_slice_from(topic),
                                             .payload = {payload, len},
                                             .retained = wish->is_retained});
}

static void order(const char *code, const char *op, const char *args)
{
    send(&(command_wish){.code = code, .op = op, .args = args});
}

static ess_ack outcome(const char *code)
{
    static char room[AGENT_RECORD_MAX];
    const ess_journal_entry *entry = journal_find(site.agent->journal, ess_slice_from(code));
    ess_ack ack;
    assert_non_null(entry);
    assert_int_equal(journal_ack(site.agent->journal, entry, room, &ack), ESS_OK);
    return ack;
}

static void assert_outcome(const char *code, ess_stage stage, int result)
{
    ess_ack ack = outcome(code);
    if (ack.stage != stage || ack.result != result)
        fail_msg("%s: %s %d %.*s", code, ess_stage_name(ack.stage), ack.result, (int)ack.why.len,
                 ack.why.ptr);
}

static bool holds(ess_slice json, const char *text)
{
    return json.len > 0 && memmem(json.ptr, json.len, text, strlen(text)) != NULL;
}

/* Counts records of the outbox of that type and path with the text in d or x. */
static size_t count_reports(ess_message_type type, const char *path, const char *text)
{
    static char room[AGENT_RECORD_MAX];
    const ess_sender *sender = outbox_sender(site.agent->outbox);
    size_t found = 0;
    for (size_t age = 0; age < sender->count; age++) {
        outbox_record record;
        size_t used;
        assert_int_equal(outbox_read(site.agent->outbox, &sender->ring[sender->head + age], room,
                                     AGENT_RECORD_MAX, &record, &used),
                         ESS_OK);
        found += record.report.type == type && ess_slice_is(record.report.path, path) &&
                 (holds(record.report.d, text) || holds(record.report.x, text));
    }
    return found;
}

/* ---- the tests */

static void agent_reports_each_object_once_and_then_what_moves(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"chForbid\":false"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\":[0,0,"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "{\"pChMax\":125,\"pDisMax\":125}"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "pChMax"), 0);
    size_t before = outbox_sender(site.agent->outbox)->count;
    cabinet()->poll.groups[0].due_mono_ms = 0; /* a scan of what has not moved: nothing new */
    device_step(cabinet());
    run_until(scanned, cabinet());
    assert_int_equal(outbox_sender(site.agent->outbox)->count, before);
    site.holding[100] = 605;
    poll_all_due(&cabinet()->poll, port_mono_ms());
    device_step(cabinet());
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "{\"p\":60.5}"), 1);
}

/* [CLK-11] What has a time when the clock is set has none when it is not. */
static void nothing_says_a_time_while_the_clock_is_not_set(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "\"ts\":"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "\"ts\":"), 1);
    close_agent();
    remove_scratch(site.scratch, 3);
    assert_int_equal(mkdir(site.scratch, 0700), 0);
    write_table();
    is_clock_lost = true;
    open_agent();
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1);
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "\"ts\":"), 0);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "\"ts\":"), 0);
}

static bool many_reports(const void *count)
{
    return outbox_sender(site.agent->outbox)->count >= *(const size_t *)count;
}

static void agent_never_reads_again_what_is_not_durable(void **state)
{
    static const size_t enough = 30;
    (void)state;
    site.is_moving = true;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(many_reports, &enough); /* on_modbus asserts it at every read */
    run_until(settled, "c1");
}

static void command_is_done_once_however_often_it_comes(void **state)
{
    ess_ack ack;
    (void)state;
    for (int repeat = 0; repeat < 3; repeat++) {
        order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
        run_until(settled, "c1");
    }
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    ack = outcome("c1");
    assert_true(ess_slice_is(ack.read_back, "{\"pSetEcho\":60}"));
    assert_int_equal(site.write_count, 1);
    assert_true(cabinet()->minded[0].lease.in_force || cabinet()->minded[1].lease.in_force);
    close_agent();
    open_agent();
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 1);
}

static void command_is_refused_with_a_reason(void **state)
{
    static const struct {
        command_wish wish;
        ess_stage stage;
        int result;
    } rows[] = {
        {{.code = "a", .op = "nix", .args = "{}"}, ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_COMMAND},
        {{.code = "b", .op = "start", .args = "{}", .object = "CAB02/PCS"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_UNKNOWN_TARGET},
        {{.code = "c", .op = "start", .args = "{}", .ttl_ms = -1},
         ESS_STAGE_EXPIRED,
         ESS_MODEL_EXPIRED},
        {{.code = "d", .op = "start", .args = "{}", .ttl_ms = ESS_ORDERS_AHEAD_MS + 60000},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "e", .op = "start", .args = "{}", .is_retained = true},
         ESS_STAGE_REJECTED,
         ESS_MODEL_NOT_PERMITTED},
        {{.code = "f", .op = "power.set", .args = "{\"p\":126,\"rvt\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_OUT_OF_LIMITS},
        {{.code = "F", .op = "power.set", .args = "{\"p\":1,\"rvt\":1.0005}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "g", .op = "power.set", .args = "{\"p\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_BAD_VALUE},
        {{.code = "h", .op = "param.set", .args = "{\"set\":{\"pChMax\":1},\"if_rev\":9}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_REV_CONFLICT},
        {{.code = "i", .op = "param.set", .args = "{\"set\":{\"pChMax\":999},\"if_rev\":1}"},
         ESS_STAGE_REJECTED,
         ESS_MODEL_OUT_OF_LIMITS},
    };
    (void)state;
    run_until(scanned, cabinet());
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        send(&rows[i].wish);
        assert_outcome(rows[i].wish.code, rows[i].stage, rows[i].result);
    }
    close_agent();
    open_agent();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) /* a repeat gets the same answer */
        assert_outcome(rows[i].wish.code, rows[i].stage, rows[i].result);
    assert_int_equal(site.write_count, 0);
}

static void command_is_refused_while_the_device_is_in_local_hands(void **state)
{
    static const uint16_t modes[] = {0, 3};
    static const char *const codes[] = {"m0", "m3"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        site.holding[CTRL_MODE] = modes[i];
        poll_all_due(&cabinet()->poll, port_mono_ms());
        device_step(cabinet());
        run_until(scanned, cabinet());
        order(codes[i], "start", "{}");
        assert_outcome(codes[i], ESS_STAGE_REJECTED, ESS_MODEL_WRONG_MODE);
    }
    assert_int_equal(site.write_count, 0);
}

static void command_waits_until_the_mode_is_known(void **state)
{
    (void)state;
    site.holding[CTRL_MODE] = 0;
    order("c1", "start", "{}"); /* before the first scan */
    assert_outcome("c1", ESS_STAGE_ACCEPTED, ESS_MODEL_OK);
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_FAILED, ESS_MODEL_WRONG_MODE);
    assert_int_equal(site.write_count, 0);
}

static void refusal_is_kept_also_when_the_disk_takes_none(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    fill_disk(true);
    order("c1", "start", "{}");
    assert_outcome("c1", ESS_STAGE_REJECTED, ESS_MODEL_STORAGE_FULL);
    fill_disk(false);
    order("c1", "start", "{}"); /* was said to be rejected, so it is not run now */
    assert_outcome("c1", ESS_STAGE_REJECTED, ESS_MODEL_STORAGE_FULL);
    run_until(scanned, cabinet());
    assert_int_equal(site.write_count, 0);
}

static const ess_lease *lease_in_force(void)
{
    for (size_t i = 0; i < cabinet()->object_count; i++) {
        if (cabinet()->minded[i].lease.in_force)
            return &cabinet()->minded[i].lease;
    }
    return NULL;
}

static void let_leases_run_out(void)
{
    for (size_t i = 0; i < cabinet()->object_count; i++)
        cabinet()->minded[i].lease.due_mono_ms = 0;
    device_step(cabinet());
}

static void lease_lasts_as_long_as_it_says_to_the_millisecond(void **state)
{
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900.5}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_non_null(lease_in_force());
    assert_int_equal(lease_in_force()->lasts_ms, 900500);
}

/* A restart finds what was perhaps written, perhaps half of it: that too must end. */
static void set_point_that_is_not_proved_after_a_restart_ends_as_well(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_deaf = true; /* the echo is late */
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(something_is_written, NULL);
    close_agent();
    site.is_deaf = false;
    open_agent();
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    let_leases_run_out();
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
}

static bool no_order_runs(const void *context)
{
    (void)context;
    return cabinet()->running == NULL;
}

static bool set_point_is_back(const void *context)
{
    (void)context;
    return site.holding[P_SET] == 0;
}

static void set_point_is_taken_back_also_when_the_disk_takes_nothing(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_deaf = true; /* so that it is still being read back */
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(something_is_written, NULL);
    fill_disk(true);
    cabinet()->running->confirm_ms = 0; /* waits for nothing longer than it must */
    run_until(no_order_runs, NULL);
    assert_false(settled("c1")); /* not durable, so not said */
    let_leases_run_out();
    run_until(set_point_is_back, NULL);
    cabinet()->running->confirm_ms = 0;
    run_until(no_order_runs, NULL);
    fill_disk(false);
    site.is_deaf = false;
    run_until(settled, "c1");
    assert_int_equal(outcome("c1").stage, ESS_STAGE_FAILED);
    let_leases_run_out();
    run_until(lease_is_over, NULL);
}

static void malformed_messages_are_survived(void **state)
{
    static const char *const payloads[] = {"",
                                           "{",
                                           "[]",
                                           "{\"t\":1}",
                                           "\xff\xfe",
                                           "{\"t\":1,\"code\":\"x\",\"s\":\"CMD\",\"te\":\"REQ\","
                                           "\"d\":{\"op\":\"start\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        uplink_arrived(site.agent,
                       &(link_event){.topic = ESS_SLICE_LITERAL("v1/CMD/ess/SH001/CAB01/PCS"),
                                     .payload = ess_slice_from(payloads[i])});
    assert_outcome("x", ESS_STAGE_REJECTED,
                   ESS_MODEL_BAD_SYNTAX); /* no exp, but a code to answer */
    assert_int_equal(site.write_count, 0);
}

static void stop_goes_first_and_later_set_points_replace_earlier(void **state)
{
    /* The stop takes the set-point with it, so that the start finds none. */
    static const uint16_t expected[][2] = {
        {P_SET, 100}, {RUN_CMD, 0}, {P_SET, 0}, {Q_SET, 0}, {RUN_CMD, 1}};
    (void)state;
    run_until(scanned, cabinet());
    order("a", "power.set", "{\"p\":10,\"rvt\":900}"); /* begins at once */
    order("b", "power.set", "{\"p\":20,\"rvt\":900}");
    order("c", "power.set", "{\"p\":30,\"rvt\":900}");
    assert_outcome("b", ESS_STAGE_SUPERSEDED, ESS_MODEL_SUPERSEDED);
    order("d", "stop", "{}");
    assert_outcome("c", ESS_STAGE_SUPERSEDED, ESS_MODEL_SUPERSEDED);
    order("e", "start", "{}");
    run_until(settled, "e");
    assert_outcome("a", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("d", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("e", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 5);
    assert_memory_equal(site.written, expected, sizeof expected);
    for (size_t i = 0; i < cabinet()->object_count; i++)
        assert_false(cabinet()->minded[i].lease.in_force); /* the stop ended it */
}

static void queue_is_bounded(void **state)
{
    char code[] = "q0";
    (void)state;
    run_until(scanned, cabinet());
    for (; code[1] <= '8'; code[1]++) /* one runs, eight wait */
        order(code, "start", "{}");
    assert_outcome("q8", ESS_STAGE_ACCEPTED, ESS_MODEL_OK);
    order("q9", "start", "{}");
    assert_outcome("q9", ESS_STAGE_REJECTED, ESS_MODEL_BUSY);
    run_until(settled, "q8");
}

static void command_that_expires_while_it_waits_is_not_tried(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("a", "power.set", "{\"p\":10,\"rvt\":900}");
    order("b", "start", "{}");
    cabinet()->orders.order[1].exp_mono_ms = 0;
    run_until(settled, "b");
    assert_outcome("b", ESS_STAGE_EXPIRED, ESS_MODEL_EXPIRED);
    assert_int_equal(site.write_count, 1);
}

/* [CMD-24] Its exp passes between its two writes: the second goes out all the same. */
static void command_that_was_begun_in_time_is_finished(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.is_late = true;
    order("c1", "power.set", "{\"p\":60,\"q\":-5,\"rvt\":900}");
    assert_int_equal(cabinet()->orders.order[0].state, ESS_ORDER_RUNNING);
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_int_equal(site.write_count, 2);
    assert_int_equal(site.written[1][0], Q_SET);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pSetEcho\":60,\"qSetEcho\":-5}"));
}

static void command_cut_off_by_a_restart_is_unknown_and_not_repeated(void **state)
{
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    order("c2", "start", "{}");
    close_agent(); /* before the equipment has seen anything */
    site.write_count = 0;
    site.holding[101] = 600; /* as if the write had got through */
    open_agent();
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    run_until(settled, "c2");
    assert_outcome("c1", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pSetEcho\":60}"));
    assert_outcome("c2", ESS_STAGE_UNKNOWN, ESS_MODEL_INTERNAL);
    assert_int_equal(site.write_count, 0);
    assert_non_null(lease_in_force()); /* what is in force is a lease, whoever wrote it */
}

static void lease_that_ran_out_while_the_agent_was_down_is_ended_at_once(void **state)
{
    journal_lease past = {.in_force = true, .path = "CAB01/PCS", .code = "c1"};
    (void)state;
    past.lasts_ms = 900000;
    past.until_utc_ms = port_utc_ms() - 1;
    assert_int_equal(journal_lease_put(site.agent->journal, &past), ESS_OK);
    site.holding[P_SET] = site.holding[101] = 600;
    close_agent();
    open_agent();
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
    assert_int_equal(count_reports(ESS_EVENT, "CAB01/PCS", "lease-ended"), 1);
    close_agent();
    site.write_count = 0;
    open_agent();
    run_until(scanned, cabinet());
    assert_int_equal(site.write_count, 0);
}

static void lease_is_ended_again_until_the_device_shows_it(void **state)
{
    ess_order_object *object = NULL;
    (void)state;
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    for (size_t i = 0; i < cabinet()->object_count; i++) {
        if (cabinet()->minded[i].lease.in_force)
            object = &cabinet()->minded[i];
    }
    assert_non_null(object);
    site.write_count = 0;
    south_server_free(site.server); /* the device is away when the lease runs out */
    object->lease.due_mono_ms = 0;
    device_step(cabinet());
    while (object->lease.due_mono_ms == 0)
        assert_int_equal(port_loop_once(site.agent->loop, 100), ESS_OK);
    assert_true(object->lease.in_force);
    plug_in();
    close_agent();
    open_agent(); /* the port is another; and a restart in between is no help to anybody */
    let_leases_run_out();
    run_until(something_is_written, NULL);
    run_until(lease_is_over, NULL);
    assert_int_equal(site.holding[P_SET], 0);
}

static uint64_t revision_of(const char *path)
{
    uint64_t rev;
    (void)params_kept(site.agent->params, path, &rev);
    return rev;
}

static void parameter_set_is_reported_with_the_next_revision(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("c1", "param.set", "{\"set\":{\"pChMax\":100.5,\"pDisMax\":90},\"if_rev\":1}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_true(ess_slice_is(outcome("c1").read_back, "{\"pChMax\":100.5,\"pDisMax\":90}"));
    run_until(scanned, cabinet());
    assert_int_equal(revision_of("CAB01/PCS"), 2);
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "{\"pChMax\":100.5,\"pDisMax\":90}"), 1);
    order("c2", "param.set", "{\"set\":{\"pChMax\":1},\"if_rev\":1}");
    assert_outcome("c2", ESS_STAGE_REJECTED, ESS_MODEL_REV_CONFLICT);
}

static bool is_offline(const void *context)
{
    (void)context;
    return cabinet()->contact == CONTACT_OFFLINE && outbox_is_durable(site.agent->outbox);
}

/* [PAR-14] Both were meant for revision 1; the first made it 2 while the second waited. */
static void parameter_set_that_waited_is_held_against_the_revision_again(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    order("c1", "param.set", "{\"set\":{\"pChMax\":100.5},\"if_rev\":1}");
    order("c2", "param.set", "{\"set\":{\"pChMax\":90},\"if_rev\":1}");
    run_until(settled, "c2");
    assert_outcome("c1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_outcome("c2", ESS_STAGE_FAILED, ESS_MODEL_REV_CONFLICT);
    assert_int_equal(site.holding[120], 1005);
    assert_int_equal(site.write_count, 1);
}

static size_t wanted_reports;

static bool enough_reports(const void *context)
{
    (void)context;
    return outbox_is_durable(site.agent->outbox) &&
           count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"") >= wanted_reports;
}

/* [DAT-09] Nothing has moved; only the asking brings it. */
static void snapshot_is_reported_on_request(void **state)
{
    static const char *const objects[] = {"CAB01", "CAB01/PCS"};
    static const char *const codes[] = {"s1", "s2"};
    (void)state;
    run_until(scanned, cabinet());
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"");
    for (size_t i = 0; i < 2; i++) {
        wanted_reports++;
        send(&(command_wish){
            .code = codes[i], .op = "snapshot.request", .args = "{}", .object = objects[i]});
        assert_outcome(codes[i], ESS_STAGE_DONE, ESS_MODEL_OK);
        run_until(enough_reports, NULL);
    }
    send(&(command_wish){
        .code = "s1", .op = "snapshot.request", .args = "{}", .object = "CAB01"}); /* a repeat */
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\""), wanted_reports);
    send(&(command_wish){.code = "s3", .op = "snapshot.request", .args = "{}", .object = "CAB02"});
    assert_outcome("s3", ESS_STAGE_REJECTED, ESS_MODEL_UNKNOWN_TARGET);
    send(&(command_wish){
        .code = "s4", .op = "snapshot.request", .args = "{\"x\":1}", .object = "CAB01"});
    assert_outcome("s4", ESS_STAGE_REJECTED, ESS_MODEL_BAD_VALUE);
}

/* [TEL-13] Nothing moves and nobody asks: the agent's own timer brings everything, and not sooner.
 */
static void all_values_are_reported_every_so_often(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    site.agent->config.snapshot_ms = 250; /* a few minutes, for people who have less time */
    cabinet()->snapshot_due_mono_ms = port_mono_ms() + site.agent->config.snapshot_ms;
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"");
    for (size_t round = 2; round <= 3; round++) {
        int64_t due_mono_ms = cabinet()->snapshot_due_mono_ms;
        wanted_reports++;
        run_until(enough_reports, NULL);
        assert_true(port_mono_ms() >= due_mono_ms);
        run_until(scanned, cabinet());
        assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"runState\""), round);
        assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), round);
        assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\""), round);
    }
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1); /* [TEL-16] */
}

static bool params_are_there_twice(const void *context)
{
    (void)context;
    return outbox_is_durable(site.agent->outbox) &&
           count_reports(ESS_PARAM, "CAB01/PCS", "pChMax") == 2;
}

static void resync_tells_birth_values_and_parameters_again(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    wanted_reports = count_reports(ESS_DATA, "CAB01/PCS", "\"pSetEcho\"") + 1;
    assert_int_equal(count_reports(ESS_PARAM, "CAB01/PCS", "pChMax"), 1);
    site.agent->birth.is_said = true;
    send(&(command_wish){.code = "r1", .op = "resync", .args = "{}", .object = "CAB01"});
    assert_outcome("r1", ESS_STAGE_DONE, ESS_MODEL_OK);
    assert_false(site.agent->birth.is_said);
    run_until(enough_reports, NULL);
    run_until(params_are_there_twice, NULL);
    assert_int_equal(revision_of("CAB01/PCS"), 1); /* nothing changed */
}

static void pull_out(void)
{
    south_server_free(site.server);
    site.server = NULL;
    poll_all_due(&cabinet()->poll, port_mono_ms());
    device_step(cabinet());
    run_until(is_offline, NULL);
}

/* [TEL-12, ALM-03] Nothing has moved while it was away: all of it is told again all the same. */
static void device_that_is_back_reports_everything(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    pull_out();
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 1);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), 1);
    plug_in();
    run_until(scanned, cabinet());
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-online"), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/PCS", "\"runState\""), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS", "\"soc\""), 2);
    assert_int_equal(count_reports(ESS_DATA, "CAB01/BMS/C1", "\"cellV\""), 2);
}

static void device_that_is_away_is_told_and_orders_fail(void **state)
{
    (void)state;
    run_until(scanned, cabinet());
    pull_out();
    assert_int_equal(count_reports(ESS_EVENT, "CAB01", "device-offline"), 1);
    order("c1", "power.set", "{\"p\":60,\"rvt\":900}");
    run_until(settled, "c1");
    assert_outcome("c1", ESS_STAGE_FAILED, ESS_MODEL_DEVICE_OFFLINE);
    for (size_t i = 0; i < cabinet()->object_count; i++)
        assert_false(cabinet()->minded[i].lease.in_force);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(agent_reports_each_object_once_and_then_what_moves),
        TEST(nothing_says_a_time_while_the_clock_is_not_set),
        TEST(agent_never_reads_again_what_is_not_durable),
        TEST(command_is_done_once_however_often_it_comes),
        TEST(snapshot_is_reported_on_request),
        TEST(all_values_are_reported_every_so_often),
        TEST(resync_tells_birth_values_and_parameters_again),
        TEST(command_is_refused_with_a_reason),
        TEST(command_is_refused_while_the_device_is_in_local_hands),
        TEST(command_waits_until_the_mode_is_known),
        TEST(refusal_is_kept_also_when_the_disk_takes_none),
        TEST(lease_lasts_as_long_as_it_says_to_the_millisecond),
        TEST(set_point_that_is_not_proved_after_a_restart_ends_as_well),
        TEST(set_point_is_taken_back_also_when_the_disk_takes_nothing),
        TEST(malformed_messages_are_survived),
        TEST(stop_goes_first_and_later_set_points_replace_earlier),
        TEST(queue_is_bounded),
        TEST(command_that_expires_while_it_waits_is_not_tried),
        TEST(command_that_was_begun_in_time_is_finished),
        TEST(command_cut_off_by_a_restart_is_unknown_and_not_repeated),
        TEST(lease_that_ran_out_while_the_agent_was_down_is_ended_at_once),
        TEST(lease_is_ended_again_until_the_device_shows_it),
        TEST(parameter_set_is_reported_with_the_next_revision),
        TEST(parameter_set_that_waited_is_held_against_the_revision_again),
        TEST(device_that_is_away_is_told_and_orders_fail),
        TEST(device_that_is_back_reports_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

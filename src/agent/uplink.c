/* Outbox -> line; line -> receipts, the cloud's presence, commands. */
#include "agent/agent.h"
#include "codec/try.h"
#include "ess/judge.h"
#include "port/clock.h"
#include "port/log.h"

#include <stdio.h>
#include <string.h>

#define KEEPALIVE_S      30
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MOST_MS  30000
#define PUMP_MOST        64 /* messages before others get a turn */
#define TOPIC_ROOM       512
#define PLAIN_FROM       4 /* ENC-12: tries after which a report goes plain */

/* ---- topics and payloads */

/* "CAB01/BMS/C1" -> topic .../CAB01/BMS and ns "C1" [ENV-13]. */
static ess_err print_topic(const ess_agent *agent, ess_message_type type, ess_slice path,
                           char room[static TOPIC_ROOM], ess_slice *ns)
{
    ess_topic topic = {.version = ESS_MAJOR,
                       .type = type,
                       .application = ESS_SLICE_LITERAL("ess"),
                       .group = ess_slice_from(agent->config.group)};
    size_t len;

    TRY(ess_object_place(path, &topic, ns));
    return ess_topic_print(&topic, room, TOPIC_ROOM, &len);
}

/* [ENC-02] What the cloud reads, by its present birth, and we are to use. */
static ess_pack_peer cloud_reads(ess_agent *agent)
{
    const ess_peer *cloud = &outbox_sender(agent->outbox)->cloud;
    ess_pack_peer reads = {0};

    if (agent->config.encoding == AGENT_ENCODING_PLAIN)
        return reads;
    reads.gzip = ess_peer_may(cloud, ESS_FEATURE_GZIP);
    reads.zstd = ess_peer_may(cloud, ESS_FEATURE_ZSTD);
    reads.columns = ess_peer_may(cloud, ESS_FEATURE_COLS);
    reads.dictionary = reads.zstd ? agent->cloud_dictionary : 0;
    return reads;
}

/* [ENC-12] A refused encoding cannot be answered; so it is not tried for ever. */
static bool is_to_go_plain(const ess_agent *agent, const ess_send *send)
{
    const ess_entry *ring = outbox_sender(agent->outbox)->ring;

    for (size_t i = 0; i < send->count; i++) {
        if (ring[send->entry[i]].tries >= PLAIN_FROM)
            return true;
    }
    return false;
}

static ess_err hand_over(ess_agent *agent, const link_message *message)
{
    TRY(link_publish(agent->link, message));
    ess_birth_spoke(&agent->birth, port_mono_ms());
    return ESS_OK;
}

/* The payload as it is. [ENC-03] What is retained is; so are replies to commands, few and small. */
static ess_err publish_plain(ess_agent *agent, const char *topic, size_t payload_len, bool retain)
{
    link_message message = {
        .topic = topic, .payload = {agent->payload, payload_len}, .retain = retain};

    return hand_over(agent, &message);
}

static ess_err publish_packed(ess_agent *agent, const char *topic, size_t payload_len)
{
    ess_pack_peer reads = cloud_reads(agent);
    link_message message = {.topic = topic};

    (void)ess_pack_encode(agent->pack, &reads, (ess_slice){agent->payload, payload_len},
                      &message.payload);
    return hand_over(agent, &message);
}

static ess_err print_state(ess_agent *agent, bool is_on, size_t *len)
{
    char units[AGENT_DEVICES_MAX * (ESS_LEVEL_EMIT_MAX + 3) + 2], kids[TRUST_KIDS_ROOM];
    ess_json_writer writer;
    size_t units_len;
    ess_presence_word word = {.on = is_on};

    ess_sid_print(agent->state.sid, word.sid);
    ess_json_writer_init(&writer, units, sizeof units);
    ess_json_array_begin(&writer);
    for (size_t i = 0; i < agent->device_count; i++)
        ess_json_text(&writer, ess_slice_from(agent->config.devices[i].unit));
    ess_json_array_end(&writer);
    TRY(ess_json_finish(&writer, &units_len));
    if (is_on) {
        word.minor = ESS_MINOR;
        word.model = ess_slice_from(ess_model_id);
        word.model_version = ess_slice_from(ess_model_version);
        word.model_hash = ess_slice_from(ess_model_hash);
        word.ext = ess_slice_from(ess_model_ext);
        word.fw = ess_slice_from(ESS_VERSION);
        word.clock = ess_slice_from(port_clock_is_set() ? "synced" : "unsynced");
        word.enc = ESS_SLICE_LITERAL("[\"json\"]"); /* what comes down is small */
        word.units = (ess_slice){units, units_len};
        word.kids = (ess_slice){kids, trust_print_kids(&agent->trust, kids)};
        word.sign = ess_slice_from(agent->trust.needed);
    }
    return ess_presence_print(&word, port_utc_ms(), agent->payload, sizeof agent->payload, len);
}

static ess_err publish_state(ess_agent *agent, bool is_on)
{
    char topic[TOPIC_ROOM];
    ess_slice ns;
    size_t len;

    TRY(print_topic(agent, ESS_STATE, (ess_slice){0}, topic, &ns));
    TRY(print_state(agent, is_on, &len));
    return publish_plain(agent, topic, len, true);
}

/* Again until the line takes it. */
static ess_err say_birth(ess_agent *agent)
{
    ess_now now = order_now();

    if (!ess_birth_is_due(&agent->birth, now))
        return ESS_OK;
    TRY(publish_state(agent, true));
    ess_birth_said(&agent->birth, now);
    return ESS_OK;
}

/* PARAM and EVENT carry their own time inside (x.ts, d.ts), because a report that is sent again
 * much later must not be taken for a new one. */
static ess_err print_whole(const outbox_record *record, ess_slice ns, int64_t now_utc_ms,
                           ess_agent *agent, size_t *len)
{
    char code[ESS_CODE_MAX + 1];
    ess_envelope envelope = {.t_utc_ms = now_utc_ms,
                             .ns = ns,
                             .s = ESS_S_METRIC,
                             .te = ESS_TE_REQ,
                             .d = record->report.d,
                             .x = record->report.x};

    TRY(ess_report_code_print(&record->code, code, sizeof code));
    envelope.code = ess_slice_from(code);
    return ess_envelope_print(&envelope, agent->payload, sizeof agent->payload, len);
}

int64_t uplink_stamp(const ess_agent *agent, const outbox_record *record)
{
    int64_t ts_utc_ms = record->report.ts_utc_ms;
    uint64_t sid;

    if (ess_sid_parse(ess_slice_from(record->code.sid), &sid) != ESS_OK)
        return ts_utc_ms;
    return ess_clock_stamp(&agent->anchor.clock, sid, ts_utc_ms, order_now());
}

static ess_err print_single(ess_agent *agent, const outbox_record *record, ess_slice ns,
                            int64_t now_utc_ms, size_t *len)
{
    ess_report report = {.code = record->code,
                         .ts_utc_ms = uplink_stamp(agent, record),
                         .ns = ns,
                         .values = record->report.d};

    if (record->report.type != ESS_DATA)
        return print_whole(record, ns, now_utc_ms, agent, len);
    return ess_report_print(&report, now_utc_ms, agent->payload, sizeof agent->payload, len);
}

/* ---- sending */

typedef enum send_outcome { SENT_OK, SENT_LATER, SENT_SKIPPED } send_outcome;

static void give_up(ess_agent *agent, const ess_send *send, const char *why)
{
    outbox_give_up(agent->outbox, &outbox_sender(agent->outbox)->ring[send->entry[0]], why);
}

/* What no broker or buffer takes even by itself must not stand in the way of all behind it. */
static send_outcome outcome_of(ess_agent *agent, const ess_send *send, ess_err err)
{
    if (err != ESS_E_TOO_LARGE)
        return err == ESS_OK ? SENT_OK : SENT_LATER;
    give_up(agent, send, "is too large to be sent");
    return SENT_SKIPPED;
}

/* Reads an entry, or gives it up when the disk no longer has it whole. */
static ess_err read_entry(ess_agent *agent, size_t place, size_t *room_used, outbox_record *record)
{
    const ess_entry *entry = &outbox_sender(agent->outbox)->ring[place];
    size_t used = 0;
    ess_err err = outbox_read(agent->outbox, entry, agent->record_room + *room_used,
                              sizeof agent->record_room - *room_used, record, &used);

    if (err == ESS_OK)
        *room_used += used;
    else if (err != ESS_E_NO_ROOM)
        outbox_give_up(agent->outbox, entry, "cannot be read back");
    return err;
}

/* [PAR-01] Parameters that were replaced since must not become what the broker retains. */
static bool is_to_retain(ess_agent *agent, const outbox_report *report)
{
    ess_decimal rev;
    int64_t number;
    size_t object;
    agent_device *device = agent_find(agent, report->path, &object);

    return report->type == ESS_PARAM && device != NULL &&
           ess_command_arg(report->x, "rev", &rev) == ESS_OK &&
           ess_decimal_to_integer(rev, 0, &number) == ESS_OK &&
           ess_revision_is_newest(&device->minded[object].revision, (uint64_t)number);
}

static send_outcome send_single(ess_agent *agent, const ess_send *send)
{
    char topic[TOPIC_ROOM];
    outbox_record record;
    ess_slice ns;
    size_t used = 0, len = 0;
    ess_err err = ESS_E_TOO_LARGE;

    if (read_entry(agent, send->entry[0], &used, &record) != ESS_OK)
        return SENT_SKIPPED;
    if (print_topic(agent, record.report.type, record.report.path, topic, &ns) == ESS_OK &&
        print_single(agent, &record, ns, send->t_utc_ms, &len) == ESS_OK) {
        bool retain = is_to_retain(agent, &record.report);
        err = retain || is_to_go_plain(agent, send) ? publish_plain(agent, topic, len, retain)
                                                    : publish_packed(agent, topic, len);
    }
    return outcome_of(agent, send, err);
}

/* [ENC-13] The same as ess_batch_print gives, as columns. */
static ess_err print_columns(ess_agent *agent, const ess_report *rows, size_t count,
                             int64_t now_utc_ms, size_t *len)
{
    ess_pack_row row[ESS_BATCH_MAX];
    char code[ESS_CODE_MAX + 1];
    ess_envelope envelope = {.t_utc_ms = now_utc_ms, .s = ESS_S_METRIC, .te = ESS_TE_REQ};

    for (size_t i = 0; i < count; i++)
        row[i] = (ess_pack_row){.n = rows[i].code.n,
                            .ts_utc_ms = rows[i].ts_utc_ms,
                            .ns = rows[i].ns,
                            .values = rows[i].values};
    TRY(ess_pack_columns(agent->pack, row, count, &envelope.d));
    TRY(ess_report_code_print(&rows[0].code, code, sizeof code));
    envelope.code = ess_slice_from(code);
    return ess_envelope_print(&envelope, agent->payload, sizeof agent->payload, len);
}

/* ESS_E_TOO_LARGE when they do not fit one message. */
static ess_err publish_rows(ess_agent *agent, const ess_report *rows, size_t count,
                            int64_t now_utc_ms, bool plain)
{
    char topic[TOPIC_ROOM];
    ess_slice ns;
    size_t len = 0;

    if (print_topic(agent, ESS_HIST, (ess_slice){0}, topic, &ns) != ESS_OK)
        return ESS_E_TOO_LARGE;
    if (!plain && cloud_reads(agent).columns &&
        print_columns(agent, rows, count, now_utc_ms, &len) == ESS_OK)
        return publish_packed(agent, topic, len);
    if (ess_batch_print(rows, count, now_utc_ms, agent->payload, sizeof agent->payload, &len) !=
        ESS_OK)
        return ESS_E_TOO_LARGE;
    return plain ? publish_plain(agent, topic, len, false) : publish_packed(agent, topic, len);
}

/* As many rows as fit; *send is cut to them. */
static send_outcome send_batch(ess_agent *agent, ess_send *send)
{
    ess_report rows[ESS_BATCH_MAX];
    bool plain = is_to_go_plain(agent, send);
    size_t used = 0, count = 0;
    ess_err err = ESS_OK;

    for (; count < send->count; count++) {
        outbox_record record;
        err = read_entry(agent, send->entry[count], &used, &record);
        if (err == ESS_E_NO_ROOM)
            break;
        if (err != ESS_OK)
            return SENT_SKIPPED; /* the ring has changed: ask the sender again */
        rows[count] = (ess_report){.code = record.code,
                                   .ts_utc_ms = uplink_stamp(agent, &record),
                                   .ns = record.report.path,
                                   .values = record.report.d};
    }
    while ((err = publish_rows(agent, rows, count, send->t_utc_ms, plain)) == ESS_E_TOO_LARGE &&
           count > 1)
        count /= 2;
    send->count = count;
    return outcome_of(agent, send, err);
}

void uplink_pump(ess_agent *agent)
{
    ess_sender *sender = outbox_sender(agent->outbox);
    static ess_send send; /* half a KiB; used at once */
    int64_t wake;

    if (say_birth(agent) != ESS_OK) { /* LINK_ROOM or LINK_UP will call again */
        port_loop_disarm(agent->loop, agent->pump_timer);
        return;
    }
    for (int i = 0; i < PUMP_MOST; i++) {
        send_outcome sent;
        ess_sender_next(sender, port_mono_ms(), &send);
        if (send.how == ESS_SEND_NOTHING)
            break;
        send.t_utc_ms = port_utc_ms();
        sent = send.how == ESS_SEND_BATCH ? send_batch(agent, &send) : send_single(agent, &send);
        if (sent == SENT_LATER) { /* likewise */
            port_loop_disarm(agent->loop, agent->pump_timer);
            return;
        }
        if (sent == SENT_OK)
            ess_sender_sent(sender, &send, port_mono_ms());
    }
    wake = send.how == ESS_SEND_NOTHING ? ess_sender_wake(sender) : port_mono_ms();
    if (ess_birth_wake(&agent->birth) < wake)
        wake = ess_birth_wake(&agent->birth);
    if (wake == INT64_MAX)
        port_loop_disarm(agent->loop, agent->pump_timer);
    else
        port_loop_arm(agent->loop, agent->pump_timer, wake);
}

void uplink_ack(ess_agent *agent, ess_slice path, const ess_ack *ack)
{
    char topic[TOPIC_ROOM];
    ess_slice ns;
    size_t len;

    if (print_topic(agent, ESS_ACK, path, topic, &ns) != ESS_OK ||
        ess_ack_print(ack, port_utc_ms(), agent->payload, sizeof agent->payload, &len) != ESS_OK)
        port_log(PORT_WARN, "a reply to %.*s cannot be written", (int)ack->code.len, ack->code.ptr);
    else if (publish_plain(agent, topic, len, false) != ESS_OK)
        port_log(PORT_INFO, "a reply to %.*s waits to be asked for", (int)ack->code.len,
                 ack->code.ptr);
}

void uplink_farewell(ess_agent *agent)
{
    if (link_is_up(agent->link) && publish_state(agent, false) != ESS_OK)
        port_log(PORT_INFO, "the farewell is left to the will");
}

/* ---- receiving */

static void take_receipt(ess_agent *agent, const ess_envelope *envelope)
{
    ess_receipt receipt;
    ess_fault fault;

    if (ess_receipt_parse(envelope->d, &receipt, &fault) == ESS_OK)
        outbox_receipt(agent->outbox, &receipt);
    else
        port_log(PORT_WARN, "a reply is ignored by rule %s: %s", fault.rule, fault.what);
}

static void take_presence(ess_agent *agent, const ess_envelope *envelope)
{
    ess_presence_word word;
    ess_fault fault;

    if (ess_presence_parse(envelope->d, &word, &fault) != ESS_OK) {
        port_log(PORT_WARN, "the cloud's presence is ignored by rule %s: %s", fault.rule,
                 fault.what);
        return;
    }
    ess_sender_cloud(outbox_sender(agent->outbox), &word);
    agent->cloud_dictionary = ess_pack_peer_of(word.enc).dictionary;
    if (word.kids.len > 0 && agent->trust.keyring.count > 0 &&
        !trust_knows_one_of(&agent->trust, word.kids))
        port_log(PORT_WARN, "the cloud signs with %.*s; none of these keys is trusted here",
                 (int)word.kids.len, word.kids.ptr);
}

/* Counted, and told the 1st, 10th, 100th ... time. */
static void refused(ess_agent *agent, const ess_fault *fault)
{
    uint64_t count = ++agent->refused;

    while (count >= 10 && count % 10 == 0)
        count /= 10;
    if (count == 1)
        port_log(PORT_WARN, "a message is refused by rule %s: %s; %llu so far", fault->rule,
                 fault->what, (unsigned long long)agent->refused);
}

void uplink_arrived(ess_agent *agent, const link_event *message)
{
    ess_receiver receiver = {.major = ESS_MAJOR,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ess_slice_from(agent->config.group),
                             .scratch = &agent->names};
    ess_downlink down;
    ess_fault fault;

    if (ess_downlink_check(message->topic, message->payload, &receiver, &down, &fault) != ESS_OK)
        refused(agent, &fault);
    else if (down.topic.type == ESS_CMD)
        command_arrived(agent, message, &down);
    else if (down.topic.type == ESS_RSP)
        take_receipt(agent, &down.envelope);
    else
        take_presence(agent, &down.envelope);
}

static void on_link(void *context, const link_event *event)
{
    ess_agent *agent = context;
    ess_sender *sender = outbox_sender(agent->outbox);

    if (event->kind == LINK_UP) {
        port_log(PORT_INFO, "connected to %s:%d", agent->config.broker_host,
                 (int)agent->config.broker_port);
        ess_birth_line(&agent->birth, true);
        ess_sender_line(sender, true);
    } else if (event->kind == LINK_DOWN) {
        ess_birth_line(&agent->birth, false);
        ess_sender_line(sender, false);
    } else if (event->kind == LINK_MESSAGE) {
        uplink_arrived(agent, event);
    } else if (event->kind == LINK_REFUSED) {
        port_log(PORT_WARN, "the broker refuses a message: %s", event->why);
    }
    uplink_pump(agent);
}

static ess_err set_will(ess_agent *agent)
{
    char topic[TOPIC_ROOM];
    ess_slice ns;
    size_t len;

    TRY(print_topic(agent, ESS_STATE, (ess_slice){0}, topic, &ns));
    TRY(print_state(agent, false, &len));
    return link_set_will(agent->link, topic, (ess_slice){agent->payload, len});
}

ess_err uplink_new(ess_agent *agent)
{
    const agent_config *config = &agent->config;
    char commands[128], replies[128], presence[128];
    const char *subscriptions[] = {commands, replies, presence, NULL};
    link_options options = {.host = config->broker_host,
                            .port = (uint16_t)config->broker_port,
                            .client_id = config->group,
                            .ca_file = config->broker_ca,
                            .cert_file = config->broker_cert,
                            .key_file = config->broker_key,
                            .keepalive_s = KEEPALIVE_S,
                            .backoff_first_ms = BACKOFF_FIRST_MS,
                            .backoff_most_ms = BACKOFF_MOST_MS,
                            .subscriptions = subscriptions};

    (void)snprintf(commands, sizeof commands, "v%d/CMD/ess/%s/#", ESS_MAJOR, config->group);
    (void)snprintf(replies, sizeof replies, "v%d/RSP/ess/%s/#", ESS_MAJOR, config->group);
    (void)snprintf(presence, sizeof presence, "v%d/STATE/ess/" ESS_CLOUD_GROUP, ESS_MAJOR);
    TRY(link_new(agent->loop, &options, on_link, agent, &agent->link));
    return set_will(agent);
}

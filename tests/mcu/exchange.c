/* Both ends in one program: the device's sender and judge, the cloud's intake and dispatch. What
 * one end prints the other end reads; nothing else passes between them.
 *
 * Each step is a row of a table, so that the stack of each is measured. All that lasts is static,
 * as a firmware would have it.
 */
#include "exchange.h"

#include <string.h>

#include "board.h"
#include "ess/dispatch.h"
#include "ess/downlink.h"
#include "ess/execute.h"
#include "ess/intake.h"
#include "ess/journal.h"
#include "ess/sender.h"

#define REPORTS      24 /* that the device keeps until they are receipted */
#define DEVICE_NAMES 64 /* members of what a device takes in */
#define CODES        32 /* commands that the device remembers */
#define NOW_UTC_MS   INT64_C(1763827200000)
#define DEVICE_SID   INT64_C(0x0000002a9f3c01d7)
#define CLOUD_SID    INT64_C(0x0000000100000001)
#define CODE         "01932c07-a3f1-7c20-9d4e-5b1a7f20c3d8"

/* ---- the device's room */
static ess_sender sender;
static ess_entry ring[REPORTS];
static ess_scratch_name device_names[DEVICE_NAMES];
static ess_scratch device_scratch;
static char device_payload[2048];
static char device_topic[ESS_TOPIC_MAX + 1];
static ess_journal journal;
static ess_journal_entry codes[CODES];
static ess_orders orders;
static ess_order_object pcs[1];
static ess_execute plan; /* of the order at hand: another is planned when its turn comes */

const exchange_room exchange_rooms[] = {
    {"sender", sizeof sender},
    {"ring of 24 reports", sizeof ring},
    {"scratch, 64 names", sizeof device_names + sizeof device_scratch},
    {"payload", sizeof device_payload},
    {"topic", sizeof device_topic},
    {"journal of 32 commands", sizeof journal + sizeof codes},
    {"orders, a lease", sizeof orders + sizeof pcs},
    {"plan of an order", sizeof plan},
};
const size_t exchange_room_count = sizeof exchange_rooms / sizeof exchange_rooms[0];

/* ---- the cloud's */
static ess_scratch_name cloud_names[ESS_MEMBERS_MAX];
static ess_scratch cloud_scratch;
static ess_shape_key cloud_keys[64];
static ess_shape cloud_shape;
static ess_row cloud_rows[REPORTS];
static ess_reading cloud_readings[REPORTS * 8];
static ess_readings cloud_read = {.shape = &cloud_shape,
                                  .scratch = &cloud_scratch,
                                  .row = cloud_rows,
                                  .reading = cloud_readings,
                                  .row_room = REPORTS,
                                  .reading_room = REPORTS * 8};
static ess_receipts receipts;
static ess_arrival arrival;
static ess_dispatch dispatch;
static char cloud_payload[2048];
static char cloud_topic[ESS_TOPIC_MAX + 1];

/* ---- what is on the way, and what was read of it */
static size_t len, topic_len;
static ess_send to_send;
static ess_report batch[ESS_BATCH_MAX];
static ess_downlink heard;
static ess_receipt receipt;
static ess_command command;
static ess_verdict verdict;
static ess_presence_word presence;
static ess_ack ack;
static ess_fault fault;
static uint32_t taken_rows;

static const char values[] = "{\"soc\":56.3,\"v\":768.5,\"i\":-12.25,\"runState\":3,"
                             "\"cellV\":[3287,3285,3290,3288,3286,3287,3289,3284]}";

static bool print_topic(ess_message_type type, const char *group, char *room)
{
    ess_topic t = {.version = 1,
                   .type = type,
                   .application = ESS_SLICE_LITERAL("ess"),
                   .group = ess_slice_from(group)};
    if (strcmp(group, ESS_CLOUD_GROUP) != 0) {
        t.unit = ESS_SLICE_LITERAL("CAB01");
        t.component = type == ESS_HIST                     ? (ess_slice){0}
                      : type == ESS_CMD || type == ESS_ACK ? (ess_slice)ESS_SLICE_LITERAL("PCS")
                                                           : (ess_slice)ESS_SLICE_LITERAL("BMS");
    }
    return ess_topic_print(&t, room, ESS_TOPIC_MAX + 1, &topic_len) == ESS_OK;
}

static bool device_reads(void)
{
    const ess_receiver device = {.major = ESS_MAJOR,
                                 .application = ESS_SLICE_LITERAL("ess"),
                                 .group = ESS_SLICE_LITERAL("SH001"),
                                 .scratch = &device_scratch};
    ess_slice payload = {cloud_payload, len};
    return ess_downlink_check((ess_slice){cloud_topic, topic_len}, payload, &device, &heard,
                              &fault) == ESS_OK;
}

static bool cloud_takes(void)
{
    ess_slice payload = {device_payload, len};
    return ess_intake_check((ess_slice){device_topic, topic_len}, payload, &cloud_read, &arrival,
                            &fault) == ESS_OK;
}

/* ---- steps */

static bool both_start(void)
{
    const ess_sender_options options = {
        .receipt_ms = 5000, .batch_bytes = 1500, .backlog_window = 16, .live_window = 4};
    ess_scratch_init(&device_scratch, device_names, DEVICE_NAMES);
    ess_scratch_init(&cloud_scratch, cloud_names, ESS_MEMBERS_MAX);
    ess_shape_init(&cloud_shape, cloud_keys, sizeof cloud_keys / sizeof cloud_keys[0]);
    ess_sender_init(&sender, &options, ring, REPORTS, DEVICE_SID);
    ess_sender_line(&sender, true);
    ess_journal_init(&journal, codes, CODES, 0);
    ess_orders_init(&orders, pcs, 1);
    return true;
}

static bool cloud_says_it_is_there(void)
{
    presence = (ess_presence_word){.on = true};
    ess_sid_print(CLOUD_SID, presence.sid);
    return print_topic(ESS_STATE, ESS_CLOUD_GROUP, cloud_topic) &&
           ess_presence_print(&presence, NOW_UTC_MS, cloud_payload, sizeof cloud_payload, &len) ==
               ESS_OK;
}

static bool device_hears_the_cloud(void)
{
    if (!device_reads() || ess_presence_parse(heard.envelope.d, &presence, &fault) != ESS_OK)
        return false;
    ess_sender_cloud(&sender, &presence);
    return sender.cloud_on;
}

static bool device_stores_one(void)
{
    uint64_t n = ess_sender_next_n(&sender);
    return ess_sender_stored(&sender, ESS_DATA, n, sizeof values) == ESS_OK;
}

static void report_of(const ess_entry *entry, ess_report *report)
{
    *report = (ess_report){
        .code.n = entry->n, .ts_utc_ms = NOW_UTC_MS - 1000, .values = {values, sizeof values - 1}};
    ess_sid_print(entry->sid, report->code.sid);
}

static bool device_sends_live(void)
{
    ess_sender_next(&sender, 1000, &to_send);
    if (to_send.how != ESS_SEND_LIVE || !print_topic(ESS_DATA, "SH001", device_topic))
        return false;
    report_of(&ring[to_send.entry[0]], &batch[0]);
    if (ess_report_print(&batch[0], NOW_UTC_MS, device_payload, sizeof device_payload, &len) !=
        ESS_OK)
        return false;
    ess_sender_sent(&sender, &to_send, 1000);
    return true;
}

static bool device_loses_the_line(void)
{
    ess_sender_line(&sender, false);
    for (int i = 0; i < 5; i++) {
        if (!device_stores_one())
            return false;
    }
    ess_sender_next(&sender, 2000, &to_send);
    ess_sender_line(&sender, true);
    return to_send.how == ESS_SEND_NOTHING;
}

static bool device_sends_backfill(void)
{
    ess_sender_next(&sender, 3000, &to_send);
    if (to_send.how != ESS_SEND_BATCH || !print_topic(ESS_HIST, "SH001", device_topic))
        return false;
    for (size_t i = 0; i < to_send.count; i++) {
        report_of(&ring[to_send.entry[i]], &batch[i]);
        batch[i].ns = (ess_slice)ESS_SLICE_LITERAL("CAB01/BMS");
    }
    if (ess_batch_print(batch, to_send.count, NOW_UTC_MS, device_payload, sizeof device_payload,
                        &len) != ESS_OK)
        return false;
    ess_sender_sent(&sender, &to_send, 3000);
    return to_send.count == 5;
}

static bool cloud_takes_in(void)
{
    const ess_receipt_to to = {.group = "SH001", .major = 1};
    if (!cloud_takes())
        return false;
    receipts.count = 0;
    for (taken_rows = 0; taken_rows < cloud_read.rows; taken_rows++) {
        const ess_row *row = &cloud_rows[taken_rows];
        ess_report_code code = arrival.code;
        code.n = row->has_n ? row->n : code.n;
        if (ess_receipts_ok(&receipts, &to, &code) != ESS_OK)
            return false;
    }
    return true;
}

static bool cloud_sends_the_receipt(void)
{
    return receipts.count == 1 && print_topic(ESS_RSP, "SH001", cloud_topic) &&
           ess_receipt_print(&receipts.slot[0].receipt, NOW_UTC_MS, cloud_payload,
                             sizeof cloud_payload, &len) == ESS_OK;
}

static bool device_lets_go(void)
{
    size_t done;
    if (!device_reads() || ess_receipt_parse(heard.envelope.d, &receipt, &fault) != ESS_OK)
        return false;
    ess_sender_receipt(&sender, &receipt, &done);
    return done == taken_rows && ess_sender_waiting(&sender) == 0;
}

static bool cloud_orders(void)
{
    int64_t wake_mono_ms;
    ess_command order = {.code = ESS_SLICE_LITERAL(CODE),
                         .op = ESS_SLICE_LITERAL("power.set"),
                         .args = ESS_SLICE_LITERAL("{\"p\":60,\"rvt\":900}"),
                         .t_utc_ms = NOW_UTC_MS,
                         .exp_utc_ms = NOW_UTC_MS + 30000,
                         .by = ESS_SLICE_LITERAL("op7")};
    ess_dispatch_init(&dispatch, ESS_STAGE_CREATED, order.exp_utc_ms, 0);
    if (ess_dispatch_due(&dispatch, NOW_UTC_MS, 0, true, &wake_mono_ms) != ESS_DISPATCH_SEND ||
        !print_topic(ESS_CMD, "SH001", cloud_topic) ||
        ess_command_print(&order, cloud_payload, sizeof cloud_payload, &len) != ESS_OK)
        return false;
    ess_dispatch_sent(&dispatch, 0);
    return true;
}

static bool judge(int64_t now_utc_ms)
{
    const ess_judge_facts facts = {
        .path = "CAB01/PCS", .target_known = true, .now_utc_ms = now_utc_ms, .clock_set = true};
    if (!device_reads() || ess_command_parse(&heard.envelope, &command, &fault) != ESS_OK)
        return false;
    ess_command_judge(&command, &facts, &verdict, NULL);
    return true;
}

/* ---- the equipment: what is set shows at once */

static const char *const points[] = {"pSet", "pSetEcho"};
static ess_decimal power;

static bool find(const void *context, const char *name, ess_execute_point *out)
{
    static const ess_model_point model = {
        .name = "pSetEcho", .min = {.mantissa = -125}, .max = {.mantissa = 125}};
    (void)context;
    for (uint16_t i = 0; i < 2; i++) {
        if (strcmp(name, points[i]) == 0) {
            *out = (ess_execute_point){.number = i, .writable = i == 0, .model = &model};
            return true;
        }
    }
    return false;
}

static bool holds(const void *context, uint16_t number, ess_decimal value)
{
    (void)context;
    return number == 0 && value.scale <= 1;
}

static const ess_equipment equipment = {.find = find, .holds = holds};

static ess_now at(int64_t ms)
{
    return (ess_now){NOW_UTC_MS + ms, ms, true};
}

static bool is_next(ess_orders_do what, int64_t ms, ess_orders_step *step)
{
    const ess_orders_facts facts = {.now = at(ms), .control = ESS_CONTROL_REMOTE};
    ess_orders_next(&orders, &facts, step);
    return step->what == what;
}

/* Writes and reads back until it ends. */
static bool carry_out(const ess_orders_step *step, int64_t ms)
{
    ess_execute_job job;
    ess_execute_begin(&plan, false, ms);
    ess_orders_begun(&orders, step);
    while (ess_execute_next(&plan, ms, &job)) {
        const ess_execute_answer taken = {.value = power};
        power = job.is_write ? job.value : power;
        ess_execute_answered(&plan, &taken, ms);
    }
    if (plan.state != ESS_EXECUTE_ENDED)
        return false;
    ess_orders_result(&orders, &plan.result, at(ms));
    return true;
}

static bool is_known(ess_stage stage)
{
    const ess_journal_entry *entry = ess_journal_find(&journal, ESS_SLICE_LITERAL(CODE));
    return entry != NULL && entry->stage == stage;
}

static bool device_judges(void)
{
    return !is_known(ESS_STAGE_ACCEPTED) && judge(NOW_UTC_MS + 200) &&
           verdict.stage == ESS_STAGE_ACCEPTED;
}

static bool device_admits(void)
{
    const ess_model_command *known = ess_model_command_of(command.op);
    const ess_orders_request asked = {&command, known, 0, ESS_CONTROL_REMOTE, at(200)};
    const ess_journal_record intent = {.code = command.code,
                                       .stage = ESS_STAGE_ACCEPTED,
                                       .received_utc_ms = NOW_UTC_MS + 200,
                                       .exp_utc_ms = command.exp_utc_ms,
                                       .where = 1};
    const char *why;
    ess_order order;
    ess_orders_admit(&orders, &asked, &order, &verdict);
    return verdict.stage == ESS_STAGE_ACCEPTED &&
           ess_execute_plan(&plan, &equipment, known, command.args, &why) == ESS_MODEL_OK &&
           ess_journal_has_room(&journal, NOW_UTC_MS + 200) &&
           ess_journal_put(&journal, &intent) == ESS_OK && ess_orders_put(&orders, &order) == 0;
}

static bool device_carries_it_out(void)
{
    ess_orders_step step;
    return is_next(ESS_ORDERS_BEGIN, 210, &step) && carry_out(&step, 220) &&
           ess_decimal_compare(power, ess_decimal_make(60, 0)) == 0 && pcs[0].lease.in_force;
}

static bool device_keeps_its_end(void)
{
    const ess_journal_record outcome = {.code = command.code,
                                        .stage = ESS_STAGE_DONE,
                                        .received_utc_ms = NOW_UTC_MS + 200,
                                        .exp_utc_ms = command.exp_utc_ms,
                                        .where = 2};
    ess_orders_step step;
    if (!is_next(ESS_ORDERS_END, 230, &step) || ess_journal_put(&journal, &outcome) != ESS_OK)
        return false;
    ess_orders_ended(&orders, step.place, true, 230);
    return is_known(ESS_STAGE_DONE) && is_next(ESS_ORDERS_REST, 240, &step);
}

static bool device_takes_it_back(void)
{
    const ess_model_command *known = ess_model_command_of(ESS_SLICE_LITERAL("power.set"));
    const int64_t ends = 220 + 900000;
    const char *why;
    ess_orders_step step;
    if (!is_next(ESS_ORDERS_REVERT, ends, &step) ||
        ess_execute_plan_revert(&plan, &equipment, known, &why) != ESS_MODEL_OK ||
        !carry_out(&step, ends) || !is_next(ESS_ORDERS_RELEASE, ends, &step))
        return false;
    ess_orders_released(&orders, step.object, true, ends);
    return power.mantissa == 0 && !pcs[0].lease.in_force && ess_orders_idle(&orders);
}

static bool device_answers(ess_stage stage, const char *read_back)
{
    ess_ack answer = {.code = command.code,
                      .stage = stage,
                      .result = verdict.result,
                      .read_back = ess_slice_from(read_back)};
    return print_topic(ESS_ACK, "SH001", device_topic) &&
           ess_ack_print(&answer, NOW_UTC_MS + 300, device_payload, sizeof device_payload, &len) ==
               ESS_OK;
}

static bool device_accepts(void)
{
    return device_answers(ESS_STAGE_ACCEPTED, NULL);
}

static bool device_has_done_it(void)
{
    return device_answers(ESS_STAGE_DONE, "{\"p\":60}");
}

static bool cloud_notes_the_stage(void)
{
    bool changed = false;
    return cloud_takes() && ess_ack_parse(&arrival.envelope, &ack, &fault) == ESS_OK &&
           ess_slice_is(ack.code, CODE) &&
           ess_dispatch_ack(&dispatch, ack.stage, &changed) == ESS_OK && changed;
}

static bool cloud_is_done(void)
{
    int64_t wake_mono_ms;
    return dispatch.stage == ESS_STAGE_DONE &&
           ess_dispatch_due(&dispatch, NOW_UTC_MS + 1000, 1000, true, &wake_mono_ms) ==
               ESS_DISPATCH_END;
}

static bool device_refuses_it_late(void)
{
    return judge(NOW_UTC_MS + 30001) && verdict.stage == ESS_STAGE_EXPIRED;
}

static const struct {
    const char *name;
    bool (*go)(void);
} steps[] = {
    {"both start", both_start},
    {"the cloud says that it is there", cloud_says_it_is_there},
    {"the device hears it", device_hears_the_cloud},
    {"the device stores a report", device_stores_one},
    {"the device sends it live", device_sends_live},
    {"the cloud takes it in", cloud_takes_in},
    {"the cloud sends the receipt", cloud_sends_the_receipt},
    {"the device lets go", device_lets_go},
    {"the device loses the line and stores five", device_loses_the_line},
    {"the device sends them as backfill", device_sends_backfill},
    {"the cloud takes them in", cloud_takes_in},
    {"the cloud sends the receipt for five", cloud_sends_the_receipt},
    {"the device lets go of five", device_lets_go},
    {"the cloud orders", cloud_orders},
    {"the device judges", device_judges},
    {"the device admits and notes it", device_admits},
    {"the device accepts", device_accepts},
    {"the cloud notes that", cloud_notes_the_stage},
    {"the cloud orders again", cloud_orders},
    {"the device refuses it late", device_refuses_it_late},
    {"the device carries it out", device_carries_it_out},
    {"the device keeps its end", device_keeps_its_end},
    {"the device has done it", device_has_done_it},
    {"the cloud notes that too", cloud_notes_the_stage},
    {"the cloud is done", cloud_is_done},
    {"the device takes the set-point back", device_takes_it_back},
};

size_t exchange_run(uint32_t *stack, const char **deepest)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        board_stack_paint(board_stack_pointer());
        bool good = steps[i].go();
        uint32_t used = board_stack_used();
        if (used > *stack) {
            *stack = used;
            *deepest = steps[i].name;
        }
        if (good)
            continue;
        board_say("exchange: went wrong: ");
        board_say(steps[i].name);
        board_say("\n");
        return 1; /* what follows builds on it */
    }
    return 0;
}

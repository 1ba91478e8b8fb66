/* A device: numbers its reports, keeps each until the cloud's receipt, sends again what was lost.
 *
 * What the cloud says comes as lines "topic payload" on stdin, an empty line means "measure now";
 * what is to be published goes as lines "topic payload" to stdout. Put your MQTT client in there.
 * A real device writes a report to flash before ess_sender_stored, or a power cut loses it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ess/downlink.h"
#include "ess/sender.h"

enum { KEPT = 64, DEVICE_NAMES = 64 };

static ess_sender sender;
static ess_entry ring[KEPT];
static ess_report kept[KEPT]; /* report n stands in kept[n % KEPT] until its receipt */
static char values[KEPT][32];
static ess_scratch scratch;
static ess_scratch_name names[DEVICE_NAMES];

static int64_t now_ms(void) /* a device takes its monotonic clock for ..._mono_ms */
{
    return (int64_t)time(NULL) * 1000;
}

static void measure(int64_t soc_permille)
{
    uint64_t n = ess_sender_next_n(&sender);
    ess_report *report = &kept[n % KEPT];
    ess_json_writer d;
    ess_json_writer_init(&d, values[n % KEPT], sizeof values[0]);
    ess_json_object_begin(&d);
    ess_json_key(&d, "soc");
    ess_json_decimal(&d, ess_decimal_make(soc_permille, 1));
    ess_json_object_end(&d);
    *report = (ess_report){.code.n = n, .ts_utc_ms = now_ms()};
    report->values.ptr = values[n % KEPT];
    report->ns = ess_slice_from("CAB01/BMS");
    ess_sid_print(sender.sid, report->code.sid);
    if (ess_json_finish(&d, &report->values.len) != ESS_OK ||
        ess_sender_stored(&sender, ESS_DATA, n, sizeof values[0]) != ESS_OK)
        fprintf(stderr, "device: no room for report %llu\n", (unsigned long long)n);
}

static void send_what_is_due(void)
{
    static ess_report rows[ESS_BATCH_MAX];
    static char payload[ESS_MESSAGE_AIM];
    ess_send send;
    size_t len;
    for (ess_sender_next(&sender, now_ms(), &send); send.how != ESS_SEND_NOTHING;
         ess_sender_next(&sender, now_ms(), &send)) {
        for (size_t i = 0; i < send.count; i++)
            rows[i] = kept[ring[send.entry[i]].n % KEPT];
        bool is_batch = send.how == ESS_SEND_BATCH;
        size_t size = sizeof payload;
        ess_err err = is_batch ? ess_batch_print(rows, send.count, now_ms(), payload, size, &len)
                               : ess_report_print(rows, now_ms(), payload, size, &len);
        if (err != ESS_OK)
            return;
        printf("v1/%s/ess/SH001 %.*s\n", is_batch ? "HIST" : "DATA", (int)len, payload);
        ess_sender_sent(&sender, &send, now_ms());
    }
}

static void hear(ess_slice topic, ess_slice payload)
{
    const ess_receiver me = {.major = ESS_MAJOR,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = &scratch};
    ess_downlink in;
    ess_fault fault = {.rule = "", .what = ""};
    ess_receipt receipt;
    ess_presence_word cloud;
    size_t done;
    ess_err err = ess_downlink_check(topic, payload, &me, &in, &fault);
    if (err == ESS_OK && in.topic.type == ESS_RSP) {
        err = ess_receipt_parse(in.envelope.d, &receipt, &fault);
        if (err == ESS_OK)
            ess_sender_receipt(&sender, &receipt, &done);
    } else if (err == ESS_OK && in.topic.type == ESS_STATE) {
        err = ess_presence_parse(in.envelope.d, &cloud, &fault);
        if (err == ESS_OK)
            ess_sender_cloud(&sender, &cloud);
    } /* ESS_CMD: ess_command_parse, the journal, ess_command_judge; see src/agent/order.c */
    if (err != ESS_OK)
        fprintf(stderr, "device: refused [%s] %s\n", fault.rule, fault.what);
}

int main(void)
{
    const ess_sender_options options = {.receipt_ms = 5000,
                                        .batch_bytes = ESS_MESSAGE_AIM / 2,
                                        .backlog_window = KEPT,
                                        .live_window = 8,
                                        .minor = ESS_MINOR};
    static char line[ESS_MESSAGE_AIM];
    /* A real device counts its boots in flash and takes the chance from its hardware. */
    ess_sender_init(&sender, &options, ring, KEPT, ess_sid_make((uint32_t)time(NULL), 1));
    ess_scratch_init(&scratch, names, DEVICE_NAMES);
    ess_sender_line(&sender, true); /* false when the connection is lost */
    int64_t soc = 563;
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *payload = line + strcspn(line, " \n");
        if (*payload == ' ')
            hear((ess_slice){line, (size_t)(payload - line)},
                 (ess_slice){payload + 1, strcspn(payload + 1, "\n")});
        else
            measure(soc--);
        send_what_is_due();
        fflush(stdout);
        fprintf(stderr, "device: %zu wait for a receipt\n", ess_sender_waiting(&sender));
    }
    return 0;
}

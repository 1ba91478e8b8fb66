/* A reader: takes reports in, every rule checked, and gives receipts once it has kept them.
 *
 * Lines "topic payload" come on stdin, receipts go as such lines to stdout, values to stderr. Put
 * your MQTT client in there, and a database where the values are printed: a receipt says that
 * they are durable, and the device lets go of them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ess/intake.h"

enum { KEYS = 512, READINGS = 4096 }; /* names of points; values of one message */

static ess_scratch_name names[ESS_MEMBERS_MAX];
static ess_scratch scratch;
static ess_shape_key keys[KEYS];
static ess_shape shape;
static ess_row rows[ESS_ROWS_MAX];
static ess_reading readings[READINGS];
static ess_readings taken = {.shape = &shape,
                             .scratch = &scratch,
                             .row = rows,
                             .reading = readings,
                             .row_room = ESS_ROWS_MAX,
                             .reading_room = READINGS};
static ess_arrival arrival;
static ess_receipts receipts;

static void keep_value(const ess_reading *reading, const char *payload)
{
    char path[ESS_NS_MAX + 1], digits[ESS_DECIMAL_PRINT_MAX];
    ess_slice text = {payload + reading->raw_at, reading->raw_len}; /* TEXT, ARRAY; else empty */
    if (reading->kind == ESS_VALUE_NUMBER) {
        ess_decimal number = {reading->mantissa, reading->scale};
        text = (ess_slice){digits, ess_decimal_print(number, digits)};
    }
    if (ess_object_path(&arrival.topic, rows[reading->row].ns, path, sizeof path) == ESS_OK)
        fprintf(stderr, "%s %.*s = %.*s\n", path, reading->name_len, payload + reading->name_at,
                (int)text.len, text.ptr);
}

/* The same sid and n may come again and is no second report: a database has them as its key. */
static void keep(const ess_receipt_to *to, const char *payload)
{
    for (uint32_t i = 0; i < taken.readings; i++)
        keep_value(&readings[i], payload);
    for (uint32_t i = 0; i < taken.rows; i++) {
        ess_report_code code = arrival.code;
        code.n = rows[i].has_n ? rows[i].n : code.n;
        (void)ess_receipts_ok(&receipts, to, &code); /* no room: the device sends it again */
    }
}

static void take(ess_slice text, ess_slice payload)
{
    char group[ESS_LEVEL_EMIT_MAX + 1];
    ess_topic topic;
    ess_fault fault;
    ess_err err = ess_intake_check(text, payload, &taken, &arrival, &fault);
    if (err != ESS_OK)
        fprintf(stderr, "refused [%s] at byte %u: %s\n", fault.rule, fault.offset, fault.what);
    if (!arrival.has_code || ess_topic_parse(text, &topic, NULL) != ESS_OK ||
        ess_slice_copy(topic.group, group, sizeof group) != ESS_OK)
        return;
    ess_receipt_to to = {.group = group, .major = topic.version};
    if (err == ESS_OK)
        keep(&to, payload.ptr);
    else if (fault.rule[0] != '\0') /* for good: the device is told, or would send it for ever */
        (void)ess_receipts_no(&receipts, &to, &arrival, fault.rule);
}

static void give_receipts(void)
{
    static char payload[ESS_MESSAGE_AIM];
    size_t len;
    for (size_t i = 0; i < receipts.count; i++) {
        if (ess_receipt_print(&receipts.slot[i].receipt, (int64_t)time(NULL) * 1000, payload,
                              sizeof payload, &len) == ESS_OK)
            printf("v1/RSP/ess/%s %.*s\n", receipts.slot[i].group, (int)len, payload);
    }
    receipts.count = 0;
}

int main(void)
{
    static char line[ESS_MESSAGE_MAX + ESS_TOPIC_MAX + 2];
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    ess_shape_init(&shape, keys, KEYS);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *payload = line + strcspn(line, " \n");
        if (*payload != ' ')
            continue;
        take((ess_slice){line, (size_t)(payload - line)},
             (ess_slice){payload + 1, strcspn(payload + 1, "\n")});
        give_receipts();
        fflush(stdout);
    }
    return 0;
}

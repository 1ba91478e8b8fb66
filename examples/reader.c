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

static ess_scratch scratch;
static ess_scratch_name names[ESS_MEMBERS_MAX];
static ess_arrival arrival;
static ess_receipts receipts;

static void keep_row(const ess_row *row)
{
    ess_value_iterator it;
    ess_value value;
    char path[ESS_NS_MAX + 1];
    bool found;
    if (ess_object_path(&arrival.topic, row->ns, path, sizeof path) != ESS_OK ||
        ess_values_begin(&it, row, NULL) != ESS_OK)
        return;
    while (ess_values_next(&it, &value, &found, NULL) == ESS_OK && found)
        fprintf(stderr, "%s/%s %.*s = %.*s\n", arrival.code.sid, path, (int)value.name.len,
                value.name.ptr, (int)value.raw.len, value.raw.ptr);
}

static void keep(const char *group)
{
    ess_row_iterator it;
    ess_row row;
    bool found;
    ess_report_code code = arrival.code;
    if (ess_rows_begin(&it, &arrival.envelope, NULL) != ESS_OK)
        return;
    while (ess_rows_next(&it, &row, &found, NULL) == ESS_OK && found) {
        keep_row(&row); /* the same sid and n once more is no second value */
        code.n = row.has_n ? row.n : arrival.code.n;
        (void)ess_receipts_ok(&receipts, group, &code); /* no room: the device sends it again */
    }
}

static void take(ess_slice text, ess_slice payload)
{
    char group[ESS_LEVEL_EMIT_MAX + 1];
    ess_topic topic;
    ess_fault fault;
    ess_err err = ess_intake_check(text, payload, &scratch, &arrival, &fault);
    if (err != ESS_OK)
        fprintf(stderr, "refused [%s] at byte %u: %s\n", fault.rule, fault.offset, fault.what);
    if (!arrival.has_code || ess_topic_parse(text, &topic, NULL) != ESS_OK ||
        ess_slice_copy(topic.group, group, sizeof group) != ESS_OK)
        return;
    if (err == ESS_OK)
        keep(group);
    else /* refused for good: the device is told, or it would send it for ever */
        (void)ess_receipts_no(&receipts, group, &arrival.code, fault.rule);
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

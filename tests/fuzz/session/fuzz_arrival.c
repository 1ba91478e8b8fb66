/* Everything that can come off the line, at both ends: first line the topic, the rest the
 * payload. What the cloud takes is held against a reading step by step. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../codec/both_ways.h"
#include "ess/alarm.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_words(const ess_envelope *envelope)
{
    ess_fault fault;
    ess_presence_word presence;
    ess_receipt receipt;
    ess_ack ack;
    ess_command command;
    (void)ess_presence_parse(envelope->d, &presence, &fault);
    (void)ess_receipt_parse(envelope->d, &receipt, &fault);
    (void)ess_ack_parse(envelope, &ack, &fault);
    if (ess_command_parse(envelope, &command, &fault) == ESS_OK) {
        ess_judge_facts facts = {.path = "CAB01/PCS", .target_known = true, .clock_set = true};
        ess_verdict verdict;
        ess_command_judge(&command, &facts, &verdict, NULL);
    }
}

/* Whether the message is one for the cloud, by the long way. */
static bool is_for_the_cloud(const ess_topic *topic, ess_slice payload)
{
    static both_ways nothing_read = {.err = ESS_E_INTERNAL};
    ess_envelope envelope;
    ess_row_iterator rows;
    ess_report_code code;
    ess_row row;
    ess_fault fault;
    bool found = true;
    bool right = true;
    uint32_t with = 0, without = 0; /* rows with and without n, the latter neighbours or not */
    bool gap = false;
    bool reports = topic->type == ESS_DATA || topic->type == ESS_HIST || topic->type == ESS_PARAM;
    if (ess_envelope_parse(payload, topic, lent_scratch(), &envelope, NULL) != ESS_OK ||
        topic->type == ESS_CUSTOM || !ess_message_type_is_up(topic->type))
        return false;
    if (topic->type == ESS_STATE || topic->type == ESS_ACK)
        return true;
    nothing_read.read.scratch = lent_scratch();
    ess_err err = ess_rows_begin(&rows, &envelope, NULL);
    if (err == ESS_OK && reports)
        (void)both_compare(payload, topic, NULL, &nothing_read, &fault, &err);
    while (err == ESS_OK) {
        ess_alarm alarm;
        err = ess_rows_next(&rows, &row, &found, NULL);
        if (err != ESS_OK || !found)
            break;
        gap = gap || (row.has_n && without > 0);
        right = right && (row.has_n || !gap) &&
                (topic->type != ESS_EVENT || !ess_event_is_alarm(row.values) ||
                 ess_alarm_parse(row.values, &alarm, &fault) == ESS_OK);
        with += row.has_n;
        without += !row.has_n;
    }
    right = right && with + without > 0 && (without == 0 || topic->type != ESS_HIST) &&
            (without < 2 || topic->type == ESS_DATA);
    return err == ESS_OK && right && ess_report_code_parse(envelope.code, &code) == ESS_OK;
}

/* A message handed on is read as the same one. */
static void relay(const ess_topic *topic, ess_slice payload)
{
    static char room[2 * ESS_MESSAGE_MAX];
    ess_envelope before, after;
    size_t len;
    if (ess_envelope_parse(payload, topic, lent_scratch(), &before, NULL) != ESS_OK)
        return;
    if (ess_envelope_relay(payload, &before, room, sizeof room, &len) != ESS_OK)
        abort();
    if (len <= ESS_MESSAGE_MAX &&
        (ess_envelope_parse((ess_slice){room, len}, topic, lent_scratch(), &after, NULL) !=
             ESS_OK ||
         before.t_utc_ms != after.t_utc_ms || before.s != after.s || before.te != after.te ||
         !ess_slice_equal(before.ns, after.ns) || !ess_slice_equal(before.code, after.code) ||
         !ess_slice_equal(before.d, after.d) || !ess_slice_equal(before.x, after.x)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
    if (line == NULL)
        return 0;
    ess_slice topic_text = {text, (size_t)(line - text)};
    ess_slice payload = {line + 1, size - topic_text.len - 1};
    ess_arrival arrival;
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_downlink down;
    ess_topic topic;
    ess_fault fault;
    bool taken = ess_intake_check(topic_text, payload, lent_readings(), &arrival, &fault) == ESS_OK;
    if (taken)
        try_words(&arrival.envelope);
    bool right =
        ess_topic_parse(topic_text, &topic, &fault) == ESS_OK && is_for_the_cloud(&topic, payload);
    if (taken != right)
        abort();
    if (ess_topic_parse(topic_text, &topic, &fault) == ESS_OK)
        relay(&topic, payload);
    if (ess_downlink_check(topic_text, payload, &receiver, &down, &fault) == ESS_OK)
        try_words(&down.envelope);
    return 0;
}

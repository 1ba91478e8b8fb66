/* A device of today and a cloud of minor 0, as it was recorded: every report is receipted, every
 * command understood, and nothing is said that the old cloud could not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/capture.h"
#include "../../lib/lent.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess/judge.h"
#include "ess/sender.h"

#define LINE_MAX     8192
#define REPORTS_MAX  256
#define COMMAND_LIFE 1000

typedef struct device {
    ess_entry ring[REPORTS_MAX];
    ess_sender sender;
    size_t receipted, commands, clouds;
} device;

/* The series of the recorded device: what it sent is what ours has stored and sent. */
static void new_life(device *d, uint64_t sid)
{
    ess_sender_options options = {.receipt_ms = 1000,
                                  .batch_bytes = 65536,
                                  .backlog_window = 64,
                                  .live_window = 64,
                                  .minor = ESS_MINOR};
    ess_sender_init(&d->sender, &options, d->ring, REPORTS_MAX, sid);
    ess_sender_line(&d->sender, true);
}

static void send_all(device *d)
{
    for (;;) {
        ess_send send;
        ess_sender_next(&d->sender, 0, &send);
        if (send.how == ESS_SEND_NOTHING)
            return;
        ess_sender_sent(&d->sender, &send, 0);
    }
}

static void own_report(device *d, const ess_arrival *arrival)
{
    uint64_t sid;
    assert_int_equal(ess_sid_parse(ess_slice_from(arrival->code.sid), &sid), ESS_OK);
    if (sid != d->sender.sid)
        new_life(d, sid);
    while (ess_sender_next_n(&d->sender) <= arrival->code.n)
        assert_int_equal(ess_sender_stored(&d->sender, arrival->topic.type, 0, 100), ESS_OK);
    send_all(d);
}

static void take_presence(device *d, const ess_downlink *down)
{
    ess_presence_word word;
    ess_fault fault;
    assert_int_equal(ess_presence_parse(down->envelope.d, &word, &fault), ESS_OK);
    ess_sender_cloud(&d->sender, &word);
    d->clouds++;
    assert_int_equal(ess_peer_minor(&d->sender.cloud), 0);
    for (int i = 0; i < ESS_FEATURE_COUNT; i++)
        assert_false(ess_peer_may(&d->sender.cloud, (ess_feature)i));
}

static void take_receipt(device *d, const ess_downlink *down)
{
    ess_receipt receipt;
    ess_fault fault;
    size_t done;
    assert_int_equal(ess_receipt_parse(down->envelope.d, &receipt, &fault), ESS_OK);
    ess_sender_receipt(&d->sender, &receipt, &done);
    d->receipted += done;
}

static void take_command(device *d, const ess_downlink *down)
{
    ess_command command;
    ess_verdict verdict;
    ess_fault fault;
    assert_int_equal(ess_command_parse(&down->envelope, &command, &fault), ESS_OK);
    ess_judge_facts facts = {.path = "CAB01/PCS",
                             .target_known = true,
                             .clock_set = true,
                             .now_utc_ms = command.exp_utc_ms - COMMAND_LIFE};
    ess_command_judge(&command, &facts, &verdict, NULL);
    assert_true(verdict.stage == ESS_STAGE_ACCEPTED ||
                verdict.result == ESS_MODEL_OUT_OF_LIMITS); /* the one recorded with p 9999 */
    d->commands++;
}

static void hear(device *d, const capture_line *line)
{
    ess_receiver receiver = {.major = ESS_MAJOR,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_arrival arrival;
    ess_downlink down;
    ess_fault fault;
    if (ess_downlink_check(line->topic, line->payload, &receiver, &down, &fault) != ESS_OK) {
        /* It goes up: ours, as the old cloud took it. */
        if (ess_intake_check(line->topic, line->payload, lent_readings(), &arrival, &fault) !=
            ESS_OK)
            fail_msg("%s %s: %.*s", fault.rule, fault.what, (int)line->payload.len,
                     line->payload.ptr);
        if (arrival.has_code && arrival.topic.type != ESS_HIST)
            own_report(d, &arrival);
        return;
    }
    if (down.topic.type == ESS_STATE)
        take_presence(d, &down);
    else if (down.topic.type == ESS_RSP)
        take_receipt(d, &down);
    else
        take_command(d, &down);
}

static void a_cloud_of_minor_0_gets_nothing_it_cannot_read(void **state)
{
    static device d;
    static char room[LINE_MAX];
    capture_line line;
    FILE *file = capture_open("v1.0.txt");
    (void)state;
    assert_non_null(file);
    new_life(&d, 1);
    while (capture_next(file, room, sizeof room, &line))
        hear(&d, &line);
    assert_int_equal(fclose(file), 0);
    assert_true(d.receipted > 50 && d.commands >= 3 && d.clouds >= 3);
    assert_int_equal(ess_sender_waiting(&d.sender), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cloud_of_minor_0_gets_nothing_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

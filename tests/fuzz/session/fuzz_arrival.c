/* Everything that can come off the line, at both ends: first line the topic, the rest the
 * payload. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/lent.h"
#include "ess/intake.h"
#include "ess/judge.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
    if (line == NULL)
        return 0;
    ess_slice topic_text = {text, (size_t)(line - text)};
    ess_slice payload = {line + 1, size - topic_text.len - 1};
    ess_arrival arrival;
    ess_topic topic;
    ess_envelope envelope;
    ess_fault fault;
    if (ess_intake_check(topic_text, payload, lent_scratch(), &arrival, &fault) == ESS_OK)
        try_words(&arrival.envelope);
    if (ess_topic_parse(topic_text, &topic, &fault) == ESS_OK &&
        ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, &fault) == ESS_OK)
        try_words(&envelope);
    return 0;
}

/* d and x of presence, receipts, gaps, alarms, commands and staged replies: whatever is taken must,
 * written again, be taken as the same. First byte: which; then a payload. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/lent.h"
#include "ess/alarm.h"
#include "ess/words.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char room[8 * ESS_MESSAGE_MAX];

static bool same(ess_slice a, ess_slice b)
{
    return ess_slice_equal(a, b);
}

static bool open_payload(ess_message_type type, ess_slice payload, ess_envelope *out)
{
    ess_topic topic = {
        .version = 1, .type = type, .application = {"ess", 3}, .group = {"SH001", 5}};

    return ess_envelope_parse(payload, &topic, lent_scratch(), out, NULL) == ESS_OK;
}

/* What was written must be an envelope. */
static ess_envelope again(ess_message_type type, ess_err err, size_t len)
{
    ess_envelope envelope;

    EXPECT(err == ESS_OK);
    EXPECT(open_payload(type, (ess_slice){room, len}, &envelope));
    return envelope;
}

static void try_presence(const ess_envelope *envelope)
{
    ess_presence_word word;
    ess_presence_word back;
    ess_fault fault = {0};
    size_t len = 0;

    if (ess_presence_parse(envelope->d, &word, &fault) != ESS_OK)
        return;
    ess_err err = ess_presence_print(&word, 1, room, sizeof room, &len);
    ess_envelope printed = again(ESS_STATE, err, len);
    EXPECT(ess_presence_parse(printed.d, &back, &fault) == ESS_OK);
    EXPECT(back.on == word.on && back.minor == word.minor && strcmp(back.sid, word.sid) == 0);
    EXPECT(same(back.model, word.model) && same(back.model_version, word.model_version));
    EXPECT(same(back.model_hash, word.model_hash) && same(back.fw, word.fw));
    EXPECT(same(back.clock, word.clock) && same(back.sign, word.sign));
    EXPECT(same(back.enc, word.enc) && same(back.kids, word.kids));
    EXPECT(same(back.units, word.units) && same(back.ext, word.ext));
    (void)ess_names_have(word.enc, "gzip");
}

static void try_receipt(const ess_envelope *envelope)
{
    ess_receipt word;
    ess_receipt back;
    ess_fault fault = {0};
    size_t len = 0;

    if (ess_receipt_parse(envelope->d, &word, &fault) != ESS_OK)
        return;
    ess_err err = ess_receipt_print(&word, 1, room, sizeof room, &len);
    ess_envelope printed = again(ESS_RSP, err, len);
    EXPECT(ess_receipt_parse(printed.d, &back, &fault) == ESS_OK);
    EXPECT(back.slow == word.slow && back.no_count == word.no_count);
    EXPECT(strcmp(back.sid, word.sid) == 0 && back.ok.count == word.ok.count);
    for (size_t i = 0; i < word.ok.count; i++)
        EXPECT(back.ok.at[i].first == word.ok.at[i].first &&
               back.ok.at[i].last == word.ok.at[i].last);
    for (size_t i = 0; i < word.no_count; i++)
        EXPECT(back.no[i].n == word.no[i].n && back.no[i].t_utc_ms == word.no[i].t_utc_ms &&
               strcmp(back.no[i].rule, word.no[i].rule) == 0);
}

static void try_gap(const ess_envelope *envelope)
{
    ess_gap word;
    ess_gap back;
    size_t len = 0;

    if (ess_gap_parse(envelope->d, &word) != ESS_OK)
        return;
    EXPECT(ess_gap_print(&word, room, sizeof room, &len) == ESS_OK);
    EXPECT(ess_gap_parse((ess_slice){room, len}, &back) == ESS_OK);
    EXPECT(back.ts_utc_ms == word.ts_utc_ms && strcmp(back.sid, word.sid) == 0);
    EXPECT(back.lost.count == word.lost.count);
    EXPECT(memcmp(back.lost.at, word.lost.at, word.lost.count * sizeof word.lost.at[0]) == 0);
}

static void try_alarm(const ess_envelope *envelope)
{
    ess_alarm word;
    ess_alarm back;
    size_t len = 0;

    if (ess_alarm_parse(envelope->d, &word, NULL) != ESS_OK)
        return;
    EXPECT(ess_event_is_alarm(envelope->d));
    EXPECT(ess_alarm_print(&word, room, sizeof room, &len) == ESS_OK);
    EXPECT(ess_alarm_parse((ess_slice){room, len}, &back, NULL) == ESS_OK);
    EXPECT(same(back.id, word.id) && same(back.code, word.code) && back.level == word.level);
    EXPECT(back.clear == word.clear && back.n == word.n);
    EXPECT(back.first_utc_ms == word.first_utc_ms && back.last_utc_ms == word.last_utc_ms);
    EXPECT(back.has_value == word.has_value && back.has_limit == word.has_limit);
    EXPECT(ess_decimal_compare(back.value, word.value) == 0);
    EXPECT(ess_decimal_compare(back.limit, word.limit) == 0);
}

static void try_command(const ess_envelope *envelope)
{
    ess_command word;
    ess_command back;
    ess_fault fault = {0};
    size_t len = 0;

    if (ess_command_parse(envelope, &word, &fault) != ESS_OK)
        return;
    ess_err err = ess_command_print(&word, room, sizeof room, &len);
    ess_envelope printed = again(ESS_CMD, err, len);
    EXPECT(ess_command_parse(&printed, &back, &fault) == ESS_OK);
    EXPECT(same(back.code, word.code) && same(back.op, word.op) && same(back.args, word.args));
    EXPECT(same(back.by, word.by) && same(back.kid, word.kid) && same(back.ns, word.ns));
    EXPECT(back.t_utc_ms == word.t_utc_ms && back.exp_utc_ms == word.exp_utc_ms);
}

/* why is handed on with its escapes. */
static ess_slice resolve(ess_slice why, char *text, size_t text_size)
{
    ess_json_token token = {.type = ESS_JSON_STRING, .escaped = why.len > 0, .text = why};
    size_t len = 0;

    EXPECT(ess_json_unescape(&token, text, text_size, &len) == ESS_OK);
    return (ess_slice){text, len};
}

static void try_ack(const ess_envelope *envelope)
{
    static char why[ESS_MESSAGE_MAX];
    static char why_back[ESS_MESSAGE_MAX];
    ess_ack word;
    ess_ack back;
    ess_fault fault = {0};
    size_t len = 0;

    if (ess_ack_parse(envelope, &word, &fault) != ESS_OK)
        return;
    word.why = resolve(word.why, why, sizeof why);
    ess_err err = ess_ack_print(&word, 1, room, sizeof room, &len);
    ess_envelope printed = again(ESS_ACK, err, len);
    EXPECT(ess_ack_parse(&printed, &back, &fault) == ESS_OK);
    EXPECT(same(back.code, word.code) && same(back.read_back, word.read_back));
    EXPECT(back.stage == word.stage && back.result == word.result);
    EXPECT(same(resolve(back.why, why_back, sizeof why_back), word.why));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        ess_message_type type;
        void (*attempt)(const ess_envelope *envelope);
    } words[] = {{ESS_STATE, try_presence}, {ESS_RSP, try_receipt}, {ESS_CMD, try_command},
                 {ESS_ACK, try_ack},        {ESS_EVENT, try_gap},   {ESS_EVENT, try_alarm}};
    ess_envelope envelope;

    /* So short that what escapes make of it is still a message. */
    if (size < 2 || size > ESS_MESSAGE_MAX / 8)
        return 0;
    size_t which = data[0] % (sizeof words / sizeof words[0]);
    if (open_payload(words[which].type, (ess_slice){(const char *)data + 1, size - 1}, &envelope))
        words[which].attempt(&envelope);
    return 0;
}

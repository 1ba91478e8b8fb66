/* The examples of the document (spec/protocol.md): each is taken by the end it goes to, and written
 * again gives the same bytes.
 *
 * An example is a JSON value in a block marked json; the last topic named in backquotes before the
 * block is where it goes. Where that line names `d` too, the block shows a d alone. A d in columns is
 * the same as the example behind it, which shows it as rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/lent.h"
#include "ess/alarm.h"
#include "ess/downlink.h"
#include "ess/intake.h"
#include "ess-pack/pack.h"

#define TEXT_MAX 4096
#define FENCE    "```"

typedef struct example {
    char topic[ESS_TOPIC_MAX + 1];
    bool is_d;      /* shows d alone */
    ess_slice text; /* as it stands */
} example;

static ess_pack *packer;
static char columns_as_rows[TEXT_MAX]; /* what a d in columns came to; "" when there was none */

static void fail_at(const example *e, const char *what)
{
    fail_msg("%s %.*s: %s", e->topic, (int)e->text.len, e->text.ptr, what);
}

static void fail_by(const example *e, const ess_fault *fault)
{
    fail_msg("%s %.*s: refused by %s, %s", e->topic, (int)e->text.len, e->text.ptr, fault->rule,
             fault->what);
}

static void assert_same(const example *e, const char *room, size_t len, ess_slice want)
{
    if (len != want.len || memcmp(room, want.ptr, len) != 0)
        fail_msg("%s: written again it is %.*s, not %.*s", e->topic, (int)len, room, (int)want.len,
                 want.ptr);
}

/* ---- written again */

static void write_envelope(const example *e, const ess_envelope *envelope)
{
    char room[TEXT_MAX];
    size_t len;
    assert_int_equal(ess_envelope_print(envelope, room, sizeof room, &len), ESS_OK);
    assert_same(e, room, len, e->text);
}

static void write_state(const example *e, const ess_envelope *envelope)
{
    ess_presence_word word;
    ess_fault fault = {.rule = "", .what = ""};
    char room[TEXT_MAX];
    size_t len;
    if (ess_presence_parse(envelope->d, &word, &fault) != ESS_OK)
        fail_by(e, &fault);
    assert_int_equal(
        ess_presence_print(&word, envelope->t_utc_ms, room, sizeof room, &len), ESS_OK);
    assert_same(e, room, len, e->text);
}

static void write_receipt(const example *e, const ess_envelope *envelope)
{
    ess_receipt receipt;
    ess_fault fault = {.rule = "", .what = ""};
    char room[TEXT_MAX];
    size_t len;
    if (ess_receipt_parse(envelope->d, &receipt, &fault) != ESS_OK)
        fail_by(e, &fault);
    assert_int_equal(
        ess_receipt_print(&receipt, envelope->t_utc_ms, room, sizeof room, &len), ESS_OK);
    assert_same(e, room, len, e->text);
}

/* A signature is put behind what is printed, so the text before it is compared. */
static void write_command(const example *e, const ess_envelope *envelope)
{
    ess_command command;
    ess_fault fault = {.rule = "", .what = ""};
    char room[TEXT_MAX];
    const char *sig = strstr(e->text.ptr, ",\"sig\"");
    size_t len;
    if (ess_command_parse(envelope, &command, &fault) != ESS_OK)
        fail_by(e, &fault);
    assert_int_equal(ess_command_print(&command, room, sizeof room, &len), ESS_OK);
    if (sig != NULL && sig < e->text.ptr + e->text.len)
        assert_same(e, room, len - 2, (ess_slice){e->text.ptr, (size_t)(sig - e->text.ptr)});
    else
        assert_same(e, room, len, e->text);
}

static void write_ack(const example *e, const ess_envelope *envelope)
{
    ess_ack ack;
    ess_fault fault = {.rule = "", .what = ""};
    char room[TEXT_MAX];
    size_t len;
    if (ess_ack_parse(envelope, &ack, &fault) != ESS_OK)
        fail_by(e, &fault);
    assert_int_equal(ess_ack_print(&ack, envelope->t_utc_ms, room, sizeof room, &len), ESS_OK);
    assert_same(e, room, len, e->text);
}

static void write_event(const example *e, const ess_envelope *envelope)
{
    ess_alarm alarm;
    char room[TEXT_MAX];
    size_t len;
    if (!ess_event_is_alarm(envelope->d))
        return;
    assert_int_equal(ess_alarm_parse(envelope->d, &alarm, NULL), ESS_OK);
    assert_int_equal(ess_alarm_print(&alarm, room, sizeof room, &len), ESS_OK);
    assert_same(e, room, len, envelope->d);
}

static void (*const write_word[ESS_MESSAGE_TYPE_COUNT])(const example *, const ess_envelope *) = {
    [ESS_STATE] = write_state, [ESS_RSP] = write_receipt, [ESS_CMD] = write_command,
    [ESS_ACK] = write_ack,     [ESS_EVENT] = write_event,
};

/* ---- taken */

static void take(const example *e, ess_slice payload, ess_topic *topic, ess_envelope *envelope)
{
    ess_fault fault = {.rule = "", .what = ""};
    ess_receiver receiver = {.major = 1,
                             .application = ESS_SLICE_LITERAL("ess"),
                             .group = ESS_SLICE_LITERAL("SH001"),
                             .scratch = lent_scratch()};
    ess_arrival arrival;
    ess_downlink down;
    ess_slice text = ess_slice_from(e->topic);
    if (ess_topic_parse(text, topic, &fault) != ESS_OK)
        fail_by(e, &fault);
    if (ess_message_type_is_up(topic->type) && !ess_slice_is(topic->group, ESS_CLOUD_GROUP)) {
        if (ess_intake_check(text, payload, lent_readings(), &arrival, &fault) != ESS_OK)
            fail_by(e, &fault);
        *envelope = arrival.envelope;
    } else {
        if (ess_downlink_check(text, payload, &receiver, &down, &fault) != ESS_OK)
            fail_by(e, &fault);
        *envelope = down.envelope;
    }
}

static size_t without_space(ess_slice text, char room[static TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != ' ' && text.ptr[i] != '\n')
            room[len++] = text.ptr[i];
    }
    return len;
}

/* A d alone, in a message around it. */
static void check_d(const example *e)
{
    static char payload[TEXT_MAX * 2];
    char plain[TEXT_MAX];
    ess_topic topic;
    ess_envelope envelope;
    ess_slice json;
    ess_pack_how how;
    ess_fault fault = {.rule = "", .what = ""};
    int len = snprintf(payload, sizeof payload,
                       "{\"t\":1763827202000,\"code\":\"0000002a9f3c01d7-1815\",\"d\":%.*s}",
                       (int)e->text.len, e->text.ptr);
    assert_true(len > 0 && (size_t)len < sizeof payload);
    if (ess_pack_decode(packer, (ess_slice){payload, (size_t)len}, &json, &how, &fault) != ESS_OK)
        fail_by(e, &fault);
    take(e, json, &topic, &envelope);
    if (columns_as_rows[0] != '\0') {
        size_t plain_len = without_space(e->text, plain);
        assert_same(e, columns_as_rows, strlen(columns_as_rows), (ess_slice){plain, plain_len});
        columns_as_rows[0] = '\0';
    }
    if (how.columns)
        assert_int_equal(ess_slice_copy(envelope.d, columns_as_rows, sizeof columns_as_rows),
                         ESS_OK);
}

static void check_example(const example *e)
{
    ess_topic topic;
    ess_envelope envelope;
    if (e->topic[0] == '\0')
        fail_at(e, "no topic is named before it");
    if (e->is_d) {
        check_d(e);
        return;
    }
    take(e, e->text, &topic, &envelope);
    if (memmem(e->text.ptr, e->text.len, "\"sig\"", 5) == NULL)
        write_envelope(e, &envelope);
    if (write_word[topic.type] != NULL)
        write_word[topic.type](e, &envelope);
}

/* ---- the document */

static char document[1 << 20];

static void read_document(void)
{
    FILE *file = fopen(ESS_SOURCE_DIR "/spec/protocol.md", "rb");
    assert_non_null(file);
    size_t len = fread(document, 1, sizeof document - 1, file);
    (void)fclose(file);
    assert_true(len > 0 && len < sizeof document - 1);
    document[len] = '\0';
}

/* The last topic that a line of text names. */
static void note_topic(const char *line, const char *end, example *e)
{
    for (const char *at = line; (at = strstr(at, "`v1/")) != NULL && at < end; at++) {
        size_t len = strcspn(at + 1, "`\n");
        bool whole = at[1 + len] == '`' && memchr(at + 1, '<', len) == NULL &&
                     memchr(at + 1, '#', len) == NULL && memchr(at + 1, '{', len) == NULL;
        if (!whole)
            continue;
        assert_int_equal(ess_slice_copy((ess_slice){at + 1, len}, e->topic, sizeof e->topic),
                         ESS_OK);
        e->is_d = memmem(line, (size_t)(end - line), "`d`", 3) != NULL;
    }
}

static size_t check_block(const char *begin, const char *end, example *e)
{
    size_t count = 0;
    while (begin < end) {
        ess_json_reader reader;
        ess_json_token token;
        ess_json_reader_init(&reader, (ess_slice){begin, (size_t)(end - begin)});
        if (ess_json_next(&reader, &token) != ESS_OK ||
            ess_json_skip(&reader, &token, &e->text) != ESS_OK)
            fail_msg("%s: %s in %.60s", e->topic, reader.fault.what, begin);
        check_example(e);
        count++;
        begin = e->text.ptr + e->text.len;
        while (begin < end && (*begin == '\n' || *begin == ' '))
            begin++;
    }
    return count;
}

static void each_example_is_taken_and_written_again(void **state)
{
    example e = {.topic = ""};
    size_t count = 0;
    (void)state;
    read_document();
    packer = ess_pack_new();
    assert_non_null(packer);
    for (const char *line = document; *line != '\0';) {
        const char *end = strchr(line, '\n');
        end = end == NULL ? line + strlen(line) : end;
        if (strncmp(line, FENCE "json", sizeof FENCE "json" - 1) == 0) {
            const char *close = strstr(end, "\n" FENCE);
            assert_non_null(close);
            count += check_block(end + 1, close, &e);
            e.topic[0] = '\0';
            end = strchr(close + 1, '\n');
            assert_non_null(end);
        } else if (*line != '|') {
            note_topic(line, end, &e);
        }
        line = *end == '\0' ? end : end + 1;
    }
    assert_true(count >= 16);
    ess_pack_free(packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_taken_and_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* decode(encode(x)) = x for every word that two ends say, and its refusals; see property.h. */
#include "../../lib/lent.h"
#include "../../lib/property.h"
#include "ess/alarm.h"
#include "ess/signature.h"
#include "ess/words.h"

static bool same(ess_slice a, ess_slice b)
{
    return ess_slice_equal(a, b);
}

static ess_topic topic_of(ess_message_type type)
{
    return (ess_topic){
        .version = 1, .type = type, .application = {"ess", 3}, .group = {"SH001", 5}};
}

/* The envelope of what was written, which must be one. */
static ess_envelope open_whole(ess_message_type type, ess_slice text)
{
    ess_topic topic = topic_of(type);
    ess_envelope envelope;
    ess_fault fault = {0};

    if (ess_envelope_parse(text, &topic, lent_scratch(), &envelope, &fault) != ESS_OK)
        fail_msg("%s %s: %.*s", fault.rule, fault.what, (int)text.len, text.ptr);
    return envelope;
}

/* Reads d alone, as a reader of words gets it; and x. */
typedef ess_err (*parse_word)(const ess_envelope *envelope);

/* A payload cut short is no envelope. A d cut short, which no envelope would give, is refused by
 * the reader of words too. */
static ess_err parse_cut(ess_message_type type, ess_slice text, parse_word parse)
{
    ess_topic topic = topic_of(type);
    ess_envelope envelope = {.code = {"c", 1}, .x = {"{\"exp\":1}", 9}, .d = text};
    ess_fault fault = {0};
    ess_err err = parse(&envelope);

    assert_int_not_equal(err, ESS_OK);
    return ess_envelope_parse(text, &topic, lent_scratch(), &envelope, &fault);
}

/* Cuts d, leaving the rest. */
static void cut_d(ess_envelope envelope, parse_word parse)
{
    ess_slice whole = envelope.d;

    for (size_t len = 0; len < whole.len; len++) {
        char *cut = malloc(len == 0 ? 1 : len);
        assert_non_null(cut);
        memcpy(cut, whole.ptr, len);
        envelope.d = (ess_slice){cut, len};
        ess_err err = parse(&envelope);
        bool in_character = ((unsigned char)whole.ptr[len] & 0xC0) == 0x80;
        free(cut);
        if (err != ESS_E_JSON_SYNTAX && !(err == ESS_E_UTF8 && in_character))
            fail_msg("cut at %zu gives %d: %.*s", len, (int)err, (int)whole.len, whole.ptr);
    }
}

/* A text in a presence and the like: neither escaped nor empty. */
static ess_slice make_text(uint64_t *seed, char *room, size_t most)
{
    ess_slice text = chance_text(seed, true, room, most);

    if (text.len > 0)
        return text;
    room[0] = 'x';
    return (ess_slice){room, 1};
}

static void make_sid(uint64_t *seed, char room[static ESS_SID_LEN + 1])
{
    (void)chance_of(seed, CHANCE_HEX, room, ESS_SID_LEN);
    room[ESS_SID_LEN] = '\0';
}

/* A JSON array of texts. */
static ess_slice make_list(uint64_t *seed, char *room, size_t size, uint64_t most)
{
    ess_json_writer w;
    char text[12];
    size_t len = 0;

    ess_json_writer_init(&w, room, size);
    ess_json_array_begin(&w);
    for (uint64_t i = chance_below(seed, most + 1); i > 0; i--)
        ess_json_text(&w, chance_text(seed, false, text, sizeof text));
    ess_json_array_end(&w);
    assert_int_equal(ess_json_finish(&w, &len), ESS_OK);
    return (ess_slice){room, len};
}

/* --- presence */

static ess_presence_word presence;
static int64_t now;

static void make_presence(uint64_t *seed)
{
    static char room[6][24];
    static char lists[4][8192];

    now = chance_time(seed);
    presence = (ess_presence_word){.on = chance_one_in(seed, 2)};
    make_sid(seed, presence.sid);
    if (chance_one_in(seed, 4))
        return;
    presence.minor = (uint16_t)chance_below(seed, ESS_MINOR_MAX + 1);
    ess_slice *const texts[] = {&presence.model, &presence.model_version, &presence.model_hash,
                                &presence.fw,    &presence.clock,         &presence.sign};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!chance_one_in(seed, 3))
            *texts[i] = make_text(seed, room[i], sizeof room[i]);
    }
    if (chance_one_in(seed, 2))
        presence.enc = make_list(seed, lists[0], sizeof lists[0], ESS_ENC_MAX);
    if (chance_one_in(seed, 2))
        presence.kids = make_list(seed, lists[1], sizeof lists[1], ESS_KIDS_MAX);
    if (chance_one_in(seed, 2))
        presence.units = make_list(seed, lists[2], sizeof lists[2], ESS_UNITS_MAX);
    if (chance_one_in(seed, 2))
        presence.ext = make_list(seed, lists[3], sizeof lists[3], ESS_EXT_MAX);
}

static ess_err print_presence(char *room, size_t size, size_t *len)
{
    return ess_presence_print(&presence, now, room, size, len);
}

static ess_err parse_presence_word(const ess_envelope *envelope)
{
    ess_presence_word out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_presence_parse(envelope->d, &out, &fault));
    assert_int_equal(fault.err, err);
    return err;
}

static void compare_presence(ess_slice text)
{
    ess_envelope envelope = open_whole(ESS_STATE, text);
    ess_presence_word back;
    ess_fault fault = {0};

    assert_int_equal(ess_presence_parse(envelope.d, &back, &fault), ESS_OK);
    assert_true(envelope.t_utc_ms == now);
    assert_true(back.on == presence.on && back.minor == presence.minor);
    assert_string_equal(back.sid, presence.sid);
    assert_true(same(back.model, presence.model) && same(back.fw, presence.fw));
    assert_true(same(back.model_version, presence.model_version));
    assert_true(same(back.model_hash, presence.model_hash) && same(back.clock, presence.clock));
    assert_true(same(back.sign, presence.sign) && same(back.enc, presence.enc));
    assert_true(same(back.kids, presence.kids) && same(back.units, presence.units));
    assert_true(same(back.ext, presence.ext));
    if (text.len % 16 == 0)
        cut_d(envelope, parse_presence_word);
}

static ess_err parse_presence(ess_slice text)
{
    return parse_cut(ESS_STATE, text, parse_presence_word);
}

static void make_ranges(uint64_t *seed, ess_ranges *set)
{
    for (uint64_t i = chance_below(seed, ESS_RANGES_MAX + 1); i > 0; i--) {
        uint64_t first = (uint64_t)chance_count(seed, 1);
        uint64_t most = (uint64_t)INT64_MAX - first;
        uint64_t more = (uint64_t)chance_count(seed, 0);
        assert_int_equal(ess_ranges_add(set, first, first + (more < most ? more : most)), ESS_OK);
    }
}

static void compare_ranges(const ess_ranges *back, const ess_ranges *set)
{
    assert_int_equal(back->count, set->count);
    for (size_t i = 0; i < set->count; i++)
        assert_memory_equal(&back->at[i], &set->at[i], sizeof back->at[i]);
}

/* --- receipt */

static ess_receipt receipt;

static void make_receipt(uint64_t *seed)
{
    now = chance_time(seed);
    receipt = (ess_receipt){.slow = (uint8_t)chance_next(seed)};
    make_sid(seed, receipt.sid);
    make_ranges(seed, &receipt.ok);
    receipt.no_count = (uint8_t)chance_below(seed, ESS_REFUSED_MAX + 1);
    for (size_t i = 0; i < receipt.no_count; i++) {
        receipt.no[i].n = (uint64_t)chance_count(seed, 1);
        receipt.no[i].t_utc_ms = chance_below(seed, 2) == 0 ? 0 : chance_time(seed);
        (void)chance_of(seed, "ABCENV-0123456789", receipt.no[i].rule,
                        chance_below(seed, sizeof receipt.no[i].rule));
    }
}

static ess_err print_receipt(char *room, size_t size, size_t *len)
{
    return ess_receipt_print(&receipt, now, room, size, len);
}

static ess_err parse_receipt_word(const ess_envelope *envelope)
{
    ess_receipt out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_receipt_parse(envelope->d, &out, &fault));
    assert_int_equal(fault.err, err);
    return err;
}

static void compare_receipt(ess_slice text)
{
    ess_envelope envelope = open_whole(ESS_RSP, text);
    ess_receipt back;
    ess_fault fault = {0};

    assert_int_equal(ess_receipt_parse(envelope.d, &back, &fault), ESS_OK);
    assert_string_equal(back.sid, receipt.sid);
    assert_true(back.slow == receipt.slow && back.no_count == receipt.no_count);
    compare_ranges(&back.ok, &receipt.ok);
    for (size_t i = 0; i < receipt.no_count; i++) {
        assert_true(back.no[i].n == receipt.no[i].n);
        assert_true(back.no[i].t_utc_ms == receipt.no[i].t_utc_ms);
        assert_string_equal(back.no[i].rule, receipt.no[i].rule);
    }
    if (text.len % 16 == 0)
        cut_d(envelope, parse_receipt_word);
}

static ess_err parse_receipt(ess_slice text)
{
    return parse_cut(ESS_RSP, text, parse_receipt_word);
}

/* --- gap: a d alone */

static ess_gap gap;

static void make_gap(uint64_t *seed)
{
    gap = (ess_gap){.ts_utc_ms = chance_one_in(seed, 3) ? -1 : chance_time(seed)};
    make_sid(seed, gap.sid);
    while (gap.lost.count == 0)
        make_ranges(seed, &gap.lost);
}

static ess_err print_gap(char *room, size_t size, size_t *len)
{
    return ess_gap_print(&gap, room, size, len);
}

static void compare_gap(ess_slice text)
{
    ess_gap back;

    assert_int_equal(ess_gap_parse(text, &back), ESS_OK);
    assert_string_equal(back.sid, gap.sid);
    assert_true(back.ts_utc_ms == gap.ts_utc_ms);
    compare_ranges(&back.lost, &gap.lost);
}

/* Cut before its event it is none. */
static ess_err parse_gap(ess_slice text)
{
    ess_gap out;
    ess_err err;

    PROPERTY_PARSE(err, out, ess_gap_parse(text, &out));
    return err == ESS_E_NOT_FOUND ? ESS_E_JSON_SYNTAX : err;
}

/* --- alarm: a d alone */

static ess_alarm alarm;

static void make_alarm(uint64_t *seed)
{
    static char code[48], id[ESS_CODE_MAX];
    size_t len = 0;

    for (int part = 0; part < 2; part++) {
        len += chance_of(seed, "abzAZ09/", code + len, 1 + chance_below(seed, 20)).len;
        code[len++] = '.';
    }
    alarm = (ess_alarm){
        .id = chance_of(seed, "!abc09-~{}", id, 1 + chance_below(seed, sizeof id)),
        .level = (uint8_t)(1 + chance_below(seed, ESS_ALARM_LEVEL_MAX)),
        .clear = chance_one_in(seed, 2),
        .first_utc_ms = chance_one_in(seed, 3) ? -1 : chance_time(seed),
        .last_utc_ms = chance_one_in(seed, 3) ? -1 : chance_time(seed),
        .n = 1 + chance_time(seed) / 2,
        .has_value = chance_one_in(seed, 2),
        .has_limit = chance_one_in(seed, 2),
    };
    code[len++] = (char)('0' + alarm.level);
    alarm.code = (ess_slice){code, len};
    if (alarm.last_utc_ms >= 0 && alarm.last_utc_ms < alarm.first_utc_ms)
        alarm.last_utc_ms = alarm.first_utc_ms;
    if (alarm.has_value)
        alarm.value = chance_decimal(seed);
    if (alarm.has_limit)
        alarm.limit = chance_decimal(seed);
}

static ess_err print_alarm(char *room, size_t size, size_t *len)
{
    return ess_alarm_print(&alarm, room, size, len);
}

static void compare_alarm(ess_slice text)
{
    ess_alarm back;

    assert_true(ess_event_is_alarm(text));
    assert_int_equal(ess_alarm_parse(text, &back, NULL), ESS_OK);
    assert_true(same(back.id, alarm.id) && same(back.code, alarm.code));
    assert_true(back.level == alarm.level && back.clear == alarm.clear && back.n == alarm.n);
    assert_true(back.first_utc_ms == alarm.first_utc_ms && back.last_utc_ms == alarm.last_utc_ms);
    assert_true(back.has_value == alarm.has_value && back.has_limit == alarm.has_limit);
    assert_int_equal(ess_decimal_compare(back.value, alarm.value), 0);
    assert_int_equal(ess_decimal_compare(back.limit, alarm.limit), 0);
}

static ess_err parse_alarm(ess_slice text)
{
    ess_alarm out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_alarm_parse(text, &out, &fault));
    assert_int_equal(fault.err, err);
    (void)ess_event_is_alarm(text);
    return err;
}

/* --- command */

static ess_command command;
static char code_room[ESS_CODE_MAX], object_room[4096], short_room[2][40], ns_room[12];

static ess_slice make_code(uint64_t *seed)
{
    return chance_of(seed, "abc019-!~[]{}", code_room, 1 + chance_below(seed, ESS_CODE_MAX));
}

static void make_command(uint64_t *seed)
{
    command = (ess_command){
        .code = make_code(seed),
        .op = make_text(seed, short_room[0], sizeof short_room[0]),
        .args = chance_object(seed, object_room, sizeof object_room),
        .t_utc_ms = chance_time(seed),
        .exp_utc_ms = 1 + chance_time(seed) / 2,
    };
    if (chance_one_in(seed, 2))
        command.by = make_text(seed, short_room[1], sizeof short_room[1]);
    if (chance_one_in(seed, 2))
        command.kid = ESS_SLICE_LITERAL("0123456789abcdef");
    if (chance_one_in(seed, 2))
        command.ns = chance_of(seed, CHANCE_LEVEL, ns_room, 1 + chance_below(seed, sizeof ns_room));
}

static ess_err print_command(char *room, size_t size, size_t *len)
{
    return ess_command_print(&command, room, size, len);
}

static ess_err parse_command_word(const ess_envelope *envelope)
{
    ess_command out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_command_parse(envelope, &out, &fault));
    assert_int_equal(fault.err, err);
    return err;
}

static void compare_command(ess_slice text)
{
    ess_envelope envelope = open_whole(ESS_CMD, text);
    ess_command back;
    ess_fault fault = {0};

    assert_int_equal(ess_command_parse(&envelope, &back, &fault), ESS_OK);
    assert_true(same(back.code, command.code) && same(back.op, command.op));
    assert_true(same(back.args, command.args) && same(back.by, command.by));
    assert_true(back.t_utc_ms == command.t_utc_ms && back.exp_utc_ms == command.exp_utc_ms);
    assert_true(same(back.kid, command.kid) && same(back.ns, command.ns));
    if (text.len % 16 == 0)
        cut_d(envelope, parse_command_word);
}

static ess_err parse_command(ess_slice text)
{
    return parse_cut(ESS_CMD, text, parse_command_word);
}

/* --- the same, signed */

static uint8_t signature[ESS_SIGNATURE_BYTES];

static void make_signed(uint64_t *seed)
{
    make_command(seed);
    command.kid = chance_of(seed, CHANCE_HEX, short_room[1], ESS_KID_LEN);
    command.by = (ess_slice){0};
    for (size_t i = 0; i < sizeof signature; i++)
        signature[i] = (uint8_t)chance_next(seed);
}

/* Signed in place: a room too small for the signature keeps the payload and its length. */
static ess_err print_signed(char *room, size_t size, size_t *len)
{
    size_t unsigned_len = 0;
    ess_err err = ess_command_print(&command, room, size, &unsigned_len);

    if (err != ESS_OK)
        return err;
    size_t signed_len = unsigned_len;
    err = ess_signature_append(room, size, &signed_len, signature);
    if (err == ESS_OK)
        *len = signed_len;
    else
        assert_true(signed_len == unsigned_len &&
                    same((ess_slice){room + signed_len - 2, 2}, ESS_SLICE_LITERAL("}}")));
    return err;
}

static void compare_signed(ess_slice text)
{
    ess_envelope envelope = open_whole(ESS_CMD, text);
    ess_signature back;
    ess_fault fault = {0};

    assert_int_equal(ess_signature_find(text, &envelope, &back, &fault), ESS_OK);
    assert_true(same(back.kid, command.kid));
    assert_memory_equal(back.bytes, signature, sizeof signature);
}

static ess_err parse_signed(ess_slice text)
{
    return parse_cut(ESS_CMD, text, parse_command_word);
}

/* --- staged reply */

static ess_ack ack;

static void make_ack(uint64_t *seed)
{
    now = chance_time(seed);
    ack = (ess_ack){
        .code = make_code(seed),
        .stage = (ess_stage)(ESS_STAGE_ACCEPTED +
                             chance_below(seed, ESS_STAGE_TIMEOUT - ESS_STAGE_ACCEPTED)),
        .result = (int)chance_below(seed, 1000),
    };
    if (chance_one_in(seed, 2))
        ack.read_back = chance_object(seed, object_room, sizeof object_room);
    if (chance_one_in(seed, 2))
        ack.why = chance_text(seed, false, short_room[0], sizeof short_room[0]);
}

static ess_err print_ack(char *room, size_t size, size_t *len)
{
    return ess_ack_print(&ack, now, room, size, len);
}

static ess_err parse_ack_word(const ess_envelope *envelope)
{
    ess_ack out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_ack_parse(envelope, &out, &fault));
    assert_int_equal(fault.err, err);
    return err;
}

static void compare_ack(ess_slice text)
{
    ess_envelope envelope = open_whole(ESS_ACK, text);
    ess_ack back;
    ess_fault fault = {0};
    ess_json_token why = {.type = ESS_JSON_STRING, .escaped = true};
    char room[sizeof short_room[0]];
    size_t len = 0;

    assert_int_equal(ess_ack_parse(&envelope, &back, &fault), ESS_OK);
    assert_true(same(back.code, ack.code) && same(back.read_back, ack.read_back));
    assert_true(back.stage == ack.stage && back.result == ack.result);
    why.text = back.why;
    assert_int_equal(ess_json_unescape(&why, room, sizeof room, &len), ESS_OK);
    assert_true(same((ess_slice){room, len}, ack.why));
    if (text.len % 16 == 0)
        cut_d(envelope, parse_ack_word);
}

static ess_err parse_ack(ess_slice text)
{
    return parse_cut(ESS_ACK, text, parse_ack_word);
}

/* --- reports: one live, and batches */

enum { REPORTS = 5 };

static ess_report reports[REPORTS];
static size_t report_count;

static void make_reports(uint64_t *seed)
{
    static char ns[REPORTS][12], values[REPORTS][4096];
    char sid[ESS_SID_LEN + 1];

    now = chance_time(seed);
    report_count = 1 + chance_below(seed, REPORTS);
    make_sid(seed, sid);
    for (size_t i = 0; i < report_count; i++) {
        ess_report *one = &reports[i];
        *one = (ess_report){
            .code = {.n = (uint64_t)chance_count(seed, 1)},
            .ts_utc_ms = chance_one_in(seed, 3) ? now : chance_time(seed),
            .ns = chance_of(seed, CHANCE_LEVEL, ns[i], chance_below(seed, sizeof ns[i])),
            .values = chance_object(seed, values[i], sizeof values[i]),
        };
        memcpy(one->code.sid, sid, sizeof sid);
        if (chance_one_in(seed, 3))
            one->x = ESS_SLICE_LITERAL("{\"rev\":3}");
    }
}

static ess_err print_report(char *room, size_t size, size_t *len)
{
    return ess_report_print(&reports[0], now, room, size, len);
}

static ess_err print_batch(char *room, size_t size, size_t *len)
{
    return ess_batch_print(reports, report_count, now, room, size, len);
}

static void compare_rows(ess_slice text, size_t count, bool rows_have_ns)
{
    ess_envelope envelope = open_whole(ESS_HIST, text);
    ess_report_code code;
    ess_row_iterator it;
    ess_row row;
    ess_fault fault = {0};
    bool found = false;

    assert_int_equal(ess_report_code_parse(envelope.code, &code), ESS_OK);
    assert_true(code.n == reports[0].code.n && envelope.t_utc_ms == now);
    assert_string_equal(code.sid, reports[0].code.sid);
    assert_true(envelope.s == ESS_S_METRIC && envelope.te == ESS_TE_REQ);
    assert_int_equal(ess_rows_begin(&it, &envelope, &fault), ESS_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ess_rows_next(&it, &row, &found, &fault), ESS_OK);
        assert_true(found && row.ts_utc_ms == reports[i].ts_utc_ms);
        assert_true(!row.has_n || row.n == reports[i].code.n);
        assert_true(row.has_n || !rows_have_ns);
        assert_true(same(row.values, reports[i].values) && same(row.ns, reports[i].ns));
    }
    assert_int_equal(ess_rows_next(&it, &row, &found, &fault), ESS_OK);
    assert_false(found);
}

static void compare_report(ess_slice text)
{
    compare_rows(text, 1, false);
    assert_true(same(open_whole(ESS_HIST, text).x, reports[0].x));
}

static void compare_batch(ess_slice text)
{
    compare_rows(text, report_count, true);
}

static ess_err parse_report(ess_slice text)
{
    ess_topic topic = topic_of(ESS_HIST);
    ess_envelope out;
    ess_fault fault = {0};
    ess_err err;

    PROPERTY_PARSE(err, out, ess_envelope_parse(text, &topic, lent_scratch(), &out, &fault));
    return err;
}

static void every_word_comes_back(void **state)
{
    static const property words[] = {
#define WORD(title) .cut = ESS_E_JSON_SYNTAX, .name = #title
        {WORD(presence), make_presence, print_presence, compare_presence, parse_presence},
        {WORD(receipt), make_receipt, print_receipt, compare_receipt, parse_receipt},
        {WORD(gap), make_gap, print_gap, compare_gap, parse_gap},
        {WORD(alarm), make_alarm, print_alarm, compare_alarm, parse_alarm},
        {WORD(command), make_command, print_command, compare_command, parse_command},
        {WORD(signed), make_signed, print_signed, compare_signed, parse_signed},
        {WORD(ack), make_ack, print_ack, compare_ack, parse_ack},
        {WORD(report), make_reports, print_report, compare_report, parse_report},
        {WORD(batch), make_reports, print_batch, compare_batch, parse_report},
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        property_check(&words[i], 500, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_word_comes_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

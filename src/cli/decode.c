/* `ess decode`: one message for people, or exactly where it breaks which rule.
 *
 * Input is a payload (with --topic, or without: then the kind of message is guessed from s and
 * te), also a compressed one, or lines of a capture (check/capture.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check/capture.h"
#include "cli/decode.h"
#include "cli/format.h"
#include "cli/keyring.h"
#include "cli/signed.h"
#include "cli/table.h"
#include "config/refusal.h"
#include "ess-pack/pack.h"
#include "ess/message.h"
#include "ess/peer.h"
#include "json/walk.h"

#define EXCERPT_BYTES 36 /* shown on each side of a fault */

/* Types whose d holds values by name (or rows of them). */
static bool holds_values(ess_message_type type)
{
    return type == ESS_DATA || type == ESS_HIST || type == ESS_PARAM || type == ESS_EVENT;
}

void decode_print_caret(const cli *c, ess_slice text, size_t offset)
{
    size_t at = offset < text.len ? offset : text.len;
    size_t from = at > EXCERPT_BYTES ? at - EXCERPT_BYTES : 0;
    size_t to = text.len - at > EXCERPT_BYTES ? at + EXCERPT_BYTES : text.len;
    char excerpt[2 * EXCERPT_BYTES + 3];
    for (int i = 0; i < 3 && from > 0 && ((uint8_t)text.ptr[from] & 0xC0) == 0x80; i++)
        from--; /* to where the character begins, if it is one: refused text may be anything */
    for (size_t i = from; i < to; i++) {
        char byte = text.ptr[i];
        excerpt[i - from] = (uint8_t)byte < 0x20 || byte == 0x7F ? '.' : byte;
    }
    ess_slice before = {excerpt, at - from};
    (void)fprintf(c->err, "  %.*s\n  %*s^\n", (int)(to - from), excerpt,
                  (int)cli_display_width(before), "");
}

/* what: the text that was refused, "topic" or "payload". */
static int refuse(const cli *c, const char *what, ess_slice text, const ess_fault *fault)
{
    const ess_model_error *entry = ess_model_error_of(fault->err);
    if (entry == NULL)
        entry = ess_model_error_of(ESS_E_INTERNAL);
    const char *mend = ess_model_say(entry->mend, c->chinese);
    const char *rule = fault->rule != NULL ? fault->rule : "";
    const char *words = config_refusal_words_of(fault->what, c->chinese);
    bool in_topic = strcmp(what, "topic") == 0;
    if (c->in.json) {
        (void)fprintf(c->out,
                      "{\"refused\":\"%s\",\"id\":\"%s\",\"rule\":\"%s\",\"offset\":%" PRIu32
                      ",\"what\":\"%s\"}\n",
                      what, entry->id, rule, fault->offset, words);
        return CLI_REFUSED;
    }
    if (rule[0] != '\0')
        (void)fprintf(c->err, cli_say(c, "refused: %s (%s)\n", "被拒绝：%s（%s）\n"), words, rule);
    else
        (void)fprintf(c->err, cli_say(c, "refused: %s [%s]\n", "被拒绝：%s [%s]\n"), words,
                      entry->id);
    if (text.ptr != NULL) {
        (void)fprintf(c->err, cli_say(c, "%s byte %" PRIu32 ":\n", "%s 字节 %" PRIu32 "：\n"),
                      in_topic ? cli_say(c, "topic", "主题") : cli_say(c, "payload", "负载"),
                      fault->offset);
        decode_print_caret(c, text, fault->offset);
    }
    (void)fprintf(c->err, "  %s\n", mend);
    return CLI_REFUSED;
}

static void print_pair(const cli *c, const char *name, ess_slice value)
{
    if (value.len > 0)
        (void)fprintf(c->out, "%-12s %.*s\n", name, (int)value.len, value.ptr);
}

static void print_topic(const cli *c, const ess_topic *topic)
{
    (void)fprintf(c->out, "%-12s v%u\n", cli_say(c, "version", "版本"), topic->version);
    (void)fprintf(c->out, "%-12s %.*s (%s)\n", cli_say(c, "type", "类型"),
                  (int)topic->type_text.len, topic->type_text.ptr,
                  ess_message_type_is_up(topic->type) ? cli_say(c, "device to cloud", "设备到云")
                                                      : cli_say(c, "cloud to device", "云到设备"));
    print_pair(c, cli_say(c, "application", "应用"), topic->application);
    print_pair(c, cli_say(c, "group", "组"), topic->group);
    print_pair(c, cli_say(c, "unit", "设备"), topic->unit);
    print_pair(c, cli_say(c, "component", "部件"), topic->component);
}

static void print_envelope(const cli *c, const ess_envelope *e)
{
    static const char *const services[] = {"", "METRIC", "CMD"};
    static const char *const exchanges[] = {"", "REQ", "RES"};
    char time[FORMAT_TIME_SIZE];
    format_time(e->t_utc_ms, time);
    print_pair(c, "t", ess_slice_from(time));
    print_pair(c, "ns", e->ns);
    print_pair(c, "code", e->code);
    print_pair(c, "s", ess_slice_from(services[e->s]));
    print_pair(c, "te", ess_slice_from(exchanges[e->te]));
    print_pair(c, "x", e->x);
}

/* Where in the payload a fault of one of its parts lies: the iterators count from the part. */
static void shift_fault(ess_fault *fault, ess_slice payload, ess_slice part)
{
    if (part.ptr >= payload.ptr && part.ptr <= payload.ptr + payload.len)
        fault->offset += (uint32_t)(part.ptr - payload.ptr);
}

static int print_values(const cli *c, const char *path, const ess_row *row, ess_fault *fault)
{
    ess_value_iterator it;
    ess_value value = {0};
    bool found = true;
    char text[FORMAT_VALUE_SIZE];
    char time[FORMAT_TIME_SIZE] = "";
    cli_table *table = cli_table_new(3);
    ess_err err = ess_values_begin(&it, row, fault);
    while (table != NULL && err == ESS_OK) {
        err = ess_values_next(&it, &value, &found, fault);
        if (err != ESS_OK || !found)
            break;
        const ess_model_point *point = format_point(ess_slice_from(path), value.name);
        format_value(point, value.raw, c->chinese, text);
        cli_table_addf(table, "  %.*s", (int)value.name.len, value.name.ptr);
        cli_table_addf(table, "%s%s", text,
                       value.quality == 0 ? "" : cli_say(c, "  (not good)", "  （质量不良）"));
        if (value.ts_utc_ms != row->ts_utc_ms)
            format_time(value.ts_utc_ms, time);
        cli_table_addf(table, "%s%s%s", format_label(point, c->chinese), time[0] ? "  " : "", time);
        time[0] = '\0';
    }
    if (table != NULL)
        cli_table_print(table, c->out);
    cli_table_free(table);
    return err == ESS_OK ? CLI_OK : CLI_REFUSED;
}

static int print_rows(const cli *c, const ess_topic *topic, const ess_envelope *e,
                      ess_slice payload)
{
    ess_row_iterator it;
    ess_row row = {0};
    ess_fault fault = {0};
    bool found = true;
    char path[ESS_NS_MAX + 1];
    char time[FORMAT_TIME_SIZE];
    ess_slice part = e->d;
    if (ess_rows_begin(&it, e, &fault) != ESS_OK)
        found = false;
    while (found && fault.err == ESS_OK) {
        part = e->d;
        if (ess_rows_next(&it, &row, &found, &fault) != ESS_OK || !found)
            break;
        fault.err = ess_object_path(topic, row.ns.len > 0 ? row.ns : e->ns, path, sizeof path);
        format_time(row.ts_utc_ms, time);
        (void)fprintf(c->out, "%s  %s", path[0] ? path : "-", time);
        if (row.has_n)
            (void)fprintf(c->out, "  n %" PRIu64, row.n);
        (void)fprintf(c->out, "\n");
        part = row.values;
        if (fault.err == ESS_OK)
            (void)print_values(c, path, &row, &fault);
    }
    if (fault.err == ESS_OK)
        return CLI_OK;
    fault.what = fault.what != NULL ? fault.what : "a row's ns disagrees with the topic";
    shift_fault(&fault, payload, part);
    return refuse(c, "payload", payload, &fault);
}

static void print_members(const cli *c, ess_slice d)
{
    walk members;
    ess_slice key;
    ess_slice raw;
    cli_table *table = cli_table_new(2);
    walk_begin(&members, d);
    while (table != NULL && walk_next(&members, &key, &raw)) {
        cli_table_addf(table, "  %.*s", (int)key.len, key.ptr);
        cli_table_addf(table, "%.*s", (int)raw.len, raw.ptr);
    }
    if (table != NULL)
        cli_table_print(table, c->out);
    cli_table_free(table);
}

/* A message that no receiver refuses by its form. */
typedef struct decoded {
    ess_topic topic; /* guessed: of a type that the envelope agrees with */
    bool topic_known;
    ess_slice payload; /* plain */
    ess_envelope envelope;
    signed_answer answer; /* CMD */
} decoded;

static void print_json(const cli *c, const decoded *m)
{
    const ess_topic *topic = &m->topic;
    ess_slice payload = m->payload;
    bool topic_known = m->topic_known;
    const struct {
        const char *key;
        ess_slice value;
    } levels[] = {
        {"type", topic->type_text},
        {"group", topic->group},
        {"unit", topic->unit},
        {"component", topic->component},
    };
    char room[1024 + 2 * ESS_TOPIC_MAX];
    size_t len = 0;
    ess_json_writer w;
    ess_json_writer_init(&w, room, sizeof room);
    ess_json_object_begin(&w);
    if (topic_known) {
        ess_json_key(&w, "version");
        ess_json_int(&w, (int64_t)topic->version);
    }
    for (size_t i = 0; i < (topic_known ? sizeof levels / sizeof levels[0] : 1); i++) {
        ess_json_key(&w, levels[i].key);
        ess_json_text(&w, levels[i].value);
    }
    if (topic->type == ESS_CMD)
        signed_write(&w, &m->answer);
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        return; /* cannot be: room for every byte of the topic escaped */
    (void)fprintf(c->out, "%.*s,\"payload\":", (int)len - 1, room);
    for (size_t i = 0; i < payload.len; i++) /* pretty-printed input becomes one line */
        (void)fputc(payload.ptr[i] == '\n' || payload.ptr[i] == '\r' ? ' ' : payload.ptr[i],
                    c->out);
    (void)fprintf(c->out, "}\n");
}

static ess_err parse_envelope(ess_slice payload, const ess_topic *topic, ess_envelope *envelope,
                              ess_fault *fault)
{
    static ess_scratch_name names[ESS_MEMBERS_MAX];
    ess_scratch scratch;
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    return ess_envelope_parse(payload, topic, &scratch, envelope, fault);
}

/* Without a topic, the first kind of message that the envelope agrees with; of the refusals, the
 * one that got furthest. */
static ess_err parse_guessing(ess_slice payload, ess_topic *topic, ess_envelope *envelope,
                              ess_fault *fault)
{
    static const char *const guesses[] = {"v1/DATA/ess/_", "v1/CMD/ess/_", "v1/ACK/ess/_",
                                          "v1/RSP/ess/_"};
    ess_err err = ESS_E_ENVELOPE;
    for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
        ess_fault one = {0};
        if (ess_topic_parse(ess_slice_from(guesses[i]), topic, &one) != ESS_OK)
            continue;
        ess_err now = parse_envelope(payload, topic, envelope, &one);
        if (now == ESS_OK)
            return ESS_OK;
        if (i == 0 || one.offset > fault->offset) {
            *fault = one;
            err = now;
        }
    }
    return err;
}

/* Other majors have another form. */
static const ess_majors spoken = {{ESS_MAJOR}, 1};

/* Memory is out: what is encoded is then refused as no JSON. */
static ess_err unpack(ess_slice payload, ess_slice *json, ess_pack_how *how, ess_fault *fault)
{
    static ess_pack *unpacker; /* one a run, for all lines */

    if (unpacker == NULL)
        unpacker = ess_pack_new();
    *how = (ess_pack_how){.method = ESS_PACK_JSON};
    *json = payload;
    return unpacker != NULL ? ess_pack_decode(unpacker, payload, json, how, fault) : ESS_OK;
}

static void print_encoding(const cli *c, const ess_pack_how *how, size_t wire, size_t json)
{
    static const char *const methods[] = {"json", "gzip", "zstd", "zstd"};
    const char *between = "";

    if (how->method == ESS_PACK_JSON && !how->columns)
        return;
    (void)fprintf(c->out, "%-12s ", cli_say(c, "encoding", "编码"));
    if (how->method != ESS_PACK_JSON) {
        (void)fprintf(c->out, "%s", methods[how->method]);
        between = " + ";
    }
    if (how->dictionary != 0)
        (void)fprintf(c->out, ":%" PRIu32, how->dictionary);
    (void)fprintf(c->out, "%s%s, %zu %s %zu %s\n", how->columns ? between : "",
                  how->columns ? "cols" : "", wire, cli_say(c, "bytes for", "字节，还原后"), json,
                  cli_say(c, "of JSON", "字节 JSON"));
}

/* Reads all of *m but its topic, which is read where it is known. CLI_OK; CLI_REFUSED, and it has
 * been told. */
static int read_message(const cli *c, ess_slice topic_text, ess_slice wire, ess_pack_how *how,
                        decoded *m)
{
    ess_fault fault = {0};
    m->topic_known = topic_text.len > 0;
    if (m->topic_known && (ess_majors_check(&spoken, topic_text, &fault) != ESS_OK ||
                           ess_topic_parse(topic_text, &m->topic, &fault) != ESS_OK))
        return refuse(c, "topic", topic_text, &fault);
    /* Of bytes that are no text, nothing can be pointed at. */
    if (unpack(wire, &m->payload, how, &fault) != ESS_OK)
        return refuse(c, "payload",
                      ess_pack_method_of(wire) == ESS_PACK_JSON ? wire : (ess_slice){0}, &fault);
    ess_err err = m->topic_known ? parse_envelope(m->payload, &m->topic, &m->envelope, &fault)
                                 : parse_guessing(m->payload, &m->topic, &m->envelope, &fault);
    return err == ESS_OK ? CLI_OK : refuse(c, "payload", m->payload, &fault);
}

static int print_message(const cli *c, const decoded *m)
{
    print_envelope(c, &m->envelope);
    if (m->topic.type == ESS_CMD)
        signed_print(c, &m->answer);
    if (holds_values(m->topic.type))
        return print_rows(c, &m->topic, &m->envelope, m->payload);
    (void)fprintf(c->out, "d\n");
    print_members(c, m->envelope.d);
    return CLI_OK;
}

static int decode_message(const cli *c, const store_keyring *keys, ess_slice topic_text,
                          ess_slice wire)
{
    ess_pack_how how;
    decoded m = {.topic_known = false};
    int code = read_message(c, topic_text, wire, &how, &m);
    if (code != CLI_OK)
        return code;
    if (m.topic.type == ESS_CMD)
        m.answer = signed_look(keys, topic_text, m.payload, &m.envelope);
    if (c->in.json) {
        print_json(c, &m);
    } else {
        if (m.topic_known)
            print_topic(c, &m.topic);
        print_encoding(c, &how, wire.len, m.payload.len);
        code = print_message(c, &m);
    }
    if (code == CLI_OK && m.topic.type == ESS_CMD && signed_is_refused(keys, &m.answer))
        code = CLI_NO;
    return code;
}

/* A line of a capture, or a bare payload. */
static int decode_line(const cli *c, const store_keyring *keys, ess_slice line)
{
    capture from = {.payload = line};
    char *room = malloc(line.len / 2 + 1);
    if (room == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "%zu", line.len);
    if (capture_read(line, &from))
        from.payload = capture_bytes(from.payload, room);
    int code = decode_message(c, keys, from.topic, from.payload);
    free(room);
    return code;
}

static ess_slice cut_ends(ess_slice text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL &&
           text.ptr[text.len - 1] != '\0')
        text.len--;
    return text;
}

int decode_text(const cli *c, const store_keyring *keys, ess_slice text)
{
    ess_slice topic = ess_slice_from(c->in.topic);
    ess_slice rest = cut_ends(text);
    capture first;
    int worst = CLI_OK;
    if (ess_pack_method_of(text) != ESS_PACK_JSON) /* then every byte of it counts */
        return decode_message(c, keys, topic, text);
    if (topic.len > 0 || !capture_read(rest, &first))
        return decode_message(c, keys, topic, rest);
    while (rest.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        ess_slice line = {rest.ptr, end != NULL ? (size_t)(end - rest.ptr) : rest.len};
        size_t step = end != NULL ? line.len + 1 : rest.len;
        line = cut_ends(line);
        int code = line.len > 0 ? decode_line(c, keys, line) : CLI_OK;
        worst = code != CLI_OK ? code : worst;
        rest = (ess_slice){rest.ptr + step, rest.len - step};
        if (rest.len > 0 && !c->in.json)
            (void)fprintf(c->out, "\n");
    }
    return worst;
}

static int decode_file(const cli *c, const store_keyring *keys, const char *name)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    size_t room = 8 * ESS_MESSAGE_MAX;
    char *text = malloc(room);
    if (file == NULL || text == NULL) {
        free(text);
        return cli_fail(c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    }
    size_t len = fread(text, 1, room, file);
    int code = len == room ? cli_fail(c, CLI_REFUSED, "too-large", "%s", name)
                           : decode_text(c, keys, (ess_slice){text, len});
    if (file != stdin)
        (void)fclose(file);
    free(text);
    return code;
}

int cli_decode(const cli *c)
{
    store_keyring keys;
    int code = keyring_read(c, &keys);
    if (code != CLI_OK)
        return code;
    return decode_file(c, &keys, c->in.words.count > 0 ? c->in.words.items[0] : "-");
}

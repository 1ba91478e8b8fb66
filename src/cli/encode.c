/* `ess encode`: what a person writes on the command line as a right message: topic and payload.
 *
 *     ess encode SH001/CAB01/BMS soc=56.3 runState=3 --type DATA --sid 0000002a9f3c01d7 --n 1815
 *
 * A table row says what each type of message has of its own. What was put together, signed and
 * packed is then judged like any other message (check/check.h), so nothing that a receiver refuses
 * is ever printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "cli/cli.h"
#include "cli/keyring.h"
#include "cli/pairs.h"
#include "ess-pack/pack.h"
#include "ess/json.h"
#include "port/clock.h"

#define CODE_ROOM (ESS_CODE_MAX + 1)

typedef struct type_row {
    const char *name;
    ess_message_type type;
    ess_service s;
    ess_exchange te;
    bool numbered; /* its code is <sid>-<n> */
    bool retained;
    uint8_t qos;
} type_row;

static const type_row types[] = {
    {"DATA", ESS_DATA, ESS_S_METRIC, ESS_TE_REQ, true, false, 1},
    {"HIST", ESS_HIST, ESS_S_METRIC, ESS_TE_REQ, true, false, 1},
    {"PARAM", ESS_PARAM, ESS_S_METRIC, ESS_TE_REQ, true, true, 1},
    {"EVENT", ESS_EVENT, ESS_S_METRIC, ESS_TE_REQ, true, false, 1},
    {"STATE", ESS_STATE, ESS_S_METRIC, ESS_TE_NONE, false, true, 1},
    {"CMD", ESS_CMD, ESS_S_CMD, ESS_TE_REQ, false, false, 1},
    {"ACK", ESS_ACK, ESS_S_CMD, ESS_TE_RES, false, false, 1},
    {"RSP", ESS_RSP, ESS_S_METRIC, ESS_TE_RES, false, false, 1},
};

typedef struct encoding {
    const cli *c;
    const type_row *row;
    ess_topic topic;
    ess_slice ns;
    char path[ESS_NS_MAX + 1];
    char code[CODE_ROOM];
    int64_t t_utc_ms;
    size_t first; /* word behind object and operation */
    char d[ESS_MESSAGE_MAX], x[1024];
    size_t d_len, x_len;
    char topic_text[ESS_TOPIC_MAX + 1];
    char payload[ESS_MESSAGE_MAX];
    size_t topic_len, payload_len;
    store_signer signer; /* of --sign; its kid is empty without */
    char signed_text[ESS_SIGNED_MAX];
    ess_pack *pack; /* with --pack */
    ess_slice wire; /* as it travels: payload, or pack's */
} encoding;

static const type_row *row_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

/* "SH001/CAB01/BMS/C1": group, then what the topic says, then what is left to ns. */
static int take_object(encoding *e, const char *word)
{
    const char *slash = strchr(word, '/');
    const char *path = slash != NULL ? slash + 1 : "";
    e->topic =
        (ess_topic){.version = 1,
                    .type = e->row->type,
                    .application = ess_slice_from(e->c->in.app != NULL ? e->c->in.app : "ess"),
                    .group = {word, slash != NULL ? (size_t)(slash - word) : strlen(word)}};
    if (ess_object_place(ess_slice_from(path), &e->topic, &e->ns) != ESS_OK ||
        strlen(path) >= sizeof e->path)
        return cli_fail(e->c, CLI_USAGE, "topic", "%s", word);
    (void)snprintf(e->path, sizeof e->path, "%s", path);
    if (ess_topic_print(&e->topic, e->topic_text, sizeof e->topic_text, &e->topic_len) != ESS_OK)
        return cli_fail(e->c, CLI_REFUSED, "topic", "%s (TOP-05)", word);
    return CLI_OK;
}

/* UUIDv7 (RFC 9562): 48 bits of UTC milliseconds, the rest chance [ENV-29]. */
static void make_code(char room[static CODE_ROOM], int64_t t_utc_ms)
{
    uint8_t b[16];
    port_random(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)t_utc_ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0F));
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3F));
    size_t len = 0;
    for (int i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        len += (size_t)snprintf(room + len, CODE_ROOM - len, "%s%02x", dash ? "-" : "", b[i]);
    }
}

static int take_code(encoding *e)
{
    const cli_input *in = &e->c->in;
    if (in->code != NULL)
        (void)snprintf(e->code, sizeof e->code, "%s", in->code); /* cut: refused below */
    else if (e->row->numbered && (in->sid == NULL || in->n == 0))
        return cli_fail(e->c, CLI_USAGE, "cli-usage", "%s: --sid SID --n N", e->row->name);
    else if (e->row->numbered)
        (void)snprintf(e->code, sizeof e->code, "%.16s-%" PRId64, in->sid, in->n);
    else if (e->row->type == ESS_CMD)
        make_code(e->code, e->t_utc_ms);
    if (in->code != NULL && strlen(in->code) >= sizeof e->code)
        return cli_fail(e->c, CLI_REFUSED, "envelope", "--code (ENV-05)");
    return CLI_OK;
}

/* ---- d */

static bool is_text_point(const void *with, ess_slice key)
{
    const ess_model_point *point =
        ess_model_point_of(ess_model_object_of(ess_slice_from(with)), key);
    return point != NULL && point->type == ESS_MODEL_TEXT;
}

static int write_pairs(const encoding *e, ess_json_writer *w)
{
    bool holds_values =
        e->row->type == ESS_DATA || e->row->type == ESS_HIST || e->row->type == ESS_PARAM;
    return pairs_write(e->c, e->first, w, holds_values ? is_text_point : NULL, e->path);
}

/* One row: the number it was first given, and when it was sampled [DLV-08]. */
static int write_history(const encoding *e, ess_json_writer *w)
{
    ess_json_key(w, "rows");
    ess_json_array_begin(w);
    ess_json_object_begin(w);
    ess_json_key(w, "n");
    ess_json_int(w, e->c->in.n);
    if (e->c->in.ts > 0) {
        ess_json_key(w, "ts");
        ess_json_int(w, e->c->in.ts);
    }
    ess_json_key(w, "v");
    ess_json_object_begin(w);
    int code = write_pairs(e, w);
    ess_json_object_end(w);
    ess_json_object_end(w);
    ess_json_array_end(w);
    return code;
}

static int write_command(const encoding *e, ess_json_writer *w)
{
    const char *op = e->c->in.words.items[1];
    ess_json_key(w, "op");
    ess_json_text(w, ess_slice_from(op));
    ess_json_key(w, "a");
    ess_json_object_begin(w);
    int code =
        pairs_write(e->c, e->first, w, pairs_is_text_arg, ess_model_command_of(ess_slice_from(op)));
    ess_json_object_end(w);
    return code;
}

/* STATE and RSP name a session; the rest of theirs are pairs. */
static int write_session(const encoding *e, ess_json_writer *w)
{
    if (e->row->type == ESS_RSP) {
        ess_json_key(w, "op");
        ess_json_text(w, ESS_SLICE_LITERAL("ack"));
    }
    if (e->c->in.sid != NULL) {
        ess_json_key(w, "sid");
        ess_json_text(w, ess_slice_from(e->c->in.sid));
    }
    return write_pairs(e, w);
}

/* All of d from a file, kept as it stands on one line: outside texts, where alone JSON has them,
 * line breaks mean nothing. */
static int read_d(encoding *e, const char *name)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (file == NULL)
        return cli_fail(e->c, CLI_REFUSED, "cli-file", "%s: %s", name, strerror(errno));
    e->d_len = fread(e->d, 1, sizeof e->d, file);
    bool failed = ferror(file) != 0;
    for (size_t i = 0; i < e->d_len; i++)
        e->d[i] = e->d[i] == '\n' || e->d[i] == '\r' ? ' ' : e->d[i];
    if (file != stdin)
        (void)fclose(file);
    while (e->d_len > 0 && (e->d[e->d_len - 1] == ' ' || e->d[e->d_len - 1] == '\t'))
        e->d_len--;
    if (failed || e->d_len == 0)
        return cli_fail(e->c, CLI_REFUSED, "cli-file", "%s", name);
    return e->d_len < sizeof e->d ? CLI_OK : cli_fail(e->c, CLI_REFUSED, "too-large", "%s", name);
}

static int make_d(encoding *e)
{
    ess_json_writer w;
    int code;
    if (e->c->in.d != NULL)
        return read_d(e, e->c->in.d);
    ess_json_writer_init(&w, e->d, sizeof e->d);
    ess_json_object_begin(&w);
    if (e->row->type == ESS_HIST)
        code = write_history(e, &w);
    else if (e->row->type == ESS_CMD)
        code = write_command(e, &w);
    else if (e->row->type == ESS_STATE || e->row->type == ESS_RSP)
        code = write_session(e, &w);
    else
        code = write_pairs(e, &w);
    ess_json_object_end(&w);
    if (code == CLI_OK && ess_json_finish(&w, &e->d_len) != ESS_OK)
        code = cli_fail(e->c, CLI_REFUSED, "data", "d");
    return code;
}

/* [CMD-16] exp and by of a command, [PAR-01] rev of parameters; [SIG-01] kid is the last. */
static int make_x(encoding *e)
{
    const cli_input *in = &e->c->in;
    ess_json_writer w;
    ess_json_writer_init(&w, e->x, sizeof e->x);
    ess_json_object_begin(&w);
    if (e->row->type == ESS_CMD) {
        ess_json_key(&w, "exp");
        ess_json_int(&w, in->exp > 0 ? in->exp : e->t_utc_ms + in->ttl_s * 1000);
    }
    if (e->row->type == ESS_CMD && in->by != NULL) {
        ess_json_key(&w, "by");
        ess_json_text(&w, ess_slice_from(in->by));
    }
    if (in->rev >= 0) {
        ess_json_key(&w, "rev");
        ess_json_int(&w, in->rev);
    }
    if (e->signer.kid[0] != '\0') {
        ess_json_key(&w, "kid");
        ess_json_text(&w, ess_slice_from(e->signer.kid));
    }
    ess_json_object_end(&w);
    if (ess_json_finish(&w, &e->x_len) != ESS_OK)
        return cli_fail(e->c, CLI_REFUSED, "envelope", "x");
    e->x_len = e->x_len > 2 ? e->x_len : 0; /* nothing in it */
    return CLI_OK;
}

static int make_payload(encoding *e)
{
    ess_envelope envelope = {.t_utc_ms = e->t_utc_ms,
                             .ns = e->ns,
                             .code = ess_slice_from(e->code),
                             .s = e->row->s,
                             .te = e->row->te,
                             .d = {e->d, e->d_len},
                             .x = {e->x, e->x_len}};
    ess_err err = ess_envelope_print(&envelope, e->payload, sizeof e->payload, &e->payload_len);
    if (err == ESS_OK)
        return CLI_OK;
    const ess_model_error *entry = ess_model_error_of(err);
    return cli_fail(e->c, CLI_REFUSED, entry != NULL ? entry->id : "internal", "--t --code");
}

/* ---- signed and packed */

static int take_signer(encoding *e)
{
    const char *file = e->c->in.sign;
    if (file == NULL)
        return CLI_OK;
    if (e->row->type != ESS_CMD)
        return cli_fail(e->c, CLI_USAGE, "cli-usage", "--sign: --type CMD");
    ess_err err = store_signer_load(file, &e->signer);
    return err == ESS_OK ? CLI_OK : keyring_fail(e->c, file, err);
}

static int sign(encoding *e)
{
    store_to_sign what = {{e->topic_text, e->topic_len}, e->payload, sizeof e->payload};
    if (e->signer.kid[0] == '\0' ||
        store_sign(&e->signer, &what, e->signed_text, &e->payload_len) == ESS_OK)
        return CLI_OK;
    return cli_fail(e->c, CLI_REFUSED, "too-large", "--sign");
}

/* What a peer reads that announces this one encoding [ENC-02]. */
static bool read_pack(const char *name, ess_pack_peer *out)
{
    char enc[64];
    size_t len;
    ess_json_writer w;
    ess_json_writer_init(&w, enc, sizeof enc);
    ess_json_array_begin(&w);
    ess_json_text(&w, ess_slice_from(name));
    ess_json_array_end(&w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        return false;
    *out = ess_pack_peer_of((ess_slice){enc, len});
    return out->gzip || out->zstd || out->dictionary != 0;
}

static int pack(encoding *e)
{
    const cli *c = e->c;
    ess_slice plain = {e->payload, e->payload_len};
    ess_pack_peer peer;
    e->wire = plain;
    if (c->in.pack == NULL)
        return CLI_OK;
    if (!read_pack(c->in.pack, &peer))
        return cli_fail(c, CLI_USAGE, "cli-option-value", "--pack %s", c->in.pack);
    if (e->row->retained) /* [ENC-03] */
        return cli_fail(c, CLI_REFUSED, "cli-encode-refused", "%s",
                        cli_say(c, "ENC-03: what is retained is plain JSON",
                                "ENC-03：保留的消息须为明文 JSON"));
    e->pack = ess_pack_new();
    if (e->pack == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "%s", e->row->name);
    if (ess_pack_encode(e->pack, &peer, plain, &e->wire) == ESS_PACK_JSON && !c->in.json)
        (void)fprintf(c->err, "%s",
                      cli_say(c, "advice: packed it is no smaller, so it is left plain (ENC-11)\n",
                              "建议：压缩后不会变小，保持明文（ENC-11）\n"));
    return CLI_OK;
}

/* ---- judged and printed */

/* Broken: nothing is printed but this. Advice: told beside the message. */
static int tell(const encoding *e, const check_finding *finding)
{
    const cli *c = e->c;
    const char *what = ess_model_say(finding->what, c->chinese);
    char room[CONFIG_REFUSAL_MAX];
    const char *detail = check_detail(finding, c->chinese, room);
    const char *colon = cli_say(c, ": ", "：");
    if (finding->severity == CHECK_BROKEN)
        return cli_fail(c, CLI_REFUSED, "cli-encode-refused", "%s%s%s%s%s", finding->rule, colon,
                        what, detail[0] != '\0' ? colon : "", detail);
    bool of_sequence = strcmp(finding->name, "ack-unasked") == 0; /* one message is none */
    if (!c->in.json && !of_sequence)
        (void)fprintf(c->err, cli_say(c, "advice: %s%s%s (%s)\n", "建议：%s%s%s（%s）\n"), what,
                      detail[0] != '\0' ? colon : "", detail, finding->rule);
    return CLI_OK;
}

static int judge(const encoding *e)
{
    store_keyring keys = {.count = 0};
    if (e->signer.kid[0] != '\0')
        (void)store_keyring_add(&keys, e->signer.public_key); /* there is room for one */
    check *rules = check_new(&(check_options){.keys = &keys});
    check_findings *found = calloc(1, sizeof *found);
    int code = CLI_OK;
    capture from = {.topic = {e->topic_text, e->topic_len}, .payload = e->wire};
    if (rules == NULL || found == NULL) {
        code = cli_fail(e->c, CLI_AGAIN, "no-room", "%s", e->row->name);
    } else {
        check_next(rules, &from, found, NULL);
        for (size_t i = 0; i < found->count; i++) {
            int told = tell(e, &found->list[i]);
            code = told != CLI_OK ? told : code;
        }
    }
    check_free(rules);
    free(found);
    return code;
}

static void print_hex(FILE *out, ess_slice bytes, const char *quote)
{
    (void)fprintf(out, "%s", quote);
    for (size_t i = 0; i < bytes.len; i++)
        (void)fprintf(out, "%02x", (unsigned)(uint8_t)bytes.ptr[i]);
    (void)fprintf(out, "%s", quote);
}

static void print_message(const encoding *e)
{
    FILE *out = e->c->out;
    bool is_plain = ess_pack_method_of(e->wire) == ESS_PACK_JSON;
    if (e->c->in.json)
        (void)fprintf(out, "{\"topic\":\"%s\",\"qos\":%u,\"retain\":%s,\"%s\":", e->topic_text,
                      (unsigned)e->row->qos, e->row->retained ? "true" : "false",
                      is_plain ? "payload" : "payload_hex");
    else
        (void)fprintf(out, "%s ", e->topic_text);
    if (is_plain)
        (void)fprintf(out, "%.*s", (int)e->wire.len, e->wire.ptr);
    else
        print_hex(out, e->wire, e->c->in.json ? "\"" : "");
    (void)fprintf(out, "%s\n", e->c->in.json ? "}" : "");
}

static int encode(encoding *e)
{
    const cli_input *in = &e->c->in;
    bool has_op = e->row->type == ESS_CMD && in->d == NULL;
    e->first = has_op ? 2 : 1;
    e->t_utc_ms = in->t > 0 ? in->t : port_utc_ms();
    if (in->words.count < e->first || (in->d != NULL && in->words.count > 1))
        return cli_fail(e->c, CLI_USAGE, "cli-usage",
                        "ess encode OBJECT [OPERATION] KEY=VALUE ...");
    int code = take_object(e, in->words.items[0]);
    if (code == CLI_OK)
        code = take_code(e);
    if (code == CLI_OK)
        code = take_signer(e);
    if (code == CLI_OK)
        code = make_d(e);
    if (code == CLI_OK)
        code = make_x(e);
    if (code == CLI_OK)
        code = make_payload(e);
    if (code == CLI_OK)
        code = sign(e);
    if (code == CLI_OK)
        code = pack(e);
    if (code == CLI_OK)
        code = judge(e);
    if (code == CLI_OK)
        print_message(e);
    return code;
}

int cli_encode(const cli *c)
{
    const type_row *row = row_of(c->in.type != NULL ? c->in.type : "DATA");
    encoding *e = row != NULL ? calloc(1, sizeof *e) : NULL;
    if (row == NULL)
        return cli_fail(c, CLI_USAGE, "cli-option-value", "--type %s", c->in.type);
    if (e == NULL)
        return cli_fail(c, CLI_AGAIN, "no-room", "%s", row->name);
    e->c = c;
    e->row = row;
    int code = encode(e);
    store_signer_forget(&e->signer);
    ess_pack_free(e->pack);
    free(e);
    return code;
}

/* The envelope, read in one walk over the payload: the walk checks JSON and duplicate names at
 * every depth and hands the members it knows at the first depth to a row of a table.
 */
#include "ess/message.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/names.h"
#include "codec/try.h"

enum { PATH_MAX_DEPTH = 3 }; /* unit, component, part */
enum { MEMBER_T = 0 };       /* row of members[] */

typedef struct walk {
    ess_json_reader reader;
    ess_scratch *names; /* lent by the caller */
    ess_envelope envelope;
    ess_slice t_text;
    uint32_t seen;    /* bit per row of members[] */
    ess_slice *open;  /* d or x while inside it, else NULL */
    ess_lane *lane;   /* is offered d; may be NULL */
    ess_fault *fault; /* may be NULL */
} walk;

static ess_err refuse(walk *w, uint32_t offset, const char *rule, const char *what)
{
    return ess_refuse(w->fault, (ess_fault){ESS_E_ENVELOPE, offset, rule, what});
}

/* --- one function a member */

static ess_err read_t(walk *w, const ess_json_token *token)
{
    int64_t t = 0;

    if (token->type != ESS_JSON_NUMBER || ess_json_integer(token, &t) != ESS_OK)
        return refuse(w, token->offset, "ENV-19", "t is not a whole number");
    if (t < 0 || t > ESS_TIME_MAX)
        return refuse(w, token->offset, "ENV-20", "t is not within 0 .. 2^53-1");
    w->envelope.t_utc_ms = t;
    w->t_text = token->text;
    return ESS_OK;
}

/* Cuts a path at its slashes. Returns the number of segments, 0 if they are too many or one is
 * empty. */
static size_t cut_path(ess_slice path, ess_slice segments[static PATH_MAX_DEPTH])
{
    size_t count = 0;
    size_t begin = 0;

    for (size_t at = 0; at <= path.len; at++) {
        if (at < path.len && path.ptr[at] != '/')
            continue;
        if (count == PATH_MAX_DEPTH || at == begin)
            return 0;
        segments[count++] = (ess_slice){path.ptr + begin, at - begin};
        begin = at + 1;
    }
    return count;
}

/* As cut_path; 0 also if it is not a legal path. */
static size_t split_path(ess_slice path, ess_slice segments[static PATH_MAX_DEPTH])
{
    size_t count = path.len > ESS_NS_MAX ? 0 : cut_path(path, segments);

    for (size_t i = 0; i < count; i++) {
        if (!ess_level_is_legal(segments[i]))
            return 0;
    }
    return count;
}

static bool ns_is_legal(ess_slice ns)
{
    ess_slice segments[PATH_MAX_DEPTH];

    return ns.len > 0 && split_path(ns, segments) > 0;
}

/* Which rule a bad ns breaks. */
static const char *ns_rule(const ess_json_token *token)
{
    size_t segments = 1;

    if (token->type != ESS_JSON_STRING || token->text.len == 0)
        return "ENV-04";
    if (token->escaped)
        return "ENV-23";
    if (token->text.len > ESS_NS_MAX)
        return "ENV-22";
    for (size_t i = 0; i < token->text.len; i++)
        segments += token->text.ptr[i] == '/';
    return segments > PATH_MAX_DEPTH ? "ENV-04" : "ENV-21";
}

ess_err ess_ns_read(const ess_json_token *token, ess_err err, ess_slice *ns, ess_fault *fault)
{
    if (token->type != ESS_JSON_STRING || token->escaped || !ns_is_legal(token->text))
        return ess_refuse(fault, (ess_fault){err, token->offset, ns_rule(token),
                                             "ns is not unit[/component[/part]]"});
    *ns = token->text;
    return ESS_OK;
}

static ess_err read_ns(walk *w, const ess_json_token *token)
{
    return ess_ns_read(token, ESS_E_ENVELOPE, &w->envelope.ns, w->fault);
}

/* [ENV-05] */
static bool code_is_legal(ess_slice code)
{
    const char *end = code.ptr + code.len;

    return code.len > 0 && code.len <= ESS_CODE_MAX && ess_plain_end(code.ptr, end) == end &&
           memchr(code.ptr, ' ', code.len) == NULL && memchr(code.ptr, 0x7F, code.len) == NULL;
}

static ess_err read_code(walk *w, const ess_json_token *token)
{
    if (token->type != ESS_JSON_STRING || !code_is_legal(token->text))
        return refuse(w, token->offset, "ENV-05", "code is not 1 to 64 visible ASCII characters");
    w->envelope.code = token->text;
    return ESS_OK;
}

/* What s and te may be, as members; the first: absent. */
static const struct choice {
    ess_slice texts[3];
    size_t value_at; /* of the text within its member, which ends one byte behind it */
    const char *rule, *what;
} services = {{{"", 0}, {",\"s\":\"METRIC\"", 13}, {",\"s\":\"CMD\"", 10}}, 6, "ENV-06",
              "s is neither METRIC nor CMD"},
  exchanges = {{{"", 0}, {",\"te\":\"REQ\"", 11}, {",\"te\":\"RES\"", 11}}, 7, "ENV-09",
               "te is neither REQ nor RES"};

static bool is_choice(const ess_json_token *token, const struct choice *of, unsigned i)
{
    ess_slice member = of->texts[i];

    return token->type == ESS_JSON_STRING &&
           ess_is_short(token->text, (ess_slice){member.ptr + of->value_at,
                                                 member.len - of->value_at - 1});
}

static ess_err read_choice(walk *w, const ess_json_token *token, const struct choice *of,
                           unsigned *chosen)
{
    unsigned i = 2;

    while (i > 0 && !is_choice(token, of, i))
        i--;
    *chosen = i;
    return i > 0 ? ESS_OK
                 : refuse(w, token->offset, token->escaped ? "ENV-31" : of->rule, of->what);
}

static ess_err read_s(walk *w, const ess_json_token *token)
{
    unsigned s = ESS_S_NONE;
    ess_err err = read_choice(w, token, &services, &s);

    w->envelope.s = (ess_service)s;
    return err;
}

static ess_err read_te(walk *w, const ess_json_token *token)
{
    unsigned te = ESS_TE_NONE;
    ess_err err = read_choice(w, token, &exchanges, &te);

    w->envelope.te = (ess_exchange)te;
    return err;
}

/* Lets the lane read d. Where it does, the walk goes on before the closing brace. */
static void offer_d(walk *w)
{
    ess_lane *lane = w->lane;

    lane->t_text = w->t_text;
    lane->names_open = (uint32_t)w->names->count + w->names->unlisted;
    lane->names_room = w->names->room - lane->names_open;
    const char *behind =
        lane->read == NULL ? NULL : lane->read(lane, w->open->ptr, w->envelope.t_utc_ms);
    if (behind == NULL)
        return;
    lane->taken = true;
    w->envelope.no_rows = !lane->is_batch;
    w->reader.cur = behind - 1;
}

static ess_err read_d(walk *w, const ess_json_token *token)
{
    if (token->type != ESS_JSON_OBJECT_BEGIN)
        return refuse(w, token->offset, "ENV-34", "d is not an object");
    w->open = &w->envelope.d;
    w->envelope.no_rows = true;
    w->open->ptr = token->text.ptr;
    if (w->lane != NULL && (w->seen & 1U << MEMBER_T) != 0)
        offer_d(w);
    return ESS_OK;
}

static ess_err read_x(walk *w, const ess_json_token *token)
{
    if (token->type != ESS_JSON_OBJECT_BEGIN)
        return refuse(w, token->offset, "ENV-11", "x is not an object");
    w->open = &w->envelope.x;
    w->open->ptr = token->text.ptr;
    return ESS_OK;
}

static const struct member_row {
    ess_slice name;
    ess_err (*read)(walk *w, const ess_json_token *token);
    const char *missing_rule; /* NULL: may be absent */
    const char *missing;
} members[] = {
    {{"t", 1}, read_t, "ENV-03", "t is missing"},
    {{"ns", 2}, read_ns, NULL, NULL},
    {{"code", 4}, read_code, NULL, NULL},
    {{"s", 1}, read_s, NULL, NULL},
    {{"te", 2}, read_te, NULL, NULL},
    {{"d", 1}, read_d, "ENV-10", "d is missing"},
    {{"x", 1}, read_x, NULL, NULL},
};
enum { MEMBERS = sizeof members / sizeof members[0] };

/* --- the walk */

static ess_err next_token(walk *w, ess_json_token *token)
{
    ess_err err = ess_json_next(&w->reader, token);

    return err == ESS_OK ? err : ess_refuse(w->fault, w->reader.fault);
}

static ess_err refuse_name(walk *w, const ess_json_token *key, ess_err err)
{
    ess_fault fault = {err, key->offset, "ENV-17", "a name is too long"};

    if (err == ESS_E_EXISTS)
        return refuse(w, key->offset, "ENV-02", "the object has this member already");
    if (err == ESS_E_NO_ROOM) { /* no rule is broken */
        fault.rule = "";
        fault.what = "more members than there is room for";
    } else if ((uint32_t)w->names->count + w->names->unlisted >= ESS_MEMBERS_MAX) {
        fault.rule = "ENV-18";
        fault.what = "too many members are open";
    }
    return ess_refuse(w->fault, fault);
}

static ess_err add_name(walk *w, const ess_json_token *key)
{
    ess_err err = ess_names_add(w->names, key);

    if (w->reader.depth == 2 && w->open == &w->envelope.d && ess_json_text_is(key, "rows"))
        w->envelope.no_rows = false;
    return err == ESS_OK ? err : refuse_name(w, key, err);
}

/* What a token means for the names in force and for d and x. */
static ess_err follow(walk *w, const ess_json_token *token)
{
    if (token->type == ESS_JSON_KEY)
        return add_name(w, token);
    if (token->type == ESS_JSON_OBJECT_BEGIN)
        ess_names_open(w->names);
    if (token->type != ESS_JSON_OBJECT_END)
        return ESS_OK;
    ess_names_close(w->names);
    if (w->open != NULL && w->reader.depth == 1) {
        w->open->len = (size_t)(token->text.ptr + 1 - w->open->ptr);
        w->open = NULL;
    }
    return ESS_OK;
}

/* A name at the first depth: its row, MEMBERS if it is not known. Known names need no table: a bit
 * tells of each whether it was there. */
static ess_err find_member(walk *w, const ess_json_token *key, unsigned *row)
{
    unsigned i = 0;

    while (i < MEMBERS && !(key->escaped ? ess_json_text_is(key, members[i].name.ptr)
                                         : ess_is_short(key->text, members[i].name)))
        i++;
    *row = i;
    if (i == MEMBERS)
        return add_name(w, key);
    ess_err err = (w->seen & 1U << i) != 0 ? ESS_E_EXISTS : ess_names_count(w->names);
    w->seen |= 1U << i;
    return err == ESS_OK ? err : refuse_name(w, key, err);
}

/* A member at the first depth: reads its value's first token, and all of it if it is a scalar. */
static ess_err read_member(walk *w, const ess_json_token *key)
{
    ess_json_token token;
    unsigned row = 0;

    TRY(find_member(w, key, &row));
    TRY(next_token(w, &token));
    if (row < MEMBERS)
        TRY(members[row].read(w, &token));
    return follow(w, &token);
}

static ess_err walk_payload(walk *w)
{
    ess_json_token token;

    TRY(next_token(w, &token));
    if (token.type != ESS_JSON_OBJECT_BEGIN)
        return refuse(w, token.offset, "ENV-01", "the payload is not an object");
    TRY(follow(w, &token));
    while (token.type != ESS_JSON_END) {
        TRY(next_token(w, &token));
        if (token.type == ESS_JSON_KEY && w->reader.depth == 1)
            TRY(read_member(w, &token));
        else
            TRY(follow(w, &token));
    }
    return ESS_OK;
}

/* --- agreement with the topic */

#define BIT(value) (1U << (value))

/* Which s and te a message type may carry, as bits; absent is always allowed. */
static const struct type_rule {
    uint8_t services, exchanges;
} type_rules[ESS_MESSAGE_TYPE_COUNT] = {
    [ESS_STATE] = {BIT(ESS_S_METRIC), BIT(ESS_TE_REQ)},
    [ESS_DATA] = {BIT(ESS_S_METRIC), BIT(ESS_TE_REQ)},
    [ESS_HIST] = {BIT(ESS_S_METRIC), BIT(ESS_TE_REQ)},
    [ESS_PARAM] = {BIT(ESS_S_METRIC), BIT(ESS_TE_REQ)},
    [ESS_EVENT] = {BIT(ESS_S_METRIC), BIT(ESS_TE_REQ)},
    [ESS_ACK] = {BIT(ESS_S_CMD), BIT(ESS_TE_RES)},
    [ESS_CMD] = {BIT(ESS_S_CMD), BIT(ESS_TE_REQ)},
    [ESS_RSP] = {BIT(ESS_S_METRIC), BIT(ESS_TE_RES)},
    [ESS_CUSTOM] = {BIT(ESS_S_METRIC) | BIT(ESS_S_CMD), BIT(ESS_TE_REQ) | BIT(ESS_TE_RES)},
};

static ess_err check_type(walk *w, ess_message_type type)
{
    const struct type_rule *rule = &type_rules[type];
    const ess_envelope *envelope = &w->envelope;

    if (envelope->s != ESS_S_NONE && (rule->services & BIT(envelope->s)) == 0)
        return refuse(w, 0, "ENV-30", "s disagrees with the message type");
    if (envelope->te != ESS_TE_NONE && (rule->exchanges & BIT(envelope->te)) == 0)
        return refuse(w, 0, "ENV-33", "te disagrees with the message type");
    return ESS_OK;
}

/* The segments of the object's path. *count is 0 for the group itself. */
static ess_err join(const ess_topic *topic, ess_slice ns, ess_slice path[static PATH_MAX_DEPTH],
                    size_t *count)
{
    ess_slice segments[PATH_MAX_DEPTH];
    size_t from_topic = topic->unit.len == 0 ? 0 : topic->component.len == 0 ? 1 : 2;
    size_t from_ns = ns.len == 0 ? 0 : split_path(ns, segments);
    size_t shared = 0; /* leading segments of ns that repeat the topic */

    if (ns.len > 0 && from_ns == 0)
        return ESS_E_ENVELOPE;
    path[0] = topic->unit;
    path[1] = topic->component;
    /* [ENV-12] the first segment alone decides whether ns is absolute. */
    if (from_topic > 0 && from_ns > 0 && ess_slice_equal(segments[0], path[0])) {
        shared = 1;
        if (from_topic > 1 && from_ns > 1) {
            if (!ess_slice_equal(segments[1], path[1]))
                return ESS_E_ENVELOPE;
            shared = 2;
        }
    }
    if (from_topic + from_ns - shared > PATH_MAX_DEPTH)
        return ESS_E_ENVELOPE;
    *count = from_topic;
    for (size_t i = shared; i < from_ns; i++)
        path[(*count)++] = segments[i];
    return ESS_OK;
}

/* As join; *size is that of the path as a text with its NUL. */
static ess_err measure(const ess_topic *topic, ess_slice ns, ess_slice path[static PATH_MAX_DEPTH],
                       size_t *count, size_t *size)
{
    TRY(join(topic, ns, path, count));
    *size = *count == 0;
    for (size_t i = 0; i < *count; i++)
        *size += path[i].len + 1;
    return *size > ESS_NS_MAX + 1 ? ESS_E_TOO_LARGE : ESS_OK;
}

ess_err ess_object_path(const ess_topic *topic, ess_slice ns, char *room, size_t room_size)
{
    ess_slice path[PATH_MAX_DEPTH];
    size_t count = 0;
    size_t size = 0;

    TRY(measure(topic, ns, path, &count, &size));
    if (size > room_size)
        return ESS_E_NO_ROOM;
    for (size_t i = 0; i < count; i++) {
        memcpy(room, path[i].ptr, path[i].len);
        room += path[i].len;
        *room++ = '/';
    }
    room[count > 0 ? -1 : 0] = '\0';
    return ESS_OK;
}

ess_err ess_object_place(ess_slice path, ess_topic *topic, ess_slice *ns)
{
    ess_slice segment[PATH_MAX_DEPTH] = {{0}};
    size_t count = path.len > 0 ? cut_path(path, segment) : 0;

    if (path.len > 0 && count == 0)
        return ESS_E_ENVELOPE;
    topic->unit = segment[0];
    topic->component = segment[1];
    *ns = count == 3 && ess_slice_equal(segment[2], segment[0]) ? path : segment[2];
    return ESS_OK;
}

const char *ess_object_rule(const ess_topic *topic, ess_slice ns)
{
    ess_slice segments[PATH_MAX_DEPTH];
    size_t from_ns = ns.len == 0 ? 0 : split_path(ns, segments);
    size_t from_topic = topic->unit.len == 0 ? 0 : topic->component.len == 0 ? 1 : 2;
    bool is_absolute = from_topic > 0 && from_ns > 0 && ess_slice_equal(segments[0], topic->unit);

    if (is_absolute)
        return from_ns > 1 && from_topic > 1 && !ess_slice_equal(segments[1], topic->component)
                   ? "ENV-39"
                   : "ENV-41";
    return from_topic + from_ns > PATH_MAX_DEPTH ? "ENV-40" : "ENV-41";
}

static ess_err check_envelope(walk *w, const ess_topic *topic)
{
    ess_slice path[PATH_MAX_DEPTH];
    size_t count = 0;
    size_t size = 0;

    for (unsigned i = 0; i < MEMBERS; i++) {
        if (members[i].missing_rule != NULL && (w->seen & 1U << i) == 0)
            return refuse(w, 0, members[i].missing_rule, members[i].missing);
    }
    TRY(check_type(w, topic->type));
    ess_err err = measure(topic, w->envelope.ns, path, &count, &size);
    if (err != ESS_OK)
        return ess_refuse(w->fault, (ess_fault){err, 0, ess_object_rule(topic, w->envelope.ns),
                                                "ns disagrees with the topic, or is too deep"});
    return ESS_OK;
}

ess_err ess_envelope_walk(const ess_walk_of *of, ess_envelope *out, ess_fault *fault)
{
    walk w;

    w.names = of->scratch;
    w.seen = 0;
    w.open = NULL;
    w.lane = of->lane;
    w.fault = fault;
    w.envelope = (ess_envelope){0};
    if (of->payload.len > ESS_MESSAGE_MAX)
        return ess_refuse(
            fault, (ess_fault){ESS_E_TOO_LARGE, ESS_MESSAGE_MAX, "DLV-09", "payload over 128 KiB"});
    ess_json_reader_init(&w.reader, of->payload);
    ess_names_begin(w.names, of->payload);
    TRY(walk_payload(&w));
    TRY(check_envelope(&w, of->topic));
    *out = w.envelope;
    return ESS_OK;
}

ess_err ess_envelope_parse(ess_slice payload, const ess_topic *topic, ess_scratch *scratch,
                           ess_envelope *out, ess_fault *fault)
{
    ess_walk_of of = {.payload = payload, .topic = topic, .scratch = scratch};

    return ess_envelope_walk(&of, out, fault);
}

/* --- writing */

/* [ENV-23] An ns that would need an escape is one that no reader takes. */
static bool is_plain(ess_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            return false;
    }
    return true;
}

static bool may_print(const ess_envelope *envelope)
{
    return envelope->t_utc_ms >= 0 && envelope->t_utc_ms <= ESS_TIME_MAX &&
           (envelope->ns.len == 0 || (ns_is_legal(envelope->ns) && is_plain(envelope->ns))) &&
           (envelope->code.len == 0 || code_is_legal(envelope->code)) &&
           (unsigned)envelope->s <= ESS_S_CMD && (unsigned)envelope->te <= ESS_TE_RES;
}

ess_err ess_envelope_begin(ess_json_writer *writer, const ess_envelope *envelope)
{
    char t[20];
    bool has_ns = envelope->ns.len > 0;
    bool has_code = envelope->code.len > 0;

    if (!may_print(envelope))
        return ESS_E_ENVELOPE;
    /* Nothing of this needs an escape, so it is one piece for the writer. */
    const ess_slice head[] = {
        ESS_SLICE_LITERAL("\"t\":"),
        {t, ess_digits_print((uint64_t)envelope->t_utc_ms, t)},
        {",\"ns\":\"", has_ns ? 7 : 0},
        envelope->ns,
        {"\"", has_ns},
        {",\"code\":\"", has_code ? 9 : 0},
        envelope->code,
        {"\"", has_code},
        services.texts[envelope->s],
        exchanges.texts[envelope->te],
        ESS_SLICE_LITERAL(",\"d\":"),
    };
    ess_json_object_begin(writer);
    ess_json_head(writer, head, sizeof head / sizeof head[0]);
    return ESS_OK;
}

void ess_envelope_x(ess_json_writer *writer)
{
    ess_json_key(writer, "x");
}

void ess_envelope_end(ess_json_writer *writer, const ess_envelope *envelope)
{
    if (envelope->x.len > 0) {
        ess_envelope_x(writer);
        ess_json_raw(writer, envelope->x);
    }
    ess_json_object_end(writer);
}

ess_err ess_envelope_print(const ess_envelope *envelope, char *room, size_t room_size, size_t *len)
{
    ess_json_writer writer;

    if (envelope->d.len == 0)
        return ESS_E_ENVELOPE;
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_envelope_begin(&writer, envelope));
    ess_json_raw(&writer, envelope->d);
    ess_envelope_end(&writer, envelope);
    return ess_json_finish(&writer, len);
}

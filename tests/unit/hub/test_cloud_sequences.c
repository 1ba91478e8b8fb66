/* The published sequences that play a whole cloud (spec/vectors/sequences/cloud-whole.json): its
 * presence, the versions and keys of its devices, its commands, its restarts and its bounds. */
#include <sqlite3.h>

#include "../../lib/lent.h"
#include "../../lib/sequence_message.h"
#include "cloud_look.h"
#include "hub/catalogue.h"
#include "hub/rest.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BEGIN_UTC    INT64_C(1763827200000)
#define BEGIN_MONO   1000
#define CODE_SIZE    (ESS_CODE_MAX + 1)

/* What spec/vectors/README.md says of the keys: RFC 8032, 7.1, tests 1 and 2. */
static const struct known_key {
    const char *kid, *seed;
} known_keys[] = {
    {"d75a980182b10ab7", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"},
    {"3d4017c3e843895a", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"}};

typedef struct cloud {
    fixture *f;
    size_t seen; /* of what was sent */
    char code[CODE_SIZE], code_said[CODE_SIZE], sid[ESS_SID_LEN + 1];
    sqlite3 *other; /* holds the database while the disk takes nothing */
} cloud;

static sqlite3 *open_database(const fixture *f, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", f->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

/* ---- what happens */

static void set_line(cloud *c, const sequence_step *step)
{
    hub_core_on_line(c->f->core, sequence_is_true(step->value));
}

static void set_disk(cloud *c, const sequence_step *step)
{
    if (c->other != NULL)
        assert_int_equal(sqlite3_close(c->other), SQLITE_OK);
    c->other = sequence_is_true(step->value) ? NULL : open_database(c->f, "BEGIN IMMEDIATE");
}

static void set_busy(cloud *c, const sequence_step *step)
{
    c->f->publish_ms = sequence_int(step->value);
}

/* The text with what is meant in the place of <code>, that of the command ordered last, or <sid>,
 * that of the cloud. */
static void put_marks(const cloud *c, const char *text, char room[static TEXT_MAX])
{
    char with_code[SEQUENCE_TEXT];
    sequence_put_mark(text, "<code>", c->code, with_code);
    sequence_put_mark(with_code, "<sid>", c->sid, room);
}

static void take_in(cloud *c, const sequence_step *step)
{
    char topic[512], text[TEXT_MAX], payload[TEXT_MAX];
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    (void)sequence_text_of(step->value, "payload", text, sizeof text);
    put_marks(c, text, payload);
    fixture_say(c->f, topic, payload);
}

/* {"op","a","object","exp","taken"} of a command to SH001, by op7, as a program asks for it. */
static void order(cloud *c, const sequence_step *step)
{
    char op[64], object[256], body[TEXT_MAX];
    ess_slice args, taken;
    int64_t now_ms = c->f->now.utc_ms - BEGIN_UTC;
    (void)sequence_text_of(step->value, "op", op, sizeof op);
    (void)sequence_text_of(step->value, "object", object, sizeof object);
    if (!sequence_has(step->value, "a", &args))
        args = ESS_SLICE_LITERAL("{}");
    int len =
        snprintf(body, sizeof body,
                 "{\"group\":\"SH001\",\"ns\":\"%s\",\"op\":\"%s\",\"a\":%.*s,\"ttl_s\":%lld}",
                 object, op, (int)args.len, args.ptr,
                 (long long)(sequence_int_of(step->value, "exp", 30000) - now_ms) / 1000);
    const http_api api = {.core = c->f->core};
    http_request request = {.body = {body, (size_t)len},
                            .user = {.name = "op7", .role = HUB_ADMIN}};
    http_reply reply = {.status = 0};
    rest_order(&api, &request, &reply);
    bool is_taken = !sequence_has(step->value, "taken", &taken) || sequence_is_true(taken);
    if (is_taken != (reply.status == 202))
        SEQUENCE_FAIL(step, "the order gives %d: %.*s", reply.status, (int)reply.len, reply.body);
    if (is_taken)
        (void)sequence_text_of((ess_slice){reply.body, reply.len}, "code", c->code, sizeof c->code);
    free(reply.body);
}

static void restart(cloud *c, const sequence_step *step)
{
    hub_core_close(c->f->core);
    if (c->f->sent_count != c->seen)
        SEQUENCE_FAIL(step, "something goes out before the end");
    fixture_open(c->f);
    c->seen = 0;
}

/* ---- what goes out */

static const sent_message *next_out(cloud *c)
{
    if (c->seen == c->f->sent_count) {
        fixture_forget(c->f);
        c->seen = 0;
        fixture_pass(c->f, COMMIT_MS);
    }
    return c->seen < c->f->sent_count ? &c->f->sent[c->seen++] : NULL;
}

/* "payload": members that it has, as they are; "without": names of members that it has not. */
static void compare_payload(const cloud *c, const sequence_step *step, ess_slice have)
{
    char text[SEQUENCE_TEXT], wanted[SEQUENCE_TEXT];
    ess_slice raw;
    if (sequence_has(step->value, "payload", &raw)) {
        put_marks(c, sequence_plain(raw, text), wanted);
        sequence_same_members(step, ess_slice_from(wanted), have);
    }
    if (sequence_has(step->value, "without", &raw))
        sequence_lacks(step, raw, have);
}

static store_signer signer_of(const char *kid)
{
    uint8_t seed[STORE_SEED_BYTES];
    store_signer signer;
    size_t at = 0;
    while (at < COUNT(known_keys) && strcmp(known_keys[at].kid, kid) != 0)
        at++;
    assert_true(at < COUNT(known_keys));
    for (size_t i = 0; i < sizeof seed; i++) {
        char digits[3] = {known_keys[at].seed[2 * i], known_keys[at].seed[2 * i + 1], '\0'};
        seed[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    store_key_pair(seed, signer.public_key, signer.secret);
    ess_kid_print(signer.public_key, signer.kid);
    assert_string_equal(signer.kid, kid);
    return signer;
}

/* "kid": signed with that key. */
static void compare_signature(const sequence_step *step, const sent_message *sent)
{
    static char work[ESS_SIGNED_MAX];
    char kid[ESS_KID_LEN + 1];
    ess_slice topic_text = ess_slice_from(sent->topic), payload = ess_slice_from(sent->payload);
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    if (sequence_text_of(step->value, "kid", kid, sizeof kid) == 0)
        return;
    store_signer signer = signer_of(kid);
    assert_int_equal(ess_topic_parse(topic_text, &topic, NULL), ESS_OK);
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    if (ess_signature_find(payload, &envelope, &signature, NULL) != ESS_OK ||
        !ess_slice_is(signature.kid, kid) ||
        !store_verify(signer.public_key, topic_text, &signature, work))
        SEQUENCE_FAIL(step, "not signed with %s: %.300s", kid, sent->payload);
}

/* "new": "sid", greater than the one said before; "code", a UUIDv7 or a ULID not said before. */
static void compare_new(cloud *c, const sequence_step *step, ess_slice payload)
{
    char name[8], text[CODE_SIZE];
    ess_slice d;
    if (sequence_text_of(step->value, "new", name, sizeof name) == 0)
        return;
    if (strcmp(name, "sid") == 0) {
        assert_true(sequence_has(payload, "d", &d));
        (void)sequence_text_of(d, "sid", text, sizeof text);
        if (strlen(text) != ESS_SID_LEN || strcmp(text, c->sid) <= 0)
            SEQUENCE_FAIL(step, "%s came before %s", c->sid, text);
        memcpy(c->sid, text, sizeof c->sid);
        return;
    }
    size_t len = sequence_text_of(payload, "code", text, sizeof text);
    if (!(len == 26 || (len == 36 && text[14] == '7')) || strcmp(text, c->code_said) == 0)
        SEQUENCE_FAIL(step, "the code is %s", text);
    (void)snprintf(c->code_said, sizeof c->code_said, "%s", text);
}

static void look_out(cloud *c, const sequence_step *step)
{
    char topic[128];
    ess_slice retained;
    const sent_message *sent = next_out(c);
    if (sent == NULL)
        SEQUENCE_FAIL(step, "nothing goes out");
    (void)sequence_text_of(step->value, "topic", topic, sizeof topic);
    if (strcmp(topic, sent->topic) != 0)
        SEQUENCE_FAIL(step, "it goes out on %s: %.300s", sent->topic, sent->payload);
    if (sent->retain !=
        (sequence_has(step->value, "retained", &retained) && sequence_is_true(retained)))
        SEQUENCE_FAIL(step, "it is %s", sent->retain ? "retained" : "not retained");
    compare_payload(c, step, ess_slice_from(sent->payload));
    compare_signature(step, sent);
    compare_new(c, step, ess_slice_from(sent->payload));
}

static void look_quiet(cloud *c, const sequence_step *step)
{
    const sent_message *sent = next_out(c);
    if (sent != NULL)
        SEQUENCE_FAIL(step, "out goes %s: %.300s", sent->topic, sent->payload);
}

static void look_will(cloud *c, const sequence_step *step)
{
    char topic[ESS_TOPIC_MAX + 1], want[128], payload[256];
    size_t len = 0;
    assert_int_equal(hub_core_will(c->f->core, topic, payload, sizeof payload, &len), ESS_OK);
    (void)sequence_text_of(step->value, "topic", want, sizeof want);
    if (strcmp(want, topic) != 0)
        SEQUENCE_FAIL(step, "the will is on %.200s", topic);
    compare_payload(c, step, (ess_slice){payload, len});
}

/* ---- what it keeps */

static void look_last(cloud *c, const sequence_step *step)
{
    cloud_look_last(c->f, step);
}

static void look_stored(cloud *c, const sequence_step *step)
{
    cloud_look_stored(c->f, step);
}

/* {"object","name","ts","v","q","sid","n","came"}: one sample of the history. */
static void look_kept(cloud *c, const sequence_step *step)
{
    char object[256], name[80], sid[ESS_SID_LEN + 1], row[256];
    ess_slice v, came, raw;
    ess_json_reader bounds;
    int64_t bound_ms[2];
    (void)sequence_text_of(step->value, "object", object, sizeof object);
    (void)sequence_text_of(step->value, "name", name, sizeof name);
    (void)sequence_text_of(step->value, "sid", sid, sizeof sid);
    assert_true(sequence_has(step->value, "v", &v) && sequence_has(step->value, "came", &came));
    hub_history_query query = fixture_query(object, name);
    FIXTURE_JSON(c->f, hub_write_history(c->f->core, &query, &out));
    (void)snprintf(row, sizeof row, "[%lld,%.*s,%lld,\"%s\",%lld,",
                   (long long)sequence_int_of(step->value, "ts", -1), (int)v.len, v.ptr,
                   (long long)sequence_int_of(step->value, "q", 0), sid,
                   (long long)sequence_int_of(step->value, "n", -1));
    const char *at = strstr(c->f->json, row);
    if (at == NULL)
        SEQUENCE_FAIL(step, "%s is not in %.200s", row, c->f->json);
    int64_t came_ms = strtoll(at + strlen(row), NULL, 10) - BEGIN_UTC;
    sequence_open(&bounds, came, ESS_JSON_ARRAY_BEGIN);
    for (size_t i = 0; i < COUNT(bound_ms) && sequence_next(&bounds, NULL, &raw); i++)
        bound_ms[i] = sequence_int(raw);
    if (came_ms < bound_ms[0] || came_ms > bound_ms[1])
        SEQUENCE_FAIL(step, "it came at %lld", (long long)came_ms);
}

/* {"rule","count"}: what was refused so far. */
static void look_refused(cloud *c, const sequence_step *step)
{
    char rule[16], part[32];
    (void)sequence_text_of(step->value, "rule", rule, sizeof rule);
    (void)snprintf(part, sizeof part, "{\"rule\":\"%s\",", rule);
    fixture_stats(c->f);
    const char *at = strstr(c->f->json, part);
    at = at != NULL ? strstr(at, "\"count\":") : NULL;
    if (at == NULL ||
        strtoll(at + strlen("\"count\":"), NULL, 10) != sequence_int_of(step->value, "count", 1))
        SEQUENCE_FAIL(step, "%s: %.400s", rule, c->f->json);
}

static void look_device(cloud *c, const sequence_step *step)
{
    char part[32];
    FIXTURE_JSON(c->f, hub_write_devices(c->f->core, &out));
    (void)snprintf(part, sizeof part, "\"%s\":%.*s,", step->verb, (int)step->value.len,
                   step->value.ptr);
    if (strstr(c->f->json, part) == NULL)
        SEQUENCE_FAIL(step, "%.300s", c->f->json);
}

static void look_stage(cloud *c, const sequence_step *step)
{
    char stage[16], part[32];
    (void)sequence_text(step->value, stage, sizeof stage);
    (void)snprintf(part, sizeof part, "\"state\":\"%s\"", stage);
    fixture_pass(c->f, COMMIT_MS);
    FIXTURE_JSON(c->f, hub_write_command(c->f->core, ess_slice_from(c->code), &out));
    if (strstr(c->f->json, part) == NULL)
        SEQUENCE_FAIL(step, "%.400s", c->f->json);
}

/* ---- */

static const struct verb {
    const char *name;
    void (*act)(cloud *c, const sequence_step *step);
} verbs[] = {{"line", set_line},        {"disk", set_disk},      {"busy", set_busy},
             {"in", take_in},           {"order", order},        {"restart", restart},
             {"out", look_out},         {"quiet", look_quiet},   {"will", look_will},
             {"last", look_last},       {"stored", look_stored}, {"kept", look_kept},
             {"refused", look_refused}, {"online", look_device}, {"stale", look_device},
             {"stage", look_stage}};

static void act(void *context, sequence_step *step)
{
    cloud *c = context;
    int64_t ahead_ms = BEGIN_MONO + step->at_ms - c->f->now.mono_ms;
    if (ahead_ms > 0)
        fixture_pass(c->f, ahead_ms);
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(step->verb, verbs[i].name) == 0) {
            verbs[i].act(c, step);
            return;
        }
    }
    SEQUENCE_FAIL(step, "no verb %s", step->verb);
}

static void give_majors(fixture *f, ess_slice given)
{
    ess_json_reader reader;
    ess_slice majors, raw;
    if (!sequence_has(given, "majors", &majors))
        return;
    sequence_open(&reader, majors, ESS_JSON_ARRAY_BEGIN);
    while (f->options.majors.count < ESS_MAJORS_MAX && sequence_next(&reader, NULL, &raw))
        f->options.majors.at[f->options.majors.count++] = (uint16_t)sequence_int(raw);
}

/* Newest first. */
static void give_keys(fixture *f, ess_slice given)
{
    hub_signing signing = {.keys = 0};
    ess_json_reader reader;
    ess_slice keys, raw;
    char kid[ESS_KID_LEN + 1];
    if (!sequence_has(given, "keys", &keys))
        return;
    sequence_open(&reader, keys, ESS_JSON_ARRAY_BEGIN);
    while (signing.keys < HUB_SIGNERS_MAX && sequence_next(&reader, NULL, &raw)) {
        (void)sequence_text(raw, kid, sizeof kid);
        signing.key[signing.keys++] = signer_of(kid);
    }
    signing.work = malloc(ESS_SIGNED_MAX);
    assert_non_null(signing.work);
    hub_core_sign_with(f->core, &signing);
}

/* As many groups as there may be, put there by one statement. */
static void fill_groups(const fixture *f)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT %d)"
                   " INSERT INTO grp(id, name) SELECT n, 'G' || n FROM i",
                   HUB_GROUPS_MAX);
    assert_int_equal(sqlite3_close(open_database(f, sql)), SQLITE_OK);
}

/* As many points as SH001 may have, x1 the first, in reports of a life before. */
static void fill_points(fixture *f)
{
    enum { EACH = 1000 };
    static char payload[EACH * 16];
    for (unsigned name = 1, n = 1; name <= HUB_GROUP_SERIES_MAX; n++) {
        size_t len = (size_t)snprintf(
            payload, sizeof payload,
            "{\"t\":1763827100000,\"code\":\"0000002900000001-%u\",\"s\":\"METRIC\",\"d\":{", n);
        for (unsigned i = 0; i < EACH && name <= HUB_GROUP_SERIES_MAX; i++, name++)
            len += (size_t)snprintf(payload + len, sizeof payload - len, "%s\"x%u\":1",
                                    i > 0 ? "," : "", name);
        (void)snprintf(payload + len, sizeof payload - len, "}}");
        fixture_say(f, "v1/DATA/ess/SH001/CAB01/BMS", payload);
    }
    fixture_pass(f, COMMIT_MS);
}

static void set_up(fixture *f, ess_slice given)
{
    ess_slice full, line;
    char what[16] = "";
    hub_core_close(f->core);
    f->now = (hub_now){BEGIN_MONO, BEGIN_UTC};
    f->options.minor = (uint16_t)sequence_int_of(given, "minor", ESS_MINOR);
    give_majors(f, given);
    if (sequence_has(given, "full", &full))
        (void)sequence_text(full, what, sizeof what);
    if (strcmp(what, "groups") == 0)
        fill_groups(f);
    fixture_open(f);
    give_keys(f, given);
    if (sequence_has(given, "line", &line) && !sequence_is_true(line))
        return;
    hub_core_on_line(f->core, true);
    if (strcmp(what, "points") == 0)
        fill_points(f);
    fixture_forget(f);
    f->now = (hub_now){BEGIN_MONO, BEGIN_UTC};
}

static void run(const sequence *of)
{
    void *state = NULL;
    assert_int_equal(fixture_setup(&state), 0);
    cloud c = {.f = state};
    set_up(c.f, of->given);
    sequence_run(of, act, &c);
    assert_null(c.other);
    assert_int_equal(fixture_teardown(&state), 0);
}

static void a_whole_cloud_does_as_the_document_says(void **state)
{
    (void)state;
    sequence_each("cloud-whole", run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_cloud_does_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

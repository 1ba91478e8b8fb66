/* Who is there [PRE-01..04], and the hub's own word.
 *
 * The broker keeps the births (retained); the database keeps only what was last known, for people.
 * When the line is down nobody is online as far as the hub can tell: births come again with the
 * next subscription.
 */
#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "ess/model.h"
#include "ess/sender.h"
#include "hub/core_internal.h"
#include "port/log.h"

#define TOUCH_SAVE_MS 10000 /* how stale the stored time of the last message may be */
#define KIDS_MOST     160   /* bytes of a device's list of keys: 8 of them [SIG-20] */

static void announce(hub_core *core, uint32_t number)
{
    const hub_group *group = &core->all.group[number];
    char sid[ESS_SID_LEN + 1];
    ess_sid_print(group->presence.sid, sid);
    ess_json_writer writer = core_announce_begin(core);
    ess_json_key(&writer, "group");
    ess_json_text(&writer, ess_slice_from(group->name));
    ess_json_key(&writer, "online");
    ess_json_bool(&writer, group->presence.on);
    ess_json_key(&writer, "sid");
    ess_json_text(&writer, ess_slice_from(sid));
    ess_json_key(&writer, "at");
    ess_json_int(&writer, group->presence.since_utc_ms);
    core_announce_end(core, &writer, "presence", number);
}

static void mark_dirty(hub_core *core, hub_group *group)
{
    group->dirty = true;
    core->all.dirty = true;
    core_arm(core);
}

/* "ess-ci 1.1.0 334d7155bf19e80d", and a maker's extensions behind it, as they were announced
 * [MOD-04]. Returns the length, 0 where nothing is said. */
static size_t model_text(const ess_presence_word *word, char *room, size_t room_size)
{
    const ess_slice parts[] = {word->model, word->model_version, word->model_hash, word->ext};
    size_t len = 0;
    for (size_t i = 0; word->model.len > 0 && i < sizeof parts / sizeof parts[0]; i++) {
        bool nothing = parts[i].len == 0 || ess_slice_is(parts[i], "[]");
        if (nothing || len + parts[i].len + 1 > room_size)
            continue;
        if (len > 0)
            room[len++] = ' ';
        memcpy(room + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    return len;
}

/* [MOD-05] Taken all the same; but a person should see that names may mean something else. */
static void tell_other_model(const hub_group *group, const ess_presence_word *word)
{
    bool same = ess_slice_is(word->model_hash, ess_model_hash) ||
                (word->model_hash.len == 0 && ess_slice_is(word->model_version, ess_model_version));
    if (word->model.len > 0 && !same)
        port_log(PORT_INFO, "group=%s reports by the model %.*s, this hub has %s %s %s",
                 group->name, (int)hub_text_get(&group->model).len, hub_text_get(&group->model).ptr,
                 ess_model_id, ess_model_version, ess_model_hash);
}

/* What the birth says of the device. Out of memory leaves the older word standing. */
static void note_birth(hub_group *group, const ess_presence_word *word)
{
    char model[512];
    (void)hub_text_set(&group->model, (ess_slice){model, model_text(word, model, sizeof model)});
    tell_other_model(group, word);
    (void)hub_text_set(&group->fw, word->fw);
    (void)hub_text_set(&group->clock, word->clock);
    (void)hub_text_set(&group->units, word->units);
    (void)hub_text_set(&group->kids, word->kids.len <= KIDS_MOST ? word->kids : (ess_slice){0});
}

/* Better said at its birth than found out by the first command. */
static void warn_of_keys(const hub_core *core, const hub_group *group,
                         const ess_presence_word *word)
{
    const store_signer *key = hub_signing_for(&core->signing, word->kids);
    if (word->sign.len > 0 && key != NULL && !ess_names_have(word->kids, key->kid))
        port_log(PORT_WARN,
                 "group=%s trusts no key of this hub; it refuses commands of classes %.*s",
                 group->name, (int)word->sign.len, word->sign.ptr);
}

ess_err core_take_state(hub_core *core, uint32_t number, const ess_arrival *arrival,
                        ess_fault *fault)
{
    ess_presence_word word;
    uint64_t sid = 0;
    hub_group *group = &core->all.group[number];
    TRY(ess_presence_parse(arrival->envelope.d, &word, fault));
    bool changed = ess_presence_apply(&group->presence, &word, core_now(core).utc_ms);
    /* [PRE-03] The word of an earlier life tells nothing. */
    bool present =
        ess_sid_parse(ess_slice_from(word.sid), &sid) == ESS_OK && sid == group->presence.sid;
    if (present) { /* [VER-07] from now on it is answered as it speaks */
        group->major = arrival->topic.version;
        group->peer.own_minor = core->options.minor;
        ess_peer_hear(&group->peer, &word);
    }
    if (word.on && present) {
        note_birth(group, &word);
        warn_of_keys(core, group, &word);
        core_group_reborn(core, number);
    }
    if (changed) {
        port_log(PORT_INFO, "group=%s sid=%s %s", group->name, word.sid,
                 word.on ? "online" : "offline");
        announce(core, number);
    }
    if (changed || present)
        mark_dirty(core, group);
    return ESS_OK;
}

void core_all_offline(hub_core *core)
{
    int64_t now_utc_ms = core_now(core).utc_ms;
    for (uint32_t i = 0; i < core->all.groups; i++) {
        hub_group *group = &core->all.group[i];
        if (!group->presence.on)
            continue;
        group->presence.on = false;
        group->presence.since_utc_ms = now_utc_ms;
        mark_dirty(core, group);
        announce(core, i);
    }
}

void core_touch(hub_core *core, uint32_t number, int64_t now_utc_ms)
{
    hub_group *group = &core->all.group[number];
    group->last_utc_ms = now_utc_ms;
    if (now_utc_ms - group->saved_last_utc_ms >= TOUCH_SAVE_MS)
        mark_dirty(core, group);
}

/* The hub's own word on the topics of one major. */
typedef struct own_word {
    char topic[HUB_TOPIC_ROOM], payload[512];
    size_t len;
} own_word;

static ess_err print_own(const hub_core *core, uint16_t major, bool on, own_word *out)
{
    ess_presence_word word = {.on = on, .minor = on ? core->options.minor : 0};
    char kids[HUB_KIDS_ROOM];
    int len = snprintf(out->topic, sizeof out->topic, "v%u/STATE/%s/" ESS_CLOUD_GROUP,
                       (unsigned)major, core->application);
    if (len < 0 || (size_t)len >= sizeof out->topic)
        return ESS_E_TOO_LARGE;
    ess_sid_print(core->sid, word.sid);
    if (on)
        word.enc = ess_pack_announced(core->pack);
    if (on)
        word.kids = (ess_slice){kids, hub_signing_print_kids(&core->signing, kids)};
    return ess_presence_print(&word, core_now(core).utc_ms, out->payload, sizeof out->payload,
                              &out->len);
}

ess_err hub_core_will(const hub_core *core, char *topic, char *payload, size_t payload_size,
                      size_t *payload_len)
{
    own_word word;
    TRY(print_own(core, core->options.majors.at[0], false, &word));
    if (word.len > payload_size)
        return ESS_E_NO_ROOM;
    memcpy(topic, word.topic, strlen(word.topic) + 1);
    memcpy(payload, word.payload, word.len);
    *payload_len = word.len;
    return ESS_OK;
}

static void say_presence(hub_core *core, bool on)
{
    own_word word;
    for (uint8_t i = 0; i < core->options.majors.count; i++) {
        ess_err err = print_own(core, core->options.majors.at[i], on, &word);
        if (err == ESS_OK)
            err = core_publish(core, word.topic, (ess_slice){word.payload, word.len}, true);
        if (err != ESS_OK)
            port_log(PORT_WARN, "the hub's own presence could not be published err=%d", (int)err);
    }
}

void hub_core_on_line(hub_core *core, bool up)
{
    core->line_up = up;
    if (up)
        say_presence(core, true); /* [PRE-01] after the subscriptions stand */
    else
        core_all_offline(core);
}

void hub_core_farewell(hub_core *core)
{
    core_commit(core);
    if (core->line_up)
        say_presence(core, false);
}

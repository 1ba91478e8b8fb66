#include "check/sequence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/findings.h"
#include "ess/dispatch.h"
#include "json/walk.h"

#define ANSWER_MS      1000 /* after exp, for the answer to one that came in time */
#define NAME_MAX_BYTES 256  /* of a group; longer ones are cut and may be taken for one */

typedef struct report_seen {
    uint64_t n, content;
} report_seen;

/* All numbers of one sid of a group. */
typedef struct series {
    char group[NAME_MAX_BYTES];
    char sid[ESS_SID_LEN + 1];
    report_seen *seen; /* sorted by n */
    size_t count, room;
    ess_range *lost; /* told by gap events */
    size_t lost_count, lost_room;
} series;

typedef struct life {
    char group[NAME_MAX_BYTES];
    char sid[ESS_SID_LEN + 1]; /* newest announced */
    bool on;
} life;

typedef struct order {
    char code[ESS_CODE_MAX + 1];
    char path[NAME_MAX_BYTES + ESS_NS_MAX + 2]; /* group and object */
    uint64_t content;                           /* of op, arguments, exp */
    int64_t exp_utc_ms;
    bool asked, answered; /* a CMD, an ACK was seen */
    ess_stage stage;      /* the furthest */
    uint64_t answer;      /* content of the final ACK */
} order;

struct sequence {
    series *series;
    size_t series_count, series_room;
    life *lives;
    size_t life_count, life_room;
    order *orders;
    size_t order_count, order_room;
    int64_t now_utc_ms;
};

/* Room for one more row of a growing table, zeroed; NULL: no memory, and nothing changed. table:
 * where the pointer to its rows lies. */
static void *one_more(void *table, size_t *count, size_t *room, size_t row_size)
{
    char *rows;
    memcpy(&rows, table, sizeof rows);
    if (*count == *room) {
        size_t more = *room == 0 ? 16 : *room * 2;
        rows = realloc(rows, more * row_size);
        if (rows == NULL)
            return NULL;
        memcpy(table, &rows, sizeof rows);
        *room = more;
    }
    void *row = rows + *count * row_size;
    memset(row, 0, row_size);
    (*count)++;
    return row;
}

static void copy_text(ess_slice text, char *room, size_t room_size)
{
    size_t len = text.len < room_size ? text.len : room_size - 1;
    if (len > 0)
        memcpy(room, text.ptr, len);
    room[len] = '\0';
}

sequence *sequence_new(void)
{
    return calloc(1, sizeof(sequence));
}

void sequence_free(sequence *s)
{
    for (size_t i = 0; s != NULL && i < s->series_count; i++) {
        free(s->series[i].seen);
        free(s->series[i].lost);
    }
    if (s != NULL) {
        free(s->series);
        free(s->lives);
        free(s->orders);
    }
    free(s);
}

/* ---- numbers of reports */

static series *series_of(sequence *s, ess_slice group, const char *sid, bool make)
{
    char name[NAME_MAX_BYTES];
    copy_text(group, name, sizeof name);
    for (size_t i = s->series_count; i > 0; i--) {
        series *one = &s->series[i - 1];
        if (strcmp(one->sid, sid) == 0 && strcmp(one->group, name) == 0)
            return one;
    }
    series *made =
        make ? one_more(&s->series, &s->series_count, &s->series_room, sizeof *made) : NULL;
    if (made != NULL) {
        memcpy(made->group, name, sizeof name);
        (void)snprintf(made->sid, sizeof made->sid, "%s", sid);
    }
    return made;
}

/* Where n is, or would be put. */
static size_t place_of(const series *one, uint64_t n)
{
    size_t low = 0;
    size_t high = one->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (one->seen[middle].n < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_seen(series *one, size_t place, uint64_t n, uint64_t content)
{
    if (one_more(&one->seen, &one->count, &one->room, sizeof *one->seen) == NULL)
        return;
    memmove(one->seen + place + 1, one->seen + place, (one->count - 1 - place) * sizeof *one->seen);
    one->seen[place] = (report_seen){n, content};
}

void sequence_report(sequence *s, const check_message *message, uint64_t n, uint64_t content,
                     check_findings *out)
{
    series *one = series_of(s, message->topic.group, message->code.sid, true);
    if (one == NULL)
        return;
    size_t place = place_of(one, n);
    if (place < one->count && one->seen[place].n == n) {
        if (one->seen[place].content != content)
            check_add(out, CHECK_N_REUSED, "%s-%" PRIu64, one->sid, n);
        return;
    }
    if (place < one->count && message->topic.type == ESS_DATA)
        check_add(out, CHECK_N_BACK, "%" PRIu64 " < %" PRIu64, n, one->seen[one->count - 1].n);
    add_seen(one, place, n, content);
}

static bool read_range(ess_slice raw, ess_range *out)
{
    walk ends;
    ess_slice end;
    ess_json_token token;
    int64_t n[2];
    walk_begin(&ends, raw);
    for (size_t i = 0; i < 2; i++) {
        if (!walk_next(&ends, NULL, &end) || !walk_token(end, &token) ||
            ess_json_integer(&token, &n[i]) != ESS_OK || n[i] < 1)
            return false;
    }
    *out = (ess_range){(uint64_t)n[0], (uint64_t)n[1]};
    return true;
}

/* [DLV-07] {"event":"gap","sid":...,"lost":[[a,b],...]}. */
static void note_gap(sequence *s, const check_message *message)
{
    char sid[ESS_SID_LEN + 1];
    walk ranges;
    ess_range range;
    ess_slice lost;
    ess_slice raw;
    if (!walk_member(message->envelope.d, "lost", &lost))
        return;
    if (!walk_text(message->envelope.d, "sid", sid, sizeof sid))
        memcpy(sid, message->code.sid, sizeof sid);
    series *one = series_of(s, message->topic.group, sid, true);
    walk_begin(&ranges, lost);
    while (one != NULL && walk_next(&ranges, NULL, &raw) && read_range(raw, &range)) {
        ess_range *row = one_more(&one->lost, &one->lost_count, &one->lost_room, sizeof *row);
        if (row == NULL)
            return;
        *row = range;
    }
}

/* [DLV-04] A receipt follows the commit, and the commit the report. What came before the capture
 * began is not known: only numbers from the first one seen are asked for. */
static void take_receipt(sequence *s, const check_message *message, check_findings *out)
{
    const ess_receipt *receipt = &message->receipt;
    const series *one = series_of(s, message->topic.group, receipt->sid, false);
    for (uint8_t i = 0; i < receipt->no_count; i++)
        check_add(out, CHECK_RECEIPT_REFUSES, "%s-%" PRIu64 " %s", receipt->sid, receipt->no[i].n,
                  receipt->no[i].rule);
    if (one == NULL || one->count == 0)
        return;
    for (uint8_t i = 0; i < receipt->ok.count; i++) {
        uint64_t first = receipt->ok.at[i].first;
        uint64_t last = receipt->ok.at[i].last;
        first = first > one->seen[0].n ? first : one->seen[0].n;
        size_t place = place_of(one, first);
        while (first <= last && place < one->count && one->seen[place].n == first) {
            place++;
            first++;
        }
        if (first <= last)
            check_add(out, CHECK_RECEIPT_EARLY, "%s-%" PRIu64, receipt->sid, first);
    }
}

/* ---- lives */

static life *life_of(sequence *s, ess_slice group, bool make)
{
    char name[NAME_MAX_BYTES];
    copy_text(group, name, sizeof name);
    for (size_t i = 0; i < s->life_count; i++) {
        if (strcmp(s->lives[i].group, name) == 0)
            return &s->lives[i];
    }
    life *made = make ? one_more(&s->lives, &s->life_count, &s->life_room, sizeof *made) : NULL;
    if (made != NULL)
        memcpy(made->group, name, sizeof name);
    return made;
}

static void take_presence(sequence *s, const check_message *message, check_findings *out)
{
    const ess_presence_word *word = &message->presence;
    life *one = life_of(s, message->topic.group, true);
    if (one == NULL)
        return;
    int age = strcmp(word->sid, one->sid); /* text order is age order */
    if (age < 0 && word->on)
        check_add(out, CHECK_SID_BACK, "%s < %s", word->sid, one->sid);
    if (age < 0)
        return; /* [PRE-03] the word of an earlier life says nothing */
    memcpy(one->sid, word->sid, sizeof one->sid);
    one->on = word->on;
}

static void take_report(sequence *s, const check_message *message, check_findings *out)
{
    const life *one = life_of(s, message->topic.group, false);
    if (message->topic.type == ESS_EVENT)
        note_gap(s, message);
    if (one == NULL || message->from.retained)
        return; /* a retained one may be older than all that was seen */
    if (strcmp(message->code.sid, one->sid) > 0)
        check_add(out, CHECK_SID_UNANNOUNCED, "%s", message->code.sid);
    else if (!one->on)
        check_add(out, CHECK_AFTER_DEATH, "%s", message->code.sid);
}

/* ---- commands */

uint64_t check_hash(uint64_t hash, ess_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (uint8_t)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    return (hash ^ 0xFF) * UINT64_C(0x100000001b3);
}

static order *order_of(sequence *s, ess_slice code)
{
    for (size_t i = s->order_count; i > 0; i--) {
        if (ess_slice_is(code, s->orders[i - 1].code))
            return &s->orders[i - 1];
    }
    order *made = one_more(&s->orders, &s->order_count, &s->order_room, sizeof *made);
    if (made != NULL) {
        copy_text(code, made->code, sizeof made->code);
        made->stage = ESS_STAGE_CREATED;
    }
    return made;
}

static void path_of(const check_message *message, char *room, size_t room_size)
{
    (void)snprintf(room, room_size, "%.*s/%s", (int)message->topic.group.len,
                   message->topic.group.ptr, message->path);
}

static void take_command(sequence *s, const check_message *message, check_findings *out)
{
    const ess_command *command = &message->command;
    order *one = order_of(s, command->code);
    uint64_t content =
        check_hash(check_hash((uint64_t)command->exp_utc_ms, command->op), command->args);
    if (one == NULL)
        return;
    if (one->asked && one->content != content)
        check_add(out, CHECK_CMD_CHANGED, "%s", one->code);
    if (one->asked)
        return;
    one->asked = true;
    one->content = content;
    one->exp_utc_ms = command->exp_utc_ms;
    path_of(message, one->path, sizeof one->path);
}

/* What the answers of one command show against each other. */
static void judge_stage(order *one, const ess_ack *ack, uint64_t content, check_findings *out)
{
    const char *old = ess_stage_name(one->stage);
    const char *new = ess_stage_name(ack->stage);
    bool over = ess_stage_is_final(one->stage);
    if (over && ack->stage == one->stage && one->answer != content)
        check_add(out, CHECK_FINAL_CHANGED, "%s %s", one->code, new);
    else if (over && ess_stage_is_final(ack->stage) && ack->stage != one->stage)
        check_add(out, CHECK_FINAL_TWICE, "%s %s, %s", one->code, old, new);
    else if (ack->stage < one->stage)
        check_add(out, CHECK_STAGE_BACK, "%s %s, %s", one->code, old, new);
    if (over || ack->stage <= one->stage)
        return;
    one->stage = ack->stage;
    one->answer = content;
}

static void take_ack(sequence *s, const check_message *message, check_findings *out)
{
    const ess_ack *ack = &message->ack;
    char path[sizeof s->orders->path];
    order *one = order_of(s, ack->code);
    if (one == NULL)
        return;
    bool tried = ack->stage == ESS_STAGE_ACCEPTED || ack->stage == ESS_STAGE_EXECUTING;
    bool first = !one->answered;
    uint64_t content = check_hash(check_hash((uint64_t)ack->result, ack->read_back), ack->why);
    path_of(message, path, sizeof path);
    if (!one->asked && first)
        check_add(out, CHECK_ACK_UNASKED, "%s", one->code);
    if (one->asked && strcmp(path, one->path) != 0)
        check_add(out, CHECK_ACK_ELSEWHERE, "%s, %s", one->path, path);
    if (one->asked && first && tried && message->envelope.t_utc_ms > one->exp_utc_ms + ANSWER_MS)
        check_add(out, CHECK_TRIED_LATE, "%s %" PRId64 " ms", one->code,
                  message->envelope.t_utc_ms - one->exp_utc_ms);
    one->answered = true;
    judge_stage(one, ack, content, out);
}

void sequence_next(sequence *s, const check_message *message, int64_t now_utc_ms,
                   check_findings *out)
{
    static void (*const takers[ESS_MESSAGE_TYPE_COUNT])(sequence *, const check_message *,
                                                        check_findings *) = {
        [ESS_STATE] = take_presence, [ESS_DATA] = take_report,  [ESS_HIST] = take_report,
        [ESS_PARAM] = take_report,   [ESS_EVENT] = take_report, [ESS_RSP] = take_receipt,
        [ESS_CMD] = take_command,    [ESS_ACK] = take_ack};
    s->now_utc_ms = now_utc_ms > s->now_utc_ms ? now_utc_ms : s->now_utc_ms;
    if (takers[message->topic.type] != NULL)
        takers[message->topic.type](s, message, out);
}

/* ---- the end */

static bool is_lost(const series *one, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < one->lost_count; i++) {
        if (one->lost[i].first <= first && last <= one->lost[i].last)
            return true;
    }
    return false;
}

static void end_series(const series *one, check_findings *out)
{
    for (size_t i = 1; i < one->count; i++) {
        uint64_t first = one->seen[i - 1].n + 1;
        uint64_t last = one->seen[i].n - 1;
        if (first <= last && !is_lost(one, first, last))
            check_add(out, CHECK_N_MISSING, "%.40s %s-%" PRIu64 "..%" PRIu64, one->group, one->sid,
                      first, last);
    }
}

void sequence_end(sequence *s, check_findings *out)
{
    for (size_t i = 0; i < s->series_count; i++)
        end_series(&s->series[i], out);
    for (size_t i = 0; i < s->order_count; i++) {
        const order *one = &s->orders[i];
        if (one->asked && !ess_stage_is_final(one->stage) &&
            s->now_utc_ms > one->exp_utc_ms + ESS_DISPATCH_GRACE_MS)
            check_add(out, CHECK_NO_FINAL, "%s %s", one->code, ess_stage_name(one->stage));
    }
}

/* The device's sending end: a ring of what the outbox holds, oldest first.
 *
 * The ring is ordered by age (sid, then n), so a receipt is found by bisection and the outbox can
 * be trimmed up to the oldest entry that is not done. Choosing what to send walks the ring from
 * its oldest entry: at most `capacity` steps, and only when a count or a due time says that there
 * is something to find.
 */
#include "ess/sender.h"
#include "codec/try.h"

#include <string.h>

#define RECEIPT_MOST_MS 60000

void ess_sid_print(uint64_t sid, char room[static ESS_SID_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ESS_SID_LEN; i++)
        room[i] = digits[(sid >> (4 * (ESS_SID_LEN - 1 - i))) & 15];
    room[ESS_SID_LEN] = '\0';
}

ess_err ess_sid_parse(ess_slice text, uint64_t *out)
{
    uint64_t sid = 0;
    if (text.len != ESS_SID_LEN)
        return ESS_E_DATA;
    for (size_t i = 0; i < ESS_SID_LEN; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && !(c >= 'a' && c <= 'f'))
            return ESS_E_DATA;
        sid = sid << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *out = sid;
    return ESS_OK;
}

uint64_t ess_sid_make(uint32_t boot, uint32_t chance)
{
    return (uint64_t)boot << 32 | chance;
}

void ess_sender_init(ess_sender *sender, const ess_sender_options *options, ess_entry *ring,
                     size_t capacity, uint64_t sid)
{
    *sender = (ess_sender){.options = *options,
                           .ring = ring,
                           .capacity = capacity,
                           .sid = sid,
                           .next_n = 1,
                           .next_due_mono_ms = INT64_MAX};
    ess_peer_init(&sender->cloud, options->minor);
}

static size_t place(const ess_sender *sender, size_t age)
{
    size_t at = sender->head + age;
    return at < sender->capacity ? at : at - sender->capacity;
}

static ess_err append(ess_sender *sender, ess_entry entry)
{
    if (sender->count == sender->capacity)
        return ESS_E_NO_ROOM;
    sender->ring[place(sender, sender->count)] = entry;
    sender->count++;
    return ESS_OK;
}

ess_err ess_sender_restore(ess_sender *sender, uint64_t sid, uint64_t n, ess_message_type type,
                           uint64_t where, uint32_t size)
{
    return append(sender, (ess_entry){.sid = sid,
                                      .n = n,
                                      .where = where,
                                      .size = size,
                                      .type = (uint8_t)type,
                                      .state = ESS_ENTRY_BACKLOG});
}

uint64_t ess_sender_next_n(const ess_sender *sender)
{
    return sender->next_n;
}

/* A report may go live when the line is up and the cloud has not said that it is away. */
static bool is_live_possible(const ess_sender *sender)
{
    return sender->line_up && (!sender->cloud_known || sender->cloud_on);
}

ess_err ess_sender_stored(ess_sender *sender, ess_message_type type, uint64_t where, uint32_t size)
{
    bool live = is_live_possible(sender) && sender->live_sent < sender->options.live_window;
    TRY(append(sender, (ess_entry){.sid = sender->sid,
                                   .n = sender->next_n,
                                   .where = where,
                                   .size = size,
                                   .type = (uint8_t)type,
                                   .state = live ? ESS_ENTRY_LIVE : ESS_ENTRY_BACKLOG}));
    sender->next_n++;
    sender->live_waiting += live;
    return ESS_OK;
}

/* Live reports are on their first try; whatever was tried before went, or goes, as backfill. */
static size_t *sent_count_of(ess_sender *sender, const ess_entry *entry)
{
    return entry->tries <= 1 ? &sender->live_sent : &sender->backlog_sent;
}

static void set_state(ess_sender *sender, ess_entry *entry, ess_entry_state next)
{
    if (entry->state == ESS_ENTRY_SENT)
        (*sent_count_of(sender, entry))--;
    if (entry->state == ESS_ENTRY_LIVE)
        sender->live_waiting--;
    entry->state = (uint8_t)next;
}

static void drop_done(ess_sender *sender)
{
    while (sender->count > 0 && sender->ring[sender->head].state == ESS_ENTRY_DONE) {
        sender->head = place(sender, 1);
        sender->count--;
    }
}

ess_err ess_sender_drop_oldest(ess_sender *sender, ess_entry *lost)
{
    if (sender->count == 0)
        return ESS_E_NOT_FOUND;
    ess_entry *oldest = &sender->ring[sender->head];
    *lost = *oldest;
    set_state(sender, oldest, ESS_ENTRY_DONE);
    drop_done(sender);
    return ESS_OK;
}

/* What is in that state becomes backlog. */
static void to_backlog(ess_sender *sender, ess_entry_state from)
{
    for (size_t age = 0; age < sender->count; age++) {
        ess_entry *entry = &sender->ring[place(sender, age)];
        if (entry->state == from)
            set_state(sender, entry, ESS_ENTRY_BACKLOG);
    }
}

void ess_sender_line(ess_sender *sender, bool up)
{
    if (sender->line_up == up)
        return;
    sender->line_up = up;
    sender->cloud_known = false; /* its retained word comes anew with each connection */
    ess_peer_forget(&sender->cloud);
    if (!up) {
        to_backlog(sender, ESS_ENTRY_SENT);
        to_backlog(sender, ESS_ENTRY_LIVE);
    }
}

void ess_sender_cloud(ess_sender *sender, const ess_presence_word *word)
{
    uint64_t sid;
    if (ess_sid_parse(ess_slice_from(word->sid), &sid) != ESS_OK)
        return;
    /* [PRE-03] The word of an earlier life says nothing about this one. */
    if (sid < sender->cloud_sid)
        return;
    sender->cloud_sid = sid;
    sender->cloud_known = true;
    sender->cloud_on = word->on;
    ess_peer_hear(&sender->cloud, word);
    /* [DLV-10] Each word means that the cloud has subscribed, or gone: what was sent before may
     * have reached nobody, also when its life is the same. What it did commit it drops. */
    to_backlog(sender, ESS_ENTRY_SENT);
    if (!word->on)
        to_backlog(sender, ESS_ENTRY_LIVE);
}

/* Age of the entry (sid, n), or of the first one behind it. */
static size_t find(const ess_sender *sender, uint64_t sid, uint64_t n)
{
    size_t low = 0, high = sender->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const ess_entry *entry = &sender->ring[place(sender, middle)];
        if (entry->sid < sid || (entry->sid == sid && entry->n < n))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ess_sender_has(const ess_sender *sender, uint64_t sid, uint64_t n)
{
    size_t age = find(sender, sid, n);
    const ess_entry *entry = &sender->ring[place(sender, age)];
    return age < sender->count && entry->sid == sid && entry->n == n &&
           entry->state != ESS_ENTRY_DONE;
}

static size_t finish(ess_sender *sender, uint64_t sid, ess_range range)
{
    size_t done = 0;
    for (size_t age = find(sender, sid, range.first); age < sender->count; age++) {
        ess_entry *entry = &sender->ring[place(sender, age)];
        if (entry->sid != sid || entry->n > range.last)
            break;
        if (entry->state != ESS_ENTRY_DONE) {
            set_state(sender, entry, ESS_ENTRY_DONE);
            done++;
        }
    }
    return done;
}

/* Enough of t to tell messages apart; never 0. */
static uint32_t short_t(int64_t t_utc_ms)
{
    uint32_t low = (uint32_t)t_utc_ms;
    return low == 0 ? 1 : low;
}

/* [DLV-60] A refusal of an earlier message, late on its way or said twice, says nothing of the one
 * sent since: taken for it, a good report would be given up. */
static bool is_stale(const ess_entry *entry, const ess_refused *no)
{
    return no->t_utc_ms != 0 && entry->sent_t != 0 && entry->sent_t != short_t(no->t_utc_ms);
}

/* The message that began with this entry was refused. The other rows of a batch are the next that
 * went in the same one; one too many among them costs a message, nothing else. */
static size_t refuse(ess_sender *sender, uint64_t sid, const ess_refused *no)
{
    size_t age = find(sender, sid, no->n);
    const ess_entry *first = &sender->ring[place(sender, age)];
    bool counts = ess_sender_has(sender, sid, no->n) && !is_stale(first, no);
    uint8_t left = counts ? first->rows : 0;
    uint32_t sent_t = first->sent_t;

    if (left == 1)
        return finish(sender, sid, (ess_range){no->n, no->n});
    for (; left > 0 && age < sender->count; age++) {
        ess_entry *entry = &sender->ring[place(sender, age)];
        if (entry->state == ESS_ENTRY_DONE || entry->rows < 2 || entry->sid != sid ||
            entry->sent_t != sent_t)
            continue;
        set_state(sender, entry, ESS_ENTRY_ALONE);
        left--;
    }
    return 0;
}

void ess_sender_receipt(ess_sender *sender, const ess_receipt *receipt, size_t *done)
{
    uint64_t sid;
    *done = 0;
    if (ess_sid_parse(ess_slice_from(receipt->sid), &sid) != ESS_OK)
        return;
    for (uint8_t i = 0; i < receipt->ok.count; i++)
        *done += finish(sender, sid, receipt->ok.at[i]);
    for (uint8_t i = 0; i < receipt->no_count; i++)
        *done += refuse(sender, sid, &receipt->no[i]);
    sender->slow = receipt->slow;
    drop_done(sender);
}

uint64_t ess_sender_first_kept(const ess_sender *sender, uint64_t next_where)
{
    return sender->count > 0 ? sender->ring[sender->head].where : next_where;
}

/* What was sent and not receipted in time goes again. */
static void give_up_waiting(ess_sender *sender, int64_t now_mono_ms)
{
    if (now_mono_ms < sender->next_due_mono_ms)
        return;
    sender->next_due_mono_ms = INT64_MAX;
    for (size_t age = 0; age < sender->count; age++) {
        ess_entry *entry = &sender->ring[place(sender, age)];
        if (entry->state != ESS_ENTRY_SENT)
            continue;
        if (entry->due_mono_ms <= now_mono_ms)
            set_state(sender, entry, ESS_ENTRY_BACKLOG);
        else if (entry->due_mono_ms < sender->next_due_mono_ms)
            sender->next_due_mono_ms = entry->due_mono_ms;
    }
}

static void one(ess_send *send, ess_send_how how, const ess_entry *entry, size_t at)
{
    send->how = how;
    send->type = (ess_message_type)entry->type;
    send->sid = entry->sid;
    send->count = 1;
    send->entry[0] = at;
}

static bool find_live(const ess_sender *sender, ess_send *send)
{
    for (size_t age = 0; sender->live_waiting > 0 && age < sender->count; age++) {
        size_t at = place(sender, age);
        if (sender->ring[at].state == ESS_ENTRY_LIVE) {
            one(send, ESS_SEND_LIVE, &sender->ring[at], at);
            return true;
        }
    }
    return false;
}

/* The oldest backlog, and what follows it of the same sid and kind, up to a batch. */
static void gather_backlog(const ess_sender *sender, ess_send *send)
{
    size_t bytes = 0;
    size_t free = sender->options.backlog_window - sender->backlog_sent;
    for (size_t age = 0; age < sender->count; age++) {
        size_t at = place(sender, age);
        const ess_entry *entry = &sender->ring[at];
        bool alone = entry->state == ESS_ENTRY_ALONE || entry->type != ESS_DATA;
        if (entry->state != ESS_ENTRY_BACKLOG && entry->state != ESS_ENTRY_ALONE)
            continue;
        if (send->count == 0) {
            one(send, entry->type == ESS_DATA ? ESS_SEND_BATCH : ESS_SEND_AGAIN, entry, at);
            bytes = entry->size;
            if (alone)
                return;
            continue;
        }
        if (alone || entry->sid != send->sid)
            return;
        bytes += entry->size;
        if (send->count == ESS_BATCH_MAX || send->count == free ||
            bytes > sender->options.batch_bytes)
            return;
        send->entry[send->count++] = at;
    }
}

void ess_sender_next(ess_sender *sender, int64_t now_mono_ms, ess_send *send)
{
    *send = (ess_send){.how = ESS_SEND_NOTHING};
    if (!is_live_possible(sender))
        return;
    give_up_waiting(sender, now_mono_ms);
    if (find_live(sender, send)) /* [DLV-06] live first */
        return;
    if (sender->backlog_sent < sender->options.backlog_window)
        gather_backlog(sender, send);
}

static int64_t patience_ms(const ess_sender *sender, uint8_t tries)
{
    int64_t wait_ms = sender->options.receipt_ms;
    for (uint8_t i = 1; i < tries && wait_ms < RECEIPT_MOST_MS; i++)
        wait_ms *= 2;
    return wait_ms < RECEIPT_MOST_MS ? wait_ms : RECEIPT_MOST_MS;
}

void ess_sender_sent(ess_sender *sender, const ess_send *send, int64_t now_mono_ms)
{
    for (size_t i = 0; i < send->count; i++) {
        ess_entry *entry = &sender->ring[send->entry[i]];
        uint8_t least = send->how == ESS_SEND_LIVE ? 1 : 2;
        entry->tries = entry->tries < UINT8_MAX ? (uint8_t)(entry->tries + 1) : UINT8_MAX;
        if (entry->tries < least)
            entry->tries = least; /* never live: counts as backfill */
        entry->rows = (uint8_t)send->count;
        entry->sent_t = send->t_utc_ms == 0 ? 0 : short_t(send->t_utc_ms);
        entry->due_mono_ms = now_mono_ms + patience_ms(sender, entry->tries);
        if (entry->due_mono_ms < sender->next_due_mono_ms)
            sender->next_due_mono_ms = entry->due_mono_ms;
        set_state(sender, entry, ESS_ENTRY_SENT);
        (*sent_count_of(sender, entry))++;
    }
}

int64_t ess_sender_wake(const ess_sender *sender)
{
    return is_live_possible(sender) ? sender->next_due_mono_ms : INT64_MAX;
}


size_t ess_sender_waiting(const ess_sender *sender)
{
    size_t waiting = 0;
    for (size_t age = 0; age < sender->count; age++)
        waiting += sender->ring[place(sender, age)].state != ESS_ENTRY_DONE;
    return waiting;
}

/* The sender under any order of words: two bytes are one of them. Beside it the list of what was
 * stored says what must hold: nothing that ended is sent again, nothing else is forgotten, and
 * once line and cloud stand and receipts come, all that is left ends. */
#include <stdlib.h>
#include <string.h>

#include "ess/sender.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

enum { RING = 16, STORED_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct plant {
    ess_entry ring[RING];
    ess_sender sender;
    bool ended[STORED_MAX]; /* by n; receipted, given up, or refused alone */
    uint64_t stored;        /* n of the newest */
    int64_t now;
    size_t waiting;
    ess_send last;
} plant;

static const uint64_t sid = UINT64_C(0x0000000200000abc);

static void end_one(plant *p, uint64_t n)
{
    EXPECT(n >= 1 && n <= p->stored);
    EXPECT(!p->ended[n - 1] && p->waiting > 0);
    p->ended[n - 1] = true;
    p->waiting--;
}

static void store(plant *p, uint8_t how)
{
    static const ess_message_type types[] = {ESS_DATA, ESS_DATA, ESS_PARAM, ESS_EVENT};
    uint64_t n = ess_sender_next_n(&p->sender);

    if (p->stored == STORED_MAX)
        return;
    EXPECT(n == p->stored + 1);
    ess_err err = ess_sender_stored(&p->sender, types[how % 4], n * 10, 50U + how);
    if (err == ESS_E_NO_ROOM) {
        ess_entry lost;
        EXPECT(ess_sender_drop_oldest(&p->sender, &lost) == ESS_OK);
        if (lost.state != ESS_ENTRY_DONE)
            end_one(p, lost.n);
        return;
    }
    EXPECT(err == ESS_OK);
    p->stored = n;
    p->waiting++;
}

static void say_cloud(plant *p, uint8_t how)
{
    ess_presence_word word = {.on = (how & 1U) != 0};

    ess_sid_print(how >> 1, word.sid);
    ess_sender_cloud(&p->sender, &word);
}

/* What is sent has not ended and is not on its way already. */
static void look_at(plant *p, const ess_send *send)
{
    EXPECT(send->count <= ESS_BATCH_MAX && (send->how == ESS_SEND_NOTHING) == (send->count == 0));
    for (size_t i = 0; i < send->count; i++) {
        const ess_entry *entry = &p->ring[send->entry[i]];
        EXPECT(entry->sid == sid && entry->n >= 1 && entry->n <= p->stored);
        EXPECT(!p->ended[entry->n - 1] && entry->state != ESS_ENTRY_SENT);
        EXPECT(send->how == ESS_SEND_BATCH ? entry->type == ESS_DATA : send->count == 1);
        EXPECT(i == 0 || entry->n > p->ring[send->entry[i - 1]].n);
    }
}

static void send_next(plant *p, uint8_t how)
{
    ess_send twice;

    ess_sender_next(&p->sender, p->now, &p->last);
    ess_sender_next(&p->sender, p->now, &twice);
    EXPECT(p->last.how == twice.how && p->last.count == twice.count);
    look_at(p, &p->last);
    if (p->last.count > 0 && how % 4 != 0) /* else the line was full */
        ess_sender_sent(&p->sender, &p->last, p->now);
}

static void give_receipt(plant *p, uint64_t first, uint64_t last, bool refused)
{
    ess_receipt receipt = {.slow = 1};
    bool was[STORED_MAX];
    size_t done = 0;

    for (uint64_t n = 1; n <= p->stored; n++)
        was[n - 1] = ess_sender_has(&p->sender, sid, n);
    ess_sid_print(sid, receipt.sid);
    if (refused)
        receipt.no[receipt.no_count++] = (ess_refused){.n = first, .rule = "ENV-01"};
    else
        EXPECT(ess_ranges_add(&receipt.ok, first, last) == ESS_OK);
    ess_sender_receipt(&p->sender, &receipt, &done);
    for (uint64_t n = 1; n <= p->stored; n++) {
        bool has = ess_sender_has(&p->sender, sid, n);
        EXPECT(!has || was[n - 1]);
        if (!refused && n >= first && n <= last)
            EXPECT(!has);
        if (was[n - 1] && !has) {
            EXPECT(done > 0 && n >= first && n <= last);
            end_one(p, n);
            done--;
        }
    }
    EXPECT(done == 0);
}

static void step(plant *p, uint8_t what, uint8_t how)
{
    switch (what % 8) {
    case 0:
    case 1:
        store(p, how);
        break;
    case 2:
        ess_sender_line(&p->sender, how % 4 != 0);
        break;
    case 3:
        say_cloud(p, how);
        break;
    case 4:
        send_next(p, how);
        break;
    case 5:
        give_receipt(p, 1 + how % 64U, 1 + how % 64U + how / 64U, false);
        break;
    case 6:
        give_receipt(p, 1 + how % 64U, 1 + how % 64U, true);
        break;
    default:
        p->now += 1 + (int64_t)how * how;
    }
}

/* Line and cloud stand, everything is receipted: all must end, in no more than two messages each.
 */
static void finish(plant *p)
{
    ess_presence_word word = {.on = true};

    ess_sid_print(UINT64_C(1) << 32, word.sid);
    ess_sender_line(&p->sender, true);
    ess_sender_cloud(&p->sender, &word);
    for (size_t i = 0; p->waiting > 0; i++) {
        EXPECT(i < 4 * RING);
        ess_sender_next(&p->sender, p->now, &p->last);
        look_at(p, &p->last);
        EXPECT(p->last.count > 0);
        ess_sender_sent(&p->sender, &p->last, p->now);
        for (size_t k = 0; k < p->last.count; k++) {
            uint64_t n = p->ring[p->last.entry[k]].n;
            give_receipt(p, n, n, false);
        }
    }
    ess_sender_next(&p->sender, p->now, &p->last);
    EXPECT(p->last.how == ESS_SEND_NOTHING && ess_sender_wake(&p->sender) >= p->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static plant p;
    ess_sender_options options = {
        .receipt_ms = 1000, .batch_bytes = 400, .backlog_window = 4, .live_window = 3};

    memset(&p, 0, sizeof p);
    ess_sender_init(&p.sender, &options, p.ring, RING, sid);
    for (size_t i = 0; i + 1 < size && i < 4096; i += 2) {
        step(&p, data[i], data[i + 1]);
        EXPECT(ess_sender_waiting(&p.sender) == p.waiting);
    }
    finish(&p);
    return 0;
}

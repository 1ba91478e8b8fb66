/* The device's sending end: which stored report goes out, when, and by which way.
 *
 * Every report is in the outbox before this machine hears of it. It leaves only by a receipt of
 * the cloud [DLV-05]; neither PUBACK nor time removes it. Live first; what was not receipted in
 * time, or was stored while the line was down, goes as backfill, oldest first [DLV-06].
 *
 *   entry:   LIVE ----sent----> SENT --receipt--> (gone)
 *              \                 | ^
 *               \ line down      | | sent (batch)
 *                `-> BACKLOG <---' |   line down, cloud reborn, or no receipt in time
 *                       `----------'
 *
 * A message is refused whole, so one bad row would take its batch with it. What was refused in a
 * batch therefore goes once more ALONE, and only what is refused alone is given up.
 *
 * Time and words in, "send this" out; no I/O, no allocation: the caller hands the room in.
 */
#ifndef ESS_SENDER_H
#define ESS_SENDER_H

#include "ess/message.h"
#include "ess/peer.h"
#include "ess/words.h"

ESS_BEGIN_C

#define ESS_BATCH_MAX 64 /* reports in one backfill message */

typedef enum ess_entry_state {
    ESS_ENTRY_LIVE,    /* to be sent on its own flow now. Next: SENT, BACKLOG (line down) */
    ESS_ENTRY_BACKLOG, /* to be sent as backfill. Next: SENT */
    ESS_ENTRY_SENT,    /* waits for the receipt. Next: DONE, BACKLOG (no receipt when due), ALONE */
    ESS_ENTRY_ALONE,   /* backfill that was refused together with others. Next: SENT */
    ESS_ENTRY_DONE     /* receipted or refused for good; leaves when it is the oldest */
} ess_entry_state;

/* A stored report. May be read (to find the record to send); written by the sender alone. */
typedef struct ess_entry {
    uint64_t sid; /* the 16 hex digits as a number */
    uint64_t n;
    uint64_t where;      /* record number in the outbox's log */
    int64_t due_mono_ms; /* SENT: when to give up waiting */
    uint32_t size;       /* bytes of its record, for sizing batches */
    uint8_t type;        /* ess_message_type it was made for: DATA, PARAM, EVENT */
    uint8_t state;       /* ess_entry_state */
    uint8_t tries;       /* 1: went live only */
    uint8_t rows;        /* how many its last message held; 0: it was not sent in this life */
    uint32_t sent_t;     /* low bits of the t its last message was sent with; 0: not known */
} ess_entry;

typedef struct ess_sender_options {
    uint32_t receipt_ms;     /* how long to wait for a receipt at first; doubles to 60 s */
    uint32_t batch_bytes;    /* aim of a backfill message */
    uint32_t backlog_window; /* backfilled reports that may wait for receipts at a time */
    uint32_t live_window;    /* live reports that may; beyond it new ones wait as backlog */
    uint16_t minor;          /* of the protocol, as this device announces it [VER-02] */
} ess_sender_options;

/* slow (what the last receipt asked for), line_up, cloud_on and cloud may be read; all else is
 * private. */
typedef struct ess_sender {
    ess_sender_options options;
    ess_entry *ring;
    size_t capacity, head, count;   /* head: oldest */
    uint64_t sid, next_n;           /* of this session */
    size_t live_sent, backlog_sent; /* entries SENT, by the way they went */
    size_t live_waiting;            /* entries LIVE */
    int64_t next_due_mono_ms;       /* none SENT is due before; INT64_MAX: none */
    uint64_t cloud_sid;
    ess_peer cloud; /* what may be said to it: asked with ess_peer_may */
    bool line_up, cloud_known, cloud_on;
    uint8_t slow;
} ess_sender;

/* At start. options are copied. ring: room for capacity (at least 1) entries, the caller's, for the
 * sender's life; need not be cleared. sid: this session's, see ess_sid_make. The line is down and
 * nothing is known of the cloud. */
void ess_sender_init(ess_sender *sender, const ess_sender_options *options, ess_entry *ring,
                     size_t capacity, uint64_t sid);

/* At start, before anything is stored: one report that the outbox still holds from earlier
 * sessions, oldest first (sid, then n, ascending: what is found later is found by this order).
 * where and size: as in ess_entry. It goes as backlog. Returns ESS_E_NO_ROOM when the ring is
 * full. */
ess_err ess_sender_restore(ess_sender *sender, uint64_t sid, uint64_t n, ess_message_type type,
                           uint64_t where, uint32_t size);

/* The number that the next report of this session must carry; from 1 [DLV-01]. */
uint64_t ess_sender_next_n(const ess_sender *sender);

/* The report with that number is durable in the outbox [DLV-11], as record `where` of size bytes;
 * record numbers only grow. type: DATA, PARAM or EVENT.
 * Returns ESS_E_NO_ROOM when the ring is full, the number is not used up then: make room with
 * ess_sender_drop_oldest before the report is written. */
ess_err ess_sender_stored(ess_sender *sender, ess_message_type type, uint64_t where, uint32_t size);

/* Makes room by giving up the oldest entry; *lost tells which, so that a gap can be reported
 * [DLV-07]. Returns ESS_E_NOT_FOUND when there is none. */
ess_err ess_sender_drop_oldest(ess_sender *sender, ess_entry *lost);

/* The connection stands, or is lost: what was live or waited for a receipt becomes backlog. Said
 * twice it changes nothing. Cost: linear in the ring. */
void ess_sender_line(ess_sender *sender, bool up);

/* Word of the cloud's presence, each time one arrives. It is given when the cloud has subscribed
 * anew, so everything sent before is sent again at once [DLV-10]. One with an older sid than the
 * last is ignored [PRE-03]. Until one comes the cloud is taken to be there; one that says that it
 * is not holds everything back. Cost: linear in the ring. */
void ess_sender_cloud(ess_sender *sender, const ess_presence_word *word);

/* Reports end by it [DLV-05]. *done: how many. Of a batch that was refused none ends: each goes
 * once more, alone, and ends when it is refused alone. What it names and the ring does not hold is
 * passed over. Cost: linear in the ring at most. */
void ess_sender_receipt(ess_sender *sender, const ess_receipt *receipt, size_t *done);

/* Records of the outbox's log below this number are needed no more. next_where: the number that the
 * next record will get; returned when no report is kept. */
uint64_t ess_sender_first_kept(const ess_sender *sender, uint64_t next_where);

/* One thing to send: entries of one sid; how tells by which way. */
typedef enum ess_send_how {
    ESS_SEND_NOTHING,
    ESS_SEND_LIVE,  /* one report, on its own flow */
    ESS_SEND_AGAIN, /* one PARAM or EVENT, on its own flow, once more */
    ESS_SEND_BATCH  /* DATA reports, as rows of one HIST message */
} ess_send_how;
typedef struct ess_send {
    ess_send_how how;
    int64_t t_utc_ms; /* the caller's: t of the message, before ess_sender_sent; 0: not known */
    ess_message_type type;
    uint64_t sid;
    size_t count;
    size_t entry[ESS_BATCH_MAX]; /* places in the ring: ring[entry[i]]; valid until any call but
                                    ess_sender_sent */
} ess_send;

/* What to send now: live first, then backlog, oldest first [DLV-06]; NOTHING when there is nothing,
 * the line is down, or a window is full. Asked again without ess_sender_sent it says the same.
 * Cost: linear in the ring, but constant when counts and due times tell that there is nothing. */
void ess_sender_next(ess_sender *sender, int64_t now_mono_ms, ess_send *send);

/* It was handed to the line. If it was not (line full), do not call and ask again later. send: as
 * ess_sender_next gave it, no other call in between. */
void ess_sender_sent(ess_sender *sender, const ess_send *send, int64_t now_mono_ms);

/* When ess_sender_next may have something new without a word from outside, or earlier; INT64_MAX:
 * never. */
int64_t ess_sender_wake(const ess_sender *sender);

/* True while the report waits for its receipt. Cost: a bisection. */
bool ess_sender_has(const ess_sender *sender, uint64_t sid, uint64_t n);

/* Reports not yet receipted. Cost: linear in the ring. */
size_t ess_sender_waiting(const ess_sender *sender);

/* A sid's 16 lower-case hex digits, NUL-terminated. */
void ess_sid_print(uint64_t sid, char room[ESS_AT_LEAST(ESS_SID_LEN + 1)]);

/* The number of exactly such digits. Returns ESS_E_DATA for any other text. */
ess_err ess_sid_parse(ess_slice text, uint64_t *out);

/* A new session's sid, of a boot counter that is durable before it is used, and chance: text order
 * is age order [PRE-04]. */
uint64_t ess_sid_make(uint32_t boot, uint32_t chance);

ESS_END_C

#endif

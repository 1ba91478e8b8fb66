/* Reports on disk until the cloud's receipt [DLV-05].
 *
 * A report is staged in memory, then all staged ones become durable in one sync; only then does
 * the sender hear of them [DLV-11]. What cannot be made durable stays staged and is tried again.
 * Receipts are written as records too, riding on the next sync: a restart then does not send
 * again what was receipted (and if it does, the cloud drops it by n).
 *
 * Records of the log, kind and payload (numbers little-endian, texts behind a 4-byte length):
 *   1 report  u8 layout 1, u8 message type, u64 sid, u64 n, i64 ts UTC ms, path, x, d
 *   2 done    u8 layout 1, u64 sid, then pairs u64 first, u64 last: receipted or given up
 */
#ifndef ESS_AGENT_OUTBOX_H
#define ESS_AGENT_OUTBOX_H

#include "ess/gaps.h"
#include "ess/sender.h"
#include "store/log.h"

typedef struct outbox outbox;

typedef struct outbox_options {
    const char *directory;
    const store_key *key;         /* borrowed until outbox_close */
    const port_file_calls *calls; /* NULL: the operating system's */
    uint32_t segment_bytes;
    size_t max_reports; /* the oldest give way beyond it, and a gap is reported [DLV-07] */
    ess_sender_options sender;
    uint64_t sid; /* of this session; greater than any before */
} outbox_options;

/* Opens the log and rebuilds the sender from it. ESS_E_CORRUPT when the log or a record of it
 * is damaged, else as store_log_open. */
ess_err outbox_open(const outbox_options *options, outbox **out);
/* Staged reports are lost: commit first. */
void outbox_close(outbox *box);
/* For sending and waking; lives as long as the outbox. */
ess_sender *outbox_sender(outbox *box);

typedef struct outbox_report {
    ess_message_type type; /* DATA, PARAM, EVENT */
    ess_slice path;        /* "unit[/component[/part]]"; empty: the group itself */
    int64_t ts_utc_ms;     /* when sampled */
    ess_slice d;           /* raw JSON object */
    ess_slice x;           /* raw JSON object; empty: none */
} outbox_report;

/* Copies the report. ESS_E_NO_ROOM when too much is staged, ESS_E_TOO_LARGE when it would be
 * beyond AGENT_RECORD_MAX. */
ess_err outbox_stage(outbox *box, const outbox_report *report);
/* True when a scan's next answer surely finds room. */
bool outbox_has_room(const outbox *box);
bool outbox_is_durable(const outbox *box);
/* Makes everything staged durable and tells the sender. On failure the rest stays staged. */
ess_err outbox_commit(outbox *box);

/* Notes the receipt and lets go of what it covers. */
void outbox_receipt(outbox *box, const ess_receipt *receipt);

typedef struct outbox_record {
    ess_report_code code;
    outbox_report report; /* borrowed from the room */
} outbox_record;
/* Reads an entry of the sender's ring. ESS_E_NO_ROOM when room is too small. *used: bytes of
 * room taken. ESS_E_CORRUPT, ESS_E_IO. */
ess_err outbox_read(outbox *box, const ess_entry *entry, char *room, size_t room_size,
                    outbox_record *out, size_t *used);
/* Gives up an entry that can never be sent and reports the gap. why: static, for the diary: "cannot
 * be read back". */
void outbox_give_up(outbox *box, const ess_entry *entry, const char *why);

#endif

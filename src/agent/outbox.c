/* Staging, group commit, and the sender's memory on disk. */
#include "agent/outbox.h"

#include "agent/bytes.h"
#include "agent/limits.h"
#include "codec/try.h"
#include "port/clock.h"
#include "port/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_REPORT = 1, RECORD_DONE = 2, LAYOUT = 1, N_OFFSET = 10, UNREAD_MAX = 256 };

typedef struct staged_report {
    size_t offset, len; /* in the arena */
    ess_message_type type;
} staged_report;

struct outbox {
    store_log *log;
    ess_sender sender;
    ess_entry *ring;
    uint64_t sid;
    uint32_t segment_bytes;
    char *arena;
    size_t arena_used, staged_count;
    staged_report staged[AGENT_STAGED_MAX];
    uint64_t where[AGENT_STAGED_MAX];
    ess_gaps gaps;
    uint64_t unread[UNREAD_MAX]; /* EVENTs given up while the log was opened */
    size_t unread_count;
    char scratch[AGENT_RECORD_MAX];
};

/* ---- records */

static size_t print_report(const outbox *box, const outbox_report *report, char *room, size_t size)
{
    bytes_writer writer;

    bytes_writer_init(&writer, room, size);
    bytes_put_u8(&writer, LAYOUT);
    bytes_put_u8(&writer, (uint8_t)report->type);
    bytes_put_u64(&writer, box->sid);
    bytes_put_u64(&writer, 0); /* n: patched at commit, when it is known */
    bytes_put_i64(&writer, report->ts_utc_ms);
    bytes_put_text(&writer, report->path);
    bytes_put_text(&writer, report->x);
    bytes_put_text(&writer, report->d);
    return writer.full ? 0 : writer.len;
}

static ess_err parse_report(ess_slice bytes, outbox_report *out, uint64_t *sid, uint64_t *n)
{
    bytes_reader reader;
    uint8_t layout;

    bytes_reader_init(&reader, bytes);
    layout = bytes_take_u8(&reader);
    out->type = (ess_message_type)bytes_take_u8(&reader);
    *sid = bytes_take_u64(&reader);
    *n = bytes_take_u64(&reader);
    out->ts_utc_ms = bytes_take_i64(&reader);
    out->path = bytes_take_text(&reader);
    out->x = bytes_take_text(&reader);
    out->d = bytes_take_text(&reader);
    return bytes_reader_done(&reader) && layout == LAYOUT ? ESS_OK : ESS_E_CORRUPT;
}

static void append_done(outbox *box, uint64_t sid, const ess_ranges *ranges)
{
    bytes_writer writer;
    uint64_t number;

    if (ranges->count == 0)
        return;
    bytes_writer_init(&writer, box->scratch, sizeof box->scratch);
    bytes_put_u8(&writer, LAYOUT);
    bytes_put_u64(&writer, sid);
    for (uint8_t i = 0; i < ranges->count; i++) {
        bytes_put_u64(&writer, ranges->at[i].first);
        bytes_put_u64(&writer, ranges->at[i].last);
    }
    /* A note that is not written costs a second sending after a restart, nothing else. */
    (void)store_log_append(box->log, RECORD_DONE, (ess_slice){box->scratch, writer.len}, &number);
}

/* ---- what gives way when there is no room */

static void tell_untold(bool all)
{
    if (!all)
        port_log(PORT_ERROR, "outbox: more losses than can be told; the oldest goes untold");
}

/* [DLV-61] The EVENT at that place is given up. */
static void carry_gap(outbox *box, uint64_t where)
{
    uint8_t kind;
    outbox_report report = {0};
    uint64_t sid, n;
    size_t used = 0;

    if (store_log_read(box->log, where, &kind, box->scratch, sizeof box->scratch, &used) ==
            ESS_OK &&
        parse_report((ess_slice){box->scratch, used}, &report, &sid, &n) == ESS_OK)
        tell_untold(ess_gaps_carry(&box->gaps, report.d));
}

/* While the log is being opened nothing can be read of it: that is made up for then. A ring made
 * smaller since the last life comes to that. */
static void carry_gap_of(outbox *box, const ess_entry *entry)
{
    if (entry->type != ESS_EVENT)
        return;
    if (box->log != NULL)
        carry_gap(box, entry->where);
    else if (box->unread_count < UNREAD_MAX)
        box->unread[box->unread_count++] = entry->where;
    else
        tell_untold(false);
}

static void carry_unread(outbox *box)
{
    for (size_t i = 0; i < box->unread_count; i++)
        carry_gap(box, box->unread[i]);
    box->unread_count = 0;
}

static void give_up_run(outbox *box, uint64_t sid, ess_range lost)
{
    ess_ranges run = {.count = 1};

    run.at[0] = lost;
    tell_untold(ess_gaps_note(&box->gaps, sid, lost));
    append_done(box, sid, &run);
}

/* Gives up the oldest until at most so many are left: entries that only waited behind the oldest
 * for their turn to leave go with it, and are no loss. */
static void drop_oldest(outbox *box, size_t left)
{
    ess_entry lost = {0};
    ess_range run = {0};
    uint64_t sid = 0;

    while (box->sender.count > left && ess_sender_drop_oldest(&box->sender, &lost) == ESS_OK) {
        carry_gap_of(box, &lost);
        if (run.first != 0 && (lost.sid != sid || lost.n != run.last + 1)) {
            give_up_run(box, sid, run);
            run.first = 0;
        }
        if (run.first == 0)
            run.first = lost.n;
        run.last = lost.n;
        sid = lost.sid;
    }
    if (run.first != 0)
        give_up_run(box, sid, run);
    port_log(PORT_WARN, "outbox is full: the oldest reports have been given up");
}

static void trim(outbox *box)
{
    uint64_t kept = ess_sender_first_kept(&box->sender, store_log_next(box->log));

    if (store_log_drop_before(box->log, kept) != ESS_OK)
        port_log(PORT_WARN, "outbox: a used-up segment could not be removed");
}

/* A sixteenth more than needed, so that it is not needed at each commit. */
static void make_room_in_ring(outbox *box)
{
    size_t capacity = box->sender.capacity, wanted = box->staged_count + ESS_GAPS_MAX;

    if (capacity - box->sender.count < wanted)
        drop_oldest(box, capacity - wanted - capacity / 16);
}

/* Only whole segments come free. When there are none to free, giving up would gain nothing: then
 * reading waits until somebody else makes room. */
static void make_room_on_disk(outbox *box)
{
    uint64_t before = store_log_bytes(box->log);

    while (before > 2 * (uint64_t)box->segment_bytes && box->sender.count > 0 &&
           store_log_bytes(box->log) == before) {
        drop_oldest(box, box->sender.count - box->sender.count / 16 - 1);
        trim(box);
    }
}

/* [DLV-07] What was given up is told, never passed over in silence. */
static void stage_gaps(outbox *box)
{
    char text[256];
    ess_gap word;
    ess_now now = {port_utc_ms(), port_mono_ms(), port_clock_is_set()};

    while (ess_gaps_next(&box->gaps, now, &word)) {
        outbox_report report = {.type = ESS_EVENT, .ts_utc_ms = now.utc_ms, .d = {.ptr = text}};
        if (ess_gap_print(&word, text, sizeof text, &report.d.len) != ESS_OK ||
            outbox_stage(box, &report) != ESS_OK)
            return;
        ess_gaps_told(&box->gaps);
    }
}

/* ---- opening */

static ess_err replay_report(outbox *box, uint64_t number, ess_slice payload)
{
    outbox_report report = {0};
    uint64_t sid = 0, n = 0;

    TRY(parse_report(payload, &report, &sid, &n));
    if (sid >= box->sid)
        return ESS_E_CORRUPT; /* from the future: the boot counter has been set back */
    if (box->sender.count == box->sender.capacity) {
        ess_entry lost;
        if (ess_sender_drop_oldest(&box->sender, &lost) == ESS_OK) {
            carry_gap_of(box, &lost);
            tell_untold(ess_gaps_note(&box->gaps, lost.sid, (ess_range){lost.n, lost.n}));
        }
    }
    return ess_sender_restore(&box->sender, sid, n, report.type, number, (uint32_t)payload.len);
}

static ess_err replay_done(outbox *box, ess_slice payload)
{
    bytes_reader reader;
    ess_receipt receipt = {0};
    uint64_t sid;
    size_t done;

    bytes_reader_init(&reader, payload);
    if (bytes_take_u8(&reader) != LAYOUT)
        return ESS_E_CORRUPT;
    sid = bytes_take_u64(&reader);
    while (!reader.bad && reader.rest.len > 0) {
        uint64_t first = bytes_take_u64(&reader), last = bytes_take_u64(&reader);
        if (reader.bad || ess_ranges_add(&receipt.ok, first, last) != ESS_OK)
            return ESS_E_CORRUPT;
    }
    ess_sid_print(sid, receipt.sid);
    ess_sender_receipt(&box->sender, &receipt, &done);
    return bytes_reader_done(&reader) ? ESS_OK : ESS_E_CORRUPT;
}

static ess_err replay(void *context, uint64_t number, uint8_t kind, ess_slice payload)
{
    outbox *box = context;

    if (kind == RECORD_REPORT)
        return replay_report(box, number, payload);
    return kind == RECORD_DONE ? replay_done(box, payload) : ESS_E_CORRUPT;
}

ess_err outbox_open(const outbox_options *options, outbox **out)
{
    outbox *box = calloc(1, sizeof *box);
    store_log_options log = {.directory = options->directory,
                             .key = options->key,
                             .calls = options->calls,
                             .segment_bytes = options->segment_bytes,
                             .record_max = AGENT_RECORD_MAX};
    ess_err err = ESS_E_NO_ROOM;

    if (box == NULL)
        return ESS_E_NO_ROOM;
    assert(options->max_reports >= 2 * (AGENT_STAGED_MAX + ESS_GAPS_MAX)); /* what is staged fits */
    box->ring = calloc(options->max_reports, sizeof *box->ring);
    box->arena = malloc(AGENT_STAGED_BYTES);
    box->sid = options->sid;
    box->segment_bytes = options->segment_bytes;
    if (box->ring != NULL && box->arena != NULL) {
        ess_sender_init(&box->sender, &options->sender, box->ring, options->max_reports,
                        options->sid);
        err = store_log_open(&log, replay, box, &box->log);
    }
    if (err != ESS_OK) {
        outbox_close(box);
        return err;
    }
    carry_unread(box);
    *out = box;
    return ESS_OK;
}

void outbox_close(outbox *box)
{
    if (box == NULL)
        return;
    if (box->log != NULL)
        store_log_close(box->log);
    free(box->ring);
    free(box->arena);
    free(box);
}

ess_sender *outbox_sender(outbox *box)
{
    return &box->sender;
}

/* ---- staging and commit */

ess_err outbox_stage(outbox *box, const outbox_report *report)
{
    size_t room = AGENT_STAGED_BYTES - box->arena_used;
    size_t len;

    if (report->path.len + report->x.len + report->d.len > AGENT_RECORD_MAX - 64)
        return ESS_E_TOO_LARGE;
    if (box->staged_count == AGENT_STAGED_MAX)
        return ESS_E_NO_ROOM;
    len = print_report(box, report, box->arena + box->arena_used, room);
    if (len == 0)
        return ESS_E_NO_ROOM;
    box->staged[box->staged_count++] = (staged_report){box->arena_used, len, report->type};
    box->arena_used += len;
    return ESS_OK;
}

bool outbox_has_room(const outbox *box)
{
    /* One answer gives at most one report an object, and its values once. */
    return AGENT_STAGED_BYTES - box->arena_used >= 4 * (size_t)AGENT_RECORD_MAX &&
           AGENT_STAGED_MAX - box->staged_count >= AGENT_OBJECTS_MAX + ESS_GAPS_MAX;
}

bool outbox_is_durable(const outbox *box)
{
    return box->staged_count == 0 && box->gaps.count == 0;
}

/* Appends until all are in or one is refused. */
static ess_err append_staged(outbox *box, size_t *appended)
{
    uint64_t n = ess_sender_next_n(&box->sender);

    for (*appended = 0; *appended < box->staged_count; (*appended)++) {
        const staged_report *one = &box->staged[*appended];
        char *bytes = box->arena + one->offset;
        bytes_patch_u64(bytes + N_OFFSET, n + *appended);
        TRY(store_log_append(box->log, RECORD_REPORT, (ess_slice){bytes, one->len},
                             &box->where[*appended]));
    }
    return ESS_OK;
}

/* The first count staged reports are durable: the sender takes them over. */
static void hand_over(outbox *box, size_t count)
{
    size_t gone = count < box->staged_count ? box->staged[count].offset : box->arena_used;

    for (size_t i = 0; i < count; i++) {
        ess_err err = ess_sender_stored(&box->sender, box->staged[i].type, box->where[i],
                                        (uint32_t)box->staged[i].len);
        assert(err == ESS_OK); /* room was made before */
        (void)err;
    }
    memmove(box->arena, box->arena + gone, box->arena_used - gone);
    box->arena_used -= gone;
    box->staged_count -= count;
    memmove(&box->staged[0], &box->staged[count], box->staged_count * sizeof box->staged[0]);
    for (size_t i = 0; i < box->staged_count; i++)
        box->staged[i].offset -= gone;
}

ess_err outbox_commit(outbox *box)
{
    size_t appended;
    ess_err err;

    if (box->staged_count + box->gaps.count == 0)
        return ESS_OK;
    make_room_in_ring(box);
    stage_gaps(box); /* in the same sync as the note of what was given up */
    err = append_staged(box, &appended);
    if (appended > 0) {
        /* A sync that fails withdraws all that was appended since the last: nothing to undo. */
        TRY(store_log_sync(box->log));
        hand_over(box, appended);
    }
    if (err == ESS_E_STORAGE_FULL)
        make_room_on_disk(box);
    return err;
}

/* ---- receipts and reading back */

void outbox_receipt(outbox *box, const ess_receipt *receipt)
{
    ess_ranges all = receipt->ok;
    size_t done;
    uint64_t sid;

    ess_sender_receipt(&box->sender, receipt, &done);
    if (done == 0 || ess_sid_parse(ess_slice_from(receipt->sid), &sid) != ESS_OK)
        return;
    for (uint8_t i = 0; i < receipt->no_count; i++) {
        port_log(PORT_WARN, "the cloud refuses report %s-%llu by rule %s", receipt->sid,
                 (unsigned long long)receipt->no[i].n, receipt->no[i].rule);
        if (ess_sender_has(&box->sender, sid, receipt->no[i].n))
            continue; /* refused with others: goes once more alone */
        /* Without room the note is short of one: it would be sent and refused once more. */
        (void)ess_ranges_add(&all, receipt->no[i].n, receipt->no[i].n);
    }
    append_done(box, sid, &all);
    trim(box);
}

ess_err outbox_read(outbox *box, const ess_entry *entry, char *room, size_t room_size,
                    outbox_record *out, size_t *used)
{
    uint64_t sid = 0, n = 0;
    uint8_t kind;

    if (room_size < AGENT_RECORD_MAX)
        return ESS_E_NO_ROOM;
    TRY(store_log_read(box->log, entry->where, &kind, room, room_size, used));
    if (kind != RECORD_REPORT)
        return ESS_E_CORRUPT;
    TRY(parse_report((ess_slice){room, *used}, &out->report, &sid, &n));
    if (sid != entry->sid || n != entry->n)
        return ESS_E_CORRUPT;
    ess_sid_print(sid, out->code.sid);
    out->code.n = n;
    return ESS_OK;
}

void outbox_give_up(outbox *box, const ess_entry *entry, const char *why)
{
    ess_receipt lost = {.ok = {.count = 1}, .slow = box->sender.slow};
    uint64_t sid = entry->sid, n = entry->n;
    size_t done;

    lost.ok.at[0] = (ess_range){n, n};
    ess_sid_print(sid, lost.sid);
    ess_sender_receipt(&box->sender, &lost, &done);
    give_up_run(box, sid, lost.ok.at[0]);
    port_log(PORT_ERROR, "outbox: report %s-%llu %s and is given up", lost.sid,
             (unsigned long long)n, why);
}

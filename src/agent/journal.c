/* The machine's index over the sealed log. */
#include "agent/journal.h"

#include "agent/bytes.h"
#include "codec/try.h"
#include "port/log.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_INTENT = 1, RECORD_OUTCOME = 2, RECORD_LEASE = 3, LAYOUT = 1 };
#define LEASES_MAX    (AGENT_DEVICES_MAX * AGENT_OBJECTS_MAX)
#define REFUSALS_MAX  64 /* remembered in memory alone */
#define SEGMENT_BYTES 1048576u

struct agent_journal {
    store_log *log;
    ess_journal_entry *entries;
    ess_journal index;
    journal_lease leases[LEASES_MAX];
    size_t lease_count;
    char scratch[AGENT_RECORD_MAX];
};

/* ---- records */

static ess_slice print_intent(agent_journal *journal, const journal_intent *intent)
{
    bytes_writer writer;

    bytes_writer_init(&writer, journal->scratch, sizeof journal->scratch);
    bytes_put_u8(&writer, LAYOUT);
    bytes_put_i64(&writer, intent->received_utc_ms);
    bytes_put_i64(&writer, intent->exp_utc_ms);
    bytes_put_text(&writer, intent->code);
    bytes_put_text(&writer, intent->path);
    bytes_put_text(&writer, intent->op);
    bytes_put_text(&writer, intent->args);
    return (ess_slice){journal->scratch, writer.full ? 0 : writer.len};
}

static ess_err parse_intent(ess_slice bytes, journal_intent *out)
{
    bytes_reader reader;
    uint8_t layout;

    bytes_reader_init(&reader, bytes);
    layout = bytes_take_u8(&reader);
    out->received_utc_ms = bytes_take_i64(&reader);
    out->exp_utc_ms = bytes_take_i64(&reader);
    out->code = bytes_take_text(&reader);
    out->path = bytes_take_text(&reader);
    out->op = bytes_take_text(&reader);
    out->args = bytes_take_text(&reader);
    return bytes_reader_done(&reader) && layout == LAYOUT ? ESS_OK : ESS_E_CORRUPT;
}

static ess_slice print_outcome(agent_journal *journal, const journal_outcome *outcome)
{
    bytes_writer writer;

    bytes_writer_init(&writer, journal->scratch, sizeof journal->scratch);
    bytes_put_u8(&writer, LAYOUT);
    bytes_put_i64(&writer, outcome->received_utc_ms);
    bytes_put_i64(&writer, outcome->exp_utc_ms);
    bytes_put_u8(&writer, (uint8_t)outcome->ack.stage);
    bytes_put_u64(&writer, (uint64_t)outcome->ack.result);
    bytes_put_text(&writer, outcome->ack.code);
    bytes_put_text(&writer, outcome->ack.read_back);
    bytes_put_text(&writer, outcome->ack.why);
    return (ess_slice){journal->scratch, writer.full ? 0 : writer.len};
}

static ess_err parse_outcome(ess_slice bytes, journal_outcome *out)
{
    bytes_reader reader;
    uint8_t layout;

    bytes_reader_init(&reader, bytes);
    layout = bytes_take_u8(&reader);
    out->received_utc_ms = bytes_take_i64(&reader);
    out->exp_utc_ms = bytes_take_i64(&reader);
    out->ack.stage = (ess_stage)bytes_take_u8(&reader);
    out->ack.result = (int)bytes_take_u64(&reader);
    out->ack.code = bytes_take_text(&reader);
    out->ack.read_back = bytes_take_text(&reader);
    out->ack.why = bytes_take_text(&reader);
    return bytes_reader_done(&reader) && layout == LAYOUT && out->ack.stage < ESS_STAGE_COUNT
               ? ESS_OK
               : ESS_E_CORRUPT;
}

static ess_err parse_lease(ess_slice bytes, journal_lease *out)
{
    bytes_reader reader;
    uint8_t layout;
    ess_slice path, code;

    bytes_reader_init(&reader, bytes);
    layout = bytes_take_u8(&reader);
    out->in_force = bytes_take_u8(&reader) != 0;
    out->lasts_ms = bytes_take_i64(&reader);
    out->until_utc_ms = bytes_take_i64(&reader);
    path = bytes_take_text(&reader);
    code = bytes_take_text(&reader);
    if (!bytes_reader_done(&reader) || layout != LAYOUT ||
        ess_slice_copy(path, out->path, sizeof out->path) != ESS_OK ||
        ess_slice_copy(code, out->code, sizeof out->code) != ESS_OK)
        return ESS_E_CORRUPT;
    return ESS_OK;
}

/* ---- the index */

static ess_journal_record record_of_intent(const journal_intent *intent, uint64_t number)
{
    return (ess_journal_record){.code = intent->code,
                                .stage = ESS_STAGE_ACCEPTED,
                                .received_utc_ms = intent->received_utc_ms,
                                .exp_utc_ms = intent->exp_utc_ms,
                                .where = number};
}

static ess_journal_record record_of_outcome(const journal_outcome *outcome, uint64_t number)
{
    return (ess_journal_record){.code = outcome->ack.code,
                                .stage = outcome->ack.stage,
                                .result = outcome->ack.result,
                                .received_utc_ms = outcome->received_utc_ms,
                                .exp_utc_ms = outcome->exp_utc_ms,
                                .where = number};
}

const ess_journal_entry *journal_find(const agent_journal *journal, ess_slice code)
{
    return ess_journal_find(&journal->index, code);
}

void journal_executing(agent_journal *journal, ess_slice code)
{
    ess_journal_executing(&journal->index, code);
}

static ess_err remember_lease(agent_journal *journal, const journal_lease *lease)
{
    size_t i = 0;

    while (i < journal->lease_count && strcmp(journal->leases[i].path, lease->path) != 0)
        i++;
    if (i < journal->lease_count && !lease->in_force) {
        journal->leases[i] = journal->leases[--journal->lease_count];
        return ESS_OK;
    }
    if (!lease->in_force)
        return ESS_OK;
    if (i == LEASES_MAX)
        return ESS_E_NO_ROOM;
    journal->leases[i] = *lease;
    if (i == journal->lease_count)
        journal->lease_count++;
    return ESS_OK;
}

/* Removes segments that hold nothing that is still remembered. */
static void trim(agent_journal *journal)
{
    uint64_t kept = ess_journal_first_kept(&journal->index, store_log_next(journal->log));

    for (size_t i = 0; i < journal->lease_count; i++)
        kept = journal->leases[i].where < kept ? journal->leases[i].where : kept;
    if (store_log_drop_before(journal->log, kept) != ESS_OK)
        port_log(PORT_WARN, "journal: a used-up segment could not be removed");
}

bool journal_has_room(agent_journal *journal, int64_t now_utc_ms)
{
    size_t before = journal->index.count;
    bool has_room = ess_journal_has_room(&journal->index, now_utc_ms);

    if (journal->index.count < before)
        trim(journal);
    return has_room;
}

/* ---- opening */

static ess_err replay_intent(agent_journal *journal, uint64_t number, ess_slice payload)
{
    journal_intent intent;
    ess_journal_record record;

    TRY(parse_intent(payload, &intent));
    record = record_of_intent(&intent, number);
    return ess_journal_restore(&journal->index, &record);
}

static ess_err replay_outcome(agent_journal *journal, uint64_t number, ess_slice payload)
{
    journal_outcome outcome;
    ess_journal_record record;

    TRY(parse_outcome(payload, &outcome));
    record = record_of_outcome(&outcome, number);
    return ess_journal_restore(&journal->index, &record);
}

static ess_err replay_lease(agent_journal *journal, uint64_t number, ess_slice payload)
{
    journal_lease lease = {.where = number};

    TRY(parse_lease(payload, &lease));
    return remember_lease(journal, &lease);
}

static ess_err replay(void *context, uint64_t number, uint8_t kind, ess_slice payload)
{
    static ess_err (*const by_kind[])(agent_journal *, uint64_t, ess_slice) = {
        [RECORD_INTENT] = replay_intent,
        [RECORD_OUTCOME] = replay_outcome,
        [RECORD_LEASE] = replay_lease,
    };
    agent_journal *journal = context;

    if (kind < RECORD_INTENT || kind > RECORD_LEASE)
        return ESS_E_CORRUPT;
    return by_kind[kind](journal, number, payload);
}

ess_err journal_open(const journal_options *options, agent_journal **out)
{
    agent_journal *journal = calloc(1, sizeof *journal);
    store_log_options log = {.directory = options->directory,
                             .key = options->key,
                             .calls = options->calls,
                             .segment_bytes = SEGMENT_BYTES,
                             .record_max = AGENT_RECORD_MAX};
    size_t capacity = options->capacity > 0 ? options->capacity : AGENT_JOURNAL_MAX;
    ess_err err = ESS_E_NO_ROOM;

    if (journal == NULL)
        return ESS_E_NO_ROOM;
    journal->entries = calloc(capacity + REFUSALS_MAX, sizeof *journal->entries);
    ess_journal_init(&journal->index, journal->entries, capacity, REFUSALS_MAX);
    if (journal->entries != NULL)
        err = store_log_open(&log, replay, journal, &journal->log);
    if (err != ESS_OK) {
        journal_close(journal);
        return err;
    }
    *out = journal;
    return ESS_OK;
}

void journal_close(agent_journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->log != NULL)
        store_log_close(journal->log);
    free(journal->entries);
    free(journal);
}

/* ---- writing */

static ess_err append(agent_journal *journal, uint8_t kind, ess_slice record, uint64_t *number)
{
    if (record.len == 0)
        return ESS_E_TOO_LARGE;
    return store_log_append(journal->log, kind, record, number);
}

ess_err journal_intend(agent_journal *journal, const journal_intent *intent)
{
    uint64_t number;
    ess_journal_record record;

    if (!ess_journal_takes(&journal->index, intent->code))
        return ESS_E_NO_ROOM;
    TRY(append(journal, RECORD_INTENT, print_intent(journal, intent), &number));
    TRY(store_log_sync(journal->log));
    record = record_of_intent(intent, number);
    return ess_journal_put(&journal->index, &record);
}

static ess_err append_lease(agent_journal *journal, const journal_lease *lease, uint64_t *number)
{
    bytes_writer writer;

    bytes_writer_init(&writer, journal->scratch, sizeof journal->scratch);
    bytes_put_u8(&writer, LAYOUT);
    bytes_put_u8(&writer, lease->in_force);
    bytes_put_i64(&writer, lease->lasts_ms);
    bytes_put_i64(&writer, lease->until_utc_ms);
    bytes_put_text(&writer, ess_slice_from(lease->path));
    bytes_put_text(&writer, ess_slice_from(lease->code));
    return append(journal, RECORD_LEASE, (ess_slice){journal->scratch, writer.len}, number);
}

ess_err journal_conclude(agent_journal *journal, const journal_outcome *outcome)
{
    uint64_t number, lease_number = 0;
    ess_journal_record record;

    if (!ess_journal_takes(&journal->index, outcome->ack.code))
        return ESS_E_NO_ROOM;
    /* The lease first: were only the one or the other there after a power cut, a lease too many
     * is the safe side. */
    if (outcome->lease != NULL)
        TRY(append_lease(journal, outcome->lease, &lease_number));
    TRY(append(journal, RECORD_OUTCOME, print_outcome(journal, outcome), &number));
    TRY(store_log_sync(journal->log));
    if (outcome->lease != NULL) {
        journal_lease lease = *outcome->lease;
        lease.where = lease_number;
        TRY(remember_lease(journal, &lease));
    }
    record = record_of_outcome(outcome, number);
    return ess_journal_put(&journal->index, &record);
}

ess_err journal_lease_put(agent_journal *journal, const journal_lease *lease)
{
    journal_lease kept = *lease;

    TRY(append_lease(journal, lease, &kept.where));
    TRY(store_log_sync(journal->log));
    return remember_lease(journal, &kept);
}

ess_err journal_refuse(agent_journal *journal, const journal_outcome *outcome)
{
    ess_journal_record record = record_of_outcome(outcome, 0);

    return ess_journal_refuse(&journal->index, &record);
}

/* ---- reading back */

ess_err journal_ack(agent_journal *journal, const ess_journal_entry *entry, char *room,
                    ess_ack *ack)
{
    journal_outcome outcome;
    uint8_t kind;
    size_t len;

    if (!ess_stage_is_final(entry->stage) || entry->last == 0) {
        *ack = (ess_ack){.code = ess_slice_from(entry->code),
                         .stage = entry->stage,
                         .result = entry->result};
        return ESS_OK;
    }
    TRY(store_log_read(journal->log, entry->last, &kind, room, AGENT_RECORD_MAX, &len));
    if (kind != RECORD_OUTCOME)
        return ESS_E_CORRUPT;
    TRY(parse_outcome((ess_slice){room, len}, &outcome));
    *ack = outcome.ack;
    return ESS_OK;
}

ess_err journal_next_open(agent_journal *journal, uint64_t *after, char *room,
                          journal_intent *intent)
{
    const ess_journal_entry *entry = ess_journal_next_open(&journal->index, *after);
    uint8_t kind;
    size_t len;

    if (entry == NULL)
        return ESS_E_NOT_FOUND;
    *after = entry->first;
    TRY(store_log_read(journal->log, entry->first, &kind, room, AGENT_RECORD_MAX, &len));
    return kind == RECORD_INTENT ? parse_intent((ess_slice){room, len}, intent) : ESS_E_CORRUPT;
}

const journal_lease *journal_leases(const agent_journal *journal, size_t *count)
{
    *count = journal->lease_count;
    return journal->leases;
}

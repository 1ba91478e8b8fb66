/* A table in the order of arrival. Rejected: a table by hash, which a device would have to fill
 * again at each forgetting; what repeats comes soon after, so it is looked for from the end. */
#include "ess/journal.h"
#include "codec/try.h"

void ess_journal_init(ess_journal *journal, ess_journal_entry *room, size_t capacity, size_t spare)
{
    *journal = (ess_journal){.entries = room, .capacity = capacity, .spare = spare};
}

static ess_journal_entry *find(const ess_journal *journal, ess_slice code)
{
    for (size_t i = journal->count; i > 0; i--) {
        if (ess_slice_is(code, journal->entries[i - 1].code))
            return &journal->entries[i - 1];
    }
    return NULL;
}

const ess_journal_entry *ess_journal_find(const ess_journal *journal, ess_slice code)
{
    return find(journal, code);
}

/* An open intent is never forgotten: what became of it has not been said. */
static bool may_be_forgotten(const ess_journal_entry *entry, int64_t now_utc_ms)
{
    return ess_stage_is_final(entry->stage) && entry->keep_utc_ms < now_utc_ms;
}

/* Forgets at most so many, oldest first. */
static void forget_oldest(ess_journal *journal, int64_t now_utc_ms, size_t most)
{
    size_t kept = 0;

    for (size_t i = 0; i < journal->count; i++) {
        if (most > 0 && may_be_forgotten(&journal->entries[i], now_utc_ms))
            most--;
        else
            journal->entries[kept++] = journal->entries[i];
    }
    journal->count = kept;
}

bool ess_journal_has_room(ess_journal *journal, int64_t now_utc_ms)
{
    /* An eighth at a time, so that not every command pays for the search. */
    if (journal->count >= journal->capacity)
        forget_oldest(journal, now_utc_ms, journal->capacity / 8 + 1);
    return journal->count < journal->capacity;
}

bool ess_journal_takes(const ess_journal *journal, ess_slice code)
{
    return journal->count < journal->capacity || find(journal, code) != NULL;
}

/* Counted from the later of the two: a clock that was set meanwhile forgets nothing. */
static int64_t keep_until(const ess_journal_record *record)
{
    int64_t from =
        record->received_utc_ms > record->exp_utc_ms ? record->received_utc_ms : record->exp_utc_ms;
    return from + ESS_JOURNAL_KEEP_MS;
}

static ess_err add(ess_journal *journal, ess_slice code, ess_journal_entry **out)
{
    ess_journal_entry *entry = &journal->entries[journal->count];

    TRY(ess_slice_copy(code, entry->code, sizeof entry->code));
    entry->first = 0;
    entry->result = 0;
    journal->count++;
    *out = entry;
    return ESS_OK;
}

ess_err ess_journal_put(ess_journal *journal, const ess_journal_record *record)
{
    ess_journal_entry *entry = find(journal, record->code);

    if (entry == NULL) {
        if (journal->count >= journal->capacity)
            return ESS_E_NO_ROOM;
        TRY(add(journal, record->code, &entry));
        entry->first = record->where;
    }
    entry->stage = record->stage;
    entry->keep_utc_ms = keep_until(record);
    entry->last = record->where;
    return ESS_OK;
}

ess_err ess_journal_restore(ess_journal *journal, const ess_journal_record *record)
{
    if (!ess_journal_takes(journal, record->code))
        forget_oldest(journal, INT64_MAX, 1);
    return ess_journal_put(journal, record);
}

void ess_journal_executing(ess_journal *journal, ess_slice code)
{
    ess_journal_entry *entry = find(journal, code);

    if (entry != NULL && !ess_stage_is_final(entry->stage))
        entry->stage = ESS_STAGE_EXECUTING;
}

ess_err ess_journal_refuse(ess_journal *journal, const ess_journal_record *record)
{
    ess_journal_entry *entry;

    if (journal->count >= journal->capacity + journal->spare)
        return ESS_E_NO_ROOM;
    TRY(add(journal, record->code, &entry));
    entry->stage = record->stage;
    entry->result = record->result;
    entry->keep_utc_ms = keep_until(record);
    entry->first = UINT64_MAX; /* holds no record back */
    entry->last = 0;
    return ESS_OK;
}

const ess_journal_entry *ess_journal_next_open(const ess_journal *journal, uint64_t after)
{
    for (size_t i = 0; i < journal->count; i++) {
        const ess_journal_entry *entry = &journal->entries[i];
        if (!ess_stage_is_final(entry->stage) && entry->first > after)
            return entry;
    }
    return NULL;
}

uint64_t ess_journal_first_kept(const ess_journal *journal, uint64_t next_where)
{
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->entries[i].first < next_where)
            next_where = journal->entries[i].first;
    }
    return next_where;
}

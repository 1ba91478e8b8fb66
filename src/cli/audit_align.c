#include "cli/audit_align.h"

#include <stdlib.h>
#include <string.h>

/* How far back the last reading of a connection is looked for among those of others. */
#define LOOK_BACK_MAX 64

/* Room for one more item of a growing table; false when memory is out. */
static bool grow(void **items, size_t count, size_t *room, size_t item_size)
{
    if (count < *room)
        return true;
    size_t wanted = *room == 0 ? 256 : *room * 2;
    void *more = realloc(*items, wanted * item_size);
    if (more == NULL)
        return false;
    *items = more;
    *room = wanted;
    return true;
}

bool audit_add_value(audit_values *values, ess_decimal value)
{
    void *items = values->items;
    if (!grow(&items, values->count, &values->room, sizeof *values->items))
        return false;
    values->items = items;
    values->items[values->count++] = value;
    return true;
}

audit_reading *audit_add_reading(audit_point *point)
{
    void *items = point->readings;
    if (!grow(&items, point->count, &point->room, sizeof *point->readings))
        return NULL;
    point->readings = items;
    point->readings[point->count] = (audit_reading){.first = point->values.count};
    return &point->readings[point->count++];
}

audit_sample *audit_add_sample(audit_samples *samples)
{
    void *items = samples->items;
    if (!grow(&items, samples->count, &samples->room, sizeof *samples->items))
        return NULL;
    samples->items = items;
    samples->items[samples->count] = (audit_sample){.first = samples->values.count};
    return &samples->items[samples->count++];
}

void audit_point_free(audit_point *point)
{
    free(point->readings);
    free(point->values.items);
    point->readings = NULL;
    point->values = (audit_values){0};
    point->count = point->room = 0;
}

void audit_samples_free(audit_samples *samples)
{
    free(samples->items);
    free(samples->values.items);
    *samples = (audit_samples){0};
}

const audit_reading *audit_reading_before(const audit_point *point, size_t connection)
{
    for (size_t back = 1; back <= point->count && back <= LOOK_BACK_MAX; back++) {
        const audit_reading *reading = &point->readings[point->count - back];
        if (reading->connection == connection)
            return reading;
    }
    return NULL;
}

static size_t array_size(const audit_point *point)
{
    size_t size = 0;
    for (size_t i = 0; i < point->count; i++) {
        size_t end = point->readings[i].from + point->readings[i].count;
        size = end > size ? end : size;
    }
    return size;
}

static int by_time(const void *a, const void *b)
{
    const audit_reading *one = a;
    const audit_reading *two = b;
    if (one->at_utc_ms != two->at_utc_ms)
        return one->at_utc_ms < two->at_utc_ms ? -1 : 1;
    return one->first < two->first ? -1 : 1;
}

/* Ledgers of one cabinet may be given in any order. */
static void sort_readings(audit_point *point)
{
    for (size_t i = 1; i < point->count; i++) {
        if (point->readings[i].at_utc_ms < point->readings[i - 1].at_utc_ms) {
            qsort(point->readings, point->count, sizeof *point->readings, by_time);
            return;
        }
    }
}

void audit_point_assemble(audit_point *point, const audit_connection *connections)
{
    size_t whole = 0; /* readings kept */
    size_t size = array_size(point);
    audit_reading open = {0}; /* the array being joined */
    bool is_open = false;
    for (size_t i = 0; i < point->count; i++) {
        audit_reading part = point->readings[i];
        if (part.whole || part.from == 0) {
            open = part;
            is_open = true;
        } else if (is_open && open.connection == part.connection && part.from == open.count) {
            open.count += part.count; /* parts of one point lie one behind the other */
            open.at_utc_ms = part.at_utc_ms;
            open.order = part.order;
        } else {
            is_open = false;
        }
        if (is_open && (part.whole || open.count == size)) {
            open.whole = true;
            open.confirmed = open.order <= connections[open.connection].confirmed;
            point->readings[whole++] = open;
            is_open = false;
        }
    }
    point->count = whole;
    sort_readings(point);
}

static bool same(ess_decimal a, ess_decimal b)
{
    return a.mantissa == b.mantissa && a.scale == b.scale;
}

/* First element in which they differ; count where there is none. */
static size_t first_difference(const ess_decimal *a, const ess_decimal *b, size_t count)
{
    size_t i = 0;
    while (i < count && same(a[i], b[i]))
        i++;
    return i;
}

static bool equal(const audit_point *point, const audit_reading *reading,
                  const audit_samples *samples, const audit_sample *sample)
{
    return reading->count == sample->count &&
           first_difference(&point->values.items[reading->first],
                            &samples->values.items[sample->first],
                            sample->count) == sample->count;
}

/* Values that lie one behind the other; items NULL: none. */
typedef struct value_run {
    const ess_decimal *items;
    size_t count;
} value_run;

static value_run run_served(const audit_point *point, const audit_reading *reading)
{
    return reading == NULL ? (value_run){0}
                           : (value_run){point->values.items + reading->first, reading->count};
}

static value_run run_stored(const audit_samples *samples, const audit_sample *sample)
{
    return sample == NULL ? (value_run){0}
                          : (value_run){samples->values.items + sample->first, sample->count};
}

/* [DAT-09] Must report by exception send now after last? Never what no register can express: that
 * is no value. */
static bool has_moved(const audit_point *point, value_run last, value_run now)
{
    static const ess_decimal any = {0};
    ess_decimal band = point->model != NULL ? point->model->dead_band : any;
    bool moved = last.items == NULL || last.count != now.count;
    for (size_t i = 0; i < now.count; i++) {
        if (now.items[i].scale == AUDIT_NULL_SCALE)
            return false;
        moved = moved || last.items[i].scale == AUDIT_NULL_SCALE ||
                (!same(last.items[i], now.items[i]) &&
                 ess_decimal_moved(last.items[i], now.items[i], band));
    }
    return moved;
}

/* Keeps the example in the order altered, duplicated, lost once the list is full. */
static void add_example(audit_tally *tally, const audit_example *example)
{
    if (tally->example_count < AUDIT_EXAMPLES_MAX) {
        tally->examples[tally->example_count++] = *example;
        return;
    }
    for (size_t i = 0; i < AUDIT_EXAMPLES_MAX; i++) {
        if (tally->examples[i].kind < example->kind) {
            tally->examples[i] = *example;
            return;
        }
    }
}

static void note(audit_tally *tally, audit_kind kind, const audit_point *point,
                 const audit_reading *reading, const audit_samples *samples,
                 const audit_sample *sample)
{
    audit_example example = {.kind = kind, .point = point};
    size_t served = reading != NULL ? reading->count : 0;
    size_t stored = sample != NULL ? sample->count : 0;
    size_t common = served < stored ? served : stored;
    size_t at = 0;
    if (common > 0)
        at = first_difference(&point->values.items[reading->first],
                              &samples->values.items[sample->first], common);
    example.element = at == common && served == stored ? 0 : at;
    example.has_served = example.element < served;
    example.has_stored = example.element < stored;
    if (example.has_served)
        example.served = point->values.items[reading->first + example.element];
    if (example.has_stored)
        example.stored = samples->values.items[sample->first + example.element];
    example.at_utc_ms = sample != NULL ? sample->ts_utc_ms : reading->at_utc_ms;
    add_example(tally, &example);
}

/* Elements that differ. */
static uint64_t count_altered(const audit_point *point, const audit_reading *reading,
                              const audit_samples *samples, const audit_sample *sample)
{
    uint64_t differ = 0;
    if (reading == NULL || reading->count != sample->count)
        return sample->count;
    for (size_t i = 0; i < sample->count; i++)
        differ += same(point->values.items[reading->first + i],
                       samples->values.items[sample->first + i])
                      ? 0
                      : 1;
    return differ;
}

/* First reading with at >= utc_ms. */
static size_t lower_bound(const audit_point *point, int64_t utc_ms)
{
    size_t low = 0;
    size_t high = point->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (point->readings[middle].at_utc_ms < utc_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The readings that a sample may have come from, by how well they fit. */
typedef struct candidates {
    audit_reading *untaken, *taken; /* of the same value; NULL: none */
    audit_reading *likely;          /* the one to show when no value is the same */
} candidates;

/* Candidates are the reading served last before the sample's stamp and all served in the same
 * millisecond: the clock cannot order these. */
static candidates find_candidates(audit_point *point, const audit_samples *samples,
                                  const audit_sample *sample)
{
    candidates found = {0};
    size_t at = lower_bound(point, sample->ts_utc_ms);
    for (size_t i = at > 0 ? at - 1 : 0; i < point->count; i++) {
        audit_reading *reading = &point->readings[i];
        if (reading->at_utc_ms > sample->ts_utc_ms)
            break;
        bool is_equal = equal(point, reading, samples, sample);
        if (is_equal && !reading->taken && found.untaken == NULL)
            found.untaken = reading;
        if (is_equal && reading->taken)
            found.taken = reading;
        if (found.likely == NULL || !reading->taken) /* an answer often takes less than 1 ms */
            found.likely = reading;
    }
    return found;
}

static void take(audit_reading *reading, audit_samples *samples, audit_sample *sample)
{
    reading->taken = true;
    reading->sample = (size_t)(sample - samples->items);
    sample->placed = true;
}

/* A sample for which no reading of its value is left. */
static void count_wrong(audit_point *point, audit_samples *samples, audit_sample *sample,
                        audit_tally *tally)
{
    candidates found = find_candidates(point, samples, sample);
    if (found.taken != NULL) {
        tally->wrong[AUDIT_DUPLICATED] += sample->count;
        note(tally, AUDIT_DUPLICATED, point, found.taken, samples, sample);
        return;
    }
    tally->wrong[AUDIT_ALTERED] += count_altered(point, found.likely, samples, sample);
    note(tally, AUDIT_ALTERED, point, found.likely, samples, sample);
    if (found.likely != NULL && !found.likely->taken)
        take(found.likely, samples, sample); /* one mistake is counted once */
}

/* A reading that is lost becomes what the next is compared with, as it was for the agent: so one
 * loss is counted once. After an altered sample nobody knows whether the agent compared with what
 * was served or with what it made of it: only a move against both is a loss. */
static void count_missing(const audit_point *point, const audit_samples *samples,
                          audit_tally *tally)
{
    const audit_reading *served = NULL;
    const audit_sample *stored = NULL;
    for (size_t i = 0; i < point->count; i++) {
        const audit_reading *reading = &point->readings[i];
        value_run now = run_served(point, reading);
        tally->sampled += reading->count;
        if (reading->taken) {
            served = reading;
            stored = &samples->items[reading->sample];
        } else if (has_moved(point, run_served(point, served), now) &&
                   (stored == NULL || has_moved(point, run_stored(samples, stored), now))) {
            if (!reading->confirmed && tally->reader_killed) {
                tally->in_flight += reading->count;
                continue;
            }
            tally->wrong[AUDIT_LOST] += reading->count;
            note(tally, AUDIT_LOST, point, reading, NULL, NULL);
            served = reading;
            stored = NULL;
        }
    }
}

/* Samples that fit a reading go first, so that a wrong one cannot take the place of a right one. */
void audit_align(audit_point *point, audit_samples *samples, audit_tally *tally)
{
    for (size_t i = 0; i < samples->count; i++) {
        audit_sample *sample = &samples->items[i];
        tally->stored += sample->count;
        if (sample->count == 0)
            continue;
        candidates found = find_candidates(point, samples, sample);
        if (found.untaken != NULL)
            take(found.untaken, samples, sample);
    }
    for (size_t i = 0; i < samples->count; i++) {
        audit_sample *sample = &samples->items[i];
        if (sample->count > 0 && !sample->placed)
            count_wrong(point, samples, sample, tally);
    }
    count_missing(point, samples, tally);
}

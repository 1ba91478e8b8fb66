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

/* The point is being read again on this connection: its reading before is safe. */
static void confirm(audit_reading *readings, size_t count, uint64_t connection)
{
    for (size_t back = 1; back <= count && back <= LOOK_BACK_MAX; back++) {
        audit_reading *reading = &readings[count - back];
        if (reading->connection == connection) {
            reading->confirmed = true;
            return;
        }
    }
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

void audit_point_assemble(audit_point *point)
{
    size_t whole = 0; /* readings kept */
    size_t size = array_size(point);
    audit_reading open = {0}; /* the array being joined */
    bool is_open = false;
    for (size_t i = 0; i < point->count; i++) {
        audit_reading part = point->readings[i];
        confirm(point->readings, whole, part.connection);
        if (part.whole || part.from == 0) {
            open = part;
            is_open = true;
        } else if (is_open && open.connection == part.connection && part.from == open.count) {
            open.count += part.count; /* parts of one point lie one behind the other */
            open.at_utc_ms = part.at_utc_ms;
        } else {
            is_open = false;
        }
        if (is_open && (part.whole || open.count == size)) {
            open.whole = true;
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

/* [DAT-09] Would report by exception have sent it? last: what was stored before it, or NULL. */
static bool has_moved(const audit_point *point, const audit_samples *samples,
                      const audit_sample *last, const audit_reading *now)
{
    static const ess_decimal any = {0};
    ess_decimal band = point->model != NULL ? point->model->dead_band : any;
    if (last == NULL || last->count != now->count)
        return true;
    for (size_t i = 0; i < now->count; i++) {
        ess_decimal a = samples->values.items[last->first + i];
        ess_decimal b = point->values.items[now->first + i];
        if (a.scale == AUDIT_NULL_SCALE || b.scale == AUDIT_NULL_SCALE) {
            if (!same(a, b))
                return true;
        } else if (!same(a, b) && ess_decimal_moved(a, b, band)) {
            return true;
        }
    }
    return false;
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

static void take(audit_reading *reading, const audit_samples *samples, const audit_sample *sample)
{
    reading->taken = true;
    reading->sample = (size_t)(sample - samples->items);
}

/* Finds the reading a sample came from. Candidates are the last one served before the sample's
 * stamp and all served in the same millisecond: the clock cannot order these. */
static void place_sample(audit_point *point, const audit_samples *samples,
                         const audit_sample *sample, audit_tally *tally)
{
    size_t at = lower_bound(point, sample->ts_utc_ms);
    size_t begin = at > 0 ? at - 1 : 0;
    audit_reading *taken = NULL;
    audit_reading *untaken = NULL;
    audit_reading *likely = NULL; /* the one to show when the value is another */
    for (size_t i = begin; i < point->count; i++) {
        audit_reading *reading = &point->readings[i];
        if (reading->at_utc_ms > sample->ts_utc_ms)
            break;
        bool is_equal = equal(point, reading, samples, sample);
        if (is_equal && !reading->taken && untaken == NULL)
            untaken = reading;
        if (is_equal && reading->taken)
            taken = reading;
        if (likely == NULL || (likely->taken && !reading->taken))
            likely = reading;
    }
    if (untaken != NULL) {
        take(untaken, samples, sample);
    } else if (taken != NULL) {
        tally->wrong[AUDIT_DUPLICATED] += sample->count;
        note(tally, AUDIT_DUPLICATED, point, taken, samples, sample);
    } else {
        tally->wrong[AUDIT_ALTERED] += count_altered(point, likely, samples, sample);
        note(tally, AUDIT_ALTERED, point, likely, samples, sample);
        if (likely != NULL)
            take(likely, samples, sample); /* one mistake is counted once */
    }
}

static void count_missing(const audit_point *point, const audit_samples *samples,
                          audit_tally *tally)
{
    const audit_sample *last = NULL;
    for (size_t i = 0; i < point->count; i++) {
        const audit_reading *reading = &point->readings[i];
        tally->sampled += reading->count;
        if (reading->taken) {
            last = &samples->items[reading->sample];
            continue;
        }
        bool moved = has_moved(point, samples, last, reading);
        if (!reading->confirmed) {
            tally->in_flight += reading->count;
            tally->in_flight_missing += moved ? reading->count : 0;
        } else if (moved) {
            tally->wrong[AUDIT_LOST] += reading->count;
            note(tally, AUDIT_LOST, point, reading, NULL, NULL);
        }
    }
}

void audit_align(audit_point *point, const audit_samples *samples, audit_tally *tally)
{
    for (size_t i = 0; i < samples->count; i++) {
        const audit_sample *sample = &samples->items[i];
        tally->stored += sample->count;
        if (sample->count > 0)
            place_sample(point, samples, sample, tally);
    }
    count_missing(point, samples, tally);
}

/* Messages of a station as they would go over the line, for training and for measuring. */
#ifndef ESS_BENCH_SAMPLES_H
#define ESS_BENCH_SAMPLES_H

#include "pack/pack.h"
#include "station.h"

#define SAMPLES_BATCH 60

/* A batch: each row's values are copied. */
typedef struct samples_batch {
    ess_report reports[SAMPLES_BATCH];
    char values[SAMPLES_BATCH][ESS_MESSAGE_MAX / SAMPLES_BATCH];
    char path[SAMPLES_BATCH][64];
    size_t count;
} samples_batch;

/* One live report, on the topic of its unit and component. room: ESS_MESSAGE_MAX. */
size_t samples_live(const station_report *report, char *room);
/* The first count scalars of an object, one report. */
size_t samples_object(station *s, const char *object, uint32_t count, char *room);
/* 200 scalars of a station with two cabinets, one report of a row an object. */
size_t samples_two_cabinets(station *one, station *other, char *room);

/* Sixty reports with all scalars of one object, so many seconds apart, no dead band. */
void samples_full_batch(station *s, const char *object, uint32_t every_s, samples_batch *out);
/* Takes one more; false when it is full, or the report is too large for it. */
bool samples_add(samples_batch *batch, const ess_report *report);
size_t samples_batch_rows(const samples_batch *batch, int64_t t_utc_ms, char *room);
size_t samples_batch_columns(pack *p, const samples_batch *batch, int64_t t_utc_ms, char *room);

#endif

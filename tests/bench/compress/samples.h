/* Messages of a station as they would go over the line, for training and for measuring. */
#ifndef ESS_BENCH_SAMPLES_H
#define ESS_BENCH_SAMPLES_H

#include "ess-pack/pack.h"
#include "station.h"

#define SAMPLES_BATCH 60
#define SAMPLES_ROWS  256

/* A batch: each row's values are copied. */
typedef struct samples_batch {
    ess_report reports[SAMPLES_ROWS];
    char values[SAMPLES_ROWS][2048];
    char path[SAMPLES_ROWS][64];
    size_t count;
} samples_batch;

/* One live report, on the topic of its unit and component. room: ESS_MESSAGE_MAX. */
size_t samples_live(const station_report *report, char *room);
/* The first count scalars of an object, one report. */
size_t samples_object(station *s, const char *object, uint32_t count, char *room);
/* 200 scalars of a station with two cabinets, one report of a row an object. */
size_t samples_two_cabinets(station *one, station *other, char *room);

/* So many of the model's points, each at a value of its own, drawn at random: nothing that any
 * equipment would do, and nothing that a dictionary could know but the names. message: 1, 2, ... */
size_t samples_random(uint32_t count, uint64_t message, char *room);

/* Sixty reports with all scalars of one object, so many seconds apart, no dead band. */
void samples_full_batch(station *s, const char *object, uint32_t every_s, samples_batch *out);
/* Half as many reports of 200 points each, a row an object: what of sixty fits 128 KiB as rows. */
void samples_200_batch(station *one, station *other, uint32_t every_s, samples_batch *out);
/* Takes one more; false when it is full, or the report is too large for it. */
bool samples_add(samples_batch *batch, const ess_report *report);
size_t samples_batch_rows(const samples_batch *batch, int64_t t_utc_ms, char *room);
size_t samples_batch_columns(ess_pack *p, const samples_batch *batch, int64_t t_utc_ms, char *room);

#endif

/* A station whose agent is looked at from inside: the simulated cabinet, read register by register
 * on the agent's own raster, offered to the agent's own policy, printed by the library's own
 * writers. So the reports here are what goes over the line, only sooner than real time.
 *
 * Everything follows from the seed. Seeds from STATION_MEASURED on are for measuring alone: no
 * dictionary may be trained on them.
 */
#ifndef ESS_BENCH_STATION_H
#define ESS_BENCH_STATION_H

#include "ess/words.h"

#define STATION_MEASURED 1000000
#define STATION_CODE     "%08x%08x"

typedef struct station_report {
    ess_report report;  /* ns: the path, "CAB01/PCS" */
    int64_t t_utc_ms;   /* when it would be published */
    uint32_t values;    /* numbers in it, elements of arrays counted */
} station_report;

typedef void (*station_visit)(void *context, const station_report *report);

/* Lets the station run for so many seconds and hands over each report as it would be stored. */
void station_run(const char *points, uint64_t seed, uint32_t seconds, station_visit visit,
                 void *context);

/* Every scalar of the cabinet, or the first so many of an object, as one moment shows them. */
typedef struct station station;
station *station_new(const char *points, uint64_t seed);
void station_free(station *station);
void station_step(station *station, uint32_t seconds);
int64_t station_now_utc_ms(const station *station);
/* One object's first scalars, parameters left out, as {"p":...}; returns how many there were. */
uint32_t station_print_object(station *station, const char *object, uint32_t most, char *room,
                              size_t room_size);
/* A report code as a device of this seed would give it. */
void station_code(const station *station, uint64_t n, ess_report_code *code);

#endif

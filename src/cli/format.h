/* Values and times as people read them, after the point model. */
#ifndef ESS_CLI_FORMAT_H
#define ESS_CLI_FORMAT_H

#include "ess/base.h"
#include "ess/model.h"

#define FORMAT_TIME_SIZE  32
#define FORMAT_VALUE_SIZE 256

/* UTC, "2026-01-02T03:04:05.678Z". */
void format_time(int64_t utc_ms, char room[static FORMAT_TIME_SIZE]);

/* How long ago: "12 s", "3 min", "2 h", "5 d"; nothing below 0 s, for clocks differ a little. */
void format_age(int64_t ms, bool chinese, char room[static FORMAT_TIME_SIZE]);

/* A raw JSON value with unit or enum name; an array as its size, least and most. point: NULL
 * where the model does not know it. At most FORMAT_VALUE_SIZE bytes with NUL. */
void format_value(const ess_model_point *point, ess_slice raw, bool chinese,
                  char room[static FORMAT_VALUE_SIZE]);

/* The model's point of an object path ("CAB01/BMS") and a name; NULL when it does not know it. */
const ess_model_point *format_point(ess_slice path, ess_slice name);
/* Its label, or "" for NULL. */
const char *format_label(const ess_model_point *point, bool chinese);

#endif

/* The quick walk over d of a report, private to this room; see shape.h. It reads what it knows and
 * gives up at anything else, without a word: the strict reader then says what is wrong, if
 * anything is. */
#ifndef ESS_CODEC_LANE_H
#define ESS_CODEC_LANE_H

#include "ess/shape.h"

enum { ESS_LANE_TAIL = 64 };

typedef struct ess_lane {
    /* ess_lane_read; a pointer, so that it is not linked in where envelopes alone are read. NULL:
     * it has been tried. */
    const char *(*read)(struct ess_lane *lane, const char *d, int64_t t_utc_ms);
    const char *at, *end; /* within text */
    const char *text;     /* the payload, or tail */
    const char *last;     /* as far as a member may begin that is not looked ahead for */
    uint32_t text_offset; /* of text[0] in the payload */
    uint32_t names_room;  /* [ENV-02] names that may still be open at one time within d */
    uint16_t cursor;      /* key of the shape that is expected next */
    bool is_batch;
    bool taken;          /* d has been read by it */
    ess_slice t_text;    /* of the envelope, once d is come to */
    uint32_t names_open; /* then */
    ess_shape *shape;
    ess_readings *out;
    uint32_t rows, readings; /* read so far */
    ess_slice payload;
    char tail[2 * ESS_LANE_TAIL]; /* the last bytes, zeros behind them */
} ess_lane;

/* Reads d, whose brace is at d, within the payload. Returns the place behind its closing brace, or
 * NULL: left undone. t_utc_ms is that of the envelope; rows get no ns but their own. */
const char *ess_lane_read(ess_lane *lane, const char *d, int64_t t_utc_ms);

/* What ess_envelope_walk reads, and with what. */
typedef struct ess_walk_of {
    ess_slice payload;
    const ess_topic *topic;
    ess_scratch *scratch;
    ess_lane *lane; /* may be NULL */
} ess_walk_of;

/* ess_envelope_parse that offers d to a lane before reading it itself. */
ess_err ess_envelope_walk(const ess_walk_of *of, ess_envelope *out, ess_fault *fault);

/* The envelope of the payload as the head predicts it, d's length left 0 for the caller. False: it
 * is another, or none. */
bool ess_head_read(const ess_shape_head *head, ess_slice payload, const ess_topic *topic,
                   ess_envelope *out);
/* The envelope has been read by the strict reader; the lane was offered its d. */
void ess_head_learn(ess_shape_head *head, const ess_walk_of *of, const ess_envelope *envelope);

/* Adds a name that the strict reader has accepted. As ess_shape_add. */
uint16_t ess_shape_learn(ess_shape *shape, ess_slice name);

/* What a value says, into a reading that has its place and name. */
void ess_reading_set(ess_reading *reading, ess_slice payload, const ess_value *value);

/* --- what the lane has from the strict reader (report.c); offsets of faults are no one's */

/* The value of a member, from behind its colon on. *odd: it is an object with a member twice, or
 * one that is not known, whose names have to be looked at. */
ess_err ess_value_read(ess_json_reader *reader, ess_value *value, bool *odd, ess_fault *fault);

/* --- places of the reader (json_reader.c) */

/* Begins within an object, behind the colon of a member. */
void ess_json_enter(ess_json_reader *reader, ess_slice text);
/* Goes on at at, as if the value that was to come had ended there. */
void ess_json_pass(ess_json_reader *reader, const char *at);

#endif

/* Reports read in one walk, by the shape of the reports read before.
 *
 * The reports of one device name the same points in the same order, over and over. A shape
 * remembers the names; reading then expects the name that followed last time and compares instead
 * of searching, which finds the point and proves the name well-formed at once, and it expects a
 * number to be as long as it was last time. What does not come as expected is looked up; what the
 * quick walk does not know (escapes, rare forms, any fault) is left to the strict reader of
 * message.h, whose judgement is the only one: both ways give the same on every input.
 *
 * A map of names to points in the caller was rejected: searching for each name costs more than
 * all the rest of reading. Keeping the last message itself was rejected too: reports by exception
 * leave names out, and so never equal the last one.
 */
#ifndef ESS_SHAPE_H
#define ESS_SHAPE_H

#include "ess/message.h"

ESS_BEGIN_C

/* Longer names are read, but not remembered. */
#define ESS_SHAPE_NAME_MAX 21
/* In place of an index: a name that the shape does not hold. */
#define ESS_SHAPE_NONE UINT16_MAX

typedef struct ess_shape_key {
    uint32_t id;                       /* the caller's; 0 when the name is new */
    uint16_t head, next;               /* private: hash chains, 1 + index */
    uint8_t text_len, last_at;         /* private: see is_name in lane.c */
    uint8_t layout, missed;            /* private: how its last number was laid out */
    uint8_t tail[4];                   /* private: the last members of its readings */
    char text[ESS_SHAPE_NAME_MAX + 3]; /* private: "name": with its quotes, then zeros */
    uint64_t mask;                     /* private: as many bytes as text has, at most all */
} ess_shape_key;

/* Longest envelope, up to the brace of d, that is remembered. */
#define ESS_SHAPE_HEAD_MAX 128

/* Private: the last envelope, to which the next one is compared, and the topic's unit and component
 * with which it agreed. */
typedef struct ess_shape_head {
    uint8_t len; /* with the brace; 0: none is known */
    uint8_t t_at, t_len, ns_at, ns_len, code_at, code_len, n_at, n_len;
    uint8_t s, te, type, unit_len, component_len;
    uint8_t names;  /* members that are open with d */
    char place[64]; /* unit and component */
    char text[ESS_SHAPE_HEAD_MAX];
    char mask[ESS_SHAPE_HEAD_MAX]; /* 0 where a digit of t or of the code's number may stand */
} ess_shape_head;

/* The names of one object's points (or of one kind of objects). Names are only ever added, so an
 * index stands until the shape is initialised again. One shape serves one thread at a time. */
typedef struct ess_shape {
    ess_shape_key *keys; /* the caller's room */
    uint16_t count, room;
    ess_shape_head head;
} ess_shape;

/* An empty shape. keys stays the caller's and must outlive it; room 1..ESS_MEMBERS_MAX. A name
 * that finds no room is read without being remembered. */
void ess_shape_init(ess_shape *shape, ess_shape_key *keys, uint16_t room);
/* Adds a name that is not there yet: for a writer, which knows its names beforehand; reading adds
 * names by itself. Returns its index, ESS_SHAPE_NONE if there is no room, or if the name is empty,
 * too long, or not of ASCII that needs no escape. Cost: linear in the name. */
uint16_t ess_shape_add(ess_shape *shape, ess_slice name);
/* Index of a name, ESS_SHAPE_NONE if it is not there. */
uint16_t ess_shape_find(const ess_shape *shape, ess_slice name);
/* The name at an index below count. Lifetime: the shape's. */
ess_slice ess_shape_name(const ess_shape *shape, uint16_t index);

/* Writes the name at an index below count as a member's, as ess_json_key does, but quicker. */
void ess_shape_key_write(const ess_shape *shape, uint16_t index, ess_json_writer *writer);

/* One value of a report. Offsets count from the payload's first byte. */
typedef struct ess_reading {
    int64_t mantissa;  /* NUMBER: its exact decimal; BOOL: 0, 1; ARRAY: number of elements */
    int64_t ts_utc_ms; /* its own, else the row's, else t */
    uint32_t id;       /* of its key; 0: the name is new, or not in the shape */
    uint32_t name_at;  /* offset of the name, name_len bytes without quotes */
    uint32_t raw_at;   /* TEXT, ARRAY: offset of ess_value.raw, raw_len bytes; else 0 */
    uint32_t raw_len;
    uint16_t key;    /* index in the shape, or ESS_SHAPE_NONE */
    uint16_t row;    /* index of its row */
    uint8_t scale;   /* NUMBER */
    uint8_t kind;    /* ess_value_kind */
    uint8_t quality; /* DAT-05: 0 good */
    uint8_t name_len;
} ess_reading;

/* What the caller lends for reading reports, and what was read. */
typedef struct ess_readings {
    ess_shape *shape;     /* of the object or kind; may be another each time */
    ess_scratch *scratch; /* several readings may use one, in turn */
    ess_row *row;         /* room; slices borrow from the payload */
    ess_reading *reading; /* room; in the order of the payload, so those of a row are neighbours */
    uint32_t row_room, reading_room;
    uint32_t rows, readings; /* how many were read */
} ess_readings;

/* Reads and checks a whole payload of DATA, HIST or PARAM: what ess_envelope_parse, ess_rows_next
 * and ess_values_next do, with the same errors [ENV-01..12, DAT-01..07]; but a fault's offset
 * counts from the payload's first byte. Names new to the shape are added with id 0.
 * ESS_E_NO_ROOM: more rows or values than there is room for (ESS_ROWS_MAX rows and ESS_VALUES_MAX
 * values are always enough), or more members than scratch has; the fault's rule is "" then.
 * Slices of envelope and rows borrow from payload. On failure *fault (may be NULL) tells where and
 * which rule, *envelope and the counts are untouched, what the rooms hold is undefined.
 * Stack: under 1 KiB. Cost: linear; least when the shape has seen the names. */
ess_err ess_report_read(ess_slice payload, const ess_topic *topic, ess_readings *out,
                        ess_envelope *envelope, ess_fault *fault);

ESS_END_C

#endif

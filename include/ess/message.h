/* The envelope (tables 2, 4, 6): t ns code s te d, and x; and the forms of d of a report.
 *
 * Reading never copies: slices point into the payload. A report is walked row by row and value
 * by value; nothing is built.
 */
#ifndef ESS_MESSAGE_H
#define ESS_MESSAGE_H

#include "ess/base.h"
#include "ess/json.h"
#include "ess/scratch.h"
#include "ess/topic.h"

ESS_BEGIN_C

/* s and te [ENV-06, ENV-09]; NONE: absent. */
typedef enum ess_service { ESS_S_NONE, ESS_S_METRIC, ESS_S_CMD } ess_service;
typedef enum ess_exchange { ESS_TE_NONE, ESS_TE_REQ, ESS_TE_RES } ess_exchange;

typedef struct ess_envelope {
    int64_t t_utc_ms; /* publish time */
    ess_slice ns;     /* len 0: absent */
    ess_slice code;   /* len 0: absent; 1..64 ASCII */
    ess_service s;
    ess_exchange te;
    ess_slice d;  /* raw JSON value, always an object */
    ess_slice x;  /* raw JSON object, len 0: absent */
    bool no_rows; /* private: parse saw no "rows" in d, so that ess_rows_begin need not look */
} ess_envelope;

/* Reads and checks a whole payload of the form of v1: JSON, duplicate members at every depth, types
 * and ranges of t ns code s te d x, agreement of ns with the topic's unit and component, agreement
 * of s and te with the message type [ENV-01..12]. Strings among t..te must not need unescaping.
 * topic is one given by ess_topic_parse. scratch is lent for the call and holds what members are
 * open: ESS_E_NO_ROOM if they are more than it has room for. Slices borrow from payload. On failure
 * *fault (may be NULL) tells where and which rule, *out untouched.
 * Stack: under 1 KiB. Cost: linear in the payload; names that collide on purpose cost at most
 * ESS_MEMBERS_MAX comparisons each. */
ess_err ess_envelope_parse(ess_slice payload, const ess_topic *topic, ess_scratch *scratch,
                           ess_envelope *out, ess_fault *fault);

/* Object that a message or row speaks of, from the topic's unit and component and ns. Writes
 * "unit[/component[/part]]", NUL-terminated; "" is the group itself.
 * [ENV-12] The first segment of ns decides: equal to the topic's unit, ns is absolute (counts from
 * the group) and must agree with the topic's component where it names one; else it counts from
 * the topic's deepest level.
 * ns: of the envelope or of a row, len 0 where there is none.
 * Returns ESS_E_ENVELOPE if they disagree or the path is deeper than 3; ESS_E_TOO_LARGE over
 * ESS_NS_MAX bytes (so room of ESS_NS_MAX + 1 is always enough); ESS_E_NO_ROOM. room untouched
 * then. */
ess_err ess_object_path(const ess_topic *topic, ess_slice ns, char *room, size_t room_size);
/* The rule by which ess_object_path does not take the two together (other than for want of room):
 * "ENV-39" the components disagree, "ENV-40" too deep, "ENV-41" too long. Static. */
const char *ess_object_rule(const ess_topic *topic, ess_slice ns);

/* The way back: where "unit[/component[/part]]" is written. topic gets its unit and component, *ns
 * what they do not say; in the absolute form where it would begin with the unit's own name and be
 * read as that [ENV-13]. An empty path is the group itself.
 * Returns ESS_E_ENVELOPE (outputs untouched) for more than three segments or an empty one; whether
 * they may be written is ess_topic_print's to say. Lifetime: outputs borrow from path. */
ess_err ess_object_place(ess_slice path, ess_topic *topic, ess_slice *ns);

/* "<sid>-<n>" of a report. sid is 16 lower-case hex digits: 8 of boot counter, 8 random, so that
 * text order is age order. */
#define ESS_SID_LEN 16
typedef struct ess_report_code {
    char sid[ESS_SID_LEN + 1];
    uint64_t n; /* 1 .. 2^63-1 [DAT-03] */
} ess_report_code;

/* Returns ESS_E_ENVELOPE if code is no such text. Spec: ENV-05, DLV-01. */
ess_err ess_report_code_parse(ess_slice code, ess_report_code *out);

/* Writes it, NUL-terminated. room of ESS_CODE_MAX + 1 is always enough.
 * Returns ESS_E_ENVELOPE if sid or n is not as above, ESS_E_NO_ROOM; room untouched then. */
ess_err ess_report_code_print(const ess_report_code *code, char *room, size_t room_size);

typedef enum ess_value_kind {
    ESS_VALUE_NULL, /* the value is invalid now */
    ESS_VALUE_BOOL,
    ESS_VALUE_NUMBER, /* exact */
    ESS_VALUE_TEXT,   /* text: inside the quotes, escapes unresolved */
    ESS_VALUE_ARRAY   /* raw: the JSON array, its elements checked to be numbers or null */
} ess_value_kind;

typedef struct ess_value {
    ess_slice name; /* 1 .. ESS_NAME_MAX bytes, without escapes */
    ess_value_kind kind;
    bool truth;
    ess_decimal number;
    ess_slice raw;     /* text of the value as received */
    uint16_t count;    /* ARRAY: its elements */
    uint8_t quality;   /* DAT-05: 0 good */
    int64_t ts_utc_ms; /* its own, else the row's, else t */
} ess_value;

typedef struct ess_row {
    bool has_n;
    uint64_t n;
    int64_t ts_utc_ms; /* the row's, else t */
    ess_slice ns;      /* the row's, else the message's; len 0: neither has one */
    ess_slice values;  /* raw JSON object of values by name */
} ess_row;

/* Walks the rows of a report's d. A d without "rows" is one row: itself. envelope is one given by
 * ess_envelope_parse (which refused duplicate names). A fault's offset counts from d's first byte
 * here, from row->values' first byte in ess_values_next. fault may be NULL.
 * Lifetime: slices borrow from the payload; the iterator needs neither envelope nor row again. */
typedef struct ess_row_iterator {
    ess_json_reader reader;
    int64_t t_utc_ms;
    ess_slice ns;    /* the message's */
    ess_slice whole; /* d itself when it has no rows */
    uint16_t count;
    bool is_batch, done;
    bool odd;          /* private, as what follows: a row had a member twice, or an unknown one */
    const char *(*values)(void *of, ess_row *row, const char *at);
    void *values_of;
} ess_row_iterator;
/* Returns ESS_E_DATA if "rows" is not an array [DAT-02]. */
ess_err ess_rows_begin(ess_row_iterator *it, const ess_envelope *envelope, ess_fault *fault);

/* *found: false when there is no further row; *row is untouched then.
 * Returns ESS_E_DATA [DAT-02, DAT-03, DAT-06, ENV-04], ESS_E_TOO_LARGE beyond ESS_ROWS_MAX rows;
 * the walk is over then. Cost: linear in the row's text. */
ess_err ess_rows_next(ess_row_iterator *it, ess_row *row, bool *found, ess_fault *fault);

/* Walks the values of one row: plain (forms 1, 4) or {"v","q","ts"} (form 2). */
typedef struct ess_value_iterator {
    ess_json_reader reader;
    int64_t ts_utc_ms;
    bool done;
} ess_value_iterator;

/* row: one given by ess_rows_next. Returns ESS_E_DATA if its values are no object [DAT-01]. */
ess_err ess_values_begin(ess_value_iterator *it, const ess_row *row, ess_fault *fault);

/* *found: false when there is no further value; *value is untouched then.
 * Returns ESS_E_DATA [DAT-01, DAT-05..07], ESS_E_NUMBER for a number that is not exact in 64 bits
 * [DAT-04], ESS_E_TOO_LARGE beyond ESS_ARRAY_MAX elements; the walk is over then.
 * Cost: linear in the value's text. */
ess_err ess_values_next(ess_value_iterator *it, ess_value *value, bool *found, ess_fault *fault);

/* Walks the elements of an array value. */
typedef struct ess_array_iterator {
    ess_json_reader reader;
} ess_array_iterator;

/* raw: that of an ess_value, or of an ess_reading, of kind ARRAY. Returns ESS_E_DATA for any other
 * text, or the errors of ess_json_next. Lifetime: raw must outlive the walk. */
ess_err ess_array_begin(ess_array_iterator *it, ess_slice raw);

/* *kind: NUMBER, with *number set, or NULL, with *number untouched. *found: false when there is no
 * further element. Returns no error for an array that was checked. */
ess_err ess_array_next(ess_array_iterator *it, ess_value_kind *kind, ess_decimal *number,
                       bool *found);

/* Begins an envelope: members in the order t ns code s te, absent ones left out, and the name of d.
 * What the caller writes next is d; ess_envelope_end writes the rest. envelope->d is not looked at.
 * Returns ESS_E_ENVELOPE if t, ns, code break their rules, nothing written; what else goes wrong is
 * told by ess_json_finish. */
ess_err ess_envelope_begin(ess_json_writer *writer, const ess_envelope *envelope);
/* Writes the name of x, behind d; what the caller writes next is x, and the envelope that ends it
 * has none. */
void ess_envelope_x(ess_json_writer *writer);
/* Writes x, where there is one, and the closing brace. x is raw JSON and not checked again. */
void ess_envelope_end(ess_json_writer *writer, const ess_envelope *envelope);

/* Writes an envelope whose d is there already, without NUL. d is raw JSON and not checked again.
 * Returns ESS_E_ENVELOPE if t, ns, code break their rules or d is empty, ESS_E_NO_ROOM if it does
 * not fit; *len untouched then. */
ess_err ess_envelope_print(const ess_envelope *envelope, char *room, size_t room_size, size_t *len);

ESS_END_C

#endif

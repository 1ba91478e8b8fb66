/* What every room speaks: borrowed text, the one list of errors, and where a fault lies.
 *
 * Errors are one enum for the whole house, so that a cause keeps its name from the register to
 * the screen. Their texts (what, why, how to mend; en and zh-CN) are data in
 * spec/model/errors.json, found by the name given here ("ESS_E_JSON_SYNTAX" -> "json-syntax").
 *
 * What holds for all of libess, and is not said again at each function:
 * - Nothing is allocated, locked, read or written but the arguments; there is no global state. One
 *   thread at a time may use an object; different objects may be used at the same time.
 * - Pointers are not NULL unless it says so. Sizes are bytes. Rooms are the caller's.
 * - On failure outputs are untouched unless it says otherwise; text in a room may be half written
 *   after ESS_E_NO_ROOM of a printer, but never beyond the room.
 * - ..._utc_ms are milliseconds since 1970 UTC, 0 .. 2^53-1; ..._mono_ms are milliseconds of any
 *   clock that never goes back. Neither is ever asked for: time is an argument.
 * - A text without a named length is NUL-terminated; a slice never is.
 */
#ifndef ESS_BASE_H
#define ESS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* These headers may be included from C++ too: between the first two stands what C declares, and
 * the third is the least size of an array that a function is handed, which C++ cannot say. This
 * is the one place where the language is asked for. */
#ifdef __cplusplus
#define ESS_BEGIN_C         extern "C" {
#define ESS_END_C           }
#define ESS_AT_LEAST(count) count
#else
#define ESS_BEGIN_C
#define ESS_END_C
#define ESS_AT_LEAST(count) static count
#endif

ESS_BEGIN_C

/* Borrowed bytes; never NUL-terminated, lifetime as stated by whoever hands it out. */
typedef struct ess_slice {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;
} ess_slice;

/* Numbers may change from one minor version to the next while the version is 0.x: keep names. */
typedef enum ess_err {
    ESS_OK = 0,
    /* codec */
    ESS_E_JSON_SYNTAX, /* not RFC 8259 */
    ESS_E_JSON_DEPTH,  /* nested deeper than ESS_JSON_DEPTH_MAX */
    ESS_E_UTF8,        /* not well-formed UTF-8 */
    ESS_E_NUMBER,      /* a number outside what the field allows, or not exact in 64 bits */
    ESS_E_TOPIC,       /* topic breaks a TOP rule */
    ESS_E_ENVELOPE,    /* envelope breaks an ENV rule */
    ESS_E_DATA,        /* d breaks a rule of its flow */
    ESS_E_DIRECTION,   /* right form, wrong direction or message type */
    ESS_E_NO_ROOM,     /* the caller's buffer or table is full */
    ESS_E_TOO_LARGE,   /* over a limit of limits.h */
    /* the rest of the house */
    ESS_E_NOT_FOUND,
    ESS_E_EXISTS,
    ESS_E_STATE,   /* not possible in the present state */
    ESS_E_CONFIG,  /* a configuration file is refused; nothing was applied */
    ESS_E_IO,      /* the operating system refused; errno tells why */
    ESS_E_CORRUPT, /* stored bytes fail their seal */
    ESS_E_STORAGE_FULL,
    ESS_E_TIMEOUT,
    ESS_E_OFFLINE, /* the other end cannot be reached */
    ESS_E_PERMISSION,
    ESS_E_CONFLICT, /* revision or select conflict */
    ESS_E_INTERNAL,
    ESS_E_COUNT
} ess_err;

/* Why a message was refused, precisely enough to show a person. */
typedef struct ess_fault {
    ess_err err;
    uint32_t offset;  /* byte in the text at which it was noticed */
    const char *rule; /* static, e.g. "ENV-03"; "" where no rule applies */
    const char *what; /* static English, a few words, e.g. "t is not a whole number" */
} ess_fault;

/* The time, where a machine needs both clocks. */
typedef struct ess_now {
    int64_t utc_ms, mono_ms;
    bool clock_set; /* utc_ms is believable: ess_clock_is_set, or better known */
} ess_now;

/* Slice of a string literal, without its NUL. */
#define ESS_SLICE_LITERAL(text) ((ess_slice){(text), sizeof(text) - 1})

/* Slice of a NUL-terminated text. text may be NULL: the empty slice.
 * Lifetime: the text's. Cost: that of strlen. */
ess_slice ess_slice_from(const char *text);

/* True when both hold the same bytes. Empty slices are equal, whatever their ptr. */
bool ess_slice_equal(ess_slice a, ess_slice b);

/* As ess_slice_equal, with a NUL-terminated text (NULL: the empty one). */
bool ess_slice_is(ess_slice a, const char *text);

/* Copies a into room as a NUL-terminated text. room_size: bytes of room; a.len + 1 are needed. A
 * NUL within a is copied like any byte.
 * Returns ESS_E_NO_ROOM, room untouched. */
ess_err ess_slice_copy(ess_slice a, char *room, size_t room_size);

/* True when text is well-formed UTF-8: no surrogates, no overlong forms, at most U+10FFFF. The
 * empty text is. Cost: linear. Spec: ENV-01. */
bool ess_utf8_valid(ess_slice text);

ESS_END_C

#endif

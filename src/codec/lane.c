/* The quick walk over d of a report; see shape.h for the idea and lane.h for the contract.
 *
 * Why what it accepts is right: a member is accepted only where its name, quotes and colon equal,
 * byte for byte, those of a name that the strict reader accepted before; each name once an object;
 * a value only as a number in the forms that are checked here to the end, or as the strict reader
 * reads it. Anything else is left undone.
 *
 * Words are loaded ahead of what is known to be there, so the last bytes of the payload are walked
 * in a copy with zeros behind.
 */
#include "codec/lane.h"

#include <stddef.h>
#include <string.h>

#include "codec/internal.h"
#include "codec/number.h"

enum { SEEN_WORDS = ESS_MEMBERS_MAX / 32, AHEAD_MAX = 4 };
/* Names that may be open around those of values: of a batch, of its row, of an object as value. */
enum { NAMES_AROUND = 8 };
/* Makes of a closing brace a comma, as ess_number_in wants it. */
static const uint64_t BRACE_AS_COMMA = ',' ^ '}';

/* The object of values being walked. */
typedef struct object {
    int64_t ts_utc_ms;
    uint16_t row;
    bool closed;               /* its last member has been read */
    uint32_t seen[SEEN_WORDS]; /* bit per key of the shape */
} object;

/* Offsets count from the payload's first byte, wherever the walk is just now. */
static inline uint32_t offset_of(const ess_lane *lane, const char *at)
{
    return (uint32_t)(at - lane->text) + lane->text_offset;
}

static inline const char *in_payload(const ess_lane *lane, const char *at)
{
    return lane->payload.ptr + offset_of(lane, at);
}

/* Goes on in the copy of the payload's end. Sizes that are known beforehand cost a few stores; a
 * payload that is shorter than the copy costs more. */
static __attribute__((noinline)) void take_tail(ess_lane *lane)
{
    size_t left = (size_t)(lane->end - lane->at);
    size_t len = lane->payload.len < ESS_LANE_TAIL ? lane->payload.len : ESS_LANE_TAIL;

    if (len == ESS_LANE_TAIL)
        memcpy(lane->tail, lane->end - ESS_LANE_TAIL, ESS_LANE_TAIL);
    else
        memcpy(lane->tail, lane->payload.ptr, len);
    lane->text = lane->tail;
    lane->text_offset = (uint32_t)(lane->payload.len - len);
    lane->end = lane->tail + len;
    lane->at = lane->end - left;
    lane->last = lane->end; /* the zeros behind end the walk */
    memset(lane->tail + len, 0, ESS_LANE_TAIL);
}

/* Sees to it that ESS_LANE_TAIL bytes at lane->at can be loaded. */
static inline void look_ahead(ess_lane *lane)
{
    if (lane->end - lane->at < ESS_LANE_TAIL && lane->text != lane->tail)
        take_tail(lane);
}

/* Goes on at a place of the payload. */
static void go_to(ess_lane *lane, const char *at)
{
    lane->at += (at - lane->payload.ptr) - (ptrdiff_t)offset_of(lane, lane->at);
    look_ahead(lane);
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline void skip_space(ess_lane *lane)
{
    while (lane->at < lane->end && is_space(*lane->at))
        lane->at++;
}

/* at + 1, as the compiler must not know: it would make the branch that this is behind an addition.
 */
static inline const char *pass(const char *at)
{
    __asm__("" : "+r"(at));
    return at + 1;
}

/* --- names */

static inline uint64_t word_at(const void *at)
{
    uint64_t word = 0;

    memcpy(&word, at, sizeof word);
    return word;
}

/* The first and the last eight bytes, which overlap in most names; under a mask where there are
 * fewer. sizeof key->text bytes are readable at at. */
static inline bool is_name(const char *at, const ess_shape_key *key)
{
    uint64_t differ = (word_at(at) ^ word_at(key->text)) |
                      (word_at(at + key->last_at) ^ word_at(key->text + key->last_at));

    if (key->text_len > 16)
        differ |= word_at(at + 8) ^ word_at(key->text + 8);
    return (differ & key->mask) == 0;
}

/* The name at lane->at, which is not the one expected: one of the next, or any other. */
static uint16_t find_name(const ess_lane *lane)
{
    const ess_shape *shape = lane->shape;
    const char *at = lane->at;
    size_t len = 1;

    for (uint16_t i = lane->cursor; i < shape->count && i < lane->cursor + AHEAD_MAX; i++) {
        if (is_name(at, &shape->keys[i]))
            return i;
    }
    if (*at != '"')
        return ESS_SHAPE_NONE;
    while (len <= ESS_SHAPE_NAME_MAX && at[len] != '"')
        len++;
    if (at[len] != '"' || at[len + 1] != ':')
        return ESS_SHAPE_NONE;
    return ess_shape_find(shape, (ess_slice){at + 1, len - 1});
}

/* --- values; each moves lane->at behind it, or is false */

/* A number laid out otherwise than the last one of its name: how it is. One odd length (56 among
 * 56.3) does not change what is expected, two in a row do. */
static const ess_layout *expect_other(ess_shape_key *key, uint64_t word)
{
    uint8_t code = ess_layout_of(word);

    if (key->missed != 0)
        key->layout = code;
    key->missed = 1;
    return &ess_layouts[code];
}

/* Any number, in the longer way. */
static bool read_long_number(ess_lane *lane, ess_reading *reading)
{
    const char *at = lane->at;
    ess_decimal number;

    while (at < lane->end && (is_digit(*at) || *at == '.' || *at == '-' || *at == 'e'))
        at++; /* the strict reader knows the rarer forms */
    if (ess_decimal_parse((ess_slice){lane->at, (size_t)(at - lane->at)}, &number) != ESS_OK)
        return false;
    reading->mantissa = number.mantissa;
    reading->scale = number.scale;
    lane->at = at;
    look_ahead(lane);
    return true;
}

/* Any value, as the strict reader reads it. */
static bool read_any(ess_lane *lane, ess_reading *reading)
{
    const char *at = in_payload(lane, lane->at);
    ess_json_reader reader;
    ess_value value = {.ts_utc_ms = reading->ts_utc_ms};
    bool odd = false;

    ess_json_enter(&reader, (ess_slice){at, (size_t)(lane->payload.ptr + lane->payload.len - at)});
    if (ess_value_read(&reader, &value, &odd, NULL) != ESS_OK || odd)
        return false;
    ess_reading_set(reading, lane->payload, &value);
    go_to(lane, reader.cur);
    return true;
}

/* --- members */

/* Behind a value: passes the comma, or the brace that closes the object. */
static bool pass_separator(ess_lane *lane, object *of)
{
    skip_space(lane);
    look_ahead(lane);
    of->closed = *lane->at == '}';
    if (!of->closed && *lane->at != ',')
        return false;
    lane->at++;
    return true;
}

/* The keys from..to-1 have been met in this object; false if one had been before. */
static bool mark_seen(object *of, size_t from, size_t to)
{
    uint32_t again = 0;
    uint32_t bits = UINT32_MAX << from % 32;

    for (size_t word = from / 32; from < to; from = ++word * 32) {
        if (to < word * 32 + 32)
            bits &= ~(UINT32_MAX << to % 32);
        again |= of->seen[word] & bits;
        of->seen[word] |= bits;
        bits = UINT32_MAX;
    }
    return again == 0;
}

/* name_at: offset of the name, without its quote. */
static inline void put_number(const object *of, ess_reading *reading, const ess_shape_key *key,
                              uint32_t name_at)
{
    reading->ts_utc_ms = of->ts_utc_ms;
    reading->id = key->id;
    reading->name_at = name_at;
    reading->raw_at = 0;
    reading->raw_len = 0;
    reading->row = of->row;
    memcpy((char *)reading + offsetof(ess_reading, scale), key->tail, sizeof key->tail);
}

/* The number of a member, laid out otherwise than the last one, or behind a space, or followed by
 * the closing brace. Returns the place behind it and its comma or brace, NULL: it is none of these.
 * Out of line, so that the loop has the registers to itself. */
static __attribute__((noinline)) const char *read_odd(object *of, ess_reading *reading,
                                                      ess_shape_key *key, const char *number)
{
    uint64_t magnitude = 0;

    number += *number == ' ';
    bool negative = *number == '-';
    number += negative;
    uint64_t word = word_at(number);
    const ess_layout *layout = expect_other(key, word);
    bool closed = number[layout->len] == '}';
    if (closed)
        word ^= BRACE_AS_COMMA << 8 * layout->len;
    if (!ess_number_in(word, layout, &magnitude))
        return NULL;
    reading->mantissa = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    reading->scale = layout->scale;
    of->closed = closed;
    number += layout->len + 1;
    return number + (!closed && *number == ' ');
}

/* The members that come as expected: the next names of the shape, each with a number of up to
 * seven characters and a comma. Stops in front of the first other one, or behind the brace that
 * ends the object. Returns how many there were. This is where nearly all of a report is read. */
static size_t read_run(ess_lane *lane, object *of, size_t most)
{
    const char *at = lane->at;
    const char *const last = lane->last;
    const uint32_t base = offset_of(lane, at) + 1 - (uint32_t)(uintptr_t)at;
    ess_shape_key *key = &lane->shape->keys[lane->cursor];
    ess_reading *reading = &lane->out->reading[lane->readings];
    uint32_t index = lane->cursor;
    const uint32_t stop = index + (uint32_t)most;

    for (; index < stop && at <= last && is_name(at, key); index++, key++, reading++) {
        const ess_layout *layout = &ess_layouts[key->layout];
        const char *number = at + key->text_len;
        uint64_t magnitude = 0;
        bool negative = *number == '-';
        if (negative) /* a branch, or else the next name would have to wait for this byte */
            number = pass(number);
        reading->key = (uint16_t)index;
        put_number(of, reading, key, (uint32_t)(uintptr_t)at + base);
        if (ess_number_in(word_at(number), layout, &magnitude)) {
            key->missed = 0;
            reading->mantissa = negative ? -(int64_t)magnitude : (int64_t)magnitude;
            reading->scale = layout->scale;
            at = number + layout->len + 1;
            continue;
        }
        const char *behind = read_odd(of, reading, key, at + key->text_len);
        if (behind == NULL)
            break;
        at = behind;
        if (of->closed) {
            index++;
            break;
        }
    }
    lane->at = at;
    return index - lane->cursor;
}

/* False: a name came twice. */
static bool read_expected(ess_lane *lane, object *of, uint32_t most)
{
    size_t from = lane->cursor;
    size_t names = lane->shape->count - from;
    size_t room = most - lane->readings;
    size_t count = read_run(lane, of, names < room ? names : room);

    lane->readings += (uint32_t)count;
    lane->cursor = (uint16_t)(from + count);
    look_ahead(lane);
    return mark_seen(of, from, from + count);
}

/* One member of any kind and its separator. */
static bool read_member(ess_lane *lane, object *of)
{
    ess_reading *reading = &lane->out->reading[lane->readings++];
    skip_space(lane);
    look_ahead(lane);
    uint16_t index = find_name(lane);

    if (index == ESS_SHAPE_NONE || !mark_seen(of, index, index + 1U))
        return false;
    ess_shape_key *key = &lane->shape->keys[index];
    lane->cursor = (uint16_t)(index + 1);
    reading->key = index;
    put_number(of, reading, key, offset_of(lane, lane->at) + 1);
    lane->at += key->text_len;
    const char *behind = read_odd(of, reading, key, lane->at);
    if (behind != NULL) {
        lane->at = behind;
        look_ahead(lane);
        return true;
    }
    return (read_long_number(lane, reading) || read_any(lane, reading)) && pass_separator(lane, of);
}

/* An object of values, from its brace on. */
static bool read_values(ess_lane *lane, uint16_t row, int64_t ts_utc_ms)
{
    ess_readings *out = lane->out;
    uint32_t most = lane->readings + lane->names_room - NAMES_AROUND;
    object of;

    of.ts_utc_ms = ts_utc_ms;
    of.row = row;
    of.closed = false;
    memset(of.seen, 0, sizeof of.seen / 2);
    memset(of.seen + SEEN_WORDS / 2, 0, sizeof of.seen / 2);
    most = most < out->reading_room ? most : out->reading_room;
    lane->cursor = 0;
    lane->at++;
    skip_space(lane);
    look_ahead(lane);
    if (*lane->at == '}') {
        lane->at++;
        return true;
    }
    while (!of.closed) {
        const char *text = lane->text;
        if (!read_expected(lane, &of, most))
            return false;
        if (of.closed || lane->text != text)
            continue; /* where the tail has been taken, it goes on as it began */
        if (lane->readings == most || !read_member(lane, &of))
            return false;
    }
    return true;
}

/* --- rows */

/* The object of values at at; where it ends, or NULL. */
static const char *row_values(void *of, ess_row *row, const char *at)
{
    ess_lane *lane = of;

    go_to(lane, at);
    skip_space(lane);
    look_ahead(lane);
    const char *begin = in_payload(lane, lane->at);
    if (*lane->at != '{' || !read_values(lane, (uint16_t)lane->rows, row->ts_utc_ms))
        return NULL;
    const char *end = in_payload(lane, lane->at);
    row->values = (ess_slice){begin, (size_t)(end - begin)};
    return end;
}

/* d of the form {"rows":[...]}: its rows as the strict reader reads them, but for the values. */
static const char *read_batch(ess_lane *lane, const ess_envelope *envelope)
{
    ess_row_iterator it;
    ess_json_token token;
    bool found = true;

    lane->is_batch = true;
    if (ess_rows_begin(&it, envelope, NULL) != ESS_OK)
        return NULL;
    it.values = row_values;
    it.values_of = lane;
    for (;;) {
        ess_row row;
        if (ess_rows_next(&it, &row, &found, NULL) != ESS_OK || it.odd)
            return NULL;
        if (!found)
            break;
        if (lane->rows == lane->out->row_room)
            return NULL;
        lane->out->row[lane->rows++] = row;
    }
    bool ended = ess_json_next(&it.reader, &token) == ESS_OK && token.type == ESS_JSON_OBJECT_END;
    return it.is_batch && ended ? it.reader.cur : NULL;
}

const char *ess_lane_read(ess_lane *lane, const char *d, int64_t t_utc_ms)
{
    static const char batch[] = "{\"rows\":";
    ess_envelope envelope = {.t_utc_ms = t_utc_ms};

    lane->rows = 0;
    lane->readings = 0;
    lane->is_batch = false;
    lane->text = lane->payload.ptr;
    lane->text_offset = 0;
    lane->at = d;
    lane->end = lane->text + lane->payload.len;
    lane->last = lane->payload.len < ESS_LANE_TAIL ? d : lane->end - ESS_LANE_TAIL;
    /* A shape that knows no name yet, and a message with too many other names, or little room. */
    if (lane->shape->count == 0 || lane->out->row_room == 0 || !ess_number_quick() ||
        lane->names_room <= NAMES_AROUND)
        return NULL;
    look_ahead(lane);
    if (memcmp(lane->at, batch, sizeof batch - 1) == 0) {
        envelope.d = (ess_slice){d, (size_t)(lane->payload.ptr + lane->payload.len - d)};
        return read_batch(lane, &envelope);
    }
    ess_row *row = lane->out->row;
    *row = (ess_row){.ts_utc_ms = t_utc_ms};
    const char *end = row_values(lane, row, d);
    lane->rows = 1;
    return end;
}

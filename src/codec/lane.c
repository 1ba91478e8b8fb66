/* The quick walk over d of a report; see shape.h for the idea and lane.h for the contract.
 *
 * Why what it accepts is right: a member is accepted only where its name, quotes and colon equal,
 * byte for byte, those of a name that the strict reader accepted before; each name once an object;
 * a value only in the forms that are checked here to the end. Anything else is left undone.
 *
 * Words are loaded ahead of what is known to be there, so the last bytes of the payload are walked
 * in a copy with zeros behind.
 */
#include "codec/lane.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/number.h"

enum { SEEN_WORDS = ESS_MEMBERS_MAX / 64, AHEAD_MAX = 4 };
/* Names that may be open around those of values: of a batch, of its row, of an object as value. */
enum { NAMES_AROUND = 8 };

/* The object of values being walked. */
typedef struct object {
    int64_t ts_utc_ms;
    uint16_t row;
    uint64_t seen[SEEN_WORDS]; /* bit per key of the shape */
} object;

/* Offsets count from the payload's first byte, wherever the walk is just now. */
static inline uint32_t offset_of(const ess_lane *lane, const char *at)
{
    return (uint32_t)(at - lane->text) + lane->text_offset;
}

/* Sees to it that ESS_LANE_TAIL bytes at lane->at can be loaded. */
static inline void look_ahead(ess_lane *lane)
{
    if (lane->end - lane->at >= ESS_LANE_TAIL || lane->text == lane->tail)
        return;
    size_t len = (size_t)(lane->end - lane->at);
    lane->text_offset = offset_of(lane, lane->at);
    memcpy(lane->tail, lane->at, len);
    memset(lane->tail + len, 0, sizeof lane->tail - len);
    lane->text = lane->tail;
    lane->at = lane->tail;
    lane->end = lane->tail + len;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void skip_space(ess_lane *lane)
{
    while (lane->at < lane->end && is_space(*lane->at))
        lane->at++;
}

/* --- names */

static inline uint64_t word_at(const void *at)
{
    uint64_t word = 0;

    memcpy(&word, at, sizeof word);
    return word;
}

/* As many bytes as key->text has are readable at at. */
static inline bool is_name(const char *at, const ess_shape_key *key)
{
    static const unsigned char ones[2 * sizeof key->text] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const unsigned char *mask = ones + sizeof key->text - key->text_len;
    uint64_t differ = ((word_at(at) & word_at(mask)) ^ word_at(key->text)) |
                      ((word_at(at + 8) & word_at(mask + 8)) ^ word_at(key->text + 8));

    if (key->text_len > 16)
        differ |= (word_at(at + 16) & word_at(mask + 16)) ^ word_at(key->text + 16);
    return differ == 0;
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

static bool is_number_byte(char c)
{
    return (unsigned char)(c - '0') < 10 || c == '.' || c == '-' || c == '+' || c == 'e' ||
           c == 'E';
}

/* Any number, in the longer way. */
static bool read_any_number(ess_lane *lane, ess_decimal *number)
{
    const char *begin = lane->at;
    const char *at = begin;

    while (at < lane->end && is_number_byte(*at))
        at++;
    if (ess_decimal_parse((ess_slice){begin, (size_t)(at - begin)}, number) != ESS_OK)
        return false;
    lane->at = at;
    return true;
}

static inline bool ends_value(char c)
{
    return c == ',' || c == '}';
}

/* The number at text is not laid out as expected: how it is. One odd length (56 among 56.3) does
 * not change what is expected, two in a row do. */
static const ess_layout *expect_other(ess_shape_key *key, const char *text)
{
    uint8_t code = ess_layout_of(text);

    if (key->missed != 0)
        key->layout = code;
    key->missed = 1;
    return &ess_layouts[code];
}

/* A number laid out as last time, or else as it is now. 9 bytes readable behind the sign. */
static inline bool read_number(ess_lane *lane, ess_shape_key *key, ess_reading *reading)
{
    const char *at = lane->at;
    bool negative = *at == '-';
    const ess_layout *layout = &ess_layouts[key->layout];
    uint64_t digits = 0;

    at += negative;
    if (ess_digits_at(at, layout, &digits) && ends_value(at[layout->len])) {
        key->missed = 0;
    } else {
        layout = expect_other(key, at);
        if (!ess_digits_at(at, layout, &digits) || !ends_value(at[layout->len])) {
            ess_decimal number = {0};
            bool read = read_any_number(lane, &number);
            reading->mantissa = number.mantissa;
            reading->scale = number.scale;
            look_ahead(lane);
            return read;
        }
    }
    int64_t mantissa = (int64_t)ess_digits_join(digits);
    reading->mantissa = negative ? -mantissa : mantissa;
    reading->scale = layout->scale;
    if (layout->scale > 0 && digits >> 56 == 0) { /* a trailing zero carries no meaning */
        ess_decimal number = ess_decimal_make(reading->mantissa, reading->scale);
        reading->mantissa = number.mantissa;
        reading->scale = number.scale;
    }
    lane->at = at + layout->len;
    return true;
}

static bool read_literal(ess_lane *lane, ess_reading *reading)
{
    static const struct {
        const char *text;
        uint8_t len, kind, truth;
    } literals[] = {
        {"true", 4, ESS_VALUE_BOOL, 1},
        {"false", 5, ESS_VALUE_BOOL, 0},
        {"null", 4, ESS_VALUE_NULL, 0},
    };

    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        if ((size_t)(lane->end - lane->at) < literals[i].len ||
            memcmp(lane->at, literals[i].text, literals[i].len) != 0)
            continue;
        reading->kind = literals[i].kind;
        reading->mantissa = literals[i].truth;
        lane->at += literals[i].len;
        return true;
    }
    return false;
}

/* ASCII without escapes. */
static bool read_text(ess_lane *lane, ess_reading *reading)
{
    const char *begin = lane->at + 1;
    const char *at = begin;

    while (at < lane->end && *at != '"' && *at != '\\' && (unsigned char)(*at - 0x20) < 0x60)
        at++;
    if (at >= lane->end || *at != '"')
        return false;
    reading->kind = ESS_VALUE_TEXT;
    reading->raw_at = offset_of(lane, begin);
    reading->raw_len = (uint32_t)(at - begin);
    lane->at = at + 1;
    return true;
}

/* Behind the bracket or a comma. */
static bool read_element(ess_lane *lane)
{
    ess_reading element;
    ess_decimal number;
    const char *at = lane->at;
    size_t digits = 0;

    /* A cell voltage: a few digits and nothing else. */
    while (lane->end - at > 6 && digits < 5 && (unsigned char)(at[digits] - '0') < 10)
        digits++;
    if (digits > 0 && (at[0] != '0' || digits == 1) && (at[digits] == ',' || at[digits] == ']')) {
        lane->at = at + digits;
        return true;
    }
    if (at < lane->end && *at == 'n')
        return read_literal(lane, &element);
    return read_any_number(lane, &number);
}

static bool read_array(ess_lane *lane, ess_reading *reading)
{
    int64_t count = 0;

    reading->kind = ESS_VALUE_ARRAY;
    reading->raw_at = offset_of(lane, lane->at);
    lane->at++;
    skip_space(lane);
    bool more = lane->at < lane->end && *lane->at != ']';
    while (more) {
        if (count == ESS_ARRAY_MAX || !read_element(lane))
            return false;
        count++;
        skip_space(lane);
        if (lane->at >= lane->end || (*lane->at != ',' && *lane->at != ']'))
            return false;
        more = *lane->at == ',';
        if (more) {
            lane->at++;
            skip_space(lane);
        }
    }
    if (lane->at >= lane->end)
        return false;
    lane->at++;
    reading->mantissa = count;
    reading->raw_len = offset_of(lane, lane->at) - reading->raw_at;
    return true;
}

static bool read_rare_value(ess_lane *lane, ess_reading *reading)
{
    bool read = *lane->at == '"'   ? read_text(lane, reading)
                : *lane->at == '[' ? read_array(lane, reading)
                                   : read_literal(lane, reading);
    look_ahead(lane);
    return read;
}

/* --- members */

/* Behind a member or element: true, with more = whether a further one follows. */
static inline bool pass_separator(ess_lane *lane, char closing, bool *more)
{
    if (*lane->at != ',' && *lane->at != closing) {
        skip_space(lane);
        look_ahead(lane);
    }
    *more = *lane->at == ',';
    if (!*more && *lane->at != closing)
        return false;
    lane->at++;
    if (*more && is_space(*lane->at))
        skip_space(lane);
    return true;
}

/* Behind an opening bracket: true at a first member or element, false behind the closing. */
static bool pass_opening(ess_lane *lane, char closing)
{
    bool more;

    look_ahead(lane);
    skip_space(lane);
    look_ahead(lane);
    more = *lane->at != closing;
    lane->at += !more;
    return more;
}

/* The row of names that stands at lane->at as "name": and moves behind it; count if none does. */
static size_t pass_name(ess_lane *lane, const ess_slice *names, size_t count)
{
    look_ahead(lane);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(lane->at, names[i].ptr, names[i].len) != 0)
            continue;
        lane->at += names[i].len;
        skip_space(lane);
        look_ahead(lane);
        return i;
    }
    return count;
}

static bool read_whole(ess_lane *lane, int64_t most, int64_t *whole)
{
    ess_decimal number;

    if (!read_any_number(lane, &number) || number.scale != 0 || number.mantissa < 0 ||
        number.mantissa > most)
        return false;
    *whole = number.mantissa;
    look_ahead(lane);
    return true;
}

static inline bool read_plain(ess_lane *lane, ess_shape_key *key, ess_reading *reading)
{
    bool is_number = *lane->at == '-' || (unsigned char)(*lane->at - '0') < 10;

    return is_number ? read_number(lane, key, reading) : read_rare_value(lane, reading);
}

/* [DAT-05] An object as value, from its brace on. */
static bool read_qualified(ess_lane *lane, ess_shape_key *key, ess_reading *reading)
{
    enum { V, Q, TS, COUNT };
    static const ess_slice names[COUNT] = {{"\"v\":", 4}, {"\"q\":", 4}, {"\"ts\":", 5}};
    unsigned seen = 0;
    int64_t quality = 0;

    lane->at++;
    bool more = pass_opening(lane, '}');
    while (more) {
        size_t name = pass_name(lane, names, COUNT);
        if (name == COUNT || (seen & 1U << name) != 0)
            return false;
        seen |= 1U << name;
        bool read = name == V   ? read_plain(lane, key, reading)
                    : name == Q ? read_whole(lane, UINT8_MAX, &quality)
                                : read_whole(lane, ESS_TIME_MAX, &reading->ts_utc_ms);
        if (!read || !pass_separator(lane, '}', &more))
            return false;
    }
    reading->quality = (uint8_t)quality;
    look_ahead(lane);
    return (seen & 1U << V) != 0;
}

/* The keys from..to-1 have been met in this object; false if one had been before. */
static bool mark_seen(object *of, size_t from, size_t to)
{
    uint64_t again = 0;

    for (size_t word = from / 64; word * 64 < to; word++) {
        uint64_t low = word * 64 < from ? UINT64_MAX << from % 64 : UINT64_MAX;
        uint64_t high = word * 64 + 64 > to ? ~(UINT64_MAX << to % 64) : UINT64_MAX;
        again |= of->seen[word] & low & high;
        of->seen[word] |= low & high;
    }
    return again == 0;
}

/* The members that come as expected: the next names of the shape, each with a number of up to
 * eight characters and a comma. Stops in front of the first other one; false: a name came twice.
 * This is where nearly all of a report is read. space: 1 where ": " and ", " are written, else 0;
 * a constant in each call, so that the usual case does not pay for the other. */
__attribute__((always_inline)) static inline bool read_run(ess_lane *lane, object *of,
                                                           uint32_t most, const size_t space)
{
    const char *at = lane->at;
    /* In the copy of the tail, the zeros behind end the walk. */
    const char *last = lane->text == lane->tail ? lane->end : lane->end - ESS_LANE_TAIL;
    uint32_t text_at = lane->text_offset - (uint32_t)(uintptr_t)lane->text + 1;
    ess_shape_key *key = &lane->shape->keys[lane->cursor];
    ess_reading *reading = &lane->out->reading[lane->readings];
    size_t room = most - lane->readings;
    size_t names = (size_t)lane->shape->count - lane->cursor;
    size_t count = 0;

    for (room = room < names ? room : names; count < room && at <= last; count++) {
        uint64_t digits = 0;
        if (!is_name(at, key))
            break;
        const char *number = at + key->text_len + space;
        if (space > 0 && number[-1] != ' ')
            break;
        bool negative = *number == '-';
        number += negative;
        const ess_layout *layout = &ess_layouts[key->layout];
        if (ess_digits_at(number, layout, &digits) && number[layout->len] == ',') {
            key->missed = 0;
        } else {
            layout = expect_other(key, number);
            if (!ess_digits_at(number, layout, &digits) || number[layout->len] != ',')
                break;
        }
        if (layout->scale > 0 && digits >> 56 == 0)
            break; /* a trailing zero, which carries no meaning */
        int64_t mantissa = (int64_t)ess_digits_join(digits);
        *reading = (ess_reading){.mantissa = negative ? -mantissa : mantissa,
                                 .ts_utc_ms = of->ts_utc_ms,
                                 .id = key->id,
                                 .name_at = (uint32_t)(uintptr_t)at + text_at,
                                 .key = (uint16_t)(lane->cursor + count),
                                 .row = of->row,
                                 .scale = layout->scale,
                                 .kind = ESS_VALUE_NUMBER,
                                 .name_len = (uint8_t)(key->text_len - 3)};
        at = number + layout->len + 1;
        if (space > 0 && *at == ' ')
            at++;
        key++;
        reading++;
    }
    size_t from = lane->cursor;
    lane->at = at;
    lane->readings += (uint32_t)count;
    lane->cursor = (uint16_t)(from + count);
    return mark_seen(of, from, from + count);
}

/* Out of line, so that the usual run has its function's registers to itself. */
__attribute__((noinline)) static bool read_spaced(ess_lane *lane, object *of, uint32_t most)
{
    return read_run(lane, of, most, 1);
}

static bool read_expected(ess_lane *lane, object *of, uint32_t most)
{
    const ess_shape *shape = lane->shape;

    if (lane->cursor < shape->count && lane->at[shape->keys[lane->cursor].text_len] == ' ')
        return read_spaced(lane, of, most);
    return read_run(lane, of, most, 0);
}

/* One member of any kind and its separator. */
static bool read_member(ess_lane *lane, object *of, ess_reading *reading, bool *more)
{
    uint16_t index = find_name(lane);

    if (index == ESS_SHAPE_NONE || !mark_seen(of, index, index + 1U))
        return false;
    ess_shape_key *key = &lane->shape->keys[index];
    lane->cursor = (uint16_t)(index + 1);
    *reading = (ess_reading){.ts_utc_ms = of->ts_utc_ms,
                             .id = key->id,
                             .name_at = offset_of(lane, lane->at) + 1,
                             .key = index,
                             .row = of->row,
                             .kind = ESS_VALUE_NUMBER,
                             .name_len = (uint8_t)(key->text_len - 3)};
    lane->at += key->text_len;
    if (is_space(*lane->at))
        lane->at++;
    if (*lane->at == '{' ? !read_qualified(lane, key, reading) : !read_plain(lane, key, reading))
        return false;
    return pass_separator(lane, '}', more);
}

/* An object of values, from its brace on. */
static bool read_values(ess_lane *lane, uint16_t row, int64_t ts_utc_ms)
{
    ess_readings *out = lane->out;
    uint32_t most = lane->readings + lane->names_room - NAMES_AROUND;
    object of = {.ts_utc_ms = ts_utc_ms, .row = row};

    most = most < out->reading_room ? most : out->reading_room;
    lane->cursor = 0;
    lane->at++;
    bool more = pass_opening(lane, '}');
    while (more) {
        look_ahead(lane);
        if (!read_expected(lane, &of, most))
            return false;
        look_ahead(lane);
        if (lane->readings == most || !read_member(lane, &of, &out->reading[lane->readings], &more))
            return false;
        lane->readings++;
    }
    look_ahead(lane);
    return true;
}

/* --- rows */

static ess_slice slice_of(const ess_lane *lane, uint32_t begin, uint32_t end)
{
    return (ess_slice){lane->payload.ptr + begin, end - begin};
}

static bool row_values(ess_lane *lane, ess_row *row)
{
    uint32_t begin = offset_of(lane, lane->at);

    if (*lane->at != '{' || !read_values(lane, (uint16_t)(lane->rows - 1), row->ts_utc_ms))
        return false;
    row->values = slice_of(lane, begin, offset_of(lane, lane->at));
    return true;
}

static bool row_n(ess_lane *lane, ess_row *row)
{
    ess_reading text = {0};
    uint32_t begin = offset_of(lane, lane->at);

    row->has_n = true;
    if (*lane->at == '"')
        return read_text(lane, &text) &&
               ess_count_parse(slice_of(lane, text.raw_at, text.raw_at + text.raw_len), &row->n);
    while ((unsigned char)(*lane->at - '0') < 10 && offset_of(lane, lane->at) - begin < 20)
        lane->at++;
    return ess_count_parse(slice_of(lane, begin, offset_of(lane, lane->at)), &row->n);
}

/* A value that has its time by now would have got another. */
static bool row_ts(ess_lane *lane, ess_row *row)
{
    return row->values.len == 0 && read_whole(lane, ESS_TIME_MAX, &row->ts_utc_ms);
}

static bool row_ns(ess_lane *lane, ess_row *row)
{
    ess_reading text = {0};

    if (*lane->at != '"' || !read_text(lane, &text))
        return false;
    row->ns = slice_of(lane, text.raw_at, text.raw_at + text.raw_len);
    return ess_ns_is_legal(row->ns);
}

/* [DAT-02] from the row's brace on. */
static bool read_row(ess_lane *lane, int64_t t_utc_ms)
{
    enum { COUNT = 4 };
    static const ess_slice names[COUNT] = {
        {"\"n\":", 4}, {"\"ts\":", 5}, {"\"ns\":", 5}, {"\"v\":", 4}};
    static bool (*const read[COUNT])(ess_lane *, ess_row *) = {row_n, row_ts, row_ns, row_values};
    unsigned seen = 0;

    if (*lane->at != '{' || lane->rows == lane->out->row_room || lane->rows == ESS_ROWS_MAX)
        return false;
    ess_row *row = &lane->out->row[lane->rows++];
    *row = (ess_row){.ts_utc_ms = t_utc_ms};
    lane->at++;
    bool more = pass_opening(lane, '}');
    while (more) {
        size_t name = pass_name(lane, names, COUNT);
        if (name == COUNT || (seen & 1U << name) != 0 || !read[name](lane, row))
            return false;
        seen |= 1U << name;
        look_ahead(lane);
        if (!pass_separator(lane, '}', &more))
            return false;
    }
    look_ahead(lane);
    return row->values.len > 0;
}

/* d of the form {"rows":[...]}, behind the bracket. */
static bool read_batch(ess_lane *lane, int64_t t_utc_ms)
{
    lane->is_batch = true;
    bool more = pass_opening(lane, ']');
    while (more) {
        look_ahead(lane);
        if (!read_row(lane, t_utc_ms) || !pass_separator(lane, ']', &more))
            return false;
    }
    skip_space(lane);
    look_ahead(lane);
    return *lane->at++ == '}';
}

const char *ess_lane_read(ess_lane *lane, const char *d, int64_t t_utc_ms)
{
    static const char batch[] = "{\"rows\":[";
    const size_t batch_len = sizeof batch - 1;
    bool read = false;

    lane->rows = 0;
    lane->readings = 0;
    lane->is_batch = false;
    lane->text = lane->payload.ptr;
    lane->text_offset = 0;
    lane->at = d;
    lane->end = lane->text + lane->payload.len;
    /* A shape that knows no name yet, and a message with too many other names, or little room. */
    if (lane->shape->count == 0 || lane->out->row_room == 0 || !ess_number_quick() ||
        lane->names_room <= NAMES_AROUND)
        return NULL;
    look_ahead(lane);
    if (memcmp(lane->at, batch, batch_len) == 0) {
        lane->at += batch_len;
        read = read_batch(lane, t_utc_ms);
    } else {
        ess_row *row = &lane->out->row[lane->rows++];
        *row = (ess_row){.ts_utc_ms = t_utc_ms};
        read = row_values(lane, row);
    }
    return read ? lane->payload.ptr + offset_of(lane, lane->at) : NULL;
}

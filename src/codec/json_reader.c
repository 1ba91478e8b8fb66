/* Strict RFC 8259 pull reader: one pass, nothing kept but a bit a level.
 *
 * What may come next is one small state (expect); the separators , and : belong to no token and
 * are read together with the token they lead to. A recursive descent was rejected: its depth
 * would be the peer's choice.
 */
#include "ess/json.h"

#include <string.h>

#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/number.h"
#include "codec/try.h"
#include "ess/double.h"

enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* behind [ */
    EXPECT_KEY,
    EXPECT_KEY_OR_END, /* behind { */
    EXPECT_SEPARATOR,  /* behind a value inside a container */
    EXPECT_NOTHING,    /* behind the top value */
    EXPECT_FAULT
};

enum {
    LEVELS_AT_HAND = 64, /* bits of ess_json_reader.containers; what lies above is in levels */
    LEVELS_MOST = UINT32_MAX / 64 - 1
};
_Static_assert(ESS_JSON_DEPTH_MAX <= LEVELS_AT_HAND, "the profile's levels need no lent room");

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Ends the fast scan of a string. */
static inline bool is_special(char c)
{
    return c == '"' || c == '\\' || (unsigned char)(c - 0x20) >= 0x60;
}

static inline const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

static ess_err fail_by(ess_json_reader *reader, const char *at, ess_fault fault)
{
    reader->expect = EXPECT_FAULT;
    reader->cur = at;
    fault.offset = (uint32_t)(at - reader->begin);
    reader->fault = fault;
    return fault.err;
}

static ess_err fail(ess_json_reader *reader, ess_err err, const char *at, const char *what)
{
    return fail_by(reader, at,
                   (ess_fault){.err = err,
                               .rule = err == ESS_E_JSON_DEPTH ? "ENV-08"
                                       : err == ESS_E_UTF8     ? "ENV-14"
                                                               : "ENV-01",
                               .what = what});
}

static ess_err fail_syntax(ess_json_reader *reader, const char *at, const char *what)
{
    return fail(reader, ESS_E_JSON_SYNTAX, at, at == reader->end ? "text ends too early" : what);
}

static inline bool in_object(const ess_json_reader *reader)
{
    return (reader->containers & 1U) != 0;
}

static inline void value_is_over(ess_json_reader *reader, const char *at)
{
    reader->cur = at;
    reader->expect = reader->depth == 0 ? EXPECT_NOTHING : EXPECT_SEPARATOR;
}

/* --- strings */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads XXXX of \uXXXX; false if there are no four hex digits. */
static bool read_unit(const char *at, const char *end, uint32_t *unit)
{
    uint32_t value = 0;

    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *unit = value;
    return true;
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Reads the escape at *at (its backslash) into one code point and moves *at behind it. */
static ess_err read_escape(const char **at, const char *end, uint32_t *code_point)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *text = *at + 1;
    uint32_t unit = 0;
    uint32_t low = 0;

    if (text == end)
        return ESS_E_JSON_SYNTAX;
    if (*text != 'u') {
        int found = ess_index_of(names, *text);
        if (found < 0)
            return ESS_E_JSON_SYNTAX;
        *code_point = (unsigned char)meanings[found];
        *at = text + 1;
        return ESS_OK;
    }
    if (!read_unit(text + 1, end, &unit))
        return ESS_E_JSON_SYNTAX;
    text += 5;
    if (is_high_surrogate(unit)) {
        if (end - text < 2 || text[0] != '\\' || text[1] != 'u')
            return ESS_E_UTF8;
        if (!read_unit(text + 2, end, &low))
            return ESS_E_JSON_SYNTAX;
        if (!is_low_surrogate(low))
            return ESS_E_UTF8;
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        text += 6;
    } else if (is_low_surrogate(unit)) {
        return ESS_E_UTF8;
    }
    *code_point = unit;
    *at = text;
    return ESS_OK;
}

/* What stops the fast scan other than the closing quote. Moves *at behind it. */
static ess_err pass_special(ess_json_reader *reader, const char **at, ess_json_token *token)
{
    uint32_t code_point = 0;

    if (**at == '\\') {
        ess_err err = read_escape(at, reader->end, &code_point);
        token->escaped = true;
        if (err == ESS_E_UTF8)
            return fail_by(
                reader, *at,
                (ess_fault){.err = err, .rule = "ENV-15", .what = "half of a surrogate pair"});
        return err == ESS_OK ? err : fail(reader, err, *at, "no such escape");
    }
    if ((unsigned char)**at < 0x20)
        return fail(reader, ESS_E_JSON_SYNTAX, *at, "control character in a string");
    size_t step = ess_utf8_step(*at, reader->end);
    if (step == 0)
        return fail(reader, ESS_E_UTF8, *at, "not UTF-8");
    *at += step;
    return ESS_OK;
}

/* Passes characters that need no look: four at a time while none of four stops the scan. */
const char *ess_plain_end(const char *at, const char *end)
{
    const uint32_t ones = UINT32_C(0x01010101);

    while (end - at >= 4) {
        uint32_t word = 0;
        memcpy(&word, at, sizeof word);
        uint32_t quote = word ^ (ones * '"');
        uint32_t backslash = word ^ (ones * '\\');
        uint32_t stops = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                         ((word - ones * 0x20) & ~word) | word;
        if ((stops & ones << 7) != 0)
            break;
        at += 4;
    }
    while (at < end && !is_special(*at))
        at++;
    return at;
}

/* at: the opening quote. Leaves reader->cur behind the closing one. */
static inline ess_err read_string(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    const char *end = reader->end;
    const char *text = ++at;

    token->escaped = false;
    for (;;) {
        at = ess_plain_end(at, end);
        if (at == end)
            return fail_syntax(reader, at, "");
        if (*at == '"')
            break;
        TRY(pass_special(reader, &at, token));
    }
    token->text = (ess_slice){text, (size_t)(at - text)};
    reader->cur = at + 1;
    return ESS_OK;
}

/* --- the other scalars */

static inline const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* at: minus or digit. Whatever may not follow a number is found as a wrong separator. */
static ess_err read_number(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    const char *end = reader->end;
    const char *begin = at;
    const char *digits = at + (*at == '-');

    at = skip_digits(digits, end);
    if (at == digits)
        return fail_syntax(reader, at, "a digit must come here");
    if (*digits == '0' && at - digits > 1)
        return fail(reader, ESS_E_JSON_SYNTAX, digits, "a number may not begin with 0");
    if (at < end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits)
            return fail_syntax(reader, at, "a digit must come here");
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        digits = at + (at < end && (*at == '+' || *at == '-'));
        at = skip_digits(digits, end);
        if (at == digits)
            return fail_syntax(reader, at, "a digit must come here");
    }
    token->type = ESS_JSON_NUMBER;
    token->text = (ess_slice){begin, (size_t)(at - begin)};
    value_is_over(reader, at);
    return ESS_OK;
}

static ess_err read_literal(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    static const struct literal {
        ess_json_type type;
        ess_slice text;
    } literals[] = {
        {ESS_JSON_TRUE, {"true", 4}},
        {ESS_JSON_FALSE, {"false", 5}},
        {ESS_JSON_NULL, {"null", 4}},
    };
    size_t room = (size_t)(reader->end - at);

    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        ess_slice text = literals[i].text;
        if (text.len > room || memcmp(at, text.ptr, text.len) != 0)
            continue;
        token->type = literals[i].type;
        token->text = (ess_slice){at, text.len};
        value_is_over(reader, at + text.len);
        return ESS_OK;
    }
    return fail(reader, ESS_E_JSON_SYNTAX, at, "a value must come here");
}

/* --- structure */

static ess_err open_container(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    bool object = *at == '{';

    if (reader->depth == reader->depth_max)
        return fail(reader, ESS_E_JSON_DEPTH, at, "nested too deep");
    if (reader->depth > 0 && reader->depth % LEVELS_AT_HAND == 0)
        reader->levels[reader->depth / LEVELS_AT_HAND - 1] = reader->containers;
    reader->depth++;
    reader->containers = reader->containers << 1 | object;
    reader->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    reader->cur = at + 1;
    token->type = object ? ESS_JSON_OBJECT_BEGIN : ESS_JSON_ARRAY_BEGIN;
    token->text = (ess_slice){at, 1};
    return ESS_OK;
}

static ess_err close_container(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    token->type = in_object(reader) ? ESS_JSON_OBJECT_END : ESS_JSON_ARRAY_END;
    token->text = (ess_slice){at, 1};
    reader->depth--;
    reader->containers >>= 1;
    if (reader->depth > 0 && reader->depth % LEVELS_AT_HAND == 0)
        reader->containers = reader->levels[reader->depth / LEVELS_AT_HAND - 1];
    value_is_over(reader, at + 1);
    return ESS_OK;
}

/* A name and its colon. */
static inline ess_err read_key(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    if (*at != '"')
        return fail(reader, ESS_E_JSON_SYNTAX, at, "a member name must come here");
    token->type = ESS_JSON_KEY;
    TRY(read_string(reader, at, token));
    at = skip_space(reader->cur, reader->end);
    if (at == reader->end || *at != ':')
        return fail_syntax(reader, at, "a colon must come here");
    reader->cur = at + 1;
    reader->expect = EXPECT_VALUE;
    return ESS_OK;
}

static ess_err read_value(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    if (is_digit(*at) || *at == '-')
        return read_number(reader, at, token);
    if (*at == '"') {
        token->type = ESS_JSON_STRING;
        TRY(read_string(reader, at, token));
        value_is_over(reader, reader->cur);
        return ESS_OK;
    }
    if (*at == '{' || *at == '[')
        return open_container(reader, at, token);
    return read_literal(reader, at, token);
}

void ess_json_reader_init(ess_json_reader *reader, ess_slice text)
{
    *reader = (ess_json_reader){
        .depth_max = ESS_JSON_DEPTH_MAX, .expect = EXPECT_VALUE, .fault = {.rule = "", .what = ""}};
    reader->begin = text.len == 0 ? "" : text.ptr;
    reader->cur = reader->begin;
    reader->end = reader->begin + text.len;
}

void ess_json_reader_init_deep(ess_json_reader *reader, ess_slice text, uint64_t *levels,
                               uint32_t count)
{
    ess_json_reader_init(reader, text);
    reader->levels = levels;
    reader->depth_max = LEVELS_AT_HAND + (count < LEVELS_MOST ? count : LEVELS_MOST) * 64;
}

void ess_json_enter(ess_json_reader *reader, ess_slice text)
{
    ess_json_reader_init(reader, text);
    reader->depth = 1;
    reader->containers = 1;
}

void ess_json_pass(ess_json_reader *reader, const char *at)
{
    value_is_over(reader, at);
}

/* Nothing may follow the top value but space; or the text is at fault already. */
static ess_err read_end(ess_json_reader *reader, const char *at, ess_json_token *token)
{
    if (reader->expect == EXPECT_FAULT)
        return reader->fault.err;
    if (at != reader->end)
        return fail(reader, ESS_E_JSON_SYNTAX, at, "something follows the value");
    reader->cur = at;
    token->type = ESS_JSON_END;
    token->text = (ess_slice){at, 0};
    token->offset = (uint32_t)(at - reader->begin);
    return ESS_OK;
}

ess_err ess_json_next(ess_json_reader *reader, ess_json_token *token)
{
    const char *at = skip_space(reader->cur, reader->end);
    bool may_close = reader->expect == EXPECT_SEPARATOR || reader->expect == EXPECT_KEY_OR_END ||
                     reader->expect == EXPECT_VALUE_OR_END;

    token->escaped = false;
    if (reader->expect >= EXPECT_NOTHING)
        return read_end(reader, at, token);
    if (reader->expect == EXPECT_SEPARATOR && at < reader->end && *at == ',') {
        reader->expect = in_object(reader) ? EXPECT_KEY : EXPECT_VALUE;
        at = skip_space(at + 1, reader->end);
        may_close = false;
    }
    if (at == reader->end)
        return fail_syntax(reader, at, "");
    token->offset = (uint32_t)(at - reader->begin);
    if (may_close && *at == (in_object(reader) ? '}' : ']'))
        return close_container(reader, at, token);
    if (reader->expect == EXPECT_SEPARATOR)
        return fail(reader, ESS_E_JSON_SYNTAX, at, "a comma or the end must come here");
    if (reader->expect == EXPECT_KEY || reader->expect == EXPECT_KEY_OR_END)
        return read_key(reader, at, token);
    return read_value(reader, at, token);
}

size_t ess_json_small_numbers(ess_json_reader *reader, size_t most)
{
    const char *end = reader->end;
    size_t count = 0;

    for (; count < most && end - reader->cur > 7; count++) {
        const char *at = reader->cur;
        size_t digits = 0;
        if (reader->expect == EXPECT_SEPARATOR && *at++ != ',')
            break;
        while (digits < 5 && is_digit(at[digits]))
            digits++;
        if (digits == 0 || (*at == '0' && digits > 1) || (at[digits] != ',' && at[digits] != ']'))
            break;
        value_is_over(reader, at + digits);
    }
    return count;
}

ess_err ess_json_skip(ess_json_reader *reader, const ess_json_token *first, ess_slice *raw)
{
    const char *begin = first->text.ptr - (first->type == ESS_JSON_STRING);
    ess_json_token token = *first;

    if (first->type == ESS_JSON_OBJECT_BEGIN || first->type == ESS_JSON_ARRAY_BEGIN) {
        uint32_t depth = reader->depth;
        while (reader->depth >= depth)
            TRY(ess_json_next(reader, &token));
    }
    if (raw != NULL) {
        const char *end = token.text.ptr + token.text.len + (token.type == ESS_JSON_STRING);
        *raw = (ess_slice){begin, (size_t)(end - begin)};
    }
    return ESS_OK;
}

/* --- what a token says */

/* Writes a code point as UTF-8. Returns its length. */
static size_t encode_utf8(uint32_t code_point, char out[static 4])
{
    static const struct shape {
        uint32_t below;
        uint8_t lead, len;
    } shapes[] = {{0x80, 0x00, 1}, {0x800, 0xC0, 2}, {0x10000, 0xE0, 3}, {0x110000, 0xF0, 4}};
    size_t i = 0;

    while (code_point >= shapes[i].below)
        i++;
    for (size_t k = shapes[i].len - 1U; k > 0; k--) {
        out[k] = (char)(0x80U | (code_point & 0x3FU));
        code_point >>= 6;
    }
    out[0] = (char)(shapes[i].lead | code_point);
    return shapes[i].len;
}

/* One character of a string's text, escapes resolved, and moves *at behind it. */
static size_t take_character(const char **at, const char *end, char out[static 4])
{
    uint32_t code_point = 0;

    if (**at != '\\' || read_escape(at, end, &code_point) != ESS_OK) {
        out[0] = *(*at)++;
        return 1;
    }
    return encode_utf8(code_point, out);
}

ess_err ess_json_unescape(const ess_json_token *token, char *room, size_t room_size, size_t *len)
{
    char out[4];
    size_t need = 0;

    if (!token->escaped) {
        if (token->text.len > room_size)
            return ESS_E_NO_ROOM;
        if (token->text.len > 0)
            memcpy(room, token->text.ptr, token->text.len);
        *len = token->text.len;
        return ESS_OK;
    }
    const char *end = token->text.ptr + token->text.len;
    for (const char *at = token->text.ptr; at < end;)
        need += take_character(&at, end, out);
    if (need > room_size)
        return ESS_E_NO_ROOM;
    need = 0;
    for (const char *at = token->text.ptr; at < end;) {
        size_t step = take_character(&at, end, out);
        memcpy(room + need, out, step);
        need += step;
    }
    *len = need;
    return ESS_OK;
}

bool ess_json_text_is(const ess_json_token *token, const char *ascii)
{
    char out[4];

    if (!token->escaped)
        return ess_slice_is(token->text, ascii);
    const char *end = token->text.ptr + token->text.len;
    for (const char *at = token->text.ptr; at < end; ascii++) {
        /* A character beyond ASCII has a lead byte that no ASCII byte equals. */
        if (take_character(&at, end, out) != 1 || *ascii == '\0' || out[0] != *ascii)
            return false;
    }
    return *ascii == '\0';
}

/* [ENV-07] A number, or a text of nothing but digits: no fraction, no exponent. */
static bool may_be_whole(const ess_json_token *token)
{
    size_t minus = token->text.len > 0 && token->text.ptr[0] == '-';

    if (token->type != ESS_JSON_STRING)
        return token->type == ESS_JSON_NUMBER;
    for (size_t i = minus; i < token->text.len; i++) {
        if (!is_digit(token->text.ptr[i]))
            return false;
    }
    return true;
}

ess_err ess_json_integer(const ess_json_token *token, int64_t *out)
{
    ess_decimal number = {0};

    if (!may_be_whole(token) || ess_decimal_parse(token->text, &number) != ESS_OK ||
        number.scale != 0)
        return ESS_E_NUMBER;
    *out = number.mantissa;
    return ESS_OK;
}

ess_err ess_json_unsigned(const ess_json_token *token, uint64_t *out)
{
    if (!may_be_whole(token) || ess_unsigned_parse(token->text, out) != ESS_OK)
        return ESS_E_NUMBER;
    return ESS_OK;
}

ess_err ess_json_to_double(const ess_json_token *token, double *out)
{
    return token->type == ESS_JSON_NUMBER ? ess_double_parse(token->text, out) : ESS_E_NUMBER;
}

/* Every production of RFC 8259, each beside a grammar written down a second time, as plainly as
 * the RFC's own: all texts over small alphabets, all bytes at all places, all short UTF-8. */
#include "codec_test.h"
#include "ess/json.h"

/* --- the RFC's grammar, word for word. Each eats what it knows from *at, or fails. */

typedef struct rest {
    const unsigned char *at, *end;
} rest;

static bool eat(rest *t, const char *set)
{
    if (t->at == t->end || *t->at == 0 || strchr(set, *t->at) == NULL)
        return false;
    t->at++;
    return true;
}

static void eat_ws(rest *t)
{
    while (eat(t, " \t\n\r"))
        continue;
}

static bool eat_digits(rest *t)
{
    bool any = false;

    while (eat(t, "0123456789"))
        any = true;
    return any;
}

static bool eat_number(rest *t)
{
    (void)eat(t, "-");
    if (!eat(t, "0")) {
        if (!eat(t, "123456789"))
            return false;
        (void)eat_digits(t);
    }
    if (eat(t, ".") && !eat_digits(t))
        return false;
    if (!eat(t, "eE"))
        return true;
    (void)eat(t, "+-");
    return eat_digits(t);
}

/* One code point in UTF-8, by decoding it and encoding it again: RFC 3629. */
static bool eat_utf8(rest *t)
{
    static const struct {
        unsigned mask, lead, least, most;
    } forms[] = {{0x80, 0x00, 0, 0x7F},
                 {0xE0, 0xC0, 0x80, 0x7FF},
                 {0xF0, 0xE0, 0x800, 0xFFFF},
                 {0xF8, 0xF0, 0x10000, 0x10FFFF}};

    for (size_t i = 0; i < COUNT(forms); i++) {
        if ((*t->at & forms[i].mask) != forms[i].lead)
            continue;
        unsigned point = *t->at++ & ~forms[i].mask;
        for (size_t k = 0; k < i; k++, t->at++) {
            if (t->at == t->end || (*t->at & 0xC0) != 0x80)
                return false;
            point = point << 6 | (*t->at & 0x3FU);
        }
        return point >= forms[i].least && point <= forms[i].most &&
               !(point >= 0xD800 && point <= 0xDFFF);
    }
    return false;
}

static bool eat_unit(rest *t, unsigned *unit)
{
    static const char hex[] = "0123456789abcdef";

    *unit = 0;
    for (int i = 0; i < 4; i++) {
        if (t->at == t->end || *t->at == 0)
            return false;
        unsigned char c = (unsigned char)(*t->at >= 'A' && *t->at <= 'F' ? *t->at + 32 : *t->at);
        const char *found = strchr(hex, c);
        if (found == NULL)
            return false;
        *unit = *unit * 16 + (unsigned)(found - hex);
        t->at++;
    }
    return true;
}

/* Behind the backslash. A half of a surrogate pair alone names no character: refused. */
static bool eat_escape(rest *t)
{
    unsigned unit = 0;

    if (eat(t, "\"\\/bfnrt"))
        return true;
    if (!eat(t, "u") || !eat_unit(t, &unit) || (unit >= 0xDC00 && unit <= 0xDFFF))
        return false;
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    return eat(t, "\\") && eat(t, "u") && eat_unit(t, &unit) && unit >= 0xDC00 && unit <= 0xDFFF;
}

static bool eat_string(rest *t)
{
    if (!eat(t, "\""))
        return false;
    while (t->at < t->end) {
        if (eat(t, "\""))
            return true;
        if (eat(t, "\\") ? !eat_escape(t) : *t->at < 0x20 || !eat_utf8(t))
            return false;
    }
    return false;
}

static bool eat_word(rest *t, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
        return false;
    t->at += len;
    return true;
}

static bool eat_value(rest *t);

static bool eat_member(rest *t)
{
    eat_ws(t);
    if (!eat_string(t))
        return false;
    eat_ws(t);
    return eat(t, ":") && eat_value(t);
}

static bool eat_list(rest *t, bool (*item)(rest *), const char *close)
{
    rest empty = *t;

    eat_ws(&empty);
    if (eat(&empty, close)) {
        *t = empty;
        return true;
    }
    do {
        if (!item(t))
            return false;
    } while (eat(t, ","));
    return eat(t, close);
}

/* ws value ws: the space around the structural characters is theirs. */
static bool eat_value(rest *t)
{
    bool good = false;

    eat_ws(t);
    if (t->at < t->end && *t->at == '"')
        good = eat_string(t);
    else if (eat(t, "["))
        good = eat_list(t, eat_value, "]");
    else if (eat(t, "{"))
        good = eat_list(t, eat_member, "}");
    else
        good = eat_word(t, "true") || eat_word(t, "false") || eat_word(t, "null") || eat_number(t);
    eat_ws(t);
    return good;
}

static bool is_json(const char *bytes, size_t len)
{
    const unsigned char *begin = (const unsigned char *)bytes;
    rest t = {begin, begin + len};

    return eat_value(&t) && t.at == t.end;
}

/* --- the reader */

static bool is_read(const char *bytes, size_t len)
{
    uint64_t levels[32];
    ess_json_reader reader;
    ess_json_token token = {.type = ESS_JSON_NULL};
    ess_err err = ESS_OK;

    ess_json_reader_init_deep(&reader, (ess_slice){bytes, len}, levels, COUNT(levels));
    while (err == ESS_OK && token.type != ESS_JSON_END)
        err = ess_json_next(&reader, &token);
    return err == ESS_OK;
}

static size_t accepted;

static void compare(const char *bytes, size_t len)
{
    bool wanted = is_json(bytes, len);

    accepted += wanted;
    if (is_read(bytes, len) == wanted)
        return;
    for (size_t i = 0; i < len; i++)
        print_error("%02x ", (unsigned char)bytes[i]);
    fail_msg("\"%.*s\" is %swell-formed", (int)len, bytes, wanted ? "" : "not ");
}

/* All texts of up to most pieces, between before and behind. */
static void compare_all(const char *const *pieces, size_t count, unsigned most, const char *before,
                        const char *behind)
{
    size_t total = 1;
    size_t begin = strlen(before);

    for (unsigned n = 0; n <= most; n++, total *= count) {
        for (size_t which = 0; which < total; which++) {
            char bytes[128];
            size_t len = begin;
            size_t left = which;
            memcpy(bytes, before, begin);
            for (unsigned i = 0; i < n; i++, left /= count) {
                const char *piece = pieces[left % count];
                memcpy(bytes + len, piece, strlen(piece));
                len += strlen(piece);
            }
            memcpy(bytes + len, behind, strlen(behind));
            compare(bytes, len + strlen(behind));
        }
    }
}

static void structure_is_that_of_the_grammar(void **state)
{
    static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"\"", "1", " "};

    (void)state;
    accepted = 0;
    compare_all(pieces, COUNT(pieces), 6, "", "");
    assert_true(accepted > 200);
    compare_all(pieces, COUNT(pieces), 4, "{\"a\":[", "]}");
    compare_all(pieces, COUNT(pieces), 4, "[{\"a\":", "}]");
}

static void numbers_are_those_of_the_grammar(void **state)
{
    static const char *const pieces[] = {"0", "1", "-", "+", ".", "e", "E"};

    (void)state;
    accepted = 0;
    compare_all(pieces, COUNT(pieces), 6, "", "");
    assert_true(accepted > 1000);
    compare_all(pieces, COUNT(pieces), 5, "[", "]");
    compare_all(pieces, COUNT(pieces), 4, "{\"a\":", "}");
}

static void literals_are_three_and_lower_case(void **state)
{
    static const char *const pieces[] = {"true", "false", "null", "nul", "t", "T", "e", " ", ","};

    (void)state;
    compare_all(pieces, COUNT(pieces), 3, "", "");
    compare_all(pieces, COUNT(pieces), 3, "[", "]");
}

static void strings_are_those_of_the_grammar(void **state)
{
    static const char *const pieces[] = {"\"", "\\", "/", "u", "n", "00", "d8", "DC", "\x7F", "x"};

    (void)state;
    accepted = 0;
    compare_all(pieces, COUNT(pieces), 5, "\"", "\"");
    assert_true(accepted > 1000);
    compare_all(pieces, COUNT(pieces), 3, "\"\\ud800", "\"");
    compare_all(pieces, COUNT(pieces), 3, "\"\\uD8", "\\udc00\"");
    compare_all(pieces, COUNT(pieces), 3, "{\"", "\":1}");
}

static void every_byte_is_judged_at_every_place(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "[1]",
        "[1,2]",
        "{}",
        "{\"a\":1,\"b\":[]}",
        "\"ab\"",
        "\"\\n\"",
        "\"\\u00e9\"",
        "-1.5e+3",
        "true",
        "[null , false]",
        "\"0123456789abcdef\"",
        "\"\\ud83d\\ude00\"",
        "\"\xE7\x94\xB5\"",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t len = strlen(texts[i]);
        for (size_t at = 0; at <= len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char bytes[64];
                memcpy(bytes, texts[i], at);
                bytes[at] = (char)byte;
                memcpy(bytes + at + 1, texts[i] + at, len - at);
                compare(bytes, len + 1);
                if (at == len)
                    continue;
                memcpy(bytes + at + 1, texts[i] + at + 1, len - at - 1);
                compare(bytes, len);
            }
        }
    }
}

/* Two bytes: all. Three and four: all first and second, the others at both sides of their range. */
static void utf8_is_that_of_the_rfc(void **state)
{
    static const unsigned char tails[] = {0x7F, 0x80, 0xBF, 0xC0};

    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++) {
        char bytes[8] = {'"', (char)(pair >> 8), (char)pair};
        bytes[3] = '"';
        compare(bytes, 4);
        if (pair >> 8 < 0xC0)
            continue;
        for (size_t i = 0; i < COUNT(tails); i++) {
            bytes[3] = (char)tails[i];
            bytes[4] = '"';
            compare(bytes, 5);
            for (size_t k = 0; k < COUNT(tails) && pair >> 8 >= 0xF0; k++) {
                bytes[4] = (char)tails[k];
                bytes[5] = '"';
                compare(bytes, 6);
            }
        }
    }
}

/* --- depth */

static void lent_levels_say_how_deep(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, 9};
    char text[2048];
    uint64_t levels[10];

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        uint32_t most = 64 * (counts[i] + 1);
        for (uint32_t depth = most - 1; depth <= most + 1; depth++) {
            ess_json_reader reader;
            ess_json_token token = {.type = ESS_JSON_NULL};
            ess_err err = ESS_OK;
            memset(text, '[', depth);
            memset(text + depth, ']', depth);
            levels[counts[i]] = 42;
            ess_json_reader_init_deep(&reader, (ess_slice){text, 2 * depth},
                                      counts[i] == 0 ? NULL : levels, counts[i]);
            while (err == ESS_OK && token.type != ESS_JSON_END)
                err = ess_json_next(&reader, &token);
            assert_int_equal(err, depth <= most ? ESS_OK : ESS_E_JSON_DEPTH);
            assert_int_equal(reader.fault.offset, depth <= most ? 0 : most);
            assert_int_equal(levels[counts[i]], 42);
        }
    }
}

/* Objects and arrays at random, in and out over all borders of the lent words; the same with one
 * closing bracket changed into the other. */
static void what_is_open_is_known_at_any_depth(void **state)
{
    uint64_t seed = 8259;

    (void)state;
    for (int turn = 0; turn < 200; turn++) {
        static char bytes[40000];
        static char open[2000];
        size_t depth = 0;
        size_t len = 0;
        size_t last_close = 0;
        for (int i = 0; i < 3000 || depth > 0; i++) {
            bool in = i < 3000 && (depth == 0 || (depth < 1990 && seeded_next(&seed) % 16 < 9));
            if (len > 0 && in && bytes[len - 1] != '[' && bytes[len - 1] != '{')
                bytes[len++] = ',';
            if (len > 0 && depth == 0)
                break;
            if (in && depth > 0 && open[depth - 1] == '{') {
                memcpy(bytes + len, "\"\":", 3);
                len += 3;
            }
            if (in) {
                open[depth] = seeded_next(&seed) % 2 == 0 ? '{' : '[';
                bytes[len++] = open[depth++];
            } else {
                last_close = len;
                bytes[len++] = open[--depth] == '{' ? '}' : ']';
            }
        }
        len -= bytes[len - 1] == ',';
        assert_true(is_read(bytes, len));
        size_t at = seeded_next(&seed) % len;
        while (bytes[at] != '}' && bytes[at] != ']')
            at = at + 1 < len ? at + 1 : last_close;
        bytes[at] = (char)(bytes[at] == '}' ? ']' : '}');
        assert_false(is_read(bytes, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure_is_that_of_the_grammar),
        cmocka_unit_test(numbers_are_those_of_the_grammar),
        cmocka_unit_test(literals_are_three_and_lower_case),
        cmocka_unit_test(strings_are_those_of_the_grammar),
        cmocka_unit_test(every_byte_is_judged_at_every_place),
        cmocka_unit_test(utf8_is_that_of_the_rfc),
        cmocka_unit_test(lent_levels_say_how_deep),
        cmocka_unit_test(what_is_open_is_known_at_any_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

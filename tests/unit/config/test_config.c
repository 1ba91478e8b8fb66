/* A configuration is read whole or not at all, and every refusal says where, what and what else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "ess/model.h"
#include "port/file.h"

typedef struct unit {
    char name[16];
    int64_t number;
    bool spare;
} unit;

typedef struct sample {
    char host[32];
    int64_t port;
    bool tls;
    int mode;
    char key[128];
    int64_t tiny;
    unit units[3];
    size_t unit_count;
    int untouched;
} sample;

#define AT(member)      offsetof(sample, member), sizeof(((sample *)0)->member)
#define UNIT_AT(member) offsetof(unit, member), sizeof(((unit *)0)->member)

static const config_key keys[] = {
    {"broker.host", CONFIG_TEXT, AT(host), 1, 20, NULL, NULL, NULL, "Name of the broker.",
     "消息服务器名称。"},
    {"broker.port", CONFIG_INTEGER, AT(port), 1, 65535, NULL, "8883", NULL, "Its port.", "端口。"},
    {"broker.tls.on", CONFIG_BOOL, AT(tls), 0, 0, NULL, "true", NULL, "Encrypt.", "加密。"},
    {"broker.tls.key", CONFIG_PATH, AT(key), 0, 0, NULL, "", NULL, "Key file.", "密钥文件。"},
    {"mode", CONFIG_CHOICE, AT(mode), 0, 0, "live|dry|off", "dry", NULL, "What to do.", "模式。"},
    {"tiny", CONFIG_INTEGER, AT(tiny), INT64_MIN, INT64_MAX, NULL, "-3", "ms", "Any.", "任意。"},
    {"units[].name", CONFIG_TEXT, UNIT_AT(name), 0, 0, NULL, NULL, NULL, "Name.", "名称。"},
    {"units[].bus.number", CONFIG_INTEGER, UNIT_AT(number), 1, 247, NULL, "1", NULL, "No.",
     "编号。"},
    {"units[].spare", CONFIG_BOOL, UNIT_AT(spare), 0, 0, NULL, "false", NULL, "Spare.", "备用。"},
};
static const config_list lists[] = {
    {"units", offsetof(sample, units), sizeof(unit), offsetof(sample, unit_count), 0, 3},
};
static const config_schema schema = {
    "ess-test", keys, sizeof keys / sizeof keys[0], lists, 1, sizeof(sample),
};

static char folder[32], path[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ess-config-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/a.yaml", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static ess_err load(const char *text, size_t len, bool chinese, sample *out, char problem[4096])
{
    assert_int_equal(port_write_atomic(NULL, path, (ess_slice){text, len}, 0600), ESS_OK);
    return config_load(path, &schema, chinese, out, problem, 4096);
}

static void reads_every_type_and_nesting(void **state)
{
    (void)state;
    static const char text[] = "# comment\n"
                               "broker:\n"
                               "  host: hub.example\n"
                               "  port: 1883\n"
                               "  tls: {on: false, key: keys/a.pem}\n"
                               "mode: 'live'\n"
                               "tiny: -9223372036854775808\n"
                               "units:\n"
                               "  - name: \"CAB 01\"\n"
                               "    bus: {number: 247}\n"
                               "  - {name: 12, spare: true}\n";
    sample out = {.untouched = 77};
    char problem[4096], key[128];
    assert_int_equal(load(text, sizeof text - 1, false, &out, problem), ESS_OK);
    assert_string_equal(problem, "");
    assert_string_equal(out.host, "hub.example");
    assert_int_equal(out.port, 1883);
    assert_false(out.tls);
    (void)snprintf(key, sizeof key, "%s/keys/a.pem", folder);
    assert_string_equal(out.key, key);
    assert_int_equal(out.mode, 0);
    assert_true(out.tiny == INT64_MIN);
    assert_int_equal(out.unit_count, 2);
    assert_string_equal(out.units[0].name, "CAB 01");
    assert_int_equal(out.units[0].number, 247);
    assert_string_equal(out.units[1].name, "12");
    assert_int_equal(out.units[1].number, 1);
    assert_true(out.units[1].spare);
    assert_int_equal(out.untouched, 77);
}

static void absent_keys_take_their_fallback(void **state)
{
    (void)state;
    sample out = {0};
    char problem[4096];
    assert_int_equal(load("broker: {host: a}\n", 18, false, &out, problem), ESS_OK);
    assert_int_equal(out.port, 8883);
    assert_true(out.tls);
    assert_string_equal(out.key, "");
    assert_int_equal(out.mode, 1);
    assert_int_equal(out.tiny, -3);
    assert_int_equal(out.unit_count, 0);
}

static void absolute_path_stays(void **state)
{
    (void)state;
    sample out = {0};
    char problem[4096];
    static const char text[] = "broker: {host: a, tls: {key: /etc/k}}\n";
    assert_int_equal(load(text, sizeof text - 1, false, &out, problem), ESS_OK);
    assert_string_equal(out.key, "/etc/k");
}

typedef struct refusal {
    const char *text, *wanted;
} refusal;

#define HOST "broker: {host: a}\n"

/* wanted: what follows "<file>:" in the first line. */
static const refusal refusals[] = {
    {HOST "mdoe: live\n",
     "2:1: mdoe: is not a known key; did you mean mode? [config-unknown-key]"},
    {"broker: {host: a, prot: 1}\n",
     "1:19: broker.prot: is not a known key; did you mean broker.port? [config-unknown-key]"},
    {"brokr: {host: a}\nbroker: {host: a}\n",
     "1:1: brokr: is not a known key; did you mean broker? [config-unknown-key]"},
    {HOST "wholly-other: 1\n", "2:1: wholly-other: is not a known key; known here: broker, mode, "
                               "tiny, units [config-unknown-key]"},
    {HOST "x: 1\n",
     "2:1: x: is not a known key; known here: broker, mode, tiny, units [config-unknown-key]"},
    {HOST "units:\n  - name: a\n    nmae: b\n",
     "4:5: units[0].nmae: is not a known key; did you mean units[0].name? [config-unknown-key]"},
    {HOST "broker.port: 1\n", "2:1: \"broker.port\": is not a known key; did you mean "
                              "broker.port? [config-unknown-key]"},
    {"mode: live\n", "1:1: broker.host: is missing; give text of 1 to 20 bytes without control "
                     "characters [config-missing-key]"},
    {"", "1:1: broker.host: is missing; give text of 1 to 20 bytes without control characters "
         "[config-missing-key]"},
    {"mode: live\nbroker:\n  port: 1\n", "3:3: broker.host: is missing; give text of 1 to 20 "
                                         "bytes without control characters [config-missing-key]"},
    {"mode: live\nbroker:\n", "2:1: broker.host: is missing; give text of 1 to 20 bytes without "
                              "control characters [config-missing-key]"},
    {HOST "units:\n  - spare: true\n", "3:5: units[0].name: is missing; give text of 0 to 15 "
                                       "bytes without control characters [config-missing-key]"},
    {"broker:\n  host: a\n  port: 70000\n", "3:9: broker.port: 70000 is not allowed; a whole "
                                            "number from 1 to 65535 [config-range]"},
    {"broker:\n  host: a\n  port: 99999999999999999999\n",
     "3:9: broker.port: 99999999999999999999 is not allowed; a whole number from 1 to 65535 "
     "[config-range]"},
    {HOST "tiny: 9223372036854775808\n",
     "2:7: tiny: 9223372036854775808 is not allowed; a whole number from -9223372036854775808 to "
     "9223372036854775807 (ms) [config-range]"},
    {HOST "tiny: -9223372036854775809\n",
     "2:7: tiny: -9223372036854775809 is not allowed; a whole number from -9223372036854775808 "
     "to 9223372036854775807 (ms) [config-range]"},
    {"broker: {host: a, port: 0x10}\n", "1:25: broker.port: \"0x10\" is not of the right kind; a "
                                        "whole number from 1 to 65535 [config-type]"},
    {HOST "mode: fast\n",
     "2:7: mode: \"fast\" is not a choice; one of live, dry, off [config-choice]"},
    {HOST "mode:\n", "2:1: mode: nothing is not a choice; one of live, dry, off [config-choice]"},
    {"broker: {host: 123456789012345678901}\n",
     "1:16: broker.host: 123456789012345678901 has the wrong length; text of 1 to 20 bytes "
     "without control characters [config-length]"},
    {"broker: {host: \"\"}\n", "1:16: broker.host: \"\" has the wrong length; text of 1 to 20 "
                               "bytes without control characters [config-length]"},
    {HOST "mode: dry\nmode: live\n",
     "3:1: mode: is given twice, first in line 2 [config-duplicate-key]"},
    {HOST HOST, "2:1: broker: is given twice, first in line 1 [config-duplicate-key]"},
    {"broker: 5\n", "1:9: broker: 5 is not of the right kind; a group of keys: host, port, tls "
                    "[config-type]"},
    {HOST "units: {name: a}\n", "2:9: units: what stands here is not of the right kind; a list "
                                "of groups of keys [config-type]"},
    {HOST "units: [a]\n", "2:9: units[0]: \"a\" is not of the right kind; a group of keys: name, "
                          "bus, spare [config-type]"},
    {HOST "mode: [a]\n", "2:8: mode: a list, a group or a block is not of the right kind; one of live, "
                         "dry, off [config-type]"},
    {"broker:\n  host: |\n    a\n", "2:3: broker.host: a list, a group or a block is not of the "
                                     "right kind; text of 1 to 20 bytes without control "
                                     "characters [config-type]"},
    {"broker: >\n  host\n", "1:1: broker: what stands here is not of the right kind; a group of "
                            "keys: host, port, tls [config-type]"},
    {HOST "units: [{name: a}, {name: b}, {name: c}, {name: d}]\n",
     "2:1: units: has 4 entries; 0 to 3 are allowed [config-list-length]"},
    {"- a\n", "1:3: what stands here is not of the right kind; a group of keys: broker, mode, "
              "tiny, units [config-type]"},
    {"broker: [1\nmode: 2\n", "3:1: not valid YAML: flow sequence without a closing bracket "
                              "[config-syntax]"},
    {"broker:\n\thost: a\n", "2:1: not valid YAML: tab character may not be used as indentation "
                             "[config-syntax]"},
    {HOST "---\nmode: dry\n",
     "3:1: not valid YAML: a second document (---); one is allowed [config-syntax]"},
    {HOST "mode: \xff\n", "2:1: not valid YAML: this line is not UTF-8 [config-syntax]"},
};

static void refusal_says_where_and_what_is_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        sample out, before;
        char problem[4096], wanted[1024];
        memset(&out, 0x5a, sizeof out);
        before = out;
        const refusal *r = &refusals[i];
        assert_int_equal(load(r->text, strlen(r->text), false, &out, problem), ESS_E_CONFIG);
        (void)snprintf(wanted, sizeof wanted, "%s:%s", path, r->wanted);
        char *end = strchr(problem, '\n');
        if (end != NULL)
            *end = '\0';
        assert_string_equal(problem, wanted);
        assert_memory_equal(&out, &before, sizeof out);
    }
}

/* libfyaml ends a file at a NUL without a word, and may give bytes that were never written when
 * one stands in the head of a block: the keys behind it would quietly take their defaults. */
static void control_characters_are_refused_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *place;
    } cases[] = {
#define CASE(text, place) {text, sizeof(text) - 1, place}
        CASE(HOST "mode: dry\0\ntiny: 5\n", ":2:10: "),
        CASE(HOST "mode: dry\n\0\0\0\0", ":3:1: "),
        CASE("\0" HOST, ":1:1: "),
        CASE("broker: {host:\n  |\0st: a\n}\n", ":2:4: "),
        CASE(HOST "# \x1b[2J\n", ":2:3: "),
        CASE(HOST "# \x7f\n", ":2:3: "),
        CASE(HOST "# \xe5\x82\xa8\x01\n", ":2:4: "),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample out = {.tiny = 99};
        char problem[4096];
        size_t skip = strlen(path), len = strlen(cases[i].place);
        assert_int_equal(load(cases[i].text, cases[i].len, false, &out, problem), ESS_E_CONFIG);
        assert_int_equal(strncmp(problem + skip, cases[i].place, len), 0);
        assert_non_null(strstr(problem, "control character"));
        assert_non_null(strstr(problem, "[config-syntax]"));
        assert_int_equal(out.tiny, 99);
    }
}

static void tabs_and_windows_line_ends_are_taken(void **state)
{
    (void)state;
    static const char text[] = "broker: {host: a}\t# note\r\nmode: live\r\n";
    sample out = {0};
    char problem[4096];
    assert_int_equal(load(text, sizeof text - 1, false, &out, problem), ESS_OK);
    assert_int_equal(out.mode, 0);
    assert_string_equal(out.host, "a");
}

static void strict_scalars_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "tiny: +1",
        "tiny: 01",
        "tiny: 1_0",
        "tiny: 1.0",
        "tiny: 1e3",
        "tiny: '1'",
        "tiny: 1 2",
        "tiny: --1",
        "tiny: -",
        "tiny: 0o7",
        "tiny:",
        "tiny: ~",
        "tiny: &a 1\nmode: *a",
        "units: [{name: a, spare: yes}]",
        "units: [{name: a, spare: True}]",
        "units: [{name: a, spare: 'true'}]",
        "units: [{name: a, spare: 1}]",
        "units: [{name: \"a\\0b\"}]",
        "units: [{name: \"a\\nb\"}]",
        "<<: {mode: dry}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sample out = {0};
        char text[256], problem[4096];
        int len = snprintf(text, sizeof text, HOST "%s\n", texts[i]);
        assert_int_equal(load(text, (size_t)len, false, &out, problem), ESS_E_CONFIG);
    }
}

static void all_problems_are_told_in_the_order_of_the_file(void **state)
{
    (void)state;
    static const char text[] = "mode: quick\n"
                               "broker:\n"
                               "  port: 0\n"
                               "  hots: a\n"
                               "units:\n"
                               "  - name: a\n"
                               "    spare: perhaps\n"
                               "  - bus: {number: 248}\n";
    static const char *const wanted[] = {
        ":1:7: mode:", ":3:3: broker.host:", ":3:9: broker.port:", ":4:3: broker.hots:",
        ":7:12: units[0].spare:", ":8:5: units[1].name:", ":8:19: units[1].bus.number:",
    };
    sample out = {0};
    char problem[4096];
    assert_int_equal(load(text, sizeof text - 1, false, &out, problem), ESS_E_CONFIG);
    const char *line = problem;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_non_null(line);
        assert_int_equal(strncmp(line + strlen(path), wanted[i], strlen(wanted[i])), 0);
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    assert_null(line);
}

static void problems_speak_chinese(void **state)
{
    (void)state;
    sample out = {0};
    char problem[4096], wanted[256];
    (void)load("broker: {host: a, port: 0}\n", 27, true, &out, problem);
    (void)snprintf(wanted, sizeof wanted,
                   "%s:1:25: broker.port: 0 不在允许范围内；应为 1 到 65535 的整数 [config-range]",
                   path);
    assert_string_equal(problem, wanted);
}

static void small_room_counts_what_does_not_fit(void **state)
{
    (void)state;
    char text[4096] = "", problem[512];
    size_t len = 0;
    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "unknown%d: 1\n", i);
    sample out = {0};
    assert_int_equal(port_write_atomic(NULL, path, (ess_slice){text, len}, 0600), ESS_OK);
    for (int chinese = 0; chinese <= 1; chinese++) {
        assert_int_equal(config_load(path, &schema, chinese != 0, &out, problem, sizeof problem),
                         ESS_E_CONFIG);
        assert_true(strlen(problem) < sizeof problem);
        assert_true(ess_utf8_valid(ess_slice_from(problem)));
        assert_non_null(strstr(problem, chinese ? "……另有" : "... and"));
    }
}

static void missing_file_is_told(void **state)
{
    (void)state;
    sample out = {0};
    char problem[512];
    assert_int_equal(config_load("/nowhere/a.yaml", &schema, false, &out, problem, 512),
                     ESS_E_NOT_FOUND);
    assert_string_equal(problem, "/nowhere/a.yaml: cannot be read: there is no such file; give "
                                 "the right path, or make one from the printed reference "
                                 "[config-not-found]");
    assert_int_equal(config_load("/tmp", &schema, false, &out, problem, 512), ESS_E_NOT_FOUND);
    assert_non_null(strstr(problem, "[config-not-found]"));
}

static void too_large_file_is_refused(void **state)
{
    (void)state;
    static char text[262146];
    memset(text, '#', sizeof text);
    sample out = {0};
    char problem[4096];
    assert_int_equal(load(text, 262145, false, &out, problem), ESS_E_NOT_FOUND);
    assert_non_null(strstr(problem, "too large"));
}

static void every_id_is_in_the_catalogue(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "config-choice",    "config-duplicate-key", "config-length",  "config-list-length",
        "config-missing-key", "config-not-found",   "config-range",   "config-syntax",
        "config-type",      "config-unknown-key",
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const ess_model_error *error = ess_model_error_by_id(ess_slice_from(ids[i]));
        assert_non_null(error);
        assert_true(error->what.zh[0] != '\0' && error->mend.en[0] != '\0');
    }
}

typedef struct page {
    char text[4096];
    size_t len;
} page;

static void append(void *context, const char *text)
{
    page *p = context;
    p->len += (size_t)snprintf(p->text + p->len, sizeof p->text - p->len, "%s", text);
}

static void reference_shows_help_allowed_and_default(void **state)
{
    (void)state;
    page p = {0};
    config_write_reference(&schema, false, append, &p);
    assert_string_equal(
        p.text,
        "# Configuration of ess-test: every key with its default\n"
        "broker:\n"
        "  # Name of the broker.\n"
        "  # allowed: text of 1 to 20 bytes without control characters; required\n"
        "  host:\n"
        "  # Its port.\n"
        "  # allowed: a whole number from 1 to 65535\n"
        "  port: 8883\n"
        "  tls:\n"
        "    # Encrypt.\n"
        "    # allowed: true or false\n"
        "    on: true\n"
        "    # Key file.\n"
        "    # allowed: a file path of at most 127 bytes, this file's folder included\n"
        "    key: \"\"\n"
        "# What to do.\n"
        "# allowed: one of live, dry, off\n"
        "mode: dry\n"
        "# Any.\n"
        "# allowed: a whole number from -9223372036854775808 to 9223372036854775807 (ms)\n"
        "tiny: -3\n"
        "# # 0 to 3 entries\n"
        "# units:\n"
        "#   -\n"
        "#     # Name.\n"
        "#     # allowed: text of 0 to 15 bytes without control characters; required\n"
        "#     name:\n"
        "#     bus:\n"
        "#       # No.\n"
        "#       # allowed: a whole number from 1 to 247\n"
        "#       number: 1\n"
        "#     # Spare.\n"
        "#     # allowed: true or false\n"
        "#     spare: false\n");
}

static void reference_loads_to_the_defaults_once_filled_in(void **state)
{
    (void)state;
    for (int chinese = 0; chinese <= 1; chinese++) {
        page p = {0};
        sample out = {0};
        char problem[4096], filled[8192];
        config_write_reference(&schema, chinese != 0, append, &p);
        assert_int_equal(load(p.text, p.len, false, &out, problem), ESS_E_CONFIG);
        assert_non_null(strstr(problem, "broker.host: nothing"));
        char *host = strstr(p.text, "  host:\n");
        assert_non_null(host);
        int len = snprintf(filled, sizeof filled, "%.*s  host: here\n%s", (int)(host - p.text),
                           p.text, host + 8);
        assert_int_equal(load(filled, (size_t)len, false, &out, problem), ESS_OK);
        assert_int_equal(out.port, 8883);
        assert_int_equal(out.mode, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type_and_nesting),
        cmocka_unit_test(absent_keys_take_their_fallback),
        cmocka_unit_test(absolute_path_stays),
        cmocka_unit_test(refusal_says_where_and_what_is_allowed),
        cmocka_unit_test(control_characters_are_refused_where_they_stand),
        cmocka_unit_test(tabs_and_windows_line_ends_are_taken),
        cmocka_unit_test(strict_scalars_are_refused),
        cmocka_unit_test(all_problems_are_told_in_the_order_of_the_file),
        cmocka_unit_test(problems_speak_chinese),
        cmocka_unit_test(small_room_counts_what_does_not_fit),
        cmocka_unit_test(missing_file_is_told),
        cmocka_unit_test(too_large_file_is_refused),
        cmocka_unit_test(every_id_is_in_the_catalogue),
        cmocka_unit_test(reference_shows_help_allowed_and_default),
        cmocka_unit_test(reference_loads_to_the_defaults_once_filled_in),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

/* Lines of a capture, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/capture.h"

static const struct {
    const char *line, *topic, *payload; /* topic NULL: no message */
    bool has_circumstances, retained;
    uint8_t qos;
    int64_t at_utc_ms;
} cases[] = {
    {"v1/DATA/ess/S {\"t\":1, \"d\":{}}", "v1/DATA/ess/S", "{\"t\":1, \"d\":{}}", false, false, 0, 0},
    {"v1/DATA/ess/S ", "v1/DATA/ess/S", "", false, false, 0, 0},
    {"1763827200.369786318 1 2 a/b {}", "a/b", "{}", true, true, 2, 1763827200369},
    {"1763827200 0 1 a/b {}", "a/b", "{}", true, false, 1, 1763827200000},
    {"1763827200.5 0 0 a/b 7b7D", "a/b", "{}", true, false, 0, 1763827200500},
    {"a/b 1f8b08", "a/b", "\x1f\x8b\x08", false, false, 0, 0},
    {"a/b 7b7", "a/b", "7b7", false, false, 0, 0},
    {"a/b 7b7g", "a/b", "7b7g", false, false, 0, 0},
    {"{\"ns\":\"a/b\", \"d\":{}}", NULL, NULL, false, false, 0, 0},
    {"", NULL, NULL, false, false, 0, 0},
    {"hello", NULL, NULL, false, false, 0, 0},
    {"hello you {}", NULL, NULL, false, false, 0, 0},
    {"v1/DATA/ess/S", NULL, NULL, false, false, 0, 0},
    {"1763827200 0 1 ab {}", NULL, NULL, false, false, 0, 0},
    {"1763827200 2 1 a/b {}", NULL, NULL, false, false, 0, 0},
    {"1763827200 0 3 a/b {}", NULL, NULL, false, false, 0, 0},
    {"17.6.3 0 1 a/b {}", NULL, NULL, false, false, 0, 0},
    {"99999999999999999999 0 1 a/b {}", NULL, NULL, false, false, 0, 0},
    {"0 1 a/b {}", NULL, NULL, false, false, 0, 0},
    {" a/b {}", NULL, NULL, false, false, 0, 0},
};

static void lines_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].line);
        char *line = malloc(len + 1); /* of the exact size, so that reading past it is seen */
        capture found = {.qos = 9};
        memcpy(line, cases[i].line, len);
        bool taken = capture_read((ess_slice){line, len}, &found);
        if (taken != (cases[i].topic != NULL))
            fail_msg("line %zu: %s", i, cases[i].line);
        if (taken) {
            assert_true(ess_slice_is(found.topic, cases[i].topic));
            ess_slice bytes = capture_bytes(found.payload, line + (found.payload.ptr - line));
            assert_true(ess_slice_is(bytes, cases[i].payload));
            assert_int_equal(found.has_circumstances, cases[i].has_circumstances);
            assert_int_equal(found.retained, cases[i].retained);
            assert_int_equal(found.qos, cases[i].qos);
            assert_true(found.at_utc_ms == cases[i].at_utc_ms);
        } else {
            assert_int_equal(found.qos, 9); /* untouched */
        }
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

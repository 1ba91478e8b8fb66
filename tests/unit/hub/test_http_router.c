#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "hub/http_body.h"
#include "hub/rest.h"

static void handler(const http_api *api, http_request *request, http_reply *reply)
{
    (void)api;
    (void)request;
    (void)reply;
}

static void router_finds_the_route_or_says_what_is_allowed(void **state)
{
    static const http_route routes[] = {
        {HTTP_GET, "/", HTTP_OPEN, handler},
        {HTTP_GET, "/things", HTTP_USER, handler},
        {HTTP_POST, "/things", HTTP_OPERATOR, handler},
        {HTTP_GET, "/things/*", HTTP_USER, handler},
        {HTTP_POST, "/do", HTTP_USER, handler},
    };
    static const struct {
        http_method method;
        const char *path;
        int route; /* -1: none */
        const char *rest, *allow;
    } cases[] = {
        {HTTP_GET, "/", 0, "", NULL},
        {HTTP_GET, "/things", 1, "", NULL},
        {HTTP_POST, "/things", 2, "", NULL},
        {HTTP_GET, "/things/a", 3, "a", NULL},
        {HTTP_GET, "/things/..", 3, "..", NULL},
        {HTTP_GET, "/things/", -1, "", NULL},
        {HTTP_GET, "/things/a/b", -1, "", NULL},
        {HTTP_GET, "/thing", -1, "", NULL},
        {HTTP_GET, "", -1, "", NULL},
        {HTTP_GET, "/../etc/passwd", -1, "", NULL},
        {HTTP_GET, "/do", -1, "", "POST"},
        {HTTP_POST, "/", -1, "", "GET, HEAD"},
        {HTTP_POST, "/things/a", -1, "", "GET, HEAD"},
        {HTTP_OTHER, "/things", -1, "", "GET, HEAD, POST"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        http_found found = http_route_find(routes, sizeof routes / sizeof routes[0],
                                           cases[i].method, ess_slice_from(cases[i].path));
        if (cases[i].route >= 0) {
            assert_ptr_equal(found.route, &routes[cases[i].route]);
            assert_true(ess_slice_is(found.rest, cases[i].rest));
            continue;
        }
        assert_null(found.route);
        if (cases[i].allow == NULL)
            assert_null(found.allow);
        else
            assert_string_equal(found.allow, cases[i].allow);
    }
}

/* Nothing but the log-in and the page's files answers a stranger; nothing changes by GET. */
static void the_interface_is_closed_to_strangers(void **state)
{
    static const char *const open[] = {"/api/v1/login", "/", "/app.js", "/app.css",
                                       "/favicon.svg"};
    size_t count = 0, open_count = 0;
    const http_route *routes = rest_routes(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool listed = false;
        for (size_t k = 0; k < sizeof open / sizeof open[0]; k++)
            listed = listed || strcmp(open[k], routes[i].path) == 0;
        assert_int_equal(listed, routes[i].access == HTTP_OPEN);
        open_count += listed;
    }
    assert_int_equal(open_count, sizeof open / sizeof open[0]);
}

static char text_room[9];

static ess_err read_body(ess_slice body, body_member found[3], char why[static BODY_WHY_MAX])
{
    body_member members[] = {
        {.name = "name", .required = true, .room = text_room, .room_size = sizeof text_room},
        {.name = "count", .kind = BODY_INTEGER, .min = 1, .max = 3600},
        {.name = "a", .kind = BODY_OBJECT},
    };
    ess_err err = http_body_read(body, members, 3, why);
    memcpy(found, members, sizeof members);
    return err;
}

static void body_gives_its_members(void **state)
{
    body_member found[3];
    char why[BODY_WHY_MAX];
    (void)state;
    ess_slice body = ESS_SLICE_LITERAL(" {\"a\":{\"p\":1.50},\"name\":\"\\u00e9\\n\","
                                       "\"count\":3600} ");
    assert_int_equal(read_body(body, found, why), ESS_OK);
    assert_true(ess_slice_is(found[0].text, "\xc3\xa9\n"));
    assert_int_equal(found[1].number, 3600);
    assert_true(ess_slice_is(found[2].text, "{\"p\":1.50}"));
    assert_int_equal(read_body(ESS_SLICE_LITERAL("{\"name\":\"12345678\"}"), found, why), ESS_OK);
    assert_false(found[1].given);
    assert_false(found[2].given);
}

static void body_refuses_and_names_the_member(void **state)
{
    static const struct {
        const char *body, *why;
    } cases[] = {
        {"", "Byte 0"},
        {"[]", "The body must be one JSON object."},
        {"{}", "name is required."},
        {"{\"name\":\"x\"", "Byte 11"},
        {"{\"name\":\"x\"} 1", "Byte 13"},
        {"{\"name\":1}", "name must be a text."},
        {"{\"name\":\"\"}", "name must have 1 to 8 bytes."},
        {"{\"name\":\"123456789\"}", "name must have 1 to 8 bytes."},
        {"{\"name\":\"a\\u0000b\"}", "name must not hold U+0000."},
        {"{\"name\":\"x\",\"name\":\"y\"}", "name is given twice."},
        {"{\"name\":\"x\",\"n\\u0061me\":\"y\"}", "name is given twice."},
        {"{\"name\":\"x\",\"other\":1}", "other is not known here."},
        {"{\"name\":\"x\",\"count\":0}", "count must be a whole number from 1 to 3600."},
        {"{\"name\":\"x\",\"count\":3601}", "count must be a whole number from 1 to 3600."},
        {"{\"name\":\"x\",\"count\":1.5}", "count must be a whole number from 1 to 3600."},
        {"{\"name\":\"x\",\"count\":\"30\"}", "count must be a whole number from 1 to 3600."},
        {"{\"name\":\"x\",\"a\":[]}", "a must be an object."},
    };
    body_member found[3];
    char why[BODY_WHY_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_not_equal(read_body(ess_slice_from(cases[i].body), found, why), ESS_OK);
        assert_memory_equal(why, cases[i].why, strlen(cases[i].why));
    }
}

static void every_truncation_of_a_body_is_refused(void **state)
{
    static const char whole[] = "{\"name\":\"x\\u00e9\",\"count\":30,\"a\":{\"p\":[1,{}]}}";
    body_member found[3];
    char why[BODY_WHY_MAX];
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        assert_int_not_equal(read_body((ess_slice){whole, len}, found, why), ESS_OK);
    assert_int_equal(read_body((ess_slice){whole, sizeof whole - 1}, found, why), ESS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(router_finds_the_route_or_says_what_is_allowed),
        cmocka_unit_test(the_interface_is_closed_to_strangers),
        cmocka_unit_test(body_gives_its_members),
        cmocka_unit_test(body_refuses_and_names_the_member),
        cmocka_unit_test(every_truncation_of_a_body_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

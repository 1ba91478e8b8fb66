#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
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

static bool chinese;

static ess_err read_body(ess_slice body, body_member found[5], char why[static BODY_WHY_MAX])
{
    body_member members[] = {
        {.name = "name", .required = true, .room = text_room, .room_size = sizeof text_room},
        {.name = "count", .kind = BODY_INTEGER, .least = {1, 0}, .most = {3600, 0}},
        {.name = "a", .kind = BODY_OBJECT},
        {.name = "p", .kind = BODY_NUMBER, .least = {-1255, 1}, .most = {125, 0}, .unit = "kW"},
        {.name = "on", .kind = BODY_BOOL},
    };
    body_form form = {members, 5, chinese};
    ess_err err = http_body_read(body, &form, why);
    memcpy(found, members, sizeof members);
    return err;
}

static void body_gives_its_members(void **state)
{
    body_member found[5];
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
        const char *body, *why, *why_zh;
    } cases[] = {
        {"", "Byte 0", "第 0 字节处"},
        {"[]", "The body must be one JSON object.", "正文 须为一个 JSON 对象。"},
        {"{}", "name is required.", "name 必须给出。"},
        {"{\"name\":\"x\"", "Byte 11", "第 11 字节处：文本提前结束。"},
        {"{\"name\":\"x\"} 1", "Byte 13", "第 13 字节处"},
        {"{\"name\":1}", "name must be a text.", "name 须为文本。"},
        {"{\"name\":\"\"}", "name must have 1 to 8 bytes.", "name 长度须为 1 至 8 字节。"},
        {"{\"name\":\"123456789\"}", "name must have 1 to 8 bytes.", "name 长度须为 1 至 8 字节。"},
        {"{\"name\":\"a\\u0000b\"}", "name must not hold U+0000.", "name 不得含有 U+0000。"},
        {"{\"name\":\"x\",\"name\":\"y\"}", "name is given twice.", "name 重复给出。"},
        {"{\"name\":\"x\",\"n\\u0061me\":\"y\"}", "name is given twice.", "name 重复给出。"},
        {"{\"name\":\"x\",\"other\":1}", "other is not known here.", "other 不是这里的成员。"},
        {"{\"name\":\"x\",\"count\":0}", "count must be a whole number from 1 to 3600.",
         "count 须为整数，范围 1 至 3600。"},
        {"{\"name\":\"x\",\"count\":3601}", "count must be a whole number from 1 to 3600.",
         "count"},
        {"{\"name\":\"x\",\"count\":1.5}", "count must be a whole number from 1 to 3600.", "count"},
        {"{\"name\":\"x\",\"count\":\"30\"}", "count must be a whole number from 1 to 3600.",
         "count"},
        {"{\"name\":\"x\",\"a\":[]}", "a must be an object.", "a 须为对象。"},
        {"{\"p\":125.01}", "p must be a number from -125.5 to 125 kW.",
         "p 须为数值，范围 -125.5 至 125 kW。"},
        {"{\"p\":-125.51}", "p must be a number from -125.5 to 125 kW.", "p"},
        {"{\"p\":true}", "p must be a number from -125.5 to 125 kW.", "p"},
        {"{\"on\":1}", "on must be true or false.", "on 须为 true 或 false。"},
    };
    body_member found[5];
    char why[BODY_WHY_MAX];
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
        chinese = i % 2 != 0;
        const char *wanted = chinese ? cases[i / 2].why_zh : cases[i / 2].why;
        assert_int_not_equal(read_body(ess_slice_from(cases[i / 2].body), found, why), ESS_OK);
        assert_memory_equal(why, wanted, strlen(wanted));
    }
    chinese = false;
}

static void a_long_unknown_name_is_cut_at_a_character(void **state)
{
    char body[256], why[BODY_WHY_MAX];
    body_member found[5];
    (void)state;
    (void)snprintf(body, sizeof body, "{\"%.*s\":1}", 102,
                   "xé中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中");
    assert_int_not_equal(read_body(ess_slice_from(body), found, why), ESS_OK);
    assert_true(ess_utf8_valid(ess_slice_from(why)));
    assert_non_null(strstr(why, "中 is not known here."));
}

static void every_truncation_of_a_body_is_refused(void **state)
{
    static const char whole[] = "{\"name\":\"x\\u00e9\",\"count\":30,\"a\":{\"p\":[1,{}]}}";
    body_member found[5];
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
        cmocka_unit_test(a_long_unknown_name_is_cut_at_a_character),
        cmocka_unit_test(every_truncation_of_a_body_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which model a device reports by is kept and shown; another one than the hub's is taken all the
 * same [MOD-04..06]. */
#include "core_fixture.h"

#define BIRTH(words) "{\"t\":1,\"d\":{\"on\":1,\"sid\":\"" SID_A "\"" words "}}"

static void the_announced_model_is_shown(void **state)
{
    static const struct {
        const char *birth, *shown;
    } cases[] = {
        {BIRTH(",\"model\":\"ess-ci\",\"modelVer\":\"1.1.0\",\"modelHash\":\"0123456789abcdef\""),
         "\"model\":\"ess-ci 1.1.0 0123456789abcdef\""},
        {BIRTH(",\"model\":\"ess-ci\",\"ext\":[]"), "\"model\":\"ess-ci\""},
        {BIRTH(",\"model\":\"ess-ci\",\"modelVer\":\"1.1.0\","
               "\"ext\":[\"acme-x1 1.0.0 0123456789abcdef\"]"),
         "\"model\":\"ess-ci 1.1.0 [\\\"acme-x1 1.0.0 0123456789abcdef\\\"]\""},
        {BIRTH(""), "\"model\":\"\""},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture_say(f, "v1/STATE/ess/SH001", cases[i].birth);
        FIXTURE_JSON(f, hub_write_devices(f->core, &out));
        assert_holds(f->json, cases[i].shown);
    }
}

static void a_point_of_nobodys_model_is_stored_under_its_own_name(void **state)
{
    fixture *f = *state;
    fixture_birth(f, SID_A);
    fixture_data(f, 1, "{\"xAcmeVent\":1,\"runState\":4711}");
    fixture_pass(f, 20);
    fixture_values(f);
    assert_holds(f->json, "\"xAcmeVent\"");
    assert_holds(f->json, "4711");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(the_announced_model_is_shown),
        CASE(a_point_of_nobodys_model_is_stored_under_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

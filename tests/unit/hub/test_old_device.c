/* A hub of today and a device of minor 0, as it was recorded: whatever it said is taken, every
 * report is stored and receipted once, and it is told nothing that it could not read. */
#include "core_fixture.h"

#include "../../lib/capture.h"
#include "ess/topic.h"

#define LINE_MAX 8192

/* What a device of minor 0 reads: receipts, commands, the cloud's presence. */
static void is_of_minor_0(const sent_message *sent)
{
    if (strncmp(sent->topic, "v1/RSP/", 7) == 0)
        assert_holds(sent->payload, "\"op\":\"ack\"");
    else
        assert_true(strncmp(sent->topic, "v1/CMD/", 7) == 0 ||
                    strcmp(sent->topic, "v1/STATE/ess/_cloud") == 0);
    assert_int_equal(sent->payload[0], '{'); /* not packed */
}

static void play(fixture *f, const char *name)
{
    static char room[LINE_MAX];
    capture_line line;
    FILE *file = capture_open(name);
    assert_non_null(file);
    while (capture_next(file, room, sizeof room, &line)) {
        ess_topic topic;
        assert_int_equal(ess_topic_parse(line.topic, &topic, NULL), ESS_OK);
        if (ess_message_type_is_up(topic.type))
            hub_core_on_message(f->core, line.topic, line.payload);
        fixture_pass(f, 20);
        for (size_t i = 0; i < f->sent_count; i++)
            is_of_minor_0(&f->sent[i]);
        fixture_forget(f);
    }
    assert_int_equal(fclose(file), 0);
}

static void a_device_of_minor_0_is_served_as_ever(void **state)
{
    fixture *f = *state;
    play(f, "v1.0.txt");
    fixture_stats(f);
    /* The commands were another hub's; nothing else is refused. */
    assert_holds(f->json, "\"refused\":[{\"rule\":\"CMD-05\",\"reason\":\"a reply to no command\"");
    assert_int_equal(fixture_count(f->json, "\"rule\""), 1);
    assert_holds(f->json, "\"reports_stored\":63");
    /* Said again, it counts once. */
    play(f, "v1.0.txt");
    fixture_stats(f);
    assert_holds(f->json, "\"reports_stored\":63");
}

static void a_command_to_it_is_one_that_it_can_read(void **state)
{
    fixture *f = *state;
    char code[37];
    hub_command_request request = {.group = ESS_SLICE_LITERAL("SH001"),
                                   .ns = ESS_SLICE_LITERAL("CAB01/PCS"),
                                   .op = ESS_SLICE_LITERAL("stop"),
                                   .args = ESS_SLICE_LITERAL("{}"),
                                   .by = ESS_SLICE_LITERAL("op7"),
                                   .ttl_s = 30};
    fixture_birth(f, SID_A); /* says no minor */
    fixture_forget(f);
    assert_int_equal(hub_command_create(f->core, &request, code), ESS_OK);
    assert_int_equal(f->sent_count, 1);
    is_of_minor_0(&f->sent[0]);
    assert_holds(f->sent[0].payload, "\"d\":{\"op\":\"stop\",\"a\":{}},\"x\":{\"exp\":");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_device_of_minor_0_is_served_as_ever),
        CASE(a_command_to_it_is_one_that_it_can_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

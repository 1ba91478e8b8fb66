/* The line against a broker that misbehaves: what it says, and that it always tries again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_broker.h"
#include "link/link.h"
#include "port/clock.h"

static const char *const subscriptions[] = {"v1/RSP/ess/SH001/#", NULL};

typedef struct bench {
    port_loop *loop;
    fake_broker broker;
    link_session *link;
    size_t told[LINK_ROOM + 1];
} bench;

static bench b;

static void on_link(void *context, const link_event *event)
{
    (void)context;
    b.told[event->kind]++;
}

static int set_up(void **state)
{
    (void)state;
    b = (bench){.loop = port_loop_new(8, 4)};
    assert_non_null(b.loop);
    broker_open(&b.broker, b.loop);
    link_options options = {.host = "127.0.0.1",
                            .port = b.broker.port,
                            .client_id = "SH001",
                            .keepalive_s = 30,
                            .backoff_first_ms = 1,
                            .backoff_most_ms = 2,
                            .connect_ms = 20,
                            .subscriptions = subscriptions};
    assert_int_equal(link_new(b.loop, &options, on_link, NULL, &b.link), ESS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    link_free(b.link);
    broker_close(&b.broker);
    port_loop_free(b.loop);
    return 0;
}

/* Turns the loop until a count is reached; bounded by time, for a broken link. */
static void run_until(const size_t *count, size_t enough)
{
    int64_t due = port_mono_ms() + 8000;
    while (*count < enough) {
        if (port_mono_ms() > due)
            fail_msg("it does not come to it");
        assert_int_equal(port_loop_once(b.loop, 100), ESS_OK);
    }
}

static ess_err publish(size_t len)
{
    static const char text[4096];
    return link_publish(b.link, &(link_message){.topic = "t", .payload = {text, len}});
}

static void goes_up_when_subscribed_and_sends(void **state)
{
    (void)state;
    assert_int_equal(publish(1), ESS_E_OFFLINE);
    link_start(b.link);
    run_until(&b.told[LINK_UP], 1);
    assert_true(link_is_up(b.link));
    assert_int_equal(publish(10), ESS_OK);
    assert_int_equal(link_in_flight(b.link), 1);
    run_until(&b.broker.publishes, 1);
    while (link_in_flight(b.link) > 0)
        assert_int_equal(port_loop_once(b.loop, 100), ESS_OK);
    link_stop(b.link);
    assert_false(link_is_up(b.link));
    assert_int_equal(b.told[LINK_DOWN], 0); /* nobody lost it */
}

static void tries_again_when_the_broker_never_answers(void **state)
{
    (void)state;
    b.broker.is_mute = true;
    link_start(b.link);
    for (int64_t due = port_mono_ms() + 60; port_mono_ms() < due;)
        assert_int_equal(port_loop_once(b.loop, 5), ESS_OK);
    assert_false(link_is_up(b.link));
    b.broker.is_mute = false;
    run_until(&b.told[LINK_UP], 1);
    assert_int_equal(b.told[LINK_DOWN], 0); /* it was never up */
}

static void tries_again_when_refused(void **state)
{
    (void)state;
    b.broker.connack[1] = 0x87; /* not authorized */
    link_start(b.link);
    run_until(&b.broker.connects, 3);
    b.broker.connack[1] = 0;
    b.broker.suback_code = 0x87;
    run_until(&b.broker.connects, 6);
    assert_int_equal(b.told[LINK_UP], 0);
    b.broker.suback_code = 1;
    run_until(&b.told[LINK_UP], 1);
}

static void comes_back_when_the_line_breaks(void **state)
{
    (void)state;
    link_start(b.link);
    run_until(&b.told[LINK_UP], 1);
    broker_hang_up(&b.broker);
    run_until(&b.told[LINK_DOWN], 1);
    assert_int_equal(publish(1), ESS_E_OFFLINE);
    run_until(&b.told[LINK_UP], 2);
    assert_int_equal(publish(1), ESS_OK);
}

static void refuses_what_the_broker_would_not_take(void **state)
{
    static const uint8_t most_100[] = {0, 0, 5, 0x27, 0, 0, 0, 100}; /* Maximum Packet Size */
    (void)state;
    memcpy(b.broker.connack, most_100, sizeof most_100);
    b.broker.connack_len = sizeof most_100;
    link_start(b.link);
    run_until(&b.told[LINK_UP], 1);
    assert_int_equal(publish(200), ESS_E_TOO_LARGE);
    assert_true(link_is_up(b.link));
    assert_int_equal(publish(50), ESS_OK);
    run_until(&b.broker.publishes, 1);
}

static void says_when_there_is_room_again(void **state)
{
    size_t sent = 0;
    (void)state;
    link_start(b.link);
    run_until(&b.told[LINK_UP], 1);
    while (publish(1) == ESS_OK)
        sent++;
    assert_int_equal(sent, LINK_IN_FLIGHT_MAX);
    assert_int_equal(publish(1), ESS_E_NO_ROOM);
    run_until(&b.told[LINK_ROOM], 1);
    assert_int_equal(publish(1), ESS_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_up_when_subscribed_and_sends),
        TEST(tries_again_when_the_broker_never_answers),
        TEST(tries_again_when_refused),
        TEST(comes_back_when_the_line_breaks),
        TEST(refuses_what_the_broker_would_not_take),
        TEST(says_when_there_is_room_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

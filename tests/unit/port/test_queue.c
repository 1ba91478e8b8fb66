/* The queue: order, bound, closing, and the descriptor that speaks for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#include "port/queue.h"

static bool readable(const port_queue *queue)
{
    struct pollfd p = {.fd = port_queue_fd(queue), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void items_come_out_in_order_and_whole(void **state)
{
    (void)state;
    port_queue *queue = port_queue_new(sizeof(int), 3);
    int out = -1;
    for (int i = 0; i < 100; i += 2) {
        int a = i, b = i + 1;
        assert_int_equal(port_queue_put(queue, &a), ESS_OK);
        assert_int_equal(port_queue_put(queue, &b), ESS_OK);
        assert_int_equal(port_queue_take(queue, &out), ESS_OK);
        assert_int_equal(out, i);
        assert_int_equal(port_queue_wait(queue, &out, 0), ESS_OK);
        assert_int_equal(out, i + 1);
    }
    port_queue_free(queue);
}

static void full_refuses_and_empty_has_nothing(void **state)
{
    (void)state;
    port_queue *queue = port_queue_new(sizeof(int), 2);
    int item = 5, out = -1;
    assert_int_equal(port_queue_take(queue, &out), ESS_E_NOT_FOUND);
    assert_int_equal(port_queue_wait(queue, &out, 0), ESS_E_TIMEOUT);
    assert_int_equal(port_queue_wait(queue, &out, 1), ESS_E_TIMEOUT);
    assert_int_equal(port_queue_put(queue, &item), ESS_OK);
    assert_int_equal(port_queue_put(queue, &item), ESS_OK);
    assert_int_equal(port_queue_put(queue, &item), ESS_E_NO_ROOM);
    assert_int_equal(out, -1);
    port_queue_free(queue);
}

static void descriptor_is_readable_exactly_while_items_wait(void **state)
{
    (void)state;
    port_queue *queue = port_queue_new(sizeof(int), 2);
    int item = 1;
    assert_false(readable(queue));
    assert_int_equal(port_queue_put(queue, &item), ESS_OK);
    assert_int_equal(port_queue_put(queue, &item), ESS_OK);
    assert_true(readable(queue));
    assert_int_equal(port_queue_take(queue, &item), ESS_OK);
    assert_true(readable(queue));
    assert_int_equal(port_queue_take(queue, &item), ESS_OK);
    assert_false(readable(queue));
    port_queue_free(queue);
}

static void closed_gives_what_is_left_and_takes_no_more(void **state)
{
    (void)state;
    port_queue *queue = port_queue_new(sizeof(int), 2);
    int item = 9, out = -1;
    assert_int_equal(port_queue_put(queue, &item), ESS_OK);
    port_queue_close(queue);
    assert_int_equal(port_queue_put(queue, &item), ESS_E_STATE);
    assert_int_equal(port_queue_wait(queue, &out, -1), ESS_OK);
    assert_int_equal(out, 9);
    assert_int_equal(port_queue_wait(queue, &out, -1), ESS_E_STATE);
    port_queue_free(queue);
}

#define CROSSING 2000

static void *produce(void *context)
{
    port_queue *queue = context;
    for (int i = 0; i < CROSSING; i++) {
        while (port_queue_put(queue, &i) == ESS_E_NO_ROOM)
            (void)sched_yield();
    }
    port_queue_close(queue);
    return NULL;
}

static void nothing_is_lost_or_doubled_across_threads(void **state)
{
    (void)state;
    port_queue *queue = port_queue_new(sizeof(int), 7);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, queue), 0);
    int out = -1, wanted = 0;
    while (port_queue_wait(queue, &out, -1) == ESS_OK)
        assert_int_equal(out, wanted++);
    assert_int_equal(wanted, CROSSING);
    assert_int_equal(pthread_join(thread, NULL), 0);
    port_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_whole),
        cmocka_unit_test(full_refuses_and_empty_has_nothing),
        cmocka_unit_test(descriptor_is_readable_exactly_while_items_wait),
        cmocka_unit_test(closed_gives_what_is_left_and_takes_no_more),
        cmocka_unit_test(nothing_is_lost_or_doubled_across_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

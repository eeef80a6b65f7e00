/* What is in flight, by the queue of what was sent. Expected numbers are worked out by hand. */
#include "core/track/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void an_ack_takes_out_what_it_covers(void **state)
{
    struct tw_queues queues = {.free = TW_QUEUE_NONE};
    struct tw_queue q;

    (void)state;
    tw_queue_init(&q);
    assert_int_equal(tw_queue_add(&queues, &q, 7, 0xfffffff0, 0, NULL), 0); /* it wraps */
    assert_int_equal(tw_queue_add(&queues, &q, 8, 0, 100, NULL), 0);
    assert_int_equal(q.high - q.low, 116);
    assert_int_equal(tw_queue_acknowledge(&queues, &q, 0), 8); /* row 7 */
    assert_int_equal(q.high - q.low, 100);
    assert_int_equal(tw_queue_acknowledge(&queues, &q, 40), 0); /* half of row 8 */
    assert_int_equal(q.high - q.low, 60);
    assert_int_equal(tw_queue_acknowledge(&queues, &q, 100), 9);
    assert_int_equal(q.n, 0);
    tw_queues_fini(&queues);
}

static void disorder_is_looked_through(void **state)
{
    struct tw_queues queues = {.free = TW_QUEUE_NONE};
    struct tw_queue q;

    (void)state;
    tw_queue_init(&q);
    assert_int_equal(tw_queue_add(&queues, &q, 1, 100, 200, NULL), 0);
    assert_int_equal(tw_queue_add(&queues, &q, 2, 300, 400, NULL), 0);
    assert_int_equal(tw_queue_add(&queues, &q, 3, 200, 300, NULL), 0);
    assert_true(q.disorder);
    assert_int_equal(q.high - q.low, 300);
    assert_int_equal(tw_queue_acknowledge(&queues, &q, 300), 4); /* rows 1 and 3 */
    assert_int_equal(q.n, 1);
    assert_false(q.disorder);
    assert_int_equal(q.high - q.low, 100);
    tw_queues_fini(&queues);
}

/* 10,000 segments from the last to the first, and an ACK of a byte more each time: all would be
 * looked at each time. The credit is 16 * 65,536 by then, which is 104 times and a bit, and from
 * the next one on only 64 are left. */
static void endless_disorder_is_bounded(void **state)
{
    struct tw_queues queues = {.free = TW_QUEUE_NONE};
    struct tw_queue q;

    (void)state;
    tw_queue_init(&q);
    for (uint32_t i = 0; i < TW_QUEUE_MOST; i++)
        assert_int_equal(tw_queue_add(&queues, &q, i, 2000000 - 100 * i, 2000100 - 100 * i, NULL),
                         0);
    assert_int_equal(q.n, TW_QUEUE_MOST);
    assert_int_equal(q.credit, 16 * TW_QUEUE_STEPS_FREE);
    for (uint32_t ack = 1; ack <= 104; ack++) {
        tw_queue_acknowledge(&queues, &q, 1000000 + ack);
        assert_int_equal(q.n, TW_QUEUE_MOST);
    }
    tw_queue_acknowledge(&queues, &q, 1000105);
    assert_int_equal(q.n, TW_QUEUE_KEPT);
    /* the newest ones: the lowest numbers, to 2,000,000 - 999,900 + 100 * 64 */
    assert_int_equal(q.low, 1000105);
    assert_int_equal(q.high, 1006500);
    tw_queues_fini(&queues);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ack_takes_out_what_it_covers),
        cmocka_unit_test(disorder_is_looked_through),
        cmocka_unit_test(endless_disorder_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

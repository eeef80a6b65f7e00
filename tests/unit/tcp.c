/* tcptrace's arithmetic of what was sent and acknowledged. Expected numbers are worked out by hand
 * from tcptrace's manual; tests/oracle/tcptrace.py compares whole captures with the program. */
#include "sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct pieces pieces;
static struct sequence s;

static int set_up(void **state)
{
    (void)state;
    pieces = (struct pieces){.realloc = realloc};
    s = (struct sequence){.n = 0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(pieces.items);
    return 0;
}

static int64_t sent(uint32_t seq, uint32_t len, int64_t now, int expect_out_of_order)
{
    int out_of_order;
    const int64_t again = sequence_send(&pieces, &s, seq, len, now, &out_of_order);

    assert_int_equal(out_of_order, expect_out_of_order);
    return again;
}

static void bytes_sent_before_are_counted(void **state)
{
    (void)state;
    assert_int_equal(sent(0xffffff38, 300, 10, 0), 0); /* to 100: it wraps */
    assert_int_equal(sent(200, 100, 20, 0), 0);
    assert_int_equal(sent(120, 50, 30, 1), 0); /* fills a part of the gap */
    /* 50…99, 120…169 and 200…249 again; out of order, since what remains from 170 on begins and
     * ends ahead of 200…299 */
    assert_int_equal(sent(50, 200, 40, 1), 150);
    assert_int_equal(sent(100, 200, 50, 0), 200);
}

static void only_clear_acks_are_timed(void **state)
{
    (void)state;
    sent(100, 100, 10, 0);
    sent(200, 100, 11, 0);
    sequence_acknowledge(&pieces, &s, 300, 0, 31); /* the second; the first along with it */
    assert_int_equal(s.rtt.n, 1);
    assert_int_equal(s.rtt.min, 20);
    assert_int_equal(s.cumulative, 1);
    sent(300, 100, 40, 0);
    sent(300, 100, 60, 0);
    sequence_acknowledge(&pieces, &s, 400, 0, 75); /* sent twice */
    assert_int_equal(s.rtt.n, 1);
    assert_int_equal(s.ambiguous.n, 1);
    assert_int_equal(s.ambiguous.max, 15);
    assert_int_equal(s.again.n, 1);
    assert_int_equal(s.again.max, 20);
    sent(500, 100, 80, 0);
    sent(400, 100, 90, 1);
    sequence_acknowledge(&pieces, &s, 600, 0, 99); /* it waited for the one before */
    assert_int_equal(s.post_loss, 1);
    assert_int_equal(s.n, 1); /* one piece from 100 to 600 */
    for (int i = 0; i < 3; i++)
        sequence_acknowledge(&pieces, &s, 600, 1, 100);
    assert_int_equal(s.duplicates, 3);
    assert_int_equal(s.triple, 1);
}

/* The third repetition in a row is a triple one; what does not repeat begins anew, and one that
 * covers the end of nothing counts for nothing. */
static void repeated_acks_count_in_a_row(void **state)
{
    (void)state;
    sent(100, 100, 10, 0);
    sequence_acknowledge(&pieces, &s, 200, 0, 20);
    sequence_acknowledge(&pieces, &s, 200, 1, 21);
    sequence_acknowledge(&pieces, &s, 200, 1, 22);
    sequence_acknowledge(&pieces, &s, 200, 0, 23); /* with another window */
    sequence_acknowledge(&pieces, &s, 200, 1, 24);
    sequence_acknowledge(&pieces, &s, 200, 1, 25);
    sequence_acknowledge(&pieces, &s, 150, 1, 26);
    assert_int_equal(s.duplicates, 4);
    assert_int_equal(s.triple, 0);
    for (int i = 0; i < 3; i++)
        sequence_acknowledge(&pieces, &s, 200, 1, 27);
    assert_int_equal(s.duplicates, 7);
    assert_int_equal(s.triple, 1);
}

/* 0x3fffff9c + 200 = 0x40000064: 100 bytes each side of the border are two pieces. The ACK of the
 * end covers the quarter before as well, which it does not time. Going on to the third quarter
 * forgets the first; the second, which is beside it, stays. */
static void quarters_are_kept_apart(void **state)
{
    (void)state;
    assert_int_equal(sent(0x3fffff9c, 200, 10, 0), 0);
    assert_int_equal(s.n, 2);
    sequence_acknowledge(&pieces, &s, 0x40000064, 0, 30);
    assert_int_equal(s.cumulative, 1);
    assert_int_equal(s.rtt.n, 1);
    assert_int_equal(s.rtt.min, 20);
    assert_int_equal(sent(0x80000000, 10, 40, 0), 0);
    assert_int_equal(s.n, 2);
    assert_int_equal(sent(0x4000005a, 10, 50, 0), 10);
    assert_int_equal(sent(0x3fffff9c, 100, 60, 0), 0);
}

/* Every other byte from the last to the first: each looks at one piece, so nothing is forgotten.
 * Then bytes behind the last but one look at all of them, until 65,536 + 64 a packet are used up.
 */
static void endless_disorder_is_forgotten(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5000; i++)
        sent(20000 - 2 * i, 1, i, i > 0 ? 1 : 0);
    assert_int_equal(s.n, 5000);
    for (uint32_t i = 0; i < 1000; i++) {
        int out_of_order;

        assert_int_equal(sequence_send(&pieces, &s, 20000, 1, 6000, &out_of_order) >= 0, 1);
    }
    assert_true(s.n <= 66);
    assert_true(s.steps <= s.allowed + 5000);
}

/* A damaged capture may have any times: those furthest apart differ by 2^64 - 2, more than fits. */
static void times_may_be_anything(void **state)
{
    (void)state;
    assert_int_equal(ns_between(INT64_MIN + 1, INT64_MAX), INT64_MAX);
    assert_int_equal(ns_between(INT64_MAX, INT64_MIN + 1), 0);
    assert_int_equal(ns_between(7, -5), 0);
    assert_int_equal(ns_between(-5, 7), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_sent_before_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_clear_acks_are_timed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeated_acks_count_in_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quarters_are_kept_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(endless_disorder_is_forgotten, set_up, tear_down),
        cmocka_unit_test(times_may_be_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

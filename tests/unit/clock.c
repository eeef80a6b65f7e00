/* A clock that is set while packets come: a step is told once, by how much, and what is no step is
 * not. By hand: 100 s of the steady clock go by as 100 s, as 3700 s and as −3500 s of the day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/now.h"
#include "core/session/clock.h"

static const int64_t s = 1000000000;

static void steps_are_told_once(void **state)
{
    struct tw_clock clock = {0};

    (void)state;
    assert_int_equal(tw_clock_step(&clock, 1700000000 * s, 5 * s), 0); /* the first look */
    assert_int_equal(tw_clock_step(&clock, 1700000100 * s, 105 * s), 0);
    assert_int_equal(tw_clock_step(&clock, 1700003800 * s, 205 * s), 3600 * s);
    assert_int_equal(tw_clock_step(&clock, 1700003801 * s, 206 * s), 0);
    assert_int_equal(tw_clock_step(&clock, 1700000301 * s, 306 * s), -3600 * s);
    assert_int_equal(tw_clock_step(&clock, 1700000302 * s, 307 * s), 0);
}

static void less_than_a_second_is_none(void **state)
{
    struct tw_clock clock = {0};

    (void)state;
    assert_int_equal(tw_clock_step(&clock, 0, 0), 0);
    assert_int_equal(tw_clock_step(&clock, 10 * s + 999999999, 10 * s), 0);
    assert_int_equal(tw_clock_step(&clock, 20 * s, 20 * s), 0);
    assert_int_equal(tw_clock_step(&clock, 31 * s, 30 * s), 1 * s); /* and a second is one */
}

/* 16,725,225,600 s is 2500-01-01 (date -u -d 2500-01-01 +%s): more than 63 bits of nanoseconds. */
static void a_file_of_a_far_year_wraps(void **state)
{
    (void)state;
    assert_int_equal(tw_timespec_ns((struct timespec){.tv_sec = 1, .tv_nsec = 2}), 1000000002);
    assert_int_equal(tw_timespec_ns((struct timespec){.tv_sec = -1, .tv_nsec = 999999999}), -1);
    assert_int_equal(tw_timespec_ns((struct timespec){.tv_sec = 16725225600}),
                     -1721518473709551616); /* less 2^64, by Python */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_told_once),
                                       cmocka_unit_test(less_than_a_second_is_none),
                                       cmocka_unit_test(a_file_of_a_far_year_wraps)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

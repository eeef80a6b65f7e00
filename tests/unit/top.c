/* Samples of top: exact while few, within 1/128 beyond, and merged in any order the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "samples.h"
#include "top.h"

static size_t n_left; /* allocations that still succeed */

static void *zeroed(size_t n)
{
    return n_left && n_left-- ? calloc(1, n) : NULL;
}

static void *resized(void *p, size_t n)
{
    return n_left && n_left-- ? realloc(p, n) : NULL;
}

static const trawl_host fake = {
    .size = sizeof(fake), .alloc = zeroed, .realloc = resized, .free = free};

static int set_host(void **state)
{
    (void)state;
    n_left = SIZE_MAX;
    host = &fake;
    return 0;
}

static void test_few_are_exact(void **state)
{
    struct samples s = {0};

    (void)state;
    for (int64_t v = 20; v >= 1; v--)
        assert_int_equal(samples_add(&s, v * 1000001), 0);
    /* trtop: index int(0.95 * 20 - 0.5) = 18, the 19th; int(0.5 * 20 - 0.5) = 9, the 10th;
     * int(0.01 * 20 - 0.5) is below 0: the first */
    assert_int_equal(samples_quantile(&s, 0.95), 19 * 1000001);
    assert_int_equal(samples_quantile(&s, 0.5), 10 * 1000001);
    assert_int_equal(samples_quantile(&s, 0.01), 1000001);
    samples_fini(&s);
}

/* Every power of two and what is around it, up to the largest value. */
static void test_buckets_hold_their_values(void **state)
{
    (void)state;
    for (unsigned e = 0; e < 63; e++) {
        for (int64_t d = -1; d <= 1; d++) {
            const int64_t value = (int64_t)(((uint64_t)1 << e) + (uint64_t)d);
            struct samples s = {0};
            int64_t got;

            for (int i = 0; i < SAMPLES_EXACT; i++)
                assert_int_equal(samples_add(&s, 0), 0);
            assert_int_equal(samples_add(&s, value), 0);
            assert_int_equal(samples_add(&s, INT64_MAX), 0);
            got = samples_at(&s, value == 0 ? 0 : SAMPLES_EXACT);
            assert_true(got >= value - value / 128 && got <= value + value / 128);
            assert_int_equal(
                samples_at(&s, SAMPLES_EXACT + 1) / 2 > INT64_MAX / 2 - INT64_MAX / 128, 1);
            samples_fini(&s);
        }
    }
}

static void test_parts_in_any_order(void **state)
{
    struct samples parts[3] = {{0}}, forth = {0}, back = {0}, all = {0};
    uint64_t x = 1;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const int64_t value = (int64_t)(x >> (20 + x % 30));

        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        assert_int_equal(samples_add(&parts[i % 977 ? 0 : i % 2 + 1], value), 0);
        assert_int_equal(samples_add(&all, value), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(samples_merge(&forth, &parts[i]), 0);
        assert_int_equal(samples_merge(&back, &parts[2 - i]), 0);
    }
    assert_int_equal(all.n, 100000);
    for (int q = 1; q < 1000; q++) {
        const int64_t value = samples_quantile(&all, q / 1000.0);

        assert_int_equal(samples_quantile(&forth, q / 1000.0), value);
        assert_int_equal(samples_quantile(&back, q / 1000.0), value);
    }
    for (int i = 0; i < 3; i++)
        samples_fini(&parts[i]);
    samples_fini(&forth);
    samples_fini(&back);
    samples_fini(&all);
}

/* A counter of a byte that is full becomes one of two, then of four. */
static void test_one_value_many_times(void **state)
{
    struct samples s = {0};

    (void)state;
    for (int i = 0; i < 70000; i++)
        assert_int_equal(samples_add(&s, 5), 0);
    assert_int_equal(s.width, 4);
    assert_int_equal(samples_add(&s, 1000000), 0);
    assert_int_equal(samples_at(&s, 69999), 5);
    assert_int_equal(samples_at(&s, 70000), 1000000);
    samples_fini(&s);
}

/* A SYN without a time (that is INT64_MIN), and an ACK: no time between them can be told, as none
 * can when the clock goes back. */
static void test_times_that_cannot_be(void **state)
{
    const int64_t times[][2] = {{INT64_MIN, 1700000000000000000}, {INT64_MAX, INT64_MIN}, {9, 7}};

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct session session = {0};
        struct numbers numbers = {0};
        const struct segment syn = {.time_ns = times[i][0], .flags = TCP_SYN, .outgoing = 1};
        const struct segment ack = {.time_ns = times[i][1], .flags = TCP_ACK, .outgoing = 1};

        assert_int_equal(session_take(&session, &syn, &numbers), 0);
        assert_int_equal(session_take(&session, &ack, &numbers), 0);
        assert_int_equal(numbers.measures[Q_LAT].n, 1);
        assert_int_equal(numbers.measures[Q_LAT].max, 0);
        numbers_fini(&numbers);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t n = 0; n < 12; n++) {
        struct samples s = {0};
        int64_t v = 0;

        n_left = n;
        while (v < 5000 && samples_add(&s, v * v) == 0)
            v++;
        assert_int_equal(s.n, (uint64_t)v);
        if (v)
            assert_true(samples_quantile(&s, 0.999) <= s.max);
        samples_fini(&s);
    }
    n_left = SIZE_MAX;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_are_exact),
        cmocka_unit_test(test_buckets_hold_their_values),
        cmocka_unit_test(test_parts_in_any_order),
        cmocka_unit_test(test_one_value_many_times),
        cmocka_unit_test(test_times_that_cannot_be),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, set_host, NULL);
}

/* Samples of top: exact while few, within 1/128 beyond, and merged in any order the same; how many
 * are few depends on how many all samples have. */
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
    struct samples *s = NULL;

    (void)state;
    for (int64_t v = 20; v >= 1; v--)
        assert_int_equal(samples_add(&s, v * 1000001, NULL), 0);
    /* trtop: index int(0.95 * 20 - 0.5) = 18, the 19th; int(0.5 * 20 - 0.5) = 9, the 10th;
     * int(0.01 * 20 - 0.5) is below 0: the first */
    assert_int_equal(samples_quantile(s, 0.95), 19 * 1000001);
    assert_int_equal(samples_quantile(s, 0.5), 10 * 1000001);
    assert_int_equal(samples_quantile(s, 0.01), 1000001);
    samples_fini(&s);
}

/* Every power of two and what is around it, up to the largest value. */
static void test_buckets_hold_their_values(void **state)
{
    (void)state;
    for (unsigned e = 0; e < 63; e++) {
        for (int64_t d = -1; d <= 1; d++) {
            const int64_t value = (int64_t)(((uint64_t)1 << e) + (uint64_t)d);
            struct samples *s = NULL;
            int64_t got;

            for (int i = 0; i < SAMPLES_KEPT; i++)
                assert_int_equal(samples_add(&s, 0, NULL), 0);
            assert_int_equal(samples_add(&s, value, NULL), 0);
            assert_int_equal(samples_add(&s, INT64_MAX, NULL), 0);
            got = samples_at(s, value == 0 ? 0 : SAMPLES_KEPT);
            assert_true(got >= value - value / 128 && got <= value + value / 128);
            assert_int_equal(samples_at(s, SAMPLES_KEPT + 1) / 2 > INT64_MAX / 2 - INT64_MAX / 128,
                             1);
            samples_fini(&s);
        }
    }
}

static void test_parts_in_any_order(void **state)
{
    struct samples *parts[3] = {0}, *forth = NULL, *back = NULL, *all = NULL;
    uint64_t x = 1;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const int64_t value = (int64_t)(x >> (20 + x % 30));

        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        assert_int_equal(samples_add(&parts[i % 977 ? 0 : i % 2 + 1], value, NULL), 0);
        assert_int_equal(samples_add(&all, value, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(samples_merge(&forth, parts[i]), 0);
        assert_int_equal(samples_merge(&back, parts[2 - i]), 0);
    }
    assert_int_equal(all->n, 100000);
    for (int q = 1; q < 1000; q++) {
        const int64_t value = samples_quantile(all, q / 1000.0);

        assert_int_equal(samples_quantile(forth, q / 1000.0), value);
        assert_int_equal(samples_quantile(back, q / 1000.0), value);
    }
    for (int i = 0; i < 3; i++)
        samples_fini(&parts[i]);
    samples_fini(&forth);
    samples_fini(&back);
    samples_fini(&all);
}

static int64_t rank_of(size_t i)
{
    return (int64_t)(i * 7919 % SAMPLES_KEPT) * 1000003; /* each once: 7919 is prime */
}

/* As many values as trtop keeps, in any order, with each rank in its place. */
static void test_a_reservoir_is_exact(void **state)
{
    struct samples *parts[2] = {0}, *s = NULL;

    (void)state;
    for (size_t i = 0; i < SAMPLES_KEPT; i++)
        assert_int_equal(samples_add(&parts[i % 3 == 0], rank_of(i), NULL), 0);
    assert_int_equal(samples_merge(&s, parts[0]), 0);
    assert_int_equal(samples_merge(&s, parts[1]), 0);
    for (uint64_t i = 0; i < SAMPLES_KEPT; i++)
        assert_int_equal(samples_at(s, i), (int64_t)i * 1000003);
    assert_int_equal(samples_merge(&s, parts[0]), 0); /* too many: counters */
    assert_true(samples_at(s, 0) == 0 && s->width);
    samples_fini(&parts[0]);
    samples_fini(&parts[1]);
    samples_fini(&s);
}

/* 600 samples with up to 1,028 values each, in two orders: kept as they are, those beyond 32 of
 * all were 600 * 996 = 597,600, more than 524,288. Up to 512 they are fewer. */
static void test_the_limit_is_that_of_all(void **state)
{
    enum { N = 600 };
    static struct samples *forth[N], *across[N];
    struct spare spares[2] = {{0}}, counted = {0};

    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < (i ? SAMPLES_KEPT : 512); k++)
            assert_int_equal(samples_add(&forth[i], rank_of(k), &spares[0]), 0);
    for (size_t k = 0; k < SAMPLES_KEPT; k++)
        for (size_t i = 0; i < N; i++)
            if (i || k < 512)
                assert_int_equal(samples_add(&across[i], rank_of(k), &spares[1]), 0);
    for (size_t i = 0; i < N; i++)
        spare_count(&counted, forth[i]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(spares[i].level, 1);
        assert_int_equal(spares[i].used, N * 480);
        assert_int_equal(spares[i].is_due, 1);
    }
    assert_int_equal(counted.level, 1);
    assert_int_equal(counted.used, N * 480);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(samples_settle(&forth[i], &spares[0]), 0);
        assert_int_equal(samples_settle(&across[i], &spares[1]), 0);
        assert_int_equal(forth[i]->width == 0, i == 0);
        assert_int_equal(across[i]->width == 0, i == 0);
        assert_int_equal(samples_quantile(forth[i], 0.95), samples_quantile(across[i], 0.95));
        samples_fini(&forth[i]);
        samples_fini(&across[i]);
    }
}

/* A counter of a byte that is full becomes one of two, then of four. */
static void test_one_value_many_times(void **state)
{
    struct samples *s = NULL;

    (void)state;
    for (int i = 0; i < 70000; i++)
        assert_int_equal(samples_add(&s, 5, NULL), 0);
    assert_int_equal(s->width, 4);
    assert_int_equal(samples_add(&s, 1000000, NULL), 0);
    assert_int_equal(samples_at(s, 69999), 5);
    assert_int_equal(samples_at(s, 70000), 1000000);
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
        assert_int_equal(numbers.measures[Q_LAT]->n, 1);
        assert_int_equal(numbers.measures[Q_LAT]->max, 0);
        numbers_fini(&numbers);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t n = 0; n < 24; n++) {
        struct samples *s = NULL;
        int64_t v = 0;

        n_left = n;
        while (v < 5000 && samples_add(&s, v * v, NULL) == 0)
            v++;
        assert_int_equal(s ? s->n : 0, (uint64_t)v);
        if (v)
            assert_true(samples_quantile(s, 0.999) <= s->max);
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
        cmocka_unit_test(test_a_reservoir_is_exact),
        cmocka_unit_test(test_the_limit_is_that_of_all),
        cmocka_unit_test(test_one_value_many_times),
        cmocka_unit_test(test_times_that_cannot_be),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, set_host, NULL);
}

/* The plain parts of the vantage plugin: hulls and clocks, the order of a join, what is trusted,
 * sets of bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "clock.h"
#include "cover.h"
#include "delays.h"
#include "hull.h"
#include "join.h"
#include "ranges.h"
#include "vantage.h"

static const trawl_host fake = {.realloc = realloc, .free = free};

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9))
        fail_msg("got %.17g, expected %.17g", got, expected);
}

/* ---- hulls ---- */

/* (0,0) (1,2) (2,1) (3,5) (4,4): below, (1,2) lies above the line from (0,0) to (2,1), (3,5) above
 * that from (2,1) to (4,4). Above, (0,0) (1,2) (3,5) (4,4): from (0,0) to (3,5) is 5/3 at 1, so
 * (1,2) stays. */
static void hull_keeps_what_lines_touch(void **state)
{
    struct hull_point low[] = {{0, 0}, {1, 2}, {2, 1}, {3, 5}, {4, 4}};
    struct hull_point high[] = {{0, 0}, {1, 2}, {2, 1}, {3, 5}, {4, 4}};

    (void)state;
    assert_int_equal(hull_lower(low, 5), 3);
    near(low[1].x, 2);
    near(low[2].x, 4);
    assert_int_equal(hull_upper(high, 5), 4);
    near(high[1].x, 1);
    near(high[2].x, 3);
}

/* At one time the lowest is the one that counts; points on a line are no corners. */
static void hull_of_one_time_and_of_a_line(void **state)
{
    struct hull_point same[] = {{1, 5}, {1, 3}, {1, 4}};
    struct hull_point line[] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};

    (void)state;
    assert_int_equal(hull_lower(same, 3), 1);
    near(same[0].y, 3);
    assert_int_equal(hull_lower(line, 4), 2);
    near(line[1].x, 3);
}

/* The second clock is 100 + 0.5 x ahead. There, packets take 10, and wait 4 and 7 in between; back,
 * 10, and 3 once: to: y = 100 + 0.5 x + delay; from: y = 100 + 0.5 x - delay. Lines touch those
 * that did not wait. */
static void fit_finds_offset_and_skew(void **state)
{
    struct hull_point to[] = {{0, 110}, {10, 119}, {20, 127}, {40, 130}};
    struct hull_point from[] = {{5, 92.5}, {15, 94.5}, {35, 107.5}};
    struct hull_way a = {.points = to, .n = 4}, b = {.points = from, .n = 3};
    const struct hull_fit fit = hull_fit(&a, &b, 1);

    (void)state;
    near(fit.skew, 0.5);
    near(fit.low, 110);
    near(fit.high, 90);
}

/* Without a skew the least delay each way counts: 110 there, 107.5 back. */
static void fit_without_skew(void **state)
{
    struct hull_point to[] = {{0, 110}, {10, 119}, {20, 127}, {40, 130}};
    struct hull_point from[] = {{5, 92.5}, {15, 94.5}, {35, 107.5}};
    struct hull_way a = {.points = to, .n = 4}, b = {.points = from, .n = 3};
    const struct hull_fit fit = hull_fit(&a, &b, 0);

    (void)state;
    near(fit.skew, 0);
    near(fit.low, 110);
    near(fit.high, 107.5);
}

/* One direction: the line below (0,1) (10,0) (20,3) (30,2) is that between (10,0) and (30,2), for
 * their mean time is 15: skew 0.1, and 0 at 10, so -1 at 0. */
static void fit_of_one_direction(void **state)
{
    struct hull_point to[] = {{0, 1}, {10, 0}, {20, 3}, {30, 2}};
    struct hull_way a = {.points = to, .n = 4}, none = {0};
    const struct hull_fit fit = hull_fit(&a, &none, 1);

    (void)state;
    near(fit.skew, 0.1);
    near(fit.low, -1);
    near(fit.high, -1);
}

static void fit_of_nothing(void **state)
{
    struct hull_way none = {0}, neither = {0};
    const struct hull_fit fit = hull_fit(&none, &neither, 1);

    (void)state;
    near(fit.skew, 0);
    near(fit.low, 0);
}

/* A clock that shows 60 ns after the beginning of 1970 when the other shows 2024, is half a
 * nanosecond ahead of that and gains 50 ppm: after 100 s it has gained 5 ms. Back and forth each
 * time is the same to the nanosecond. */
static void clocks_go_back_and_forth(void **state)
{
    const int64_t now = INT64_C(1705312800123456789);
    const struct clocks c = {
        .origin_ns = now, .base_ns = 60 - now, .rest_ns = 0.5, .skew = 50e-6, .known = 1};

    (void)state;
    assert_int_equal(clocks_to_right(&c, now + INT64_C(100000000000)), INT64_C(100005000060));
    for (int64_t i = -5; i < 1000; i++) {
        const int64_t at = now + i * INT64_C(123456789012);

        assert_in_range(clocks_to_left(&c, clocks_to_right(&c, at)) - at + 1, 0, 2);
    }
}

/* ---- the join ---- */

static void sort_is_by_key_and_keeps_rows_in_order(void **state)
{
    struct item items[] = {{.key = UINT64_MAX, .row = 0},        {.key = 7, .row = 1},
                           {.key = UINT64_C(1) << 40, .row = 2}, {.key = 7, .row = 3},
                           {.key = UINT64_MAX, .row = 4},        {.key = 0, .row = 5}};
    static const uint32_t order[] = {5, 1, 3, 2, 0, 4};
    struct item other[6], *sorted = items, *scratch = other;

    (void)state;
    for (unsigned pass = 0; pass < JOIN_PASSES; pass++)
        join_sort_pass(pass, &sorted, &scratch, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sorted[i].row, order[i]);
}

/* Timestamps that are 50 higher but for one stranger; IP identifications that are new each time. */
static void votes_find_what_is_left_alone(void **state)
{
    struct votes v = {0};

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        for (uint16_t i = 0; i < 9; i++) {
            const struct extras l = {.ts = i, .has_ts = 1, .ip_id = i, .has_ip_id = 1};
            const struct extras r = {
                .ts = i == 4 ? 1000 : i + 50u, .has_ts = 1, .ip_id = 77, .has_ip_id = 1};

            if (pass)
                votes_count(&v, &l, &r);
            else
                votes_lead(&v, &l, &r);
        }
    }
    assert_int_equal(v.ts_delta, 50);
    assert_int_equal(v.ts_same, 8);
    assert_true(votes_trust(v.ts_same, v.ts_n));
    assert_false(votes_trust(v.ip_id_same, v.ip_id_n));
    assert_false(votes_trust(0, 0));
}

/* ---- bytes ---- */

static void ranges_join_and_find(void **state)
{
    struct ranges r = {0};

    (void)state;
    host = &fake;
    assert_int_equal(ranges_add(&r, (struct range){10, 20}, NULL), 0);
    assert_int_equal(ranges_add(&r, (struct range){40, 50}, NULL), 0);
    assert_int_equal(ranges_add(&r, (struct range){20, 30}, NULL), 0);
    assert_int_equal(ranges_add(&r, (struct range){5, 12}, NULL), 0);
    ranges_settle(&r);
    assert_int_equal(r.n, 2);
    assert_true(ranges_have(&r, (struct range){5, 30}));
    assert_true(ranges_have(&r, (struct range){41, 42}));
    assert_false(ranges_have(&r, (struct range){29, 41}));
    assert_false(ranges_have(&r, (struct range){4, 6}));
    ranges_fini(&r);
}

/* [10,20) is new, of [15,25) 5, [0,5) is new, of [4,12) the five from 5 to 9; then all up to 25 is
 * there. */
static void cover_says_what_is_new(void **state)
{
    static const struct range ranges[] = {{10, 20}, {15, 25}, {0, 5}, {4, 12}, {0, 25}, {30, 31}};
    static const uint64_t fresh[] = {10, 5, 5, 5, 0, 1};
    struct cover c = {{0}};

    (void)state;
    host = &fake;
    for (size_t i = 0; i < 6; i++) {
        uint64_t got = 99;

        assert_int_equal(cover_add(&c, ranges[i], &got, NULL), 0);
        assert_int_equal(got, fresh[i]);
    }
    assert_int_equal(c.ranges.n, 2);
    cover_fini(&c);
}

static void numbers_go_on_where_they_wrap(void **state)
{
    struct unwrap u = unwrap_from(0xfffffff0);
    const uint64_t first = unwrap(&u, 0xfffffff0);

    (void)state;
    assert_int_equal(unwrap(&u, 0x10) - first, 0x20);
    assert_int_equal(first - unwrap(&u, 0xffffffe0), 0x10);
}

/* 1 2 3 4 10: mean 4, squares of deviations 9 + 4 + 1 + 0 + 36 = 50, of the sample 12.5. */
static void delays_in_numbers(void **state)
{
    int64_t values[] = {10, 3, 1, 4, 2}, below[] = {-7, 7};
    struct delays d = delays_of(values, 5);

    (void)state;
    assert_int_equal(d.min, 1);
    assert_int_equal(d.p50, 3);
    assert_int_equal(d.p95, 10);
    near(d.mean, 4);
    near(d.stddev, sqrt(12.5));
    d = delays_of(below, 2);
    assert_int_equal(d.n_negative, 1);
    near(d.mean, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hull_keeps_what_lines_touch),
        cmocka_unit_test(hull_of_one_time_and_of_a_line),
        cmocka_unit_test(fit_finds_offset_and_skew),
        cmocka_unit_test(fit_without_skew),
        cmocka_unit_test(fit_of_one_direction),
        cmocka_unit_test(fit_of_nothing),
        cmocka_unit_test(clocks_go_back_and_forth),
        cmocka_unit_test(sort_is_by_key_and_keeps_rows_in_order),
        cmocka_unit_test(votes_find_what_is_left_alone),
        cmocka_unit_test(ranges_join_and_find),
        cmocka_unit_test(cover_says_what_is_new),
        cmocka_unit_test(numbers_go_on_where_they_wrap),
        cmocka_unit_test(delays_in_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

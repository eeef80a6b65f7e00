/* Windows, coverage and sequence numbers of the plots over time. Plugins are modules, so the files
 * are compiled in here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/sequence/coverage.c"
#include "plugins/sequence/rate.c"
#include "plugins/sequence/sketch.c"
#include <cmocka.h> /* behind what calls host->fail(): its fail() is a macro */

/* ---- what the files ask of the host ---- */

static void *made[256];
static size_t n_made;

static int failed(trawl_error *err, int code, const char *format, ...)
{
    (void)err;
    (void)format;
    return code;
}

static void *call_memory(trawl_call *call, size_t n)
{
    (void)call;
    assert_true(n_made < sizeof(made) / sizeof(made[0]));
    made[n_made] = calloc(1, n);
    return made[n_made++];
}

static const trawl_host fake = {
    .fail = failed, .call_alloc = call_memory, .realloc = realloc, .free = free};
const trawl_host *host = &fake;

static int forget(void **state)
{
    (void)state;
    while (n_made)
        free(made[--n_made]);
    return 0;
}

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9))
        fail_msg("got %.12g, expected %.12g", got, expected);
}

/* ---- windows ---- */

/* From 10.0 s to 12.0 s by 0.5 s: 12.0 is the beginning of a fifth window. */
static void windows_hold_first_and_last(void **state)
{
    (void)state;
    assert_int_equal(rate_windows(10, 12, 0.5), 5);
    assert_int_equal(rate_windows(10, 11.99, 0.5), 4);
    assert_int_equal(rate_windows(10, 10, 0.5), 1);
    assert_int_equal(rate_windows(10, 9, 0.5), 1); /* a clock that goes back */
    assert_int_equal(rate_windows(0, 1e6 - 0.5, 1), 1000000);
    assert_int_equal(rate_windows(0, 1e6, 1), 0);
}

/* 100 bytes at 10.1 s and 300 at 10.4 s are 400 bytes in half a second: 800 B/s. mptcpanalyzer
 * draws 400 there, whatever the window's length. */
static void a_rate_is_divided_by_the_window(void **state)
{
    double w[3] = {0};

    (void)state;
    rate_add(w, 3, 10, 0.5, RATE_BOXCAR, 10.1, 100);
    rate_add(w, 3, 10, 0.5, RATE_BOXCAR, 10.4, 300);
    rate_add(w, 3, 10, 0.5, RATE_BOXCAR, 10.5, 50);  /* the next one's beginning */
    rate_add(w, 3, 10, 0.5, RATE_BOXCAR, 9.9, 1000); /* before all */
    near(w[0], 800);
    near(w[1], 100);
    near(w[2], 0);
}

/* Middles at 10.25, 10.75, 11.25. 100 bytes at 10.375 are a quarter of a window's width behind the
 * first: three quarters are its, one quarter the second's: 150 and 50 B/s. Hann: cos²(π/8) =
 * (1 + cos(π/4)) / 2 = 0.853553. At 10.125 s a quarter belongs to the
 * window before all, and is lost. */
static void smooth_windows_share(void **state)
{
    double w[3] = {0}, h[3] = {0}, first[3] = {0};

    (void)state;
    rate_add(w, 3, 10, 0.5, RATE_TRIANG, 10.375, 100);
    near(w[0], 150);
    near(w[1], 50);
    near(w[2], 0);
    rate_add(h, 3, 10, 0.5, RATE_HANN, 10.375, 100);
    near(h[0], 200 * (1 + sqrt(0.5)) / 2);
    near(h[0] + h[1], 200);
    rate_add(first, 3, 10, 0.5, RATE_TRIANG, 10.125, 100);
    near(first[0], 150);
    near(first[1], 0);
}

/* A level over each window needs an end; middles need none. */
static void curves_reach_the_end(void **state)
{
    const double w[2] = {800, 100};
    struct points box = {.n = 0}, tri = {.n = 0};

    (void)state;
    assert_int_equal(rate_points(NULL, w, 2, 10, 0.5, RATE_BOXCAR, &box, NULL), TRAWL_OK);
    assert_int_equal(box.n, 3);
    near(box.x[0], 10);
    near(box.x[2], 11);
    near(box.y[2], 100);
    assert_int_equal(rate_points(NULL, w, 2, 10, 0.5, RATE_TRIANG, &tri, NULL), TRAWL_OK);
    assert_int_equal(tri.n, 2);
    near(tri.x[0], 10.25);
    assert_int_equal(rate_shape_of("hann"), RATE_HANN);
}

/* Paths of 10 and 4 alone: 14 together is 1, 10 is 0, 12 is (12 - 10) / (14 - 10); 5 is below the
 * best, (5 - 10) / 10; nothing is -1. One path has nothing to gain. */
static void a_benefit_is_what_the_best_path_lacks(void **state)
{
    const double alone[] = {10, 4}, one[] = {10, 0};

    (void)state;
    near(aggregation_benefit(14, alone, 2), 1);
    near(aggregation_benefit(10, alone, 2), 0);
    near(aggregation_benefit(12, alone, 2), 0.5);
    near(aggregation_benefit(5, alone, 2), -0.5);
    near(aggregation_benefit(0, alone, 2), -1);
    assert_true(isnan(aggregation_benefit(10, one, 2)));
    assert_true(isnan(aggregation_benefit(10, alone, 0)));
}

/* ---- bytes that were there ---- */

/* [0,10) new: 10. [20,30): 10. [5,25): 10..20 are new, all is one now. [0,30) again: none. [-5,40):
 * 5 before and 10 behind. */
static void each_byte_counts_once(void **state)
{
    struct coverage c = {.n = 0};

    (void)state;
    assert_int_equal(coverage_add(&c, 0, 10), 10);
    assert_int_equal(coverage_add(&c, 20, 30), 10);
    assert_int_equal(c.n, 2);
    assert_int_equal(coverage_add(&c, 5, 25), 10);
    assert_int_equal(c.n, 1);
    assert_int_equal(coverage_add(&c, 0, 30), 0);
    assert_int_equal(coverage_add(&c, -5, 40), 15);
    assert_int_equal(coverage_add(&c, 50, 50), 0);
    assert_int_equal(coverage_add(&c, 40, 41), 1); /* touches: no part of its own */
    assert_int_equal(c.n, 1);
    assert_int_equal(c.parts[0][0], -5);
    assert_int_equal(c.parts[0][1], 41);
    coverage_fini(&c);
}

/* Every other byte, until there are more parts than are kept: memory stays bounded, and the parts
 * apart. */
static void gaps_are_given_up_from_the_oldest(void **state)
{
    struct coverage c = {.n = 0};

    (void)state;
    for (int64_t i = 0; i < 3 * COVERAGE_MOST; i++)
        assert_int_equal(coverage_add(&c, 2 * i, 2 * i + 1), 1);
    assert_int_equal(c.n, COVERAGE_MOST);
    for (size_t i = 1; i < c.n; i++)
        assert_true(c.parts[i][0] > c.parts[i - 1][1]);
    assert_int_equal(coverage_add(&c, 3, 4), 0); /* given up: counts as filled */
    assert_int_equal(coverage_add(&c, 6 * COVERAGE_MOST - 3, 6 * COVERAGE_MOST - 2), 1);
    /* Into the gap that is given up for it, and before all. */
    assert_int_equal(coverage_add(&c, c.parts[c.n - 1][1] + 1, c.parts[c.n - 1][1] + 2), 1);
    assert_int_equal(c.n, COVERAGE_MOST);
    assert_int_equal(coverage_add(&c, -10, -9), 1);
    for (size_t i = 1; i < c.n; i++)
        assert_true(c.parts[i][0] > c.parts[i - 1][1]);
    coverage_fini(&c);
}

/* 4,294,967,290 + 10 is 4 beyond 2^32; a late one lies before; a number before the first is
 * negative. */
static void numbers_go_on_beyond_32_bits(void **state)
{
    struct unwrap u = {0}, v = {0};

    (void)state;
    assert_int_equal(unwrap_next(&u, 2000000000), 2000000000);
    assert_int_equal(unwrap_next(&u, 4000000000u), 4000000000);
    assert_int_equal(unwrap_next(&u, 4294967290u), 4294967290);
    assert_int_equal(unwrap_next(&u, 4), 4294967300);
    assert_int_equal(unwrap_next(&u, 4294967290u), 4294967290);
    assert_int_equal(unwrap_next(&v, 4294967295u), -1);
}

/* ---- points ---- */

static void points_grow(void **state)
{
    struct points p = {.n = 0}, r = {.n = 0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        points_add(NULL, &p, i, 2.0 * i);
        points_add_range(NULL, &r, i, i, i + 1.0);
    }
    assert_int_equal(p.n, 1000);
    near(p.y[999], 1998);
    near(p.x[0], 0);
    near(r.low[63], 63); /* the last before it grew */
    near(r.high[64], 65);
    assert_null(r.y);
    assert_int_equal(points_check(&r, 1, NULL), TRAWL_OK);
}

/* 2024-01-15T10:00:00.5Z is 36000.5 s into its day, which began at 1705276800 s; one nanosecond
 * before 1970 belongs to the day before. The earliest time and the latest: 2^64 - 2 ns wrap to -2.
 */
static void times_count_from_their_day(void **state)
{
    const int64_t second = 1000000000;

    (void)state;
    assert_int_equal(day_of(1705312800 * second + 500000000), 1705276800 * second);
    near(seconds_since(1705276800 * second, 1705312800 * second + 500000000), 36000.5);
    assert_int_equal(day_of(-1), -86400 * second);
    near(seconds_since(day_of(INT64_MIN + 1), INT64_MIN + 1), 763.145224193);
    near(seconds_since(INT64_MIN + 1, INT64_MAX), -2e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_hold_first_and_last),
        cmocka_unit_test(a_rate_is_divided_by_the_window),
        cmocka_unit_test(smooth_windows_share),
        cmocka_unit_test_teardown(curves_reach_the_end, forget),
        cmocka_unit_test(a_benefit_is_what_the_best_path_lacks),
        cmocka_unit_test(each_byte_counts_once),
        cmocka_unit_test(gaps_are_given_up_from_the_oldest),
        cmocka_unit_test(numbers_go_on_beyond_32_bits),
        cmocka_unit_test(times_count_from_their_day),
        cmocka_unit_test_teardown(points_grow, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Correlations of counts. Plugins are modules, so the file is compiled in here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugins/compare/correlate.c"

enum { MOST = 64 };

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-12))
        fail_msg("got %.17g, expected %.17g", got, expected);
}

/* The zeros left out, as commands have them. */
static struct sparse without_zeros(enum correlate_method method, const uint32_t *x, size_t n,
                                   struct spot *spots)
{
    uint64_t scratch[2 * MOST];
    size_t n_spots = 0;

    for (size_t i = 0; i < n; i++) {
        if (x[i])
            spots[n_spots++] = (struct spot){(uint32_t)i, x[i]};
    }
    return correlate_sparse(method, spots, n_spots, n, scratch);
}

/* Both ways of reckoning. */
static void is(enum correlate_method method, const uint32_t *x, const uint32_t *y, size_t n,
               double expected)
{
    struct spot of_x[MOST], of_y[MOST];
    struct sparse a = without_zeros(method, x, n, of_x), b = without_zeros(method, y, n, of_y);
    uint32_t dense[MOST] = {0};
    uint64_t scratch[4 * MOST];
    double got[2];

    correlate_scatter(&a, dense, 0);
    got[0] = correlate_pair(method, &a, &b, dense, n, scratch);
    got[1] = correlate_dense(method, x, y, n, scratch);
    for (int i = 0; i < 2; i++) {
        if (isnan(expected))
            assert_true(isnan(got[i]));
        else
            near(got[i], expected);
    }
    correlate_scatter(&a, dense, 1);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(dense[i], 0);
}

/* x = 1 2 3 4 5, y = 2 1 4 3 9: means 3 and 3.8; sum of products of deviations
 * (-2)(-1.8) + (-1)(-2.8) + 0 + 1(-0.8) + 2(5.2) = 16; squares 10 and 3.24 + 7.84 + 0.04 + 0.64 +
 * 27.04 = 38.8. Ranks of y: 2 1 4 3 5; d^2 = 1 + 1 + 1 + 1 + 0, so rho = 1 - 24/120 = 0.8.
 * Pairs: 10, of which 2 run the other way: tau = 6/10. */
static void without_ties(void **state)
{
    const uint32_t x[] = {1, 2, 3, 4, 5}, y[] = {2, 1, 4, 3, 9};

    (void)state;
    is(CORRELATE_PEARSON, x, y, 5, 16 / sqrt(388));
    is(CORRELATE_SPEARMAN, x, y, 5, 0.8);
    is(CORRELATE_KENDALL, x, y, 5, 0.6);
}

/* x = 0 0 3 0 6, y = 0 2 2 0 2. Means 1.8 and 1.2; Sxy = 0 + 0 + 6 + 0 + 12 - 5 * 1.8 * 1.2 = 7.2;
 * Sxx = 9 + 36 - 16.2 = 28.8, Syy = 12 - 7.2 = 4.8: r = 7.2 / sqrt(138.24).
 * Ranks of x: 2 2 4 2 5, of y: 1.5 4 4 1.5 4 (means 3): Sxy = (-1)(-1.5) + (-1)(1) + 1 + (-1)(-1.5)
 * + 2 = 5; Sxx = 1 + 1 + 1 + 1 + 4 = 8, Syy = 2.25 + 1 + 1 + 2.25 + 1 = 7.5: rho = 5 / sqrt(60).
 * Pairs (rows): 1-3, 1-5, 4-3, 4-5 agree; no pair disagrees. Of 10, ties of x: rows 1 2 4, 3 pairs;
 * ties of y: rows 1 4 and rows 2 3 5, 4 pairs: tau-b = 4 / sqrt(7 * 6). */
static void ties_and_zeros(void **state)
{
    const uint32_t x[] = {0, 0, 3, 0, 6}, y[] = {0, 2, 2, 0, 2};

    (void)state;
    is(CORRELATE_PEARSON, x, y, 5, 7.2 / sqrt(138.24));
    is(CORRELATE_SPEARMAN, x, y, 5, 5 / sqrt(60));
    is(CORRELATE_KENDALL, x, y, 5, 4 / sqrt(42));
}

/* One is silent while the other speaks: x = 1 1 0 0, y = 0 0 1 1 is the opposite of x. With a third
 * silent row in both the pairs are: 4 of 10 disagree, none agrees; ties of each: 2 speaking, 3
 * silent, 1 + 3 pairs: tau-b = -4 / 6. */
static void opposites(void **state)
{
    const uint32_t x[] = {1, 1, 0, 0, 0}, y[] = {0, 0, 1, 1, 0};

    (void)state;
    is(CORRELATE_PEARSON, x, y, 4, -1);
    is(CORRELATE_SPEARMAN, x, y, 4, -1);
    is(CORRELATE_KENDALL, x, y, 4, -1);
    is(CORRELATE_KENDALL, x, y, 5, -4.0 / 6);
}

static void constants_have_none(void **state)
{
    const uint32_t x[] = {1, 2, 3}, flat[] = {7, 7, 7}, zero[] = {0, 0, 0};

    (void)state;
    for (enum correlate_method m = CORRELATE_SPEARMAN; m <= CORRELATE_KENDALL; m++) {
        is(m, x, flat, 3, NAN);
        is(m, flat, x, 3, NAN);
        is(m, zero, x, 3, NAN);
        is(m, flat, flat, 3, NAN);
        is(m, x, x, 1, NAN);
    }
}

/* 4294967295 and 4294967294 differ in the last of 33 bits of a sum, and squares need 64: y rises
 * with x but for one place, as 1 2 3 4 does with 1 2 4 3: r = 0.8 (d^2 = 2: 1 - 12/60). */
static void large_counts(void **state)
{
    const uint32_t x[] = {4294967292u, 4294967293u, 4294967294u, 4294967295u};
    const uint32_t y[] = {4294967292u, 4294967293u, 4294967295u, 4294967294u};

    (void)state;
    is(CORRELATE_PEARSON, x, y, 4, 0.8);
    is(CORRELATE_PEARSON, x, x, 4, 1);
}

/* tau-b by its definition, each pair of rows looked at. */
static double every_pair(const uint32_t *x, const uint32_t *y, size_t n)
{
    double score = 0, x_differs = 0, y_differs = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const int sx = (x[i] > x[j]) - (x[i] < x[j]), sy = (y[i] > y[j]) - (y[i] < y[j]);

            score += sx * sy;
            x_differs += sx != 0;
            y_differs += sy != 0;
        }
    }
    return x_differs > 0 && y_differs > 0 ? score / sqrt(x_differs * y_differs) : NAN;
}

/* Rows with both, with one, with neither, and ties of all kinds: numbers below 1 to 9, of which
 * some are made 0. */
static void as_defined(void **state)
{
    uint32_t seed = 1, x[MOST], y[MOST];
    size_t n_defined = 0;

    (void)state;
    for (uint32_t round = 0; round < 3000; round++) {
        const size_t n = 2 + round % (MOST - 1);
        double expected;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            x[i] = (seed >> 28) > round % 16 ? 0 : (seed >> 16) % (1 + round % 9);
            y[i] = (seed >> 24) % 16 > round % 13 ? 0 : (seed >> 8) % (1 + round % 7);
            y[i] = round % 3 ? y[i] : x[i] / 2 + y[i] / 3;
        }
        expected = every_pair(x, y, n);
        n_defined += isnan(expected) ? 0 : 1;
        is(CORRELATE_KENDALL, x, y, n, expected);
    }
    assert_true(n_defined > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_ties), cmocka_unit_test(ties_and_zeros),
        cmocka_unit_test(opposites),    cmocka_unit_test(constants_have_none),
        cmocka_unit_test(large_counts), cmocka_unit_test(as_defined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

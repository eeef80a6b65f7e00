/* The statistics of compare. Plugins are modules, so the file is compiled in here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "plugins/compare/stats.c"

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 + 1e-6 * fabs(expected)))
        fail_msg("got %.12g, expected %.12g", got, expected);
}

/* {{10, 30}, {20, 20}}: margins 40 and 40, 30 and 50, of 80; expected 15 and 25 twice.
 * G = 2 (10 ln(10/15) + 20 ln(20/15) + 30 ln(30/25) + 20 ln(20/25))
 *   = 2 (-4.0546511 + 5.7536414 + 5.4696467 - 4.4628710) = 5.4115320.
 * R: pchisq(5.411532, 1, lower = FALSE) is erfc(sqrt(2.705766)) = 0.0200072. */
static void g_of_a_table(void **state)
{
    (void)state;
    near(stats_g_2x2(10, 40, 20, 40), 2 * (10 * log(10 / 15.0) + 20 * log(20 / 15.0) +
                                           30 * log(30 / 25.0) + 20 * log(20 / 25.0)));
    assert_true(fabs(stats_g_2x2(10, 40, 20, 40) - 5.411532) < 1e-5);
    assert_true(fabs(stats_chi2_above(5.411532, 1) - 0.0200) < 5e-5);
    near(stats_g_2x2(5, 50, 5, 50), 0);
    near(stats_g_2x2(5, 5, 7, 7), 0); /* no other value */
    near(stats_g_2x2(5, 5, 0, 0), 0); /* nothing on the right */
    /* 0 of 10 against 10 of 10: 20 ln 4 = 27.7258872 */
    near(stats_g_2x2(0, 10, 10, 10), 20 * log(4));
}

/* Closed forms: df 2 is exp(-x/2); df 4 is exp(-x/2) (1 + x/2). Tables: the 5 % points of 1, 3 and
 * 10 degrees are 3.841459, 7.814728 and 18.307038. */
static void chi_squared_tails(void **state)
{
    (void)state;
    near(stats_chi2_above(3, 2), exp(-1.5));
    near(stats_chi2_above(1, 4), exp(-0.5) * 1.5);
    near(stats_chi2_above(40, 4), exp(-20) * 21);
    near(stats_chi2_above(3.841458820694, 1), 0.05);
    near(stats_chi2_above(7.814727903251, 3), 0.05);
    near(stats_chi2_above(18.307038053275, 10), 0.05);
    near(stats_chi2_above(0, 5), 1);
    assert_true(stats_chi2_above(1e6, 3) == 0);
}

/* Benjamini and Hochberg (1995): p sorted 0.01 0.02 0.03 0.5 of 4: 0.04, 0.04, 0.04, 0.5;
 * R: p.adjust(c(0.5, 0.01, 0.03, 0.02), "BH") gives 0.50 0.04 0.04 0.04. */
static void q_values(void **state)
{
    double p[] = {0.5, 0.01, 0.03, 0.02}, one[] = {0.3};
    size_t order[4];

    (void)state;
    stats_adjust(p, 4, order);
    near(p[0], 0.5);
    near(p[1], 0.04);
    near(p[2], 0.04);
    near(p[3], 0.04);
    stats_adjust(one, 1, order);
    near(one[0], 0.3);
    stats_adjust(one, 0, order);
}

/* asin(sqrt(0.5)) = pi/4, asin(sqrt(1)) = pi/2: h of 0.5 and 1 is pi/2. */
static void effect_of_shares(void **state)
{
    (void)state;
    near(stats_cohen_h(0.5, 1), acos(-1) / 2);
    near(stats_cohen_h(1, 0), -acos(-1));
    near(stats_cohen_h(0.3, 0.3), 0);
}

/* One stratum, 8 of 10 against 2 of 20: 0.8 / 0.1 = 8. With a second, 1 of 10 against 1 of 10, the
 * weights are 20/30, 10/30; 10/20, 10/20: (8 20/30 + 1 10/20) / (2 10/30 + 1 10/20) = 35/7 = 5. */
static void lift_of_strata(void **state)
{
    const uint64_t in[] = {8, 1}, all_in[] = {10, 10}, out[] = {2, 1}, all_out[] = {20, 10};
    const uint64_t none[] = {0, 0};

    (void)state;
    near(stats_lift(in, all_in, out, all_out, 1), 8);
    near(stats_lift(in, all_in, out, all_out, 2), 5);
    assert_true(isnan(stats_lift(in, all_in, none, none, 1))); /* no others: nothing to divide by */
    assert_true(isnan(stats_lift(in, all_in, none, all_out, 2)));
}

/* Type 7: place (n - 1) q. Of 10 20 30 40: 0.5 -> 1.5 -> 25; 0.9 -> 2.7 -> 37; 0 and 1 the ends. */
static void quantiles_between_values(void **state)
{
    const int64_t v[] = {10, 20, 30, 40}, one[] = {-7};

    (void)state;
    near(stats_quantile(v, 4, 0.5), 25);
    near(stats_quantile(v, 4, 0.9), 37);
    near(stats_quantile(v, 4, 0), 10);
    near(stats_quantile(v, 4, 1), 40);
    near(stats_quantile(one, 1, 0.99), -7);
}

/* Both together 1 2 3 4 5 6 7 8: half of them are at most 4. Above it 1 of 4 on the left (5), 3 of
 * 4 on the right. Ties: 2 2 2 2 and 2 3 3 3, half of eight is 2, above it none and three. */
static void median_test(void **state)
{
    const int64_t left[] = {1, 2, 3, 5}, right[] = {4, 6, 7, 8};
    const int64_t same[] = {2, 2, 2, 2}, more[] = {2, 3, 3, 3};

    (void)state;
    near(stats_quantile_test(left, 4, right, 4, 0.5), stats_chi2_above(stats_g_2x2(1, 4, 3, 4), 1));
    near(stats_quantile_test(same, 4, more, 4, 0.5), stats_chi2_above(stats_g_2x2(0, 4, 3, 4), 1));
    near(stats_quantile_test(same, 4, same, 4, 0.5), 1);
    /* Nothing is above the greatest: it is counted itself, none on the left and one on the right.
     */
    near(stats_quantile_test(left, 4, right, 4, 1), stats_chi2_above(stats_g_2x2(0, 4, 1, 4), 1));
}

/* 1 2 4 against 3 5 5 6: of twelve pairs the right one is longer in 3>1 3>2, 5>1 5>2 5>4 twice,
 * 6>1 6>2 6>4: 11. U = 11, mean 6; N = 7, one tie of two: variance 12/12 (8 - 6/42) = 7.857143;
 * z = 4.5 / 2.803060 = 1.605388, p = erfc(z / sqrt 2) = 0.108409. */
static void mann_whitney(void **state)
{
    const int64_t left[] = {1, 2, 4}, right[] = {3, 5, 5, 6}, same[] = {2, 2, 2};
    double longer;

    (void)state;
    near(stats_mann_whitney(left, 3, right, 4, &longer), erfc(4.5 / sqrt(8 - 1 / 7.0) / sqrt(2)));
    near(longer, 11 / 12.0);
    assert_true(fabs(stats_mann_whitney(right, 4, left, 3, &longer) - 0.108409) < 1e-5);
    near(longer, 1 / 12.0);
    near(stats_mann_whitney(same, 3, same, 3, &longer), 1);
    near(longer, 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g_of_a_table),   cmocka_unit_test(chi_squared_tails),
        cmocka_unit_test(q_values),       cmocka_unit_test(effect_of_shares),
        cmocka_unit_test(lift_of_strata), cmocka_unit_test(quantiles_between_values),
        cmocka_unit_test(median_test),    cmocka_unit_test(mann_whitney),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Statistics of counts: pure functions. Sources in docs/COMPARE.md. */
#ifndef COMPARE_STATS_H
#define COMPARE_STATS_H

#include <stddef.h>
#include <stdint.h>

/** One cell's part in G = 2 sum O ln(O / E); 0 for O = 0. */
double stats_g_part(double observed, double expected);
/** G of the table {{l, all_l - l}, {r, all_r - r}}; 0 when a margin is empty. */
double stats_g_2x2(uint64_t l, uint64_t all_l, uint64_t r, uint64_t all_r);
/** How many times as frequent: (in[i] of all_in[i]) over (out[i] of all_out[i]), pooled over n
 * strata by Mantel and Haenszel's weights; of one stratum their quotient. NAN: none of out. */
double stats_lift(const uint64_t *in, const uint64_t *all_in, const uint64_t *out,
                  const uint64_t *all_out, size_t n);
/** Probability of a chi-squared value above x with df degrees of freedom (df >= 1). */
double stats_chi2_above(double x, double df);
/** Cohen's h: 2 asin sqrt(right) - 2 asin sqrt(left), of shares. */
double stats_cohen_h(double left, double right);
/** Benjamini and Hochberg: p[i] becomes q[i]. order: n numbers of scratch. */
void stats_adjust(double *p, size_t n, size_t *order);

/* ---- of values in ascending order ---- */

/** The q-quantile (0..1) of n >= 1 values, by linear interpolation. */
double stats_quantile(const int64_t *sorted, uint64_t n, double q);
/** Two-sided p of the quantile test (the median test, of another quantile): G of how many of each
 * side are above the q-quantile of both sides together, or at it where none is above. n, m >= 1. */
double stats_quantile_test(const int64_t *left, uint64_t n, const int64_t *right, uint64_t m,
                           double q);
/** Two-sided p of Mann and Whitney's U, by the normal approximation with corrections for ties and
 * continuity. *ret_longer: part of the n m pairs (n, m >= 1) whose right one is longer, ties half.
 */
double stats_mann_whitney(const int64_t *left, uint64_t n, const int64_t *right, uint64_t m,
                          double *ret_longer);

#endif

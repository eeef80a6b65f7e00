/* Statistics of counts. Knows nothing of tables. */
#include "stats.h"

#include <math.h>
#include <stdlib.h>

/* ---- tests of counts ---- */

double stats_g_part(double observed, double expected)
{
    return observed > 0 && expected > 0 ? 2 * observed * log(observed / expected) : 0;
}

double stats_g_2x2(uint64_t l, uint64_t all_l, uint64_t r, uint64_t all_r)
{
    double row[2] = {(double)l + (double)r, (double)(all_l - l) + (double)(all_r - r)};
    double column[2] = {(double)all_l, (double)all_r}, all = column[0] + column[1];
    double g;

    if (row[0] <= 0 || row[1] <= 0 || column[0] <= 0 || column[1] <= 0)
        return 0;
    g = stats_g_part((double)l, row[0] * column[0] / all) +
        stats_g_part((double)r, row[0] * column[1] / all) +
        stats_g_part((double)(all_l - l), row[1] * column[0] / all) +
        stats_g_part((double)(all_r - r), row[1] * column[1] / all);
    return g > 0 ? g : 0; /* rounding can leave less */
}

double stats_lift(const uint64_t *in, const uint64_t *all_in, const uint64_t *out,
                  const uint64_t *all_out, size_t n)
{
    double above = 0, below = 0;

    for (size_t i = 0; i < n; i++) {
        double all = (double)all_in[i] + (double)all_out[i];

        if (all <= 0)
            continue;
        above += (double)in[i] * (double)all_out[i] / all;
        below += (double)out[i] * (double)all_in[i] / all;
    }
    return below > 0 ? above / below : NAN;
}

/* Regularized upper incomplete gamma function Q(a, x): the series for x < a + 1, else Lentz's
 * continued fraction (Press et al., Numerical Recipes in C, 2nd edition, section 6.2). */
static double gamma_above(double a, double x)
{
    const double tiny = 1e-300, precise = 1e-15;
    int sign; /* lgamma() writes a global one */
    double front = exp(-x + a * log(x) - lgamma_r(a, &sign));

    if (x < a + 1) {
        double term = 1 / a, sum = term;

        for (double n = a + 1; fabs(term) > fabs(sum) * precise && n < a + 1e6; n++) {
            term *= x / n;
            sum += term;
        }
        return 1 - sum * front;
    } else {
        double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;

        for (int i = 1; i < 1000000; i++) {
            double an = -i * (i - a), delta;

            b += 2;
            d = an * d + b;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = b + an / c;
            c = fabs(c) < tiny ? tiny : c;
            delta = d * c;
            h *= delta;
            if (fabs(delta - 1) < precise)
                break;
        }
        return front * h;
    }
}

double stats_chi2_above(double x, double df)
{
    double p;

    if (!(x > 0))
        return 1;
    p = df == 1 ? erfc(sqrt(x / 2)) : gamma_above(df / 2, x / 2);
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

double stats_cohen_h(double left, double right)
{
    return 2 * asin(sqrt(right)) - 2 * asin(sqrt(left));
}

/* qsort has no context: what is sorted by, set before each sort on the shell's thread. */
static const double *sorted_by;

static int by_value(const void *a, const void *b)
{
    double x = sorted_by[*(const size_t *)a], y = sorted_by[*(const size_t *)b];

    return x < y ? -1 : x > y;
}

void stats_adjust(double *p, size_t n, size_t *order)
{
    double least = 1;

    for (size_t i = 0; i < n; i++)
        order[i] = i;
    sorted_by = p;
    qsort(order, n, sizeof(*order), by_value);
    for (size_t k = n; k-- > 0;) {
        double q = p[order[k]] * (double)n / (double)(k + 1);

        least = q < least ? q : least;
        p[order[k]] = least;
    }
}

/* ---- of values in ascending order ---- */

double stats_quantile(const int64_t *sorted, uint64_t n, double q)
{
    double place = (double)(n - 1) * q;
    uint64_t k = (uint64_t)place;

    if (k + 1 >= n)
        return (double)sorted[n - 1];
    return (double)sorted[k] + ((double)sorted[k + 1] - (double)sorted[k]) * (place - (double)k);
}

/* How many of n values are above a limit, or, with or_equal, not below it. */
static uint64_t above(const int64_t *sorted, uint64_t n, int64_t limit, int or_equal)
{
    uint64_t low = 0, high = n;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (sorted[middle] < limit || (!or_equal && sorted[middle] == limit))
            low = middle + 1;
        else
            high = middle;
    }
    return n - low;
}

double stats_quantile_test(const int64_t *left, uint64_t n, const int64_t *right, uint64_t m,
                           double q)
{
    /* As many values of both as the quantile asks for are not above the limit. */
    uint64_t wanted = (uint64_t)ceil((double)(n + m) * q), i = 0, k = 0;
    int64_t limit = 0;
    int or_equal;

    wanted = wanted ? wanted : 1;
    while (i + k < wanted) {
        if (k == m || (i < n && left[i] <= right[k]))
            limit = left[i++];
        else
            limit = right[k++];
    }
    or_equal = !above(left, n, limit, 0) && !above(right, m, limit, 0);
    return stats_chi2_above(
        stats_g_2x2(above(left, n, limit, or_equal), n, above(right, m, limit, or_equal), m), 1);
}

double stats_mann_whitney(const int64_t *left, uint64_t n, const int64_t *right, uint64_t m,
                          double *ret_longer)
{
    double a = (double)n, b = (double)m, all = a + b, u = 0, ties = 0, variance, distance;

    for (uint64_t i = 0, k = 0; i < n || k < m;) {
        int64_t value = k == m || (i < n && left[i] <= right[k]) ? left[i] : right[k];
        uint64_t same_left = 0, same_right = 0;
        double same;

        while (i + same_left < n && left[i + same_left] == value)
            same_left++;
        while (k + same_right < m && right[k + same_right] == value)
            same_right++;
        u += (double)same_right * ((double)i + (double)same_left / 2);
        same = (double)same_left + (double)same_right;
        ties += same * same * same - same;
        i += same_left;
        k += same_right;
    }
    *ret_longer = u / (a * b);
    variance = a * b / 12 * (all + 1 - ties / (all * (all - 1)));
    distance = fabs(u - a * b / 2) - 0.5;
    if (!(variance > 0) || !(distance > 0))
        return 1;
    return erfc(distance / sqrt(variance) / sqrt(2));
}

/* Correlations of counts over time, in whole numbers: products and squares are exact up to the
 * last division. Knows nothing of tables. */
#include "correlate.h"

#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

/* ---- sorting ---- */

/* Merge sort; how many pairs stood in the wrong order. */
static uint64_t sort_numbers(uint64_t *a, size_t n, uint64_t *scratch)
{
    uint64_t wrong = 0;

    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n;
            size_t high = low + 2 * width < n ? low + 2 * width : n;
            size_t i = low, j = middle, k = low;

            while (i < middle && j < high) {
                if (a[j] < a[i]) {
                    wrong += middle - i;
                    scratch[k++] = a[j++];
                } else {
                    scratch[k++] = a[i++];
                }
            }
            while (i < middle)
                scratch[k++] = a[i++];
            while (j < high)
                scratch[k++] = a[j++];
        }
        memcpy(a, scratch, n * sizeof(*a));
    }
    return wrong;
}

static uint64_t pairs_of(uint64_t n)
{
    return n ? n * (n - 1) / 2 : 0;
}

/* Pairs of equal numbers in a sorted array. */
static uint64_t ties_of(const uint64_t *sorted, size_t n)
{
    uint64_t ties = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] == sorted[i];)
            end++;
        ties += pairs_of(end - i);
    }
    return ties;
}

/* ---- the two formulae ---- */

/* (n Sxy - Sx Sy) / sqrt((n Sxx - Sx^2) (n Syy - Sy^2)) */
static double product_moment(uint64_t n, wide xy, uint64_t x, uint64_t y, double spread_x,
                             double spread_y)
{
    const signed_wide above = (signed_wide)(xy * n) - (signed_wide)((wide)x * y);
    double r;

    if (!(spread_x > 0) || !(spread_y > 0))
        return NAN;
    r = (double)above / sqrt(spread_x * spread_y);
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

static double spread_of(uint64_t n, wide squares, uint64_t sum)
{
    return (double)(squares * n - (wide)sum * sum);
}

/* tau-b of n rows; score: pairs that agree less those that disagree. */
static double tau_b(uint64_t n, uint64_t ties_x, uint64_t ties_y, int64_t score)
{
    const uint64_t all = pairs_of(n);

    if (ties_x >= all || ties_y >= all)
        return NAN;
    return (double)score / sqrt((double)(all - ties_x) * (double)(all - ties_y));
}

/* What Kendall's method looks at: twice a rank (CORRELATE_MAX_ROWS has 20 bits), and the number of
 * the value among the different ones, from 1. */
enum { RANK_BITS = 21, RANK_MASK = (1 << RANK_BITS) - 1, MOST_VALUES = UINT32_MAX >> RANK_BITS };

/* Pairs that agree less those that disagree, from how many rows have each of n_x values and each of
 * n_y: the counts of few different numbers need no sorting. column: n_y zeros. */
static int64_t score_of_cells(const uint32_t *cells, size_t n_x, size_t n_y, uint32_t *column)
{
    int64_t score = 0, all = 0; /* rows with a smaller x */

    for (size_t i = 0; i < n_x; i++, cells += n_y) {
        int64_t less = 0, here = 0;

        for (size_t j = 0; j < n_y; j++) {
            const int64_t equal = column[j];

            score += cells[j] * (2 * less + equal - all); /* less y, but for those with more */
            less += equal;
            column[j] += cells[j];
            here += cells[j];
        }
        all += here;
    }
    return score;
}

/* Pairs that agree less those that disagree, of n rows, x above y. Knight's way: rows in order of
 * x, those that disagree are the inversions of y. */
static int64_t score_of(uint64_t *keys, size_t n, uint64_t *scratch)
{
    uint64_t both, ties_x = 0, wrong;

    sort_numbers(keys, n, scratch);
    both = ties_of(keys, n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && keys[end] >> 32 == keys[i] >> 32;)
            end++;
        ties_x += pairs_of(end - i);
    }
    for (size_t i = 0; i < n; i++)
        keys[i] &= UINT32_MAX;
    wrong = sort_numbers(keys, n, scratch);
    return (int64_t)(pairs_of(n) + both) - (int64_t)(ties_x + ties_of(keys, n)) -
           2 * (int64_t)wrong;
}

/* ---- sparse series ---- */

/* Twice the mean rank of each value, less that of the zeros below them. */
static void rank_spots(struct spot *spots, size_t n, uint64_t n_zero, uint64_t *sorted)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] >> 32 == sorted[i] >> 32;)
            end++;
        /* They have places n_zero + i + 1 to n_zero + end; the zeros 1 to n_zero. */
        for (size_t k = i; k < end; k++)
            spots[sorted[k] & UINT32_MAX].value = (uint32_t)(2 * n_zero + i + 1 + end -
                                                             (n_zero ? n_zero + 1 : 0));
    }
}

/* Number the values of the spots, which are in order of them; 0: too many. */
static uint32_t number_spots(struct spot *spots, size_t n, const uint64_t *sorted)
{
    uint32_t n_values = 0;

    for (size_t i = 0; i < n; i++)
        n_values += i == 0 || sorted[i] >> 32 != sorted[i - 1] >> 32;
    if (n_values > MOST_VALUES)
        return 0;
    for (size_t i = 0, number = 0; i < n; i++) {
        number += i == 0 || sorted[i] >> 32 != sorted[i - 1] >> 32;
        spots[sorted[i] & UINT32_MAX].value |= (uint32_t)number << RANK_BITS;
    }
    return n_values;
}

struct sparse correlate_sparse(enum correlate_method method, struct spot *spots, size_t n,
                               uint64_t n_rows, uint64_t *scratch)
{
    struct sparse s = {.spots = spots, .n = n};
    wide squares = 0;

    for (size_t i = 0; i < n; i++)
        scratch[i] = (uint64_t)spots[i].value << 32 | i;
    sort_numbers(scratch, n, scratch + n);
    if (method != CORRELATE_PEARSON)
        rank_spots(spots, n, method == CORRELATE_SPEARMAN ? n_rows - n : 0, scratch);
    if (method == CORRELATE_KENDALL)
        s.n_values = number_spots(spots, n, scratch);
    for (size_t i = 0; i < n; i++)
        scratch[i] >>= 32;
    s.ties = ties_of(scratch, n);
    s.is_flat = s.ties == pairs_of(n);
    s.ties += pairs_of(n_rows - n);
    for (size_t i = 0; i < n; i++) {
        s.sum += spots[i].value;
        squares += (wide)spots[i].value * spots[i].value;
        s.most = spots[i].value > s.most ? spots[i].value : s.most;
    }
    s.spread = spread_of(n_rows, squares, s.sum);
    return s;
}

void correlate_scatter(const struct sparse *a, uint32_t *dense, int clear)
{
    for (size_t i = 0; i < a->n; i++)
        dense[a->spots[i].row] = clear ? 0 : a->spots[i].value;
}

static wide product(const struct sparse *a, const struct sparse *b, const uint32_t *dense)
{
    const size_t n = a->n < b->n ? a->n : b->n;
    wide sum = 0;

    if ((wide)a->most * b->most * n <= UINT64_MAX) {
        uint64_t narrow = 0;

        for (size_t i = 0; i < b->n; i++)
            narrow += (uint64_t)dense[b->spots[i].row] * b->spots[i].value;
        return narrow;
    }
    for (size_t i = 0; i < b->n; i++)
        sum += (uint64_t)dense[b->spots[i].row] * b->spots[i].value;
    return sum;
}

/* tau-b from the rows in which both are not 0. Of pairs of other rows, one of them with x alone:
 * those with y alone disagree; those with neither, or with x alone too, tie. And a row with both
 * agrees with each that has neither; against those with x alone its x decides, summed up: the
 * values of a below its own less those above, which is its doubled rank less a->n + 1 (those among
 * rows with both cancel out). So is it with y. */
static double kendall(const struct sparse *a, const struct sparse *b, const uint32_t *dense,
                      uint64_t n_rows, uint64_t *scratch)
{
    const size_t n_x = a->n_values, n_y = b->n_values;
    const int few = n_x && n_y && (n_x + 1) * n_y <= 4 * b->n; /* then two fit in a number */
    uint32_t *cells = (uint32_t *)(void *)scratch;
    size_t n = 0;
    int64_t score = 0;

    if (few)
        memset(cells, 0, (n_x + 1) * n_y * sizeof(*cells));
    for (size_t i = 0; i < b->n; i++) {
        const uint64_t x = dense[b->spots[i].row], y = b->spots[i].value;

        if (!x)
            continue;
        score += (int64_t)((x & RANK_MASK) + (y & RANK_MASK)) - (int64_t)(a->n + b->n + 2);
        if (few)
            cells[((x >> RANK_BITS) - 1) * n_y + (y >> RANK_BITS) - 1]++;
        else
            scratch[n] = x << 32 | y;
        n++;
    }
    score += (int64_t)(n * (n_rows + n - a->n - b->n)) - (int64_t)((a->n - n) * (b->n - n));
    if (n > 1 && !a->is_flat && !b->is_flat)
        score += few ? score_of_cells(cells, n_x, n_y, cells + n_x * n_y)
                     : score_of(scratch, n, scratch + n);
    return tau_b(n_rows, a->ties, b->ties, score);
}

double correlate_pair(enum correlate_method method, const struct sparse *a, const struct sparse *b,
                      const uint32_t *dense, uint64_t n_rows, uint64_t *scratch)
{
    if (method == CORRELATE_KENDALL)
        return kendall(a, b, dense, n_rows, scratch);
    return product_moment(n_rows, product(a, b, dense), a->sum, b->sum, a->spread, b->spread);
}

/* ---- short series ---- */

static int is_constant(const uint32_t *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (x[i] != x[0])
            return 0;
    }
    return 1;
}

/* Twice the mean rank of each number. scratch: 2 n numbers. */
static void ranks_of(const uint32_t *x, size_t n, uint64_t *ret, uint64_t *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = (uint64_t)x[i] << 32 | i;
    sort_numbers(scratch, n, scratch + n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && scratch[end] >> 32 == scratch[i] >> 32;)
            end++;
        for (size_t k = i; k < end; k++)
            ret[scratch[k] & UINT32_MAX] = i + 1 + end;
    }
}

static uint64_t own_ties(const uint32_t *x, size_t n, uint64_t *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = x[i];
    sort_numbers(scratch, n, scratch + n);
    return ties_of(scratch, n);
}

double correlate_dense(enum correlate_method method, const uint32_t *x, const uint32_t *y, size_t n,
                       uint64_t *scratch)
{
    uint64_t *u = scratch, *v = scratch + n, sum_u = 0, sum_v = 0;
    wide uu = 0, vv = 0, uv = 0;

    if (is_constant(x, n) || is_constant(y, n))
        return NAN;
    if (method == CORRELATE_KENDALL) {
        const uint64_t ties_x = own_ties(x, n, scratch), ties_y = own_ties(y, n, scratch);

        for (size_t i = 0; i < n; i++)
            scratch[i] = (uint64_t)x[i] << 32 | y[i];
        return tau_b(n, ties_x, ties_y, score_of(scratch, n, scratch + n));
    }
    if (method == CORRELATE_SPEARMAN) {
        ranks_of(x, n, u, scratch + 2 * n);
        ranks_of(y, n, v, scratch + 2 * n);
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t a = method == CORRELATE_PEARSON ? x[i] : u[i];
        const uint64_t b = method == CORRELATE_PEARSON ? y[i] : v[i];

        sum_u += a;
        sum_v += b;
        uu += (wide)a * a;
        vv += (wide)b * b;
        uv += (wide)a * b;
    }
    return product_moment(n, uv, sum_u, sum_v, spread_of(n, uu, sum_u), spread_of(n, vv, sum_v));
}

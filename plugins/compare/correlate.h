/* Correlations of counts over time: pure functions. Sources in docs/COMPARE.md. */
#ifndef COMPARE_CORRELATE_H
#define COMPARE_CORRELATE_H

#include <stddef.h>
#include <stdint.h>

enum correlate_method { CORRELATE_SPEARMAN, CORRELATE_PEARSON, CORRELATE_KENDALL };
enum { CORRELATE_MAX_ROWS = 1000000 }; /* so that all sums are exact */

/** A number in a row that is not 0. */
struct spot {
    uint32_t row, value;
};

/** A series whose other rows are 0. */
struct sparse {
    const struct spot *spots; /**< in order of rows; Spearman: value is twice what the rank is above
                                 that of the zeros; Kendall: twice the rank among them, and above it
                                 which of the different values it is, when these are few */
    size_t n;
    uint32_t most;
    uint64_t sum, ties; /**< ties: pairs of rows that are equal */
    double spread;      /**< n^2 times the variance; 0: constant */
    int is_flat;        /**< all spots have one value */
    uint32_t n_values;  /**< Kendall: how many different ones; 0: many */
};

/** Make counts ready: spots[i].value becomes what the method looks at. scratch: 2 n numbers. */
struct sparse correlate_sparse(enum correlate_method method, struct spot *spots, size_t n,
                               uint64_t n_rows, uint64_t *scratch);
/** Correlation of a and b over n_rows rows; NaN when one is constant. dense: a's values by row
 * (correlate_scatter). scratch: 2 b->n numbers, for Kendall. */
double correlate_pair(enum correlate_method method, const struct sparse *a, const struct sparse *b,
                      const uint32_t *dense, uint64_t n_rows, uint64_t *scratch);
/** Write a's values at their rows; with clear, 0. */
void correlate_scatter(const struct sparse *a, uint32_t *dense, int clear);

/** Correlation of n numbers side by side; NaN when one side is constant. scratch: 4 n numbers. */
double correlate_dense(enum correlate_method method, const uint32_t *x, const uint32_t *y, size_t n,
                       uint64_t *scratch);

#endif

/* Order statistics.
 * Must not be included outside core/table. */
#ifndef TW_TABLE_QUANTILE_H
#define TW_TABLE_QUANTILE_H

#include "core/table/keys.h"

/** Quantile q (0..1) of n > 0 plain numbers, which are rearranged: the order statistics around it
 * and how far between them it lies. O(n). */
struct tw_between {
    uint64_t low, high; /* plain numbers */
    double part;        /* 0..1 */
};
struct tw_between tw_select_quantile(uint64_t *numbers, uint64_t n, double q);
/** The value between them: as a double, or in the unit of a time or span. */
double tw_between_f64(const struct tw_between *between, trawl_type type);
int64_t tw_between_i64(const struct tw_between *between);

#endif

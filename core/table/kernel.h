/* Kernels over columns: select, sort, top, group, distinct, join, histogram, quantiles. Each
 * is parallel where it pays, polls the cancel flag, and gives the same bytes for any number of
 * threads. Must not know expressions, captures or output. */
#ifndef TW_TABLE_KERNEL_H
#define TW_TABLE_KERNEL_H

#include "core/table/table.h"

/** A sort key. Nulls go last whichever the direction; ties keep row order. */
struct tw_sort_key {
    size_t i_column;
    bool descending;
};
/** Row numbers in order (tw_free it); limit 0: all, else only the first `limit` (top-k). */
int tw_sort_rows(tw_table *table, const struct tw_sort_key *keys, size_t n_keys, uint64_t limit,
                 uint32_t **ret, uint64_t *ret_n, trawl_error *err);
/** -1, 0, 1 by value (not code); nulls last. Lists by first differing item. */
int tw_column_compare(const struct tw_column *column, uint64_t a, uint64_t b);

/** Rows whose bit is set in a bitmap of n_rows bits, as row numbers (tw_free it). */
int tw_rows_from_bits(const uint64_t *bits, uint64_t n_rows, uint32_t **ret, uint64_t *ret_n,
                      trawl_error *err);

/** Dense group number of every row by the values of the key columns (null is a value of its own),
 * numbered by first row. List columns as keys: see `count`, which counts each item. */
struct tw_groups {
    uint32_t *group_of_row; /**< n_rows */
    uint32_t *first_row;    /**< n_groups */
    uint64_t n_groups;
};
int tw_group_rows(tw_table *table, const size_t *i_keys, size_t n_keys, struct tw_groups *ret,
                  trawl_error *err);
void tw_groups_fini(struct tw_groups *groups);

enum tw_aggregate {
    TW_AGG_COUNT,
    TW_AGG_SUM,
    TW_AGG_MIN,
    TW_AGG_AVG,
    TW_AGG_MAX,
    TW_AGG_DISTINCT,
    TW_AGG_P25,
    TW_AGG_P50,
    TW_AGG_P75,
    TW_AGG_P90,
    TW_AGG_P95,
    TW_AGG_P99,
    TW_AGG_STDDEV,
    TW_AGG_FIRST,
    TW_AGG_LAST
};
const char *tw_aggregate_name(enum tw_aggregate a);
/** Type of the result, 0 when the aggregate cannot take such a column (strings have no sum). */
trawl_type tw_aggregate_type(enum tw_aggregate a, trawl_type of);
/** One value a group: count non-null (count without a column: rows), quantiles by linear
 * interpolation between order statistics (exact), stddev of the sample (n-1). column NULL only
 * for TW_AGG_COUNT. update/merge/finish inside, so that it can be spread. */
int tw_aggregate_column(const struct tw_groups *groups, uint64_t n_rows,
                        const struct tw_column *column, enum tw_aggregate a, struct tw_column **ret,
                        trawl_error *err);

/** Distinct values of a column (items of a list) with their counts, most frequent first, ties by
 * first row. *ret_first: a row (item index for lists) that holds the value. tw_free both. */
struct tw_value_counts {
    uint32_t *first; /**< item index in the column where the value is first seen */
    uint64_t *counts;
    uint64_t n;
    uint64_t n_null; /**< rows without a value */
};
int tw_count_values(const struct tw_column *column, struct tw_value_counts *ret, trawl_error *err);
void tw_value_counts_fini(struct tw_value_counts *counts);

/** Join on equal values; kind 0 inner, 1 left, 2 outer. Pairs of row numbers, UINT32_MAX where a
 * side is missing; order: left rows, then right rows that matched none. */
int tw_join_rows(tw_table *left, const size_t *left_keys, tw_table *right, const size_t *right_keys,
                 size_t n_keys, int kind, uint32_t **ret_left, uint32_t **ret_right,
                 uint64_t *ret_n, trawl_error *err);

/** Exact quantiles q[0..n) (0..1) of the non-null cells, linear interpolation. NaN when empty. */
int tw_quantiles(const struct tw_column *column, const double *q, size_t n, double *ret,
                 trawl_error *err);

#endif

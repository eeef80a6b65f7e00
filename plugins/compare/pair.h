/* The rows of a comparison of one field between two slots. */
#ifndef COMPARE_PAIR_H
#define COMPARE_PAIR_H

#include "tally.h"

enum pair_kind { PAIR_VALUE, PAIR_NEW, PAIR_WIDTH };

struct pair_row {
    enum pair_kind kind;
    uint32_t value;
    uint64_t left, right;
    int64_t delta, total;                        /**< total of a value that vanished: negative */
    double left_share, right_share, delta_share; /**< fractions */
    size_t i_test;                               /**< among the tests of the report, when a value */
    uint64_t order;
    const char *text;
};

struct pair_rows {
    struct pair_row *rows; /**< host memory */
    size_t n, room;
};

/** Which rows are wanted, and their order. */
struct pair_filter {
    double threshold; /**< %, 0: none */
    uint64_t min_count;
    int positive, negative, taffy;
    int sort, reverse; /**< of pair_sort_of */
};

/** What --sort asks for, however it is spelled ("delta%", "Delta-%", "delta_share",
 * "delta_percentage"); -1: no such order. */
int pair_sort_of(const char *text);

/** The p-values of a report. */
struct tests {
    double *p; /**< host memory */
    size_t n, room;
};

/** The test of a whole field. */
struct field_test {
    double g, p, effect; /**< Cramer's V */
    int there;
};

/** Rows of one field that pass the filter, in order; a p-value of each value, wanted or not. */
int pair_compare(const struct tally *tally, size_t left, size_t right,
                 const struct pair_filter *filter, struct tests *tests, struct pair_rows *ret,
                 struct field_test *test, trawl_error *err);

#endif

/* The rows of a comparison of one field between two slots. */
#ifndef COMPARE_PAIR_H
#define COMPARE_PAIR_H

#include "tally.h"

/** A value's counts on both sides; or what is told of the field: how many values are new or gone,
 * how many there are. */
struct pair_row {
    uint32_t value; /**< of the tally; later the code of its text */
    uint32_t left, right;
    uint32_t i_p; /**< of its test among the field's; or PAIR_NEW, PAIR_WIDTH */
};
enum { PAIR_WIDTH = UINT32_MAX - 1, PAIR_NEW = UINT32_MAX };

static inline int pair_is_value(const struct pair_row *row)
{
    return row->i_p < (uint32_t)PAIR_WIDTH;
}

/** What follows from the counts. */
struct pair_numbers {
    int64_t delta, total;                        /**< total of a value that vanished: negative */
    double left_share, right_share, delta_share; /**< in % */
};

/** The p-values of a field's values: each once. */
struct pair_tests {
    double *p;       /**< host memory */
    uint32_t *count; /**< host memory: values that have it */
    uint32_t n, room;
    uint32_t *places; /**< while they are gathered: a hash table of them + 1 */
    uint32_t n_places;
};

/** The test of a whole field. */
struct field_test {
    double g, p, effect; /**< Cramer's V */
    int there;
};

/** One field between two slots. */
struct pair {
    struct pair_row *rows; /**< host memory; those that pass the filter, in order */
    size_t n, room;
    uint64_t left, right;             /**< sums of the counts */
    uint64_t left_share, right_share; /**< what shares are parts of */
    struct pair_tests tests;          /**< of all values, wanted or not */
    struct field_test test;
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
extern const char *const pair_sorts[]; /**< one spelling of each, NULL at the end */

/** Compare. Any thread; free ret with pair_free() after success and failure alike. */
int pair_compare(const struct tally *tally, size_t left, size_t right,
                 const struct pair_filter *filter, struct pair *ret, trawl_error *err);
struct pair_numbers pair_numbers_of(const struct pair *pair, const struct pair_row *row);
void pair_free(struct pair *pair);

#endif

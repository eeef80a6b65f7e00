/* Counts of chosen values over time: a series for each value of a field. */
#ifndef COMPARE_SERIES_H
#define COMPARE_SERIES_H

#include "fields.h"
#include "tally.h"

/** A time bin in which the value occurs. */
struct point {
    uint32_t slot, count;
};

struct series {
    const struct tally *tally;
    uint32_t value;
    uint64_t total;
    const char *name; /**< "ip.dst=10.0.0.1"; call memory */
    struct point *points;
    size_t n; /**< points, in order of time */
};

/** Of which rows, and how many. */
struct series_query {
    const struct scope *scope;
    const trawl_words *captures;
    trawl_table *in;   /**< instead of captures */
    int64_t bin;       /**< 0: of fit_bins */
    unsigned fit_bins; /**< how many, about */
    uint64_t most;     /**< only the most frequent ones */
    unsigned cut;      /**< characters of a value in a name, 0: all */
};

struct series_set {
    struct sample sample;
    struct series *items; /**< most frequent first, then by name; host memory */
    size_t n, n_found;    /**< n_found: before `most` */
    struct tally *tallies;
    size_t n_tallies;
    struct point *points;
};

/** Values that some bin has at least min_count times, whose text has one of the words, in bins that
 * the expression holds for. series_close after success and failure alike. */
int series_open(trawl_call *call, const struct series_query *query, struct series_set *ret,
                trawl_error *err);
/** Of a set without series: why there is nothing to `what`. Always an error. */
int series_fail_empty(const struct series_set *set, const char *what, trawl_error *err);
void series_close(struct series_set *set);
/** The value in its name. */
const char *series_value(const struct series *s);

#endif

/* Durations compared by their quantiles instead of value by value. */
#ifndef COMPARE_LATENCY_H
#define COMPARE_LATENCY_H

#include "fields.h"

struct latency_how {
    const struct sample *sample; /**< of packets: its slots are compared */
    const struct scope *scope;   /**< of which match, fields and min_count */
    int64_t bin_ns;              /**< slots are bins of this width; 0: they are captures */
    int64_t from_ns, to_ns;      /**< only what begins in [from, to); both 0: all */
    int against_first;
    double threshold; /**< %, 0: none */
    int positive, negative;
    const char *const *reports; /**< name of the report with slot i on the right, from 1 */
};

enum { N_LATENCY_COLUMNS = 12 };
extern const trawl_column latency_columns[N_LATENCY_COLUMNS];

/** Rows of all durations of packets and of the captures' other tables. ret_different: a quantile
 * differs. */
int latency_compare(trawl_call *call, const struct latency_how *how, trawl_table **ret,
                    int *ret_different, trawl_error *err);

/** Are these packet fields, one at least, all durations? */
int latency_is_all(trawl_call *call, const trawl_words *fields);

#endif

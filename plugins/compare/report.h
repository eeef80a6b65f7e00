/* The rows of comparisons as a table. */
#ifndef COMPARE_REPORT_H
#define COMPARE_REPORT_H

#include "pair.h"

/** The columns of `compare`, in this order. */
enum {
    REPORT_COLUMN,
    FIELD_COLUMN,
    VALUE_COLUMN,
    CHANGE_COLUMN,
    LEFT_COLUMN,
    RIGHT_COLUMN,
    DELTA_COLUMN,
    LEFT_SHARE_COLUMN,
    RIGHT_SHARE_COLUMN,
    DELTA_SHARE_COLUMN,
    TOTAL_COLUMN,
    LEFT_RATE_COLUMN,
    RIGHT_RATE_COLUMN,
    Q_COLUMN,
    EFFECT_COLUMN,
    FIELD_Q_COLUMN,
    FIELD_EFFECT_COLUMN,
    N_REPORT_COLUMNS
};

/** Two slots compared. */
struct report {
    struct pair *pairs; /**< one a field; values of rows are codes of texts by now */
    uint32_t code;      /**< of its name */
    double left_seconds, right_seconds;
};

/** Codes of the texts that rows have, in the dictionaries of the builder. */
struct report_codes {
    const uint32_t *fields; /**< by field */
    uint32_t is_new, is_gone, new_values, width;
};

/** Put the rows of all reports in an empty builder, p-values made q-values among those of a report.
 * *ret_different: some row says that the sides differ. */
int reports_put(trawl_call *call, const struct report *reports, size_t n, size_t n_fields,
                const struct report_codes *codes, trawl_builder *builder, int *ret_different,
                trawl_error *err);

#endif

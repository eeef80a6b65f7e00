/* Fills the columns of a view with flows. Knows nothing of how flows are found or columns named. */
#ifndef FLOWS_FILL_H
#define FLOWS_FILL_H

#include "order.h"
#include "stats.h"
#include "talk.h"
#include "view.h"

/** What rows are filled from. */
struct fill_source {
    const struct meter *meter;
    const struct order *order;
    const struct stats *stats;
    struct talks talks;  /**< where columns show them */
    trawl_view protocol; /**< names of protocols, where a column shows them */
};

/** A table of the first n flows of the order, filled by several threads. *ret is the caller's. */
int fill_table(trawl_call *call, const struct fill_source *from, const struct view_column *columns,
               size_t n_columns, uint64_t n, trawl_table **ret, trawl_error *err);

#endif

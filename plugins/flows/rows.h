/* Columns of flows that are made row by row: lists of first packets.
 * Knows nothing of how flows are found. */
#ifndef FLOWS_ROWS_H
#define FLOWS_ROWS_H

#include "fill.h"

/** The plan asks for such columns. */
static inline int rows_any(const struct flows_plan *plan)
{
    return plan->splt != 0;
}
int rows_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err);
/** A table of them for the first n flows of the order. *ret is the caller's. */
int rows_table(trawl_call *call, const struct fill_source *from, uint64_t n, trawl_table **ret,
               trawl_error *err);

#endif

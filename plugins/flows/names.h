/* NFStream's columns of applications: what flows carry, and for whom.
 * Knows nothing of how flows are found. */
#ifndef FLOWS_NAMES_H
#define FLOWS_NAMES_H

#include "metric.h"

/** plan->dissections as one more metric: plugin dpi's, or where that is not there trawl's own. */
int names_plan(trawl_call *call, const struct flows_plan *plan, struct metric_use *ret,
               trawl_error *err);
/** trawl's own: what its dissectors made of the first packets of each flow. A warning says whose
 * they are. */
int names_table(trawl_call *call, const struct metric_use *use, const struct meter *m,
                const uint32_t *order, uint64_t n, trawl_table **ret, trawl_error *err);

/** A view may have these columns between its own, or some of them only: the same in its order.
 * What was given is freed or handed back. */
int names_order_table(trawl_call *call, const struct flows_plan *plan, trawl_table *table,
                      trawl_table **ret, trawl_error *err);
int names_order_schema(trawl_call *call, const struct flows_plan *plan, trawl_schema *schema,
                       trawl_schema **ret, trawl_error *err);

#endif

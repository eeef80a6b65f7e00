/* The columns of flows, under trawl's names or under NFStream's, and how a flow fills them.
 * Knows nothing of how flows are found. */
#ifndef FLOWS_VIEWS_H
#define FLOWS_VIEWS_H

#include "order.h"
#include "stats.h"

/** The columns of `flows` without options: also those of the table of that name. */
enum { FLOWS_N_COLUMNS = 25 };
extern const trawl_column flows_columns[FLOWS_N_COLUMNS];

/** Columns of the view that the plan asks for. */
int views_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err);
/** Columns behind them that the plan asks for: statistics and first packets. */
int views_more_columns(const struct flows_plan *plan, trawl_schema *schema, trawl_error *err);

/** What a row is filled from. */
struct view_source {
    const struct meter *meter;
    const struct order *order;
    const struct stats *stats;
    trawl_view protocol; /**< names of protocols (trawl's view) */
};

/** Let the columns of addresses and names use the dictionaries of packets. */
int views_share(const struct flows_plan *plan, const trawl_schema *schema, trawl_builder *builder,
                trawl_table *packets, trawl_error *err);

/** trawl's view: all cells of the first n flows of the order, into an empty builder. */
int views_fill(trawl_call *call, const struct view_source *from, uint64_t n, trawl_builder *builder,
               trawl_error *err);
/** NFStream's view: the cells of flow i of the order; no end_row. */
void views_put(const struct view_source *from, trawl_builder *builder, uint64_t i);
/** Either view: the cells of views_more_columns(). */
void views_put_more(const struct view_source *from, trawl_builder *builder, uint32_t i_flow);

#endif

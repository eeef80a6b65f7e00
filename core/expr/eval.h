/* One evaluation of an expression over one table: what is prepared once and shared by the threads.
 * Private to core/expr. Must not know how values are computed. */
#ifndef TW_EXPR_EVAL_H
#define TW_EXPR_EVAL_H

#include "core/expr/predicate.h"

struct tw_run {
    const tw_expr *expr;
    tw_table *table;
    struct tw_arena arena;
    const struct tw_column **columns; /**< by index in the schema; those that are read */
    struct lifted **lifted;           /**< by node: one for each column of node->lift */
    struct tw_bits **presence;        /**< by node */
    struct lifted *tables;            /**< to free */
    struct tw_run_thread {
        struct tw_scratch scratch;
        struct tw_regex_state *regex;
    } * threads;
    unsigned n_threads;
};

/** Compute columns, dictionary tables and presence for the tree below root. tw_run_fini in any
 * case. */
int tw_run_init(struct tw_run *run, const tw_expr *expr, const struct node *root, tw_table *table,
                trawl_error *err);
void tw_run_fini(struct tw_run *run);
/** The regex state of a thread, made when first needed; NULL when the expression has no regex. */
int tw_run_regex(struct tw_run *run, unsigned i_thread, struct tw_regex_state **ret,
                 trawl_error *err);
/** Batch i of the table's rows on a thread; its scratch is empty again. */
int tw_run_batch(struct tw_run *run, uint64_t i, unsigned i_thread, struct batch *ret,
                 trawl_error *err);
/** Truth of a test for the rows of a batch: BATCH_WORDS words, 0 beyond the batch. */
int tw_run_test(struct tw_run *run, const struct batch *batch, const struct node *test,
                uint64_t *ret, trawl_error *err);

#endif

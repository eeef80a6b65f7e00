/* Values of an expression for a batch of rows (or of dictionary entries): typed arrays, one item a
 * row or, for lists, any number. Private to core/expr. Must not know tests. */
#ifndef TW_EXPR_VECTOR_H
#define TW_EXPR_VECTOR_H

#include "core/expr/node.h"

enum {
    BATCH_ROWS = 4096 /**< a multiple of 64: results are whole words */
};

/** Memory of one thread, all given back between batches. */
struct scratch_block;
struct tw_scratch {
    struct scratch_block *first, *now;
    size_t used;
};
void *tw_scratch_alloc(struct tw_scratch *scratch, size_t n, size_t size, trawl_error *err);
void tw_scratch_reset(struct tw_scratch *scratch);
void tw_scratch_fini(struct tw_scratch *scratch);

/** What is evaluated now. */
struct batch {
    const struct tw_column *const *columns; /**< by index in the schema */
    uint64_t start;                         /**< first row, a multiple of 64, or first code */
    size_t n;                               /**< rows, at most BATCH_ROWS */
    struct tw_dict *dict;    /**< not NULL: "rows" are its entries, and the one column gives them */
    bool is_v6;              /**< dictionary of addresses: take entries as IPv6 or as IPv4 */
    const struct node *only; /**< this column node stands for its column i_only alone; NULL: none */
    size_t i_only;
    struct tw_scratch *scratch;
    struct tw_regex_state *regex;
};

/** Values: items of row i are [offsets[i], offsets[i+1]), or item i when offsets is NULL. */
struct vector {
    trawl_type cls;
    bool is_constant; /**< one item for all rows */
    size_t n_items;
    const uint32_t *offsets;
    const uint8_t *valid; /**< one byte an item; NULL: all */
    union {
        const uint64_t *u;
        const int64_t *i;
        const double *f;
        const struct text *s;
    } at;
};
static inline bool vector_has(const struct vector *v, size_t i)
{
    return !v->valid || v->valid[v->is_constant ? 0 : i];
}

/** Items of a node. cls: the class wanted (0: the node's own); numbers become F64, addresses BYTES.
 */
int tw_vector_eval(const struct batch *batch, const struct node *node, trawl_type cls,
                   struct vector *ret, trawl_error *err);
/** The value of a node whose children are constants. */
int tw_vector_constant(tw_expr *expr, const struct node *node, struct value *ret, trawl_error *err);
/** Give a vector with one item a row the shape of a list. */
int tw_vector_spread(const struct batch *batch, const struct vector *one, const struct vector *list,
                     struct vector *ret, trawl_error *err);

/* the parts of tw_vector_eval */
int tw_vector_column(const struct batch *batch, const struct node *node, struct vector *ret,
                     trawl_error *err);
int tw_vector_arith(const struct batch *batch, const struct node *node, struct vector *ret,
                    trawl_error *err);
int tw_vector_negate(const struct batch *batch, const struct node *node, struct vector *ret,
                     trawl_error *err);
int tw_vector_slice(const struct batch *batch, const struct node *node, struct vector *ret,
                    trawl_error *err);
int tw_vector_call(const struct batch *batch, const struct node *node, struct vector *ret,
                   trawl_error *err);

/** Validity word of rows [64*i_word, …) of a column that is no list. */
static inline uint64_t column_valid_word(const struct tw_column *c, uint64_t i_word)
{
    if (c->valid_bits)
        return c->valid_bits->words[i_word];
    return c->valid.base ? ((const uint64_t *)(const void *)c->valid.base)[i_word] : ~UINT64_C(0);
}

#endif

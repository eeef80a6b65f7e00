/* Reference-counted bitmaps over rows, and columns that borrow another's cells.
 * Must not know what the rows are. */
#include "core/table/column.h"

struct tw_bits *tw_bits_new(uint64_t n, trawl_error *err)
{
    struct tw_bits *bits = tw_alloc(sizeof(*bits));

    if (!bits) {
        tw_fail_nomem(err);
        return NULL;
    }
    bits->words = tw_alloc_array((size_t)(n / 64 + 1), sizeof(uint64_t));
    if (!bits->words) {
        tw_free(bits);
        tw_fail_nomem(err);
        return NULL;
    }
    bits->refs = 1;
    bits->n = n;
    return bits;
}

struct tw_bits *tw_bits_retain(struct tw_bits *bits)
{
    atomic_fetch_add_explicit(&bits->refs, 1, memory_order_relaxed);
    return bits;
}

void tw_bits_release(struct tw_bits *bits)
{
    if (!bits || atomic_fetch_sub_explicit(&bits->refs, 1, memory_order_acq_rel) != 1)
        return;
    tw_free(bits->words);
    tw_free(bits);
}

struct tw_column *tw_column_share(struct tw_column *cells, struct tw_bits *valid, trawl_error *err)
{
    struct tw_column *column = tw_column_new(cells->type, false, cells->max_rows, cells->dict, err);

    if (!column)
        return NULL;
    column->n_rows = cells->n_rows;
    column->data = cells->data; /* not owned: see tw_column_release() */
    column->shares = tw_column_retain(cells);
    if (valid)
        column->valid_bits = tw_bits_retain(valid);
    return column;
}

/* Walking over cells to update what is kept for each group.
 * Must not know how groups were made or results are written. */
#include "core/table/aggregate.h"

/* Two ways to share the work, neither of whose results depends on the number of threads. Few
 * groups: runs of cells, whose number depends on the number of cells alone, each with accumulators
 * of its own that are merged in order. Many groups, or what cannot be merged: each thread walks
 * over all cells and updates a range of groups. */

enum { run_least = 1 << 17, runs_most = 64, piece_least = 1 << 16 };

struct walk {
    const struct tw_cells *cells;
    const struct tw_key *key; /* numbers through it; NULL: plain numbers */
    enum tw_aggregate a;
    unsigned round;
    struct tw_acc *accs; /* by group; by run and group */
    uint64_t n_pieces, n_runs;
};

/* The groups from first_group to first_group + n_groups that n cells update; numbers are theirs.
 * Made once for each aggregate: the choice is not in the loop. */
__attribute__((always_inline)) static inline void
update_cells(const struct walk *w, enum tw_aggregate a, uint64_t from, uint64_t n,
             const uint64_t *numbers, struct tw_acc *accs, uint32_t first_group, uint32_t n_groups)
{
    const struct tw_column *column = w->cells->column;
    const uint32_t *group_of = w->cells->group_of + from;
    trawl_type type = column->type;
    bool voids = tw_column_bitmap(column) || type == TRAWL_F64;

    for (uint64_t i = 0; i < n; i++) {
        uint32_t group = group_of[i] - first_group;

        if (group >= n_groups || (voids && tw_cell_is_void(column, from + i)))
            continue;
        tw_acc_update(&accs[group], a, w->round, type, numbers[i], (uint32_t)(from + i));
    }
}

static void update_block(const struct walk *w, uint64_t from, uint64_t n, struct tw_acc *accs,
                         uint32_t first_group, uint32_t n_groups)
{
    uint64_t block[tw_block_rows];

    if (w->key)
        tw_key_block(w->key, NULL, from, n, block);
    else
        tw_plain_block(w->cells->column, NULL, from, n, block);
    switch (w->a) {
    case TW_AGG_MIN:
        update_cells(w, TW_AGG_MIN, from, n, block, accs, first_group, n_groups);
        break;
    case TW_AGG_MAX:
        update_cells(w, TW_AGG_MAX, from, n, block, accs, first_group, n_groups);
        break;
    case TW_AGG_STDDEV:
        update_cells(w, TW_AGG_STDDEV, from, n, block, accs, first_group, n_groups);
        break;
    case TW_AGG_FIRST:
        update_cells(w, TW_AGG_FIRST, from, n, block, accs, first_group, n_groups);
        break;
    case TW_AGG_LAST:
        update_cells(w, TW_AGG_LAST, from, n, block, accs, first_group, n_groups);
        break;
    default:
        update_cells(w, TW_AGG_SUM, from, n, block, accs, first_group, n_groups);
        break;
    }
}

static int update_range(const struct walk *w, uint64_t from, uint64_t to, struct tw_acc *accs,
                        uint32_t first_group, uint32_t n_groups, trawl_error *err)
{
    for (; from < to; from += tw_block_rows) {
        if (tw_cancelled())
            return tw_fail_cancelled(err);
        update_block(w, from, TW_MIN(to - from, (uint64_t)tw_block_rows), accs, first_group,
                     n_groups);
    }
    return TRAWL_OK;
}

/* A range of groups over all cells. */
static int walk_groups(void *context, uint64_t i_piece, unsigned i_thread, trawl_error *err)
{
    const struct walk *w = context;
    uint32_t from = (uint32_t)(w->cells->n_groups * i_piece / w->n_pieces);
    uint32_t to = (uint32_t)(w->cells->n_groups * (i_piece + 1) / w->n_pieces);

    (void)i_thread;
    return update_range(w, 0, w->cells->n, w->accs + from, from, to - from, err);
}

/* All groups over a run of cells. */
static int walk_run(void *context, uint64_t i_run, unsigned i_thread, trawl_error *err)
{
    const struct walk *w = context;
    uint64_t n_groups = w->cells->n_groups;

    (void)i_thread;
    return update_range(w, w->cells->n * i_run / w->n_runs, w->cells->n * (i_run + 1) / w->n_runs,
                        w->accs + i_run * n_groups, 0, (uint32_t)n_groups, err);
}

static int by_runs(struct walk *w, trawl_error *err)
{
    uint64_t n_groups = w->cells->n_groups;
    int rc;

    w->accs = tw_alloc_array(w->n_runs * n_groups, sizeof(*w->accs));
    if (!w->accs)
        return tw_fail_nomem(err);
    rc = tw_pool_run(w->n_runs, walk_run, w, err);
    for (uint64_t run = 1; run < w->n_runs && rc == TRAWL_OK; run++) {
        for (uint64_t g = 0; g < n_groups; g++)
            tw_acc_merge(&w->accs[g], &w->accs[run * n_groups + g], w->a);
    }
    return rc;
}

static int by_groups(struct walk *w, trawl_error *err)
{
    uint64_t n_groups = w->cells->n_groups;
    int rc;

    w->accs = tw_alloc_array(n_groups, sizeof(*w->accs));
    if (!w->accs)
        return tw_fail_nomem(err);
    w->n_pieces = TW_MIN(tw_pieces_for(w->cells->n, piece_least), TW_MAX(n_groups, UINT64_C(1)));
    rc = tw_pool_run(w->n_pieces, walk_groups, w, err);
    if (rc != TRAWL_OK || w->a != TW_AGG_STDDEV)
        return rc;
    for (uint64_t g = 0; g < n_groups; g++)
        tw_acc_center(&w->accs[g]);
    w->round = 1; /* deviations from the mean, now known */
    return tw_pool_run(w->n_pieces, walk_groups, w, err);
}

int tw_accumulate(const struct tw_cells *cells, enum tw_aggregate a, struct tw_acc **ret,
                  trawl_error *err)
{
    struct walk w = {.cells = cells, .a = a};
    struct tw_key key = {.row_rank = NULL};
    int rc = TRAWL_OK;

    if (tw_type_is_coded(cells->column->type) && (a == TW_AGG_MIN || a == TW_AGG_MAX)) {
        rc = tw_key_init(&key, cells->column, cells->n, true, false, err);
        w.key = &key;
    }
    w.n_runs = TW_MAX(TW_MIN(cells->n / run_least, (uint64_t)runs_most), UINT64_C(1));
    if (rc == TRAWL_OK && a != TW_AGG_STDDEV && cells->n_groups <= cells->n / w.n_runs / 8)
        rc = by_runs(&w, err);
    else if (rc == TRAWL_OK)
        rc = by_groups(&w, err);
    tw_key_fini(&key);
    if (rc != TRAWL_OK) {
        tw_free(w.accs);
        return rc;
    }
    *ret = w.accs;
    return TRAWL_OK;
}

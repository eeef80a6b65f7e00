/* One value for each group: counts, sums, extremes, quantiles.
 * Must not know how groups were made. */
#include <math.h>

#include "core/table/aggregate.h"
#include "core/table/quantile.h"

const char *tw_aggregate_name(enum tw_aggregate a)
{
    static const char *const names[] = {"count",    "sum", "min",    "avg",   "max",
                                        "distinct", "p25", "p50",    "p75",   "p90",
                                        "p95",      "p99", "stddev", "first", "last"};

    return (size_t)a < TW_COUNT(names) ? names[a] : "?";
}

static bool is_number(trawl_type type)
{
    return tw_type_is_integer(type) || type == TRAWL_F64;
}

trawl_type tw_aggregate_type(enum tw_aggregate a, trawl_type of)
{
    const trawl_type none = (trawl_type)0;

    switch (a) {
    case TW_AGG_COUNT:
    case TW_AGG_DISTINCT:
        return TRAWL_U64;
    case TW_AGG_MIN:
    case TW_AGG_MAX:
    case TW_AGG_FIRST:
    case TW_AGG_LAST:
        return of;
    case TW_AGG_SUM:
        if (of == TRAWL_I64 || of == TRAWL_F64 || of == TRAWL_SPAN)
            return of;
        return tw_type_is_integer(of) ? TRAWL_U64 : none;
    case TW_AGG_AVG:
    case TW_AGG_P25:
    case TW_AGG_P50:
    case TW_AGG_P75:
    case TW_AGG_P90:
    case TW_AGG_P95:
    case TW_AGG_P99:
        if (of == TRAWL_TIME || of == TRAWL_SPAN)
            return of;
        return is_number(of) ? TRAWL_F64 : none;
    case TW_AGG_STDDEV:
        if (of == TRAWL_TIME || of == TRAWL_SPAN)
            return TRAWL_SPAN;
        return is_number(of) ? TRAWL_F64 : none;
    }
    return none;
}

/* ---- the groups of cells ---- */

static int group_items(const struct tw_groups *groups, const struct tw_column *list, uint32_t **ret,
                       trawl_error *err)
{
    const uint64_t *offsets = (const uint64_t *)(const void *)list->offsets.base;
    uint32_t *group_of = tw_alloc_array(list->n_items, sizeof(*group_of));

    if (!group_of)
        return tw_fail_nomem(err);
    for (uint64_t row = 0; row < list->n_rows; row++) {
        for (uint64_t i = offsets[row]; i < offsets[row + 1]; i++)
            group_of[i] = groups->group_of_row[row];
    }
    *ret = group_of;
    return TRAWL_OK;
}

/* ---- results ---- */

static struct tw_column *result_new(trawl_type type, uint64_t n, trawl_error *err)
{
    struct tw_column *column = tw_column_new(type, false, TW_MAX(n, UINT64_C(1)), NULL, err);

    if (column && tw_column_resize(column, n, err) != TRAWL_OK) {
        tw_column_release(column);
        return NULL;
    }
    return column;
}

/* Cells of the best or first row of each group. */
static struct tw_column *pick(const struct tw_cells *cells, const struct tw_acc *accs,
                              trawl_error *err)
{
    uint32_t *rows = tw_alloc_array(cells->n_groups, sizeof(*rows));
    struct tw_column *picked;

    if (!rows) {
        tw_fail_nomem(err);
        return NULL;
    }
    for (uint64_t g = 0; g < cells->n_groups; g++)
        rows[g] = accs[g].count > 0 ? accs[g].cell : UINT32_MAX;
    picked = tw_column_gather(cells->column, rows, cells->n_groups, err);
    tw_free(rows);
    return picked;
}

static int finish(const struct tw_cells *cells, const struct tw_acc *accs, enum tw_aggregate a,
                  struct tw_column **ret, trawl_error *err)
{
    trawl_type type = tw_aggregate_type(a, cells->column->type);
    struct tw_column *column;
    int rc;

    if (a == TW_AGG_MIN || a == TW_AGG_MAX || a == TW_AGG_FIRST || a == TW_AGG_LAST) {
        *ret = pick(cells, accs, err);
        return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    column = tw_column_new(type, false, TW_MAX(cells->n_groups, UINT64_C(1)), NULL, err);
    if (!column)
        return TRAWL_E_NOMEM;
    rc = tw_column_need_valid(column, true, err);
    if (rc == TRAWL_OK)
        rc = tw_column_resize(column, cells->n_groups, err);
    for (uint64_t g = 0; g < cells->n_groups && rc == TRAWL_OK; g++) {
        if (!tw_acc_has(&accs[g], a))
            continue;
        tw_column_set_valid(column, g);
        if (type == TRAWL_F64)
            TW_CELLS(column, double)[g] = tw_acc_f64(&accs[g], a, cells->column->type);
        else
            rc = tw_acc_u64(&accs[g], a, cells->column->type, TW_CELLS(column, uint64_t) + g, err);
    }
    if (rc != TRAWL_OK) {
        tw_column_release(column);
        return rc;
    }
    *ret = column;
    return TRAWL_OK;
}

/* ---- kinds of aggregates ---- */

static int accumulate(const struct tw_cells *cells, enum tw_aggregate a, struct tw_column **ret,
                      trawl_error *err)
{
    struct tw_acc *accs = NULL;
    int rc = tw_accumulate(cells, a, &accs, err);

    if (rc == TRAWL_OK)
        rc = finish(cells, accs, a, ret, err);
    tw_free(accs);
    return rc;
}

static int count_cells(const struct tw_cells *cells, struct tw_column **ret, trawl_error *err)
{
    struct tw_column *column = result_new(TRAWL_U64, cells->n_groups, err);
    uint64_t *counts;

    if (!column)
        return TRAWL_E_NOMEM;
    counts = TW_CELLS(column, uint64_t);
    for (uint64_t i = 0; i < cells->n; i++) {
        if (!cells->column || tw_column_has(cells->column, i))
            counts[cells->group_of[i]]++;
    }
    *ret = column;
    return TRAWL_OK;
}

static int count_distinct(const struct tw_cells *cells, struct tw_column **ret, trawl_error *err)
{
    struct tw_numbering pairs = {NULL, NULL, 0};
    struct tw_column *column = NULL;
    struct tw_key key;
    int rc = tw_key_init(&key, cells->column, cells->n, false, false, err);

    if (rc != TRAWL_OK)
        return rc;
    rc = tw_number_keys(cells->group_of, cells->n_groups, &key, 1, cells->n, &pairs, err);
    tw_key_fini(&key);
    if (rc != TRAWL_OK)
        return rc;
    column = result_new(TRAWL_U64, cells->n_groups, err);
    for (uint64_t i = 0; column && i < pairs.n_numbers; i++) {
        if (tw_column_has(cells->column, pairs.first[i]))
            TW_CELLS(column, uint64_t)[cells->group_of[pairs.first[i]]]++;
    }
    tw_numbering_fini(&pairs);
    *ret = column;
    return column ? TRAWL_OK : TRAWL_E_NOMEM;
}

static double quantile_of(enum tw_aggregate a)
{
    switch (a) {
    case TW_AGG_P25:
        return 0.25;
    case TW_AGG_P50:
        return 0.5;
    case TW_AGG_P75:
        return 0.75;
    case TW_AGG_P90:
        return 0.9;
    case TW_AGG_P95:
        return 0.95;
    default:
        return 0.99;
    }
}

enum { chunk_groups = 1024 };

struct quantiles {
    const struct tw_cells *cells;
    uint64_t *numbers; /* of group g: [starts[g], starts[g + 1]) */
    uint64_t *starts;
    double q;
    struct tw_column *column;
};

static int quantile_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct quantiles *job = context;
    uint64_t to = TW_MIN((i_chunk + 1) * chunk_groups, job->cells->n_groups);

    (void)i_thread;
    (void)err;
    for (uint64_t g = i_chunk * chunk_groups; g < to; g++) {
        uint64_t n = job->starts[g + 1] - job->starts[g];
        struct tw_between between;

        if (n == 0)
            continue;
        between = tw_select_quantile(job->numbers + job->starts[g], n, job->q);
        tw_column_set_valid(job->column, g); /* chunks are whole words of bits */
        if (job->column->type == TRAWL_F64)
            TW_CELLS(job->column, double)[g] = tw_between_f64(&between, job->cells->column->type);
        else
            TW_CELLS(job->column, int64_t)[g] = tw_between_i64(&between);
    }
    return TRAWL_OK;
}

/* Sort the numbers by group, keeping only those that are values. */
static int scatter_by_group(struct quantiles *job, trawl_error *err)
{
    const struct tw_cells *cells = job->cells;
    uint64_t block[tw_block_rows];

    for (uint64_t i = 0; i < cells->n; i++) {
        if (!tw_cell_is_void(cells->column, i))
            job->starts[cells->group_of[i] + 2]++;
    }
    for (uint64_t g = 0; g < cells->n_groups; g++)
        job->starts[g + 2] += job->starts[g + 1];
    for (uint64_t from = 0; from < cells->n; from += tw_block_rows) {
        uint64_t n = TW_MIN(cells->n - from, (uint64_t)tw_block_rows);

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        tw_plain_block(cells->column, NULL, from, n, block);
        for (uint64_t i = 0; i < n; i++) {
            if (!tw_cell_is_void(cells->column, from + i))
                job->numbers[job->starts[cells->group_of[from + i] + 1]++] = block[i];
        }
    }
    return TRAWL_OK;
}

static int group_quantiles(const struct tw_cells *cells, enum tw_aggregate a,
                           struct tw_column **ret, trawl_error *err)
{
    struct quantiles job = {.cells = cells, .q = quantile_of(a)};
    int rc = TRAWL_OK;

    job.numbers = tw_alloc_array(cells->n, sizeof(*job.numbers));
    job.starts = tw_alloc_array(cells->n_groups + 2, sizeof(*job.starts));
    job.column = tw_column_new(tw_aggregate_type(a, cells->column->type), false,
                               TW_MAX(cells->n_groups, UINT64_C(1)), NULL, err);
    if (!job.numbers || !job.starts || !job.column)
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = tw_column_need_valid(job.column, true, err);
    if (rc == TRAWL_OK)
        rc = tw_column_resize(job.column, cells->n_groups, err);
    if (rc == TRAWL_OK)
        rc = scatter_by_group(&job, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run((cells->n_groups + chunk_groups - 1) / chunk_groups, quantile_chunk, &job,
                         err);
    tw_free(job.numbers);
    tw_free(job.starts);
    if (rc != TRAWL_OK) {
        tw_column_release(job.column);
        return rc;
    }
    *ret = job.column;
    return TRAWL_OK;
}

static int aggregate(const struct tw_cells *cells, enum tw_aggregate a, struct tw_column **ret,
                     trawl_error *err)
{
    switch (a) {
    case TW_AGG_COUNT:
        return count_cells(cells, ret, err);
    case TW_AGG_DISTINCT:
        return count_distinct(cells, ret, err);
    case TW_AGG_P25:
    case TW_AGG_P50:
    case TW_AGG_P75:
    case TW_AGG_P90:
    case TW_AGG_P95:
    case TW_AGG_P99:
        return group_quantiles(cells, a, ret, err);
    case TW_AGG_SUM:
    case TW_AGG_MIN:
    case TW_AGG_AVG:
    case TW_AGG_MAX:
    case TW_AGG_STDDEV:
    case TW_AGG_FIRST:
    case TW_AGG_LAST:
        return accumulate(cells, a, ret, err);
    }
    return tw_fail(err, TRAWL_E_PLUGIN, "there is no aggregate %d", (int)a);
}

int tw_aggregate_column(const struct tw_groups *groups, uint64_t n_rows,
                        const struct tw_column *column, enum tw_aggregate a, struct tw_column **ret,
                        trawl_error *err)
{
    struct tw_cells cells = {column, groups->group_of_row, n_rows, groups->n_groups};
    struct tw_column items;
    uint32_t *group_of_item = NULL;
    int rc = TRAWL_OK;

    if (!column && a != TW_AGG_COUNT)
        return tw_fail(err, TRAWL_E_USAGE, "'%s' needs a column", tw_aggregate_name(a));
    if (column && tw_aggregate_type(a, column->type) == (trawl_type)0)
        return tw_fail(err, TRAWL_E_USAGE, "cannot take '%s' of a column of type '%s'",
                       tw_aggregate_name(a), tw_type_name(column->type));
    if (column && column->is_list) {
        items = tw_flat_items(column);
        rc = group_items(groups, column, &group_of_item, err);
        cells.column = &items;
        cells.group_of = group_of_item;
        cells.n = items.n_rows;
    }
    if (rc == TRAWL_OK && cells.n >= UINT32_MAX)
        rc = tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot aggregate more than %u values",
                     UINT32_MAX - 1);
    if (rc == TRAWL_OK)
        rc = aggregate(&cells, a, ret, err);
    tw_free(group_of_item);
    return rc;
}

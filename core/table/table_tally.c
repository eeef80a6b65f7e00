/* Columns of a table counted: kept counts, those that the table's owner makes without a column, and
 * the rest from columns. Must not know captures. */
#include "core/table/table.h"

struct job {
    const struct tw_column **columns;
    const trawl_tally_rows *rows;
    struct tw_tally **ret;
};

static int count_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;

    (void)i_thread;
    return job->ret[i] ? TRAWL_OK : tw_tally_column(job->columns[i], job->rows, &job->ret[i], err);
}

static int count_columns(tw_table *table, const size_t *i_columns, size_t n,
                         const trawl_tally_rows *rows, struct tw_tally **ret, trawl_error *err)
{
    struct job job = {tw_alloc_array(n + 1, sizeof(*job.columns)), rows, ret};
    size_t *wanted = tw_alloc_array(n + 1, sizeof(*wanted));
    size_t n_wanted = 0;
    int rc = job.columns && wanted ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        if (!ret[i])
            wanted[n_wanted++] = i_columns[i];
    }
    if (rc == TRAWL_OK && n_wanted)
        rc = tw_table_prefetch(table, wanted, n_wanted, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        if (!ret[i])
            rc = tw_table_column(table, i_columns[i], &job.columns[i], err);
    }
    if (rc == TRAWL_OK && n_wanted)
        rc = tw_pool_run(n, count_body, &job, err);
    tw_free(job.columns);
    tw_free(wanted);
    return rc;
}

/* Counts of all rows together serve again. */
static int recall(tw_table *table, const size_t *i_columns, size_t n, struct tw_tally **ret,
                  trawl_error *err)
{
    if (!table->tallies)
        table->tallies = tw_alloc_array(table->schema->n_columns + 1, sizeof(*table->tallies));
    if (!table->tallies)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ret[i] = tw_tally_retain(table->tallies[i_columns[i]]);
    return TRAWL_OK;
}

static void keep(tw_table *table, const size_t *i_columns, size_t n, struct tw_tally *const *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (!table->tallies[i_columns[i]])
            table->tallies[i_columns[i]] = tw_tally_retain(ret[i]);
    }
}

int tw_table_tally(tw_table *table, const size_t *i_columns, size_t n, const trawl_tally_rows *rows,
                   struct tw_tally **ret, trawl_error *err)
{
    const bool whole = !rows->slot_of_row && rows->n_rows >= table->n_rows && rows->n_slots == 1 &&
                       !(rows->flags & TRAWL_TALLY_SEEN);
    int rc = TRAWL_OK;

    memset(ret, 0, n * sizeof(struct tw_tally *));
    for (size_t i = 0; i < n; i++) {
        if (i_columns[i] >= table->schema->n_columns)
            return tw_fail(err, TRAWL_E_PLUGIN, "the table has no column %zu", i_columns[i]);
    }
    pthread_mutex_lock(&table->lock);
    if (whole)
        rc = recall(table, i_columns, n, ret, err);
    if (rc == TRAWL_OK && table->tally)
        rc = table->tally(table->context, table, i_columns, n, rows, ret, err);
    if (rc == TRAWL_OK)
        rc = count_columns(table, i_columns, n, rows, ret, err);
    if (rc == TRAWL_OK && whole)
        keep(table, i_columns, n, ret);
    pthread_mutex_unlock(&table->lock);
    for (size_t i = 0; rc != TRAWL_OK && i < n; i++) {
        tw_tally_release(ret[i]);
        ret[i] = NULL;
    }
    return rc;
}

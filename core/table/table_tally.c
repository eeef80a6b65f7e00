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

/* ---- tables ---- */

struct pass {
    const struct tw_tally_job *jobs;
    void **states; /* of those that are counted on their owners' way; NULL: not begun */
};

static bool is_whole(const struct tw_tally_job *job)
{
    const trawl_tally_rows *rows = job->rows;

    return !rows->slot_of_row && rows->n_rows >= job->table->n_rows && rows->n_slots == 1 &&
           !(rows->flags & TRAWL_TALLY_SEEN);
}

static int begin(const struct tw_tally_job *job, void **state, trawl_error *err)
{
    const struct tw_tally_way *way = job->table->tally;
    int rc = TRAWL_OK;

    pthread_mutex_lock(&job->table->lock);
    if (is_whole(job))
        rc = recall(job->table, job->i_columns, job->n, job->ret, err);
    if (rc == TRAWL_OK && way)
        rc = way->begin(job->table->context, job, state, err);
    pthread_mutex_unlock(&job->table->lock);
    return rc;
}

static int pass_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;

    (void)i_thread;
    return pass->states[i] ? pass->jobs[i].table->tally->count(pass->states[i], err) : TRAWL_OK;
}

static int end(const struct tw_tally_job *job, void *state, int rc, trawl_error *err)
{
    pthread_mutex_lock(&job->table->lock);
    if (state)
        rc = job->table->tally->end(state, rc, err);
    if (rc == TRAWL_OK)
        rc = count_columns(job->table, job->i_columns, job->n, job->rows, job->ret, err);
    if (rc == TRAWL_OK && is_whole(job))
        keep(job->table, job->i_columns, job->n, job->ret);
    pthread_mutex_unlock(&job->table->lock);
    return rc;
}

/* All of some jobs, which are of different tables. The thread that counts one may need its lock. */
static int run_jobs(const struct tw_tally_job *jobs, size_t n, trawl_error *err)
{
    void **states = tw_alloc_array(n + 1, sizeof(*states));
    struct pass pass = {jobs, states};
    int rc = states ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = begin(&jobs[i], &states[i], err);
    if (rc == TRAWL_OK)
        rc = n > 1 ? tw_pool_run(n, pass_body, &pass, err) : pass_body(&pass, 0, 0, err);
    for (size_t i = 0; states && i < n; i++) {
        const int ended = end(&jobs[i], states[i], rc, err);

        rc = rc == TRAWL_OK ? ended : rc;
    }
    tw_free(states);
    return rc;
}

/* A thread for each is faster than all threads for one after the other, since each value is looked
 * for once: if they end at about the same time, and no table is asked for twice. */
static bool are_alike(const struct tw_tally_job *jobs, size_t n)
{
    uint64_t all = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            if (jobs[j].table == jobs[i].table)
                return false;
        if (!jobs[i].table->tally)
            return false;
        all += jobs[i].table->n_rows;
        most = TW_MAX(most, jobs[i].table->n_rows);
    }
    return most * tw_pool_threads() <= all + all / 4;
}

int tw_tables_tally(const struct tw_tally_job *jobs, size_t n, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < n; i++)
        memset(jobs[i].ret, 0, jobs[i].n * sizeof(struct tw_tally *));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < jobs[i].n; k++)
            if (jobs[i].i_columns[k] >= jobs[i].table->schema->n_columns)
                return tw_fail(err, TRAWL_E_PLUGIN, "the table has no column %zu",
                               jobs[i].i_columns[k]);
    }
    if (n > 1 && are_alike(jobs, n)) {
        rc = run_jobs(jobs, n, err);
    } else {
        for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
            rc = run_jobs(&jobs[i], 1, err);
    }
    for (size_t i = 0; rc != TRAWL_OK && i < n; i++) {
        for (size_t k = 0; k < jobs[i].n; k++) {
            tw_tally_release(jobs[i].ret[k]);
            jobs[i].ret[k] = NULL;
        }
    }
    return rc;
}

/* Slots of the host table that count the values of columns.
 * Must not know packets. */
#include "core/plugin/host.h"

static void release_tally(void *tally)
{
    tw_tally_release(tally);
}

/* A job as the tables take it, with what an older plugin does not set. */
struct counting {
    trawl_tally_rows rows;
    struct tw_tally **tallies;
};

static int prepare(const trawl_tally_job *job, struct counting *c, struct tw_tally_job *ret,
                   trawl_error *err)
{
    if (job->rows->n_slots == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for counts in no slot");
    memcpy(&c->rows, job->rows, TW_MIN(job->rows->size, (uint32_t)sizeof(c->rows)));
    c->tallies = tw_alloc_array(job->n + 1, sizeof(struct tw_tally *));
    if (!c->tallies)
        return tw_fail_nomem(err);
    *ret = (struct tw_tally_job){job->table, job->i_columns, job->n, &c->rows, c->tallies};
    return TRAWL_OK;
}

static int hand_over(trawl_call *call, const trawl_tally_job *job, struct tw_tally **tallies,
                     trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < job->n; i++) {
        const uint32_t size = TW_MIN(job->ret[i].size, (uint32_t)sizeof(job->ret[i]));
        trawl_tally one = {.size = job->ret[i].size,
                           .counts = tallies[i]->counts,
                           .slot_start = tallies[i]->slot_start,
                           .seen = tallies[i]->seen};

        tw_tally_view(tallies[i], job->table->schema->columns[job->i_columns[i]].flags,
                      &one.values);
        memcpy(&job->ret[i], &one, size);
        rc = tw_call_later(call, release_tally, tallies[i], err);
        tallies[i] = NULL;
    }
    return rc;
}

int host_tallies(trawl_call *call, const trawl_tally_job *jobs, size_t n, trawl_error *err)
{
    struct counting *counting = tw_alloc_array(n + 1, sizeof(*counting));
    struct tw_tally_job *list = tw_alloc_array(n + 1, sizeof(*list));
    int rc = counting && list ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = prepare(&jobs[i], &counting[i], &list[i], err);
    if (rc == TRAWL_OK)
        rc = tw_tables_tally(list, n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = hand_over(call, &jobs[i], counting[i].tallies, err);
    for (size_t i = 0; counting && i < n; i++) {
        for (size_t k = 0; counting[i].tallies && k < jobs[i].n; k++)
            tw_tally_release(counting[i].tallies[k]);
        tw_free(counting[i].tallies);
    }
    tw_free(counting);
    tw_free(list);
    return rc;
}

int host_tally(trawl_call *call, trawl_table *table, const size_t *i_columns, size_t n,
               const trawl_tally_rows *rows, trawl_tally *ret, trawl_error *err)
{
    const trawl_tally_job job = {.size = sizeof(job),
                                 .table = table,
                                 .i_columns = i_columns,
                                 .n = n,
                                 .rows = rows,
                                 .ret = ret};

    return host_tallies(call, &job, 1, err);
}

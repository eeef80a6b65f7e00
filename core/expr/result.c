/* The values of an expression for every row as a column. Must not know how values are computed. */
#include "core/expr/eval.h"

struct column_job {
    struct tw_run run;
    struct tw_column *out;
};

/** Store the item of each row; rows of a batch are whole validity words, so threads do not meet. */
static int store_rows(struct tw_column *out, const struct batch *b, const struct vector *v,
                      trawl_error *err)
{
    for (size_t i = 0; i < b->n; i++) {
        size_t from = v->is_constant ? 0 : i;
        uint64_t row = b->start + i;

        if (!vector_has(v, from))
            continue;
        tw_column_set_valid(out, row);
        if (class_is_text(v->cls)) {
            uint32_t code = tw_dict_code(out->dict, v->at.s[from].p, v->at.s[from].n, err);

            if (!code)
                return TRAWL_E_NOMEM;
            TW_CELLS(out, uint32_t)[row] = code;
        } else {
            TW_CELLS(out, uint64_t)[row] = v->at.u[from];
        }
    }
    return TRAWL_OK;
}

static int rows_batch(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct column_job *job = context;
    const struct node *root = job->run.expr->root;
    uint64_t w[BATCH_WORDS];
    struct batch b;
    struct vector v;
    int rc = tw_run_batch(&job->run, i, i_thread, &b, err);

    if (rc)
        return rc;
    if (!root->is_test) {
        rc = tw_vector_eval(&b, root, 0, &v, err);
        return rc ? rc : store_rows(job->out, &b, &v, err);
    }
    rc = tw_run_test(&job->run, &b, root, w, err);
    for (size_t row = 0; !rc && row < b.n; row++)
        TW_CELLS(job->out, uint8_t)[b.start + row] = w[row / 64] >> (row % 64) & 1;
    return rc;
}

/** Lists have any number of items: appended in order of rows. */
static int append_lists(struct column_job *job, trawl_error *err)
{
    uint64_t n_batches = (job->run.table->n_rows + BATCH_ROWS - 1) / BATCH_ROWS;

    for (uint64_t i = 0; i < n_batches; i++) {
        struct batch b;
        struct vector v;
        int rc = tw_run_batch(&job->run, i, 0, &b, err);

        if (!rc)
            rc = tw_cancelled() ? tw_fail_cancelled(err)
                                : tw_vector_eval(&b, job->run.expr->root, 0, &v, err);
        for (size_t row = 0; !rc && row < b.n; row++) {
            size_t from = v.offsets ? v.offsets[row] : row,
                   to = v.offsets ? v.offsets[row + 1] : row + 1;

            for (size_t k = from; !rc && k < to; k++) {
                if (!vector_has(&v, k))
                    continue;
                if (class_is_text(v.cls))
                    rc = tw_append_value(job->out, v.at.s[k].p, v.at.s[k].n, err);
                else if (v.cls == TRAWL_F64)
                    rc = tw_append_f64(job->out, v.at.f[k], err);
                else
                    rc = tw_append_u64(job->out, v.at.u[k], err);
            }
            if (!rc)
                rc = tw_list_end_row(job->out, err);
        }
        if (rc)
            return rc;
    }
    return TRAWL_OK;
}

static int fill(struct column_job *job, trawl_error *err)
{
    const struct node *root = job->run.expr->root;
    uint64_t n_rows = job->run.table->n_rows;
    trawl_type type = root->is_test ? TRAWL_BOOL : tw_expr_class(root->type);
    bool is_list = !root->is_test && root->is_list;
    struct tw_dict *dict = NULL;
    int rc;

    if (class_is_text(type)) {
        dict = tw_dict_new(type);
        if (!dict)
            return tw_fail_nomem(err);
    }
    job->out = tw_column_new(type, is_list, TW_MAX(n_rows, (uint64_t)1), dict, err);
    tw_dict_release(dict);
    if (!job->out)
        return TRAWL_E_NOMEM;
    if (is_list)
        return append_lists(job, err);
    rc = root->is_test ? TRAWL_OK : tw_column_need_valid(job->out, false, err);
    if (!rc)
        rc = tw_column_resize(job->out, n_rows, err);
    if (!rc)
        rc = tw_pool_run((n_rows + BATCH_ROWS - 1) / BATCH_ROWS, rows_batch, job, err);
    return rc;
}

int tw_expr_column(const tw_expr *x, tw_table *table, struct tw_column **ret, trawl_error *err)
{
    struct column_job job = {.out = NULL};
    const struct node *root = x->root;
    int rc;

    rc = tw_run_init(&job.run, x, root, table, err);
    if (!rc && root->kind == N_COLUMN && root->n_columns == 1) {
        /* retaining changes the count alone, which is not part of the frozen cells */
        job.out = tw_column_retain(
            (struct tw_column *)(uintptr_t)job.run.columns[root->columns[0]]);
    } else if (!rc) {
        rc = fill(&job, err);
    }
    tw_run_fini(&job.run);
    if (rc) {
        tw_column_release(job.out);
        return rc;
    }
    *ret = job.out;
    return TRAWL_OK;
}

/* Tests of rows as words of bits: and, or, xor, not, presence, and predicates by their cheapest
 * way. Must not know how values are computed. */
#include "core/expr/eval.h"

typedef uint64_t words[BATCH_WORDS];

static void mask_rows(const struct batch *b, uint64_t *w)
{
    for (size_t i = 0; i < BATCH_WORDS; i++) {
        if (b->n <= i * 64)
            w[i] = 0;
        else if (b->n - i * 64 < 64)
            w[i] &= (UINT64_C(1) << (b->n - i * 64)) - 1;
    }
}

static bool all_zero(const uint64_t *w)
{
    uint64_t any = 0;

    for (size_t i = 0; i < BATCH_WORDS; i++)
        any |= w[i];
    return !any;
}

/** Bits of rows where a column has a value, added to ret. */
static void add_valid(const struct batch *b, const struct tw_column *c, uint64_t *ret)
{
    if (c->is_list) {
        const uint64_t *o = (const uint64_t *)(const void *)c->offsets.base + b->start;

        for (size_t row = 0; row < b->n; row++)
            ret[row / 64] |= (uint64_t)(o[row] != o[row + 1]) << (row % 64);
        return;
    }
    for (size_t w = 0; w < (b->n + 63) / 64; w++)
        ret[w] |= column_valid_word(c, b->start / 64 + w);
}

static int test_items(const struct batch *b, const struct node *n, bool not_zero, uint64_t *ret,
                      trawl_error *err)
{
    struct vector v;
    int rc = tw_vector_eval(b, n, 0, &v, err);

    if (rc)
        return rc;
    for (size_t row = 0; row < b->n; row++) {
        size_t from = v.is_constant ? 0 : v.offsets ? v.offsets[row] : row;
        size_t to = v.is_constant ? 1 : v.offsets ? v.offsets[row + 1] : row + 1;

        for (size_t i = from; i < to; i++)
            if (vector_has(&v, i) &&
                (!not_zero || (v.cls == TRAWL_F64 ? v.at.f[i] != 0 : v.at.u[i] != 0)))
                ret[row / 64] |= UINT64_C(1) << (row % 64);
    }
    return TRAWL_OK;
}

static int test_exists(struct tw_run *run, const struct batch *b, const struct node *n,
                       uint64_t *ret, trawl_error *err)
{
    const struct node *of = n->first;

    if (of->kind != N_COLUMN)
        return test_items(b, of, false, ret, err);
    for (size_t k = 0; k < of->n_columns; k++)
        add_valid(b, run->columns[of->columns[k]], ret);
    return TRAWL_OK;
}

static void combine(const struct node *n, const struct truth *t, uint64_t *ret)
{
    for (size_t w = 0; w < BATCH_WORDS; w++)
        ret[w] = n->for_all ? t->some_true[w] & ~t->some_false[w] : t->some_true[w];
}

static void add_truth(struct truth *all, const struct truth *one)
{
    for (size_t w = 0; w < BATCH_WORDS; w++) {
        all->some_true[w] |= one->some_true[w];
        all->some_false[w] |= one->some_false[w];
    }
}

static int test_predicate(struct tw_run *run, const struct batch *b, const struct node *n,
                          uint64_t *ret, trawl_error *err)
{
    const struct lifted *lifted = run->lifted[n->id];
    bool plain = n->kind == N_IN && n->first->kind == N_COLUMN && !class_is_text(n->set_class);
    const struct node *of = lifted ? n->lift : n->first;
    struct truth all, one;
    int rc = TRAWL_OK;

    if (!lifted && (!plain || n->n_set > MAX_CODES)) {
        rc = tw_predicate_eval(b, n, &all, err);
        if (!rc)
            combine(n, &all, ret);
        return rc;
    }
    memset(&all, 0, sizeof(all));
    for (size_t k = 0; !rc && k < of->n_columns; k++) {
        const struct tw_column *c = run->columns[of->columns[k]];

        if (!lifted) {
            rc = tw_predicate_numbers(b, n, c, &one, err);
        } else if (lifted[k].by_codes || lifted[k].table) {
            rc = tw_predicate_codes(b, n, &lifted[k], &one, err);
        } else {
            struct batch part = *b;

            part.only = of;
            part.i_only = k;
            rc = tw_predicate_eval(&part, n, &one, err);
        }
        if (!rc)
            add_truth(&all, &one);
    }
    if (!rc)
        combine(n, &all, ret);
    return rc;
}

static int test_many(struct tw_run *run, const struct batch *b, const struct node *n, uint64_t *ret,
                     trawl_error *err)
{
    const struct node *child = n->first;
    words one;
    int rc = tw_run_test(run, b, child, ret, err);

    for (size_t i = 1; !rc && i < n->n_children; i++) {
        child = child->next;
        if (n->kind == N_AND && all_zero(ret))
            break;
        rc = tw_run_test(run, b, child, one, err);
        for (size_t w = 0; w < BATCH_WORDS; w++)
            ret[w] = n->kind == N_AND  ? ret[w] & one[w]
                     : n->kind == N_OR ? ret[w] | one[w]
                                       : ret[w] ^ one[w];
    }
    return rc;
}

int tw_run_test(struct tw_run *run, const struct batch *b, const struct node *n, uint64_t *ret,
                trawl_error *err)
{
    int rc = TRAWL_OK;

    memset(ret, 0, BATCH_WORDS * sizeof(*ret));
    switch (n->kind) {
    case N_AND:
    case N_OR:
    case N_XOR:
        rc = test_many(run, b, n, ret, err);
        break;
    case N_NOT:
        rc = tw_run_test(run, b, n->first, ret, err);
        for (size_t w = 0; w < BATCH_WORDS; w++)
            ret[w] = ~ret[w];
        break;
    case N_PRESENCE:
        memcpy(ret, run->presence[n->id]->words + b->start / 64, (b->n + 63) / 64 * sizeof(*ret));
        break;
    case N_EXISTS:
        rc = test_exists(run, b, n, ret, err);
        break;
    case N_NONZERO:
        rc = test_items(b, n->first, true, ret, err);
        break;
    default:
        rc = test_predicate(run, b, n, ret, err);
        break;
    }
    mask_rows(b, ret);
    return rc;
}

/* ---- a whole table ---- */

int tw_run_batch(struct tw_run *run, uint64_t i, unsigned i_thread, struct batch *ret,
                 trawl_error *err)
{
    *ret = (struct batch){.columns = run->columns,
                          .start = i * BATCH_ROWS,
                          .scratch = &run->threads[i_thread].scratch};
    ret->n = (size_t)TW_MIN((uint64_t)BATCH_ROWS, run->table->n_rows - ret->start);
    tw_scratch_reset(ret->scratch);
    return tw_run_regex(run, i_thread, &ret->regex, err);
}

struct bits_job {
    struct tw_run run;
    struct tw_bits *bits;
};

static int bits_batch(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct bits_job *job = context;
    struct batch b;
    words w;
    int rc = tw_run_batch(&job->run, i, i_thread, &b, err);

    if (!rc)
        rc = tw_run_test(&job->run, &b, job->run.expr->test, w, err);
    if (!rc)
        memcpy(job->bits->words + b.start / 64, w, (b.n + 63) / 64 * sizeof(w[0]));
    return rc;
}

int tw_expr_bits(const tw_expr *x, tw_table *table, struct tw_bits **ret, trawl_error *err)
{
    struct bits_job job = {.bits = NULL};
    int rc;

    if (!x->test->is_test)
        return tw_expr_fail(err, x->test->start, x->test->len, "Compare a column with it.",
                            "a value by itself is no test");
    rc = tw_run_init(&job.run, x, x->test, table, err);
    if (!rc) {
        job.bits = tw_bits_new(table->n_rows, err);
        rc = job.bits
                 ? tw_pool_run((table->n_rows + BATCH_ROWS - 1) / BATCH_ROWS, bits_batch, &job, err)
                 : TRAWL_E_NOMEM;
    }
    tw_run_fini(&job.run);
    if (rc) {
        tw_bits_release(job.bits);
        return rc;
    }
    *ret = job.bits;
    return TRAWL_OK;
}

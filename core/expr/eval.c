/* A compiled expression over a table: batches of rows on the pool, tests as words of bits.
 * Must not know how values are computed. */
#include "core/expr/eval.h"

/* ---- compile ---- */

int tw_expr_compile(const char *text, size_t n, const tw_schema *schema,
                    const struct tw_expr_names *names, tw_expr **ret, trawl_error *err)
{
    trawl_error local = TW_ERROR_INIT;
    trawl_error *e = err ? err : &local;
    tw_expr *x = tw_alloc(sizeof(*x));
    int rc;

    if (!x)
        return tw_fail_nomem(err);
    x->schema = schema;
    if (names)
        x->names = *names;
    x->n_text = n;
    x->text = tw_arena_strndup(&x->arena, text, n);
    rc = x->text ? tw_expr_parse(x, e) : tw_fail_nomem(e);
    if (!rc)
        rc = tw_expr_check(x, e);
    if (rc) {
        tw_expr_free(x);
        return rc;
    }
    *ret = x;
    return TRAWL_OK;
}

void tw_expr_free(tw_expr *x)
{
    if (!x)
        return;
    tw_regex_free(x->regexes);
    tw_arena_fini(&x->arena);
    tw_free(x);
}

trawl_type tw_expr_type(const tw_expr *x)
{
    const struct node *root = x->root;

    if (root->is_test)
        return TRAWL_BOOL;
    /* a column stays what it is; any-of names and what is computed have the type of their class */
    return root->kind == N_COLUMN && root->n_columns == 1 ? root->type : tw_expr_class(root->type);
}

bool tw_expr_is_list(const tw_expr *x)
{
    return !x->root->is_test && x->root->is_list;
}

/* ---- a run: what is prepared once ---- */

/** Fill the table of one coded column: the predicate for each dictionary entry. */
struct lift_job {
    struct tw_run *run;
    const struct node *node;
    struct lifted *lifted;
    uint32_t n_codes;
    bool is_v6;
};

static int lift_batch(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct lift_job *job = context;
    struct tw_scratch *scratch = &job->run->threads[i_thread].scratch;
    struct batch b = {.start = i * BATCH_ROWS,
                      .dict = job->lifted->column->dict,
                      .is_v6 = job->is_v6,
                      .scratch = scratch};
    struct truth truth;
    int rc;

    tw_scratch_reset(scratch);
    b.n = (size_t)TW_MIN((uint64_t)BATCH_ROWS, job->n_codes - b.start);
    rc = tw_run_regex(job->run, i_thread, &b.regex, err);
    if (!rc)
        rc = tw_predicate_eval(&b, job->node, &truth, err);
    if (rc)
        return rc;
    for (size_t k = 0; k < b.n; k++)
        if (truth.some_true[k / 64] >> (k % 64) & 1)
            job->lifted->table[b.start + k] |= (uint8_t)(1 + job->is_v6);
    return TRAWL_OK;
}

/** A set of few single values: look their codes up once. */
static bool lift_codes(const struct node *n, struct lifted *l)
{
    if (n->kind != N_IN || n->first->kind != N_COLUMN || n->n_set > MAX_CODES)
        return false;
    for (size_t k = 0; k < n->n_set; k++) {
        const struct interval *r = &n->set[k];
        const struct text *s = &r->lo.s;
        uint32_t code;

        /* the empty value shares its code with null: leave it to the table */
        if (r->is_prefix || !s->n || s->n != r->hi.s.n || memcmp(s->p, r->hi.s.p, s->n) != 0)
            return false;
        code = tw_dict_find(l->column->dict, s->p, s->n);
        if (code)
            l->codes[l->n_codes++] = code;
    }
    l->by_codes = true;
    return true;
}

static int prepare_lift(struct tw_run *run, const struct node *n, trawl_error *err)
{
    struct lifted *all = tw_arena_alloc(&run->arena, n->lift->n_columns * sizeof(*all));
    int rc;

    if (!all)
        return tw_fail_nomem(err);
    run->lifted[n->id] = all;
    for (size_t k = 0; k < n->lift->n_columns; k++) {
        struct lifted *l = &all[k];
        uint64_t n_cells;
        struct lift_job job = {run, n, l, 0, false};

        l->column = run->columns[n->lift->columns[k]];
        l->n_codes = 0;
        if (lift_codes(n, l))
            continue;
        l->n_codes = 0;
        job.n_codes = tw_dict_size(l->column->dict);
        n_cells = l->column->is_list && l->column->n_rows
                      ? ((const uint64_t *)(const void *)l->column->offsets.base)[l->column->n_rows]
                      : l->column->n_rows;
        if (job.n_codes / 2 > n_cells) /* few rows of a big dictionary: by value */
            continue;
        l->table = tw_alloc(TW_MAX(job.n_codes, 1u));
        if (!l->table)
            return tw_fail_nomem(err);
        l->next = run->tables;
        run->tables = l;
        for (int v6 = 0; v6 <= (l->column->type == TRAWL_IP); v6++) {
            job.is_v6 = v6;
            rc = tw_pool_run((job.n_codes + BATCH_ROWS - 1) / BATCH_ROWS, lift_batch, &job, err);
            if (rc)
                return rc;
        }
    }
    return TRAWL_OK;
}

static int prepare(struct tw_run *run, const struct node *n, trawl_error *err)
{
    const struct node *child = n->first;
    int rc = TRAWL_OK;

    if (n->kind == N_PRESENCE && !run->presence[n->id])
        rc = run->expr->names.presence(run->expr->names.context, run->table, n->name,
                                       strlen(n->name), &run->presence[n->id], err);
    if (n->lift && !run->lifted[n->id])
        rc = prepare_lift(run, n, err);
    for (size_t i = 0; !rc && i < n->n_children; i++, child = child->next)
        rc = prepare(run, child, err);
    return rc;
}

int tw_run_regex(struct tw_run *run, unsigned i_thread, struct tw_regex_state **ret,
                 trawl_error *err)
{
    *ret = NULL;
    if (!run->expr->regexes)
        return TRAWL_OK;
    if (!run->threads[i_thread].regex)
        run->threads[i_thread].regex = tw_regex_state_new(err);
    *ret = run->threads[i_thread].regex;
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

int tw_run_init(struct tw_run *run, const tw_expr *x, const struct node *root, tw_table *table,
                trawl_error *err)
{
    size_t n_columns = table->schema->n_columns;
    int rc;

    memset(run, 0, sizeof(*run));
    run->expr = x;
    run->table = table;
    run->n_threads = tw_pool_threads();
    run->columns = tw_arena_alloc(&run->arena, (n_columns + 1) * sizeof(*run->columns));
    run->lifted = tw_arena_alloc(&run->arena, x->n_nodes * sizeof(*run->lifted));
    run->presence = tw_arena_alloc(&run->arena, x->n_nodes * sizeof(*run->presence));
    run->threads = tw_arena_alloc(&run->arena, run->n_threads * sizeof(*run->threads));
    if (!run->columns || !run->lifted || !run->presence || !run->threads)
        return tw_fail_nomem(err);
    rc = tw_table_prefetch(table, x->columns, x->n_columns, err);
    for (size_t i = 0; !rc && i < x->n_columns; i++)
        rc = tw_table_column(table, x->columns[i], &run->columns[x->columns[i]], err);
    return rc ? rc : prepare(run, root, err);
}

void tw_run_fini(struct tw_run *run)
{
    for (unsigned i = 0; run->threads && i < run->n_threads; i++) {
        tw_scratch_fini(&run->threads[i].scratch);
        tw_regex_state_free(run->threads[i].regex);
    }
    for (uint32_t i = 0; run->presence && i < run->expr->n_nodes; i++)
        tw_bits_release(run->presence[i]);
    for (const struct lifted *l = run->tables; l; l = l->next)
        tw_free(l->table);
    tw_arena_fini(&run->arena);
}

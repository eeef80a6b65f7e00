/* Rows of comparisons into the cells of a table, on all threads. Knows nothing of how rows are
 * chosen. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "stats.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare captures: no memory");
}

/* ---- q-values ---- */

/* A p-value that some values have: Benjamini and Hochberg give them the same q. */
struct shared {
    double p;
    uint64_t n;
    double *at; /* where the q goes */
};

static int by_p(const void *a, const void *b)
{
    const struct shared *x = a, *y = b;

    return x->p < y->p ? -1 : x->p > y->p;
}

static void adjust_shared(struct shared *list, size_t n)
{
    uint64_t n_values = 0, rank;
    double least = 1;

    qsort(list, n, sizeof(*list), by_p);
    for (size_t i = 0; i < n; i++)
        n_values += list[i].n;
    rank = n_values;
    for (size_t i = n; i-- > 0;) {
        /* of equal ones the last in order has the least quotient */
        const double q = list[i].p * (double)n_values / (double)rank;

        least = q < least ? q : least;
        *list[i].at = least;
        rank -= list[i].n;
    }
}

/* A field that one side does not have leaves nothing to test: its values have no q, and are none of
 * the tests that the others are adjusted for. */
static int is_tested(const struct pair *pair)
{
    return pair->left && pair->right;
}

static int adjust(const struct report *report, size_t n_fields, trawl_error *err)
{
    size_t n = 0, n_tests = 0;
    struct shared *list;

    for (size_t f = 0; f < n_fields; f++)
        n += report->pairs[f].tests.n;
    list = host->alloc(((n > n_fields ? n : n_fields) + 1) * sizeof(*list));
    if (!list)
        return no_memory(err);
    n = 0;
    for (size_t f = 0; f < n_fields; f++) {
        const struct pair *pair = &report->pairs[f];
        const struct pair_tests *t = &pair->tests;

        for (uint32_t i = 0; is_tested(pair) && i < t->n; i++)
            list[n++] = (struct shared){t->p[i], t->count[i], &t->p[i]};
    }
    adjust_shared(list, n);
    for (size_t f = 0; f < n_fields; f++) {
        struct field_test *test = &report->pairs[f].test;

        if (test->there)
            list[n_tests++] = (struct shared){test->p, 1, &test->p};
    }
    adjust_shared(list, n_tests);
    host->free(list);
    return TRAWL_OK;
}

/* ---- cells ---- */

enum { CHUNK_ROWS = 4096, N_EFFECTS = 64 };

/* Some rows of a field. */
struct chunk {
    const struct report *report;
    size_t field;
    size_t from, n;
    uint64_t at; /* in the table */
};

struct putting {
    const struct chunk *chunks;
    const struct report_codes *codes;
    trawl_cells cells[N_REPORT_COLUMNS];
    int different;
};

#define CELLS(type, column) ((type *)p->cells[column].data + c->at)

/* Which rows of a word have a value. Other threads may have rows of it. */
static void flush(const struct putting *p, int column, uint64_t row, uint64_t *bits)
{
    if (*bits)
        __atomic_fetch_or(&p->cells[column].valid[row / 64], *bits, __ATOMIC_RELAXED);
    *bits = 0;
}

static void put_valid(const struct putting *p, const struct chunk *c)
{
    const struct pair *pair = &c->report->pairs[c->field];
    const uint64_t end = c->at + c->n;
    const int tested = is_tested(pair);
    uint64_t change = 0, values = 0, all = 0;

    for (uint64_t at = c->at; at < end; at++) {
        const struct pair_row *r = &pair->rows[c->from + (at - c->at)];
        const uint64_t bit = UINT64_C(1) << (at % 64);

        if (pair_is_value(r)) {
            values |= bit;
            change |= r->left && r->right ? 0 : bit;
        }
        all |= bit;
        if (at % 64 == 63 || at + 1 == end) {
            const struct {
                int column, there;
                uint64_t bits;
            } of[] = {{LEFT_RATE_COLUMN, c->report->left_seconds > 0, values},
                      {RIGHT_RATE_COLUMN, c->report->right_seconds > 0, values},
                      {Q_COLUMN, tested, values},
                      {EFFECT_COLUMN, tested, values},
                      {FIELD_Q_COLUMN, pair->test.there, all},
                      {FIELD_EFFECT_COLUMN, pair->test.there, all},
                      {CHANGE_COLUMN, 1, change}};

            for (size_t i = 0; i < TRAWL_COUNT(of); i++) {
                uint64_t bits = of[i].there ? of[i].bits : 0;

                flush(p, of[i].column, at, &bits);
            }
            change = values = all = 0;
        }
    }
}

static void put_counts(const struct putting *p, const struct chunk *c, int *different)
{
    const struct pair *pair = &c->report->pairs[c->field];
    uint32_t *report = CELLS(uint32_t, REPORT_COLUMN), *field = CELLS(uint32_t, FIELD_COLUMN);
    uint32_t *value = CELLS(uint32_t, VALUE_COLUMN), *change = CELLS(uint32_t, CHANGE_COLUMN);
    uint64_t *left = CELLS(uint64_t, LEFT_COLUMN), *right = CELLS(uint64_t, RIGHT_COLUMN);
    int64_t *delta = CELLS(int64_t, DELTA_COLUMN), *total = CELLS(int64_t, TOTAL_COLUMN);
    double *left_share = CELLS(double, LEFT_SHARE_COLUMN);
    double *right_share = CELLS(double, RIGHT_SHARE_COLUMN);
    double *delta_share = CELLS(double, DELTA_SHARE_COLUMN);

    for (size_t i = 0; i < c->n; i++) {
        const struct pair_row *r = &pair->rows[c->from + i];
        const struct pair_numbers n = pair_numbers_of(pair, r);

        report[i] = c->report->code;
        field[i] = p->codes->fields[c->field];
        value[i] = r->i_p == PAIR_NEW     ? p->codes->new_values
                   : r->i_p == PAIR_WIDTH ? p->codes->width
                                          : r->value;
        if (pair_is_value(r) && !(r->left && r->right))
            change[i] = r->left ? p->codes->is_gone : p->codes->is_new;
        left[i] = r->left;
        right[i] = r->right;
        delta[i] = n.delta;
        total[i] = n.total;
        left_share[i] = n.left_share;
        right_share[i] = n.right_share;
        delta_share[i] = n.delta_share;
        *different |= n.delta != 0 || n.delta_share != 0;
    }
}

/* Effects of counts that many rows have. */
struct effect {
    uint32_t left, right;
    double h;
};

static double effect_of(const struct pair *pair, const struct pair_row *r, struct effect *known)
{
    struct effect *e = &known[(r->left * 31 + r->right) % N_EFFECTS];

    if (e->left != r->left || e->right != r->right)
        *e = (struct effect){r->left, r->right,
                             stats_cohen_h((double)r->left / (double)pair->left,
                                           (double)r->right / (double)pair->right)};
    return e->h;
}

static void put_numbers(const struct putting *p, const struct chunk *c)
{
    const struct pair *pair = &c->report->pairs[c->field];
    const double left_seconds = c->report->left_seconds, right_seconds = c->report->right_seconds;
    const int tested = is_tested(pair);
    double *left_rate = CELLS(double, LEFT_RATE_COLUMN);
    double *right_rate = CELLS(double, RIGHT_RATE_COLUMN);
    double *q = CELLS(double, Q_COLUMN), *effect = CELLS(double, EFFECT_COLUMN);
    double *field_q = CELLS(double, FIELD_Q_COLUMN);
    double *field_effect = CELLS(double, FIELD_EFFECT_COLUMN);
    struct effect known[N_EFFECTS] = {{0}};

    for (size_t i = 0; i < c->n; i++) {
        const struct pair_row *r = &pair->rows[c->from + i];

        if (pair_is_value(r)) {
            if (left_seconds > 0)
                left_rate[i] = r->left / left_seconds;
            if (right_seconds > 0)
                right_rate[i] = r->right / right_seconds;
            if (tested) {
                q[i] = pair->tests.p[r->i_p];
                effect[i] = effect_of(pair, r, known);
            }
        }
        if (pair->test.there) {
            field_q[i] = pair->test.p;
            field_effect[i] = pair->test.effect;
        }
    }
}

static int put_chunk(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct putting *p = context;
    const struct chunk *c = &p->chunks[i];
    int different = 0;

    (void)i_thread;
    (void)err;
    put_counts(p, c, &different);
    put_numbers(p, c);
    put_valid(p, c);
    if (different)
        __atomic_store_n(&p->different, 1, __ATOMIC_RELAXED);
    return TRAWL_OK;
}

static struct chunk *make_chunks(const struct report *reports, size_t n, size_t n_fields,
                                 size_t *ret_n, uint64_t *ret_rows, trawl_error *err)
{
    struct chunk *chunks;
    size_t n_chunks = 0;
    uint64_t at = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < n_fields; f++)
            n_chunks += (reports[i].pairs[f].n + CHUNK_ROWS - 1) / CHUNK_ROWS;
    chunks = host->alloc((n_chunks + 1) * sizeof(*chunks));
    if (!chunks) {
        no_memory(err);
        return NULL;
    }
    n_chunks = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < n_fields; f++) {
            const size_t n_rows = reports[i].pairs[f].n;

            for (size_t from = 0; from < n_rows; from += CHUNK_ROWS) {
                const size_t some = n_rows - from < CHUNK_ROWS ? n_rows - from : CHUNK_ROWS;

                chunks[n_chunks++] = (struct chunk){&reports[i], f, from, some, at};
                at += some;
            }
        }
    }
    *ret_n = n_chunks;
    *ret_rows = at;
    return chunks;
}

int reports_put(trawl_call *call, const struct report *reports, size_t n, size_t n_fields,
                const struct report_codes *codes, trawl_builder *builder, int *ret_different,
                trawl_error *err)
{
    static const uint8_t nullable[] = {CHANGE_COLUMN,      LEFT_RATE_COLUMN, RIGHT_RATE_COLUMN,
                                       Q_COLUMN,           EFFECT_COLUMN,    FIELD_Q_COLUMN,
                                       FIELD_EFFECT_COLUMN};
    struct putting p = {.codes = codes};
    uint64_t n_rows = 0;
    size_t n_chunks = 0;
    struct chunk *chunks = make_chunks(reports, n, n_fields, &n_chunks, &n_rows, err);
    int rc = chunks ? TRAWL_OK : TRAWL_E_NOMEM;

    p.chunks = chunks;
    for (size_t i = 0; i < N_REPORT_COLUMNS; i++)
        p.cells[i].size = sizeof(p.cells[i]);
    for (size_t i = 0; i < TRAWL_COUNT(nullable); i++)
        p.cells[nullable[i]].may_be_null = 1;
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = adjust(&reports[i], n_fields, err);
    if (rc == TRAWL_OK)
        rc = host->builder_rows(builder, n_rows, p.cells, err);
    if (rc == TRAWL_OK)
        rc = host->parallel(call, n_chunks, put_chunk, &p, err);
    *ret_different |= p.different;
    host->free(chunks);
    return rc;
}

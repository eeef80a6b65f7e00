/* compare: how the values of every field differ between captures, as traffic-taffy reckons it.
 * Knows nothing of how values are found. */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { ROW_VALUE, ROW_NEW, ROW_WIDTH };

struct row {
    enum kind kind;
    uint32_t left_i, right_i; /* value on that side, UINT32_MAX: none */
    uint64_t left, right;
    int64_t delta, total;
    double left_share, right_share, delta_share; /* fractions */
    uint64_t order;                              /* ties: order of appearance */
    const char *text;
};

struct field_rows {
    struct row *rows;
    size_t n, capacity;
};

/* ---- numbers ---- */

static double share(uint64_t part, uint64_t all)
{
    return all ? (double)part / (double)all : 1.0;
}

static struct row both_sides(uint64_t left, uint64_t right, uint64_t left_sum, uint64_t right_sum)
{
    struct row r = {.left = left, .right = right};

    r.left_share = share(left, left_sum);
    r.right_share = share(right, right_sum);
    r.delta_share = r.right_share - r.left_share;
    r.delta = (int64_t)right - (int64_t)left;
    r.total = (int64_t)(left + right);
    return r;
}

static struct row only_left(uint64_t left, uint64_t left_sum)
{
    return (struct row){.left = left,
                        .left_share = share(left, left_sum),
                        .delta_share = -1,
                        .delta = -(int64_t)left,
                        .total = -(int64_t)left};
}

static struct row only_right(uint64_t right, uint64_t right_sum)
{
    return (struct row){.right = right,
                        .right_share = share(right, right_sum),
                        .delta_share = 1,
                        .delta = (int64_t)right,
                        .total = (int64_t)right};
}

/* ---- filters and order ---- */

static int is_wanted(const struct compare_opts *o, const struct row *r)
{
    uint64_t size = r->total < 0 ? (o->vanished ? (uint64_t)-r->total : 0) : (uint64_t)r->total;

    if (o->positive && r->delta_share <= 0)
        return 0;
    if (o->negative && r->delta_share >= 0)
        return 0;
    if (o->threshold > 0 && fabs(r->delta_share) <= o->threshold / 100)
        return 0;
    return o->min_count == 0 || size > o->min_count;
}

/* qsort has no context: what the rows are sorted by, set before each sort on the shell's thread. */
static int sort_by, sort_up;

static double sort_value(const struct row *r)
{
    switch (sort_by) {
    case 1:
        return (double)r->delta;
    case 2:
        return (double)r->left;
    case 3:
        return (double)r->right;
    case 4:
        return r->left_share;
    case 5:
        return r->right_share;
    case 6:
        return (double)r->total;
    default:
        return r->delta_share;
    }
}

static int by_choice(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    double vx = sort_value(x), vy = sort_value(y);

    if (vx < vy)
        return sort_up ? -1 : 1;
    if (vx > vy)
        return sort_up ? 1 : -1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- one field ---- */

static int add_row(struct field_rows *rows, const struct compare_opts *o, struct row row,
                   enum kind kind, uint32_t left_i, uint32_t right_i, trawl_error *err)
{
    row.kind = kind;
    row.left_i = left_i;
    row.right_i = right_i;
    if (!is_wanted(o, &row))
        return TRAWL_OK;
    if (rows->n == rows->capacity) {
        size_t more = rows->capacity ? rows->capacity * 2 : 256;
        struct row *p = host->realloc(rows->rows, more * sizeof(*p));

        if (!p)
            return host->fail(err, TRAWL_E_NOMEM, "could not compare values: no memory");
        rows->rows = p;
        rows->capacity = more;
    }
    row.order = rows->n;
    rows->rows[rows->n++] = row;
    return TRAWL_OK;
}

static int collect(trawl_call *call, const struct compare_opts *o, const struct values *left,
                   const struct values *right, struct field_rows *rows, trawl_error *err)
{
    uint64_t left_sum = left->sum + (o->width ? left->counts.n : 0);
    uint64_t right_sum = right->sum + (o->width ? right->counts.n : 0);
    uint64_t n_gone = 0, n_new = 0;
    uint32_t *right_of, *left_of;
    struct row width;
    int rc = values_match(call, left, right, &right_of, &left_of, err);

    for (uint64_t i = 0; i < left->counts.n && rc == TRAWL_OK; i++) {
        uint64_t n = left->counts.counts[i];
        int gone = right_of[i] == UINT32_MAX;

        n_gone += (uint64_t)gone;
        rc = add_row(rows, o,
                     gone ? only_left(n, left_sum)
                          : both_sides(n, right->counts.counts[right_of[i]], left_sum, right_sum),
                     ROW_VALUE, (uint32_t)i, right_of[i], err);
    }
    for (uint64_t i = 0; i < right->counts.n && rc == TRAWL_OK; i++) {
        if (left_of[i] != UINT32_MAX)
            continue;
        n_new++;
        rc = add_row(rows, o, only_right(right->counts.counts[i], right_sum), ROW_VALUE, UINT32_MAX,
                     (uint32_t)i, err);
    }
    if (rc == TRAWL_OK)
        rc = add_row(rows, o, both_sides(n_gone, n_new, left_sum, right_sum), ROW_NEW, UINT32_MAX,
                     UINT32_MAX, err);
    width = right->counts.n == 0 ? only_left(left->counts.n, left_sum)
            : left->counts.n == 0
                ? only_right(right->counts.n, right_sum)
                : both_sides(left->counts.n, right->counts.n, left_sum, right_sum);
    if (rc == TRAWL_OK)
        rc = add_row(rows, o, width, ROW_WIDTH, UINT32_MAX, UINT32_MAX, err);
    return rc;
}

static const char *row_text(trawl_call *call, const struct values *left, const struct values *right,
                            const struct row *r, trawl_error *err)
{
    if (r->kind == ROW_NEW)
        return NEW_NAME;
    if (r->kind == ROW_WIDTH)
        return WIDTH_NAME;
    return r->left_i != UINT32_MAX ? values_text(call, left, r->left_i, err)
                                   : values_text(call, right, r->right_i, err);
}

struct output {
    trawl_builder *builder;
    const char *report;
    int different;
};

static void put_row(struct output *out, const char *field, const struct row *r)
{
    trawl_builder *b = out->builder;

    host->put_text(b, out->report);
    host->put_text(b, field);
    host->put_text(b, r->text);
    host->put_u64(b, r->left);
    host->put_u64(b, r->right);
    host->put_i64(b, r->delta);
    host->put_f64(b, r->left_share * 100);
    host->put_f64(b, r->right_share * 100);
    host->put_f64(b, r->delta_share * 100);
    host->put_i64(b, r->total);
    host->end_row(b);
    if (r->delta != 0 || r->delta_share != 0)
        out->different = 1;
}

static int compare_field(trawl_call *call, const struct compare_opts *o, const struct side *a,
                         const struct side *b, size_t i_field, struct output *out, trawl_error *err)
{
    struct values left, right;
    struct field_rows rows = {0};
    uint64_t n_put = 0;
    int rc = values_get(call, a, i_field, &left, err);

    if (rc == TRAWL_OK)
        rc = values_get(call, b, i_field, &right, err);
    if (rc != TRAWL_OK || (left.counts.n == 0 && right.counts.n == 0))
        return rc;
    rc = collect(call, o, &left, &right, &rows, err);
    if (rc == TRAWL_OK && rows.n > 1)
        qsort(rows.rows, rows.n, sizeof(*rows.rows), by_choice);
    for (size_t i = 0; i < rows.n && rc == TRAWL_OK && (o->top == 0 || n_put < o->top); i++) {
        struct row *r = &rows.rows[i];

        r->text = row_text(call, &left, &right, r, err);
        if (!r->text) {
            rc = TRAWL_E_NOMEM;
        } else if (matches_any(r->text, &o->values)) {
            put_row(out, a->names[i_field], r);
            n_put++;
        }
    }
    host->free(rows.rows);
    return rc;
}

/* ---- sides ---- */

static int compare_pair(trawl_call *call, const struct compare_opts *o, const struct side *a,
                        const struct side *b, struct output *out, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t f = 0; f < a->n_fields && rc == TRAWL_OK; f++) {
        if (host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        else
            rc = compare_field(call, o, a, b, f, out, err);
    }
    return rc;
}

static char *pair_name(trawl_call *call, const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    char *text = host->call_alloc(call, na + nb + 5);

    if (text) {
        memcpy(text, a, na);
        memcpy(text + na, " vs ", 4);
        memcpy(text + na + 4, b, nb + 1);
    }
    return text;
}

static int compare_all(trawl_call *call, const struct compare_opts *o, const struct sides *sides,
                       struct output *out, trawl_error *err)
{
    int rc = fields_choose(call, &o->fields, o->match, sides->items, sides->n, err);

    sort_up = o->reverse;
    sort_by = 0;
    for (int i = 0; compare_sorts[i]; i++) {
        if (strcmp(o->sort, compare_sorts[i]) == 0)
            sort_by = i;
    }
    for (size_t i = 0; i + 1 < sides->n && rc == TRAWL_OK; i++) {
        out->report = pair_name(call, sides->names[i], sides->names[i + 1]);
        rc = out->report ? compare_pair(call, o, &sides->items[i], &sides->items[i + 1], out, err)
                         : host->fail(err, TRAWL_E_NOMEM, "could not name a report: no memory");
    }
    return rc;
}

/* ---- the command ---- */

static int new_builder(trawl_builder **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < COMPARE_N_COLUMNS && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &compare_columns[i], err);
    if (rc == TRAWL_OK) {
        *ret = host->builder_new(schema, err);
        rc = *ret ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    host->schema_free(schema);
    return rc;
}

int compare_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err)
{
    const struct compare_opts *o = opts;
    struct output out = {0};
    struct sides sides = {0};
    int rc = sides_open(call, &o->captures, o->bin, &sides, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = new_builder(&out.builder, err);
    if (rc == TRAWL_OK)
        rc = compare_all(call, o, &sides, &out, err);
    if (rc == TRAWL_OK) {
        rc = host->finish(out.builder, ret, err);
        out.builder = NULL;
    }
    host->builder_free(out.builder);
    sides_close(&sides);
    return rc == TRAWL_OK && o->exit_code && out.different ? TRAWL_E_DIFFERENT : rc;
}

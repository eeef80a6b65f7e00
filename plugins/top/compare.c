/* What got slower from one capture to another, by destination and measure. Knows nothing of
 * segments. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

enum { KEY_ROOM = 320 };

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "destination", .type = TRAWL_STRING, .help = "address, name, …"),
    TRAWL_COLUMN(
            .name = "measure", .type = TRAWL_STRING,
            .help = "lat, rtt, ttfb, think, transfer, as in top; with --protocols dns, http, tls"),
    TRAWL_COLUMN(.name = "percentile", .type = TRAWL_F64, .priority = 4, .help = "which of it"),
    TRAWL_COLUMN(.name = "verdict", .type = TRAWL_STRING,
                 .help = "slower, faster: the intervals do not touch; same; new, gone: only one "
                         "capture has it"),
    TRAWL_COLUMN(.name = "before", .type = TRAWL_SPAN, .help = "in the other capture"),
    TRAWL_COLUMN(.name = "now", .type = TRAWL_SPAN, .help = "in this one"),
    TRAWL_COLUMN(.name = "change", .type = TRAWL_SPAN, .priority = 1, .help = "now - before"),
    TRAWL_COLUMN(.name = "change_pct", .type = TRAWL_F64, .flags = TRAWL_COLUMN_CHANGE,
                 .priority = 2, .unit = "%", .help = "of before"),
    TRAWL_COLUMN(.name = "n_before", .type = TRAWL_U64, .priority = 3, .help = "values before"),
    TRAWL_COLUMN(.name = "n_now", .type = TRAWL_U64, .priority = 3, .help = "values now"),
    TRAWL_COLUMN(.name = "before_low", .type = TRAWL_SPAN, .priority = 5,
                 .help = "95 % confidence interval of before: null, its end is not known",
                 .source = "Conover, Practical Nonparametric Statistics, 3.2: ranks n q ± 1.96 "
                           "√(n q (1 - q))"),
    TRAWL_COLUMN(.name = "before_high", .type = TRAWL_SPAN, .priority = 5, .help = "its end"),
    TRAWL_COLUMN(.name = "now_low", .type = TRAWL_SPAN, .priority = 5, .help = "the same of now"),
    TRAWL_COLUMN(.name = "now_high", .type = TRAWL_SPAN, .priority = 5, .help = "its end"),
};

int compare_schema(const struct plan *plan, trawl_schema **ret, trawl_error *err)
{
    (void)plan;
    *ret = host->schema_from(columns, TRAWL_COUNT(columns), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* ---- destinations of both ---- */

struct keyed {
    const struct destination *d;
    char key[KEY_ROOM];
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static int list_keys(const struct plan *plan, const struct top *top, struct keyed **ret,
                     trawl_error *err)
{
    struct keyed *keys = host->alloc((top->all.n + 1) * sizeof(*keys));

    if (!keys)
        return top_nomem(err);
    for (size_t i = 0; i < top->all.n; i++) {
        keys[i].d = &top->all.items[i];
        key_text(plan, top, keys[i].d, keys[i].key, sizeof(keys[i].key));
    }
    qsort(keys, top->all.n, sizeof(*keys), by_key);
    *ret = keys;
    return TRAWL_OK;
}

/* ---- one row ---- */

enum verdict { SLOWER, FASTER, SAME, NEW, GONE };

struct bounds {
    uint64_t n;
    int64_t value, low, high;
    uint8_t has_low, has_high;
};

struct row {
    const char *key;
    int measure;
    double percentile;
    struct bounds before, now;
    enum verdict verdict;
    double lost; /* what the change cost all its values together, ns */
};

static struct bounds bounds_of(const struct samples *s, double q)
{
    struct bounds b = {.n = s->n};
    double middle, reach, low, high;

    if (s->n == 0)
        return b;
    b.value = samples_quantile(s, q);
    middle = (double)s->n * q;
    reach = 1.96 * sqrt(middle * (1 - q));
    low = floor(middle - reach);
    high = ceil(middle + reach);
    if (low >= 1) {
        b.low = samples_at(s, (uint64_t)low - 1);
        b.has_low = 1;
    }
    if (high <= (double)s->n) {
        b.high = samples_at(s, (uint64_t)high - 1);
        b.has_high = 1;
    }
    return b;
}

static enum verdict judge(const struct bounds *before, const struct bounds *now)
{
    if (before->n == 0)
        return NEW;
    if (now->n == 0)
        return GONE;
    if (before->has_high && now->has_low && now->low > before->high)
        return SLOWER;
    if (now->has_high && before->has_low && now->high < before->low)
        return FASTER;
    return SAME;
}

struct rows {
    struct row *items;
    size_t n;
};

static void add_rows(const struct plan *plan, const struct keyed *before, const struct keyed *now,
                     struct rows *rows)
{
    for (int m = 0; m < N_MEASURES; m++) {
        const enum measure of = (enum measure)m;
        const struct samples *a = before ? numbers_of(&before->d->numbers, of) : &samples_none;
        const struct samples *b = now ? numbers_of(&now->d->numbers, of) : &samples_none;

        for (size_t k = 0; m != Q_REQUESTS && (a->n || b->n) && k < plan->n_percentiles; k++) {
            const double q = plan->percentiles[k] / 100;
            struct row row = {.key = now ? now->key : before->key,
                              .measure = m,
                              .percentile = plan->percentiles[k],
                              .before = bounds_of(a, q),
                              .now = bounds_of(b, q)};

            row.verdict = judge(&row.before, &row.now);
            row.lost = ((double)row.now.value - (double)row.before.value) *
                       (double)(row.now.n ? row.now.n : row.before.n);
            rows->items[rows->n++] = row;
        }
    }
}

static int by_loss(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const int first = a->verdict == SLOWER, second = b->verdict == SLOWER;

    if (first != second)
        return second - first;
    if (a->lost < b->lost || a->lost > b->lost)
        return a->lost > b->lost ? -1 : 1;
    if (strcmp(a->key, b->key) != 0)
        return strcmp(a->key, b->key);
    if (a->measure != b->measure)
        return a->measure - b->measure;
    return (a->percentile > b->percentile) - (a->percentile < b->percentile);
}

static void put_span(trawl_builder *b, int has, int64_t value)
{
    if (has)
        host->put_i64(b, value);
    else
        host->put_null(b);
}

static void put_row(const struct row *row, trawl_builder *b)
{
    static const char *const verdicts[] = {"slower", "faster", "same", "new", "gone"};
    const int both = row->before.n && row->now.n;
    const int64_t change = row->now.value - row->before.value;

    host->put_text(b, row->key);
    host->put_text(b, measure_names[row->measure]);
    host->put_f64(b, row->percentile);
    host->put_text(b, verdicts[row->verdict]);
    put_span(b, row->before.n > 0, row->before.value);
    put_span(b, row->now.n > 0, row->now.value);
    put_span(b, both, change);
    if (both && row->before.value)
        host->put_f64(b, 100.0 * (double)change / (double)row->before.value);
    else
        host->put_null(b);
    host->put_u64(b, row->before.n);
    host->put_u64(b, row->now.n);
    put_span(b, row->before.has_low, row->before.low);
    put_span(b, row->before.has_high, row->before.high);
    put_span(b, row->now.has_low, row->now.low);
    put_span(b, row->now.has_high, row->now.high);
    host->end_row(b);
}

/* Both lists of rows, merged by their keys. */
static void merge_keys(const struct plan *plan, const struct keyed *a, size_t n_a,
                       const struct keyed *b, size_t n_b, struct rows *rows)
{
    size_t i = 0, k = 0;

    while (i < n_a || k < n_b) {
        const int order = i == n_a ? 1 : k == n_b ? -1 : strcmp(a[i].key, b[k].key);

        add_rows(plan, order <= 0 ? &a[i] : NULL, order >= 0 ? &b[k] : NULL, rows);
        i += order <= 0;
        k += order >= 0;
    }
}

int compare_table(const struct plan *plan, const struct top *before, const struct top *now,
                  trawl_table **ret, trawl_error *err)
{
    const size_t most = (before->all.n + now->all.n) * N_MEASURES * plan->n_percentiles;
    struct rows rows = {.items = host->alloc((most + 1) * sizeof(*rows.items))};
    struct keyed *a = NULL, *b = NULL;
    trawl_schema *schema = NULL;
    trawl_builder *builder = NULL;
    int rc = rows.items ? list_keys(plan, before, &a, err) : top_nomem(err);

    if (rc == TRAWL_OK)
        rc = list_keys(plan, now, &b, err);
    if (rc == TRAWL_OK)
        rc = compare_schema(plan, &schema, err);
    if (rc == TRAWL_OK) {
        builder = host->builder_new(schema, err);
        rc = builder ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    host->schema_free(schema);
    if (rc == TRAWL_OK) {
        merge_keys(plan, a, before->all.n, b, now->all.n, &rows);
        qsort(rows.items, rows.n, sizeof(*rows.items), by_loss);
        for (size_t r = 0; r < rows.n; r++)
            put_row(&rows.items[r], builder);
        rc = host->finish(builder, ret, err);
    }
    host->free(a);
    host->free(b);
    host->free(rows.items);
    return rc;
}

/* correlation and correlationchanges: which counts rise and fall together over time.
 * Knows nothing of how counts or correlations are reckoned. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "correlate.h"
#include "series.h"

enum { FIT_BINS = 100, MAX_PAIRS = 1000000 }; /* bins, unless a width is asked for */

struct correlation_opts {
    struct scope scope;
    trawl_words captures;
    int64_t bin;
    uint64_t max_series, width, slide;
    double minimum, change;
    const char *method;
    uint8_t absolute, fill;
};

struct pair {
    uint32_t left, right;
    double before, after; /* correlation has only the second */
    int64_t time_ns;
};

/* What a thread keeps. */
struct worker {
    struct pair *pairs;
    size_t n, room;
    uint32_t *dense; /* by row, or two rows of numbers and one of places */
    uint64_t *scratch;
};

struct job {
    const struct correlation_opts *o;
    const struct series_set *set;
    enum correlate_method method;
    uint32_t *row_of_slot;
    uint64_t n_rows;
    int64_t first_ns; /* with fill: start of row 0 */
    struct sparse *series;
    struct spot *spots;
    struct worker *workers;
    unsigned n_workers;
    atomic_uint_fast64_t n_pairs;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not correlate counts: no memory");
}

static enum correlate_method method_of(const char *name)
{
    return strcmp(name, "spearman") == 0  ? CORRELATE_SPEARMAN
           : strcmp(name, "kendall") == 0 ? CORRELATE_KENDALL
                                          : CORRELATE_PEARSON;
}

static int keep_pair(struct job *job, struct worker *w, struct pair pair, trawl_error *err)
{
    if (atomic_fetch_add_explicit(&job->n_pairs, 1, memory_order_relaxed) >= MAX_PAIRS) {
        int rc = host->fail(err, TRAWL_E_USAGE, "more than %d pairs to report", MAX_PAIRS);

        host->hint(err, "Raise what a pair needs, or leave rare values out: -c 10.");
        return rc;
    }
    if (w->n == w->room) {
        const size_t room = w->room * 2 + 256;
        struct pair *more = host->realloc(w->pairs, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        w->pairs = more;
        w->room = room;
    }
    w->pairs[w->n++] = pair;
    return TRAWL_OK;
}

/* ---- rows: the time bins that are looked at ---- */

/* With fill all bins from the first packet to the last, else those in which a series occurs. */
static int number_rows(trawl_call *call, struct job *job, trawl_error *err)
{
    const struct series_set *set = job->set;
    const struct slot *slots = set->sample.slots;
    const size_t n_slots = set->sample.n_slots;
    uint32_t row = 0;

    job->row_of_slot = host->call_alloc(call, (n_slots + 1) * sizeof(*job->row_of_slot));
    if (!job->row_of_slot)
        return no_memory(err);
    memset(job->row_of_slot, 0, (n_slots + 1) * sizeof(*job->row_of_slot));
    if (job->o->fill && n_slots) {
        const uint64_t bin = (uint64_t)set->sample.bin_ns;

        job->first_ns = slots[0].start_ns;
        job->n_rows = ((uint64_t)slots[n_slots - 1].start_ns - (uint64_t)job->first_ns) / bin + 1;
        if (job->n_rows > CORRELATE_MAX_ROWS) {
            int rc = host->fail(err, TRAWL_E_USAGE, "more than %d time bins to correlate",
                                CORRELATE_MAX_ROWS);

            host->hint(err, "Give a larger --bin.");
            return rc;
        }
        for (size_t s = 0; s < n_slots; s++)
            job->row_of_slot[s] = (uint32_t)(((uint64_t)slots[s].start_ns -
                                              (uint64_t)job->first_ns) /
                                             bin);
        return TRAWL_OK;
    }
    for (size_t i = 0; i < set->n; i++) {
        for (size_t k = 0; k < set->items[i].n; k++)
            job->row_of_slot[set->items[i].points[k].slot] = 1;
    }
    for (size_t s = 0; s < n_slots; s++) {
        const uint32_t is_row = job->row_of_slot[s];

        job->row_of_slot[s] = row;
        row += is_row;
    }
    job->n_rows = row;
    return TRAWL_OK;
}

static int open_workers(trawl_call *call, struct job *job, size_t n_dense, size_t n_scratch,
                        trawl_error *err)
{
    job->n_workers = host->n_threads();
    job->workers = host->call_alloc(call, job->n_workers * sizeof(*job->workers));
    if (!job->workers)
        return no_memory(err);
    memset(job->workers, 0, job->n_workers * sizeof(*job->workers));
    for (unsigned i = 0; i < job->n_workers; i++) {
        job->workers[i].dense = host->alloc((n_dense + 1) * sizeof(uint32_t));
        job->workers[i].scratch = host->alloc((n_scratch + 1) * sizeof(uint64_t));
        if (!job->workers[i].dense || !job->workers[i].scratch)
            return no_memory(err);
    }
    return TRAWL_OK;
}

static void close_job(struct job *job)
{
    for (unsigned i = 0; job->workers && i < job->n_workers; i++) {
        host->free(job->workers[i].pairs);
        host->free(job->workers[i].dense);
        host->free(job->workers[i].scratch);
    }
    host->free(job->spots);
    host->free(job->series);
}

/* ---- correlation: all rows ---- */

static int correlate_with_rest(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct job *job = context;
    struct worker *w = &job->workers[i_thread];
    const struct sparse *a = &job->series[i];
    int rc = TRAWL_OK;

    if (!(a->spread > 0))
        return TRAWL_OK;
    correlate_scatter(a, w->dense, 0);
    for (uint64_t j = i + 1; j < job->set->n && rc == TRAWL_OK; j++) {
        const double r = correlate_pair(job->method, a, &job->series[j], w->dense, job->n_rows,
                                        w->scratch);

        if (r > job->o->minimum || (job->o->absolute && -r > job->o->minimum))
            rc = keep_pair(job, w, (struct pair){(uint32_t)i, (uint32_t)j, 0, r, 0}, err);
    }
    correlate_scatter(a, w->dense, 1);
    return rc;
}

/* Points become spots; the longest series is what scratch must hold twice over. */
static int make_sparse(struct job *job, size_t *ret_longest, trawl_error *err)
{
    const struct series_set *set = job->set;
    size_t n = 0, longest = 0;
    uint64_t *scratch;

    for (size_t i = 0; i < set->n; i++) {
        n += set->items[i].n;
        longest = set->items[i].n > longest ? set->items[i].n : longest;
    }
    job->spots = host->alloc((n + 1) * sizeof(*job->spots));
    job->series = host->alloc((set->n + 1) * sizeof(*job->series));
    scratch = host->alloc((2 * longest + 1) * sizeof(*scratch));
    if (!job->spots || !job->series || !scratch) {
        host->free(scratch);
        return no_memory(err);
    }
    n = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct series *s = &set->items[i];

        for (size_t k = 0; k < s->n; k++)
            job->spots[n + k] = (struct spot){job->row_of_slot[s->points[k].slot],
                                              s->points[k].count};
        job->series[i] = correlate_sparse(job->method, job->spots + n, s->n, job->n_rows, scratch);
        n += s->n;
    }
    host->free(scratch);
    *ret_longest = longest;
    return TRAWL_OK;
}

static int correlate_all(trawl_call *call, struct job *job, trawl_error *err)
{
    size_t longest = 0;
    int rc;

    if (job->n_rows < 3) {
        rc = host->fail(err, TRAWL_E_USAGE,
                        "too few time bins to correlate counts: %llu where 3 are needed",
                        (unsigned long long)job->n_rows);
        host->hint(err, "Give a smaller --bin.");
        return rc;
    }
    rc = make_sparse(job, &longest, err);
    if (rc == TRAWL_OK)
        rc = open_workers(call, job, (size_t)job->n_rows,
                          job->method == CORRELATE_KENDALL ? 4 * longest : 0, err);
    return rc == TRAWL_OK ? host->parallel(call, job->set->n, correlate_with_rest, job, err) : rc;
}

/* ---- correlationchanges: windows of the rows that a pair has ---- */

static int64_t time_of(const struct job *job, uint32_t place)
{
    return job->o->fill ? job->first_ns + (int64_t)place * job->set->sample.bin_ns
                        : job->set->sample.slots[place].start_ns;
}

/* The counts of two series side by side, where one of them occurs; with fill in all rows. at: the
 * slot, or with fill the row, of each. */
static size_t join(const struct job *job, const struct series *a, const struct series *b,
                   uint32_t *x, uint32_t *y, uint32_t *at)
{
    size_t i = 0, j = 0, n = 0;

    if (job->o->fill) {
        memset(x, 0, (size_t)job->n_rows * sizeof(*x));
        memset(y, 0, (size_t)job->n_rows * sizeof(*y));
        for (i = 0; i < a->n; i++)
            x[job->row_of_slot[a->points[i].slot]] = a->points[i].count;
        for (j = 0; j < b->n; j++)
            y[job->row_of_slot[b->points[j].slot]] = b->points[j].count;
        for (n = 0; n < job->n_rows; n++)
            at[n] = (uint32_t)n;
        return n;
    }
    while (i < a->n || j < b->n) {
        const uint32_t slot_a = i < a->n ? a->points[i].slot : UINT32_MAX;
        const uint32_t slot_b = j < b->n ? b->points[j].slot : UINT32_MAX;

        at[n] = slot_a < slot_b ? slot_a : slot_b;
        x[n] = slot_a <= slot_b ? a->points[i++].count : 0;
        y[n++] = slot_b <= slot_a ? b->points[j++].count : 0;
    }
    return n;
}

/* The first two windows, one behind the other, that differ enough. */
static int find_change(const struct job *job, struct worker *w, size_t i, size_t j,
                       struct pair *ret)
{
    const size_t most = (size_t)job->n_rows, width = (size_t)job->o->width;
    const size_t slide = job->o->slide ? (size_t)job->o->slide : width;
    uint32_t *x = w->dense, *y = x + most, *at = y + most;
    const size_t n = join(job, &job->set->items[i], &job->set->items[j], x, y, at);
    double last = NAN;

    for (size_t s = 0; s + 2 * width <= n; s += slide) {
        const double before = s && slide == width
                                  ? last
                                  : correlate_dense(job->method, x + s, y + s, width, w->scratch);
        const double after = correlate_dense(job->method, x + s + width, y + s + width, width,
                                             w->scratch);

        if (fabs(after - before) >= job->o->change) { /* no: one of them is none */
            *ret = (struct pair){(uint32_t)i, (uint32_t)j, before, after,
                                 time_of(job, at[s + width])};
            return 1;
        }
        last = after;
    }
    return 0;
}

static int changes_with_rest(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct job *job = context;
    struct worker *w = &job->workers[i_thread];
    int rc = TRAWL_OK;

    for (uint64_t j = i + 1; j < job->set->n && rc == TRAWL_OK; j++) {
        struct pair pair;

        if (find_change(job, w, i, j, &pair))
            rc = keep_pair(job, w, pair, err);
    }
    return rc;
}

static int find_changes(trawl_call *call, struct job *job, trawl_error *err)
{
    const size_t width = (size_t)job->o->width;
    int rc;

    if (job->n_rows < 2 * width) {
        rc = host->fail(err, TRAWL_E_USAGE, "too few time bins for two windows of %zu: %llu", width,
                        (unsigned long long)job->n_rows);
        host->hint(err, "Give a smaller --bin, or a smaller --comparison-width.");
        return rc;
    }
    rc = open_workers(call, job, (size_t)job->n_rows * 3, 4 * width, err);
    return rc == TRAWL_OK ? host->parallel(call, job->set->n, changes_with_rest, job, err) : rc;
}

/* ---- results ---- */

static const trawl_column correlation_columns[] = {
    TRAWL_COLUMN(.name = "report", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_HIDDEN,
                 .help = "Correlation Report"),
    COL("left", TRAWL_STRING, 0, NULL, "field=value"),
    COL("right", TRAWL_STRING, 0, NULL, "field=value"),
    COL("correlation", TRAWL_F64, 0, NULL, "of their counts in the time bins, -1 to 1"),
    COL("left_count", TRAWL_U64, 3, NULL, "times on the left, in all bins"),
    COL("right_count", TRAWL_U64, 3, NULL, "times on the right, in all bins"),
};
static const trawl_column change_columns[] = {
    TRAWL_COLUMN(.name = "report", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_HIDDEN,
                 .help = "Correlation Change Report"),
    COL("time", TRAWL_TIME, 1, NULL, "where the second window starts"),
    COL("left", TRAWL_STRING, 0, NULL, "field=value"),
    COL("right", TRAWL_STRING, 0, NULL, "field=value"),
    COL("left_correlation", TRAWL_F64, 3, NULL, "of their counts in the first window"),
    COL("right_correlation", TRAWL_F64, 3, NULL, "of their counts in the second window"),
    COL("delta_correlation", TRAWL_F64, 0, NULL, "right minus left correlation"),
};

static int by_places(const struct pair *a, const struct pair *b)
{
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    return a->right < b->right ? -1 : a->right > b->right;
}

static int strongest_first(const void *p, const void *q)
{
    const struct pair *a = p, *b = q;
    const double x = fabs(a->after), y = fabs(b->after);

    return x != y ? (x > y ? -1 : 1) : by_places(a, b);
}

static int earliest_first(const void *p, const void *q)
{
    const struct pair *a = p, *b = q;
    const double x = fabs(a->after - a->before), y = fabs(b->after - b->before);

    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return x != y ? (x > y ? -1 : 1) : by_places(a, b);
}

static void put_pair(trawl_builder *b, const struct job *job, const struct pair *p, int changes)
{
    const struct series *left = &job->set->items[p->left], *right = &job->set->items[p->right];

    host->put_text(b, changes ? "Correlation Change Report" : "Correlation Report");
    if (changes)
        host->put_i64(b, p->time_ns);
    host->put_text(b, left->name);
    host->put_text(b, right->name);
    if (changes) {
        host->put_f64(b, p->before);
        host->put_f64(b, p->after);
        host->put_f64(b, p->after - p->before);
    } else {
        host->put_f64(b, p->after);
        host->put_u64(b, left->total);
        host->put_u64(b, right->total);
    }
    host->end_row(b);
}

/* All threads' pairs in order: the same for any number of threads. */
static int put_pairs(const struct job *job, int changes, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = changes
                               ? host->schema_from(change_columns, TRAWL_COUNT(change_columns), err)
                               : host->schema_from(correlation_columns,
                                                   TRAWL_COUNT(correlation_columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    struct pair *all = NULL;
    size_t n = 0;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (unsigned i = 0; i < job->n_workers; i++)
        n += job->workers[i].n;
    all = host->alloc((n + 1) * sizeof(*all));
    if (!all) {
        host->builder_free(b);
        return no_memory(err);
    }
    n = 0;
    for (unsigned i = 0; i < job->n_workers; i++) {
        if (job->workers[i].n)
            memcpy(all + n, job->workers[i].pairs, job->workers[i].n * sizeof(*all));
        n += job->workers[i].n;
    }
    qsort(all, n, sizeof(*all), changes ? earliest_first : strongest_first);
    for (size_t i = 0; i < n; i++)
        put_pair(b, job, &all[i], changes);
    host->free(all);
    return host->finish(b, ret, err);
}

static int run(trawl_call *call, const struct correlation_opts *o, trawl_table *in, int changes,
               trawl_table **ret, trawl_error *err)
{
    struct series_query query = {.scope = &o->scope,
                                 .captures = &o->captures,
                                 .in = in,
                                 .bin = scope_bin(&o->scope, o->bin),
                                 .fit_bins = FIT_BINS,
                                 .most = o->max_series,
                                 .cut = scope_is_taffy(&o->scope) ? TAFFY_CUT : 0};
    struct series_set set;
    struct job job = {.o = o, .set = &set, .method = method_of(o->method)};
    int rc = series_open(call, &query, &set, err);

    if (rc == TRAWL_OK && !set.n)
        rc = series_fail_empty(&set, "correlate", err);
    if (rc == TRAWL_OK && set.n_found > set.n)
        host->log(1, "%zu series: only the %zu most frequent are correlated (--max-series)",
                  set.n_found, set.n);
    if (rc == TRAWL_OK && !query.bin)
        host->log(2, "in time bins of %s (-b chooses the width)",
                  sample_span_text(call, set.sample.bin_ns));
    if (rc == TRAWL_OK)
        rc = number_rows(call, &job, err);
    if (rc == TRAWL_OK)
        rc = changes ? find_changes(call, &job, err) : correlate_all(call, &job, err);
    if (rc == TRAWL_OK)
        rc = put_pairs(&job, changes, ret, err);
    close_job(&job);
    series_close(&set);
    return rc;
}

static int correlation_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                           trawl_error *err)
{
    return run(call, opts, in, 0, ret, err);
}

static int changes_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    return run(call, opts, in, 1, ret, err);
}

/* ---- declarations ---- */

static const char *const methods[] = {"spearman", "pearson", "kendall", "corrcoef", NULL};

#define OPTS struct correlation_opts
#define CORRELATION_ARGS(max_series_)                                                            \
    TRAWL_OPT(TRAWL_ARG_CAPTURE, OPTS, captures, .name = "capture",                              \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,                                \
              .help = "captures to count together (default: the packets before, or the current " \
                      "capture)"),                                                               \
        TRAWL_OPT(TRAWL_ARG_CHOICE, OPTS, method, .name = "method", .def = "spearman",           \
                  .choices = methods,                                                            \
                  .help = "of ranks, of counts, or of order; corrcoef is "                       \
                          "another name of pearson"),                                            \
        TRAWL_OPT(TRAWL_ARG_SPAN, OPTS, bin, .name = "bin", .short_name = 'b', .min = "1us",     \
                  .help = "width of the time bins, aligned to 1970 (default: a round one that "  \
                          "makes about a hundred; with --compat taffy 1s)"),                     \
        TRAWL_OPT(TRAWL_ARG_FLAG, OPTS, fill, .name = "fill",                                    \
                  .help = "all bins from the first packet to the last, also empty ones"),        \
        SCOPE_ARGS(OPTS, scope), SCOPE_EXPR_ARG(OPTS, scope),                                    \
        TRAWL_OPT(TRAWL_ARG_U64, OPTS, scope.min_count, .name = "min-count", .short_name = 'c',  \
                  .meta = "N", .help = "only values that one of the bins has at least N times"), \
        TRAWL_OPT(TRAWL_ARG_U64, OPTS, max_series, .name = "max-series", .meta = "N",            \
                  .def = max_series_, .min = "2", .max = "100000",                               \
                  .help = "only the N most frequent values; every two of them are looked at")

static const trawl_arg correlation_args[] = {
    CORRELATION_ARGS("10000"),
    TRAWL_OPT(TRAWL_ARG_F64, OPTS, minimum, .name = "minimum-correlation", .def = "0.8",
              .min = "-1", .max = "1", .help = "only pairs with a correlation above this"),
    TRAWL_OPT(TRAWL_ARG_FLAG, OPTS, absolute, .name = "absolute",
              .help = "also pairs as far below zero: one falls when the other rises"),
};
static const trawl_arg changes_args[] = {
    CORRELATION_ARGS("1000"),
    TRAWL_OPT(TRAWL_ARG_U64, OPTS, width, .name = "comparison-width", .meta = "BINS", .def = "15",
              .min = "2", .max = "100000", .help = "bins of a window"),
    TRAWL_OPT(TRAWL_ARG_U64, OPTS, slide, .name = "slide-length", .meta = "BINS", .max = "100000",
              .help = "bins to the next two windows (default: those of a window)"),
    TRAWL_OPT(TRAWL_ARG_F64, OPTS, change, .name = "minimum-change", .def = "0.5", .min = "0",
              .max = "2", .help = "only pairs whose correlation changes by at least this"),
};

static const trawl_example correlation_examples[] = {
    {"correlation -m ip.dst -b 100ms", "addresses that are spoken to at the same times"},
    {"correlation before after --method kendall --absolute -m port -c 2",
     "ports of both captures, also those of which one is silent while the other speaks"},
};
static const trawl_example changes_examples[] = {
    {"correlationchanges -m ip. -b 10ms --comparison-width 5",
     "values that went together before some moment and not after, or the other way round"},
};

const trawl_command correlation_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_LISTING,
    .name = "correlation",
    .summary = "which values occur more often and less often at the same times",
    .text =
        "Counts each value of each field of the level in time bins, and correlates every two of "
        "these series: Spearman's rank correlation, Pearson's, or Kendall's tau-b. Bins in which "
        "none of the chosen values occurs are left out unless --fill asks for them; a value that "
        "does not occur in a bin counts 0 there. A series that never changes correlates with "
        "nothing. Strongest pairs come first.\n\n"
        "Rare values correlate easily: two that occur once, in the same bin, do so perfectly. -c "
        "leaves them out. At least three bins are needed, at most 1,000,000 pairs are reported, "
        "and memory is that of the counts: values that do not occur cost nothing.",
    .args = correlation_args,
    .n_args = TRAWL_COUNT(correlation_args),
    .gives = correlation_columns,
    .n_gives = TRAWL_COUNT(correlation_columns),
    .examples = correlation_examples,
    .n_examples = TRAWL_COUNT(correlation_examples),
    .opts_size = sizeof(struct correlation_opts),
    .run = correlation_run,
};

const trawl_command correlationchanges_command = {
    COUNTING_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_LISTING,
    .name = "correlationchanges",
    .summary = "when values stop or start to occur at the same times",
    .text =
        "As 'correlation', but of each two values in windows of some bins: the first two windows, "
        "one right behind the other, between which the correlation changes enough are reported, "
        "once for a pair. The windows hold the bins in which one of the two values occurs, or all "
        "bins with --fill. A window in which one of them never changes has no correlation.",
    .args = changes_args,
    .n_args = TRAWL_COUNT(changes_args),
    .gives = change_columns,
    .n_gives = TRAWL_COUNT(change_columns),
    .examples = changes_examples,
    .n_examples = TRAWL_COUNT(changes_examples),
    .opts_size = sizeof(struct correlation_opts),
    .run = changes_run,
};

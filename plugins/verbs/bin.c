/* bin: time cut into equal pieces, with aggregates; pieces without rows are kept.
 * Must not know the other verbs. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

enum { MAX_ROWS = 10000000 };

struct bin_opts {
    int64_t span;
    trawl_words words;
    const char *by;
};

struct plan {
    size_t i_time;
    size_t i_by; /* NO_COLUMN: none */
    struct verbs_aggregate *aggregates;
    size_t n_aggregates;
};

/** The time column when none is named: frame.time_epoch, else the first. */
static int default_time(const trawl_schema *schema, size_t *ret, trawl_error *err)
{
    const int64_t i = host->schema_find(schema, "frame.time_epoch");

    if (i >= 0 && host->schema_column(schema, (size_t)i)->type == TRAWL_TIME) {
        *ret = (size_t)i;
        return TRAWL_OK;
    }
    for (size_t k = 0; k < host->schema_n(schema); k++)
        if (host->schema_column(schema, k)->type == TRAWL_TIME) {
            *ret = k;
            return TRAWL_OK;
        }
    return host->fail(err, TRAWL_E_USAGE, "there is no time column to cut into bins");
}

static int make_plan(trawl_call *call, const struct bin_opts *o, const trawl_schema *schema,
                     struct plan *p, trawl_error *err)
{
    struct verbs_piece *pieces;
    size_t i_column, n;
    int rc = verbs_pieces(call, schema, &o->words, &pieces, &n, err);

    if (rc)
        return rc;
    *p = (struct plan){.i_time = NO_COLUMN, .i_by = NO_COLUMN};
    p->aggregates = verbs_array(call, n + 1, sizeof(*p->aggregates), err);
    if (!p->aggregates)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct verbs_piece word = pieces[i];

        rc = verbs_aggregate_parse(call, schema, word, &p->aggregates[p->n_aggregates], err);
        if (rc < 0)
            return rc;
        if (rc == 1) {
            p->n_aggregates++;
            continue;
        }
        rc = verbs_column(call, schema, word.at, word.n, &i_column, err);
        if (rc)
            return rc;
        if (host->schema_column(schema, i_column)->type != TRAWL_TIME ||
            host->schema_column(schema, i_column)->flags & TRAWL_COLUMN_LIST)
            return verbs_fail_word(call, word.at, word.n, "Aggregates are written sum(bytes).", err,
                                   "column '%.*s' holds no times", (int)word.n, word.at);
        if (p->i_time != NO_COLUMN)
            return verbs_fail_word(call, word.at, word.n, "Use --by to split the bins.", err,
                                   "there is a time column already");
        p->i_time = i_column;
    }
    if (p->i_time == NO_COLUMN) {
        rc = default_time(schema, &p->i_time, err);
        if (rc)
            return rc;
    }
    if (o->by) {
        rc = verbs_column(call, schema, o->by, strlen(o->by), &p->i_by, err);
        if (rc)
            return rc;
    }
    if (!p->n_aggregates) {
        rc = verbs_aggregate_parse(call, schema, (struct verbs_piece){"count=count", 11},
                                   &p->aggregates[0], err);
        if (rc < 0)
            return rc;
        p->n_aggregates = 1;
    }
    return TRAWL_OK;
}

static int bin_columns(const struct plan *p, const trawl_schema *schema, trawl_schema **ret,
                       trawl_error *err)
{
    trawl_schema *result = host->schema_new(err);
    trawl_column time = verbs_shown(host->schema_column(schema, p->i_time)), by;
    int rc;

    time.help = "start of the bin";
    rc = result ? host->schema_add(result, &time, err) : TRAWL_E_NOMEM;
    if (!rc && p->i_by != NO_COLUMN) {
        by = verbs_shown(host->schema_column(schema, p->i_by));
        rc = host->schema_add(result, &by, err);
    }
    for (size_t i = 0; !rc && i < p->n_aggregates; i++)
        rc = verbs_add_column(result, &p->aggregates[i].declared, err);
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

static int bin_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const trawl_schema *schema;
    trawl_schema *owned;
    struct plan p;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = make_plan(call, opts, schema, &p, err);
    if (!rc)
        rc = bin_columns(&p, schema, ret, err);
    host->schema_free(owned);
    return rc;
}

/* ---- running ---- */

static int64_t bin_of(int64_t ns, int64_t span)
{
    return ns / span - (ns % span < 0);
}

/** The number of its bin beside each row; null where there is no time. */
static int add_bins(trawl_call *call, trawl_table *table, size_t i_time, int64_t span,
                    const char *name, trawl_table **ret, trawl_error *err)
{
    trawl_column column = TRAWL_COLUMN(.name = name, .type = TRAWL_I64,
                                       .help = "number of the bin");
    trawl_view time = {.size = sizeof(time)};
    trawl_builder *builder;
    trawl_table *bins = NULL;
    int rc = host->view(call, table, i_time, &time, err);

    if (rc)
        return rc;
    builder = verbs_builder(&column, 1, err);
    if (!builder)
        return TRAWL_E_NOMEM;
    for (uint64_t i = 0; i < time.n_rows; i++) {
        if (trawl_view_has(&time, i))
            host->put_i64(builder, bin_of(((const int64_t *)time.data)[i], span));
        else
            host->put_null(builder);
        host->end_row(builder);
        if (i % 65536 == 0 && host->cancelled(call)) {
            host->builder_free(builder);
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        }
    }
    rc = host->finish(builder, &bins, err);
    if (!rc)
        rc = host->paste(call, table, bins, ret, err);
    host->release(bins);
    return rc;
}

/** The groups of the rows, spread over all bins: for each bin each value of --by, in order. */
struct grid {
    trawl_table *groups; /* bin, by?, aggregates */
    trawl_view *views;
    size_t n_views;
    uint64_t n_bins, n_values;
    int64_t first_bin;
    uint32_t *value_of;    /* number of the --by value of each group */
    uint32_t *value_group; /* a group that has the value */
    uint32_t *group_at;    /* [bin * n_values + value] = group + 1 */
};

static int measure(struct grid *g, trawl_error *err)
{
    const trawl_view *bin = &g->views[0];
    const int64_t *bins = bin->data;
    int64_t last = 0;
    int any = 0;

    for (uint64_t i = 0; i < bin->n_rows; i++) {
        if (!trawl_view_has(bin, i))
            continue;
        if (!any || bins[i] < g->first_bin)
            g->first_bin = bins[i];
        if (!any || bins[i] > last)
            last = bins[i];
        any = 1;
    }
    g->n_bins = any ? (uint64_t)last - (uint64_t)g->first_bin + 1 : 0;
    if (any && (g->n_bins == 0 || g->n_bins > MAX_ROWS / (g->n_values ? g->n_values : 1))) {
        (void)host->fail(err, TRAWL_E_USAGE, "that would be more than %d bins", MAX_ROWS);
        host->hint(err, "Choose a longer time span, or fewer values with 'where'.");
        return TRAWL_E_USAGE;
    }
    return TRAWL_OK;
}

static int number_values(struct grid *g, trawl_call *call, int has_by, trawl_error *err)
{
    uint64_t n = host->n_rows(g->groups);
    size_t key = 1;
    int rc;

    g->n_values = 1;
    if (!has_by) {
        g->value_of = host->alloc((size_t)(n + 1) * sizeof(*g->value_of));
        return g->value_of ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");
    }
    rc = host->group_rows(call, g->groups, &key, 1, &g->value_of, &g->n_values, err);
    if (rc)
        return rc;
    g->value_group = host->alloc((size_t)(g->n_values + 1) * sizeof(*g->value_group));
    if (!g->value_group)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = n; i-- > 0;)
        g->value_group[g->value_of[i]] = (uint32_t)i;
    return TRAWL_OK;
}

static int place_groups(struct grid *g, trawl_error *err)
{
    const int64_t *bins = g->views[0].data;

    g->group_at = host->alloc((size_t)(g->n_bins * g->n_values + 1) * sizeof(*g->group_at));
    if (!g->group_at)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = 0; i < g->views[0].n_rows; i++)
        if (trawl_view_has(&g->views[0], i))
            g->group_at[((uint64_t)bins[i] - (uint64_t)g->first_bin) * g->n_values +
                        g->value_of[i]] = (uint32_t)i + 1;
    return TRAWL_OK;
}

/** What an aggregate of no rows is: none for counts, nothing to add up for sums, else nothing. */
static void put_nothing(trawl_builder *b, const struct verbs_aggregate *a)
{
    switch (a->column.aggregate) {
    case TRAWL_AGG_SUM:
        if (a->declared.type == TRAWL_F64)
            host->put_f64(b, 0);
        else if (a->declared.type == TRAWL_I64 || a->declared.type == TRAWL_SPAN)
            host->put_i64(b, 0);
        else
            host->put_u64(b, 0);
        break;
    case TRAWL_AGG_COUNT:
    case TRAWL_AGG_DISTINCT:
        host->put_u64(b, 0);
        break;
    default:
        host->put_null(b);
        break;
    }
}

static void put_cell(trawl_builder *b, const trawl_view *view, uint64_t i)
{
    if (trawl_view_has(view, i))
        verbs_put(b, view, i);
    else
        host->put_null(b);
}

static int write_grid(const struct grid *g, trawl_call *call, const struct plan *p,
                      const trawl_schema *schema, int64_t span, trawl_table **ret, trawl_error *err)
{
    size_t has_by = p->i_by != NO_COLUMN;
    trawl_builder *b = host->builder_new(schema, err);
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 1; !rc && i < g->n_views; i++)
        if (g->views[i].addresses || g->views[i].text_offsets)
            rc = host->builder_share(b, i, g->groups, i, err);
    for (uint64_t i = 0; !rc && i < g->n_bins * g->n_values; i++) {
        uint64_t value = i % g->n_values;
        uint32_t group = g->group_at[i];
        int64_t start;

        if (__builtin_mul_overflow(g->first_bin + (int64_t)(i / g->n_values), span, &start))
            start = INT64_MIN + 1; /* it begins before any time */
        host->put_i64(b, start);
        if (has_by)
            put_cell(b, &g->views[1], g->value_group[value]);
        for (size_t k = 0; k < p->n_aggregates; k++) {
            if (group)
                put_cell(b, &g->views[1 + has_by + k], group - 1);
            else
                put_nothing(b, &p->aggregates[k]);
        }
        host->end_row(b);
        if (i % 65536 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
    }
    if (!rc)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

static int fill_grid(trawl_call *call, trawl_table *groups, const struct plan *p,
                     const trawl_schema *schema, int64_t span, trawl_table **ret, trawl_error *err)
{
    struct grid g = {.groups = groups, .n_views = host->schema_n(host->schema_of(groups))};
    int rc = TRAWL_OK;

    g.views = verbs_array(call, g.n_views, sizeof(*g.views), err);
    if (!g.views)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; !rc && i < g.n_views; i++) {
        g.views[i].size = sizeof(g.views[i]);
        rc = host->view(call, groups, i, &g.views[i], err);
    }
    if (!rc)
        rc = number_values(&g, call, p->i_by != NO_COLUMN, err);
    if (!rc)
        rc = measure(&g, err);
    if (!rc)
        rc = place_groups(&g, err);
    if (!rc)
        rc = write_grid(&g, call, p, schema, span, ret, err);
    host->free(g.value_of);
    host->free(g.value_group);
    host->free(g.group_at);
    return rc;
}

static int bin_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct bin_opts *o = opts;
    trawl_table *table = NULL, *rows = NULL, *binned = NULL, *groups = NULL;
    trawl_schema *schema = NULL;
    trawl_aggregate_column *aggregates = NULL;
    size_t keys[2], n_by = 0;
    const char *name = NULL;
    struct plan p;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = make_plan(call, o, host->schema_of(table), &p, err);
    if (!rc)
        rc = bin_columns(&p, host->schema_of(table), &schema, err);
    if (!rc) {
        n_by = p.i_by != NO_COLUMN;
        keys[1] = p.i_by;
        rc = verbs_explode(call, table, &keys[1], n_by, &rows, err);
    }
    if (!rc) {
        aggregates = verbs_array(call, p.n_aggregates, sizeof(*aggregates), err);
        name = verbs_free_name(call, host->schema_of(rows), "bin", err);
        rc = aggregates && name ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (!rc) {
        const trawl_schema *before = host->schema_of(table), *after = host->schema_of(rows);
        const char *time = host->schema_column(before, p.i_time)->name;

        for (size_t i = 0; i < p.n_aggregates; i++) {
            aggregates[i] = p.aggregates[i].column;
            if (aggregates[i].i_column != NO_COLUMN)
                aggregates[i].i_column = (size_t)host->schema_find(
                    after, host->schema_column(before, aggregates[i].i_column)->name);
        }
        keys[0] = host->schema_n(after);
        rc = add_bins(call, rows, (size_t)host->schema_find(after, time), o->span, name, &binned,
                      err);
    }
    if (!rc)
        rc = host->group(call, binned, keys, 1 + n_by, aggregates, p.n_aggregates, &groups, err);
    if (!rc)
        rc = fill_grid(call, groups, &p, schema, o->span, ret, err);
    host->schema_free(schema);
    host->release(table);
    host->release(rows);
    host->release(binned);
    host->release(groups);
    return rc;
}

static const trawl_arg bin_args[] = {
    TRAWL_OPT(TRAWL_ARG_SPAN, struct bin_opts, span, .name = "span", .meta = "SPAN",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .min = "1ns",
              .help = "length of a bin, like 1s or 100ms"),
    WORDS(struct bin_opts, words, .name = "columns", .meta = "COL|AGG(COL)",
          .help = "a time column, and aggregates like sum(bytes); default: count"),
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct bin_opts, by, .name = "by",
              .help = "a row for each value of this column in each bin"),
};
static const trawl_example bin_examples[] = {
    {"packets | bin 1s", "packets in each second"},
    {"packets | bin 100ms sum(frame.len) --by ip.proto", "bytes by protocol, ten times a second"},
    {"tcp | bin 1m start count avg(rtt)", "connections by the minute in which they began"},
};
const trawl_command verb_bin = {
    VERB("bin", 0, struct bin_opts, bin_args, bin_examples),
    .summary = "cut time into bins and aggregate each",
    .text =
        "Bins begin at multiples of their length since 1970-01-01T00:00:00Z. All bins from the "
        "first to the last are given: counts and sums of an empty one are 0, other aggregates "
        "have no value. Without a time column named it is frame.time_epoch, or the first column of "
        "times.",
    .schema = bin_schema,
    .run = bin_run,
};

/* group: one row for each distinct combination of values, with aggregates.
 * Must not know the other verbs. */
#include <string.h>

#include "verbs.h"

struct group_opts {
    trawl_words words;
};

struct plan {
    size_t *keys;
    size_t n_keys;
    struct verbs_aggregate *aggregates;
    size_t n_aggregates;
};

static int make_plan(trawl_call *call, const struct group_opts *o, const trawl_schema *schema,
                     struct plan *p, trawl_error *err)
{
    struct verbs_piece *pieces;
    size_t n;
    int rc = verbs_pieces(call, schema, &o->words, &pieces, &n, err);

    if (rc)
        return rc;
    p->keys = verbs_array(call, n + 1, sizeof(*p->keys), err);
    p->aggregates = verbs_array(call, n + 1, sizeof(*p->aggregates), err);
    if (!p->keys || !p->aggregates)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        rc = verbs_aggregate_parse(call, schema, pieces[i], &p->aggregates[p->n_aggregates], err);
        if (rc < 0)
            return rc;
        if (rc == 1) {
            p->n_aggregates++;
            continue;
        }
        rc = verbs_column(call, schema, pieces[i].at, pieces[i].n, &p->keys[p->n_keys++], err);
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

static int group_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct group_opts *o = opts;
    const trawl_schema *schema;
    trawl_schema *owned, *result = NULL;
    struct plan p = {0};
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = make_plan(call, o, schema, &p, err);
    if (!rc) {
        result = host->schema_new(err);
        rc = result ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t i = 0; !rc && i < p.n_keys + p.n_aggregates; i++) {
        trawl_column column = i < p.n_keys ? verbs_shown(host->schema_column(schema, p.keys[i]))
                                           : p.aggregates[i - p.n_keys].declared;

        rc = verbs_add_column(result, &column, err);
        if (rc == TRAWL_E_USAGE)
            host->hint(err, "Name an aggregate: total=sum(bytes).");
    }
    host->schema_free(owned);
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

/** Without keys all rows are one group: a constant column is the key, and is left out afterwards.
 */
static int add_constant(trawl_call *call, trawl_table **table, size_t *ret_key, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(*table);
    const char *name = verbs_free_name(call, schema, "all", err);
    trawl_table *column = NULL, *both = NULL;
    trawl_expr *expr;
    int rc = name ? host->expr_compile(call, "0", schema, &expr, err) : TRAWL_E_NOMEM;

    if (!rc)
        rc = host->expr_column(call, expr, *table, name, &column, err);
    if (!rc)
        rc = host->paste(call, *table, column, &both, err);
    host->release(column);
    if (rc)
        return rc;
    *ret_key = host->schema_n(schema);
    host->release(*table);
    *table = both;
    return TRAWL_OK;
}

static int leave_out_first(trawl_call *call, trawl_table **table, trawl_error *err)
{
    size_t n = host->schema_n(host->schema_of(*table)) - 1;
    size_t *columns = verbs_array(call, n, sizeof(*columns), err);
    const char **names = verbs_array(call, n, sizeof(*names), err);
    trawl_table *rest = NULL;
    int rc = TRAWL_E_NOMEM;

    for (size_t i = 0; columns && i < n; i++)
        columns[i] = i + 1;
    if (columns && names)
        rc = host->project(call, *table, columns, names, n, &rest, err);
    host->release(*table);
    *table = rest;
    return rc;
}

/** Without keys there is a group also where there are no rows, as in SQL and of count. */
static int put_empty(const struct plan *p, trawl_table **table, trawl_error *err)
{
    trawl_builder *b = host->builder_new(host->schema_of(*table), err);
    trawl_table *row = NULL;
    int rc = TRAWL_E_NOMEM;

    if (b) {
        for (size_t i = 0; i < p->n_aggregates; i++) {
            const trawl_aggregate of = p->aggregates[i].column.aggregate;

            if (of == TRAWL_AGG_COUNT || of == TRAWL_AGG_DISTINCT)
                host->put_u64(b, 0);
            else
                host->put_null(b);
        }
        host->end_row(b);
        rc = host->finish(b, &row, err);
    }
    host->release(*table);
    *table = row;
    return rc;
}

static int group_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct group_opts *o = opts;
    trawl_table *table = NULL, *rows = NULL, *result = NULL;
    trawl_aggregate_column *aggregates;
    struct plan p = {0};
    int all = 0, rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = make_plan(call, o, host->schema_of(table), &p, err);
    if (!rc && !p.n_keys) {
        all = 1;
        p.n_keys = 1;
        rc = add_constant(call, &table, &p.keys[0], err);
    }
    if (!rc)
        rc = verbs_explode(call, table, p.keys, p.n_keys, &rows, err);
    aggregates = verbs_array(call, p.n_aggregates, sizeof(*aggregates), err);
    if (!rc && !aggregates)
        rc = TRAWL_E_NOMEM;
    for (size_t i = 0; !rc && i < p.n_aggregates; i++) {
        aggregates[i] = p.aggregates[i].column;
        /* lists among the keys moved the columns */
        if (rows != table && aggregates[i].i_column != NO_COLUMN)
            aggregates[i].i_column = (size_t)host->schema_find(
                host->schema_of(rows),
                host->schema_column(host->schema_of(table), aggregates[i].i_column)->name);
    }
    if (!rc)
        rc = host->group(call, rows, p.keys, p.n_keys, aggregates, p.n_aggregates, &result, err);
    if (!rc)
        rc = all ? leave_out_first(call, &result, err) : verbs_show_all(call, &result, err);
    if (!rc && all && !host->n_rows(result))
        rc = put_empty(&p, &result, err);
    if (!rc)
        *ret = result;
    host->release(table);
    host->release(rows);
    return rc;
}

static const trawl_arg group_args[] = {
    WORDS(struct group_opts, words, .name = "columns", .meta = "COL|AGG(COL)",
          .help = "columns to group by, and aggregates like sum(bytes); default: count"),
};
static const trawl_example group_examples[] = {
    {"packets | group ip.src sum(frame.len)", "bytes that each address sent"},
    {"tcp | group server connections=count sum(bytes) p95(rtt) | sort -connections",
     "servers with connections, bytes and round-trip times"},
    {"packets | group avg(frame.len) stddev(frame.len)", "two figures of all packets"},
};
const trawl_command verb_group = {
    VERB("group", 0, struct group_opts, group_args, group_examples),
    .summary = "one row for each distinct value, with aggregates",
    .text =
        "The aggregates are count sum min max avg distinct p25 p50 p75 p90 p95 p99 stddev first "
        "last. count alone counts rows, count(COL) those with a value; NAME=AGG(COL) names the "
        "result. Quantiles are exact, with linear interpolation; stddev is of the sample (n-1). "
        "A row with several values in a key column counts in each of their groups. Groups come "
        "in the order of their first rows.",
    .schema = group_schema,
    .run = group_run,
};

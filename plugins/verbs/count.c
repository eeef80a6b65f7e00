/* count and distinct: which values there are, and how often. Must not know the other verbs. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

struct count_opts {
    trawl_words columns;
};

/* ---- what both share ---- */

static int find_keys(trawl_call *call, const struct count_opts *o, const trawl_schema *schema,
                     size_t **ret, trawl_error *err)
{
    size_t *keys = verbs_array(call, o->columns.n, sizeof(*keys), err);
    int rc = keys ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < o->columns.n; i++) {
        const char *word = o->columns.items[i];

        rc = verbs_column(call, schema, word, strlen(word), &keys[i], err);
        for (size_t k = 0; !rc && k < i; k++)
            if (keys[k] == keys[i])
                rc = verbs_fail_word(call, word, strlen(word), NULL, err,
                                     "column '%s' is named twice", word);
    }
    if (!rc)
        *ret = keys;
    return rc;
}

static int add_keys(trawl_schema *result, const trawl_schema *schema, const size_t *keys, size_t n,
                    trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        trawl_column column = verbs_shown(host->schema_column(schema, keys[i]));

        rc = host->schema_add(result, &column, err);
    }
    return rc;
}

/** keys, count, share. Without keys the count alone. */
static int count_columns(trawl_call *call, const trawl_schema *schema, const size_t *keys,
                         size_t n_keys, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *result = host->schema_new(err);
    const char *name;
    int rc = result ? add_keys(result, schema, keys, n_keys, err) : TRAWL_E_NOMEM;

    if (!rc) {
        name = verbs_free_name(call, result, "count", err);
        rc = name ? host->schema_add(result,
                                     &(trawl_column)TRAWL_COLUMN(.name = name, .type = TRAWL_U64,
                                                                 .help = "how often it occurs"),
                                     err)
                  : TRAWL_E_NOMEM;
    }
    if (!rc && n_keys) {
        name = verbs_free_name(call, result, "share", err);
        rc = name ? host->schema_add(result,
                                     &(trawl_column)TRAWL_COLUMN(.name = name, .type = TRAWL_F64,
                                                                 .unit = "%",
                                                                 .help = "of all that is counted"),
                                     err)
                  : TRAWL_E_NOMEM;
    }
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

static int count_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct count_opts *o = opts;
    const trawl_schema *schema;
    trawl_schema *owned;
    size_t *keys = NULL;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = find_keys(call, o, schema, &keys, err);
    if (!rc)
        rc = count_columns(call, schema, keys, o->columns.n, ret, err);
    host->schema_free(owned);
    return rc;
}

static double share_of(uint64_t count, uint64_t total)
{
    return total ? 100.0 * (double)count / (double)total : 0;
}

/* ---- no column: rows; one column: its values ---- */

static int count_rows(trawl_call *call, trawl_table *table, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = NULL;
    trawl_builder *builder;
    int rc = count_columns(call, host->schema_of(table), NULL, 0, &schema, err);

    if (rc)
        return rc;
    builder = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!builder)
        return TRAWL_E_NOMEM;
    host->put_u64(builder, host->n_rows(table));
    host->end_row(builder);
    return host->finish(builder, ret, err);
}

static int count_one(trawl_call *call, trawl_table *table, size_t key, trawl_table **ret,
                     trawl_error *err)
{
    trawl_schema *schema = NULL;
    trawl_builder *builder = NULL;
    trawl_view view = {.size = sizeof(view)};
    trawl_counts counts;
    uint64_t total = 0;
    int rc = host->count_values(call, table, key, &counts, err);

    if (!rc)
        rc = host->view(call, table, key, &view, err);
    if (!rc)
        rc = count_columns(call, host->schema_of(table), &key, 1, &schema, err);
    if (!rc) {
        builder = host->builder_new(schema, err);
        rc = builder ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    host->schema_free(schema);
    if (!rc && (view.addresses || view.text_offsets))
        rc = host->builder_share(builder, 0, table, key, err);
    if (rc) {
        host->builder_free(builder);
        return rc;
    }
    for (uint64_t i = 0; i < counts.n; i++)
        total += counts.counts[i];
    for (uint64_t i = 0; i < counts.n; i++) {
        verbs_put(builder, &view, counts.first[i]);
        host->put_u64(builder, counts.counts[i]);
        host->put_f64(builder, share_of(counts.counts[i], total));
        host->end_row(builder);
    }
    return host->finish(builder, ret, err);
}

/* ---- several columns: their combinations ---- */

/** Rows where one of the columns has a value. */
static int drop_empty(trawl_call *call, trawl_table *table, const size_t *keys, size_t n_keys,
                      trawl_table **ret, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    size_t size = 1, at = 0;
    trawl_expr *expr;
    char *text;
    int rc;

    for (size_t i = 0; i < n_keys; i++) {
        const char *name = host->schema_column(schema, keys[i])->name;

        if (strchr(name, '`')) { /* cannot be quoted: keep all rows */
            *ret = host->retain(table);
            return TRAWL_OK;
        }
        size += strlen(name) + 8;
    }
    text = verbs_array(call, size, 1, err);
    if (!text)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < n_keys; i++)
        at += (size_t)snprintf(text + at, size - at, "%s`%s`", i ? " or " : "",
                               host->schema_column(schema, keys[i])->name);
    rc = host->expr_compile(call, text, schema, &expr, err);
    return rc ? rc : host->expr_select(call, expr, table, ret, err);
}

/** Counts are in; put the share beside them. */
static int add_share(trawl_call *call, trawl_table *counted, size_t i_count, const char *name,
                     trawl_table **ret, trawl_error *err)
{
    trawl_column column = TRAWL_COLUMN(.name = name, .type = TRAWL_F64, .unit = "%",
                                       .help = "of all that is counted");
    trawl_view view = {.size = sizeof(view)};
    trawl_builder *builder;
    trawl_table *shares = NULL;
    uint64_t total = 0;
    int rc = host->view(call, counted, i_count, &view, err);

    if (rc)
        return rc;
    builder = verbs_builder(&column, 1, err);
    if (!builder)
        return TRAWL_E_NOMEM;
    for (uint64_t i = 0; i < view.n_rows; i++)
        total += trawl_view_u64(&view, i);
    for (uint64_t i = 0; i < view.n_rows; i++) {
        host->put_f64(builder, share_of(trawl_view_u64(&view, i), total));
        host->end_row(builder);
    }
    rc = host->finish(builder, &shares, err);
    if (!rc)
        rc = host->paste(call, counted, shares, ret, err);
    host->release(shares);
    return rc;
}

static int count_many(trawl_call *call, trawl_table *table, size_t *keys, size_t n_keys,
                      trawl_table **ret, trawl_error *err)
{
    trawl_aggregate_column count = {.aggregate = TRAWL_AGG_COUNT, .i_column = NO_COLUMN};
    trawl_sort_key key = {.i_column = n_keys, .descending = 1};
    trawl_table *some = NULL, *rows = NULL, *groups = NULL, *sorted = NULL, *result = NULL;
    trawl_schema *schema = NULL;
    int rc = count_columns(call, host->schema_of(table), keys, n_keys, &schema, err);

    if (rc)
        return rc;
    count.name = host->schema_column(schema, n_keys)->name;
    rc = drop_empty(call, table, keys, n_keys, &some, err);
    if (!rc)
        rc = verbs_explode(call, some, keys, n_keys, &rows, err);
    if (!rc)
        rc = host->group(call, rows, keys, n_keys, &count, 1, &groups, err);
    if (!rc)
        rc = host->sort(call, groups, &key, 1, 0, &sorted, err);
    if (!rc)
        rc = add_share(call, sorted, n_keys, host->schema_column(schema, n_keys + 1)->name, &result,
                       err);
    if (!rc)
        rc = verbs_show_all(call, &result, err);
    if (!rc)
        *ret = result;
    host->schema_free(schema);
    host->release(some);
    host->release(rows);
    host->release(groups);
    host->release(sorted);
    return rc;
}

static int count_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct count_opts *o = opts;
    trawl_table *table = NULL;
    size_t *keys = NULL;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = find_keys(call, o, host->schema_of(table), &keys, err);
    if (!rc)
        rc = o->columns.n == 0   ? count_rows(call, table, ret, err)
             : o->columns.n == 1 ? count_one(call, table, keys[0], ret, err)
                                 : count_many(call, table, keys, o->columns.n, ret, err);
    host->release(table);
    return rc;
}

static const trawl_arg count_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct count_opts, columns, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "columns whose values are counted; none: count rows"),
};
static const trawl_example count_examples[] = {
    {"packets | count", "how many packets there are"},
    {"packets | count ip.proto", "protocols, the most frequent first"},
    {"packets | where tcp.flags.syn == 1 | count ip.src ip.dst", "pairs that open connections"},
};
const trawl_command verb_count = {
    VERB("count", 0, struct count_opts, count_args, count_examples),
    .summary = "count rows, or the values of columns",
    .text = "The most frequent value comes first; equal counts keep the order of their first rows. "
            "A column with several values in a row counts each; rows without any value count for "
            "nothing. The share is that of all values counted.",
    .schema = count_schema,
    .run = count_run,
};

/* ---- distinct ---- */

static int distinct_keys(trawl_call *call, const struct count_opts *o, const trawl_schema *schema,
                         size_t **ret, size_t *ret_n, trawl_error *err)
{
    if (!o->columns.n)
        return verbs_visible(call, schema, ret, ret_n, err);
    *ret_n = o->columns.n;
    return find_keys(call, o, schema, ret, err);
}

static int distinct_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                           trawl_schema **ret, trawl_error *err)
{
    const trawl_schema *schema;
    trawl_schema *owned, *result = NULL;
    size_t *keys = NULL, n = 0;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = distinct_keys(call, opts, schema, &keys, &n, err);
    if (!rc) {
        result = host->schema_new(err);
        rc = result ? add_keys(result, schema, keys, n, err) : TRAWL_E_NOMEM;
    }
    host->schema_free(owned);
    if (rc)
        host->schema_free(result);
    else
        *ret = result;
    return rc;
}

static int distinct_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                        trawl_error *err)
{
    trawl_table *table = NULL, *rows = NULL, *result = NULL;
    size_t *keys = NULL, n = 0;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = distinct_keys(call, opts, host->schema_of(table), &keys, &n, err);
    if (!rc)
        rc = verbs_explode(call, table, keys, n, &rows, err);
    if (!rc)
        rc = host->group(call, rows, keys, n, NULL, 0, &result, err);
    if (!rc)
        rc = verbs_show_all(call, &result, err);
    if (!rc)
        *ret = result;
    host->release(table);
    host->release(rows);
    return rc;
}

static const trawl_arg distinct_args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct count_opts, columns, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "columns whose combinations count; none: all that are shown"),
};
static const trawl_example distinct_examples[] = {
    {"packets | distinct ip.src ip.dst", "who talks to whom, each pair once"},
};
const trawl_command verb_distinct = {
    VERB("distinct", 0, struct count_opts, distinct_args, distinct_examples),
    .summary = "each combination of values once",
    .text = "In the order of their first rows.",
    .schema = distinct_schema,
    .run = distinct_run,
};

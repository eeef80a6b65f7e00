/* Slots of the host table that sort, group, join, count and evaluate.
 * Must not know captures or command lines. */
#include <stdio.h>

#include "core/plugin/arguments.h"
#include "core/plugin/host.h"
#include "core/table/kernel.h"

_Static_assert((int)TRAWL_AGG_LAST == (int)TW_AGG_LAST && (int)TRAWL_AGG_P50 == (int)TW_AGG_P50 &&
                   (int)TRAWL_AGG_STDDEV == (int)TW_AGG_STDDEV,
               "the ABI's aggregates are the kernels' in the same order");

static int give(tw_table *table, trawl_table **ret, trawl_error *err)
{
    if (!table)
        return err && err->code != TRAWL_OK ? err->code : TRAWL_E_NOMEM;
    *ret = table;
    return TRAWL_OK;
}

static int check_columns(const trawl_table *table, const size_t *i_columns, size_t n,
                         trawl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (i_columns[i] >= table->schema->n_columns)
            return tw_fail(err, TRAWL_E_PLUGIN, "asked for column %zu of %zu", i_columns[i],
                           table->schema->n_columns);
    }
    return TRAWL_OK;
}

int host_sort(trawl_call *call, trawl_table *table, const trawl_sort_key *keys, size_t n,
              uint64_t limit, trawl_table **ret, trawl_error *err)
{
    struct tw_sort_key *own = tw_alloc_array(n ? n : 1, sizeof(*own));
    uint32_t *rows = NULL;
    uint64_t n_rows = 0;
    int rc = own ? TRAWL_OK : tw_fail_nomem(err);

    (void)call;
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        own[i].i_column = keys[i].i_column;
        own[i].descending = keys[i].descending != 0;
        rc = check_columns(table, &own[i].i_column, 1, err);
    }
    if (rc == TRAWL_OK)
        rc = tw_sort_rows(table, own, n, limit, &rows, &n_rows, err);
    tw_free(own);
    return rc == TRAWL_OK ? give(tw_table_gather(table, rows, n_rows, err), ret, err) : rc;
}

/* ---- group ---- */

int host_aggregate_find(const char *name, trawl_aggregate *ret)
{
    for (int i = 0; i <= TW_AGG_LAST; i++) {
        if (strcmp(tw_aggregate_name((enum tw_aggregate)i), name) == 0) {
            *ret = (trawl_aggregate)i;
            return TRAWL_OK;
        }
    }
    return TRAWL_E_NOT_FOUND;
}

trawl_type host_aggregate_type(trawl_aggregate aggregate, trawl_type of)
{
    if ((int)aggregate < 0 || (int)aggregate > TW_AGG_LAST)
        return (trawl_type)0;
    return tw_aggregate_type((enum tw_aggregate)aggregate, of);
}

static const size_t no_column = (size_t)-1;

static int add_aggregate_column(tw_schema *schema, const trawl_table *table,
                                const trawl_aggregate_column *a, trawl_error *err)
{
    const trawl_column *of = a->i_column == no_column ? NULL : &table->schema->columns[a->i_column];
    enum tw_aggregate kind = (enum tw_aggregate)a->aggregate;
    bool is_count = kind == TW_AGG_COUNT || kind == TW_AGG_DISTINCT;
    trawl_column column = {.size = sizeof(column), .help = "an aggregate of the rows of a group"};
    char name[192];

    if (!of && kind != TW_AGG_COUNT)
        return tw_fail(err, TRAWL_E_PLUGIN, "'%s' needs a column", tw_aggregate_name(kind));
    column.type = of ? tw_aggregate_type(kind, of->type) : TRAWL_U64;
    if (!column.type)
        return tw_fail(err, TRAWL_E_USAGE, "cannot take '%s' of column '%s': it holds %s",
                       tw_aggregate_name(kind), of ? of->name : "",
                       of ? tw_type_name(of->type) : "");
    if (of && !is_count) {
        column.unit = of->unit;
        column.flags = of->flags & (TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID);
    }
    snprintf(name, sizeof(name), "%s%s%s", tw_aggregate_name(kind), of ? "_" : "",
             of ? of->name : "");
    column.name = a->name ? a->name : name;
    return tw_schema_add(schema, &column, err);
}

static int group_columns(const struct tw_groups *groups, trawl_table *table, const size_t *i_keys,
                         size_t n_keys, const trawl_aggregate_column *aggregates,
                         size_t n_aggregates, struct tw_column **columns, trawl_error *err)
{
    for (size_t i = 0; i < n_keys + n_aggregates; i++) {
        const trawl_aggregate_column *a = i < n_keys ? NULL : &aggregates[i - n_keys];
        size_t i_column = a ? a->i_column : i_keys[i];
        const struct tw_column *src = NULL;
        int rc = TRAWL_OK;

        if (i_column != no_column)
            rc = tw_table_column(table, i_column, &src, err);
        if (rc != TRAWL_OK)
            return rc;
        if (a) {
            rc = tw_aggregate_column(groups, table->n_rows, src, (enum tw_aggregate)a->aggregate,
                                     &columns[i], err);
        } else {
            columns[i] = tw_column_gather(src, groups->first_row, groups->n_groups, err);
            rc = columns[i] ? TRAWL_OK : tw_fail_nomem(err);
        }
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

int host_group(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
               const trawl_aggregate_column *aggregates, size_t n_aggregates, trawl_table **ret,
               trawl_error *err)
{
    struct tw_groups groups = {0};
    size_t n_columns = n_keys + n_aggregates;
    struct tw_column **columns = tw_alloc_array(n_columns + 1, sizeof(struct tw_column *));
    tw_schema *schema = tw_schema_new();
    int rc = columns && schema ? check_columns(table, i_keys, n_keys, err) : tw_fail_nomem(err);

    (void)call;
    for (size_t i = 0; rc == TRAWL_OK && i < n_keys; i++)
        rc = tw_schema_add(schema, &table->schema->columns[i_keys[i]], err);
    for (size_t i = 0; rc == TRAWL_OK && i < n_aggregates; i++) {
        if (aggregates[i].i_column != no_column)
            rc = check_columns(table, &aggregates[i].i_column, 1, err);
        if (rc == TRAWL_OK && (int)aggregates[i].aggregate > TW_AGG_LAST)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "no aggregate %d", (int)aggregates[i].aggregate);
        if (rc == TRAWL_OK)
            rc = add_aggregate_column(schema, table, &aggregates[i], err);
    }
    if (rc == TRAWL_OK)
        rc = tw_group_rows(table, i_keys, n_keys, &groups, err);
    if (rc == TRAWL_OK)
        rc = group_columns(&groups, table, i_keys, n_keys, aggregates, n_aggregates, columns, err);
    if (rc == TRAWL_OK) {
        rc = give(tw_table_new(schema, columns, err), ret, err);
        schema = NULL;
    }
    for (size_t i = 0; columns && i < n_columns; i++)
        tw_column_release(columns[i]);
    tw_free(columns);
    tw_schema_free(schema);
    tw_groups_fini(&groups);
    return rc;
}

int host_group_rows(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
                    uint32_t **ret_group_of_row, uint64_t *ret_n_groups, trawl_error *err)
{
    struct tw_groups groups = {0};
    int rc = check_columns(table, i_keys, n_keys, err);

    (void)call;
    if (rc == TRAWL_OK)
        rc = tw_group_rows(table, i_keys, n_keys, &groups, err);
    if (rc != TRAWL_OK)
        return rc;
    *ret_group_of_row = groups.group_of_row;
    *ret_n_groups = groups.n_groups;
    groups.group_of_row = NULL; /* the caller's now */
    tw_groups_fini(&groups);
    return TRAWL_OK;
}

/* ---- join ---- */

/* One cell of a plain column to the end of another of a kindred type. */
static int append_cell(struct tw_column *to, const struct tw_column *from, uint32_t row,
                       trawl_error *err)
{
    uint32_t code;
    const uint8_t *bytes;
    size_t n;

    if (!tw_column_has(from, row))
        return tw_append_null(to, err);
    if (from->type == TRAWL_F64)
        return tw_append_f64(to, tw_column_f64(from, row), err);
    if (!tw_type_is_coded(from->type))
        return tw_append_u64(to, tw_column_u64(from, row), err);
    code = (uint32_t)tw_column_u64(from, row);
    if (from->type == TRAWL_IP) {
        struct tw_ip ip = tw_dict_ip(from->dict, code);

        return ip.is_v6 ? tw_append_value(to, ip.bytes, 16, err)
                        : tw_append_value(to, ip.bytes + 12, 4, err);
    }
    bytes = tw_dict_bytes(from->dict, code, &n);
    return tw_append_value(to, bytes, n, err);
}

/* A key column of a join: rows that only the right side has (outer) take their cells from there. */
static int join_key(const struct tw_column *left, const struct tw_column *right,
                    const uint32_t *left_rows, const uint32_t *right_rows, uint64_t n,
                    struct tw_column **ret, trawl_error *err)
{
    struct tw_column *column;
    int rc = TRAWL_OK;

    if (n == 0 || left_rows[n - 1] != UINT32_MAX || left->is_list) {
        *ret = tw_column_gather(left, left_rows, n, err);
        return *ret ? TRAWL_OK : tw_fail_nomem(err);
    }
    column = tw_column_new(left->type, false, n, left->dict, err);
    if (!column)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = left_rows[i] == UINT32_MAX ? append_cell(column, right, right_rows[i], err)
                                        : append_cell(column, left, left_rows[i], err);
    if (rc == TRAWL_OK)
        *ret = column;
    else
        tw_column_release(column);
    return rc;
}

static int find_index(const size_t *items, size_t n, size_t wanted)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i] == wanted)
            return (int)i;
    }
    return -1;
}

/* The left's columns, then those of the right that are no keys; a name that the left has too gets
 * "_right". source[i]: index in the left, or n_left + index in the right. */
static int join_schema(const trawl_table *left, const trawl_table *right, const size_t *right_keys,
                       size_t n_keys, tw_schema *schema, size_t *source, trawl_error *err)
{
    size_t n_left = left->schema->n_columns;
    int rc = tw_schema_add_all(schema, left->schema, err);

    for (size_t i = 0; i < n_left; i++)
        source[i] = i;
    for (size_t i = 0; rc == TRAWL_OK && i < right->schema->n_columns; i++) {
        trawl_column column = right->schema->columns[i];
        char name[192];

        if (find_index(right_keys, n_keys, i) >= 0)
            continue;
        if (tw_schema_find(schema, column.name, strlen(column.name)) >= 0) {
            snprintf(name, sizeof(name), "%s_right", column.name);
            column.name = name;
        }
        source[schema->n_columns] = n_left + i;
        rc = tw_schema_add(schema, &column, err);
    }
    return rc;
}

/* What a join is made of while it runs. */
struct join {
    trawl_table *left, *right;
    const size_t *left_keys, *right_keys;
    size_t n_keys;
    uint32_t *left_rows, *right_rows;
    uint64_t n_rows;
};

static int join_column(const struct join *j, size_t source, struct tw_column **ret,
                       trawl_error *err)
{
    size_t n_left = j->left->schema->n_columns;
    int i_key = source < n_left ? find_index(j->left_keys, j->n_keys, source) : -1;
    const struct tw_column *column, *other;
    int rc = source < n_left ? tw_table_column(j->left, source, &column, err)
                             : tw_table_column(j->right, source - n_left, &column, err);

    if (rc == TRAWL_OK && i_key >= 0) {
        rc = tw_table_column(j->right, j->right_keys[i_key], &other, err);
        return rc == TRAWL_OK
                   ? join_key(column, other, j->left_rows, j->right_rows, j->n_rows, ret, err)
                   : rc;
    }
    if (rc != TRAWL_OK)
        return rc;
    *ret = tw_column_gather(column, source < n_left ? j->left_rows : j->right_rows, j->n_rows, err);
    return *ret ? TRAWL_OK : tw_fail_nomem(err);
}

int host_join(trawl_call *call, trawl_table *left, const size_t *left_keys, trawl_table *right,
              const size_t *right_keys, size_t n_keys, const char *kind, trawl_table **ret,
              trawl_error *err)
{
    struct join j = {.left = left,
                     .right = right,
                     .left_keys = left_keys,
                     .right_keys = right_keys,
                     .n_keys = n_keys};
    int i_kind = strcmp(kind, "inner") == 0 ? 0 : strcmp(kind, "left") == 0 ? 1 : 2;
    size_t n_most = left->schema->n_columns + right->schema->n_columns;
    struct tw_column **columns = tw_alloc_array(n_most + 1, sizeof(struct tw_column *));
    size_t *source = tw_alloc_array(n_most + 1, sizeof(*source)), n_columns = 0;
    tw_schema *schema = tw_schema_new();
    int rc = columns && source && schema ? TRAWL_OK : tw_fail_nomem(err);

    (void)call;
    if (rc == TRAWL_OK)
        rc = check_columns(left, left_keys, n_keys, err);
    if (rc == TRAWL_OK)
        rc = check_columns(right, right_keys, n_keys, err);
    if (rc == TRAWL_OK)
        rc = join_schema(left, right, right_keys, n_keys, schema, source, err);
    if (rc == TRAWL_OK)
        rc = tw_join_rows(left, left_keys, right, right_keys, n_keys, i_kind, &j.left_rows,
                          &j.right_rows, &j.n_rows, err);
    for (; rc == TRAWL_OK && n_columns < schema->n_columns; n_columns++)
        rc = join_column(&j, source[n_columns], &columns[n_columns], err);
    if (rc == TRAWL_OK) {
        rc = give(tw_table_new(schema, columns, err), ret, err);
        schema = NULL;
    }
    for (size_t i = 0; columns && i < n_columns; i++)
        tw_column_release(columns[i]);
    tw_free(columns);
    tw_free(source);
    tw_free(j.left_rows);
    tw_free(j.right_rows);
    tw_schema_free(schema);
    return rc;
}

/* ---- counts and quantiles ---- */

int host_count_values(trawl_call *call, trawl_table *table, size_t i_column, trawl_counts *ret,
                      trawl_error *err)
{
    struct tw_value_counts counts = {0};
    const struct tw_column *column;
    int rc = check_columns(table, &i_column, 1, err);

    if (rc == TRAWL_OK)
        rc = tw_table_column(table, i_column, &column, err);
    if (rc == TRAWL_OK)
        rc = tw_count_values(column, &counts, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = tw_call_later(call, tw_free, counts.first, err);
    if (rc != TRAWL_OK) {
        tw_free(counts.counts);
        return rc;
    }
    rc = tw_call_later(call, tw_free, counts.counts, err);
    if (rc != TRAWL_OK)
        return rc;
    *ret = (trawl_counts){counts.n, counts.n_null, counts.first, counts.counts};
    return TRAWL_OK;
}

int host_quantiles(trawl_call *call, trawl_table *table, size_t i_column, const double *q, size_t n,
                   double *ret, trawl_error *err)
{
    const struct tw_column *column;
    int rc = check_columns(table, &i_column, 1, err);

    (void)call;
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, i_column, &column, err);
    return rc == TRAWL_OK ? tw_quantiles(column, q, n, ret, err) : rc;
}

/* ---- expressions ---- */

static void free_expr(void *expr)
{
    tw_expr_free(expr);
}

int host_expr_compile(trawl_call *call, const char *text, const trawl_schema *schema,
                      trawl_expr **ret, trawl_error *err)
{
    struct tw_expr_names *names = tw_arena_alloc(&call->arena, sizeof(*names));
    tw_expr *expr = NULL;
    int rc;

    if (!names)
        return tw_fail_nomem(err);
    *names = tw_session_expr_names(call->registry->session);
    rc = tw_expr_compile(text, strlen(text), schema, names, &expr, err);
    if (rc != TRAWL_OK) {
        if (err && (!call->stage || !tw_stage_place(call->stage, text, err)))
            err->has_span = false; /* of a text that is not in the line: host_place_of() */
        return rc;
    }
    rc = tw_call_later(call, free_expr, expr, err);
    if (rc == TRAWL_OK)
        *ret = expr;
    return rc;
}

int host_place_of(const trawl_error *err, size_t *ret_start, size_t *ret_n)
{
    if (!err || err->code == TRAWL_OK || err->has_span || err->span_len == 0)
        return 0;
    *ret_start = err->span_start;
    *ret_n = err->span_len;
    return 1;
}

trawl_type host_expr_type(const trawl_expr *expr)
{
    return tw_expr_type(expr);
}

int host_expr_is_list(const trawl_expr *expr)
{
    return tw_expr_is_list(expr);
}

int host_expr_select(trawl_call *call, const trawl_expr *expr, trawl_table *table,
                     trawl_table **ret, trawl_error *err)
{
    struct tw_bits *bits = NULL;
    uint32_t *rows = NULL;
    uint64_t n_rows = 0;
    int rc = tw_expr_bits(expr, table, &bits, err);

    (void)call;
    if (rc == TRAWL_OK)
        rc = tw_rows_from_bits(bits->words, table->n_rows, &rows, &n_rows, err);
    tw_bits_release(bits);
    return rc == TRAWL_OK ? give(tw_table_gather(table, rows, n_rows, err), ret, err) : rc;
}

int host_expr_column(trawl_call *call, const trawl_expr *expr, trawl_table *table, const char *name,
                     trawl_table **ret, trawl_error *err)
{
    struct tw_column *column = NULL;
    tw_schema *schema = tw_schema_new();
    int rc = schema ? tw_expr_column(expr, table, &column, err) : tw_fail_nomem(err);

    (void)call;
    if (rc == TRAWL_OK) {
        trawl_column declared = {.size = sizeof(declared),
                                 .name = name,
                                 .type = column->type,
                                 .flags = column->is_list ? TRAWL_COLUMN_LIST : 0,
                                 .help = "computed by an expression"};

        rc = tw_schema_add(schema, &declared, err);
    }
    if (rc == TRAWL_OK) {
        rc = give(tw_table_new(schema, &column, err), ret, err);
        schema = NULL;
    }
    tw_column_release(column);
    tw_schema_free(schema);
    return rc;
}

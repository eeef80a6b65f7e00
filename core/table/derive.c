/* Tables made of rows or columns of other tables: nothing is copied before it is used.
 * Must not know where columns come from. */
#include "core/table/table.h"

/* What a derived table is made of. Rows are always rows of a table that is not itself gathered or
 * sliced, so that `where | sort | head` copies only the rows that are left. */
struct derived {
    tw_table *base;
    uint32_t *rows; /* gathered rows, or NULL: from start on */
    uint64_t start;
    size_t *columns; /* projected: index in base of each column; NULL: the same ones */
};

static void derived_free(void *context)
{
    struct derived *d = context;

    tw_table_release(d->base);
    tw_free(d->rows);
    tw_free(d->columns);
    tw_free(d);
}

static int rows_provider(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                         trawl_error *err)
{
    const struct derived *d = context;
    const struct tw_column *src;
    int rc = tw_table_column(d->base, i_column, &src, err);

    if (rc != TRAWL_OK)
        return rc;
    *ret = d->rows ? tw_column_gather(src, d->rows, table->n_rows, err)
                   : tw_column_slice(src, d->start, table->n_rows, err);
    return *ret ? TRAWL_OK : tw_fail_nomem(err);
}

static int rows_prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                         trawl_error *err)
{
    const struct derived *d = context;

    (void)table;
    return tw_table_prefetch(d->base, i_columns, n, err);
}

static int project_provider(void *context, trawl_table *table, size_t i_column,
                            struct tw_column **ret, trawl_error *err)
{
    const struct derived *d = context;
    const struct tw_column *src;
    int rc = tw_table_column(d->base, d->columns[i_column], &src, err);

    (void)table;
    if (rc == TRAWL_OK)
        *ret = tw_column_retain((struct tw_column *)src);
    return rc;
}

static int project_prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                            trawl_error *err)
{
    const struct derived *d = context;
    size_t *mapped = tw_alloc_array(n, sizeof(*mapped));
    int rc;

    (void)table;
    if (!mapped)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        mapped[i] = d->columns[i_columns[i]];
    rc = tw_table_prefetch(d->base, mapped, n, err);
    tw_free(mapped);
    return rc;
}

static const struct derived *as_rows(const tw_table *table)
{
    return table->provider == rows_provider ? table->context : NULL;
}

static const struct derived *as_project(const tw_table *table)
{
    return table->provider == project_provider ? table->context : NULL;
}

/* A table over d (taken, also on failure) with a copy of the schema of `like`. */
static tw_table *derive_with(struct derived *d, tw_schema *schema, const tw_table *like,
                             uint64_t n_rows, trawl_error *err)
{
    tw_table *table = d->columns ? tw_table_new_lazy(schema, n_rows, project_provider,
                                                     project_prefetch, d, derived_free, err)
                                 : tw_table_new_lazy(schema, n_rows, rows_provider, rows_prefetch,
                                                     d, derived_free, err);

    if (!table)
        return NULL;
    table->bases[0] = d->base;
    table->n_damaged = like->n_damaged;
    table->origin = like->origin;
    if (like->name) {
        table->name = tw_arena_strdup(&table->schema->arena, like->name);
        if (!table->name) {
            tw_fail_nomem(err);
            tw_table_release(table);
            return NULL;
        }
    }
    return table;
}

static tw_table *derive(struct derived *d, const tw_table *like, uint64_t n_rows, trawl_error *err)
{
    tw_schema *schema = tw_schema_new();

    if (!schema || tw_schema_add_all(schema, like->schema, err) != TRAWL_OK) {
        tw_fail_nomem(err);
        tw_schema_free(schema);
        derived_free(d);
        return NULL;
    }
    return derive_with(d, schema, like, n_rows, err);
}

static struct derived *derived_new(tw_table *base, trawl_error *err)
{
    struct derived *d = tw_alloc(sizeof(*d));

    if (d)
        d->base = tw_table_retain(base);
    else
        tw_fail_nomem(err);
    return d;
}

/* The projected table with other rows: project what `rows` gives of its base. `rows` is taken. */
static tw_table *project_again(const tw_table *projected, tw_table *rows, trawl_error *err)
{
    const struct derived *from = as_project(projected);
    size_t n = projected->schema->n_columns;
    struct derived *d;
    tw_table *table;

    if (!rows)
        return NULL;
    d = derived_new(rows, err);
    if (!d) {
        tw_table_release(rows);
        return NULL;
    }
    d->columns = tw_alloc_array(n, sizeof(*d->columns));
    if (!d->columns) {
        tw_fail_nomem(err);
        tw_table_release(rows);
        derived_free(d);
        return NULL;
    }
    memcpy(d->columns, from->columns, n * sizeof(*d->columns));
    table = derive(d, projected, rows->n_rows, err);
    tw_table_release(rows);
    return table;
}

tw_table *tw_table_slice(tw_table *table, uint64_t start, uint64_t n, trawl_error *err)
{
    const struct derived *from = as_rows(table);
    const struct derived *projected = as_project(table);
    struct derived *d;

    start = TW_MIN(start, table->n_rows);
    n = TW_MIN(n, table->n_rows - start);
    if (n == table->n_rows)
        return tw_table_retain(table);
    if (projected)
        return project_again(table, tw_table_slice(projected->base, start, n, err), err);
    d = derived_new(from ? from->base : table, err);
    if (!d)
        return NULL;
    if (from && from->rows) {
        d->rows = tw_alloc_array(n, sizeof(*d->rows));
        if (!d->rows) {
            tw_fail_nomem(err);
            derived_free(d);
            return NULL;
        }
        memcpy(d->rows, from->rows + start, n * sizeof(*d->rows));
    } else {
        d->start = start + (from ? from->start : 0);
    }
    return derive(d, table, n, err);
}

tw_table *tw_table_gather(tw_table *table, uint32_t *rows, uint64_t n, trawl_error *err)
{
    const struct derived *from = as_rows(table);
    const struct derived *projected = as_project(table);
    struct derived *d;

    if (projected)
        return project_again(table, tw_table_gather(projected->base, rows, n, err), err);
    d = derived_new(from ? from->base : table, err);
    if (!d) {
        tw_free(rows);
        return NULL;
    }
    d->rows = rows;
    for (uint64_t i = 0; from && i < n; i++) {
        if (rows[i] != UINT32_MAX)
            rows[i] = from->rows ? from->rows[rows[i]] : (uint32_t)(from->start + rows[i]);
    }
    return derive(d, table, n, err);
}

/* Column i of a projection: its declaration under its new name. */
static int add_projected(tw_schema *schema, const trawl_column *from, const char *name,
                         trawl_error *err)
{
    trawl_column column = *from;

    if (name)
        column.name = name;
    column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
    return tw_schema_add(schema, &column, err);
}

tw_table *tw_table_project(tw_table *table, const size_t *i_columns, const char *const *names,
                           size_t n, trawl_error *err)
{
    const struct derived *from = as_project(table);
    struct derived *d = derived_new(from ? from->base : table, err);
    tw_schema *schema = tw_schema_new();

    if (!d || !schema) {
        tw_fail_nomem(err);
        goto fail;
    }
    d->columns = tw_alloc_array(n, sizeof(*d->columns));
    if (!d->columns) {
        tw_fail_nomem(err);
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        if (i_columns[i] >= table->schema->n_columns) {
            tw_fail(err, TRAWL_E_PLUGIN, "the table has no column %zu", i_columns[i]);
            goto fail;
        }
        d->columns[i] = from ? from->columns[i_columns[i]] : i_columns[i];
        if (add_projected(schema, &table->schema->columns[i_columns[i]], names ? names[i] : NULL,
                          err) != TRAWL_OK)
            goto fail;
    }
    return derive_with(d, schema, table, table->n_rows, err);

fail:
    if (d)
        derived_free(d);
    tw_schema_free(schema);
    return NULL;
}

/* Tables whose columns are computed on first use.
 * Must not know where columns come from. */
#include "core/table/table.h"

static int table_init(tw_table *table, tw_schema *schema, trawl_error *err)
{
    pthread_mutexattr_t attributes;

    table->columns = tw_alloc_array(schema->n_columns, sizeof(*table->columns));
    if (!table->columns)
        return tw_fail_nomem(err);
    atomic_init(&table->refs, 1);
    table->schema = schema;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&table->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return TRAWL_OK;
}

tw_table *tw_table_new_lazy(tw_schema *schema, uint64_t n_rows, tw_column_provider *provider,
                            tw_columns_prefetch *prefetch, void *context,
                            void (*context_free)(void *), trawl_error *err)
{
    tw_table *table = tw_alloc(sizeof(*table));

    if (!table || table_init(table, schema, err) != TRAWL_OK) {
        tw_fail_nomem(err);
        tw_free(table);
        tw_schema_free(schema);
        if (context_free)
            context_free(context);
        return NULL;
    }
    table->n_rows = n_rows;
    table->provider = provider;
    table->prefetch = prefetch;
    table->context = context;
    table->context_free = context_free;
    return table;
}

/* A column fits its place in the table. */
static int check_column(const tw_table *table, size_t i, const struct tw_column *column,
                        trawl_error *err)
{
    const trawl_column *declared = &table->schema->columns[i];
    bool is_list = (declared->flags & TRAWL_COLUMN_LIST) != 0;

    if (column->type != declared->type || column->is_list != is_list)
        return tw_fail(err, TRAWL_E_PLUGIN, "column '%s' is declared as %s'%s' but made as %s'%s'",
                       declared->name, is_list ? "list of " : "", tw_type_name(declared->type),
                       column->is_list ? "list of " : "", tw_type_name(column->type));
    if (column->n_rows != table->n_rows)
        return tw_fail(err, TRAWL_E_PLUGIN, "column '%s' has %llu rows, its table has %llu",
                       declared->name, (unsigned long long)column->n_rows,
                       (unsigned long long)table->n_rows);
    return TRAWL_OK;
}

tw_table *tw_table_new(tw_schema *schema, struct tw_column *const *columns, trawl_error *err)
{
    size_t n = schema->n_columns;
    uint64_t n_rows = n > 0 ? columns[0]->n_rows : 0;
    tw_table *table = tw_table_new_lazy(schema, n_rows, NULL, NULL, NULL, NULL, err);

    for (size_t i = 0; table && i < n; i++) {
        if (check_column(table, i, columns[i], err) != TRAWL_OK) {
            tw_table_release(table);
            return NULL;
        }
        table->columns[i] = tw_column_retain(columns[i]);
    }
    return table;
}

tw_table *tw_table_retain(tw_table *table)
{
    if (table)
        atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

void tw_table_release(tw_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < table->schema->n_columns; i++)
        tw_column_release(table->columns[i]);
    for (size_t i = 0; table->tallies && i < table->schema->n_columns; i++)
        tw_tally_release(table->tallies[i]);
    tw_free(table->tallies);
    if (table->context_free)
        table->context_free(table->context);
    tw_free(table->columns);
    tw_schema_free(table->schema);
    pthread_mutex_destroy(&table->lock);
    tw_free(table);
}

/* Slots are set once, under the lock, and read without it. */
static struct tw_column *known_column(const tw_table *table, size_t i)
{
    return __atomic_load_n(&table->columns[i], __ATOMIC_ACQUIRE);
}

void tw_table_store(tw_table *table, size_t i, struct tw_column *column)
{
    pthread_mutex_lock(&table->lock);
    if (known_column(table, i))
        tw_column_release(column);
    else
        __atomic_store_n(&table->columns[i], column, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&table->lock);
}

void tw_table_forget(tw_table *table, size_t i)
{
    pthread_mutex_lock(&table->lock);
    tw_column_release(known_column(table, i));
    __atomic_store_n(&table->columns[i], NULL, __ATOMIC_RELEASE);
    if (table->tallies) {
        tw_tally_release(table->tallies[i]);
        table->tallies[i] = NULL;
    }
    pthread_mutex_unlock(&table->lock);
}

bool tw_table_reads(const tw_table *table, const tw_table *base)
{
    return table && (table == base || tw_table_reads(table->bases[0], base) ||
                     tw_table_reads(table->bases[1], base));
}

/* Compute column i. The table is locked. */
static int provide(tw_table *table, size_t i, trawl_error *err)
{
    struct tw_column *made = NULL;
    int rc;

    if (!table->provider)
        return tw_fail(err, TRAWL_E_PLUGIN, "column '%s' has no values",
                       table->schema->columns[i].name);
    rc = table->provider(table->context, table, i, &made, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!made) /* stored by the provider itself */
        return known_column(table, i) ? TRAWL_OK
                                      : tw_fail(err, TRAWL_E_PLUGIN, "column '%s' was not made",
                                                table->schema->columns[i].name);
    rc = check_column(table, i, made, err);
    if (rc != TRAWL_OK) {
        tw_column_release(made);
        return rc;
    }
    tw_table_store(table, i, made);
    return TRAWL_OK;
}

int tw_table_column(tw_table *table, size_t i, const struct tw_column **ret, trawl_error *err)
{
    struct tw_column *column;
    int rc = TRAWL_OK;

    if (i >= table->schema->n_columns)
        return tw_fail(err, TRAWL_E_PLUGIN, "the table has no column %zu", i);
    column = known_column(table, i);
    if (!column) {
        pthread_mutex_lock(&table->lock);
        if (!known_column(table, i)) /* another thread may have been first */
            rc = provide(table, i, err);
        column = known_column(table, i);
        pthread_mutex_unlock(&table->lock);
    }
    if (rc == TRAWL_OK)
        *ret = column;
    return rc;
}

int tw_table_prefetch(tw_table *table, const size_t *i_columns, size_t n, trawl_error *err)
{
    size_t *wanted;
    const struct tw_column *column;
    size_t n_wanted = 0;
    int rc = TRAWL_OK;

    wanted = tw_alloc_array(n, sizeof(*wanted));
    if (!wanted)
        return tw_fail_nomem(err);
    pthread_mutex_lock(&table->lock);
    for (size_t i = 0; i < n; i++) {
        if (i_columns[i] < table->schema->n_columns && !known_column(table, i_columns[i]))
            wanted[n_wanted++] = i_columns[i];
    }
    if (table->prefetch && n_wanted > 1)
        rc = table->prefetch(table->context, table, wanted, n_wanted, err);
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = tw_table_column(table, i_columns[i], &column, err);
    pthread_mutex_unlock(&table->lock);
    tw_free(wanted);
    return rc;
}

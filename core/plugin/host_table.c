/* Slots of the host table that read and reshape tables.
 * Must not know captures or command lines. */
#include "core/plugin/host.h"

uint64_t host_n_rows(const trawl_table *table)
{
    return table->n_rows;
}

const trawl_schema *host_schema_of(const trawl_table *table)
{
    return table->schema;
}

const char *host_table_name(const trawl_table *table)
{
    return table->name;
}

void host_table_set_name(trawl_table *table, const char *name)
{
    char *copy = name ? tw_arena_strdup(&table->schema->arena, name) : NULL;

    if (copy)
        table->name = copy;
}

trawl_table *host_retain(trawl_table *table)
{
    return tw_table_retain(table);
}

void host_release(trawl_table *table)
{
    tw_table_release(table);
}

/* Hand over a new table, or the failure that left none. */
static int give(tw_table *table, trawl_table **ret, trawl_error *err)
{
    if (!table)
        return err && err->code != TRAWL_OK ? err->code : TRAWL_E_NOMEM;
    *ret = table;
    return TRAWL_OK;
}

static int check_column(const trawl_table *table, size_t i_column, trawl_error *err)
{
    if (i_column >= table->schema->n_columns)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for column %zu of %zu", i_column,
                       table->schema->n_columns);
    return TRAWL_OK;
}

int host_view(trawl_call *call, trawl_table *table, size_t i_column, trawl_view *view,
              trawl_error *err)
{
    const struct tw_column *column;
    trawl_view full = {.size = sizeof(full)};
    uint32_t size = view->size;
    int rc = check_column(table, i_column, err);

    (void)call;
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, i_column, &column, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_column_view(column, table->schema->columns[i_column].flags, &full);
    memcpy(view, &full, TW_MIN(size, sizeof(full)));
    view->size = size;
    return TRAWL_OK;
}

int host_view_named(trawl_call *call, trawl_table *table, const char *name, trawl_view *view,
                    trawl_error *err)
{
    int64_t i = tw_schema_find(table->schema, name, strlen(name));

    if (i < 0)
        return tw_schema_fail_column(table->schema, name, strlen(name), err);
    return host_view(call, table, (size_t)i, view, err);
}

int host_prefetch(trawl_call *call, trawl_table *table, const char *const *names, size_t n,
                  trawl_error *err)
{
    size_t *i_columns = tw_alloc_array(n ? n : 1, sizeof(*i_columns));
    int rc = i_columns ? TRAWL_OK : tw_fail_nomem(err);

    (void)call;
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        int64_t found = tw_schema_find(table->schema, names[i], strlen(names[i]));

        if (found < 0)
            rc = tw_schema_fail_column(table->schema, names[i], strlen(names[i]), err);
        else
            i_columns[i] = (size_t)found;
    }
    if (rc == TRAWL_OK)
        rc = tw_table_prefetch(table, i_columns, n, err);
    tw_free(i_columns);
    return rc;
}

int host_slice(trawl_call *call, trawl_table *table, uint64_t start, uint64_t n, trawl_table **ret,
               trawl_error *err)
{
    (void)call;
    start = TW_MIN(start, table->n_rows);
    n = TW_MIN(n, table->n_rows - start);
    if (start == 0 && n == table->n_rows) {
        *ret = tw_table_retain(table);
        return TRAWL_OK;
    }
    return give(tw_table_slice(table, start, n, err), ret, err);
}

int host_gather(trawl_call *call, trawl_table *table, const uint32_t *rows, uint64_t n,
                trawl_table **ret, trawl_error *err)
{
    uint32_t *copy;

    (void)call;
    for (uint64_t i = 0; i < n; i++) {
        if (rows[i] >= table->n_rows)
            return tw_fail(err, TRAWL_E_PLUGIN, "asked for row %u of %llu", rows[i],
                           (unsigned long long)table->n_rows);
    }
    copy = tw_alloc_array(n ? n : 1, sizeof(*copy));
    if (!copy)
        return tw_fail_nomem(err);
    if (n)
        memcpy(copy, rows, n * sizeof(*copy));
    return give(tw_table_gather(table, copy, n, err), ret, err);
}

int host_project(trawl_call *call, trawl_table *table, const size_t *i_columns,
                 const char *const *names, size_t n, trawl_table **ret, trawl_error *err)
{
    (void)call;
    for (size_t i = 0; i < n; i++) {
        int rc = check_column(table, i_columns[i], err);

        if (rc != TRAWL_OK)
            return rc;
    }
    return give(tw_table_project(table, i_columns, names, n, err), ret, err);
}

/* ---- paste ---- */

struct paste {
    tw_table *left, *right;
};

static void paste_free(void *context)
{
    struct paste *p = context;

    tw_table_release(p->left);
    tw_table_release(p->right);
    tw_free(p);
}

static int paste_column(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                        trawl_error *err)
{
    struct paste *p = context;
    size_t n_left = p->left->schema->n_columns;
    const struct tw_column *column;
    int rc = i_column < n_left ? tw_table_column(p->left, i_column, &column, err)
                               : tw_table_column(p->right, i_column - n_left, &column, err);

    (void)table;
    if (rc == TRAWL_OK)
        *ret = tw_column_retain((struct tw_column *)(uintptr_t)column);
    return rc;
}

static int paste_prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                          trawl_error *err)
{
    struct paste *p = context;
    size_t n_left = p->left->schema->n_columns, n_l = 0, n_r = 0;
    size_t *left = tw_alloc_array(n, 2 * sizeof(*left)), *right;
    int rc;

    (void)table;
    if (!left)
        return tw_fail_nomem(err);
    right = left + n;
    for (size_t i = 0; i < n; i++) {
        if (i_columns[i] < n_left)
            left[n_l++] = i_columns[i];
        else
            right[n_r++] = i_columns[i] - n_left;
    }
    rc = tw_table_prefetch(p->left, left, n_l, err);
    if (rc == TRAWL_OK)
        rc = tw_table_prefetch(p->right, right, n_r, err);
    tw_free(left);
    return rc;
}

int host_paste(trawl_call *call, trawl_table *left, trawl_table *right, trawl_table **ret,
               trawl_error *err)
{
    struct paste *p;
    tw_schema *schema;
    tw_table *table;
    int rc;

    (void)call;
    if (left->n_rows != right->n_rows)
        return tw_fail(err, TRAWL_E_PLUGIN, "cannot put %llu rows beside %llu",
                       (unsigned long long)right->n_rows, (unsigned long long)left->n_rows);
    schema = tw_schema_new();
    p = tw_alloc(sizeof(*p));
    rc = schema && p ? tw_schema_add_all(schema, left->schema, err) : tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < right->schema->n_columns; i++) {
        const trawl_column *column = &right->schema->columns[i];

        if (tw_schema_find(schema, column->name, strlen(column->name)) >= 0)
            rc = tw_fail(err, TRAWL_E_USAGE, "there is a column '%s' already", column->name);
        else
            rc = tw_schema_add(schema, column, err);
    }
    if (rc != TRAWL_OK) {
        tw_schema_free(schema);
        tw_free(p);
        return rc;
    }
    p->left = tw_table_retain(left);
    p->right = tw_table_retain(right);
    table = tw_table_new_lazy(schema, left->n_rows, paste_column, paste_prefetch, p, paste_free,
                              err);
    if (table) {
        table->bases[0] = p->left;
        table->bases[1] = p->right;
        table->n_damaged = left->n_damaged;
        table->origin = left->origin;
        host_table_set_name(table, left->name);
    }
    return give(table, ret, err);
}

/* ---- text ---- */

static const char *text_of(trawl_call *call, const struct tw_column *column, uint32_t flags,
                           uint64_t i, trawl_error *err)
{
    struct tw_cell_style style = {TW_TIME_UTC, 6, 0};
    struct tw_buffer text = TW_BUFFER_INIT;
    char *copy;

    if ((column->type == TRAWL_TIME || column->type == TRAWL_SPAN) && !column->is_list &&
        (int64_t)tw_column_u64(column, i) % 1000)
        style.time_decimals = 9;
    tw_cell_text(column, flags, i, &style, &text);
    copy = text.failed ? NULL
                       : tw_arena_strndup(&call->arena, text.data ? text.data : "", text.len);
    tw_buffer_fini(&text);
    if (!copy)
        tw_fail_nomem(err);
    return copy;
}

const char *host_cell_text(trawl_call *call, trawl_table *table, size_t i_column, uint64_t row,
                           trawl_error *err)
{
    const struct tw_column *column;

    if (check_column(table, i_column, err) != TRAWL_OK ||
        tw_table_column(table, i_column, &column, err) != TRAWL_OK)
        return NULL;
    if (row >= column->n_rows) {
        tw_fail(err, TRAWL_E_PLUGIN, "asked for row %llu of %llu", (unsigned long long)row,
                (unsigned long long)column->n_rows);
        return NULL;
    }
    return text_of(call, column, table->schema->columns[i_column].flags, row, err);
}

const char *host_item_text(trawl_call *call, trawl_table *table, size_t i_column, uint64_t i_item,
                           trawl_error *err)
{
    const struct tw_column *column;
    struct tw_column items;

    if (check_column(table, i_column, err) != TRAWL_OK ||
        tw_table_column(table, i_column, &column, err) != TRAWL_OK)
        return NULL;
    if (!column->is_list)
        return host_cell_text(call, table, i_column, i_item, err);
    /* the items of a list column lie as the cells of a plain one */
    items = (struct tw_column){.type = column->type, .data = column->data, .dict = column->dict};
    items.n_rows = ((const uint64_t *)(const void *)column->offsets.base)[column->n_rows];
    if (i_item >= items.n_rows) {
        tw_fail(err, TRAWL_E_PLUGIN, "asked for item %llu of %llu", (unsigned long long)i_item,
                (unsigned long long)items.n_rows);
        return NULL;
    }
    return text_of(call, &items,
                   table->schema->columns[i_column].flags & ~(uint32_t)TRAWL_COLUMN_LIST, i_item,
                   err);
}

/* Tables built row by row, or their columns filled by the caller.
 * Must not know what the rows mean. */
#include "core/table/dict.h"
#include "core/table/table.h"

tw_builder *tw_builder_new(const tw_schema *schema, struct tw_dict *const *dicts, trawl_error *err)
{
    tw_builder *b = tw_alloc(sizeof(*b));
    struct tw_dict *dict;

    if (!b) {
        tw_fail_nomem(err);
        return NULL;
    }
    b->schema = tw_schema_new();
    b->n_columns = schema->n_columns;
    b->columns = tw_alloc_array(schema->n_columns, sizeof(struct tw_column *));
    if (!b->schema || !b->columns) {
        tw_fail_nomem(err);
        goto fail;
    }
    if (tw_schema_add_all(b->schema, schema, err) != TRAWL_OK)
        goto fail;
    for (size_t i = 0; i < schema->n_columns; i++) {
        const trawl_column *column = &schema->columns[i];

        dict = NULL;
        if (tw_type_is_coded(column->type)) {
            dict = dicts && dicts[i] ? tw_dict_retain(dicts[i]) : tw_dict_new(column->type);
            if (!dict) {
                tw_fail_nomem(err);
                goto fail;
            }
        }
        b->columns[i] = tw_column_new(column->type, (column->flags & TRAWL_COLUMN_LIST) != 0, 0,
                                      dict, err);
        tw_dict_release(dict);
        if (!b->columns[i])
            goto fail;
    }
    return b;

fail:
    tw_builder_free(b);
    return NULL;
}

/* The column of the next cell; NULL when the builder failed, or the row is full already. */
static struct tw_column *next_column(tw_builder *b)
{
    if (b->error.code != TRAWL_OK)
        return NULL;
    if (b->i_next >= b->schema->n_columns) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "row %llu has more cells than columns",
                (unsigned long long)b->n_rows);
        return NULL;
    }
    return b->columns[b->i_next];
}

/* A value was appended to the cell, or could not be. */
static void appended(tw_builder *b, const struct tw_column *column, int rc)
{
    if (rc != TRAWL_OK)
        tw_error_wrap(&b->error, rc, "column '%s'", b->schema->columns[b->i_next].name);
    else if (!column->is_list)
        b->i_next++;
}

/* Room for cell i of the given bytes. */
static inline bool has_room(const struct tw_column *c, uint64_t i, size_t size)
{
    return (i + 1) * size <= c->data.committed;
}

/* Most cells and items: a number that fits, in a column without nulls that has room. False: look
 * closer. */
static inline bool put_plain(tw_builder *b, uint64_t v)
{
    struct tw_column *c = b->i_next < b->n_columns ? b->columns[b->i_next] : NULL;
    uint64_t i;

    if (!c || c->valid.base || b->error.code != TRAWL_OK)
        return false;
    i = c->is_list ? c->n_items : c->n_rows;
    switch (c->type) {
    case TRAWL_U8:
        if (v > UINT8_MAX || !has_room(c, i, 1))
            return false;
        TW_CELLS(c, uint8_t)[i] = (uint8_t)v;
        break;
    case TRAWL_U16:
        if (v > UINT16_MAX || !has_room(c, i, 2))
            return false;
        TW_CELLS(c, uint16_t)[i] = (uint16_t)v;
        break;
    case TRAWL_U32:
        if (v > UINT32_MAX || !has_room(c, i, 4))
            return false;
        TW_CELLS(c, uint32_t)[i] = (uint32_t)v;
        break;
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
        if (v > INT64_MAX || !has_room(c, i, 8)) /* whose sign it is, is asked elsewhere */
            return false;
        TW_CELLS(c, uint64_t)[i] = v;
        break;
    default:
        return false;
    }
    if (c->is_list) {
        c->n_items++;
    } else {
        c->n_rows++;
        b->i_next++;
    }
    return true;
}

void tw_builder_null(tw_builder *b)
{
    struct tw_column *column = next_column(b);

    if (!column)
        return;
    appended(b, column, tw_append_null(column, &b->error));
    if (column->is_list)
        b->i_next++;
}

void tw_builder_u64(tw_builder *b, uint64_t v)
{
    struct tw_column *column;

    if (put_plain(b, v))
        return;
    column = next_column(b);
    if (!column)
        return;
    if (v > INT64_MAX &&
        (column->type == TRAWL_I64 || column->type == TRAWL_TIME || column->type == TRAWL_SPAN)) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "column '%s': the value %llu does not fit",
                b->schema->columns[b->i_next].name, (unsigned long long)v);
        return;
    }
    appended(b, column, tw_append_u64(column, v, &b->error));
}

void tw_builder_i64(tw_builder *b, int64_t v)
{
    struct tw_column *column;

    if (put_plain(b, (uint64_t)v))
        return;
    column = next_column(b);
    if (!column)
        return;
    if (v < 0 && column->type != TRAWL_I64 && column->type != TRAWL_TIME &&
        column->type != TRAWL_SPAN) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "column '%s': the value %lld does not fit",
                b->schema->columns[b->i_next].name, (long long)v);
        return;
    }
    appended(b, column, tw_append_u64(column, (uint64_t)v, &b->error));
}

void tw_builder_f64(tw_builder *b, double v)
{
    struct tw_column *column = next_column(b);

    if (column)
        appended(b, column, tw_append_f64(column, v, &b->error));
}

void tw_builder_value(tw_builder *b, const void *value, size_t n)
{
    struct tw_column *column = next_column(b);

    if (column)
        appended(b, column, tw_append_value(column, value, n, &b->error));
}

void tw_builder_code(tw_builder *b, uint32_t code)
{
    struct tw_column *column = next_column(b);

    if (!column)
        return;
    if (!tw_type_is_coded(column->type)) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "column '%s' has no dictionary",
                b->schema->columns[b->i_next].name);
        return;
    }
    appended(b, column, tw_append_u64(column, code, &b->error));
}

/* Most lists: one that has room for one more end. False: look closer. */
static inline bool end_plain_list(tw_builder *b)
{
    struct tw_column *c = b->i_next < b->n_columns ? b->columns[b->i_next] : NULL;

    if (!c || !c->is_list || b->error.code != TRAWL_OK || c->n_rows >= c->max_rows ||
        (c->n_rows + 2) * sizeof(uint64_t) > c->offsets.committed)
        return false;
    ((uint64_t *)(void *)c->offsets.base)[++c->n_rows] = c->n_items;
    b->i_next++;
    return true;
}

void tw_builder_end_list(tw_builder *b)
{
    struct tw_column *column;

    if (end_plain_list(b))
        return;
    column = next_column(b);
    if (!column)
        return;
    appended(b, column, tw_list_end_row(column, &b->error));
    if (b->error.code == TRAWL_OK)
        b->i_next++;
}

void tw_builder_end_row(tw_builder *b)
{
    if (b->error.code != TRAWL_OK)
        return;
    if (b->i_next != b->schema->n_columns) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "row %llu has %zu cells for %zu columns",
                (unsigned long long)b->n_rows, b->i_next, b->schema->n_columns);
        return;
    }
    b->i_next = 0;
    b->n_rows++;
}

void tw_builder_empty_rows(tw_builder *b, uint64_t n)
{
    if (b->error.code != TRAWL_OK)
        return;
    if (b->i_next) {
        tw_fail(&b->error, TRAWL_E_PLUGIN, "row %llu was not ended", (unsigned long long)b->n_rows);
        return;
    }
    for (size_t i = 0; n && b->error.code == TRAWL_OK && i < b->n_columns; i++) {
        struct tw_column *column = b->columns[i];

        if (tw_column_need_valid(column, true, &b->error) == TRAWL_OK)
            tw_column_resize(column, column->n_rows + n, &b->error);
    }
    if (b->error.code == TRAWL_OK)
        b->n_rows += n;
}

/* The cells of n rows of all columns. */
static int grow_cells(tw_builder *b, uint64_t n, trawl_error *err)
{
    struct tw_region **regions = tw_alloc_array(b->n_columns + 1, sizeof(*regions));
    uint64_t *n_bytes = tw_alloc_array(b->n_columns + 1, sizeof(*n_bytes));
    int rc = regions && n_bytes ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < b->n_columns; i++) {
        regions[i] = &b->columns[i]->data;
        n_bytes[i] = n * tw_type_size(b->columns[i]->type);
    }
    if (rc == TRAWL_OK && n)
        rc = tw_regions_grow_once(regions, n_bytes, b->n_columns, err);
    tw_free(regions);
    tw_free(n_bytes);
    return rc;
}

int tw_builder_rows(tw_builder *b, uint64_t n, const bool *nulls, trawl_error *err)
{
    int rc = b->error.code != TRAWL_OK ? tw_fail_as(err, &b->error) : TRAWL_OK;

    if (rc == TRAWL_OK && (b->n_rows || b->i_next))
        rc = tw_fail(err, TRAWL_E_PLUGIN, "rows come at once only into an empty table");
    for (size_t i = 0; rc == TRAWL_OK && i < b->n_columns; i++) {
        if (b->columns[i]->is_list)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "rows come at once only without the list '%s'",
                         b->schema->columns[i].name);
        else if (n > b->columns[i]->max_rows)
            rc = tw_fail(err, TRAWL_E_NOMEM, "out of memory: a table has at most %llu rows",
                         (unsigned long long)b->columns[i]->max_rows);
    }
    if (rc == TRAWL_OK)
        rc = grow_cells(b, n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < b->n_columns; i++) {
        if (nulls[i])
            rc = tw_column_need_valid(b->columns[i], false, err);
        if (rc == TRAWL_OK)
            rc = tw_column_resize(b->columns[i], n, err);
    }
    if (rc == TRAWL_OK)
        b->n_rows = n;
    return rc;
}

int tw_builder_finish(tw_builder *b, tw_table **ret, trawl_error *err)
{
    trawl_error error = b->error;
    tw_table *table = NULL;

    if (error.code == TRAWL_OK && b->i_next != 0)
        tw_fail(&error, TRAWL_E_PLUGIN, "the last row was not ended");
    for (size_t i = 0; error.code == TRAWL_OK && i < b->n_columns; i++) {
        struct tw_dict *dict = b->columns[i]->dict;

        tw_column_seal(b->columns[i]);
        if (dict && atomic_load_explicit(&dict->refs, memory_order_acquire) == 1)
            tw_dict_settle(dict); /* nobody else looks anything up in it */
    }
    if (error.code == TRAWL_OK) {
        table = tw_table_new(b->schema, b->columns, &error);
        b->schema = NULL; /* taken */
    }
    if (table && table->schema->n_columns == 0)
        table->n_rows = b->n_rows;
    tw_builder_free(b);
    if (!table) {
        if (err && err->code == TRAWL_OK)
            *err = error;
        return error.code;
    }
    *ret = table;
    return TRAWL_OK;
}

void tw_builder_free(tw_builder *b)
{
    if (!b)
        return;
    for (size_t i = 0; b->columns && i < b->n_columns; i++)
        tw_column_release(b->columns[i]);
    tw_free(b->columns);
    tw_schema_free(b->schema);
    tw_free(b);
}

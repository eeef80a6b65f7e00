/* Tables that commands make of a capture, kept beside it in the disk cache under names that say all
 * they depend on. Must not know what is in them. */
#include "core/cache/column.h"
#include "core/session/cache.h"

static uint32_t base_of(size_t i)
{
    return TW_CACHE_TABLE_COLUMNS + (uint32_t)i * TW_CACHE_OF_COLUMN;
}

/* The columns are part of the name: others are another table. NULL: no memory. */
static char *full_name(const char *name, const tw_schema *schema)
{
    struct tw_buffer b = TW_BUFFER_INIT;

    tw_buffer_puts(&b, name);
    for (size_t i = 0; i < schema->n_columns; i++)
        tw_buffer_printf(&b, "%s%s:%s%s", i ? " " : "\n", schema->columns[i].name,
                         tw_type_name(schema->columns[i].type),
                         schema->columns[i].flags & TRAWL_COLUMN_LIST ? "[]" : "");
    return tw_buffer_steal(&b);
}

/* ---- serving ---- */

struct serving {
    const tw_schema *schema;
    tw_table **ret;
};

static int get_columns(const tw_schema *schema, const struct tw_cache_file *file,
                       struct tw_column **columns, trawl_error *err)
{
    uint64_t n_rows;
    int rc = TRAWL_OK;

    if (!tw_cache_column_rows(file, base_of(0), &n_rows))
        return tw_fail(err, TRAWL_E_DATA, "a column is not there");
    for (size_t i = 0; rc == TRAWL_OK && i < schema->n_columns; i++) {
        const struct tw_cache_shape shape = {
            .type = schema->columns[i].type,
            .is_list = (schema->columns[i].flags & TRAWL_COLUMN_LIST) != 0,
            .n_rows = n_rows};

        rc = tw_cache_get_column(file, base_of(i), &shape, &columns[i], err);
    }
    return rc;
}

static int fill(void *context, const struct tw_cache_file *file, trawl_error *err)
{
    const struct serving *s = context;
    struct tw_column *columns[TW_CACHE_MOST_COLUMNS] = {0};
    tw_schema *schema = NULL;
    int rc = get_columns(s->schema, file, columns, err);

    if (rc == TRAWL_OK) {
        schema = tw_schema_new();
        rc = schema ? tw_schema_add_all(schema, s->schema, err) : tw_fail_nomem(err);
        if (rc != TRAWL_OK)
            tw_schema_free(schema);
    }
    if (rc == TRAWL_OK) {
        *s->ret = tw_table_new(schema, columns, err);
        rc = *s->ret ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (size_t i = 0; i < TW_COUNT(columns); i++)
        tw_column_release(columns[i]);
    return rc;
}

static bool is_kept(const tw_capture *capture, const tw_schema *schema)
{
    return capture->cache_key && schema->n_columns && schema->n_columns <= TW_CACHE_MOST_COLUMNS;
}

bool tw_session_recall(const tw_capture *capture, const char *name, const tw_schema *schema,
                       tw_table **ret)
{
    char *full = is_kept(capture, schema) ? full_name(name, schema) : NULL;
    const bool served = full && tw_cached_serve_beside(capture, "table", full, fill,
                                                       &(struct serving){schema, ret});

    tw_free(full);
    return served;
}

/* ---- keeping ---- */

static int keep(const tw_capture *capture, const char *name, tw_table *table, trawl_error *err)
{
    struct tw_cache_parts *parts = tw_alloc(sizeof(*parts));
    char *full = full_name(name, table->schema);
    int rc = parts && full ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < table->schema->n_columns; i++) {
        const struct tw_column *column;

        rc = tw_table_column(table, i, &column, err);
        if (rc == TRAWL_OK)
            rc = tw_cache_put_column(parts, base_of(i), column, err);
    }
    if (rc == TRAWL_OK)
        rc = tw_cached_keep_beside(capture, "table", full, parts, err);
    if (parts)
        tw_cache_parts_fini(parts);
    tw_free(parts);
    tw_free(full);
    return rc;
}

void tw_session_remember(const tw_capture *capture, const char *name, tw_table *table,
                         int64_t took_ns)
{
    trawl_error why = TW_ERROR_INIT;

    if (!is_kept(capture, table->schema) || !tw_cached_wants(capture, took_ns))
        return;
    atomic_store(&tw_progress.what, "caching");
    if (keep(capture, name, table, &why) != TRAWL_OK && why.code != TRAWL_E_CANCELLED)
        tw_log(3, "a table of '%s' is not in the cache: %s", capture->name, why.message);
    atomic_store(&tw_progress.what, NULL);
    tw_error_clear(&why);
}

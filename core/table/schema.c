/* The columns of a table without its rows.
 * Must not know cells. */
#include "core/table/table.h"

tw_schema *tw_schema_new(void)
{
    tw_schema *schema = tw_alloc(sizeof(*schema));

    if (schema)
        schema->arena.block_size = 2048; /* most schemas are small */
    return schema;
}

tw_schema *tw_schema_share(tw_schema *schema)
{
    atomic_fetch_add_explicit(&schema->n_more, 1, memory_order_relaxed);
    return schema;
}

void tw_schema_free(tw_schema *schema)
{
    if (!schema || atomic_fetch_sub_explicit(&schema->n_more, 1, memory_order_acq_rel) != 0)
        return;
    tw_hashmap_fini(&schema->by_name);
    tw_arena_fini(&schema->arena);
    tw_free(schema->columns);
    tw_free(schema);
}

/* Copy *s into the schema; NULL stays NULL. */
static bool own(tw_schema *schema, const char **s)
{
    if (*s)
        *s = tw_arena_strdup(&schema->arena, *s);
    return *s != NULL;
}

int tw_schema_add(tw_schema *schema, const trawl_column *column, trawl_error *err)
{
    trawl_column copy = {0};
    trawl_column *grown;
    size_t capacity;

    memcpy(&copy, column, TW_MIN((size_t)column->size, sizeof(copy)));
    copy.size = sizeof(copy);
    if (!copy.name || !*copy.name)
        return tw_fail(err, TRAWL_E_PLUGIN, "a column has no name");
    if (tw_type_size(copy.type) == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "column '%s' has no type", copy.name);
    if (tw_hashmap_get(&schema->by_name, copy.name))
        return tw_fail(err, TRAWL_E_PLUGIN, "there are two columns '%s'", copy.name);
    if (schema->n_columns == schema->capacity) {
        capacity = schema->capacity * 2 + 8;
        grown = tw_realloc_array(schema->columns, capacity, sizeof(*grown));
        if (!grown)
            return tw_fail_nomem(err);
        schema->columns = grown;
        schema->capacity = capacity;
    }
    if (!own(schema, &copy.name) || (copy.unit && !own(schema, &copy.unit)) ||
        (copy.help && !own(schema, &copy.help)) || (copy.source && !own(schema, &copy.source)) ||
        tw_hashmap_put(&schema->by_name, copy.name, (void *)(uintptr_t)(schema->n_columns + 1)) !=
            TRAWL_OK)
        return tw_fail_nomem(err);
    schema->columns[schema->n_columns++] = copy;
    return TRAWL_OK;
}

int tw_schema_add_all(tw_schema *schema, const tw_schema *from, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < from->n_columns && rc == TRAWL_OK; i++)
        rc = tw_schema_add(schema, &from->columns[i], err);
    return rc;
}

int64_t tw_schema_find(const tw_schema *schema, const char *name, size_t name_len)
{
    char key[256];

    if (name_len >= sizeof(key)) { /* longer than any sensible name: look one by one */
        for (size_t i = 0; i < schema->n_columns; i++) {
            if (strlen(schema->columns[i].name) == name_len &&
                memcmp(schema->columns[i].name, name, name_len) == 0)
                return (int64_t)i;
        }
        return -1;
    }
    memcpy(key, name, name_len);
    key[name_len] = '\0';
    return (int64_t)(uintptr_t)tw_hashmap_get(&schema->by_name, key) - 1;
}

int tw_schema_fail_column(const tw_schema *schema, const char *name, size_t name_len,
                          trawl_error *err)
{
    const char **names = tw_alloc_array(schema->n_columns + 1, sizeof(*names));
    char *word = tw_strndup(name, name_len);
    const char *nearest = NULL;

    if (names && word) {
        for (size_t i = 0; i < schema->n_columns; i++)
            names[i] = schema->columns[i].name;
        nearest = tw_nearest(word, names, schema->n_columns);
    }
    tw_fail(err, TRAWL_E_USAGE, "no column '%.*s'", (int)TW_MIN(name_len, (size_t)200), name);
    if (nearest)
        tw_error_hint(err, "Did you mean '%s'?", nearest);
    tw_free(names);
    tw_free(word);
    return TRAWL_E_USAGE;
}

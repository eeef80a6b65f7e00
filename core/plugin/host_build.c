/* Slots of the host table that make schemas and tables.
 * Must not know captures or command lines. */
#include "core/plugin/descriptor.h"
#include "core/plugin/host.h"

trawl_schema *host_schema_new(trawl_error *err)
{
    tw_schema *schema = tw_schema_new();

    if (!schema)
        tw_fail_nomem(err);
    return schema;
}

int host_schema_add(trawl_schema *schema, const trawl_column *column, trawl_error *err)
{
    /* a plugin of an older minor has a shorter struct: what it does not know is zero */
    trawl_column full = {.size = sizeof(full)};

    if (column->size < offsetof(trawl_column, source) + sizeof(column->source))
        return tw_fail(err, TRAWL_E_PLUGIN, "a column has %u bytes, ABI 1.0 has %zu", column->size,
                       sizeof(full));
    memcpy(&full, column, TW_MIN(column->size, sizeof(full)));
    full.size = sizeof(full);
    if (!full.name || (int)full.type < TRAWL_BOOL || full.type > TRAWL_BYTES)
        return tw_fail(err, TRAWL_E_PLUGIN, "a column has no name or an unknown type");
    return tw_schema_add(schema, &full, err);
}

int host_schema_add_all(trawl_schema *schema, const trawl_schema *from, trawl_error *err)
{
    return tw_schema_add_all(schema, from, err);
}

trawl_schema *host_schema_from(const trawl_column *columns, size_t n, trawl_error *err)
{
    trawl_schema *schema = host_schema_new(err);

    for (size_t i = 0; schema && i < n; i++) {
        /* the plugin's columns may be shorter or longer than the host's */
        if (host_schema_add(schema, TW_ELEMENT(trawl_column, columns, columns->size, i), err) !=
            TRAWL_OK) {
            tw_schema_free(schema);
            return NULL;
        }
    }
    return schema;
}

void host_schema_free(trawl_schema *schema)
{
    tw_schema_free(schema);
}

size_t host_schema_n(const trawl_schema *schema)
{
    return schema->n_columns;
}

const trawl_column *host_schema_column(const trawl_schema *schema, size_t i)
{
    return i < schema->n_columns ? &schema->columns[i] : NULL;
}

int64_t host_schema_find(const trawl_schema *schema, const char *name)
{
    return tw_schema_find(schema, name, strlen(name));
}

int host_schema_fail_column(const trawl_schema *schema, const char *name, trawl_error *err)
{
    return tw_schema_fail_column(schema, name, strlen(name), err);
}

trawl_builder *host_builder_new(const trawl_schema *schema, trawl_error *err)
{
    return tw_builder_new(schema, NULL, err);
}

int host_builder_share(trawl_builder *builder, size_t i_column, trawl_table *table, size_t j_column,
                       trawl_error *err)
{
    const struct tw_column *from;
    struct tw_column *to;
    int rc;

    if (i_column >= builder->schema->n_columns || j_column >= table->schema->n_columns)
        return tw_fail(err, TRAWL_E_PLUGIN, "cannot share the dictionary of a column that is not");
    rc = tw_table_column(table, j_column, &from, err);
    if (rc != TRAWL_OK)
        return rc;
    to = builder->columns[i_column];
    if (!from->dict || from->type != to->type || builder->n_rows || builder->i_next)
        return tw_fail(err, TRAWL_E_PLUGIN,
                       "column '%s' cannot use the dictionary of '%s': other type, or begun",
                       builder->schema->columns[i_column].name,
                       table->schema->columns[j_column].name);
    tw_dict_release(to->dict);
    to->dict = tw_dict_retain(from->dict);
    return TRAWL_OK;
}

int host_builder_rows(trawl_builder *builder, uint64_t n, trawl_cells *ret, trawl_error *err)
{
    const size_t n_columns = builder->n_columns;
    bool *nulls = tw_alloc_array(n_columns + 1, sizeof(*nulls));
    int rc = nulls ? TRAWL_OK : tw_fail_nomem(err);

    /* a plugin of another minor may have a longer struct */
    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++) {
        if (ret->size < sizeof(*ret))
            rc = tw_fail(err, TRAWL_E_PLUGIN, "trawl_cells has %u bytes, ABI 1.1 has %zu",
                         ret->size, sizeof(*ret));
        else
            nulls[i] = TW_ELEMENT(trawl_cells, ret, ret->size, i)->may_be_null;
    }
    if (rc == TRAWL_OK)
        rc = tw_builder_rows(builder, n, nulls, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++) {
        trawl_cells *cells = (trawl_cells *)(void *)((char *)ret + i * ret->size);

        cells->data = builder->columns[i]->data.base;
        cells->valid = nulls[i] ? (uint64_t *)(void *)builder->columns[i]->valid.base : NULL;
    }
    tw_free(nulls);
    return rc;
}

int host_builder_code(trawl_builder *builder, size_t i_column, const void *value, size_t n,
                      uint32_t *ret, trawl_error *err)
{
    const struct tw_column *column = i_column < builder->n_columns ? builder->columns[i_column]
                                                                   : NULL;

    if (!column || !column->dict)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for a code of a column without dictionary");
    if (column->type == TRAWL_IP && n != 4 && n != 16)
        return tw_fail(err, TRAWL_E_PLUGIN, "an address has 4 or 16 bytes, not %zu", n);
    *ret = tw_dict_code(column->dict, value, n, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

int host_builder_codes(trawl_builder *builder, size_t i_column, const void *text,
                       const uint64_t *offsets, size_t n, uint32_t *ret, trawl_error *err)
{
    const struct tw_column *column = i_column < builder->n_columns ? builder->columns[i_column]
                                                                   : NULL;

    if (!column || !column->dict || column->type == TRAWL_IP)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for codes of a column that holds no text");
    for (size_t i = 0; i < n; i++) {
        if (offsets[i] > offsets[i + 1])
            return tw_fail(err, TRAWL_E_PLUGIN, "text %zu ends before it begins", i);
    }
    return tw_dict_codes_texts(column->dict, text, offsets, n, ret, err);
}

void host_put_null(trawl_builder *builder)
{
    tw_builder_null(builder);
}

void host_put_u64(trawl_builder *builder, uint64_t value)
{
    tw_builder_u64(builder, value);
}

void host_put_i64(trawl_builder *builder, int64_t value)
{
    tw_builder_i64(builder, value);
}

void host_put_f64(trawl_builder *builder, double value)
{
    tw_builder_f64(builder, value);
}

void host_put_value(trawl_builder *builder, const void *data, size_t n)
{
    tw_builder_value(builder, data, n);
}

void host_put_text(trawl_builder *builder, const char *text)
{
    if (text)
        tw_builder_value(builder, text, strlen(text));
    else
        tw_builder_null(builder);
}

void host_put_code(trawl_builder *builder, uint32_t code)
{
    tw_builder_code(builder, code);
}

void host_end_list(trawl_builder *builder)
{
    tw_builder_end_list(builder);
}

void host_empty_rows(trawl_builder *builder, uint64_t n)
{
    tw_builder_empty_rows(builder, n);
}

void host_end_row(trawl_builder *builder)
{
    tw_builder_end_row(builder);
}

int host_finish(trawl_builder *builder, trawl_table **ret, trawl_error *err)
{
    return tw_builder_finish(builder, ret, err);
}

void host_builder_free(trawl_builder *builder)
{
    tw_builder_free(builder);
}

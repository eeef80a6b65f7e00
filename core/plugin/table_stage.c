/* What a table's, a capture's or a variable's name takes: which rows and which columns of it.
 * Must not know how words are bound. */
#include "core/plugin/arguments.h"
#include "core/plugin/common.h"
#include "core/plugin/host.h"

/* The columns of -e, each once; *ret: tw_free() it. */
static int chosen_columns(const struct tw_table_values *values, const tw_schema *schema,
                          size_t **ret, size_t *ret_n, trawl_error *err)
{
    size_t *chosen = tw_alloc_array(values->columns.n + 1, sizeof(*chosen)), n = 0;

    if (!chosen)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < values->columns.n; i++) {
        const char *name = values->columns.items[i];
        const int64_t at = tw_schema_find(schema, name, strlen(name));
        size_t k = 0;

        if (at < 0) { /* checked when it was bound */
            tw_free(chosen);
            return tw_schema_fail_column(schema, name, strlen(name), err);
        }
        while (k < n && chosen[k] != (size_t)at)
            k++;
        if (k == n)
            chosen[n++] = (size_t)at;
    }
    *ret = chosen;
    *ret_n = n;
    return TRAWL_OK;
}

int tw_table_values_schema(const struct tw_table_values *values, const tw_schema *schema,
                           tw_schema *ret, trawl_error *err)
{
    size_t *chosen = NULL, n = 0;
    int rc = TRAWL_OK;

    if (values->strict && !values->columns.n) {
        tw_fail(err, TRAWL_E_USAGE, "'--strict' needs '-e': the columns that have to have a value");
        return TRAWL_E_USAGE;
    }
    if (!values->columns.n)
        return tw_schema_add_all(ret, schema, err);
    rc = chosen_columns(values, schema, &chosen, &n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        trawl_column column = schema->columns[chosen[i]];

        column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = tw_schema_add(ret, &column, err);
    }
    tw_free(chosen);
    return rc;
}

/* A truth value by itself is its truth, which is right for a protocol: elsewhere false is a value
 * too. */
static bool is_truth(const trawl_call *call, const tw_schema *schema, const char *name)
{
    const struct tw_expr_names names = tw_session_expr_names(call->registry->session);
    const int64_t at = tw_schema_find(schema, name, strlen(name));

    return at >= 0 && schema->columns[at].type == TRAWL_BOOL && !strchr(name, '.') &&
           !(names.presence &&
             names.presence(names.context, NULL, name, strlen(name), NULL, NULL) == TRAWL_OK);
}

/* The filter that -Y and --strict come to; *ret: call memory, NULL: all rows. */
static int filter_text(trawl_call *call, const struct tw_table_values *values,
                       const tw_schema *schema, const char **ret, trawl_error *err)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    const char *copy = NULL;

    if (!values->strict) {
        *ret = values->where;
        return TRAWL_OK;
    }
    for (size_t i = 0; i < values->columns.n; i++) {
        const char *name = values->columns.items[i];

        if (is_truth(call, schema, name))
            tw_buffer_printf(&text, "%s(`%s` == true or `%s` == false)", i ? " and " : "", name,
                             name);
        else
            tw_buffer_printf(&text, "%s`%s`", i ? " and " : "", name);
    }
    if (values->where)
        tw_buffer_printf(&text, " and (%s)", values->where);
    if (!text.failed)
        copy = tw_arena_strndup(&call->arena, text.data, text.len);
    tw_buffer_fini(&text);
    if (!copy)
        return tw_fail_nomem(err);
    *ret = copy;
    return TRAWL_OK;
}

int tw_table_values_apply(trawl_call *call, const struct tw_table_values *values, tw_table **table,
                          trawl_error *err)
{
    const char *filter = NULL;
    tw_table *rows = NULL, *result = NULL;
    trawl_expr *expr = NULL;
    size_t *chosen = NULL, n = 0;
    int rc = filter_text(call, values, (*table)->schema, &filter, err);

    if (rc == TRAWL_OK && filter) {
        rc = host_expr_compile(call, filter, (*table)->schema, &expr, err);
        if (rc == TRAWL_OK)
            rc = host_expr_select(call, expr, *table, &rows, err);
        if (rc == TRAWL_OK) {
            tw_table_release(*table);
            *table = rows;
        }
    }
    if (rc != TRAWL_OK || !values->columns.n)
        return rc;
    rc = chosen_columns(values, (*table)->schema, &chosen, &n, err);
    if (rc == TRAWL_OK)
        rc = host_project(call, *table, chosen, NULL, n, &result, err);
    if (rc == TRAWL_OK) {
        tw_table_release(*table);
        *table = result;
    }
    tw_free(chosen);
    return rc;
}

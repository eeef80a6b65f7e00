/* The columns of applications under the names of each view, and whose they are.
 * Knows nothing of packets. */
#include "names.h"

#include <stdio.h>
#include <string.h>

#include "view.h"

static const trawl_column columns[] = {TRAWL_APPLICATION_COLUMNS};
enum { N_COLUMNS = TRAWL_COUNT(columns) };

/* NFStream's; its first releases had only two of them, there under the second name. */
static const char *const nfstream[N_COLUMNS] = {[1] = "application_category_name",
                                                [2] = "application_is_guessed",
                                                [3] = "application_confidence"};
static const char *const nfstream_old[N_COLUMNS] = {[1] = "category_name"};
enum { N_OLD = 2, OLD_BEFORE = 9 /* columns of the view in front of them */ };

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not name the columns of flows: no memory");
}

/* Plugin dpi may be of another version, or a stranger's. */
static int is_known(const trawl_metric *metric)
{
    if (metric->exprs || metric->schema || metric->n_columns != N_COLUMNS)
        return 0;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const trawl_column *column = (const void *)((const char *)metric->columns +
                                                    i * metric->column_size);

        if (strcmp(column->name, columns[i].name) != 0 || column->type != columns[i].type)
            return 0;
    }
    return 1;
}

int names_plan(trawl_call *call, const struct flows_plan *plan, struct metric_use *ret,
               trawl_error *err)
{
    static const char *const none[N_COLUMNS] = {NULL};
    const char *const *names = plan->view == &view_nfstream       ? nfstream
                               : plan->view == &view_nfstream_old ? nfstream_old
                                                                  : none;
    char text[32];
    const char *list = text;

    *ret = (struct metric_use){.is_names = 1, .n_columns = N_COLUMNS};
    ret->columns = host->call_alloc(call, sizeof(columns));
    if (!ret->columns)
        return no_memory(err);
    memcpy(ret->columns, columns, sizeof(columns));
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (names[i])
            ret->columns[i].name = names[i];
    }
    (void)snprintf(text, sizeof(text), "dpi:packets=%u", (unsigned)plan->dissections);
    if (host->metric_next(call, &list, &ret->metric, &ret->opts, NULL) != TRAWL_OK ||
        !is_known(ret->metric))
        ret->metric = NULL;
    return TRAWL_OK;
}

/* Places of a table's columns in the order of the view, in memory of the call; NULL: as they are.
 */
static int find_places(trawl_call *call, const struct flows_plan *plan, const trawl_schema *schema,
                       size_t **ret, size_t *ret_n, trawl_error *err)
{
    const size_t n = host->schema_n(schema);
    const ptrdiff_t first = host->schema_find(schema, columns[0].name);
    size_t *places, at = 0;

    *ret = NULL;
    if (!plan->dissections || plan->view != &view_nfstream_old || first < 0)
        return TRAWL_OK;
    places = host->call_alloc(call, n * sizeof(*places));
    if (!places)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (i == OLD_BEFORE) {
            for (size_t k = 0; k < N_OLD; k++)
                places[at++] = (size_t)first + k;
        }
        if (i < (size_t)first || i >= (size_t)first + N_COLUMNS)
            places[at++] = i;
    }
    *ret = places;
    *ret_n = at;
    return TRAWL_OK;
}

int names_order_table(trawl_call *call, const struct flows_plan *plan, trawl_table *table,
                      trawl_table **ret, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    const char **names;
    size_t *places, n = 0;
    int rc = find_places(call, plan, schema, &places, &n, err);

    if (rc == TRAWL_OK && !places) {
        *ret = table;
        return TRAWL_OK;
    }
    names = rc == TRAWL_OK ? host->call_alloc(call, n * sizeof(*names)) : NULL;
    if (rc == TRAWL_OK && !names)
        rc = no_memory(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        names[i] = host->schema_column(schema, places[i])->name;
    if (rc == TRAWL_OK)
        rc = host->project(call, table, places, names, n, ret, err);
    host->release(table);
    return rc;
}

int names_order_schema(trawl_call *call, const struct flows_plan *plan, trawl_schema *schema,
                       trawl_schema **ret, trawl_error *err)
{
    trawl_schema *ordered = NULL;
    size_t *places, n = 0;
    int rc = find_places(call, plan, schema, &places, &n, err);

    if (rc == TRAWL_OK && !places) {
        *ret = schema;
        return TRAWL_OK;
    }
    if (rc == TRAWL_OK)
        ordered = host->schema_new(err);
    if (rc == TRAWL_OK && !ordered)
        rc = TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++)
        rc = host->schema_add(ordered, host->schema_column(schema, places[i]), err);
    host->schema_free(schema);
    if (rc == TRAWL_OK)
        *ret = ordered;
    else
        host->schema_free(ordered);
    return rc;
}

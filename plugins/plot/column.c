/* Columns of a table as numbers, names and groups.
 * Must not know figures or how they are drawn. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plot.h"
#include "wire.h"

void *plot_array(trawl_call *call, uint64_t n, size_t size, trawl_error *err)
{
    void *p = n < SIZE_MAX / size - 1 ? host->call_alloc(call, ((size_t)n + 1) * size) : NULL;

    if (!p)
        host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return p;
}

const char *plot_text(trawl_call *call, const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = n < 0 ? NULL : host->call_alloc(call, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text ? text : "";
}

static int open_column(trawl_call *call, trawl_table *table, const char *name, trawl_view *view,
                       const trawl_column **ret, size_t *ret_i, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    int64_t i = host->schema_find(schema, name);

    if (i < 0)
        return host->schema_fail_column(schema, name, err);
    *ret = host->schema_column(schema, (size_t)i);
    *ret_i = (size_t)i;
    view->size = sizeof(*view);
    return host->view(call, table, (size_t)i, view, err);
}

int plot_origin(trawl_call *call, trawl_table *table, const char *name, int64_t *ret,
                trawl_error *err)
{
    const int64_t day = INT64_C(86400) * 1000000000;
    const trawl_column *column;
    trawl_view view;
    size_t i;
    int rc = open_column(call, table, name, &view, &column, &i, err);

    *ret = 0;
    if (rc != TRAWL_OK || view.type != TRAWL_TIME || view.offsets)
        return rc;
    for (uint64_t r = 0; r < view.n_rows; r++) {
        if (trawl_view_has(&view, r)) {
            const int64_t ns = ((const int64_t *)view.data)[r];

            *ret = ns - ns % day;
            return TRAWL_OK;
        }
    }
    return TRAWL_OK;
}

/* Times of a capture may be further apart than 64 bits tell. */
static double seconds_between(int64_t from, int64_t to)
{
    int64_t ns;

    return (__builtin_sub_overflow(to, from, &ns) ? (double)to - (double)from : (double)ns) / 1e9;
}

static double number(const trawl_view *view, uint64_t r, int64_t origin_ns)
{
    switch (view->type) {
    case TRAWL_F64:
        return ((const double *)view->data)[r];
    case TRAWL_I64:
        return (double)((const int64_t *)view->data)[r];
    case TRAWL_SPAN:
        return (double)((const int64_t *)view->data)[r] / 1e9;
    case TRAWL_TIME:
        return seconds_between(origin_ns, ((const int64_t *)view->data)[r]);
    default:
        return (double)trawl_view_u64(view, r);
    }
}

enum { MOST_NAMES = 1000 }; /* of an axis of distinct values */

/* A place for each row, named by its value: rows of one name stay apart. */
static int read_categories(trawl_call *call, trawl_table *table, size_t i_column,
                           struct plot_column *ret, trawl_error *err)
{
    const char **names;

    if (ret->n > WIRE_MAX_CATEGORIES) {
        host->fail(err, TRAWL_E_USAGE, "%llu bars are too many for one picture",
                   (unsigned long long)ret->n);
        host->hint(err, "Sum them with 'group', or keep the first ones: head 50.");
        return TRAWL_E_USAGE;
    }
    names = plot_array(call, ret->n, sizeof(*names), err);
    if (!names)
        return TRAWL_E_NOMEM;
    for (uint64_t r = 0; r < ret->n; r++) {
        const char *text = host->cell_text(call, table, i_column, r, err);

        names[r] = text && *text ? text : "none";
        ret->values[r] = (double)r;
    }
    ret->axis.kind = TRAWL_AXIS_CATEGORY;
    ret->axis.categories = names;
    ret->axis.n_categories = (size_t)ret->n;
    return TRAWL_OK;
}

/* A place for each distinct value, in order of the first row that has it. */
static int read_values(trawl_call *call, trawl_table *table, size_t i_column,
                       struct plot_column *ret, trawl_error *err)
{
    uint32_t *group = NULL;
    uint64_t n_groups = 0;
    const char **names = NULL;
    int rc = host->group_rows(call, table, &i_column, 1, &group, &n_groups, err);

    if (rc == TRAWL_OK && n_groups > MOST_NAMES) {
        rc = host->fail(err, TRAWL_E_USAGE, "%llu names are too many for one axis",
                        (unsigned long long)n_groups);
        host->hint(err, "Select rows with 'where', or keep the first ones: head 100.");
    }
    if (rc == TRAWL_OK && !(names = plot_array(call, n_groups, sizeof(*names), err)))
        rc = TRAWL_E_NOMEM;
    for (uint64_t r = 0; r < ret->n && rc == TRAWL_OK; r++) {
        ret->values[r] = group[r];
        if (!names[group[r]]) {
            const char *text = host->cell_text(call, table, i_column, r, err);

            names[group[r]] = text && *text ? text : "none";
        }
    }
    host->free(group);
    ret->axis.kind = TRAWL_AXIS_CATEGORY;
    ret->axis.categories = names;
    ret->axis.n_categories = (size_t)n_groups;
    return rc;
}

int plot_read(trawl_call *call, trawl_table *table, const char *name, int64_t origin_ns,
              enum plot_names names, struct plot_column *ret, trawl_error *err)
{
    const trawl_column *column;
    const char *unit;
    trawl_view view;
    size_t i;
    int rc = open_column(call, table, name, &view, &column, &i, err);

    if (rc != TRAWL_OK)
        return rc;
    *ret = (struct plot_column){.n = view.n_rows};
    unit = column->unit ? column->unit : column->type == TRAWL_SPAN ? "s" : NULL;
    ret->axis.label = unit ? plot_text(call, "%s (%s)", column->name, unit) : column->name;
    ret->values = plot_array(call, view.n_rows, sizeof(double), err);
    if (!ret->values)
        return TRAWL_E_NOMEM;
    if (view.offsets)
        return host->fail(err, TRAWL_E_USAGE, "column '%s' has several values a row", name);
    if (view.type == TRAWL_IP || view.type == TRAWL_STRING || view.type == TRAWL_BYTES ||
        view.type == TRAWL_MAC) {
        if (names != PLOT_NO_NAMES)
            return names == PLOT_NAME_ROWS ? read_categories(call, table, i, ret, err)
                                           : read_values(call, table, i, ret, err);
        host->fail(err, TRAWL_E_USAGE, "column '%s' holds no numbers", name);
        host->hint(err, "Use it with --by, in dots, or as the first column of bars.");
        return TRAWL_E_USAGE;
    }
    if (view.type == TRAWL_TIME)
        ret->axis.kind = TRAWL_AXIS_TIME;
    for (uint64_t r = 0; r < view.n_rows; r++) {
        ret->values[r] = trawl_view_has(&view, r) ? number(&view, r, origin_ns) : NAN;
        if ((r & 0xffff) == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
    }
    return TRAWL_OK;
}

int plot_group(trawl_call *call, trawl_table *table, const char *name, const double *weights,
               struct plot_groups *ret, trawl_error *err)
{
    const uint64_t n_rows = host->n_rows(table);
    const trawl_column *column;
    uint32_t *group = NULL, *rank;
    uint64_t n_groups = 0;
    double *sizes;
    trawl_view view;
    size_t i;
    int rc;

    *ret = (struct plot_groups){.n = 1};
    ret->of_row = plot_array(call, n_rows, sizeof(uint32_t), err);
    ret->names = plot_array(call, PLOT_MAX_SERIES, sizeof(*ret->names), err);
    if (!ret->of_row || !ret->names)
        return TRAWL_E_NOMEM;
    if (!name)
        return TRAWL_OK;
    rc = open_column(call, table, name, &view, &column, &i, err);
    if (rc == TRAWL_OK)
        rc = host->group_rows(call, table, &i, 1, &group, &n_groups, err);
    if (rc != TRAWL_OK)
        return rc;
    sizes = plot_array(call, n_groups, sizeof(*sizes), err);
    rank = plot_array(call, n_groups, sizeof(*rank), err);
    if (!sizes || !rank) {
        host->free(group);
        return TRAWL_E_NOMEM;
    }
    for (uint64_t r = 0; r < n_rows; r++)
        sizes[group[r]] += !weights ? 1 : isfinite(weights[r]) ? fabs(weights[r]) : 0;
    for (uint64_t g = 0; g < n_groups; g++)
        rank[g] = UINT32_MAX;
    ret->has_other = n_groups > PLOT_MAX_SERIES;
    ret->n = ret->has_other ? PLOT_MAX_SERIES : (uint32_t)n_groups;
    for (uint32_t k = 0; k < ret->n; k++) { /* the largest first; of equals, the one seen first */
        uint64_t best = n_groups;

        for (uint64_t g = 0; g < n_groups; g++) {
            if (rank[g] == UINT32_MAX && (best == n_groups || sizes[g] > sizes[best]))
                best = g;
        }
        if (k + 1 == ret->n && ret->has_other)
            break;
        rank[best] = k;
    }
    for (uint64_t r = 0; r < n_rows; r++) {
        const uint32_t k = rank[group[r]] == UINT32_MAX ? ret->n - 1 : rank[group[r]];

        ret->of_row[r] = k;
        if (!ret->names[k]) {
            const char *text = rank[group[r]] == UINT32_MAX
                                   ? "other"
                                   : host->cell_text(call, table, i, r, err);

            ret->names[k] = text && *text ? text : "none";
        }
    }
    host->free(group);
    return TRAWL_OK;
}

/* Plots of any table: line, dots, bars, histogram, cdf.
 * Must not know captures or how figures are drawn. */
#include "tables.h"

#include <math.h>
#include <stdlib.h>

#include "plot.h"

/* Split two columns of equal length into a series for each group. */
static int split(trawl_call *call, const struct plot_column *x, const struct plot_column *y,
                 const struct plot_groups *groups, int style, trawl_figure *ret, trawl_error *err)
{
    ret->series = plot_array(call, groups->n, sizeof(*ret->series), err);
    if (!ret->series)
        return TRAWL_E_NOMEM;
    ret->n_series = groups->n;
    for (uint32_t g = 0; g < groups->n; g++) {
        double *xs, *ys;
        size_t n = 0;

        for (uint64_t r = 0; r < x->n; r++)
            n += groups->of_row[r] == g;
        xs = plot_array(call, n, sizeof(*xs), err);
        ys = plot_array(call, n, sizeof(*ys), err);
        if (!xs || !ys)
            return TRAWL_E_NOMEM;
        n = 0;
        for (uint64_t r = 0; r < x->n; r++) {
            if (groups->of_row[r] != g)
                continue;
            xs[n] = x->values[r];
            ys[n++] = y->values[r];
        }
        ret->series[g] = (trawl_series){
            .label = groups->names[g], .style = style, .n = n, .x = xs, .y = ys};
    }
    return TRAWL_OK;
}

static const char *title_of(trawl_call *call, const char *what)
{
    trawl_capture *capture = NULL;

    return host->capture(call, NULL, &capture, NULL) == TRAWL_OK
               ? plot_text(call, "%s: %s", host->name_of(capture), what)
               : what;
}

/* The rows' numbers, from 0: what a single column is drawn over. */
static int read_rows(trawl_call *call, uint64_t n, struct plot_column *ret, trawl_error *err)
{
    *ret = (struct plot_column){.n = n, .axis = {.label = "row"}};
    ret->values = plot_array(call, n, sizeof(double), err);
    for (uint64_t r = 0; ret->values && r < n; r++)
        ret->values[r] = (double)r;
    return ret->values ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int draw_xy(trawl_call *call, const struct plot_xy *o, trawl_table *in, int style,
                   trawl_figure *ret, trawl_error *err)
{
    const char *const up = o->y ? o->y : o->x, *const across = o->y ? o->x : NULL;
    const enum plot_names names = style == TRAWL_SERIES_DOTS ? PLOT_NAME_VALUES : PLOT_NO_NAMES;
    struct plot_column x, y;
    struct plot_groups groups;
    int64_t origin = 0;
    int rc = plot_origin(call, in, across ? across : up, &origin, err);

    if (rc == TRAWL_OK && across)
        rc = plot_read(call, in, across, origin,
                       style == TRAWL_SERIES_BARS ? PLOT_NAME_ROWS : names, &x, err);
    else if (rc == TRAWL_OK)
        rc = read_rows(call, host->n_rows(in), &x, err);
    if (rc == TRAWL_OK)
        rc = plot_read(call, in, up, origin, names, &y, err);
    if (rc == TRAWL_OK)
        rc = plot_group(call, in, o->by, style == TRAWL_SERIES_LINE ? y.values : NULL, &groups,
                        err);
    if (rc == TRAWL_OK)
        rc = split(call, &x, &y, &groups, style, ret, err);
    if (rc != TRAWL_OK)
        return rc;
    if (groups.has_other) /* no line goes from one value's rows to another's */
        ret->series[groups.n - 1].style = TRAWL_SERIES_DOTS;
    ret->time_origin_ns = origin;
    ret->x = x.axis;
    ret->y = y.axis;
    ret->title = title_of(
        call, across
                  ? plot_text(call, x.axis.kind == TRAWL_AXIS_CATEGORY ? "%s by %s" : "%s over %s",
                              up, across)
                  : plot_text(call, "%s, row by row", up));
    if (style == TRAWL_SERIES_BARS) {
        /* Bars as wide as the closest two of them allow. */
        double gap = x.axis.kind == TRAWL_AXIS_CATEGORY ? 1 : INFINITY;

        for (uint64_t r = 1; r < x.n && x.axis.kind != TRAWL_AXIS_CATEGORY; r++) {
            const double d = fabs(x.values[r] - x.values[r - 1]);

            if (d > 0 && d < gap)
                gap = d;
        }
        ret->series[0].bar_width = (isfinite(gap) ? gap : 1) * 0.8;
    }
    return TRAWL_OK;
}

int plot_draw_line(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err)
{
    return draw_xy(call, opts, in, TRAWL_SERIES_LINE, ret, err);
}

int plot_draw_dots(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err)
{
    return draw_xy(call, opts, in, TRAWL_SERIES_DOTS, ret, err);
}

/* A bar for each value, as high as rows have it. */
static int draw_counts(trawl_call *call, const char *column, trawl_table *in, trawl_figure *ret,
                       trawl_error *err)
{
    const uint64_t n_rows = host->n_rows(in);
    struct plot_groups groups;
    double *x, *y;
    int rc = plot_group(call, in, column, NULL, &groups, err);

    if (rc != TRAWL_OK)
        return rc;
    groups.n = n_rows ? groups.n : 0;
    x = plot_array(call, groups.n, sizeof(*x), err);
    y = plot_array(call, groups.n, sizeof(*y), err);
    ret->series = plot_array(call, 1, sizeof(*ret->series), err);
    if (!x || !y || !ret->series)
        return TRAWL_E_NOMEM;
    for (uint32_t g = 0; g < groups.n; g++)
        x[g] = g;
    for (uint64_t r = 0; r < n_rows; r++)
        y[groups.of_row[r]] += 1;
    ret->series[0] = (trawl_series){
        .style = TRAWL_SERIES_BARS, .n = groups.n, .x = x, .y = y, .bar_width = 0.8};
    ret->n_series = 1;
    ret->x = (trawl_axis){.label = column,
                          .kind = TRAWL_AXIS_CATEGORY,
                          .categories = groups.names,
                          .n_categories = groups.n};
    ret->y = (trawl_axis){.label = "rows"};
    ret->title = title_of(call, plot_text(call, "rows by %s", column));
    return TRAWL_OK;
}

int plot_draw_bars(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err)
{
    const struct plot_xy *o = opts;

    return o->y ? draw_xy(call, o, in, TRAWL_SERIES_BARS, ret, err)
                : draw_counts(call, o->x, in, ret, err);
}

int plot_draw_histogram(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                        trawl_error *err)
{
    const struct plot_one *o = opts;
    double min = INFINITY, max = -INFINITY, width, *x, *y;
    struct plot_column c;
    uint64_t n_bins;
    int64_t origin = 0;
    int rc = plot_origin(call, in, o->column, &origin, err);

    if (rc == TRAWL_OK)
        rc = plot_read(call, in, o->column, origin, PLOT_NO_NAMES, &c, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < c.n; r++) {
        if (isfinite(c.values[r])) {
            min = fmin(min, c.values[r]);
            max = fmax(max, c.values[r]);
        }
    }
    x = plot_array(call, o->bins, sizeof(*x), err);
    y = plot_array(call, o->bins, sizeof(*y), err);
    ret->series = plot_array(call, 1, sizeof(*ret->series), err);
    if (!x || !y || !ret->series)
        return TRAWL_E_NOMEM;
    n_bins = max > min ? o->bins : isfinite(min) ? 1 : 0; /* one value has one bar, around it */
    width = max > min ? max / (double)o->bins - min / (double)o->bins : 1;
    for (uint64_t b = 0; b < n_bins; b++)
        x[b] = max > min ? min + ((double)b + 0.5) * width : min;
    for (uint64_t r = 0; r < c.n; r++) {
        const double bin = c.values[r] / width - min / width;

        if (isfinite(c.values[r])) /* the largest value belongs to the last bin */
            y[(uint64_t)fmin(fmax(bin, 0), (double)n_bins - 1)] += 1;
    }
    ret->series[0] = (trawl_series){
        .style = TRAWL_SERIES_BARS, .n = n_bins, .x = x, .y = y, .bar_width = width};
    ret->n_series = 1;
    ret->time_origin_ns = origin;
    ret->x = c.axis;
    ret->y = (trawl_axis){.label = "rows"};
    ret->title = title_of(call, plot_text(call, "histogram of %s", o->column));
    return TRAWL_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int plot_draw_cdf(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err)
{
    const struct plot_one *o = opts;
    struct plot_column c;
    struct plot_groups groups;
    int64_t origin = 0;
    int rc = plot_origin(call, in, o->column, &origin, err);

    if (rc == TRAWL_OK)
        rc = plot_read(call, in, o->column, origin, PLOT_NO_NAMES, &c, err);
    if (rc == TRAWL_OK)
        rc = plot_group(call, in, o->by, NULL, &groups, err);
    if (rc == TRAWL_OK)
        rc = split(call, &c, &c, &groups, TRAWL_SERIES_LINE, ret, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t g = 0; g < ret->n_series; g++) {
        trawl_series *s = &ret->series[g];
        double *x = plot_array(call, s->n * 2 + 1, sizeof(*x), err);
        double *y = plot_array(call, s->n * 2 + 1, sizeof(*y), err), *values;
        size_t n = 0, m = 0;

        if (!x || !y)
            return TRAWL_E_NOMEM;
        values = y + s->n; /* the upper half is read before it is written */
        for (size_t k = 0; k < s->n; k++) {
            if (isfinite(s->x[k]))
                values[n++] = s->x[k];
        }
        qsort(values, n, sizeof(*values), by_value);
        for (size_t k = 0; k < n; k++)
            x[k] = values[k];
        /* A step at each distinct value, to the share of values up to it. */
        values = plot_array(call, n * 2 + 2, sizeof(*values), err);
        if (!values)
            return TRAWL_E_NOMEM;
        for (size_t k = 0; k < n; k++) {
            if (k + 1 < n && x[k + 1] == x[k])
                continue;
            values[2 * m] = x[k];
            values[2 * m + 1] = (double)(k + 1) / (double)n;
            m++;
        }
        for (size_t k = 0; k < m; k++) {
            x[2 * k] = x[2 * k + 1] = values[2 * k];
            y[2 * k] = k ? values[2 * k - 1] : 0;
            y[2 * k + 1] = values[2 * k + 1];
        }
        s->x = x;
        s->y = y;
        s->n = 2 * m;
    }
    ret->time_origin_ns = origin;
    ret->x = c.axis;
    ret->y = (trawl_axis){.label = "share of rows", .min = 0, .max = 1.02};
    ret->title = title_of(call, plot_text(call, "distribution of %s", o->column));
    return TRAWL_OK;
}

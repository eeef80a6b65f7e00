/* Figures as data: their ranges, and dropping what a picture cannot show.
 * Must not know columns or how figures are drawn. */
#include <math.h>

#include "plot.h"

static void widen(double *min, double *max, double v)
{
    if (!isfinite(v))
        return;
    if (!(*min <= v))
        *min = v;
    if (!(*max >= v))
        *max = v;
}

/* A margin beside the data; a single value gets room on both sides. */
static void margin(double *min, double *max, double share)
{
    double span = *max - *min;

    if (!(span > 0)) {
        span = fabs(*max) > 0 ? fabs(*max) : 1;
        *min -= span / 2;
        *max += span / 2;
        return;
    }
    *min -= span * share;
    *max += span * share;
}

int plot_range(const trawl_figure *figure, struct plot_range *ret)
{
    double x_min = NAN, x_max = NAN, y_min = NAN, y_max = NAN, bar = 0;
    int from_zero = 0;

    for (uint32_t i = 0; i < figure->n_series; i++) {
        const trawl_series *s = &figure->series[i];

        for (size_t k = 0; k < s->n; k++) {
            if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
                continue;
            widen(&x_min, &x_max, s->x[k]);
            widen(&y_min, &y_max, s->y[k]);
        }
        if (s->style == TRAWL_SERIES_BARS || s->style == TRAWL_SERIES_STEPS)
            from_zero = 1;
        if (s->style == TRAWL_SERIES_BARS && s->bar_width > bar)
            bar = s->bar_width;
    }
    if (!isfinite(x_min))
        return 0;
    if (bar > 0) {
        x_min -= bar * 0.6;
        x_max += bar * 0.6;
    }
    if (figure->x.kind == TRAWL_AXIS_CATEGORY && figure->x.n_categories) {
        x_min = -0.6;
        x_max = (double)figure->x.n_categories - 0.4;
    } else if (!(bar > 0) || !(x_max > x_min)) {
        margin(&x_min, &x_max, 0.02);
    }
    if (from_zero && y_min > 0)
        y_min = 0;
    if (y_min == 0 && y_max > 0) {
        y_max *= 1.05;
    } else if (y_min >= 0 && y_max > 0 && y_min < y_max * 0.3) {
        y_min = 0; /* near enough to zero to show it */
        y_max *= 1.05;
    } else {
        margin(&y_min, &y_max, 0.05);
    }
    if (figure->x.min < figure->x.max) {
        x_min = figure->x.min;
        x_max = figure->x.max;
    }
    if (figure->y.min < figure->y.max) {
        y_min = figure->y.min;
        y_max = figure->y.max;
    }
    *ret = (struct plot_range){x_min, x_max, y_min, y_max};
    return 1;
}

static size_t pixel(double v, double min, double max, size_t n)
{
    const double at = (v - min) / (max - min) * (double)n;

    return at < 0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;
}

/* One dot a pixel. */
static int thin_dots(trawl_call *call, trawl_series *s, const struct plot_range *range,
                     size_t width, size_t height, trawl_error *err)
{
    uint8_t *seen = plot_array(call, width * height / 8 + 1, 1, err);
    double *x = plot_array(call, s->n, sizeof(*x), err),
           *y = plot_array(call, s->n, sizeof(*y), err);
    size_t n = 0;

    if (!seen || !x || !y)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n; k++) {
        size_t at;

        if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
            continue;
        at = pixel(s->y[k], range->y_min, range->y_max, height) * width +
             pixel(s->x[k], range->x_min, range->x_max, width);
        if (seen[at / 8] >> (at % 8) & 1)
            continue;
        seen[at / 8] |= (uint8_t)(1u << (at % 8));
        x[n] = s->x[k];
        y[n++] = s->y[k];
    }
    s->x = x;
    s->y = y;
    s->n = n;
    return TRAWL_OK;
}

/* Of the points of a line that fall into one column of pixels, in order: the first, the lowest, the
 * highest and the last. */
static int thin_line(trawl_call *call, trawl_series *s, const struct plot_range *range,
                     size_t width, trawl_error *err)
{
    double *x = plot_array(call, s->n, sizeof(*x), err),
           *y = plot_array(call, s->n, sizeof(*y), err);
    size_t n = 0;

    if (!x || !y)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n;) {
        size_t end = k + 1, keep[4] = {k, k, k, k};
        size_t column;

        if (!isfinite(s->x[k]) || !isfinite(s->y[k])) {
            x[n] = s->x[k];
            y[n++] = s->y[k++];
            continue;
        }
        column = pixel(s->x[k], range->x_min, range->x_max, width);
        while (end < s->n && isfinite(s->x[end]) && isfinite(s->y[end]) &&
               pixel(s->x[end], range->x_min, range->x_max, width) == column) {
            if (s->y[end] < s->y[keep[1]])
                keep[1] = end;
            if (s->y[end] > s->y[keep[2]])
                keep[2] = end;
            keep[3] = end++;
        }
        if (keep[1] > keep[2]) {
            const size_t t = keep[1];

            keep[1] = keep[2];
            keep[2] = t;
        }
        for (size_t j = 0; j < 4; j++) {
            if (j && keep[j] == keep[j - 1])
                continue;
            x[n] = s->x[keep[j]];
            y[n++] = s->y[keep[j]];
        }
        k = end;
    }
    s->x = x;
    s->y = y;
    s->n = n;
    return TRAWL_OK;
}

int plot_thin(trawl_call *call, trawl_figure *figure, const struct plot_range *range,
              unsigned width, unsigned height, trawl_error *err)
{
    for (uint32_t i = 0; i < figure->n_series; i++) {
        trawl_series *s = &figure->series[i];
        int rc = TRAWL_OK;

        if (s->style == TRAWL_SERIES_DOTS)
            rc = thin_dots(call, s, range, (size_t)width * 2, (size_t)height * 2, err);
        else if (s->style != TRAWL_SERIES_BARS && s->n > (size_t)width * 4)
            rc = thin_line(call, s, range, (size_t)width * 2, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}
